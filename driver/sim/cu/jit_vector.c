/*
 * jit_vector.c - templates of vector instructions: what machine code their rows (exec_vop*.def) come to.
 *
 * Only what op_make.c made a row's plain operation has one: no DPP, SDWA, clamp, omod or halves. A NaN that
 * comes out is the first operand's that is one, as the rows say: that is what x86 does when the operands of
 * its instruction are in the same order.
 */
#include "jit.h"

#include <stdlib.h>

enum { T0, T1, T2, T3, T4, T5 }; /* free vectors; T0 to T2 are for sources */

struct source {
    bool each;          /* one value for all lanes, */
    struct x86_rm from; /* as it lies there, */
    unsigned vector;    /* or the first vector of a row; each: of the value, once it was asked for */
    bool loaded, abs, neg;
    unsigned own;   /* a free vector of its own */
    uint32_t value; /* of a constant */
    bool constant;
};

struct template;
typedef bool template_fn(struct jit *j, const struct isa_op *op, const struct template *t);
struct template
{
    isa_exec_fn *exec;
    template_fn *write;
    unsigned x, y; /* opcodes or numbers, by the function */
};

/* ---- sources ---- */

static bool source_open(const struct isa_op *op, unsigned n, struct source *s)
{
    const struct isa_operand *src = &op->inst->src[n];
    bool prepared = op->base[n + 1] == OP_PREPARED;
    *s = (struct source){.own = T0 + n, .abs = prepared && src->abs, .neg = prepared && src->neg};
    switch (op->base[n + 1] == OP_VGPR ? ISA_VGPR : src->kind) {
    case ISA_VGPR:
        s->vector = (unsigned)(prepared ? src->reg : op->at[n + 1] / (VEC_LANES * sizeof(uint32_t)));
        return true;
    case ISA_CONST:
        s->each = s->constant = true;
        s->value = (uint32_t)src->value;
        s->value &= s->abs ? 0x7fffffff : UINT32_MAX;
        s->value ^= s->neg ? 0x80000000 : 0;
        s->abs = s->neg = false;
        s->from = x86_constant(s->value);
        return true;
    case ISA_SGPR:
        s->each = true;
        s->from = jit_sgpr(src->reg);
        s->from.kind = X86_EACH;
        return src->reg < 128;
    default:
        return false;
    }
}

/* Rows are taken in before anything is written, so that none of them goes to make room for another. */
static bool sources_open(struct jit *j, const struct isa_op *op, unsigned n, struct source *s)
{
    if (op->prepare & OP_PREPARE_FLUSH)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!source_open(op, i, &s[i]))
            return false;
    for (unsigned i = 0; i < n; i++)
        if (!s[i].each)
            s[i].vector = jit_row(j, s[i].vector);
    return true;
}

static void sign_change(struct jit *j, unsigned to, unsigned from, const struct source *s)
{
    if (s->abs)
        x86_vector(&j->x, VPANDD, to, from, x86_constant(0x7fffffff), 0, X86_NO_IMM);
    if (s->neg)
        x86_vector(&j->x, VPXORD, to, s->abs ? to : from, x86_constant(0x80000000), 0, X86_NO_IMM);
}

/* The vector of a part. */
static unsigned get(struct jit *j, struct source *s, unsigned part)
{
    if (!s->each) {
        if (!s->abs && !s->neg)
            return s->vector + part;
        sign_change(j, s->own, s->vector + part, s);
        return s->own;
    }
    if (!s->loaded) {
        x86_vector(&j->x, VBROADCASTSS, s->own, 0, s->from, 0, X86_NO_IMM);
        if (s->abs || s->neg)
            sign_change(j, s->own, s->own, s);
        s->loaded = true;
    }
    return s->own;
}

/* As the last operand of an instruction. */
static struct x86_rm get_rm(struct jit *j, struct source *s, unsigned part)
{
    bool there = s->each && !s->loaded && !s->abs && !s->neg;
    return there ? s->from : x86_reg(get(j, s, part));
}

