/* stages.h - system memory of a GPU that bytes of its buffers go through. */
#ifndef KFDFS_FS_STAGES_H
#define KFDFS_FS_STAGES_H

#include "state/world.h"

struct fs_stage;

int fs_stage_take(struct fs_gpu *gpu, uint64_t bytes, struct fs_stage **out); /* not under the lock */
void fs_stage_give(struct fs_gpu *gpu, struct fs_stage *stage);               /* back; under the lock */
struct gpu_buffer *fs_stage_buffer(const struct fs_stage *stage);
void *fs_stage_memory(const struct fs_stage *stage);
void fs_stages_free(struct fs_gpu *gpu); /* what nobody uses; under the lock */

#endif
