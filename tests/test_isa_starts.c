/*
 * test_isa_starts.c - dispatches whose waves begin in compiled code: they leave the same memory, and end in
 * the same way, as with operations one by one.
 *
 * Kernels are random (isa/random_kernel.h). Which way code runs is settled once for a process: two children
 * run the same kernels, and the second one compares.
 *
 * KFDFS_ISA_SEED, KFDFS_ISA_KERNELS, KFDFS_ISA_TURNS: other kernels, how many, so many times.
 * KFDFS_ISA_KERNEL: that one alone; KFDFS_ISA_WITHOUT: with s_nop in place of these words of it (1,2,3), to
 * find out which matter.
 */
#include "isa/random_kernel.h"
#include "run_suite.h"
#include "sim/cu/compute.h"
#include "sim/cu/jit.h"
#include "sim/models.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 4, BATCH = 24, KERNELS = 480, TARGETS = 3, INPUTS = 4, PAGE = 4096 };

static const char *const models[TARGETS] = {"rx7900xtx", "mi300x", "rx6900xt"};
static struct sim_gpu gpus[TARGETS];

/* ---- memory ---- */

/* What follows a range of the GPU's lies elsewhere in the host's memory, or is not mapped at all. */
struct memory {
    uint64_t va;
    uint32_t at[4]; /* where its ranges begin and, behind them, it ends */
    unsigned n, access;
    uint8_t *host[3];
};

enum { ANY = SIM_VM_READ | SIM_VM_WRITE, CODE_VA = 0x100000, SCRATCH_VA = 0x40000000 };
static struct memory code = {0x100000, {0, PAGE}, 1, SIM_VM_READ | SIM_VM_EXEC, {0}};
static struct memory table = {0x200000, {0, KERNEL_TABLE_BYTES}, 1, SIM_VM_READ, {0}};
static struct memory output = {0x4fffff000, {0, PAGE, 6 * PAGE, KERNEL_OUT_BYTES}, 3, ANY, {0}};
static struct memory input[INPUTS]; /* numbers alone, few NaNs, many; a page less than 4 GiB apart */

static uint64_t noise_state;

static uint64_t noise(void)
{
    uint64_t z = noise_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t any(uint32_t n)
{
    return (uint32_t)(noise() >> 32) % n;
}

static void memory_map(struct memory *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        size_t size = m->at[i + 1] - m->at[i];
        uint8_t *host = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(host, MAP_FAILED);
        m->host[i] = host + PAGE;
        ck_assert_int_eq(mprotect(m->host[i], size, PROT_READ | PROT_WRITE), 0);
        for (unsigned k = 0; k < TARGETS; k++)
            ck_assert_int_eq(sim_vm_map(&gpus[k].vm, m->va + m->at[i], size, m->host[i], m->access), 0);
    }
}

