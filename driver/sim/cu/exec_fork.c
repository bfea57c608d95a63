/*
 * exec_fork.c - branches of gfx9 that keep a stack of lanes: fork runs the side with fewer lanes first, join
 * the other side after it.
 *
 * Facts: AMD's CDNA3 ISA manual, "Arbitrary Divergent Control Flow" and the register MODE. The stack is in
 * SGPRs, four for an entry, counted by MODE.CSP: the lanes, and above them where they go on.
 */
#include "exec_scalar.h"

enum { CSP_SHIFT = 29, ENTRY = 4 };

static unsigned csp_get(const struct isa_wave *w)
{
    return w->mode >> CSP_SHIFT;
}

static void csp_set(struct isa_wave *w, unsigned csp)
{
    w->mode = (w->mode & ((1u << CSP_SHIFT) - 1)) | csp << CSP_SHIFT;
}

static void lanes_fork(struct isa_wave *w, uint64_t chosen, uint64_t target)
{
    uint64_t exec = isa_exec(w), pass = chosen & exec, fail = ~chosen & exec;
    unsigned entry = csp_get(w) * ENTRY;
    bool fewer_fail = __builtin_popcountll(fail) < __builtin_popcountll(pass);
    if (pass == exec) {
        w->next_pc = target;
        return;
    }
    if (fail == exec)
        return;
    isa_sgpr64_set(w, entry, fewer_fail ? pass : fail);
    isa_sgpr64_set(w, entry + 2, fewer_fail ? target : w->pc + 4);
    csp_set(w, csp_get(w) + 1);
    isa_sgpr64_set(w, ISA_EXEC, fewer_fail ? fail : pass);
    if (!fewer_fail)
        w->next_pc = target;
}

void isa_cbranch_i_fork(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_fork(w, isa_read64(w, &inst->src[0]), w->pc + 4 + (uint64_t)((int64_t)inst->imm * 4));
}

void isa_cbranch_g_fork(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_fork(w, isa_read64(w, &inst->src[0]), isa_read64(w, &inst->src[1]));
}

/* Its operand is what CSP was at the fork. */
void isa_cbranch_join(struct isa_wave *w, const struct isa_inst *inst)
{
    if (csp_get(w) == isa_read32(w, &inst->src[0]))
        return;
    csp_set(w, csp_get(w) - 1);
    unsigned entry = csp_get(w) * ENTRY;
    isa_sgpr64_set(w, ISA_EXEC, isa_sgpr64(w, entry));
    w->next_pc = isa_sgpr64(w, entry + 2);
}
