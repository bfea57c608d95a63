/*
 * run_suite.h - how a test program ends; assertions that hold are free.
 */
#ifndef KFDFS_TEST_RUN_SUITE_H
#define KFDFS_TEST_RUN_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Check writes the place of every assertion that held to a file, to tell after a crash which was the last:
 * millions of system calls, half the time of some tests. A debugger tells where a crash was. */
#define _mark_point(file, line) ((void)0)

/* Runs and frees the suite; what main() is to return. */
static inline int run_suite_as(Suite *suite, enum fork_status fork_status)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, fork_status);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int run_suite(Suite *suite)
{
    return run_suite_as(suite, CK_FORK_GETENV);
}

#endif
