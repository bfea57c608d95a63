/*
 * picture_topology.c - topology.svg: CPUs above, GPUs below them, what connects them, and how fast.
 *
 * Ways between GPUs are arcs below the row of GPUs, since any number of them can be told apart there; the
 * table under them has every pair's kind, hops and bandwidth. Invariant: what is drawn is what peers says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/map_files.h"
#include "text/picture.h"

enum {
    BOX_WIDTH = 170,
    BOX_HEIGHT = 78,
    GAP = 36,
    CPU_WIDTH = 120,
    CPU_HEIGHT = 40,
    CPU_TOP = 70,
    GPU_TOP = 190,
    MARGIN = 30,
    CELL = 165,
    FEW = 4, /* GPUs between which each arc has its words */
};

struct plan {
    struct fs_text *svg;
    const struct fs_world *world;
    const struct gpu_link *links;
    unsigned n_links, n_cpus, step;
    double width, arcs; /* arcs: how deep they hang */
};

static int index_of(const struct plan *plan, const struct gpu *gpu)
{
    for (unsigned i = 0; i < plan->world->n_gpus; i++)
        if (plan->world->gpus[i].gpu == gpu)
            return (int)i;
    return -1;
}

static double gpu_x(const struct plan *plan, unsigned gpu) /* its middle */
{
    double all = plan->world->n_gpus * (double)plan->step - GAP;
    return (plan->width - all) / 2 + gpu * (double)plan->step + BOX_WIDTH / 2.0;
}

static double cpu_x(const struct plan *plan, unsigned cpu)
{
    return plan->width * (2 * cpu + 1) / (2.0 * plan->n_cpus);
}

static const char *class_of(const struct gpu_link *link)
{
    return !strcmp(link->kind, "xgmi") ? "xgmi" : !strcmp(link->kind, "pcie") ? "pcie" : "other";
}

static const char *speed(const struct gpu_link *link, char out[40])
{
    if (!link->max_mbps)
        snprintf(out, 40, "?");
    else if (link->max_mbps < 1000)
        snprintf(out, 40, "%llu MB/s", (unsigned long long)link->max_mbps);
    else
        snprintf(out, 40, "%.3g GB/s", (double)link->max_mbps / 1000);
    return out;
}

/* ---- boxes ---- */

static void draw_gpu(const struct plan *plan, unsigned i)
{
    const struct gpu_info *info = gpu_info(plan->world->gpus[i].gpu);
    char bytes[32];
    double x = gpu_x(plan, i);
    fs_svg_rectangle(plan->svg, x - BOX_WIDTH / 2.0, GPU_TOP, BOX_WIDTH, BOX_HEIGHT, "gpu");
    fs_svg_words(plan->svg, (struct fs_svg_word){x, GPU_TOP + 20, "head", 'm'}, "gpu%u", i);
    fs_svg_words(plan->svg, (struct fs_svg_word){x, GPU_TOP + 37, "", 'm'}, "%.24s", info->name);
    bool named = strcmp(info->name, info->target) != 0;
    fs_svg_words(plan->svg, (struct fs_svg_word){x, GPU_TOP + 53, "small", 'm'}, "%s%s%u CUs, %s",
                 named ? info->target : "", named ? ", " : "", info->cus,
                 fs_say_bytes(info->vram_bytes, bytes));
    fs_svg_words(plan->svg, (struct fs_svg_word){x, GPU_TOP + 69, "small", 'm'}, "%s", info->pci);
}

static void draw_cpu(const struct plan *plan, unsigned i)
{
    double x = cpu_x(plan, i);
    fs_svg_rectangle(plan->svg, x - CPU_WIDTH / 2.0, CPU_TOP, CPU_WIDTH, CPU_HEIGHT, "cpu");
    fs_svg_words(plan->svg, (struct fs_svg_word){x, CPU_TOP + 25, "head", 'm'}, "cpu%u", i);
}

/* ---- ways ---- */

/* A background for words on a line. */
static void draw_words(const struct plan *plan, double x, double y, const char *words)
{
    double width = 6.3 * (double)strlen(words) + 6;
    fs_text_printf(plan->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" fill=\"#fff\"/>\n",
                   x - width / 2, y - 11, width);
    fs_svg_words(plan->svg, (struct fs_svg_word){x, y, "ink", 'm'}, "%s", words);
}

static void draw_cpu_link(const struct plan *plan, const struct gpu_link *link)
{
    int gpu = index_of(plan, link->from ? link->from : link->to);
    unsigned cpu = link->from ? link->to_cpu : link->from_cpu;
    char words[64], rate[40];
    if (gpu < 0)
        return;
    double x1 = cpu_x(plan, cpu), x2 = gpu_x(plan, (unsigned)gpu);
    fs_svg_line(plan->svg, x1, CPU_TOP + CPU_HEIGHT, x2, GPU_TOP, class_of(link));
    snprintf(words, sizeof words, "%s %s", link->kind, speed(link, rate));
    draw_words(plan, x1 + (x2 - x1) * 0.62, CPU_TOP + CPU_HEIGHT + (GPU_TOP - CPU_TOP - CPU_HEIGHT) * 0.66,
               words);
}

static void draw_between_cpus(const struct plan *plan, const struct gpu_link *link)
{
    double x1 = cpu_x(plan, link->from_cpu), x2 = cpu_x(plan, link->to_cpu);
    fs_svg_line(plan->svg, x1 + CPU_WIDTH / 2.0, CPU_TOP + 20, x2 - CPU_WIDTH / 2.0, CPU_TOP + 20, "other");
    draw_words(plan, (x1 + x2) / 2, CPU_TOP + 24, link->kind);
}

