/*
 * test_isa_typed.c - buffer loads and stores that convert, in every format that LLVM has a name for on every
 * target, held against a plain reading of the name: what "8_8_UNORM" says.
 *
 * Facts: as in driver/sim/cu/exec_typed.c. The code of a format is LLVM's: MTBUF's instructions are assembled
 * from names, and what is found there is put into the resource of MUBUF's.
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

enum { SREG_RESOURCE = 24, SLOT = 64, SLOTS_THERE = 40, IDENTITY = 0xfac };
enum { RAW_BYTES = SLOTS_THERE * SLOT + 3 }; /* of one slot more only what is small lies inside */
enum width { WHOLE, HALVES, HIGH_HALF };

static const char *const layouts[] = {"8",        "16",          "8_8",        "32",         "16_16",
                                      "10_11_11", "11_11_10",    "10_10_10_2", "2_10_10_10", "8_8_8_8",
                                      "32_32",    "16_16_16_16", "32_32_32",   "32_32_32_32"};
static const char *const kinds[] = {"UNORM", "SNORM", "USCALED", "SSCALED", "UINT", "SINT", "FLOAT"};
enum { UNORM, SNORM, USCALED, SSCALED, UINT, SINT, FLOAT, KINDS, LAYOUTS = sizeof layouts / sizeof *layouts };

struct form {
    unsigned target, components, bits[4], kind, count, select,
        format_from; /* the code that says the format */
    enum width width;
    bool wave32, store, resource, structured;
    char name[48];
};
static struct code codes[CODE_MAX];
static struct form forms[CODE_MAX];
static unsigned n_codes, n_wrong;

/* ---- text ---- */

/* The sizes in a name, the last one first: X. */
static void layout_read(struct form *f, const char *name)
{
    unsigned sizes[4];
    char *end = (char *)(uintptr_t)name;
    for (f->components = 0; *name; name = *end ? end + 1 : end)
        sizes[f->components++] = (unsigned)strtoul(name, &end, 10);
    for (unsigned i = 0; i < f->components; i++)
        f->bits[i] = sizes[f->components - 1 - i];
}

static bool kind_is_there(const char *layout, unsigned kind)
{
    bool wide = strncmp(layout, "32", 2) == 0, has_16 = strncmp(layout, "16", 2) == 0;
    if (kind == FLOAT)
        return wide || has_16 || strcmp(layout, "10_11_11") == 0 || strcmp(layout, "11_11_10") == 0;
    return !wide || kind == UINT || kind == SINT;
}

static void form_text(struct form *f, const char *layout, char *to, size_t size)
{
    static const char *const counts[] = {"", "x", "xy", "xyz", "xyzw"};
    bool old = f->target <= TARGET_1030;
    const char *d16 = f->width == WHOLE ? "" : f->width == HALVES ? "d16_" : "d16_hi_";
    char format[80] = "", registers[16];
    unsigned n = f->width == WHOLE ? f->count : (f->count + 1) / 2, first = f->store ? REG_B : REG_D;
    snprintf(f->name, sizeof f->name, "%sbuffer_%s_%s%s%s", f->resource ? "" : "t",
             f->store ? "store" : "load", old ? "format_" : d16, old ? d16 : "format_", counts[f->count]);
    snprintf(registers, sizeof registers, n == 1 ? "v%u" : "v[%u:%u]", first, first + n - 1);
    if (!f->resource && f->target <= TARGET_950)
        snprintf(format, sizeof format, " format:[BUF_DATA_FORMAT_%s,BUF_NUM_FORMAT_%s]", layout,
                 kinds[f->kind]);
    else if (!f->resource)
        snprintf(format, sizeof format, " format:[BUF_FMT_%s_%s]", layout, kinds[f->kind]);
    snprintf(to, size, "%s %s, v8, s[24:27], %s%s %s", f->name, registers,
             f->target == TARGET_1201 ? "null" : "0", format, f->structured ? "idxen" : "offen");
}

static void form_add(struct form f, const char *layout)
{
    layout_read(&f, layout);
    f.structured = n_codes & 1;
    if (f.resource) /* one in three as it is, the others swapped, with a one and a zero */
        f.select = n_codes % 3 == 0   ? IDENTITY
                   : n_codes % 3 == 1 ? 0x32e /* Z, Y, X, 1 */
                                      : 0x164 /* X, X, Y, 0 */;
    forms[n_codes] = f;
    form_text(&forms[n_codes], layout, codes[n_codes].text, sizeof codes[0].text);
    n_codes++;
}

