/*
 * isa_memory.h - memory instructions on a hand-made wave: built field by field, so a fault found by them is
 * not the decoder's.
 */
#ifndef KFDFS_TESTS_ISA_MEMORY_H
#define KFDFS_TESTS_ISA_MEMORY_H

#include "sim/cu/wave.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 4, BYTES = PAGES * SIM_PAGE, LDS_BYTES = 4096, ROWS = 64 };
static const uint64_t BASE = 0x7f0000100000, SCRATCH = 0x7f0000800000;

static _Alignas(SIM_PAGE) uint8_t memory[BYTES], scratch[64 * 256], lds[LDS_BYTES];
static struct sim_vm vm;
static struct isa_group group;
static struct isa_wave wave;
static _Alignas(64) uint32_t vgpr[ROWS][64], agpr[ROWS][64];

static inline void setup_wave(struct isa_wave *w, unsigned lanes, enum isa_generation generation)
{
    *w = (struct isa_wave){.generation = generation, .lanes = lanes, .vgpr = vgpr, .agpr = agpr};
    w->n_vgprs = w->n_agprs = ROWS;
    w->group = &group;
    w->vm = &vm;
    w->scratch_va = SCRATCH;
    w->scratch_bytes = sizeof scratch / 64;
    w->shared_base = 1ull << 48;
    w->private_base = 2ull << 48;
    w->tlb_generation = UINT64_MAX;
    isa_sgpr64_set(w, ISA_EXEC, lanes == 64 ? ~0ull : 0xffffffff);
}

static inline void memory_setup(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, BASE, BYTES, memory, SIM_VM_READ | SIM_VM_WRITE), 0);
    ck_assert_int_eq(sim_vm_map(&vm, SCRATCH, sizeof scratch, scratch, SIM_VM_READ | SIM_VM_WRITE), 0);
    group = (struct isa_group){.lds = lds, .lds_bytes = LDS_BYTES, .n_waves = 1};
    for (unsigned i = 0; i < BYTES; i++)
        memory[i] = (uint8_t)(i * 7 + i / 256);
    memset(vgpr, 0xee, sizeof vgpr);
    memset(agpr, 0xdd, sizeof agpr);
    memset(lds, 0, sizeof lds);
    memset(scratch, 0, sizeof scratch);
    setup_wave(&wave, 64, ISA_GFX940);
    sim_vm_enter(&vm);
}

static inline void memory_teardown(void)
{
    sim_vm_leave(&vm);
    free(vm.ranges);
    pthread_rwlock_destroy(&vm.lock);
}

/* ---- building ---- */

enum { V = ISA_VGPR, S = ISA_SGPR, A = ISA_AGPR };

static inline struct isa_operand reg(uint8_t kind, uint16_t number)
{
    return (struct isa_operand){.kind = kind, .type = ISA_B32, .reg = number};
}

static const struct isa_operand none = {.kind = ISA_NONE};

static inline void execute(struct isa_wave *w, const char *name, struct isa_inst inst)
{
    inst.generation = (uint8_t)w->generation;
    for (const struct isa_binding *b = isa_exec_memory; b->name; b++)
        if (!strcmp(b->name, name)) {
            b->exec(w, &inst);
            return;
        }
    ck_abort_msg("%s has no function", name);
}

/* v[0:1]: address; v[8:..]: data; v[16:..]: result */
static inline struct isa_inst global(int offset)
{
    return (struct isa_inst){
        .format = ISA_GLOBAL, .offset = offset, .src = {reg(V, 0), none, reg(V, 8)}, .dst = reg(V, 16)};
}

static inline struct isa_inst flat(int offset)
{
    struct isa_inst inst = global(offset);
    inst.format = ISA_FLAT;
    return inst;
}

static inline struct isa_inst private(int offset)
{
    struct isa_inst inst = global(offset);
    inst.format = ISA_SCRATCH;
    return inst;
}

static inline struct isa_inst ds(int offset)
{
    return (struct isa_inst){
        .format = ISA_DS, .offset = offset, .src = {reg(V, 0), reg(V, 8), reg(V, 12)}, .dst = reg(V, 16)};
}

static inline void set_address(unsigned lane, uint64_t va)
{
    vgpr[0][lane] = (uint32_t)va;
    vgpr[1][lane] = (uint32_t)(va >> 32);
}

/* Lane l at BASE + first + l * step. */
static inline void set_addresses(uint64_t first, uint64_t step)
{
    for (unsigned l = 0; l < 64; l++)
        set_address(l, BASE + first + l * step);
}

static inline uint32_t word_at(const uint8_t *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* What main() is to return. */
static inline int run_memory(const char *name, const TTest *const *tests, unsigned n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, memory_setup, memory_teardown);
    for (unsigned i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

#endif
