/*
 * op_rows.h - rows of addresses and of data, for one level of the host's vectors (op_memory.c).
 *
 * The lanes of a wave mostly access memory in a pattern: side by side, all the same, or a few places again
 * and again. Lanes of a block that read within one window are served by loading the window and choosing from
 * it; only AVX-512 has the instructions that make this worth while. Elsewhere the lanes go one by one.
 *
 * Invariant: an aligned dword, and an aligned pair of dwords, is read and written whole (raw.h), since the
 * host's vectors move no less than eight aligned bytes at a time.
 */
#ifndef KFDFS_SIM_OP_ROWS_H
#define KFDFS_SIM_OP_ROWS_H

#include "raw.h"
#include "vector_op.h"

/* Compiled anew for each size of access. */
#define OWN_COPY __attribute__((always_inline)) static inline

typedef uint32_t mem_rows[VEC_LANES];

struct mem_lanes {
    uint64_t exec; /* with ones for lanes that there are not; 0: none is active */
    unsigned n;
    const uint32_t *at; /* offsets */
};

struct mem_span { /* of offsets: what a wave's access covers at most */
    uint32_t low;
    uint64_t end;
};

static unsigned first_lane(const struct mem_lanes *l)
{
    return (unsigned)__builtin_ctzll(l->exec);
}

#if defined(__AVX512F__)

/* Lanes of a block, one bit each. */
OWN_COPY __mmask16 block_exec(const struct mem_lanes *l, unsigned block)
{
    return (__mmask16)(l->exec >> block);
}

/* Do all active lanes hold that value? */
OWN_COPY bool row_is(const uint32_t *row, const struct mem_lanes *l, uint32_t value)
{
    __mmask16 wrong = 0;
    for (unsigned i = 0; i < l->n; i += 16)
        wrong |= _mm512_mask_cmpneq_epi32_mask(block_exec(l, i), _mm512_loadu_si512(row + i),
                                               _mm512_set1_epi32((int)value));
    return !wrong;
}

/* Are all offsets multiples of 4? */
OWN_COPY bool lanes_aligned(const struct mem_lanes *l)
{
    __mmask16 wrong = 0;
    for (unsigned i = 0; i < l->n; i += 16)
        wrong |= _mm512_mask_test_epi32_mask(block_exec(l, i), _mm512_loadu_si512(l->at + i),
                                             _mm512_set1_epi32(3));
    return !wrong;
}

OWN_COPY void lanes_span(const struct mem_lanes *l, unsigned bytes, struct mem_span *span)
{
    __m512i min = _mm512_set1_epi32((int)l->at[first_lane(l)]), max = min;
    for (unsigned i = 0; i < l->n; i += 16) {
        __m512i at = _mm512_loadu_si512(l->at + i);
        min = _mm512_mask_min_epu32(min, block_exec(l, i), min, at);
        max = _mm512_mask_max_epu32(max, block_exec(l, i), max, at);
    }
    span->low = _mm512_reduce_min_epu32(min);
    span->end = (uint64_t)_mm512_reduce_max_epu32(max) + bytes;
}

#else

OWN_COPY bool row_is(const uint32_t *row, const struct mem_lanes *l, uint32_t value)
{
    uint32_t wrong = 0;
    if (l->exec == ~UINT64_C(0))
        for (unsigned i = 0; i < l->n; i++)
            wrong |= row[i] ^ value;
    else
        for (unsigned i = 0; i < l->n; i++)
            wrong |= l->exec >> i & 1 ? row[i] ^ value : 0;
    return !wrong;
}

OWN_COPY bool lanes_aligned(const struct mem_lanes *l)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < l->n; i++)
        bits |= l->exec >> i & 1 ? l->at[i] : 0;
    return bits % 4 == 0;
}

OWN_COPY void lanes_span(const struct mem_lanes *l, unsigned bytes, struct mem_span *span)
{
    uint32_t first = l->at[first_lane(l)], min = first, max = first;
    if (l->exec == ~UINT64_C(0))
        for (unsigned i = 0; i < l->n; i++) {
            min = l->at[i] < min ? l->at[i] : min;
            max = l->at[i] > max ? l->at[i] : max;
        }
    else
        for (unsigned i = 0; i < l->n; i++) {
            uint32_t at = l->exec >> i & 1 ? l->at[i] : first;
            min = at < min ? at : min;
            max = at > max ? at : max;
        }
    *span = (struct mem_span){min, (uint64_t)max + bytes};
}

