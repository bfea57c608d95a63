/*
 * vector_source.c - operands of the vector ALU: registers and scalars as lanes, with DPP, SDWA and modifiers
 * applied.
 *
 * Invariant: nothing is written here but buffers. Rules are from AMD's "Instinct MI300" and "RDNA3"
 * instruction set manuals (chapters on the vector ALU and on data parallel primitives).
 */
#include "vector_run.h"

static const union vec_rows no_rows;

/* ---- registers ---- */

uint32_t *vec_register(struct isa_wave *w, const struct isa_operand *op, unsigned dword)
{
    unsigned reg = op->reg + dword;
    if (op->kind == ISA_VGPR && reg < w->n_vgprs)
        return w->vgpr[reg];
    if (op->kind == ISA_AGPR && w->agpr && reg < w->n_agprs)
        return w->agpr[reg];
    return NULL;
}

static uint32_t scalar_read(const struct isa_wave *w, const struct isa_operand *op, unsigned dword, bool wide)
{
    if (op->kind == ISA_CONST)
        return (uint32_t)(op->value >> 32 * dword);
    if (op->kind == ISA_NONE || op->kind == ISA_NULL)
        return 0;
    if (wide)
        return (uint32_t)(isa_read64(w, op) >> 32 * dword);
    return isa_read32(w, op);
}

static const uint32_t *operand_lanes(const struct isa_wave *w, const struct isa_operand *op, unsigned dword,
                                     bool wide, uint32_t *buffer)
{
    bool vector = op->kind == ISA_VGPR || op->kind == ISA_AGPR;
    const uint32_t *reg = vector ? vec_register((struct isa_wave *)w, op, dword) : NULL;
    if (reg)
        return reg;
    /* past the wave's allocation reads v0 (manual, "VGPR out of range") */
    if (vector && w->n_vgprs)
        return w->vgpr[0];
    uint32_t value = vector ? 0 : scalar_read(w, op, dword, wide);
    for (unsigned i = 0; i < VEC_LANES; i++)
        buffer[i] = value;
    return buffer;
}

const uint32_t *vec_source(const struct isa_wave *w, const struct isa_operand *op, unsigned dword,
                           uint32_t buffer[VEC_LANES])
{
    return operand_lanes(w, op, dword, false, buffer);
}

/* ---- DPP ---- */

/* The lane that lane reads, or -1: outside of its row or of the wave. Controls as in the manual's table
 * "DPP_CTRL enumeration"; 0x13x and row_bcast are gfx9's, 0x15x and row_xmask gfx90a's (row_newbcast) and
 * gfx10's. */
static int dpp16_lane(unsigned control, int lane, int lanes)
{
    int row = lane & ~15, at = lane & 15, n = control & 15;
    switch (control >> 4) {
    case 0x10:
        return at + n > 15 ? -1 : lane + n;
    case 0x11:
        return at < n ? -1 : lane - n;
    case 0x12:
        return row | ((at - n) & 15);
    case 0x13:
        switch (n) {
        case 0:
            return lane + 1 < lanes ? lane + 1 : -1;
        case 4:
            return (lane + 1) % lanes;
        case 8:
            return lane - 1;
        default:
            return (lane + lanes - 1) % lanes;
        }
    case 0x14:
        switch (n) {
        case 0:
            return row | (15 - at);
        case 1:
            return lane ^ 7;
        case 2:
            return row - 1;
        default:
            return lane >= 32 ? 31 : -1;
        }
    case 0x15:
        return row | n;
    case 0x16:
        return lane ^ n;
    default: /* quad_perm */
        return (lane & ~3) | (int)(control >> 2 * (lane & 3) & 3);
    }
}

int vec_dpp_lane(const struct isa_inst *inst, int lane, int lanes)
{
    if (inst->dpp8)
        return (lane & ~7) | (int)(inst->dpp8_select >> 3 * (lane & 7) & 7);
    return dpp16_lane(inst->dpp_ctrl, lane, lanes);
}

