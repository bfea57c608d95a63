/*
 * isa.c - the speed of the simulated compute units against PoCL, from the same OpenCL source in the same run.
 *
 * usage: isa OBJECT.hsaco SOURCE.cl|- [KERNEL|launch]   (isa.sh compiles the object; -: without PoCL). Runs
 * on the simulated machine that KFDFS_SIM names; PoCL, where there is one, gets as many threads. Results of
 * both are compared. Prints the best wall-clock times of several rounds, which other load disturbs least;
 * asserts nothing.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "gpu.h"

#include "../code_file.h"
#include "../pocl.h"

enum { BUFFERS = 3, ARGS = 5, STEPS_MAX = 48, ROUNDS = 7 };
#define SECONDS 3.0 /* rounds go on for so long, at least: what compiles code as it runs takes its time */

/* ---- what is run ---- */

struct step { /* one dispatch */
    const char *kernel;
    uint32_t grid[2], group[2];
    unsigned n_args;
    struct {
        int buffer; /* or -1 */
        uint32_t value;
    } arg[ARGS];
};

struct bench {
    const char *name;
    size_t words[BUFFERS]; /* of each buffer; 0: none */
    bool integers;         /* buffers hold any bits, else floats from 0 to 1 */
    bool roots;            /* buffer 2 holds roots of unity */
    int result;            /* which buffer is compared */
    unsigned n_steps;
    struct step steps[STEPS_MAX];
    double instructions; /* of waves of 32, where it is known by heart */
};

#define B(n) \
    {        \
        n, 0 \
    }
#define V(v)  \
    {         \
        -1, v \
    }
#define STEP(name, gx, gy, lx, ly, n, ...) \
    {                                      \
        name, {gx, gy}, {lx, ly}, n,       \
        {                                  \
            __VA_ARGS__                    \
        }                                  \
    }

enum { FMA_ITEMS = 16384, FMA_ROUNDS = 256, SORT_N = 65536, FFT_HALF = 32768 };

static struct bench benches[] = {
    {"saxpy",
     {1 << 20, 1 << 20},
     false,
     false,
     1,
     1,
     {STEP("saxpy", 1 << 20, 1, 256, 1, 3, B(0), B(1), V(0x3fc00000))},
     0},
    {"fma chain",
     {FMA_ITEMS},
     false,
     false,
     0,
     1,
     {STEP("fma_chain", FMA_ITEMS, 1, 256, 1, 2, B(0), V(FMA_ROUNDS))},
     FMA_ITEMS / 32.0 * FMA_ROUNDS * 68},
    {"matmul",
     {256 * 256, 256 * 256, 256 * 256},
     false,
     false,
     2,
     1,
     {STEP("matmul", 256, 256, 16, 16, 4, B(0), B(1), B(2), V(256))},
     0},
    {"matmul tiled",
     {256 * 256, 256 * 256, 256 * 256},
     false,
     false,
     2,
     1,
     {STEP("matmul_tiled", 256, 256, 16, 16, 4, B(0), B(1), B(2), V(256))},
     0},
    {"n-body",
     {4 * 2048, 4 * 2048},
     false,
     false,
     1,
     1,
     {STEP("nbody", 2048, 1, 256, 1, 3, B(0), B(1), V(2048))},
     0},
    {"mandelbrot",
     {512 * 512},
     true,
     false,
     0,
     1,
     {STEP("mandelbrot", 512, 512, 16, 16, 3, B(0), V(512), V(256))},
     0},
    {"reduction",
     {1 << 20, 256},
     true,
     false,
     1,
     1,
     {STEP("reduction", 65536, 1, 256, 1, 3, B(0), B(1), V(16))},
     0},
    {"histogram",
     {1 << 20, 256},
     true,
     false,
     -1,
     1,
     {STEP("histogram", 65536, 1, 256, 1, 3, B(0), B(1), V(16))},
     0},
    {"radix sort", {SORT_N, SORT_N, SORT_N / 16}, true, false, 0, 0, {{0}}, 0},
    {"fft", {4 * FFT_HALF, 4 * FFT_HALF, 2 * FFT_HALF}, false, true, 0, 0, {{0}}, 0},
    {"stencil",
     {1 << 20, 1 << 20},
     false,
     false,
     1,
     1,
     {STEP("stencil", 1024, 1024, 64, 4, 4, B(0), B(1), V(1024), V(1024))},
     0},
    {"sha-256",
     {16 * 16384, 8 * 16384},
     true,
     false,
     1,
     1,
     {STEP("sha256", 16384, 1, 256, 1, 2, B(0), B(1))},
     0},
};

/* Runs just before whatever is measured: how long sleeping threads take to wake is not what is asked. */
static const struct bench wake = {
    "wake", {65536}, true, false, 0, 1, {STEP("tiny", 65536, 1, 64, 1, 1, B(0))}, 0};
