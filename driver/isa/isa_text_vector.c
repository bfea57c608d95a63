/*
 * isa_text_vector.c - text of the VALU formats: suffixes, source modifiers, op_sel, DPP and SDWA.
 *
 * Facts: LLVM's AMDGPUModifierSyntax and llvm-objdump's output.
 */
#include "isa_text.h"

#include <string.h>

static const char *suffix_of(const struct isa_inst *inst)
{
    unsigned row = inst->row->format;
    bool shared =
        row == ISA_VOP1 || row == ISA_VOP2 || row == ISA_VOPC; /* may have a short and a long form */
    if (((inst->dpp16 || inst->dpp8) && inst->format == ISA_VOPC) || (!inst->dst.kind && !inst->n_src))
        return ""; /* LLVM leaves the suffix out */
    if (inst->dpp16 || inst->dpp8)
        return inst->format == ISA_VOP3 || inst->format == ISA_VOP3P ? "_e64_dpp" : "_dpp";
    if (inst->sdwa)
        return "_sdwa";
    if (!shared || (inst->row->flags & ISA_IS_BARE))
        return "";
    return inst->format == ISA_VOP3 ? "_e64" : "_e32";
}

static void text_modified(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    bool wrap = op->neg && !op->abs && op->kind == ISA_CONST; /* -1 is not neg(1) */
    if (op->sext)
        text_put(t, "sext(");
    if (op->neg)
        text_put(t, wrap ? "neg(" : "-");
    if (op->abs)
        text_put(t, "|");
    text_operand(t, inst, op);
    if (op->abs)
        text_put(t, "|");
    if (wrap)
        text_put(t, ")");
    if (op->sext)
        text_put(t, ")");
}

static bool dst_is_implied(const struct isa_inst *inst)
{
    return inst->generation > ISA_GFX950 && (inst->row->flags & ISA_IS_CMPX);
}

static void text_operands(struct text *t, const struct isa_inst *inst)
{
    const struct isa_operand *results[] = {&inst->dst, &inst->sdst};
    for (unsigned i = 0; i < 2; i++)
        if (results[i]->kind && !dst_is_implied(inst)) {
            text_comma(t);
            text_operand(t, inst, results[i]);
        }
    for (unsigned i = 0; i < inst->n_src; i++) {
        text_comma(t);
        text_modified(t, inst, &inst->src[i]);
    }
}

static void text_bits(struct text *t, const char *name, unsigned value, unsigned n)
{
    text_put(t, " %s:[", name);
    for (unsigned i = 0; i < n; i++)
        text_put(t, i ? ",%u" : "%u", value >> i & 1);
    text_put(t, "]");
}

static void text_packed(struct text *t, const struct isa_inst *inst)
{
    unsigned n = inst->n_src, all = (1u << n) - 1;
    const struct isa_signature *s = isa_row_signature(inst->row);
    bool mixed = s->n_src && s->src[0].kind == 'x';
    bool plain = inst->row->flags & ISA_IS_BYTE_DOT;
    bool sparse = inst->row->flags & ISA_IS_SPARSE; /* which part of the index register */
    if (sparse && inst->opsel)
        text_put(t, " index_key:%u", inst->opsel);
    else if (!plain && (inst->opsel & all))
        text_bits(t, "op_sel", inst->opsel, n);
    if (!plain && (inst->opsel_hi & all) != (mixed ? 0 : all))
        text_bits(t, "op_sel_hi", inst->opsel_hi, n);
    if (!mixed && (inst->neg_lo & all))
        text_bits(t, "neg_lo", inst->neg_lo, n);
    if (!mixed && (inst->neg_hi & all))
        text_bits(t, "neg_hi", inst->neg_hi, n);
}

static void text_scales(struct text *t, const struct isa_inst *inst)
{
    for (unsigned i = 0; i < 2; i++) {
        text_comma(t);
        text_operand(t, inst, &inst->scale[i]);
    }
    if (inst->opsel)
        text_bits(t, "op_sel", inst->opsel, 3);
    text_bits(t, "op_sel_hi", inst->opsel_hi, 3);
}

static void text_matrix(struct text *t, const struct isa_inst *inst)
{
    if (inst->scaled)
        text_scales(t, inst);
    if (inst->cbsz)
        text_put(t, " cbsz:%u", inst->cbsz);
    if (inst->abid && !inst->scaled)
        text_put(t, " abid:%u", inst->abid);
    if (inst->blgp && inst->dst.type == ISA_F64 && inst->generation != ISA_GFX90A)
        text_bits(t, "neg", inst->blgp, 3);
    else if (inst->blgp)
        text_put(t, " blgp:%u", inst->blgp);
}

/* op_sel of VOP3: where halves are not part of the register's name. */
static void text_vop3_opsel(struct text *t, const struct isa_inst *inst)
{
    bool pair = inst->dst.dwords == 2;
    if (inst->row->flags & ISA_HAS_BYTE_SEL && inst->generation >= ISA_GFX12 && !pair) {
        /* of the result, or of the source, whose bits are the other way round */
        unsigned byte = inst->n_src == 2 ? inst->opsel >> 2 : (inst->opsel & 1) << 1 | (inst->opsel >> 1 & 1);
        if (byte)
            text_put(t, " byte_sel:%u", byte);
        return;
    }
    if (inst->row->flags & ISA_IS_PERMLANE) {
        if (inst->opsel & 3)
            text_bits(t, "op_sel", inst->opsel, 2);
        return;
    }
    if (inst->row->flags & ISA_IS_SELECT)
        return;
    /* v_fmac reads its result too */
    unsigned n = inst->n_src + ((inst->row->flags & (ISA_IS_FMAC16 | ISA_HAS_THIRD)) != 0);
    unsigned value = (inst->opsel & ((1u << n) - 1)) | (inst->opsel >> 3 & 1u) << n;
    if (value)
        text_bits(t, "op_sel", value, n + 1);
}

