/* restore_buffers.h - buffers in the next image. Under the lock. */
#ifndef KFDFS_FS_RESTORE_BUFFERS_H
#define KFDFS_FS_RESTORE_BUFFERS_H

#include "handover/restore_objects.h"

struct fs_saved_memory {
    uint64_t va, window, n;
    struct gpu_piece *pieces;
};

bool fs_restore_get_memory(struct fs_stream *in, struct fs_saved_memory *saved); /* false: there is none */
void fs_restore_drop_memory(struct fs_saved_memory *saved);
/* Ends the saved memory. With its GPU, or else for the CPU alone; NULL: not even that. */
struct gpu_buffer *fs_restore_memory(struct fs_gpu *gpu, enum gpu_pool pool, const char *name,
                                     struct fs_saved_memory *saved);
/* root: it is there already; else it is made in dir. name: instead of its own, which is in *own_name. */
struct fs_entry *fs_restore_entry(struct fs_restore *restore, struct fs_entry *root, struct fs_entry *dir,
                                  const char *name, const char **own_name);
/* Buffers without a name get one, which they lose in the end. */
void fs_restore_nameless(struct fs_restore *restore);
void fs_restore_unlink(struct fs_restore *restore);

/* The GPU is lost: what it did not take back, and why (the text of the last error). */
void fs_restore_give_up(struct fs_gpu *gpu, const char *what);

#endif
