/*
 * decode_memory.c - DS, FLAT, GLOBAL, SCRATCH, MUBUF and MTBUF.
 *
 * Invariant: operands stand where isa.h says, with NONE in the places an instruction does not use; atomics
 * have a dst only when they return. Facts: AMD's CDNA3 and RDNA3 ISA manuals, the microcode formats.
 */
#include "decode.h"

#include <string.h>

static const struct isa_field address_one = {ISA_B32, 1, 'v'}, address_two = {ISA_B64, 2, 'v'},
                              sgpr_one = {ISA_B32, 1, 's'}, sgpr_two = {ISA_B64, 2, 's'},
                              resource = {ISA_B128, 4, 's'};

/* Loaded or stored data: in AGPRs when the ACC bit says so. */
static void data_register(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field)
{
    if (field.type == ISA_TYPE_NONE)
        return;
    field.dwords = (uint8_t)(field.dwords + d->inst->tfe);
    decode_vgpr(d, op, number, field);
    if (d->inst->acc_data)
        op->kind = ISA_AGPR;
}

/* gfx90a's own atomics have no such bit; from gfx940 on those that return into AGPRs have none. */
static bool scc_is_refused(const struct decoding *d)
{
    const struct isa_inst *inst = d->inst;
    const char *name = inst->row->name;
    if (!(inst->row->flags & ISA_IS_ATOMIC) ||
        !(strstr(name, "_f64") || strstr(name, "_f32") || strstr(name, "_pk_")))
        return false;
    if (d->generation == ISA_GFX90A)
        return inst->scc;
    bool never = strcmp(name, "global_atomic_add_f32") == 0 || strcmp(name, "global_atomic_pk_add_f16") == 0;
    return isa_is_gfx9(d->generation) && inst->format != ISA_MUBUF && inst->acc_data && inst->glc &&
           ((inst->scc && strstr(name, "_f64")) || never);
}

static bool two_words(struct decoding *d)
{
    if (d->available < 2)
        d->bad = true;
    d->words = 2;
    return !d->bad;
}

/* GDS only, never GDS, and AGPRs only where there is data. */
static void ds_bits_check(struct decoding *d)
{
    const struct isa_inst *inst = d->inst;
    const char *name = inst->row->name;
    bool never = strstr(name, "permute") || strstr(name, "bvh") || strcmp(name, "ds_nop") == 0;
    reserved(d, (inst->row->flags & ISA_IS_GDS) ? !inst->gds : inst->gds && never);
    reserved(d, inst->gds && d->generation == ISA_GFX12);
    bool gws = strncmp(name, "ds_gws_", 7) == 0 && d->signature->n_src;
    reserved(d, inst->acc_data && !gws && !d->signature->n_dst && d->signature->n_src < 2);
    reserved(d, strcmp(name, "ds_nop") == 0 && inst->offset);
}

void decode_ds(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w0 = inst->word[0], w1 = inst->word[1];
    bool gfx9 = isa_is_gfx9(d->generation);
    if (!two_words(d) || !decode_row(d, ISA_DS, gfx9 ? bits(w0, 24, 17) : bits(w0, 25, 18)))
        return;
    const struct isa_signature *s = d->signature;
    inst->gds = gfx9 ? bits(w0, 16, 16) : bits(w0, 17, 17);
    inst->acc_data = gfx9 && bits(w0, 25, 25);
    inst->offset = (int32_t)bits(w0, 15, 0);
    if (s->n_src && s->src[0].type != ISA_TYPE_NONE)
        decode_vgpr(d, &inst->src[0], bits(w1, 7, 0), s->src[0]);
    if (inst->acc_data && (inst->row->flags & ISA_IS_GDS) &&
        inst->src[0].kind) /* data, in the field of addresses */
        inst->src[0].kind = ISA_AGPR;
    for (unsigned i = 1; i < s->n_src; i++)
        data_register(d, &inst->src[i], bits(w1, 8 * i + 7, 8 * i), s->src[i]);
    if (s->n_dst)
        data_register(d, &inst->dst, bits(w1, 31, 24), s->dst[0]);
    reserved(d, s->n_dst ? 0 : bits(w1, 31, 24));
    for (unsigned i = 0; i < 3; i++)
        reserved(d, i < s->n_src && s->src[i].type != ISA_TYPE_NONE ? 0 : bits(w1, 8 * i + 7, 8 * i));
    ds_bits_check(d);
}

/* ---- FLAT, GLOBAL, SCRATCH ---- */

