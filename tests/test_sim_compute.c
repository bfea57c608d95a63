/*
 * test_sim_compute.c - work-groups on host threads: initial state, geometry, barriers, turns, scratch, ends.
 *
 * Programs are machine code (wave_programs.h); every test runs on both simulated cards.
 */
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cu/compute.h"
#include "sim/front/engine.h"
#include "sim/models.h"
#include "wave_programs.h"
#include "run_suite.h"

enum { ALL = SIM_VM_READ | SIM_VM_WRITE | SIM_VM_EXEC, BUFFER_BYTES = 1 << 20 };
static const uint64_t CODE = 0x100000, BUFFER = 0x200000, SCRATCH = 0x40000000, SPARE = 0x80000000;

static struct sim_gpu gpu;
static uint32_t *buffer;
static uint8_t *code_page;

struct program {
    const uint32_t *words;
    size_t bytes;
};
#define PROGRAM(name)                                                \
    (_i == 0 ? (struct program){name##_gfx942, sizeof name##_gfx942} \
             : (struct program){name##_gfx1100, sizeof name##_gfx1100})

static void *map(uint64_t va, size_t bytes)
{
    void *host =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(host, MAP_FAILED);
    ck_assert_int_eq(sim_vm_map(&gpu.vm, va, bytes, host, ALL), 0);
    return host;
}

/* A dispatch of one wave; the caller changes what it is about. */
static struct sim_dispatch prepare(int model, struct program program)
{
    static const char *const names[] = {"mi300x", "rx7900xtx"};
    gpu = (struct sim_gpu){.model = sim_model_find(names[model], strlen(names[model]))};
    ck_assert_ptr_nonnull(gpu.model);
    ck_assert_int_eq(sim_vm_init(&gpu.vm), 0);
    code_page = map(CODE, SIM_PAGE);
    memcpy(code_page, program.words, program.bytes);
    buffer = map(BUFFER, BUFFER_BYTES);
    unsigned lanes = model == 0 ? 64 : 32;
    return (struct sim_dispatch){
        .gpu = &gpu,
        .grid = {lanes, 1, 1},
        .group = {lanes, 1, 1},
        .code_va = CODE,
        .rsrc1 = 3 | 0xc0 << 12, /* 32 VGPRs; f32 and f64 with subnormals */
        .rsrc2 = 2 << 1 | 1 << 7,
        .rsrc3 = 7,
        .wave32 = model == 1,
        .user_sgpr = {(uint32_t)BUFFER, (uint32_t)(BUFFER >> 32)},
        .n_user_sgprs = 2,
        .seed = 1234,
    };
}

static void run(struct sim_dispatch *d)
{
    struct sim_outcome outcome;
    sim_compute_run(d, &outcome);
    ck_assert_msg(outcome.end == SIM_END_OK, "end %d: %s", outcome.end, outcome.text);
}

/* ---- geometry and initial state ---- */

struct record {
    uint32_t ids, group[3], info, xcc, mode, unused;
};

static void check_shape(struct sim_dispatch *d, const uint32_t grid[3], const uint32_t group[3])
{
    uint32_t total = grid[0] * grid[1] * grid[2];
    uint8_t *seen = calloc(total, 1);
    unsigned lanes = d->wave32 ? 32 : 64;
    memset(buffer, 0, BUFFER_BYTES);
    memcpy(d->grid, grid, sizeof d->grid);
    memcpy(d->group, group, sizeof d->group);
    run(d);
    ck_assert_uint_eq(buffer[0], total);
    const struct record *r = (const struct record *)(buffer + 16);
    for (uint32_t i = 0; i < total; i++, r++) {
        uint32_t at[3], place = 0, size[3], items = 1;
        for (int k = 2; k >= 0; k--) {
            at[k] = r->group[k] * group[k] + (r->ids >> 10 * k & 0x3ff);
            ck_assert_uint_lt(at[k], grid[k]);
            place = place * grid[k] + at[k];
            uint32_t left = grid[k] - r->group[k] * group[k];
            size[k] = left < group[k] ? left : group[k];
            items *= size[k];
        }
        ck_assert_msg(!seen[place]++, "work-item %u,%u,%u ran twice", at[0], at[1], at[2]);
        uint32_t linear = (r->ids & 0x3ff) + size[0] * ((r->ids >> 10 & 0x3ff) + size[1] * (r->ids >> 20));
        uint32_t first = linear < lanes ? 1u << 31 : 0;
        ck_assert_uint_eq(r->info, first | (items + lanes - 1) / lanes);
        uint64_t index = 0;
        for (int k = 2; k >= 0; k--)
            index = index * ((grid[k] + group[k] - 1) / group[k]) + r->group[k];
        ck_assert_uint_eq(r->xcc, index % gpu.model->xccs);
        ck_assert_uint_eq(r->mode & 0xff, 0xc0);
    }
    free(seen);
}

START_TEST(every_work_item_runs_once_and_knows_its_place)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(record));
    d.rsrc2 = 2 << 1 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 2 << 11;
    check_shape(&d, (uint32_t[]){1, 1, 1}, (uint32_t[]){1, 1, 1});
    check_shape(&d, (uint32_t[]){100, 1, 1}, (uint32_t[]){64, 1, 1});
    check_shape(&d, (uint32_t[]){37, 11, 5}, (uint32_t[]){16, 4, 3});
    check_shape(&d, (uint32_t[]){2050, 2, 1}, (uint32_t[]){1024, 1, 1});
    check_shape(&d, (uint32_t[]){3, 3, 40}, (uint32_t[]){5, 7, 9});
    check_shape(&d, (uint32_t[]){8192, 1, 1}, (uint32_t[]){32, 1, 1});
}
END_TEST

START_TEST(system_registers_follow_the_user_registers_that_the_descriptor_counts)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(record));
    d.rsrc2 = 3 << 1 | 1 << 7 | 1 << 9; /* three user SGPRs, of which two are filled; x and z of the group */
    d.group[2] = 1;
    d.grid[2] = 4;
    run(&d);
    const struct record *r = (const struct record *)(buffer + 16);
    for (uint32_t i = 0, z = 0; i < buffer[0]; i += d.group[0], z++) {
        ck_assert_uint_eq(r[i].group[1], 0);     /* s3: x */
        ck_assert_uint_lt(r[i].group[2], 4);     /* s4: z */
        ck_assert_uint_eq(r[i].ids >> 10, 0);    /* only x was asked for */
        ck_assert_uint_ne(r[i].group[0], 0xeee); /* s2: noise */
    }
}
END_TEST

