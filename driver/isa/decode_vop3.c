/*
 * decode_vop3.c - the long form of the VALU, and the choice of halves and bytes in it.
 */
#include "decode_vector.h"

#include <string.h>

static void half_of_opsel(struct decoding *d, struct isa_operand *op, unsigned opsel_bit)
{
    if (decode_type_is_half(op->type) && d->inst->opsel >> opsel_bit & 1)
        op->sel = 1;
}

static void vop3_dst(struct decoding *d, uint32_t w)
{
    struct isa_inst *inst = d->inst;
    const struct isa_signature *s = d->signature;
    if (!s->n_dst) {
        reserved(d, bits(w, 7, 0));
        return;
    }
    if (s->dst[0].type == ISA_TYPE_MASK)
        decode_sgpr_result(d, &inst->dst, decode_compares_to_exec(d) ? ISA_EXEC : bits(w, 7, 0),
                           (struct isa_field){ISA_TYPE_MASK, 2, 's'});
    else
        decode_vector_dst(d, &inst->dst, bits(w, 7, 0), s->dst[0]);
    if (s->n_dst > 1)
        decode_mask(d, &inst->sdst, bits(w, 14, 8));
}

/* From gfx11 on every 16-bit operand has its half chosen by op_sel; before, some instructions have it. */
static bool has_opsel(const struct decoding *d)
{
    bool halves = decode_type_is_half(d->inst->dst.type) && d->inst->dst.kind;
    for (unsigned i = 0; i < d->signature->n_src; i++)
        halves |= decode_type_is_half(d->inst->src[i].type);
    bool byte = (d->inst->row->flags & ISA_HAS_BYTE_SEL) && d->generation >= ISA_GFX12;
    return (d->inst->row->flags & ISA_HAS_OPSEL) || byte || (isa_has_halves(d->generation) && halves);
}

/* gfx12's conversions of bytes: a source's byte, or its half, and nothing else. */
static void byte_select_check(struct decoding *d)
{
    const struct isa_inst *inst = d->inst;
    if (inst->n_src == 2)
        reserved(d, inst->opsel & 3);
    else
        reserved(d, inst->clamp || inst->omod || (inst->opsel & (inst->dst.dwords == 2 ? 6 : 12)));
}

static void vop3_modifiers(struct decoding *d, uint32_t w0, uint32_t w1)
{
    struct isa_inst *inst = d->inst;
    bool two_results = d->signature->n_dst > 1;
    unsigned flags = inst->row->flags;
    inst->clamp = bits(w0, 15, 15);
    inst->omod = (uint8_t)bits(w1, 28, 27);
    reserved(d, (inst->clamp && !(flags & ISA_HAS_CLAMP)) || (inst->omod && !(flags & ISA_HAS_OMOD)));
    if (!two_results && has_opsel(d))
        inst->opsel = (uint8_t)bits(w0, 14, 11);
    if (flags & ISA_IS_HALF_DOT)
        inst->opsel &= 12;
    unsigned halves = (1u << inst->n_src) - 1;
    bool compares = inst->row->format == ISA_VOPC;
    bool accumulates = flags & ISA_IS_FMAC16; /* its result is a source too */
    bool chosen = isa_is_gfx11(d->generation) && !(flags & ISA_IS_STRICT) &&
                  (!(flags & ISA_HAS_OPSEL) || (flags & (ISA_HAS_E64 | ISA_IS_PLAIN_WORD)));
    if (flags & ISA_HAS_BYTE_SEL && d->generation >= ISA_GFX12)
        byte_select_check(d);
    else if ((inst->n_src == 2 || !(flags & ISA_IS_PERMLANE)) && !decode_has_third(d) && !chosen &&
             !accumulates)
        reserved(d, inst->opsel & 7u & ~halves);
    /* LLVM ignores a choice for operands that are not there, but not along with signs of integers */
    unsigned used = (chosen ? halves : 7u) | (compares ? 0 : 8u);
    if (isa_has_halves(d->generation) && inst->n_src < 3 && inst->opsel & ~used &&
        !decode_type_is_float(inst->src[0].type))
        reserved(d, bits(w1, 30, 29) || bits(w0, 9, 8));
    if (chosen && isa_has_halves(d->generation))
        inst->opsel &= (uint8_t)used;
    reserved(d, inst->clamp && isa_is_gfx11(d->generation) && (flags & ISA_IS_PLAIN_WORD));
    if (isa_is_gfx9(d->generation) && (flags & ISA_HAS_TABLE) && !(flags & ISA_HAS_OPSEL))
        reserved(d, bits(w0, 14, 11));
    if (isa_is_gfx9(d->generation) && strcmp(inst->row->name, "v_cvt_pk_bf16_f32") == 0)
        reserved(d, bits(w0, 13, 13));
    half_of_opsel(d, &inst->dst, 3);
    for (unsigned i = 0; i < 3; i++) {
        inst->src[i].neg = bits(w1, 29 + i, 29 + i);
        inst->src[i].abs = !two_results && bits(w0, 8 + i, 8 + i);
        half_of_opsel(d, &inst->src[i], i);
    }
}

void decode_vop3(struct decoding *d)
{
    uint32_t w0 = d->inst->word[0], w1 = d->inst->word[1], extension = 0;
    if (d->available < 2 || !decode_row(d, ISA_VOP3, bits(w0, 25, 16))) {
        d->bad = true;
        return;
    }
    d->words = 2;
    d->no_literal = decode_has_no_literal(d);
    vop3_dst(d, w0);
    unsigned codes[3] = {bits(w1, 8, 0), bits(w1, 17, 9), bits(w1, 26, 18)};
    if (d->signature->n_src)
        codes[0] = decode_extension(d, codes[0], &extension);
    for (unsigned i = 0; i < d->signature->n_src; i++)
        decode_vector_source(d, &d->inst->src[i], codes[i], d->signature->src[i]);
    if (d->inst->row->flags & ISA_HAS_TABLE) {
        d->inst->imm = (int32_t)(bits(w1, 28, 27) << 6 | bits(w0, 10, 8) << 3 | bits(w1, 31, 29));
        w0 &= ~0x700u;
        w1 &= 0x07ffffffu;
    }
    vop3_modifiers(d, w0, w1);
    decode_modifiers_check(d);
    decode_literal(d);
}
