/*
 * timeline_row.c - a queue's row in trace/timeline.svg.
 *
 * Commands wide enough to be seen are boxes with their name. Those that are not are counted into columns of a
 * pixel, whose height is the share of that pixel's time in which the queue was busy; so a picture stays small
 * and true with a hundred thousand commands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "state/queue.h"
#include "files/timeline.h"

#define SMALLEST 2.5 /* pixels of a box of its own */

const char *fs_timeline_class(const struct fs_trace_item *item)
{
    static const char *const kernels[] = {"k0", "k1", "k2", "k3"};
    const char *name;
    unsigned hash = 0;
    if (item->record->error)
        return "fail";
    enum fs_trace_kind kind = fs_trace_kind(item->record);
    if (kind != FS_TRACE_COMPUTE)
        return kind == FS_TRACE_COPY ? "copy" : "sync";
    size_t length = fs_trace_name(item, &name);
    for (size_t i = 0; i < length; i++)
        hash = hash * 31 + (unsigned char)name[i];
    return kernels[hash % 4];
}

static void add_tip(struct fs_text *svg, const struct fs_trace_item *item)
{
    const struct fs_trace_record *record = item->record;
    char time[32], bytes[32], rate[32];
    uint64_t ns = record->end_ns - record->start_ns;
    struct fs_text tip = {0};
    if (record->name_length)
        fs_text_printf(&tip, "%.*s: ", (int)record->name_length, item->name);
    fs_text_printf(&tip, "%.*s (%llu, %s, ran %s", (int)record->text_length, item->text,
                   (unsigned long long)record->seq, fs_errno_name(record->error), fs_say_time(ns, time));
    if (record->bytes)
        fs_text_printf(&tip, ", %s, %s", fs_say_bytes(record->bytes, bytes),
                       fs_say_rate(record->bytes, ns, rate));
    fs_text_add(&tip, ")", 1);
    fs_svg_tip(svg, tip.data ? tip.data : "", tip.length);
    svg->failed |= tip.failed;
    fs_text_free(&tip);
}

/* The name inside of a box, with how long where that fits too. */
static void add_label(struct fs_text *svg, const struct fs_trace_item *item, double x, double y, double width)
{
    const char *name;
    size_t length = fs_trace_name(item, &name);
    char time[32], bytes[32] = "", label[128];
    size_t room = (size_t)((width - 8) / 6.6);
    if (room < 3)
        return;
    if (item->record->bytes)
        fs_say_bytes(item->record->bytes, bytes);
    fs_say_time(item->record->end_ns - item->record->start_ns, time);
    const int shown = (int)(length < 80 ? length : 80);
    int n = snprintf(label, sizeof label, "%.*s%s%s  %s", shown, name, *bytes ? " " : "", bytes, time);
    if ((size_t)n > room)
        n = snprintf(label, sizeof label, "%.*s%s%s", shown, name, *bytes ? " " : "", bytes);
    if ((size_t)n > room)
        snprintf(label, sizeof label, "%.*s%s", (int)(length <= room ? length : room - 1), name,
                 length > room ? "…" : "");
    bool dark = item->record->error || fs_trace_kind(item->record) != FS_TRACE_SYNC;
    fs_svg_words(svg, (struct fs_svg_word){x + 4, y + 13, dark ? "on" : "ink", 's'}, "%s", label);
}

struct columns {
    double busy[FS_TIMELINE_COLUMNS + 1][FS_TRACE_KINDS + 1]; /* parts of the pixel; the last kind: failed */
};

static void count_small(struct columns *columns, double from, double to, unsigned kind)
{
    for (double at = from; at < to || at == from;) {
        unsigned column = (unsigned)(at - FS_TIMELINE_LEFT);
        double end = column + 1 + FS_TIMELINE_LEFT < to ? column + 1 + FS_TIMELINE_LEFT : to;
        if (column > FS_TIMELINE_COLUMNS)
            return;
        columns->busy[column][kind] += end - at > 0 ? end - at : 1e-9; /* even the shortest shows */
        if (end <= at)
            return;
        at = end;
    }
}

