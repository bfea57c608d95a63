/*
 * vector_rows.c - the table of vector instructions and what its rows need. Rows: vector_integer.def,
 * vector_float.def.
 *
 * Facts: sections "VOP1 Instructions" to "VOP3P Instructions" of AMD's RDNA2, RDNA3, RDNA4 and MI300 manuals.
 */
#include "rows.h"

#include <fenv.h>
#include <math.h>
#include <stddef.h>

/* ---- whole numbers ---- */

static int32_t sign_from(uint32_t value, unsigned bits)
{
    if (bits == 0)
        return 0;
    value &= bits == 32 ? UINT32_MAX : (1u << bits) - 1;
    return value >> (bits - 1) ? (int32_t)(value - (uint32_t)(UINT64_C(1) << bits)) : (int32_t)value;
}

static unsigned permuted(uint64_t bytes, unsigned sel)
{
    static const unsigned signs[] = {15, 31, 47, 63};
    if (sel >= 13)
        return 0xff;
    if (sel == 12)
        return 0;
    if (sel >= 8)
        return bytes >> signs[sel - 8] & 1 ? 0xff : 0;
    return bytes >> 8 * sel & 0xff;
}

/* Tiles that a rectangle meets, which ends in an earlier one where it goes round; each is of the shader
 * engine that the manual's formula says. */
static unsigned rectangle_engines(unsigned x0, unsigned y0, unsigned x1, unsigned y1)
{
    unsigned engines = 0;
    for (unsigned x = x0 & 3;; x = (x + 1) & 3) {
        for (unsigned y = y0 & 3;; y = (y + 1) & 3) {
            engines |= 1u << (((x & 1) ^ y >> 1) << 1 | ((y & 1) ^ x >> 1));
            if (y == (y1 & 3))
                break;
        }
        if (x == (x1 & 3))
            return engines;
    }
}

static unsigned truth(const struct lane *l, int bit)
{
    unsigned index = (unsigned)((l->a >> bit & 1) << 2 | (l->b >> bit & 1) << 1 | (l->c >> bit & 1));
    return l->table >> index & 1;
}

#define ADDC                          \
    D = (uint64_t)UA + UB + l->carry; \
    l->carry = D >> 32 != 0
#define SUBB(x, y)                              \
    bool more = (uint64_t)(y) + l->carry > (x); \
    D = (uint64_t)(x) - (y)-l->carry;           \
    l->carry = more

/* The 65 bits of the manual's sum; bit 64 is the carry. */
static uint64_t signed_mad(struct lane *l)
{
    __extension__ typedef __int128 wide;
    wide sum = (wide)((int64_t)IA * IB) + (int64_t)QC;
    l->carry = (sum >> 64) & 1;
    return (uint64_t)sum;
}

static uint64_t four_sads(const struct lane *l, bool masked)
{
    uint64_t result = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t sum = QC >> 16 * i & 0xffff;
        for (int k = 0; k < 4; k++) {
            int x = QA >> 8 * (i + k) & 255, y = UB >> 8 * k & 255;
            if (!masked || y)
                sum += (uint64_t)APART(x, y);
        }
        result |= (sum & 0xffff) << 16 * i;
    }
    return result;
}

static int64_t dot(const struct lane *l, unsigned bits, bool a_signed, bool b_signed)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 32 / bits; i++) {
        unsigned at_a = i * bits, at_b = at_a;
        if (bits == 16) { /* halves are chosen */
            at_a = ((i ? l->opsel_hi : l->opsel) & 1) * 16;
            at_b = ((i ? l->opsel_hi : l->opsel) >> 1 & 1) * 16;
        }
        uint32_t mask = (1u << bits) - 1, x = UA >> at_a & mask, y = UB >> at_b & mask;
        sum += (a_signed ? sign_from(x, bits) : (int64_t)x) * (b_signed ? sign_from(y, bits) : (int64_t)y);
    }
    return sum;
}

/* ---- floats ---- */

