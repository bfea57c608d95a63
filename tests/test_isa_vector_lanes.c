/*
 * test_isa_vector_lanes.c - which lanes the vector ALU reads and writes: EXEC, single lanes, DPP, SDWA,
 * permutes, relative registers.
 */
#include "isa_vector.h"
#include "run_suite.h"

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
    ck_assert_uint_eq(sdwa_run("v_sub_u16", 0x80c0ffee, 6, false, 6, 0), 0xffee);
    ck_assert_uint_eq(sdwa_run("v_not_b16", 0x80c0ffee, 6, false, 6, 0), 0x11);
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

int main(void)
{
    Suite *suite = suite_create("isa_vector_lanes");
    TCase *t = tcase_create("isa_vector_lanes");
    tcase_set_timeout(t, 60);
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
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
