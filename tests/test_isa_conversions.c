/*
 * test_isa_conversions.c - conversions between floats of 4, 6 and 8 bits and wider ones, of gfx940, gfx950
 * and gfx12: each in its forms, on numbers of all kinds, held against formats as lists of numbers
 * (isa/narrow.h).
 *
 * Facts: AMD's "Instinct CDNA4" manual, V_CVT_SCALEF32_*, V_CVT_SR_*, V_PRNG_B32; "RDNA4", 7.6. Which NaN a
 * format with several gets, and that MODE's rounding and denormals do not matter, is in neither.
 */
#include "isa/coverage.h"
#include "isa/narrow.h"
#include "isa/operands.h"
#include "isa/run_truth.h"
#include "isa/vector.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum how {
    ONE,
    PAIR,
    MANY,    /* 32 of them */
    IN_TURN, /* from two sources */
    COUNTS = 3,
    CHANCE = 8,     /* a random source behind the numbers */
    UNSCALED = 16,  /* no scale behind all that */
    UPPER_HALF = 32 /* the result is a half of its register, by op_sel */
};
struct conversion {
    const char *name;
    const struct narrow *from, *to;
    unsigned how;
};
#define SCALED(name, from, to, how)                               \
    {                                                             \
        "v_cvt_scalef32_" name, &narrow_##from, &narrow_##to, how \
    }
#define PLAIN(name, from, to, how)                                    \
    {                                                                 \
        "v_cvt_" name, &narrow_##from, &narrow_##to, (how) | UNSCALED \
    }
/* clang-format off */
static const struct conversion conversions[] = {
    SCALED("pk_fp8_f32", f32, fp8, PAIR), SCALED("pk_bf8_f32", f32, bf8, PAIR),
    SCALED("pk_fp8_f16", f16, fp8, PAIR), SCALED("pk_bf8_f16", f16, bf8, PAIR),
    SCALED("pk_fp8_bf16", bf16, fp8, PAIR), SCALED("pk_bf8_bf16", bf16, bf8, PAIR),
    SCALED("sr_fp8_f32", f32, fp8, ONE | CHANCE), SCALED("sr_bf8_f32", f32, bf8, ONE | CHANCE),
    SCALED("sr_fp8_f16", f16, fp8, ONE | CHANCE), SCALED("sr_bf8_f16", f16, bf8, ONE | CHANCE),
    SCALED("sr_fp8_bf16", bf16, fp8, ONE | CHANCE), SCALED("sr_bf8_bf16", bf16, bf8, ONE | CHANCE),
    SCALED("pk_f32_fp8", fp8, f32, PAIR), SCALED("pk_f32_bf8", bf8, f32, PAIR),
    SCALED("pk_f16_fp8", fp8, f16, PAIR), SCALED("pk_f16_bf8", bf8, f16, PAIR),
    SCALED("pk_bf16_fp8", fp8, bf16, PAIR), SCALED("pk_bf16_bf8", bf8, bf16, PAIR),
    SCALED("f32_fp8", fp8, f32, ONE), SCALED("f32_bf8", bf8, f32, ONE),
    SCALED("f16_fp8", fp8, f16, ONE), SCALED("f16_bf8", bf8, f16, ONE),
    SCALED("pk_fp4_f32", f32, fp4, PAIR), SCALED("pk_fp4_f16", f16, fp4, PAIR),
    SCALED("pk_fp4_bf16", bf16, fp4, PAIR), SCALED("sr_pk_fp4_f32", f32, fp4, PAIR | CHANCE),
    SCALED("sr_pk_fp4_f16", f16, fp4, PAIR | CHANCE), SCALED("sr_pk_fp4_bf16", bf16, fp4, PAIR | CHANCE),
    SCALED("pk_f32_fp4", fp4, f32, PAIR), SCALED("pk_f16_fp4", fp4, f16, PAIR),
    SCALED("pk_bf16_fp4", fp4, bf16, PAIR),
    SCALED("2xpk16_fp6_f32", f32, fp6, IN_TURN), SCALED("2xpk16_bf6_f32", f32, bf6, IN_TURN),
    SCALED("pk32_fp6_f16", f16, fp6, MANY), SCALED("pk32_bf6_f16", f16, bf6, MANY),
    SCALED("pk32_fp6_bf16", bf16, fp6, MANY), SCALED("pk32_bf6_bf16", bf16, bf6, MANY),
    SCALED("sr_pk32_fp6_f32", f32, fp6, MANY | CHANCE), SCALED("sr_pk32_bf6_f32", f32, bf6, MANY | CHANCE),
    SCALED("sr_pk32_fp6_f16", f16, fp6, MANY | CHANCE), SCALED("sr_pk32_bf6_f16", f16, bf6, MANY | CHANCE),
    SCALED("sr_pk32_fp6_bf16", bf16, fp6, MANY | CHANCE), SCALED("sr_pk32_bf6_bf16", bf16, bf6, MANY | CHANCE),
    SCALED("pk32_f32_fp6", fp6, f32, MANY), SCALED("pk32_f32_bf6", bf6, f32, MANY),
    SCALED("pk32_f16_fp6", fp6, f16, MANY), SCALED("pk32_f16_bf6", bf6, f16, MANY),
    SCALED("pk32_bf16_fp6", fp6, bf16, MANY), SCALED("pk32_bf16_bf6", bf6, bf16, MANY),
    PLAIN("sr_f16_f32", f32, f16, ONE | CHANCE | UPPER_HALF),
    PLAIN("sr_bf16_f32", f32, bf16, ONE | CHANCE | UPPER_HALF),
    PLAIN("f32_fp8", fp8, f32, ONE), PLAIN("f32_bf8", bf8, f32, ONE),
    PLAIN("pk_f32_fp8", fp8, f32, PAIR), PLAIN("pk_f32_bf8", bf8, f32, PAIR),
    PLAIN("pk_fp8_f32", f32, fp8, PAIR), PLAIN("pk_bf8_f32", f32, bf8, PAIR),
    PLAIN("sr_fp8_f32", f32, fp8, ONE | CHANCE), PLAIN("sr_bf8_f32", f32, bf8, ONE | CHANCE),
};
/* clang-format on */
enum { N_CONVERSIONS = sizeof conversions / sizeof *conversions, TURNS = 6, SCALE_SGPR = 22, RANDOM = 10 };

