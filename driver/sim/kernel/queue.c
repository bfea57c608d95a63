/*
 * queue.c - user queues: CREATE, DESTROY, UPDATE and SET_CU_MASK, and the eviction of them all.
 *
 * Invariant: while a queue exists its buffers are pinned, so the host addresses that its engine holds stay
 * good, and its SDMA slot or doorbell is taken. An engine runs for a queue exactly while the queue is active:
 * it has a ring and a percentage above 0.
 * A queue whose engine does not give its waves back is gone all the same: DESTROY_QUEUE answers ETIME, and
 * the kernel resets the GPU (pqm_destroy_queue, kfd_hws_hang).
 *
 * Facts: kfd_chardev.c, kfd_queue.c, kfd_process_queue_manager.c and kfd_device_queue_manager.c of Linux
 * 6.12; doorbell numbers from amdgpu_doorbell.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "kernel.h"
#include "kfd_state.h"
#include "queue_table.h"
#include "sysfs.h"
#include "sim/cu/compute.h"
#include "sim/front/engine.h"
#include "sim/front/queue.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "sim/models.h"

enum {
    MAX_PERCENTAGE = 100,
    MAX_PRIORITY = 15,
    MIN_RING_BYTES = 1024,
    MAX_CU_BITS = 1024,
    EOP_BYTES = 4096,      /* on all parts since gfx9 */
    SDMA_QUEUES = 8,       /* of an engine, those that the kernel keeps for itself among them */
    MIRROR = 512,          /* distance of the doorbells of an SDMA engine's even and odd queues */
    SDMA_DOORBELL = 0x100, /* of engine 0: the first that does not belong to the command processor */
    SDMA_STRIDE = 10,
    STRICT_MINOR = 17,  /* since when buffers are looked up and pinned (Linux 6.12) */
    METADATA_MINOR = 22 /* a second ring may lie behind an AQL one, in the same buffer */
};
#define USER_ADDRESS_END 0x7ffffffff000ull /* x86-64 with four levels of page tables */

struct sim_engine_calls sim_engine_calls = {
    .interrupt = sim_event_interrupt,
    .memory_fault = sim_event_memory_fault,
    .hw_exception = sim_event_hw_exception,
    .exception = sim_queue_exception,
    .compute = sim_compute_run,
};

pthread_mutex_t sim_queues_lock = PTHREAD_MUTEX_INITIALIZER;

static void list_set(uint32_t id, struct queue *q)
{
    pthread_mutex_lock(&sim_queues_lock);
    sim_current()->queues[id] = q;
    pthread_mutex_unlock(&sim_queues_lock);
}

void sim_queue_evict(struct sim_gpu *gpu)
{
    struct queue **queues = sim_process_of(gpu)->queues;
    pthread_mutex_lock(&sim_queues_lock);
    for (unsigned i = 0; i < KFD_QUEUES; i++)
        if (queues[i] && queues[i]->sim.gpu == gpu)
            sim_doorbell_kick(&queues[i]->sim);
    pthread_mutex_unlock(&sim_queues_lock);
}

int sim_queue_hang(struct sim_gpu *gpu, uint32_t id)
{
    pthread_mutex_lock(&sim_queues_lock);
    struct queue *q = id < KFD_QUEUES ? sim_process_of(gpu)->queues[id] : NULL;
    bool found = q && q->sim.gpu == gpu;
    if (found)
        atomic_store(&q->sim.hung, true);
    pthread_mutex_unlock(&sim_queues_lock);
    return found ? 0 : -ENOENT;
}

/* ---- checks of the arguments ---- */

static bool access_ok(uint64_t address)
{
    return address <= USER_ADDRESS_END;
}

static int check_share(uint32_t percentage, uint32_t priority)
{
    /* Since 1.14 bits 15:8 are the XCC of a PM4 queue. */
    uint32_t percent = sim_kfd_minor() >= 14 ? percentage & 0xff : percentage;
    return percent > MAX_PERCENTAGE || priority > MAX_PRIORITY ? -EINVAL : 0;
}

static int check_ring(uint64_t va, uint32_t *bytes)
{
    if (!access_ok(va))
        return -EFAULT;
    if (*bytes & (*bytes - 1))
        return -EINVAL;
    if (*bytes < MIN_RING_BYTES)
        *bytes = MIN_RING_BYTES;
    return 0;
}

