/*
 * test_isa_vectors.c - vector instructions, each on every target that has it and in the encodings it has
 * there, held against a second reading of the manuals (isa/vector_rows.c), lane by lane and to the bit.
 *
 * LLVM says what there is: it is shown each instruction in every encoding with modifiers by a seed, and those
 * that it assembles are run. KFDFS_ISA_TURNS makes it longer, KFDFS_ISA_ALL tells the first difference of
 * each instruction instead of the first one.
 */
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct code codes[CODE_MAX];
static struct variant variants[CODE_MAX];
static unsigned n_codes, n_wrong;
static bool tell_all;

static unsigned number_of(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);
    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

/* ---- operands ---- */

static void sources_fill(struct state *s, const struct variant *v)
{
    static const unsigned regs[] = {REG_A, REG_B, REG_C, REG_D}, sregs[] = {SREG_A, SREG_B, SREG_C};
    const struct row *row = v->row;
    const enum type types[] = {row->a, row->b, row->c, row->result == MASK ? B32 : row->result};
    for (unsigned n = 0; n < 4; n++) {
        enum type type = types[n] == NO ? B32 : types[n];
        bool halves = type_bits(type) == 16;
        if (row->flags & MIXED && n < 3 && v->opsel_hi >> n & 1)
            type = F16, halves = true;
        if (row->flags & DOT && type == B32 && strstr(row->name, "f16"))
            type = F16, halves = true;
        for (unsigned i = 0; i < LANES_MAX; i++) {
            uint64_t x = operand_choose(type), y = operand_choose(type);
            if (n == 1 && machine_noise() % 8 == 0 && row->a == row->b) /* equal, for compares */
                x = s->vgpr[REG_A][i] | (uint64_t)s->vgpr[REG_A + 1][i] << 32;
            s->vgpr[regs[n]][i] = halves ? (uint32_t)(x & 0xffff) | (uint32_t)y << 16 : (uint32_t)x;
            s->vgpr[regs[n] + 1][i] = type_bits(type) == 64 ? (uint32_t)(x >> 32) : (uint32_t)y;
            if (n < 3)
                s->agpr[regs[n]][i] = s->vgpr[regs[n]][i];
        }
        if (n == 3)
            break;
        uint64_t x = operand_choose(type);
        s->sgpr[sregs[n]] = halves ? (uint32_t)x | (uint32_t)operand_choose(type) << 16 : (uint32_t)x;
        s->sgpr[sregs[n] + 1] = (uint32_t)(x >> 32);
    }
}

static uint32_t classes_of(const struct state *s, const struct variant *v)
{
    const struct row *row = v->row;
    uint32_t classes = variant_classes(v) | operands_round_classes(s, v->wave32);
    for (unsigned i = 0; i < 32; i++) {
        classes |= operand_classes(row->a, s->vgpr[REG_A][i] | (uint64_t)s->vgpr[REG_A + 1][i] << 32);
        classes |= operand_classes(row->b, s->vgpr[REG_B][i] | (uint64_t)s->vgpr[REG_B + 1][i] << 32);
    }
    return classes;
}

/* ---- comparing ---- */

static uint64_t distance(unsigned bits, uint64_t a, uint64_t b)
{
    int64_t x = (int64_t)(a << (64 - bits)), y = (int64_t)(b << (64 - bits));
    if ((x < 0) != (y < 0))
        return n_double(bits, a) == n_double(bits, b) ? 0 : UINT64_MAX;
    return (uint64_t)(x > y ? x - y : y - x) >> (64 - bits);
}

