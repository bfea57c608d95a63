/*
 * exec_atomic.c - what an atomic makes of the value in memory, for LDS and for GPU memory alike.
 *
 * Facts: the pseudocode of the CDNA3 and RDNA3 instruction set manuals. They differ from LLVM in one thing:
 * the manuals' floating minimum keeps a NaN that is already in memory, LLVM selects the instruction for
 * atomicrmw fmin, which does not. The simulator follows LLVM. Sums of halves and of bfloats are made in
 * float: it has more than twice their bits and two, so that the second rounding changes nothing.
 */
#include <math.h>
#include <string.h>

#include "exec_memory.h"

static float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t bits_of(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t bits_of_double(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static float half_to_float(uint32_t h)
{
    uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3ff;
    if (exponent == 31)
        return float_of(sign | 0x7f800000 | fraction << 13);
    if (exponent == 0)
        return copysignf((float)fraction * 0x1p-24f, float_of(sign));
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/* Adds half a unit of the last place kept, a bit less when that place is even. */
static uint32_t round_bits(uint32_t bits, unsigned dropped)
{
    return (bits + (1u << (dropped - 1)) - 1 + (bits >> dropped & 1)) >> dropped;
}

static uint32_t float_to_half(float f)
{
    uint32_t bits = bits_of(f), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return sign | 0x7e00 | (bits >> 13 & 0x1ff);
    if (bits >= 0x477ff000) /* 65520 and beyond round to infinity */
        return sign | 0x7c00;
    if (bits < 0x38800000) /* subnormal: the unit is 2^-24; scaled so that the host rounds */
        return sign | (uint32_t)lrintf(float_of(bits) * 0x1p24f);
    return sign | round_bits(bits - (112u << 23), 13);
}

static uint32_t float_to_bfloat(float f)
{
    uint32_t bits = bits_of(f);
    return (bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : round_bits(bits, 16);
}

static uint32_t pk_add_f16(uint32_t a, uint32_t b)
{
    return float_to_half(half_to_float(a & 0xffff) + half_to_float(b & 0xffff)) |
           float_to_half(half_to_float(a >> 16) + half_to_float(b >> 16)) << 16;
}

static uint32_t pk_add_bf16(uint32_t a, uint32_t b)
{
    return float_to_bfloat(float_of(a << 16) + float_of(b << 16)) |
           float_to_bfloat(float_of(a & 0xffff0000) + float_of(b & 0xffff0000)) << 16;
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
        return float_of(old) == float_of(data2) ? data : old;
    case ISA_ATOMIC_FADD:
        return bits_of(float_of(old) + float_of(data));
    case ISA_ATOMIC_FMIN:
        return bits_of(float_min(float_of(old), float_of(data)));
    case ISA_ATOMIC_FMAX:
        return bits_of(float_max(float_of(old), float_of(data)));
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
        return double_of(old) == double_of(data2) ? data : old;
    case ISA_ATOMIC_FADD:
        return bits_of_double(double_of(old) + double_of(data));
    case ISA_ATOMIC_FMIN:
        return bits_of_double(double_min(double_of(old), double_of(data)));
    case ISA_ATOMIC_FMAX:
        return bits_of_double(double_max(double_of(old), double_of(data)));
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
