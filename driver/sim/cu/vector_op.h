/*
 * vector_op.h - rows of exec_vop*.def as code, for one level of the host's vectors.
 *
 * The files that include this are compiled once per level (VEC_LEVEL: sse2, avx2, avx512) and export nothing
 * but a table of struct vec_code. The lanes function of a row is a plain loop, which the compiler turns into
 * vectors; the operation around it finds the operands and keeps inactive lanes. An operation is chosen
 * (op_code.c) for instructions that need no more than that; the rest goes through vector.c to the same lanes
 * function.
 *
 * Results are the same at every level: there are no reductions and no contractions in lanes functions, fmaf()
 * is exact with and without the host's instruction for it, and NaNs are chosen by the expressions.
 */
#ifndef KFDFS_SIM_VECTOR_OP_H
#define KFDFS_SIM_VECTOR_OP_H

#include "op.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define VEC_JOIN2(a, b) a##_##b
#define VEC_JOIN(a, b)  VEC_JOIN2(a, b)
#define VEC_NAME(name)  VEC_JOIN(name, VEC_LEVEL)

/* Lanes do not depend on each other, even where the result replaces a source. */
#ifdef __clang__
#define VEC_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define VEC_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* In vector_level.c: */
/* sources that are scalars, or have modifiers, as rows, */
void VEC_NAME(vec_prepare)(struct isa_wave *w, const struct isa_op *op);
/* a row of zeros and ones as a lane mask, and back, */
uint64_t VEC_NAME(vec_row_mask)(const uint32_t *row, unsigned lanes);
void VEC_NAME(vec_mask_row)(uint32_t *row, uint64_t mask, unsigned lanes);
/* a row where the mask says so, */
void VEC_NAME(vec_blend)(uint32_t *restrict to, const uint32_t *restrict from, uint64_t mask, unsigned lanes);
/* denormals flushed. */
void VEC_NAME(vec_flush)(uint32_t *row, unsigned lanes);

/* ---- one lane of an operand ---- */

#define VEC_GET_NO(p)     0
#define VEC_GET_U32(p)    ((const vec_u32 *)(p))[lane]
#define VEC_GET_I32(p)    ((const vec_i32 *)(p))[lane]
#define VEC_GET_F32(p)    ((const vec_f32 *)(p))[lane]
#define VEC_GET_M32       VEC_GET_U32
#define VEC_GET_Z32       VEC_GET_F32
#define VEC_GET_C32       VEC_GET_F32
#define VEC_GET_U16       VEC_GET_U32
#define VEC_GET_I16       VEC_GET_I32
#define VEC_GET_M16       VEC_GET_U32
#define VEC_GET_F16       VEC_GET_F32
#define VEC_GET_SU32      VEC_GET_U32
#define VEC_GET_SI32      VEC_GET_I32
#define VEC_GET_SU16      VEC_GET_U32
#define VEC_GET_SI16      VEC_GET_I32
#define VEC_GET_MASK      VEC_GET_U32
#define VEC_GET_U64(p)    vec_get64(p, lane)
#define VEC_GET_I64(p)    (int64_t) vec_get64(p, lane)
#define VEC_GET_F64(p)    f64_of(vec_get64(p, lane))
#define VEC_GET_C64       VEC_GET_F64
#define VEC_GET_D16       VEC_GET_F64
#define VEC_GET_PF32      VEC_GET_U64

