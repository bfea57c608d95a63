/*
 * vector.h - one vector instruction in one encoding: as text, and what it does to a wave's state.
 */
#ifndef KFDFS_TESTS_ISA_VECTOR_MODEL_H
#define KFDFS_TESTS_ISA_VECTOR_MODEL_H

#include "machine.h"

enum encoding { E32, E64, SDWA, DPP16, DPP8, E64_DPP16, E64_DPP8, ENCODINGS };
enum source { SOURCE_VGPR, SOURCE_SGPR, SOURCE_CONSTANT, SOURCE_LITERAL };
enum { REG_A = 8, REG_B = 12, REG_C = 16, REG_D = 20, SREG_A = 20, SREG_B = 22, SREG_C = 24 };
enum { SREG_IN = 40, SREG_OUT = 42, SREG_VCC = 106, SREG_M0 = 124, SREG_EXEC = 126 };

struct variant {
    const struct row *row;
    unsigned target;
    bool wave32, true16;
    enum encoding encoding;
    enum source source[3];
    unsigned constant[3]; /* which of the inline constants */
    uint32_t literal;
    bool neg[3], abs[3], sext[2];
    unsigned opsel, opsel_hi, neg_lo, neg_hi; /* bit 3 of opsel: the result */
    bool clamp;
    unsigned omod;
    unsigned sel[3], unused; /* SDWA: of the sources and the result */
    unsigned dpp, row_mask, bank_mask, dpp8[8];
    bool bound_ctrl, fetch_inactive;
    unsigned table;
    unsigned same; /* v_div_scale: which source is the first one */
    bool mask_in_sgpr, mask_out_sgpr;
};

/* One of many: by random choice. */
void variant_choose(struct variant *v, const struct row *row, unsigned target, bool wave32, unsigned turn);
void variant_text(const struct variant *v, char *to, size_t size);
/* What the instruction does. False in a lane's bit: there the manual says nothing (skip). */
uint64_t variant_expect(const struct variant *v, struct state *s);
uint32_t variant_classes(const struct variant *v);
unsigned type_bits(enum type type);
bool type_float(enum type type);

#endif
