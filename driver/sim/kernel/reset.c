/*
 * reset.c - the kernel resets a GPU: what that costs every process, and the memory of that GPU.
 *
 * Facts, all of Linux amdkfd and amdgpu: a reset takes every GPU of the hive (amdgpu_device_gpu_recover()).
 * It takes the queues of every process off every GPU, reset or not, and none ever comes back
 * (kgd2kfd_pre_reset(), kfd_suspend_all_processes(), kgd2kfd_post_reset()). Processes hear of each GPU that
 * was reset, always with memory_lost (kfd_signal_reset_event()). Until all is over no process can open the
 * device (kfd_create_process(), kfd_is_locked()). Whether VRAM was lost is what
 * amdgpu_device_check_vram_lost() says: by mode 1 and BACO, what a discrete card does unless told otherwise,
 * it is; the counter of it is a DRM query.
 *
 * Counter and lock are the kernel's, not the process's: they outlive exec in the environment.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "kernel.h"
#include "kfd_state.h"
#include "sim/machine.h"

#define LOSSES "KFDFS_SIM_LOSSES" /* of each GPU, with a GONE where it is off the bus */
#define LOCKED "KFDFS_SIM_LOCKED" /* until then, in ns of CLOCK_MONOTONIC */

enum { GONE = 'x' };
static _Atomic uint64_t locked_until;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- what outlives exec ---- */

static void losses_keep(const struct sim_machine *machine)
{
    char text[SIM_MAX_GPUS * 12] = "";
    size_t n = 0;
    for (unsigned i = 0; i < machine->n_gpus; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u%c", atomic_load(&machine->gpu[i].losses),
                              atomic_load(&machine->gpu[i].lost) ? GONE : ' ');
    setenv(LOSSES, text, 1);
}

static void lock_until(uint64_t ns)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)ns);
    setenv(LOCKED, text, 1);
    atomic_store(&locked_until, ns);
}

void sim_reset_start(struct sim_machine *machine)
{
    const char *text = getenv(LOSSES), *locked = getenv(LOCKED);
    char *end;
    for (unsigned i = 0; text && i < machine->n_gpus; i++, text = end + (*end == GONE)) {
        atomic_store(&machine->gpu[i].losses, (unsigned)strtoul(text, &end, 10));
        atomic_store(&machine->gpu[i].lost, *end == GONE);
    }
    if (locked)
        atomic_store(&locked_until, strtoull(locked, NULL, 10));
}

bool sim_reset_under_way(void)
{
    return atomic_load(&locked_until) > now_ns();
}

/* ---- the end ---- */

struct ending {
    struct sim_gpu *gpu;
    uint64_t ns;
};

static void tell_end(struct sim_gpu *gpu)
{
    struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (sim_gpus_in_hive(&machine->gpu[i], gpu))
            sim_smi_reset(&machine->gpu[i], true, "");
}

static void *ending_main(void *arg)
{
    struct ending ending = *(struct ending *)arg;
    free(arg);
    nanosleep(&(struct timespec){.tv_sec = (time_t)(ending.ns / 1000000000),
                                 .tv_nsec = (long)(ending.ns % 1000000000)},
              NULL);
    tell_end(ending.gpu);
    return NULL;
}

static void end_later(struct sim_gpu *gpu, unsigned ms)
{
    struct ending *ending = malloc(sizeof *ending);
    pthread_t thread;
    sigset_t all, mask;
    uint64_t ns = (uint64_t)ms * 1000000;
    lock_until(now_ns() + ns);
    if (!ending)
        return;
    *ending = (struct ending){gpu, ns};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    if (pthread_create(&thread, NULL, ending_main, ending))
        free(ending);
    else
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* ---- a reset ---- */

/* What a GPU has of its own: system memory stays. */
static void lose_memory(struct sim_gpu *gpu)
{
    if (sim_gpu_vram_is_gtt(gpu))
        return;
    atomic_fetch_add(&gpu->losses, 1);
    sim_bo_lose_vram(gpu);
}

static void lose_queues(struct sim_process *process, void *gpu)
{
    sim_event_lose_queues(sim_process_gpu(process, ((struct sim_gpu *)gpu)->index));
}

struct told {
    const struct sim_gpu *gpu;
    unsigned cause;
};

static void tell_reset(struct sim_process *process, void *ctx)
{
    const struct told *told = ctx;
    sim_event_reset_gpu(sim_process_gpu(process, told->gpu->index), told->cause);
}

void sim_reset(struct sim_gpu *gpu, const struct sim_reset *how)
{
    struct sim_machine *machine = sim_machine();
    const char *why = how->cause == KFD_HW_ECC ? "ECC error" : "preemption failed";
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (sim_gpus_in_hive(&machine->gpu[i], gpu))
            sim_smi_reset(&machine->gpu[i], false, why);
    for (unsigned i = 0; i < machine->n_gpus; i++) {
        sim_smi_evict(&machine->gpu[i], EVICT_SUSPEND);
        sim_context_each(lose_queues, &machine->gpu[i]);
    }
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (sim_gpus_in_hive(&machine->gpu[i], gpu) && !how->keeps_memory)
            lose_memory(&machine->gpu[i]);
    losses_keep(machine);
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (sim_gpus_in_hive(&machine->gpu[i], gpu))
            sim_context_each(tell_reset, &(struct told){&machine->gpu[i], how->cause});
    if (how->ms)
        end_later(gpu, how->ms);
    else
        tell_end(gpu);
}
