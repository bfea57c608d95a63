/*
 * jit_vector.c - templates of vector instructions: operands; moves, and what
 * reads and writes lane masks.
 */
#include "jit_vector.h"

/* ---- sources ---- */

bool jit_source_open(const struct isa_op *op, unsigned n, struct jit_source *s)
{
    const struct isa_operand *src = &op->inst->src[n];
    bool prepared = op->base[n + 1] == OP_PREPARED;
    *s = (struct jit_source){.own = T0 + n, .abs = prepared && src->abs, .neg = prepared && src->neg};
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

bool jit_sources_open(struct jit *j, const struct isa_op *op, unsigned n, struct jit_source *s)
{
    if (op->prepare & OP_PREPARE_FLUSH)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!jit_source_open(op, i, &s[i]))
            return false;
    for (unsigned i = 0; i < n; i++)
        if (!s[i].each)
            s[i].vector = jit_row(j, s[i].vector);
    return true;
}

bool jit_source_flushed(struct jit *j, const struct isa_op *op, struct jit_source *s)
{
    if (!jit_source_open(op, 0, s))
        return false;
    if (!s->each)
        s->vector = jit_row(j, s->vector);
    return true;
}

static void sign_change(struct jit *j, unsigned to, unsigned from, const struct jit_source *s)
{
    if (s->abs)
        x86_vector(&j->x, VPANDD, to, from, x86_constant(0x7fffffff), 0, X86_NO_IMM);
    if (s->neg)
        x86_vector(&j->x, VPXORD, to, s->abs ? to : from, x86_constant(0x80000000), 0, X86_NO_IMM);
}

unsigned jit_get(struct jit *j, struct jit_source *s, unsigned part)
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

struct x86_rm jit_get_rm(struct jit *j, struct jit_source *s, unsigned part)
{
    bool there = s->each && !s->loaded && !s->abs && !s->neg;
    return there ? s->from : x86_reg(jit_get(j, s, part));
}

/* ---- one instruction for one ---- */

bool jit_two(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p);
        RESULT(t->x, p, a, jit_get_rm(j, &s[1], p));
    }
    return true;
}

bool jit_one(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p) RESULT(t->x, p, 0, jit_get_rm(j, &s[0], p));
    return true;
}

bool jit_one_imm(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p) RESULT_IMM(t->x, p, 0, jit_get_rm(j, &s[0], p), t->y);
    return true;
}

/* ---- moves and masks ---- */

static bool move(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(1);
    PARTS(p)
    {
        if (s[0].each && !s[0].abs && !s[0].neg && !s[0].loaded)
            RESULT(VBROADCASTSS, p, 0, s[0].from);
        else
            RESULT(VMOVAPS, p, 0, x86_reg(jit_get(j, &s[0], p)));
    }
    return true;
}

static void compare_to_exec(struct jit *j, const struct isa_op *op, const struct jit_template *t,
                            struct jit_source *s)
{
    jit_mask_forget(j);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), b = jit_get(j, &s[1], p);
        x86_vector(&j->x, t->x, JIT_EXEC + p, a, x86_reg(b), jit_mask(j, p), (int)t->y);
    }
    jit_exec_made(j);
    if (!j->w->ops->v.gfx10)
        jit_exec_copy(j, (unsigned)op->at[0]);
}

static bool compare(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    struct jit_source s[3];
    unsigned sgpr = (unsigned)op->at[0];
    if (!jit_sources_open(j, op, 2, s))
        return false;
    if (isa_shape(op->inst)->flags & VEC_CMPX) {
        compare_to_exec(j, op, t, s);
        return true;
    }
    jit_mask_begin(j, sgpr);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), b = jit_get(j, &s[1], p), k = jit_mask_place(j, p);
        x86_vector(&j->x, t->x, k, a, x86_reg(b), jit_mask(j, p), (int)t->y);
        jit_mask_put(j, p, k);
    }
    jit_mask_end(j, sgpr);
    return true;
}

