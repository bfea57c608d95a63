/*
 * compute.c - what every compute queue needs, whichever packets it is sent.
 *
 * Invariant: a piece of the argument ring is written only when the command that had it last has completed.
 * Sources: ROCr amd_aql_queue.cpp, inc/amd_hsa_queue.h (the structure; kernels find the apertures in it),
 * libhsakmt src/queues.c (EOP and save area).
 */
#include "compute.h"
#include "pm4.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EOP_BYTES = 4096,       /* of a node since gfx8 (Linux amdkfd/kfd_queue.c) */
    KERNARG_MIN = 64 << 10, /* of the ring; at most half of it is one command's */
    KERNARG_ALIGN = 64,
    DYNAMIC_STACK_BYTES = 16 << 10, /* for kernels whose stack the compiler could not size */
    PROPERTY_PTR64 = 1 << 1,
    PROPERTY_PROFILING = 1 << 3,
    QUEUE_FEATURE_DISPATCH = 1,
    SIGNAL_USER = 1,
    SIGNAL_DOORBELL = -1,
    SIGNALS_AT = PAGE_BYTES,
};

static uint64_t signal_at(const struct gpu_queue *queue, uint64_t seq)
{
    return SIGNALS_AT + seq % queue->compute->slots * sizeof(struct aql_signal);
}

uint64_t compute_signal_va(const struct gpu_queue *queue, uint64_t seq)
{
    return bo_va(&queue->control) + signal_at(queue, seq);
}

struct aql_signal *compute_signal(const struct gpu_queue *queue, uint64_t seq)
{
    return (struct aql_signal *)((uint8_t *)queue->control.cpu + signal_at(queue, seq));
}

void compute_times(struct gpu_queue *queue, const struct command *command, uint64_t *start, uint64_t *end)
{
    const struct aql_signal *signal = compute_signal(queue, command->seq);
    *start = clock_ns(queue->gpu, signal->start_ticks);
    *end = clock_ns(queue->gpu, signal->end_ticks);
}

/* ---- checks ---- */

uint32_t compute_private_bytes(const struct gpu_kernel *kernel)
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

/* Of the argument ring. */
static uint64_t kernarg_ring_bytes(const struct gpu_queue *queue)
{
    return queue->ring_bytes * 2 > KERNARG_MIN ? queue->ring_bytes * 2 : KERNARG_MIN;
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
    if (kernel->kernarg_bytes > kernarg_ring_bytes(queue) / 2)
        return gpu_err(-EOPNOTSUPP, "%s takes %u bytes of arguments: this queue has room for %" PRIu64,
                       kernel->symbol, kernel->kernarg_bytes, kernarg_ring_bytes(queue) / 2);
    struct scratch_layout layout;
    uint32_t slots;
    return compute_private_bytes(kernel) ? scratch_plan(queue->gpu, compute_private_bytes(kernel),
                                                        kernel->wave_size, 0, &layout, &slots)
                                         : 0;
}

/* Commands that are packets go to the same ring as kernel arguments. */
static int check_packet(const struct gpu_queue *queue, const struct gpu_command *c)
{
    uint64_t bytes = (pm4_command_dwords(c) + PM4_IB_ALIGN_DWORDS) * 4ull,
             most = kernarg_ring_bytes(queue) / 2;
    if (c->bytes > most || bytes > most)
        return gpu_err(-EOPNOTSUPP,
                       "a write of %" PRIu64 " bytes: this queue has room for %" PRIu64
                       " in one command; an SDMA queue takes more",
                       c->bytes, most);
    return 0;
}

int compute_check(const struct gpu_queue *queue, const struct gpu_command *c)
{
    switch (c->op) {
    case GPU_DISPATCH:
        return check_dispatch(queue, c);
    case GPU_WRITE:
    case GPU_RAW:
        return check_packet(queue, c);
    case GPU_NOP:
    case GPU_BARRIER:
    case GPU_WAIT_QUEUE:
    case GPU_WAIT_MEM:
    case GPU_TIMESTAMP:
    case GPU_SIGNAL:
    case GPU_ATOMIC:
        return 0;
    default:
        return gpu_err(-EOPNOTSUPP, "a compute queue does not copy or fill: use an SDMA queue");
    }
}

/* ---- the argument ring ---- */

static uint64_t kernargs_at(const struct gpu_queue *queue)
{
    return align_up(SIGNALS_AT + queue->compute->slots * sizeof(struct aql_signal), PAGE_BYTES);
}

bool compute_place(const struct gpu_queue *queue, uint64_t bytes, uint64_t *at)
{
    uint64_t size = kernarg_ring_bytes(queue), start = align_up(queue->kernarg_head, KERNARG_ALIGN);
    if (start % size + bytes > size)
        start = align_up(start, size);
    if (start + bytes - queue->kernarg_tail > size)
        return false;
    *at = start;
    return true;
}

void *compute_take(struct gpu_queue *queue, uint64_t at, uint64_t bytes, uint64_t *va)
{
    uint64_t offset = kernargs_at(queue) + at % kernarg_ring_bytes(queue);
    queue->kernarg_head = at + bytes;
    *va = bo_va(&queue->control) + offset;
    return (uint8_t *)queue->control.cpu + offset;
}

