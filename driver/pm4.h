/*
 * pm4.h - writers of PM4 packets. Each writes at p and returns what follows. Addresses of 32-bit words are
 * multiples of 4, of 64-bit ones of 8.
 */
#ifndef KFDFS_PM4_H
#define KFDFS_PM4_H

#include "internal.h"

enum {                            /* lengths */
       PM4_WRITE_DWORDS = 4,      /* and the data */
       PM4_WRITE_DATA_MAX = 4096, /* dwords of data that one packet takes here */
       PM4_WAIT_DWORDS = 7,
       PM4_WAIT64_DWORDS = 9,
       PM4_RELEASE_DWORDS = 8,
       PM4_ATOMIC_DWORDS = 9,
       PM4_PREDICATE_DWORDS = 2,
       PM4_INDIRECT_DWORDS = 4,
       PM4_IB_ALIGN_DWORDS = 8, /* what the kernel asks of indirect buffers: 32 bytes */
       PM4_DISPATCH_MOST = 96   /* all that pm4_dispatch() writes */
};

enum pm4_data { /* what RELEASE_MEM stores */
                PM4_DATA_NONE,
                PM4_DATA_32,
                PM4_DATA_64,
                PM4_DATA_CLOCK,
};

struct pm4_release {
    enum pm4_data data;
    uint64_t dst, value;
    uint32_t event_id; /* 0: no interrupt; else it follows the write */
    bool flush;        /* writes caches back, and invalidates them */
};

struct pm4_dispatch {
    uint32_t grid[3], group[3]; /* work-items */
    uint64_t code_va;           /* a multiple of 256 */
    uint32_t rsrc[3];           /* RSRC1 to 3 as the hardware is to have them */
    uint32_t tmpring_size;
    uint64_t scratch_va; /* a multiple of 256 */
    uint32_t user[16];
    unsigned n_user;
    bool wave32;
};

uint32_t *pm4_nops(uint32_t *p, unsigned dwords); /* of one dword each */
uint32_t *pm4_write(uint32_t *p, uint64_t dst, const void *data, unsigned dwords);
/* Waits until memory & mask meets the condition; the scheduler may take the queue off meanwhile. */
uint32_t *pm4_wait(uint32_t *p, uint64_t va, enum gpu_compare compare, uint32_t value, uint32_t mask);
uint32_t *pm4_wait64(uint32_t *p, uint64_t va, enum gpu_compare compare, uint64_t value);
/* After everything before it has ended. */
uint32_t *pm4_release(uint32_t *p, const struct target *target, const struct pm4_release *release);
uint32_t *pm4_atomic(uint32_t *p, uint64_t dst, enum gpu_atomic op, uint64_t value);
/* Only in an indirect buffer: the next dwords are for these XCCs alone. */
uint32_t *pm4_predicate(uint32_t *p, uint32_t xcc_mask, unsigned dwords);
uint32_t *pm4_indirect(uint32_t *p, uint64_t va, unsigned dwords);
/* Invalidates caches, sets the registers, dispatches and waits for the waves. */
uint32_t *pm4_dispatch(uint32_t *p, const struct target *target, const struct pm4_dispatch *dispatch);

/* ---- commands that only packets do (pm4_command.c) ---- */

unsigned pm4_command_dwords(const struct gpu_command *command); /* at most */
/* WRITE, TIMESTAMP, SIGNAL, ATOMIC, WAIT_MEM, WAIT_QUEUE; nothing for others. several: every XCC gets to see
 * it, and the first is to do it. */
uint32_t *pm4_put_command(uint32_t *p, const struct gpu *gpu, const struct command *command, bool several);

#endif
