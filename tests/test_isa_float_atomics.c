/*
 * test_isa_float_atomics.c - denormals in floating atomics: in LDS as MODE says, in memory as its caches do.
 *
 * Facts: the chapters on float memory atomics of AMD's manuals (CDNA3, 9.2.2; RDNA3, 13.2; RDNA4, 13.2). The
 * numbers here are denormal, or the smallest that are not.
 */
#include "isa/run_truth.h"
#include "isa/special.h"
#include "isa/vector.h"

#include <check.h>
#include <string.h>

enum { WORDS = 64, OFFSET = 16, IN_DATA = 1024 };
static uint32_t shadow[WORDS]; /* what lies where the instruction goes, before it */

static bool is_tiny(uint32_t bits)
{
    return !(bits & 0x7f800000);
}

static uint32_t drop(uint32_t bits, bool when)
{
    return when && is_tiny(bits) ? bits & 0x80000000 : bits;
}

static uint32_t drop_halves(uint32_t pair, bool when)
{
    uint32_t low = pair & 0xffff, high = pair >> 16;
    low = when && !(low & 0x7c00) ? low & 0x8000 : low;
    high = when && !(high & 0x7c00) ? high & 0x8000 : high;
    return low | high << 16;
}

typedef uint32_t atomic_fn(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                           unsigned denorm);

static uint32_t sum(const struct context *c, uint32_t old, uint32_t data, uint32_t data2, unsigned denorm)
{
    (void)c, (void)data2;
    return drop(n_add32(drop(old, !(denorm & 1)), drop(data, !(denorm & 1)), EVEN), !(denorm & 2));
}

static uint32_t sum_in_memory(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                              unsigned denorm)
{
    bool drops = c->target != TARGET_1201;
    (void)data2, (void)denorm;
    return n_add32(drop(old, drops), drop(data, drops), EVEN);
}

static uint32_t sum_of_halves(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                              unsigned denorm)
{
    uint32_t a = drop_halves(old, !(denorm & 1)), b = drop_halves(data, !(denorm & 1));
    (void)c, (void)data2;
    uint32_t result = n_add16(a & 0xffff, b & 0xffff, EVEN) | n_add16(a >> 16, b >> 16, EVEN) << 16;
    return drop_halves(result, !(denorm & 2));
}

/* In their order, with -0 below 0. */
static int64_t place(uint32_t bits)
{
    return bits >> 31 ? -1 - (int64_t)(bits & 0x7fffffff) : (int64_t)bits;
}

static uint32_t chosen(const struct context *c, uint32_t old, uint32_t data, unsigned denorm, bool least)
{
    bool drops = !(denorm & 1);
    int64_t a = place(drop(old, drops)), b = place(drop(data, drops));
    uint32_t result = (least ? b < a : b > a) ? data : old;
    return drop(result, drops && c->target == TARGET_1201);
}

static uint32_t least(const struct context *c, uint32_t old, uint32_t data, uint32_t data2, unsigned denorm)
{
    (void)data2;
    return chosen(c, old, data, denorm, true);
}

static uint32_t most(const struct context *c, uint32_t old, uint32_t data, uint32_t data2, unsigned denorm)
{
    (void)data2;
    return chosen(c, old, data, denorm, false);
}

/* Caches compare as MODE says on gfx11, on gfx12 what is there. */
static uint32_t least_in_memory(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                                unsigned denorm)
{
    return least(c, old, data, data2, c->target == TARGET_1201 ? 3 : denorm);
}

static uint32_t most_in_memory(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                               unsigned denorm)
{
    return most(c, old, data, data2, c->target == TARGET_1201 ? 3 : denorm);
}

static uint32_t swapped(const struct context *c, uint32_t old, uint32_t data, uint32_t data2, unsigned denorm)
{
    bool drops = !(denorm & 1);
    uint32_t a = drop(old, drops), b = drop(data2, drops);
    (void)c;
    return drop(a == b || (a | b) << 1 == 0 ? data : old, drops);
}

static uint32_t swapped_first(const struct context *c, uint32_t old, uint32_t data, uint32_t data2,
                              unsigned denorm)
{
    return swapped(c, old, data2, data, denorm);
}

/* ---- one after the other: lane 0 goes first ---- */

static void refill(void *at, uint32_t mask)
{
    for (unsigned i = 0; i < WORDS; i++)
        shadow[i] = (uint32_t)machine_noise() & mask;
    memcpy(at, shadow, sizeof shadow);
}

static void atomics(const struct context *c, struct state *s, unsigned denorm, atomic_fn *fn, uint8_t *at,
                    bool returns)
{
    uint32_t mask = fn == sum_of_halves ? 0x87ff87ff : 0x80ffffff;
    s->mode = (s->mode & ~0xf0u) | denorm * 0x50;
    for (unsigned i = 0; i < c->lanes; i++)
        if (c->exec >> i & 1) {
            uint32_t *word = &shadow[(s->vgpr[REG_A][i] &= 0xfc) / 4];
            for (unsigned r = REG_B; r < REG_B + 2; r++)
                s->vgpr[r][i] &= mask;
            if (returns)
                s->vgpr[REG_D][i] = *word;
            *word = fn(c, *word, s->vgpr[REG_B][i], s->vgpr[REG_B + 1][i], denorm);
        }
    ck_assert_msg(!memcmp(at, shadow, sizeof shadow), "%s, denormals %u: other values in memory",
                  isa_targets[c->target].cpu, denorm);
    refill(at, mask);
}

