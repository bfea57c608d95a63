/*
 * value.h - what a word of a command can stand for: numbers, typed numbers, raw bytes, places in memory.
 */
#ifndef KFDFS_FS_VALUE_H
#define KFDFS_FS_VALUE_H

#include <gpu.h>

#include "text/text.h"

enum fs_value_kind { FS_INTEGER, FS_FLOAT, FS_BYTES, FS_PLACE };

struct fs_value {
    enum fs_value_kind kind;
    enum gpu_scalar type; /* of a typed prefix, else GPU_SCALAR_UNKNOWN */
    bool negative;
    uint64_t magnitude; /* FS_INTEGER */
    double number;      /* FS_INTEGER too, as near as a double comes */
    const char *hex;    /* FS_BYTES: the digits, inside the word */
    size_t bytes;       /* FS_BYTES: their number of bytes */
};

/* Tells what a word is. A word with a slash, or that starts with @, is a place: fs_place_split() takes it. */
int fs_value_parse(const char *word, struct fs_value *out);

/* Stores a value of this type at to (size bytes). -EINVAL: wrong kind; -ERANGE: does not fit.
 * what: names the argument in the sentence. */
int fs_value_store(const struct fs_value *value, enum gpu_scalar scalar, uint32_t size, const char *what,
                   void *to);

/* A 32-bit or 64-bit unit of memory: an integer of either sign, or exactly typed (u32: i32: f32:, u64: ...).
 */
int fs_value_word(const char *word, unsigned bytes, uint64_t *out);

/* "vram/a+0x100" -> name "vram/a", offset 0x100; what follows the last + only counts if it is a number.
 * "@0x7f00" -> absolute, offset 0x7f00. Changes word. */
int fs_place_split(char *word, bool *absolute, uint64_t *offset);

#endif
