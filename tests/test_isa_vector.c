/*
 * test_isa_vector.c - the vector ALU, one instruction at a time, against values worked out here or by hand.
 *
 * References are plain host arithmetic or bit patterns from the manuals; none of the functions under test
 * helps. The sweep at the end runs every function of the binding list on every generation.
 */
#include "isa.h"

#include <check.h>
#include <fenv.h>
#include <math.h>
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

static void wave_start(enum isa_generation generation, unsigned lanes, uint32_t mode)
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

static isa_exec_fn *function_of(const char *name)
{
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++)
        if (strcmp(b->name, name) == 0)
            return b->exec;
    ck_abort_msg("no function for %s", name);
    return NULL;
}

static struct isa_operand vgpr(unsigned reg)
{
    return (struct isa_operand){.kind = ISA_VGPR, .reg = (uint16_t)reg, .dwords = 1};
}

static struct isa_operand sgpr(unsigned reg)
{
    return (struct isa_operand){.kind = ISA_SGPR, .reg = (uint16_t)reg, .dwords = 1};
}

static struct isa_operand constant(uint64_t value)
{
    return (struct isa_operand){.kind = ISA_CONST, .value = value, .dwords = 1};
}

static struct isa_inst inst_of(const char *name)
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

static void lane_set(unsigned reg, unsigned lane, uint64_t value)
{
    vgprs[reg][lane] = (uint32_t)value;
    vgprs[reg + 1][lane] = (uint32_t)(value >> 32);
}

static uint64_t lane_get(unsigned reg, unsigned lane)
{
    return vgprs[reg][lane] | (uint64_t)vgprs[reg + 1][lane] << 32;
}

static void reg_fill(unsigned reg, uint64_t value)
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

static struct got execute(struct given g)
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

static void result_check(struct given g, unsigned bits, uint64_t expect, int line)
{
    uint64_t got = execute(g).d, mask = bits == 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
    ck_assert_msg((got & mask) == (expect & mask), "line %d: %s(%#lx, %#lx, %#lx, %#lx) is %#lx, not %#lx",
                  line, g.name, (long)g.a, (long)g.b, (long)g.c, (long)g.d, (long)(got & mask),
                  (long)(expect & mask));
}
#define IS32(expect, ...) result_check((struct given){__VA_ARGS__}, 32, expect, __LINE__)
#define IS64(expect, ...) result_check((struct given){__VA_ARGS__}, 64, expect, __LINE__)

static uint32_t bits_of(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

static float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static uint64_t bits64_of(double f)
{
    uint64_t bits;
    memcpy(&bits, &f, 8);
    return bits;
}

static double double_of(uint64_t bits)
{
    double f;
    memcpy(&f, &bits, 8);
    return f;
}

static uint64_t noise_state = 88172645463325252;

static uint64_t noise(void) /* xorshift, the same every time */
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
static void sources_fill(unsigned round)
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

/* ---- integers -------------------------------------------------------------------------------------------
 */

struct integer_case {
    const char *name;
    uint32_t (*reference)(uint32_t a, uint32_t b, uint32_t c);
};

static uint32_t ref_add(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a + b;
}
static uint32_t ref_sub(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a - b;
}
static uint32_t ref_rsub(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return b - a;
}
static uint32_t ref_and(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a & b;
}
static uint32_t ref_or(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a | b;
}
static uint32_t ref_xor(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a ^ b;
}
static uint32_t ref_xnor(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return ~a ^ b;
}
static uint32_t ref_not(uint32_t a, uint32_t b, uint32_t c)
{
    (void)b, (void)c;
    return ~a;
}
static uint32_t ref_mov(uint32_t a, uint32_t b, uint32_t c)
{
    (void)b, (void)c;
    return a;
}
static uint32_t ref_shl(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    for (unsigned n = a % 32; n; n--)
        b += b;
    return b;
}
static uint32_t ref_shr(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    for (unsigned n = a % 32; n; n--)
        b /= 2;
    return b;
}
static uint32_t ref_sar(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    for (unsigned n = a % 32; n; n--)
        b = b / 2 + (b & 0x80000000);
    return b;
}
static uint32_t ref_mul(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (uint32_t)((uint64_t)a * b % 4294967296);
}
static uint32_t ref_mulhi(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (uint32_t)((uint64_t)a * b / 4294967296);
}
static uint32_t ref_imulhi(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    uint32_t high = ref_mulhi(a, b, 0);
    return high - (a >> 31 ? b : 0) - (b >> 31 ? a : 0);
}
static uint32_t ref_mul24(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (a % 16777216) * (b % 16777216);
}
static int64_t signed24(uint32_t a)
{
    int64_t low = a % 16777216;
    return low >= 8388608 ? low - 16777216 : low;
}
static uint32_t ref_imul24(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (uint32_t)(signed24(a) * signed24(b));
}
static uint32_t ref_mad24(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_mul24(a, b, 0) + c;
}
static uint32_t ref_imad24(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_imul24(a, b, 0) + c;
}
static uint32_t ref_imin(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (a ^ 0x80000000) < (b ^ 0x80000000) ? a : b;
}
static uint32_t ref_imax(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return (a ^ 0x80000000) < (b ^ 0x80000000) ? b : a;
}
static uint32_t ref_umin(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a < b ? a : b;
}
static uint32_t ref_umax(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    return a < b ? b : a;
}
static uint32_t ref_imed3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_imax(ref_imin(a, b, 0), ref_imin(ref_imax(a, b, 0), c, 0), 0);
}
static uint32_t ref_umed3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_umax(ref_umin(a, b, 0), ref_umin(ref_umax(a, b, 0), c, 0), 0);
}
static uint32_t ref_imin3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_imin(ref_imin(a, b, 0), c, 0);
}
static uint32_t ref_imax3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_imax(ref_imax(a, b, 0), c, 0);
}
static uint32_t ref_umin3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_umin(ref_umin(a, b, 0), c, 0);
}
static uint32_t ref_umax3(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_umax(ref_umax(a, b, 0), c, 0);
}
static uint32_t ref_iminmax(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_imax(ref_imin(a, b, 0), c, 0);
}
static uint32_t ref_umaxmin(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_umin(ref_umax(a, b, 0), c, 0);
}
static uint32_t ref_bfe(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < c % 32 && b % 32 + i < 32; i++)
        r |= (a >> (b % 32 + i) & 1) << i;
    return r;
}
static uint32_t ref_ibfe(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0, width = c % 32;
    for (unsigned i = 0; i < 32 && width; i++) {
        unsigned from = b % 32 + (i < width ? i : width - 1);
        r |= (a >> (from < 32 ? from : 31) & 1) << i;
    }
    return r;
}
static uint32_t ref_bfi(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < 32; i++)
        r |= ((a >> i & 1 ? b : c) >> i & 1) << i;
    return r;
}
static uint32_t ref_bfm(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    uint32_t r = 0;
    for (unsigned i = 0; i < a % 32; i++)
        r = r * 2 + 1;
    return ref_shl(b, r, 0);
}
static uint32_t ref_alignbit(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < 32; i++) {
        unsigned from = c % 32 + i;
        r |= (from < 32 ? b >> from & 1 : a >> (from - 32) & 1) << i;
    }
    return r;
}
static uint32_t ref_alignbyte(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_alignbit(a, b, c % 4 * 8);
}
static uint32_t ref_lshl_add(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_shl(b, a, 0) + c;
}
static uint32_t ref_add_lshl(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_shl(c, a + b, 0);
}
static uint32_t ref_add3(uint32_t a, uint32_t b, uint32_t c)
{
    return c + b + a;
}
static uint32_t ref_lshl_or(uint32_t a, uint32_t b, uint32_t c)
{
    return ref_shl(b, a, 0) | c;
}
static uint32_t ref_and_or(uint32_t a, uint32_t b, uint32_t c)
{
    return c | (b & a);
}
static uint32_t ref_or3(uint32_t a, uint32_t b, uint32_t c)
{
    return c | b | a;
}
static uint32_t ref_xor3(uint32_t a, uint32_t b, uint32_t c)
{
    return c ^ b ^ a;
}
static uint32_t ref_xad(uint32_t a, uint32_t b, uint32_t c)
{
    return c + (b ^ a);
}
static uint32_t ref_bcnt(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    for (; a; a &= a - 1)
        b++;
    return b;
}
static uint32_t ref_clz(uint32_t a, uint32_t b, uint32_t c)
{
    (void)b, (void)c;
    for (uint32_t n = 0; n < 32; n++)
        if (a & 0x80000000 >> n)
            return n;
    return UINT32_MAX;
}
static uint32_t ref_ctz(uint32_t a, uint32_t b, uint32_t c)
{
    (void)b, (void)c;
    for (uint32_t n = 0; n < 32; n++)
        if (a & UINT32_C(1) << n)
            return n;
    return UINT32_MAX;
}
static uint32_t ref_cls(uint32_t a, uint32_t b, uint32_t c)
{
    (void)b, (void)c;
    for (uint32_t n = 1; n < 32; n++)
        if ((a >> (31 - n) & 1) != a >> 31)
            return n;
    return UINT32_MAX;
}
static uint32_t ref_brev(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0;
    (void)b, (void)c;
    for (unsigned i = 0; i < 32; i++)
        r |= (a >> i & 1) << (31 - i);
    return r;
}
static uint32_t ref_perm(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned sel = c >> 8 * i & 0xff, byte = 0;
        uint32_t words[2] = {b, a};
        if (sel < 8)
            byte = words[sel / 4] >> sel % 4 * 8 & 0xff;
        else if (sel < 12) /* the sign of byte 1, 3, 5, 7 */
            byte = words[(sel - 8) / 2] >> ((sel - 8) % 2 ? 31 : 15) & 1 ? 0xff : 0;
        else
            byte = sel == 12 ? 0 : 0xff;
        r |= byte << 8 * i;
    }
    return r;
}
static uint32_t ref_sad8(uint32_t a, uint32_t b, uint32_t c)
{
    for (unsigned i = 0; i < 32; i += 8)
        c += (uint32_t)abs((int)(a >> i & 255) - (int)(b >> i & 255));
    return c;
}
static uint32_t ref_sad16(uint32_t a, uint32_t b, uint32_t c)
{
    return c + (uint32_t)abs((int)(a & 65535) - (int)(b & 65535)) +
           (uint32_t)abs((int)(a >> 16) - (int)(b >> 16));
}
static uint32_t ref_sad32(uint32_t a, uint32_t b, uint32_t c)
{
    return c + (a > b ? a - b : b - a);
}

