/*
 * pm4.c - PM4 queues: commands become indirect buffers, and what firmware does for an AQL dispatch is done
 * here.
 *
 * A command is one buffer, in the argument ring: a timestamp, its packets, a timestamp behind a cache flush,
 * the timeline's new value, the event. The ring has one packet for it. Invariant: buffer and ring are written
 * again only when the timeline says that the command is done. A PM4 queue runs on one XCC, the first: the
 * kernel gives it no more. Scratch is the driver's: it grows when the queue is empty. Sources: LLVM's
 * AMDGPUUsage (kernel descriptor, order of user SGPRs), libhsakmt's kfdtest Dispatch.cpp (RSRC2's trap bit,
 * RSRC1's priv), ROCr registers.h (scratch).
 */
#include "compute.h"
#include "pm4.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    RELEASES = 4, /* of a command */
    IMAGE_BYTES = AQL_PACKET_BYTES,
    RSRC1_PRIV = 1 << 20,
    RSRC2_SCRATCH_EN = 1 << 0,
    RSRC2_TRAP_PRESENT = 1 << 6,
    RSRC2_LDS_SHIFT = 15,
    SRD_STRIDE_SHIFT = 21,
    SRD_STRIDE_32 = 2,
    SRD_STRIDE_64 = 3,
    SGPR_PRIVATE_BUFFER = 1 << 0, /* properties of a kernel descriptor */
    SGPR_DISPATCH_PTR = 1 << 1,
    SGPR_QUEUE_PTR = 1 << 2,
    SGPR_KERNARG_PTR = 1 << 3,
    SGPR_DISPATCH_ID = 1 << 4,
    SGPR_FLAT_SCRATCH = 1 << 5,
    SGPR_PRIVATE_SIZE = 1 << 6,
    PRELOAD_SKIP_BYTES = 256, /* code for processors that do not preload comes first */
};

/* ---- a dispatch ---- */

struct frame { /* what a command has in the argument ring */
    uint8_t *kernarg;
    uint32_t *image, *buffer;
    uint64_t kernarg_va, image_va, buffer_va;
};

static void push(struct pm4_dispatch *d, uint32_t value)
{
    if (d->n_user < sizeof d->user / sizeof *d->user)
        d->user[d->n_user++] = value;
}

static void push64(struct pm4_dispatch *d, bool wanted, uint64_t value)
{
    if (!wanted)
        return;
    push(d, (uint32_t)value);
    push(d, (uint32_t)(value >> 32));
}

static void push_scratch(const struct gpu_queue *queue, const struct gpu_kernel *kernel,
                         struct pm4_dispatch *d)
{
    const struct aql_queue *shared = compute_shared(queue);
    uint32_t last = shared->scratch_srd[3];
    if (queue->gpu->target->srd_index_stride)
        last |= (kernel->wave_size == 32 ? SRD_STRIDE_32 : SRD_STRIDE_64) << SRD_STRIDE_SHIFT;
    push64(d, true, shared->scratch_srd[0] | (uint64_t)shared->scratch_srd[1] << 32);
    push64(d, true, shared->scratch_srd[2] | (uint64_t)last << 32);
}

static void fill_sgprs(const struct gpu_queue *queue, const struct command *command,
                       const struct frame *frame, struct pm4_dispatch *d)
{
    const struct gpu_kernel *kernel = command->c.kernel;
    const struct code_shader *shader = code_shader(kernel);
    unsigned wanted = shader->properties, count = shader->rsrc[1] >> 1 & 0x1f;
    if (wanted & SGPR_PRIVATE_BUFFER)
        push_scratch(queue, kernel, d);
    push64(d, wanted & SGPR_DISPATCH_PTR, frame->image_va);
    push64(d, wanted & SGPR_QUEUE_PTR, bo_va(&queue->pointers));
    push64(d, wanted & SGPR_KERNARG_PTR, frame->kernarg_va);
    push64(d, wanted & SGPR_DISPATCH_ID, command->seq);
    push64(d, wanted & SGPR_FLAT_SCRATCH, d->scratch_va);
    if (wanted & SGPR_PRIVATE_SIZE)
        push(d, compute_private_bytes(kernel));
    const uint32_t *preloaded = (const uint32_t *)frame->kernarg + shader->preload_offset;
    for (unsigned i = 0; i < shader->preload_dwords; i++)
        push(d, preloaded[i]);
    while (d->n_user < count && d->n_user < 16)
        push(d, 0); /* some processors want all that they load to be set */
}

