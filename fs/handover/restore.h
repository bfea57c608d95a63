/* restore.h - the world as the image before has left it. */
#ifndef KFDFS_FS_RESTORE_H
#define KFDFS_FS_RESTORE_H

#include "handover/left.h"
#include "state/world.h"

/* Fills the world. The session's first request is at the gate afterwards. */
int fs_handover_restore(struct fs_handover *handover, struct fs_world *world);

#endif
