/*
 * compile_registers.c - values, and the registers of a wave as places that LLVM makes values of.
 */
#include "compile_parts.h"

/* ---- values ---- */

LLVMValueRef compile_int(struct compile *c, LLVMTypeRef type, uint64_t value)
{
    return c->l->ConstInt(type, value, 0);
}

LLVMTypeRef compile_vector_of(struct compile *c, LLVMTypeRef type)
{
    return c->l->VectorType(type, c->lanes);
}

LLVMValueRef compile_each(struct compile *c, LLVMValueRef value)
{
    LLVMTypeRef type = compile_vector_of(c, c->l->TypeOf(value));
    LLVMValueRef one = B(c, InsertElement, c->l->GetPoison(type), value, compile_int(c, c->i32, 0));
    return B(c, ShuffleVector, one, c->l->GetPoison(type), c->l->ConstNull(compile_vector_of(c, c->i32)));
}

LLVMValueRef compile_each_int(struct compile *c, LLVMTypeRef type, uint64_t value)
{
    LLVMValueRef all[64], one = compile_int(c, type, value);
    for (unsigned i = 0; i < c->lanes; i++)
        all[i] = one;
    return c->l->ConstVector(all, c->lanes);
}

LLVMValueRef compile_intrinsic(struct compile *c, const char *name, LLVMTypeRef *types, unsigned n_types,
                               LLVMValueRef *args, unsigned n)
{
    unsigned id = c->l->LookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = c->l->GetIntrinsicDeclaration(c->module, id, types, n_types);
    return B(c, Call2, c->l->IntrinsicGetType(c->context, id, types, n_types), function, args, n);
}

LLVMValueRef compile_host_call(struct compile *c, uintptr_t function, LLVMTypeRef result, LLVMValueRef *args,
                               unsigned n)
{
    LLVMTypeRef types[8];
    for (unsigned i = 0; i < n; i++)
        types[i] = c->l->TypeOf(args[i]);
    return B(c, Call2, c->l->FunctionType(result, types, n, 0), compile_address(c, function), args, n);
}

void compile_call_is(struct compile *c, LLVMValueRef call, const char *fact)
{
    unsigned kind = c->l->GetEnumAttributeKindForName(fact, strlen(fact));
    c->l->AddCallSiteAttribute(call, UINT32_MAX, c->l->CreateEnumAttribute(c->context, kind, 0));
}

LLVMValueRef compile_at(struct compile *c, LLVMValueRef pointer, int64_t bytes)
{
    LLVMValueRef index = compile_int(c, c->i64, (uint64_t)bytes);
    return bytes ? B(c, GEP2, c->i8, pointer, &index, 1) : pointer;
}

LLVMValueRef compile_load(struct compile *c, LLVMTypeRef type, LLVMValueRef pointer, int64_t bytes)
{
    LLVMValueRef load = B(c, Load2, type, compile_at(c, pointer, bytes));
    c->l->SetAlignment(load, 1);
    return load;
}

void compile_store(struct compile *c, LLVMValueRef value, LLVMValueRef pointer, int64_t bytes)
{
    c->l->SetAlignment(c->l->BuildStore(c->b, value, compile_at(c, pointer, bytes)), 1);
}

LLVMBasicBlockRef compile_block_new(struct compile *c)
{
    return c->l->AppendBasicBlockInContext(c->context, c->function, "");
}

void compile_block_begin(struct compile *c, LLVMBasicBlockRef block)
{
    c->l->PositionBuilderAtEnd(c->b, block);
}

/* Goes on in a new block if not, with the other one to be written. */
LLVMBasicBlockRef compile_branch_if(struct compile *c, LLVMValueRef condition)
{
    LLVMBasicBlockRef then = compile_block_new(c), otherwise = compile_block_new(c);
    c->l->BuildCondBr(c->b, condition, then, otherwise);
    compile_block_begin(c, otherwise);
    return then;
}

/* ---- registers ---- */

static void set_put(uint64_t *set, unsigned n)
{
    set[n / 64] |= UINT64_C(1) << n % 64;
}

LLVMValueRef compile_place_get(struct compile *c, LLVMTypeRef type, LLVMValueRef place)
{
    if (!place) {
        c->failed = true;
        return c->l->ConstNull(type);
    }
    return B(c, Load2, type, place);
}

void compile_place_set(struct compile *c, LLVMValueRef place, LLVMValueRef value)
{
    if (place)
        c->l->BuildStore(c->b, value, place);
    else
        c->failed = true;
}

LLVMValueRef compile_row(struct compile *c, unsigned row)
{
    return compile_place_get(c, c->row, row < REGION_ROWS ? c->rows[row] : NULL);
}

void compile_row_set(struct compile *c, unsigned row, LLVMValueRef value)
{
    if (c->active)
        value = B(c, Select, c->active, value, compile_row(c, row));
    compile_lines_forget_row(c, row);
    compile_nan_forget_row(c, row);
    compile_place_set(c, row < REGION_ROWS ? c->rows[row] : NULL, value);
    if (row < REGION_ROWS)
        set_put(c->dirty.rows, row);
}

LLVMValueRef compile_sgpr(struct compile *c, unsigned n)
{
    return compile_place_get(c, c->i32, n < REGION_SGPRS ? c->sgprs[n] : NULL);
}

void compile_sgpr_set(struct compile *c, unsigned n, LLVMValueRef value)
{
    compile_lines_forget_sgpr(c, n);
    if (n < REGION_SGPRS)
        c->private_end[n] = 0;
    compile_place_set(c, n < REGION_SGPRS ? c->sgprs[n] : NULL, value);
    if (n < REGION_SGPRS)
        set_put(c->dirty.sgprs, n);
}