static const struct integer_case integer_cases[] = {
    {"v_add_u32", ref_add},
    {"v_add_nc_u32", ref_add},
    {"v_sub_u32", ref_sub},
    {"v_subrev_u32", ref_rsub},
    {"v_subrev_nc_u32", ref_rsub},
    {"v_and_b32", ref_and},
    {"v_or_b32", ref_or},
    {"v_xor_b32", ref_xor},
    {"v_xnor_b32", ref_xnor},
    {"v_not_b32", ref_not},
    {"v_mov_b32", ref_mov},
    {"v_lshlrev_b32", ref_shl},
    {"v_lshrrev_b32", ref_shr},
    {"v_ashrrev_i32", ref_sar},
    {"v_mul_lo_u32", ref_mul},
    {"v_mul_hi_u32", ref_mulhi},
    {"v_mul_hi_i32", ref_imulhi},
    {"v_mul_u32_u24", ref_mul24},
    {"v_mul_i32_i24", ref_imul24},
    {"v_mad_u32_u24", ref_mad24},
    {"v_mad_i32_i24", ref_imad24},
    {"v_min_i32", ref_imin},
    {"v_max_i32", ref_imax},
    {"v_min_u32", ref_umin},
    {"v_max_u32", ref_umax},
    {"v_med3_i32", ref_imed3},
    {"v_med3_u32", ref_umed3},
    {"v_min3_i32", ref_imin3},
    {"v_max3_i32", ref_imax3},
    {"v_min3_u32", ref_umin3},
    {"v_max3_u32", ref_umax3},
    {"v_minmax_i32", ref_iminmax},
    {"v_maxmin_u32", ref_umaxmin},
    {"v_bfe_u32", ref_bfe},
    {"v_bfe_i32", ref_ibfe},
    {"v_bfi_b32", ref_bfi},
    {"v_bfm_b32", ref_bfm},
    {"v_alignbit_b32", ref_alignbit},
    {"v_alignbyte_b32", ref_alignbyte},
    {"v_lshl_add_u32", ref_lshl_add},
    {"v_add_lshl_u32", ref_add_lshl},
    {"v_add3_u32", ref_add3},
    {"v_lshl_or_b32", ref_lshl_or},
    {"v_and_or_b32", ref_and_or},
    {"v_or3_b32", ref_or3},
    {"v_xor3_b32", ref_xor3},
    {"v_xad_u32", ref_xad},
    {"v_bcnt_u32_b32", ref_bcnt},
    {"v_ffbh_u32", ref_clz},
    {"v_ffbl_b32", ref_ctz},
    {"v_ffbh_i32", ref_cls},
    {"v_clz_i32_u32", ref_clz},
    {"v_ctz_i32_b32", ref_ctz},
    {"v_cls_i32", ref_cls},
    {"v_bfrev_b32", ref_brev},
    {"v_perm_b32", ref_perm},
    {"v_sad_u8", ref_sad8},
    {"v_sad_u16", ref_sad16},
    {"v_sad_u32", ref_sad32},
    {"v_add_i32", ref_add},
    {"v_sub_nc_i32", ref_sub},
};

START_TEST(integer_instructions_agree_with_a_plain_reference)
{
    const struct integer_case *c = &integer_cases[_i];
    for (unsigned round = 0; round < ROUNDS; round++) {
        wave_start(ISA_GFX11, 64, MODE_USUAL);
        sources_fill(round);
        struct isa_inst inst = inst_of(c->name);
        inst.exec(&wave, &inst);
        for (unsigned i = 0; i < LANES; i++) {
            uint32_t expect = c->reference(vgprs[A][i], vgprs[B][i], vgprs[C][i]);
            ck_assert_msg(vgprs[D][i] == expect, "%s(%#x, %#x, %#x) is %#x, not %#x", c->name, vgprs[A][i],
                          vgprs[B][i], vgprs[C][i], vgprs[D][i], expect);
        }
    }
}
END_TEST

START_TEST(clamp_saturates_integer_sums)
{
    IS32(0xffffffff, "v_add_u32", .a = 0xfffffffe, .b = 5, .clamp = true);
    IS32(3, "v_add_u32", .a = 0xfffffffe, .b = 5);
    IS32(0, "v_sub_u32", .a = 1, .b = 5, .clamp = true);
    IS32(0x7fffffff, "v_add_i32", .a = 0x7fffffff, .b = 1, .clamp = true);
    IS32(0x80000000, "v_sub_i32", .a = 0x80000000, .b = 1, .clamp = true);
    IS32(0xffff, "v_add_u16", .a = 0xfff0, .b = 0x20, .clamp = true);
    IS32(0x10, "v_add_u16", .a = 0xfff0, .b = 0x20);
    IS32(0x8000, "v_sub_i16", .a = 0x8000, .b = 1, .clamp = true);
    IS32(0x7fff0000, "v_pk_add_i16", .a = 0x7fff0001, .b = 0x0001ffff, .clamp = true);
    IS32(0xffffffff, "v_mad_u32_u24", .a = 0xffffff, .b = 0xffffff, .c = 0, .clamp = true);
    IS32(0x7fffffff, "v_dot4_i32_i8", .a = 0x7f7f7f7f, .b = 0x7f7f7f7f, .c = 0x7fffffff, .clamp = true);
    IS32(0x7fffffffu + 4 * 127 * 127, "v_dot4_i32_i8", .a = 0x7f7f7f7f, .b = 0x7f7f7f7f, .c = 0x7fffffff);
}
END_TEST

START_TEST(carries_go_in_and_out)
{
    struct got r = RUN("v_add_co_u32", .a = 0xffffffff, .b = 1);
    ck_assert(r.carry && (uint32_t)r.d == 0);
    r = RUN("v_add_co_u32", .a = 0xfffffffe, .b = 1);
    ck_assert(!r.carry && (uint32_t)r.d == 0xffffffff);
    r = RUN("v_addc_co_u32", .a = 0xffffffff, .b = 0, .carry = true);
    ck_assert(r.carry && (uint32_t)r.d == 0);
    r = RUN("v_add_co_ci_u32", .a = 0xffffffff, .b = 0xffffffff, .carry = true, .gen = ISA_GFX11);
    ck_assert(r.carry && (uint32_t)r.d == 0xffffffff);
    r = RUN("v_sub_co_u32", .a = 1, .b = 2);
    ck_assert(r.carry && (uint32_t)r.d == 0xffffffff);
    r = RUN("v_subrev_co_u32", .a = 1, .b = 2);
    ck_assert(!r.carry && (uint32_t)r.d == 1);
    r = RUN("v_subb_co_u32", .a = 5, .b = 5, .carry = true);
    ck_assert(r.carry && (uint32_t)r.d == 0xffffffff);
    r = RUN("v_subb_co_u32", .a = 0, .b = 0xffffffff, .carry = true);
    ck_assert(r.carry && (uint32_t)r.d == 0);
    r = RUN("v_subbrev_co_u32", .a = 5, .b = 6, .carry = true);
    ck_assert(!r.carry && (uint32_t)r.d == 0);
    r = RUN("v_mad_u64_u32", .a = 0xffffffff, .b = 0xffffffff, .c = 0x1fffffffe);
    ck_assert(!r.carry && r.d == UINT64_MAX - 1 + 1);
    r = RUN("v_mad_u64_u32", .a = 0xffffffff, .b = 0xffffffff, .c = 0x1ffffffff);
    ck_assert(r.carry && r.d == 0);
    r = RUN("v_mad_i64_i32", .a = 0xffffffff, .b = 7, .c = 3);
    ck_assert(r.carry && (int64_t)r.d == -4);
    r = RUN("v_mad_i64_i32", .a = 0x7fffffff, .b = 0x7fffffff, .c = INT64_MAX);
    ck_assert(!r.carry && (int64_t)r.d < 0);
}
END_TEST

START_TEST(a_carry_out_is_clear_in_inactive_lanes)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of("v_add_co_u32");
    reg_fill(A, UINT32_MAX);
    reg_fill(B, 1);
    isa_sgpr64_set(&wave, ISA_EXEC, UINT64_C(1) << 63 | 5);
    isa_sgpr64_set(&wave, CARRY_OUT, ~UINT64_C(0));
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(isa_sgpr64(&wave, CARRY_OUT), UINT64_C(1) << 63 | 5);
    inst.sdst = (struct isa_operand){.kind = ISA_NONE}; /* the short form */
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(isa_sgpr64(&wave, ISA_VCC), UINT64_C(1) << 63 | 5);
}
END_TEST

START_TEST(wide_integers_take_register_pairs)
{
    IS64(UINT64_C(1) << 33, "v_lshlrev_b64", .a = 33 + 64, .b = 1);
    IS64(0x7fffffff, "v_lshrrev_b64", .a = 33, .b = UINT64_MAX);
    IS64(UINT64_MAX, "v_ashrrev_i64", .a = 63, .b = UINT64_C(1) << 63);
    IS64(0x100000001, "v_lshl_add_u64", .a = 0x40000000, .b = 2, .c = 1);
    IS64(0x123456789abcdef0, "v_mov_b64", .a = 0x123456789abcdef0);
    IS64(0x5555555522222222, "v_pk_mov_b32", .a = 0x1111111122222222, .b = 0x5555555566666666, .opsel = 2);
    IS64(0x6666666611111111, "v_pk_mov_b32", .a = 0x1111111122222222, .b = 0x5555555566666666, .opsel = 1);
}
END_TEST

START_TEST(sixteen_bit_results_treat_the_other_half_as_each_generation_does)
{
    IS32(0x00000003, "v_add_u16", .a = 0x50001, .b = 0x70002, .d = 0xdeadbeef);
    IS32(0xdead0003, "v_add_u16", .a = 0x50001, .b = 0x70002, .d = 0xdeadbeef, .gen = ISA_GFX11);
    IS32(0x000cbeef, "v_add_u16", .a = 0x50001, .b = 0x70002, .d = 0xdeadbeef, .gen = ISA_GFX11,
         .opsel = 0xb);
    IS32(0x0003beef, "v_add_u16", .a = 0x50001, .b = 0x70002, .d = 0xdeadbeef, .opsel = 8);
    IS32(0x00004400, "v_add_f16", .a = 0x4000, .b = 0x4000, .d = 0xdeadbeef);
    IS32(0xdead4400, "v_fmac_f16", .a = 0x3c00, .b = 0x4000, .d = 0xdead4000);
    IS32(0xdead4400, "v_fma_mixlo_f16", .a = 0x3f800000, .b = 0x40000000, .c = 0x40000000, .d = 0xdeadbeef);
    IS32(0x4400beef, "v_fma_mixhi_f16", .a = 0x3f800000, .b = 0x40000000, .c = 0x40000000, .d = 0xdeadbeef);
    IS32(0xfff0, "v_ashrrev_i16", .a = 4 + 16, .b = 0xff00);
    IS32(0x4, "v_mul_lo_u16", .a = 0xfffe, .b = 0xfffe);
    IS32(0x8000, "v_min_i16", .a = 0x8000, .b = 0x7fff);
    IS32(0x7fff, "v_max_i16", .a = 0x8000, .b = 0x7fff);
    IS32(0xffff, "v_not_b16", .a = 0xabcd0000);
}
END_TEST

