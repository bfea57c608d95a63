/*
 * exec_scalar.c - the SALU: SOP2, SOP1, SOPC and SOPK without control flow.
 *
 * Invariant: every source is read before anything is written; SCC changes only where AMD's ISA manuals (CDNA3
 * and RDNA3, chapters "SOP2/SOP1/SOPC/SOPK instructions") say so. One function has the names of all
 * generations.
 */
#include "exec_scalar.h"
#include "op.h"

/* ---- how the functions below are made ---- */

#define SOURCE32(n) isa_read32(w, &inst->src[n])
#define SOURCE64(n) isa_read64(w, &inst->src[n])

/* r = expression of a and b; scc, where given, is an expression of a, b and r. Twice: for any operands, and
 * as an operation, whose operands have been found. */
#define OPERATION(name, bits, type, expression, ...)                                   \
    static void name(struct isa_wave *w, const struct isa_inst *inst)                  \
    {                                                                                  \
        const type a = (type)isa_read##bits(w, &inst->src[0]);                         \
        const type b = (type)isa_read##bits(w, &inst->src[1]);                         \
        (void)b;                                                                       \
        const uint##bits##_t r = (uint##bits##_t)(expression);                         \
        __VA_ARGS__;                                                                   \
        isa_write##bits(w, &inst->dst, r);                                             \
    }                                                                                  \
    static const struct isa_op *name##_op(struct isa_wave *w, const struct isa_op *op) \
    {                                                                                  \
        const type a = (type)op_scalar##bits(w->ops, op, 1);                           \
        const type b = (type)op_scalar##bits(w->ops, op, 2);                           \
        (void)b;                                                                       \
        const uint##bits##_t r = (uint##bits##_t)(expression);                         \
        __VA_ARGS__;                                                                   \
        op_scalar##bits##_set(w->ops, op, r);                                          \
        return op_next(op);                                                            \
    }
#define SCC_IF(condition)                  w->scc = (condition)
#define SCC_NOT_ZERO                       SCC_IF(r != 0)
#define OPERATION32(name, expression, ...) OPERATION(name, 32, uint32_t, expression, __VA_ARGS__)
#define OPERATION64(name, expression, ...) OPERATION(name, 64, uint64_t, expression, __VA_ARGS__)
#define SIGNED32(name, expression, ...)    OPERATION(name, 32, int32_t, expression, __VA_ARGS__)

/* ---- arithmetic ---- */

static bool add_overflows(uint32_t a, uint32_t b, uint32_t r)
{
    return (~(a ^ b) & (a ^ r)) >> 31;
}

static bool subtract_overflows(uint32_t a, uint32_t b, uint32_t r)
{
    return ((a ^ b) & (a ^ r)) >> 31;
}

OPERATION32(add_u32, a + b, SCC_IF(r < a))
OPERATION32(sub_u32, a - b, SCC_IF(b > a))
OPERATION32(add_i32, a + b, SCC_IF(add_overflows(a, b, r)))
OPERATION32(sub_i32, a - b, SCC_IF(subtract_overflows(a, b, r)))
OPERATION32(addc_u32, a + b + w->scc, SCC_IF(((uint64_t)a + b + w->scc) >> 32))
OPERATION32(subb_u32, a - b - w->scc, SCC_IF((uint64_t)b + w->scc > a))
OPERATION32(min_u32, a < b ? a : b, SCC_IF(a < b))
OPERATION32(max_u32, a >= b ? a : b, SCC_IF(a >= b))
SIGNED32(min_i32, a < b ? a : b, SCC_IF(a < b))
SIGNED32(max_i32, a >= b ? a : b, SCC_IF(a >= b))
OPERATION64(add_nc_u64, a + b, )
OPERATION64(sub_nc_u64, a - b, )
OPERATION64(mul_u64, a *b, )
OPERATION32(mul_i32, a *b, )
OPERATION32(mul_hi_u32, (uint64_t)a *b >> 32, )
SIGNED32(mul_hi_i32, (uint64_t)((int64_t)a *b) >> 32, )
OPERATION32(lshl1_add, (a << 1) + b, SCC_IF((((uint64_t)a << 1) + b) >> 32))
OPERATION32(lshl2_add, (a << 2) + b, SCC_IF((((uint64_t)a << 2) + b) >> 32))
OPERATION32(lshl3_add, (a << 3) + b, SCC_IF((((uint64_t)a << 3) + b) >> 32))
OPERATION32(lshl4_add, (a << 4) + b, SCC_IF((((uint64_t)a << 4) + b) >> 32))
OPERATION32(abs_i32, a >> 31 ? 0 - a : a, SCC_NOT_ZERO)
OPERATION32(absdiff_i32, (a - b) >> 31 ? b - a : a - b, SCC_NOT_ZERO)

