/*
 * trace_view.h - a view of what the queues did, which stays as it is: taken with the world's lock, read
 * without it.
 */
#ifndef KFDFS_FS_TRACE_VIEW_H
#define KFDFS_FS_TRACE_VIEW_H

#include "state/world.h"

/* What a command kept a part of the GPU busy with. */
enum fs_trace_kind { FS_TRACE_COMPUTE, FS_TRACE_COPY, FS_TRACE_SYNC, FS_TRACE_KINDS };

struct fs_trace_item { /* of a view */
    const struct fs_trace_record *record;
    const char *text, *name; /* neither ends in NUL; the record has their lengths */
};

struct fs_trace_view {
    struct fs_trace_item *items; /* grouped by track, in the order of the queue; markers at the end */
    size_t n, n_commands;
    struct fs_trace_track *tracks; /* as in the trace, by the records' numbers */
    unsigned n_tracks;
    unsigned *order; /* numbers of the used tracks as people want them: by GPU, compute first */
    unsigned n_order;
    size_t *first; /* of a track: its first item; its last is before first[track + 1] */
    bool enabled;
    uint64_t dropped, started_ns;
    uint64_t from_ns, to_ns; /* of all that ran */
    struct fs_trace_chunk **chunks;
    unsigned n_chunks;
};

/* Not under the lock. -ENOMEM. */
int fs_trace_view(struct fs_world *world, struct fs_trace_view *view);
void fs_trace_view_free(struct fs_world *world, struct fs_trace_view *view);

/* Of an item of those three kinds. */
struct fs_trace_sync fs_trace_sync(const struct fs_trace_item *item);
enum fs_trace_kind fs_trace_kind(const struct fs_trace_record *record);
/* Up to size bytes of an item's short name: the kernel, else the verb. Returns its length. */
size_t fs_trace_name(const struct fs_trace_item *item, const char **name);

struct fs_trace_busy { /* of one GPU */
    uint64_t wall_ns, compute_ns, copy_ns, overlap_ns;
    uint64_t commands;
};
/* How long something of that GPU was busy with either, and with both at once. -ENOMEM. */
int fs_trace_busy(const struct fs_trace_view *view, unsigned gpu, struct fs_trace_busy *out);

#endif
