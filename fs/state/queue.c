/*
 * queue.c - queues as objects: made with the GPU or by mkdir, their hardware queue made at first use.
 *
 * Invariant: the hardware queue is taken out of the object under the lock before it is destroyed without it,
 * so nothing is submitted to a queue that is going.
 */
#include "state/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/batch.h"
#include "state/waiters.h"

static void queue_destroy(struct fs_object *object)
{
    struct fs_queue *queue = FS_CONTAINER(object, struct fs_queue, object);
    free(queue->failed_text);
    pthread_mutex_destroy(&queue->create_lock);
    free(queue);
}

void fs_queue_clear_log(struct fs_queue *queue)
{
    for (unsigned i = 0; i < FS_LOG_ROWS; i++) {
        fs_batch_unref(queue->log[i].batch);
        queue->log[i].batch = NULL;
    }
}

static struct fs_queue *queue_new(struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name, int engine)
{
    struct fs_queue *queue = calloc(1, sizeof *queue);
    char *copy = strdup(name);
    if (!queue || !copy) {
        free(queue);
        free(copy);
        return NULL;
    }
    fs_object_init(&queue->object, gpu->object.world, &gpu->object, copy);
    queue->object.destroy = queue_destroy;
    queue->gpu = gpu;
    queue->kind = kind;
    queue->settings = (struct gpu_queue_options){.kind = kind, .engine = engine};
    pthread_mutex_init(&queue->create_lock, NULL);
    return queue;
}

struct fs_queue *fs_queue_create(struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name, int engine)
{
    struct fs_queue *queue = queue_new(gpu, kind, name, engine);
    struct fs_queue **end = &gpu->queues;
    while (*end)
        end = &(*end)->next;
    *end = queue;
    return queue;
}

struct fs_queue *fs_queue_find(const struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name)
{
    struct fs_queue *queue = gpu->queues;
    while (queue && (queue->kind != kind || strcmp(queue->object.name, name)))
        queue = queue->next;
    return queue;
}

int fs_queue_ensure(struct fs_queue *queue)
{
    struct fs_world *world = queue->object.world;
    struct gpu_queue *made = NULL;
    pthread_mutex_lock(&queue->create_lock);
    fs_lock(world);
    bool wanted = !queue->queue && !queue->removed && !queue->dead;
    queue->used |= wanted;
    struct gpu_queue_options options = queue->settings;
    options.done = queue->submitted;
    fs_unlock(world);
    int r = wanted ? gpu_queue_create(queue->gpu->gpu, &options, &made) : 0;
    fs_lock(world);
    queue->used &= !wanted || made; /* else they may be mended */
    if (made && !queue->removed) {
        queue->queue = made;
        made = NULL;
    }
    fs_unlock(world);
    pthread_mutex_unlock(&queue->create_lock);
    gpu_queue_destroy(made); /* it was removed meanwhile */
    return r;
}

int fs_queue_detach(struct fs_queue *queue, struct gpu_queue **hardware)
{
    struct fs_gpu *gpu = queue->gpu;
    struct fs_queue *fresh = NULL;
    if (!queue->made && !(fresh = queue_new(gpu, queue->kind, queue->object.name, queue->settings.engine)))
        return gpu_err(-ENOMEM, "no memory for a new queue %s", queue->object.name);
    struct fs_queue **link = &gpu->queues;
    while (*link != queue)
        link = &(*link)->next;
    if (fresh) {
        fresh->next = queue->next;
        *link = fresh;
    } else {
        *link = queue->next;
    }
    *hardware = queue->queue;
    queue->queue = NULL;
    queue->removed = true;
    gpu->submitted += queue->submitted;
    gpu->completed += queue->completed; /* what still runs adds itself as it ends */
    fs_queue_end_waiters(queue);
    return 0;
}

void fs_queues_stop(struct fs_gpu *gpu)
{
    struct fs_world *world = gpu->object.world;
    for (struct fs_queue *queue = gpu->queues; queue; queue = queue->next) {
        fs_lock(world);
        struct gpu_queue *hardware = queue->queue;
        queue->queue = NULL;
        queue->removed = true;
        fs_unlock(world);
        gpu_queue_destroy(hardware);
        fs_lock(world);
        fs_queue_end_waiters(queue);
        fs_unlock(world);
    }
}

void fs_queues_free(struct fs_gpu *gpu)
{
    while (gpu->queues) {
        struct fs_queue *queue = gpu->queues;
        gpu->queues = queue->next;
        fs_queue_clear_log(queue);
        fs_object_unref(&queue->object);
    }
}
