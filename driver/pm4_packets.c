/*
 * pm4_packets.c - the bits of PM4 packets and the registers of a dispatch.
 *
 * What differs between generations is a column of hw/targets.h. Sources: Linux amdgpu/soc15d.h and nvd.h
 * (packets; ATOMIC_MEM's fields; the caches that gfx_v9_0.c, gfx_v10_0.c, gfx_v11_0.c and gfx_v12_0.c flush
 * with a fence), ROCr amd_gpu_pm4.h and amd_gpu_agent.cpp (ACQUIRE_MEM), libhsakmt impl/pm4_cmds.h
 * (WAIT_REG_MEM64), asic_reg/gc/gc_*_offset.h (registers), tinygrad's ops_amd.py for the order of a dispatch.
 * Partial work-groups: COMPUTE_NUM_THREAD_X.NUM_THREAD_PARTIAL and DISPATCH_INITIATOR.PARTIAL_TG_EN
 * (gc_*_sh_mask.h).
 */
#include "pm4.h"
#include "hw/atomics.h"

#include <string.h>

enum {
    DISPATCH_DIRECT = 0x15,
    ATOMIC_MEM = 0x1e,
    PRED_EXEC = 0x23,
    WRITE_DATA = 0x37,
    WAIT_REG_MEM = 0x3c,
    INDIRECT_BUFFER = 0x3f,
    EVENT_WRITE = 0x46,
    RELEASE_MEM = 0x49,
    ACQUIRE_MEM = 0x58,
    SET_SH_REG = 0x76,
    WAIT_REG_MEM64 = 0x93,

    DST_MEMORY = 5 << 8, /* WRITE_DATA */
    WR_CONFIRM = 1 << 20,
    MEM_SPACE = 1 << 4, /* WAIT_REG_MEM */
    MEM_PREEMPTABLE = 3 << 6,
    POLL_INTERVAL = 4,
    IB_VALID = 1 << 23,
    EVENT_CACHE_FLUSH_AND_INV_TS = 0x14,
    EVENT_CS_PARTIAL_FLUSH = 0x7,
    EVENT_INDEX_PARTIAL_FLUSH = 4 << 8,
    EVENT_INDEX_END_OF_PIPE = 5 << 8,
    INT_AFTER_WRITE = 2 << 24,
    DATA_SEL_SHIFT = 29,
    COHER_POLL_INTERVAL = 10,

    INITIATOR_SHADER_EN = 1 << 0,
    INITIATOR_PARTIAL_TG_EN = 1 << 1,
    INITIATOR_START_AT_000 = 1 << 2,
    INITIATOR_W32_EN = 1 << 15,

    SH_FIRST = 0x2c00,
    START_X = 0x2e04, /* and NUM_THREAD behind it */
    PGM_LO = 0x2e0c,
    SCRATCH_BASE_LO = 0x2e10,
    PGM_RSRC1 = 0x2e12,
    RESOURCE_LIMITS = 0x2e15,
    TMPRING_SIZE = 0x2e18,
    RESTART_X = 0x2e1b,
    USER_DATA_0 = 0x2e40,
};
#define NOP_FILLER   0xffff1000u
#define ALL_BYTES    0xffffffffu
#define ALL_BYTES_HI 0xffu /* bits 39:32 of a size in 256 bytes; all of gfx9's are not needed for 48 bits */

static uint32_t header(unsigned op, unsigned payload)
{
    return 0xc0000000u | (payload - 1) << 16 | op << 8;
}

static uint32_t *put64(uint32_t *p, uint64_t value)
{
    *p++ = (uint32_t)value;
    *p++ = (uint32_t)(value >> 32);
    return p;
}

uint32_t *pm4_nops(uint32_t *p, unsigned dwords)
{
    while (dwords--)
        *p++ = NOP_FILLER;
    return p;
}

uint32_t *pm4_write(uint32_t *p, uint64_t dst, const void *data, unsigned dwords)
{
    *p++ = header(WRITE_DATA, 3 + dwords);
    *p++ = DST_MEMORY | WR_CONFIRM;
    p = put64(p, dst);
    memcpy(p, data, dwords * 4);
    return p + dwords;
}

static uint32_t function_of(enum gpu_compare compare)
{
    static const uint8_t functions[] = {
        [GPU_LT] = 1, [GPU_LE] = 2, [GPU_EQ] = 3, [GPU_NE] = 4, [GPU_GE] = 5, [GPU_GT] = 6};
    return functions[compare];
}

uint32_t *pm4_wait(uint32_t *p, uint64_t va, enum gpu_compare compare, uint32_t value, uint32_t mask)
{
    *p++ = header(WAIT_REG_MEM, 6);
    *p++ = function_of(compare) | MEM_SPACE | MEM_PREEMPTABLE;
    p = put64(p, va);
    *p++ = value;
    *p++ = mask;
    *p++ = POLL_INTERVAL;
    return p;
}

