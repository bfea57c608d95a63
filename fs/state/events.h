/*
 * events.h - the file `events`: what happened to GPUs and queues by itself. Under the world's lock.
 */
#ifndef KFDFS_FS_EVENTS_H
#define KFDFS_FS_EVENTS_H

#include "state/world.h"

#define FS_EVENTS_COLUMNS "time kind gpu queue seq message"

struct fs_queue;
struct fs_work;

/* kind: a word of kfdfs.5; queue: NULL if it is of no one; seq: 0 if of no command. */
void fs_events_add(struct fs_gpu *gpu, const char *kind, const struct fs_queue *queue, uint64_t seq,
                   const char *message);
void fs_events_add_to_all(struct fs_world *world, const char *kind, const char *message);
/* What the driver told: a line in `events`, one in `errors`, and the GPU's counters. */
void fs_events_take(struct fs_gpu *gpu, const struct gpu_event *event);
/* The time limit of a wait passed: which command holds it up. */
void fs_events_hang(struct fs_world *world, const struct fs_work *work);
/* The sentence for a command that ends with that error: of the last fault if that is why, else text. */
const char *fs_events_reason(const struct fs_gpu *gpu, int error, const char *text);

#endif