/* ---- logic ---- */

#define LOGIC(name, expression)                       \
    OPERATION32(name##_b32, expression, SCC_NOT_ZERO) \
    OPERATION64(name##_b64, expression, SCC_NOT_ZERO)
LOGIC(and, a &b)
LOGIC(or, a | b)
LOGIC(xor, a ^ b)
LOGIC(nand, ~(a &b))
LOGIC(nor, ~(a | b))
LOGIC(xnor, ~(a ^ b))
LOGIC(andn2, a & ~b)
LOGIC(orn2, a | ~b)
LOGIC(not, ~a)

OPERATION32(mov_b32, a, )
OPERATION64(mov_b64, a, )
OPERATION32(cselect_b32, w->scc ? a : b, )
OPERATION64(cselect_b64, w->scc ? a : b, )
OPERATION32(pack_ll, (a & 0xffff) | b << 16, )
OPERATION32(pack_lh, (a & 0xffff) | (b & 0xffff0000), )
OPERATION32(pack_hh, a >> 16 | (b & 0xffff0000), )
OPERATION32(pack_hl, a >> 16 | b << 16, )

static void cmov_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    if (w->scc)
        isa_write32(w, &inst->dst, SOURCE32(0));
}

static void cmov_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    if (w->scc)
        isa_write64(w, &inst->dst, SOURCE64(0));
}

/* ---- shifts and fields ---- */

OPERATION32(lshl_b32, a << (b & 31), SCC_NOT_ZERO)
OPERATION32(lshr_b32, a >> (b & 31), SCC_NOT_ZERO)
SIGNED32(ashr_i32, a >> (b & 31), SCC_NOT_ZERO)
OPERATION64(lshl_b64, a << (b & 63), SCC_NOT_ZERO)
OPERATION64(lshr_b64, a >> (b & 63), SCC_NOT_ZERO)
OPERATION(ashr_i64, 64, int64_t, a >> (b & 63), SCC_NOT_ZERO)
OPERATION32(bfm_b32, ((1u << (a & 31)) - 1) << (b & 31), )
OPERATION64(bfm_b64, ((UINT64_C(1) << (a & 63)) - 1) << (b & 63), )

/* Field of b[22:16] bits at b's low bits; a width past the register takes all of it. */
static uint64_t field_unsigned(uint64_t a, unsigned b, unsigned width_of_register)
{
    unsigned offset = b & (width_of_register - 1), width = b >> 16 & 127;
    uint64_t mask = width >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << width) - 1;
    return (a >> offset) & mask;
}

static uint64_t field_signed(uint64_t a, unsigned b, unsigned width_of_register)
{
    unsigned offset = b & (width_of_register - 1), width = b >> 16 & 127;
    uint64_t shifted = (uint64_t)((int64_t)a >> offset);
    if (width == 0)
        return 0;
    if (width >= width_of_register)
        return shifted;
    return (uint64_t)((int64_t)(shifted << (64 - width)) >> (64 - width));
}

