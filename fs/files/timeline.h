/*
 * timeline.h - what the parts of trace/timeline.svg share: where things stand, and how far it is drawn.
 */
#ifndef KFDFS_FS_TIMELINE_H
#define KFDFS_FS_TIMELINE_H

#include "files/trace_files.h"
#include "text/picture.h"

enum {
    FS_TIMELINE_LEFT = 170,    /* where time begins */
    FS_TIMELINE_COLUMNS = 880, /* pixels of time */
    FS_TIMELINE_RIGHT = FS_TIMELINE_LEFT + FS_TIMELINE_COLUMNS,
    FS_TIMELINE_ROW = 24,
    FS_TIMELINE_BAR = 18,
};

struct fs_timeline {
    struct fs_text *svg;
    const struct fs_world *world;
    const struct fs_trace_view *view;
    uint64_t from_ns;
    double ns_per_pixel;
    double y; /* of what is drawn next */
};

static inline double fs_timeline_x(const struct fs_timeline *t, uint64_t ns)
{
    return FS_TIMELINE_LEFT + (double)(ns - t->from_ns) / t->ns_per_pixel;
}

/* Its class in the style sheet: what a command is, or that it failed. */
const char *fs_timeline_class(const struct fs_trace_item *item);
/* A queue's row; where the time went. 0 or -ENOMEM. */
int fs_timeline_row(struct fs_timeline *t, unsigned track);
int fs_timeline_totals(struct fs_timeline *t);

#endif