static void fill_registers(const struct gpu_queue *queue, const struct gpu_command *c, struct pm4_dispatch *d)
{
    const struct code_shader *shader = code_shader(c->kernel);
    const struct target *target = queue->gpu->target;
    const struct aql_queue *shared = compute_shared(queue);
    uint32_t lds = (uint32_t)((code_lds_bytes(c) + target->pm4_lds_unit - 1) / target->pm4_lds_unit);
    bool scratch = compute_private_bytes(c->kernel);
    memcpy(d->grid, c->grid, sizeof d->grid);
    memcpy(d->group, c->group, sizeof d->group);
    memcpy(d->rsrc, shader->rsrc, sizeof d->rsrc);
    d->code_va = shader->entry_va + (shader->preload_dwords ? PRELOAD_SKIP_BYTES : 0);
    d->rsrc[0] |= target->pm4_priv ? RSRC1_PRIV : 0;
    d->rsrc[1] |= lds << RSRC2_LDS_SHIFT | (scratch ? RSRC2_SCRATCH_EN : 0) |
                  (target->pm4_trap_present ? RSRC2_TRAP_PRESENT : 0);
    d->tmpring_size = scratch ? shared->tmpring_size : 0;
    d->scratch_va = scratch ? shared->scratch_va : 0;
    d->wave32 = c->kernel->wave_size == 32;
}

/* Kernels may read the packet that dispatched them: this is what it would have been. */
static void fill_image(const struct gpu_command *c, const struct frame *frame)
{
    struct aql_dispatch image = {.private_bytes = compute_private_bytes(c->kernel),
                                 .group_bytes = (uint32_t)code_lds_bytes(c),
                                 .kernel_object = c->kernel->descriptor_va,
                                 .kernarg = frame->kernarg_va};
    memcpy(image.grid, c->grid, sizeof image.grid);
    memcpy(image.group, c->group, sizeof image.group);
    frame->image[0] = aql_put_dispatch(frame->image, &image);
}

static uint32_t *put_dispatch(const struct gpu_queue *queue, const struct command *command,
                              const struct frame *frame, uint32_t *p)
{
    struct pm4_dispatch d = {0};
    compute_fill_kernarg(queue, &command->c, frame->kernarg);
    fill_image(&command->c, frame);
    fill_registers(queue, &command->c, &d);
    fill_sgprs(queue, command, frame, &d);
    return pm4_dispatch(p, queue->gpu->target, &d);
}

/* ---- scratch ---- */

/* True if there is enough. Else the queue runs empty first, since the waves use what there is; what cannot be
 * had is told by poll. */
static bool scratch_ready(struct gpu_queue *queue, const struct gpu_kernel *kernel)
{
    struct compute *compute = queue->compute;
    struct aql_queue *shared = compute_shared(queue);
    uint32_t bytes = compute_private_bytes(kernel);
    if (!bytes || (uint64_t)bytes * kernel->wave_size <= (uint64_t)compute->scratch_lane64_bytes * 64)
        return true;
    if (queue->completed != queue->emitted || compute->error)
        return false;
    compute->scratch_lane64_bytes = 0;
    int rc = scratch_provide(queue->gpu, &compute->scratch, shared, bytes, kernel->wave_size);
    if (rc) {
        char name[64];
        snprintf(compute->text, sizeof compute->text, "%s died: %s", queue_name(queue, name, sizeof name),
                 gpu_err_text());
        compute->error = rc;
        return false;
    }
    compute->scratch_lane64_bytes = shared->scratch_wave64_lane_bytes;
    return true;
}

/* ---- into the ring ---- */

static uint64_t kernarg_bytes(const struct gpu_command *c)
{
    return c->op == GPU_DISPATCH ? align_up(c->kernel->kernarg_bytes, IMAGE_BYTES) + IMAGE_BYTES : 0;
}

static uint64_t frame_bytes(const struct gpu_command *c)
{
    unsigned dwords = c->op == GPU_DISPATCH ? PM4_DISPATCH_MOST : pm4_command_dwords(c);
    return kernarg_bytes(c) + (dwords + RELEASES * PM4_RELEASE_DWORDS + PM4_IB_ALIGN_DWORDS) * 4;
}

static void take_frame(struct gpu_queue *queue, const struct gpu_command *c, uint64_t at, struct frame *frame)
{
    uint64_t before = kernarg_bytes(c);
    frame->kernarg = compute_take(queue, at, frame_bytes(c), &frame->kernarg_va);
    frame->buffer = (uint32_t *)(void *)(frame->kernarg + before);
    frame->buffer_va = frame->kernarg_va + before;
    frame->image = (uint32_t *)(void *)(frame->kernarg + before - IMAGE_BYTES);
    frame->image_va = frame->buffer_va - IMAGE_BYTES;
}

