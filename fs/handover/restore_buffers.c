/*
 * restore_buffers.c - buffers in the next image: their names, and their memory with or without its GPU.
 */
#include "handover/restore_buffers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handover/fall.h"
#include "state/names.h"

/* ---- buffers ---- */

enum { PIECES_MAX = 65536 };

/* False: there is none. */
bool fs_restore_get_memory(struct fs_stream *in, struct fs_saved_memory *saved)
{
    if (!fs_get(in))
        return false;
    saved->va = fs_get(in);
    saved->window = fs_get(in);
    saved->n = fs_get(in);
    saved->pieces = saved->n <= PIECES_MAX ? calloc(saved->n + 1, sizeof *saved->pieces) : NULL;
    in->failed |= !saved->pieces;
    for (uint64_t i = 0; i < saved->n && !in->failed; i++) {
        saved->pieces[i].bytes = fs_get(in);
        saved->pieces[i].fd = (int)fs_get(in);
    }
    return !in->failed;
}

void fs_restore_drop_memory(struct fs_saved_memory *saved)
{
    for (uint64_t i = 0; i < saved->n; i++)
        fs_handover_keep_open(saved->pieces[i].fd);
    free(saved->pieces);
}

/* A GPU that does not take a buffer back must not run what counts on it. */
void fs_restore_give_up(struct fs_gpu *gpu, const char *what)
{
    char reason[400];
    snprintf(reason, sizeof reason, "%s did not take %s back: %s", gpu->object.name, what, gpu_err_text());
    gpu_give_up(gpu->gpu, reason);
}

/* Ends the saved memory. With its GPU, or else for the CPU alone; NULL: not even that. */
struct gpu_buffer *fs_restore_memory(struct fs_gpu *gpu, enum gpu_pool pool, const char *name,
                                     struct fs_saved_memory *saved)
{
    struct gpu_buffer *memory = NULL;
    unsigned n = (unsigned)saved->n;
    int r = fs_gpu_lost(gpu);
    if (!r && (r = gpu_buffer_import(gpu->gpu, pool, saved->va, saved->window, saved->pieces, n, &memory)))
        fs_restore_give_up(gpu, name);
    if (r && !gpu_buffer_strand(gpu->gpu, pool, saved->va, saved->window, saved->pieces, n, &memory))
        saved->n = 0; /* its descriptors are taken */
    fs_restore_drop_memory(saved);
    return memory;
}

/* The memory of one buffer; entry NULL: it is given up. */
static void get_buffer(struct fs_restore *restore, struct fs_entry *entry)
{
    struct fs_saved_memory saved;
    if (!fs_restore_get_memory(restore->in, &saved))
        return;
    if (!entry) {
        fs_restore_drop_memory(&saved);
        return;
    }
    entry->memory = fs_restore_memory(entry->gpu, entry->pool, entry->object.name, &saved);
    if (!entry->memory)
        entry->size = 0;
    else if (gpu_buffer_va(entry->memory) != saved.va)
        gpu_err_note("its address has changed: the old one was taken");
    if (!entry->memory || gpu_buffer_va(entry->memory) != saved.va)
        fs_restore_complain(restore, entry->gpu->object.name, entry->object.name);
}

static struct fs_entry *make_entry(struct fs_restore *restore, struct fs_entry *dir, const char *name,
                                   bool is_dir)
{
    struct fs_creation by = {0};
    int r = fs_pool_make(dir, name, &by, is_dir);
    if (r)
        restore->failed = true;
    return r ? NULL : fs_pool_child(dir, name);
}

/* name: instead of its own. */
struct fs_entry *fs_restore_entry(struct fs_restore *restore, struct fs_entry *root, struct fs_entry *dir,
                                  const char *name, const char **own_name)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    bool is_dir = fs_get(in);
    if (own_name)
        *own_name = saved.name;
    struct fs_entry ignored = {0}, *entry = root;
    if (!name)
        name = saved.name;
    if (!entry && dir && name && !in->failed)
        entry = make_entry(restore, dir, name, is_dir);
    struct fs_entry *to = entry ? entry : &ignored;
    to->mode = (mode_t)fs_get(in);
    to->uid = (uid_t)fs_get(in);
    to->gid = (gid_t)fs_get(in);
    struct timespec mtime = fs_get_time(in);
    to->size = fs_get(in);
    to->losses = (unsigned)fs_get(in);
    if (entry)
        fs_restore_settle(restore, &entry->object, &saved);
    get_buffer(restore, entry);
    while (fs_get(in))
        fs_restore_entry(restore, NULL, entry, NULL, NULL);
    to->mtime = mtime; /* at the end: children change it */
    return entry;
}

void fs_restore_nameless(struct fs_restore *restore)
{
    struct fs_stream *in = restore->in;
    struct fs_world *world = restore->world;
    while (fs_get(in)) {
        uint64_t gpu = fs_get(in), pool = fs_get(in);
        char name[64];
        const char *own = NULL;
        snprintf(name, sizeof name, "\n%zu", restore->n_nameless);
        if (gpu >= world->n_gpus || pool > 1) {
            in->failed = true;
            return;
        }
        void *longer = realloc(restore->nameless, (restore->n_nameless + 1) * sizeof(struct fs_entry *));
        void *names = realloc(restore->names, (restore->n_nameless + 1) * sizeof(char *));
        restore->nameless = longer ? longer : restore->nameless;
        restore->names = names ? names : restore->names;
        struct fs_entry *entry = fs_restore_entry(restore, NULL, world->gpus[gpu].pools[pool], name, &own);
        if (!entry || !longer || !names)
            continue;
        restore->nameless[restore->n_nameless] = entry;
        restore->names[restore->n_nameless++] = own ? strdup(own) : NULL;
    }
}

void fs_restore_unlink(struct fs_restore *restore)
{
    for (size_t i = 0; i < restore->n_nameless; i++) {
        struct fs_entry *entry = restore->nameless[i];
        char *name = restore->names[i];
        fs_object_ref(&entry->object);
        fs_pool_drop(FS_CONTAINER(entry->object.parent, struct fs_entry, object), entry->object.name, false);
        if (name) {
            free(entry->object.name);
            entry->object.name = name;
        }
        fs_object_unref(&entry->object);
    }
    free(restore->nameless);
    free(restore->names);
}
