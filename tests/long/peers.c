/*
 * peers.c - eight GPUs at full stretch: every copy between two of them, kernels, and queues that wait for
 * each other, all at once. No command may be lost, done twice or done out of order, and every byte is looked
 * at.
 *
 * usage: peers [COMMANDS [MODELS]]      20000 and mi300x:8 by default
 *
 * A queue on GPU a for each peer b, on the engine that the kernel recommends, repeats: write the round's
 * number into the source, copy it to b, count on b. Before each batch it waits, on the GPU, for what its
 * opposite did in the batch before. The copies of the last rounds stay side by side on b, each with its
 * number.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gpu.h"

enum {
    GPUS_MAX = 16,
    BLOCK = 256,  /* bytes of a copy */
    HISTORY = 64, /* rounds that stay */
    BATCH_ROUNDS = 8,
    ROUND_COMMANDS = 3,
    BATCH_COMMANDS = BATCH_ROUNDS * ROUND_COMMANDS + 1,
    IN_FLIGHT = 1024, /* commands of a queue */
    ITEMS = 1024,     /* work-items of a dispatch */
    PAIR_BYTES = BLOCK * (HISTORY + 1) + 64,
};
static const uint64_t limit_ns = UINT64_C(600000000000);

struct pair { /* what the queue from a to b has */
    struct gpu_queue *queue;
    _Atomic uint64_t reported; /* commands whose done() came, in order */
    _Atomic unsigned errors;
};

static struct gpu_system *sys;
static unsigned n_gpus, batches;
static struct gpu_buffer *memory[GPUS_MAX]; /* of each GPU: for each peer its blocks, the source, the count */
static struct pair pairs[GPUS_MAX][GPUS_MAX];
static const struct gpu_kernel *add[GPUS_MAX];
static struct gpu_buffer *sums[GPUS_MAX];
static struct pair compute[GPUS_MAX];

static void must(int rc, const char *what)
{
    if (!rc)
        return;
    fprintf(stderr, "peers: %s: %d (%s)\n", what, rc, gpu_err_text());
    exit(EXIT_FAILURE);
}

/* ---- places ---- */

static uint64_t pair_at(unsigned gpu, unsigned peer)
{
    return gpu_buffer_va(memory[gpu]) + (uint64_t)peer * PAIR_BYTES;
}

static uint64_t source_at(unsigned from, unsigned to)
{
    return pair_at(from, to) + (uint64_t)BLOCK * HISTORY;
}

static uint64_t count_at(unsigned from, unsigned to) /* on the target's side */
{
    return pair_at(to, from) + (uint64_t)BLOCK * (HISTORY + 1);
}

static const uint8_t *cpu(unsigned gpu, uint64_t va)
{
    return (const uint8_t *)gpu_buffer_cpu(memory[gpu]) + (va - gpu_buffer_va(memory[gpu]));
}

static uint8_t filler(unsigned from, unsigned to, unsigned i)
{
    return (uint8_t)(from * 31 + to * 7 + i * 13 + 5);
}

/* ---- work ---- */

static void done(void *ctx, const struct gpu_result *result)
{
    struct pair *pair = ctx;
    uint64_t before = atomic_fetch_add(&pair->reported, 1);
    if (result->error || result->seq != before + 1)
        atomic_fetch_add(&pair->errors, 1);
}
static const struct gpu_job job = {.done = done};

static void throttle(struct pair *pair, uint64_t last)
{
    if (last > IN_FLIGHT)
        must(gpu_queue_wait(pair->queue, last - IN_FLIGHT, limit_ns), "waiting for room");
}

static void submit_copies(unsigned from, unsigned to, unsigned batch)
{
    struct gpu_command commands[BATCH_COMMANDS] = {
        {.op = GPU_WAIT_QUEUE, .queue = pairs[to][from].queue, .value = (uint64_t)batch * BATCH_COMMANDS}};
    uint32_t rounds[BATCH_ROUNDS];
    struct gpu_command *c = commands + 1;
    uint64_t first;
    for (unsigned i = 0; i < BATCH_ROUNDS; i++) {
        rounds[i] = batch * BATCH_ROUNDS + i;
        uint64_t block = pair_at(to, from) + (uint64_t)(rounds[i] % HISTORY) * BLOCK;
        *c++ =
            (struct gpu_command){.op = GPU_WRITE, .dst = source_at(from, to), .data = &rounds[i], .bytes = 4};
        *c++ = (struct gpu_command){.op = GPU_COPY, .dst = block, .src = source_at(from, to), .bytes = BLOCK};
        *c++ =
            (struct gpu_command){.op = GPU_ATOMIC, .dst = count_at(from, to), .atomic = GPU_ADD, .value = 1};
    }
    struct pair *pair = &pairs[from][to];
    must(gpu_queue_submit(pair->queue, commands, BATCH_COMMANDS, &job, pair, &first), "submitting copies");
    throttle(pair, first + BATCH_COMMANDS - 1);
}

