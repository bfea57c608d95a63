/*
 * test_isa_scaled.c - gfx950's conversions between microscaling formats and wider floats.
 *
 * The reference knows a format as the list of its numbers (OCP microscaling and 8-bit specifications, IEEE
 * 754) and rounds by looking for the nearest. Opcodes are LLVM's.
 */
#include <float.h>
#include <math.h>

#include "isa_vector.h"
#include "run_suite.h"
#include <isa/isa_table.h>

/* ---- formats as lists of numbers ---- */

struct format {
    const char *name;
    unsigned bits, exponent, mantissa;
    int bias;
    enum { ALL_FINITE, ONE_NAN, IEEE } special;
};
static const struct format fp8 = {"fp8", 8, 4, 3, 7, ONE_NAN}, bf8 = {"bf8", 8, 5, 2, 15, IEEE},
                           fp6 = {"fp6", 6, 2, 3, 1, ALL_FINITE}, bf6 = {"bf6", 6, 3, 2, 3, ALL_FINITE},
                           fp4 = {"fp4", 4, 2, 1, 1, ALL_FINITE}, f16 = {"f16", 16, 5, 10, 15, IEEE},
                           bf16 = {"bf16", 16, 8, 7, 127, IEEE}, f32 = {"f32", 32, 8, 23, 127, IEEE};

static double number(const struct format *f, uint32_t code)
{
    uint32_t mantissa = code & ((1u << f->mantissa) - 1), exponents = (1u << f->exponent) - 1;
    uint32_t exponent = code >> f->mantissa & exponents;
    double one = exponent ? 1 : 0, sign = code >> (f->bits - 1) & 1 ? -1 : 1;
    if (f->special == ONE_NAN && exponent == exponents && mantissa == (1u << f->mantissa) - 1)
        return NAN;
    if (f->special == IEEE && exponent == exponents)
        return mantissa ? (double)NAN : sign * (double)INFINITY;
    return sign * (one + mantissa * pow(2, -(double)f->mantissa)) *
           pow(2, (int)(exponent ? exponent : 1) - f->bias);
}

static uint32_t code_of_sign(const struct format *f, double value)
{
    return signbit(value) ? 1u << (f->bits - 1) : 0;
}

/* The code of the largest number that is no larger in magnitude; codes of one sign grow with it. */
static uint32_t code_below(const struct format *f, double value)
{
    uint32_t at = 0, end = 1u << (f->bits - 1);
    while (at + 1 < end && number(f, at + 1) <= fabs(value) && !isinf(number(f, at + 1)))
        at++;
    return at | code_of_sign(f, value);
}

/* Above the largest number the next one counts as if the format went on. */
static double number_above(const struct format *f, uint32_t code)
{
    double this = fabs(number(f, code)), next = fabs(number(f, code + 1));
    bool more =
        (code & ((1u << (f->bits - 1)) - 1)) + 1 < 1u << (f->bits - 1) && !isnan(next) && !isinf(next);
    return more ? next : this + (this - fabs(number(f, code - 1)));
}

static uint32_t code_nearest(const struct format *f, double value)
{
    uint32_t below = code_below(f, value);
    double low = fabs(number(f, below)), high = number_above(f, below), middle = (low + high) / 2;
    bool up = fabs(value) > middle || (fabs(value) == middle && (below & 1));
    bool last = (below + 1) << (33 - f->bits) == 0;
    return up && !last ? below + 1 : below;
}

/* ---- instructions ---- */

