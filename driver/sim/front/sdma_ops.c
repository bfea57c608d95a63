/*
 * sdma_ops.c - what the packets of a copy engine do to memory.
 *
 * Memory is reached through the GPU's address space, and no host address is kept for longer than a chunk, so
 * that an unmap waits little. A fence, an atomic or a timestamp is a release: what was copied before is seen
 * first.
 *
 * Facts: sdma_packets.h.
 */
#include "queue.h"
#include "sdma.h"
#include "sim/cu/raw.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    CHUNK_BYTES = 1 << 20,  /* memory touched before the address space is left for a moment */
    STREAM_BYTES = 1 << 19, /* from here on a copy is better off without the caches */
    POLL_CLOCK_NS = 10,     /* unit of a poll's interval: assumed 100 MHz, no source states it */
};

/* ---- memory ---- */

/* Inside the address space: the host address of va and how many bytes (up to *bytes) follow it in one range;
 * NULL, with *present set, if the access is impossible. */
static uint8_t *piece(struct sdma *s, uint64_t va, uint64_t *bytes, unsigned access, bool *present)
{
    const struct sim_range *range = sim_vm_find(&s->queue->gpu->vm, va);
    *present = range;
    if (!range || (range->access & access) != access)
        return NULL;
    if (range->end - va < *bytes)
        *bytes = range->end - va;
    return range->host + (va - range->start);
}

#ifdef RAW_WATCHED
/* A program orders its own accesses to memory that it shares with a GPU by doorbells, whose pages the engine
 * has elsewhere: the thread sanitizer does not see that. */
RAW static void copy_bytes(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    bool backwards = to > from && to < from + bytes;
    for (uint64_t done = 0, n; done < bytes; done += n) {
        n = bytes - done >= 8 ? 8 : 1;
        uint64_t at = backwards ? bytes - done - n : done;
        if (n == 8)
            *(volatile raw64 *)(to + at) = *(const volatile raw64 *)(from + at);
        else
            *(volatile uint8_t *)(to + at) = *(const volatile uint8_t *)(from + at);
    }
}
#else
/* Past the caches, as a copy engine's stores go: what is this long is not read again soon, and does not pay
 * for reading the lines that it overwrites. */