/* sum = sum + one */
static void submit_kernel(unsigned gpu)
{
    uint8_t kernarg[256] = {0};
    uint64_t sum = gpu_buffer_va(sums[gpu]), one = sum + ITEMS * sizeof(float), items = ITEMS, first;
    const uint64_t values[] = {sum, one, sum, items};
    for (unsigned i = 0; i < 4; i++)
        memcpy(kernarg + add[gpu]->args[i].offset, &values[i], add[gpu]->args[i].size);
    struct gpu_command c = {.op = GPU_DISPATCH,
                            .kernel = add[gpu],
                            .grid = {ITEMS, 1, 1},
                            .group = {256, 1, 1},
                            .kernarg = kernarg};
    must(gpu_queue_submit(compute[gpu].queue, &c, 1, &job, &compute[gpu], &first), "submitting a kernel");
    throttle(&compute[gpu], first);
}

static void *drive(void *arg)
{
    unsigned gpu = (unsigned)(uintptr_t)arg;
    for (unsigned batch = 0; batch < batches; batch++) {
        for (unsigned to = 0; to < n_gpus; to++)
            if (to != gpu)
                submit_copies(gpu, to, batch);
        if (add[gpu])
            submit_kernel(gpu);
    }
    return NULL;
}

/* ---- before ---- */

static struct gpu_queue *make_queue(unsigned gpu, enum gpu_queue_kind kind, int engine)
{
    struct gpu_queue *queue = NULL;
    must(gpu_queue_create(gpu_at(sys, gpu),
                          &(struct gpu_queue_options){.kind = kind, .engine = engine, .ring_bytes = 16384},
                          &queue),
         "making a queue");
    return queue;
}

static void make_pairs(unsigned from)
{
    for (unsigned to = 0; to < n_gpus; to++) {
        if (to == from)
            continue;
        const struct gpu_link *link = gpu_link_between(gpu_at(sys, from), gpu_at(sys, to));
        must(link ? 0 : -ENOENT, "finding a link");
        int engine = link->sdma_engines ? __builtin_ctz(link->sdma_engines) : -1;
        pairs[from][to].queue = make_queue(from, GPU_QUEUE_SDMA, engine);
        for (unsigned i = 4; i < BLOCK; i++)
            ((uint8_t *)(uintptr_t)cpu(from, source_at(from, to)))[i] = filler(from, to, i);
    }
}

static void load_kernel(unsigned gpu)
{
    static uint8_t bytes[1 << 18];
    char path[512];
    const char *kernels = getenv("KFDFS_KERNELS");
    snprintf(path, sizeof path, "%s/vector_add.%s.O3.hsaco", kernels ? kernels : ".",
             gpu_info(gpu_at(sys, gpu))->target);
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    struct gpu_code *code;
    fclose(file);
    must(gpu_code_load(gpu_at(sys, gpu), bytes, size, &code), "loading a kernel");
    add[gpu] = gpu_code_kernel(code, 0);
    must(gpu_buffer_create(gpu_at(sys, gpu), GPU_VRAM, 2 * ITEMS * sizeof(float), &sums[gpu]), "a buffer");
    must(gpu_buffer_reserve(sums[gpu], 2 * ITEMS * sizeof(float)), "its memory");
    float *sum = gpu_buffer_cpu(sums[gpu]);
    for (unsigned i = 0; i < ITEMS; i++)
        sum[i] = 0, sum[ITEMS + i] = 1;
    gpu_buffer_cpu_wrote(sums[gpu]);
    compute[gpu].queue = make_queue(gpu, GPU_QUEUE_COMPUTE, -1);
}

