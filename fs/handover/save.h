/* save.h - everything that a mount shows, written down. */
#ifndef KFDFS_FS_SAVE_H
#define KFDFS_FS_SAVE_H

#include "state/world.h"

/* Writes everything down; the exported descriptors are added to fds, on failure too. Under
 * the lock. */
int fs_handover_save(struct fs_world *world, int session_fd, struct fs_text *out, struct fs_text *fds);

#endif
