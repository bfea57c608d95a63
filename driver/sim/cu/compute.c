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
#include <time.h>

#include "rounds.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/vm.h"
#include "worker.h"

enum {
    SLICE = 4096,         /* instructions of a wave in a row */
    ALONE = 1024,         /* instructions after which the calling thread asks for help */
    TURN = 65536,         /* instructions of a group before another one of the thread gets a turn */
    BATCH = 32,           /* groups that a worker takes at once, at most */
    IDLE = 64,            /* rounds of waiting groups before a thread begins to sleep */
    NAP_NS = 20000,       /* at least, */
    NAP_MAX_NS = 5000000, /* and at most */
    PATIENCE = 16,        /* turns of each of them after which it keeps twice as many */
};

/* Lets unmaps through and looks whether the dispatch still is to go on. */
static void worker_breathe(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
    struct sim_vm *vm = &run->dispatch->gpu->vm;
    worker->since_leave = 0;
    sim_vm_leave(vm);
    if (run->dispatch->owner && !run->dispatch->owner->rest(run->dispatch->queue))
        sim_run_end(run, &(struct sim_outcome){.end = SIM_END_PREEMPTED});
    sim_vm_enter(vm);
}

/* The calling thread asks for help once the work turns out not to be tiny. */
static void worker_offer(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
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

static void wave_look(struct sim_run *run, struct isa_wave *w)
{
    enum isa_state state = w->state;
    if (state != ISA_RUNNING && state != ISA_BARRIER && state != ISA_ENDED && state != ISA_HALTED)
        sim_run_wave_stopped(run, w);
}

static void group_ran(struct sim_worker *worker, struct sim_group *group, unsigned instructions)
{
    group->instructions += instructions;
    worker->executed += instructions;
    worker->since_leave += instructions;
}

/* Waves begin, and some may end at once: then none of them needs storage, and as soon as all have the group
 * is the next one. */
static void group_begin(struct sim_worker *worker, struct sim_group *group)
{
    struct sim_run *run = worker->run;
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
static void group_rounds(struct sim_worker *worker, struct sim_group *group)
{
    struct sim_run *run = worker->run;
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
static enum turn group_turn(struct sim_worker *worker, struct sim_group *group)
{
    struct sim_run *run = worker->run;
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
static void worker_wait(struct sim_worker *worker)
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

static void worker_turn(struct sim_worker *worker)
{
    if (worker->turn >= worker->n_resident)
        worker->turn = 0;
    struct sim_group *group = worker->resident[worker->turn];
    enum turn turn = group_turn(worker, group);
    if (turn == TURN_WAITED) {
        worker->waiting++;
        worker->turn++;
        if (worker->waiting >= worker->n_resident && !sim_worker_admit(worker))
            worker_wait(worker);
        return;
    }
    worker->waiting = 0;
    if (turn == TURN_DONE) {
        sim_worker_retire(worker, worker->turn);
    } else if (group->instructions >= TURN) {
        group->instructions = 0;
        worker->turn++;
        if (worker->turn == worker->n_resident && ++worker->turns == PATIENCE) {
            worker->turns = 0;
            worker->limit = worker->n_resident * 2;
        }
        if (worker->n_resident < worker->limit)
            sim_worker_admit(worker);
    }
}

/* A work-group cannot begin, for want of scratch or of compute units: others must end first. */
static void worker_wait_room(struct sim_worker *worker)
{
    struct sim_run *run = worker->run;
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

static void worker_run(struct sim_worker *worker, bool caller)
{
    struct sim_run *run = worker->run;
    sim_vm_enter(&run->dispatch->gpu->vm);
    while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
        if (worker->n_resident == 0 && !sim_worker_admit(worker)) {
            if (!sim_worker_has_more(worker))
                break;
            worker_wait_room(worker);
            continue;
        }
        worker_turn(worker);
        if (caller && !worker->offered && (worker->executed >= ALONE || worker->waiting))
            worker_offer(worker);
    }
    while (worker->n_resident > 0)
        sim_worker_retire(worker, worker->n_resident - 1);
    sim_vm_leave(&run->dispatch->gpu->vm);
}

static void run_help(struct sim_job *job)
{
    struct sim_run *run = (struct sim_run *)((char *)job - offsetof(struct sim_run, job));
    struct sim_worker *worker = sim_worker_get(run);
    if (!worker)
        return; /* the calling thread does it alone */
    worker_run(worker, false);
    sim_worker_put(worker);
}

void sim_compute_run(struct sim_dispatch *dispatch, struct sim_outcome *outcome)
{
    struct sim_run run = {.job.work = run_help,
                          .dispatch = dispatch,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .slot_freed = PTHREAD_COND_INITIALIZER,
                          .outcome = outcome};
    char why[sizeof outcome->text];
    *outcome = (struct sim_outcome){.end = SIM_END_OK};
    if (sim_shape_init(&run.shape, dispatch, why, sizeof why)) {
        sim_run_failed(&run, why);
        return;
    }
    struct sim_worker *worker = sim_worker_get(&run);
    if (!worker) {
        sim_run_failed(&run, "the simulator has no memory for a worker");
        return;
    }
    worker_run(worker, true);
    sim_pool_withdraw(&run.job);
    sim_worker_put(worker);
}
