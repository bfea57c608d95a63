/*
 * exec_scalar_float.c - floating point in the scalar unit, gfx11.5 and later.
 *
 * Rounding and denormals are MODE's, as of the vector unit, whose arithmetic this uses; 16-bit results clear
 * the upper half. Facts: AMD's "RDNA3.5" and "RDNA4" ISA manuals, chapters "SOP2/SOP1/SOPC instructions".
 */
#include "exec_scalar.h"
#include "vector.h"

#include <fenv.h>

typedef double float_fn(const struct vec *v, double a, double b, double c); /* of floats or halves */

static struct vec modes_of(struct isa_wave *w, const struct isa_inst *inst)
{
    bool gfx12 = w->generation >= ISA_GFX12; /* has no IEEE bit: as if set */
    return (struct vec){.w = w,
                        .inst = inst,
                        .lanes = 1,
                        .ieee = gfx12 || w->mode >> 9 & 1,
                        .gfx10 = true,
                        .gfx12 = gfx12,
                        .round32 = w->mode & 3,
                        .round64 = w->mode >> 2 & 3,
                        .denorm32 = w->mode >> 4 & 3,
                        .denorm64 = w->mode >> 6 & 3};
}

static float flush32(float f, bool keep)
{
    return keep || f32_bits(f) & 0x7f800000 ? f : f32_of(f32_bits(f) & 0x80000000);
}

static uint32_t flush16(uint32_t half, bool keep)
{
    return keep || half & 0x7c00 ? half & 0xffff : half & 0x8000;
}

static float read32(const struct vec *v, unsigned n)
{
    return flush32(f32_of(isa_read32(v->w, &v->inst->src[n])), v->denorm32 & 1);
}

static float read16(const struct vec *v, unsigned n)
{
    return vec_from_half((uint16_t)flush16(isa_read32(v->w, &v->inst->src[n]), v->denorm64 & 1));
}

/* The third operand of v_fmac is the destination. */
static float third32(const struct vec *v)
{
    return v->inst->n_src > 2 ? read32(v, 2)
                              : flush32(f32_of(isa_read32(v->w, &v->inst->dst)), v->denorm32 & 1);
}

static float third16(const struct vec *v)
{
    return vec_from_half((uint16_t)flush16(isa_read32(v->w, &v->inst->dst), v->denorm64 & 1));
}

/* A double that holds a float's result exactly is rounded once, in the mode of the wave: volatile keeps the
 * conversion between the two calls. */
