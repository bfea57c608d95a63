/*
 * test_isa_relative.c - moves between registers whose numbers M0 is added to, or an index is.
 *
 * Facts: S_MOVREL*, V_MOVREL*, V_SWAPREL in AMD's RDNA3 manual. M0 is 3 where a text does not set it.
 */
#include "isa/run_truth.h"
#include "isa/special.h"
#include "isa/vector.h"

#include <check.h>

/* Of M0, bits 9:0 and 25:16 are numbers: 6 for the source, 4 for the result. The others do not count. */
static const uint32_t BOTH = 0xfc04fc06;
enum { SOURCE = 6, RESULT = 4 };
#define M0_IS_BOTH "s_mov_b32 m0, 0xfc04fc06\n"

static void movrels_b32(const struct context *c, struct state *s)
{
    s->sgpr[30] = c->before->sgpr[23];
}

static void movreld_b32(const struct context *c, struct state *s)
{
    s->sgpr[33] = c->before->sgpr[20];
}

static void pair_move(const struct context *c, struct state *s, unsigned to, unsigned from)
{
    for (unsigned i = 0; i < 2; i++)
        s->sgpr[to + i] = c->before->sgpr[from + i];
}

static void movrels_b64(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = 4;
    pair_move(c, s, 30, 24);
}

static void movreld_b64(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = 4;
    pair_move(c, s, 34, 20);
}

static void movrelsd_2_b32(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BOTH;
    s->sgpr[30 + RESULT] = c->before->sgpr[20 + SOURCE];
}

static void vgpr_move(const struct context *c, struct state *s, unsigned to, unsigned from)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (c->exec >> i & 1)
            s->vgpr[to][i] = c->before->vgpr[from][i];
}

static void v_movrels(const struct context *c, struct state *s)
{
    vgpr_move(c, s, REG_D, REG_A + 3);
}

static void v_movreld(const struct context *c, struct state *s)
{
    vgpr_move(c, s, REG_D + 3, REG_A);
}

static void v_movrelsd(const struct context *c, struct state *s)
{
    vgpr_move(c, s, REG_D + 3, REG_A + 3);
}

static void v_movrelsd_2(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BOTH;
    vgpr_move(c, s, REG_D + RESULT, REG_A + SOURCE);
}

static void v_swaprel(const struct context *c, struct state *s)
{
    s->sgpr[SREG_M0] = BOTH;
    vgpr_move(c, s, REG_D + RESULT, REG_A + SOURCE);
    vgpr_move(c, s, REG_A + SOURCE, REG_D + RESULT);
}

/* ---- by index (gfx9): the source's first, then the result's ---- */

static void indexed(const struct context *c, struct state *s)
{
    s->sgpr[34] = 1;
    s->sgpr[SREG_M0] = (c->before->sgpr[SREG_M0] & 0xffff0f00) | 3 | 8 << 12;
    vgpr_move(c, s, REG_D, REG_A + 3);
    vgpr_move(c, s, REG_D + 1 + 3, REG_A);
}

/* Both at once, and none once it is off. */
static void indexed_both(const struct context *c, struct state *s)
{
    s->sgpr[34] = 2;
    s->sgpr[SREG_M0] = (c->before->sgpr[SREG_M0] & 0xffff0f00) | 2 | 9 << 12;
    vgpr_move(c, s, REG_D + 2, REG_A + 2);
    vgpr_move(c, s, REG_D + 5, REG_A);
}

#define INDEXED                                                                                        \
    "s_movk_i32 s34, 1\ns_set_gpr_idx_on s34, gpr_idx(SRC0)\ns_set_gpr_idx_idx 3\nv_mov_b32 v20, v8\n" \
    "s_set_gpr_idx_mode gpr_idx(DST)\nv_mov_b32 v21, v8\ns_set_gpr_idx_off"
#define INDEXED_BOTH                                                                                     \
    "s_movk_i32 s34, 2\ns_set_gpr_idx_on s34, gpr_idx(SRC0,DST)\nv_mov_b32 v20, v8\ns_set_gpr_idx_off\n" \
    "v_mov_b32 v25, v8"

static const struct special specials[] = {
    {"s_movrels_b32", "s_movrels_b32 s30, s20", movrels_b32, 0, 0},
    {"s_movreld_b32", "s_movreld_b32 s30, s20", movreld_b32, 0, 0},
    {"s_movrels_b64", "s_movk_i32 m0, 4\ns_movrels_b64 s[30:31], s[20:21]", movrels_b64, 0, 0},
    {"s_movreld_b64", "s_movk_i32 m0, 4\ns_movreld_b64 s[30:31], s[20:21]", movreld_b64, 0, 0},
    {"s_movrelsd_2_b32", M0_IS_BOTH "s_movrelsd_2_b32 s30, s20", movrelsd_2_b32, 0, 0},
    {"v_movrels_b32", "v_movrels_b32_e32 v20, v8", v_movrels, 0, 0},
    {"v_movreld_b32", "v_movreld_b32_e32 v20, v8", v_movreld, 0, 0},
    {"v_movrelsd_b32", "v_movrelsd_b32_e32 v20, v8", v_movrelsd, 0, 0},
    {"v_movrelsd_2_b32", M0_IS_BOTH "v_movrelsd_2_b32_e32 v20, v8", v_movrelsd_2, 0, 0},
    {"v_swaprel_b32", M0_IS_BOTH "v_swaprel_b32 v20, v8", v_swaprel, 0, 0},
    {"s_set_gpr_idx_on", INDEXED, indexed, 0, 0},
    {"s_set_gpr_idx_idx", INDEXED, indexed, 0, 0},
    {"s_set_gpr_idx_mode", INDEXED, indexed, 0, 0},
    {"s_set_gpr_idx_on", INDEXED_BOTH, indexed_both, 0, 0},
    {"s_set_gpr_idx_off", INDEXED_BOTH, indexed_both, 0, 0},
};

START_TEST(registers_are_found_by_their_number_and_what_is_added_to_it)
{
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {registers_are_found_by_their_number_and_what_is_added_to_it, NULL};
    return run_truth("isa_relative", 600, tests);
}
