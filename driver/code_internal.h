/*
 * code_internal.h - what code.c and kernarg.c know of a loaded code object.
 */
#ifndef KFDFS_CODE_INTERNAL_H
#define KFDFS_CODE_INTERNAL_H

#include "code.h"
#include "isa/isa.h"
#include "metadata.h"

struct code_kernel {
    struct gpu_kernel kernel; /* what the public sees; first, so that one pointer is the other */
    struct metadata_kernel *meta;
    struct code_shader shader;
    const uint8_t *code; /* a copy of its code in host memory: its part's */
    enum isa_generation isa;
};

struct code_part { /* one image of the file, loaded */
    struct metadata metadata;
    struct code_kernel *kernels; /* metadata.n_kernels */
    struct gpu_buffer *buffer;
    bool adopted;    /* its bytes are there already: an image of this process before had loaded it */
    uint8_t *memory; /* what was loaded, as it was then: reading VRAM back is slow */
};

struct gpu_code { /* a file may hold several images for one GPU: one for each of its bundles */
    struct code_part *parts;
    unsigned n_parts;
    const struct gpu_kernel **kernels; /* of all parts; a symbol that several have, of the first */
    unsigned n_kernels;
    struct gpu_global *globals; /* likewise; symbol is their own */
    unsigned n_globals;
};

static inline const struct code_kernel *code_kernel_of(const struct gpu_kernel *kernel)
{
    return (const struct code_kernel *)kernel;
}

#endif
