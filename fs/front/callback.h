/*
 * callback.h - what FUSE's callbacks share. They are in files by what they are about, each of which adds its
 * own to FUSE's table.
 *
 * Invariant: each callback answers its request, or hands it to a function that will; none waits for a GPU.
 * The low-level interface is used since only it lets requests be kept, and nodes be told apart by lookup.
 */
#ifndef KFDFS_FS_CALLBACK_H
#define KFDFS_FS_CALLBACK_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "tree/open_files.h"

struct fs_world *fs_req_world(fuse_req_t req);
struct fs_node *fs_req_node(fuse_req_t req, fuse_ino_t ino);
struct fs_file *fs_req_file(fuse_req_t req, const struct fuse_file_info *fi); /* fi may be NULL */
pid_t fs_req_pid(fuse_req_t req);

/* How long the kernel may remember it, in seconds: what only changes by way of the kernel, long. */
double fs_keeps(const struct fs_node *node);
void fs_fill_open(struct fuse_file_info *fi, struct fs_file *file);

/* What a callback is asked about was told by an earlier reply, and is let go only after all replies that tell
 * of it: an order that passes through the kernel. Checkers of data races cannot see it there; these two show
 * it to them. */
void fs_before_reply(void);
void fs_after_replies(void);

/* A request that may be kept, of a process that acts. NULL: it was refused. */
struct fs_request *fs_request_create(fuse_req_t req, fuse_ino_t ino, struct fs_file *file,
                                     const struct fs_replies *replies);
extern const struct fs_replies fs_replies_error; /* its result is an error or nothing */
extern const struct fs_replies fs_replies_count; /* or a number of bytes */
extern const struct fs_replies fs_replies_attr;  /* or the file's attributes */
extern const struct fs_replies fs_replies_sync;  /* or nothing, once the kernel has dropped its pages */

void fs_serve(struct fuse_session *se); /* whose pages those are; NULL: no longer */

void fs_ops_names(struct fuse_lowlevel_ops *ops);
void fs_ops_attributes(struct fuse_lowlevel_ops *ops);
void fs_ops_files(struct fuse_lowlevel_ops *ops);
void fs_ops_dirs(struct fuse_lowlevel_ops *ops);

#endif