LLVMValueRef compile_sgpr64(struct compile *c, unsigned n)
{
    LLVMValueRef low = B(c, ZExt, compile_sgpr(c, n), c->i64),
                 high = B(c, ZExt, compile_sgpr(c, n + 1), c->i64);
    return B(c, Or, low, B(c, Shl, high, compile_int(c, c->i64, 32)));
}

void compile_sgpr64_set(struct compile *c, unsigned n, LLVMValueRef value)
{
    compile_sgpr_set(c, n, B(c, Trunc, value, c->i32));
    compile_sgpr_set(c, n + 1, B(c, Trunc, B(c, LShr, value, compile_int(c, c->i64, 32)), c->i32));
}

LLVMValueRef compile_scc(struct compile *c)
{
    return compile_place_get(c, c->i1, c->scc);
}

void compile_scc_set(struct compile *c, LLVMValueRef value)
{
    compile_place_set(c, c->scc, value);
    c->dirty.scc = true;
}

LLVMValueRef compile_mask_int(struct compile *c, LLVMValueRef bits)
{
    return B(c, BitCast, bits, c->mask_int);
}

LLVMValueRef compile_mask_bits(struct compile *c, LLVMValueRef integer)
{
    return B(c, BitCast, integer, c->bits);
}

LLVMValueRef compile_mask_sgprs(struct compile *c, unsigned sgpr)
{
    return c->lanes == 64 ? compile_sgpr64(c, sgpr) : compile_sgpr(c, sgpr);
}

LLVMValueRef compile_mask(struct compile *c, unsigned sgpr)
{
    return compile_mask_bits(c, compile_mask_sgprs(c, sgpr));
}

void compile_mask_set(struct compile *c, unsigned sgpr, LLVMValueRef bits)
{
    if (c->active)
        bits = B(c, And, bits, c->active);
    LLVMValueRef value = compile_mask_int(c, bits);
    if (c->lanes == 64)
        compile_sgpr64_set(c, sgpr, value);
    else
        compile_sgpr_set(c, sgpr, value);
}

LLVMValueRef compile_exec(struct compile *c)
{
    return c->active ? compile_mask_sgprs(c, ISA_EXEC) : c->l->ConstAllOnes(c->mask_int);
}

LLVMValueRef compile_any(struct compile *c, LLVMValueRef bits)
{
    return B(c, ICmp, LLVM_NE, compile_mask_int(c, bits), c->l->ConstNull(c->mask_int));
}

/* ---- registers and the wave's memory ---- */

static LLVMValueRef row_home(struct compile *c, unsigned row, int64_t *bytes)
{
    *bytes = (int64_t)(row % 256) * VEC_LANES * 4;
    return row < 256 ? c->vgpr : c->agpr;
}

int64_t compile_sgpr_home(unsigned n)
{
    return (int64_t)(offsetof(struct isa_wave, sgpr) + n * sizeof(uint32_t));
}

void compile_row_store(struct compile *c, unsigned row, LLVMValueRef value)
{
    int64_t bytes;
    LLVMValueRef home = row_home(c, row, &bytes);
    compile_store(c, value, home, bytes);
}

void compile_scc_store(struct compile *c, LLVMValueRef value)
{
    compile_store(c, B(c, ZExt, value, c->i8), c->wave, offsetof(struct isa_wave, scc));
}

static LLVMValueRef row_load(struct compile *c, unsigned row)
{
    int64_t bytes;
    LLVMValueRef home = row_home(c, row, &bytes);
    return compile_load(c, c->row, home, bytes);
}

static LLVMValueRef scc_load(struct compile *c)
{
    return B(c, Trunc, compile_load(c, c->i8, c->wave, offsetof(struct isa_wave, scc)), c->i1);
}

/* Before anything is written there: registers that the code has no need of. */
void compile_noise_fill(struct compile *c)
{
    if (c->start)
        compile_start_make(c);
    else if (c->region->filled == REGION_ROWS)
        return;
    LLVMBasicBlockRef fill = compile_block_new(c), filled = compile_block_new(c);
    LLVMValueRef noise = compile_load(c, c->i64, c->wave, offsetof(struct isa_wave, noise));
    c->l->BuildCondBr(c->b, B(c, ICmp, LLVM_NE, noise, compile_int(c, c->i64, 0)), fill, filled);
    compile_block_begin(c, fill);
    compile_host_call(c, (uintptr_t)isa_noise_fill, c->nothing, &c->wave, 1);
    c->l->BuildBr(c->b, filled);
    compile_block_begin(c, filled);
}

/* What is dirty, to memory. */
void compile_registers_store(struct compile *c, const struct region_set *set)
{
    compile_noise_fill(c);
    for (unsigned i = 0; i < REGION_ROWS; i++)
        if (region_has(set->rows, i) && c->rows[i])
            compile_row_store(c, i, compile_row(c, i));
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (region_has(set->sgprs, i) && c->sgprs[i])
            compile_store(c, compile_sgpr(c, i), c->wave, compile_sgpr_home(i));
    if (set->scc)
        compile_scc_store(c, compile_scc(c));
}

/* NULL: all. */
void compile_registers_load(struct compile *c, const struct region_set *set)
{
    c->lines.n = 0;
    memset(c->private_end, 0, sizeof c->private_end);
    for (unsigned i = 0; i < REGION_ROWS; i++)
        if (c->rows[i] && (!set || region_has(set->rows, i)))
            compile_place_set(c, c->rows[i], row_load(c, i));
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        if (c->sgprs[i] && (!set || region_has(set->sgprs, i)))
            compile_place_set(c, c->sgprs[i], compile_load(c, c->i32, c->wave, compile_sgpr_home(i)));
    if (!set || set->scc)
        compile_place_set(c, c->scc, scc_load(c));
}
