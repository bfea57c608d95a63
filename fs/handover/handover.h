/*
 * handover.h - the daemon goes on as a fresh image of itself: after a memory fault, since a new process has
 * whole GPUs, and on SIGHUP, when it is the program that was installed meanwhile.
 *
 * The kernel takes the queues of a process on a GPU for good when one of its accesses faults. exec makes a
 * new process of us for KFD (it goes by the address space), with the same PID and descriptors: the mount's,
 * one dma-buf for each piece of each buffer, and one of a memory file in which everything else is written
 * down.
 */
#ifndef KFDFS_FS_HANDOVER_H
#define KFDFS_FS_HANDOVER_H

#include "state/world.h"

/* From now on a fault, and SIGHUP, lead to a handover. */
int fs_handover_prepare(struct fs_world *world, int session_fd, char **argv);
void fs_handover_stop(void);
/* A GPU was lost to a fault. Not under the lock; returns at once. */
void fs_handover_want(struct fs_gpu *gpu);

#endif
