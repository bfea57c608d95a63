/*
 * run.h - a dispatch that host threads are at: what of it is left, how it ends, and its scratch.
 */
#ifndef KFDFS_SIM_RUN_H
#define KFDFS_SIM_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "compute.h"
#include "group.h"
#include "pool.h"

enum {
    RUN_XCC_MAX = 8,
    RUN_SLOT_WORDS = 16, /* scratch slots in use at a time, in words of 64, of each XCC */
};

struct sim_run {
    struct sim_job job;
    struct sim_dispatch *dispatch;
    struct sim_shape shape;
    _Atomic uint64_t next;     /* first work-group that nobody took */
    _Atomic uint64_t resident; /* work-groups that have begun and not ended */
    _Atomic bool stop;         /* something failed, or the queue is gone */
    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t slot_freed;
    uint64_t slots[RUN_XCC_MAX][RUN_SLOT_WORDS]; /* scratch slots in use */
    struct sim_outcome *outcome;
};

/* No group begins any more, and waves stop soon; the first one to say so decides the outcome. */
void sim_run_end(struct sim_run *run, const struct sim_outcome *outcome);
void sim_run_failed(struct sim_run *run, const char *why);
/* For an exception: a trap handler may take it up, else the dispatch has failed. */
void sim_run_wave_stopped(struct sim_run *run, struct isa_wave *w);
/* All scratch slots that the group of that index needs, or none; back. */
bool sim_run_slots_take(struct sim_run *run, struct sim_group *group, uint64_t index);
void sim_run_slots_give(struct sim_run *run, struct sim_group *group);

#endif
