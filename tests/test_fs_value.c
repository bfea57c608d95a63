/* test_fs_value.c - what words stand for, and that a value is stored only where it fits. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/value.h"
#include "run_suite.h"

/* Stores a word; returns the result, and the bytes as a little-endian number. */
static int store(const char *word, enum gpu_scalar scalar, uint32_t size, uint64_t *bits)
{
    struct fs_value value;
    *bits = 0;
    int r = fs_value_parse(word, &value);
    return r ? r : fs_value_store(&value, scalar, size, "argument 3", bits);
}

static const struct row {
    const char *word;
    enum gpu_scalar scalar;
    uint32_t size;
    int result;
    uint64_t bits;
} rows[] = {
    {"1024", GPU_SCALAR_I32, 4, 0, 1024},
    {"-3", GPU_SCALAR_I32, 4, 0, 0xfffffffd},
    {"0xff", GPU_SCALAR_U8, 1, 0, 255},
    {"64K", GPU_SCALAR_I32, 4, 0, 65536},
    {"256", GPU_SCALAR_U8, 1, -ERANGE, 0},
    {"128", GPU_SCALAR_I8, 1, -ERANGE, 0},
    {"-128", GPU_SCALAR_I8, 1, 0, 0x80},
    {"-129", GPU_SCALAR_I8, 1, -ERANGE, 0},
    {"-1", GPU_SCALAR_U32, 4, -ERANGE, 0},
    {"2147483648", GPU_SCALAR_I32, 4, -ERANGE, 0},
    {"-2147483648", GPU_SCALAR_I32, 4, 0, 0x80000000},
    {"18446744073709551615", GPU_SCALAR_U64, 8, 0, UINT64_MAX},
    {"9223372036854775808", GPU_SCALAR_I64, 8, -ERANGE, 0},
    {"-9223372036854775808", GPU_SCALAR_I64, 8, 0, 1ull << 63},
    {"18446744073709551616", GPU_SCALAR_U64, 8, -ERANGE, 0},
    {"1.5", GPU_SCALAR_I32, 4, -EINVAL, 0}, /* a float is no integer */
    {"2e3", GPU_SCALAR_U64, 8, -EINVAL, 0},
    {"nan", GPU_SCALAR_I16, 2, -EINVAL, 0},
    {"2", GPU_SCALAR_F32, 4, 0, 0x40000000},
    {"-1.7", GPU_SCALAR_F32, 4, 0, 0xbfd9999a},
    {"1.5", GPU_SCALAR_F64, 8, 0, 0x3ff8000000000000},
    {"-0", GPU_SCALAR_F32, 4, 0, 0x80000000},
    {"inf", GPU_SCALAR_F32, 4, 0, 0x7f800000},
    {"-inf", GPU_SCALAR_F64, 8, 0, 0xfff0000000000000},
    {"1e39", GPU_SCALAR_F32, 4, -ERANGE, 0},
    {"1e400", GPU_SCALAR_F64, 8, -ERANGE, 0},
    {"-1e400", GPU_SCALAR_F32, 4, -ERANGE, 0},
    {"f64:1e400", GPU_SCALAR_UNKNOWN, 8, -ERANGE, 0},
    {"1e-400", GPU_SCALAR_F64, 8, 0, 0},
    /* binary16: IEEE 754-2019 table 3.5; the halves between are ties to even */
    {"1", GPU_SCALAR_F16, 2, 0, 0x3c00},
    {"65504", GPU_SCALAR_F16, 2, 0, 0x7bff},
    {"65520", GPU_SCALAR_F16, 2, -ERANGE, 0},
    {"65519.9", GPU_SCALAR_F16, 2, 0, 0x7bff},
    {"2049", GPU_SCALAR_F16, 2, 0, 0x6800},
    {"2051", GPU_SCALAR_F16, 2, 0, 0x6802},
    {"5.960464477539063e-8", GPU_SCALAR_F16, 2, 0, 0x0001},
    {"2.9e-8", GPU_SCALAR_F16, 2, 0, 0x0000},
    {"6.1e-5", GPU_SCALAR_F16, 2, 0, 0x03ff},
    {"6.103515625e-5", GPU_SCALAR_F16, 2, 0, 0x0400},
    {"-inf", GPU_SCALAR_F16, 2, 0, 0xfc00},
    {"nan", GPU_SCALAR_F16, 2, 0, 0x7e00},
    {"1", GPU_SCALAR_BF16, 2, 0, 0x3f80},
    {"3.14159", GPU_SCALAR_BF16, 2, 0, 0x4049},
    {"1.00390625", GPU_SCALAR_BF16, 2, 0, 0x3f80},
    {"1.01171875", GPU_SCALAR_BF16, 2, 0, 0x3f82},
    /* exactly typed */
    {"u32:7", GPU_SCALAR_UNKNOWN, 4, 0, 7},
    {"f32:7", GPU_SCALAR_UNKNOWN, 4, 0, 0x40e00000},
    {"i16:-1", GPU_SCALAR_UNKNOWN, 2, 0, 0xffff},
    {"u16:65536", GPU_SCALAR_UNKNOWN, 2, -ERANGE, 0},
    {"f64:1", GPU_SCALAR_UNKNOWN, 4, -EINVAL, 0},
    {"u8:1.5", GPU_SCALAR_UNKNOWN, 1, -EINVAL, 0},
    {"bf16:1", GPU_SCALAR_UNKNOWN, 2, 0, 0x3f80},
    {"7", GPU_SCALAR_UNKNOWN, 4, -EINVAL, 0}, /* could be a float */
    {"7", GPU_SCALAR_UNKNOWN, 1, 0, 7},
    {"-7", GPU_SCALAR_UNKNOWN, 1, 0, 0xf9},
    {"256", GPU_SCALAR_UNKNOWN, 1, -ERANGE, 0},
    /* raw */
    {"hex:01020304", GPU_SCALAR_STRUCT, 4, 0, 0x04030201},
    {"hex:aB", GPU_SCALAR_U8, 1, 0, 0xab},
    {"hex:010203", GPU_SCALAR_STRUCT, 4, -EINVAL, 0},
    {"hex:0102030405", GPU_SCALAR_STRUCT, 4, -ERANGE, 0},
    {"hex:123", GPU_SCALAR_STRUCT, 2, -EINVAL, 0},
    {"hex:", GPU_SCALAR_STRUCT, 0, -EINVAL, 0},
    {"12", GPU_SCALAR_STRUCT, 12, -EINVAL, 0},
    /* no values */
    {"vram/a", GPU_SCALAR_I32, 4, -EINVAL, 0},
    {"@0x10", GPU_SCALAR_U64, 8, -EINVAL, 0},
    {"abc", GPU_SCALAR_I32, 4, -EINVAL, 0},
    {"1.5.2", GPU_SCALAR_F32, 4, -EINVAL, 0},
    {"0x1.8p1", GPU_SCALAR_F32, 4, -EINVAL, 0},
    {"", GPU_SCALAR_F32, 4, -EINVAL, 0},
    {"--1", GPU_SCALAR_I32, 4, -EINVAL, 0},
    {"i33:1", GPU_SCALAR_I32, 4, -EINVAL, 0},
};

