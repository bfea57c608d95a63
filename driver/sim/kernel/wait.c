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
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "event.h"

enum { WAITER_BYTES = 56 /* of the kernel's waiter: decides how many events are too many */ };
#define TIMEOUT_NEVER UINT32_MAX

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
        pthread_mutex_unlock(&sim_event_lock);
        error = wait_sleep(wait, seen, deadline);
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
        pthread_mutex_lock(&sim_event_lock);
        error = wait_run(&wait, a);
        pthread_mutex_unlock(&sim_event_lock);
        free(wait.waiters);
    }
    if (error)
        a->result = KFD_WAIT_FAIL;
    return !error && a->result == KFD_WAIT_FAIL ? -EIO : error;
}
