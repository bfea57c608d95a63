/*
 * instruction.c - the instruction that lies at an address (instruction.h).
 */
#include "instruction.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void sim_instruction_read(struct sim_instruction *to, struct sim_vm *vm, enum isa_generation generation,
                          unsigned lanes, uint64_t va, unsigned access)
{
    *to = (struct sim_instruction){.va = va, .inst.pair_storage = &to->pair};
    for (const void *from; to->n_words < 4; to->n_words++) {
        if (!(from = sim_vm_host(vm, va + to->n_words * 4, 4, access)))
            break;
        memcpy(&to->word[to->n_words], from, 4);
    }
    to->error =
        to->n_words ? isa_decode(generation, lanes == 64, to->word, to->n_words * 4, &to->inst) : -EILSEQ;
}

unsigned sim_instruction_text(const struct sim_instruction *instruction, char *to, size_t size)
{
    if (!instruction->error && isa_text(&instruction->inst, instruction->va, to, size) >= 0)
        return instruction->inst.bytes;
    snprintf(to, size, "-");
    return 4;
}