START_TEST(a_value_is_stored_only_where_it_fits)
{
    const struct row *row = &rows[_i];
    uint64_t bits;
    int r = store(row->word, row->scalar, row->size, &bits);
    ck_assert_msg(r == row->result, "%s: %d (%s), wanted %d", row->word, r, gpu_err_text(), row->result);
    ck_assert_msg(bits == row->bits, "%s: 0x%llx, wanted 0x%llx", row->word, (unsigned long long)bits,
                  (unsigned long long)row->bits);
}
END_TEST

START_TEST(a_nan_is_one_in_every_float)
{
    uint64_t bits;
    float f;
    double d;
    ck_assert_int_eq(store("nan", GPU_SCALAR_F32, 4, &bits), 0);
    memcpy(&f, &bits, 4);
    ck_assert(isnan(f));
    ck_assert_int_eq(store("nan", GPU_SCALAR_F64, 8, &bits), 0);
    memcpy(&d, &bits, 8);
    ck_assert(isnan(d));
}
END_TEST

START_TEST(words_of_memory_take_either_sign_and_typed_floats)
{
    uint64_t word = 0;
    ck_assert_int_eq(fs_value_word("-1", 4, &word), 0);
    ck_assert_uint_eq(word, 0xffffffff);
    ck_assert_int_eq(fs_value_word("0xffffffff", 4, &word), 0);
    ck_assert_uint_eq(word, 0xffffffff);
    ck_assert_int_eq(fs_value_word("f32:1.5", 4, &word), 0);
    ck_assert_uint_eq(word, 0x3fc00000);
    ck_assert_int_eq(fs_value_word("0x1ffffffff", 8, &word), 0);
    ck_assert_uint_eq(word, 0x1ffffffff);
    ck_assert_int_eq(fs_value_word("0x100000000", 4, &word), -ERANGE);
    ck_assert_int_eq(fs_value_word("-2147483649", 4, &word), -ERANGE);
    ck_assert_int_eq(fs_value_word("1.5", 4, &word), -EINVAL);
    ck_assert_int_eq(fs_value_word("u16:1", 4, &word), -EINVAL);
    ck_assert_int_eq(fs_value_word("vram/a", 4, &word), -EINVAL);
    ck_assert_uint_eq(word, 0x1ffffffff);
}
END_TEST

START_TEST(a_place_ends_in_an_offset_if_that_is_a_number)
{
    static const struct {
        const char *word, *name;
        bool absolute;
        uint64_t offset;
        int result;
    } places[] = {{"vram/a", "vram/a", false, 0, 0},
                  {"vram/a+0x100", "vram/a", false, 0x100, 0},
                  {"gpu1/vram/a+4K", "gpu1/vram/a", false, 4096, 0},
                  {"vram/a+1+0", "vram/a+1", false, 0, 0},
                  {"vram/a+b", "vram/a+b", false, 0, 0},
                  {"vram/c++", "vram/c++", false, 0, 0},
                  {"@0x7f0012340000", "", true, 0x7f0012340000, 0},
                  {"@4K", "", true, 4096, 0},
                  {"@", "", false, 0, -EINVAL},
                  {"@vram/a", "", false, 0, -EINVAL},
                  {"vram/a+99999999999999999999", "", false, 0, -ERANGE}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char word[64];
        bool absolute = false;
        uint64_t offset = 0;
        strcpy(word, places[i].word);
        ck_assert_msg(fs_place_split(word, &absolute, &offset) == places[i].result, "%s", places[i].word);
        ck_assert_msg(absolute == places[i].absolute && offset == places[i].offset, "%s", places[i].word);
        if (!places[i].result && !absolute)
            ck_assert_str_eq(word, places[i].name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fs_value");
    TCase *tests = tcase_create("value");
    tcase_add_loop_test(tests, a_value_is_stored_only_where_it_fits, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_nan_is_one_in_every_float);
    tcase_add_test(tests, words_of_memory_take_either_sign_and_typed_floats);
    tcase_add_test(tests, a_place_ends_in_an_offset_if_that_is_a_number);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
