/*
 * decode_vector.c - the VALU's formats: VOP1, VOP2, VOPC, VOP3, VOP3P and VOPD, with SDWA and DPP.
 *
 * Invariant: the short and the long form of one instruction give the same operands in the same places, so
 * that one function executes both: carry and mask operands that the short forms imply (VCC) are written out,
 * 16-bit halves chosen by a register number above 127 (gfx11) become opsel bits. Facts: AMD's CDNA3 and RDNA3
 * ISA manuals, the chapters on VOP formats, SDWA, DPP and VOPD.
 */
#include "decode.h"

#include <string.h>

enum { SRC_SDWA = 249, SRC_DPP16 = 250, SRC_DPP8 = 233, SRC_DPP8_FI = 234, SRC_VGPR = 256, SDWA_DWORD = 6 };

static bool type_is_half(uint8_t type)
{
    return type == ISA_F16 || type == ISA_BF16 || type == ISA_I16 || type == ISA_U16 || type == ISA_B16;
}

/* gfx11 short forms: v128 and up are the high halves of v0 and up. */
static void half_of_number(struct decoding *d, struct isa_operand *op, unsigned opsel_bit)
{
    if (!isa_is_gfx11(d->generation) || op->kind != ISA_VGPR || !type_is_half(op->type) || op->reg < 128)
        return;
    reserved(d, !isa_has_halves(d->generation));
    op->reg -= 128;
    op->sel = 1;
    d->inst->opsel |= (uint8_t)(1 << opsel_bit);
}

static void half_of_opsel(struct decoding *d, struct isa_operand *op, unsigned opsel_bit)
{
    if (type_is_half(op->type) && d->inst->opsel >> opsel_bit & 1)
        op->sel = 1;
}

static bool type_is_float(uint8_t type)
{
    return type == ISA_F16 || type == ISA_BF16 || type == ISA_F32 || type == ISA_F64 || type == ISA_V2F16;
}