struct form {
    const struct conversion *c;
    const struct narrow *from, *to; /* of that target */
    unsigned target, select;        /* which byte or half */
    enum source scale;
};
static struct code codes[N_CONVERSIONS * TURNS];
static struct form forms[N_CONVERSIONS * TURNS];

/* ---- shape ---- */

static unsigned count_of(const struct form *f)
{
    return (f->c->how & COUNTS) == ONE ? 1 : (f->c->how & COUNTS) == PAIR ? 2 : 32;
}

static unsigned source_bits(const struct form *f)
{
    return count_of(f) * f->from->bits;
}

static unsigned result_bits(const struct form *f)
{
    return count_of(f) * f->to->bits;
}

static bool in_two(const struct form *f) /* sources with numbers */
{
    bool apart = f->from == &narrow_f32 && (f->c->how & COUNTS) == PAIR && !(f->c->how & CHANCE);
    return apart || (f->c->how & COUNTS) == IN_TURN;
}

static unsigned dwords(unsigned bits)
{
    return (bits + 31) / 32;
}

static unsigned first_source(const struct form *f)
{
    return result_bits(f) > 512 ? 36 : 20;
}

static unsigned second_source(const struct form *f)
{
    return first_source(f) + dwords(source_bits(f) / 2);
}

static unsigned scale_register(const struct form *f)
{
    return result_bits(f) > 512 ? 60 : 11;
}

/* The first bit of what is read or written of a register. */
static unsigned source_start(const struct form *f)
{
    unsigned whole = source_bits(f);
    return whole == 8 ? 8 * f->select : whole == 16 && f->from->bits == 8 ? 16 * (f->select & 1) : 0;
}

static unsigned result_start(const struct form *f)
{
    unsigned whole = result_bits(f);
    return whole == 8 ? 8 * f->select : whole == 16 ? 16 * (f->select & 1) : 0;
}

