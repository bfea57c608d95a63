/*
 * aql.c - the AQL command processor: takes packets from a ring in order, waits for signals, completes them.
 *
 * Every packet is done before the next one begins, so the barrier bit and the fences hold by themselves. A
 * slot is given back (its header made INVALID, the read index moved) before the completion signal tells of
 * it.
 *
 * Facts: aql_packets.h. When the packet's type turns from INVALID it is the processor's; what is behind
 * write_dispatch_id is not looked at.
 */
#include "aql.h"
#include "pm4.h"
#include "queue.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reports and errors ---- */

static bool report(struct aql *a, const char *format, va_list args)
{
    char text[300];
    vsnprintf(text, sizeof text, format, args);
    sim_report(a->queue->gpu, "aql queue %u, packet %llu: %s", a->queue->id, (unsigned long long)a->index,
               text);
    return false;
}

bool aql_report(struct aql *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(a, format, args);
    va_end(args);
    return false;
}

bool aql_error(struct aql *a, unsigned code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(a, format, args);
    va_end(args);
    sim_engine_halt(a->queue);
    aql_complain(a, code);
    return false;
}

/* ---- signals ---- */

static struct aql_signal *signal_reach(struct aql *a, uint64_t handle)
{
    if (handle % 8 == 0)
        return sim_engine_reach(a->queue, handle, sizeof(struct aql_signal), SIM_VM_READ | SIM_VM_WRITE);
    aql_report(a, "signal 0x%llx is misaligned", (unsigned long long)handle);
    sim_engine_halt(a->queue);
    return NULL;
}

static bool signal_read(struct aql *a, uint64_t handle, int64_t *value)
{
    struct aql_signal *signal = signal_reach(a, handle);
    if (!signal)
        return false;
    *value = atomic_load_explicit(&signal->value, memory_order_acquire);
    sim_vm_leave(&a->queue->gpu->vm);
    return true;
}

/* Writes the event's id to its slot, then interrupts. */
static bool event_raise(struct aql *a, uint64_t mailbox, uint32_t event_id)
{
    sim_engine_wrote();
    if (!mailbox)
        return true;
    _Atomic uint64_t *slot =
        mailbox % 8 ? NULL : sim_engine_reach(a->queue, mailbox, sizeof *slot, SIM_VM_WRITE);
    if (!slot)
        return false;
    atomic_store_explicit(slot, event_id, memory_order_release);
    sim_vm_leave(&a->queue->gpu->vm);
    sim_engine_calls.interrupt(a->queue->gpu, event_id);
    return true;
}

static bool profiling(const struct aql *a)
{
    return a->shared &&
           atomic_load_explicit(&a->shared->properties, memory_order_relaxed) & AQL_QUEUE_PROFILING;
}

