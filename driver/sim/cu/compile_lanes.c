/*
 * compile_lanes.c - loads and stores lane by lane, for compiled code whose lanes do not lie side by side.
 */
#include "compile_lanes.h"
#include "exec_memory.h"
#include "op.h"

#include <string.h>

static uint8_t *span_host(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint32_t min,
                          uint32_t max, unsigned access, bool lds)
{
    uint64_t room;
    if (lds) {
        uint64_t end = base + max + op->bytes;
        return end <= w->group->lds_bytes ? w->group->lds + base : NULL;
    }
    uint8_t *host = isa_memory_near(w, base + min, access, &room, op_hint(op));
    return host && (uint64_t)(max - min) + op->bytes <= room ? (uint8_t *)((uintptr_t)host - min) : NULL;
}

/* The host's address of offset 0, if all active lanes lie in one range, or in LDS. */
static uint8_t *lanes_host(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint64_t exec,
                           const uint32_t *at, unsigned access, bool lds)
{
    uint32_t min = UINT32_MAX, max = 0;
    for (unsigned i = 0; i < w->lanes; i++) {
        uint32_t low = exec >> i & 1 ? at[i] : UINT32_MAX, top = exec >> i & 1 ? at[i] : 0;
        min = low < min ? low : min;
        max = top > max ? top : max;
    }
    return exec ? span_host(w, op, base, min, max, access, lds) : NULL;
}

#define EACH_ACTIVE(exec)                              \
    for (uint64_t rest = exec; rest; rest &= rest - 1) \
        for (unsigned lane = (unsigned)__builtin_ctzll(rest), once = 1; once; once = 0)

/* A byte or two, extended as the operation wants it. */
static uint32_t part_read(const struct isa_op *op, const void *from)
{
    uint32_t part = 0;
    memcpy(&part, from, op->bytes);
    return op->sign ? (uint32_t)sext(part, op->sign) : part;
}

bool compile_lanes_read(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint64_t exec,
                        uint32_t lds, const uint32_t *at, uint32_t (*to)[VEC_LANES])
{
    const uint8_t *host = lanes_host(w, op, base, exec, at, SIM_VM_READ, lds);
    unsigned n = op->bytes / 4u;
    if (!host)
        return !exec; /* with no lane active there is nothing to do */
    EACH_ACTIVE(exec)
    {
        uint32_t data[4];
        const void *from = (const void *)((uintptr_t)host + at[lane]);
        if (n == 0)
            to[0][lane] = part_read(op, from);
        else if (n == 1)
            memcpy(data, from, 4);
        else if (n == 2)
            memcpy(data, from, 8);
        else
            memcpy(data, from, n * sizeof *data);
        for (unsigned i = 0; i < n; i++)
            to[i][lane] = data[i];
    }
    return true;
}

bool compile_lanes_write(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint64_t exec,
                         uint32_t lds, const uint32_t *at, uint32_t (*from)[VEC_LANES])
{
    uint8_t *host = lanes_host(w, op, base, exec, at, SIM_VM_WRITE, lds);
    unsigned n = op->bytes / 4u;
    if (!host)
        return !exec; /* with no lane active there is nothing to do */
    EACH_ACTIVE(exec)
    {
        uint32_t data[4];
        void *to = (void *)((uintptr_t)host + at[lane]);
        for (unsigned i = 0; i < n; i++)
            data[i] = from[i][lane];
        if (n == 0)
            memcpy(to, &from[0][lane], op->bytes);
        else if (n == 1)
            memcpy(to, data, 4);
        else if (n == 2)
            memcpy(to, data, 8);
        else
            memcpy(to, data, n * sizeof *data);
    }
    return true;
}
