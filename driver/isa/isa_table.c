/*
 * isa_table.c - the rows of isa_*.def, found by opcode.
 *
 * The index and the parsed operand strings are made once, at the first question. Invariant: no two rows share
 * an opcode of a format in one generation (tests/test_isa_decode.c holds it).
 */
#include "isa_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const struct isa_row isa_rows[] = {
#define ISA(name, format, operands, flags, ...) {#name, ISA_##format, flags, operands, {__VA_ARGS__}},
#include "isa_scalar.def"
#include "isa_vector.def"
#include "isa_memory.def"
#undef ISA
};
enum { N_ROWS = sizeof(isa_rows) / sizeof(isa_rows[0]), N_OPCODES = 1024 };
const unsigned isa_n_rows = N_ROWS;

static uint16_t row_index[ISA_GENERATIONS][ISA_FORMATS][N_OPCODES]; /* row + 1; 0: none */
static struct isa_signature signatures[N_ROWS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
    const char *name;
    uint8_t type, dwords;
} type_names[] = {
    {"b16", ISA_B16, 1},        {"b32", ISA_B32, 1},         {"b64", ISA_B64, 2},
    {"b96", ISA_B96, 3},        {"b128", ISA_B128, 4},       {"b256", ISA_B256, 8},
    {"b512", ISA_B512, 16},     {"f16", ISA_F16, 1},         {"f32", ISA_F32, 1},
    {"f64", ISA_F64, 2},        {"bf16", ISA_BF16, 1},       {"i16", ISA_I16, 1},
    {"u16", ISA_U16, 1},        {"i32", ISA_I32, 1},         {"u32", ISA_U32, 1},
    {"i64", ISA_I64, 2},        {"u64", ISA_U64, 2},         {"v2f16", ISA_V2F16, 1},
    {"v2i16", ISA_V2I16, 1},    {"v2f32", ISA_V2F32, 2},     {"v2b32", ISA_V2B32, 2},
    {"m", ISA_TYPE_MASK, 2},    {"i", ISA_TYPE_IMM, 0},      {"a", ISA_TYPE_ADDRESS, 2},
    {"none", ISA_TYPE_NONE, 0}, {"r", ISA_TYPE_RESOURCE, 4}, {"v2bf16", ISA_V2BF16, 1},
};

static struct isa_field field_parse(const char *text, size_t length)
{
    struct isa_field field = {ISA_TYPE_NONE, 0, 0};
    if (length > 2 && text[1] == '.') {
        field.kind = text[0];
        text += 2;
        length -= 2;
    }
    const char *star = memchr(text, '*', length);
    size_t name = star ? (size_t)(star - text) : length;
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
        if (strlen(type_names[i].name) == name && memcmp(type_names[i].name, text, name) == 0) {
            field.type = type_names[i].type;
            field.dwords = type_names[i].dwords;
        }
    if (star)
        field.dwords = (uint8_t)atoi(star + 1);
    return field;
}

static unsigned fields_parse(const char *from, const char *to, struct isa_field *fields)
{
    unsigned n = 0;
    while (from < to) {
        const char *comma = memchr(from, ',', (size_t)(to - from));
        const char *end = comma ? comma : to;
        fields[n++] = field_parse(from, (size_t)(end - from));
        from = end + 1;
    }
    return n;
}

static void signature_parse(const char *operands, struct isa_signature *signature)
{
    const char *equals = strchr(operands, '=');
    if (!equals)
        return;
    signature->n_dst = fields_parse(operands, equals, signature->dst);
    signature->n_src = fields_parse(equals + 1, equals + strlen(equals), signature->src);
}

/* VOPC first, then VOP2, VOP1: gfx9 moved VOP1 down to 0x140, later ones have it at 0x180 (LLVM's
 * VOPInstructions.td and the enumeration agree). */
unsigned isa_vop3_offset(enum isa_generation generation, enum isa_format format)
{
    if (format == ISA_VOP2)
        return 0x100;
    if (format == ISA_VOP1)
        return generation <= ISA_GFX950 ? 0x140 : 0x180;
    return 0;
}

static void row_enter(unsigned row, enum isa_generation generation)
{
    const struct isa_row *r = &isa_rows[row];
    if (r->opcode[generation] < 0)
        return;
    unsigned opcode = (unsigned)r->opcode[generation];
    row_index[generation][r->format][opcode] = (uint16_t)(row + 1);
    if (r->flags & ISA_HAS_E64)
        row_index[generation][ISA_VOP3][opcode + isa_vop3_offset(generation, r->format)] =
            (uint16_t)(row + 1);
}

static void table_make(void)
{
    for (unsigned row = 0; row < N_ROWS; row++) {
        signature_parse(isa_rows[row].operands, &signatures[row]);
        for (unsigned g = 0; g < ISA_GENERATIONS; g++)
            row_enter(row, g);
    }
}

const struct isa_row *isa_row_find(enum isa_generation generation, enum isa_format format, unsigned opcode)
{
    pthread_once(&once, table_make);
    if (opcode >= N_OPCODES || format >= ISA_FORMATS)
        return NULL;
    unsigned row = row_index[generation][format][opcode];
    return row ? &isa_rows[row - 1] : NULL;
}

const struct isa_signature *isa_row_signature(const struct isa_row *row)
{
    pthread_once(&once, table_make);
    return &signatures[row - isa_rows];
}
