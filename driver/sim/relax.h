/*
 * relax.h - the short pause of a thread that polls for what is about to come.
 */
#ifndef KFDFS_SIM_RELAX_H
#define KFDFS_SIM_RELAX_H

#include <sched.h>
#include <stdatomic.h>

/* round: how many there were before; now and then another thread gets the processor. */
static inline void sim_relax(unsigned round)
{
    if (round % 4 == 3) {
        sched_yield();
        return;
    }
    for (int i = 0; i < 32; i++)
#if defined(__x86_64__)
        __builtin_ia32_pause();
#else
        atomic_signal_fence(memory_order_seq_cst);
#endif
}

#endif
