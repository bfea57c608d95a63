/*
 * test_isa_memory.c - memory and LDS instructions on a hand-made wave: addresses, sizes, lanes, faults,
 * atomics.
 *
 * Invariant: instructions are built field by field, so a fault found here is not the decoder's.
 */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cu/wave.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

enum { PAGES = 4, BYTES = PAGES * SIM_PAGE, LDS_BYTES = 4096, ROWS = 64 };
static const uint64_t BASE = 0x7f0000100000, SCRATCH = 0x7f0000800000;

static _Alignas(SIM_PAGE) uint8_t memory[BYTES], scratch[64 * 256], lds[LDS_BYTES];
static struct sim_vm vm;
static struct isa_group group;
static struct isa_wave wave;
static _Alignas(64) uint32_t vgpr[ROWS][64], agpr[ROWS][64];

static void setup_wave(struct isa_wave *w, unsigned lanes, enum isa_generation generation)
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

static void setup(void)
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

static void teardown(void)
{
    sim_vm_leave(&vm);
    free(vm.ranges);
    pthread_rwlock_destroy(&vm.lock);
}

/* ---- building ---- */

enum { V = ISA_VGPR, S = ISA_SGPR, A = ISA_AGPR };

static struct isa_operand reg(uint8_t kind, uint16_t number)
{
    return (struct isa_operand){.kind = kind, .type = ISA_B32, .reg = number};
}

static const struct isa_operand none = {.kind = ISA_NONE};

static void execute(struct isa_wave *w, const char *name, struct isa_inst inst)
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
static struct isa_inst global(int offset)
{
    return (struct isa_inst){
        .format = ISA_GLOBAL, .offset = offset, .src = {reg(V, 0), none, reg(V, 8)}, .dst = reg(V, 16)};
}

static struct isa_inst flat(int offset)
{
    struct isa_inst inst = global(offset);
    inst.format = ISA_FLAT;
    return inst;
}

static struct isa_inst private(int offset)
{
    struct isa_inst inst = global(offset);
    inst.format = ISA_SCRATCH;
    return inst;
}

static struct isa_inst ds(int offset)
{
    return (struct isa_inst){
        .format = ISA_DS, .offset = offset, .src = {reg(V, 0), reg(V, 8), reg(V, 12)}, .dst = reg(V, 16)};
}

static void set_address(unsigned lane, uint64_t va)
{
    vgpr[0][lane] = (uint32_t)va;
    vgpr[1][lane] = (uint32_t)(va >> 32);
}

/* Lane l at BASE + first + l * step. */
static void set_addresses(uint64_t first, uint64_t step)
{
    for (unsigned l = 0; l < 64; l++)
        set_address(l, BASE + first + l * step);
}

static uint32_t word_at(const uint8_t *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* ---- loads and stores ---- */

START_TEST(neighbouring_lanes_load_neighbouring_dwords)
{
    set_addresses(64, 4);
    execute(&wave, "global_load_dword", global(-4));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], word_at(memory + 60 + l * 4));
}
END_TEST

START_TEST(lanes_that_are_switched_off_load_and_store_nothing)
{
    uint8_t before[BYTES];
    memcpy(before, memory, BYTES);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, l % 2 ? 0 : BASE + l * 4); /* the odd ones would fault */
    isa_sgpr64_set(&wave, ISA_EXEC, 0x5555555555555555);
    execute(&wave, "global_load_b32", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l % 2 ? 0xeeeeeeee : word_at(memory + l * 4));
    execute(&wave, "global_store_b32", global(0));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(word_at(memory + l * 4), l % 2 ? word_at(before + l * 4) : 0xeeeeeeee);
}
END_TEST

START_TEST(scattered_and_unaligned_lanes_load_any_width)
{
    static const struct {
        const char *name;
        unsigned dwords;
    } width[] = {{"global_load_dword", 1},
                 {"global_load_dwordx2", 2},
                 {"global_load_b96", 3},
                 {"global_load_b128", 4}};
    for (unsigned i = 0; i < 4; i++) {
        set_addresses(3, 113);
        execute(&wave, width[i].name, global(0));
        for (unsigned l = 0; l < 64; l++)
            for (unsigned d = 0; d < width[i].dwords; d++)
                ck_assert_uint_eq(vgpr[16 + d][l], word_at(memory + 3 + l * 113 + d * 4));
        ck_assert_uint_eq(vgpr[16 + width[i].dwords][0], 0xeeeeeeee);
    }
}
END_TEST

START_TEST(a_load_may_overwrite_its_own_address)
{
    set_addresses(0, 16);
    struct isa_inst inst = global(0);
    inst.dst = reg(V, 0);
    execute(&wave, "global_load_dwordx4", inst);
    for (unsigned l = 0; l < 64; l++)
        for (unsigned d = 0; d < 4; d++)
            ck_assert_uint_eq(vgpr[d][l], word_at(memory + l * 16 + d * 4));
}
END_TEST

