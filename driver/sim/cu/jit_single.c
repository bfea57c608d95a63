/*
 * jit_single.c - templates of instructions that read or write one lane of a row.
 */
#include "jit_vector.h"

static size_t row_at(unsigned row)
{
    return (size_t)row * VEC_LANES * sizeof(uint32_t);
}

static void result_store(struct jit *j, const struct isa_inst *inst)
{
    x86_op(&j->x, X86_STORE, false, RAX, jit_sgpr(inst->dst.reg));
}

/* A lane that is known, in RAX. */
static void lane_get(struct jit *j, unsigned row, unsigned lane)
{
    if (lane == 0) {
        EMIT(VMOVD_TO_R32, jit_row(j, row), 0, x86_reg(RAX));
        return;
    }
    jit_row_store(j, row);
    x86_op(&j->x, X86_MOV, false, RAX, x86_mem(JIT_ROWS, row_at(row) + lane * sizeof(uint32_t)));
}

/* That of the number in RAX, there. */
static void lane_find(struct jit *j, unsigned row)
{
    jit_row_store(j, row);
    x86_bytes(&j->x, "\x48\xc1\xe0\x02", 4); /* shl rax, 2 */
    x86_op(&j->x, X86_ADD, true, RAX, x86_reg(JIT_ROWS));
    x86_op(&j->x, X86_MOV, false, RAX, x86_mem(RAX, row_at(row)));
}

/* Without an active lane the first one is read. */
static bool read_first(struct jit *j, const struct isa_inst *inst)
{
    if (!j->masked) {
        lane_get(j, inst->src[0].reg, 0);
    } else {
        x86_move(&j->x, RCX, 0);
        x86_op(&j->x, X86_TZCNT, j->w->lanes == 64, RAX, jit_sgpr(ISA_EXEC));
        x86_op(&j->x, X86_CMOVCC + CC_B, false, RAX, x86_reg(RCX));
        lane_find(j, inst->src[0].reg);
    }
    result_store(j, inst);
    return true;
}

static bool read_one(struct jit *j, const struct isa_inst *inst)
{
    const struct isa_operand *lane = &inst->src[1];
    unsigned last = j->w->lanes - 1;
    if (lane->kind == ISA_CONST) {
        lane_get(j, inst->src[0].reg, (unsigned)lane->value & last);
    } else if (lane->kind == ISA_SGPR && lane->reg < 128) {
        x86_op(&j->x, X86_MOV, false, RAX, jit_sgpr(lane->reg));
        x86_op(&j->x, 0x81, false, 4, x86_reg(RAX)), x86_u32(&j->x, last);
        lane_find(j, inst->src[0].reg);
    } else {
        return false;
    }
    result_store(j, inst);
    return true;
}

static bool write_one(struct jit *j, const struct isa_inst *inst)
{
    const struct isa_operand *value = &inst->src[0], *at = &inst->src[1];
    unsigned row = inst->dst.reg, lane = (unsigned)at->value & (j->w->lanes - 1);
    if (at->kind != ISA_CONST || (value->kind != ISA_CONST && (value->kind != ISA_SGPR || value->reg >= 128)))
        return false;
    x86_move(&j->x, RAX, 1u << lane % 16);
    x86_k(&j->x, KMOVW_R32, 1, 0, x86_reg(RAX));
    if (value->kind == ISA_CONST)
        x86_move(&j->x, RAX, (uint32_t)value->value);
    else
        x86_op(&j->x, X86_MOV, false, RAX, jit_sgpr(value->reg));
    unsigned vector = jit_row(j, row) + lane / 16;
    jit_row_result(j, row);
    EMIT_MASK(VPBROADCASTD_R32, vector, 0, x86_reg(RAX), 1);
    return true;
}

bool jit_single(struct jit *j, const struct isa_op *op)
{
    const struct isa_inst *inst = op->inst;
    bool writes = inst->exec == isa_v_writelane_b32;
    const struct isa_operand *row = writes ? &inst->dst : &inst->src[0];
    if (inst->pair || (op->plain ? op->plain : op->run) != op_plain || row->kind != ISA_VGPR)
        return false;
    if (writes)
        return write_one(j, inst);
    if (inst->dst.kind != ISA_SGPR || inst->dst.reg >= ISA_EXEC)
        return false;
    return inst->exec == isa_v_readfirstlane_b32 ? read_first(j, inst)
           : inst->exec == isa_v_readlane_b32    ? read_one(j, inst)
                                                 : false;
}