OPERATION32(bfe_u32, field_unsigned(a, b, 32), SCC_NOT_ZERO)
OPERATION32(bfe_i32, field_signed((uint64_t)(int64_t)(int32_t)a, b, 32), SCC_NOT_ZERO)
OPERATION64(bfe_u64, field_unsigned(a, (unsigned)b, 64), SCC_NOT_ZERO)
OPERATION64(bfe_i64, field_signed(a, (unsigned)b, 64), SCC_NOT_ZERO)

/* ---- SOP1: counting and moving bits ---- */

static uint64_t reverse_bits(uint64_t value, unsigned width)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < width; i++)
        r |= (value >> i & 1) << (width - 1 - i);
    return r;
}

/* Four bits at a time: any set gives four (wqm) or one (quadmask). */
static uint64_t quads(uint64_t value, bool whole)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 16; i++)
        if (value >> (4 * i) & 15)
            r |= whole ? UINT64_C(15) << (4 * i) : UINT64_C(1) << i;
    return r;
}

static uint64_t replicate_bits(uint64_t value)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 32; i++)
        r |= (value >> i & 1) * (UINT64_C(3) << (2 * i));
    return r;
}

static uint32_t first_set(uint64_t value)
{
    return value ? (uint32_t)__builtin_ctzll(value) : UINT32_MAX;
}

static uint32_t leading_zeros(uint64_t value, unsigned width)
{
    return value ? (uint32_t)__builtin_clzll(value) - (64 - width) : UINT32_MAX;
}

/* How many bits from the top are like the sign; all alike: -1. */
static uint32_t sign_bits(int64_t value, unsigned width)
{
    return leading_zeros((uint64_t)(value < 0 ? ~value : value), width);
}

OPERATION32(brev_b32, reverse_bits(a, 32), )
OPERATION64(brev_b64, reverse_bits(a, 64), )
OPERATION32(wqm_b32, quads(a, true), SCC_NOT_ZERO)
OPERATION64(wqm_b64, quads(a, true), SCC_NOT_ZERO)
OPERATION32(quadmask_b32, quads(a, false), SCC_NOT_ZERO)
OPERATION64(quadmask_b64, quads(a, false), SCC_NOT_ZERO)
OPERATION32(sext_i32_i8, (int32_t)(int8_t)a, )
OPERATION32(sext_i32_i16, (int32_t)(int16_t)a, )
OPERATION32(bcnt0_b32, 32 - __builtin_popcount(a), SCC_NOT_ZERO)
OPERATION32(bcnt1_b32, __builtin_popcount(a), SCC_NOT_ZERO)
OPERATION32(ff0_b32, first_set((uint32_t)~a), )
OPERATION32(ff1_b32, first_set(a), )
OPERATION32(flbit_b32, leading_zeros(a, 32), )
OPERATION32(flbit_i32, sign_bits((int32_t)a, 32), )

/* 64 bits in, 32 out. */
#define NARROWING(name, expression, ...)                              \
    static void name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                 \
        const uint64_t a = SOURCE64(0);                               \
        const uint32_t r = (uint32_t)(expression);                    \
        __VA_ARGS__;                                                  \
        isa_write32(w, &inst->dst, r);                                \
    }
NARROWING(bcnt0_b64, 64 - __builtin_popcountll(a), SCC_NOT_ZERO)
NARROWING(bcnt1_b64, __builtin_popcountll(a), SCC_NOT_ZERO)
NARROWING(ff0_b64, first_set(~a), )
NARROWING(ff1_b64, first_set(a), )
NARROWING(flbit_b64, leading_zeros(a, 64), )
NARROWING(flbit_i64, sign_bits((int64_t)a, 64), )

static void bitreplicate(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write64(w, &inst->dst, replicate_bits(SOURCE32(0)));
}

static void bitset_b32(struct isa_wave *w, const struct isa_inst *inst, bool set)
{
    uint32_t bit = 1u << (SOURCE32(0) & 31), old = isa_read32(w, &inst->dst);
    isa_write32(w, &inst->dst, set ? old | bit : old & ~bit);
}

static void bitset_b64(struct isa_wave *w, const struct isa_inst *inst, bool set)
{
    uint64_t bit = UINT64_C(1) << (SOURCE32(0) & 63), old = isa_read64(w, &inst->dst);
    isa_write64(w, &inst->dst, set ? old | bit : old & ~bit);
}

