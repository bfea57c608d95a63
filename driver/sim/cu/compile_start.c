/*
 * compile_start.c - functions in which waves begin: one after the other, as long as their lanes are all
 * active and each ends there (start.h).
 *
 * Scalar loads before the first branch whose addresses are the same for all waves of a group are done once:
 * scalar caches need not be coherent with anything that happens meanwhile.
 */
#include "compile_parts.h"

#include "exec_scalar.h"

#include <isa/isa_table.h>

#include <stdlib.h>

#define START_AT(member) ((int64_t)offsetof(struct isa_start, member))

static LLVMValueRef of_start(struct compile *c, int64_t at)
{
    return compile_load(c, c->i32, c->start, at);
}

static LLVMValueRef number_get(struct compile *c)
{
    return compile_place_get(c, c->i32, c->number);
}

/* So many operations remember where they found memory; it takes registers of the host. */
enum { WINDOWS = 16 };

static void windows_make(struct compile *c)
{
    unsigned n = 0;
    c->windows = calloc(c->region->n, sizeof *c->windows);
    c->failed = c->failed || !c->windows;
    for (unsigned i = 0; c->windows && i < c->region->n && n < WINDOWS; i++)
        if (compile_has_window(&c->region->ops[i])) {
            n++;
            for (unsigned j = 0; j < WINDOW_PLACES; j++)
                c->windows[i][j] = B(c, Alloca, c->i64);
        }
}

void compile_start_places(struct compile *c)
{
    windows_make(c);
    c->number = B(c, Alloca, c->i32);
    c->left_begin = B(c, Alloca, c->i32);
    for (unsigned i = 0; i < 3; i++)
        c->place[i] = B(c, Alloca, c->i32);
}

/* ---- registers that a wave begins with ---- */

static bool known(const struct compile *c, unsigned sgpr)
{
    const struct start_layout *layout = &c->region->layout;
    return region_has(layout->known, sgpr) && sgpr != layout->wave_at && sgpr != layout->info_at;
}

/* A call that goes away where nobody looks at what it brings: of the isa_start and the wave's number. */
static LLVMValueRef noise_of(struct compile *c, LLVMTypeRef type, uintptr_t function, unsigned which)
{
    static const char *const facts[] = {"memory", "nounwind", "willreturn"};
    LLVMValueRef args[] = {c->start, number_get(c), compile_int(c, c->i32, which)};
    LLVMValueRef call = compile_host_call(c, function, type, args, 3);
    for (unsigned i = 0; i < sizeof facts / sizeof facts[0]; i++)
        compile_call_is(c, call, facts[i]);
    return call;
}

/* A vector register that nobody set. Where it is not read it does not matter what it holds, though it may be
 * written back. */
static LLVMValueRef row_noise(struct compile *c, unsigned row)
{
    if (!region_has(c->region->unset, row) || row >= 256)
        return compile_each_int(c, c->i32, 0x9e3779b9 * (row + 1));
    LLVMValueRef from = noise_of(c, c->pointer, (uintptr_t)start_noise_row, row);
    LLVMValueRef change = noise_of(c, c->i64, (uintptr_t)start_noise_change, row);
    LLVMTypeRef type = c->l->VectorType(c->i64, c->lanes / 2);
    LLVMValueRef all = B(c, InsertElement, c->l->GetPoison(type), change, compile_int(c, c->i32, 0));
    all = B(c, ShuffleVector, all, c->l->GetPoison(type),
            c->l->ConstNull(c->l->VectorType(c->i32, c->lanes / 2)));
    return B(c, BitCast, B(c, Xor, compile_load(c, type, from, 0), all), c->row);
}

static LLVMValueRef info(struct compile *c)
{
    LLVMValueRef is_first = B(c, ICmp, LLVM_EQ, number_get(c), compile_int(c, c->i32, 0));
    LLVMValueRef bit = B(c, Shl, B(c, ZExt, is_first, c->i32), compile_int(c, c->i32, 31));
    return B(c, Or, bit, of_start(c, START_AT(n_waves)));
}

static LLVMValueRef sgpr_begin(struct compile *c, unsigned n)
{
    const struct start_layout *layout = &c->region->layout;
    if (n == ISA_EXEC || n == ISA_EXEC + 1)
        return compile_int(c, c->i32, n == ISA_EXEC || c->lanes == 64 ? UINT32_MAX : 0);
    if (n == layout->info_at)
        return info(c);
    if (n == layout->wave_at)
        return B(c, Shl, number_get(c), compile_int(c, c->i32, 25));
    return noise_of(c, c->i32, (uintptr_t)start_noise, n);
}

static LLVMValueRef lanes_from(struct compile *c, LLVMValueRef first)
{
    LLVMValueRef numbers[64];
    for (unsigned i = 0; i < c->lanes; i++)
        numbers[i] = compile_int(c, c->i32, i);
    return B(c, Add, compile_each(c, first), c->l->ConstVector(numbers, c->lanes));
}

