/*
 * jit_x86.c - writes machine code (jit_x86.h).
 */
#include "jit_x86.h"

#include <string.h>

void x86_bytes(struct x86 *x, const void *bytes, unsigned n)
{
    if (x->n + n > X86_BYTES) {
        x->full = true;
        return;
    }
    memcpy(x->bytes + x->n, bytes, n);
    x->n += n;
}

static void byte(struct x86 *x, unsigned value)
{
    uint8_t b = (uint8_t)value;
    x86_bytes(x, &b, 1);
}

void x86_u32(struct x86 *x, uint32_t value)
{
    x86_bytes(x, &value, 4);
}

void x86_u64(struct x86 *x, uint64_t value)
{
    x86_bytes(x, &value, 8);
}

void x86_put32(struct x86 *x, unsigned at, uint32_t value)
{
    if (at + 4 <= x->n)
        memcpy(x->bytes + at, &value, 4);
}

/* ---- operands ---- */

static unsigned constant_place(struct x86 *x, uint32_t value)
{
    for (unsigned i = 0; i < x->n_constants; i++)
        if (x->constant[i] == value)
            return i;
    if (x->n_constants == X86_CONSTANTS) {
        x->full = true;
        return 0;
    }
    x->constant[x->n_constants] = value;
    return x->n_constants++;
}

/* tail: bytes of the instruction behind the displacement, which counts from its end. */
static void constant_operand(struct x86 *x, unsigned reg, uint32_t value, unsigned tail)
{
    byte(x, (reg & 7) << 3 | 5);
    if (x->n_patches == X86_PATCHES) {
        x->full = true;
        return;
    }
    x->patch[x->n_patches].at = x->n;
    x->patch[x->n_patches++].constant = (uint16_t)constant_place(x, value);
    x86_u32(x, (uint32_t)(0 - tail - 4));
}

/* scale: what an 8-bit displacement counts in. */
static void operand(struct x86 *x, unsigned reg, struct x86_rm rm, unsigned scale, unsigned tail)
{
    if (rm.kind == X86_CONSTANT) {
        constant_operand(x, reg, (uint32_t)rm.disp, tail);
        return;
    }
    if (rm.kind == X86_REG) {
        byte(x, 0xc0 | (reg & 7) << 3 | (rm.reg & 7));
        return;
    }
    bool near = rm.disp % (int)scale == 0 && rm.disp / (int)scale >= -128 && rm.disp / (int)scale < 128;
    byte(x, (near ? 0x40 : 0x80) | (reg & 7) << 3 | (rm.reg & 7));
    if ((rm.reg & 7) == RSP)
        byte(x, 0x24);
    if (near)
        byte(x, (unsigned)(rm.disp / (int)scale));
    else
        x86_u32(x, (uint32_t)rm.disp);
}

/* ---- vectors ---- */

void x86_vector(struct x86 *x, unsigned op, unsigned reg, unsigned first, struct x86_rm rm, unsigned mask,
                int imm)
{
    unsigned map = op >> 12, prefix = op >> 10 & 3, wide = op >> 8 & 1;
    bool in_register = rm.kind == X86_REG, single = (op == VBROADCASTSS && !in_register);
    bool each = (rm.kind == X86_EACH || rm.kind == X86_CONSTANT) && !single;
    unsigned high = in_register ? rm.reg >> 4 & 1 : 0;
    unsigned base = rm.kind == X86_CONSTANT ? 0 : rm.reg >> 3 & 1, length = op & X86_LOW ? 0 : 2;
    byte(x, 0x62);
    byte(x, (~reg >> 3 & 1) << 7 | (~high & 1) << 6 | (~base & 1) << 5 | (~reg >> 4 & 1) << 4 | map);
    byte(x, wide << 7 | (~first & 15) << 3 | 4 | prefix);
    byte(x, length << 5 | (unsigned)each << 4 | (~first >> 4 & 1) << 3 | mask);
    byte(x, op & 0xff);
    operand(x, reg, rm, each || single ? 4 : 64, imm != X86_NO_IMM);
    if (imm != X86_NO_IMM)
        byte(x, (unsigned)imm);
}

void x86_k(struct x86 *x, unsigned op, unsigned reg, unsigned first, struct x86_rm rm)
{
    unsigned prefix = op >> 10 & 3, wide = op >> 9 & 1, two = op >> 8 & 1;
    byte(x, 0xc4);
    byte(x, (~reg >> 3 & 1) << 7 | 1 << 6 | (~rm.reg >> 3 & 1) << 5 | 1);
    byte(x, wide << 7 | (~first & 15) << 3 | two << 2 | prefix);
    byte(x, op & 0xff);
    operand(x, reg, rm, 1, 0);
}

/* ---- scalars ---- */

void x86_op(struct x86 *x, unsigned opcode, bool wide, unsigned reg, struct x86_rm rm)
{
    if (opcode == X86_TZCNT || opcode == X86_POPCNT)
        byte(x, 0xf3); /* goes before REX */
    unsigned rex = 0x40 | (unsigned)wide << 3 | (reg >> 3 & 1) << 2 | (rm.reg >> 3 & 1);
    if (rex != 0x40)
        byte(x, rex);
    if (opcode >> 8)
        byte(x, opcode >> 8);
    byte(x, opcode & 0xff);
    operand(x, reg, rm, 1, 0);
}

void x86_move(struct x86 *x, enum x86_reg reg, uint64_t value)
{
    bool wide = value > UINT32_MAX;
    if (wide || reg >= R8)
        byte(x, 0x40 | (unsigned)wide << 3 | reg >> 3);
    byte(x, 0xb8 | (reg & 7));
    if (wide)
        x86_u64(x, value);
    else
        x86_u32(x, (uint32_t)value);
}

unsigned x86_jump(struct x86 *x, int condition)
{
    if (condition != X86_ALWAYS)
        byte(x, 0x0f);
    byte(x, condition == X86_ALWAYS ? 0xe9 : 0x80 | (unsigned)condition);
    x86_u32(x, 0);
    return x->n - 4;
}

void x86_land(struct x86 *x, unsigned jump, unsigned target)
{
    x86_put32(x, jump, target - jump - 4);
}

void x86_jump_to(struct x86 *x, int condition, unsigned target)
{
    x86_land(x, x86_jump(x, condition), target);
}

void x86_finish(struct x86 *x)
{
    while (x->n & 3)
        byte(x, 0xcc);
    unsigned pool = x->n;
    for (unsigned i = 0; i < x->n_constants; i++)
        x86_u32(x, x->constant[i]);
    for (unsigned i = 0; i < x->n_patches; i++) {
        uint32_t tail;
        memcpy(&tail, x->bytes + x->patch[i].at, 4);
        x86_put32(x, x->patch[i].at, pool + x->patch[i].constant * 4u - x->patch[i].at + tail);
    }
}