START_TEST(what_nobody_set_is_noise_of_the_seed)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(noise));
    enum { DWORDS = 64 * 4 };
    uint32_t first[DWORDS], zeros = 0;
    d.lds_bytes = 1024;
    run(&d);
    memcpy(first, buffer, sizeof first);
    for (unsigned i = 0; i < d.grid[0]; i++)
        for (unsigned k = 0; k < 3; k++)
            zeros += first[i * 4 + k] == 0;
    ck_assert_uint_lt(zeros, 4);
    run(&d);
    ck_assert_mem_eq(first, buffer, sizeof first);
    d.seed++;
    run(&d);
    for (unsigned i = 0; i < d.grid[0]; i++)
        for (unsigned k = 0; k < 3; k++)
            zeros += first[i * 4 + k] == buffer[i * 4 + k];
    ck_assert_uint_lt(zeros, 8);
}
END_TEST

/* Of two rows of 64 or 32 records: how often are both the same? */
static unsigned alike(const uint32_t *a, const uint32_t *b, unsigned lanes, unsigned word)
{
    unsigned n = 0;
    for (unsigned i = 0; i < lanes; i++)
        n += a[i * 4 + word] == b[i * 4 + word];
    return n;
}

START_TEST(no_two_waves_of_a_group_begin_with_the_same_noise)
{
    enum { WAVES = 7 };
    struct sim_dispatch d = prepare(_i, PROGRAM(noise));
    unsigned lanes = d.grid[0];
    d.grid[0] = d.group[0] = WAVES * lanes;
    d.lds_bytes = WAVES * lanes * 4;
    run(&d);
    for (unsigned a = 0; a < WAVES; a++)
        for (unsigned b = 0; b < a; b++) {
            const uint32_t *row = buffer + a * lanes * 4, *other = buffer + b * lanes * 4;
            ck_assert_uint_lt(alike(row, other, lanes, 0), 4); /* LDS */
            ck_assert_uint_lt(alike(row, other, lanes, 1), 4); /* v5 */
            ck_assert_uint_eq(alike(row, other, lanes, 2), 0); /* s20 */
        }
}
END_TEST

