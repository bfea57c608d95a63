/*
 * decode_vector.h - what the VALU's formats share: source codes that announce a further word, registers,
 * modifiers.
 */
#ifndef KFDFS_ISA_DECODE_VECTOR_H
#define KFDFS_ISA_DECODE_VECTOR_H

#include "decode.h"

enum { SRC_SDWA = 249, SRC_DPP16 = 250, SRC_DPP8 = 233, SRC_DPP8_FI = 234, SRC_VGPR = 256, SDWA_DWORD = 6 };

bool decode_type_is_half(uint8_t type);
bool decode_type_is_float(uint8_t type);
/* gfx10 and later have no place for the result of v_cmpx. */
bool decode_compares_to_exec(const struct decoding *d);
bool decode_has_third(const struct decoding *d);
bool decode_has_no_literal(const struct decoding *d);

/* The real code of source 0 when the field announces a further word, which is taken. */
unsigned decode_extension(struct decoding *d, unsigned code, uint32_t *word);
void decode_modifiers_check(struct decoding *d);
void decode_vector_dst(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field);
void decode_vector_source(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field);
/* Sources of VOP1, VOP2 and VOPC: code0, then the VGPR; K waits for the literal, a mask is VCC. */
void decode_short_sources(struct decoding *d, unsigned code0, unsigned vsrc1);

#endif
