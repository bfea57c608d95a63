/*
 * sdma.h - SDMA packets: each function writes one at p and returns what follows it.
 */
#ifndef KFDFS_SDMA_H
#define KFDFS_SDMA_H

#include "gpu.h"
#include "hw/targets.h"

enum { /* dwords */
       SDMA_COPY_DWORDS = 7,
       SDMA_RECT_DWORDS = 13,
       SDMA_WRITE_DWORDS = 4, /* and the data */
       SDMA_FILL_DWORDS = 5,
       SDMA_FENCE_DWORDS = 4,
       SDMA_TRAP_DWORDS = 2,
       SDMA_POLL_DWORDS = 6,
       SDMA_TIMESTAMP_DWORDS = 3,
       SDMA_ATOMIC_DWORDS = 8,
       SDMA_GCR_DWORDS = 5,
       SDMA_BROADCAST_DWORDS = 9,
       SDMA_INDIRECT_DWORDS = 6,
       SDMA_INDIRECT_ALIGN = 8, /* where the packet must end */
       SDMA_COND_DWORDS = 5,
       SDMA_HDP_FLUSH_DWORDS = 6,
};

uint32_t *sdma_copy(uint32_t *p, uint64_t dst, uint64_t src, uint32_t bytes);

/* To two places at once. */
uint32_t *sdma_copy_broadcast(uint32_t *p, uint64_t dst, uint64_t dst2, uint64_t src, uint32_t bytes);

struct sdma_rect { /* all in elements of 1 << element bytes, but for the addresses */
    uint64_t dst, src;
    unsigned element;
    uint32_t width, height, dst_pitch, src_pitch;
};
uint32_t *sdma_copy_rect(uint32_t *p, const struct target *target, const struct sdma_rect *rect);
uint32_t *sdma_write(uint32_t *p, uint64_t dst, const void *data, uint32_t dwords);
uint32_t *sdma_fill(uint32_t *p, uint64_t dst, uint32_t value, uint32_t bytes);
uint32_t *sdma_fill_bytes(uint32_t *p, uint64_t dst, uint8_t value, uint32_t bytes);
uint32_t *sdma_fence(uint32_t *p, const struct target *target, uint64_t dst, uint32_t value);
uint32_t *sdma_trap(uint32_t *p, uint32_t context);
uint32_t *sdma_poll(uint32_t *p, uint64_t address, enum gpu_compare compare, uint32_t value, uint32_t mask);
uint32_t *sdma_timestamp(uint32_t *p, uint64_t dst);
uint32_t *sdma_atomic(uint32_t *p, uint64_t dst, enum gpu_atomic op, uint64_t value);
/* Writes caches back, and with invalidate also drops what they hold. Targets with sdma_gcr only. */
uint32_t *sdma_gcr(uint32_t *p, bool invalidate);
/* Packets at va, a multiple of 32. It must end on a multiple of SDMA_INDIRECT_ALIGN dwords of the ring. */
uint32_t *sdma_indirect(uint32_t *p, uint64_t va, uint32_t dwords);
/* The next dwords run only if the word in memory is the reference. */
uint32_t *sdma_cond(uint32_t *p, uint64_t va, uint32_t reference, uint32_t dwords);
/* What the CPU wrote to VRAM over PCIe arrives. */
uint32_t *sdma_hdp_flush(uint32_t *p);

#endif