static void bitset0_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    bitset_b32(w, inst, false);
}
static void bitset1_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    bitset_b32(w, inst, true);
}
static void bitset0_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    bitset_b64(w, inst, false);
}
static void bitset1_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    bitset_b64(w, inst, true);
}

/* ---- EXEC masks ---- */

/* save: the old EXEC goes to dst, else the new one. */
static void exec_update(struct isa_wave *w, const struct isa_inst *inst, uint64_t old, uint64_t fresh,
                        bool save)
{
    if (inst->src[0].dwords == 2) {
        isa_sgpr64_set(w, ISA_EXEC, fresh);
        isa_write64(w, &inst->dst, save ? old : fresh);
    } else {
        w->sgpr[ISA_EXEC] = (uint32_t)fresh;
        isa_write32(w, &inst->dst, (uint32_t)(save ? old : fresh));
        fresh &= UINT32_MAX;
    }
    w->scc = fresh != 0;
}

#define EXEC_OPERATION(name, expression, save)                                 \
    static void name(struct isa_wave *w, const struct isa_inst *inst)          \
    {                                                                          \
        const bool wide = inst->src[0].dwords == 2;                            \
        const uint64_t a = wide ? SOURCE64(0) : SOURCE32(0);                   \
        const uint64_t e = wide ? isa_sgpr64(w, ISA_EXEC) : w->sgpr[ISA_EXEC]; \
        exec_update(w, inst, e, expression, save);                             \
    }
EXEC_OPERATION(and_saveexec, a &e, true)
EXEC_OPERATION(or_saveexec, a | e, true)
EXEC_OPERATION(xor_saveexec, a ^ e, true)
EXEC_OPERATION(nand_saveexec, ~(a &e), true)
EXEC_OPERATION(nor_saveexec, ~(a | e), true)
EXEC_OPERATION(xnor_saveexec, ~(a ^ e), true)
EXEC_OPERATION(andn1_saveexec, ~a &e, true)
EXEC_OPERATION(orn1_saveexec, ~a | e, true)
EXEC_OPERATION(andn2_saveexec, a & ~e, true)
EXEC_OPERATION(orn2_saveexec, a | ~e, true)
EXEC_OPERATION(andn1_wrexec, ~a &e, false)
EXEC_OPERATION(andn2_wrexec, a & ~e, false)

/* ---- SOPC and SOPK ---- */

#define COMPARE(name, bits, type, condition)                                           \
    static void name(struct isa_wave *w, const struct isa_inst *inst)                  \
    {                                                                                  \
        const type a = (type)isa_read##bits(w, &inst->src[0]);                         \
        const type b = (type)isa_read##bits(w, &inst->src[1]);                         \
        w->scc = condition;                                                            \
    }                                                                                  \
    static const struct isa_op *name##_op(struct isa_wave *w, const struct isa_op *op) \
    {                                                                                  \
        const type a = (type)op_scalar##bits(w->ops, op, 1);                           \
        const type b = (type)op_scalar##bits(w->ops, op, 2);                           \
        w->scc = condition;                                                            \
        return op_next(op);                                                            \
    }
COMPARE(cmp_eq, 32, uint32_t, a == b)
COMPARE(cmp_lg, 32, uint32_t, a != b)
COMPARE(cmp_eq_u64, 64, uint64_t, a == b)
COMPARE(cmp_lg_u64, 64, uint64_t, a != b)
COMPARE(cmp_gt_i32, 32, int32_t, a > b)
COMPARE(cmp_ge_i32, 32, int32_t, a >= b)
COMPARE(cmp_lt_i32, 32, int32_t, a < b)
COMPARE(cmp_le_i32, 32, int32_t, a <= b)
COMPARE(cmp_gt_u32, 32, uint32_t, a > b)
COMPARE(cmp_ge_u32, 32, uint32_t, a >= b)
COMPARE(cmp_lt_u32, 32, uint32_t, a < b)
COMPARE(cmp_le_u32, 32, uint32_t, a <= b)
COMPARE(bitcmp0_b32, 32, uint32_t, !(a >> (b & 31) & 1))
COMPARE(bitcmp1_b32, 32, uint32_t, a >> (b & 31) & 1)
COMPARE(bitcmp0_b64, 64, uint64_t, !(a >> (b & 63) & 1))
COMPARE(bitcmp1_b64, 64, uint64_t, a >> (b & 63) & 1)

