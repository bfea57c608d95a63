/*
 * exec_relative.c - scalar moves of a register whose number M0 is added to.
 *
 * Facts: AMD's CDNA3 and RDNA3 ISA manuals, S_MOVRELS, S_MOVRELD and S_MOVRELSD_2.
 */
#include "exec_scalar.h"

static struct isa_operand moved(const struct isa_operand *op, uint32_t by)
{
    struct isa_operand result = *op;
    result.reg = (uint16_t)(op->reg + by);
    if (op->kind != ISA_SGPR || op->reg + (uint64_t)by + op->dwords > 106) /* past the last SGPR: nothing */
        result.kind = ISA_NULL;
    return result;
}

static void movrels(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_operand from = moved(&inst->src[0], w->sgpr[ISA_M0]);
    if (from.dwords == 2)
        isa_write64(w, &inst->dst, isa_read64(w, &from));
    else
        isa_write32(w, &inst->dst, isa_read32(w, &from));
}

static void movreld(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_operand to = moved(&inst->dst, w->sgpr[ISA_M0]);
    if (to.dwords == 2)
        isa_write64(w, &to, isa_read64(w, &inst->src[0]));
    else
        isa_write32(w, &to, isa_read32(w, &inst->src[0]));
}

static void movrelsd_2(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_operand from = moved(&inst->src[0], w->sgpr[ISA_M0] & 0x3ff);
    struct isa_operand to = moved(&inst->dst, w->sgpr[ISA_M0] >> 16 & 0x3ff);
    isa_write32(w, &to, isa_read32(w, &from));
}

const struct isa_binding isa_exec_relative[] = {
    {"s_movrels_b32", movrels}, {"s_movrels_b64", movrels},       {"s_movreld_b32", movreld},
    {"s_movreld_b64", movreld}, {"s_movrelsd_2_b32", movrelsd_2}, {NULL, NULL},
};
