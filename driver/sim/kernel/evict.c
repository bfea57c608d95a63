/*
 * evict.c - queues of this process that the kernel takes off a GPU for a while, and puts back.
 *
 * Whoever evicts must restore: evictions are counted, and the last restore lets the queues run. SMI events
 * tell of each. Facts: kfd_process_evict_queues() and kfd_process_restore_queues() in kfd_process.c,
 * evict_process_queues_cpsch() in kfd_device_queue_manager.c (Linux 6.12).
 */
#include <pthread.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/front/engine.h"
#include "sim/machine.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned evictions[SIM_MAX_GPUS];
static _Atomic bool crowded[SIM_MAX_GPUS];

void sim_evict(struct sim_gpu *gpu, enum sim_evict_trigger trigger)
{
    pthread_mutex_lock(&lock);
    sim_smi_evict(gpu, trigger);
    if (!evictions[gpu->index]++)
        atomic_store(&gpu->suspended, true);
    pthread_mutex_unlock(&lock);
}

void sim_evict_end(struct sim_gpu *gpu)
{
    pthread_mutex_lock(&lock);
    sim_smi_restore(gpu);
    if (evictions[gpu->index] && !--evictions[gpu->index])
        atomic_store(&gpu->suspended, false);
    pthread_mutex_unlock(&lock);
    sim_engine_wrote(); /* engines look again */
}

void sim_evict_crowd(struct sim_gpu *gpu, bool on)
{
    if (atomic_exchange(&crowded[gpu->index], on) == on)
        return;
    if (on)
        sim_evict(gpu, EVICT_TTM);
    else
        sim_evict_end(gpu);
}

void sim_evict_forget(void)
{
    pthread_mutex_init(&lock, NULL);
    for (unsigned i = 0; i < SIM_MAX_GPUS; i++) {
        evictions[i] = 0;
        atomic_store(&crowded[i], false);
    }
}