#define COMPARE_K(name, type, immediate, condition)                   \
    static void name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                 \
        const type a = (type)SOURCE32(0), b = (type)(immediate);      \
        w->scc = condition;                                           \
    }
COMPARE_K(cmpk_eq_i32, int32_t, inst->imm, a == b)
COMPARE_K(cmpk_lg_i32, int32_t, inst->imm, a != b)
COMPARE_K(cmpk_gt_i32, int32_t, inst->imm, a > b)
COMPARE_K(cmpk_ge_i32, int32_t, inst->imm, a >= b)
COMPARE_K(cmpk_lt_i32, int32_t, inst->imm, a < b)
COMPARE_K(cmpk_le_i32, int32_t, inst->imm, a <= b)
COMPARE_K(cmpk_eq_u32, uint32_t, (uint16_t)inst->imm, a == b)
COMPARE_K(cmpk_lg_u32, uint32_t, (uint16_t)inst->imm, a != b)
COMPARE_K(cmpk_gt_u32, uint32_t, (uint16_t)inst->imm, a > b)
COMPARE_K(cmpk_ge_u32, uint32_t, (uint16_t)inst->imm, a >= b)
COMPARE_K(cmpk_lt_u32, uint32_t, (uint16_t)inst->imm, a < b)
COMPARE_K(cmpk_le_u32, uint32_t, (uint16_t)inst->imm, a <= b)

static void movk_i32(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write32(w, &inst->dst, (uint32_t)inst->imm);
}

static void cmovk_i32(struct isa_wave *w, const struct isa_inst *inst)
{
    if (w->scc)
        isa_write32(w, &inst->dst, (uint32_t)inst->imm);
}

static void addk_i32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t a = isa_read32(w, &inst->dst), r = a + (uint32_t)inst->imm;
    w->scc = add_overflows(a, (uint32_t)inst->imm, r);
    isa_write32(w, &inst->dst, r);
}

static void mulk_i32(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write32(w, &inst->dst, isa_read32(w, &inst->dst) * (uint32_t)inst->imm);
}

/* ---- operations ---- */

