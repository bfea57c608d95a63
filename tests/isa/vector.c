/*
 * vector.c - what a vector instruction does to a wave: sources chosen and modified, one lane after the other,
 * results put where they go.
 *
 * Facts: chapters "Vector ALU Operations" and "Data Parallel Processing" of AMD's RDNA2, RDNA3, RDNA4 and
 * MI300 manuals; which 16-bit results clear the other half on gfx9: LLVM (zeroesHigh16BitsOfDest).
 */
#include "vector.h"

#include <math.h>
#include <string.h>

/* Inline constants as whole numbers and as floats, in the order of their texts. */
static const int whole_constants[] = {0, 1, -1, 64, -16, 17};
static const double float_constants[] = {0.5, -1, 4, -2};

enum {
    MODE_ROUND32 = 0,
    MODE_ROUND64 = 2,
    MODE_DENORM32 = 4,
    MODE_DENORM64 = 6,
    MODE_CLAMP = 8,
    MODE_IEEE = 9,
    MODE_FP16_OVFL = 23
};

static bool is_packed(const struct row *row)
{
    return row->flags & (PACKED16 | PACKED32 | MIXED | DOT);
}

static uint64_t low_bits(uint64_t value, unsigned bits)
{
    return bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

/* ---- sources ---- */

static uint64_t constant_of(enum type type, unsigned which)
{
    unsigned bits = type_bits(type);
    if (which < 6)
        return low_bits((uint64_t)(int64_t)whole_constants[which], bits);
    double f = float_constants[which - 6];
    return bits == 16 ? n_to16(f, EVEN) : bits == 32 ? n_bits32((float)f) : n_bits64(f);
}

static uint64_t register_of(const struct state *s, const struct variant *v, unsigned n, unsigned lane)
{
    static const unsigned vgprs[] = {REG_A, REG_B, REG_C}, sgprs[] = {SREG_A, SREG_B, SREG_C};
    const char *name = v->row->name;
    unsigned from = strncmp(name, "v_div_scale", 11) == 0 && n == 0 ? 1 + v->same : n;
    if (strcmp(name, "v_accvgpr_read_b32") == 0 || strcmp(name, "v_accvgpr_mov_b32") == 0)
        return s->agpr[vgprs[from]][lane];
    if (v->source[n] == SOURCE_SGPR)
        return s->sgpr[sgprs[from]] | (uint64_t)s->sgpr[sgprs[from] + 1] << 32;
    return s->vgpr[vgprs[from]][lane] | (uint64_t)s->vgpr[vgprs[from] + 1][lane] << 32;
}

static uint32_t sdwa_selected(uint32_t value, unsigned sel, bool sext)
{
    unsigned bits = sel < 4 ? 8 : sel < 6 ? 16 : 32;
    value >>= sel < 4 ? sel * 8 : sel < 6 ? (sel - 4) * 16 : 0;
    if (bits == 32)
        return value;
    value &= (1u << bits) - 1;
    return sext && value >> (bits - 1) ? value | ~0u << bits : value;
}

/* The lane whose source is read; -1: there is none. */
static int dpp_from(const struct variant *v, int lane, int lanes)
{
    if (v->encoding == DPP8 || v->encoding == E64_DPP8)
        return lane / 8 * 8 + (int)v->dpp8[lane % 8];
    int control = (int)v->dpp, n = control & 15, row = lane / 16 * 16, at = lane % 16;
    if (control < 0x100)
        return lane / 4 * 4 + (control >> lane % 4 * 2 & 3);
    if (control < 0x110)
        return at + n < 16 ? lane + n : -1;
    if (control < 0x120)
        return at - n >= 0 ? lane - n : -1;
    if (control < 0x130)
        return row + (at + 16 - n) % 16;
    switch (control) {
    case 0x130:
        return lane + 1 < lanes ? lane + 1 : -1;
    case 0x134:
        return (lane + 1) % lanes;
    case 0x138:
        return lane - 1;
    case 0x13c:
        return (lane + lanes - 1) % lanes;
    case 0x140:
        return row + 15 - at;
    case 0x141:
        return lane / 8 * 8 + 7 - lane % 8;
    case 0x142:
        return row - 1;
    case 0x143:
        return lane >= 32 ? 31 : -1;
    default:
        return control < 0x160 ? row + n : lane ^ n;
    }
}

static bool flushes(const struct state *s, const struct variant *v, enum type type, unsigned bit)
{
    unsigned here = v->target == TARGET_1201  ? FLUSHES_ON_GFX12
                    : v->target <= TARGET_950 ? FLUSHES_ON_CDNA
                                              : 0;
    if (type == T32 || (type == F32 && v->row->flags & here))
        return true;
    if (type == F32)
        return !(s->mode >> (MODE_DENORM32 + bit) & 1);
    return (type == F16 || type == F64) && !(s->mode >> (MODE_DENORM64 + bit) & 1);
}

static uint64_t flushed(uint64_t value, unsigned bits)
{
    uint64_t exponent = bits == 16 ? 0x7c00 : bits == 32 ? 0x7f800000 : UINT64_C(0x7ff) << 52;
    return value & exponent ? value : value & UINT64_C(1) << (bits - 1);
}

static uint64_t modified(uint64_t value, unsigned bits, bool neg, bool abs)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);
    if (abs)
        value &= ~sign;
    return neg ? value ^ sign : value;
}

