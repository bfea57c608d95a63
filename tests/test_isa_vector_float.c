/*
 * test_isa_vector_float.c - the vector ALU's floats: arithmetic, MODE, modifiers, halves, conversions,
 * functions, division.
 *
 * References are the host's IEEE arithmetic, the formats' definitions, or bit patterns from the manuals.
 */
#include "isa_vector.h"
#include "run_suite.h"

#include <fenv.h>
#include <math.h>

/* ---- floats ---- */

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
    IS32(bits_of(6), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 1, .mode = MODE_DX10 | 1 << 4);
    IS32(bits_of(3), "v_add_f32", .a = bits_of(1), .b = bits_of(2), .omod = 1, .mode = MODE_DX10 | 2 << 4);
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

/* ---- half precision ---- */

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
    /* 2^24 and twice 1: rounded after each sum, so the order shows */
    IS32(bits_of(16777218), "v_dot2_f32_bf16_gfx9", .a = 0x3f803f80, .b = 0x3f803f80, .c = bits_of(16777216));
    IS32(bits_of(16777216), "v_dot2_f32_bf16", .a = 0x3f803f80, .b = 0x3f803f80, .c = bits_of(16777216),
         .gen = ISA_GFX11);
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

/* ---- conversions and functions ---- */

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
    IS32(0x3f800001, "v_cvt_f32_f64", .a = 0x3ff0000000000001, .mode = MODE_USUAL | 1 << 2); /* f64's mode */
    IS32(bits_of(1), "v_cvt_f32_f64", .a = 0x3ff0000000000001, .mode = MODE_USUAL | 1);
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

int main(void)
{
    Suite *suite = suite_create("isa_vector_float");
    TCase *t = tcase_create("isa_vector_float");
    tcase_set_timeout(t, 60);
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
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
