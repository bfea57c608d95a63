/*
 * op_memory.c - loads and stores of global memory and LDS whose active lanes all lie in one range of the VM,
 * or inside the group's LDS. Compiled once per level of the host's vectors.
 *
 * Invariant: nothing has been read or written when an operation here finds that it is not of that kind; it is
 * then run the general way (exec_flat.c, exec_ds.c), which also finds out what a fault is about. Addresses
 * are worked out for the whole wave before a register changes.
 */
#include "exec_memory.h"
#include "raw.h"
#include "vector_op.h"
#include "sim/memory/vm.h"

typedef uint32_t mem_rows[VEC_LANES];

struct mem_lanes {
    uint64_t exec; /* with ones for lanes that there are not */
    unsigned n;
    _Alignas(64) uint64_t at[VEC_LANES]; /* of lanes that are off: that of one which is on */
};

/* ---- where the lanes are ---- */

static void addresses(const struct isa_wave *w, const struct isa_op *op, uint64_t base, struct mem_lanes *l)
{
    const uint32_t *low = op_operand(w->ops, op, 1), *high = low + VEC_LANES;
    l->n = w->lanes;
    l->exec = vec_exec(w, w->ops);
    if (op->wide)
        for (unsigned i = 0; i < l->n; i++)
            l->at[i] = base + (low[i] | (uint64_t)high[i] << 32);
    else
        for (unsigned i = 0; i < l->n; i++)
            l->at[i] = base + low[i];
}

static unsigned first_lane(const struct mem_lanes *l)
{
    return (unsigned)__builtin_ctzll(l->exec);
}

static void lanes_fold(struct mem_lanes *l)
{
    uint64_t one = l->at[first_lane(l)];
    for (unsigned i = 0; i < l->n; i++)
        l->at[i] = l->exec >> i & 1 ? l->at[i] : one;
}

/* Does a flat address mean LDS or private memory? */
static bool lanes_in_apertures(const struct isa_wave *w, const struct mem_lanes *l)
{
    uint64_t shared = w->shared_base >> 32, private = w->private_base >> 32, in = 0;
    for (unsigned i = 0; i < l->n; i++)
        in |= (l->at[i] >> 32 == shared) | (l->at[i] >> 32 == private);
    return in;
}

/* Each `bytes` behind the one before, all of them on? */
static bool lanes_adjacent(const struct mem_lanes *l, unsigned bytes)
{
    uint64_t wrong = ~l->exec;
    for (uint64_t i = 0; i < l->n; i++)
        wrong |= l->at[i] ^ (l->at[0] + i * bytes);
    return wrong == 0;
}

/* What to add to a GPU address to get the host's, if all active lanes lie in one range. */
static bool lanes_span(struct isa_wave *w, const struct mem_lanes *l, unsigned bytes, unsigned access,
                       uintptr_t *bias)
{
    uint64_t low = UINT64_MAX, high = 0, room;
    for (unsigned i = 0; i < l->n; i++) {
        low = l->at[i] < low ? l->at[i] : low;
        high = l->at[i] > high ? l->at[i] : high;
    }
    const uint8_t *host = isa_memory_find(w, low, access, &room);
    if (!host || high - low >= room || room - (high - low) < bytes)
        return false;
    *bias = (uintptr_t)host - (uintptr_t)low;
    return true;
}

/* ---- moving: rows of registers here, memory at bias + at[] there ---- */

RAW static void row_read(uint32_t *to, const void *from, unsigned n)
{
    const RAW_ROW raw32 *f = from;
    for (unsigned i = 0; i < n; i++)
        to[i] = f[i];
}

RAW static void row_write(void *to, const uint32_t *from, unsigned n)
{
    RAW_ROW raw32 *t = to;
    for (unsigned i = 0; i < n; i++)
        t[i] = from[i];
}

RAW static uint32_t part_read(const uint8_t *at, unsigned bytes, unsigned sign)
{
    uint32_t value = bytes == 1 ? *(const volatile uint8_t *)at : *(const volatile raw16 *)at;
    return sign == 8 ? (uint32_t)(int8_t)value : sign == 16 ? (uint32_t)(int16_t)value : value;
}