static void text_dpp16(struct text *t, const struct isa_inst *inst)
{
    static const struct {
        uint16_t first, last;
        const char *name;
    } ranges[] = {{0x101, 0x10f, "row_shl"}, {0x111, 0x11f, "row_shr"}, {0x121, 0x12f, "row_ror"}};
    static const struct {
        uint16_t control;
        const char *name;
    } fixed[] = {{0x130, "wave_shl:1"},   {0x134, "wave_rol:1"},  {0x138, "wave_shr:1"},
                 {0x13c, "wave_ror:1"},   {0x140, "row_mirror"},  {0x141, "row_half_mirror"},
                 {0x142, "row_bcast:15"}, {0x143, "row_bcast:31"}};
    unsigned c = inst->dpp_ctrl;
    bool gfx9 = inst->generation <= ISA_GFX950, known = c < 0x100;
    if (gfx9 && (inst->dst.dwords == 2 || inst->src[0].dwords == 2) && c >> 4 != 0x15) {
        text_put(t, "  /* DP ALU dpp only supports row_newbcast */");
        c = 0x1ff;
        known = true;
    }
    if (c < 0x100)
        text_put(t, " quad_perm:[%u,%u,%u,%u]", c & 3, c >> 2 & 3, c >> 4 & 3, c >> 6);
    for (unsigned i = 0; i < 3; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) {
            text_put(t, " %s:%u", ranges[i].name, c & 15);
            known = true;
        }
    for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (c == fixed[i].control && (gfx9 || c == 0x140 || c == 0x141)) {
            text_put(t, " %s", fixed[i].name);
            known = true;
        }
    if (c >= 0x150 && c <= 0x15f) {
        text_put(t, inst->generation <= ISA_GFX950 ? " row_newbcast:%u" : " row_share:%u", c & 15);
        known = true;
    }
    if (c >= 0x160 && c <= 0x16f && !gfx9) {
        text_put(t, " row_xmask:%u", c & 15);
        known = true;
    }
    if (!known)
        text_put(t, " /* Invalid dpp_ctrl value */");
    text_put(t, " row_mask:0x%x bank_mask:0x%x", inst->row_mask, inst->bank_mask);
    if (inst->bound_ctrl)
        text_put(t, " bound_ctrl:1");
    if (inst->fetch_inactive)
        text_put(t, " fi:1");
}

static void text_dpp8(struct text *t, const struct isa_inst *inst)
{
    text_put(t, " dpp8:[");
    for (unsigned i = 0; i < 8; i++)
        text_put(t, i ? ",%u" : "%u", inst->dpp8_select >> (3 * i) & 7);
    text_put(t, inst->fetch_inactive ? "] fi:1" : "]");
}

static void text_sdwa(struct text *t, const struct isa_inst *inst)
{
    static const char *const selects[] = {"BYTE_0", "BYTE_1", "BYTE_2", "BYTE_3",
                                          "WORD_0", "WORD_1", "DWORD",  "7"};
    static const char *const unused[] = {"UNUSED_PAD", "UNUSED_SEXT", "UNUSED_PRESERVE", "UNUSED_PAD"};
    if (inst->row->format != ISA_VOPC && !(inst->row->flags & ISA_HAS_BYTE_SEL) && inst->dst.kind)
        text_put(t, " dst_sel:%s dst_unused:%s", selects[inst->sdwa_dst_sel], unused[inst->sdwa_dst_unused]);
    unsigned n = inst->n_src < 2 ? inst->n_src : 2;
    for (unsigned i = 0; i < n; i++)
        text_put(t, " src%u_sel:%s", i, selects[inst->src[i].sel]);
}

void text_vector(struct text *t, const struct isa_inst *inst)
{
    static const char *const omods[] = {"", " mul:2", " mul:4", " div:2"};
    text_put(t, "%s%s", inst->row->name, suffix_of(inst));
    text_operands(t, inst);
    if (inst->row->flags & ISA_IS_MFMA) {
        text_matrix(t, inst);
        return;
    }
    if (inst->dst.kind == ISA_AGPR || (inst->n_src && inst->src[0].kind == ISA_AGPR))
        return;
    if (inst->row->flags & ISA_HAS_TABLE && inst->imm)
        text_put(t, inst->imm <= 10 ? " bitop3:%d" : " bitop3:0x%x", (unsigned)inst->imm);
    if (inst->format == ISA_VOP3P)
        text_packed(t, inst);
    else if (inst->format == ISA_VOP3)
        text_vop3_opsel(t, inst);
    if (inst->clamp)
        text_put(t, " clamp");
    text_put(t, "%s", omods[inst->omod]);
    if (inst->dpp16)
        text_dpp16(t, inst);
    if (inst->dpp8)
        text_dpp8(t, inst);
    if (inst->sdwa)
        text_sdwa(t, inst);
}

static void text_half(struct text *t, const struct isa_inst *inst)
{
    text_put(t, "%s", inst->row->name);
    t->operands = false;
    text_comma(t);
    text_register(t, inst, &inst->dst);
    for (unsigned i = 0; i < inst->n_src; i++)
        if (isa_row_signature(inst->row)->src[i].type != ISA_TYPE_MASK) {
            text_comma(t);
            text_operand(t, inst, &inst->src[i]);
        }
}

void text_vopd(struct text *t, const struct isa_inst *inst)
{
    text_half(t, inst);
    text_put(t, " :: ");
    text_half(t, inst->pair);
}
