/*
 * exec_typed.c - buffer loads and stores that convert: MTBUF, whose instructions name a format, and the
 * "format" instructions of MUBUF, whose resource names it.
 *
 * Facts: AMD's RDNA3.5 and RDNA4 ISA manuals, "Buffer Data", "D16 Instructions" and "LOAD/STORE_FORMAT and
 * DATA-FORMAT mismatches"; the CDNA3 manual's for gfx9. A whole element is loaded and stored, whatever the
 * instruction has registers for: components that it has no data for get the first one, those that the format
 * has not read 0. An element is in its buffer or not, as a whole. What of the resource counts beside the
 * address, of MUBUF: word 3, destination selects [11:0], format [18:12] (gfx9: number [14:12], layout
 * [18:15]; gfx12: [17:12]).
 *
 * Unproven: that whole numbers too large for the format become the largest, as Direct3D has them; that floats
 * are cut when they are stored as when they are loaded into 16 bits; that of whole numbers of 32 bits the low
 * half is loaded into 16. What stores make of a number in a scaled format nobody says: they are refused.
 */
#include "exec_memory.h"
#include "vector.h"

#include <isa/isa_format.h>

enum width { WHOLE, HALVES, HIGH_HALF };
enum { SELECT_ONE = 1, SELECT_X = 4, ROUND_ZERO = 3, ADD_LANE = 1 << 23, IDENTITY = 0xfac };

struct typed { /* one instruction */
    struct isa_wave *w;
    const struct isa_inst *inst;
    unsigned count; /* components that it has registers for */
    enum width width;
    struct isa_buffer_format format;
    unsigned bytes, select; /* of an element; where each component comes from, three bits each */
};

/* False: nobody says what it does. */
static bool typed_start(struct typed *t)
{
    const struct isa_inst *inst = t->inst;
    uint32_t word = t->w->sgpr[inst->src[1].reg + 3];
    bool gfx9 = inst->generation <= ISA_GFX950, typed = inst->format == ISA_MTBUF;
    unsigned code = typed                           ? (unsigned)inst->imm & 127
                    : gfx9                          ? (word >> 15 & 15) | (word >> 12 & 7) << 4
                    : inst->generation >= ISA_GFX12 ? word >> 12 & 63
                                                    : word >> 12 & 127;
    if (!isa_buffer_format(inst->generation, code, &t->format) || (gfx9 && !typed && word & ADD_LANE))
        return false;
    t->select = typed ? IDENTITY : word & 0xfff;
    for (unsigned i = 0; i < t->format.components; i++)
        t->bytes += t->format.bits[i];
    t->bytes /= 8;
    return true;
}

/* Moves elements, which lie in data as in memory, dword by dword: a swizzled buffer may interleave them. An
 * invalid format is that of a buffer in which nothing lies. */
static bool elements_move(const struct typed *t, uint32_t (*data)[64], bool write)
{
    struct isa_access whole, piece;
    struct isa_inst part = *t->inst;
    isa_access_find(t->w, t->inst, t->bytes, &whole);
    if (t->bytes == 0) {
        whole.dropped |= whole.exec;
        whole.exec = 0;
    }
    for (unsigned i = 0; i == 0 || i < t->bytes / 4; i++, part.offset += 4) {
        unsigned bytes = t->bytes < 4 ? t->bytes : 4;
        isa_access_find(t->w, &part, bytes, &piece);
        piece.exec = whole.exec;
        piece.dropped = whole.dropped;
        if (!(write ? isa_access_write(t->w, &piece, bytes, (const uint32_t(*)[64])data + i)
                    : isa_access_read(t->w, &piece, bytes, data + i)))
            return false;
    }
    return true;
}

/* Where component i begins, in bits. */
static unsigned component_at(const struct typed *t, unsigned i)
{
    unsigned at = 0;
    while (i-- > 0)
        at += t->format.bits[i];
    return at;
}

static bool is_whole(const struct typed *t)
{
    return t->format.number == ISA_NUMBER_UINT || t->format.number == ISA_NUMBER_SINT;
}

/* ---- loads ---- */

