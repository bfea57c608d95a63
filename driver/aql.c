/*
 * aql.c - compute queues: commands become AQL packets.
 *
 * A command is two packets: its own, whose completion signal holds its times and raises the interrupt, and a
 * barrier whose completion steps the timeline. All have the barrier bit: the commands of a queue run one
 * after the other. Invariant: a slot of the ring is written only when the command after the one that used it
 * last has completed. A packet's first dword is stored last, all of them just before the doorbell. Sources:
 * ROCr amd_aql_queue.cpp, inc/amd_hsa_queue.h.
 */
#include "aql.h"
#include "code.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMMAND_PACKETS = 2,
    EOP_BYTES = 4096,       /* of a node since gfx8 (Linux amdkfd/kfd_queue.c) */
    KERNARG_MIN = 64 << 10, /* of the ring; at most half of it is one dispatch's */
    KERNARG_ALIGN = 64,
    DYNAMIC_STACK_BYTES = 16 << 10, /* for kernels whose stack the compiler could not size */
    PROPERTY_PTR64 = 1 << 1,
    PROPERTY_PROFILING = 1 << 3,
    QUEUE_FEATURE_DISPATCH = 1,
    SIGNAL_USER = 1,
    SIGNAL_DOORBELL = -1,
    INACTIVE_SCRATCH = 0x401, /* for waves of 64 or 32 */
    INACTIVE_WAVE32 = 0x400,
};

/* The control buffer: a page of fixed things, then a signal per command in flight, then kernargs. */
struct control {
    struct aql_signal inactive;
    struct aql_signal doorbell;
    _Atomic uint64_t exceptions; /* the kernel's mask */
};
enum { SIGNALS_AT = PAGE_BYTES };

struct aql {
    unsigned packets, slots;
    uint64_t kernarg_bytes;
    struct bo scratch;
    uint32_t scratch_lane64_bytes;
    uint32_t heads[]; /* first dwords of packets that are not flushed yet */
};

static struct control *control_of(const struct gpu_queue *queue)
{
    return queue->control.cpu;
}

static struct aql_queue *shared_of(const struct gpu_queue *queue)
{
    return queue->pointers.cpu;
}

static uint64_t signal_at(const struct gpu_queue *queue, uint64_t seq)
{
    return SIGNALS_AT + seq % queue->aql->slots * sizeof(struct aql_signal);
}

static struct aql_signal *signal_of(const struct gpu_queue *queue, uint64_t seq)
{
    return (struct aql_signal *)((uint8_t *)queue->control.cpu + signal_at(queue, seq));
}

static uint64_t kernargs_at(const struct gpu_queue *queue)
{
    return align_up(SIGNALS_AT + queue->aql->slots * sizeof(struct aql_signal), PAGE_BYTES);
}

/* ---- checks ---- */

static uint32_t private_bytes(const struct gpu_kernel *kernel)
{
    uint32_t bytes = kernel->scratch_bytes;
    return kernel->dynamic_stack && bytes < DYNAMIC_STACK_BYTES ? DYNAMIC_STACK_BYTES : bytes;
}

static int check_group(const struct gpu_kernel *kernel, const struct gpu_command *c)
{
    uint64_t product = 1;
    for (int i = 0; i < 3; i++) {
        if (!c->grid[i] || !c->group[i])
            return gpu_err(-EINVAL, "a grid of %ux%ux%u in groups of %ux%ux%u: none may be 0", c->grid[0],
                           c->grid[1], c->grid[2], c->group[0], c->group[1], c->group[2]);
        if (c->group[i] > UINT16_MAX)
            return gpu_err(-EINVAL, "a group of %u work-items in one dimension: a packet holds 65535",
                           c->group[i]);
        product *= c->group[i];
    }
    if (kernel->max_group && product > kernel->max_group)
        return gpu_err(-EINVAL, "%s takes groups of at most %u work-items, not %" PRIu64, kernel->symbol,
                       kernel->max_group, product);
    const uint32_t *required = kernel->reqd_group;
    if (required[0] && memcmp(required, c->group, sizeof c->group))
        return gpu_err(-EINVAL, "%s requires groups of %ux%ux%u, not %ux%ux%u", kernel->symbol, required[0],
                       required[1], required[2], c->group[0], c->group[1], c->group[2]);
    return 0;
}

