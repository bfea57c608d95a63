/*
 * work.h - what somebody waits for: one write to a command file, or one job of kfdfs itself. It may span
 * batches of several queues. Under the lock.
 */
#ifndef KFDFS_FS_WORK_H
#define KFDFS_FS_WORK_H

#include "state/request.h"

struct fs_queue;

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
void fs_work_begin(struct fs_work *work); /* one part more is under way */
/* That request is answered when the work ends; to be kept by the caller if it does not end at once. */
void fs_work_answers(struct fs_work *work, struct fs_request *request);
/* A line in `errors` that quotes what was written. */
void fs_work_complain(const struct fs_work *work, pid_t pid, int error, const char *sentence);
/* One part has ended. The last one answers the request or calls finished(). */
void fs_work_end(struct fs_work *work, int error, const char *text);

#endif
