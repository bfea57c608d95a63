/*
 * test_err.c - the sentence that goes with an error.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"
#include "run_suite.h"

START_TEST(the_code_comes_back_and_the_sentence_stays)
{
    ck_assert_int_eq(gpu_err(-34, "%s ends %d bytes late", "copy", 7), -34);
    ck_assert_str_eq(gpu_err_text(), "copy ends 7 bytes late");
}
END_TEST

START_TEST(a_sentence_may_quote_the_one_before)
{
    gpu_err(-1, "inner");
    gpu_err(-2, "outer: %s", gpu_err_text());
    ck_assert_str_eq(gpu_err_text(), "outer: inner");
}
END_TEST

START_TEST(a_sentence_too_long_is_cut)
{
    char x[5000];
    memset(x, 'x', sizeof x - 1);
    x[sizeof x - 1] = 0;
    gpu_err(-1, "%s", x);
    ck_assert_uint_gt(strlen(gpu_err_text()), 100);
    ck_assert_uint_lt(strlen(gpu_err_text()), sizeof x - 1);
}
END_TEST

static void *other_thread(void *arg)
{
    (void)arg;
    ck_assert_str_eq(gpu_err_text(), "");
    gpu_err(-1, "of the other thread");
    return NULL;
}

START_TEST(each_thread_has_its_own)
{
    pthread_t thread;
    gpu_err(-1, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_str_eq(gpu_err_text(), "of this thread");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("err");
    TCase *tcase = tcase_create("err");
    tcase_add_test(tcase, the_code_comes_back_and_the_sentence_stays);
    tcase_add_test(tcase, a_sentence_may_quote_the_one_before);
    tcase_add_test(tcase, a_sentence_too_long_is_cut);
    tcase_add_test(tcase, each_thread_has_its_own);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
