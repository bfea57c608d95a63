/*
 * jit_lanes.c - templates of vector loads and stores of global memory and LDS, of dwords and pairs of them.
 *
 * As in op_memory.c all active lanes lie in one range of the VM that the wave's TLB knows, or inside the
 * group's LDS, else the operation's function is called, before anything has been read or written. Lanes side
 * by side are moved by plain vector moves; so are the 16 of a block, which may also read any dwords of a
 * window. Gathers and scatters are slower than the function on many hosts.
 *
 * Invariant: a lane's memory is touched only if it is active for writing; for reading, bytes of the same
 * range beside those of active lanes may be read, too. An aligned dword or pair is moved whole.
 *
 * Registers: R8 the first active lane's offset, R9 its number (where EXEC is not known to be all ones), R10
 * what offsets count from, R11 the bytes from lane 0 to it, were they side by side; RAX its address, RDX that
 * in the host, RSI the bytes from there to the end of the range; of LDS: RDX its begin, RSI the highest
 * offset.
 */
#include "jit_vector.h"

enum { PARTS_MAX = 4, COMPARE_EQUAL_NOT = 4, COMPARE_ABOVE = 6 };

struct lanes {
    struct jit *j;
    const struct isa_op *op;
    struct jit_aside *aside;
    unsigned at, above; /* the first vectors of offsets, and of the upper halves of addresses */
    unsigned bytes;     /* of a lane */
    bool write, lds;
    unsigned offset;  /* of LDS */
    unsigned data[2]; /* first vectors of rows */
};

/* Where lanes are, side by side; and where a row's dwords are among those of two vectors. */
#define UP4(n, by)  n, (n) + (by), (n) + 2 * (by), (n) + 3 * (by)
#define UP16(n, by) UP4(n, by), UP4((n) + 4 * (by), by), UP4((n) + 8 * (by), by), UP4((n) + 12 * (by), by)
#define UP64(n, by) \
    UP16(n, by), UP16((n) + 16 * (by), by), UP16((n) + 32 * (by), by), UP16((n) + 48 * (by), by)
#define BOTH4(n)  n, (n) + 16, (n) + 1, (n) + 17
#define BOTH16(n) BOTH4(n), BOTH4((n) + 2), BOTH4((n) + 4), BOTH4((n) + 6)
static const uint32_t places[2][64] = {{UP64(0, 4)}, {UP64(0, 8)}};
static const uint32_t apart[2][16] = {{UP16(0, 2)}, {UP16(1, 2)}},
                      together[2][16] = {{BOTH16(0)}, {BOTH16(8)}};

static void operate(struct jit *j, unsigned opcode, unsigned to, unsigned from)
{
    x86_op(&j->x, opcode, true, to, x86_reg(from));
}

static void immediate(struct jit *j, unsigned extension, unsigned reg, uint32_t value)
{
    x86_op(&j->x, 0x81, true, extension, x86_reg(reg)), x86_u32(&j->x, value);
}

static void shift_left(struct jit *j, unsigned reg, unsigned by)
{
    uint8_t count = (uint8_t)by;
    x86_op(&j->x, 0xc1, true, 4, x86_reg(reg)), x86_bytes(&j->x, &count, 1);
}

static void table_load(struct jit *j, unsigned to, const uint32_t *table)
{
    x86_move(&j->x, RDI, (uintptr_t)table);
    EMIT(VMOVUPS_LOAD, to, 0, x86_mem(RDI, 0));
}

/* ---- is something the case in any active lane? ---- */

/* The register that a part's comparison goes to. */
static unsigned any_part(unsigned p)
{
    return p ? 2 : 1;
}

static void any_add(struct jit *j, unsigned p)
{
    if (p && p + 1 < j->parts)
        x86_k(&j->x, KORW, 1, 1, x86_reg(2));
}

/* Sets the flags to "not equal" if so. */
static void any_test(struct jit *j)
{
    x86_k(&j->x, KORTESTW, 1, 0, x86_reg(2));
}

/* ---- the first active lane ---- */

