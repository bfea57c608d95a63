/*
 * sdma.c - SDMA queues: commands become packets in the ring.
 *
 * A command is: timestamp, cache invalidate, its packets, cache write-back, timestamp, FENCE of the timeline.
 * The interrupt (FENCE of the event's slot, TRAP) comes once per doorbell, or every quarter of the ring.
 * Invariant: a packet never crosses the ring's end (zero dwords, NOPs, fill it up), and the ring is never
 * full. Room is freed by what has completed, never by the read pointer, which is not exact. A command too
 * large for the ring goes in parts; each part ends in a FENCE of the position up to which the ring is free
 * again.
 */
#include "internal.h"
#include "sdma.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    /* Kept free beyond any packet, for the end of a command (22 dwords), of a part (4) and the interrupt (6),
     * each of which may have to be pushed past the ring's end. */
    RESERVE_BYTES = 256,
    RECT_ALIGN = 4, /* ROCr: BuildCopyRectCommand */
    PROLOGUE_DWORDS = SDMA_TIMESTAMP_DWORDS + SDMA_GCR_DWORDS,
    /* In the control buffer: the position word, the probe's answer, then two stamps per slot. */
    PROBE_AT = 64,
    PROBE_ANSWER = 1,
    STAMP_AT = PAGE_BYTES,
    STAMP_BYTES = 64,
    STAMP_END = 32, /* the engine wants stamps at multiples of 32 (ROCr) */
};

/* ---- the ring ---- */

static uint64_t position_va(const struct gpu_queue *queue)
{
    return bo_va(&queue->control);
}

static uint64_t stamp_at(const struct gpu_queue *queue, uint64_t seq)
{
    return STAMP_AT + seq % queue->slots * STAMP_BYTES;
}

static uint64_t padding(const struct gpu_queue *queue, uint64_t bytes)
{
    uint64_t left = queue->ring_bytes - (queue->head & (queue->ring_bytes - 1));
    return bytes > left ? left : 0;
}

/* Parts of a command tell how far they came in 32 bits. */
static void reclaim(struct gpu_queue *queue)
{
    uint32_t position = atomic_load_explicit((_Atomic uint32_t *)queue->control.cpu, memory_order_acquire);
    uint32_t ahead = position - (uint32_t)queue->tail;
    if (ahead <= queue->head - queue->tail)
        queue->tail += ahead;
}

static bool has_room(const struct gpu_queue *queue, unsigned dwords)
{
    uint64_t bytes = dwords * 4;
    return queue->head - queue->tail + padding(queue, bytes) + bytes + RESERVE_BYTES < queue->ring_bytes;
}

/* So many dwords in one piece; the caller knows that there is room. */
static uint32_t *take(struct gpu_queue *queue, unsigned dwords)
{
    uint64_t bytes = dwords * 4, pad = padding(queue, bytes);
    uint8_t *ring = queue->ring.cpu;
    memset(ring + (queue->head & (queue->ring_bytes - 1)), 0, pad);
    queue->head += pad;
    uint32_t *p = (uint32_t *)(ring + (queue->head & (queue->ring_bytes - 1)));
    queue->head += bytes;
    return p;
}

static void put_interrupt(struct gpu_queue *queue)
{
    uint64_t slot = event_slot(queue->gpu->sys, queue->event_id);
    uint32_t *p = take(queue, SDMA_FENCE_DWORDS + SDMA_TRAP_DWORDS);
    sdma_trap(sdma_fence(p, queue->gpu->target, slot, queue->event_id), queue->event_id);
    queue->interrupted = queue->head;
}

static void put_position(struct gpu_queue *queue)
{
    uint32_t *p = take(queue, SDMA_FENCE_DWORDS);
    sdma_fence(p, queue->gpu->target, position_va(queue), (uint32_t)(queue->head - SDMA_FENCE_DWORDS * 4));
}