enum { N_BENCHES = sizeof benches / sizeof benches[0] };

static void sort_plan(struct bench *b)
{
    enum { BLOCKS = SORT_N / 256 };
    for (uint32_t shift = 0; shift < 32; shift += 4) {
        int from = shift / 4 & 1;
        b->steps[b->n_steps++] =
            (struct step)STEP("radix_count", SORT_N, 1, 256, 1, 4, B(from), B(2), V(shift), V(BLOCKS));
        b->steps[b->n_steps++] = (struct step)STEP("radix_scan", 256, 1, 256, 1, 2, B(2), V(16 * BLOCKS));
        b->steps[b->n_steps++] = (struct step)STEP("radix_move", SORT_N, 1, 256, 1, 5, B(from), B(1 - from),
                                                   B(2), V(shift), V(BLOCKS));
    }
}

static void fft_plan(struct bench *b)
{
    for (uint32_t span = 1, from = 0; span <= FFT_HALF; span *= 2, from ^= 1)
        b->steps[b->n_steps++] = (struct step)STEP("fft_stage", FFT_HALF, 1, 256, 1, 5, B((int)from),
                                                   B((int)!from), B(2), V(FFT_HALF), V(span));
}

static void buffer_fill(const struct bench *b, unsigned n, uint32_t *to)
{
    uint64_t state = 88172645463325252u + n;
    for (size_t i = 0; i < b->words[n]; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        float f = (float)(state >> 40) / (1 << 24);
        to[i] = (uint32_t)(state >> 16);
        if (!b->integers)
            memcpy(&to[i], &f, 4);
    }
    for (size_t i = 0; b->roots && n == 2 && i < b->words[n] / 2; i++) {
        double angle = -2 * M_PI * (double)i / (double)b->words[n];
        float root[2] = {(float)cos(angle), (float)sin(angle)};
        memcpy(&to[2 * i], root, 8);
    }
}

static void data_make(const struct bench *b, uint32_t *data[BUFFERS])
{
    for (unsigned i = 0; i < BUFFERS; i++) {
        data[i] = b->words[i] ? malloc(b->words[i] * 4) : NULL;
        if (data[i])
            buffer_fill(b, i, data[i]);
    }
}

static void data_free(uint32_t *data[BUFFERS])
{
    for (unsigned i = 0; i < BUFFERS; i++)
        free(data[i]);
}

/* ---- time ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* CPU time of all threads of this process. */
static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

struct cost {
    double wall, cpu; /* the best of each: other load disturbs them least */
};

static struct cost cost_start(void)
{
    return (struct cost){seconds(), cpu_seconds()};
}

static void cost_add(struct cost *total, struct cost start)
{
    double wall = seconds() - start.wall;
    if (total->wall == 0 || wall < total->wall)
        total->wall = wall;
    double cpu = cpu_seconds() - start.cpu;
    if (total->cpu == 0 || cpu < total->cpu)
        total->cpu = cpu;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "isa: %s: %s\n", what, why);
    exit(1);
}

/* ---- the simulated GPU ---- */

static struct gpu_system *sys;
static struct gpu_code *code;
static struct gpu_queue *queue;

static void sim_open(const char *object)
{
    struct gpu_options options = {0};
    if (gpu_system_open(&options, &sys) || code_load(gpu_at(sys, 0), object, &code) ||
        gpu_queue_create(gpu_at(sys, 0), &(struct gpu_queue_options){.kind = GPU_QUEUE_COMPUTE, .engine = -1},
                         &queue))
        fail(object, gpu_err_text());
}

static const struct gpu_kernel *kernel_find(const char *name)
{
    const struct gpu_kernel *kernel = code_find(code, name);
    if (!kernel)
        fail(name, "no such kernel");
    return kernel;
}

static void sim_steps(const struct bench *b, struct gpu_buffer *const *buffers)
{
    uint64_t seq = 0;
    for (unsigned i = 0; i < b->n_steps; i++) {
        const struct step *s = &b->steps[i];
        uint8_t kernarg[4096] = {0};
        struct gpu_command c = {.op = GPU_DISPATCH,
                                .kernel = kernel_find(s->kernel),
                                .grid = {s->grid[0], s->grid[1], 1},
                                .group = {s->group[0], s->group[1], 1},
                                .kernarg = kernarg};
        for (unsigned a = 0; a < s->n_args; a++) {
            uint64_t value =
                s->arg[a].buffer < 0 ? s->arg[a].value : gpu_buffer_va(buffers[s->arg[a].buffer]);
            memcpy(kernarg + c.kernel->args[a].offset, &value, c.kernel->args[a].size);
        }
        if (gpu_queue_submit(queue, &c, 1, NULL, NULL, &seq))
            fail(s->kernel, gpu_err_text());
    }
    if (gpu_queue_wait(queue, seq, 0))
        fail(b->name, gpu_err_text());
}

