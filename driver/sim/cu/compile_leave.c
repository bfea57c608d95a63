/*
 * compile_leave.c - how a region's function is left, what is done about NaNs, and calls of operations' own
 * functions.
 */
#include "compile_parts.h"

/* ---- leaving ---- */

LLVMValueRef compile_op_at(struct compile *c, int32_t slot)
{
    return compile_at(c, c->op, ((int64_t)slot - c->region->head) * (int64_t)sizeof(struct isa_op));
}

LLVMValueRef compile_op_pointer(struct compile *c)
{
    return compile_op_at(c, c->now->slot);
}

void compile_left_store(struct compile *c, unsigned done)
{
    LLVMValueRef left = B(c, Sub, compile_place_get(c, c->i32, c->left), compile_int(c, c->i32, done));
    compile_store(c, left, c->state, offsetof(struct op_state, left));
}

void compile_leave_with(struct compile *c, LLVMValueRef next)
{
    c->l->BuildRet(c->b, next);
}

/* For the operation at that slot; done: instructions of the block that were run. */
void compile_leave(struct compile *c, int32_t slot)
{
    compile_registers_store(c, &c->dirty);
    compile_left_store(c, c->done);
    compile_leave_with(c, compile_op_at(c, slot));
}

LLVMValueRef compile_all_active(struct compile *c)
{
    return B(c, ICmp, LLVM_EQ, compile_mask_sgprs(c, ISA_EXEC), c->l->ConstAllOnes(c->mask_int));
}

LLVMValueRef compile_address(struct compile *c, uintptr_t at)
{
    return B(c, IntToPtr, compile_int(c, c->i64, at), c->pointer);
}

LLVMValueRef compile_pc(struct compile *c, int32_t slot)
{
    LLVMValueRef va = compile_load(c, c->i64, c->state, offsetof(struct op_state, page_va));
    return B(c, Add, va, compile_int(c, c->i64, (uint64_t)((int64_t)slot * 4)));
}

void compile_leave_for(struct compile *c, LLVMValueRef pc)
{
    compile_store(c, pc, c->wave, offsetof(struct isa_wave, pc));
    compile_leave_with(c, c->l->ConstNull(c->pointer));
}

/* ---- NaNs, and going back ---- */

/* Operations by their own functions. */
static const struct isa_op *run_again(struct isa_wave *w, const struct isa_op *op, uint32_t n)
{
    struct op_state *s = w->ops;
    for (; n > 0 && op; n--) {
        s->left -= op->count;
        op = (op->plain ? op->plain : op->run)(w, op);
    }
    return op;
}

/* What is dirty, as it is now; the wave's memory has the rest, and keeps it until the operations' end is
 * known. */
static void safe_take(struct compile *c)
{
    c->safe = c->now;
    c->safe_done = c->done - c->now->count;
    for (unsigned i = 0; i < REGION_ROWS; i++)
        c->safe_rows[i] = region_has(c->dirty.rows, i) && c->rows[i] ? compile_row(c, i) : NULL;
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        c->safe_sgprs[i] = region_has(c->dirty.sgprs, i) && c->sgprs[i] ? compile_sgpr(c, i) : NULL;
    c->safe_scc = c->dirty.scc ? compile_scc(c) : NULL;
}

static void go_back(struct compile *c)
{
    unsigned n = 0;
    compile_noise_fill(c);
    for (const struct region_op *r = c->safe; r < c->now && n < REGION_OPS; n++)
        r = region_at(c->region, r->slot + r->step);
    n += c->after;
    for (unsigned i = 0; i < REGION_ROWS; i++)
        if (c->safe_rows[i])
            compile_row_store(c, i, c->safe_rows[i]);
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (c->safe_sgprs[i])
            compile_store(c, c->safe_sgprs[i], c->wave, compile_sgpr_home(i));
    if (c->safe_scc)
        compile_scc_store(c, c->safe_scc);
    compile_left_store(c, c->safe_done);
    LLVMValueRef args[] = {c->wave, compile_op_at(c, c->safe->slot), compile_int(c, c->i32, n)};
    LLVMValueRef next = compile_host_call(c, (uintptr_t)run_again, c->pointer, args, 3);
    compile_call_is(c, next, "cold");
    compile_leave_with(c, next);
}

/* The wave goes on elsewhere, from its beginning: for that, nothing of it need be kept. */
static LLVMBasicBlockRef restart(struct compile *c)
{
    if (c->restart)
        return c->restart;
    LLVMBasicBlockRef here = c->l->GetInsertBlock(c->b);
    c->restart = compile_block_new(c);
    compile_block_begin(c, c->restart);
    compile_start_make(c);
    compile_store(c, compile_place_get(c, c->i32, c->left_begin), c->state, offsetof(struct op_state, left));
    compile_leave_with(c, compile_op_at(c, (int32_t)c->region->head));
    compile_block_begin(c, here);
    return c->restart;
}