static void sdma_flush(struct gpu_queue *queue)
{
    if (queue->head == queue->flushed)
        return;
    if (queue->interrupted != queue->head)
        put_interrupt(queue);
    queue->flushed = queue->head;
    atomic_store_explicit(queue->write_pointer, queue->head, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst); /* the doorbell must not overtake ring and pointer */
    atomic_store_explicit(queue->doorbell, queue->head, memory_order_release);
}

/* ---- commands ---- */

static void put_prologue(struct gpu_queue *queue, const struct command *command)
{
    bool gcr = queue->gpu->target->sdma_gcr;
    uint32_t *p = take(queue, SDMA_TIMESTAMP_DWORDS + (gcr ? SDMA_GCR_DWORDS : 0));
    p = sdma_timestamp(p, bo_va(&queue->control) + stamp_at(queue, command->seq));
    if (gcr)
        sdma_gcr(p, true);
}

static void put_epilogue(struct gpu_queue *queue, struct command *command)
{
    const struct target *target = queue->gpu->target;
    bool high = command->seq >> 32 != (command->seq - 1) >> 32;
    uint64_t value = timeline_value(command->seq), at = timeline_va(queue->timeline);
    unsigned fences = high ? 2 : 1;
    uint32_t *p = take(queue, (target->sdma_gcr ? SDMA_GCR_DWORDS : 0) + SDMA_TIMESTAMP_DWORDS +
                                  fences * SDMA_FENCE_DWORDS);
    command->ring_free = queue->head - fences * SDMA_FENCE_DWORDS * 4;
    if (target->sdma_gcr)
        p = sdma_gcr(p, false);
    p = sdma_timestamp(p, bo_va(&queue->control) + stamp_at(queue, command->seq) + STAMP_END);
    p = sdma_fence(p, target, at, (uint32_t)value);
    if (high)
        sdma_fence(p, target, at + 4, (uint32_t)(value >> 32));
    if (queue->head - queue->interrupted > queue->ring_bytes / 4)
        put_interrupt(queue);
}

/* Bytes of data that the next packet of a copy, fill or write takes. */
static uint32_t next_part(const struct gpu_queue *queue, const struct command *command)
{
    const struct target *target = queue->gpu->target;
    uint64_t most = command->c.op == GPU_COPY    ? target->sdma_copy_bytes
                    : command->c.op == GPU_WRITE ? queue->ring_bytes / 4
                                                 : target->sdma_fill_bytes;
    uint64_t left = command->c.bytes - command->emitted_bytes;
    return (uint32_t)(left < most ? left : most);
}

static unsigned part_dwords(const struct gpu_command *c, uint32_t bytes)
{
    if (c->op == GPU_COPY)
        return c->dst2 ? SDMA_BROADCAST_DWORDS : SDMA_COPY_DWORDS;
    return c->op == GPU_WRITE ? SDMA_WRITE_DWORDS + bytes / 4 : SDMA_FILL_DWORDS;
}

static void put_part(uint32_t *p, const struct gpu_command *c, uint64_t at, uint32_t bytes)
{
    if (c->op == GPU_COPY && c->dst2)
        sdma_copy_broadcast(p, c->dst + at, c->dst2 + at, c->src + at, bytes);
    else if (c->op == GPU_COPY)
        sdma_copy(p, c->dst + at, c->src + at, bytes);
    else if (c->op == GPU_FILL)
        sdma_fill(p, c->dst + at, (uint32_t)c->value, bytes);
    else if (c->op == GPU_FILL_BYTES)
        sdma_fill_bytes(p, c->dst + at, (uint8_t)c->value, bytes);
    else
        sdma_write(p, c->dst + at, (const uint8_t *)c->data + at, bytes / 4);
}

/* False: the ring is full, go on later. */
static bool put_parts(struct gpu_queue *queue, struct command *command)
{
    while (command->emitted_bytes < command->c.bytes) {
        uint32_t bytes = next_part(queue, command);
        unsigned dwords = part_dwords(&command->c, bytes);
        if (!has_room(queue, dwords))
            return false;
        put_part(take(queue, dwords), &command->c, command->emitted_bytes, bytes);
        command->emitted_bytes += bytes;
    }
    return true;
}

