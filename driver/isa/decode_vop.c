/*
 * decode_vop.c - the short forms of the VALU: VOP1, VOP2, VOPC and the pairs of VOPD.
 */
#include "decode_vector.h"

#include <string.h>

/* gfx11 short forms: v128 and up are the high halves of v0 and up. */
static void half_of_number(struct decoding *d, struct isa_operand *op, unsigned opsel_bit)
{
    if (!isa_is_gfx11(d->generation) || op->kind != ISA_VGPR || !decode_type_is_half(op->type) ||
        op->reg < 128)
        return;
    reserved(d, !isa_has_halves(d->generation));
    op->reg -= 128;
    op->sel = 1;
    d->inst->opsel |= (uint8_t)(1 << opsel_bit);
}

static void sdwa_modify(struct decoding *d, uint32_t w)
{
    if (d->inst->n_src < 2 && bits(w, 31, 24) & ~0x40u)
        d->bad = true;
    for (unsigned i = 0; i < 2 && i < d->inst->n_src; i++) {
        struct isa_operand *op = &d->inst->src[i];
        uint32_t m = w >> (16 + 8 * i);
        op->sel = (uint8_t)bits(m, 2, 0);
        op->sext = bits(m, 3, 3);
        op->neg = bits(m, 4, 4);
        op->abs = bits(m, 5, 5);
    }
}

static void dpp16_modify(struct decoding *d, uint32_t w)
{
    if (d->inst->format == ISA_VOP3 || d->inst->format == ISA_VOP3P)
        return; /* their own words have the modifiers */
    d->inst->src[0].neg = bits(w, 20, 20);
    d->inst->src[0].abs = bits(w, 21, 21);
    d->inst->src[1].neg = bits(w, 22, 22);
    d->inst->src[1].abs = bits(w, 23, 23);
}

static void extension_apply(struct decoding *d, uint32_t word)
{
    if (d->inst->sdwa)
        sdwa_modify(d, word);
    if (d->inst->dpp16)
        dpp16_modify(d, word);
    decode_modifiers_check(d);
}

void decode_short_sources(struct decoding *d, unsigned code0, unsigned vsrc1)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < d->signature->n_src; i++) {
        struct isa_field field = d->signature->src[i];
        struct isa_operand *op = &d->inst->src[i];
        if (field.kind == 'k')
            continue;
        if (field.type == ISA_TYPE_MASK)
            decode_mask(d, op, ISA_VCC);
        else if (taken++ == 0)
            decode_vector_source(d, op, code0, field);
        else
            decode_vector_source(d, op, vsrc1 + SRC_VGPR, field);
        half_of_number(d, op, i);
    }
}

static void short_form(struct decoding *d, uint32_t w, unsigned vsrc1)
{
    uint32_t extension = 0;
    d->words = 1;
    unsigned code0 = decode_extension(d, bits(w, 8, 0), &extension);
    if (d->inst->sdwa && bits(extension, 31, 31)) { /* source 1 from an SGPR */
        decode_short_sources(d, code0, 0);
        decode_source(d, &d->inst->src[1], vsrc1, d->signature->src[1]);
    } else {
        decode_short_sources(d, code0, vsrc1);
    }
    extension_apply(d, extension);
    decode_literal(d);
}

/* v_nop and the like: their source field says nothing but that a word follows, until gfx11. */
static void bare_form(struct decoding *d, uint32_t w)
{
    uint32_t extension = 0;
    unsigned code = bits(w, 8, 0);
    reserved(d, bits(w, 24, 17));
    d->words = 1;
    if (isa_is_gfx11(d->generation) || d->available < 2)
        return;
    uint32_t next = d->inst->word[1];
    bool dpp8 = d->generation == ISA_GFX10_3 && (code == SRC_DPP8 || code == SRC_DPP8_FI);
    if (dpp8 || (code == SRC_SDWA && !(next & 0xbf3fe000)) || (code == SRC_DPP16 && !bits(next, 23, 20)))
        decode_extension(d, code, &extension);
}

void decode_vop1(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_VOP1, bits(w, 16, 9)))
        return;
    if (d->signature->n_dst) {
        decode_vector_dst(d, &d->inst->dst, bits(w, 24, 17), d->signature->dst[0]);
        half_of_number(d, &d->inst->dst, 3);
    } else {
        bare_form(d, w);
        return;
    }
    short_form(d, w, 0);
}

void decode_vop2(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_VOP2, bits(w, 30, 25)))
        return;
    if (!d->signature->n_dst) { /* v_illegal */
        d->words = 1;
        reserved(d, w);
        return;
    }
    decode_vector_dst(d, &d->inst->dst, bits(w, 24, 17), d->signature->dst[0]);
    half_of_number(d, &d->inst->dst, 3);
    if (d->signature->n_dst > 1)
        decode_mask(d, &d->inst->sdst, ISA_VCC);
    short_form(d, w, bits(w, 16, 9));
}

void decode_vopc(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_VOPC, bits(w, 24, 17)))
        return;
    decode_mask(d, &d->inst->dst, decode_compares_to_exec(d) ? ISA_EXEC : ISA_VCC);
    short_form(d, w, bits(w, 16, 9));
    uint32_t sdwa = d->inst->word[1];
    reserved(d, d->inst->sdwa && decode_compares_to_exec(d) && bits(sdwa, 15, 15));
    if (d->inst->sdwa && !decode_compares_to_exec(d) && bits(sdwa, 15, 15))
        decode_mask(d, &d->inst->dst, bits(sdwa, 14, 8));
}

/* ---- VOPD ---- */

static void vopd_half(struct decoding *d, unsigned opcode, unsigned dst, unsigned src0, unsigned vsrc1)
{
    if (!decode_row(d, ISA_VOPD, opcode))
        return;
    decode_vgpr(d, &d->inst->dst, dst, d->signature->dst[0]);
    if (d->signature->n_src == 1)
        reserved(d, vsrc1);
    d->words = 2;
    decode_short_sources(d, src0, vsrc1);
    decode_literal(d);
}

void decode_vopd(struct decoding *d)
{
    uint32_t w0 = d->inst->word[0], w1 = d->inst->word[1];
    struct isa_inst *pair = d->inst->pair_storage;
    if (d->available < 2 || !pair || d->wave64) {
        d->bad = true;
        return;
    }
    memset(pair, 0, sizeof(*pair));
    memcpy(pair->word, d->inst->word, sizeof(pair->word));
    pair->generation = d->inst->generation;
    struct decoding y = *d;
    y.inst = pair;
    unsigned dst_x = bits(w1, 31, 24), dst_y = bits(w1, 23, 17) << 1 | !(dst_x & 1);
    vopd_half(d, bits(w0, 25, 22), dst_x, bits(w0, 8, 0), bits(w0, 16, 9));
    vopd_half(&y, bits(w0, 21, 17), dst_y, bits(w1, 8, 0), bits(w1, 16, 9));
    d->bad |= y.bad;
    d->words = y.words > d->words ? y.words : d->words;
    pair->bytes = (uint8_t)(d->words * 4);
    d->inst->pair = pair;
}
