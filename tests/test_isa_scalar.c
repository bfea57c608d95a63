/*
 * test_isa_scalar.c - the scalar unit on edge values against plain references.
 *
 * Instructions are encoded here from the table's opcodes, decoded, bound and executed as a wave would;
 * references are written bit by bit or in wider arithmetic and share nothing with the functions under test.
 */
#include <stdlib.h>

#include "isa_scalar.h"
#include "run_suite.h"

/* ---- references ---- */

typedef uint64_t reference(uint64_t a, uint64_t b, bool in, bool *scc);

#define REFERENCE(name) static uint64_t name(uint64_t a, uint64_t b, bool in, bool *scc)
#define UNUSED          (void)a, (void)b, (void)in, (void)scc
static int64_t sign32(uint64_t v)
{
    return (v & 0x80000000) ? (int64_t)(v & 0xffffffff) - 0x100000000 : (int64_t)(v & 0xffffffff);
}
static uint64_t low(uint64_t v)
{
    return v & 0xffffffff;
}
REFERENCE(ref_add_u32)
{
    UNUSED;
    *scc = low(a) + low(b) > 0xffffffff;
    return low(a + b);
}
REFERENCE(ref_sub_u32)
{
    UNUSED;
    *scc = low(a) < low(b);
    return low(a - b);
}
REFERENCE(ref_add_i32)
{
    UNUSED;
    int64_t r = sign32(a) + sign32(b);
    *scc = r > INT32_MAX || r < INT32_MIN;
    return low((uint64_t)r);
}
REFERENCE(ref_sub_i32)
{
    UNUSED;
    int64_t r = sign32(a) - sign32(b);
    *scc = r > INT32_MAX || r < INT32_MIN;
    return low((uint64_t)r);
}
REFERENCE(ref_addc)
{
    UNUSED;
    *scc = low(a) + low(b) + in > 0xffffffff;
    return low(a + b + in);
}
REFERENCE(ref_subb)
{
    UNUSED;
    *scc = (int64_t)low(a) - (int64_t)low(b) - in < 0;
    return low(a - b - in);
}
REFERENCE(ref_min_i32)
{
    UNUSED;
    *scc = sign32(a) < sign32(b);
    return low(*scc ? a : b);
}
REFERENCE(ref_max_u32)
{
    UNUSED;
    *scc = !(low(a) < low(b));
    return low(*scc ? a : b);
}
REFERENCE(ref_mul_hi_i32)
{
    UNUSED;
    return (uint64_t)(sign32(a) * sign32(b)) >> 32;
}
REFERENCE(ref_mul_hi_u32)
{
    UNUSED;
    return low(a) * low(b) >> 32;
}
REFERENCE(ref_mul_i32)
{
    UNUSED;
    return low(low(a) * low(b));
}
REFERENCE(ref_lshl3_add)
{
    UNUSED;
    *scc = low(a) * 8 + low(b) > 0xffffffff;
    return low(a * 8 + b);
}
REFERENCE(ref_lshl_b32)
{
    UNUSED;
    uint64_t r = low(a);
    for (unsigned i = 0; i < b % 32; i++)
        r = low(r * 2);
    *scc = r != 0;
    return r;
}
REFERENCE(ref_lshl_b64)
{
    UNUSED;
    uint64_t r = a;
    for (unsigned i = 0; i < b % 64; i++)
        r += r;
    *scc = r != 0;
    return r;
}
REFERENCE(ref_lshr_b64)
{
    UNUSED;
    uint64_t r = a;
    for (unsigned i = 0; i < b % 64; i++)
        r /= 2;
    *scc = r != 0;
    return r;
}
REFERENCE(ref_ashr_i32)
{
    UNUSED;
    uint64_t r = low(a), sign = r & 0x80000000;
    for (unsigned i = 0; i < b % 32; i++)
        r = r / 2 | sign;
    *scc = r != 0;
    return r;
}
REFERENCE(ref_ashr_i64)
{
    UNUSED;
    uint64_t r = a, sign = r & 0x8000000000000000;
    for (unsigned i = 0; i < b % 64; i++)
        r = r / 2 | sign;
    *scc = r != 0;
    return r;
}
static uint64_t ref_field(uint64_t a, uint64_t b, unsigned bits, bool extend)
{
    unsigned offset = b % bits, width = b >> 16 & 127;
    uint64_t r = 0, top = 0, sign = a >> (bits - 1) & 1;
    for (unsigned i = 0; i < width && i < bits; i++) {
        top = offset + i < bits ? a >> (offset + i) & 1 : extend ? sign : 0;
        r |= top << i;
    }
    for (unsigned i = width; extend && width && i < bits; i++)
        r |= top << i;
    return r;
}
REFERENCE(ref_bfe_u32)
{
    UNUSED;
    uint64_t r = ref_field(low(a), b, 32, false);
    *scc = r != 0;
    return r;
}
REFERENCE(ref_bfe_i32)
{
    UNUSED;
    uint64_t r = ref_field(low(a), b, 32, true);
    *scc = r != 0;
    return r;
}
REFERENCE(ref_bfe_u64)
{
    UNUSED;
    uint64_t r = ref_field(a, b, 64, false);
    *scc = r != 0;
    return r;
}
REFERENCE(ref_bfe_i64)
{
    UNUSED;
    uint64_t r = ref_field(a, b, 64, true);
    *scc = r != 0;
    return r;
}
REFERENCE(ref_bfm_b32)
{
    UNUSED;
    uint64_t r = 0;
    for (unsigned i = 0; i < a % 32; i++)
        r |= UINT64_C(1) << (i + b % 32);
    return low(r);
}
REFERENCE(ref_andn2_b64)
{
    UNUSED;
    *scc = (a & ~b) != 0;
    return a & ~b;
}
REFERENCE(ref_orn2_b32)
{
    UNUSED;
    *scc = low(a | ~b) != 0;
    return low(a | ~b);
}
REFERENCE(ref_xnor_b64)
{
    UNUSED;
    *scc = a != ~b;
    return ~(a ^ b);
}
REFERENCE(ref_cselect_b64)
{
    UNUSED;
    return in ? a : b;
}
REFERENCE(ref_pack_lh)
{
    UNUSED;
    return (a & 0xffff) + (low(b) >> 16) * 0x10000;
}
REFERENCE(ref_absdiff)
{
    UNUSED;
    int64_t r = sign32(low(a - b));
    *scc = r != 0;
    return low((uint64_t)(r < 0 ? -r : r));
}
REFERENCE(ref_abs)
{
    UNUSED;
    int64_t r = sign32(a);
    *scc = r != 0;
    return low((uint64_t)(r < 0 ? -r : r));
}
REFERENCE(ref_not_b32)
{
    UNUSED;
    *scc = low(a) != 0xffffffff;
    return 0xffffffff - low(a);
}
REFERENCE(ref_brev_b64)
{
    UNUSED;
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i++)
        r = r * 2 + (a >> i & 1);
    return r;
}
static uint64_t ref_count(uint64_t a, unsigned bits, unsigned what, bool *scc)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < bits; i++)
        n += (a >> i & 1) == what;
    *scc = n != 0;
    return n;
}
REFERENCE(ref_bcnt1_b64)
{
    UNUSED;
    return ref_count(a, 64, 1, scc);
}
REFERENCE(ref_bcnt0_b32)
{
    UNUSED;
    return ref_count(a, 32, 0, scc);
}
REFERENCE(ref_ff1_b64)
{
    UNUSED;
    for (unsigned i = 0; i < 64; i++)
        if (a >> i & 1)
            return i;
    return 0xffffffff;
}
REFERENCE(ref_ff0_b32)
{
    UNUSED;
    for (unsigned i = 0; i < 32; i++)
        if (!(a >> i & 1))
            return i;
    return 0xffffffff;
}
REFERENCE(ref_flbit_b32)
{
    UNUSED;
    for (unsigned i = 0; i < 32; i++)
        if (a >> (31 - i) & 1)
            return i;
    return 0xffffffff;
}
REFERENCE(ref_flbit_i64)
{
    UNUSED;
    for (unsigned i = 1; i < 64; i++)
        if ((a >> (63 - i) & 1) != a >> 63)
            return i;
    return 0xffffffff;
}
REFERENCE(ref_flbit_i32)
{
    UNUSED;
    for (unsigned i = 1; i < 32; i++)
        if ((a >> (31 - i) & 1) != (a >> 31 & 1))
            return i;
    return 0xffffffff;
}
REFERENCE(ref_sext_i8)
{
    UNUSED;
    return low((a & 255) - ((a & 128) ? 256 : 0));
}
REFERENCE(ref_quadmask_b64)
{
    UNUSED;
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i++)
        r |= (a >> i & 1) << i / 4;
    *scc = r != 0;
    return r;
}
REFERENCE(ref_wqm_b32)
{
    UNUSED;
    uint64_t r = 0;
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = i / 4 * 4; j < i / 4 * 4 + 4; j++)
            r |= (a >> j & 1) << i;
    *scc = r != 0;
    return r;
}
REFERENCE(ref_bitreplicate)
{
    UNUSED;
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i++)
        r |= (a >> i / 2 & 1) << i;
    return r;
}

