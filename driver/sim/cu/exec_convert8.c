/*
 * exec_convert8.c - 8-bit floats: conversions of gfx940, gfx950 and gfx12, and gfx12's dot products of them.
 *
 * FP8 and BF8 are the FNUZ formats on gfx940 and OCP's on the others. MODE.FP16_OVFL saturates. Which byte or
 * half is meant: SDWA's selector, or op_sel as LLVM's assembler encodes byte_sel (bits of the source form are
 * swapped). Facts: AMD's "Instinct MI300" and "RDNA4" ISA manuals. Unproven: that stochastic rounding adds
 * the high bits of the random operand, and that dot products are rounded once.
 */
#include "exec_matrix.h"
#include "minifloat.h"

enum { MODE_FP16_OVFL = 23 };

static enum minifloat format_of(const struct isa_wave *w, bool bf8)
{
    if (w->generation == ISA_GFX940)
        return bf8 ? MINI_E5M2_FNUZ : MINI_E4M3_FNUZ;
    return bf8 ? MINI_E5M2 : MINI_E4M3;
}

/* What none of these is ever seen with. */
static bool refused(struct isa_wave *w, const struct isa_inst *inst)
{
    if (!inst->dpp16 && !inst->dpp8 && !inst->omod && !inst->clamp)
        return false;
    w->state = ISA_ILLEGAL;
    return true;
}

static bool lane_active(const struct isa_wave *w, unsigned lane)
{
    return isa_exec(w) >> lane & 1;
}

/* ---- from 8 bits ---- */

static unsigned source_byte(const struct isa_inst *inst)
{
    if (inst->sdwa)
        return inst->src[0].sel < 4 ? inst->src[0].sel : inst->src[0].sel == 5 ? 2 : 0;
    return (inst->opsel & 1) << 1 | (inst->opsel >> 1 & 1);
}

static unsigned source_half(const struct isa_inst *inst)
{
    return inst->sdwa ? inst->src[0].sel == 5 : inst->opsel & 1;
}

static void to_f32(struct isa_wave *w, const struct isa_inst *inst, bool bf8)
{
    uint32_t buffer[VEC_LANES];
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    uint32_t *to = vec_register(w, &inst->dst, 0);
    if (refused(w, inst) || !to)
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++)
        if (lane_active(w, lane))
            to[lane] =
                f32_bits(minifloat_value(format_of(w, bf8), from[lane] >> 8 * source_byte(inst) & 0xff));
}

static void to_f32_pair(struct isa_wave *w, const struct isa_inst *inst, bool bf8)
{
    uint32_t buffer[VEC_LANES];
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    uint32_t *low = vec_register(w, &inst->dst, 0), *high = vec_register(w, &inst->dst, 1);
    if (refused(w, inst) || !low || !high)
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        uint32_t pair = from[lane] >> 16 * source_half(inst);
        if (!lane_active(w, lane))
            continue;
        low[lane] = f32_bits(minifloat_value(format_of(w, bf8), pair & 0xff));
        high[lane] = f32_bits(minifloat_value(format_of(w, bf8), pair >> 8 & 0xff));
    }
}

/* ---- to 8 bits ---- */

static float source_float(const struct isa_operand *op, uint32_t bits)
{
    if (op->abs)
        bits &= 0x7fffffff;
    return f32_of(op->neg ? bits ^ 0x80000000 : bits);
}

static void from_f32_pair(struct isa_wave *w, const struct isa_inst *inst, bool bf8)
{
    uint32_t buffers[2][VEC_LANES];
    const uint32_t *a = vec_source(w, &inst->src[0], 0, buffers[0]);
    const uint32_t *b = vec_source(w, &inst->src[1], 0, buffers[1]);
    uint32_t *to = vec_register(w, &inst->dst, 0);
    bool saturate = w->mode >> MODE_FP16_OVFL & 1;
    unsigned shift = inst->opsel & 8 ? 16 : 0;
    if (refused(w, inst) || !to)
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        unsigned low =
            minifloat_code(format_of(w, bf8), source_float(&inst->src[0], a[lane]), saturate, NULL);
        unsigned high =
            minifloat_code(format_of(w, bf8), source_float(&inst->src[1], b[lane]), saturate, NULL);
        if (lane_active(w, lane))
            to[lane] = (to[lane] & ~(0xffffu << shift)) | (low | high << 8) << shift;
    }
}

