/*
 * aql.c - compute queues: commands become AQL packets.
 *
 * A command is two packets: its own, whose completion signal holds its times and raises the interrupt, and a
 * barrier whose completion steps the timeline. All have the barrier bit: the commands of a queue run one
 * after the other. What has no AQL packet goes as PM4 in a vendor packet. Invariant: a slot of the ring is
 * written only when the command after the one that used it last has completed. A packet's first dword is
 * stored last, all of them just before the doorbell. Sources: ROCr amd_aql_queue.cpp, inc/amd_hsa_queue.h.
 */
#include "compute.h"
#include "pm4.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMMAND_PACKETS = 2,
    SIGNAL_USER = 1,
    INACTIVE_SCRATCH = 0x401, /* for waves of 64 or 32 */
    INACTIVE_WAVE32 = 0x400,
};

/* ---- into the ring ---- */

static uint32_t *next_packet(struct gpu_queue *queue, unsigned *slot)
{
    *slot = (unsigned)(queue->head++ & (queue->compute->packets - 1));
    return (uint32_t *)((uint8_t *)queue->ring.cpu + (uint64_t)*slot * AQL_PACKET_BYTES);
}

static uint64_t reset_signal(struct gpu_queue *queue, uint64_t seq)
{
    struct aql_signal *signal = compute_signal(queue, seq);
    signal->kind = SIGNAL_USER;
    signal->mailbox = event_slot(queue->gpu->sys, queue->event_id);
    signal->event_id = queue->event_id;
    signal->start_ticks = signal->end_ticks = 0;
    atomic_store_explicit(&signal->value, 1, memory_order_release);
    return compute_signal_va(queue, seq);
}

static uint32_t put_dispatch(struct gpu_queue *queue, const struct gpu_command *c, uint32_t *packet,
                             uint64_t at, uint64_t completion)
{
    uint64_t va;
    compute_fill_kernarg(queue, c, compute_take(queue, at, c->kernel->kernarg_bytes, &va));
    struct aql_dispatch dispatch = {.private_bytes = compute_private_bytes(c->kernel),
                                    .group_bytes = (uint32_t)code_lds_bytes(c),
                                    .kernel_object = c->kernel->descriptor_va,
                                    .kernarg = va,
                                    .completion = completion};
    memcpy(dispatch.grid, c->grid, sizeof dispatch.grid);
    memcpy(dispatch.group, c->group, sizeof dispatch.group);
    return aql_put_dispatch(packet, &dispatch);
}

static uint32_t put_wait(const struct command *command, uint32_t *packet, uint64_t completion)
{
    const struct gpu_command *c = &command->c;
    if (timeline_read(command->timeline) >= c->value || atomic_load(&command->timeline->released))
        return aql_put_barrier(packet, completion);
    /* It counts down: not more than value left. */
    return aql_put_barrier_value(packet, bo_va(&command->timeline->bo), AQL_LT,
                                 (int64_t)timeline_value(c->value) + 1, UINT64_MAX, completion);
}

/* An indirect buffer with the command's packets. Room has been found. */
static uint32_t put_packets(struct gpu_queue *queue, const struct command *command, uint32_t *packet,
                            uint64_t at, uint64_t bytes, uint64_t completion)
{
    uint64_t va;
    uint32_t *start = compute_take(queue, at, bytes, &va);
    uint32_t *p = pm4_put_command(start, queue->gpu, command, queue->gpu->info.xccs > 1);
    p = pm4_nops(p, (unsigned)(start - p) % PM4_IB_ALIGN_DWORDS);
    return aql_put_pm4(packet, va, (unsigned)(p - start), completion);
}

/* What a command takes of the argument ring. */
static uint64_t argument_bytes(const struct gpu_command *c)
{
    if (c->op == GPU_DISPATCH)
        return c->kernel->kernarg_bytes;
    unsigned dwords = c->op == GPU_WAIT_QUEUE ? 0 : pm4_command_dwords(c);
    return dwords ? (dwords + PM4_IB_ALIGN_DWORDS) * 4ull : 0;
}

static uint32_t put_own(struct gpu_queue *queue, const struct command *command, uint32_t *packet, uint64_t at)
{
    const struct gpu_command *c = &command->c;
    uint64_t completion = reset_signal(queue, command->seq), bytes = argument_bytes(c);
    if (c->op == GPU_DISPATCH)
        return put_dispatch(queue, c, packet, at, completion);
    if (command->timeline)
        return put_wait(command, packet, completion);
    return bytes ? put_packets(queue, command, packet, at, bytes, completion)
                 : aql_put_barrier(packet, completion);
}