/* ---- the result ---- */

static bool result_open(struct jit *j, const struct isa_op *op, unsigned *first)
{
    if (op->base[0] != OP_VGPR)
        return false;
    *first = jit_row_result(j, (unsigned)(op->at[0] / (VEC_LANES * sizeof(uint32_t))));
    return true;
}

#define EMIT(op, reg, first, rm)          x86_vector(&j->x, op, reg, first, rm, 0, X86_NO_IMM)
#define EMIT_IMM(op, reg, first, rm, imm) x86_vector(&j->x, op, reg, first, rm, 0, (int)(imm))
#define RESULT(op, part, first, rm) \
    x86_vector(&j->x, op, to + (part), first, rm, jit_mask(j, part), X86_NO_IMM)
#define RESULT_IMM(op, part, first, rm, imm) \
    x86_vector(&j->x, op, to + (part), first, rm, jit_mask(j, part), (int)(imm))
#define PARTS(p) for (unsigned p = 0; p < j->parts; p++)

#define OPEN(n)                                                                           \
    struct source s[3];                                                                   \
    unsigned to;                                                                          \
    (void)t;                                                                              \
    if (op->base[0] != OP_VGPR || !sources_open(j, op, n, s) || !result_open(j, op, &to)) \
    return false

/* ---- one and two operands ---- */

static bool two(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned a = get(j, &s[0], p);
        RESULT(t->x, p, a, get_rm(j, &s[1], p));
    }
    return true;
}

static bool two_reversed(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned b = get(j, &s[1], p);
        RESULT(t->x, p, b, get_rm(j, &s[0], p));
    }
    return true;
}

/* b - a, whose NaN is a's. */
static bool float_reversed(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned b = get(j, &s[1], p), a = get(j, &s[0], p);
        EMIT(VSUBPS, T3, b, x86_reg(a));
        EMIT_IMM(VCMPPS, 1, a, x86_reg(a), 3);
        x86_vector(&j->x, VADDPS, T3, a, x86_reg(a), 1, X86_NO_IMM);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool one(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(1);
    PARTS(p) RESULT(t->x, p, 0, get_rm(j, &s[0], p));
    return true;
}

static bool one_imm(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(1);
    PARTS(p) RESULT_IMM(t->x, p, 0, get_rm(j, &s[0], p), t->y);
    return true;
}

static bool move(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(1);
    PARTS(p)
    {
        if (s[0].each && !s[0].abs && !s[0].neg && !s[0].loaded)
            RESULT(VBROADCASTSS, p, 0, s[0].from);
        else
            RESULT(VMOVAPS, p, 0, x86_reg(get(j, &s[0], p)));
    }
    return true;
}

/* A field of eight bits as a float. */
static bool byte_to_float(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(1);
    PARTS(p)
    {
        EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(get(j, &s[0], p)), t->x * 8);
        EMIT(VPANDD, T3, T3, x86_constant(255));
        RESULT(VCVTDQ2PS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool ldexp_float(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        EMIT(VCVTDQ2PS, T3, 0, get_rm(j, &s[1], p));
        RESULT(VSCALEFPS, p, get(j, &s[0], p), x86_reg(T3));
    }
    return true;
}

/* ---- shifts ---- */

/* value shifted by count, both sources; x: of a variable count, y: enum x86_shift. */
static void shift(struct jit *j, unsigned to, unsigned mask, struct source *value, struct source *count,
                  unsigned part, const struct template *t)
{
    if (count->constant) {
        x86_vector(&j->x, VPSHIFTD_IMM, t->y, to, x86_reg(get(j, value, part)), mask,
                   (int)(count->value & 31));
        return;
    }
    EMIT(VPANDD, T4, get(j, count, part), x86_constant(31));
    x86_vector(&j->x, t->x, to, get(j, value, part), x86_reg(T4), mask, X86_NO_IMM);
}

static bool shift_reversed(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p) shift(j, to + p, jit_mask(j, p), &s[1], &s[0], p, t);
    return true;
}

static const struct template shift_left = {.x = VPSLLVD, .y = X86_SLL};

/* (a << b) x c */
static bool shift_then(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(3);
    PARTS(p)
    {
        shift(j, T3, 0, &s[0], &s[1], p, &shift_left);
        RESULT(t->x, p, T3, get_rm(j, &s[2], p));
    }
    return true;
}

/* (a x b) << c */
static bool then_shift(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(3);
    PARTS(p)
    {
        struct source sum = {.vector = T3 - p};
        EMIT(t->x, T3, get(j, &s[0], p), get_rm(j, &s[1], p));
        shift(j, to + p, jit_mask(j, p), &sum, &s[2], p, &shift_left);
    }
    return true;
}

/* a:b >> c, for a constant c */
static bool align_bit(struct jit *j, const struct isa_op *op, const struct template *t)
{
    struct source count;
    if (!source_open(op, 2, &count) || !count.constant)
        return false;
    OPEN(3);
    unsigned n = count.value & 31;
    bool rotates = !s[0].each && !s[1].each && s[0].vector == s[1].vector;
    PARTS(p)
    {
        unsigned b = get(j, &s[1], p);
        if (n == 0 || rotates) {
            x86_vector(&j->x, VPSHIFTD_IMM, X86_ROR, to + p, x86_reg(b), jit_mask(j, p), (int)n);
            continue;
        }
        EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(b), n);
        EMIT_IMM(VPSHIFTD_IMM, X86_SLL, T4, x86_reg(get(j, &s[0], p)), 32 - n);
        RESULT(VPORD, p, T3, x86_reg(T4));
    }
    return true;
}

