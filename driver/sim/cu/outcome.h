/*
 * outcome.h - what a dispatch is told of the wave that ends it.
 */
#ifndef KFDFS_SIM_OUTCOME_H
#define KFDFS_SIM_OUTCOME_H

#include "compute.h"
#include "wave.h"

/* "unknown instruction 0x... 0x... at 0x...", and what it is where the table knows it. */
void sim_illegal_text(struct isa_wave *w, char *to, size_t size);
/* Of a wave that has faulted, trapped, or met what it cannot run. */
void sim_outcome_of(struct isa_wave *w, struct sim_outcome *outcome);

#endif