static int check_dispatch(const struct gpu_queue *queue, const struct gpu_command *c)
{
    const struct gpu_kernel *kernel = c->kernel;
    if (!kernel || (kernel->kernarg_bytes && !c->kernarg))
        return gpu_err(-EINVAL, "a dispatch without %s", kernel ? "its kernel arguments" : "a kernel");
    if (kernel->unsupported)
        return gpu_err(-EOPNOTSUPP, "%s cannot be dispatched: %s", kernel->symbol, kernel->unsupported);
    int rc = check_group(kernel, c);
    if (rc)
        return rc;
    uint64_t lds = code_lds_bytes(c);
    if (lds > queue->gpu->info.lds_bytes)
        return gpu_err(-EINVAL, "%s would use %" PRIu64 " bytes of LDS a group: gpu%u has %u", kernel->symbol,
                       lds, queue->gpu->index, queue->gpu->info.lds_bytes);
    if (kernel->kernarg_bytes > queue->aql->kernarg_bytes / 2)
        return gpu_err(-EOPNOTSUPP, "%s takes %u bytes of arguments: this queue has room for %" PRIu64,
                       kernel->symbol, kernel->kernarg_bytes, queue->aql->kernarg_bytes / 2);
    struct scratch_layout layout;
    uint32_t slots;
    return private_bytes(kernel)
               ? scratch_plan(queue->gpu, private_bytes(kernel), kernel->wave_size, 0, &layout, &slots)
               : 0;
}

static int aql_check(const struct gpu_queue *queue, const struct gpu_command *c)
{
    switch (c->op) {
    case GPU_DISPATCH:
        return check_dispatch(queue, c);
    case GPU_WAIT_MEM:
        return buffer_cpu_sees_at(queue->gpu->sys, c->dst, 4)
                   ? 0
                   : gpu_err(-EOPNOTSUPP,
                             "no AQL packet waits for memory, and the CPU does not see 0x%" PRIx64
                             " to do it instead: "
                             "use an SDMA queue",
                             c->dst);
    case GPU_NOP:
    case GPU_BARRIER:
    case GPU_WAIT_QUEUE:
        return 0;
    case GPU_WRITE:
    case GPU_TIMESTAMP:
    case GPU_SIGNAL:
        return gpu_err(-EOPNOTSUPP, "no AQL packet writes memory: use an SDMA queue");
    default:
        return gpu_err(-EOPNOTSUPP, "a compute queue does not copy, fill or do atomics: use an SDMA queue");
    }
}

/* ---- into the ring ---- */

static uint32_t *next_packet(struct gpu_queue *queue, unsigned *slot)
{
    *slot = (unsigned)(queue->head++ & (queue->aql->packets - 1));
    return (uint32_t *)((uint8_t *)queue->ring.cpu + (uint64_t)*slot * AQL_PACKET_BYTES);
}

static uint64_t reset_signal(struct gpu_queue *queue, uint64_t seq)
{
    struct aql_signal *signal = signal_of(queue, seq);
    signal->kind = SIGNAL_USER;
    signal->mailbox = event_slot(queue->gpu->sys, queue->event_id);
    signal->event_id = queue->event_id;
    signal->start_ticks = signal->end_ticks = 0;
    atomic_store_explicit(&signal->value, 1, memory_order_release);
    return bo_va(&queue->control) + signal_at(queue, seq);
}

/* Where the next kernarg segment goes in its ring, in one piece; false: no room. */
static bool place_kernarg(const struct gpu_queue *queue, uint64_t bytes, uint64_t *at)
{
    uint64_t size = queue->aql->kernarg_bytes, start = align_up(queue->kernarg_head, KERNARG_ALIGN);
    if (start % size + bytes > size)
        start = align_up(start, size);
    if (start + bytes - queue->kernarg_tail > size)
        return false;
    *at = start;
    return true;
}

static uint64_t put_kernarg(struct gpu_queue *queue, const struct gpu_command *c, uint64_t at)
{
    const struct gpu *gpu = queue->gpu;
    uint64_t offset = kernargs_at(queue) + at % queue->aql->kernarg_bytes;
    uint8_t *to = (uint8_t *)queue->control.cpu + offset;
    struct code_hidden hidden = {.queue_va = bo_va(&queue->pointers),
                                 .shared_base_hi = (uint32_t)(gpu->lds_base >> 32),
                                 .private_base_hi = (uint32_t)(gpu->scratch_base >> 32)};
    if (c->kernel->kernarg_bytes)
        memcpy(to, c->kernarg, c->kernel->kernarg_bytes);
    code_fill_hidden(c->kernel, c, &hidden, to);
    queue->kernarg_head = at + c->kernel->kernarg_bytes;
    return bo_va(&queue->control) + offset;
}

