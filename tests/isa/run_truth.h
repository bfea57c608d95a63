/*
 * run_truth.h - how a test of instructions against their second reading is run: only where LLVM assembles.
 */
#ifndef KFDFS_TEST_RUN_TRUTH_H
#define KFDFS_TEST_RUN_TRUTH_H

#include "run_suite.h"

/* What main() is to return. tests: ended by NULL. */
static inline int run_truth(const char *name, double limit_s, const TTest *const *tests)
{
    if (system("command -v llvm-mc-22 >/dev/null 2>&1") != 0)
        return 77;
    Suite *suite = suite_create(name);
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, limit_s);
    for (; *tests; tests++)
        tcase_add_test(t, *tests);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}

#endif
