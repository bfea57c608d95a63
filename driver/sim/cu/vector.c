/*
 * vector.c - execution of one vector ALU instruction: MODE, the row's loop, omod, clamp, and write back under
 * EXEC.
 *
 * Invariant: everything is read before anything is written, and inactive lanes keep their registers. Rules of
 * omod, clamp and MODE are from AMD's "Instinct MI300", "RDNA3" and "RDNA4" instruction set manuals (chapters
 * on the vector ALU); which 16-bit results clear the upper half on gfx9 is from LLVM
 * (GCNSubtarget::zeroesHigh16BitsOfDest).
 */
#include "vector_run.h"

#include <fenv.h>

enum { MODE_DX10_CLAMP = 8, MODE_IEEE = 9, MODE_FP16_OVFL = 23 }; /* bits of MODE */
enum { SDWA_PAD, SDWA_SEXT, SDWA_PRESERVE };

/* ---- results ---- */

/* Up to gfx11 omod is ignored when MODE keeps output denormals of the type or IEEE mode is on; gfx12 obeys
 * it, and flushes them. */
static bool omod_applies(const struct vec *v, unsigned denorm)
{
    return v->inst->omod && (v->gfx12 || (!v->ieee && !(denorm & 2)));
}

static bool denormals_flushed(const struct vec *v, unsigned denorm)
{
    return !(denorm & 2) || omod_applies(v, denorm);
}

/* omod, which makes +0 of -0, and clamp. */
static double float_finish(const struct vec *v, double f, unsigned denorm)
{
    static const double scale[] = {1, 2, 4, 0.5};
    if (omod_applies(v, denorm) && f == f)
        f = f == 0 ? 0 : f * scale[v->inst->omod & 3];
    if (!v->clamp)
        return f;
    if (f != f)
        return v->w->generation >= ISA_GFX12 || v->w->mode >> MODE_DX10_CLAMP & 1 ? 0 : f64_quiet(f);
    return f <= 0 ? 0 : f > 1 ? 1 : f;
}

static uint32_t f32_pack(const struct vec *v, float f, bool flush)
{
    /* a signaling NaN must not pass through a double */
    if (f == f || v->clamp)
        f = (float)float_finish(v, f, v->denorm32);
    uint32_t bits = f32_bits(f);
    return flush && !(bits & 0x7f800000) ? bits & 0x80000000 : bits;
}

static uint64_t f32_pair_pack(const struct vec *v, uint64_t pair)
{
    bool flush = !(v->denorm32 & 2);
    return f32_pack(v, f32_of((uint32_t)pair), flush) |
           (uint64_t)f32_pack(v, f32_of((uint32_t)(pair >> 32)), flush) << 32;
}

static uint16_t f16_overflow(const struct vec *v, double f, uint16_t half)
{
    if ((half & 0x7fff) == 0x7c00 && !isinf(f) && v->w->mode >> MODE_FP16_OVFL & 1)
        return (uint16_t)(half - 1);
    return half;
}

/* omod is of the rounded result, as with wider types. */
static uint32_t f16_pack(const struct vec *v, double f)
{
    if (v->inst->omod)
        f = (double)vec_from_half(f16_overflow(v, f, vec_to_half(f, v->round64)));
    f = float_finish(v, f, v->denorm64);
    uint32_t half = f16_overflow(v, f, vec_to_half(f, v->round64));
    return denormals_flushed(v, v->denorm64) && !(half & 0x7c00) ? half & 0x8000 : half;
}

static uint64_t f64_pack(const struct vec *v, double f)
{
    if (f == f || v->clamp)
        f = float_finish(v, f, v->denorm64);
    uint64_t bits = f64_bits(f);
    return denormals_flushed(v, v->denorm64) && !(bits >> 52 & 0x7ff) ? bits & UINT64_C(1) << 63 : bits;
}

static uint32_t int_pack(unsigned type, int64_t value)
{
    bool half = type == VEC_SU16 || type == VEC_SI16, sign = type == VEC_SI32 || type == VEC_SI16;
    int64_t high = half ? (sign ? INT16_MAX : UINT16_MAX) : (sign ? INT32_MAX : UINT32_MAX);
    int64_t low = sign ? -high - 1 : 0;
    return (uint32_t)(value < low ? low : value > high ? high : value);
}

/* Without a way through double, which would quiet it. */
static uint32_t half_of_nan(float f)
{
    uint32_t bits = f32_bits(f);
    return (bits >> 16 & 0x8000) | 0x7c00 | (bits >> 13 & 0x3ff);
}

static bool float_plain(const struct vec *v, bool flush)
{
    return !flush && !v->clamp && !omod_applies(v, v->denorm32);
}

static void f32_results(const struct vec_run *r, const union vec_rows *from, uint32_t *low)
{
    bool flush =
        r->shape->dst == VEC_Z32 || (r->shape->dst == VEC_F32 && denormals_flushed(&r->v, r->v.denorm32));
    if (float_plain(&r->v, flush)) {
        memcpy(low, from->u32[0], sizeof from->u32[0]);
        return;
    }
    for (unsigned i = 0; i < r->v.lanes; i++)
        low[i] = f32_pack(&r->v, from->f32[i], flush);
}

