/*
 * save.c - everything that a mount shows, written down for the next image of the daemon.
 *
 * Invariant: nothing runs, no request is open and no queue has hardware; what restore.c reads is
 * written here in the same order. What cannot be found again there (a queue or code that was removed and is
 * still open) is left out: its files are stale afterwards.
 */
#include "handover/save.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "front/gate.h"
#include "handover/go.h"
#include "state/batch.h"
#include "state/code.h"
#include "state/freed.h"
#include "state/pool.h"
#include "state/queue.h"
#include "state/trace_keep.h"
#include "tree/listing.h"
#include "tree/open_files.h"

static void put_object(struct fs_text *out, const struct fs_object *object)
{
    fs_put(out, object->serial);
    fs_put_string(out, object->name);
    fs_put_time(out, &object->made);
    fs_put_time(out, &object->changed);
}

/* ---- buffers ---- */

static void put_memory(struct fs_text *out, struct gpu_buffer *memory, struct fs_text *fds, int *error)
{
    struct gpu_piece *pieces = NULL;
    unsigned n = 0;
    fs_put(out, memory != NULL);
    if (!memory)
        return;
    if (!*error)
        *error = gpu_buffer_export(memory, &pieces, &n);
    fs_put(out, gpu_buffer_va(memory));
    fs_put(out, gpu_buffer_window(memory));
    fs_put(out, n);
    for (unsigned i = 0; i < n; i++) {
        fs_put(out, pieces[i].bytes);
        fs_put(out, (uint64_t)pieces[i].fd);
        fs_text_add(fds, (const char *)&pieces[i].fd, sizeof pieces[i].fd);
    }
    free(pieces);
}

static void put_entry(struct fs_text *out, const struct fs_entry *entry, struct fs_text *fds, int *error)
{
    put_object(out, &entry->object);
    fs_put(out, entry->dir);
    fs_put(out, entry->mode);
    fs_put(out, entry->uid);
    fs_put(out, entry->gid);
    fs_put_time(out, &entry->mtime);
    fs_put(out, entry->size);
    fs_put(out, entry->losses);
    put_memory(out, entry->memory, fds, error);
    for (const struct fs_entry *child = entry->children; child; child = child->sibling) {
        fs_put(out, true);
        put_entry(out, child, fds, error);
    }
    fs_put(out, false);
}

/* Buffers without a name that somebody has open still. */
static void put_nameless(struct fs_text *out, const struct fs_node *node, struct fs_text *fds, int *error)
{
    for (; node; node = node->next) {
        const struct fs_entry *entry = FS_CONTAINER(node->object, const struct fs_entry, object);
        if (!node->object->in_pool || entry->linked || entry->dir)
            continue;
        fs_put(out, true);
        fs_put(out, entry->gpu->index);
        fs_put(out, entry->pool);
        put_entry(out, entry, fds, error);
    }
}

/* ---- queues and code ---- */

static void put_row(struct fs_text *out, const struct fs_batch *batch, unsigned index)
{
    const struct fs_log_row *row = &batch->rows[index];
    fs_put_string(out, batch->queue_name);
    fs_put(out, row->seq);
    fs_put(out, row->start_ns);
    fs_put(out, row->end_ns);
    fs_put(out, row->bytes);
    fs_put(out, (uint64_t)row->error);
    fs_put_bytes(out, row->text, row->length);
}

static void put_queue(struct fs_text *out, const struct fs_queue *queue)
{
    put_object(out, &queue->object);
    fs_put(out, queue->kind);
    fs_put_bytes(out, &queue->settings, sizeof queue->settings);
    fs_put(out, queue->track);
    fs_put(out, queue->made);
    fs_put(out, (uint64_t)queue->dead);
    fs_put(out, queue->submitted);
    fs_put(out, queue->completed);
    fs_put(out, queue->hang_told);
    fs_put(out, queue->failed_seq);
    fs_put(out, queue->failed_last ? queue->failed_last : queue->submitted);
    fs_put(out, (uint64_t)queue->failed_error);
    fs_put_string(out, queue->failed_text);
    for (unsigned i = 0; i < FS_LOG_ROWS; i++) {
        if (!queue->log[i].batch)
            continue;
        fs_put(out, true);
        put_row(out, queue->log[i].batch, queue->log[i].index);
    }
    fs_put(out, false);
}

