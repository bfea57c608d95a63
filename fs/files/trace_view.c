/*
 * trace_view.c - the record behind trace/ as it was at one moment, in order, and what it tells.
 */
#include "files/trace_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
            if (fs_trace_has_sync(record->op))
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
        fs_trace_chunk_unref(view->chunks[i]);
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