/* a >> b, c bits, for constants */
static bool field(struct jit *j, const struct isa_op *op, const struct template *t)
{
    struct source at, width;
    if (!source_open(op, 1, &at) || !source_open(op, 2, &width) || !at.constant || !width.constant)
        return false;
    OPEN(1);
    PARTS(p)
    {
        EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(get(j, &s[0], p)), at.value & 31);
        RESULT(VPANDD, p, T3, x86_constant((1u << (width.value & 31)) - 1));
    }
    return true;
}

/* ---- three operands ---- */

/* (a x b) y c */
static bool two_steps(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(3);
    PARTS(p)
    {
        EMIT(t->x, T3, get(j, &s[0], p), get_rm(j, &s[1], p));
        RESULT(t->y, p, T3, get_rm(j, &s[2], p));
    }
    return true;
}

/* A function of three bits; x: its truth table. */
static bool three_bits(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(3);
    PARTS(p)
    {
        EMIT(VMOVAPS, T3, 0, x86_reg(get(j, &s[0], p)));
        EMIT_IMM(VPTERNLOGD, T3, get(j, &s[1], p), get_rm(j, &s[2], p), t->x);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool two_bits_not(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        EMIT(t->x, T3, get(j, &s[0], p), get_rm(j, &s[1], p));
        RESULT_IMM(VPTERNLOGD, p, T3, x86_reg(T3), 0x55);
    }
    return true;
}

static void masked_product(struct jit *j, struct source *a, struct source *b, unsigned part)
{
    EMIT(VPANDD, T3, get(j, a, part), x86_constant(0xffffff));
    EMIT(VPANDD, T4, get(j, b, part), x86_constant(0xffffff));
    EMIT(VPMULLD, T3, T3, x86_reg(T4));
}

static bool product24(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        masked_product(j, &s[0], &s[1], p);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool product24_sum(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(3);
    PARTS(p)
    {
        masked_product(j, &s[0], &s[1], p);
        RESULT(VPADDD, p, T3, get_rm(j, &s[2], p));
    }
    return true;
}

/* a * b + c in one rounding, in the form that keeps the result's place and the order of the operands. */
static void multiply_add(struct jit *j, unsigned to, unsigned mask, unsigned a, unsigned b, unsigned c)
{
    if (to == c) {
        x86_vector(&j->x, VFMADD231PS, to, a, x86_reg(b), mask, X86_NO_IMM);
    } else if (to == a) {
        x86_vector(&j->x, VFMADD132PS, to, c, x86_reg(b), mask, X86_NO_IMM);
    } else if (to == b) {
        x86_vector(&j->x, VFMADD213PS, to, a, x86_reg(c), mask, X86_NO_IMM);
    } else {
        x86_vector(&j->x, VMOVAPS, to, 0, x86_reg(c), mask, X86_NO_IMM);
        x86_vector(&j->x, VFMADD231PS, to, a, x86_reg(b), mask, X86_NO_IMM);
    }
}

/* Sources x, y / 8 and y % 8 of factors and summand; 3: the old destination. */
static bool fma_of(struct jit *j, const struct isa_op *op, const unsigned order[3], bool fused)
{
    struct source s[3];
    bool accumulates = order[2] == 3;
    if (op->base[0] != OP_VGPR || !sources_open(j, op, accumulates ? 2 : 3, s))
        return false;
    unsigned row = (unsigned)(op->at[0] / (VEC_LANES * sizeof(uint32_t)));
    if (accumulates)
        jit_row(j, row);
    unsigned to = jit_row_result(j, row);
    PARTS(p)
    {
        unsigned a = get(j, &s[order[0]], p), b = get(j, &s[order[1]], p);
        unsigned c = accumulates ? to + p : get(j, &s[order[2]], p);
        if (fused) {
            multiply_add(j, to + p, jit_mask(j, p), a, b, c);
            continue;
        }
        EMIT(VMULPS, T3, a, x86_reg(b));
        RESULT(VADDPS, p, T3, x86_reg(c));
    }
    return true;
}

static bool fma_three(struct jit *j, const struct isa_op *op, const struct template *t)
{
    return fma_of(j, op, (const unsigned[]){0, 1, 2}, t->x);
}

static bool fma_to(struct jit *j, const struct isa_op *op, const struct template *t)
{
    return fma_of(j, op, (const unsigned[]){0, 1, 3}, t->x);
}

/* The constant is a factor, wherever the decoder put it. */
static bool fma_k(struct jit *j, const struct isa_op *op, const struct template *t)
{
    bool last = op->inst->src[2].kind == ISA_CONST;
    return fma_of(j, op, last ? (const unsigned[]){0, 2, 1} : (const unsigned[]){0, 1, 2}, t->x);
}

/* Of two numbers, where the host's instruction does as IEEE mode of gfx10 does. */
static bool smaller_larger(struct jit *j, const struct isa_op *op, const struct template *t)
{
    const struct op_state *state = j->w->ops;
    if (!state->v.ieee || !state->v.gfx10)
        return false;
    OPEN(2);
    PARTS(p)
    {
        unsigned a = get(j, &s[0], p);
        RESULT_IMM(VRANGEPS, p, a, get_rm(j, &s[1], p), t->x);
    }
    return true;
}

/* ---- masks ---- */

static struct x86_rm sgpr_part(unsigned sgpr, unsigned part)
{
    struct x86_rm rm = jit_sgpr(sgpr);
    rm.disp += (int32_t)part * 2;
    return rm;
}

static void mask_store(struct jit *j, unsigned sgpr, unsigned part, unsigned k)
{
    x86_k(&j->x, KMOVW_STORE, k, 0, sgpr_part(sgpr, part));
}

static bool compare(struct jit *j, const struct isa_op *op, const struct template *t)
{
    struct source s[3];
    const struct vec_shape *shape = isa_shape(op->inst);
    bool to_exec = shape->flags & VEC_CMPX, to_sgpr = !to_exec || !j->w->ops->v.gfx10;
    if (!sources_open(j, op, 2, s))
        return false;
    PARTS(p)
    {
        unsigned a = get(j, &s[0], p);
        unsigned b = get(j, &s[1], p); /* which may be the SGPR that is written */
        x86_vector(&j->x, t->x, 1 + (p & 1), a, x86_reg(b), jit_mask(j, p), (int)t->y);
        if (!(p & 1))
            continue;
        x86_k(&j->x, KUNPCKWD, 1, 2, x86_reg(1));
        if (to_sgpr)
            x86_k(&j->x, KMOVD_STORE, 1, 0, sgpr_part((unsigned)op->at[0], p - 1));
        if (to_exec)
            x86_k(&j->x, KMOVD_STORE, 1, 0, sgpr_part(ISA_EXEC, p - 1));
    }
    if (to_exec || (to_sgpr && op->at[0] + 1 >= ISA_EXEC))
        jit_exec_changed(j);
    return true;
}

static bool choose(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned a = get(j, &s[0], p);
        struct x86_rm b = get_rm(j, &s[1], p);
        x86_k(&j->x, KMOVW_LOAD, 1, 0, sgpr_part(op->carry_in, p));
        if (j->masked) {
            x86_vector(&j->x, VPBLENDMD, T3, a, b, 1, X86_NO_IMM);
            RESULT(VMOVAPS, p, 0, x86_reg(T3));
        } else {
            x86_vector(&j->x, VPBLENDMD, to + p, a, b, 1, X86_NO_IMM);
        }
    }
    return true;
}

/* Sums with a carry: k1 out, k2 in; in T3. */
static void carry_add(struct jit *j, unsigned a, unsigned b, bool in)
{
    EMIT(VPADDD, T3, a, x86_reg(b));
    EMIT_IMM(VPCMPUD, 1, T3, x86_reg(a), 1);
    if (!in)
        return;
    x86_vector(&j->x, VPADDD, T3, T3, x86_constant(1), 2, X86_NO_IMM);
    x86_vector(&j->x, VPTESTNMD, 3, T3, x86_reg(T3), 2, X86_NO_IMM);
    x86_k(&j->x, KORW, 1, 1, x86_reg(3));
}

static void carry_subtract(struct jit *j, unsigned a, unsigned b, bool in)
{
    EMIT_IMM(VPCMPUD, 1, a, x86_reg(b), 1);
    if (in) {
        x86_vector(&j->x, VPCMPUD, 3, a, x86_reg(b), 2, 0);
        x86_k(&j->x, KORW, 1, 1, x86_reg(3));
    }
    EMIT(VPSUBD, T3, a, x86_reg(b));
    if (in)
        x86_vector(&j->x, VPSUBD, T3, T3, x86_constant(1), 2, X86_NO_IMM);
}

enum { CARRY_ADD, CARRY_SUB, CARRY_SUBREV };

/* x: which of them, y: is there a carry in? The mask is written when all of it has been read. */
static bool carry(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    /* a pair of SGPRs would be half overwritten before it is read */
    if (t->y && op->carry_out != OP_NO_SGPR && abs(op->carry_in - op->carry_out) == 1)
        return false;
    PARTS(p)
    {
        unsigned a = get(j, &s[0], p), b = get(j, &s[1], p);
        if (t->y)
            x86_k(&j->x, KMOVW_LOAD, 2, 0, sgpr_part(op->carry_in, p));
        if (t->x == CARRY_ADD)
            carry_add(j, a, b, t->y);
        else
            carry_subtract(j, t->x == CARRY_SUB ? a : b, t->x == CARRY_SUB ? b : a, t->y);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
        if (op->carry_out == OP_NO_SGPR)
            continue;
        if (j->masked)
            x86_k(&j->x, KANDW, 1, 1, x86_reg(jit_mask(j, p)));
        mask_store(j, op->carry_out, p, 1);
    }
    if (op->carry_out != OP_NO_SGPR && op->carry_out + 1 >= ISA_EXEC)
        jit_exec_changed(j);
    return true;
}

/* ---- 64 bits ---- */

/* The high dwords of products of unsigned (x: VPMULUDQ) or signed numbers: even lanes, then odd ones. */
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

static bool multiply_high(struct jit *j, const struct isa_op *op, const struct template *t)
{
    OPEN(2);
    PARTS(p)
    {
        product_high(j, t->x, get(j, &s[0], p), get(j, &s[1], p));
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

/* A pair of rows shifted by a constant; x: enum x86_shift. */
static bool shift_pair(struct jit *j, const struct isa_op *op, const struct template *t)
{
    struct source count;
    if (!source_open(op, 0, &count) || !count.constant || op->base[2] != OP_VGPR || op->base[0] != OP_VGPR)
        return false;
    unsigned n = count.value & 63, from = (unsigned)(op->at[2] / (VEC_LANES * sizeof(uint32_t)));
    unsigned row = (unsigned)(op->at[0] / (VEC_LANES * sizeof(uint32_t)));
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

/* ---- which instruction has which ---- */

/* Predicates of VCMPPS, quiet ones. */
#define COMPARE_FLOAT(name, predicate)                      \
    {isa_v_cmp_##name##_f32, compare, VCMPPS, predicate},   \
    {                                                       \
        isa_v_cmpx_##name##_f32, compare, VCMPPS, predicate \
    }
#define COMPARE_INT(name, predicate)                           \
    {isa_v_cmp_##name##_i32, compare, VPCMPD, predicate},      \
        {isa_v_cmpx_##name##_i32, compare, VPCMPD, predicate}, \
        {isa_v_cmp_##name##_u32, compare, VPCMPUD, predicate}, \
    {                                                          \
        isa_v_cmpx_##name##_u32, compare, VPCMPUD, predicate   \
    }

static const struct template templates[] = {
    {isa_v_mov_b32, move, 0, 0},
    {isa_v_not_b32, one_imm, VPTERNLOGD, 0x55},
    {isa_v_and_b32, two, VPANDD, 0},
    {isa_v_or_b32, two, VPORD, 0},
    {isa_v_xor_b32, two, VPXORD, 0},
    {isa_v_xnor_b32, two_bits_not, VPXORD, 0},
    {isa_v_add_u32, two, VPADDD, 0},
    {isa_v_sub_u32, two, VPSUBD, 0},
    {isa_v_subrev_u32, two_reversed, VPSUBD, 0},
    {isa_v_add_i32, two, VPADDD, 0},
    {isa_v_sub_i32, two, VPSUBD, 0},
    {isa_v_min_i32, two, VPMINSD, 0},
    {isa_v_max_i32, two, VPMAXSD, 0},
    {isa_v_min_u32, two, VPMINUD, 0},
    {isa_v_max_u32, two, VPMAXUD, 0},
    {isa_v_mul_lo_u32, two, VPMULLD, 0},
    {isa_v_mul_hi_u32, multiply_high, VPMULUDQ, 0},
    {isa_v_mul_hi_i32, multiply_high, VPMULDQ, 0},
    {isa_v_mul_u32_u24, product24, 0, 0},
    {isa_v_mad_u32_u24, product24_sum, 0, 0},
    {isa_v_add_f32, two, VADDPS, 0},
    {isa_v_sub_f32, two, VSUBPS, 0},
    {isa_v_subrev_f32, float_reversed, 0, 0},
    {isa_v_mul_f32, two, VMULPS, 0},
    {isa_v_min_f32, smaller_larger, 4, 0},
    {isa_v_max_f32, smaller_larger, 5, 0},
    {isa_v_mac_f32, fma_to, false, 0},
    {isa_v_fmac_f32, fma_to, true, 0},
    {isa_v_madak_f32, fma_three, false, 0},
    {isa_v_mad_f32, fma_three, false, 0},
    {isa_v_madmk_f32, fma_k, false, 0},
    {isa_v_fma_f32, fma_three, true, 0},
    {isa_v_fmaak_f32, fma_three, true, 0},
    {isa_v_fmamk_f32, fma_k, true, 0},
    {isa_v_ldexp_f32, ldexp_float, 0, 0},
    {isa_v_rndne_f32, one_imm, VRNDSCALEPS, 8},
    {isa_v_floor_f32, one_imm, VRNDSCALEPS, 9},
    {isa_v_ceil_f32, one_imm, VRNDSCALEPS, 10},
    {isa_v_trunc_f32, one_imm, VRNDSCALEPS, 11},
    {isa_v_cvt_f32_i32, one, VCVTDQ2PS, 0},
    {isa_v_cvt_f32_u32, one, VCVTUDQ2PS, 0},
    {isa_v_cvt_f32_ubyte0, byte_to_float, 0, 0},
    {isa_v_cvt_f32_ubyte1, byte_to_float, 1, 0},
    {isa_v_cvt_f32_ubyte2, byte_to_float, 2, 0},
    {isa_v_cvt_f32_ubyte3, byte_to_float, 3, 0},
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
    {isa_v_cndmask_b32, choose, 0, 0},
    {isa_v_add_co_u32, carry, CARRY_ADD, false},
    {isa_v_sub_co_u32, carry, CARRY_SUB, false},
    {isa_v_subrev_co_u32, carry, CARRY_SUBREV, false},
    {isa_v_addc_co_u32, carry, CARRY_ADD, true},
    {isa_v_subb_co_u32, carry, CARRY_SUB, true},
    {isa_v_subbrev_co_u32, carry, CARRY_SUBREV, true},
    {isa_v_lshlrev_b64, shift_pair, X86_SLL, 0},
    {isa_v_lshrrev_b64, shift_pair, X86_SRL, 0},
    COMPARE_FLOAT(lt, 0x11),
    COMPARE_FLOAT(eq, 0x00),
    COMPARE_FLOAT(le, 0x12),
    COMPARE_FLOAT(gt, 0x1e),
    COMPARE_FLOAT(lg, 0x0c),
    COMPARE_FLOAT(ge, 0x1d),
    COMPARE_FLOAT(o, 0x07),
    COMPARE_FLOAT(u, 0x03),
    COMPARE_FLOAT(nge, 0x19),
    COMPARE_FLOAT(nlg, 0x08),
    COMPARE_FLOAT(ngt, 0x1a),
    COMPARE_FLOAT(nle, 0x16),
    COMPARE_FLOAT(neq, 0x04),
    COMPARE_FLOAT(nlt, 0x15),
    COMPARE_INT(lt, 1),
    COMPARE_INT(eq, 0),
    COMPARE_INT(le, 2),
    COMPARE_INT(gt, 6),
    COMPARE_INT(ne, 4),
    COMPARE_INT(ge, 5),
};

static const struct template *template_of(isa_exec_fn *exec)
{
    for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (templates[i].exec == exec)
            return &templates[i];
    return NULL;
}

static const struct template *usable(const struct jit *j, const struct isa_op *op)
{
    bool odd = op->care & j->w->ops->lacks & ~OP_SOURCES;
    const struct template *t = odd ? NULL : template_of(op->inst->exec);
    const struct vec_shape *shape = t ? isa_shape(op->inst) : NULL;
    isa_op_fn *run = op->plain ? op->plain : op->run;
    return shape && run == vec_code(shape)->op ? t : NULL;
}

static bool write_one(struct jit *j, const struct isa_op *op)
{
    const struct template *t = usable(j, op);
    return t && t->write(j, op, t);
}

static bool write_pair(struct jit *j, const struct isa_op *op)
{
    if ((op->plain ? op->plain : op->run) == op_general || !write_one(j, &op->pair[0]))
        return false;
    j->clock++;
    return write_one(j, &op->pair[1]);
}

bool jit_vector(struct jit *j, const struct isa_op *op)
{
    unsigned n = j->x.n, n_patches = j->x.n_patches;
    struct jit_slot slots[JIT_SLOTS_MAX];
    memcpy(slots, j->slots, sizeof slots);
    if (op->inst->pair ? write_pair(j, op) : write_one(j, op))
        return true;
    j->x.n = n;
    j->x.n_patches = n_patches;
    memcpy(j->slots, slots, sizeof slots);
    return false;
}
