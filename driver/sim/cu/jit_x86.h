/*
 * jit_x86.h - x86-64 machine code with 512-bit vectors, written into a buffer.
 *
 * Encodings: Intel's "Software Developer's Manual", volume 2 (2.3.5 VEX, 2.7 EVEX, and each instruction's
 * page). Code is independent of its position except for the 32-bit constants behind it, which move with it.
 */
#ifndef KFDFS_SIM_JIT_X86_H
#define KFDFS_SIM_JIT_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum x86_reg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R13 = 13, R14 = 14 };

enum { X86_BYTES = 1 << 16, X86_CONSTANTS = 256, X86_PATCHES = 2048 };

struct x86 {
    uint8_t bytes[X86_BYTES];
    unsigned n;
    bool full; /* something found no room: the code is of no use */
    uint32_t constant[X86_CONSTANTS];
    unsigned n_constants, n_patches;
    struct {
        uint32_t at; /* of a displacement, */
        uint16_t constant;
    } patch[X86_PATCHES];
};

/* ---- operands: a register, memory, or a dword for all lanes ---- */

enum x86_rm_kind { X86_REG, X86_MEM, X86_EACH, X86_CONSTANT };

struct x86_rm {
    uint8_t kind, reg; /* reg: the register, or the base */
    int32_t disp;      /* or the value of a constant */
};

static inline struct x86_rm x86_reg(unsigned reg)
{
    return (struct x86_rm){X86_REG, (uint8_t)reg, 0};
}
static inline struct x86_rm x86_mem(unsigned base, size_t disp)
{
    return (struct x86_rm){X86_MEM, (uint8_t)base, (int32_t)disp};
}
static inline struct x86_rm x86_each(unsigned base, size_t disp)
{
    return (struct x86_rm){X86_EACH, (uint8_t)base, (int32_t)disp};
}
static inline struct x86_rm x86_constant(uint32_t value)
{
    return (struct x86_rm){X86_CONSTANT, 0, (int32_t)value};
}

/* ---- vector instructions ---- */

/* Opcode, map (1: 0F, 2: 0F38, 3: 0F3A), prefix (0: none, 1: 66, 2: F3, 3: F2), width of an element (1: 64
 * bits). X86_LOW: of 128 bits. */
enum { X86_LOW = 1 << 9 };
#define X86_V(map, prefix, wide, opcode) ((map) << 12 | (prefix) << 10 | (wide) << 8 | (opcode))
enum {
    VMOVUPS_LOAD = X86_V(1, 0, 0, 0x10),
    VMOVUPS_STORE = X86_V(1, 0, 0, 0x11),
    VMOVAPS = X86_V(1, 0, 0, 0x28),
    VBROADCASTSS = X86_V(2, 1, 0, 0x18), /* from memory */
    VPBROADCASTD_R32 = X86_V(2, 1, 0, 0x7c),
    VADDPS = X86_V(1, 0, 0, 0x58),
    VMULPS = X86_V(1, 0, 0, 0x59),
    VSUBPS = X86_V(1, 0, 0, 0x5c),
    VDIVPS = X86_V(1, 0, 0, 0x5e),
    VSQRTPS = X86_V(1, 0, 0, 0x51),
    VFPCLASSPD = X86_V(3, 1, 1, 0x66), /* reg: a mask */
    VMULPD = X86_V(1, 1, 1, 0x59),
    VRSQRT14PD = X86_V(2, 1, 1, 0x4e),
    VFMADD213PD = X86_V(2, 1, 1, 0xa8),
    VFNMADD213PD = X86_V(2, 1, 1, 0xac),
    VCVTPS2PD = X86_V(1, 0, 0, 0x5a), /* from the low half */
    VCVTPD2PS = X86_V(1, 1, 1, 0x5a), /* to the low half */
    VEXTRACTF64X4 = X86_V(3, 1, 1, 0x1b),
    VINSERTF64X4 = X86_V(3, 1, 1, 0x1a),
    VGETMANTPS = X86_V(3, 1, 0, 0x26),
    VGETEXPPS = X86_V(2, 1, 0, 0x42),
    VCVTTPS2DQ = X86_V(1, 2, 0, 0x5b),
    VCVTTPS2UDQ = X86_V(1, 0, 0, 0x78),
    VFMADD132PS = X86_V(2, 1, 0, 0x98),
    VFMADD213PS = X86_V(2, 1, 0, 0xa8),
    VFMADD231PS = X86_V(2, 1, 0, 0xb8),
    VSCALEFPS = X86_V(2, 1, 0, 0x2c),
    VRNDSCALEPS = X86_V(3, 1, 0, 0x08),
    VRANGEPS = X86_V(3, 1, 0, 0x50),
    VCVTDQ2PS = X86_V(1, 0, 0, 0x5b),
    VCVTUDQ2PS = X86_V(1, 3, 0, 0x7a),
    VPANDD = X86_V(1, 1, 0, 0xdb),
    VPANDND = X86_V(1, 1, 0, 0xdf),
    VPORD = X86_V(1, 1, 0, 0xeb),
    VPXORD = X86_V(1, 1, 0, 0xef),
    VPADDD = X86_V(1, 1, 0, 0xfe),
    VPSUBD = X86_V(1, 1, 0, 0xfa),
    VPMULLD = X86_V(2, 1, 0, 0x40),
    VPMULUDQ = X86_V(1, 1, 1, 0xf4),
    VPMULDQ = X86_V(2, 1, 1, 0x28),
    VPMINSD = X86_V(2, 1, 0, 0x39),
    VPMINUD = X86_V(2, 1, 0, 0x3b),
    VPMAXSD = X86_V(2, 1, 0, 0x3d),
    VPMAXUD = X86_V(2, 1, 0, 0x3f),
    VPTERNLOGD = X86_V(3, 1, 0, 0x25),
    VPSLLVD = X86_V(2, 1, 0, 0x47),
    VPSRLVD = X86_V(2, 1, 0, 0x45),
    VPSRAVD = X86_V(2, 1, 0, 0x46),
    VPRORVD = X86_V(2, 1, 0, 0x14),
    VPSHIFTD_IMM = X86_V(1, 1, 0, 0x72), /* reg: enum x86_shift */
    VPBLENDMD = X86_V(2, 1, 0, 0x64),
    VMOVSHDUP = X86_V(1, 2, 0, 0x16),
    VCMPPS = X86_V(1, 0, 0, 0xc2),
    VPCMPD = X86_V(3, 1, 0, 0x1f),
    VPCMPUD = X86_V(3, 1, 0, 0x1e),
    VPTESTNMD = X86_V(2, 2, 0, 0x27),
    VPBROADCASTD = X86_V(2, 1, 0, 0x58),
    VMOVD_TO_R32 = X86_V(1, 1, 0, 0x7e) | X86_LOW,
    VPERMI2D = X86_V(2, 1, 0, 0x76), /* reg: the indices, then the result */
    VPERMD = X86_V(2, 1, 0, 0x36),
    VPCOMPRESSD = X86_V(2, 1, 0, 0x8b), /* from reg */
};
enum x86_shift { X86_ROR = 0, X86_SRL = 2, X86_SRA = 4, X86_SLL = 6 };
enum { X86_NO_IMM = -1 };

