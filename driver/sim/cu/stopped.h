/*
 * stopped.h - the wave that stopped last on each GPU, as text: why, where, and all of its registers.
 *
 * Lines of "key value"; a vector register has a value for each lane. It outlives an exec of the process.
 */
#ifndef KFDFS_SIM_STOPPED_H
#define KFDFS_SIM_STOPPED_H

#include <stddef.h>

struct isa_wave;
struct sim_gpu;

void sim_stopped_keep(const struct sim_gpu *gpu, struct isa_wave *w, const char *reason);
/* A copy that the caller frees, and its length; NULL: no wave has stopped, or no memory. */
char *sim_stopped_text(struct sim_gpu *gpu, size_t *length);

#endif
