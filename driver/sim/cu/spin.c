/*
 * spin.c - finds waves that only wait (spin.h).
 */
#include "spin.h"

#include <string.h>

enum {
    ROUND = 64,      /* steps that a round may have; one is an instruction, or a trace of machine code */
    PERIOD_MAX = 64, /* slices between two looks at a wave that works */
};

static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t size)
{
    const uint64_t k = 0x9e3779b97f4a7c15;
    uint64_t lane[4] = {digest, ~digest, digest ^ k, digest + k}, word[4];
    const uint8_t *from = bytes;
    for (size_t at = 0; at + sizeof word <= size; at += sizeof word) {
        memcpy(word, from + at, sizeof word);
        for (unsigned i = 0; i < 4; i++) {
            lane[i] = (lane[i] ^ word[i]) * k;
            lane[i] ^= lane[i] >> 29;
        }
    }
    return ((lane[0] * 3 ^ lane[1]) * 5 ^ lane[2]) * 7 ^ lane[3];
}

typedef uint64_t digest_fn(const struct isa_wave *w);

static uint64_t scalar_digest(const struct isa_wave *w)
{
    _Static_assert(ISA_EXEC + 2 <= 128, "EXEC is among the first 128 scalar registers");
    return digest_bytes(w->scc | (uint64_t)w->mode << 8, w->sgpr, 128 * sizeof w->sgpr[0]);
}

static uint64_t wave_digest(const struct isa_wave *w)
{
    uint64_t digest = scalar_digest(w);
    digest = digest_bytes(digest, w->vgpr, w->n_vgprs * sizeof w->vgpr[0]);
    return w->agpr ? digest_bytes(digest, w->agpr, w->n_agprs * sizeof w->agpr[0]) : digest;
}

/* Runs until it is where the round began; true: with the same digest, or it went to sleep by itself. */
static bool comes_round(const struct sim_spin *spin, struct isa_wave *w, struct isa_cache *cache,
                        digest_fn *digest)
{
    for (unsigned i = 0; i < ROUND; i++) {
        if (isa_run(w, cache, 1) != ISA_RUNNING || w->yield)
            return w->yield;
        if (w->pc == spin->pc)
            return digest(w) == spin->digest;
    }
    return false;
}

static void round_begin(struct sim_spin *spin, const struct isa_wave *w, digest_fn *digest)
{
    spin->pc = w->pc;
    spin->digest = digest(w);
}

void sim_spin_look(struct sim_spin *spin, struct isa_wave *w, struct isa_cache *cache)
{
    if (w->state != ISA_RUNNING || w->yield || spin->slices-- > 0)
        return;
    if (spin->period < PERIOD_MAX)
        spin->period = spin->period * 2 + 1;
    spin->slices = spin->period;
    round_begin(spin, w, scalar_digest); /* which as a rule tells that it works */
    if (!comes_round(spin, w, cache, scalar_digest))
        return;
    bool sleeps = w->yield;
    round_begin(spin, w, wave_digest);
    if (sleeps || comes_round(spin, w, cache, wave_digest))
        spin->found = w->yield = true;
}

bool sim_spin_goes_on(struct sim_spin *spin, struct isa_wave *w, struct isa_cache *cache)
{
    if (!spin->found)
        return false;
    if (comes_round(spin, w, cache, wave_digest))
        return w->yield = true;
    spin->found = false;
    spin->slices = spin->period = 0;
    return false;
}