static void sim_buffer(const char *name, size_t words, struct gpu_buffer **buffer)
{
    if (gpu_buffer_create(gpu_at(sys, 0), GPU_GTT, words * 4, buffer) ||
        gpu_buffer_reserve(*buffer, words * 4))
        fail(name, gpu_err_text());
}

static void sim_fill(const struct bench *b, struct gpu_buffer *const *buffers, uint32_t *const *data)
{
    for (unsigned i = 0; i < BUFFERS; i++)
        if (b->words[i]) {
            memcpy(gpu_buffer_cpu(buffers[i]), data[i], b->words[i] * 4);
            gpu_buffer_cpu_wrote(buffers[i]);
        }
}

/* The first round is not counted. The result of one run goes to result. */
static struct cost sim_run(const struct bench *b, uint32_t *result)
{
    struct gpu_buffer *buffers[BUFFERS] = {0}, *other[BUFFERS] = {0};
    struct cost cost = {0};
    uint32_t *data[BUFFERS];
    data_make(b, data);
    for (unsigned i = 0; i < BUFFERS; i++)
        if (b->words[i])
            sim_buffer(b->name, b->words[i], &buffers[i]);
    sim_buffer(wake.name, wake.words[0], &other[0]);
    double begin = seconds();
    for (int round = -1; round < ROUNDS || seconds() - begin < SECONDS; round++) {
        sim_fill(b, buffers, data);
        sim_steps(&wake, other);
        struct cost start = cost_start();
        sim_steps(b, buffers);
        if (round >= 0)
            cost_add(&cost, start);
    }
    if (b->result >= 0)
        memcpy(result, gpu_buffer_cpu(buffers[b->result]), b->words[b->result] * 4);
    for (unsigned i = 0; i < BUFFERS; i++)
        if (buffers[i])
            gpu_buffer_free(buffers[i]);
    gpu_buffer_free(other[0]);
    data_free(data);
    return cost;
}

