/*
 * isa_scalar.h - one wave without memory, and scalar instructions encoded by name.
 */
#ifndef KFDFS_TEST_ISA_SCALAR_H
#define KFDFS_TEST_ISA_SCALAR_H

#include <check.h>
#include <string.h>

#include <isa/isa_table.h>
#include "sim/cu/wave.h"

enum { LITERAL = 255, DST = 8, A = 16, B = 20 };

static struct isa_wave wave;

static inline const struct isa_row *row_of(const char *name, enum isa_generation generation)
{
    for (unsigned i = 0; i < isa_n_rows; i++)
        if (strcmp(isa_rows[i].name, name) == 0 && isa_rows[i].opcode[generation] >= 0)
            return &isa_rows[i];
    ck_abort_msg("no %s", name);
    return NULL;
}

static inline uint32_t encode(const struct isa_row *row, enum isa_generation g, unsigned dst, unsigned a,
                              unsigned b)
{
    uint32_t opcode = (uint32_t)row->opcode[g];
    switch (row->format) {
    case ISA_SOP2:
        return 2u << 30 | opcode << 23 | dst << 16 | b << 8 | a;
    case ISA_SOP1:
        return 0x17du << 23 | dst << 16 | opcode << 8 | a;
    case ISA_SOPC:
        return 0x17eu << 23 | opcode << 16 | b << 8 | a;
    case ISA_SOPK:
        return 0xbu << 28 | opcode << 23 | dst << 16 | (b & 0xffff);
    default:
        return 0x17fu << 23 | opcode << 16 | (b & 0xffff);
    }
}

static inline void wave_start(enum isa_generation g)
{
    memset(&wave, 0, sizeof(wave));
    wave.generation = g;
    wave.lanes = g == ISA_GFX940 ? 64 : 32;
    for (unsigned i = 0; i < 128; i++)
        wave.sgpr[i] = 0xa5a50000 + i;
}

static inline void execute(const uint32_t *words, size_t bytes)
{
    struct isa_inst pair, inst = {.pair_storage = &pair};
    ck_assert_int_eq(isa_decode(wave.generation, wave.lanes == 64, words, bytes, &inst), 0);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "%s has no function", inst.row->name);
    wave.next_pc = wave.pc + inst.bytes;
    inst.exec(&wave, &inst);
}

static inline void execute_named(const char *name, unsigned dst, unsigned a, unsigned b)
{
    uint32_t word = encode(row_of(name, wave.generation), wave.generation, dst, a, b);
    execute(&word, 4);
}

#endif
