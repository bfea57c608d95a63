/*
 * pm4_memory.c - what the packets of a PM4 queue do to memory: waits, writes, copies, atomics, release and
 * acquire.
 *
 * There are no caches, so ACQUIRE_MEM and the flushes of RELEASE_MEM have nothing to do but to be well
 * formed. Memory is reached through the GPU's address space, and no host address is kept over a packet.
 * Facts: pm4_packets.h. What no source says and is taken as what SDMA does: a wait compares (memory & mask)
 * with the reference, unsigned.
 */
#include "pm4.h"
#include "queue.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

#include <string.h>

enum { DMA_CHUNK = 1 << 20 /* memory touched before the address space is left for a moment */ };

static bool aligned(struct pm4 *s, uint64_t va, unsigned bytes)
{
    return va % bytes == 0 ||
           pm4_bad(s, "address 0x%llx is not %u-byte aligned", (unsigned long long)va, bytes);
}

static bool within_budget(struct pm4 *s)
{
    if (sim_heap_within_budget())
        return true;
    pm4_bad(s, "the host memory for simulated GPUs (option ram) is used up");
    sim_engine_calls.hw_exception(s->queue->gpu, 0, 0, true);
    return false;
}

/* 4 or 8 bytes, in one piece. */
static bool store(struct pm4 *s, uint64_t va, uint64_t value, unsigned bytes)
{
    void *word = aligned(s, va, bytes) ? sim_engine_reach(s->queue, va, bytes, SIM_VM_WRITE) : NULL;
    if (!word)
        return false;
    if (bytes == 8)
        atomic_store_explicit((_Atomic uint64_t *)word, value, memory_order_release);
    else
        atomic_store_explicit((_Atomic uint32_t *)word, (uint32_t)value, memory_order_release);
    sim_vm_leave(&s->queue->gpu->vm);
    sim_engine_wrote();
    return true;
}

static bool load(struct pm4 *s, uint64_t va, unsigned bytes, uint64_t *value)
{
    void *word = aligned(s, va, bytes) ? sim_engine_reach(s->queue, va, bytes, SIM_VM_READ) : NULL;
    if (!word)
        return false;
    *value = bytes == 8 ? atomic_load_explicit((_Atomic uint64_t *)word, memory_order_acquire)
                        : atomic_load_explicit((_Atomic uint32_t *)word, memory_order_acquire);
    sim_vm_leave(&s->queue->gpu->vm);
    return true;
}

/* ---- waits ---- */

static bool satisfied(unsigned function, uint64_t value, uint64_t reference)
{
    switch (function) {
    case 1:
        return value < reference;
    case 2:
        return value <= reference;
    case 3:
        return value == reference;
    case 4:
        return value != reference;
    case 5:
        return value >= reference;
    case 6:
        return value > reference;
    default:
        return true;
    }
}

static bool wait_memory(struct pm4 *s, unsigned bytes, uint64_t reference, uint64_t mask)
{
    struct sim_nap nap = {0};
    unsigned function = PM4_BITS(s->p[1], 2, 0);
    for (uint64_t value; sim_queue_alive(s->queue); sim_engine_nap_in(s->queue, &nap)) {
        if (!load(s, pm4_pair(s, 2), bytes, &value))
            return false;
        if (satisfied(function, value & mask, reference))
            return true;
    }
    return false;
}

/* The only registers to wait for: the flush of the host data path, which a coherent host does not need. */
static bool wait_registers(struct pm4 *s)
{
    if (PM4_BITS(s->p[1], 7, 6) == PM4_WRITE_WAIT_WRITE && s->p[2] == PM4_HDP_FLUSH_REQUEST &&
        s->p[3] == PM4_HDP_FLUSH_DONE)
        return true;
    return pm4_bad(s, "a wait for the registers 0x%x and 0x%x is not implemented", s->p[2], s->p[3]);
}