static void wide_results(const struct vec_run *r, const union vec_rows *from, uint32_t *low, uint32_t *high)
{
    for (unsigned i = 0; i < r->v.lanes; i++) {
        uint64_t bits = vec_get64(from, i);
        if (r->shape->dst == VEC_F64)
            bits = f64_pack(&r->v, f64_of(bits));
        else if (r->shape->dst == VEC_PF32)
            bits = f32_pair_pack(&r->v, bits);
        low[i] = (uint32_t)bits;
        high[i] = (uint32_t)(bits >> 32);
    }
}

/* Rows of the result's type to dwords. */
static void result_pack(const struct vec_run *r, const union vec_rows *from, uint32_t *low, uint32_t *high)
{
    const struct vec *v = &r->v;
    unsigned type = r->shape->dst;
    if (type_wide(type)) {
        wide_results(r, from, low, high);
        return;
    }
    if (type == VEC_F32 || type == VEC_Z32 || type == VEC_C32) {
        f32_results(r, from, low);
        return;
    }
    for (unsigned i = 0; i < v->lanes; i++) {
        if (type == VEC_F16 && from->f32[i] != from->f32[i] && !v->clamp)
            low[i] = half_of_nan(from->f32[i]);
        else if (type == VEC_F16)
            low[i] = f16_pack(v, (double)from->f32[i]);
        else if (type == VEC_D16)
            low[i] = f16_pack(v, f64_of(vec_get64(from, i)));
        else if (type_sum(type) && v->clamp)
            low[i] = int_pack(type, (int64_t)vec_get64(from, i));
        else
            low[i] = from->u32[0][i];
    }
}

static unsigned result_half(const struct vec_run *r, unsigned pass)
{
    unsigned flags = r->shape->flags;
    if (flags & VEC_PK16)
        return pass;
    if (flags & (VEC_HI | VEC_LO))
        return !!(flags & VEC_HI);
    return operand_half(&r->v, &r->v.inst->dst, 3);
}

static void lanes_blend(uint32_t *to, const uint32_t *from, uint64_t active, unsigned lanes)
{
    if (active == ~UINT64_C(0)) {
        memcpy(to, from, VEC_LANES * sizeof *to);
        return;
    }
    for (unsigned i = 0; i < lanes; i++) {
        uint32_t keep = (uint32_t)(active >> i & 1) - 1;
        to[i] = (to[i] & keep) | (from[i] & ~keep);
    }
}

static uint32_t sdwa_merge(const struct isa_inst *inst, uint32_t old, uint32_t value)
{
    unsigned sel = inst->sdwa_dst_sel;
    if (sel >= SDWA_DWORD)
        return value;
    unsigned bits = sel >= SDWA_WORD0 ? 16 : 8, shift = bits == 16 ? 16 * (sel - SDWA_WORD0) : 8 * sel;
    uint32_t mask = ((1u << bits) - 1) << shift;
    value = value << shift;
    if (inst->sdwa_dst_unused == SDWA_PRESERVE)
        return (old & ~mask) | (value & mask);
    if (inst->sdwa_dst_unused == SDWA_SEXT) /* bits above the field repeat its sign, those below are 0 */
        return (uint32_t)sext(value >> shift, bits) << shift;
    return value & mask;
}

/* Puts a 16-bit or SDWA result in its place among the register's old bits. */
static void result_merge(struct vec_run *r, const uint32_t *old)
{
    unsigned flags = r->shape->flags;
    uint32_t *low = r->out[0];
    if (r->v.inst->sdwa) {
        for (unsigned i = 0; i < r->v.lanes; i++)
            low[i] = sdwa_merge(r->v.inst, old[i], type_half(r->shape->dst) ? low[i] & 0xffff : low[i]);
        return;
    }
    if (!type_half(r->shape->dst) || flags & VEC_PK16)
        return;
    unsigned half = result_half(r, 0);
    bool keep = half || r->v.gfx10 || flags & (VEC_KEEP | VEC_LO);
    for (unsigned i = 0; i < r->v.lanes; i++) {
        uint32_t rest = keep ? old[i] & (half ? 0xffff : 0xffff0000) : 0;
        low[i] = (low[i] & 0xffff) << 16 * half | rest;
    }
}

static void mask_write(struct vec_run *r)
{
    const struct isa_inst *inst = r->v.inst;
    struct isa_wave *w = r->v.w;
    static const struct isa_operand vcc = {.kind = ISA_SGPR, .type = ISA_B64, .dwords = 2, .reg = ISA_VCC};
    static const struct isa_operand exec = {.kind = ISA_SGPR, .type = ISA_B64, .dwords = 2, .reg = ISA_EXEC};
    uint64_t mask = 0;
    bool compare = r->shape->dst == VEC_MASK;
    for (unsigned i = 0; i < r->v.lanes; i++)
        mask |= (uint64_t)(compare ? r->out[0][i] & 1 : r->co[i]) << i;
    mask &= r->active;
    const struct isa_operand *to = compare ? &inst->dst : &inst->sdst;
    bool cmpx = r->shape->flags & VEC_CMPX;
    if (!cmpx || !r->v.gfx10)
        isa_write_mask(w, to->kind == ISA_NONE ? &vcc : to, mask);
    if (cmpx)
        isa_write_mask(w, &exec, mask);
}

