/*
 * event.c - events of amdkfd: the slots that the GPU writes, interrupts, and WAIT_EVENTS.
 *
 * Invariant: an event with waiters knows every one of them, and a waiter's `activated` flags and wake word
 * change only under the lock; so a wait that looks under the lock and sleeps on the word it saw misses
 * nothing. Ids are the lowest free ones: 1 to 4095 name a slot of the page, others begin at 0x40000000.
 *
 * A blocked wait is a futex_waitv, because that system call is interrupted by signals exactly as the kernel's
 * own wait is: EINTR, or restarted with the same deadline where the handler was installed with SA_RESTART.
 * One difference remains: amdkfd writes the time that was left at a restart into the timeout field; here the
 * field changes only with EINTR.
 *
 * Facts: kfd_events.c of Linux 6.12 and what amdkfd was seen to answer without a GPU; struct futex_waitv from
 * futex(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kfd_state.h"

enum {
    SLOTS = 4096,         /* signal events of a process, slot 0 unused */
    SLOTS_UNMAPPED = 256, /* as many as the oldest user space maps, before anything is mapped */
    FIRST_OTHER = 0x40000000,
    WAITER_BYTES = 56, /* of the kernel's waiter: decides how many events are too many */
    SCAN_SLOTS_FROM = SLOTS / 64
};
#define SLOT_UNSIGNALED UINT64_MAX
#define TIMEOUT_NEVER   UINT32_MAX

struct event {
    uint32_t id, type;
    bool auto_reset, signaled;
    uint64_t age;
    struct waiter *waiters;
    union {
        struct kfd_memory_exception memory;
        struct kfd_hw_exception hw;
    };
};

struct wait {      /* one WAIT_EVENTS */
    uint32_t word; /* futex: counts changes */
    struct waiter *waiters;
    uint32_t n;
    bool all;
};

struct waiter {          /* one event of its list */
    struct event *event; /* NULL: destroyed meanwhile */
    struct wait *wait;
    struct waiter *next; /* in the event's list */
    bool activated, queued, age_enabled;
};

struct table {
    struct event **events;
    uint32_t n, capacity; /* ids given out so far, without holes at the end */
    uint32_t lowest;      /* no free index is below */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static struct table signals = {.n = 1, .lowest = 1}, others;
static uint32_t n_signals = 1; /* slot 0 counts as taken */
static uint64_t *slots;        /* the page: the program's buffer, or own_page */
static uint64_t slots_bytes;   /* what the program sees of it */
static int own_page = -1;      /* memfd of a page that the kernel made */

/* ---- ids --------------------------------------------------------------------------------------------- */

static int table_add(struct table *t, uint32_t limit, struct event *ev, uint32_t *index)
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

static void table_remove(struct table *t, uint32_t index)
{
    t->events[index] = NULL;
    if (index < t->lowest)
        t->lowest = index;
}

static bool is_signal(uint32_t type)
{
    return type == KFD_EVENT_SIGNAL || type == KFD_EVENT_DEBUG;
}

static struct event *event_by_id(uint32_t id)
{
    struct table *t = id < FIRST_OTHER ? &signals : &others;
    uint32_t index = id < FIRST_OTHER ? id : id - FIRST_OTHER;
    return index < t->capacity ? t->events[index] : NULL;
}

/* ---- the page -------------------------------------------------------------------------------------------
 */

static _Atomic uint64_t *slot_of(uint32_t id)
{
    return (_Atomic uint64_t *)&slots[id];
}

static bool slot_signaled(uint32_t id)
{
    return atomic_load_explicit(slot_of(id), memory_order_acquire) != SLOT_UNSIGNALED;
}

static int page_make(void)
{
    int low = memfd_create("kfdsim-events", MFD_CLOEXEC);
    int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 800);
    if (fd >= 0)
        close(low);
    else
        fd = low;
    void *base = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, SLOTS * 8) == 0)
        base = mmap(NULL, SLOTS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        if (fd >= 0)
            close(fd);
        return -ENOMEM;
    }
    memset(base, 0xff, SLOTS * 8);
    own_page = fd;
    slots = base;
    slots_bytes = SLOTS_UNMAPPED * 8;
    return 0;
}