void vec_dpp_plan(struct vec_run *r)
{
    const struct isa_inst *inst = r->v.inst;
    uint64_t exec = r->active;
    for (unsigned lane = 0; lane < r->v.lanes; lane++) {
        uint64_t bit = UINT64_C(1) << lane;
        int from = vec_dpp_lane(inst, (int)lane, (int)r->v.lanes);
        bool valid = from >= 0 && (inst->fetch_inactive || (exec >> from & 1));
        r->dpp.from[lane] = valid ? (uint8_t)from : 0;
        if (!valid && (inst->bound_ctrl || inst->dpp8))
            r->dpp.zero |= bit;
        else if (!valid)
            r->active &= ~bit;
        if (inst->dpp16 && !(inst->row_mask >> lane / 16 & 1 && inst->bank_mask >> lane % 16 / 4 & 1))
            r->active &= ~bit;
    }
}

/* ---- sources ---- */

static uint32_t sdwa_select(uint32_t value, unsigned sel, bool sign)
{
    unsigned bits = sel >= SDWA_DWORD ? 32 : sel >= SDWA_WORD0 ? 16 : 8;
    unsigned shift = bits == 32 ? 0 : bits == 16 ? 16 * (sel - SDWA_WORD0) : 8 * sel;
    value >>= shift;
    if (bits == 32)
        return value;
    return sign ? (uint32_t)sext(value, bits) : value & ((1u << bits) - 1);
}

/* A dword of source n, with DPP and SDWA applied. */
static const uint32_t *source_raw(const struct vec_run *r, unsigned n, unsigned dword, bool wide,
                                  uint32_t *buffer)
{
    const struct isa_inst *inst = r->v.inst;
    const struct isa_operand *op = &inst->src[n];
    uint32_t other[VEC_LANES];
    const uint32_t *from = operand_lanes(r->v.w, op, dword, wide, buffer);
    if (n == 0 && (inst->dpp16 || inst->dpp8)) {
        for (unsigned i = 0; i < r->v.lanes; i++)
            other[i] = r->dpp.zero >> i & 1 ? 0 : from[r->dpp.from[i]];
        memcpy(buffer, other, r->v.lanes * sizeof *other);
        return buffer;
    }
    if (inst->sdwa && n < 2) {
        for (unsigned i = 0; i < r->v.lanes; i++)
            buffer[i] = sdwa_select(from[i], op->sel, op->sext);
        return buffer;
    }
    return from;
}

static uint32_t f32_modify(uint32_t bits, const struct vec_modifiers *m, bool flush)
{
    if (m->abs)
        bits &= 0x7fffffff;
    if (m->neg)
        bits ^= 0x80000000;
    return flush && !(bits & 0x7f800000) ? bits & 0x80000000 : bits;
}

static uint32_t f16_modify(uint32_t bits, const struct vec_modifiers *m, bool flush)
{
    if (m->abs)
        bits &= 0x7fff;
    if (m->neg)
        bits ^= 0x8000;
    return flush && !(bits & 0x7c00) ? bits & 0x8000 : bits;
}

static uint64_t f64_modify(uint64_t bits, const struct vec_modifiers *m, bool flush)
{
    if (m->abs)
        bits &= INT64_MAX;
    if (m->neg)
        bits ^= UINT64_C(1) << 63;
    return flush && !(bits >> 52 & 0x7ff) ? bits & UINT64_C(1) << 63 : bits;
}

static const void *lanes32(const struct vec_run *r, const struct vec_modifiers *m, const uint32_t *from,
                           union vec_rows *to)
{
    bool flush = m->type == VEC_Z32 || (m->type == VEC_F32 && !(r->v.denorm32 & 1));
    if (m->type == VEC_U32 || m->type == VEC_I32 || (!flush && !m->neg && !m->abs))
        return from;
    for (unsigned i = 0; i < r->v.lanes; i++)
        to->u32[0][i] = f32_modify(from[i], m, flush);
    return to;
}

