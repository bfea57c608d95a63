/*
 * timeline_totals.c - where the time went: a table below trace/timeline.svg, of the commands of one name on
 * one GPU, longest first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/timeline.h"

enum { TABLE_ROWS = 10 };

struct total { /* of all commands of one name and kind on one GPU */
    const struct fs_trace_item *item;
    unsigned gpu;
    uint64_t count, ns, bytes, longest_ns;
};

static int compare_items(const void *a, const void *b)
{
    const struct total *x = a, *y = b;
    const char *name_x, *name_y;
    size_t length_x = fs_trace_name(x->item, &name_x), length_y = fs_trace_name(y->item, &name_y);
    if (x->gpu != y->gpu)
        return x->gpu < y->gpu ? -1 : 1;
    int names = memcmp(name_x, name_y, length_x < length_y ? length_x : length_y);
    return names ? names : (length_x > length_y) - (length_x < length_y);
}

static int compare_times(const void *a, const void *b)
{
    const struct total *x = a, *y = b;
    return (x->ns < y->ns) - (x->ns > y->ns);
}

static struct total *sum_up(const struct fs_trace_view *view, size_t *n)
{
    struct total *totals = calloc(view->n_commands + 1, sizeof *totals);
    size_t all = 0, out = 0;
    for (size_t i = 0; totals && i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record;
        uint64_t ns = record->end_ns - record->start_ns;
        if (record->start_ns && fs_trace_kind(record) != FS_TRACE_SYNC)
            totals[all++] =
                (struct total){&view->items[i], view->tracks[record->track].gpu, 1, ns, record->bytes, ns};
    }
    if (all)
        qsort(totals, all, sizeof *totals, compare_items);
    for (size_t i = 0; i < all; i++) {
        if (!out || compare_items(&totals[out - 1], &totals[i])) {
            totals[out++] = totals[i];
            continue;
        }
        struct total *total = &totals[out - 1];
        total->count++;
        total->ns += totals[i].ns;
        total->bytes += totals[i].bytes;
        if (totals[i].longest_ns > total->longest_ns)
            total->longest_ns = totals[i].longest_ns;
    }
    if (out)
        qsort(totals, out, sizeof *totals, compare_times);
    *n = out;
    return totals;
}

static void draw_total(struct fs_timeline *picture, const struct total *total, uint64_t longest)
{
    char time[32], mean[32], most[32], bytes[32], rate[32];
    const char *name;
    size_t length = fs_trace_name(total->item, &name);
    double y = picture->y + 13, bar = 250.0 * (double)total->ns / (double)(longest ? longest : 1);
    fs_svg_words(picture->svg, (struct fs_svg_word){20, y, "", 's'}, "gpu%u  %.*s%s", total->gpu,
                 (int)(length < 34 ? length : 34), name, length > 34 ? "…" : "");
    fs_svg_rectangle(picture->svg, 320, picture->y + 3, bar > 1 ? bar : 1, 12,
                     fs_timeline_class(total->item));
    fs_svg_words(picture->svg, (struct fs_svg_word){655, y, "strong", 'e'}, "%s",
                 fs_say_time(total->ns, time));
    fs_svg_words(picture->svg, (struct fs_svg_word){745, y, "", 'e'}, "%llu ×",
                 (unsigned long long)total->count);
    fs_svg_words(picture->svg, (struct fs_svg_word){845, y, "", 'e'}, "%s",
                 fs_say_time(total->ns / total->count, mean));
    fs_svg_words(picture->svg, (struct fs_svg_word){945, y, "", 'e'}, "%s",
                 fs_say_time(total->longest_ns, most));
    if (total->bytes) {
        fs_svg_words(picture->svg, (struct fs_svg_word){1050, y, "", 'e'}, "%s",
                     fs_say_bytes(total->bytes, bytes));
        fs_svg_words(picture->svg, (struct fs_svg_word){1160, y, "", 'e'}, "%s",
                     fs_say_rate(total->bytes, total->ns, rate));
    }
    picture->y += 20;
}

int fs_timeline_totals(struct fs_timeline *picture)
{
    static const struct {
        double x;
        const char *words;
    } heads[] = {{655, "in all"},  {745, "commands"}, {845, "mean"},
                 {945, "longest"}, {1050, "bytes"},   {1160, "rate"}};
    size_t n;
    struct total *totals = sum_up(picture->view, &n);
    if (!totals)
        return -ENOMEM;
    fs_svg_words(picture->svg, (struct fs_svg_word){20, picture->y + 16, "head", 's'}, "Where the time went");
    for (unsigned i = 0; i < sizeof heads / sizeof *heads; i++)
        fs_svg_words(picture->svg, (struct fs_svg_word){heads[i].x, picture->y + 16, "sub", 'e'}, "%s",
                     heads[i].words);
    picture->y += 24;
    for (size_t i = 0; i < n && i < TABLE_ROWS; i++)
        draw_total(picture, &totals[i], totals[0].ns);
    if (n > TABLE_ROWS) {
        fs_svg_words(picture->svg, (struct fs_svg_word){20, picture->y + 13, "sub", 's'}, "and %zu more",
                     n - TABLE_ROWS);
        picture->y += 20;
    }
    free(totals);
    return 0;
}
