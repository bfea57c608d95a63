/*
 * exec_flat.c - loads, stores and atomics of the FLAT, GLOBAL and SCRATCH encodings, and of MUBUF, which
 * differs only in how an address is made (exec_buffer.c).
 *
 * Addresses (LLVM AMDGPUUsage, "Address Spaces"; CDNA3 and RDNA3 ISA, "Flat memory instructions"):
 *   FLAT     a 64-bit VGPR pair; its high dword decides: the shared aperture is LDS, the private one scratch
 *   GLOBAL   a 64-bit VGPR pair, or a 64-bit SGPR pair plus a 32-bit unsigned VGPR
 *   SCRATCH  a 32-bit offset: SGPR, VGPR, both or neither
 * each plus the signed offset of the instruction.
 */
#include <string.h>

#include "exec_memory.h"

uint32_t (*isa_vector_rows(const struct isa_wave *w, const struct isa_operand *op))[64]
{
    return op->kind == ISA_AGPR && w->agpr ? w->agpr + op->reg : w->vgpr + op->reg;
}

static bool given(const struct isa_operand *op)
{
    return op->kind != ISA_NONE && op->kind != ISA_NULL;
}

static void find_global(const struct isa_wave *w, const struct isa_inst *inst, struct isa_access *to)
{
    uint64_t base = (uint64_t)(int64_t)inst->offset;
    if (given(&inst->src[1]))
        base += isa_read64(w, &inst->src[1]);
    for (unsigned lane = 0; lane < 64; lane++)
        to->at[lane] = base;
    if (!given(&inst->src[0]))
        return;
    const uint32_t(*vaddr)[64] = (const uint32_t(*)[64])isa_vector_rows(w, &inst->src[0]);
    for (unsigned lane = 0; lane < w->lanes; lane++)
        to->at[lane] += vaddr[0][lane];
    if (!given(&inst->src[1]))
        for (unsigned lane = 0; lane < w->lanes; lane++)
            to->at[lane] += (uint64_t)vaddr[1][lane] << 32;
}

static void find_flat(const struct isa_wave *w, const struct isa_inst *inst, struct isa_access *to)
{
    uint32_t shared = (uint32_t)(w->shared_base >> 32), private = (uint32_t)(w->private_base >> 32);
    find_global(w, inst, to);
    for (uint64_t todo = to->exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint32_t high = (uint32_t)(to->at[lane] >> 32);
        if (high != shared && high != private)
            continue;
        *(high == shared ? &to->lds : &to->scratch) |= 1ull << lane;
        to->at[lane] &= 0xffffffff;
    }
}

static void find_scratch(const struct isa_wave *w, const struct isa_inst *inst, struct isa_access *to)
{
    uint32_t base = (uint32_t)inst->offset;
    if (given(&inst->src[1]))
        base += isa_read32(w, &inst->src[1]);
    for (unsigned lane = 0; lane < 64; lane++)
        to->at[lane] = base;
    if (given(&inst->src[0])) {
        const uint32_t *vaddr = isa_vector_rows(w, &inst->src[0])[0];
        for (unsigned lane = 0; lane < w->lanes; lane++)
            to->at[lane] = (uint32_t)(base + vaddr[lane]);
    }
    to->scratch = to->exec;
}

void isa_access_find(const struct isa_wave *w, const struct isa_inst *inst, unsigned bytes,
                     struct isa_access *to)
{
    to->exec = isa_exec(w);
    to->lds = to->scratch = to->dropped = 0;
    switch (inst->format) {
    case ISA_FLAT:
        find_flat(w, inst, to);
        break;
    case ISA_SCRATCH:
        find_scratch(w, inst, to);
        break;
    case ISA_MUBUF:
    case ISA_MTBUF:
        isa_access_find_buffer(w, inst, bytes, to);
        break;
    default:
        find_global(w, inst, to);
    }
}

/* FLAT forms have the data third, MUBUF fourth. */
static const struct isa_operand *data_operand(const struct isa_inst *inst)
{
    return &inst->src[inst->format == ISA_MUBUF ? 3 : 2];
}

/* ---- loads ---- */

enum convert { PLAIN, SIGNED8, SIGNED16 };
enum half { WHOLE, LOW, HIGH };

static uint32_t convert_value(enum convert convert, uint32_t value)
{
    return convert == SIGNED8    ? (uint32_t)(int8_t)value
           : convert == SIGNED16 ? (uint32_t)(int16_t)value
                                 : value;
}

/* What M0 adds: 16 bits of it for buffers, 18 on gfx950, and whole dwords for the others (CDNA3 and CDNA4,
 * "Memory Buffer Load to LDS" and "Addressing" of flat memory). */
static uint32_t lds_base(const struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t m0 = w->sgpr[ISA_M0];
    if (inst->format == ISA_MUBUF || inst->format == ISA_MTBUF)
        return m0 & (inst->generation == ISA_GFX950 ? 0x3ffff : 0xffff);
    return m0 & 0x3fffc;
}

