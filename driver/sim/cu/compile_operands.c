/*
 * compile_operands.c - operands of vector instructions, as LLVM's: sources with all that may be done to them,
 * and results on their way to registers. What is here comes to what vector_source.c and vector.c do where
 * MODE is the usual one.
 *
 * Halves are floats between a source and a result, or doubles (VEC_D16). NaNs among them are looked for: a
 * conversion would make them quiet.
 */
#include "compile_vector.h"
#include "vector_run.h"

enum { SDWA_SEXT = 1, SDWA_PRESERVE };
enum { MODE_FP16_OVFL = 23 };

static LLVMValueRef both(struct compile *c, LLVMValueRef row, uint32_t mask)
{
    return B(c, And, row, compile_each32(c, mask));
}

static LLVMValueRef right(struct compile *c, LLVMValueRef row, unsigned n)
{
    return n ? B(c, LShr, row, compile_each32(c, n)) : row;
}

static LLVMValueRef left(struct compile *c, LLVMValueRef row, unsigned n)
{
    return n ? B(c, Shl, row, compile_each32(c, n)) : row;
}

static LLVMValueRef sign_extended(struct compile *c, LLVMValueRef row, unsigned bits)
{
    return B(c, AShr, left(c, row, 32 - bits), compile_each32(c, 32 - bits));
}

/* ---- what there is a translation of ---- */

static bool type_float(unsigned type)
{
    return type == VEC_F32 || type == VEC_Z32 || type == VEC_C32 || type == VEC_F16 || type == VEC_D16 ||
           type == VEC_F64 || type == VEC_C64 || type == VEC_PF32;
}

static uint8_t care_of(const struct vec_shape *s)
{
    unsigned care = s->flags & VEC_ROUND64 ? OP_ODD64 : s->flags & VEC_MIX ? OP_ODD32 | OP_ODD64 : 0;
    const uint8_t type[4] = {s->dst, s->src[0], s->src[1], s->src[2]};
    for (unsigned i = 0; i < 4; i++) {
        if (type[i] == VEC_F32 || type[i] == VEC_Z32)
            care |= OP_ODD32;
        if (type[i] == VEC_F64 || type[i] == VEC_F16 || type[i] == VEC_D16)
            care |= OP_ODD64;
    }
    return (uint8_t)care;
}

/* LLVM would call functions for them that this library has not. */
static bool host_has_halves(const struct llvm *l)
{
    static int known = -1;
    if (known < 0) {
        char *features = l->GetHostCPUFeatures();
        known = strstr(features, "+f16c") != NULL;
        l->DisposeMessage(features);
    }
    return known;
}

static bool has_halves(const struct vec_shape *s)
{
    bool has = s->flags & VEC_MIX || s->dst == VEC_F16 || s->dst == VEC_D16;
    for (unsigned i = 0; i < 3; i++)
        has = has || s->src[i] == VEC_F16;
    return has;
}

static bool mask_given(const struct isa_operand *o)
{
    return o->kind == ISA_SGPR && o->reg + 1u < REGION_SGPRS;
}

static bool source_known(const struct vector *x, unsigned n)
{
    const struct isa_operand *o = &x->inst->src[n];
    bool pair = type_wide(x->shape->src[n]) || x->shape->flags & VEC_PK32;
    if (x->shape->src[n] == VEC_NO || o->kind == ISA_CONST)
        return true;
    return compile_registers_there(x->c, o, pair ? 2 : 1) ||
           (o->kind == ISA_SGPR && o->reg + (unsigned)pair < REGION_SGPRS);
}

static bool masks_known(const struct vector *x)
{
    const struct isa_inst *inst = x->inst;
    unsigned flags = x->shape->flags;
    bool given = !(flags & VEC_VCC) && inst->n_src > 2 && inst->src[2].kind != ISA_NONE;
    if (flags & VEC_CI && given && !mask_given(&inst->src[2]))
        return false;
    return !(flags & VEC_CO) || inst->sdst.kind == ISA_NONE || inst->sdst.kind == ISA_NULL ||
           mask_given(&inst->sdst);
}

