/*
 * exec_vop2.c - vector instructions of two sources, and those that add to their destination. Rows:
 * exec_vop2.def.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP2 instructions". v_fmac and v_mac
 * read the destination; an operand listed for that is not looked at.
 */
#include "vector_op.h"

/* Unsigned carry or borrow of a sum that is a 33-bit number in two's complement. */
static inline int64_t u32_carry(unsigned *co, int64_t sum)
{
    *co = (unsigned)(sum >> 32 & 1);
    return sum;
}

/* Denormal halves are MODE's to keep (LLVM takes the results for canonical: SITargetLowering). */
static inline uint32_t half_rtz(const struct vec *v, float a)
{
    uint32_t half = vec_to_half((double)F32_NAN1(a, a), 3);
    return v->denorm64 & 2 || half & 0x7c00 ? half : half & 0x8000;
}

#define ROW   VEC_ROW
#define FLOAT VEC_FLOAT_ROW
#define ALIAS(name, of)
#define OWN(name)
#include "exec_vop2.def"
#undef ROW
#undef FLOAT
#define ROW   VEC_CODE
#define FLOAT VEC_CODE
const struct vec_code VEC_NAME(vec_vop2)[] = {
#include "exec_vop2.def"
};
