/*
 * trace.h - what the queues did, recorded for trace/: a bounded record, and a view of it that stays as it is.
 *
 * Recording is called under the world's lock. A view is taken with the lock and read without it.
 */
#ifndef KFDFS_FS_TRACE_H
#define KFDFS_FS_TRACE_H

#include <gpu.h>

#include "text/text.h"

struct fs_batch;
struct fs_log_row;
struct fs_stream;
struct fs_world;

enum {
    FS_TRACE_BYTES = 16 << 20, /* of records and their text: about 200,000 short commands */
    FS_TRACE_CHUNK = 1 << 20,
    FS_TRACE_TEXT = 240, /* of a command's text, the rest is cut */
    FS_TRACE_TRACKS = 4096,
};

/* What a command kept a part of the GPU busy with. */
enum fs_trace_kind { FS_TRACE_COMPUTE, FS_TRACE_COPY, FS_TRACE_SYNC, FS_TRACE_KINDS };

struct fs_trace_record {                  /* small: what it costs is memory written */
    uint64_t submit_ns, start_ns, end_ns; /* start 0: it never ran */
    uint64_t bytes, seq;
    uint32_t text; /* offset in its chunk */
    int16_t error;
    uint16_t track, text_length, name_length;
    uint8_t op; /* enum gpu_op, or FS_TRACE_MARK */
};

struct fs_trace_chunk {
    struct fs_trace_chunk *next;
    unsigned refs; /* under the lock: the trace's and the views' */
    uint64_t number;
    unsigned n, marks;
    uint32_t text; /* where the text begins; it grows down */
    struct fs_trace_record records[];
};

struct fs_trace_sync { /* of wait, wait-mem and signal: what flows are drawn from */
    uint64_t peer;     /* wait: serial of the queue that it waits for; else the address */
    uint64_t value;    /* wait: the number; else the value */
    uint64_t mask;     /* wait-mem */
    enum gpu_compare compare;
};
enum { FS_TRACE_MARK = 255 };

struct fs_trace_track {  /* a queue */
    uint64_t serial;     /* of its object; 0: free */
    uint64_t last_chunk; /* the newest that has a record of it */
    unsigned gpu, order; /* order: among all tracks */
    enum gpu_queue_kind kind;
    char name[64]; /* "sdma/0" */
};

struct fs_trace {
    bool enabled;
    struct fs_trace_chunk *first, *last;
    unsigned n_chunks;
    uint64_t chunks_made;
    uint64_t dropped; /* commands that are no longer, or not, in the record */
    uint64_t started_ns;
    unsigned n_tracks, next_order;
    struct fs_trace_track *tracks;
};

void fs_trace_start(struct fs_trace *trace); /* clears the record */
void fs_trace_stop(struct fs_trace *trace);  /* keeps it */
void fs_trace_free(struct fs_trace *trace);
/* The end of a command; does nothing unless recording. */
void fs_trace_command(struct fs_trace *trace, const struct fs_batch *batch, const struct fs_log_row *row);
void fs_trace_mark(struct fs_trace *trace, const char *line, size_t length);

/* trace_keep.c: over to the next image. */
void fs_trace_save(const struct fs_trace *trace, struct fs_text *out);
int fs_trace_restore(struct fs_trace *trace,
                     struct fs_stream *in); /* of an empty one; -ENOMEM: it stays so */

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
