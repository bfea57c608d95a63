/*
 * batch.h - commands that go to one queue together, and their rows in logs. Under the lock.
 */
#ifndef KFDFS_FS_BATCH_H
#define KFDFS_FS_BATCH_H

#include "state/world.h"

struct fs_entry;
struct fs_kernel;
struct fs_queue;
struct fs_work;

struct fs_log_row {
    uint64_t seq, start_ns, end_ns, bytes;
    int error;
    bool done;
    uint8_t op, compare;            /* enum gpu_op, enum gpu_compare */
    uint64_t peer, value, mask;     /* for the trace: see struct fs_trace_sync */
    const struct fs_kernel *kernel; /* while the batch runs */
    const char *text;               /* in the batch's text */
    unsigned length;
};

struct fs_sync {
    struct fs_sync *next;
    struct fs_work *work;
};

struct fs_last { /* of a dispatch in a batch: what the kernel's file `last` will show */
    struct fs_last *next;
    struct fs_kernel *kernel;
    unsigned index;
    uint32_t grid[3], group[3];
    char *args;
};

struct fs_batch { /* commands that go to one queue together */
    struct fs_queue *queue;
    struct fs_work *work;
    unsigned refs, n, capacity, n_done;
    struct gpu_command *commands; /* until submitted */
    struct fs_log_row *rows;
    char *text;
    struct fs_object **objects; /* buffers (counted as users) and loaded code that the commands use */
    unsigned n_objects, objects_capacity;
    struct fs_last *lasts; /* until submitted */
    void **data;           /* what commands point at, until submitted */
    unsigned n_data, data_capacity;
    bool in_ring;
    uint64_t submitted_ns;
    int error;                     /* of the first command that failed */
    struct fs_sync *syncs;         /* who waits for the end of the batch as a whole */
    struct fs_batch *next, **link; /* while it is not done: among the queue's running */
    char *queue_name;
};

struct fs_batch *fs_batch_create(struct fs_queue *queue, struct fs_work *work, const char *text,
                                 size_t length);
/* Adds a command, if its queue could do it; its text is the given part of the batch's. */
int fs_batch_add(struct fs_batch *batch, const struct gpu_command *command, const char *line, size_t length);
int fs_batch_use_buffer(struct fs_batch *batch, struct fs_entry *buffer);
int fs_batch_use_code(struct fs_batch *batch, struct fs_object *loaded);
void *fs_batch_data(struct fs_batch *batch, size_t bytes); /* zeroed; freed after the submission */
void fs_batch_unref(struct fs_batch *batch);               /* takes NULL */

bool fs_batch_uses(const struct fs_batch *batch, const struct fs_object *object);
/* On its way: what is no longer needed after the submission, and after the last command's end. */
void fs_batch_release_commands(struct fs_batch *batch);
void fs_batch_release_objects(struct fs_batch *batch);
void fs_batch_release_queue(struct fs_batch *batch);

#endif
