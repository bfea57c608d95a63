/*
 * event.c - events of amdkfd: their ids and slots, and how programs, interrupts and faults set them.
 *
 * Invariant: ids are the lowest free ones. Those from 1 to 4095 are of signals and name a slot of the page,
 * which a GPU writes before it interrupts; the others begin at 0x40000000.
 *
 * Facts: kfd_events.c of Linux 6.12 and what amdkfd was seen to answer without a GPU.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "kernel.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

enum {
    SLOTS = 4096,         /* signal events of a process, slot 0 unused */
    SLOTS_UNMAPPED = 256, /* as many as the oldest user space maps, before anything is mapped */
    FIRST_OTHER = 0x40000000
};
enum { MEMORY_ERROR_ECC = 1, MEMORY_ERROR_POISON = 2 };
#define SLOT_UNSIGNALED UINT64_MAX

pthread_mutex_t sim_event_lock = PTHREAD_MUTEX_INITIALIZER;

/* The current process's. Under the lock. */
static struct sim_events *mine(void)
{
    return &sim_current()->events;
}

/* ---- ids ---- */

static int table_add(struct event_table *t, uint32_t limit, struct event *ev, uint32_t *index)
{
    uint32_t at = t->lowest;
    while (at < t->n && t->events[at])
        at++;
    if (at >= limit)
        return -ENOSPC;
    if (at >= t->capacity) {
        uint32_t capacity = t->capacity ? t->capacity * 2 : 64;
        struct event **events = realloc(t->events, capacity * sizeof(struct event *));
        if (!events)
            return -ENOMEM;
        memset(events + t->capacity, 0, (capacity - t->capacity) * sizeof(struct event *));
        t->events = events;
        t->capacity = capacity;
    }
    t->events[at] = ev;
    t->lowest = at + 1;
    if (at >= t->n)
        t->n = at + 1;
    *index = at;
    return 0;
}

static void table_remove(struct event_table *t, uint32_t index)
{
    t->events[index] = NULL;
    if (index < t->lowest)
        t->lowest = index;
}

static bool is_signal(uint32_t type)
{
    return type == KFD_EVENT_SIGNAL || type == KFD_EVENT_DEBUG;
}

static struct event *event_of(const struct sim_events *e, uint32_t id)
{
    const struct event_table *t = id < FIRST_OTHER ? &e->signals : &e->others;
    uint32_t index = id < FIRST_OTHER ? id : id - FIRST_OTHER;
    return index < t->capacity ? t->events[index] : NULL;
}

struct event *sim_event_by_id(uint32_t id)
{
    return event_of(mine(), id);
}

/* ---- the page ---- */

static _Atomic uint64_t *slot_of(const struct sim_events *e, uint32_t id)
{
    return (_Atomic uint64_t *)&e->slots[id];
}

static bool slot_signaled(const struct sim_events *e, uint32_t id)
{
    return atomic_load_explicit(slot_of(e, id), memory_order_acquire) != SLOT_UNSIGNALED;
}

static int page_make(struct sim_events *e)
{
    void *base;
    int fd = sim_memfd_make("kfdsim-events", SLOTS * 8, &base);
    if (fd < 0)
        return -ENOMEM;
    memset(base, 0xff, SLOTS * 8);
    e->own_page = fd;
    e->slots = base;
    e->slots_bytes = SLOTS_UNMAPPED * 8;
    return 0;
}

/* The program gives a buffer of its own. Any that lies in the GPU's memory will do; one in VRAM moves, on
 * hardware. */
static int page_take(uint64_t handle)
{
    struct sim_gpu *gpu = sim_kfd_gpu((uint32_t)(handle >> 32));
    if (mine()->slots || !gpu)
        return -EINVAL;
    int error = sim_kfd_bound(gpu);
    const struct sim_buffer *b = error ? NULL : sim_memory_buffer(gpu, (uint32_t)handle);
    if (error)
        return error;
    if (!b || !b->heap || b->bytes < SLOTS * 8)
        return -EINVAL;
    memset(b->host, 0xff, SLOTS * 8);
    mine()->slots = (uint64_t *)b->host;
    mine()->slots_bytes = b->bytes;
    sim_current()->event_page_handle = handle;
    return 0;
}

