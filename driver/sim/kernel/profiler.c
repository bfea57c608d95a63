/*
 * profiler.c - PROFILER: one process at a time has a GPU's performance counters for itself, and may ask for
 * the limiter of peak throughput to be off.
 *
 * Invariant: counters_of is the process that has a GPU's counters or NULL; a process that ends gives them
 * back. Guarded by sim_kfd.lock.
 *
 * There are no counters here, so that to switch them on for all queues changes nothing.
 *
 * Facts: kfd_ioctl_profiler(), profile_lock_device(), kfd_ptl_disable_request() and
 * kfd_process_profiler_release() of the patches that became 1.23 ("Add kfd_ioctl_profiler to contain profiler
 * kernel driver changes", "add PTL control"), and what amdkfd of Linux 7.3 was seen to answer without a GPU.
 * Only GC 9.4.4 with new firmware has a limiter (amdgpu_ptl_perf_monitor_ctrl()).
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "context.h"
#include "kfd_state.h"

enum { VERSION = 1 };

static const struct sim_process *counters_of[SIM_MAX_GPUS];

static int lock(const struct sim_process *process, unsigned gpu, uint32_t how)
{
    const struct sim_process *holder = counters_of[gpu];
    if (how == 1 && holder)
        return holder == process ? -EALREADY : -EBUSY;
    if (how > 1 || (how == 0 && holder != process))
        return -EINVAL;
    counters_of[gpu] = how ? process : NULL;
    return 0;
}

/* No model has one: to switch it off is refused, and to leave it on is nothing. */
static int limiter(const struct sim_gpu *gpu, bool on)
{
    return !gpu ? -EINVAL : on ? 0 : -EOPNOTSUPP;
}

static int counters(const struct kfd_profiler *a)
{
    if (!sim_capable(CAP_PERFMON))
        return -EPERM;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu)
        return -EINVAL;
    return lock(sim_current(), gpu->index, a->value);
}

int sim_profiler(void *args)
{
    struct kfd_profiler *a = args;
    switch (a->op) {
    case KFD_PROFILER_COUNTERS:
        return counters(a);
    case KFD_PROFILER_VERSION:
        a->gpu_id = VERSION; /* the same place */
        return 0;
    case KFD_PROFILER_LIMITER:
        return limiter(sim_kfd_gpu(a->gpu_id), a->value != 0);
    default:
        return -EINVAL;
    }
}

void sim_profiler_end(void)
{
    for (unsigned i = 0; i < SIM_MAX_GPUS; i++)
        if (counters_of[i] == sim_current())
            counters_of[i] = NULL;
}

void sim_profiler_forget(void)
{
    memset(counters_of, 0, sizeof counters_of);
}