/* ---- text ---- */

static void operand_put(char *to, const char *before, unsigned reg, unsigned n)
{
    char *end = to + strlen(to);
    if (n == 1)
        sprintf(end, "%sv%u", before, reg);
    else
        sprintf(end, "%sv[%u:%u]", before, reg, reg + n - 1);
}

static void selection_put(char *to, const struct form *f)
{
    unsigned from = source_bits(f), into = result_bits(f), s = f->select;
    bool gfx12 = f->target == TARGET_1201, plain = f->c->how & UNSCALED;
    unsigned sources = 1 + (in_two(f) || f->c->how & CHANCE) + !plain;
    char *end = to + strlen(to);
    if (plain && from <= 16 && !gfx12) /* SDWA's */
        sprintf(end, " src0_sel:%s_%u", from == 8 ? "BYTE" : "WORD", from == 8 ? s : s & 1);
    else if (plain && gfx12 && (from == 8 || into == 8))
        sprintf(end, " byte_sel:%u", s);
    else if (plain && from == 16)
        sprintf(end, " op_sel:[%u,0]", s & 1);
    else if (from <= 16 && f->from->bits <= 8 && into == 16)
        sprintf(end, " op_sel:[%u,%u,%u]", s & 1, from == 8 ? s >> 1 : 0, s & 1);
    else if (from <= 16 && f->from->bits <= 8)
        sprintf(end, " op_sel:[%u,%u,0]", s & 1, from == 8 ? s >> 1 : 0);
    else if (into == 8)
        sprintf(end, " op_sel:[0,0,%u,%u]", s & 1, s >> 1);
    else if (into == 16)
        sprintf(end, sources == 3 ? " op_sel:[0,0,0,%u]" : " op_sel:[0,0,%u]", s & 1);
}

static void form_text(const struct form *f, char *to)
{
    unsigned from = source_bits(f) / (in_two(f) ? 2 : 1);
    bool word = f->c->how & UNSCALED && source_bits(f) <= 16 && f->select;
    sprintf(to, "%s%s", f->c->name, !word ? "" : f->target == TARGET_1201 ? "_e64" : "_sdwa");
    operand_put(to, " ", 0, dwords(result_bits(f)));
    operand_put(to, ", ", first_source(f), dwords(from));
    if (in_two(f))
        operand_put(to, ", ", second_source(f), dwords(from));
    if (f->c->how & CHANCE)
        operand_put(to, ", ", RANDOM, 1);
    if (!(f->c->how & UNSCALED) && f->scale == SOURCE_VGPR)
        operand_put(to, ", ", scale_register(f), 1);
    else if (!(f->c->how & UNSCALED))
        strcat(to, f->scale == SOURCE_SGPR ? ", s22" : ", 4.0");
    if (f->select)
        selection_put(to, f);
}

/* ---- what it does ---- */

static uint32_t bits_get(const struct state *s, unsigned reg, unsigned lane, unsigned at, unsigned n)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < n; i++, at++)
        bits |= (s->vgpr[reg + at / 32][lane] >> at % 32 & 1) << i;
    return bits;
}

static void bits_put(struct state *s, unsigned reg, unsigned lane, unsigned at, unsigned n, uint32_t bits)
{
    for (unsigned i = 0; i < n; i++, at++) {
        uint32_t *word = &s->vgpr[reg + at / 32][lane], mask = 1u << at % 32;
        *word = (*word & ~mask) | (bits >> i & 1 ? mask : 0);
    }
}

static uint32_t source_code(const struct form *f, const struct state *s, unsigned lane, unsigned i)
{
    unsigned reg = in_two(f) && i % 2 ? second_source(f) : first_source(f);
    return bits_get(s, reg, lane, source_start(f) + (in_two(f) ? i / 2 : i) * f->from->bits, f->from->bits);
}

