/*
 * exec_matrix.c - matrix instructions: MFMA and SMFMAC of CDNA, WMMA and SWMMAC of RDNA. Rows:
 * exec_matrix.def.
 *
 * One instruction is read whole into plain matrices, multiplied, and written back: A is a list of rows of
 * (k, value), so that sparse and dense ones are the same. Sums are made in double and rounded once; products
 * of everything but f64 are exact there. The hardware's order of adding is not published: results whose sums
 * are exact agree to the bit, others within the rounding of the result's type (f64: of each step).
 * EXEC is ignored, all lanes take part (LLVM, AMDGPUUsage; manuals, "Matrix arithmetic").
 *
 * Where elements are: AMD's matrix instruction calculator (CDNA2, CDNA3, RDNA3, RDNA4), whose answers are the
 * golden file of the tests; gfx950's 8-bit formats in chunks of 16 and its scales: AMD's article "Matrix Core
 * Programming on CDNA3 and CDNA4". Subnormals: CDNA3's manual, 7.3, and CDNA2's list of MFMA; that on MI200 C
 * and the result of 32-bit factors are left alone, as on MI300, is unproven. MI200 flushes 16-bit subnormals
 * and what becomes of them (MIOpen's documentation). One source only: rounding of xf32 inputs to nearest
 * even, and that a NaN result is 0x7fc00000.
 */
#include "exec_matrix.h"
#include "minifloat.h"

enum { ELEMENTS_MAX = 2048 }; /* of A, B or D: 32 x 64, 16 x 128, 32 x 32 x 2 */

enum matrix_type { /* of elements */
                   MATRIX_F64,
                   MATRIX_F32,
                   MATRIX_XF32,
                   MATRIX_F16,
                   MATRIX_BF16,
                   MATRIX_FP8,
                   MATRIX_BF8,
                   MATRIX_FP6,
                   MATRIX_BF6,
                   MATRIX_FP4,
                   MATRIX_I8,
                   MATRIX_IU8, /* signed if the instruction says so */
                   MATRIX_IU4,
                   MATRIX_I32,
                   MATRIX_CHOSEN, /* by CBSZ (A) and BLGP (B): FP8, BF8, FP6, BF6, FP4 */
};

struct matrix_shape {
    uint8_t m, k, blocks, a, b, d; /* n = m */
    bool sparse, rdna;
};

static const uint8_t type_bits[] = {64, 32, 32, 16, 16, 8, 8, 6, 6, 4, 8, 8, 4, 32};

struct matrix { /* one being executed */
    struct isa_wave *w;
    const struct isa_inst *inst;
    const struct matrix_shape *s;
    unsigned terms;            /* of each row of A: K, or K / 2 of a sparse one */
    double a[ELEMENTS_MAX];    /* [block][i][term] */
    uint8_t a_k[ELEMENTS_MAX]; /* which k a term is */
    double b[ELEMENTS_MAX];    /* [block][k][j] */
    double d[ELEMENTS_MAX];    /* [block][i][j]; C at first */
    bool flush;                /* 16-bit subnormals */
    bool drops;                /* subnormals of A and B in 32 bits: MODE */
};

/* ---- elements ---- */

static enum matrix_type operand_type(const struct matrix *x, bool b)
{
    enum matrix_type type = b ? x->s->b : x->s->a;
    if (type != MATRIX_CHOSEN)
        return type;
    return MATRIX_FP8 + (b ? x->inst->blgp : x->inst->cbsz);
}

/* The registers of an operand, one after the other; a constant is as good as registers that all hold it. */
struct registers {
    const uint32_t (*row)[VEC_LANES];
    uint32_t constant[2][VEC_LANES];
};

