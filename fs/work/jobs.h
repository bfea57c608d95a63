/* jobs.h - jobs of kfdfs itself, and waiting for a buffer. Under the lock. */
#ifndef KFDFS_FS_JOBS_H
#define KFDFS_FS_JOBS_H

#include "state/work.h"

struct fs_entry;

/* Ends the work when every batch that names the buffer now is done. */
int fs_buffer_wait(struct fs_entry *buffer, struct fs_work *work);

/* A job of kfdfs itself on that GPU's own queue (which must be made): finished(work) tells its end. */
struct fs_own_command {
    struct gpu_command command;
    struct fs_entry *buffers[2]; /* whom it touches; may be NULL */
    char text[400];
};
int fs_own_job(struct fs_gpu *gpu, const struct fs_own_command *commands, unsigned n,
               void (*finished)(struct fs_work *work), void *ctx);

#endif
