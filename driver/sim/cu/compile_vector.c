/*
 * compile_vector.c - vector instructions as LLVM's: those of one row per operand without modifiers of the
 * result. Each comes to what its row in exec_vop*.def says.
 */
#include "compile_across.h"
#include "compile_vector.h"

#include "vector_run.h"

#include <isa/isa_table.h>

/* ---- sources ---- */

unsigned compile_register_row(const struct isa_operand *o)
{
    return o->reg + (o->kind == ISA_AGPR ? 256u : 0);
}

/* Is it a vector register, and the wave's? */
bool compile_registers_there(const struct compile *c, const struct isa_operand *o, unsigned n)
{
    return (o->kind == ISA_VGPR && o->reg + n <= c->region->n_vgprs) ||
           (o->kind == ISA_AGPR && o->reg + n <= c->region->n_agprs);
}

LLVMValueRef compile_source_dword(struct compile *c, const struct isa_operand *o, unsigned dword)
{
    if (o->kind == ISA_SGPR)
        return compile_each(c, compile_sgpr(c, o->reg + dword));
    if (o->kind == ISA_CONST)
        return compile_each32(c, (uint32_t)(o->value >> 32 * dword));
    return compile_row(c, compile_register_row(o) + dword);
}

LLVMValueRef compile_flushed(struct compile *c, LLVMValueRef row)
{
    LLVMValueRef exponent = B(c, And, row, compile_each32(c, 0x7f800000));
    LLVMValueRef none = B(c, ICmp, LLVM_EQ, exponent, compile_each32(c, 0));
    return compile_choose(c, none, B(c, And, row, compile_each32(c, 0x80000000)), row);
}

LLVMValueRef compile_carry_in(struct vector *x)
{
    const struct isa_inst *inst = x->inst;
    bool given = !(x->shape->flags & VEC_VCC) && inst->n_src > 2 && inst->src[2].kind != ISA_NONE;
    return compile_mask(x->c, given ? inst->src[2].reg : ISA_VCC);
}

LLVMValueRef compile_wide_of(struct compile *c, const struct source *s)
{
    LLVMValueRef high = B(c, Shl, B(c, ZExt, s->high, c->wide), compile_each_int(c, c->i64, 32));
    return B(c, Or, B(c, ZExt, s->low, c->wide), high);
}

/* Integers of 64 bits, or doubles. */
void compile_wide_put(struct compile *c, struct source *to, LLVMValueRef wide)
{
    wide = B(c, BitCast, wide, c->wide);
    to->low = B(c, Trunc, wide, c->row);
    to->high = B(c, Trunc, B(c, LShr, wide, compile_each_int(c, c->i64, 32)), c->row);
}

void compile_wide_result(struct vector *x, LLVMValueRef wide)
{
    struct source pair;
    compile_wide_put(x->c, &pair, wide);
    x->result = pair.low;
    x->above = pair.high;
}

void compile_float_result(struct vector *x, LLVMValueRef value)
{
    compile_may_be_nan(x->c, value);
    x->result = compile_row_of(x->c, value);
}

/* A NaN among the sources is found in the result: there they need not be looked at, too. */
void compile_sum_result(struct vector *x, LLVMValueRef value)
{
    const struct isa_inst *inst = x->inst;
    LLVMValueRef nans = compile_may_be_nan(x->c, value);
    x->result = compile_row_of(x->c, value);
    if (inst->sdwa || inst->dpp16 || inst->dpp8)
        return;
    x->nans = inst->clamp ? NULL : nans;
    for (unsigned i = 0; i < 3; i++)
        if (x->src[i].low && inst->src[i].kind == ISA_VGPR)
            compile_nan_drop_row(x->c, inst->src[i].reg);
    if (x->shape->flags & VEC_ACC)
        compile_nan_drop_row(x->c, compile_register_row(&inst->dst));
}

/* ---- comparisons: of the row's name ---- */

struct word {
    const char *name;
    int ints, uints, floats;
};