/* Integers of 16 bits that cannot leave their range; gfx11 took their clamp, and gfx12 their modifiers. */
static bool is_plain_word(const char *name)
{
    static const char *const names[] = {"v_mul_lo_u16", "v_lshlrev_b16", "v_lshrrev_b16", "v_ashrrev_i16",
                                        "v_min_u16",    "v_max_u16",     "v_min_i16",     "v_max_i16",
                                        "v_and_b16",    "v_or_b16",      "v_xor_b16"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Whether the encoding has room for negation and absolute values: with any float source, and for gfx11's
 * halves. */
static bool has_modifiers(const struct decoding *d)
{
    const char *name = d->inst->row->name;
    bool any = strncmp(name, "v_cndmask", 9) == 0 || strncmp(name, "v_dot", 5) == 0 ||
               strncmp(name, "v_ashr_pk_", 10) == 0 ||
               (isa_has_halves(d->generation) && strcmp(name, "v_sat_pk_u8_i16") == 0) ||
               (d->generation == ISA_GFX12 && strncmp(name, "v_cvt_pk_f32_", 13) == 0);
    for (unsigned i = 0; i < d->signature->n_src; i++)
        any |= type_is_float(d->inst->src[i].type) ||
               (type_is_half(d->inst->src[i].type) &&
                (isa_has_halves(d->generation) ||
                 (d->generation == ISA_GFX12 &&
                  (d->inst->n_src == 3 || (d->inst->format == ISA_VOP3 &&
                                           (d->inst->row->flags & ISA_HAS_OPSEL) && !is_plain_word(name))))));
    return any;
}

/* The conversions that choose a byte or half of their result on gfx9 have modifiers of a source that they
 * lack. */
static bool has_third_modifier(const struct decoding *d)
{
    static const char *const names[] = {"v_cvt_sr_fp8_f32", "v_cvt_sr_bf8_f32", "v_cvt_scalef32_pk_fp4_f16",
                                        "v_cvt_scalef32_pk_fp4_bf16"};
    bool found = false;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        found |= strcmp(d->inst->row->name, names[i]) == 0;
    return found && isa_is_gfx9(d->generation);
}

/* The mask of classes has no sign, except, for LLVM, from gfx10 on in v_cmpx, and from gfx11 on as a half. */
static bool is_class_test(const struct decoding *d)
{
    const char *name = strstr(d->inst->row->name, "_class_f");
    bool cmpx = strncmp(d->inst->row->name, "v_cmpx", 6) == 0, half = name && strcmp(name, "_class_f16") == 0;
    return name && !(cmpx && !isa_is_gfx9(d->generation)) && !(half && isa_is_gfx11(d->generation));
}

/* Modifiers where there is no room for them are no instruction (LLVM); on an integer beside floats they do
 * nothing. */
static void modifiers_check(struct decoding *d)
{
    bool room = has_modifiers(d), cndmask = strncmp(d->inst->row->name, "v_cndmask", 9) == 0;
    bool third = has_third_modifier(d);
    for (unsigned i = 0; i < 3; i++) {
        struct isa_operand *op = &d->inst->src[i];
        bool exists = (i < d->inst->n_src || third) && d->signature->src[i].type != ISA_TYPE_MASK;
        bool floating = exists && (type_is_float(op->type) || cndmask);
        if ((op->neg || op->abs) && !floating)
            reserved(d, !room || !exists || d->inst->sdwa || (i == 1 && is_class_test(d)));
        if (!floating)
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
        reserved(d, inst->omod && !(type_is_float(inst->dst.type) && (inst->row->flags & ISA_HAS_OMOD)));
    }
    return bits(w, 7, 0) + (bits(w, 23, 23) ? 0 : SRC_VGPR);
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

static void dpp16_modify(struct decoding *d, uint32_t w)
{
    if (d->inst->format == ISA_VOP3 || d->inst->format == ISA_VOP3P)
        return; /* their own words have the modifiers */
    d->inst->src[0].neg = bits(w, 20, 20);
    d->inst->src[0].abs = bits(w, 21, 21);
    d->inst->src[1].neg = bits(w, 22, 22);
    d->inst->src[1].abs = bits(w, 23, 23);
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

/* The real code of source 0 when the field announces a further word, which is taken. */
static unsigned extension_read(struct decoding *d, unsigned code, uint32_t *word)
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

static void extension_apply(struct decoding *d, uint32_t word)
{
    if (d->inst->sdwa)
        sdwa_modify(d, word);
    if (d->inst->dpp16)
        dpp16_modify(d, word);
    modifiers_check(d);
}

/* ---- short forms ---- */

static void vector_dst(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field)
{
    if (field.kind == 's')
        decode_sgpr_result(d, op, number, field);
    else if (field.kind == 'a')
        decode_agpr(d, op, number, field);
    else
        decode_vgpr(d, op, number, field);
}

static void vector_source(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    decode_source(d, op, code, field);
    if (field.kind == 'a' && op->kind == ISA_VGPR)
        op->kind = ISA_AGPR;
}

/* Sources of VOP1, VOP2 and VOPC: code0, then the VGPR; K waits for the literal, a mask is VCC. */
static void short_sources(struct decoding *d, unsigned code0, unsigned vsrc1)
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
            vector_source(d, op, code0, field);
        else
            vector_source(d, op, vsrc1 + SRC_VGPR, field);
        half_of_number(d, op, i);
    }
}

static void short_form(struct decoding *d, uint32_t w, unsigned vsrc1)
{
    uint32_t extension = 0;
    d->words = 1;
    unsigned code0 = extension_read(d, bits(w, 8, 0), &extension);
    if (d->inst->sdwa && bits(extension, 31, 31)) { /* source 1 from an SGPR */
        short_sources(d, code0, 0);
        decode_source(d, &d->inst->src[1], vsrc1, d->signature->src[1]);
    } else {
        short_sources(d, code0, vsrc1);
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
        extension_read(d, code, &extension);
}

void decode_vop1(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_VOP1, bits(w, 16, 9)))
        return;
    if (d->signature->n_dst) {
        vector_dst(d, &d->inst->dst, bits(w, 24, 17), d->signature->dst[0]);
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
    vector_dst(d, &d->inst->dst, bits(w, 24, 17), d->signature->dst[0]);
    half_of_number(d, &d->inst->dst, 3);
    if (d->signature->n_dst > 1)
        decode_mask(d, &d->inst->sdst, ISA_VCC);
    short_form(d, w, bits(w, 16, 9));
}

static bool compares_to_exec(const struct decoding *d)
{
    return !isa_is_gfx9(d->generation) && strncmp(d->inst->row->name, "v_cmpx", 6) == 0;
}

void decode_vopc(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_VOPC, bits(w, 24, 17)))
        return;
    decode_mask(d, &d->inst->dst, compares_to_exec(d) ? ISA_EXEC : ISA_VCC);
    short_form(d, w, bits(w, 16, 9));
    uint32_t sdwa = d->inst->word[1];
    reserved(d, d->inst->sdwa && compares_to_exec(d) && bits(sdwa, 15, 15));
    if (d->inst->sdwa && !compares_to_exec(d) && bits(sdwa, 15, 15))
        decode_mask(d, &d->inst->dst, bits(sdwa, 14, 8));
}

