/*
 * exec_ds.c - instructions on the work-group's local memory (LDS), and those that send data between lanes
 * through its crossbar.
 *
 * Facts: CDNA3 and RDNA3 ISA, "LDS instructions" and the pseudocode of each. An address is the VGPR plus the
 * offset, modulo 2^32; two-address forms count their 8-bit offsets in elements, or in 64 of them. All waves
 * of a group run on one host thread, so LDS needs no atomics of the host.
 */
#include <string.h>

#include "exec_memory.h"

/* The global data share has no place here. */
static bool lds_find(struct isa_wave *w, const struct isa_inst *inst, uint32_t offset, struct isa_access *to)
{
    if (inst->gds) {
        w->state = ISA_ILLEGAL;
        return false;
    }
    const uint32_t *address = isa_vector_rows(w, &inst->src[0])[0];
    to->exec = to->lds = isa_exec(w);
    to->scratch = to->dropped = 0;
    for (unsigned lane = 0; lane < w->lanes; lane++)
        to->at[lane] = (uint32_t)(address[lane] + offset);
    return true;
}

static const uint32_t (*data_rows(const struct isa_wave *w, const struct isa_inst *inst, unsigned n))[64]
{
    const struct isa_operand *op = &inst->src[1 + n];
    return op->kind == ISA_VGPR || op->kind == ISA_AGPR ? (const uint32_t(*)[64])isa_vector_rows(w, op)
                                                        : NULL;
}

static void rows_merge(const struct isa_wave *w, uint32_t (*to)[64], const uint32_t (*from)[64], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        for (uint64_t todo = isa_exec(w); todo; todo &= todo - 1)
            to[i][__builtin_ctzll(todo)] = from[i][__builtin_ctzll(todo)];
}

/* ---- loads ---- */

enum part { WHOLE, SIGNED8, SIGNED16, LOW, LOW_SIGNED8, HIGH, HIGH_SIGNED8 };

static uint32_t part_set(enum part part, uint32_t old, uint32_t value)
{
    switch (part) {
    case SIGNED8:
        return (uint32_t)(int8_t)value;
    case SIGNED16:
        return (uint32_t)(int16_t)value;
    case LOW:
        return (old & 0xffff0000) | value;
    case LOW_SIGNED8:
        return (old & 0xffff0000) | (uint16_t)(int8_t)value;
    case HIGH:
        return (old & 0xffff) | value << 16;
    case HIGH_SIGNED8:
        return (old & 0xffff) | (uint32_t)(uint16_t)(int8_t)value << 16;
    default:
        return value;
    }
}

static void ds_load(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, enum part part)
{
    struct isa_access a;
    if (!lds_find(w, inst, (uint32_t)inst->offset, &a))
        return;
    if (bytes >= 4) {
        isa_access_read(w, &a, bytes, isa_vector_rows(w, &inst->dst));
        return;
    }
    uint32_t data[1][64], *dst = isa_vector_rows(w, &inst->dst)[0];
    isa_access_read(w, &a, bytes, data);
    for (uint64_t todo = a.exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        dst[lane] = part_set(part, dst[lane], data[0][lane]);
    }
}

static void ds_load2(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, unsigned unit)
{
    struct isa_access a;
    uint32_t data[4][64], first = inst->offset & 0xff, second = inst->offset >> 8 & 0xff;
    if (!lds_find(w, inst, first * unit, &a))
        return;
    isa_access_read(w, &a, bytes, data);
    lds_find(w, inst, second * unit, &a);
    isa_access_read(w, &a, bytes, data + bytes / 4);
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])data, bytes / 2);
}

#define LOAD(name, bytes, part)                                              \
    void isa_ds_load_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                        \
        ds_load(w, inst, bytes, part);                                       \
    }
#define LOAD2(name, bytes, unit)                                        \
    void isa_ds_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                   \
        ds_load2(w, inst, bytes, unit);                                 \
    }

