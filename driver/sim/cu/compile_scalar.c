/*
 * compile_scalar.c - scalar instructions, and the conditions of branches, as LLVM's. Each comes to what its
 * function in exec_scalar.c does.
 */
#include "compile.h"
#include "exec_scalar.h"

#include <isa/isa_table.h>

enum operation {
    MOV,
    MOVK,
    ADDK,
    MULK,
    ADD,
    ADD_SIGNED,
    SUB,
    SUB_SIGNED,
    ADD_CARRY,
    SUB_BORROW,
    ADD_NC,
    SUB_NC,
    MUL,
    MULHI_U,
    MULHI_I,
    SHIFT_ADD,
    MIN_I,
    MAX_I,
    MIN_U,
    MAX_U,
    AND,
    OR,
    XOR,
    NAND,
    NOR,
    XNOR,
    ANDN2,
    ORN2,
    NOT,
    LSHL,
    LSHR,
    ASHR,
    BFM,
    BFE_U,
    BFE_I,
    SEXT8,
    SEXT16,
    BCNT1,
    FF1,
    SELECT,
    PACK_LL,
    PACK_LH,
    PACK_HH,
    COMPARE,
    COMPARE_K,
    BIT,
    SAVE, /* x: how EXEC and the source are combined; wide: of 64 bits */
};

struct template
{
    const char *name;
    uint8_t operation;
    bool wide;
    uint8_t x; /* a predicate, a count, or what SAVE does */
};

enum { SAVE_AND, SAVE_OR, SAVE_XOR, SAVE_SOURCE_NOT = 4, SAVE_EXEC_NOT = 8, SAVE_NEW = 16 };

#define EACH(name, gfx11, operation)                                                 \
    {"s_" name "_b32", operation, false, 0}, {"s_" name "_b64", operation, true, 0}, \
        {"s_" gfx11 "_b32", operation, false, 0},                                    \
    {                                                                                \
        "s_" gfx11 "_b64", operation, true, 0                                        \
    }
#define SAVES(name, gfx11, x)                                              \
    {"s_" name "_b32", SAVE, false, x}, {"s_" name "_b64", SAVE, true, x}, \
        {"s_" gfx11 "_b32", SAVE, false, x},                               \
    {                                                                      \
        "s_" gfx11 "_b64", SAVE, true, x                                   \
    }
#define COMPARES(name, i, u)                                                              \
    {"s_cmp_" name "_i32", COMPARE, false, i}, {"s_cmp_" name "_u32", COMPARE, false, u}, \
        {"s_cmpk_" name "_i32", COMPARE_K, false, i},                                     \
    {                                                                                     \
        "s_cmpk_" name "_u32", COMPARE_K, false, u                                        \
    }
static const struct template templates[] = {
#include "compile_scalar.def"
};

/* ---- operands ---- */

static bool readable(const struct isa_operand *o, bool wide)
{
    return o->kind == ISA_CONST || o->kind == ISA_NULL || o->kind == ISA_NONE ||
           (o->kind == ISA_SGPR && o->reg + (unsigned)wide < REGION_SGPRS);
}

static LLVMTypeRef type_of(struct compile *c, bool wide)
{
    return wide ? c->i64 : c->i32;
}

static LLVMValueRef source(struct compile *c, unsigned n, bool wide)
{
    const struct isa_operand *o = &c->now->inst.src[n];
    if (o->kind == ISA_SGPR)
        return wide ? compile_sgpr64(c, o->reg) : compile_sgpr(c, o->reg);
    uint64_t value = o->kind == ISA_CONST ? o->value : 0;
    return compile_int(c, type_of(c, wide), wide ? value : (uint32_t)value);
}

static void result(struct compile *c, LLVMValueRef value, bool wide)
{
    const struct isa_operand *dst = &c->now->inst.dst;
    if (dst->kind != ISA_SGPR)
        return;
    if (wide)
        compile_sgpr64_set(c, dst->reg, value);
    else
        compile_sgpr_set(c, dst->reg, value);
}

/* ---- what they do ---- */

struct scalar {
    struct compile *c;
    const struct template *t;
    LLVMTypeRef type;
    LLVMValueRef a, b, r, scc; /* scc: NULL where it stays */
};

