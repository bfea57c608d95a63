/*
 * ring.c - what stands in a queue's ring, packet by packet, while the GPU may be at it.
 *
 * Invariant: decoding begins where a packet begins. No packet crosses the ring's end, so the start of a lap
 * is such a place as long as the next lap has not written over it; else the oldest packet that is not free
 * is.
 */
#include "internal.h"
#include "ring_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct kind {
    unsigned unit; /* of head and tail, bytes */
    unsigned (*text)(const uint32_t *p, unsigned left, char *text, size_t size);
};

static struct kind kind_of(const struct gpu_queue *queue)
{
    if (queue->ops == &sdma_ops)
        return (struct kind){1, ring_text_sdma};
    if (queue->ops == &aql_ops)
        return (struct kind){64, ring_text_aql};
    return (struct kind){4, ring_text_pm4};
}

struct snapshot {
    uint64_t from, head, read; /* in bytes, never wrapping */
    uint32_t ring_bytes;
    uint8_t *ring;
};

/* SDMA engines count in bytes, the others in their units; all of them without an end or modulo the ring. */
static uint64_t read_position(const struct gpu_queue *queue, uint64_t head, unsigned unit)
{
    uint64_t mask = queue->ring_bytes - 1, read = atomic_load(queue->read_pointer) * unit;
    uint64_t behind = (head - read) & mask;
    return behind > head ? 0 : head - behind;
}

/* Under the lock. */
static int take(struct gpu_queue *queue, unsigned unit, struct snapshot *out)
{
    uint64_t head = queue->flushed * unit, tail = queue->tail * unit,
             lap = ~(uint64_t)(queue->ring_bytes - 1);
    uint8_t *ring = malloc(queue->ring_bytes);
    if (!ring)
        return gpu_err(-ENOMEM, "no memory for a copy of the ring");
    memcpy(ring, queue->ring.cpu, queue->ring_bytes);
    *out = (struct snapshot){.head = head,
                             .read = read_position(queue, head, unit),
                             .from = (head & lap) == (tail & lap) || (head & ~lap) == 0 ? tail & lap : tail,
                             .ring_bytes = queue->ring_bytes,
                             .ring = ring};
    return 0;
}

int gpu_queue_ring(struct gpu_queue *queue, void (*each)(void *ctx, const struct gpu_packet *packet),
                   void *ctx)
{
    struct kind kind = kind_of(queue);
    struct snapshot snapshot;
    char text[400];
    pthread_mutex_lock(&queue->lock);
    int rc = take(queue, kind.unit, &snapshot);
    pthread_mutex_unlock(&queue->lock);
    if (rc)
        return rc;
    for (uint64_t at = snapshot.from; at < snapshot.head;) {
        uint64_t inside = at & (snapshot.ring_bytes - 1), left = snapshot.ring_bytes - inside;
        if (left > snapshot.head - at)
            left = snapshot.head - at;
        unsigned dwords = kind.text((const uint32_t *)(void *)(snapshot.ring + inside), (unsigned)left / 4,
                                    text, sizeof text);
        struct gpu_packet packet = {.offset = (uint32_t)inside,
                                    .dwords = dwords,
                                    .done = at + dwords * 4ull <= snapshot.read,
                                    .next = snapshot.read >= at && snapshot.read < at + dwords * 4ull,
                                    .text = text};
        each(ctx, &packet);
        at += dwords * 4ull;
    }
    free(snapshot.ring);
    return 0;
}
