/* queue_files.h - what a queue's files read. Under the lock. */
#ifndef KFDFS_FS_QUEUE_FILES_H
#define KFDFS_FS_QUEUE_FILES_H

#include "tree/rows.h"

extern const struct fs_class fs_completed_class;
void fs_queue_submitted(struct fs_object *queue, struct fs_text *text);
void fs_queue_completed(struct fs_object *queue, struct fs_text *text);
void fs_queue_ring(struct fs_object *queue, struct fs_text *text);
void fs_queue_log(struct fs_object *queue, struct fs_text *text);
void fs_queue_info(struct fs_object *queue, struct fs_text *text);

#endif
