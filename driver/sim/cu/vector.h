/*
 * vector.h - what the vector ALU functions are made of.
 *
 * A row of exec_vop*.def names an instruction, the types of its operands and an expression in a, b, c
 * (sources), d (the old destination), ci and co (carry bits). vector_op.h turns it into a loop over the
 * lanes, once for each level of the host's vectors; exec_vector.c into the function that isa_exec_vector[]
 * binds.
 *
 * Operands of the loop are registers as the wave has them, one row of 64 dwords, or two rows, the low dwords
 * first, for what is 64 bits wide; halves are floats there. An operand whose registers look like that already
 * is not copied. Modifiers, rounding and the rest that few instructions need are in vector.c, once for all.
 *
 * Invariant: sources are read completely before the destination is written, and nothing of an inactive lane
 * changes. Semantics follow AMD's instruction set manuals ("Instinct MI300" and "RDNA3"), and where those are
 * silent the code LLVM generates (what it relies on).
 */
#ifndef KFDFS_SIM_VECTOR_H
#define KFDFS_SIM_VECTOR_H

#include "wave.h"

#include <math.h>
#include <string.h>

/* How an operand's registers become lanes, and lanes a result. */
enum vec_type {
    VEC_NO,   /* operand not there */
    VEC_U32,  /* uint32_t lanes */
    VEC_I32,  /* int32_t */
    VEC_M32,  /* uint32_t moved, not computed with: neg and abs apply, denormals stay */
    VEC_F32,  /* float, denormals by MODE */
    VEC_Z32,  /* float, denormals always flushed (exp, log, rcp, rsq, sqrt: manual's notes); if a source
               is, all are */
    VEC_C32,  /* float, denormals never flushed (class, frexp of any input) */
    VEC_U16,  /* uint32_t, zero-extended */
    VEC_I16,  /* int32_t, sign-extended */
    VEC_M16,  /* uint32_t moved */
    VEC_F16,  /* float, exact image of the half */
    VEC_D16,  /* result only: double, rounded once to half */
    VEC_U64,  /* uint64_t from a register pair */
    VEC_I64,  /* int64_t */
    VEC_F64,  /* double */
    VEC_C64,  /* double, denormals never flushed */
    VEC_SU32, /* results only, of int64_t: wrap, or with clamp (two rows) saturate to the type's range */
    VEC_SI32,
    VEC_SU16,
    VEC_SI16,
    VEC_MASK, /* result only: uint32_t lanes 0 or 1, to a lane mask */
    VEC_PF32, /* result only: the bits of two floats, which clamp and omod change each */
};

typedef uint32_t __attribute__((may_alias)) vec_u32;
typedef int32_t __attribute__((may_alias)) vec_i32;
typedef float __attribute__((may_alias)) vec_f32;
typedef uint64_t __attribute__((may_alias)) vec_u64;
typedef int64_t __attribute__((may_alias)) vec_i64;
typedef double __attribute__((may_alias)) vec_f64;

typedef vec_u32 VEC_C_NO;
typedef vec_u32 VEC_C_U32;
typedef vec_i32 VEC_C_I32;
typedef vec_u32 VEC_C_M32;
typedef vec_f32 VEC_C_F32;
typedef vec_f32 VEC_C_Z32;
typedef vec_f32 VEC_C_C32;
typedef vec_u32 VEC_C_U16;
typedef vec_i32 VEC_C_I16;
typedef vec_u32 VEC_C_M16;
typedef vec_f32 VEC_C_F16;
typedef vec_f64 VEC_C_D16;
typedef vec_u64 VEC_C_U64;
typedef vec_i64 VEC_C_I64;
typedef vec_f64 VEC_C_F64;
typedef vec_f64 VEC_C_C64;
typedef vec_i64 VEC_C_SU32;
typedef vec_i64 VEC_C_SI32;
typedef vec_i64 VEC_C_SU16;
typedef vec_i64 VEC_C_SI16;
typedef vec_u32 VEC_C_MASK;
typedef vec_u64 VEC_C_PF32;

