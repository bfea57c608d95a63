/*
 * jit_scalar.c - templates of scalar instructions and jumps: what machine code the functions of exec_scalar.c
 * and exec_control.c come to. SGPRs stay in the wave; a pair of them is one number of 64 bits there.
 */
#include "jit.h"

#include <isa/isa_table.h>

#define SCC x86_mem(JIT_WAVE, offsetof(struct isa_wave, scc))

enum { NO_SCC = -1 };
enum { SHIFT_LEFT = 4, SHIFT_RIGHT = 5, SHIFT_RIGHT_SIGNED = 7 }; /* extensions of the host's opcode */

struct template;
typedef void template_fn(struct jit *j, const struct isa_op *op, const struct template *t);
struct template
{
    const char *name;
    template_fn *write;
    bool wide;
    unsigned x; /* an opcode, or a number by the function */
    int scc;    /* the condition that it becomes */
};

/* ---- operands ---- */

static void load(struct jit *j, enum x86_reg reg, const struct isa_op *op, unsigned n, bool wide)
{
    uint64_t value = 0;
    if (op->base[n] == OP_WAVE) {
        x86_op(&j->x, X86_MOV, wide, reg, x86_mem(JIT_WAVE, op->at[n]));
        return;
    }
    memcpy(&value, (const void *)op->at[n], wide ? 8 : 4);
    x86_move(&j->x, reg, value);
}

static void store(struct jit *j, enum x86_reg reg, const struct isa_op *op, bool wide)
{
    x86_op(&j->x, X86_STORE, wide, reg, x86_mem(JIT_WAVE, op->at[0]));
}

static void scc_set(struct jit *j, int condition)
{
    if (condition != NO_SCC)
        x86_op(&j->x, X86_SETCC + (unsigned)condition, false, 0, SCC);
}

static void invert(struct jit *j, enum x86_reg reg, bool wide)
{
    x86_op(&j->x, 0xf7, wide, 2, x86_reg(reg));
}

/* ---- functions ---- */

static void move(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    store(j, RAX, op, t->wide);
}

static void two(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    load(j, RCX, op, 2, t->wide);
    x86_op(&j->x, t->x, t->wide, RAX, x86_reg(RCX));
    scc_set(j, t->scc);
    store(j, RAX, op, t->wide);
}

static void two_second_inverted(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    load(j, RCX, op, 2, t->wide);
    invert(j, RCX, t->wide);
    x86_op(&j->x, t->x, t->wide, RAX, x86_reg(RCX));
    scc_set(j, t->scc);
    store(j, RAX, op, t->wide);
}

static void not(struct jit * j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    invert(j, RAX, t->wide);
    x86_op(&j->x, X86_TEST, t->wide, RAX, x86_reg(RAX));
    scc_set(j, t->scc);
    store(j, RAX, op, t->wide);
}

static void with_carry(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, false);
    load(j, RDX, op, 2, false);
    x86_op(&j->x, X86_MOVZX8, false, RCX, SCC);
    x86_bytes(&j->x, "\x80\xc1\xff", 3); /* add cl, 255: the carry flag becomes SCC */
    x86_op(&j->x, t->x, false, RAX, x86_reg(RDX));
    scc_set(j, t->scc);
    store(j, RAX, op, false);
}

/* x: the extension of the opcode */
static void shift(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    load(j, RCX, op, 2, false);
    x86_op(&j->x, 0xd3, t->wide, t->x, x86_reg(RAX));
    x86_op(&j->x, X86_TEST, t->wide, RAX, x86_reg(RAX));
    scc_set(j, t->scc);
    store(j, RAX, op, t->wide);
}

static void shift_by(struct jit *j, unsigned extension, enum x86_reg reg, unsigned count)
{
    uint8_t by = (uint8_t)count;
    x86_op(&j->x, 0xc1, true, extension, x86_reg(reg)), x86_bytes(&j->x, &by, 1);
}

/* x: how a source becomes 64 bits */
static void multiply_high(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, false);
    load(j, RCX, op, 2, false);
    x86_op(&j->x, t->x, t->x == X86_MOVSXD, RAX, x86_reg(RAX));
    x86_op(&j->x, t->x, t->x == X86_MOVSXD, RCX, x86_reg(RCX));
    x86_op(&j->x, X86_IMUL, true, RAX, x86_reg(RCX));
    shift_by(j, SHIFT_RIGHT, RAX, 32);
    store(j, RAX, op, false);
}

