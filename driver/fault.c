/*
 * fault.c - what a memory fault or a reset was, who may have done it, and what it costs.
 *
 * The kernel's event tells the GPU and the page, neither queue nor instruction, and one event's data is
 * overwritten by the next: when several GPUs fault at once the first ones' addresses are gone from it. The
 * DRM driver keeps one fault for each address space, so every GPU is asked there, too. Sources: Linux
 * amdkfd/kfd_events.c (kfd_signal_vm_fault_event: NotPresent, ReadOnly and NoExecute are the bits "no valid
 * page", "write" and "execute" of the interrupt), amdgpu_kms.c (GPUVM_FAULT, DRM 3.55), amdgpu_vm.c
 * (amdgpu_vm_update_fault_cache), {,GC}VM_L2_PROTECTION_FAULT_STATUS in asic_reg gc_9_4_3, gc_10_3_0,
 * gc_11_0_0.
 */
#include "internal.h"

#include <inttypes.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    INFO_GPUVM_FAULT = 0x23, /* older libdrm headers lack it */
    FAULT_STATUS_RW = 1 << 18,
};

struct drm_vm_fault { /* struct drm_amdgpu_info_gpuvm_fault */
    uint64_t address;
    uint32_t status, hub;
};
_Static_assert(sizeof(struct drm_vm_fault) == 16, "drm_amdgpu_info_gpuvm_fault");

/* ---- suspects ---- */

static bool page_touches(uint64_t page, uint64_t start, uint64_t bytes)
{
    return bytes && page < start + bytes && start < page + PAGE_BYTES;
}

static bool command_touches(const struct gpu_command *c, uint64_t page)
{
    switch (c->op) {
    case GPU_COPY:
        return page_touches(page, c->src, c->bytes) || page_touches(page, c->dst, c->bytes) ||
               (c->dst2 && page_touches(page, c->dst2, c->bytes));
    case GPU_COPY_RECT:
        return page_touches(page, c->src, (c->rows - 1) * c->src_pitch + c->bytes) ||
               page_touches(page, c->dst, (c->rows - 1) * c->dst_pitch + c->bytes);
    case GPU_FILL:
    case GPU_FILL_BYTES:
    case GPU_WRITE:
        return page_touches(page, c->dst, c->bytes);
    case GPU_TIMESTAMP:
    case GPU_ATOMIC:
        return page_touches(page, c->dst, 8);
    case GPU_WAIT_MEM:
    case GPU_SIGNAL:
        return page_touches(page, c->dst, 4);
    default:
        return false;
    }
}

static void suspect(struct gpu_event *event, struct gpu_queue *queue, const struct command *command)
{
    if (event->n_suspects < GPU_SUSPECTS)
        event->suspects[event->n_suspects++] = (struct gpu_suspect){queue, command->seq};
}

/* Under sys->lock. */
static void find_suspects(struct gpu_event *event)
{
    struct gpu_event kernels = {0};
    for (struct gpu_queue *queue = event->gpu->sys->queues; queue; queue = queue->next) {
        if (queue->gpu != event->gpu)
            continue;
        pthread_mutex_lock(&queue->lock);
        const struct command *command = running_command(queue);
        if (command && event->has_address && command_touches(&command->c, event->address))
            suspect(event, queue, command);
        else if (command && (command->c.op == GPU_DISPATCH || !event->has_address))
            suspect(&kernels, queue, command);
        pthread_mutex_unlock(&queue->lock);
    }
    if (event->n_suspects)
        return;
    memcpy(event->suspects, kernels.suspects, sizeof event->suspects);
    event->n_suspects = kernels.n_suspects;
}

/* ---- losing a GPU ---- */