enum how { ONE, PAIR, MANY, IN_TURN, CHANCE = 8 };
struct row {
    const char *name;
    unsigned opcode;
    const struct format *from, *to;
    unsigned how;
};
/* clang-format off */
static const struct row rows[] = {
    {"pk_fp8_f32", 565, &f32, &fp8, PAIR},          {"pk_bf8_f32", 566, &f32, &bf8, PAIR},
    {"sr_fp8_f32", 567, &f32, &fp8, ONE | CHANCE},  {"sr_bf8_f32", 568, &f32, &bf8, ONE | CHANCE},
    {"pk_f32_fp8", 569, &fp8, &f32, PAIR},          {"pk_f32_bf8", 570, &bf8, &f32, PAIR},
    {"f32_fp8", 571, &fp8, &f32, ONE},              {"f32_bf8", 572, &bf8, &f32, ONE},
    {"pk_fp4_f32", 573, &f32, &fp4, PAIR},          {"sr_pk_fp4_f32", 574, &f32, &fp4, PAIR | CHANCE},
    {"pk_f32_fp4", 575, &fp4, &f32, PAIR},
    {"pk_fp8_f16", 576, &f16, &fp8, PAIR},          {"pk_bf8_f16", 577, &f16, &bf8, PAIR},
    {"sr_fp8_f16", 578, &f16, &fp8, ONE | CHANCE},  {"sr_bf8_f16", 579, &f16, &bf8, ONE | CHANCE},
    {"pk_fp8_bf16", 580, &bf16, &fp8, PAIR},        {"pk_bf8_bf16", 581, &bf16, &bf8, PAIR},
    {"sr_fp8_bf16", 582, &bf16, &fp8, ONE | CHANCE}, {"sr_bf8_bf16", 583, &bf16, &bf8, ONE | CHANCE},
    {"pk_f16_fp8", 584, &fp8, &f16, PAIR},          {"pk_f16_bf8", 585, &bf8, &f16, PAIR},
    {"f16_fp8", 586, &fp8, &f16, ONE},              {"f16_bf8", 587, &bf8, &f16, ONE},
    {"pk_fp4_f16", 588, &f16, &fp4, PAIR},          {"pk_fp4_bf16", 589, &bf16, &fp4, PAIR},
    {"sr_pk_fp4_f16", 590, &f16, &fp4, PAIR | CHANCE}, {"sr_pk_fp4_bf16", 591, &bf16, &fp4, PAIR | CHANCE},
    {"pk_f16_fp4", 592, &fp4, &f16, PAIR},          {"pk_bf16_fp4", 593, &fp4, &bf16, PAIR},
    {"2xpk16_fp6_f32", 594, &f32, &fp6, IN_TURN},   {"2xpk16_bf6_f32", 595, &f32, &bf6, IN_TURN},
    {"sr_pk32_fp6_f32", 596, &f32, &fp6, MANY | CHANCE}, {"sr_pk32_bf6_f32", 597, &f32, &bf6, MANY | CHANCE},
    {"pk32_f32_fp6", 598, &fp6, &f32, MANY},        {"pk32_f32_bf6", 599, &bf6, &f32, MANY},
    {"pk32_fp6_f16", 600, &f16, &fp6, MANY},        {"pk32_fp6_bf16", 601, &bf16, &fp6, MANY},
    {"pk32_bf6_f16", 602, &f16, &bf6, MANY},        {"pk32_bf6_bf16", 603, &bf16, &bf6, MANY},
    {"sr_pk32_fp6_f16", 604, &f16, &fp6, MANY | CHANCE}, {"sr_pk32_fp6_bf16", 605, &bf16, &fp6, MANY | CHANCE},
    {"sr_pk32_bf6_f16", 606, &f16, &bf6, MANY | CHANCE}, {"sr_pk32_bf6_bf16", 607, &bf16, &bf6, MANY | CHANCE},
    {"pk32_f16_fp6", 608, &fp6, &f16, MANY},        {"pk32_bf16_fp6", 609, &fp6, &bf16, MANY},
    {"pk32_f16_bf6", 610, &bf6, &f16, MANY},        {"pk32_bf16_bf6", 611, &bf6, &bf16, MANY},
    {"pk_bf16_fp8", 617, &fp8, &bf16, PAIR},        {"pk_bf16_bf8", 618, &bf8, &bf16, PAIR},
};
/* clang-format on */
enum {
    N_ROWS = sizeof rows / sizeof rows[0],
    LANE = 37,
    RESULT = 0,
    FIRST = 64,
    SECOND = 96,
    RANDOM = 130,
    SCALE = 131
};

static unsigned count_of(const struct row *r)
{
    static const unsigned counts[] = {1, 2, 32, 32};
    return counts[r->how & 7];
}

static unsigned rounds(const struct row *r)
{
    return count_of(r) == 32 ? 12 : 120;
}

static uint32_t registers[256][64];

static uint32_t *word(unsigned reg)
{
    return &registers[reg][LANE];
}