static const struct word comparisons[] = {
    {"lt", LLVM_SLT, LLVM_ULT, LLVM_OLT},
    {"eq", LLVM_EQ, LLVM_EQ, LLVM_OEQ},
    {"le", LLVM_SLE, LLVM_ULE, LLVM_OLE},
    {"gt", LLVM_SGT, LLVM_UGT, LLVM_OGT},
    {"ne", LLVM_NE, LLVM_NE, -1},
    {"lg", -1, -1, LLVM_ONE},
    {"ge", LLVM_SGE, LLVM_UGE, LLVM_OGE},
    {"o", -1, -1, LLVM_ORD},
    {"u", -1, -1, LLVM_UNO},
    {"nge", -1, -1, LLVM_FULT},
    {"nlg", -1, -1, LLVM_UEQ},
    {"ngt", -1, -1, LLVM_FULE},
    {"nle", -1, -1, LLVM_FUGT},
    {"neq", -1, -1, LLVM_UNE},
    {"nlt", -1, -1, LLVM_FUGE},
};

static int comparison_of(const char *name, char *type)
{
    if (strncmp(name, "v_cmp", 5) != 0)
        return -1;
    name += name[5] == 'x' ? 7 : 6;
    size_t length = strcspn(name, "_");
    for (unsigned i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++)
        if (strlen(comparisons[i].name) == length && !memcmp(comparisons[i].name, name, length)) {
            *type = strcmp(name + length, "_f32") == 0   ? 'f'
                    : strcmp(name + length, "_f16") == 0 ? 'f'
                    : strcmp(name + length, "_f64") == 0 ? 'F'
                    : strcmp(name + length, "_i16") == 0 ? 'i'
                    : strcmp(name + length, "_u16") == 0 ? 'u'
                    : strcmp(name + length, "_i32") == 0 ? 'i'
                    : strcmp(name + length, "_u32") == 0 ? 'u'
                    : strcmp(name + length, "_i64") == 0 ? 'I'
                    : strcmp(name + length, "_u64") == 0 ? 'U'
                                                         : 0;
            return *type ? (int)i : -1;
        }
    return -1;
}

static bool compare(struct vector *x, int which, char type)
{
    struct compile *c = x->c;
    const struct word *k = &comparisons[which];
    int predicate = type == 'f' || type == 'F' ? k->floats : type == 'i' || type == 'I' ? k->ints : k->uints;
    if (predicate < 0)
        return false;
    if (type == 'f')
        x->carry = B(c, FCmp, predicate, compile_floats(c, x->src[0].low), compile_floats(c, x->src[1].low));
    else if (type == 'F')
        x->carry = B(c, FCmp, predicate, B(c, BitCast, compile_wide_of(c, &x->src[0]), c->doubles),
                     B(c, BitCast, compile_wide_of(c, &x->src[1]), c->doubles));
    else if (type == 'I' || type == 'U')
        x->carry = B(c, ICmp, predicate, compile_wide_of(c, &x->src[0]), compile_wide_of(c, &x->src[1]));
    else
        x->carry = B(c, ICmp, predicate, x->src[0].low, x->src[1].low);
    return true;
}

/* ---- any row, by its function ---- */

static void to_memory(struct compile *c, LLVMValueRef place, const struct source *s)
{
    if (s->low)
        compile_store(c, s->low, place, 0);
    if (s->high)
        compile_store(c, s->high, place, VEC_LANES * 4);
}

static void by_function(struct vector *x)
{
    struct compile *c = x->c;
    unsigned flags = x->shape->flags;
    LLVMValueRef *place = c->places, args[7];
    bool saturates = x->inst->clamp && type_sum(x->shape->dst);
    for (unsigned i = 0; i < 3; i++)
        to_memory(c, place[i + 1], &x->src[i]);
    to_memory(c, place[0], &x->old);
    if (flags & VEC_CI)
        compile_store(c, compile_bits_row(c, compile_carry_in(x)), place[4], 0);
    LLVMValueRef op = compile_op_pointer(c),
                 inst = compile_load(c, c->pointer, op, offsetof(struct isa_op, inst));
    compile_store(c, inst, c->state, offsetof(struct op_state, v) + offsetof(struct vec, inst));
    if (flags & VEC_K)
        compile_store(c, compile_int(c, c->i8, x->inst->src[2].kind == ISA_CONST), c->state,
                      offsetof(struct op_state, v) + offsetof(struct vec, last_is_k));
    if (saturates)
        compile_store(c, compile_int(c, c->i8, 1), c->state,
                      offsetof(struct op_state, v) + offsetof(struct vec, clamp));
    args[0] = compile_at(c, c->state, offsetof(struct op_state, v));
    memcpy(args + 1, c->places, sizeof c->places);
    compile_host_call(c, (uintptr_t)x->code->lanes, c->nothing, args, 7);
    if (saturates)
        compile_store(c, compile_int(c, c->i8, 0), c->state,
                      offsetof(struct op_state, v) + offsetof(struct vec, clamp));
    if (x->shape->dst == VEC_MASK) {
        x->carry = B(c, Trunc, compile_load(c, c->row, place[0], 0), c->bits);
        return;
    }
    x->result = compile_load(c, c->row, place[0], 0);
    if (type_wide(x->shape->dst) || x->shape->dst == VEC_D16 || saturates)
        x->above = compile_load(c, c->row, place[0], VEC_LANES * 4);
    if (flags & VEC_CO)
        x->carry = B(c, Trunc, compile_load(c, c->row, place[5], 0), c->bits);
}