void gpu_lose(struct gpu_event *event, int error)
{
    struct gpu *gpu = event->gpu;
    struct gpu_system *sys = gpu->sys;
    if (!atomic_load(&gpu->lost)) {
        snprintf(gpu->lost_text, sizeof gpu->lost_text, "gpu%u is lost to this process: %s", gpu->index,
                 event->text);
        atomic_store(&gpu->lost, -ENODEV);
    }
    pthread_mutex_lock(&sys->lock);
    find_suspects(event);
    pthread_mutex_unlock(&sys->lock);
    system_report(sys, event); /* before anybody who waits is told that there was something */
    pthread_mutex_lock(&sys->lock);
    for (struct gpu_queue *queue = sys->queues; queue; queue = queue->next)
        if (queue->gpu == gpu)
            queue_fail(queue, error, event->text);
    pthread_mutex_unlock(&sys->lock);
}

static struct gpu *find_gpu(struct gpu_system *sys, uint32_t gpu_id)
{
    for (unsigned i = 0; i < sys->n_gpus; i++)
        if (sys->gpus[i].info.gpu_id == gpu_id)
            return &sys->gpus[i];
    return NULL;
}

/* ---- memory faults ---- */

static bool ask_vm_fault(const struct gpu *gpu, struct drm_vm_fault *out)
{
    struct drm_vm_fault fault = {0};
    if (drm_query(gpu, INFO_GPUVM_FAULT, &fault, sizeof fault) || !fault.status)
        return false;
    *out = fault;
    return true;
}

static const char *access_name(enum gpu_access access)
{
    static const char *const names[] = {"access to", "read of", "write to", "fetch of code from"};
    return names[access];
}

static void report_fault(struct gpu_event *event, const char *more)
{
    char text[QUEUE_TEXT];
    unsigned index = event->gpu->index;
    if (event->has_address)
        snprintf(text, sizeof text, "memory fault on gpu%u: %s 0x%" PRIx64 ", which is %s%s", index,
                 access_name(event->access), event->address,
                 event->not_mapped ? "not mapped" : "mapped, but not for that", more);
    else
        snprintf(text, sizeof text, "memory fault on gpu%u at an address that the kernel does not tell%s",
                 index, more);
    event->text = text;
    gpu_lose(event, -EFAULT);
    event->text = NULL;
}

/* A GPU whose event was overwritten by another's. */
static void look_for_others(struct gpu_system *sys)
{
    for (unsigned i = 0; i < sys->n_gpus; i++) {
        struct gpu *gpu = &sys->gpus[i];
        struct drm_vm_fault fault;
        if (atomic_load(&gpu->lost) || !ask_vm_fault(gpu, &fault))
            continue;
        struct gpu_event event = {
            .kind = GPU_EVENT_FAULT,
            .gpu = gpu,
            .has_address = true,
            .address = fault.address & ~(uint64_t)(PAGE_BYTES - 1),
            .access = fault.status & FAULT_STATUS_RW ? GPU_ACCESS_WRITE : GPU_ACCESS_READ,
            .not_mapped = true, /* the bits that would say more differ by family */
        };
        atomic_store(&gpu->fault_found, event.address | 1);
        report_fault(&event, "");
    }
}

/* The event of a fault that was found by asking, before it came. */
static bool is_told(struct gpu *gpu, const struct gpu_event *event)
{
    bool lost = atomic_load(&gpu->lost);
    return atomic_exchange(&gpu->fault_found, 0) == (event->address | 1) && lost;
}

