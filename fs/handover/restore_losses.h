/* restore_losses.h - what a reset has taken. Under the lock. */
#ifndef KFDFS_FS_RESTORE_LOSSES_H
#define KFDFS_FS_RESTORE_LOSSES_H

#include "handover/restore_objects.h"

/* Gives the lock back meanwhile. */
void fs_restore_losses(struct fs_restore *restore);

#endif
