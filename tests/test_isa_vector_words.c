/*
 * test_isa_vector_words.c - vector instructions from the assembled words to the result, through the decoder.
 */
#include "isa_vector.h"
#include "run_suite.h"

/* Words as llvm-mc 22 makes them of the text (gfx1100: +real-true16). In lane i of what runs them v1 is i
 * + 1.0, v2 is i, v3 is ~0, v[4:5] is (double)i. */
static const struct assembled {
    enum isa_generation generation;
    unsigned lanes;
    const char *text;
    uint32_t words[3];
    char where; /* a register: v, s, a */
    unsigned reg, lane;
    uint32_t expect;
} assembled[] = {
    // clang-format off
    {ISA_GFX940, 64, "v_add_u32_e32 v0, s4, v2", {0x68000404}, 'v', 0, 10, 0x11},
    {ISA_GFX940, 64, "v_add_u32_e64 v0, v2, -1 clamp", {0xd1348000, 0x00018302}, 'v', 0, 10, 0xffffffff},
    {ISA_GFX940, 64, "v_add_u32_e64 v0, v2, -1", {0xd1340000, 0x00018302}, 'v', 0, 10, 0x9},
    {ISA_GFX940, 64, "v_add_f32_e32 v0, 1.0, v1", {0x020002f2}, 'v', 0, 3, 0x40a00000},
    {ISA_GFX940, 64, "v_add_f32_e32 v0, 0x40490000, v1", {0x020002ff, 0x40490000}, 'v', 0, 0, 0x40848000},
    {ISA_GFX940, 64, "v_fma_f32 v0, -|v1|, 2.0, v1", {0xd1cb0100, 0x2405e901}, 'v', 0, 3, 0xc0800000},
    {ISA_GFX940, 64, "v_mul_f32_e64 v0, v1, 0.5 clamp", {0xd1058000, 0x0001e101}, 'v', 0, 9, 0x3f800000},
    {ISA_GFX940, 64, "v_add_f64 v[10:11], v[4:5], -1.0", {0xd280000a, 0x0001e704}, 'v', 11, 2, 0x3ff00000},
    {ISA_GFX940, 64, "v_add_f64 v[10:11], v[4:5], -v[4:5]", {0xd280000a, 0x40020904}, 'v', 11, 2, 0x0},
    {ISA_GFX940, 64, "v_cndmask_b32_e32 v0, v2, v3, vcc", {0x00000702}, 'v', 0, 4, 0xffffffff},
    {ISA_GFX940, 64, "v_cndmask_b32_e32 v0, v2, v3, vcc", {0x00000702}, 'v', 0, 3, 0x3},
    {ISA_GFX940, 64, "v_cndmask_b32_e64 v0, 0, 1, s[8:9]", {0xd1000000, 0x00210280}, 'v', 0, 16, 0x1},
    {ISA_GFX940, 64, "v_cndmask_b32_e64 v0, 0, 1, s[8:9]", {0xd1000000, 0x00210280}, 'v', 0, 32, 0x0},
    {ISA_GFX940, 64, "v_add_co_u32_e32 v0, vcc, v3, v2", {0x32000503}, 's', 106, 0, 0xfffffffe},
    {ISA_GFX940, 64, "v_add_co_u32_e64 v0, s[6:7], v3, v2", {0xd1190600, 0x00020503}, 's', 7, 0, 0xffffffff},
    {ISA_GFX940, 64, "v_addc_co_u32_e32 v0, vcc, v2, v2, vcc", {0x38000502}, 'v', 0, 4, 0x9},
    {ISA_GFX940, 64, "v_subbrev_co_u32_e64 v0, s[6:7], v2, 0, s[8:9]", {0xd11e0600, 0x00210102}, 'v', 0, 16, 0xffffffef},
    {ISA_GFX940, 64, "v_cmp_gt_u32_e32 vcc, s4, v2", {0x7d980404}, 's', 106, 0, 0x7f},
    {ISA_GFX940, 64, "v_cmp_lt_f32_e64 s[6:7], v1, 4.0", {0xd0410006, 0x0001ed01}, 's', 6, 0, 0x7},
    {ISA_GFX940, 64, "v_cmp_lt_f32_e64 s[6:7], v1, 4.0", {0xd0410006, 0x0001ed01}, 's', 7, 0, 0x0},
    {ISA_GFX940, 64, "v_cmpx_eq_u32_e32 vcc, 33, v2", {0x7db404a1}, 's', 127, 0, 0x2},
    {ISA_GFX940, 64, "v_cmp_eq_u16_sdwa s[6:7], v6, v2 src0_sel:WORD_1 src1_sel:WORD_0", {0x7d5404f9, 0x04058606}, 's', 6, 0, 0x8},
    {ISA_GFX940, 64, "v_add_u32_sdwa v0, v6, v2 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:BYTE_0", {0x680004f9, 0x00050606}, 'v', 0, 5, 0x8},
    {ISA_GFX940, 64, "v_add_u32_sdwa v0, sext(v6), v2 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_0 src1_sel:DWORD", {0x680004f9, 0x060c0606}, 'v', 0, 5, 0x3},
    {ISA_GFX940, 64, "v_lshlrev_b16_sdwa v0, v2, v6 dst_sel:WORD_1 dst_unused:UNUSED_PRESERVE src0_sel:DWORD src1_sel:WORD_0", {0x54000cf9, 0x04061502}, 'v', 0, 1, 0xfffcbeef},
    {ISA_GFX940, 64, "v_mov_b32_dpp v0, v2 row_shr:1 row_mask:0xf bank_mask:0xf", {0x7e0002fa, 0xff011102}, 'v', 0, 5, 0x4},
    {ISA_GFX940, 64, "v_mov_b32_dpp v0, v2 row_shr:1 row_mask:0xf bank_mask:0xf", {0x7e0002fa, 0xff011102}, 'v', 0, 16, 0xdeadbeef},
    {ISA_GFX940, 64, "v_add_u32_dpp v0, v2, v2 row_bcast:15 row_mask:0xa bank_mask:0xf", {0x680004fa, 0xaf014202}, 'v', 0, 17, 0x20},
    {ISA_GFX940, 64, "v_add_f32_dpp v0, -v1, v1 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:0", {0x020002fa, 0xff18b101}, 'v', 0, 4, 0xbf800000},
    {ISA_GFX940, 64, "v_readlane_b32 s6, v2, 9", {0xd2890006, 0x00011302}, 's', 6, 0, 0x9},
    {ISA_GFX940, 64, "v_readfirstlane_b32 s6, v2", {0x7e0c0502}, 's', 6, 0, 0x0},
    {ISA_GFX940, 64, "v_writelane_b32 v0, s4, 3", {0xd28a0000, 0x00010604}, 'v', 0, 3, 0x7},
    {ISA_GFX940, 64, "v_mad_u64_u32 v[10:11], s[6:7], v3, v3, v[4:5]", {0xd1e8060a, 0x04120703}, 'v', 11, 0, 0xfffffffe},
    {ISA_GFX940, 64, "v_mad_i64_i32 v[10:11], s[6:7], v3, v2, -1", {0xd1e9060a, 0x03060503}, 'v', 11, 5, 0xffffffff},
    {ISA_GFX940, 64, "v_lshl_add_u64 v[10:11], v[4:5], 1, v[4:5]", {0xd208000a, 0x04110304}, 'v', 11, 1, 0xbfd00000},
    {ISA_GFX940, 64, "v_pk_add_f32 v[10:11], v[12:13], v[12:13] op_sel:[1,0] op_sel_hi:[1,1]", {0xd3b2480a, 0x1802190c}, 'v', 10, 0, 0x40400000},
    {ISA_GFX940, 64, "v_pk_add_f32 v[10:11], v[12:13], v[12:13] op_sel:[1,0] op_sel_hi:[1,1]", {0xd3b2480a, 0x1802190c}, 'v', 11, 0, 0x40800000},
    {ISA_GFX940, 64, "v_pk_mov_b32 v[10:11], v[12:13], v[12:13] op_sel:[1,0]", {0xd3b3480a, 0x1802190c}, 'v', 10, 0, 0x40000000},
    {ISA_GFX940, 64, "v_pk_add_u16 v0, v6, v6 op_sel_hi:[1,0]", {0xd38a4000, 0x08020d06}, 'v', 0, 0, 0x1fffc},
    {ISA_GFX940, 64, "v_pk_lshlrev_b16 v0, 4, v6 op_sel_hi:[0,1]", {0xd3844000, 0x10020c84}, 'v', 0, 0, 0x30ffe0},
    {ISA_GFX940, 64, "v_pk_add_f16 v0, v7, 1.0 op_sel_hi:[1,0]", {0xd38f4000, 0x0801e507}, 'v', 0, 0, 0x42004000},
    {ISA_GFX940, 64, "v_fma_mixlo_f16 v0, v1, v1, 1.0", {0xd3a10000, 0x03ca0301}, 'v', 0, 1, 0xdead4500},
    {ISA_GFX940, 64, "v_cvt_f16_f32_e32 v0, v1", {0x7e001501}, 'v', 0, 1, 0x4000},
    {ISA_GFX940, 64, "v_cvt_f32_f16_sdwa v0, v7 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1", {0x7e0016f9, 0x00050607}, 'v', 0, 1, 0x40000000},
    {ISA_GFX940, 64, "v_fmaak_f32 v0, v1, v1, 0x41200000", {0x30000301, 0x41200000}, 'v', 0, 2, 0x41980000},
    {ISA_GFX940, 64, "v_fmamk_f32 v0, v1, 0x41200000, v1", {0x2e000301, 0x41200000}, 'v', 0, 2, 0x42040000},
    {ISA_GFX940, 64, "v_fmac_f32_e32 v12, v1, v1", {0x76180301}, 'v', 12, 1, 0x40a00000},
    {ISA_GFX940, 64, "v_fmac_f64_e32 v[4:5], 2.0, v[4:5]", {0x080808f4}, 'v', 5, 1, 0x40080000},
    {ISA_GFX940, 64, "v_bfe_u32 v0, v6, 4, 8", {0xd1c80000, 0x02210906}, 'v', 0, 0, 0xff},
    {ISA_GFX940, 64, "v_bfi_b32 v0, v2, v3, 0", {0xd1ca0000, 0x02020702}, 'v', 0, 7, 0x7},
    {ISA_GFX940, 64, "v_alignbit_b32 v0, v2, v6, 16", {0xd1ce0000, 0x02420d02}, 'v', 0, 5, 0x50003},
    {ISA_GFX940, 64, "v_perm_b32 v0, v6, v2, s10", {0xd1ed0000, 0x002a0506}, 'v', 0, 9, 0x9030009},
    {ISA_GFX940, 64, "v_ldexp_f64 v[10:11], v[4:5], 4", {0xd284000a, 0x00010904}, 'v', 11, 1, 0x40300000},
    {ISA_GFX940, 64, "v_cmp_class_f32_e64 s[6:7], v1, s11", {0xd0100006, 0x00001701}, 's', 6, 0, 0xffffffff},
    {ISA_GFX940, 64, "v_mbcnt_hi_u32_b32 v0, -1, 0", {0xd28d0000, 0x000100c1}, 'v', 0, 40, 0x8},
    {ISA_GFX940, 64, "v_accvgpr_write_b32 a2, v2", {0xd3d94002, 0x18000102}, 'a', 2, 9, 0x9},
    {ISA_GFX940, 64, "v_mov_b64_e32 v[10:11], v[4:5]", {0x7e147104}, 'v', 11, 1, 0x3ff00000},
    {ISA_GFX940, 64, "v_ashrrev_i32_e32 v0, 31, v3", {0x2200069f}, 'v', 0, 0, 0xffffffff},
    {ISA_GFX940, 64, "v_mul_legacy_f32 v0, v1, v1", {0xd2a10000, 0x00020301}, 'v', 0, 1, 0x40800000},
    {ISA_GFX940, 64, "v_pack_b32_f16 v0, v7, v7 op_sel:[1,0,0]", {0xd2a00800, 0x00020f07}, 'v', 0, 0, 0x3c004000},
    {ISA_GFX940, 64, "v_mad_u16 v0, v6, v2, v2 op_sel:[1,0,0,1]", {0xd2044800, 0x040a0506}, 'v', 0, 2, 0x8beef},
    {ISA_GFX11, 32, "v_add_nc_u32_e32 v0, s4, v2", {0x4a000404}, 'v', 0, 10, 0x11},
    {ISA_GFX11, 32, "v_add_co_u32 v0, s6, v3, v2", {0xd7000600, 0x00020503}, 's', 6, 0, 0xfffffffe},
    {ISA_GFX11, 32, "v_add_co_ci_u32_e64 v0, s6, v2, v2, s8", {0xd5200600, 0x00220502}, 'v', 0, 16, 0x21},
    {ISA_GFX11, 32, "v_add_co_ci_u32_e32 v0, vcc_lo, v2, v2, vcc_lo", {0x40000502}, 'v', 0, 4, 0x9},
    {ISA_GFX11, 32, "v_cmp_lt_u32_e64 s6, v2, 4", {0xd4490006, 0x00010902}, 's', 6, 0, 0xf},
    {ISA_GFX11, 32, "v_cmp_lt_u32_e64 s6, v2, 4", {0xd4490006, 0x00010902}, 's', 7, 0, 0x77777777},
    {ISA_GFX11, 32, "v_cmpx_gt_u32_e32 4, v2", {0x7d980484}, 's', 126, 0, 0xf},
    {ISA_GFX11, 32, "v_cmpx_gt_u32_e64 4, v2", {0xd4cc007e, 0x00020484}, 's', 106, 0, 0xf0f0f0f0},
    {ISA_GFX11, 32, "v_mov_b16_e32 v0.h, v6.l", {0x7f003906}, 'v', 0, 0, 0xfffebeef},
    {ISA_GFX11, 32, "v_mov_b16_e64 v0.l, v6.h", {0xd59c0800, 0x00000106}, 'v', 0, 0, 0xdead0003},
    {ISA_GFX11, 32, "v_lshlrev_b16 v0.l, 4, v6.h", {0xd7381000, 0x00020c84}, 'v', 0, 0, 0xdead0030},
    {ISA_GFX11, 32, "v_add_nc_u16 v0.h, v6.h, v2.l", {0xd7034800, 0x00020506}, 'v', 0, 5, 0x8beef},
    {ISA_GFX11, 32, "v_cndmask_b16 v0.l, v6.h, v2.l, s8", {0xd65d0800, 0x00220506}, 'v', 0, 17, 0xdead0011},
    {ISA_GFX11, 32, "v_cvt_f32_f16_e32 v0, v7.h", {0x7e001787}, 'v', 0, 0, 0x40000000},
    {ISA_GFX11, 32, "v_cvt_f16_f32_e32 v0.h, v1", {0x7f001501}, 'v', 0, 1, 0x4000beef},
    {ISA_GFX11, 32, "v_fma_f16 v0.l, v7.l, v7.h, v7.h", {0xd6483000, 0x041e0f07}, 'v', 0, 0, 0xdead4400},
    {ISA_GFX11, 32, "v_cmp_eq_u16_e32 vcc_lo, v6.h, v2.l", {0x7c740586}, 's', 106, 0, 0x8},
    {ISA_GFX11, 32, "v_and_b16 v0.l, v6.l, v3.l", {0xd7620000, 0x00020706}, 'v', 0, 0, 0xdeadfffe},
    {ISA_GFX11, 32, "v_pk_fma_f16 v0, v7, v7, 1.0 op_sel_hi:[1,1,0]", {0xcc0e0000, 0x1bca0f07}, 'v', 0, 0, 0x45004000},
    {ISA_GFX11, 32, "v_fma_mix_f32 v0, v7, v1, 1.0 op_sel:[1,0,0] op_sel_hi:[1,0,0]", {0xcc200800, 0x0bca0307}, 'v', 0, 1, 0x40a00000},
    {ISA_GFX11, 32, "v_dot4_i32_iu8 v0, v3, v6, 0 neg_lo:[1,0,0]", {0xcc164000, 0x3a020d03}, 'v', 0, 0, 0xfffffe00},
    {ISA_GFX11, 32, "v_dot2_f32_f16 v0, v7, v7, 1.0", {0xcc134000, 0x1bca0f07}, 'v', 0, 0, 0x40c00000},
    {ISA_GFX11, 32, "v_permlanex16_b32 v0, v2, s4, s5", {0xd65c0000, 0x00140902}, 'v', 0, 0, 0x17},
    {ISA_GFX11, 32, "v_mov_b32_dpp v0, v2 row_share:3 row_mask:0xf bank_mask:0xf", {0x7e0002fa, 0xff015302}, 'v', 0, 20, 0x13},
    {ISA_GFX11, 32, "v_or_b32_dpp v0, v2, v2 row_xmask:4 row_mask:0xf bank_mask:0xf", {0x380004fa, 0xff016402}, 'v', 0, 3, 0x7},
    {ISA_GFX11, 32, "v_mov_b32_dpp v0, v2 dpp8:[7,6,5,4,3,2,1,0]", {0x7e0002e9, 0x05397702}, 'v', 0, 9, 0xe},
    {ISA_GFX11, 32, "v_add_f32_e64_dpp v0, -v1, v1 row_ror:4 row_mask:0xf bank_mask:0xf", {0xd5030000, 0x200202fa, 0xff012401}, 'v', 0, 0, 0xc1400000},
    {ISA_GFX11, 32, "v_minmax_i32 v0, v2, 5, 3", {0xd6650000, 0x020d0b02}, 'v', 0, 9, 0x5},
    {ISA_GFX11, 32, "v_mul_hi_u32 v0, v3, v3", {0xd72d0000, 0x00020703}, 'v', 0, 0, 0xfffffffe},
    {ISA_GFX11, 32, "v_add_f64 v[10:11], v[4:5], 1.0", {0xd727000a, 0x0001e504}, 'v', 11, 1, 0x40000000},
    {ISA_GFX11, 32, "v_lshlrev_b64 v[10:11], 33, v[2:3]", {0xd73c000a, 0x000204a1}, 'v', 10, 1, 0x0},
    {ISA_GFX11, 32, "v_lshlrev_b64 v[10:11], 33, v[2:3]", {0xd73c000a, 0x000204a1}, 'v', 11, 1, 0x2},
    {ISA_GFX11, 32, "v_mad_u64_u32 v[10:11], null, v3, v3, 0", {0xd6fe7c0a, 0x02020703}, 'v', 11, 0, 0xfffffffe},
    {ISA_GFX11, 32, "v_fmaak_f16 v0.l, v7.l, v7.l, 0x4000", {0x70000f07, 0x00004000}, 'v', 0, 0, 0xdead4200},
    {ISA_GFX11, 32, "v_cvt_pk_rtz_f16_f32_e32 v0, v1, v1", {0x5e000301}, 'v', 0, 1, 0x40004000},
    {ISA_GFX11, 32, "v_readlane_b32 s6, v2, s4", {0xd7600006, 0x00000902}, 's', 6, 0, 0x7},
    {ISA_GFX11, 32, "v_xor3_b32 v0, v2, v2, v6", {0xd6400000, 0x041a0502}, 'v', 0, 0, 0x3fffe},
    {ISA_GFX11, 32, "v_cls_i32_e32 v0, v6", {0x7e007706}, 'v', 0, 0, 0xe},
    {ISA_GFX11, 32, "v_mul_f32_e64 v0, v1, v1 mul:2", {0xd5080000, 0x08020301}, 'v', 0, 1, 0x40800000},
    {ISA_GFX11, 64, "v_cmp_lt_u32_e64 s[6:7], 60, v2", {0xd4490006, 0x000204bc}, 's', 7, 0, 0xe0000000},
    {ISA_GFX11, 64, "v_add_co_ci_u32_e32 v0, vcc, v2, v2, vcc", {0x40000502}, 'v', 0, 36, 0x49},
    {ISA_GFX11, 64, "v_permlane64_b32 v0, v2", {0x7e00cf02}, 'v', 0, 3, 0x23},
    {ISA_GFX11, 64, "v_cndmask_b32_e64 v0, 0, 1, s[8:9]", {0xd5010000, 0x00210280}, 'v', 0, 31, 0x1},
    {ISA_GFX11, 64, "v_cndmask_b32_e64 v0, 0, 1, s[8:9]", {0xd5010000, 0x00210280}, 'v', 0, 32, 0x0},
    {ISA_GFX90A, 64, "v_madmk_f32 v0, v1, 0x40400000, v1", {0x2e000301, 0x40400000}, 'v', 0, 3, 0x41800000},
    {ISA_GFX90A, 64, "v_madak_f32 v0, v1, v1, 0x40400000", {0x30000301, 0x40400000}, 'v', 0, 3, 0x41980000},
    {ISA_GFX90A, 64, "v_mad_legacy_f32 v0, v1, v1, v1", {0xd1c00000, 0x04060301}, 'v', 0, 3, 0x41a00000},
    // clang-format on
};