/* The exponent of a float alone: 2^(exponent - 127), and NaN where that is 255. */
static double scale_of(const struct form *f, const struct state *s, unsigned lane)
{
    if (f->c->how & UNSCALED)
        return 1;
    uint32_t bits = f->scale == SOURCE_VGPR   ? s->vgpr[scale_register(f)][lane]
                    : f->scale == SOURCE_SGPR ? s->sgpr[SCALE_SGPR]
                                              : n_bits32(4);
    int exponent = bits >> 23 & 255;
    return exponent == 255 ? (double)NAN : ldexp(1, exponent - 127);
}

static uint32_t next_random(uint32_t x)
{
    return x << 1 ^ (x >> 31 ? 197 : 0);
}

static void lane_expect(const struct form *f, const struct state *before, const struct state *got,
                        struct state *s, unsigned lane)
{
    uint32_t random = before->vgpr[RANDOM][lane];
    double scale = scale_of(f, before, lane);
    bool narrows = f->to->bits < f->from->bits, saturates = f->to->bits <= 16 && before->mode >> 23 & 1;
    for (unsigned i = 0; i < count_of(f); i++, random = next_random(random)) {
        double value = narrow_number(f->from, source_code(f, before, lane, i));
        uint32_t code = narrow_code(f->to, narrows ? value / scale : value * scale,
                                    f->c->how & CHANCE ? &random : NULL, saturates);
        unsigned at = result_start(f) + i * f->to->bits;
        uint32_t there = bits_get(got, 0, lane, at, f->to->bits);
        bool nan = isnan(narrow_number(f->to, code)), largest = isnan(value * scale) && !nan;
        if ((nan && isnan(narrow_number(f->to, there))) ||
            (largest && (there ^ code) << (33 - f->to->bits) == 0))
            code = there; /* one NaN is as good as another, or the largest number of either sign */
        bits_put(s, 0, lane, at, f->to->bits, code);
    }
}

/* ---- running ---- */

static uint32_t number_choose(const struct narrow *f)
{
    if (f->bits == 32)
        return (uint32_t)operand_choose(F32);
    if (f->bits == 16)
        return (uint32_t)(f == &narrow_f16 ? operand_choose(F16) : operand_choose(F32) >> 16);
    return (uint32_t)machine_noise() & ((1u << f->bits) - 1);
}

static uint32_t scale_choose(void)
{
    static const uint32_t exponents[] = {0, 1, 64, 100, 110, 142, 150, 200, 254, 255};
    uint32_t noise = (uint32_t)machine_noise(),
             exponent = noise & 3 ? 120 + noise % 15 : exponents[noise % 10];
    return exponent << 23 | (noise & 0x807fffff);
}

static void state_fill(const struct form *f, struct state *s, unsigned round)
{
    static const uint32_t randoms[] = {0, UINT32_MAX, 0x80000000, 0x7fffffff, 0x40000000};
    operands_fill(s, f->target, false, round);
    s->mode |= machine_noise() % 2 << 23;
    s->sgpr[SCALE_SGPR] = scale_choose();
    for (unsigned lane = 0; lane < LANES_MAX; lane++) {
        uint64_t noise = machine_noise();
        for (unsigned i = 0; i < source_bits(f) / f->from->bits; i++) {
            unsigned reg = in_two(f) && i % 2 ? second_source(f) : first_source(f);
            bits_put(s, reg, lane, source_start(f) + (in_two(f) ? i / 2 : i) * f->from->bits, f->from->bits,
                     number_choose(f->from));
        }
        s->vgpr[RANDOM][lane] = noise & 1 ? (uint32_t)(noise >> 32) : randoms[(noise >> 8) % 5];
        s->vgpr[scale_register(f)][lane] = scale_choose();
    }
}

static uint32_t classes_of(const struct form *f, const struct state *s)
{
    uint32_t classes = COVER_COMPARED | COVER_PLAIN | operands_round_classes(s, false);
    for (unsigned lane = 0; lane < LANES_MAX; lane++) {
        uint32_t code = source_code(f, s, lane, 0);
        double value = narrow_number(f->from, code), least = pow(2, 1 - f->from->bias);
        classes |= isnan(value)          ? COVER_NAN
                   : isinf(value)        ? COVER_INFINITE
                   : value == 0          ? COVER_ZERO
                   : fabs(value) < least ? COVER_DENORMAL
                                         : 0;
    }
    return classes | (f->select ? COVER_HALVES : 0) | (f->scale == SOURCE_SGPR ? COVER_SCALAR : 0) |
           (f->scale == SOURCE_CONSTANT ? COVER_CONSTANT : 0);
}

