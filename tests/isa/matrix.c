/*
 * matrix.c - see matrix.h.
 *
 * Layouts are formulas here, held against AMD's matrix instruction calculator (golden/matrix-layout.txt) for
 * the targets that it knows; those of gfx950's own instructions have no second source: unproven. Numbers are
 * whole and small enough for every sum to be exact, in whichever order a machine adds; the sign of a zero and
 * a NaN's bits are not judged by the manual but taken as they come.
 */
#include "matrix.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { A = 0, B = 8, SELECT = 16, C = 32, DEPTH = 128 };

#define M(name, ...) {#name, __VA_ARGS__},
const struct matrix_row truth_matrices[] = {
#include "matrix.def"
    {0}};
#undef M

/* ---- elements ---- */

static const struct format {
    unsigned bits, mantissa;
    int bias;
} formats[] = {
    [E_F64] = {64, 52, 1023}, [E_F32] = {32, 23, 127}, [E_XF32] = {32, 23, 127}, [E_F16] = {16, 10, 15},
    [E_BF16] = {16, 7, 127},  [E_FP8] = {8, 3, 7},     [E_BF8] = {8, 2, 15},     [E_FP6] = {6, 3, 1},
    [E_BF6] = {6, 2, 3},      [E_FP4] = {4, 1, 1},     [E_I8] = {8, 0, 0},       [E_IU8] = {8, 0, 0},
    [E_IU4] = {4, 0, 0},      [E_I32] = {32, 0, 0},
};

static bool is_whole(enum element e)
{
    return e >= E_I8 && e <= E_I32;
}

static bool has_infinity(enum element e, unsigned target)
{
    return e <= E_BF16 || (e == E_BF8 && target >= TARGET_950);
}

/* MI300's 8-bit formats have one more in their bias than those of the OCP. */
static int bias_of(enum element e, unsigned target)
{
    return formats[e].bias + ((e == E_FP8 || e == E_BF8) && target == TARGET_942);
}

static uint64_t code_of(enum element e, unsigned target, double value)
{
    const struct format *f = &formats[e];
    uint64_t sign = (uint64_t)(signbit(value) != 0) << (f->bits - 1);
    uint64_t exponents = (UINT64_C(1) << (f->bits - 1)) - (UINT64_C(1) << f->mantissa);
    int exponent;
    if (is_whole(e))
        return (uint64_t)(int64_t)value;
    if (isnan(value))
        return exponents | UINT64_C(1) << (f->mantissa - 1);
    if (isinf(value))
        return sign | exponents;
    if (value == 0)
        return 0; /* MI300 has no other in 8 bits */
    double fraction = frexp(fabs(value), &exponent) * 2 - 1;
    return sign | (uint64_t)(exponent - 1 + bias_of(e, target)) << f->mantissa |
           (uint64_t)ldexp(fraction, (int)f->mantissa);
}

static double value_of(enum element e, unsigned target, uint64_t code, bool is_signed)
{
    const struct format *f = &formats[e];
    uint64_t sign = code >> (f->bits - 1) & 1, fraction = code & ((UINT64_C(1) << f->mantissa) - 1);
    uint64_t exponents = (UINT64_C(1) << (f->bits - 1 - f->mantissa)) - 1,
             exponent = code >> f->mantissa & exponents;
    if (is_whole(e))
        return (double)code - (is_signed && sign ? ldexp(1, (int)f->bits) : 0);
    if (has_infinity(e, target) && exponent == exponents)
        return fraction ? (double)NAN : sign ? -(double)INFINITY : (double)INFINITY;
    double value = ldexp((double)fraction, -(int)f->mantissa) + (exponent != 0);
    value = ldexp(value, (int)(exponent ? exponent : 1) - bias_of(e, target));
    return sign ? -value : value;
}

static uint64_t bits_get(uint32_t regs[][LANES_MAX], unsigned reg, unsigned at, unsigned lane, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (uint64_t)(regs[reg + (at + i) / 32][lane] >> (at + i) % 32 & 1) << i;
    return value;
}

static void bits_put(uint32_t regs[][LANES_MAX], unsigned reg, unsigned at, unsigned lane, unsigned bits,
                     uint64_t value)
{
    for (unsigned i = 0; i < bits; i++) {
        uint32_t *word = &regs[reg + (at + i) / 32][lane], bit = 1u << (at + i) % 32;
        *word = value >> i & 1 ? *word | bit : *word & ~bit;
    }
}

