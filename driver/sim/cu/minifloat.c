/*
 * minifloat.c - numbers of 4 to 16 bits as floats: exact, every one of them.
 *
 * Formats: OCP 8-bit E4M3 and E5M2, OCP microscaling E2M3, E3M2, E2M1 and the scale E8M0; the "fnuz" 8-bit
 * ones of gfx940 have a bias one higher, no infinities and no negative zero, whose code is their only NaN
 * (LLVM, APFloat.h, Float8E4M3FNUZ and Float8E5M2FNUZ).
 */
#include "minifloat.h"

#include <math.h>

struct layout {
    uint8_t exponent, mantissa; /* bits */
    int8_t bias;
    uint8_t special; /* enum below */
};
enum { FINITE, IEEE, ONE_NAN, FNUZ }; /* ONE_NAN: all ones is NaN, no infinities */

static const struct layout layouts[] = {
    [MINI_E4M3] = {4, 3, 7, ONE_NAN},    [MINI_E5M2] = {5, 2, 15, IEEE},  [MINI_E4M3_FNUZ] = {4, 3, 8, FNUZ},
    [MINI_E5M2_FNUZ] = {5, 2, 16, FNUZ}, [MINI_E2M3] = {2, 3, 1, FINITE}, [MINI_E3M2] = {3, 2, 3, FINITE},
    [MINI_E2M1] = {2, 1, 1, FINITE},     [MINI_F16] = {5, 10, 15, IEEE},  [MINI_BF16] = {8, 7, 127, IEEE},
};

unsigned minifloat_bits(enum minifloat format)
{
    return 1u + layouts[format].exponent + layouts[format].mantissa;
}

static bool is_nan(const struct layout *l, unsigned sign, unsigned exponent, unsigned mantissa)
{
    unsigned exponents = 1u << l->exponent, mantissas = 1u << l->mantissa;
    switch (l->special) {
    case IEEE:
        return exponent == exponents - 1 && mantissa;
    case ONE_NAN:
        return exponent == exponents - 1 && mantissa == mantissas - 1;
    case FNUZ:
        return sign && !exponent && !mantissa;
    default:
        return false;
    }
}

float minifloat_value(enum minifloat format, unsigned code)
{
    const struct layout *l = &layouts[format];
    unsigned mantissa = code & ((1u << l->mantissa) - 1);
    unsigned exponent = code >> l->mantissa & ((1u << l->exponent) - 1);
    unsigned sign = code >> (l->mantissa + l->exponent) & 1;
    if (is_nan(l, sign, exponent, mantissa))
        return NAN;
    float magnitude;
    if (l->special == IEEE && exponent == (1u << l->exponent) - 1)
        magnitude = INFINITY;
    else if (exponent)
        magnitude = ldexpf((float)(mantissa | 1u << l->mantissa), (int)exponent - l->bias - l->mantissa);
    else
        magnitude = ldexpf((float)mantissa, 1 - l->bias - l->mantissa);
    return sign ? -magnitude : magnitude;
}

/* ---- to a code ---- */

static unsigned code_nan(const struct layout *l, unsigned sign)
{
    unsigned magnitude = (1u << (l->exponent + l->mantissa)) - 1;
    return l->special == FNUZ ? magnitude + 1 : sign | magnitude;
}

static unsigned code_largest(const struct layout *l)
{
    unsigned all = (1u << (l->exponent + l->mantissa)) - 1;
    return l->special == IEEE ? all - (1u << l->mantissa) : l->special == ONE_NAN ? all - 1 : all;
}

static unsigned code_overflow(const struct layout *l, unsigned sign, bool saturate)
{
    if (saturate || l->special == FINITE)
        return sign | code_largest(l);
    return l->special == IEEE ? sign | (code_largest(l) + 1) : code_nan(l, sign);
}

unsigned minifloat_code(enum minifloat format, double value, bool saturate, const uint32_t *random)
{
    const struct layout *l = &layouts[format];
    unsigned sign = signbit(value) ? 1u << (l->exponent + l->mantissa) : 0;
    double magnitude = fabs(value);
    if (value != value)
        return code_nan(l, sign);
    if (isinf(value))
        return code_overflow(l, sign, saturate);
    int exponent = magnitude > 0 ? ilogb(magnitude) : 0, least = 1 - l->bias;
    exponent = magnitude > 0 && exponent > least ? exponent : least;
    if (exponent > 1 << l->exponent)
        return code_overflow(l, sign, saturate);
    double steps = ldexp(magnitude, l->mantissa - exponent); /* of this binade, exact */
    steps = random ? floor(steps + *random * 0x1p-32) : rint(steps);
    unsigned code = ((unsigned)(exponent - least) << l->mantissa) + (unsigned)steps;
    if (code > code_largest(l))
        return code_overflow(l, sign, saturate);
    return code == 0 && l->special == FNUZ ? 0 : sign | code;
}

double minifloat_scale(unsigned e8m0)
{
    return e8m0 == 255 ? (double)NAN : ldexp(1, (int)e8m0 - 127);
}
