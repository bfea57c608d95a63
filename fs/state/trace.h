/*
 * trace.h - what the queues did, recorded for trace/, up to a bound. Under the world's lock.
 */
#ifndef KFDFS_FS_TRACE_H
#define KFDFS_FS_TRACE_H

#include <gpu.h>

#include "text/text.h"

enum {
    FS_TRACE_BYTES = 16 << 20, /* of records and their text: about 200,000 short commands */
    FS_TRACE_CHUNK = 1 << 20,
    FS_TRACE_TEXT = 240, /* of a command's text, the rest is cut */
    FS_TRACE_TRACKS = 4096,
};

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

struct fs_trace_queue { /* whose command it was */
    uint64_t serial;
    unsigned gpu;
    enum gpu_queue_kind kind;
    const char *name;
    unsigned *track; /* the queue's place for its number here */
};
struct fs_trace_command {
    uint64_t submit_ns, start_ns, end_ns, bytes, seq;
    int error;
    uint8_t op; /* enum gpu_op */
    struct fs_trace_sync sync;
    const char *kernel; /* "" if it is of none */
    const char *text;
    size_t length;
};
/* The end of a command; does nothing unless recording. */
void fs_trace_command(struct fs_trace *trace, const struct fs_trace_queue *queue,
                      const struct fs_trace_command *command);
bool fs_trace_has_sync(unsigned op);
void fs_trace_mark(struct fs_trace *trace, const char *line, size_t length);

/* A view keeps it; under the lock. */
void fs_trace_chunk_unref(struct fs_trace_chunk *chunk);

#endif
