/*
 * exec_index.c - registers by index on CDNA: s_set_gpr_idx_on, the moves that follow it, s_set_gpr_idx_off.
 *
 * The whole stretch is one operation, so that no other code ever has to look at MODE's gpr_idx_en. Between
 * the two only v_mov_b32 and s_nop are known, which is what LLVM puts there, and the two that change the
 * index and the mask; anything else stops the wave. Facts: AMD's CDNA3 ISA manual, S_SET_GPR_IDX_*: the index
 * is in M0[7:0], the mask in M0[15:12], and its bits 0, 1, 2 and 3 are src0, src1, src2 and the destination
 * (LLVM's operand page gfx90a_imask has the same).
 */
#include "exec_scalar.h"
#include "sim/memory/vm.h"
#include "vector.h"
#include <isa/isa_table.h>

#include <string.h>

enum { INDEX = 0xff, ENABLES = 0xf000, ENABLE_SRC0 = 1 << 12, ENABLE_DST = 8 << 12 };

static bool is_move(const struct isa_wave *w, const struct isa_inst *inst)
{
    return strcmp(inst->row->name, "v_mov_b32") == 0 && !inst->dpp16 && !inst->dpp8 && !inst->sdwa &&
           inst->vgprs_needed <= w->n_vgprs;
}

static void move(struct isa_wave *w, struct isa_inst *inst)
{
    uint32_t m0 = w->sgpr[ISA_M0];
    if ((m0 & ENABLE_SRC0) && inst->src[0].kind == ISA_VGPR)
        inst->src[0].reg = (uint16_t)(inst->src[0].reg + (m0 & INDEX));
    if (m0 & ENABLE_DST)
        inst->dst.reg = (uint16_t)(inst->dst.reg + (m0 & INDEX));
    inst->exec(w, inst);
}

static void bits_set(struct isa_wave *w, uint32_t mask, uint32_t value)
{
    w->sgpr[ISA_M0] = (w->sgpr[ISA_M0] & ~mask) | (value & mask);
}

static void index_idx(struct isa_wave *w, const struct isa_inst *inst)
{
    bits_set(w, INDEX, isa_read32(w, &inst->src[0]));
}

static void index_mode(struct isa_wave *w, const struct isa_inst *inst)
{
    bits_set(w, ENABLES, (uint32_t)inst->imm << 12);
}

static bool is_setting(const struct isa_inst *inst)
{
    return inst->exec == index_idx || inst->exec == index_mode;
}

static void index_on(struct isa_wave *w, const struct isa_inst *on)
{
    struct isa_inst inst;
    uint64_t first = w->pc;
    index_idx(w, on);
    index_mode(w, on);
    for (w->pc += on->bytes;; w->pc += inst.bytes) {
        const uint32_t *word = isa_memory(w, w->pc, 4, SIM_VM_EXEC);
        if (!word)
            return;
        /* none that may come here has more than a word */
        memset(&inst, 0, sizeof inst);
        if (isa_decode(w->generation, w->lanes == 64, word, 4, &inst)) {
            w->state = ISA_ILLEGAL;
            return;
        }
        if (strcmp(inst.row->name, "s_set_gpr_idx_off") == 0)
            break;
        isa_bind(&inst);
        if (is_move(w, &inst) && inst.exec) {
            move(w, &inst);
        } else if (is_setting(&inst)) {
            inst.exec(w, &inst);
        } else if (strcmp(inst.row->name, "s_nop") != 0) {
            w->state = ISA_ILLEGAL;
            return;
        }
    }
    w->next_pc = w->pc + inst.bytes;
    w->pc = first;
}

const struct isa_binding isa_exec_index[] = {
    {"s_set_gpr_idx_on", index_on},
    {"s_set_gpr_idx_idx", index_idx},
    {"s_set_gpr_idx_mode", index_mode},
    {"s_set_gpr_idx_off", isa_nothing}, /* met alone: it was off */
    {NULL, NULL},
};