static bool wait_checked(struct pm4 *s, unsigned bytes, uint64_t reference, uint64_t mask)
{
    unsigned operation = PM4_BITS(s->p[1], 7, 6), space = PM4_BITS(s->p[1], 5, 4);
    if (PM4_BITS(s->p[1], 2, 0) > 6 || space > 1)
        return pm4_bad(s, "a wait with function %u in space %u", PM4_BITS(s->p[1], 2, 0), space);
    if (space == 0)
        return wait_registers(s);
    if (operation != PM4_WAIT && operation != PM4_WAIT_PREEMPTABLE)
        return pm4_bad(s, "a wait for memory by operation %u", operation);
    return wait_memory(s, bytes, reference, mask);
}

bool pm4_wait(struct pm4 *s)
{
    return wait_checked(s, 4, s->p[4], s->p[5]);
}

bool pm4_wait64(struct pm4 *s)
{
    return wait_checked(s, 8, pm4_pair(s, 4), pm4_pair(s, 6));
}

/* ---- writes and copies ---- */

bool pm4_write_data(struct pm4 *s)
{
    unsigned to = PM4_BITS(s->p[1], 11, 8);
    bool same_address = PM4_BITS(s->p[1], 16, 16);
    if (to != PM4_TO_L2 && to != PM4_TO_MEMORY)
        return pm4_bad(s, "WRITE_DATA to destination %u is not implemented", to);
    for (uint32_t i = 0; i + 3 < s->n; i++)
        if (!within_budget(s) || !store(s, pm4_pair(s, 2) + (same_address ? 0 : i * 4ull), s->p[4 + i], 4))
            return false;
    return true;
}

bool pm4_copy_data(struct pm4 *s)
{
    unsigned from = PM4_BITS(s->p[1], 3, 0), to = PM4_BITS(s->p[1], 11, 8);
    unsigned bytes = PM4_BITS(s->p[1], 16, 16) ? 8 : 4;
    uint64_t value = pm4_pair(s, 2);
    if (to != PM4_TO_L2 && to != PM4_TO_MEMORY)
        return pm4_bad(s, "COPY_DATA to destination %u is not implemented", to);
    if (from == PM4_FROM_CLOCK)
        value = sim_clock(s->queue->gpu);
    else if (from == PM4_FROM_MEMORY || from == PM4_FROM_L2) {
        if (!load(s, value, bytes, &value))
            return false;
    } else if (from != PM4_FROM_IMMEDIATE)
        return pm4_bad(s, "COPY_DATA from source %u is not implemented", from);
    return within_budget(s) && store(s, pm4_pair(s, 4), value, bytes);
}

bool pm4_atomic(struct pm4 *s)
{
    unsigned code = PM4_BITS(s->p[1], 6, 0), command = PM4_BITS(s->p[1], 11, 8);
    unsigned bytes = sim_atomic_bytes(code);
    if (command > 1 || !aligned(s, pm4_pair(s, 2), bytes))
        return command <= 1 ? false : pm4_bad(s, "ATOMIC_MEM with command %u", command);
    struct sim_nap nap = {0};
    for (uint64_t old = 0; sim_queue_alive(s->queue); sim_engine_nap_in(s->queue, &nap)) {
        void *word = sim_engine_reach(s->queue, pm4_pair(s, 2), bytes, SIM_VM_READ | SIM_VM_WRITE);
        if (!word)
            return false;
        uint64_t compare = bytes == 8 ? pm4_pair(s, 6) : s->p[6];
        bool known = sim_atomic(word, code, pm4_pair(s, 4), compare, &old);
        sim_vm_leave(&s->queue->gpu->vm);
        if (!known)
            return pm4_bad(s, "ATOMIC_MEM operation 0x%02x is not implemented", code);
        sim_engine_wrote();
        if (command == 0 || old == compare)
            return true;
    }
    return false;
}

/* Copies or, from is 0, fills. */
static bool dma_chunk(struct pm4 *s, uint64_t to, uint64_t from, uint32_t value, uint32_t bytes)
{
    static uint8_t nothing;
    struct sim_vm *vm = &s->queue->gpu->vm;
    sim_vm_enter(vm);
    const uint8_t *source = from ? sim_vm_host(vm, from, bytes, SIM_VM_READ) : &nothing;
    uint8_t *target = source ? sim_vm_host(vm, to, bytes, SIM_VM_WRITE) : NULL;
    if (target && from)
        memmove(target, source, bytes);
    else if (target)
        for (uint32_t i = 0; i < bytes; i += 4)
            memcpy(target + i, &value, bytes - i < 4 ? bytes - i : 4);
    sim_vm_leave(vm);
    if (!target)
        sim_engine_fault(s->queue, source ? to : from, source ? SIM_VM_WRITE : SIM_VM_READ, true);
    return target;
}

