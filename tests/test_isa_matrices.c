/*
 * test_isa_matrices.c - matrix instructions, each on every target and wave that has it, held against plain
 * sums of products (isa/matrix.c), with modifiers by a seed: LLVM assembles, one state goes in, all of it is
 * compared.
 */
#include "isa/coverage.h"
#include "isa/matrix.h"
#include "isa/operands.h"
#include "run_suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 200, TURNS_MAX = 64 };

static struct code codes[ROWS_MAX * TURNS_MAX];
static struct matrix matrices[ROWS_MAX * TURNS_MAX];

static void registers_compare(const struct matrix *m, const char *text, const char *kind, unsigned n,
                              uint32_t got[][LANES_MAX], uint32_t expect[][LANES_MAX])
{
    for (unsigned r = 0; r < n; r++)
        for (unsigned lane = 0; lane < m->lanes; lane++)
            ck_assert_msg(got[r][lane] == expect[r][lane],
                          "%s on %s, wave%u: %s%u of lane %u: %08x, not %08x", text,
                          isa_targets[m->target].cpu, m->lanes, kind, r, lane, got[r][lane], expect[r][lane]);
}

static void matrix_try(unsigned n, unsigned turn)
{
    static struct state before, got, expect;
    const struct matrix *m = &matrices[n];
    bool wave32 = m->lanes == 32;
    operands_fill(&before, m->target, wave32, turn % 2);
    matrix_fill(m, &before);
    got = expect = before;
    ck_assert_msg(machine_run(m->target, wave32, n, &got) == ISA_ENDED, "%s: no end", codes[n].text);
    matrix_expect(m, &expect, &got);
    registers_compare(m, codes[n].text, "v", N_VGPRS, got.vgpr, expect.vgpr);
    registers_compare(m, codes[n].text, "a", N_AGPRS, got.agpr, expect.agpr);
    ck_assert_mem_eq(got.sgpr, expect.sgpr, sizeof got.sgpr);
    coverage_add(m->row->name, m->target,
                 COVER_COMPARED | COVER_PLAIN | (turn % 2 ? COVER_EXEC_SOME : 0) |
                     (m->neg_lo | m->neg_hi ? COVER_MODIFIER : 0) | (m->clamp ? COVER_CLAMP : 0) |
                     (m->specials ? COVER_NAN | COVER_INFINITE : 0) | (m->constant_c ? COVER_CONSTANT : 0) |
                     (wave32 ? COVER_WAVE32 : COVER_WAVE64));
}

/* Every name that LLVM knows here in its plainest form is there with all modifiers. */
static unsigned wave_try(unsigned target, bool wave32, unsigned turns)
{
    unsigned n = 0, found = 0;
    for (const struct matrix_row *row = truth_matrices; row->name; row++)
        for (unsigned turn = 0; turn < turns; turn++, n++) {
            bool wmma = row->kind >= WMMA;
            if (wmma == (target <= TARGET_950)) {
                codes[n].text[0] = 0;
                continue;
            }
            matrix_choose(&matrices[n], row, target, wave32, turn);
            matrix_text(&matrices[n], codes[n].text, sizeof codes[n].text);
        }
    ck_assert_msg(machine_assemble(target, wave32, codes, n), "llvm-mc-22");
    machine_load(target, codes, n);
    for (unsigned i = 0; i < n; i++) {
        if (!codes[i - i % turns].bytes)
            continue;
        ck_assert_msg(codes[i].bytes != 0, "LLVM refuses %s on %s", codes[i].text, isa_targets[target].cpu);
        matrix_try(i, i % turns);
        found += i % turns == 0;
    }
    return found;
}

START_TEST(every_matrix_instruction_is_its_sums_of_products)
{
    static const unsigned counts[TARGETS] = {27, 66, 88, 0, 6, 6, 22};
    const char *more = getenv("KFDFS_ISA_TURNS");
    unsigned turns = more ? (unsigned)strtoul(more, NULL, 10) : 4;
    turns = turns < 4 ? 4 : turns > TURNS_MAX ? TURNS_MAX : turns;
    for (unsigned target = 0; target < TARGETS; target++) {
        if (counts[target] == 0)
            continue;
        ck_assert_uint_eq(wave_try(target, false, turns), counts[target]);
        if (target > TARGET_950)
            ck_assert_uint_eq(wave_try(target, true, turns), counts[target]);
    }
    machine_end();
    coverage_save();
}
END_TEST

int main(void)
{
    if (system("command -v llvm-mc-22 >/dev/null 2>&1") != 0)
        return 77;
    Suite *suite = suite_create("isa_matrices");
    TCase *t = tcase_create("matrices");
    tcase_set_timeout(t, 600);
    tcase_add_test(t, every_matrix_instruction_is_its_sums_of_products);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
