/*
 * compile_scalar.c - scalar instructions, and the conditions of branches, as LLVM's. Each comes to what its
 * function in exec_scalar.c does; rows: compile_scalar.def.
 */
#include "compile.h"
#include "exec_scalar.h"

#include <isa/isa_table.h>

struct scalar { /* an instruction being translated */
    struct compile *c;
    const struct isa_inst *inst;
    bool wide; /* of 64 bits */
    LLVMTypeRef type;
    LLVMValueRef a, b;
    LLVMValueRef r, scc; /* NULL: no result; stays */
};

/* ---- operands ---- */

static LLVMValueRef register_value(struct compile *c, unsigned sgpr, bool wide)
{
    return wide ? compile_sgpr64(c, sgpr) : compile_sgpr(c, sgpr);
}

static void register_put(struct compile *c, unsigned sgpr, LLVMValueRef value)
{
    if (c->l->TypeOf(value) == c->i64)
        compile_sgpr64_set(c, sgpr, value);
    else
        compile_sgpr_set(c, sgpr, value);
}

static LLVMValueRef source(const struct scalar *s, unsigned n)
{
    const struct isa_operand *o = &s->inst->src[n];
    if (o->kind == ISA_SGPR)
        return register_value(s->c, o->reg, s->wide);
    uint64_t value = o->kind == ISA_CONST ? o->value : 0;
    return compile_int(s->c, s->type, s->wide ? value : (uint32_t)value);
}

/* ---- what rows are made of ---- */

#define A           (s->a)
#define SB          (s->b)
#define OLD         register_value(c, s->inst->dst.reg, s->wide)
#define EXEC        register_value(c, ISA_EXEC, s->wide)
#define K           N((uint32_t)s->inst->imm)
#define K16         N((uint16_t)s->inst->imm)
#define N(value)    compile_int(c, s->type, value)
#define N64(value)  compile_int(c, c->i64, value)
#define WIDE(a)     B(c, ZExt, a, c->i64)
#define NOT(a)      B(c, Not, a)
#define AND(a, b)   B(c, And, a, b)
#define OR(a, b)    B(c, Or, a, b)
#define XOR(a, b)   B(c, Xor, a, b)
#define ADD(a, b)   B(c, Add, a, b)
#define SUB(a, b)   B(c, Sub, a, b)
#define MUL(a, b)   B(c, Mul, a, b)
#define SHL(a, b)   B(c, Shl, a, b)
#define SHR(a, b)   B(c, LShr, a, b)
#define SAR(a, b)   B(c, AShr, a, b)
#define COUNT_OF(a) AND(a, N(s->wide ? 63 : 31))

static LLVMValueRef is_negative(struct compile *c, LLVMValueRef value)
{
    return B(c, ICmp, LLVM_SLT, value, c->l->ConstNull(c->l->TypeOf(value)));
}

static LLVMValueRef not_zero(struct compile *c, LLVMValueRef value)
{
    return B(c, ICmp, LLVM_NE, value, c->l->ConstNull(c->l->TypeOf(value)));
}

/* SCC: overflow. */
static void add_signed(struct scalar *s, LLVMValueRef a, LLVMValueRef b)
{
    struct compile *c = s->c;
    s->r = ADD(a, b);
    s->scc = is_negative(c, AND(NOT(XOR(a, b)), XOR(a, s->r)));
}

static void subtract_signed(struct scalar *s, LLVMValueRef a, LLVMValueRef b)
{
    struct compile *c = s->c;
    s->r = SUB(a, b);
    s->scc = is_negative(c, AND(XOR(a, b), XOR(a, s->r)));
}

/* A sum of 64 bits: its low ones, and the carry. */
static void in_wide(struct scalar *s, LLVMValueRef wide)
{
    struct compile *c = s->c;
    s->r = B(c, Trunc, wide, c->i32);
    s->scc = not_zero(c, SHR(wide, N64(32)));
}

static void subtract_borrow(struct scalar *s)
{
    struct compile *c = s->c;
    LLVMValueRef a = WIDE(A), all = ADD(WIDE(SB), WIDE(compile_scc(c)));
    s->r = B(c, Trunc, SUB(a, all), c->i32);
    s->scc = B(c, ICmp, LLVM_UGT, all, a);
}

static LLVMValueRef high(struct scalar *s, LLVMValueRef product)
{
    struct compile *c = s->c;
    return B(c, Trunc, SHR(product, N64(32)), c->i32);
}

static LLVMValueRef size_of(struct scalar *s, LLVMValueRef a)
{
    struct compile *c = s->c;
    return B(c, Select, is_negative(c, a), SUB(N(0), a), a);
}

/* SCC: it is the first. */
static void choose(struct scalar *s, int predicate)
{
    struct compile *c = s->c;
    s->scc = B(c, ICmp, predicate, A, SB);
    s->r = B(c, Select, s->scc, A, SB);
}

/* Of bits 22:16 of the second source, at its low bits; a width past the register takes all of it. */
static LLVMValueRef field(struct scalar *s, bool is_signed)
{
    struct compile *c = s->c;
    unsigned bits = s->wide ? 64 : 32;
    LLVMValueRef width = AND(SHR(SB, N(16)), N(127)), all = B(c, ICmp, LLVM_UGE, width, N(bits));
    LLVMValueRef unused = AND(SUB(N(bits), width), N(bits - 1));
    LLVMValueRef at = COUNT_OF(SB), value = is_signed ? SAR(A, at) : SHR(A, at), top = SHL(value, unused);
    LLVMValueRef part = is_signed ? SAR(top, unused) : SHR(top, unused);
    part = B(c, Select, B(c, ICmp, LLVM_EQ, width, N(0)), N(0), part);
    return B(c, Select, all, value, part);
}

