/*
 * isa_format.c - formats of typed buffers, and their names.
 *
 * gfx9 has a layout in four bits and a kind of number in three; later one number counts through the kinds
 * that each layout has. What is on gfx10 is taken for what works on gfx9, too.
 */
#include "isa_format.h"
#include "isa_text.h"

enum { UNORM = 1, SNORM = 2, USCALED = 4, SSCALED = 8, UINT = 16, SINT = 32, FLOAT = 64 };
enum { INTS = UINT | SINT, NORMS = UNORM | SNORM, SIX = 63, SEVEN = 127, PLAIN = 1 };
enum { SPLIT_FLOAT = 7 }; /* gfx9's number for it */

static const char *const kinds[ISA_NUMBERS] = {"UNORM", "SNORM", "USCALED", "SSCALED",
                                               "UINT",  "SINT",  "FLOAT"};

static const struct layout {
    const char *name;
    uint8_t components, bits[4];
    uint8_t gfx10, gfx11; /* kinds, in the order above */
} layouts[] = {{"8", 1, {8}, SIX, SIX},
               {"16", 1, {16}, SEVEN, SEVEN},
               {"8_8", 2, {8, 8}, SIX, SIX},
               {"32", 1, {32}, INTS | FLOAT, INTS | FLOAT},
               {"16_16", 2, {16, 16}, SEVEN, SEVEN},
               {"10_11_11", 3, {11, 11, 10}, SEVEN, FLOAT},
               {"11_11_10", 3, {10, 11, 11}, SEVEN, FLOAT},
               {"10_10_10_2", 4, {2, 10, 10, 10}, SIX, NORMS | INTS},
               {"2_10_10_10", 4, {10, 10, 10, 2}, SIX, SIX},
               {"8_8_8_8", 4, {8, 8, 8, 8}, SIX, SIX},
               {"32_32", 2, {32, 32}, INTS | FLOAT, INTS | FLOAT},
               {"16_16_16_16", 4, {16, 16, 16, 16}, SEVEN, SEVEN},
               {"32_32_32", 3, {32, 32, 32}, INTS | FLOAT, INTS | FLOAT},
               {"32_32_32_32", 4, {32, 32, 32, 32}, INTS | FLOAT, INTS | FLOAT}};
enum { LAYOUTS = sizeof(layouts) / sizeof(layouts[0]) };

static const struct layout *unified(unsigned code, bool gfx11, unsigned *kind)
{
    unsigned at = 1;
    for (unsigned i = 0; i < LAYOUTS; i++)
        for (*kind = 0; *kind < ISA_NUMBERS; ++*kind)
            if (((gfx11 ? layouts[i].gfx11 : layouts[i].gfx10) >> *kind & 1) && at++ == code)
                return &layouts[i];
    return NULL;
}

static const struct layout *split(unsigned code, unsigned *kind)
{
    unsigned layout = code & 15, number = code >> 4 & 7;
    *kind = number == SPLIT_FLOAT ? ISA_NUMBER_FLOAT : number;
    bool known = layout - 1 < LAYOUTS && (number <= ISA_NUMBER_SINT || number == SPLIT_FLOAT);
    return known && (layouts[layout - 1].gfx10 >> *kind & 1) ? &layouts[layout - 1] : NULL;
}

bool isa_buffer_format(enum isa_generation generation, unsigned code, struct isa_buffer_format *format)
{
    unsigned kind;
    bool gfx9 = generation <= ISA_GFX950;
    *format = (struct isa_buffer_format){0};
    if ((gfx9 ? code & 15 : code) == 0)
        return true;
    const struct layout *layout = gfx9 ? split(code, &kind) : unified(code, generation >= ISA_GFX11, &kind);
    if (!layout)
        return false;
    format->components = layout->components;
    for (unsigned i = 0; i < 4; i++)
        format->bits[i] = layout->bits[i];
    format->number = (uint8_t)kind;
    return true;
}

/* ---- text ---- */

static void text_unified(struct text *t, unsigned format, bool gfx11)
{
    unsigned kind;
    const struct layout *layout = unified(format, gfx11, &kind);
    if (layout)
        text_put(t, " format:[BUF_FMT_%s_%s]", layout->name, kinds[kind]);
    else
        text_put(t, format ? " format:%u" : " format:[BUF_FMT_INVALID]", format);
}

static void text_split(struct text *t, unsigned format)
{
    unsigned layout = format & 15, number = format >> 4;
    const char *data = layout == 0 ? "INVALID" : layout > LAYOUTS ? "RESERVED_15" : layouts[layout - 1].name;
    text_put(t, " format:[");
    if (layout != PLAIN)
        text_put(t, number ? "BUF_DATA_FORMAT_%s," : "BUF_DATA_FORMAT_%s", data);
    if (number)
        text_put(t, "BUF_NUM_FORMAT_%s",
                 number == SPLIT_FLOAT      ? kinds[ISA_NUMBER_FLOAT]
                 : number > ISA_NUMBER_SINT ? "RESERVED_6"
                                            : kinds[number]);
    text_put(t, "]");
}

void text_buffer_format(struct text *t, const struct isa_inst *inst)
{
    unsigned format = (unsigned)inst->imm & 127;
    if (format == PLAIN)
        return;
    if (inst->generation <= ISA_GFX950)
        text_split(t, format);
    else
        text_unified(t, format, inst->generation >= ISA_GFX11);
}
