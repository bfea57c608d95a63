/*
 * criu.c - CRIU_OP: what a checkpoint of this process would hold, and its queues stopped meanwhile.
 *
 * PROCESS_INFO and UNPAUSE are whole. CHECKPOINT and RESTORE make the kernel's checks and then fail: what
 * they carry is the hardware's queue descriptors (MQDs), which are not simulated. RESUME has nothing to
 * resume then.
 *
 * Facts: kfd_chardev.c (kfd_ioctl, kfd_ioctl_criu and what it calls), kfd_priv.h (kfd_criu_*_priv_data),
 * kfd_process_queue_manager.c (kfd_process_get_queue_info), kfd_svm.c (svm_range_get_info) and
 * amdgpu_amdkfd_gpuvm.c (amdgpu_amdkfd_criu_resume) of Linux 6.12; sizes of MQDs from v9_structs.h to
 * v12_structs.h: 512 dwords of a compute queue, 128 of an SDMA queue.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "context.h"
#include "kernel.h"
#include "queue_table.h"
#include "sim/machine.h"
#include "sim/models.h"

enum {
    PRIVATE_VERSION = 1,
    PROCESS_BYTES = 8, /* of private data, of each thing */
    DEVICE_BYTES = 8,
    BO_BYTES = 272,
    QUEUE_BYTES = 120,
    EVENT_BYTES = 64,
    RANGE_BYTES = 24,
    ATTRIBUTE_BYTES = 8,
    RANGE_ATTRIBUTES = 4, /* and one for each GPU */
    COMPUTE_MQD_BYTES = 2048,
    SDMA_MQD_BYTES = 512
};

static bool paused; /* by PROCESS_INFO; under sim_kfd.lock */

/* ---- what there is ---- */

/* Buffers below the GPU's own addresses are the kernel's. */
static uint32_t bos_of(const struct sim_gpu *gpu)
{
    uint32_t n = 0;
    for (uint32_t i = 0; gpu->kfd && i < gpu->kfd->n_buffers; i++) {
        const struct sim_buffer *b = gpu->kfd->buffers[i];
        n += b && (!b->va || b->va > sim_kfd_aperture(gpu).gpuvm_base);
    }
    return n;
}

/* The control stack is in the kernel's memory on gfx9 alone. */
static uint64_t queue_bytes(const struct queue *q)
{
    if (q->type != KFD_QUEUE_COMPUTE && q->type != KFD_QUEUE_AQL)
        return QUEUE_BYTES + SDMA_MQD_BYTES;
    bool gfx9 = q->sim.gpu->model->gfx_target_version / 10000 == 9;
    return QUEUE_BYTES + COMPUTE_MQD_BYTES + (gfx9 ? q->ctl_stack_bytes : 0);
}

static void count(struct kfd_criu *a)
{
    struct sim_machine *machine = sim_machine_described();
    uint32_t ranges = sim_svm_count(), events = sim_event_count();
    a->n_devices = machine->n_gpus;
    a->n_bos = 0;
    a->n_objects = ranges + events;
    for (unsigned i = 0; i < machine->n_gpus; i++)
        a->n_bos += bos_of(&machine->gpu[i]);
    a->private_bytes =
        PROCESS_BYTES + (uint64_t)a->n_devices * DEVICE_BYTES + (uint64_t)a->n_bos * BO_BYTES +
        (uint64_t)events * EVENT_BYTES +
        (uint64_t)ranges * (RANGE_BYTES + (RANGE_ATTRIBUTES + machine->n_gpus) * (uint64_t)ATTRIBUTE_BYTES);
    for (unsigned i = 0; i < KFD_QUEUES; i++) {
        if (!sim_current()->queues[i])
            continue;
        a->n_objects++;
        a->private_bytes += queue_bytes(sim_current()->queues[i]);
    }
}

/* ---- operations ---- */

static int not_simulated(const char *what)
{
    sim_report(NULL, "ioctl CRIU_OP %s is not simulated: queues have no descriptors (MQDs) to carry over",
               what);
    return -EOPNOTSUPP;
}

static void evict_all(enum sim_evict_trigger trigger)
{
    struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        sim_evict(&machine->gpu[i], trigger);
}

static int process_info(struct kfd_criu *a)
{
    if (!sim_machine_described()->n_gpus)
        return -ENODEV;
    evict_all(EVICT_CRIU_CHECKPOINT);
    paused = true;
    a->pid = (uint32_t)getpid();
    count(a);
    return 0;
}

static int checkpoint(const struct kfd_criu *a)
{
    struct kfd_criu now = {0};
    if (!a->devices || !a->bos || !a->private_data)
        return -EINVAL;
    if (!sim_machine_described()->n_gpus)
        return -ENODEV;
    if (!paused)
        return -EINVAL;
    count(&now);
    if (now.n_devices != a->n_devices || now.n_bos != a->n_bos || now.n_objects != a->n_objects ||
        now.private_bytes != a->private_bytes)
        return -EINVAL;
    return not_simulated("CHECKPOINT");
}

static int unpause(void)
{
    struct sim_machine *machine = sim_machine_described();
    if (!paused)
        return -EINVAL;
    for (unsigned i = 0; i < machine->n_gpus; i++)
        sim_evict_end(&machine->gpu[i]);
    paused = false;
    return 0;
}

/* A failed one leaves the queues off, as the kernel does. */
static int restore(const struct kfd_criu *a)
{
    uint32_t version;
    if ((a->n_bos && !a->bos) || !a->devices || !a->private_data || !a->private_bytes || !a->n_devices)
        return -EINVAL;
    evict_all(EVICT_CRIU_RESTORE);
    if (a->private_bytes < PROCESS_BYTES)
        return -EINVAL;
    if (sim_user_read(&version, a->private_data, sizeof version))
        return -EFAULT;
    if (version != PRIVATE_VERSION || a->n_devices != sim_machine_described()->n_gpus)
        return -EINVAL;
    return not_simulated("RESTORE");
}

static bool any_bound(void)
{
    struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (machine->gpu[i].kfd && machine->gpu[i].kfd->bound)
            return true;
    return false;
}

/* Only after RESTORE is there something to resume. Without any address space the kernel follows a null
 * pointer and kills the caller, up to Linux 7.3 at least. */
static int resume(const struct kfd_criu *a)
{
    if (a->pid != (uint32_t)getpid())
        return -ESRCH; /* a simulated kernel has one process */
    if (!any_bound()) {
        sim_report(NULL, "ioctl CRIU_OP RESUME before ACQUIRE_VM: the kernel ends the process");
        raise(SIGKILL);
    }
    return -EINVAL;
}

int sim_criu(void *args)
{
    struct kfd_criu *a = args;
    switch (a->op) {
    case KFD_CRIU_PROCESS_INFO:
        return process_info(a);
    case KFD_CRIU_CHECKPOINT:
        return checkpoint(a);
    case KFD_CRIU_UNPAUSE:
        return unpause();
    case KFD_CRIU_RESTORE:
        return restore(a);
    case KFD_CRIU_RESUME:
        return resume(a);
    default:
        return -EINVAL;
    }
}

void sim_criu_forget(void)
{
    paused = false;
}
