/*
 * load.h - how busy a GPU's engines are: what the kernel's sensors tell.
 */
#ifndef KFDFS_SIM_LOAD_H
#define KFDFS_SIM_LOAD_H

#include "queue.h"
#include "sim/machine.h"

/* An engine of that kind begins or ends having work; they nest, a meter runs while anybody is inside. */
void sim_load_begin(struct sim_gpu *gpu, enum sim_queue_type type);
void sim_load_end(struct sim_gpu *gpu, enum sim_queue_type type);

struct sim_load {
    unsigned percent; /* of the last moments, compute engines */
    uint64_t sdma_us; /* since the start, with a copy engine at work */
};
struct sim_load sim_load_now(struct sim_gpu *gpu);

#endif