/* Three dwords have room for four. */
void isa_access_to_lds(struct isa_wave *w, const struct isa_inst *inst, uint64_t lanes, unsigned bytes,
                       const uint32_t (*data)[64])
{
    unsigned size = bytes < 4 ? 4 : bytes, step = size == 12 ? 16 : size;
    struct isa_access lds = {.exec = lanes, .lds = lanes};
    for (unsigned lane = 0; lane < w->lanes; lane++)
        lds.at[lane] = lds_base(w, inst) + (uint32_t)inst->offset + lane * step;
    isa_access_write(w, &lds, size, data);
}

/* The dwords of a wide buffer access are found one by one: a swizzled buffer interleaves them, and each has
 * its own range check. */
static bool buffer_move(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, uint32_t (*data)[64],
                        bool write)
{
    struct isa_inst dword = *inst;
    for (unsigned i = 0; i < bytes / 4; i++, dword.offset += 4) {
        struct isa_access a;
        isa_access_find(w, &dword, 4, &a);
        if (write ? !isa_access_write(w, &a, 4, (const uint32_t(*)[64])data + i)
                  : !isa_access_read(w, &a, 4, data + i))
            return false;
    }
    return true;
}

static void load_wide_buffer(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes)
{
    uint32_t data[4][64], (*dst)[64] = isa_vector_rows(w, &inst->dst);
    if (!buffer_move(w, inst, bytes, data, false))
        return;
    if (inst->lds) {
        isa_access_to_lds(w, inst, isa_exec(w), bytes, (const uint32_t(*)[64])data);
        return;
    }
    for (unsigned i = 0; i < bytes / 4; i++)
        for (uint64_t todo = isa_exec(w); todo; todo &= todo - 1)
            dst[i][__builtin_ctzll(todo)] = data[i][__builtin_ctzll(todo)];
}

static void load(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, enum convert convert,
                 enum half half, bool to_lds)
{
    struct isa_access a;
    if (inst->format == ISA_MUBUF && bytes > 4) {
        load_wide_buffer(w, inst, bytes);
        return;
    }
    isa_access_find(w, inst, bytes, &a);
    if (bytes >= 4 && !to_lds) {
        isa_access_read(w, &a, bytes, isa_vector_rows(w, &inst->dst));
        return;
    }
    uint32_t data[4][64];
    uint64_t lanes = a.exec | a.dropped;
    if (!isa_access_read(w, &a, bytes, data))
        return;
    if (bytes < 4)
        for (uint64_t todo = lanes; todo; todo &= todo - 1)
            data[0][__builtin_ctzll(todo)] = convert_value(convert, data[0][__builtin_ctzll(todo)]);
    if (to_lds) {
        isa_access_to_lds(w, inst, lanes, bytes, (const uint32_t(*)[64])data);
        return;
    }
    uint32_t *dst = isa_vector_rows(w, &inst->dst)[0];
    for (uint64_t todo = lanes; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint32_t value = data[0][lane];
        dst[lane] = half == WHOLE ? value
                    : half == LOW ? (dst[lane] & 0xffff0000) | (value & 0xffff)
                                  : (dst[lane] & 0xffff) | value << 16;
    }
}

/* MUBUF has a bit for what the others have as an opcode of its own: the data goes to LDS. */
#define LOAD(name, bytes, convert, half)                                  \
    void isa_load_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                     \
        load(w, inst, bytes, convert, half, inst->lds);                   \
    }
#define LOAD_LDS(name, bytes, convert)                                        \
    void isa_load_lds_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                         \
        load(w, inst, bytes, convert, WHOLE, true);                           \
    }

LOAD(u8, 1, PLAIN, WHOLE)
LOAD(i8, 1, SIGNED8, WHOLE)
LOAD(u16, 2, PLAIN, WHOLE)
LOAD(i16, 2, SIGNED16, WHOLE)
LOAD(b32, 4, PLAIN, WHOLE)
LOAD(b64, 8, PLAIN, WHOLE)
LOAD(b96, 12, PLAIN, WHOLE)
LOAD(b128, 16, PLAIN, WHOLE)
LOAD(d16_u8, 1, PLAIN, LOW)
LOAD(d16_i8, 1, SIGNED8, LOW)
LOAD(d16_b16, 2, PLAIN, LOW)
LOAD(d16_hi_u8, 1, PLAIN, HIGH)
LOAD(d16_hi_i8, 1, SIGNED8, HIGH)
LOAD(d16_hi_b16, 2, PLAIN, HIGH)
LOAD_LDS(u8, 1, PLAIN)
LOAD_LDS(i8, 1, SIGNED8)
LOAD_LDS(u16, 2, PLAIN)
LOAD_LDS(i16, 2, SIGNED16)
LOAD_LDS(b32, 4, PLAIN)
LOAD_LDS(b96, 12, PLAIN)
LOAD_LDS(b128, 16, PLAIN)

/* ---- stores ---- */

