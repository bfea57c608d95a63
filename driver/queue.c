/*
 * queue.c - the life of a queue: its options, its buffers, its end, and who waits for it.
 *
 * The kernel insists on exact geometry: one allocation for the ring, one page for the two pointers, each
 * starting at the address it is told (Linux amdkfd/kfd_queue.c). Such buffers are never shared out further.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RING_MIN = 4096,
    RING_MAX = 1 << 20,
    SDMA_RING = 256 << 10,
    COMPUTE_RING = 64 << 10,
    IN_VAIN_MAX = 63,
    YIELD_ROUNDS = 8, /* of polling, after which others get the processor */
};

/* ---- creation ---- */

static int check_cu_mask(const struct gpu *gpu, const struct gpu_queue_options *options)
{
    uint32_t units = gpu->info.cus / gpu->info.xccs, any = 0;
    if (options->kind == GPU_QUEUE_SDMA)
        return gpu_err(-EOPNOTSUPP, "an SDMA queue has no compute units");
    if (options->cu_dwords > GPU_CU_DWORDS)
        return gpu_err(-EINVAL, "a CU mask of %u dwords: at most %d", options->cu_dwords, GPU_CU_DWORDS);
    for (unsigned i = 0; i < options->cu_dwords; i++) {
        uint32_t word = options->cu_mask[i];
        any |= word;
        if (word && i * 32 + 31 - (uint32_t)__builtin_clz(word) >= units)
            return gpu_err(-ERANGE, "the CU mask names compute unit %u, gpu%u has %u%s",
                           i * 32 + 31 - (uint32_t)__builtin_clz(word), gpu->index, units,
                           gpu->info.xccs > 1 ? " on each XCC" : "");
        if (gpu->target->cu_pairs && (word & 0x55555555) != (word >> 1 & 0x55555555))
            return gpu_err(-EINVAL, "the CU mask 0x%08x splits a pair: on gpu%u two neighbours work together",
                           word, gpu->index);
    }
    return any ? 0 : gpu_err(-EINVAL, "a CU mask without any compute unit");
}

int gpu_queue_options_check(const struct gpu *gpu, const struct gpu_queue_options *options)
{
    uint32_t ring = options->ring_bytes;
    if (ring && (ring < RING_MIN || ring > RING_MAX || (ring & (ring - 1))))
        return gpu_err(-EINVAL, "a ring of %u bytes: it must be a power of two from %d to %d", ring, RING_MIN,
                       RING_MAX);
    if (options->priority < -1 || options->priority > 1)
        return gpu_err(-EINVAL, "queue priority %d: it is -1, 0 or 1", options->priority);
    int engines = (int)(gpu->info.sdma_engines + gpu->info.sdma_xgmi_engines);
    if (options->kind == GPU_QUEUE_SDMA && options->engine >= engines)
        return gpu_err(-EINVAL, "gpu%u has no SDMA engine %d, only %d", gpu->index, options->engine, engines);
    if (!gpu->target)
        return gpu_err(-EOPNOTSUPP, "this driver does not know how to drive queues of %s", gpu->info.target);
    return options->cu_dwords ? check_cu_mask(gpu, options) : 0;
}

static void link_queue(struct gpu_queue *queue)
{
    struct gpu_system *sys = queue->gpu->sys;
    pthread_mutex_lock(&sys->lock);
    queue->next = sys->queues;
    if (queue->next)
        queue->next->prev = queue;
    sys->queues = queue;
    pthread_mutex_unlock(&sys->lock);
    event_wake(sys); /* its event joins those that are waited for */
}

/* Takes it from the event thread. */
static void unlink_queue(struct gpu_queue *queue)
{
    struct gpu_system *sys = queue->gpu->sys;
    pthread_mutex_lock(&sys->lock);
    while (sys->cursor == queue)
        pthread_cond_wait(&sys->idle, &sys->lock);
    if (queue->next)
        queue->next->prev = queue->prev;
    if (queue->prev)
        queue->prev->next = queue->next;
    else
        sys->queues = queue->next;
    pthread_mutex_unlock(&sys->lock);
}