static bool result_known(const struct vector *x)
{
    const struct isa_operand *dst = &x->inst->dst;
    bool pair = type_wide(x->shape->dst) || x->shape->flags & VEC_PK32;
    if (x->shape->dst == VEC_MASK)
        return dst->kind == ISA_NONE || mask_given(dst);
    return compile_registers_there(x->c, dst, pair ? 2 : 1);
}

bool compile_operands_known(struct vector *x)
{
    const struct region *region = x->c->region;
    const struct isa_inst *inst = x->inst;
    x->code = x->shape ? vec_code(x->shape) : NULL;
    if (!x->code || care_of(x->shape) & region->lacks || !masks_known(x) || !result_known(x))
        return false;
    if (has_halves(x->shape) && (region->mode >> MODE_FP16_OVFL & 1 || !host_has_halves(x->c->l)))
        return false;
    /* with denormals kept, as here, omod is of gfx12 alone */
    if (type_float(x->shape->dst) && inst->omod && region->v.gfx12)
        return false;
    if ((inst->clamp && x->shape->dst == VEC_PF32) || (inst->sdwa && x->shape->flags & (VEC_PK16 | VEC_PK32)))
        return false;
    for (unsigned i = 0; i < 3; i++)
        if (!source_known(x, i))
            return false;
    return true;
}

/* ---- DPP ---- */

static LLVMValueRef bits_of(struct compile *c, uint64_t bits)
{
    LLVMValueRef all[64];
    for (unsigned i = 0; i < c->lanes; i++)
        all[i] = compile_int(c, c->i1, bits >> i & 1);
    return c->l->ConstVector(all, c->lanes);
}

static LLVMValueRef moved(struct vector *x, LLVMValueRef of)
{
    struct compile *c = x->c;
    LLVMValueRef from[64];
    for (unsigned i = 0; i < c->lanes; i++) {
        int lane = vec_dpp_lane(x->inst, (int)i, (int)c->lanes);
        from[i] = compile_int(c, c->i32, lane < 0 ? 0 : (uint64_t)lane);
    }
    return B(c, ShuffleVector, of, c->l->GetPoison(c->l->TypeOf(of)), c->l->ConstVector(from, c->lanes));
}

/* Of active lanes, whether the one that each reads is: bits that move as far at once. */
static LLVMValueRef readable(struct vector *x)
{
    struct compile *c = x->c;
    LLVMValueRef exec = compile_exec(c), all = c->l->ConstNull(c->mask_int);
    for (int by = -64; by <= 64; by++) {
        uint64_t lanes = 0;
        for (int i = 0; i < (int)c->lanes; i++) {
            int from = vec_dpp_lane(x->inst, i, (int)c->lanes);
            lanes |= (uint64_t)(from >= 0 && from - i == by) << i;
        }
        if (!lanes)
            continue;
        LLVMValueRef n = compile_int(c, c->mask_int, (uint64_t)(by < 0 ? -by : by));
        LLVMValueRef at = by < 0 ? B(c, Shl, exec, n) : B(c, LShr, exec, n);
        all = B(c, Or, all, B(c, And, at, compile_int(c, c->mask_int, lanes)));
    }
    return compile_mask_bits(c, all);
}

void compile_dpp_plan(struct vector *x)
{
    struct compile *c = x->c;
    const struct isa_inst *inst = x->inst;
    uint64_t there = 0, written = 0, all = c->lanes == 64 ? ~UINT64_C(0) : 0xffffffff;
    for (unsigned i = 0; i < c->lanes; i++) {
        there |= (uint64_t)(vec_dpp_lane(inst, (int)i, (int)c->lanes) >= 0) << i;
        if (inst->dpp8 || (inst->row_mask >> i / 16 & 1 && inst->bank_mask >> i % 16 / 4 & 1))
            written |= UINT64_C(1) << i;
    }
    LLVMValueRef valid = bits_of(c, there), active = c->active;
    if (active && !inst->fetch_inactive)
        valid = readable(x);
    x->valid = there == all && (!active || inst->fetch_inactive) ? NULL : valid;
    bool keeps = x->valid && !inst->bound_ctrl && !inst->dpp8; /* what cannot be read is not written */
    if (written == all && !keeps)
        return;
    LLVMValueRef to = bits_of(c, written);
    if (keeps)
        to = B(c, And, to, valid);
    c->active = active ? B(c, And, active, to) : to;
}

