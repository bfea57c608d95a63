/*
 * exec_access.c - moves bytes between rows of registers and the places that a struct isa_access names.
 *
 * Invariant: dwords are read and written whole (raw.h). Atomics are the host's, seen by the CPU and by the
 * other engines.
 *
 * A wave whose lanes all lie in one range of the VM is served by one lookup (span_find). The rest goes lane
 * by lane, lowest first, in pieces where an access straddles two ranges; the first piece that nothing backs
 * is the fault. Private memory is interleaved: dword o/4 of lane l lies at scratch_va + (o/4)*lanes*4 + l*4
 * (LLVM, AMDGPUUsage, "Private Address Space").
 */
#include <string.h>

#include "exec_memory.h"
#include "raw.h"
#include "sim/memory/vm.h"

/* ---- raw memory ---- */

RAW static uint32_t raw_read8(const volatile void *at)
{
    return *(const volatile uint8_t *)at;
}

RAW static uint32_t raw_read16(const volatile void *at)
{
    return *(const volatile raw16 *)at;
}

RAW static uint32_t raw_read32(const volatile void *at)
{
    return *(const volatile raw32 *)at;
}

RAW static uint64_t raw_read64(const volatile void *at)
{
    return *(const volatile raw64 *)at;
}

RAW static void raw_write32(volatile void *at, uint32_t value)
{
    *(volatile raw32 *)at = value;
}

/* Any size; dwords and pairs of dwords whole. */
RAW static void raw_read(const volatile uint8_t *from, unsigned bytes, uint8_t *to)
{
    for (; bytes >= 8; bytes -= 8, from += 8, to += 8)
        *(raw64 *)to = *(const volatile raw64 *)from;
    for (; bytes >= 4; bytes -= 4, from += 4, to += 4)
        *(raw32 *)to = *(const volatile raw32 *)from;
    for (; bytes >= 2; bytes -= 2, from += 2, to += 2)
        *(raw16 *)to = *(const volatile raw16 *)from;
    if (bytes)
        *to = *from;
}

RAW static void raw_write(volatile uint8_t *to, unsigned bytes, const uint8_t *from)
{
    for (; bytes >= 8; bytes -= 8, from += 8, to += 8)
        *(volatile raw64 *)to = *(const raw64 *)from;
    for (; bytes >= 4; bytes -= 4, from += 4, to += 4)
        *(volatile raw32 *)to = *(const raw32 *)from;
    for (; bytes >= 2; bytes -= 2, from += 2, to += 2)
        *(volatile raw16 *)to = *(const raw16 *)from;
    if (bytes)
        *to = *from;
}

/* Lanes times a dword side by side, wave32 or wave64. */
RAW static void raw_copy_row(void *to, const void *from, unsigned lanes)
{
    RAW_ROW raw32 *t = to;
    const RAW_ROW raw32 *f = from;
    if (lanes == 64)
        for (unsigned i = 0; i < 64; i++)
            t[i] = f[i];
    else
        for (unsigned i = 0; i < 32; i++)
            t[i] = f[i];
}

void isa_fence(void)
{
    /* A locked instruction and not atomic_thread_fence(), which the thread sanitizer does not know. */
    static _Thread_local _Atomic unsigned mine;
    atomic_fetch_add_explicit(&mine, 1, memory_order_seq_cst);
}

/* ---- where the lanes are ---- */

static uint64_t all_lanes(const struct isa_wave *w)
{
    return w->lanes == 64 ? ~0ull : 0xffffffffull;
}

/* Every lane active, each `bytes` behind the one before? */
static bool lanes_adjacent(const struct isa_wave *w, const struct isa_access *a, unsigned bytes)
{
    if (a->exec != all_lanes(w))
        return false;
    uint64_t wrong = 0;
    for (unsigned lane = 0; lane < w->lanes; lane++)
        wrong |= a->at[lane] ^ (a->at[0] + (uint64_t)lane * bytes);
    return wrong == 0;
}

/* If all active lanes lie in one range that allows the access: what to add to a GPU address to get the
 * host's.
 */
static bool span_find(struct isa_wave *w, const struct isa_access *a, unsigned bytes, unsigned access,
                      uintptr_t *bias)
{
    uint64_t low = UINT64_MAX, high = 0, room;
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        uint64_t at = a->at[__builtin_ctzll(todo)];
        low = at < low ? at : low;
        high = at > high ? at : high;
    }
    const uint8_t *host = isa_memory_find(w, low, access, &room);
    if (!host || high - low >= room || room - (high - low) < bytes)
        return false;
    *bias = (uintptr_t)host - (uintptr_t)low;
    return true;
}

