/*
 * scalar_rows.c - the table of scalar instructions and what its rows need. Rows: scalar.def.
 *
 * Facts: sections "SOP1 Instructions" to "SOPK Instructions" of AMD's RDNA2, RDNA3, RDNA4 and MI300 manuals.
 */
#include "rows.h"

#include <math.h>
#include <stddef.h>

static uint64_t ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static uint64_t sign_of(uint64_t value, unsigned bits)
{
    if (bits == 0 || bits >= 64)
        return bits ? value : 0;
    value &= ones(bits);
    return value >> (bits - 1) ? value | ~ones(bits) : value;
}

/* The lowest bit that is set, or is not; -1: none. */
static uint64_t first(uint64_t bits, unsigned n, bool set)
{
    for (unsigned i = 0; i < n; i++)
        if ((bits >> i & 1) == set)
            return i;
    return UINT32_MAX;
}

/* How many bits from the top on are like fill; -1: all. */
static uint64_t leading(uint64_t bits, unsigned n, uint64_t fill)
{
    for (unsigned i = 0; i < n; i++)
        if ((bits >> (n - 1 - i) & 1) != fill)
            return i;
    return UINT32_MAX;
}

/* The upper half, a denormal flushed where MODE says so. */
static uint32_t high_half(const struct lane *l)
{
    uint32_t half = UA >> 16;
    return l->drops16 && !(half & 0x7c00) ? half & 0x8000 : half;
}

#define SCC           l->carry
#define EXEC          l->exec
#define IMM           l->imm
#define KEEP32(...)   ((__VA_ARGS__)&0xffffffff)
#define SAME_OR(x, y) ((x) >= (y))
#define SIGNED(...)              \
    int64_t sum = (__VA_ARGS__); \
    SCC = sum != (int32_t)sum;   \
    D = (uint64_t)sum

#define S(name, form, result, a, b, flags, ...) \
    static void name##_scalar(struct lane *l)   \
    {                                           \
        if (!((flags)&READS_RESULT))            \
            l->d = 0;                           \
        __VA_ARGS__;                            \
    }
#include "scalar.def"
#undef S
#define S(name, form, result, a, b, flags, ...) {#name, form, result, a, b, flags, name##_scalar},
const struct scalar_row truth_scalars[] = {
#include "scalar.def"
    {0}};
