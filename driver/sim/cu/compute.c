/*
 * compute.c - runs the work-groups of a dispatch on host threads.
 *
 * Invariants: work-groups start in the order of their index, and one that was started goes on whatever the
 * others do, so a group may wait for one before it. All waves of a group run on one host thread, in turns, so
 * that barriers and LDS need no locks. A thread sits in the VM's lock while its waves run and leaves it
 * between turns, or an unmap would wait for the whole dispatch. The first wave that fails ends the dispatch.
 *
 * Groups may wait for later ones as long as the GPU would hold them all at once (sim_shape.resident): a
 * thread whose groups all wait starts another one, and one whose groups run on and on keeps more and more of
 * them.
 *
 * A dispatch starts in the calling thread alone: one short enough wakes nobody. Work-groups go to the XCCs in
 * turn, as the dispatchers of an MI300X share a grid (CDNA3 white paper, "Compute and partitioning").
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compute.h"
#include "group.h"
#include "outcome.h"
#include "pool.h"
#include "rounds.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/vm.h"
#include "sim/models.h"
#include "stopped.h"

enum {
    SLICE = 4096,         /* instructions of a wave in a row */
    ALONE = 1024,         /* instructions after which the calling thread asks for help */
    TURN = 65536,         /* instructions of a group before another one of the thread gets a turn */
    RESIDENT = 8,         /* groups that a thread keeps at first when they run on and on */
    IDLE = 64,            /* rounds of waiting groups before a thread begins to sleep */
    NAP_NS = 20000,       /* at least, */
    NAP_MAX_NS = 5000000, /* and at most */
    PATIENCE = 16,        /* turns of each of them after which it keeps twice as many */
    KEPT = 8,             /* groups' storage that a worker keeps while it runs; idle it keeps one */
    XCC_MAX = 8,
    BATCH = 32,      /* groups that a worker takes at once, at most, */
    FAIR = 16,       /* and at most the FAIRth part of what is left */
    SLOT_WORDS = 16, /* scratch slots in use at a time, in words of 64, of each XCC */
};

/* A dispatch being run. */
struct run {
    struct sim_job job;
    struct sim_dispatch *dispatch;
    struct sim_shape shape;
    _Atomic uint64_t next;     /* first work-group that nobody took */
    _Atomic uint64_t resident; /* work-groups that have begun and not ended */
    _Atomic bool stop;         /* something failed, or the queue is gone */
    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t slot_freed;
    uint64_t slots[XCC_MAX][SLOT_WORDS]; /* scratch slots in use */
    struct sim_outcome *outcome;
};

/* What a host thread needs to run work-groups. */
struct worker {
    struct run *run;
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
    struct worker *next;
};

/* ---- workers: kept between dispatches, for their caches ---- */

static pthread_mutex_t workers_lock = PTHREAD_MUTEX_INITIALIZER; /* guards idle_workers */
static struct worker *idle_workers;

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

static struct sim_group *spare_take(struct worker *worker)
{
    struct sim_group *group = worker->spare;
    if (!group)
        return calloc(1, sizeof *group);
    worker->spare = group->next;
    worker->n_spare--;
    return group;
}

static void spare_give(struct worker *worker, struct sim_group *group)
{
    if (worker->n_spare >= KEPT) {
        sim_group_free(group);
        return;
    }
    group->next = worker->spare;
    worker->spare = group;
    worker->n_spare++;
}

static struct worker *worker_get(struct run *run)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, workers_watch_fork);
    pthread_mutex_lock(&workers_lock);
    struct worker *worker = idle_workers;
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

static void worker_put(struct worker *worker)
{
    while (worker->n_spare > 1)
        sim_group_free(spare_take(worker));
    pthread_mutex_lock(&workers_lock);
    worker->next = idle_workers;
    idle_workers = worker;
    pthread_mutex_unlock(&workers_lock);
}

/* ---- failing ---- */

static void run_end(struct run *run, const struct sim_outcome *outcome)
{
    pthread_mutex_lock(&run->lock);
    if (!atomic_load(&run->stop))
        *run->outcome = *outcome;
    atomic_store(&run->stop, true);
    pthread_cond_broadcast(&run->slot_freed);
    pthread_mutex_unlock(&run->lock);
}

static void wave_failed(struct run *run, struct isa_wave *w)
{
    struct sim_outcome outcome;
    sim_outcome_of(w, &outcome);
    if (!atomic_load(&run->stop))
        sim_stopped_keep(run->dispatch->gpu, w, outcome.text);
    run_end(run, &outcome);
}

