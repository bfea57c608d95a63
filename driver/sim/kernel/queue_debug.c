/*
 * queue_debug.c - queues as a debugger has them: their exceptions, snapshots, suspension, and what of their
 * waves was saved.
 *
 * A queue is suspended once its engine rests. Waves are not saved to memory here: a queue that has some under
 * way cannot be suspended (the error bit of its id, as after a failure of the hardware), and the wave state
 * of one that was stopped in a dispatch is not to be had (EOPNOTSUPP). Both are reported.
 *
 * Facts: kfd_device_queue_manager.c (suspend_queues, resume_queues, set_queue_snapshot_entry),
 * kfd_process_queue_manager.c, kfd_debug.c and kfd_mqd_manager_v9.c (get_wave_state) of Linux 6.12.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "kernel.h"
#include "queue_table.h"
#include "sim/front/engine.h"
#include "sim/models.h"

enum { SUSPEND_MS = 10000, INVALID = 31, ERROR = 30 /* bits of an id in a list */ };

pthread_cond_t sim_queue_resumed = PTHREAD_COND_INITIALIZER;

/* struct kfd_context_save_area_header: where waves are, and where the program wants to be told. */
struct save_header {
    uint32_t control_stack_offset, control_stack_size, wave_state_offset, wave_state_size, debug[2];
    uint64_t error_va;
    uint32_t error_event_id, reserved;
};

/* ---- exceptions ---- */

static void runtime_tell(const struct save_header *header, uint64_t exceptions)
{
    uint64_t word;
    if (!header->error_va || sim_user_read(&word, header->error_va, sizeof word))
        return;
    word |= exceptions;
    if (!sim_user_write(header->error_va, &word, sizeof word))
        sim_event_set(&(struct kfd_event_arg){.event_id = header->error_event_id});
}

bool sim_queue_exception(struct sim_gpu *gpu, unsigned doorbell, uint32_t exceptions)
{
    struct save_header header = {0};
    bool found = false, debugger = false, primary = !sim_process_of(gpu)->file;
    pthread_mutex_lock(&sim_queues_lock);
    for (unsigned i = 0; i < KFD_QUEUES && !found; i++) {
        struct queue *q = sim_process_of(gpu)->queues[i];
        found = q && q->sim.gpu == gpu && q->doorbell && q->sim.doorbell_index == doorbell && q->sim.cwsr;
        if (!found)
            continue;
        memcpy(&header, q->sim.cwsr, sizeof header);
        if (!primary)
            continue;
        if (sim_debug_on())
            q->exceptions |= exceptions;
        debugger = sim_debug_tell(exceptions);
    }
    pthread_mutex_unlock(&sim_queues_lock);
    if (debugger)
        return true;
    bool told = found && primary && sim_kfd.runtime_enabled;
    if (told)
        runtime_tell(&header, exceptions);
    return told;
}

void sim_queue_tell_runtime(uint32_t id, uint64_t exceptions)
{
    struct save_header header = {0};
    pthread_mutex_lock(&sim_queues_lock);
    struct queue *q = id < KFD_QUEUES ? sim_current()->queues[id] : NULL;
    if (q && q->sim.cwsr)
        memcpy(&header, q->sim.cwsr, sizeof header);
    pthread_mutex_unlock(&sim_queues_lock);
    runtime_tell(&header, exceptions);
}

uint64_t sim_queue_raised(uint64_t wanted, uint64_t clear, uint32_t *queue_id, uint32_t *gpu_id)
{
    uint64_t raised = 0;
    pthread_mutex_lock(&sim_queues_lock);
    for (unsigned i = 0; i < KFD_QUEUES && !raised; i++) {
        struct queue *q = sim_current()->queues[i];
        if (!q || !(q->exceptions & wanted))
            continue;
        raised = q->exceptions;
        *queue_id = q->sim.id;
        *gpu_id = q->sim.gpu->gpu_id;
        q->exceptions &= ~clear;
    }
    pthread_mutex_unlock(&sim_queues_lock);
    return raised;
}

int sim_queue_exception_info(uint32_t id, uint64_t exception, bool clear)
{
    pthread_mutex_lock(&sim_queues_lock);
    struct queue *q = id < KFD_QUEUES ? sim_current()->queues[id] : NULL;
    int error = !q ? -EINVAL : q->exceptions & exception ? 0 : -ENODATA;
    if (!error && clear)
        q->exceptions &= ~exception;
    pthread_mutex_unlock(&sim_queues_lock);
    return error;
}

uint64_t sim_queue_exceptions(bool clear)
{
    uint64_t all = 0;
    pthread_mutex_lock(&sim_queues_lock);
    for (unsigned i = 0; i < KFD_QUEUES; i++) {
        if (!sim_current()->queues[i])
            continue;
        all |= sim_current()->queues[i]->exceptions;
        if (clear)
            sim_current()->queues[i]->exceptions = 0;
    }
    pthread_mutex_unlock(&sim_queues_lock);
    return all;
}

/* ---- snapshots ---- */

static struct kfd_queue_snapshot snapshot(struct queue *q, uint64_t clear)
{
    struct kfd_queue_snapshot s = {.exceptions = q->exceptions,
                                   .ring_va = q->sim.ring_va,
                                   .wptr_va = q->sim.wptr_va,
                                   .rptr_va = q->sim.rptr_va,
                                   .cwsr_va = q->sim.cwsr_va,
                                   .queue_id = q->sim.id,
                                   .gpu_id = q->sim.gpu->gpu_id,
                                   .ring_bytes = q->sim.ring_bytes,
                                   .type = q->type == KFD_QUEUE_SDMA_BY_ENGINE ? KFD_QUEUE_SDMA : q->type,
                                   .cwsr_bytes = q->cwsr_bytes};
    q->exceptions &= ~clear;
    return s;
}

