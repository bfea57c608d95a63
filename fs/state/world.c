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

/* ---- the lock ---- */

void fs_lock(struct fs_world *world)
{
    pthread_mutex_lock(&world->lock);
}

void fs_unlock(struct fs_world *world)
{
    if (world->unlocking)
        world->unlocking(world);
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

struct fs_gpu *fs_gpu_by_pci(struct fs_world *world, const char *pci)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (!strcmp(gpu_info(world->gpus[i].gpu)->pci, pci))
            return &world->gpus[i];
    return NULL;
}

struct fs_gpu *fs_gpu_by_id(struct fs_world *world, const char *id)
{
    for (unsigned i = 0; i < world->n_gpus; i++) {
        char own[12];
        snprintf(own, sizeof own, "%u", gpu_info(world->gpus[i].gpu)->gpu_id);
        if (!strcmp(own, id))
            return &world->gpus[i];
    }
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
