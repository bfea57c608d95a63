/*
 * exec_vop3.c - vector instructions of three sources or more bits than the short forms have. Rows:
 * exec_vop3.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP3 instructions". Where
 * v_div_scale and v_div_fmas are not told exactly there, they scale so that LLVM's division (scale, rcp, fma
 * steps, fmas, fixup) neither overflows nor loses bits in between.
 */
#include "convert8.h"
#include "vector_op.h"

#include <limits.h>

#define DIFFER(x, y) ((x) > (y) ? (x) - (y) : (y) - (x))
#define PACK(x, y)   (((uint32_t)(x)&0xffff) | (uint32_t)(y) << 16)

/* ---- integers ---- */

static inline uint32_t bits_low(unsigned count)
{
    return (1u << count) - 1;
}

static inline uint64_t pair_of(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

static inline uint32_t lanes_below(size_t lane, size_t first)
{
    return lane <= first ? 0 : lane - first >= 32 ? UINT32_MAX : bits_low((unsigned)(lane - first));
}

/* Selectors 0..7 a byte, 8..11 the sign of byte 1, 3, 5, 7, 12 zero, above all ones. */
static uint32_t byte_select(uint64_t bytes, unsigned sel)
{
    if (sel >= 13)
        return 0xff;
    if (sel == 12)
        return 0;
    if (sel >= 8)
        return bytes >> (16 * (sel - 8) + 15) & 1 ? 0xff : 0;
    return bytes >> 8 * sel & 0xff;
}

static uint32_t bytes_permute(uint64_t bytes, uint32_t sel)
{
    uint32_t result = 0;
    for (unsigned i = 0; i < 32; i += 8)
        result |= byte_select(bytes, sel >> i & 0xff) << i;
    return result;
}

/* The sum of absolute differences; masked: bytes that are 0 in b do not count. */
static uint32_t bytes_differ(uint32_t a, uint32_t b, bool masked)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 32; i += 8) {
        uint32_t x = a >> i & 0xff, y = b >> i & 0xff;
        if (!masked || y)
            sum += DIFFER(x, y);
    }
    return sum;
}

static uint64_t quads_differ(uint64_t a, uint32_t b, uint64_t c, bool masked)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t sum = bytes_differ((uint32_t)(a >> 8 * i), b, masked) + (c >> 16 * i & 0xffff);
        result |= (sum & 0xffff) << 16 * i;
    }
    return result;
}

static uint32_t bytes_lerp(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t result = 0;
    for (unsigned i = 0; i < 32; i += 8)
        result |= ((a >> i & 0xff) + (b >> i & 0xff) + (c >> i & 1)) >> 1 << i;
    return result;
}

static inline uint32_t byte_insert(uint32_t word, unsigned byte, uint32_t value)
{
    return (word & ~(0xffu << 8 * byte)) | value << 8 * byte;
}

static inline int32_t i16_clamp(int32_t a)
{
    return clamp_of(a, INT16_MIN, INT16_MAX);
}

static inline uint64_t u64_mad(unsigned *co, uint64_t product, uint64_t c)
{
    *co = product + c < c;
    return product + c;
}

/* The carry is bit 64 of the sum of 65 bits: the sum's true sign. */
static inline int64_t i64_mad(unsigned *co, int64_t product, int64_t c)
{
    int64_t sum;
    bool overflow = __builtin_add_overflow(product, c, &sum);
    *co = (sum < 0) != overflow;
    return sum;
}

static uint32_t truth_table(const struct isa_inst *inst)
{
    return (uint32_t)inst->imm;
}

/* Bit n of the table is the result where the bits of a, b and c spell n, a being the highest. */
static uint32_t bits_table(uint32_t table, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t result = 0;
    for (unsigned n = 0; n < 8; n++)
        if (table >> n & 1)
            result |= (n & 4 ? a : ~a) & (n & 2 ? b : ~b) & (n & 1 ? c : ~c);
    return result;
}

/* ---- floats ---- */

/* A double holds the product exactly, so that it is rounded once; past these exponents nothing changes. */
static inline float f32_ldexp(float a, int32_t by)
{
    int32_t exponent = by < -400 ? -400 : by > 400 ? 400 : by;
    return (float)((double)a * f64_of((uint64_t)(1023 + exponent) << 52));
}

