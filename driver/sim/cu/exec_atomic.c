/*
 * exec_atomic.c - what an atomic makes of the value in memory, for LDS and for GPU memory alike.
 *
 * Facts: the pseudocode of the CDNA3 and RDNA3 instruction set manuals. They differ from LLVM in one thing:
 * the manuals' floating minimum keeps a NaN that is already in memory, LLVM selects the instruction for
 * atomicrmw fmin, which does not. The simulator follows LLVM. Denormals: the manuals' chapters on float
 * memory atomics (CDNA3, 9.2.2; RDNA3, 13.2; RDNA4, 13.2). Sums of halves and of bfloats are made in float:
 * it has more than twice their bits and two, so that the second rounding changes nothing.
 */
#include <math.h>

#include "exec_memory.h"
#include "vector.h"

enum { TO_NEAREST = 0 }; /* MODE's rounding field; atomics do not look at MODE */

static uint32_t flushed32(uint32_t bits, bool flush)
{
    return flush && !(bits & 0x7f800000) ? bits & 0x80000000 : bits;
}

static uint64_t flushed64(uint64_t bits, bool flush)
{
    return flush && !(bits >> 52 & 0x7ff) ? bits & UINT64_C(1) << 63 : bits;
}

/* Of both halves; exponent: where each of them has it. */
static uint32_t flushed_halves(uint32_t pair, uint32_t exponent, bool flush)
{
    for (unsigned i = 0; flush && i < 32; i += 16)
        if (!(pair >> i & exponent))
            pair &= ~(0x7fffu << i);
    return pair;
}

static uint32_t pk_add_f16(uint32_t a, uint32_t b)
{
    return vec_to_half((double)(half_of(a, 0) + half_of(b, 0)), TO_NEAREST) |
           (uint32_t)vec_to_half((double)(half_of(a, 1) + half_of(b, 1)), TO_NEAREST) << 16;
}

static uint32_t pk_add_bf16(uint32_t a, uint32_t b)
{
    return vec_to_bfloat(bfloat_of(a, 0) + bfloat_of(b, 0)) |
           (uint32_t)vec_to_bfloat(bfloat_of(a, 1) + bfloat_of(b, 1)) << 16;
}

static uint32_t pk_add(enum isa_atomic op, uint32_t old, uint32_t data, bool drops, bool flushes)
{
    bool half = op == ISA_ATOMIC_PK_ADD_F16;
    uint32_t exponent = half ? 0x7c00 : 0x7f80;
    old = flushed_halves(old, exponent, drops);
    data = flushed_halves(data, exponent, drops);
    return flushed_halves(half ? pk_add_f16(old, data) : pk_add_bf16(old, data), exponent, flushes);
}

/* minNum orders -0 below +0 (CDNA3 ISA, "IEEE minimum"); fminf leaves that open. */
static float float_min(float a, float b)
{
    return a == b ? (signbit(a) ? a : b) : fminf(a, b);
}

static float float_max(float a, float b)
{
    return a == b ? (signbit(a) ? b : a) : fmaxf(a, b);
}

static double double_min(double a, double b)
{
    return a == b ? (signbit(a) ? a : b) : fmin(a, b);
}

static double double_max(double a, double b)
{
    return a == b ? (signbit(a) ? b : a) : fmax(a, b);
}

/* What is compared is without denormals then; which of both comes out is as it was. */
#define EXTREME(name, bits, extreme)                                                           \
    static uint##bits##_t name(uint##bits##_t old, uint##bits##_t data, bool drops)            \
    {                                                                                          \
        uint##bits##_t a = flushed##bits(old, drops), b = flushed##bits(data, drops);          \
        uint##bits##_t result = f##bits##_bits(extreme(f##bits##_of(a), f##bits##_of(b)));     \
        return result == a ? old : result == b ? data : result; /* a quieted NaN is neither */ \
    }
EXTREME(least32, 32, float_min)
EXTREME(most32, 32, float_max)
EXTREME(least64, 64, double_min)
EXTREME(most64, 64, double_max)

static uint32_t float_atomic(enum isa_atomic op, uint32_t old, uint32_t data, uint32_t data2)
{
    bool drops = op & ISA_ATOMIC_DROPS, flushes = op & ISA_ATOMIC_FLUSHES;
    op &= ISA_ATOMIC_OPS;
    switch (op) {
    case ISA_ATOMIC_FCMPSWAP:
        return flushed32(f32_of(flushed32(old, drops)) == f32_of(flushed32(data2, drops)) ? data : old,
                         flushes);
    case ISA_ATOMIC_FADD:
        return flushed32(f32_bits(f32_of(flushed32(old, drops)) + f32_of(flushed32(data, drops))), flushes);
    case ISA_ATOMIC_FMIN:
        return flushed32(least32(old, data, drops), flushes);
    case ISA_ATOMIC_FMAX:
        return flushed32(most32(old, data, drops), flushes);
    case ISA_ATOMIC_PK_ADD_F16:
    case ISA_ATOMIC_PK_ADD_BF16:
        return pk_add(op, old, data, drops, flushes);
    default:
        return old;
    }
}

