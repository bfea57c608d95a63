/*
 * convert8.h - 8-bit floats as sources and results of vector instructions. What a, b and c are: vector.h.
 */
#ifndef KFDFS_SIM_CONVERT8_H
#define KFDFS_SIM_CONVERT8_H

#include "vector.h"

/* The byte of a source that the instruction names, and two of them: the floats' bits, the low one first. */
float convert8_from(const struct vec *v, bool bf8, uint32_t a);
uint64_t convert8_from_pair(const struct vec *v, bool bf8, uint32_t a);
/* Two floats as bytes, a the low one. */
uint32_t convert8_to_pair(const struct vec *v, bool bf8, float a, float b);
/* One, rounded by chance, in its place among the bits of d. */
uint32_t convert8_to_by_chance(const struct vec *v, bool bf8, float a, uint32_t random, uint32_t d);
/* The products of four bytes of a and b, and c. */
float convert8_dot4(const struct vec *v, bool a_bf8, bool b_bf8, uint32_t a, uint32_t b, float c);

#endif