LOAD(u8, 1, WHOLE)
LOAD(i8, 1, SIGNED8)
LOAD(u16, 2, WHOLE)
LOAD(i16, 2, SIGNED16)
LOAD(d16_u8, 1, LOW)
LOAD(d16_i8, 1, LOW_SIGNED8)
LOAD(d16_u16, 2, LOW)
LOAD(d16_hi_u8, 1, HIGH)
LOAD(d16_hi_i8, 1, HIGH_SIGNED8)
LOAD(d16_hi_u16, 2, HIGH)
LOAD(b32, 4, WHOLE)
LOAD(b64, 8, WHOLE)
LOAD(b96, 12, WHOLE)
LOAD(b128, 16, WHOLE)
LOAD2(load2_b32, 4, 4)
LOAD2(load2st64_b32, 4, 256)
LOAD2(load2_b64, 8, 8)
LOAD2(load2st64_b64, 8, 512)

/* ---- loads that transpose: 16 lanes at a time read as many elements each, and get those of a column ---- */

static uint32_t bits_get(uint32_t (*rows)[64], unsigned lane, unsigned at, unsigned bits)
{
    uint64_t pair = rows[at / 32][lane] | (at / 32 < 2 ? (uint64_t)rows[at / 32 + 1][lane] << 32 : 0);
    return (uint32_t)(pair >> at % 32) & ((1u << bits) - 1);
}

static void bits_or(uint32_t (*rows)[64], unsigned lane, unsigned at, unsigned bits, uint32_t value)
{
    rows[at / 32][lane] |= value << at % 32;
    if (at % 32 + bits > 32)
        rows[at / 32 + 1][lane] |= value >> (32 - at % 32);
}

/* Their n elements each are numbered through; a lane gets each sixteenth. */
static void ds_load_transposed(struct isa_wave *w, const struct isa_inst *inst, unsigned bits, unsigned n)
{
    struct isa_access a;
    uint32_t raw[3][64] = {{0}}, result[3][64] = {{0}};
    if (!lds_find(w, inst, (uint32_t)inst->offset, &a))
        return;
    isa_access_read(w, &a, bits * n / 8, raw);
    for (unsigned lane = 0; lane < w->lanes; lane++)
        for (unsigned i = 0; i < n; i++) {
            unsigned number = i * 16 + lane % 16, from = lane / 16 * 16 + number / n;
            bits_or(result, lane, i * bits, bits, bits_get(raw, from, number % n * bits, bits));
        }
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])result, bits * n / 32);
}

#define LOAD_TRANSPOSED(bits, n)                                                 \
    void isa_ds_load_tr_b##bits(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                            \
        ds_load_transposed(w, inst, bits, n);                                    \
    }
LOAD_TRANSPOSED(4, 16)
LOAD_TRANSPOSED(6, 16)
LOAD_TRANSPOSED(8, 8)
LOAD_TRANSPOSED(16, 4)

/* ---- stores ---- */

static void ds_store(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, bool high)
{
    struct isa_access a;
    const uint32_t(*data)[64] = data_rows(w, inst, 0);
    uint32_t shifted[1][64];
    if (!lds_find(w, inst, (uint32_t)inst->offset, &a))
        return;
    if (high) {
        for (unsigned lane = 0; lane < w->lanes; lane++)
            shifted[0][lane] = data[0][lane] >> 16;
        data = (const uint32_t(*)[64])shifted;
    }
    isa_access_write(w, &a, bytes, data);
}

static void ds_store2(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, unsigned unit)
{
    struct isa_access a;
    uint32_t first = inst->offset & 0xff, second = inst->offset >> 8 & 0xff;
    if (!lds_find(w, inst, first * unit, &a))
        return;
    isa_access_write(w, &a, bytes, data_rows(w, inst, 0));
    lds_find(w, inst, second * unit, &a);
    isa_access_write(w, &a, bytes, data_rows(w, inst, 1));
}

#define STORE(name, bytes, high)                                              \
    void isa_ds_store_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                         \
        ds_store(w, inst, bytes, high);                                       \
    }