/* half: which pass of a packed instruction. */
static uint64_t source_of(const struct state *s, const struct variant *v, unsigned n, unsigned lane, int from,
                          unsigned half)
{
    const struct row *row = v->row;
    enum type type = n == 0 ? row->a : n == 1 ? row->b : row->c;
    unsigned bits = type_bits(type);
    uint64_t value;
    if (type == NO)
        return 0;
    if ((n == 2 && row->flags & (LITERAL | LITERAL_MIDDLE)) || v->source[n] == SOURCE_LITERAL)
        value = v->literal;
    else if (v->source[n] == SOURCE_CONSTANT)
        value = constant_of(type, v->constant[n]);
    else if (n == 0 && v->encoding >= DPP16)
        value = from >= 0 ? register_of(s, v, n, (unsigned)from) : 0;
    else
        value = register_of(s, v, n, lane);
    bool is_register = v->source[n] <= SOURCE_SGPR && !(n == 2 && row->flags & (LITERAL | LITERAL_MIDDLE));
    bool neg = v->neg[n], abs = v->abs[n];
    if (v->encoding == SDWA && n < 2)
        value = sdwa_selected((uint32_t)value, v->sel[n], v->sext[n]);
    if (row->flags & (PACKED16 | PACKED32)) {
        bool high = (half ? v->opsel_hi : v->opsel) >> n & 1;
        if (v->encoding == E32)
            high = half;
        value >>= high ? bits : 0;
        neg = (half ? v->neg_hi : v->neg_lo) >> n & 1;
    } else if (row->flags & MIXED) {
        neg = v->neg_lo >> n & 1;
        abs = v->neg_hi >> n & 1;
        if (v->opsel_hi >> n & 1) {
            value = modified(value >> (v->opsel >> n & 1) * 16 & 0xffff, 16, neg, abs);
            return n_16_to_32((uint32_t)(flushes(s, v, F16, 0) ? flushed(value, 16) : value));
        }
    } else if (row->flags & DOT) {
        neg = type == F32 && n == 2 && v->neg_lo >> 2 & 1; /* of the halves: in the row */
        abs = type == F32 && n == 2 && v->neg_hi >> 2 & 1;
    } else if (bits == 16 && is_register && v->encoding != SDWA && v->opsel >> n & 1) {
        value >>= 16;
    }
    value = low_bits(value, bits);
    if (row->flags & PAIRS && n < 2)
        return modified(value & 0xffff, 16, neg, abs) | modified(value >> 16, 16, neg, abs) << 16;
    if (type_float(type))
        value = modified(value, bits, neg, abs);
    return flushes(s, v, type, 0) ? flushed(value, bits) : value;
}

/* ---- results ---- */

static bool is_infinite(enum type type, uint64_t value)
{
    return (type == F16 || type == F32 || type == F64 || type == T32) &&
           isinf(n_double(type_bits(type), value));
}

/* FP16_OVFL: a half that is infinite because it is too large, not because a source was, or 0 and a divisor.
 * old: what the result's register held. */
static uint64_t half_saturated(const struct variant *v, struct lane *l, uint64_t old)
{
    const struct row *row = v->row;
    bool given = is_infinite(row->a, l->a) || is_infinite(row->b, l->b) || is_infinite(row->c, l->c) ||
                 (row->flags & ACCUMULATE && is_infinite(F16, old)) || strstr(row->name, "div_fixup");
    bool of_zero = row->flags & WITHIN_ULP && n_double(type_bits(row->a), l->a) == 0;
    if (!l->saturates || row->result != F16 || !is_infinite(F16, low_bits(l->d, 16)))
        return l->d;
    /* of what is too large on the way, before there is a half, the manual says nothing */
    l->skip |= row->flags & (PAIRS | MIXED) || strstr(row->name, "_mac_") || strstr(row->name, "_mad");
    return given || of_zero ? l->d : l->d - 1;
}

