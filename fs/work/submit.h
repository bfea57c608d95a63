/* submit.h - batches given to the driver. Under the lock. */
#ifndef KFDFS_FS_SUBMIT_H
#define KFDFS_FS_SUBMIT_H

#include "state/batch.h"

/* Gives the batch to the driver and counts it as begun in its work; or refuses it as a whole. */
int fs_batch_submit(struct fs_batch *batch);

#endif
