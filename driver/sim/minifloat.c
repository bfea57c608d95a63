/*
 * minifloat.c - numbers of 4 to 8 bits as floats: exact, every one of them.
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
    [MINI_E2M1] = {2, 1, 1, FINITE},
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

double minifloat_scale(unsigned e8m0)
{
    return e8m0 == 255 ? (double)NAN : ldexp(1, (int)e8m0 - 127);
}