static void put_kernel(struct fs_text *out, const struct fs_kernel *kernel)
{
    put_object(out, &kernel->object);
    fs_put(out, kernel->last != NULL);
    if (!kernel->last)
        return;
    put_row(out, kernel->last, kernel->last_index);
    for (unsigned i = 0; i < 3; i++) {
        fs_put(out, kernel->last_grid[i]);
        fs_put(out, kernel->last_group[i]);
    }
    fs_put_string(out, kernel->last_args);
}

/* Of the loaded code, or of what could not be loaded by this image. NULL: no more. */
static struct gpu_buffer *code_memory(const struct fs_code_file *file, unsigned index)
{
    if (file->loaded)
        return gpu_code_memory(file->loaded->code, index);
    return index < file->n_kept ? file->kept[index] : NULL;
}

static void put_code(struct fs_text *out, const struct fs_code_file *file, struct fs_text *fds, int *error)
{
    put_object(out, &file->object);
    fs_put(out, file->mode);
    fs_put(out, file->uid);
    fs_put(out, file->gid);
    fs_put_time(out, &file->mtime);
    fs_put(out, file->has_draft);
    fs_put(out, file->dirty);
    fs_put_bytes(out, file->draft.data, file->draft.length);
    fs_put_bytes(out, file->bytes.data, file->bytes.length);
    for (unsigned i = 0; code_memory(file, i); i++)
        put_memory(out, code_memory(file, i), fds, error);
    fs_put(out, false);
    fs_put(out, file->loaded != NULL);
    if (!file->loaded)
        return;
    put_object(out, &file->loaded->object);
    fs_put(out, file->loaded->n_kernels);
    for (unsigned i = 0; i < file->loaded->n_kernels; i++)
        put_kernel(out, file->loaded->kernels[i]);
}

static void put_gpu(struct fs_text *out, const struct fs_gpu *gpu, struct fs_text *fds, int *error)
{
    put_object(out, &gpu->object);
    fs_put(out, gpu_info(gpu->gpu)->gpu_id);
    fs_put(out, (uint64_t)gpu_lost(gpu->gpu));
    fs_put(out, gpu->faults);
    fs_put(out, gpu->resets);
    fs_put(out, gpu->unsettled);
    fs_put_string(out, gpu->fault_text);
    fs_put(out, gpu->submitted);
    fs_put(out, gpu->completed);
    put_entry(out, gpu->pools[GPU_VRAM], fds, error);
    put_entry(out, gpu->pools[GPU_GTT], fds, error);
    for (const struct fs_queue *queue = gpu->queues; queue; queue = queue->next) {
        fs_put(out, true);
        put_queue(out, queue);
    }
    fs_put(out, false);
    for (const struct fs_code_file *file = gpu->code; file; file = file->next) {
        fs_put(out, true);
        put_code(out, file, fds, error);
    }
    fs_put(out, false);
}

/* ---- what the kernel knows ---- */

static void put_nodes(struct fs_text *out, const struct fs_node *node)
{
    for (; node; node = node->next) {
        fs_put(out, true);
        fs_put_string(out, node->row->path);
        fs_put(out, node->row->mode & S_IFMT);
        fs_put(out, node->object->serial);
        fs_put(out, node->number);
        fs_put(out, node->lookups);
        for (const struct fs_file *file = node->files; file; file = file->next) {
            fs_put(out, true);
            fs_put(out, file->number);
            fs_put(out, (uint64_t)file->pid);
            fs_put(out, (uint64_t)file->flags);
            fs_put(out, file->seen);
            fs_put(out, file->was_read);
            fs_put(out, file->at_end);
            fs_put_bytes(out, file->text.data, file->text.length);
            fs_put_bytes(out, file->tail.data, file->tail.length);
        }
        fs_put(out, false);
    }
}