static inline uint64_t vec_get64(const void *rows, size_t lane)
{
    const vec_u32 *row = rows;
    return row[lane] | (uint64_t)row[lane + 64] << 32;
}

static inline void vec_set64(void *rows, size_t lane, uint64_t value)
{
    vec_u32 *row = rows;
    row[lane] = (uint32_t)value;
    row[lane + 64] = (uint32_t)(value >> 32);
}

enum vec_flag {
    VEC_ACC = 1,        /* d: the old destination is a source */
    VEC_CI = 2,         /* ci: a lane mask is read (third source, or VCC) */
    VEC_CO = 4,         /* co: a lane mask is written (sdst, or VCC) */
    VEC_VCC = 8,        /* with VEC_CI: always VCC (div_fmas) */
    VEC_KEEP = 16,      /* 16-bit result leaves the other half alone on gfx9 too */
    VEC_CMPX = 32,      /* the mask goes to EXEC */
    VEC_PK16 = 64,      /* both halves of the registers, each by op_sel */
    VEC_PK32 = 128,     /* both registers of pairs, each by op_sel */
    VEC_MIX = 256,      /* fma_mix: op_sel_hi chooses f32 or a half for each source */
    VEC_HI = 512,       /* result always to the high half */
    VEC_LO = 1024,      /* result always to the low half, the high one kept */
    VEC_K = 8192,       /* last_is_k is looked at */
    VEC_ROUND64 = 4096, /* rounds as MODE says for doubles, whatever the result (LLVM, SIModeRegister) */
    VEC_NOROUND = 2048, /* rounds by itself, to nearest even */
};

enum { VEC_LANES = 64 };

struct vec { /* one instruction being executed; what expressions may read besides their operands */
    struct isa_wave *w;
    const struct isa_inst *inst;
    unsigned lanes;
    bool ieee;  /* MODE.ieee */
    bool gfx10; /* or later */
    bool gfx12;
    bool clamp;                  /* the instruction's */
    bool last_is_k;              /* v_fmamk: where the decoder put the literal; the other one is a register */
    unsigned denorm32, denorm64; /* MODE: bit 0 keep input denormals, bit 1 output */
    unsigned round32, round64;   /* MODE: 0 even, 1 +inf, 2 -inf, 3 zero */
};

/* rows: of the result, the sources, and of carries (0 or 1 in each lane) in and out. The result may lie where
 * sources do. */
typedef void vec_lanes_fn(const struct vec *v, void *d, const void *a, const void *b, const void *c,
                          const void *ci, void *co);

struct vec_shape {
    uint8_t dst, src[3]; /* enum vec_type */
    uint16_t flags;      /* enum vec_flag */
    uint16_t file, row;  /* which of the files of rows, and where in it */
};
extern const struct vec_shape *const vec_shapes[]; /* of isa_exec_vector[] */

/* Executes inst as shape says, whatever modifiers it has. */
void vec_execute(struct isa_wave *w, const struct isa_inst *inst, const struct vec_shape *shape);
/* What MODE says, for one instruction. */
struct vec vec_of(struct isa_wave *w, const struct isa_inst *inst);
/* The lanes of a 32-bit source, raw: a register, or buffer filled with a scalar. */
const uint32_t *vec_source(const struct isa_wave *w, const struct isa_operand *op, unsigned dword,
                           uint32_t buffer[VEC_LANES]);
/* The register of a destination's dword; NULL: not a vector register, or none of this wave's. */
uint32_t *vec_register(struct isa_wave *w, const struct isa_operand *op, unsigned dword);

/* Half precision and bfloat16, as bits. mode: as MODE's rounding field. */
float vec_from_half(uint16_t half);
uint16_t vec_to_half(double value, unsigned mode);
uint16_t vec_to_bfloat(float value);

/* Every function of the exec_vop*.def files. */
#define ROW(name, ...)   isa_exec_fn isa_##name;
#define FLOAT(name, ...) isa_exec_fn isa_##name;
#define ALIAS(name, of)
#define OWN(name) isa_exec_fn isa_##name;
#include "exec_vop.def"
#undef ROW
#undef FLOAT
#undef ALIAS
#undef OWN

