/*
 * half.c - half precision and bfloat16 as bits, rounded correctly in every mode.
 *
 * The compilers' own half types are not on every host. Formats: IEEE 754 binary16; bfloat16 is the upper half
 * of binary32.
 */
#include "vector.h"

float vec_from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ff;
    if (exponent == 31)
        return f32_of(sign | 0x7f800000 | mantissa << 13);
    if (exponent)
        return f32_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float f = (float)mantissa * 0x1p-24f;
    return f32_of(f32_bits(f) | sign);
}

/* Whether a magnitude with this lowest kept bit and these lost bits (rest, of which half is one half of the
 * lowest kept) goes up. */
static bool round_up(bool odd, uint64_t rest, uint64_t half, bool negative, unsigned mode)
{
    switch (mode) {
    case 0:
        return rest > half || (rest == half && odd);
    case 1:
        return rest && !negative;
    case 2:
        return rest && negative;
    default:
        return false;
    }
}

uint16_t vec_to_half(double value, unsigned mode)
{
    uint64_t bits = f64_bits(value), mantissa = bits & ((UINT64_C(1) << 52) - 1);
    uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    if (exponent == 1024)
        return (uint16_t)(sign | 0x7c00 | (mantissa ? 0x200 | mantissa >> 42 : 0));
    if (exponent > 15) { /* the largest half is 65504 */
        bool infinite = mode == 0 || (mode == 1 && !sign) || (mode == 2 && sign);
        return (uint16_t)(sign | (infinite ? 0x7c00 : 0x7bff));
    }
    if (exponent < -26) /* below half of the smallest denormal, 2^-25; -26 keeps the shift defined */
        return (uint16_t)(sign | round_up(false, value != 0, 2, sign, mode));
    /* value = mantissa * 2^(exponent - 52); a half's lowest bit is 2^(exponent - 10), at least 2^-24 */
    mantissa |= UINT64_C(1) << 52;
    unsigned shift = exponent < -14 ? (unsigned)(42 + -14 - exponent) : 42;
    uint64_t kept = mantissa >> shift, rest = mantissa & ((UINT64_C(1) << shift) - 1);
    kept += round_up(kept & 1, rest, UINT64_C(1) << (shift - 1), sign, mode);
    /* a carry out of the mantissa runs into the exponent, up to infinity */
    return (uint16_t)(sign | (exponent < -14 ? kept : kept + ((uint64_t)(exponent + 14) << 10)));
}

uint16_t vec_to_bfloat(float value)
{
    uint32_t bits = f32_bits(value);
    if (value != value)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
