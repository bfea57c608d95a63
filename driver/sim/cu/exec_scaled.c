/*
 * exec_scaled.c - conversions of gfx950 between microscaling formats and wider floats, times or by a scale,
 * and its conversions to 16 bits by chance.
 *
 * To a narrow format a number is divided by the scale and rounded once, from one it is multiplied. The scale
 * is the exponent of a float: 2^(exponent - 127), and NaN where that is 255. Formats without NaN and infinity
 * saturate; MODE.FP16_OVFL makes the others do so, but halves keep infinities. Narrow elements lie one after
 * the other, the lowest bits first; of "2xpk16" the even ones are the first source's. What is not written of
 * a register stays.
 *
 * Facts: AMD's CDNA4 instruction set manual, V_CVT_SCALEF32_* and V_CVT_SR_*; also in gem5
 * (arch/amdgpu/vega/insts/vop3_cvt.hh), which draws one random number for all elements; order of elements and
 * op_sel also from programs run on an MI355X (sources.md); op_sel as LLVM's builtins encode it. Unproven:
 * which bits of the random operand round, and that MODE's rounding and denormals do not matter.
 */
#include "exec_matrix.h"
#include "minifloat.h"

enum { MODE_FP16_OVFL = 23, F32 = -1 };

enum {
    BY_CHANCE = 1,   /* the source behind the numbers is random */
    TWO_SOURCES = 2, /* elements come in turn from two */
    UNSCALED = 4,
};
struct scaled {
    int from, to; /* enum minifloat, or F32 */
    unsigned count, how;
};

static unsigned bits_of(int format)
{
    return format == F32 ? 32 : minifloat_bits((enum minifloat)format);
}

/* ---- where elements lie ---- */

/* The first bit of the elements, of a source or of the result. */
static unsigned first_bit(const struct scaled *c, const struct isa_inst *inst, bool result)
{
    unsigned whole = c->count * bits_of(result ? c->to : c->from);
    unsigned select = result ? inst->opsel >> 2 : inst->opsel;
    if (whole == 8)
        return 8 * (select & 3);
    if (whole == 16 && (result || bits_of(c->from) < 16))
        return 16 * (result ? select >> 1 & 1 : select & 1);
    return 0;
}

static uint32_t bits_get(const uint32_t *words, unsigned at, unsigned n)
{
    uint64_t two = words[at / 32] | (at % 32 + n > 32 ? (uint64_t)words[at / 32 + 1] << 32 : 0);
    return (uint32_t)(two >> at % 32 & ((UINT64_C(1) << n) - 1));
}

static void bits_set(uint32_t *words, unsigned at, unsigned n, uint32_t value)
{
    for (unsigned i = 0; i < n; i++, at++) {
        words[at / 32] &= ~(1u << at % 32);
        words[at / 32] |= (value >> i & 1) << at % 32;
    }
}

/* ---- numbers ---- */

static double value_of(int format, uint32_t bits, const struct isa_operand *op)
{
    double value =
        format == F32 ? (double)f32_of(bits) : (double)minifloat_value((enum minifloat)format, bits);
    value = op->abs ? fabs(value) : value;
    return op->neg ? -value : value;
}

static uint32_t code_of(int format, double value, bool saturate, const uint32_t *random)
{
    bool half = format == MINI_F16 || format == MINI_BF16;
    if (format == F32)
        return f32_bits((float)value);
    if (half && value != value)
        return format == MINI_F16 ? vec_to_half(value, 0) : vec_to_bfloat((float)value);
    /* a half keeps a true infinity in any mode */
    return minifloat_code((enum minifloat)format, value, saturate && !(half && isinf(value)), random);
}

/* ---- an instruction ---- */

enum { SOURCE_DWORDS = 32, RESULT_DWORDS = 32 };

struct rows { /* of an instruction's operands */
    uint32_t buffers[2][SOURCE_DWORDS][VEC_LANES], random_buffer[VEC_LANES], scale_buffer[VEC_LANES];
    const uint32_t *from[2][SOURCE_DWORDS], *random, *scale;
    uint32_t *to[RESULT_DWORDS];
    unsigned n_sources, n_from, n_to; /* sources with numbers; dwords of each, and of the result */
};

