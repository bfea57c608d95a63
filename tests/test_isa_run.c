/*
 * test_isa_run.c - a wave's masks and special registers, and its loop: code that changes, budgets, calls,
 * where it stops.
 */
#include <stdlib.h>

#include "isa_scalar.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

/* ---- EXEC ---- */

static void saveexec(const char *name, uint64_t exec, uint64_t source, uint64_t saved, uint64_t fresh)
{
    isa_sgpr64_set(&wave, ISA_EXEC, exec);
    isa_sgpr64_set(&wave, A, source);
    wave.scc = fresh == 0;
    execute_named(name, DST, A, 0);
    ck_assert_msg(isa_sgpr64(&wave, DST) == saved && isa_sgpr64(&wave, ISA_EXEC) == fresh &&
                      wave.scc == (fresh != 0),
                  "%s: saved %llx, exec %llx, scc %d", name, (unsigned long long)isa_sgpr64(&wave, DST),
                  (unsigned long long)isa_sgpr64(&wave, ISA_EXEC), wave.scc);
}

START_TEST(saveexec_returns_the_old_mask_and_wrexec_the_new_one)
{
    const uint64_t e = 0xff00ff00ff00ff00, s = 0xffff0000ffff0000;
    wave_start(ISA_GFX940);
    saveexec("s_and_saveexec_b64", e, s, e, 0xff000000ff000000);
    saveexec("s_or_saveexec_b64", e, s, e, e | s);
    saveexec("s_xor_saveexec_b64", e, s, e, 0x00ffff0000ffff00);
    saveexec("s_andn1_saveexec_b64", e, s, e, 0x0000ff000000ff00);
    saveexec("s_andn2_saveexec_b64", e, s, e, 0x00ff000000ff0000);
    saveexec("s_orn1_saveexec_b64", e, s, e, 0xff00ffffff00ffff);
    saveexec("s_orn2_saveexec_b64", e, s, e, 0xffff00ffffff00ff);
    saveexec("s_nand_saveexec_b64", UINT64_MAX, UINT64_MAX, UINT64_MAX, 0);
    saveexec("s_andn1_wrexec_b64", e, s, 0x0000ff000000ff00, 0x0000ff000000ff00);
    saveexec("s_andn2_wrexec_b64", e, s, 0x00ff000000ff0000, 0x00ff000000ff0000);
}
END_TEST

START_TEST(masks_of_32_lanes_leave_the_high_register_alone)
{
    wave_start(ISA_GFX11);
    wave.sgpr[ISA_EXEC] = 0xff00ff00;
    wave.sgpr[ISA_EXEC + 1] = 0x1234;
    wave.sgpr[A] = 0x0f0f0f0f;
    wave.sgpr[DST + 1] = 77;
    execute_named("s_and_not1_saveexec_b32", DST, A, 0);
    ck_assert_uint_eq(wave.sgpr[DST], 0xff00ff00);
    ck_assert_uint_eq(wave.sgpr[ISA_EXEC], 0x000f000f);
    ck_assert_uint_eq(wave.sgpr[ISA_EXEC + 1], 0x1234);
    ck_assert_uint_eq(wave.sgpr[DST + 1], 77);
    ck_assert_uint_eq(isa_exec(&wave), 0x000f000f);
    struct isa_operand vcc = {.kind = ISA_SGPR, .reg = ISA_VCC, .dwords = 1};
    isa_write_mask(&wave, &vcc, 0xffffffff00000001);
    ck_assert_uint_eq(wave.sgpr[ISA_VCC], 1);
    ck_assert_uint_eq(isa_read_mask(&wave, &vcc), 1);
    ck_assert_uint_ne(wave.sgpr[ISA_VCC + 1], 0xffffffff);
}
END_TEST

/* ---- operands ---- */

