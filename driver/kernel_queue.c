/*
 * kernel_queue.c - the kernel's queue behind a queue, and its doorbell: made, taken away while nobody uses
 * it, made again.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { BY_ENGINE_MINOR = 17 }; /* KFD_QUEUE_SDMA_BY_ENGINE since KFD 1.17 */

const char *queue_name(const struct gpu_queue *queue, char *buffer, size_t size)
{
    snprintf(buffer, size, "%s queue %u of gpu%u", queue->options.kind == GPU_QUEUE_SDMA ? "SDMA" : "compute",
             queue->id, queue->gpu->index);
    return buffer;
}

/* ---- making ---- */

/* The kernel gives the queues of an engine doorbells of their own, ten for each engine; every second queue's
 * are 512 further (Linux amdkfd/kfd_device_queue_manager.c, allocate_doorbell; amdgpu_doorbell.h). */
static int engine_by_doorbell(const struct gpu_queue *queue)
{
    enum { FIRST = 0x100, EACH = 10, MIRROR = 512 };
    const struct gpu_info *info = &queue->gpu->info;
    int engines = (int)(info->sdma_engines + info->sdma_xgmi_engines);
    int index = (int)((queue->doorbell_offset & (DOORBELL_BYTES - 1)) / 8 % MIRROR) - FIRST;
    return index < 0 ? -1 : index / EACH % engines; /* of a partition: its own number */
}

/* Which of the kernel's kinds; older kernels choose the engine themselves. */
static void choose_type(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    const struct gpu_info *info = &queue->gpu->info;
    int engine = queue->options.engine;
    queue->engine = -1;
    if (queue->options.kind == GPU_QUEUE_COMPUTE) {
        args->type = queue->options.pm4 ? KFD_QUEUE_COMPUTE : KFD_QUEUE_AQL;
    } else if (engine < 0) {
        args->type = KFD_QUEUE_SDMA;
    } else if (queue->gpu->sys->kfd.version.minor >= BY_ENGINE_MINOR) {
        args->type = KFD_QUEUE_SDMA_BY_ENGINE;
        args->sdma_engine = (uint32_t)engine;
        queue->engine = engine;
    } else {
        args->type = (uint32_t)engine < info->sdma_engines ? KFD_QUEUE_SDMA : KFD_QUEUE_SDMA_XGMI;
    }
}

static int map_doorbell(struct gpu_queue *queue)
{
    struct gpu *gpu = queue->gpu;
    struct gpu_system *sys = gpu->sys;
    uint64_t inside = queue->doorbell_offset & (DOORBELL_BYTES - 1);
    int rc = 0;
    void *mapped = atomic_load(&gpu->doorbells);
    if (mapped) { /* with the queue's lock held, too, so without the system's */
        queue->doorbell = (_Atomic uint64_t *)((uint8_t *)mapped + inside);
        return 0;
    }
    pthread_mutex_lock(&sys->lock);
    if (!gpu->doorbells) {
        void *slice = mmap(NULL, DOORBELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, sys->kfd.fd,
                           (off_t)(queue->doorbell_offset - inside));
        if (slice == MAP_FAILED)
            rc = gpu_err(-errno, "cannot map the doorbells of gpu%u: %s", gpu->index, strerror(errno));
        else
            gpu->doorbells = slice;
    }
    if (!rc)
        queue->doorbell = (_Atomic uint64_t *)((uint8_t *)gpu->doorbells + inside);
    pthread_mutex_unlock(&sys->lock);
    return rc;
}

static int make(struct gpu_queue *queue)
{
    const struct kfd *kfd = &queue->gpu->sys->kfd;
    const struct gpu_queue_options *options = &queue->options;
    struct kfd_create_queue args = queue->args;
    int rc = kfd_create_queue(kfd, &args);
    if (rc)
        return rc;
    queue->exists = true;
    queue->id = args.queue_id;
    queue->doorbell_offset = args.doorbell_offset;
    trap_forget(queue);
    if (options->kind == GPU_QUEUE_SDMA && args.type != KFD_QUEUE_SDMA_BY_ENGINE)
        queue->engine = engine_by_doorbell(queue);
    if (options->cu_dwords)
        rc = kfd_set_cu_mask(kfd, queue->id, options->cu_mask, options->cu_dwords);
    if (!rc)
        rc = map_doorbell(queue);
    if (rc) {
        char *text = err_save();
        queue->exists = kfd_destroy_queue(kfd, queue->id) != 0;
        err_restore(text);
    }
    queue->idle_since_ns = clock_now();
    return rc;
}

int kernel_queue_create(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    static const uint32_t priorities[] = {0, 7, 15}; /* libhsakmt's priority_map: lowest, normal, highest */
    args->gpu_id = queue->gpu->info.gpu_id;
    args->ring_base = bo_va(&queue->ring);
    args->ring_size = queue->ring_bytes;
    args->percentage = 100;
    args->priority = priorities[queue->options.priority + 1];
    choose_type(queue, args);
    queue->args = *args;
    return make(queue);
}

/* ---- sleep ---- */

/* Linux amdkfd/kfd_process_queue_manager.c, pqm_destroy_queue(): these are told after the queue went. */
bool kernel_queue_is_gone(int rc)
{
    return !rc || rc == -ETIME || rc == -EIO;
}

bool queue_sleep(struct gpu_queue *queue)
{
    uint64_t limit = queue->gpu->sys->queue_idle_ns;
    if (!limit || !queue->exists || queue->error || queue->first || queue->probe_until_ns ||
        clock_now() - queue->idle_since_ns < limit)
        return false;
    if (timeline_read(queue->timeline) < queue->submitted)
        return false; /* AQL steps it by a packet of its own, after the command's */
    queue->exists = !kernel_queue_is_gone(kfd_destroy_queue(&queue->gpu->sys->kfd, queue->id));
    return !queue->exists;
}

/* The timeline, its event and all buffers are as they were: only ring and pointers begin anew. */
int queue_awake(struct gpu_queue *queue)
{
    if (queue->exists)
        return 0;
    queue->ops->reset(queue);
    queue->head = queue->tail = queue->flushed = queue->interrupted = 0;
    queue->kernarg_head = queue->kernarg_tail = 0;
    return make(queue);
}