uint32_t *pm4_wait64(uint32_t *p, uint64_t va, enum gpu_compare compare, uint64_t value)
{
    *p++ = header(WAIT_REG_MEM64, 8);
    *p++ = function_of(compare) | MEM_SPACE | MEM_PREEMPTABLE;
    p = put64(put64(put64(p, va), value), UINT64_MAX);
    *p++ = POLL_INTERVAL;
    return p;
}

uint32_t *pm4_release(uint32_t *p, const struct target *target, const struct pm4_release *release)
{
    *p++ = header(RELEASE_MEM, 7);
    *p++ =
        EVENT_CACHE_FLUSH_AND_INV_TS | EVENT_INDEX_END_OF_PIPE | (release->flush ? target->pm4_release : 0);
    *p++ = (uint32_t)release->data << DATA_SEL_SHIFT | (release->event_id ? INT_AFTER_WRITE : 0);
    p = put64(put64(p, release->dst), release->value);
    *p++ = release->event_id;
    return p;
}

/* In a single pass, the one command that works everywhere. */
uint32_t *pm4_atomic(uint32_t *p, uint64_t dst, enum gpu_atomic op, uint64_t value)
{
    *p++ = header(ATOMIC_MEM, 8);
    *p++ = atomic_code(op);
    p = put64(put64(put64(p, dst), value), 0); /* nothing to compare with */
    *p++ = 0;                                  /* no loop */
    return p;
}

uint32_t *pm4_predicate(uint32_t *p, uint32_t xcc_mask, unsigned dwords)
{
    *p++ = header(PRED_EXEC, 1);
    *p++ = xcc_mask << 24 | dwords;
    return p;
}

uint32_t *pm4_indirect(uint32_t *p, uint64_t va, unsigned dwords)
{
    *p++ = header(INDIRECT_BUFFER, 3);
    p = put64(p, va);
    *p++ = dwords | IB_VALID;
    return p;
}

/* ---- a dispatch ---- */

static uint32_t *acquire(uint32_t *p, const struct target *target)
{
    *p++ = header(ACQUIRE_MEM, target->pm4_gcr ? 7 : 6);
    *p++ = target->pm4_gcr ? 0 : target->pm4_acquire;
    *p++ = ALL_BYTES;
    *p++ = ALL_BYTES_HI;
    p = put64(p, 0);
    *p++ = COHER_POLL_INTERVAL;
    if (target->pm4_gcr)
        *p++ = target->pm4_acquire;
    return p;
}

/* The packet's head; n values follow. */
static uint32_t *set_registers(uint32_t *p, uint32_t first, unsigned n)
{
    *p++ = header(SET_SH_REG, 1 + n);
    *p++ = first - SH_FIRST;
    return p;
}

static uint32_t *set_register(uint32_t *p, uint32_t number, uint32_t value)
{
    p = set_registers(p, number, 1);
    *p++ = value;
    return p;
}

/* START and NUM_THREAD: the last group of a dimension may be a part of one. */
static uint32_t *set_geometry(uint32_t *p, const struct pm4_dispatch *d)
{
    p = set_registers(p, START_X, 6);
    for (int i = 0; i < 3; i++)
        *p++ = 0;
    for (int i = 0; i < 3; i++) {
        uint32_t rest = d->grid[i] % d->group[i];
        *p++ = d->group[i] | (rest ? rest : d->group[i]) << 16;
    }
    return p;
}

static uint32_t *set_shader(uint32_t *p, const struct target *target, const struct pm4_dispatch *d)
{
    p = put64(set_registers(p, PGM_LO, 2), d->code_va >> 8);
    p = put64(set_registers(p, SCRATCH_BASE_LO, 2), d->scratch_va >> 8);
    p = put64(set_registers(p, PGM_RSRC1, 2), d->rsrc[0] | (uint64_t)d->rsrc[1] << 32);
    p = set_register(p, target->pm4_rsrc3, d->rsrc[2]);
    p = set_register(p, TMPRING_SIZE, d->tmpring_size);
    p = set_register(p, RESOURCE_LIMITS, 0);
    p = put64(set_registers(p, RESTART_X, 3), 0);
    *p++ = 0;
    return p;
}

uint32_t *pm4_dispatch(uint32_t *p, const struct target *target, const struct pm4_dispatch *d)
{
    p = set_geometry(acquire(p, target), d);
    p = set_shader(p, target, d);
    if (d->n_user) {
        p = set_registers(p, USER_DATA_0, d->n_user);
        memcpy(p, d->user, d->n_user * sizeof *p);
        p += d->n_user;
    }
    *p++ = header(DISPATCH_DIRECT, 4);
    for (int i = 0; i < 3; i++)
        *p++ = (uint32_t)(((uint64_t)d->grid[i] + d->group[i] - 1) / d->group[i]);
    *p++ = INITIATOR_SHADER_EN | INITIATOR_PARTIAL_TG_EN | INITIATOR_START_AT_000 |
           (d->wave32 ? INITIATOR_W32_EN : 0);
    *p++ = header(EVENT_WRITE, 1);
    *p++ = EVENT_CS_PARTIAL_FLUSH | EVENT_INDEX_PARTIAL_FLUSH;
    return p;
}
