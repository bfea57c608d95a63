/*
 * compile_lines.c - follows rows whose lanes are in steps through additions, shifts and the like
 * (compile_lines.h).
 */
#include "compile.h"

enum kind { LINE, WIDE, CARRY };

/* ---- what is known ---- */

static struct compile_lines_entry *entry_find(struct compile *c, enum kind kind, unsigned at)
{
    for (unsigned i = 0; i < c->lines.n; i++)
        if (c->lines.entry[i].kind == kind && c->lines.entry[i].at == at)
            return &c->lines.entry[i];
    return NULL;
}

static void entry_add(struct compile *c, const struct compile_lines_entry *entry)
{
    struct compile_lines_entry *to = entry_find(c, entry->kind, entry->at);
    if (!to && c->lines.n == sizeof c->lines.entry / sizeof c->lines.entry[0])
        return;
    to = to ? to : &c->lines.entry[c->lines.n++];
    *to = *entry;
    to->all = !c->active;
}

static bool rests_on_row(const struct compile_lines_entry *e, unsigned row)
{
    switch (e->kind) {
    case LINE:
        return e->at == row;
    case WIDE:
        return e->at == row || e->at + 1u == row;
    default:
        return e->sum == row || e->above[0] == (int)row || e->above[1] == (int)row;
    }
}

void compile_lines_forget_row(struct compile *c, unsigned row)
{
    for (unsigned i = c->lines.n; i-- > 0;)
        if (rests_on_row(&c->lines.entry[i], row))
            c->lines.entry[i] = c->lines.entry[--c->lines.n];
}

void compile_lines_forget_sgpr(struct compile *c, unsigned sgpr)
{
    for (unsigned i = c->lines.n; i-- > 0;)
        if (c->lines.entry[i].kind == CARRY && c->lines.entry[i].at == sgpr)
            c->lines.entry[i] = c->lines.entry[--c->lines.n];
}

void compile_lines_copy(struct compile_lines *to, const struct compile_lines *from, bool wider)
{
    to->n = 0;
    for (unsigned i = 0; i < from->n; i++)
        if (from->entry[i].all || !wider)
            to->entry[to->n++] = from->entry[i];
}

static bool entry_same(const struct compile_lines_entry *a, const struct compile_lines_entry *b)
{
    return a->kind == b->kind && a->at == b->at && a->ids == b->ids && !memcmp(a->id, b->id, sizeof a->id) &&
           a->line.base == b->line.base && a->line.step == b->line.step && a->line.fits == b->line.fits &&
           a->sum == b->sum && a->above[0] == b->above[0] && a->above[1] == b->above[1];
}

void compile_lines_keep(struct compile_lines *lines, const struct compile_lines *others)
{
    for (unsigned i = lines ? lines->n : 0; i-- > 0;) {
        unsigned j = 0;
        while (j < others->n && !entry_same(&lines->entry[i], &others->entry[j]))
            j++;
        if (j == others->n)
            lines->entry[i] = lines->entry[--lines->n];
        else
            lines->entry[i].all = lines->entry[i].all && others->entry[j].all;
    }
}

bool compile_line_get(struct compile *c, unsigned row, struct compile_line *to)
{
    const struct compile_lines_entry *e = entry_find(c, LINE, row);
    if (e)
        *to = e->line;
    return e;
}

static LLVMValueRef word(struct compile *c, uint32_t value)
{
    return compile_int(c, c->i32, value);
}

static LLVMValueRef both(struct compile *c, LLVMValueRef a, LLVMValueRef b)
{
    return a && b ? B(c, And, a, b) : a ? a : b;
}

/* The last lane's value does not overflow, as an unsigned or a signed one. */
static LLVMValueRef fits(struct compile *c, const struct compile_line *line, bool is_signed)
{
    uint32_t most = (is_signed ? INT32_MAX : UINT32_MAX) - line->step * (c->lanes - 1);
    return line->step == 0 ? NULL : B(c, ICmp, is_signed ? LLVM_SLE : LLVM_ULE, line->base, word(c, most));
}

bool compile_line_get_wide(struct compile *c, unsigned row, struct compile_line *to)
{
    const struct compile_lines_entry *e = entry_find(c, WIDE, row);
    struct compile_line low, high;
    if (e) {
        *to = e->line;
        return true;
    }
    if (!compile_line_get(c, row, &low) || !compile_line_get(c, row + 1, &high) || high.step != 0)
        return false;
    LLVMValueRef above = B(c, Shl, B(c, ZExt, high.base, c->i64), compile_int(c, c->i64, 32));
    to->base = B(c, Or, B(c, ZExt, low.base, c->i64), above);
    to->step = low.step;
    to->fits = fits(c, &low, false);
    return true;
}

