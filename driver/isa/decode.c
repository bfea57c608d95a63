/*
 * decode.c - bytes at a pc become a struct isa_inst: which encoding it is, the scalar and SMEM formats.
 *
 * Invariant: a decoded instruction has a row, whole operands and its length; anything else is -EILSEQ and
 * four bytes. Facts: the "microcode formats" chapters of AMD's CDNA3 and RDNA3 ISA manuals; tests hold every
 * format against LLVM's disassembler.
 */
#include "decode.h"

#include <errno.h>
#include <string.h>

static const struct isa_field sgpr_one = {ISA_B32, 1, 's'};

/* ---- scalar formats ---- */

/* Sources from codes in order; the immediate has no operand. */
static void scalar_sources(struct decoding *d, const unsigned *codes)
{
    unsigned n = 0;
    for (unsigned i = 0; i < d->signature->n_src; i++) {
        struct isa_field field = d->signature->src[i];
        if (field.type == ISA_TYPE_IMM)
            continue;
        if (field.kind != 'k')
            decode_source(d, &d->inst->src[n], codes[n], field);
        n++;
    }
    d->inst->n_src = (uint8_t)n;
}

static void scalar_dst(struct decoding *d, unsigned code)
{
    if (d->signature->n_dst)
        decode_sgpr(d, &d->inst->dst, code, d->signature->dst[0]);
}

static void decode_sop2(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_SOP2, bits(w, 29, 23)))
        return;
    d->words = 1;
    scalar_dst(d, bits(w, 22, 16));
    scalar_sources(d, (unsigned[4]){bits(w, 7, 0), bits(w, 15, 8)});
    /* s_fmamk_f32 has its K between the two */
    if (d->signature->n_src == 3 && d->signature->src[1].kind == 'k')
        decode_source(d, &d->inst->src[2], bits(w, 15, 8), d->signature->src[2]);
    decode_literal(d);
}

static void decode_sop1(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_SOP1, bits(w, 15, 8)))
        return;
    d->words = 1;
    scalar_dst(d, bits(w, 22, 16));
    scalar_sources(d, (unsigned[4]){bits(w, 7, 0)});
    if (d->signature->n_src && d->signature->src[0].type == ISA_TYPE_IMM)
        d->inst->imm = (int32_t)bits(w, 7, 0); /* s_sendmsg_rtn */
    decode_literal(d);
}

static void decode_sopc(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_SOPC, bits(w, 22, 16)))
        return;
    d->words = 1;
    scalar_sources(d, (unsigned[4]){bits(w, 7, 0), bits(w, 15, 8)});
    if (d->signature->n_src > 1 && d->signature->src[1].type == ISA_TYPE_IMM)
        d->inst->imm = (int32_t)bits(w, 15, 8); /* s_set_gpr_idx_on */
    decode_literal(d);
}

static void decode_sopk(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_SOPK, bits(w, 27, 23)))
        return;
    d->words = 1;
    d->inst->imm = (int16_t)bits(w, 15, 0);
    scalar_dst(d, bits(w, 22, 16));
    scalar_sources(d, (unsigned[4]){bits(w, 22, 16)});
    decode_literal(d);
}

static void decode_sopp(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    if (!decode_row(d, ISA_SOPP, bits(w, 22, 16)))
        return;
    d->words = 1;
    d->inst->n_src = 0;
    d->inst->imm = (int32_t)bits(w, 15, 0);
    if (d->signature->n_src == 0)
        reserved(d, bits(w, 15, 0));
    if (strncmp(d->inst->row->name, "s_branch", 8) == 0 || strncmp(d->inst->row->name, "s_cbranch", 9) == 0)
        d->inst->imm = (int16_t)d->inst->imm;
}

/* ---- SMEM ---- */

