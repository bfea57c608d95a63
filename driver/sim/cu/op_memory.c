/*
 * op_memory.c - loads and stores of global memory and LDS whose active lanes all lie in one range of the VM,
 * or inside the group's LDS. Compiled once per level of the host's vectors.
 *
 * Invariant: nothing has been read or written when an operation here finds that it is not of that kind; it is
 * then run the general way (exec_flat.c, exec_ds.c), which also finds out what a fault is about. A register
 * may be both address and result: no lane's address is read after that lane's data was written.
 */
#include "exec_memory.h"
#include "op_rows.h"
#include "sim/memory/vm.h"

struct mem_plan {
    struct mem_lanes l;
    uint8_t *host; /* of offset 0 */
    bool pattern;  /* by blocks of lanes, not one by one */
    struct mem_windows windows;
};

OWN_COPY bool pattern_find(struct mem_plan *p, unsigned bytes, bool write, struct mem_span *span)
{
    return write ? blocks_find(&p->l, bytes, span) : windows_find(&p->l, bytes, &p->windows, span);
}

OWN_COPY void plan_read(const struct mem_plan *p, mem_rows *to, unsigned bytes, unsigned sign)
{
    if (p->pattern)
        windows_read(to, &p->l, &p->windows, p->host, bytes);
    else if (p->l.exec)
        lanes_read(to, &p->l, p->host, bytes, sign);
}

OWN_COPY void plan_write(const struct mem_plan *p, const mem_rows *from, unsigned bytes)
{
    if (p->pattern)
        blocks_write(&p->l, p->host, from, bytes);
    else if (p->l.exec)
        lanes_write(&p->l, p->host, from, bytes);
}

/* Lanes that there are not count as active where all others are, else as inactive. */
OWN_COPY struct mem_lanes lanes_take(const struct isa_wave *w, const struct isa_op *op)
{
    struct mem_lanes l = {vec_exec(w, w->ops), w->lanes, op_operand(w->ops, op, 1)};
    if (l.exec != ~UINT64_C(0))
        l.exec &= ~w->ops->beyond;
    return l;
}

/* Code of its own for waves whose lanes are all active, of either size, and for the others. */
#define BY_SHAPE(function, l, ...)                                                                         \
    ((l).exec != ~UINT64_C(0) ? function(w, op, (struct mem_lanes){(l).exec, 64, (l).at}, __VA_ARGS__)     \
     : (l).n == 32            ? function(w, op, (struct mem_lanes){~UINT64_C(0), 32, (l).at}, __VA_ARGS__) \
                              : function(w, op, (struct mem_lanes){~UINT64_C(0), 64, (l).at}, __VA_ARGS__))

/* ---- global memory ---- */

/* Where offset 0 is, unless the upper halves of addresses differ. */
OWN_COPY bool global_base(const struct isa_wave *w, const struct isa_op *op, const struct mem_lanes *l,
                          uint64_t *base)
{
    *base = (uint64_t)(int64_t)op->inst->offset;
    if (!op->wide) {
        *base += isa_sgpr64(w, op->saddr);
        return true;
    }
    const uint32_t *high = l->at + VEC_LANES;
    uint32_t above = high[first_lane(l)];
    *base += (uint64_t)above << 32;
    return row_is(high, l, above);
}

/* Does a flat address mean LDS or private memory? */
static bool in_aperture(const struct isa_wave *w, uint64_t va)
{
    return va >> 32 == w->shared_base >> 32 || va >> 32 == w->private_base >> 32;
}

/* The host's address of offset 0, if the whole span lies in one range of the VM that allows the access. */
OWN_COPY uint8_t *global_host(struct isa_wave *w, const struct isa_op *op, uint64_t base,
                              const struct mem_span *span, unsigned access)
{
    uint64_t low = base + span->low, end = base + span->end, room;
    uint8_t *host = isa_memory_near(w, low, access, &room, op_hint(op));
    if (!host || end - low > room ||
        (op->inst->format == ISA_FLAT && (in_aperture(w, low) || in_aperture(w, end - 1))))
        return NULL;
    return (uint8_t *)((uintptr_t)host - span->low);
}

