/*
 * pm4.h - the PM4 command processor's state, and what its files know of each other.
 */
#ifndef KFDFS_SIM_PM4_H
#define KFDFS_SIM_PM4_H

#include "engine.h"
#include "pm4_packets.h"
#include "queue.h"
#include "sim/models.h"

struct pm4 { /* the command processor of one XCC, as one queue sees it; belongs to the queue's thread */
    struct sim_queue *queue;
    unsigned xcc;
    uint32_t reg[PM4_COMPUTE_REGISTERS]; /* from PM4_COMPUTE_FIRST */
    const uint32_t *p;                   /* the packet: its header, n dwords behind it */
    uint32_t n;
    uint32_t skip;                 /* dwords that PRED_EXEC still suppresses */
    bool indirect;                 /* inside of an indirect buffer */
    uint64_t where;                /* for messages: dword in ring or buffer */
    uint64_t chain_va;             /* the indirect buffer that goes on after this one, or 0 */
    uint32_t chain_size;           /* in dwords */
    uint32_t wrapped[PM4_LONGEST]; /* a packet that crosses the ring's end, in one piece */
};

/* Says what is wrong with the packet, and where; the queue stops, as hardware would hang. Returns false. */
bool pm4_bad(struct pm4 *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Two dwords of the packet as one. */
static inline uint64_t pm4_pair(const struct pm4 *s, unsigned dword)
{
    return s->p[dword] | (uint64_t)s->p[dword + 1] << 32;
}

/* The packets (pm4_memory.c, pm4_dispatch.c). False: the queue has stopped. */
bool pm4_wait(struct pm4 *s);
bool pm4_wait64(struct pm4 *s);
bool pm4_write_data(struct pm4 *s);
bool pm4_copy_data(struct pm4 *s);
bool pm4_atomic(struct pm4 *s);
bool pm4_dma_data(struct pm4 *s);
bool pm4_release(struct pm4 *s);
bool pm4_acquire(struct pm4 *s);
bool pm4_set_sh(struct pm4 *s);
bool pm4_set_uconfig(struct pm4 *s);
bool pm4_dispatch(struct pm4 *s);

/* Runs an indirect buffer, on the processor of that XCC, from reset registers. False: the queue has stopped.
 */
bool sim_pm4_buffer(struct sim_queue *queue, unsigned xcc, uint64_t va, uint32_t dwords);

#endif
