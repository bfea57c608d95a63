/*
 * pool.h - vram/ and gtt/: directories of buffers, and who may use a buffer's memory meanwhile.
 */
#ifndef KFDFS_FS_POOL_H
#define KFDFS_FS_POOL_H

#include <stdatomic.h>

#include "files/tree.h"

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
    unsigned users;   /* batches of queued commands that name it */
    unsigned opens;
    int holders;                 /* > 0: shared; -1: exclusive */
    _Atomic enum fs_pages pages; /* behind the memory's mapping */
    bool changing;               /* its address or end is about to change: no command may name it */
};

struct fs_entry *fs_pool_create(struct fs_gpu *gpu, enum gpu_pool pool);
void fs_pool_free(struct fs_entry *root);                                     /* takes NULL */
struct fs_entry *fs_pool_child(const struct fs_entry *dir, const char *name); /* NULL: no such */
void fs_entry_path(struct fs_text *text, const struct fs_entry *entry);       /* adds "gpu0/vram/dir/a" */
void fs_names_add(struct fs_entry *dir, struct fs_entry *entry);              /* its name is free */
void fs_names_remove(struct fs_entry *dir, struct fs_entry *entry);

void fs_entry_keep(struct fs_entry *entry);
void fs_entry_unkeep(struct fs_entry *entry);

/* The right to use the memory of one or two buffers as it is (shared) or to change it (exclusive). */
struct fs_hold {
    struct fs_later later;
    struct fs_hold *next;
    struct fs_entry *buffer[2]; /* the second may be NULL */
    bool exclusive[2];
    void (*go)(struct fs_hold *hold); /* without the lock, when the hold could not be had at once */
};
/* True: granted at once. False: parked, go() will be called; unless only_now. */
bool fs_hold_take(struct fs_world *world, struct fs_hold *hold, bool only_now);
void fs_hold_drop(struct fs_world *world, struct fs_hold *hold);

extern const struct fs_dir_class fs_pool_class;
extern const struct fs_class fs_buffer_class;
struct fs_object *fs_find_vram(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_gtt(struct fs_object *gpu, const char *name);
struct fs_object *fs_find_file(struct fs_object *dir, const char *name);
struct fs_object *fs_find_dir(struct fs_object *dir, const char *name);
void fs_list_files(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing);
void fs_list_dirs(struct fs_object *dir, const struct fs_row *row, struct fs_listing *listing);

/* staging.c: what nobody uses; under the lock */
void fs_stages_free(struct fs_gpu *gpu);

/* buffer_files.c, for ops.c: */
void fs_buffer_copy(struct fs_request *request, struct fs_file *in, uint64_t in_offset, struct fs_file *out,
                    uint64_t out_offset, uint64_t bytes);
void fs_buffer_allocate(struct fs_request *request, struct fs_file *file, int mode, uint64_t offset,
                        uint64_t bytes);
/* Value of an extended attribute, or NULL text for unknown ones. Under the lock. */
bool fs_buffer_attribute(const struct fs_entry *entry, const char *name, struct fs_text *value);

#endif
