/*
 * picture.c - the small part of SVG 1.1 that the pictures need; one style sheet for all of them.
 *
 * Invariant: plain shapes, no scripts, no fonts or files from elsewhere, so that any viewer shows the same.
 */
#include "text/picture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/quote.h"

static const char style[] =
    "<style>\n"
    "text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif;font-size:12px;fill:#22303c}\n"
    ".title{font-size:20px;font-weight:bold}.sub{fill:#5b6b79}.head{font-size:14px;font-weight:bold}\n"
    ".small{font-size:10.5px;fill:#5b6b79}.on{font-size:10.5px;fill:#fff}.ink{font-size:10.5px;fill:#44515d}"
    "\n"
    ".strong{font-weight:bold}.row{fill:#f4f6f8}.grid{stroke:#dde3e8;stroke-width:1}\n"
    ".k0{fill:#2f6db5}.k1{fill:#4b86c9}.k2{fill:#23588f}.k3{fill:#5f7fd0}\n"
    ".copy{fill:#dd7f1f}.sync{fill:#cfd6dc}.fail{fill:#c62f2b}.both{fill:#3f9a57}\n"
    ".mark{stroke:#8a3fa0;stroke-width:1;stroke-dasharray:4 3}.marktext{font-size:10.5px;fill:#8a3fa0}\n"
    ".gpu{fill:#e6eff9;stroke:#2f6db5;stroke-width:1.5}.cpu{fill:#eceff1;stroke:#7b8a97;stroke-width:1.5}\n"
    ".xgmi{stroke:#3f9a57;stroke-width:2.5;fill:none}.pcie{stroke:#dd7f1f;stroke-width:1.6;fill:none}\n"
    ".other{stroke:#7b8a97;stroke-width:1.6;fill:none}\n"
    "</style>\n";

void fs_svg_begin(struct fs_text *svg, double width, double height, const char *title)
{
    fs_text_printf(svg,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                   "viewBox=\"0 0 %.0f %.0f\">\n<title>%s</title>\n%s",
                   width, height, width, height, title, style);
    fs_text_printf(svg, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", width, height);
}

void fs_svg_end(struct fs_text *svg)
{
    fs_text_printf(svg, "</svg>\n");
}

void fs_svg_words(struct fs_text *svg, struct fs_svg_word where, const char *format, ...)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    char *words = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&words, format, args);
    va_end(args);
    if (length < 0) {
        svg->failed = true;
        return;
    }
    fs_text_printf(svg, "<text x=\"%.1f\" y=\"%.1f\"", where.x, where.y);
    if (*where.class)
        fs_text_printf(svg, " class=\"%s\"", where.class);
    if (where.anchor != 's')
        fs_text_printf(svg, " text-anchor=\"%s\"", anchors[where.anchor == 'm' ? 1 : 2]);
    fs_text_printf(svg, ">");
    fs_quote_xml(svg, words, (size_t)length);
    fs_text_printf(svg, "</text>\n");
    free(words);
}

void fs_svg_box(struct fs_text *svg, double x, double y, double width, double height, const char *class)
{
    fs_text_printf(svg, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" class=\"%s\">", x, y,
                   width, height, class);
}

void fs_svg_tip(struct fs_text *svg, const char *bytes, size_t length)
{
    fs_text_printf(svg, "<title>");
    fs_quote_xml(svg, bytes, length);
    fs_text_printf(svg, "</title>");
}

void fs_svg_close(struct fs_text *svg)
{
    fs_text_printf(svg, "</rect>\n");
}

void fs_svg_rectangle(struct fs_text *svg, double x, double y, double width, double height, const char *class)
{
    fs_text_printf(svg, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" class=\"%s\"/>\n", x, y,
                   width, height, class);
}

void fs_svg_line(struct fs_text *svg, double x1, double y1, double x2, double y2, const char *class)
{
    fs_text_printf(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2,
                   y2, class);
}

/* ---- numbers ---- */

static const char *say(double value, double step, const char *const *units, unsigned n, char out[32])
{
    unsigned unit = 0;
    while (value >= step * 0.9995 && unit + 1 < n) {
        value /= step;
        unit++;
    }
    int decimals = unit == 0 || value >= 99.95 || value == (double)(uint64_t)value ? 0
                   : value >= 9.995                                                ? 1
                                                                                   : 2;
    snprintf(out, 32, "%.*f %s", decimals, value, units[unit]);
    return out;
}

const char *fs_say_time(uint64_t ns, char out[32])
{
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    return say((double)ns, 1000, units, 4, out);
}

const char *fs_say_bytes(uint64_t bytes, char out[32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    return say((double)bytes, 1024, units, 5, out);
}

const char *fs_say_rate(uint64_t bytes, uint64_t ns, char out[32])
{
    static const char *const units[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
    return say(ns ? (double)bytes * 1e9 / (double)ns : 0, 1000, units, 5, out);
}