static uint64_t double_atomic(enum isa_atomic op, uint64_t old, uint64_t data, uint64_t data2)
{
    bool drops = op & ISA_ATOMIC_DROPS, flushes = op & ISA_ATOMIC_FLUSHES;
    switch (op & ISA_ATOMIC_OPS) {
    case ISA_ATOMIC_FCMPSWAP:
        return flushed64(f64_of(flushed64(old, drops)) == f64_of(flushed64(data2, drops)) ? data : old,
                         flushes);
    case ISA_ATOMIC_FADD:
        return f64_bits(f64_of(old) + f64_of(data));
    case ISA_ATOMIC_FMIN:
        return flushed64(least64(old, data, drops), flushes);
    case ISA_ATOMIC_FMAX:
        return flushed64(most64(old, data, drops), flushes);
    default:
        return old;
    }
}

static bool is_float(enum isa_atomic op)
{
    return op >= ISA_ATOMIC_FCMPSWAP && op <= ISA_ATOMIC_PK_ADD_BF16;
}

/* Sums have both bits of MODE, the others that of sources alone; on gfx12 what was chosen is flushed too. */
enum isa_atomic isa_atomic_in_lds(const struct isa_wave *w, enum isa_atomic op, unsigned bytes)
{
    bool halves = op == ISA_ATOMIC_PK_ADD_F16 || op == ISA_ATOMIC_PK_ADD_BF16;
    unsigned denorm = w->mode >> (bytes == 8 || halves ? 6 : 4) & 3;
    bool sum = halves || op == ISA_ATOMIC_FADD, drops = !(denorm & 1);
    if (!is_float(op) || (op == ISA_ATOMIC_FADD && bytes == 8))
        return op;
    bool flushes = sum ? !(denorm & 2) : drops && (op == ISA_ATOMIC_FCMPSWAP || w->generation >= ISA_GFX12);
    return op | (drops ? ISA_ATOMIC_DROPS : 0) | (flushes ? ISA_ATOMIC_FLUSHES : 0);
}

/* Caches: sums of single floats know no denormal sources before gfx12; on gfx11 comparisons are as MODE says
 * of sources. */
enum isa_atomic isa_atomic_in_memory(const struct isa_wave *w, enum isa_atomic op, unsigned bytes)
{
    bool compares = op == ISA_ATOMIC_FCMPSWAP || op == ISA_ATOMIC_FMIN || op == ISA_ATOMIC_FMAX;
    if (op == ISA_ATOMIC_FADD && bytes == 4 && w->generation < ISA_GFX12)
        return op | ISA_ATOMIC_DROPS;
    return compares && (w->generation == ISA_GFX11 || w->generation == ISA_GFX11_5)
               ? isa_atomic_in_lds(w, op, bytes)
               : op;
}

/* The integer operations of one width; floating ones go to the function named last. */
#define INTEGER_ATOMIC(name, type, signed_type, other)                \
    type name(enum isa_atomic op, type old, type data, type data2)    \
    {                                                                 \
        switch (op) {                                                 \
        case ISA_ATOMIC_SWAP:                                         \
            return data;                                              \
        case ISA_ATOMIC_CMPSWAP:                                      \
            return old == data2 ? data : old;                         \
        case ISA_ATOMIC_ADD:                                          \
            return old + data;                                        \
        case ISA_ATOMIC_SUB:                                          \
            return old - data;                                        \
        case ISA_ATOMIC_RSUB:                                         \
            return data - old;                                        \
        case ISA_ATOMIC_CSUB:                                         \
            return old < data ? 0 : old - data;                       \
        case ISA_ATOMIC_COND_SUB:                                     \
            return old < data ? old : old - data;                     \
        case ISA_ATOMIC_SMIN:                                         \
            return (signed_type)data < (signed_type)old ? data : old; \
        case ISA_ATOMIC_UMIN:                                         \
            return data < old ? data : old;                           \
        case ISA_ATOMIC_SMAX:                                         \
            return (signed_type)data > (signed_type)old ? data : old; \
        case ISA_ATOMIC_UMAX:                                         \
            return data > old ? data : old;                           \
        case ISA_ATOMIC_AND:                                          \
            return old & data;                                        \
        case ISA_ATOMIC_OR:                                           \
            return old | data;                                        \
        case ISA_ATOMIC_XOR:                                          \
            return old ^ data;                                        \
        case ISA_ATOMIC_INC:                                          \
            return old >= data ? 0 : old + 1;                         \
        case ISA_ATOMIC_DEC:                                          \
            return old == 0 || old > data ? data : old - 1;           \
        case ISA_ATOMIC_MSKOR:                                        \
            return (old & ~data) | data2;                             \
        case ISA_ATOMIC_WRAP:                                         \
            return old >= data ? old - data : old + data2;            \
        default:                                                      \
            return other(op, old, data, data2);                       \
        }                                                             \
    }

INTEGER_ATOMIC(isa_atomic32, uint32_t, int32_t, float_atomic)
INTEGER_ATOMIC(isa_atomic64, uint64_t, int64_t, double_atomic)