static void form_try(unsigned n, unsigned rounds)
{
    static struct state before, got, expect;
    const struct form *f = &forms[n];
    for (unsigned round = 0; round < rounds; round++) {
        state_fill(f, &before, round);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        ck_assert_msg(machine_run(f->target, false, n, &got) == ISA_ENDED, "%s on %s: no end", codes[n].text,
                      isa_targets[f->target].cpu);
        uint64_t exec = before.sgpr[SREG_EXEC] | (uint64_t)before.sgpr[SREG_EXEC + 1] << 32;
        for (unsigned lane = 0; lane < LANES_MAX; lane++)
            if (exec >> lane & 1)
                lane_expect(f, &before, &got, &expect, lane);
        for (unsigned i = 0; i < N_VGPRS * LANES_MAX; i++) {
            unsigned r = i / LANES_MAX, lane = i % LANES_MAX;
            ck_assert_msg(
                got.vgpr[r][lane] == expect.vgpr[r][lane],
                "%s on %s: v%u of lane %u is %#x, not %#x (sources %#x %#x, random %#x, scale %a, mode "
                "%#x)",
                codes[n].text, isa_targets[f->target].cpu, r, lane, got.vgpr[r][lane], expect.vgpr[r][lane],
                source_code(f, &before, lane, 0), source_code(f, &before, lane, count_of(f) > 1),
                before.vgpr[RANDOM][lane], scale_of(f, &before, lane), before.mode);
        }
        ck_assert(memcmp(got.sgpr, expect.sgpr, 128 * 4) == 0 && got.scc == expect.scc);
        coverage_add(f->c->name, f->target, classes_of(f, &before));
    }
}

static const struct narrow *format_of(const struct narrow *f, unsigned target)
{
    if (target != TARGET_942)
        return f;
    return f == &narrow_fp8 ? &narrow_fp8_fnuz : f == &narrow_bf8 ? &narrow_bf8_fnuz : f;
}

static void target_try(unsigned target)
{
    const char *more = getenv("KFDFS_ISA_ROUNDS");
    unsigned n = 0;
    for (const struct conversion *c = conversions; c < conversions + N_CONVERSIONS; c++)
        for (unsigned turn = 0; turn < TURNS; turn++) {
            static const enum source scales[] = {SOURCE_VGPR, SOURCE_VGPR, SOURCE_SGPR, SOURCE_CONSTANT};
            struct form *f = &forms[n];
            *f = (struct form){.c = c,
                               .from = format_of(c->from, target),
                               .to = format_of(c->to, target),
                               .target = target,
                               .scale = scales[turn % 4]};
            bool whole = (source_bits(f) > 16 || f->from->bits > 8) && result_bits(f) > 16;
            f->select = whole ? 0 : turn % 4;
            form_text(f, codes[n++].text);
        }
    ck_assert_msg(machine_assemble(target, false, codes, n), "llvm-mc-22");
    machine_load(target, codes, n);
    for (unsigned i = 0; i < n; i++)
        if (codes[i].bytes)
            form_try(i, more ? (unsigned)strtoul(more, NULL, 10) : 4);
        else if (getenv("KFDFS_ISA_REFUSED"))
            fprintf(stderr, "refused on %s: %s\n", isa_targets[target].cpu, codes[i].text);
    machine_end();
}

START_TEST(numbers_become_the_nearest_ones_of_another_format)
{
    static const unsigned targets[] = {TARGET_942, TARGET_950, TARGET_1201};
    target_try(targets[_i]);
    coverage_save();
}
END_TEST

int main(void)
{
    if (system("command -v llvm-mc-22 >/dev/null 2>&1") != 0)
        return 77;
    Suite *suite = suite_create("isa_conversions");
    TCase *t = tcase_create("isa_conversions");
    tcase_set_timeout(t, 600);
    tcase_add_loop_test(t, numbers_become_the_nearest_ones_of_another_format, 0, 3);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
