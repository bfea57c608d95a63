/*
 * compile_vector.h - what the translation of vector instructions shares: operands as rows (compile_vector.c),
 * and what is done with them (compile_rows.c).
 */
#ifndef KFDFS_SIM_COMPILE_VECTOR_H
#define KFDFS_SIM_COMPILE_VECTOR_H

#include "compile.h"

struct source {             /* of one instruction */
    LLVMValueRef low, high; /* rows; high: of what has two */
};

struct vector { /* an instruction being translated */
    struct compile *c;
    const struct isa_inst *inst;
    const struct vec_shape *shape;
    const struct vec_code *code;
    unsigned pass;                     /* of packed ones: 0, then 1 */
    struct source src[3], old;         /* old: what the result replaces, of what adds to it */
    LLVMValueRef result, above, first; /* rows; first: of pass 0 */
    LLVMValueRef valid;                /* bits: lanes that DPP can read for; NULL: all */
    LLVMValueRef carry;                /* bits: the second result, or the only one */
    LLVMValueRef nans;                 /* bits: where the result is a NaN; NULL: nothing is known */
};

static inline LLVMValueRef compile_each32(struct compile *c, uint32_t value)
{
    return compile_each_int(c, c->i32, value);
}

static inline LLVMValueRef compile_floats(struct compile *c, LLVMValueRef row)
{
    return B(c, BitCast, row, c->floats);
}

static inline LLVMValueRef compile_row_of(struct compile *c, LLVMValueRef value)
{
    return B(c, BitCast, value, c->row);
}

static inline LLVMValueRef compile_choose(struct compile *c, LLVMValueRef bits, LLVMValueRef yes,
                                          LLVMValueRef no)
{
    return B(c, Select, bits, yes, no);
}

static inline LLVMValueRef compile_bits_row(struct compile *c, LLVMValueRef bits)
{
    return B(c, ZExt, bits, c->row);
}

/* A source's dword, as it is. */
LLVMValueRef compile_source_dword(struct compile *c, const struct isa_operand *o, unsigned dword);
/* Operands (compile_operands.c): is there a translation of them all? Which lanes DPP reads and writes;
 * sources, and what the row made of them, in each pass. */
bool compile_operands_known(struct vector *x);
void compile_dpp_plan(struct vector *x);
void compile_sources_take(struct vector *x);
void compile_result_take(struct vector *x);
/* A source's two rows as one of 64-bit values; such a row as results; floats as the result, which may be
 * NaNs; which are NaNs where one of the sources is. */
LLVMValueRef compile_wide_of(struct compile *c, const struct source *s);
void compile_wide_put(struct compile *c, struct source *to, LLVMValueRef wide);
void compile_wide_result(struct vector *x, LLVMValueRef wide);
void compile_float_result(struct vector *x, LLVMValueRef value);
void compile_sum_result(struct vector *x, LLVMValueRef value);
/* Denormals made 0; the lane mask that is a source. */
LLVMValueRef compile_flushed(struct compile *c, LLVMValueRef row);
LLVMValueRef compile_carry_in(struct vector *x);

/* What finds the results of that function's instruction from its sources, or NULL. */
typedef void compile_vector_fn(struct vector *x);
compile_vector_fn *compile_vector_row(isa_exec_fn *exec);

#endif
