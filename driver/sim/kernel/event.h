/*
 * event.h - what event.c and wait.c share: events, and who waits for them.
 *
 * Invariant: an event with waiters knows every one of them, and a waiter's `activated` flag and its wait's
 * word change only under the lock; so a wait that looks under the lock and sleeps on the word it saw misses
 * nothing.
 */
#ifndef KFDFS_SIM_EVENT_H
#define KFDFS_SIM_EVENT_H

#include "kfd_state.h"

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

struct event_table {
    struct event **events;
    uint32_t n, capacity; /* ids given out so far, without holes at the end */
    uint32_t lowest;      /* no free index is below */
};

struct sim_events { /* of one process */
    struct event_table signals, others;
    uint32_t n_signals;   /* slot 0 counts as taken */
    uint64_t *slots;      /* the page: the program's buffer, or own_page */
    uint64_t slots_bytes; /* what the program sees of it */
    int own_page;         /* memfd of a page that the kernel made, or -1 */
};
#define SIM_EVENTS_NONE                                                  \
    {                                                                    \
        .signals = {.n = 1, .lowest = 1}, .n_signals = 1, .own_page = -1 \
    }

struct wait {      /* one WAIT_EVENTS */
    uint32_t word; /* futex: counts changes */
    bool asleep;   /* on that word; else nobody need be woken */
    struct waiter *waiters;
    struct kfd_event_data *data; /* the program's list, and then what it will be told */
    uint32_t n, n_read;          /* of the list n_read could be read */
    bool all;
};

struct waiter {          /* one event of its list */
    struct event *event; /* NULL: destroyed meanwhile */
    struct wait *wait;
    struct waiter *next; /* in the event's list */
    bool activated, queued, age_enabled;
    uint8_t told; /* bytes of its data that are for the program */
};

extern pthread_mutex_t sim_event_lock; /* guards all events, waiters and the event page */

/* Lock held. */
struct event *sim_event_by_id(uint32_t id); /* NULL: no such */
void sim_event_signal(struct event *ev);    /* sets it, and wakes its waiters */

#endif
