/*
 * encode.c - see encode.h.
 */
#include "encode.h"

#include "run_suite.h"

#include <isa/isa_table.h>
#include <stdio.h>
#include <string.h>

enum { VCC = ISA_VCC, SADDR_NONE_GFX9 = 0x7f, SADDR_NONE_GFX10 = 0x7d, SADDR_NONE_GFX11 = 0x7c };

static bool is_gfx9(const struct encoded *e)
{
    return e->generation < ISA_GFX10_3;
}

/* No SOPK, where the table has names once more that are those of branches. */
static const struct isa_row *row_named(const struct encoded *e, const char *name, size_t length)
{
    for (unsigned i = 0; i < isa_n_rows; i++)
        if (isa_rows[i].opcode[e->generation] >= 0 && isa_rows[i].format != ISA_SOPK &&
            !strncmp(isa_rows[i].name, name, length) && !isa_rows[i].name[length])
            return &isa_rows[i];
    return NULL;
}

/* Names are literals: each is looked up once for each generation. */
static const struct isa_row *row_of(const struct encoded *e, const char *names)
{
    enum { KNOWN = 1024 };
    static struct {
        const char *names;
        const struct isa_row *row[ISA_GENERATIONS];
    } known[KNOWN];
    unsigned at = (unsigned)((uintptr_t)names * 2654435761u >> 8) % KNOWN;
    while (known[at].names && known[at].names != names)
        at = (at + 1) % KNOWN;
    known[at].names = names;
    const struct isa_row **row = &known[at].row[e->generation];
    for (const char *name = names; !*row && *name; name += name[strcspn(name, "|")] == '|')
        *row = row_named(e, name, strcspn(name, "|")), name += strcspn(name, "|");
    ck_assert_msg(*row, "no %s on generation %d", names, e->generation);
    return *row;
}

static unsigned opcode_of(const struct encoded *e, const struct isa_row *row)
{
    return (unsigned)row->opcode[e->generation];
}

/* ---- words ---- */

static void put(struct encoded *e, uint32_t word)
{
    ck_assert_uint_lt(e->n, ENCODED_WORDS);
    e->word[e->n++] = word;
}

static struct isa_inst decoded(const struct encoded *e, unsigned at)
{
    static struct isa_inst second;
    struct isa_inst inst = {.pair_storage = &second};
    isa_decode(e->generation, e->wave64, &e->word[at], (e->n - at) * sizeof e->word[0], &inst);
    return inst;
}

/* What was put from there on is one instruction, and that of the row. */
static void check(const struct encoded *e, unsigned from, const struct isa_row *row)
{
    struct isa_inst inst = decoded(e, from);
    ck_assert_msg(inst.row == row && inst.bytes == (e->n - from) * 4, "%s was encoded as %s of %u bytes",
                  row->name, inst.row ? inst.row->name : "nothing", inst.bytes);
}

unsigned encoded_text(const struct encoded *e, unsigned at, char *to, size_t size)
{
    struct isa_inst inst = decoded(e, at);
    isa_text(&inst, at * 4, to, size);
    return at + inst.bytes / 4;
}

/* ---- vector instructions ---- */

static void put_long(struct encoded *e, unsigned opcode, unsigned dst, unsigned mask, const unsigned src[3])
{
    uint32_t sources = 0;
    for (unsigned i = 0; i < 3; i++)
        sources |= (src[i] == SRC_NONE ? 0 : src[i]) << 9 * i;
    put(e, (is_gfx9(e) ? 0xd0000000 : 0xd4000000) | opcode << 16 | mask << 8 | dst);
    put(e, sources);
}

static bool is_short(const struct isa_row *row, unsigned dst, unsigned mask, const unsigned src[3])
{
    bool pair = isa_row_signature(row)->n_dst > 1;
    if (row->format == ISA_VOPC)
        return (dst == VCC || row->flags & ISA_IS_CMPX) && src[1] >= SRC_VGPR;
    if (row->format != ISA_VOP2)
        return row->format == ISA_VOP1;
    return src[1] >= SRC_VGPR && (!pair || mask == VCC) && (src[2] == SRC_NONE || src[2] == VCC);
}

