/*
 * test_isa_traces.c - where traces of machine code begin and end: pages, barriers, loops, faults, branches.
 */
#include "isa_vector.h"

#include "run_suite.h"
#include "sim/cu/jit.h"
#include "sim/cu/op_code.h"
#include "sim/memory/vm.h"

#include <unistd.h>

enum { CODE_VA = 0x100000, DATA_VA = 0x200000, PAGE = 4096, PAGES = 2 };
static uint32_t code[PAGES * PAGE / 4] __attribute__((aligned(PAGE))),
    data[PAGE / 4] __attribute__((aligned(PAGE)));
static struct sim_vm vm;
static struct isa_cache *cache;

static void machine_start(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, sizeof code, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    ck_assert_int_eq(sim_vm_map(&vm, DATA_VA, PAGE, data, SIM_VM_READ | SIM_VM_WRITE), 0);
    cache = isa_cache_new();
    ck_assert_ptr_nonnull(cache);
    sim_vm_enter(&vm);
}

static void machine_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
}

static void wave_begin_on(enum isa_generation generation, unsigned lanes, unsigned slot)
{
    wave_start(generation, lanes, MODE_USUAL);
    wave.vm = &vm;
    wave.pc = CODE_VA + slot * 4;
}

static void wave_begin(unsigned slot)
{
    wave_begin_on(ISA_GFX940, 64, slot);
}

static bool is_translated(const struct isa_op *op)
{
    return op->compiled[0] || op->compiled[1];
}

START_TEST(a_loop_across_the_end_of_a_page_becomes_machine_code)
{
    enum { FIRST = PAGE / 4 - 5 };
    static const uint32_t loop[] = {
        0x7e000280, /* v_mov_b32 v0, 0 */
        0xbe800080, /* s_mov_b32 s0, 0 */
        0x68000081, /* v_add_u32 v0, 1, v0 */
        0x80008100, /* s_add_u32 s0, s0, 1 */
        0xbf0a0100, /* s_cmp_lt_u32 s0, s1; the next page: */
        0xbf85fffc, /* s_cbranch_scc1 to the v_add_u32 */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code + FIRST, loop, sizeof loop);
    for (unsigned run = 0; run < 3; run++) {
        wave_begin(FIRST);
        wave.sgpr[1] = 100;
        ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
        ck_assert_uint_eq(wave.instructions, 2 + 4 * 100 + 1);
        ck_assert_uint_eq(vgprs[0][63], 100);
    }
    wave_begin(FIRST + 2);
    const struct isa_op *head = code_find(&wave, cache);
    ck_assert(!jit_on() || is_translated(head));
    machine_end();
}
END_TEST

