/*
 * jit_integer.c - templates of vector instructions on integers and bits
 * (jit_vector.h).
 */
#include "jit_vector.h"

/* ---- one and two operands ---- */

static bool two_reversed(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned b = jit_get(j, &s[1], p);
        RESULT(t->x, p, b, jit_get_rm(j, &s[0], p));
    }
    return true;
}

/* ---- shifts ---- */

/* value shifted by count, both sources; x: of a variable count, y: enum
 * x86_shift. */
static void shift(struct jit *j, unsigned to, unsigned mask, struct jit_source *value,
                  struct jit_source *count, unsigned part, const struct jit_template *t)
{
    if (count->constant) {
        x86_vector(&j->x, VPSHIFTD_IMM, t->y, to, x86_reg(jit_get(j, value, part)), mask,
                   (int)(count->value & 31));
        return;
    }
    EMIT(VPANDD, T4, jit_get(j, count, part), x86_constant(31));
    x86_vector(&j->x, t->x, to, jit_get(j, value, part), x86_reg(T4), mask, X86_NO_IMM);
}

static bool shift_reversed(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p) shift(j, to + p, jit_mask(j, p), &s[1], &s[0], p, t);
    return true;
}

static const struct jit_template shift_left = {.x = VPSLLVD, .y = X86_SLL};

/* (a << b) x c */
static bool shift_then(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(3);
    PARTS(p)
    {
        shift(j, T3, 0, &s[0], &s[1], p, &shift_left);
        RESULT(t->x, p, T3, jit_get_rm(j, &s[2], p));
    }
    return true;
}

/* (a x b) << c */
static bool then_shift(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(3);
    PARTS(p)
    {
        struct jit_source sum = {.vector = T3 - p};
        EMIT(t->x, T3, jit_get(j, &s[0], p), jit_get_rm(j, &s[1], p));
        shift(j, to + p, jit_mask(j, p), &sum, &s[2], p, &shift_left);
    }
    return true;
}

/* a:b >> c, for a constant c */
static bool align_bit(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source count;
    if (!jit_source_open(op, 2, &count) || !count.constant)
        return false;
    OPEN(3);
    unsigned n = count.value & 31;
    bool rotates = !s[0].each && !s[1].each && s[0].vector == s[1].vector;
    PARTS(p)
    {
        unsigned b = jit_get(j, &s[1], p);
        if (n == 0 || rotates) {
            x86_vector(&j->x, VPSHIFTD_IMM, X86_ROR, to + p, x86_reg(b), jit_mask(j, p), (int)n);
            continue;
        }
        EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(b), n);
        EMIT_IMM(VPSHIFTD_IMM, X86_SLL, T4, x86_reg(jit_get(j, &s[0], p)), 32 - n);
        RESULT(VPORD, p, T3, x86_reg(T4));
    }
    return true;
}

static const struct jit_template shift_right = {.x = VPSRLVD, .y = X86_SRL};

/* a >> b, c bits, for a constant c */
static bool field(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source width;
    if (!jit_source_open(op, 2, &width) || !width.constant)
        return false;
    OPEN(2);
    PARTS(p)
    {
        shift(j, T3, 0, &s[0], &s[1], p, &shift_right);
        RESULT(VPANDD, p, T3, x86_constant((1u << (width.value & 31)) - 1));
    }
    return true;
}

/* ---- three operands ---- */

/* (a x b) y c */
static bool two_steps(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(3);
    PARTS(p)
    {
        EMIT(t->x, T3, jit_get(j, &s[0], p), jit_get_rm(j, &s[1], p));
        RESULT(t->y, p, T3, jit_get_rm(j, &s[2], p));
    }
    return true;
}

