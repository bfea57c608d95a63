/*
 * timeline.c - a queue's progress as a word in memory that other queues can wait for.
 *
 * It has the layout of AMD's HSA signal (ROCr inc/amd_hsa_signal.h: kind at 0, value at 8), because the
 * command processor can wait for and decrement only that. value = INT64_MAX - commands done. SDMA writes 32
 * bits at a time: the low word with each command, the high word right after when it changes. In between a
 * reader sees less than there was, never more, and the reader here does not go back.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

enum { SIGNAL_KIND_USER = 1 };

struct signal_words {
    int64_t kind;
    _Atomic uint64_t value;
};

static struct signal_words *words(const struct timeline *timeline)
{
    return timeline->bo.cpu;
}

int timeline_create(struct gpu *gpu, struct timeline **out)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);
    if (!timeline)
        return gpu_err(-ENOMEM, "no memory for a timeline");
    int rc = bo_create(gpu, BO_GTT, PAGE_BYTES, true, &timeline->bo);
    if (rc) {
        free(timeline);
        return rc;
    }
    timeline->refs = 1;
    words(timeline)->kind = SIGNAL_KIND_USER;
    atomic_store(&words(timeline)->value, timeline_value(0));
    *out = timeline;
    return 0;
}

struct timeline *timeline_ref(struct timeline *timeline)
{
    atomic_fetch_add(&timeline->refs, 1);
    return timeline;
}

void timeline_unref(struct timeline *timeline)
{
    if (!timeline || atomic_fetch_sub(&timeline->refs, 1) != 1)
        return;
    bo_free(&timeline->bo);
    free(timeline);
}

uint64_t timeline_read(struct timeline *timeline)
{
    uint64_t seq = (uint64_t)INT64_MAX - atomic_load_explicit(&words(timeline)->value, memory_order_acquire);
    uint64_t seen = atomic_load(&timeline->seen);
    while (seq > seen && !atomic_compare_exchange_weak(&timeline->seen, &seen, seq))
        ;
    return seq > seen ? seq : seen;
}

void timeline_set(struct timeline *timeline, uint64_t seq)
{
    atomic_store(&words(timeline)->value, timeline_value(seq));
}

void timeline_release(struct timeline *timeline, uint64_t completed)
{
    atomic_store(&timeline->released, completed + 1);
    atomic_store(&words(timeline)->value, 0); /* satisfies every comparison that a waiter may have made */
}
