/*
 * isa_vector.h - one vector ALU instruction on a wave of its own: operands filled, executed, result compared.
 */
#ifndef KFDFS_TESTS_ISA_VECTOR_H
#define KFDFS_TESTS_ISA_VECTOR_H

#include "sim/cu/wave.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_VGPRS = 64, N_AGPRS = 8 };
enum { A = 8, B = 12, C = 16, D = 20, CARRY_IN = 40, CARRY_OUT = 42 };
enum {
    MODE_KEEP = 0xf0, /* denormals kept */
    MODE_DX10 = 0x100,
    MODE_IEEE = 0x200,
    MODE_USUAL = MODE_KEEP | MODE_DX10 | MODE_IEEE, /* what compute kernels start with */
    MODE_FLUSH = MODE_DX10 | MODE_IEEE,
};
enum { LANES = 64 };

static uint32_t vgprs[N_VGPRS][64], agprs[N_AGPRS][64];
static struct isa_wave wave;

static inline void wave_start(enum isa_generation generation, unsigned lanes, uint32_t mode)
{
    memset(&wave, 0, sizeof wave);
    memset(vgprs, 0, sizeof vgprs);
    memset(agprs, 0, sizeof agprs);
    wave.generation = generation;
    wave.lanes = lanes;
    wave.mode = mode;
    wave.vgpr = vgprs;
    wave.agpr = agprs;
    wave.n_vgprs = N_VGPRS;
    wave.n_agprs = N_AGPRS;
    isa_sgpr64_set(&wave, ISA_EXEC, lanes == 64 ? ~UINT64_C(0) : 0xffffffff);
}

static inline isa_exec_fn *function_of(const char *name)
{
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++)
        if (strcmp(b->name, name) == 0)
            return b->exec;
    ck_abort_msg("no function for %s", name);
    return NULL;
}

static inline struct isa_operand vgpr(unsigned reg)
{
    return (struct isa_operand){.kind = ISA_VGPR, .reg = (uint16_t)reg, .dwords = 1};
}

static inline struct isa_operand sgpr(unsigned reg)
{
    return (struct isa_operand){.kind = ISA_SGPR, .reg = (uint16_t)reg, .dwords = 1};
}

static inline struct isa_operand constant(uint64_t value)
{
    return (struct isa_operand){.kind = ISA_CONST, .value = value, .dwords = 1};
}

static inline struct isa_inst inst_of(const char *name)
{
    bool compare = strncmp(name, "v_cmp", 5) == 0;
    bool packed = strncmp(name, "v_pk_", 5) == 0 || strncmp(name, "v_dot", 5) == 0 || strstr(name, "_mix");
    return (struct isa_inst){.exec = function_of(name),
                             .bytes = 8,
                             .format = packed ? ISA_VOP3P : ISA_VOP3,
                             .opsel_hi = strstr(name, "_mix") ? 0 : 7,
                             .n_src = 2,
                             .src = {vgpr(A), vgpr(B), vgpr(C)},
                             .dst = compare ? sgpr(CARRY_OUT) : vgpr(D),
                             .sdst = sgpr(CARRY_OUT)};
}

static inline void lane_set(unsigned reg, unsigned lane, uint64_t value)
{
    vgprs[reg][lane] = (uint32_t)value;
    vgprs[reg + 1][lane] = (uint32_t)(value >> 32);
}

static inline uint64_t lane_get(unsigned reg, unsigned lane)
{
    return vgprs[reg][lane] | (uint64_t)vgprs[reg + 1][lane] << 32;
}

static inline void reg_fill(unsigned reg, uint64_t value)
{
    for (unsigned i = 0; i < LANES; i++)
        lane_set(reg, i, value);
}

/* One execution with the same operands in all lanes. gen 0 stands for gfx940, mode 0 for the usual one. */
struct given {
    const char *name;
    uint64_t a, b, c, d;
    enum isa_generation gen;
    uint32_t mode;
    bool clamp, carry;
    uint8_t omod, neg, abs, opsel, opsel_hi, neg_lo, neg_hi;
    bool hi_given;
};
struct got {
    uint64_t d;
    bool carry;
};