#define VEC_PUT_U32(p, x) (((vec_u32 *)(p))[lane] = (uint32_t)(x))
#define VEC_PUT_I32(p, x) (((vec_i32 *)(p))[lane] = (int32_t)(x))
#define VEC_PUT_F32(p, x) (((vec_f32 *)(p))[lane] = (float)(x))
#define VEC_PUT_M32       VEC_PUT_U32
#define VEC_PUT_Z32       VEC_PUT_F32
#define VEC_PUT_C32       VEC_PUT_F32
#define VEC_PUT_U16       VEC_PUT_U32
#define VEC_PUT_I16       VEC_PUT_I32
#define VEC_PUT_M16       VEC_PUT_U32
#define VEC_PUT_F16       VEC_PUT_F32
#define VEC_PUT_MASK      VEC_PUT_U32
#define VEC_PUT_U64(p, x) vec_set64(p, lane, (uint64_t)(x))
#define VEC_PUT_I64(p, x) vec_set64(p, lane, (uint64_t)(int64_t)(x))
#define VEC_PUT_F64(p, x) vec_set64(p, lane, f64_bits((double)(x)))
#define VEC_PUT_C64       VEC_PUT_F64
#define VEC_PUT_D16       VEC_PUT_F64
#define VEC_PUT_PF32      VEC_PUT_U64
/* Sums that need not saturate keep their low bits. */
#define VEC_PUT_SUM(p, x)                           \
    do {                                            \
        int64_t sum = (x);                          \
        if (wraps)                                  \
            ((vec_u32 *)(p))[lane] = (uint32_t)sum; \
        else                                        \
            vec_set64(p, lane, (uint64_t)sum);      \
    } while (0)
#define VEC_PUT_SU32 VEC_PUT_SUM
#define VEC_PUT_SI32 VEC_PUT_SUM
#define VEC_PUT_SU16 VEC_PUT_SUM
#define VEC_PUT_SI16 VEC_PUT_SUM

