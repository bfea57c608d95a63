/*
 * spin.h - finds waves that go round and round until somebody else changes memory.
 *
 * Such a wave comes back to the same instruction with the same registers. It is told from one that works by
 * comparing a digest of its registers from one round to the next; one that is taken for spinning by mistake
 * only runs less often.
 */
#ifndef KFDFS_SIM_SPIN_H
#define KFDFS_SIM_SPIN_H

#include "wave.h"

struct sim_spin { /* of one wave; all zero when it starts */
    bool found;
    unsigned slices, period; /* until it is looked for again */
    uint64_t pc, digest;     /* where a round begins, and with which registers */
};

/* After a slice: may run a few instructions more. Sets yield when the wave spins. */
void sim_spin_look(struct sim_spin *spin, struct isa_wave *w, struct isa_cache *cache);
/* Before a slice: once more round, if it was found spinning; true: nothing has changed, no slice is needed.
 */
bool sim_spin_goes_on(struct sim_spin *spin, struct isa_wave *w, struct isa_cache *cache);

#endif
