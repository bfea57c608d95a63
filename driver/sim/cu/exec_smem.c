/*
 * exec_smem.c - scalar memory: loads through an address or a buffer resource, caches, clocks.
 *
 * Invariant: nothing is written to registers before all memory was read; the two low bits of an address do
 * not count. Facts: AMD's CDNA3 and RDNA3 ISA manuals, "Scalar Memory Operations" and the buffer resource's
 * layout.
 */
#include "exec_memory.h"
#include "exec_scalar.h"
#include "op.h"
#include "sim/memory/vm.h"

#include <string.h>

static uint64_t smem_offset(const struct isa_wave *w, const struct isa_inst *inst)
{
    return isa_read32(w, &inst->src[1]) + (uint64_t)(int64_t)inst->offset;
}

static void registers_write(struct isa_wave *w, const struct isa_operand *dst, const uint32_t *values)
{
    if (dst->kind != ISA_SGPR)
        return;
    for (unsigned i = 0; i < dst->dwords; i++)
        w->sgpr[dst->reg + i] = values[i];
}

/* A whole load lies in one mapping almost always; otherwise word by word. False: the wave has faulted. */
static bool words_read(struct isa_wave *w, uint64_t va, unsigned n, uint32_t *values)
{
    const void *host = isa_memory(w, va, n * 4, SIM_VM_READ);
    if (host)
        memcpy(values, host, n * 4);
    return host;
}

static void load(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t values[16] = {0};
    uint64_t va = isa_read64(w, &inst->src[0]) + smem_offset(w, inst);
    if (words_read(w, va & ~UINT64_C(3), inst->dst.dwords, values))
        registers_write(w, &inst->dst, values);
}

/* Its register counts in 64 bytes. */
static void scratch_load(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t values[16] = {0};
    uint64_t va = isa_read64(w, &inst->src[0]) + (uint64_t)isa_read32(w, &inst->src[1]) * 64 +
                  (uint64_t)(int64_t)inst->offset;
    if (words_read(w, va & ~UINT64_C(3), inst->dst.dwords, values))
        registers_write(w, &inst->dst, values);
}

/* As load(), with its operands found. */
static const struct isa_op *load_op(struct isa_wave *w, const struct isa_op *op)
{
    const struct op_state *s = w->ops;
    uint64_t va = op_scalar64(s, op, 1) + op_scalar32(s, op, 2) + (uint64_t)(int64_t)op->inst->offset, room;
    const void *host = isa_memory_near(w, va & ~UINT64_C(3), SIM_VM_READ, &room, op_hint(op));
    void *to = op_operand(s, op, 0);
    if (!host || room < op->bytes)
        return op_general(w, op);
    switch (op->bytes) {
    case 4:
        memcpy(to, host, 4);
        break;
    case 8:
        memcpy(to, host, 8);
        break;
    case 16:
        memcpy(to, host, 16);
        break;
    default:
        memcpy(to, host, op->bytes);
    }
    return op_next(op);
}

const struct isa_op_binding isa_ops_smem[] = {{load, load_op}, {NULL, NULL}};

/* Words past the end of the buffer read 0. */
static void buffer_load(struct isa_wave *w, const struct isa_inst *inst)
{
    const uint32_t *resource = &w->sgpr[inst->src[0].reg];
    uint64_t base = resource[0] | (uint64_t)(resource[1] & 0xffff) << 32, stride = resource[1] >> 16 & 0x3fff;
    uint64_t size = stride ? stride * resource[2] : resource[2], offset = smem_offset(w, inst) & ~UINT64_C(3);
    uint32_t values[16] = {0};
    for (unsigned i = 0; i < inst->dst.dwords; i++, offset += 4)
        if (offset + 4 <= size && !words_read(w, (base & ~UINT64_C(3)) + offset, 1, &values[i]))
            return;
    registers_write(w, &inst->dst, values);
}

