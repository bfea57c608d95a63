/*
 * jit_float.c - templates of vector instructions on floats (jit_vector.h).
 *
 * A NaN that comes out is the first operand's that is one, as the rows say:
 * that is what x86 does when the operands of its instruction are in the same
 * order.
 */
#include "jit_vector.h"

/* b - a, whose NaN is a's. */
static bool float_reversed(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned b = jit_get(j, &s[1], p), a = jit_get(j, &s[0], p);
        EMIT(VSUBPS, T3, b, x86_reg(a));
        EMIT_IMM(VCMPPS, 1, a, x86_reg(a), 3);
        x86_vector(&j->x, VADDPS, T3, a, x86_reg(a), 1, X86_NO_IMM);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

/* A field of eight bits as a float. */
static bool byte_to_float(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        EMIT_IMM(VPSHIFTD_IMM, X86_SRL, T3, x86_reg(jit_get(j, &s[0], p)), t->x * 8);
        EMIT(VPANDD, T3, T3, x86_constant(255));
        RESULT(VCVTDQ2PS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool ldexp_float(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        EMIT(VCVTDQ2PS, T3, 0, jit_get_rm(j, &s[1], p));
        RESULT(VSCALEFPS, p, jit_get(j, &s[0], p), x86_reg(T3));
    }
    return true;
}

/* ---- multiply-add ---- */

/* a * b + c in one rounding, in the form that keeps the result's place and the
 * order of the operands. */
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
    struct jit_source s[3];
    bool accumulates = order[2] == 3;
    if (op->base[0] != OP_VGPR || !jit_sources_open(j, op, accumulates ? 2 : 3, s))
        return false;
    unsigned row = jit_row_of(op, 0);
    if (accumulates)
        jit_row(j, row);
    unsigned to = jit_row_result(j, row);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[order[0]], p), b = jit_get(j, &s[order[1]], p);
        unsigned c = accumulates ? to + p : jit_get(j, &s[order[2]], p);
        if (fused) {
            multiply_add(j, to + p, jit_mask(j, p), a, b, c);
            continue;
        }
        EMIT(VMULPS, T3, a, x86_reg(b));
        RESULT(VADDPS, p, T3, x86_reg(c));
    }
    return true;
}

static bool fma_three(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    return fma_of(j, op, (const unsigned[]){0, 1, 2}, t->x);
}

static bool fma_to(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    return fma_of(j, op, (const unsigned[]){0, 1, 3}, t->x);
}

/* The constant is a factor, wherever the decoder put it. */
static bool fma_k(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    bool last = op->inst->src[2].kind == ISA_CONST;
    return fma_of(j, op, last ? (const unsigned[]){0, 2, 1} : (const unsigned[]){0, 1, 2}, t->x);
}

/* Of two numbers, where the host's instruction does as IEEE mode of gfx10 does; to gfx12 a signaling NaN is
 * like any other. */
static bool smaller_larger(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    const struct op_state *state = j->w->ops;
    if (!state->v.ieee || !state->v.gfx10 || state->v.gfx12)
        return false;
    OPEN(2);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        RESULT_IMM(VRANGEPS, p, a, jit_get_rm(j, &s[1], p), t->x);
    }
    return true;
}

/* ---- functions: denormals are 0 on both sides ---- */

static void flush(struct jit *j, unsigned reg)
{
    EMIT(VPTESTNMD, 1, reg, x86_constant(0x7f800000));
    EMIT_MASK(VPANDD, reg, reg, x86_constant(0x80000000), 1);
}

typedef void function_fn(struct jit *j); /* of T3, to T3 */

