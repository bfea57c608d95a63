/* test_fs_command.c - lines to words, words to a verb's typed arguments. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "text/command.h"
#include "run_suite.h"

static int find_place(void *ctx, const char *word, struct fs_place *out)
{
    (void)ctx;
    bool absolute;
    uint64_t offset;
    char name[64];
    snprintf(name, sizeof name, "%s", word);
    int r = fs_place_split(name, &absolute, &offset);
    if (r)
        return r;
    if (!absolute && strcmp(name, "vram/a b"))
        return gpu_err(-ENOENT, "%s: no such buffer", word);
    *out = (struct fs_place){.va = absolute ? offset : 0x1000 + offset, .left = 100};
    return 0;
}

static struct fs_queue *const some_queue = (struct fs_queue *)0x10;

static int find_queue(void *ctx, const char *word, struct fs_queue **out)
{
    (void)ctx;
    if (strcmp(word, "sdma/0"))
        return gpu_err(-ENOENT, "%s: no such queue", word);
    *out = some_queue;
    return 0;
}

static const struct fs_names names = {NULL, find_place, find_queue};

static struct {
    unsigned calls;
    struct fs_arg args[FS_VERB_ARGS];
    char first_word[32];
} built;

static int build(void *ctx, const struct fs_arg *args)
{
    (void)ctx;
    built.calls++;
    memcpy(built.args, args, sizeof built.args);
    built.first_word[0] = '\0';
    for (int i = 0; i < FS_VERB_ARGS; i++)
        if (args[i].n_words)
            strncpy(built.first_word, args[i].words[0], sizeof built.first_word - 1);
    return 0;
}

static int refuse(void *ctx, const struct fs_arg *args)
{
    (void)ctx, (void)args;
    return gpu_err(-EDEADLK, "refused");
}

static const struct fs_verb verbs[] = {
    {"copy", "SRC DST [BYTES]", {FS_ARG_PLACE, FS_ARG_PLACE, FS_ARG_NUMBER}, 2, build},
    {"write", "DST VALUE32...", {FS_ARG_PLACE, FS_ARG_U32S}, 2, build},
    {"atomic", "OP DST VALUE", {FS_ARG_ATOMIC, FS_ARG_PLACE, FS_ARG_U64}, 3, build},
    {"check", "CMP VALUE", {FS_ARG_COMPARE, FS_ARG_U32}, 2, build},
    {"wait", "QUEUE N", {FS_ARG_QUEUE, FS_ARG_NUMBER}, 2, build},
    {"all", "A B C D", {FS_ARG_NUMBER, FS_ARG_NUMBER, FS_ARG_NUMBER, FS_ARG_NUMBER}, 0, build},
    {"nop", "", {FS_ARG_NONE}, 0, build},
    {"no", "", {FS_ARG_NONE}, 0, refuse},
    {0},
};

static int run(const char *line)
{
    struct fs_words words;
    memset(&built, 0, sizeof built);
    int r = fs_words_split(line, strlen(line), &words);
    if (r)
        return r;
    r = fs_verb_run(verbs, &words, &names, NULL);
    fs_words_free(&words);
    return r;
}

START_TEST(lines_are_split_at_blanks_and_unescaped)
{
    struct fs_words words;
    const char line[] = "  copy\tvram/a\\040b  x\\134y \r";
    ck_assert_int_eq(fs_words_split(line, sizeof line - 1, &words), 0);
    ck_assert_uint_eq(words.n, 3);
    ck_assert_str_eq(words.word[0], "copy");
    ck_assert_str_eq(words.word[1], "vram/a b");
    ck_assert_str_eq(words.word[2], "x\\y");
    ck_assert_ptr_null(words.word[3]);
    fs_words_free(&words);
    ck_assert_int_eq(fs_words_split("", 0, &words), 0);
    ck_assert_uint_eq(words.n, 0);
    fs_words_free(&words);
    ck_assert_int_eq(fs_words_split("a", 1, &words), 0);
    ck_assert_uint_eq(words.n, 1);
    fs_words_free(&words);
    ck_assert_int_eq(fs_words_split("a\0b", 3, &words), -EINVAL);
}
END_TEST

START_TEST(a_verb_gets_its_arguments_with_their_types)
{
    ck_assert_int_eq(run("copy vram/a\\040b+4 @0x20 8K"), 0);
    ck_assert_uint_eq(built.args[0].place.va, 0x1004);
    ck_assert_uint_eq(built.args[1].place.va, 0x20);
    ck_assert_uint_eq(built.args[2].number, 8192);
    ck_assert_int_eq(run("copy @1 @2"), 0);
    ck_assert_ptr_null(built.args[2].text);
    ck_assert_int_eq(run("write @16 1 -2 0x3"), 0);
    ck_assert_uint_eq(built.args[1].n_words, 3);
    ck_assert_str_eq(built.first_word, "1");
    ck_assert_int_eq(run("atomic swap @8 -1"), 0);
    ck_assert_uint_eq(built.args[0].number, GPU_SWAP);
    ck_assert_uint_eq(built.args[2].number, UINT64_MAX);
    ck_assert_int_eq(run("check ge 7"), 0);
    ck_assert_uint_eq(built.args[0].number, GPU_GE);
    ck_assert_int_eq(run("wait sdma/0 12"), 0);
    ck_assert_ptr_eq(built.args[0].queue, some_queue);
    ck_assert_int_eq(run("all 1 2 3 4"), 0);
    ck_assert_uint_eq(built.args[3].number, 4);
    ck_assert_int_eq(run("nop"), 0);
    ck_assert_uint_eq(built.calls, 1);
}
END_TEST

START_TEST(what_is_wrong_with_a_line_is_found_before_it_is_built)
{
    static const struct {
        const char *line;
        int result;
    } lines[] = {{"fly", -EINVAL},
                 {"copy", -EINVAL},
                 {"copy @1", -EINVAL},
                 {"copy @1 @2 3 4", -EINVAL},
                 {"copy @1 vram/b", -ENOENT},
                 {"copy @1 @2 many", -EINVAL},
                 {"copy @1 @2 99999999999999999999", -ERANGE},
                 {"copy @1 @2 -1", -EINVAL},
                 {"write @1", -EINVAL},
                 {"atomic pow @1 2", -EINVAL},
                 {"atomic add @1 1.5", -EINVAL},
                 {"check eq 4294967296", -ERANGE},
                 {"check == 1", -EINVAL},
                 {"wait sdma/9 1", -ENOENT},
                 {"wait sdma/0", -EINVAL},
                 {"all 1 2 3 4 5", -EINVAL},
                 {"nop 1", -EINVAL}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_msg(run(lines[i].line) == lines[i].result, "%s", lines[i].line);
        ck_assert_uint_eq(built.calls, 0);
        ck_assert(*gpu_err_text());
    }
    ck_assert_int_eq(run("no"), -EDEADLK);
}
END_TEST

START_TEST(usage_names_every_verb)
{
    struct fs_text text = {0};
    fs_verb_usage(verbs, &text);
    ck_assert_int_eq(strncmp(text.data, "copy SRC DST [BYTES]\nwrite DST VALUE32...\n", 42), 0);
    ck_assert_ptr_nonnull(strstr(text.data, "\nnop\n"));
    fs_text_free(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fs_command");
    TCase *tests = tcase_create("command");
    tcase_add_test(tests, lines_are_split_at_blanks_and_unescaped);
    tcase_add_test(tests, a_verb_gets_its_arguments_with_their_types);
    tcase_add_test(tests, what_is_wrong_with_a_line_is_found_before_it_is_built);
    tcase_add_test(tests, usage_names_every_verb);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
