/*
 * trace_files.c - trace/: recording on and off, markers, and how much of the copying hid behind computing.
 */
#include "files/trace_files.h"

#include <errno.h>
#include <string.h>

#include "files/command_files.h"

void fs_trace_enabled(struct fs_object *root, struct fs_text *text)
{
    fs_text_printf(text, "%d\n", root->world->trace.enabled);
}

int fs_trace_enable(struct fs_object *root, const char *text, size_t length, struct fs_work *work)
{
    int on = -1;
    int r =
        fs_switch(text, length, "enabled takes 0, or 1 (which clears the record and starts a new one)", &on);
    (void)work;
    if (r)
        return r;
    if (on > 0)
        fs_trace_start(&root->world->trace);
    else if (!on)
        fs_trace_stop(&root->world->trace);
    return 0;
}

void fs_trace_marker_usage(struct fs_object *root, struct fs_text *text)
{
    (void)root;
    fs_text_printf(text, "TEXT\n"
                         "# it stands in the record at this moment, if trace/enabled is 1\n");
}

static int add_marker(void *ctx, const char *line, size_t length)
{
    fs_trace_mark(ctx, line, length);
    return 0;
}

int fs_trace_marker(struct fs_object *root, const char *text, size_t length, struct fs_work *work)
{
    (void)work;
    return fs_each_line(text, length, add_marker, &root->world->trace);
}

static void add_row(struct fs_text *text, unsigned gpu, const struct fs_trace_busy *busy)
{
    uint64_t less = busy->compute_ns < busy->copy_ns ? busy->compute_ns : busy->copy_ns;
    fs_text_printf(text, "gpu%u %llu %llu %llu %llu %llu ", gpu, (unsigned long long)busy->wall_ns,
                   (unsigned long long)busy->compute_ns, (unsigned long long)busy->copy_ns,
                   (unsigned long long)busy->overlap_ns,
                   (unsigned long long)(busy->copy_ns - busy->overlap_ns));
    if (less)
        fs_text_printf(text, "%.1f\n", 100.0 * (double)busy->overlap_ns / (double)less);
    else
        fs_text_printf(text, "-\n");
}

void fs_trace_overlap(struct fs_object *root, struct fs_text *text)
{
    struct fs_world *world = root->world;
    struct fs_trace_view view;
    int r = fs_trace_view(world, &view);
    fs_text_printf(text,
                   "# gpu wall_ns compute_busy_ns copy_busy_ns overlap_ns exposed_copy_ns overlap_percent\n");
    for (unsigned i = 0; !r && i < world->n_gpus; i++) {
        struct fs_trace_busy busy;
        r = fs_trace_busy(&view, i, &busy);
        if (!r)
            add_row(text, i, &busy);
    }
    if (r)
        text->failed = true;
    fs_trace_view_free(world, &view);
}
