/*
 * test_isa_pairs.c - VOPD: two vector instructions at once, each with each, and what both do alone.
 */
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/special.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* X to v20, Y to v13 */
static const char *const halves[] = {"add_f32",     "sub_f32",          "subrev_f32",      "mul_f32",
                                     "mov_b32",     "max_f32",          "min_f32",         "max_num_f32",
                                     "min_num_f32", "fmac_f32",         "fmaak_f32",       "fmamk_f32",
                                     "cndmask_b32", "mul_dx9_zero_f32", "add_nc_u32",      "lshlrev_b32",
                                     "and_b32",     "dot2acc_f32_f16",  "dot2acc_f32_bf16"};
enum { N_HALVES = sizeof halves / sizeof *halves, X_TO = 20, Y_TO = 13 };
static struct code pairs[N_HALVES * N_HALVES];

static const struct row *row_of(const char *half)
{
    char name[40];
    snprintf(name, sizeof name, "v_%s", half);
    for (const struct row *row = truth_vectors; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    ck_abort_msg("no row %s", name);
    return NULL;
}

static void half_text(char *to, const char *half, unsigned dst, unsigned a, unsigned b)
{
    const struct row *row = row_of(half);
    if (row->flags & LITERAL)
        sprintf(to, "v_dual_%s v%u, v%u, v%u, 0x40490fdb", half, dst, a, b);
    else if (row->flags & LITERAL_MIDDLE)
        sprintf(to, "v_dual_%s v%u, v%u, 0x40490fdb, v%u", half, dst, a, b);
    else if (row->b == NO)
        sprintf(to, "v_dual_%s v%u, v%u", half, dst, a);
    else
        sprintf(to, "v_dual_%s v%u, v%u, v%u", half, dst, a, b);
}

static uint32_t without_denormal(uint32_t single)
{
    return single & 0x7f800000 ? single : single & 0x80000000;
}

static uint32_t half_result(const char *half, unsigned target, const struct state *s, unsigned lane,
                            unsigned dst, unsigned a, unsigned b)
{
    bool knows_no_denormals = row_of(half)->result == T32; /* the sum that is added to, and the result */
    uint32_t old = s->vgpr[dst][lane];
    struct lane l = {.a = s->vgpr[a][lane],
                     .b = s->vgpr[b][lane],
                     .c = 0x40490fdb,
                     .d = knows_no_denormals ? without_denormal(old) : old,
                     .carry = s->sgpr[SREG_VCC] >> lane & 1,
                     .opsel_hi = 7,
                     .target = target,
                     .ieee = true};
    row_of(half)->fn(&l);
    return knows_no_denormals ? without_denormal((uint32_t)l.d) : (uint32_t)l.d;
}

static void pair_try(unsigned target, unsigned n)
{
    static struct state before, got, expect;
    const char *x = halves[n / N_HALVES], *y = halves[n % N_HALVES];
    for (unsigned round = 0; round < special_rounds(6); round++) {
        operands_fill(&before, target, true, round);
        before.mode = target == TARGET_1201 ? 0xf0 : 0x3f0;
        for (unsigned i = 0; i < 32; i++)
            for (unsigned r = 8; r < 24; r++)
                before.vgpr[r][i] = (uint32_t)operand_choose(F32);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        ck_assert_msg(machine_run(target, true, n, &got) == ISA_ENDED, "%s on %s", pairs[n].text,
                      isa_targets[target].cpu);
        for (unsigned i = 0; i < 32; i++)
            if (before.sgpr[SREG_EXEC] >> i & 1) {
                expect.vgpr[X_TO][i] = half_result(x, target, &before, i, X_TO, 8, 9);
                expect.vgpr[Y_TO][i] = half_result(y, target, &before, i, Y_TO, 11, 14);
            }
        for (unsigned r = 0; r < N_VGPRS; r++)
            for (unsigned i = 0; i < 32; i++)
                if (got.vgpr[r][i] != expect.vgpr[r][i])
                    ck_abort_msg("%s on %s: v%u lane %u is %#x, not %#x", pairs[n].text,
                                 isa_targets[target].cpu, r, i, got.vgpr[r][i], expect.vgpr[r][i]);
        uint32_t classes = COVER_COMPARED | COVER_PLAIN | COVER_NAN | COVER_INFINITE | COVER_DENORMAL |
                           COVER_ZERO | COVER_WAVE32;
        char name[48];
        snprintf(name, sizeof name, "v_dual_%s", x);
        coverage_add(name, target, classes);
        snprintf(name, sizeof name, "v_dual_%s", y);
        coverage_add(name, target, classes);
    }
}

START_TEST(pairs_do_what_both_do_alone)
{
    for (unsigned target = TARGET_1100; target < TARGETS; target++) {
        for (unsigned n = 0; n < N_HALVES * N_HALVES; n++) {
            char x[80], y[80];
            half_text(x, halves[n / N_HALVES], X_TO, 8, 9);
            half_text(y, halves[n % N_HALVES], Y_TO, 11, 14);
            snprintf(pairs[n].text, sizeof pairs[n].text, "%s :: %s", x, y);
        }
        ck_assert_msg(machine_assemble(target, true, pairs, N_HALVES * N_HALVES), "llvm-mc-22");
        machine_load(target, pairs, N_HALVES * N_HALVES);
        unsigned there = 0;
        for (unsigned n = 0; n < N_HALVES * N_HALVES; n++)
            if (pairs[n].bytes) {
                pair_try(target, n);
                there++;
            }
        ck_assert_uint_gt(there, 100);
    }
    machine_end();
    coverage_save();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {pairs_do_what_both_do_alone, NULL};
    return run_truth("isa_pairs", 600, tests);
}