/* ---- sources ---- */

/* As the vector ALU has them: with the instruction. */
static struct vec vec_with(const struct vector *x)
{
    struct vec v = x->c->region->v;
    v.inst = x->inst;
    return v;
}

static LLVMValueRef sdwa_selected(struct compile *c, LLVMValueRef row, const struct isa_operand *o)
{
    unsigned bits = o->sel >= SDWA_DWORD ? 32 : o->sel >= SDWA_WORD0 ? 16 : 8;
    if (bits == 32)
        return row;
    row = right(c, row, bits == 16 ? 16u * (o->sel - (unsigned)SDWA_WORD0) : 8u * o->sel);
    return o->sext ? sign_extended(c, row, bits) : both(c, row, (1u << bits) - 1);
}

/* With DPP and SDWA applied. */
static LLVMValueRef dword_of(struct vector *x, unsigned n, unsigned dword)
{
    struct compile *c = x->c;
    const struct isa_operand *o = &x->inst->src[n];
    LLVMValueRef row = compile_source_dword(c, o, dword);
    if (n == 0 && (x->inst->dpp16 || x->inst->dpp8)) {
        row = moved(x, row);
        return x->valid ? compile_choose(c, x->valid, row, compile_each32(c, 0)) : row;
    }
    return x->inst->sdwa && n < 2 ? sdwa_selected(c, row, o) : row;
}

static LLVMValueRef signs_changed(struct compile *c, LLVMValueRef row, const struct vec_modifiers *m,
                                  uint32_t sign)
{
    if (m->abs)
        row = both(c, row, ~sign);
    return m->neg ? B(c, Xor, row, compile_each32(c, sign)) : row;
}

static LLVMTypeRef halves_type(struct compile *c)
{
    return c->l->VectorType(c->l->HalfTypeInContext(c->context), c->lanes);
}

/* Else LLVM would compute with halves, for which hosts have no instructions. */
static LLVMValueRef fenced(struct compile *c, LLVMValueRef f)
{
    return compile_intrinsic(c, "llvm.arithmetic.fence", &c->floats, 1, &f, 1);
}

/* Of the low bits. */
static LLVMValueRef float_of_half(struct compile *c, LLVMValueRef row)
{
    LLVMValueRef words = B(c, Trunc, row, c->l->VectorType(c->i16, c->lanes));
    return fenced(c, B(c, FPExt, B(c, BitCast, words, halves_type(c)), c->floats));
}

static void half_take(struct vector *x, struct source *to, LLVMValueRef row, const struct vec_modifiers *m)
{
    struct compile *c = x->c;
    LLVMValueRef high = right(c, row, 16 * m->half), word = both(c, high, 0xffff), f;
    switch (m->type) {
    case VEC_U16:
    case VEC_SU16:
    case VEC_SI16:
        to->low = word;
        return;
    case VEC_I16:
        to->low = sign_extended(c, high, 16);
        return;
    case VEC_M16:
        to->low = signs_changed(c, word, m, 0x8000);
        return;
    default:
        f = float_of_half(c, signs_changed(c, word, m, 0x8000));
    }
    if (type_float(x->shape->dst))
        compile_may_be_nan(c, f);
    if (m->type == VEC_D16)
        compile_wide_put(c, to, B(c, FPExt, f, c->doubles));
    else
        to->low = compile_row_of(c, f);
}

