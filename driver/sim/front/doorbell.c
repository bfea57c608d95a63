/*
 * doorbell.c - waking engines when a client rings, without polling while nothing happens.
 *
 * The client's mapping of its doorbell slice is write-protected by userfaultfd (userfaultfd(2): mode WP on
 * shared memory, user faults only). The first write blocks the writer for some microseconds, and a watcher
 * thread lifts the protection and wakes the engine of that doorbell. Engines poll their own doorbell while
 * they have work and a moment longer; the one that goes to sleep last protects the slice again. Where that
 * cannot be had, the watcher polls the doorbells of sleeping engines, ever more rarely.
 *
 * Invariant: a sleeping engine's doorbell is watched: its slice is armed in every mapping that the client
 * made, or the watcher looks at it by the clock. Arming is always followed by a look at all sleepers, so a
 * ring between the last poll and the protection is never lost.
 */
#include "doorbell_trap.h"
#include "engine.h"
#include "load.h"
#include "queue.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/relax.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SLICE_BYTES = 8192,         /* 1024 doorbells of 8 bytes, per process and GPU [kfd_doorbell.c] */
    SPIN_NS = 100 * 1000,       /* how long an engine polls its own doorbell before it sleeps */
    RETRY_NS = 2 * 1000000,     /* a writer that was let through may need that long to be scheduled */
    OPEN_NS = 1000 * 1000,      /* while other engines work, one trapped write per this time is enough */
    TICK_NS = 50 * 1000,        /* polling period while a slice is open, and at the start of back-off */
    TICK_MAX_NS = 20 * 1000000, /* end of back-off: 50 looks a second, under 0.1 % of a processor */
};

struct mapping { /* one mmap of a doorbell slice by the client */
    int fd;
    uintptr_t start;
    size_t bytes;
    uint64_t slice_offset;
    bool registered, armed;
};

struct sleeper { /* one attached queue */
    struct sim_queue *queue;
    struct slice *slice;
    struct sleeper *next;
    pthread_cond_t cond;
    uint64_t seen;
    bool asleep, wake;
};

struct slice {
    struct sim_gpu *gpu;
    struct slice *next;
    unsigned attached, asleep;
    uint64_t retry_until, open_until; /* not to be armed before; see RETRY_NS and OPEN_NS */
    uint64_t tick, next_look;         /* polling period and time */
};

/* Guards all of the below, and the structs above. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mapping *mappings;
static size_t n_mappings;
static struct sleeper *sleepers;
static struct slice *slices;
static bool watching;
static int trap_fd = -1;  /* userfaultfd, or -1: polling only */
static int nudge_fd = -1; /* eventfd: the watcher is to compute its timeout anew */
static unsigned cpus;
static uint64_t ticks;

/* ---- mappings ---- */

static int mapping_arm(struct mapping *m)
{
    int err = m->registered ? 0 : trap_register(trap_fd, m->start, m->bytes);
    m->registered = !err;
    if (!err)
        err = trap_arm(trap_fd, m->start, m->bytes);
    m->armed = !err;
    return err;
}

static bool mapping_of(const struct mapping *m, const struct slice *s)
{
    return m->fd == s->gpu->doorbell_fd;
}

/* Is every way to ring trapped? */
static bool slice_armed(const struct slice *s)
{
    bool any = false;
    for (size_t i = 0; i < n_mappings; i++)
        if (mapping_of(&mappings[i], s)) {
            if (!mappings[i].armed)
                return false;
            any = true;
        }
    return any;
}

/* A mapping that cannot be armed is gone (unmapped, or something else lies there now) or not ours to trap:
 * forgotten, which leaves its slice to polling if it was the last. */
static void slice_arm(struct slice *s)
{
    if (trap_fd < 0)
        return;
    for (size_t i = 0; i < n_mappings;) {
        struct mapping *m = &mappings[i];
        if (mapping_of(m, s) && !m->armed && mapping_arm(m))
            *m = mappings[--n_mappings];
        else
            i++;
    }
}

/* ---- sleepers ---- */

static bool rung(const struct sleeper *z)
{
    return atomic_load_explicit(z->queue->doorbell, memory_order_acquire) != z->seen;
}

static void sleeper_wake(struct sleeper *z)
{
    z->wake = true;
    pthread_cond_signal(&z->cond);
}

