/* queue_dirs.h - sdma/ and compute/: what is in them, mkdir and rmdir there. */
#ifndef KFDFS_FS_QUEUE_DIRS_H
#define KFDFS_FS_QUEUE_DIRS_H

#include "tree/rows.h"

extern const struct fs_dir_class fs_sdma_class, fs_compute_class, fs_queue_class;
struct fs_object *fs_find_sdma(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_compute(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_own(struct fs_object *gpu, const char *name);
void fs_list_sdma(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
void fs_list_compute(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);

#endif