static void source_take(struct vector *x, unsigned n)
{
    struct compile *c = x->c;
    struct vec v = vec_with(x);
    struct vec_modifiers m = vec_modifiers_of(&v, x->shape, n, x->pass);
    struct source *to = &x->src[n];
    bool changes = m.type != VEC_U32 && m.type != VEC_I32 && m.type != VEC_U64 && m.type != VEC_I64;
    if (m.type == VEC_NO)
        return;
    to->low = dword_of(x, n, m.dword);
    if (type_wide(m.type)) {
        to->high = dword_of(x, n, 1);
        if (changes)
            to->high = signs_changed(c, to->high, &m, 0x80000000);
        return;
    }
    if (type_half(m.type))
        half_take(x, to, to->low, &m);
    else if (changes)
        to->low = signs_changed(c, to->low, &m, 0x80000000);
    if (m.type == VEC_Z32)
        to->low = compile_flushed(c, to->low);
}

static unsigned result_half(const struct vector *x)
{
    unsigned flags = x->shape->flags;
    struct vec v = vec_with(x);
    if (flags & VEC_PK16)
        return x->pass;
    return flags & (VEC_HI | VEC_LO) ? !!(flags & VEC_HI) : operand_half(&v, &x->inst->dst, 3);
}

/* What the result replaces, as its type. */
static void old_take(struct vector *x)
{
    struct compile *c = x->c;
    unsigned row = compile_register_row(&x->inst->dst);
    struct vec_modifiers m = {.type = x->shape->dst, .half = result_half(x)};
    x->old.low = compile_row(c, row + (x->shape->flags & VEC_PK32 ? x->pass : 0));
    if (type_wide(m.type))
        x->old.high = compile_row(c, row + 1);
    else if (type_half(m.type))
        half_take(x, &x->old, x->old.low, &m);
}

void compile_sources_take(struct vector *x)
{
    for (unsigned i = 0; i < 3; i++)
        source_take(x, i);
    if (x->shape->flags & VEC_ACC)
        old_take(x);
}

/* ---- results ---- */

/* From 0 to 1; of a NaN there is a choice. */
static LLVMValueRef clamped(struct compile *c, LLVMValueRef f)
{
    LLVMTypeRef type = c->l->TypeOf(f);
    bool wide = type == c->doubles;
    LLVMValueRef zero = c->l->ConstNull(type), bits = wide
                                                          ? compile_each_int(c, c->i64, UINT64_C(0x3ff) << 52)
                                                          : compile_each32(c, 0x3f800000);
    LLVMValueRef one = B(c, BitCast, bits, type);
    compile_may_be_nan(c, f);
    LLVMValueRef low = B(c, Select, B(c, FCmp, LLVM_OGT, f, one), one, f);
    return B(c, Select, B(c, FCmp, LLVM_OGT, f, zero), low, zero);
}

static LLVMValueRef half_of_float(struct compile *c, LLVMValueRef f)
{
    LLVMValueRef half = B(c, FPTrunc, fenced(c, f), halves_type(c));
    return B(c, ZExt, B(c, BitCast, half, c->l->VectorType(c->i16, c->lanes)), c->row);
}

/* Rounded once: to a float with the bits that are lost in its last one, then to a half. */
static LLVMValueRef half_of_double(struct compile *c, LLVMValueRef f)
{
    LLVMValueRef bits = B(c, BitCast, f, c->wide), mask = compile_each_int(c, c->i64, 0x1fffffff);
    LLVMValueRef odd = B(c, Or, bits, B(c, Add, B(c, And, bits, mask), mask));
    LLVMValueRef kept = B(c, And, odd, compile_each_int(c, c->i64, ~UINT64_C(0x1fffffff)));
    return half_of_float(c, B(c, FPTrunc, B(c, BitCast, kept, c->doubles), c->floats));
}

/* A sum of 64 bits to the type's range. */
static LLVMValueRef saturated(struct vector *x)
{
    struct compile *c = x->c;
    unsigned type = x->shape->dst;
    bool half = type == VEC_SU16 || type == VEC_SI16, sign = type == VEC_SI32 || type == VEC_SI16;
    int64_t high = half ? (sign ? INT16_MAX : UINT16_MAX) : (sign ? INT32_MAX : UINT32_MAX);
    struct source sum = {x->result, x->above};
    LLVMValueRef value = compile_wide_of(c, &sum), top = compile_each_int(c, c->i64, (uint64_t)high),
                 low = compile_each_int(c, c->i64, sign ? (uint64_t)(-high - 1) : 0);
    value = compile_choose(c, B(c, ICmp, LLVM_SLT, value, low), low, value);
    value = compile_choose(c, B(c, ICmp, LLVM_SGT, value, top), top, value);
    return B(c, Trunc, value, c->row);
}

