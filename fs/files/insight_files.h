/* insight_files.h - what only a software GPU can tell, in its directory `sim`. */
#ifndef KFDFS_FS_INSIGHT_FILES_H
#define KFDFS_FS_INSIGHT_FILES_H

#include "tree/rows.h"

/* Without the lock. */
void fs_sim_wave(struct fs_object *gpu, struct fs_text *text);
void fs_sim_executed(struct fs_object *gpu, struct fs_text *text);
/* Under the lock. */
void fs_sim_counting(struct fs_object *gpu, struct fs_text *text);
int fs_sim_count(struct fs_object *gpu, const char *text, size_t length, struct fs_work *work);

#endif
