/*
 * decode_vector.c - what the VALU's formats share: which modifiers an instruction has room for, the word of
 * SDWA or DPP behind it.
 *
 * Invariant: the short and the long form of one instruction give the same operands in the same places, so
 * that one function executes both: carry and mask operands that the short forms imply (VCC) are written out,
 * 16-bit halves chosen by a register number above 127 (gfx11) become opsel bits. Facts: AMD's CDNA3 and RDNA3
 * ISA manuals, the chapters on VOP formats, SDWA, DPP and VOPD.
 */
#include "decode_vector.h"

bool decode_type_is_half(uint8_t type)
{
    return type == ISA_F16 || type == ISA_BF16 || type == ISA_I16 || type == ISA_U16 || type == ISA_B16;
}

bool decode_type_is_float(uint8_t type)
{
    return type == ISA_F16 || type == ISA_BF16 || type == ISA_F32 || type == ISA_F64 || type == ISA_V2F16 ||
           type == ISA_V2BF16;
}

bool decode_compares_to_exec(const struct decoding *d)
{
    return !isa_is_gfx9(d->generation) && (d->inst->row->flags & ISA_IS_CMPX);
}

/* gfx9's long forms have no literal. LLVM reads one on gfx950, where it fetches more words; nobody executes
 * that.
 */
bool decode_has_no_literal(const struct decoding *d)
{
    return isa_is_gfx9(d->generation) && d->generation != ISA_GFX950;
}

void decode_vector_dst(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field)
{
    if (field.kind == 's')
        decode_sgpr_result(d, op, number, field);
    else if (field.kind == 'a')
        decode_agpr(d, op, number, field);
    else
        decode_vgpr(d, op, number, field);
}

void decode_vector_source(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    decode_source(d, op, code, field);
    if (field.kind == 'a' && op->kind == ISA_VGPR)
        op->kind = ISA_AGPR;
}

/* Whether a 16-bit integer has room for signs: gfx11's halves have, and some that gfx12 kept. */
static bool word_has_signs(const struct decoding *d)
{
    unsigned flags = d->inst->row->flags;
    if (d->generation != ISA_GFX12)
        return isa_has_halves(d->generation);
    return d->inst->n_src == 3 ||
           (d->inst->row->format == ISA_VOP3 && (flags & ISA_HAS_OPSEL) && !(flags & ISA_IS_PLAIN_WORD));
}

/* Whether the encoding has room for negation and absolute values. */
static bool has_modifiers(const struct decoding *d)
{
    unsigned flags = d->inst->row->flags;
    bool any = (flags & ISA_HAS_SIGNS) ||
               (isa_has_halves(d->generation) && decode_type_is_half(d->inst->dst.type)) ||
               ((flags & ISA_HAS_SIGNS_GFX12) && d->generation == ISA_GFX12);
    for (unsigned i = 0; i < d->signature->n_src; i++)
        any |= decode_type_is_float(d->inst->src[i].type) ||
               (decode_type_is_half(d->inst->src[i].type) && word_has_signs(d));
    return any;
}

/* The conversions that choose a byte or half of their result on gfx9 have modifiers of a source that they
 * lack. */
bool decode_has_third(const struct decoding *d)
{
    return (d->inst->row->flags & ISA_HAS_THIRD) && isa_is_gfx9(d->generation);
}

/* Its signs mean nothing, but LLVM takes and shows them. */
static bool is_mask_of_half_classes(const struct decoding *d)
{
    return (d->inst->row->flags & ISA_IS_CLASS) && decode_type_is_half(d->signature->src[1].type) &&
           isa_is_gfx11(d->generation);
}

/* The mask of classes has no sign, except, for LLVM, from gfx10 on in v_cmpx, and from gfx11 on as a half. */
static bool is_class_test(const struct decoding *d)
{
    unsigned flags = d->inst->row->flags;
    return (flags & ISA_IS_CLASS) && !(flags & ISA_IS_CMPX && !isa_is_gfx9(d->generation)) &&
           !is_mask_of_half_classes(d);
}

/* Modifiers where there is no room for them are no instruction (LLVM); on an integer beside floats they do
 * nothing. */
