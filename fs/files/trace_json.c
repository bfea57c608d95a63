/*
 * trace_json.c - trace/events.json: the record in the Trace Event Format that Perfetto and chrome://tracing
 * open.
 *
 * A process is a GPU, a thread a queue; complete events (X) are commands, flow events (s, f) lead from what a
 * command waited for to the wait, counters (C) tell the bytes in flight. Invariant: each event has ph, ts,
 * pid and tid; slices of a thread do not overlap, since the driver's times of a queue do not; each flow has
 * both ends. Times are microseconds of CLOCK_MONOTONIC, with three decimals. Source: Google's "Trace Event
 * Format"; tests/trace_check.py does with them what Perfetto's importer does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "state/queue.h"
#include "text/quote.h"
#include "files/trace_files.h"

/* A time as the format wants it. */
#define US        "%llu.%03u"
#define AS_US(ns) (unsigned long long)((ns) / 1000), (unsigned)((ns) % 1000)

static void next_event(struct fs_text *text, char phase, uint64_t ns, unsigned pid, unsigned tid)
{
    fs_text_printf(text, ",\n{\"ph\":\"%c\",\"ts\":" US ",\"pid\":%u,\"tid\":%u", phase, AS_US(ns), pid, tid);
}

static unsigned pid_of(const struct fs_trace_track *track)
{
    return track->gpu + 1;
}

/* Perfetto takes thread 0 of a process for the one that has the process's number, and names threads by their
 * numbers alone (its json_trace_tokenizer.cc, json_trace_parser_impl.cc): no two may be the same. */
static unsigned tid_of(const struct fs_trace_track *track)
{
    enum { FIRST = 1001 };
    return FIRST + track->order;
}

static void quoted(struct fs_text *text, const char *key, const char *bytes, size_t length)
{
    fs_text_printf(text, "\"%s\":\"", key);
    fs_quote_json(text, bytes, length);
    fs_text_add(text, "\"", 1);
}

/* ---- names ---- */

static void name_event(struct fs_text *text, const char *what, unsigned pid, unsigned tid, const char *name)
{
    next_event(text, 'M', 0, pid, tid);
    fs_text_printf(text, ",\"name\":\"%s\",\"args\":{", what);
    quoted(text, "name", name, strlen(name));
    fs_text_add(text, "}}", 2);
}

static void sort_event(struct fs_text *text, const char *what, unsigned pid, unsigned tid, unsigned index)
{
    next_event(text, 'M', 0, pid, tid);
    fs_text_printf(text, ",\"name\":\"%s\",\"args\":{\"sort_index\":%u}}", what, index);
}

static void add_names(struct fs_text *text, const struct fs_world *world, const struct fs_trace_view *view)
{
    for (unsigned i = 0; i < world->n_gpus; i++) {
        const struct gpu_info *info = gpu_info(world->gpus[i].gpu);
        char name[160];
        bool named = strcmp(info->name, info->target) != 0;
        snprintf(name, sizeof name, "gpu%u %s%s%s", i, named ? info->name : "", named ? " " : "",
                 info->target);
        name_event(text, "process_name", i + 1, 0, name);
        sort_event(text, "process_sort_index", i + 1, 0, i);
    }
    for (unsigned i = 0; i < view->n_order; i++) {
        const struct fs_trace_track *track = &view->tracks[view->order[i]];
        name_event(text, "thread_name", pid_of(track), tid_of(track), track->name);
        sort_event(text, "thread_sort_index", pid_of(track), tid_of(track), i);
    }
}

/* ---- slices ---- */

static void add_args(struct fs_text *text, const struct fs_trace_item *item)
{
    const struct fs_trace_record *record = item->record;
    fs_text_printf(text, ",\"args\":{\"seq\":%llu,", (unsigned long long)record->seq);
    if (record->name_length) {
        quoted(text, "kernel", item->name, record->name_length);
        fs_text_add(text, ",", 1);
    }
    quoted(text, "command", item->text, record->text_length);
    fs_text_printf(text, ",\"bytes\":%llu,\"status\":\"%s\",\"submitted_us\":" US "}}",
                   (unsigned long long)record->bytes, fs_errno_name(record->error), AS_US(record->submit_ns));
}

static void add_slice(struct fs_text *text, const struct fs_trace_track *track,
                      const struct fs_trace_item *item)
{
    static const char *const categories[] = {"compute", "copy", "sync"};
    const struct fs_trace_record *record = item->record;
    const char *name;
    size_t length = fs_trace_name(item, &name);
    bool ran = record->start_ns != 0;
    next_event(text, ran ? 'X' : 'i', ran ? record->start_ns : record->submit_ns, pid_of(track),
               tid_of(track));
    if (ran)
        fs_text_printf(text, ",\"dur\":" US, AS_US(record->end_ns - record->start_ns));
    else
        fs_text_printf(text, ",\"s\":\"t\"");
    fs_text_printf(text, ",\"cat\":\"%s\",", categories[fs_trace_kind(record)]);
    quoted(text, "name", name, length);
    add_args(text, item);
}