static uint32_t bits_at(unsigned reg, unsigned at, unsigned n)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < n; i++, at++)
        bits |= (*word(reg + at / 32) >> at % 32 & 1) << i;
    return bits;
}

static void bits_put(unsigned reg, unsigned at, unsigned n, uint32_t bits)
{
    for (unsigned i = 0; i < n; i++, at++)
        *word(reg + at / 32) = (*word(reg + at / 32) & ~(1u << at % 32)) | (bits >> i & 1) << at % 32;
}

/* op_sel's bits for the place that a test wants; which: 0 to 3 for bytes, 0 or 1 for halves. */
static unsigned select_source(const struct row *r, unsigned which)
{
    return count_of(r) * r->from->bits == 8 ? which : which & 1;
}
static unsigned select_result(const struct row *r, unsigned which)
{
    return (count_of(r) * r->to->bits == 8 ? which : (which & 1) << 1) << 2;
}

/* Where the first element lies. */
static unsigned source_bit(const struct row *r, unsigned which)
{
    unsigned whole = count_of(r) * r->from->bits;
    return whole == 8 ? 8 * which : whole == 16 && r->from->bits == 8 ? 16 * (which & 1) : 0;
}
static unsigned result_bit(const struct row *r, unsigned which)
{
    unsigned whole = count_of(r) * r->to->bits;
    return whole == 8 ? 8 * which : whole == 16 ? 16 * (which & 1) : 0;
}

static void source_put(const struct row *r, unsigned which, unsigned i, uint32_t code)
{
    bool apart = r->how == PAIR && r->from == &f32;
    if (r->how == IN_TURN)
        *word((i % 2 ? SECOND : FIRST) + i / 2) = code;
    else if (apart)
        *word(i ? SECOND : FIRST) = code;
    else
        bits_put(FIRST, source_bit(r, which) + i * r->from->bits, r->from->bits, code);
}

static void run(const struct row *r, unsigned which, uint32_t mode)
{
    bool apart = r->how == PAIR && r->from == &f32;
    unsigned sources[3] = {FIRST, SCALE, SCALE};
    if (r->how & CHANCE)
        sources[1] = RANDOM;
    else if (r->how == IN_TURN || apart)
        sources[1] = SECOND;
    unsigned n = sources[1] == SCALE ? 2 : 3;
    unsigned select = count_of(r) == 32 ? 0 : (select_source(r, which) & 3) | select_result(r, which);
    if (count_of(r) * r->from->bits > 16 || r->from->bits >= 16)
        select &= ~3u;
    if (count_of(r) * r->to->bits > 16)
        select &= ~12u;
    uint32_t words[2] = {0xd0000000 | r->opcode << 16 | select << 11 | RESULT,
                         (256 + sources[0]) | (256 + sources[1]) << 9 |
                             (n == 3 ? (256 + sources[2]) << 18 : 0)};
    struct isa_inst pair, inst = {.pair_storage = &pair};
    ck_assert_int_eq(isa_decode(ISA_GFX950, true, words, sizeof words, &inst), 0);
    ck_assert_msg(strstr(inst.row->name, r->name), "%s is not %s", inst.row->name, r->name);
    isa_bind(&inst);
    ck_assert_msg(inst.exec != NULL, "%s has no function", r->name);
    wave_start(ISA_GFX950, 64, MODE_USUAL | mode);
    wave.vgpr = registers;
    wave.n_vgprs = 256;
    isa_sgpr64_set(&wave, ISA_EXEC, UINT64_C(1) << LANE);
    inst.exec(&wave, &inst);
    ck_assert_int_eq(wave.state, ISA_RUNNING);
}

/* ---- tests ---- */

static void fill(uint32_t scale_exponent, uint32_t random)
{
    for (unsigned i = 0; i < 256; i++)
        for (unsigned lane = 0; lane < 64; lane++)
            registers[i][lane] = (uint32_t)noise();
    *word(SCALE) = scale_exponent << 23 | ((uint32_t)noise() & 0x807fffff);
    *word(RANDOM) = random;
}

/* A finite code whose number is within reach of the other format. */
static uint32_t source_code(const struct row *r)
{
    for (;;) {
        uint32_t code = (uint32_t)(noise() >> (64 - r->from->bits));
        double value = number(r->from, code);
        if (isfinite(value) &&
            (r->from->bits < 16 || value == 0 || (fabs(value) > 0x1p-20 && fabs(value) < 0x1p20)))
            return code;
    }
}