static bool function(struct jit *j, const struct isa_op *op, function_fn *write)
{
    struct jit_source s;
    if (op->base[0] != OP_VGPR || !jit_source_flushed(j, op, &s))
        return false;
    unsigned to = jit_row_result(j, jit_row_of(op, 0));
    PARTS(p)
    {
        EMIT(VMOVAPS, T3, 0, x86_reg(jit_get(j, &s, p)));
        flush(j, T3);
        write(j);
        flush(j, T3);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static void reciprocal(struct jit *j)
{
    EMIT(VBROADCASTSS, T4, 0, x86_constant(0x3f800000));
    EMIT(VDIVPS, T3, T4, x86_reg(T3));
}

/* y + y (1/2 - x/2 y y), in T1, with 1/2 in T5, where k2 is: twice as many bits of x to the -1/2. */
static void root_reciprocal_refine(struct jit *j, unsigned half_x)
{
    EMIT(VMULPD, T2, T1, x86_reg(T1));
    EMIT(VFNMADD213PD, T2, half_x, x86_reg(T5));
    EMIT_MASK(VFMADD213PD, T1, T2, x86_reg(T1), 2);
}

/* What the row comes to, by a root and a division of doubles, is the exact value rounded to a float, for all
 * floats. No exact value is within 2^-51.7 of where rounding changes (0x403a18e3 comes closest). Here an
 * error of 2^-14, which the host's instruction may have at most, becomes one of 2^-27.4, and then no more
 * than what is lost by rounding y y (half of it counts), the next term of the series and the result: 2^-52.
 */
static void root_reciprocal(struct jit *j)
{
    EMIT(VCVTPS2PD, T5, 0, x86_constant(0x3f000000));
    EMIT_IMM(VEXTRACTF64X4, T3, 0, x86_reg(T4), 1);
    for (unsigned x = T3; x <= T4; x++) {
        EMIT(VCVTPS2PD, x, 0, x86_reg(x));
        EMIT_IMM(VFPCLASSPD, 2, 0, x86_reg(x), 0xdf); /* 0, infinite, negative or NaN: as the host has it */
        x86_k(&j->x, KNOTW, 2, 0, x86_reg(2));
        EMIT(VRSQRT14PD, T1, 0, x86_reg(x));
        EMIT(VMULPD, x, T5, x86_reg(x));
        root_reciprocal_refine(j, x);
        root_reciprocal_refine(j, x);
        EMIT(VCVTPD2PS, x, 0, x86_reg(T1));
    }
    EMIT_IMM(VINSERTF64X4, T3, T3, x86_reg(T4), 1);
}

static void root(struct jit *j)
{
    EMIT(VSQRTPS, T3, 0, x86_reg(T3));
}

static bool rcp(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    (void)t;
    return function(j, op, reciprocal);
}

static bool rsq(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    (void)t;
    return function(j, op, root_reciprocal);
}

static bool square_root(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    (void)t;
    return function(j, op, root);
}

/* ---- parts, and whole numbers ---- */

/* k1: neither 0, infinite nor NaN */
static void finite_find(struct jit *j, unsigned a)
{
    EMIT(VPANDD, T4, a, x86_constant(0x7fffffff));
    EMIT(VPADDD, T4, T4, x86_constant(UINT32_MAX));
    EMIT_IMM(VPCMPUD, 1, T4, x86_constant(0x7f7fffff), 1);
}

static bool mantissa(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        finite_find(j, a);
        EMIT(VMOVAPS, T3, 0, x86_reg(a));
        EMIT_IMM(VCMPPS, 2, a, x86_reg(a), 3);
        EMIT_MASK(VADDPS, T3, a, x86_reg(a), 2);
        x86_vector(&j->x, VGETMANTPS, T3, 0, x86_reg(a), 1, 2);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool exponent(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        finite_find(j, a);
        EMIT(VGETEXPPS, T4, 0, x86_reg(a));
        EMIT(VCVTTPS2DQ, T4, 0, x86_reg(T4));
        EMIT(VPXORD, T3, T3, x86_reg(T3));
        EMIT_MASK(VPADDD, T3, T4, x86_constant(1), 1);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

/* Too large a number gives the largest one, NaN 0. */
static bool to_signed(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        EMIT(VCVTTPS2DQ, T3, 0, x86_reg(a));
        EMIT_IMM(VCMPPS, 1, a, x86_constant(0x4f000000), 0x1d);
        EMIT_MASK(VBROADCASTSS, T3, 0, x86_constant(INT32_MAX), 1);
        EMIT_IMM(VCMPPS, 1, a, x86_reg(a), 3);
        EMIT_MASK(VPXORD, T3, T3, x86_reg(T3), 1);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

static bool to_unsigned(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        EMIT(VCVTTPS2UDQ, T3, 0, x86_reg(a));
        EMIT_IMM(VCMPPS, 1, a, x86_constant(0), 0x1a); /* not greater */
        EMIT_MASK(VPXORD, T3, T3, x86_reg(T3), 1);
        RESULT(VMOVAPS, p, 0, x86_reg(T3));
    }
    return true;
}

/* ---- pairs of floats: each half of the result from halves of the sources ---- */

static bool half_open(const struct isa_inst *inst, unsigned n, unsigned high, struct jit_source *s)
{
    const struct isa_operand *src = &inst->src[n];
    unsigned dword = (high ? inst->opsel_hi : inst->opsel) >> n & 1;
    *s = (struct jit_source){.own = T0 + n, .neg = (high ? inst->neg_hi : inst->neg_lo) >> n & 1};
    switch (src->kind) {
    case ISA_VGPR:
        s->vector = src->reg + dword;
        return true;
    case ISA_CONST:
        s->each = true;
        s->from = x86_constant((uint32_t)(src->value >> 32 * dword));
        return true;
    case ISA_SGPR:
        s->each = true;
        s->from = jit_sgpr(src->reg + dword);
        s->from.kind = X86_EACH;
        return src->reg + dword < 128;
    default:
        return false;
    }
}

static bool half_reads(const struct isa_inst *inst, unsigned n_src, unsigned high, unsigned row)
{
    struct jit_source s;
    for (unsigned i = 0; i < n_src; i++)
        if (half_open(inst, i, high, &s) && !s.each && s.vector == row)
            return true;
    return false;
}

static bool half(struct jit *j, const struct isa_inst *inst, const struct jit_template *t, unsigned high)
{
    struct jit_source s[3];
    for (unsigned i = 0; i < t->y; i++)
        if (!half_open(inst, i, high, &s[i]))
            return false;
    for (unsigned i = 0; i < t->y; i++)
        if (!s[i].each)
            s[i].vector = jit_row(j, s[i].vector);
    unsigned to = jit_row_result(j, inst->dst.reg + high);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), b = jit_get(j, &s[1], p);
        if (t->y == 3)
            multiply_add(j, to + p, jit_mask(j, p), a, b, jit_get(j, &s[2], p));
        else
            RESULT(t->x, p, a, x86_reg(b));
    }
    return true;
}

bool jit_float_pair(struct jit *j, const struct isa_op *op)
{
    static const struct jit_template templates[] = {
        {isa_v_pk_fma_f32, NULL, 0, 3},
        {isa_v_pk_mul_f32, NULL, VMULPS, 2},
        {isa_v_pk_add_f32, NULL, VADDPS, 2},
    };
    const struct isa_inst *inst = op->inst;
    unsigned i = 0;
    while (i < 3 && templates[i].exec != inst->exec)
        i++;
    if (i == 3 || (op->plain ? op->plain : op->run) != op_plain || inst->clamp || inst->omod ||
        inst->dst.kind != ISA_VGPR || j->w->ops->lacks & OP_ODD32)
        return false;
    const struct jit_template *t = &templates[i];
    unsigned first = half_reads(inst, t->y, 1, inst->dst.reg); /* which would be overwritten */
    if (first && half_reads(inst, t->y, 0, inst->dst.reg + 1))
        return false;
    if (!half(j, inst, t, first))
        return false;
    j->clock++;
    return half(j, inst, t, !first);
}

const struct jit_template jit_floats[] = {
    {isa_v_add_f32, jit_two, VADDPS, 0},
    {isa_v_sub_f32, jit_two, VSUBPS, 0},
    {isa_v_subrev_f32, float_reversed, 0, 0},
    {isa_v_mul_f32, jit_two, VMULPS, 0},
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
    {isa_v_rcp_f32, rcp, 0, 0},
    {isa_v_rsq_f32, rsq, 0, 0},
    {isa_v_sqrt_f32, square_root, 0, 0},
    {isa_v_frexp_mant_f32, mantissa, 0, 0},
    {isa_v_frexp_exp_i32_f32, exponent, 0, 0},
    {isa_v_cvt_i32_f32, to_signed, 0, 0},
    {isa_v_cvt_u32_f32, to_unsigned, 0, 0},
    {isa_v_ldexp_f32, ldexp_float, 0, 0},
    {isa_v_rndne_f32, jit_one_imm, VRNDSCALEPS, 8},
    {isa_v_floor_f32, jit_one_imm, VRNDSCALEPS, 9},
    {isa_v_ceil_f32, jit_one_imm, VRNDSCALEPS, 10},
    {isa_v_trunc_f32, jit_one_imm, VRNDSCALEPS, 11},
    {isa_v_cvt_f32_i32, jit_one, VCVTDQ2PS, 0},
    {isa_v_cvt_f32_u32, jit_one, VCVTUDQ2PS, 0},
    {isa_v_cvt_f32_ubyte0, byte_to_float, 0, 0},
    {isa_v_cvt_f32_ubyte1, byte_to_float, 1, 0},
    {isa_v_cvt_f32_ubyte2, byte_to_float, 2, 0},
    {isa_v_cvt_f32_ubyte3, byte_to_float, 3, 0},
    {NULL, NULL, 0, 0},
};
