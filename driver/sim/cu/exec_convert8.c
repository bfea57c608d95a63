/*
 * exec_convert8.c - 8-bit floats: conversions of gfx940, gfx950 and gfx12, and gfx12's dot products of them.
 *
 * FP8 and BF8 are the FNUZ formats on gfx940 and OCP's on the others. MODE.FP16_OVFL saturates. Which byte or
 * half is meant: SDWA's selector, or op_sel as LLVM's assembler encodes byte_sel (bits of the source form are
 * swapped). Facts: AMD's "Instinct MI300" and "RDNA4" ISA manuals; dot products are sums of one product after
 * the other, each rounded, as the latter writes V_DOT4_F32_FP8_FP8. Unproven: that stochastic rounding adds
 * the high bits of the random operand.
 */
#include "convert8.h"
#include "minifloat.h"

enum { MODE_FP16_OVFL = 23 };

static enum minifloat format_of(const struct vec *v, bool bf8)
{
    if (v->w->generation == ISA_GFX940)
        return bf8 ? MINI_E5M2_FNUZ : MINI_E4M3_FNUZ;
    return bf8 ? MINI_E5M2 : MINI_E4M3;
}

static float value_of(const struct vec *v, bool bf8, uint32_t code)
{
    return minifloat_value(format_of(v, bf8), code & 0xff);
}

static unsigned code_of(const struct vec *v, bool bf8, float value, const uint32_t *random)
{
    bool saturate = v->w->mode >> MODE_FP16_OVFL & 1;
    return minifloat_code(format_of(v, bf8), (double)value, saturate, random);
}

/* SDWA has put what it selects into the low bits already. */
float convert8_from(const struct vec *v, bool bf8, uint32_t a)
{
    unsigned byte = (v->inst->opsel & 1u) << 1 | (v->inst->opsel >> 1 & 1u);
    return value_of(v, bf8, a >> 8 * byte);
}

uint64_t convert8_from_pair(const struct vec *v, bool bf8, uint32_t a)
{
    uint32_t pair = half_bits(a, v->inst->opsel & 1);
    return f32_bits(value_of(v, bf8, pair)) | (uint64_t)f32_bits(value_of(v, bf8, pair >> 8)) << 32;
}

uint32_t convert8_to_pair(const struct vec *v, bool bf8, float a, float b)
{
    return code_of(v, bf8, a, NULL) | code_of(v, bf8, b, NULL) << 8;
}

uint32_t convert8_to_by_chance(const struct vec *v, bool bf8, float a, uint32_t random, uint32_t d)
{
    unsigned shift = 8 * (v->inst->opsel >> 2 & 3u);
    return (d & ~(0xffu << shift)) | code_of(v, bf8, a, &random) << shift;
}

float convert8_dot4(const struct vec *v, bool a_bf8, bool b_bf8, uint32_t a, uint32_t b, float c)
{
    float sum = v->inst->neg_hi & 4 ? fabsf(c) : c;
    sum = v->inst->neg_lo & 4 ? -sum : sum;
    for (unsigned i = 0; i < 32; i += 8) /* products are exact: each sum is rounded */
        sum = fmaf(value_of(v, a_bf8, a >> i), value_of(v, b_bf8, b >> i), sum);
    return sum != sum ? f32_of(0x7fc00000) : sum;
}