START_TEST(true16_registers_choose_halves_by_the_operand)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    struct isa_inst inst = inst_of("v_mov_b16");
    inst.format = ISA_VOP1;
    reg_fill(A, 0x11112222);
    reg_fill(D, 0x33334444);
    inst.src[0].sel = 1;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][3], 0x33331111);
    inst.src[0].sel = 0;
    inst.dst.sel = 1;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][3], 0x22221111);
    inst = inst_of("v_swap_b16");
    inst.src[0].sel = 1;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][3], 0x22221111);
    ck_assert_uint_eq(vgprs[A][3], 0x11112222);
    inst.src[0].sel = 0;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][31], 0x22222222);
    ck_assert_uint_eq(vgprs[A][31], 0x11111111);
    ck_assert_uint_eq(vgprs[D][32], 0x33334444);
}
END_TEST

/* ---- floats ---------------------------------------------------------------------------------------------
 */

static bool same_float(uint32_t got, float expect)
{
    return got == bits_of(expect) || (isnan(expect) && isnan(float_of(got)));
}

START_TEST(float_arithmetic_is_the_hosts)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        static const char *const names[] = {"v_add_f32", "v_sub_f32", "v_subrev_f32",
                                            "v_mul_f32", "v_fma_f32", "v_fmac_f32"};
        for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++) {
            wave_start(ISA_GFX940, 64, MODE_USUAL);
            sources_fill(round);
            uint32_t old[64];
            memcpy(old, vgprs[D], sizeof old);
            struct isa_inst inst = inst_of(names[n]);
            inst.exec(&wave, &inst);
            for (unsigned i = 0; i < LANES; i++) {
                volatile float a = float_of(vgprs[A][i]), b = float_of(vgprs[B][i]),
                               c = float_of(vgprs[C][i]);
                float expect[] = {a + b, a - b, b - a, a * b, fmaf(a, b, c), fmaf(a, b, float_of(old[i]))};
                ck_assert_msg(same_float(vgprs[D][i], expect[n]), "%s(%a, %a, %a) is %a, not %a", names[n],
                              (double)a, (double)b, (double)c, (double)float_of(vgprs[D][i]),
                              (double)expect[n]);
            }
        }
    }
}
END_TEST

START_TEST(double_arithmetic_is_the_hosts)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        static const char *const names[] = {"v_add_f64", "v_mul_f64", "v_fma_f64", "v_fmac_f64"};
        for (unsigned n = 0; n < 4; n++) {
            wave_start(ISA_GFX940, 64, MODE_USUAL);
            sources_fill(round);
            uint64_t old[64];
            for (unsigned i = 0; i < LANES; i++)
                old[i] = lane_get(D, i);
            struct isa_inst inst = inst_of(names[n]);
            inst.exec(&wave, &inst);
            for (unsigned i = 0; i < LANES; i++) {
                volatile double a = double_of(lane_get(A, i)), b = double_of(lane_get(B, i)),
                                c = double_of(lane_get(C, i));
                double expect[] = {a + b, a * b, fma(a, b, c), fma(a, b, double_of(old[i]))};
                uint64_t got = lane_get(D, i);
                ck_assert(got == bits64_of(expect[n]) || (isnan(expect[n]) && isnan(double_of(got))));
            }
        }
    }
}
END_TEST

START_TEST(nan_operands_come_out_quieted_the_first_one_first)
{
    IS32(0x7fc00001, "v_add_f32", .a = 0x7f800001, .b = 0x3f800000);
    IS32(0xffc00005, "v_mul_f32", .a = 0x3f800000, .b = 0xff800005);
    IS32(0x7fc00001, "v_add_f32", .a = 0x7f800001, .b = 0x7f800002);
    IS32(0x7fc00002, "v_add_f32", .a = 0x7fc00002, .b = 0x7f800001);
    IS32(0x7fc00003, "v_fma_f32", .a = 0, .b = 0x7f800000, .c = 0x7f800003);
    IS32(0xffc00000, "v_mul_f32", .a = 0, .b = 0x7f800000);
    IS32(0xffc00000, "v_add_f32", .a = 0xff800000, .b = 0x7f800000);
    IS32(0x7e01, "v_add_f16", .a = 0x7c01, .b = 0x3c00);
    IS64(0x7ff8000000000001, "v_add_f64", .a = 0x7ff0000000000001, .b = 0);
}
END_TEST

START_TEST(source_modifiers_and_output_modifiers_apply)
{
    IS32(bits_of(-3), "v_add_f32", .a = bits_of(-1), .b = bits_of(2), .abs = 1, .neg = 3);
    IS32(bits_of(1), "v_fma_f32", .a = bits_of(2), .b = bits_of(-2), .c = bits_of(-3), .abs = 2, .neg = 0,
         .clamp = true);
    IS32(bits_of(0.5), "v_mul_f32", .a = bits_of(-0.5), .b = bits_of(1), .abs = 1, .clamp = true);
    IS32(0, "v_mul_f32", .a = bits_of(-0.5), .b = bits_of(1), .clamp = true);
    IS32(0, "v_add_f32", .a = 0x7fc00000, .b = bits_of(1), .clamp = true);
    IS32(0x7fc00000, "v_add_f32", .a = 0x7fc00000, .b = bits_of(1), .clamp = true,
         .mode = MODE_KEEP | MODE_IEEE);
    IS32(bits_of(6), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 1, .mode = MODE_DX10);
    IS32(bits_of(12), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 2, .mode = MODE_DX10);
    IS32(bits_of(1.5), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 3, .mode = MODE_DX10);
    IS32(bits_of(3), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 1); /* denormals kept: ignored */
    IS32(bits_of(3), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 1, .mode = MODE_FLUSH);
    IS64(bits64_of(-2.5), "v_add_f64", .a = bits64_of(2.5), .b = 0, .neg = 3);
    IS64(bits64_of(1), "v_add_f64", .a = bits64_of(2.5), .b = 0, .clamp = true);
    IS32(0xc000, "v_mul_f16", .a = 0x4000, .b = 0x3c00, .neg = 1);
    IS32(0xff000001, "v_mov_b32", .a = 0x7f000001, .neg = 1);
    IS32(0x80000001, "v_cndmask_b32", .a = 5, .b = 1, .carry = true, .neg = 2);
    IS32(5, "v_cndmask_b32", .a = 0x80000005, .b = 1, .abs = 1);
}
END_TEST

START_TEST(mode_flushes_denormals_by_size_and_direction)
{
    IS32(1, "v_add_f32", .a = 1, .b = 0);
    IS32(0, "v_add_f32", .a = 1, .b = 0, .mode = MODE_FLUSH);
    IS32(0x80000000, "v_mul_f32", .a = 0x80000001, .b = bits_of(1), .mode = MODE_FLUSH);
    IS32(0, "v_add_f32", .a = 1, .b = 0, .mode = MODE_FLUSH | 2 << 4);                 /* inputs flushed */
    IS32(0x00800001, "v_add_f32", .a = 1, .b = 0x800000, .mode = MODE_FLUSH | 1 << 4); /* outputs */
    IS32(0, "v_sub_f32", .a = 0x800001, .b = 0x800000, .mode = MODE_FLUSH | 1 << 4);
    IS32(1, "v_sub_f32", .a = 0x800001, .b = 0x800000, .mode = MODE_FLUSH | 2 << 4);
    IS32(1, "v_add_f16", .a = 1, .b = 0, .mode = MODE_FLUSH | 3 << 6);
    IS32(0, "v_add_f16", .a = 1, .b = 0, .mode = MODE_FLUSH | 3 << 4);
    IS64(0, "v_add_f64", .a = 1, .b = 0, .mode = MODE_FLUSH);
    IS32(1, "v_mov_b32", .a = 1, .mode = MODE_FLUSH);
    IS32(0x7f800000, "v_rcp_f32", .a = 1);
    IS32(0, "v_exp_f32", .a = bits_of(-130));
    IS32(0xff800000, "v_log_f32", .a = 0x7fffff);
}
END_TEST

START_TEST(mode_chooses_the_rounding)
{
    float third = 1.0f / 3;
    ck_assert(third > 1.0 / 3); /* so that towards zero is the one below */
    uint32_t up = bits_of(third), down = up - 1;
    /* 1/3 as the sum of a float and half a unit in the last place, more or less */
    uint32_t a = down, b = bits_of(0x1p-26f);
    static const uint32_t modes[] = {0, 1, 2, 3};
    uint32_t expect[] = {up & 1 ? down : up, up, down, down};
    for (unsigned i = 0; i < 4; i++) {
        IS32(expect[i], "v_add_f32", .a = a, .b = b, .mode = MODE_USUAL | modes[i]);
        IS32(expect[i] | 0x80000000, "v_add_f32", .a = a, .b = b, .neg = 3,
             .mode = MODE_USUAL | (i == 1   ? 2
                                   : i == 2 ? 1
                                            : i));
    }
    IS32(0x3c01, "v_add_f16", .a = 0x3c00, .b = 0x0c00, .mode = MODE_USUAL | 1 << 2);
    IS32(0x3c00, "v_add_f16", .a = 0x3c00, .b = 0x0c00, .mode = MODE_USUAL);
    IS32(0x3c00, "v_add_f16", .a = 0x3c00, .b = 0x0c00, .mode = MODE_USUAL | 1); /* that is f32's */
    IS64(0x3ff0000000000001, "v_add_f64", .a = bits64_of(1), .b = 1, .mode = MODE_USUAL | 1 << 2);
    IS64(0x3fefffffffffffff, "v_add_f64", .a = bits64_of(1), .b = 1, .neg = 2, .mode = MODE_USUAL | 3 << 2);
    IS32(bits_of(2), "v_rndne_f32", .a = bits_of(2.5), .mode = MODE_USUAL | 1);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
}
END_TEST