/* ---- arithmetic the expressions share ---- */

static inline float f32_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint32_t f32_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static inline double f64_of(uint64_t bits)
{
    double f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint64_t f64_bits(double f)
{
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Of NaNs only. As bits: of a sum compilers make one that is right in the usual rounding mode alone. */
static inline float f32_quiet(float f)
{
    return f32_of(f32_bits(f) | 0x400000);
}

static inline double f64_quiet(double f)
{
    return f64_of(f64_bits(f) | UINT64_C(1) << 51);
}

/* The NaN of an invalid operation, 0xffc00000 (manual, v_div_fixup_f32 and v_log_f32). */
static inline float f32_invalid(void)
{
    return f32_of(0xffc00000);
}

static inline double f64_invalid(void)
{
    return f64_of(UINT64_C(0xfff8) << 48);
}

/* The first NaN among the operands, quieted, else the value: host compilers may swap a commutative operator's
 * operands, and with them the NaN that comes out. */
#define VEC_NAN1(q, a, x)       ((a) != (a) ? q(a) : (x))
#define VEC_NAN2(q, a, b, x)    ((a) != (a) ? q(a) : VEC_NAN1(q, b, x))
#define VEC_NAN3(q, a, b, c, x) ((a) != (a) ? q(a) : VEC_NAN2(q, b, c, x))
#define F32_NAN1(a, x)          VEC_NAN1(f32_quiet, a, x)
#define F32_NAN2(a, b, x)       VEC_NAN2(f32_quiet, a, b, x)
#define F32_NAN3(a, b, c, x)    VEC_NAN3(f32_quiet, a, b, c, x)
#define F64_NAN1(a, x)          VEC_NAN1(f64_quiet, a, x)
#define F64_NAN2(a, b, x)       VEC_NAN2(f64_quiet, a, b, x)
#define F64_NAN3(a, b, c, x)    VEC_NAN3(f64_quiet, a, b, c, x)

static inline float f32_add(float a, float b)
{
    return F32_NAN2(a, b, a + b);
}

static inline float f32_sub(float a, float b)
{
    return F32_NAN2(a, b, a - b);
}

static inline float f32_mul(float a, float b)
{
    return F32_NAN2(a, b, a * b);
}

static inline float f32_fma(float a, float b, float c)
{
    return F32_NAN3(a, b, c, fmaf(a, b, c));
}

/* Of b - a: the NaN is a's. */
static inline float f32_subrev(float a, float b)
{
    return F32_NAN2(a, b, b - a);
}

static inline double f64_add(double a, double b)
{
    return F64_NAN2(a, b, a + b);
}

static inline double f64_mul(double a, double b)
{
    return F64_NAN2(a, b, a * b);
}

static inline double f64_fma(double a, double b, double c)
{
    return F64_NAN3(a, b, c, fma(a, b, c));
}

/* Of halves: the product is exact in double; the sum is rounded to double first, which cannot change what the
 * half becomes (a tie of halves has at most 12 bits, and the smaller term is then either within those 53 bits
 * or too small to be one). The NaN goes through float to keep its payload. */
static inline double f16_fma(float a, float b, float c)
{
    if (a != a || b != b || c != c)
        return F32_NAN3(a, b, c, 0);
    return (double)a * b + c;
}

static inline float f32_mul_legacy(float a, float b)
{
    return a == 0 || b == 0 ? 0 : f32_mul(a, b);
}

static inline float f32_fma_legacy(float a, float b, float c)
{
    return a == 0 || b == 0 ? F32_NAN1(c, c) : f32_fma(a, b, c);
}

static inline bool f32_signaling(float f)
{
    return f != f && !(f32_bits(f) & 0x400000);
}

static inline bool f64_signaling(double f)
{
    return f != f && !(f64_bits(f) >> 51 & 1);
}

/* -0 is less than +0. A signaling NaN comes out quieted in IEEE mode; a quiet one yields to the number. With
 * two, gfx9 gives the second and gfx10 the first (manuals, v_min_f32). On gfx12 any NaN yields to a number,
 * and of two the first comes out quieted (manual, v_min_num_f32). */
#define VEC_MINMAX(T, w, name, less)                           \
    static inline T w##_##name(const struct vec *v, T a, T b)  \
    {                                                          \
        if (v->ieee && !v->gfx12 && w##_signaling(a))          \
            return w##_quiet(a);                               \
        if (v->ieee && !v->gfx12 && w##_signaling(b))          \
            return w##_quiet(b);                               \
        if (a != a && b != b)                                  \
            return v->gfx12 ? w##_quiet(a) : v->gfx10 ? a : b; \
        if (a != a)                                            \
            return b;                                          \
        if (b != b)                                            \
            return a;                                          \
        if (a == b)                                            \
            return (bool)(less) == (bool)signbit(a) ? a : b;   \
        return (less) == (a < b) ? a : b;                      \
    }
VEC_MINMAX(float, f32, min, 1)
VEC_MINMAX(float, f32, max, 0)
VEC_MINMAX(double, f64, min, 1)
VEC_MINMAX(double, f64, max, 0)

/* NaN comes out of these (gfx950, gfx12): of two the first, but a signaling one before a quiet one. */
#define VEC_EXTREME(T, w, name, of)                           \
    static inline T w##_##name(const struct vec *v, T a, T b) \
    {                                                         \
        if (w##_signaling(b) && !w##_signaling(a))            \
            return w##_quiet(b);                              \
        return VEC_NAN2(w##_quiet, a, b, w##_##of(v, a, b));  \
    }
VEC_EXTREME(float, f32, minimum, min)
VEC_EXTREME(float, f32, maximum, max)
VEC_EXTREME(double, f64, minimum, min)
VEC_EXTREME(double, f64, maximum, max)

static inline float f32_med3(const struct vec *v, float a, float b, float c)
{
    if (a != a || b != b || c != c)
        return f32_min(v, f32_min(v, a, b), c);
    float top = f32_max(v, f32_max(v, a, b), c);
    return top == a ? f32_max(v, b, c) : top == b ? f32_max(v, a, c) : f32_max(v, a, b);
}

#define VEC_MIN(a, b)     ((a) < (b) ? (a) : (b))
#define VEC_MAX(a, b)     ((a) > (b) ? (a) : (b))
#define VEC_MED3(a, b, c) VEC_MAX(VEC_MIN(a, b), VEC_MIN(VEC_MAX(a, b), c))

/* Saturating, towards zero, NaN gives 0 (manual, v_cvt_i32_f32). */
static inline int32_t i32_of(double f)
{
    return f != f ? 0 : f <= INT32_MIN ? INT32_MIN : f >= INT32_MAX ? INT32_MAX : (int32_t)f;
}

static inline uint32_t u32_of(double f)
{
    return f != f || f <= 0 ? 0 : f >= UINT32_MAX ? UINT32_MAX : (uint32_t)f;
}

static inline int32_t clamp_of(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static inline int32_t sext(uint32_t value, unsigned bits)
{
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

static inline int32_t f32_snorm(float a)
{
    return a != a ? 0 : (int32_t)rint((double)(a < -1 ? -1 : a > 1 ? 1 : a) * 32767);
}

static inline uint32_t f32_unorm(float a)
{
    return a != a ? 0 : (uint32_t)rint((double)(a < 0 ? 0 : a > 1 ? 1 : a) * 65535);
}

/* Rounded to half between the two steps of an unfused multiply-add. */
#define HALF(x) vec_from_half(vec_to_half((double)(x), v->round64))

static inline uint32_t half_bits(uint32_t reg, unsigned half)
{
    return reg >> 16 * half & 0xffff;
}

static inline float half_of(uint32_t reg, unsigned half)
{
    return vec_from_half((uint16_t)(reg >> 16 * half));
}

static inline float bfloat_of(uint32_t reg, unsigned half)
{
    return f32_of(reg >> 16 * half << 16);
}

#endif
