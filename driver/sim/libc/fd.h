/*
 * fd.h - which descriptors of this process belong to the simulated machine.
 */
#ifndef KFDFS_SIM_FD_H
#define KFDFS_SIM_FD_H

#include <stdbool.h>
#include <stdint.h>

enum fd_kind {
    FD_FOREIGN, /* nothing of ours */
    FD_KFD,
    FD_RENDER,
    FD_FILE,   /* a regular file of the simulated sysfs */
    FD_DIR,    /* a directory of it */
    FD_SMI,    /* SMI events; gpu: which client */
    FD_INJECT, /* a GPU's inject file */
    FD_DMABUF, /* memory of a GPU; the file id says which */
};

struct fd_info {
    enum fd_kind kind;
    unsigned gpu;     /* FD_RENDER, FD_INJECT: index */
    uint64_t file_id; /* FD_KFD, FD_RENDER: which open; the same for duplicates */
    bool inherited;   /* opened before the last fork */
};

/* All of these are safe from any thread, and never wait. */
struct fd_info fd_get(int fd);
/* Registers a descriptor that was just made; a file_id is given to devices. */
void fd_open(int fd, enum fd_kind kind, unsigned gpu);
void fd_open_dmabuf(int fd, uint64_t file_id);
void fd_copy(int from, int to); /* after dup; a foreign `from` makes `to` foreign */
void fd_forget(int fd);
void fd_forget_range(unsigned first, unsigned last);
bool fd_file_open(uint64_t file_id); /* has this open file of a device a descriptor? */

#endif
