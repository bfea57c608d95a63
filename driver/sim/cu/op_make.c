/*
 * op_make.c - chooses how a decoded instruction will be run, and finds its operands.
 *
 * A vector instruction that needs nothing but its row's loop (no DPP, SDWA, clamp, omod, halves) becomes that
 * row's operation; the same goes for loads and stores without conversions, scalar arithmetic and jumps. The
 * rest is run through its function.
 */
#include "exec_memory.h"
#include "op_code.h"

static bool type_dword(unsigned type)
{
    return type == VEC_NO || type == VEC_U32 || type == VEC_I32 || type == VEC_M32 || type == VEC_F32 ||
           type == VEC_Z32 || type == VEC_C32;
}

static bool type_pair(unsigned type)
{
    return type == VEC_U64 || type == VEC_I64 || type == VEC_F64 || type == VEC_C64;
}

static bool type_modified(unsigned type) /* neg and abs mean something */
{
    return type == VEC_M32 || type == VEC_F32 || type == VEC_Z32 || type == VEC_C32 || type == VEC_F64 ||
           type == VEC_C64;
}

static bool shape_simple(const struct vec_shape *s)
{
    if (s->flags & (VEC_PK16 | VEC_PK32 | VEC_MIX | VEC_HI | VEC_LO))
        return false;
    for (unsigned i = 0; i < 3; i++)
        if (!type_dword(s->src[i]) && !type_pair(s->src[i]))
            return false;
    return type_dword(s->dst) || type_pair(s->dst) || s->dst == VEC_SU32 || s->dst == VEC_SI32 ||
           s->dst == VEC_MASK;
}

static uint8_t shape_care(const struct vec_shape *s)
{
    unsigned care = s->flags & VEC_ROUND64 ? OP_ODD64 : 0;
    const uint8_t type[4] = {s->dst, s->src[0], s->src[1], s->src[2]};
    for (unsigned i = 0; i < 4; i++)
        care |= type[i] == VEC_F32 || type[i] == VEC_Z32 ? OP_ODD32 : type[i] == VEC_F64 ? OP_ODD64 : 0;
    return (uint8_t)care;
}

static bool is_vector(const struct isa_operand *op)
{
    return op->kind == ISA_VGPR || op->kind == ISA_AGPR;
}

static void operand_registers(struct isa_op *op, unsigned n, const struct isa_operand *reg)
{
    op->base[n] = reg->kind == ISA_AGPR ? OP_AGPR : OP_VGPR;
    op->at[n] = (uintptr_t)reg->reg * VEC_LANES * sizeof(uint32_t);
}

static bool registers_there(const struct isa_wave *w, const struct isa_operand *op, bool wide)
{
    return op->reg + (unsigned)wide < (op->kind == ISA_AGPR ? w->n_agprs : w->n_vgprs);
}

static void operand_prepare(struct isa_op *op, unsigned n, bool wide)
{
    op->base[n + 1] = OP_PREPARED;
    op->at[n + 1] = n * sizeof((struct op_state){0}.prepared[0]);
    op->prepare |= (uint8_t)((1 | (wide ? OP_PREPARE_WIDE : 0)) << n);
}

/* False: only the general way reads it right. */
static bool source_make(struct isa_op *op, unsigned n, unsigned type, const struct isa_wave *w,
                        struct code_page *page)
{
    const struct isa_operand *src = &op->inst->src[n];
    bool wide = type_pair(type), changed = src->neg || src->abs;
    if (type == VEC_NO) {
        op->base[n + 1] = OP_VGPR;
        return true;
    }
    if ((changed && !type_modified(type)) || (is_vector(src) && !registers_there(w, src, wide)))
        return false;
    if (type == VEC_Z32)
        op->prepare |= OP_PREPARE_FLUSH;
    uint32_t(*rows)[VEC_LANES];
    if (is_vector(src) && !changed && type != VEC_Z32) {
        operand_registers(op, n + 1, src);
    } else if (src->kind == ISA_CONST && !changed && type != VEC_Z32 &&
               (rows = code_constant(page, src->value))) {
        op->base[n + 1] = OP_ABSOLUTE;
        op->at[n + 1] = (uintptr_t)rows;
    } else {
        operand_prepare(op, n, wide);
    }
    return true;
}

