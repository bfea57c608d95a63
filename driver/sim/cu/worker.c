/*
 * worker.c - workers, which are kept between dispatches for their caches, and the work-groups that they take
 * (worker.h).
 */
#include "worker.h"

#include <stdlib.h>

enum {
    RESIDENT = 8, /* groups that a worker has room for, and keeps, at first */
    KEPT = 8,     /* groups' storage that a worker keeps while it runs; idle it keeps one */
    FAIR = 16,    /* of what is left a worker takes the FAIRth part at once, at most */
};

/* ---- workers: kept between dispatches, for their caches ---- */

static pthread_mutex_t workers_lock = PTHREAD_MUTEX_INITIALIZER; /* guards idle_workers */
static struct sim_worker *idle_workers;

/* In the child of a fork: whoever held the lock is not there, nor who used the workers that are not idle. */
static void workers_forget(void)
{
    pthread_mutex_init(&workers_lock, NULL);
    idle_workers = NULL;
}

static void workers_watch_fork(void)
{
    pthread_atfork(NULL, NULL, workers_forget);
}

static struct sim_group *spare_take(struct sim_worker *worker)
{
    struct sim_group *group = worker->spare;
    if (!group)
        return calloc(1, sizeof *group);
    worker->spare = group->next;
    worker->n_spare--;
    return group;
}

static void spare_give(struct sim_worker *worker, struct sim_group *group)
{
    if (worker->n_spare >= KEPT) {
        sim_group_free(group);
        return;
    }
    group->next = worker->spare;
    worker->spare = group;
    worker->n_spare++;
}

struct sim_worker *sim_worker_get(struct sim_run *run)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, workers_watch_fork);
    pthread_mutex_lock(&workers_lock);
    struct sim_worker *worker = idle_workers;
    if (worker)
        idle_workers = worker->next;
    pthread_mutex_unlock(&workers_lock);
    if (!worker)
        worker = calloc(1, sizeof *worker);
    if (worker && !worker->cache)
        worker->cache = isa_cache_new();
    if (!worker || !worker->cache) {
        free(worker);
        return NULL;
    }
    isa_cache_renew(worker->cache);
    worker->run = run;
    worker->n_resident = worker->turn = worker->turns = worker->waiting = worker->since_leave = 0;
    worker->limit = RESIDENT;
    worker->executed = 0;
    worker->offered = false;
    worker->batch = 1;
    start_prepare(&worker->start, &run->shape, run->dispatch);
    return worker;
}

void sim_worker_put(struct sim_worker *worker)
{
    while (worker->n_spare > 1)
        sim_group_free(spare_take(worker));
    pthread_mutex_lock(&workers_lock);
    worker->next = idle_workers;
    idle_workers = worker;
    pthread_mutex_unlock(&workers_lock);
}

/* ---- admitting groups ---- */

/* A place for one more group. */
static bool worker_reserve(struct sim_worker *worker)
{
    if (worker->n_resident < worker->room)
        return true;
    unsigned room = worker->room ? worker->room * 2 : RESIDENT;
    struct sim_group **resident = realloc(worker->resident, room * sizeof *resident);
    if (!resident)
        return false;
    worker->resident = resident;
    worker->room = room;
    return true;
}

bool sim_worker_has_more(const struct sim_worker *worker)
{
    return worker->start.next < worker->start.last ||
           atomic_load_explicit(&worker->run->next, memory_order_relaxed) < worker->run->shape.n_groups;
}

/* Takes the next work-groups, if there are any. */
static bool batch_take(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
    uint64_t next = atomic_load_explicit(&run->next, memory_order_relaxed), n = worker->batch;
    if (next >= run->shape.n_groups)
        return false;
    if (n > (run->shape.n_groups - next) / FAIR)
        n = (run->shape.n_groups - next) / FAIR + 1;
    next = atomic_fetch_add(&run->next, n);
    worker->start.next = next;
    worker->start.last = next + n < run->shape.n_groups ? next + n : run->shape.n_groups;
    return next < run->shape.n_groups;
}

/* Takes the next work-group, if there is one and it may start now; there is room for it. */
static bool worker_begin(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
    struct isa_start *start = &worker->start;
    if (start->next >= start->last && !batch_take(worker))
        return false;
    struct sim_group *group = worker_reserve(worker) ? spare_take(worker) : NULL;
    if (!group) {
        sim_run_failed(run, "the simulator has no memory for a work-group");
        return false;
    }
    if (run->shape.slot_bytes && !sim_run_slots_take(run, group, start->next)) {
        spare_give(worker, group);
        return false;
    }
    worker->resident[worker->n_resident++] = group;
    if (sim_group_start(group, &run->shape, run->dispatch, start->next++))
        sim_run_failed(run, "the simulator has no memory for a work-group");
    return true;
}

bool sim_worker_admit(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
    if (atomic_load(&run->stop) || !sim_worker_has_more(worker))
        return false;
    if (atomic_fetch_add(&run->resident, 1) < run->shape.resident && worker_begin(worker))
        return true;
    atomic_fetch_sub(&run->resident, 1);
    return false;
}

void sim_worker_retire(struct sim_worker *worker, unsigned at)
{
    struct sim_group *group = worker->resident[at];
    sim_run_slots_give(worker->run, group);
    atomic_fetch_sub(&worker->run->resident, 1);
    worker->turns = 0;
    worker->resident[at] = worker->resident[--worker->n_resident];
    spare_give(worker, group);
}
