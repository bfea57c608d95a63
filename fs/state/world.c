/*
 * world.c - the objects of a mount, their lock and their names.
 *
 * Invariant: what may block or call back (replies, freeing of device memory) is put off until the lock is
 * free.
 */
#include "state/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state/events.h"
#include "state/freed.h"
#include "handover/handover.h"
#include "state/loaded.h"
#include "files/map_files.h"
#include "front/polls.h"
#include "state/pool.h"
#include "state/queue.h"
#include "reports.h"
#include "state/request.h"

/* ---- the lock ---- */

void fs_lock(struct fs_world *world)
{
    pthread_mutex_lock(&world->lock);
}

void fs_unlock(struct fs_world *world)
{
    if (world->polls)
        fs_poll_look(world);
    struct fs_later *later = world->later;
    world->later = NULL;
    world->later_end = &world->later;
    pthread_mutex_unlock(&world->lock);
    while (later) {
        struct fs_later *next = later->next;
        later->run(later);
        later = next;
    }
}

void fs_put_off(struct fs_world *world, struct fs_later *later, void (*run)(struct fs_later *))
{
    *later = (struct fs_later){.run = run};
    *world->later_end = later;
    world->later_end = &later->next;
}

struct dead_memory {
    struct fs_later later;
    struct gpu_buffer *memory;
};

static void free_memory(struct fs_later *later)
{
    struct dead_memory *dead = FS_CONTAINER(later, struct dead_memory, later);
    gpu_buffer_free(dead->memory);
    free(dead);
}

void fs_free_memory(struct fs_world *world, struct gpu_buffer *memory)
{
    struct dead_memory *dead = calloc(1, sizeof *dead);
    if (!dead) { /* better under the lock than never */
        gpu_buffer_free(memory);
        return;
    }
    dead->memory = memory;
    fs_put_off(world, &dead->later, free_memory);
}

struct slow_call {
    struct fs_world *world;
    void (*run)(void *ctx);
    void *ctx;
};

static void *slow_thread(void *arg)
{
    struct slow_call call = *(struct slow_call *)arg;
    free(arg);
    call.run(call.ctx);
    fs_lock(call.world);
    call.world->slow--;
    pthread_cond_broadcast(&call.world->slow_ended);
    fs_unlock(call.world);
    return NULL;
}

int fs_slow(struct fs_world *world, void (*run)(void *ctx), void *ctx)
{
    struct slow_call *call = malloc(sizeof *call);
    if (!call)
        return -ENOMEM;
    *call = (struct slow_call){world, run, ctx};
    fs_lock(world);
    world->slow++;
    pthread_t thread;
    int r = pthread_create(&thread, NULL, slow_thread, call);
    if (r) {
        world->slow--;
        free(call);
    } else {
        pthread_detach(thread);
    }
    fs_unlock(world);
    return -r;
}

/* ---- objects ---- */

void fs_object_init(struct fs_object *object, struct fs_world *world, struct fs_object *parent, char *name)
{
    *object = (struct fs_object){
        .world = world, .parent = parent, .name = name, .refs = 1, .serial = ++world->next_serial};
    clock_gettime(CLOCK_REALTIME, &object->made);
    object->changed = object->made;
    if (parent)
        fs_object_ref(parent);
}

void fs_object_ref(struct fs_object *object)
{
    object->refs++;
}

void fs_object_unref(struct fs_object *object)
{
    while (object && !--object->refs) {
        struct fs_object *parent = object->parent;
        free(object->name);
        if (object->destroy)
            object->destroy(object);
        object = parent;
    }
}

struct fs_gpu *fs_gpu_find(struct fs_world *world, const char *name)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (!strcmp(world->gpus[i].object.name, name))
            return &world->gpus[i];
    return NULL;
}

int fs_gpu_lost(const struct fs_gpu *gpu)
{
    return gpu_lost(gpu->gpu);
}

int fs_gpu_loss(const struct fs_gpu *gpu)
{
    return !fs_gpu_lost(gpu) ? 0 : gpu_stopped(gpu->gpu) ? -ECANCELED : gpu->unsettled ? -EIO : -EFAULT;
}

void fs_complain(struct fs_world *world, pid_t pid, int error, const char *path, const char *message)
{
    fs_lock(world);
    fs_errors_add(&world->errors, pid, error, path, message);
    fs_unlock(world);
}

/* ---- making and ending ---- */

/* On a thread of the driver's. */
static void on_event(void *ctx, const struct gpu_event *event)
{
    struct fs_world *world = ctx;
    struct fs_gpu *lost = NULL;
    fs_reports_drain(); /* what the software GPU says comes before what became of it */
    fs_lock(world);
    for (unsigned i = 0; i < world->n_gpus; i++) {
        if (world->gpus[i].gpu != event->gpu)
            continue;
        fs_events_take(&world->gpus[i], event);
        if (event->kind == GPU_EVENT_FAULT || event->kind == GPU_EVENT_RESET)
            lost = &world->gpus[i];
    }
    fs_unlock(world);
    if (lost)
        fs_handover_want(lost);
}