#define VEC_LOOP(wraps_, flags_, D, A, B, C, ...)                      \
    for (size_t first = 0; first < lanes; first += 32) {               \
        VEC_INDEPENDENT                                                \
        for (size_t i = 0; i < 32; i++) {                              \
            const size_t lane = first + i;                             \
            const bool wraps = wraps_;                                 \
            VEC_C_##A a = VEC_GET_##A(pa);                             \
            VEC_C_##B b = VEC_GET_##B(pb);                             \
            VEC_C_##C c = VEC_GET_##C(pc);                             \
            VEC_C_##D d = 0;                                           \
            unsigned ci = 0, co = 0;                                   \
            if ((flags_)&VEC_ACC)                                      \
                d = (VEC_C_##D)VEC_GET_##D(pd);                        \
            if ((flags_)&VEC_CI)                                       \
                ci = ((const vec_u32 *)pi)[lane];                      \
            (void)a, (void)b, (void)c, (void)d, (void)ci, (void)wraps; \
            VEC_PUT_##D(pd, __VA_ARGS__);                              \
            if ((flags_)&VEC_CO)                                       \
                ((vec_u32 *)po)[lane] = co;                            \
        }                                                              \
    }

#define VEC_WRAPS(type) ((type) >= VEC_SU32 && (type) <= VEC_SI16)
#define VEC_ROW(name, flags_, D, A, B, C, ...)                                                              \
    static void name##_lanes(const struct vec *v, void *pd, const void *pa, const void *pb, const void *pc, \
                             const void *pi, void *po)                                                      \
    {                                                                                                       \
        const struct vec own = *v; /* which stores to the result cannot change */                           \
        const size_t lanes = own.lanes;                                                                     \
        v = &own;                                                                                           \
        (void)pa, (void)pb, (void)pc, (void)po, (void)pi;                                                   \
        if (VEC_WRAPS(VEC_##D) && own.clamp)                                                                \
            VEC_LOOP(false, flags_, D, A, B, C, __VA_ARGS__)                                                \
        else                                                                                                \
            VEC_LOOP(true, flags_, D, A, B, C, __VA_ARGS__)                                                 \
    }                                                                                                       \
    VEC_OP(name, flags_, D)
#define VEC_OP(name, flags_, D)                                                        \
    static const struct isa_op *name##_op(struct isa_wave *w, const struct isa_op *op) \
    {                                                                                  \
        return vec_run(w, op, name##_lanes, VEC_##D, flags_);                          \
    }
#define VEC_CODE(name, ...) {name##_lanes, name##_op},

/* ---- rows of floats ---- */

/* To choose among NaNs costs more than the arithmetic. Whatever the expression, a NaN in an operand is one in
 * the result, so the choice is made only where there is one. */
#if defined(__AVX512F__)
#define VEC_FLOATS 16
typedef __m512 vec_floats;
#define VEC_FLOATS_LOAD(p)     _mm512_loadu_ps(p)
#define VEC_FLOATS_STORE(p, x) _mm512_storeu_ps(p, x)
#define VEC_FLOATS_FMA         _mm512_fmadd_ps
#define VEC_FLOATS_NAN(x)      _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q)
#elif defined(__FMA__)
#define VEC_FLOATS             8
typedef __m256 vec_floats;
#define VEC_FLOATS_LOAD(p)     _mm256_loadu_ps(p)
#define VEC_FLOATS_STORE(p, x) _mm256_storeu_ps(p, x)
#define VEC_FLOATS_FMA         _mm256_fmadd_ps
#define VEC_FLOATS_NAN(x)      _mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q))
#endif

#ifdef VEC_FLOATS
static inline vec_floats floats_add(vec_floats a, vec_floats b)
{
    return a + b;
}

static inline vec_floats floats_sub(vec_floats a, vec_floats b)
{
    return a - b;
}

static inline vec_floats floats_subrev(vec_floats a, vec_floats b)
{
    return b - a;
}

static inline vec_floats floats_mul(vec_floats a, vec_floats b)
{
    return a * b;
}

static inline vec_floats floats_fma(vec_floats a, vec_floats b, vec_floats c)
{
    return VEC_FLOATS_FMA(a, b, c);
}

#define f32_add(a, b)    _Generic((a), float : f32_add, vec_floats : floats_add)(a, b)
#define f32_sub(a, b)    _Generic((a), float : f32_sub, vec_floats : floats_sub)(a, b)
#define f32_subrev(a, b) _Generic((a), float : f32_subrev, vec_floats : floats_subrev)(a, b)
#define f32_mul(a, b)    _Generic((a), float : f32_mul, vec_floats : floats_mul)(a, b)
#define f32_fma(a, b, c) _Generic((a), float : f32_fma, vec_floats : floats_fma)(a, b, c)

#define VEC_FLOAT(name, flags_, D, A, B, C, ...)                                                            \
    static void name##_lanes(const struct vec *v, void *pd, const void *pa, const void *pb, const void *pc, \
                             const void *pi, void *po)                                                      \
    {                                                                                                       \
        const size_t lanes = v->lanes;                                                                      \
        (void)pc, (void)po, (void)pi;                                                                       \
        for (size_t first = 0; first < lanes; first += VEC_FLOATS) {                                        \
            vec_floats a = VEC_FLOATS_LOAD((const vec_f32 *)pa + first);                                    \
            vec_floats b = VEC_FLOATS_LOAD((const vec_f32 *)pb + first), c = a, d = a;                      \
            if (VEC_##C != VEC_NO)                                                                          \
                c = VEC_FLOATS_LOAD((const vec_f32 *)pc + first);                                           \
            if ((flags_)&VEC_ACC)                                                                           \
                d = VEC_FLOATS_LOAD((const vec_f32 *)pd + first);                                           \
            vec_floats result = __VA_ARGS__;                                                                \
            (void)c, (void)d;                                                                               \
            if (__builtin_expect(VEC_FLOATS_NAN(result), 0)) {                                              \
                name##_nans(v, first, pd, pa, pb, pc);                                                      \
                break;                                                                                      \
            }                                                                                               \
            VEC_FLOATS_STORE((vec_f32 *)pd + first, result);                                                \
        }                                                                                                   \
    }                                                                                                       \
    VEC_OP(name, flags_, D)
#define VEC_FLOAT_ROW(name, flags_, D, A, B, C, ...)                                                        \
    static                                                                                                  \
        __attribute__((noinline)) void name##_nans(const struct vec *v, size_t first, vec_f32 *pd,          \
                                                   const vec_f32 *pa, const vec_f32 *pb, const vec_f32 *pc) \
    {                                                                                                       \
        for (size_t lane = first; lane < v->lanes; lane++) {                                                \
            float a = pa[lane], b = pb[lane], c = VEC_##C == VEC_NO ? 0 : pc[lane], d = pd[lane];           \
            (void)v, (void)c, (void)d;                                                                      \
            pd[lane] = __VA_ARGS__;                                                                         \
        }                                                                                                   \
    }                                                                                                       \
    VEC_FLOAT(name, flags_, D, A, B, C, __VA_ARGS__)
#else
#define VEC_FLOAT_ROW VEC_ROW
#endif

/* ---- an instruction without modifiers ---- */

static inline uint64_t vec_exec(const struct isa_wave *w, const struct op_state *s)
{
    return isa_sgpr64(w, ISA_EXEC) | s->beyond;
}

static inline void vec_write_mask(struct isa_wave *w, uintptr_t sgpr, uint64_t mask)
{
    w->sgpr[sgpr] = (uint32_t)mask;
    if (w->lanes == 64)
        w->sgpr[sgpr + 1] = (uint32_t)(mask >> 32);
}

__attribute__((always_inline)) static inline const struct isa_op *
vec_run(struct isa_wave *w, const struct isa_op *op, vec_lanes_fn *lanes, unsigned dst, unsigned flags)
{
    struct op_state *s = w->ops;
    uint8_t care = op->care & s->lacks;
    if (care) {
        if (care & ~OP_SOURCES)
            return op_plain(w, op);
        VEC_NAME(vec_prepare)(w, op);
    }
    uint64_t exec = vec_exec(w, s);
    const void *a = op_operand(s, op, 1), *b = op_operand(s, op, 2), *c = op_operand(s, op, 3);
    s->v.inst = op->inst;
    if (flags & VEC_K)
        s->v.last_is_k = op->inst->src[2].kind == ISA_CONST;
    if (flags & VEC_CI)
        VEC_NAME(vec_mask_row)(s->carry_in, isa_sgpr64(w, (unsigned)op->carry_in), w->lanes);
    if (dst == VEC_MASK) {
        lanes(&s->v, s->result, a, b, c, s->carry_in, s->carry_out);
        uint64_t mask = VEC_NAME(vec_row_mask)(s->result[0], w->lanes) & exec;
        if (!(flags & VEC_CMPX) || !s->v.gfx10)
            vec_write_mask(w, op->at[0], mask);
        if (flags & VEC_CMPX)
            vec_write_mask(w, ISA_EXEC, mask);
        return op_next(op);
    }
    uint32_t *to = op_operand(s, op, 0), *d = to;
    bool some = exec != ~UINT64_C(0) || dst == VEC_Z32;
    if (__builtin_expect(some, 0)) {
        d = s->result[0];
        if (flags & VEC_ACC)
            memcpy(d, to, sizeof s->result[0] * (op->wide ? 2 : 1));
    }
    lanes(&s->v, d, a, b, c, s->carry_in, s->carry_out);
    if (dst == VEC_Z32)
        VEC_NAME(vec_flush)(d, w->lanes);
    if (__builtin_expect(some, 0)) {
        VEC_NAME(vec_blend)(to, d, exec, w->lanes);
        if (op->wide)
            VEC_NAME(vec_blend)(to + VEC_LANES, d + VEC_LANES, exec, w->lanes);
    }
    if (flags & VEC_CO && op->carry_out != OP_NO_SGPR)
        vec_write_mask(w, op->carry_out, VEC_NAME(vec_row_mask)(s->carry_out, w->lanes) & exec);
    return op_next(op);
}

#endif
