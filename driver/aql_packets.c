/*
 * aql_packets.c - the bits of AQL packets. Source: ROCr inc/hsa.h (kernel dispatch, barrier-AND) and
 * inc/hsa_ext_amd.h (barrier-value: a vendor packet of AMD's, format 2); amd_aql_queue.cpp, ExecutePM4
 * (format 1).
 */
#include "aql.h"
#include "pm4.h"

#include <string.h>

enum {
    TYPE_VENDOR = 0,
    TYPE_DISPATCH = 2,
    TYPE_BARRIER_AND = 3,
    HEADER_BARRIER = 1 << 8,
    HEADER_ACQUIRE_SYSTEM = 2 << 9,
    HEADER_RELEASE_SYSTEM = 2 << 11,
    HEADER_ORDERED = HEADER_BARRIER | HEADER_ACQUIRE_SYSTEM | HEADER_RELEASE_SYSTEM,
    AMD_PM4_IB = 1,
    AMD_BARRIER_VALUE = 2,
    PM4_IB_AT = 1, /* dword of the packet that runs the buffer */
    PM4_LEFT = 10, /* dwords behind it and this count */
    BODY_BYTES = AQL_PACKET_BYTES - 4,
};

static void put64(uint32_t *packet, unsigned offset, uint64_t value)
{
    memcpy((uint8_t *)packet + offset, &value, sizeof value);
}

uint32_t aql_put_dispatch(uint32_t *packet, const struct aql_dispatch *d)
{
    uint32_t dimensions = d->grid[2] > 1 || d->group[2] > 1 ? 3 : d->grid[1] > 1 || d->group[1] > 1 ? 2 : 1;
    memset(packet + 1, 0, BODY_BYTES);
    packet[1] = d->group[0] | d->group[1] << 16;
    packet[2] = d->group[2];
    memcpy(&packet[3], d->grid, sizeof d->grid);
    packet[6] = d->private_bytes;
    packet[7] = d->group_bytes;
    put64(packet, 32, d->kernel_object);
    put64(packet, 40, d->kernarg);
    put64(packet, 56, d->completion);
    return TYPE_DISPATCH | HEADER_ORDERED | dimensions << 16;
}

uint32_t aql_put_barrier(uint32_t *packet, uint64_t completion)
{
    memset(packet + 1, 0, BODY_BYTES);
    put64(packet, 56, completion);
    return TYPE_BARRIER_AND | HEADER_ORDERED;
}

uint32_t aql_put_barrier_value(uint32_t *packet, uint64_t signal, enum aql_condition condition, int64_t value,
                               uint64_t mask, uint64_t completion)
{
    memset(packet + 1, 0, BODY_BYTES);
    put64(packet, 8, signal);
    put64(packet, 16, (uint64_t)value);
    put64(packet, 24, mask);
    packet[8] = condition;
    put64(packet, 56, completion);
    return TYPE_VENDOR | HEADER_ORDERED | AMD_BARRIER_VALUE << 16;
}

uint32_t aql_put_pm4(uint32_t *packet, uint64_t va, unsigned dwords, uint64_t completion)
{
    memset(packet + 1, 0, BODY_BYTES);
    *pm4_indirect(packet + PM4_IB_AT, va, dwords) = PM4_LEFT;
    put64(packet, 56, completion);
    return TYPE_VENDOR | HEADER_ORDERED | AMD_PM4_IB << 16;
}
