/*
 * compile_access.h - what the parts of compile_memory.c share: an access of a wave's lanes to memory or LDS.
 */
#ifndef KFDFS_SIM_COMPILE_ACCESS_H
#define KFDFS_SIM_COMPILE_ACCESS_H

#include "compile_parts.h"

struct access { /* one of an instruction */
    struct compile *c;
    const struct region_op *r;
    bool write, lds;
    unsigned bytes, dwords;
    uint64_t most;          /* the most bytes that it asks for at once, unless lanes lie apart */
    unsigned data;          /* row of the first dword */
    uint32_t offset;        /* LDS: of the instruction */
    LLVMValueRef base;      /* i64: GPU address of offset 0; LDS: none */
    LLVMValueRef wide_base; /* i64: what is added to a line of addresses */
    LLVMValueRef at;        /* row of offsets */
    LLVMValueRef first;     /* i32: the first active lane's offset */
    LLVMValueRef lane;      /* i32: which that is; NULL: lane 0 */
    LLVMValueRef same_high; /* i1 or NULL: the upper halves of addresses are all the same */
    LLVMBasicBlockRef aside, after;
};

/* Goes on in a new block if the condition holds, else elsewhere. */
static inline void access_go_on_if(struct compile *c, LLVMValueRef condition, LLVMBasicBlockRef otherwise)
{
    LLVMBasicBlockRef next = compile_block_new(c);
    c->l->BuildCondBr(c->b, condition, next, otherwise);
    compile_block_begin(c, next);
}

static inline void access_branch(struct compile *c, LLVMBasicBlockRef to)
{
    c->l->BuildBr(c->b, to);
}

/* What was loaded, to its rows. */
static inline void access_data_put(struct access *a, LLVMValueRef *rows)
{
    for (unsigned i = 0; i < a->dwords; i++)
        compile_row_set(a->c, a->data + i, rows[i]);
}

/* The host's address of n bytes at a GPU address, or of LDS at an offset, if they are there in one piece; or
 * off to the other block (compile_translate.c). */
LLVMValueRef access_host(struct access *a, LLVMValueRef va, LLVMValueRef n, LLVMBasicBlockRef otherwise);
LLVMValueRef access_lds(struct compile *c, LLVMValueRef at, LLVMValueRef n, LLVMBasicBlockRef otherwise);
/* All active lanes, wherever each is, or off aside (compile_gather.c). */
void access_each_lane(struct access *a);

#endif