static const void *lanes16(const struct vec_run *r, const struct vec_modifiers *m, const uint32_t *from,
                           union vec_rows *to)
{
    bool flush = (m->type == VEC_F16 || m->type == VEC_D16) && !(r->v.denorm64 & 1);
    for (unsigned i = 0; i < r->v.lanes; i++) {
        uint32_t bits = half_bits(from[i], m->half);
        if (m->type == VEC_U16)
            to->u32[0][i] = bits;
        else if (m->type == VEC_I16)
            to->u32[0][i] = (uint32_t)(int16_t)bits;
        else if (m->type == VEC_M16)
            to->u32[0][i] = f16_modify(bits, m, false);
        else if (m->type == VEC_D16)
            vec_set64(to, i, f64_bits((double)vec_from_half((uint16_t)f16_modify(bits, m, flush))));
        else
            to->f32[i] = vec_from_half((uint16_t)f16_modify(bits, m, flush));
    }
    return to;
}

static const void *lanes64(const struct vec_run *r, const struct vec_modifiers *m, const uint32_t *low,
                           const uint32_t *high, union vec_rows *to)
{
    bool flush = m->type == VEC_F64 && !(r->v.denorm64 & 1);
    bool modify = (m->type == VEC_F64 || m->type == VEC_C64) && (flush || m->neg || m->abs);
    if (!modify && high == low + VEC_LANES)
        return low;
    for (unsigned i = 0; i < r->v.lanes; i++) {
        uint64_t bits = low[i] | (uint64_t)high[i] << 32;
        vec_set64(to, i, modify ? f64_modify(bits, m, flush) : bits);
    }
    return to;
}

struct vec_modifiers vec_modifiers_of(const struct vec *v, const struct vec_shape *shape, unsigned n,
                                      unsigned pass)
{
    const struct isa_inst *inst = v->inst;
    const struct isa_operand *op = &inst->src[n];
    unsigned flags = shape->flags;
    struct vec_modifiers m = {.neg = op->neg, .abs = op->abs, .type = shape->src[n]};
    if (flags & (VEC_PK16 | VEC_PK32)) {
        unsigned sel = (pass ? inst->opsel_hi : inst->opsel) >> n & 1;
        m.neg = (pass ? inst->neg_hi : inst->neg_lo) >> n & 1;
        if (inst->format != ISA_VOP3P) /* v_pk_fmac_f16 in its short form */
            sel = pass, m.neg = false;
        m.abs = false;
        m.half = flags & VEC_PK16 ? sel : 0;
        m.dword = flags & VEC_PK32 ? sel : 0;
    } else if (flags & VEC_MIX) {
        m.neg = inst->neg_lo >> n & 1;
        m.abs = inst->neg_hi >> n & 1;
        m.half = inst->opsel >> n & 1;
        if (inst->opsel_hi >> n & 1)
            m.type = VEC_F16;
    } else if (type_half(m.type)) {
        m.half = operand_half(v, op, n);
    }
    return m;
}

const void *vec_source_fetch(const struct vec_run *r, unsigned n, unsigned pass, union vec_rows *to)
{
    uint32_t *low = to->u32[0], *high = to->u32[1];
    struct vec_modifiers m = vec_modifiers_of(&r->v, r->shape, n, pass);
    if (m.type == VEC_NO)
        return &no_rows;
    if (type_wide(m.type)) {
        const uint32_t *lo = source_raw(r, n, 0, true, low), *hi = source_raw(r, n, 1, true, high);
        return lanes64(r, &m, lo, hi, to);
    }
    if (type_half(m.type))
        return lanes16(r, &m, source_raw(r, n, 0, false, high), to);
    return lanes32(r, &m, source_raw(r, n, m.dword, r->shape->flags & VEC_PK32, to->u32[0]), to);
}

void vec_old_fetch(const struct vec_run *r, unsigned pass, unsigned half, union vec_rows *to)
{
    uint32_t *low = to->u32[0], *high = to->u32[1];
    const struct isa_operand *op = &r->v.inst->dst;
    struct vec_modifiers m = {.type = r->shape->dst, .half = half};
    bool wide = type_wide(m.type);
    unsigned dword = r->shape->flags & VEC_PK32 ? pass : 0;
    const uint32_t *lo = vec_source(r->v.w, op, dword, low);
    const void *from;
    if (wide)
        from = lanes64(r, &m, lo, vec_source(r->v.w, op, 1, high), to);
    else if (type_half(m.type))
        from = lanes16(r, &m, lo, to);
    else
        from = lanes32(r, &m, lo, to);
    if (from != to)
        memcpy(to, from, sizeof to->u32[0] * (wide ? 2 : 1));
}
