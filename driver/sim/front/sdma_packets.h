/*
 * sdma_packets.h - what a copy engine understands, as the simulator knows it.
 *
 * Facts: the packet headers that AMD publishes with its kernel driver, vega10_sdma_pkt_open.h (v4) and
 * sdma_v6_0_0_pkt_open.h (v6; v5 and v7 where said), read in tinygrad's copies; atomic opcodes: the TC_OP
 * enumeration of AMD's PM4 headers (soc9_enum.h and later).
 */
#ifndef KFDFS_SIM_SDMA_PACKETS_H
#define KFDFS_SIM_SDMA_PACKETS_H

#include <stdint.h>

enum { /* bits 7:0 of a header */
       SDMA_NOP = 0,
       SDMA_COPY = 1,
       SDMA_WRITE = 2,
       SDMA_INDIRECT = 4,
       SDMA_FENCE = 5,
       SDMA_TRAP = 6,
       SDMA_POLL_REGMEM = 8,
       SDMA_COND_EXE = 9,
       SDMA_ATOMIC = 10,
       SDMA_CONST_FILL = 11,
       SDMA_TIMESTAMP = 13,
       SDMA_DUMMY_TRAP_V4 = 16,
       SDMA_GCR_REQ = 17,
       SDMA_DUMMY_TRAP_V5 = 32
};

enum { /* bits 15:8 */
       SDMA_LINEAR = 0,
       SDMA_LINEAR_SUB_WINDOW = 4,
       SDMA_TIMESTAMP_SET = 0,
       SDMA_TIMESTAMP_GET = 1,
       SDMA_TIMESTAMP_GET_GLOBAL = 2,
       SDMA_USER_GCR = 1 /* of GCR_REQ in user queues [tinygrad's amd_gpu.py] */
};

enum { /* POLL_REGMEM, bits 30:28 of its header */
       SDMA_ALWAYS,
       SDMA_LESS,
       SDMA_LESS_EQUAL,
       SDMA_EQUAL,
       SDMA_NOT_EQUAL,
       SDMA_GREATER_EQUAL,
       SDMA_GREATER,
};
enum { SDMA_RETRY_FOREVER = 0xfff };

/* TC_OP: bit 5 says 64 bits, bit 6 that nothing is returned; a copy engine returns nothing anyhow. */
enum {
    TC_OP_SWAP = 0x07,
    TC_OP_CMPSWAP = 0x08,
    TC_OP_ADD = 0x0f,
    TC_OP_SUB = 0x10,
    TC_OP_SMIN = 0x11,
    TC_OP_UMIN = 0x12,
    TC_OP_SMAX = 0x13,
    TC_OP_UMAX = 0x14,
    TC_OP_AND = 0x15,
    TC_OP_OR = 0x16,
    TC_OP_XOR = 0x17,
    TC_OP_INC = 0x18,
    TC_OP_DEC = 0x19,
    TC_OP_64_BITS = 0x20,
    TC_OP_NO_RETURN = 0x40
};

#define SDMA_BITS(word, high, low) (((word) >> (low)) & (0xffffffffu >> (31 - (high) + (low))))

#endif
