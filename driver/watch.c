/*
 * watch.c - the one thread that waits for the kernel, and looks after all queues.
 *
 * Invariant: MEMORY and HW_EXCEPTION events exist, and the thread waits for them, before the first queue
 * does, because some kernels kill a process that has nobody listening. An event may be lost or come late:
 * after every wake-up, and after a time limit without one, every queue's own memory is looked at. Source:
 * Linux amdkfd/kfd_events.c; libhsakmt/src/events.c.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIXED_EVENTS = 3 };
#define EVENT_THREAD_NAME "gpu-events"

/* From one queue to the next; the cursor keeps destroy off the queue that we are in. */
static struct gpu_queue *step(struct gpu_system *sys, struct gpu_queue *after)
{
    pthread_mutex_lock(&sys->lock);
    struct gpu_queue *next = after ? after->next : sys->queues;
    sys->cursor = next;
    pthread_cond_broadcast(&sys->idle);
    pthread_mutex_unlock(&sys->lock);
    return next;
}

/* Until no queue has anything to do: one queue's progress may be what another waits for. Returns for how long
 * all of them may be left alone. */
static unsigned service_all(struct gpu_system *sys)
{
    unsigned limit_ms;
    bool progress;
    do {
        progress = false;
        limit_ms = IDLE_LIMIT_MS;
        for (struct gpu_queue *queue = step(sys, NULL); queue; queue = step(sys, queue)) {
            progress |= queue_service(queue);
            unsigned patience = queue_patience_ms(queue);
            if (patience < limit_ms)
                limit_ms = patience;
        }
    } while (progress);
    return limit_ms;
}

/* The events to wait for; NULL if there is no memory. */
static struct kfd_event_data *list_events(struct gpu_system *sys, unsigned *n)
{
    pthread_mutex_lock(&sys->lock);
    unsigned count = FIXED_EVENTS;
    for (struct gpu_queue *queue = sys->queues; queue; queue = queue->next)
        count++;
    struct kfd_event_data *events = calloc(count, sizeof *events);
    if (events) {
        events[0].event_id = sys->memory_event;
        events[1].event_id = sys->hw_event;
        events[2].event_id = sys->wake_event;
        unsigned i = FIXED_EVENTS;
        for (struct gpu_queue *queue = sys->queues; queue; queue = queue->next)
            events[i++].event_id = queue->event_id;
    }
    pthread_mutex_unlock(&sys->lock);
    *n = count;
    return events;
}

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

static void wait_once(struct gpu_system *sys, unsigned limit_ms)
{
    unsigned n;
    struct kfd_event_data *events = list_events(sys, &n);
    int rc = events ? kfd_wait_events(&sys->kfd, events, n, limit_ms) : -ENOMEM;
    if (!rc && events[0].memory.gpu_id)
        fault_memory(sys, &events[0].memory);
    if (!rc && events[1].hw.gpu_id)
        fault_hardware(sys, &events[1].hw);
    if (rc && rc != -ETIME) /* may have taken an event and lost it */
        fault_missed(sys);
    else
        fault_missed_resets(sys);
    if (rc && rc != -ETIME) /* at least no processor burns */
        pause_ms(rc == -EIO || rc == -EINVAL ? HELD_LIMIT_MS : BUSY_LIMIT_MS);
    free(events);
}

static void *event_main(void *arg)
{
    struct gpu_system *sys = arg;
    while (!atomic_load(&sys->stop))
        wait_once(sys, service_all(sys));
    return NULL;
}

int watch_start(struct gpu_system *sys)
{
    int rc = thread_start(&sys->event_thread, EVENT_THREAD_NAME, event_main, sys);
    if (rc)
        return gpu_err(rc, "cannot start the event thread: %s", strerror(-rc));
    sys->event_thread_runs = true;
    smi_open(sys);
    return 0;
}

void watch_stop(struct gpu_system *sys)
{
    smi_close(sys);
    if (!sys->event_thread_runs)
        return;
    atomic_store(&sys->stop, true);
    event_wake(sys);
    pthread_join(sys->event_thread, NULL);
    sys->event_thread_runs = false;
}