static double fixed_value(unsigned number, unsigned bits, uint32_t raw)
{
    int32_t value = sext(raw, bits);
    double most = number == ISA_NUMBER_UNORM ? (double)((1u << bits) - 1) : (double)((1u << (bits - 1)) - 1);
    switch (number) {
    case ISA_NUMBER_UNORM:
        return raw / most;
    case ISA_NUMBER_SNORM:
        return value < -most ? -1 : value / most;
    case ISA_NUMBER_USCALED:
        return raw;
    default:
        return value;
    }
}

/* The bits of a component as those of a half, of 10, 11 or 16: the short ones have no sign. */
static uint16_t half_bits_of(unsigned bits, uint32_t raw)
{
    return (uint16_t)(bits == 10 ? raw << 5 : bits == 11 ? raw << 4 : raw);
}

static uint32_t widened(uint16_t half)
{
    float f = vec_from_half(half);
    return f32_bits(f != f ? f32_quiet(f) : f);
}

static uint32_t loaded_float(const struct typed *t, unsigned bits, uint32_t raw)
{
    bool is_float = t->format.number == ISA_NUMBER_FLOAT;
    if (t->width == WHOLE)
        return !is_float    ? f32_bits((float)fixed_value(t->format.number, bits, raw))
               : bits == 32 ? raw
                            : widened(half_bits_of(bits, raw));
    return !is_float    ? vec_to_half(fixed_value(t->format.number, bits, raw), 0)
           : bits == 32 ? vec_to_half((double)f32_of(raw), ROUND_ZERO)
                        : half_bits_of(bits, raw);
}

static uint32_t loaded(const struct typed *t, uint32_t (*data)[64], unsigned lane, unsigned i)
{
    unsigned at = component_at(t, i), bits = t->format.bits[i];
    uint32_t raw = data[at / 32][lane] >> at % 32;
    raw &= bits == 32 ? UINT32_MAX : (1u << bits) - 1;
    if (!is_whole(t))
        return loaded_float(t, bits, raw);
    return t->format.number == ISA_NUMBER_SINT ? (uint32_t)sext(raw, bits) : raw;
}

/* What register i is to have. */
static uint32_t selected(const struct typed *t, uint32_t (*data)[64], unsigned lane, unsigned i)
{
    unsigned select = t->select >> 3 * i & 7;
    if (select == SELECT_ONE)
        return is_whole(t) ? 1 : t->width == WHOLE ? 0x3f800000 : 0x3c00;
    if (select < SELECT_X || select - SELECT_X >= t->format.components)
        return 0;
    return loaded(t, data, lane, select - SELECT_X);
}

static void half_put(uint32_t *to, bool high, uint32_t half)
{
    *to = high ? (*to & 0xffff) | half << 16 : (*to & 0xffff0000) | (half & 0xffff);
}

static void load(struct typed *t)
{
    uint32_t data[4][64];
    uint64_t exec = isa_exec(t->w);
    if (!elements_move(t, data, false))
        return;
    if (t->inst->lds) {
        for (uint64_t todo = exec; todo; todo &= todo - 1)
            data[0][__builtin_ctzll(todo)] = selected(t, data, (unsigned)__builtin_ctzll(todo), 0);
        isa_access_to_lds(t->w, t->inst, exec, 4, (const uint32_t(*)[64])data);
        return;
    }
    uint32_t(*dst)[64] = isa_vector_rows(t->w, &t->inst->dst);
    for (uint64_t todo = exec; todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        for (unsigned i = 0; i < t->count; i++) {
            uint32_t value = selected(t, data, lane, i);
            if (t->width == WHOLE)
                dst[i][lane] = value;
            else
                half_put(&dst[i / 2][lane], t->width == HIGH_HALF || i & 1, value);
        }
    }
}

/* ---- stores ---- */

/* Of a register, or a half. */
static uint32_t stored_float(const struct typed *t, unsigned bits, uint32_t value)
{
    bool half = t->width != WHOLE;
    if (bits == 32)
        return half ? widened((uint16_t)value) : value;
    uint32_t narrow = half ? value : vec_to_half((double)f32_of(value), ROUND_ZERO);
    bool nan = (narrow & 0x7fff) > 0x7c00;
    if (bits == 16)
        return narrow;
    unsigned cut = bits == 11 ? 4 : 5;
    return nan ? 0x7fffu >> cut : narrow & 0x8000 ? 0 : narrow >> cut;
}