int sim_event_mmap(size_t length, int *fd, off_t *fd_offset)
{
    struct sim_events *e = mine();
    int error = -EINVAL;
    pthread_mutex_lock(&sim_event_lock);
    if (e->own_page >= 0 && length <= SLOTS * 8) {
        e->slots_bytes = length;
        *fd = e->own_page;
        *fd_offset = 0;
        error = 0;
    }
    pthread_mutex_unlock(&sim_event_lock);
    return error;
}

/* ---- setting ---- */

static void wait_wake(struct wait *w)
{
    __atomic_fetch_add(&w->word, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&w->asleep, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &w->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void sim_event_signal(struct event *ev)
{
    ev->signaled = !ev->auto_reset || !ev->waiters;
    ev->age++;
    for (struct waiter *w = ev->waiters; w; w = w->next) {
        w->activated = true;
        wait_wake(w->wait);
    }
}

static void event_free(struct event *ev)
{
    for (struct waiter *w = ev->waiters; w; w = w->next) {
        w->event = NULL;
        wait_wake(w->wait);
    }
    free(ev);
}

static void event_from_interrupt(const struct sim_events *e, struct event *ev)
{
    if (!ev || !is_signal(ev->type))
        return;
    atomic_store_explicit(slot_of(e, ev->id), SLOT_UNSIGNALED, memory_order_release);
    sim_event_signal(ev);
}

/* As the kernel has it: the id in an interrupt is a hint. If its slot was not written, every written slot
 * counts. */
static void interrupt(const struct sim_events *e, uint32_t event_id)
{
    pthread_mutex_lock(&sim_event_lock);
    struct event *ev = NULL;
    if (e->slots && event_id < SLOTS && slot_signaled(e, event_id))
        ev = event_of(e, event_id);
    if (ev)
        event_from_interrupt(e, ev);
    else
        for (uint32_t id = 1; e->slots && id < e->signals.n; id++)
            if (slot_signaled(e, id))
                event_from_interrupt(e, e->signals.events[id]);
    pthread_mutex_unlock(&sim_event_lock);
}

/* The slot is the program's again, and was perhaps read already; the event is set all the same. */
static void event_again(const struct sim_events *e, uint32_t event_id)
{
    pthread_mutex_lock(&sim_event_lock);
    struct event *ev = event_id < SLOTS ? event_of(e, event_id) : NULL;
    if (ev && is_signal(ev->type))
        sim_event_signal(ev);
    pthread_mutex_unlock(&sim_event_lock);
}

enum { LATE_US = 3000 };

void sim_event_interrupt(struct sim_gpu *gpu, uint32_t event_id)
{
    const struct sim_events *e = &sim_process_of(gpu)->events;
    sim_spite_pause(SPITE_INTERRUPT_LATE, 4, LATE_US);
    if (sim_spiteful(SPITE_INTERRUPT_LOST, 100))
        return;
    interrupt(e, event_id);
    if (sim_spiteful(SPITE_INTERRUPT_TWICE, 4))
        event_again(e, event_id);
}

static void exceptions_signal(const struct sim_gpu *gpu, uint32_t type,
                              const struct kfd_memory_exception *memory, const struct kfd_hw_exception *hw)
{
    const struct event_table *others = &sim_process_of(gpu)->events.others;
    pthread_mutex_lock(&sim_event_lock);
    for (uint32_t i = 0; i < others->n; i++) {
        struct event *ev = others->events[i];
        if (!ev || ev->type != type)
            continue;
        if (memory)
            ev->memory = *memory;
        else
            ev->hw = *hw;
        sim_event_signal(ev);
    }
    pthread_mutex_unlock(&sim_event_lock);
}

void sim_event_lose_queues(struct sim_gpu *gpu)
{
    atomic_store(&gpu->evicted, true);
    sim_queue_evict(gpu);
}

/* The status register's fields that a client may look at: the first PDE was invalid or the access forbidden
 * (permission faults, bits 7:4: valid, read, write, execute), bit 18: a write. */
static uint32_t fault_status(unsigned access, bool not_present)
{
    uint32_t permission = not_present ? 1 : access & SIM_VM_EXEC ? 8 : access & SIM_VM_WRITE ? 4 : 2;
    return permission << 4 | (access & SIM_VM_WRITE ? 1u << 18 : 0);
}

void sim_event_last_fault(struct sim_gpu *gpu, uint64_t *va, uint32_t *status)
{
    pthread_mutex_lock(&sim_event_lock);
    *va = sim_gpu_card(gpu)->fault_va;
    *status = sim_gpu_card(gpu)->fault_status;
    pthread_mutex_unlock(&sim_event_lock);
}

void sim_event_memory_violation(struct sim_gpu *gpu, const struct kfd_memory_exception *fault)
{
    sim_event_lose_queues(gpu);
    exceptions_signal(gpu, KFD_EVENT_MEMORY, fault, NULL);
}

void sim_event_memory_fault(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present)
{
    /* The fault's address is known by page only. */
    struct kfd_memory_exception data = {.not_present = not_present,
                                        .read_only = !not_present && access & SIM_VM_WRITE,
                                        .no_execute = !not_present && access & SIM_VM_EXEC,
                                        .va = va & ~(uint64_t)(SIM_PAGE - 1),
                                        .gpu_id = gpu->gpu_id};
    pthread_mutex_lock(&sim_event_lock);
    sim_gpu_card(gpu)->fault_va = data.va;
    sim_gpu_card(gpu)->fault_status = fault_status(access, not_present);
    pthread_mutex_unlock(&sim_event_lock);
    sim_smi_fault(gpu);
    if (sim_process_of(gpu)->file || !sim_debug_fault(gpu, &data))
        sim_event_memory_violation(gpu, &data);
}

void sim_event_reset_gpu(struct sim_gpu *gpu, unsigned cause)
{
    struct kfd_memory_exception memory = {
        .imprecise = 1, .gpu_id = gpu->gpu_id, .error_type = MEMORY_ERROR_ECC};
    sim_event_hw_exception(gpu, 0, cause, true);
    if (cause == KFD_HW_ECC)
        exceptions_signal(gpu, KFD_EVENT_MEMORY, &memory, NULL);
}

void sim_event_poison(struct sim_gpu *gpu)
{
    struct kfd_memory_exception memory = {
        .imprecise = 1, .gpu_id = gpu->gpu_id, .error_type = MEMORY_ERROR_POISON};
    sim_event_lose_queues(gpu);
    sim_event_hw_exception(gpu, 0, KFD_HW_ECC, true);
    exceptions_signal(gpu, KFD_EVENT_MEMORY, &memory, NULL);
}

void sim_event_hw_exception(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost)
{
    struct kfd_hw_exception data = {
        .reset_type = reset_type, .reset_cause = cause, .memory_lost = memory_lost, .gpu_id = gpu->gpu_id};
    exceptions_signal(gpu, KFD_EVENT_HW_EXCEPTION, NULL, &data);
}

unsigned sim_event_count(void)
{
    const struct sim_events *e = mine();
    unsigned n = 0;
    pthread_mutex_lock(&sim_event_lock);
    for (uint32_t i = 0; i < e->signals.n && e->signals.events; i++)
        n += e->signals.events[i] != NULL;
    for (uint32_t i = 0; i < e->others.n; i++)
        n += e->others.events[i] != NULL;
    pthread_mutex_unlock(&sim_event_lock);
    return n;
}

/* ---- ioctls ---- */

static int signal_add(struct sim_events *e, struct event *ev)
{
    if (e->slots && e->n_signals == e->slots_bytes / 8)
        return -ENOSPC;
    int error = e->slots ? 0 : sim_kfd_minor() >= KFD_PAGELESS_MINOR ? -ENOMEM : page_make(e);
    uint32_t limit = e->slots_bytes / 8 < SLOTS ? (uint32_t)(e->slots_bytes / 8) : SLOTS;
    if (!error)
        error = table_add(&e->signals, limit, ev, &ev->id);
    if (error)
        return error;
    e->n_signals++;
    atomic_store(slot_of(e, ev->id), SLOT_UNSIGNALED);
    return 0;
}

static int other_add(struct sim_events *e, struct event *ev)
{
    int error = table_add(&e->others, FIRST_OTHER, ev, &ev->id);
    ev->id += FIRST_OTHER;
    return error;
}

static int event_add(struct event *ev, struct kfd_create_event *a)
{
    a->page_offset = 0;
    int error = is_signal(ev->type) ? signal_add(mine(), ev) : other_add(mine(), ev);
    if (error)
        return error;
    a->event_id = a->trigger_data = ev->id;
    if (is_signal(ev->type)) {
        a->page_offset = kfd_mmap_offset(KFD_MMAP_EVENTS, 0);
        a->slot = ev->id;
    }
    return 0;
}

int sim_event_create(void *args)
{
    struct kfd_create_event *a = args;
    struct event *ev = calloc(1, sizeof *ev);
    if (!ev)
        return -ENOMEM;
    *ev = (struct event){.type = a->type, .auto_reset = a->auto_reset != 0, .age = 1};
    pthread_mutex_lock(&sim_event_lock);
    int error = a->page_offset ? page_take(a->page_offset) : 0;
    if (!error)
        error = event_add(ev, a);
    pthread_mutex_unlock(&sim_event_lock);
    if (error)
        free(ev);
    return error;
}

int sim_event_destroy(void *args)
{
    const struct kfd_event_arg *a = args;
    pthread_mutex_lock(&sim_event_lock);
    struct event *ev = sim_event_by_id(a->event_id);
    if (ev && is_signal(ev->type)) {
        table_remove(&mine()->signals, ev->id);
        mine()->n_signals--;
    } else if (ev) {
        table_remove(&mine()->others, ev->id - FIRST_OTHER);
    }
    if (ev)
        event_free(ev);
    pthread_mutex_unlock(&sim_event_lock);
    return ev ? 0 : -EINVAL;
}

static int event_switch(uint32_t id, bool on)
{
    pthread_mutex_lock(&sim_event_lock);
    struct event *ev = sim_event_by_id(id);
    bool allowed = ev && ev->type == KFD_EVENT_SIGNAL;
    if (allowed && on)
        sim_event_signal(ev);
    else if (allowed)
        ev->signaled = false;
    pthread_mutex_unlock(&sim_event_lock);
    return allowed ? 0 : -EINVAL;
}

int sim_event_set(void *args)
{
    return event_switch(((const struct kfd_event_arg *)args)->event_id, true);
}

int sim_event_reset(void *args)
{
    return event_switch(((const struct kfd_event_arg *)args)->event_id, false);
}

/* ---- the end of a process, and fork ---- */

static void page_drop(struct sim_events *e)
{
    if (e->own_page >= 0) {
        munmap(e->slots, SLOTS * 8);
        close(e->own_page);
    }
}

static void table_end(struct event_table *t)
{
    for (uint32_t i = 0; t->events && i < t->n; i++)
        if (t->events[i])
            event_free(t->events[i]);
    free(t->events);
}

void sim_event_end(void)
{
    struct sim_events *e = mine();
    pthread_mutex_lock(&sim_event_lock);
    table_end(&e->signals);
    table_end(&e->others);
    page_drop(e);
    *e = (struct sim_events)SIM_EVENTS_NONE;
    sim_current()->event_page_handle = 0;
    pthread_mutex_unlock(&sim_event_lock);
}

/* The tables may be half changed by a thread that the child does not have: left alone. */
void sim_event_forget(void)
{
    pthread_mutex_init(&sim_event_lock, NULL);
    page_drop(mine());
    *mine() = (struct sim_events)SIM_EVENTS_NONE;
}