static float round32(const struct vec *v, double value)
{
    static const int host[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    volatile double exact = value;
    fesetround(host[v->round32]);
    volatile float rounded = (float)exact;
    fesetround(FE_TONEAREST);
    return rounded;
}

static void write32(const struct vec *v, float f)
{
    isa_write32(v->w, &v->inst->dst, f32_bits(flush32(f, v->denorm32 & 2)));
}

static void write16(const struct vec *v, double value)
{
    uint32_t half = vec_to_half(value, v->round64);
    isa_write32(v->w, &v->inst->dst, flush16(half, v->denorm64 & 2));
}

/* Without a way through double, which would quiet a NaN. */
static void write16_choice(const struct vec *v, float f)
{
    uint32_t bits = f32_bits(f);
    if (f == f)
        write16(v, (double)f);
    else
        isa_write32(v->w, &v->inst->dst, (bits >> 16 & 0x8000) | 0x7c00 | (bits >> 13 & 0x3ff));
}

/* ---- arithmetic ---- */

/* The sum of two floats, or of a product and a float, in double with its lowest bit set if bits were lost
 * beyond: rounding that to float is as rounding the exact one ("round to odd"; the double has more than twice
 * the bits). */
static double odd_sum(const struct vec *v, double a, double b)
{
    double sum = a + b, part = sum - a, lost = (a - (sum - part)) + (b - part);
    if (sum == 0 && v->round32 == 2 && !signbit(a) != !signbit(b)) /* down, to the zero below */
        return -0.0;
    if (lost == 0 || isinf(sum) || sum != sum)
        return sum;
    uint64_t bits = f64_bits(sum);
    if (!(bits & 1))
        bits += (lost > 0) == (sum > 0) ? 1 : UINT64_MAX;
    return f64_of(bits);
}

static double add(const struct vec *v, double a, double b, double c)
{
    (void)c;
    return odd_sum(v, a, b);
}
static double sub(const struct vec *v, double a, double b, double c)
{
    (void)c;
    return odd_sum(v, a, -b);
}
static double mul(const struct vec *v, double a, double b, double c)
{
    (void)v, (void)c;
    return a * b; /* exact */
}
static double multiply_add(const struct vec *v, double a, double b, double c)
{
    return odd_sum(v, a * b, c);
}

/* NaN operands come out quieted, the first of them; an invalid operation makes the default NaN. */
static bool nan_result(const float *from, unsigned n, double value, float *nan)
{
    for (unsigned i = 0; i < n; i++)
        if (from[i] != from[i]) {
            *nan = f32_quiet(from[i]);
            return true;
        }
    *nan = f32_invalid();
    return value != value;
}

static void arithmetic32(struct isa_wave *w, const struct isa_inst *inst, float_fn *of, unsigned n)
{
    struct vec v = modes_of(w, inst);
    float from[3] = {read32(&v, 0), read32(&v, 1), n > 2 ? third32(&v) : 0}, nan;
    double value = of(&v, from[0], from[1], from[2]);
    bool is_nan = nan_result(from, n, value, &nan);
    write32(&v, is_nan ? nan : round32(&v, value));
}

static void arithmetic16(struct isa_wave *w, const struct isa_inst *inst, float_fn *of, unsigned n)
{
    struct vec v = modes_of(w, inst);
    v.round32 = v.round64;
    float from[3] = {read16(&v, 0), read16(&v, 1), n > 2 ? third16(&v) : 0}, nan;
    double value = of(&v, from[0], from[1], from[2]);
    bool is_nan = nan_result(from, n, value, &nan);
    write16(&v, is_nan ? (double)nan : value);
}

#define ARITHMETIC(name, n, of)                                             \
    static void name##_f32(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        arithmetic32(w, inst, of, n);                                       \
    }                                                                       \
    static void name##_f16(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        arithmetic16(w, inst, of, n);                                       \
    }
ARITHMETIC(add, 2, add)
ARITHMETIC(sub, 2, sub)
ARITHMETIC(mul, 2, mul)
ARITHMETIC(fmac, 3, multiply_add)

/* ---- what gives one of its operands, or an integral value: nothing is rounded ---- */

#define CHOICE(name, expression)                                            \
    static void name##_f32(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        struct vec modes = modes_of(w, inst), *v = &modes;                  \
        float a = read32(v, 0), b = inst->n_src > 1 ? read32(v, 1) : 0;     \
        (void)b;                                                            \
        write32(v, expression);                                             \
    }                                                                       \
    static void name##_f16(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        struct vec modes = modes_of(w, inst), *v = &modes;                  \
        float a = read16(v, 0), b = inst->n_src > 1 ? read16(v, 1) : 0;     \
        (void)b;                                                            \
        write16_choice(v, expression);                                      \
    }
CHOICE(min, f32_min(v, a, b))
CHOICE(max, f32_max(v, a, b))
CHOICE(minimum, f32_minimum(v, a, b))
CHOICE(maximum, f32_maximum(v, a, b))
CHOICE(ceil, F32_NAN1(a, ceilf(a)))
CHOICE(floor, F32_NAN1(a, floorf(a)))
CHOICE(trunc, F32_NAN1(a, truncf(a)))
CHOICE(rndne, F32_NAN1(a, rintf(a)))

/* ---- conversions ---- */