static LLVMValueRef row_begin(struct compile *c, unsigned row)
{
    const struct start_layout *layout = &c->region->layout;
    LLVMValueRef x = compile_place_get(c, c->i32, c->place[0]), id[3] = {x};
    if (row >= start_rows(layout))
        return row_noise(c, row);
    for (unsigned i = 1; i < 3 && i <= layout->dimensions; i++)
        id[i] = compile_place_get(c, c->i32, c->place[i]);
    if (!layout->packed) {
        compile_line_tell(c, row, id[row], row == 0);
        return row == 0 ? lanes_from(c, x) : compile_each(c, id[row]);
    }
    for (unsigned i = 1; i < 3 && i <= layout->dimensions; i++)
        x = B(c, Or, x, B(c, Shl, id[i], compile_int(c, c->i32, (uint64_t)10 * i)));
    compile_lines_ids(c, row, id, x);
    return lanes_from(c, x);
}

static void registers_begin(struct compile *c, const LLVMValueRef *values)
{
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (c->sgprs[i])
            compile_place_set(c, c->sgprs[i], values[i] ? values[i] : sgpr_begin(c, i));
    for (unsigned i = 0; i < REGION_ROWS; i++)
        if (c->rows[i])
            compile_place_set(c, c->rows[i], row_begin(c, i));
    compile_place_set(c, c->scc, compile_int(c, c->i1, 0));
}

/* ---- loads for all waves ---- */

struct same { /* what is the same in all waves, at a place of the code */
    uint64_t sgprs[REGION_SGPRS / 64];
    bool scc;
};

static bool operand_same(const struct same *same, const struct isa_operand *o)
{
    unsigned n = o->dwords ? o->dwords : 1;
    if (o->kind == ISA_CONST || o->kind == ISA_NONE || o->kind == ISA_NULL)
        return true;
    if (o->kind != ISA_SGPR || o->reg + n > REGION_SGPRS)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!region_has(same->sgprs, o->reg + i))
            return false;
    return true;
}

/* Does the operation come to the same in all waves? */
static bool op_same(const struct same *same, const struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    bool all = same->scc;
    for (unsigned i = 0; i < 4; i++)
        all = all && (inst->src[i].kind == ISA_NONE || operand_same(same, &inst->src[i]));
    return all && (compile_fetches(r) || (inst->format <= ISA_SOPC && r->known));
}

static void same_mark(struct same *same, const struct region_op *r, bool is)
{
    for (unsigned i = 0; i < REGION_SGPRS / 64; i++)
        if (is)
            same->sgprs[i] |= r->writes.sgprs[i];
        else
            same->sgprs[i] &= ~r->writes.sgprs[i];
    same->scc = same->scc && (is || !r->writes.scc);
}

static bool fetch(struct compile *c, LLVMBasicBlockRef failed)
{
    LLVMValueRef *values = calloc(16, sizeof(LLVMValueRef));
    if (!values)
        return false;
    c->fetched[c->now - c->region->ops] = values;
    compile_fetch(c, failed, values);
    compile_fetched(c, values);
    return true;
}

static void fetch_all(struct compile *c, LLVMBasicBlockRef failed)
{
    struct same same = {.scc = true};
    const struct region_op *r = region_at(c->region, (int32_t)c->region->head);
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (known(c, i))
            same.sgprs[i / 64] |= UINT64_C(1) << i % 64;
    for (bool first = true; r && r->end == REGION_GOES_ON && !r->forks && (first || !r->leads) && r->known;
         first = false) {
        bool is = op_same(&same, r);
        c->now = r;
        if (is && compile_fetches(r))
            is = fetch(c, failed);
        else if (is)
            is = compile_scalar(c);
        if (r->inst.exec != isa_nothing)
            same_mark(&same, r, is);
        r = region_at(c->region, r->slot + r->step);
    }
}

bool compile_start_fetched(struct compile *c)
{
    LLVMValueRef *values = c->fetched ? c->fetched[c->now - c->region->ops] : NULL;
    if (values)
        compile_fetched(c, values);
    return values;
}

void compile_start_free(struct compile *c)
{
    for (unsigned i = 0; c->fetched && i < c->region->n; i++)
        free(c->fetched[i]);
    free(c->fetched);
    free(c->windows);
}

/* ---- from wave to wave, and from group to group ---- */

static void leave_between(struct compile *c)
{
    compile_store(c, number_get(c), c->start, START_AT(number));
    compile_left_store(c, 0);
    compile_leave_with(c, c->l->ConstNull(c->pointer));
}

static void once(struct compile *c)
{
    c->fetched = calloc(c->region->n, sizeof *c->fetched);
    c->failed = c->failed || !c->fetched;
    c->start = compile_load(c, c->pointer, c->state, offsetof(struct op_state, start));
    compile_place_set(c, c->left, compile_load(c, c->i32, c->state, offsetof(struct op_state, left)));
    for (unsigned i = 0; c->windows && i < c->region->n; i++)
        for (unsigned j = 0; j < WINDOW_PLACES && c->windows[i][j]; j++)
            compile_place_set(c, c->windows[i][j], compile_int(c, c->i64, 0));
    LLVMValueRef group = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, group));
    c->lds = compile_load(c, c->pointer, group, offsetof(struct isa_group, lds));
    c->lds_bytes = compile_load(c, c->i32, group, offsetof(struct isa_group, lds_bytes));
}