/* Where a unit in the last place is allowed. */
static bool near_enough(const struct variant *v, const struct state *got, const struct state *expect,
                        unsigned lane)
{
    unsigned bits = type_bits(v->row->result), half = v->opsel >> 3 & 1 ? 16 : 0;
    uint64_t x = got->vgpr[REG_D][lane], y = expect->vgpr[REG_D][lane];
    if (!(v->row->flags & WITHIN_ULP))
        return false;
    if (bits == 64) {
        x |= (uint64_t)got->vgpr[REG_D + 1][lane] << 32;
        y |= (uint64_t)expect->vgpr[REG_D + 1][lane] << 32;
        return n_nan64(y) ? n_nan64(x) : distance(64, x, y) <= 1;
    }
    if (bits == 16) {
        if (v->encoding == SDWA && v->sel[2] < 4)
            return true; /* a byte of it: nothing to say */
        if (v->encoding == SDWA)
            half = v->sel[2] == 5 ? 16 : 0;
        x = x >> half & 0xffff, y = y >> half & 0xffff;
    }
    if (v->encoding == SDWA && v->sel[2] < 6 && bits == 32)
        return true;
    return n_nan(bits, y) ? n_nan(bits, x) : distance(bits, x, y) <= 1;
}

static void difference_tell(const struct variant *v, const char *text, const struct state *before,
                            const struct state *got, const struct state *expect, const char *what,
                            unsigned lane)
{
    char message[900];
    snprintf(message, sizeof message,
             "%s on %s, wave%d: %s of lane %u: %08x %08x, not %08x %08x (a %08x %08x b %08x %08x c %08x %08x "
             "d %08x; s20 "
             "%08x s22 %08x s24 %08x vcc %08x%08x s40 %08x%08x exec %08x%08x mode %x)",
             text, isa_targets[v->target].cpu, v->wave32 ? 32 : 64, what, lane, got->vgpr[REG_D + 1][lane],
             got->vgpr[REG_D][lane], expect->vgpr[REG_D + 1][lane], expect->vgpr[REG_D][lane],
             before->vgpr[REG_A + 1][lane], before->vgpr[REG_A][lane], before->vgpr[REG_B + 1][lane],
             before->vgpr[REG_B][lane], before->vgpr[REG_C + 1][lane], before->vgpr[REG_C][lane],
             before->vgpr[REG_D][lane], before->sgpr[20], before->sgpr[22], before->sgpr[24],
             before->sgpr[107], before->sgpr[106], before->sgpr[41], before->sgpr[40], before->sgpr[127],
             before->sgpr[126], before->mode);
    n_wrong++;
    if (!tell_all)
        ck_abort_msg("%s", message);
    static const struct row *last;
    if (last != v->row)
        fprintf(stderr, "%s\n", message);
    last = v->row;
}

static bool compare(const struct variant *v, const char *text, const struct state *before, struct state *got,
                    const struct state *expect, uint64_t known)
{
    unsigned lanes = v->wave32 ? 32 : 64;
    for (unsigned r = 0; r < N_VGPRS; r++) {
        if (memcmp(got->vgpr[r], expect->vgpr[r], lanes * 4) == 0)
            continue;
        for (unsigned i = 0; i < lanes; i++) {
            bool result = r == REG_D || r == REG_D + 1;
            if (got->vgpr[r][i] == expect->vgpr[r][i] || (result && !(known >> i & 1)) ||
                (result && near_enough(v, got, expect, i)))
                continue;
            difference_tell(v, text, before, got, expect,
                            r == REG_D || r == REG_D + 1 ? "result" : "another register", i);
            return false;
        }
    }
    for (unsigned i = 0; i < 128; i++) {
        uint32_t differs = got->sgpr[i] ^ expect->sgpr[i];
        if (i == SREG_VCC || i == SREG_OUT)
            differs &= (uint32_t)known;
        if (i == SREG_VCC + 1 || i == SREG_OUT + 1)
            differs &= (uint32_t)(known >> 32);
        if (!differs)
            continue;
        char what[80];
        snprintf(what, sizeof what, "s%u is %08x, not %08x", i, got->sgpr[i], expect->sgpr[i]);
        difference_tell(v, text, before, got, expect, what, (unsigned)__builtin_ctz(differs) + (i & 1) * 32);
        return false;
    }
    if (got->scc != expect->scc || memcmp(got->agpr, expect->agpr, sizeof got->agpr) != 0) {
        difference_tell(v, text, before, got, expect, "SCC or an AGPR", 0);
        return false;
    }
    return true;
}

