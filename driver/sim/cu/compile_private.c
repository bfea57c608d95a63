/*
 * compile_private.c - loads and stores of private memory (scratch) at an offset that all lanes have, as
 * compilers keep variables and what does not fit into registers. A dword of all lanes is a row there.
 */
#include "compile_access.h"
#include "exec_memory.h"

static const struct form {
    isa_exec_fn *exec;
    bool write;
    unsigned dwords;
} forms[] = {
    {isa_load_b32, false, 1}, {isa_load_b64, false, 2}, {isa_load_b96, false, 3}, {isa_load_b128, false, 4},
    {isa_store_b32, true, 1}, {isa_store_b64, true, 2}, {isa_store_b96, true, 3}, {isa_store_b128, true, 4},
};

static bool is_absent(const struct isa_operand *o)
{
    return o->kind == ISA_NONE || o->kind == ISA_NULL;
}

static const struct form *form_of(const struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    const struct isa_operand *base = &inst->src[1];
    if (inst->pair || inst->format != ISA_SCRATCH || !is_absent(&inst->src[0]) ||
        !(is_absent(base) || base->kind == ISA_CONST || (base->kind == ISA_SGPR && base->reg < REGION_SGPRS)))
        return NULL;
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].exec == inst->exec)
            return &forms[i];
    return NULL;
}

/* The same for all lanes, from the lane's first byte on. */
static LLVMValueRef offset_of(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    const struct isa_operand *base = &inst->src[1];
    LLVMValueRef offset = compile_int(c, c->i32, (uint32_t)inst->offset);
    if (base->kind == ISA_CONST)
        return B(c, Add, offset, compile_int(c, c->i32, (uint32_t)base->value));
    return base->kind == ISA_SGPR ? B(c, Add, offset, compile_sgpr(c, base->reg)) : offset;
}

/* Where the first row is. */
static LLVMValueRef rows_find(struct access *a)
{
    struct compile *c = a->c;
    LLVMValueRef offset = offset_of(c), bytes = compile_int(c, c->i32, a->bytes);
    LLVMValueRef begin = compile_load(c, c->i64, c->wave, offsetof(struct isa_wave, scratch_va));
    LLVMValueRef size = compile_load(c, c->i32, c->wave, offsetof(struct isa_wave, scratch_bytes));
    LLVMValueRef odd = B(c, And, offset, compile_int(c, c->i32, 3));
    LLVMValueRef in =
        B(c, And, B(c, ICmp, LLVM_UGE, size, bytes), B(c, ICmp, LLVM_ULE, offset, B(c, Sub, size, bytes)));
    in = B(c, And, in, B(c, ICmp, LLVM_EQ, odd, compile_int(c, c->i32, 0)));
    access_go_on_if(c, in, a->aside);
    LLVMValueRef rows = B(c, Mul, B(c, ZExt, offset, c->i64), compile_int(c, c->i64, c->lanes));
    return access_host(a, B(c, Add, begin, rows), compile_int(c, c->i64, a->most), a->aside);
}

static void row_write(struct compile *c, LLVMValueRef row, LLVMValueRef to)
{
    if (!c->active) {
        compile_store(c, row, to, 0);
        return;
    }
    LLVMTypeRef types[] = {c->row, c->pointer};
    LLVMValueRef args[] = {row, to, c->active};
    compile_intrinsic(c, "llvm.masked.store", types, 2, args, 3);
}

static void rows_move(struct access *a, LLVMValueRef host)
{
    struct compile *c = a->c;
    LLVMValueRef rows[4];
    for (unsigned i = 0; i < a->dwords; i++) {
        LLVMValueRef at = compile_at(c, host, (int64_t)i * 4 * c->lanes);
        if (a->write)
            row_write(c, compile_row(c, a->data + i), at);
        else
            rows[i] = compile_load(c, c->row, at, 0);
    }
    if (!a->write)
        access_data_put(a, rows);
}

/* On gfx90a the program says where scratch is: the operation's function looks. */
bool compile_private(struct compile *c)
{
    const struct region_op *r = c->now;
    const struct form *form = form_of(r);
    if (!form || c->region->generation == ISA_GFX90A)
        return false;
    const struct isa_operand *data = form->write ? &r->inst.src[2] : &r->inst.dst;
    if (!compile_registers_there(c, data, form->dwords))
        return false;
    struct access a = {.c = c, .r = r, .write = form->write, .dwords = form->dwords};
    a.bytes = 4 * form->dwords;
    a.most = (uint64_t)a.bytes * c->lanes;
    a.data = compile_register_row(data);
    if (form->write)
        compile_settle(c);
    a.aside = compile_aside(c);
    rows_move(&a, rows_find(&a));
    compile_aside_end(c, a.aside);
    if (a.write)
        compile_shown(c);
    return true;
}