/* Where the byte at offset o of a lane's private memory is. On gfx90a the base is what the program put into
 * two SGPRs. */
static uint64_t scratch_address(const struct isa_wave *w, unsigned lane, uint64_t o)
{
    uint64_t base = w->generation == ISA_GFX90A ? isa_sgpr64(w, ISA_FLAT_SCRATCH) : w->scratch_va;
    return base + (o / 4 * w->lanes + lane) * 4 + o % 4;
}

/* Moves one lane's bytes to or from global memory, in pieces. */
static bool global_move(struct isa_wave *w, uint64_t va, unsigned bytes, uint8_t *data, bool write)
{
    unsigned access = write ? SIM_VM_WRITE : SIM_VM_READ;
    while (bytes > 0) {
        uint64_t room;
        uint8_t *host = isa_memory_find(w, va, access, &room);
        if (!host) {
            isa_memory_fault(w, va, access);
            return false;
        }
        unsigned piece = room < bytes ? (unsigned)room : bytes;
        if (write)
            raw_write(host, piece, data);
        else
            raw_read(host, piece, data);
        va += piece;
        data += piece;
        bytes -= piece;
    }
    return true;
}

/* A fault inside private memory names the generic address: it tells the reader that scratch was too small. */
static bool scratch_move(struct isa_wave *w, unsigned lane, uint64_t o, unsigned bytes, uint8_t *data,
                         bool write)
{
    if (o >= w->scratch_bytes || bytes > w->scratch_bytes - o) {
        isa_memory_fault(w, w->private_base + o, write ? SIM_VM_WRITE : SIM_VM_READ);
        return false;
    }
    while (bytes > 0) {
        unsigned piece = 4 - o % 4 < bytes ? 4 - o % 4 : bytes;
        if (!global_move(w, scratch_address(w, lane, o), piece, data, write))
            return false;
        o += piece;
        data += piece;
        bytes -= piece;
    }
    return true;
}

static bool lds_holds(const struct isa_wave *w, uint64_t offset, unsigned bytes)
{
    return offset < w->group->lds_bytes && bytes <= w->group->lds_bytes - offset;
}

static void lds_move(struct isa_wave *w, uint64_t offset, unsigned bytes, uint8_t *data, bool write)
{
    if (!lds_holds(w, offset, bytes)) {
        if (!write)
            memset(data, 0, bytes);
    } else if (write) {
        raw_write(w->group->lds + offset, bytes, data);
    } else {
        raw_read(w->group->lds + offset, bytes, data);
    }
}

static bool lane_move(struct isa_wave *w, const struct isa_access *a, unsigned lane, unsigned bytes,
                      uint8_t *data, bool write)
{
    uint64_t bit = 1ull << lane;
    if (a->lds & bit) {
        lds_move(w, a->at[lane], bytes, data, write);
        return true;
    }
    if (a->scratch & bit)
        return scratch_move(w, lane, a->at[lane], bytes, data, write);
    return global_move(w, a->at[lane], bytes, data, write);
}

/* ---- reading ---- */

/* Lanes at bias + at[]: all valid. */
static void span_read(const struct isa_access *a, uintptr_t bias, unsigned bytes, uint32_t (*to)[64])
{
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        const uint8_t *at = (const uint8_t *)(bias + (uintptr_t)a->at[lane]);
        if (bytes == 4) {
            to[0][lane] = raw_read32(at);
        } else if (bytes == 1) {
            to[0][lane] = raw_read8(at);
        } else if (bytes == 2) {
            to[0][lane] = raw_read16(at);
        } else {
            uint64_t pair = raw_read64(at);
            to[0][lane] = (uint32_t)pair;
            to[1][lane] = (uint32_t)(pair >> 32);
            pair = bytes == 16 ? raw_read64(at + 8) : bytes == 12 ? raw_read32(at + 8) : 0;
            if (bytes > 8)
                to[2][lane] = (uint32_t)pair;
            if (bytes > 12)
                to[3][lane] = (uint32_t)(pair >> 32);
        }
    }
}