static int check_create(struct kfd_create_queue *a)
{
    int error = check_share(a->percentage, a->priority);
    if (!error)
        error = check_ring(a->ring_va, &a->ring_bytes);
    if (error)
        return error;
    if (sim_kfd_minor() < METADATA_MINOR)
        a->metadata_bytes = 0;
    if (a->metadata_bytes & (a->metadata_bytes - 1))
        return -EINVAL;
    if (!access_ok(a->rptr_va) || !access_ok(a->wptr_va) || !access_ok(a->eop_va) || !access_ok(a->cwsr_va))
        return -EFAULT;
    unsigned last = sim_kfd_minor() >= 17 ? KFD_QUEUE_SDMA_BY_ENGINE : KFD_QUEUE_SDMA_XGMI;
    return a->type > last ? -KFD_ERROR_NOT_SUPPORTED : 0;
}

static int check_gpu(const struct kfd_create_queue *a, const struct sim_gpu *gpu)
{
    if (!gpu)
        return -EINVAL;
    if (sim_kfd_bound(gpu))
        return -ESRCH;
    if (a->type == KFD_QUEUE_SDMA_BY_ENGINE &&
        a->sdma_engine >= gpu->model->sdma_engines + gpu->model->sdma_xgmi_engines)
        return -EINVAL;
    return 0;
}

/* ---- buffers ---- */

static bool is_compute(const struct kfd_create_queue *a)
{
    return a->type == KFD_QUEUE_COMPUTE || a->type == KFD_QUEUE_AQL;
}

static uint8_t *queue_pin(struct queue *q, unsigned which, uint64_t va, uint64_t bytes)
{
    uint8_t *host = sim_memory_pin(q->sim.gpu, va & ~(uint64_t)(SIM_PAGE - 1), bytes, &q->pinned[which]);
    return host ? host + va % SIM_PAGE : NULL;
}

static int pin_compute(struct queue *q, const struct kfd_create_queue *a)
{
    const struct sim_model *m = q->sim.gpu->model;
    uint64_t cwsr = ((uint64_t)a->cwsr_bytes + m->cwsr_debug_bytes) * m->xccs;
    if (a->eop_va && (a->eop_bytes != EOP_BYTES || !queue_pin(q, PIN_EOP, a->eop_va, a->eop_bytes)))
        return -EINVAL;
    if (a->ctl_stack_bytes != m->ctl_stack_bytes || a->cwsr_bytes < m->cwsr_bytes)
        return -EINVAL;
    cwsr = (cwsr + SIM_PAGE - 1) & ~(uint64_t)(SIM_PAGE - 1);
    q->sim.cwsr = queue_pin(q, PIN_CWSR, a->cwsr_va, cwsr);
    if (!q->sim.cwsr && sim_primary())
        q->sim.cwsr = sim_svm_pin(q->sim.gpu, a->cwsr_va, cwsr);
    q->sim.cwsr_va = a->cwsr_va;
    return q->sim.cwsr ? 0 : -EINVAL;
}

/* Kernels before 6.12 took any addresses, and let the GPU fault on them. An engine needs host memory at once,
 * so that a pointer to nowhere is refused here already. */
static uint8_t *queue_find(struct queue *q, uint64_t va, uint64_t bytes)
{
    struct sim_vm *vm = &q->sim.gpu->vm;
    sim_vm_enter(vm);
    uint8_t *host = sim_vm_host(vm, va, bytes, SIM_VM_READ);
    sim_vm_leave(vm);
    if (!host)
        sim_report(q->sim.gpu, "CREATE_QUEUE: nothing is mapped at 0x%llx", (unsigned long long)va);
    return host;
}

