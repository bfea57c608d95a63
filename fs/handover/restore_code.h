/* restore_code.h - queues and code in the next image. Under the lock. */
#ifndef KFDFS_FS_RESTORE_CODE_H
#define KFDFS_FS_RESTORE_CODE_H

#include "handover/restore_objects.h"

void fs_restore_queue(struct fs_restore *restore, struct fs_gpu *gpu);
void fs_restore_code(struct fs_restore *restore, struct fs_gpu *gpu);

#endif