/* The same private dwords of every lane: whole rows. Only as a short cut: false if it is none. */
static bool scratch_rows(struct isa_wave *w, const struct isa_access *a, unsigned bytes, uint32_t (*rows)[64],
                         bool write)
{
    uint64_t o = a->at[0], room, wrong = 0;
    if (a->scratch != all_lanes(w) || bytes % 4 || o % 4)
        return false;
    for (unsigned lane = 1; lane < w->lanes; lane++)
        wrong |= a->at[lane] ^ o;
    if (wrong || o >= w->scratch_bytes || bytes > w->scratch_bytes - o)
        return false;
    uint8_t *host = isa_memory_find(w, scratch_address(w, 0, o), write ? SIM_VM_WRITE : SIM_VM_READ, &room);
    if (!host || room < (uint64_t)bytes * w->lanes)
        return false;
    for (unsigned i = 0; i < bytes / 4; i++, host += 4 * w->lanes)
        if (write)
            raw_copy_row(host, rows[i], w->lanes);
        else
            raw_copy_row(rows[i], host, w->lanes);
    return true;
}

static bool lanes_read(struct isa_wave *w, const struct isa_access *a, unsigned bytes, uint32_t (*to)[64])
{
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint32_t data[4] = {0};
        if (!lane_move(w, a, lane, bytes, (uint8_t *)data, false))
            return false;
        for (unsigned i = 0; i < (bytes + 3) / 4; i++)
            to[i][lane] = data[i];
    }
    return true;
}

bool isa_access_read(struct isa_wave *w, const struct isa_access *a, unsigned bytes, uint32_t (*to)[64])
{
    for (uint64_t todo = a->dropped; todo; todo &= todo - 1)
        for (unsigned i = 0; i < (bytes + 3) / 4; i++)
            to[i][__builtin_ctzll(todo)] = 0;
    if (a->exec == 0)
        return true;
    uintptr_t bias;
    if (a->scratch && scratch_rows(w, a, bytes, to, false))
        return true;
    if (a->lds | a->scratch || !span_find(w, a, bytes, SIM_VM_READ, &bias))
        return lanes_read(w, a, bytes, to);
    if (bytes == 4 && lanes_adjacent(w, a, 4))
        raw_copy_row(to[0], (const uint8_t *)(bias + (uintptr_t)a->at[0]), w->lanes);
    else
        span_read(a, bias, bytes, to);
    return true;
}

/* ---- writing ---- */

static bool lanes_write(struct isa_wave *w, const struct isa_access *a, unsigned bytes,
                        const uint32_t (*from)[64])
{
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint32_t data[4];
        for (unsigned i = 0; i < (bytes + 3) / 4; i++)
            data[i] = from[i][lane];
        if (!lane_move(w, a, lane, bytes, (uint8_t *)data, true))
            return false;
    }
    return true;
}

static void span_write(const struct isa_access *a, uintptr_t bias, unsigned bytes, const uint32_t (*from)[64])
{
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint8_t *at = (uint8_t *)(bias + (uintptr_t)a->at[lane]);
        if (bytes == 4) {
            raw_write32(at, from[0][lane]);
            continue;
        }
        uint32_t data[4];
        for (unsigned i = 0; i < (bytes + 3) / 4; i++)
            data[i] = from[i][lane];
        raw_write(at, bytes, (const uint8_t *)data);
    }
}

bool isa_access_write(struct isa_wave *w, const struct isa_access *a, unsigned bytes,
                      const uint32_t (*from)[64])
{
    if (a->exec == 0)
        return true;
    uintptr_t bias;
    if (a->scratch && scratch_rows(w, a, bytes, (uint32_t(*)[64])from, true))
        return true;
    if (a->lds | a->scratch || !span_find(w, a, bytes, SIM_VM_WRITE, &bias))
        return lanes_write(w, a, bytes, from);
    if (bytes == 4 && lanes_adjacent(w, a, 4))
        raw_copy_row((uint8_t *)(bias + (uintptr_t)a->at[0]), from[0], w->lanes);
    else
        span_write(a, bias, bytes, from);
    return true;
}

/* ---- atomics ---- */