static void from_f32_by_chance(struct isa_wave *w, const struct isa_inst *inst, bool bf8)
{
    uint32_t buffers[2][VEC_LANES];
    const uint32_t *a = vec_source(w, &inst->src[0], 0, buffers[0]);
    const uint32_t *random = vec_source(w, &inst->src[1], 0, buffers[1]);
    uint32_t *to = vec_register(w, &inst->dst, 0);
    bool saturate = w->mode >> MODE_FP16_OVFL & 1;
    unsigned shift = 8 * (inst->opsel >> 2 & 3);
    if (refused(w, inst) || !to)
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        float value = source_float(&inst->src[0], a[lane]);
        unsigned code = minifloat_code(format_of(w, bf8), value, saturate, &random[lane]);
        if (lane_active(w, lane))
            to[lane] = (to[lane] & ~(0xffu << shift)) | code << shift;
    }
}

/* ---- dot products ---- */

static void dot4(struct isa_wave *w, const struct isa_inst *inst, bool a_bf8, bool b_bf8)
{
    uint32_t buffers[3][VEC_LANES];
    const uint32_t *src[3];
    uint32_t *to = vec_register(w, &inst->dst, 0);
    for (unsigned n = 0; n < 3; n++)
        src[n] = vec_source(w, &inst->src[n], 0, buffers[n]);
    if (refused(w, inst) || !to)
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        double sum = f32_of(src[2][lane]);
        sum = inst->neg_hi & 4 ? fabs(sum) : sum;
        sum = inst->neg_lo & 4 ? -sum : sum;
        for (unsigned i = 0; i < 32; i += 8)
            sum += (double)minifloat_value(format_of(w, a_bf8), src[0][lane] >> i & 0xff) *
                   minifloat_value(format_of(w, b_bf8), src[1][lane] >> i & 0xff);
        if (lane_active(w, lane))
            to[lane] = sum != sum ? 0x7fc00000 : f32_bits((float)sum);
    }
}

#define FORMATS(name, function)                                             \
    static void name##_fp8(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        function(w, inst, false);                                           \
    }                                                                       \
    static void name##_bf8(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        function(w, inst, true);                                            \
    }
FORMATS(f32, to_f32)
FORMATS(pk_f32, to_f32_pair)
FORMATS(pk, from_f32_pair)
FORMATS(sr, from_f32_by_chance)

#define DOT(name, a, b)                                               \
    static void name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                 \
        dot4(w, inst, a, b);                                          \
    }
DOT(dot4_fp8_fp8, false, false)
DOT(dot4_fp8_bf8, false, true)
DOT(dot4_bf8_fp8, true, false)
DOT(dot4_bf8_bf8, true, true)

const struct isa_binding isa_exec_convert8[] = {
    {"v_cvt_f32_fp8", f32_fp8},
    {"v_cvt_f32_bf8", f32_bf8},
    {"v_cvt_pk_f32_fp8", pk_f32_fp8},
    {"v_cvt_pk_f32_bf8", pk_f32_bf8},
    {"v_cvt_pk_fp8_f32", pk_fp8},
    {"v_cvt_pk_bf8_f32", pk_bf8},
    {"v_cvt_sr_fp8_f32", sr_fp8},
    {"v_cvt_sr_bf8_f32", sr_bf8},
    {"v_dot4_f32_fp8_fp8", dot4_fp8_fp8},
    {"v_dot4_f32_fp8_bf8", dot4_fp8_bf8},
    {"v_dot4_f32_bf8_fp8", dot4_bf8_fp8},
    {"v_dot4_f32_bf8_bf8", dot4_bf8_bf8},
    {NULL, NULL},
};
