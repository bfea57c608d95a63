/* waiters.h - who waits for a queue's timeline by its file `wait`. Under the lock. */
#ifndef KFDFS_FS_WAITERS_H
#define KFDFS_FS_WAITERS_H

#include "state/queue.h"
#include "state/work.h"

struct fs_waiter { /* on `wait` */
    struct fs_waiter *next;
    struct fs_work *work;
    uint64_t seq;
};

/* Ends the work when completed >= seq, or with the first error up to it. */
int fs_queue_wait(struct fs_queue *queue, uint64_t seq, struct fs_work *work);
void fs_queue_end_waiters(struct fs_queue *queue); /* those whose time has come */

#endif