static uint32_t stored_fixed(const struct typed *t, unsigned bits, uint32_t value)
{
    bool is_signed = t->format.number == ISA_NUMBER_SNORM;
    double f = (double)(t->width == WHOLE ? f32_of(value) : vec_from_half((uint16_t)value));
    double least = is_signed ? -1 : 0, most = (double)((1u << (bits - is_signed)) - 1);
    return f != f ? 0 : (uint32_t)(int32_t)rint((f < least ? least : f > 1 ? 1 : f) * most);
}

static uint32_t stored_whole(const struct typed *t, unsigned bits, uint32_t value)
{
    if (t->format.number == ISA_NUMBER_UINT) {
        value = t->width == WHOLE ? value : value & 0xffff;
        return bits < 32 && value >> bits ? (1u << bits) - 1 : value;
    }
    int32_t whole = t->width == WHOLE ? (int32_t)value : (int16_t)value, most = INT32_MAX >> (32 - bits);
    return (uint32_t)clamp_of(whole, -most - 1, most);
}

/* The register or half that component i comes from: the first one that it is selected for. */
static unsigned source_of(const struct typed *t, unsigned i)
{
    for (unsigned n = 0; n < t->count; n++)
        if ((t->select >> 3 * n & 7) == SELECT_X + i)
            return n;
    return 0;
}

static uint32_t stored(const struct typed *t, uint32_t (*from)[64], unsigned lane, unsigned i)
{
    unsigned n = source_of(t, i), bits = t->format.bits[i];
    uint32_t value = t->width == WHOLE ? from[n][lane] : from[n / 2][lane] >> (n & 1 ? 16 : 0);
    value = t->width == HIGH_HALF ? value >> 16 : t->width == HALVES ? value & 0xffff : value;
    value = is_whole(t)                            ? stored_whole(t, bits, value)
            : t->format.number == ISA_NUMBER_FLOAT ? stored_float(t, bits, value)
                                                   : stored_fixed(t, bits, value);
    return bits == 32 ? value : value & ((1u << bits) - 1);
}

static void store(struct typed *t)
{
    uint32_t data[4][64] = {{0}}, (*from)[64] = isa_vector_rows(t->w, &t->inst->src[3]);
    if (t->format.number == ISA_NUMBER_USCALED || t->format.number == ISA_NUMBER_SSCALED) {
        t->w->state = ISA_ILLEGAL;
        return;
    }
    for (uint64_t todo = isa_exec(t->w); todo; todo &= todo - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(todo);
        for (unsigned i = 0; i < t->format.components; i++)
            data[component_at(t, i) / 32][lane] |= stored(t, from, lane, i) << component_at(t, i) % 32;
    }
    elements_move(t, data, true);
}

/* ---- by name ---- */

static void typed_run(struct isa_wave *w, const struct isa_inst *inst, unsigned count, enum width width,
                      bool write)
{
    struct typed t = {.w = w, .inst = inst, .count = count, .width = width};
    if (!typed_start(&t))
        w->state = ISA_ILLEGAL;
    else if (write)
        store(&t);
    else
        load(&t);
}

#define TYPED(name, count, width)                                                 \
    void isa_load_format_##name(struct isa_wave *w, const struct isa_inst *inst)  \
    {                                                                             \
        typed_run(w, inst, count, width, false);                                  \
    }                                                                             \
    void isa_store_format_##name(struct isa_wave *w, const struct isa_inst *inst) \
    {                                                                             \
        typed_run(w, inst, count, width, true);                                   \
    }
TYPED(x, 1, WHOLE)
TYPED(xy, 2, WHOLE)
TYPED(xyz, 3, WHOLE)
TYPED(xyzw, 4, WHOLE)
TYPED(d16_x, 1, HALVES)
TYPED(d16_xy, 2, HALVES)
TYPED(d16_xyz, 3, HALVES)
TYPED(d16_xyzw, 4, HALVES)
TYPED(d16_hi_x, 1, HIGH_HALF)