void encode_vector(struct encoded *e, const char *names, unsigned dst, unsigned mask, unsigned a, unsigned b,
                   unsigned c)
{
    const struct isa_row *row = row_of(e, names);
    unsigned from = e->n, opcode = opcode_of(e, row), src[3] = {a, b, c};
    if (row->format == ISA_VOP3P)
        put(e, 0xd3804000 | opcode << 16 | dst), put(e, 0x18000000 | a | b << 9);
    else if (row->format == ISA_VOP3 || !is_short(row, dst, mask, src))
        put_long(e,
                 opcode + (row->format == ISA_VOP3
                               ? 0
                               : isa_vop3_offset(e->generation, (enum isa_format)row->format)),
                 dst, isa_row_signature(row)->n_dst > 1 ? mask : 0, src);
    else if (row->format == ISA_VOP1)
        put(e, 0x7e000000 | dst << 17 | opcode << 9 | a);
    else if (row->format == ISA_VOPC)
        put(e, 0x7c000000 | opcode << 17 | (b & 255) << 9 | a);
    else
        put(e, opcode << 25 | dst << 17 | (b & 255) << 9 | a);
    if (a == SRC_LITERAL || b == SRC_LITERAL || c == SRC_LITERAL)
        put(e, e->literal);
    check(e, from, row);
}

/* ---- scalar instructions ---- */

void encode_scalar(struct encoded *e, const char *names, unsigned dst, unsigned a, unsigned b)
{
    const struct isa_row *row = row_of(e, names);
    unsigned from = e->n, opcode = opcode_of(e, row);
    if (row->format == ISA_SOP2)
        put(e, 0x80000000 | opcode << 23 | dst << 16 | b << 8 | a);
    else if (row->format == ISA_SOP1)
        put(e, 0xbe800000 | dst << 16 | opcode << 8 | a);
    else if (row->format == ISA_SOPC)
        put(e, 0xbf000000 | opcode << 16 | b << 8 | a);
    else
        put(e, 0xbf800000 | opcode << 16);
    if (row->format != ISA_SOPP && (a == SRC_LITERAL || b == SRC_LITERAL))
        put(e, e->literal);
    check(e, from, row);
}

void encode_scalar_load(struct encoded *e, const char *names, unsigned dst, unsigned base, uint32_t offset)
{
    const struct isa_row *row = row_of(e, names);
    unsigned from = e->n, no_register = e->generation == ISA_GFX10_3 ? 0x7d : 0x7c;
    put(e, (is_gfx9(e) ? 0xc0020000 : 0xf4000000) | opcode_of(e, row) << 18 | dst << 6 | base / 2);
    put(e, is_gfx9(e) ? offset : offset | no_register << 25);
    check(e, from, row);
}

unsigned encode_branch(struct encoded *e, const char *names)
{
    encode_scalar(e, names, 0, 0, 0);
    return e->n - 1;
}

void encode_branch_here(struct encoded *e, unsigned branch)
{
    e->word[branch] = (e->word[branch] & 0xffff0000) | (uint16_t)(e->n - branch - 1);
}

void encode_branch_back(struct encoded *e, const char *names, unsigned to)
{
    unsigned branch = encode_branch(e, names);
    e->word[branch] = (e->word[branch] & 0xffff0000) | (uint16_t)(to - branch - 1);
}

/* ---- memory ---- */

void encode_global(struct encoded *e, const char *names, unsigned data, unsigned vaddr, unsigned saddr,
                   int offset)
{
    const struct isa_row *row = row_of(e, names);
    bool gfx11 = e->generation >= ISA_GFX11, stores = isa_row_signature(row)->n_dst == 0;
    unsigned from = e->n, no_saddr = is_gfx9(e) ? SADDR_NONE_GFX9
                                     : gfx11    ? SADDR_NONE_GFX11
                                                : SADDR_NONE_GFX10;
    put(e, 0xdc000000 | opcode_of(e, row) << 18 | 2u << (gfx11 ? 16 : 14) |
               ((uint32_t)offset & (e->generation == ISA_GFX10_3 ? 0xfff : 0x1fff)));
    put(e, vaddr | (stores ? data << 8 : data << 24) | (saddr == SRC_NONE ? no_saddr : saddr) << 16);
    check(e, from, row);
}

void encode_lds(struct encoded *e, const char *names, unsigned dst, unsigned address, unsigned data0,
                unsigned data1, unsigned offset)
{
    const struct isa_row *row = row_of(e, names);
    unsigned from = e->n;
    put(e, 0xd8000000 | opcode_of(e, row) << (is_gfx9(e) ? 17 : 18) | offset);
    put(e, address | data0 << 8 | data1 << 16 | dst << 24);
    check(e, from, row);
}
