/*
 * quote.c - bytes of unknown origin inside of JSON and SVG.
 *
 * Invariant: what comes out is valid UTF-8; what is not becomes U+FFFD, as do the control characters that XML
 * does not have. Source: RFC 3629 section 4 for well-formed sequences, RFC 8259 section 7, XML 1.0
 * section 2.2.
 */
#include "text/quote.h"

#include <stdio.h>
#include <string.h>

static const char unknown[] = "\xef\xbf\xbd";

/* Length of the well-formed sequence of more than one byte at the start; 0: none. */
static size_t sequence(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first, last; /* of the first byte */
        unsigned char low, high;   /* of the second */
        size_t length;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (left < forms[i].length || at[1] < forms[i].low || at[1] > forms[i].high)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if (at[k] < 0x80 || at[k] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

/* The escape of a byte, written to out, or NULL for one that stands for itself. */
typedef const char *escape(unsigned char c, char out[8]);

static void quote(struct fs_text *text, const char *bytes, size_t length, escape *escape_of)
{
    size_t plain = 0; /* what has not been added begins there */
    char room[8];
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = c < 0x80 ? 1 : sequence((const unsigned char *)bytes + i, length - i);
        const char *instead = n == 1 ? escape_of(c, room) : n ? NULL : unknown;
        if (!instead) {
            i += n;
            continue;
        }
        fs_text_add(text, bytes + plain, i - plain);
        fs_text_add(text, instead, strlen(instead));
        plain = ++i;
    }
    fs_text_add(text, bytes + plain, length - plain);
}

static const char *json_escape(unsigned char c, char out[8])
{
    if (c == '"' || c == '\\')
        snprintf(out, 8, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        snprintf(out, 8, "\\u%04x", c);
    else
        return NULL;
    return out;
}

static const char *xml_escape(unsigned char c, char out[8])
{
    if (c < 0x20 && c != '\t')
        return unknown;
    if (c != '<' && c != '>' && c != '&' && c != '"')
        return NULL;
    snprintf(out, 8, "&#%u;", c);
    return out;
}

void fs_quote_json(struct fs_text *text, const char *bytes, size_t length)
{
    quote(text, bytes, length, json_escape);
}

void fs_quote_xml(struct fs_text *text, const char *bytes, size_t length)
{
    quote(text, bytes, length, xml_escape);
}