START_TEST(short_loads_extend_or_keep_the_other_half)
{
    memory[0] = 0x80, memory[1] = 0xff;
    static const struct {
        const char *name;
        uint32_t expected;
    } one[] = {
        {"global_load_ubyte", 0x80},
        {"global_load_sbyte", 0xffffff80},
        {"global_load_ushort", 0xff80},
        {"global_load_sshort", 0xffffff80},
        {"global_load_ubyte_d16", 0xeeee0080},
        {"global_load_d16_i8", 0xeeeeff80},
        {"global_load_short_d16", 0xeeeeff80},
        {"global_load_d16_hi_u8", 0x0080eeee},
        {"global_load_sbyte_d16_hi", 0xff80eeee},
        {"global_load_d16_hi_b16", 0xff80eeee},
    };
    set_addresses(0, 0);
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        vgpr[16][5] = 0xeeeeeeee;
        execute(&wave, one[i].name, global(0));
        ck_assert_msg(vgpr[16][5] == one[i].expected, "%s gives 0x%x", one[i].name, vgpr[16][5]);
    }
}
END_TEST

START_TEST(stores_write_their_size_and_no_more)
{
    static const struct {
        const char *name;
        unsigned bytes, from;
    } one[] = {{"global_store_byte", 1, 0},        {"global_store_b16", 2, 0},
               {"global_store_dword", 4, 0},       {"global_store_dwordx2", 8, 0},
               {"global_store_b96", 12, 0},        {"global_store_dwordx4", 16, 0},
               {"global_store_byte_d16_hi", 1, 2}, {"global_store_short_d16_hi", 2, 2}};
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint8_t data[16];
        memset(memory, 0x11, BYTES);
        set_addresses(1, 32);
        for (unsigned b = 0; b < 16; b++)
            data[b] = (uint8_t)(0xa0 + b);
        for (unsigned l = 0; l < 64; l++)
            for (unsigned d = 0; d < 4; d++)
                vgpr[8 + d][l] = word_at(data + d * 4);
        execute(&wave, one[i].name, global(0));
        for (unsigned l = 0; l < 64; l++) {
            const uint8_t *at = memory + 1 + l * 32;
            ck_assert_mem_eq(at, data + one[i].from, one[i].bytes);
            ck_assert_uint_eq(at[-1], 0x11);
            ck_assert_uint_eq(at[one[i].bytes], 0x11);
        }
    }
}
END_TEST

START_TEST(a_scalar_base_takes_a_32_bit_unsigned_index)
{
    struct isa_inst inst = global(16);
    inst.src[1] = reg(S, 4);
    isa_sgpr64_set(&wave, 4, BASE - 0xfffffff0ull);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 0xfffffff0u + (l < 16 ? 0 : 0), vgpr[1][l] = 0xbad;
    execute(&wave, "global_load_dword", inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    ck_assert_uint_eq(vgpr[16][9], word_at(memory + 16));
}
END_TEST

START_TEST(accumulation_registers_hold_data_too)
{
    struct isa_inst inst = global(0);
    inst.dst = reg(A, 3);
    set_addresses(0, 8);
    execute(&wave, "global_load_dwordx2", inst);
    ck_assert_uint_eq(agpr[4][7], word_at(memory + 7 * 8 + 4));
}
END_TEST

START_TEST(wave32_leaves_the_upper_lanes_alone)
{
    setup_wave(&wave, 32, ISA_GFX11);
    set_addresses(0, 4);
    execute(&wave, "global_load_b32", global(0));
    ck_assert_uint_eq(vgpr[16][31], word_at(memory + 31 * 4));
    ck_assert_uint_eq(vgpr[16][32], 0xeeeeeeee);
    execute(&wave, "global_store_b32", global(SIM_PAGE));
    ck_assert_uint_eq(word_at(memory + SIM_PAGE + 31 * 4), 0xeeeeeeee);
    ck_assert_uint_ne(word_at(memory + SIM_PAGE + 32 * 4), 0xeeeeeeee);
}
END_TEST

/* ---- mappings ---- */

START_TEST(an_access_may_straddle_two_ranges)
{
    static _Alignas(SIM_PAGE) uint8_t low[SIM_PAGE], high[SIM_PAGE];
    const uint64_t at = 0x40000000;
    memset(low, 0x12, sizeof low);
    memset(high, 0x34, sizeof high);
    sim_vm_leave(&vm);
    ck_assert_int_eq(sim_vm_map(&vm, at, SIM_PAGE, low, SIM_VM_READ | SIM_VM_WRITE), 0);
    ck_assert_int_eq(sim_vm_map(&vm, at + SIM_PAGE, SIM_PAGE, high, SIM_VM_READ | SIM_VM_WRITE), 0);
    sim_vm_enter(&vm);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, at + SIM_PAGE - 6);
    execute(&wave, "global_load_dwordx4", global(0));
    ck_assert_uint_eq(vgpr[16][0], 0x12121212);
    ck_assert_uint_eq(vgpr[17][0], 0x34341212);
    ck_assert_uint_eq(vgpr[18][63], 0x34343434);
    vgpr[8][63] = 0xddccbbaa;
    isa_sgpr64_set(&wave, ISA_EXEC, 1ull << 63);
    execute(&wave, "global_store_dword", global(4));
    ck_assert_uint_eq(low[SIM_PAGE - 2], 0xaa);
    ck_assert_uint_eq(low[SIM_PAGE - 1], 0xbb);
    ck_assert_uint_eq(high[0], 0xcc);
    ck_assert_uint_eq(high[1], 0xdd);
}
END_TEST