static void lane_take(struct lanes *l, unsigned row, unsigned vector, enum x86_reg to)
{
    struct jit *j = l->j;
    size_t at = (size_t)row * VEC_LANES * sizeof(uint32_t);
    PARTS(p) EMIT(VMOVUPS_STORE, vector + p, 0, x86_mem(JIT_ROWS, at + (size_t)p * 64));
    operate(j, X86_MOV, RDI, R9);
    shift_left(j, RDI, 2);
    operate(j, X86_ADD, RDI, JIT_ROWS);
    x86_op(&j->x, X86_MOV, false, to, x86_mem(RDI, at));
}

/* Its offset in R8, the upper half of its address in R10. Returns a jump for when there is none. */
static unsigned first_take(struct lanes *l)
{
    struct jit *j = l->j;
    unsigned none = 0, other = 0, row = jit_row_of(l->op, 1);
    if (j->masked) {
        x86_op(&j->x, X86_TZCNT, j->w->lanes == 64, R9, jit_sgpr(ISA_EXEC));
        none = x86_jump(&j->x, CC_B);
        operate(j, X86_TEST, R9, R9);
        other = x86_jump(&j->x, CC_NE);
    }
    EMIT(VMOVD_TO_R32, l->at, 0, x86_reg(R8));
    if (l->op->wide && !l->lds)
        EMIT(VMOVD_TO_R32, l->above, 0, x86_reg(R10));
    if (j->masked) {
        unsigned there = x86_jump(&j->x, X86_ALWAYS);
        x86_land(&j->x, other, j->x.n);
        lane_take(l, row, l->at, R8);
        if (l->op->wide && !l->lds)
            lane_take(l, row + 1, l->above, R10);
        x86_land(&j->x, there, j->x.n);
        operate(j, X86_MOV, R11, R9);
        shift_left(j, R11, l->bytes == 4 ? 2 : 3);
    }
    return none;
}

/* ---- global memory ---- */

/* Misses if the upper halves of addresses differ. */
static void above_compare(struct lanes *l)
{
    struct jit *j = l->j;
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(R10));
    PARTS(p)
    {
        x86_vector(&j->x, VPCMPUD, any_part(p), l->above + p, x86_reg(T0), jit_mask(j, p), COMPARE_EQUAL_NOT);
        any_add(j, p);
    }
    any_test(j);
    jit_miss(j, l->aside, CC_NE);
}

/* Misses where a flat address may mean LDS or private memory. */
static void apertures_compare(struct lanes *l)
{
    struct x86 *x = &l->j->x;
    x86_op(x, X86_CMP, false, R10, x86_mem(JIT_WAVE, offsetof(struct isa_wave, shared_base) + 4));
    jit_miss(l->j, l->aside, CC_E);
    x86_op(x, X86_CMP, false, R10, x86_mem(JIT_WAVE, offsetof(struct isa_wave, private_base) + 4));
    jit_miss(l->j, l->aside, CC_E);
}

static void global_find(struct lanes *l)
{
    struct jit *j = l->j;
    if (l->op->wide) {
        above_compare(l);
        if (l->op->inst->format == ISA_FLAT)
            apertures_compare(l);
        shift_left(j, R10, 32);
    } else {
        x86_op(&j->x, X86_MOV, true, R10, jit_sgpr(l->op->saddr));
    }
    if (l->op->inst->offset)
        immediate(j, 0, R10, (uint32_t)l->op->inst->offset);
    operate(j, X86_MOV, RAX, R10);
    operate(j, X86_ADD, RAX, R8);
    jit_translate_address(j, l->op, l->write ? SIM_VM_WRITE : SIM_VM_READ, l->aside);
}

/* ---- LDS ---- */

static void lds_find(struct lanes *l)
{
    struct x86 *x = &l->j->x;
    x86_op(x, X86_MOV, true, RDX, x86_mem(JIT_WAVE, offsetof(struct isa_wave, group)));
    x86_op(x, X86_MOV, false, RSI, x86_mem(RDX, offsetof(struct isa_group, lds_bytes)));
    x86_op(x, X86_MOV, true, RDX, x86_mem(RDX, offsetof(struct isa_group, lds)));
    immediate(l->j, 5, RSI, l->offset + l->bytes);
    jit_miss(l->j, l->aside, CC_B);
    operate(l->j, X86_CMP, R8, RSI);
    jit_miss(l->j, l->aside, CC_A);
}

/* ---- lanes side by side ---- */