START_TEST(waves_and_groups_have_places_of_their_own)
{
    enum { WAVES = 4, DWORDS = 256 };
    struct sim_dispatch d = prepare(_i, PROGRAM(place));
    unsigned lanes = d.grid[0], groups = 4 * gpu.model->xccs, near = _i == 0 ? 0x3f : 0x31f;
    d.group[0] = WAVES * lanes;
    d.grid[0] = groups * WAVES * lanes;
    run(&d);
    for (unsigned g = 0; g < groups; g++)
        for (unsigned w = 0; w < WAVES; w++) {
            const uint32_t *at = buffer + g * DWORDS + w * lanes;
            ck_assert_uint_eq(at[0], at[lanes - 1]);
            ck_assert_uint_eq(at[0] & ~near, buffer[g * DWORDS] & ~near); /* one unit for a group */
            for (unsigned other = 0; other < w; other++)
                ck_assert_uint_ne(at[0], buffer[g * DWORDS + other * lanes]);
            for (unsigned other = g % gpu.model->xccs; other < g; other += gpu.model->xccs)
                ck_assert_uint_ne(at[0] & ~near, buffer[other * DWORDS] & ~near);
        }
}
END_TEST

START_TEST(an_empty_grid_ends_at_once)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(endless));
    d.grid[1] = 0;
    run(&d);
}
END_TEST

/* ---- turns ---- */

START_TEST(waves_of_a_group_meet_at_barriers)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(barrier));
    d.lds_bytes = 4;
    d.group[0] = 1000;
    d.grid[0] = 20 * 1000;
    run(&d);
    ck_assert_uint_eq(buffer[0], 20u * 1000 * 1000);
}
END_TEST

/* All groups wait for the last one; between two looks each executes that instruction. */
static struct sim_dispatch prepare_wait_later(int model, uint32_t between, uint32_t groups)
{
    struct sim_dispatch d =
        prepare(model, model == 0 ? (struct program){wait_later_gfx942, sizeof wait_later_gfx942}
                                  : (struct program){wait_later_gfx1100, sizeof wait_later_gfx1100});
    memcpy(code_page + 4 * sizeof between, &between, sizeof between); /* instead of s_sleep */
    d.n_user_sgprs = 9; /* s8, behind the system registers' place: the group that gives */
    d.user_sgpr[8] = groups - 1;
    d.grid[0] = groups * d.group[0];
    return d;
}

static void check_wait_later(int model, uint32_t between, uint32_t groups)
{
    struct sim_dispatch d = prepare_wait_later(model, between, groups);
    run(&d);
    ck_assert_uint_eq(buffer[0], d.group[0]);
    ck_assert_uint_eq(buffer[1], (groups - 1) * d.group[0]);
}

static const uint32_t S_NOP = 0xbf800000, S_ADD_U32_S10_S10_1 = 0x800a810a;

START_TEST(a_group_may_wait_for_one_that_starts_later)
{
    check_wait_later(_i, _i == 0 ? 0xbf8e0001 : 0xbf830001 /* s_sleep 1 */, 51);
}
END_TEST

START_TEST(groups_that_wait_without_sleeping_let_later_ones_start)
{
    check_wait_later(_i, S_NOP, 400);
}
END_TEST

START_TEST(groups_that_count_while_they_wait_let_later_ones_start)
{
    check_wait_later(_i, S_ADD_U32_S10_S10_1, 100);
}
END_TEST

static bool rest_for_a_while(struct sim_queue *queue)
{
    static _Atomic unsigned left = 20000;
    (void)queue;
    return atomic_fetch_sub(&left, 1) > 1;
}

/* With the most LDS a group has a compute unit for itself: one group more than that must wait for ever. */
START_TEST(groups_beyond_what_the_compute_units_hold_do_not_start)
{
    uint32_t cus = _i == 0 ? 304 : 96;
    static const struct sim_dispatch_owner owner = {.rest = rest_for_a_while};
    struct sim_outcome outcome;
    struct sim_dispatch d = prepare_wait_later(_i, S_NOP, cus);
    d.lds_bytes = 65536;
    run(&d);
    ck_assert_uint_eq(buffer[1], (cus - 1) * d.group[0]);
    buffer[0] = buffer[1] = 0;
    d.user_sgpr[8] = cus; /* the group that gives is one further */
    d.grid[0] += d.group[0];
    d.owner = &owner;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_PREEMPTED);
    ck_assert_uint_eq(buffer[0], 0);
}
END_TEST