START_TEST(the_first_active_lane_outside_every_mapping_is_the_fault)
{
    set_addresses(0, 4);
    set_address(3, 0x1000); /* not active */
    set_address(40, BASE + BYTES - 2);
    set_address(41, 0x2000);
    isa_sgpr64_set(&wave, ISA_EXEC, ~(1ull << 3));
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + BYTES);
    ck_assert_uint_eq(wave.fault_access, SIM_VM_READ);
    ck_assert(wave.fault_not_present);
}
END_TEST

START_TEST(writing_what_may_only_be_read_is_a_fault_of_another_kind)
{
    const uint64_t at = 0x50000000;
    sim_vm_leave(&vm);
    ck_assert_int_eq(sim_vm_map(&vm, at, SIM_PAGE, memory, SIM_VM_READ), 0);
    sim_vm_enter(&vm);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, at + l * 4);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    execute(&wave, "global_store_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, at);
    ck_assert_uint_eq(wave.fault_access, SIM_VM_WRITE);
    ck_assert(!wave.fault_not_present);
}
END_TEST

START_TEST(an_unmap_is_seen_by_a_wave_that_has_used_the_range)
{
    set_addresses(0, 4);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    sim_vm_leave(&vm);
    sim_vm_unmap(&vm, BASE, SIM_PAGE);
    sim_vm_enter(&vm);
    execute(&wave, "global_load_dword", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE);
}
END_TEST

START_TEST(a_scalar_lookup_fails_at_the_end_of_its_range)
{
    ck_assert_ptr_eq(isa_memory(&wave, BASE + 8, 64, SIM_VM_READ), memory + 8);
    ck_assert_ptr_null(isa_memory(&wave, BASE + BYTES - 4, 8, SIM_VM_READ));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + BYTES);
}
END_TEST

/* ---- private memory ---- */

START_TEST(private_dwords_of_the_lanes_lie_side_by_side)
{
    struct isa_inst inst = private(0);
    inst.src[0] = none;
    inst.src[1] = reg(S, 2);
    wave.sgpr[2] = 24;
    inst.offset = -8;
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = 0x1000 + l, vgpr[9][l] = 0x2000 + l;
    execute(&wave, "scratch_store_dwordx2", inst);
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(scratch + (16 / 4 * 64 + l) * 4), 0x1000 + l);
        ck_assert_uint_eq(word_at(scratch + (20 / 4 * 64 + l) * 4), 0x2000 + l);
    }
    execute(&wave, "scratch_load_b64", inst);
    ck_assert_uint_eq(vgpr[17][63], 0x2000 + 63);
}
END_TEST

START_TEST(private_bytes_and_unaligned_dwords_go_through_the_interleaving)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l % 8, vgpr[8][l] = 0x04030201;
    struct isa_inst inst = private(40);
    inst.src[1] = reg(S, 2);
    wave.sgpr[2] = (uint32_t)-8;
    execute(&wave, "scratch_store_dword", inst);
    for (unsigned l = 0; l < 64; l++)
        for (unsigned b = 0; b < 4; b++) {
            unsigned o = 32 + l % 8 + b;
            ck_assert_uint_eq(scratch[(o / 4 * 64 + l) * 4 + o % 4], b + 1);
        }
    inst.offset = 42;
    execute(&wave, "scratch_load_ubyte", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], 3);
}
END_TEST

START_TEST(a_wave32_interleaves_32_lanes)
{
    setup_wave(&wave, 32, ISA_GFX11);
    struct isa_inst inst = private(12);
    inst.src[0] = none;
    for (unsigned l = 0; l < 32; l++)
        vgpr[8][l] = 0x7000 + l;
    execute(&wave, "scratch_store_b32", inst);
    for (unsigned l = 0; l < 32; l++)
        ck_assert_uint_eq(word_at(scratch + (12 / 4 * 32 + l) * 4), 0x7000 + l);
}
END_TEST

START_TEST(private_memory_ends_where_the_dispatch_said)
{
    static const int outside[] = {-4, 256, 254};
    struct isa_inst inst = private(252);
    inst.src[0] = none;
    execute(&wave, "scratch_store_dword", inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned i = 0; i < 3; i++) {
        wave.state = ISA_RUNNING;
        inst.offset = outside[i];
        execute(&wave, "scratch_store_dword", inst);
        ck_assert_int_eq(wave.state, ISA_FAULTED);
        ck_assert_uint_eq(wave.fault_access, SIM_VM_WRITE);
    }
}
END_TEST