static int queue_buffers(struct queue *q, const struct kfd_create_queue *a)
{
    bool strict = sim_kfd_minor() >= STRICT_MINOR;
    struct sim_queue *s = &q->sim;
    uint8_t *wptr = strict ? queue_pin(q, PIN_WPTR, a->wptr_va, SIM_PAGE) : queue_find(q, a->wptr_va, 8);
    uint8_t *rptr = strict ? queue_pin(q, PIN_RPTR, a->rptr_va, SIM_PAGE) : queue_find(q, a->rptr_va, 8);
    uint64_t rings = a->ring_bytes + (a->type == KFD_QUEUE_AQL ? (uint64_t)a->metadata_bytes : 0);
    s->ring = strict ? queue_pin(q, PIN_RING, a->ring_va, rings) : queue_find(q, a->ring_va, rings);
    if (!wptr || !rptr || !s->ring)
        return -EINVAL;
    if (a->wptr_va % 8 || a->rptr_va % 8 || a->ring_va % 256) {
        sim_report(s->gpu, "CREATE_QUEUE: pointers not aligned to 8 bytes or ring not to 256");
        return -EINVAL;
    }
    s->wptr = (_Atomic uint64_t *)wptr;
    s->rptr = (_Atomic uint64_t *)rptr;
    s->wptr_va = a->wptr_va;
    s->rptr_va = a->rptr_va;
    s->ring_va = a->ring_va;
    s->ring_bytes = a->ring_bytes;
    return strict && is_compute(a) ? pin_compute(q, a) : 0;
}

/* ---- slots and doorbells ---- */

static bool is_instinct(const struct sim_gpu *gpu) /* GC 9.4.3, 9.4.4, 9.5.0 */
{
    return gpu->model->generation == ISA_GFX940 || gpu->model->generation == ISA_GFX950;
}

static bool has_mes(const struct sim_gpu *gpu)
{
    return gpu->model->generation >= ISA_GFX11;
}

/* A slot is queue * engines + engine, of the engines of one class. The kernel's own queues come first. */
static int sdma_take(struct queue *q, const struct kfd_create_queue *a)
{
    const struct sim_model *m = q->sim.gpu->model;
    bool by_engine = a->type == KFD_QUEUE_SDMA_BY_ENGINE;
    bool xgmi = by_engine ? a->sdma_engine >= m->sdma_engines : a->type == KFD_QUEUE_SDMA_XGMI;
    uint32_t engines = xgmi ? m->sdma_xgmi_engines : m->sdma_engines;
    uint32_t first_engine = xgmi ? m->sdma_engines : 0;
    uint32_t reserved = (SDMA_QUEUES - m->sdma_queues_per_engine) * engines;
    for (uint32_t slot = reserved; slot < engines * SDMA_QUEUES; slot++) {
        uint8_t *taken = &sim_gpu_card(q->sim.gpu)->kfd->sdma_taken[xgmi][slot];
        uint32_t engine = first_engine + slot % engines, index = slot / engines;
        if (*taken || (by_engine && engine != a->sdma_engine))
            continue;
        *taken = 1;
        q->sdma_slot = taken;
        q->sim.engine = engine;
        uint32_t base = SDMA_DOORBELL + engine * SDMA_STRIDE;
        if (is_instinct(q->sim.gpu))
            base = (base + 3) & ~3u; /* a shader's doorbell writes are routed by blocks of 32 bytes */
        q->sim.doorbell_index = base + (index & 1) * MIRROR + (index >> 1);
        return 0;
    }
    return -ENOMEM;
}

static bool doorbell_is_cp(const struct sim_gpu *gpu, uint32_t index)
{
    uint32_t last = is_instinct(gpu) ? 0x1e8 : gpu->model->generation == ISA_GFX90A ? 0x18f : 0x190;
    uint32_t low = index % MIRROR;
    return low < SDMA_DOORBELL || low > last;
}

static int doorbell_take(struct queue *q)
{
    for (uint32_t i = 0; i < KFD_DOORBELLS; i++) {
        uint8_t *taken = &q->sim.gpu->kfd->doorbell_taken[i];
        if (*taken || !doorbell_is_cp(q->sim.gpu, i))
            continue;
        *taken = 1;
        q->doorbell = taken;
        q->sim.doorbell_index = i;
        return 0;
    }
    return -EBUSY;
}

static int queue_slot(struct queue *q, const struct kfd_create_queue *a)
{
    struct sim_gpu *gpu = q->sim.gpu;
    uint32_t most = is_instinct(gpu) ? 255 : 127, id = 0;
    if (gpu->kfd->n_queues >= most)
        return -ENOSPC;
    while (id < KFD_QUEUES && sim_current()->queues[id])
        id++;
    if (id == KFD_QUEUES)
        return -ENOMEM;
    q->sim.id = id;
    /* The scheduler firmware of gfx11 and later reads the write pointer through its own device's table. */
    if (has_mes(gpu) && q->pinned[PIN_WPTR] && q->pinned[PIN_WPTR]->gpu != gpu)
        return -EINVAL;
    int error = is_compute(a) ? doorbell_take(q) : sdma_take(q, a);
    if (!error)
        q->sim.doorbell = (_Atomic uint64_t *)&gpu->doorbells[q->sim.doorbell_index];
    return error;
}

