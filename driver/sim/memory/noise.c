/*
 * noise.c - the garbage that real memory, registers and LDS hold before somebody writes them.
 *
 * Invariant: the same seed gives the same bytes on every run and host, and a longer request begins with the
 * bytes of a shorter one. The generator is splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", 2014): a counter and a mixing function, so that it has no state to keep.
 */
#include <pthread.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "heap.h"

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

/* ---- registers and LDS: there is a lot to fill, for each wave anew ---- */

enum { PIECE = 512, LINE = 8 }; /* small: it shares the nearest cache with what it fills */

static _Alignas(64) uint64_t piece[PIECE];

/* Each row is the same part of the piece, changed in a way of its own. */
static const uint64_t *rows_source(uint64_t key)
{
    return piece + ((key >> 32) * (PIECE / LINE - 3) >> 32) * LINE;
}

static const uint64_t ROW_STEP = 0x9e3779b97f4a7c15ull;

static void rows_fill(uint32_t (*rows)[64], unsigned n, unsigned lanes, uint64_t key)
{
    const uint64_t *from = rows_source(key);
    for (unsigned row = 0; row < n; row++) {
        uint64_t change = key ^ row * ROW_STEP;
        for (unsigned i = 0; i < lanes / 2; i++) {
            uint64_t word = from[i] ^ change;
            memcpy(&rows[row][2 * i], &word, sizeof word);
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void rows_fill_avx512(uint32_t (*rows)[64], unsigned n,
                                                                unsigned lanes, uint64_t key)
{
    const uint64_t *from = rows_source(key);
    __m512i a = _mm512_load_si512(from), b = _mm512_load_si512(from + 8);
    __m512i c = _mm512_load_si512(from + 16), d = _mm512_load_si512(from + 24);
    for (unsigned row = 0; row < n; row++) {
        __m512i changes = _mm512_set1_epi64((long long)(key ^ row * ROW_STEP));
        _mm512_storeu_si512(&rows[row][0], _mm512_xor_si512(a, changes));
        _mm512_storeu_si512(&rows[row][16], _mm512_xor_si512(b, changes));
        if (lanes <= 32)
            continue;
        _mm512_storeu_si512(&rows[row][32], _mm512_xor_si512(c, changes));
        _mm512_storeu_si512(&rows[row][48], _mm512_xor_si512(d, changes));
    }
}

__attribute__((target("avx2"))) static void rows_fill_avx2(uint32_t (*rows)[64], unsigned n, unsigned lanes,
                                                           uint64_t key)
{
    const uint64_t *from = rows_source(key);
    for (unsigned row = 0; row < n; row++) {
        __m256i changes = _mm256_set1_epi64x((long long)(key ^ row * ROW_STEP));
        for (unsigned i = 0; i < lanes; i += 8) {
            __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)(from + i / 2));
            _mm256_storeu_si256((__m256i *)(void *)&rows[row][i], _mm256_xor_si256(words, changes));
        }
    }
}
#endif

static void (*fill)(uint32_t (*rows)[64], unsigned n, unsigned lanes, uint64_t key);

static void rows_begin(void)
{
    fill = rows_fill;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        fill = rows_fill_avx2;
    if (__builtin_cpu_supports("avx512f"))
        fill = rows_fill_avx512;
#endif
    sim_noise(piece, sizeof piece, 1);
}

uint64_t sim_noise_key(uint64_t seed)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, rows_begin);
    return noise_word(seed);
}

void sim_noise_rows(uint32_t (*rows)[64], unsigned n, unsigned lanes, uint64_t key)
{
    fill(rows, n, lanes, key);
}

const uint64_t *sim_noise_row(uint64_t key, unsigned row, uint64_t *change)
{
    *change = key ^ row * ROW_STEP;
    return rows_source(key);
}

uint32_t sim_noise_at(uint64_t key, unsigned n)
{
    uint64_t change;
    const uint64_t *from = sim_noise_row(key, n / 64, &change);
    return (uint32_t)((from[n % 64 / 2] ^ change) >> n % 2 * 32);
}
