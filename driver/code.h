/*
 * code.h - what queues need of a loaded kernel beyond gpu.h: the hidden part of its kernarg segment.
 */
#ifndef KFDFS_CODE_H
#define KFDFS_CODE_H

#include "gpu.h"

struct code_hidden {         /* what hidden arguments are made of, beside the dispatch itself */
    uint64_t queue_va;       /* amd_queue_t of the AQL queue */
    uint32_t shared_base_hi; /* high halves of the LDS and scratch apertures */
    uint32_t private_base_hi;
};

struct code_shader { /* what the kernel descriptor says to the hardware */
    uint64_t entry_va;
    uint32_t rsrc[3];    /* COMPUTE_PGM_RSRC1 to 3 */
    uint16_t properties; /* which user SGPRs it wants */
    uint8_t preload_dwords;
    uint16_t preload_offset; /* in dwords: kernel arguments that come in SGPRs */
};
const struct code_shader *code_shader(const struct gpu_kernel *kernel);

/* LDS of a work-group in that dispatch: the kernel's own, the command's lds_bytes, and its local arguments.
 */
uint64_t code_lds_bytes(const struct gpu_command *dispatch);

/* Writes the hidden arguments of that dispatch into its kernarg segment, by the metadata's offsets, and turns
 * the byte counts of local arguments into LDS offsets. kernarg: kernel->kernarg_bytes writable bytes. Never
 * fails: what cannot be filled makes kernel->unsupported. */
void code_fill_hidden(const struct gpu_kernel *kernel, const struct gpu_command *dispatch,
                      const struct code_hidden *hidden, void *kernarg);

#endif