static bool choose(struct jit *j, const struct isa_op *op, const struct jit_template *t)
{
    OPEN(2);
    PARTS(p)
    {
        unsigned a = jit_get(j, &s[0], p), k = jit_mask_get(j, op->carry_in, p, 1);
        struct x86_rm b = jit_get_rm(j, &s[1], p);
        if (j->masked) {
            x86_vector(&j->x, VPBLENDMD, T3, a, b, k, X86_NO_IMM);
            RESULT(VMOVAPS, p, 0, x86_reg(T3));
        } else {
            x86_vector(&j->x, VPBLENDMD, to + p, a, b, k, X86_NO_IMM);
        }
    }
    return true;
}

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

const struct jit_template jit_moves[] = {
    {isa_v_mov_b32, move, 0, 0}, {isa_v_cndmask_b32, choose, 0, 0},
    COMPARE_FLOAT(lt, 0x11),     COMPARE_FLOAT(eq, 0x00),
    COMPARE_FLOAT(le, 0x12),     COMPARE_FLOAT(gt, 0x1e),
    COMPARE_FLOAT(lg, 0x0c),     COMPARE_FLOAT(ge, 0x1d),
    COMPARE_FLOAT(o, 0x07),      COMPARE_FLOAT(u, 0x03),
    COMPARE_FLOAT(nge, 0x19),    COMPARE_FLOAT(nlg, 0x08),
    COMPARE_FLOAT(ngt, 0x1a),    COMPARE_FLOAT(nle, 0x16),
    COMPARE_FLOAT(neq, 0x04),    COMPARE_FLOAT(nlt, 0x15),
    COMPARE_INT(lt, 1),          COMPARE_INT(eq, 0),
    COMPARE_INT(le, 2),          COMPARE_INT(gt, 6),
    COMPARE_INT(ne, 4),          COMPARE_INT(ge, 5),
    {NULL, NULL, 0, 0},
};

/* ---- which instruction has which ---- */

static const struct jit_template *template_of(isa_exec_fn *exec)
{
    static const struct jit_template *const all[] = {jit_moves, jit_integers, jit_floats};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        for (const struct jit_template *t = all[i]; t->exec; t++)
            if (t->exec == exec)
                return t;
    return NULL;
}

static const struct jit_template *usable(const struct jit *j, const struct isa_op *op)
{
    bool odd = op->care & j->w->ops->lacks & ~OP_SOURCES;
    const struct jit_template *t = odd ? NULL : template_of(op->inst->exec);
    const struct vec_shape *shape = t ? isa_shape(op->inst) : NULL;
    isa_op_fn *run = op->plain ? op->plain : op->run;
    return shape && run == vec_code(shape)->op ? t : NULL;
}

/* A mask that is read lane by lane is read where it is held; as numbers it is read from SGPRs. */
static void sources_flush(struct jit *j, const struct isa_op *op)
{
    const struct isa_inst *inst = op->inst;
    unsigned n = isa_shape(inst)->flags & VEC_CI ? 2 : 3;
    for (unsigned i = 0; i < n && i < inst->n_src; i++)
        if (jit_mask_touches(j, &inst->src[i]))
            jit_mask_flush(j);
}

static bool write_one(struct jit *j, const struct isa_op *op)
{
    const struct jit_template *t = usable(j, op);
    if (!t)
        return false;
    sources_flush(j, op);
    return t->write(j, op, t);
}

static bool write_pair(struct jit *j, const struct isa_op *op)
{
    if ((op->plain ? op->plain : op->run) == op_general || !write_one(j, &op->pair[0]))
        return false;
    j->clock++;
    return write_one(j, &op->pair[1]);
}

static bool write_float_pair(struct jit *j, const struct isa_op *op)
{
    if (op->inst->format != ISA_VOP3P)
        return false;
    sources_flush(j, op);
    return jit_float_pair(j, op);
}

bool jit_vector(struct jit *j, const struct isa_op *op)
{
    unsigned n = j->x.n, n_patches = j->x.n_patches;
    struct jit_slot slots[JIT_SLOTS_MAX];
    struct jit_held mask = j->mask;
    memcpy(slots, j->slots, sizeof slots);
    if (op->inst->pair ? write_pair(j, op) : write_one(j, op) || write_float_pair(j, op))
        return true;
    j->x.n = n;
    j->x.n_patches = n_patches;
    j->mask = mask;
    memcpy(j->slots, slots, sizeof slots);
    return false;
}