START_TEST(a_generic_address_decides_lane_by_lane)
{
    for (unsigned l = 0; l < 64; l++) {
        set_address(l, l % 3 == 0 ? BASE + l * 4 : l % 3 == 1 ? (1ull << 48) + l * 8 : (2ull << 48) + 16);
        vgpr[8][l] = 0x5000 + l;
    }
    execute(&wave, "flat_store_dword", flat(4));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 64; l++) {
        const uint8_t *at = l % 3 == 0   ? memory + l * 4 + 4
                            : l % 3 == 1 ? lds + l * 8 + 4
                                         : scratch + (20 / 4 * 64 + l) * 4;
        ck_assert_uint_eq(word_at(at), 0x5000 + l);
    }
    execute(&wave, "flat_load_b32", flat(4));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], 0x5000 + l);
}
END_TEST

/* ---- LDS ---- */

START_TEST(lds_outside_the_groups_part_reads_0_and_drops_writes)
{
    group.lds_bytes = 512;
    memset(lds, 0x77, sizeof lds);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 16, vgpr[8][l] = 0x12345678;
    vgpr[0][63] = 0xfffffff0;
    execute(&wave, "ds_read_b32", ds(0));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l < 32 ? 0x77777777 : 0);
    execute(&wave, "ds_write_b32", ds(0));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    for (unsigned l = 0; l < 63; l++)
        ck_assert_uint_eq(word_at(lds + l * 16), l < 32 ? 0x12345678 : 0x77777777);
    /* begins inside and ends outside */
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 508;
    execute(&wave, "ds_read_b64", ds(0));
    ck_assert_uint_eq(vgpr[17][5], 0);
    execute(&wave, "ds_write_b64", ds(0));
    ck_assert_uint_eq(word_at(lds + 512), 0x77777777);
}
END_TEST

START_TEST(two_address_forms_count_in_elements_or_in_64_of_them)
{
    for (unsigned l = 0; l < 64; l++) {
        vgpr[0][l] = l * 8;
        vgpr[8][l] = l, vgpr[9][l] = 0x100 + l;
        vgpr[12][l] = 0x200 + l, vgpr[13][l] = 0x300 + l;
    }
    execute(&wave, "ds_store_2addr_b32", ds(1 | 0 << 8));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(lds + l * 8 + 4), l);
        ck_assert_uint_eq(word_at(lds + l * 8), 0x200 + l);
    }
    execute(&wave, "ds_write2st64_b64", ds(1 | 3 << 8));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(lds + l * 8 + 512), l);
        ck_assert_uint_eq(word_at(lds + l * 8 + 3 * 512 + 4), 0x300 + l);
    }
    execute(&wave, "ds_read2_b64", ds(64 | 192 << 8));
    for (unsigned l = 0; l < 64; l++)
        ck_assert(vgpr[16][l] == l && vgpr[17][l] == 0x100 + l && vgpr[18][l] == 0x200 + l &&
                  vgpr[19][l] == 0x300 + l);
    execute(&wave, "ds_load_2addr_stride64_b32", ds(2 | 6 << 8));
    ck_assert_uint_eq(vgpr[16][9], 9);
    ck_assert_uint_eq(vgpr[17][9], 0x200 + 9);
}
END_TEST

START_TEST(lds_moves_every_width)
{
    for (unsigned i = 0; i < sizeof lds; i++)
        lds[i] = (uint8_t)(i * 5);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 20 + 1;
    execute(&wave, "ds_load_b128", ds(2));
    for (unsigned l = 0; l < 64; l++)
        for (unsigned d = 0; d < 4; d++)
            ck_assert_uint_eq(vgpr[16 + d][l], word_at(lds + l * 20 + 3 + d * 4));
    lds[41 + 0] = 0x85;
    execute(&wave, "ds_read_i8", ds(0));
    ck_assert_uint_eq(vgpr[16][2], 0xffffff85);
    vgpr[16][2] = 0xaaaabbbb;
    execute(&wave, "ds_read_u8_d16_hi", ds(0));
    ck_assert_uint_eq(vgpr[16][2], 0x0085bbbb);
    vgpr[8][2] = 0xcafe1234;
    execute(&wave, "ds_write_b16_d16_hi", ds(0));
    ck_assert_uint_eq(lds[41], 0xfe);
    ck_assert_uint_eq(lds[42], 0xca);
}
END_TEST

START_TEST(compare_and_store_takes_its_operands_in_the_generations_order)
{
    static const struct {
        const char *name;
        uint32_t expected;
    } one[] = {{"ds_cmpst_rtn_b32", 22}, {"ds_cmpstore_rtn_b32", 5}};
    for (unsigned i = 0; i < 2; i++) {
        isa_sgpr64_set(&wave, ISA_EXEC, 1);
        vgpr[0][0] = 8, vgpr[8][0] = 5, vgpr[12][0] = 22; /* cmpst: 5 is compared; cmpstore: 5 is stored */
        memcpy(lds + 8, i == 0 ? &(uint32_t){5} : &(uint32_t){22}, 4);
        execute(&wave, one[i].name, ds(0));
        ck_assert_uint_eq(word_at(lds + 8), one[i].expected);
        ck_assert_uint_eq(vgpr[16][0], i == 0 ? 5 : 22);
    }
}
END_TEST

