/*
 * opening.c - a mount's world begins and ends: the driver is opened, the objects are made, what the driver
 * tells goes to whom it concerns.
 */
#include "opening.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "files/files.h"
#include "tree/listing.h"
#include "files/map_files.h"
#include "tree/open_files.h"
#include "handover/handover.h"
#include "reports.h"
#include "state/events.h"
#include "state/freed.h"
#include "state/code.h"
#include "state/pool.h"
#include "state/queue.h"
#include "state/request.h"
#include "work/stages.h"

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
    world->rows = fs_rows;
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
    fs_listings_free(world);
    fs_open_files_free(world);
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
