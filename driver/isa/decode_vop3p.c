/*
 * decode_vop3p.c - packed instructions, and the matrices of CDNA and RDNA.
 */
#include "decode_vector.h"

#include <string.h>

static bool is_nothing(const struct isa_operand *op)
{
    return op->kind == ISA_SPECIAL || op->kind == ISA_NULL;
}

/* A and B are VGPRs, C may be a constant. (LLVM also reads null and special registers, which nobody
 * executes.)
 */
static void matrix_sources_check(struct decoding *d)
{
    const struct isa_operand *src = d->inst->src;
    reserved(d, (src[0].kind != ISA_VGPR && !is_nothing(&src[0])) ||
                    (src[1].kind != ISA_VGPR && !is_nothing(&src[1])) ||
                    (src[2].kind != ISA_VGPR && src[2].kind != ISA_CONST && !is_nothing(&src[2])));
}

/* Matrix sources and results are in AGPRs where the ACC bits say so (gfx90a and later have one register
 * file). */
static void matrix_registers(struct decoding *d, uint32_t w0, uint32_t w1)
{
    struct isa_inst *inst = d->inst;
    bool acc[4] = {bits(w1, 27, 27), bits(w1, 28, 28), bits(w0, 15, 15)};
    inst->cbsz = (uint8_t)bits(w0, 10, 8);
    inst->abid = (uint8_t)bits(w0, 14, 11);
    inst->blgp = (uint8_t)bits(w1, 31, 29);
    if (inst->row->flags & ISA_IS_SPARSE) {
        acc[2] = false; /* the index register */
        reserved(d, bits(w1, 31, 29));
    }
    for (unsigned i = 0; i < inst->n_src; i++)
        if (acc[i] && inst->src[i].kind == ISA_VGPR)
            inst->src[i].kind = ISA_AGPR;
    if (bits(w0, 15, 15))
        inst->dst.kind = ISA_AGPR;
}

/* gfx12: signs of integers are in neg_lo, bytes of floats have none, and op_sel is the part of the index. */
static void wave_matrix_check(struct decoding *d)
{
    const struct isa_inst *inst = d->inst;
    bool sparse = inst->row->flags & ISA_IS_SPARSE, integer = inst->dst.type == ISA_I32;
    unsigned lo = integer || sparse ? 4 : 0, hi = integer ? 7 : sparse ? 4 : 0;
    if (!integer && inst->src[0].type == ISA_B32)
        lo |= 3, hi |= 3;
    reserved(d, (inst->neg_lo & lo) || (inst->neg_hi & hi) || inst->opsel_hi != 7);
    const char *name = inst->row->name; /* of 4-bit elements a lane has twice as many, so a longer index */
    bool narrow = strstr(name, "_iu4"), deep = strstr(name, "x64_");
    unsigned key_bits = !sparse ? 0 : narrow ? !deep || d->wave64 : 1 + d->wave64;
    reserved(d, inst->opsel >> key_bits);
}

static void vop3p_modifiers(struct decoding *d, uint32_t w0, uint32_t w1)
{
    struct isa_inst *inst = d->inst;
    inst->clamp = bits(w0, 15, 15);
    inst->neg_lo = (uint8_t)bits(w1, 31, 29);
    inst->neg_hi = (uint8_t)bits(w0, 10, 8);
    bool byte_dot = inst->row->flags & ISA_IS_BYTE_DOT, to_float = inst->dst.type == ISA_F32;
    if (byte_dot)
        reserved(d, inst->opsel);
    if (d->signature->dst[0].kind == 'a' || d->signature->src[0].kind == 'a') /* v_accvgpr */
        reserved(d, inst->neg_lo | inst->neg_hi | inst->opsel);
    if (byte_dot && to_float)
        reserved(d, inst->clamp || ((inst->neg_lo | inst->neg_hi) & 3));
    if (inst->row->flags & ISA_IS_WMMA) {
        reserved(d, inst->clamp && inst->dst.type != ISA_I32);
        if (d->generation == ISA_GFX12)
            wave_matrix_check(d);
        else
            reserved(d, inst->opsel && (to_float || inst->dst.type == ISA_I32));
    }
    if (inst->n_src == 2)
        reserved(d, (inst->neg_lo | inst->neg_hi | inst->opsel) & 4);
    reserved(d, inst->n_src == 2 && !inst->dst.kind && inst->clamp); /* v_mfma_ld_scale_b32 alone */
    if (byte_dot && to_float && d->generation == ISA_GFX12)
        reserved(d, inst->opsel_hi != 7);
    for (unsigned i = 0; i < inst->n_src && i < 4; i++)
        if (d->signature->src[i].kind == 'x') { /* mixed precision: plain modifiers */
            inst->src[i].neg = inst->neg_lo >> i & 1;
            inst->src[i].abs = inst->neg_hi >> i & 1;
        }
}