static void cvt_f32_i32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    write32(&v, round32(&v, (int32_t)isa_read32(w, &inst->src[0])));
}
static void cvt_f32_u32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    write32(&v, round32(&v, isa_read32(w, &inst->src[0])));
}
static void cvt_i32_f32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    isa_write32(w, &inst->dst, (uint32_t)i32_of(read32(&v, 0)));
}
static void cvt_u32_f32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    isa_write32(w, &inst->dst, u32_of(read32(&v, 0)));
}
static void cvt_f16_f32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    float a = read32(&v, 0);
    write16(&v, F32_NAN1(a, a));
}
static void cvt_f32_f16(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    float a = read16(&v, 0);
    write32(&v, F32_NAN1(a, a));
}
static void cvt_hi_f32_f16(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    float a = vec_from_half((uint16_t)flush16(isa_read32(w, &inst->src[0]) >> 16, v.denorm64 & 1));
    write32(&v, F32_NAN1(a, a));
}
static void cvt_pk_rtz(struct isa_wave *w, const struct isa_inst *inst)
{
    struct vec v = modes_of(w, inst);
    float a = read32(&v, 0), b = read32(&v, 1);
    uint32_t low = vec_to_half(F32_NAN1(a, a), 3), high = vec_to_half(F32_NAN1(b, b), 3);
    isa_write32(w, &inst->dst, flush16(low, v.denorm64 & 2) | flush16(high, v.denorm64 & 2) << 16);
}

/* ---- comparisons ---- */

#define COMPARISON(name, expression)                                              \
    static void cmp_##name##_f32(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                             \
        struct vec v = modes_of(w, inst);                                         \
        float a = read32(&v, 0), b = read32(&v, 1);                               \
        w->scc = (expression);                                                    \
    }                                                                             \
    static void cmp_##name##_f16(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                             \
        struct vec v = modes_of(w, inst);                                         \
        float a = read16(&v, 0), b = read16(&v, 1);                               \
        w->scc = (expression);                                                    \
    }
COMPARISON(lt, a < b)
COMPARISON(eq, a == b)
COMPARISON(le, a <= b)
COMPARISON(gt, a > b)
COMPARISON(lg, a<b || a> b)
COMPARISON(ge, a >= b)
COMPARISON(o, a == a && b == b)
COMPARISON(u, a != a || b != b)
COMPARISON(nge, !(a >= b))
COMPARISON(nlg, !(a < b || a > b))
COMPARISON(ngt, !(a > b))
COMPARISON(nle, !(a <= b))
COMPARISON(neq, !(a == b))
COMPARISON(nlt, !(a < b))

/* ---- names ---- */

#define BOTH(name, function)              \
    {"s_" #name "_f32", function##_f32},  \
    {                                     \
        "s_" #name "_f16", function##_f16 \
    }

const struct isa_binding isa_exec_scalar_float[] = {
    BOTH(add, add),
    BOTH(sub, sub),
    BOTH(mul, mul),
    BOTH(fmac, fmac),
    BOTH(min, min),
    BOTH(max, max),
    BOTH(min_num, min),
    BOTH(max_num, max),
    BOTH(minimum, minimum),
    BOTH(maximum, maximum),
    BOTH(ceil, ceil),
    BOTH(floor, floor),
    BOTH(trunc, trunc),
    BOTH(rndne, rndne),
    {"s_fmaak_f32", fmac_f32},
    {"s_fmamk_f32", fmac_f32},
    {"s_cvt_f32_i32", cvt_f32_i32},
    {"s_cvt_f32_u32", cvt_f32_u32},
    {"s_cvt_i32_f32", cvt_i32_f32},
    {"s_cvt_u32_f32", cvt_u32_f32},
    {"s_cvt_f16_f32", cvt_f16_f32},
    {"s_cvt_f32_f16", cvt_f32_f16},
    {"s_cvt_hi_f32_f16", cvt_hi_f32_f16},
    {"s_cvt_pk_rtz_f16_f32", cvt_pk_rtz},
    BOTH(cmp_lt, cmp_lt),
    BOTH(cmp_eq, cmp_eq),
    BOTH(cmp_le, cmp_le),
    BOTH(cmp_gt, cmp_gt),
    BOTH(cmp_lg, cmp_lg),
    BOTH(cmp_ge, cmp_ge),
    BOTH(cmp_o, cmp_o),
    BOTH(cmp_u, cmp_u),
    BOTH(cmp_nge, cmp_nge),
    BOTH(cmp_nlg, cmp_nlg),
    BOTH(cmp_ngt, cmp_ngt),
    BOTH(cmp_nle, cmp_nle),
    BOTH(cmp_neq, cmp_neq),
    BOTH(cmp_nlt, cmp_nlt),
    {NULL, NULL},
};
