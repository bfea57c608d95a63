/*
 * picture_timeline.c - trace/timeline.svg: time from left to right, a row for each queue, below its GPU.
 *
 * Commands wide enough to be seen are boxes with their name. Those that are not are counted into columns of a
 * pixel, whose height is the share of that pixel's time in which the queue was busy; so a picture stays small
 * and true with a hundred thousand commands. Each GPU has a strip of its own that tells when it computed,
 * when it copied, and when it did both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "text/picture.h"
#include "state/queue.h"
#include "files/trace_files.h"

enum {
    WIDTH = 1280,
    LEFT = 170,    /* where time begins */
    COLUMNS = 880, /* pixels of time */
    RIGHT = LEFT + COLUMNS,
    TOP = 104, /* of the first GPU, or of the rows of markers */
    MARK_ROWS = 3,
    MARK_ROW = 11,
    ROW = 24,
    BAR = 18,
    HEAD = 34,
    STRIP = 18,
    TABLE_ROWS = 10,
    MAX_ROWS = 96, /* queues drawn of one GPU */
    MAX_MARKS = 24,
};
#define SMALLEST 2.5 /* pixels of a box of its own */

struct picture {
    struct fs_text *svg;
    const struct fs_world *world;
    const struct fs_trace_view *view;
    uint64_t from_ns;
    double ns_per_pixel;
    double y;
};

static double x_of(const struct picture *picture, uint64_t ns)
{
    return LEFT + (double)(ns - picture->from_ns) / picture->ns_per_pixel;
}

/* ---- a row ---- */

static const char *class_of(const struct fs_trace_item *item)
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
    double busy[COLUMNS + 1][FS_TRACE_KINDS + 1]; /* parts of the pixel; the last kind: failed */
};

