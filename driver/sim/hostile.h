/*
 * hostile.h - the simulated machine at its nastiest (KFDFS_SIM_OPTS=hostile): what hardware and kernel may
 * do, but rarely do, done often.
 *
 * Invariant: nothing here is against the rules; a program that breaks under it can break on hardware. The nth
 * decision of a kind is the same for a seed, whatever the others do.
 */
#ifndef KFDFS_SIM_HOSTILE_H
#define KFDFS_SIM_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

enum sim_spite {
    SPITE_IOCTL,          /* an ioctl that sleeps is interrupted before it did anything, or halfway */
    SPITE_INTERRUPT_LATE, /* the CPU hears of what is done long after */
    SPITE_INTERRUPT_LOST, /* or never: interrupts merge, and their ring can overflow */
    SPITE_INTERRUPT_TWICE,
    SPITE_DOORBELL,     /* a ring is noticed late, together with the next ones */
    SPITE_READ_POINTER, /* it is written back after several packets */
    SPITE_PREEMPTED,    /* the scheduler takes a queue off and puts it back */
    SPITE_TURN,         /* waves take turns after few instructions */
    SPITE_CLOCK,        /* time passes between two clocks of one answer */
    SPITE_HINT,         /* mmap's hint is not followed */
    SPITES
};

/* Set once, when the options are read. */
void sim_hostile_begin(uint64_t seed);
bool sim_hostile(void);
/* True once in so many times, by the seed; never on a tame machine. */
bool sim_spiteful(enum sim_spite what, unsigned one_in);
/* A number by the seed; 0 on a tame machine. */
uint64_t sim_spite(enum sim_spite what);
/* Once in so many times: sleeps for a while that is not longer than that. */
void sim_spite_pause(enum sim_spite what, unsigned one_in, unsigned most_us);

#endif
