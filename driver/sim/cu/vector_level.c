/*
 * vector_level.c - sources of vector operations that are no plain registers, made into rows. Compiled once
 * per level of the host's vectors.
 */
#include "vector_op.h"

static uint32_t modify32(uint32_t bits, const struct isa_operand *src, bool flush)
{
    if (src->abs)
        bits &= 0x7fffffff;
    if (src->neg)
        bits ^= 0x80000000;
    return flush && !(bits & 0x7f800000) ? bits & 0x80000000 : bits;
}

static uint64_t modify64(uint64_t bits, const struct isa_operand *src)
{
    if (src->abs)
        bits &= INT64_MAX;
    return src->neg ? bits ^ UINT64_C(1) << 63 : bits;
}

static void fill(uint32_t *row, uint32_t value, unsigned lanes)
{
    for (unsigned i = 0; i < 32; i++)
        row[i] = value;
    if (lanes == 64)
        for (unsigned i = 32; i < 64; i++)
            row[i] = value;
}

static void prepare_registers(const uint32_t *from, const struct isa_operand *src, uint32_t (*to)[VEC_LANES],
                              unsigned lanes, bool wide, bool flush)
{
    uint32_t abs = src->abs ? 0x7fffffff : UINT32_MAX, neg = src->neg ? 0x80000000 : 0;
    const uint32_t *sign = from + (wide ? VEC_LANES : 0);
    for (unsigned i = 0; i < lanes; i++) {
        uint32_t bits = (sign[i] & abs) ^ neg;
        to[wide][i] = flush && !(bits & 0x7f800000) ? bits & 0x80000000 : bits;
    }
    if (wide)
        memcpy(to[0], from, lanes * sizeof *from);
}

static void prepare(struct isa_wave *w, const struct isa_op *op, unsigned n)
{
    const struct isa_operand *src = &op->inst->src[n];
    uint32_t(*to)[VEC_LANES] = w->ops->prepared[n];
    bool wide = op->prepare & OP_PREPARE_WIDE << n, flush = op->prepare & OP_PREPARE_FLUSH;
    if (src->kind == ISA_VGPR || src->kind == ISA_AGPR) {
        prepare_registers(vec_register(w, src, 0), src, to, w->lanes, wide, flush);
    } else if (wide) {
        uint64_t value = modify64(isa_read64(w, src), src);
        fill(to[0], (uint32_t)value, w->lanes);
        fill(to[1], (uint32_t)(value >> 32), w->lanes);
    } else {
        fill(to[0], modify32(isa_read32(w, src), src, flush), w->lanes);
    }
}

void VEC_NAME(vec_prepare)(struct isa_wave *w, const struct isa_op *op)
{
    for (unsigned n = 0; n < 3; n++)
        if (op->prepare >> n & 1)
            prepare(w, op, n);
}

/* ---- rows and masks ---- */

static const uint32_t bit[32] = {
    1u << 0,  1u << 1,  1u << 2,  1u << 3,  1u << 4,  1u << 5,  1u << 6,  1u << 7,
    1u << 8,  1u << 9,  1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
    1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
    1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31,
};

uint64_t VEC_NAME(vec_row_mask)(const uint32_t *row, unsigned lanes)
{
    uint64_t mask = 0;
#if defined(__AVX512F__)
    for (size_t first = 0; first < lanes; first += 16) {
        __m512i part = _mm512_loadu_si512(row + first);
        mask |= (uint64_t)_mm512_test_epi32_mask(part, part) << first;
    }
#elif defined(__AVX2__)
    for (size_t first = 0; first < lanes; first += 8) {
        __m256i part =
            _mm256_slli_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(row + first)), 31);
        mask |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(part)) << first;
    }
#else
    for (size_t first = 0; first < lanes; first += 32) {
        uint32_t part = 0;
        for (size_t i = 0; i < 32; i++)
            part |= (0 - row[first + i]) & bit[i];
        mask |= (uint64_t)part << first;
    }
#endif
    return mask;
}

void VEC_NAME(vec_mask_row)(uint32_t *row, uint64_t mask, unsigned lanes)
{
    for (size_t first = 0; first < lanes; first += 32) {
        uint32_t part = (uint32_t)(mask >> first);
        for (size_t i = 0; i < 32; i++)
            row[first + i] = part & bit[i] ? 1 : 0;
    }
}

void VEC_NAME(vec_blend)(uint32_t *restrict to, const uint32_t *restrict from, uint64_t mask, unsigned lanes)
{
    for (size_t first = 0; first < lanes; first += 32) {
        uint32_t part = (uint32_t)(mask >> first);
        for (size_t i = 0; i < 32; i++)
            to[first + i] = part & bit[i] ? from[first + i] : to[first + i];
    }
}

void VEC_NAME(vec_flush)(uint32_t *row, unsigned lanes)
{
    for (unsigned i = 0; i < lanes; i++)
        row[i] = row[i] & 0x7f800000 ? row[i] : row[i] & 0x80000000;
}
