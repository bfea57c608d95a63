/*
 * test_isa_scalars.c - scalar instructions, each on every target that has it, held against a second reading
 * of the manuals (isa/scalar.def): results, SCC, EXEC, where a jump goes, and that nothing else has changed.
 */
#include "isa/coverage.h"
#include "isa/operands.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REG_RESULT = 30, SKIPPED = 34 };
enum operand { OP_SGPR, OP_CONSTANT, OP_LITERAL, OP_VCC, OP_SAME };

struct form {
    const struct scalar_row *row;
    unsigned target;
    bool wave32;
    enum operand a, b;
    unsigned constant_a, constant_b;
    uint32_t literal;
    int imm;
};
static struct code codes[CODE_MAX];
static struct form forms[CODE_MAX];
static unsigned n_codes, n_wrong;

static const char *const constant_texts[] = {"0", "1", "-1", "64", "-16", "31", "0.5", "-4.0"};
static const int whole_constants[] = {0, 1, -1, 64, -16, 31};
static const double float_constants[] = {0.5, -4};

static unsigned number_of(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);
    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

/* ---- text ---- */

static void register_text(char *to, unsigned reg, enum type type)
{
    if (type_bits(type) == 64)
        sprintf(to, reg == SREG_VCC ? "vcc" : "s[%u:%u]", reg, reg + 1);
    else
        sprintf(to, reg == SREG_VCC ? "vcc_lo" : "s%u", reg);
}

static void operand_text(char *to, const struct form *f, enum operand operand, unsigned constant,
                         unsigned reg, enum type type)
{
    switch (operand) {
    case OP_CONSTANT:
        strcpy(to, constant_texts[constant]);
        break;
    case OP_LITERAL:
        sprintf(to, "0x%x", type_bits(type) == 16 ? f->literal & 0xffff : f->literal);
        break;
    case OP_VCC:
        register_text(to, SREG_VCC, type);
        break;
    default:
        register_text(to, reg, type);
    }
}

static void form_text(const struct form *f, char *to)
{
    const struct scalar_row *row = f->row;
    char result[16] = "", a[16] = "", b[16] = "";
    if (row->result != NO)
        register_text(result, REG_RESULT, row->result);
    operand_text(a, f, f->a, f->constant_a, SREG_A, row->a);
    operand_text(b, f, f->b, f->constant_b, f->b == OP_SAME ? SREG_A : SREG_B, row->b);
    switch (row->form) {
    case SOP1:
        sprintf(to, "%s %s, %s", row->name, result, a);
        break;
    case SOP2:
        if (row->flags & SCALAR_LITERAL)
            sprintf(to, "%s %s, %s, %s, 0x%x", row->name, result, a, b, f->literal);
        else if (row->flags & SCALAR_LITERAL_MIDDLE)
            sprintf(to, "%s %s, %s, 0x%x, %s", row->name, result, a, f->literal, b);
        else
            sprintf(to, "%s %s, %s, %s", row->name, result, a, b);
        break;
    case SOPC:
        sprintf(to, "%s %s, %s", row->name, a, b);
        break;
    case SOPK:
        sprintf(to, "%s %s, %d", row->name, result, row->flags & UNSIGNED_IMM ? f->imm & 0xffff : f->imm);
        break;
    case BRANCH:
        sprintf(to, "%s 1\ns_mov_b32 s%d, 0", row->name, SKIPPED);
        break;
    }
}

static void form_choose(struct form *f, const struct scalar_row *row, unsigned target, bool wave32,
                        unsigned turn)
{
    *f = (struct form){.row = row, .target = target, .wave32 = wave32};
    bool literals = !(row->flags & (SCALAR_LITERAL | SCALAR_LITERAL_MIDDLE)) && turn > 0;
    f->a = turn ? (enum operand)(machine_noise() % 4) : OP_SGPR;
    f->b = turn ? (enum operand)(machine_noise() % 5) : OP_SGPR;
    if (f->a == OP_LITERAL && (!literals || type_bits(row->a) == 64))
        f->a = OP_SGPR;
    if (f->b == OP_LITERAL && (!literals || f->a == OP_LITERAL || type_bits(row->b) == 64))
        f->b = OP_SGPR;
    if (f->b == OP_SAME && row->a != row->b)
        f->b = OP_SGPR;
    f->constant_a = machine_noise() % (type_float(row->a) ? 8 : 6);
    f->constant_b = machine_noise() % (type_float(row->b) ? 8 : 6);
    f->literal = (uint32_t)operand_choose(row->a == NO ? B32 : type_float(row->a) ? F32 : B32) | 0x1000;
    static const int imms[] = {0, 1, -1, 32767, -32768, 5};
    f->imm = turn & 1 ? (int)(int16_t)machine_noise() : imms[turn / 2 % 6];
}

