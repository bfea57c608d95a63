/* staging.h - steps that take a buffer's bytes through system memory, where the CPU cannot reach them. */
#ifndef KFDFS_FS_STAGING_H
#define KFDFS_FS_STAGING_H

#include "work/buffer_op.h"

/* Steps: the bytes are in op->stage before a read goes on, in the buffer after a write's, where it has to be.
 */
int fs_stage_read(struct fs_buffer_op *op);
int fs_stage_write(struct fs_buffer_op *op);

#endif
