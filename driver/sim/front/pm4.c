/*
 * pm4.c - the PM4 command processor: takes packets from a ring or an indirect buffer, in order.
 *
 * One row per packet in a table. Every packet is done before the next one begins, a dispatch with all its
 * waves, so that cache flushes and CS_PARTIAL_FLUSH hold by themselves. A packet may wrap at the ring's end.
 * Everything that hardware answers with a hang (an unknown packet, one of the wrong length, a register that
 * is not there) stops the queue here as well, and says what and where.
 *
 * A PM4 queue runs on one XCC. Facts: pm4_packets.h. Read and write pointer count dwords, the read pointer
 * within the ring only (Linux, kfd_mqd_manager_v9.c and gfx_v9_0.c, cp_hqd_pq_rptr). PRED_EXEC works in
 * indirect buffers and nowhere else: tinygrad, where MI300X's firmware was seen to pass over it in a ring.
 */
#include "pm4.h"
#include "queue.h"
#include "sim/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- stopping ---- */

bool pm4_bad(struct pm4 *s, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sim_report(s->queue->gpu, "pm4 on queue %u: %s (packet 0x%08x at %s dword 0x%llx)", s->queue->id, text,
               s->p[0], s->indirect ? "buffer" : "ring", (unsigned long long)s->where);
    sim_engine_halt(s->queue);
    return false;
}

/* ---- packets without effect on memory ---- */

static bool run_nop(struct pm4 *s)
{
    (void)s;
    return true;
}

static bool run_event(struct pm4 *s)
{
    unsigned type = PM4_BITS(s->p[1], 5, 0), index = PM4_BITS(s->p[1], 11, 8);
    return (type == PM4_EVENT_CS_PARTIAL_FLUSH && index == PM4_EVENT_INDEX_FLUSH) ||
           pm4_bad(s, "EVENT_WRITE of type 0x%x with index %u is not implemented", type, index);
}

static bool run_predicate(struct pm4 *s)
{
    if (s->indirect && !(PM4_BITS(s->p[1], 31, 24) >> s->xcc & 1))
        s->skip = PM4_BITS(s->p[1], 13, 0);
    return true;
}

static bool buffer_run(struct pm4 *s, uint64_t va, uint32_t dwords);

static bool run_indirect(struct pm4 *s)
{
    uint64_t va = pm4_pair(s, 1) & 0xffffffffffff;
    uint32_t dwords = PM4_BITS(s->p[3], 19, 0);
    bool chain = PM4_BITS(s->p[3], 20, 20);
    if (va % 4)
        return pm4_bad(s, "INDIRECT_BUFFER at 0x%llx, which is not 4-byte aligned", (unsigned long long)va);
    if (!PM4_BITS(s->p[3], 23, 23) || PM4_BITS(s->p[3], 27, 24))
        return pm4_bad(s, "INDIRECT_BUFFER without its valid bit, or with a VMID: 0x%08x", s->p[3]);
    if (chain != s->indirect)
        return pm4_bad(s, "INDIRECT_BUFFER %s", chain ? "chained in a ring" : "inside an indirect buffer");
    if (!chain)
        return buffer_run(s, va, dwords);
    s->chain_va = va;
    s->chain_size = dwords;
    return true;
}

