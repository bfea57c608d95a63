/*
 * aql.h - the AQL command processor's state, and what its two files know of each other.
 */
#ifndef KFDFS_SIM_AQL_H
#define KFDFS_SIM_AQL_H

#include "aql_packets.h"
#include "engine.h"
#include "queue.h"
#include "sim/models.h"

struct aql { /* of one queue; belongs to its thread */
    struct sim_queue *queue;
    uint64_t index;                 /* of the packet at work, never wrapping */
    uint64_t limit;                 /* write index when the doorbell rang last */
    const struct aql_queue *shared; /* the client's structure, or NULL if the read pointer stands elsewhere */
    uint64_t shared_va;
    struct { /* as read when the queue was mapped, and again after each complaint */
        uint32_t tmpring_size, resource[4];
        uint64_t backing;
    } scratch;
};

/* Names the queue and the packet in a report. Always returns false. */
bool aql_report(struct aql *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Tells the client through queue_inactive_signal, and stops the queue. Always returns false. */
bool aql_error(struct aql *a, unsigned code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* ORs the code into queue_inactive_signal and raises its event. False: there is no such signal, or a fault.
 */
bool aql_complain(struct aql *a, unsigned code);
/* Waits until the client has taken the complaint back. False: stopped. */
bool aql_complaint_wait(struct aql *a);
void aql_scratch_read(struct aql *a);

/* Runs a kernel to its end. False: the queue has stopped. In aql_dispatch.c. */
bool aql_dispatch_run(struct aql *a, const struct aql_dispatch *packet);

#endif