RAW static inline void lane_read(mem_rows *to, unsigned lane, const uint8_t *at, unsigned bytes)
{
    if (bytes == 4) {
        to[0][lane] = *(const volatile raw32 *)at;
        return;
    }
    uint64_t pair = *(const volatile raw64 *)at;
    to[0][lane] = (uint32_t)pair;
    to[1][lane] = (uint32_t)(pair >> 32);
    if (bytes == 12)
        to[2][lane] = *(const volatile raw32 *)(at + 8);
    if (bytes == 16) {
        pair = *(const volatile raw64 *)(at + 8);
        to[2][lane] = (uint32_t)pair;
        to[3][lane] = (uint32_t)(pair >> 32);
    }
}

RAW static inline void lane_write(uint8_t *at, const mem_rows *from, unsigned lane, unsigned bytes)
{
    if (bytes == 4)
        *(volatile raw32 *)at = from[0][lane];
    else
        *(volatile raw64 *)at = from[0][lane] | (uint64_t)from[1][lane] << 32;
    if (bytes == 12)
        *(volatile raw32 *)(at + 8) = from[2][lane];
    if (bytes == 16)
        *(volatile raw64 *)(at + 8) = from[2][lane] | (uint64_t)from[3][lane] << 32;
}

#define EACH_LANE(l, ...)                                  \
    do {                                                   \
        if ((l)->exec == ~UINT64_C(0)) {                   \
            for (unsigned lane = 0; lane < (l)->n; lane++) \
                __VA_ARGS__;                               \
        } else {                                           \
            for (unsigned lane = 0; lane < (l)->n; lane++) \
                if ((l)->exec >> lane & 1)                 \
                    __VA_ARGS__;                           \
        }                                                  \
    } while (0)
#define AT(l, bias) ((uint8_t *)((bias) + (uintptr_t)(l)->at[lane]))

static void lanes_read(mem_rows *to, const struct mem_lanes *l, uintptr_t bias, unsigned bytes, unsigned sign)
{
    switch (bytes) {
    case 4:
        EACH_LANE(l, lane_read(to, lane, AT(l, bias), 4));
        break;
    case 8:
        EACH_LANE(l, lane_read(to, lane, AT(l, bias), 8));
        break;
    case 12:
        EACH_LANE(l, lane_read(to, lane, AT(l, bias), 12));
        break;
    case 16:
        EACH_LANE(l, lane_read(to, lane, AT(l, bias), 16));
        break;
    default:
        EACH_LANE(l, to[0][lane] = part_read(AT(l, bias), bytes, sign));
    }
}