static double scaled(const struct row *r, uint32_t code, int exponent)
{
    return ldexp(number(r->from, code), r->to->bits < r->from->bits ? -exponent : exponent);
}

START_TEST(a_wide_number_is_divided_by_the_scale_and_becomes_the_nearest_narrow_one)
{
    const struct row *r = &rows[_i];
    if (r->to->bits > r->from->bits || r->how & CHANCE)
        return;
    for (unsigned round = 0; round < rounds(r); round++) {
        int exponent = (int)(noise() % 9) - 4;
        uint32_t code[32];
        fill((uint32_t)(127 + exponent), 0);
        for (unsigned i = 0; i < count_of(r); i++)
            source_put(r, round % 4, i, code[i] = source_code(r));
        run(r, round % 4, 1 << 23);
        for (unsigned i = 0; i < count_of(r); i++) {
            double value = scaled(r, code[i], exponent);
            uint32_t got = bits_at(RESULT, result_bit(r, round % 4) + i * r->to->bits, r->to->bits);
            uint32_t expect = code_nearest(r->to, value);
            if (!isfinite(number(r->to, expect)) ||
                fabs(value) > fabs(number_above(r->to, code_below(r->to, value))))
                expect = code_below(r->to, value); /* MODE says: saturate */
            ck_assert_msg(got == expect, "%s: element %u, %a: %#x, not %#x", r->name, i, value, got, expect);
        }
    }
}
END_TEST

START_TEST(a_narrow_number_is_multiplied_by_the_scale)
{
    const struct row *r = &rows[_i];
    if (r->to->bits < r->from->bits)
        return;
    for (unsigned round = 0; round < rounds(r); round++) {
        int exponent = (int)(noise() % 9) - 4;
        uint32_t code[32];
        fill((uint32_t)(127 + exponent), 0);
        for (unsigned i = 0; i < count_of(r); i++)
            source_put(r, round % 4, i, code[i] = source_code(r));
        run(r, round % 4, 0);
        for (unsigned i = 0; i < count_of(r); i++) {
            double value = scaled(r, code[i], exponent);
            uint32_t got = bits_at(RESULT, result_bit(r, round % 4) + i * r->to->bits, r->to->bits);
            if (fabs(value) < 65504) /* and a half has no larger one */
                ck_assert_msg(number(r->to, got) == value && !signbit(number(r->to, got)) == !signbit(value),
                              "%s: element %u, %a: %#x", r->name, i, value, got);
        }
    }
}
END_TEST

START_TEST(chance_chooses_one_of_the_neighbours)
{
    const struct row *r = &rows[_i];
    if (!(r->how & CHANCE))
        return;
    for (unsigned round = 0; round < rounds(r); round++) {
        uint32_t code[32], random = round % 3 == 0 ? 0 : round % 3 == 1 ? 0xffffffff : (uint32_t)noise();
        fill(127, random);
        for (unsigned i = 0; i < count_of(r); i++) {
            double value;
            do
                value = number(r->from, code[i] = source_code(r));
            while (fabs(value) > fabs(number(r->to, code_below(r->to, 1e30))) || fabs(value) < 0x1p-10);
            source_put(r, round % 4, i, code[i]);
        }
        run(r, round % 4, 0);
        for (unsigned i = 0; i < count_of(r); i++) {
            double value = number(r->from, code[i]);
            uint32_t got = bits_at(RESULT, result_bit(r, round % 4) + i * r->to->bits, r->to->bits);
            uint32_t below = code_below(r->to, value);
            bool exact = number(r->to, below) == value;
            double gap = number_above(r->to, below) - fabs(number(r->to, below));
            bool near = fabs(value) - fabs(number(r->to, below)) < gap * 0x1p-30;
            ck_assert_msg(got == below || (got == below + 1 && !exact), "%s: %a: %#x", r->name, value, got);
            if (random == 0)
                ck_assert_uint_eq(got, below);
            if (random == 0xffffffff && !exact && !near)
                ck_assert_uint_eq(got, below + 1);
        }
    }
}
END_TEST