void compile_line_tell(struct compile *c, unsigned row, LLVMValueRef base, uint32_t step)
{
    struct compile_lines_entry e = {.kind = LINE, .at = (uint16_t)row, .line = {.base = base, .step = step}};
    entry_add(c, &e);
}

void compile_lines_ids(struct compile *c, unsigned row, const LLVMValueRef id[3], LLVMValueRef base)
{
    struct compile_lines_entry e = {.kind = LINE,
                                    .at = (uint16_t)row,
                                    .ids = true,
                                    .id = {id[0], id[1], id[2]},
                                    .line = {.base = base, .step = 1}};
    entry_add(c, &e);
}

/* ---- sources ---- */

enum { STEP_MAX = 1 << 16 }; /* so that a wave's lanes are far from all there is */

static bool source(struct compile *c, const struct isa_operand *o, struct compile_line *to)
{
    *to = (struct compile_line){0};
    if (o->kind == ISA_VGPR)
        return compile_line_get(c, o->reg, to);
    if (o->kind == ISA_CONST)
        to->base = word(c, (uint32_t)o->value);
    else if (o->kind == ISA_SGPR && o->reg < REGION_SGPRS && c->sgprs[o->reg])
        to->base = compile_sgpr(c, o->reg);
    return to->base;
}

static bool source_wide(struct compile *c, const struct isa_operand *o, struct compile_line *to)
{
    *to = (struct compile_line){0};
    if (o->kind == ISA_VGPR)
        return compile_line_get_wide(c, o->reg, to);
    if (o->kind == ISA_CONST)
        to->base = compile_int(c, c->i64, o->value);
    else if (o->kind == ISA_SGPR && o->reg + 1 < REGION_SGPRS && c->sgprs[o->reg] && c->sgprs[o->reg + 1])
        to->base = compile_sgpr64(c, o->reg);
    return to->base;
}

static bool is_constant(const struct isa_operand *o, uint32_t *value)
{
    *value = (uint32_t)o->value;
    return o->kind == ISA_CONST;
}

/* ---- results ---- */

static void line_is(struct compile_lines_news *news, unsigned row, const struct compile_line *line)
{
    if (line->step < STEP_MAX)
        news->entry[news->n++] = (struct compile_lines_entry){
            .kind = LINE, .at = (uint16_t)row, .line = {.base = line->base, .step = line->step}};
}

static void wide_is(struct compile *c, struct compile_lines_news *news, unsigned row,
                    const struct compile_line *line)
{
    if (line->step >= STEP_MAX)
        return;
    news->entry[news->n++] = (struct compile_lines_entry){.kind = WIDE, .at = (uint16_t)row, .line = *line};
    struct compile_line low = {.base = B(c, Trunc, line->base, c->i32), .step = line->step};
    line_is(news, row, &low); /* whatever became of the upper half */
}

static struct compile_line sum(struct compile *c, const struct compile_line *a, const struct compile_line *b)
{
    return (struct compile_line){B(c, Add, a->base, b->base), a->step + b->step, both(c, a->fits, b->fits)};
}

static struct compile_line shifted(struct compile *c, const struct compile_line *a, uint32_t by,
                                   LLVMTypeRef type)
{
    return (struct compile_line){B(c, Shl, a->base, compile_int(c, type, by)),
                                 by < 16   ? a->step << by
                                 : a->step ? STEP_MAX
                                           : 0,
                                 a->fits};
}

/* ---- instructions ---- */

