/*
 * sdma.h - a copy engine's state, and what its two files know of each other.
 */
#ifndef KFDFS_SIM_SDMA_H
#define KFDFS_SIM_SDMA_H

#include "engine.h"
#include "queue.h"
#include "sdma_packets.h"

enum { SDMA_PACKET_DWORDS = 13 }; /* the longest fixed part */

struct sdma_dialect {
    const char *name;
    uint32_t copy_mask, fill_mask; /* width of the count fields */
    bool v5;                       /* cache control fields, GCR_REQ, and DUMMY_TRAP at 32 */
    unsigned window_xy, window_z,
        window_pitch; /* sub-window copies: bits of x and y, of z; where pitch begins */
    bool copy_dcc;    /* a copy with bit 19 (cpv) has an eighth dword */
};

struct sdma { /* one engine queue's state; belongs to its thread */
    struct sim_queue *queue;
    const struct sdma_dialect *dialect;
    uint64_t rptr, wptr;            /* bytes, never wrapping */
    uint64_t local_clock;           /* TIMESTAMP SET moves it: local time = GPU clock + this */
    uint32_t p[SDMA_PACKET_DWORDS]; /* the packet, its fixed part */
    const uint32_t *at;             /* where it stands: payload follows the fixed part */
    uint32_t left;  /* dwords from at to the end of what was submitted, or of the indirect buffer */
    uint32_t skip;  /* dwords that COND_EXE still suppresses */
    uint64_t where; /* for messages: byte offset in ring or buffer */
    bool indirect;
};

struct sdma_packet {
    uint8_t op, sub;
    const char *name;
    uint8_t dwords;                         /* fixed part */
    uint64_t (*extra)(const struct sdma *); /* dwords after it, or NULL */
    bool (*run)(struct sdma *);             /* false: the queue has stopped */
    bool v4, v5;                            /* versions that have it */
};

/* Two dwords of the packet as an address. */
static inline uint64_t sdma_address(const struct sdma *s, unsigned dword)
{
    return s->p[dword] | (uint64_t)s->p[dword + 1] << 32;
}

/* Says what is wrong with the packet, and where; the queue stops, as the engine would hang. Returns false. */
bool sdma_bad(struct sdma *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* False, and stopped, if not. */
bool sdma_aligned(struct sdma *s, uint64_t va, unsigned bytes);
bool sdma_within_budget(struct sdma *s);
/* Looks at memory once as POLL_REGMEM and COND_EXE do; sets *done. False: stopped. */
bool sdma_poll(struct sdma *s, unsigned function, uint32_t reference, uint32_t mask, bool *done);

/* What packets do (sdma_ops.c): sizes behind the fixed part, and the work. */
uint64_t sdma_nop_extra(const struct sdma *s);
uint64_t sdma_copy_extra(const struct sdma *s);
uint64_t sdma_write_extra(const struct sdma *s);
bool sdma_copy(struct sdma *s);
bool sdma_copy_window(struct sdma *s);
bool sdma_write(struct sdma *s);
bool sdma_fill(struct sdma *s);
bool sdma_fence(struct sdma *s);
bool sdma_trap(struct sdma *s);
bool sdma_poll_regmem(struct sdma *s);
bool sdma_timestamp(struct sdma *s);
bool sdma_atomic(struct sdma *s);

#endif
