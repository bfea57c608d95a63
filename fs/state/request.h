/*
 * request.h - requests of the kernel that are answered now or kept until their work is done.
 *
 * A kept request is owned by one pointer of whoever does the work. When the wait ends early (a signal, the
 * time limit) that pointer is cleared and the request answered; the work goes on.
 */
#ifndef KFDFS_FS_REQUEST_H
#define KFDFS_FS_REQUEST_H

#include <stdatomic.h>

#include "state/world.h"

struct fs_replies {                                                             /* by the front */
    void (*result)(struct fs_request *request, ssize_t result);                 /* frees the request */
    void (*data)(struct fs_request *request, const void *bytes, size_t length); /* frees the request */
    void (*watch)(struct fs_request *request, void (*interrupted)(struct fs_request *)); /* NULL: no more */
    char *(*path)(
        const struct fs_request *request); /* what it is about, for `errors`; free() it. NULL: no memory */
};

struct fs_request {
    struct fs_later later;
    struct fs_world *world;
    const struct fs_replies *replies;
    void *handle;
    pid_t pid;
    uid_t uid;
    gid_t gid;
    struct fs_node *node;
    struct fs_file *file;
    ssize_t result;
    void *data;                               /* the answer's bytes, result of them; freed with the request */
    struct fs_request **owner, *next, **link; /* while kept */
    uint64_t deadline_ns;
    void (*on_interrupt)(struct fs_request *request); /* of replies->watch() */
    _Atomic bool interrupted;
    bool kept;
    /* The wait ends before what it waits for, as long as it is kept: says so. NULL: a line in `errors` will
     * do. */
    void (*cut_short)(struct fs_request *request, int error, const char *sentence);
    void *waits_for; /* of cut_short */
};

struct fs_source { /* bytes that the kernel brought */
    size_t bytes;
    int (*copy)(struct fs_source *source, void *to); /* all of them, once; 0 or a negative errno */
    void *handle;
};

/* Answers at once. Not under the lock, and not a kept one. */
void fs_answer(struct fs_request *request, ssize_t result);
void fs_answer_data(struct fs_request *request, const void *bytes, size_t length);
/* Answers with that error and leaves gpu_err_text() in `errors`. Not under the lock, and not a kept one. */
void fs_answer_error(struct fs_request *request, int error);

/* The following two under the lock. Keeps *owner, which points at a request. */
void fs_keep(struct fs_request **owner);
/* Answers *owner, once unlocked, and clears it; nothing if it is NULL. Whether kept or not. */
void fs_finish(struct fs_request **owner, ssize_t result);
/* The same with bytes, which are copied. */
void fs_finish_data(struct fs_request **owner, const void *bytes, size_t length);
/* The same for an error, which leaves gpu_err_text() in `errors`. */
void fs_refuse(struct fs_request **owner, int error);

/* The thread that looks after interrupted waits and time limits; started by the first of them. */
void fs_requests_stop(struct fs_world *world);

#endif
