/*
 * rounds.h - the waves of a work-group from barrier to barrier.
 */
#ifndef KFDFS_SIM_ROUNDS_H
#define KFDFS_SIM_ROUNDS_H

#include <stdbool.h>

struct isa_cache;
struct isa_wave;

/* If all waves that go on wait at a barrier they may go on. True: all n did wait there. */
bool isa_meet(struct isa_wave *const *waves, unsigned n);
/* Runs all n waves of a group, each up to its next barrier, again and again, for about so many instructions
 * of all of them; ends before that with the first that is not at a barrier then, in whatever state it is.
 * Returns how many instructions that were. As isa_run(), inside sim_vm_enter(). */
unsigned isa_run_rounds(struct isa_wave *const *waves, unsigned n, struct isa_cache *cache, unsigned budget);

#endif