/* clang-format off */
const struct isa_op_binding isa_ops_scalar[] = {
#define OWN(name) {name, name##_op}
#define PLAIN(name) {name, op_plain}
    OWN(add_u32), OWN(sub_u32), OWN(add_i32), OWN(sub_i32), OWN(addc_u32), OWN(subb_u32), OWN(min_u32),
    OWN(max_u32), OWN(min_i32), OWN(max_i32), OWN(add_nc_u64), OWN(sub_nc_u64), OWN(mul_u64), OWN(mul_i32),
    OWN(mul_hi_u32), OWN(mul_hi_i32), OWN(lshl1_add), OWN(lshl2_add), OWN(lshl3_add), OWN(lshl4_add),
    OWN(abs_i32), OWN(absdiff_i32), OWN(and_b32), OWN(and_b64), OWN(or_b32), OWN(or_b64), OWN(xor_b32),
    OWN(xor_b64), OWN(nand_b32), OWN(nand_b64), OWN(nor_b32), OWN(nor_b64), OWN(xnor_b32), OWN(xnor_b64),
    OWN(andn2_b32), OWN(andn2_b64), OWN(orn2_b32), OWN(orn2_b64), OWN(not_b32), OWN(not_b64), OWN(mov_b32),
    OWN(mov_b64), OWN(cselect_b32), OWN(cselect_b64), OWN(pack_ll), OWN(pack_lh), OWN(pack_hh),
    OWN(pack_hl), OWN(lshl_b32), OWN(lshr_b32), OWN(ashr_i32), OWN(lshl_b64), OWN(lshr_b64), OWN(ashr_i64),
    OWN(bfm_b32), OWN(bfm_b64), OWN(bfe_u32), OWN(bfe_i32), OWN(bfe_u64), OWN(bfe_i64), OWN(brev_b32),
    OWN(brev_b64), OWN(wqm_b32), OWN(wqm_b64), OWN(quadmask_b32), OWN(quadmask_b64), OWN(sext_i32_i8),
    OWN(sext_i32_i16), OWN(bcnt0_b32), OWN(bcnt1_b32), OWN(ff0_b32), OWN(ff1_b32), OWN(flbit_b32),
    OWN(flbit_i32), OWN(cmp_eq), OWN(cmp_lg), OWN(cmp_eq_u64), OWN(cmp_lg_u64), OWN(cmp_gt_i32),
    OWN(cmp_ge_i32), OWN(cmp_lt_i32), OWN(cmp_le_i32), OWN(cmp_gt_u32), OWN(cmp_ge_u32), OWN(cmp_lt_u32),
    OWN(cmp_le_u32), OWN(bitcmp0_b32), OWN(bitcmp1_b32), OWN(bitcmp0_b64), OWN(bitcmp1_b64),
    PLAIN(and_saveexec), PLAIN(or_saveexec), PLAIN(xor_saveexec), PLAIN(nand_saveexec), PLAIN(nor_saveexec),
    PLAIN(xnor_saveexec), PLAIN(andn1_saveexec), PLAIN(orn1_saveexec), PLAIN(andn2_saveexec),
    PLAIN(orn2_saveexec), PLAIN(andn1_wrexec), PLAIN(andn2_wrexec), PLAIN(cmpk_eq_i32), PLAIN(cmpk_lg_i32),
    PLAIN(cmpk_gt_i32), PLAIN(cmpk_ge_i32), PLAIN(cmpk_lt_i32), PLAIN(cmpk_le_i32), PLAIN(cmpk_eq_u32),
    PLAIN(cmpk_lg_u32), PLAIN(cmpk_gt_u32), PLAIN(cmpk_ge_u32), PLAIN(cmpk_lt_u32), PLAIN(cmpk_le_u32),
    PLAIN(movk_i32), PLAIN(addk_i32), PLAIN(mulk_i32), PLAIN(cmovk_i32), PLAIN(cmov_b32), PLAIN(cmov_b64),
    PLAIN(bcnt0_b64), PLAIN(bcnt1_b64), PLAIN(ff0_b64), PLAIN(ff1_b64), PLAIN(flbit_b64), PLAIN(flbit_i64),
    PLAIN(bitset0_b32), PLAIN(bitset1_b32), PLAIN(bitset0_b64), PLAIN(bitset1_b64), PLAIN(bitreplicate),
    {NULL, NULL},
};
/* clang-format on */

/* ---- names ---- */

