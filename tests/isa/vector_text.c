/*
 * vector_text.c - vector instructions in every encoding, as LLVM's assembler reads them.
 */
#include "coverage.h"
#include "vector.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const constants[] = {"0", "1", "-1", "64", "-16", "17", "0.5", "-1.0", "4.0", "-2.0"};
enum { N_CONSTANTS = 10, N_WHOLE = 6 };

unsigned type_bits(enum type type)
{
    switch (type) {
    case B16:
    case F16:
    case M16:
        return 16;
    case B64:
    case F64:
    case M64:
        return 64;
    default:
        return 32;
    }
}

bool type_float(enum type type)
{
    return (type >= F32 && type <= M64) || type == T32;
}

static enum type type_of(const struct row *row, unsigned n)
{
    return n == 0 ? row->a : n == 1 ? row->b : row->c;
}

static bool is_packed(const struct row *row)
{
    return row->flags & (PACKED16 | PACKED32 | MIXED | DOT);
}

/* ---- choosing ---- */

static bool chance(unsigned of)
{
    return machine_noise() % of == 0;
}

static void dpp_choose(struct variant *v)
{
    static const unsigned gfx9[] = {0x1b,  0x4e,  0xe4,  0x101, 0x10f, 0x111, 0x113, 0x121, 0x12f,
                                    0x130, 0x134, 0x138, 0x13c, 0x140, 0x141, 0x142, 0x143, 0x155};
    static const unsigned gfx10[] = {0x1b,  0x4e,  0xe4,  0x101, 0x10f, 0x111, 0x118,
                                     0x121, 0x12f, 0x140, 0x141, 0x153, 0x165};
    bool old = v->target <= TARGET_950;
    v->dpp = old ? gfx9[machine_noise() % (sizeof gfx9 / sizeof *gfx9)]
                 : gfx10[machine_noise() % (sizeof gfx10 / sizeof *gfx10)];
    v->row_mask = chance(3) ? machine_noise() % 16 : 15;
    v->bank_mask = chance(3) ? machine_noise() % 16 : 15;
    v->bound_ctrl = chance(2);
    v->fetch_inactive = !old && chance(3);
    for (unsigned i = 0; i < 8; i++)
        v->dpp8[i] = machine_noise() % 8;
}

/* What each encoding has at least once, as turns go on; all of it also by chance. */
enum emphasis {
    EMPHASIS_NONE,
    EMPHASIS_SIGNS,
    EMPHASIS_CLAMP,
    EMPHASIS_OMOD,
    EMPHASIS_SGPR,
    EMPHASIS_CONSTANT,
    EMPHASES
};

static void modifiers_choose(struct variant *v, enum emphasis emphasis)
{
    const struct row *row = v->row;
    bool is_long = v->encoding == E64 || v->encoding == E64_DPP16 || v->encoding == E64_DPP8;
    bool may = is_long || v->encoding == SDWA || v->encoding == DPP16;
    for (unsigned n = 0; n < 3; n++) {
        bool floats = type_float(type_of(row, n)) || (row->flags & PAIRS && n < 2);
        bool takes = may && floats && !is_packed(row) && (n < 2 || is_long) &&
                     strncmp(row->name, "v_div_scale", 11) != 0;
        v->neg[n] = takes && (emphasis == EMPHASIS_SIGNS || chance(3));
        v->abs[n] = takes && chance(4);
    }
    if (is_packed(row) && is_long) {
        v->opsel_hi = machine_noise() & 7;
        v->opsel = machine_noise() & 7;
        bool signs = strstr(row->name, "_iu"); /* whose neg_lo says which factors are signed */
        bool negs = type_float(row->a) || type_float(row->result) || signs;
        v->neg_lo = negs ? machine_noise() & 7 : 0;
        v->neg_hi = negs && !signs ? machine_noise() & 7 : 0;
    } else if (is_packed(row)) {
        v->opsel_hi = 7;
    } else if (chance(2) && v->encoding != SDWA && (is_long || v->true16)) {
        v->opsel = machine_noise() & 15;
    }
    if (row->flags & PAIRS)
        v->opsel &= 12;
    if (row->flags & (BYTE_FROM | BYTE_TO))
        v->opsel = is_long && (v->target == TARGET_1201 || row->flags & BYTE_TO) && chance(2)
                       ? machine_noise() & 3
                       : 0;
    if (row->flags & DOT)
        v->neg_lo &= 3, v->neg_hi &= 3; /* of the sum: not in the manual */
    bool result_float = type_float(row->result) && row->result != M32 && row->result != M16;
    v->clamp = (is_long || v->encoding == SDWA) && (emphasis == EMPHASIS_CLAMP || chance(4)) &&
               (result_float || row->flags & SATURATES);
    v->omod = (is_long || v->encoding == SDWA) && result_float && !is_packed(row) &&
                      !(row->flags & WITHIN_ULP) && (emphasis == EMPHASIS_OMOD || chance(5))
                  ? 1 + machine_noise() % 3
                  : 0;
}