static void draw_columns(struct fs_text *svg, const struct columns *columns, double y)
{
    static const char *const classes[] = {"k0", "copy", "sync", "fail"};
    for (unsigned c = 0; c <= FS_TIMELINE_COLUMNS;) {
        unsigned best = 0, n = 1;
        double sum = 0;
        for (unsigned k = 0; k <= FS_TRACE_KINDS; k++) {
            sum += columns->busy[c][k];
            if (columns->busy[c][k] > columns->busy[c][best])
                best = k;
        }
        if (sum <= 0) {
            c++;
            continue;
        }
        unsigned level = sum >= 1 ? 8 : 1 + (unsigned)(sum * 7);
        for (; c + n <= FS_TIMELINE_COLUMNS; n++) { /* join equal neighbours */
            double next = 0;
            unsigned kind = 0;
            for (unsigned k = 0; k <= FS_TRACE_KINDS; k++) {
                next += columns->busy[c + n][k];
                if (columns->busy[c + n][k] > columns->busy[c + n][kind])
                    kind = k;
            }
            if (next <= 0 || kind != best || (next >= 1 ? 8 : 1 + (unsigned)(next * 7)) != level)
                break;
        }
        double height = FS_TIMELINE_BAR * level / 8.0;
        fs_svg_rectangle(svg, FS_TIMELINE_LEFT + c, y + FS_TIMELINE_BAR - height, n, height, classes[best]);
        c += n;
    }
}

int fs_timeline_row(struct fs_timeline *picture, unsigned track)
{
    const struct fs_trace_view *view = picture->view;
    const struct fs_trace_track *about = &view->tracks[track];
    size_t n = view->first[track + 1] - view->first[track];
    struct columns *columns = calloc(1, sizeof *columns);
    if (!columns)
        return -ENOMEM;
    fs_svg_rectangle(picture->svg, FS_TIMELINE_LEFT, picture->y, FS_TIMELINE_COLUMNS, FS_TIMELINE_BAR, "row");
    fs_svg_words(picture->svg, (struct fs_svg_word){FS_TIMELINE_LEFT - 8, picture->y + 13, "", 'e'}, "%.24s",
                 about->name);
    uint64_t busy_ns = 0, bytes = 0;
    for (size_t i = view->first[track]; i < view->first[track + 1]; i++) {
        const struct fs_trace_item *item = &view->items[i];
        const struct fs_trace_record *record = item->record;
        if (!record->start_ns)
            continue;
        double from = fs_timeline_x(picture, record->start_ns), to = fs_timeline_x(picture, record->end_ns);
        enum fs_trace_kind kind = fs_trace_kind(record);
        if (kind != FS_TRACE_SYNC) {
            busy_ns += record->end_ns - record->start_ns;
            bytes += record->bytes;
        }
        if (to - from < SMALLEST) {
            count_small(columns, from, to, record->error ? FS_TRACE_KINDS : kind);
            continue;
        }
        fs_svg_box(picture->svg, from, picture->y, to - from - (to - from > 6 ? 0.5 : 0), FS_TIMELINE_BAR,
                   fs_timeline_class(item));
        add_tip(picture->svg, item);
        fs_svg_close(picture->svg);
        add_label(picture->svg, item, from, picture->y, to - from);
    }
    draw_columns(picture->svg, columns, picture->y);
    char time[32], rate[32];
    bool copies = about->kind == GPU_QUEUE_SDMA && bytes && busy_ns;
    fs_svg_words(picture->svg, (struct fs_svg_word){FS_TIMELINE_RIGHT + 10, picture->y + 13, "small", 's'},
                 "%zu command%s%s%s%s%s", n, n == 1 ? "" : "s", busy_ns ? ", " : "",
                 busy_ns ? fs_say_time(busy_ns, time) : "", copies ? ", " : "",
                 copies ? fs_say_rate(bytes, busy_ns, rate) : "");
    picture->y += FS_TIMELINE_ROW;
    free(columns);
    return 0;
}