/* The client may free the signal as soon as its value has changed: all else is read before. */
static bool signal_complete(struct aql *a, uint64_t handle, uint64_t start)
{
    if (!handle)
        return true;
    struct aql_signal *signal = signal_reach(a, handle);
    if (!signal)
        return false;
    uint64_t mailbox = signal->mailbox;
    uint32_t event_id = signal->event_id;
    if (profiling(a)) {
        atomic_store_explicit(&signal->start, start, memory_order_relaxed);
        atomic_store_explicit(&signal->end, sim_clock(a->queue->gpu), memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&signal->value, 1, memory_order_acq_rel);
    sim_vm_leave(&a->queue->gpu->vm);
    return event_raise(a, mailbox, event_id);
}

bool aql_complain(struct aql *a, unsigned code)
{
    uint64_t handle = a->shared ? a->shared->inactive_signal : 0;
    struct aql_signal *signal = handle ? signal_reach(a, handle) : NULL;
    if (!signal)
        return false;
    uint64_t mailbox = signal->mailbox;
    uint32_t event_id = signal->event_id;
    atomic_fetch_or_explicit(&signal->value, (int64_t)code, memory_order_acq_rel);
    sim_vm_leave(&a->queue->gpu->vm);
    return event_raise(a, mailbox, event_id);
}

bool aql_complaint_wait(struct aql *a)
{
    struct sim_nap nap = {0};
    int64_t value;
    while (sim_queue_alive(a->queue) && signal_read(a, a->shared->inactive_signal, &value)) {
        if (value == 0)
            return true;
        sim_engine_nap_in(a->queue, &nap);
    }
    return false;
}

/* ---- barriers ---- */

/* Null dependencies are not there at all. False: stopped. */
static bool barrier_met(struct aql *a, const struct aql_barrier *packet, bool any, bool *met)
{
    unsigned present = 0, zero = 0;
    for (int i = 0; i < AQL_DEPENDENCIES; i++) {
        int64_t value;
        if (!packet->dependency[i])
            continue;
        if (!signal_read(a, packet->dependency[i], &value))
            return false;
        present++;
        zero += value == 0;
    }
    *met = any && present ? zero > 0 : zero == present;
    return true;
}

static bool value_met(struct aql *a, const struct aql_barrier_value *packet, bool *met)
{
    int64_t value;
    if (!signal_read(a, packet->signal, &value))
        return false;
    value &= packet->mask;
    switch (packet->condition) {
    case AQL_COND_EQ:
        *met = value == packet->value;
        return true;
    case AQL_COND_NE:
        *met = value != packet->value;
        return true;
    case AQL_COND_LT:
        *met = value < packet->value;
        return true;
    case AQL_COND_GTE:
        *met = value >= packet->value;
        return true;
    }
    return aql_error(a, AQL_ERROR_VENDOR, "barrier-value condition %u does not exist", packet->condition);
}

static bool barrier_run(struct aql *a, const union aql_packet *packet, unsigned type)
{
    struct sim_nap nap = {0};
    for (bool met = false; sim_queue_alive(a->queue); sim_engine_nap_in(a->queue, &nap)) {
        bool ok = type == AQL_VENDOR ? value_met(a, &packet->value, &met)
                                     : barrier_met(a, &packet->barrier, type == AQL_BARRIER_OR, &met);
        if (!ok || met)
            return ok;
    }
    return false;
}

/* ---- PM4 in a packet ---- */

/* Each XCC runs the buffer. They do so at the same time on hardware; here one after the other, beginning with
 * another one each time, so that none can be taken for the first. */
static bool buffer_run(struct aql *a, const struct aql_pm4_buffer *packet)
{
    unsigned xccs = a->queue->gpu->model->xccs;
    uint64_t va = packet->pm4[1] | (uint64_t)(packet->pm4[2] & 0xffff) << 32;
    if (packet->pm4[0] != (0xc0020000u | PM4_INDIRECT_BUFFER << 8) || packet->left != AQL_PM4_LEFT ||
        va % 4 || !PM4_BITS(packet->pm4[3], 23, 23))
        return aql_error(a, AQL_ERROR_VENDOR,
                         "a PM4 packet that is no INDIRECT_BUFFER: 0x%08x 0x%08x 0x%08x 0x%08x, %u left",
                         packet->pm4[0], packet->pm4[1], packet->pm4[2], packet->pm4[3], packet->left);
    for (unsigned i = 0; i < xccs; i++)
        if (!sim_pm4_buffer(a->queue, (unsigned)((a->index + i) % xccs), va, PM4_BITS(packet->pm4[3], 19, 0)))
            return false;
    return true;
}

/* ---- the ring ---- */

static bool packet_run(struct aql *a, const union aql_packet *packet)
{
    unsigned type = packet->word[0] & 0xff;
    switch (type) {
    case AQL_DISPATCH:
        return aql_dispatch_run(a, &packet->dispatch);
    case AQL_BARRIER_AND:
    case AQL_BARRIER_OR:
        return barrier_run(a, packet, type);
    case AQL_VENDOR:
        if (packet->value.format == AQL_BARRIER_VALUE)
            return barrier_run(a, packet, type);
        if (packet->value.format == AQL_PM4_IB)
            return buffer_run(a, &packet->buffer);
        return aql_error(a, AQL_ERROR_VENDOR, "vendor packet format %u is not implemented",
                         packet->value.format);
    }
    return aql_error(a, AQL_ERROR_PACKET, "packets of type %u are not for a GPU (header 0x%08x)", type,
                     packet->word[0]);
}

/* Takes the next packet. False: there is none yet, or the queue has stopped. */
static bool packet_next(struct aql *a)
{
    struct sim_queue *q = a->queue;
    if (a->index < a->limit)
        sim_engine_rest(q);
    if (!sim_queue_alive(q) || a->index >= a->limit)
        return false;
    uint64_t slot = a->index % (q->ring_bytes / AQL_PACKET_BYTES);
    union aql_packet packet;
    uint8_t *at = q->ring + slot * AQL_PACKET_BYTES;
    uint32_t header = atomic_load_explicit((_Atomic uint32_t *)at, memory_order_acquire);
    if ((header & 0xff) == AQL_INVALID)
        return false; /* reserved, not yet written; its writer rings when it is */
    memcpy(&packet, at, sizeof packet);
    uint64_t start = sim_clock(q->gpu);
    if (!packet_run(a, &packet))
        return false;
    atomic_store_explicit((_Atomic uint16_t *)at, AQL_INVALID, memory_order_release);
    atomic_store_explicit(q->rptr, ++a->index, memory_order_release);
    return signal_complete(a, packet.dispatch.completion, start); /* the same place in every packet */
}

void aql_scratch_read(struct aql *a)
{
    if (!a->shared)
        return;
    a->scratch.tmpring_size = a->shared->tmpring_size;
    a->scratch.backing = a->shared->scratch_backing;
    memcpy(a->scratch.resource, a->shared->scratch_resource, sizeof a->scratch.resource);
}

/* The structure is found from the read index, which says itself how far back it begins. */
static void shared_find(struct aql *a)
{
    struct sim_queue *q = a->queue;
    uint64_t in_page = q->rptr_va % SIM_PAGE;
    const uint8_t *rptr = (const uint8_t *)q->rptr;
    uint32_t back = 0;
    if (in_page + 12 <= SIM_PAGE)
        memcpy(&back, rptr + 8, sizeof back);
    if (back != offsetof(struct aql_queue, read_dispatch_id) || back > in_page || in_page % 64 ||
        in_page - back + sizeof(struct aql_queue) > SIM_PAGE)
        return;
    a->shared = (const struct aql_queue *)(rptr - back);
    a->shared_va = q->rptr_va - back;
}

int sim_aql_map(struct sim_queue *queue)
{
    struct aql *a = calloc(1, sizeof *a);
    if (!a)
        return -ENOMEM;
    a->queue = queue;
    a->index = atomic_load(queue->rptr);
    a->limit = queue->mapped_wptr;
    shared_find(a);
    aql_scratch_read(a);
    queue->engine_state = a;
    return 0;
}

/* A doorbell's value is a hint only: how far the ring is filled is read from memory when it rings. */
void sim_aql_run(struct sim_queue *queue)
{
    struct aql *a = queue->engine_state;
    uint64_t seen = SIM_DOORBELL_UNRUNG;
    while (sim_queue_alive(queue)) {
        while (packet_next(a))
            ;
        if (!sim_queue_alive(queue) || !sim_doorbell_wait(queue, seen))
            return;
        seen = atomic_load_explicit(queue->doorbell, memory_order_acquire);
        a->limit = atomic_load_explicit(queue->wptr, memory_order_acquire);
    }
}