/* One dword of dwords; false: it is none of these, or its lanes are not in steps. */
static bool dword_find(struct compile *c, const struct isa_inst *inst, struct compile_line *r)
{
    struct compile_line s[3] = {{0}};
    isa_exec_fn *exec = inst->exec;
    uint32_t k;
    bool have[3] = {false, false, false};
    for (unsigned i = 0; i < 3 && i < inst->n_src; i++)
        have[i] = source(c, &inst->src[i], &s[i]);
    bool two = have[0] && have[1], three = two && have[2];
    if (exec == isa_v_mov_b32 && have[0])
        *r = s[0];
    else if ((exec == isa_v_add_u32 || exec == isa_v_add_co_u32) && two)
        *r = sum(c, &s[0], &s[1]);
    else if (exec == isa_v_sub_u32 && two && s[1].step == 0)
        *r = (struct compile_line){B(c, Sub, s[0].base, s[1].base), s[0].step, NULL};
    else if (exec == isa_v_subrev_u32 && two && s[0].step == 0)
        *r = (struct compile_line){B(c, Sub, s[1].base, s[0].base), s[1].step, NULL};
    else if (exec == isa_v_add3_u32 && three) {
        *r = sum(c, &s[0], &s[1]);
        *r = sum(c, r, &s[2]);
    } else if (exec == isa_v_lshlrev_b32 && have[1] && is_constant(&inst->src[0], &k))
        *r = shifted(c, &s[1], k & 31, c->i32);
    else if (exec == isa_v_lshl_add_u32 && have[0] && have[2] && is_constant(&inst->src[1], &k)) {
        *r = shifted(c, &s[0], k & 31, c->i32);
        *r = sum(c, r, &s[2]);
    } else if (exec == isa_v_add_lshl_u32 && two && is_constant(&inst->src[2], &k)) {
        *r = sum(c, &s[0], &s[1]);
        *r = shifted(c, r, k & 31, c->i32);
    } else if (exec == isa_v_mul_lo_u32 && two && s[0].step == 0 && s[1].step == 0)
        *r = (struct compile_line){B(c, Mul, s[0].base, s[1].base), 0, NULL};
    else
        return false;
    return true;
}

/* Work-item ids taken out of the register that has them all. */
static bool id_find(struct compile *c, const struct isa_inst *inst, struct compile_line *r)
{
    uint32_t k[3] = {0};
    unsigned which = 0;
    const struct isa_operand *packed = &inst->src[0];
    if (inst->exec == isa_v_and_b32) {
        bool first = is_constant(&inst->src[0], &k[0]);
        packed = &inst->src[first];
        if (!(first || is_constant(&inst->src[1], &k[0])) || k[0] != 0x3ff)
            return false;
    } else if (inst->exec == isa_v_bfe_u32) {
        if (!is_constant(&inst->src[1], &k[1]) || !is_constant(&inst->src[2], &k[2]) || k[2] != 10 ||
            k[1] % 10)
            return false;
        which = k[1] / 10;
    } else {
        return false;
    }
    const struct compile_lines_entry *e = packed->kind == ISA_VGPR ? entry_find(c, LINE, packed->reg) : NULL;
    if (!e || !e->ids || which > 2)
        return false;
    *r = (struct compile_line){e->id[which] ? e->id[which] : word(c, 0), which == 0, NULL};
    return true;
}

/* Two dwords of two. */
static bool wide_find(struct compile *c, const struct isa_inst *inst, struct compile_line *r)
{
    struct compile_line a, b;
    uint32_t k;
    if (inst->exec == isa_v_lshlrev_b64 && is_constant(&inst->src[0], &k) &&
        source_wide(c, &inst->src[1], &a)) {
        *r = shifted(c, &a, k & 63, c->i64);
        return true;
    }
    if (inst->exec == isa_v_lshl_add_u64 && is_constant(&inst->src[1], &k) &&
        source_wide(c, &inst->src[0], &a) && source_wide(c, &inst->src[2], &b)) {
        a = shifted(c, &a, k & 7, c->i64);
        *r = sum(c, &a, &b);
        return true;
    }
    return false;
}

/* The product of what all lanes have the same of, and a line added to it. */
static void multiply_add(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news)
{
    struct compile_line a, b, low, wide;
    if (!source(c, &inst->src[0], &a) || !source(c, &inst->src[1], &b) || a.step || b.step)
        return;
    LLVMValueRef product = B(c, Mul, B(c, ZExt, a.base, c->i64), B(c, ZExt, b.base, c->i64));
    if (source_wide(c, &inst->src[2], &wide)) {
        wide.base = B(c, Add, wide.base, product);
        wide_is(c, news, inst->dst.reg, &wide);
    } else if (source(c, &inst->src[2], &low)) {
        low.base = B(c, Add, low.base, B(c, Trunc, product, c->i32));
        line_is(news, inst->dst.reg, &low);
    }
}

