/*
 * engine.h - what the files of the GPU's front end share: doorbells, waiting, and memory as an engine sees
 * it.
 */
#ifndef KFDFS_SIM_ENGINE_H
#define KFDFS_SIM_ENGINE_H

#include "queue.h"
#include "sim/cu/compute.h"
#include "sim/machine.h"

/* What a doorbell reads before its first ring. Rings write byte offsets or packet indices: never this. */
#define SIM_DOORBELL_UNRUNG UINT64_MAX

/* A queue whose doorbell is to be watched. Attach sets the doorbell to SIM_DOORBELL_UNRUNG. 0 or -errno. */
int sim_doorbell_attach(struct sim_queue *queue);
void sim_doorbell_detach(struct sim_queue *queue);
/* For a person and for tests: is a first write to this GPU's doorbells trapped now (true), or must they be
 * polled? */
bool sim_doorbell_armed(const struct sim_gpu *gpu);
/* Number of times that the watcher has looked at doorbells by the clock, in this process. */
uint64_t sim_doorbell_ticks(void);

/* Waits in memory. A waiter looks at its word, and naps while it does not like what it sees. Naps grow to
 * some ms; memory written by any engine ends them at once. */
struct sim_nap {
    unsigned count;
    uint32_t generation;
};
void sim_engine_nap(struct sim_nap *nap);
/* The same for a packet that waits: its queue may be off meanwhile. */
void sim_engine_nap_in(struct sim_queue *queue, struct sim_nap *nap);
void sim_engine_wrote(void); /* after each store that somebody may wait for */

/* What engines tell the kernel driver, which fills it, and have computed; a unit test listens here instead.
 */
struct sim_engine_calls {
    void (*interrupt)(struct sim_gpu *gpu, uint32_t event_id);
    void (*memory_fault)(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present);
    void (*hw_exception)(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost);
    /* Exceptions of a wave (bit code - 1) of the queue with that doorbell. False: nobody asked to be told. */
    bool (*exception)(struct sim_gpu *gpu, unsigned doorbell, uint32_t exceptions);
    void (*compute)(struct sim_dispatch *dispatch, struct sim_outcome *outcome);
};
extern struct sim_engine_calls sim_engine_calls;

/* Makes an AQL queue's state in engine_state, from what the client's memory says now. 0 or -ENOMEM. */
int sim_aql_map(struct sim_queue *queue);

/* Between packets and between turns of waves, outside of the address space: stays inside while the kernel has
 * the queue off, or it hangs. */
void sim_engine_rest(struct sim_queue *queue);
/* A queue as the waves of its dispatches see it. */
extern const struct sim_dispatch_owner sim_engine_owner;
/* Ends the queue for good: an illegal packet, or a fault. */
void sim_engine_halt(struct sim_queue *queue);
/* Reports a fault at va to the kernel driver, and halts. Not to be called inside sim_vm_enter(). */
void sim_engine_fault(struct sim_queue *queue, uint64_t va, unsigned access, bool not_present);
/* Enters the address space and returns the host address; the caller leaves it. On failure: left already,
 * fault reported, NULL. */
void *sim_engine_reach(struct sim_queue *queue, uint64_t va, size_t bytes, unsigned access);
/* Copies out of GPU memory; false after a fault. */
bool sim_engine_read(struct sim_queue *queue, uint64_t va, void *to, size_t bytes);

/* An atomic operation of the memory system, by its code (SDMA's ATOMIC and PM4's ATOMIC_MEM have the same),
 * in one pass: sets *old to what was there. False: no such operation. In sdma_ops.c. */
bool sim_atomic(void *host, unsigned code, uint64_t source, uint64_t compare, uint64_t *old);
unsigned sim_atomic_bytes(unsigned code);

/* Monotonic nanoseconds. */
uint64_t sim_engine_now(void);

#endif