START_TEST(minimum_and_maximum_follow_ieee_mode)
{
    IS32(0x80000000, "v_min_f32", .a = 0, .b = 0x80000000);
    IS32(0x80000000, "v_min_f32", .a = 0x80000000, .b = 0);
    IS32(0, "v_max_f32", .a = 0, .b = 0x80000000);
    IS32(0, "v_max_f32", .a = 0x80000000, .b = 0);
    IS32(0x3f800000, "v_max_f32", .a = 0x7fc00000, .b = 0x3f800000);
    IS32(0x3f800000, "v_min_f32", .a = 0x3f800000, .b = 0x7fc00000);
    IS32(0x7fc00001, "v_min_f32", .a = 0x7f800001, .b = 0x3f800000);
    IS32(0x3f800000, "v_min_f32", .a = 0x7f800001, .b = 0x3f800000, .mode = MODE_KEEP | MODE_DX10);
    IS32(0x7fc00001, "v_max_f32", .a = 0x7f800001, .b = 0x7f800001);
    IS32(0x7fc00002, "v_max_f32", .a = 0x7fc00001, .b = 0x7fc00002);
    IS32(0x7fc00001, "v_max_f32", .a = 0x7fc00001, .b = 0x7fc00002, .gen = ISA_GFX11);
    IS32(0xff800000, "v_min_f32", .a = 0xff800000, .b = 0x7f800000);
    IS32(0x7e01, "v_max_f16", .a = 0x7c01, .b = 0);
    IS32(0x3c00, "v_max_f16", .a = 0x3c00, .b = 0xbc00);
    IS64(0x7ff8000000000001, "v_max_f64", .a = 0x7ff0000000000001, .b = 0);
    IS64(bits64_of(-1), "v_min_f64", .a = bits64_of(-1), .b = bits64_of(1));
    IS32(bits_of(2), "v_med3_f32", .a = bits_of(3), .b = bits_of(1), .c = bits_of(2));
    IS32(bits_of(1), "v_med3_f32", .a = bits_of(3), .b = bits_of(1), .c = 0x7fc00000);
    IS32(bits_of(3), "v_max3_f32", .a = bits_of(3), .b = 0x7fc00000, .c = bits_of(2));
    IS32(bits_of(2), "v_maxmin_f32", .a = bits_of(3), .b = bits_of(1), .c = bits_of(2), .gen = ISA_GFX11);
    IS32(0x7fc00001, "v_minimum_f32", .a = 0x7fc00001, .b = 0, .gen = ISA_GFX12);
}
END_TEST

/* ---- half precision -------------------------------------------------------------------------------------
 */

static double half_value(uint16_t h) /* by the definition */
{
    int exponent = h >> 10 & 31, mantissa = h & 0x3ff;
    double f = exponent == 31 ? (mantissa ? (double)NAN : (double)INFINITY)
               : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                              : ldexp(mantissa, -24);
    return h & 0x8000 ? -f : f;
}

/* The half nearest to f in the manner of mode, found by comparing. */
static uint16_t half_nearest(double f, unsigned mode)
{
    uint16_t low = 0; /* the largest half not above |f| */
    double size = fabs(f);
    for (uint16_t bit = 0x4000; bit; bit /= 2)
        if (half_value((uint16_t)(low | bit)) <= size)
            low |= bit;
    uint16_t high = low == 0x7c00 ? low : (uint16_t)(low + 1);
    double below = half_value(low), above = high == 0x7c00 ? 65536 : half_value(high);
    bool up = mode == 1 ? !signbit(f) && below < size : mode == 2 ? signbit(f) && below < size : false;
    if (mode == 0)
        up = size - below > above - size || (size - below == above - size && low & 1);
    if (isinf(f))
        up = false;
    return (uint16_t)((signbit(f) ? 0x8000 : 0) | (up ? high : low));
}

START_TEST(every_half_converts_to_float_and_back)
{
    for (unsigned base = 0; base < 0x10000; base += LANES) {
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        for (unsigned i = 0; i < LANES; i++)
            vgprs[A][i] = base + i;
        struct isa_inst inst = inst_of("v_cvt_f32_f16"), back = inst_of("v_cvt_f16_f32");
        inst.exec(&wave, &inst);
        back.src[0] = vgpr(D);
        back.dst = vgpr(D + 2);
        back.exec(&wave, &back);
        for (unsigned i = 0; i < LANES; i++) {
            double expect = half_value((uint16_t)(base + i));
            if (isnan(expect)) {
                ck_assert(isnan(float_of(vgprs[D][i])));
                ck_assert_uint_eq(vgprs[D + 2][i], base + i + ((base + i) & 0x200 ? 0 : 0x200));
                continue;
            }
            ck_assert_uint_eq(vgprs[D][i], bits_of((float)expect));
            ck_assert_uint_eq(vgprs[D + 2][i], base + i);
        }
    }
}
END_TEST

START_TEST(floats_round_correctly_to_half_in_every_mode)
{
    for (unsigned round = 0; round < 200; round++) {
        unsigned mode = round % 4;
        wave_start(ISA_GFX940, 64, MODE_USUAL | mode << 2);
        for (unsigned i = 0; i < LANES; i++) {
            uint64_t n = noise(); /* exponents around the range of halves; often near ties */
            uint32_t exponent = 127 - 28 + (uint32_t)(n >> 40) % 46, low = (uint32_t)n & 0x1fff;
            low = n >> 13 & 1 ? 0x1000 : n >> 14 & 1 ? low : (n >> 15 & 1 ? 0x0fff : 0x1001);
            vgprs[A][i] =
                (uint32_t)(n >> 63) << 31 | exponent << 23 | (uint32_t)(n >> 20 & 0x3ff) << 13 | low;
        }
        struct isa_inst inst = inst_of("v_cvt_f16_f32");
        inst.exec(&wave, &inst);
        for (unsigned i = 0; i < LANES; i++) {
            float f = float_of(vgprs[A][i]);
            ck_assert_msg(vgprs[D][i] == half_nearest((double)f, mode), "mode %u: %a is %#x, not %#x", mode,
                          (double)f, vgprs[D][i], half_nearest((double)f, mode));
        }
    }
    IS32(0x7c00, "v_cvt_f16_f32", .a = bits_of(65520));
    IS32(0x7bff, "v_cvt_f16_f32", .a = bits_of(65519));
    IS32(0x7bff, "v_cvt_f16_f32", .a = bits_of(1e9f), .mode = MODE_USUAL | 1 << 23); /* FP16_OVFL */
    IS32(0x7c00, "v_cvt_f16_f32", .a = 0x7f800000, .mode = MODE_USUAL | 1 << 23);
    IS32(0xfbff7bff, "v_cvt_pkrtz_f16_f32", .a = bits_of(1e9f), .b = bits_of(-1e9f));
}
END_TEST

START_TEST(half_arithmetic_rounds_once)
{
    for (unsigned round = 0; round < 200; round++) {
        static const char *const names[] = {"v_add_f16", "v_sub_f16", "v_mul_f16", "v_fma_f16",
                                            "v_pk_fma_f16"};
        unsigned n = round % 5;
        wave_start(ISA_GFX11, 64, MODE_USUAL);
        for (unsigned i = 0; i < LANES; i++) {
            vgprs[A][i] = (uint32_t)noise();
            vgprs[B][i] = (uint32_t)noise();
            vgprs[C][i] = (uint32_t)noise();
        }
        struct isa_inst inst = inst_of(names[n]);
        inst.exec(&wave, &inst);
        for (unsigned i = 0; i < LANES; i++) {
            /* long double holds every sum and product of halves within its 64 bits but the widest fma */
            long double a = half_value((uint16_t)vgprs[A][i]), b = half_value((uint16_t)vgprs[B][i]);
            long double c = half_value((uint16_t)vgprs[C][i]);
            long double exact[] = {a + b, a - b, a * b, a * b + c, a * b + c};
            double expect = (double)exact[n];
            uint16_t got = (uint16_t)vgprs[D][i];
            if (isnan(expect))
                ck_assert(isnan(half_value(got)));
            else
                ck_assert_msg(got == half_nearest(expect, 0), "%s(%La, %La, %La) is %#x", names[n], a, b, c,
                              got);
        }
    }
}
END_TEST

START_TEST(packed_halves_follow_op_sel_and_neg)
{
    IS32(0x44004000, "v_pk_add_f16", .a = 0x40003c00, .b = 0x40003c00);
    IS32(0x40004200, "v_pk_add_f16", .a = 0x40003c00, .b = 0x40003c00, .opsel = 1, .hi_given = true,
         .opsel_hi = 0);
    IS32(0x40003c00 ^ 0x80000000, "v_pk_mul_f16", .a = 0x40003c00, .b = 0x3c003c00, .neg_hi = 1);
    IS32(0x4000bc00, "v_pk_mul_f16", .a = 0x40003c00, .b = 0x3c003c00, .neg_lo = 1);
    IS32(0x3c003c00, "v_pk_max_f16", .a = 0x45003c00, .b = 0, .clamp = true);
    IS32(0x00010002, "v_pk_lshrrev_b16", .a = 0x000f0001, .b = 0x80000005);
    IS32(0xffff0002, "v_pk_ashrrev_i16", .a = 0x000f0001, .b = 0x80000005);
    IS32(0x00000003, "v_pk_mul_lo_u16", .a = 0x80000003, .b = 0x00020001);
    IS32(0xfffe0005, "v_pk_mad_i16", .a = 0xffff0002, .b = 0x00020002, .c = 0x00000001);
    IS64((uint64_t)bits_of(10) << 32 | bits_of(3), "v_pk_add_f32",
         .a = (uint64_t)bits_of(4) << 32 | bits_of(1), .b = (uint64_t)bits_of(6) << 32 | bits_of(2));
    IS64((uint64_t)bits_of(6) << 32 | bits_of(24), "v_pk_mul_f32",
         .a = (uint64_t)bits_of(4) << 32 | bits_of(1), .b = (uint64_t)bits_of(6) << 32 | bits_of(2),
         .opsel = 3, .hi_given = true, .opsel_hi = 2);
    IS64((uint64_t)bits_of(-23) << 32 | bits_of(3), "v_pk_fma_f32",
         .a = (uint64_t)bits_of(4) << 32 | bits_of(1), .b = (uint64_t)bits_of(6) << 32 | bits_of(2),
         .c = (uint64_t)bits_of(1) << 32 | bits_of(1), .neg_hi = 1);
}
END_TEST

START_TEST(mixed_precision_takes_floats_or_halves)
{
    IS32(bits_of(7), "v_fma_mix_f32", .a = bits_of(2), .b = bits_of(3), .c = bits_of(1));
    IS32(bits_of(7), "v_fma_mix_f32", .a = 0x40000000, .b = 0x42003c00, .c = bits_of(1), .opsel = 3,
         .hi_given = true, .opsel_hi = 3);
    IS32(bits_of(3), "v_fma_mix_f32", .a = 0x40000000, .b = 0x42003c00, .c = bits_of(1), .opsel = 1,
         .hi_given = true, .opsel_hi = 3);
    IS32(bits_of(-5), "v_fma_mix_f32", .a = bits_of(2), .b = bits_of(-3), .c = bits_of(1), .neg_lo = 2,
         .neg_hi = 2);
    IS32(bits_of(17), "v_dot2_f32_f16", .a = 0x42004000, .b = 0x44003c00, .c = bits_of(3));
    IS32(bits_of(-7), "v_dot2_f32_f16", .a = 0x42004000, .b = 0x44003c00, .c = bits_of(3), .neg_hi = 1);
    IS32(bits_of(14), "v_dot2_f32_bf16", .a = 0x40404000, .b = 0x40003f80, .c = bits_of(6));
    IS32(-2 * 3 + 4 * -5 + 1u, "v_dot2_i32_i16", .a = 0x0004fffe, .b = 0xfffb0003, .c = 1);
    IS32(1 * 5 + 2 * 6 + 3 * 7 + 255u * 8, "v_dot4_u32_u8", .a = 0xff030201, .b = 0x08070605);
    IS32(1 * 5 + 2 * 6 + 3 * 7 - 8u, "v_dot4_i32_i8", .a = 0xff030201, .b = 0x08070605);
    IS32(1 * 5 + 2 * 6 + 3 * 7 - 8u, "v_dot4_i32_iu8", .a = 0xff030201, .b = 0x08070605, .neg_lo = 1);
    IS32(1 * 5 + 2 * 6 + 3 * 7 + 255u * 8, "v_dot4_i32_iu8", .a = 0xff030201, .b = 0x08070605, .neg_lo = 2);
    IS32(7u * 7 - 8 * -8 + 10, "v_dot8_i32_i4", .a = 0x70000008, .b = 0x70000008, .c = 10);
    IS32(7u * 7 + 8 * 8 + 10, "v_dot8_u32_u4", .a = 0x70000008, .b = 0x70000008, .c = 10);
    IS32(1 * 5 + 100u, "v_dot4c_i32_i8", .a = 1, .b = 5, .d = 100);
}
END_TEST