START_TEST(waves_wait_for_scratch_that_others_use)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(scratch));
    d.private_bytes = 16;
    d.scratch_va = SCRATCH;
    d.scratch_waves = 3;
    d.group[0] *= 2;
    d.grid[0] = 64 * d.group[0];
    map(SCRATCH, (1024 * 3 * gpu.model->xccs + SIM_PAGE - 1) / SIM_PAGE * SIM_PAGE);
    run(&d);
    ck_assert_uint_eq(buffer[0], d.grid[0]);
}
END_TEST

static void *run_other(void *dispatch)
{
    run(dispatch);
    return NULL;
}

START_TEST(two_dispatches_run_at_the_same_time)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(barrier)), e;
    pthread_t other;
    d.lds_bytes = 4;
    d.group[0] = 256;
    d.grid[0] = 100 * 256;
    e = d;
    ck_assert_int_eq(pthread_create(&other, NULL, run_other, &e), 0);
    run(&d);
    pthread_join(other, NULL);
    ck_assert_uint_eq(buffer[0], 2u * 100 * 256 * 256);
}
END_TEST

#if defined(__SANITIZE_THREAD__)
enum { TSAN = 1 };
#elif defined(__clang__)
enum { TSAN = __has_feature(thread_sanitizer) };
#else
enum { TSAN = 0 };
#endif

static unsigned threads_count(void)
{
    unsigned n = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        n += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return n;
}

START_TEST(after_a_fork_the_child_has_threads_again)
{
    if (TSAN)
        return; /* it refuses threads in the child of a process that had some */
    struct sim_dispatch d = prepare(_i, PROGRAM(barrier));
    d.lds_bytes = 4;
    d.group[0] = 256;
    d.grid[0] = 50 * 256;
    run(&d);
    unsigned threads = threads_count();
    pid_t child = fork();
    if (child == 0) {
        struct sim_outcome outcome;
        buffer[0] = 0;
        sim_compute_run(&d, &outcome);
        bool several = threads_count() > 1 || threads == 1;
        _exit(outcome.end == SIM_END_OK && buffer[0] == 50u * 256 * 256 && several ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- ends ---- */

struct stopper {
    struct sim_queue queue;
    _Atomic bool done;
};

static void *stop_after_unmap(void *arg)
{
    struct stopper *stopper = arg;
    sim_vm_unmap(&gpu.vm, SPARE, SIM_PAGE); /* must not wait for the waves */
    atomic_store(&stopper->done, true);
    atomic_store(&stopper->queue.stop, true);
    return NULL;
}

START_TEST(an_endless_kernel_lets_unmaps_through_and_can_be_preempted)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(endless));
    static struct stopper stopper;
    struct sim_outcome outcome;
    pthread_t other;
    stopper = (struct stopper){.queue.gpu = &gpu};
    d.owner = &sim_engine_owner;
    d.queue = &stopper.queue;
    d.grid[0] = 40 * d.group[0];
    map(SPARE, SIM_PAGE);
    ck_assert_int_eq(pthread_create(&other, NULL, stop_after_unmap, &stopper), 0);
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_PREEMPTED);
    ck_assert(atomic_load(&stopper.done));
    pthread_join(other, NULL);
}
END_TEST

/* Waves keep translations from one dispatch to the next. */
START_TEST(memory_that_was_mapped_anew_or_is_gone_is_not_taken_for_what_it_was)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(record));
    struct sim_outcome outcome;
    uint32_t *old = buffer;
    run(&d);
    ck_assert_uint_eq(old[0], d.group[0]);
    old[0] = 0;
    sim_vm_unmap(&gpu.vm, BUFFER, BUFFER_BYTES);
    buffer = map(BUFFER, BUFFER_BYTES);
    run(&d);
    ck_assert_uint_eq(buffer[0], d.group[0]);
    ck_assert_uint_eq(old[0], 0);
    sim_vm_unmap(&gpu.vm, BUFFER, BUFFER_BYTES);
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_FAULT);
    ck_assert(outcome.not_present);
    ck_assert_uint_eq(outcome.va & ~(uint64_t)(SIM_PAGE - 1), BUFFER);
}
END_TEST

START_TEST(another_address_space_at_the_same_place_is_another_one)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(record));
    uint32_t *old = buffer;
    run(&d);
    old[0] = 0;
    sim_vm_fini(&gpu.vm);
    d = prepare(_i, PROGRAM(record)); /* as many maps as before */
    ck_assert_ptr_ne(buffer, old);
    run(&d);
    ck_assert_uint_eq(buffer[0], d.group[0]);
    ck_assert_uint_eq(old[0], 0);
}
END_TEST