#endif

/* ---- lanes one by one; memory is at host + at[] ---- */

RAW static uint32_t part_read(const uint8_t *at, unsigned bytes, unsigned sign)
{
    uint32_t value = bytes == 1 ? *(const volatile uint8_t *)at : *(const volatile raw16 *)at;
    return sign == 8 ? (uint32_t)(int8_t)value : sign == 16 ? (uint32_t)(int16_t)value : value;
}

RAW static void part_write(uint8_t *at, uint32_t value, unsigned bytes)
{
    if (bytes == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else
        *(volatile raw16 *)at = (uint16_t)value;
}

RAW static inline void lane_read(mem_rows *to, unsigned lane, const uint8_t *at, unsigned bytes)
{
    if (bytes == 4) {
        to[0][lane] = *(const volatile raw32 *)at;
        return;
    }
    uint64_t pair = *(const volatile raw64 *)at;
    to[0][lane] = (uint32_t)pair;
    to[1][lane] = (uint32_t)(pair >> 32);
    if (bytes == 12)
        to[2][lane] = *(const volatile raw32 *)(at + 8);
    if (bytes == 16) {
        pair = *(const volatile raw64 *)(at + 8);
        to[2][lane] = (uint32_t)pair;
        to[3][lane] = (uint32_t)(pair >> 32);
    }
}

RAW static inline void lane_write(uint8_t *at, const mem_rows *from, unsigned lane, unsigned bytes)
{
    if (bytes == 4)
        *(volatile raw32 *)at = from[0][lane];
    else
        *(volatile raw64 *)at = from[0][lane] | (uint64_t)from[1][lane] << 32;
    if (bytes == 12)
        *(volatile raw32 *)(at + 8) = from[2][lane];
    if (bytes == 16)
        *(volatile raw64 *)(at + 8) = from[2][lane] | (uint64_t)from[3][lane] << 32;
}

#define EACH_LANE(l, ...)                                  \
    do {                                                   \
        if ((l)->exec == ~UINT64_C(0)) {                   \
            for (unsigned lane = 0; lane < (l)->n; lane++) \
                __VA_ARGS__;                               \
        } else {                                           \
            for (unsigned lane = 0; lane < (l)->n; lane++) \
                if ((l)->exec >> lane & 1)                 \
                    __VA_ARGS__;                           \
        }                                                  \
    } while (0)
#define AT(l, host) ((host) + (l)->at[lane])

OWN_COPY void lanes_read(mem_rows *to, const struct mem_lanes *l, const uint8_t *host, unsigned bytes,
                         unsigned sign)
{
    switch (bytes) {
    case 4:
        EACH_LANE(l, lane_read(to, lane, AT(l, host), 4));
        break;
    case 8:
        EACH_LANE(l, lane_read(to, lane, AT(l, host), 8));
        break;
    case 12:
        EACH_LANE(l, lane_read(to, lane, AT(l, host), 12));
        break;
    case 16:
        EACH_LANE(l, lane_read(to, lane, AT(l, host), 16));
        break;
    default:
        EACH_LANE(l, to[0][lane] = part_read(AT(l, host), bytes, sign));
    }
}

OWN_COPY void lanes_write(const struct mem_lanes *l, uint8_t *host, const mem_rows *from, unsigned bytes)
{
    switch (bytes) {
    case 4:
        EACH_LANE(l, lane_write(AT(l, host), from, lane, 4));
        break;
    case 8:
        EACH_LANE(l, lane_write(AT(l, host), from, lane, 8));
        break;
    case 12:
        EACH_LANE(l, lane_write(AT(l, host), from, lane, 12));
        break;
    case 16:
        EACH_LANE(l, lane_write(AT(l, host), from, lane, 16));
        break;
    default:
        EACH_LANE(l, part_write(AT(l, host), from[0][lane], bytes));
    }
}

/* ---- blocks of lanes at a time ---- */

#if defined(__AVX512F__)

#ifdef __clang__
#define EACH_BLOCK _Pragma("unroll")
#else
#define EACH_BLOCK _Pragma("GCC unroll 8")
#endif

enum { WINDOWS_MAX = VEC_LANES / 8 };

/* How many lanes a window serves, and its bytes. */
OWN_COPY unsigned block_lanes(unsigned bytes)
{
    return bytes > 8 ? 8 : 16;
}

OWN_COPY unsigned window_bytes(unsigned bytes)
{
    return bytes > 4 ? 128 : 64;
}

OWN_COPY __mmask16 block_mask(const struct mem_lanes *l, unsigned block, unsigned bytes)
{
    return (__mmask16)(block_exec(l, block) & (bytes > 8 ? 0xff : 0xffff));
}

/* Bytes of each lane from there. */
OWN_COPY __m512i block_offsets(const struct mem_lanes *l, unsigned block, unsigned bytes, uint32_t first)
{
    const uint32_t *at = l->at + block;
    __m512i row =
        bytes > 8 ? _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)at)) : _mm512_loadu_si512(at);
    return _mm512_sub_epi32(row, _mm512_set1_epi32((int)first));
}