static void flat_cache_bits(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w = inst->word[0];
    if (isa_is_gfx11(d->generation)) {
        inst->dlc = bits(w, 13, 13);
        inst->glc = bits(w, 14, 14);
        inst->slc = bits(w, 15, 15);
        return;
    }
    inst->glc = bits(w, 16, 16);
    inst->slc = bits(w, 17, 17);
    inst->dlc = d->generation == ISA_GFX10_3 && bits(w, 12, 12);
    if (d->generation == ISA_GFX90A || d->generation == ISA_GFX10_3)
        inst->lds = bits(w, 13, 13);
    inst->scc = isa_is_gfx9(d->generation) && bits(w, 25, 25);
}

static int32_t flat_offset(const struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    bool flat = d->inst->format == ISA_FLAT;
    if (d->generation == ISA_GFX10_3)
        return flat ? (int32_t)bits(w, 10, 0) : sign_extend(bits(w, 11, 0), 12);
    return flat ? (int32_t)bits(w, 11, 0) : sign_extend(bits(w, 12, 0), 13);
}

static bool saddr_is_off(const struct decoding *d, unsigned saddr)
{
    if (isa_is_gfx9(d->generation))
        return saddr == 0x7f;
    return isa_is_gfx11(d->generation) ? saddr == 124 : saddr == 125 || saddr == 0x7f;
}

/* Scratch says whether it has a VGPR address: a bit of its own on gfx940 and gfx11, elsewhere what SADDR
 * leaves. */
static bool scratch_has_vaddr(const struct decoding *d, unsigned saddr)
{
    if (isa_is_gfx11(d->generation))
        return bits(d->inst->word[1], 23, 23);
    if (d->generation == ISA_GFX940 || d->generation == ISA_GFX950)
        return bits(d->inst->word[0], 13, 13);
    if (d->generation == ISA_GFX10_3)
        return saddr == 125; /* 0x7f: nothing but the offset */
    return saddr_is_off(d, saddr);
}

static void flat_address(struct decoding *d, uint32_t w1)
{
    struct isa_inst *inst = d->inst;
    unsigned saddr = bits(w1, 22, 16);
    if (inst->format == ISA_FLAT) /* what LLVM writes where there is no SADDR */
        reserved(d, saddr != (isa_is_gfx9(d->generation) ? 0 : isa_is_gfx11(d->generation) ? 124 : 125));
    if (inst->format == ISA_GLOBAL && d->generation == ISA_GFX10_3)
        reserved(d, saddr == 0x7f);
    if (inst->format != ISA_SCRATCH) /* scratch's bit for a VGPR address */
        reserved(d, isa_is_gfx11(d->generation)                ? bits(w1, 23, 23)
                    : isa_is_gfx9(d->generation) && !inst->lds ? bits(inst->word[0], 13, 13)
                                                               : 0);
    bool off = inst->format == ISA_FLAT || saddr_is_off(d, saddr);
    if (inst->format == ISA_SCRATCH) {
        if (scratch_has_vaddr(d, saddr))
            decode_vgpr(d, &inst->src[0], bits(w1, 7, 0), address_one);
    } else if (!strstr(inst->row->name, "addtid")) { /* there the lane's number is the address */
        decode_vgpr(d, &inst->src[0], bits(w1, 7, 0), off ? address_two : address_one);
    }
    if (!off)
        decode_sgpr(d, &inst->src[1], saddr, inst->format == ISA_SCRATCH ? sgpr_one : sgpr_two);
}

/* ---- gfx12: the same with three words ---- */

enum { MTBUF_OPCODE = 0x80 };

static bool three_words(struct decoding *d)
{
    if (d->available < 3)
        d->bad = true;
    d->words = 3;
    return !d->bad;
}

static void cache_bits_gfx12(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w1 = inst->word[1];
    inst->nv = bits(inst->word[0], 7, 7);
    inst->scope = (uint8_t)bits(w1, 19, 18);
    inst->th = (uint8_t)bits(w1, 22, 20);
    inst->glc = (inst->row->flags & ISA_IS_ATOMIC) && (inst->th & 1); /* TH_ATOMIC_RETURN */
    inst->offset = sign_extend(bits(inst->word[2], 31, 8), 24);
}

static void flat_address_gfx12(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    unsigned saddr = bits(inst->word[0], 6, 0), vaddr = bits(inst->word[2], 7, 0);
    bool off = inst->format == ISA_FLAT || saddr_is_off(d, saddr);
    bool scratch = inst->format == ISA_SCRATCH;
    if (scratch ? bits(inst->word[1], 17, 17) : !strstr(inst->row->name, "addtid"))
        decode_vgpr(d, &inst->src[0], vaddr, off && !scratch ? address_two : address_one);
    if (!off)
        decode_sgpr(d, &inst->src[1], saddr, scratch ? sgpr_one : sgpr_two);
}