/* Bytes and halves (gfx12), at any address. */
static void small_load(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, bool is_signed)
{
    uint64_t offset = smem_offset(w, inst), va = isa_read64(w, &inst->src[0]) + offset;
    uint32_t value = 0;
    uint64_t limit = UINT64_MAX;
    if (inst->src[0].dwords == 4) {
        const uint32_t *resource = &w->sgpr[inst->src[0].reg];
        uint32_t stride = resource[1] >> 16 & 0x3fff;
        va = (resource[0] | (uint64_t)(resource[1] & 0xffff) << 32) + offset;
        limit = stride ? (uint64_t)stride * resource[2] : resource[2];
    }
    const void *host = offset + bytes <= limit ? isa_memory(w, va, bytes, SIM_VM_READ) : NULL;
    if (host)
        memcpy(&value, host, bytes);
    unsigned unused = 32 - 8 * bytes;
    if (w->state == ISA_RUNNING)
        isa_write32(w, &inst->dst, is_signed ? (uint32_t)((int32_t)(value << unused) >> unused) : value);
}

static void load_i8(struct isa_wave *w, const struct isa_inst *inst)
{
    small_load(w, inst, 1, true);
}
static void load_u8(struct isa_wave *w, const struct isa_inst *inst)
{
    small_load(w, inst, 1, false);
}
static void load_i16(struct isa_wave *w, const struct isa_inst *inst)
{
    small_load(w, inst, 2, true);
}
static void load_u16(struct isa_wave *w, const struct isa_inst *inst)
{
    small_load(w, inst, 2, false);
}

static void memtime(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write64(w, &inst->dst, isa_clock_shader());
}

static void memrealtime(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write64(w, &inst->dst, isa_clock_real(w));
}

static void cache(struct isa_wave *w, const struct isa_inst *inst) /* there is none */
{
    (void)w;
    (void)inst;
}

const struct isa_binding isa_exec_smem[] = {
    {"s_load_dword", load},
    {"s_load_dwordx2", load},
    {"s_load_dwordx4", load},
    {"s_load_dwordx8", load},
    {"s_load_dwordx16", load},
    {"s_scratch_load_dword", scratch_load},
    {"s_scratch_load_dwordx2", scratch_load},
    {"s_scratch_load_dwordx4", scratch_load},
    {"s_load_b32", load},
    {"s_load_b64", load},
    {"s_load_b96", load},
    {"s_load_b128", load},
    {"s_load_b256", load},
    {"s_load_b512", load},
    {"s_buffer_load_dword", buffer_load},
    {"s_buffer_load_dwordx2", buffer_load},
    {"s_buffer_load_dwordx4", buffer_load},
    {"s_buffer_load_dwordx8", buffer_load},
    {"s_buffer_load_dwordx16", buffer_load},
    {"s_buffer_load_b32", buffer_load},
    {"s_buffer_load_b64", buffer_load},
    {"s_buffer_load_b96", buffer_load},
    {"s_buffer_load_b128", buffer_load},
    {"s_buffer_load_b256", buffer_load},
    {"s_buffer_load_b512", buffer_load},
    {"s_load_i8", load_i8},
    {"s_load_u8", load_u8},
    {"s_load_i16", load_i16},
    {"s_load_u16", load_u16},
    {"s_buffer_load_i8", load_i8},
    {"s_buffer_load_u8", load_u8},
    {"s_buffer_load_i16", load_i16},
    {"s_buffer_load_u16", load_u16},
    {"s_prefetch_inst", cache},
    {"s_prefetch_inst_pc_rel", cache},
    {"s_prefetch_data", cache},
    {"s_prefetch_data_pc_rel", cache},
    {"s_buffer_prefetch_data", cache},
    {"s_memtime", memtime},
    {"s_memrealtime", memrealtime},
    {"s_dcache_inv", cache},
    {"s_dcache_inv_vol", cache},
    {"s_dcache_wb", cache},
    {"s_dcache_wb_vol", cache},
    {"s_gl1_inv", cache},
    {NULL, NULL},
};