OWN_COPY uint32_t block_first(const struct mem_lanes *l, unsigned block, __mmask16 exec)
{
    return l->at[block + (unsigned)__builtin_ctz(exec)];
}

OWN_COPY void span_add(struct mem_span *span, uint32_t low, uint32_t bytes)
{
    span->low = low < span->low ? low : span->low;
    span->end = (uint64_t)low + bytes > span->end ? (uint64_t)low + bytes : span->end;
}

struct mem_windows {
    uint32_t first[WINDOWS_MAX]; /* offset of each window */
    __m512i dword[WINDOWS_MAX];  /* where in it the block's lanes find theirs */
};

/* Can all be read through windows? An offset that is no multiple of 4 counts as one far away. */
OWN_COPY bool windows_find(const struct mem_lanes *l, unsigned bytes, struct mem_windows *to,
                           struct mem_span *span)
{
    const __m512i most = _mm512_set1_epi32((int)(window_bytes(bytes) - bytes) / 4);
    __mmask16 wrong = bytes < 4;
    uint32_t low = UINT32_MAX, high = 0;
    EACH_BLOCK
    for (unsigned i = 0; i < l->n / block_lanes(bytes); i++) {
        const unsigned block = i * block_lanes(bytes);
        __mmask16 exec = block_mask(l, block, bytes);
        uint32_t first = exec ? block_first(l, block, exec) : low;
        to->first[i] = first;
        to->dword[i] = _mm512_ror_epi32(block_offsets(l, block, bytes, first), 2);
        wrong |= _mm512_mask_cmpgt_epu32_mask(exec, to->dword[i], most);
        low = first < low ? first : low;
        high = exec && first > high ? first : high;
    }
    *span = (struct mem_span){low, (uint64_t)high + window_bytes(bytes)};
    return !wrong && span->end <= UINT64_C(1) << 32;
}

/* Not by a masked store, from which the next load of the row could not be forwarded. */
OWN_COPY void block_store(uint32_t *to, __mmask16 exec, __m512i words, unsigned bytes)
{
    if (bytes <= 8)
        _mm512_storeu_si512(to, _mm512_mask_blend_epi32(exec, _mm512_loadu_si512(to), words));
    else
        _mm256_storeu_si256((__m256i *)to,
                            _mm256_mask_blend_epi32((__mmask8)exec, _mm256_loadu_si256((__m256i *)to),
                                                    _mm512_castsi512_si256(words)));
}

OWN_COPY void windows_read(mem_rows *to, const struct mem_lanes *l, const struct mem_windows *from,
                           const uint8_t *host, unsigned bytes)
{
    EACH_BLOCK
    for (unsigned i = 0; i < l->n / block_lanes(bytes); i++) {
        const unsigned block = i * block_lanes(bytes);
        __mmask16 exec = block_mask(l, block, bytes);
        const uint8_t *at = host + from->first[i];
        if (!exec)
            continue;
        __m512i dword = from->dword[i], one = _mm512_set1_epi32(1), low = _mm512_loadu_si512(at), high = low;
        if (bytes > 4)
            high = _mm512_loadu_si512(at + 64);
        for (unsigned j = 0; j < bytes / 4; j++, dword = _mm512_add_epi32(dword, one))
            block_store(to[j] + block, exec,
                        bytes == 4 ? _mm512_permutexvar_epi32(dword, low)
                                   : _mm512_permutex2var_epi32(low, dword, high),
                        bytes);
    }
}