/* A function of three bits; x: its truth table. */
static bool three_bits(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(3);
    PARTS(p)
    {
        EMIT(VMOVAPS, T3, 0, x86_reg(jit_get(j, &s[0], p)));
        EMIT_IMM(VPTERNLOGD, T3, jit_get(j, &s[1], p), jit_get_rm(j, &s[2], p), t->x);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool two_bits_not(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        EMIT(t->x, T3, jit_get(j, &s[0], p), jit_get_rm(j, &s[1], p));
        RESULT_IMM(VPTERNLOGD, p, T3, x86_reg(T3), 0x55);
    }
    return true;
}

static void masked_product(struct jit *j, struct jit_source *a, struct jit_source *b, unsigned part)
{
    EMIT(VPANDD, T3, jit_get(j, a, part), x86_constant(0xffffff));
    EMIT(VPANDD, T4, jit_get(j, b, part), x86_constant(0xffffff));
    EMIT(VPMULLD, T3, T3, x86_reg(T4));
}

static bool product24(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        masked_product(j, &s[0], &s[1], p);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool product24_sum(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(3);
    PARTS(p)
    {
        masked_product(j, &s[0], &s[1], p);
        RESULT(VPADDD, p, T3, jit_get_rm(j, &s[2], p));
    }
    return true;
}

/* ---- carries ---- */

/* After all parts of a carry have been put. */
static void carry_end(struct jit *j, const struct isa_op *op)
{
    if (op->carry_out != OP_NO_SGPR)
        jit_mask_end(j, op->carry_out);
}

static void carry_begin(struct jit *j, const struct isa_op *op)
{
    if (op->carry_out != OP_NO_SGPR)
        jit_mask_begin(j, op->carry_out);
}

/* Sums with a carry, in T3; in: a mask, or 0; out: is the carry wanted, in k1? */
static void carry_add(struct jit *j, unsigned a, unsigned b, unsigned in, bool out)
{
    EMIT(VPADDD, T3, a, x86_reg(b));
    if (out)
        EMIT_IMM(VPCMPUD, 1, T3, x86_reg(a), 1);
    if (in)
        EMIT_MASK(VPADDD, T3, T3, x86_constant(1), in);
    if (!in || !out)
        return;
    EMIT_MASK(VPTESTNMD, 3, T3, x86_reg(T3), in);
    x86_k(&j->x, KORW, 1, 1, x86_reg(3));
}

static void carry_subtract(struct jit *j, unsigned a, unsigned b, unsigned in, bool out)
{
    if (out)
        EMIT_IMM(VPCMPUD, 1, a, x86_reg(b), 1);
    if (in && out) {
        x86_vector(&j->x, VPCMPUD, 3, a, x86_reg(b), in, 0);
        x86_k(&j->x, KORW, 1, 1, x86_reg(3));
    }
    EMIT(VPSUBD, T3, a, x86_reg(b));
    if (in)
        EMIT_MASK(VPSUBD, T3, T3, x86_constant(1), in);
}

enum { CARRY_ADD, CARRY_SUB, CARRY_SUBREV };

/* x: which of them, y: is there a carry in? */
static bool carry(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    bool out = op->carry_out != OP_NO_SGPR;
    carry_begin(j, op);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), b = jit_get(j, &s[1], p);
        unsigned in = t->y ? jit_mask_get(j, op->carry_in, p, 2) : 0;
        if (t->x == CARRY_ADD)
            carry_add(j, a, b, in, out);
        else
            carry_subtract(j, t->x == CARRY_SUB ? a : b, t->x == CARRY_SUB ? b : a, in, out);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
        if (out)
            jit_mask_put(j, p, 1);
    }
    carry_end(j, op);
    return true;
}

/* ---- 64 bits ---- */

/* The high dwords of products of unsigned (x: VPMULUDQ) or signed numbers: even
 * lanes, then odd ones. */
