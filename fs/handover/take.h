/* take.h - the first steps of an image that goes on from another. */
#ifndef KFDFS_FS_TAKE_H
#define KFDFS_FS_TAKE_H

#include "handover/left.h"
#include "state/world.h"

/* First thing in main(): takes what an image before left, and its buffers' addresses. 0 or negative: told. */
int fs_handover_take(struct fs_handover *handover, char **argv);
/* The world was opened anew. Where the kernel did not give a GPU it is tried once more with another image,
 * some times; then this returns. */
void fs_handover_retry(const struct fs_handover *handover, const struct fs_world *world, char **argv);

#endif
