/*
 * noise.c - the garbage that real memory, registers and LDS hold before somebody writes them.
 *
 * Invariant: the same seed gives the same bytes on every run and host, and a longer request begins with the
 * bytes of a shorter one. The generator is splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", 2014): a counter and a mixing function, so that it has no state to keep.
 */
#include <string.h>

#include "sim.h"

static uint64_t noise_word(uint64_t counter)
{
    uint64_t z = counter;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

void sim_noise(void *to, size_t bytes, uint64_t seed)
{
    uint8_t *at = to;
    uint64_t counter = noise_word(seed); /* neighbouring seeds would otherwise give shifted copies */
    while (bytes >= sizeof counter) {
        uint64_t word = noise_word(counter += 0x9e3779b97f4a7c15ull);
        memcpy(at, &word, sizeof word);
        at += sizeof word;
        bytes -= sizeof word;
    }
    if (bytes > 0) {
        uint64_t word = noise_word(counter + 0x9e3779b97f4a7c15ull);
        memcpy(at, &word, bytes);
    }
}
