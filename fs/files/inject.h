/* inject.h - the directory `sim` of a software GPU. Under the lock. */
#ifndef KFDFS_FS_INJECT_H
#define KFDFS_FS_INJECT_H

#include "tree/rows.h"

struct fs_object *fs_find_sim(struct fs_object *gpu, const char *name);
void fs_inject_usage(struct fs_object *gpu, struct fs_text *text);
int fs_inject(struct fs_object *gpu, const char *text, size_t length, struct fs_work *work);

#endif