START_TEST(lds_atomics_of_one_address_follow_one_another)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 16, vgpr[8][l] = l + 1;
    execute(&wave, "ds_add_rtn_u32", ds(0));
    uint32_t sum = 0;
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(vgpr[16][l], sum);
        sum += l + 1;
    }
    ck_assert_uint_eq(word_at(lds + 16), sum);
    struct isa_inst inst = ds(0);
    inst.dst = none;
    execute(&wave, "ds_max_u32", inst);
    ck_assert_uint_eq(word_at(lds + 16), sum);
    float f[64];
    for (unsigned l = 0; l < 64; l++)
        f[l] = 0.5f;
    memcpy(vgpr[8], f, sizeof f);
    memset(lds + 16, 0, 4);
    execute(&wave, "ds_add_f32", inst);
    memcpy(f, lds + 16, 4);
    ck_assert_float_eq(f[0], 32);
}
END_TEST

START_TEST(append_and_consume_move_a_counter_by_the_active_lanes)
{
    wave.sgpr[ISA_M0] = 64;
    isa_sgpr64_set(&wave, ISA_EXEC, 0xff00);
    memcpy(lds + 68, &(uint32_t){100}, 4);
    struct isa_inst inst = ds(4);
    inst.src[0] = inst.src[1] = none;
    execute(&wave, "ds_append", inst);
    ck_assert_uint_eq(vgpr[16][8], 100);
    ck_assert_uint_eq(vgpr[16][7], 0xeeeeeeee);
    execute(&wave, "ds_consume", inst);
    ck_assert_uint_eq(vgpr[16][15], 108);
    ck_assert_uint_eq(word_at(lds + 68), 100);
}
END_TEST

START_TEST(lanes_by_number_use_m0)
{
    wave.sgpr[ISA_M0] = 256;
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = l * 3;
    struct isa_inst inst = ds(16);
    inst.src[0] = none;
    execute(&wave, "ds_write_addtid_b32", inst);
    ck_assert_uint_eq(word_at(lds + 272 + 4 * 10), 30);
    execute(&wave, "ds_load_addtid_b32", inst);
    ck_assert_uint_eq(vgpr[16][63], 63 * 3);
}
END_TEST

/* Elements of 4 and 6 bits: 16 by 16, transposed. Of 8 bits: 8 by 8, of even lanes for the first eight, of
 * odd ones for the others. Of 16: 4 by 4, of each fourth lane. */
static unsigned bits_at(const uint8_t *from, unsigned at, unsigned bits)
{
    unsigned value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (unsigned)(from[(at + i) / 8] >> (at + i) % 8 & 1) << i;
    return value;
}

static unsigned result_at(unsigned lane, unsigned at, unsigned bits)
{
    unsigned value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (vgpr[16 + (at + i) / 32][lane] >> (at + i) % 32 & 1) << i;
    return value;
}

START_TEST(transposing_loads_give_columns_to_rows_of_16_lanes)
{
    static const struct {
        const char *name;
        unsigned bits, n;
    } loads[] = {{"ds_read_b64_tr_b4", 4, 16},
                 {"ds_read_b96_tr_b6", 6, 16},
                 {"ds_read_b64_tr_b8", 8, 8},
                 {"ds_read_b64_tr_b16", 16, 4}};
    enum { STEP = 20, OFFSET = 4, OFF = 37 };
    wave.generation = ISA_GFX950;
    for (unsigned i = 0; i < sizeof lds; i++)
        lds[i] = (uint8_t)(i * i * 7 + i / 3);
    for (unsigned t = 0; t < 4; t++) {
        const unsigned bits = loads[t].bits, n = loads[t].n, apart = 16 / n;
        struct isa_inst inst = ds(OFFSET);
        for (unsigned l = 0; l < 64; l++)
            vgpr[0][l] = (63 - l) * STEP, vgpr[16][l] = 0x55;
        isa_sgpr64_set(&wave, ISA_EXEC, ~(UINT64_C(1) << OFF));
        execute(&wave, loads[t].name, inst);
        ck_assert_uint_eq(vgpr[16][OFF], 0x55);
        for (unsigned l = 0; l < 64; l++)
            for (unsigned i = 0; i < n && l != OFF; i++) {
                unsigned from = l / 16 * 16 + i * apart + l % 16 / n, element = l % n;
                unsigned expect =
                    from == OFF ? 0 : bits_at(lds + OFFSET + (63 - from) * STEP, element * bits, bits);
                ck_assert_msg(result_at(l, i * bits, bits) == expect, "%s lane %u element %u", loads[t].name,
                              l, i);
            }
    }
}
END_TEST

