/*
 * op_code.h - code as operations: a host thread's cache of decoded pages.
 */
#ifndef KFDFS_SIM_OP_CODE_H
#define KFDFS_SIM_OP_CODE_H

#include "op.h"

struct isa_cache { /* of one host thread */
    struct op_state state;
    struct code_page *pages; /* a list, the ones used last in front */
    unsigned n_pages;
    uint64_t epoch; /* pages that were compared with memory in an earlier one are compared again */
};

/* The operation at the wave's pc, its page now being that of the state; or NULL after a fault, or with yield
 * set where the host has no memory. */
const struct isa_op *code_find(struct isa_wave *w, struct isa_cache *cache);
void code_forget(struct isa_cache *cache);
/* Decodes what is at a place of the page that the state is at, if need be; false: there is no instruction. */
bool op_ready(struct isa_wave *w, const struct isa_op *place);

/* Makes a bound instruction an operation; the place of constants in rows is asked for from the page. In
 * op_make.c. */
struct code_page;
uint32_t (*code_constant(struct code_page *page, uint64_t value))[VEC_LANES];
struct isa_op *code_pair(struct code_page *page);
void op_make(struct isa_op *op, const struct isa_wave *w, struct code_page *page,
             const struct isa_inst *inst);

/* The shape of a vector ALU instruction (without code for those written by hand), else NULL; exec as
 * isa_bind() does. In wave.c. */
const struct vec_shape *isa_shape(const struct isa_inst *inst);

#endif