static void multiply_k(struct jit *j, const struct isa_op *op, const struct template *t)
{
    (void)t;
    x86_op(&j->x, 0x69, false, RAX, x86_mem(JIT_WAVE, op->at[0]));
    x86_u32(&j->x, (uint32_t)op->inst->imm);
    store(j, RAX, op, false);
}

/* A field that a constant names: as many bits as there are from its offset on, in the middle of 64, and back;
 * x: the shift back */
static void field(struct jit *j, const struct isa_op *op, const struct template *t)
{
    uint32_t at = *(const uint32_t *)op->at[2];
    unsigned offset = at & 31, width = at >> 16 & 127;
    load(j, RAX, op, 1, false);
    if (t->x == SHIFT_RIGHT_SIGNED)
        x86_op(&j->x, X86_MOVSXD, true, RAX, x86_reg(RAX));
    shift_by(j, t->x, RAX, offset);
    if (width == 0)
        x86_op(&j->x, X86_XOR, false, RAX, x86_reg(RAX));
    if (width > 0 && width < 32) {
        shift_by(j, SHIFT_LEFT, RAX, 64 - width);
        shift_by(j, t->x, RAX, 64 - width);
    }
    x86_op(&j->x, X86_TEST, false, RAX, x86_reg(RAX));
    scc_set(j, CC_NE);
    store(j, RAX, op, false);
}

/* One instruction of the host; x: which */
static void one(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    x86_op(&j->x, t->x, t->wide, RAX, x86_reg(RAX));
    scc_set(j, t->scc);
    store(j, RAX, op, false);
}

static void first_set(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    x86_move(&j->x, RCX, UINT32_MAX);
    x86_op(&j->x, X86_TZCNT, t->wide, RAX, x86_reg(RAX));
    x86_op(&j->x, X86_CMOVCC + CC_B, false, RAX, x86_reg(RCX));
    store(j, RAX, op, false);
}

/* a << x, plus b */
static void shift_add(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, false);
    load(j, RCX, op, 2, false);
    x86_bytes(&j->x, "\x48\xc1\xe0", 3); /* shl rax, x */
    uint8_t by = (uint8_t)t->x;
    x86_bytes(&j->x, &by, 1);
    x86_op(&j->x, X86_ADD, true, RAX, x86_reg(RCX));
    x86_op(&j->x, X86_MOV, true, RDX, x86_reg(RAX));
    x86_bytes(&j->x, "\x48\xc1\xea\x20", 4); /* shr rdx, 32 */
    scc_set(j, t->scc);
    store(j, RAX, op, false);
}

static void compare(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    load(j, RCX, op, 2, t->wide);
    x86_op(&j->x, X86_CMP, t->wide, RAX, x86_reg(RCX));
    scc_set(j, t->scc);
}

static void choose(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    load(j, RCX, op, 2, t->wide);
    x86_op(&j->x, 0x80, false, 7, SCC), x86_bytes(&j->x, "", 1); /* cmp */
    x86_op(&j->x, X86_CMOVZ, t->wide, RAX, x86_reg(RCX));
    store(j, RAX, op, t->wide);
}

/* x: condition under which the first is taken */
static void smaller_larger(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, false);
    load(j, RCX, op, 2, false);
    x86_op(&j->x, X86_CMP, false, RAX, x86_reg(RCX));
    scc_set(j, t->scc);
    x86_op(&j->x, X86_CMOVCC + (t->x ^ 1), false, RAX, x86_reg(RCX));
    store(j, RAX, op, false);
}

static void move_k(struct jit *j, const struct isa_op *op, const struct template *t)
{
    (void)t;
    x86_move(&j->x, RAX, (uint32_t)op->inst->imm);
    store(j, RAX, op, false);
}

static void add_k(struct jit *j, const struct isa_op *op, const struct template *t)
{
    x86_op(&j->x, X86_MOV, false, RAX, x86_mem(JIT_WAVE, op->at[0]));
    x86_op(&j->x, 0x81, false, 0, x86_reg(RAX)), x86_u32(&j->x, (uint32_t)op->inst->imm);
    scc_set(j, t->scc);
    store(j, RAX, op, false);
}

/* x: is the immediate unsigned? */
static void compare_k(struct jit *j, const struct isa_op *op, const struct template *t)
{
    int32_t imm = op->inst->imm;
    load(j, RAX, op, 1, false);
    x86_op(&j->x, 0x81, false, 7, x86_reg(RAX)), x86_u32(&j->x, t->x ? (uint16_t)imm : (uint32_t)imm);
    scc_set(j, t->scc);
}

