/*
 * restore.h - what the parts that read what save.c wrote have in common. Under the lock.
 */
#ifndef KFDFS_FS_RESTORE_H
#define KFDFS_FS_RESTORE_H

#include "state/batch.h"
#include "state/pool.h"
#include "text/stream.h"

struct fs_restore {
    struct fs_world *world;
    struct fs_stream *in;
    const struct fs_handover *handover;
    struct {
        uint64_t serial;
        struct fs_object *object;
    } * known;
    size_t n_known, capacity;
    struct fs_entry **nameless; /* that lose their name in the end */
    char **names;
    size_t n_nameless;
    bool *was_lost;      /* by GPU */
    unsigned *wiped;     /* by GPU: buffers whose bytes a reset took */
    const char *version; /* of the image before */
    bool failed;
};

struct fs_saved_object {
    uint64_t serial;
    const char *name;
    struct timespec made, changed;
};

struct fs_saved_memory {
    uint64_t va, window, n;
    struct gpu_piece *pieces;
};

/* restore_objects.c */
struct fs_saved_object fs_restore_object(struct fs_stream *in);
/* The object is the one that was saved. */
void fs_restore_settle(struct fs_restore *restore, struct fs_object *object,
                       const struct fs_saved_object *saved);
/* Once all are settled: for the next. */
void fs_restore_sort(struct fs_restore *restore);
struct fs_object *fs_restore_known(const struct fs_restore *restore, uint64_t serial); /* NULL: no such */
/* A line in `errors`: what cannot be had again. With the text of the last error. */
void fs_restore_complain(struct fs_restore *restore, const char *path, const char *what);

/* restore_buffers.c */
bool fs_restore_get_memory(struct fs_stream *in, struct fs_saved_memory *saved); /* false: there is none */
void fs_restore_drop_memory(struct fs_saved_memory *saved);
/* Ends the saved memory. With its GPU, or else for the CPU alone; NULL: not even that. */
struct gpu_buffer *fs_restore_memory(struct fs_gpu *gpu, enum gpu_pool pool, const char *name,
                                     struct fs_saved_memory *saved);
/* root: it is there already; else it is made in dir. name: instead of its own, which is in *own_name. */
struct fs_entry *fs_restore_entry(struct fs_restore *restore, struct fs_entry *root, struct fs_entry *dir,
                                  const char *name, const char **own_name);
/* Buffers without a name get one, which they lose in the end. */
void fs_restore_nameless(struct fs_restore *restore);
void fs_restore_unlink(struct fs_restore *restore);

/* The GPU is lost: what it did not take back, and why (the text of the last error). */
void fs_restore_give_up(struct fs_gpu *gpu, const char *what);

/* restore_losses.c: what a reset has taken. Gives the lock back meanwhile. */
void fs_restore_losses(struct fs_restore *restore);

/* restore_code.c */
struct fs_batch *fs_restore_row(struct fs_stream *in); /* of one command that has ended. NULL: no memory */
void fs_restore_queue(struct fs_restore *restore, struct fs_gpu *gpu);
void fs_restore_code(struct fs_restore *restore, struct fs_gpu *gpu);

#endif