#define STORE2(name, bytes, unit)                                       \
    void isa_ds_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                   \
        ds_store2(w, inst, bytes, unit);                                \
    }

STORE(b8, 1, false)
STORE(b16, 2, false)
STORE(d16_hi_b8, 1, true)
STORE(d16_hi_b16, 2, true)
STORE(b32, 4, false)
STORE(b64, 8, false)
STORE(b96, 12, false)
STORE(b128, 16, false)
STORE2(store2_b32, 4, 4)
STORE2(store2st64_b32, 4, 256)
STORE2(store2_b64, 8, 8)
STORE2(store2st64_b64, 8, 512)

/* ---- by lane number: M0 is the base ---- */

static void find_by_lane(const struct isa_wave *w, const struct isa_inst *inst, struct isa_access *to)
{
    to->exec = to->lds = isa_exec(w);
    to->scratch = to->dropped = 0;
    for (unsigned lane = 0; lane < w->lanes; lane++)
        to->at[lane] = (w->sgpr[ISA_M0] & 0xffff) + (uint32_t)inst->offset + lane * 4;
}

void isa_ds_load_addtid_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_access a;
    find_by_lane(w, inst, &a);
    isa_access_read(w, &a, 4, isa_vector_rows(w, &inst->dst));
}

void isa_ds_store_addtid_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_access a;
    find_by_lane(w, inst, &a);
    isa_access_write(w, &a, 4, data_rows(w, inst, 0));
}

/* ---- atomics ---- */

static uint32_t (*result_rows(const struct isa_wave *w, const struct isa_inst *inst))[64]
{
    bool wanted = inst->dst.kind == ISA_VGPR || inst->dst.kind == ISA_AGPR;
    return wanted ? isa_vector_rows(w, &inst->dst) : NULL;
}

/* swapped: the first data operand is what to compare with, the second one the new value (up to gfx10). */
static void ds_atomic(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, enum isa_atomic op,
                      bool swapped)
{
    struct isa_access a;
    if (lds_find(w, inst, (uint32_t)inst->offset, &a))
        isa_access_atomic(w, &a, bytes, isa_atomic_in_lds(w, op, bytes), data_rows(w, inst, swapped),
                          data_rows(w, inst, !swapped), result_rows(w, inst));
}

static void ds_swap2(struct isa_wave *w, const struct isa_inst *inst, unsigned bytes, unsigned unit)
{
    struct isa_access a;
    uint32_t old[4][64], first = inst->offset & 0xff, second = inst->offset >> 8 & 0xff;
    if (!lds_find(w, inst, first * unit, &a) ||
        !isa_access_atomic(w, &a, bytes, ISA_ATOMIC_SWAP, data_rows(w, inst, 0), NULL, old))
        return;
    lds_find(w, inst, second * unit, &a);
    if (isa_access_atomic(w, &a, bytes, ISA_ATOMIC_SWAP, data_rows(w, inst, 1), NULL, old + bytes / 4))
        rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])old, bytes / 2);
}

#define ATOMIC(name, bytes, op) ATOMIC_ORDER(name, bytes, op, false)
#define ATOMIC_ORDER(name, bytes, op, swapped)                          \
    void isa_ds_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                   \
        ds_atomic(w, inst, bytes, ISA_ATOMIC_##op, swapped);            \
    }
#define SWAP2(name, bytes, unit)                                        \
    void isa_ds_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                   \
        ds_swap2(w, inst, bytes, unit);                                 \
    }