static bool mask_given(const struct isa_operand *op)
{
    return op->kind == ISA_SGPR && op->reg + 1 < ISA_EXEC + 2;
}

static bool carries_make(struct isa_op *op, const struct vec_shape *shape)
{
    const struct isa_inst *inst = op->inst;
    bool given = !(shape->flags & VEC_VCC) && inst->n_src > 2 && inst->src[2].kind != ISA_NONE;
    if (shape->flags & VEC_CI) {
        if (given && !mask_given(&inst->src[2]))
            return false;
        op->carry_in = given ? (uint8_t)inst->src[2].reg : ISA_VCC;
    }
    if (shape->flags & VEC_CO) {
        unsigned kind = inst->sdst.kind;
        if (kind != ISA_NONE && kind != ISA_NULL && !mask_given(&inst->sdst))
            return false;
        op->carry_out = kind == ISA_NONE ? ISA_VCC : kind == ISA_NULL ? OP_NO_SGPR : (uint8_t)inst->sdst.reg;
    }
    return true;
}

static bool result_make(struct isa_op *op, const struct vec_shape *shape, const struct isa_wave *w)
{
    const struct isa_operand *dst = &op->inst->dst;
    if (shape->dst == VEC_MASK) {
        if (dst->kind != ISA_NONE && !mask_given(dst))
            return false;
        op->at[0] = dst->kind == ISA_NONE ? ISA_VCC : dst->reg;
        return true;
    }
    op->wide = type_pair(shape->dst);
    if (!is_vector(dst) || !registers_there(w, dst, op->wide))
        return false;
    operand_registers(op, 0, dst);
    return true;
}

static bool vector_make(struct isa_op *op, const struct vec_shape *shape, const struct isa_wave *w,
                        struct code_page *page)
{
    const struct isa_inst *inst = op->inst;
    if (!vec_code(shape) || !shape_simple(shape) || inst->dpp16 || inst->dpp8 || inst->sdwa || inst->clamp ||
        inst->omod || (inst->opsel && inst->format != ISA_VOP3P) || !result_make(op, shape, w) ||
        !carries_make(op, shape))
        return false;
    for (unsigned i = 0; i < 3; i++)
        if (!source_make(op, i, shape->src[i], w, page))
            return false;
    op->care = shape_care(shape) | (op->prepare & OP_PREPARE ? OP_SOURCES : 0);
    op->run = vec_code(shape)->op;
    return true;
}

/* ---- VOPD ---- */

static const struct isa_op *op_pair(struct isa_wave *w, const struct isa_op *op)
{
    op->pair[0].run(w, &op->pair[0]);
    op->pair[1].run(w, &op->pair[1]);
    return op_next(op);
}

static bool reads_result(const struct isa_inst *inst, const struct isa_inst *of, bool accumulates)
{
    for (unsigned i = 0; i < inst->n_src; i++)
        if (inst->src[i].kind == ISA_VGPR && inst->src[i].reg == of->dst.reg)
            return true;
    return accumulates && inst->dst.reg == of->dst.reg;
}

/* Both halves read before either writes: the one whose result the other reads runs second. Where each reads
 * the other's, wave.c puts results aside. */
static bool pair_make(struct isa_op *op, const struct isa_wave *w, struct code_page *page)
{
    const struct isa_inst *x = op->inst, *y = x->pair;
    const struct vec_shape *xs = isa_shape(x), *ys = isa_shape(y);
    bool y_first = reads_result(y, x, ys && ys->flags & VEC_ACC);
    if (!xs || !ys || (y_first && reads_result(x, y, xs->flags & VEC_ACC)))
        return false;
    struct isa_op *pair = code_pair(page);
    if (!pair)
        return false;
    pair[0].inst = y_first ? y : x;
    pair[1].inst = y_first ? x : y;
    if (!vector_make(&pair[0], y_first ? ys : xs, w, page) ||
        !vector_make(&pair[1], y_first ? xs : ys, w, page))
        return false;
    op->pair = pair;
    op->run = op_pair;
    return true;
}

