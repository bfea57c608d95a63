/*
 * outcome.c - says in words why a wave has stopped (outcome.h).
 */
#include "outcome.h"

#include <stdio.h>

#include "instruction.h"

void sim_illegal_text(struct isa_wave *w, char *to, size_t size)
{
    struct sim_instruction at;
    sim_instruction_read(&at, w->vm, w->generation, w->lanes, w->pc, SIM_VM_EXEC);
    bool registers = !at.error && (at.inst.vgprs_needed > w->n_vgprs || at.inst.agprs_needed > w->n_agprs);
    size_t n = (size_t)snprintf(to, size, "%s instruction",
                                at.error    ? "unknown"
                                : registers ? "more registers than the kernel has in"
                                            : "unimplemented");
    for (unsigned i = 0; i < at.n_words && i < (at.error ? 2 : at.inst.bytes / 4u); i++)
        n += (size_t)snprintf(to + n, size - n, " 0x%08x", at.word[i]);
    n += (size_t)snprintf(to + n, size - n, " at 0x%llx", (unsigned long long)w->pc);
    const char *graphics = at.error && at.n_words ? isa_graphics(w->generation, at.word[0]) : NULL;
    if (graphics)
        snprintf(to + n, size - n, ": %s, which only graphics uses, is not simulated", graphics);
    if (at.error)
        return;
    n += (size_t)snprintf(to + n, size - n, ": ");
    sim_instruction_text(&at, to + n, size - n);
}

static void fault_text(const struct isa_wave *w, char *to, size_t size)
{
    snprintf(to, size, "%s 0x%llx, which is %s, at 0x%llx",
             w->fault_access & SIM_VM_EXEC    ? "fetch from"
             : w->fault_access & SIM_VM_WRITE ? "write to"
                                              : "read of",
             (unsigned long long)w->fault_va, w->fault_not_present ? "not mapped" : "not allowed",
             (unsigned long long)w->pc);
}

void sim_outcome_of(struct isa_wave *w, struct sim_outcome *outcome)
{
    *outcome = (struct sim_outcome){.end = SIM_END_FAULT, .pc = w->pc};
    if (w->state == ISA_FAULTED) {
        outcome->va = w->fault_va;
        outcome->access = w->fault_access;
        outcome->not_present = w->fault_not_present;
        fault_text(w, outcome->text, sizeof outcome->text);
    } else if (w->state == ISA_TRAPPED) {
        outcome->end = SIM_END_TRAP;
        snprintf(outcome->text, sizeof outcome->text, "s_trap %u at 0x%llx", w->trap_id,
                 (unsigned long long)w->pc);
    } else {
        outcome->end = SIM_END_ILLEGAL;
        sim_illegal_text(w, outcome->text, sizeof outcome->text);
    }
}
