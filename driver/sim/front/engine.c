/*
 * engine.c - a host thread for each hardware queue, and what all engines do alike: wait, fault, stop.
 *
 * Invariant: an engine thread runs from sim_engine_start() to sim_engine_stop() at most; inside
 * sim_vm_enter() it never waits for anything but memory, so that an unmap is never held up; and every wait
 * looks at sim_queue_alive(), so that stop always ends soon.
 */
#include "engine.h"
#include "load.h"
#include "queue.h"
#include "sim/cu/compute.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/vm.h"
#include "sim/relax.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NAP_SPINS = 200, NAP_FIRST_US = 20, NAP_MAX_US = 2000, NAP_STEP = 8, DOORBELL_BITS = 10 };

/* Counts stores to memory by engines; who naps on it is woken by the next one. */
static _Atomic uint32_t store_generation;
static _Atomic unsigned nappers;

uint64_t sim_engine_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void futex_wait(uint32_t seen, uint64_t microseconds)
{
    struct timespec timeout = {.tv_nsec = (long)(microseconds * 1000)};
    atomic_fetch_add(&nappers, 1);
    syscall(SYS_futex, &store_generation, FUTEX_WAIT_PRIVATE, seen, &timeout, NULL, 0);
    atomic_fetch_sub(&nappers, 1);
}

/* Spins at first: most waits are for work that is about to end. */
void sim_engine_nap(struct sim_nap *nap)
{
    uint32_t generation = atomic_load(&store_generation);
    unsigned n = nap->count;
    if (generation != nap->generation) {
        nap->generation = generation; /* look again before sleeping: something was stored */
        return;
    }
    nap->count++;
    if (n < NAP_SPINS) {
        sim_relax(n);
        return;
    }
    uint64_t us = NAP_FIRST_US * (1 + (n - NAP_SPINS) / NAP_STEP);
    futex_wait(generation, us < NAP_MAX_US ? us : NAP_MAX_US);
}

