/*
 * exec_block.c - what gfx12 alone moves between memory and registers: tiles of matrices, transposed on the
 * way, and blocks of up to 32 registers.
 *
 * Facts: AMD's RDNA4 ISA manual, "Block VGPR Load & Store". Which lane gets which element of a tile is in no
 * manual; two that measured it on gfx1201 agree for each of both sizes (sources.md): of 16-bit elements,
 * eight lanes' runs of eight are a square whose columns they get; of bytes, eight runs of sixteen lanes.
 *
 * Unproven: what lanes get from those that are off (0 here); what waves of 64 lanes get nobody has measured,
 * so they are refused.
 */
#include "exec_memory.h"

enum { RUN = 8, BLOCK = 32 }; /* elements a lane loads; registers */

/* ---- tiles ---- */

/* The lane from whose run element i of a lane's result is; it is the one there that the lane's number says.
 */
static unsigned run_of(unsigned bits, unsigned lane, unsigned i)
{
    if (bits == 16)
        return lane / 8 * 8 + i;
    return lane / 16 * 16 + i / 4 * 8 + lane / 8 % 2 * 4 + i % 4;
}

static uint32_t element_get(uint32_t (*rows)[64], unsigned bits, unsigned lane, unsigned i)
{
    return rows[i * bits / 32][lane] >> i * bits % 32 & ((1u << bits) - 1);
}

static void load_transposed(struct isa_wave *w, const struct isa_inst *inst, unsigned bits)
{
    struct isa_access a;
    uint32_t raw[4][64] = {{0}}, (*dst)[64] = isa_vector_rows(w, &inst->dst);
    if (w->lanes != 32) {
        w->state = ISA_ILLEGAL;
        return;
    }
    isa_access_find(w, inst, bits * RUN / 8, &a);
    if (!isa_access_read(w, &a, bits * RUN / 8, raw))
        return;
    for (uint64_t todo = isa_exec(w); todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        uint32_t result[4] = {0};
        for (unsigned i = 0; i < RUN; i++)
            result[i * bits / 32] |= element_get(raw, bits, run_of(bits, lane, i), lane % RUN)
                                     << i * bits % 32;
        for (unsigned i = 0; i < RUN * bits / 32; i++)
            dst[i][lane] = result[i];
    }
}

void isa_load_tr_b128(struct isa_wave *w, const struct isa_inst *inst)
{
    load_transposed(w, inst, 16);
}

void isa_load_tr_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    load_transposed(w, inst, 8);
}

/* ---- blocks: M0 says which of the registers; memory has room for all ---- */

static void block_move(struct isa_wave *w, const struct isa_inst *inst, const struct isa_operand *registers,
                       bool write)
{
    struct isa_inst part = *inst;
    uint32_t(*rows)[64] = isa_vector_rows(w, registers), chosen = w->sgpr[ISA_M0];
    for (unsigned i = 0; i < BLOCK; i++, part.offset += 4) {
        struct isa_access a;
        if (!(chosen >> i & 1))
            continue;
        isa_access_find(w, &part, 4, &a);
        if (!(write ? isa_access_write(w, &a, 4, (const uint32_t(*)[64])rows + i)
                    : isa_access_read(w, &a, 4, rows + i)))
            return;
    }
}

void isa_load_block(struct isa_wave *w, const struct isa_inst *inst)
{
    block_move(w, inst, &inst->dst, false);
}

void isa_store_block(struct isa_wave *w, const struct isa_inst *inst)
{
    block_move(w, inst, &inst->src[2], true);
}