void decode_flat_gfx12(struct decoding *d)
{
    static const enum isa_format segments[4] = {ISA_FLAT, ISA_SCRATCH, ISA_GLOBAL, ISA_FORMATS};
    struct isa_inst *inst = d->inst;
    uint32_t w0 = inst->word[0], w1 = inst->word[1];
    if (!three_words(d) || !decode_row(d, segments[bits(w0, 25, 24)], bits(w0, 21, 14)))
        return;
    const struct isa_signature *s = d->signature;
    cache_bits_gfx12(d);
    reserved(d, inst->format == ISA_FLAT && bits(w0, 6, 0) != 124);
    reserved(d, inst->format != ISA_SCRATCH && bits(w1, 17, 17)); /* scratch's bit for a VGPR address */
    inst->scale_offset = bits(w1, 16, 16);
    if (s->n_src)
        flat_address_gfx12(d);
    else /* cache instructions have a scope and a hint only */
        reserved(d, bits(w0, 6, 0) != 124);
    if (s->n_src > 1)
        data_register(d, &inst->src[2], bits(w1, 30, 23), s->src[1]);
    if (s->n_dst && (!(inst->row->flags & ISA_IS_ATOMIC) || inst->glc))
        data_register(d, &inst->dst, bits(w1, 7, 0), s->dst[0]);
    inst->n_src = 3;
}

void decode_buffer_gfx12(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w0 = inst->word[0], w1 = inst->word[1];
    bool typed = bits(w0, 21, 21);
    if (!three_words(d) ||
        !decode_row(d, typed ? ISA_MTBUF : ISA_MUBUF, bits(w0, 21, 14) - (typed ? MTBUF_OPCODE : 0)))
        return;
    const struct isa_signature *s = d->signature;
    cache_bits_gfx12(d);
    inst->tfe = bits(w0, 22, 22);
    reserved(d, inst->tfe && (typed || (inst->row->flags & ISA_IS_ATOMIC)));
    inst->offen = bits(w1, 30, 30);
    inst->idxen = bits(w1, 31, 31);
    inst->imm = (int32_t)bits(w1, 29, 23);
    if (inst->offen || inst->idxen)
        decode_vgpr(d, &inst->src[0], bits(inst->word[2], 7, 0),
                    inst->offen && inst->idxen ? address_two : address_one);
    decode_sgpr(d, &inst->src[1], bits(w1, 17, 9), resource);
    decode_sgpr(d, &inst->src[2], bits(w0, 6, 0), sgpr_one);
    if (s->n_src > 1)
        data_register(d, &inst->src[3], bits(w1, 7, 0), s->src[1]);
    if (s->n_dst && (!(inst->row->flags & ISA_IS_ATOMIC) || inst->glc))
        data_register(d, &inst->dst, bits(w1, 7, 0), s->dst[0]);
    inst->n_src = 4;
}

void decode_flat(struct decoding *d)
{
    static const enum isa_format segments[4] = {ISA_FLAT, ISA_SCRATCH, ISA_GLOBAL, ISA_FORMATS};
    struct isa_inst *inst = d->inst;
    uint32_t w0 = inst->word[0], w1 = inst->word[1];
    unsigned segment = isa_is_gfx11(d->generation) ? bits(w0, 17, 16) : bits(w0, 15, 14);
    if (!two_words(d) || !decode_row(d, segments[segment], bits(w0, 24, 18)))
        return;
    const struct isa_signature *s = d->signature;
    flat_cache_bits(d);
    reserved(d, inst->lds && !(inst->row->flags & ISA_HAS_LDS));
    reserved(d, d->generation == ISA_GFX10_3 && bits(w1, 23, 23));
    inst->acc_data = isa_is_gfx9(d->generation) && bits(w1, 23, 23);
    reserved(d, scc_is_refused(d) || (inst->lds && inst->acc_data));
    inst->offset = flat_offset(d);
    if (s->n_src)
        flat_address(d, w1);
    if (s->n_src > 1)
        data_register(d, &inst->src[2], bits(w1, 15, 8), s->src[1]);
    if (s->n_dst && !inst->lds && (!(inst->row->flags & ISA_IS_ATOMIC) || inst->glc))
        data_register(d, &inst->dst, bits(w1, 31, 24), s->dst[0]);
    reserved(d, inst->acc_data && !s->n_dst && s->n_src < 2);
    inst->n_src = 3;
}

/* ---- buffers ---- */