static const struct packet {
    uint8_t op;
    const char *name;
    uint16_t least, most; /* dwords behind the header */
    bool (*run)(struct pm4 *);
} packets[] = {
    {PM4_NOP, "NOP", 1, PM4_LONGEST, run_nop},
    {PM4_DISPATCH_DIRECT, "DISPATCH_DIRECT", 4, 4, pm4_dispatch},
    {PM4_ATOMIC_MEM, "ATOMIC_MEM", 8, 8, pm4_atomic},
    {PM4_PRED_EXEC, "PRED_EXEC", 1, 1, run_predicate},
    {PM4_WRITE_DATA, "WRITE_DATA", 4, PM4_LONGEST, pm4_write_data},
    {PM4_WAIT_REG_MEM, "WAIT_REG_MEM", 6, 6, pm4_wait},
    {PM4_INDIRECT_BUFFER, "INDIRECT_BUFFER", 3, 3, run_indirect},
    {PM4_COPY_DATA, "COPY_DATA", 5, 5, pm4_copy_data},
    {PM4_EVENT_WRITE, "EVENT_WRITE", 1, 1, run_event},
    {PM4_RELEASE_MEM, "RELEASE_MEM", 7, 7, pm4_release},
    {PM4_DMA_DATA, "DMA_DATA", 6, 6, pm4_dma_data},
    {PM4_ACQUIRE_MEM, "ACQUIRE_MEM", 6, 7, pm4_acquire},
    {PM4_SET_SH_REG, "SET_SH_REG", 2, PM4_LONGEST, pm4_set_sh},
    {PM4_SET_UCONFIG_REG, "SET_UCONFIG_REG", 2, PM4_LONGEST, pm4_set_uconfig},
    {PM4_WAIT_REG_MEM64, "WAIT_REG_MEM64", 8, 8, pm4_wait64},
};

/* ---- the processor ---- */

static uint32_t packet_dwords(uint32_t header)
{
    unsigned type = PM4_BITS(header, 31, 30), count = PM4_BITS(header, 29, 16);
    if (type == PM4_TYPE_2 || (PM4_BITS(header, 15, 8) == PM4_NOP && count == PM4_COUNT_FILLER))
        return 1;
    return count + 2;
}

/* Runs the packet at s->p, of which so many dwords are there. Returns its length, or 0 if the queue has
 * stopped. */
static uint32_t packet_run(struct pm4 *s, uint64_t there)
{
    unsigned type = PM4_BITS(s->p[0], 31, 30), op = PM4_BITS(s->p[0], 15, 8);
    uint32_t dwords = packet_dwords(s->p[0]);
    if (type != PM4_TYPE_2 && type != PM4_TYPE_3)
        return pm4_bad(s, "packets of type %u are not for a compute queue", type);
    if (dwords > there)
        return pm4_bad(s, "a packet of %u dwords, of which %llu are there", dwords,
                       (unsigned long long)there);
    if (s->skip) {
        s->skip -= dwords < s->skip ? dwords : s->skip;
        return dwords;
    }
    if (dwords == 1)
        return dwords;
    s->n = dwords - 1;
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        const struct packet *packet = &packets[i];
        if (packet->op != op)
            continue;
        if (s->n < packet->least || s->n > packet->most)
            return pm4_bad(s, "%s has %u dwords behind its header, not %u", packet->name, packet->least,
                           s->n);
        return packet->run(s) ? dwords : 0;
    }
    return pm4_bad(s, "opcode 0x%02x is not a packet that the simulator knows", op);
}

static bool buffer_packets(struct pm4 *s, const uint32_t *buffer, uint32_t dwords)
{
    for (uint32_t i = 0; i < dwords && !s->chain_va;) {
        if (!sim_queue_alive(s->queue))
            return false;
        s->p = buffer + i;
        s->where = i;
        uint32_t n = packet_run(s, dwords - i);
        if (!n)
            return false;
        i += n;
    }
    return true;
}

/* A copy of the buffer runs: a packet in it may take long, and no address may be held meanwhile. */
static bool buffer_run(struct pm4 *s, uint64_t va, uint32_t dwords)
{
    bool ok = true;
    uint64_t where = s->where;
    s->indirect = true;
    do {
        size_t bytes = (size_t)dwords * 4;
        uint32_t *buffer = malloc(bytes ? bytes : 4);
        s->chain_va = 0;
        if (!buffer)
            return pm4_bad(s, "no host memory for an indirect buffer of %u dwords", dwords);
        ok = !bytes || (sim_engine_read(s->queue, va, buffer, bytes) && buffer_packets(s, buffer, dwords));
        free(buffer);
        va = s->chain_va;
        dwords = s->chain_size;
    } while (ok && s->chain_va);
    s->indirect = false;
    s->where = where;
    s->skip = 0;
    return ok;
}