static int add_queue(struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name, int engine)
{
    return fs_queue_create(gpu, kind, name, engine) ? 0 : -ENOMEM;
}

static int gpu_init(struct fs_world *world, unsigned index)
{
    struct fs_gpu *gpu = &world->gpus[index];
    char *name = NULL;
    if (asprintf(&name, "gpu%u", index) < 0)
        return -ENOMEM;
    fs_object_init(&gpu->object, world, &world->root, name);
    gpu->gpu = gpu_at(world->sys, index);
    gpu->index = index;
    if (!(gpu->pools[GPU_VRAM] = fs_pool_create(gpu, GPU_VRAM)) ||
        !(gpu->pools[GPU_GTT] = fs_pool_create(gpu, GPU_GTT)))
        return -ENOMEM;
    const struct gpu_info *info = gpu_info(gpu->gpu);
    int r = add_queue(gpu, GPU_QUEUE_COMPUTE, "0", -1);
    for (unsigned i = 0; !r && i < info->sdma_engines + info->sdma_xgmi_engines; i++) {
        char number[12];
        snprintf(number, sizeof number, "%u", i);
        r = add_queue(gpu, GPU_QUEUE_SDMA, number, (int)i);
    }
    if (r || (r = add_queue(gpu, GPU_QUEUE_SDMA, "kfdfs", -1)))
        return r;
    gpu->own_queue = fs_queue_find(gpu, GPU_QUEUE_SDMA, "kfdfs");
    gpu->own_queue->own = true;
    return 0;
}

int fs_world_open(struct fs_world *world)
{
    pthread_mutex_init(&world->lock, NULL);
    pthread_mutex_init(&world->numbers.lock, NULL);
    pthread_cond_init(&world->slow_ended, NULL);
    world->later_end = &world->later;
    world->errors.columns = FS_ERRORS_COLUMNS;
    world->events.columns = FS_EVENTS_COLUMNS;
    fs_object_init(&world->root, world, NULL, NULL);
    fs_object_init(&world->stale, world, NULL, NULL);
    struct gpu_options options = {.on_event = on_event,
                                  .ctx = world,
                                  .trace = world->options.trace,
                                  .queue_idle_ns = world->options.idle_ns,
                                  .known = world->options.known,
                                  .n_known = world->options.n_known,
                                  .untouched = world->options.untouched};
    int r = gpu_system_open(&options, &world->sys);
    if (r)
        return r;
    world->n_gpus = gpu_count(world->sys);
    world->gpus = calloc(world->n_gpus + 1, sizeof *world->gpus);
    if (!world->gpus)
        return gpu_err(-ENOMEM, "no memory for %u GPUs", world->n_gpus);
    fs_lock(world);
    for (unsigned i = 0; !r && i < world->n_gpus; i++)
        r = gpu_init(world, i);
    fs_unlock(world);
    return r ? gpu_err(r, "no memory for %u GPUs", world->n_gpus) : 0;
}

void fs_world_stop(struct fs_world *world)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        fs_queues_stop(&world->gpus[i]);
    fs_lock(world);
    world->closing = true;
    while (world->slow)
        pthread_cond_wait(&world->slow_ended, &world->lock);
    fs_unlock(world);
    fs_requests_stop(world);
}

void fs_world_close(struct fs_world *world)
{
    fs_tree_free(world);
    fs_lock(world);
    for (unsigned i = 0; i < world->n_gpus; i++) {
        struct fs_gpu *gpu = &world->gpus[i];
        fs_code_free(gpu);
        fs_processes_free(gpu);
        fs_queues_free(gpu);
        fs_pool_free(gpu->pools[GPU_VRAM]);
        fs_pool_free(gpu->pools[GPU_GTT]);
        if (gpu->zeroes)
            fs_free_memory(world, gpu->zeroes);
        fs_stages_free(gpu);
    }
    fs_unlock(world);
    gpu_system_close(world->sys);
    for (unsigned i = 0; i < world->n_gpus; i++) {
        free(world->gpus[i].object.name);
        free(world->gpus[i].fault_text);
    }
    free(world->gpus);
    fs_freed_clear(world);
    fs_journal_free(&world->errors);
    fs_journal_free(&world->events);
    fs_trace_free(&world->trace);
    free(world->options.mountpoint);
    pthread_cond_destroy(&world->slow_ended);
    free(world->numbers.at);
    pthread_mutex_destroy(&world->numbers.lock);
    pthread_mutex_destroy(&world->lock);
}