static uint64_t negated(unsigned bits, uint64_t a)
{
    return a ^ UINT64_C(1) << (bits - 1);
}

/* A fraction is below 1, even where x - floor(x) rounds to it. */
static uint64_t fraction(unsigned bits, uint64_t a, unsigned round)
{
    static const double greatest[] = {0x1.ffcp-1, 0x1.fffffep-1, 0x1.fffffffffffffp-1};
    if (n_nan(bits, a))
        return n_quiet(bits, a);
    double x = n_double(bits, a);
    if (isinf(x))
        return bits == 16 ? 0xfe00 : bits == 32 ? 0xffc00000 : UINT64_C(0xfff8) << 48;
    uint64_t floors = negated(bits, n_narrow(bits, floor(x), EVEN));
    uint64_t result = bits == 16   ? n_add16((uint32_t)a, (uint32_t)floors, round)
                      : bits == 32 ? n_add32((uint32_t)a, (uint32_t)floors, round)
                                   : n_add64(a, floors, round);
    double most = greatest[bits / 32];
    return n_double(bits, result) > most ? n_narrow(bits, most, EVEN) : result;
}

static uint64_t mantissa(unsigned bits, uint64_t a)
{
    int exponent;
    double x = n_double(bits, a);
    return n_nan(bits, a) ? n_quiet(bits, a) : isinf(x) ? a : n_narrow(bits, frexp(x, &exponent), EVEN);
}

static uint64_t exponent(unsigned bits, uint64_t a)
{
    int result = 0;
    double x = n_double(bits, a);
    if (!isnan(x) && !isinf(x))
        frexp(x, &result);
    return (uint64_t)result;
}

static uint64_t three(const struct lane *l, unsigned bits, bool first, bool second)
{
    return n_least(l, bits, n_least(l, bits, l->a, l->b, first), l->c, second);
}

static uint64_t three_extreme(const struct lane *l, unsigned bits, bool first, bool second)
{
    return n_extreme(bits, n_extreme(bits, l->a, l->b, first), l->c, second);
}

static uint64_t median(const struct lane *l, unsigned bits)
{
    double a = n_double(bits, l->a), b = n_double(bits, l->b), c = n_double(bits, l->c);
    if (isnan(a) || isnan(b) || isnan(c))
        return three(l, bits, true, true);
    double top = n_double(bits, three(l, bits, false, false));
    if (top == a)
        return n_least(l, bits, l->b, l->c, false);
    if (top == b)
        return n_least(l, bits, l->a, l->c, false);
    return n_least(l, bits, l->a, l->b, false);
}

static uint32_t dx9_mul(uint32_t a, uint32_t b, unsigned round)
{
    return a << 1 == 0 || b << 1 == 0 ? 0 : n_mul32(a, b, round);
}

static uint32_t dx9_fma(uint32_t a, uint32_t b, uint32_t c, unsigned round)
{
    if (a << 1 == 0 || b << 1 == 0)
        return n_nan32(c) ? (uint32_t)n_quiet(32, c) : c;
    return n_fma32(a, b, c, round);
}