ATOMIC(add_u32, 4, ADD)
ATOMIC(sub_u32, 4, SUB)
ATOMIC(rsub_u32, 4, RSUB)
ATOMIC(inc_u32, 4, INC)
ATOMIC(dec_u32, 4, DEC)
ATOMIC(min_i32, 4, SMIN)
ATOMIC(max_i32, 4, SMAX)
ATOMIC(min_u32, 4, UMIN)
ATOMIC(max_u32, 4, UMAX)
ATOMIC(and_b32, 4, AND)
ATOMIC(or_b32, 4, OR)
ATOMIC(xor_b32, 4, XOR)
ATOMIC(mskor_b32, 4, MSKOR)
ATOMIC(swap_b32, 4, SWAP)
ATOMIC(wrap_b32, 4, WRAP)
ATOMIC(sub_clamp_u32, 4, CSUB)
ATOMIC(cond_sub_u32, 4, COND_SUB)
ATOMIC(add_f32, 4, FADD)
ATOMIC(min_f32, 4, FMIN)
ATOMIC(max_f32, 4, FMAX)
ATOMIC(pk_add_f16, 4, PK_ADD_F16)
ATOMIC(pk_add_bf16, 4, PK_ADD_BF16)
ATOMIC(add_u64, 8, ADD)
ATOMIC(sub_u64, 8, SUB)
ATOMIC(rsub_u64, 8, RSUB)
ATOMIC(inc_u64, 8, INC)
ATOMIC(dec_u64, 8, DEC)
ATOMIC(min_i64, 8, SMIN)
ATOMIC(max_i64, 8, SMAX)
ATOMIC(min_u64, 8, UMIN)
ATOMIC(max_u64, 8, UMAX)
ATOMIC(and_b64, 8, AND)
ATOMIC(or_b64, 8, OR)
ATOMIC(xor_b64, 8, XOR)
ATOMIC(mskor_b64, 8, MSKOR)
ATOMIC(swap_b64, 8, SWAP)
ATOMIC(add_f64, 8, FADD)
ATOMIC(min_f64, 8, FMIN)
ATOMIC(max_f64, 8, FMAX)
ATOMIC_ORDER(cmpst_b32, 4, CMPSWAP, true)
ATOMIC_ORDER(cmpst_f32, 4, FCMPSWAP, true)
ATOMIC_ORDER(cmpst_b64, 8, CMPSWAP, true)
ATOMIC_ORDER(cmpst_f64, 8, FCMPSWAP, true)
ATOMIC_ORDER(cmpstore_b32, 4, CMPSWAP, false)
ATOMIC_ORDER(cmpstore_f32, 4, FCMPSWAP, false)
ATOMIC_ORDER(cmpstore_b64, 8, CMPSWAP, false)
ATOMIC_ORDER(cmpstore_f64, 8, FCMPSWAP, false)
SWAP2(swap2_b32, 4, 4)
SWAP2(swap2st64_b32, 4, 256)
SWAP2(swap2_b64, 8, 8)
SWAP2(swap2st64_b64, 8, 512)

/* Two dwords, each replaced if bit 31 of its new value is set; that bit is not stored. */
void isa_ds_condxchg32_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_access a;
    const uint32_t(*data)[64] = data_rows(w, inst, 0);
    uint32_t old[2][64], next[2][64];
    if (!lds_find(w, inst, (uint32_t)inst->offset, &a))
        return;
    for (unsigned lane = 0; lane < w->lanes; lane++)
        a.at[lane] &= 0xfff8;
    for (uint64_t todo = a.exec, all = a.exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        a.exec = a.lds = 1ull << lane; /* a lane sees what the lanes before it stored */
        isa_access_read(w, &a, 8, old);
        for (unsigned i = 0; i < 2; i++)
            next[i][lane] = data[i][lane] >> 31 ? data[i][lane] & 0x7fffffff : old[i][lane];
        isa_access_write(w, &a, 8, (const uint32_t(*)[64])next);
        a.exec = a.lds = all;
    }
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])old, 2);
}

/* A counter in LDS that the wave moves by the number of its active lanes; all get the value before. */
static void count(struct isa_wave *w, const struct isa_inst *inst, enum isa_atomic op)
{
    uint64_t exec = isa_exec(w);
    if (inst->gds) {
        w->state = ISA_ILLEGAL;
        return;
    }
    struct isa_access a = {.exec = 1, .lds = 1};
    uint32_t lanes[1][64] = {{(uint32_t)__builtin_popcountll(exec)}}, old[1][64];
    a.at[0] = (w->sgpr[ISA_M0] & 0xffff) + (uint32_t)inst->offset;
    if (!exec || !isa_access_atomic(w, &a, 4, op, (const uint32_t(*)[64])lanes, NULL, old))
        return;
    uint32_t *dst = isa_vector_rows(w, &inst->dst)[0];
    for (uint64_t todo = exec; todo; todo &= todo - 1)
        dst[__builtin_ctzll(todo)] = old[0][0];
}