/* False: no such simple access. */
OWN_COPY bool global_plan(struct isa_wave *w, const struct isa_op *op, unsigned bytes, bool write,
                          struct mem_plan *p)
{
    const unsigned access = write ? SIM_VM_WRITE : SIM_VM_READ;
    struct mem_span span;
    uint64_t base;
    p->pattern = false;
    if (!p->l.exec)
        return true;
    if (!global_base(w, op, &p->l, &base))
        return false;
    if (pattern_find(p, bytes, write, &span) && (p->host = global_host(w, op, base, &span, access))) {
        p->pattern = true;
        return true;
    }
    lanes_span(&p->l, bytes, &span);
    p->host = global_host(w, op, base, &span, access);
    return p->host;
}

OWN_COPY const struct isa_op *load_in(struct isa_wave *w, const struct isa_op *op, const struct mem_lanes l,
                                      unsigned bytes)
{
    struct mem_plan p = {.l = l};
    if (!global_plan(w, op, bytes, false, &p))
        return op_general(w, op);
    plan_read(&p, op_operand(w->ops, op, 0), bytes, op->sign);
    return op_next(op);
}

OWN_COPY const struct isa_op *store_in(struct isa_wave *w, const struct isa_op *op, const struct mem_lanes l,
                                       unsigned bytes)
{
    struct mem_plan p = {.l = l};
    if (!global_plan(w, op, bytes, true, &p))
        return op_general(w, op);
    plan_write(&p, op_operand(w->ops, op, 0), bytes);
    return op_next(op);
}

/* ---- LDS ---- */

/* Addresses wrap at 2^32; where one does, this finds that they are not all inside. */
OWN_COPY bool lds_plan(const struct isa_wave *w, uint32_t offset, unsigned bytes, bool write,
                       struct mem_plan *p)
{
    struct mem_span span;
    p->pattern = false;
    p->host = w->group->lds + offset;
    if (!p->l.exec)
        return true;
    if (pattern_find(p, bytes, write, &span) && span.end + offset <= w->group->lds_bytes) {
        p->pattern = true;
        return true;
    }
    lanes_span(&p->l, bytes, &span);
    return span.end + offset <= w->group->lds_bytes;
}

OWN_COPY const struct isa_op *lds_load_in(struct isa_wave *w, const struct isa_op *op,
                                          const struct mem_lanes l, unsigned bytes)
{
    struct mem_plan p = {.l = l};
    if (!lds_plan(w, (uint32_t)op->inst->offset, bytes, false, &p))
        return op_general(w, op);
    plan_read(&p, op_operand(w->ops, op, 0), bytes, op->sign);
    return op_next(op);
}

OWN_COPY const struct isa_op *lds_store_in(struct isa_wave *w, const struct isa_op *op,
                                           const struct mem_lanes l, unsigned bytes)
{
    struct mem_plan p = {.l = l};
    if (!lds_plan(w, (uint32_t)op->inst->offset, bytes, true, &p))
        return op_general(w, op);
    plan_write(&p, op_operand(w->ops, op, 0), bytes);
    return op_next(op);
}

/* Two-address forms: offsets in units of unit bytes. */
OWN_COPY bool lds_plan2(const struct isa_wave *w, const struct isa_op *op, unsigned bytes, bool write,
                        struct mem_plan p[2])
{
    uint32_t offset = (uint32_t)op->inst->offset;
    return lds_plan(w, (offset & 0xff) * op->unit, bytes, write, &p[0]) &&
           lds_plan(w, (offset >> 8 & 0xff) * op->unit, bytes, write, &p[1]);
}

OWN_COPY const struct isa_op *lds_load2_in(struct isa_wave *w, const struct isa_op *op,
                                           const struct mem_lanes l, unsigned bytes)
{
    struct mem_plan p[2] = {{.l = l}, {.l = l}};
    uint32_t at[VEC_LANES];
    mem_rows *to = op_operand(w->ops, op, 0);
    if (!lds_plan2(w, op, bytes, false, p))
        return op_general(w, op);
    p[1].l.at = memcpy(at, p[1].l.at, sizeof at); /* the first result may lie on it */
    plan_read(&p[0], to, bytes, op->sign);
    plan_read(&p[1], to + bytes / 4, bytes, op->sign);
    return op_next(op);
}

OWN_COPY const struct isa_op *lds_store2_in(struct isa_wave *w, const struct isa_op *op,
                                            const struct mem_lanes l, unsigned bytes)
{
    struct mem_plan p[2] = {{.l = l}, {.l = l}};
    if (!lds_plan2(w, op, bytes, true, p))
        return op_general(w, op);
    plan_write(&p[0], op_operand(w->ops, op, 0), bytes);
    plan_write(&p[1], op_operand(w->ops, op, 2), bytes);
    return op_next(op);
}

