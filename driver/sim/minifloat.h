/*
 * minifloat.h - floating-point formats of 4 to 8 bits.
 */
#ifndef KFDFS_SIM_MINIFLOAT_H
#define KFDFS_SIM_MINIFLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum minifloat { MINI_E4M3, MINI_E5M2, MINI_E4M3_FNUZ, MINI_E5M2_FNUZ, MINI_E2M3, MINI_E3M2, MINI_E2M1 };

unsigned minifloat_bits(enum minifloat format);
/* The number that the low bits of code stand for; exact. */
float minifloat_value(enum minifloat format, unsigned code);
/* 2^(code - 127), or NaN for 255: the shared scale of a microscaling block. */
double minifloat_scale(unsigned e8m0);

#endif
