/*
 * test_sim_profiler.c - PROFILER (1.23): one process at a time has a GPU's counters, and who ends gives them
 * back.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "sim_kfd.h"
#include "sim/kernel/context.h"
#include "sim/kernel/kfd_state.h"

enum { PRIMARY, FIRST_FILE = 7, SECOND_FILE = 8, LOCK = 1, UNLOCK = 0 };

static bool nobody(uint64_t file)
{
    (void)file;
    return false;
}

static bool second_is_open(uint64_t file)
{
    return file == SECOND_FILE;
}

static void setup(void)
{
    machine_start("mi300x+rx7900xtx", "kfd=1.23");
    for (kfd_file = FIRST_FILE; kfd_file <= SECOND_FILE; kfd_file++)
        ck_assert_int_eq(kfd_call(KFD_NR_CREATE_PROCESS, NULL, 0), 0);
}

static void teardown(void)
{
    sim_kfd_closed(nobody);
}

static int ask(uint64_t file, uint32_t op, uint32_t gpu_id, uint32_t value)
{
    struct kfd_profiler a = {.op = op, .gpu_id = gpu_id, .value = value};
    kfd_file = file;
    return CALL(KFD_NR_PROFILER, a);
}

static int counters(uint64_t file, const struct sim_gpu *gpu, uint32_t value)
{
    return ask(file, KFD_PROFILER_COUNTERS, gpu->gpu_id, value);
}

static int limiter(uint64_t file, const struct sim_gpu *gpu, uint32_t value)
{
    return ask(file, KFD_PROFILER_LIMITER, gpu->gpu_id, value);
}

static bool may_count(void)
{
    bool may = sim_capable(CAP_PERFMON);
    if (!may)
        printf("skipped: no CAP_PERFMON\n");
    return may;
}

START_TEST(counters_of_a_gpu_are_one_process_s_at_a_time)
{
    if (!may_count())
        return;
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, UNLOCK), -EINVAL); /* not its */
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, 2), -EINVAL);
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, LOCK), 0);
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, LOCK), -EALREADY);
    ck_assert_int_eq(counters(SECOND_FILE, mi300x, LOCK), -EBUSY);
    ck_assert_int_eq(counters(PRIMARY, mi300x, LOCK), -EBUSY);
    ck_assert_int_eq(counters(SECOND_FILE, mi300x, UNLOCK), -EINVAL);
    ck_assert_int_eq(counters(SECOND_FILE, rx7900, LOCK), 0); /* another GPU's are free */
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, UNLOCK), 0);
    ck_assert_int_eq(counters(PRIMARY, mi300x, LOCK), 0);
    ck_assert_int_eq(ask(PRIMARY, KFD_PROFILER_COUNTERS, 0xdead, LOCK), -EINVAL);
}
END_TEST

START_TEST(a_process_that_ends_gives_its_counters_back)
{
    if (!may_count())
        return;
    ck_assert_int_eq(counters(FIRST_FILE, mi300x, LOCK), 0);
    ck_assert_int_eq(counters(SECOND_FILE, rx7900, LOCK), 0);
    sim_kfd_closed(second_is_open);
    ck_assert_int_eq(counters(SECOND_FILE, mi300x, LOCK), 0);
    ck_assert_int_eq(counters(SECOND_FILE, rx7900, LOCK), -EALREADY);
}
END_TEST

START_TEST(who_may_not_watch_performance_gets_no_counters)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    memset(none, 0, sizeof none);
    ck_assert_int_eq(syscall(SYS_capset, &header, none), 0);
    ck_assert_int_eq(ask(PRIMARY, KFD_PROFILER_COUNTERS, 0xdead, LOCK), -EPERM); /* before anything else */
    ck_assert_int_eq(counters(PRIMARY, mi300x, LOCK), -EPERM);
    ck_assert_int_eq(limiter(PRIMARY, mi300x, 1), 0);
}
END_TEST

START_TEST(a_limiter_that_is_not_there_cannot_be_switched_off)
{
    ck_assert_int_eq(limiter(PRIMARY, mi300x, 1), 0); /* nobody wants it off */
    ck_assert_int_eq(limiter(PRIMARY, mi300x, 0), -EOPNOTSUPP);
    ck_assert_int_eq(limiter(PRIMARY, rx7900, 1), 0);
    ck_assert_int_eq(limiter(PRIMARY, rx7900, 0), -EOPNOTSUPP);
    ck_assert_int_eq(ask(PRIMARY, KFD_PROFILER_LIMITER, 0xdead, 1), -EINVAL);
}
END_TEST

START_TEST(the_version_is_1_and_other_operations_are_refused)
{
    struct kfd_profiler a = {.op = KFD_PROFILER_VERSION, .gpu_id = 77};
    kfd_file = PRIMARY;
    ck_assert_int_eq(CALL(KFD_NR_PROFILER, a), 0);
    ck_assert_uint_eq(a.gpu_id, 1);
    ck_assert_int_eq(ask(PRIMARY, 1, mi300x->gpu_id, 0), -EINVAL);
    ck_assert_int_eq(ask(PRIMARY, 4, mi300x->gpu_id, 0), -EINVAL);
}
END_TEST

START_TEST(kernels_before_1_23_have_no_profiler)
{
    machine_start("mi300x", "kfd=1.22");
    ck_assert_int_eq(ask(PRIMARY, KFD_PROFILER_VERSION, 0, 0), -ENOTTY);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sim_profiler");
    TCase *c = tcase_create("profiler");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, counters_of_a_gpu_are_one_process_s_at_a_time);
    tcase_add_test(c, a_process_that_ends_gives_its_counters_back);
    tcase_add_test(c, who_may_not_watch_performance_gets_no_counters);
    tcase_add_test(c, a_limiter_that_is_not_there_cannot_be_switched_off);
    tcase_add_test(c, the_version_is_1_and_other_operations_are_refused);
    suite_add_tcase(s, c);
    TCase *old = tcase_create("before");
    tcase_add_test(old, kernels_before_1_23_have_no_profiler);
    suite_add_tcase(s, old);
    return run_suite(s);
}