/* For an exception: a trap handler may take it up. */
static void wave_stopped(struct run *run, struct isa_wave *w)
{
    char text[200] = "";
    if (w->state == ISA_ILLEGAL)
        sim_illegal_text(w, text, sizeof text);
    if (!sim_trap_enter(w))
        wave_failed(run, w);
    else if (*text) /* hardware would not say which: a person must know */
        sim_report(run->dispatch->gpu, "%s", text);
}

static void run_failed(struct run *run, const char *why)
{
    struct sim_outcome outcome = {.end = SIM_END_ILLEGAL, .pc = run->dispatch->code_va};
    snprintf(outcome.text, sizeof outcome.text, "%s", why);
    run_end(run, &outcome);
}

/* ---- scratch slots ---- */

static unsigned slots_usable(const struct run *run)
{
    return run->dispatch->scratch_waves < SLOT_WORDS * 64 ? run->dispatch->scratch_waves : SLOT_WORDS * 64;
}

/* Under the lock. */
static int slot_take(uint64_t used[SLOT_WORDS], unsigned usable)
{
    for (unsigned i = 0; i * 64 < usable; i++) {
        if (!~used[i])
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(~used[i]);
        if (i * 64 + bit >= usable)
            return -1;
        used[i] |= 1ull << bit;
        return (int)(i * 64 + bit);
    }
    return -1;
}

/* Which of the XCCs that share the dispatch. */
static unsigned share_of(const struct sim_dispatch *d, uint64_t index)
{
    return (unsigned)(index % (d->n_xccs ? d->n_xccs : d->gpu->model->xccs));
}

static void slots_drop(struct run *run, struct sim_group *group, unsigned n, unsigned xcc)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned slot = group->slots[i] - xcc * run->dispatch->scratch_waves;
        run->slots[xcc][slot / 64] &= ~(1ull << slot % 64);
    }
}

/* All slots that the group needs, or none. */
static bool slots_take(struct run *run, struct sim_group *group, uint64_t index)
{
    unsigned xcc = share_of(run->dispatch, index), n = 0;
    unsigned waves = sim_group_waves(&run->shape, run->dispatch, index);
    pthread_mutex_lock(&run->lock);
    for (int slot; n < waves && (slot = slot_take(run->slots[xcc], slots_usable(run))) >= 0; n++)
        group->slots[n] = (uint32_t)slot + xcc * run->dispatch->scratch_waves;
    if (n < waves)
        slots_drop(run, group, n, xcc);
    pthread_mutex_unlock(&run->lock);
    return group->has_slots = n == waves;
}

static void slots_give(struct run *run, struct sim_group *group)
{
    if (!group->has_slots)
        return;
    group->has_slots = false;
    pthread_mutex_lock(&run->lock);
    slots_drop(run, group, group->isa.n_waves, group->isa.xcc - run->dispatch->first_xcc);
    pthread_cond_broadcast(&run->slot_freed);
    pthread_mutex_unlock(&run->lock);
}

/* ---- admitting groups ---- */

/* A place for one more group. */
static bool worker_reserve(struct worker *worker)
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

/* Is there a work-group that nobody has begun, other than those that other workers hold? */
static bool worker_has_more(const struct worker *worker)
{
    return worker->start.next < worker->start.last ||
           atomic_load_explicit(&worker->run->next, memory_order_relaxed) < worker->run->shape.n_groups;
}