/* EXEC becomes a function of it and the source; x: which, and the inverted operand above it. */
enum { SOURCE_NOT = 0x100, EXEC_NOT = 0x200, SAVES_NEW = 0x400 };

static void save_exec(struct jit *j, const struct isa_op *op, const struct template *t)
{
    load(j, RAX, op, 1, t->wide);
    x86_op(&j->x, X86_MOV, t->wide, RCX, jit_sgpr(ISA_EXEC));
    x86_op(&j->x, X86_MOV, t->wide, RDX, x86_reg(RCX));
    if (t->x & SOURCE_NOT)
        invert(j, RAX, t->wide);
    if (t->x & EXEC_NOT)
        invert(j, RDX, t->wide);
    x86_op(&j->x, t->x & 0xff, t->wide, RAX, x86_reg(RDX));
    scc_set(j, CC_NE);
    x86_op(&j->x, X86_STORE, t->wide, RAX, jit_sgpr(ISA_EXEC));
    store(j, t->x & SAVES_NEW ? RAX : RCX, op, t->wide);
}

/* ---- which instruction has which ---- */

#define LOGIC(name, gfx11, write, opcode)                                                            \
    {"s_" name "_b32", write, false, opcode, CC_NE}, {"s_" name "_b64", write, true, opcode, CC_NE}, \
        {"s_" gfx11 "_b32", write, false, opcode, CC_NE},                                            \
    {                                                                                                \
        "s_" gfx11 "_b64", write, true, opcode, CC_NE                                                \
    }
#define SHIFT(name, type, extension)                           \
    {"s_" name "_" type "32", shift, false, extension, CC_NE}, \
    {                                                          \
        "s_" name "_" type "64", shift, true, extension, CC_NE \
    }
#define SAVE(name, gfx11, x)                                                                       \
    {"s_" name "_b32", save_exec, false, x, CC_NE}, {"s_" name "_b64", save_exec, true, x, CC_NE}, \
        {"s_" gfx11 "_b32", save_exec, false, x, CC_NE},                                           \
    {                                                                                              \
        "s_" gfx11 "_b64", save_exec, true, x, CC_NE                                               \
    }
#define COMPARE(name, i, u)                                                                     \
    {"s_cmp_" name "_i32", compare, false, 0, i}, {"s_cmp_" name "_u32", compare, false, 0, u}, \
        {"s_cmpk_" name "_i32", compare_k, false, 0, i},                                        \
    {                                                                                           \
        "s_cmpk_" name "_u32", compare_k, false, 1, u                                           \
    }