/* ---- an instruction ---- */

static void pass_find(struct vector *x)
{
    char type;
    compile_sources_take(x);
    bool saturates = x->inst->clamp && type_sum(x->shape->dst);
    compile_vector_fn *write = saturates ? NULL : compile_vector_row(x->inst->exec);
    int comparison = comparison_of(x->inst->row->name, &type);
    if (write)
        write(x);
    else if (comparison < 0 || !compare(x, comparison, type))
        by_function(x);
    compile_result_take(x);
}

static void value_find(struct vector *x)
{
    if (x->inst->dpp16 || x->inst->dpp8)
        compile_dpp_plan(x);
    pass_find(x);
    if (x->shape->flags & (VEC_PK16 | VEC_PK32)) {
        x->pass = 1;
        pass_find(x);
    }
}

static void carry_put(struct vector *x)
{
    const struct isa_inst *inst = x->inst;
    if (inst->sdst.kind != ISA_NULL && x->carry)
        compile_mask_set(x->c, inst->sdst.kind == ISA_NONE ? ISA_VCC : inst->sdst.reg, x->carry);
}

static void mask_put(struct vector *x)
{
    const struct isa_operand *dst = &x->inst->dst;
    bool to_exec = x->shape->flags & VEC_CMPX;
    if (!to_exec || !x->c->region->v.gfx10)
        compile_mask_set(x->c, dst->kind == ISA_NONE ? ISA_VCC : dst->reg, x->carry);
    if (to_exec)
        compile_mask_set(x->c, ISA_EXEC, x->carry);
}

static void value_put(struct vector *x, const struct compile_lines_news *news)
{
    const struct isa_operand *dst = &x->inst->dst;
    unsigned row = compile_register_row(dst);
    if (x->shape->dst == VEC_MASK) {
        mask_put(x);
        return;
    }
    LLVMValueRef line = compile_lines_row(x->c, news, row);
    compile_row_set(x->c, row, line ? line : x->result);
    if (x->nans)
        compile_nan_is_row(x->c, x->nans, row);
    if (x->above)
        compile_row_set(x->c, row + 1, x->above);
    if (x->shape->flags & VEC_CO)
        carry_put(x);
}

/* Both halves read before either writes. */
static bool pair_write(struct compile *c)
{
    const struct region_op *r = c->now;
    struct vector x[2] = {{.c = c, .inst = &r->inst, .shape = isa_shape(&r->inst)},
                          {.c = c, .inst = &r->pair, .shape = isa_shape(&r->pair)}};
    if (!r->op.pair || !compile_operands_known(&x[0]) || !compile_operands_known(&x[1]))
        return false;
    struct compile_lines_news news[2];
    for (unsigned i = 0; i < 2; i++) {
        value_find(&x[i]);
        compile_lines_find(c, x[i].inst, &news[i]);
    }
    for (unsigned i = 0; i < 2; i++)
        value_put(&x[i], &news[i]);
    for (unsigned i = 0; i < 2; i++)
        compile_lines_tell(c, &news[i]);
    return true;
}

bool compile_vector(struct compile *c)
{
    const struct region_op *r = c->now;
    unsigned format = r->inst.format;
    if (format < ISA_VOP1 || format > ISA_VOPD)
        return false;
    if (r->inst.pair)
        return pair_write(c);
    if (compile_across(c))
        return true;
    struct vector x = {.c = c, .inst = &r->inst, .shape = isa_shape(&r->inst)};
    if (!compile_operands_known(&x) || (r->run != op_plain && r->run != x.code->op))
        return false;
    struct compile_lines_news news;
    LLVMValueRef active = c->active;
    value_find(&x);
    compile_lines_find(c, x.inst, &news);
    value_put(&x, &news);
    compile_lines_tell(c, &news);
    c->active = active;
    return true;
}