/* ---- conversions and functions --------------------------------------------------------------------------
 */

START_TEST(floats_convert_to_integers_saturating)
{
    IS32(0x7fffffff, "v_cvt_i32_f32", .a = bits_of(3e9f));
    IS32(0x80000000, "v_cvt_i32_f32", .a = bits_of(-3e9f));
    IS32(0, "v_cvt_i32_f32", .a = 0x7fc00000);
    IS32(-1u, "v_cvt_i32_f32", .a = bits_of(-1.9f));
    IS32(0x7fffff80, "v_cvt_i32_f32", .a = bits_of(2147483520.0f));
    IS32(0x80000000, "v_cvt_i32_f32", .a = 0xff800000);
    IS32(0xffffffff, "v_cvt_u32_f32", .a = bits_of(5e9f));
    IS32(0, "v_cvt_u32_f32", .a = bits_of(-5));
    IS32(3000000000u, "v_cvt_u32_f32", .a = bits_of(3e9f));
    IS32(0xffffffff, "v_cvt_u32_f64", .a = bits64_of(4294967295.9));
    IS32(0x80000000, "v_cvt_i32_f64", .a = bits64_of(-2147483648.9));
    IS32(0, "v_cvt_u32_f64", .a = 0x7ff8000000000000);
    IS32(0x7fff, "v_cvt_i16_f16", .a = 0x7bff);
    IS32(0xffff, "v_cvt_u16_f16", .a = 0x7c00);
    IS32(0x8000, "v_cvt_i16_f16", .a = 0xfc00);
    IS32(-2u, "v_cvt_flr_i32_f32", .a = bits_of(-1.5));
    IS32(-1u, "v_cvt_rpi_i32_f32", .a = bits_of(-1.5));
    IS32(0, "v_cvt_rpi_i32_f32", .a = 0x3effffff); /* the sum with 0.5 does not round up */
    IS32(0x80007fff, "v_cvt_pk_i16_i32", .a = 100000, .b = -100000u);
    IS32(0xffff0007, "v_cvt_pk_u16_u32", .a = 7, .b = 100000);
    IS32(0x80017fff, "v_cvt_pknorm_i16_f32", .a = bits_of(2), .b = bits_of(-1));
    IS32(0x0000ffff, "v_cvt_pknorm_u16_f32", .a = bits_of(2), .b = bits_of(-1));
    IS32(0x11ff3344, "v_cvt_pk_u8_f32", .a = bits_of(300), .b = 2, .c = 0x11223344);
    IS32(0x0000ff00, "v_sat_pk_u8_i16", .a = 0x0100fffe);
}
END_TEST

START_TEST(integers_and_floats_convert_to_floats_rounded)
{
    IS32(bits_of(16777216), "v_cvt_f32_i32", .a = 16777217);
    IS32(bits_of(16777218), "v_cvt_f32_i32", .a = 16777217, .mode = MODE_USUAL | 1);
    IS32(bits_of(4294967296.0f), "v_cvt_f32_u32", .a = 0xffffffff);
    IS64(bits64_of(-1), "v_cvt_f64_i32", .a = 0xffffffff);
    IS64(bits64_of(4294967295.0), "v_cvt_f64_u32", .a = 0xffffffff);
    IS32(bits_of(1), "v_cvt_f32_f64", .a = 0x3ff0000010000000); /* a tie, to even */
    IS32(0x3f800001, "v_cvt_f32_f64", .a = 0x3ff0000010000001);
    IS32(0x7f800000, "v_cvt_f32_f64", .a = bits64_of(1e300));
    IS32(0x00000001, "v_cvt_f32_f64", .a = bits64_of(0x1p-149));
    IS64(bits64_of(0x1p-149), "v_cvt_f64_f32", .a = 1);
    IS32(bits_of(0xcd), "v_cvt_f32_ubyte1", .a = 0xabcdef);
    IS32(bits_of(0xab), "v_cvt_f32_ubyte3", .a = 0xab000000);
    IS32(bits_of(-0.5), "v_cvt_off_f32_i4", .a = 8);
    IS32(bits_of(0.4375), "v_cvt_off_f32_i4", .a = 7);
    IS32(0xd000, "v_cvt_f16_i16", .a = -32u);
    IS32(0x7c00, "v_cvt_f16_u16", .a = 0xffff);
}
END_TEST

START_TEST(floats_round_to_whole_numbers_and_come_apart)
{
    IS32(bits_of(-1), "v_trunc_f32", .a = bits_of(-1.5));
    IS32(bits_of(-2), "v_floor_f32", .a = bits_of(-1.5));
    IS32(0x80000000, "v_ceil_f32", .a = bits_of(-0.5));
    IS32(bits_of(2), "v_rndne_f32", .a = bits_of(1.5));
    IS32(0x7fc00001, "v_floor_f32", .a = 0x7f800001);
    IS32(0x3f7fffff, "v_fract_f32", .a = bits_of(-1e-20f));
    IS32(bits_of(0.25), "v_fract_f32", .a = bits_of(-1.75));
    IS64(bits64_of(-2), "v_rndne_f64", .a = bits64_of(-2.5));
    IS64(bits64_of(0.5), "v_fract_f64", .a = bits64_of(-2.5));
    IS32(0xc000, "v_floor_f16", .a = 0xbe00);
    IS32(0, "v_frexp_exp_i32_f32", .a = 0);
    IS32(0, "v_frexp_exp_i32_f32", .a = 0x7f800000);
    IS32(-148u, "v_frexp_exp_i32_f32", .a = 1);
    IS32(bits_of(0.5), "v_frexp_mant_f32", .a = 1);
    IS32(bits_of(-0.75), "v_frexp_mant_f32", .a = bits_of(-3));
    IS32(-1073u, "v_frexp_exp_i32_f64", .a = 1);
    IS64(bits64_of(0.625), "v_frexp_mant_f64", .a = bits64_of(5));
    IS32(0xffe9, "v_frexp_exp_i16_f16", .a = 1);
    IS32(bits_of(12), "v_ldexp_f32", .a = bits_of(3), .b = 2);
    IS32(1, "v_ldexp_f32", .a = bits_of(1), .b = -149u);
    IS32(0x7f800000, "v_ldexp_f32", .a = bits_of(1), .b = 0x7fffffff);
    IS32(0x80000000, "v_ldexp_f32", .a = bits_of(-1), .b = 0x80000000);
    IS64(bits64_of(0x1.8p1000), "v_ldexp_f64", .a = bits64_of(1.5), .b = 1000);
    IS32(1, "v_ldexp_f16", .a = 0x3c00, .b = -24u);
}
END_TEST

static void within_ulp(const char *name, uint32_t a, double expect)
{
    float got = float_of((uint32_t)RUN(name, .a = a).d);
    ck_assert_msg(fabs((double)got - expect) <=
                      fabs((double)nextafterf((float)expect, INFINITY) - (double)(float)expect),
                  "%s(%a) is %a, not %a", name, (double)float_of(a), (double)got, expect);
}

START_TEST(functions_are_within_a_unit_in_the_last_place)
{
    static const float values[] = {1, 0.5f, 3, 1e-3f, 123.456f, 1e20f, 1.9999999f};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint32_t a = bits_of(values[i]);
        double f = (double)values[i];
        within_ulp("v_rcp_f32", a, 1 / f);
        within_ulp("v_rsq_f32", a, pow(f, -0.5));
        within_ulp("v_sqrt_f32", a, sqrt(f));
        within_ulp("v_log_f32", a, log(f) / log(2));
        if (f < 100)
            within_ulp("v_exp_f32", a | 0x80000000, pow(2, -f));
    }
    IS32(0, "v_sin_f32", .a = 0);
    IS32(bits_of(1), "v_sin_f32", .a = bits_of(0.25));
    IS32(bits_of(-1), "v_cos_f32", .a = bits_of(100.5));
    IS32(0, "v_sin_f32", .a = bits_of(1000.25));
    IS32(bits_of(1), "v_cos_f32", .a = bits_of(1000.25));
    IS32(0xffc00000, "v_sin_f32", .a = 0x7f800000);
    IS32(0xffc00000, "v_log_f32", .a = bits_of(-1));
    IS32(0xffc00000, "v_sqrt_f32", .a = bits_of(-1));
    IS32(0xffc00000, "v_rsq_f32", .a = 0xff800000);
    IS32(0xff800000, "v_log_f32", .a = 0x80000000);
    IS32(0xff800000, "v_rcp_f32", .a = 0x80000000);
    IS32(0x80000000, "v_rcp_f32", .a = 0xff800000);
    IS32(0x7f800000, "v_exp_f32", .a = 0x7f800000);
    IS32(0x7f800000, "v_rsq_f32", .a = 0);
    IS64(bits64_of(0.125), "v_rcp_f64", .a = bits64_of(8));
    IS64(bits64_of(0.25), "v_rsq_f64", .a = bits64_of(16));
    IS64(bits64_of(12), "v_sqrt_f64", .a = bits64_of(144));
    IS32(0x3555, "v_rcp_f16", .a = 0x4200);
    IS32(0x3c00, "v_exp_f16", .a = 0);
}
END_TEST

START_TEST(trig_preop_cuts_two_over_pi_in_pieces)
{
    /* the first three pieces make up 2/pi to well past double */
    double sum = 0;
    for (unsigned i = 3; i-- > 0;)
        sum += double_of(RUN("v_trig_preop_f64", .a = bits64_of(1), .b = i).d);
    ck_assert(sum == 2 / 3.14159265358979323846);
    ck_assert(double_of(RUN("v_trig_preop_f64", .a = bits64_of(1), .b = 0).d) <= sum);
    ck_assert(fabs(double_of(RUN("v_trig_preop_f64", .a = bits64_of(1), .b = 1).d)) < 0x1p-53);
}
END_TEST

