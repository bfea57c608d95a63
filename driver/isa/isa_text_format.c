/*
 * isa_text_format.c - the names of typed buffers' formats.
 *
 * gfx9 has a layout in four bits and a kind of number in three; later one number counts through the kinds
 * that each layout has. Facts: LLVM 22's disassembler, shown every value on every generation.
 */
#include "isa_text.h"

enum { UNORM = 1, SNORM = 2, USCALED = 4, SSCALED = 8, UINT = 16, SINT = 32, FLOAT = 64, KINDS = 7 };
enum { INTS = UINT | SINT, NORMS = UNORM | SNORM, SIX = 63, SEVEN = 127, PLAIN = 1 };

static const char *const kinds[KINDS] = {"UNORM", "SNORM", "USCALED", "SSCALED", "UINT", "SINT", "FLOAT"};

static const struct {
    const char *layout;
    uint8_t gfx10, gfx11; /* kinds, in the order above */
} layouts[] = {{"8", SIX, SIX},
               {"16", SEVEN, SEVEN},
               {"8_8", SIX, SIX},
               {"32", INTS | FLOAT, INTS | FLOAT},
               {"16_16", SEVEN, SEVEN},
               {"10_11_11", SEVEN, FLOAT},
               {"11_11_10", SEVEN, FLOAT},
               {"10_10_10_2", SIX, NORMS | INTS},
               {"2_10_10_10", SIX, SIX},
               {"8_8_8_8", SIX, SIX},
               {"32_32", INTS | FLOAT, INTS | FLOAT},
               {"16_16_16_16", SEVEN, SEVEN},
               {"32_32_32", INTS | FLOAT, INTS | FLOAT},
               {"32_32_32_32", INTS | FLOAT, INTS | FLOAT}};

static void text_unified(struct text *t, unsigned format, bool gfx11)
{
    unsigned code = 1;
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        for (unsigned k = 0; k < KINDS; k++) {
            unsigned has = gfx11 ? layouts[i].gfx11 : layouts[i].gfx10;
            if ((has >> k & 1) && code++ == format) {
                text_put(t, " format:[BUF_FMT_%s_%s]", layouts[i].layout, kinds[k]);
                return;
            }
        }
    text_put(t, format ? " format:%u" : " format:[BUF_FMT_INVALID]", format);
}

static void text_split(struct text *t, unsigned format)
{
    static const char *const data[16] = {"INVALID",     "8",          "16",          "8_8",
                                         "32",          "16_16",      "10_11_11",    "11_11_10",
                                         "10_10_10_2",  "2_10_10_10", "8_8_8_8",     "32_32",
                                         "16_16_16_16", "32_32_32",   "32_32_32_32", "RESERVED_15"};
    static const char *const numbers[8] = {"UNORM", "SNORM", "USCALED",    "SSCALED",
                                           "UINT",  "SINT",  "RESERVED_6", "FLOAT"};
    unsigned layout = format & 15, number = format >> 4;
    text_put(t, " format:[");
    if (layout != PLAIN)
        text_put(t, number ? "BUF_DATA_FORMAT_%s," : "BUF_DATA_FORMAT_%s", data[layout]);
    if (number)
        text_put(t, "BUF_NUM_FORMAT_%s", numbers[number]);
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
