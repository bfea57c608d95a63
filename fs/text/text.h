/*
 * text.h - growing text, names with escapes, numbers with units. Nobody else hand-rolls these.
 */
#ifndef KFDFS_FS_TEXT_H
#define KFDFS_FS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_text {
    char *data; /* NUL-terminated when not NULL */
    size_t length, capacity;
    bool failed; /* host memory ran out: the text is incomplete and must not be shown */
};

void fs_text_add(struct fs_text *text, const char *bytes, size_t length);
void fs_text_printf(struct fs_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A name as tables and commands write it: blank, newline and backslash as \040 \012 \134; "-" if empty. */
void fs_text_name(struct fs_text *text, const char *name);
void fs_text_free(struct fs_text *text);

/* Bytes to be had at offset, at most max; *from points at them. */
size_t fs_text_at(const struct fs_text *text, uint64_t offset, size_t max, const char **from);

/* Turns \040 and its like (three octal digits) back, in place. */
void fs_unescape(char *word);

/* Decimal or 0x hex, with an optional suffix K M G T (powers of 1024). -EINVAL: not a number; -ERANGE: over
 * 64 bits. Leaves no sentence: the caller knows what the number was for. */
int fs_number(const char *word, uint64_t *out);

/* "EINVAL" for -EINVAL or EINVAL; "ok" for 0. */
const char *fs_errno_name(int error);

#endif