static const struct {
    const char *gfx9, *gfx11; /* NULL: the generation has none */
    unsigned result_dwords;
    reference *expect;
} cases[] = {
    {"s_add_u32", "s_add_u32", 1, ref_add_u32},
    {"s_sub_u32", "s_sub_u32", 1, ref_sub_u32},
    {"s_add_i32", "s_add_i32", 1, ref_add_i32},
    {"s_sub_i32", "s_sub_i32", 1, ref_sub_i32},
    {"s_addc_u32", "s_addc_u32", 1, ref_addc},
    {"s_subb_u32", "s_subb_u32", 1, ref_subb},
    {"s_min_i32", "s_min_i32", 1, ref_min_i32},
    {"s_max_u32", "s_max_u32", 1, ref_max_u32},
    {"s_mul_i32", "s_mul_i32", 1, ref_mul_i32},
    {"s_mul_hi_i32", "s_mul_hi_i32", 1, ref_mul_hi_i32},
    {"s_mul_hi_u32", "s_mul_hi_u32", 1, ref_mul_hi_u32},
    {"s_lshl3_add_u32", "s_lshl3_add_u32", 1, ref_lshl3_add},
    {"s_lshl_b32", "s_lshl_b32", 1, ref_lshl_b32},
    {"s_lshl_b64", "s_lshl_b64", 2, ref_lshl_b64},
    {"s_lshr_b64", "s_lshr_b64", 2, ref_lshr_b64},
    {"s_ashr_i32", "s_ashr_i32", 1, ref_ashr_i32},
    {"s_ashr_i64", "s_ashr_i64", 2, ref_ashr_i64},
    {"s_bfe_u32", "s_bfe_u32", 1, ref_bfe_u32},
    {"s_bfe_i32", "s_bfe_i32", 1, ref_bfe_i32},
    {"s_bfe_u64", "s_bfe_u64", 2, ref_bfe_u64},
    {"s_bfe_i64", "s_bfe_i64", 2, ref_bfe_i64},
    {"s_bfm_b32", "s_bfm_b32", 1, ref_bfm_b32},
    {"s_andn2_b64", "s_and_not1_b64", 2, ref_andn2_b64},
    {"s_orn2_b32", "s_or_not1_b32", 1, ref_orn2_b32},
    {"s_xnor_b64", "s_xnor_b64", 2, ref_xnor_b64},
    {"s_cselect_b64", "s_cselect_b64", 2, ref_cselect_b64},
    {"s_pack_lh_b32_b16", "s_pack_lh_b32_b16", 1, ref_pack_lh},
    {"s_absdiff_i32", "s_absdiff_i32", 1, ref_absdiff},
    {"s_abs_i32", "s_abs_i32", 1, ref_abs},
    {"s_not_b32", "s_not_b32", 1, ref_not_b32},
    {"s_brev_b64", "s_brev_b64", 2, ref_brev_b64},
    {"s_bcnt1_i32_b64", "s_bcnt1_i32_b64", 1, ref_bcnt1_b64},
    {"s_bcnt0_i32_b32", "s_bcnt0_i32_b32", 1, ref_bcnt0_b32},
    {"s_ff1_i32_b64", "s_ctz_i32_b64", 1, ref_ff1_b64},
    {"s_ff0_i32_b32", NULL, 1, ref_ff0_b32},
    {"s_flbit_i32_b32", "s_clz_i32_u32", 1, ref_flbit_b32},
    {"s_flbit_i32", "s_cls_i32", 1, ref_flbit_i32},
    {"s_flbit_i32_i64", "s_cls_i32_i64", 1, ref_flbit_i64},
    {"s_sext_i32_i8", "s_sext_i32_i8", 1, ref_sext_i8},
    {"s_quadmask_b64", "s_quadmask_b64", 2, ref_quadmask_b64},
    {"s_wqm_b32", "s_wqm_b32", 1, ref_wqm_b32},
    {"s_bitreplicate_b64_b32", "s_bitreplicate_b64_b32", 2, ref_bitreplicate},
};
enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

