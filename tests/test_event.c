/*
 * test_event.c - interrupts and callbacks: on the event thread, in order, at the right time; signals stay
 * away from it.
 */
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "gpu_test.h"
#include "internal.h"

START_TEST(ticks_become_nanoseconds)
{
    ck_assert_uint_eq(clock_convert(1000, 1000, 5000, 100000000), 5000);
    ck_assert_uint_eq(clock_convert(1001, 1000, 5000, 100000000), 5010);
    ck_assert_uint_eq(clock_convert(999, 1000, 5000, 100000000), 4990);
    ck_assert_uint_eq(clock_convert(1001, 1000, 5000, 25000000), 5040);
    /* a year away, no overflow */
    uint64_t year = UINT64_C(31536000);
    ck_assert_uint_eq(clock_convert(year * 100000000, 0, 7, 100000000), year * 1000000000 + 7);
    ck_assert_uint_eq(clock_convert(5, UINT64_MAX, 0, 100000000), 60); /* the counter may wrap */
}
END_TEST

struct seen {
    pthread_t thread;
    uint64_t start_ns, end_ns;
    atomic_uint count;
};

static void see(void *ctx, const struct gpu_result *result)
{
    struct seen *seen = ctx;
    seen->thread = pthread_self();
    seen->start_ns = result->start_ns;
    seen->end_ns = result->end_ns;
    atomic_fetch_add(&seen->count, 1);
}

START_TEST(times_are_of_the_monotonic_clock)
{
    struct gpu *gpu = gpu_at(sys, _i & 1);
    struct gpu_queue *queue = make_queue(gpu, _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    for (unsigned i = 0; i < 20; i++) {
        struct seen seen = {0};
        uint64_t seq, before = clock_now();
        OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, &(struct gpu_job){.done = see},
                            &seen, &seq));
        OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
        uint64_t after = clock_now();
        /* the anchor is as exact as the ioctl is quick */
        ck_assert_msg(seen.start_ns + 2000000 > before, "started %" PRId64 " ns early",
                      (int64_t)(before - seen.start_ns));
        ck_assert_uint_le(seen.start_ns, seen.end_ns);
        ck_assert_uint_le(seen.end_ns, after);
        ck_assert(!pthread_equal(seen.thread, pthread_self()));
    }
}
END_TEST

static pthread_t signalled;
static atomic_uint signals;

static void take_signal(int number)
{
    (void)number;
    signalled = pthread_self();
    atomic_fetch_add(&signals, 1);
}

START_TEST(signals_are_not_for_the_event_thread)
{
    signal(SIGUSR1, take_signal);
    for (unsigned i = 1; i <= 20; i++) {
        kill(getpid(), SIGUSR1);
        while (atomic_load(&signals) < i)
            sched_yield();
        ck_assert(pthread_equal(signalled, pthread_self()));
    }
}
END_TEST

static uint64_t cpu_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

START_TEST(idle_queues_cost_nothing)
{
    struct gpu_queue *queues[4];
    for (unsigned i = 0; i < 4; i++) {
        queues[i] = make_queue(gpu_at(sys, i & 1), i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
        run(queues[i], &(struct gpu_command){.op = GPU_NOP});
    }
    uint64_t before = cpu_time();
    FAILS(gpu_queue_wait(queues[0], 2, 400000000), ETIME); /* nobody submits it */
    ck_assert_uint_lt(cpu_time() - before, 40000000);
}
END_TEST

static struct gpu_queue *chained;
static void submit_again(void *ctx, const struct gpu_result *result)
{
    atomic_uint *left = ctx;
    ck_assert_int_eq(result->error, 0);
    if (atomic_fetch_sub(left, 1) > 1)
        OK(gpu_queue_submit(chained, &(struct gpu_command){.op = GPU_NOP}, 1,
                            &(struct gpu_job){.done = submit_again}, left, NULL));
}

START_TEST(a_callback_may_submit)
{
    atomic_uint left = 50;
    chained = make_queue(gpu_at(sys, _i & 1), _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 4096);
    OK(gpu_queue_submit(chained, &(struct gpu_command){.op = GPU_NOP}, 1,
                        &(struct gpu_job){.done = submit_again}, &left, NULL));
    OK(gpu_queue_wait(chained, 50, TEST_LIMIT_NS));
    ck_assert_uint_eq(left, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event");
    TCase *tcase = system_case(suite, "events");
    tcase_add_test(tcase, ticks_become_nanoseconds);
    tcase_add_loop_test(tcase, times_are_of_the_monotonic_clock, 0, 4);
    tcase_add_test(tcase, signals_are_not_for_the_event_thread);
    tcase_add_test(tcase, idle_queues_cost_nothing);
    tcase_add_loop_test(tcase, a_callback_may_submit, 0, 4);
    return run_gpu_suite(suite);
}
