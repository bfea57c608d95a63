/* restore_objects.h - which object of the next image is the one that was saved. Under the lock. */
#ifndef KFDFS_FS_RESTORE_OBJECTS_H
#define KFDFS_FS_RESTORE_OBJECTS_H

#include "handover/left.h"
#include "state/pool.h"

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

struct fs_saved_object fs_restore_object(struct fs_stream *in);
/* The object is the one that was saved. */
void fs_restore_settle(struct fs_restore *restore, struct fs_object *object,
                       const struct fs_saved_object *saved);
/* Once all are settled: for the next. */
void fs_restore_sort(struct fs_restore *restore);
struct fs_object *fs_restore_known(const struct fs_restore *restore, uint64_t serial); /* NULL: no such */
/* A line in `errors`: what cannot be had again. With the text of the last error. */
void fs_restore_complain(struct fs_restore *restore, const char *path, const char *what);

#endif