/* ---- CREATE and DESTROY ---- */

static void queue_drop(struct queue *q)
{
    if (!q)
        return;
    for (unsigned i = 0; i < PINS; i++)
        sim_memory_unpin(q->sim.gpu, q->pinned[i]);
    if (q->sdma_slot)
        *q->sdma_slot = 0;
    if (q->doorbell)
        *q->doorbell = 0;
    free(q);
}

static int queue_run(struct queue *q, bool run)
{
    int error = 0;
    if (run && !q->running)
        error = sim_engine_start(&q->sim);
    else if (!run && q->running)
        sim_engine_stop(&q->sim);
    if (!error)
        q->running = run;
    return error;
}

static bool wants_to_run(uint64_t ring_va, uint32_t percentage)
{
    return ring_va && (percentage & 0xff) > 0;
}

static enum sim_queue_type sim_type(uint32_t type)
{
    return type == KFD_QUEUE_COMPUTE ? SIM_QUEUE_PM4 : type == KFD_QUEUE_AQL ? SIM_QUEUE_AQL : SIM_QUEUE_SDMA;
}

int sim_queue_create(void *args)
{
    struct kfd_create_queue *a = args;
    int error = check_create(a);
    if (error)
        return error;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    error = check_gpu(a, gpu);
    if (!error)
        error = sim_kfd_doorbells(gpu);
    if (error)
        return error;
    struct queue *q = calloc(1, sizeof *q);
    if (!q)
        return -ENOMEM;
    q->sim.gpu = gpu;
    q->sim.type = sim_type(a->type);
    q->sim.priority = a->priority;
    q->sim.xcc = a->type == KFD_QUEUE_COMPUTE && sim_kfd_minor() >= 14 ? a->percentage >> 8 & 0xff : 0;
    error = queue_buffers(q, a);
    if (!error)
        error = queue_slot(q, a);
    if (!error)
        error = queue_run(q, wants_to_run(a->ring_va, a->percentage));
    if (error)
        goto fail;
    q->type = a->type;
    q->cwsr_bytes = a->cwsr_bytes;
    q->ctl_stack_bytes = a->ctl_stack_bytes;
    q->exceptions = KFD_EXCEPTION(KFD_EC_QUEUE_NEW);
    list_set(q->sim.id, q);
    sysfs_put_queue(gpu, q->sim.id, a->ring_bytes, a->type == KFD_QUEUE_AQL ? KFD_QUEUE_COMPUTE : a->type);
    gpu->kfd->n_queues++;
    a->queue_id = q->sim.id;
    if (sim_primary())
        sim_debug_tell(KFD_EXCEPTION(KFD_EC_QUEUE_NEW));
    a->doorbell_offset = kfd_mmap_offset(KFD_MMAP_DOORBELL, gpu->gpu_id) | q->sim.doorbell_index * 8ull;
    return 0;
fail:
    queue_drop(q);
    return error;
}

static struct queue *queue_by_id(uint32_t id)
{
    return id < KFD_QUEUES ? sim_current()->queues[id] : NULL;
}

/* Where it is a formality (pqm_set_gws()), waves do not get it. */
static void gws_give(struct sim_gpu *gpu, bool given)
{
    gpu->kfd->gws_taken = given;
    atomic_store(&gpu->gws.given, given && !gpu->model->gws_is_formality);
}

int sim_queue_destroy(void *args)
{
    const struct kfd_destroy_queue *a = args;
    struct queue *q = queue_by_id(a->queue_id);
    if (!q)
        return -EINVAL;
    if (q->being_destroyed)
        return -EBUSY;
    q->being_destroyed = true;
    while (atomic_load(&q->sim.suspended)) /* a debugger looks at it */
        pthread_cond_wait(&sim_queue_resumed, &sim_kfd.lock);
    struct sim_gpu *gpu = q->sim.gpu;
    bool hung = q->running && atomic_load(&q->sim.hung);
    list_set(a->queue_id, NULL);
    sysfs_drop_queue(gpu, a->queue_id);
    queue_run(q, false);
    gpu->kfd->n_queues--;
    if (q->gws)
        gws_give(gpu, false);
    queue_drop(q);
    if (sim_primary())
        sim_debug_deleted(gpu);
    if (!hung)
        return 0;
    sim_reset(sim_gpu_card(gpu), &(struct sim_reset){.cause = KFD_HW_HANG});
    return -ETIME;
}

