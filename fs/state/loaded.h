/*
 * loaded.h - loaded code objects, their kernels and variables. Under the lock.
 */
#ifndef KFDFS_FS_LOADED_H
#define KFDFS_FS_LOADED_H

#include "state/world.h"

struct fs_batch;

struct fs_kernel {           /* kernels/OBJECT/KERNEL */
    struct fs_object object; /* parent: the loaded code; name: the symbol, cut if it is too long */
    const struct gpu_kernel *kernel;
    char *short_name;      /* a bare function name that is its alone, or NULL */
    struct fs_batch *last; /* counted */
    unsigned last_index;
    uint32_t last_grid[3], last_group[3];
    char *last_args;
};

struct fs_global {           /* kernels/OBJECT/.globals/NAME */
    struct fs_object object; /* parent: the loaded code; name: the symbol, cut if it is too long */
    const struct gpu_global *variable;
};

struct fs_loaded {           /* kernels/OBJECT; lives as long as it is listed or queued work uses it */
    struct fs_object object; /* parent: the GPU; name: the file's stem */
    struct gpu_code *code;
    struct fs_kernel **kernels;
    unsigned n_kernels;
    struct fs_global **globals;
    unsigned n_globals;
};

struct fs_kernel *fs_kernel_find(const struct fs_loaded *loaded, const char *name);
/* Takes code over, on failure too. */
int fs_loaded_create(struct fs_gpu *gpu, struct gpu_code *code, const char *name, struct fs_loaded **out);
void fs_loaded_drop(struct fs_loaded *loaded); /* by its file; takes NULL */

struct fs_global *fs_global_find(const struct fs_loaded *loaded, const char *name);

/* The batch goes to the driver: what its kernels show as their last dispatch. */
void fs_kernels_remember(struct fs_batch *batch);

#endif