static void forms_make(unsigned target, bool wave32)
{
    n_codes = 0;
    for (unsigned layout = 0; layout < LAYOUTS; layout++)
        for (unsigned kind = 0; kind < KINDS; kind++) {
            unsigned from = n_codes;
            for (unsigned i = 0; i < 34 && kind_is_there(layouts[layout], kind); i++) {
                bool high = i >= 32;
                form_add((struct form){.target = target,
                                       .wave32 = wave32,
                                       .kind = kind,
                                       .count = high ? 1 : 1 + i / 2 % 4,
                                       .store = i & 1,
                                       .width = high    ? HIGH_HALF
                                                : i & 8 ? HALVES
                                                        : WHOLE,
                                       .resource = i & 16 || high,
                                       .select = IDENTITY,
                                       .format_from = from},
                         layouts[layout]);
            }
        }
}

/* What LLVM wrote for the name. */
static uint32_t format_code(const struct form *f)
{
    const uint32_t *words = codes[f->format_from].words;
    return f->target == TARGET_1201 ? words[1] >> 23 & 127 : words[0] >> 19 & 127;
}

/* ---- what it does ---- */

static uint32_t half_cut(uint32_t single)
{
    return n_32_to_16(single, ZERO);
}

static uint32_t bits_read(const uint8_t *at, unsigned first, unsigned n)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)(at[(first + i) / 8] >> (first + i) % 8 & 1) << i;
    return value;
}

static void bits_write(uint8_t *at, unsigned first, unsigned n, uint32_t value)
{
    for (unsigned i = 0; i < n; i++) {
        at[(first + i) / 8] &= (uint8_t) ~(1u << (first + i) % 8);
        at[(first + i) / 8] |= (uint8_t)((value >> i & 1) << (first + i) % 8);
    }
}

static int64_t with_sign(uint32_t value, unsigned bits)
{
    return value >> (bits - 1) & 1 ? (int64_t)value - (INT64_C(1) << bits) : value;
}

/* Of a component in memory, for a register or a half. */
static uint32_t component_load(const struct form *f, unsigned bits, uint32_t raw)
{
    bool half = f->width != WHOLE;
    double most = ldexp(1, (int)bits - (f->kind == SNORM)) - 1, number = (double)raw;
    if (f->kind == UINT)
        return raw;
    if (f->kind == SINT)
        return (uint32_t)with_sign(raw, bits);
    if (f->kind == FLOAT && bits == 32)
        return half ? half_cut(raw) : raw;
    if (f->kind == FLOAT) {
        raw <<= bits == 16 ? 0 : 15 - bits;
        return half ? raw : n_16_to_32(raw);
    }
    if (f->kind == SNORM || f->kind == SSCALED)
        number = (double)with_sign(raw, bits);
    if (f->kind == UNORM || f->kind == SNORM)
        number = fmax(number / most, -1);
    return half ? n_to16(number, EVEN) : n_to32(number, EVEN);
}

static uint32_t component_store(const struct form *f, unsigned bits, uint32_t value)
{
    bool half = f->width != WHOLE;
    double least = f->kind == SNORM ? -1 : 0, most = ldexp(1, (int)bits - (f->kind == SNORM)) - 1;
    if (f->kind == UINT)
        return (double)value > most ? (uint32_t)most : value;
    if (f->kind == SINT) {
        int64_t whole = with_sign(value, half ? 16 : 32), limit = INT64_C(1) << (bits - 1);
        return (uint32_t)(whole < -limit ? -limit : whole >= limit ? limit - 1 : whole);
    }
    if (f->kind == FLOAT && bits == 32)
        return half ? n_16_to_32(value) : value;
    if (f->kind == FLOAT) {
        value = half ? value : half_cut(value);
        if (bits == 16)
            return value;
        return n_nan16(value) ? (1u << bits) - 1 : value >> 15 ? 0 : value >> (15 - bits);
    }
    double number = half ? n_double16(value) : n_double32(value);
    if (isnan(number))
        return 0;
    return (uint32_t)(int32_t)nearbyint(fmin(fmax(number, least), 1) * most);
}

static unsigned slot_of(unsigned lane)
{
    return (lane * 5 + 3) % 64;
}

static void lane_load(const struct form *f, struct state *s, unsigned lane, const uint8_t *at)
{
    for (unsigned i = 0; i < f->count; i++) {
        unsigned select = f->select >> 3 * i & 7, first = 0;
        uint32_t value = select == 1 ? f->kind == UINT || f->kind == SINT ? 1
                                       : f->width == WHOLE                ? 0x3f800000
                                                                          : 0x3c00
                                     : 0;
        for (unsigned c = 0; at && c < f->components; first += f->bits[c++])
            if (select == 4 + c)
                value = component_load(f, f->bits[c], bits_read(at, first, f->bits[c]));
        uint32_t *to = &s->vgpr[REG_D + (f->width == WHOLE ? i : i / 2)][lane];
        if (f->width == WHOLE)
            *to = value;
        else if (f->width == HIGH_HALF || i & 1)
            *to = (*to & 0xffff) | value << 16;
        else
            *to = (*to & 0xffff0000) | (value & 0xffff);
    }
}

