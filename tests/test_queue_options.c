/*
 * test_queue_options.c - how a hardware queue is made: priorities, rings, CU masks; how it is paused; and how
 * it goes to sleep when nobody uses it.
 */
#include <sched.h>

#include "gpu_test.h"

#include "internal.h"

static struct gpu_queue_options compute_options(void)
{
    return (struct gpu_queue_options){.kind = GPU_QUEUE_COMPUTE, .engine = -1};
}

static struct gpu_queue *create(struct gpu *gpu, const struct gpu_queue_options *options)
{
    struct gpu_queue *queue;
    OK(gpu_queue_create(gpu, options, &queue));
    return queue;
}

START_TEST(options_that_cannot_be_are_refused)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_queue_options o = compute_options();
    OK(gpu_queue_options_check(gpu, &o));
    o.ring_bytes = 5000;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    o.ring_bytes = 2048;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    o.ring_bytes = 2 << 20;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    o = compute_options();
    o.priority = 2;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    o = (struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = 99};
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    o = (struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = -1, .cu_dwords = 1, .cu_mask = {3}};
    FAILS(gpu_queue_options_check(gpu, &o), EOPNOTSUPP);
}
END_TEST

START_TEST(cu_masks_follow_the_gpu)
{
    struct gpu *gpu = gpu_at(sys, _i);
    uint32_t units = gpu_info(gpu)->cus / gpu_info(gpu)->xccs;
    struct gpu_queue_options o = compute_options();
    o.cu_dwords = 1;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL); /* none */
    o.cu_mask[0] = 3;
    OK(gpu_queue_options_check(gpu, &o));
    o.cu_mask[0] = 2;
    if (gpu->target->cu_pairs)
        FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
    else
        OK(gpu_queue_options_check(gpu, &o));
    o.cu_dwords = GPU_CU_DWORDS;
    o.cu_mask[0] = 0;
    o.cu_mask[(units - 2) / 32] = 3u << (units - 2) % 32;
    OK(gpu_queue_options_check(gpu, &o));
    o.cu_mask[units / 32] |= 3u << units % 32;
    FAILS(gpu_queue_options_check(gpu, &o), ERANGE);
    o.cu_dwords++;
    FAILS(gpu_queue_options_check(gpu, &o), EINVAL);
}
END_TEST

/* Made with all of them the queue works; the simulated kernel checks the mask again. */
START_TEST(queues_of_any_setting_work)
{
    struct gpu *gpu = gpu_at(sys, (unsigned)_i / 2);
    for (int priority = -1; priority <= 1; priority++) {
        struct gpu_queue_options o = compute_options();
        o.pm4 = _i & 1;
        o.priority = priority;
        o.ring_bytes = 4096u << (priority + 1);
        o.cu_dwords = 1;
        o.cu_mask[0] = 0xf;
        struct gpu_queue *queue = create(gpu, &o);
        struct gpu_queue_state state;
        run(queue, &(struct gpu_command){.op = GPU_NOP});
        gpu_queue_state(queue, &state);
        ck_assert_uint_eq(state.ring_bytes, o.ring_bytes);
        gpu_queue_destroy(queue);
    }
}
END_TEST

START_TEST(the_kernel_refuses_what_it_cannot_do_with_a_cu_mask)
{
    struct gpu_queue_options o = compute_options();
    struct gpu_queue *queue = create(gpu_at(sys, _i), &o);
    const struct kfd *kfd = &sys->kfd;
    OK(kfd_set_cu_mask(kfd, queue->id, (const uint32_t[]){3}, 1));
    FAILS(kfd_set_cu_mask(kfd, queue->id, (const uint32_t[]){3}, 0), EINVAL);
    FAILS(kfd_set_cu_mask(kfd, 1000, (const uint32_t[]){3}, 1), EFAULT);
}
END_TEST

START_TEST(a_paused_queue_does_nothing_until_it_goes_on)
{
    struct gpu *gpu = gpu_at(sys, (unsigned)_i / 3);
    struct gpu_queue_options o = {
        .kind = _i % 3 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, .engine = -1, .pm4 = _i % 3 == 2};
    struct gpu_queue *queue = create(gpu, &o);
    run(queue, &(struct gpu_command){.op = GPU_NOP});
    struct kfd_update_queue update = {.ring_base = bo_va(&queue->ring),
                                      .queue_id = queue->id,
                                      .ring_size = queue->ring_bytes,
                                      .priority = 7};
    OK(kfd_update_queue(&sys->kfd, &update));
    uint64_t seq;
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, 5000000), ETIME);
    update.percentage = 100;
    OK(kfd_update_queue(&sys->kfd, &update));
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    update.percentage = 101;
    FAILS(kfd_update_queue(&sys->kfd, &update), EINVAL);
}
END_TEST

/* ---- sleep ---- */

static void open_sleepy(void)
{
    struct gpu_options options = {.on_event = record_event, .ctx = &events, .queue_idle_ns = 1};
    OK(gpu_system_open(&options, &sys));
}

