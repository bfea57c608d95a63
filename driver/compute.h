/*
 * compute.h - what AQL and PM4 queues have in common: checks, the ring of kernel arguments and buffers, the
 * queue's structure that kernels may look at, the save area.
 */
#ifndef KFDFS_COMPUTE_H
#define KFDFS_COMPUTE_H

#include "aql.h"
#include "code.h"

/* The control buffer: a page of fixed things, then a signal per command in flight, then the argument ring. */
struct compute_control {
    struct aql_signal inactive;
    struct aql_signal doorbell;
    _Atomic uint64_t exceptions; /* the kernel's mask */
};

struct compute {
    unsigned packets, slots; /* of the ring; commands that may be in flight */
    struct bo scratch;
    uint32_t scratch_lane64_bytes;
    int error; /* PM4: why no more can be sent; its sentence */
    char text[QUEUE_TEXT];
    uint32_t heads[]; /* AQL: first dwords of packets that are not flushed yet */
};

static inline struct compute_control *compute_control(const struct gpu_queue *queue)
{
    return queue->control.cpu;
}

static inline struct aql_queue *compute_shared(const struct gpu_queue *queue)
{
    return queue->pointers.cpu;
}

/* Each command in flight has one: times, and of AQL whether it is done. */
uint64_t compute_signal_va(const struct gpu_queue *queue, uint64_t seq);
struct aql_signal *compute_signal(const struct gpu_queue *queue, uint64_t seq);
void compute_times(struct gpu_queue *queue, const struct command *command, uint64_t *start, uint64_t *end);

/* May that command go to this queue? */
int compute_check(const struct gpu_queue *queue, const struct gpu_command *command);
uint32_t compute_private_bytes(const struct gpu_kernel *kernel);

/* Where the next bytes of the argument ring would be, in one piece, aligned for kernel arguments; false: no
 * room. */
bool compute_place(const struct gpu_queue *queue, uint64_t bytes, uint64_t *at);
/* Takes them. Returns their CPU address. */
void *compute_take(struct gpu_queue *queue, uint64_t at, uint64_t bytes, uint64_t *va);
/* Writes the visible and hidden arguments of a dispatch. */
void compute_fill_kernarg(const struct gpu_queue *queue, const struct gpu_command *command, void *to);

/* Makes the buffers of a queue whose ring has so many entries. eop: with a buffer for ends of pipe. */
int compute_open(struct gpu_queue *queue, struct kfd_create_queue *args, unsigned packets, unsigned slots,
                 bool eop);
void compute_close(struct gpu_queue *queue);
void compute_reset(struct gpu_queue *queue); /* the pointers; scratch stays */
/* What the kernel's exception mask says killed the queue, or 0. */
int compute_exception(struct gpu_queue *queue, char *text, size_t size);
int compute_died(const struct gpu_queue *queue, const char *reason, uint64_t code, char *text, size_t size);

#endif
