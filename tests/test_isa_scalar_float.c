/*
 * test_isa_scalar_float.c - floating point and the 64-bit and small-load additions of the scalar unit, from
 * words to results.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cu/wave.h"
#include "run_suite.h"

/* Words as llvm-mc 22 makes them of the text. s4, s5: what is read; s8: what was and will be there; scc: -1
 * is not touched. */
static const struct assembled {
    enum isa_generation generation;
    const char *text;
    uint32_t words[2], mode, s4, s5, s8, expect;
    int scc;
} assembled[] = {
    // clang-format off
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x3fc00000, 0x40100000, 0x0, 0x40700000, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x3f800000, 0x33800000, 0x0, 0x3f800000, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf1, 0x3f800000, 0x33800000, 0x0, 0x3f800001, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf2, 0xbf800000, 0xb3800000, 0x0, 0xbf800001, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf3, 0x3f800000, 0xa1800000, 0x0, 0x3f7fffff, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x7f800000, 0xff800000, 0x0, 0xffc00000, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x7f800001, 0x3f800000, 0x0, 0x7fc00001, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0x0, 0x1, 0x80000001, 0x0, 0x0, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x1, 0x1, 0x0, 0x2, -1},
    {ISA_GFX11_5, "s_add_f32 s8, s4, s5", {0xa0080504}, 0x10, 0x1, 0x1, 0x0, 0x0, -1},
    {ISA_GFX11_5, "s_sub_f32 s8, s4, 1.0", {0xa088f204}, 0xf0, 0x40800000, 0x0, 0x0, 0x40400000, -1},
    {ISA_GFX11_5, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf0, 0x40400000, 0xbf000000, 0x0, 0xbfc00000, -1},
    {ISA_GFX11_5, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf0, 0x71800000, 0x71800000, 0x0, 0x7f800000, -1},
    {ISA_GFX11_5, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf3, 0x71800000, 0x71800000, 0x0, 0x7f7fffff, -1},
    {ISA_GFX11_5, "s_fmac_f32 s8, s4, s5", {0xa3880504}, 0xf0, 0x3f800001, 0x3f800001, 0xbf800002, 0x28800000, -1},
    {ISA_GFX11_5, "s_fmaak_f32 s8, s4, s5, 0x40400000", {0xa2880504, 0x40400000}, 0xf0, 0x40000000, 0x40a00000, 0x0, 0x41500000, -1},
    {ISA_GFX11_5, "s_fmamk_f32 s8, s4, 0x40400000, s5", {0xa3080504, 0x40400000}, 0xf0, 0x40000000, 0x40a00000, 0x0, 0x41300000, -1},
    {ISA_GFX11_5, "s_ceil_f32 s8, s4", {0xbe886004}, 0xf0, 0x3fa00000, 0x0, 0x0, 0x40000000, -1},
    {ISA_GFX11_5, "s_floor_f32 s8, s4", {0xbe886104}, 0xf0, 0xbfa00000, 0x0, 0x0, 0xc0000000, -1},
    {ISA_GFX11_5, "s_trunc_f32 s8, s4", {0xbe886204}, 0xf0, 0xbfe00000, 0x0, 0x0, 0xbf800000, -1},
    {ISA_GFX11_5, "s_rndne_f32 s8, s4", {0xbe886304}, 0xf0, 0x40200000, 0x0, 0x0, 0x40000000, -1},
    {ISA_GFX11_5, "s_cvt_f32_i32 s8, s4", {0xbe886404}, 0xf0, 0xffffffff, 0x0, 0x0, 0xbf800000, -1},
    {ISA_GFX11_5, "s_cvt_f32_u32 s8, s4", {0xbe886504}, 0xf0, 0xffffffff, 0x0, 0x0, 0x4f800000, -1},
    {ISA_GFX11_5, "s_cvt_f32_u32 s8, s4", {0xbe886504}, 0xf3, 0xffffffff, 0x0, 0x0, 0x4f7fffff, -1},
    {ISA_GFX11_5, "s_cvt_i32_f32 s8, s4", {0xbe886604}, 0xf0, 0xc079999a, 0x0, 0x0, 0xfffffffd, -1},
    {ISA_GFX11_5, "s_cvt_u32_f32 s8, s4", {0xbe886704}, 0xf0, 0xc079999a, 0x0, 0x0, 0x0, -1},
    {ISA_GFX11_5, "s_cvt_u32_f32 s8, s4", {0xbe886704}, 0xf0, 0x60ad78ec, 0x0, 0x0, 0xffffffff, -1},
    {ISA_GFX11_5, "s_cvt_f16_f32 s8, s4", {0xbe886804}, 0xf0, 0x3f800000, 0x0, 0xffffffff, 0x3c00, -1},
    {ISA_GFX11_5, "s_cvt_f16_f32 s8, s4", {0xbe886804}, 0xf4, 0x3f800008, 0x0, 0x0, 0x3c01, -1},
    {ISA_GFX11_5, "s_cvt_f32_f16 s8, s4", {0xbe886904}, 0xf0, 0x12343c00, 0x0, 0x0, 0x3f800000, -1},
    {ISA_GFX11_5, "s_cvt_hi_f32_f16 s8, s4", {0xbe886a04}, 0xf0, 0x3c004000, 0x0, 0x0, 0x3f800000, -1},
    {ISA_GFX11_5, "s_cvt_pk_rtz_f16_f32 s8, s4, s5", {0xa4080504}, 0xf0, 0x3f801000, 0xc0000000, 0x0, 0xc0003c00, -1},
    {ISA_GFX11_5, "s_add_f16 s8, s4, s5", {0xa4880504}, 0xf0, 0xffff3c00, 0x4000, 0x0, 0x4200, -1},
    {ISA_GFX11_5, "s_mul_f16 s8, s4, s5", {0xa6880504}, 0xf0, 0x5cb0, 0x5cb0, 0x0, 0x7c00, -1},
    {ISA_GFX11_5, "s_fmac_f16 s8, s4, s5", {0xa7080504}, 0xf0, 0x3c01, 0x3c01, 0xbc02, 0x10, -1},
    {ISA_GFX11_5, "s_rndne_f16 s8, s4", {0xbe886e04}, 0xf0, 0x4100, 0x0, 0x0, 0x4000, -1},
    {ISA_GFX11_5, "s_sub_f16 s8, s4, 0.5", {0xa508f004}, 0xf0, 0x4000, 0x0, 0x0, 0x3e00, -1},
    {ISA_GFX11_5, "s_cmp_lt_f32 s4, s5", {0xbf410504}, 0xf0, 0x3f800000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_lt_f32 s4, s5", {0xbf410504}, 0xf0, 0x7fc00000, 0x40000000, 0x0, 0x0, 0},
    {ISA_GFX11_5, "s_cmp_nlt_f32 s4, s5", {0xbf4e0504}, 0xf0, 0x7fc00000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_eq_f32 s4, s5", {0xbf420504}, 0xf0, 0x0, 0x80000000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_lg_f32 s4, s5", {0xbf450504}, 0xf0, 0x7fc00000, 0x7fc00000, 0x0, 0x0, 0},
    {ISA_GFX11_5, "s_cmp_neq_f32 s4, s5", {0xbf4d0504}, 0xf0, 0x7fc00000, 0x7fc00000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_u_f32 s4, s5", {0xbf480504}, 0xf0, 0x7fc00000, 0x0, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_o_f32 s4, s5", {0xbf470504}, 0xf0, 0x7fc00000, 0x0, 0x0, 0x0, 0},
    {ISA_GFX11_5, "s_cmp_ge_f16 s4, s5", {0xbf560504}, 0xf0, 0xabcd3c00, 0x12343c00, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_ngt_f16 s4, s5", {0xbf5b0504}, 0xf0, 0x4200, 0x4000, 0x0, 0x0, 0},
    {ISA_GFX11_5, "s_cmp_nle_f16 s4, 2.0", {0xbf5cf404}, 0xf0, 0x4200, 0x0, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_nge_f32 s4, s5", {0xbf490504}, 0xf0, 0x3f800000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_nlg_f32 s4, s5", {0xbf4a0504}, 0xf0, 0x3f800000, 0x3f800000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_gt_f32 s4, s5", {0xbf440504}, 0xf0, 0x40400000, 0x3f800000, 0x0, 0x0, 1},
    {ISA_GFX11_5, "s_cmp_le_f32 s4, s5", {0xbf430504}, 0xf0, 0x40400000, 0x3f800000, 0x0, 0x0, 0},
    {ISA_GFX11_5, "s_min_f32 s8, s4, s5", {0xa1080504}, 0xf0, 0x3f800000, 0x7fc00000, 0x0, 0x3f800000, -1},
    {ISA_GFX11_5, "s_max_f32 s8, s4, s5", {0xa1880504}, 0xf0, 0x0, 0x80000000, 0x0, 0x0, -1},
    {ISA_GFX11_5, "s_min_f16 s8, s4, s5", {0xa5880504}, 0xf0, 0x3c00, 0xbc00, 0x0, 0xbc00, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x3fc00000, 0x40100000, 0x0, 0x40700000, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x3f800000, 0x33800000, 0x0, 0x3f800000, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf1, 0x3f800000, 0x33800000, 0x0, 0x3f800001, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf2, 0xbf800000, 0xb3800000, 0x0, 0xbf800001, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf3, 0x3f800000, 0xa1800000, 0x0, 0x3f7fffff, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x7f800000, 0xff800000, 0x0, 0xffc00000, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x7f800001, 0x3f800000, 0x0, 0x7fc00001, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0x0, 0x1, 0x80000001, 0x0, 0x0, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0xf0, 0x1, 0x1, 0x0, 0x2, -1},
    {ISA_GFX12, "s_add_f32 s8, s4, s5", {0xa0080504}, 0x10, 0x1, 0x1, 0x0, 0x0, -1},
    {ISA_GFX12, "s_sub_f32 s8, s4, 1.0", {0xa088f204}, 0xf0, 0x40800000, 0x0, 0x0, 0x40400000, -1},
    {ISA_GFX12, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf0, 0x40400000, 0xbf000000, 0x0, 0xbfc00000, -1},
    {ISA_GFX12, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf0, 0x71800000, 0x71800000, 0x0, 0x7f800000, -1},
    {ISA_GFX12, "s_mul_f32 s8, s4, s5", {0xa2080504}, 0xf3, 0x71800000, 0x71800000, 0x0, 0x7f7fffff, -1},
    {ISA_GFX12, "s_fmac_f32 s8, s4, s5", {0xa3880504}, 0xf0, 0x3f800001, 0x3f800001, 0xbf800002, 0x28800000, -1},
    {ISA_GFX12, "s_fmaak_f32 s8, s4, s5, 0x40400000", {0xa2880504, 0x40400000}, 0xf0, 0x40000000, 0x40a00000, 0x0, 0x41500000, -1},
    {ISA_GFX12, "s_fmamk_f32 s8, s4, 0x40400000, s5", {0xa3080504, 0x40400000}, 0xf0, 0x40000000, 0x40a00000, 0x0, 0x41300000, -1},
    {ISA_GFX12, "s_ceil_f32 s8, s4", {0xbe886004}, 0xf0, 0x3fa00000, 0x0, 0x0, 0x40000000, -1},
    {ISA_GFX12, "s_floor_f32 s8, s4", {0xbe886104}, 0xf0, 0xbfa00000, 0x0, 0x0, 0xc0000000, -1},
    {ISA_GFX12, "s_trunc_f32 s8, s4", {0xbe886204}, 0xf0, 0xbfe00000, 0x0, 0x0, 0xbf800000, -1},
    {ISA_GFX12, "s_rndne_f32 s8, s4", {0xbe886304}, 0xf0, 0x40200000, 0x0, 0x0, 0x40000000, -1},
    {ISA_GFX12, "s_cvt_f32_i32 s8, s4", {0xbe886404}, 0xf0, 0xffffffff, 0x0, 0x0, 0xbf800000, -1},
    {ISA_GFX12, "s_cvt_f32_u32 s8, s4", {0xbe886504}, 0xf0, 0xffffffff, 0x0, 0x0, 0x4f800000, -1},
    {ISA_GFX12, "s_cvt_f32_u32 s8, s4", {0xbe886504}, 0xf3, 0xffffffff, 0x0, 0x0, 0x4f7fffff, -1},
    {ISA_GFX12, "s_cvt_i32_f32 s8, s4", {0xbe886604}, 0xf0, 0xc079999a, 0x0, 0x0, 0xfffffffd, -1},
    {ISA_GFX12, "s_cvt_u32_f32 s8, s4", {0xbe886704}, 0xf0, 0xc079999a, 0x0, 0x0, 0x0, -1},
    {ISA_GFX12, "s_cvt_u32_f32 s8, s4", {0xbe886704}, 0xf0, 0x60ad78ec, 0x0, 0x0, 0xffffffff, -1},
    {ISA_GFX12, "s_cvt_f16_f32 s8, s4", {0xbe886804}, 0xf0, 0x3f800000, 0x0, 0xffffffff, 0x3c00, -1},
    {ISA_GFX12, "s_cvt_f16_f32 s8, s4", {0xbe886804}, 0xf4, 0x3f800008, 0x0, 0x0, 0x3c01, -1},
    {ISA_GFX12, "s_cvt_f32_f16 s8, s4", {0xbe886904}, 0xf0, 0x12343c00, 0x0, 0x0, 0x3f800000, -1},
    {ISA_GFX12, "s_cvt_hi_f32_f16 s8, s4", {0xbe886a04}, 0xf0, 0x3c004000, 0x0, 0x0, 0x3f800000, -1},
    {ISA_GFX12, "s_cvt_pk_rtz_f16_f32 s8, s4, s5", {0xa4080504}, 0xf0, 0x3f801000, 0xc0000000, 0x0, 0xc0003c00, -1},
    {ISA_GFX12, "s_add_f16 s8, s4, s5", {0xa4880504}, 0xf0, 0xffff3c00, 0x4000, 0x0, 0x4200, -1},
    {ISA_GFX12, "s_mul_f16 s8, s4, s5", {0xa6880504}, 0xf0, 0x5cb0, 0x5cb0, 0x0, 0x7c00, -1},
    {ISA_GFX12, "s_fmac_f16 s8, s4, s5", {0xa7080504}, 0xf0, 0x3c01, 0x3c01, 0xbc02, 0x10, -1},
    {ISA_GFX12, "s_rndne_f16 s8, s4", {0xbe886e04}, 0xf0, 0x4100, 0x0, 0x0, 0x4000, -1},
    {ISA_GFX12, "s_sub_f16 s8, s4, 0.5", {0xa508f004}, 0xf0, 0x4000, 0x0, 0x0, 0x3e00, -1},
    {ISA_GFX12, "s_cmp_lt_f32 s4, s5", {0xbf410504}, 0xf0, 0x3f800000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_lt_f32 s4, s5", {0xbf410504}, 0xf0, 0x7fc00000, 0x40000000, 0x0, 0x0, 0},
    {ISA_GFX12, "s_cmp_nlt_f32 s4, s5", {0xbf4e0504}, 0xf0, 0x7fc00000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_eq_f32 s4, s5", {0xbf420504}, 0xf0, 0x0, 0x80000000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_lg_f32 s4, s5", {0xbf450504}, 0xf0, 0x7fc00000, 0x7fc00000, 0x0, 0x0, 0},
    {ISA_GFX12, "s_cmp_neq_f32 s4, s5", {0xbf4d0504}, 0xf0, 0x7fc00000, 0x7fc00000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_u_f32 s4, s5", {0xbf480504}, 0xf0, 0x7fc00000, 0x0, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_o_f32 s4, s5", {0xbf470504}, 0xf0, 0x7fc00000, 0x0, 0x0, 0x0, 0},
    {ISA_GFX12, "s_cmp_ge_f16 s4, s5", {0xbf560504}, 0xf0, 0xabcd3c00, 0x12343c00, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_ngt_f16 s4, s5", {0xbf5b0504}, 0xf0, 0x4200, 0x4000, 0x0, 0x0, 0},
    {ISA_GFX12, "s_cmp_nle_f16 s4, 2.0", {0xbf5cf404}, 0xf0, 0x4200, 0x0, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_nge_f32 s4, s5", {0xbf490504}, 0xf0, 0x3f800000, 0x40000000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_nlg_f32 s4, s5", {0xbf4a0504}, 0xf0, 0x3f800000, 0x3f800000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_gt_f32 s4, s5", {0xbf440504}, 0xf0, 0x40400000, 0x3f800000, 0x0, 0x0, 1},
    {ISA_GFX12, "s_cmp_le_f32 s4, s5", {0xbf430504}, 0xf0, 0x40400000, 0x3f800000, 0x0, 0x0, 0},
    {ISA_GFX12, "s_min_num_f32 s8, s4, s5", {0xa1080504}, 0xf0, 0x3f800000, 0x7fc00000, 0x0, 0x3f800000, -1},
    {ISA_GFX12, "s_max_num_f32 s8, s4, s5", {0xa1880504}, 0xf0, 0x0, 0x80000000, 0x0, 0x0, -1},
    {ISA_GFX12, "s_minimum_f32 s8, s4, s5", {0xa7880504}, 0xf0, 0x3f800000, 0x7fc00000, 0x0, 0x7fc00000, -1},
    {ISA_GFX12, "s_maximum_f32 s8, s4, s5", {0xa8080504}, 0xf0, 0x3f800000, 0x40000000, 0x0, 0x40000000, -1},
    {ISA_GFX12, "s_max_num_f16 s8, s4, s5", {0xa6080504}, 0xf0, 0x3c00, 0x7e00, 0x0, 0x3c00, -1},
    {ISA_GFX12, "s_maximum_f16 s8, s4, s5", {0xa9080504}, 0xf0, 0x3c00, 0x7e00, 0x0, 0x7e00, -1},
    {ISA_GFX12, "v_s_exp_f32 s8, s4", {0xd6800008, 0x00000004}, 0xf0, 0x40400000, 0x0, 0x0, 0x41000000, -1},
    {ISA_GFX12, "v_s_log_f32 s8, s4", {0xd6820008, 0x00000004}, 0xf0, 0x41000000, 0x0, 0x0, 0x40400000, -1},
    {ISA_GFX12, "v_s_rcp_f32 s8, -s4", {0xd6840008, 0x20000004}, 0xf0, 0x40800000, 0x0, 0x0, 0xbe800000, -1},
    {ISA_GFX12, "v_s_rsq_f32 s8, s4", {0xd6860008, 0x00000004}, 0xf0, 0x40800000, 0x0, 0x0, 0x3f000000, -1},
    {ISA_GFX12, "v_s_sqrt_f32 s8, s4 mul:2", {0xd6880008, 0x08000004}, 0x0, 0x41100000, 0x0, 0x0, 0x40c00000, -1},
    {ISA_GFX12, "v_s_sqrt_f16 s8, s4", {0xd6890008, 0x00000004}, 0xf0, 0xabcd4880, 0x0, 0xffffffff, 0x4200, -1},
    {ISA_GFX12, "v_s_exp_f16 s8, s4", {0xd6810008, 0x00000004}, 0xf0, 0x4000, 0x0, 0x0, 0x4400, -1},
    {ISA_GFX12, "v_s_rcp_f32 s8, 2.0", {0xd6840008, 0x000000f4}, 0xf0, 0x0, 0x0, 0x0, 0x3f000000, -1},
    // clang-format on
};

static struct isa_wave wave;

static void execute(struct isa_wave *w, const uint32_t *words, size_t bytes)
{
    struct isa_inst pair, inst = {.pair_storage = &pair};
    ck_assert_int_eq(isa_decode(w->generation, false, words, bytes, &inst), 0);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "no function");
    w->next_pc = w->pc + inst.bytes;
    inst.exec(w, &inst);
}

START_TEST(floats_and_halves_follow_mode_and_leave_scc_to_the_comparisons)
{
    const struct assembled *c = &assembled[_i];
    for (int scc = 0; scc < 2; scc++) {
        memset(&wave, 0, sizeof wave);
        wave.generation = c->generation;
        wave.lanes = 32;
        wave.mode = c->mode;
        wave.scc = scc;
        wave.sgpr[4] = c->s4;
        wave.sgpr[5] = c->s5;
        wave.sgpr[8] = c->s8;
        execute(&wave, c->words, sizeof c->words);
        if (c->scc < 0)
            ck_assert_msg(wave.sgpr[8] == c->expect, "%s: %#x, not %#x", c->text, wave.sgpr[8], c->expect);
        ck_assert_msg(wave.scc == (c->scc < 0 ? scc : c->scc), "%s: scc is %d", c->text, wave.scc);
    }
}
END_TEST

START_TEST(sums_and_products_of_64_bits_leave_scc_alone)
{
    /* s_add_nc_u64, s_sub_nc_u64, s_mul_u64 s[8:9], s[4:5], s[6:7] */
    static const uint32_t add = 0xa9880604, sub = 0xaa080604, mul = 0xaa880604;
    const struct {
        uint32_t word;
        uint64_t b, expect;
    } rows[] = {{add, 2, 0x100000001},
                {sub, 0x200000000, 0xfffffffeffffffff},
                {mul, 0x100000001, 0xffffffffffffffff}};
    for (unsigned i = 0; i < 3; i++) {
        memset(&wave, 0, sizeof wave);
        wave.generation = ISA_GFX12;
        wave.lanes = 32;
        wave.scc = true;
        isa_sgpr64_set(&wave, 4, 0xffffffff);
        isa_sgpr64_set(&wave, 6, rows[i].b);
        execute(&wave, &rows[i].word, 4);
        ck_assert_uint_eq(isa_sgpr64(&wave, 8), rows[i].expect);
        ck_assert(wave.scc);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_scalar_float");
    TCase *t = tcase_create("isa_scalar_float");
    tcase_add_loop_test(t, floats_and_halves_follow_mode_and_leave_scc_to_the_comparisons, 0,
                        sizeof assembled / sizeof assembled[0]);
    tcase_add_test(t, sums_and_products_of_64_bits_leave_scc_alone);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
