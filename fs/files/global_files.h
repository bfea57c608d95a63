/* global_files.h - variables of loaded code as files. Under the lock. */
#ifndef KFDFS_FS_GLOBAL_FILES_H
#define KFDFS_FS_GLOBAL_FILES_H

#include "tree/rows.h"

extern const struct fs_class fs_global_class;
struct fs_object *fs_find_globals(struct fs_object *loaded, const char *name);
struct fs_object *fs_find_global(struct fs_object *loaded, const char *name);
void fs_list_globals(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing);

#endif
