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
