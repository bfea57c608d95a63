/* dispatch.h - lines that dispatch a kernel. Under the lock. */
#ifndef KFDFS_FS_DISPATCH_H
#define KFDFS_FS_DISPATCH_H

#include "state/batch.h"

/* Adds one dispatch of the kernel to a batch. words: after the kernel's name. line: for the log. */
int fs_dispatch_add(struct fs_batch *batch, struct fs_kernel *kernel, char *const *words, unsigned n,
                    const char *line, size_t length);
/* The queue that a dispatch line names with queue=NAME; *out stays as it was where it names none. */
int fs_dispatch_queue(struct fs_gpu *gpu, char *const *words, unsigned n, struct fs_queue **out);

#endif