static void store(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, enum half half)
{
    struct isa_access a;
    const uint32_t(*data)[64] = (const uint32_t(*)[64])isa_vector_rows(w, data_operand(inst));
    uint32_t high[1][64];
    if (inst->format == ISA_MUBUF && bytes > 4) {
        buffer_move(w, inst, bytes, (uint32_t(*)[64])data, true);
        return;
    }
    isa_access_find(w, inst, bytes, &a);
    if (half == HIGH) {
        for (unsigned lane = 0; lane < w->lanes; lane++)
            high[0][lane] = data[0][lane] >> 16;
        data = (const uint32_t(*)[64])high;
    }
    isa_access_write(w, &a, bytes, data);
}

#define STORE(name, bytes, half)                                           \
    void isa_store_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                      \
        store(w, inst, bytes, half);                                       \
    }

STORE(b8, 1, WHOLE)
STORE(b16, 2, WHOLE)
STORE(b32, 4, WHOLE)
STORE(b64, 8, WHOLE)
STORE(b96, 12, WHOLE)
STORE(b128, 16, WHOLE)
STORE(d16_hi_b8, 1, HIGH)
STORE(d16_hi_b16, 2, HIGH)

/* ---- by lane number (gfx10 and on): the SGPR base, a dword for each lane of the wave ---- */

static void find_by_lane(const struct isa_wave *w, const struct isa_inst *inst, struct isa_access *to)
{
    struct isa_inst uniform = *inst;
    uniform.src[0].kind = ISA_NONE;
    isa_access_find(w, &uniform, 4, to);
    for (unsigned lane = 0; lane < w->lanes; lane++)
        to->at[lane] += lane * 4;
}

void isa_load_addtid_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_access a;
    find_by_lane(w, inst, &a);
    isa_access_read(w, &a, 4, isa_vector_rows(w, &inst->dst));
}

void isa_store_addtid_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_access a;
    find_by_lane(w, inst, &a);
    isa_access_write(w, &a, 4, (const uint32_t(*)[64])isa_vector_rows(w, data_operand(inst)));
}

/* ---- atomics ---- */

/* Does it give back what was there? Up to gfx11 the bit called glc or sc0 says so, on gfx12 bit 0 of the
 * temporal hint (LLVM SIDefines.h, TH_ATOMIC_RETURN). */
bool isa_atomic_returns(const struct isa_inst *inst)
{
    bool asked = inst->generation >= ISA_GFX12 ? inst->th & 1 : inst->glc;
    return asked && given(&inst->dst);
}

static void atomic(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, enum isa_atomic op)
{
    struct isa_access a;
    const uint32_t(*data)[64] = (const uint32_t(*)[64])isa_vector_rows(w, data_operand(inst));
    isa_access_find(w, inst, bytes, &a);
    /* compare-and-swap: the new value first, behind it what to compare with */
    isa_access_atomic(w, &a, bytes, op, data, data + bytes / 4,
                      isa_atomic_returns(inst) ? isa_vector_rows(w, &inst->dst) : NULL);
}

#define ATOMIC(name, bytes, op)                                             \
    void isa_atomic_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                       \
        atomic(w, inst, bytes, ISA_ATOMIC_##op);                            \
    }

ATOMIC(swap_b32, 4, SWAP)
ATOMIC(cmpswap_b32, 4, CMPSWAP)
ATOMIC(add_u32, 4, ADD)
ATOMIC(sub_u32, 4, SUB)
ATOMIC(csub_u32, 4, CSUB)
ATOMIC(cond_sub_u32, 4, COND_SUB)
ATOMIC(min_i32, 4, SMIN)
ATOMIC(min_u32, 4, UMIN)
ATOMIC(max_i32, 4, SMAX)
ATOMIC(max_u32, 4, UMAX)
ATOMIC(and_b32, 4, AND)
ATOMIC(or_b32, 4, OR)
ATOMIC(xor_b32, 4, XOR)
ATOMIC(inc_u32, 4, INC)
ATOMIC(dec_u32, 4, DEC)
ATOMIC(swap_b64, 8, SWAP)
ATOMIC(cmpswap_b64, 8, CMPSWAP)
ATOMIC(add_u64, 8, ADD)
ATOMIC(sub_u64, 8, SUB)
ATOMIC(min_i64, 8, SMIN)
ATOMIC(min_u64, 8, UMIN)
ATOMIC(max_i64, 8, SMAX)
ATOMIC(max_u64, 8, UMAX)
ATOMIC(and_b64, 8, AND)
ATOMIC(or_b64, 8, OR)
ATOMIC(xor_b64, 8, XOR)
ATOMIC(inc_u64, 8, INC)
ATOMIC(dec_u64, 8, DEC)
ATOMIC(cmpswap_f32, 4, FCMPSWAP)
ATOMIC(cmpswap_f64, 8, FCMPSWAP)
ATOMIC(add_f32, 4, FADD)
ATOMIC(min_f32, 4, FMIN)
ATOMIC(max_f32, 4, FMAX)
ATOMIC(add_f64, 8, FADD)
ATOMIC(min_f64, 8, FMIN)
ATOMIC(max_f64, 8, FMAX)
ATOMIC(pk_add_f16, 4, PK_ADD_F16)
ATOMIC(pk_add_bf16, 4, PK_ADD_BF16)

/* ---- write-back and invalidation ---- */

void isa_cache_control(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)w;
    (void)inst;
    isa_fence();
}