static const struct template templates[] = {
    {"s_mov_b32", move, false, 0, NO_SCC},
    {"s_mov_b64", move, true, 0, NO_SCC},
    {"s_movk_i32", move_k, false, 0, NO_SCC},
    {"s_addk_i32", add_k, false, 0, CC_O},
    {"s_addk_co_i32", add_k, false, 0, CC_O},
    {"s_add_u32", two, false, X86_ADD, CC_B},
    {"s_add_co_u32", two, false, X86_ADD, CC_B},
    {"s_add_i32", two, false, X86_ADD, CC_O},
    {"s_add_co_i32", two, false, X86_ADD, CC_O},
    {"s_sub_u32", two, false, X86_SUB, CC_B},
    {"s_sub_co_u32", two, false, X86_SUB, CC_B},
    {"s_sub_i32", two, false, X86_SUB, CC_O},
    {"s_sub_co_i32", two, false, X86_SUB, CC_O},
    {"s_addc_u32", with_carry, false, X86_ADC, CC_B},
    {"s_add_co_ci_u32", with_carry, false, X86_ADC, CC_B},
    {"s_subb_u32", with_carry, false, X86_SBB, CC_B},
    {"s_sub_co_ci_u32", with_carry, false, X86_SBB, CC_B},
    {"s_add_nc_u64", two, true, X86_ADD, NO_SCC},
    {"s_sub_nc_u64", two, true, X86_SUB, NO_SCC},
    {"s_mul_i32", two, false, X86_IMUL, NO_SCC},
    {"s_mul_u64", two, true, X86_IMUL, NO_SCC},
    {"s_mul_hi_u32", multiply_high, false, X86_MOV, NO_SCC},
    {"s_mul_hi_i32", multiply_high, false, X86_MOVSXD, NO_SCC},
    {"s_mulk_i32", multiply_k, false, 0, NO_SCC},
    {"s_lshl1_add_u32", shift_add, false, 1, CC_NE},
    {"s_lshl2_add_u32", shift_add, false, 2, CC_NE},
    {"s_lshl3_add_u32", shift_add, false, 3, CC_NE},
    {"s_lshl4_add_u32", shift_add, false, 4, CC_NE},
    {"s_min_i32", smaller_larger, false, CC_L, CC_L},
    {"s_max_i32", smaller_larger, false, CC_GE, CC_GE},
    {"s_min_u32", smaller_larger, false, CC_B, CC_B},
    {"s_max_u32", smaller_larger, false, CC_AE, CC_AE},
    LOGIC("and", "and", two, X86_AND),
    LOGIC("or", "or", two, X86_OR),
    LOGIC("xor", "xor", two, X86_XOR),
    LOGIC("andn2", "and_not1", two_second_inverted, X86_AND),
    LOGIC("orn2", "or_not1", two_second_inverted, X86_OR),
    {"s_not_b32", not, false, 0, CC_NE},
    {"s_not_b64", not, true, 0, CC_NE},
    SHIFT("lshl", "b", SHIFT_LEFT),
    SHIFT("lshr", "b", SHIFT_RIGHT),
    SHIFT("ashr", "i", SHIFT_RIGHT_SIGNED),
    {"s_bfe_u32", field, false, SHIFT_RIGHT, CC_NE},
    {"s_bfe_i32", field, false, SHIFT_RIGHT_SIGNED, CC_NE},
    {"s_sext_i32_i8", one, false, X86_MOVSX8, NO_SCC},
    {"s_sext_i32_i16", one, false, X86_MOVSX16, NO_SCC},
    {"s_bcnt1_i32_b32", one, false, X86_POPCNT, CC_NE},
    {"s_bcnt1_i32_b64", one, true, X86_POPCNT, CC_NE},
    {"s_ff1_i32_b32", first_set, false, 0, NO_SCC},
    {"s_ff1_i32_b64", first_set, true, 0, NO_SCC},
    {"s_ctz_i32_b32", first_set, false, 0, NO_SCC},
    {"s_ctz_i32_b64", first_set, true, 0, NO_SCC},
    {"s_cselect_b32", choose, false, 0, NO_SCC},
    {"s_cselect_b64", choose, true, 0, NO_SCC},
    COMPARE("eq", CC_E, CC_E),
    COMPARE("lg", CC_NE, CC_NE),
    COMPARE("gt", CC_G, CC_A),
    COMPARE("ge", CC_GE, CC_AE),
    COMPARE("lt", CC_L, CC_B),
    COMPARE("le", CC_LE, CC_BE),
    {"s_cmp_eq_u64", compare, true, 0, CC_E},
    {"s_cmp_lg_u64", compare, true, 0, CC_NE},
    SAVE("and_saveexec", "and_saveexec", X86_AND),
    SAVE("or_saveexec", "or_saveexec", X86_OR),
    SAVE("xor_saveexec", "xor_saveexec", X86_XOR),
    SAVE("andn1_saveexec", "and_not0_saveexec", X86_AND | SOURCE_NOT),
    SAVE("orn1_saveexec", "or_not0_saveexec", X86_OR | SOURCE_NOT),
    SAVE("andn2_saveexec", "and_not1_saveexec", X86_AND | EXEC_NOT),
    SAVE("orn2_saveexec", "or_not1_saveexec", X86_OR | EXEC_NOT),
    SAVE("andn1_wrexec", "and_not0_wrexec", X86_AND | SOURCE_NOT | SAVES_NEW),
    SAVE("andn2_wrexec", "and_not1_wrexec", X86_AND | EXEC_NOT | SAVES_NEW),
};

static bool is_exec(const struct isa_operand *o)
{
    return o->kind == ISA_SGPR && o->reg + (o->dwords > 1 ? o->dwords - 1u : 0) >= ISA_EXEC;
}

bool jit_writes_exec(const struct isa_inst *inst)
{
    return is_exec(&inst->dst) || is_exec(&inst->sdst) || strstr(inst->row->name, "exec");
}

