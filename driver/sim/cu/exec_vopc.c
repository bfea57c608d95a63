/*
 * exec_vopc.c - vector compares, to a lane mask or to EXEC. Rows: exec_vopc.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOPC instructions". Up to gfx9
 * v_cmpx writes its mask and EXEC, from gfx10 EXEC only (vector.c).
 */
#include "vector_op.h"

struct parts {
    bool negative, top, normal, fraction, quiet; /* top: exponent all ones; normal: exponent not zero */
};

static inline struct parts f16_parts(uint32_t bits)
{
    uint32_t exponent = bits & 0x7c00;
    return (struct parts){bits >> 15 & 1, exponent == 0x7c00, exponent, bits & 0x3ff, bits & 0x200};
}

static inline struct parts f32_parts(uint32_t bits)
{
    uint32_t exponent = bits & 0x7f800000;
    return (struct parts){bits >> 31, exponent == 0x7f800000, exponent, bits & 0x7fffff, bits & 0x400000};
}

static inline struct parts f64_parts(double f)
{
    uint64_t bits = f64_bits(f), exponent = bits >> 52 & 0x7ff;
    return (struct parts){bits >> 63, exponent == 0x7ff, exponent, bits << 12, bits >> 51 & 1};
}

/* The number of its bit in the second source: signaling and quiet NaN, -inf, -normal, -denormal, -0, +0 ...
 * +inf. */
static inline unsigned class_of(struct parts p)
{
    if (p.top && p.fraction)
        return p.quiet ? 1 : 0;
    unsigned size = p.top ? 3 : p.normal ? 2 : p.fraction ? 1 : 0;
    return p.negative ? 5 - size : 6 + size;
}

#define ROW   VEC_ROW
#define FLOAT VEC_FLOAT_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vopc.def"
#undef ROW
#undef FLOAT
#define ROW   VEC_CODE
#define FLOAT VEC_CODE
const struct vec_code VEC_NAME(vec_vopc)[] = {
#include "exec_vopc.def"
};