static LLVMValueRef nans_any(struct compile *c)
{
    LLVMValueRef bits = c->nan[0].bits;
    for (unsigned i = 1; i < c->n_nans; i++)
        bits = B(c, Or, bits, c->nan[i].bits);
    return bits;
}

LLVMValueRef compile_may_be_nan(struct compile *c, LLVMValueRef floats)
{
    if (!c->n_nans && !c->fresh)
        safe_take(c);
    LLVMValueRef bits = B(c, FCmp, LLVM_UNO, floats, floats);
    if (c->active)
        bits = B(c, And, bits, c->active);
    if (c->n_nans == sizeof c->nan / sizeof c->nan[0]) {
        c->nan[0] = (struct compile_nan){nans_any(c), -1};
        c->n_nans = 1;
    }
    c->nan[c->n_nans++] = (struct compile_nan){bits, -1};
    return bits;
}

void compile_nan_is_row(struct compile *c, LLVMValueRef bits, unsigned row)
{
    for (unsigned i = 0; i < c->n_nans; i++)
        if (c->nan[i].bits == bits)
            c->nan[i].row = (int)row;
}

void compile_nan_forget_row(struct compile *c, unsigned row)
{
    for (unsigned i = 0; i < c->n_nans; i++)
        if (c->nan[i].row == (int)row)
            c->nan[i].row = -1;
}

void compile_nan_drop_row(struct compile *c, unsigned row)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->n_nans; i++)
        if (c->nan[i].row != (int)row)
            c->nan[n++] = c->nan[i];
    c->n_nans = n;
}

/* Code is written for where there is one; the rest goes on as if there were none. */
static void nans_check(struct compile *c)
{
    if (c->fresh) {
        LLVMBasicBlockRef none = compile_block_new(c);
        c->l->BuildCondBr(c->b, compile_any(c, nans_any(c)), restart(c), none);
        compile_block_begin(c, none);
        return;
    }
    LLVMBasicBlockRef back = compile_branch_if(c, compile_any(c, nans_any(c))),
                      here = c->l->GetInsertBlock(c->b);
    compile_block_begin(c, back);
    go_back(c);
    compile_block_begin(c, here);
}

void compile_settle(struct compile *c)
{
    if (c->n_nans)
        nans_check(c);
    c->n_nans = 0;
}

void compile_shown(struct compile *c)
{
    compile_settle(c);
    c->fresh = false;
}

/* ---- calls ---- */

static LLVMValueRef call_of(struct compile *c, uintptr_t at)
{
    LLVMValueRef args[] = {c->wave, compile_op_at(c, c->now->slot)};
    return compile_host_call(c, at, c->pointer, args, 2);
}

LLVMValueRef compile_own_call(struct compile *c)
{
    return call_of(c, (uintptr_t)c->now->run);
}

static bool mode_may_change(const struct region_op *r)
{
    return !r->known;
}

/* Goes on if the operation that came out is the next one. */
static void call_go_on(struct compile *c, LLVMValueRef next)
{
    LLVMValueRef other = B(c, ICmp, LLVM_NE, next, compile_op_at(c, c->now->slot + c->now->step));
    if (mode_may_change(c->now)) {
        LLVMValueRef mode = compile_load(c, c->i32, c->state, offsetof(struct op_state, mode));
        other = B(c, Or, other, B(c, ICmp, LLVM_NE, mode, compile_int(c, c->i32, c->region->mode)));
    }
    LLVMBasicBlockRef out = compile_branch_if(c, other), here = c->l->GetInsertBlock(c->b);
    compile_block_begin(c, out);
    compile_leave_with(c, next);
    compile_block_begin(c, here);
}

void compile_call(struct compile *c)
{
    compile_shown(c);
    compile_registers_store(c, &c->dirty);
    compile_left_store(c, c->done);
    call_go_on(c, compile_own_call(c));
    compile_registers_load(c, c->now->known ? &c->now->writes : NULL);
    c->dirty = (struct region_set){0};
}

/* By its own function, and what comes then is come to often, too. */
static const struct isa_op *run_slowly(struct isa_wave *w, const struct isa_op *op)
{
    const struct isa_op *next = (op->plain ? op->plain : op->run)(w, op);
    if (next)
        op_leads(next);
    return next;
}

LLVMBasicBlockRef compile_aside(struct compile *c)
{
    return c->fresh ? restart(c) : compile_block_new(c);
}

void compile_aside_end(struct compile *c, LLVMBasicBlockRef aside)
{
    if (aside == c->restart)
        return;
    LLVMBasicBlockRef here = c->l->GetInsertBlock(c->b);
    compile_block_begin(c, aside);
    if (c->n_nans)
        nans_check(c);
    compile_registers_store(c, &c->dirty);
    compile_left_store(c, c->done);
    LLVMValueRef next = call_of(c, (uintptr_t)run_slowly);
    compile_call_is(c, next, "cold");
    compile_leave_with(c, next);
    compile_block_begin(c, here);
}
