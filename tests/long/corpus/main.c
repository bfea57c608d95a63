/*
 * main.c - runs every kernel of the corpus on each simulated GPU and holds it against the CPU.
 *
 * usage: corpus DIRECTORY LEVEL [SEED]      (DIRECTORY has corpus.TARGET.LEVEL.hsaco of each GPU of
 * KFDFS_SIM)
 *
 * Prints one line for each kernel and target, and a total; fails if one is wrong.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

#include "../../code_file.h"

#include "corpus.h"

static const uint64_t limit_ns = UINT64_C(120000000000);
static uint32_t in[CORPUS_WORDS], expected[CORPUS_WORDS];

static void fill(uint32_t seed)
{
    uint64_t x = seed * UINT64_C(2) + 1;
    for (unsigned i = 0; i < CORPUS_WORDS; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        in[i] = (uint32_t)(x >> 32);
    }
}

static void die(const char *what)
{
    fprintf(stderr, "corpus: %s: %s\n", what, gpu_err_text());
    exit(EXIT_FAILURE);
}

static struct gpu_code *load(struct gpu *gpu, const char *directory, const char *level)
{
    char path[4096];
    struct gpu_code *code;
    snprintf(path, sizeof path, "%s/corpus.%s.%s.hsaco", directory, gpu_info(gpu)->target, level);
    if (code_load(gpu, path, &code))
        die(path);
    return code;
}

static int start(struct gpu_queue *queue, const struct gpu_kernel *kernel, const uint64_t values[3])
{
    uint8_t kernarg[4096] = {0};
    uint64_t seq;
    for (unsigned i = 0; i < 3; i++)
        memcpy(kernarg + kernel->args[i].offset, &values[i], kernel->args[i].size);
    struct gpu_command command = {.op = GPU_DISPATCH,
                                  .kernel = kernel,
                                  .grid = {CORPUS_ITEMS, 1, 1},
                                  .group = {CORPUS_GROUP, 1, 1},
                                  .kernarg = kernarg};
    int rc = gpu_queue_submit(queue, &command, 1, NULL, NULL, &seq);
    return rc ? rc : gpu_queue_wait(queue, seq, limit_ns);
}

static bool same(bool near, uint32_t got, uint32_t want)
{
    float a, b;
    memcpy(&a, &got, sizeof a);
    memcpy(&b, &want, sizeof b);
    return got == want || (near && fabsf(a - b) <= fabsf(b) * 0x1p-17f);
}

/* How many words are wrong, the first of them in *at. */
static unsigned wrong(bool near, const uint32_t *got, unsigned *at)
{
    unsigned n = 0;
    for (unsigned i = CORPUS_WORDS; i-- > 0;)
        if (!same(near, got[i], expected[i])) {
            n++;
            *at = i;
        }
    return n;
}

static bool check(const struct corpus_kernel *kernel, struct gpu_queue *queue, struct gpu_code *code,
                  struct gpu_buffer *buf, const char *where)
{
    static uint32_t got[CORPUS_WORDS];
    uint8_t *cpu = gpu_buffer_cpu(buf);
    uint64_t va = gpu_buffer_va(buf);
    const struct gpu_kernel *device = code_find(code, kernel->name);
    unsigned at = 0;
    memcpy(cpu, in, sizeof in);
    memset(cpu + sizeof in, 0, sizeof got);
    gpu_buffer_cpu_wrote(buf);
    memset(expected, 0, sizeof expected);
    corpus_reference(kernel, in, expected);
    if (!device || device->n_args != 3 || device->unsupported ||
        start(queue, device, (uint64_t[]){va, va + sizeof in, CORPUS_ITEMS})) {
        printf("not ok %s %s: does not run: %s\n", where, kernel->name, gpu_err_text());
        return false;
    }
    memcpy(got, cpu + sizeof in, sizeof got);
    unsigned n = wrong(kernel->near, got, &at);
    if (n)
        printf("not ok %s %s: %u words, the first is out[%u] = %08x, not %08x\n", where, kernel->name, n, at,
               got[at], expected[at]);
    else
        printf("ok %s %s\n", where, kernel->name);
    return !n;
}

static unsigned check_gpu(struct gpu *gpu, const char *directory, const char *level)
{
    const struct corpus_kernel *kernels;
    unsigned n = corpus_kernels(&kernels), good = 0;
    struct gpu_code *code = load(gpu, directory, level);
    struct gpu_buffer *buf;
    char where[64];
    snprintf(where, sizeof where, "%s %s", gpu_info(gpu)->target, level);
    if (gpu_buffer_create(gpu, GPU_GTT, 2 * sizeof in, &buf) || gpu_buffer_reserve(buf, 2 * sizeof in))
        die("memory");
    for (unsigned i = 0; i < n; i++) {
        struct gpu_queue *queue; /* of its own: a kernel that fails takes only that with it */
        if (gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_COMPUTE, .engine = -1},
                             &queue))
            die("queue");
        good += check(&kernels[i], queue, code, buf, where);
        gpu_queue_destroy(queue);
    }
    gpu_buffer_free(buf);
    gpu_code_unload(code);
    return good;
}

int main(int argc, char **argv)
{
    const struct corpus_kernel *kernels;
    struct gpu_system *sys;
    unsigned all = 0, good = 0, n = corpus_kernels(&kernels);
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: corpus DIRECTORY LEVEL [SEED]\n");
        return 2;
    }
    fill(argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 1);
    if (gpu_system_open(&(struct gpu_options){0}, &sys))
        die("/dev/kfd");
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        good += check_gpu(gpu_at(sys, i), argv[1], argv[2]);
        all += n;
    }
    printf("total %s: %u of %u agree (%u kernels, %u targets)\n", argv[2], good, all, n, gpu_count(sys));
    gpu_system_close(sys);
    return good == all && all ? EXIT_SUCCESS : EXIT_FAILURE;
}