/* ---- where elements are ---- */

struct place {
    unsigned lane, item;
};

static bool is_sparse(const struct matrix *m)
{
    return m->row->kind == SMFMAC || m->row->kind == SWMMAC;
}

static unsigned depth_of(const struct matrix *m, bool of_a)
{
    return m->row->depth / (of_a && is_sparse(m) ? 2 : 1);
}

/* How many lanes share a row of A or a column of B: each has at least a register of it. */
static unsigned groups_of(const struct matrix *m, bool of_a)
{
    if (m->target <= TARGET_950)
        return 64 / (m->row->size * m->row->blocks);
    if (m->target != TARGET_1201)
        return 1;
    unsigned registers = depth_of(m, of_a) * formats[of_a ? m->a : m->b].bits / 32;
    return m->lanes / 16 < registers ? m->lanes / 16 : registers;
}

static unsigned items_of(const struct matrix *m, bool of_a)
{
    return depth_of(m, of_a) / groups_of(m, of_a);
}

/* Four groups of RDNA 4: in which order. */
static unsigned group_of(const struct matrix *m, unsigned groups, unsigned n)
{
    return m->target == TARGET_1201 && groups == 4 ? n / 2 + n % 2 * 2 : n;
}

/* Of row i of A, or column i of B. */
static struct place factor_place(const struct matrix *m, bool of_a, unsigned block, unsigned i, unsigned k)
{
    unsigned items = items_of(m, of_a), groups = groups_of(m, of_a), item = k % items;
    unsigned group = group_of(m, groups, k / items);
    if (m->row->a == E_F8F6F4 && formats[of_a ? m->a : m->b].bits == 8) { /* twice 16 */
        group = k / 16 % groups;
        item = k / 16 / groups * 16 + k % 16;
    }
    return (struct place){(group * m->row->blocks + block) * m->row->size + i, item};
}

/* Item: how many elements of D (or halves of registers, of gfx11) are before it. */
static struct place sum_place(const struct matrix *m, unsigned block, unsigned i, unsigned j)
{
    unsigned size = m->row->size, rows = m->lanes / 16;
    if (m->row->d == E_F64)
        return size == 4 ? (struct place){i * 16 + block * 4 + j, 0} : (struct place){j + i % 4 * 16, i / 4};
    if (m->target <= TARGET_950 && size == 32)
        return (struct place){j + i / 4 % 2 * 32, block * 16 + i / 8 * 4 + i % 4};
    if (m->target <= TARGET_950)
        return size == 16 ? (struct place){j + i / 4 * 16, block * 4 + i % 4}
                          : (struct place){block * 4 + j, i};
    if (m->target != TARGET_1201)
        return (struct place){j + i % rows * 16,
                              formats[m->row->d].bits == 16 ? i / rows * 2 + m->opsel_c : i / rows};
    if (m->lanes == 32)
        return (struct place){j + i / 8 * 16, i % 8};
    return (struct place){j + (i / 8 + i / 4 % 2 * 2) * 16, i % 4};
}

/* Whose B a lane has. */
static unsigned pattern_lane(const struct matrix *m, unsigned lane)
{
    switch (m->row->d == E_F64 || m->row->a == E_F8F6F4 || is_sparse(m) ? 0 : m->blgp) {
    case 1:
        return lane % 32;
    case 2:
        return lane % 32 + 32;
    case 3:
        return (lane + 16) % 64;
    case 4:
    case 5:
    case 6:
    case 7:
        return lane % 16 + (m->blgp - 4) * 16;
    default:
        return lane;
    }
}

/* ---- operands ---- */

static int greatest(const struct matrix *m)
{
    if (formats[m->a].bits <= 8 || formats[m->b].bits <= 8)
        return 4;
    return m->row->d == E_BF16 ? 2 : m->row->d == E_F16 ? 5 : 100;
}

static double number_choose(const struct matrix *m, enum element e, int most)
{
    unsigned noise = (unsigned)(machine_noise() >> 8);
    if (m->specials && noise % 64 < 2 && has_infinity(e, m->target))
        return noise % 64 ? (double)NAN : noise & 64 ? (double)INFINITY : -(double)INFINITY;
    return (int)(noise % (unsigned)(2 * most + 1)) - most;
}

