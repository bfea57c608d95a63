/*
 * special.c - see special.h.
 */
#include "special.h"

#include "coverage.h"
#include "operands.h"
#include "run_suite.h"
#include "vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPECIALS_MAX = 400 };

unsigned special_rounds(unsigned usual)
{
    const char *value = getenv("KFDFS_ISA_ROUNDS");
    return value ? (unsigned)strtoul(value, NULL, 10) : usual;
}

static void special_try(const struct special *special, unsigned n, unsigned target, bool wave32)
{
    static struct state before, got, expect;
    for (unsigned round = 0; round < special_rounds(16); round++) {
        operands_fill(&before, target, wave32, round);
        before.mode = target == TARGET_1201 ? 0xf0 : 0x3f0;
        machine_noise_fill(machine_data, 256);
        before.sgpr[28] = DATA_VA, before.sgpr[29] = 0;
        before.sgpr[8] = DATA_VA, before.sgpr[9] = 0, before.sgpr[10] = DATA_BYTES, before.sgpr[11] = 0;
        before.sgpr[SREG_M0] = 3;
        before.sgpr[24] = machine_noise() % 32 * 4;
        before.sgpr[26] = n_bits32(1 + (float)(machine_noise() % 15));
        memcpy(&got, &before, sizeof got);
        memcpy(&expect, &before, sizeof expect);
        struct context c = {target, wave32 ? 32 : 64, wave32, 0, CODE_VA + n * 64, &before, &got};
        c.exec =
            (before.sgpr[SREG_EXEC] | (uint64_t)before.sgpr[SREG_EXEC + 1] << 32) & machine_lanes(wave32);
        enum isa_state ended = machine_run(target, wave32, n, &got);
        if (special->change)
            special->change(&c, &expect);
        if (strncmp(special->name, "v_s_", 4) == 0 && got.sgpr[30] + 1 - expect.sgpr[30] <= 2)
            got.sgpr[30] = expect.sgpr[30]; /* a unit in the last place */
        ck_assert_msg(ended == (special->ends ? special->ends : ISA_ENDED), "%s on %s: ended as %d",
                      special->text, isa_targets[target].cpu, ended);
        for (unsigned i = 0; i < 128; i++)
            ck_assert_msg(got.sgpr[i] == expect.sgpr[i], "%s on %s, wave%u: s%u is %#x, not %#x (round %u)",
                          special->text, isa_targets[target].cpu, c.lanes, i, got.sgpr[i], expect.sgpr[i],
                          round);
        for (unsigned r = 0; r < N_VGPRS; r++)
            if (memcmp(got.vgpr[r], expect.vgpr[r], c.lanes * 4) != 0)
                ck_abort_msg("%s on %s, wave%u: v%u (round %u)", special->text, isa_targets[target].cpu,
                             c.lanes, r, round);
        ck_assert_msg(got.scc == expect.scc && got.mode == expect.mode, "%s on %s: SCC or MODE",
                      special->text, isa_targets[target].cpu);
        coverage_add(special->name, target,
                     (COVER_COMPARED | COVER_PLAIN | operands_round_classes(&before, wave32)) &
                         ~(uint32_t)(COVER_FLUSH | COVER_ROUND));
    }
}

static void target_try(const struct special *specials, unsigned n_specials, unsigned target, bool wave32)
{
    static struct code codes[SPECIALS_MAX];
    ck_assert_uint_le(n_specials, SPECIALS_MAX);
    for (unsigned n = 0; n < n_specials; n++)
        snprintf(codes[n].text, sizeof codes[n].text, "%s", specials[n].text ? specials[n].text : "");
    ck_assert_msg(machine_assemble(target, wave32, codes, n_specials), "llvm-mc-22");
    for (unsigned n = 0; n < n_specials; n++)
        if (!specials[n].text && target >= TARGET_1100)
            codes[n].bytes = 4;
    machine_load(target, codes, n_specials);
    for (unsigned n = 0; n < n_specials; n++)
        if (codes[n].bytes && specials[n].waves != (wave32 ? 2 : 1))
            special_try(&specials[n], n, target, wave32);
}

void specials_try(const struct special *specials, unsigned n)
{
    for (unsigned target = 0; target < TARGETS; target++) {
        target_try(specials, n, target, false);
        if (isa_targets[target].wave32)
            target_try(specials, n, target, true);
    }
    machine_end();
    coverage_save();
}