static void stream_bytes(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    uint64_t head = -(uintptr_t)to % 64;
    memcpy(to, from, head);
    to += head, from += head, bytes -= head;
#ifdef __SSE2__
    for (; bytes >= 64; to += 64, from += 64, bytes -= 64)
        for (unsigned i = 0; i < 64; i += 16)
            _mm_stream_si128((__m128i *)(void *)(to + i),
                             _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
    _mm_sfence();
#endif
    memcpy(to, from, bytes);
}

static void copy_bytes(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    bool apart = to + bytes <= from || from + bytes <= to;
    if (apart && bytes >= STREAM_BYTES)
        stream_bytes(to, from, bytes);
    else if (apart)
        memcpy(to, from, bytes);
    else
        memmove(to, from, bytes); /* hardware promises nothing; the host's memcpy must not be misused */
}
#endif

/* One chunk. Returns its size, or 0 after a fault. */
static uint64_t copy_chunk(struct sdma *s, uint64_t to, uint64_t from, uint64_t bytes)
{
    struct sim_vm *vm = &s->queue->gpu->vm;
    bool from_present, to_present;
    uint64_t n = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;
    sim_vm_enter(vm);
    const uint8_t *source = piece(s, from, &n, SIM_VM_READ, &from_present);
    uint8_t *target = source ? piece(s, to, &n, SIM_VM_WRITE, &to_present) : NULL;
    if (target)
        copy_bytes(target, source, n);
    sim_vm_leave(vm);
    if (!source)
        sim_engine_fault(s->queue, from, SIM_VM_READ, !from_present);
    else if (!target)
        sim_engine_fault(s->queue, to, SIM_VM_WRITE, !to_present);
    return target ? n : 0;
}

static bool copy(struct sdma *s, uint64_t to, uint64_t from, uint64_t bytes)
{
    while (bytes) {
        if (!sim_queue_alive(s->queue) || !sdma_within_budget(s))
            return false;
        uint64_t n = copy_chunk(s, to, from, bytes);
        if (!n)
            return false;
        to += n;
        from += n;
        bytes -= n;
    }
    return true;
}

/* Repeats the pattern so that the byte at va has the phase it would have in one long fill. */
static void fill_bytes(uint8_t *to, uint64_t bytes, uint32_t pattern, unsigned phase)
{
    if (pattern == 0 && sim_heap_zero(to, bytes))
        return;
    uint64_t wide = pattern | (uint64_t)pattern << 32;
    if (phase)
        wide = wide >> phase * 8 | wide << (64 - phase * 8);
    uint64_t i = 0;
    for (; i + 8 <= bytes; i += 8)
        memcpy(to + i, &wide, 8);
    memcpy(to + i, &wide, bytes - i);
}

static bool fill(struct sdma *s, uint64_t to, uint32_t pattern, uint64_t bytes)
{
    struct sim_vm *vm = &s->queue->gpu->vm;
    for (uint64_t done = 0; done < bytes;) {
        if (!sim_queue_alive(s->queue) || (pattern && !sdma_within_budget(s)))
            return false;
        bool present;
        uint64_t n = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        sim_vm_enter(vm);
        uint8_t *target = piece(s, to + done, &n, SIM_VM_WRITE, &present);
        if (target)
            fill_bytes(target, n, pattern, done % 4);
        sim_vm_leave(vm);
        if (!target) {
            sim_engine_fault(s->queue, to + done, SIM_VM_WRITE, !present);
            return false;
        }
        done += n;
    }
    return true;
}

/* ---- packets ---- */

uint64_t sdma_nop_extra(const struct sdma *s)
{
    return SDMA_BITS(s->p[0], 29, 16);
}

static bool broadcast(const struct sdma *s)
{
    return SDMA_BITS(s->p[0], 27, 27);
}

uint64_t sdma_copy_extra(const struct sdma *s)
{
    bool dcc = s->dialect->copy_dcc && SDMA_BITS(s->p[0], 19, 19);
    return (broadcast(s) ? 2 : 0) + (dcc ? 1 : 0);
}

bool sdma_copy(struct sdma *s)
{
    if (s->p[1] & ~s->dialect->copy_mask)
        return sdma_bad(s, "COPY count 0x%x is wider than version %s has it", s->p[1], s->dialect->name);
    uint64_t bytes = (uint64_t)s->p[1] + 1;
    if (!copy(s, sdma_address(s, 5), sdma_address(s, 3), bytes))
        return false;
    if (!broadcast(s))
        return true;
    return copy(s, s->at[7] | (uint64_t)s->at[8] << 32, sdma_address(s, 3), bytes);
}

struct window { /* one side of a sub-window copy; all but the address in elements */
    uint64_t address, x, y, z, pitch, slice;
};

static struct window window_read(const struct sdma *s, unsigned dword)
{
    const struct sdma_dialect *d = s->dialect;
    uint32_t xy = (1u << d->window_xy) - 1;
    return (struct window){.address = sdma_address(s, dword),
                           .x = s->p[dword + 2] & xy,
                           .y = s->p[dword + 2] >> 16 & xy,
                           .z = s->p[dword + 3] & ((1u << d->window_z) - 1),
                           .pitch = (uint64_t)(s->p[dword + 3] >> d->window_pitch) + 1,
                           .slice = (uint64_t)s->p[dword + 4] + 1};
}

static uint64_t window_row(const struct window *w, uint64_t y, uint64_t z, unsigned element)
{
    return w->address + (((w->z + z) * w->slice + (w->y + y) * w->pitch + w->x) << element);
}

/* Row by row. A row wider than its pitch would run into the next one. */
bool sdma_copy_window(struct sdma *s)
{
    const struct sdma_dialect *d = s->dialect;
    struct window from = window_read(s, 1), to = window_read(s, 6);
    unsigned element = SDMA_BITS(s->p[0], 31, 29);
    uint64_t width = (s->p[11] & ((1u << d->window_xy) - 1)) + 1;
    uint64_t height = (s->p[11] >> 16 & ((1u << d->window_xy) - 1)) + 1;
    uint64_t depth = (s->p[12] & ((1u << d->window_z) - 1)) + 1;
    if (element > 4)
        return sdma_bad(s, "COPY sub-window has elements of 2^%u bytes", element);
    if (from.x + width > from.pitch || to.x + width > to.pitch)
        return sdma_bad(s, "COPY sub-window is wider than its pitch");
    if (!sdma_aligned(s, from.address, 4) || !sdma_aligned(s, to.address, 4))
        return false;
    for (uint64_t z = 0; z < depth; z++)
        for (uint64_t y = 0; y < height; y++)
            if (!copy(s, window_row(&to, y, z, element), window_row(&from, y, z, element), width << element))
                return false;
    return true;
}

uint64_t sdma_write_extra(const struct sdma *s)
{
    return (uint64_t)SDMA_BITS(s->p[3], 19, 0) + 1;
}

bool sdma_write(struct sdma *s)
{
    struct sim_vm *vm = &s->queue->gpu->vm;
    uint64_t to = sdma_address(s, 1), bytes = sdma_write_extra(s) * 4;
    const uint8_t *from = (const uint8_t *)(s->at + 4);
    if (!sdma_aligned(s, to, 4))
        return false;
    while (bytes) {
        if (!sdma_within_budget(s))
            return false;
        bool present;
        uint64_t n = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;
        sim_vm_enter(vm);
        uint8_t *target = piece(s, to, &n, SIM_VM_WRITE, &present);
        if (target)
            copy_bytes(target, from, n);
        sim_vm_leave(vm);
        if (!target) {
            sim_engine_fault(s->queue, to, SIM_VM_WRITE, !present);
            return false;
        }
        to += n;
        from += n;
        bytes -= n;
    }
    sim_engine_wrote();
    return true;
}

bool sdma_fill(struct sdma *s)
{
    unsigned size = SDMA_BITS(s->p[0], 31, 30);
    uint32_t pattern = s->p[3];
    if (s->p[4] & ~s->dialect->fill_mask)
        return sdma_bad(s, "CONST_FILL count 0x%x is wider than version %s has it", s->p[4],
                        s->dialect->name);
    if (size == 0)
        return fill(s, sdma_address(s, 1), (pattern & 0xff) * 0x01010101u, (uint64_t)s->p[4] + 1);
    if (size != 2)
        return sdma_bad(s, "CONST_FILL fill size %u is neither byte (0) nor dword (2)", size);
    /* Clients store bytes - 1 or (dwords - 1) * 4: both name the last dword. */
    return sdma_aligned(s, sdma_address(s, 1), 4) &&
           fill(s, sdma_address(s, 1), pattern, ((uint64_t)s->p[4] | 3) + 1);
}

bool sdma_fence(struct sdma *s)
{
    if (!sdma_aligned(s, sdma_address(s, 1), 4))
        return false;
    _Atomic uint32_t *word = sim_engine_reach(s->queue, sdma_address(s, 1), 4, SIM_VM_WRITE);
    if (!word)
        return false;
    atomic_store_explicit(word, s->p[3], memory_order_release);
    sim_vm_leave(&s->queue->gpu->vm);
    sim_engine_wrote();
    return true;
}

bool sdma_trap(struct sdma *s)
{
    sim_engine_calls.interrupt(s->queue->gpu, SDMA_BITS(s->p[1], 27, 0));
    return true;
}

static bool satisfied(unsigned function, uint32_t value, uint32_t reference)
{
    switch (function) {
    case SDMA_LESS:
        return value < reference;
    case SDMA_LESS_EQUAL:
        return value <= reference;
    case SDMA_EQUAL:
        return value == reference;
    case SDMA_NOT_EQUAL:
        return value != reference;
    case SDMA_GREATER_EQUAL:
        return value >= reference;
    case SDMA_GREATER:
        return value > reference;
    default:
        return function == SDMA_ALWAYS;
    }
}

bool sdma_poll(struct sdma *s, unsigned function, uint32_t reference, uint32_t mask, bool *done)
{
    if (!sim_queue_alive(s->queue))
        return false;
    _Atomic uint32_t *word = sim_engine_reach(s->queue, sdma_address(s, 1), 4, SIM_VM_READ);
    if (!word)
        return false;
    uint32_t value = atomic_load_explicit(word, memory_order_acquire) & mask;
    sim_vm_leave(&s->queue->gpu->vm);
    *done = satisfied(function, value, reference);
    return true;
}

bool sdma_poll_regmem(struct sdma *s)
{
    unsigned function = SDMA_BITS(s->p[0], 30, 28), retries = SDMA_BITS(s->p[5], 27, 16);
    if (function > SDMA_GREATER)
        return sdma_bad(s, "POLL_REGMEM function %u does not exist", function);
    if (!SDMA_BITS(s->p[0], 31,
                   31)) { /* a register: only the HDP flush, which a coherent host does not need */
        if (SDMA_BITS(s->p[0], 26, 26) || function == SDMA_ALWAYS)
            return true;
        return sdma_bad(s, "POLL_REGMEM of register 0x%x is not implemented", s->p[1]);
    }
    if (!sdma_aligned(s, sdma_address(s, 1), 4))
        return false;
    uint64_t limit =
        sim_engine_now() + (uint64_t)(retries + 1) * (SDMA_BITS(s->p[5], 15, 0) + 1) * POLL_CLOCK_NS;
    struct sim_nap nap = {0};
    for (bool done = false;;) {
        if (!sdma_poll(s, function, s->p[3], s->p[4], &done))
            return false;
        if (done)
            return true;
        if (retries != SDMA_RETRY_FOREVER && sim_engine_now() > limit)
            return sdma_bad(s, "POLL_REGMEM gave up after %u retries", retries);
        sim_engine_nap_in(s->queue, &nap);
    }
}

bool sdma_timestamp(struct sdma *s)
{
    unsigned sub = SDMA_BITS(s->p[0], 15, 8);
    uint64_t now = sim_clock(s->queue->gpu);
    if (sub == SDMA_TIMESTAMP_SET) {
        s->local_clock = sdma_address(s, 1) - now;
        return true;
    }
    if (sub == SDMA_TIMESTAMP_GET)
        now += s->local_clock;
    /* The field is address[31:3]: hardware would drop low bits, and hit what lies before. */
    if (!sdma_aligned(s, sdma_address(s, 1), 8))
        return false;
    _Atomic uint64_t *word = sim_engine_reach(s->queue, sdma_address(s, 1), 8, SIM_VM_WRITE);
    if (!word)
        return false;
    atomic_store_explicit(word, now, memory_order_release);
    sim_vm_leave(&s->queue->gpu->vm);
    sim_engine_wrote();
    return true;
}

/* What an operation leaves in memory; 32-bit operands come zero-extended and the result is cut. */
static bool atomic_value(unsigned op, bool wide, uint64_t old, uint64_t source, uint64_t compare,
                         uint64_t *result)
{
    int64_t signed_old = wide ? (int64_t)old : (int32_t)old;
    int64_t signed_source = wide ? (int64_t)source : (int32_t)source;
    switch (op) {
    case TC_OP_SWAP:
        return *result = source, true;
    case TC_OP_CMPSWAP:
        return *result = old == compare ? source : old, true;
    case TC_OP_ADD:
        return *result = old + source, true;
    case TC_OP_SUB:
        return *result = old - source, true;
    case TC_OP_SMIN:
        return *result = signed_old < signed_source ? old : source, true;
    case TC_OP_UMIN:
        return *result = old < source ? old : source, true;
    case TC_OP_SMAX:
        return *result = signed_old > signed_source ? old : source, true;
    case TC_OP_UMAX:
        return *result = old > source ? old : source, true;
    case TC_OP_AND:
        return *result = old & source, true;
    case TC_OP_OR:
        return *result = old | source, true;
    case TC_OP_XOR:
        return *result = old ^ source, true;
    case TC_OP_INC: /* wraps at the operand */
        return *result = old >= source ? 0 : old + 1, true;
    case TC_OP_DEC:
        return *result = old == 0 || old > source ? source : old - 1, true;
    }
    return false;
}

unsigned sim_atomic_bytes(unsigned code)
{
    return code & TC_OP_64_BITS ? 8 : 4;
}

bool sim_atomic(void *host, unsigned code, uint64_t source, uint64_t compare, uint64_t *old)
{
    unsigned op = code & 0x1f;
    bool wide = sim_atomic_bytes(code) == 8;
    uint64_t result;
    if (wide) {
        _Atomic uint64_t *word = host;
        *old = atomic_load(word);
        do
            if (!atomic_value(op, true, *old, source, compare, &result))
                return false;
        while (!atomic_compare_exchange_weak(word, old, result));
        return true;
    }
    _Atomic uint32_t *word = host;
    uint32_t value = atomic_load(word);
    do
        if (!atomic_value(op, false, value, (uint32_t)source, (uint32_t)compare, &result))
            return false;
    while (!atomic_compare_exchange_weak(word, &value, (uint32_t)result));
    *old = value;
    return true;
}

bool sdma_atomic(struct sdma *s)
{
    unsigned code = SDMA_BITS(s->p[0], 31, 25), op = code & 0x1f;
    bool wide = code & TC_OP_64_BITS;
    bool loop = SDMA_BITS(s->p[0], 16, 16) && op == TC_OP_CMPSWAP; /* until the comparison holds */
    uint64_t compare = wide ? sdma_address(s, 5) : s->p[5], old = 0;
    if (!sdma_aligned(s, sdma_address(s, 1), wide ? 8 : 4))
        return false;
    struct sim_nap nap = {0};
    for (;;) {
        void *host = sim_engine_reach(s->queue, sdma_address(s, 1), wide ? 8 : 4, SIM_VM_READ | SIM_VM_WRITE);
        if (!host)
            return false;
        bool known = sim_atomic(host, code, sdma_address(s, 3), compare, &old);
        sim_vm_leave(&s->queue->gpu->vm);
        if (!known)
            return sdma_bad(s, "ATOMIC operation 0x%02x is not implemented", code);
        sim_engine_wrote();
        if (!loop || old == compare)
            return true;
        sim_engine_nap_in(s->queue, &nap);
        if (!sim_queue_alive(s->queue))
            return false;
    }
}