static void count_small(struct columns *columns, double from, double to, unsigned kind)
{
    for (double at = from; at < to || at == from;) {
        unsigned column = (unsigned)(at - LEFT);
        double end = column + 1 + LEFT < to ? column + 1 + LEFT : to;
        if (column > COLUMNS)
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
    for (unsigned c = 0; c <= COLUMNS;) {
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
        for (; c + n <= COLUMNS; n++) { /* join equal neighbours */
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
        double height = BAR * level / 8.0;
        fs_svg_rectangle(svg, LEFT + c, y + BAR - height, n, height, classes[best]);
        c += n;
    }
}

static int draw_track(struct picture *picture, unsigned track)
{
    const struct fs_trace_view *view = picture->view;
    const struct fs_trace_track *about = &view->tracks[track];
    size_t n = view->first[track + 1] - view->first[track];
    struct columns *columns = calloc(1, sizeof *columns);
    if (!columns)
        return -ENOMEM;
    fs_svg_rectangle(picture->svg, LEFT, picture->y, COLUMNS, BAR, "row");
    fs_svg_words(picture->svg, (struct fs_svg_word){LEFT - 8, picture->y + 13, "", 'e'}, "%.24s",
                 about->name);
    uint64_t busy_ns = 0, bytes = 0;
    for (size_t i = view->first[track]; i < view->first[track + 1]; i++) {
        const struct fs_trace_item *item = &view->items[i];
        const struct fs_trace_record *record = item->record;
        if (!record->start_ns)
            continue;
        double from = x_of(picture, record->start_ns), to = x_of(picture, record->end_ns);
        enum fs_trace_kind kind = fs_trace_kind(record);
        if (kind != FS_TRACE_SYNC) {
            busy_ns += record->end_ns - record->start_ns;
            bytes += record->bytes;
        }
        if (to - from < SMALLEST) {
            count_small(columns, from, to, record->error ? FS_TRACE_KINDS : kind);
            continue;
        }
        fs_svg_box(picture->svg, from, picture->y, to - from - (to - from > 6 ? 0.5 : 0), BAR,
                   class_of(item));
        add_tip(picture->svg, item);
        fs_svg_close(picture->svg);
        add_label(picture->svg, item, from, picture->y, to - from);
    }
    draw_columns(picture->svg, columns, picture->y);
    char time[32], rate[32];
    bool copies = about->kind == GPU_QUEUE_SDMA && bytes && busy_ns;
    fs_svg_words(picture->svg, (struct fs_svg_word){RIGHT + 10, picture->y + 13, "small", 's'},
                 "%zu command%s%s%s%s%s", n, n == 1 ? "" : "s", busy_ns ? ", " : "",
                 busy_ns ? fs_say_time(busy_ns, time) : "", copies ? ", " : "",
                 copies ? fs_say_rate(bytes, busy_ns, rate) : "");
    picture->y += ROW;
    free(columns);
    return 0;
}

/* ---- a GPU's strip ---- */

/* Marks in which pixels of time something of that kind ran. */
static void shade(const struct picture *picture, unsigned gpu, uint8_t *pixels)
{
    const struct fs_trace_view *view = picture->view;
    for (size_t i = 0; i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record;
        enum fs_trace_kind kind = fs_trace_kind(record);
        if (view->tracks[record->track].gpu != gpu || !record->start_ns || kind == FS_TRACE_SYNC)
            continue;
        unsigned from = (unsigned)(x_of(picture, record->start_ns) - LEFT);
        unsigned to = (unsigned)(x_of(picture, record->end_ns) - LEFT);
        for (unsigned p = from; p <= to && p < COLUMNS; p++)
            pixels[p] |= (uint8_t)(1 << kind);
    }
}

static void draw_strip(struct picture *picture, unsigned gpu)
{
    static const char *const classes[] = {"", "k0", "copy", "both"};
    uint8_t pixels[COLUMNS + 1] = {0};
    shade(picture, gpu, pixels);
    fs_svg_rectangle(picture->svg, LEFT, picture->y, COLUMNS, STRIP, "row");
    fs_svg_words(picture->svg, (struct fs_svg_word){LEFT - 8, picture->y + 13, "strong", 'e'}, "whole GPU");
    for (unsigned p = 0; p < COLUMNS;) {
        unsigned n = 1;
        while (p + n < COLUMNS && pixels[p + n] == pixels[p])
            n++;
        if (pixels[p])
            fs_svg_rectangle(picture->svg, LEFT + p, picture->y, n, STRIP, classes[pixels[p]]);
        p += n;
    }
    picture->y += ROW;
}

static int draw_summary(const struct picture *picture, unsigned gpu, double y)
{
    struct fs_trace_busy busy;
    char wall[32], compute[32], copy[32];
    int r = fs_trace_busy(picture->view, gpu, &busy);
    if (r)
        return r;
    uint64_t less = busy.compute_ns < busy.copy_ns ? busy.compute_ns : busy.copy_ns;
    struct fs_svg_word where = {RIGHT - 6, y, "", 'e'};
    if (!busy.wall_ns)
        fs_svg_words(picture->svg, where, "neither computed nor copied");
    else if (!less)
        fs_svg_words(picture->svg, where, "%s %s of %s", busy.copy_ns ? "copied" : "computed",
                     busy.copy_ns ? fs_say_time(busy.copy_ns, copy) : fs_say_time(busy.compute_ns, compute),
                     fs_say_time(busy.wall_ns, wall));
    else
        fs_svg_words(picture->svg, where,
                     "in %s it computed %s and copied %s; %.0f %% of the %s overlapped the %s",
                     fs_say_time(busy.wall_ns, wall), fs_say_time(busy.compute_ns, compute),
                     fs_say_time(busy.copy_ns, copy), 100.0 * (double)busy.overlap_ns / (double)less,
                     busy.compute_ns < busy.copy_ns ? "computing" : "copying",
                     busy.compute_ns < busy.copy_ns ? "copying" : "computing");
    return 0;
}

static int draw_gpu(struct picture *picture, unsigned gpu)
{
    const struct fs_trace_view *view = picture->view;
    unsigned drawn = 0, all = 0;
    int r = 0;
    for (unsigned i = 0; i < view->n_order; i++)
        all += view->tracks[view->order[i]].gpu == gpu;
    if (!all)
        return 0;
    const struct gpu_info *info = gpu_info(picture->world->gpus[gpu].gpu);
    fs_svg_words(picture->svg, (struct fs_svg_word){20, picture->y + 20, "head", 's'}, "gpu%u  %s%s%s", gpu,
                 info->name, strcmp(info->name, info->target) ? "  " : "",
                 strcmp(info->name, info->target) ? info->target : "");
    r = draw_summary(picture, gpu, picture->y + 20);
    picture->y += HEAD;
    if (!r)
        draw_strip(picture, gpu);
    for (unsigned i = 0; !r && i < view->n_order && drawn < MAX_ROWS; i++) {
        if (view->tracks[view->order[i]].gpu != gpu)
            continue;
        r = draw_track(picture, view->order[i]);
        drawn++;
    }
    if (drawn < all) {
        fs_svg_words(picture->svg, (struct fs_svg_word){LEFT, picture->y + 13, "sub", 's'},
                     "and %u more queues", all - drawn);
        picture->y += ROW;
    }
    picture->y += 10;
    return r;
}

/* ---- axis, markers, legend ---- */

/* 1, 2 or 5 times a power of ten, so that about ten fit. */
static uint64_t tick_of(double ns)
{
    uint64_t tick = 1;
    for (unsigned i = 0; (double)tick * 11 < ns; i++)
        tick = i % 3 == 1 ? tick / 2 * 5 : tick * 2;
    return tick;
}

static void draw_axis(const struct picture *picture, double bottom)
{
    uint64_t tick = tick_of(picture->ns_per_pixel * COLUMNS);
    for (uint64_t ns = 0; (double)ns <= picture->ns_per_pixel * COLUMNS; ns += tick) {
        char time[32];
        double x = LEFT + (double)ns / picture->ns_per_pixel;
        fs_svg_line(picture->svg, x, TOP - 14, x, bottom, "grid");
        fs_svg_words(picture->svg, (struct fs_svg_word){x, TOP - 18, "small", 'm'}, "%s",
                     ns ? fs_say_time(ns, time) : "0");
    }
}

/* Markers' words are above the GPUs, in up to three rows. */
static unsigned marks_height(const struct fs_trace_view *view)
{
    size_t n = view->n - view->n_commands;
    return n > MARK_ROWS ? (MARK_ROWS - 1) * MARK_ROW : n ? (unsigned)(n - 1) * MARK_ROW : 0;
}

static void draw_markers(const struct picture *picture, double bottom)
{
    const struct fs_trace_view *view = picture->view;
    unsigned drawn = 0;
    for (size_t i = view->n_commands; i < view->n && drawn < MAX_MARKS; i++, drawn++) {
        const struct fs_trace_item *item = &view->items[i];
        if (item->record->start_ns < picture->from_ns)
            continue;
        double x = x_of(picture, item->record->start_ns);
        if (x > RIGHT)
            continue;
        int length = item->record->text_length < 40 ? item->record->text_length : 40;
        bool left = x > LEFT + COLUMNS / 2; /* of its line */
        fs_svg_line(picture->svg, x, TOP - 14, x, bottom, "mark");
        fs_svg_words(picture->svg,
                     (struct fs_svg_word){left ? x - 3 : x + 3, TOP - 2 + (drawn % MARK_ROWS) * MARK_ROW,
                                          "marktext", left ? 'e' : 's'},
                     "%.*s", length, item->text);
    }
}

static void draw_legend(struct fs_text *svg)
{
    static const struct {
        const char *class, *words;
        double width;
    } entries[] = {{"k0", "computes (a kernel)", 150},
                   {"copy", "copies, fills", 115},
                   {"both", "both at once", 110},
                   {"sync", "waits, signals", 120},
                   {"fail", "failed", 60}};
    double x = LEFT;
    for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++) {
        fs_svg_rectangle(svg, x, 54, 12, 12, entries[i].class);
        fs_svg_words(svg, (struct fs_svg_word){x + 17, 64, "", 's'}, "%s", entries[i].words);
        x += entries[i].width + 20;
    }
    fs_svg_words(svg, (struct fs_svg_word){x, 64, "sub", 's'},
                 "what is too short for a box is a column: its height is how busy");
}

/* ---- where the time went ---- */

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

static void draw_total(struct picture *picture, const struct total *total, uint64_t longest)
{
    char time[32], mean[32], most[32], bytes[32], rate[32];
    const char *name;
    size_t length = fs_trace_name(total->item, &name);
    double y = picture->y + 13, bar = 250.0 * (double)total->ns / (double)(longest ? longest : 1);
    fs_svg_words(picture->svg, (struct fs_svg_word){20, y, "", 's'}, "gpu%u  %.*s%s", total->gpu,
                 (int)(length < 34 ? length : 34), name, length > 34 ? "…" : "");
    fs_svg_rectangle(picture->svg, 320, picture->y + 3, bar > 1 ? bar : 1, 12, class_of(total->item));
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

static int draw_totals(struct picture *picture)
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

/* ---- all of it ---- */

static void draw_head(const struct picture *picture)
{
    const struct fs_trace_view *view = picture->view;
    char time[32];
    fs_svg_words(picture->svg, (struct fs_svg_word){20, 34, "title", 's'}, "What the GPUs did");
    fs_svg_words(picture->svg, (struct fs_svg_word){250, 34, "sub", 's'},
                 "%zu command%s on %u queue%s in %s%s; time runs from left to right", view->n_commands,
                 view->n_commands == 1 ? "" : "s", view->n_order, view->n_order == 1 ? "" : "s",
                 fs_say_time(view->to_ns - view->from_ns, time), view->enabled ? ", still recording" : "");
    if (view->dropped)
        fs_svg_words(picture->svg, (struct fs_svg_word){WIDTH - 20, 34, "strong", 'e'},
                     "%llu older ones are not here", (unsigned long long)view->dropped);
    draw_legend(picture->svg);
}

static void draw_foot(struct picture *picture)
{
    char error[32];
    uint64_t worst = 0;
    for (unsigned i = 0; i < picture->world->n_gpus; i++) {
        uint64_t ns = gpu_clock_error_ns(picture->world->gpus[i].gpu);
        worst = ns > worst ? ns : worst;
    }
    fs_svg_words(picture->svg, (struct fs_svg_word){20, picture->y + 18, "small", 's'},
                 "0 is %llu.%09llu s of CLOCK_MONOTONIC. Times are the GPUs' own; those of two GPUs agree to "
                 "within %s.",
                 (unsigned long long)(picture->from_ns / 1000000000),
                 (unsigned long long)(picture->from_ns % 1000000000), fs_say_time(2 * worst, error));
    picture->y += 32;
}

static int draw(struct picture *picture)
{
    struct fs_text body = {0}, *svg = picture->svg;
    int r = 0;
    picture->svg = &body;
    picture->y = TOP + marks_height(picture->view);
    for (unsigned i = 0; !r && i < picture->world->n_gpus; i++)
        r = draw_gpu(picture, i);
    double bottom = picture->y - 8;
    picture->svg = &body;
    draw_markers(picture, bottom);
    if (!r)
        r = draw_totals(picture);
    draw_foot(picture);
    picture->svg = svg;
    fs_svg_begin(svg, WIDTH, picture->y, "What the GPUs did");
    draw_head(picture);
    draw_axis(picture, bottom);
    fs_text_add(svg, body.data ? body.data : "", body.length);
    fs_svg_end(svg);
    svg->failed |= body.failed;
    fs_text_free(&body);
    return r;
}

static void draw_nothing(const struct picture *picture)
{
    fs_svg_begin(picture->svg, 720, 120, "What the GPUs did");
    fs_svg_words(picture->svg, (struct fs_svg_word){20, 34, "title", 's'}, "What the GPUs did");
    fs_svg_words(picture->svg, (struct fs_svg_word){20, 66, "", 's'},
                 picture->view->enabled ? "Nothing has ended yet since recording is on."
                                        : "Nothing is recorded. To record:  echo 1 > trace/enabled");
    fs_svg_words(picture->svg, (struct fs_svg_word){20, 88, "sub", 's'},
                 "Then run something, and look again.");
    fs_svg_end(picture->svg);
}

void fs_trace_timeline(struct fs_object *root, struct fs_text *text)
{
    struct fs_trace_view view;
    struct picture picture = {.svg = text, .world = root->world, .view = &view};
    int r = fs_trace_view(root->world, &view);
    if (!r && view.to_ns) {
        picture.from_ns = view.from_ns;
        uint64_t ns = view.to_ns - view.from_ns;
        picture.ns_per_pixel = (double)(ns > COLUMNS / 10 ? ns : COLUMNS / 10) / COLUMNS;
        r = draw(&picture);
    } else if (!r) {
        draw_nothing(&picture);
    }
    text->failed |= r != 0;
    fs_trace_view_free(root->world, &view);
}
