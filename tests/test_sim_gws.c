/*
 * test_sim_gws.c - global wave sync: waves of all work-groups meet at a barrier, and take turns at a
 * semaphore.
 *
 * Words as llvm-mc 22 makes them of the text beside them; s[0:1] is a buffer, s2 the work-group, s8 a number.
 * What the instructions do: AMD's RDNA3 and CDNA3 ISA manuals.
 */
#include <check.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/cu/compute.h"
#include "sim/machine.h"
#include "sim/models.h"
#include "run_suite.h"

/* clang-format off */
static const uint32_t init_gfx942[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0xbefc00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd9330005, 0x00000002, /* ds_gws_init v2 offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xbf810000, /* s_endpgm */
};
static const uint32_t init_gfx1100[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0xbefd00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd8660005, 0x00000002, /* ds_gws_init v2 offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t bulk_gfx942[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0xbefc00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd9370005, 0x00000002, /* ds_gws_sema_br v2 offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xbf810000, /* s_endpgm */
};
static const uint32_t bulk_gfx1100[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0xbefd00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd86e0005, 0x00000002, /* ds_gws_sema_br v2 offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t barrier_gfx942[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0x7e020281, /* v_mov_b32_e32 v1, 1 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefc00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xbe8a0083, /* s_mov_b32 s10, 3 */
    0xdd088000, 0x00000100, /* global_atomic_add v0, v1, s[0:1] */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0xd93b0005, 0x00000002, /* ds_gws_barrier v2 offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xde508000, 0x04000000, /* global_load_dword v4, v0, s[0:1] sc1 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0xdd088004, 0x00000400, /* global_atomic_add v0, v4, s[0:1] offset:4 */
    0xd93b0005, 0x00000002, /* ds_gws_barrier v2 offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0x808a810a, /* s_sub_u32 s10, s10, 1 */
    0xbf07800a, /* s_cmp_lg_u32 s10, 0 */
    0xbf85ffef, /* s_cbranch_scc1 l */
    0xbf810000, /* s_endpgm */
};
static const uint32_t barrier_gfx1100[] = {
    0x7e040208, /* v_mov_b32_e32 v2, s8 */
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0x7e020281, /* v_mov_b32_e32 v1, 1 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefd00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xbe8a0083, /* s_mov_b32 s10, 3 */
    0xdcd60000, 0x00000100, /* global_atomic_add_u32 v0, v1, s[0:1] */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0xd8760005, 0x00000002, /* ds_gws_barrier v2 offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xdc524000, 0x04000000, /* global_load_b32 v4, v0, s[0:1] glc */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0xdcd60004, 0x00000400, /* global_atomic_add_u32 v0, v4, s[0:1] offset:4 */
    0xd8760005, 0x00000002, /* ds_gws_barrier v2 offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0x808a810a, /* s_sub_u32 s10, s10, 1 */
    0xbf07800a, /* s_cmp_lg_u32 s10, 0 */
    0xbfa2ffef, /* s_cbranch_scc1 l */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t mutex_gfx942[] = {
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefc00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd9390005, 0x00000000, /* ds_gws_sema_p offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xde508000, 0x04000000, /* global_load_dword v4, v0, s[0:1] sc1 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0x68080881, /* v_add_u32_e32 v4, 1, v4 */
    0xbf8e0001, /* s_sleep 1 */
    0xdc708000, 0x00000400, /* global_store_dword v0, v4, s[0:1] */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0xd9350005, 0x00000000, /* ds_gws_sema_v offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xbf810000, /* s_endpgm */
};
static const uint32_t mutex_gfx1100[] = {
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefd00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xd8720005, 0x00000000, /* ds_gws_sema_p offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xdc524000, 0x04000000, /* global_load_b32 v4, v0, s[0:1] glc */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0x4a080881, /* v_add_nc_u32_e32 v4, 1, v4 */
    0xbf830001, /* s_sleep 1 */
    0xdc6a0000, 0x00000400, /* global_store_b32 v0, v4, s[0:1] */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0xd86a0005, 0x00000000, /* ds_gws_sema_v offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xbfb00000, /* s_endpgm */
};
static const uint32_t release_gfx942[] = {
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0x7e020281, /* v_mov_b32_e32 v1, 1 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefc00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xbf060802, /* s_cmp_eq_u32 s2, s8 */
    0xbf850009, /* s_cbranch_scc1 last */
    0xdd088000, 0x00000100, /* global_atomic_add v0, v1, s[0:1] */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0xd9390005, 0x00000000, /* ds_gws_sema_p offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0xdd088004, 0x00000100, /* global_atomic_add v0, v1, s[0:1] offset:4 */
    0xbf810000, /* s_endpgm */
    0xbf8e0001, /* s_sleep 1 */
    0xde508004, 0x04000000, /* global_load_dword v4, v0, s[0:1] offset:4 sc1 */
    0xbf8c0f70, /* s_waitcnt vmcnt(0) */
    0xd9310005, 0x00000000, /* ds_gws_sema_release_all offset:5 gds */
    0xbf8cc07f, /* s_waitcnt lgkmcnt(0) */
    0x7e120504, /* v_readfirstlane_b32 s9, v4 */
    0xbf070809, /* s_cmp_lg_u32 s9, s8 */
    0xbf85fff6, /* s_cbranch_scc1 last */
    0xbf810000, /* s_endpgm */
};
static const uint32_t release_gfx1100[] = {
    0x7e000280, /* v_mov_b32_e32 v0, 0 */
    0x7e020281, /* v_mov_b32_e32 v1, 1 */
    0xbefe0181, /* s_mov_b64 exec, 1 */
    0xbefd00ff, 0x00030000, /* s_mov_b32 m0, 0x30000 */
    0xbf060802, /* s_cmp_eq_u32 s2, s8 */
    0xbfa20009, /* s_cbranch_scc1 last */
    0xdcd60000, 0x00000100, /* global_atomic_add_u32 v0, v1, s[0:1] */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0xd8720005, 0x00000000, /* ds_gws_sema_p offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0xdcd60004, 0x00000100, /* global_atomic_add_u32 v0, v1, s[0:1] offset:4 */
    0xbfb00000, /* s_endpgm */
    0xbf830001, /* s_sleep 1 */
    0xdc524004, 0x04000000, /* global_load_b32 v4, v0, s[0:1] offset:4 glc */
    0xbf8903f7, /* s_waitcnt vmcnt(0) */
    0xd8620005, 0x00000000, /* ds_gws_sema_release_all offset:5 gds */
    0xbf89fc07, /* s_waitcnt lgkmcnt(0) */
    0x7e120504, /* v_readfirstlane_b32 s9, v4 */
    0xbf070809, /* s_cmp_lg_u32 s9, s8 */
    0xbfa2fff6, /* s_cbranch_scc1 last */
    0xbfb00000, /* s_endpgm */
};
/* clang-format on */

enum { ALL = SIM_VM_READ | SIM_VM_WRITE | SIM_VM_EXEC, GROUPS = 60 };
static const uint64_t CODE = 0x100000, BUFFER = 0x200000;

static struct sim_gpu gpu;
static uint32_t *buffer, *code;

static void *map(uint64_t va)
{
    void *host = mmap(NULL, SIM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(host, MAP_FAILED);
    ck_assert_int_eq(sim_vm_map(&gpu.vm, va, SIM_PAGE, host, ALL), 0);
    return host;
}

static void gpu_start(int which)
{
    static const char *const names[] = {"mi300x", "rx7900xtx"};
    gpu = (struct sim_gpu){.model = sim_model_find(names[which], strlen(names[which]))};
    ck_assert_int_eq(sim_vm_init(&gpu.vm), 0);
    code = map(CODE);
    buffer = map(BUFFER);
    gpu.gws.given = true;
}

static struct sim_outcome run(int which, const uint32_t *words, size_t bytes, uint32_t groups,
                              uint32_t number)
{
    unsigned lanes = which == 0 ? 64 : 32;
    struct sim_outcome outcome;
    struct sim_dispatch d = {.gpu = &gpu,
                             .grid = {lanes * groups, 1, 1},
                             .group = {lanes, 1, 1},
                             .code_va = CODE,
                             .rsrc1 = 3 | 0xc0 << 12,
                             .rsrc2 = 2 << 1 | 1 << 7,
                             .rsrc3 = 7,
                             .wave32 = which == 1,
                             .user_sgpr = {(uint32_t)BUFFER, (uint32_t)(BUFFER >> 32), [8] = number},
                             .n_user_sgprs = 9,
                             .seed = 1234};
    memcpy(code, words, bytes);
    sim_compute_run(&d, &outcome);
    return outcome;
}
#define RUN(name, groups, number)                                           \
    (_i == 0 ? run(_i, name##_gfx942, sizeof name##_gfx942, groups, number) \
             : run(_i, name##_gfx1100, sizeof name##_gfx1100, groups, number))
#define RUNS(name, groups, number) ck_assert_int_eq(RUN(name, groups, number).end, SIM_END_OK)

START_TEST(all_waves_have_come_to_a_barrier_before_one_goes_on)
{
    gpu_start(_i);
    RUNS(init, 1, GROUPS - 1);
    RUNS(barrier, GROUPS, GROUPS - 1);
    ck_assert_uint_eq(buffer[0], 3 * GROUPS);
    ck_assert_uint_eq(buffer[1], (1 + 2 + 3) * GROUPS * GROUPS);
}
END_TEST

START_TEST(a_semaphore_lets_one_wave_in_at_a_time)
{
    gpu_start(_i);
    RUNS(init, 1, 0);
    RUNS(bulk, 1, 1);
    RUNS(mutex, GROUPS, 0);
    ck_assert_uint_eq(buffer[0], GROUPS);
}
END_TEST

START_TEST(a_semaphore_begins_with_what_it_was_initialized_with)
{
    gpu_start(_i);
    RUNS(init, 1, 2);
    RUNS(mutex, 1, 0);   /* gives back what it took */
    RUNS(release, 2, 2); /* both go in at once: no group is the last one */
    ck_assert_uint_eq(buffer[1], 2);
}
END_TEST

START_TEST(all_that_wait_are_released)
{
    gpu_start(_i);
    RUNS(init, 1, 0);
    RUNS(release, GROUPS, GROUPS - 1);
    ck_assert_uint_eq(buffer[0], GROUPS - 1);
    ck_assert_uint_eq(buffer[1], GROUPS - 1);
}
END_TEST

START_TEST(without_the_kernels_leave_the_wave_stops)
{
    gpu_start(_i);
    gpu.gws.given = false;
    struct sim_outcome outcome = RUN(init, 1, 0);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_msg(strstr(outcome.text, "ds_gws_init"), "%s", outcome.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_gws");
    TCase *t = tcase_create("sim_gws");
    tcase_add_loop_test(t, all_waves_have_come_to_a_barrier_before_one_goes_on, 0, 2);
    tcase_add_loop_test(t, a_semaphore_lets_one_wave_in_at_a_time, 0, 2);
    tcase_add_loop_test(t, a_semaphore_begins_with_what_it_was_initialized_with, 0, 2);
    tcase_add_loop_test(t, all_that_wait_are_released, 0, 2);
    tcase_add_loop_test(t, without_the_kernels_leave_the_wave_stops, 0, 2);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