static bool rows_find(struct rows *r, const struct scaled *c, struct isa_wave *w, const struct isa_inst *inst)
{
    bool apart =
        c->from == F32 && c->count == 2 && !(c->how & BY_CHANCE); /* two floats in sources of their own */
    unsigned from_bits = c->count * bits_of(c->from), to_bits = c->count * bits_of(c->to);
    r->n_sources = c->how & TWO_SOURCES || apart ? 2 : 1;
    r->n_from = (from_bits / r->n_sources + 31) / 32;
    r->n_to = (to_bits + 31) / 32;
    for (unsigned s = 0; s < r->n_sources; s++)
        for (unsigned i = 0; i < r->n_from; i++)
            r->from[s][i] = vec_source(w, &inst->src[s], i, r->buffers[s][i]);
    if (c->how & BY_CHANCE)
        r->random = vec_source(w, &inst->src[1], 0, r->random_buffer);
    if (!(c->how & UNSCALED))
        r->scale = vec_source(w, &inst->src[inst->n_src - 1], 0, r->scale_buffer);
    for (unsigned i = 0; i < r->n_to; i++)
        if (!(r->to[i] = vec_register(w, &inst->dst, i)))
            return false;
    return true;
}

/* As v_prng_b32 does: each element has a random number of its own. */
static uint32_t next_random(uint32_t x)
{
    return x << 1 ^ (x >> 31 ? 197 : 0);
}

static void convert_lane(const struct scaled *c, const struct isa_wave *w, const struct isa_inst *inst,
                         struct rows *r, unsigned lane)
{
    uint32_t from[2][SOURCE_DWORDS], to[RESULT_DWORDS];
    double scale = c->how & UNSCALED ? 1 : minifloat_scale(r->scale[lane] >> 23 & 0xff);
    unsigned from_bits = bits_of(c->from), to_bits = bits_of(c->to);
    uint32_t random = c->how & BY_CHANCE ? r->random[lane] : 0;
    for (unsigned s = 0; s < r->n_sources; s++)
        for (unsigned i = 0; i < r->n_from; i++)
            from[s][i] = r->from[s][i][lane];
    for (unsigned i = 0; i < r->n_to; i++)
        to[i] = r->to[i][lane];
    for (unsigned i = 0; i < c->count; i++, random = next_random(random)) {
        unsigned s = i % r->n_sources;
        uint32_t bits =
            bits_get(from[s], first_bit(c, inst, false) + i / r->n_sources * from_bits, from_bits);
        double value = value_of(c->from, bits, &inst->src[s]);
        value = to_bits < from_bits ? value / scale : value * scale;
        uint32_t code =
            code_of(c->to, value, w->mode >> MODE_FP16_OVFL & 1, c->how & BY_CHANCE ? &random : NULL);
        bits_set(to, first_bit(c, inst, true) + i * to_bits, to_bits, code);
    }
    for (unsigned i = 0; i < r->n_to; i++)
        r->to[i][lane] = to[i];
}

static void convert(struct isa_wave *w, const struct isa_inst *inst, const struct scaled *c)
{
    struct rows rows;
    if (inst->omod || inst->clamp || !rows_find(&rows, c, w, inst)) {
        w->state = ISA_ILLEGAL;
        return;
    }
    for (unsigned lane = 0; lane < w->lanes; lane++)
        if (isa_exec(w) >> lane & 1)
            convert_lane(c, w, inst, &rows, lane);
}

/* ---- by name ---- */

#define ONE(row, name, from, to)         row(v_cvt_scalef32_##name, from, to, 1, 0)
#define PAIR(row, name, from, to)        row(v_cvt_scalef32_pk_##name, from, to, 2, 0)
#define MANY(row, name, from, to)        row(v_cvt_scalef32_pk32_##name, from, to, 32, 0)
#define CHANCE(row, name, from, to)      row(v_cvt_scalef32_sr_##name, from, to, 1, BY_CHANCE)
#define CHANCE_PAIR(row, name, from, to) row(v_cvt_scalef32_sr_pk_##name, from, to, 2, BY_CHANCE)
#define CHANCE_MANY(row, name, from, to) row(v_cvt_scalef32_sr_pk32_##name, from, to, 32, BY_CHANCE)
#define IN_TURN(row, name, from, to)     row(v_cvt_scalef32_2xpk16_##name, from, to, 32, TWO_SOURCES)

