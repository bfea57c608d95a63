/*
 * number.c - floating point on bits, in the plainest way: the host's arithmetic where it has the format,
 * integers where it has not.
 *
 * Facts: IEEE 754-2008; which operand a minimum gives is from the manuals' pseudocode of V_MIN_F32 (CDNA3,
 * RDNA3) and V_MIN_NUM_F32 (RDNA4).
 */
#include "lane.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

__extension__ typedef __int128 wide;

static const int host_round[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

float n_float(uint32_t a)
{
    float f;
    memcpy(&f, &a, sizeof f);
    return f;
}

uint32_t n_bits32(float f)
{
    uint32_t a;
    memcpy(&a, &f, sizeof a);
    return a;
}

double n_double64(uint64_t a)
{
    double f;
    memcpy(&f, &a, sizeof f);
    return f;
}

uint64_t n_bits64(double f)
{
    uint64_t a;
    memcpy(&a, &f, sizeof a);
    return a;
}

bool n_nan32(uint32_t a)
{
    return (a & 0x7fffffff) > 0x7f800000;
}

bool n_nan64(uint64_t a)
{
    return (a << 1) > (UINT64_C(0x7ff) << 53);
}

bool n_nan16(uint32_t a)
{
    return (a & 0x7fff) > 0x7c00;
}

bool n_signals32(uint32_t a)
{
    return n_nan32(a) && !(a >> 22 & 1);
}

bool n_signals64(uint64_t a)
{
    return n_nan64(a) && !(a >> 51 & 1);
}

bool n_signals16(uint32_t a)
{
    return n_nan16(a) && !(a >> 9 & 1);
}

double n_double32(uint32_t a)
{
    return (double)n_float(a);
}

double n_double16(uint32_t a)
{
    int exponent = a >> 10 & 31, mantissa = a & 0x3ff;
    double size = exponent == 31 ? (mantissa ? (double)NAN : (double)INFINITY)
                  : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                                 : ldexp(mantissa, -24);
    return a >> 15 & 1 ? -size : size;
}

double n_double(unsigned bits, uint64_t a)
{
    return bits == 16 ? n_double16((uint32_t)a) : bits == 32 ? n_double32((uint32_t)a) : n_double64(a);
}

bool n_nan(unsigned bits, uint64_t a)
{
    return bits == 16 ? n_nan16((uint32_t)a) : bits == 32 ? n_nan32((uint32_t)a) : n_nan64(a);
}

static bool signals(unsigned bits, uint64_t a)
{
    return bits == 16 ? n_signals16((uint32_t)a) : bits == 32 ? n_signals32((uint32_t)a) : n_signals64(a);
}

uint64_t n_quiet(unsigned bits, uint64_t a)
{
    return a | UINT64_C(1) << (bits == 16 ? 9 : bits == 32 ? 22 : 51);
}

/* ---- arithmetic ---- */

#define NANS2(bits, a, b)        \
    if (n_nan(bits, a))          \
        return n_quiet(bits, a); \
    if (n_nan(bits, b))          \
        return n_quiet(bits, b);
#define NANS3(bits, a, b, c) \
    NANS2(bits, a, b)        \
    if (n_nan(bits, c))      \
        return n_quiet(bits, c);

#define HOST(expression)           \
    fesetround(host_round[round]); \
    result = expression;           \
    fesetround(FE_TONEAREST);

/* The host makes the same NaN of an invalid operation, sign set; so do GPUs (manual, V_DIV_FIXUP_F32). */
static uint32_t add32(float a, float b, unsigned round)
{
    volatile float x = a, y = b, result;
    HOST(x + y)
    return n_bits32(result);
}

uint32_t n_add32(uint32_t a, uint32_t b, unsigned round)
{
    if (n_nan32(a) || n_nan32(b))
        return (uint32_t)n_quiet(32, n_nan32(a) ? a : b);
    return add32(n_float(a), n_float(b), round);
}

uint32_t n_mul32(uint32_t a, uint32_t b, unsigned round)
{
    volatile float x = n_float(a), y = n_float(b), result;
    if (n_nan32(a) || n_nan32(b))
        return (uint32_t)n_quiet(32, n_nan32(a) ? a : b);
    HOST(x * y)
    return n_bits32(result);
}

uint32_t n_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned round)
{
    volatile float x = n_float(a), y = n_float(b), z = n_float(c), result;
    if (n_nan32(a) || n_nan32(b) || n_nan32(c))
        return (uint32_t)n_quiet(32, n_nan32(a) ? a : n_nan32(b) ? b : c);
    HOST(fmaf(x, y, z))
    return n_bits32(result);
}

uint64_t n_add64(uint64_t a, uint64_t b, unsigned round)
{
    volatile double x = n_double64(a), y = n_double64(b), result;
    NANS2(64, a, b)
    HOST(x + y)
    return n_bits64(result);
}

