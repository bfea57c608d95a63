/* queue_files.h - what a queue's files read. Under the lock. */
#ifndef KFDFS_FS_QUEUE_FILES_H
#define KFDFS_FS_QUEUE_FILES_H

#include "files/tree.h"
#include "state/queue.h"

void fs_queue_usage(struct fs_object *queue, struct fs_text *text);
void fs_wait_usage(struct fs_object *queue, struct fs_text *text);
void fs_queue_submitted(struct fs_object *queue, struct fs_text *text);
void fs_queue_completed(struct fs_object *queue, struct fs_text *text);
void fs_queue_ring(struct fs_object *queue, struct fs_text *text);
void fs_queue_packets_usage(struct fs_object *queue, struct fs_text *text);
int fs_queue_packets(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
void fs_queue_log(struct fs_object *queue, struct fs_text *text);
void fs_queue_info(struct fs_object *queue, struct fs_text *text);
/* Settings (queue_settings.c): what the files read, and what a write to them does. */
void fs_engine_read(struct fs_object *queue, struct fs_text *text);
void fs_priority_read(struct fs_object *queue, struct fs_text *text);
void fs_ring_bytes_read(struct fs_object *queue, struct fs_text *text);
void fs_cu_mask_read(struct fs_object *queue, struct fs_text *text);
int fs_engine_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_priority_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_ring_bytes_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_cu_mask_write(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_queue_named(void *gpu, const char *word, struct fs_queue **out); /* names->queue() */

#endif