/* Where it is, and what all its waves begin with. */
static void group_begin(struct compile *c, LLVMValueRef *values, LLVMBasicBlockRef failed)
{
    compile_place_set(c, c->number, of_start(c, START_AT(number)));
    for (unsigned i = 0; i < 3; i++)
        compile_place_set(c, c->place[i], of_start(c, START_AT(place) + 4 * i));
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (c->sgprs[i] && known(c, i)) {
            values[i] = of_start(c, START_AT(sgpr) + 4 * i);
            compile_place_set(c, c->sgprs[i], values[i]);
        }
    compile_place_set(c, c->scc, compile_int(c, c->i1, 0));
    if (!c->failed)
        fetch_all(c, failed);
}

/* The next group, if there is one for this thread and time for it. */
static void group_next(struct compile *c, LLVMBasicBlockRef group)
{
    LLVMBasicBlockRef out = compile_block_new(c);
    compile_store(c, number_get(c), c->start, START_AT(number));
    compile_left_store(c, 0);
    LLVMValueRef more = compile_host_call(c, (uintptr_t)start_next_group, c->i8, &c->start, 1);
    c->l->BuildCondBr(c->b, B(c, ICmp, LLVM_NE, more, compile_int(c, c->i8, 0)), group, out);
    compile_block_begin(c, out);
    compile_leave_with(c, c->l->ConstNull(c->pointer));
}

void compile_start_enter(struct compile *c)
{
    LLVMValueRef values[REGION_SGPRS] = {0};
    LLVMBasicBlockRef group = compile_block_new(c), failed = compile_block_new(c),
                      between = compile_block_new(c), go = compile_block_new(c);
    c->begin = compile_block_new(c);
    once(c);
    c->l->BuildBr(c->b, group);
    compile_block_begin(c, group);
    group_begin(c, values, failed);
    c->l->BuildBr(c->b, c->begin);
    compile_block_begin(c, failed);
    leave_between(c);
    compile_block_begin(c, between);
    group_next(c, group);
    compile_block_begin(c, c->begin);
    LLVMValueRef left = compile_place_get(c, c->i32, c->left);
    LLVMValueRef over = B(c, ICmp, LLVM_UGE, number_get(c), of_start(c, START_AT(end)));
    over = B(c, Or, over, B(c, ICmp, LLVM_SLE, left, compile_int(c, c->i32, 0)));
    c->l->BuildCondBr(c->b, over, between, go);
    compile_block_begin(c, go);
    compile_place_set(c, c->left_begin, left);
    c->lines.n = 0;
    registers_begin(c, values);
    c->fresh = true;
    compile_go_head(c);
}

void compile_start_make(struct compile *c)
{
    compile_store(c, number_get(c), c->start, START_AT(number));
    LLVMValueRef made = compile_host_call(c, (uintptr_t)start_make, c->nothing, &c->start, 1);
    compile_call_is(c, made, "cold");
}

/* Of the group, by what a wave has work-items. */
static void place_advance(struct compile *c)
{
    LLVMValueRef more = compile_int(c, c->i32, c->lanes), nothing = compile_int(c, c->i32, 0);
    for (unsigned i = 0; i < 3; i++) {
        LLVMValueRef at = B(c, Add, compile_place_get(c, c->i32, c->place[i]), more);
        if (i < 2) {
            LLVMValueRef over = B(c, ICmp, LLVM_UGE, at, of_start(c, START_AT(size) + 4 * i));
            at = B(c, Select, over, nothing, at);
            more = B(c, ZExt, over, c->i32);
        }
        compile_place_set(c, c->place[i], at);
    }
}

void compile_start_next(struct compile *c)
{
    LLVMValueRef made = compile_load(c, c->i8, c->start, START_AT(made));
    LLVMBasicBlockRef out = compile_branch_if(c, B(c, ICmp, LLVM_NE, made, compile_int(c, c->i8, 0))),
                      here = c->l->GetInsertBlock(c->b);
    compile_block_begin(c, out);
    compile_store(c, compile_int(c, c->i32, ISA_ENDED), c->wave, offsetof(struct isa_wave, state));
    compile_left_store(c, c->done);
    compile_leave_with(c, c->l->ConstNull(c->pointer));
    compile_block_begin(c, here);
    LLVMValueRef left = compile_place_get(c, c->i32, c->left);
    compile_place_set(c, c->left, B(c, Sub, left, compile_int(c, c->i32, c->done)));
    compile_place_set(c, c->number, B(c, Add, number_get(c), compile_int(c, c->i32, 1)));
    place_advance(c);
    c->l->BuildBr(c->b, c->begin);
}