/* ---- scalar instructions ---- */

static isa_op_fn *op_bound(const struct isa_op_binding *bindings, isa_exec_fn *exec)
{
    while (bindings->exec && bindings->exec != exec)
        bindings++;
    return bindings->op;
}

static bool scalar_operand(struct isa_op *op, unsigned n, const struct isa_operand *from)
{
    op->base[n] = from->kind == ISA_SGPR ? OP_WAVE : OP_ABSOLUTE;
    op->at[n] = from->kind == ISA_SGPR ? offsetof(struct isa_wave, sgpr) + from->reg * sizeof(uint32_t)
                                       : (uintptr_t)&from->value;
    return from->kind == ISA_CONST || (from->kind == ISA_SGPR && from->reg + (from->dwords == 2) < 128);
}

static bool scalar_make(struct isa_op *op)
{
    const struct isa_inst *inst = op->inst;
    static const struct isa_operand none = {.kind = ISA_CONST};
    isa_op_fn *run = op_bound(isa_ops_scalar, inst->exec);
    if (!run || (inst->format != ISA_SOPC && inst->format != ISA_SOPK && inst->dst.kind != ISA_SGPR))
        return false;
    scalar_operand(op, 0, &inst->dst);
    if (!scalar_operand(op, 1, inst->n_src > 0 ? &inst->src[0] : &none) ||
        !scalar_operand(op, 2, inst->n_src > 1 ? &inst->src[1] : &none))
        return false;
    op->run = run;
    return true;
}

static bool jump_make(struct isa_op *op)
{
    op->run = op_bound(isa_ops_control, op->inst->exec);
    op->at[0] = (uintptr_t)(4 + (int64_t)op->inst->imm * 4);
    return op->run;
}

/* ---- memory ---- */

#define ATOMIC(name, atomic)                                    \
    {                                                           \
        isa_atomic_##name, OP_ATOMIC, 4, ISA_ATOMIC_##atomic, 0 \
    }
#define DS_ATOMIC(name, atomic)                                 \
    {                                                           \
        isa_ds_##name, OP_LDS_ATOMIC, 4, ISA_ATOMIC_##atomic, 0 \
    }
