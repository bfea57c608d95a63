/*
 * test_timeline.c - sequence numbers past 2^32, and waiting near there.
 */
#include "gpu_test.h"
#include "internal.h"

#define WRAP (UINT64_C(1) << 32)

START_TEST(the_word_counts_down_from_the_largest_signed_number)
{
    ck_assert_uint_eq(timeline_value(0), INT64_MAX);
    ck_assert_uint_eq(timeline_value(5), INT64_MAX - 5);
    ck_assert_uint_eq(timeline_value(WRAP), UINT64_C(0x7ffffffeffffffff));
}
END_TEST

START_TEST(only_values_far_from_the_wrap_are_compared_by_32_bits)
{
    ck_assert(!timeline_comparable32(0) && !timeline_comparable32(WRAP));
    ck_assert(timeline_comparable32(1) && timeline_comparable32(WRAP + 1));
    ck_assert(timeline_comparable32(0xbfffffff) && !timeline_comparable32(0xc0000000));
    ck_assert(!timeline_comparable32(0xffffffff));
}
END_TEST

START_TEST(the_reader_never_goes_back)
{
    struct timeline *timeline;
    OK(timeline_create(gpu_at(sys, 0), &timeline));
    ck_assert_uint_eq(timeline_read(timeline), 0);
    timeline_set(timeline, WRAP - 1);
    ck_assert_uint_eq(timeline_read(timeline), WRAP - 1);
    timeline_set(timeline, 0); /* between SDMA's low and high word */
    ck_assert_uint_eq(timeline_read(timeline), WRAP - 1);
    timeline_set(timeline, WRAP);
    ck_assert_uint_eq(timeline_read(timeline), WRAP);
    timeline_unref(timeline_ref(timeline));
    timeline_unref(timeline);
    timeline_unref(NULL);
}
END_TEST

static void count(void *ctx, const struct gpu_result *result)
{
    uint64_t *last = ctx;
    ck_assert_uint_eq(result->seq, *last + 1);
    ck_assert_int_eq(result->error, 0);
    *last = result->seq;
}

START_TEST(a_queue_counts_past_32_bits)
{
    enum { N = 300 };
    struct gpu_queue *queue =
        make_queue(gpu_at(sys, _i & 1), _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 4096);
    struct gpu_command batch[N] = {{.op = GPU_NOP}};
    struct gpu_queue_state state;
    uint64_t first, last = WRAP - N / 2;
    queue_start_at(queue, last);
    OK(gpu_queue_submit(queue, batch, N, &(struct gpu_job){.done = count}, &last, &first));
    ck_assert_uint_eq(first, WRAP - N / 2 + 1);
    OK(gpu_queue_wait(queue, first + N - 1, TEST_LIMIT_NS));
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.completed, WRAP + N / 2);
    ck_assert_uint_eq(last, WRAP + N / 2);
}
END_TEST

/* Whatever the distance of the awaited number to the wrap, a waiter goes on when it is reached and not
 * before. */
START_TEST(waiting_is_exact_on_both_sides_of_the_wrap)
{
    static const int64_t places[] = {-3, -2, -1, 0, 1, 2};
    struct gpu_queue *waiter = make_queue(gpu_at(sys, 0), _i & 1 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        struct gpu_queue *awaited =
            make_queue(gpu_at(sys, 1), _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
        struct gpu_command work[8] = {{.op = GPU_NOP}};
        uint64_t seq, target = WRAP + (uint64_t)places[i];
        queue_start_at(awaited, WRAP - 5);
        OK(gpu_queue_submit(waiter,
                            &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = awaited, .value = target}, 1,
                            NULL, NULL, &seq));
        unsigned before = (unsigned)(target - (WRAP - 5)) - 1;
        if (before)
            OK(gpu_queue_submit(awaited, work, before, NULL, NULL, NULL));
        OK(gpu_queue_wait(awaited, target - 1, TEST_LIMIT_NS));
        FAILS(gpu_queue_wait(waiter, seq, 5000000), ETIME);
        OK(gpu_queue_submit(awaited, work, 1, NULL, NULL, NULL));
        OK(gpu_queue_wait(waiter, seq, TEST_LIMIT_NS));
        gpu_queue_destroy(awaited);
    }
}
END_TEST

START_TEST(a_32_bit_wait_far_from_the_wrap_needs_no_cpu)
{
    struct gpu_queue *waiter = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    struct gpu_queue *awaited = make_queue(gpu_at(sys, 1), GPU_QUEUE_SDMA, 0);
    struct gpu_queue_state state;
    OK(gpu_queue_submit(waiter, &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = awaited, .value = 2}, 1,
                        NULL, NULL, NULL));
    gpu_queue_state(waiter, &state);
    ck_assert_uint_gt(state.write_pointer, 0); /* it is in the ring, not held */
    run(awaited, &(struct gpu_command){.op = GPU_NOP});
    run(awaited, &(struct gpu_command){.op = GPU_NOP});
    OK(gpu_queue_wait(waiter, 1, TEST_LIMIT_NS));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = system_case(suite, "timelines");
    tcase_add_test(tcase, the_word_counts_down_from_the_largest_signed_number);
    tcase_add_test(tcase, only_values_far_from_the_wrap_are_compared_by_32_bits);
    tcase_add_test(tcase, the_reader_never_goes_back);
    tcase_add_loop_test(tcase, a_queue_counts_past_32_bits, 0, 4);
    tcase_add_loop_test(tcase, waiting_is_exact_on_both_sides_of_the_wrap, 0, 4);
    tcase_add_test(tcase, a_32_bit_wait_far_from_the_wrap_needs_no_cpu);
    return run_gpu_suite(suite);
}