static void put_listings(struct fs_text *out, const struct fs_listing *listing)
{
    for (; listing; listing = listing->next) {
        fs_put(out, true);
        fs_put(out, listing->number);
        fs_put(out, listing->n);
        for (size_t i = 0; i < listing->n; i++) {
            fs_put_string(out, listing->names.data + listing->entries[i].name);
            fs_put(out, listing->entries[i].inode);
            fs_put(out, listing->entries[i].type);
        }
    }
    fs_put(out, false);
}

static void put_journal(struct fs_text *out, const struct fs_journal *journal)
{
    fs_put_bytes(out, journal->text.data, journal->text.length);
    fs_put_time(out, &journal->changed);
}

/* ---- windows, which the next image wants first ---- */

static void put_window(struct fs_text *out, const struct gpu_buffer *memory)
{
    fs_put(out, gpu_buffer_va(memory));
    fs_put(out, gpu_buffer_window(memory));
}

static void put_code_windows(struct fs_text *out, const struct fs_code_file *file)
{
    for (; file; file = file->next)
        for (unsigned i = 0; code_memory(file, i); i++)
            put_window(out, code_memory(file, i));
}

static void put_windows(struct fs_text *out, const struct fs_entry *entry)
{
    if (entry->memory)
        put_window(out, entry->memory);
    for (const struct fs_entry *child = entry->children; child; child = child->sibling)
        put_windows(out, child);
}

static void put_nameless_windows(struct fs_text *out, const struct fs_node *node)
{
    for (; node; node = node->next) {
        const struct fs_entry *entry = FS_CONTAINER(node->object, const struct fs_entry, object);
        if (node->object->in_pool && !entry->linked && !entry->dir)
            put_windows(out, entry);
    }
}

static void put_all_windows(struct fs_text *out, struct fs_world *world)
{
    for (unsigned i = 0; i < world->n_gpus; i++) {
        put_windows(out, world->gpus[i].pools[GPU_VRAM]);
        put_windows(out, world->gpus[i].pools[GPU_GTT]);
        put_code_windows(out, world->gpus[i].code);
    }
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        put_nameless_windows(out, world->nodes[i]);
    fs_put(out, 0);
}

int fs_handover_save(struct fs_world *world, int session_fd, struct fs_text *out, struct fs_text *fds)
{
    int error = 0;
    fs_put(out, fs_handover_format());
    put_all_windows(out, world);
    fs_put(out, (uint64_t)session_fd);
    fs_put_string(out, world->options.mountpoint);
    fs_put(out, world->n_gpus);
    for (unsigned i = 0; i < world->n_gpus; i++)
        fs_put_bytes(out, gpu_info(world->gpus[i].gpu), sizeof(struct gpu_info));
    fs_put(out, world->next_serial);
    fs_put_string(out, KFDFS_VERSION);
    fs_put_bytes(out, fs_gate_first()->data, fs_gate_first()->length);
    put_object(out, &world->root);
    put_journal(out, &world->errors);
    put_journal(out, &world->events);
    fs_freed_save(world, out);
    fs_trace_save(&world->trace, out);
    fs_put(out, world->n_gpus);
    for (unsigned i = 0; i < world->n_gpus; i++)
        put_gpu(out, &world->gpus[i], fds, &error);
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        put_nameless(out, world->nodes[i], fds, &error);
    fs_put(out, false);
    for (unsigned i = 0; i < FS_NODE_BUCKETS; i++)
        put_nodes(out, world->nodes[i]);
    put_nodes(out, world->fresh_nodes);
    fs_put(out, false);
    put_listings(out, world->listings);
    if (!error && (out->failed || fds->failed))
        error = gpu_err(-ENOMEM, "no memory to write down what the mount shows");
    return error;
}