/* The way into it passes over that, the way back does not. */
START_TEST(a_loop_may_begin_with_what_does_nothing)
{
    static const uint32_t words[] = {
        0x7e000280, /* v_mov_b32 v0, 0 */
        0xbe800080, /* s_mov_b32 s0, 0 */
        0xbf800000, /* s_nop 0 */
        0x68000081, /* v_add_u32 v0, 1, v0 */
        0x80008100, /* s_add_u32 s0, s0, 1 */
        0xbf0a0100, /* s_cmp_lt_u32 s0, s1 */
        0xbf85fffb, /* s_cbranch_scc1 to the s_nop */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    for (unsigned run = 0; run < 40; run++) {
        wave_begin(0);
        wave.sgpr[1] = 100;
        ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
        ck_assert_uint_eq(wave.instructions, 2 + 5 * 100 + 1);
        ck_assert_uint_eq(vgprs[0][63], 100);
    }
    machine_end();
}
END_TEST

START_TEST(a_trace_that_comes_to_a_barrier_leaves_the_wave_behind_it)
{
    static const uint32_t words[] = {
        0x7e000281, /* v_mov_b32 v0, 1 */
        0xbf8a0000, /* s_barrier */
        0x68000081, /* v_add_u32 v0, 1, v0 */
        0x68000081, /* v_add_u32 v0, 1, v0 */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    for (unsigned run = 0; run < 40; run++) {
        wave_begin(0);
        if (run & 1)
            isa_sgpr64_set(&wave, ISA_EXEC, 1ull << 63);
        ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_BARRIER);
        ck_assert_uint_eq(wave.pc, CODE_VA + 8);
        ck_assert_uint_eq(wave.instructions, 2);
        ck_assert_uint_eq(vgprs[0][63], 1);
        ck_assert_uint_eq(vgprs[0][0], !(run & 1));
        wave.state = ISA_RUNNING;
        ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
        ck_assert_uint_eq(wave.pc, CODE_VA + 20);
        ck_assert_uint_eq(wave.instructions, 5);
        ck_assert_uint_eq(vgprs[0][63], 3);
    }
    wave_begin(2); /* what is behind the barrier is a trace of its own */
    ck_assert(!jit_on() || is_translated(code_find(&wave, cache)));
    machine_end();
}
END_TEST

START_TEST(a_lane_mask_made_at_the_end_of_a_page_is_there_on_the_next)
{
    enum { FIRST = PAGE / 4 - 2 };
    static const uint32_t words[] = {
        0x7e020294, /* v_mov_b32 v1, 20 */
        0x7d920300, /* v_cmp_lt_u32 vcc, v0, v1; the next page: */
        0x00040300, /* v_cndmask_b32 v2, v0, v1, vcc */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code + FIRST, words, sizeof words);
    for (unsigned run = 0; run < 8; run++) {
        uint64_t exec = run & 1 ? 0x5555555555555555 : ~UINT64_C(0);
        wave_begin(FIRST);
        isa_sgpr64_set(&wave, ISA_EXEC, exec);
        for (unsigned i = 0; i < 64; i++)
            vgprs[0][i] = i + run;
        ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
        for (unsigned i = 0; i < 64; i++)
            ck_assert_uint_eq(vgprs[2][i], !(exec >> i & 1) ? 0 : i + run < 20 ? 20 : i + run);
    }
    machine_end();
}
END_TEST

/* if (v0 < v1) v4 = v0 + 1, v5 = 2 * v4; else v4 = 7; do v5 += v4; while (--v2); v5++; */
static const struct {
    enum isa_generation generation;
    unsigned lanes;
    uint32_t words[19];
} branching[] = {
    {ISA_GFX940,
     64,
     {0x7e080280, 0x7e0a0280, 0x7d920300, 0xbe80206a, 0xbf880002, 0x68080081, 0x680a0904, 0x88fe007e,
      0xbf880001, 0x7e080287, 0x87fe007e, 0x680a0905, 0x680404c1, 0x7d9a0480, 0x86fe6a7e, 0xbf89fffb,
      0xbefe0100, 0x680a0a81, 0xbf810000}},
    {ISA_GFX11,
     32,
     {0x7e080280, 0x7e0a0280, 0x7c920300, 0xbe80206a, 0xbfa50002, 0x4a080081, 0x4a0a0904, 0x8d7e007e,
      0xbfa50001, 0x7e080287, 0x8c7e007e, 0x4a0a0905, 0x4a0404c1, 0x7c9a0480, 0x8b7e6a7e, 0xbfa6fffb,
      0xbefe0000, 0x4a0a0a81, 0xbfb00000}},
};

struct branching_lane {
    uint32_t a, b, count;
};

/* Of a kind by the run: none takes the branch, all do, some do. Returns the active lanes. */
static uint64_t branching_start(unsigned run, unsigned lanes, struct branching_lane in[64])
{
    uint64_t all = lanes == 64 ? ~UINT64_C(0) : 0xffffffff, exec = run % 4 == 3 ? (noise() & all) | 1 : all;
    for (unsigned i = 0; i < lanes; i++) {
        in[i].a = i;
        in[i].b = run % 3 == 0 ? 0 : run % 3 == 1 ? 100 : (uint32_t)noise() % 64;
        in[i].count = run % 5 == 0 ? 3 : 1 + (uint32_t)noise() % 9;
        vgprs[0][i] = in[i].a;
        vgprs[1][i] = in[i].b;
        vgprs[2][i] = in[i].count;
        vgprs[5][i] = 99;
    }
    isa_sgpr64_set(&wave, ISA_EXEC, exec);
    return exec;
}

static void branching_check(uint64_t exec, unsigned lanes, const struct branching_lane in[64])
{
    uint32_t rounds = 0, taken = 0, not_taken = 0;
    for (unsigned i = 0; i < lanes; i++) {
        bool active = exec >> i & 1, less = in[i].a < in[i].b;
        uint32_t v4 = less ? in[i].a + 1 : 7, v5 = (less ? 2 * v4 : 0) + v4 * in[i].count + 1;
        ck_assert_uint_eq(vgprs[5][i], active ? v5 : 99);
        rounds = active && in[i].count > rounds ? in[i].count : rounds;
        taken |= active && less;
        not_taken |= active && !less;
    }
    ck_assert_uint_eq(wave.instructions, 5 + 2 * taken + 2 + not_taken + 1 + 5 * rounds + 3);
}

START_TEST(branches_come_to_the_same_whether_all_lanes_take_them_or_some)
{
    machine_start();
    for (unsigned k = 0; k < sizeof branching / sizeof branching[0]; k++) {
        unsigned lanes = branching[k].lanes;
        memcpy(code, branching[k].words, sizeof branching[k].words);
        isa_cache_renew(cache);
        for (unsigned run = 0; run < 400; run++) {
            static struct branching_lane in[64];
            wave_begin_on(branching[k].generation, lanes, 0);
            uint64_t exec = branching_start(run, lanes, in);
            ck_assert_int_eq(isa_run(&wave, cache, 10000), ISA_ENDED);
            branching_check(exec, lanes, in);
        }
    }
    machine_end();
}
END_TEST

/* With other exponents the significands are the same. */
START_TEST(reciprocal_roots_of_all_significands_are_those_of_doubles_rounded_once_more)
{
    static const uint32_t words[] = {
        0x7e024900, /* v_rsq_f32 v1, v0 */
        0x7e040301, /* v_mov_b32 v2, v1 */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    for (uint32_t first = 0x3f800000; first < 0x40800000; first += 64) {
        wave_begin(0);
        for (uint32_t i = 0; i < 64; i++)
            vgprs[0][i] = first + i;
        ck_assert_int_eq(isa_run(&wave, cache, 10), ISA_ENDED);
        for (uint32_t i = 0; i < 64; i++)
            if (vgprs[1][i] != bits_of((float)(1 / sqrt((double)float_of(first + i)))))
                ck_abort_msg("%#x: %#x", first + i, vgprs[1][i]);
    }
    machine_end();
}
END_TEST

/* ---- loops, faults, and what is mapped anew ---- */

static const uint32_t loop[] = {
    0x7e000280, /* v_mov_b32 v0, 0 */
    0xbe800080, /* s_mov_b32 s0, 0 */
    0x68000081, /* v_add_u32 v0, 1, v0 */
    0x80008100, /* s_add_u32 s0, s0, 1 */
    0xbf0a0100, /* s_cmp_lt_u32 s0, s1 */
    0xbf85fffc, /* s_cbranch_scc1 to the v_add_u32 */
    0xbf810000, /* s_endpgm */
};

START_TEST(a_loop_stops_within_its_budget_and_counts_what_it_ran)
{
    machine_start();
    for (unsigned budget = 1; budget < 2000; budget = budget * 3 + 1) {
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        memcpy(code, loop, sizeof loop);
        isa_cache_renew(cache);
        wave.vm = &vm;
        wave.pc = CODE_VA;
        wave.sgpr[1] = 1000;
        uint64_t before = 0;
        while (isa_run(&wave, cache, budget) == ISA_RUNNING) {
            ck_assert_uint_gt(wave.instructions, before);
            ck_assert_uint_le(wave.instructions - before, budget + 6);
            before = wave.instructions;
        }
        ck_assert_int_eq(wave.state, ISA_ENDED);
        ck_assert_uint_eq(wave.instructions, 2 + 4 * 1000 + 1);
        ck_assert_uint_eq(vgprs[0][63], 1000);
    }
    machine_end();
}
END_TEST

START_TEST(a_fault_within_a_trace_stops_the_wave_at_its_instruction)
{
    static const uint32_t words[] = {
        0x7e040281,             /* v_mov_b32 v2, 1 */
        0xdc508000, 0x037f0000, /* global_load_dword v3, v[0:1], off */
        0x7e040282,             /* v_mov_b32 v2, 2 */
        0xbf810000,             /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    data[0] = 77;
    for (unsigned run = 0; run < 40; run++) {
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        wave.vm = &vm;
        wave.tlb_generation = UINT64_MAX;
        wave.shared_base = 1ull << 48;
        wave.private_base = 2ull << 48;
        wave.pc = CODE_VA;
        bool faults = run % 4 == 3;
        for (unsigned i = 0; i < 64; i++)
            lane_set(0, i, faults && i == 40 ? 0x300000 : DATA_VA);
        ck_assert_int_eq(isa_run(&wave, cache, 100), faults ? ISA_FAULTED : ISA_ENDED);
        ck_assert_uint_eq(vgprs[2][5], faults ? 1 : 2);
        ck_assert_uint_eq(vgprs[3][40], faults ? 0 : 77);
        ck_assert_uint_eq(wave.instructions, faults ? 1 : 4);
        ck_assert_uint_eq(wave.pc, faults ? CODE_VA + 4 : CODE_VA + 20);
    }
    machine_end();
}
END_TEST

static const uint32_t scalar_loads[] = {
    0x7e040281,             /* v_mov_b32 v2, 1 */
    0x68060481,             /* v_add_u32 v3, 1, v2 */
    0xc0020100, 0x00000000, /* s_load_dword s4, s[0:1], 0x0 */
    0xc0064180, 0x0a000004, /* s_load_dwordx2 s[6:7], s[0:1], s5 offset:0x4 */
    0xc00a0200, 0x00000010, /* s_load_dwordx4 s[8:11], s[0:1], 0x10 */
    0xc00e0400, 0x00000020, /* s_load_dwordx8 s[16:23], s[0:1], 0x20 */
    0xc0120800, 0x00000040, /* s_load_dwordx16 s[32:47], s[0:1], 0x40 */
    0x68060681,             /* v_add_u32 v3, 1, v3 */
    0x7e08022f,             /* v_mov_b32 v4, s47 */
    0xc0060001, 0x00000000, /* s_load_dwordx2 s[0:1], s[2:3], 0x0 */
    0x68060681,             /* v_add_u32 v3, 1, v3 */
    0xbf810000,             /* s_endpgm */
};

/* The wave keeps the TLB of the one before, as waves of a group's storage do. */
static void scalar_loads_start(uint64_t last, bool exec_partly)
{
    static struct isa_wave before;
    before = wave;
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    wave.tlb_generation = before.tlb_generation;
    wave.tlb_next = before.tlb_next;
    memcpy(wave.tlb, before.tlb, sizeof wave.tlb);
    wave.vm = &vm;
    wave.pc = CODE_VA;
    wave.sgpr[5] = 8;
    isa_sgpr64_set(&wave, 0, DATA_VA + 3); /* the two low bits do not count */
    isa_sgpr64_set(&wave, 2, last);
    if (exec_partly)
        isa_sgpr64_set(&wave, ISA_EXEC, 1ull << 5);
}

static void scalar_loads_check(void)
{
    static const struct {
        unsigned sgpr, dword, n;
    } loads[] = {{4, 0, 1}, {6, 3, 2}, {8, 4, 4}, {16, 8, 8}, {32, 16, 16}};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned k = 0; k < loads[i].n; k++)
            ck_assert_uint_eq(wave.sgpr[loads[i].sgpr + k], 1000 + loads[i].dword + k);
    ck_assert_uint_eq(vgprs[4][5], 1000 + 31);
}

/* The last load goes elsewhere in turn: where data are, beyond all of the VM, across the end of a range,
 * where nothing is, and 4 bytes below 2^64. */
START_TEST(scalar_loads_within_a_trace_fault_at_their_instruction_and_keep_rows)
{
    static const uint64_t bad[] = {0, UINT64_C(0xfffffffffffff000), DATA_VA + PAGE - 4, DATA_VA + 16 * PAGE,
                                   UINT64_MAX - 3};
    machine_start();
    memcpy(code, scalar_loads, sizeof scalar_loads);
    for (unsigned i = 0; i < PAGE / 4; i++)
        data[i] = 1000 + i;
    for (unsigned run = 0; run < 60; run++) {
        uint64_t last = run % 4 == 3 ? bad[run / 4 % 5] : 0;
        scalar_loads_start(last ? last : DATA_VA + PAGE - 8, run & 1);
        if (run % 3 == 0) /* nothing was looked up yet */
            wave.tlb_generation = UINT64_MAX;
        ck_assert_int_eq(isa_run(&wave, cache, 100), last ? ISA_FAULTED : ISA_ENDED);
        scalar_loads_check();
        ck_assert_uint_eq(vgprs[3][5], last ? 3 : 4);
        ck_assert_uint_eq(wave.sgpr[0], last ? DATA_VA + 3 : 1000 + PAGE / 4 - 2);
        ck_assert_uint_eq(wave.instructions, last ? 9 : 12);
        ck_assert_uint_eq(wave.pc, CODE_VA + (last ? 14 : 18) * 4);
    }
    machine_end();
}
END_TEST

START_TEST(scalar_loads_within_a_trace_see_what_was_mapped_anew)
{
    static uint32_t other[PAGE / 4] __attribute__((aligned(PAGE)));
    machine_start();
    memcpy(code, scalar_loads, sizeof scalar_loads);
    for (unsigned i = 0; i < PAGE / 4; i++)
        data[i] = other[i] = 1000 + i;
    other[PAGE / 4 - 2] = 77;
    for (unsigned run = 0; run < 40; run++) {
        sim_vm_leave(&vm);
        sim_vm_unmap(&vm, DATA_VA, PAGE);
        if (run % 4 != 3)
            ck_assert_int_eq(sim_vm_map(&vm, DATA_VA, PAGE, run & 1 ? other : data, SIM_VM_READ), 0);
        sim_vm_enter(&vm);
        for (unsigned again = 0; again < 3; again++) {
            scalar_loads_start(DATA_VA + PAGE - 8, again == 1);
            ck_assert_int_eq(isa_run(&wave, cache, 100), run % 4 == 3 ? ISA_FAULTED : ISA_ENDED);
            ck_assert_uint_eq(wave.pc, CODE_VA + (run % 4 == 3 ? 2 : 18) * 4);
            if (run % 4 != 3)
                ck_assert_uint_eq(wave.sgpr[0], run & 1 ? 77 : 1000 + PAGE / 4 - 2);
        }
    }
    machine_end();
}
END_TEST

START_TEST(a_trace_is_left_where_exec_becomes_empty)
{
    static const uint32_t words[] = {
        0xbe842006, /* s_and_saveexec_b64 s[4:5], s[6:7] */
        0xbf880002, /* s_cbranch_execz past the next two */
        0x7e040282, /* v_mov_b32 v2, 2 */
        0x68040481, /* v_add_u32 v2, 1, v2 */
        0xbefe0104, /* s_mov_b64 exec, s[4:5] */
        0x68060681, /* v_add_u32 v3, 1, v3 */
        0xbf810000, /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    for (unsigned run = 0; run < 60; run++) {
        uint64_t mask = run % 3 == 0 ? 0 : run % 3 == 1 ? 0xf0 : ~UINT64_C(0);
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        wave.vm = &vm;
        wave.pc = CODE_VA;
        isa_sgpr64_set(&wave, 6, mask);
        ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
        for (unsigned i = 0; i < 64; i++) {
            ck_assert_uint_eq(vgprs[2][i], mask >> i & 1 ? 3 : 0);
            ck_assert_uint_eq(vgprs[3][i], 1);
        }
        ck_assert_uint_eq(wave.instructions, mask ? 7 : 5);
    }
    machine_end();
}
END_TEST

START_TEST(a_carry_may_go_where_a_summand_is)
{
    static const uint32_t words[] = {
        0xd1e80000, 0x00011902, /* v_mad_u64_u32 v[0:1], s[0:1], v2, 12, s[0:1] */
        0xbf810000,             /* s_endpgm */
    };
    machine_start();
    memcpy(code, words, sizeof words);
    for (unsigned run = 0; run < 3; run++) {
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        wave.vm = &vm;
        wave.pc = CODE_VA;
        isa_sgpr64_set(&wave, 0, 0xfffffffffffff000);
        for (unsigned i = 0; i < 64; i++)
            vgprs[2][i] = i * 10;
        ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
        for (unsigned i = 0; i < 64; i++) {
            ck_assert_uint_eq(lane_get(0, i), 0xfffffffffffff000 + i * 120);
            ck_assert_uint_eq(isa_sgpr64(&wave, 0) >> i & 1, i * 120 >= 0x1000);
        }
    }
    machine_end();
}
END_TEST

/* In a process of its own, which has not chosen before. */
START_TEST(perf_is_told_where_the_code_of_an_instruction_lies)
{
    char name[64], text[4096];
    setenv("KFDFS_SIM_OPTS", "jit=perf", 1);
    if (!jit_tells())
        return; /* no machine code on this host, or Check does not fork */
    machine_start();
    memcpy(code, loop, sizeof loop);
    snprintf(name, sizeof name, "/tmp/perf-%d.map", (int)getpid());
    for (bool found = false; !found;) { /* it is compiled meanwhile */
        wave_begin(0);
        wave.sgpr[1] = 100;
        ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
        FILE *file = fopen(name, "r");
        text[file ? fread(text, 1, sizeof text - 1, file) : 0] = 0;
        if (file)
            fclose(file);
        found = strstr(text, " v_add_u32");
    }
    unlink(name);
    machine_end();
}
END_TEST

int main(void)
{
    if (!getenv("KFDFS_SIM_OPTS"))
        setenv("KFDFS_SIM_OPTS", "jit=always", 1);
    Suite *suite = suite_create("isa_traces");
    TCase *t = tcase_create("traces");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_loop_across_the_end_of_a_page_becomes_machine_code);
    tcase_add_test(t, a_loop_may_begin_with_what_does_nothing);
    tcase_add_test(t, a_trace_that_comes_to_a_barrier_leaves_the_wave_behind_it);
    tcase_add_test(t, a_lane_mask_made_at_the_end_of_a_page_is_there_on_the_next);
    tcase_add_test(t, branches_come_to_the_same_whether_all_lanes_take_them_or_some);
    tcase_add_test(t, reciprocal_roots_of_all_significands_are_those_of_doubles_rounded_once_more);
    tcase_add_test(t, a_loop_stops_within_its_budget_and_counts_what_it_ran);
    tcase_add_test(t, a_fault_within_a_trace_stops_the_wave_at_its_instruction);
    tcase_add_test(t, scalar_loads_within_a_trace_fault_at_their_instruction_and_keep_rows);
    tcase_add_test(t, scalar_loads_within_a_trace_see_what_was_mapped_anew);
    tcase_add_test(t, a_trace_is_left_where_exec_becomes_empty);
    tcase_add_test(t, a_carry_may_go_where_a_summand_is);
    tcase_add_test(t, perf_is_told_where_the_code_of_an_instruction_lies);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
