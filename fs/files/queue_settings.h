/* queue_settings.h - how a queue's hardware queue is to be made. Under the lock. */
#ifndef KFDFS_FS_QUEUE_SETTINGS_H
#define KFDFS_FS_QUEUE_SETTINGS_H

#include "tree/rows.h"

/* What the files read, and what a write to them does. */
void fs_engine_read(struct fs_object *queue, struct fs_text *text);
void fs_priority_read(struct fs_object *queue, struct fs_text *text);
void fs_ring_bytes_read(struct fs_object *queue, struct fs_text *text);
void fs_cu_mask_read(struct fs_object *queue, struct fs_text *text);
int fs_engine_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_priority_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_ring_bytes_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_cu_mask_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);

#endif
