/*
 * host.h - what corpus.cl uses of OpenCL C, in C: types, functions of integers, half precision by hand, and
 * atomics, which need be none where one work-item runs at a time.
 */
#ifndef KFDFS_CORPUS_HOST_H
#define KFDFS_CORPUS_HOST_H

#include <stdint.h>
#include <string.h>
#include <tgmath.h>

typedef uint8_t uchar_;
#define uchar  uchar_
#define uint   uint32_t
#define ushort uint16_t
#define ulong  uint64_t
#define global
#define local static
#define GROUP 64u

typedef uint32_t uint4 __attribute__((vector_size(16)));
typedef float float4 __attribute__((vector_size(16)));
#define U4(a, b, c, d) ((uint4){a, b, c, d})
#define F4(a, b, c, d) ((float4){a, b, c, d})

#define REINTERPRET(name, to, from)             \
    static inline to name(from value)           \
    {                                           \
        to result;                              \
        memcpy(&result, &value, sizeof result); \
        return result;                          \
    }
REINTERPRET(as_uint, uint32_t, float)
REINTERPRET(as_float, float, uint32_t)
REINTERPRET(as_ulong, uint64_t, double)

#define FUNCTION(name, expression)                      \
    static inline uint32_t name(uint32_t a, uint32_t b) \
    {                                                   \
        return (uint32_t)(expression);                  \
    }
FUNCTION(min, a < b ? a : b)
FUNCTION(max, a > b ? a : b)
FUNCTION(mul_hi, (uint64_t)a *b >> 32)
FUNCTION(rotate, a << (b & 31) | a >> (-b & 31))
FUNCTION(add_sat, a + b < a ? UINT32_MAX : a + b)
FUNCTION(sub_sat, a < b ? 0 : a - b)
FUNCTION(abs_diff, a < b ? b - a : a - b)
FUNCTION(hadd, ((uint64_t)a + b) >> 1)
FUNCTION(rhadd, ((uint64_t)a + b + 1) >> 1)
#define popcount(x) ((uint32_t)__builtin_popcount(x))

static inline uint32_t clz(uint32_t x)
{
    return x ? (uint32_t)__builtin_clz(x) : 32;
}

static inline uint32_t bitselect(uint32_t a, uint32_t b, uint32_t mask)
{
    return (a & ~mask) | (b & mask);
}

#define ATOMIC(name, expression)                                  \
    static inline uint32_t atomic_##name(uint32_t *p, uint32_t b) \
    {                                                             \
        uint32_t a = *p;                                          \
        *p = expression;                                          \
        return a;                                                 \
    }
ATOMIC(add, a + b)
ATOMIC(sub, a - b)
ATOMIC(and, a &b)
ATOMIC(or, a | b)
ATOMIC(xor, a ^ b)
ATOMIC(min, min(a, b))
ATOMIC(max, max(a, b))
ATOMIC(xchg, b)
#define atomic_inc(p) atomic_add(p, 1)

static inline uint32_t atomic_cmpxchg(uint32_t *p, uint32_t expected, uint32_t value)
{
    uint32_t old = *p;
    if (old == expected)
        *p = value;
    return old;
}

static inline float half_value(uint32_t h)
{
    int exponent = (int)(h >> 10 & 31), fraction = (int)(h & 1023);
    float size = exponent == 31 ? (fraction ? NAN : INFINITY)
                 : exponent     ? ldexpf((float)(1024 + fraction), exponent - 25)
                                : ldexpf((float)fraction, -24);
    return h & 0x8000 ? -size : size;
}

/* To the nearest, ties to even: rounded in units of the result's last place. No NaNs. */
static inline uint32_t half_bits(float f)
{
    uint32_t sign = signbit(f) ? 0x8000 : 0;
    int exponent;
    f = fabsf(f);
    if (f >= 65520.0f)
        return sign | 0x7c00;
    (void)frexpf(f, &exponent);
    if (exponent < -13 || f == 0)
        return sign | (uint32_t)rintf(ldexpf(f, 24));
    return sign + ((uint32_t)(exponent + 13) << 10) + (uint32_t)rintf(ldexpf(f, 11 - exponent));
}

#define HALF(op, a, b)  half_bits(half_value(a) op half_value(b))
#define HALF_LESS(a, b) (half_value(a) < half_value(b))
#define HALF_OF(f)      half_bits(f)
#define FLOAT_OF(h)     half_value(h)

#endif
