/*
 * handover_restore.c - makes of what handover_save.c wrote down what the kernel and every user of the mount
 * still know: names, bytes and addresses of buffers, counters and logs of queues, numbers of nodes and open
 * files.
 *
 * Invariant: what cannot be had again is told in `errors` and does not stop the rest; its open files are
 * stale.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "gate.h"
#include "handover.h"
#include "loaded.h"
#include "pool.h"

struct restore {
    struct fs_world *world;
    struct fs_stream *in;
    struct {
        uint64_t serial;
        struct fs_object *object;
    } * known;
    size_t n_known, capacity;
    struct fs_entry **nameless; /* that lose their name in the end */
    char **names;
    size_t n_nameless;
    bool failed;
};

static void complain(struct restore *restore, const char *path, const char *what)
{
    struct fs_text text = {0};
    fs_text_printf(&text, "not to be had again after a fault: %s: %s", what, gpu_err_text());
    fs_errors_add(&restore->world->errors, 0, -EIO, path ? path : "-", text.failed ? what : text.data);
    fs_text_free(&text);
}

/* ---- objects by their serial numbers ---- */

static void remember(struct restore *restore, struct fs_object *object)
{
    if (restore->n_known == restore->capacity) {
        size_t capacity = restore->capacity * 2 + 64;
        void *longer = realloc(restore->known, capacity * sizeof *restore->known);
        if (!longer) {
            restore->failed = true;
            return;
        }
        restore->known = longer;
        restore->capacity = capacity;
    }
    restore->known[restore->n_known].serial = object->serial;
    restore->known[restore->n_known++].object = object;
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct fs_object *find_object(const struct restore *restore, uint64_t serial)
{
    size_t low = 0, high = restore->n_known;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (restore->known[middle].serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < restore->n_known && restore->known[low].serial == serial ? restore->known[low].object : NULL;
}

struct saved_object {
    uint64_t serial;
    const char *name;
    struct timespec made, changed;
};

static struct saved_object get_object(struct fs_stream *in)
{
    struct saved_object saved;
    saved.serial = fs_get(in);
    saved.name = fs_get_string(in);
    saved.made = fs_get_time(in);
    saved.changed = fs_get_time(in);
    return saved;
}

static void settle(struct restore *restore, struct fs_object *object, const struct saved_object *saved)
{
    object->serial = saved->serial;
    object->made = saved->made;
    object->changed = saved->changed;
    remember(restore, object);
}

/* ---- buffers ---- */

enum { PIECES_MAX = 65536 };

/* The memory of one buffer; entry NULL: it is given up. */
static void get_memory(struct restore *restore, struct fs_entry *entry)
{
    struct fs_stream *in = restore->in;
    if (!fs_get(in))
        return;
    uint64_t va = fs_get(in), window = fs_get(in), n = fs_get(in);
    struct gpu_piece *pieces = n <= PIECES_MAX ? calloc(n + 1, sizeof *pieces) : NULL;
    if (!pieces) {
        in->failed = true;
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        pieces[i].bytes = fs_get(in);
        pieces[i].fd = (int)fs_get(in);
    }
    if (entry && !in->failed &&
        gpu_buffer_import(entry->gpu->gpu, entry->pool, va, window, pieces, (unsigned)n, &entry->memory)) {
        complain(restore, entry->gpu->object.name, entry->object.name);
        entry->size = 0;
    } else if (entry && entry->memory && gpu_buffer_va(entry->memory) != va) {
        gpu_err_note("its address has changed: the old one was taken");
        complain(restore, entry->gpu->object.name, entry->object.name);
    }
    for (uint64_t i = 0; i < n; i++)
        close(pieces[i].fd);
    free(pieces);
}

static struct fs_entry *make_entry(struct restore *restore, struct fs_entry *dir, const char *name,
                                   bool is_dir)
{
    struct fs_creation by = {0};
    int r =
        is_dir ? fs_pool_class.mkdir(&dir->object, name, &by) : fs_pool_class.create(&dir->object, name, &by);
    if (r)
        restore->failed = true;
    return r ? NULL : fs_pool_child(dir, name);
}

/* name: instead of its own. */
static struct fs_entry *get_entry(struct restore *restore, struct fs_entry *root, struct fs_entry *dir,
                                  const char *name, const char **own_name)
{
    struct fs_stream *in = restore->in;
    struct saved_object saved = get_object(in);
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
    if (entry)
        settle(restore, &entry->object, &saved);
    get_memory(restore, entry);
    while (fs_get(in))
        get_entry(restore, NULL, entry, NULL, NULL);
    to->mtime = mtime; /* at the end: children change it */
    return entry;
}

static void get_nameless(struct restore *restore)
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
        struct fs_entry *entry = get_entry(restore, NULL, world->gpus[gpu].pools[pool], name, &own);
        if (!entry || !longer || !names)
            continue;
        restore->nameless[restore->n_nameless] = entry;
        restore->names[restore->n_nameless++] = own ? strdup(own) : NULL;
    }
}

