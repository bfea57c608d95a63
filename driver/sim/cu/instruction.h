/*
 * instruction.h - the instruction that lies at an address: its dwords, decoded, and its text.
 */
#ifndef KFDFS_SIM_INSTRUCTION_H
#define KFDFS_SIM_INSTRUCTION_H

#include <isa/isa.h>

#include <stddef.h>
#include "sim/memory/vm.h"

struct sim_instruction {
    uint64_t va;
    uint32_t word[4]; /* of these n_words are mapped, of which it may be fewer */
    unsigned n_words;
    int error; /* of isa_decode(), or -EILSEQ: nothing is mapped there */
    struct isa_inst inst, pair;
};

/* As a wave of so many lanes would run it. access: SIM_VM_EXEC, or what else the memory must allow. The
 * caller is inside sim_vm_enter(). */
void sim_instruction_read(struct sim_instruction *to, struct sim_vm *vm, enum isa_generation generation,
                          unsigned lanes, uint64_t va, unsigned access);
/* "-" for what is none. Returns its length in bytes, 4 for those. */
unsigned sim_instruction_text(const struct sim_instruction *instruction, char *to, size_t size);

#endif
