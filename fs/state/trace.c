/*
 * trace.c - the record behind trace/.
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

#include "state/loaded.h"
#include "state/queue.h"

/* ---- chunks ---- */

static void chunk_unref(struct fs_trace_chunk *chunk)
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
        chunk_unref(chunk);
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
        chunk_unref(chunk);
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
static struct fs_trace_track *track_of(struct fs_trace *trace, struct fs_queue *queue)
{
    if (queue->track < trace->n_tracks && trace->tracks[queue->track].serial == queue->object.serial)
        return &trace->tracks[queue->track];
    struct fs_trace_track *track = free_track(trace);
    if (!track)
        return NULL;
    *track = (struct fs_trace_track){.serial = queue->object.serial,
                                     .gpu = queue->gpu->index,
                                     .order = trace->next_order++,
                                     .kind = queue->kind};
    struct fs_text name = {0};
    fs_text_printf(&name, "%s/", queue->kind == GPU_QUEUE_SDMA ? "sdma" : "compute");
    fs_text_name(&name, queue->object.name);
    size_t n = name.failed ? 0 : name.length;
    memcpy(track->name, name.data ? name.data : "", n < sizeof track->name ? n : sizeof track->name - 1);
    fs_text_free(&name);
    queue->track = (unsigned)(track - trace->tracks);
    return track;
}

static size_t at_most(size_t length, size_t limit)
{
    return length < limit ? length : limit;
}

static bool has_sync(unsigned op)
{
    return op == GPU_WAIT_QUEUE || op == GPU_WAIT_MEM || op == GPU_SIGNAL;
}

static void add_command(struct fs_trace *trace, const struct fs_batch *batch, const struct fs_log_row *row)
{
    const char *name = row->kernel ? row->kernel->object.name : "";
    size_t names = row->kernel ? at_most(strlen(name), FS_TRACE_TEXT) : 0;
    size_t texts = at_most(row->length, FS_TRACE_TEXT);
    size_t syncs = has_sync(row->op) ? sizeof(struct fs_trace_sync) : 0;
    struct fs_trace_chunk *chunk = chunk_for(trace, syncs + names + texts);
    struct fs_trace_track *track = chunk ? track_of(trace, batch->queue) : NULL;
    if (!track) {
        trace->dropped++;
        return;
    }
    track->last_chunk = chunk->number;
    char *text = text_take(chunk, syncs + names + texts);
    memcpy(text + syncs + names, row->text, texts);
    if (names)
        memcpy(text + syncs, name, names);
    if (syncs)
        memcpy(text, &(struct fs_trace_sync){row->peer, row->value, row->mask, row->compare}, syncs);
    struct fs_trace_record *record = &chunk->records[chunk->n++];
    record->submit_ns = batch->submitted_ns;
    record->start_ns = row->start_ns;
    record->end_ns = row->end_ns;
    record->bytes = row->bytes;
    record->seq = row->seq;
    record->text = chunk->text;
    record->error = (int16_t)row->error;
    record->track = (uint16_t)(track - trace->tracks);
    record->text_length = (uint16_t)texts;
    record->name_length = (uint16_t)names;
    record->op = (uint8_t)row->op;
}