static LLVMValueRef number(struct scalar *s, uint64_t value)
{
    return compile_int(s->c, s->type, value);
}

static void scc_not_zero(struct scalar *s)
{
    s->scc = B(s->c, ICmp, LLVM_NE, s->r, number(s, 0));
}

static void overflow(struct scalar *s, bool subtracts)
{
    struct compile *c = s->c;
    LLVMValueRef differ = B(c, Xor, s->a, s->b), changed = B(c, Xor, s->a, s->r);
    if (!subtracts)
        differ = B(c, Not, differ);
    s->scc = B(c, ICmp, LLVM_SLT, B(c, And, differ, changed), number(s, 0));
}

static void in_wide(struct scalar *s, LLVMValueRef wide)
{
    struct compile *c = s->c;
    s->r = B(c, Trunc, wide, c->i32);
    s->scc = B(c, ICmp, LLVM_NE, B(c, LShr, wide, compile_int(c, c->i64, 32)), compile_int(c, c->i64, 0));
}

static LLVMValueRef widened(struct scalar *s, LLVMValueRef value)
{
    return B(s->c, ZExt, value, s->c->i64);
}

static void with_carry(struct scalar *s, bool subtracts)
{
    struct compile *c = s->c;
    LLVMValueRef in = B(c, ZExt, compile_scc(c), c->i64), a = widened(s, s->a), b = widened(s, s->b);
    if (subtracts) {
        LLVMValueRef all = B(c, Add, b, in);
        s->r = B(c, Trunc, B(c, Sub, a, all), c->i32);
        s->scc = B(c, ICmp, LLVM_UGT, all, a);
    } else {
        in_wide(s, B(c, Add, B(c, Add, a, b), in));
    }
}

static void extreme(struct scalar *s, int predicate)
{
    s->scc = B(s->c, ICmp, predicate, s->a, s->b);
    s->r = B(s->c, Select, s->scc, s->a, s->b);
}

static LLVMValueRef high(struct scalar *s, bool is_signed)
{
    struct compile *c = s->c;
    LLVMValueRef product = is_signed ? B(c, Mul, B(c, SExt, s->a, c->i64), B(c, SExt, s->b, c->i64))
                                     : B(c, Mul, widened(s, s->a), widened(s, s->b));
    return B(c, Trunc, B(c, LShr, product, compile_int(c, c->i64, 32)), c->i32);
}

static LLVMValueRef shift_count(struct scalar *s)
{
    return B(s->c, And, s->b, number(s, s->t->wide ? 63 : 31));
}

/* The field's offset and width are constants mostly. */
static bool field(struct scalar *s, bool is_signed)
{
    struct compile *c = s->c;
    const struct isa_operand *o = &c->now->inst.src[1];
    if (o->kind != ISA_CONST)
        return false;
    unsigned offset = (unsigned)o->value & 31, width = (unsigned)o->value >> 16 & 127;
    LLVMValueRef at = number(s, offset);
    if (width == 0) {
        s->r = number(s, 0);
    } else if (!is_signed) {
        uint32_t mask = width >= 32 ? UINT32_MAX : (1u << width) - 1;
        s->r = B(c, And, B(c, LShr, s->a, at), number(s, mask));
    } else {
        s->r = B(c, AShr, s->a, at);
        if (width < 32)
            s->r = B(c, AShr, B(c, Shl, s->r, number(s, 32 - width)), number(s, 32 - width));
    }
    return true;
}

static void save_exec(struct scalar *s)
{
    struct compile *c = s->c;
    unsigned x = s->t->x;
    LLVMValueRef exec = s->t->wide ? compile_sgpr64(c, ISA_EXEC) : compile_sgpr(c, ISA_EXEC);
    LLVMValueRef a = x & SAVE_SOURCE_NOT ? B(c, Not, s->a) : s->a,
                 e = x & SAVE_EXEC_NOT ? B(c, Not, exec) : exec;
    LLVMValueRef r = (x & 3) == SAVE_AND  ? B(c, And, a, e)
                     : (x & 3) == SAVE_OR ? B(c, Or, a, e)
                                          : B(c, Xor, a, e);
    compile_scc_set(c, B(c, ICmp, LLVM_NE, r, number(s, 0)));
    if (s->t->wide)
        compile_sgpr64_set(c, ISA_EXEC, r);
    else
        compile_sgpr_set(c, ISA_EXEC, r);
    result(c, x & SAVE_NEW ? r : exec, s->t->wide);
}