static uint64_t scaled(unsigned bits, uint64_t a, int32_t by, unsigned round)
{
    static const int host[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    if (n_nan(bits, a))
        return n_quiet(bits, a);
    if (bits != 64) /* a double has room for what changes anything */
        return n_narrow(bits, ldexp(n_double(bits, a), LESSER(GREATER(by, -500), 500)), round);
    fesetround(host[round]);
    volatile double x = n_double64(a), result = ldexp(x, LESSER(GREATER(by, -5000), 5000));
    fesetround(FE_TONEAREST);
    return n_bits64(result);
}

static uint32_t mullit(const struct lane *l)
{
    double b = n_double32(UB), c = n_double32(UC);
    if (UB == 0xff7fffff || b == (double)-INFINITY || isnan(b) || c <= 0 || isnan(c))
        return 0xff7fffff;
    return n_mul32(UA, UB, R32);
}

static uint32_t cube(const struct lane *l, unsigned what)
{
    double x = n_double32(UA), y = n_double32(UB), z = n_double32(UC);
    bool on_z = fabs(z) >= fabs(x) && fabs(z) >= fabs(y), on_y = !on_z && fabs(y) >= fabs(x);
    double results[4] = {x < 0 ? 1 : 0};
    if (isnan(x) || isnan(y) || isnan(z))
        ((struct lane *)l)->skip = true; /* which face: the manual's comparisons say, whose bits not */
    if (on_z)
        return what == 0   ? n_bits32(z < 0 ? 5 : 4)
               : what == 1 ? (z < 0 ? n_neg32(UA) : UA)
               : what == 2 ? n_neg32(UB)
                           : n_mul32(UC, 0x40000000, R32);
    if (on_y)
        return what == 0   ? n_bits32(y < 0 ? 3 : 2)
               : what == 1 ? UA
               : what == 2 ? (y < 0 ? n_neg32(UC) : UC)
                           : n_mul32(UB, 0x40000000, R32);
    return what == 0   ? n_bits32((float)results[0])
           : what == 1 ? (x < 0 ? UC : n_neg32(UC))
           : what == 2 ? n_neg32(UB)
                       : n_mul32(UA, 0x40000000, R32);
}

/* Ties to even; beyond the ends: the ends. */
static uint32_t norm(double f, double least, double scale)
{
    return isnan(f) ? 0 : (uint32_t)(int32_t)rint((f < least ? least : f > 1 ? 1 : f) * scale) & 0xffff;
}
#define NORM norm

/* ---- functions ---- */

static double reciprocal(double x)
{
    return 1 / x;
}

static double reciprocal_root(double x)
{
    return 1 / sqrt(x);
}

/* Angles are turns. Beyond 256 of them: as 0. */
static double turn_sine(double x)
{
    if (isinf(x))
        return (double)NAN;
    return fabs(x) > 256 ? 0 : x == 0 ? x : sin((x - rint(x)) * 2 * M_PI);
}

static double turn_cosine(double x)
{
    if (isinf(x))
        return (double)NAN;
    return fabs(x) > 256 ? 1 : cos((x - rint(x)) * 2 * M_PI);
}

static uint64_t function(unsigned bits, uint64_t a, double (*of)(double))
{
    if (n_nan(bits, a))
        return n_quiet(bits, a);
    double result = of(n_double(bits, a));
    if (isnan(result))
        return bits == 16 ? 0xfe00 : bits == 32 ? 0xffc00000 : UINT64_C(0xfff8) << 48;
    return n_narrow(bits, result, EVEN);
}

static uint32_t fma_narrow(const struct lane *l)
{
    return n_32_to_16(n_fma32(UA, UB, UC, R64), R64);
}

/* format 16: halves, 17: bfloat16. */
static uint32_t without_denormals(uint32_t half, unsigned format)
{
    return half & (format == 16 ? 0x7c00 : 0x7f80) ? half : half & 0x8000;
}

static uint32_t float_dot(const struct lane *l, uint32_t c, unsigned format)
{
    uint32_t products[2];
    bool cdna = l->target <= TARGET_950; /* there no denormals, and rounding to nearest (CDNA3, 6.4) */
    unsigned round = cdna ? EVEN : R32;
    for (unsigned i = 0; i < 2; i++) {
        unsigned sel = i ? l->opsel_hi : l->opsel, neg = i ? l->neg_hi : l->neg_lo;
        uint32_t x = (UA >> (sel & 1) * 16 & 0xffff) ^ (neg & 1) << 15;
        uint32_t y = (UB >> (sel >> 1 & 1) * 16 & 0xffff) ^ (neg >> 1 & 1) << 15;
        if (cdna)
            x = without_denormals(x, format), y = without_denormals(y, format);
        products[i] =
            format == 16 ? n_mul32(n_16_to_32(x), n_16_to_32(y), round) : n_mul32(x << 16, y << 16, round);
    }
    if (format == 17 && l->target == TARGET_950)
        return n_add32(n_add32(products[0], products[1], round), c, round);
    return n_add32(n_add32(c, products[0], round), products[1], round);
}

/* Each product is added fused, and each sum a half. */
static uint32_t half_dot(const struct lane *l)
{
    uint32_t low = n_fma16(UA & 0xffff, UB & 0xffff, HC, EVEN);
    return n_fma16(UA >> 16, UB >> 16, low, EVEN);
}

static uint32_t brain_dot(const struct lane *l)
{
    uint32_t sum = without_denormals(HC, 17);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t x = without_denormals(UA >> 16 * i & 0xffff, 17);
        uint32_t y = without_denormals(UB >> 16 * i & 0xffff, 17);
        sum = without_denormals(n_32_to_bf16(n_fma32(x << 16, y << 16, sum << 16, EVEN)), 17);
    }
    return sum;
}