static bool must_wait(const struct command *command)
{
    return command->c.op != GPU_WAIT_QUEUE || (timeline_read(command->timeline) < command->c.value &&
                                               !atomic_load(&command->timeline->released));
}

/* Returns the buffer's length in dwords. */
static unsigned fill_buffer(struct gpu_queue *queue, const struct command *command, const struct frame *frame)
{
    const struct target *target = queue->gpu->target;
    uint64_t signal = compute_signal_va(queue, command->seq);
    struct pm4_release start = {.data = PM4_DATA_CLOCK,
                                .dst = signal + offsetof(struct aql_signal, start_ticks)};
    struct pm4_release end = {
        .data = PM4_DATA_CLOCK, .dst = signal + offsetof(struct aql_signal, end_ticks), .flush = true};
    struct pm4_release step = {
        .data = PM4_DATA_64, .dst = timeline_va(queue->timeline), .value = timeline_value(command->seq)};
    struct pm4_release event = {.data = PM4_DATA_64,
                                .dst = event_slot(queue->gpu->sys, queue->event_id),
                                .value = queue->event_id,
                                .event_id = queue->event_id};
    uint32_t *p = pm4_release(frame->buffer, target, &start);
    if (command->c.op == GPU_DISPATCH)
        p = put_dispatch(queue, command, frame, p);
    else if (must_wait(command))
        p = pm4_put_command(p, queue->gpu, command, false);
    p = pm4_release(p, target, &end);
    p = pm4_release(p, target, &step);
    p = pm4_release(p, target, &event);
    p = pm4_nops(p, (unsigned)(frame->buffer - p) % PM4_IB_ALIGN_DWORDS);
    return (unsigned)(p - frame->buffer);
}

static enum emit_result pm4_emit(struct gpu_queue *queue, struct command *command)
{
    const struct gpu_command *c = &command->c;
    uint64_t at, size = queue->ring_bytes / 4;
    if (queue->emitted - queue->completed >= queue->compute->slots ||
        queue->head - queue->tail + PM4_INDIRECT_DWORDS >= size)
        return EMIT_NO_ROOM;
    if (c->op == GPU_DISPATCH && !scratch_ready(queue, c->kernel))
        return EMIT_NO_ROOM;
    if (!compute_place(queue, frame_bytes(c), &at))
        return EMIT_NO_ROOM;
    struct frame frame;
    take_frame(queue, c, at, &frame);
    unsigned dwords = fill_buffer(queue, command, &frame);
    pm4_indirect((uint32_t *)queue->ring.cpu + queue->head % size, frame.buffer_va, dwords);
    queue->head += PM4_INDIRECT_DWORDS;
    command->ring_free = queue->head;
    command->kernarg_free = queue->kernarg_head;
    return EMIT_DONE;
}

static void pm4_flush(struct gpu_queue *queue)
{
    if (queue->head == queue->flushed)
        return;
    queue->flushed = queue->head;
    atomic_store_explicit(queue->write_pointer, queue->head, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst); /* the doorbell must not overtake ring and pointer */
    atomic_store_explicit(queue->doorbell, queue->head, memory_order_release);
}

/* ---- the rest of a queue's operations ---- */

static uint64_t pm4_completed(struct gpu_queue *queue)
{
    return timeline_read(queue->timeline);
}

static int pm4_poll(struct gpu_queue *queue, char *text, size_t size)
{
    if (queue->compute->error)
        snprintf(text, size, "%s", queue->compute->text);
    return queue->compute->error ? queue->compute->error : compute_exception(queue, text, size);
}

static void pm4_reset(struct gpu_queue *queue)
{
    compute_reset(queue);
    pm4_nops(queue->ring.cpu, queue->ring_bytes / 4);
}

static int pm4_open(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    unsigned packets = queue->ring_bytes / (PM4_INDIRECT_DWORDS * 4);
    int rc = compute_open(queue, args, 0, packets / 4, true);
    if (!rc)
        pm4_reset(queue);
    return rc;
}

const struct queue_ops pm4_ops = {
    .check = compute_check,
    .open = pm4_open,
    .close = compute_close,
    .reset = pm4_reset,
    .emit = pm4_emit,
    .flush = pm4_flush,
    .completed = pm4_completed,
    .times = compute_times,
    .poll = pm4_poll,
};
