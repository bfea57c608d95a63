/*
 * isa_text_memory.c - text of DS, FLAT, GLOBAL, SCRATCH, MUBUF and MTBUF.
 *
 * Facts: LLVM's AMDGPUModifierSyntax and llvm-objdump's output.
 */
#include "isa_text.h"

#include <string.h>

static void put_operand(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    if (!op->kind)
        return;
    text_comma(t);
    text_operand(t, inst, op);
}

static void put_or_off(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    text_comma(t);
    if (op->kind)
        text_operand(t, inst, op);
    else
        text_put(t, "off");
}

static void text_ds(struct text *t, const struct isa_inst *inst)
{
    put_operand(t, inst, &inst->dst);
    for (unsigned i = 0; i < 3; i++)
        put_operand(t, inst, &inst->src[i]);
    if (inst->row->flags & ISA_IS_PAIR) {
        if (inst->offset & 255)
            text_put(t, " offset0:%d", inst->offset & 255);
        if (inst->offset >> 8)
            text_put(t, " offset1:%d", inst->offset >> 8);
    } else if (strcmp(inst->row->name, "ds_swizzle_b32") == 0) {
        text_swizzle(t, (unsigned)inst->offset);
    } else if (inst->offset) {
        text_put(t, " offset:%d", inst->offset);
    }
    bool has_gds = inst->generation > ISA_GFX950;
    if (inst->gds && (has_gds || (inst->row->flags & ISA_IS_GDS)))
        text_put(t, " gds");
}

static void text_cache_bits(struct text *t, const struct isa_inst *inst)
{
    bool gfx940 = inst->generation == ISA_GFX940 || inst->generation == ISA_GFX950;
    if (inst->glc)
        text_put(t, gfx940 ? " sc0" : " glc");
    if (inst->slc)
        text_put(t, gfx940 ? " nt" : " slc");
    if (inst->dlc)
        text_put(t, " dlc");
    if (inst->scc)
        text_put(t, gfx940 ? " sc1" : " scc");
}

/* Temporal hints of gfx12: of loads, of stores, of atomics. */
static void text_temporal(struct text *t, const struct isa_inst *inst, bool store)
{
    static const char *const hints[] = {"", "NT", "HT", "", "NT_RT", "RT_NT", "NT_HT", "NT_WB"};
    enum { DEVICE = 2, SYSTEM = 3, RETURN = 1, NT = 2, CASCADE = 4, BYPASS = 3, RESERVED = 7 };
    unsigned th = inst->th;
    if (inst->row->flags & ISA_IS_ATOMIC) {
        text_put(t, " th:TH_ATOMIC_");
        if (th & CASCADE && inst->scope >= DEVICE)
            text_put(t, th & NT ? "CASCADE_NT" : "CASCADE_RT");
        else if (th & CASCADE)
            text_put(t, "0x%x", th);
        else
            text_put(t, "%s%s", th & NT ? "NT" : "RETURN", th == (NT | RETURN) ? "_RETURN" : "");
    } else if (th == RESERVED && !store) {
        text_put(t, " th:0x%x", th);
    } else {
        text_put(t, store ? " th:TH_STORE_" : " th:TH_LOAD_");
        text_put(t, "%s", th != BYPASS ? hints[th] : inst->scope == SYSTEM ? "BYPASS" : store ? "WB" : "LU");
    }
}

void text_cache_gfx12(struct text *t, const struct isa_inst *inst, bool store)
{
    static const char *const scopes[] = {"", " scope:SCOPE_SE", " scope:SCOPE_DEV", " scope:SCOPE_SYS"};
    if (inst->scale_offset)
        text_put(t, " scale_offset");
    if (inst->th)
        text_temporal(t, inst, store);
    text_put(t, "%s", scopes[inst->scope]);
    if (inst->nv)
        text_put(t, " nv");
}

static void text_cache(struct text *t, const struct isa_inst *inst)
{
    if (inst->generation == ISA_GFX12)
        text_cache_gfx12(t, inst, !isa_row_signature(inst->row)->n_dst);
    else
        text_cache_bits(t, inst);
}

static void text_flat(struct text *t, const struct isa_inst *inst)
{
    if (!isa_row_signature(inst->row)->n_src) { /* gfx12's cache instructions */
        text_cache(t, inst);
        return;
    }
    put_operand(t, inst, &inst->dst);
    if (inst->format == ISA_SCRATCH)
        put_or_off(t, inst, &inst->src[0]);
    else
        put_operand(t, inst, &inst->src[0]);
    put_operand(t, inst, &inst->src[2]);
    if (inst->format != ISA_FLAT)
        put_or_off(t, inst, &inst->src[1]);
    int offset = inst->offset;
    if (inst->format == ISA_FLAT && inst->generation <= ISA_GFX950)
        offset = (int)(inst->word[0] & 0x1fff); /* with the topmost bit, which hardware ignores */
    if (offset)
        text_put(t, " offset:%d", offset);
    text_cache(t, inst);
    if (inst->lds)
        text_put(t, " lds");
}

static void text_buffer(struct text *t, const struct isa_inst *inst)
{
    if (!inst->n_src) {
        if (inst->generation == ISA_GFX940 || inst->generation == ISA_GFX950)
            text_put(t, "%s%s", inst->glc ? " sc0" : "", inst->scc ? " sc1" : "");
        else if (inst->generation != ISA_GFX90A)
            text_cache(t, inst);
        return;
    }
    put_operand(t, inst, inst->src[3].kind ? &inst->src[3] : &inst->dst);
    bool from_lds = strcmp(inst->row->name, "buffer_store_lds_dword") == 0;
    if (!from_lds)
        put_or_off(t, inst, &inst->src[0]);
    put_operand(t, inst, &inst->src[1]);
    put_operand(t, inst, &inst->src[2]);
    if (inst->format == ISA_MTBUF)
        text_buffer_format(t, inst);
    if (inst->idxen)
        text_put(t, " idxen");
    if (inst->offen)
        text_put(t, " offen");
    if (inst->offset)
        text_put(t, " offset:%d", inst->offset);
    if (from_lds)
        text_put(t, " lds");
    text_cache(t, inst);
    if (inst->tfe)
        text_put(t, " tfe");
    if (inst->lds && !from_lds)
        text_put(t, " lds");
}

void text_memory(struct text *t, const struct isa_inst *inst)
{
    text_put(t, "%s", inst->row->name);
    if (inst->format == ISA_DS)
        text_ds(t, inst);
    else if (inst->format == ISA_MUBUF || inst->format == ISA_MTBUF)
        text_buffer(t, inst);
    else
        text_flat(t, inst);
}
