/*
 * driver.c - what the driver itself costs, as ratios within this one run. Prints, asserts nothing.
 *
 * usage: driver [MODEL]     a software GPU, mi300x by default; "-": the machine's own first GPU
 *
 * submission: a copy command each, into a queue that stands still, against the same packets written into a
 * ring of plain memory by hand: copy, fence, write pointer, doorbell. bandwidth:  one copy inside the GPU's
 * memory against memcpy of one thread. wake-up:    from the moment that the GPU gives as a command's end
 * until who waits for it goes on, against one thread that wakes another by an eventfd.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"
#include "sdma.h"

enum { COMMANDS = 4000, BATCH = 50, RING_BYTES = 1 << 20, RUNS = 9, WAKES = 2001 };
static const uint64_t limit_ns = 60000000000, copy_bytes = 64 << 20;
static struct gpu *gpu;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void must(int rc, const char *what)
{
    if (!rc)
        return;
    fprintf(stderr, "driver: %s: %d (%s)\n", what, rc, gpu_err_text());
    exit(EXIT_FAILURE);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static struct gpu_buffer *make_buffer(enum gpu_pool pool, uint64_t bytes)
{
    struct gpu_buffer *buf;
    must(gpu_buffer_create(gpu, pool, bytes, &buf), "making a buffer");
    must(gpu_buffer_reserve(buf, bytes), "its memory");
    must(gpu_buffer_cpu(buf) ? 0 : -1, "mapping it");
    memset(gpu_buffer_cpu(buf), 1, bytes);
    return buf;
}

static struct gpu_queue *make_queue(void)
{
    struct gpu_queue *queue;
    struct gpu_queue_options options = {.kind = GPU_QUEUE_SDMA, .engine = -1, .ring_bytes = RING_BYTES};
    must(gpu_queue_create(gpu, &options, &queue), "making a queue");
    return queue;
}

/* ---- submission ---- */

static double submit(struct gpu_queue *queue, const struct gpu_command *copy, _Atomic uint32_t *flag,
                     uint64_t flag_va, unsigned batch)
{
    struct gpu_command hold = {
        .op = GPU_WAIT_MEM, .dst = flag_va, .compare = GPU_EQ, .value = 1, .mask = UINT32_MAX};
    struct gpu_command commands[BATCH];
    uint64_t first = 0;
    atomic_store(flag, 0);
    for (unsigned i = 0; i < BATCH; i++)
        commands[i] = *copy;
    must(gpu_queue_submit(queue, &hold, 1, NULL, NULL, NULL), "holding the queue");
    uint64_t start = now();
    for (unsigned done = 0; done < COMMANDS; done += batch)
        must(gpu_queue_submit(queue, commands, batch, NULL, NULL, &first), "submitting");
    uint64_t end = now();
    atomic_store(flag, 1);
    must(gpu_queue_wait(queue, first + batch - 1, limit_ns), "waiting");
    return (double)(end - start) / COMMANDS;
}

static double by_hand(const struct gpu_command *copy, uint32_t *ring)
{
    static _Atomic uint64_t write_pointer, doorbell;
    const struct target *target = target_by_name(gpu_info(gpu)->target);
    uint32_t *p = ring;
    uint64_t start = now();
    for (unsigned i = 0; i < COMMANDS; i++) {
        p = sdma_copy(p, copy->dst, copy->src, (uint32_t)copy->bytes);
        p = sdma_fence(p, target, copy->dst, i);
        atomic_store(&write_pointer,
                     (uint64_t)((char *)p - (char *)ring)); /* with the fence that a doorbell needs */
        atomic_store_explicit(&doorbell, (uint64_t)((char *)p - (char *)ring), memory_order_release);
    }
    return (double)(now() - start) / COMMANDS;
}

