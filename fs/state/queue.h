/*
 * queue.h - queues, their logs, and batches of commands on them. Everything here is called under the lock,
 * unless said otherwise.
 */
#ifndef KFDFS_FS_QUEUE_H
#define KFDFS_FS_QUEUE_H

#include "text/command.h"
#include "state/pool.h"
#include "files/tree.h"

struct fs_kernel;

/* What somebody waits for: one write to a command file, or one job of kfdfs itself. It may span batches. */
struct fs_work {
    struct fs_later later;
    struct fs_world *world;
    struct fs_request *request; /* NULL once answered, or if nobody waits */
    unsigned refs, pending;
    bool until_done; /* else: until the commands are in the ring */
    bool cut;        /* a signal ended the wait */
    bool kept;       /* the request waited: it is NULL once answered */
    bool told;       /* its failure has its line in `errors` */
    int error;       /* the first one */
    char *text;      /* its sentence */
    char *path;      /* of the command file, for `errors` */
    char *line;      /* the first one that was written, for `errors`; may be NULL */
    pid_t pid;
    ssize_t result;
    struct fs_queue *need;                  /* a queue to be made before the command can be tried again */
    void (*finished)(struct fs_work *work); /* kfdfs's own jobs; called without the lock */
    void *ctx;
};
struct fs_work *fs_work_create(struct fs_world *world); /* NULL: no memory */
void fs_work_ref(struct fs_work *work);
void fs_work_unref(struct fs_work *work); /* takes NULL */
void fs_work_begin(struct fs_work *work);
/* A line in `errors` that quotes what was written. */
void fs_work_complain(const struct fs_work *work, pid_t pid, int error, const char *sentence);
/* One part has ended. The last one answers the request or calls finished(). */
void fs_work_end(struct fs_work *work, int error, const char *text);

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

enum { FS_LOG_ROWS = 1024 };

struct fs_waiter { /* on `wait` */
    struct fs_waiter *next;
    struct fs_work *work;
    uint64_t seq;
};

struct fs_queue {
    struct fs_object object;
    struct fs_gpu *gpu;
    struct fs_queue *next;
    enum gpu_queue_kind kind;
    struct gpu_queue_options settings; /* what the hardware queue is made from */
    unsigned track;                    /* its number in the trace, if that has it */
    bool used;                         /* it was made, or is being made: settings stay */
    bool made;                         /* by mkdir */
    bool own;                          /* kfdfs's */
    bool removed;                      /* no longer in the tree */
    int dead; /* lost its work in a handover, with this error, and does not come back; else 0 */
    struct gpu_queue *queue;     /* NULL until first used */
    pthread_mutex_t create_lock; /* held while the hardware queue is made; before the world's lock */
    uint64_t submitted, completed;
    uint64_t hang_told;   /* the command that did not end in time, by `events` */
    uint64_t failed_seq;  /* the first command that failed, 0: none */
    uint64_t failed_last; /* the last command that was lost with it, if the queue has come back; else 0 */
    int failed_error;
    char *failed_text;
    struct {
        struct fs_batch *batch;
        unsigned index;
    } log[FS_LOG_ROWS]; /* a ring: of seq s at s % FS_LOG_ROWS */
    struct fs_waiter *waiters;
    struct fs_batch *running; /* batches that are not done */
};

struct fs_queue *fs_queue_create(struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name, int engine);
struct fs_queue *fs_queue_find(const struct fs_gpu *gpu, enum gpu_queue_kind kind, const char *name);
/* Not under the lock: makes the hardware queue if it is not there yet. */
int fs_queue_ensure(struct fs_queue *queue);
/* Takes it out of the tree and destroys what runs in it, on a thread of its own; a numbered one is replaced
 * by a new one. */
int fs_queue_remove(struct fs_queue *queue);
void fs_queues_stop(struct fs_gpu *gpu); /* takes every hardware queue away; not under the lock */
void fs_queues_free(struct fs_gpu *gpu);

/* Ends the work when completed >= seq, or with the first error up to it. */
int fs_queue_wait(struct fs_queue *queue, uint64_t seq, struct fs_work *work);
void fs_queue_end_waiters(struct fs_queue *queue); /* those whose time has come */
/* Ends the work when every batch that names the buffer now is done. */
int fs_buffer_wait(struct fs_entry *buffer, struct fs_work *work);

struct fs_batch *fs_batch_create(struct fs_queue *queue, struct fs_work *work, const char *text,
                                 size_t length);
/* Adds a command, if its queue could do it; its text is the given part of the batch's. */
int fs_batch_add(struct fs_batch *batch, const struct gpu_command *command, const char *line, size_t length);
int fs_batch_use_buffer(struct fs_batch *batch, struct fs_entry *buffer);
int fs_batch_use_code(struct fs_batch *batch, struct fs_object *loaded);
void *fs_batch_data(struct fs_batch *batch, size_t bytes); /* zeroed; freed after the submission */
/* Gives the batch to the driver and counts it as begun in its work; or refuses it as a whole. */
int fs_batch_submit(struct fs_batch *batch);
void fs_batch_unref(struct fs_batch *batch); /* takes NULL */

/* A job of kfdfs itself on that GPU's own queue (which must be made): finished(work) tells its end. */
struct fs_own_command {
    struct gpu_command command;
    struct fs_entry *buffers[2]; /* whom it touches; may be NULL */
    char text[400];
};
int fs_own_job(struct fs_gpu *gpu, const struct fs_own_command *commands, unsigned n,
               void (*finished)(struct fs_work *work), void *ctx);

extern const struct fs_dir_class fs_sdma_class, fs_compute_class, fs_queue_class;
struct fs_object *fs_find_sdma(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_compute(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_own(struct fs_object *gpu, const char *name);
void fs_list_sdma(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
void fs_list_compute(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);

#endif