void sim_engine_wrote(void)
{
    atomic_fetch_add(&store_generation, 1);
    if (atomic_load(&nappers))
        syscall(SYS_futex, &store_generation, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static bool is_resting(const struct sim_queue *queue)
{
    const struct sim_gpu *gpu = queue->gpu;
    return atomic_load_explicit(&gpu->suspended, memory_order_relaxed) ||
           atomic_load_explicit(&queue->hung, memory_order_relaxed) ||
           atomic_load_explicit(&queue->suspended, memory_order_acquire) ||
           (queue->type == SIM_QUEUE_SDMA &&
            atomic_load_explicit(&sim_gpu_card(gpu)->dead_sdma, memory_order_relaxed) >> queue->engine & 1);
}

enum { PREEMPTED_US = 2000 };

static void rest(struct sim_queue *queue, int where)
{
    for (struct sim_nap nap = {0}; is_resting(queue) && sim_queue_alive(queue);) {
        atomic_store(&queue->at, where);
        sim_engine_nap(&nap);
    }
    atomic_store(&queue->at, SIM_AT_WORK);
}

void sim_engine_rest(struct sim_queue *queue)
{
    sim_spite_pause(SPITE_PREEMPTED, 32, PREEMPTED_US);
    rest(queue, SIM_AT_REST);
}

void sim_engine_nap_in(struct sim_queue *queue, struct sim_nap *nap)
{
    sim_engine_nap(nap);
    rest(queue, SIM_AT_REST);
}

static bool owner_rest(struct sim_queue *queue)
{
    sim_spite_pause(SPITE_PREEMPTED, 32, PREEMPTED_US);
    rest(queue, SIM_AT_REST_IN_WAVES);
    return sim_queue_alive(queue);
}

/* A trap handler's interrupt says of which doorbell; the kernel takes any other for an event id. */
static void owner_interrupt(struct sim_queue *queue, uint32_t data, bool privileged)
{
    if (!privileged ||
        !sim_engine_calls.exception(queue->gpu, data & ((1 << DOORBELL_BITS) - 1), data >> DOORBELL_BITS))
        sim_engine_calls.interrupt(queue->gpu, data & 0xffffff);
}

static uint32_t owner_doorbell(const struct sim_queue *queue)
{
    return queue->doorbell_index;
}

const struct sim_dispatch_owner sim_engine_owner = {owner_rest, owner_interrupt, owner_doorbell};

void sim_engine_halt(struct sim_queue *queue)
{
    atomic_store(&queue->halted, true);
}

void sim_engine_fault(struct sim_queue *queue, uint64_t va, unsigned access, bool not_present)
{
    sim_engine_halt(queue);
    sim_engine_calls.memory_fault(queue->gpu, va, access, not_present);
}

void *sim_engine_reach(struct sim_queue *queue, uint64_t va, size_t bytes, unsigned access)
{
    struct sim_vm *vm = &queue->gpu->vm;
    sim_vm_enter(vm);
    void *host = sim_vm_host(vm, va, bytes, access);
    if (host)
        return host;
    const struct sim_range *range = sim_vm_find(vm, va);
    bool absent = !range;
    if (range && (range->access & access) == access) { /* starts well and ends outside */
        va = range->end;
        absent = true;
    }
    sim_vm_leave(vm);
    sim_engine_fault(queue, va, access, absent);
    return NULL;
}

bool sim_engine_read(struct sim_queue *queue, uint64_t va, void *to, size_t bytes)
{
    const void *host = sim_engine_reach(queue, va, bytes, SIM_VM_READ);
    if (!host)
        return false;
    memcpy(to, host, bytes);
    sim_vm_leave(&queue->gpu->vm);
    return true;
}

static void *engine_thread(void *arg)
{
    struct sim_queue *queue = arg;
    char name[16];
    static const struct {
        const char *name;
        void (*run)(struct sim_queue *queue);
    } kinds[] = {[SIM_QUEUE_SDMA] = {"sdma", sim_sdma_run},
                 [SIM_QUEUE_AQL] = {"aql", sim_aql_run},
                 [SIM_QUEUE_PM4] = {"pm4", sim_pm4_run}};
    snprintf(name, sizeof name, "sim%u-%s-%u", queue->gpu->index, kinds[queue->type].name, queue->id);
    prctl(PR_SET_NAME, name);
    sim_load_begin(queue->gpu, queue->type); /* until it waits for its doorbell */
    kinds[queue->type].run(queue);
    sim_load_end(queue->gpu, queue->type);
    return NULL;
}

static int thread_start(struct sim_queue *queue)
{
    sigset_t all, old; /* signals are the program's business: none may land on a thread it does not know */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int err = pthread_create(&queue->thread, NULL, engine_thread, queue);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -err;
}

/* What hardware reads from memory when a queue is mapped is read here, not in the thread, which may come
 * late. */
int sim_engine_start(struct sim_queue *queue)
{
    atomic_store(&queue->stop, false);
    atomic_store(&queue->halted, false);
    atomic_store(&queue->hung, false);
    atomic_store(&queue->at, SIM_AT_WORK);
    queue->cut = false;
    queue->mapped_wptr = atomic_load_explicit(queue->wptr, memory_order_acquire);
    queue->engine_state = NULL;
    int err = queue->type == SIM_QUEUE_AQL ? sim_aql_map(queue) : 0;
    if (!err)
        err = sim_doorbell_attach(queue);
    if (err)
        goto fail;
    err = thread_start(queue);
    if (err)
        goto fail;
    return 0;
fail:
    sim_doorbell_detach(queue);
    free(queue->engine_state);
    queue->engine_state = NULL;
    return err;
}

void sim_engine_stop(struct sim_queue *queue)
{
    atomic_store(&queue->stop, true);
    sim_doorbell_kick(queue);
    sim_engine_wrote();
    pthread_join(queue->thread, NULL);
    sim_doorbell_detach(queue);
    free(queue->engine_state);
    queue->engine_state = NULL;
}