static void bench_submission(struct gpu_buffer *a, struct gpu_buffer *b)
{
    struct gpu_buffer *flag = make_buffer(GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue();
    struct gpu_command copy = {.op = GPU_COPY, .dst = gpu_buffer_va(b), .src = gpu_buffer_va(a), .bytes = 64};
    uint32_t *ring = calloc(COMMANDS, (SDMA_COPY_DWORDS + SDMA_FENCE_DWORDS) * sizeof *ring);
    double single[RUNS], batched[RUNS], hand[RUNS];
    must(ring ? 0 : -1, "a ring");
    for (unsigned i = 0; i < RUNS; i++) {
        single[i] = submit(queue, &copy, gpu_buffer_cpu(flag), gpu_buffer_va(flag), 1);
        batched[i] = submit(queue, &copy, gpu_buffer_cpu(flag), gpu_buffer_va(flag), BATCH);
        hand[i] = by_hand(&copy, ring);
    }
    double one = median(single, RUNS), many = median(batched, RUNS), bare = median(hand, RUNS);
    printf("submission, one by one / by hand       %6.2f   (%.0f ns, %.0f ns a command)\n", one / bare, one,
           bare);
    printf("submission, %d at once / by hand       %6.2f   (%.0f ns)\n", BATCH, many / bare, many);
    gpu_queue_destroy(queue);
    gpu_buffer_free(flag);
    free(ring);
}

/* ---- bandwidth ---- */

static void bench_bandwidth(struct gpu_buffer *a, struct gpu_buffer *b)
{
    struct gpu_queue *queue = make_queue();
    struct gpu_command copy = {
        .op = GPU_COPY, .dst = gpu_buffer_va(b), .src = gpu_buffer_va(a), .bytes = copy_bytes};
    char *from = malloc(copy_bytes), *to = malloc(copy_bytes);
    double driver[RUNS], bare[RUNS];
    must(from && to ? 0 : -1, "memory");
    memset(from, 1, copy_bytes);
    memset(to, 2, copy_bytes);
    for (unsigned i = 0; i < RUNS; i++) {
        uint64_t seq, start = now();
        must(gpu_queue_submit(queue, &copy, 1, NULL, NULL, &seq), "copying");
        must(gpu_queue_wait(queue, seq, limit_ns), "the copy");
        driver[i] = (double)(now() - start);
        start = now();
        memcpy(to, from, copy_bytes);
        __asm__ volatile("" ::"r"(to) : "memory");
        bare[i] = (double)(now() - start);
    }
    double gpu_ns = median(driver, RUNS), cpu_ns = median(bare, RUNS);
    printf("bandwidth of a copy / of memcpy        %6.2f   (%.1f GB/s, %.1f GB/s)\n", cpu_ns / gpu_ns,
           (double)copy_bytes / gpu_ns, (double)copy_bytes / cpu_ns);
    gpu_queue_destroy(queue);
    free(from);
    free(to);
}

/* ---- waking up ---- */

static void keep_end(void *ctx, const struct gpu_result *result)
{
    *(uint64_t *)ctx = result->end_ns;
}

struct pair {
    int there, back;
    uint64_t sent;
    double *took;
};

static void *wake_main(void *arg)
{
    struct pair *pair = arg;
    for (unsigned i = 0; i < WAKES; i++) {
        uint64_t value, one = 1;
        if (read(pair->there, &value, sizeof value) != sizeof value)
            break;
        pair->took[i] = (double)(now() - pair->sent);
        if (write(pair->back, &one, sizeof one) != sizeof one)
            break;
    }
    return NULL;
}

static void wake_by_hand(double *took)
{
    struct pair pair = {.there = eventfd(0, 0), .back = eventfd(0, 0), .took = took};
    pthread_t thread;
    must(pthread_create(&thread, NULL, wake_main, &pair), "a thread");
    for (unsigned i = 0; i < WAKES; i++) {
        uint64_t value, one = 1;
        pair.sent = now();
        if (write(pair.there, &one, sizeof one) != sizeof one ||
            read(pair.back, &value, sizeof value) != sizeof value)
            break;
    }
    pthread_join(thread, NULL);
    close(pair.there);
    close(pair.back);
}

static void bench_wakes(void)
{
    struct gpu_queue *queue = make_queue();
    static double driver[WAKES], bare[WAKES];
    for (unsigned i = 0; i < WAKES; i++) {
        uint64_t seq, end = 0;
        must(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1,
                              &(struct gpu_job){.done = keep_end}, &end, &seq),
             "submitting");
        must(gpu_queue_wait(queue, seq, limit_ns), "waiting");
        uint64_t woken = now();
        driver[i] =
            woken > end ? (double)(woken - end) : 0; /* the clocks agree within gpu_clock_error_ns() */
    }
    wake_by_hand(bare);
    double gpu_ns = median(driver, WAKES), cpu_ns = median(bare, WAKES);
    printf("a command's end to its waiter / eventfd %5.2f   (%.1f us, %.1f us; 99 of 100 within %.1f us, "
           "%.1f us)\n",
           gpu_ns / cpu_ns, gpu_ns / 1e3, cpu_ns / 1e3, driver[WAKES * 99 / 100] / 1e3,
           bare[WAKES * 99 / 100] / 1e3);
    gpu_queue_destroy(queue);
}

int main(int argc, char **argv)
{
    struct gpu_system *sys;
    if (argc < 2 || strcmp(argv[1], "-") != 0)
        setenv("KFDFS_SIM", argc > 1 ? argv[1] : "mi300x", 1);
    must(gpu_system_open(NULL, &sys), "opening");
    must(gpu_count(sys) ? 0 : -1, "finding a GPU");
    gpu = gpu_at(sys, 0);
    printf("%s (%s), medians; the clock is good to %llu ns\n", gpu_info(gpu)->name, gpu_info(gpu)->target,
           (unsigned long long)gpu_clock_error_ns(gpu));
    struct gpu_buffer *a = make_buffer(GPU_VRAM, copy_bytes), *b = make_buffer(GPU_VRAM, copy_bytes);
    bench_submission(a, b);
    bench_bandwidth(a, b);
    bench_wakes();
    gpu_system_close(sys);
    return EXIT_SUCCESS;
}