/* The sequence LLVM emits for a/b in single precision. */
static float divide(float n, float d)
{
    uint64_t nb = bits_of(n), db = bits_of(d);
    float scaled_d = float_of((uint32_t)RUN("v_div_scale_f32", .a = db, .b = db, .c = nb).d);
    struct got s = RUN("v_div_scale_f32", .a = nb, .b = db, .c = nb);
    float scaled_n = float_of((uint32_t)s.d);
    float r = float_of((uint32_t)RUN("v_rcp_f32", .a = bits_of(scaled_d)).d);
    float e = fmaf(-scaled_d, r, 1);
    r = fmaf(e, r, r);
    float q = scaled_n * r;
    e = fmaf(-scaled_d, q, scaled_n);
    q = fmaf(e, r, q);
    e = fmaf(-scaled_d, q, scaled_n);
    q = float_of(
        (uint32_t)RUN("v_div_fmas_f32", .a = bits_of(e), .b = bits_of(r), .c = bits_of(q), .carry = s.carry)
            .d);
    return float_of((uint32_t)RUN("v_div_fixup_f32", .a = bits_of(q), .b = db, .c = nb).d);
}

static double divide64(double n, double d)
{
    uint64_t nb = bits64_of(n), db = bits64_of(d);
    double scaled_d = double_of(RUN("v_div_scale_f64", .a = db, .b = db, .c = nb).d);
    struct got s = RUN("v_div_scale_f64", .a = nb, .b = db, .c = nb);
    double scaled_n = double_of(s.d), r = double_of(RUN("v_rcp_f64", .a = bits64_of(scaled_d)).d);
    for (unsigned i = 0; i < 2; i++)
        r = fma(fma(-scaled_d, r, 1), r, r);
    double q = scaled_n * r, e = fma(-scaled_d, q, scaled_n);
    q = double_of(
        RUN("v_div_fmas_f64", .a = bits64_of(e), .b = bits64_of(r), .c = bits64_of(q), .carry = s.carry).d);
    return double_of(RUN("v_div_fixup_f64", .a = bits64_of(q), .b = db, .c = nb).d);
}

START_TEST(llvms_division_sequences_give_correctly_rounded_quotients)
{
    static const float values[] = {
        1,           -3, 7,     0x1p-149f, 0x1.8p-140f, 0x1p-126f, 0x1.fffffep127f, 0x1p127f, 1.1f,
        0x1.4p-100f, 0,  -0.0f, INFINITY,  NAN,         1e-30f,    -2.5e30f,        0x1p126f, 3e-39f};
    enum { N = sizeof values / sizeof values[0] };
    for (unsigned i = 0; i < N; i++)
        for (unsigned j = 0; j < N; j++) {
            volatile float n = values[i], d = values[j];
            float got = divide(n, d), expect = n / d;
            ck_assert_msg(same_float(bits_of(got), expect), "%a / %a is %a, not %a", (double)n, (double)d,
                          (double)got, (double)expect);
        }
    static const double wide[] = {1,
                                  -3,
                                  7,
                                  0x1p-1074,
                                  0x1.8p-1060,
                                  0x1p-1022,
                                  0x1.fffffffffffffp1023,
                                  0x1p1023,
                                  1.1,
                                  1e-290,
                                  0x1.23456789abcdep-1000,
                                  0x1.fedcba9876543p22,
                                  0,
                                  INFINITY,
                                  -2.5e300,
                                  3e-310};
    enum { M = sizeof wide / sizeof wide[0] };
    for (unsigned i = 0; i < M; i++)
        for (unsigned j = 0; j < M; j++) {
            volatile double n = wide[i], d = wide[j];
            double got = divide64(n, d), expect = n / d;
            ck_assert_msg(bits64_of(got) == bits64_of(expect) || isnan(expect), "%a / %a is %a, not %a", n, d,
                          got, expect);
        }
}
END_TEST

/* ---- compares -------------------------------------------------------------------------------------------
 */

START_TEST(float_compares_know_nan_and_zero)
{
    static const struct {
        const char *op;
        bool less, equal, greater, unordered;
    } ops[] = {{"f", 0, 0, 0, 0},   {"lt", 1, 0, 0, 0},  {"eq", 0, 1, 0, 0},  {"le", 1, 1, 0, 0},
               {"gt", 0, 0, 1, 0},  {"lg", 1, 0, 1, 0},  {"ge", 0, 1, 1, 0},  {"o", 1, 1, 1, 0},
               {"u", 0, 0, 0, 1},   {"nge", 1, 0, 0, 1}, {"nlg", 0, 1, 0, 1}, {"ngt", 1, 1, 0, 1},
               {"nle", 0, 0, 1, 1}, {"neq", 1, 0, 1, 1}, {"nlt", 0, 1, 1, 1}, {"tru", 1, 1, 1, 1}};
    static const struct {
        const char *type;
        uint64_t one, two, zero, minus_zero, nan;
    } types[] = {
        {"f16", 0x3c00, 0x4000, 0, 0x8000, 0x7e00},
        {"f32", 0x3f800000, 0x40000000, 0, 0x80000000, 0x7f800001},
        {"f64", UINT64_C(0x3ff) << 52, UINT64_C(0x400) << 52, 0, UINT64_C(1) << 63, UINT64_C(0x7ff8) << 48}};
    for (unsigned t = 0; t < 3; t++)
        for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++) {
            char name[32];
            snprintf(name, sizeof name, "v_cmp_%s_%s", ops[i].op, types[t].type);
            ck_assert_msg(RUN(name, .a = types[t].one, .b = types[t].two).carry == ops[i].less, "%s less",
                          name);
            ck_assert_msg(RUN(name, .a = types[t].two, .b = types[t].one).carry == ops[i].greater,
                          "%s greater", name);
            ck_assert_msg(RUN(name, .a = types[t].one, .b = types[t].two, .neg = 3).carry == ops[i].greater,
                          "%s", name);
            ck_assert_msg(RUN(name, .a = types[t].zero, .b = types[t].minus_zero).carry == ops[i].equal,
                          "%s equal", name);
            ck_assert_msg(RUN(name, .a = types[t].nan, .b = types[t].one).carry == ops[i].unordered, "%s nan",
                          name);
            ck_assert_msg(RUN(name, .a = types[t].one, .b = types[t].nan).carry == ops[i].unordered, "%s nan",
                          name);
        }
}
END_TEST

START_TEST(integer_compares_know_their_width_and_sign)
{
    static const char *const ops[] = {"f", "lt", "eq", "le", "gt", "ne", "ge", "t"};
    static const struct {
        const char *type;
        unsigned bits;
        bool sign;
    } types[] = {{"i16", 16, 1}, {"u16", 16, 0}, {"i32", 32, 1},
                 {"u32", 32, 0}, {"i64", 64, 1}, {"u64", 64, 0}};
    static const uint64_t values[] = {0,          1,          0x7fff,     0x8000,    0xffff,
                                      0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, UINT64_C(1) << 63,
                                      UINT64_MAX};
    for (unsigned t = 0; t < 6; t++)
        for (unsigned o = 0; o < 8; o++)
            for (unsigned n = 0; n < 121; n++) {
                char name[32];
                snprintf(name, sizeof name, "v_cmp_%s_%s", ops[o], types[t].type);
                uint64_t a = values[n / 11], b = values[n % 11], top = UINT64_C(1) << (types[t].bits - 1);
                uint64_t x = (a & (top | (top - 1))) ^ (types[t].sign ? top : 0);
                uint64_t y = (b & (top | (top - 1))) ^ (types[t].sign ? top : 0);
                bool expect[] = {0, x<y, x == y, x <= y, x> y, x != y, x >= y, 1};
                ck_assert_msg(RUN(name, .a = a, .b = b).carry == expect[o], "%s(%#lx, %#lx)", name, (long)a,
                              (long)b);
            }
}
END_TEST

START_TEST(classes_of_floats_are_told_by_their_bits)
{
    static const uint32_t single[] = {0x7f800001, 0x7fc00000, 0xff800000, 0xbf800000, 0x80000001,
                                      0x80000000, 0,          1,          0x3f800000, 0x7f800000};
    static const uint16_t half[] = {0x7c01, 0x7e00, 0xfc00, 0xbc00, 0x8001, 0x8000, 0, 1, 0x3c00, 0x7c00};
    static const uint64_t full[] = {0x7ff0000000000001,
                                    0x7ff8000000000000,
                                    0xfff0000000000000,
                                    0xbff0000000000000,
                                    0x8000000000000001,
                                    0x8000000000000000,
                                    0,
                                    1,
                                    0x3ff0000000000000,
                                    0x7ff0000000000000};
    for (unsigned i = 0; i < 10; i++)
        for (unsigned bit = 0; bit < 10; bit++) {
            ck_assert(RUN("v_cmp_class_f32", .a = single[i], .b = 1u << bit, .mode = MODE_FLUSH).carry ==
                      (i == bit));
            ck_assert(RUN("v_cmp_class_f16", .a = half[i], .b = 1u << bit).carry == (i == bit));
            ck_assert(RUN("v_cmp_class_f64", .a = full[i], .b = 1u << bit).carry == (i == bit));
        }
    ck_assert(RUN("v_cmp_class_f32", .a = 0xbf800000, .b = 1 << 8, .abs = 1).carry);
}
END_TEST

START_TEST(compares_write_zero_for_inactive_lanes)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of("v_cmp_t_u32");
    isa_sgpr64_set(&wave, CARRY_OUT, ~UINT64_C(0));
    isa_sgpr64_set(&wave, ISA_EXEC, 0xffff0000ffff0001);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(isa_sgpr64(&wave, CARRY_OUT), 0xffff0000ffff0001);
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    wave.sgpr[CARRY_OUT + 1] = 0x1234;
    wave.sgpr[ISA_EXEC] = 0x80000000;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(wave.sgpr[CARRY_OUT], 0x80000000);
    ck_assert_uint_eq(wave.sgpr[CARRY_OUT + 1], 0x1234); /* a mask of wave32 is one register */
}
END_TEST

START_TEST(cmpx_narrows_exec_and_on_gfx9_writes_its_mask_too)
{
    for (unsigned gfx9 = 0; gfx9 < 2; gfx9++) {
        wave_start(gfx9 ? ISA_GFX940 : ISA_GFX11, 64, MODE_USUAL);
        struct isa_inst inst = inst_of("v_cmpx_lt_u32");
        for (unsigned i = 0; i < LANES; i++)
            vgprs[A][i] = i;
        reg_fill(B, 8);
        isa_sgpr64_set(&wave, ISA_EXEC, 0xfff0);
        isa_sgpr64_set(&wave, CARRY_OUT, 0x77);
        inst.exec(&wave, &inst);
        ck_assert_uint_eq(isa_exec(&wave), 0xf0);
        ck_assert_uint_eq(isa_sgpr64(&wave, CARRY_OUT), gfx9 ? 0xf0 : 0x77);
    }
}
END_TEST

