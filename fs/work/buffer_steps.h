/* buffer_steps.h - steps that change a buffer's memory, its bytes as such, and its size. */
#ifndef KFDFS_FS_BUFFER_STEPS_H
#define KFDFS_FS_BUFFER_STEPS_H

#include "work/buffer_op.h"

int fs_buffer_room(
    struct fs_buffer_op *op); /* a step: memory up to room; moves to a larger window if it must */
int fs_buffer_zero_gap(struct fs_buffer_op *op); /* a step: zeroes from the old end to offset */
int fs_buffer_zero_new(struct fs_buffer_op *op); /* a step: zeroes from the old end to the new one */
int fs_buffer_zero(
    struct fs_buffer_op *op); /* a step: zeroes offset .. offset + bytes, as far as there are bytes */
int fs_buffer_end(struct fs_buffer_op *op); /* a step: grows the size */

#endif