static void buffer_bits(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w0 = inst->word[0], w1 = inst->word[1];
    inst->offset = (int32_t)bits(w0, 11, 0);
    inst->glc = bits(w0, 14, 14);
    if (isa_is_gfx11(d->generation)) {
        inst->slc = bits(w0, 12, 12);
        inst->dlc = bits(w0, 13, 13);
        inst->offen = bits(w1, 22, 22);
        inst->idxen = bits(w1, 23, 23);
        inst->tfe = bits(w1, 21, 21);
        return;
    }
    inst->offen = bits(w0, 12, 12);
    inst->idxen = bits(w0, 13, 13);
    inst->dlc = d->generation == ISA_GFX10_3 && bits(w0, 15, 15);
    inst->scc =
        isa_is_gfx9(d->generation) && (inst->format == ISA_MUBUF ? bits(w0, 15, 15) : bits(w1, 21, 21));
    inst->lds = inst->format == ISA_MUBUF && bits(w0, 16, 16);
    inst->slc = inst->format == ISA_MUBUF && isa_is_gfx9(d->generation) ? bits(w0, 17, 17) : bits(w1, 22, 22);
    inst->acc_data = isa_is_gfx9(d->generation) && bits(w1, 23, 23);
    inst->tfe = d->generation == ISA_GFX10_3 && bits(w1, 23, 23);
}

/* More than a dword goes into LDS on gfx950 only. */
static bool may_load_lds(const struct decoding *d)
{
    return (d->inst->row->flags & ISA_HAS_LDS) &&
           (d->generation == ISA_GFX950 || !strstr(d->inst->row->name, "dwordx"));
}

static void buffer_operands(struct decoding *d)
{
    struct isa_inst *inst = d->inst;
    uint32_t w1 = inst->word[1];
    const struct isa_signature *s = d->signature;
    inst->n_src = s->n_src ? 4 : 0;
    if (!s->n_src) {
        reserved(d, inst->offen | inst->idxen | inst->lds | inst->acc_data | inst->tfe);
        if (strcmp(inst->row->name, "buffer_wbl2") != 0 && strcmp(inst->row->name, "buffer_inv") != 0)
            reserved(d, inst->glc | inst->dlc | inst->scc);
        return;
    }
    if (inst->offen || inst->idxen)
        decode_vgpr(d, &inst->src[0], bits(w1, 7, 0), inst->offen && inst->idxen ? address_two : address_one);
    reserved(d, inst->lds && (!may_load_lds(d) || inst->tfe));
    if (!s->n_dst && s->n_src == 1) /* buffer_store_lds_dword: LDS knows where */
        reserved(d, !inst->lds || inst->offen || inst->idxen);
    if (inst->row->flags & ISA_IS_ATOMIC)
        reserved(d, inst->tfe || (d->generation == ISA_GFX10_3 && inst->dlc) || scc_is_refused(d));
    reserved(d, inst->lds && inst->acc_data);
    decode_sgpr(d, &inst->src[1], bits(w1, 20, 16) << 2, resource);
    decode_source(d, &inst->src[2], bits(w1, 31, 24), sgpr_one);
    if (s->n_src > 1)
        data_register(d, &inst->src[3], bits(w1, 15, 8), s->src[1]);
    if (s->n_dst && !inst->lds && (!(inst->row->flags & ISA_IS_ATOMIC) || inst->glc))
        data_register(d, &inst->dst, bits(w1, 15, 8), s->dst[0]);
    if (d->literal_used)
        d->bad = true;
}

void decode_buffer(struct decoding *d)
{
    uint32_t w = d->inst->word[0];
    unsigned opcode = isa_is_gfx11(d->generation) ? bits(w, 25, 18) : bits(w, 24, 18);
    if (d->generation == ISA_GFX10_3)
        opcode |= bits(w, 25, 25) << 7;
    if (!two_words(d) || !decode_row(d, ISA_MUBUF, opcode))
        return;
    buffer_bits(d);
    buffer_operands(d);
}

void decode_typed_buffer(struct decoding *d)
{
    uint32_t w0 = d->inst->word[0];
    unsigned opcode = bits(w0, 18, 15);
    if (d->generation == ISA_GFX10_3)
        opcode = bits(w0, 18, 16) | bits(d->inst->word[1], 21, 21) << 3;
    if (!two_words(d) || !decode_row(d, ISA_MTBUF, opcode))
        return;
    buffer_bits(d);
    d->inst->imm = (int32_t)bits(w0, 25, 19); /* the format */
    reserved(d, d->inst->tfe);
    buffer_operands(d);
}
