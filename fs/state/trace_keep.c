/*
 * trace_keep.c - the record of trace/ written down, and read back by the next image: chunks as they are.
 */
#include "state/trace_keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void save_chunk(const struct fs_trace_chunk *chunk, struct fs_text *out)
{
    fs_put(out, chunk->number);
    fs_put(out, chunk->marks);
    fs_put_bytes(out, chunk->records, chunk->n * sizeof *chunk->records);
    fs_put_bytes(out, (const char *)chunk + chunk->text, FS_TRACE_CHUNK - chunk->text);
}

void fs_trace_save(const struct fs_trace *trace, struct fs_text *out)
{
    fs_put(out, trace->enabled);
    fs_put(out, trace->chunks_made);
    fs_put(out, trace->dropped);
    fs_put(out, trace->started_ns);
    fs_put(out, trace->next_order);
    fs_put_bytes(out, trace->tracks, trace->n_tracks * sizeof *trace->tracks);
    for (const struct fs_trace_chunk *chunk = trace->first; chunk; chunk = chunk->next) {
        fs_put(out, true);
        save_chunk(chunk, out);
    }
    fs_put(out, false);
}

/* NULL: no memory, or damaged. */
static struct fs_trace_chunk *restore_chunk(struct fs_stream *in)
{
    size_t records_bytes, text_bytes;
    uint64_t number = fs_get(in), marks = fs_get(in);
    const char *records = fs_get_bytes(in, &records_bytes), *text = fs_get_bytes(in, &text_bytes);
    struct fs_trace_chunk *chunk = malloc(FS_TRACE_CHUNK);
    in->failed |= sizeof *chunk + records_bytes + text_bytes > FS_TRACE_CHUNK;
    if (!chunk || in->failed) {
        free(chunk);
        return NULL;
    }
    *chunk = (struct fs_trace_chunk){.refs = 1,
                                     .number = number,
                                     .n = (unsigned)(records_bytes / sizeof *chunk->records),
                                     .marks = (unsigned)marks,
                                     .text = (uint32_t)(FS_TRACE_CHUNK - text_bytes)};
    memcpy(chunk->records, records, records_bytes);
    memcpy((char *)chunk + chunk->text, text, text_bytes);
    return chunk;
}

static bool restore_tracks(struct fs_trace *trace, struct fs_stream *in)
{
    size_t bytes;
    const char *tracks = fs_get_bytes(in, &bytes);
    trace->tracks = malloc(bytes + 1);
    if (!trace->tracks)
        return false;
    memcpy(trace->tracks, tracks, bytes);
    trace->n_tracks = (unsigned)(bytes / sizeof *trace->tracks);
    return true;
}

int fs_trace_restore(struct fs_trace *trace, struct fs_stream *in)
{
    bool enabled = fs_get(in), whole;
    trace->chunks_made = fs_get(in);
    trace->dropped = fs_get(in);
    trace->started_ns = fs_get(in);
    trace->next_order = (unsigned)fs_get(in);
    whole = restore_tracks(trace, in);
    while (fs_get(in)) {
        struct fs_trace_chunk *chunk = restore_chunk(in);
        whole &= chunk != NULL;
        if (!chunk)
            continue;
        if (trace->last)
            trace->last->next = chunk;
        else
            trace->first = chunk;
        trace->last = chunk;
        trace->n_chunks++;
    }
    if (!whole)
        fs_trace_free(trace);
    if (!whole && enabled)
        fs_trace_start(trace);
    trace->enabled = enabled;
    return whole ? 0 : gpu_err(-ENOMEM, "no memory for the record of trace/");
}
