/*
 * restore.c - makes of what save.c wrote down what the kernel and every user of the mount
 * still know: names, bytes and addresses of buffers, counters and logs of queues, numbers of nodes and open
 * files.
 *
 * Invariant: what cannot be had again is told in `errors` and does not stop the rest; its open files are
 * stale.
 */
#include "handover/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/gate.h"
#include "handover/fall.h"
#include "handover/restore_buffers.h"
#include "handover/restore_code.h"
#include "handover/restore_losses.h"
#include "state/events.h"
#include "state/freed.h"
#include "state/trace_keep.h"
#include "tree/listing.h"
#include "tree/open_files.h"

static void get_gpu(struct fs_restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct fs_saved_object saved = fs_restore_object(in);
    uint64_t gpu_id = fs_get(in);
    restore->was_lost[gpu->index] = fs_get(in);
    if (gpu_id != gpu_info(gpu->gpu)->gpu_id) {
        gpu_err(-ENODEV, "%s was another GPU", gpu->object.name);
        in->failed = true;
        return;
    }
    fs_restore_settle(restore, &gpu->object, &saved);
    gpu->faults = (unsigned)fs_get(in);
    gpu->resets = (unsigned)fs_get(in);
    gpu->unsettled = fs_get(in);
    const char *text = fs_get_string(in);
    gpu->fault_text = text ? strdup(text) : NULL;
    gpu->submitted = fs_get(in);
    gpu->completed = fs_get(in);
    fs_restore_entry(restore, gpu->pools[GPU_VRAM], NULL, NULL, NULL);
    fs_restore_entry(restore, gpu->pools[GPU_GTT], NULL, NULL, NULL);
    while (fs_get(in))
        fs_restore_queue(restore, gpu);
    while (fs_get(in))
        fs_restore_code(restore, gpu);
}

/* At the end, when all is known. */
static void tell(struct fs_restore *restore)
{
    struct fs_world *world = restore->world;
    bool recovery = false;
    for (unsigned i = 0; i < world->n_gpus; i++) {
        struct fs_gpu *gpu = &world->gpus[i];
        struct fs_text text = {0};
        recovery |= restore->was_lost[i];
        if (fs_gpu_lost(gpu)) {
            fs_text_printf(&text, "no recovery: %s; its buffers may be read, and SIGHUP to kfdfs tries again",
                           gpu_err_text());
            fs_events_add(gpu, "recovery", NULL, 0, text.failed ? "no recovery" : text.data);
            fs_errors_add(&world->errors, 0, -ENODEV, gpu->object.name,
                          text.failed ? "no recovery" : text.data);
            fs_text_free(&text);
        } else if (restore->was_lost[i]) {
            fs_events_add(gpu, "recovery", NULL, 0,
                          restore->wiped[i] ? "its buffers are where they were, but those in vram are zero; "
                                              "its queues are new"
                                            : "its buffers are where they were, its queues are new");
        }
    }
    struct fs_text text = {0};
    fs_text_printf(&text, "kfdfs %s goes on from %s", KFDFS_VERSION, restore->version);
    if (!recovery)
        fs_events_add_to_all(world, "upgrade", text.failed ? "done" : text.data);
    fs_text_free(&text);
    fs_handover_tell_fall(restore->handover, &text);
    if (text.length)
        fs_events_add_to_all(world, recovery ? "recovery" : "upgrade", text.data);
    fs_text_free(&text);
}

/* ---- what the kernel knows ---- */

static void stale_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    (void)file, (void)offset, (void)bytes;
    fs_answer(request, -ESTALE);
}

static void stale_write(struct fs_request *request, struct fs_file *file, uint64_t offset,
                        struct fs_source *source)
{
    (void)file, (void)offset, (void)source;
    fs_answer(request, -ESTALE);
}

static const struct fs_class stale_class = {.read = stale_read, .write = stale_write};
/* A file and a directory that an earlier image had and this one has not. */
static const struct fs_row stale_rows[] = {{.path = "", .mode = S_IFREG | 0444, .class = &stale_class},
                                           {.path = "", .mode = S_IFDIR | 0555}};

static const struct fs_row *find_row(const struct fs_world *world, const char *path)
{
    for (const struct fs_row *row = world->rows; path && row->path; row++)
        if (!strcmp(row->path, path))
            return row;
    return NULL;
}

