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

#include "state/events.h"

static struct fs_gpu *gpu_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_gpu, object);
}

static void queue_destroy(struct fs_object *object)
{
    struct fs_queue *queue = FS_CONTAINER(object, struct fs_queue, object);
    free(queue->failed_text);
    pthread_mutex_destroy(&queue->create_lock);
    free(queue);
}

/* The log's batches count their queue while they run, so they are let go when the queue leaves the tree. */
static void clear_log(struct fs_queue *queue)
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
        clear_log(queue);
        fs_object_unref(&queue->object);
    }
}

/* ---- mkdir and rmdir ---- */

static int make_queue(struct fs_object *object, const char *name, enum gpu_queue_kind kind)
{
    struct fs_gpu *gpu = gpu_of(object);
    if (fs_queue_find(gpu, kind, name))
        return -EEXIST;
    if (strchr(name, '\n'))
        return gpu_err(-EINVAL, "%s: the name of a queue is one line", name);
    if (strspn(name, "0123456789") == strlen(name))
        return gpu_err(-EPERM, "%s: numbers are the names of the GPU's own queues", name);
    struct fs_queue *queue = fs_queue_create(gpu, kind, name, -1);
    if (!queue)
        return -ENOMEM;
    queue->made = true;
    return 0;
}

static int make_sdma(struct fs_object *gpu, const char *name, const struct fs_creation *by)
{
    (void)by;
    return make_queue(gpu, name, GPU_QUEUE_SDMA);
}

static int make_compute(struct fs_object *gpu, const char *name, const struct fs_creation *by)
{
    (void)by;
    return make_queue(gpu, name, GPU_QUEUE_COMPUTE);
}

struct removal {
    struct fs_request *request;
    struct fs_queue *queue; /* counted */
    struct gpu_queue *hardware;
};

static void removal_end(void *ctx)
{
    struct removal *removal = ctx;
    struct fs_world *world = removal->request->world;
    struct fs_queue *queue = removal->queue;
    int r = gpu_queue_destroy(removal->hardware);
    fs_lock(world);
    if (queue->failed_error == -ECANCELED)
        fs_events_add(queue->gpu, "queue", queue, queue->failed_seq,
                      r ? "removed; what it was at could not be preempted: the kernel resets the GPU"
                        : "removed; what it was at was preempted");
    clear_log(queue);
    fs_object_unref(&queue->object);
    fs_unlock(world);
    fs_answer(removal->request, 0);
    free(removal);
}

static int removal_begin(struct removal *removal, struct fs_object *gpu, const char *name,
                         enum gpu_queue_kind kind)
{
    struct fs_queue *queue = fs_queue_find(gpu_of(gpu), kind, name);
    if (!queue)
        return gpu_err(-ENOENT, "%s: no such queue", name);
    if (queue->own)
        return gpu_err(-EPERM, "%s: this queue is kfdfs's own", name);
    removal->queue = queue;
    return fs_queue_detach(queue, &removal->hardware);
}

static void remove_queue(struct fs_request *request, struct fs_object *gpu, const char *name,
                         enum gpu_queue_kind kind)
{
    struct fs_world *world = request->world;
    struct removal *removal = calloc(1, sizeof *removal);
    fs_lock(world);
    int r = removal ? removal_begin(removal, gpu, name, kind) : gpu_err(-ENOMEM, "no memory for a removal");
    fs_unlock(world);
    if (r) {
        free(removal);
        fs_answer_error(request, r);
        return;
    }
    removal->request = request;
    /* Preempting what runs may take long: not on a FUSE thread, unless there is no memory for another. */
    if (!removal->hardware || fs_slow(world, removal_end, removal))
        removal_end(removal);
}

static void remove_sdma(struct fs_request *request, struct fs_object *gpu, const char *name)
{
    remove_queue(request, gpu, name, GPU_QUEUE_SDMA);
}

static void remove_compute(struct fs_request *request, struct fs_object *gpu, const char *name)
{
    remove_queue(request, gpu, name, GPU_QUEUE_COMPUTE);
}

/* `rm -r` unlinks a queue's files one by one before its rmdir: that is let pass and changes nothing. */
static int queue_file_unlink(struct fs_object *queue, const char *name)
{
    (void)name;
    if (FS_CONTAINER(queue, struct fs_queue, object)->own)
        return gpu_err(-EPERM, "%s: this queue is kfdfs's own", queue->name);
    return 0;
}

const struct fs_dir_class fs_sdma_class = {.mkdir = make_sdma, .remove = remove_sdma};
const struct fs_dir_class fs_compute_class = {.mkdir = make_compute, .remove = remove_compute};
const struct fs_dir_class fs_queue_class = {.unlink = queue_file_unlink};

/* ---- for the rows ---- */

struct fs_object *fs_find_sdma(struct fs_object *gpu, const char *name)
{
    struct fs_queue *queue = fs_queue_find(gpu_of(gpu), GPU_QUEUE_SDMA, name);
    return queue && !queue->own ? &queue->object : NULL;
}

struct fs_object *fs_find_compute(struct fs_object *gpu, const char *name)
{
    struct fs_queue *queue = fs_queue_find(gpu_of(gpu), GPU_QUEUE_COMPUTE, name);
    return queue ? &queue->object : NULL;
}

struct fs_object *fs_find_own(struct fs_object *gpu, const char *name)
{
    (void)name;
    return &gpu_of(gpu)->own_queue->object;
}

static void list_queues(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing,
                        enum gpu_queue_kind kind)
{
    for (const struct fs_queue *queue = gpu_of(gpu)->queues; queue; queue = queue->next)
        if (queue->kind == kind && !queue->own)
            fs_list(listing, queue->object.name, fs_inode(row, &queue->object), row->mode);
}

void fs_list_sdma(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing)
{
    list_queues(gpu, row, listing, GPU_QUEUE_SDMA);
}

void fs_list_compute(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing)
{
    list_queues(gpu, row, listing, GPU_QUEUE_COMPUTE);
}