void decode_modifiers_check(struct decoding *d)
{
    bool room = has_modifiers(d), select = d->inst->row->flags & ISA_IS_SELECT;
    bool third = decode_has_third(d);
    for (unsigned i = 0; i < 3; i++) {
        struct isa_operand *op = &d->inst->src[i];
        bool exists = (i < d->inst->n_src || third) && d->signature->src[i].type != ISA_TYPE_MASK;
        bool floating = exists && (decode_type_is_float(op->type) || select);
        if ((op->neg || op->abs) && !floating)
            reserved(d, !room || !exists || d->inst->sdwa || (i == 1 && is_class_test(d)));
        if (!floating && !(i == 1 && is_mask_of_half_classes(d)))
            op->neg = op->abs = false;
        if (op->sext && (floating || !exists))
            d->bad = true;
    }
}

/* ---- the word behind SDWA and DPP ---- */

static unsigned sdwa_read(struct decoding *d, uint32_t w)
{
    struct isa_inst *inst = d->inst;
    inst->sdwa = true;
    if (inst->row->format != ISA_VOPC) {
        inst->sdwa_dst_sel = (uint8_t)bits(w, 10, 8);
        inst->sdwa_dst_unused = (uint8_t)bits(w, 12, 11);
        inst->clamp = bits(w, 13, 13);
        inst->omod = (uint8_t)bits(w, 15, 14);
        if (inst->row->flags & ISA_HAS_BYTE_SEL) /* whole results only */
            reserved(d, bits(w, 12, 8) != SDWA_DWORD);
        bool floating = decode_type_is_float(inst->dst.type) || inst->dst.type == ISA_V2F32;
        reserved(d, inst->omod && !(floating && (inst->row->flags & ISA_HAS_OMOD)));
    }
    return bits(w, 7, 0) + (bits(w, 23, 23) ? 0 : SRC_VGPR);
}

static unsigned dpp16_read(struct decoding *d, uint32_t w)
{
    struct isa_inst *inst = d->inst;
    inst->dpp16 = true;
    inst->dpp_ctrl = (uint16_t)bits(w, 16, 8);
    inst->fetch_inactive = !isa_is_gfx9(d->generation) && bits(w, 18, 18);
    inst->bound_ctrl = bits(w, 19, 19);
    inst->bank_mask = (uint8_t)bits(w, 27, 24);
    inst->row_mask = (uint8_t)bits(w, 31, 28);
    return bits(w, 7, 0) + SRC_VGPR;
}

static bool extension_allowed(const struct decoding *d, unsigned code)
{
    unsigned flags = d->inst->row->flags;
    bool gfx9 = isa_is_gfx9(d->generation);
    bool wide = d->inst->format == ISA_VOP3 || d->inst->format == ISA_VOP3P;
    if (code == SRC_SDWA)
        return (flags & ISA_HAS_SDWA) && d->generation <= ISA_GFX10_3 && !wide;
    if (wide && d->generation < ISA_GFX11)
        return false;
    if (d->inst->format == ISA_VOPC && d->generation == ISA_GFX10_3)
        return false;
    if (code == SRC_DPP16)
        return flags & (gfx9 ? ISA_HAS_DPP9 : ISA_HAS_DPP);
    return !gfx9 && (flags & ISA_HAS_DPP);
}

unsigned decode_extension(struct decoding *d, unsigned code, uint32_t *word)
{
    bool dpp8 = !isa_is_gfx9(d->generation) && (code == SRC_DPP8 || code == SRC_DPP8_FI);
    if (code != SRC_DPP16 && !dpp8 && !(code == SRC_SDWA && d->generation <= ISA_GFX10_3))
        return code;
    if (d->words >= d->available || !extension_allowed(d, code)) {
        d->bad = true;
        return 128;
    }
    d->no_literal = true;
    *word = d->inst->word[d->words++];
    if (code == SRC_SDWA)
        return sdwa_read(d, *word);
    if (code == SRC_DPP16)
        return dpp16_read(d, *word);
    d->inst->dpp8 = true;
    d->inst->fetch_inactive = code == SRC_DPP8_FI;
    d->inst->dpp8_select = *word >> 8;
    return bits(*word, 7, 0) + SRC_VGPR;
}