START_TEST(what_is_not_written_stays)
{
    const struct row *r = &rows[_i];
    unsigned bits = count_of(r) * r->to->bits, words = (bits + 31) / 32;
    for (unsigned which = 0; which < 4; which++) {
        static uint32_t before[256][64];
        fill(127, 0);
        for (unsigned i = 0; i < count_of(r); i++)
            source_put(r, which, i, 0);
        memcpy(before, registers, sizeof before);
        run(r, which, 0);
        for (unsigned i = 0; i < bits; i++) /* all zero now, if they were written */
            ck_assert_uint_eq(bits_at(RESULT, result_bit(r, which) + i, 1), 0);
        if (bits < 32)
            bits_put(RESULT, result_bit(r, which), bits,
                     before[RESULT][LANE] >> result_bit(r, which) & ((1u << bits) - 1));
        else
            for (unsigned i = 0; i < words; i++)
                *word(RESULT + i) = before[RESULT + i][LANE];
        ck_assert_mem_eq(before, registers, sizeof before);
    }
}
END_TEST

START_TEST(a_scale_without_number_makes_nan_or_the_largest)
{
    const struct row *r = &rows[_i];
    fill(255, 0);
    for (unsigned i = 0; i < count_of(r); i++)
        source_put(r, 0, i, code_nearest(r->from == &f32 ? &bf16 : r->from, 1) << (r->from == &f32 ? 16 : 0));
    run(r, 0, 0);
    double got = number(r->to, bits_at(RESULT, 0, r->to->bits));
    ck_assert(r->to->special == ALL_FINITE ? got == number(r->to, code_below(r->to, 1e30)) : isnan(got));
}
END_TEST

START_TEST(too_large_a_number_is_what_the_format_and_mode_have_for_it)
{
    const struct row *r = &rows[_i];
    if (r->to->bits > r->from->bits)
        return;
    uint32_t largest = code_below(r->to, 1e30);
    for (unsigned saturate = 0; saturate < 2; saturate++) {
        fill(127 - 20, 0);
        for (unsigned i = 0; i < count_of(r); i++)
            source_put(r, 0, i,
                       code_nearest(r->from == &f32 ? &bf16 : r->from, 3) << (r->from == &f32 ? 16 : 0));
        run(r, 0, saturate << 23);
        uint32_t got = bits_at(RESULT, 0, r->to->bits);
        ck_assert_uint_eq(got, largest + (r->to->special != ALL_FINITE && !saturate));
    }
}
END_TEST

/* v_cvt_sr_f16_f32 and v_cvt_sr_bf16_f32, in the half that op_sel names. */
START_TEST(halves_are_made_by_chance)
{
    static const struct row to_half[] = {{"v_cvt_sr_f16_f32", 678, &f32, &f16, ONE | CHANCE},
                                         {"v_cvt_sr_bf16_f32", 679, &f32, &bf16, ONE | CHANCE}};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned which = 0; which < 2; which++)
            for (unsigned chance = 0; chance < 2; chance++) {
                const struct row *r = &to_half[i];
                fill(127, chance ? 0xffffffff : 0);
                *word(FIRST) = 0x3f800001 + 0x00400000; /* 1.5 and a little */
                run(r, which, 0);
                uint32_t got = bits_at(RESULT, 16 * which, 16), below = code_below(r->to, 1.5);
                ck_assert_msg(got == below || got == below + 1, "%s: %#x", r->name, got);
                ck_assert(chance || got == below);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_scaled");
    TCase *t = tcase_create("isa_scaled");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_wide_number_is_divided_by_the_scale_and_becomes_the_nearest_narrow_one, 0,
                        N_ROWS);
    tcase_add_loop_test(t, a_narrow_number_is_multiplied_by_the_scale, 0, N_ROWS);
    tcase_add_loop_test(t, chance_chooses_one_of_the_neighbours, 0, N_ROWS);
    tcase_add_loop_test(t, what_is_not_written_stays, 0, N_ROWS);
    tcase_add_loop_test(t, a_scale_without_number_makes_nan_or_the_largest, 0, N_ROWS);
    tcase_add_loop_test(t, too_large_a_number_is_what_the_format_and_mode_have_for_it, 0, N_ROWS);
    tcase_add_test(t, halves_are_made_by_chance);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