RAW static void part_write(uint8_t *at, uint32_t value, unsigned bytes)
{
    if (bytes == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else
        *(volatile raw16 *)at = (uint16_t)value;
}

static void lanes_write(const struct mem_lanes *l, uintptr_t bias, const mem_rows *from, unsigned bytes)
{
    switch (bytes) {
    case 4:
        EACH_LANE(l, lane_write(AT(l, bias), from, lane, 4));
        break;
    case 8:
        EACH_LANE(l, lane_write(AT(l, bias), from, lane, 8));
        break;
    case 12:
        EACH_LANE(l, lane_write(AT(l, bias), from, lane, 12));
        break;
    case 16:
        EACH_LANE(l, lane_write(AT(l, bias), from, lane, 16));
        break;
    default:
        EACH_LANE(l, part_write(AT(l, bias), from[0][lane], bytes));
    }
}

static void rows_read(mem_rows *to, const struct mem_lanes *l, uintptr_t bias, const struct isa_op *op)
{
    if (op->bytes == 4 && lanes_adjacent(l, 4))
        row_read(to[0], (const uint8_t *)(bias + (uintptr_t)l->at[0]), l->n);
    else
        lanes_read(to, l, bias, op->bytes, op->sign);
}

static void rows_write(const struct mem_lanes *l, uintptr_t bias, const mem_rows *from,
                       const struct isa_op *op)
{
    if (op->bytes == 4 && lanes_adjacent(l, 4))
        row_write((uint8_t *)(bias + (uintptr_t)l->at[0]), from[0], l->n);
    else
        lanes_write(l, bias, from, op->bytes);
}

/* ---- global memory ---- */

/* False: no such simple access. With no lane active there is nothing to do, and exec is 0. */
static bool global_find(struct isa_wave *w, const struct isa_op *op, unsigned access, struct mem_lanes *l,
                        uintptr_t *bias)
{
    uint64_t base = (uint64_t)(int64_t)op->inst->offset;
    if (op->saddr != OP_NO_SGPR)
        base += isa_sgpr64(w, op->saddr);
    addresses(w, op, base, l);
    if (l->exec == w->ops->beyond) {
        l->exec = 0;
        return true;
    }
    if (l->exec != ~UINT64_C(0))
        lanes_fold(l);
    if (op->inst->format == ISA_FLAT && lanes_in_apertures(w, l))
        return false;
    return lanes_span(w, l, op->bytes, access, bias);
}

static const struct isa_op *load(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l;
    uintptr_t bias;
    if (!global_find(w, op, SIM_VM_READ, &l, &bias))
        return op_general(w, op);
    if (l.exec)
        rows_read(op_operand(w->ops, op, 0), &l, bias, op);
    return op_next(op);
}

static const struct isa_op *store(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l;
    uintptr_t bias;
    if (!global_find(w, op, SIM_VM_WRITE, &l, &bias))
        return op_general(w, op);
    if (l.exec)
        rows_write(&l, bias, op_operand(w->ops, op, 0), op);
    return op_next(op);
}

/* ---- LDS ---- */

/* Offsets in LDS, modulo 2^32 as its addresses are. */
static bool lds_find(const struct isa_wave *w, const struct isa_op *op, uint32_t offset, struct mem_lanes *l)
{
    const uint32_t *address = op_operand(w->ops, op, 1);
    uint64_t high = 0;
    l->n = w->lanes;
    l->exec = vec_exec(w, w->ops);
    if (l->exec == w->ops->beyond) {
        l->exec = 0;
        return true;
    }
    for (unsigned i = 0; i < l->n; i++)
        l->at[i] = (uint32_t)(address[i] + offset);
    if (l->exec != ~UINT64_C(0))
        lanes_fold(l);
    for (unsigned i = 0; i < l->n; i++)
        high = l->at[i] > high ? l->at[i] : high;
    return high + op->bytes <= w->group->lds_bytes;
}

static const struct isa_op *lds_load(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l;
    if (!lds_find(w, op, (uint32_t)op->inst->offset, &l))
        return op_general(w, op);
    if (l.exec)
        rows_read(op_operand(w->ops, op, 0), &l, (uintptr_t)w->group->lds, op);
    return op_next(op);
}

static const struct isa_op *lds_store(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l;
    if (!lds_find(w, op, (uint32_t)op->inst->offset, &l))
        return op_general(w, op);
    if (l.exec)
        rows_write(&l, (uintptr_t)w->group->lds, op_operand(w->ops, op, 0), op);
    return op_next(op);
}

/* Two-address forms: offsets in units of unit bytes. */
static bool lds_find2(const struct isa_wave *w, const struct isa_op *op, struct mem_lanes l[2])
{
    uint32_t offset = (uint32_t)op->inst->offset;
    return lds_find(w, op, (offset & 0xff) * op->unit, &l[0]) &&
           lds_find(w, op, (offset >> 8 & 0xff) * op->unit, &l[1]);
}

static const struct isa_op *lds_load2(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l[2];
    if (!lds_find2(w, op, l))
        return op_general(w, op);
    mem_rows *to = op_operand(w->ops, op, 0);
    if (l[0].exec) {
        rows_read(to, &l[0], (uintptr_t)w->group->lds, op);
        rows_read(to + op->bytes / 4, &l[1], (uintptr_t)w->group->lds, op);
    }
    return op_next(op);
}

static const struct isa_op *lds_store2(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l[2];
    if (!lds_find2(w, op, l))
        return op_general(w, op);
    if (l[0].exec) {
        rows_write(&l[0], (uintptr_t)w->group->lds, op_operand(w->ops, op, 0), op);
        rows_write(&l[1], (uintptr_t)w->group->lds, op_operand(w->ops, op, 2), op);
    }
    return op_next(op);
}

isa_op_fn *const VEC_NAME(op_memory)[OP_MEMORY_KINDS] = {
    [OP_LOAD] = load,           [OP_STORE] = store,         [OP_LDS_LOAD] = lds_load,
    [OP_LDS_STORE] = lds_store, [OP_LDS_LOAD2] = lds_load2, [OP_LDS_STORE2] = lds_store2,
};
