/*
 * aql_packets.h - AQL packets, signals, the queue's structure and kernel descriptors, as the simulator knows
 * them.
 *
 * Facts: HSA System Architecture specification 1.2, 2.9 (packets); LLVM's AMDGPUUsage, "HSA AQL queue" and
 * "Kernel Descriptor", and AMDHSAKernelDescriptor.h; offsets of amd_queue_t and amd_signal_t as tinygrad's
 * generated hsa.py has them.
 */
#ifndef KFDFS_SIM_AQL_PACKETS_H
#define KFDFS_SIM_AQL_PACKETS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { /* header bits 7:0 */
       AQL_VENDOR = 0,
       AQL_INVALID = 1,
       AQL_DISPATCH = 2,
       AQL_BARRIER_AND = 3,
       AQL_AGENT_DISPATCH = 4,
       AQL_BARRIER_OR = 5
};
enum { AQL_PM4_IB = 1, AQL_BARRIER_VALUE = 2 }; /* byte 2 of AMD's vendor packets */
enum { AQL_PACKET_BYTES = 64, AQL_DEPENDENCIES = 5 };
enum { AQL_COND_EQ, AQL_COND_NE, AQL_COND_LT, AQL_COND_GTE }; /* hsa_signal_condition_t */

struct aql_dispatch {
    uint16_t header, setup; /* setup bits 1:0: dimensions */
    uint16_t group[3];
    uint16_t reserved0;
    uint32_t grid[3];
    uint32_t private_bytes, group_bytes;
    uint64_t kernel_object, kernarg;
    uint64_t reserved1;
    uint64_t completion;
};
static_assert(sizeof(struct aql_dispatch) == AQL_PACKET_BYTES, "kernel dispatch packet");
static_assert(offsetof(struct aql_dispatch, kernel_object) == 32, "kernel dispatch packet");

struct aql_barrier {
    uint16_t header, reserved0;
    uint32_t reserved1;
    uint64_t dependency[AQL_DEPENDENCIES];
    uint64_t reserved2;
    uint64_t completion;
};
static_assert(sizeof(struct aql_barrier) == AQL_PACKET_BYTES, "barrier packet");

struct aql_barrier_value {
    uint16_t header;
    uint8_t format, reserved0;
    uint32_t reserved1;
    uint64_t signal;
    int64_t value, mask;
    uint32_t condition, reserved2;
    uint64_t reserved3[2];
    uint64_t completion;
};
static_assert(sizeof(struct aql_barrier_value) == AQL_PACKET_BYTES, "barrier value packet");
static_assert(offsetof(struct aql_barrier_value, condition) == 32, "barrier value packet");

struct aql_pm4_buffer {
    uint16_t header;
    uint8_t format, reserved0;
    uint32_t pm4[4]; /* an INDIRECT_BUFFER packet */
    uint32_t left;   /* dwords of this packet behind it */
    uint32_t reserved1[8];
    uint64_t completion;
};
static_assert(sizeof(struct aql_pm4_buffer) == AQL_PACKET_BYTES, "PM4 packet");
enum { AQL_PM4_LEFT = 10 };

union aql_packet {
    uint32_t word[16];
    struct aql_pm4_buffer buffer;
    struct aql_dispatch dispatch;
    struct aql_barrier barrier;
    struct aql_barrier_value value;
};

struct aql_signal {
    int64_t kind;
    _Atomic int64_t value;
    uint64_t mailbox; /* GPU address of the event's slot, or 0 */
    uint32_t event_id, reserved0;
    _Atomic uint64_t start, end; /* GPU clock */
    uint64_t queue, reserved1;
};
static_assert(sizeof(struct aql_signal) == 64, "amd_signal_t");
static_assert(offsetof(struct aql_signal, start) == 32, "amd_signal_t");

struct aql_queue { /* amd_queue_t, first version */
    uint32_t type, features;
    uint64_t base, doorbell_signal;
    uint32_t size, reserved0;
    uint64_t id;
    uint32_t caps, reserved1[3];
    uint64_t write_dispatch_id;
    uint32_t group_aperture_hi, private_aperture_hi, max_cu_id, max_wave_id;
    uint64_t legacy0;
    uint32_t legacy1, reserved2[9];
    uint64_t read_dispatch_id;
    uint32_t read_base_offset; /* from read_dispatch_id back to the structure */
    uint32_t tmpring_size;
    uint32_t scratch_resource[4];
    uint64_t scratch_backing;
    uint32_t scratch_bytes[2];
    uint32_t scratch_wave64_lane_bytes;
    _Atomic uint32_t properties;
    uint32_t reserved3[2];
    uint64_t inactive_signal;
    uint32_t reserved4[14];
};
static_assert(sizeof(struct aql_queue) == 256, "amd_queue_t");
static_assert(offsetof(struct aql_queue, write_dispatch_id) == 56, "amd_queue_t");
static_assert(offsetof(struct aql_queue, read_dispatch_id) == 128, "amd_queue_t");
static_assert(offsetof(struct aql_queue, tmpring_size) == 140, "amd_queue_t");
static_assert(offsetof(struct aql_queue, scratch_backing) == 160, "amd_queue_t");
static_assert(offsetof(struct aql_queue, properties) == 180, "amd_queue_t");
static_assert(offsetof(struct aql_queue, inactive_signal) == 192, "amd_queue_t");
enum { AQL_QUEUE_PROFILING = 8 }; /* of properties */

struct aql_descriptor { /* of a kernel */
    uint32_t group_bytes, private_bytes, kernarg_bytes, reserved0;
    int64_t entry; /* from the descriptor's own address */
    uint8_t reserved1[20];
    uint32_t rsrc3, rsrc1, rsrc2;
    uint16_t properties, preload;
    uint32_t reserved2;
};
static_assert(sizeof(struct aql_descriptor) == 64, "kernel descriptor");
static_assert(offsetof(struct aql_descriptor, rsrc3) == 44, "kernel descriptor");
static_assert(offsetof(struct aql_descriptor, properties) == 56, "kernel descriptor");

enum { /* properties of a descriptor */
       AQL_SGPR_PRIVATE_BUFFER = 1 << 0,
       AQL_SGPR_DISPATCH_PTR = 1 << 1,
       AQL_SGPR_QUEUE_PTR = 1 << 2,
       AQL_SGPR_KERNARG_PTR = 1 << 3,
       AQL_SGPR_DISPATCH_ID = 1 << 4,
       AQL_SGPR_FLAT_SCRATCH = 1 << 5,
       AQL_SGPR_PRIVATE_SIZE = 1 << 6,
       AQL_WAVE32 = 1 << 10
};

enum { /* what the command processor stores to queue_inactive_signal: the error handler of ROCm's runtime */
       AQL_ERROR_SCRATCH = 1,
       AQL_ERROR_SCRATCH_WAVE32 = 0x400, /* with the one above */
       AQL_ERROR_DIMENSIONS = 2,
       AQL_ERROR_GROUP_MEMORY = 4,
       AQL_ERROR_CODE = 8,
       AQL_ERROR_PACKET = 32,
       AQL_ERROR_GROUP_SIZE = 64,
       AQL_ERROR_REGISTERS = 128,
       AQL_ERROR_VENDOR = 256
};

#endif
