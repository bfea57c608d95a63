/*
 * decode.h - what the parts of the decoder share: the state of one decoding and the operand readers.
 */
#ifndef KFDFS_ISA_DECODE_H
#define KFDFS_ISA_DECODE_H

#include "isa_table.h"

struct decoding {
    enum isa_generation generation;
    bool wave64;
    bool bad;           /* not an instruction */
    bool literal_used;  /* a source asked for the literal */
    bool no_literal;    /* the encoding has no place for one */
    unsigned words;     /* taken so far */
    unsigned available; /* words that may be read */
    struct isa_inst *inst;
    const struct isa_signature *signature;
};

static inline bool isa_is_gfx9(enum isa_generation g)
{
    return g <= ISA_GFX950;
}
static inline bool isa_is_gfx11(enum isa_generation g)
{
    return g >= ISA_GFX11; /* and later */
}
/* Halves of VGPRs are operands of their own. gfx12 has them too, but LLVM 22 neither writes nor reads them
 * there. */
static inline bool isa_has_halves(enum isa_generation g)
{
    return g == ISA_GFX11 || g == ISA_GFX11_5;
}
static inline uint32_t bits(uint32_t word, unsigned high, unsigned low)
{
    return word >> low & (0xffffffffu >> (31 - (high - low)));
}
static inline int32_t sign_extend(uint32_t value, unsigned width)
{
    return (int32_t)(value << (32 - width)) >> (32 - width);
}

/* The field as an operand. code: 8 or 9 bits as in SSRC0 and SRC0. */
void decode_source(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field);
void decode_sgpr(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field);
/* The same in a field of eight bits, where LLVM also reads what nobody can write (src_scc). */
void decode_sgpr_result(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field);
void decode_vgpr(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field);
void decode_agpr(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field);
/* The lane mask in VCC or EXEC. */
void decode_mask(struct decoding *d, struct isa_operand *op, unsigned reg);
/* Gives every source that asked for it the literal behind the words taken so far; K forms always have it. */
void decode_literal(struct decoding *d);
/* Bits that belong to nothing are 0, as LLVM has it. */
static inline void reserved(struct decoding *d, uint32_t value)
{
    if (value)
        d->bad = true;
}
bool decode_row(struct decoding *d, enum isa_format format, unsigned opcode);
unsigned decode_size(const struct decoding *d, struct isa_field field);

void decode_vop1(struct decoding *d);
void decode_vop2(struct decoding *d);
void decode_vopc(struct decoding *d);
void decode_vop3(struct decoding *d);
void decode_vop3p(struct decoding *d);
void decode_vopd(struct decoding *d);
void decode_ds(struct decoding *d);
void decode_flat(struct decoding *d);
void decode_flat_gfx12(struct decoding *d);
void decode_buffer(struct decoding *d);
void decode_buffer_gfx12(struct decoding *d);
void decode_typed_buffer(struct decoding *d);

#endif
