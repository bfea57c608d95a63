/*
 * sdma.c - the copy engines: reads packets from a ring and does what they say.
 *
 * One row per packet in a table, one row per hardware version for what differs between versions. Packets are
 * done in order and completely before the read pointer passes them. Everything that real engines answer with
 * a hang (an unknown packet, one that crosses the ring's end, a misaligned address) stops the queue here as
 * well, and says what and where.
 *
 * Facts: sdma_packets.h. That an indirect buffer's packet ends on 8 dwords: the kernel's
 * sdma_v4_0_ring_emit_ib.
 */
#include "queue.h"
#include "sdma.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IB_ALIGN_DWORDS = 8 };

static const struct sdma_dialect dialects[] = {
    [SIM_SDMA_4_4_0] = {"4.4.0", 0x003fffff, 0x003fffff, false, 14, 11, 13, false},
    [SIM_SDMA_4_4_2] = {"4.4.2", 0x003fffff, 0x003fffff, false, 14, 11, 13, false},
    [SIM_SDMA_4_4_5] = {"4.4.5", 0x003fffff, 0x003fffff, false, 14, 11, 13, false},
    [SIM_SDMA_5_2] = {"5.2", 0x3fffffff, 0x003fffff, true, 14, 11, 13, false},
    [SIM_SDMA_6_0] = {"6.0", 0x3fffffff, 0x3fffffff, true, 14, 13, 13, false},
    [SIM_SDMA_7_0] = {"7.0", 0x3fffffff, 0x3fffffff, true, 16, 14, 16, true},
};

/* ---- stopping ---- */

bool sdma_bad(struct sdma *s, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sim_report(s->queue->gpu, "sdma%u queue %u: %s (packet 0x%08x at %s offset 0x%llx)", s->queue->engine,
               s->queue->id, text, s->p[0], s->indirect ? "buffer" : "ring", (unsigned long long)s->where);
    sim_engine_halt(s->queue);
    return false;
}

bool sdma_aligned(struct sdma *s, uint64_t va, unsigned bytes)
{
    return va % bytes == 0 ||
           sdma_bad(s, "address 0x%llx is not %u-byte aligned", (unsigned long long)va, bytes);
}

bool sdma_within_budget(struct sdma *s)
{
    if (sim_heap_within_budget())
        return true;
    sdma_bad(s, "the host memory for simulated GPUs (option ram) is used up");
    sim_engine_calls.hw_exception(s->queue->gpu, 0, 0, true);
    return false;
}

static bool run_nop(struct sdma *s)
{
    (void)s;
    return true;
}

static bool run_cond(struct sdma *s)
{
    bool equal;
    if (!sdma_aligned(s, sdma_address(s, 1), 4) || !sdma_poll(s, SDMA_EQUAL, s->p[3], UINT32_MAX, &equal))
        return false;
    if (!equal)
        s->skip = SDMA_BITS(s->p[4], 13, 0);
    return true;
}

static bool run_indirect(struct sdma *s);

static const struct sdma_packet packets[] = {
    {SDMA_NOP, 0, "NOP", 1, sdma_nop_extra, run_nop, true, true},
    {SDMA_COPY, SDMA_LINEAR, "COPY", 7, sdma_copy_extra, sdma_copy, true, true},
    {SDMA_COPY, SDMA_LINEAR_SUB_WINDOW, "COPY sub-window", 13, NULL, sdma_copy_window, true, true},
    {SDMA_WRITE, SDMA_LINEAR, "WRITE", 4, sdma_write_extra, sdma_write, true, true},
    {SDMA_INDIRECT, 0, "INDIRECT", 6, NULL, run_indirect, true, true},
    {SDMA_FENCE, 0, "FENCE", 4, NULL, sdma_fence, true, true},
    {SDMA_TRAP, 0, "TRAP", 2, NULL, sdma_trap, true, true},
    {SDMA_POLL_REGMEM, 0, "POLL_REGMEM", 6, NULL, sdma_poll_regmem, true, true},
    {SDMA_COND_EXE, 0, "COND_EXE", 5, NULL, run_cond, true, true},
    {SDMA_ATOMIC, 0, "ATOMIC", 8, NULL, sdma_atomic, true, true},
    {SDMA_CONST_FILL, 0, "CONST_FILL", 5, NULL, sdma_fill, true, true},
    {SDMA_TIMESTAMP, SDMA_TIMESTAMP_SET, "TIMESTAMP", 3, NULL, sdma_timestamp, true, true},
    {SDMA_TIMESTAMP, SDMA_TIMESTAMP_GET, "TIMESTAMP", 3, NULL, sdma_timestamp, true, true},
    {SDMA_TIMESTAMP, SDMA_TIMESTAMP_GET_GLOBAL, "TIMESTAMP", 3, NULL, sdma_timestamp, true, true},
    {SDMA_DUMMY_TRAP_V4, 0, "DUMMY_TRAP", 2, NULL, run_nop, true, false},
    {SDMA_DUMMY_TRAP_V5, 0, "DUMMY_TRAP", 2, NULL, run_nop, false, true},
    {SDMA_GCR_REQ, 0, "GCR_REQ", 5, NULL, run_nop, false, true}, /* caches: there are none */
    {SDMA_GCR_REQ, SDMA_USER_GCR, "GCR_REQ", 5, NULL, run_nop, false, true},
};

/* ---- the engine ---- */

