/*
 * exec_vop1.c - vector instructions of one source: moves, conversions, roundings, functions. Rows:
 * exec_vop1.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP1 instructions".
 */
#include "convert8.h"
#include "vector_op.h"

static inline uint32_t u32_reverse(uint32_t a)
{
    a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
    a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
    a = (a >> 4 & 0x0f0f0f0f) | (a & 0x0f0f0f0f) << 4;
    return __builtin_bswap32(a);
}

/* The manual's table (CDNA2, v_screen_partition_4se_b32), from the lowest 4 bits on: shader engines that a
 * rectangle of tiles meets, by the bits 6:5 of x_min, y_min, x_max and y_max. */
static const uint64_t screen_partitions[16] = {
    0xfffffff7fff5f731, 0xffffffbfffafe62f, 0xfffffdfff5ffc4fd, 0xffffefffafff8fb9,
    0xfffefff6fdc4ffff, 0xffdff99fb98fffff, 0xfbfff9ff31f7ffff, 0x7fff6ff62fe6ffff,
    0xfffafb32fffffffb, 0xff5fd91fffffff7f, 0xfaffc8fefffffeff, 0x5fff4f76ffffdfff,
    0xfec8fffffffdfff9, 0x764fffffffeff66f, 0x32fbfffff7fff6ff, 0x1fd9ffffbfff9ff9,
};

/* How many leading bits repeat the sign, the sign itself counted; all the same: -1. */
static inline uint32_t u32_sign_bits(uint32_t a)
{
    uint32_t changes = a ^ (a >> 31 ? UINT32_MAX : 0);
    return changes ? (uint32_t)__builtin_clz(changes) : UINT32_MAX;
}

/* Fractions stay below 1: the sum of a tiny negative number and 1 would round up to it. */
static inline float f32_fract(float a)
{
    float f = a - floorf(a);
    return f >= 1 ? 0x1.fffffep-1f : f;
}

static inline float f16_fract(float a)
{
    float f = a - floorf(a);
    return f > 0x1.ffcp-1f ? 0x1.ffcp-1f : f;
}

static inline double f64_fract(double a)
{
    double f = a - floor(a);
    return f >= 1 ? 0x1.fffffffffffffp-1 : f;
}

/* As frexp() has them, but in the way that loops become vectors. A denormal number is moved first. */
static inline double f64_normal(double a)
{
    return fabs(a) < 0x1p-1022 ? a * 0x1p54 : a;
}

static inline int f64_exponent(double a)
{
    int exponent = (int)(f64_bits(f64_normal(a)) >> 52 & 0x7ff) - (fabs(a) < 0x1p-1022 ? 1076 : 1022);
    return a == 0 || a - a != 0 ? 0 : exponent;
}

static inline double f64_mantissa(double a)
{
    uint64_t fraction = f64_bits(f64_normal(a)) & UINT64_C(0x800fffffffffffff);
    return a == 0 || a - a != 0 ? a : f64_of(fraction | UINT64_C(0x3fe) << 52);
}

static inline double f64_root(double a)
{
    return a < 0 ? f64_invalid() : sqrt(a);
}

static inline double f64_rsq(double a)
{
    return a < 0 ? f64_invalid() : 1 / sqrt(a);
}

static inline double f64_log2(double a)
{
    return a < 0 ? f64_invalid() : log2(a);
}

/* Angles are in turns; past 256 of them the result is that of 0 (manual, v_sin_f32). */
static inline double f64_sin(double a)
{
    if (isinf(a))
        return f64_invalid();
    return fabs(a) > 256 ? 0 : a == 0 ? a : sin((a - rint(a)) * (2 * M_PI));
}

static inline double f64_cos(double a)
{
    if (isinf(a))
        return f64_invalid();
    return fabs(a) > 256 ? 1 : cos((a - rint(a)) * (2 * M_PI));
}

#define ROW   VEC_ROW
#define FLOAT VEC_FLOAT_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vop1.def"
#undef ROW
#undef FLOAT
#define ROW   VEC_CODE
#define FLOAT VEC_CODE
const struct vec_code VEC_NAME(vec_vop1)[] = {
#include "exec_vop1.def"
};