/* ---- 8 bits: OCP's, or MI300's own with a bias one higher, one NaN and no infinities ---- */

static const struct tiny_format {
    int exponent, mantissa, bias;
    bool infinities;
} tiny_formats[2] = {{4, 3, 7, false}, {5, 2, 15, true}}; /* FP8, BF8 */

static double byte_number(const struct lane *l, bool bf8, unsigned code)
{
    const struct tiny_format *f = &tiny_formats[bf8];
    bool fnuz = l->target == TARGET_942;
    int e = (int)(code >> f->mantissa & ((1u << f->exponent) - 1)), m = (int)code & ((1 << f->mantissa) - 1);
    int bias = f->bias + fnuz, most = (1 << f->exponent) - 1;
    if (fnuz ? code == 0x80 : f->infinities ? e == most && m : (code & 0x7f) == 0x7f)
        return (double)NAN;
    if (!fnuz && f->infinities && e == most)
        return code & 0x80 ? (double)-INFINITY : (double)INFINITY;
    double number =
        e ? ldexp(m + (1 << f->mantissa), e - bias - f->mantissa) : ldexp(m, 1 - bias - f->mantissa);
    return code & 0x80 ? -number : number;
}

static uint32_t byte_to_single(const struct lane *l, bool bf8)
{
    double number = byte_number(l, bf8, UA >> 8 * (l->target == TARGET_1201 ? l->opsel : 0) & 0xff);
    return isnan(number) ? 0x7fc00000 : n_to32(number, EVEN);
}

/* The nearest of all 256, of two the even one; past the last by half a step: infinity, or NaN. By chance: the
 * next one towards zero, unless what was cut off and random together are a whole step. */
static unsigned byte_of(const struct lane *l, bool bf8, uint32_t single, const uint32_t *random)
{
    const struct tiny_format *f = &tiny_formats[bf8];
    bool fnuz = l->target == TARGET_942;
    unsigned sign = single >> 31 << 7, last = fnuz ? 0x7f : f->infinities ? 0x7b : 0x7e, code = 0;
    unsigned beyond = fnuz ? 0x80 : sign | (f->infinities ? 0x7c : 0x7f);
    double number = fabs(n_double32(single));
    if (isnan(number))
        return fnuz ? 0x80 : sign | 0x7f;
    while (code < last && byte_number(l, bf8, code + 1) <= number)
        code++;
    double low = byte_number(l, bf8, code);
    double step = code == last ? low - byte_number(l, bf8, code - 1) : byte_number(l, bf8, code + 1) - low;
    double rest = isinf(number) ? 1 : (number - low) / step;
    if (random ? rest + ldexp(*random, -32) >= 1 : rest > 0.5 || (rest == 0.5 && code & 1))
        code++;
    if (isinf(number) || code > last)
        return l->saturates ? sign | last : beyond;
    return code || !fnuz ? sign | code : 0;
}