static const struct sdma_packet *packet_find(const struct sdma *s)
{
    unsigned op = SDMA_BITS(s->p[0], 7, 0), sub = SDMA_BITS(s->p[0], 15, 8);
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++)
        if (packets[i].op == op && packets[i].sub == sub && (s->dialect->v5 ? packets[i].v5 : packets[i].v4))
            return &packets[i];
    return NULL;
}

/* Runs the packet at s->at. Returns its length in dwords, or 0 if the queue has stopped. */
static uint64_t packet_run(struct sdma *s)
{
    uint32_t have = s->left < SDMA_PACKET_DWORDS ? s->left : SDMA_PACKET_DWORDS;
    memset(s->p, 0, sizeof s->p);
    memcpy(s->p, s->at, have * sizeof *s->p);
    const struct sdma_packet *packet = packet_find(s);
    if (!packet)
        return sdma_bad(s, "op %u sub-op %u is not a packet of SDMA %s that the simulator knows",
                        SDMA_BITS(s->p[0], 7, 0), SDMA_BITS(s->p[0], 15, 8), s->dialect->name);
    uint64_t dwords = packet->dwords;
    if (packet->extra && have >= dwords)
        dwords += packet->extra(s);
    if (dwords > s->left)
        return sdma_bad(s,
                        "%s of %llu dwords crosses the end (of the ring, or of what was submitted): %u left",
                        packet->name, (unsigned long long)dwords, s->left);
    if (s->skip) {
        s->skip -= dwords < s->skip ? (uint32_t)dwords : s->skip;
        return dwords;
    }
    return packet->run(s) ? dwords : 0;
}

static bool indirect_packets(struct sdma *outer, const uint32_t *buffer, uint32_t dwords)
{
    struct sdma s = *outer;
    s.indirect = true;
    s.skip = 0;
    for (uint32_t i = 0; i < dwords;) {
        s.at = buffer + i;
        s.left = dwords - i;
        s.where = i * 4;
        uint64_t n = packet_run(&s);
        if (!n)
            return false;
        i += (uint32_t)n;
    }
    outer->local_clock = s.local_clock;
    return true;
}

/* A copy of the indirect buffer runs: a packet in it may take long, and no address may be held meanwhile. */
static bool run_indirect(struct sdma *s)
{
    uint64_t base = sdma_address(s, 1);
    uint32_t dwords = SDMA_BITS(s->p[3], 19, 0);
    if (s->indirect)
        return sdma_bad(s, "INDIRECT inside an indirect buffer");
    if (!sdma_aligned(s, base, 32))
        return false;
    if ((s->where / 4 + 6) % IB_ALIGN_DWORDS)
        return sdma_bad(s, "INDIRECT does not end on a multiple of %u dwords", IB_ALIGN_DWORDS);
    if (!dwords)
        return true;
    uint32_t *buffer = malloc((size_t)dwords * 4);
    if (!buffer)
        return sdma_within_budget(s) &&
               sdma_bad(s, "no host memory for an indirect buffer of %u dwords", dwords);
    bool ok =
        sim_engine_read(s->queue, base, buffer, (size_t)dwords * 4) && indirect_packets(s, buffer, dwords);
    free(buffer);
    return ok;
}

/* Is the write pointer that the doorbell brought possible? */
static bool wptr_check(struct sdma *s)
{
    memset(s->p, 0, sizeof s->p);
    s->where = s->rptr % s->queue->ring_bytes;
    if (s->wptr % 4)
        return sdma_bad(s, "write pointer 0x%llx is not a multiple of 4", (unsigned long long)s->wptr);
    if (s->wptr < s->rptr || s->wptr - s->rptr > s->queue->ring_bytes)
        return sdma_bad(
            s, "write pointer 0x%llx does not follow read pointer 0x%llx within a ring of 0x%x bytes",
            (unsigned long long)s->wptr, (unsigned long long)s->rptr, s->queue->ring_bytes);
    return true;
}

/* Runs everything up to the write pointer. */
static void ring_run(struct sdma *s)
{
    struct sim_queue *q = s->queue;
    while (s->rptr < s->wptr) {
        sim_engine_rest(q);
        if (!sim_queue_alive(q))
            return;
        uint64_t offset = s->rptr % q->ring_bytes, submitted = s->wptr - s->rptr;
        uint64_t to_end = q->ring_bytes - offset;
        s->at = (const uint32_t *)(q->ring + offset);
        s->left = (uint32_t)((submitted < to_end ? submitted : to_end) / 4);
        s->where = offset;
        uint64_t dwords = packet_run(s);
        if (!dwords)
            return;
        s->rptr += dwords * 4;
        if (!sim_spiteful(SPITE_READ_POINTER, 2) || s->rptr == s->wptr)
            atomic_store_explicit(q->rptr, s->rptr, memory_order_release);
    }
}

/* A queue that is mapped takes its write pointer from memory [kfd_mqd_manager_v9.c, load_mqd_sdma],
 * afterwards from the doorbell alone: a client that forgets to ring must wait here as well. */
void sim_sdma_run(struct sim_queue *queue)
{
    struct sdma s = {.queue = queue, .dialect = &dialects[queue->gpu->model->sdma_version]};
    uint64_t seen = SIM_DOORBELL_UNRUNG;
    s.rptr = atomic_load(queue->rptr);
    s.wptr = queue->mapped_wptr;
    while (sim_queue_alive(queue) && wptr_check(&s)) {
        ring_run(&s);
        atomic_store_explicit(queue->rptr, s.rptr, memory_order_release);
        if (!sim_doorbell_wait(queue, seen))
            break;
        s.wptr = seen = atomic_load_explicit(queue->doorbell, memory_order_acquire);
    }
}