/* ---- rectangles ---- */

/* The largest element, up to 16 bytes, that width, pitches and addresses are multiples of. */
static unsigned element_of(const struct gpu_command *c)
{
    return (unsigned)__builtin_ctzll(c->bytes | c->dst_pitch | c->src_pitch | c->dst | c->src | 16);
}

/* A packet takes so many elements in each direction; tiles start at multiples of that. */
static uint64_t tiles(const struct gpu_queue *queue, uint64_t elements)
{
    return (elements + (1u << queue->gpu->target->sdma_rect_xy_bits) - 1) >>
           queue->gpu->target->sdma_rect_xy_bits;
}

static uint32_t tile_part(const struct gpu_queue *queue, uint64_t elements, uint64_t tile)
{
    uint64_t most = (uint64_t)1 << queue->gpu->target->sdma_rect_xy_bits, left = elements - tile * most;
    return (uint32_t)(left < most ? left : most);
}

static void put_tile(struct gpu_queue *queue, const struct gpu_command *c, uint64_t x, uint64_t y)
{
    const struct target *target = queue->gpu->target;
    unsigned element = element_of(c);
    uint64_t column = (x << target->sdma_rect_xy_bits) << element, row = y << target->sdma_rect_xy_bits;
    struct sdma_rect rect = {.dst = c->dst + row * c->dst_pitch + column,
                             .src = c->src + row * c->src_pitch + column,
                             .element = element,
                             .width = tile_part(queue, c->bytes >> element, x),
                             .height = tile_part(queue, c->rows, y),
                             .dst_pitch = (uint32_t)(c->dst_pitch >> element),
                             .src_pitch = (uint32_t)(c->src_pitch >> element)};
    sdma_copy_rect(take(queue, SDMA_RECT_DWORDS), target, &rect);
}

/* emitted_bytes counts tiles. False: the ring is full, go on later. */
static bool put_rect(struct gpu_queue *queue, struct command *command)
{
    const struct gpu_command *c = &command->c;
    uint64_t across = tiles(queue, c->bytes >> element_of(c)), all = across * tiles(queue, c->rows);
    for (; command->emitted_bytes < all; command->emitted_bytes++) {
        if (!has_room(queue, SDMA_RECT_DWORDS))
            return false;
        put_tile(queue, c, command->emitted_bytes % across, command->emitted_bytes / across);
    }
    return true;
}

static int check_rect(const struct gpu_queue *queue, const struct gpu_command *c)
{
    const struct target *target = queue->gpu->target;
    uint64_t pitch = c->dst_pitch > c->src_pitch ? c->dst_pitch : c->src_pitch,
             limit = (uint64_t)1 << (32 - target->sdma_rect_pitch_shift) << element_of(c);
    if ((c->dst | c->src | c->dst_pitch | c->src_pitch) % RECT_ALIGN)
        return gpu_err(-EINVAL, "a rectangle's addresses and pitches must be multiples of %d", RECT_ALIGN);
    if (c->dst_pitch < c->bytes || c->src_pitch < c->bytes || !c->bytes || !c->rows)
        return gpu_err(-EINVAL, "a rectangle of %" PRIu64 " bytes in rows of %" PRIu64 " and %" PRIu64,
                       c->bytes, c->src_pitch, c->dst_pitch);
    if (pitch > limit)
        return gpu_err(-ERANGE, "a rectangle's rows are %" PRIu64 " bytes apart: at most %" PRIu64, pitch,
                       limit);
    return 0;
}

/* POLL compares 32 bits of the other's timeline, which counts down; see timeline_comparable32(). */
static bool must_hold(const struct command *command)
{
    uint64_t seq = command->c.value, now = timeline_read(command->timeline);
    return now < seq && !atomic_load(&command->timeline->released) &&
           (now >> 32 != seq >> 32 || !timeline_comparable32(seq));
}