static void product_high(struct jit *j, unsigned multiply, unsigned a, unsigned b)
{
    EMIT(multiply, T3, a, x86_reg(b));
    EMIT(VMOVSHDUP, T4, 0, x86_reg(a));
    EMIT(VMOVSHDUP, T5, 0, x86_reg(b));
    EMIT(multiply, T4, T4, x86_reg(T5));
    EMIT(VMOVSHDUP, T3, 0, x86_reg(T3));
    x86_move(&j->x, RAX, 0xaaaa);
    x86_k(&j->x, KMOVW_R32, 1, 0, x86_reg(RAX));
    x86_vector(&j->x, VMOVAPS, T3, 0, x86_reg(T4), 1, X86_NO_IMM);
}

static bool multiply_high(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        product_high(j, t->x, jit_get(j, &s[0], p), jit_get(j, &s[1], p));
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

/* A pair of rows shifted by a constant; x: enum x86_shift. */
static bool shift_pair(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source count;
    if (!jit_source_open(op, 0, &count) || !count.constant || op->base[2] != OP_VGPR ||
        op->base[0] != OP_VGPR)
        return false;
    unsigned n = count.value & 63, from = jit_row_of(op, 2);
    unsigned row = jit_row_of(op, 0);
    bool left = t->x == X86_SLL;
    unsigned other = left ? X86_SRL : X86_SLL;
    /* near: the row that bits go out of, far: the one that they come into */
    unsigned near = jit_row(j, left ? from : from + 1), far = jit_row(j, left ? from + 1 : from);
    unsigned near_to = jit_row_result(j, left ? row : row + 1),
             far_to = jit_row_result(j, left ? row + 1 : row);
    PARTS(p)
    {
        unsigned mask = jit_mask(j, p);
        if (n >= 32) {
            EMIT_IMM(VPSHIFTD_IMM, t->x, T3, x86_reg(near + p), n - 32);
            EMIT(VPXORD, T4, T4, x86_reg(T4));
        } else {
            EMIT_IMM(VPSHIFTD_IMM, t->x, T3, x86_reg(far + p), n);
            if (n)
                EMIT_IMM(VPSHIFTD_IMM, other, T5, x86_reg(near + p), 32 - n);
            EMIT_IMM(VPSHIFTD_IMM, t->x, T4, x86_reg(near + p), n);
            if (n)
                EMIT(VPORD, T3, T3, x86_reg(T5));
        }
        x86_vector(&j->x, VMOVAPS, far_to + p, 0, x86_reg(T3), mask, X86_NO_IMM);
        x86_vector(&j->x, VMOVAPS, near_to + p, 0, x86_reg(T4), mask, X86_NO_IMM);
    }
    return true;
}

/* A pair of rows: registers, SGPRs or a constant, as vectors for one part. */
struct pair {
    bool each;
    struct x86_rm from[2];
    unsigned first[2];
};

static bool pair_open(struct jit *j, const struct isa_op *op, unsigned n, struct pair *pair)
{
    const struct isa_operand *src = &op->inst->src[n];
    if (op->base[n + 1] == OP_VGPR) {
        unsigned row = jit_row_of(op, n + 1);
        *pair = (struct pair){.first = {jit_row(j, row), jit_row(j, row + 1)}};
        return true;
    }
    pair->each = true;
    if (src->kind == ISA_CONST && !src->neg && !src->abs) {
        pair->from[0] = x86_constant((uint32_t)src->value);
        pair->from[1] = x86_constant((uint32_t)(src->value >> 32));
        return true;
    }
    if (src->kind != ISA_SGPR || src->reg >= 127 || src->neg || src->abs)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        pair->from[i] = jit_sgpr(src->reg + i);
        pair->from[i].kind = X86_EACH;
    }
    return true;
}

/* A half of it; into the vector free where it is no register. */
static unsigned pair_get(struct jit *j, const struct pair *pair, unsigned half, unsigned part, unsigned free)
{
    if (!pair->each)
        return pair->first[half] + part;
    EMIT(VBROADCASTSS, free, 0, pair->from[half]);
    return free;
}

/* T4 (high) and T5 (low) plus the pair: the high half to T3, the low one to T2, the carry to k1 if it is
 * wanted. */