static void double_finish(struct vector *x)
{
    struct compile *c = x->c;
    struct source pair = {x->result, x->above};
    if (x->shape->dst != VEC_D16 && !x->inst->clamp)
        return;
    LLVMValueRef f = B(c, BitCast, compile_wide_of(c, &pair), c->doubles);
    if (x->inst->clamp)
        f = clamped(c, f);
    if (x->shape->dst == VEC_F64) {
        compile_wide_result(x, B(c, BitCast, f, c->wide));
        return;
    }
    compile_may_be_nan(c, f);
    x->result = half_of_double(c, f);
    x->above = NULL;
}

/* Of the row's result what registers get; halves in the low bits. */
static void result_finish(struct vector *x)
{
    struct compile *c = x->c;
    unsigned type = x->shape->dst;
    bool clamp = x->inst->clamp;
    if (type_sum(type) && clamp)
        x->result = saturated(x), x->above = NULL;
    if (type == VEC_F64 || type == VEC_D16)
        double_finish(x);
    if ((type == VEC_F32 || type == VEC_Z32 || type == VEC_C32 || type == VEC_F16) && clamp)
        x->result = compile_row_of(c, clamped(c, compile_floats(c, x->result)));
    if (type == VEC_Z32)
        x->result = compile_flushed(c, x->result);
    if (type == VEC_F16) {
        compile_may_be_nan(c, compile_floats(c, x->result));
        x->result = half_of_float(c, compile_floats(c, x->result));
    }
}

static LLVMValueRef sdwa_merged(struct vector *x, LLVMValueRef old, LLVMValueRef value)
{
    struct compile *c = x->c;
    unsigned sel = x->inst->sdwa_dst_sel, bits = sel >= SDWA_WORD0 ? 16 : 8;
    unsigned shift = bits == 16 ? 16 * (sel - SDWA_WORD0) : 8 * sel;
    if (type_half(x->shape->dst))
        value = both(c, value, 0xffff);
    if (sel >= SDWA_DWORD)
        return value;
    uint32_t mask = ((1u << bits) - 1) << shift;
    if (x->inst->sdwa_dst_unused == SDWA_SEXT)
        return left(c, sign_extended(c, value, bits), shift);
    value = both(c, left(c, value, shift), mask);
    return x->inst->sdwa_dst_unused == SDWA_PRESERVE ? B(c, Or, value, both(c, old, ~mask)) : value;
}

/* In its place among the register's old bits. */
static LLVMValueRef merged(struct vector *x, LLVMValueRef value)
{
    struct compile *c = x->c;
    unsigned flags = x->shape->flags, half = result_half(x);
    if (!x->inst->sdwa && !type_half(x->shape->dst))
        return value;
    LLVMValueRef old = compile_row(c, compile_register_row(&x->inst->dst));
    if (x->inst->sdwa)
        return sdwa_merged(x, old, value);
    bool keep = half || x->c->region->v.gfx10 || flags & (VEC_KEEP | VEC_LO);
    value = left(c, both(c, value, 0xffff), 16 * half);
    return keep ? B(c, Or, value, both(c, old, half ? 0xffff : 0xffff0000)) : value;
}

void compile_result_take(struct vector *x)
{
    struct compile *c = x->c;
    unsigned flags = x->shape->flags;
    if (x->shape->dst == VEC_MASK)
        return;
    result_finish(x);
    if (!(flags & (VEC_PK16 | VEC_PK32))) {
        x->result = merged(x, x->result);
        return;
    }
    if (!x->pass)
        x->first = x->result;
    else if (flags & VEC_PK32)
        x->above = x->result, x->result = x->first;
    else
        x->result = B(c, Or, both(c, x->first, 0xffff), left(c, x->result, 16));
}