const struct isa_binding isa_exec_scalar[] = {
    {"s_add_u32", add_u32},
    {"s_add_co_u32", add_u32},
    {"s_sub_u32", sub_u32},
    {"s_sub_co_u32", sub_u32},
    {"s_add_i32", add_i32},
    {"s_add_co_i32", add_i32},
    {"s_sub_i32", sub_i32},
    {"s_sub_co_i32", sub_i32},
    {"s_addc_u32", addc_u32},
    {"s_add_co_ci_u32", addc_u32},
    {"s_subb_u32", subb_u32},
    {"s_sub_co_ci_u32", subb_u32},
    {"s_min_u32", min_u32},
    {"s_max_u32", max_u32},
    {"s_min_i32", min_i32},
    {"s_max_i32", max_i32},
    {"s_add_nc_u64", add_nc_u64},
    {"s_sub_nc_u64", sub_nc_u64},
    {"s_mul_u64", mul_u64},
    {"s_mul_i32", mul_i32},
    {"s_mul_hi_u32", mul_hi_u32},
    {"s_mul_hi_i32", mul_hi_i32},
    {"s_lshl1_add_u32", lshl1_add},
    {"s_lshl2_add_u32", lshl2_add},
    {"s_lshl3_add_u32", lshl3_add},
    {"s_lshl4_add_u32", lshl4_add},
    {"s_abs_i32", abs_i32},
    {"s_absdiff_i32", absdiff_i32},
    {"s_and_b32", and_b32},
    {"s_and_b64", and_b64},
    {"s_or_b32", or_b32},
    {"s_or_b64", or_b64},
    {"s_xor_b32", xor_b32},
    {"s_xor_b64", xor_b64},
    {"s_nand_b32", nand_b32},
    {"s_nand_b64", nand_b64},
    {"s_nor_b32", nor_b32},
    {"s_nor_b64", nor_b64},
    {"s_xnor_b32", xnor_b32},
    {"s_xnor_b64", xnor_b64},
    {"s_andn2_b32", andn2_b32},
    {"s_and_not1_b32", andn2_b32},
    {"s_andn2_b64", andn2_b64},
    {"s_and_not1_b64", andn2_b64},
    {"s_orn2_b32", orn2_b32},
    {"s_or_not1_b32", orn2_b32},
    {"s_orn2_b64", orn2_b64},
    {"s_or_not1_b64", orn2_b64},
    {"s_not_b32", not_b32},
    {"s_not_b64", not_b64},
    {"s_mov_b32", mov_b32},
    {"s_mov_b64", mov_b64},
    {"s_cmov_b32", cmov_b32},
    {"s_cmov_b64", cmov_b64},
    {"s_cselect_b32", cselect_b32},
    {"s_cselect_b64", cselect_b64},
    {"s_pack_ll_b32_b16", pack_ll},
    {"s_pack_lh_b32_b16", pack_lh},
    {"s_pack_hh_b32_b16", pack_hh},
    {"s_pack_hl_b32_b16", pack_hl},
    {"s_lshl_b32", lshl_b32},
    {"s_lshl_b64", lshl_b64},
    {"s_lshr_b32", lshr_b32},
    {"s_lshr_b64", lshr_b64},
    {"s_ashr_i32", ashr_i32},
    {"s_ashr_i64", ashr_i64},
    {"s_bfm_b32", bfm_b32},
    {"s_bfm_b64", bfm_b64},
    {"s_bfe_u32", bfe_u32},
    {"s_bfe_i32", bfe_i32},
    {"s_bfe_u64", bfe_u64},
    {"s_bfe_i64", bfe_i64},
    {"s_brev_b32", brev_b32},
    {"s_brev_b64", brev_b64},
    {"s_wqm_b32", wqm_b32},
    {"s_wqm_b64", wqm_b64},
    {"s_quadmask_b32", quadmask_b32},
    {"s_quadmask_b64", quadmask_b64},
    {"s_sext_i32_i8", sext_i32_i8},
    {"s_sext_i32_i16", sext_i32_i16},
    {"s_bcnt0_i32_b32", bcnt0_b32},
    {"s_bcnt0_i32_b64", bcnt0_b64},
    {"s_bcnt1_i32_b32", bcnt1_b32},
    {"s_bcnt1_i32_b64", bcnt1_b64},
    {"s_ff0_i32_b32", ff0_b32},
    {"s_ff0_i32_b64", ff0_b64},
    {"s_ff1_i32_b32", ff1_b32},
    {"s_ff1_i32_b64", ff1_b64},
    {"s_ctz_i32_b32", ff1_b32},
    {"s_ctz_i32_b64", ff1_b64},
    {"s_flbit_i32_b32", flbit_b32},
    {"s_flbit_i32_b64", flbit_b64},
    {"s_clz_i32_u32", flbit_b32},
    {"s_clz_i32_u64", flbit_b64},
    {"s_flbit_i32", flbit_i32},
    {"s_flbit_i32_i64", flbit_i64},
    {"s_cls_i32", flbit_i32},
    {"s_cls_i32_i64", flbit_i64},
    {"s_bitreplicate_b64_b32", bitreplicate},
    {"s_bitset0_b32", bitset0_b32},
    {"s_bitset1_b32", bitset1_b32},
    {"s_bitset0_b64", bitset0_b64},
    {"s_bitset1_b64", bitset1_b64},
#define SAVE(gfx9, gfx11, function)                                                            \
    {"s_" gfx9 "_b32", function}, {"s_" gfx9 "_b64", function}, {"s_" gfx11 "_b32", function}, \
    {                                                                                          \
        "s_" gfx11 "_b64", function                                                            \
    }
    SAVE("and_saveexec", "and_saveexec", and_saveexec),
    SAVE("or_saveexec", "or_saveexec", or_saveexec),
    SAVE("xor_saveexec", "xor_saveexec", xor_saveexec),
    SAVE("nand_saveexec", "nand_saveexec", nand_saveexec),
    SAVE("nor_saveexec", "nor_saveexec", nor_saveexec),
    SAVE("xnor_saveexec", "xnor_saveexec", xnor_saveexec),
    SAVE("andn1_saveexec", "and_not0_saveexec", andn1_saveexec),
    SAVE("orn1_saveexec", "or_not0_saveexec", orn1_saveexec),
    SAVE("andn2_saveexec", "and_not1_saveexec", andn2_saveexec),
    SAVE("orn2_saveexec", "or_not1_saveexec", orn2_saveexec),
    SAVE("andn1_wrexec", "and_not0_wrexec", andn1_wrexec),
    SAVE("andn2_wrexec", "and_not1_wrexec", andn2_wrexec),
    {"s_cmp_eq_i32", cmp_eq},
    {"s_cmp_lg_i32", cmp_lg},
    {"s_cmp_eq_u32", cmp_eq},
    {"s_cmp_lg_u32", cmp_lg},
    {"s_cmp_eq_u64", cmp_eq_u64},
    {"s_cmp_lg_u64", cmp_lg_u64},
    {"s_cmp_gt_i32", cmp_gt_i32},
    {"s_cmp_ge_i32", cmp_ge_i32},
    {"s_cmp_lt_i32", cmp_lt_i32},
    {"s_cmp_le_i32", cmp_le_i32},
    {"s_cmp_gt_u32", cmp_gt_u32},
    {"s_cmp_ge_u32", cmp_ge_u32},
    {"s_cmp_lt_u32", cmp_lt_u32},
    {"s_cmp_le_u32", cmp_le_u32},
    {"s_bitcmp0_b32", bitcmp0_b32},
    {"s_bitcmp1_b32", bitcmp1_b32},
    {"s_bitcmp0_b64", bitcmp0_b64},
    {"s_bitcmp1_b64", bitcmp1_b64},
    {"s_cmpk_eq_i32", cmpk_eq_i32},
    {"s_cmpk_lg_i32", cmpk_lg_i32},
    {"s_cmpk_gt_i32", cmpk_gt_i32},
    {"s_cmpk_ge_i32", cmpk_ge_i32},
    {"s_cmpk_lt_i32", cmpk_lt_i32},
    {"s_cmpk_le_i32", cmpk_le_i32},
    {"s_cmpk_eq_u32", cmpk_eq_u32},
    {"s_cmpk_lg_u32", cmpk_lg_u32},
    {"s_cmpk_gt_u32", cmpk_gt_u32},
    {"s_cmpk_ge_u32", cmpk_ge_u32},
    {"s_cmpk_lt_u32", cmpk_lt_u32},
    {"s_cmpk_le_u32", cmpk_le_u32},
    {"s_movk_i32", movk_i32},
    {"s_cmovk_i32", cmovk_i32},
    {"s_addk_i32", addk_i32},
    {"s_addk_co_i32", addk_i32},
    {"s_mulk_i32", mulk_i32},
    {NULL, NULL},
};