static void free_queue(struct gpu_queue *queue)
{
    if (queue->exists)
        kfd_destroy_queue(&queue->gpu->sys->kfd, queue->id);
    queue->ops->close(queue);
    bo_free(&queue->ring);
    bo_free(&queue->pointers);
    bo_free(&queue->eop);
    bo_free(&queue->cwsr);
    bo_free(&queue->control);
    if (queue->event_id)
        event_release(queue->gpu->sys, queue->event_id);
    timeline_unref(queue->timeline);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

uint32_t gpu_queue_ring_bytes(enum gpu_queue_kind kind)
{
    return kind == GPU_QUEUE_SDMA ? SDMA_RING : COMPUTE_RING;
}

static const struct queue_ops *ops_of(const struct gpu_queue_options *options)
{
    return options->kind == GPU_QUEUE_SDMA ? &sdma_ops : options->pm4 ? &pm4_ops : &aql_ops;
}

static uint32_t ring_bytes_of(const struct gpu_queue_options *options)
{
    return options->ring_bytes ? options->ring_bytes : gpu_queue_ring_bytes(options->kind);
}

int gpu_command_check(struct gpu *gpu, const struct gpu_queue_options *options,
                      const struct gpu_command *command)
{
    struct gpu_queue queue = {.gpu = gpu, .ops = ops_of(options), .ring_bytes = ring_bytes_of(options)};
    return gpu_queue_check(&queue, command);
}

static void init_queue(struct gpu_queue *queue, struct gpu *gpu, const struct gpu_queue_options *options)
{
    queue->gpu = gpu;
    queue->ops = ops_of(options);
    queue->options = *options;
    queue->ring_bytes = ring_bytes_of(options);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

int gpu_queue_create(struct gpu *gpu, const struct gpu_queue_options *options, struct gpu_queue **out)
{
    int rc = gpu_queue_options_check(gpu, options);
    if (!rc)
        rc = gpu_lost(gpu);
    if (rc)
        return rc;
    struct gpu_queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return gpu_err(-ENOMEM, "no memory for a queue");
    init_queue(queue, gpu, options);
    struct kfd_create_queue args = {0};
    rc = timeline_create(gpu, &queue->timeline);
    if (!rc)
        rc = event_create(gpu->sys, &queue->event_id);
    if (!rc)
        rc = bo_create(gpu, BO_GTT, queue->ring_bytes, false, &queue->ring);
    if (!rc)
        rc = bo_create(gpu, BO_GTT, PAGE_BYTES, false, &queue->pointers);
    if (!rc)
        rc = queue->ops->open(queue, &args);
    if (!rc)
        rc = kernel_queue_create(queue, &args);
    if (rc) {
        char *text = err_save();
        free_queue(queue);
        err_restore(text);
        return rc;
    }
    if (options->done)
        queue_start_at(queue, options->done);
    link_queue(queue);
    if (queue->ops->probe)
        queue->ops->probe(queue);
    rc = gpu_lost(gpu);
    if (rc) { /* lost meanwhile: whoever took it did not see this queue, which would never run */
        char *text = err_save();
        gpu_queue_destroy(queue);
        err_restore(text);
        return rc;
    }
    *out = queue;
    return 0;
}

/* Reports whatever is left and waits until nobody is inside. */
static void drain(struct gpu_queue *queue)
{
    for (;;) {
        while (queue_service(queue))
            ;
        pthread_mutex_lock(&queue->lock);
        bool last = !queue->waiters && !queue->first;
        if (!last && queue->waiters)
            pthread_cond_wait(&queue->changed, &queue->lock);
        pthread_mutex_unlock(&queue->lock);
        if (last)
            return;
    }
}

int gpu_queue_destroy(struct gpu_queue *queue)
{
    if (!queue)
        return 0;
    char name[64], text[QUEUE_TEXT];
    snprintf(text, sizeof text, "%s was destroyed", queue_name(queue, name, sizeof name));
    unlink_queue(queue);
    queue_fail(queue, -ECANCELED, text); /* first: nothing may go into the ring or to the doorbell any more */
    int rc = queue->exists ? kfd_destroy_queue(&queue->gpu->sys->kfd, queue->id) : 0;
    pthread_mutex_lock(&queue->lock);
    if (kernel_queue_is_gone(rc))
        queue->exists = false; /* nothing of it runs: what its timeline says now is final */
    pthread_mutex_unlock(&queue->lock);
    drain(queue);
    event_wake(queue->gpu->sys); /* queues that wait for this one on the CPU go on */
    if (rc)
        gpu_err_note("%s could not be preempted: the kernel resets the GPU", name);
    free_queue(queue);
    return rc ? -EIO : 0;
}

/* ---- state ---- */

void gpu_queue_state(struct gpu_queue *queue, struct gpu_queue_state *out)
{
    pthread_mutex_lock(&queue->lock);
    *out = (struct gpu_queue_state){
        .submitted = queue->submitted,
        .completed = queue->completed,
        .asleep = !queue->exists,
        .error = queue->error,
        .queue_id = queue->id,
        .ring_bytes = queue->ring_bytes,
        .engine = queue->engine,
        .doorbell = queue->doorbell_offset,
        .read_pointer = atomic_load(queue->read_pointer),
        .write_pointer = atomic_load(queue->write_pointer),
    };
    pthread_mutex_unlock(&queue->lock);
}

static struct timespec deadline(uint64_t limit_ns)
{
    uint64_t at = clock_now() + limit_ns;
    if (at < limit_ns)
        at = (uint64_t)INT64_MAX;
    return (struct timespec){.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)};
}

static void pause_shortly(void)
{
    for (int i = 0; i < 8; i++)
#if defined(__x86_64__)
        __builtin_ia32_pause();
#else
        atomic_signal_fence(memory_order_seq_cst);
#endif
}

/* Under the lock. Short work is over before the event thread and then the caller would have been woken. Where
 * that was in vain, as for long work, it is tried ever more rarely. The work may wait for this very
 * processor, which it is given now and then. */
static void wait_awake(struct gpu_queue *queue, uint64_t seq)
{
    queue_report_quiet(queue);
    if (queue->reported >= seq || !queue->gpu->sys->awake_ns)
        return;
    if (queue->dozes > 0) {
        queue->dozes--;
        return;
    }
    uint64_t until = clock_now() + queue->gpu->sys->awake_ns;
    for (unsigned round = 1; queue->reported < seq && !queue->error && clock_now() < until; round++) {
        pthread_mutex_unlock(&queue->lock);
        if (round % YIELD_ROUNDS == 0)
            sched_yield();
        else
            pause_shortly();
        pthread_mutex_lock(&queue->lock);
        queue_report_quiet(queue);
    }
    queue->in_vain = queue->reported >= seq         ? 0
                     : queue->in_vain < IN_VAIN_MAX ? queue->in_vain * 2 + 1
                                                    : IN_VAIN_MAX;
    queue->dozes = queue->in_vain;
}

int gpu_queue_wait(struct gpu_queue *queue, uint64_t seq, uint64_t limit_ns)
{
    struct timespec until = deadline(limit_ns);
    char text[QUEUE_TEXT];
    int rc = 0, timed_out = 0;
    pthread_mutex_lock(&queue->lock);
    queue->waiters++;
    wait_awake(queue, seq);
    while (queue->reported < seq && !(queue->error && queue->reported == queue->submitted) && !timed_out) {
        if (limit_ns)
            timed_out = pthread_cond_timedwait(&queue->changed, &queue->lock, &until) == ETIMEDOUT;
        else
            pthread_cond_wait(&queue->changed, &queue->lock);
    }
    if (queue->completed < seq || queue->reported < seq)
        rc = queue->error && queue->completed < seq ? queue->error : -ETIME;
    memcpy(text, queue->text, sizeof text);
    uint64_t completed = queue->completed;
    queue->waiters--;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    if (rc == -ETIME)
        return gpu_err(rc, "command %" PRIu64 " was not done in time (%" PRIu64 " are)", seq, completed);
    return rc ? gpu_err(rc, "%s", text) : 0;
}
