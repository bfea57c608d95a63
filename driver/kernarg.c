/*
 * kernarg.c - the part of a kernarg segment that nobody types: hidden arguments and LDS offsets.
 *
 * Invariant: writes only where the metadata says, which metadata.c has held against the segment's size.
 * Facts: LLVM's AMDGPUUsage, "Code Object V5 Metadata" (value kinds): block counts are of complete
 * work-groups, the remainder is what is left of the grid.
 */
#include "code.h"

#include <string.h>

#include "code_internal.h"

enum { LOCAL_ALIGN = 16 }; /* of each dynamic LDS area: enough for every OpenCL type but long16 */

static uint32_t align_local(uint32_t bytes)
{
    return (bytes + LOCAL_ALIGN - 1) & ~(uint32_t)(LOCAL_ALIGN - 1);
}

static uint32_t local_bytes(const struct gpu_arg *arg, const void *kernarg)
{
    uint32_t bytes;
    memcpy(&bytes, (const char *)kernarg + arg->offset, sizeof bytes);
    return bytes;
}

uint64_t code_lds_bytes(const struct gpu_command *dispatch)
{
    const struct gpu_kernel *kernel = dispatch->kernel;
    uint64_t bytes = (uint64_t)kernel->lds_bytes + dispatch->lds_bytes;

    for (unsigned i = 0; i < kernel->n_args; i++)
        if (kernel->args[i].kind == GPU_ARG_LOCAL) {
            bytes = (bytes + LOCAL_ALIGN - 1) & ~(uint64_t)(LOCAL_ALIGN - 1);
            bytes += local_bytes(&kernel->args[i], dispatch->kernarg);
        }
    return bytes;
}

static void place_locals(const struct gpu_kernel *kernel, const struct gpu_command *dispatch, char *kernarg)
{
    uint32_t at = kernel->lds_bytes + dispatch->lds_bytes;

    for (unsigned i = 0; i < kernel->n_args; i++)
        if (kernel->args[i].kind == GPU_ARG_LOCAL) {
            uint32_t bytes = local_bytes(&kernel->args[i], kernarg);
            at = align_local(at);
            memcpy(kernarg + kernel->args[i].offset, &at, sizeof at);
            at += bytes;
        }
}

static unsigned grid_dims(const struct gpu_command *dispatch)
{
    for (unsigned d = 2; d > 0; d--)
        if (dispatch->grid[d] > 1 || dispatch->group[d] > 1)
            return d + 1;
    return 1;
}

static uint64_t hidden_value(enum metadata_hidden kind, const struct gpu_command *dispatch,
                             const struct code_hidden *hidden, uint64_t lds_bytes)
{
    if (kind >= HIDDEN_BLOCK_COUNT_X && kind <= HIDDEN_BLOCK_COUNT_Z)
        return dispatch->grid[kind - HIDDEN_BLOCK_COUNT_X] / dispatch->group[kind - HIDDEN_BLOCK_COUNT_X];
    if (kind >= HIDDEN_GROUP_SIZE_X && kind <= HIDDEN_GROUP_SIZE_Z)
        return dispatch->group[kind - HIDDEN_GROUP_SIZE_X];
    if (kind >= HIDDEN_REMAINDER_X && kind <= HIDDEN_REMAINDER_Z)
        return dispatch->grid[kind - HIDDEN_REMAINDER_X] % dispatch->group[kind - HIDDEN_REMAINDER_X];
    switch (kind) {
    case HIDDEN_GRID_DIMS:
        return grid_dims(dispatch);
    case HIDDEN_DYNAMIC_LDS_SIZE:
        return lds_bytes - dispatch->kernel->lds_bytes;
    case HIDDEN_PRIVATE_BASE:
        return hidden->private_base_hi;
    case HIDDEN_SHARED_BASE:
        return hidden->shared_base_hi;
    case HIDDEN_QUEUE_PTR:
        return hidden->queue_va;
    default:
        return 0; /* offsets are 0; the rest is only allowed where the kernel does not use it */
    }
}

void code_fill_hidden(const struct gpu_kernel *kernel, const struct gpu_command *dispatch,
                      const struct code_hidden *hidden, void *kernarg)
{
    const struct code_kernel *own = code_kernel_of(kernel);
    uint64_t lds_bytes = code_lds_bytes(dispatch);

    for (unsigned i = 0; i < own->meta->n_hidden; i++) {
        const struct metadata_hidden_arg *arg = &own->meta->hidden[i];
        uint64_t value = hidden_value(arg->kind, dispatch, hidden, lds_bytes);
        memset((char *)kernarg + arg->offset, 0, arg->size);
        memcpy((char *)kernarg + arg->offset, &value, arg->size < sizeof value ? arg->size : sizeof value);
    }
    place_locals(kernel, dispatch, kernarg);
}