static void put_wait_queue(struct gpu_queue *queue, const struct command *command)
{
    uint64_t seq = command->c.value;
    if (timeline_read(command->timeline) >= seq || atomic_load(&command->timeline->released))
        return;
    sdma_poll(take(queue, SDMA_POLL_DWORDS), timeline_va(command->timeline), GPU_LE,
              (uint32_t)timeline_value(seq), UINT32_MAX);
}

/* The ring's size is a multiple of the alignment: single dwords never need its end to be filled up. */
static void put_indirect(struct gpu_queue *queue, const struct gpu_command *c)
{
    while ((queue->head / 4 + SDMA_INDIRECT_DWORDS) % SDMA_INDIRECT_ALIGN)
        *take(queue, 1) = 0;
    sdma_indirect(take(queue, SDMA_INDIRECT_DWORDS), c->src, (uint32_t)(c->bytes / 4));
}

/* Commands of one packet. */
static void put_single(struct gpu_queue *queue, const struct command *command)
{
    const struct gpu_command *c = &command->c;
    if (c->op == GPU_TIMESTAMP)
        sdma_timestamp(take(queue, SDMA_TIMESTAMP_DWORDS), c->dst);
    else if (c->op == GPU_ATOMIC)
        sdma_atomic(take(queue, SDMA_ATOMIC_DWORDS), c->dst, c->atomic, c->value);
    else if (c->op == GPU_WAIT_MEM)
        sdma_poll(take(queue, SDMA_POLL_DWORDS), c->dst, c->compare, (uint32_t)c->value, (uint32_t)c->mask);
    else if (c->op == GPU_SIGNAL)
        sdma_fence(take(queue, SDMA_FENCE_DWORDS), queue->gpu->target, c->dst, (uint32_t)c->value);
    else if (c->op == GPU_INDIRECT)
        put_indirect(queue, c);
    else if (c->op == GPU_RAW)
        memcpy(take(queue, (unsigned)(c->bytes / 4)), c->data, c->bytes);
    else if (c->op == GPU_WAIT_QUEUE)
        put_wait_queue(queue, command);
}

/* At most. */
static unsigned single_dwords(const struct gpu_command *c)
{
    if (c->op == GPU_INDIRECT)
        return SDMA_INDIRECT_ALIGN + SDMA_INDIRECT_DWORDS;
    return c->op == GPU_RAW ? (unsigned)(c->bytes / 4) : SDMA_ATOMIC_DWORDS;
}

static bool has_parts(const struct gpu_command *c)
{
    return c->op == GPU_COPY || c->op == GPU_COPY_RECT || c->op == GPU_FILL || c->op == GPU_FILL_BYTES ||
           c->op == GPU_WRITE;
}

static enum emit_result sdma_emit(struct gpu_queue *queue, struct command *command)
{
    uint64_t before = queue->head;
    reclaim(queue);
    if (!command->begun) {
        if (command->c.op == GPU_WAIT_QUEUE && must_hold(command))
            return EMIT_HELD;
        if (queue->emitted - queue->completed >= queue->slots ||
            !has_room(queue, PROLOGUE_DWORDS + single_dwords(&command->c)))
            return EMIT_NO_ROOM;
        put_prologue(queue, command);
        command->begun = true;
    }
    if (!has_parts(&command->c)) {
        put_single(queue, command);
    } else if (command->c.op == GPU_COPY_RECT ? !put_rect(queue, command) : !put_parts(queue, command)) {
        if (queue->head != before)
            put_position(queue);
        return EMIT_NO_ROOM;
    }
    put_epilogue(queue, command);
    return EMIT_DONE;
}

/* ---- the rest of a queue's operations ---- */

