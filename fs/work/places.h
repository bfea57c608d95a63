/* places.h - places in GPU memory as commands name them: "vram/a+0x100", "@0x7f00". Under the lock. */
#ifndef KFDFS_FS_PLACES_H
#define KFDFS_FS_PLACES_H

#include "state/batch.h"
#include "text/command.h"

/* names->place() for lines of that GPU */
int fs_place_find(void *gpu, const char *word, struct fs_place *out);
/* -ERANGE: fewer than that many bytes are there. word: as it was typed, for the sentence. */
int fs_place_has(const char *word, const struct fs_place *place, uint64_t bytes);
int fs_place_use(struct fs_batch *batch, const struct fs_place *place);

#endif