/* The scales of a matrix instruction stand in one before it, as long as itself: together they are one
 * instruction, whose row is at the opcode behind all that the field can hold. */
enum { SCALE_OPCODE = 44, SCALED_OPCODES = 0x100, VOP3P_ENCODING = 0x1a7 };

static bool is_scale(const struct decoding *d)
{
    const uint32_t *word = d->inst->word;
    return d->generation == ISA_GFX950 && d->available >= 4 && bits(word[0], 22, 16) == SCALE_OPCODE &&
           bits(word[0], 10, 0) == 0 && bits(word[0], 15, 13) == 0 && bits(word[1], 26, 18) == 0 &&
           bits(word[1], 31, 29) == 0 && bits(word[2], 31, 23) == VOP3P_ENCODING &&
           bits(word[2], 14, 11) == 1;
}

static void scales_read(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    struct isa_field field = {ISA_B32, 1, 'v'};
    inst->scaled = true;
    inst->opsel = (uint8_t)bits(inst->word[0], 12, 11);
    inst->opsel_hi = (uint8_t)bits(inst->word[1], 28, 27);
    decode_vector_source(d, &inst->scale[0], bits(inst->word[1], 8, 0), field);
    decode_vector_source(d, &inst->scale[1], bits(inst->word[1], 17, 9), field);
}

/* Registers of 32 elements by the format that CBSZ or BLGP names: FP8, BF8, FP6, BF6, FP4. */
static void formats_apply(struct decoding *d, uint32_t w0, uint32_t w1, struct isa_field field[2])
{
    static const uint8_t dwords[8] = {8, 8, 6, 6, 4, 8, 8, 8};
    unsigned formats[2] = {bits(w0, 10, 8), bits(w1, 31, 29)};
    if (!(d->inst->row->flags & ISA_HAS_FORMATS))
        return;
    for (unsigned i = 0; i < 2; i++)
        field[i].dwords = dwords[formats[i]];
    reserved(d, bits(w0, 14, 11) && !is_scale(d)); /* ABID */
}

/* Twice the lanes, half the registers: of the sums, and of what gfx12 does not have twice. */
static void wave64_apply(const struct decoding *d, struct isa_field *dst, struct isa_field field[4])
{
    bool sparse = d->inst->row->flags & ISA_IS_SPARSE, once = d->generation == ISA_GFX12;
    struct isa_field *halved[] = {dst, once ? &field[0] : NULL, once ? &field[1] : NULL,
                                  sparse ? NULL : &field[2]};
    if (!d->wave64 || !(d->inst->row->flags & ISA_IS_WMMA))
        return;
    for (unsigned i = 0; i < 4; i++)
        if (halved[i] && halved[i]->dwords > 1)
            halved[i]->dwords /= 2;
}

void decode_vop3p(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    bool scaled = is_scale(d);
    unsigned at = scaled ? 2 : 0;
    uint32_t w0 = inst->word[at], w1 = inst->word[at + 1], extension = 0;
    if (d->available < 2 || !decode_row(d, ISA_VOP3P, bits(w0, 22, 16) + (scaled ? SCALED_OPCODES : 0))) {
        d->bad = true;
        return;
    }
    d->words = at + 2;
    d->no_literal = decode_has_no_literal(d);
    inst->opsel = (uint8_t)bits(w0, 13, 11);
    inst->opsel_hi = (uint8_t)(bits(w1, 28, 27) | bits(w0, 14, 14) << 2);
    struct isa_field fields[4], dst = d->signature->dst[0];
    memcpy(fields, d->signature->src, sizeof(fields));
    formats_apply(d, w0, w1, fields);
    wave64_apply(d, &dst, fields);
    if (d->signature->n_dst)
        decode_vector_dst(d, &inst->dst, bits(w0, 7, 0), dst);
    else
        reserved(d, bits(w0, 7, 0));
    unsigned codes[3] = {decode_extension(d, bits(w1, 8, 0), &extension), bits(w1, 17, 9), bits(w1, 26, 18)};
    for (unsigned i = 0; i < d->signature->n_src; i++) {
        struct isa_field field = fields[i];
        if (field.kind == 'x' && inst->opsel_hi >> i & 1)
            field.type = ISA_F16;
        decode_vector_source(d, &inst->src[i], codes[i], field);
    }
    if (inst->row->flags & (ISA_IS_MFMA | ISA_IS_WMMA))
        matrix_sources_check(d);
    if (inst->row->flags & ISA_IS_MFMA)
        matrix_registers(d, w0, w1);
    else
        vop3p_modifiers(d, w0, w1);
    if (scaled)
        scales_read(d);
    decode_literal(d);
}
