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

#include "text/stream.h"
#include "state/world.h"

struct fs_handover { /* what the image before has left */
    bool taken;
    char *bytes; /* all of it */
    struct fs_stream in;
    int fd; /* of the memory file, until the world is filled */
    int session_fd;
    const char *mountpoint;
    struct gpu_info *gpus; /* that it had */
    unsigned n_gpus;
    uint64_t next_serial; /* no object of it has a higher number; so new ones get none that an old one has */
};

struct fs_handover_header { /* of the memory file */
    uint32_t attempts;      /* images that saw no way on, and asked for one more */
    uint32_t crashes;       /* images that did not get that far */
    uint32_t signal;        /* of the last of those; 0: it gave up */
    int32_t program_fd;     /* of the image that wrote the file */
};

/* First thing in main(): takes what an image before left, and its buffers' addresses. 0 or negative: told. */
int fs_handover_take(struct fs_handover *handover, char **argv);
/* The world was opened anew. Where the kernel did not give a GPU it is tried once more with another image,
 * some times; then this returns. */
void fs_handover_retry(const struct fs_handover *handover, const struct fs_world *world, char **argv);
/* Fills the world. The session's first request is at the gate afterwards. */
int fs_handover_restore(struct fs_handover *handover, struct fs_world *world);

/* fall.c: from now on a crash leads back to the image before. */
void fs_handover_arm(int fd, char **argv);
/* As if it had crashed; signal 0: it gave up. Returns if there is nothing to go back to. Safe in signal
 * handlers. */
void fs_handover_fall_back(int signal);
void fs_handover_keep_open(int fd); /* until this image serves */
/* This image serves: closes what was left. */
void fs_handover_settle(const struct fs_handover *handover);
/* Images crashed so often that this one better leaves the GPUs alone. */
bool fs_handover_hopeless(const struct fs_handover *handover);
/* What happened on the way; nothing, if all went well. */
void fs_handover_tell_fall(const struct fs_handover *handover, struct fs_text *text);

/* From now on a fault, and SIGHUP, lead to a handover. */
int fs_handover_prepare(struct fs_world *world, int session_fd, char **argv);
void fs_handover_stop(void);
/* A GPU was lost to a fault. Not under the lock; returns at once. */
void fs_handover_want(struct fs_gpu *gpu);

/* save.c: writes everything down; the exported descriptors are added to fds, on failure too. Under
 * the lock. */
int fs_handover_save(struct fs_world *world, int session_fd, struct fs_text *out, struct fs_text *fds);

/* go.c. What is written down is read only by a program that names the same format. */
uint64_t fs_handover_format(void);
/* kfdfs --takes FORMAT: the exit status says whether this program could go on from there. */
int fs_handover_takes(const char *format);
/* Whether that program starts at all, and knows our format. */
int fs_handover_check(const char *program);
/* Becomes the program, with that state. Returns only if that fails. */
int fs_handover_go(const char *program, int session_fd, const struct fs_text *state, char **argv);
/* The same with the state of an image before, once more. Returns if that fails, or was tried too often. */
int fs_handover_go_again(int fd, const char *state, char **argv);
enum { FS_HANDOVER_ATTEMPTS = 8 };

#define FS_HANDOVER_WHERE "KFDFS_HANDOVER" /* PID:DESCRIPTOR */

#endif
