/*
 * count.h - how often each instruction of a GPU is executed, by its address, while somebody wants to know.
 *
 * Nothing is counted, and nothing costs time, until then.
 */
#ifndef KFDFS_SIM_COUNT_H
#define KFDFS_SIM_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct isa_wave;
struct isa_op;
struct sim_gpu;
struct sim_vm;

extern _Atomic unsigned sim_counting_gpus; /* how many count */

/* Begins anew, or ends; what was counted stays until the next beginning. */
void sim_count_switch(struct sim_gpu *gpu, bool on);
bool sim_count_is_on(const struct sim_vm *vm);
/* One execution of the operation that the wave is at. */
void sim_count(const struct isa_wave *w, const struct isa_op *op);
/* The table: "# address executed lanes_percent instruction". A copy that the caller frees, or NULL. */
char *sim_count_text(struct sim_gpu *gpu, size_t *length);

#endif
