/*
 * compile_private.c - loads and stores of private memory (scratch) at an offset that all lanes have, as
 * compilers keep variables and what does not fit into registers. A dword of all lanes is a row there.
 *
 * Where the wave's scratch is in the host's memory is found where the region is entered: it must all be
 * there, up to the last byte that an instruction without a scalar base has, else the region is not run. A
 * scalar base is looked at once in a block, with the greatest offset that comes after it.
 */
#include "compile_parts.h"
#include "exec_memory.h"
#include "sim/memory/vm.h"

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

static const struct isa_operand *data_of(const struct region_op *r, const struct form *form)
{
    return form->write ? &r->inst.src[2] : &r->inst.dst;
}

/* On gfx90a the program says where scratch is: the operation's function looks. */
static const struct form *form_of(const struct compile *c, const struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    const struct isa_operand *base = &inst->src[1];
    bool scalar = base->kind == ISA_SGPR && base->reg < REGION_SGPRS;
    if (inst->pair || inst->format != ISA_SCRATCH || !is_absent(&inst->src[0]) ||
        !(is_absent(base) || scalar) || inst->offset < 0 || inst->offset % 4 || c->region->starts ||
        c->region->generation == ISA_GFX90A)
        return NULL;
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].exec == inst->exec && compile_registers_there(c, data_of(r, &forms[i]), forms[i].dwords))
            return &forms[i];
    return NULL;
}

/* The first byte behind what it accesses, without the base. */
static uint32_t end_of(const struct region_op *r, const struct form *form)
{
    return (uint32_t)r->inst.offset + 4 * form->dwords;
}

/* The wave's scratch, if it all lies in one range. */
static uint8_t *private_find(struct isa_wave *w)
{
    uint64_t bytes = (uint64_t)w->scratch_bytes * w->lanes, readable, writable;
    const uint8_t *host = isa_memory_find(w, w->scratch_va, SIM_VM_READ, &readable);
    if (!bytes || !host || readable < bytes)
        return NULL;
    uint8_t *to = isa_memory_find(w, w->scratch_va, SIM_VM_WRITE, &writable);
    return to == host && writable >= bytes ? to : NULL;
}

LLVMValueRef compile_private_enter(struct compile *c)
{
    uint32_t end = 0;
    for (unsigned i = 0; i < c->region->n; i++) {
        const struct region_op *r = &c->region->ops[i];
        const struct form *form = form_of(c, r);
        uint32_t least = !form ? 0 : is_absent(&r->inst.src[1]) ? end_of(r, form) : 4;
        end = least > end ? least : end;
    }
    if (end == 0)
        return NULL;
    c->private_host = compile_host_call(c, (uintptr_t)private_find, c->pointer, &c->wave, 1);
    c->private_bytes = compile_load(c, c->i32, c->wave, offsetof(struct isa_wave, scratch_bytes));
    return B(c, Or, B(c, ICmp, LLVM_EQ, c->private_host, c->l->ConstNull(c->pointer)),
             B(c, ICmp, LLVM_ULT, c->private_bytes, compile_int(c, c->i32, end)));
}

/* The greatest end of those that follow in the block while the base stays what it is. */
static uint32_t end_with_base(struct compile *c, unsigned base)
{
    uint32_t end = 0;
    for (const struct region_op *r = c->now; r && (r == c->now || !r->leads);
         r = region_at(c->region, r->slot + r->step)) {
        const struct form *form = form_of(c, r);
        if (form && r->inst.src[1].kind == ISA_SGPR && r->inst.src[1].reg == base && end_of(r, form) > end)
            end = end_of(r, form);
        if (r->end != REGION_GOES_ON || r->forks || !r->known || region_has(r->writes.sgprs, base))
            break;
    }
    return end;
}

/* Is it a multiple of four, and inside with all that comes? */
static void base_check(struct compile *c, unsigned base)
{
    uint32_t end = end_with_base(c, base);
    if (c->private_end[base] >= end)
        return;
    c->private_end[base] = end;
    LLVMBasicBlockRef aside = compile_aside(c), good = compile_block_new(c);
    LLVMValueRef value = compile_sgpr(c, base),
                 most = B(c, Sub, c->private_bytes, compile_int(c, c->i32, end));
    LLVMValueRef odd = B(c, And, value, compile_int(c, c->i32, 3));
    LLVMValueRef in = B(c, ICmp, LLVM_UGE, c->private_bytes, compile_int(c, c->i32, end));
    in = B(c, And, in, B(c, ICmp, LLVM_ULE, value, most));
    in = B(c, And, in, B(c, ICmp, LLVM_EQ, odd, compile_int(c, c->i32, 0)));
    c->l->BuildCondBr(c->b, in, good, aside);
    compile_aside_end(c, aside);
    compile_block_begin(c, good);
}

/* Where the first row is. */
static LLVMValueRef rows_find(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    LLVMValueRef fixed = compile_at(c, c->private_host, (int64_t)inst->offset * c->lanes);
    if (is_absent(&inst->src[1]))
        return fixed;
    LLVMValueRef rows =
        B(c, Mul, B(c, ZExt, compile_sgpr(c, inst->src[1].reg), c->i64), compile_int(c, c->i64, c->lanes));
    return B(c, GEP2, c->i8, fixed, &rows, 1);
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

bool compile_private(struct compile *c)
{
    const struct region_op *r = c->now;
    const struct form *form = form_of(c, r);
    if (!form)
        return false;
    if (form->write)
        compile_settle(c);
    if (r->inst.src[1].kind == ISA_SGPR)
        base_check(c, r->inst.src[1].reg);
    LLVMValueRef first = rows_find(c), rows[4];
    unsigned data = compile_register_row(data_of(r, form));
    for (unsigned i = 0; i < form->dwords; i++) {
        LLVMValueRef at = compile_at(c, first, (int64_t)i * 4 * c->lanes);
        if (form->write)
            row_write(c, compile_row(c, data + i), at);
        else
            rows[i] = compile_load(c, c->row, at, 0);
    }
    for (unsigned i = 0; i < form->dwords && !form->write; i++)
        compile_row_set(c, data + i, rows[i]);
    if (form->write)
        compile_shown(c);
    return true;
}
