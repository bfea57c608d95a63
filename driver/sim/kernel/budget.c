/*
 * budget.c - watches what the CPU writes into simulated memory, which no engine sees.
 *
 * Engines look at the budget themselves before they write. But a program may allocate more than the host can
 * give and fill it through a mapping; then the GPU that was promised most loses its memory, as after a reset,
 * instead of the host its processes. The watch runs only while more is promised than the budget allows.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

enum { LOOK_NS = 20 * 1000 * 1000 };

static _Atomic pid_t watched; /* the process whose watch runs: a child starts its own */

static uint64_t promised(struct sim_gpu *gpu)
{
    uint64_t bytes = 0;
    struct sim_heap *heaps[] = {&gpu->vram, &gpu->gtt};
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&heaps[i]->lock);
        bytes += heaps[i]->used;
        pthread_mutex_unlock(&heaps[i]->lock);
    }
    return bytes;
}

/* The sum over all GPUs, and which of them has most. */
static uint64_t promised_by_all(struct sim_machine *machine, struct sim_gpu **most)
{
    uint64_t sum = 0, largest = 0;
    for (unsigned i = 0; i < machine->n_gpus; i++) {
        uint64_t bytes = promised(&machine->gpu[i]);
        sum += bytes;
        if (bytes >= largest) {
            largest = bytes;
            *most = &machine->gpu[i];
        }
    }
    return sum;
}

static void *watch(void *arg)
{
    struct sim_machine *machine = arg;
    struct sim_gpu *most = NULL;
    const struct timespec pause = {.tv_nsec = LOOK_NS};

    while (promised_by_all(machine, &most) > machine->options.ram_bytes) {
        nanosleep(&pause, NULL);
        if (sim_heap_within_budget())
            continue;
        sim_report(most,
                   "its memory is lost: the host memory that software GPUs may use, %llu bytes, is used up "
                   "(KFDFS_SIM_OPTS ram=)",
                   (unsigned long long)machine->options.ram_bytes);
        sim_reset(most, &(struct sim_reset){.cause = KFD_HW_HANG});
        return NULL; /* once is enough: nothing is allocated any more */
    }
    atomic_store(&watched, 0);
    return NULL;
}

void sim_budget_watch(void)
{
    struct sim_machine *machine = sim_machine();
    struct sim_gpu *most = NULL;
    pid_t before = atomic_load(&watched), self = getpid();
    pthread_t thread;
    sigset_t all, mask;

    if (before == self || promised_by_all(machine, &most) <= machine->options.ram_bytes ||
        !atomic_compare_exchange_strong(&watched, &before, self))
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    if (pthread_create(&thread, NULL, watch, machine))
        atomic_store(&watched, 0);
    else
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}
