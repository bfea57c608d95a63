/*
 * test_isa_shared.c - LDS addressed by the lane's number, counters there, and lanes read whether on or off:
 * each case is a text and what it makes of a wave's state.
 *
 * Facts: sections "DS Instructions" of AMD's MI300, CDNA4, RDNA3 and RDNA4 manuals; that M0 has a
 * counter's address: LLVM (AMDGPUISelDAGToDAG.cpp, SelectDSAppendConsume).
 */
#include "isa/run_truth.h"
#include "isa/special.h"
#include "isa/vector.h"

#include <check.h>
#include <string.h>

enum { BASE = 0x40, OFFSET = 16 };

static bool is_on(const struct context *c, unsigned lane)
{
    return c->exec >> lane & 1;
}

static uint32_t word_at(unsigned byte)
{
    uint32_t word;
    memcpy(&word, machine_lds + byte, sizeof word);
    return word;
}

static void loaded_by_lane(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = word_at(BASE + OFFSET + 4 * i);
}

/* What lies there now was stored by the lanes that are on. */
static void stored_by_lane(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            ck_assert_uint_eq(word_at(BASE + OFFSET + 4 * i), c->before->vgpr[REG_B][i]);
}

/* Each of two returns what was there before it, to all lanes that are on. */
static void counted(const struct context *c, struct state *s, uint32_t step)
{
    uint32_t after = word_at(BASE + OFFSET);
    s->sgpr[SREG_M0] = BASE;
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i)) {
            s->vgpr[REG_D][i] = after - 2 * step;
            s->vgpr[REG_D + 1][i] = after - step;
        }
}

static void appended(const struct context *c, struct state *s)
{
    counted(c, s, (uint32_t)__builtin_popcountll(c->exec));
}

static void consumed(const struct context *c, struct state *s)
{
    counted(c, s, 0 - (uint32_t)__builtin_popcountll(c->exec));
}

static void permuted_from_any(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_B][(c->before->vgpr[REG_A][i] + 8) / 4 % c->lanes];
}

#define M0_IS_BASE "s_movk_i32 m0, 0x40\n"
#define AT_LANE(name, text, change)         \
    {                                       \
        name, M0_IS_BASE text, change, 0, 0 \
    }
#define TWICE(name, change)                                                          \
    {                                                                                \
        name, M0_IS_BASE name " v20 offset:16\n" name " v21 offset:16", change, 0, 0 \
    }

static const struct special specials[] = {
    AT_LANE("ds_read_addtid_b32", "ds_read_addtid_b32 v20 offset:16", loaded_by_lane),
    AT_LANE("ds_load_addtid_b32", "ds_load_addtid_b32 v20 offset:16", loaded_by_lane),
    AT_LANE("ds_write_addtid_b32", "ds_write_addtid_b32 v12 offset:16", stored_by_lane),
    AT_LANE("ds_store_addtid_b32", "ds_store_addtid_b32 v12 offset:16", stored_by_lane),
    TWICE("ds_append", appended),
    TWICE("ds_consume", consumed),
    {"ds_bpermute_fi_b32", "ds_bpermute_fi_b32 v20, v8, v12 offset:8", permuted_from_any, 0, 0},
};

START_TEST(shared_memory_by_lane_and_its_counters_do_what_the_manual_says)
{
    machine_noise_fill(machine_lds, sizeof machine_lds);
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {shared_memory_by_lane_and_its_counters_do_what_the_manual_says, NULL};
    return run_truth("isa_shared", 600, tests);
}