/* ---- running ---- */

static void code_try(unsigned n, unsigned rounds)
{
    static struct state before, got, expect;
    const struct variant *v = &variants[n];
    for (unsigned round = 0; round < rounds; round++) {
        operands_fill(&before, v->target, v->wave32,
                      (n * rounds + round) % 16);           /* MODE and EXEC of all kinds */
        before.mode |= (n + round) % 4 == 1 ? 1u << 23 : 0; /* FP16_OVFL */
        sources_fill(&before, v);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        enum isa_state ended = machine_run(v->target, v->wave32, n, &got);
        if (ended != ISA_ENDED) {
            difference_tell(v, codes[n].text, &before, &got, &expect, "no end", 0);
            return;
        }
        uint64_t known = variant_expect(v, &expect);
        if (!compare(v, codes[n].text, &before, &got, &expect, known))
            return;
        coverage_add(v->row->name, v->target, classes_of(&before, v));
    }
}

static void target_try(unsigned target, bool wave32, unsigned turns, unsigned rounds)
{
    const char *only = getenv("KFDFS_ISA_ONLY");
    n_codes = 0;
    for (const struct row *row = truth_vectors; row->name; row++)
        for (unsigned turn = 0; turn < turns; turn++) {
            if (only && strcmp(row->name, only) != 0)
                continue;
            ck_assert_msg(n_codes < CODE_MAX, "too many turns for all instructions at once");
            struct variant *v = &variants[n_codes];
            bool signs = strcmp(row->name, "v_dot4_i32_i8") == 0 || strcmp(row->name, "v_dot8_i32_i4") == 0;
            if (signs && target >= TARGET_1100) /* there LLVM takes these for another instruction */
                continue;
            variant_choose(v, row, target, wave32, turn);
            bool is_short =
                row->flags & (LITERAL | LITERAL_MIDDLE) || strcmp(row->name, "v_pk_fmac_f16") == 0;
            if ((v->encoding != E32 && is_short) ||
                (v->encoding == SDWA &&
                 (target > TARGET_1030 || row->flags & (PACKED16 | PACKED32 | MIXED | DOT))) ||
                (v->encoding >= E64_DPP16 && target < TARGET_1100) ||
                (v->encoding == DPP8 && target < TARGET_1030))
                continue;
            variant_text(v, codes[n_codes].text, sizeof codes[0].text);
            n_codes++;
        }
    ck_assert_msg(machine_assemble(target, wave32, codes, n_codes), "llvm-mc-22");
    machine_load(target, codes, n_codes);
    unsigned there = 0;
    for (unsigned n = 0; n < n_codes; n++)
        if (codes[n].bytes) {
            code_try(n, rounds);
            there++;
        } else if (getenv("KFDFS_ISA_REFUSED")) {
            fprintf(stderr, "refused on %s: %s\n", isa_targets[target].cpu, codes[n].text);
        }
    if (tell_all)
        fprintf(stderr, "%s wave%d: %u of %u texts\n", isa_targets[target].cpu, wave32 ? 32 : 64, there,
                n_codes);
}

START_TEST(every_vector_instruction_does_what_the_manual_says)
{
    unsigned turns = number_of("KFDFS_ISA_TURNS", 2 * ENCODINGS + 3),
             rounds = number_of("KFDFS_ISA_ROUNDS", 2);
    tell_all = getenv("KFDFS_ISA_ALL");
    for (unsigned target = 0; target < TARGETS; target++) {
        target_try(target, isa_targets[target].wave32, turns, rounds);
        if (isa_targets[target].wave32 && turns > 2 * ENCODINGS + 3)
            target_try(target, false, turns, rounds);
    }
    machine_end();
    coverage_save();
    ck_assert_msg(n_wrong == 0, "%u differences", n_wrong);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_vector_instruction_does_what_the_manual_says, NULL};
    return run_truth("isa_vectors", 3600, tests);
}
