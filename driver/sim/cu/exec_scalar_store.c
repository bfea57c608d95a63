/*
 * exec_scalar_store.c - stores and atomics of scalar memory, which gfx9 alone has.
 *
 * Invariant: what is written is as wide as the data operand; the low bits of an address that a dword or a
 * pair does not have do not count. Facts: AMD's "Vega" instruction set manual, "Scalar memory operations" and
 * the pseudocode of S_STORE_DWORD and S_ATOMIC_*; the CDNA3 manual, "Scalar Memory Addressing", for scratch,
 * whose register counts in 64 bytes: the first data is the new value of S_ATOMIC_CMPSWAP, the
 * second what it compares with. Through a buffer resource, what lies past its end is not written and reads 0.
 */
#include "exec_memory.h"
#include "exec_scalar.h"
#include "sim/memory/vm.h"

#include <string.h>

struct place {
    uint64_t base, offset, limit; /* limit: of the buffer's bytes */
};

static struct place place_of(const struct isa_wave *w, const struct isa_inst *inst)
{
    uint64_t offset = isa_read32(w, &inst->src[1]) + (uint64_t)(int64_t)inst->offset;
    const uint32_t *resource = &w->sgpr[inst->src[0].reg];
    if (inst->src[0].dwords < 4)
        return (struct place){isa_read64(w, &inst->src[0]), offset, UINT64_MAX};
    uint64_t stride = resource[1] >> 16 & 0x3fff;
    uint64_t base = resource[0] | (uint64_t)(resource[1] & 0xffff) << 32;
    return (struct place){base, offset, stride ? stride * resource[2] : resource[2]};
}

static void *place_memory(struct isa_wave *w, const struct place *p, unsigned bytes)
{
    uint64_t mask = ~(uint64_t)(bytes - 1);
    if (p->limit != UINT64_MAX && (p->offset & mask) + bytes > p->limit)
        return NULL;
    uint64_t va =
        p->limit == UINT64_MAX ? (p->base + p->offset) & mask : (p->base & ~UINT64_C(3)) + (p->offset & mask);
    return isa_memory(w, va, bytes, SIM_VM_WRITE);
}

static void words_store(struct isa_wave *w, const struct isa_inst *inst, struct place p)
{
    const struct isa_operand *data = &inst->src[2];
    for (unsigned i = 0; i < data->dwords; i++, p.offset += 4) {
        uint32_t *to = place_memory(w, &p, 4);
        if (w->state != ISA_RUNNING)
            return;
        if (to)
            *to = w->sgpr[data->reg + i];
    }
}

static void store(struct isa_wave *w, const struct isa_inst *inst)
{
    words_store(w, inst, place_of(w, inst));
}

static void scratch_store(struct isa_wave *w, const struct isa_inst *inst)
{
    struct place p = place_of(w, inst);
    p.offset += (uint64_t)isa_read32(w, &inst->src[1]) * 63;
    words_store(w, inst, p);
}

static uint64_t data_read(const struct isa_wave *w, const struct isa_inst *inst, unsigned from,
                          unsigned dwords)
{
    const uint32_t *data = &w->sgpr[inst->src[2].reg + from];
    return dwords == 1 ? data[0] : data[0] | (uint64_t)data[1] << 32;
}

static void atomic(struct isa_wave *w, const struct isa_inst *inst, enum isa_atomic op)
{
    bool compares = op == ISA_ATOMIC_CMPSWAP;
    unsigned dwords = compares ? inst->src[2].dwords / 2u : inst->src[2].dwords;
    uint64_t data = data_read(w, inst, 0, dwords), other = compares ? data_read(w, inst, dwords, dwords) : 0;
    struct place p = place_of(w, inst);
    void *at = place_memory(w, &p, 4 * dwords);
    if (w->state != ISA_RUNNING)
        return;
    uint64_t old = at ? isa_host_atomic(at, 4 * dwords, op, data, other) : 0;
    if (inst->dst.kind == ISA_SGPR)
        memcpy(&w->sgpr[inst->dst.reg], &old, 4 * dwords);
}

/* clang-format off */
#define OPERATIONS(X) \
    X(swap, SWAP) X(cmpswap, CMPSWAP) X(add, ADD) X(sub, SUB) X(smin, SMIN) X(umin, UMIN) X(smax, SMAX) \
    X(umax, UMAX) X(and, AND) X(or, OR) X(xor, XOR) X(inc, INC) X(dec, DEC)
/* clang-format on */

#define FUNCTION(name, op)                                                     \
    static void atomic_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                          \
        atomic(w, inst, ISA_ATOMIC_##op);                                      \
    }
OPERATIONS(FUNCTION)

#define NAMES(name, op)                                                           \
    {"s_atomic_" #name, atomic_##name}, {"s_atomic_" #name "_x2", atomic_##name}, \
        {"s_buffer_atomic_" #name, atomic_##name}, {"s_buffer_atomic_" #name "_x2", atomic_##name},

const struct isa_binding isa_exec_scalar_store[] = {
    {"s_store_dword", store},
    {"s_store_dwordx2", store},
    {"s_store_dwordx4", store},
    {"s_scratch_store_dword", scratch_store},
    {"s_scratch_store_dwordx2", scratch_store},
    {"s_scratch_store_dwordx4", scratch_store},
    {"s_buffer_store_dword", store},
    {"s_buffer_store_dwordx2", store},
    {"s_buffer_store_dwordx4", store},
    {"s_dcache_discard", isa_nothing}, /* nothing is held back that could be dropped */
    {"s_dcache_discard_x2", isa_nothing},
    OPERATIONS(NAMES){NULL, NULL},
};