static uint32_t put_dispatch(struct gpu_queue *queue, const struct gpu_command *c, uint32_t *packet,
                             uint64_t kernarg, uint64_t completion)
{
    struct aql_dispatch dispatch = {.private_bytes = private_bytes(c->kernel),
                                    .group_bytes = (uint32_t)code_lds_bytes(c),
                                    .kernel_object = c->kernel->descriptor_va,
                                    .kernarg = put_kernarg(queue, c, kernarg),
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

/* The processor waits only for signals, so the CPU looks: in its turn, when all before it is done. */
static bool memory_says_go(const struct gpu_queue *queue, const struct command *command)
{
    const struct gpu_command *c = &command->c;
    if (queue->completed + 1 != command->seq)
        return false;
    uint32_t memory = atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)c->dst, memory_order_acquire);
    uint32_t masked = memory & (uint32_t)c->mask, value = (uint32_t)c->value;
    switch (c->compare) {
    case GPU_EQ:
        return masked == value;
    case GPU_NE:
        return masked != value;
    case GPU_LT:
        return masked < value;
    case GPU_LE:
        return masked <= value;
    case GPU_GT:
        return masked > value;
    default:
        return masked >= value;
    }
}

static enum emit_result aql_emit(struct gpu_queue *queue, struct command *command)
{
    const struct gpu_command *c = &command->c;
    struct aql *aql = queue->aql;
    uint64_t kernarg = queue->kernarg_head;
    if (c->op == GPU_WAIT_MEM && !memory_says_go(queue, command))
        return EMIT_HELD;
    if (queue->head - queue->tail + COMMAND_PACKETS > aql->packets)
        return EMIT_NO_ROOM;
    if (c->op == GPU_DISPATCH && !place_kernarg(queue, c->kernel->kernarg_bytes, &kernarg))
        return EMIT_NO_ROOM;
    unsigned slot;
    command->ring_free = queue->head; /* its own packets may still be looked at when its signal says done */
    uint32_t *packet = next_packet(queue, &slot);
    uint64_t completion = reset_signal(queue, command->seq);
    if (c->op == GPU_DISPATCH)
        aql->heads[slot] = put_dispatch(queue, c, packet, kernarg, completion);
    else if (command->timeline)
        aql->heads[slot] = put_wait(command, packet, completion);
    else
        aql->heads[slot] = aql_put_barrier(packet, completion);
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
        uint64_t slot = index & (queue->aql->packets - 1);
        _Atomic uint32_t *head = (void *)((uint8_t *)queue->ring.cpu + slot * AQL_PACKET_BYTES);
        atomic_store_explicit(head, queue->aql->heads[slot], memory_order_release);
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
           atomic_load_explicit(&signal_of(queue, seq + 1)->value, memory_order_acquire) <= 0)
        seq++;
    return seq;
}

static void aql_times(struct gpu_queue *queue, const struct command *command, uint64_t *start, uint64_t *end)
{
    const struct aql_signal *signal = signal_of(queue, command->seq);
    *start = clock_ns(queue->gpu, signal->start_ticks);
    *end = clock_ns(queue->gpu, signal->end_ticks);
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
            if ((uint64_t)private_bytes(kernel) * kernel->wave_size >
                (uint64_t)queue->aql->scratch_lane64_bytes * 64)
                return kernel;
        }
    return NULL;
}

static int give_scratch(struct gpu_queue *queue, int64_t code, char *text, size_t size)
{
    const struct gpu_kernel *kernel = starved_kernel(queue);
    struct aql_queue *shared = shared_of(queue);
    int rc = kernel ? scratch_provide(queue->gpu, &queue->aql->scratch, shared, private_bytes(kernel),
                                      code & INACTIVE_WAVE32 ? 32 : 64)
                    : gpu_err(-EIO, "it asks for scratch that no dispatch needs");
    if (rc) {
        char name[64];
        snprintf(text, size, "%s died: %s", queue_name(queue, name, sizeof name), gpu_err_text());
        return rc;
    }
    queue->aql->scratch_lane64_bytes = shared->scratch_wave64_lane_bytes;
    atomic_store_explicit(&control_of(queue)->inactive.value, 0, memory_order_release); /* go on */
    return 0;
}

static int died(const struct gpu_queue *queue, const char *reason, uint64_t code, char *text, size_t size)
{
    char name[64];
    snprintf(text, size, "%s died: %s (code 0x%" PRIx64 ")", queue_name(queue, name, sizeof name), reason,
             code);
    return -EIO;
}

static int aql_poll(struct gpu_queue *queue, char *text, size_t size)
{
    struct control *control = control_of(queue);
    uint64_t exceptions = atomic_load_explicit(&control->exceptions, memory_order_acquire);
    const char *reason = aql_exception_reason(exceptions);
    if (reason)
        return died(queue, reason, exceptions, text, size);
    int64_t code = atomic_load_explicit(&control->inactive.value, memory_order_acquire);
    if (!code)
        return 0;
    if (code & INACTIVE_SCRATCH)
        return give_scratch(queue, code, text, size);
    return died(queue, aql_inactive_reason((uint64_t)code), (uint64_t)code, text, size);
}