static void result_write(struct vec_run *r)
{
    struct isa_wave *w = r->v.w;
    const struct isa_operand *dst = &r->v.inst->dst;
    bool wide = type_wide(r->shape->dst) || r->shape->flags & VEC_PK32;
    for (unsigned dword = 0; dword <= wide; dword++) {
        uint32_t *to = vec_register(w, dst, dword);
        if (!to)
            continue;
        if (dword == 0)
            result_merge(r, to);
        lanes_blend(to, r->out[dword], r->active, r->v.lanes);
    }
}

/* ---- execution ---- */

static void carry_fetch(struct vec_run *r)
{
    const struct isa_inst *inst = r->v.inst;
    bool given = !(r->shape->flags & VEC_VCC) && inst->n_src > 2 && inst->src[2].kind != ISA_NONE;
    uint64_t mask = given ? isa_read_mask(r->v.w, &inst->src[2]) : isa_vcc(r->v.w);
    for (unsigned i = 0; i < r->v.lanes; i++)
        r->ci[i] = mask >> i & 1;
}

static int round_host(const struct vec_run *r)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    if (r->shape->flags & VEC_NOROUND)
        return FE_TONEAREST;
    if (r->shape->flags & VEC_ROUND64)
        return modes[r->v.round64];
    switch (r->shape->dst) {
    case VEC_F32:
    case VEC_Z32:
        return modes[r->v.round32];
    case VEC_F16:
    case VEC_D16:
    case VEC_F64:
        return modes[r->v.round64];
    default:
        return FE_TONEAREST;
    }
}

static void pass_execute(struct vec_run *r, unsigned pass, uint32_t *low, uint32_t *high)
{
    union vec_rows buffer[3], result;
    const void *src[3];
    for (unsigned n = 0; n < 3; n++)
        src[n] = vec_source_fetch(r, n, pass, &buffer[n]);
    if (r->shape->flags & VEC_ACC)
        vec_old_fetch(r, pass, result_half(r, pass), &result);
    int mode = round_host(r);
    if (mode != FE_TONEAREST)
        fesetround(mode);
    vec_code(r->shape)->lanes(&r->v, &result, src[0], src[1], src[2], r->ci, r->co);
    result_pack(r, &result, low, high);
    if (mode != FE_TONEAREST)
        fesetround(FE_TONEAREST);
}

struct vec vec_of(struct isa_wave *w, const struct isa_inst *inst)
{
    bool gfx12 = w->generation >= ISA_GFX12; /* has no such MODE bits: as if set */
    return (struct vec){.w = w,
                        .inst = inst,
                        .lanes = w->lanes,
                        .ieee = gfx12 || w->mode >> MODE_IEEE & 1,
                        .gfx10 = w->generation >= ISA_GFX10_3,
                        .gfx12 = gfx12,
                        .clamp = inst && inst->clamp,
                        .last_is_k = inst && inst->src[2].kind == ISA_CONST,
                        .round32 = w->mode & 3,
                        .round64 = w->mode >> 2 & 3,
                        .denorm32 = w->mode >> 4 & 3,
                        .denorm64 = w->mode >> 6 & 3};
}

static void run_start(struct vec_run *r, struct isa_wave *w, const struct isa_inst *inst,
                      const struct vec_shape *shape)
{
    r->v = vec_of(w, inst);
    if (shape->flags & VEC_NOROUND)
        r->v.round32 = r->v.round64 = 0;
    r->shape = shape;
    r->active = isa_exec(w);
    r->dpp.zero = 0;
    if (inst->dpp16 || inst->dpp8)
        vec_dpp_plan(r);
    if (shape->flags & VEC_CI)
        carry_fetch(r);
}

void vec_execute(struct isa_wave *w, const struct isa_inst *inst, const struct vec_shape *shape)
{
    struct vec_run r;
    run_start(&r, w, inst, shape);
    if (shape->flags & VEC_PK16) {
        pass_execute(&r, 0, r.out[0], NULL);
        pass_execute(&r, 1, r.out[1], NULL);
        for (unsigned i = 0; i < w->lanes; i++)
            r.out[0][i] = (r.out[0][i] & 0xffff) | r.out[1][i] << 16;
    } else if (shape->flags & VEC_PK32) {
        pass_execute(&r, 0, r.out[0], NULL);
        pass_execute(&r, 1, r.out[1], NULL);
    } else {
        pass_execute(&r, 0, r.out[0], r.out[1]);
    }
    if (shape->dst != VEC_MASK)
        result_write(&r);
    if (shape->dst == VEC_MASK || shape->flags & VEC_CO)
        mask_write(&r);
}
