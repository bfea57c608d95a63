/*
 * paths.h - buffers, variables and queues as commands name them, seen from a GPU's directory. Under the lock.
 */
#ifndef KFDFS_FS_PATHS_H
#define KFDFS_FS_PATHS_H

#include "state/world.h"

struct fs_global;

struct fs_entry *fs_find_buffer(struct fs_gpu *gpu, const char *name);    /* NULL: no such */
struct fs_global *fs_find_variable(struct fs_gpu *gpu, const char *name); /* kernels/OBJECT/.globals/NAME */
int fs_find_queue(struct fs_gpu *gpu, const char *name, struct fs_queue **out);

#endif
