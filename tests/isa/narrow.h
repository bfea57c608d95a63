/*
 * narrow.h - floating-point formats of 4 to 16 bits as the numbers that their codes stand for.
 *
 * Facts: OCP's "8-bit Floating Point Specification" and "Microscaling Formats"; "fnuz", gfx940's: LLVM's
 * APFloat.h (Float8E4M3FNUZ, Float8E5M2FNUZ).
 */
#ifndef KFDFS_TESTS_ISA_NARROW_H
#define KFDFS_TESTS_ISA_NARROW_H

#include <stdbool.h>
#include <stdint.h>

struct narrow {
    const char *name;
    unsigned bits, exponent, mantissa;
    int bias;
    enum { ALL_FINITE, ONE_NAN, IEEE, FNUZ } special; /* ONE_NAN: of each sign; FNUZ: the code of -0 is it */
};
extern const struct narrow narrow_fp8, narrow_bf8, narrow_fp8_fnuz, narrow_bf8_fnuz, narrow_fp6, narrow_bf6,
    narrow_fp4, narrow_f16, narrow_bf16, narrow_f32;

double narrow_number(const struct narrow *f, uint32_t code);
/* The code of the nearest number, ties to even; with random, whose 32 bits are added below the last bit that
 * is kept, of the one towards zero. What is too large, and for formats of 8 bits infinity, too, becomes the
 * largest number if saturates (MODE.FP16_OVFL) or if there is no other. */
uint32_t narrow_code(const struct narrow *f, double value, const uint32_t *random, bool saturates);

#endif
