/*
 * picture_timeline.c - trace/timeline.svg: time from left to right, a row for each queue, below its GPU.
 *
 * Each GPU has a strip of its own that tells when it computed, when it copied, and when it did both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "state/queue.h"
#include "files/timeline.h"

enum {
    WIDTH = 1280,
    TOP = 104, /* of the first GPU, or of the rows of markers */
    MARK_ROWS = 3,
    MARK_ROW = 11,
    HEAD = 34,
    STRIP = 18,
    MAX_ROWS = 96, /* queues drawn of one GPU */
    MAX_MARKS = 24,
};

/* ---- a GPU's strip ---- */

/* Marks in which pixels of time something of that kind ran. */
static void shade(const struct fs_timeline *picture, unsigned gpu, uint8_t *pixels)
{
    const struct fs_trace_view *view = picture->view;
    for (size_t i = 0; i < view->n_commands; i++) {
        const struct fs_trace_record *record = view->items[i].record;
        enum fs_trace_kind kind = fs_trace_kind(record);
        if (view->tracks[record->track].gpu != gpu || !record->start_ns || kind == FS_TRACE_SYNC)
            continue;
        unsigned from = (unsigned)(fs_timeline_x(picture, record->start_ns) - FS_TIMELINE_LEFT);
        unsigned to = (unsigned)(fs_timeline_x(picture, record->end_ns) - FS_TIMELINE_LEFT);
        for (unsigned p = from; p <= to && p < FS_TIMELINE_COLUMNS; p++)
            pixels[p] |= (uint8_t)(1 << kind);
    }
}

static void draw_strip(struct fs_timeline *picture, unsigned gpu)
{
    static const char *const classes[] = {"", "k0", "copy", "both"};
    uint8_t pixels[FS_TIMELINE_COLUMNS + 1] = {0};
    shade(picture, gpu, pixels);
    fs_svg_rectangle(picture->svg, FS_TIMELINE_LEFT, picture->y, FS_TIMELINE_COLUMNS, STRIP, "row");
    fs_svg_words(picture->svg, (struct fs_svg_word){FS_TIMELINE_LEFT - 8, picture->y + 13, "strong", 'e'},
                 "whole GPU");
    for (unsigned p = 0; p < FS_TIMELINE_COLUMNS;) {
        unsigned n = 1;
        while (p + n < FS_TIMELINE_COLUMNS && pixels[p + n] == pixels[p])
            n++;
        if (pixels[p])
            fs_svg_rectangle(picture->svg, FS_TIMELINE_LEFT + p, picture->y, n, STRIP, classes[pixels[p]]);
        p += n;
    }
    picture->y += FS_TIMELINE_ROW;
}

static int draw_summary(const struct fs_timeline *picture, unsigned gpu, double y)
{
    struct fs_trace_busy busy;
    char wall[32], compute[32], copy[32];
    int r = fs_trace_busy(picture->view, gpu, &busy);
    if (r)
        return r;
    uint64_t less = busy.compute_ns < busy.copy_ns ? busy.compute_ns : busy.copy_ns;
    struct fs_svg_word where = {FS_TIMELINE_RIGHT - 6, y, "", 'e'};
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

static int draw_gpu(struct fs_timeline *picture, unsigned gpu)
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
        r = fs_timeline_row(picture, view->order[i]);
        drawn++;
    }
    if (drawn < all) {
        fs_svg_words(picture->svg, (struct fs_svg_word){FS_TIMELINE_LEFT, picture->y + 13, "sub", 's'},
                     "and %u more queues", all - drawn);
        picture->y += FS_TIMELINE_ROW;
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

static void draw_axis(const struct fs_timeline *picture, double bottom)
{
    uint64_t tick = tick_of(picture->ns_per_pixel * FS_TIMELINE_COLUMNS);
    for (uint64_t ns = 0; (double)ns <= picture->ns_per_pixel * FS_TIMELINE_COLUMNS; ns += tick) {
        char time[32];
        double x = FS_TIMELINE_LEFT + (double)ns / picture->ns_per_pixel;
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

static void draw_markers(const struct fs_timeline *picture, double bottom)
{
    const struct fs_trace_view *view = picture->view;
    unsigned drawn = 0;
    for (size_t i = view->n_commands; i < view->n && drawn < MAX_MARKS; i++, drawn++) {
        const struct fs_trace_item *item = &view->items[i];
        if (item->record->start_ns < picture->from_ns)
            continue;
        double x = fs_timeline_x(picture, item->record->start_ns);
        if (x > FS_TIMELINE_RIGHT)
            continue;
        int length = item->record->text_length < 40 ? item->record->text_length : 40;
        bool left = x > FS_TIMELINE_LEFT + FS_TIMELINE_COLUMNS / 2; /* of its line */
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
    double x = FS_TIMELINE_LEFT;
    for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++) {
        fs_svg_rectangle(svg, x, 54, 12, 12, entries[i].class);
        fs_svg_words(svg, (struct fs_svg_word){x + 17, 64, "", 's'}, "%s", entries[i].words);
        x += entries[i].width + 20;
    }
    fs_svg_words(svg, (struct fs_svg_word){x, 64, "sub", 's'},
                 "what is too short for a box is a column: its height is how busy");
}

/* ---- all of it ---- */

static void draw_head(const struct fs_timeline *picture)
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

static void draw_foot(struct fs_timeline *picture)
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

static int draw(struct fs_timeline *picture)
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
        r = fs_timeline_totals(picture);
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

static void draw_nothing(const struct fs_timeline *picture)
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
    struct fs_timeline picture = {.svg = text, .world = root->world, .view = &view};
    int r = fs_trace_view(root->world, &view);
    if (!r && view.to_ns) {
        picture.from_ns = view.from_ns;
        uint64_t ns = view.to_ns - view.from_ns;
        picture.ns_per_pixel =
            (double)(ns > FS_TIMELINE_COLUMNS / 10 ? ns : FS_TIMELINE_COLUMNS / 10) / FS_TIMELINE_COLUMNS;
        r = draw(&picture);
    } else if (!r) {
        draw_nothing(&picture);
    }
    text->failed |= r != 0;
    fs_trace_view_free(root->world, &view);
}