void fault_memory(struct gpu_system *sys, const struct kfd_memory_fault *fault)
{
    static const char *const error_types[] = {"", ", ECC error", ", poisoned data", ", the GPU hangs"};
    struct gpu *gpu = find_gpu(sys, fault->gpu_id);
    struct drm_vm_fault more;
    if (!gpu)
        return;
    struct gpu_event event = {
        .kind = GPU_EVENT_FAULT,
        .gpu = gpu,
        .has_address = fault->va != 0 || !fault->imprecise,
        .address = fault->va & ~(uint64_t)(PAGE_BYTES - 1),
        .access = fault->no_execute  ? GPU_ACCESS_EXECUTE
                  : fault->read_only ? GPU_ACCESS_WRITE
                                     : GPU_ACCESS_UNKNOWN,
        .not_mapped = fault->not_present,
    };
    if (event.access == GPU_ACCESS_UNKNOWN && ask_vm_fault(gpu, &more) &&
        (more.address & ~(uint64_t)(PAGE_BYTES - 1)) == event.address)
        event.access = more.status & FAULT_STATUS_RW ? GPU_ACCESS_WRITE : GPU_ACCESS_READ;
    if (is_told(gpu, &event))
        return;
    report_fault(&event, fault->error_type < 4 ? error_types[fault->error_type] : ", unknown error type");
    look_for_others(sys);
}

/* ---- resets ---- */

/* The kernel takes every process's queues off every GPU before it resets one, and brings none of them back
 * (amdkfd/kfd_device.c, kgd2kfd_pre_reset() and kgd2kfd_post_reset()). Nothing tells the others' so. */
static void stop_others(struct gpu *reset)
{
    char text[QUEUE_TEXT];
    snprintf(text, sizeof text, "the kernel reset gpu%u, and took all queues of this process off every GPU",
             reset->index);
    for (unsigned i = 0; i < reset->sys->n_gpus; i++) {
        struct gpu *gpu = &reset->sys->gpus[i];
        if (atomic_load(&gpu->lost))
            continue;
        atomic_store(&gpu->stopped, true);
        gpu_lose(&(struct gpu_event){.kind = GPU_EVENT_STOPPED, .gpu = gpu, .text = text}, -ECANCELED);
    }
}

static void report_reset(struct gpu *gpu, const char *text, bool whole)
{
    struct gpu_event event = {.kind = GPU_EVENT_RESET, .gpu = gpu, .text = text};
    atomic_store(&gpu->stopped, false);
    gpu_lose(&event, -EIO);
    if (whole)
        stop_others(gpu);
}

/* Poisoned data that was consumed is told like a reset for a memory error, and need not be followed by one
 * (kfd_signal_poison_consumed_event()): then the kernel's SMI events do not tell of any. */
void fault_hardware(struct gpu_system *sys, const struct kfd_hw_exception *exception)
{
    char text[QUEUE_TEXT];
    struct gpu *gpu = find_gpu(sys, exception->gpu_id);
    if (!gpu)
        return;
    const char *memory = exception->memory_lost ? "; its memory may be lost" : "";
    if (exception->reset_cause == 0)
        snprintf(text, sizeof text, "the kernel reset %s gpu%u after a hang%s",
                 exception->reset_type == 0 ? "the whole of" : "an engine of", gpu->index, memory);
    else
        snprintf(text, sizeof text, "a memory error (ECC) on gpu%u%s", gpu->index, memory);
    bool whole = exception->reset_type == 0 && (exception->reset_cause == 0 || !sys->smi ||
                                                atomic_load(&gpu->resets_begun) > gpu->resets_told);
    if (whole && gpu->resets_missed) {
        gpu->resets_missed--;
        return;
    }
    gpu->resets_told += whole;
    gpu->resets_early += exception->reset_type == 0 && !whole;
    report_reset(gpu, text, whole);
}

void fault_missed_resets(struct gpu_system *sys)
{
    for (unsigned i = 0; i < sys->n_gpus; i++) {
        struct gpu *gpu = &sys->gpus[i];
        char text[QUEUE_TEXT];
        if (gpu->resets_told >= atomic_load(&gpu->resets_over))
            continue;
        gpu->resets_told++;
        if (gpu->resets_early) {
            gpu->resets_early--;
            stop_others(gpu);
            continue;
        }
        snprintf(text, sizeof text, "the kernel reset gpu%u", gpu->index);
        gpu->resets_missed++;
        report_reset(gpu, text, true);
    }
}

void fault_missed(struct gpu_system *sys)
{
    look_for_others(sys);
    fault_missed_resets(sys);
}
