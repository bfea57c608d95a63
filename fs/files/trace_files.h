/* trace_files.h - what the files of trace/ read and take. */
#ifndef KFDFS_FS_TRACE_FILES_H
#define KFDFS_FS_TRACE_FILES_H

#include "files/trace_view.h"
#include "tree/rows.h"

/* Under the lock. */
void fs_trace_enabled(struct fs_object *root, struct fs_text *text);
int fs_trace_enable(struct fs_object *root, const char *text, size_t length, struct fs_work *work);
void fs_trace_marker_usage(struct fs_object *root, struct fs_text *text);
int fs_trace_marker(struct fs_object *root, const char *text, size_t length, struct fs_work *work);

/* Without it: these take long. */
void fs_trace_overlap(struct fs_object *root, struct fs_text *text);
void fs_trace_json(struct fs_object *root, struct fs_text *text);
void fs_trace_timeline(struct fs_object *root, struct fs_text *text);

#endif