static const uint64_t edges[] = {
    0,
    1,
    2,
    31,
    32,
    33,
    63,
    64,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0xfffffffe,
    0x00200000,
    0x00080004,
    0x0020001f,
    0x007f0000,
    0x00400020,
    0x00100008,
    0x12345678,
    0x8000000000000000,
    UINT64_MAX,
    0x7fffffffffffffff,
    0x0123456789abcdef,
    0xfedcba9800000000,
    0x00000000f0000000,
};
enum { N_EDGES = sizeof(edges) / sizeof(edges[0]) };

static void check_case(const char *name, unsigned dwords, reference *expect, uint64_t a, uint64_t b, bool in)
{
    bool scc = in;
    isa_sgpr64_set(&wave, A, a);
    isa_sgpr64_set(&wave, B, b);
    isa_sgpr64_set(&wave, DST, 0x5555555566666666);
    wave.scc = in;
    execute_named(name, DST, A, B);
    uint64_t want = expect(a, b, in, &scc), got = isa_sgpr64(&wave, DST);
    if (dwords == 1)
        want |= UINT64_C(0x5555555500000000); /* the neighbour stays */
    ck_assert_msg(got == want && wave.scc == scc,
                  "%s 0x%llx, 0x%llx, scc %d: 0x%llx scc %d, want 0x%llx scc %d", name, (unsigned long long)a,
                  (unsigned long long)b, in, (unsigned long long)got, wave.scc, (unsigned long long)want,
                  scc);
}