static const struct memory_form {
    isa_exec_fn *exec;
    uint8_t kind, bytes, sign; /* of atomics: which one */
    uint16_t unit;
} memory_forms[] = {
    {isa_load_u8, OP_LOAD, 1, 0, 0},
    {isa_load_i8, OP_LOAD, 1, 8, 0},
    {isa_load_u16, OP_LOAD, 2, 0, 0},
    {isa_load_i16, OP_LOAD, 2, 16, 0},
    {isa_load_b32, OP_LOAD, 4, 0, 0},
    {isa_load_b64, OP_LOAD, 8, 0, 0},
    {isa_load_b96, OP_LOAD, 12, 0, 0},
    {isa_load_b128, OP_LOAD, 16, 0, 0},
    {isa_store_b8, OP_STORE, 1, 0, 0},
    {isa_store_b16, OP_STORE, 2, 0, 0},
    {isa_store_b32, OP_STORE, 4, 0, 0},
    {isa_store_b64, OP_STORE, 8, 0, 0},
    {isa_store_b96, OP_STORE, 12, 0, 0},
    {isa_store_b128, OP_STORE, 16, 0, 0},
    {isa_ds_load_u8, OP_LDS_LOAD, 1, 0, 0},
    {isa_ds_load_i8, OP_LDS_LOAD, 1, 8, 0},
    {isa_ds_load_u16, OP_LDS_LOAD, 2, 0, 0},
    {isa_ds_load_i16, OP_LDS_LOAD, 2, 16, 0},
    {isa_ds_load_b32, OP_LDS_LOAD, 4, 0, 0},
    {isa_ds_load_b64, OP_LDS_LOAD, 8, 0, 0},
    {isa_ds_load_b96, OP_LDS_LOAD, 12, 0, 0},
    {isa_ds_load_b128, OP_LDS_LOAD, 16, 0, 0},
    {isa_ds_store_b8, OP_LDS_STORE, 1, 0, 0},
    {isa_ds_store_b16, OP_LDS_STORE, 2, 0, 0},
    {isa_ds_store_b32, OP_LDS_STORE, 4, 0, 0},
    {isa_ds_store_b64, OP_LDS_STORE, 8, 0, 0},
    {isa_ds_store_b96, OP_LDS_STORE, 12, 0, 0},
    {isa_ds_store_b128, OP_LDS_STORE, 16, 0, 0},
    {isa_ds_load2_b32, OP_LDS_LOAD2, 4, 0, 4},
    {isa_ds_load2st64_b32, OP_LDS_LOAD2, 4, 0, 256},
    {isa_ds_load2_b64, OP_LDS_LOAD2, 8, 0, 8},
    {isa_ds_load2st64_b64, OP_LDS_LOAD2, 8, 0, 512},
    {isa_ds_store2_b32, OP_LDS_STORE2, 4, 0, 4},
    {isa_ds_store2st64_b32, OP_LDS_STORE2, 4, 0, 256},
    {isa_ds_store2_b64, OP_LDS_STORE2, 8, 0, 8},
    {isa_ds_store2st64_b64, OP_LDS_STORE2, 8, 0, 512},
    ATOMIC(swap_b32, SWAP),
    ATOMIC(cmpswap_b32, CMPSWAP),
    ATOMIC(add_u32, ADD),
    ATOMIC(sub_u32, SUB),
    ATOMIC(inc_u32, INC),
    ATOMIC(dec_u32, DEC),
    ATOMIC(min_i32, SMIN),
    ATOMIC(min_u32, UMIN),
    ATOMIC(max_i32, SMAX),
    ATOMIC(max_u32, UMAX),
    ATOMIC(and_b32, AND),
    ATOMIC(or_b32, OR),
    ATOMIC(xor_b32, XOR),
    ATOMIC(add_f32, FADD),
    DS_ATOMIC(add_u32, ADD),
    DS_ATOMIC(sub_u32, SUB),
    DS_ATOMIC(inc_u32, INC),
    DS_ATOMIC(dec_u32, DEC),
    DS_ATOMIC(min_i32, SMIN),
    DS_ATOMIC(min_u32, UMIN),
    DS_ATOMIC(max_i32, SMAX),
    DS_ATOMIC(max_u32, UMAX),
    DS_ATOMIC(and_b32, AND),
    DS_ATOMIC(or_b32, OR),
    DS_ATOMIC(xor_b32, XOR),
    DS_ATOMIC(swap_b32, SWAP),
    DS_ATOMIC(add_f32, FADD),
};

static const struct memory_form *memory_form(const struct isa_inst *inst)
{
    for (unsigned i = 0; i < sizeof memory_forms / sizeof memory_forms[0]; i++)
        if (memory_forms[i].exec == inst->exec)
            return &memory_forms[i];
    return NULL;
}

static bool rows_make(struct isa_op *op, unsigned n, const struct isa_operand *reg)
{
    operand_registers(op, n, reg);
    return is_vector(reg);
}

/* Addresses as FLAT and GLOBAL have them: 64 bits in registers, or 32 beside an SGPR pair. */
static bool global_make(struct isa_op *op, struct code_page *page)
{
    const struct isa_inst *inst = op->inst;
    const struct isa_operand *vaddr = &inst->src[0], *saddr = &inst->src[1];
    op->saddr = saddr->kind == ISA_SGPR ? (uint8_t)saddr->reg : OP_NO_SGPR;
    op->wide = op->saddr == OP_NO_SGPR;
    if ((inst->format != ISA_FLAT && inst->format != ISA_GLOBAL) ||
        (saddr->kind != ISA_SGPR && saddr->kind != ISA_NONE && saddr->kind != ISA_NULL))
        return false;
    if (vaddr->kind == ISA_NONE || vaddr->kind == ISA_NULL) {
        op->base[1] = OP_ABSOLUTE;
        op->at[1] = (uintptr_t)code_constant(page, 0);
        return op->at[1] != 0;
    }
    return rows_make(op, 1, vaddr);
}

