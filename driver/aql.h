/*
 * aql.h - what the command processor reads: AQL packets, signals, the queue's own structure.
 * Layouts: ROCr inc/{hsa,hsa_ext_amd,amd_hsa_queue,amd_hsa_signal}.h.
 */
#ifndef KFDFS_AQL_H
#define KFDFS_AQL_H

#include "internal.h"

#define AQL_ASSERT_AT(type, field, at) _Static_assert(offsetof(struct type, field) == (at), #type "." #field)

struct aql_signal {
    int64_t kind; /* 1: user, -1: doorbell */
    union {
        _Atomic int64_t value;
        uint64_t doorbell;
    };
    uint64_t mailbox; /* on completion the processor writes event_id there and raises the interrupt */
    uint32_t event_id, reserved1;
    uint64_t start_ticks, end_ticks;
    uint64_t queue_va;
    uint32_t reserved3[2];
};
_Static_assert(sizeof(struct aql_signal) == 64, "amd_signal_t");
AQL_ASSERT_AT(aql_signal, mailbox, 16);
AQL_ASSERT_AT(aql_signal, start_ticks, 32);
AQL_ASSERT_AT(aql_signal, queue_va, 48);

struct aql_queue {
    uint32_t type, features;
    uint64_t ring_va, doorbell_signal;
    uint32_t packets, reserved0;
    uint64_t id;
    uint32_t caps, reserved1[3];
    _Atomic uint64_t write_index;
    uint32_t group_aperture_hi, private_aperture_hi;
    uint32_t max_cu_id, max_wave_id;
    uint64_t legacy_doorbell[2];
    uint32_t reserved2[8];
    _Atomic uint64_t read_index;
    uint32_t read_index_offset; /* from this structure's start: how the processor finds it */
    uint32_t tmpring_size;
    uint32_t scratch_srd[4];
    uint64_t scratch_va, scratch_bytes;
    uint32_t scratch_wave64_lane_bytes;
    uint32_t properties;
    uint64_t scratch_max_use_index;
    uint64_t inactive_signal;
};
AQL_ASSERT_AT(aql_queue, id, 32);
AQL_ASSERT_AT(aql_queue, write_index, 56);
AQL_ASSERT_AT(aql_queue, max_cu_id, 72);
AQL_ASSERT_AT(aql_queue, read_index, 128);
AQL_ASSERT_AT(aql_queue, tmpring_size, 140);
AQL_ASSERT_AT(aql_queue, scratch_va, 160);
AQL_ASSERT_AT(aql_queue, scratch_wave64_lane_bytes, 176);
AQL_ASSERT_AT(aql_queue, properties, 180);
AQL_ASSERT_AT(aql_queue, inactive_signal, 192);

/* ---- packets ---- */

enum { AQL_PACKET_BYTES = 64, AQL_INVALID = 1 };

struct aql_dispatch {
    uint32_t grid[3], group[3];
    uint32_t private_bytes, group_bytes;
    uint64_t kernel_object, kernarg, completion;
};

enum aql_condition { AQL_EQ, AQL_NE, AQL_LT, AQL_GTE }; /* signed, 64 bits */

/* Each fills a packet of 16 dwords but for its first one, which it returns: to be stored last. All wait for
 * the packets before them, acquire and release at system scope. */
uint32_t aql_put_dispatch(uint32_t *packet, const struct aql_dispatch *dispatch);
uint32_t aql_put_barrier(uint32_t *packet, uint64_t completion);
/* Waits until signal.value & mask meets the condition. */
uint32_t aql_put_barrier_value(uint32_t *packet, uint64_t signal, enum aql_condition condition, int64_t value,
                               uint64_t mask, uint64_t completion);

/* Runs so many dwords of PM4, which each XCC does. */
uint32_t aql_put_pm4(uint32_t *packet, uint64_t va, unsigned dwords, uint64_t completion);

/* ---- errors (aql_error.c) ---- */

const char *aql_inactive_reason(uint64_t code);
const char *aql_exception_reason(uint64_t mask); /* NULL: no error */

/* ---- context save area (cwsr.c) ---- */

struct cwsr_sizes {
    uint32_t ctx_bytes, stack_bytes; /* per XCC, as CREATE_QUEUE wants them */
    uint32_t debug_bytes;            /* per XCC */
    uint64_t total_bytes;            /* of the buffer, all XCCs */
};
void cwsr_sizes(const struct topology_node *node, const struct target *target, struct cwsr_sizes *out);
void cwsr_fill_headers(void *area, const struct cwsr_sizes *sizes, unsigned xccs, uint64_t error_va,
                       uint32_t error_event_id);

/* ---- scratch (scratch.c) ---- */

struct scratch_layout {
    uint64_t total_bytes, xcc_bytes;
    uint32_t lane64_bytes; /* what a lane of a wave of 64 gets */
    uint32_t tmpring_size;
};
/* For private_bytes a work-item in waves of so many lanes; slots: waves at most, 0 for as many as the GPU can
 * have. slots_out: how many it took. -ERANGE: more than a wave can have. */
int scratch_plan(const struct gpu *gpu, uint32_t private_bytes, uint32_t lanes, uint32_t slots,
                 struct scratch_layout *out, uint32_t *slots_out);
/* Gives the queue at least that, in place of what it has; with less and less waves while memory is short. */
int scratch_provide(struct gpu *gpu, struct bo *memory, struct aql_queue *queue, uint32_t private_bytes,
                    uint32_t lanes);

#endif