static LLVMValueRef sign_extended(struct scalar *s, unsigned bits)
{
    LLVMValueRef n = number(s, 32 - bits);
    return B(s->c, AShr, B(s->c, Shl, s->a, n), n);
}

static LLVMValueRef first_set(struct scalar *s)
{
    struct compile *c = s->c;
    LLVMValueRef args[] = {s->a, compile_int(c, c->i1, 0)};
    LLVMValueRef n = compile_intrinsic(c, "llvm.cttz", &c->i32, 1, args, 2);
    return B(c, Select, B(c, ICmp, LLVM_EQ, s->a, number(s, 0)), number(s, UINT32_MAX), n);
}

static void immediate(struct scalar *s)
{
    struct compile *c = s->c;
    const struct isa_inst *inst = &c->now->inst;
    LLVMValueRef k = number(s, (uint32_t)inst->imm);
    if (s->t->operation == MOVK) {
        s->r = k;
        return;
    }
    s->a = compile_sgpr(c, inst->dst.reg);
    s->b = k;
    s->r = s->t->operation == ADDK ? B(c, Add, s->a, k) : B(c, Mul, s->a, k);
    if (s->t->operation == ADDK)
        overflow(s, false);
}

static void logic(struct scalar *s)
{
    struct compile *c = s->c;
    LLVMValueRef a = s->a, b = s->b;
    switch (s->t->operation) {
    case AND:
        s->r = B(c, And, a, b);
        break;
    case OR:
        s->r = B(c, Or, a, b);
        break;
    case XOR:
        s->r = B(c, Xor, a, b);
        break;
    case NAND:
        s->r = B(c, Not, B(c, And, a, b));
        break;
    case NOR:
        s->r = B(c, Not, B(c, Or, a, b));
        break;
    case XNOR:
        s->r = B(c, Not, B(c, Xor, a, b));
        break;
    case ANDN2:
        s->r = B(c, And, a, B(c, Not, b));
        break;
    case ORN2:
        s->r = B(c, Or, a, B(c, Not, b));
        break;
    case NOT:
        s->r = B(c, Not, a);
        break;
    case LSHL:
        s->r = B(c, Shl, a, shift_count(s));
        break;
    case LSHR:
        s->r = B(c, LShr, a, shift_count(s));
        break;
    default:
        s->r = B(c, AShr, a, shift_count(s));
        break;
    }
    scc_not_zero(s);
}