/* Wakes every sleeper whose doorbell has changed; of one slice, or of all. Engines ring too, through a
 * mapping that is not trapped: whoever goes to sleep looks at all. */
static bool sleepers_look(const struct slice *s)
{
    bool found = false;
    for (struct sleeper *z = sleepers; z; z = z->next)
        if ((!s || z->slice == s) && z->asleep && !z->wake && rung(z)) {
            sleeper_wake(z);
            found = true;
        }
    return found;
}

static void watcher_nudge(void)
{
    uint64_t one = 1;
    if (nudge_fd >= 0 && syscall(SYS_write, nudge_fd, &one, sizeof one) < 0)
        return; /* full: it is awake anyway */
}

/* Called with one more engine of the slice asleep. */
static void slice_settle(struct slice *s)
{
    uint64_t now = sim_engine_now();
    if (s->asleep == s->attached && now >= s->retry_until)
        slice_arm(s);
    sleepers_look(NULL);
    if (!slice_armed(s)) {
        s->tick = TICK_NS;
        s->next_look = now + TICK_NS;
        watcher_nudge();
    }
}

/* ---- the watcher thread ---- */

/* A write of a client waits at this address: let it through, and wake whom it is for. */
static void trap_hit(uintptr_t address)
{
    uint64_t now = sim_engine_now();
    struct mapping page = {.start = address & ~(uintptr_t)(SIM_PAGE - 1), .bytes = SIM_PAGE};
    struct mapping *m = &page;
    for (size_t i = 0; i < n_mappings; i++)
        if (address - mappings[i].start < mappings[i].bytes)
            m = &mappings[i];
    m->armed = false;
    if (m == &page) { /* forgotten meanwhile; its writer must not stay blocked */
        trap_lift(trap_fd, m->start, m->bytes);
        return;
    }
    uint64_t index = (m->slice_offset + (address - m->start)) / 8;
    for (struct sleeper *z = sleepers; z; z = z->next)
        if (mapping_of(m, z->slice)) {
            z->slice->retry_until = now + RETRY_NS;
            z->slice->open_until = now + OPEN_NS;
            z->slice->tick = TICK_NS;
            z->slice->next_look = now;
            if (z->asleep &&
                (uint64_t)(z->queue->doorbell - (_Atomic uint64_t *)z->queue->gpu->doorbells) == index)
                sleeper_wake(z);
        }
    trap_lift(trap_fd, m->start, m->bytes);
}

/* Looks after one slice that has sleepers; returns when it must be looked at again, or UINT64_MAX. */
static uint64_t slice_watch(struct slice *s, uint64_t now)
{
    if (!s->asleep || slice_armed(s))
        return UINT64_MAX;
    if (now < s->next_look)
        return s->next_look;
    ticks++;
    bool found = sleepers_look(s);
    bool open = now < (s->asleep == s->attached ? s->retry_until : s->open_until);
    if (!open) {
        slice_arm(s);
        if (slice_armed(s)) {
            sleepers_look(s);
            return UINT64_MAX;
        }
        s->tick = found ? TICK_NS : s->tick + s->tick / 8;
    }
    if (s->tick > TICK_MAX_NS)
        s->tick = TICK_MAX_NS;
    return s->next_look = now + s->tick;
}

/* Returns the time until the next look in ns, or UINT64_MAX. */
static uint64_t watcher_round(void)
{
    uint64_t next = UINT64_MAX;
    pthread_mutex_lock(&lock);
    for (uintptr_t address; trap_next(trap_fd, &address);)
        trap_hit(address);
    uint64_t now = sim_engine_now();
    for (struct slice *s = slices; s; s = s->next) {
        uint64_t t = slice_watch(s, now);
        next = t < next ? t : next;
    }
    pthread_mutex_unlock(&lock);
    if (next == UINT64_MAX)
        return next;
    return next > now ? next - now : 0;
}

/* The program closed our descriptor (some close all they do not know): the trap ends with it. */
static void trap_lost(void)
{
    pthread_mutex_lock(&lock);
    trap_fd = -1;
    for (size_t i = 0; i < n_mappings; i++)
        mappings[i].armed = false;
    pthread_mutex_unlock(&lock);
}

