/*
 * value.c - numbers, typed numbers, raw bytes and places, as commands name them.
 *
 * Invariant: a value is stored only where it fits exactly: integers in range, floats never in integers.
 * The f16 and bf16 encodings are IEEE 754-2019 binary16 and the upper half of binary32, rounded to nearest
 * even.
 */
#include "text/value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct scalar_name {
    const char *name;
    enum gpu_scalar scalar;
    uint8_t bytes;
    bool is_signed, is_float;
} scalars[] = {
    {"i8", GPU_SCALAR_I8, 1, true, false},   {"u8", GPU_SCALAR_U8, 1, false, false},
    {"i16", GPU_SCALAR_I16, 2, true, false}, {"u16", GPU_SCALAR_U16, 2, false, false},
    {"i32", GPU_SCALAR_I32, 4, true, false}, {"u32", GPU_SCALAR_U32, 4, false, false},
    {"i64", GPU_SCALAR_I64, 8, true, false}, {"u64", GPU_SCALAR_U64, 8, false, false},
    {"f16", GPU_SCALAR_F16, 2, true, true},  {"bf16", GPU_SCALAR_BF16, 2, true, true},
    {"f32", GPU_SCALAR_F32, 4, true, true},  {"f64", GPU_SCALAR_F64, 8, true, true},
};

static const struct scalar_name *scalar_row(enum gpu_scalar scalar)
{
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
        if (scalars[i].scalar == scalar)
            return &scalars[i];
    return NULL;
}

/* The part after a prefix such as "u32:", or the word itself. */
static const char *typed_prefix(const char *word, enum gpu_scalar *type)
{
    const char *colon = strchr(word, ':');
    for (size_t i = 0; colon && i < sizeof scalars / sizeof scalars[0]; i++) {
        size_t length = strlen(scalars[i].name);
        if ((size_t)(colon - word) == length && !strncmp(word, scalars[i].name, length)) {
            *type = scalars[i].scalar;
            return colon + 1;
        }
    }
    *type = GPU_SCALAR_UNKNOWN;
    return word;
}

static int parse_hex(const char *word, struct fs_value *out)
{
    const char *digits = word + 4;
    size_t n = strspn(digits, "0123456789abcdefABCDEF");
    if (digits[n] || n % 2 || !n)
        return gpu_err(-EINVAL, "%s: hex: takes pairs of hexadecimal digits", word);
    *out = (struct fs_value){.kind = FS_BYTES, .hex = digits, .bytes = n / 2};
    return 0;
}

static int parse_float(const char *whole, const char *word, struct fs_value *value)
{
    char *end;
    errno = 0;
    double number = strtod(word, &end);
    bool over = errno == ERANGE && isinf(number); /* what is too small becomes 0 or a subnormal number */
    if (end == word || *end || isspace((unsigned char)*word) || strpbrk(word, "xX"))
        return gpu_err(-EINVAL, "%s is neither a number nor a place like vram/NAME", whole);
    if (over)
        return gpu_err(-ERANGE, "%s does not fit in a float of 64 bits", whole);
    value->kind = FS_FLOAT;
    value->number = number;
    return 0;
}

int fs_value_parse(const char *word, struct fs_value *out)
{
    if (!strncmp(word, "hex:", 4))
        return parse_hex(word, out);
    struct fs_value value = {0};
    if (word[0] == '@' || strchr(word, '/')) {
        value.kind = FS_PLACE;
        *out = value;
        return 0;
    }
    const char *number = typed_prefix(word, &value.type);
    const char *digits = number;
    if (*digits == '-' || *digits == '+')
        value.negative = *digits++ == '-';
    int r = fs_number(digits, &value.magnitude);
    if (r == -ERANGE)
        return gpu_err(-ERANGE, "%s does not fit in 64 bits", word);
    if (r)
        r = parse_float(word, number, &value);
    else
        value.number = value.negative ? -(double)value.magnitude : (double)value.magnitude;
    if (!r)
        *out = value;
    return r;
}