/* ---- VOP3 ---- */

/* gfx9's long forms have no literal. LLVM reads one on gfx950, where it fetches more words; nobody executes
 * that.
 */
static bool has_no_literal(const struct decoding *d)
{
    return isa_is_gfx9(d->generation) && d->generation != ISA_GFX950;
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
        decode_sgpr_result(d, &inst->dst, compares_to_exec(d) ? ISA_EXEC : bits(w, 7, 0),
                           (struct isa_field){ISA_TYPE_MASK, 2, 's'});
    else
        vector_dst(d, &inst->dst, bits(w, 7, 0), s->dst[0]);
    if (s->n_dst > 1)
        decode_mask(d, &inst->sdst, bits(w, 14, 8));
}

/* From gfx11 on every 16-bit operand has its half chosen by op_sel; before, some instructions have it. */
static bool has_opsel(const struct decoding *d)
{
    bool halves = type_is_half(d->inst->dst.type) && d->inst->dst.kind;
    for (unsigned i = 0; i < d->signature->n_src; i++)
        halves |= type_is_half(d->inst->src[i].type);
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
    unsigned halves = (1u << inst->n_src) - 1;
    bool compares = inst->row->format == ISA_VOPC;
    bool accumulates = strcmp(inst->row->name, "v_fmac_f16") == 0; /* its result is a source too */
    bool chosen = isa_is_gfx11(d->generation) &&
                  (!(flags & ISA_HAS_OPSEL) || (flags & ISA_HAS_E64) || is_plain_word(inst->row->name));
    if (flags & ISA_HAS_BYTE_SEL && d->generation >= ISA_GFX12)
        byte_select_check(d);
    else if ((inst->n_src == 2 || strncmp(inst->row->name, "v_permlane", 10) != 0) &&
             !has_third_modifier(d) && !chosen && !accumulates)
        reserved(d, inst->opsel & 7u & ~halves);
    /* LLVM ignores a choice for operands that are not there, but not along with signs of integers */
    unsigned used = (chosen ? halves : 7u) | (compares ? 0 : 8u);
    if (isa_has_halves(d->generation) && inst->n_src < 3 && inst->opsel & ~used &&
        !type_is_float(inst->src[0].type))
        reserved(d, bits(w1, 30, 29) || bits(w0, 9, 8));
    if (chosen && isa_has_halves(d->generation))
        inst->opsel &= (uint8_t)used;
    reserved(d, inst->clamp && isa_is_gfx11(d->generation) && is_plain_word(inst->row->name));
    if (isa_is_gfx9(d->generation) && strcmp(inst->row->name, "v_bitop3_b32") == 0)
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
    d->no_literal = has_no_literal(d);
    vop3_dst(d, w0);
    unsigned codes[3] = {bits(w1, 8, 0), bits(w1, 17, 9), bits(w1, 26, 18)};
    if (d->signature->n_src)
        codes[0] = extension_read(d, codes[0], &extension);
    for (unsigned i = 0; i < d->signature->n_src; i++)
        vector_source(d, &d->inst->src[i], codes[i], d->signature->src[i]);
    if (d->inst->row->flags & ISA_HAS_TABLE) {
        d->inst->imm = (int32_t)(bits(w1, 28, 27) << 6 | bits(w0, 10, 8) << 3 | bits(w1, 31, 29));
        w0 &= ~0x700u;
        w1 &= 0x07ffffffu;
    }
    vop3_modifiers(d, w0, w1);
    modifiers_check(d);
    decode_literal(d);
}

/* ---- VOP3P and the matrix forms ---- */

static bool is_matrix(const struct isa_row *row)
{
    return (strncmp(row->name, "v_mfma", 6) == 0 && row->operands[0] != '=') ||
           strncmp(row->name, "v_smfmac", 8) == 0;
}