static void smem_offset_gfx9(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    bool immediate = bits(inst->word[0], 17, 17), soffset = bits(inst->word[0], 14, 14);
    if (immediate)
        inst->offset = sign_extend(bits(inst->word[1], 20, 0), 21);
    if (soffset)
        decode_sgpr(d, &inst->src[1], bits(inst->word[1], 31, 25), sgpr_one);
    else if (!immediate)
        decode_sgpr(d, &inst->src[1], bits(inst->word[1], 6, 0), sgpr_one);
    inst->glc = bits(inst->word[0], 16, 16);
}

static void smem_offset_gfx10(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    inst->offset = sign_extend(bits(inst->word[1], 20, 0), 21);
    decode_sgpr(d, &inst->src[1], bits(inst->word[1], 31, 25), sgpr_one);
    if (inst->src[1].kind == ISA_NULL)
        inst->src[1].kind = ISA_NONE;
    inst->glc = isa_is_gfx11(d->generation) ? bits(inst->word[0], 14, 14) : bits(inst->word[0], 16, 16);
    inst->dlc = isa_is_gfx11(d->generation) ? bits(inst->word[0], 13, 13) : bits(inst->word[0], 14, 14);
}

static void smem_offset_gfx12(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    inst->offset = sign_extend(bits(inst->word[1], 23, 0), 24);
    decode_sgpr(d, &inst->src[1], bits(inst->word[1], 31, 25), sgpr_one);
    if (inst->src[1].kind == ISA_NULL)
        inst->src[1].kind = ISA_NONE;
    inst->nv = bits(inst->word[0], 20, 20);
    inst->scale_offset = bits(inst->word[1], 24, 24);
    inst->scope = (uint8_t)bits(inst->word[0], 22, 21);
    inst->th = (uint8_t)bits(inst->word[0], 24, 23);
}

static void decode_smem(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w = inst->word[0];
    unsigned opcode = d->generation == ISA_GFX12 ? bits(w, 18, 13) : bits(w, 25, 18);
    if (d->available < 2) {
        d->bad = true;
        return;
    }
    if (!decode_row(d, ISA_SMEM, opcode))
        return;
    d->words = 2;
    const struct isa_signature *s = d->signature;
    if (s->n_src) {
        decode_sgpr(d, &inst->src[0], bits(w, 5, 0) << 1, s->src[0]);
        if (isa_is_gfx9(d->generation))
            smem_offset_gfx9(d);
        else if (d->generation == ISA_GFX12)
            smem_offset_gfx12(d);
        else
            smem_offset_gfx10(d);
    } else if (isa_is_gfx9(d->generation) || isa_has_halves(d->generation)) {
        reserved(d, isa_is_gfx9(d->generation) ? bits(w, 17, 17) : bits(w, 14, 13));
    }
    if (s->n_src == 1 && !s->n_dst && isa_has_halves(d->generation)) /* s_atc_probe */
        reserved(d, bits(w, 14, 13));
    if (strstr(inst->row->name, "prefetch")) {
        smem_offset_gfx12(d);
        inst->imm = (int32_t)bits(w, 12, 6);
        reserved(d, inst->imm >> 5 || (strstr(inst->row->name, "buffer") && inst->offset < 0));
        inst->n_src = 3;
        return;
    }
    if (d->generation == ISA_GFX12) {
        reserved(d, strstr(inst->row->name, "buffer") && inst->offset < 0);
        reserved(d, strstr(inst->row->name, "probe") && bits(w, 12, 11));
    }
    bool returns = !(inst->row->flags & ISA_IS_ATOMIC) || inst->glc;
    if (s->n_dst && returns)
        decode_sgpr(d, &inst->dst, bits(w, 12, 6), s->dst[0]);
    if (s->n_src > 1)
        decode_sgpr(d, &inst->src[2], bits(w, 12, 6), s->src[1]);
    inst->n_src = s->n_src ? 3 : 0;
}

/* ---- which encoding ---- */

enum { GFX9 = 1, GFX10 = 2, GFX11 = 4, GFX12 = 8, ALL = 15 };