static void store_hex(const struct fs_value *value, uint8_t *to)
{
    for (size_t i = 0; i < value->bytes; i++) {
        char pair[3] = {value->hex[2 * i], value->hex[2 * i + 1], 0};
        to[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

/* Rounds a double to a float format of that many exponent and fraction bits (nearest, ties to even). */
static uint32_t encode_float(double x, int exponent_bits, int fraction_bits)
{
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const uint32_t infinity = ((1u << exponent_bits) - 1) << fraction_bits;
    uint32_t sign = signbit(x) ? 1u << (exponent_bits + fraction_bits) : 0;
    if (isnan(x))
        return sign | infinity | 1u << (fraction_bits - 1);
    if (isinf(x))
        return sign | infinity;
    if (x == 0)
        return sign;
    int exponent;
    frexp(x, &exponent); /* |x| = m * 2^exponent, m in [0.5, 1) */
    int unbiased = exponent - 1 < 1 - bias ? 1 - bias : exponent - 1;
    /* rint() rounds to even; a carry out of the fraction lands in the exponent, where it belongs. */
    double scaled = rint(ldexp(fabs(x), fraction_bits - unbiased));
    uint64_t bits = (uint64_t)scaled + ((uint64_t)(unbiased + bias - 1) << fraction_bits);
    return sign | (bits > infinity ? infinity : (uint32_t)bits);
}

static bool float_overflows(double x, enum gpu_scalar scalar)
{
    if (isnan(x) || isinf(x))
        return false;
    if (scalar == GPU_SCALAR_F16)
        return (encode_float(x, 5, 10) & 0x7fff) == 0x7c00;
    if (scalar == GPU_SCALAR_BF16)
        return (encode_float(x, 8, 7) & 0x7fff) == 0x7f80;
    return scalar == GPU_SCALAR_F32 && isinf((float)x);
}

static int store_float(const struct fs_value *value, const struct scalar_name *row, const char *what,
                       void *to)
{
    double x = value->number;
    if (float_overflows(x, row->scalar))
        return gpu_err(-ERANGE, "%s: %g does not fit in %s", what, x, row->name);
    if (row->scalar == GPU_SCALAR_F64) {
        memcpy(to, &x, 8);
    } else if (row->scalar == GPU_SCALAR_F32) {
        float narrow = (float)x;
        memcpy(to, &narrow, 4);
    } else {
        uint16_t half =
            (uint16_t)(row->scalar == GPU_SCALAR_F16 ? encode_float(x, 5, 10) : encode_float(x, 8, 7));
        memcpy(to, &half, 2);
    }
    return 0;
}

static int store_integer(const struct fs_value *value, unsigned bytes, bool is_signed, bool either,
                         const char *what, void *to)
{
    uint64_t positive = bytes == 8 ? UINT64_MAX : (1ull << (8 * bytes)) - 1;
    uint64_t negative = is_signed || either ? 1ull << (8 * bytes - 1) : 0;
    if (is_signed && !either)
        positive >>= 1;
    if (value->magnitude > (value->negative ? negative : positive))
        return gpu_err(-ERANGE, "%s: %s%llu does not fit in %u %s bytes", what, value->negative ? "-" : "",
                       (unsigned long long)value->magnitude, bytes,
                       either      ? "whole"
                       : is_signed ? "signed"
                                   : "unsigned");
    uint64_t bits = value->negative ? 0 - value->magnitude : value->magnitude;
    memcpy(to, &bits, bytes); /* little endian, as the GPU */
    return 0;
}

static int store_bytes(const struct fs_value *value, uint32_t size, const char *what, void *to)
{
    if (value->bytes != size)
        return gpu_err(value->bytes > size ? -ERANGE : -EINVAL, "%s: %zu bytes given, it takes %u", what,
                       value->bytes, size);
    store_hex(value, to);
    return 0;
}

int fs_value_store(const struct fs_value *value, enum gpu_scalar scalar, uint32_t size, const char *what,
                   void *to)
{
    if (value->kind == FS_BYTES)
        return store_bytes(value, size, what, to);
    if (value->kind == FS_PLACE)
        return gpu_err(-EINVAL, "%s takes a number, not a place in memory", what);
    if (scalar == GPU_SCALAR_UNKNOWN && value->type == GPU_SCALAR_UNKNOWN && size == 1 &&
        value->kind == FS_INTEGER)
        return store_integer(value, 1, true, true, what, to);
    const struct scalar_name *row = scalar_row(value->type ? value->type : scalar);
    if (!row && scalar == GPU_SCALAR_STRUCT)
        return gpu_err(-EINVAL, "%s is a struct of %u bytes: write hex: and its bytes", what, size);
    if (!row)
        return gpu_err(-EINVAL, "%s has an unknown type of %u bytes: put one before it, as in %s", what, size,
                       size == 2   ? "i16:1 or f16:1"
                       : size == 4 ? "i32:1 or f32:1"
                                   : "i64:1 or f64:1");
    if (row->bytes != size)
        return gpu_err(-EINVAL, "%s takes %u bytes, %s has %u", what, size, row->name, row->bytes);
    if (row->is_float)
        return store_float(value, row, what, to);
    if (value->kind == FS_FLOAT)
        return gpu_err(-EINVAL, "%s takes an integer (%s), not %g", what, row->name, value->number);
    return store_integer(value, size, row->is_signed, false, what, to);
}

int fs_value_word(const char *word, unsigned bytes, uint64_t *out)
{
    struct fs_value value;
    int r = fs_value_parse(word, &value);
    if (r)
        return r;
    uint64_t bits = 0;
    if (value.kind == FS_PLACE)
        return gpu_err(-EINVAL, "%s: a number is wanted here, not a place in memory", word);
    if (value.kind == FS_FLOAT && !value.type)
        return gpu_err(-EINVAL, "%s: a float needs its type here: write %s:%s", word,
                       bytes == 4 ? "f32" : "f64", word);
    if (value.kind == FS_INTEGER && !value.type)
        r = store_integer(&value, bytes, true, true, word, &bits);
    else
        r = fs_value_store(&value, value.type, bytes, word, &bits);
    if (!r)
        *out = bits;
    return r;
}

int fs_place_split(char *word, bool *absolute, uint64_t *offset)
{
    uint64_t number = 0;
    if (word[0] == '@') {
        int bad = fs_number(word + 1, &number);
        if (bad)
            return gpu_err(bad, "%s: an address is @ and a number of at most 64 bits, as @0x7f0012340000",
                           word);
        *absolute = true;
        *offset = number;
        return 0;
    }
    char *plus = strrchr(word, '+');
    int r = plus ? fs_number(plus + 1, &number) : -EINVAL;
    if (r == -ERANGE)
        return gpu_err(-ERANGE, "%s: the offset does not fit in 64 bits", word);
    if (!r)
        *plus = '\0';
    *absolute = false;
    *offset = r ? 0 : number;
    return 0;
}
