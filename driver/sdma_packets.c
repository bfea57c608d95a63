/*
 * sdma_packets.c - the bits of SDMA packets, the same from SDMA 4.4 to 7.0 but for what the target's row
 * says. Sources: Linux amdgpu/{vega10_sdma_pkt_open,navi10_sdma_pkt_open,sdma_v6_0_0_pkt_open}.h, ROCr
 * sdma_registers.h; atomic operations: TC_OP and GL2_OP of the kernel's soc15 and soc21 enums, 64 bits with
 * return.
 */
#include "sdma.h"
#include "hw/atomics.h"

#include <string.h>

enum {
    OP_COPY = 1,
    OP_WRITE = 2,
    OP_INDIRECT = 4,
    OP_FENCE = 5,
    OP_TRAP = 6,
    OP_POLL_REGMEM = 8,
    OP_COND_EXE = 9,
    OP_ATOMIC = 10,
    OP_CONST_FILL = 11,
    OP_TIMESTAMP = 13,
    OP_GCR = 17,
    SUB_TIMESTAMP_GLOBAL = 2 << 8,
    SUB_RECT = 4 << 8,
    SUB_GCR_USER = 1 << 8,
    BROADCAST = 1 << 27,
};

static uint32_t *put_address(uint32_t *p, uint64_t address)
{
    *p++ = (uint32_t)address;
    *p++ = (uint32_t)(address >> 32);
    return p;
}

uint32_t *sdma_copy(uint32_t *p, uint64_t dst, uint64_t src, uint32_t bytes)
{
    *p++ = OP_COPY;
    *p++ = bytes - 1;
    *p++ = 0; /* no byte swap, default cache policies */
    return put_address(put_address(p, src), dst);
}

uint32_t *sdma_copy_broadcast(uint32_t *p, uint64_t dst, uint64_t dst2, uint64_t src, uint32_t bytes)
{
    *p++ = OP_COPY | BROADCAST;
    *p++ = bytes - 1;
    *p++ = 0;
    return put_address(put_address(put_address(p, src), dst), dst2);
}

/* Where it starts, its pitch and the size of a slice, of which there is one. */
static uint32_t *put_window(uint32_t *p, const struct target *target, uint64_t address, uint32_t pitch)
{
    p = put_address(p, address);
    *p++ = 0; /* x and y */
    *p++ = (pitch - 1) << target->sdma_rect_pitch_shift;
    *p++ = 0; /* slice pitch */
    return p;
}

uint32_t *sdma_copy_rect(uint32_t *p, const struct target *target, const struct sdma_rect *rect)
{
    *p++ = OP_COPY | SUB_RECT | rect->element << 29;
    p = put_window(p, target, rect->src, rect->src_pitch);
    p = put_window(p, target, rect->dst, rect->dst_pitch);
    *p++ = (rect->width - 1) | (rect->height - 1) << 16;
    *p++ = 0; /* one slice; no byte swap, default cache policies */
    return p;
}

uint32_t *sdma_write(uint32_t *p, uint64_t dst, const void *data, uint32_t dwords)
{
    *p++ = OP_WRITE;
    p = put_address(p, dst);
    *p++ = dwords - 1;
    memcpy(p, data, (size_t)dwords * 4);
    return p + dwords;
}

uint32_t *sdma_fill(uint32_t *p, uint64_t dst, uint32_t value, uint32_t bytes)
{
    *p++ = OP_CONST_FILL | 2u << 30; /* units of a dword */
    p = put_address(p, dst);
    *p++ = value;
    *p++ = bytes - 1;
    return p;
}

uint32_t *sdma_fill_bytes(uint32_t *p, uint64_t dst, uint8_t value, uint32_t bytes)
{
    *p++ = OP_CONST_FILL; /* units of a byte */
    p = put_address(p, dst);
    *p++ = value * 0x01010101u; /* whichever of them it takes */
    *p++ = bytes - 1;
    return p;
}

uint32_t *sdma_fence(uint32_t *p, const struct target *target, uint64_t dst, uint32_t value)
{
    *p++ = OP_FENCE | target->sdma_fence_header;
    p = put_address(p, dst);
    *p++ = value;
    return p;
}

uint32_t *sdma_trap(uint32_t *p, uint32_t context)
{
    *p++ = OP_TRAP;
    *p++ = context & 0x0fffffff;
    return p;
}

uint32_t *sdma_poll(uint32_t *p, uint64_t address, enum gpu_compare compare, uint32_t value, uint32_t mask)
{
    static const uint32_t functions[] = {
        [GPU_LT] = 1, [GPU_LE] = 2, [GPU_EQ] = 3, [GPU_NE] = 4, [GPU_GE] = 5, [GPU_GT] = 6};
    *p++ = OP_POLL_REGMEM | functions[compare] << 28 | 1u << 31; /* memory, not a register */
    p = put_address(p, address);
    *p++ = value;
    *p++ = mask;
    *p++ = 0xfffu << 16 | 4; /* for ever, every 4 clocks (ROCr BuildPollCommand) */
    return p;
}

uint32_t *sdma_timestamp(uint32_t *p, uint64_t dst)
{
    *p++ = OP_TIMESTAMP | SUB_TIMESTAMP_GLOBAL;
    return put_address(p, dst);
}

uint32_t *sdma_atomic(uint32_t *p, uint64_t dst, enum gpu_atomic op, uint64_t value)
{
    *p++ = OP_ATOMIC | atomic_code(op) << 25;
    p = put_address(put_address(p, dst), value);
    p = put_address(p, 0); /* nothing to compare with */
    *p++ = 0;              /* no loop */
    return p;
}

uint32_t *sdma_gcr(uint32_t *p, bool invalidate)
{
    /* gcr_cntl, from bit 16 of the third dword: GLK_WB 6, GLK_INV 7, GLV_INV 8, GL1_INV 9, GL2_INV 14, GL2_WB
     * 15; all addresses (ROCr BuildGCRCommand) */
    uint32_t control = 1u << 6 | 1u << 15;
    if (invalidate)
        control |= 1u << 7 | 1u << 8 | 1u << 9 | 1u << 14;
    *p++ = OP_GCR | SUB_GCR_USER;
    *p++ = 0;
    *p++ = control << 16;
    *p++ = 0;
    *p++ = 0;
    return p;
}

uint32_t *sdma_indirect(uint32_t *p, uint64_t va, uint32_t dwords)
{
    *p++ = OP_INDIRECT; /* in the queue's own address space */
    p = put_address(p, va);
    *p++ = dwords;
    return put_address(p, 0); /* no save area: such buffers are not preempted */
}

uint32_t *sdma_cond(uint32_t *p, uint64_t va, uint32_t reference, uint32_t dwords)
{
    *p++ = OP_COND_EXE;
    p = put_address(p, va);
    *p++ = reference;
    *p++ = dwords;
    return p;
}

uint32_t *sdma_hdp_flush(uint32_t *p)
{
    static const uint32_t packet[SDMA_HDP_FLUSH_DWORDS] = {OP_POLL_REGMEM, 0, 1u << 31}; /* ROCr */
    memcpy(p, packet, sizeof packet);
    return p + SDMA_HDP_FLUSH_DWORDS;
}