#define TO_8(row, how, fp8, bf8, from)   how(row, fp8, from, MINI_E4M3) how(row, bf8, from, MINI_E5M2)
#define FROM_8(row, how, fp8, bf8, to)   how(row, fp8, MINI_E4M3, to) how(row, bf8, MINI_E5M2, to)
#define TO_6(row, how, fp6, bf6, from)   how(row, fp6, from, MINI_E2M3) how(row, bf6, from, MINI_E3M2)
#define FROM_6(row, how, fp6, bf6, to)   how(row, fp6, MINI_E2M3, to) how(row, bf6, MINI_E3M2, to)

#define ROWS(row)                                                 \
    TO_8(row, PAIR, fp8_f32, bf8_f32, F32)                        \
    TO_8(row, PAIR, fp8_f16, bf8_f16, MINI_F16)                   \
    TO_8(row, PAIR, fp8_bf16, bf8_bf16, MINI_BF16)                \
    TO_8(row, CHANCE, fp8_f32, bf8_f32, F32)                      \
    TO_8(row, CHANCE, fp8_f16, bf8_f16, MINI_F16)                 \
    TO_8(row, CHANCE, fp8_bf16, bf8_bf16, MINI_BF16)              \
    FROM_8(row, PAIR, f32_fp8, f32_bf8, F32)                      \
    FROM_8(row, PAIR, f16_fp8, f16_bf8, MINI_F16)                 \
    FROM_8(row, PAIR, bf16_fp8, bf16_bf8, MINI_BF16)              \
    FROM_8(row, ONE, f32_fp8, f32_bf8, F32)                       \
    FROM_8(row, ONE, f16_fp8, f16_bf8, MINI_F16)                  \
    TO_6(row, IN_TURN, fp6_f32, bf6_f32, F32)                     \
    TO_6(row, CHANCE_MANY, fp6_f32, bf6_f32, F32)                 \
    TO_6(row, MANY, fp6_f16, bf6_f16, MINI_F16)                   \
    TO_6(row, MANY, fp6_bf16, bf6_bf16, MINI_BF16)                \
    TO_6(row, CHANCE_MANY, fp6_f16, bf6_f16, MINI_F16)            \
    TO_6(row, CHANCE_MANY, fp6_bf16, bf6_bf16, MINI_BF16)         \
    FROM_6(row, MANY, f32_fp6, f32_bf6, F32)                      \
    FROM_6(row, MANY, f16_fp6, f16_bf6, MINI_F16)                 \
    FROM_6(row, MANY, bf16_fp6, bf16_bf6, MINI_BF16)              \
    PAIR(row, fp4_f32, F32, MINI_E2M1)                            \
    PAIR(row, fp4_f16, MINI_F16, MINI_E2M1)                       \
    PAIR(row, fp4_bf16, MINI_BF16, MINI_E2M1)                     \
    CHANCE_PAIR(row, fp4_f32, F32, MINI_E2M1)                     \
    CHANCE_PAIR(row, fp4_f16, MINI_F16, MINI_E2M1)                \
    CHANCE_PAIR(row, fp4_bf16, MINI_BF16, MINI_E2M1)              \
    PAIR(row, f32_fp4, MINI_E2M1, F32)                            \
    PAIR(row, f16_fp4, MINI_E2M1, MINI_F16)                       \
    PAIR(row, bf16_fp4, MINI_E2M1, MINI_BF16)                     \
    row(v_cvt_sr_f16_f32, F32, MINI_F16, 1, BY_CHANCE | UNSCALED) \
        row(v_cvt_sr_bf16_f32, F32, MINI_BF16, 1, BY_CHANCE | UNSCALED)

#define FUNCTION(name, ...)                                           \
    static void name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                 \
        static const struct scaled conversion = {__VA_ARGS__};        \
        convert(w, inst, &conversion);                                \
    }
ROWS(FUNCTION)

#define BINDING(name, ...) {#name, name},
const struct isa_binding isa_exec_scaled[] = {ROWS(BINDING){NULL, NULL}};
