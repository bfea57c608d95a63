/* test_fs_errors.c - the errors file: one line each, bounded. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "state/errors.h"
#include "run_suite.h"

static unsigned lines_of(const struct fs_text *text)
{
    unsigned n = 0;
    for (size_t i = 0; i < text->length; i++)
        n += text->data[i] == '\n';
    return n;
}

START_TEST(an_empty_file_has_its_header)
{
    struct fs_journal errors = {.columns = FS_ERRORS_COLUMNS};
    ck_assert_str_eq(fs_journal_text(&errors)->data, "# time pid errno path message\n");
    fs_journal_free(&errors);
}
END_TEST

START_TEST(a_line_has_its_columns)
{
    struct fs_journal errors = {.columns = FS_ERRORS_COLUMNS};
    char date[40], errno_name[20], path[40];
    int pid, n = 0;
    fs_errors_add(&errors, 42, -ERANGE, "gpu0/vram/a b", "copy ends 5 bytes past vram/x");
    const char *line = strchr(fs_journal_text(&errors)->data, '\n') + 1;
    ck_assert_int_eq(sscanf(line, "%39s %d %19s %39s %n", date, &pid, errno_name, path, &n), 4);
    ck_assert_int_eq(pid, 42);
    ck_assert_str_eq(errno_name, "ERANGE");
    ck_assert_str_eq(path, "gpu0/vram/a\\040b");
    ck_assert_str_eq(line + n, "copy ends 5 bytes past vram/x\n");
    ck_assert_uint_eq(strlen(date), strlen("2026-01-01T00:00:00.000Z"));
    fs_journal_free(&errors);
}
END_TEST

START_TEST(a_message_stays_on_its_line)
{
    struct fs_journal errors = {.columns = FS_ERRORS_COLUMNS};
    static char long_message[100000];
    memset(long_message, 'x', sizeof long_message - 1);
    fs_errors_add(&errors, 0, -EINVAL, "gpu0", "two\nlines");
    fs_errors_add(&errors, 0, -EINVAL, "gpu0", long_message);
    fs_errors_add(&errors, 0, -EIO, "gpu0", "");
    const struct fs_text *text = fs_journal_text(&errors);
    ck_assert_uint_eq(lines_of(text), 4);
    ck_assert_ptr_nonnull(strstr(text->data, " - EINVAL gpu0 two\\012lines\n"));
    ck_assert_ptr_nonnull(strstr(text->data, "EIO gpu0 Input/output error\n"));
    ck_assert_uint_lt(text->length, 6000);
    fs_journal_free(&errors);
}
END_TEST

START_TEST(a_full_file_drops_its_older_half_and_says_so)
{
    struct fs_journal errors = {.columns = FS_ERRORS_COLUMNS, .limit = 4096};
    char message[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(message, sizeof message, "failure %d.", i);
        fs_errors_add(&errors, i + 1, -EINVAL, "gpu0/sdma/0/run", message);
        const struct fs_text *text = fs_journal_text(&errors);
        ck_assert_uint_le(text->length, 4096 + 200);
        ck_assert_ptr_nonnull(strstr(text->data, message)); /* the newest is always there */
    }
    const struct fs_text *text = fs_journal_text(&errors);
    ck_assert_int_eq(strncmp(text->data, "# time pid errno path message (older lines", 42), 0);
    ck_assert_ptr_null(strstr(text->data, "failure 1."));
    const char *line = strchr(text->data, '\n') + 1;
    ck_assert_int_eq(strncmp(line, "20", 2), 0); /* a whole line follows */
    unsigned kept = lines_of(text) - 1;
    ck_assert_uint_gt(kept, 20);
    fs_journal_free(&errors);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fs_errors");
    TCase *tests = tcase_create("errors");
    tcase_add_test(tests, an_empty_file_has_its_header);
    tcase_add_test(tests, a_line_has_its_columns);
    tcase_add_test(tests, a_message_stays_on_its_line);
    tcase_add_test(tests, a_full_file_drops_its_older_half_and_says_so);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