static void lane_store(const struct form *f, const struct state *s, unsigned lane, uint8_t *at)
{
    for (unsigned c = 0, first = 0; c < f->components; first += f->bits[c++]) {
        unsigned from = 0; /* the first fills in for those that are missing */
        for (unsigned i = f->count; i-- > 0;)
            if ((f->select >> 3 * i & 7) == 4 + c)
                from = i;
        uint32_t value = s->vgpr[REG_B + (f->width == WHOLE ? from : from / 2)][lane];
        if (f->width != WHOLE)
            value = f->width == HIGH_HALF || from & 1 ? value >> 16 : value & 0xffff;
        bits_write(at, first, f->bits[c], component_store(f, f->bits[c], value));
    }
}

static void form_expect(const struct form *f, struct state *s, uint8_t *memory)
{
    uint64_t exec = (s->sgpr[SREG_EXEC] | (uint64_t)s->sgpr[SREG_EXEC + 1] << 32) & machine_lanes(f->wave32);
    unsigned bytes = (f->bits[0] + f->bits[1] + f->bits[2] + f->bits[3]) / 8;
    for (unsigned lane = 0; lane < (f->wave32 ? 32 : 64); lane++) {
        unsigned slot = slot_of(lane);
        bool inside = f->structured ? slot < SLOTS_THERE : slot * SLOT + bytes <= RAW_BYTES;
        if (!(exec >> lane & 1))
            continue;
        if (!f->store)
            lane_load(f, s, lane, inside ? memory + slot * SLOT : NULL);
        else if (inside)
            lane_store(f, s, lane, memory + slot * SLOT);
    }
}

/* ---- running ---- */

static void state_fill(const struct form *f, struct state *s, uint8_t *memory)
{
    static const uint32_t none[] = {0, 0, 0, 0x31000000, 0x31000000, 0x31000000, 0x31000000};
    bool halves = f->width != WHOLE, floats = f->kind != UINT && f->kind != SINT;
    uint32_t code = f->resource ? format_code(f) : 0;
    for (unsigned i = 0; i < 64 * SLOT; i += 4) {
        uint32_t value = (uint32_t)operand_choose(F32);
        if (i & 4)
            value = (uint32_t)operand_choose(F16) | (uint32_t)operand_choose(F16) << 16;
        memcpy(memory + i, &value, 4);
    }
    for (unsigned i = 0; i < LANES_MAX; i++) {
        for (unsigned k = 0; k < 4; k++)
            s->vgpr[REG_B + k][i] = halves ? (uint32_t)operand_choose(floats ? F16 : B16) |
                                                 (uint32_t)operand_choose(floats ? F16 : B16) << 16
                                    : floats && machine_noise() & 1
                                        ? n_to32((double)(int)(machine_noise() % 600) / 256 - 1, EVEN)
                                        : (uint32_t)operand_choose(floats ? F32 : B32);
        s->vgpr[REG_A][i] = slot_of(i) * (f->structured ? 1 : SLOT);
    }
    s->sgpr[SREG_RESOURCE] = DATA_VA;
    s->sgpr[SREG_RESOURCE + 1] = f->structured ? SLOT << 16 : 0;
    s->sgpr[SREG_RESOURCE + 2] = f->structured ? SLOTS_THERE : RAW_BYTES;
    s->sgpr[SREG_RESOURCE + 3] =
        none[f->target] | f->select |
        (f->target <= TARGET_950 ? (code & 15) << 15 | (code >> 4) << 12 : code << 12);
}

static bool same_state(const struct form *f, const struct state *got, const struct state *expect)
{
    for (unsigned r = 0; r < N_VGPRS; r++)
        if (memcmp(got->vgpr[r], expect->vgpr[r], f->wave32 ? 128 : 256) != 0)
            return false;
    return memcmp(got->sgpr, expect->sgpr, 128 * 4) == 0 && got->scc == expect->scc;
}

static void difference_tell(const struct form *f, unsigned n, const struct state *got,
                            const struct state *expect, const uint8_t *memory, enum isa_state ended)
{
    unsigned reg = 0, lane = 0, at = 0;
    for (unsigned i = 0; i < N_VGPRS * 64; i++)
        if (got->vgpr[i / 64][i % 64] != expect->vgpr[i / 64][i % 64] && !reg)
            reg = i / 64, lane = i % 64;
    while (at < DATA_BYTES - 1 && machine_data[at] == memory[at])
        at++;
    fprintf(stderr,
            "%s (format %x) on %s, ended %d: v%u lane %u is %08x, not %08x; byte %u is %02x, not %02x\n",
            codes[n].text, format_code(f), isa_targets[f->target].cpu, ended, reg, lane, got->vgpr[reg][lane],
            expect->vgpr[reg][lane], at, machine_data[at], memory[at]);
    n_wrong++;
}

