/*
 * queue.h - queues and their logs. Everything here is called under the lock, unless said otherwise.
 */
#ifndef KFDFS_FS_QUEUE_H
#define KFDFS_FS_QUEUE_H

#include "state/world.h"

struct fs_batch;
struct fs_waiter;

enum { FS_LOG_ROWS = 1024 };

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
/* Takes it out of the tree; a numbered one is replaced by a new one. *hardware is the caller's to destroy. */
int fs_queue_detach(struct fs_queue *queue, struct gpu_queue **hardware);
/* The log's batches count their queue while they run: they are let go when it has left the tree. */
void fs_queue_clear_log(struct fs_queue *queue);
void fs_queues_stop(struct fs_gpu *gpu); /* takes every hardware queue away; not under the lock */
void fs_queues_free(struct fs_gpu *gpu);

#endif