void variant_choose(struct variant *v, const struct row *row, unsigned target, bool wave32, unsigned turn)
{
    enum emphasis emphasis = (enum emphasis)(turn / ENCODINGS % EMPHASES);
    *v = (struct variant){.row = row, .target = target, .wave32 = wave32};
    v->encoding = (enum encoding)(turn % ENCODINGS);
    bool may_true16 = target == TARGET_1100 || target == TARGET_1151;
    v->true16 =
        may_true16 && (turn < 2 * ENCODINGS ? turn < ENCODINGS : chance(2)); /* each encoding so first */
    v->opsel_hi = is_packed(row) && !(row->flags & MIXED) ? 7 : 0;
    if (turn >= ENCODINGS) /* each encoding once without */
        modifiers_choose(v, emphasis);
    if (v->encoding == DPP16 || v->encoding == E64_DPP16 || v->encoding == DPP8 || v->encoding == E64_DPP8)
        dpp_choose(v);
    else if (v->encoding != SDWA && !is_packed(row) && turn >= ENCODINGS)
        for (unsigned n = 0; n < 3; n++)
            v->source[n] = n == 0 && emphasis == EMPHASIS_SGPR       ? SOURCE_SGPR
                           : n == 0 && emphasis == EMPHASIS_CONSTANT ? SOURCE_CONSTANT
                           : chance(3)                               ? (enum source)(machine_noise() % 4)
                                                                     : SOURCE_VGPR;
    for (unsigned n = 0; n < 3; n++) {
        bool floats =
            type_float(type_of(row, n)) && !(row->result == M16); /* not of bits of 16 (LLVM, SIInstrInfo) */
        v->constant[n] = machine_noise() % (floats ? N_CONSTANTS : N_WHOLE);
        if (v->source[n] == SOURCE_LITERAL && type_bits(type_of(row, n)) != 32)
            v->source[n] = SOURCE_VGPR;
        if (v->source[n] >= SOURCE_CONSTANT) /* a sign would be the number's */
            v->neg[n] = v->abs[n] = false;
        if (v->source[n] >= SOURCE_CONSTANT || (v->source[n] == SOURCE_SGPR && v->true16))
            v->opsel &= ~(1u << n);
    }
    v->literal = (uint32_t)machine_noise() | 0x10000000;
    if (row->flags & (LITERAL | LITERAL_MIDDLE) && type_bits(row->a) == 16)
        v->literal &= 0xffff;
    for (unsigned n = 0; n < 3; n++)
        v->sel[n] = machine_noise() % 7;
    if (row->flags & BYTE_FROM)
        v->sel[2] = 6;
    v->sext[0] = !type_float(row->a) && !(row->flags & BYTE_FROM) && chance(2);
    v->sext[1] = row->b != NO && !type_float(row->b) && chance(2);
    v->unused = machine_noise() % 3;
    v->table = machine_noise() & 255;
    v->same = machine_noise() & 1;
    v->mask_in_sgpr = v->encoding == E64 && chance(2);
    v->mask_out_sgpr = v->encoding == E64 && chance(2);
}

/* ---- writing ---- */

