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

/* What the packet's indirect buffer holds, if it is one of ours, which lie behind the queue's pointers. */
static const uint32_t *indirect(const struct gpu_queue *queue, const uint32_t *p, unsigned dwords,
                                unsigned *length)
{
    uint64_t va, bytes = queue->control.bytes;
    if (queue->ops == &sdma_ops || !ring_text_indirect(p, dwords, queue->ops == &aql_ops, &va, length))
        return NULL;
    uint64_t at = va - bo_va(&queue->control);
    return at < bytes && *length * 4ull <= bytes - at ? (const uint32_t *)queue->control.cpu + at / 4 : NULL;
}

struct walk {
    void (*each)(void *ctx, const struct gpu_packet *packet);
    void *ctx;
    char text[400];
};

static void walk_buffer(struct walk *walk, const uint32_t *p, unsigned length)
{
    for (unsigned at = 0, n; at < length; at += n) {
        n = ring_text_pm4(p + at, length - at, walk->text, sizeof walk->text);
        struct gpu_packet packet = {.offset = at * 4, .dwords = n, .inner = true, .text = walk->text};
        if (strcmp(walk->text, "NOP") != 0)
            walk->each(walk->ctx, &packet);
    }
}

static void walk_ring(struct gpu_queue *queue, struct kind kind, const struct snapshot *s, struct walk *walk)
{
    for (uint64_t at = s->from; at < s->head;) {
        uint64_t inside = at & (s->ring_bytes - 1), left = s->ring_bytes - inside;
        if (left > s->head - at)
            left = s->head - at;
        const uint32_t *p = (const uint32_t *)(void *)(s->ring + inside);
        unsigned n = kind.text(p, (unsigned)left / 4, walk->text, sizeof walk->text), length;
        struct gpu_packet packet = {.offset = (uint32_t)inside,
                                    .dwords = n,
                                    .done = at + n * 4ull <= s->read,
                                    .next = s->read >= at && s->read < at + n * 4ull,
                                    .text = walk->text};
        walk->each(walk->ctx, &packet);
        const uint32_t *buffer = packet.done ? NULL : indirect(queue, p, n, &length);
        if (buffer)
            walk_buffer(walk, buffer, length);
        at += n * 4ull;
    }
}

int gpu_queue_ring(struct gpu_queue *queue, void (*each)(void *ctx, const struct gpu_packet *packet),
                   void *ctx)
{
    struct kind kind = kind_of(queue);
    struct walk walk = {.each = each, .ctx = ctx};
    struct snapshot snapshot;
    pthread_mutex_lock(&queue->lock); /* all the while: buffers are reused */
    int rc = take(queue, kind.unit, &snapshot);
    if (!rc) {
        walk_ring(queue, kind, &snapshot, &walk);
        free(snapshot.ring);
    }
    pthread_mutex_unlock(&queue->lock);
    return rc;
}