void compute_fill_kernarg(const struct gpu_queue *queue, const struct gpu_command *c, void *to)
{
    const struct gpu *gpu = queue->gpu;
    struct code_hidden hidden = {.queue_va = bo_va(&queue->pointers),
                                 .shared_base_hi = (uint32_t)(gpu->lds_base >> 32),
                                 .private_base_hi = (uint32_t)(gpu->scratch_base >> 32)};
    if (c->kernel->kernarg_bytes)
        memcpy(to, c->kernarg, c->kernel->kernarg_bytes);
    code_fill_hidden(c->kernel, c, &hidden, to);
}

/* ---- what kills it ---- */

int compute_died(const struct gpu_queue *queue, const char *reason, uint64_t code, char *text, size_t size)
{
    char name[64];
    snprintf(text, size, "%s died: %s (code 0x%" PRIx64 ")", queue_name(queue, name, sizeof name), reason,
             code);
    return -EIO;
}

/* Which kernel, and where in it, is known if the trap handler told. */
int compute_exception(struct gpu_queue *queue, char *text, size_t size)
{
    uint64_t pc, mask = atomic_load_explicit(&compute_control(queue)->exceptions, memory_order_acquire);
    const char *reason = aql_exception_reason(mask);
    if (!reason)
        return 0;
    const struct command *command = running_command(queue);
    char where[QUEUE_TEXT] = "", whole[QUEUE_TEXT];
    size_t n = 0;
    if (trap_pc(queue, &pc))
        n = (size_t)snprintf(where, sizeof where, " at 0x%" PRIx64, pc);
    if (command && command->c.op == GPU_DISPATCH)
        snprintf(where + n, sizeof where - n, " in %.150s", command->c.kernel->symbol);
    snprintf(whole, sizeof whole, "%s%.200s", reason, where);
    return compute_died(queue, whole, mask, text, size);
}

/* ---- its buffers ---- */

static void init_control(struct gpu_queue *queue)
{
    struct compute_control *control = compute_control(queue);
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
    struct aql_queue *shared = compute_shared(queue);
    memset(shared, 0, PAGE_BYTES);
    shared->features = QUEUE_FEATURE_DISPATCH;
    shared->ring_va = bo_va(&queue->ring);
    shared->doorbell_signal = control + offsetof(struct compute_control, doorbell);
    shared->packets = queue->compute->packets;
    shared->group_aperture_hi = (uint32_t)(gpu->lds_base >> 32);
    shared->private_aperture_hi = (uint32_t)(gpu->scratch_base >> 32);
    shared->max_cu_id = gpu->info.cus - 1;
    shared->max_wave_id = (uint32_t)(gpu->info.max_waves_per_simd * gpu->node.simd_per_cu) - 1;
    shared->read_index_offset = offsetof(struct aql_queue, read_index);
    shared->properties = PROPERTY_PTR64 | PROPERTY_PROFILING;
    shared->inactive_signal = control + offsetof(struct compute_control, inactive);
    queue->write_pointer = &shared->write_index;
    queue->read_pointer = &shared->read_index;
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
                      bo_va(&queue->control) + offsetof(struct compute_control, exceptions), queue->event_id);
    args->ctx_base = bo_va(&queue->cwsr);
    args->ctx_size = sizes.ctx_bytes;
    args->ctl_stack_size = sizes.stack_bytes;
    return 0;
}

int compute_open(struct gpu_queue *queue, struct kfd_create_queue *args, unsigned packets, unsigned slots,
                 bool eop)
{
    struct gpu *gpu = queue->gpu;
    queue->compute = calloc(1, sizeof *queue->compute + packets * sizeof queue->compute->heads[0]);
    if (!queue->compute)
        return gpu_err(-ENOMEM, "no memory for a compute queue");
    queue->compute->packets = packets;
    queue->compute->slots = slots;
    int rc = bo_create(gpu, BO_GTT, kernargs_at(queue) + kernarg_ring_bytes(queue), false, &queue->control);
    if (!rc && eop)
        rc = bo_create(gpu, BO_VRAM, EOP_BYTES, false, &queue->eop);
    if (rc)
        return rc;
    init_control(queue);
    init_shared(queue);
    if (eop) {
        args->eop_base = bo_va(&queue->eop);
        args->eop_size = EOP_BYTES;
    }
    args->write_pointer = bo_va(&queue->pointers) + offsetof(struct aql_queue, write_index);
    args->read_pointer = bo_va(&queue->pointers) + offsetof(struct aql_queue, read_index);
    return open_save_area(queue, args);
}

void compute_reset(struct gpu_queue *queue)
{
    atomic_store(queue->write_pointer, 0);
    atomic_store(queue->read_pointer, 0);
    atomic_store(&compute_control(queue)->exceptions, 0);
}

void compute_close(struct gpu_queue *queue)
{
    if (queue->compute)
        bo_free(&queue->compute->scratch);
    free(queue->compute);
}