void isa_ds_append(struct isa_wave *w, const struct isa_inst *inst)
{
    count(w, inst, ISA_ATOMIC_ADD);
}

void isa_ds_consume(struct isa_wave *w, const struct isa_inst *inst)
{
    count(w, inst, ISA_ATOMIC_SUB);
}

void isa_ds_nop(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)w;
    (void)inst;
}

/* ---- between lanes, without memory ---- */

static unsigned reverse5(unsigned value)
{
    unsigned result = 0;
    for (unsigned i = 0; i < 5; i++)
        result |= (value >> i & 1) << (4 - i);
    return result;
}

/* The lane that ds_swizzle_b32 reads for a lane; the modes are told apart by the top bits of the offset. */
static unsigned swizzle_source(unsigned lane, unsigned offset)
{
    unsigned half = lane & 32, in = lane & 31, low = offset & 31;
    if (offset >= 0xe000) /* the order of an FFT's stages */
        return half | reverse5(in) >> __builtin_popcount(low) | (in & low);
    if (offset >= 0xc000) { /* rotation of the bits outside the mask */
        unsigned by = offset >> 5 & 31;
        unsigned turned = offset >> 10 & 1 ? in - by : in + by;
        return half | (in & low) | (turned & ~low & 31);
    }
    if (offset & 0x8000) /* any order within four neighbours */
        return (lane & ~3u) | (offset >> (lane & 3) * 2 & 3);
    return half | (((in & low) | (offset >> 5 & 31)) ^ (offset >> 10 & 31));
}

void isa_ds_swizzle_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    const uint32_t *from = isa_vector_rows(w, &inst->src[0])[0];
    uint64_t exec = isa_exec(w);
    uint32_t result[1][64];
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        unsigned source = swizzle_source(lane, (uint32_t)inst->offset & 0xffff);
        result[0][lane] = exec >> source & 1 ? from[source] : 0;
    }
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])result, 1);
}

/* The lane that a byte address names for a lane. RDNA3 and before reach only the 32 lanes of their own half.
 */
static unsigned permute_lane(const struct isa_wave *w, unsigned lane, uint32_t address)
{
    bool halves = w->generation >= ISA_GFX10_3 && w->generation < ISA_GFX12;
    return halves ? (lane & 32) | (address / 4 % 32) : address / 4 % w->lanes;
}

void isa_ds_permute_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    const uint32_t *address = isa_vector_rows(w, &inst->src[0])[0], *data = data_rows(w, inst, 0)[0];
    uint32_t result[1][64] = {{0}};
    for (uint64_t todo = isa_exec(w); todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        result[0][permute_lane(w, lane, address[lane] + (uint32_t)inst->offset)] = data[lane];
    }
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])result, 1);
}

/* fetch_inactive: lanes that are switched off give their data all the same. */
static void bpermute(struct isa_wave *w, const struct isa_inst *inst, bool fetch_inactive)
{
    const uint32_t *address = isa_vector_rows(w, &inst->src[0])[0], *data = data_rows(w, inst, 0)[0];
    uint64_t readable = fetch_inactive ? ~0ull : isa_exec(w);
    uint32_t result[1][64];
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        unsigned source = permute_lane(w, lane, address[lane] + (uint32_t)inst->offset);
        result[0][lane] = readable >> source & 1 ? data[source] : 0;
    }
    rows_merge(w, isa_vector_rows(w, &inst->dst), (const uint32_t(*)[64])result, 1);
}

void isa_ds_bpermute_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    bpermute(w, inst, false);
}

void isa_ds_bpermute_fi_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    bpermute(w, inst, true);
}