START_TEST(null_discards_writes_and_reads_zero_and_m0_is_one_register_everywhere)
{
    wave_start(ISA_GFX11);
    uint32_t before = wave.sgpr[ISA_M0];
    execute_named("s_mov_b32", 124, 129, 0); /* null, 1 */
    ck_assert_uint_eq(wave.sgpr[ISA_M0], before);
    execute_named("s_mov_b32", DST, 124, 0);
    ck_assert_uint_eq(wave.sgpr[DST], 0);
    execute_named("s_mov_b32", 125, 130, 0); /* m0 on gfx11 */
    ck_assert_uint_eq(wave.sgpr[ISA_M0], 2);
    wave_start(ISA_GFX940);
    execute_named("s_mov_b32", 124, 131, 0); /* m0 on gfx9 */
    ck_assert_uint_eq(wave.sgpr[ISA_M0], 3);
}
END_TEST

START_TEST(specials_read_apertures_and_flags)
{
    wave_start(ISA_GFX940);
    wave.shared_base = UINT64_C(0x0001000000000000);
    wave.private_base = UINT64_C(0x0002000000000000);
    wave.scc = true;
    isa_sgpr64_set(&wave, ISA_VCC, 0);
    isa_sgpr64_set(&wave, ISA_EXEC, 1);
    execute_named("s_mov_b64", DST, 235, 0);
    ck_assert_uint_eq(isa_sgpr64(&wave, DST), wave.shared_base);
    execute_named("s_mov_b64", DST, 238, 0);
    ck_assert_uint_eq(isa_sgpr64(&wave, DST), wave.private_base | 0xffffffff);
    execute_named("s_mov_b32", DST, 253, 0);
    ck_assert_uint_eq(wave.sgpr[DST], 1);
    execute_named("s_mov_b32", DST, 251, 0);
    ck_assert_uint_eq(wave.sgpr[DST], 1);
    execute_named("s_mov_b32", DST, 252, 0);
    ck_assert_uint_eq(wave.sgpr[DST], 0);
}
END_TEST

START_TEST(status_tells_scc_up_to_gfx11_and_the_size_of_the_wave_on_gfx12)
{
    const unsigned status = 2 | 31 << 11;
    wave_start(ISA_GFX940);
    wave.status = 1 << 16;
    wave.scc = true;
    execute_named("s_getreg_b32", DST, 0, status);
    ck_assert_uint_eq(wave.sgpr[DST], 1 << 16 | 1);
    isa_sgpr64_set(&wave, ISA_EXEC, 0);
    isa_sgpr64_set(&wave, ISA_VCC, 0);
    wave.scc = false;
    execute_named("s_getreg_b32", DST, 0, status);
    ck_assert_uint_eq(wave.sgpr[DST], 1 << 16 | 3 << 9);
    wave_start(ISA_GFX12);
    wave.status = 1 << 16;
    wave.scc = true;
    execute_named("s_getreg_b32", DST, 0, status);
    ck_assert_uint_eq(wave.sgpr[DST], 1 << 16);
    wave.lanes = 64;
    wave.privileged = true;
    wave.barrier_complete = 1 << ISA_BARRIER_TRAP;
    execute_named("s_getreg_b32", DST, 0, status);
    ck_assert_uint_eq(wave.sgpr[DST], 1 << 29 | 1 << 16 | 1 << 15 | 1 << 5);
}
END_TEST

static bool jumps(const char *name, uint32_t status)
{
    wave_start(ISA_GFX940);
    wave.status = status;
    execute_named(name, 0, 0, 3);
    return wave.next_pc == wave.pc + 16;
}

START_TEST(jumps_for_debuggers_look_at_their_bits_of_status)
{
    const uint32_t user = 1 << 20, system = 1 << 21;
    ck_assert(jumps("s_cbranch_cdbgsys", system) && !jumps("s_cbranch_cdbgsys", user));
    ck_assert(jumps("s_cbranch_cdbguser", user) && !jumps("s_cbranch_cdbguser", system));
    ck_assert(jumps("s_cbranch_cdbgsys_or_user", user) && jumps("s_cbranch_cdbgsys_or_user", system));
    ck_assert(!jumps("s_cbranch_cdbgsys_or_user", 0) && !jumps("s_cbranch_cdbgsys_and_user", user));
    ck_assert(jumps("s_cbranch_cdbgsys_and_user", user | system));
}
END_TEST

