/*
 * queue.h - a queue as the GPU's front end sees it, and the engines that serve it.
 */
#ifndef KFDFS_SIM_FRONT_QUEUE_H
#define KFDFS_SIM_FRONT_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/machine.h"

/* What an engine is in. Who has set `suspended` and then sees a rest knows that nothing goes on. */
enum { SIM_AT_WORK, SIM_AT_REST /* no wave is under way */, SIM_AT_REST_IN_WAVES };

enum sim_queue_type { SIM_QUEUE_PM4, SIM_QUEUE_SDMA, SIM_QUEUE_AQL };

struct sim_queue { /* made by queue.c after the kernel's checks; the buffers stay mapped while it lives */
    struct sim_gpu *gpu;
    enum sim_queue_type type;
    uint32_t id;
    unsigned engine; /* SDMA engine */
    uint8_t *ring;   /* host addresses of pinned memory */
    uint64_t ring_va;
    uint32_t ring_bytes;
    _Atomic uint64_t *rptr, *wptr;
    uint64_t rptr_va, wptr_va;
    _Atomic uint64_t *doorbell; /* in the GPU's doorbell slice */
    unsigned doorbell_index;
    unsigned priority;
    unsigned xcc;  /* PM4: the one that it runs on */
    uint8_t *cwsr; /* context save area, or NULL */
    uint64_t cwsr_va;
    /* engine.c's */
    pthread_t thread;
    uint64_t mapped_wptr; /* write pointer found in memory at the start; later ones come with the doorbell */
    _Atomic bool stop;    /* preempt: leave the engine loop and every wave soon */
    _Atomic bool hung;    /* takes no packet and gives no wave back; only a reset ends that */
    _Atomic bool suspended; /* a debugger has it off */
    _Atomic int at;         /* SIM_AT_* */
    bool cut;            /* a dispatch was preempted, and its waves are lost: after the engine has stopped */
    _Atomic bool halted; /* died of an illegal packet or instruction; holds its slot until destroyed */
    void *engine_state;
};

/* Starts the engine thread of a new queue. 0 or -errno. */
int sim_engine_start(struct sim_queue *queue);
/* Preempts what runs, joins the thread. */
void sim_engine_stop(struct sim_queue *queue);
/* Blocks until the doorbell differs from seen, or the queue stops or is evicted (then false).
 * Idle costs nothing measurable; a busy queue is polled. */
bool sim_doorbell_wait(struct sim_queue *queue, uint64_t seen);
/* After a successful mmap of doorbells: lets writes to that address range be seen. */
void sim_mapped(int fd, off_t fd_offset, void *address, size_t length);
void sim_doorbell_kick(struct sim_queue *queue); /* wakes the waiter to look at stop and evicted */

void sim_sdma_run(struct sim_queue *queue); /* engine loops; return when the queue stops or halts */
void sim_aql_run(struct sim_queue *queue);
void sim_pm4_run(struct sim_queue *queue);

/* May the engine go on? False once the queue is stopped, halted, or its GPU evicted. */
static inline bool sim_queue_alive(const struct sim_queue *q)
{
    return !atomic_load_explicit(&q->stop, memory_order_acquire) &&
           !atomic_load_explicit(&q->halted, memory_order_relaxed) &&
           !atomic_load_explicit(&q->gpu->evicted, memory_order_acquire);
}

#endif