/* 512 bits wide; mask: k1 to k7, lanes outside stay as they are (compares: 0), or 0 for all lanes. */
void x86_vector(struct x86 *x, unsigned op, unsigned reg, unsigned first, struct x86_rm rm, unsigned mask,
                int imm);

/* ---- masks ---- */

#define X86_K(prefix, wide, two, opcode) ((prefix) << 10 | (wide) << 9 | (two) << 8 | (opcode))
enum {
    KMOVW_LOAD = X86_K(0, 0, 0, 0x90),
    KMOVW_STORE = X86_K(0, 0, 0, 0x91),
    KMOVD_STORE = X86_K(1, 1, 0, 0x91),
    KNOTW = X86_K(0, 0, 0, 0x44),
    KMOVQ_STORE = X86_K(0, 1, 0, 0x91),
    KUNPCKWD = X86_K(0, 0, 1, 0x4b),
    KUNPCKDQ = X86_K(0, 1, 1, 0x4b),
    KORW = X86_K(0, 0, 1, 0x45),
    KANDW = X86_K(0, 0, 1, 0x41),
    KMOVW_R32 = X86_K(0, 0, 0, 0x92),
    KMOVW_TO_R32 = X86_K(0, 0, 0, 0x93),
    KORTESTW = X86_K(0, 0, 0, 0x98),
};
void x86_k(struct x86 *x, unsigned op, unsigned reg, unsigned first, struct x86_rm rm);

/* ---- scalar instructions ---- */

/* One-byte opcodes, or 0x0f00 and the second byte; wide: 64 bits. */
void x86_op(struct x86 *x, unsigned opcode, bool wide, unsigned reg, struct x86_rm rm);
void x86_bytes(struct x86 *x, const void *bytes, unsigned n);
void x86_u32(struct x86 *x, uint32_t value);
void x86_u64(struct x86 *x, uint64_t value);
void x86_move(struct x86 *x, enum x86_reg reg, uint64_t value);
enum { X86_MOV = 0x8b, X86_STORE = 0x89, X86_ADD = 0x03, X86_SUB = 0x2b, X86_AND = 0x23, X86_OR = 0x0b };
enum { X86_XOR = 0x33, X86_CMP = 0x3b, X86_ADC = 0x13, X86_SBB = 0x1b, X86_IMUL = 0x0faf, X86_TEST = 0x85 };
enum {
    X86_TZCNT = 0x0fbc,
    X86_POPCNT = 0x0fb8,
    X86_MOVSX8 = 0x0fbe,
    X86_MOVSX16 = 0x0fbf,
    X86_MOVSXD = 0x63
};
enum { X86_MOVZX8 = 0x0fb6, X86_CMOVZ = 0x0f44, X86_SETCC = 0x0f90, X86_CMOVCC = 0x0f40 };
enum x86_condition {
    CC_O,
    CC_NO,
    CC_B,
    CC_AE,
    CC_E,
    CC_NE,
    CC_BE,
    CC_A,
    CC_S,
    CC_L = 12,
    CC_GE,
    CC_LE,
    CC_G
};

/* Jumps: a place to be given a target later, or one that lies behind. */
enum { X86_ALWAYS = -1 };
unsigned x86_jump(struct x86 *x, int condition);
void x86_jump_to(struct x86 *x, int condition, unsigned target);
void x86_land(struct x86 *x, unsigned jump, unsigned target);
void x86_put32(struct x86 *x, unsigned at, uint32_t value);

/* Puts the constants behind the code. */
void x86_finish(struct x86 *x);

#endif