static void *watcher_thread(void *arg)
{
    prctl(PR_SET_NAME, "sim-doorbells");
    prctl(PR_SET_TIMERSLACK, 1000); /* the default of 50 us is as long as a tick */
    for (;;) {
        uint64_t left = watcher_round();
        struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000),
                                   .tv_nsec = (long)(left % 1000000000)};
        struct pollfd fds[2] = {{.fd = nudge_fd, .events = POLLIN}, {.fd = trap_fd, .events = POLLIN}};
        ppoll(fds, 2, left == UINT64_MAX ? NULL : &timeout, NULL);
        if (fds[1].revents & (POLLNVAL | POLLERR | POLLHUP))
            trap_lost();
        uint64_t count;
        if (fds[0].revents && syscall(SYS_read, nudge_fd, &count, sizeof count) < 0)
            usleep(TICK_MAX_NS / 1000); /* that one too */
    }
    return arg;
}

/* In the child of a fork there is no watcher, no engine, and the descriptors belong to the parent's memory.
 */
static void forget(void)
{
    pthread_mutex_init(&lock, NULL);
    trap_fd_close(trap_fd);
    trap_fd_close(nudge_fd);
    trap_fd = nudge_fd = -1;
    watching = false;
    n_mappings = 0;
    sleepers = NULL; /* not freed: their threads were using them */
    slices = NULL;
}