/* ---- flows: from what was waited for to the wait ---- */

static const struct fs_trace_record *find_seq(const struct fs_trace_view *view, unsigned track, uint64_t seq)
{
    size_t low = view->first[track], high = view->first[track + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->items[middle].record->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == view->first[track + 1] || view->items[low].record->seq != seq)
        return NULL;
    return view->items[low].record;
}

static const struct fs_trace_record *waited_queue(const struct fs_trace_view *view,
                                                  const struct fs_trace_sync *wait)
{
    for (unsigned t = 0; t < view->n_tracks; t++)
        if (view->tracks[t].serial == wait->peer)
            return find_seq(view, t, wait->value);
    return NULL;
}

struct signal {
    struct fs_trace_sync sync;
    const struct fs_trace_record *record;
};

struct signals { /* by address, then time */
    struct signal *signal;
    size_t n;
};

static int compare_signals(const void *a, const void *b)
{
    const struct signal *x = a, *y = b;
    if (x->sync.peer != y->sync.peer)
        return x->sync.peer < y->sync.peer ? -1 : 1;
    return (x->record->start_ns > y->record->start_ns) - (x->record->start_ns < y->record->start_ns);
}

static int find_signals(const struct fs_trace_view *view, struct signals *signals)
{
    size_t n = 0;
    for (size_t i = 0; i < view->n_commands; i++)
        n += view->items[i].record->op == GPU_SIGNAL;
    signals->signal = calloc(n + 1, sizeof *signals->signal);
    if (!signals->signal)
        return -ENOMEM;
    for (size_t i = 0; i < view->n_commands; i++) {
        const struct fs_trace_item *item = &view->items[i];
        if (item->record->op == GPU_SIGNAL && item->record->start_ns)
            signals->signal[signals->n++] = (struct signal){fs_trace_sync(item), item->record};
    }
    qsort(signals->signal, signals->n, sizeof *signals->signal, compare_signals);
    return 0;
}

static bool satisfies(const struct fs_trace_sync *wait, uint64_t value)
{
    uint64_t seen = value & wait->mask, wanted = wait->value;
    switch (wait->compare) {
    case GPU_EQ:
        return seen == wanted;
    case GPU_NE:
        return seen != wanted;
    case GPU_LT:
        return seen < wanted;
    case GPU_LE:
        return seen <= wanted;
    case GPU_GT:
        return seen > wanted;
    default:
        return seen >= wanted;
    }
}

/* The last signal of that address, begun before the wait ended, whose value lets it go. */
static const struct fs_trace_record *waited_signal(const struct signals *signals,
                                                   const struct fs_trace_sync *wait, uint64_t end_ns)
{
    size_t low = 0, high = signals->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct signal *signal = &signals->signal[middle];
        if (signal->sync.peer < wait->peer ||
            (signal->sync.peer == wait->peer && signal->record->start_ns <= end_ns))
            low = middle + 1;
        else
            high = middle;
    }
    while (low-- && signals->signal[low].sync.peer == wait->peer)
        if (satisfies(wait, signals->signal[low].sync.value))
            return signals->signal[low].record;
    return NULL;
}

/* A moment inside of a slice, as late as can be; viewers bind a flow to the slice that is there then. */
static uint64_t last_moment(const struct fs_trace_record *record)
{
    return record->end_ns > record->start_ns ? record->end_ns - 1 : record->end_ns;
}

static void add_flow(struct fs_text *text, const struct fs_trace_view *view,
                     const struct fs_trace_record *from, const struct fs_trace_record *to, unsigned *id)
{
    const struct fs_trace_track *source = &view->tracks[from->track], *target = &view->tracks[to->track];
    uint64_t start = last_moment(from), end = last_moment(to);
    if (start > end) /* clocks of two GPUs agree to within their stated error only */
        start = from->start_ns;
    if (!from->start_ns || !to->start_ns || start > end)
        return;
    next_event(text, 's', start, pid_of(source), tid_of(source));
    fs_text_printf(text, ",\"id\":%u,\"cat\":\"wait\",\"name\":\"wait\"}", ++*id);
    next_event(text, 'f', end, pid_of(target), tid_of(target));
    fs_text_printf(text, ",\"id\":%u,\"cat\":\"wait\",\"name\":\"wait\",\"bp\":\"e\"}", *id);
}

