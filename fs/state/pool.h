/*
 * pool.h - vram/ and gtt/: buffers and directories of them. Under the lock.
 */
#ifndef KFDFS_FS_POOL_H
#define KFDFS_FS_POOL_H

#include <stdatomic.h>

#include "state/world.h"

enum fs_pages { FS_PAGES_UNKNOWN, FS_PAGES_NONE, FS_PAGES_THERE };

struct fs_entry { /* a buffer, or a directory of them */
    struct fs_object object;
    struct fs_gpu *gpu;
    enum gpu_pool pool;
    bool dir, linked;                            /* linked: it has a name */
    struct fs_entry *children, *sibling, **link; /* in name order; link: what points here */
    struct fs_entry *top, *before, *after;       /* the same children as a search tree: names.c */
    unsigned subdirs;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    struct timespec atime, mtime, ctime;
    /* of a buffer */
    struct gpu_buffer *memory; /* NULL until bytes are wanted */
    uint64_t size;
    unsigned losses;  /* how often a reset took its bytes */
    unsigned keepers; /* name, open files, commands, holds: without any, memory goes */
    unsigned opens;
    int holders;                 /* > 0: shared; -1: exclusive */
    _Atomic enum fs_pages pages; /* behind the memory's mapping */
    bool changing;               /* its address or end is about to change: no command may name it */
};

struct fs_entry *fs_pool_create(struct fs_gpu *gpu, enum gpu_pool pool);
void fs_pool_free(struct fs_entry *root);                               /* takes NULL */
void fs_entry_path(struct fs_text *text, const struct fs_entry *entry); /* adds "gpu0/vram/dir/a" */

/* 0, or what mkdir(2), unlink(2) and their like return; no sentence. */
int fs_pool_make(struct fs_entry *dir, const char *name, const struct fs_creation *by, bool is_dir);
int fs_pool_drop(struct fs_entry *dir, const char *name, bool is_dir);
int fs_pool_move(struct fs_entry *from, const char *name, struct fs_entry *to, const char *new_name,
                 bool may_replace);
int fs_pool_exchange(struct fs_entry *from, const char *name, struct fs_entry *to, const char *new_name);

void fs_entry_keep(struct fs_entry *entry);
void fs_entry_unkeep(struct fs_entry *entry);
/* In place of what it has, which is freed. NULL: none. */
void fs_entry_set_memory(struct fs_entry *entry, struct gpu_buffer *memory);

#endif