START_TEST(a_fault_ends_the_dispatch)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(fault));
    struct sim_outcome outcome;
    d.user_sgpr[0] = 0x666000;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_FAULT);
    ck_assert_uint_eq(outcome.va, 0x666010);
    ck_assert_uint_eq(outcome.access, SIM_VM_READ);
    ck_assert(outcome.not_present);
    ck_assert_uint_eq(outcome.pc, CODE + 4);
    ck_assert_str_eq(outcome.text, "read of 0x666010, which is not mapped, at 0x100004");
}
END_TEST

START_TEST(code_that_is_not_mapped_is_a_fault_of_the_fetch)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(fault));
    struct sim_outcome outcome;
    d.code_va = 0x7000;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_FAULT);
    ck_assert_uint_eq(outcome.va, 0x7000);
    ck_assert_uint_eq(outcome.access, SIM_VM_EXEC);
}
END_TEST

START_TEST(a_trap_ends_the_dispatch)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(trap));
    struct sim_outcome outcome;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_TRAP);
    ck_assert_uint_eq(outcome.pc, CODE + 4);
    ck_assert_str_eq(outcome.text, "s_trap 5 at 0x100004");
}
END_TEST

START_TEST(an_instruction_of_graphics_alone_is_named)
{
    static const uint32_t export[] = {0xf800000f, 0x03020100}; /* exp mrt0 v0, v1, v2, v3: llvm-mc */
    struct sim_dispatch d = prepare(1, (struct program){export, sizeof export});
    struct sim_outcome outcome;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_str_eq(outcome.text,
                     "unknown instruction 0xf800000f 0x03020100 at 0x100000: export (EXP), which "
                     "only graphics uses, is not simulated");
}
END_TEST

START_TEST(an_unknown_instruction_is_shown_with_its_place)
{
    static const uint32_t nonsense[] = {0xfe001234, 0x00005678};
    struct sim_dispatch d = prepare(_i, (struct program){nonsense, sizeof nonsense});
    struct sim_outcome outcome;
    sim_compute_run(&d, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_uint_eq(outcome.pc, CODE);
    ck_assert_str_eq(outcome.text, "unknown instruction 0xfe001234 0x00005678 at 0x100000");
}
END_TEST

START_TEST(what_no_compute_unit_can_run_is_refused_with_the_reason)
{
    struct sim_dispatch d = prepare(_i, PROGRAM(trap)), e = d;
    struct sim_outcome outcome;
    e.group[1] = 40;
    sim_compute_run(&e, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_msg(strstr(outcome.text, "x40x1 work-items"), "%s", outcome.text);
    e = d;
    e.lds_bytes = 65537;
    sim_compute_run(&e, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_msg(strstr(outcome.text, "65537 bytes of LDS"), "%s", outcome.text);
    e = d;
    e.private_bytes = 4;
    sim_compute_run(&e, &outcome);
    ck_assert_int_eq(outcome.end, SIM_END_ILLEGAL);
    ck_assert_msg(strstr(outcome.text, "scratch"), "%s", outcome.text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_work_item_runs_once_and_knows_its_place,
        system_registers_follow_the_user_registers_that_the_descriptor_counts,
        what_nobody_set_is_noise_of_the_seed,
        no_two_waves_of_a_group_begin_with_the_same_noise,
        waves_and_groups_have_places_of_their_own,
        an_empty_grid_ends_at_once,
        waves_of_a_group_meet_at_barriers,
        a_group_may_wait_for_one_that_starts_later,
        groups_that_wait_without_sleeping_let_later_ones_start,
        groups_that_count_while_they_wait_let_later_ones_start,
        groups_beyond_what_the_compute_units_hold_do_not_start,
        waves_wait_for_scratch_that_others_use,
        two_dispatches_run_at_the_same_time,
        after_a_fork_the_child_has_threads_again,
        an_endless_kernel_lets_unmaps_through_and_can_be_preempted,
        memory_that_was_mapped_anew_or_is_gone_is_not_taken_for_what_it_was,
        another_address_space_at_the_same_place_is_another_one,
        a_fault_ends_the_dispatch,
        code_that_is_not_mapped_is_a_fault_of_the_fetch,
        a_trap_ends_the_dispatch,
        an_unknown_instruction_is_shown_with_its_place,
        what_no_compute_unit_can_run_is_refused_with_the_reason,
    };
    Suite *suite = suite_create("sim_compute");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, tests[i], 0, 2);
    tcase_add_test(tcase, an_instruction_of_graphics_alone_is_named);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