static inline uint32_t half_even(float a)
{
    return vec_to_half((double)F32_NAN1(a, a), 0);
}

struct cube {
    float id, sc, tc, ma;
};

static struct cube cube_of(float x, float y, float z)
{
    if (fabsf(z) >= fabsf(x) && fabsf(z) >= fabsf(y))
        return (struct cube){z < 0 ? 5 : 4, z < 0 ? -x : x, -y, 2 * z};
    if (fabsf(y) >= fabsf(x))
        return (struct cube){y < 0 ? 3 : 2, x, y < 0 ? -z : z, 2 * y};
    return (struct cube){x < 0 ? 1 : 0, x < 0 ? z : -z, -y, 2 * x};
}

static float f32_mullit(float a, float b, float c)
{
    float least = -0x1.fffffep127f;
    return b == least || b == -INFINITY || b != b || c <= 0 || c != c ? least : f32_mul(a, b);
}

/* ---- division ---- */

/* The exponent as ilogb has it, one below the smallest normal's for zero and denormals. */
static int f32_exponent(float f)
{
    return (int)(f32_bits(f) >> 23 & 0xff) - 127;
}

static int f64_exponent(double f)
{
    return (int)(f64_bits(f) >> 52 & 0x7ff) - 1023;
}

struct division { /* properties of a type */
    int far;      /* quotients from 2^far are near the largest number */
    int least;    /* the smallest normal is 2^least */
    int tiny;     /* numerators up to here lose bits in the remainder */
    int step;     /* how far operands are moved */
};

/* What to multiply the denominator and the numerator by, as exponents; the quotient is scaled back if
 * *scaled. */
static void division_plan(const struct division *t, int d, int n, bool *scaled, int *by_d, int *by_n)
{
    bool large = d >= -t->least, small = n - d <= t->least; /* 1/d, n/d would be denormal */
    *scaled = n - d >= t->far || small;
    *by_d = *by_n = 0;
    if (n - d >= t->far)
        *by_d = t->step;
    else if (d < t->least)
        *by_d = *by_n = t->step, *scaled = false;
    else if (large && small)
        *by_d = -t->step;
    else if (large)
        *by_d = *by_n = -t->step;
    else if (small)
        *by_n = t->step;
    else if (n <= t->tiny)
        *by_d = *by_n = t->step;
}

/* a is one of b, the denominator, and c, the numerator: the one to be scaled. */
static float f32_div_scale(unsigned *co, float a, float b, float c)
{
    static const struct division type = {96, -126, 23 - 127, 64};
    bool scaled;
    int by_b, by_c;
    if (a != a)
        return f32_quiet(a);
    if (b == 0 || c == 0) {
        *co = 1;
        return f32_invalid();
    }
    division_plan(&type, f32_exponent(b), f32_exponent(c), &scaled, &by_b, &by_c);
    *co = scaled;
    return ldexpf(a, a == b ? by_b : by_c);
}

static double f64_div_scale(unsigned *co, double a, double b, double c)
{
    static const struct division type = {768, -1022, 53 - 1023, 128};
    bool scaled;
    int by_b, by_c;
    if (a != a)
        return f64_quiet(a);
    if (b == 0 || c == 0) {
        *co = 1;
        return f64_invalid();
    }
    division_plan(&type, f64_exponent(b), f64_exponent(c), &scaled, &by_b, &by_c);
    *co = scaled;
    return ldexp(a, a == b ? by_b : by_c);
}

/* What sum, which lost so much in rounding, is with its last bit made odd instead: rounding that once more,
 * to fewer bits, is rounding once. */
