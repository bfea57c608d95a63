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
 */
#include "jit_lanes.h"

/* Where lanes are, side by side; and where a row's dwords are among those of two vectors. */
#define UP4(n, by)  n, (n) + (by), (n) + 2 * (by), (n) + 3 * (by)
#define UP16(n, by) UP4(n, by), UP4((n) + 4 * (by), by), UP4((n) + 8 * (by), by), UP4((n) + 12 * (by), by)
#define UP64(n, by) \
    UP16(n, by), UP16((n) + 16 * (by), by), UP16((n) + 32 * (by), by), UP16((n) + 48 * (by), by)
#define BOTH4(n)  n, (n) + 16, (n) + 1, (n) + 17
#define BOTH16(n) BOTH4(n), BOTH4((n) + 2), BOTH4((n) + 4), BOTH4((n) + 6)
const uint32_t jit_places[2][64] = {{UP64(0, 4)}, {UP64(0, 8)}};
const uint32_t jit_together[2][16] = {{BOTH16(0)}, {BOTH16(8)}};
static const uint32_t apart[2][16] = {{UP16(0, 2)}, {UP16(1, 2)}};

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

static void lane_take(struct jit_lanes *l, unsigned row, unsigned vector, enum x86_reg to)
{
    struct jit *j = l->j;
    size_t at = (size_t)row * VEC_LANES * sizeof(uint32_t);
    PARTS(p) EMIT(VMOVUPS_STORE, vector + p, 0, x86_mem(JIT_ROWS, at + (size_t)p * 64));
    jit_operate(j, X86_MOV, RDI, R9);
    jit_shift_left(j, RDI, 2);
    jit_operate(j, X86_ADD, RDI, JIT_ROWS);
    x86_op(&j->x, X86_MOV, false, to, x86_mem(RDI, at));
}

/* Its offset in R8, the upper half of its address in R10. Returns a jump for when there is none. */
static unsigned first_take(struct jit_lanes *l)
{
    struct jit *j = l->j;
    unsigned none = 0, other = 0, row = jit_row_of(l->op, 1);
    if (j->masked) {
        x86_op(&j->x, X86_TZCNT, j->w->lanes == 64, R9, jit_sgpr(ISA_EXEC));
        none = x86_jump(&j->x, CC_B);
        jit_operate(j, X86_TEST, R9, R9);
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
        jit_operate(j, X86_MOV, R11, R9);
        jit_shift_left(j, R11, l->bytes == 4 ? 2 : 3);
    }
    return none;
}

/* ---- global memory ---- */

/* Misses if the upper halves of addresses differ. */
static void above_compare(struct jit_lanes *l)
{
    struct jit *j = l->j;
    EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(R10));
    PARTS(p)
    {
        x86_vector(&j->x, VPCMPUD, any_part(p), l->above + p, x86_reg(T0), jit_mask(j, p), JIT_EQUAL_NOT);
        any_add(j, p);
    }
    any_test(j);
    jit_miss(j, l->aside, CC_NE);
}

/* Misses where a flat address may mean LDS or private memory. */
static void apertures_compare(struct jit_lanes *l)
{
    struct x86 *x = &l->j->x;
    x86_op(x, X86_CMP, false, R10, x86_mem(JIT_WAVE, offsetof(struct isa_wave, shared_base) + 4));
    jit_miss(l->j, l->aside, CC_E);
    x86_op(x, X86_CMP, false, R10, x86_mem(JIT_WAVE, offsetof(struct isa_wave, private_base) + 4));
    jit_miss(l->j, l->aside, CC_E);
}

static void global_find(struct jit_lanes *l)
{
    struct jit *j = l->j;
    if (l->op->wide) {
        above_compare(l);
        if (l->op->inst->format == ISA_FLAT)
            apertures_compare(l);
        jit_shift_left(j, R10, 32);
    } else {
        x86_op(&j->x, X86_MOV, true, R10, jit_sgpr(l->op->saddr));
    }
    if (l->op->inst->offset)
        jit_immediate(j, 0, R10, (uint32_t)l->op->inst->offset);
    jit_operate(j, X86_MOV, RAX, R10);
    jit_operate(j, X86_ADD, RAX, R8);
    jit_translate_address(j, l->op, l->write ? SIM_VM_WRITE : SIM_VM_READ, l->aside);
}

/* ---- LDS ---- */