START_TEST(a_load_can_end_in_lds)
{
    wave.sgpr[ISA_M0] = 128;
    set_addresses(0, 12);
    struct isa_inst inst = global(4);
    inst.dst = none;
    execute(&wave, "global_load_lds_dword", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(word_at(lds + 128 + 4 + l * 4), word_at(memory + 4 + l * 12));
}
END_TEST

/* ---- between lanes ---- */

START_TEST(swizzle_has_four_ways_to_name_a_lane)
{
    struct isa_inst inst = ds(0);
    inst.src[0] = reg(V, 8);
    for (unsigned l = 0; l < 64; l++)
        vgpr[8][l] = 100 + l;
    inst.offset = 0x401f; /* xor with 16 */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][3], 119);
    ck_assert_uint_eq(vgpr[16][35], 151);
    inst.offset = 0x801b; /* reverse each four */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][4], 107);
    ck_assert_uint_eq(vgpr[16][63], 160);
    inst.offset = 0xc020; /* rotate by one */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][30], 131);
    ck_assert_uint_eq(vgpr[16][31], 100);
    inst.offset = 0xe000; /* bit reversal */
    execute(&wave, "ds_swizzle_b32", inst);
    ck_assert_uint_eq(vgpr[16][1], 116);
    isa_sgpr64_set(&wave, ISA_EXEC, 1);
    execute(&wave, "ds_swizzle_b32", (inst.offset = 0x401f, inst));
    ck_assert_uint_eq(vgpr[16][0], 0); /* from a lane that is off */
}
END_TEST

START_TEST(permutes_push_and_pull)
{
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = (l + 1) * 4, vgpr[8][l] = 500 + l;
    execute(&wave, "ds_permute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][0], 563);
    ck_assert_uint_eq(vgpr[16][33], 532);
    execute(&wave, "ds_bpermute_b32", ds(4));
    ck_assert_uint_eq(vgpr[16][0], 502);
    ck_assert_uint_eq(vgpr[16][62], 500);
    isa_sgpr64_set(&wave, ISA_EXEC, 3);
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][0], 501);
    ck_assert_uint_eq(vgpr[16][1], 0);
}
END_TEST

START_TEST(before_gfx12_a_wave64_of_rdna_permutes_within_halves)
{
    setup_wave(&wave, 64, ISA_GFX11);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = (l ^ 32) * 4, vgpr[8][l] = 500 + l;
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][5], 505);
    ck_assert_uint_eq(vgpr[16][40], 540);
    wave.generation = ISA_GFX12;
    execute(&wave, "ds_bpermute_b32", ds(0));
    ck_assert_uint_eq(vgpr[16][5], 537);
}
END_TEST

/* ---- atomics in GPU memory ---- */