struct text {
    char *at, *end;
    bool comma;
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

static void next(struct text *t)
{
    put(t, "%s", t->comma ? ", " : " ");
    t->comma = true;
}

static void put_mask(struct text *t, const struct variant *v, unsigned sgpr)
{
    next(t);
    if (sgpr == SREG_VCC)
        put(t, "%s", v->wave32 ? "vcc_lo" : "vcc");
    else if (v->wave32)
        put(t, "s%u", sgpr);
    else
        put(t, "s[%u:%u]", sgpr, sgpr + 1);
}

static void put_registers(struct text *t, char kind, unsigned reg, unsigned bits)
{
    if (bits == 64)
        put(t, "%c[%u:%u]", kind, reg, reg + 1);
    else
        put(t, "%c%u", kind, reg);
}

static void put_source(struct text *t, const struct variant *v, unsigned n)
{
    static const unsigned vgprs[] = {REG_A, REG_B, REG_C}, sgprs[] = {SREG_A, SREG_B, SREG_C};
    const char *name = v->row->name;
    enum type type = type_of(v->row, n);
    unsigned bits = v->row->flags & PACKED32 ? 64 : v->row->flags & PACKED16 ? 32 : type_bits(type);
    bool accumulation = strcmp(name, "v_accvgpr_read_b32") == 0 || strcmp(name, "v_accvgpr_mov_b32") == 0;
    unsigned from = strncmp(name, "v_div_scale", 11) == 0 && n == 0 ? 1 + v->same : n;
    next(t);
    put(t, "%s%s%s", v->encoding == SDWA && n < 2 && v->sext[n] ? "sext(" : "", v->neg[n] ? "-" : "",
        v->abs[n] ? "|" : "");
    if (v->source[n] == SOURCE_CONSTANT)
        put(t, "%s", constants[v->constant[n]]);
    else if (v->source[n] == SOURCE_LITERAL)
        put(t, "0x%x", v->literal);
    else if (v->source[n] == SOURCE_SGPR)
        put_registers(t, 's', sgprs[from], bits);
    else
        put_registers(t, accumulation ? 'a' : 'v', vgprs[from], bits);
    if (v->true16 && bits == 16 && v->source[n] == SOURCE_VGPR)
        put(t, "%s", v->opsel >> n & 1 ? ".h" : ".l");
    put(t, "%s%s", v->abs[n] ? "|" : "", v->encoding == SDWA && n < 2 && v->sext[n] ? ")" : "");
}

static void put_results(struct text *t, const struct variant *v)
{
    const struct row *row = v->row;
    bool is_long =
        v->encoding == E64 || v->encoding == E64_DPP16 || v->encoding == E64_DPP8 || v->encoding == SDWA;
    unsigned out = is_long && v->mask_out_sgpr ? SREG_OUT : SREG_VCC;
    if (row->result == MASK) {
        if (!(row->flags & COMPARE_EXEC) || v->target < TARGET_1030)
            put_mask(t, v, out);
        return;
    }
    next(t);
    bool accumulation =
        strcmp(row->name, "v_accvgpr_write_b32") == 0 || strcmp(row->name, "v_accvgpr_mov_b32") == 0;
    put_registers(t, accumulation ? 'a' : 'v', REG_D, row->flags & PACKED32 ? 64 : type_bits(row->result));
    if (v->true16 && type_bits(row->result) == 16 && !is_packed(row))
        put(t, "%s", v->opsel >> 3 & 1 ? ".h" : ".l");
    if (row->flags & CARRY_OUT)
        put_mask(t, v, out);
}

static void put_bits(struct text *t, const char *name, unsigned bits, unsigned n)
{
    put(t, " %s:[", name);
    for (unsigned i = 0; i < n; i++)
        put(t, "%s%u", i ? "," : "", bits >> i & 1);
    put(t, "]");
}

static unsigned n_sources(const struct row *row)
{
    return row->c != NO ? 3 : row->b != NO ? 2 : 1;
}

static void put_dpp(struct text *t, const struct variant *v)
{
    static const char *const shifts[] = {"row_shl", "row_shr", "row_ror"};
    unsigned control = v->dpp, n = control & 15;
    if (v->encoding == DPP8 || v->encoding == E64_DPP8) {
        put(t, " dpp8:[");
        for (unsigned i = 0; i < 8; i++)
            put(t, "%s%u", i ? "," : "", v->dpp8[i]);
        put(t, "]%s", v->fetch_inactive ? " fi:1" : "");
        return;
    }
    if (control < 0x100)
        put(t, " quad_perm:[%u,%u,%u,%u]", control & 3, control >> 2 & 3, control >> 4 & 3, control >> 6);
    else if (control < 0x130)
        put(t, " %s:%u", shifts[(control >> 4) - 0x10], n);
    else if (control < 0x140)
        put(t, " wave_%s:1", n == 0 ? "shl" : n == 4 ? "rol" : n == 8 ? "shr" : "ror");
    else if (control < 0x150)
        put(t, " %s",
            n == 0   ? "row_mirror"
            : n == 1 ? "row_half_mirror"
            : n == 2 ? "row_bcast:15"
                     : "row_bcast:31");
    else
        put(t, " %s:%u",
            control >= 0x160          ? "row_xmask"
            : v->target <= TARGET_950 ? "row_newbcast"
                                      : "row_share",
            n);
    put(t, " row_mask:0x%x bank_mask:0x%x", v->row_mask, v->bank_mask);
    put(t, "%s%s", v->bound_ctrl ? " bound_ctrl:1" : "", v->fetch_inactive ? " fi:1" : "");
}

static void put_modifiers(struct text *t, const struct variant *v)
{
    static const char *const sels[] = {"BYTE_0", "BYTE_1", "BYTE_2", "BYTE_3", "WORD_0", "WORD_1", "DWORD"};
    static const char *const fills[] = {"UNUSED_PAD", "UNUSED_SEXT", "UNUSED_PRESERVE"};
    static const char *const omods[] = {"", " mul:2", " mul:4", " div:2"};
    const struct row *row = v->row;
    bool is_long = v->encoding == E64 || v->encoding == E64_DPP16 || v->encoding == E64_DPP8;
    unsigned n = n_sources(row);
    if (strncmp(row->name, "v_bitop3", 8) == 0)
        put(t, " bitop3:0x%x", v->table);
    if (is_packed(row) && is_long) {
        if (v->opsel)
            put_bits(t, "op_sel", v->opsel, n);
        if (row->flags & MIXED ? v->opsel_hi != 0 : v->opsel_hi != 7)
            put_bits(t, "op_sel_hi", v->opsel_hi, n);
        if (v->neg_lo)
            put_bits(t, "neg_lo", v->neg_lo, n);
        if (v->neg_hi)
            put_bits(t, "neg_hi", v->neg_hi, n);
    } else if (v->opsel && row->flags & (BYTE_FROM | BYTE_TO) && is_long) {
        if (v->target == TARGET_1201)
            put(t, " byte_sel:%u", v->opsel);
        else /* the bits of the result lie behind those of three sources */
            put_bits(t, "op_sel", v->opsel << 2, 4);
    } else if (v->opsel && !v->true16 && is_long) {
        bool result = row->result != MASK && type_bits(row->result) == 16;
        put_bits(t, "op_sel", (v->opsel & ((1u << n) - 1)) | (result ? v->opsel >> 3 << n : 0), n + result);
    }
    put(t, "%s%s", v->clamp ? " clamp" : "", omods[v->omod]);
    if (v->encoding == SDWA) {
        if (row->result != MASK && !(row->flags & BYTE_FROM))
            put(t, " dst_sel:%s dst_unused:%s", sels[v->sel[2]], fills[v->unused]);
        put(t, " src0_sel:%s", sels[v->sel[0]]);
        if (n > 1)
            put(t, " src1_sel:%s", sels[v->sel[1]]);
    } else if (v->encoding >= DPP16) {
        put_dpp(t, v);
    }
}

void variant_text(const struct variant *v, char *to, size_t size)
{
    static const char *const suffixes[] = {"_e32", "_e64", "_sdwa", "_dpp", "_dpp", "_e64_dpp", "_e64_dpp"};
    const struct row *row = v->row;
    bool bare = row->flags & (LITERAL | LITERAL_MIDDLE) || strncmp(row->name, "v_accvgpr", 9) == 0 ||
                (is_packed(row) && v->encoding == E64 && !(row->flags & ACCUMULATE));
    bool is_long = v->encoding == E64;
    struct text t = {to, to + size, false};
    put(&t, "%s%s", row->name, bare ? "" : suffixes[v->encoding]);
    put_results(&t, v);
    put_source(&t, v, 0);
    if (row->flags & LITERAL_MIDDLE) {
        put(&t, ", 0x%x", v->literal);
        put_source(&t, v, 1);
    } else if (row->b != NO) {
        put_source(&t, v, 1);
        if (row->flags & LITERAL)
            put(&t, ", 0x%x", v->literal);
        else if (row->c != NO)
            put_source(&t, v, 2);
    }
    if (row->flags & CARRY_IN && !(row->flags & READS_VCC))
        put_mask(&t, v, is_long && v->mask_in_sgpr ? SREG_IN : SREG_VCC);
    put_modifiers(&t, v);
}

uint32_t variant_classes(const struct variant *v)
{
    static const uint32_t encodings[] = {COVER_E32,
                                         COVER_E64,
                                         COVER_SDWA,
                                         COVER_DPP,
                                         COVER_DPP8,
                                         COVER_DPP | COVER_E64,
                                         COVER_DPP8 | COVER_E64};
    uint32_t classes = COVER_COMPARED | encodings[v->encoding];
    for (unsigned n = 0; n < n_sources(v->row); n++) {
        if (v->neg[n] || v->abs[n])
            classes |= COVER_MODIFIER;
        if (v->source[n] == SOURCE_SGPR)
            classes |= COVER_SCALAR;
        else if (v->source[n] != SOURCE_VGPR)
            classes |= COVER_CONSTANT;
    }
    if (v->neg_lo || v->neg_hi)
        classes |= COVER_MODIFIER;
    if (v->clamp)
        classes |= COVER_CLAMP;
    if (v->omod)
        classes |= COVER_OMOD;
    if (is_packed(v->row) ? v->opsel || v->opsel_hi != 7 : v->opsel != 0)
        classes |= COVER_HALVES;
    if (v->row->flags & (CARRY_IN | CARRY_OUT))
        classes |= COVER_CARRY;
    return classes;
}