static void lds_find(struct jit_lanes *l)
{
    struct x86 *x = &l->j->x;
    x86_op(x, X86_MOV, true, RDX, x86_mem(JIT_WAVE, offsetof(struct isa_wave, group)));
    x86_op(x, X86_MOV, false, RSI, x86_mem(RDX, offsetof(struct isa_group, lds_bytes)));
    x86_op(x, X86_MOV, true, RDX, x86_mem(RDX, offsetof(struct isa_group, lds)));
    jit_immediate(l->j, 5, RSI, l->offset + l->bytes);
    jit_miss(l->j, l->aside, CC_B);
    jit_operate(l->j, X86_CMP, R8, RSI);
    jit_miss(l->j, l->aside, CC_A);
}

/* ---- lanes side by side ---- */

enum { OTHERWISE = 4 };

static void places_compare(struct jit_lanes *l)
{
    struct jit *j = l->j;
    if (j->masked) {
        jit_operate(j, X86_MOV, RDI, R8);
        jit_operate(j, X86_SUB, RDI, R11);
        EMIT(VPBROADCASTD_R32, T0, 0, x86_reg(RDI));
    } else {
        EMIT(VPBROADCASTD, T0, 0, x86_reg(l->at));
    }
    x86_move(&j->x, RDI, (uintptr_t)jit_places[l->bytes == 8]);
    PARTS(p)
    {
        EMIT(VPADDD, T1, T0, x86_mem(RDI, (size_t)p * 64));
        x86_vector(&j->x, VPCMPUD, any_part(p), T1, x86_reg(l->at + p), jit_mask(j, p), JIT_EQUAL_NOT);
        any_add(j, p);
    }
    any_test(j);
}

/* Compares so that "below" means: the last lane's bytes are not in the range. */
static void end_compare(struct jit_lanes *l)
{
    struct jit *j = l->j;
    if (l->lds) {
        jit_operate(j, X86_MOV, RDI, R8);
        jit_immediate(j, 0, RDI, l->bytes * (j->w->lanes - 1));
        if (j->masked)
            jit_operate(j, X86_SUB, RDI, R11);
        jit_operate(j, X86_CMP, RSI, RDI);
        return;
    }
    jit_operate(j, X86_MOV, RDI, RSI);
    if (j->masked)
        jit_operate(j, X86_ADD, RDI, R11);
    jit_immediate(j, 7, RDI, l->bytes * j->w->lanes);
}

static void pairs_move(struct jit_lanes *l)
{
    struct jit *j = l->j;
    PARTS(p)
    for (unsigned half = 0; half < 2; half++) {
        size_t at = l->offset + (size_t)p * 128;
        if (l->write) {
            table_load(j, T2, jit_together[half]);
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

static void dwords_move(struct jit_lanes *l)
{
    struct jit *j = l->j;
    PARTS(p)
    EMIT_MASK(l->write ? VMOVUPS_STORE : VMOVUPS_LOAD, l->data[0] + p, 0,
              x86_mem(RDX, l->offset + (size_t)p * 64), jit_mask(j, p));
}

/* Returns how many jumps there are for when they are not. */
static unsigned side_by_side(struct jit_lanes *l, unsigned otherwise[OTHERWISE])
{
    struct jit *j = l->j;
    unsigned n = 0;
    if (j->masked && l->bytes == 8) {
        if (l->write)
            x86_op(&j->x, 0x83, j->w->lanes == 64, 7, jit_sgpr(ISA_EXEC)), x86_bytes(&j->x, "\xff", 1);
        else
            jit_operate(j, X86_TEST, R9, R9);
        otherwise[n++] = x86_jump(&j->x, CC_NE);
    }
    places_compare(l);
    otherwise[n++] = x86_jump(&j->x, CC_NE);
    end_compare(l);
    otherwise[n++] = x86_jump(&j->x, CC_B);
    if (l->lds)
        jit_operate(j, X86_ADD, RDX, R8);
    if (j->masked)
        jit_operate(j, X86_SUB, RDX, R11);
    if (l->bytes == 8)
        pairs_move(l);
    else
        dwords_move(l);
    return n;
}

/* ---- all of it ---- */

static void move(struct jit_lanes *l)
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
    jit_by_blocks(l);
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
    struct jit_lanes l = {.j = j, .op = op, .bytes = op->bytes, .write = kind->write, .lds = kind->lds};
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