/* Lanes that were active are so afterwards. */
static bool leaves_lanes_active(const struct isa_inst *inst)
{
    static const char *const names[] = {"s_or_b32", "s_or_b64", "s_or_saveexec_b32", "s_or_saveexec_b64"};
    const struct isa_operand *const all[] = {&inst->dst, &inst->src[0], &inst->src[1]};
    bool exec[3];
    for (unsigned i = 0; i < 3; i++)
        exec[i] = all[i]->kind == ISA_SGPR && all[i]->reg == ISA_EXEC;
    for (unsigned i = 0; i < 4; i++)
        if (!strcmp(inst->row->name, names[i]))
            return i >= 2 || (exec[0] && (exec[1] || exec[2]));
    return false;
}

/* Operands as op_make.c finds them; those of instructions that have no operation of their own too. */
static bool operands(const struct isa_op *op, struct isa_op *found)
{
    const struct isa_inst *inst = op->inst;
    *found = *op;
    const struct isa_operand *const all[3] = {&inst->dst, &inst->src[0], &inst->src[1]};
    for (unsigned n = 0; n < 3; n++) {
        const struct isa_operand *o = all[n];
        bool there = n == 0 ? o->kind != ISA_NONE : n <= inst->n_src;
        if (there && o->kind != ISA_SGPR && (n == 0 || o->kind != ISA_CONST))
            return false;
        found->base[n] = o->kind == ISA_SGPR ? OP_WAVE : OP_ABSOLUTE;
        found->at[n] = o->kind == ISA_SGPR ? offsetof(struct isa_wave, sgpr) + o->reg * sizeof(uint32_t)
                                           : (uintptr_t)&o->value;
        if (o->kind == ISA_SGPR && o->reg + (o->dwords == 2) >= 128)
            return false;
    }
    return true;
}

static const struct template *template_of(const char *name)
{
    for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (!strcmp(templates[i].name, name))
            return &templates[i];
    return NULL;
}

bool jit_scalar(struct jit *j, const struct isa_op *op)
{
    const struct isa_inst *inst = op->inst;
    struct isa_op found;
    if (inst->format > ISA_SOPC || inst->pair)
        return false;
    const struct template *t = template_of(inst->row->name);
    if (!t || !operands(op, &found) || (t->write == save_exec && is_exec(&inst->dst)))
        return false;
    if (t->write != compare && t->write != compare_k && inst->dst.kind != ISA_SGPR)
        return false;
    if (t->write == field && found.base[2] != OP_ABSOLUTE)
        return false;
    t->write(j, &found, t);
    if (jit_writes_exec(inst) && t->write != compare && t->write != compare_k &&
        (j->masked || !leaves_lanes_active(inst)))
        jit_exec_changed(j);
    return true;
}

/* ---- jumps ---- */

/* Compares EXEC or VCC with 0. */
static int condition_mask(struct jit *j, unsigned sgpr, int condition)
{
    x86_op(&j->x, 0x83, j->w->lanes == 64, 7, jit_sgpr(sgpr)), x86_bytes(&j->x, "", 1);
    return condition;
}

static int condition_scc(struct jit *j, int condition)
{
    x86_op(&j->x, 0x80, false, 7, SCC), x86_bytes(&j->x, "", 1);
    return condition;
}

int jit_condition(struct jit *j, const struct isa_op *op)
{
    static const char *const names[] = {"s_branch",        "s_cbranch_scc0",  "s_cbranch_scc1",
                                        "s_cbranch_vccz",  "s_cbranch_vccnz", "s_cbranch_execz",
                                        "s_cbranch_execnz"};
    unsigned i = 0;
    while (i < sizeof names / sizeof names[0] && strcmp(names[i], op->inst->row->name) != 0)
        i++;
    switch (i) {
    case 0:
        return X86_ALWAYS;
    case 1:
        return condition_scc(j, CC_E);
    case 2:
        return condition_scc(j, CC_NE);
    case 3:
        return condition_mask(j, ISA_VCC, CC_E);
    case 4:
        return condition_mask(j, ISA_VCC, CC_NE);
    case 5:
        return j->masked ? condition_mask(j, ISA_EXEC, CC_E) : JIT_NEVER;
    case 6:
        return j->masked ? condition_mask(j, ISA_EXEC, CC_NE) : X86_ALWAYS;
    default:
        return JIT_NO_JUMP;
    }
}

enum isa_state jit_state_after(const struct isa_inst *inst)
{
    if (inst->format != ISA_SOPP)
        return ISA_RUNNING;
    return !strcmp(inst->row->name, "s_endpgm")    ? ISA_ENDED
           : !strcmp(inst->row->name, "s_barrier") ? ISA_BARRIER
                                                   : ISA_RUNNING;
}
