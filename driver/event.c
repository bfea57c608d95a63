/*
 * event.c - interrupts: the event page and the kernel's events. Who waits for them is watch.c.
 *
 * Source: Linux amdkfd/kfd_events.c; libhsakmt/src/events.c.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t event_slot(struct gpu_system *sys, uint32_t event_id)
{
    return bo_va(&sys->event_page) + event_id * sizeof(uint64_t);
}

static bool take_spare(struct gpu_system *sys, uint32_t *event_id)
{
    pthread_mutex_lock(&sys->lock);
    bool there = sys->n_spare_events > 0;
    if (there)
        *event_id = sys->spare_events[--sys->n_spare_events];
    pthread_mutex_unlock(&sys->lock);
    if (there)
        atomic_store((_Atomic uint64_t *)(uintptr_t)event_slot(sys, *event_id), UINT64_MAX);
    return there;
}

int event_create(struct gpu_system *sys, uint32_t *event_id)
{
    uint32_t id;
    if (take_spare(sys, event_id))
        return 0;
    int rc = kfd_create_event(&sys->kfd, KFD_EVENT_SIGNAL, 0, &id);
    if (rc)
        return rc;
    if (id >= EVENT_PAGE_BYTES / sizeof(uint64_t)) {
        kfd_destroy_event(&sys->kfd, id);
        return gpu_err(-ENOSPC, "event %u is outside of the event page", id);
    }
    *event_id = id;
    return 0;
}

/* A wait one of whose events is destroyed meanwhile fails, and with it goes what it has already taken of the
 * others: a fault would be lost (kfd_wait_on_events() gives back only what a signal interrupts). So events
 * are kept for the next queue. */
void event_release(struct gpu_system *sys, uint32_t event_id)
{
    pthread_mutex_lock(&sys->lock);
    if (sys->n_spare_events == sys->spare_capacity) {
        unsigned capacity = sys->spare_capacity * 2 + 16;
        uint32_t *longer = realloc(sys->spare_events, capacity * sizeof *longer);
        if (longer) {
            sys->spare_events = longer;
            sys->spare_capacity = capacity;
        }
    }
    bool kept = sys->n_spare_events < sys->spare_capacity;
    if (kept)
        sys->spare_events[sys->n_spare_events++] = event_id;
    pthread_mutex_unlock(&sys->lock);
    if (!kept)
        kfd_destroy_event(&sys->kfd, event_id);
}

void event_wake(struct gpu_system *sys)
{
    kfd_set_event(&sys->kfd, sys->wake_event);
}

void system_report(struct gpu_system *sys, const struct gpu_event *event)
{
    if (sys->on_event)
        sys->on_event(sys->ctx, event);
}

int event_open(struct gpu_system *sys)
{
    unsigned first = 0;
    while (sys->gpus[first].absent)
        first++;
    int rc = bo_create(&sys->gpus[first], BO_GTT, EVENT_PAGE_BYTES, true, &sys->event_page);
    if (rc)
        return rc;
    memset(sys->event_page.cpu, 0xff, EVENT_PAGE_BYTES); /* all slots unsignalled */
    rc = kfd_create_event(&sys->kfd, KFD_EVENT_SIGNAL, sys->event_page.handle, &sys->wake_event);
    if (!rc)
        rc = kfd_create_event(&sys->kfd, KFD_EVENT_MEMORY, 0, &sys->memory_event);
    if (!rc)
        rc = kfd_create_event(&sys->kfd, KFD_EVENT_HW_EXCEPTION, 0, &sys->hw_event);
    return rc;
}

void event_close(struct gpu_system *sys)
{
    uint32_t ids[] = {sys->memory_event, sys->hw_event, sys->wake_event};
    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i])
            kfd_destroy_event(&sys->kfd, ids[i]);
    while (sys->n_spare_events)
        kfd_destroy_event(&sys->kfd, sys->spare_events[--sys->n_spare_events]);
    free(sys->spare_events);
    bo_free(&sys->event_page); /* the kernel keeps its half until the process ends */
}
