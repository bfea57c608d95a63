/*
 * test_isa_vector.c - the vector ALU: integers, compares, and every function once.
 *
 * References are plain host arithmetic or bit patterns from the manuals; none of the functions under test
 * helps. The sweep at the end runs every function of the binding list on every generation.
 */
#include "isa_vector.h"
#include "run_suite.h"

/* ---- integers ---- */

struct integer_case {
    const char *name;
    uint32_t (*reference)(uint32_t a, uint32_t b, uint32_t c);
};

#define REFERENCE(name, expression)                          \
    static uint32_t name(uint32_t a, uint32_t b, uint32_t c) \
    {                                                        \
        (void)a, (void)b, (void)c;                           \
        return expression;                                   \
    }
REFERENCE(ref_add, a + b)
REFERENCE(ref_sub, a - b)
REFERENCE(ref_rsub, b - a)
REFERENCE(ref_and, a &b)
REFERENCE(ref_or, a | b)
REFERENCE(ref_xor, a ^ b)
REFERENCE(ref_xnor, ~a ^ b)
REFERENCE(ref_not, ~a)
REFERENCE(ref_mov, a)
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
REFERENCE(ref_mul, (uint32_t)((uint64_t)a *b % 4294967296))
REFERENCE(ref_mulhi, (uint32_t)((uint64_t)a *b / 4294967296))
static uint32_t ref_imulhi(uint32_t a, uint32_t b, uint32_t c)
{
    (void)c;
    uint32_t high = ref_mulhi(a, b, 0);
    return high - (a >> 31 ? b : 0) - (b >> 31 ? a : 0);
}
REFERENCE(ref_mul24, (a % 16777216) * (b % 16777216))
static int64_t signed24(uint32_t a)
{
    int64_t low = a % 16777216;
    return low >= 8388608 ? low - 16777216 : low;
}
REFERENCE(ref_imul24, (uint32_t)(signed24(a) * signed24(b)))
REFERENCE(ref_mad24, ref_mul24(a, b, 0) + c)
REFERENCE(ref_imad24, ref_imul24(a, b, 0) + c)
REFERENCE(ref_imin, (a ^ 0x80000000) < (b ^ 0x80000000) ? a : b)
REFERENCE(ref_imax, (a ^ 0x80000000) < (b ^ 0x80000000) ? b : a)
REFERENCE(ref_umin, a < b ? a : b)
REFERENCE(ref_umax, a < b ? b : a)
REFERENCE(ref_imed3, ref_imax(ref_imin(a, b, 0), ref_imin(ref_imax(a, b, 0), c, 0), 0))
REFERENCE(ref_umed3, ref_umax(ref_umin(a, b, 0), ref_umin(ref_umax(a, b, 0), c, 0), 0))
REFERENCE(ref_imin3, ref_imin(ref_imin(a, b, 0), c, 0))
REFERENCE(ref_imax3, ref_imax(ref_imax(a, b, 0), c, 0))
REFERENCE(ref_umin3, ref_umin(ref_umin(a, b, 0), c, 0))
REFERENCE(ref_umax3, ref_umax(ref_umax(a, b, 0), c, 0))
REFERENCE(ref_iminmax, ref_imax(ref_imin(a, b, 0), c, 0))
REFERENCE(ref_umaxmin, ref_umin(ref_umax(a, b, 0), c, 0))
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
REFERENCE(ref_alignbyte, ref_alignbit(a, b, c % 4 * 8))
REFERENCE(ref_lshl_add, ref_shl(b, a, 0) + c)
REFERENCE(ref_add_lshl, ref_shl(c, a + b, 0))
REFERENCE(ref_add3, c + b + a)
REFERENCE(ref_lshl_or, ref_shl(b, a, 0) | c)
REFERENCE(ref_and_or, c | (b & a))
REFERENCE(ref_or3, c | b | a)
REFERENCE(ref_xor3, c ^ b ^ a)
REFERENCE(ref_xad, c + (b ^ a))
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
REFERENCE(ref_sad16, c + (uint32_t)abs((int)(a & 65535) - (int)(b & 65535)) +
                         (uint32_t)abs((int)(a >> 16) - (int)(b >> 16)))
REFERENCE(ref_sad32, c + (a > b ? a - b : b - a))
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

/* ---- compares ---- */

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

/* ---- all of them ---- */

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
    TCase *t = tcase_create("isa_vector");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, integer_instructions_agree_with_a_plain_reference, 0,
                        sizeof integer_cases / sizeof integer_cases[0]);
    tcase_add_test(t, clamp_saturates_integer_sums);
    tcase_add_test(t, carries_go_in_and_out);
    tcase_add_test(t, a_carry_out_is_clear_in_inactive_lanes);
    tcase_add_test(t, wide_integers_take_register_pairs);
    tcase_add_test(t, sixteen_bit_results_treat_the_other_half_as_each_generation_does);
    tcase_add_test(t, true16_registers_choose_halves_by_the_operand);
    tcase_add_test(t, float_compares_know_nan_and_zero);
    tcase_add_test(t, integer_compares_know_their_width_and_sign);
    tcase_add_test(t, classes_of_floats_are_told_by_their_bits);
    tcase_add_test(t, compares_write_zero_for_inactive_lanes);
    tcase_add_test(t, cmpx_narrows_exec_and_on_gfx9_writes_its_mask_too);
    tcase_add_test(t, every_function_leaves_inactive_lanes_and_other_registers_alone);
    tcase_add_test(t, every_function_may_write_over_its_first_source);
    tcase_add_test(t, no_name_is_bound_twice);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