static uint64_t float_finished(const struct state *s, const struct variant *v, uint64_t value, unsigned bits)
{
    static const double factors[] = {1, 2, 4, 0.5};
    enum type type = v->row->result;
    bool keeps =
        type == F32 || type == T32 ? s->mode >> (MODE_DENORM32 + 1) & 1 : s->mode >> (MODE_DENORM64 + 1) & 1;
    /* RDNA4, 7.2.3.1: omod whatever MODE says, and then no denormal comes out; before: as the manuals of
     * RDNA3 and CDNA3 have it, only where none does, and not in IEEE mode */
    bool scales = v->omod && (v->target == TARGET_1201 || (!keeps && !(s->mode >> MODE_IEEE & 1)));
    if (type == M32 || type == M16 || type == M64)
        return value;
    double f = n_double(bits, value);
    if (scales && !isnan(f)) {
        unsigned round = type == F32 || type == T32 ? s->mode & 3 : s->mode >> MODE_ROUND64 & 3;
        if (v->row->flags & ROUNDS_EVEN || (v->row->flags & DOT && v->target <= TARGET_950))
            round = EVEN;
        bool saturates = bits == 16 && s->mode >> MODE_FP16_OVFL & 1 && !isinf(f);
        value = bits == 16   ? n_to16(f * factors[v->omod], round)
                : bits == 32 ? n_to32(f * factors[v->omod], round)
                             : n_mul64(value, n_bits64(factors[v->omod]), round);
        if (saturates && is_infinite(F16, value))
            value--;
        if (f ==
            0) /* "-0 is flushed to +0"; of what is flushed for being small, the manual does not say it */
            value = 0;
        f = n_double(bits, value);
    }
    if (v->clamp) {
        if (isnan(f))
            value = v->target == TARGET_1201 || s->mode >> MODE_CLAMP & 1 ? 0 : n_quiet(bits, value);
        else if (f <= 0)
            value = 0;
        else if (f > 1)
            value = bits == 16 ? 0x3c00 : bits == 32 ? 0x3f800000 : UINT64_C(0x3ff) << 52;
    }
    return flushes(s, v, type, 1) || scales ? flushed(value, bits) : value;
}

static uint64_t whole_finished(const struct variant *v, uint64_t value, unsigned bits)
{
    unsigned flags = v->row->flags;
    if (!(flags & SATURATES) || !v->clamp)
        return low_bits(value, bits);
    int64_t most = flags & SATURATE_U32   ? UINT32_MAX
                   : flags & SATURATE_I32 ? INT32_MAX
                   : flags & SATURATE_U16 ? UINT16_MAX
                                          : INT16_MAX;
    int64_t least = flags & (SATURATE_U32 | SATURATE_U16) ? 0 : -most - 1, sum = (int64_t)value;
    return low_bits((uint64_t)(sum < least ? least : sum > most ? most : sum), bits);
}

static uint32_t sdwa_placed(const struct variant *v, uint32_t old, uint32_t value)
{
    unsigned sel = v->sel[2], bits = sel < 4 ? 8 : 16, shift = sel < 4 ? sel * 8 : (sel - 4) * 16;
    if (sel == 6)
        return value;
    uint32_t mask = ((1u << bits) - 1) << shift, placed = value << shift & mask;
    if (v->unused == 2)
        return (old & ~mask) | placed;
    if (v->unused == 1 && value >> (bits - 1) & 1)
        placed |= (uint32_t)(~UINT64_C(0) << (bits + shift));
    return placed;
}

/* A 16-bit result beside what the register held. */
static uint32_t half_placed(const struct variant *v, uint32_t old, uint32_t value)
{
    bool is_long = v->encoding != E32 && v->encoding != SDWA && v->encoding != DPP16 && v->encoding != DPP8;
    bool high =
        v->row->flags & TO_HIGH || (!is_packed(v->row) && (is_long || v->true16) && v->opsel >> 3 & 1);
    bool keeps = v->target >= TARGET_1030 || v->row->flags & (PRESERVES | TO_LOW);
    if (high)
        return (old & 0xffff) | value << 16;
    return keeps ? (old & 0xffff0000) | value : value;
}

static struct lane lane_of(const struct state *s, const struct variant *v, unsigned lane, int from,
                           unsigned half)
{
    const struct row *row = v->row;
    uint64_t old = s->vgpr[REG_D][lane] | (uint64_t)s->vgpr[REG_D + 1][lane] << 32;
    unsigned bits = type_bits(row->result);
    bool is_long = v->encoding == E64 || v->encoding == E64_DPP16 || v->encoding == E64_DPP8;
    if (row->flags & (PACKED16 | PACKED32))
        old >>= half ? bits : 0;
    else if (bits == 16 && v->opsel >> 3 & 1 && (is_long || v->true16))
        old >>= 16;
    old = low_bits(old, bits);
    if (flushes(s, v, row->result, 0))
        old = flushed(old, bits);
    bool in_sgpr =
        row->flags & CARRY_IN && !(row->flags & READS_VCC) && v->encoding == E64 && v->mask_in_sgpr;
    unsigned in = in_sgpr ? SREG_IN : SREG_VCC;
    return (struct lane){.a = source_of(s, v, 0, lane, from, half),
                         .b = source_of(s, v, 1, lane, from, half),
                         .c = source_of(s, v, 2, lane, from, half),
                         .d = old,
                         .carry = s->sgpr[in + lane / 32] >> lane % 32 & 1,
                         .at = lane,
                         .target = v->target,
                         .ieee = s->mode >> MODE_IEEE & 1,
                         .flushes16 = flushes(s, v, F16, 1),
                         .saturates = s->mode >> MODE_FP16_OVFL & 1,
                         .round32 = s->mode & 3,
                         .round16_64 = s->mode >> MODE_ROUND64 & 3,
                         .opsel = v->opsel,
                         .opsel_hi = v->opsel_hi,
                         .neg_lo = v->neg_lo,
                         .neg_hi = v->neg_hi,
                         .table = v->table};
}