static void registers_open(const struct matrix *x, const struct isa_operand *op, struct registers *r)
{
    if (op->kind == ISA_VGPR || op->kind == ISA_AGPR) {
        r->row = (const uint32_t(*)[VEC_LANES])vec_source(x->w, op, 0, r->constant[0]);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        vec_source(x->w, op, x->s->d == MATRIX_F64 ? i : 0, r->constant[i]);
    r->row = (const uint32_t(*)[VEC_LANES])r->constant;
}

/* Element e of a lane, as bits. */
static inline uint64_t element_read(const struct registers *r, unsigned e, unsigned bits, unsigned lane)
{
    unsigned at = e * bits, dword = at / 32, shift = at % 32;
    uint64_t value = r->row[dword][lane];
    if (shift + bits > 32)
        value |= (uint64_t)r->row[dword + 1][lane] << 32;
    return bits == 64 ? value : value >> shift & ((UINT64_C(1) << bits) - 1);
}

/* 10 bits of mantissa, to nearest even. */
static float xf32_round(float f)
{
    uint32_t bits = f32_bits(f);
    if (f != f || isinf(f))
        return f;
    return f32_of((bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu);
}

static double subnormal_flush(const struct matrix *x, double value, double smallest)
{
    return x->flush && fabs(value) < smallest ? copysign(0, value) : value;
}

static double element_value(const struct matrix *x, enum matrix_type type, uint64_t bits, bool is_signed)
{
    bool fnuz = x->w->generation == ISA_GFX940;
    switch (type) {
    case MATRIX_F64:
        return f64_of(bits);
    case MATRIX_F32:
        return f32_of((uint32_t)bits);
    case MATRIX_XF32:
        return xf32_round(f32_of((uint32_t)bits));
    case MATRIX_F16:
        return subnormal_flush(x, vec_from_half((uint16_t)bits), 0x1p-14);
    case MATRIX_BF16:
        return subnormal_flush(x, f32_of((uint32_t)bits << 16), 0x1p-126);
    case MATRIX_FP8:
        return minifloat_value(fnuz ? MINI_E4M3_FNUZ : MINI_E4M3, (unsigned)bits);
    case MATRIX_BF8:
        return minifloat_value(fnuz ? MINI_E5M2_FNUZ : MINI_E5M2, (unsigned)bits);
    case MATRIX_FP6:
        return minifloat_value(MINI_E2M3, (unsigned)bits);
    case MATRIX_BF6:
        return minifloat_value(MINI_E3M2, (unsigned)bits);
    case MATRIX_FP4:
        return minifloat_value(MINI_E2M1, (unsigned)bits);
    case MATRIX_I8:
        return (int8_t)bits;
    case MATRIX_IU8:
        return is_signed ? (int8_t)bits : (double)bits;
    case MATRIX_IU4:
        return is_signed ? sext((uint32_t)bits, 4) : (double)bits;
    default:
        return (int32_t)bits;
    }
}

/* Of A or B. */
static double factor_value(const struct matrix *x, enum matrix_type type, uint64_t bits, bool is_signed)
{
    double value = element_value(x, type, bits, is_signed);
    return x->drops && fabs(value) < 0x1p-126 ? copysign(0, value) : value;
}

/* ---- A and B ---- */

struct operand { /* how A or B lies in its registers */
    struct registers registers, scale, index;
    enum matrix_type type;
    unsigned bits, groups, per_lane; /* groups: lanes that share a row; per_lane: its elements in each */
    bool b;
};

static void operand_open(const struct matrix *x, bool b, struct operand *o)
{
    unsigned elements = b ? x->s->k : x->terms;
    o->b = b;
    o->type = operand_type(x, b);
    o->bits = type_bits[o->type];
    if (!x->s->rdna)
        o->groups = VEC_LANES / (x->s->m * x->s->blocks);
    else if (x->w->generation < ISA_GFX12)
        o->groups = 1; /* every group of 16 lanes has all of it */
    else
        o->groups = VEC_MIN(x->w->lanes / 16, elements * o->bits / 32);
    o->per_lane = elements / o->groups;
    registers_open(x, &x->inst->src[b], &o->registers);
    if (x->inst->scaled)
        registers_open(x, &x->inst->scale[b], &o->scale);
    if (x->s->sparse)
        registers_open(x, &x->inst->src[2], &o->index);
}

/* The lane that holds row (or column) i of a block, in a group, after the broadcasts. */
static unsigned operand_lane(const struct matrix *x, const struct operand *o, unsigned i, unsigned block,
                             unsigned group)
{
    bool patterns = !x->s->rdna && !x->s->sparse && o->type != MATRIX_F64 && x->s->a != MATRIX_CHOSEN;
    if (patterns && !o->b)
        block = (block >> x->inst->cbsz << x->inst->cbsz) + x->inst->abid;
    unsigned lane = (i + x->s->m * (block + x->s->blocks * group)) % VEC_LANES;
    if (!patterns || !o->b)
        return lane;
    unsigned pattern = x->inst->blgp;
    if (pattern >= 4)
        return lane % 16 + 16 * (pattern - 4);
    return pattern == 3 ? (lane + 16) % 64 : pattern ? lane % 32 + 32 * (pattern - 1) : lane;
}

/* Which k element e of a group is. A and B agree on it, so only what mixes formats or has scales must know
 * the true order: long rows of 8-bit elements go round the groups in chunks of 16. */
static unsigned dense_k(const struct operand *o, unsigned group, unsigned e)
{
    if (o->per_lane > 16 && o->bits >= 8)
        return 16 * (group + o->groups * (e / 16)) + e % 16;
    return group * o->per_lane + e;
}

/* B of a sparse product: four elements for each pair of A's, in the lane of the same group; of more groups
 * than A's, the further ones continue (SWMMAC of 4-bit elements on wave64). */
static unsigned sparse_b_k(const struct matrix *x, const struct operand *b, unsigned a_groups, unsigned group,
                           unsigned e)
{
    return x->s->k / a_groups * (group % a_groups) + b->per_lane * (group / a_groups) + e;
}

/* NEG modifiers. CDNA: of f64 on gfx940 and later, in the place of BLGP. RDNA: apart for even and odd
 * elements; of integers the low ones say that they are signed. */
static bool operand_negated(const struct matrix *x, const struct operand *o, unsigned e)
{
    const struct isa_inst *inst = x->inst;
    if (!x->s->rdna)
        return o->type == MATRIX_F64 && x->w->generation >= ISA_GFX940 && inst->blgp >> o->b & 1;
    if (o->type != MATRIX_F16 && o->type != MATRIX_BF16)
        return false;
    return (e & 1 ? inst->neg_hi : inst->neg_lo) >> o->b & 1;
}

static double operand_element(const struct matrix *x, const struct operand *o, unsigned e, unsigned lane)
{
    bool is_signed = x->inst->neg_lo >> o->b & 1;
    double value = factor_value(x, o->type, element_read(&o->registers, e, o->bits, lane), is_signed);
    return operand_negated(x, o, e) ? -value : value;
}

/* The shared scale of the 32 elements from k on: a byte, chosen by op_sel, of the lane that they would be in
 * if rows went round the lanes in blocks of 32. */
static double block_scale(const struct matrix *x, const struct operand *o, unsigned i, unsigned k)
{
    const struct isa_inst *inst = x->inst;
    if (!inst->scaled)
        return 1;
    unsigned byte = (inst->opsel >> o->b & 1) | (inst->opsel_hi >> o->b & 1) << 1;
    uint32_t word = o->scale.row[0][i + x->s->m * (k / 32)];
    return minifloat_scale(word >> 8 * byte & 0xff);
}

/* The 2-bit index of element e, in the index register's set. */
static unsigned sparse_index(const struct matrix *x, const struct operand *o, unsigned e, unsigned lane)
{
    const struct isa_inst *inst = x->inst;
    unsigned set = x->s->rdna ? inst->opsel & 3 : inst->cbsz ? 0 : inst->abid;
    unsigned at = (set * o->per_lane + e) * 2;
    return o->index.row[0][lane] >> at % 32 & 3;
}

static void a_read(struct matrix *x, const struct operand *o, unsigned block, unsigned i)
{
    for (unsigned group = 0; group < o->groups; group++) {
        unsigned lane = operand_lane(x, o, i, block, group);
        for (unsigned e = 0; e < o->per_lane; e++) {
            unsigned k = x->s->sparse ? 2 * (group * o->per_lane + (e & ~1u)) + sparse_index(x, o, e, lane)
                                      : dense_k(o, group, e);
            unsigned term = x->s->sparse ? group * o->per_lane + e : k;
            unsigned at = (block * x->s->m + i) * x->terms + term;
            x->a_k[at] = (uint8_t)k;
            x->a[at] = operand_element(x, o, e, lane) * block_scale(x, o, i, k);
        }
    }
}

static void b_read(struct matrix *x, const struct operand *o, unsigned a_groups, unsigned block, unsigned j)
{
    for (unsigned group = 0; group < o->groups; group++) {
        unsigned lane = operand_lane(x, o, j, block, group);
        for (unsigned e = 0; e < o->per_lane; e++) {
            unsigned k = x->s->sparse ? sparse_b_k(x, o, a_groups, group, e) : dense_k(o, group, e);
            x->b[(block * x->s->k + k) * x->s->m + j] =
                operand_element(x, o, e, lane) * block_scale(x, o, j, k);
        }
    }
}

/* ---- C and D ---- */

struct place {
    unsigned block, i, j;
};

static struct place cdna_place(const struct matrix_shape *s, unsigned e, unsigned lane)
{
    bool wide = s->d == MATRIX_F64;
    unsigned beside = s->m == 4 ? (wide ? 4 : 16) : 1; /* blocks in one register */
    unsigned stacked = VEC_LANES / (s->m * beside);    /* lanes of one column */
    unsigned per_block = s->m * s->m * beside / VEC_LANES, r = e % per_block, high = lane / (s->m * beside);
    return (struct place){
        .block = e / per_block * beside + lane / s->m % beside,
        .i = wide ? stacked * r + high : 4 * stacked * (r / 4) + 4 * high + r % 4,
        .j = lane % s->m,
    };
}

static struct place rdna_place(const struct matrix *x, unsigned e, unsigned lane)
{
    unsigned high = lane / 16;
    struct place p = {.j = lane % 16};
    if (x->w->generation < ISA_GFX12)
        p.i = x->w->lanes / 16 * e + high;
    else
        p.i = x->w->lanes == 32 ? 8 * high + e : 8 * (high % 2) + 4 * (high / 2) + e;
    return p;
}

static double *place_find(struct matrix *x, unsigned e, unsigned lane)
{
    struct place p = x->s->rdna ? rdna_place(x, e, lane) : cdna_place(x->s, e, lane);
    return &x->d[(p.block * x->s->m + p.i) * x->s->m + p.j];
}

static unsigned results_per_lane(const struct matrix *x)
{
    return x->s->m * x->s->m * x->s->blocks / x->w->lanes;
}

/* 16-bit results: packed on gfx12, and on gfx11 one in each register, in the half that op_sel names. */
static bool halves_apart(const struct matrix *x)
{
    return type_bits[x->s->d] == 16 && x->w->generation < ISA_GFX12;
}

static unsigned result_slot(const struct matrix *x, unsigned e)
{
    return halves_apart(x) ? 2 * e + (x->inst->opsel >> 2 & 1) : e;
}

static double c_modify(const struct matrix *x, double value)
{
    const struct isa_inst *inst = x->inst;
    if (!x->s->rdna)
        return x->s->d == MATRIX_F64 && x->w->generation >= ISA_GFX940 && inst->blgp & 4 ? -value : value;
    if (x->s->d == MATRIX_I32 || x->s->sparse)
        return value;
    if (inst->neg_hi & 4)
        value = fabs(value);
    return inst->neg_lo & 4 ? -value : value;
}

static void c_read(struct matrix *x)
{
    const struct isa_operand *op = x->s->sparse ? &x->inst->dst : &x->inst->src[2];
    struct registers c;
    unsigned bits = type_bits[x->s->d];
    registers_open(x, op, &c);
    bool constant = c.row == (const uint32_t(*)[VEC_LANES])c.constant;
    for (unsigned lane = 0; lane < x->w->lanes; lane++)
        for (unsigned e = 0; e < results_per_lane(x); e++) {
            unsigned slot = constant ? 0 : result_slot(x, e);
            uint64_t value = element_read(&c, slot, bits, lane);
            *place_find(x, e, lane) = c_modify(x, element_value(x, x->s->d, value, true));
        }
}

static uint32_t f32_result(const struct matrix *x, double value)
{
    return value != value ? 0x7fc00000 : f32_bits((float)subnormal_flush(x, value, 0x1p-126));
}

static uint64_t result_bits(const struct matrix *x, double value)
{
    switch (x->s->d) {
    case MATRIX_F64:
        return value != value ? UINT64_C(0x7ff8) << 48 : f64_bits(value);
    case MATRIX_F16:
        return value != value ? 0x7e00 : vec_to_half(value, 0);
    case MATRIX_BF16:
        return vec_to_bfloat(f32_of(f32_result(x, value)));
    case MATRIX_I32: /* exact: at most 128 products of 16 bits and a sum of 32 */
        if (x->inst->clamp && x->s->rdna)
            value = value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : value;
        return (uint32_t)(int64_t)value;
    default:
        return f32_result(x, value);
    }
}

static void result_put(const struct matrix *x, unsigned e, unsigned lane, uint64_t value)
{
    unsigned bits = type_bits[x->s->d], at = result_slot(x, e) * bits;
    uint32_t *to = vec_register(x->w, &x->inst->dst, at / 32);
    if (!to)
        return;
    if (bits == 16) {
        to[lane] = (to[lane] & 0xffff0000u >> at % 32) | (uint32_t)value << at % 32;
        return;
    }
    to[lane] = (uint32_t)value;
    to = bits == 64 ? vec_register(x->w, &x->inst->dst, at / 32 + 1) : NULL;
    if (to)
        to[lane] = (uint32_t)(value >> 32);
}

static void d_write(struct matrix *x)
{
    for (unsigned lane = 0; lane < x->w->lanes; lane++)
        for (unsigned e = 0; e < results_per_lane(x); e++)
            result_put(x, e, lane, result_bits(x, *place_find(x, e, lane)));
}

/* ---- execution ---- */

static void row_multiply(struct matrix *x, unsigned block, unsigned i)
{
    unsigned n = x->s->m, row = block * x->s->m + i;
    double *restrict d = &x->d[row * n];
    for (unsigned term = 0; term < x->terms; term++) {
        double a = x->a[row * x->terms + term];
        const double *restrict b = &x->b[(block * x->s->k + x->a_k[row * x->terms + term]) * n];
        if (x->s->d == MATRIX_F64)
            for (unsigned j = 0; j < n; j++)
                d[j] = fma(a, b[j], d[j]);
        else
            for (unsigned j = 0; j < n; j++)
                d[j] += a * b[j];
    }
}

static void matrix_execute(struct isa_wave *w, const struct isa_inst *inst, const struct matrix_shape *shape)
{
    struct matrix x;
    x.w = w;
    x.inst = inst;
    x.s = shape;
    x.terms = shape->sparse ? shape->k / 2 : shape->k;
    x.flush = w->generation == ISA_GFX90A && type_bits[shape->a] == 16;
    x.drops = shape->a == MATRIX_F32 && !(w->mode >> 4 & 1);
    struct operand a, b;
    operand_open(&x, false, &a);
    operand_open(&x, true, &b);
    c_read(&x);
    for (unsigned block = 0; block < shape->blocks; block++)
        for (unsigned i = 0; i < shape->m; i++) {
            a_read(&x, &a, block, i);
            b_read(&x, &b, a.groups, block, i);
        }
    for (unsigned block = 0; block < shape->blocks; block++)
        for (unsigned i = 0; i < shape->m; i++)
            row_multiply(&x, block, i);
    d_write(&x);
}

/* ---- the rows ---- */

#define MATRIX(name, m_, k_, blocks_, a_, b_, d_, sparse_, rdna_)                                 \
    static void isa_##name(struct isa_wave *w, const struct isa_inst *inst)                       \
    {                                                                                             \
        static const struct matrix_shape shape = {m_,          k_,          blocks_, MATRIX_##a_, \
                                                  MATRIX_##b_, MATRIX_##d_, sparse_, rdna_};      \
        matrix_execute(w, inst, &shape);                                                          \
    }
#define MFMA(name, m, k, blocks, a, b, d) MATRIX(name, m, k, blocks, a, b, d, false, false)
#define SMFMAC(name, m, k, a, b, d)       MATRIX(name, m, k, 1, a, b, d, true, false)
#define WMMA(name, k, a, b, d)            MATRIX(name, 16, k, 1, a, b, d, false, true)
#define SWMMAC(name, k, a, b, d)          MATRIX(name, 16, k, 1, a, b, d, true, true)
#include "exec_matrix.def"
#undef MFMA
#undef SMFMAC
#undef WMMA
#undef SWMMAC

const struct isa_binding isa_exec_matrix[] = {
#define MFMA(name, ...)   {#name, isa_##name},
#define SMFMAC(name, ...) {#name, isa_##name},
#define WMMA(name, ...)   {#name, isa_##name},
#define SWMMAC(name, ...) {#name, isa_##name},
#include "exec_matrix.def"
    {NULL, NULL}};
