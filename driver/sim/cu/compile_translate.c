/*
 * compile_translate.c - where in the host's memory the bytes of an access are, as LLVM's.
 *
 * An operation remembers the range of the VM that it found last: by the wave's TLB, or, in functions in which
 * waves begin, in values of the function (a window).
 */
#include "compile_access.h"
#include "exec_memory.h"
#include "sim/memory/vm.h"

static LLVMValueRef tlb_entry(struct access *a)
{
    struct compile *c = a->c;
    LLVMValueRef hint = compile_load(c, c->i8, compile_op_pointer(c), offsetof(struct isa_op, hint));
    LLVMValueRef index = B(c, Shl, B(c, ZExt, hint, c->i64), compile_int(c, c->i64, 5));
    LLVMValueRef first = compile_at(c, c->wave, offsetof(struct isa_wave, tlb));
    return B(c, GEP2, c->i8, first, &index, 1);
}

/* The range with bytes at va, for an operation that remembers it: its begin, size, and the host's distance.
 */
static bool window_find(struct isa_wave *w, const struct isa_op *op, uint64_t va, uint64_t bytes,
                        uint32_t access, uint64_t *window)
{
    uint64_t room;
    const uint8_t *host = isa_memory_near(w, va, access, &room, op_hint(op));
    if (!host || room < bytes)
        return false;
    const struct isa_tlb *t = &w->tlb[*op_hint(op)];
    window[0] = t->start;
    window[1] = t->end - t->start;
    window[2] = (uint64_t)(uintptr_t)t->host - t->start;
    return true;
}

/* Are n bytes at va in the window? For the most that it asks for there is a limit to the first one. */
static LLVMValueRef window_has(struct access *a, const LLVMValueRef *window, LLVMValueRef va, LLVMValueRef n)
{
    struct compile *c = a->c;
    LLVMValueRef in = B(c, Sub, va, compile_place_get(c, c->i64, window[WINDOW_START]));
    if (n == compile_int(c, c->i64, a->most))
        return B(c, ICmp, LLVM_ULT, in, compile_place_get(c, c->i64, window[WINDOW_LIMIT]));
    LLVMValueRef size = compile_place_get(c, c->i64, window[WINDOW_SIZE]);
    return B(c, And, B(c, ICmp, LLVM_ULT, in, size), B(c, ICmp, LLVM_ULE, n, B(c, Sub, size, in)));
}

static void window_set(struct access *a, LLVMValueRef *window)
{
    struct compile *c = a->c;
    static const unsigned found[] = {WINDOW_START, WINDOW_SIZE, WINDOW_DISTANCE};
    for (unsigned i = 0; i < 3; i++)
        compile_place_set(c, window[found[i]], compile_load(c, c->i64, c->places[0], 8 * i));
    LLVMValueRef size = compile_place_get(c, c->i64, window[WINDOW_SIZE]);
    LLVMValueRef less = compile_int(c, c->i64, a->most - 1);
    LLVMValueRef limit =
        B(c, Select, B(c, ICmp, LLVM_UGT, size, less), B(c, Sub, size, less), compile_int(c, c->i64, 0));
    compile_place_set(c, window[WINDOW_LIMIT], limit);
}

/* By the VM; what it found is in the first of the places. */
static void range_find(struct access *a, LLVMValueRef va, LLVMValueRef n, LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    uint32_t need = a->write ? SIM_VM_WRITE : SIM_VM_READ;
    LLVMValueRef args[] = {c->wave, compile_op_pointer(c), va, n, compile_int(c, c->i32, need), c->places[0]};
    LLVMValueRef found = compile_host_call(c, (uintptr_t)window_find, c->i8, args, 6);
    compile_call_is(c, found, "cold");
    access_go_on_if(c, B(c, ICmp, LLVM_NE, found, compile_int(c, c->i8, 0)), otherwise);
}

/* Mappings do not change while the function runs. */
static LLVMValueRef by_window(struct access *a, LLVMValueRef *window, LLVMValueRef va, LLVMValueRef n,
                              LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMBasicBlockRef good = compile_block_new(c), miss = compile_block_new(c);
    c->l->BuildCondBr(c->b, window_has(a, window, va, n), good, miss);
    compile_block_begin(c, miss);
    range_find(a, va, n, otherwise);
    window_set(a, window);
    access_branch(c, good);
    compile_block_begin(c, good);
    return compile_place_get(c, c->i64, window[WINDOW_DISTANCE]);
}