/* ---- UPDATE ---- */

/* Gives a stopped queue its new ring. */
static int queue_move(struct queue *q, const struct kfd_update_queue *a)
{
    struct sim_buffer *old = q->pinned[PIN_RING];
    bool strict = sim_kfd_minor() >= STRICT_MINOR;
    q->pinned[PIN_RING] = NULL;
    uint8_t *ring =
        strict ? queue_pin(q, PIN_RING, a->ring_va, a->ring_bytes) : queue_find(q, a->ring_va, a->ring_bytes);
    if (!ring || a->ring_va % 256) {
        sim_memory_unpin(q->sim.gpu, q->pinned[PIN_RING]);
        q->pinned[PIN_RING] = old;
        return -EFAULT;
    }
    sim_memory_unpin(q->sim.gpu, old);
    q->sim.ring = ring;
    q->sim.ring_va = a->ring_va;
    q->sim.ring_bytes = a->ring_bytes;
    return 0;
}

int sim_queue_update(void *args)
{
    struct kfd_update_queue *a = args;
    int error = check_share(a->percentage, a->priority);
    if (!error)
        error = check_ring(a->ring_va, &a->ring_bytes);
    if (error)
        return error;
    struct queue *q = queue_by_id(a->queue_id);
    if (!q)
        return -EFAULT;
    bool run = wants_to_run(a->ring_va, a->percentage), was = q->running;
    bool move = a->ring_va && (a->ring_va != q->sim.ring_va || a->ring_bytes != q->sim.ring_bytes);
    if (was && (move || !run))
        queue_run(q, false);
    if (move)
        error = queue_move(q, a);
    if (error) {
        queue_run(q, was); /* as it was */
        return error;
    }
    q->sim.priority = a->priority;
    return queue_run(q, run);
}

/* ---- CU masks, GWS ---- */

/* Which CUs work on a queue changes how fast it is and nothing that it computes: checked, and then left. */
int sim_queue_set_cu_mask(void *args)
{
    const struct kfd_set_cu_mask *a = args;
    uint32_t mask[MAX_CU_BITS / 32], bits = a->bits < MAX_CU_BITS ? a->bits : MAX_CU_BITS;
    if (a->bits % 32 || a->bits == 0)
        return -EINVAL;
    if (sim_user_read(mask, a->mask_ptr, bits / 8))
        return -EFAULT;
    const struct queue *q = queue_by_id(a->queue_id);
    if (!q)
        return -EFAULT;
    /* From gfx10 on CUs come in pairs, which are on or off together. */
    for (uint32_t i = 0; q->sim.gpu->model->generation >= ISA_GFX10_3 && i < bits / 32; i++)
        if ((mask[i] & 0x55555555) != (mask[i] >> 1 & 0x55555555))
            return -EINVAL;
    return 0;
}

/* One queue of a process may have it; a count of 0 gives it back, any other is as good as all. Before gfx12,
 * with firmware that is new enough (kfd_gws_init()). */
int sim_queue_alloc_gws(void *args)
{
    struct kfd_alloc_gws *a = args;
    struct queue *q = queue_by_id(a->queue_id);
    if (!q)
        return -EINVAL;
    struct sim_gpu *gpu = q->sim.gpu;
    if (gpu->model->generation >= ISA_GFX12)
        return -ENODEV;
    a->first = 0;
    if (!a->count == !gpu->kfd->gws_taken)
        return a->count ? -EBUSY : -EINVAL;
    q->gws = a->count != 0;
    gws_give(gpu, q->gws);
    return 0;
}

bool sim_queue_any(void)
{
    for (unsigned i = 0; i < KFD_QUEUES; i++)
        if (sim_current()->queues[i])
            return true;
    return false;
}

void sim_queue_end(void)
{
    for (uint32_t id = 0; id < KFD_QUEUES; id++)
        if (sim_current()->queues[id])
            sim_queue_destroy(&(struct kfd_destroy_queue){.queue_id = id});
}

void sim_queue_forget(void)
{
    pthread_mutex_init(&sim_queues_lock, NULL);
}
