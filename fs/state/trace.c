/*
 * trace.c - the record behind trace/: what each command was, when it ran, and on which queue.
 *
 * Records lie in chunks of 1 MiB, their text at the chunk's other end. Invariant: what is in a chunk never
 * changes and never moves, so a view needs the lock only to count the chunks that it keeps, and is the same
 * however long somebody reads. When the bound is reached the oldest chunk goes and its commands are counted
 * as dropped.
 */
#include "state/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/clock.h"

/* ---- chunks ---- */

void fs_trace_chunk_unref(struct fs_trace_chunk *chunk)
{
    if (!--chunk->refs)
        free(chunk);
}

/* Takes the oldest chunk out of the record. */
static struct fs_trace_chunk *take_first(struct fs_trace *trace)
{
    struct fs_trace_chunk *chunk = trace->first;
    trace->dropped += chunk->n - chunk->marks;
    for (unsigned i = 0; i < trace->n_tracks; i++)
        if (trace->tracks[i].last_chunk <= chunk->number)
            trace->tracks[i].serial = 0;
    trace->first = chunk->next;
    if (!trace->first)
        trace->last = NULL;
    trace->n_chunks--;
    return chunk;
}

/* At the bound the oldest chunk is used again, unless a view keeps it. */
static struct fs_trace_chunk *chunk_add(struct fs_trace *trace)
{
    struct fs_trace_chunk *chunk =
        trace->n_chunks == FS_TRACE_BYTES / FS_TRACE_CHUNK ? take_first(trace) : NULL;
    if (chunk && chunk->refs > 1) {
        fs_trace_chunk_unref(chunk);
        chunk = NULL;
    }
    if (!chunk && !(chunk = malloc(FS_TRACE_CHUNK)))
        return NULL;
    *chunk = (struct fs_trace_chunk){.refs = 1, .number = ++trace->chunks_made, .text = FS_TRACE_CHUNK};
    if (trace->last)
        trace->last->next = chunk;
    else
        trace->first = chunk;
    trace->last = chunk;
    trace->n_chunks++;
    return chunk;
}

/* The chunk that has room for one more record with so much text. NULL: no memory. */
static struct fs_trace_chunk *chunk_for(struct fs_trace *trace, size_t bytes)
{
    struct fs_trace_chunk *chunk = trace->last;
    if (chunk && sizeof *chunk + (chunk->n + 1) * sizeof *chunk->records + bytes <= chunk->text)
        return chunk;
    return chunk_add(trace);
}

/* Room for that much text of the chunk's next record. */
static char *text_take(struct fs_trace_chunk *chunk, size_t bytes)
{
    chunk->text -= (uint32_t)bytes;
    return (char *)chunk + chunk->text;
}

/* ---- recording ---- */

void fs_trace_start(struct fs_trace *trace)
{
    fs_trace_free(trace);
    trace->enabled = true;
    trace->started_ns = fs_now_ns();
}

void fs_trace_stop(struct fs_trace *trace)
{
    trace->enabled = false;
}

void fs_trace_free(struct fs_trace *trace)
{
    for (struct fs_trace_chunk *chunk; (chunk = trace->first);) {
        trace->first = chunk->next;
        fs_trace_chunk_unref(chunk);
    }
    free(trace->tracks);
    *trace = (struct fs_trace){0};
}

static struct fs_trace_track *free_track(struct fs_trace *trace)
{
    for (unsigned i = 0; i < trace->n_tracks; i++)
        if (!trace->tracks[i].serial)
            return &trace->tracks[i];
    if (trace->n_tracks == FS_TRACE_TRACKS)
        return NULL;
    struct fs_trace_track *more = realloc(trace->tracks, (trace->n_tracks + 1) * sizeof *more);
    if (!more)
        return NULL;
    trace->tracks = more;
    return &more[trace->n_tracks++];
}

/* The track of a queue; NULL: there are too many. */
static struct fs_trace_track *track_of(struct fs_trace *trace, const struct fs_trace_queue *queue)
{
    if (*queue->track < trace->n_tracks && trace->tracks[*queue->track].serial == queue->serial)
        return &trace->tracks[*queue->track];
    struct fs_trace_track *track = free_track(trace);
    if (!track)
        return NULL;
    *track = (struct fs_trace_track){
        .serial = queue->serial, .gpu = queue->gpu, .order = trace->next_order++, .kind = queue->kind};
    struct fs_text name = {0};
    fs_text_printf(&name, "%s/", queue->kind == GPU_QUEUE_SDMA ? "sdma" : "compute");
    fs_text_name(&name, queue->name);
    size_t n = name.failed ? 0 : name.length;
    memcpy(track->name, name.data ? name.data : "", n < sizeof track->name ? n : sizeof track->name - 1);
    fs_text_free(&name);
    *queue->track = (unsigned)(track - trace->tracks);
    return track;
}

static size_t at_most(size_t length, size_t limit)
{
    return length < limit ? length : limit;
}

bool fs_trace_has_sync(unsigned op)
{
    return op == GPU_WAIT_QUEUE || op == GPU_WAIT_MEM || op == GPU_SIGNAL;
}

void fs_trace_command(struct fs_trace *trace, const struct fs_trace_queue *queue,
                      const struct fs_trace_command *command)
{
    if (!trace->enabled)
        return;
    size_t names = at_most(strlen(command->kernel), FS_TRACE_TEXT);
    size_t texts = at_most(command->length, FS_TRACE_TEXT);
    size_t syncs = fs_trace_has_sync(command->op) ? sizeof command->sync : 0;
    struct fs_trace_chunk *chunk = chunk_for(trace, syncs + names + texts);
    struct fs_trace_track *track = chunk ? track_of(trace, queue) : NULL;
    if (!track) {
        trace->dropped++;
        return;
    }
    track->last_chunk = chunk->number;
    char *text = text_take(chunk, syncs + names + texts);
    memcpy(text + syncs + names, command->text, texts);
    memcpy(text + syncs, command->kernel, names);
    memcpy(text, &command->sync, syncs);
    struct fs_trace_record *record = &chunk->records[chunk->n++];
    record->submit_ns = command->submit_ns;
    record->start_ns = command->start_ns;
    record->end_ns = command->end_ns;
    record->bytes = command->bytes;
    record->seq = command->seq;
    record->text = chunk->text;
    record->error = (int16_t)command->error;
    record->track = (uint16_t)(track - trace->tracks);
    record->text_length = (uint16_t)texts;
    record->name_length = (uint16_t)names;
    record->op = command->op;
}

void fs_trace_mark(struct fs_trace *trace, const char *line, size_t length)
{
    size_t texts = at_most(length, FS_TRACE_TEXT);
    struct fs_trace_chunk *chunk = trace->enabled ? chunk_for(trace, texts) : NULL;
    uint64_t now = fs_now_ns();
    if (!chunk)
        return;
    memcpy(text_take(chunk, texts), line, texts);
    chunk->marks++;
    chunk->records[chunk->n++] = (struct fs_trace_record){.op = FS_TRACE_MARK,
                                                          .submit_ns = now,
                                                          .start_ns = now,
                                                          .end_ns = now,
                                                          .text = chunk->text,
                                                          .text_length = (uint16_t)texts};
}