static int watcher_start(void)
{
    static bool fork_known;
    pthread_t thread;
    sigset_t all, old;
    if (watching)
        return 0;
    if (!cpus)
        cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    if (!fork_known && pthread_atfork(NULL, NULL, forget))
        return -ENOMEM;
    fork_known = true;
    nudge_fd = sim_fd_high(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (nudge_fd < 0)
        return -errno;
    const char *mode = getenv("KFDFS_SIM_DOORBELL");
    trap_fd = mode && !strcmp(mode, "poll") ? -1 : trap_open();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int err = pthread_create(&thread, NULL, watcher_thread, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        trap_fd_close(nudge_fd);
        trap_fd_close(trap_fd);
        nudge_fd = trap_fd = -1;
        return -err;
    }
    pthread_detach(thread);
    watching = true;
    return 0;
}

/* ---- interface ---- */

static struct slice *slice_of(struct sim_gpu *gpu)
{
    for (struct slice *s = slices; s; s = s->next)
        if (s->gpu == gpu)
            return s;
    struct slice *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->gpu = gpu;
    s->next = slices;
    return slices = s;
}

static struct sleeper *sleeper_of(const struct sim_queue *queue)
{
    struct sleeper *z = sleepers;
    while (z && z->queue != queue)
        z = z->next;
    return z;
}

int sim_doorbell_attach(struct sim_queue *queue)
{
    struct sleeper *z = calloc(1, sizeof *z);
    if (!z)
        return -ENOMEM;
    pthread_mutex_lock(&lock);
    int err = watcher_start();
    struct slice *s = err ? NULL : slice_of(queue->gpu);
    if (s) {
        pthread_cond_init(&z->cond, NULL);
        z->queue = queue;
        z->slice = s;
        z->next = sleepers;
        sleepers = z;
        s->attached++;
        atomic_store(queue->doorbell, SIM_DOORBELL_UNRUNG);
    } else {
        free(z);
        err = err ? err : -ENOMEM;
    }
    pthread_mutex_unlock(&lock);
    return err;
}

void sim_doorbell_detach(struct sim_queue *queue)
{
    pthread_mutex_lock(&lock);
    struct sleeper **at = &sleepers;
    while (*at && (*at)->queue != queue)
        at = &(*at)->next;
    struct sleeper *z = *at;
    if (z) {
        *at = z->next;
        z->slice->attached--;
        pthread_cond_destroy(&z->cond);
        free(z);
    }
    pthread_mutex_unlock(&lock);
}

/* Forgets what lay where something new is mapped, and what the client has unmapped. */
static void mappings_prune(uintptr_t start, size_t bytes)
{
    for (size_t i = 0; i < n_mappings;) {
        struct mapping *m = &mappings[i];
        bool replaced = m->start < start + bytes && start < m->start + m->bytes;
        if (replaced || (m->registered && mapping_arm(m)))
            *m = mappings[--n_mappings];
        else
            i++;
    }
}

void sim_mapped(int fd, off_t fd_offset, void *address, size_t length)
{
    uintptr_t start = (uintptr_t)address;
    size_t bytes = (length + SIM_PAGE - 1) & ~(size_t)(SIM_PAGE - 1);
    if (fd_offset < 0 || fd_offset + (off_t)bytes > SLICE_BYTES)
        return; /* no doorbells, but the event page */
    /* As the kernel has it: a child does not inherit doorbells [kfd_doorbell.c, VM_DONTCOPY]. */
    madvise(address, bytes, MADV_DONTFORK);
    pthread_mutex_lock(&lock);
    mappings_prune(start, bytes);
    struct mapping *more = realloc(mappings, (n_mappings + 1) * sizeof *more);
    if (more) {
        mappings = more;
        mappings[n_mappings++] =
            (struct mapping){.fd = fd, .start = start, .bytes = bytes, .slice_offset = (uint64_t)fd_offset};
        for (struct slice *s = slices; s; s = s->next)
            if (s->gpu->doorbell_fd == fd && s->asleep)
                slice_settle(s); /* they must hear through the new mapping as well */
    }
    pthread_mutex_unlock(&lock);
}

/* Polls for a short while. True: an answer stands in *result. */
static bool doorbell_spin(struct sim_queue *queue, uint64_t seen, bool *result)
{
    uint64_t until = sim_engine_now() + (cpus > 1 ? SPIN_NS : SPIN_NS / 10);
    for (unsigned round = cpus > 1 ? 0 : 15;; round += cpus > 1 ? 1 : 16) {
        *result = sim_queue_alive(queue);
        if (!*result || atomic_load_explicit(queue->doorbell, memory_order_acquire) != seen)
            return true;
        if (sim_engine_now() >= until)
            return false;
        sim_relax(round);
    }
}

static void doorbell_sleep(struct sim_queue *queue, struct sleeper *z, uint64_t seen)
{
    struct slice *s = z->slice;
    z->seen = seen;
    z->wake = false;
    z->asleep = true;
    s->asleep++;
    slice_settle(s);
    while (!z->wake && sim_queue_alive(queue))
        pthread_cond_wait(&z->cond, &lock);
    z->asleep = false;
    s->asleep--;
}

static bool doorbell_wait(struct sim_queue *queue, uint64_t seen)
{
    bool result = false;
    while (!doorbell_spin(queue, seen, &result)) {
        pthread_mutex_lock(&lock);
        struct sleeper *z = sleeper_of(queue);
        if (z)
            doorbell_sleep(queue, z, seen);
        pthread_mutex_unlock(&lock);
        if (!z)
            return false;
        if (!doorbell_spin(queue, seen, &result))
            continue;
        pthread_mutex_lock(&lock);
        z->slice->retry_until = 0; /* the writer is through */
        pthread_mutex_unlock(&lock);
        break;
    }
    return result;
}

enum { DOORBELL_LATE_US = 1500 };

bool sim_doorbell_wait(struct sim_queue *queue, uint64_t seen)
{
    sim_load_end(queue->gpu, queue->type);
    atomic_store(&queue->at, SIM_AT_REST);
    bool rung = doorbell_wait(queue, seen);
    atomic_store(&queue->at, SIM_AT_WORK);
    sim_spite_pause(SPITE_DOORBELL, 4, DOORBELL_LATE_US);
    sim_load_begin(queue->gpu, queue->type);
    return rung;
}

void sim_doorbell_kick(struct sim_queue *queue)
{
    pthread_mutex_lock(&lock);
    struct sleeper *z = sleeper_of(queue);
    if (z)
        sleeper_wake(z);
    pthread_mutex_unlock(&lock);
}

bool sim_doorbell_armed(const struct sim_gpu *gpu)
{
    bool armed = false;
    pthread_mutex_lock(&lock);
    for (struct slice *s = slices; s; s = s->next)
        if (s->gpu == gpu)
            armed = slice_armed(s);
    pthread_mutex_unlock(&lock);
    return armed;
}

uint64_t sim_doorbell_ticks(void)
{
    pthread_mutex_lock(&lock);
    uint64_t n = ticks;
    pthread_mutex_unlock(&lock);
    return n;
}