/* The manual's sum: product after product, each of which is exact, to what there is. */
/* To nearest, whatever MODE says (RDNA4, 7.7). */
static uint32_t byte_dot(const struct lane *l, bool a_bf8, bool b_bf8)
{
    uint32_t sum = UC;
    for (unsigned i = 0; i < 32; i += 8) {
        double a = byte_number(l, a_bf8, UA >> i & 0xff), b = byte_number(l, b_bf8, UB >> i & 0xff);
        sum = n_fma32(n_bits32((float)a), n_bits32((float)b), sum, EVEN);
    }
    return n_nan32(sum) ? 0x7fc00000 : sum;
}

static uint64_t byte_replaced(const struct lane *l, unsigned byte)
{
    return (l->d & ~(UINT64_C(0xff) << 8 * l->opsel)) | (uint64_t)byte << 8 * l->opsel;
}

/* ---- division ---- */

static int field_exponent(unsigned bits, uint64_t a)
{
    return (int)(bits == 32 ? a >> 23 & 0xff : bits == 16 ? a >> 10 & 31 : a >> 52 & 0x7ff);
}

static bool tiny(unsigned bits, double f)
{
    return fabs(f) < (bits == 32 ? 0x1p-126 : 0x1p-1022);
}

/* Near the borders the manual's text and the need of an exact quotient part; there the row keeps silent. */
static uint64_t division_scale(struct lane *l, unsigned bits)
{
    int far = bits == 32 ? 96 : 768, step = bits == 32 ? 64 : 128, least = bits == 32 ? -126 : -1022;
    int d = field_exponent(bits, l->b), n = field_exponent(bits, l->c), bias = bits == 32 ? 127 : 1023;
    double a = n_double(bits, l->a), b = n_double(bits, l->b), c = n_double(bits, l->c);
    bool is_b = a == b, is_c = a == c, inverse_tiny = d - bias > -least, quotient_tiny = n - d < least;
    int by = 0;
    l->carry = false;
    if (isnan(a) || isnan(b) || isnan(c) || isinf(b) || isinf(c) || (!is_b && !is_c) || b == 0 || c == 0 ||
        d - bias == -least || (n - d <= least + 1 && n - d >= least - 1)) {
        l->skip = true;
        return 0;
    }
    if (n - d >= far) {
        l->carry = true;
        by = is_b ? step : 0;
    } else if (tiny(bits, b)) {
        by = step;
    } else if (inverse_tiny && quotient_tiny) {
        l->carry = true;
        by = is_b ? -step : 0;
    } else if (inverse_tiny) {
        by = -step;
    } else if (quotient_tiny) {
        l->carry = true;
        by = is_c && !is_b ? step : 0;
    } else if (n <= (bits == 32 ? 23 : 53)) {
        by = step;
    }
    return scaled(bits, l->a, by, bits == 32 ? R32 : R64);
}

static uint64_t division_fma(struct lane *l, unsigned bits)
{
    uint64_t sum = bits == 32 ? n_fma32(UA, UB, UC, R32) : n_fma64(QA, QB, QC, R64);
    int step = bits == 32 ? 64 : 128, bias = bits == 32 ? 127 : 1023, e = field_exponent(bits, sum);
    int by = field_exponent(bits, l->c) > bias ? step : -step;
    if (!l->carry || n_nan(bits, sum) || sum << 1 << (64 - bits) == 0)
        return sum;
    if (e + by < 1 || e + by >= 2 * bias || e < 1 || e >= 2 * bias) /* rounded twice: not for the table */
        l->skip = true;
    return scaled(bits, sum, by, bits == 32 ? R32 : R64);
}

