/*
 * worker.h - what a host thread needs to run work-groups, and which of them it has.
 */
#ifndef KFDFS_SIM_WORKER_H
#define KFDFS_SIM_WORKER_H

#include "run.h"
#include "start.h"

struct sim_worker {
    struct sim_run *run;
    struct isa_cache *cache;
    struct sim_group **resident;
    unsigned n_resident, room, turn; /* room: of resident; whose turn it is */
    unsigned limit, turns;           /* groups to keep when they run; whole turns since one of them ended */
    unsigned waiting;                /* groups in a row that only waited */
    unsigned since_leave;            /* instructions since the VM's lock was free */
    uint64_t woke;                   /* when it last slept, in ns */
    uint64_t executed;               /* instructions in this run */
    struct isa_start start;
    bool offered;
    unsigned batch; /* groups to take at once, of those that are soon done */
    struct sim_group *spare;
    unsigned n_spare;
    struct sim_worker *next;
};

/* One for the dispatch; NULL: no memory. Put back it is kept for others. */
struct sim_worker *sim_worker_get(struct sim_run *run);
void sim_worker_put(struct sim_worker *worker);
/* Is there a work-group that nobody has begun, other than those that other workers hold? */
bool sim_worker_has_more(const struct sim_worker *worker);
/* One more group; false: there is none that may begin now. */
bool sim_worker_admit(struct sim_worker *worker);
/* The group at that place is over. */
void sim_worker_retire(struct sim_worker *worker, unsigned at);

#endif