static void code_try(unsigned n, unsigned rounds)
{
    static struct state before, got, expect;
    static uint8_t memory[DATA_BYTES];
    const struct form *f = &forms[n];
    for (unsigned round = 0; round < rounds; round++) {
        operands_fill(&before, f->target, f->wave32, round + n % 8);
        before.mode = f->target == TARGET_1201 ? 0xf0 : 0x3f0;
        state_fill(f, &before, memory);
        memcpy(machine_data, memory, sizeof memory);
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        enum isa_state ended = machine_run(f->target, f->wave32, n, &got);
        if (f->store && (f->kind == USCALED || f->kind == SSCALED)) { /* nobody says what they become */
            ck_assert_msg(ended == ISA_ILLEGAL, "%s is not refused", codes[n].text);
            continue;
        }
        form_expect(f, &expect, memory);
        if (ended != ISA_ENDED || !same_state(f, &got, &expect) ||
            memcmp(machine_data, memory, sizeof memory) != 0) {
            difference_tell(f, n, &got, &expect, memory, ended);
            return;
        }
        uint32_t classes = COVER_COMPARED | COVER_PLAIN | COVER_OUTSIDE | COVER_SCALAR |
                           operands_round_classes(&before, f->wave32);
        coverage_add(f->name, f->target, classes & ~(uint32_t)(COVER_FLUSH | COVER_ROUND));
    }
}

static void target_try(unsigned target, bool wave32)
{
    const char *value = getenv("KFDFS_ISA_ROUNDS");
    unsigned rounds = value ? (unsigned)strtoul(value, NULL, 10) : 4, there = 0;
    forms_make(target, wave32);
    ck_assert_msg(machine_assemble(target, wave32, codes, n_codes), "llvm-mc-22");
    machine_load(target, codes, n_codes);
    for (unsigned n = 0; n < n_codes; n++)
        if (codes[n].bytes && codes[forms[n].format_from].bytes) {
            code_try(n, rounds);
            there++;
        } else if (getenv("KFDFS_ISA_REFUSED")) {
            fprintf(stderr, "refused on %s: %s\n", isa_targets[target].cpu, codes[n].text);
        }
    ck_assert_uint_gt(there, 1000);
}

START_TEST(every_format_is_loaded_and_stored_as_its_name_says)
{
    for (unsigned target = 0; target < TARGETS; target++)
        target_try(target, isa_targets[target].wave32);
    machine_end();
    coverage_save();
    ck_assert_msg(n_wrong == 0, "%u differences", n_wrong);
}
END_TEST

/* On gfx9 the lowest four bits are the layout. */
START_TEST(without_a_format_nothing_is_there_and_unknown_ones_are_refused)
{
    static struct state before, got;
    static uint8_t memory[DATA_BYTES];
    for (unsigned target = 0; target < TARGETS; target++) {
        bool wave32 = isa_targets[target].wave32;
        const char *zero = target == TARGET_1201 ? "null" : "0";
        struct form f = {.target = target, .wave32 = wave32, .select = IDENTITY};
        snprintf(codes[0].text, sizeof codes[0].text,
                 "tbuffer_load_format_xy v[20:21], v8, s[24:27], %s format:0 offen", zero);
        snprintf(codes[1].text, sizeof codes[1].text,
                 "tbuffer_store_format_xy v[12:13], v8, s[24:27], %s format:0 offen", zero);
        snprintf(codes[2].text, sizeof codes[2].text,
                 "tbuffer_load_format_xy v[20:21], v8, s[24:27], %s format:127 offen", zero);
        ck_assert(machine_assemble(target, wave32, codes, 3));
        machine_load(target, codes, 3);
        operands_fill(&before, target, wave32, 0);
        state_fill(&f, &before, memory);
        for (unsigned code = 0; code < 3; code++) {
            ck_assert_uint_ne(codes[code].bytes, 0);
            memcpy(&got, &before, sizeof got);
            memcpy(machine_data, memory, sizeof memory);
            ck_assert_int_eq(machine_run(target, wave32, code, &got), code < 2 ? ISA_ENDED : ISA_ILLEGAL);
            ck_assert_mem_eq(machine_data, memory, sizeof memory);
            for (unsigned lane = 0; code == 0 && lane < (wave32 ? 32 : 64); lane++)
                ck_assert_uint_eq(got.vgpr[REG_D][lane] | got.vgpr[REG_D + 1][lane], 0);
        }
    }
    machine_end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_format_is_loaded_and_stored_as_its_name_says,
                                  without_a_format_nothing_is_there_and_unknown_ones_are_refused, NULL};
    return run_truth("isa_typed", 3600, tests);
}