uint64_t n_mul64(uint64_t a, uint64_t b, unsigned round)
{
    volatile double x = n_double64(a), y = n_double64(b), result;
    NANS2(64, a, b)
    HOST(x * y)
    return n_bits64(result);
}

uint64_t n_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned round)
{
    volatile double x = n_double64(a), y = n_double64(b), z = n_double64(c), result;
    NANS3(64, a, b, c)
    HOST(fma(x, y, z))
    return n_bits64(result);
}

/* ---- halves: whole numbers of 2^-24, products of 2^-48 ---- */

static wide half_units(uint32_t a)
{
    return (wide)ldexp(n_double16(a), 24);
}

static bool goes_up(bool odd, int against_half, bool negative, unsigned round)
{
    switch (round) {
    case EVEN:
        return against_half > 0 || (against_half == 0 && odd);
    case UP:
        return !negative;
    case DOWN:
        return negative;
    default:
        return false;
    }
}

/* value * 2^-48, which is not 0, rounded to a half. */
static uint32_t half_of(wide value, unsigned round)
{
    bool negative = value < 0;
    wide size = negative ? -value : value;
    int step = 24; /* the result's last bit is worth 2^(step - 48) */
    while (size >> step >= 2048)
        step++;
    wide kept = size >> step, rest = size - (kept << step), half = (wide)1 << (step - 1);
    if (rest && goes_up(kept & 1, rest > half ? 1 : rest == half ? 0 : -1, negative, round))
        kept++;
    if (kept == 2048)
        kept = 1024, step++;
    uint32_t sign = negative ? 0x8000 : 0;
    if (step - 24 + 1 > 30) /* beyond 65504 */
        return sign |
               (round == EVEN || (round == UP && !negative) || (round == DOWN && negative) ? 0x7c00 : 0x7bff);
    return sign | (kept < 1024 ? (uint32_t)kept : (uint32_t)(step - 24 + 1) << 10 | ((uint32_t)kept & 0x3ff));
}

uint32_t n_fma16(uint32_t a, uint32_t b, uint32_t c, unsigned round)
{
    if (n_nan16(a) || n_nan16(b) || n_nan16(c))
        return (uint32_t)n_quiet(16, n_nan16(a) ? a : n_nan16(b) ? b : c);
    double product = n_double16(a) * n_double16(b), sum = product + n_double16(c);
    if (isnan(sum))
        return 0xfe00;
    if (isinf(sum))
        return sum < 0 ? 0xfc00 : 0x7c00;
    wide exact = half_units(a) * half_units(b) + half_units(c) * ((wide)1 << 24);
    if (exact)
        return half_of(exact, round);
    bool product_negative = (a ^ b) >> 15 & 1, c_negative = c >> 15 & 1;
    if (product_negative == c_negative && product == 0)
        return c_negative ? 0x8000 : 0;
    if (product == 0 && n_double16(c) == 0)
        return round == DOWN ? 0x8000 : 0;
    return round == DOWN ? 0x8000 : 0;
}

uint32_t n_mul16(uint32_t a, uint32_t b, unsigned round)
{
    return n_fma16(a, b, (a ^ b) & 0x8000, round); /* a zero of the product's sign */
}

uint32_t n_add16(uint32_t a, uint32_t b, unsigned round)
{
    if (n_nan16(a) || n_nan16(b))
        return (uint32_t)n_quiet(16, n_nan16(a) ? a : b);
    return n_fma16(a, 0x3c00, b, round);
}

/* ---- from format to format ---- */

uint32_t n_to32(double f, unsigned round)
{
    volatile double x = f;
    volatile float result;
    HOST((float)x)
    return n_bits32(result);
}

uint32_t n_to16(double f, unsigned round)
{
    bool negative = signbit(f);
    double size = fabs(f);
    if (size == 0)
        return negative ? 0x8000 : 0;
    if (size >= 131072)
        return (isinf(f) || round == EVEN || (round == UP && !negative) || (round == DOWN && negative)
                    ? 0x7c00
                    : 0x7bff) |
               (negative ? 0x8000 : 0);
    /* what lies below 2^-48 only needs to be there */
    double units = ldexp(size, 48);
    wide whole = (wide)floor(units);
    if ((double)whole != units)
        whole |= 1;
    return half_of(negative ? -whole : whole, round);
}

uint32_t n_16_to_32(uint32_t half)
{
    if (n_nan16(half))
        return (half & 0x8000) << 16 | 0x7fc00000 | (half & 0x3ff) << 13;
    return n_bits32((float)n_double16(half));
}

uint32_t n_32_to_16(uint32_t single, unsigned round)
{
    if (n_nan32(single))
        return (single >> 16 & 0x8000) | 0x7e00 | (single >> 13 & 0x3ff);
    return n_to16(n_double32(single), round);
}