/* Takes the next work-groups, if there are any. */
static bool batch_take(struct worker *worker)
{
    struct run *run = worker->run;
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
static bool worker_begin(struct worker *worker)
{
    struct run *run = worker->run;
    struct isa_start *start = &worker->start;
    if (start->next >= start->last && !batch_take(worker))
        return false;
    struct sim_group *group = worker_reserve(worker) ? spare_take(worker) : NULL;
    if (!group) {
        run_failed(run, "the simulator has no memory for a work-group");
        return false;
    }
    if (run->shape.slot_bytes && !slots_take(run, group, start->next)) {
        spare_give(worker, group);
        return false;
    }
    worker->resident[worker->n_resident++] = group;
    if (sim_group_start(group, &run->shape, run->dispatch, start->next++))
        run_failed(run, "the simulator has no memory for a work-group");
    return true;
}

static bool worker_admit(struct worker *worker)
{
    struct run *run = worker->run;
    if (atomic_load(&run->stop) || !worker_has_more(worker))
        return false;
    if (atomic_fetch_add(&run->resident, 1) < run->shape.resident && worker_begin(worker))
        return true;
    atomic_fetch_sub(&run->resident, 1);
    return false;
}

static void worker_retire(struct worker *worker, unsigned at)
{
    struct sim_group *group = worker->resident[at];
    slots_give(worker->run, group);
    atomic_fetch_sub(&worker->run->resident, 1);
    worker->turns = 0;
    worker->resident[at] = worker->resident[--worker->n_resident];
    spare_give(worker, group);
}

/* ---- running ---- */

/* Lets unmaps through and looks whether the dispatch still is to go on. */
static void worker_breathe(struct worker *worker)
{
    struct run *run = worker->run;
    struct sim_vm *vm = &run->dispatch->gpu->vm;
    worker->since_leave = 0;
    sim_vm_leave(vm);
    if (run->dispatch->owner && !run->dispatch->owner->rest(run->dispatch->queue))
        run_end(run, &(struct sim_outcome){.end = SIM_END_PREEMPTED});
    sim_vm_enter(vm);
}

/* The calling thread asks for help once the work turns out not to be tiny. */
static void worker_offer(struct worker *worker)
{
    struct run *run = worker->run;
    const struct sim_machine *machine = sim_machine();
    uint64_t next = atomic_load_explicit(&run->next, memory_order_relaxed);
    uint64_t left = next < run->shape.n_groups ? run->shape.n_groups - next : 0;
    worker->offered = true;
    if (left > 0 && !(machine && machine->options.serial))
        sim_pool_offer(&run->job, left < 64 ? (unsigned)left : 64);
}

enum turn { TURN_DONE, TURN_WAITED, TURN_MOVED };

static unsigned slice_hostile(void)
{
    return 1 + (unsigned)(sim_spite(SPITE_TURN) % 200);
}

static void wave_look(struct run *run, struct isa_wave *w)
{
    enum isa_state state = w->state;
    if (state != ISA_RUNNING && state != ISA_BARRIER && state != ISA_ENDED && state != ISA_HALTED)
        wave_stopped(run, w);
}

static void group_ran(struct worker *worker, struct sim_group *group, unsigned instructions)
{
    group->instructions += instructions;
    worker->executed += instructions;
    worker->since_leave += instructions;
}

/* Waves begin, and some may end at once: then none of them needs storage, and as soon as all have the group
 * is the next one. */
static void group_begin(struct worker *worker, struct sim_group *group)
{
    struct run *run = worker->run;
    uint64_t index = group->isa.index;
    unsigned n = start_waves(&worker->start, group, worker->cache);
    if (worker->start.made)
        wave_look(run, group->waves[group->begun - 1]);
    else if (n == 0)
        sim_group_begin_wave(group, &run->shape, run->dispatch);
    if (group->made > 0)
        worker->batch = 1;
    else if (worker->batch < BATCH && (group->isa.index != index || group->begun == group->isa.n_waves))
        worker->batch *= 2;
    group_ran(worker, group, n);
}

/* All waves are in storage and have met at a barrier, as they may do again and again. */
static void group_rounds(struct worker *worker, struct sim_group *group)
{
    struct run *run = worker->run;
    unsigned n;
    do {
        n = isa_run_rounds(group->waves, group->isa.n_waves, worker->cache, SLICE);
        group_ran(worker, group, n);
        if (worker->since_leave >= SLICE)
            worker_breathe(worker);
    } while (n >= SLICE && group->instructions < TURN &&
             !atomic_load_explicit(&run->stop, memory_order_relaxed));
    for (unsigned i = 0; i < group->isa.n_waves; i++)
        wave_look(run, group->waves[i]);
}

/* A slice for each wave that can run. */
static enum turn group_turn(struct worker *worker, struct sim_group *group)
{
    struct run *run = worker->run;
    enum turn result = TURN_WAITED;
    bool ended = true, hostile = sim_hostile();
    for (unsigned i = 0; i < group->isa.n_waves && !atomic_load_explicit(&run->stop, memory_order_relaxed);
         i++) {
        if (i >= group->begun) {
            group_begin(worker, group);
            result = TURN_MOVED;
            if (worker->since_leave >= SLICE)
                worker_breathe(worker);
            i = group->begun - 1; /* it may be another group now */
            if (group->made == 0)
                continue;
        }
        struct isa_wave *w = group->waves[i];
        if (w->state != ISA_RUNNING) {
            ended = ended && w->state == ISA_ENDED;
            continue;
        }
        uint64_t before = w->instructions;
        struct sim_spin *spin = &group->spins[i];
        if (!spin->found || !sim_spin_goes_on(spin, w, worker->cache)) {
            isa_run(w, worker->cache, hostile ? slice_hostile() : SLICE);
            if (w->state == ISA_RUNNING)
                sim_spin_look(spin, w, worker->cache);
        }
        enum isa_state state = w->state;
        group_ran(worker, group, (unsigned)(w->instructions - before));
        wave_look(run, w);
        if (state != ISA_RUNNING || !w->yield)
            result = TURN_MOVED;
        ended = ended && state == ISA_ENDED;
        if (worker->since_leave >= SLICE)
            worker_breathe(worker);
    }
    if (ended)
        return TURN_DONE;
    if (isa_meet(group->waves, group->isa.n_waves) && !hostile)
        group_rounds(worker, group);
    return result;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* All groups here wait for something that others do: another thread, the CPU, another queue. Called after
 * each group; when it has been so for a while, the thread sleeps for most of the time that a round of them
 * takes. */
static void worker_wait(struct worker *worker)
{
    if (worker->waiting < IDLE * worker->n_resident || worker->waiting % worker->n_resident != 0) {
        worker_breathe(worker);
        return;
    }
    uint64_t now = now_ns(), nap = worker->waiting > IDLE * worker->n_resident ? 4 * (now - worker->woke) : 0;
    nap = nap < NAP_NS ? NAP_NS : nap > NAP_MAX_NS ? NAP_MAX_NS : nap;
    sim_vm_leave(&worker->run->dispatch->gpu->vm);
    nanosleep(&(struct timespec){.tv_nsec = (long)nap}, NULL);
    sim_vm_enter(&worker->run->dispatch->gpu->vm);
    worker_breathe(worker);
    worker->woke = now_ns();
}

static void worker_turn(struct worker *worker)
{
    if (worker->turn >= worker->n_resident)
        worker->turn = 0;
    struct sim_group *group = worker->resident[worker->turn];
    enum turn turn = group_turn(worker, group);
    if (turn == TURN_WAITED) {
        worker->waiting++;
        worker->turn++;
        if (worker->waiting >= worker->n_resident && !worker_admit(worker))
            worker_wait(worker);
        return;
    }
    worker->waiting = 0;
    if (turn == TURN_DONE) {
        worker_retire(worker, worker->turn);
    } else if (group->instructions >= TURN) {
        group->instructions = 0;
        worker->turn++;
        if (worker->turn == worker->n_resident && ++worker->turns == PATIENCE) {
            worker->turns = 0;
            worker->limit = worker->n_resident * 2;
        }
        if (worker->n_resident < worker->limit)
            worker_admit(worker);
    }
}

/* A work-group cannot begin, for want of scratch or of compute units: others must end first. */
static void worker_wait_room(struct worker *worker)
{
    struct run *run = worker->run;
    struct timespec until;
    sim_vm_leave(&run->dispatch->gpu->vm);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 1000000; /* whoever gave one back before the lock was taken is not missed for long */
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&run->lock);
    if (!atomic_load(&run->stop))
        pthread_cond_timedwait(&run->slot_freed, &run->lock, &until);
    pthread_mutex_unlock(&run->lock);
    sim_vm_enter(&run->dispatch->gpu->vm);
}

static void worker_run(struct worker *worker, bool caller)
{
    struct run *run = worker->run;
    sim_vm_enter(&run->dispatch->gpu->vm);
    while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
        if (worker->n_resident == 0 && !worker_admit(worker)) {
            if (!worker_has_more(worker))
                break;
            worker_wait_room(worker);
            continue;
        }
        worker_turn(worker);
        if (caller && !worker->offered && (worker->executed >= ALONE || worker->waiting))
            worker_offer(worker);
    }
    while (worker->n_resident > 0)
        worker_retire(worker, worker->n_resident - 1);
    sim_vm_leave(&run->dispatch->gpu->vm);
}

static void run_help(struct sim_job *job)
{
    struct run *run = (struct run *)((char *)job - offsetof(struct run, job));
    struct worker *worker = worker_get(run);
    if (!worker)
        return; /* the calling thread does it alone */
    worker_run(worker, false);
    worker_put(worker);
}

void sim_compute_run(struct sim_dispatch *dispatch, struct sim_outcome *outcome)
{
    struct run run = {.job.work = run_help,
                      .dispatch = dispatch,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .slot_freed = PTHREAD_COND_INITIALIZER,
                      .outcome = outcome};
    char why[sizeof outcome->text];
    *outcome = (struct sim_outcome){.end = SIM_END_OK};
    if (sim_shape_init(&run.shape, dispatch, why, sizeof why)) {
        run_failed(&run, why);
        return;
    }
    struct worker *worker = worker_get(&run);
    if (!worker) {
        run_failed(&run, "the simulator has no memory for a worker");
        return;
    }
    worker_run(worker, true);
    sim_pool_withdraw(&run.job);
    worker_put(worker);
}