static int by_time(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct tiny {
    double least, median; /* seconds for a dispatch, from the submission to the end of the wait for it */
};

/* Dispatches of so many groups, each alone in its queue. */
static struct tiny sim_tiny(uint32_t groups, unsigned n)
{
    struct bench b = {
        "tiny", {(size_t)groups * 64}, true, false, 0, 1, {STEP("tiny", groups * 64, 1, 64, 1, 1, B(0))}, 0};
    struct gpu_buffer *buffers[BUFFERS] = {0};
    double *times = calloc(n, sizeof *times);
    if (!times || gpu_buffer_create(gpu_at(sys, 0), GPU_GTT, b.words[0] * 4, &buffers[0]) ||
        gpu_buffer_reserve(buffers[0], b.words[0] * 4))
        fail(b.name, gpu_err_text());
    double begin = seconds();
    do
        sim_steps(&b, buffers); /* touches memory; and what is run often is compiled meanwhile */
    while (seconds() - begin < 0.5);
    for (unsigned i = 0; i < n; i++) {
        double start = seconds();
        sim_steps(&b, buffers);
        times[i] = seconds() - start;
    }
    qsort(times, n, sizeof *times, by_time);
    struct tiny result = {times[0], times[n / 2]};
    gpu_buffer_free(buffers[0]);
    free(times);
    return result;
}

/* ---- PoCL ---- */

static cl_object cl_program;

static void cl_source(const char *source)
{
    size_t size;
    char *text = file_read(source, &size);
    cl_program = text ? cl_build(text, size, "") : NULL;
    if (!cl_program)
        fail(source, "PoCL does not compile it");
    free(text);
}

static void cl_steps(const struct bench *b, const cl_object *kernels, cl_object *buffers)
{
    for (unsigned i = 0; i < b->n_steps; i++) {
        const struct step *s = &b->steps[i];
        size_t grid[2] = {s->grid[0], s->grid[1]}, group[2] = {s->group[0], s->group[1]};
        for (unsigned a = 0; a < s->n_args; a++) {
            if (s->arg[a].buffer < 0)
                cl.set(kernels[i], a, 4, &s->arg[a].value);
            else
                cl.set(kernels[i], a, sizeof(cl_object), &buffers[s->arg[a].buffer]);
        }
        if (cl.run(cl_queue, kernels[i], 2, NULL, grid, group, 0, NULL, NULL))
            fail(s->kernel, "PoCL does not run it");
    }
    cl.finish(cl_queue);
}

static struct cost cl_run(const struct bench *b, uint32_t *result)
{
    cl_object buffers[BUFFERS] = {0}, kernels[STEPS_MAX], other, tiny;
    struct cost cost = {0};
    int error;
    uint32_t *data[BUFFERS];
    data_make(b, data);
    for (unsigned i = 0; i < BUFFERS; i++)
        if (b->words[i])
            buffers[i] = cl.buffer(cl_context, 1, b->words[i] * 4, NULL, &error);
    for (unsigned i = 0; i < b->n_steps; i++)
        kernels[i] = cl.kernel(cl_program, b->steps[i].kernel, &error);
    other = cl.buffer(cl_context, 1, wake.words[0] * 4, NULL, &error);
    tiny = cl.kernel(cl_program, wake.steps[0].kernel, &error);
    double begin = seconds();
    for (int round = -1; round < ROUNDS || seconds() - begin < SECONDS; round++) {
        for (unsigned i = 0; i < BUFFERS; i++)
            if (buffers[i])
                cl.write(cl_queue, buffers[i], 1, 0, b->words[i] * 4, data[i], 0, NULL, NULL);
        cl_steps(&wake, &tiny, &other);
        struct cost start = cost_start();
        cl_steps(b, kernels, buffers);
        if (round >= 0)
            cost_add(&cost, start);
    }
    if (b->result >= 0)
        cl.read(cl_queue, buffers[b->result], 1, 0, b->words[b->result] * 4, result, 0, NULL, NULL);
    for (unsigned i = 0; i < BUFFERS; i++)
        if (buffers[i])
            cl.release(buffers[i]);
    cl.release(other);
    data_free(data);
    return cost;
}

/* ---- the report ---- */

static bool alike(const struct bench *b, const uint32_t *x, const uint32_t *y)
{
    for (size_t i = 0; b->result >= 0 && i < b->words[b->result]; i++) {
        float f, g;
        memcpy(&f, &x[i], 4);
        memcpy(&g, &y[i], 4);
        if (b->integers ? x[i] != y[i] : !(fabsf(f - g) <= 1e-3f * (1 + fabsf(g))))
            return false;
    }
    return true;
}

static void report(const struct bench *b, bool pocl, double *sum, unsigned *n)
{
    size_t bytes = b->words[b->result < 0 ? 0 : b->result] * 4;
    uint32_t *mine = calloc(1, bytes), *theirs = calloc(1, bytes);
    struct cost sim = sim_run(b, mine);
    printf("%-14s %9.3f ms (CPU %9.3f)", b->name, sim.wall * 1e3, sim.cpu * 1e3);
    if (pocl) {
        struct cost other = cl_run(b, theirs);
        printf("   PoCL %9.3f ms   ratio %6.3f   CPU %6.3f", other.wall * 1e3, other.wall / sim.wall,
               other.cpu / sim.cpu);
        *sum += log(other.wall / sim.wall);
        ++*n;
        if (!alike(b, mine, theirs))
            printf("   RESULTS DIFFER");
    }
    if (b->instructions > 0)
        printf("   %.0f M wave32 instructions per second of CPU", b->instructions / sim.cpu * 1e-6);
    printf("\n");
    fflush(stdout);
    free(mine);
    free(theirs);
}

int main(int argc, char **argv)
{
    double sum = 0;
    unsigned n = 0;
    if (argc < 3)
        fail("usage", "isa OBJECT.hsaco SOURCE.cl [KERNEL]");
    sim_open(argv[1]);
    bool pocl = strcmp(argv[2], "-") && cl_open();
    if (pocl)
        cl_source(argv[2]);
    for (unsigned i = 0; i < N_BENCHES; i++) {
        if (!strcmp(benches[i].name, "radix sort"))
            sort_plan(&benches[i]);
        if (!strcmp(benches[i].name, "fft"))
            fft_plan(&benches[i]);
        if (argc < 4 || strstr(benches[i].name, argv[3]))
            report(&benches[i], pocl, &sum, &n);
    }
    if (n > 1)
        printf("geometric mean of the ratios: %.2f (goal: 1.5)\n", exp(sum / n));
    if (argc < 4 || !strcmp(argv[3], "launch")) {
        static const uint32_t sizes[] = {64, 4096, 65536};
        struct tiny one = sim_tiny(1, 2000);
        printf("a dispatch of one group: %.1f us at least, %.1f us mostly (goal: < 10)\n", one.least * 1e6,
               one.median * 1e6);
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            printf("a group of %u: %.3f us at least\n", sizes[i],
                   sim_tiny(sizes[i], 15 + 65536 / sizes[i]).least / sizes[i] * 1e6);
    }
    gpu_queue_destroy(queue);
    gpu_code_unload(code);
    gpu_system_close(sys);
    return 0;
}