static struct pm4 *processor_new(struct sim_queue *queue, unsigned xcc)
{
    struct pm4 *s = calloc(1, sizeof *s);
    if (!s) {
        sim_report(queue->gpu, "pm4 on queue %u: no host memory", queue->id);
        sim_engine_halt(queue);
        return NULL;
    }
    s->queue = queue;
    s->xcc = xcc;
    return s;
}

bool sim_pm4_buffer(struct sim_queue *queue, unsigned xcc, uint64_t va, uint32_t dwords)
{
    struct pm4 *s = processor_new(queue, xcc);
    bool ok = s && buffer_run(s, va, dwords);
    free(s);
    return ok;
}

/* The packet at that place of the ring, in one piece. */
static const uint32_t *ring_packet(struct pm4 *s, uint64_t at)
{
    const uint32_t *ring = (const uint32_t *)s->queue->ring;
    uint32_t size = s->queue->ring_bytes / 4, from = (uint32_t)(at % size);
    uint32_t dwords = packet_dwords(ring[from]), first = size - from;
    if (dwords <= first)
        return ring + from;
    memcpy(s->wrapped, ring + from, first * 4);
    memcpy(s->wrapped + first, ring, (dwords - first < size ? dwords - first : size) * 4);
    return s->wrapped;
}

static bool wptr_check(struct pm4 *s, uint64_t rptr, uint64_t wptr)
{
    s->p = (const uint32_t *)s->queue->ring;
    s->where = rptr;
    return (wptr >= rptr && wptr - rptr <= s->queue->ring_bytes / 4) ||
           pm4_bad(s, "write pointer 0x%llx does not follow read pointer 0x%llx in a ring of 0x%x dwords",
                   (unsigned long long)wptr, (unsigned long long)rptr, s->queue->ring_bytes / 4);
}

/* Runs everything up to the write pointer. */
static void ring_run(struct pm4 *s, uint64_t *rptr, uint64_t wptr)
{
    struct sim_queue *q = s->queue;
    while (*rptr < wptr) {
        sim_engine_rest(q);
        if (!sim_queue_alive(q))
            return;
        s->where = *rptr % (q->ring_bytes / 4);
        s->p = ring_packet(s, *rptr);
        uint32_t dwords = packet_run(s, wptr - *rptr);
        if (!dwords)
            return;
        *rptr += dwords;
        atomic_store_explicit(q->rptr, *rptr % (q->ring_bytes / 4), memory_order_release);
        sim_engine_wrote();
    }
}

/* Where a queue that is mapped goes on: its read pointer is known within the ring only. */
static uint64_t rptr_mapped(const struct sim_queue *queue)
{
    uint64_t size = queue->ring_bytes / 4, wptr = queue->mapped_wptr;
    uint64_t behind = (wptr - atomic_load(queue->rptr)) % size;
    return wptr - (behind < wptr ? behind : wptr);
}

void sim_pm4_run(struct sim_queue *queue)
{
    struct pm4 *s = processor_new(queue, queue->xcc);
    uint64_t seen = SIM_DOORBELL_UNRUNG, wptr = queue->mapped_wptr, rptr = rptr_mapped(queue);
    if (queue->xcc >= queue->gpu->model->xccs) { /* the kernel takes any number */
        sim_report(queue->gpu, "pm4 on queue %u: it is for XCC %u, and there are %u", queue->id, queue->xcc,
                   queue->gpu->model->xccs);
        sim_engine_halt(queue);
    }
    while (s && sim_queue_alive(queue) && wptr_check(s, rptr, wptr)) {
        ring_run(s, &rptr, wptr);
        if (!sim_queue_alive(queue) || !sim_doorbell_wait(queue, seen))
            break;
        wptr = seen = atomic_load_explicit(queue->doorbell, memory_order_acquire);
    }
    free(s);
}
