/*
 * matrix.h - a matrix instruction as plain sums of products: as text, its operands, and what it leaves.
 */
#ifndef KFDFS_TESTS_ISA_MATRIX_H
#define KFDFS_TESTS_ISA_MATRIX_H

#include "machine.h"

enum matrix_kind { MFMA, MFMA_SCALED, SMFMAC, WMMA, SWMMAC };
enum element {
    E_F64,
    E_F32,
    E_XF32,
    E_F16,
    E_BF16,
    E_FP8,
    E_BF8,
    E_FP6,
    E_BF6,
    E_FP4,
    E_I8,
    E_IU8,
    E_IU4,
    E_I32,
    E_F8F6F4 /* one of five, as CBSZ and BLGP say */
};
struct matrix_row {
    const char *name;
    enum matrix_kind kind;
    unsigned size, depth, blocks;
    enum element a, b, d;
};
extern const struct matrix_row truth_matrices[];

struct matrix { /* one of them with modifiers */
    const struct matrix_row *row;
    unsigned target, lanes;
    enum element a, b;
    unsigned cbsz, abid, blgp, key, neg_lo, neg_hi, opsel_c, scale_byte[2];
    bool clamp, constant_c, accumulation, specials;
};

void matrix_choose(struct matrix *m, const struct matrix_row *row, unsigned target, bool wave32,
                   unsigned turn);
void matrix_text(const struct matrix *m, char *to, size_t size);
/* Fills the registers of a state that is noise. */
void matrix_fill(const struct matrix *m, struct state *s);
/* What becomes of the state. Zeros of either sign, and all NaNs, are taken from got. */
void matrix_expect(const struct matrix *m, struct state *s, const struct state *got);

#endif