static const struct {
    uint8_t families, shift;
    uint16_t value;
    void (*decode)(struct decoding *d);
} encodings[] = {/* the first match counts */
                 {ALL, 25, 0x3f, decode_vop1},
                 {ALL, 25, 0x3e, decode_vopc},
                 {ALL, 31, 0, decode_vop2},
                 {ALL, 23, 0x17d, decode_sop1},
                 {ALL, 23, 0x17e, decode_sopc},
                 {ALL, 23, 0x17f, decode_sopp},
                 {ALL, 28, 0xb, decode_sopk},
                 {ALL, 30, 2, decode_sop2},
                 {GFX9, 26, 0x30, decode_smem},
                 {GFX10 | GFX11 | GFX12, 26, 0x3d, decode_smem},
                 {GFX9, 23, 0x1a7, decode_vop3p},
                 {GFX9, 26, 0x34, decode_vop3},
                 {GFX10 | GFX11 | GFX12, 23, 0x198, decode_vop3p},
                 {GFX10 | GFX11 | GFX12, 26, 0x35, decode_vop3},
                 {GFX11 | GFX12, 26, 0x32, decode_vopd},
                 {ALL, 26, 0x36, decode_ds},
                 {GFX9 | GFX10 | GFX11, 26, 0x37, decode_flat},
                 {GFX9 | GFX10 | GFX11, 26, 0x38, decode_buffer},
                 {GFX9 | GFX10 | GFX11, 26, 0x3a, decode_typed_buffer},
                 {GFX12, 26, 0x3b, decode_flat_gfx12},
                 {GFX12, 26, 0x31, decode_buffer_gfx12}};

static unsigned family_of(enum isa_generation generation)
{
    if (isa_is_gfx9(generation))
        return GFX9;
    if (generation == ISA_GFX10_3)
        return GFX10;
    return generation == ISA_GFX12 ? GFX12 : GFX11;
}

static void decode_any(struct decoding *d)
{
    unsigned family = family_of(d->generation);
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
        if ((encodings[i].families & family) &&
            d->inst->word[0] >> encodings[i].shift == encodings[i].value) {
            encodings[i].decode(d);
            return;
        }
    d->bad = true;
}

static void inst_reset(struct isa_inst *inst, enum isa_generation generation, const uint32_t *words)
{
    struct isa_inst *pair = inst->pair_storage;
    memset(inst, 0, sizeof(*inst));
    inst->pair_storage = pair;
    inst->generation = (uint8_t)generation;
    memcpy(inst->word, words, sizeof(inst->word));
}

static void registers_count(struct isa_inst *inst, const struct isa_operand *op)
{
    unsigned needed = op->reg + (op->dwords ? op->dwords : 1u);
    if (op->kind == ISA_VGPR && needed > inst->vgprs_needed)
        inst->vgprs_needed = (uint16_t)needed;
    if (op->kind == ISA_AGPR && needed > inst->agprs_needed)
        inst->agprs_needed = (uint16_t)needed;
}

static void registers_needed(struct isa_inst *inst)
{
    for (const struct isa_inst *half = inst; half; half = half->pair) {
        registers_count(inst, &half->dst);
        for (unsigned i = 0; i < half->n_src; i++)
            registers_count(inst, &half->src[i]);
    }
    for (unsigned i = 0; i < 2 && inst->scaled; i++)
        registers_count(inst, &inst->scale[i]);
}

int isa_decode(enum isa_generation generation, bool wave64, const void *bytes, size_t avail,
               struct isa_inst *inst)
{
    uint32_t words[4] = {0};
    size_t available = avail / 4 < 4 ? avail / 4 : 4;
    memcpy(words, bytes, available * 4);
    inst_reset(inst, generation, words);
    struct decoding d = {
        .generation = generation, .wave64 = wave64, .inst = inst, .available = (unsigned)available};
    if (available)
        decode_any(&d);
    if (!available || d.bad || !inst->row) {
        inst_reset(inst, generation, words);
        inst->bytes = 4;
        return -EILSEQ;
    }
    inst->bytes = (uint8_t)(d.words * 4);
    registers_needed(inst);
    return 0;
}
