/*
 * compile_lds.c - atomics of LDS, as LLVM's.
 *
 * Lanes that are all aligned and inside the group's LDS are done by a function, without the wave's registers
 * being written back; the rest is left to the operation's own function. All waves of a group run on one
 * thread, so that nobody comes between; lane 0 goes first.
 */
#include "compile_across.h"
#include "exec_memory.h"
#include "op.h"

typedef uint32_t __attribute__((may_alias)) lds_word;

/* ---- what compiled code calls ---- */

/* exec: active lanes; to: what was there, or NULL. */
typedef void lds_atomic_fn(uint8_t *lds, const uint32_t *at, const uint32_t *data, uint32_t *to,
                           uint64_t exec, uint32_t atomic);

#define LDS_ATOMIC(name, ...)                                                                             \
    static void name(uint8_t *lds, const uint32_t *at, const uint32_t *data, uint32_t *to, uint64_t exec, \
                     uint32_t atomic)                                                                     \
    {                                                                                                     \
        (void)atomic;                                                                                     \
        for (; exec; exec &= exec - 1) {                                                                  \
            unsigned lane = (unsigned)__builtin_ctzll(exec);                                              \
            lds_word *word = (lds_word *)(void *)(lds + at[lane]);                                        \
            uint32_t old = *word;                                                                         \
            *word = __VA_ARGS__;                                                                          \
            if (to)                                                                                       \
                to[lane] = old;                                                                           \
        }                                                                                                 \
    }
LDS_ATOMIC(lds_add, old + data[lane])
LDS_ATOMIC(lds_increment, old >= data[lane] ? 0 : old + 1)
LDS_ATOMIC(lds_any, isa_atomic32((enum isa_atomic)atomic, old, data[lane], 0))

static lds_atomic_fn *function_of(unsigned atomic)
{
    return atomic == ISA_ATOMIC_ADD ? lds_add : atomic == ISA_ATOMIC_INC ? lds_increment : lds_any;
}

/* ---- an atomic ---- */

static bool is_row(const struct isa_operand *o)
{
    return o->kind == ISA_VGPR || o->kind == ISA_AGPR;
}

static unsigned row_of(const struct isa_operand *o)
{
    return o->reg + (o->kind == ISA_AGPR ? 256u : 0);
}

static bool is_atomic(const struct region_op *r)
{
    const struct isa_inst *inst = &r->inst;
    return !inst->pair && r->run == op_memory(OP_LDS_ATOMIC, 4) && inst->src[0].kind == ISA_VGPR &&
           is_row(&inst->src[1]) && inst->offset >= 0 && inst->offset % 4 == 0 &&
           (!r->op.returns || is_row(&inst->dst));
}

/* LDS from the instruction's offset on, if all active lanes are aligned and inside it. */
static LLVMValueRef words_find(struct compile *c, LLVMValueRef at, LLVMBasicBlockRef aside)
{
    LLVMValueRef group = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, group));
    LLVMValueRef lds = compile_load(c, c->pointer, group, offsetof(struct isa_group, lds));
    LLVMValueRef size = compile_load(c, c->i32, group, offsetof(struct isa_group, lds_bytes));
    LLVMValueRef behind = compile_int(c, c->i32, (uint32_t)c->now->inst.offset + 4);
    LLVMValueRef last = compile_each(c, B(c, Sub, size, behind));
    LLVMValueRef in = B(c, ICmp, LLVM_ULE, at, last);
    LLVMValueRef odd = B(c, And, at, compile_each_int(c, c->i32, 3));
    LLVMValueRef good = B(c, And, in, B(c, ICmp, LLVM_EQ, odd, compile_each_int(c, c->i32, 0)));
    if (c->active)
        good = B(c, Or, good, B(c, Not, c->active));
    LLVMValueRef all = B(c, ICmp, LLVM_EQ, compile_mask_int(c, good), c->l->ConstAllOnes(c->mask_int));
    all = B(c, And, all, B(c, ICmp, LLVM_UGE, size, behind));
    LLVMBasicBlockRef next = compile_block_new(c);
    c->l->BuildCondBr(c->b, all, next, aside);
    compile_block_begin(c, next);
    return compile_at(c, lds, c->now->inst.offset);
}

static void atomic_call(struct compile *c, LLVMValueRef words)
{
    const struct region_op *r = c->now;
    LLVMValueRef exec = compile_exec(c);
    LLVMValueRef args[] = {words,
                           c->places[0],
                           c->places[1],
                           r->op.returns ? c->places[2] : c->l->ConstNull(c->pointer),
                           c->lanes == 64 ? exec : B(c, ZExt, exec, c->i64),
                           compile_int(c, c->i32, r->op.atomic)};
    compile_host_call(c, (uintptr_t)function_of(r->op.atomic), c->nothing, args, 6);
}

static bool atomic(struct compile *c)
{
    const struct region_op *r = c->now;
    if (!is_atomic(r) || r->op.care & c->region->lacks)
        return false;
    compile_settle(c);
    LLVMBasicBlockRef aside = compile_aside(c);
    LLVMValueRef at = compile_row(c, r->inst.src[0].reg), words = words_find(c, at, aside);
    compile_store(c, at, c->places[0], 0);
    compile_store(c, compile_row(c, row_of(&r->inst.src[1])), c->places[1], 0);
    atomic_call(c, words);
    if (r->op.returns)
        compile_row_set(c, row_of(&r->inst.dst), compile_load(c, c->row, c->places[2], 0));
    compile_aside_end(c, aside);
    compile_shown(c);
    return true;
}

bool compile_lds(struct compile *c)
{
    return c->now->inst.format == ISA_DS && (compile_across_lds(c) || atomic(c));
}
