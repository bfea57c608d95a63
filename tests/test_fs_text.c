/* test_fs_text.c - growing text, escapes, numbers with units. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/text.h"
#include "run_suite.h"

START_TEST(text_grows_and_stays_terminated)
{
    struct fs_text text = {0};
    for (int i = 0; i < 1000; i++)
        fs_text_printf(&text, "%d,", i);
    ck_assert_uint_eq(text.length, 3890);
    ck_assert_uint_eq(strlen(text.data), text.length);
    ck_assert_int_eq(strncmp(text.data, "0,1,2,3,", 8), 0);
    fs_text_free(&text);
    ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(text_is_read_at_any_offset)
{
    struct fs_text text = {0};
    const char *from = NULL;
    ck_assert_uint_eq(fs_text_at(&text, 0, 10, &from), 0);
    fs_text_add(&text, "abcdef", 6);
    ck_assert_uint_eq(fs_text_at(&text, 2, 3, &from), 3);
    ck_assert_int_eq(memcmp(from, "cde", 3), 0);
    ck_assert_uint_eq(fs_text_at(&text, 4, 100, &from), 2);
    ck_assert_uint_eq(fs_text_at(&text, 6, 100, &from), 0);
    ck_assert_uint_eq(fs_text_at(&text, UINT64_MAX, 100, &from), 0);
    fs_text_free(&text);
}
END_TEST

START_TEST(names_are_escaped_and_come_back)
{
    static const char *const names[][2] = {{"plain", "plain"},
                                           {"a b", "a\\040b"},
                                           {"new\nline", "new\\012line"},
                                           {"back\\slash", "back\\134slash"},
                                           {"", "-"},
                                           {"\\040", "\\134040"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct fs_text text = {0};
        fs_text_name(&text, names[i][0]);
        ck_assert_str_eq(text.data, names[i][1]);
        if (*names[i][0]) {
            fs_unescape(text.data);
            ck_assert_str_eq(text.data, names[i][0]);
        }
        fs_text_free(&text);
    }
}
END_TEST

START_TEST(what_is_no_escape_stays)
{
    char words[][8] = {"a\\", "\\9", "\\04", "\\400", "\\000", "\\0x"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char before[8];
        strcpy(before, words[i]);
        fs_unescape(words[i]);
        ck_assert_str_eq(words[i], before);
    }
}
END_TEST

START_TEST(numbers_have_bases_and_units)
{
    static const struct {
        const char *word;
        int result;
        uint64_t value;
    } rows[] = {{"0", 0, 0},
                {"42", 0, 42},
                {"0x2a", 0, 42},
                {"0XFF", 0, 255},
                {"4K", 0, 4096},
                {"0x10M", 0, 16ull << 20},
                {"3G", 0, 3ull << 30},
                {"2T", 0, 2ull << 40},
                {"18446744073709551615", 0, UINT64_MAX},
                {"0xffffffffffffffff", 0, UINT64_MAX},
                {"18446744073709551616", -ERANGE, 0},
                {"0x10000000000000000", -ERANGE, 0},
                {"16777216T", -ERANGE, 0},
                {"16777215T", 0, 16777215ull << 40},
                {"", -EINVAL, 0},
                {"0x", -EINVAL, 0},
                {"-1", -EINVAL, 0},
                {"+1", -EINVAL, 0},
                {"1k", -EINVAL, 0},
                {"1KB", -EINVAL, 0},
                {"K", -EINVAL, 0},
                {"1.5", -EINVAL, 0},
                {"12x", -EINVAL, 0},
                {" 1", -EINVAL, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t value = 77;
        ck_assert_msg(fs_number(rows[i].word, &value) == rows[i].result, "%s", rows[i].word);
        ck_assert_msg(value == (rows[i].result ? 77 : rows[i].value), "%s: %llu", rows[i].word,
                      (unsigned long long)value);
    }
}
END_TEST

START_TEST(errnos_have_their_names)
{
    ck_assert_str_eq(fs_errno_name(0), "ok");
    ck_assert_str_eq(fs_errno_name(-ERANGE), "ERANGE");
    ck_assert_str_eq(fs_errno_name(EOWNERDEAD), "EOWNERDEAD");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fs_text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, text_grows_and_stays_terminated);
    tcase_add_test(tests, text_is_read_at_any_offset);
    tcase_add_test(tests, names_are_escaped_and_come_back);
    tcase_add_test(tests, what_is_no_escape_stays);
    tcase_add_test(tests, numbers_have_bases_and_units);
    tcase_add_test(tests, errnos_have_their_names);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