enum { OTHERWISE = 4 };

static void places_compare(struct lanes *l)
{
    struct jit *j = l->j;
    if (j->masked) {
        operate(j, X86_MOV, RDI, R8);
        operate(j, X86_SUB, RDI, R11);
        EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    } else {
        EMIT(VPBROADCASTD, T0, 0, x86_reg(l->at));
    }
    x86_move(&j->x, RDI, (uintptr_t)places[l->bytes == 8]);
    PARTS(p)
    {
        EMIT(VPADDD, T1, T0, x86_mem(RDI, (size_t)p * 64));
        x86_vector(&j->x, VPCMPUD, any_part(p), T1, x86_reg(l->at + p), jit_mask(j, p), COMPARE_EQUAL_NOT);
        any_add(j, p);
    }
    any_test(j);
}

/* Compares so that "below" means: the last lane's bytes are not in the range. */
static void end_compare(struct lanes *l)
{
    struct jit *j = l->j;
    if (l->lds) {
        operate(j, X86_MOV, RDI, R8);
        immediate(j, 0, RDI, l->bytes * (j->w->lanes - 1));
        if (j->masked)
            operate(j, X86_SUB, RDI, R11);
        operate(j, X86_CMP, RSI, RDI);
        return;
    }
    operate(j, X86_MOV, RDI, RSI);
    if (j->masked)
        operate(j, X86_ADD, RDI, R11);
    immediate(j, 7, RDI, l->bytes * j->w->lanes);
}

static void pairs_move(struct lanes *l)
{
    struct jit *j = l->j;
    PARTS(p)
    for (unsigned half = 0; half < 2; half++) {
        size_t at = l->offset + (size_t)p * 128;
        if (l->write) {
            table_load(j, T2, together[half]);
            EMIT(VPERMI2D, T2, l->data[0] + p, x86_reg(l->data[1] + p));
            EMIT(VMOVUPS_STORE, T2, 0, x86_mem(RDX, at + half * 64));
        } else {
            table_load(j, T2, apart[half]);
            EMIT(VMOVUPS_LOAD, T3, 0, x86_mem(RDX, at));
            EMIT(VPERMI2D, T2, T3, x86_mem(RDX, at + 64));
            EMIT_MASK(VMOVAPS, l->data[half] + p, 0, x86_reg(T2), jit_mask(j, p));
        }
    }
}

static void dwords_move(struct lanes *l)
{
    struct jit *j = l->j;
    PARTS(p)
    EMIT_MASK(l->write ? VMOVUPS_STORE : VMOVUPS_LOAD, l->data[0] + p, 0,
              x86_mem(RDX, l->offset + (size_t)p * 64), jit_mask(j, p));
}

/* Returns how many jumps there are for when they are not. */
static unsigned side_by_side(struct lanes *l, unsigned otherwise[OTHERWISE])
{
    struct jit *j = l->j;
    unsigned n = 0;
    if (j->masked && l->bytes == 8) {
        if (l->write)
            x86_op(&j->x, 0x83, j->w->lanes == 64, 7, jit_sgpr(ISA_EXEC)), x86_bytes(&j->x, "\xff", 1);
        else
            operate(j, X86_TEST, R9, R9);
        otherwise[n++] = x86_jump(&j->x, CC_NE);
    }
    places_compare(l);
    otherwise[n++] = x86_jump(&j->x, CC_NE);
    end_compare(l);
    otherwise[n++] = x86_jump(&j->x, CC_B);
    if (l->lds)
        operate(j, X86_ADD, RDX, R8);
    if (j->masked)
        operate(j, X86_SUB, RDX, R11);
    if (l->bytes == 8)
        pairs_move(l);
    else
        dwords_move(l);
    return n;
}

/* ---- by blocks of 16 lanes, which are side by side, or read within one window ---- */

/* Where a block's bytes are in the host, and the vectors that say which dwords of a window its lanes read.
 * The last is where offsets of blocks are worked out. */
static const enum x86_reg block_at[PARTS_MAX] = {RAX, RCX, R9, RDI};
enum { WINDOW_DWORDS = T1 };