#define CASES(name, fn, at, returns)                              \
    static void name##0(const struct context *c, struct state *s) \
    {                                                             \
        atomics(c, s, 0, fn, at, returns);                        \
    }                                                             \
    static void name##1(const struct context *c, struct state *s) \
    {                                                             \
        atomics(c, s, 1, fn, at, returns);                        \
    }                                                             \
    static void name##2(const struct context *c, struct state *s) \
    {                                                             \
        atomics(c, s, 2, fn, at, returns);                        \
    }                                                             \
    static void name##3(const struct context *c, struct state *s) \
    {                                                             \
        atomics(c, s, 3, fn, at, returns);                        \
    }
CASES(lds_sum, sum, machine_lds + OFFSET, true)
CASES(lds_halves, sum_of_halves, machine_lds + OFFSET, true)
CASES(lds_least, least, machine_lds + OFFSET, true)
CASES(lds_most, most, machine_lds + OFFSET, true)
CASES(lds_swap, swapped, machine_lds + OFFSET, true)
CASES(lds_swap_first, swapped_first, machine_lds + OFFSET, true)
CASES(data_sum, sum_in_memory, machine_data + IN_DATA, false)
CASES(data_least, least_in_memory, machine_data + IN_DATA, false)
CASES(data_most, most_in_memory, machine_data + IN_DATA, false)

/* MODE's denormals, both kinds alike; v8 an address, v12 and v13 numbers. */
#define PREPARE(denorm, mask)                                                                        \
    "s_setreg_imm32_b32 hwreg(1, 4, 4), 0x" #denorm "\nv_and_b32 v8, 0xfc, v8\nv_and_b32 v12, " mask \
    ", v12\n"                                                                                        \
    "v_and_b32 v13, " mask ", v13\n"
#define SINGLES "0x80ffffff"
#define HALVES  "0x87ff87ff"
#define FOUR(name, mask, text, fn)                                                          \
    {name, PREPARE(0, mask) text, fn##0, 0, 0}, {name, PREPARE(5, mask) text, fn##1, 0, 0}, \
        {name, PREPARE(a, mask) text, fn##2, 0, 0},                                         \
    {                                                                                       \
        name, PREPARE(f, mask) text, fn##3, 0, 0                                            \
    }
#define IN_LDS(name, mask, fn) FOUR(name, mask, name " v20, v8, v12 offset:16", fn)
#define TWO_LDS(name, fn)      FOUR(name, SINGLES, name " v20, v8, v12, v13 offset:16", fn)
#define IN_MEMORY(name, fn)    FOUR(name, SINGLES, name " v8, v12, s[28:29] offset:1024", fn)

static const struct special in_lds[] = {
    IN_LDS("ds_add_rtn_f32", SINGLES, lds_sum),      IN_LDS("ds_min_rtn_f32", SINGLES, lds_least),
    IN_LDS("ds_max_rtn_f32", SINGLES, lds_most),     IN_LDS("ds_min_num_rtn_f32", SINGLES, lds_least),
    IN_LDS("ds_max_num_rtn_f32", SINGLES, lds_most), TWO_LDS("ds_cmpst_rtn_f32", lds_swap_first),
    TWO_LDS("ds_cmpstore_rtn_f32", lds_swap),
};
static const struct special halves_in_lds[] = {IN_LDS("ds_pk_add_rtn_f16", HALVES, lds_halves)};
static const struct special in_memory[] = {IN_MEMORY("global_atomic_add_f32", data_sum)};
static const struct special compared_in_memory[] = {IN_MEMORY("global_atomic_min_f32", data_least),
                                                    IN_MEMORY("global_atomic_max_f32", data_most)};

START_TEST(sums_and_comparisons_in_lds_take_denormals_as_mode_says)
{
    refill(machine_lds + OFFSET, 0x80ffffff);
    specials_try(in_lds, sizeof in_lds / sizeof *in_lds);
}
END_TEST

START_TEST(sums_of_halves_in_lds_take_denormals_as_mode_says)
{
    refill(machine_lds + OFFSET, 0x87ff87ff);
    specials_try(halves_in_lds, sizeof halves_in_lds / sizeof *halves_in_lds);
}
END_TEST

START_TEST(sums_in_memory_do_not_look_at_mode)
{
    refill(machine_data + IN_DATA, 0x80ffffff);
    specials_try(in_memory, sizeof in_memory / sizeof *in_memory);
}
END_TEST

START_TEST(comparisons_in_memory_look_at_mode_on_gfx11_alone)
{
    refill(machine_data + IN_DATA, 0x80ffffff);
    specials_try(compared_in_memory, sizeof compared_in_memory / sizeof *compared_in_memory);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sums_and_comparisons_in_lds_take_denormals_as_mode_says,
                                  sums_of_halves_in_lds_take_denormals_as_mode_says,
                                  sums_in_memory_do_not_look_at_mode,
                                  comparisons_in_memory_look_at_mode_on_gfx11_alone, NULL};
    return run_truth("isa_float_atomics", 600, tests);
}