/* The program gives a buffer of its own. Any that lies in the GPU's memory will do; one in VRAM moves, on
 * hardware. */
static int page_take(uint64_t handle)
{
    struct sim_gpu *gpu = sim_kfd_gpu((uint32_t)(handle >> 32));
    if (slots || !gpu)
        return -EINVAL;
    int error = sim_kfd_bound(gpu);
    const struct sim_buffer *b = error ? NULL : sim_memory_buffer(gpu, (uint32_t)handle);
    if (error)
        return error;
    if (!b || !b->heap || b->bytes < SLOTS * 8)
        return -EINVAL;
    memset(b->host, 0xff, SLOTS * 8);
    slots = (uint64_t *)b->host;
    slots_bytes = b->bytes;
    sim_kfd.event_page_handle = handle;
    return 0;
}

int sim_event_mmap(size_t length, int *fd, off_t *fd_offset)
{
    int error = -EINVAL;
    pthread_mutex_lock(&lock);
    if (own_page >= 0 && length <= SLOTS * 8) {
        slots_bytes = length;
        *fd = own_page;
        *fd_offset = 0;
        error = 0;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* ---- setting --------------------------------------------------------------------------------------------
 */

static void wait_wake(struct wait *w)
{
    __atomic_fetch_add(&w->word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &w->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void event_signal(struct event *ev)
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

static void event_from_interrupt(struct event *ev)
{
    if (!ev || !is_signal(ev->type))
        return;
    atomic_store_explicit(slot_of(ev->id), SLOT_UNSIGNALED, memory_order_release);
    event_signal(ev);
}

/* As the kernel has it: the id in an interrupt is a hint. If its slot was not written, every written slot
 * counts. */
void sim_event_interrupt(uint32_t event_id)
{
    pthread_mutex_lock(&lock);
    struct event *ev = NULL;
    if (slots && event_id < SLOTS && slot_signaled(event_id))
        ev = event_by_id(event_id);
    if (ev)
        event_from_interrupt(ev);
    else
        for (uint32_t id = 1; slots && id < signals.n; id++)
            if (slot_signaled(id))
                event_from_interrupt(signals.events[id]);
    pthread_mutex_unlock(&lock);
}

static void exceptions_signal(uint32_t type, const struct kfd_memory_exception *memory,
                              const struct kfd_hw_exception *hw)
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < others.n; i++) {
        struct event *ev = others.events[i];
        if (!ev || ev->type != type)
            continue;
        if (memory)
            ev->memory = *memory;
        else
            ev->hw = *hw;
        event_signal(ev);
    }
    pthread_mutex_unlock(&lock);
}

void sim_event_memory_fault(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present)
{
    /* The fault's address is known by page only. */
    struct kfd_memory_exception data = {.not_present = not_present,
                                        .read_only = !not_present && access & SIM_VM_WRITE,
                                        .no_execute = !not_present && access & SIM_VM_EXEC,
                                        .va = va & ~(uint64_t)(SIM_PAGE - 1),
                                        .gpu_id = gpu->gpu_id};
    atomic_store(&gpu->evicted, true);
    sim_queue_evict(gpu);
    exceptions_signal(KFD_EVENT_MEMORY, &data, NULL);
}

void sim_event_hw_exception(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost)
{
    struct kfd_hw_exception data = {
        .reset_type = reset_type, .reset_cause = cause, .memory_lost = memory_lost, .gpu_id = gpu->gpu_id};
    exceptions_signal(KFD_EVENT_HW_EXCEPTION, NULL, &data);
}

/* ---- ioctls
 * ------------------------------------------------------------------------------------------------ */

static int signal_add(struct event *ev)
{
    if (slots && n_signals == slots_bytes / 8)
        return -ENOSPC;
    int error = slots ? 0 : page_make();
    uint32_t limit = slots_bytes / 8 < SLOTS ? (uint32_t)(slots_bytes / 8) : SLOTS;
    if (!error)
        error = table_add(&signals, limit, ev, &ev->id);
    if (error)
        return error;
    n_signals++;
    atomic_store(slot_of(ev->id), SLOT_UNSIGNALED);
    return 0;
}

static int other_add(struct event *ev)
{
    int error = table_add(&others, FIRST_OTHER, ev, &ev->id);
    ev->id += FIRST_OTHER;
    return error;
}

static int event_add(struct event *ev, struct kfd_create_event *a)
{
    a->page_offset = 0;
    int error = is_signal(ev->type) ? signal_add(ev) : other_add(ev);
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
    pthread_mutex_lock(&lock);
    int error = a->page_offset ? page_take(a->page_offset) : 0;
    if (!error)
        error = event_add(ev, a);
    pthread_mutex_unlock(&lock);
    if (error)
        free(ev);
    return error;
}

int sim_event_destroy(void *args)
{
    const struct kfd_event_arg *a = args;
    pthread_mutex_lock(&lock);
    struct event *ev = event_by_id(a->event_id);
    if (ev && is_signal(ev->type)) {
        table_remove(&signals, ev->id);
        n_signals--;
    } else if (ev) {
        table_remove(&others, ev->id - FIRST_OTHER);
    }
    if (ev)
        event_free(ev);
    pthread_mutex_unlock(&lock);
    return ev ? 0 : -EINVAL;
}

static int event_switch(uint32_t id, bool on)
{
    pthread_mutex_lock(&lock);
    struct event *ev = event_by_id(id);
    bool allowed = ev && ev->type == KFD_EVENT_SIGNAL;
    if (allowed && on)
        event_signal(ev);
    else if (allowed)
        ev->signaled = false;
    pthread_mutex_unlock(&lock);
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

/* ---- waiting ---------------------------------------------------------------------------------------------
 */

static int waiter_init(struct waiter *w, const struct kfd_event_data *data)
{
    struct event *ev = event_by_id(data->event_id);
    if (!ev)
        return -EINVAL;
    w->event = ev;
    w->activated = ev->signaled;
    ev->signaled = ev->signaled && !ev->auto_reset;
    if (ev->type == KFD_EVENT_SIGNAL && data->last_event_age && sim_kfd_minor() >= 14) {
        w->age_enabled = true;
        w->activated |= ev->age != data->last_event_age;
    }
    if (!w->activated) {
        w->queued = true;
        w->next = ev->waiters;
        ev->waiters = w;
    }
    return 0;
}

static int wait_init(struct wait *wait, uint64_t list)
{
    for (uint32_t i = 0; i < wait->n; i++) {
        struct kfd_event_data data;
        int error = sim_user_read(&data, list + i * sizeof data, sizeof data);
        wait->waiters[i].wait = wait;
        if (!error)
            error = waiter_init(&wait->waiters[i], &data);
        if (error)
            return error;
    }
    return 0;
}

static void waiter_unlink(struct waiter *w)
{
    struct waiter **at = &w->event->waiters;
    while (*at && *at != w)
        at = &(*at)->next;
    if (*at)
        *at = w->next;
}

/* An interrupted wait gives an auto-reset event that it had used up back. */
static void wait_fini(struct wait *wait, bool give_back)
{
    for (uint32_t i = 0; i < wait->n; i++) {
        struct waiter *w = &wait->waiters[i];
        if (!w->event)
            continue;
        if (w->queued)
            waiter_unlink(w);
        if (give_back && w->activated && w->event->auto_reset)
            event_signal(w->event);
    }
}

static uint32_t wait_test(const struct wait *wait)
{
    uint32_t activated = 0;
    for (uint32_t i = 0; i < wait->n; i++) {
        if (!wait->waiters[i].event)
            return KFD_WAIT_FAIL;
        if (!wait->waiters[i].activated)
            continue;
        if (!wait->all)
            return KFD_WAIT_COMPLETE;
        activated++;
    }
    return activated == wait->n ? KFD_WAIT_COMPLETE : KFD_WAIT_TIMEOUT;
}

static int wait_report(const struct wait *wait, uint64_t list)
{
    int error = 0;
    for (uint32_t i = 0; i < wait->n && !error; i++) {
        const struct waiter *w = &wait->waiters[i];
        uint64_t to = list + i * sizeof(struct kfd_event_data);
        if (!w->event)
            return -EINVAL;
        if (!w->activated)
            continue;
        if (w->event->type == KFD_EVENT_MEMORY)
            error = sim_user_write(to, &w->event->memory, sizeof w->event->memory);
        else if (w->event->type == KFD_EVENT_HW_EXCEPTION)
            error = sim_user_write(to, &w->event->hw, sizeof w->event->hw);
        else if (w->age_enabled)
            error = sim_user_write(to, &w->event->age, sizeof w->event->age);
    }
    return error;
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* the same on every architecture; Linux 5.16 */
#endif

/* Sleeps until the word differs from seen. 0, -EINTR, or -ETIMEDOUT. */
static int wait_sleep(struct wait *wait, uint32_t seen, const struct timespec *deadline)
{
    struct { /* struct futex_waitv */
        uint64_t value, address;
        uint32_t flags, reserved;
    } v = {.value = seen, .address = (uintptr_t)&wait->word, .flags = 2 /* 32 bits */ | FUTEX_PRIVATE_FLAG};
    long result = syscall(SYS_futex_waitv, &v, 1, 0, deadline, CLOCK_MONOTONIC);
    if (result < 0 && (errno == ENOSYS || errno == EPERM)) /* older kernel: EINTR even with SA_RESTART */
        result = syscall(SYS_futex, &wait->word, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline, NULL,
                         FUTEX_BITSET_MATCH_ANY);
    if (result >= 0 || errno == EAGAIN)
        return 0;
    return -errno;
}

/* Called and returns with the lock held. 0 or -EINTR; *result is COMPLETE, TIMEOUT or FAIL. */
static int wait_block(struct wait *wait, const struct timespec *deadline, uint32_t *result)
{
    int error = 0;
    for (;;) {
        *result = wait_test(wait);
        if (*result != KFD_WAIT_TIMEOUT || error)
            return *result != KFD_WAIT_TIMEOUT || error == -ETIMEDOUT ? 0 : error;
        uint32_t seen = wait->word;
        pthread_mutex_unlock(&lock);
        error = wait_sleep(wait, seen, deadline);
        pthread_mutex_lock(&lock);
    }
}

static struct timespec deadline_in(uint32_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static uint32_t ms_left(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
    return ms > 0 ? (uint32_t)ms : 0;
}

/* Lock held. */
static int wait_run(struct wait *wait, struct kfd_wait_events *a)
{
    bool forever = a->timeout_ms == TIMEOUT_NEVER;
    uint32_t ms = a->timeout_ms > INT32_MAX ? INT32_MAX : a->timeout_ms;
    struct timespec deadline = deadline_in(ms);
    int error = wait_init(wait, a->ptr);
    if (!error) {
        a->result = wait_test(wait);
        if (a->result == KFD_WAIT_TIMEOUT && ms > 0)
            error = wait_block(wait, forever ? NULL : &deadline, &a->result);
    }
    if (error == -EINTR && !forever)
        a->timeout_ms = ms_left(&deadline);
    if (!error && a->result == KFD_WAIT_COMPLETE)
        error = wait_report(wait, a->ptr);
    wait_fini(wait, error == -EINTR);
    return error;
}

int sim_event_wait(void *args)
{
    struct kfd_wait_events *a = args;
    struct wait wait = {.n = a->count, .all = a->all != 0};
    int error = -ENOMEM;
    if (a->count <= KFD_KMALLOC_MAX / WAITER_BYTES)
        wait.waiters = calloc(a->count ? a->count : 1, sizeof(struct waiter));
    if (wait.waiters) {
        pthread_mutex_lock(&lock);
        error = wait_run(&wait, a);
        pthread_mutex_unlock(&lock);
        free(wait.waiters);
    }
    if (error)
        a->result = KFD_WAIT_FAIL;
    return !error && a->result == KFD_WAIT_FAIL ? -EIO : error;
}

/* ---- fork
 * -------------------------------------------------------------------------------------------------- */

static void table_forget(struct table *t, uint32_t first)
{
    for (uint32_t i = 0; i < t->n && i < t->capacity; i++)
        free(t->events[i]);
    free(t->events);
    *t = (struct table){.n = first, .lowest = first};
}

void sim_event_forget(void)
{
    pthread_mutex_init(&lock, NULL);
    table_forget(&signals, 1);
    table_forget(&others, 0);
    n_signals = 1;
    if (own_page >= 0) {
        munmap(slots, SLOTS * 8);
        close(own_page);
    }
    slots = NULL;
    slots_bytes = 0;
    own_page = -1;
}
