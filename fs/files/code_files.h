/* code_files.h - code/ and what is loaded below kernels/. Under the lock. */
#ifndef KFDFS_FS_CODE_FILES_H
#define KFDFS_FS_CODE_FILES_H

#include "tree/rows.h"

extern const struct fs_dir_class fs_code_class;
extern const struct fs_class fs_code_file_class;
struct fs_object *fs_find_code(struct fs_object *gpu, const char *name);
void fs_list_code(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);
struct fs_object *fs_find_object(struct fs_object *gpu, const char *name);
void fs_list_objects(struct fs_object *gpu, const struct fs_row *row, struct fs_listing *listing);

#endif