static void factors_fill(const struct matrix *m, struct state *s, bool of_a)
{
    enum element e = of_a ? m->a : m->b;
    unsigned bits = formats[e].bits, reg = of_a ? A : B;
    bool copies = m->target == TARGET_1100 || m->target == TARGET_1151;
    for (unsigned lane = 0; lane < m->lanes; lane++)
        for (unsigned item = 0; item < items_of(m, of_a); item++) {
            uint64_t code =
                is_whole(e) ? machine_noise() >> 8 : code_of(e, m->target, number_choose(m, e, greatest(m)));
            if (copies && lane >= 16) /* both halves of a wave hold the same on gfx11 */
                code = bits_get(s->vgpr, reg, item * bits, lane % 16, bits);
            bits_put(s->vgpr, reg, item * bits, lane, bits, code);
        }
}

void matrix_fill(const struct matrix *m, struct state *s)
{
    const struct matrix_row *row = m->row;
    unsigned bits = formats[row->d].bits;
    factors_fill(m, s, true);
    factors_fill(m, s, false);
    for (unsigned lane = 0; lane < m->lanes; lane++) {
        for (unsigned i = 0; i < 32; i++) /* halves, doubles: of each what fits */
            for (unsigned at = 0; at < 32 && (bits < 64 || i % 2 == 0); at += bits) {
                uint64_t code = is_whole(row->d) ? (machine_noise() & 16 ? 0x7fffff00 : machine_noise() >> 8)
                                                 : code_of(row->d, m->target, number_choose(m, row->d, 20));
                bits_put(s->vgpr, C + i, at, lane, bits, code);
                if (i + (bits == 64) < N_AGPRS)
                    bits_put(s->agpr, i, at, lane, bits, code);
            }
        if (row->kind == MFMA_SCALED)
            for (unsigned i = 0; i < 8; i++)
                bits_put(s->vgpr, SELECT, i * 8, lane, 8,
                         m->specials && machine_noise() % 64 == 0 ? 255 : 125 + (machine_noise() >> 8) % 6);
        else /* of four, two in order */
            for (unsigned at = 0; at < 32; at += 4)
                bits_put(s->vgpr, SELECT, at, lane, 4, "\x4\x8\xc\x9\xd\xe"[(machine_noise() >> 8) % 6]);
    }
}

/* ---- sums ---- */

static double negated(const struct matrix *m, unsigned n, unsigned item, double value)
{
    bool doubles = m->row->d == E_F64 && m->target >= TARGET_942;
    bool halves = m->target >= TARGET_1100 && formats[n ? m->b : m->a].bits == 16;
    if (doubles)
        return m->blgp >> n & 1 ? -value : value;
    return halves && (item % 2 ? m->neg_hi : m->neg_lo) >> n & 1 ? -value : value;
}

static double factor_at(const struct matrix *m, const struct state *s, bool of_a, struct place p)
{
    enum element e = of_a ? m->a : m->b;
    unsigned bits = formats[e].bits, lane = of_a ? p.lane : pattern_lane(m, p.lane);
    bool is_signed = e == E_I8 || (m->neg_lo >> !of_a & 1);
    uint64_t code = bits_get(((struct state *)s)->vgpr, of_a ? A : B, p.item * bits, lane, bits);
    return negated(m, !of_a, p.item, value_of(e, m->target, code, is_signed));
}

/* A byte of a lane's scales: a power of two, for 32 elements. */
static double scale_at(const struct matrix *m, const struct state *s, bool of_a, unsigned i, unsigned k)
{
    unsigned code = s->vgpr[SELECT + !of_a][k / 32 * m->row->size + i] >> m->scale_byte[!of_a] * 8 & 255;
    return code == 255 ? (double)NAN : ldexp(1, (int)code - 127);
}

static double product_at(const struct matrix *m, const struct state *s, unsigned block, unsigned i,
                         unsigned j, unsigned k)
{
    unsigned of_block = (block & ~((1u << m->cbsz) - 1)) | m->abid, of_b = k;
    if (m->row->a == E_F8F6F4 || is_sparse(m) || m->row->blocks == 1)
        of_block = block;
    struct place a = factor_place(m, true, of_block, i, k);
    if (is_sparse(m)) {
        unsigned set = items_of(m, true) * 2 * (m->cbsz ? 0 : m->key);
        of_b = k / 2 * 4 +
               (unsigned)bits_get(((struct state *)s)->vgpr, SELECT, (set + a.item * 2) % 32, a.lane, 2);
    }
    double product =
        factor_at(m, s, true, a) * factor_at(m, s, false, factor_place(m, false, block, j, of_b));
    if (m->row->kind == MFMA_SCALED)
        product *= scale_at(m, s, true, i, k) * scale_at(m, s, false, j, k);
    return product;
}

