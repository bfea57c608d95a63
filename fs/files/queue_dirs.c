/*
 * queue_dirs.c - sdma/ and compute/: which queues are there, made by mkdir, gone or made anew by rmdir.
 */
#include "files/queue_dirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/events.h"
#include "state/queue.h"
#include "tree/listing.h"

static struct fs_gpu *gpu_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_gpu, object);
}

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
    fs_queue_clear_log(queue);
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
