/*
 * jit_blocks.c - templates of vector loads and stores whose lanes are not all side by side, but are so by
 * blocks of 16, or read dwords of one window by block.
 *
 * Invariant: all is found before anything is moved. A window is read whole, inside of the range.
 */
#include "jit_lanes.h"

/* Where a block's bytes are in the host, and the vectors that say which dwords of a window its lanes read.
 * The last is where offsets of blocks are worked out. */
static const enum x86_reg block_at[JIT_PARTS_MAX] = {RAX, RCX, R9, RDI};
enum { WINDOW_DWORDS = T1 };

/* RDX: where offset 0 is in the host; R11 and RSI: what may be touched lies between these. R8 is free. */
static void blocks_begin(struct jit_lanes *l)
{
    struct jit *j = l->j;
    if (l->lds) {
        jit_immediate(j, 0, RSI, l->bytes);
        jit_operate(j, X86_ADD, RSI, RDX);
        jit_operate(j, X86_MOV, R11, RDX);
        return;
    }
    x86_op(&j->x, X86_MOV, true, R11, JIT_TLB(host));
    jit_operate(j, X86_ADD, RSI, RDX);
    jit_operate(j, X86_SUB, RDX, R8);
}

/* A jump for when no lane of a block is active. */
static unsigned block_skip(struct jit *j, unsigned p)
{
    if (!j->masked)
        return 0;
    x86_k(&j->x, KORTESTW, JIT_EXEC + p, 0, x86_reg(JIT_EXEC + p));
    return x86_jump(&j->x, CC_E);
}

static void block_land(struct jit *j, unsigned skip)
{
    if (j->masked)
        x86_land(&j->x, skip, j->x.n);
}

/* The offset of a block's first active lane in RDI. */
static void block_first(struct jit_lanes *l, unsigned p)
{
    struct jit *j = l->j;
    if (j->masked)
        EMIT_MASK(VPCOMPRESSD, l->at + p, 0, x86_reg(T0), JIT_EXEC + p);
    EMIT(VMOVD_TO_R32, j->masked ? T0 : l->at + p, 0, x86_reg(RDI));
}

/* Its address in the host, if that many bytes from there on may be touched. */
static void block_find(struct jit_lanes *l, unsigned p, unsigned bytes)
{
    struct jit *j = l->j;
    const enum x86_reg to = block_at[p];
    jit_operate(j, X86_MOV, to, RDI);
    jit_operate(j, X86_ADD, to, RDX);
    jit_operate(j, X86_CMP, to, R11);
    jit_miss(j, l->aside, CC_B);
    jit_operate(j, X86_MOV, R8, to);
    jit_immediate(j, 0, R8, bytes);
    jit_operate(j, X86_CMP, R8, RSI);
    jit_miss(j, l->aside, CC_A);
}

static void any_miss(struct jit_lanes *l)
{
    x86_k(&l->j->x, KORTESTW, 1, 0, x86_reg(1));
    jit_miss(l->j, l->aside, CC_NE);
}

/* Misses if not all lanes read dwords of one window. */
static void window_find(struct jit_lanes *l, unsigned p)
{
    struct jit *j = l->j;
    unsigned window = l->bytes == 4 ? 64 : 128, to = WINDOW_DWORDS + p;
    block_first(l, p);
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    EMIT(VPSUBD, to, l->at + p, x86_reg(T0));
    EMIT_IMM(VPSHIFTD_IMM, X86_ROR, to, x86_reg(to), 2); /* what is no multiple of 4 becomes large */
    x86_vector(&j->x, VPCMPUD, 1, to, x86_constant((window - l->bytes) / 4), jit_mask(j, p), JIT_ABOVE);
    any_miss(l);
    block_find(l, p, window);
}

static void window_read(struct jit_lanes *l, unsigned p)
{
    struct jit *j = l->j;
    const unsigned dwords = WINDOW_DWORDS + p, mask = jit_mask(j, p);
    const struct x86_rm from = x86_mem(block_at[p], l->offset), rest = x86_mem(block_at[p], l->offset + 64);
    if (l->bytes == 4) {
        EMIT_MASK(VPERMD, l->data[0] + p, dwords, from, mask);
        return;
    }
    EMIT(VMOVUPS_LOAD, T0, 0, from);
    EMIT(VMOVAPS, T5, 0, x86_reg(dwords));
    EMIT(VPERMI2D, T5, T0, rest);
    EMIT_MASK(VMOVAPS, l->data[0] + p, 0, x86_reg(T5), mask);
    EMIT(VPADDD, T5, dwords, x86_constant(1));
    EMIT(VPERMI2D, T5, T0, rest);
    EMIT_MASK(VMOVAPS, l->data[1] + p, 0, x86_reg(T5), mask);
}

/* Misses if not all lanes write side by side; of pairs all have to. */
static void block_write_find(struct jit_lanes *l, unsigned p)
{
    struct jit *j = l->j;
    block_first(l, p);
    if (j->masked)
        x86_k(&j->x, KMOVW_TO_R32, R8, 0, x86_reg(JIT_EXEC + p));
    if (j->masked && l->bytes == 8) {
        jit_immediate(j, 7, R8, 0xffff);
        jit_miss(j, l->aside, CC_NE);
    } else if (j->masked) {
        x86_op(&j->x, X86_TZCNT, false, R8, x86_reg(R8));
        jit_shift_left(j, R8, 2);
        x86_op(&j->x, X86_SUB, false, RDI, x86_reg(R8)); /* lane 0's */
    }
    x86_move(&j->x, R8, (uintptr_t)jit_places[l->bytes == 8]);
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    EMIT(VPADDD, T0, T0, x86_mem(R8, 0));
    x86_vector(&j->x, VPCMPUD, 1, T0, x86_reg(l->at + p), jit_mask(j, p), JIT_EQUAL_NOT);
    any_miss(l);
    block_find(l, p, l->bytes * 16);
}

static void block_write(struct jit_lanes *l, unsigned p)
{
    struct jit *j = l->j;
    if (l->bytes == 4) {
        EMIT_MASK(VMOVUPS_STORE, l->data[0] + p, 0, x86_mem(block_at[p], l->offset), jit_mask(j, p));
        return;
    }
    for (unsigned half = 0; half < 2; half++) {
        x86_move(&j->x, R8, (uintptr_t)jit_together[half]);
        EMIT(VMOVUPS_LOAD, T0, 0, x86_mem(R8, 0));
        EMIT(VPERMI2D, T0, l->data[0] + p, x86_reg(l->data[1] + p));
        EMIT(VMOVUPS_STORE, T0, 0, x86_mem(block_at[p], l->offset + half * 64));
    }
}

static void each_block(struct jit_lanes *l, void (*write)(struct jit_lanes *l, unsigned p))
{
    struct jit *j = l->j;
    PARTS(p)
    {
        unsigned skip = block_skip(j, p);
        write(l, p);
        block_land(j, skip);
    }
}

/* All is found before anything is moved. */
void jit_by_blocks(struct jit_lanes *l)
{
    blocks_begin(l);
    each_block(l, l->write ? block_write_find : window_find);
    each_block(l, l->write ? block_write : window_read);
}
