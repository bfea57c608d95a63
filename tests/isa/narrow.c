/*
 * narrow.c - see narrow.h.
 */
#include "narrow.h"

#include <math.h>
#include <stdlib.h>

const struct narrow narrow_fp8 = {"fp8", 8, 4, 3, 7, ONE_NAN}, narrow_bf8 = {"bf8", 8, 5, 2, 15, IEEE},
                    narrow_fp8_fnuz = {"fp8", 8, 4, 3, 8, FNUZ}, narrow_bf8_fnuz = {"bf8", 8, 5, 2, 16, FNUZ},
                    narrow_fp6 = {"fp6", 6, 2, 3, 1, ALL_FINITE},
                    narrow_bf6 = {"bf6", 6, 3, 2, 3, ALL_FINITE},
                    narrow_fp4 = {"fp4", 4, 2, 1, 1, ALL_FINITE}, narrow_f16 = {"f16", 16, 5, 10, 15, IEEE},
                    narrow_bf16 = {"bf16", 16, 8, 7, 127, IEEE}, narrow_f32 = {"f32", 32, 8, 23, 127, IEEE};

double narrow_number(const struct narrow *f, uint32_t code)
{
    uint32_t mantissas = 1u << f->mantissa, exponents = 1u << f->exponent;
    uint32_t mantissa = code % mantissas, exponent = code / mantissas % exponents;
    double sign = code >> (f->bits - 1) & 1 ? -1 : 1;
    bool last = exponent == exponents - 1;
    if (f->special == FNUZ && sign < 0 && !exponent && !mantissa)
        return (double)NAN;
    if (f->special == ONE_NAN && last && mantissa == mantissas - 1)
        return (double)NAN;
    if (f->special == IEEE && last)
        return mantissa ? (double)NAN : sign * (double)INFINITY;
    if (!exponent)
        return sign * mantissa / mantissas * pow(2, 1 - f->bias);
    return sign * (1 + (double)mantissa / mantissas) * pow(2, (int)exponent - f->bias);
}

static uint32_t sign_of(const struct narrow *f, double value)
{
    return signbit(value) ? 1u << (f->bits - 1) : 0;
}

/* Codes of one sign grow with their numbers. */
static uint32_t largest(const struct narrow *f)
{
    uint32_t all = (1u << (f->bits - 1)) - 1;
    return f->special == IEEE ? all - (1u << f->mantissa) : f->special == ONE_NAN ? all - 1 : all;
}

static uint32_t nan_code(const struct narrow *f, double value)
{
    if (f->special == FNUZ)
        return 1u << (f->bits - 1);
    return sign_of(f, value) | ((1u << (f->bits - 1)) - 1); /* or the largest number, where none is NaN */
}

static uint32_t too_large(const struct narrow *f, double value, bool saturates)
{
    bool stays = isinf(value) && f->bits == 16; /* FP16_OVFL is about what overflows */
    if (f->special == ALL_FINITE || (saturates && !stays))
        return sign_of(f, value) | largest(f);
    return f->special == IEEE ? sign_of(f, value) | (largest(f) + 1) : nan_code(f, value);
}

uint32_t narrow_code(const struct narrow *f, double value, const uint32_t *random, bool saturates)
{
    if (isnan(value))
        return nan_code(f, value);
    if (isinf(value))
        return too_large(f, value, saturates);
    int power;
    frexp(value, &power);
    if (value == 0 || power - 1 < 1 - f->bias)
        power = 2 - f->bias;
    double unit = ldexp(1, power - 1 - (int)f->mantissa), whole = fabs(value) / unit, kept = floor(whole);
    double rest = whole - kept;
    if (random ? rest + ldexp(*random, -32) >= 1 : rest > 0.5 || (rest == 0.5 && fmod(kept, 2) == 1))
        kept++;
    if (kept * unit > narrow_number(f, largest(f)))
        return too_large(f, value, saturates);
    uint32_t code = 0;
    for (uint32_t bit = 1u << (f->bits - 2); bit; bit >>= 1) { /* the last one that is not above it */
        double number = narrow_number(f, code | bit);
        if (isfinite(number) && number <= kept * unit)
            code |= bit;
    }
    if (narrow_number(f, code) != kept * unit)
        abort();
    return code == 0 && f->special == FNUZ ? 0 : code | sign_of(f, value);
}