static inline struct got execute(struct given g)
{
    wave_start(g.gen ? g.gen : ISA_GFX940, 64, g.mode ? g.mode : MODE_USUAL);
    struct isa_inst inst = inst_of(g.name);
    reg_fill(A, g.a);
    reg_fill(B, g.b);
    reg_fill(C, g.c);
    reg_fill(D, g.d);
    isa_sgpr64_set(&wave, ISA_VCC, g.carry ? ~UINT64_C(0) : 0);
    for (unsigned i = 0; i < 3; i++) {
        inst.src[i].neg = g.neg >> i & 1;
        inst.src[i].abs = g.abs >> i & 1;
    }
    inst.clamp = g.clamp;
    inst.omod = g.omod;
    inst.opsel = g.opsel;
    if (g.hi_given)
        inst.opsel_hi = g.opsel_hi;
    inst.neg_lo = g.neg_lo;
    inst.neg_hi = g.neg_hi;
    inst.exec(&wave, &inst);
    uint64_t mask = isa_sgpr64(&wave, CARRY_OUT);
    ck_assert_msg(mask == 0 || mask == ~UINT64_C(0), "%s: lanes differ", g.name);
    for (unsigned i = 1; i < LANES; i++)
        ck_assert_msg(lane_get(D, i) == lane_get(D, 0), "%s: lane %u differs", g.name, i);
    return (struct got){lane_get(D, 0), mask != 0};
}
#define RUN(...) execute((struct given){__VA_ARGS__})

static inline void result_check(struct given g, unsigned bits, uint64_t expect, int line)
{
    uint64_t got = execute(g).d, mask = bits == 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
    ck_assert_msg((got & mask) == (expect & mask), "line %d: %s(%#lx, %#lx, %#lx, %#lx) is %#lx, not %#lx",
                  line, g.name, (long)g.a, (long)g.b, (long)g.c, (long)g.d, (long)(got & mask),
                  (long)(expect & mask));
}
#define IS32(expect, ...) result_check((struct given){__VA_ARGS__}, 32, expect, __LINE__)
#define IS64(expect, ...) result_check((struct given){__VA_ARGS__}, 64, expect, __LINE__)

static inline uint32_t bits_of(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint64_t bits64_of(double f)
{
    uint64_t bits;
    memcpy(&bits, &f, 8);
    return bits;
}

static inline double double_of(uint64_t bits)
{
    double f;
    memcpy(&f, &bits, 8);
    return f;
}

static uint64_t noise_state = 88172645463325252;

static inline uint64_t noise(void) /* xorshift, the same every time */
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return noise_state;
}

static const uint32_t edges[] = {0,          1,          2,          31,         32,         33,
                                 0x7f,       0x80,       0xff,       0x7fff,     0x8000,     0xffff,
                                 0x10000,    0x7fffff,   0x800000,   0xffffff,   0x1000000,  0x3f800000,
                                 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff, 0x80000000,
                                 0x80000001, 0xbf800000, 0xff800000, 0xffc00001, 0xfffffffe, 0xffffffff};
enum { N_EDGES = sizeof edges / sizeof edges[0] };

/* Every lane another pair of operands: edges against edges, then noise. */
static inline void sources_fill(unsigned round)
{
    for (unsigned i = 0; i < LANES; i++) {
        unsigned n = round * LANES + i;
        bool edge = n < N_EDGES * N_EDGES;
        lane_set(A, i, edge ? edges[n % N_EDGES] | noise() << 32 : noise());
        lane_set(B, i, edge ? edges[n / N_EDGES] | noise() << 32 : noise());
        lane_set(C, i, round & 1 ? noise() : edges[noise() % N_EDGES] | noise() << 32);
        lane_set(D, i, noise());
    }
}
enum { ROUNDS = (N_EDGES * N_EDGES + LANES - 1) / LANES + 4 };

#endif