bool pm4_dma_data(struct pm4 *s)
{
    unsigned from = PM4_BITS(s->p[1], 30, 29), to = PM4_BITS(s->p[1], 21, 20);
    uint32_t bytes = PM4_BITS(s->p[6], 25, 0), commands = s->p[6] >> 26 & 0xf; /* spaces and increments */
    if ((from != 0 && from != 2 && from != 3) || (to != 0 && to != 3) || commands)
        return pm4_bad(s, "DMA_DATA from source %u to destination %u, command 0x%08x is not implemented",
                       from, to, s->p[6]);
    uint64_t source = from == 2 ? 0 : pm4_pair(s, 2), target = pm4_pair(s, 4);
    for (uint32_t done = 0; done < bytes;) {
        uint64_t page = SIM_PAGE - (target + done) % SIM_PAGE, left = bytes - done;
        uint64_t other = source ? SIM_PAGE - (source + done) % SIM_PAGE : page;
        uint32_t n = (uint32_t)(left < page ? left : page);
        n = n < other ? n : (uint32_t)other; /* pages: every range ends at one */
        if (!sim_queue_alive(s->queue) || !within_budget(s) ||
            !dma_chunk(s, target + done, source ? source + done : 0, s->p[2], n))
            return false;
        done += n;
    }
    sim_engine_wrote();
    return true;
}

/* ---- release and acquire ---- */

static bool release_write(struct pm4 *s, unsigned data)
{
    switch (data) {
    case PM4_DATA_NONE:
        return true;
    case PM4_DATA_32:
        return store(s, pm4_pair(s, 3), s->p[5], 4);
    case PM4_DATA_64:
        return store(s, pm4_pair(s, 3), pm4_pair(s, 5), 8);
    case PM4_DATA_GPU_CLOCK:
    case PM4_DATA_SYSTEM_CLOCK:
        return store(s, pm4_pair(s, 3), sim_clock(s->queue->gpu), 8);
    default:
        return pm4_bad(s, "RELEASE_MEM of data %u is not implemented", data);
    }
}

bool pm4_release(struct pm4 *s)
{
    unsigned event = PM4_BITS(s->p[1], 5, 0), index = PM4_BITS(s->p[1], 11, 8);
    unsigned data = PM4_BITS(s->p[2], 31, 29), interrupt = PM4_BITS(s->p[2], 26, 24);
    if (event != PM4_EVENT_CACHE_FLUSH_AND_INV_TS || index != PM4_EVENT_INDEX_END_OF_PIPE)
        return pm4_bad(s, "RELEASE_MEM of event 0x%x with index %u is not implemented", event, index);
    if (interrupt > PM4_INT_NONE_AFTER_WRITE || (interrupt == PM4_INT_ONLY && data != PM4_DATA_NONE))
        return pm4_bad(s, "RELEASE_MEM with interrupt %u and data %u", interrupt, data);
    if (!within_budget(s) || !release_write(s, data))
        return false;
    if (interrupt == PM4_INT_ONLY || interrupt == PM4_INT_AFTER_WRITE)
        sim_engine_calls.interrupt(s->queue->gpu, PM4_BITS(s->p[7], 27, 0));
    return true;
}

/* Its length tells the generations apart, and the wrong one leaves the parser behind. */
bool pm4_acquire(struct pm4 *s)
{
    uint32_t dwords = s->queue->gpu->model->generation >= ISA_GFX10_3 ? 7 : 6;
    return s->n == dwords || pm4_bad(s, "ACQUIRE_MEM of %s has %u dwords behind its header, not %u",
                                     s->queue->gpu->model->target, dwords, s->n);
}
