/*
 * code.h - files of code/ as objects, and the loading of what is written to them. Everything here is called
 * under the lock, unless said otherwise.
 */
#ifndef KFDFS_FS_CODE_H
#define KFDFS_FS_CODE_H

#include "state/loaded.h"

struct fs_code_file {        /* code/NAME */
    struct fs_object object; /* parent: the GPU */
    struct fs_gpu *gpu;
    struct fs_code_file *next;
    bool linked;
    bool gone;                /* with its last close, having never loaded */
    struct fs_text bytes;     /* of what is loaded */
    struct fs_loaded *loaded; /* NULL: never loaded, or not by this image of the daemon */
    struct gpu_buffer **kept; /* memory of what an image before had loaded, and this one has not */
    unsigned n_kept;
    struct fs_text draft;  /* what is being written */
    bool has_draft, dirty; /* dirty: written since the last try to load */
    unsigned opens;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    struct timespec mtime;
};

struct fs_code_file *fs_code_find(const struct fs_gpu *gpu, const char *name);
struct fs_loaded *fs_loaded_find(const struct fs_gpu *gpu, const char *name);
int fs_code_create(struct fs_gpu *gpu, const char *name, const struct fs_creation *by);
int fs_code_unlink(struct fs_gpu *gpu, const char *name);
/* Not under the lock: may load. */
int fs_code_rename(struct fs_gpu *gpu, const char *name, const char *new_name, bool may_replace);
/* Loads those bytes as what the file holds, around the kept memory if that goes. On failure they are the
 * file's all the same. Not under the lock. */
int fs_code_reload(struct fs_code_file *file, const char *bytes, size_t length);
/* Loads what was written, if that is wanted now. Not under the lock. */
int fs_code_load(struct fs_code_file *file);
void fs_code_free(struct fs_gpu *gpu);

/* What reading it tells: the draft if there is one. */
const struct fs_text *fs_code_bytes(const struct fs_code_file *file);
int fs_code_write(struct fs_code_file *file, uint64_t offset, const char *data, size_t bytes);
int fs_code_resize(struct fs_code_file *file, uint64_t bytes);
void fs_code_close(struct fs_code_file *file); /* one open file less */

#endif
