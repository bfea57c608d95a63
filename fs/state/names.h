/* names.h - the names in a directory of buffers: found fast, listed in order. Under the lock. */
#ifndef KFDFS_FS_NAMES_H
#define KFDFS_FS_NAMES_H

#include "state/pool.h"

struct fs_entry *fs_pool_child(const struct fs_entry *dir, const char *name); /* NULL: no such */
void fs_names_add(struct fs_entry *dir, struct fs_entry *entry);              /* its name is free */
void fs_names_remove(struct fs_entry *dir, struct fs_entry *entry);

#endif