uint32_t n_32_to_bf16(uint32_t single)
{
    if (n_nan32(single))
        return single >> 16 | 0x40;
    uint32_t kept = single >> 16, rest = single & 0xffff;
    return kept + (rest > 0x8000 || (rest == 0x8000 && (kept & 1)));
}

uint64_t n_32_to_64(uint32_t single)
{
    if (n_nan32(single))
        return (uint64_t)(single >> 31) << 63 | UINT64_C(0x7ff8) << 48 | (uint64_t)(single & 0x7fffff) << 29;
    return n_bits64(n_double32(single));
}

uint32_t n_64_to_32(uint64_t f, unsigned round)
{
    if (n_nan64(f))
        return (uint32_t)(f >> 63) << 31 | 0x7fc00000 | (uint32_t)(f >> 29 & 0x7fffff);
    return n_to32(n_double64(f), round);
}

int64_t n_whole(double f, double least, double most)
{
    if (isnan(f))
        return 0;
    return f <= least ? (int64_t)least : f >= most ? (int64_t)most : (int64_t)trunc(f);
}

/* ---- minimum and maximum ---- */

/* -0 is below +0. */
static bool below(unsigned bits, uint64_t a, uint64_t b)
{
    double x = n_double(bits, a), y = n_double(bits, b);
    return x < y || (x == 0 && y == 0 && a >> (bits - 1) && !(b >> (bits - 1)));
}

uint64_t n_least(const struct lane *l, unsigned bits, uint64_t a, uint64_t b, bool least)
{
    bool a_nan = n_nan(bits, a), b_nan = n_nan(bits, b);
    if (l->target == TARGET_1201) { /* V_MIN_NUM */
        if (a_nan && b_nan)
            return n_quiet(bits, a);
        return a_nan ? b : b_nan ? a : (least ? below(bits, a, b) : below(bits, b, a)) ? a : b;
    }
    if (l->ieee && signals(bits, a))
        return n_quiet(bits, a);
    if (l->ieee && signals(bits, b))
        return n_quiet(bits, b);
    if (l->target < TARGET_1030) {
        if (a_nan)
            return b;
        if (b_nan)
            return a;
    } else {
        if (b_nan)
            return a;
        if (a_nan)
            return b;
    }
    return (least ? below(bits, a, b) : below(bits, b, a)) ? a : b;
}

uint64_t n_extreme(unsigned bits, uint64_t a, uint64_t b, bool least)
{
    if (signals(bits, a))
        return n_quiet(bits, a);
    if (signals(bits, b))
        return n_quiet(bits, b);
    if (n_nan(bits, a))
        return a;
    if (n_nan(bits, b))
        return b;
    return (least ? below(bits, a, b) : below(bits, b, a)) ? a : b;
}

unsigned n_class(unsigned bits, uint64_t a)
{
    bool negative = a >> (bits - 1) & 1;
    double f = n_double(bits, a), smallest = bits == 16 ? 0x1p-14 : bits == 32 ? 0x1p-126 : 0x1p-1022;
    if (n_nan(bits, a))
        return signals(bits, a) ? 0 : 1;
    if (isinf(f))
        return negative ? 2 : 9;
    if (f == 0)
        return negative ? 5 : 6;
    if (fabs(f) >= smallest)
        return negative ? 3 : 8;
    return negative ? 4 : 7;
}

uint64_t n_sub16(uint32_t a, uint32_t b, unsigned round, bool reversed)
{
    if (n_nan16(a) || n_nan16(b))
        return n_quiet(16, n_nan16(a) ? a : b);
    return reversed ? n_add16(b, a ^ 0x8000, round) : n_add16(a, b ^ 0x8000, round);
}

uint64_t n_sub32(uint32_t a, uint32_t b, unsigned round, bool reversed)
{
    if (n_nan32(a) || n_nan32(b))
        return n_quiet(32, n_nan32(a) ? a : b);
    return reversed ? n_add32(b, n_neg32(a), round) : n_add32(a, n_neg32(b), round);
}

uint64_t n_narrow(unsigned bits, double f, unsigned round)
{
    return bits == 16 ? n_to16(f, round) : bits == 32 ? n_to32(f, round) : n_bits64(f);
}

uint64_t n_integral(unsigned bits, uint64_t a, double (*how)(double))
{
    return n_nan(bits, a) ? n_quiet(bits, a) : n_narrow(bits, how(n_double(bits, a)), EVEN);
}

uint32_t n_half_to_zero(const struct lane *l, uint32_t single)
{
    uint32_t half = n_32_to_16(single, ZERO);
    return l->flushes16 && !(half & 0x7c00) ? half & 0x8000 : half;
}