/* Are the lanes of each block side by side? Those of dwords may be off; of pairs and more, all are on. */
OWN_COPY bool blocks_find(const struct mem_lanes *l, unsigned bytes, struct mem_span *span)
{
    const __m512i number = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i place = _mm512_mullo_epi32(number, _mm512_set1_epi32((int)bytes));
    *span = (struct mem_span){.low = UINT32_MAX};
    EACH_BLOCK
    for (unsigned block = 0; block < l->n; block += 16) {
        __mmask16 exec = block_exec(l, block);
        if (!exec)
            continue;
        unsigned lane = (unsigned)__builtin_ctz(exec);
        uint32_t start = l->at[block + lane] - lane * bytes; /* of lane 0 */
        if (bytes < 4 || bytes == 12 || (bytes != 4 && exec != 0xffff) ||
            l->at[block + lane] < lane * bytes ||
            _mm512_mask_cmpneq_epi32_mask(exec, block_offsets(l, block, 4, start), place))
            return false;
        span_add(span, l->at[block + lane], (32 - (unsigned)__builtin_clz(exec) - lane) * bytes);
    }
    return span->end <= UINT64_C(1) << 32;
}

/* Four rows, or two, of 16 lanes each behind the other, as memory has them. */
OWN_COPY void block_write(uint8_t *at, const mem_rows *from, unsigned block, unsigned rows)
{
    const __m512i pairs = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i fours = _mm512_setr_epi32(0, 16, 0, 16, 1, 17, 1, 17, 2, 18, 2, 18, 3, 19, 3, 19);
    __m512i choice = rows == 2 ? pairs : fours, step = _mm512_set1_epi32(rows == 2 ? 8 : 4);
    for (unsigned i = 0; i < rows; i++, choice = _mm512_add_epi32(choice, step)) {
        __m512i words = _mm512_permutex2var_epi32(_mm512_loadu_si512(from[0] + block), choice,
                                                  _mm512_loadu_si512(from[1] + block));
        if (rows == 4)
            words =
                _mm512_mask_blend_epi32(0xcccc, words,
                                        _mm512_permutex2var_epi32(_mm512_loadu_si512(from[2] + block), choice,
                                                                  _mm512_loadu_si512(from[3] + block)));
        _mm512_storeu_si512(at + 64 * i, words);
    }
}

OWN_COPY void blocks_write(const struct mem_lanes *l, uint8_t *host, const mem_rows *from, unsigned bytes)
{
    for (unsigned block = 0; block < l->n; block += 16) {
        __mmask16 exec = block_exec(l, block);
        if (!exec)
            continue;
        unsigned lane = (unsigned)__builtin_ctz(exec);
        uint8_t *at = host + l->at[block + lane] - lane * bytes;
        if (bytes > 4)
            block_write(at, from, block, bytes / 4);
        else if (exec == 0xffff)
            _mm512_storeu_si512(at, _mm512_loadu_si512(from[0] + block));
        else
            _mm512_mask_storeu_epi32(at, exec, _mm512_loadu_si512(from[0] + block));
    }
}

#else

/* Only dwords side by side, all lanes on. */
OWN_COPY bool blocks_find(const struct mem_lanes *l, unsigned bytes, struct mem_span *span)
{
    uint32_t first = l->at[0], wrong = 0;
    uint64_t end = (uint64_t)first + l->n * bytes;
    if (bytes != 4 || l->exec != ~UINT64_C(0) || end > UINT32_MAX)
        return false;
    for (unsigned i = 0; i < l->n; i++)
        wrong |= l->at[i] ^ (first + 4 * i);
    *span = (struct mem_span){first, end};
    return !wrong;
}

RAW static void row_copy(void *to, const void *from, unsigned n)
{
    RAW_ROW raw32 *t = to;
    const RAW_ROW raw32 *f = from;
    for (unsigned i = 0; i < n; i++)
        t[i] = f[i];
}

OWN_COPY void blocks_write(const struct mem_lanes *l, uint8_t *host, const mem_rows *from, unsigned bytes)
{
    (void)bytes;
    row_copy(host + l->at[0], from[0], l->n);
}

struct mem_windows {
    char none;
};

OWN_COPY bool windows_find(const struct mem_lanes *l, unsigned bytes, struct mem_windows *to,
                           struct mem_span *span)
{
    (void)to;
    return blocks_find(l, bytes, span);
}

OWN_COPY void windows_read(mem_rows *to, const struct mem_lanes *l, const struct mem_windows *from,
                           const uint8_t *host, unsigned bytes)
{
    (void)from, (void)bytes;
    row_copy(to[0], host + l->at[0], l->n);
}

#endif

#endif