START_TEST(hardware_registers_are_read_and_written_by_field)
{
    wave_start(ISA_GFX940);
    wave.mode = 0x2f0;
    execute_named("s_getreg_b32", DST, 0, 1 | 4 << 6 | 3 << 11); /* MODE, bits 4..7 */
    ck_assert_uint_eq(wave.sgpr[DST], 15);
    wave.sgpr[DST] = 5;
    execute_named("s_setreg_b32", DST, 0, 1 | 4 << 6 | 3 << 11);
    ck_assert_uint_eq(wave.mode, 0x250);
    uint32_t words[2] = {
        encode(row_of("s_setreg_imm32_b32", ISA_GFX940), ISA_GFX940, 0, 0, 1 | 0 << 6 | 3 << 11), 9};
    execute(words, 8);
    ck_assert_uint_eq(wave.mode, 0x259);
    wave.state = ISA_RUNNING;
    execute_named("s_getreg_b32", DST, 0, 40 | 31 << 11); /* no such register */
    ck_assert_int_eq(wave.state, ISA_ILLEGAL);
}
END_TEST

/* ---- the loop ---- */

enum { CODE_VA = 0x100000, DATA_VA = 0x200000, PAGE = 4096 };
static uint32_t code[2 * PAGE / 4] __attribute__((aligned(PAGE))),
    data[PAGE / 4] __attribute__((aligned(PAGE)));
static struct sim_vm vm;
static struct isa_cache *cache;

static void program_start(enum isa_generation g, const uint32_t *words, size_t bytes)
{
    wave_start(g);
    memset(&vm, 0, sizeof(vm));
    ck_assert_int_eq(sim_vm_init(&vm), 0);
    memset(code, 0, sizeof(code));
    memcpy(code, words, bytes);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, PAGE, code, SIM_VM_READ | SIM_VM_EXEC), 0);
    ck_assert_int_eq(sim_vm_map(&vm, DATA_VA, PAGE, data, SIM_VM_READ | SIM_VM_WRITE), 0);
    wave.vm = &vm;
    wave.pc = CODE_VA;
    cache = isa_cache_new();
    sim_vm_enter(&vm);
}

static void program_end(void)
{
    sim_vm_leave(&vm);
    isa_cache_free(cache);
}

static uint32_t word(const char *name, unsigned dst, unsigned a, unsigned b)
{
    return encode(row_of(name, ISA_GFX940), ISA_GFX940, dst, a, b);
}

START_TEST(a_counted_loop_runs_to_its_end_and_code_written_anew_is_seen)
{
    uint32_t words[] = {word("s_movk_i32", 0, 0, 5),     word("s_movk_i32", 1, 0, 0),
                        word("s_add_u32", 1, 1, 0),      word("s_sub_u32", 0, 0, 129),
                        word("s_cmp_lg_u32", 0, 0, 128), word("s_cbranch_scc1", 0, 0, 0xfffc),
                        word("s_endpgm", 0, 0, 0)};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[1], 15);
    ck_assert_uint_eq(wave.instructions, 2 + 5 * 4 + 1);
    code[0] = word("s_movk_i32", 0, 0, 4);
    isa_cache_renew(cache);
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 1000), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[1], 10);
    program_end();
}
END_TEST

START_TEST(code_that_changes_while_it_runs_is_seen_after_s_icache_inv)
{
    uint32_t words[] = {word("s_movk_i32", 0, 0, 1), word("s_icache_inv", 0, 0, 0),
                        word("s_movk_i32", 1, 0, 1), word("s_endpgm", 0, 0, 0)};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 1), ISA_RUNNING);
    code[2] = word("s_movk_i32", 1, 0, 2);
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[1], 2);
    program_end();
}
END_TEST

