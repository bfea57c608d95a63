/*
 * text.c - growing text, names with escapes, numbers with units.
 *
 * Invariant: data is NUL-terminated at length, and after a failed allocation nothing is added any more, so
 * that half a table is never taken for a whole one.
 */
#include "text/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_room(struct fs_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->capacity - text->length > more)
        return true;
    size_t capacity = (text->length + more + 1) * 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void fs_text_add(struct fs_text *text, const char *bytes, size_t length)
{
    if (!text_room(text, length))
        return;
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void fs_text_printf(struct fs_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !text_room(text, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

void fs_text_name(struct fs_text *text, const char *name)
{
    if (!*name)
        fs_text_add(text, "-", 1);
    for (; *name; name++) {
        if (*name == ' ' || *name == '\n' || *name == '\\' || *name == '\t')
            fs_text_printf(text, "\\%03o", (unsigned)*name);
        else
            fs_text_add(text, name, 1);
    }
}

void fs_text_free(struct fs_text *text)
{
    free(text->data);
    *text = (struct fs_text){0};
}

size_t fs_text_at(const struct fs_text *text, uint64_t offset, size_t max, const char **from)
{
    if (offset >= text->length)
        return 0;
    size_t left = text->length - offset;
    *from = text->data + offset;
    return left < max ? left : max;
}

static bool octal(char c)
{
    return c >= '0' && c <= '7';
}

void fs_unescape(char *word)
{
    char *to = word;
    for (const char *from = word; *from; to++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && octal(from[2]) && octal(from[3]) &&
            (from[1] - '0') + (from[2] - '0') + (from[3] - '0') > 0) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

static int digit_value(char c, unsigned base)
{
    unsigned value = 99;
    if (c >= '0' && c <= '9')
        value = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        value = (unsigned)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        value = (unsigned)(c - 'A') + 10;
    return value < base ? (int)value : -1;
}

static unsigned suffix_shift(char c)
{
    static const char suffixes[] = "KMGT";
    const char *at = c ? strchr(suffixes, c) : NULL;
    return at ? 10 * (unsigned)(at - suffixes + 1) : 0;
}

int fs_number(const char *word, uint64_t *out)
{
    unsigned base = 10;
    if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        base = 16;
        word += 2;
    }
    if (digit_value(*word, base) < 0)
        return -EINVAL;
    uint64_t value = 0;
    bool over = false;
    for (; digit_value(*word, base) >= 0; word++) {
        over |= __builtin_mul_overflow(value, base, &value);
        over |= __builtin_add_overflow(value, (uint64_t)digit_value(*word, base), &value);
    }
    unsigned shift = suffix_shift(*word);
    if (shift)
        word++;
    if (*word)
        return -EINVAL;
    if (over || (value << shift) >> shift != value)
        return -ERANGE;
    *out = value << shift;
    return 0;
}

const char *fs_errno_name(int error)
{
    if (!error)
        return "ok";
    const char *name = strerrorname_np(error < 0 ? -error : error);
    return name ? name : "EIO";
}