/* ---- atomics of dwords; lane 0 goes first ---- */

static const struct isa_op *atomic(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_plan p = {0};
    struct mem_span span;
    uint64_t base;
    const mem_rows *data = op_operand(w->ops, op, 0);
    uint32_t *to = op->returns ? op_operand(w->ops, op, 2) : NULL;
    p.l = lanes_take(w, op);
    if (!p.l.exec)
        return op_next(op);
    lanes_span(&p.l, 4, &span);
    if (op->care & w->ops->lacks || !global_base(w, op, &p.l, &base) || base % 4 || !lanes_aligned(&p.l) ||
        !(p.host = global_host(w, op, base, &span, SIM_VM_READ | SIM_VM_WRITE)))
        return op_general(w, op);
    EACH_LANE(&p.l, {
        uint32_t old =
            (uint32_t)isa_host_atomic(AT(&p.l, p.host), 4, op->atomic, data[0][lane], data[1][lane]);
        if (to)
            to[lane] = old;
    });
    return op_next(op);
}

#define LDS_ATOMIC(...)                                    \
    EACH_LANE(&p.l, {                                      \
        vec_u32 *at = (vec_u32 *)(void *)AT(&p.l, p.host); \
        uint32_t old = *at;                                \
        *at = __VA_ARGS__;                                 \
        if (to)                                            \
            to[lane] = old;                                \
    })

/* All waves of a group run on one thread: nobody comes between. */
static const struct isa_op *lds_atomic(struct isa_wave *w, const struct isa_op *op)
{
    struct mem_plan p = {0};
    struct mem_span span;
    const uint32_t *data = op_operand(w->ops, op, 0);
    uint32_t *to = op->returns ? op_operand(w->ops, op, 2) : NULL, offset = (uint32_t)op->inst->offset;
    p.l = lanes_take(w, op);
    if (!p.l.exec)
        return op_next(op);
    lanes_span(&p.l, 4, &span);
    if (op->care & w->ops->lacks || span.end + offset > w->group->lds_bytes || offset % 4 ||
        !lanes_aligned(&p.l))
        return op_general(w, op);
    p.host = w->group->lds + offset;
    if (op->atomic == ISA_ATOMIC_ADD)
        LDS_ATOMIC(old + data[lane]);
    else if (op->atomic == ISA_ATOMIC_INC)
        LDS_ATOMIC(old >= data[lane] ? 0 : old + 1);
    else
        LDS_ATOMIC(isa_atomic32(op->atomic, old, data[lane], 0));
    return op_next(op);
}

/* ---- for each size by itself ---- */

#define SIZED(name, size, bytes)                                                           \
    static const struct isa_op *name##_##size(struct isa_wave *w, const struct isa_op *op) \
    {                                                                                      \
        const struct mem_lanes l = lanes_take(w, op);                                      \
        return BY_SHAPE(name##_in, l, bytes);                                              \
    }
#define SIZES(name)             \
    SIZED(name, any, op->bytes) \
    SIZED(name, 4, 4)           \
    SIZED(name, 8, 8)           \
    SIZED(name, 16, 16)
SIZES(load)
SIZES(store)
SIZES(lds_load)
SIZES(lds_store)
SIZES(lds_load2)
SIZES(lds_store2)

#define OF_SIZES(name)                                                                            \
    {                                                                                             \
        [OP_ANY] = name##_any, [OP_DWORD] = name##_4, [OP_PAIR] = name##_8, [OP_FOUR] = name##_16 \
    }
isa_op_fn *const VEC_NAME(op_memory)[OP_MEMORY_KINDS][OP_MEMORY_SIZES] = {
    [OP_LOAD] = OF_SIZES(load),           [OP_STORE] = OF_SIZES(store),
    [OP_LDS_LOAD] = OF_SIZES(lds_load),   [OP_LDS_STORE] = OF_SIZES(lds_store),
    [OP_LDS_LOAD2] = OF_SIZES(lds_load2), [OP_LDS_STORE2] = OF_SIZES(lds_store2),
    [OP_ATOMIC] = {[OP_DWORD] = atomic},  [OP_LDS_ATOMIC] = {[OP_DWORD] = lds_atomic},
};