START_TEST(other_code_mapped_at_the_same_address_is_seen_at_once)
{
    uint32_t words[] = {word("s_movk_i32", 1, 0, 1), word("s_endpgm", 0, 0, 0)};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    sim_vm_leave(&vm);
    sim_vm_unmap(&vm, CODE_VA, PAGE);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA, PAGE, data, SIM_VM_EXEC), 0);
    sim_vm_enter(&vm);
    data[0] = word("s_movk_i32", 1, 0, 3);
    data[1] = words[1];
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[1], 3);
    program_end();
}
END_TEST

START_TEST(an_index_is_added_to_the_registers_of_moves_until_it_is_switched_off)
{
    static uint32_t vgprs[16][64];
    const uint32_t words[] = {
        0xbf110102, /* s_set_gpr_idx_on s2, gpr_idx(SRC0) */
        0x7e000304, /* v_mov_b32_e32 v0, v4 */
        0xbf9c0000, /* s_set_gpr_idx_off */
        0x7e020304, /* v_mov_b32_e32 v1, v4 */
        0xbf110802, /* s_set_gpr_idx_on s2, gpr_idx(DST) */
        0x7e080305, /* v_mov_b32_e32 v4, v5 */
        0xbf9c0000, /* s_set_gpr_idx_off */
        0xbf110902, /* s_set_gpr_idx_on s2, gpr_idx(SRC0,DST) */
        0x7e100304, /* v_mov_b32_e32 v8, v4 */
        0x68020301, /* v_add_u32_e32 v1, v1, v1, which nobody puts there */
    };
    program_start(ISA_GFX940, words, sizeof(words));
    wave.vgpr = vgprs;
    wave.n_vgprs = 16;
    wave.sgpr[ISA_EXEC] = 1;
    wave.sgpr[ISA_M0] = 0xabcd0f55;
    wave.sgpr[2] = 0x703; /* only its low byte counts */
    for (uint32_t i = 0; i < 16; i++)
        vgprs[i][0] = 100 + i;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ILLEGAL);
    ck_assert_uint_eq(wave.pc, CODE_VA + sizeof(words) - 4);
    ck_assert_uint_eq(vgprs[0][0], 107);
    ck_assert_uint_eq(vgprs[0][1], 0);
    ck_assert_uint_eq(vgprs[1][0], 104);
    ck_assert_uint_eq(vgprs[4][0], 104);
    ck_assert_uint_eq(vgprs[7][0], 105);
    ck_assert_uint_eq(vgprs[11][0], 105);
    ck_assert_uint_eq(wave.sgpr[ISA_M0], 0xabcd9f03);
    program_end();
}
END_TEST

START_TEST(code_made_for_a_wave_with_more_registers_is_not_run_by_one_with_fewer)
{
    static uint32_t vgprs[4][64];
    uint32_t words[] = {0x7e000200 | 3 << 17 | 129, /* v_mov_b32 v3, 1 */
                        encode(row_of("s_endpgm", ISA_GFX11), ISA_GFX11, 0, 0, 0)};
    program_start(ISA_GFX11, words, sizeof(words));
    wave.vgpr = vgprs;
    wave.n_vgprs = 4;
    wave.sgpr[ISA_EXEC] = 1;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(vgprs[3][0], 1);
    ck_assert_uint_eq(vgprs[3][1], 0);
    wave.n_vgprs = 3;
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ILLEGAL);
    program_end();
}
END_TEST

