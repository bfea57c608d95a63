/* pool_files.h - vram/ and gtt/: directories of buffers. Under the lock. */
#ifndef KFDFS_FS_POOL_FILES_H
#define KFDFS_FS_POOL_FILES_H

#include "tree/rows.h"

extern const struct fs_dir_class fs_pool_class;
struct fs_object *fs_find_vram(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_gtt(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_file(struct fs_object *dir, const char *name);
struct fs_object *fs_find_dir(struct fs_object *dir, const char *name);
void fs_list_files(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing);
void fs_list_dirs(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing);

#endif