static enum emit_result aql_emit(struct gpu_queue *queue, struct command *command)
{
    struct compute *aql = queue->compute;
    uint64_t at = queue->kernarg_head, bytes = argument_bytes(&command->c);
    if (queue->head - queue->tail + COMMAND_PACKETS > aql->packets)
        return EMIT_NO_ROOM;
    if (bytes && !compute_place(queue, bytes, &at))
        return EMIT_NO_ROOM;
    unsigned slot;
    command->ring_free = queue->head; /* its own packets may still be looked at when its signal says done */
    uint32_t *packet = next_packet(queue, &slot);
    aql->heads[slot] = put_own(queue, command, packet, at);
    command->kernarg_free = queue->kernarg_head;
    packet = next_packet(queue, &slot);
    aql->heads[slot] = aql_put_barrier(packet, bo_va(&queue->timeline->bo));
    return EMIT_DONE;
}

static void aql_flush(struct gpu_queue *queue)
{
    if (queue->head == queue->flushed)
        return;
    for (uint64_t index = queue->flushed; index < queue->head; index++) {
        uint64_t slot = index & (queue->compute->packets - 1);
        _Atomic uint32_t *head = (void *)((uint8_t *)queue->ring.cpu + slot * AQL_PACKET_BYTES);
        atomic_store_explicit(head, queue->compute->heads[slot], memory_order_release);
    }
    queue->flushed = queue->head;
    atomic_store_explicit(queue->write_pointer, queue->head, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst); /* the doorbell must not overtake packets and index */
    atomic_store_explicit(queue->doorbell, queue->head - 1, memory_order_release);
}

/* ---- out of it ---- */

static uint64_t aql_completed(struct gpu_queue *queue)
{
    uint64_t seq = queue->completed;
    while (seq < queue->emitted &&
           atomic_load_explicit(&compute_signal(queue, seq + 1)->value, memory_order_acquire) <= 0)
        seq++;
    return seq;
}

/* The first dispatch in flight that needs more scratch than the queue has. */
static const struct gpu_kernel *starved_kernel(const struct gpu_queue *queue)
{
    uint64_t done = aql_completed((struct gpu_queue *)queue);
    for (const struct batch *batch = queue->first; batch; batch = batch->next)
        for (unsigned i = 0; i < batch->n; i++) {
            const struct command *command = &batch->commands[i];
            if (command->seq <= done || command->seq > queue->emitted || command->c.op != GPU_DISPATCH)
                continue;
            const struct gpu_kernel *kernel = command->c.kernel;
            if ((uint64_t)compute_private_bytes(kernel) * kernel->wave_size >
                (uint64_t)queue->compute->scratch_lane64_bytes * 64)
                return kernel;
        }
    return NULL;
}

static int give_scratch(struct gpu_queue *queue, int64_t code, char *text, size_t size)
{
    const struct gpu_kernel *kernel = starved_kernel(queue);
    struct aql_queue *shared = compute_shared(queue);
    int rc = kernel ? scratch_provide(queue->gpu, &queue->compute->scratch, shared,
                                      compute_private_bytes(kernel), code & INACTIVE_WAVE32 ? 32 : 64)
                    : gpu_err(-EIO, "it asks for scratch that no dispatch needs");
    if (rc) {
        char name[64];
        snprintf(text, size, "%s died: %s", queue_name(queue, name, sizeof name), gpu_err_text());
        return rc;
    }
    queue->compute->scratch_lane64_bytes = shared->scratch_wave64_lane_bytes;
    atomic_store_explicit(&compute_control(queue)->inactive.value, 0, memory_order_release); /* go on */
    return 0;
}

static int aql_poll(struct gpu_queue *queue, char *text, size_t size)
{
    int error = compute_exception(queue, text, size);
    if (error)
        return error;
    int64_t code = atomic_load_explicit(&compute_control(queue)->inactive.value, memory_order_acquire);
    if (!code)
        return 0;
    if (code & INACTIVE_SCRATCH)
        return give_scratch(queue, code, text, size);
    return compute_died(queue, aql_inactive_reason((uint64_t)code), (uint64_t)code, text, size);
}

/* ---- its buffers ---- */

static void aql_reset(struct gpu_queue *queue)
{
    compute_reset(queue);
    memset(queue->ring.cpu, 0, queue->ring_bytes);
    for (unsigned i = 0; i < queue->compute->packets; i++)
        ((uint32_t *)queue->ring.cpu)[i * (AQL_PACKET_BYTES / 4)] = AQL_INVALID;
}

static int aql_open(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    unsigned packets = queue->ring_bytes / AQL_PACKET_BYTES;
    int rc = compute_open(queue, args, packets, packets / COMMAND_PACKETS, queue->gpu->target->aql_eop);
    if (!rc)
        aql_reset(queue);
    return rc;
}

const struct queue_ops aql_ops = {
    .check = compute_check,
    .open = aql_open,
    .close = compute_close,
    .reset = aql_reset,
    .emit = aql_emit,
    .flush = aql_flush,
    .completed = aql_completed,
    .times = compute_times,
    .poll = aql_poll,
};