static void check_everywhere(enum isa_generation g, const char *name, unsigned i)
{
    wave_start(g);
    for (unsigned a = 0; name && a < N_EDGES; a++)
        for (unsigned b = 0; b < N_EDGES; b++)
            for (unsigned scc = 0; scc < 2; scc++)
                check_case(name, cases[i].result_dwords, cases[i].expect, edges[a], edges[b], scc);
}

START_TEST(arithmetic_and_bits_match_a_plain_reference_on_edge_values)
{
    check_everywhere(ISA_GFX940, cases[_i].gfx9, (unsigned)_i);
    check_everywhere(ISA_GFX11, cases[_i].gfx11, (unsigned)_i);
}
END_TEST

START_TEST(compares_set_scc_and_nothing_else)
{
    static const struct {
        const char *name;
        uint32_t a, b;
        bool scc;
    } compares[] = {
        {"s_cmp_eq_u32", 5, 5, true},
        {"s_cmp_lg_i32", 5, 5, false},
        {"s_cmp_lt_i32", 0xffffffff, 0, true},
        {"s_cmp_lt_u32", 0xffffffff, 0, false},
        {"s_cmp_ge_i32", 0x80000000, 1, false},
        {"s_cmp_ge_u32", 0x80000000, 1, true},
        {"s_cmp_gt_i32", 7, 7, false},
        {"s_cmp_le_u32", 7, 7, true},
        {"s_bitcmp1_b32", 0x80000000, 63, true},
        {"s_bitcmp0_b32", 1, 32, false},
    };
    for (unsigned i = 0; i < sizeof(compares) / sizeof(compares[0]); i++) {
        wave_start(i % 2 ? ISA_GFX11 : ISA_GFX940);
        wave.sgpr[A] = compares[i].a;
        wave.sgpr[B] = compares[i].b;
        uint32_t before[128];
        memcpy(before, wave.sgpr, sizeof(before));
        wave.scc = !compares[i].scc;
        execute_named(compares[i].name, 0, A, B);
        ck_assert_msg(wave.scc == compares[i].scc, "%s", compares[i].name);
        ck_assert_mem_eq(before, wave.sgpr, sizeof(before));
    }
}
END_TEST

START_TEST(constants_in_sopk_are_sign_extended_only_where_the_compare_is_signed)
{
    wave_start(ISA_GFX940);
    wave.sgpr[DST] = 0xffff8000;
    execute_named("s_cmpk_eq_i32", DST, 0, 0x8000);
    ck_assert(wave.scc);
    execute_named("s_cmpk_eq_u32", DST, 0, 0x8000);
    ck_assert(!wave.scc);
    wave.sgpr[DST] = 0x7fffffff;
    execute_named("s_addk_i32", DST, 0, 1);
    ck_assert_uint_eq(wave.sgpr[DST], 0x80000000);
    ck_assert(wave.scc);
    execute_named("s_movk_i32", DST, 0, 0xfffe);
    ck_assert_uint_eq(wave.sgpr[DST], 0xfffffffe);
    execute_named("s_mulk_i32", DST, 0, 0xfffd);
    ck_assert_uint_eq(wave.sgpr[DST], 6);
    wave.scc = false;
    execute_named("s_cmovk_i32", DST, 0, 9);
    ck_assert_uint_eq(wave.sgpr[DST], 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_scalar");
    TCase *t = tcase_create("isa_scalar");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, arithmetic_and_bits_match_a_plain_reference_on_edge_values, 0, N_CASES);
    tcase_add_test(t, compares_set_scc_and_nothing_else);
    tcase_add_test(t, constants_in_sopk_are_sign_extended_only_where_the_compare_is_signed);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