static double addend_of(const struct matrix *m, uint64_t code)
{
    double value = m->constant_c ? 1 : value_of(m->row->d, m->target, code, true);
    bool modified = m->target >= TARGET_1100 && !is_whole(m->row->d) && !is_sparse(m);
    if (m->row->d == E_F64 && m->target >= TARGET_942)
        return m->blgp & 4 ? -value : value;
    if (modified && m->neg_hi & 4)
        value = fabs(value);
    return modified && m->neg_lo & 4 ? -value : value;
}

static uint64_t sum_code(const struct matrix *m, double sum, uint64_t got)
{
    enum element d = m->row->d;
    if (is_whole(d)) {
        if (m->clamp)
            sum = fmax(fmin(sum, INT32_MAX), INT32_MIN);
        return (uint64_t)(int64_t)sum & UINT32_MAX;
    }
    double value = value_of(d, m->target, got, true);
    bool same = value == sum || (isnan(value) && isnan(sum));
    return same ? got : code_of(d, m->target, sum);
}

void matrix_expect(const struct matrix *m, struct state *s, const struct state *got)
{
    static struct state before;
    const struct matrix_row *row = m->row;
    unsigned bits = formats[row->d].bits, reg = m->accumulation ? 0 : C;
    before = *s;
    for (unsigned block = 0; block < row->blocks; block++)
        for (unsigned i = 0; i < row->size; i++)
            for (unsigned j = 0; j < row->size; j++) {
                struct place p = sum_place(m, block, i, j);
                double sum = addend_of(m, bits_get(m->accumulation ? before.agpr : before.vgpr, reg,
                                                   p.item * bits, p.lane, bits));
                for (unsigned k = 0; k < depth_of(m, true); k++)
                    sum += product_at(m, &before, block, i, j, k);
                struct state *from = (struct state *)got;
                uint64_t found =
                    bits_get(m->accumulation ? from->agpr : from->vgpr, reg, p.item * bits, p.lane, bits);
                bits_put(m->accumulation ? s->agpr : s->vgpr, reg, p.item * bits, p.lane, bits,
                         sum_code(m, sum, found));
            }
}

/* ---- choosing ---- */

void matrix_choose(struct matrix *m, const struct matrix_row *row, unsigned target, bool wave32,
                   unsigned turn)
{
    bool mfma = row->kind == MFMA && row->a != E_F8F6F4, wmma = row->kind >= WMMA;
    uint64_t noise = turn ? machine_noise() >> 8 : 0;
    *m = (struct matrix){.row = row, .target = target, .lanes = wave32 ? 32 : 64, .a = row->a, .b = row->b};
    m->specials = turn == 3;
    m->constant_c = !is_sparse(m) && noise >> 1 & 1;
    if (row->d == E_BF16 && target < TARGET_1201) /* LLVM knows none of bfloat16 there */
        m->constant_c = false;
    m->accumulation = !wmma && noise & 1;
    for (unsigned n = 0; n < 2; n++)
        if (row->a == E_F8F6F4)
            *(n ? &m->b : &m->a) = E_FP8 + (noise >> (8 + 8 * n)) % 5;
    m->scale_byte[0] = noise >> 24 & 3;
    m->scale_byte[1] = noise >> 26 & 3;
    if (mfma && row->d != E_F64)
        while (row->blocks >> m->cbsz > 1 && machine_noise() & 256)
            m->cbsz++;
    m->abid = noise >> 28 & ((1u << m->cbsz) - 1);
    if (mfma && (row->d != E_F64 || target >= TARGET_942))
        m->blgp = noise >> 32 & 7;
    if (is_sparse(m))
        m->key = (noise >> 36 & 3) * items_of(m, true) < 16 ? noise >> 36 & 3 : 0;
    if (row->kind == SMFMAC)
        m->cbsz = noise >> 40 & 1;
    m->clamp = wmma && is_whole(row->d) && noise >> 41 & 1;
    if (wmma && is_whole(row->a))
        m->neg_lo = noise >> 42 & 3;
    else if (wmma && formats[row->a].bits == 16) {
        m->neg_lo = noise >> 42 & (is_sparse(m) ? 3 : 7);
        m->neg_hi = noise >> 45 & (is_sparse(m) ? 3 : 7);
    } else if (row->kind == WMMA) {
        m->neg_lo = noise >> 42 & 4;
        m->neg_hi = noise >> 45 & 4;
    }
    if (m->constant_c) /* a sign would be the number's */
        m->neg_lo &= 3, m->neg_hi &= 3;
    m->opsel_c = row->kind == WMMA && !m->constant_c && target < TARGET_1201 && formats[row->d].bits == 16 &&
                 noise >> 50 & 1;
}

