/*
 * queue_table.h - the queues of this process, for the files of the kernel driver that deal with them.
 */
#ifndef KFDFS_SIM_QUEUE_TABLE_H
#define KFDFS_SIM_QUEUE_TABLE_H

#include "kfd_state.h"
#include "sim/front/queue.h"

enum { PIN_WPTR, PIN_RPTR, PIN_RING, PIN_EOP, PIN_CWSR, PINS };

struct queue {
    struct sim_queue sim;
    struct sim_buffer *pinned[PINS];
    uint8_t *sdma_slot; /* entry of sdma_taken, NULL: no SDMA queue */
    uint8_t *doorbell;  /* entry of doorbell_taken, NULL: SDMA, or none yet */
    bool running, being_destroyed, gws;
    uint32_t type, cwsr_bytes, ctl_stack_bytes; /* as the program gave them */
    uint64_t exceptions; /* raised and not yet cleared by a debugger; under sim_queues_lock */
};

/* Guards a process's queues (context.h) for engines, which may not take sim_kfd.lock; they change under both.
 */
extern pthread_mutex_t sim_queues_lock;
extern pthread_cond_t sim_queue_resumed; /* with sim_kfd.lock: a suspended queue runs again */

#endif
