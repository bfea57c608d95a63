/*
 * exec_vop3p.c - packed, mixed precision and dot product instructions. Rows: exec_vop3p.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP3P instructions". Dot products of
 * floats add one product after the other, each sum rounded, as the manuals write them. They do not look at
 * MODE: on gfx9 they know no denormals and round to nearest (CDNA3, 6.4), elsewhere v_dot2_f32_f16 knows no
 * single denormals (LLVM, SITargetLowering::performFMACombine), results of 16 bits are rounded to nearest and
 * those of bfloat16 know no denormals (RDNA3 and RDNA4, 7.2.4).
 */
#include "convert8.h"
#include "vector_op.h"

/* Which half of source n the low (0) or the high (1) element is. */
static inline unsigned dot_half(const struct vec *v, unsigned n, unsigned element)
{
    if (v->inst->format != ISA_VOP3P)
        return element;
    return (element ? v->inst->opsel_hi : v->inst->opsel) >> n & 1;
}

static inline uint32_t dot_bits(const struct vec *v, unsigned n, unsigned element, uint32_t reg)
{
    const struct isa_operand *op = &v->inst->src[n];
    uint32_t bits = half_bits(reg, dot_half(v, n, element));
    if (v->inst->format == ISA_VOP3P)
        return bits ^ ((element ? v->inst->neg_hi : v->inst->neg_lo) >> n & 1u) << 15;
    return (op->abs ? bits & 0x7fff : bits) ^ (uint32_t)op->neg << 15; /* signs of both elements */
}

static inline float f16_element(const struct vec *v, unsigned n, unsigned element, uint32_t reg)
{
    return vec_from_half((uint16_t)dot_bits(v, n, element, reg));
}

static inline float bf16_element(const struct vec *v, unsigned n, unsigned element, uint32_t reg)
{
    return f32_of(dot_bits(v, n, element, reg) << 16);
}

static float f16_dot2(const struct vec *v, uint32_t a, uint32_t b, float sum)
{
    for (unsigned i = 0; i < 2; i++)
        sum = f32_add(sum, f32_mul(f16_element(v, 0, i, a), f16_element(v, 1, i, b)));
    return sum;
}

static inline float f32_normal(float f)
{
    uint32_t bits = f32_bits(f);
    return f32_of(bits & 0x7f800000 ? bits : bits & 0x80000000);
}

static float f16_normal(const struct vec *v, unsigned n, unsigned element, uint32_t reg)
{
    uint32_t bits = dot_bits(v, n, element, reg);
    return vec_from_half((uint16_t)(bits & 0x7c00 ? bits : bits & 0x8000));
}

static float f16_dot2_normal(const struct vec *v, uint32_t a, uint32_t b, float sum)
{
    for (unsigned i = 0; i < 2; i++)
        sum = f32_add(sum, f32_mul(f16_normal(v, 0, i, a), f16_normal(v, 1, i, b)));
    return sum;
}

static float bf16_dot2(const struct vec *v, uint32_t a, uint32_t b, float c)
{
    float low = f32_mul(bf16_element(v, 0, 0, a), bf16_element(v, 1, 0, b));
    float high = f32_mul(bf16_element(v, 0, 1, a), bf16_element(v, 1, 1, b));
    return f32_add(f32_add(c, low), high);
}

/* gfx950 adds the third source last. */
static float bf16_dot2_normal(const struct vec *v, uint32_t a, uint32_t b, float c)
{
    float products[2];
    for (unsigned i = 0; i < 2; i++)
        products[i] = f32_mul(f32_normal(bf16_element(v, 0, i, a)), f32_normal(bf16_element(v, 1, i, b)));
    return f32_add(f32_add(products[0], products[1]), c);
}

static float f16_dot2_f16(const struct vec *v, uint32_t a, uint32_t b, float sum)
{
    for (unsigned i = 0; i < 2; i++) {
        double next = f16_fma(f16_element(v, 0, i, a), f16_element(v, 1, i, b), sum);
        sum = vec_from_half(vec_to_half(next, v->round64));
    }
    return sum;
}

static uint32_t bf16_dot2_bf16(const struct vec *v, uint32_t a, uint32_t b, uint32_t c)
{
    float sum = f32_normal(f32_of(c << 16));
    for (unsigned i = 0; i < 2; i++) {
        float x = f32_normal(bf16_element(v, 0, i, a)), y = f32_normal(bf16_element(v, 1, i, b));
        sum = f32_normal(f32_of((uint32_t)vec_to_bfloat(f32_fma(x, y, sum)) << 16));
    }
    return f32_bits(sum) >> 16;
}

static int64_t i16_dot2(const struct vec *v, uint32_t a, uint32_t b)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 2; i++)
        sum += (int64_t)(int16_t)half_bits(a, dot_half(v, 0, i)) * (int16_t)half_bits(b, dot_half(v, 1, i));
    return sum;
}

static int64_t u16_dot2(const struct vec *v, uint32_t a, uint32_t b)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 2; i++)
        sum += (int64_t)half_bits(a, dot_half(v, 0, i)) * half_bits(b, dot_half(v, 1, i));
    return sum;
}

static inline int64_t element_of(uint32_t word, unsigned at, unsigned bits, bool sign)
{
    uint32_t element = word >> at & ((1u << bits) - 1);
    return sign ? sext(element, bits) : (int64_t)element;
}

static int64_t dot_of(uint32_t a, uint32_t b, unsigned bits, bool a_signed, bool b_signed)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 32; i += bits)
        sum += element_of(a, i, bits, a_signed) * element_of(b, i, bits, b_signed);
    return sum;
}

#define ROW   VEC_ROW
#define FLOAT VEC_FLOAT_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vop3p.def"
#undef ROW
#undef FLOAT
#define ROW   VEC_CODE
#define FLOAT VEC_CODE
const struct vec_code VEC_NAME(vec_vop3p)[] = {
#include "exec_vop3p.def"
};
