/*
 * handover.h - after a memory fault the daemon goes on as a fresh image of itself, in which the GPU is whole.
 *
 * The kernel takes the queues of a process on a GPU for good when one of its accesses faults. exec makes a
 * new process of us for KFD (it goes by the address space), with the same PID and descriptors: the mount's,
 * one dma-buf for each piece of each buffer, and one of a memory file in which everything else is written
 * down.
 */
#ifndef KFDFS_FS_HANDOVER_H
#define KFDFS_FS_HANDOVER_H

#include "stream.h"
#include "world.h"

struct fs_handover { /* what the image before has left */
    bool taken;
    char *bytes; /* all of it */
    struct fs_stream in;
    int session_fd;
    const char *mountpoint;
};

/* First thing in main(): takes what an image before left, and its buffers' addresses. 0 or negative: told. */
int fs_handover_take(struct fs_handover *handover, char **argv);
/* Fills the world, which was opened anew. The session's first request is at the gate afterwards. */
int fs_handover_restore(struct fs_handover *handover, struct fs_world *world);

/* From now on a fault leads to a handover. */
void fs_handover_prepare(struct fs_world *world, int session_fd, char **argv);
void fs_handover_stop(void);
/* A GPU was lost to a fault. Not under the lock; returns at once. */
void fs_handover_want(struct fs_gpu *gpu);

/* handover_save.c: writes everything down; the exported descriptors are added to fds, on failure too. Under
 * the lock. */
int fs_handover_save(struct fs_world *world, int session_fd, struct fs_text *out, struct fs_text *fds);

#endif