/* ---- EXEC, lanes, DPP, SDWA ------------------------------------------------------------------------------
 */

START_TEST(only_active_lanes_are_written)
{
    static const uint64_t masks[] = {
        0, UINT64_C(1) << 63, 0xffffffff, 0xffffffff00000000, 0x5555555555555555, ~UINT64_C(0)};
    for (unsigned m = 0; m < 6; m++) {
        wave_start(ISA_GFX940, 64, MODE_USUAL);
        sources_fill(0);
        uint32_t old[64];
        memcpy(old, vgprs[A], sizeof old);
        isa_sgpr64_set(&wave, ISA_EXEC, masks[m]);
        struct isa_inst inst = inst_of("v_sub_u32");
        inst.dst = vgpr(A); /* also a source */
        inst.exec(&wave, &inst);
        for (unsigned i = 0; i < LANES; i++)
            ck_assert_uint_eq(vgprs[A][i], masks[m] >> i & 1 ? old[i] - vgprs[B][i] : old[i]);
    }
}
END_TEST

START_TEST(scalars_constants_and_registers_out_of_range_are_operands)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of("v_add_u32");
    wave.sgpr[9] = 1000;
    inst.src[0] = sgpr(9);
    inst.src[1] = constant(UINT32_MAX);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][17], 999);
    inst = inst_of("v_add_f64");
    isa_sgpr64_set(&wave, 10, bits64_of(2.5));
    inst.src[0] = sgpr(10);
    inst.src[1] = constant(bits64_of(4));
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(lane_get(D, 63), bits64_of(6.5));
    inst = inst_of("v_mov_b32");
    reg_fill(0, 0x55);
    inst.src[0] = vgpr(N_VGPRS);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 0x55); /* reads v0 */
    inst.dst = vgpr(N_VGPRS);
    inst.exec(&wave, &inst); /* writes nothing */
    inst = inst_of("v_accvgpr_write_b32");
    inst.src[0] = constant(7);
    inst.dst = (struct isa_operand){.kind = ISA_AGPR, .reg = 3};
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(agprs[3][11], 7);
    inst = inst_of("v_accvgpr_read_b32");
    inst.src[0] = (struct isa_operand){.kind = ISA_AGPR, .reg = 3};
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][11], 7);
}
END_TEST

START_TEST(lanes_are_read_and_written_one_by_one)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    for (unsigned i = 0; i < LANES; i++)
        vgprs[A][i] = 100 + i;
    isa_sgpr64_set(&wave, ISA_EXEC, 0xff00);
    struct isa_inst inst = inst_of("v_readfirstlane_b32");
    inst.dst = sgpr(30);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(wave.sgpr[30], 108);
    isa_sgpr64_set(&wave, ISA_EXEC, 0);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(wave.sgpr[30], 100);
    inst = inst_of("v_readlane_b32");
    inst.dst = sgpr(31);
    inst.src[1] = constant(64 + 63);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(wave.sgpr[31], 163);
    inst = inst_of("v_writelane_b32");
    inst.src[0] = constant(77);
    inst.src[1] = constant(5);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][5], 77); /* EXEC does not matter */
    ck_assert_uint_eq(vgprs[D][4], 0);
    inst = inst_of("v_mbcnt_lo_u32_b32");
    isa_sgpr64_set(&wave, ISA_EXEC, ~UINT64_C(0));
    inst.src[0] = constant(UINT32_MAX);
    inst.src[1] = constant(0);
    inst.exec(&wave, &inst);
    struct isa_inst high = inst_of("v_mbcnt_hi_u32_b32");
    high.src[0] = constant(UINT32_MAX);
    high.src[1] = vgpr(D);
    high.exec(&wave, &high);
    for (unsigned i = 0; i < LANES; i++)
        ck_assert_uint_eq(vgprs[D][i], i);
}
END_TEST

static void dpp_check(unsigned control, const int *from, bool bound_ctrl)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of("v_add_u32");
    inst.dpp16 = true;
    inst.dpp_ctrl = (uint16_t)control;
    inst.row_mask = inst.bank_mask = 15;
    inst.bound_ctrl = bound_ctrl;
    inst.src[1] = constant(1);
    for (unsigned i = 0; i < LANES; i++)
        vgprs[A][i] = 1000 + i;
    reg_fill(D, 5);
    inst.exec(&wave, &inst);
    for (unsigned i = 0; i < LANES; i++) {
        uint32_t expect = from[i] >= 0 ? 1001 + (uint32_t)from[i] : bound_ctrl ? 1 : 5;
        ck_assert_msg(vgprs[D][i] == expect, "dpp %#x: lane %u is %u, not %u", control, i, vgprs[D][i],
                      expect);
    }
}

START_TEST(dpp_moves_lanes_within_rows)
{
    int from[64];
    for (int bound = 0; bound < 2; bound++) {
        for (int i = 0; i < 64; i++)
            from[i] = i / 4 * 4 + (int[]){3, 0, 1, 2}[i % 4];
        dpp_check(0x93, from, bound); /* quad_perm:[3,0,1,2] */
        for (int i = 0; i < 64; i++)
            from[i] = i % 16 + 3 < 16 ? i + 3 : -1;
        dpp_check(0x103, from, bound); /* row_shl:3 */
        for (int i = 0; i < 64; i++)
            from[i] = i % 16 >= 15 ? i - 15 : -1;
        dpp_check(0x11f, from, bound); /* row_shr:15 */
        for (int i = 0; i < 64; i++)
            from[i] = i / 16 * 16 + (i + 12) % 16;
        dpp_check(0x124, from, bound); /* row_ror:4 */
        for (int i = 0; i < 64; i++)
            from[i] = i - 1;
        dpp_check(0x138, from, bound); /* wave_shr:1 */
        for (int i = 0; i < 64; i++)
            from[i] = i < 63 ? i + 1 : -1;
        dpp_check(0x130, from, bound); /* wave_shl:1 */
        for (int i = 0; i < 64; i++)
            from[i] = (i + 1) % 64;
        dpp_check(0x134, from, bound); /* wave_rol:1 */
        for (int i = 0; i < 64; i++)
            from[i] = (i + 63) % 64;
        dpp_check(0x13c, from, bound); /* wave_ror:1 */
        for (int i = 0; i < 64; i++)
            from[i] = i / 16 * 16 + 15 - i % 16;
        dpp_check(0x140, from, bound); /* row_mirror */
        for (int i = 0; i < 64; i++)
            from[i] = i / 8 * 8 + 7 - i % 8;
        dpp_check(0x141, from, bound); /* row_half_mirror */
        for (int i = 0; i < 64; i++)
            from[i] = i / 16 * 16 - 1;
        dpp_check(0x142, from, bound); /* row_bcast:15 */
        for (int i = 0; i < 64; i++)
            from[i] = i >= 32 ? 31 : -1;
        dpp_check(0x143, from, bound); /* row_bcast:31 */
        for (int i = 0; i < 64; i++)
            from[i] = i / 16 * 16 + 7;
        dpp_check(0x157, from, bound); /* row_share:7 */
        for (int i = 0; i < 64; i++)
            from[i] = i ^ 5;
        dpp_check(0x165, from, bound); /* row_xmask:5 */
    }
}
END_TEST

START_TEST(dpp_masks_rows_and_banks_and_skips_inactive_sources)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    struct isa_inst inst = inst_of("v_mov_b32");
    inst.dpp16 = true;
    inst.dpp_ctrl = 0xe4; /* each lane itself */
    inst.row_mask = 2;
    inst.bank_mask = 5;
    reg_fill(A, 9);
    inst.exec(&wave, &inst);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(vgprs[D][i], i >= 16 && i % 8 < 4 ? 9 : 0);
    inst.row_mask = inst.bank_mask = 15;
    inst.dpp_ctrl = 0xb1; /* quad_perm:[1,0,3,2] */
    for (unsigned i = 0; i < 32; i++)
        vgprs[A][i] = i;
    reg_fill(D, 99);
    wave.sgpr[ISA_EXEC] = 0xfffffffd; /* lane 1 is off */
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 99);
    ck_assert_uint_eq(vgprs[D][1], 99);
    ck_assert_uint_eq(vgprs[D][2], 3);
    inst.bound_ctrl = true;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 0);
    inst.fetch_inactive = true;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 1);
    inst.dpp16 = false;
    inst.dpp8 = true;
    inst.dpp8_select = 0;
    for (unsigned i = 0; i < 8; i++)
        inst.dpp8_select |= (7 - i) << 3 * i;
    wave.sgpr[ISA_EXEC] = 0xffffffff;
    inst.exec(&wave, &inst);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(vgprs[D][i], i / 8 * 8 + 7 - i % 8);
}
END_TEST

START_TEST(dpp_applies_before_source_modifiers_and_to_compares)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of("v_mul_f32");
    inst.dpp16 = true;
    inst.dpp_ctrl = 0x101;
    inst.row_mask = inst.bank_mask = 15;
    inst.src[0].neg = true;
    for (unsigned i = 0; i < LANES; i++)
        vgprs[A][i] = bits_of((float)i);
    reg_fill(B, bits_of(2));
    reg_fill(D, 1);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][4], bits_of(-10));
    ck_assert_uint_eq(vgprs[D][15], 1);
    inst = inst_of("v_cmp_eq_u32");
    inst.dpp16 = true;
    inst.dpp_ctrl = 0x111; /* row_shr:1: lane 0 of each row has no source */
    inst.row_mask = inst.bank_mask = 15;
    reg_fill(A, 3);
    reg_fill(B, 3);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(isa_sgpr64(&wave, CARRY_OUT), 0xfffefffefffefffe);
}
END_TEST

static uint32_t sdwa_run(const char *name, uint32_t a, unsigned sel, bool sext, unsigned dst_sel,
                         unsigned unused)
{
    wave_start(ISA_GFX940, 64, MODE_USUAL);
    struct isa_inst inst = inst_of(name);
    inst.sdwa = true;
    inst.src[0].sel = (uint8_t)sel;
    inst.src[0].sext = sext;
    inst.src[1].sel = 6;
    inst.sdwa_dst_sel = (uint8_t)dst_sel;
    inst.sdwa_dst_unused = (uint8_t)unused;
    reg_fill(A, a);
    reg_fill(D, 0x11223344);
    inst.exec(&wave, &inst);
    return vgprs[D][9];
}

