/* opening.h - a mount's world begins and ends. */
#ifndef KFDFS_OPENING_H
#define KFDFS_OPENING_H

#include "state/world.h"

/* Opens the driver and makes the objects. */
int fs_world_open(struct fs_world *world);
/* Ends all work: every kept request is answered. */
void fs_world_stop(struct fs_world *world);
void fs_world_close(struct fs_world *world);

#endif
