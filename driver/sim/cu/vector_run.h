/*
 * vector_run.h - between the halves of the vector ALU's execution: fetching (vector_source.c), and results
 * (vector.c).
 */
#ifndef KFDFS_SIM_VECTOR_RUN_H
#define KFDFS_SIM_VECTOR_RUN_H

#include "op.h"

enum { SDWA_WORD0 = 4, SDWA_WORD1, SDWA_DWORD };

union vec_rows { /* an operand; f32 also of halves */
    uint32_t u32[2][VEC_LANES];
    float f32[VEC_LANES];
};

struct vec_dpp {   /* where each lane's first source comes from */
    uint64_t zero; /* these read 0 */
    uint8_t from[VEC_LANES];
};

struct vec_run { /* one execution */
    struct vec v;
    const struct vec_shape *shape;
    uint64_t active; /* lanes that are written */
    struct vec_dpp dpp;
    uint32_t ci[VEC_LANES], co[VEC_LANES];
    uint32_t out[2][VEC_LANES]; /* result dwords; 16-bit results in the low bits */
};

static inline bool type_wide(unsigned type)
{
    return type == VEC_U64 || type == VEC_I64 || type == VEC_F64 || type == VEC_C64 || type == VEC_PF32;
}

static inline bool type_sum(unsigned type)
{
    return type >= VEC_SU32 && type <= VEC_SI16;
}

static inline bool type_half(unsigned type)
{
    return type == VEC_U16 || type == VEC_I16 || type == VEC_M16 || type == VEC_F16 || type == VEC_D16 ||
           type == VEC_SU16 || type == VEC_SI16;
}

/* Halves are chosen by op_sel in VOP3, and by a bit of the register number on gfx11 (operand's sel). */
static inline unsigned operand_half(const struct vec *v, const struct isa_operand *op, unsigned n)
{
    if (v->inst->sdwa)
        return 0;
    return (v->inst->opsel >> n & 1) | (v->gfx10 && op->kind == ISA_VGPR && op->sel == 1);
}

struct vec_modifiers { /* of one source in one pass */
    bool neg, abs;
    unsigned half, dword;
    uint8_t type;
};

/* Of the instruction's source n; packed instructions have two passes. */
struct vec_modifiers vec_modifiers_of(const struct vec *v, const struct vec_shape *shape, unsigned n,
                                      unsigned pass);
/* The lane that lane reads its first source from, or -1: outside of its row or of the wave. */
int vec_dpp_lane(const struct isa_inst *inst, int lane, int lanes);
/* Where lanes come from, and which are written, when the instruction has DPP. */
void vec_dpp_plan(struct vec_run *r);
/* Source n as rows of the shape's type: registers, or to. */
const void *vec_source_fetch(const struct vec_run *r, unsigned n, unsigned pass, union vec_rows *to);
/* The old destination, as rows of the result's type; half: of a 16-bit one. */
void vec_old_fetch(const struct vec_run *r, unsigned pass, unsigned half, union vec_rows *to);

#endif