START_TEST(a_budget_and_s_sleep_give_the_wave_back_and_a_barrier_stops_behind_itself)
{
    uint32_t words[] = {word("s_nop", 0, 0, 0), word("s_sleep", 0, 0, 1), word("s_barrier", 0, 0, 0),
                        word("s_trap", 0, 0, 2)};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 1), ISA_RUNNING);
    ck_assert_uint_eq(wave.pc, CODE_VA + 4);
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_RUNNING);
    ck_assert(wave.yield);
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_BARRIER);
    ck_assert_uint_eq(wave.pc, CODE_VA + 12);
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_TRAPPED);
    ck_assert_uint_eq(wave.trap_id, 2);
    ck_assert_uint_eq(wave.pc, CODE_VA + 12);
    program_end();
}
END_TEST

START_TEST(unknown_words_and_unmapped_code_stop_the_wave_at_their_address)
{
    uint32_t words[] = {word("s_nop", 0, 0, 0), 0xffffffff};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ILLEGAL);
    ck_assert_uint_eq(wave.pc, CODE_VA + 4);
    wave.pc = CODE_VA + PAGE;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_FAULTED);
    ck_assert_uint_eq(wave.fault_va, CODE_VA + PAGE);
    ck_assert_uint_eq(wave.fault_access, SIM_VM_EXEC);
    ck_assert(wave.fault_not_present);
    wave.pc = DATA_VA; /* mapped, but not as code */
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_FAULTED);
    ck_assert(!wave.fault_not_present);
    program_end();
}
END_TEST

START_TEST(an_instruction_may_lie_across_two_mappings)
{
    uint32_t words[] = {0};
    program_start(ISA_GFX940, words, sizeof(words));
    sim_vm_leave(&vm);
    ck_assert_int_eq(sim_vm_map(&vm, CODE_VA + PAGE, PAGE, data, SIM_VM_EXEC), 0);
    sim_vm_enter(&vm);
    code[PAGE / 4 - 1] = word("s_mov_b32", 3, LITERAL, 0);
    data[0] = 0xcafe1234;
    wave.pc = CODE_VA + PAGE - 4;
    isa_run(&wave, cache, 1);
    ck_assert_uint_eq(wave.sgpr[3], 0xcafe1234);
    ck_assert_uint_eq(wave.pc, CODE_VA + PAGE + 4);
    program_end();
}
END_TEST

START_TEST(calls_return_behind_themselves)
{
    uint32_t words[] = {word("s_getpc_b64", 4, 0, 0),  word("s_add_u32", 4, 4, 128 + 12),
                        word("s_swappc_b64", 6, 4, 0), word("s_endpgm", 0, 0, 0),
                        word("s_movk_i32", 9, 0, 77),  word("s_setpc_b64", 0, 6, 0)};
    program_start(ISA_GFX940, words, sizeof(words));
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[9], 77);
    ck_assert_uint_eq(isa_sgpr64(&wave, 6), CODE_VA + 12);
    program_end();
}
END_TEST

START_TEST(both_halves_of_a_dual_instruction_read_before_either_writes)
{
    /* v_dual_mov_b32 v0, v1 :: v_dual_mov_b32 v1, v0 (opcode 8 in both halves) */
    static uint32_t vgprs[4][64];
    uint32_t words[] = {0x32u << 26 | 8 << 22 | 8 << 17 | 257, 0u << 24 | 0 << 17 | 256,
                        encode(row_of("s_endpgm", ISA_GFX11), ISA_GFX11, 0, 0, 0)};
    program_start(ISA_GFX11, words, sizeof(words));
    wave.sgpr[ISA_EXEC] = 0xffffffff;
    wave.vgpr = vgprs;
    wave.n_vgprs = 4;
    for (unsigned i = 0; i < 32; i++) {
        vgprs[0][i] = 100 + i;
        vgprs[1][i] = 200 + i;
    }
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(vgprs[0][7], 207);
    ck_assert_uint_eq(vgprs[1][7], 107);
    program_end();
}
END_TEST

