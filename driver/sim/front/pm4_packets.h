/*
 * pm4_packets.h - PM4 packets of a compute queue and the registers that they set, as the simulator knows
 * them.
 *
 * Facts: opcodes and fields of the compute engine's (MEC's) packets: PAL,
 * gfx9_plus_merged_f32_mec_pm4_packets.h and its gfx12 sibling; libhsakmt's kfdtest, pm4_pkt_struct_{ai,nv}.h
 * and PM4Packet.cpp. DMA_DATA, COPY_DATA, the dispatch initiator and partial work-groups: Mesa,
 * src/amd/common/sid.h and src/amd/vulkan/radv_cmd_buffer.c. Register numbers: Mesa's register database
 * (gfx9, gfx940, gfx103, gfx11, gfx12); HDP flush registers as tinygrad's tables and AMD's rocjitsu have
 * them.
 */
#ifndef KFDFS_SIM_PM4_PACKETS_H
#define KFDFS_SIM_PM4_PACKETS_H

#include <stdint.h>

#define PM4_BITS(word, high, low) ((uint32_t)(word) >> (low) & (uint32_t)((2ull << ((high) - (low))) - 1))

enum { /* type 3 packets: bits 15:8 of the header */
       PM4_NOP = 0x10,
       PM4_DISPATCH_DIRECT = 0x15,
       PM4_ATOMIC_MEM = 0x1e,
       PM4_PRED_EXEC = 0x23,
       PM4_WRITE_DATA = 0x37,
       PM4_WAIT_REG_MEM = 0x3c,
       PM4_INDIRECT_BUFFER = 0x3f,
       PM4_COPY_DATA = 0x40,
       PM4_EVENT_WRITE = 0x46,
       PM4_RELEASE_MEM = 0x49,
       PM4_DMA_DATA = 0x50,
       PM4_ACQUIRE_MEM = 0x58,
       PM4_SET_SH_REG = 0x76,
       PM4_SET_UCONFIG_REG = 0x79,
       PM4_WAIT_REG_MEM64 = 0x93
};

enum {
    PM4_TYPE_2 = 2, /* one dword, nothing to do */
    PM4_TYPE_3 = 3,
    PM4_COUNT_FILLER = 0x3fff, /* of a NOP: the header alone */
    PM4_LONGEST = PM4_COUNT_FILLER + 1,

    PM4_WAIT = 0, /* operations of a wait */
    PM4_WRITE_WAIT_WRITE = 1,
    PM4_WAIT_PREEMPTABLE = 3,

    PM4_TO_L2 = 2, /* destinations of WRITE_DATA and COPY_DATA */
    PM4_TO_MEMORY = 5,
    PM4_FROM_REGISTER = 0, /* sources of COPY_DATA */
    PM4_FROM_MEMORY = 1,
    PM4_FROM_L2 = 2,
    PM4_FROM_IMMEDIATE = 5,
    PM4_FROM_CLOCK = 9,

    PM4_EVENT_CS_PARTIAL_FLUSH = 7,
    PM4_EVENT_CACHE_FLUSH_AND_INV_TS = 0x14,
    PM4_EVENT_INDEX_FLUSH = 4,
    PM4_EVENT_INDEX_END_OF_PIPE = 5,

    PM4_DATA_NONE = 0, /* RELEASE_MEM's data */
    PM4_DATA_32 = 1,
    PM4_DATA_64 = 2,
    PM4_DATA_GPU_CLOCK = 3,
    PM4_DATA_SYSTEM_CLOCK = 4,
    PM4_INT_NONE = 0, /* and its interrupt */
    PM4_INT_ONLY = 1,
    PM4_INT_AFTER_WRITE = 2,
    PM4_INT_NONE_AFTER_WRITE = 3,

    PM4_INITIATOR_ENABLE = 1 << 0,
    PM4_INITIATOR_PARTIAL = 1 << 1,
    PM4_INITIATOR_START_AT_0 = 1 << 2,
    PM4_INITIATOR_THREADS = 1 << 5,
    PM4_INITIATOR_WAVE32 = 1 << 15,

    PM4_HDP_FLUSH_REQUEST = 0xe26, /* registers by dword */
    PM4_HDP_FLUSH_DONE = 0xe27,
    PM4_SH_FIRST = 0x2c00,
    PM4_COMPUTE_FIRST = 0x2e00,
    PM4_COMPUTE_REGISTERS = 0x80,
    PM4_UCONFIG_FIRST = 0xc000,
    PM4_GRBM_GFX_INDEX = 0xc200
};

enum { /* COMPUTE_ registers, from PM4_COMPUTE_FIRST */
       PM4_START_X = 0x04,
       PM4_NUM_THREAD_X = 0x07,
       PM4_PGM_LO = 0x0c,
       PM4_PGM_HI = 0x0d,
       PM4_SCRATCH_BASE_LO = 0x10,
       PM4_SCRATCH_BASE_HI = 0x11,
       PM4_PGM_RSRC1 = 0x12,
       PM4_PGM_RSRC2 = 0x13,
       PM4_TMPRING_SIZE = 0x18,
       PM4_RESTART_X = 0x1b,
       PM4_USER_DATA_0 = 0x40
};
enum { PM4_USER_DATA = 16 };

#endif
