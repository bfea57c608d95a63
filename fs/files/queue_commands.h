/* queue_commands.h - what a queue's files take. Under the lock. */
#ifndef KFDFS_FS_QUEUE_COMMANDS_H
#define KFDFS_FS_QUEUE_COMMANDS_H

#include "tree/rows.h"

struct fs_queue;

int fs_queue_run(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_queue_submit(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_wait_command(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
void fs_queue_usage(struct fs_object *queue, struct fs_text *text);
void fs_wait_usage(struct fs_object *queue, struct fs_text *text);
void fs_queue_packets_usage(struct fs_object *queue, struct fs_text *text);
int fs_queue_packets(struct fs_object *queue, const char *text, size_t length, struct fs_work *work);
int fs_queue_named(void *gpu, const char *word, struct fs_queue **out); /* names->queue() */

#endif
