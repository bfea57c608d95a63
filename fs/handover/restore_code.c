/*
 * restore_code.c - queues with their logs, and loaded code, in the next image.
 */
#include "handover/restore_code.h"

#include <stdlib.h>
#include <string.h>

#include "handover/restore_buffers.h"
#include "state/batch.h"
#include "state/code.h"
#include "state/queue.h"

/* ---- queues ---- */

/* A batch of one command that has ended. NULL: no memory. */
static struct fs_batch *get_row(struct fs_stream *in)
{
    size_t length;
    const char *queue_name = fs_get_string(in);
    struct fs_log_row row = {.seq = fs_get(in), .done = true};
    row.start_ns = fs_get(in);
    row.end_ns = fs_get(in);
    row.bytes = fs_get(in);
    row.error = (int)fs_get(in);
    const char *text = fs_get_bytes(in, &length);
    struct fs_batch *batch = calloc(1, sizeof *batch);
    struct fs_log_row *rows = malloc(sizeof *rows);
    char *copy = strndup(text, length), *name = queue_name ? strdup(queue_name) : NULL;
    if (!batch || !rows || !copy) {
        free(batch);
        free(rows);
        free(copy);
        free(name);
        return NULL;
    }
    row.text = copy;
    row.length = (unsigned)length;
    *rows = row;
    *batch = (struct fs_batch){
        .refs = 1, .n = 1, .n_done = 1, .rows = rows, .text = copy, .in_ring = true, .queue_name = name};
    return batch;
}

static void get_log(struct fs_restore *restore, struct fs_queue *queue)
{
    while (fs_get(restore->in)) {
        struct fs_batch *batch = get_row(restore->in);
        if (!batch) {
            restore->failed = true;
            continue;
        }
        unsigned slot = batch->rows[0].seq % FS_LOG_ROWS;
        fs_batch_unref(queue->log[slot].batch);
        queue->log[slot].batch = batch;
        queue->log[slot].index = 0;
    }
}

void fs_restore_queue(struct fs_restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    enum gpu_queue_kind kind = (enum gpu_queue_kind)fs_get(in);
    size_t length;
    const char *settings = fs_get_bytes(in, &length);
    if (in->failed || !saved.name || length != sizeof(struct gpu_queue_options))
        return;
    struct fs_queue *queue = fs_queue_find(gpu, kind, saved.name);
    if (!queue)
        queue = fs_queue_create(gpu, kind, saved.name, -1);
    if (!queue) {
        in->failed = true;
        return;
    }
    fs_restore_settle(restore, &queue->object, &saved);
    memcpy(&queue->settings, settings, length);
    queue->track = (unsigned)fs_get(in);
    queue->made = fs_get(in);
    queue->dead = (int)fs_get(in);
    queue->submitted = fs_get(in);
    queue->completed = fs_get(in);
    queue->hang_told = fs_get(in);
    queue->failed_seq = fs_get(in);
    queue->failed_last = fs_get(in);
    queue->failed_error = (int)fs_get(in);
    const char *text = fs_get_string(in);
    queue->failed_text = text ? strdup(text) : NULL;
    get_log(restore, queue);
}

/* ---- code ---- */

static void get_kernel(struct fs_restore *restore, struct fs_loaded *loaded)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    struct fs_kernel *kernel = loaded && saved.name ? fs_kernel_find(loaded, saved.name) : NULL;
    if (kernel)
        fs_restore_settle(restore, &kernel->object, &saved);
    if (!fs_get(in))
        return;
    struct fs_batch *batch = get_row(in);
    uint32_t grid[3], group[3];
    for (unsigned i = 0; i < 3; i++) {
        grid[i] = (uint32_t)fs_get(in);
        group[i] = (uint32_t)fs_get(in);
    }
    const char *args = fs_get_string(in);
    if (!kernel || !batch) {
        fs_batch_unref(batch);
        return;
    }
    kernel->last = batch;
    memcpy(kernel->last_grid, grid, sizeof grid);
    memcpy(kernel->last_group, group, sizeof group);
    kernel->last_args = args ? strdup(args) : NULL;
}

