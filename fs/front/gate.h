/*
 * gate.h - between the FUSE library and its descriptor: can be shut, so that no request is read any more, and
 * lets a fresh image of the daemon begin where the old one was.
 */
#ifndef KFDFS_FS_GATE_H
#define KFDFS_FS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "text/text.h"

/* What fuse_custom_io asks for; there is one gate in the process. */
ssize_t fs_gate_read(int fd, void *to, size_t size, void *unused);
ssize_t fs_gate_write(int fd, struct iovec *parts, int n, void *unused);
ssize_t fs_gate_splice_from(int fd, off_t *offset, int to, off_t *to_offset, size_t size, unsigned flags,
                            void *unused);
ssize_t fs_gate_splice_to(int from, off_t *from_offset, int fd, off_t *offset, size_t size, unsigned flags,
                          void *unused);

/* From now on no request is read, until fs_gate_open(). */
void fs_gate_close(void);
/* The same, and returns once every thread that reads requests has dealt with its last one, and waits here. */
void fs_gate_shut(void);
void fs_gate_open(void);

/* The first request of the mount (FUSE_INIT): kept, to be read again by the next image, which swallows the
 * one answer to it. */
const struct fs_text *fs_gate_first(void);
int fs_gate_replay(const char *bytes, size_t length);

/* May files be mapped shared? Once the first request was read. */
bool fs_gate_maps(void);

#endif