/* ---- its buffers ---- */

static void init_control(struct gpu_queue *queue)
{
    struct control *control = control_of(queue);
    memset(control, 0, PAGE_BYTES);
    control->inactive.kind = SIGNAL_USER;
    control->inactive.mailbox = event_slot(queue->gpu->sys, queue->event_id);
    control->inactive.event_id = queue->event_id;
    control->inactive.queue_va = bo_va(&queue->pointers);
    control->doorbell.kind = SIGNAL_DOORBELL;
    control->doorbell.queue_va = bo_va(&queue->pointers);
}

static void init_shared(struct gpu_queue *queue)
{
    const struct gpu *gpu = queue->gpu;
    uint64_t control = bo_va(&queue->control);
    struct aql_queue *shared = shared_of(queue);
    memset(shared, 0, PAGE_BYTES);
    shared->features = QUEUE_FEATURE_DISPATCH;
    shared->ring_va = bo_va(&queue->ring);
    shared->doorbell_signal = control + offsetof(struct control, doorbell);
    shared->packets = queue->aql->packets;
    shared->group_aperture_hi = (uint32_t)(gpu->lds_base >> 32);
    shared->private_aperture_hi = (uint32_t)(gpu->scratch_base >> 32);
    shared->max_cu_id = gpu->info.cus - 1;
    shared->max_wave_id = (uint32_t)(gpu->info.max_waves_per_simd * gpu->node.simd_per_cu) - 1;
    shared->read_index_offset = offsetof(struct aql_queue, read_index);
    shared->properties = PROPERTY_PTR64 | PROPERTY_PROFILING;
    shared->inactive_signal = control + offsetof(struct control, inactive);
    queue->write_pointer = &shared->write_index;
    queue->read_pointer = &shared->read_index;
}

static void init_ring(struct gpu_queue *queue)
{
    memset(queue->ring.cpu, 0, queue->ring_bytes);
    for (unsigned i = 0; i < queue->aql->packets; i++)
        ((uint32_t *)queue->ring.cpu)[i * (AQL_PACKET_BYTES / 4)] = AQL_INVALID;
}

static int open_save_area(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    struct gpu *gpu = queue->gpu;
    struct cwsr_sizes sizes;
    cwsr_sizes(&gpu->node, gpu->target, &sizes);
    int rc = bo_create(gpu, BO_GTT, sizes.total_bytes, false, &queue->cwsr);
    if (rc)
        return rc;
    cwsr_fill_headers(queue->cwsr.cpu, &sizes, gpu->info.xccs,
                      bo_va(&queue->control) + offsetof(struct control, exceptions), queue->event_id);
    args->ctx_base = bo_va(&queue->cwsr);
    args->ctx_size = sizes.ctx_bytes;
    args->ctl_stack_size = sizes.stack_bytes;
    return 0;
}

static int aql_open(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    struct gpu *gpu = queue->gpu;
    unsigned packets = queue->ring_bytes / AQL_PACKET_BYTES;
    queue->aql = calloc(1, sizeof *queue->aql + packets * sizeof queue->aql->heads[0]);
    if (!queue->aql)
        return gpu_err(-ENOMEM, "no memory for a compute queue");
    queue->aql->packets = packets;
    queue->aql->slots = packets / COMMAND_PACKETS;
    queue->aql->kernarg_bytes = queue->ring_bytes * 2 > KERNARG_MIN ? queue->ring_bytes * 2 : KERNARG_MIN;
    int rc = bo_create(gpu, BO_GTT, kernargs_at(queue) + queue->aql->kernarg_bytes, false, &queue->control);
    if (!rc && gpu->target->aql_eop)
        rc = bo_create(gpu, BO_VRAM, EOP_BYTES, false, &queue->eop);
    if (rc)
        return rc;
    init_control(queue);
    init_shared(queue);
    init_ring(queue);
    if (gpu->target->aql_eop) {
        args->eop_base = bo_va(&queue->eop);
        args->eop_size = EOP_BYTES;
    }
    args->write_pointer = bo_va(&queue->pointers) + offsetof(struct aql_queue, write_index);
    args->read_pointer = bo_va(&queue->pointers) + offsetof(struct aql_queue, read_index);
    return open_save_area(queue, args);
}

static void aql_close(struct gpu_queue *queue)
{
    if (queue->aql)
        bo_free(&queue->aql->scratch);
    free(queue->aql);
}

const struct queue_ops aql_ops = {
    .check = aql_check,
    .open = aql_open,
    .close = aql_close,
    .emit = aql_emit,
    .flush = aql_flush,
    .completed = aql_completed,
    .times = aql_times,
    .poll = aql_poll,
};