static int sdma_check(const struct gpu_queue *queue, const struct gpu_command *c)
{
    if (c->op == GPU_DISPATCH || c->op == GPU_BARRIER)
        return gpu_err(-EOPNOTSUPP, "an SDMA queue has no %s: it copies",
                       c->op == GPU_DISPATCH ? "dispatch" : "barrier");
    if (c->op == GPU_INDIRECT && c->bytes / 4 >= 1 << 20)
        return gpu_err(-ERANGE, "packets of %" PRIu64 " bytes: an SDMA engine takes less than 4 MiB",
                       c->bytes);
    return c->op == GPU_COPY_RECT ? check_rect(queue, c) : 0;
}

static void sdma_reset(struct gpu_queue *queue)
{
    memset(queue->pointers.cpu, 0, PAGE_BYTES);
    memset(queue->ring.cpu, 0, queue->ring_bytes);
    memset(queue->control.cpu, 0, PAGE_BYTES);
}

static int sdma_open(struct gpu_queue *queue, struct kfd_create_queue *args)
{
    queue->slots = queue->ring_bytes / STAMP_BYTES;
    queue->write_pointer = queue->pointers.cpu;
    queue->read_pointer = (_Atomic uint64_t *)((uint8_t *)queue->pointers.cpu + 128);
    args->write_pointer = bo_va(&queue->pointers);
    args->read_pointer = bo_va(&queue->pointers) + 128;
    int rc = bo_create(queue->gpu, BO_GTT, STAMP_AT + (uint64_t)queue->slots * STAMP_BYTES, false,
                       &queue->control);
    if (!rc)
        sdma_reset(queue);
    return rc;
}

static void sdma_close(struct gpu_queue *queue)
{
    (void)queue;
}

static uint64_t sdma_completed(struct gpu_queue *queue)
{
    return timeline_read(queue->timeline);
}

static void sdma_times(struct gpu_queue *queue, const struct command *command, uint64_t *start, uint64_t *end)
{
    const uint8_t *stamp = (const uint8_t *)queue->control.cpu + stamp_at(queue, command->seq);
    uint64_t ticks[2];
    memcpy(&ticks[0], stamp, sizeof ticks[0]);
    memcpy(&ticks[1], stamp + STAMP_END, sizeof ticks[1]);
    *start = clock_ns(queue->gpu, ticks[0]);
    *end = clock_ns(queue->gpu, ticks[1]);
}

/* An engine may be advertised and yet never answer: each new queue is asked for a sign of life. */
static void sdma_probe(struct gpu_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    sdma_fence(take(queue, SDMA_FENCE_DWORDS), queue->gpu->target, bo_va(&queue->control) + PROBE_AT,
               PROBE_ANSWER);
    queue->probe_until_ns = clock_now() + queue->gpu->sys->probe_ns;
    sdma_flush(queue);
    pthread_mutex_unlock(&queue->lock);
}

/* Beyond that an SDMA engine reports only through the kernel's events. */
static int sdma_poll_error(struct gpu_queue *queue, char *text, size_t size)
{
    const _Atomic uint32_t *answer =
        (const _Atomic uint32_t *)((const uint8_t *)queue->control.cpu + PROBE_AT);
    if (!queue->probe_until_ns)
        return 0;
    if (atomic_load_explicit(answer, memory_order_acquire) == PROBE_ANSWER || queue->completed) {
        queue->probe_until_ns = 0;
        return 0;
    }
    if (clock_now() < queue->probe_until_ns)
        return 0;
    snprintf(text, size, "SDMA engine %d of gpu%u does not answer", queue->engine, queue->gpu->index);
    return -EIO;
}

const struct queue_ops sdma_ops = {
    .check = sdma_check,
    .open = sdma_open,
    .close = sdma_close,
    .reset = sdma_reset,
    .emit = sdma_emit,
    .flush = sdma_flush,
    .completed = sdma_completed,
    .times = sdma_times,
    .poll = sdma_poll_error,
    .probe = sdma_probe,
};
