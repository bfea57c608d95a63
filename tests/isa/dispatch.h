/*
 * dispatch.h - a kernel from a code object on a simulated GPU, with all that lies between the compiler and
 * the processor done by hand: segments, descriptor, user SGPRs, hidden arguments. So the driver is not needed
 * and cannot hide a mistake. Facts: LLVM AMDGPUUsage, "Kernel Descriptor", "Initial Kernel Execution State",
 * "Code Object V5 Metadata".
 */
#ifndef KFDFS_TESTS_ISA_DISPATCH_H
#define KFDFS_TESTS_ISA_DISPATCH_H

#include "sim/cu/compute.h"
#include "sim/models.h"

/* A model, and the code object that is loaded on it. */
struct target {
    const char *model, *mcpu, *level;
    uint8_t *file;
    size_t size;
};

struct buffer {
    uint64_t va;
    void *host;
};

struct geometry {
    uint32_t grid[3], group[3]; /* in work-items */
    uint64_t offset[3];
    uint32_t dims, dynamic_lds; /* bytes */
};

/* What machine_setup() made: a GPU, and the target's code in its memory. */
extern struct sim_gpu gpu;
extern const struct target *now;
extern uint64_t code_base;
extern uint8_t *code;

void machine_setup(const struct target *target);
/* Memory of the GPU, mapped until the process ends: zeros, noise, floats in (0.1, 100). */
struct buffer buffer_new(size_t bytes);
struct buffer buffer_random(size_t bytes, uint64_t seed);
struct buffer buffer_floats(size_t n, uint64_t seed);
/* Address of a symbol in the file, 0: none. */
uint64_t symbol_find(const char *name);
/* args: the explicit ones, as the kernel has them. */
struct sim_outcome dispatch_run(const char *kernel, const struct geometry *geometry, const void *args,
                                size_t args_bytes);
/* The same; an end that is not a good one fails the test. */
void run_grid(const char *kernel, const struct geometry *g, const void *args, size_t bytes);
void run(const char *kernel, uint32_t items, uint32_t group, const void *args, size_t bytes);

#endif