static void pair_add(struct jit *j, const struct pair *pair, unsigned part, bool out)
{
    EMIT(VPADDD, T2, T5, x86_reg(pair_get(j, pair, 0, part, T2)));
    EMIT_IMM(VPCMPUD, 2, T2, x86_reg(T5), 1);
    carry_add(j, T4, pair_get(j, pair, 1, part, T5), 2, out);
}

static bool multiply_add_wide(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source s[3];
    struct pair c = {0};
    (void)t;
    if (op->base[0] != OP_VGPR || !jit_sources_open(j, op, 2, s) || !pair_open(j, op, 2, &c))
        return false;
    unsigned row = jit_row_of(op, 0), low = jit_row_result(j, row), high = jit_row_result(j, row + 1);
    carry_begin(j, op);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), b = jit_get(j, &s[1], p), mask = jit_mask(j, p);
        product_high(j, VPMULUDQ, a, b);
        EMIT(VMOVAPS, T4, 0, x86_reg(T3));
        EMIT(VPMULLD, T5, a, x86_reg(b));
        pair_add(j, &c, p, op->carry_out != OP_NO_SGPR);
        EMIT_MASK(VMOVAPS, low + p, 0, x86_reg(T2), mask);
        EMIT_MASK(VMOVAPS, high + p, 0, x86_reg(T3), mask);
        if (op->carry_out != OP_NO_SGPR)
            jit_mask_put(j, p, 1);
    }
    carry_end(j, op);
    return true;
}

/* (a << b) + c in 64 bits, for a constant b; a may be SGPRs */
static bool shift_add_wide(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source count;
    struct pair a = {0}, c = {0};
    (void)t;
    if (!jit_source_open(op, 1, &count) || !count.constant || op->base[0] != OP_VGPR ||
        !pair_open(j, op, 0, &a) || !pair_open(j, op, 2, &c))
        return false;
    unsigned n = count.value & 7, row = jit_row_of(op, 0);
    unsigned low_to = jit_row_result(j, row), high_to = jit_row_result(j, row + 1);
    PARTS(p)
    {
        unsigned mask = jit_mask(j, p), low = pair_get(j, &a, 0, p, T0), high = pair_get(j, &a, 1, p, T1);
        EMIT_IMM(VPSHIFTD_IMM, X86_SLL, T4, x86_reg(high), n);
        EMIT_IMM(VPSHIFTD_IMM, X86_SLL, T5, x86_reg(low), n);
        if (n) {
            EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(low), 32 - n);
            EMIT(VPORD, T4, T4, x86_reg(T3));
        }
        pair_add(j, &c, p, false);
        EMIT_MASK(VMOVAPS, low_to + p, 0, x86_reg(T2), mask);
        EMIT_MASK(VMOVAPS, high_to + p, 0, x86_reg(T3), mask);
    }
    return true;
}

/* A half of each source. */
static bool pair_move(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct pair a = {0}, b = {0};
    unsigned sel = op->inst->opsel, row = jit_row_of(op, 0);
    (void)t;
    if (op->base[0] != OP_VGPR || !pair_open(j, op, 0, &a) || !pair_open(j, op, 1, &b))
        return false;
    unsigned low = jit_row_result(j, row), high = jit_row_result(j, row + 1);
    PARTS(p)
    {
        unsigned mask = jit_mask(j, p);
        EMIT(VMOVAPS, T3, 0, x86_reg(pair_get(j, &b, sel >> 1 & 1, p, T1))); /* which may be the result's */
        EMIT_MASK(VMOVAPS, low + p, 0, x86_reg(pair_get(j, &a, sel & 1, p, T0)), mask);
        EMIT_MASK(VMOVAPS, high + p, 0, x86_reg(T3), mask);
    }
    return true;
}