static struct gpu_queue *sleepy_queue(int i)
{
    struct gpu_queue_options o = {
        .kind = i % 3 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, .engine = -1, .pm4 = i % 3 == 2};
    return create(gpu_at(sys, (unsigned)i / 3), &o);
}

static void until_asleep(struct gpu_queue *queue)
{
    struct gpu_queue_state state;
    uint64_t limit = clock_now() + TEST_LIMIT_NS;
    do {
        sched_yield();
        gpu_queue_state(queue, &state);
    } while (!state.asleep && clock_now() < limit);
    ck_assert(state.asleep);
}

START_TEST(an_idle_queue_sleeps_and_its_timeline_goes_on)
{
    struct gpu_queue *queue = sleepy_queue(_i);
    struct gpu_buffer *buf = make_buffer(gpu_at(sys, (unsigned)_i / 3), GPU_GTT, 4096);
    _Atomic uint32_t *word = gpu_buffer_cpu(buf);
    struct gpu_queue_state state;
    for (uint32_t round = 1; round <= 5; round++) {
        uint64_t seq;
        until_asleep(queue);
        OK(gpu_queue_submit(
            queue, &(struct gpu_command){.op = GPU_SIGNAL, .dst = gpu_buffer_va(buf), .value = round}, 1,
            NULL, NULL, &seq));
        ck_assert_uint_eq(seq, round);
        OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
        ck_assert_uint_eq(atomic_load(word), round);
    }
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.completed, 5);
    ck_assert_int_eq(state.error, 0);
    gpu_queue_destroy(queue);
}
END_TEST

/* Sleeping and waking at every command, while others submit and wait on the GPU. */
START_TEST(work_and_sleep_may_meet_at_any_moment)
{
    struct gpu_queue *a = sleepy_queue(_i), *b = sleepy_queue((_i + 1) % 6);
    for (uint64_t seq = 1; seq <= 150; seq++) {
        struct gpu_command wait = {.op = GPU_WAIT_QUEUE, .queue = a, .value = seq};
        OK(gpu_queue_submit(b, &wait, 1, NULL, NULL, NULL));
        OK(gpu_queue_submit(a, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, NULL));
        if (seq % 3 == 0)
            OK(gpu_queue_wait(a, seq, TEST_LIMIT_NS));
        OK(gpu_queue_wait(b, seq, TEST_LIMIT_NS));
    }
}
END_TEST

START_TEST(a_sleeping_queue_has_no_slot)
{
    struct gpu *gpu = gpu_at(sys, 1);
    struct gpu_queue_options o = {.kind = GPU_QUEUE_SDMA, .engine = 0, .ring_bytes = 4096};
    unsigned slots = gpu_info(gpu)->sdma_queues_per_engine;
    for (unsigned i = 0; i < 3 * slots; i++) {
        struct gpu_queue *queue = create(gpu, &o);
        run(queue, &(struct gpu_command){.op = GPU_NOP});
        until_asleep(queue);
    }
}
END_TEST

START_TEST(what_a_dead_gpu_had_asleep_stays_dead)
{
    struct gpu_queue *asleep = sleepy_queue(_i), *other = sleepy_queue(_i);
    until_asleep(asleep);
    struct gpu_command bad = {.op = GPU_SIGNAL, .dst = 0x5000, .value = 1};
    uint64_t seq;
    OK(gpu_queue_submit(other, &bad, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(other, seq, TEST_LIMIT_NS), EFAULT);
    FAILS(gpu_queue_submit(asleep, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, NULL), EFAULT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue_options");
    TCase *tcase = system_case(suite, "options");
    tcase_add_loop_test(tcase, options_that_cannot_be_are_refused, 0, 2);
    tcase_add_loop_test(tcase, cu_masks_follow_the_gpu, 0, 2);
    tcase_add_loop_test(tcase, queues_of_any_setting_work, 0, 4);
    tcase_add_loop_test(tcase, the_kernel_refuses_what_it_cannot_do_with_a_cu_mask, 0, 2);
    tcase_add_loop_test(tcase, a_paused_queue_does_nothing_until_it_goes_on, 0, 6);
    TCase *sleep = tcase_create("sleep");
    tcase_add_checked_fixture(sleep, open_sleepy, close_system);
    tcase_set_timeout(sleep, GPU_TEST_LIMIT_S);
    tcase_add_loop_test(sleep, an_idle_queue_sleeps_and_its_timeline_goes_on, 0, 6);
    tcase_add_loop_test(sleep, work_and_sleep_may_meet_at_any_moment, 0, 6);
    tcase_add_test(sleep, a_sleeping_queue_has_no_slot);
    tcase_add_loop_test(sleep, what_a_dead_gpu_had_asleep_stays_dead, 0, 6);
    suite_add_tcase(suite, sleep);
    return run_gpu_suite(suite);
}