START_TEST(a_register_the_wave_does_not_have_stops_it)
{
    static uint32_t vgprs[4][64];
    uint32_t words[] = {0x7e000200 | 4 << 17 | 128}; /* v_mov_b32 v4, 0 */
    program_start(ISA_GFX11, words, sizeof(words));
    wave.vgpr = vgprs;
    wave.n_vgprs = 4;
    ck_assert_int_eq(isa_run(&wave, cache, 1), ISA_ILLEGAL);
    program_end();
}
END_TEST

START_TEST(scalar_loads_read_memory_and_buffers_end_at_their_size)
{
    uint32_t load =
        0x30u << 26 | 3 << 18 | 1 << 17 | 24 << 6 | 8 >> 1; /* s_load_dwordx8 s[24:31], s[8:9], 5 */
    uint32_t buffer = 0x30u << 26 | 10 << 18 | 1 << 17 | 40 << 6 | 12 >> 1;
    uint32_t words[] = {load, 5, buffer, 8, word("s_endpgm", 0, 0, 0)};
    program_start(ISA_GFX940, words, sizeof(words));
    for (unsigned i = 0; i < 16; i++)
        data[i] = 1000 + i;
    isa_sgpr64_set(&wave, 8, DATA_VA + 2);
    isa_sgpr64_set(&wave, 12, DATA_VA); /* s[12:15]: base, no stride, 16 bytes */
    wave.sgpr[14] = 16;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_ENDED);
    ck_assert_uint_eq(wave.sgpr[24], 1001); /* 2 + 5, down to a whole word */
    ck_assert_uint_eq(wave.sgpr[31], 1008);
    ck_assert_uint_eq(wave.sgpr[40], 1002);
    ck_assert_uint_eq(wave.sgpr[41], 1003);
    ck_assert_uint_eq(wave.sgpr[42], 0);
    isa_sgpr64_set(&wave, 8, 0x900000);
    wave.pc = CODE_VA;
    wave.state = ISA_RUNNING;
    ck_assert_int_eq(isa_run(&wave, cache, 100), ISA_FAULTED);
    ck_assert_uint_eq(wave.pc, CODE_VA);
    program_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_run");
    TCase *t = tcase_create("isa_run");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, saveexec_returns_the_old_mask_and_wrexec_the_new_one);
    tcase_add_test(t, masks_of_32_lanes_leave_the_high_register_alone);
    tcase_add_test(t, null_discards_writes_and_reads_zero_and_m0_is_one_register_everywhere);
    tcase_add_test(t, specials_read_apertures_and_flags);
    tcase_add_test(t, hardware_registers_are_read_and_written_by_field);
    tcase_add_test(t, jumps_for_debuggers_look_at_their_bits_of_status);
    tcase_add_test(t, status_tells_scc_up_to_gfx11_and_the_size_of_the_wave_on_gfx12);
    tcase_add_test(t, a_counted_loop_runs_to_its_end_and_code_written_anew_is_seen);
    tcase_add_test(t, code_that_changes_while_it_runs_is_seen_after_s_icache_inv);
    tcase_add_test(t, other_code_mapped_at_the_same_address_is_seen_at_once);
    tcase_add_test(t, an_index_is_added_to_the_registers_of_moves_until_it_is_switched_off);
    tcase_add_test(t, code_made_for_a_wave_with_more_registers_is_not_run_by_one_with_fewer);
    tcase_add_test(t, a_budget_and_s_sleep_give_the_wave_back_and_a_barrier_stops_behind_itself);
    tcase_add_test(t, unknown_words_and_unmapped_code_stop_the_wave_at_their_address);
    tcase_add_test(t, an_instruction_may_lie_across_two_mappings);
    tcase_add_test(t, calls_return_behind_themselves);
    tcase_add_test(t, both_halves_of_a_dual_instruction_read_before_either_writes);
    tcase_add_test(t, a_register_the_wave_does_not_have_stops_it);
    tcase_add_test(t, scalar_loads_read_memory_and_buffers_end_at_their_size);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
