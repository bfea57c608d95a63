/*
 * gpu_test.h - what the driver's tests share: an open system, a checked call, a queue, verified memory.
 */
#ifndef KFDFS_GPU_TEST_H
#define KFDFS_GPU_TEST_H

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gpu.h"
#include "run_suite.h"

/* Checks a call for 0; says which, and the driver's sentence. */
#define OK(call)                                                             \
    do {                                                                     \
        int rc_ = (call);                                                    \
        ck_assert_msg(rc_ == 0, "%s = %d (%s)", #call, rc_, gpu_err_text()); \
    } while (0)
/* Checks a call for an errno, and that there is a sentence. */
#define FAILS(call, code)                                                                           \
    do {                                                                                            \
        gpu_err(0, "%s", "");                                                                       \
        int rc_ = (call);                                                                           \
        ck_assert_msg(rc_ == -(code), "%s = %d, not %d (%s)", #call, rc_, -(code), gpu_err_text()); \
        ck_assert_msg(*gpu_err_text(), "%s left no sentence", #call);                               \
    } while (0)

enum { GPU_TEST_LIMIT_S = 60 };
#define TEST_LIMIT_NS (UINT64_C(1000000000) * GPU_TEST_LIMIT_S)

struct event_record {
    pthread_mutex_t lock;
    unsigned count;
    struct gpu_event last;
    char text[512];
};
static struct event_record events = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct gpu_system *sys;
static atomic_bool *kernels_missed; /* shared with the processes of the tests */

static inline void record_event(void *ctx, const struct gpu_event *event)
{
    struct event_record *record = ctx;
    pthread_mutex_lock(&record->lock);
    record->count++;
    record->last = *event;
    record->last.text = record->text;
    snprintf(record->text, sizeof record->text, "%s", event->text);
    pthread_mutex_unlock(&record->lock);
}

static inline void open_system(void)
{
    struct gpu_options options = {.on_event = record_event, .ctx = &events};
    OK(gpu_system_open(&options, &sys));
}

static inline void close_system(void)
{
    gpu_system_close(sys);
    sys = NULL;
}

static inline struct gpu_buffer *make_buffer(struct gpu *gpu, enum gpu_pool pool, uint64_t bytes)
{
    struct gpu_buffer *buf = NULL;
    OK(gpu_buffer_create(gpu, pool, bytes, &buf));
    OK(gpu_buffer_reserve(buf, bytes));
    return buf;
}

static inline struct gpu_queue *make_queue(struct gpu *gpu, enum gpu_queue_kind kind, uint32_t ring_bytes)
{
    struct gpu_queue *queue = NULL;
    OK(gpu_queue_create(
        gpu, &(struct gpu_queue_options){.kind = kind, .engine = -1, .ring_bytes = ring_bytes}, &queue));
    return queue;
}

/* One command, submitted and waited for. */
static inline void run(struct gpu_queue *queue, const struct gpu_command *command)
{
    uint64_t seq;
    OK(gpu_queue_submit(queue, command, 1, NULL, NULL, &seq));
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
}

/* A kernel of tests/kernels at that level of optimisation, or NULL where there is no compiler: then the test
 * ends, and its program says that something was skipped. */
static inline const struct gpu_kernel *load_kernel_at(struct gpu *gpu, const char *object, const char *symbol,
                                                      const char *level, struct gpu_code **code)
{
    char path[512];
    const char *kernels = getenv("KFDFS_KERNELS");
    snprintf(path, sizeof path, "%s/%s.%s.%s.hsaco", kernels ? kernels : ".", object, gpu_info(gpu)->target,
             level);
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("skipped: no compiled kernel %s\n", path);
        atomic_store(kernels_missed, true);
        return NULL;
    }
    static uint8_t bytes[1 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    OK(gpu_code_load(gpu, bytes, size, code));
    for (unsigned i = 0; i < gpu_code_kernels(*code); i++)
        if (!strcmp(gpu_code_kernel(*code, i)->symbol, symbol))
            return gpu_code_kernel(*code, i);
    ck_abort_msg("%s has no kernel %s", path, symbol);
    return NULL;
}

static inline const struct gpu_kernel *load_kernel(struct gpu *gpu, const char *object, const char *symbol,
                                                   struct gpu_code **code)
{
    return load_kernel_at(gpu, object, symbol, "O3", code);
}

/* Submits a dispatch of grid work-items in groups; values: one 8-byte word per visible argument. */
static inline uint64_t dispatch(struct gpu_queue *queue, const struct gpu_kernel *kernel, uint32_t grid,
                                uint32_t group, const uint64_t *values)
{
    uint8_t kernarg[4096] = {0};
    uint64_t seq;
    for (unsigned i = 0; i < kernel->n_args; i++)
        memcpy(kernarg + kernel->args[i].offset, &values[i], kernel->args[i].size);
    struct gpu_command c = {.op = GPU_DISPATCH,
                            .kernel = kernel,
                            .grid = {grid, 1, 1},
                            .group = {group, 1, 1},
                            .kernarg = kernarg};
    OK(gpu_queue_submit(queue, &c, 1, NULL, NULL, &seq));
    return seq;
}

static inline uint8_t pattern(uint64_t i, unsigned seed)
{
    return (uint8_t)((i * 2654435761u + seed * 40503u) >> 7);
}

static inline void fill_pattern(struct gpu_buffer *buf, uint64_t bytes, unsigned seed)
{
    uint8_t *cpu = gpu_buffer_cpu(buf);
    for (uint64_t i = 0; i < bytes; i++)
        cpu[i] = pattern(i, seed);
    gpu_buffer_cpu_wrote(buf);
}

/* As run_suite(); skipped where kernels were wanted that nobody has compiled. */
static inline int run_gpu_suite(Suite *suite)
{
    enum { SKIPPED = 77 }; /* as meson has it */
    kernels_missed =
        mmap(NULL, sizeof *kernels_missed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (kernels_missed == MAP_FAILED)
        return EXIT_FAILURE;
    int status = run_suite(suite);
    return status == EXIT_SUCCESS && atomic_load(kernels_missed) ? SKIPPED : status;
}

static inline TCase *system_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, open_system, close_system);
    tcase_set_timeout(tcase, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