/* ---- what it does ---- */

static uint64_t operand_value(const struct form *f, const struct state *s, enum operand operand,
                              unsigned constant, unsigned reg, enum type type)
{
    unsigned bits = type_bits(type);
    uint64_t value;
    if (type == NO)
        return 0;
    if (operand == OP_LITERAL) {
        value = f->literal;
    } else if (operand == OP_CONSTANT && constant >= 6) {
        double x = float_constants[constant - 6];
        value = bits == 16 ? n_to16(x, EVEN) : bits == 32 ? n_bits32((float)x) : n_bits64(x);
    } else if (operand == OP_CONSTANT) {
        value = (uint64_t)(int64_t)whole_constants[constant];
    } else {
        reg = operand == OP_VCC ? SREG_VCC : reg;
        value = s->sgpr[reg] | (uint64_t)s->sgpr[reg + 1] << 32;
    }
    value = bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1);
    bool flush = (type == F32 && !(s->mode & 0x10)) || (type == F16 && !(s->mode & 0x40));
    uint64_t exponent = bits == 16 ? 0x7c00 : 0x7f800000;
    return flush && !(value & exponent) ? value & UINT64_C(1) << (bits - 1) : value;
}

static uint64_t exec_of(const struct form *f, const struct state *s)
{
    return (s->sgpr[SREG_EXEC] | (uint64_t)s->sgpr[SREG_EXEC + 1] << 32) & machine_lanes(f->wave32);
}

static void form_expect(const struct form *f, struct state *s)
{
    const struct scalar_row *row = f->row;
    struct lane l = {.target = f->target,
                     .ieee = s->mode >> 9 & 1,
                     .flushes16 = !(s->mode & 0x80),
                     .drops16 = !(s->mode & 0x40),
                     .carry = s->scc,
                     .round32 = s->mode & 3,
                     .round16_64 = s->mode >> 2 & 3,
                     .imm = f->imm,
                     .exec = exec_of(f, s)};
    l.a = operand_value(f, s, f->a, f->constant_a, SREG_A, row->a);
    l.b = operand_value(f, s, f->b, f->constant_b, f->b == OP_SAME ? SREG_A : SREG_B, row->b);
    if (row->flags & (SCALAR_LITERAL | SCALAR_LITERAL_MIDDLE))
        l.c = operand_value(f, s, OP_LITERAL, 0, 0, F32);
    if (row->form == BRANCH)
        l.a = (s->sgpr[SREG_VCC] | (uint64_t)s->sgpr[SREG_VCC + 1] << 32) & machine_lanes(f->wave32);
    l.d = row->result == NO ? 0 : operand_value(f, s, OP_SGPR, 0, REG_RESULT, row->result);
    row->fn(&l);
    s->scc = row->flags & WRITES_SCC ? l.carry : s->scc;
    if (row->form == BRANCH) {
        s->sgpr[SKIPPED] = l.d ? s->sgpr[SKIPPED] : 0;
        return;
    }
    if (row->result != NO && !(row->flags & NO_RESULT)) {
        unsigned bits = type_bits(row->result);
        uint64_t value = bits == 64 ? l.d : l.d & ((UINT64_C(1) << bits) - 1);
        bool flush = (row->result == F32 && !(s->mode & 0x20)) || (row->result == F16 && !(s->mode & 0x80));
        if (flush && !(value & (bits == 16 ? 0x7c00 : 0x7f800000)))
            value &= UINT64_C(1) << (bits - 1);
        s->sgpr[REG_RESULT] = (uint32_t)value;
        if (bits == 64)
            s->sgpr[REG_RESULT + 1] = (uint32_t)(value >> 32);
    }
    if (row->flags & WRITES_EXEC) {
        s->sgpr[SREG_EXEC] = (uint32_t)l.exec;
        if (!f->wave32)
            s->sgpr[SREG_EXEC + 1] = (uint32_t)(l.exec >> 32);
    }
}

/* ---- running ---- */

