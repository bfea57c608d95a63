/*
 * jit_vector.h - what templates of vector instructions are made of.
 *
 * Only what op_make.c made a row's plain operation has a template: no DPP,
 * SDWA, clamp, omod or halves. One that returns false has left the result's row
 * alone.
 */
#ifndef KFDFS_SIM_JIT_VECTOR_H
#define KFDFS_SIM_JIT_VECTOR_H

#include "jit.h"

enum { T0, T1, T2, T3, T4, T5 }; /* free vectors; T0 to T2 are for sources */

struct jit_source {
    bool each;          /* one value for all lanes, */
    struct x86_rm from; /* as it lies there, */
    unsigned vector;    /* or the first vector of a row; each: of the value, once it
                           was asked for */
    bool loaded, abs, neg;
    unsigned own;   /* a free vector of its own */
    uint32_t value; /* of a constant */
    bool constant;
};

struct jit_template;
typedef bool jit_template_fn(struct jit *j, const struct isa_op *op, const struct jit_template *t);
struct jit_template {
    isa_exec_fn *exec;
    jit_template_fn *write;
    unsigned x, y; /* opcodes or numbers, by the function */
};
/* They end with NULL. */
extern const struct jit_template jit_moves[], jit_integers[], jit_floats[];
/* v_pk_fma_f32 and its like, which are no plain operations. */
bool jit_float_pair(struct jit *j, const struct isa_op *op);

bool jit_source_open(const struct isa_op *op, unsigned n, struct jit_source *s);
/* The first n. Rows are taken in before anything is written, so that none goes
 * to make room for another. */
bool jit_sources_open(struct jit *j, const struct isa_op *op, unsigned n, struct jit_source *s);
/* The vector of a part; or that as the last operand of an instruction. */
/* One source whose denormals are to be flushed. */
bool jit_source_flushed(struct jit *j, const struct isa_op *op, struct jit_source *s);
unsigned jit_get(struct jit *j, struct jit_source *s, unsigned part);
struct x86_rm jit_get_rm(struct jit *j, struct jit_source *s, unsigned part);

static inline unsigned jit_row_of(const struct isa_op *op, unsigned n)
{
    return (unsigned)(op->at[n] / (VEC_LANES * sizeof(uint32_t)));
}

/* The halves of a mask of 32 lanes in SGPRs. */
static inline struct x86_rm jit_sgpr_part(unsigned sgpr, unsigned part)
{
    struct x86_rm rm = jit_sgpr(sgpr);
    rm.disp += (int32_t)part * 2;
    return rm;
}

/* Lane masks in SGPRs (jit_mask.c). A part of one as a mask register: where it is, or that one. */
unsigned jit_mask_get(struct jit *j, unsigned sgpr, unsigned part, unsigned free);
/* One becomes a new one: for each part, after that part has been read, where it is best made, and that it is
 * made, but for inactive lanes. */
void jit_mask_begin(struct jit *j, unsigned sgpr);
unsigned jit_mask_place(const struct jit *j, unsigned part);
void jit_mask_put(struct jit *j, unsigned part, unsigned k);
void jit_mask_end(struct jit *j, unsigned sgpr);
/* EXEC has been made in its mask registers. */
void jit_exec_made(struct jit *j);
void jit_exec_copy(struct jit *j, unsigned sgpr);

/* One instruction of the host: x, and for the last y as its immediate. */
jit_template_fn jit_two, jit_one, jit_one_imm;

#define EMIT(op, reg, first, rm)          x86_vector(&j->x, op, reg, first, rm, 0, X86_NO_IMM)
#define EMIT_IMM(op, reg, first, rm, imm) x86_vector(&j->x, op, reg, first, rm, 0, (int)(imm))
#define EMIT_MASK(op, reg, first, rm, k)  x86_vector(&j->x, op, reg, first, rm, k, X86_NO_IMM)
#define RESULT(op, part, first, rm) \
    x86_vector(&j->x, op, to + (part), first, rm, jit_mask(j, part), X86_NO_IMM)
#define RESULT_IMM(op, part, first, rm, imm) \
    x86_vector(&j->x, op, to + (part), first, rm, jit_mask(j, part), (int)(imm))
#define PARTS(p) for (unsigned p = 0; p < j->parts; p++)

/* Sources s[] and the result's first vector. */
#define OPEN(n)                                                   \
    struct jit_source s[3];                                       \
    (void)t;                                                      \
    if (op->base[0] != OP_VGPR || !jit_sources_open(j, op, n, s)) \
        return false;                                             \
    unsigned to = jit_row_result(j, jit_row_of(op, 0))

#endif