static void get_file(struct fs_restore *restore, struct fs_node *node)
{
    struct fs_stream *in = restore->in;
    struct fs_file like = {.world = restore->world, .node = node, .number = fs_get(in)};
    like.pid = (pid_t)fs_get(in);
    like.flags = (int)fs_get(in);
    like.seen = fs_get(in);
    like.was_read = fs_get(in);
    like.at_end = fs_get(in);
    fs_get_text(in, &like.text);
    fs_get_text(in, &like.tail);
    if (node && !in->failed) {
        like.row = node->row;
        like.object = node->object;
        if (!fs_tree_restore_file(restore->world, &like))
            return;
    }
    fs_text_free(&like.text);
    fs_text_free(&like.tail);
}

static void get_node(struct fs_restore *restore)
{
    struct fs_stream *in = restore->in;
    const char *path = fs_get_string(in);
    bool is_dir = S_ISDIR((mode_t)fs_get(in));
    struct fs_node like = {.object = fs_restore_known(restore, fs_get(in))}, *node = NULL;
    like.row = like.object ? find_row(restore->world, path) : NULL;
    like.number = fs_get(in);
    like.lookups = fs_get(in);
    if (!like.row) {
        like.row = &stale_rows[is_dir];
        like.object = &restore->world->stale;
    }
    if (!in->failed && fs_tree_restore_node(restore->world, &like, &node))
        restore->failed = true;
    while (fs_get(in))
        get_file(restore, node);
}

static void get_listing(struct fs_restore *restore)
{
    struct fs_stream *in = restore->in;
    struct fs_listing *listing = calloc(1, sizeof *listing);
    if (!listing) {
        in->failed = true;
        return;
    }
    listing->number = fs_get(in);
    uint64_t n = fs_get(in);
    for (uint64_t i = 0; i < n && !in->failed; i++) {
        const char *name = fs_get_string(in);
        uint64_t inode = fs_get(in);
        fs_list(listing, name ? name : "?", inode, (mode_t)fs_get(in));
    }
    if (fs_tree_restore_listing(restore->world, listing))
        restore->failed = true;
}

static void get_journal(struct fs_stream *in, struct fs_journal *journal)
{
    fs_get_text(in, &journal->text);
    journal->changed = fs_get_time(in);
}

/* ---- all ---- */

static void get_all(struct fs_restore *restore)
{
    struct fs_world *world = restore->world;
    struct fs_stream *in = restore->in;
    struct fs_saved_object root = fs_restore_object(in);
    restore->was_lost = calloc(world->n_gpus + 1, sizeof *restore->was_lost);
    restore->wiped = calloc(world->n_gpus + 1, sizeof *restore->wiped);
    if (!restore->was_lost || !restore->wiped) {
        in->failed = true;
        return;
    }
    fs_restore_settle(restore, &world->root, &root);
    get_journal(in, &world->errors);
    get_journal(in, &world->events);
    fs_freed_restore(world, in);
    if (fs_trace_restore(&world->trace, in))
        fs_restore_complain(restore, NULL, "trace");
    if (fs_get(in) != world->n_gpus) {
        gpu_err(-ENODEV, "there are %u GPUs now", world->n_gpus);
        in->failed = true;
    }
    for (unsigned i = 0; i < world->n_gpus && !in->failed; i++)
        get_gpu(restore, &world->gpus[i]);
    fs_restore_nameless(restore);
    if (!in->failed)
        fs_restore_losses(restore);
    fs_restore_sort(restore);
    while (fs_get(in))
        get_node(restore);
    while (fs_get(in))
        get_listing(restore);
    fs_restore_unlink(restore);
    if (!in->failed)
        tell(restore);
}

/* What only the beginning needed. */
static void forget(struct fs_handover *handover, struct fs_world *world)
{
    world->options.known = NULL;
    free(handover->gpus);
    handover->gpus = NULL;
}

int fs_handover_restore(struct fs_handover *handover, struct fs_world *world)
{
    struct fs_restore restore = {.world = world, .in = &handover->in, .handover = handover};
    size_t length;
    forget(handover, world);
    restore.version = fs_get_string(&handover->in);
    const char *first = fs_get_bytes(&handover->in, &length);
    int r = fs_gate_replay(first, length);
    if (r)
        return gpu_err(r, "no memory for the mount's first request");
    fs_lock(world);
    get_all(&restore);
    fs_unlock(world);
    free(restore.known);
    free(restore.was_lost);
    free(restore.wiped);
    if (handover->in.failed || restore.failed)
        gpu_err(-EIO, "the mount could not be taken over whole");
    return handover->in.failed ? -EIO : 0;
}
