/*
 * exec_buffer.c - addresses of buffer instructions (MUBUF): a resource of four SGPRs, an index, an offset.
 *
 * Facts: CDNA3 ISA and RDNA3 ISA, "Buffer addressing" and the resource's table of fields; word 3's index
 * stride and the swizzle bits as LLVM and ROCr use them for scratch. A resource: base [47:0], stride [61:48],
 * swizzle: gfx9, gfx10 bit 63; gfx11 and on bits [63:62] num_records word 2, word 3: element size [20:19]
 * (gfx9; 4 bytes later), index stride [22:21], add lane 23 Invariant: a lane outside the buffer accesses
 * nothing: it is moved from exec to dropped.
 */
#include "exec_memory.h"

struct resource {
    uint64_t base;
    uint32_t stride, records, element, index_stride;
    bool swizzle, add_lane;
};

static struct resource resource_read(const struct isa_wave *w, const struct isa_inst *inst)
{
    const uint32_t *word = &w->sgpr[inst->src[1].reg];
    bool gfx9 = inst->generation < ISA_GFX10_3;
    struct resource r = {
        .base = word[0] | (uint64_t)(word[1] & 0xffff) << 32,
        .stride = word[1] >> 16 & 0x3fff,
        .records = word[2],
        .element = gfx9 ? 2u << (word[3] >> 19 & 3) : 4,
        .index_stride = 8u << (word[3] >> 21 & 3),
        .swizzle = inst->generation >= ISA_GFX11 ? word[1] >> 30 != 0 : word[1] >> 31,
        .add_lane = word[3] >> 23 & 1,
    };
    if (gfx9 && r.add_lane) /* four more bits of the stride take the place of the data format */
        r.stride |= (word[3] >> 15 & 15) << 14;
    return r;
}

static uint64_t swizzled(const struct resource *r, uint64_t index, uint64_t offset)
{
    uint64_t row = index / r->index_stride * r->stride + offset / r->element * r->element;
    return row * r->index_stride + index % r->index_stride * r->element + offset % r->element;
}

/* Does an access of bytes at index and offset lie outside? In a raw buffer, and in scratch, which is one that
 * adds the lane, records are bytes. */
static bool outside(const struct resource *r, uint64_t index, uint64_t offset, uint64_t linear,
                    unsigned bytes)
{
    if (r->stride == 0 || r->add_lane)
        return linear + bytes > r->records;
    return index >= r->records || (r->swizzle && offset >= r->stride);
}

void isa_access_find_buffer(const struct isa_wave *w, const struct isa_inst *inst, unsigned bytes,
                            struct isa_access *to)
{
    struct resource r = resource_read(w, inst);
    const struct isa_operand *vaddr = &inst->src[0];
    uint32_t(*rows)[64] = inst->idxen || inst->offen ? isa_vector_rows(w, vaddr) : NULL;
    uint64_t soffset = inst->src[2].kind == ISA_NONE ? 0 : isa_read32(w, &inst->src[2]);
    for (uint64_t todo = to->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint64_t index = inst->idxen ? rows[0][lane] : 0;
        uint64_t offset = (uint32_t)inst->offset;
        if (inst->offen)
            offset = (uint32_t)(offset + rows[inst->idxen][lane]);
        if (r.add_lane)
            index += lane;
        uint64_t at = r.swizzle ? swizzled(&r, index, offset) : index * r.stride + offset;
        to->at[lane] = r.base + soffset + at;
        if (outside(&r, index, offset, soffset + at, bytes))
            to->dropped |= 1ull << lane;
    }
    to->exec &= ~to->dropped;
}