const struct jit_template jit_integers[] = {
    {isa_v_not_b32, jit_one_imm, VPTERNLOGD, 0x55},
    {isa_v_and_b32, jit_two, VPANDD, 0},
    {isa_v_or_b32, jit_two, VPORD, 0},
    {isa_v_xor_b32, jit_two, VPXORD, 0},
    {isa_v_xnor_b32, two_bits_not, VPXORD, 0},
    {isa_v_add_u32, jit_two, VPADDD, 0},
    {isa_v_sub_u32, jit_two, VPSUBD, 0},
    {isa_v_subrev_u32, two_reversed, VPSUBD, 0},
    {isa_v_add_i32, jit_two, VPADDD, 0},
    {isa_v_sub_i32, jit_two, VPSUBD, 0},
    {isa_v_min_i32, jit_two, VPMINSD, 0},
    {isa_v_max_i32, jit_two, VPMAXSD, 0},
    {isa_v_min_u32, jit_two, VPMINUD, 0},
    {isa_v_max_u32, jit_two, VPMAXUD, 0},
    {isa_v_mul_lo_u32, jit_two, VPMULLD, 0},
    {isa_v_mul_hi_u32, multiply_high, VPMULUDQ, 0},
    {isa_v_mul_hi_i32, multiply_high, VPMULDQ, 0},
    {isa_v_mul_u32_u24, product24, 0, 0},
    {isa_v_mad_u32_u24, product24_sum, 0, 0},
    {isa_v_lshlrev_b32, shift_reversed, VPSLLVD, X86_SLL},
    {isa_v_lshrrev_b32, shift_reversed, VPSRLVD, X86_SRL},
    {isa_v_ashrrev_i32, shift_reversed, VPSRAVD, X86_SRA},
    {isa_v_lshl_add_u32, shift_then, VPADDD, 0},
    {isa_v_lshl_or_b32, shift_then, VPORD, 0},
    {isa_v_add_lshl_u32, then_shift, VPADDD, 0},
    {isa_v_alignbit_b32, align_bit, 0, 0},
    {isa_v_bfe_u32, field, 0, 0},
    {isa_v_add3_u32, two_steps, VPADDD, VPADDD},
    {isa_v_xad_u32, two_steps, VPXORD, VPADDD},
    {isa_v_min3_i32, two_steps, VPMINSD, VPMINSD},
    {isa_v_max3_i32, two_steps, VPMAXSD, VPMAXSD},
    {isa_v_min3_u32, two_steps, VPMINUD, VPMINUD},
    {isa_v_max3_u32, two_steps, VPMAXUD, VPMAXUD},
    {isa_v_minmax_i32, two_steps, VPMINSD, VPMAXSD},
    {isa_v_maxmin_i32, two_steps, VPMAXSD, VPMINSD},
    {isa_v_minmax_u32, two_steps, VPMINUD, VPMAXUD},
    {isa_v_maxmin_u32, two_steps, VPMAXUD, VPMINUD},
    {isa_v_or3_b32, three_bits, 0xfe, 0},
    {isa_v_xor3_b32, three_bits, 0x96, 0},
    {isa_v_and_or_b32, three_bits, 0xea, 0},
    {isa_v_bfi_b32, three_bits, 0xca, 0},
    {isa_v_add_co_u32, carry, CARRY_ADD, false},
    {isa_v_sub_co_u32, carry, CARRY_SUB, false},
    {isa_v_subrev_co_u32, carry, CARRY_SUBREV, false},
    {isa_v_addc_co_u32, carry, CARRY_ADD, true},
    {isa_v_subb_co_u32, carry, CARRY_SUB, true},
    {isa_v_subbrev_co_u32, carry, CARRY_SUBREV, true},
    {isa_v_lshlrev_b64, shift_pair, X86_SLL, 0},
    {isa_v_lshrrev_b64, shift_pair, X86_SRL, 0},
    {isa_v_mad_u64_u32, multiply_add_wide, 0, 0},
    {isa_v_lshl_add_u64, shift_add_wide, 0, 0},
    {isa_v_pk_mov_b32, pair_move, 0, 0},
    {NULL, NULL, 0, 0},
};