int sim_queue_snapshot(uint64_t clear, uint64_t to, uint32_t *n, uint32_t *entry_bytes)
{
    uint32_t room = *n, stride = *entry_bytes;
    int error = 0;
    *n = 0;
    if (!stride)
        return -EINVAL;
    if (*entry_bytes > sizeof(struct kfd_queue_snapshot))
        *entry_bytes = sizeof(struct kfd_queue_snapshot);
    pthread_mutex_lock(&sim_queues_lock);
    for (unsigned i = 0; i < KFD_QUEUES && !error; i++) {
        if (!sim_current()->queues[i])
            continue;
        if (*n < room) {
            struct kfd_queue_snapshot s = snapshot(sim_current()->queues[i], clear);
            error = sim_user_write(to + (uint64_t)*n * stride, &s, *entry_bytes);
        }
        *n += !error;
    }
    pthread_mutex_unlock(&sim_queues_lock);
    return error;
}

/* ---- suspension ---- */

/* Where the queue came to rest; SIM_AT_WORK: nowhere in time. */
static int engine_stands(struct queue *q)
{
    struct timespec nap = {.tv_nsec = 50000};
    for (unsigned i = 0; i < SUSPEND_MS * 20; i++) {
        int at = atomic_load(&q->sim.at);
        if (at != SIM_AT_WORK || !sim_queue_alive(&q->sim))
            return at;
        nanosleep(&nap, NULL);
    }
    return SIM_AT_WORK;
}

static int queue_suspend(struct queue *q)
{
    if (atomic_load(&q->sim.suspended))
        return 0;
    if (q->exceptions & KFD_EXCEPTION(KFD_EC_QUEUE_NEW) || q->being_destroyed)
        return -EBUSY;
    atomic_store(&q->sim.suspended, true);
    if (!q->running)
        return 0;
    int at = atomic_load(&q->sim.hung) ? SIM_AT_WORK : engine_stands(q);
    if (at == SIM_AT_REST && sim_queue_alive(&q->sim))
        return 0;
    atomic_store(&q->sim.suspended, false);
    sim_engine_wrote();
    sim_report(q->sim.gpu, "queue %u cannot be suspended: the state of its waves is not simulated",
               q->sim.id);
    return -EIO;
}

static void queue_resume(struct queue *q)
{
    atomic_store(&q->sim.suspended, false);
    sim_engine_wrote(); /* engines look again */
    pthread_cond_broadcast(&sim_queue_resumed);
}

/* What the hardware leaves in the header of each XCC's save area, and the kernel copies: nothing was saved.
 */
static int header_write(const struct queue *q, uint64_t va)
{
    uint32_t header[4] = {q->ctl_stack_bytes, 0, q->ctl_stack_bytes, 0};
    for (uint32_t xcc = 0; xcc < q->sim.gpu->model->xccs; xcc++)
        if (sim_user_write(va + (uint64_t)xcc * q->cwsr_bytes, header, sizeof header))
            return -EFAULT;
    return 0;
}

static bool is_compute(const struct queue *q)
{
    return q->type == KFD_QUEUE_COMPUTE || q->type == KFD_QUEUE_AQL;
}

static void suspend_listed(uint32_t *id, uint64_t clear, int *n)
{
    struct queue *q = *id < KFD_QUEUES ? sim_current()->queues[*id] : NULL;
    int error = q ? queue_suspend(q) : -EBUSY;
    if (error) {
        *id |= 1u << (error == -EBUSY ? INVALID : ERROR);
        return;
    }
    q->exceptions &= ~clear;
    if (is_compute(q) && q->sim.cwsr_va)
        header_write(q, q->sim.cwsr_va);
    ++*n;
}

static void resume_listed(uint32_t *id, int *n)
{
    struct queue *q = *id < KFD_QUEUES ? sim_current()->queues[*id] : NULL;
    if (!q) {
        *id |= 1u << INVALID;
        return;
    }
    queue_resume(q);
    ++*n;
}

int sim_queue_suspend(uint64_t ids_va, uint32_t n, uint64_t clear, bool suspend)
{
    uint32_t ids[KFD_QUEUES];
    int done = 0;
    if ((n && !ids_va) || n > KFD_QUEUES)
        return -EINVAL;
    if (sim_user_read(ids, ids_va, n * sizeof *ids))
        return -EFAULT;
    for (uint32_t i = 0; i < n; i++) {
        if (suspend)
            suspend_listed(&ids[i], clear, &done);
        else
            resume_listed(&ids[i], &done);
    }
    sim_user_write(ids_va, ids, n * sizeof *ids);
    return done;
}

void sim_queue_resume_all(void)
{
    for (unsigned i = 0; i < KFD_QUEUES; i++)
        if (sim_current()->queues[i])
            queue_resume(sim_current()->queues[i]);
}

/* ---- GET_QUEUE_WAVE_STATE ---- */

int sim_queue_wave_state(void *args)
{
    struct kfd_wave_state *a = args;
    const struct queue *q = a->queue_id < KFD_QUEUES ? sim_current()->queues[a->queue_id] : NULL;
    if (!q)
        return -EFAULT;
    if (!is_compute(q) || (q->running && !atomic_load(&q->sim.suspended)))
        return -EINVAL;
    if (q->sim.cut) {
        sim_report(q->sim.gpu, "ioctl GET_QUEUE_WAVE_STATE: the state of waves is not simulated");
        return -EOPNOTSUPP;
    }
    a->ctl_stack_used = a->save_area_used = 0;
    return header_write(q, a->ctl_stack_va);
}