/* A float, or something of which there is a choice; in `of` cases of 256. */
static uint32_t number_any(unsigned of)
{
    static const uint32_t special[] = {0x7fc00000, 0xffc00001, 0x7f800123, 0xff812345,
                                       0x7fc54321, 0x7f800000, 0xff800000, 0x80000000,
                                       0x00000001, 0x7f7fffff, 0xffffffff, 0x7fa00000};
    if (any(256) < of)
        return special[any(12)] | (any(2) ? any(256) : 0);
    float f = (float)((int)any(8192) - 4096) / 16;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void memory_fill(const struct memory *m, unsigned of)
{
    for (unsigned i = 0; i < m->n; i++)
        for (uint32_t at = m->at[i]; at < m->at[i + 1]; at += 4) {
            uint32_t word = number_any(of);
            memcpy(m->host[i] + at - m->at[i], &word, 4);
        }
}

static void machines_make(void)
{
    for (unsigned i = 0; i < TARGETS; i++) {
        gpus[i] = (struct sim_gpu){.model = sim_model_find(models[i], strlen(models[i])), .gpu_id = 1};
        ck_assert_ptr_nonnull(gpus[i].model);
        ck_assert_int_eq(sim_vm_init(&gpus[i].vm), 0);
    }
    memory_map(&code);
    memory_map(&table);
    memory_map(&output);
    memory_fill(&table, 24);
    for (unsigned i = 0; i < INPUTS; i++) {
        static const unsigned of[INPUTS] = {0, 2, 128, 0};
        input[i] = (struct memory){UINT64_C(0x6ffffe000) + i * (UINT64_C(0x100000000) - PAGE),
                                   {0, 2 * PAGE, KERNEL_IN_BYTES},
                                   2,
                                   SIM_VM_READ,
                                   {0}};
        memory_map(&input[i]);
        memory_fill(&input[i], of[i]);
    }
}

/* ---- a kernel, and how it is dispatched ---- */

struct run {
    struct sim_dispatch d;
    uint64_t seed; /* of what the output holds before */
};

struct test {
    unsigned number, target;
    bool wave64;
    struct random_kernel kernel;
    struct run run[RUNS];
};

static void words_drop(struct encoded *e, const char *which)
{
    static const uint32_t s_nop = 0xbf800000;
    for (; which && *which; which += *which == ',') {
        unsigned at = (unsigned)strtoul(which, (char **)(uintptr_t)&which, 10);
        char text[256];
        if (at >= e->n)
            return;
        for (unsigned end = encoded_text(e, at, text, sizeof text); at < end; at++)
            e->word[at] = s_nop;
    }
}

/* A group of so many waves at most, and a grid. */
static void shape_choose(const struct test *t, struct sim_dispatch *d, bool one)
{
    uint32_t lanes = t->wave64 ? 64 : 32, rows = 1, *group = d->group;
    unsigned dims = t->kernel.dims;
    bool whole = one || any(4) != 0;
    uint32_t waves = one || t->kernel.alone ? 1 : 1 + any(KERNEL_GROUP_ITEMS / lanes);
    group[0] = group[1] = group[2] = 1;
    if (whole && dims > 1 && waves > 1) {
        rows = any(2) ? waves : 1;
        group[1 + any(dims - 1)] = rows;
        group[0] = waves / rows * lanes;
    } else if (whole) {
        group[0] = waves * lanes;
    } else {
        for (unsigned i = 0; i < dims; i++)
            group[i] = 1 + any(i == 0 ? lanes / (1u << (dims - 1)) : 2);
    }
    memcpy(d->grid, group, sizeof d->grid);
    uint32_t most = KERNEL_ITEMS / (group[0] * group[1] * group[2]);
    if (one || most < 2)
        return;
    for (unsigned i = 0; i < dims && most > 1; i++) {
        uint32_t n = 1 + any(most < 5 ? most : 5);
        d->grid[i] *= n;
        most /= n;
        if (any(4) == 0)
            d->grid[i] -= any(group[i]);
    }
}

/* How much further the input is: mostly not at all; near the ends of its ranges. */
static uint32_t shift_choose(const struct test *t, bool one)
{
    static const uint32_t ends[] = {2 * PAGE, KERNEL_IN_BYTES};
    unsigned n = 0;
    while (n < KERNEL_PROBES && t->kernel.reach[n] > 0)
        n++;
    unsigned probe = n > 0 ? any(n) : 0;
    uint32_t end = ends[one && any(2)] - t->kernel.probe[probe] - (1 + any(3)) * t->kernel.reach[probe];
    uint32_t near[] = {0, 1, any(17) - 8, any(3) - 1, 4 * any(8)};
    uint32_t shift = end + near[any(5)];
    if (!t->kernel.reach[probe] || any(4) == 0)
        shift = one && any(4) == 0 ? (uint32_t)noise() : any(2048) * 4;
    else if (one && any(4) == 0) /* an offset overflows */
        shift = 0 - t->kernel.probe[probe] - any(128) * 4;
    return one || shift <= KERNEL_IN_ROOM ? shift : 0;
}

static void run_choose(const struct test *t, struct run *run)
{
    struct sim_dispatch *d = &run->d;
    bool one = any(3) == 0;
    *d = (struct sim_dispatch){
        .gpu = &gpus[t->target],
        .code_va = CODE_VA,
        .rsrc1 = (gpus[t->target].model->generation < ISA_GFX10_3 || !t->wave64 ? 5 : 11) |
                 (t->number % 16 ? 0xf0u : 0xc0u) << 12 | (t->number & 1) << 21 | (t->number >> 1 & 1) << 23,
        .rsrc2 = KERNEL_USER_SGPRS << 1 | 7 << 7 | (t->kernel.dims - 1) << 11,
        .rsrc3 = KERNEL_VGPRS / 4 - 1,
        .wave32 = !t->wave64,
        .lds_bytes = KERNEL_LDS_BYTES,
        .n_user_sgprs = KERNEL_USER_SGPRS,
        .seed = noise()};
    shape_choose(t, d, one);
    uint32_t groups[2];
    for (unsigned i = 0; i < 2; i++)
        groups[i] = (d->grid[i] + d->group[i] - 1) / d->group[i];
    uint32_t which = any(INPUTS - 1);
    uint64_t in = input[which].va;
    uint32_t *s = d->user_sgpr;
    s[KERNEL_TABLE] = (uint32_t)table.va;
    s[KERNEL_IN] = (uint32_t)in, s[KERNEL_IN + 1] = (uint32_t)(in >> 32);
    s[KERNEL_OUT] = (uint32_t)output.va, s[KERNEL_OUT + 1] = (uint32_t)(output.va >> 32);
    s[KERNEL_IN_SHIFT] = any(3) ? shift_choose(t, one) : 0;
    s[KERNEL_LDS_SHIFT] = one && any(3) == 0 ? any(2) ? any(8192) : KERNEL_LDS_BYTES - any(2048) : 0;
    s[KERNEL_OUT_SHIFT] = one && any(3) == 0 ? any(2) ? any(2 * KERNEL_OUT_BYTES) : any(64) * 64 : 0;
    if (one && any(4) == 0) /* up to where the lower halves of the input's addresses begin anew */
        s[KERNEL_OUT_SHIFT] = (2 + which) * PAGE - 4 * any(256);
    s[KERNEL_ANY] = any(4) ? any(5) : any(64);
    s[KERNEL_GROUP] = d->group[0] * d->group[1] * d->group[2];
    s[KERNEL_ROW] = d->group[0];
    s[KERNEL_PLANE] = d->group[0] * d->group[1];
    s[KERNEL_GROUPS_X] = groups[0];
    s[KERNEL_GROUPS_XY] = groups[0] * groups[1];
    s[KERNEL_MORE] = number_any(128);
    run->seed = noise();
}

static void test_make(struct test *t, uint64_t seed, unsigned number)
{
    noise_state = seed * 0x100000001b3 + number;
    t->number = number;
    t->target = number % TARGETS;
    enum isa_generation generation = gpus[t->target].model->generation;
    t->wave64 = generation < ISA_GFX10_3 || any(4) == 0;
    random_kernel_make(&t->kernel, generation, t->wave64, noise());
    words_drop(&t->kernel.code, getenv("KFDFS_ISA_WITHOUT"));
    for (unsigned i = 0; i < RUNS; i++)
        run_choose(t, &t->run[i]);
}

/* ---- both ways ---- */

struct result {
    struct sim_outcome outcome;
    uint8_t output[KERNEL_OUT_BYTES];
};

struct shared {
    unsigned at; /* the kernel being run */
    struct result result[BATCH][RUNS];
};

static void run_do(const struct test *t, const struct run *run, struct sim_outcome *outcome)
{
    memset(code.host[0], 0, PAGE);
    memcpy(code.host[0], t->kernel.code.word, t->kernel.code.n * sizeof t->kernel.code.word[0]);
    noise_state = run->seed;
    memory_fill(&output, 8);
    struct sim_dispatch d = run->d;
    memset(outcome, 0, sizeof *outcome);
    sim_compute_run(&d, outcome);
}

static void result_take(struct result *r)
{
    for (unsigned i = 0; i < output.n; i++)
        memcpy(r->output + output.at[i], output.host[i], output.at[i + 1] - output.at[i]);
}

static void test_print(const struct test *t)
{
    const struct encoded *e = &t->kernel.code;
    fprintf(stderr, "kernel %u on %s, wave%d\n", t->number, models[t->target], t->wave64 ? 64 : 32);
    for (unsigned at = 0; at < e->n;) {
        char text[256];
        fprintf(stderr, "%4u", at);
        at = encoded_text(e, at, text, sizeof text);
        fprintf(stderr, "  %s\n", text);
    }
}

static void run_print(const struct test *t, unsigned n)
{
    const struct sim_dispatch *d = &t->run[n].d;
    fprintf(stderr, "run %u: grid %ux%ux%u of %ux%ux%u;", n, d->grid[0], d->grid[1], d->grid[2], d->group[0],
            d->group[1], d->group[2]);
    for (unsigned i = 0; i < KERNEL_USER_SGPRS; i++)
        fprintf(stderr, " s%u=%#x", i, d->user_sgpr[i]);
    fputc('\n', stderr);
}

static bool outcome_same(const struct sim_outcome *a, const struct sim_outcome *b)
{
    return a->end == b->end && a->pc == b->pc && a->va == b->va && a->access == b->access &&
           a->not_present == b->not_present && !strcmp(a->text, b->text);
}

static bool result_compare(const struct test *t, unsigned n, const struct result *is,
                           const struct result *expect)
{
    if (outcome_same(&is->outcome, &expect->outcome) &&
        !memcmp(is->output, expect->output, sizeof is->output))
        return true;
    test_print(t);
    run_print(t, n);
    fprintf(stderr, "end %d %s, not %d %s\n", is->outcome.end, is->outcome.text, expect->outcome.end,
            expect->outcome.text);
    for (unsigned at = 0, told = 0; at < KERNEL_OUT_BYTES && told < 8; at += 4)
        if (memcmp(is->output + at, expect->output + at, 4) != 0) {
            uint32_t word[2];
            memcpy(&word[0], is->output + at, 4);
            memcpy(&word[1], expect->output + at, 4);
            fprintf(stderr, "output at %#x: %#x, not %#x\n", at, word[0], word[1]);
            told++;
        }
    return false;
}

/* The child: 0, or another number where something differs. */
static int batch_run(struct shared *shared, uint64_t seed, unsigned first, unsigned n, bool compiled)
{
    static struct test t;
    static struct result is;
    for (unsigned i = 0; i < n; i++) {
        shared->at = first + i;
        test_make(&t, seed, first + i);
        for (unsigned k = 0; k < RUNS; k++) {
            struct result *r = compiled ? &is : &shared->result[i][k];
            run_do(&t, &t.run[k], &r->outcome);
            result_take(r);
            if (compiled && !result_compare(&t, k, r, &shared->result[i][k]))
                return 1;
        }
    }
    return 0;
}

/* How the child ended, as wait() tells. */
static int batch_fork(struct shared *shared, uint64_t seed, unsigned first, unsigned n, bool compiled)
{
    int status = -1;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        jit_choose(compiled ? JIT_STARTS : JIT_OFF);
        _exit(batch_run(shared, seed, first, n, compiled));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static void batch_compare(struct shared *shared, uint64_t seed, unsigned first, unsigned n)
{
    for (unsigned i = 0; i < 2; i++) {
        int status = batch_fork(shared, seed, first, n, i);
        if (status == 0)
            continue;
        if (WIFSIGNALED(status)) {
            static struct test t;
            test_make(&t, seed, shared->at);
            test_print(&t);
        }
        ck_abort_msg("kernel %u of seed %llu, %s: %s %d", shared->at, (unsigned long long)seed,
                     i ? "compiled" : "one by one", WIFSIGNALED(status) ? "signal" : "exit",
                     WIFSIGNALED(status) ? WTERMSIG(status) : 1);
    }
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

START_TEST(waves_that_begin_in_compiled_code_come_to_what_operations_one_by_one_come_to)
{
    uint64_t seed = number_of("KFDFS_ISA_SEED", 2), only = number_of("KFDFS_ISA_KERNEL", UINT64_MAX);
    unsigned n = (unsigned)(number_of("KFDFS_ISA_KERNELS", KERNELS) * number_of("KFDFS_ISA_TURNS", 1));
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    machines_make();
    if (only != UINT64_MAX)
        batch_compare(shared, seed, (unsigned)only, 1);
    else
        for (unsigned first = 0; first < n; first += BATCH)
            batch_compare(shared, seed, first, BATCH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_starts");
    TCase *t = tcase_create("starts");
    tcase_set_timeout(t, 0);
    tcase_add_test(t, waves_that_begin_in_compiled_code_come_to_what_operations_one_by_one_come_to);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
