/*
 * freed.h - which buffers were freed lately, and where they were: what still uses their addresses faults.
 * Under the world's lock.
 */
#ifndef KFDFS_FS_FREED_H
#define KFDFS_FS_FREED_H

#include "state/world.h"

struct fs_stream;

/* That memory of the buffer of that path is about to go. */
void fs_freed_note(struct fs_world *world, const struct gpu_buffer *memory, const char *path);
/* Says whose the address was, and when. False: of none that is known. */
bool fs_freed_tell(const struct fs_world *world, uint64_t address, struct fs_text *text);
void fs_freed_clear(struct fs_world *world);
/* Over to the next image. */
void fs_freed_save(const struct fs_world *world, struct fs_text *out);
void fs_freed_restore(struct fs_world *world, struct fs_stream *in);

#endif