void fs_trace_command(struct fs_trace *trace, const struct fs_batch *batch, const struct fs_log_row *row)
{
    if (trace->enabled)
        add_command(trace, batch, row);
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

/* ---- a view ---- */

/* Under the lock: keeps the chunks and copies what may change. *counts: records that were there. */
static int take(const struct fs_trace *trace, struct fs_trace_view *view, unsigned **counts)
{
    view->chunks = calloc(trace->n_chunks + 1, sizeof(struct fs_trace_chunk *));
    view->tracks = calloc(trace->n_tracks + 1, sizeof *view->tracks);
    *counts = calloc(trace->n_chunks + 1, sizeof **counts);
    if (!view->chunks || !view->tracks || !*counts)
        return -ENOMEM;
    for (struct fs_trace_chunk *chunk = trace->first; chunk; chunk = chunk->next) {
        chunk->refs++;
        (*counts)[view->n_chunks] = chunk->n;
        view->n += chunk->n;
        view->chunks[view->n_chunks++] = chunk;
    }
    if (trace->n_tracks)
        memcpy(view->tracks, trace->tracks, trace->n_tracks * sizeof *view->tracks);
    view->n_tracks = trace->n_tracks;
    view->enabled = trace->enabled;
    view->dropped = trace->dropped;
    view->started_ns = trace->started_ns;
    return 0;
}

static void widen(struct fs_trace_view *view, const struct fs_trace_record *record)
{
    if (!record->start_ns)
        return;
    if (!view->to_ns || record->start_ns < view->from_ns)
        view->from_ns = record->start_ns;
    if (record->end_ns > view->to_ns)
        view->to_ns = record->end_ns;
}

/* Where an item goes: behind all tracks for a marker. */
static unsigned group_of(const struct fs_trace_view *view, const struct fs_trace_record *record)
{
    return record->op == FS_TRACE_MARK ? view->n_tracks : record->track;
}

/* Counting sort by track: chunks are in time's order, and so stays each track. */
static void sort_items(struct fs_trace_view *view, const unsigned *counts, size_t *at)
{
    for (unsigned c = 0; c < view->n_chunks; c++)
        for (unsigned i = 0; i < counts[c]; i++)
            view->first[group_of(view, &view->chunks[c]->records[i]) + 1]++;
    for (unsigned t = 0; t <= view->n_tracks; t++) {
        view->first[t + 1] += view->first[t];
        at[t] = view->first[t];
    }
    for (unsigned c = 0; c < view->n_chunks; c++) {
        const struct fs_trace_chunk *chunk = view->chunks[c];
        for (unsigned i = 0; i < counts[c]; i++) {
            const struct fs_trace_record *record = &chunk->records[i];
            const char *text = (const char *)chunk + record->text;
            if (has_sync(record->op))
                text += sizeof(struct fs_trace_sync);
            view->items[at[group_of(view, record)]++] =
                (struct fs_trace_item){.record = record, .name = text, .text = text + record->name_length};
            widen(view, record);
        }
    }
    view->n_commands = view->first[view->n_tracks];
}

static int compare_tracks(const void *a, const void *b, void *ctx)
{
    const struct fs_trace_track *x = (const struct fs_trace_track *)ctx + *(const unsigned *)a;
    const struct fs_trace_track *y = (const struct fs_trace_track *)ctx + *(const unsigned *)b;
    if (x->gpu != y->gpu)
        return x->gpu < y->gpu ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind == GPU_QUEUE_COMPUTE ? -1 : 1;
    int names = strverscmp(x->name, y->name);
    return names ? names : x->order < y->order ? -1 : 1;
}

static void order_tracks(struct fs_trace_view *view)
{
    for (unsigned t = 0; t < view->n_tracks; t++)
        if (view->first[t + 1] > view->first[t])
            view->order[view->n_order++] = t;
    qsort_r(view->order, view->n_order, sizeof *view->order, compare_tracks, view->tracks);
}

int fs_trace_view(struct fs_world *world, struct fs_trace_view *view)
{
    unsigned *counts = NULL;
    *view = (struct fs_trace_view){0};
    fs_lock(world);
    int r = take(&world->trace, view, &counts);
    fs_unlock(world);
    size_t *at = calloc(view->n_tracks + 1, sizeof *at);
    view->items = calloc(view->n + 1, sizeof *view->items);
    view->first = calloc(view->n_tracks + 2, sizeof *view->first);
    view->order = calloc(view->n_tracks + 1, sizeof *view->order);
    if (!r && at && view->items && view->first && view->order) {
        sort_items(view, counts, at);
        order_tracks(view);
    } else {
        r = -ENOMEM;
        fs_trace_view_free(world, view);
    }
    free(at);
    free(counts);
    return r;
}

void fs_trace_view_free(struct fs_world *world, struct fs_trace_view *view)
{
    fs_lock(world);
    for (unsigned i = 0; i < view->n_chunks; i++)
        chunk_unref(view->chunks[i]);
    fs_unlock(world);
    free(view->chunks);
    free(view->tracks);
    free(view->items);
    free(view->first);
    free(view->order);
    *view = (struct fs_trace_view){0};
}

/* ---- what records mean ---- */

struct fs_trace_sync fs_trace_sync(const struct fs_trace_item *item)
{
    struct fs_trace_sync sync;
    memcpy(&sync, item->name - sizeof sync, sizeof sync);
    return sync;
}

enum fs_trace_kind fs_trace_kind(const struct fs_trace_record *record)
{
    switch (record->op) {
    case GPU_DISPATCH:
        return FS_TRACE_COMPUTE;
    case GPU_COPY:
    case GPU_FILL:
    case GPU_WRITE:
    case GPU_ATOMIC:
        return FS_TRACE_COPY;
    default:
        return FS_TRACE_SYNC;
    }
}

size_t fs_trace_name(const struct fs_trace_item *item, const char **name)
{
    if (item->record->name_length) {
        *name = item->name;
        return item->record->name_length;
    }
    const char *at = item->text, *end = at + item->record->text_length;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    *name = at;
    while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
        at++;
    return (size_t)(at - *name);
}

/* ---- how busy ---- */

struct span {
    uint64_t from, to;
};

struct spans {
    struct span *span;
    size_t n;
};

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Sorts and joins them; returns how much they cover. */
static uint64_t spans_unite(struct spans *spans)
{
    uint64_t sum = 0;
    size_t n = 0;
    qsort(spans->span, spans->n, sizeof *spans->span, compare_spans);
    for (size_t i = 0; i < spans->n; i++) {
        struct span *last = n ? &spans->span[n - 1] : NULL;
        if (last && spans->span[i].from <= last->to) {
            if (spans->span[i].to > last->to)
                last->to = spans->span[i].to;
        } else {
            spans->span[n++] = spans->span[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        sum += spans->span[i].to - spans->span[i].from;
    spans->n = n;
    return sum;
}

/* Of two united ones. */
static uint64_t spans_common(const struct spans *a, const struct spans *b)
{
    uint64_t sum = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        uint64_t from = a->span[i].from > b->span[k].from ? a->span[i].from : b->span[k].from;
        uint64_t to = a->span[i].to < b->span[k].to ? a->span[i].to : b->span[k].to;
        if (from < to)
            sum += to - from;
        if (a->span[i].to < b->span[k].to)
            i++;
        else
            k++;
    }
    return sum;
}

int fs_trace_busy(const struct fs_trace_view *view, unsigned gpu, struct fs_trace_busy *out)
{
    struct spans spans[FS_TRACE_KINDS] = {0};
    struct span wall = {UINT64_MAX, 0};
    struct span *all = calloc(view->n_commands + 1, 2 * sizeof *all);
    if (!all)
        return -ENOMEM;
    *out = (struct fs_trace_busy){0};
    spans[FS_TRACE_COMPUTE].span = all;
    spans[FS_TRACE_COPY].span = all + view->n_commands;
    for (size_t i = 0; i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record;
        enum fs_trace_kind kind = fs_trace_kind(record);
        if (view->tracks[record->track].gpu != gpu)
            continue;
        out->commands++;
        if (!record->start_ns || kind == FS_TRACE_SYNC)
            continue;
        spans[kind].span[spans[kind].n++] = (struct span){record->start_ns, record->end_ns};
        if (record->start_ns < wall.from)
            wall.from = record->start_ns;
        if (record->end_ns > wall.to)
            wall.to = record->end_ns;
    }
    out->compute_ns = spans_unite(&spans[FS_TRACE_COMPUTE]);
    out->copy_ns = spans_unite(&spans[FS_TRACE_COPY]);
    out->overlap_ns = spans_common(&spans[FS_TRACE_COMPUTE], &spans[FS_TRACE_COPY]);
    out->wall_ns = wall.to > wall.from ? wall.to - wall.from : 0;
    free(all);
    return 0;
}
