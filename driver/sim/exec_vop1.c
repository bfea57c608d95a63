/*
 * exec_vop1.c - vector instructions of one source: moves, conversions, roundings, functions. Rows:
 * exec_vop1.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP1 instructions".
 */
#include "vector.h"

static inline uint32_t u32_reverse(uint32_t a)
{
    a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
    a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
    a = (a >> 4 & 0x0f0f0f0f) | (a & 0x0f0f0f0f) << 4;
    return __builtin_bswap32(a);
}

/* How many leading bits repeat the sign, the sign itself counted; all the same: -1. */
static inline uint32_t u32_sign_bits(uint32_t a)
{
    uint32_t changes = a ^ (a >> 31 ? UINT32_MAX : 0);
    return changes ? (uint32_t)__builtin_clz(changes) : UINT32_MAX;
}

/* Fractions stay below 1: the sum of a tiny negative number and 1 would round up to it. */
static inline float f32_fract(float a)
{
    float f = a - floorf(a);
    return f >= 1 ? 0x1.fffffep-1f : f;
}

static inline float f16_fract(float a)
{
    float f = a - floorf(a);
    return f > 0x1.ffcp-1f ? 0x1.ffcp-1f : f;
}

static inline double f64_fract(double a)
{
    double f = a - floor(a);
    return f >= 1 ? 0x1.fffffffffffffp-1 : f;
}

static inline int f64_exponent(double a)
{
    int exponent = 0;
    if (a - a == 0) /* finite */
        frexp(a, &exponent);
    return exponent;
}

static inline double f64_mantissa(double a)
{
    int exponent;
    return a - a == 0 ? frexp(a, &exponent) : a;
}

static inline double f64_root(double a)
{
    return a < 0 ? f64_invalid() : sqrt(a);
}

static inline double f64_rsq(double a)
{
    return a < 0 ? f64_invalid() : 1 / sqrt(a);
}

static inline double f64_log2(double a)
{
    return a < 0 ? f64_invalid() : log2(a);
}

/* Angles are in turns; past 256 of them the result is that of 0 (manual, v_sin_f32). */
static inline double f64_sin(double a)
{
    if (isinf(a))
        return f64_invalid();
    return fabs(a) > 256 ? 0 : a == 0 ? a : sin((a - rint(a)) * (2 * M_PI));
}

static inline double f64_cos(double a)
{
    if (isinf(a))
        return f64_invalid();
    return fabs(a) > 256 ? 1 : cos((a - rint(a)) * (2 * M_PI));
}

#define ROW VEC_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vop1.def"

void isa_v_nop(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)w, (void)inst;
}

static void registers_swap(uint32_t *x, uint32_t *y, uint64_t exec)
{
    for (unsigned i = 0; i < VEC_LANES; i++) {
        if (!(exec >> i & 1))
            continue;
        uint32_t old = x[i];
        x[i] = y[i];
        y[i] = old;
    }
}

void isa_v_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    if (x && y)
        registers_swap(x, y, isa_exec(w));
}

void isa_v_swap_b16(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    unsigned xs = inst->dst.sel == 1 ? 16 : 0, ys = inst->src[0].sel == 1 ? 16 : 0;
    uint64_t exec = isa_exec(w);
    for (unsigned i = 0; x && y && i < w->lanes; i++) {
        if (!(exec >> i & 1))
            continue;
        uint32_t a = x[i] >> xs & 0xffff, b = y[i] >> ys & 0xffff;
        x[i] = (x[i] & ~(0xffffu << xs)) | b << xs;
        y[i] = (y[i] & ~(0xffffu << ys)) | a << ys;
    }
}

/* With no lane active, lane 0 (manual). */
void isa_v_readfirstlane_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES];
    uint64_t exec = isa_exec(w);
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    isa_write32(w, &inst->dst, from[exec ? (unsigned)__builtin_ctzll(exec) : 0]);
}

/* Relative moves: M0 is added to register numbers, the whole of it or a half for each (v_movrelsd_2,
 * swaprel). */
static struct isa_inst inst_relative(const struct isa_inst *inst, uint32_t src, uint32_t dst)
{
    struct isa_inst moved = *inst;
    uint64_t s = (uint64_t)inst->src[0].reg + src, d = (uint64_t)inst->dst.reg + dst;
    moved.src[0].reg = s > UINT16_MAX ? UINT16_MAX : (uint16_t)s;
    moved.dst.reg = d > UINT16_MAX ? UINT16_MAX : (uint16_t)d;
    return moved;
}

void isa_v_movreld_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, 0, w->sgpr[ISA_M0]);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrels_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0], 0);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrelsd_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0], w->sgpr[ISA_M0]);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrelsd_2_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0] & 0x3ff, w->sgpr[ISA_M0] >> 16 & 0x3ff);
    isa_v_mov_b32(w, &moved);
}

void isa_v_swaprel_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0] & 0x3ff, w->sgpr[ISA_M0] >> 16 & 0x3ff);
    isa_v_swap_b32(w, &moved);
}

/* Lane 0 and 32, 1 and 33, ... see each other's value; nothing on wave32. */
void isa_v_permlane64_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES], result[VEC_LANES];
    uint32_t *to = vec_register(w, &inst->dst, 0);
    if (w->lanes == 32 || !to)
        return;
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    for (unsigned i = 0; i < VEC_LANES; i++)
        result[i] = from[i ^ 32];
    for (unsigned i = 0; i < VEC_LANES; i++)
        to[i] = isa_exec(w) >> i & 1 ? result[i] : to[i];
}

/* Swaps the odd rows (of step lanes) of the destination with the even ones of the source. */
static void rows_swap(struct isa_wave *w, const struct isa_inst *inst, unsigned step)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    for (unsigned i = 0; x && y && i < w->lanes; i++) {
        if (i & step)
            continue;
        uint32_t old = y[i];
        y[i] = x[i + step];
        x[i + step] = old;
    }
}

void isa_v_permlane16_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    rows_swap(w, inst, 16);
}

void isa_v_permlane32_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    rows_swap(w, inst, 32);
}
