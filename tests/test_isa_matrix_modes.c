/*
 * test_isa_matrix_modes.c - which denormals matrix instructions of CDNA know, and when MODE is asked.
 *
 * Facts: CDNA3's manual, 7.3: factors in 32 bits are as MODE has it, narrower ones and xf32 are not flushed;
 * CDNA2's list of MFMA: those in 16 bits are flushed.
 */
#include "isa/run_truth.h"
#include "isa/special.h"
#include "isa/vector.h"

#include <check.h>

static const uint32_t A_SINGLE = 0x00080000 /* 2^-130 */, B_SINGLE = 0x71800000 /* 2^100 */,
                      A_HALVES = 0x00010001, B_HALVES = 0x3c003c00;

static void sums(const struct context *c, struct state *s, uint32_t a, uint32_t b, unsigned denorm,
                 double sum)
{
    s->mode = (s->mode & ~0xf0u) | denorm << 4;
    s->sgpr[SREG_EXEC] = s->sgpr[SREG_EXEC + 1] = UINT32_MAX;
    for (unsigned lane = 0; lane < c->lanes; lane++) {
        for (unsigned i = 0; i < 2; i++)
            s->vgpr[REG_A + i][lane] = a, s->vgpr[REG_B + i][lane] = b;
        for (unsigned i = 0; i < 4; i++)
            s->vgpr[REG_D + i][lane] = n_to32(sum, EVEN);
    }
}

/* One product; MODE's bit for sources alone counts. */
static void single_flushed(const struct context *c, struct state *s)
{
    sums(c, s, A_SINGLE, B_SINGLE, 0xe, 0);
}

static void single_kept(const struct context *c, struct state *s)
{
    sums(c, s, A_SINGLE, B_SINGLE, 0xd, 0x1p-30);
}

/* Eight of them. */
static void single_short(const struct context *c, struct state *s)
{
    sums(c, s, A_SINGLE, B_SINGLE, 0xe, 0x1p-27);
}

/* Four of halves. */
static void halves(const struct context *c, struct state *s)
{
    sums(c, s, A_HALVES, B_HALVES, 0x0, c->target == TARGET_90A ? 0 : 0x1p-22);
}

#define FACTORS(mode, a, b)                                                             \
    "s_setreg_imm32_b32 hwreg(1, 4, 4), " mode "\ns_mov_b64 exec, -1\nv_mov_b32 v8, " a \
    "\nv_mov_b32 v9, v8\nv_mov_b32 v12, " b "\nv_mov_b32 v13, v12\n"
#define SINGLE(mode, text) FACTORS(mode, "0x80000", "0x71800000") text

static const struct special specials[] = {
    {"v_mfma_f32_4x4x1f32", SINGLE("0xe", "v_mfma_f32_4x4x1f32 v[20:23], v8, v12, 0"), single_flushed, 0, 0},
    {"v_mfma_f32_4x4x1f32", SINGLE("0xd", "v_mfma_f32_4x4x1f32 v[20:23], v8, v12, 0"), single_kept, 0, 0},
    {"v_mfma_f32_4x4x1_16b_f32", SINGLE("0xe", "v_mfma_f32_4x4x1_16b_f32 v[20:23], v8, v12, 0"),
     single_flushed, 0, 0},
    {"v_mfma_f32_4x4x1_16b_f32", SINGLE("0xd", "v_mfma_f32_4x4x1_16b_f32 v[20:23], v8, v12, 0"), single_kept,
     0, 0},
    {"v_mfma_f32_16x16x8_xf32", SINGLE("0xe", "v_mfma_f32_16x16x8_xf32 v[20:23], v[8:9], v[12:13], 0"),
     single_short, 0, 0},
    {"v_mfma_f32_4x4x4f16",
     FACTORS("0x0", "0x10001", "0x3c003c00") "v_mfma_f32_4x4x4f16 v[20:23], v[8:9], v[12:13], 0", halves, 0,
     0},
    {"v_mfma_f32_4x4x4_16b_f16",
     FACTORS("0x0", "0x10001", "0x3c003c00") "v_mfma_f32_4x4x4_16b_f16 v[20:23], v[8:9], v[12:13], 0", halves,
     0, 0},
};

START_TEST(factors_are_without_denormals_where_mode_or_the_generation_says_so)
{
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {factors_are_without_denormals_where_mode_or_the_generation_says_so, NULL};
    return run_truth("isa_matrix_modes", 600, tests);
}