static uint64_t bits64(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static uint32_t bits32(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static uint64_t atomic_once(const char *name, uint64_t old, uint64_t data, uint64_t data2, unsigned bytes,
                            uint64_t *returned)
{
    struct isa_inst inst = global(0);
    uint64_t after = 0;
    inst.glc = returned != NULL;
    isa_sgpr64_set(&wave, ISA_EXEC, 2);
    set_address(1, BASE + 64);
    memcpy(memory + 64, &old, 8);
    vgpr[8][1] = (uint32_t)data;
    vgpr[8 + bytes / 4][1] = (uint32_t)data2;
    if (bytes == 8) {
        vgpr[9][1] = (uint32_t)(data >> 32);
        vgpr[11][1] = (uint32_t)(data2 >> 32);
    }
    vgpr[16][1] = vgpr[17][1] = 0xeeeeeeee;
    execute(&wave, name, inst);
    memcpy(&after, memory + 64, bytes);
    if (returned)
        *returned = bytes == 4 ? vgpr[16][1] : vgpr[16][1] | (uint64_t)vgpr[17][1] << 32;
    else
        ck_assert_uint_eq(vgpr[16][1], 0xeeeeeeee);
    return after;
}

START_TEST(every_32_bit_atomic_does_its_operation_and_returns_the_old_value)
{
    const struct {
        const char *name;
        uint32_t old, data, data2, after;
    } one[] = {
        {"global_atomic_swap", 7, 9, 0, 9},
        {"global_atomic_cmpswap", 7, 9, 7, 9},
        {"global_atomic_cmpswap_b32", 7, 9, 8, 7},
        {"global_atomic_add_u32", 7, 0xffffffff, 0, 6},
        {"global_atomic_sub", 7, 9, 0, 0xfffffffe},
        {"global_atomic_csub_u32", 7, 9, 0, 0},
        {"global_atomic_smin", 0xffffffff, 1, 0, 0xffffffff},
        {"global_atomic_min_u32", 0xffffffff, 1, 0, 1},
        {"global_atomic_max_i32", 0xffffffff, 1, 0, 1},
        {"global_atomic_umax", 0xffffffff, 1, 0, 0xffffffff},
        {"global_atomic_and", 12, 10, 0, 8},
        {"global_atomic_or_b32", 12, 10, 0, 14},
        {"global_atomic_xor", 12, 10, 0, 6},
        {"global_atomic_inc", 7, 7, 0, 0},
        {"global_atomic_inc_u32", 6, 7, 0, 7},
        {"global_atomic_dec", 0, 7, 0, 7},
        {"global_atomic_dec_u32", 9, 7, 0, 7},
        {"global_atomic_dec_u32", 5, 7, 0, 4},
        {"global_atomic_add_f32", bits32(1.5f), bits32(2), 0, bits32(3.5f)},
        {"global_atomic_min_f32", bits32(1.5f), bits32(-2), 0, bits32(-2)},
        {"global_atomic_max_f32", bits32(NAN), bits32(-2), 0, bits32(-2)},
        {"global_atomic_pk_add_f16", 0x3c004000, 0x3c003c00, 0, 0x40004200},
        {"global_atomic_pk_add_f16", 0x00017bff, 0x00017bff, 0, 0x00027c00},
        {"global_atomic_pk_add_bf16", 0x3f804000, 0x3f803f80, 0, 0x40004040},
    };
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint64_t returned;
        uint64_t after = atomic_once(one[i].name, one[i].old, one[i].data, one[i].data2, 4, &returned);
        ck_assert_msg(after == one[i].after, "%s leaves 0x%llx", one[i].name, (unsigned long long)after);
        ck_assert_msg(returned == one[i].old, "%s returns 0x%llx", one[i].name, (unsigned long long)returned);
    }
}
END_TEST

START_TEST(every_64_bit_atomic_does_its_operation)
{
    const struct {
        const char *name;
        uint64_t old, data, data2, after;
    } one[] = {
        {"global_atomic_add_x2", 0xffffffff, 1, 0, 0x100000000},
        {"global_atomic_sub_u64", 0, 1, 0, ~0ull},
        {"global_atomic_cmpswap_x2", 5ull << 40, 9ull << 33, 5ull << 40, 9ull << 33},
        {"global_atomic_swap_b64", 1, 0x123456789a, 0, 0x123456789a},
        {"global_atomic_smin_x2", 5, ~0ull, 0, ~0ull},
        {"global_atomic_max_u64", 5, ~0ull, 0, ~0ull},
        {"global_atomic_or_x2", 1ull << 40, 1, 0, (1ull << 40) | 1},
        {"global_atomic_inc_u64", 1ull << 40, 1ull << 40, 0, 0},
        {"global_atomic_add_f64", bits64(0.5), bits64(0.25), 0, bits64(0.75)},
        {"global_atomic_max_f64", bits64(0.5), bits64(0.25), 0, bits64(0.5)},
        {"global_atomic_min_f64", bits64(0.0), bits64(-0.0), 0, bits64(-0.0)},
    };
    for (unsigned i = 0; i < sizeof one / sizeof one[0]; i++) {
        uint64_t returned;
        uint64_t after = atomic_once(one[i].name, one[i].old, one[i].data, one[i].data2, 8, &returned);
        ck_assert_msg(after == one[i].after, "%s leaves 0x%llx", one[i].name, (unsigned long long)after);
        ck_assert_msg(returned == one[i].old, "%s returns 0x%llx", one[i].name, (unsigned long long)returned);
    }
}
END_TEST

START_TEST(an_atomic_that_is_not_asked_to_returns_nothing)
{
    ck_assert_uint_eq(atomic_once("global_atomic_add", 1, 2, 0, 4, NULL), 3);
}
END_TEST

START_TEST(an_unaligned_atomic_is_a_fault)
{
    set_addresses(2, 4);
    execute(&wave, "global_atomic_add", global(0));
    ck_assert_int_eq(wave.state, ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, BASE + 2);
    ck_assert(!wave.fault_not_present);
}
END_TEST

static void *add_much(void *unused)
{
    (void)unused;
    static uint32_t more[ROWS][64];
    struct isa_wave w;
    setup_wave(&w, 64, ISA_GFX940);
    w.vgpr = more;
    for (unsigned l = 0; l < 64; l++) {
        more[0][l] = (uint32_t)(BASE + 128);
        more[1][l] = (uint32_t)((BASE + 128) >> 32);
        more[8][l] = 1;
    }
    for (unsigned i = 0; i < 500; i++)
        execute(&w, "global_atomic_add", global(0));
    return NULL;
}

START_TEST(atomics_of_waves_on_two_threads_and_of_the_cpu_add_up)
{
    pthread_t other;
    _Atomic uint32_t *counter = (_Atomic uint32_t *)(memory + 128);
    *counter = 0;
    ck_assert_int_eq(pthread_create(&other, NULL, add_much, NULL), 0);
    for (unsigned l = 0; l < 64; l++)
        set_address(l, BASE + 128), vgpr[8][l] = 1;
    for (unsigned i = 0; i < 500; i++) {
        execute(&wave, "global_atomic_add", global(0));
        atomic_fetch_add(counter, 1);
    }
    pthread_join(other, NULL);
    ck_assert_uint_eq(*counter, 2 * 500 * 64 + 500);
}
END_TEST

/* ---- buffers ---- */

/* s[4:7]: the resource, v0 (v1): index and offset, s8: soffset */
static struct isa_inst buffer(int offset)
{
    return (struct isa_inst){.format = ISA_MUBUF,
                             .offset = offset,
                             .offen = true,
                             .src = {reg(V, 0), reg(S, 4), reg(S, 8), reg(V, 8)},
                             .dst = reg(V, 16)};
}

static void set_resource(uint64_t base, uint32_t high, uint32_t records, uint32_t word3)
{
    wave.sgpr[4] = (uint32_t)base;
    wave.sgpr[5] = (uint32_t)(base >> 32) | high;
    wave.sgpr[6] = records;
    wave.sgpr[7] = word3;
    wave.sgpr[8] = 0;
}

START_TEST(a_raw_buffer_reads_0_past_its_end)
{
    set_resource(BASE, 0, 100, 0);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l * 4;
    execute(&wave, "buffer_load_dword", buffer(8));
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l * 4 + 12 <= 100 ? word_at(memory + 8 + l * 4) : 0);
    uint32_t beyond = word_at(memory + 100);
    execute(&wave, "buffer_store_dwordx2", buffer(8));
    ck_assert_int_eq(wave.state, ISA_RUNNING);
    ck_assert_uint_eq(word_at(memory + 96), 0xeeeeeeee);
    ck_assert_uint_eq(word_at(memory + 100), beyond);
}
END_TEST