/* All or none: without the bytes of one image the others' are of no use. False: there is something, and it
 * cannot be used where it is. */
static bool get_kept(struct fs_restore *restore, struct fs_gpu *gpu, struct fs_code_file *file)
{
    struct fs_saved_memory saved;
    bool usable = true;
    while (fs_restore_get_memory(restore->in, &saved)) {
        struct gpu_buffer **longer =
            file ? realloc(file->kept, (file->n_kept + 1) * sizeof(struct gpu_buffer *)) : NULL;
        if (!longer) {
            fs_restore_drop_memory(&saved);
            continue;
        }
        file->kept = longer;
        struct gpu_buffer *memory = fs_restore_memory(gpu, GPU_VRAM, file->object.name, &saved);
        if (memory)
            longer[file->n_kept++] = memory;
        usable &= memory && gpu_buffer_va(memory) == saved.va;
    }
    if (file && file->n_kept && usable && gpu_vram_intact(gpu->gpu) && !gpu_absent(gpu->gpu))
        usable = false;
    return usable;
}

/* Its variables begin anew. */
static void forget_kept(struct fs_restore *restore, struct fs_code_file *file)
{
    fs_restore_complain(restore, file->gpu->object.name, file->object.name);
    while (file->n_kept)
        fs_free_memory(restore->world, file->kept[--file->n_kept]);
}

/* The lock is given back for the load. */
static void load(struct fs_restore *restore, struct fs_code_file *file, const char *bytes, size_t length,
                 bool usable)
{
    if (!usable) {
        gpu_err_note("its variables have their first values again: its memory is %s",
                     gpu_vram_intact(file->gpu->gpu) ? "lost" : "not where it was");
        forget_kept(restore, file);
    }
    fs_unlock(restore->world);
    int r = fs_code_reload(file, bytes, length);
    fs_lock(restore->world);
    if (!r || fs_gpu_lost(file->gpu))
        return;
    if (file->n_kept) { /* without it, then */
        forget_kept(restore, file);
        load(restore, file, bytes, length, true);
    } else {
        fs_restore_complain(restore, file->gpu->object.name, file->object.name);
    }
}

static void get_loaded(struct fs_restore *restore, struct fs_code_file *file)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    uint64_t n = fs_get(in);
    struct fs_loaded *loaded = file ? file->loaded : NULL;
    if (loaded)
        fs_restore_settle(restore, &loaded->object, &saved);
    for (uint64_t i = 0; i < n && !in->failed; i++)
        get_kernel(restore, loaded);
}

void fs_restore_code(struct fs_restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    struct fs_creation by = {.mode = (mode_t)fs_get(in)};
    by.uid = (uid_t)fs_get(in);
    by.gid = (gid_t)fs_get(in);
    struct timespec mtime = fs_get_time(in);
    bool has_draft = fs_get(in), dirty = fs_get(in);
    size_t length, loaded_length;
    const char *draft = fs_get_bytes(in, &length);
    struct fs_code_file *file = NULL;
    if (!in->failed && saved.name && !fs_code_create(gpu, saved.name, &by))
        file = fs_code_find(gpu, saved.name);
    if (file)
        fs_restore_settle(restore, &file->object, &saved);
    const char *bytes = fs_get_bytes(in, &loaded_length);
    bool usable = get_kept(restore, gpu, file);
    if (file && loaded_length && !in->failed)
        load(restore, file, bytes, loaded_length, usable);
    if (fs_get(in))
        get_loaded(restore, file);
    if (!file)
        return;
    fs_text_add(&file->draft, draft, length);
    file->has_draft = has_draft;
    file->dirty = dirty;
    file->mtime = mtime;
}
