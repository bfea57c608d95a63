/*
 * test_isa_pseudo_scalar.c - gfx12's functions of scalars (v_s_exp_f32 and so on) with every modifier, mode
 * and kind of number, held against the second reading of the vector instruction of that name.
 *
 * Facts: AMD's "RDNA4" manual, 7.10: done whatever EXEC is; a half lies in the low bits, and the upper ones
 * are 0 in the result.
 */
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/run_truth.h"
#include "isa/vector.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const functions[] = {"exp", "log", "rcp", "rsq", "sqrt"};
enum { FUNCTIONS = 5, TURNS = 12, RESULT = 30 };

static struct code codes[2 * FUNCTIONS * TURNS];
static struct variant variants[2 * FUNCTIONS * TURNS];
static char names[2 * FUNCTIONS * TURNS][20];

static const struct row *row_of(const char *function, unsigned bits)
{
    char name[20];
    sprintf(name, "v_%s_f%u", function, bits);
    const struct row *row = truth_vectors;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    ck_assert_ptr_nonnull(row->name);
    return row;
}

static void variant_make(unsigned n, const char *function, unsigned bits, unsigned turn, bool wave32)
{
    static const char *const omods[] = {"", " mul:2", " mul:4", " div:2"};
    struct variant *v = &variants[n];
    uint64_t noise = turn ? machine_noise() : 0; /* each once without */
    *v = (struct variant){.row = row_of(function, bits),
                          .target = TARGET_1201,
                          .wave32 = wave32,
                          .encoding = E64,
                          .source = {SOURCE_SGPR},
                          .neg = {noise & 1},
                          .abs = {noise >> 1 & 1},
                          .clamp = noise >> 2 & 1,
                          .omod = noise >> 3 & 3};
    sprintf(names[n], "v_s_%s_f%u", function, bits);
    sprintf(codes[n].text, "%s s%u, %s%ss%u%s%s%s", names[n], RESULT, v->neg[0] ? "-" : "",
            v->abs[0] ? "|" : "", SREG_A, v->abs[0] ? "|" : "", v->clamp ? " clamp" : "", omods[v->omod]);
}

/* What the vector instruction makes in lane 0, which is on. */
static uint32_t result_expect(const struct variant *v, const struct state *before)
{
    static struct state one;
    memcpy(&one, before, sizeof one);
    one.sgpr[SREG_EXEC] = 1, one.sgpr[SREG_EXEC + 1] = 0;
    variant_expect(v, &one);
    unsigned bits = type_bits(v->row->result);
    return bits == 16 ? one.vgpr[REG_D][0] & 0xffff : one.vgpr[REG_D][0];
}

/* To a unit in the last place. Whether a denormal is flushed before omod makes it larger is in no manual. */
static bool same(const struct variant *v, uint32_t got, uint32_t expect)
{
    unsigned bits = type_bits(v->row->result);
    double x = n_double(bits, got), y = n_double(bits, expect), least = bits == 16 ? 0x1p-14 : 0x1p-126;
    if (bits == 16 && got >> 16)
        return false;
    if (isnan(y) || isinf(y) || isnan(x))
        return got == expect || (isnan(y) && isnan(x));
    uint32_t apart = got > expect ? got - expect : expect - got;
    return apart <= 1 ||
           (v->omod && fabs(x) <= 4 * least && fabs(y) <= 4 * least && signbit(x) == signbit(y));
}

static void code_try(unsigned n)
{
    static struct state before, got;
    const struct variant *v = &variants[n];
    for (unsigned round = 0; round < 24; round++) {
        operands_fill(&before, TARGET_1201, v->wave32, round);
        before.sgpr[SREG_A] = (uint32_t)operand_choose(v->row->a);
        if (type_bits(v->row->a) == 16)
            before.sgpr[SREG_A] |= (uint32_t)machine_noise() << 16; /* which do not count */
        memcpy(&got, &before, sizeof got);
        ck_assert_int_eq(machine_run(TARGET_1201, v->wave32, n, &got), ISA_ENDED);
        uint32_t expect = result_expect(v, &before);
        ck_assert_msg(same(v, got.sgpr[RESULT], expect), "%s of %#x is %#x, not %#x (mode %#x)",
                      codes[n].text, before.sgpr[SREG_A], got.sgpr[RESULT], expect, before.mode);
        got.sgpr[RESULT] = before.sgpr[RESULT];
        ck_assert_mem_eq(got.sgpr, before.sgpr, sizeof got.sgpr);
        ck_assert_mem_eq(got.vgpr, before.vgpr, sizeof got.vgpr);
        coverage_add(names[n], TARGET_1201,
                     COVER_COMPARED | COVER_PLAIN | operands_round_classes(&before, v->wave32) |
                         operand_classes(v->row->a, before.sgpr[SREG_A] &
                                                        (type_bits(v->row->a) == 16 ? 0xffff : UINT32_MAX)) |
                         (v->neg[0] || v->abs[0] ? COVER_MODIFIER : 0) | (v->clamp ? COVER_CLAMP : 0) |
                         (v->omod ? COVER_OMOD : 0));
    }
}

START_TEST(functions_of_scalars_are_those_of_the_vector_unit_whatever_exec_is)
{
    bool wave32 = _i;
    unsigned n = 0;
    for (unsigned f = 0; f < FUNCTIONS; f++)
        for (unsigned turn = 0; turn < 2 * TURNS; turn++)
            variant_make(n++, functions[f], turn & 1 ? 16 : 32, turn / 2, wave32);
    ck_assert_msg(machine_assemble(TARGET_1201, wave32, codes, n), "llvm-mc-22");
    machine_load(TARGET_1201, codes, n);
    for (unsigned i = 0; i < n; i++) {
        ck_assert_msg(codes[i].bytes, "LLVM refuses %s", codes[i].text);
        code_try(i);
    }
    machine_end();
    coverage_save();
}
END_TEST

int main(void)
{
    if (system("command -v llvm-mc-22 >/dev/null 2>&1") != 0)
        return 77;
    Suite *suite = suite_create("isa_pseudo_scalar");
    TCase *t = tcase_create("isa_pseudo_scalar");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, functions_of_scalars_are_those_of_the_vector_unit_whatever_exec_is, 0, 2);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
