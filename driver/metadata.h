/*
 * metadata.h - the kernels of a code object, as its metadata note describes them.
 */
#ifndef KFDFS_METADATA_H
#define KFDFS_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include "gpu.h"

/* Hidden arguments that are filled in. Those with a null pointer in their row are only named. */
enum metadata_hidden {
    HIDDEN_NONE,
    HIDDEN_BLOCK_COUNT_X,
    HIDDEN_BLOCK_COUNT_Y,
    HIDDEN_BLOCK_COUNT_Z,
    HIDDEN_GROUP_SIZE_X,
    HIDDEN_GROUP_SIZE_Y,
    HIDDEN_GROUP_SIZE_Z,
    HIDDEN_REMAINDER_X,
    HIDDEN_REMAINDER_Y,
    HIDDEN_REMAINDER_Z,
    HIDDEN_GLOBAL_OFFSET_X,
    HIDDEN_GLOBAL_OFFSET_Y,
    HIDDEN_GLOBAL_OFFSET_Z,
    HIDDEN_GRID_DIMS,
    HIDDEN_DYNAMIC_LDS_SIZE,
    HIDDEN_PRIVATE_BASE,
    HIDDEN_SHARED_BASE,
    HIDDEN_QUEUE_PTR,
    HIDDEN_UNUSED, /* hidden_none: room without a meaning */
    HIDDEN_PRINTF,
    HIDDEN_HOSTCALL,
    HIDDEN_MULTIGRID,
    HIDDEN_HEAP,
    HIDDEN_DEFAULT_QUEUE,
    HIDDEN_COMPLETION,
    HIDDEN_UNKNOWN, /* a kind newer than this table */
};

struct metadata_hidden_arg {
    enum metadata_hidden kind;
    uint32_t offset, size;
};

struct metadata_kernel {  /* strings are its own */
    char *name, *symbol;  /* "vector_add", "vector_add.kd" */
    struct gpu_arg *args; /* visible; type_name and name are never NULL */
    unsigned n_args;
    struct metadata_hidden_arg *hidden;
    unsigned n_hidden;
    char *unsupported; /* an argument kind that cannot be given, or NULL */
    uint32_t vgprs, agprs, sgprs, lds_bytes, scratch_bytes, kernarg_bytes, wave_size, max_group,
        reqd_group[3];
    bool dynamic_stack;
};

struct metadata {
    char *target; /* "amdgcn-amd-amdhsa--gfx942", or NULL (V3) */
    struct metadata_kernel *kernels;
    unsigned n_kernels;
    bool printf; /* the code object has device printf formats */
};

/* -ENOEXEC with a sentence if the note is not what AMDGPUUsage says. */
int metadata_parse(struct metadata *metadata, const void *note, size_t size);
void metadata_free(struct metadata *metadata);

#endif