static void difference_tell(const struct form *f, unsigned n, const struct state *before,
                            const struct state *got, const struct state *expect)
{
    char message[700];
    unsigned reg = 0;
    while (reg < 127 && got->sgpr[reg] == expect->sgpr[reg])
        reg++;
    snprintf(message, sizeof message,
             "%s on %s: s%u is %08x, not %08x; SCC is %u, not %u (s20 %08x%08x s22 %08x%08x s30 %08x%08x vcc "
             "%08x%08x "
             "exec %08x%08x SCC %u mode %x)",
             codes[n].text, isa_targets[f->target].cpu, reg, got->sgpr[reg], expect->sgpr[reg], got->scc,
             expect->scc, before->sgpr[21], before->sgpr[20], before->sgpr[23], before->sgpr[22],
             before->sgpr[31], before->sgpr[30], before->sgpr[107], before->sgpr[106], before->sgpr[127],
             before->sgpr[126], before->scc, before->mode);
    n_wrong++;
    if (!getenv("KFDFS_ISA_ALL"))
        ck_abort_msg("%s", message);
    static const struct scalar_row *last;
    if (last != f->row)
        fprintf(stderr, "%s\n", message);
    last = f->row;
}

static uint32_t classes_of(const struct form *f, const struct state *s)
{
    static const uint32_t kinds[] = {COVER_SCALAR, COVER_CONSTANT, COVER_CONSTANT, COVER_SCALAR,
                                     COVER_SCALAR};
    const struct scalar_row *row = f->row;
    uint32_t classes = COVER_COMPARED | COVER_PLAIN | operands_round_classes(s, f->wave32);
    if (row->a != NO)
        classes |=
            kinds[f->a] | operand_classes(row->a, operand_value(f, s, f->a, f->constant_a, SREG_A, row->a));
    if (row->b != NO)
        classes |=
            kinds[f->b] | operand_classes(row->b, operand_value(f, s, f->b, f->constant_b, SREG_B, row->b));
    return classes | (row->flags & WRITES_SCC ? COVER_CARRY : 0);
}

static void code_try(unsigned n, unsigned rounds)
{
    static struct state before, got, expect;
    const struct form *f = &forms[n];
    for (unsigned round = 0; round < rounds; round++) {
        operands_fill(&before, f->target, f->wave32, round);
        uint64_t a = operand_choose(f->row->a), b = operand_choose(f->row->b), c = operand_choose(B64);
        before.sgpr[SREG_A] = (uint32_t)a, before.sgpr[SREG_A + 1] = (uint32_t)(a >> 32);
        before.sgpr[SREG_B] = (uint32_t)b, before.sgpr[SREG_B + 1] = (uint32_t)(b >> 32);
        before.sgpr[REG_RESULT] =
            machine_noise() & 1 ? (uint32_t)a : (uint32_t)operand_choose(f->row->result);
        if (machine_noise() % 4 == 0)
            before.sgpr[REG_RESULT] = (uint32_t)f->imm; /* for compares */
        before.sgpr[SREG_VCC] = round % 4 == 3 ? 0 : (uint32_t)c;
        before.sgpr[SREG_VCC + 1] = round % 4 >= 2 ? 0 : (uint32_t)(c >> 32);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        enum isa_state ended = machine_run(f->target, f->wave32, n, &got);
        form_expect(f, &expect);
        bool same = ended == ISA_ENDED && memcmp(got.sgpr, expect.sgpr, 128 * 4) == 0 &&
                    got.scc == expect.scc && memcmp(got.vgpr, expect.vgpr, sizeof got.vgpr) == 0;
        if (!same) {
            difference_tell(f, n, &before, &got, &expect);
            return;
        }
        coverage_add(f->row->name, f->target, classes_of(f, &before));
    }
}

static void target_try(unsigned target, bool wave32)
{
    unsigned turns = number_of("KFDFS_ISA_TURNS", 6), rounds = number_of("KFDFS_ISA_ROUNDS", 12);
    n_codes = 0;
    for (const struct scalar_row *row = truth_scalars; row->name; row++)
        for (unsigned turn = 0; turn < turns && n_codes < CODE_MAX; turn++) {
            if (row->flags & WAVE_BITS && (type_bits(row->a) == 32) != wave32)
                continue;
            form_choose(&forms[n_codes], row, target, wave32, turn);
            form_text(&forms[n_codes], codes[n_codes].text);
            n_codes++;
        }
    ck_assert_msg(machine_assemble(target, wave32, codes, n_codes), "llvm-mc-22");
    machine_load(target, codes, n_codes);
    for (unsigned n = 0; n < n_codes; n++)
        if (codes[n].bytes)
            code_try(n, rounds);
}

START_TEST(every_scalar_instruction_does_what_the_manual_says)
{
    for (unsigned target = 0; target < TARGETS; target++) {
        target_try(target, false);
        if (isa_targets[target].wave32)
            target_try(target, true);
    }
    machine_end();
    coverage_save();
    ck_assert_msg(n_wrong == 0, "%u differences", n_wrong);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_scalar_instruction_does_what_the_manual_says, NULL};
    return run_truth("isa_scalars", 3600, tests);
}