static void unlink_nameless(struct restore *restore)
{
    for (size_t i = 0; i < restore->n_nameless; i++) {
        struct fs_entry *entry = restore->nameless[i];
        char *name = restore->names[i];
        fs_object_ref(&entry->object);
        fs_pool_class.unlink(entry->object.parent, entry->object.name);
        if (name) {
            free(entry->object.name);
            entry->object.name = name;
        }
        fs_object_unref(&entry->object);
    }
    free(restore->nameless);
    free(restore->names);
}

/* ---- queues and code ---- */

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

static void get_log(struct restore *restore, struct fs_queue *queue)
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

static void get_queue(struct restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct saved_object saved = get_object(in);
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
    settle(restore, &queue->object, &saved);
    memcpy(&queue->settings, settings, length);
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

static void get_kernel(struct restore *restore, struct fs_loaded *loaded)
{
    struct fs_stream *in = restore->in;
    struct saved_object saved = get_object(in);
    struct fs_kernel *kernel = loaded && saved.name ? fs_kernel_find(loaded, saved.name) : NULL;
    if (kernel)
        settle(restore, &kernel->object, &saved);
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

/* The lock is given back for the load. */
static void get_loaded(struct restore *restore, struct fs_code_file *file)
{
    struct fs_stream *in = restore->in;
    size_t length;
    const char *bytes = fs_get_bytes(in, &length);
    struct saved_object saved = get_object(in);
    uint64_t n = fs_get(in);
    if (file && !in->failed) {
        fs_unlock(restore->world);
        int r = fs_code_reload(file, bytes, length);
        fs_lock(restore->world);
        if (r)
            complain(restore, file->gpu->object.name, file->object.name);
        else
            settle(restore, &file->loaded->object, &saved);
    }
    for (uint64_t i = 0; i < n && !in->failed; i++)
        get_kernel(restore, file ? file->loaded : NULL);
}

static void get_code(struct restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct saved_object saved = get_object(in);
    struct fs_creation by = {.mode = (mode_t)fs_get(in)};
    by.uid = (uid_t)fs_get(in);
    by.gid = (gid_t)fs_get(in);
    struct timespec mtime = fs_get_time(in);
    bool has_draft = fs_get(in), dirty = fs_get(in);
    size_t length;
    const char *draft = fs_get_bytes(in, &length);
    struct fs_object *object = NULL;
    if (!in->failed && saved.name && !fs_code_class.create(&gpu->object, saved.name, &by))
        object = fs_find_code(&gpu->object, saved.name);
    struct fs_code_file *file = object ? FS_CONTAINER(object, struct fs_code_file, object) : NULL;
    if (file)
        settle(restore, object, &saved);
    if (fs_get(in))
        get_loaded(restore, file);
    if (!file)
        return;
    fs_text_add(&file->draft, draft, length);
    file->has_draft = has_draft;
    file->dirty = dirty;
    file->mtime = mtime;
}

static void get_gpu(struct restore *restore, struct fs_gpu *gpu)
{
    struct fs_stream *in = restore->in;
    struct saved_object saved = get_object(in);
    uint64_t gpu_id = fs_get(in);
    bool was_lost = fs_get(in);
    if (gpu_id != gpu_info(gpu->gpu)->gpu_id) {
        gpu_err(-ENODEV, "%s was another GPU", gpu->object.name);
        in->failed = true;
        return;
    }
    settle(restore, &gpu->object, &saved);
    gpu->faults = (unsigned)fs_get(in);
    gpu->resets = (unsigned)fs_get(in);
    const char *text = fs_get_string(in);
    gpu->fault_text = text ? strdup(text) : NULL;
    gpu->submitted = fs_get(in);
    gpu->completed = fs_get(in);
    get_entry(restore, gpu->pools[GPU_VRAM], NULL, NULL, NULL);
    get_entry(restore, gpu->pools[GPU_GTT], NULL, NULL, NULL);
    while (fs_get(in))
        get_queue(restore, gpu);
    while (fs_get(in))
        get_code(restore, gpu);
    if (was_lost && !in->failed)
        fs_events_add(gpu, "recovery", NULL, 0, "its buffers are where they were, its queues are new");
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
const struct fs_row fs_stale_rows[] = {{.path = "", .mode = S_IFREG | 0444, .class = &stale_class},
                                       {.path = "", .mode = S_IFDIR | 0555}};

static const struct fs_row *find_row(const char *path)
{
    for (const struct fs_row *row = fs_rows; path && row->path; row++)
        if (!strcmp(row->path, path))
            return row;
    return NULL;
}

static void get_file(struct restore *restore, struct fs_node *node)
{
    struct fs_stream *in = restore->in;
    struct fs_file like = {.world = restore->world, .node = node, .number = fs_get(in)};
    like.pid = (pid_t)fs_get(in);
    like.flags = (int)fs_get(in);
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

static void get_node(struct restore *restore)
{
    struct fs_stream *in = restore->in;
    const char *path = fs_get_string(in);
    bool is_dir = S_ISDIR((mode_t)fs_get(in));
    struct fs_node like = {.object = find_object(restore, fs_get(in))}, *node = NULL;
    like.row = like.object ? find_row(path) : NULL;
    like.number = fs_get(in);
    like.lookups = fs_get(in);
    if (!like.row) {
        like.row = &fs_stale_rows[is_dir];
        like.object = &restore->world->stale;
    }
    if (!in->failed && fs_tree_restore_node(restore->world, &like, &node))
        restore->failed = true;
    while (fs_get(in))
        get_file(restore, node);
}

static void get_listing(struct restore *restore)
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

static void get_all(struct restore *restore)
{
    struct fs_world *world = restore->world;
    struct fs_stream *in = restore->in;
    struct saved_object root = get_object(in);
    settle(restore, &world->root, &root);
    get_journal(in, &world->errors);
    get_journal(in, &world->events);
    if (fs_get(in))
        fs_trace_start(&world->trace);
    if (fs_get(in) != world->n_gpus) {
        gpu_err(-ENODEV, "there are %u GPUs now", world->n_gpus);
        in->failed = true;
    }
    for (unsigned i = 0; i < world->n_gpus && !in->failed; i++)
        get_gpu(restore, &world->gpus[i]);
    get_nameless(restore);
    if (restore->n_known)
        qsort(restore->known, restore->n_known, sizeof *restore->known, by_serial);
    while (fs_get(in))
        get_node(restore);
    while (fs_get(in))
        get_listing(restore);
    unlink_nameless(restore);
    uint64_t serial = fs_get(in);
    if (serial > world->next_serial)
        world->next_serial = serial;
}

int fs_handover_restore(struct fs_handover *handover, struct fs_world *world)
{
    struct restore restore = {.world = world, .in = &handover->in};
    size_t length;
    const char *first = fs_get_bytes(&handover->in, &length);
    int r = fs_gate_replay(first, length);
    if (r)
        return gpu_err(r, "no memory for the mount's first request");
    fs_lock(world);
    get_all(&restore);
    fs_unlock(world);
    free(restore.known);
    if (handover->in.failed || restore.failed)
        gpu_err(-EIO, "the mount could not be taken over whole");
    return handover->in.failed ? -EIO : 0;
}
