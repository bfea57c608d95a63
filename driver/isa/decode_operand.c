/*
 * decode_operand.c - operand fields become registers, constants and special values.
 *
 * Invariant: after decoding no one needs the encoding again: constants have the bits of the operand's type,
 * M0 and NULL are told apart by generation here. Facts: the operand tables and the "inline constant" sections
 * of AMD's CDNA3 and RDNA3 ISA manuals, LLVM's AMDGPUOperandSyntax; 16-bit integer operands take float
 * constants as single precision (LLVM's AMDGPUMCCodeEmitter: getLit16IntEncoding() is getLit32Encoding()).
 */
#include "decode.h"

enum { SRC_LITERAL = 255, SRC_VGPR = 256 };

unsigned decode_size(const struct decoding *d, struct isa_field field)
{
    if (field.type == ISA_TYPE_MASK)
        return d->wave64 ? 2 : 1;
    return field.dwords;
}

static uint8_t type_of(const struct decoding *d, struct isa_field field)
{
    if (field.type == ISA_TYPE_MASK)
        return d->wave64 ? ISA_B64 : ISA_B32;
    if (field.kind == 'h' && isa_is_gfx11(d->generation))
        return ISA_U16;
    return field.type;
}

static void operand_start(const struct decoding *d, struct isa_operand *op, enum isa_operand_kind kind,
                          unsigned code, struct isa_field field)
{
    op->kind = (uint8_t)kind;
    op->type = type_of(d, field);
    op->dwords = (uint8_t)decode_size(d, field);
    op->code = (uint16_t)code;
    op->sel = 0;
}

/* 240..248: 0.5, -0.5, 1, -1, 2, -2, 4, -4, 1/(2 pi) in the four formats. */
static const struct {
    uint16_t half, brain;
    uint32_t single;
    uint64_t full;
} float_constants[] = {
    {0x3800, 0x3f00, 0x3f000000, 0x3fe0000000000000}, {0xb800, 0xbf00, 0xbf000000, 0xbfe0000000000000},
    {0x3c00, 0x3f80, 0x3f800000, 0x3ff0000000000000}, {0xbc00, 0xbf80, 0xbf800000, 0xbff0000000000000},
    {0x4000, 0x4000, 0x40000000, 0x4000000000000000}, {0xc000, 0xc000, 0xc0000000, 0xc000000000000000},
    {0x4400, 0x4080, 0x40800000, 0x4010000000000000}, {0xc400, 0xc080, 0xc0800000, 0xc010000000000000},
    {0x3118, 0x3e22, 0x3e22f983, 0x3fc45f306dc9c882},
};

static uint64_t float_constant(unsigned code, uint8_t type)
{
    unsigned i = code - 240;
    switch (type) {
    case ISA_F16:
    case ISA_V2F16:
        return float_constants[i].half;
    case ISA_BF16:
    case ISA_V2BF16:
        return float_constants[i].brain;
    case ISA_F64:
    case ISA_B64:
    case ISA_I64:
    case ISA_U64:
        return float_constants[i].full;
    case ISA_V2F32:
    case ISA_V2B32:
        return float_constants[i].single | (uint64_t)float_constants[i].single << 32; /* for both halves */
    default:
        return float_constants[i].single;
    }
}

static uint64_t int_constant(int value, const struct isa_operand *op)
{
    switch (op->type) {
    case ISA_F64:
    case ISA_B64:
    case ISA_I64:
    case ISA_U64:
        return (uint64_t)(int64_t)value;
    case ISA_V2F32:
    case ISA_V2B32:
        return (uint32_t)value | (uint64_t)(uint32_t)value << 32;
    default:
        return (uint32_t)value;
    }
}

static uint64_t literal_value(uint32_t literal, uint8_t type)
{
    if (type == ISA_F64)
        return (uint64_t)literal << 32;
    if (type == ISA_I64)
        return (uint64_t)(int64_t)(int32_t)literal;
    return literal;
}

static unsigned null_code(enum isa_generation g)
{
    return isa_is_gfx11(g) ? 124 : 125;
}

/* Where a run of n scalar registers named by code starts, or -1. Runs are aligned to 2 or 4; a run that is
 * not is taken from the aligned register below, as LLVM does. Those with names come in pairs only. */