/* RDX: where offset 0 is in the host; R11 and RSI: what may be touched lies between these. R8 is free. */
static void blocks_begin(struct lanes *l)
{
    struct jit *j = l->j;
    if (l->lds) {
        immediate(j, 0, RSI, l->bytes);
        operate(j, X86_ADD, RSI, RDX);
        operate(j, X86_MOV, R11, RDX);
        return;
    }
    x86_op(&j->x, X86_MOV, true, R11, JIT_TLB(host));
    operate(j, X86_ADD, RSI, RDX);
    operate(j, X86_SUB, RDX, R8);
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
static void block_first(struct lanes *l, unsigned p)
{
    struct jit *j = l->j;
    if (j->masked)
        EMIT_MASK(VPCOMPRESSD, l->at + p, 0, x86_reg(T0), JIT_EXEC + p);
    EMIT(VMOVD_TO_R32, j->masked ? T0 : l->at + p, 0, x86_reg(RDI));
}

/* Its address in the host, if that many bytes from there on may be touched. */
static void block_find(struct lanes *l, unsigned p, unsigned bytes)
{
    struct jit *j = l->j;
    const enum x86_reg to = block_at[p];
    operate(j, X86_MOV, to, RDI);
    operate(j, X86_ADD, to, RDX);
    operate(j, X86_CMP, to, R11);
    jit_miss(j, l->aside, CC_B);
    operate(j, X86_MOV, R8, to);
    immediate(j, 0, R8, bytes);
    operate(j, X86_CMP, R8, RSI);
    jit_miss(j, l->aside, CC_A);
}

static void any_miss(struct lanes *l)
{
    x86_k(&l->j->x, KORTESTW, 1, 0, x86_reg(1));
    jit_miss(l->j, l->aside, CC_NE);
}

/* Misses if not all lanes read dwords of one window. */
static void window_find(struct lanes *l, unsigned p)
{
    struct jit *j = l->j;
    unsigned window = l->bytes == 4 ? 64 : 128, to = WINDOW_DWORDS + p;
    block_first(l, p);
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    EMIT(VPSUBD, to, l->at + p, x86_reg(T0));
    EMIT_IMM(VPSHIFTD_IMM, X86_ROR, to, x86_reg(to), 2); /* what is no multiple of 4 becomes large */
    x86_vector(&j->x, VPCMPUD, 1, to, x86_constant((window - l->bytes) / 4), jit_mask(j, p), COMPARE_ABOVE);
    any_miss(l);
    block_find(l, p, window);
}

static void window_read(struct lanes *l, unsigned p)
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
static void block_write_find(struct lanes *l, unsigned p)
{
    struct jit *j = l->j;
    block_first(l, p);
    if (j->masked)
        x86_k(&j->x, KMOVW_TO_R32, R8, 0, x86_reg(JIT_EXEC + p));
    if (j->masked && l->bytes == 8) {
        immediate(j, 7, R8, 0xffff);
        jit_miss(j, l->aside, CC_NE);
    } else if (j->masked) {
        x86_op(&j->x, X86_TZCNT, false, R8, x86_reg(R8));
        shift_left(j, R8, 2);
        x86_op(&j->x, X86_SUB, false, RDI, x86_reg(R8)); /* lane 0's */
    }
    x86_move(&j->x, R8, (uintptr_t)places[l->bytes == 8]);
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    EMIT(VPADDD, T0, T0, x86_mem(R8, 0));
    x86_vector(&j->x, VPCMPUD, 1, T0, x86_reg(l->at + p), jit_mask(j, p), COMPARE_EQUAL_NOT);
    any_miss(l);
    block_find(l, p, l->bytes * 16);
}

static void block_write(struct lanes *l, unsigned p)
{
    struct jit *j = l->j;
    if (l->bytes == 4) {
        EMIT_MASK(VMOVUPS_STORE, l->data[0] + p, 0, x86_mem(block_at[p], l->offset), jit_mask(j, p));
        return;
    }
    for (unsigned half = 0; half < 2; half++) {
        x86_move(&j->x, R8, (uintptr_t)together[half]);
        EMIT(VMOVUPS_LOAD, T0, 0, x86_mem(R8, 0));
        EMIT(VPERMI2D, T0, l->data[0] + p, x86_reg(l->data[1] + p));
        EMIT(VMOVUPS_STORE, T0, 0, x86_mem(block_at[p], l->offset + half * 64));
    }
}

/* All is found before anything is moved. */
static void by_blocks(struct lanes *l)
{
    struct jit *j = l->j;
    blocks_begin(l);
    PARTS(p)
    {
        unsigned skip = block_skip(j, p);
        if (l->write)
            block_write_find(l, p);
        else
            window_find(l, p);
        block_land(j, skip);
    }
    PARTS(p)
    {
        unsigned skip = block_skip(j, p);
        if (l->write)
            block_write(l, p);
        else
            window_read(l, p);
        block_land(j, skip);
    }
}

/* ---- all of it ---- */

static void move(struct lanes *l)
{
    struct jit *j = l->j;
    unsigned otherwise[OTHERWISE], none = first_take(l);
    if (l->lds)
        lds_find(l);
    else
        global_find(l);
    unsigned n = side_by_side(l, otherwise), done = x86_jump(&j->x, X86_ALWAYS);
    for (unsigned i = 0; i < n; i++)
        x86_land(&j->x, otherwise[i], j->x.n);
    by_blocks(l);
    x86_land(&j->x, done, j->x.n);
    if (j->masked)
        x86_land(&j->x, none, j->x.n);
}

struct kind {
    bool write, lds;
    unsigned accesses;
};

static const struct kind *kind_of(const struct isa_op *op)
{
    static const struct kind kinds[OP_MEMORY_KINDS] = {
        [OP_LOAD] = {false, false, 1},     [OP_STORE] = {true, false, 1},
        [OP_LDS_LOAD] = {false, true, 1},  [OP_LDS_STORE] = {true, true, 1},
        [OP_LDS_LOAD2] = {false, true, 2}, [OP_LDS_STORE2] = {true, true, 2},
    };
    isa_op_fn *run = op->plain ? op->plain : op->run;
    for (unsigned i = 0; i < OP_MEMORY_KINDS; i++)
        if (kinds[i].accesses && (op->bytes == 4 || op->bytes == 8) && run == op_memory(i, op->bytes))
            return &kinds[i];
    return NULL;
}

static bool has_template(const struct isa_op *op, const struct kind *kind)
{
    unsigned at = jit_row_of(op, 1), to = jit_row_of(op, 0), rows = op->bytes / 4 * kind->accesses;
    if (op->base[0] != OP_VGPR || op->base[1] != OP_VGPR)
        return false;
    if (op->inst->format == ISA_FLAT && op->inst->offset)
        return false;
    if (kind->accesses == 2 && kind->write)
        return op->base[2] == OP_VGPR;
    return kind->accesses == 1 || at < to || at >= to + rows; /* a result may not be the next one's address */
}

static unsigned offset_of(const struct isa_op *op, const struct kind *kind, unsigned n)
{
    uint32_t offset = (uint32_t)op->inst->offset;
    if (!kind->lds)
        return 0;
    return kind->accesses == 1 ? offset : (offset >> 8 * n & 0xff) * op->unit;
}

bool jit_memory_lanes(struct jit *j, const struct isa_op *op)
{
    const struct kind *kind = op->inst->pair ? NULL : kind_of(op);
    unsigned data[4], n = op->bytes / 4;
    if (!kind || !has_template(op, kind))
        return false;
    struct lanes l = {.j = j, .op = op, .bytes = op->bytes, .write = kind->write, .lds = kind->lds};
    l.at = jit_row(j, jit_row_of(op, 1));
    if (op->wide && !l.lds)
        l.above = jit_row(j, jit_row_of(op, 1) + 1);
    for (unsigned i = 0; i < n * kind->accesses && l.write; i++)
        data[i] = jit_row(j, i < n ? jit_row_of(op, 0) + i : jit_row_of(op, 2) + i - n);
    l.aside = jit_aside_begin(j, op);
    if (!l.aside)
        return true;
    for (unsigned i = 0; i < n * kind->accesses && !l.write; i++)
        data[i] = jit_row_result(j, jit_row_of(op, 0) + i);
    jit_aside_ready(j, l.aside);
    for (unsigned i = 0; i < kind->accesses; i++) {
        l.offset = offset_of(op, kind, i);
        memcpy(l.data, data + i * n, n * sizeof data[0]);
        move(&l);
    }
    jit_aside_end(j, l.aside);
    return true;
}