static bool is_wave_matrix(const struct isa_row *row)
{
    return strncmp(row->name, "v_wmma", 6) == 0 || strncmp(row->name, "v_swmmac", 8) == 0;
}

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
    if (strncmp(inst->row->name, "v_smfmac", 8) == 0) {
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
    const char *name = inst->row->name;
    bool sparse = strncmp(name, "v_swmmac", 8) == 0, integer = strstr(name, "_i32_") != NULL;
    unsigned lo = integer || sparse ? 4 : 0, hi = integer ? 7 : sparse ? 4 : 0;
    if (strstr(name, "_fp8") || strstr(name, "_bf8"))
        lo |= 3, hi |= 3;
    reserved(d, (inst->neg_lo & lo) || (inst->neg_hi & hi) || inst->opsel_hi != 7);
    reserved(d, inst->opsel & (!sparse || strstr(name, "x64_") ? 7 : 6));
}

static void vop3p_modifiers(struct decoding *d, uint32_t w0, uint32_t w1)
{
    struct isa_inst *inst = d->inst;
    inst->clamp = bits(w0, 15, 15);
    inst->neg_lo = (uint8_t)bits(w1, 31, 29);
    inst->neg_hi = (uint8_t)bits(w0, 10, 8);
    const char *name = inst->row->name;
    if (strncmp(name, "v_dot4", 6) == 0 || strncmp(name, "v_dot8", 6) == 0)
        reserved(d, inst->opsel);
    if (strncmp(name, "v_accvgpr", 9) == 0)
        reserved(d, inst->neg_lo | inst->neg_hi | inst->opsel);
    if (strncmp(name, "v_dot4_f32", 10) == 0)
        reserved(d, inst->clamp || ((inst->neg_lo | inst->neg_hi) & 3));
    if (is_wave_matrix(inst->row)) {
        reserved(d, inst->clamp && !strstr(name, "_i32_"));
        if (d->generation == ISA_GFX12)
            wave_matrix_check(d);
        else
            reserved(d, inst->opsel && (strstr(name, "_f32_") || strstr(name, "_i32_")));
    }
    if (inst->n_src == 2 && !inst->dst.kind) /* v_mfma_ld_scale_b32 alone */
        reserved(d, inst->clamp || (inst->opsel & 4));
    else if (inst->n_src == 2)
        reserved(d, (inst->neg_lo | inst->neg_hi | inst->opsel) & 4);
    if (strncmp(name, "v_dot4_f32", 10) == 0 && d->generation == ISA_GFX12)
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
    vector_source(d, &inst->scale[0], bits(inst->word[1], 8, 0), field);
    vector_source(d, &inst->scale[1], bits(inst->word[1], 17, 9), field);
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
    d->no_literal = has_no_literal(d);
    inst->opsel = (uint8_t)bits(w0, 13, 11);
    inst->opsel_hi = (uint8_t)(bits(w1, 28, 27) | bits(w0, 14, 14) << 2);
    if (d->signature->n_dst)
        vector_dst(d, &inst->dst, bits(w0, 7, 0), d->signature->dst[0]);
    else
        reserved(d, bits(w0, 7, 0));
    unsigned codes[3] = {extension_read(d, bits(w1, 8, 0), &extension), bits(w1, 17, 9), bits(w1, 26, 18)};
    struct isa_field fields[4];
    memcpy(fields, d->signature->src, sizeof(fields));
    formats_apply(d, w0, w1, fields);
    for (unsigned i = 0; i < d->signature->n_src; i++) {
        struct isa_field field = fields[i];
        if (field.kind == 'x' && inst->opsel_hi >> i & 1)
            field.type = ISA_F16;
        vector_source(d, &inst->src[i], codes[i], field);
    }
    if (is_matrix(inst->row) || is_wave_matrix(inst->row))
        matrix_sources_check(d);
    if (is_matrix(inst->row))
        matrix_registers(d, w0, w1);
    else
        vop3p_modifiers(d, w0, w1);
    if (scaled)
        scales_read(d);
    decode_literal(d);
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
    short_sources(d, src0, vsrc1);
    decode_literal(d);
}

void decode_vopd(struct decoding *d)
{
    uint32_t w0 = d->inst->word[0], w1 = d->inst->word[1];
    struct isa_inst *pair = d->inst->pair_storage;
    if (d->available < 2 || !pair) {
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