static void mask_put(struct state *s, bool wave32, unsigned sgpr, uint64_t mask)
{
    s->sgpr[sgpr] = (uint32_t)mask;
    if (!wave32)
        s->sgpr[sgpr + 1] = (uint32_t)(mask >> 32);
}

static void result_put(const struct variant *v, const struct state *before, struct state *s, unsigned lane,
                       const uint64_t results[2])
{
    const struct row *row = v->row;
    unsigned bits = type_bits(row->result);
    uint32_t old = before->vgpr[REG_D][lane], value = (uint32_t)results[0];
    bool accumulation =
        strcmp(row->name, "v_accvgpr_write_b32") == 0 || strcmp(row->name, "v_accvgpr_mov_b32") == 0;
    if (row->flags & PACKED16)
        value = (uint32_t)(results[0] | results[1] << 16);
    else if (v->encoding == SDWA)
        value = sdwa_placed(v, old, value);
    else if (bits == 16)
        value = half_placed(v, old, value);
    *(accumulation ? &s->agpr[REG_D][lane] : &s->vgpr[REG_D][lane]) = value;
    if (bits == 64)
        s->vgpr[REG_D + 1][lane] = (uint32_t)(results[0] >> 32);
    if (row->flags & PACKED32)
        s->vgpr[REG_D + 1][lane] = (uint32_t)results[1];
}

uint64_t variant_expect(const struct variant *v, struct state *s)
{
    static struct state before;
    const struct row *row = v->row;
    unsigned lanes = v->wave32 ? 32 : 64, bits = type_bits(row->result);
    uint64_t exec = (s->sgpr[SREG_EXEC] | (uint64_t)s->sgpr[SREG_EXEC + 1] << 32) & machine_lanes(v->wave32);
    uint64_t mask = 0, known = machine_lanes(v->wave32);
    memcpy(&before, s, sizeof before);
    for (unsigned i = 0; i < lanes; i++) {
        bool active = exec >> i & 1;
        int from = -1;
        if (v->encoding >= DPP16) {
            from = dpp_from(v, (int)i, (int)lanes);
            if (from >= 0 && !v->fetch_inactive && !(exec >> from & 1))
                from = -1;
            bool eight = v->encoding == DPP8 || v->encoding == E64_DPP8;
            if (from < 0 && !v->bound_ctrl && !eight)
                active = false;
            if (!eight && !(v->row_mask >> i / 16 & 1 && v->bank_mask >> i % 16 / 4 & 1))
                active = false;
        }
        if (!active)
            continue;
        uint64_t results[2];
        for (unsigned half = 0; half <= (row->flags & (PACKED16 | PACKED32) ? 1 : 0); half++) {
            struct lane l = lane_of(&before, v, i, from, half);
            uint64_t old = l.d;
            row->fn(&l);
            l.d = half_saturated(v, &l, old);
            results[half] = type_float(row->result) ? float_finished(&before, v, low_bits(l.d, bits), bits)
                                                    : whole_finished(v, l.d, bits);
            if (l.skip)
                known &= ~(UINT64_C(1) << i);
            if (row->result == MASK ? l.d & 1 : l.carry)
                mask |= UINT64_C(1) << i;
        }
        if (row->result != MASK)
            result_put(v, &before, s, i, results);
    }
    bool is_long =
        v->encoding == E64 || v->encoding == E64_DPP16 || v->encoding == E64_DPP8 || v->encoding == SDWA;
    unsigned out = is_long && v->mask_out_sgpr ? SREG_OUT : SREG_VCC;
    bool exec_only = row->flags & COMPARE_EXEC && v->target >= TARGET_1030;
    if ((row->result == MASK || row->flags & CARRY_OUT) && !exec_only)
        mask_put(s, v->wave32, out, mask);
    if (row->flags & COMPARE_EXEC)
        mask_put(s, v->wave32, SREG_EXEC, mask);
    return known;
}