static void prepare(void)
{
    for (unsigned gpu = 0; gpu < n_gpus; gpu++) {
        must(gpu_buffer_create(gpu_at(sys, gpu), GPU_VRAM, (uint64_t)n_gpus * PAIR_BYTES, &memory[gpu]),
             "a buffer");
        must(gpu_buffer_reserve(memory[gpu], (uint64_t)n_gpus * PAIR_BYTES), "its memory");
        memset(gpu_buffer_cpu(memory[gpu]), 0, (size_t)n_gpus * PAIR_BYTES);
    }
    for (unsigned gpu = 0; gpu < n_gpus; gpu++) {
        make_pairs(gpu);
        load_kernel(gpu);
        gpu_buffer_cpu_wrote(memory[gpu]);
    }
}

/* ---- after ---- */

static unsigned check_counts(struct pair *pair, uint64_t commands, const char *what, unsigned from,
                             unsigned to)
{
    struct gpu_queue_state state;
    if (!pair->queue)
        return 0;
    must(gpu_queue_wait(pair->queue, commands, limit_ns), "waiting for the end");
    gpu_queue_state(pair->queue, &state);
    if (state.submitted == commands && state.completed == commands && pair->reported == commands &&
        !pair->errors)
        return 0;
    fprintf(stderr,
            "peers: %s %u-%u: %" PRIu64 " submitted, %" PRIu64 " done, %" PRIu64 " reported, %u wrong\n",
            what, from, to, state.submitted, state.completed, pair->reported, pair->errors);
    return 1;
}

static unsigned check_copies(unsigned from, unsigned to)
{
    const unsigned rounds = batches * BATCH_ROUNDS;
    uint64_t count;
    unsigned wrong = 0;
    memcpy(&count, cpu(to, count_at(from, to)), sizeof count);
    wrong += count != rounds;
    for (unsigned round = rounds > HISTORY ? rounds - HISTORY : 0; round < rounds; round++) {
        const uint8_t *block = cpu(to, pair_at(to, from) + (uint64_t)(round % HISTORY) * BLOCK);
        uint32_t number;
        memcpy(&number, block, sizeof number);
        wrong += number != round;
        for (unsigned i = 4; i < BLOCK; i++)
            wrong += block[i] != filler(from, to, i);
    }
    if (wrong)
        fprintf(stderr, "peers: %u-%u: %u wrong, %" PRIu64 " of %u counted\n", from, to, wrong, count,
                rounds);
    return wrong != 0;
}

static unsigned check(void)
{
    unsigned wrong = 0;
    for (unsigned a = 0; a < n_gpus; a++) {
        for (unsigned b = 0; b < n_gpus; b++)
            wrong += a != b && check_counts(&pairs[a][b], (uint64_t)batches * BATCH_COMMANDS, "copies", a, b);
        wrong += check_counts(&compute[a], batches, "kernels", a, a);
    }
    for (unsigned a = 0; a < n_gpus; a++) {
        for (unsigned b = 0; b < n_gpus; b++)
            wrong += a != b && check_copies(a, b);
        const float *sum = add[a] ? gpu_buffer_cpu(sums[a]) : NULL;
        for (unsigned i = 0; sum && i < ITEMS; i++)
            wrong += sum[i] != (float)batches;
    }
    return wrong;
}

int main(int argc, char **argv)
{
    uint64_t commands = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
    pthread_t threads[GPUS_MAX];
    struct timespec begin, end;
    setenv("KFDFS_SIM", argc > 2 ? argv[2] : "mi300x:8", 1);
    must(gpu_system_open(NULL, &sys), "opening");
    n_gpus = gpu_count(sys) < GPUS_MAX ? gpu_count(sys) : GPUS_MAX;
    must(n_gpus > 1 ? 0 : -ENODEV, "finding GPUs");
    batches = (unsigned)(commands / (n_gpus * (n_gpus - 1) * BATCH_COMMANDS) + 1);
    prepare();
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned gpu = 0; gpu < n_gpus; gpu++)
        must(-pthread_create(&threads[gpu], NULL, drive, (void *)(uintptr_t)gpu), "a thread");
    for (unsigned gpu = 0; gpu < n_gpus; gpu++)
        pthread_join(threads[gpu], NULL);
    unsigned wrong = check();
    clock_gettime(CLOCK_MONOTONIC, &end);
    commands = (uint64_t)batches * n_gpus * ((n_gpus - 1) * BATCH_COMMANDS + (add[0] != NULL));
    printf("%u GPUs, %u ways, %" PRIu64 " commands%s in %.1f s: %u wrong\n", n_gpus, n_gpus * (n_gpus - 1),
           commands, add[0] ? " with kernels" : "",
           (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec), wrong);
    gpu_system_close(sys);
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
