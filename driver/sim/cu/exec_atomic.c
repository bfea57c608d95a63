/*
 * exec_atomic.c - what an atomic makes of the value in memory, for LDS and for GPU memory alike.
 *
 * Facts: the pseudocode of the CDNA3 and RDNA3 instruction set manuals. They differ from LLVM in one thing:
 * the manuals' floating minimum keeps a NaN that is already in memory, LLVM selects the instruction for
 * atomicrmw fmin, which does not. The simulator follows LLVM. Sums of halves and of bfloats are made in
 * float: it has more than twice their bits and two, so that the second rounding changes nothing.
 */
#include <math.h>

#include "exec_memory.h"
#include "vector.h"

enum { TO_NEAREST = 0 }; /* MODE's rounding field; atomics do not look at MODE */

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

static uint32_t float_atomic(enum isa_atomic op, uint32_t old, uint32_t data, uint32_t data2)
{
    switch (op) {
    case ISA_ATOMIC_FCMPSWAP:
        return f32_of(old) == f32_of(data2) ? data : old;
    case ISA_ATOMIC_FADD:
        return f32_bits(f32_of(old) + f32_of(data));
    case ISA_ATOMIC_FMIN:
        return f32_bits(float_min(f32_of(old), f32_of(data)));
    case ISA_ATOMIC_FMAX:
        return f32_bits(float_max(f32_of(old), f32_of(data)));
    case ISA_ATOMIC_PK_ADD_F16:
        return pk_add_f16(old, data);
    case ISA_ATOMIC_PK_ADD_BF16:
        return pk_add_bf16(old, data);
    default:
        return old;
    }
}

static uint64_t double_atomic(enum isa_atomic op, uint64_t old, uint64_t data, uint64_t data2)
{
    switch (op) {
    case ISA_ATOMIC_FCMPSWAP:
        return f64_of(old) == f64_of(data2) ? data : old;
    case ISA_ATOMIC_FADD:
        return f64_bits(f64_of(old) + f64_of(data));
    case ISA_ATOMIC_FMIN:
        return f64_bits(double_min(f64_of(old), f64_of(data)));
    case ISA_ATOMIC_FMAX:
        return f64_bits(double_max(f64_of(old), f64_of(data)));
    default:
        return old;
    }
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
