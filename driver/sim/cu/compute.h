/*
 * compute.h - what a command processor hands to the compute units, and what they answer.
 */
#ifndef KFDFS_SIM_COMPUTE_H
#define KFDFS_SIM_COMPUTE_H

#include <stdbool.h>
#include <stdint.h>

struct sim_gpu;
struct sim_queue;

/* What waves ask of the queue that they run for, and tell it. */
struct sim_dispatch_owner {
    bool (*rest)(struct sim_queue *queue); /* between turns; stays while the kernel has the queue off. False:
                                              preempt */
    void (*interrupt)(struct sim_queue *queue, uint32_t data, bool privileged); /* data: of MSG_INTERRUPT */
    uint32_t (*doorbell)(const struct sim_queue *queue);                        /* its index */
};

/* What the command processor derived from packet, descriptor and queue. */
struct sim_dispatch {
    struct sim_gpu *gpu;
    const struct sim_dispatch_owner *owner; /* NULL: nobody asks, nobody is told */
    struct sim_queue *queue;                /* only handed to owner */
    uint32_t grid[3], group[3];             /* work-items */
    uint64_t code_va;                       /* first instruction (after kernarg preload's skip) */
    uint32_t rsrc1, rsrc2, rsrc3;
    uint16_t properties; /* kernel_code_properties of the descriptor */
    bool wave32;
    uint32_t lds_bytes;     /* of a work-group */
    uint32_t private_bytes; /* of a work-item */
    uint32_t user_sgpr[32]; /* already filled in their order */
    unsigned n_user_sgprs;  /* valid ones; the rest up to RSRC2.user_sgpr hold noise */
    uint64_t scratch_va;    /* backing for all waves; waves beyond scratch_waves wait */
    uint32_t scratch_waves; /* per XCC */
    uint64_t packet_va;
    unsigned first_xcc, n_xccs; /* which XCCs share the work-groups; n_xccs 0: all of the GPU */
    uint64_t seed;
};

enum sim_end { SIM_END_OK, SIM_END_FAULT, SIM_END_ILLEGAL, SIM_END_TRAP, SIM_END_PREEMPTED };
struct sim_outcome {
    enum sim_end end;
    uint64_t pc, va;  /* where; for a fault: which address */
    unsigned access;  /* SIM_VM_* that was tried */
    bool not_present; /* no mapping, or a mapping that forbids the access */
    char text[160];   /* illegal: the instruction's bytes and address */
};

/* Runs all work-groups, on several host threads, over all XCCs; returns when they ended or one failed. The
 * caller is outside sim_vm_enter(). */
void sim_compute_run(struct sim_dispatch *dispatch, struct sim_outcome *outcome);

#endif