static void draw_arc(const struct plan *plan, unsigned a, unsigned b, const struct gpu_link *link)
{
    double x1 = gpu_x(plan, a), x2 = gpu_x(plan, b), top = GPU_TOP + BOX_HEIGHT;
    double spread = (BOX_WIDTH - 30.0) / (plan->world->n_gpus + 1);
    x1 += spread * ((double)b - plan->world->n_gpus / 2.0);
    x2 += spread * ((double)a + 1 - plan->world->n_gpus / 2.0);
    double depth = plan->arcs * (b - a) / (plan->world->n_gpus > 1 ? plan->world->n_gpus - 1 : 1);
    fs_text_printf(plan->svg, "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" class=\"%s\"/>\n", x1,
                   top, x1, top + depth * 1.33, x2, top + depth * 1.33, x2, top, class_of(link));
    if (plan->world->n_gpus > FEW)
        return;
    char words[64], rate[40];
    snprintf(words, sizeof words, "%s %s", link->kind, speed(link, rate));
    draw_words(plan, (x1 + x2) / 2, top + depth + 4, words);
}

static void draw_links(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->n_links; i++) {
        const struct gpu_link *link = &plan->links[i];
        if (!link->from && !link->to && link->from_cpu < link->to_cpu)
            draw_between_cpus(plan, link);
        else if (link->from && !link->to)
            draw_cpu_link(plan, link);
    }
    for (unsigned a = 0; a < plan->world->n_gpus; a++)
        for (unsigned b = a + 1; b < plan->world->n_gpus; b++) {
            const struct gpu_link *link =
                gpu_link_between(plan->world->gpus[a].gpu, plan->world->gpus[b].gpu);
            if (!link)
                link = gpu_link_between(plan->world->gpus[b].gpu, plan->world->gpus[a].gpu);
            if (link)
                draw_arc(plan, a, b, link);
        }
}

/* ---- the table ---- */

static void draw_table(const struct plan *plan, double y)
{
    unsigned n = plan->world->n_gpus;
    double left = (plan->width - (n + 1) * (double)CELL) / 2;
    fs_svg_words(plan->svg, (struct fs_svg_word){left, y + 16, "sub", 's'}, "from \\ to");
    for (unsigned to = 0; to < n; to++)
        fs_svg_words(plan->svg, (struct fs_svg_word){left + (to + 1.5) * CELL, y + 16, "strong", 'm'},
                     "gpu%u", to);
    for (unsigned from = 0; from < n; from++) {
        double row = y + 24 + from * 22.0;
        if (from % 2 == 0)
            fs_svg_rectangle(plan->svg, left, row, (n + 1) * (double)CELL, 22, "row");
        fs_svg_words(plan->svg, (struct fs_svg_word){left + 10, row + 15, "strong", 's'}, "gpu%u", from);
        for (unsigned to = 0; to < n; to++) {
            struct fs_svg_word where = {left + (to + 1.5) * CELL, row + 15, "", 'm'};
            const struct gpu_link *link =
                from == to ? NULL : gpu_link_between(plan->world->gpus[from].gpu, plan->world->gpus[to].gpu);
            char rate[40], hops[24] = "";
            where.class = link ? "" : "small";
            if (link && link->hops > 1)
                snprintf(hops, sizeof hops, " %u hops", link->hops);
            if (link)
                fs_svg_words(plan->svg, where, "%s%s %s", link->kind, hops, speed(link, rate));
            else
                fs_svg_words(plan->svg, where, "%s", from == to ? "·" : "no way");
        }
    }
}

static void draw_legend(const struct plan *plan)
{
    static const struct {
        const char *class, *words;
    } kinds[] = {{"xgmi", "XGMI"}, {"pcie", "PCIe"}, {"other", "between CPUs"}};
    double x = plan->width - 330;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fs_svg_line(plan->svg, x, 28, x + 26, 28, kinds[i].class);
        fs_svg_words(plan->svg, (struct fs_svg_word){x + 32, 32, "", 's'}, "%s", kinds[i].words);
        x += 95;
    }
}

void fs_topology_picture(struct fs_object *root, struct fs_text *text)
{
    struct plan plan = {.svg = text, .world = root->world, .step = BOX_WIDTH + GAP};
    unsigned n = plan.world->n_gpus;
    plan.n_links = gpu_links(plan.world->sys, &plan.links);
    for (unsigned i = 0; i < plan.n_links; i++) {
        if (!plan.links[i].from && plan.links[i].from_cpu >= plan.n_cpus)
            plan.n_cpus = plan.links[i].from_cpu + 1;
        if (!plan.links[i].to && plan.links[i].to_cpu >= plan.n_cpus)
            plan.n_cpus = plan.links[i].to_cpu + 1;
    }
    double boxes = n * (double)plan.step + 2 * MARGIN, cells = (n + 1) * (double)CELL + 2 * MARGIN;
    plan.width = boxes > cells ? boxes : cells;
    if (plan.width < 760)
        plan.width = 760;
    plan.arcs = n > 1 ? 40 + 22.0 * (n - 1) : 0;
    double table = GPU_TOP + BOX_HEIGHT + plan.arcs + 40;
    fs_svg_begin(text, plan.width, n > 1 ? table + 24 + n * 22.0 + MARGIN : GPU_TOP + BOX_HEIGHT + MARGIN,
                 "How the GPUs are connected");
    fs_svg_words(text, (struct fs_svg_word){20, 34, "title", 's'},
                 n ? "How the GPUs are connected" : "There is no GPU here");
    draw_legend(&plan);
    draw_links(&plan);
    for (unsigned i = 0; i < plan.n_cpus; i++)
        draw_cpu(&plan, i);
    for (unsigned i = 0; i < n; i++)
        draw_gpu(&plan, i);
    if (n > 1)
        draw_table(&plan, table);
    fs_svg_end(text);
}