static int add_flows(struct fs_text *text, const struct fs_trace_view *view)
{
    struct signals signals = {0};
    unsigned id = 0;
    int r = find_signals(view, &signals);
    for (size_t i = 0; !r && i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record, *from = NULL;
        if (record->op != GPU_WAIT_QUEUE && record->op != GPU_WAIT_MEM)
            continue;
        struct fs_trace_sync wait = fs_trace_sync(&view->items[i]);
        from = record->op == GPU_WAIT_QUEUE ? waited_queue(view, &wait)
                                            : waited_signal(&signals, &wait, record->end_ns);
        if (from)
            add_flow(text, view, from, record, &id);
    }
    free(signals.signal);
    return r;
}

/* ---- counters: bytes of the commands that are submitted and not done ---- */

struct step {
    uint64_t ns;
    int64_t bytes;
    unsigned gpu;
};

static int compare_steps(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    if (x->gpu != y->gpu)
        return x->gpu < y->gpu ? -1 : 1;
    return (x->ns > y->ns) - (x->ns < y->ns);
}

static size_t collect_steps(const struct fs_trace_view *view, struct step *steps)
{
    size_t n = 0;
    for (size_t i = 0; i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record;
        unsigned gpu = view->tracks[record->track].gpu;
        uint64_t begin = record->submit_ns < record->start_ns ? record->submit_ns : record->start_ns;
        if (!record->bytes || !record->start_ns)
            continue;
        steps[n++] = (struct step){begin, (int64_t)record->bytes, gpu};
        steps[n++] = (struct step){record->end_ns, -(int64_t)record->bytes, gpu};
    }
    return n;
}

static int add_counters(struct fs_text *text, const struct fs_trace_view *view)
{
    struct step *steps = calloc(view->n_commands + 1, 2 * sizeof *steps);
    if (!steps)
        return -ENOMEM;
    size_t n = collect_steps(view, steps);
    qsort(steps, n, sizeof *steps, compare_steps);
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += steps[i].bytes;
        if (i + 1 < n && steps[i + 1].gpu == steps[i].gpu && steps[i + 1].ns == steps[i].ns)
            continue; /* one value for a moment */
        next_event(text, 'C', steps[i].ns, steps[i].gpu + 1, 0);
        fs_text_printf(text, ",\"name\":\"bytes in flight\",\"args\":{\"bytes\":%lld}}", (long long)sum);
    }
    free(steps);
    return 0;
}

/* ---- all of it ---- */

static void add_markers(struct fs_text *text, const struct fs_trace_view *view)
{
    for (size_t i = view->n_commands; i < view->n; i++) {
        const struct fs_trace_item *item = &view->items[i];
        next_event(text, 'i', item->record->start_ns, 0, 0);
        fs_text_printf(text, ",\"s\":\"g\",\"cat\":\"marker\",");
        quoted(text, "name", item->text, item->record->text_length);
        fs_text_add(text, "}", 1);
    }
}

static void add_head(struct fs_text *text, const struct fs_world *world, const struct fs_trace_view *view)
{
    fs_text_printf(text,
                   "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"writer\":\"kfdfs %s\","
                   "\"clock\":\"CLOCK_MONOTONIC\",\"recording\":%s,\"commands\":%zu,\"dropped\":%llu",
                   KFDFS_VERSION, view->enabled ? "true" : "false", view->n_commands,
                   (unsigned long long)view->dropped);
    for (unsigned i = 0; i < world->n_gpus; i++)
        fs_text_printf(text, ",\"gpu%u_clock_error_ns\":%llu", i,
                       (unsigned long long)gpu_clock_error_ns(world->gpus[i].gpu));
    fs_text_printf(text, "},\n\"traceEvents\":[\n");
}

void fs_trace_json(struct fs_object *root, struct fs_text *text)
{
    struct fs_world *world = root->world;
    struct fs_trace_view view;
    if (fs_trace_view(world, &view)) {
        text->failed = true;
        return;
    }
    add_head(text, world, &view);
    fs_text_printf(text, "{\"ph\":\"M\",\"ts\":0,\"pid\":0,\"tid\":0,\"name\":\"process_name\","
                         "\"args\":{\"name\":\"markers\"}}");
    add_names(text, world, &view);
    for (size_t i = 0; i < view.n_commands; i++)
        add_slice(text, &view.tracks[view.items[i].record->track], &view.items[i]);
    int r = add_flows(text, &view);
    if (!r)
        r = add_counters(text, &view);
    add_markers(text, &view);
    fs_text_printf(text, "\n]}\n");
    if (r)
        text->failed = true;
    fs_trace_view_free(world, &view);
}