static int sgpr_run(const struct decoding *d, unsigned code, unsigned n)
{
    unsigned align = n == 2 ? 2 : 4, last = isa_is_gfx9(d->generation) ? 102 : 106;
    if (n <= 1)
        return (int)code;
    if (code < last) {
        unsigned first = code & ~(align - 1);
        return first + n <= (n > 2 ? 104 : last) ? (int)first : -1;
    }
    if (code >= ISA_TTMP0 && code < ISA_TTMP0 + 16) {
        unsigned first = ISA_TTMP0 + ((code - ISA_TTMP0) & ~(align - 1));
        return first + n <= ISA_TTMP0 + (n == 3 ? 12 : 16) ? (int)first : -1; /* LLVM's are fewer */
    }
    return n == 2 && code % 2 == 0 && code != 124 ? (int)code : -1;
}

void decode_sgpr(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    operand_start(d, op, ISA_SGPR, code, field);
    if (code == null_code(d->generation)) {
        op->kind = ISA_NULL;
        return;
    }
    bool m0 = code == 124 || code == 125;
    int first = m0 && op->dwords > 1 ? -1 : sgpr_run(d, code, op->dwords);
    if (first < 0 || code > 127)
        d->bad = true;
    else
        op->reg = m0 ? ISA_M0 : (uint16_t)first;
}

void decode_vgpr(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field)
{
    operand_start(d, op, ISA_VGPR, SRC_VGPR + number, field);
    op->reg = (uint16_t)number;
    if (number + (op->dwords ? op->dwords : 1u) > 256)
        d->bad = true;
}

void decode_agpr(struct decoding *d, struct isa_operand *op, unsigned number, struct isa_field field)
{
    decode_vgpr(d, op, number, field);
    op->kind = ISA_AGPR;
}

void decode_mask(struct decoding *d, struct isa_operand *op, unsigned reg)
{
    decode_sgpr(d, op, reg, (struct isa_field){ISA_TYPE_MASK, 2, 's'});
}

/* Apertures, status bits and the like, which only sources can mean. */
static bool decode_special(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    if (code != 230 && code != 231 && (code < 235 || code > 239) && (code < 251 || code > 254))
        return false;
    operand_start(d, op, ISA_SPECIAL, code, field);
    op->reg = (uint16_t)code;
    if (op->dwords > 2 || ((code == 231 || code == 254) && op->dwords == 2))
        d->bad = true;
    return true;
}

void decode_sgpr_result(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    if (code < 128 || !decode_special(d, op, code, field))
        decode_sgpr(d, op, code, field);
}

void decode_source(struct decoding *d, struct isa_operand *op, unsigned code, struct isa_field field)
{
    if (code >= SRC_VGPR) {
        decode_vgpr(d, op, code - SRC_VGPR, field);
    } else if (code < 128) {
        decode_sgpr(d, op, code, field);
    } else if (code <= 208) {
        operand_start(d, op, ISA_CONST, code, field);
        op->value = int_constant(code <= 192 ? (int)code - 128 : 192 - (int)code, op);
    } else if (code >= 240 && code <= 248) {
        operand_start(d, op, ISA_CONST, code, field);
        op->value = float_constant(code, op->type);
    } else if (code == SRC_LITERAL) {
        operand_start(d, op, ISA_CONST, code, field);
        d->literal_used = true;
    } else if (!decode_special(d, op, code, field)) {
        d->bad = true;
    }
}

void decode_literal(struct decoding *d)
{
    bool k = false;
    for (unsigned i = 0; i < d->signature->n_src; i++)
        k |= d->signature->src[i].kind == 'k';
    if (!k && !d->literal_used)
        return;
    if (d->no_literal || d->words >= d->available) {
        d->bad = true;
        return;
    }
    uint32_t literal = d->inst->word[d->words++];
    d->inst->literal = literal;
    for (unsigned i = 0; i < 4; i++) {
        struct isa_operand *op = &d->inst->src[i];
        if (i < d->signature->n_src && d->signature->src[i].kind == 'k')
            operand_start(d, op, ISA_CONST, SRC_LITERAL, d->signature->src[i]);
        if (op->kind == ISA_CONST && op->code == SRC_LITERAL)
            op->value = literal_value(literal, op->type);
    }
}

bool decode_row(struct decoding *d, enum isa_format format, unsigned opcode)
{
    d->inst->format = (uint8_t)format;
    d->inst->row = isa_row_find(d->generation, format, opcode);
    if (!d->inst->row) {
        d->bad = true;
        return false;
    }
    d->signature = isa_row_signature(d->inst->row);
    d->inst->n_src = (uint8_t)d->signature->n_src;
    return true;
}
