/*
 * test_isa_traces.c - where traces of machine code begin and end: pages, barriers, ends of waves.
 */
#include "isa_vector.h"

#include "run_suite.h"
#include "sim/cu/jit.h"
#include "sim/memory/vm.h"

enum { CODE_VA = 0x100000, PAGE = 4096, PAGES = 2 };
static uint32_t code[PAGES * PAGE / 4] __attribute__((aligned(PAGE)));
static struct sim_vm vm;
static struct isa_cache *cache;

static void machine_start(void)
{
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, sizeof code, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    cache = isa_cache_new();
    ck_assert_ptr_nonnull(cache);
    sim_vm_enter(&vm);
}

static void machine_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
}

static void wave_begin(unsigned slot)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    wave.vm = &vm;
    wave.pc = CODE_VA + slot * 4;
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
    ck_assert(!jit_on() || head->native);
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
    ck_assert(!jit_on() || code_find(&wave, cache)->native);
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

int main(void)
{
    if (!getenv("KFDFS_SIM_OPTS"))
        setenv("KFDFS_SIM_OPTS", "jit=always", 1);
    Suite *suite = suite_create("isa_traces");
    TCase *t = tcase_create("traces");
    tcase_add_test(t, a_loop_across_the_end_of_a_page_becomes_machine_code);
    tcase_add_test(t, a_trace_that_comes_to_a_barrier_leaves_the_wave_behind_it);
    tcase_add_test(t, a_lane_mask_made_at_the_end_of_a_page_is_there_on_the_next);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