static LLVMValueRef tlb_has(struct access *a, LLVMValueRef e, LLVMValueRef va, LLVMValueRef n)
{
    struct compile *c = a->c;
    LLVMValueRef start = compile_load(c, c->i64, e, offsetof(struct isa_tlb, start));
    LLVMValueRef end = compile_load(c, c->i64, e, offsetof(struct isa_tlb, end));
    LLVMValueRef access = compile_load(c, c->i32, e, offsetof(struct isa_tlb, access));
    LLVMValueRef vm = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, vm));
    LLVMValueRef now = compile_load(c, c->i64, vm, offsetof(struct sim_vm, generation));
    LLVMValueRef then = compile_load(c, c->i64, c->wave, offsetof(struct isa_wave, tlb_generation));
    LLVMValueRef in = B(c, Sub, va, start), size = B(c, Sub, end, start);
    LLVMValueRef good = B(c, ICmp, LLVM_EQ, now, then);
    uint32_t need = a->write ? SIM_VM_WRITE : SIM_VM_READ;
    LLVMValueRef allowed = B(c, And, access, compile_int(c, c->i32, need));
    good = B(c, And, good, B(c, ICmp, LLVM_NE, allowed, compile_int(c, c->i32, 0)));
    good = B(c, And, good, B(c, ICmp, LLVM_UGE, size, n));
    return B(c, And, good, B(c, ICmp, LLVM_ULE, in, B(c, Sub, size, n)));
}

static LLVMValueRef by_tlb(struct access *a, LLVMValueRef va, LLVMValueRef n, LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    _Static_assert(sizeof(struct isa_tlb) == 32, "an entry is found by a shift");
    LLVMBasicBlockRef good = compile_block_new(c), miss = compile_block_new(c), end = compile_block_new(c),
                      from[2];
    LLVMValueRef e = tlb_entry(a), distance[2];
    c->l->BuildCondBr(c->b, tlb_has(a, e, va, n), good, miss);
    compile_block_begin(c, miss);
    range_find(a, va, n, otherwise);
    distance[0] = compile_load(c, c->i64, c->places[0], 16);
    from[0] = c->l->GetInsertBlock(c->b);
    access_branch(c, end);
    compile_block_begin(c, good);
    distance[1] = B(c, Sub, compile_load(c, c->i64, e, offsetof(struct isa_tlb, host)),
                    compile_load(c, c->i64, e, offsetof(struct isa_tlb, start)));
    from[1] = good;
    access_branch(c, end);
    compile_block_begin(c, end);
    LLVMValueRef phi = B(c, Phi, c->i64);
    c->l->AddIncoming(phi, distance, from, 2);
    return phi;
}

LLVMValueRef access_host(struct access *a, LLVMValueRef va, LLVMValueRef n, LLVMBasicBlockRef otherwise)
{
    struct compile *c = a->c;
    LLVMValueRef *window = c->windows ? c->windows[a->r - c->region->ops] : NULL;
    LLVMValueRef distance =
        window && window[0] ? by_window(a, window, va, n, otherwise) : by_tlb(a, va, n, otherwise);
    return B(c, IntToPtr, B(c, Add, va, distance), c->pointer);
}

/* Bytes of LDS at an offset. */
LLVMValueRef access_lds(struct compile *c, LLVMValueRef at, LLVMValueRef n, LLVMBasicBlockRef otherwise)
{
    LLVMValueRef lds = c->lds, size = c->lds_bytes;
    if (!c->start) {
        LLVMValueRef group = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, group));
        lds = compile_load(c, c->pointer, group, offsetof(struct isa_group, lds));
        size = compile_load(c, c->i32, group, offsetof(struct isa_group, lds_bytes));
    }
    LLVMValueRef end = B(c, Add, at, n);
    access_go_on_if(c, B(c, ICmp, LLVM_ULE, end, B(c, ZExt, size, c->i64)), otherwise);
    return B(c, GEP2, c->i8, lds, &at, 1);
}