static void assembled_start(const struct assembled *c)
{
    wave_start(c->generation, c->lanes, MODE_USUAL);
    for (unsigned i = 0; i < LANES; i++) {
        vgprs[1][i] = bits_of((float)i + 1);
        vgprs[2][i] = i;
        vgprs[3][i] = UINT32_MAX;
        lane_set(4, i, bits64_of(i));
        vgprs[6][i] = 0x0003fffe;
        vgprs[7][i] = 0x40003c00; /* 1.0 and 2.0 */
        vgprs[12][i] = bits_of(1);
        vgprs[13][i] = bits_of(2);
        vgprs[0][i] = 0xdeadbeef;
    }
    wave.sgpr[4] = 7;
    wave.sgpr[7] = 0x77777777;
    wave.sgpr[8] = 0xffff0000;
    wave.sgpr[10] = 0x00060100;
    wave.sgpr[11] = 0x100;
    wave.sgpr[ISA_VCC] = wave.sgpr[ISA_VCC + 1] = 0xf0f0f0f0;
}

START_TEST(assembled_instructions_do_what_they_say)
{
    const struct assembled *c = &assembled[_i];
    uint32_t words[4] = {c->words[0], c->words[1], c->words[2]};
    struct isa_inst inst = {0}, pair = {0};
    inst.pair_storage = &pair;
    ck_assert_msg(isa_decode(c->generation, c->lanes == 64, words, sizeof words, &inst) == 0, "%s", c->text);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "%s", c->text);
    assembled_start(c);
    inst.exec(&wave, &inst);
    uint32_t got = c->where == 'v'   ? vgprs[c->reg][c->lane]
                   : c->where == 'a' ? agprs[c->reg][c->lane]
                                     : wave.sgpr[c->reg];
    ck_assert_msg(got == c->expect, "%s: lane %u is %#x, not %#x", c->text, c->lane, got, c->expect);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_vector_words");
    TCase *t = tcase_create("isa_vector_words");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, assembled_instructions_do_what_they_say, 0,
                        sizeof assembled / sizeof assembled[0]);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