static uint64_t division_fixup(struct lane *l, unsigned bits)
{
    double b = n_double(bits, l->b), c = n_double(bits, l->c);
    uint64_t sign = ((l->b ^ l->c) >> (bits - 1) & 1) << (bits - 1);
    uint64_t infinite = bits == 16 ? 0x7c00 : bits == 32 ? 0x7f800000 : UINT64_C(0x7ff) << 52;
    uint64_t invalid = bits == 16 ? 0xfe00 : bits == 32 ? 0xffc00000 : UINT64_C(0xfff8) << 48;
    if (isnan(c))
        return n_quiet(bits, l->c);
    if (isnan(b))
        return n_quiet(bits, l->b);
    if ((b == 0 && c == 0) || (isinf(b) && isinf(c)))
        return invalid;
    if (b == 0 || isinf(c))
        return sign | infinite;
    if (isinf(b) || c == 0)
        return sign;
    if (bits != 16 && field_exponent(bits, l->c) - field_exponent(bits, l->b) < (bits == 32 ? -150 : -1075))
        l->skip = true; /* the smallest number or 0, as MODE rounds */
    if (n_nan(bits, l->a))
        l->skip = true;
    return sign | (l->a & ~(UINT64_C(1) << (bits - 1)));
}

/* ---- 2 / pi ---- */

enum { LIMBS = 44 }; /* of 32 bits after the point; limb 0 before it */
typedef uint32_t number[LIMBS + 1];

static void number_divide(number x, uint32_t by)
{
    uint64_t rest = 0;
    for (unsigned i = 0; i <= LIMBS; i++) {
        rest = rest << 32 | x[i];
        x[i] = (uint32_t)(rest / by);
        rest %= by;
    }
}

static void number_add(number x, const number y, bool minus)
{
    uint64_t carry = minus;
    for (unsigned i = LIMBS + 1; i-- > 0;) {
        carry += (uint64_t)x[i] + (minus ? ~y[i] : y[i]);
        x[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* x += factor * atan(1 / n) */
static void arc_tangent_add(number x, uint32_t factor, uint32_t n, bool minus)
{
    number power = {factor};
    number_divide(power, n);
    for (uint32_t k = 1; k < 2000; k += 2) {
        number term;
        for (unsigned i = 0; i <= LIMBS; i++)
            term[i] = power[i];
        number_divide(term, k);
        number_add(x, term, minus != (k % 4 == 3));
        number_divide(power, n * n);
    }
}

/* Bits of 2 / pi after the point: long division of 2 by what Machin's formula gives. */
static const uint8_t *two_over_pi(void)
{
    static uint8_t bits[1201];
    static bool made;
    number pi = {0}, rest = {2};
    if (made)
        return bits;
    arc_tangent_add(pi, 16, 5, false);
    arc_tangent_add(pi, 4, 239, true);
    for (unsigned n = 0; n < 1201; n++) {
        number_add(rest, rest, false);
        number less;
        for (unsigned i = 0; i <= LIMBS; i++)
            less[i] = rest[i];
        number_add(less, pi, true);
        bits[n] = !(less[0] >> 31);
        for (unsigned i = 0; bits[n] && i <= LIMBS; i++)
            rest[i] = less[i];
    }
    made = true;
    return bits;
}

static uint64_t trig_preop(uint64_t a, uint32_t segment)
{
    int e = field_exponent(64, a), shift = (int)(segment & 31) * 53 + (e > 1077 ? e - 1077 : 0);
    double result = 0;
    for (int i = 0; i < 53; i++)
        result = result * 2 + (shift + i < 1201 ? two_over_pi()[shift + i] : 0);
    return n_bits64(ldexp(result, -53 - shift + (e >= 1968 ? 128 : 0)));
}

/* ---- the table ---- */

#define V(name, result, a, b, c, flags, ...) \
    static void name##_lane(struct lane *l)  \
    {                                        \
        if (!((flags)&ACCUMULATE))           \
            l->d = 0;                        \
        __VA_ARGS__;                         \
    }
#include "vector_float.def"
#include "vector_integer.def"
#undef V
#define V(name, result, a, b, c, flags, ...) {#name, result, a, b, c, flags, name##_lane},
const struct row truth_vectors[] = {
#include "vector_float.def"
#include "vector_integer.def"
    {0}};