uint64_t isa_host_atomic(void *at, unsigned bytes, enum isa_atomic op, uint64_t data, uint64_t data2)
{
    if (bytes == 4 && op == ISA_ATOMIC_ADD)
        return atomic_fetch_add((_Atomic uint32_t *)at, (uint32_t)data);
    if (bytes == 4) {
        _Atomic uint32_t *p = at;
        uint32_t old = atomic_load_explicit(p, memory_order_relaxed);
        while (!atomic_compare_exchange_weak(p, &old, isa_atomic32(op, old, (uint32_t)data, (uint32_t)data2)))
            ;
        return old;
    }
    _Atomic uint64_t *p = at;
    uint64_t old = atomic_load_explicit(p, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(p, &old, isa_atomic64(op, old, data, data2)))
        ;
    return old;
}

/* Nobody else sees private memory, so reading and writing it suffices. */
static bool scratch_atomic(struct isa_wave *w, unsigned lane, uint64_t o, unsigned bytes, enum isa_atomic op,
                           uint64_t data, uint64_t data2, uint64_t *old)
{
    uint64_t value = 0, next;
    if (!scratch_move(w, lane, o, bytes, (uint8_t *)&value, false))
        return false;
    *old = value;
    next = bytes == 4 ? isa_atomic32(op, (uint32_t)value, (uint32_t)data, (uint32_t)data2)
                      : isa_atomic64(op, value, data, data2);
    return scratch_move(w, lane, o, bytes, (uint8_t *)&next, true);
}

/* All waves of a group run on one thread: nobody comes between. */
static uint64_t lds_atomic(uint8_t *at, unsigned bytes, enum isa_atomic op, uint64_t data, uint64_t data2)
{
    if (bytes == 4) {
        uint32_t *p = (uint32_t *)(void *)at, old = *p;
        *p = isa_atomic32(op, old, (uint32_t)data, (uint32_t)data2);
        return old;
    }
    uint64_t *p = (uint64_t *)(void *)at, old = *p;
    *p = isa_atomic64(op, old, data, data2);
    return old;
}

/* An atomic that is not aligned to its size is a memory violation in every alignment mode. */
static bool lane_atomic(struct isa_wave *w, const struct isa_access *a, unsigned lane, unsigned bytes,
                        enum isa_atomic op, uint64_t data, uint64_t data2, uint64_t *old)
{
    uint64_t at = a->at[lane], room;
    bool lds = a->lds >> lane & 1;
    if (!lds)
        op = isa_atomic_in_memory(w, op, bytes);
    else if (w->generation < ISA_GFX12) /* there what FLAT does in LDS is without flushing */
        op = isa_atomic_in_lds(w, op & ISA_ATOMIC_OPS, bytes);
    if (a->scratch >> lane & 1)
        return scratch_atomic(w, lane, at, bytes, op, data, data2, old);
    if (lds && !lds_holds(w, at, bytes)) {
        *old = 0;
        return true;
    }
    uint8_t *host = lds ? w->group->lds + at : isa_memory_find(w, at, SIM_VM_READ | SIM_VM_WRITE, &room);
    if (!host || at % bytes) {
        isa_memory_fault(w, lds ? w->shared_base + at : at, SIM_VM_WRITE);
        return false;
    }
    *old = lds ? lds_atomic(host, bytes, op, data, data2) : isa_host_atomic(host, bytes, op, data, data2);
    return true;
}

static uint64_t rows_get(const uint32_t (*rows)[64], unsigned lane, unsigned bytes)
{
    return !rows ? 0 : bytes == 4 ? rows[0][lane] : rows[0][lane] | (uint64_t)rows[1][lane] << 32;
}

static void rows_set(uint32_t (*rows)[64], unsigned lane, unsigned bytes, uint64_t value)
{
    if (!rows)
        return;
    rows[0][lane] = (uint32_t)value;
    if (bytes == 8)
        rows[1][lane] = (uint32_t)(value >> 32);
}

bool isa_access_atomic(struct isa_wave *w, const struct isa_access *a, unsigned bytes, enum isa_atomic op,
                       const uint32_t (*data)[64], const uint32_t (*data2)[64], uint32_t (*result)[64])
{
    for (uint64_t todo = a->dropped; todo; todo &= todo - 1)
        rows_set(result, (unsigned)__builtin_ctzll(todo), bytes, 0);
    for (uint64_t todo = a->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint64_t old;
        if (!lane_atomic(w, a, lane, bytes, op, rows_get(data, lane, bytes), rows_get(data2, lane, bytes),
                         &old))
            return false;
        rows_set(result, lane, bytes, old);
    }
    return true;
}