static bool given(const struct isa_operand *operand)
{
    return operand->kind != ISA_NONE && operand->kind != ISA_NULL;
}

/* Floating ones are as their memory has them where MODE keeps denormals; the general way knows the rest. */
static void atomic_make(struct isa_op *op, bool memory)
{
    if (op->atomic < ISA_ATOMIC_FCMPSWAP)
        return;
    op->care = OP_ODD32 | OP_ODD64;
    if (memory && op->atomic == ISA_ATOMIC_FADD && op->inst->generation < ISA_GFX12)
        op->atomic |= ISA_ATOMIC_DROPS;
}

static bool memory_make(struct isa_op *op, struct code_page *page)
{
    const struct isa_inst *inst = op->inst;
    const struct memory_form *form = memory_form(inst);
    if (!form || inst->gds || inst->lds)
        return false;
    bool load = form->kind == OP_LOAD || form->kind == OP_LDS_LOAD || form->kind == OP_LDS_LOAD2;
    bool global = form->kind == OP_LOAD || form->kind == OP_STORE || form->kind == OP_ATOMIC;
    op->bytes = form->bytes;
    op->sign = op->atomic = form->sign;
    op->unit = form->unit;
    if (form->kind == OP_ATOMIC || form->kind == OP_LDS_ATOMIC)
        atomic_make(op, form->kind == OP_ATOMIC);
    if (form->kind == OP_ATOMIC || form->kind == OP_LDS_ATOMIC)
        op->returns = form->kind == OP_ATOMIC ? isa_atomic_returns(inst) : given(&inst->dst);
    if (global ? !global_make(op, page) : !rows_make(op, 1, &inst->src[0]))
        return false;
    if (!rows_make(op, 0,
                   load     ? &inst->dst
                   : global ? &inst->src[2]
                            : &inst->src[1]) ||
        (form->kind == OP_LDS_STORE2 && !rows_make(op, 2, &inst->src[2])) ||
        (op->returns && !rows_make(op, 2, &inst->dst)))
        return false;
    op->run = op_memory(form->kind, form->bytes);
    return true;
}

/* Scalar loads whose dwords all go to SGPRs. */
static bool smem_make(struct isa_op *op)
{
    const struct isa_inst *inst = op->inst;
    static const struct isa_operand none = {.kind = ISA_CONST};
    op->run = op_bound(isa_ops_smem, inst->exec);
    op->bytes = (uint8_t)(inst->dst.dwords * 4);
    return op->run && inst->dst.kind == ISA_SGPR && inst->dst.reg + inst->dst.dwords <= 128 &&
           scalar_operand(op, 0, &inst->dst) && inst->src[0].kind == ISA_SGPR &&
           scalar_operand(op, 1, &inst->src[0]) &&
           scalar_operand(op, 2, given(&inst->src[1]) ? &inst->src[1] : &none);
}

void op_make(struct isa_op *op, const struct isa_wave *w, struct code_page *page, const struct isa_inst *inst)
{
    const struct vec_shape *shape = inst->pair ? NULL : isa_shape(inst);
    const struct isa_op blank = {.inst = inst, .step = inst->bytes / 4, .count = 1};
    *op = blank;
    if (inst->pair ? pair_make(op, w, page) : shape && vector_make(op, shape, w, page))
        return;
    *op = blank;
    if (!inst->pair && (scalar_make(op) || jump_make(op) || memory_make(op, page)))
        return;
    *op = blank;
    if (!inst->pair && smem_make(op))
        return;
    *op = blank;
    op->run = shape ? op_plain : op_general;
}
