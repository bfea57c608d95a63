/*
 * wait.c - WAIT_EVENTS.
 *
 * Invariant: a wait is in the lists of its events from wait_init() to wait_fini(), between which the lock is
 * given up only to sleep.
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
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "sim/front/engine.h"

enum { WAITER_BYTES = 56 /* of the kernel's waiter: decides how many events are too many */ };
#define TIMEOUT_NEVER UINT32_MAX

enum { SPIN_MAX_NS = 50000 };
static _Atomic uint32_t spin_ns;

static int waiter_init(struct waiter *w, const struct kfd_event_data *data)
{
    struct event *ev = sim_event_by_id(data->event_id);
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

/* The list, as far as it can be read. Not under the lock: an engine that interrupts would wait for it. */
static void list_read(struct wait *wait, uint64_t list)
{
    if (!sim_user_read(wait->data, list, wait->n * sizeof *wait->data)) {
        wait->n_read = wait->n;
        return;
    }
    while (wait->n_read < wait->n &&
           !sim_user_read(&wait->data[wait->n_read], list + wait->n_read * sizeof *wait->data,
                          sizeof *wait->data))
        wait->n_read++;
}

static int wait_init(struct wait *wait)
{
    for (uint32_t i = 0; i < wait->n; i++) {
        wait->waiters[i].wait = wait;
        int error = i < wait->n_read ? waiter_init(&wait->waiters[i], &wait->data[i]) : -EFAULT;
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
            sim_event_signal(w->event);
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

/* What is to be told of each event, taken down while the lock is held. */
static int wait_report(struct wait *wait)
{
    for (uint32_t i = 0; i < wait->n; i++) {
        struct waiter *w = &wait->waiters[i];
        if (!w->event)
            return -EINVAL;
        if (!w->activated)
            continue;
        if (w->event->type == KFD_EVENT_MEMORY) {
            wait->data[i].memory = w->event->memory;
            w->told = sizeof w->event->memory;
        } else if (w->event->type == KFD_EVENT_HW_EXCEPTION) {
            wait->data[i].hw = w->event->hw;
            w->told = sizeof w->event->hw;
        } else if (w->age_enabled) {
            wait->data[i].last_event_age = w->event->age;
            w->told = sizeof w->event->age;
        }
    }
    return 0;
}

static int list_write(const struct wait *wait, uint64_t list)
{
    int error = 0;
    for (uint32_t i = 0; i < wait->n && !error; i++)
        if (wait->waiters[i].told)
            error = sim_user_write(list + i * sizeof *wait->data, &wait->data[i], wait->waiters[i].told);
    return error;
}

/* ---- sleeping ---- */

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

/* Only a system call is interrupted, so who can be does not spin. */
static bool no_signal_comes(void)
{
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    for (int n = 1; n < 32; n++)
        if (n != SIGKILL && n != SIGSTOP && !sigismember(&blocked, n))
            return false;
    return true;
}

/* Looks for a while before it sleeps, as long as waits turn out to be short: to be woken takes longer than
 * most dispatches do. */
static bool wait_spin(const struct wait *wait, uint32_t seen)
{
    uint32_t ns = atomic_load_explicit(&spin_ns, memory_order_relaxed);
    if (!ns || !no_signal_comes())
        return false;
    uint64_t until = sim_engine_now() + ns;
    while (__atomic_load_n(&wait->word, __ATOMIC_ACQUIRE) == seen) {
        if (sim_engine_now() >= until)
            return false;
        sched_yield();
    }
    return true;
}

static void spin_learn(uint64_t waited_ns)
{
    uint32_t ns = atomic_load_explicit(&spin_ns, memory_order_relaxed);
    bool alone = sysconf(_SC_NPROCESSORS_ONLN) < 2;
    atomic_store_explicit(&spin_ns,
                          alone                     ? 0
                          : waited_ns < SPIN_MAX_NS ? SPIN_MAX_NS
                                                    : ns / 2,
                          memory_order_relaxed);
}

static int wait_change(struct wait *wait, uint32_t seen, const struct timespec *deadline)
{
    int error = 0;
    uint64_t start = sim_engine_now();
    if (!wait_spin(wait, seen)) {
        __atomic_store_n(&wait->asleep, true, __ATOMIC_SEQ_CST);
        error = wait_sleep(wait, seen, deadline);
        __atomic_store_n(&wait->asleep, false, __ATOMIC_SEQ_CST);
    }
    spin_learn(sim_engine_now() - start);
    return error;
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
        pthread_mutex_unlock(&sim_event_lock);
        error = wait_change(wait, seen, deadline);
        pthread_mutex_lock(&sim_event_lock);
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
    int error = wait_init(wait);
    if (!error) {
        a->result = wait_test(wait);
        if (a->result == KFD_WAIT_TIMEOUT && ms > 0)
            error = wait_block(wait, forever ? NULL : &deadline, &a->result);
    }
    if (error == -EINTR && !forever)
        a->timeout_ms = ms_left(&deadline);
    if (!error && a->result == KFD_WAIT_COMPLETE)
        error = wait_report(wait);
    wait_fini(wait, error == -EINTR);
    return error;
}

int sim_event_wait(void *args)
{
    struct kfd_wait_events *a = args;
    struct wait wait = {.n = a->count, .all = a->all != 0};
    int error = -ENOMEM;
    if (a->count <= KFD_KMALLOC_MAX / WAITER_BYTES) {
        wait.waiters = calloc(a->count ? a->count : 1, sizeof *wait.waiters);
        wait.data = calloc(a->count ? a->count : 1, sizeof *wait.data);
    }
    if (wait.waiters && wait.data) {
        list_read(&wait, a->ptr);
        pthread_mutex_lock(&sim_event_lock);
        error = wait_run(&wait, a);
        pthread_mutex_unlock(&sim_event_lock);
        if (!error)
            error = list_write(&wait, a->ptr);
    }
    free(wait.waiters);
    free(wait.data);
    if (error)
        a->result = KFD_WAIT_FAIL;
    return !error && a->result == KFD_WAIT_FAIL ? -EIO : error;
}