static LLVMValueRef of_one(struct scalar *s, const char *name, LLVMValueRef a)
{
    return compile_intrinsic(s->c, name, &s->type, 1, &a, 1);
}

/* Of 0: -1. */
static LLVMValueRef zeros(struct scalar *s, const char *name, LLVMValueRef a)
{
    struct compile *c = s->c;
    LLVMValueRef args[] = {a, compile_int(c, c->i1, 0)}, n = compile_intrinsic(c, name, &s->type, 1, args, 2);
    return B(c, Select, not_zero(c, a), n, c->l->ConstAllOnes(s->type));
}

static void exec_set(struct scalar *s, LLVMValueRef value, bool keeps)
{
    struct compile *c = s->c;
    s->r = keeps ? EXEC : value;
    s->scc = not_zero(c, value);
    register_put(c, ISA_EXEC, value);
}

/* ---- rows ---- */

#define DOES(name, size, ...)          \
    static void name(struct scalar *s) \
    {                                  \
        struct compile *c = s->c;      \
        (void)c, __VA_ARGS__;          \
    }
#define VALUE(name, size, ...)        DOES(name, size, s->r = __VA_ARGS__)
#define BITS(name, size, ...)         DOES(name, size, s->r = __VA_ARGS__, s->scc = not_zero(c, s->r))
#define CONDITION(name, size, ...)    DOES(name, size, s->scc = __VA_ARGS__)
#define SAVES(name, size, fresh, old) DOES(name, size, exec_set(s, fresh, old))
#define COUNT(name, result, tells) \
    DOES(name, 64, s->r = B(c, Trunc, result, c->i32), s->scc = (tells) ? not_zero(c, s->r) : NULL)
#define ALIAS(name, of)
#include "compile_scalar.def"
#undef DOES
#undef VALUE
#undef BITS
#undef CONDITION
#undef SAVES
#undef COUNT
#undef ALIAS

enum { OF_64 = 1, NARROWS = 2, SETS_EXEC = 4 };

struct template
{
    const char *name, *of; /* of: of which it is another name, or NULL */
    void (*write)(struct scalar * s);
    uint8_t flags;
};

#define DOES(name, size, ...)         {#name, NULL, name, (size) == 64},
#define VALUE                         DOES
#define BITS                          DOES
#define CONDITION                     DOES
#define SAVES(name, size, fresh, old) {#name, NULL, name, ((size) == 64) | SETS_EXEC},
#define COUNT(name, ...)              {#name, NULL, name, OF_64 | NARROWS},
#define ALIAS(name, of)               {#name, #of, NULL, 0},
static const struct template templates[] = {
#include "compile_scalar.def"
};

/* ---- an instruction ---- */

static bool readable(const struct isa_operand *o, bool wide)
{
    return o->kind == ISA_CONST || o->kind == ISA_NULL || o->kind == ISA_NONE ||
           (o->kind == ISA_SGPR && o->reg + (unsigned)wide < REGION_SGPRS);
}

static bool operands_known(const struct isa_inst *inst, const struct template *t)
{
    const struct isa_operand *dst = &inst->dst;
    bool wide = t->flags & OF_64, writes_wide = wide && !(t->flags & NARROWS);
    bool has_result = dst->kind != ISA_NONE && !(dst->kind == ISA_NULL && t->flags & SETS_EXEC);
    if (has_result && (dst->kind != ISA_SGPR || dst->reg + (unsigned)writes_wide >= REGION_SGPRS))
        return false;
    if (t->flags & SETS_EXEC && dst->kind == ISA_SGPR && dst->reg >= ISA_EXEC)
        return false;
    return readable(&inst->src[0], wide) && readable(&inst->src[1], wide);
}

static const struct template *template_named(const char *name)
{
    for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (!strcmp(templates[i].name, name))
            return templates[i].of ? template_named(templates[i].of) : &templates[i];
    return NULL;
}

bool compile_scalar(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    const struct template *t = inst->format <= ISA_SOPC ? template_named(inst->row->name) : NULL;
    if (!t || !operands_known(inst, t))
        return false;
    struct scalar s = {.c = c, .inst = inst, .wide = t->flags & OF_64};
    s.type = s.wide ? c->i64 : c->i32;
    s.a = source(&s, 0);
    s.b = source(&s, 1);
    t->write(&s);
    if (s.r && inst->dst.kind == ISA_SGPR)
        register_put(c, inst->dst.reg, s.r);
    if (s.scc)
        compile_scc_set(c, s.scc);
    return true;
}

/* ---- branches ---- */

static LLVMValueRef mask_is_zero(struct compile *c, unsigned sgpr)
{
    LLVMValueRef mask = c->lanes == 64 ? compile_sgpr64(c, sgpr) : compile_sgpr(c, sgpr);
    return B(c, ICmp, LLVM_EQ, mask, c->l->ConstNull(c->mask_int));
}

LLVMValueRef compile_condition(struct compile *c, const struct isa_inst *inst)
{
    const char *name = inst->row->name + strlen("s_cbranch_");
    if (!strcmp(name, "scc0"))
        return B(c, Not, compile_scc(c));
    if (!strcmp(name, "scc1"))
        return compile_scc(c);
    if (!strcmp(name, "vccz"))
        return mask_is_zero(c, ISA_VCC);
    if (!strcmp(name, "vccnz"))
        return B(c, Not, mask_is_zero(c, ISA_VCC));
    if (!strcmp(name, "execz"))
        return mask_is_zero(c, ISA_EXEC);
    if (!strcmp(name, "execnz"))
        return B(c, Not, mask_is_zero(c, ISA_EXEC));
    return NULL;
}