static bool arithmetic(struct scalar *s)
{
    struct compile *c = s->c;
    LLVMValueRef a = s->a, b = s->b;
    LLVMValueRef low = number(s, 0xffff), top = number(s, 0xffff0000), sixteen = number(s, 16);
    switch (s->t->operation) {
    case MOV:
        s->r = a;
        return true;
    case ADD:
        s->r = B(c, Add, a, b);
        s->scc = B(c, ICmp, LLVM_ULT, s->r, a);
        return true;
    case ADD_SIGNED:
        s->r = B(c, Add, a, b);
        overflow(s, false);
        return true;
    case SUB:
        s->r = B(c, Sub, a, b);
        s->scc = B(c, ICmp, LLVM_UGT, b, a);
        return true;
    case SUB_SIGNED:
        s->r = B(c, Sub, a, b);
        overflow(s, true);
        return true;
    case ADD_CARRY:
        with_carry(s, false);
        return true;
    case SUB_BORROW:
        with_carry(s, true);
        return true;
    case ADD_NC:
        s->r = B(c, Add, a, b);
        return true;
    case SUB_NC:
        s->r = B(c, Sub, a, b);
        return true;
    case MUL:
        s->r = B(c, Mul, a, b);
        return true;
    case MULHI_U:
        s->r = high(s, false);
        return true;
    case MULHI_I:
        s->r = high(s, true);
        return true;
    case SHIFT_ADD:
        in_wide(s, B(c, Add, B(c, Shl, widened(s, a), compile_int(c, c->i64, s->t->x)), widened(s, b)));
        return true;
    case MIN_I:
        extreme(s, LLVM_SLT);
        return true;
    case MAX_I:
        extreme(s, LLVM_SGE);
        return true;
    case MIN_U:
        extreme(s, LLVM_ULT);
        return true;
    case MAX_U:
        extreme(s, LLVM_UGE);
        return true;
    case BFM:
        a = B(c, Sub, B(c, Shl, number(s, 1), B(c, And, a, number(s, 31))), number(s, 1));
        s->r = B(c, Shl, a, shift_count(s));
        return true;
    case BFE_U:
    case BFE_I:
        if (!field(s, s->t->operation == BFE_I))
            return false;
        scc_not_zero(s);
        return true;
    case SEXT8:
        s->r = sign_extended(s, 8);
        return true;
    case SEXT16:
        s->r = sign_extended(s, 16);
        return true;
    case BCNT1:
        s->r = compile_intrinsic(c, "llvm.ctpop", &s->type, 1, &a, 1);
        scc_not_zero(s);
        return true;
    case FF1:
        s->r = first_set(s);
        return true;
    case SELECT:
        s->r = B(c, Select, compile_scc(c), a, b);
        return true;
    case PACK_LL:
        s->r = B(c, Or, B(c, And, a, low), B(c, Shl, b, sixteen));
        return true;
    case PACK_LH:
        s->r = B(c, Or, B(c, And, a, low), B(c, And, b, top));
        return true;
    case PACK_HH:
        s->r = B(c, Or, B(c, LShr, a, sixteen), B(c, And, b, top));
        return true;
    default:
        return false;
    }
}

static void compare(struct scalar *s)
{
    struct compile *c = s->c;
    const struct isa_inst *inst = &c->now->inst;
    if (s->t->operation == BIT) {
        LLVMValueRef bit = B(c, Trunc, B(c, LShr, s->a, shift_count(s)), c->i1);
        compile_scc_set(c, s->t->x ? bit : B(c, Not, bit));
        return;
    }
    if (s->t->operation == COMPARE_K) {
        bool is_unsigned = strstr(inst->row->name, "_u32");
        s->b = number(s, is_unsigned ? (uint16_t)inst->imm : (uint32_t)inst->imm);
    }
    compile_scc_set(c, B(c, ICmp, s->t->x, s->a, s->b));
}

static bool operands_known(const struct isa_inst *inst, const struct template *t)
{
    bool k = t->operation == ADDK || t->operation == MULK;
    if (k && (inst->dst.kind != ISA_SGPR || inst->dst.reg >= REGION_SGPRS))
        return false;
    if (inst->dst.kind == ISA_SGPR && inst->dst.reg + (unsigned)t->wide >= REGION_SGPRS)
        return false;
    if (inst->dst.kind == ISA_SPECIAL || (t->operation == SAVE && inst->dst.reg >= ISA_EXEC))
        return false;
    return readable(&inst->src[0], t->wide) && readable(&inst->src[1], t->wide);
}

static const struct template *template_of(const struct isa_inst *inst)
{
    for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (!strcmp(templates[i].name, inst->row->name))
            return operands_known(inst, &templates[i]) ? &templates[i] : NULL;
    return NULL;
}

bool compile_scalar(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    const struct template *t = inst->format <= ISA_SOPC ? template_of(inst) : NULL;
    if (!t)
        return false;
    struct scalar s = {.c = c, .t = t, .type = type_of(c, t->wide)};
    s.a = source(c, 0, t->wide);
    s.b = source(c, 1, t->wide);
    if (t->operation == SAVE) {
        save_exec(&s);
        return true;
    }
    if (t->operation == COMPARE || t->operation == COMPARE_K || t->operation == BIT) {
        compare(&s);
        return true;
    }
    if (t->operation == MOVK || t->operation == ADDK || t->operation == MULK)
        immediate(&s);
    else if (t->operation >= AND && t->operation <= ASHR)
        logic(&s);
    else if (!arithmetic(&s))
        return false;
    result(c, s.r, t->wide);
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