START_TEST(an_indexed_buffer_steps_by_its_stride)
{
    struct isa_inst inst = buffer(4);
    inst.idxen = true;
    inst.offen = false;
    set_resource(BASE, 24u << 16, 50, 0);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = l;
    wave.sgpr[8] = 100;
    execute(&wave, "buffer_load_b32", inst);
    for (unsigned l = 0; l < 64; l++)
        ck_assert_uint_eq(vgpr[16][l], l < 50 ? word_at(memory + 100 + l * 24 + 4) : 0);
}
END_TEST

/* The private segment buffer of gfx90a: swizzled by lanes, word 3 as ROCr writes it. */
START_TEST(a_scratch_buffer_interleaves_the_lanes)
{
    set_resource(SCRATCH, 0x80000000, sizeof scratch, 0x00ea4fac);
    for (unsigned l = 0; l < 64; l++)
        vgpr[0][l] = 8, vgpr[8][l] = 0x6000 + l, vgpr[9][l] = 0x9000 + l;
    execute(&wave, "buffer_store_dwordx2", buffer(4));
    for (unsigned l = 0; l < 64; l++) {
        ck_assert_uint_eq(word_at(scratch + (12 / 4 * 64 + l) * 4), 0x6000 + l);
        ck_assert_uint_eq(word_at(scratch + (16 / 4 * 64 + l) * 4), 0x9000 + l);
    }
    execute(&wave, "buffer_load_dword", buffer(8));
    ck_assert_uint_eq(vgpr[16][33], 0x9000 + 33);
}
END_TEST

START_TEST(no_name_is_bound_twice)
{
    for (const struct isa_binding *b = isa_exec_memory; b->name; b++)
        for (const struct isa_binding *c = b + 1; c->name; c++)
            ck_assert_str_ne(b->name, c->name);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        neighbouring_lanes_load_neighbouring_dwords,
        lanes_that_are_switched_off_load_and_store_nothing,
        scattered_and_unaligned_lanes_load_any_width,
        a_load_may_overwrite_its_own_address,
        short_loads_extend_or_keep_the_other_half,
        stores_write_their_size_and_no_more,
        a_scalar_base_takes_a_32_bit_unsigned_index,
        accumulation_registers_hold_data_too,
        wave32_leaves_the_upper_lanes_alone,
        an_access_may_straddle_two_ranges,
        the_first_active_lane_outside_every_mapping_is_the_fault,
        writing_what_may_only_be_read_is_a_fault_of_another_kind,
        an_unmap_is_seen_by_a_wave_that_has_used_the_range,
        a_scalar_lookup_fails_at_the_end_of_its_range,
        private_dwords_of_the_lanes_lie_side_by_side,
        private_bytes_and_unaligned_dwords_go_through_the_interleaving,
        a_wave32_interleaves_32_lanes,
        private_memory_ends_where_the_dispatch_said,
        a_generic_address_decides_lane_by_lane,
        lds_outside_the_groups_part_reads_0_and_drops_writes,
        two_address_forms_count_in_elements_or_in_64_of_them,
        lds_moves_every_width,
        compare_and_store_takes_its_operands_in_the_generations_order,
        lds_atomics_of_one_address_follow_one_another,
        append_and_consume_move_a_counter_by_the_active_lanes,
        lanes_by_number_use_m0,
        transposing_loads_give_columns_to_rows_of_16_lanes,
        a_load_can_end_in_lds,
        swizzle_has_four_ways_to_name_a_lane,
        permutes_push_and_pull,
        before_gfx12_a_wave64_of_rdna_permutes_within_halves,
        every_32_bit_atomic_does_its_operation_and_returns_the_old_value,
        every_64_bit_atomic_does_its_operation,
        an_atomic_that_is_not_asked_to_returns_nothing,
        an_unaligned_atomic_is_a_fault,
        atomics_of_waves_on_two_threads_and_of_the_cpu_add_up,
        a_raw_buffer_reads_0_past_its_end,
        an_indexed_buffer_steps_by_its_stride,
        a_scratch_buffer_interleaves_the_lanes,
        no_name_is_bound_twice,
    };
    Suite *suite = suite_create("isa_memory");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
