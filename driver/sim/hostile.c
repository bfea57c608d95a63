/*
 * hostile.c - seeded spite: hostile.h says which kinds there are; who does them asks here.
 */
#include "sim/hostile.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic bool hostile;
static _Atomic uint64_t seed;
static _Atomic uint64_t count[SPITES];

void sim_hostile_begin(uint64_t with_seed)
{
    atomic_store(&seed, with_seed);
    for (unsigned i = 0; i < SPITES; i++)
        atomic_store(&count[i], 0);
    atomic_store(&hostile, true);
}

bool sim_hostile(void)
{
    return atomic_load_explicit(&hostile, memory_order_relaxed);
}

/* Steele and others, "Fast Splittable Pseudorandom Number Generators": the finalizer of SplitMix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

uint64_t sim_spite(enum sim_spite what)
{
    if (!sim_hostile())
        return 0;
    uint64_t n = atomic_fetch_add_explicit(&count[what], 1, memory_order_relaxed);
    return mix(mix(atomic_load_explicit(&seed, memory_order_relaxed) + (uint64_t)what * 0x9e3779b97f4a7c15) +
               n);
}

bool sim_spiteful(enum sim_spite what, unsigned one_in)
{
    return sim_hostile() && sim_spite(what) % one_in == 0;
}

void sim_spite_pause(enum sim_spite what, unsigned one_in, unsigned most_us)
{
    if (!sim_spiteful(what, one_in))
        return;
    struct timespec nap = {.tv_nsec = (long)(sim_spite(what) % most_us) * 1000};
    nanosleep(&nap, NULL);
}
