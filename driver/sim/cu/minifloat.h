/*
 * minifloat.h - floating-point formats of 4 to 16 bits.
 */
#ifndef KFDFS_SIM_MINIFLOAT_H
#define KFDFS_SIM_MINIFLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum minifloat {
    MINI_E4M3,
    MINI_E5M2,
    MINI_E4M3_FNUZ,
    MINI_E5M2_FNUZ,
    MINI_E2M3,
    MINI_E3M2,
    MINI_E2M1,
    MINI_F16,
    MINI_BF16
};

unsigned minifloat_bits(enum minifloat format);
/* The number that the low bits of code stand for; exact. */
float minifloat_value(enum minifloat format, unsigned code);
/* The code of the nearest number, ties to even (the host rounds to nearest), or, with random, of the one
 * below or above by chance: random * 2^-32 is added to what is cut. Too large: the largest if saturate, else
 * infinity or NaN, where the format has them. */
unsigned minifloat_code(enum minifloat format, double value, bool saturate, const uint32_t *random);
/* 2^(code - 127), or NaN for 255: the shared scale of a microscaling block. */
double minifloat_scale(unsigned e8m0);

#endif
