/*
 * picture.h - SVG pictures as text: frame, shapes, words, and numbers as people say them.
 */
#ifndef KFDFS_FS_PICTURE_H
#define KFDFS_FS_PICTURE_H

#include "text/text.h"

struct fs_svg_word { /* where and how words stand */
    double x, y;
    const char *class; /* of the style sheet in picture.c; may be "" */
    char anchor;       /* s(tart), m(iddle), e(nd) */
};

void fs_svg_begin(struct fs_text *svg, double width, double height, const char *title);
void fs_svg_end(struct fs_text *svg);
void fs_svg_words(struct fs_text *svg, struct fs_svg_word where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A box; what a pointer on it tells is added with fs_svg_tip() before fs_svg_close(). */
void fs_svg_box(struct fs_text *svg, double x, double y, double width, double height, const char *class);
void fs_svg_rectangle(struct fs_text *svg, double x, double y, double width, double height,
                      const char *class);
void fs_svg_line(struct fs_text *svg, double x1, double y1, double x2, double y2, const char *class);
void fs_svg_tip(struct fs_text *svg, const char *bytes, size_t length);
void fs_svg_close(struct fs_text *svg);

/* "12.3 µs", "64 MiB", "53.2 GB/s"; valid until the end of the caller's use of out. */
const char *fs_say_time(uint64_t ns, char out[32]);
const char *fs_say_bytes(uint64_t bytes, char out[32]);
const char *fs_say_rate(uint64_t bytes, uint64_t ns, char out[32]);

#endif
