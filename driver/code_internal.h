/*
 * code_internal.h - what code.c and kernarg.c know of a loaded code object.
 */
#ifndef KFDFS_CODE_INTERNAL_H
#define KFDFS_CODE_INTERNAL_H

#include "gpu.h"
#include "metadata.h"

struct code_kernel {
    struct gpu_kernel kernel; /* what the public sees; first, so that one pointer is the other */
    struct metadata_kernel *meta;
};

struct gpu_code {
    struct metadata metadata;
    struct code_kernel *kernels;
    struct gpu_buffer *buffer;
};

static inline const struct code_kernel *code_kernel_of(const struct gpu_kernel *kernel)
{
    return (const struct code_kernel *)kernel;
}

#endif