static double f64_odd(double sum, double lost)
{
    uint64_t bits = f64_bits(sum);
    if (lost == 0 || lost != lost || bits & 1)
        return sum;
    return f64_of((lost > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

static double f64_sum_lost(double a, double b, double sum)
{
    double back = sum - a;
    return (a - (sum - back)) + (b - back);
}

/* Scales the quotient back: one that was made small is at most 2 in size. */
static float f32_div_fmas(float a, float b, float c, bool scaled)
{
    if (!scaled || a != a || b != b || c != c)
        return f32_fma(a, b, c);
    double product = (double)a * b, sum = product + c;
    sum = f64_odd(sum, f64_sum_lost(product, (double)c, sum));
    return (float)ldexp(sum, f32_exponent(c) > 0 ? 64 : -64);
}

/* A sum that lost so much, times 2^-by, where that is denormal: only its lowest bit's ties need what was
 * lost. */
static double f64_scale_down(double sum, double lost, int by)
{
    double units = ldexp(sum, 1074 - by), whole = rint(units);
    if (fabs(units - whole) == 0.5 && lost != 0)
        whole = lost > 0 ? ceil(units) : floor(units);
    return copysign(ldexp(whole, -1074), sum);
}

static double f64_div_fmas(double a, double b, double c, bool scaled)
{
    double fused = f64_fma(a, b, c), product = a * b, sum = product + c;
    if (!scaled || fused != fused)
        return fused;
    if (f64_exponent(c) > 0)
        return ldexp(fused, 128);
    if (f64_exponent(fused) - 128 >= -1022)
        return ldexp(fused, -128);
    return f64_scale_down(fused, f64_sum_lost(product, c, sum) + fma(a, b, -product) + (sum - fused), 128);
}

/* under: below this difference of exponents nothing of the quotient is left. */
static float f32_div_fixup(float a, float b, float c, int under)
{
    bool negative = !signbit(b) != !signbit(c);
    if (c != c || b != b)
        return c != c ? f32_quiet(c) : f32_quiet(b);
    if ((b == 0 && c == 0) || (isinf(b) && isinf(c)))
        return f32_invalid();
    if (b == 0 || isinf(c))
        return negative ? -INFINITY : INFINITY;
    if (isinf(b) || c == 0)
        return negative ? -0.0f : 0.0f;
    if (f32_exponent(c) - f32_exponent(b) < under)
        return (negative ? -0x1p-100f : 0x1p-100f) * 0x1p-100f;
    if (a != a) /* the steps before overflowed */
        return negative ? -INFINITY : INFINITY;
    return negative ? -fabsf(a) : fabsf(a);
}

static double f64_div_fixup(double a, double b, double c)
{
    bool negative = !signbit(b) != !signbit(c);
    if (c != c || b != b)
        return c != c ? f64_quiet(c) : f64_quiet(b);
    if ((b == 0 && c == 0) || (isinf(b) && isinf(c)))
        return f64_invalid();
    if (b == 0 || isinf(c))
        return negative ? -INFINITY : INFINITY;
    if (isinf(b) || c == 0)
        return negative ? -0.0 : 0.0;
    if (f64_exponent(c) - f64_exponent(b) < -1075)
        return (negative ? -0x1p-1000 : 0x1p-1000) * 0x1p-1000;
    if (a != a)
        return negative ? -INFINITY : INFINITY;
    return negative ? -fabs(a) : fabs(a);
}

/* 2 / pi, the first bit after the point first. */
static const uint64_t two_over_pi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
    0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
};

/* 53 bits of 2 / pi for the reduction of a: from 53 times the segment on, past those that only make whole
 * turns. */
static double f64_trig_preop(double a, uint32_t segment)
{
    enum { BITS = 1201 }; /* the manual's table has so many */
    int exponent = f64_exponent(a) + 1023;
    unsigned shift = (segment & 31) * 53 + (exponent > 1077 ? (unsigned)exponent - 1077 : 0);
    uint64_t bits = 0;
    for (unsigned i = shift; i < shift + 53; i++)
        bits = bits << 1 | (i < BITS ? two_over_pi[i / 64] >> (63 - i % 64) & 1 : 0);
    return ldexp((double)bits, -53 - (int)shift + (exponent >= 1968 ? 128 : 0));
}

#define ROW   VEC_ROW
#define FLOAT VEC_FLOAT_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vop3.def"
#undef ROW
#undef FLOAT
#define ROW   VEC_CODE
#define FLOAT VEC_CODE
const struct vec_code VEC_NAME(vec_vop3)[] = {
#include "exec_vop3.def"
};