/* The lower half of a sum, whose upper half may follow. */
static void carry_find(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news)
{
    struct compile_line part[2] = {{0}};
    struct compile_lines_entry e = {.kind = CARRY, .sum = inst->dst.reg, .above = {-1, -1}};
    e.at = inst->sdst.kind == ISA_SGPR ? inst->sdst.reg : ISA_VCC;
    for (unsigned i = 0; i < 2; i++) {
        const struct isa_operand *o = &inst->src[i];
        if (o->kind == ISA_VGPR && compile_line_get_wide(c, o->reg, &part[i])) {
            e.above[i] = (int16_t)(o->reg + 1);
        } else if (o->kind != ISA_VGPR && source(c, o, &part[i])) {
            part[i].base = B(c, ZExt, part[i].base, c->i64);
        } else {
            return;
        }
    }
    e.line = sum(c, &part[0], &part[1]);
    if (inst->sdst.kind != ISA_NULL && e.above[0] != inst->dst.reg && e.above[1] != inst->dst.reg)
        news->entry[news->n++] = e;
}

/* The upper half of a source: where its lower half told, or a scalar, which is added now. */
static bool above_take(struct compile *c, const struct isa_operand *o, int above, struct compile_line *line)
{
    struct compile_line scalar;
    if (above >= 0)
        return o->kind == ISA_VGPR && o->reg == (unsigned)above;
    if (o->kind == ISA_VGPR && (!compile_line_get(c, o->reg, &scalar) || scalar.step))
        return false;
    if (!source(c, o, &scalar))
        return false;
    LLVMValueRef high = B(c, Shl, B(c, ZExt, scalar.base, c->i64), compile_int(c, c->i64, 32));
    line->base = B(c, Add, line->base, high);
    return true;
}

static void sum_find(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news)
{
    unsigned carry = inst->n_src > 2 && inst->src[2].kind == ISA_SGPR ? inst->src[2].reg : ISA_VCC;
    const struct compile_lines_entry *e = entry_find(c, CARRY, carry);
    if (!e || e->sum + 1u != inst->dst.reg)
        return;
    struct compile_line line = e->line, other = e->line;
    if ((above_take(c, &inst->src[0], e->above[0], &line) &&
         above_take(c, &inst->src[1], e->above[1], &line)))
        wide_is(c, news, e->sum, &line);
    else if (above_take(c, &inst->src[0], e->above[1], &other) &&
             above_take(c, &inst->src[1], e->above[0], &other))
        wide_is(c, news, e->sum, &other);
}

/* A sign behind its dword. */
static void sign_find(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news)
{
    struct compile_line low;
    uint32_t k;
    const struct isa_operand *o = &inst->src[1];
    if (o->kind != ISA_VGPR || o->reg + 1u != inst->dst.reg || !is_constant(&inst->src[0], &k) || k != 31 ||
        !compile_line_get(c, o->reg, &low))
        return;
    struct compile_line wide = {B(c, SExt, low.base, c->i64), low.step, fits(c, &low, true)};
    wide_is(c, news, o->reg, &wide);
}

void compile_lines_find(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news)
{
    struct compile_line line;
    news->n = 0;
    if (inst->dst.kind != ISA_VGPR || inst->sdwa || inst->dpp16 || inst->dpp8 || inst->clamp || inst->opsel)
        return;
    if (id_find(c, inst, &line) || dword_find(c, inst, &line))
        line_is(news, inst->dst.reg, &line);
    if (wide_find(c, inst, &line))
        wide_is(c, news, inst->dst.reg, &line);
    if (inst->exec == isa_v_mad_u64_u32)
        multiply_add(c, inst, news);
    if (inst->exec == isa_v_add_co_u32)
        carry_find(c, inst, news);
    if (inst->exec == isa_v_addc_co_u32)
        sum_find(c, inst, news);
    if (inst->exec == isa_v_ashrrev_i32)
        sign_find(c, inst, news);
}

LLVMValueRef compile_lines_row(struct compile *c, const struct compile_lines_news *news, unsigned row)
{
    LLVMValueRef steps[64];
    for (unsigned n = 0; n < news->n; n++) {
        const struct compile_lines_entry *e = &news->entry[n];
        if (e->kind != LINE || e->at != row)
            continue;
        for (unsigned i = 0; i < c->lanes; i++)
            steps[i] = word(c, i * e->line.step);
        LLVMValueRef all = compile_each(c, e->line.base);
        return e->line.step ? B(c, Add, all, c->l->ConstVector(steps, c->lanes)) : all;
    }
    return NULL;
}

void compile_lines_tell(struct compile *c, const struct compile_lines_news *news)
{
    for (unsigned i = 0; i < news->n; i++)
        entry_add(c, &news->entry[i]);
}
