/*
 * reference.c - the CPU's run of the corpus: corpus.cl compiled as C. Work-items of a group are coroutines
 * that take turns; a barrier passes the turn on, so that all have come to it before one goes further.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "corpus.h"
#include "host.h"

enum { KERNELS_MAX = 256, STACK_BYTES = 65536 };
static struct corpus_kernel kernels[KERNELS_MAX];
static unsigned n_kernels;

static ucontext_t scheduler, items[CORPUS_GROUP];
static char stacks[CORPUS_GROUP][STACK_BYTES];
static bool ended[CORPUS_GROUP];
static unsigned current, group, left;
static struct {
    const struct corpus_kernel *kernel;
    const uint32_t *in;
    uint32_t *out;
} job;

static void add(const char *name, bool near, void (*item)(const uint *in, uint *out, uint n))
{
    if (n_kernels == KERNELS_MAX)
        abort();
    kernels[n_kernels++] = (struct corpus_kernel){name, near, item};
}

static void wait_for_group(void)
{
    swapcontext(&items[current], &scheduler);
}

#define KERNEL_AS(name, near)                                                                   \
    static void name(const uint *in, uint *out, uint n);                                        \
    __attribute__((constructor)) static void add_##name(void)                                   \
    {                                                                                           \
        add(#name, near, name);                                                                 \
    }                                                                                           \
    static void name(const uint *in __attribute__((unused)), uint *out __attribute__((unused)), \
                     uint n __attribute__((unused)))
#define KERNEL(name)             KERNEL_AS(name, false)
#define NEAR(name)               KERNEL_AS(name, true)
#define BARRIER                  wait_for_group()
#define get_global_id(dimension) (group * CORPUS_GROUP + current)
#define get_local_id(dimension)  (current)
#define get_group_id(dimension)  (group)

#include "corpus.cl"

unsigned corpus_kernels(const struct corpus_kernel **out)
{
    *out = kernels;
    return n_kernels;
}

static void run_item(void)
{
    job.kernel->item(job.in, job.out, CORPUS_ITEMS);
    ended[current] = true;
}

static void run_group(void)
{
    left = CORPUS_GROUP;
    memset(ended, 0, sizeof ended);
    for (unsigned i = 0; i < CORPUS_GROUP; i++) {
        getcontext(&items[i]);
        items[i].uc_stack.ss_sp = stacks[i];
        items[i].uc_stack.ss_size = STACK_BYTES;
        items[i].uc_link = &scheduler;
        makecontext(&items[i], run_item, 0);
    }
    while (left)
        for (current = 0; current < CORPUS_GROUP; current++)
            if (!ended[current]) {
                swapcontext(&scheduler, &items[current]);
                left -= ended[current];
            }
}

void corpus_reference(const struct corpus_kernel *kernel, const uint32_t *in, uint32_t *out)
{
    job.kernel = kernel;
    job.in = in;
    job.out = out;
    for (group = 0; group < CORPUS_ITEMS / CORPUS_GROUP; group++)
        run_group();
}