/* ---- writing ---- */

struct text {
    char *at, *end;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, (size_t)(t->end - t->at), format, args);
    va_end(args);
    if (n > 0 && n < t->end - t->at)
        t->at += n;
}

static void put_registers(struct text *t, char kind, unsigned reg, unsigned n)
{
    if (n == 1)
        put(t, "%c%u", kind, reg);
    else
        put(t, "%c[%u:%u]", kind, reg, reg + n - 1);
}

static void put_modifiers(struct text *t, const struct matrix *m)
{
    const struct matrix_row *row = m->row;
    if (row->kind == MFMA_SCALED)
        put(t, ", v%u, v%u op_sel:[%u,%u,0] op_sel_hi:[%u,%u,0]", SELECT, SELECT + 1, m->scale_byte[0] & 1,
            m->scale_byte[1] & 1, m->scale_byte[0] >> 1, m->scale_byte[1] >> 1);
    if (row->a == E_F8F6F4)
        put(t, " cbsz:%u blgp:%u", m->a - E_FP8, m->b - E_FP8);
    if (m->cbsz)
        put(t, " cbsz:%u", m->cbsz);
    if (m->abid || (row->kind == SMFMAC && m->key))
        put(t, " abid:%u", row->kind == SMFMAC ? m->key : m->abid);
    if (m->blgp && row->d == E_F64)
        put(t, " neg:[%u,%u,%u]", m->blgp & 1, m->blgp >> 1 & 1, m->blgp >> 2);
    else if (m->blgp)
        put(t, " blgp:%u", m->blgp);
    if (row->kind == SWMMAC && m->key)
        put(t, " index_key:%u", m->key);
    if (m->opsel_c)
        put(t, " op_sel:[0,0,1]");
    if (m->neg_lo)
        put(t, " neg_lo:[%u,%u,%u]", m->neg_lo & 1, m->neg_lo >> 1 & 1, m->neg_lo >> 2);
    if (m->neg_hi)
        put(t, " neg_hi:[%u,%u,%u]", m->neg_hi & 1, m->neg_hi >> 1 & 1, m->neg_hi >> 2);
    if (m->clamp)
        put(t, " clamp");
}

static unsigned registers_of(unsigned bits)
{
    return bits < 32 ? 1 : bits / 32;
}

void matrix_text(const struct matrix *m, char *to, size_t size)
{
    const struct matrix_row *row = m->row;
    struct text t = {to, to + size};
    bool loose = m->target == TARGET_1100 || m->target == TARGET_1151;
    unsigned bits = loose && formats[row->d].bits == 16 ? 32 : formats[row->d].bits;
    unsigned sums = registers_of(row->size * row->size * row->blocks / m->lanes * bits);
    char kind = m->accumulation ? 'a' : 'v';
    unsigned reg = m->accumulation ? 0 : C;
    put(&t, "%s ", row->name);
    put_registers(&t, kind, reg, sums);
    put(&t, ", ");
    put_registers(&t, 'v', A, registers_of(items_of(m, true) * formats[m->a].bits));
    put(&t, ", ");
    put_registers(&t, 'v', B, registers_of(items_of(m, false) * formats[m->b].bits));
    put(&t, ", ");
    if (is_sparse(m))
        put(&t, "v%u", SELECT);
    else if (m->constant_c)
        put(&t, is_whole(row->d) ? "1" : "1.0");
    else
        put_registers(&t, kind, reg, sums);
    put_modifiers(&t, m);
}