START_TEST(sdwa_selects_bytes_and_words)
{
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 0, false, 6, 0), 0xee);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 2, false, 6, 0), 0xc0);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 3, true, 6, 0), 0xffffff80);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 5, false, 6, 0), 0x80c0);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 5, true, 6, 0), 0xffff80c0);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 6, false, 1, 0), 0x0000ee00);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 6, false, 1, 1), 0xffffee00);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 6, false, 1, 2), 0x1122ee44);
    ck_assert_uint_eq(sdwa_run("v_add_u32", 0x80c0ffee, 6, false, 5, 2), 0xffee3344);
    ck_assert_uint_eq(sdwa_run("v_add_u16", 0x80c0ffee, 5, false, 4, 2), 0x112280c0);
    ck_assert_uint_eq(sdwa_run("v_add_f16", 0x3c004000, 5, false, 5, 0), 0x3c000000);
    ck_assert_uint_eq(sdwa_run("v_add_f16", 0x3c004000, 4, false, 6, 0), 0x4000);
    ck_assert_uint_eq(sdwa_run("v_cvt_f32_i32", 0x80c0ffee, 1, true, 6, 0), bits_of(-1));
}
END_TEST

START_TEST(multiply_adds_with_a_literal_find_it_in_either_place)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    struct isa_inst inst = inst_of("v_fmamk_f32");
    reg_fill(A, bits_of(2));
    reg_fill(B, bits_of(5));
    inst.src[2] = constant(bits_of(10));
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], bits_of(25));
    inst.src[2] = vgpr(B);
    inst.src[1] = constant(bits_of(10));
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], bits_of(25));
    inst = inst_of("v_fmaak_f32");
    inst.src[2] = constant(bits_of(10));
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], bits_of(20));
}
END_TEST

START_TEST(lanes_permute_within_and_across_rows)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    for (unsigned i = 0; i < 32; i++)
        vgprs[A][i] = 100 + i;
    struct isa_inst inst = inst_of("v_permlane16_b32");
    inst.src[1] = constant(0x01234567); /* lane 0 takes 7, 1 takes 6, ... */
    inst.src[2] = constant(0x89abcdef);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 107);
    ck_assert_uint_eq(vgprs[D][8], 115);
    ck_assert_uint_eq(vgprs[D][31], 124);
    inst.exec = function_of("v_permlanex16_b32");
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 123);
    ck_assert_uint_eq(vgprs[D][31], 108);
    wave.sgpr[ISA_EXEC] = 0x0000ffff;
    reg_fill(D, 5);
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 5);
    inst.opsel = 2;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 0);
    inst.opsel = 1;
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 123);
    wave_start(ISA_GFX11, 64, MODE_USUAL);
    for (unsigned i = 0; i < 64; i++)
        vgprs[A][i] = i;
    inst = inst_of("v_permlane64_b32");
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][1], 33);
    ck_assert_uint_eq(vgprs[D][63], 31);
}
END_TEST

START_TEST(relative_moves_add_m0)
{
    wave_start(ISA_GFX11, 32, MODE_USUAL);
    reg_fill(A, 1);
    reg_fill(A + 2, 3);
    wave.sgpr[ISA_M0] = 2;
    struct isa_inst inst = inst_of("v_movrels_b32");
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D][0], 3);
    inst = inst_of("v_movreld_b32");
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D + 2][0], 1);
    wave.sgpr[ISA_M0] = 4 << 16 | 2;
    inst = inst_of("v_movrelsd_2_b32");
    inst.exec(&wave, &inst);
    ck_assert_uint_eq(vgprs[D + 4][0], 3);
    wave.sgpr[ISA_M0] = UINT32_MAX; /* out of range: nothing is written */
    inst = inst_of("v_movreld_b32");
    inst.exec(&wave, &inst);
}
END_TEST

/* ---- all of them ----------------------------------------------------------------------------------------
 */

static bool crosses_lanes(const char *name)
{
    return strstr(name, "readlane") || strstr(name, "readfirstlane") || strstr(name, "writelane") ||
           strstr(name, "_swap") || strstr(name, "swaprel");
}

static uint32_t before[N_VGPRS][64];

static void everything_fill(void)
{
    for (unsigned r = 0; r < N_VGPRS; r++)
        for (unsigned i = 0; i < LANES; i++)
            vgprs[r][i] = noise() & 1 ? (uint32_t)noise() : edges[noise() % N_EDGES];
    wave.sgpr[ISA_M0] = 0;
    memcpy(before, vgprs, sizeof before);
}

START_TEST(every_function_leaves_inactive_lanes_and_other_registers_alone)
{
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++)
        for (unsigned g = 0; g < ISA_GENERATIONS; g++) {
            unsigned lanes = g >= ISA_GFX10_3 && noise() & 1 ? 32 : 64;
            wave_start((enum isa_generation)g, lanes, noise() & 1 ? MODE_USUAL : (uint32_t)noise() & 0x3ff);
            everything_fill();
            uint64_t exec = noise() & (lanes == 64 ? ~UINT64_C(0) : 0xffffffff);
            isa_sgpr64_set(&wave, ISA_EXEC, exec);
            struct isa_inst inst = inst_of(b->name);
            if (crosses_lanes(b->name) && !strstr(b->name, "swap") && !strstr(b->name, "write"))
                inst.dst = sgpr(30);
            if (strstr(b->name, "lane"))
                inst.src[1] = inst.src[2] = sgpr(31);
            if (strstr(b->name, "permlane") && strstr(b->name, "var"))
                inst.src[1] = vgpr(B);
            if (strstr(b->name, "writelane"))
                inst.src[0] = sgpr(32);
            inst.exec(&wave, &inst);
            ck_assert_msg(wave.state == ISA_RUNNING, "%s stopped the wave", b->name);
            if (crosses_lanes(b->name))
                continue;
            for (unsigned r = 0; r < N_VGPRS; r++)
                for (unsigned i = 0; i < LANES; i++)
                    if ((r < D || r >= D + 4 || !(exec >> i & 1)) && vgprs[r][i] != before[r][i])
                        ck_abort_msg("%s on generation %u wrote v%u lane %u", b->name, g, r, i);
        }
}
END_TEST

START_TEST(every_function_may_write_over_its_first_source)
{
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++) {
        if (crosses_lanes(b->name) || strncmp(b->name, "v_cmp", 5) == 0 || strstr(b->name, "permlane16_swap"))
            continue;
        wave_start(ISA_GFX11, 64, MODE_USUAL);
        everything_fill();
        for (unsigned r = 0; r < 4; r++)
            memcpy(before[D + r], before[A + r], sizeof before[0]);
        memcpy(vgprs, before, sizeof before);
        struct isa_inst inst = inst_of(b->name);
        if (strstr(b->name, "permlane") && !strstr(b->name, "var"))
            inst.src[1] = inst.src[2] = sgpr(31);
        inst.exec(&wave, &inst);
        uint32_t expect[2][64];
        memcpy(expect, vgprs[D], sizeof expect);
        memcpy(vgprs, before, sizeof before);
        inst.dst = vgpr(A);
        inst.exec(&wave, &inst);
        ck_assert_msg(memcmp(expect, vgprs[A], sizeof expect) == 0, "%s over its source", b->name);
    }
}
END_TEST

START_TEST(no_name_is_bound_twice)
{
    unsigned n = 0;
    for (const struct isa_binding *b = isa_exec_vector; b->name; b++, n++) {
        ck_assert(b->exec != NULL);
        for (const struct isa_binding *other = isa_exec_vector; other < b; other++)
            ck_assert_msg(strcmp(b->name, other->name) != 0, "%s", b->name);
    }
    ck_assert_uint_gt(n, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_vector");
    TCase *t = tcase_create("vector");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, integer_instructions_agree_with_a_plain_reference, 0,
                        sizeof integer_cases / sizeof integer_cases[0]);
    tcase_add_test(t, clamp_saturates_integer_sums);
    tcase_add_test(t, carries_go_in_and_out);
    tcase_add_test(t, a_carry_out_is_clear_in_inactive_lanes);
    tcase_add_test(t, wide_integers_take_register_pairs);
    tcase_add_test(t, sixteen_bit_results_treat_the_other_half_as_each_generation_does);
    tcase_add_test(t, true16_registers_choose_halves_by_the_operand);
    tcase_add_test(t, float_arithmetic_is_the_hosts);
    tcase_add_test(t, double_arithmetic_is_the_hosts);
    tcase_add_test(t, nan_operands_come_out_quieted_the_first_one_first);
    tcase_add_test(t, source_modifiers_and_output_modifiers_apply);
    tcase_add_test(t, mode_flushes_denormals_by_size_and_direction);
    tcase_add_test(t, mode_chooses_the_rounding);
    tcase_add_test(t, minimum_and_maximum_follow_ieee_mode);
    tcase_add_test(t, every_half_converts_to_float_and_back);
    tcase_add_test(t, floats_round_correctly_to_half_in_every_mode);
    tcase_add_test(t, half_arithmetic_rounds_once);
    tcase_add_test(t, packed_halves_follow_op_sel_and_neg);
    tcase_add_test(t, mixed_precision_takes_floats_or_halves);
    tcase_add_test(t, floats_convert_to_integers_saturating);
    tcase_add_test(t, integers_and_floats_convert_to_floats_rounded);
    tcase_add_test(t, floats_round_to_whole_numbers_and_come_apart);
    tcase_add_test(t, functions_are_within_a_unit_in_the_last_place);
    tcase_add_test(t, trig_preop_cuts_two_over_pi_in_pieces);
    tcase_add_test(t, llvms_division_sequences_give_correctly_rounded_quotients);
    tcase_add_test(t, float_compares_know_nan_and_zero);
    tcase_add_test(t, integer_compares_know_their_width_and_sign);
    tcase_add_test(t, classes_of_floats_are_told_by_their_bits);
    tcase_add_test(t, compares_write_zero_for_inactive_lanes);
    tcase_add_test(t, cmpx_narrows_exec_and_on_gfx9_writes_its_mask_too);
    tcase_add_test(t, only_active_lanes_are_written);
    tcase_add_test(t, scalars_constants_and_registers_out_of_range_are_operands);
    tcase_add_test(t, lanes_are_read_and_written_one_by_one);
    tcase_add_test(t, dpp_moves_lanes_within_rows);
    tcase_add_test(t, dpp_masks_rows_and_banks_and_skips_inactive_sources);
    tcase_add_test(t, dpp_applies_before_source_modifiers_and_to_compares);
    tcase_add_test(t, sdwa_selects_bytes_and_words);
    tcase_add_test(t, multiply_adds_with_a_literal_find_it_in_either_place);
    tcase_add_test(t, lanes_permute_within_and_across_rows);
    tcase_add_test(t, relative_moves_add_m0);
    tcase_add_test(t, every_function_leaves_inactive_lanes_and_other_registers_alone);
    tcase_add_test(t, every_function_may_write_over_its_first_source);
    tcase_add_test(t, no_name_is_bound_twice);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
