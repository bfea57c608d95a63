/*
 * test_engines.c - copy engines: which one a queue gets, how many queues each has, and those that never
 * answer.
 */
#include "gpu_test.h"

#include <fcntl.h>
#include <unistd.h>

static void inject(const char *line)
{
    int fd = open("/sys/kernel/debug/dri/128/inject", O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    close(fd);
}

/* Far more than a busy host may keep an engine's thread from running, far less than the default. */
enum { PROBE_MS = 800 };

static struct gpu *open_machine(const char *models, const char *options)
{
    setenv("KFDFS_SIM", models, 1);
    setenv("KFDFS_SIM_OPTS", options, 1);
    OK(gpu_system_open(&(struct gpu_options){.on_event = record_event, .ctx = &events, .probe_ms = PROBE_MS},
                       &sys));
    return gpu_at(sys, 0);
}

static struct gpu_queue *make_on(struct gpu *gpu, int engine)
{
    struct gpu_queue *queue = NULL;
    OK(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = engine}, &queue));
    return queue;
}

static int engine_of(struct gpu_queue *queue)
{
    struct gpu_queue_state state;
    gpu_queue_state(queue, &state);
    return state.engine;
}

START_TEST(a_queue_is_on_the_engine_that_it_asked_for)
{
    struct gpu *gpu = open_machine("mi300x", "");
    for (int engine = 15; engine >= 0; engine--) {
        struct gpu_queue *queue = make_on(gpu, engine);
        ck_assert_int_eq(engine_of(queue), engine);
        run(queue, &(struct gpu_command){.op = GPU_NOP});
    }
    close_system();
}
END_TEST

/* The kernel hands them out in turn, PCIe's and XGMI's apart; the doorbell tells which it was. */
START_TEST(an_older_kernel_chooses_and_the_engine_is_known_all_the_same)
{
    struct gpu *gpu = open_machine("mi300x", "kfd=1.16");
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(engine_of(make_on(gpu, 0)), i % 2);
    for (int i = 0; i < 28; i++)
        ck_assert_int_eq(engine_of(make_on(gpu, 9)), 2 + i % 14);
    close_system();
}
END_TEST

START_TEST(any_engine_is_a_known_one)
{
    struct gpu *gpu = open_machine("rx7900xtx", "");
    ck_assert_int_eq(engine_of(make_on(gpu, -1)), 0);
    ck_assert_int_eq(engine_of(make_on(gpu, -1)), 1);
    ck_assert_int_eq(engine_of(make_on(gpu, -1)), 0);
    close_system();
}
END_TEST

START_TEST(an_engine_has_so_many_queues_and_no_more)
{
    static const struct {
        const char *model;
        unsigned queues;
    } rows[] = {{"mi210", 8}, {"rx6900xt", 8}, {"rx7900xtx", 6}, {"radeon8060s", 6}, {"rx9070xt", 6}};
    struct gpu *gpu = open_machine(rows[_i].model, "");
    struct gpu_queue *queue = NULL, *last = NULL;
    ck_assert_uint_eq(gpu_info(gpu)->sdma_queues_per_engine, rows[_i].queues);
    for (unsigned i = 0; i < rows[_i].queues; i++)
        last = make_on(gpu, 0);
    FAILS(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = 0}, &queue),
          ENOMEM);
    OK(gpu_queue_destroy(last));
    run(make_on(gpu, 0), &(struct gpu_command){.op = GPU_NOP});
    close_system();
}
END_TEST

START_TEST(an_engine_that_never_answers_is_found_dead)
{
    struct gpu *gpu = open_machine("rx7900xtx", "");
    struct gpu_queue_state state;
    uint64_t seq;
    inject("dead sdma 1\n");
    struct gpu_queue *dead = make_on(gpu, 1), *alive = make_on(gpu, 0);
    OK(gpu_queue_submit(dead, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(dead, seq, TEST_LIMIT_NS), EIO);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "SDMA engine 1 of gpu0 does not answer"));
    gpu_queue_state(dead, &state);
    ck_assert_int_eq(state.error, -EIO);
    FAILS(gpu_queue_submit(dead, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq), EIO);
    run(alive, &(struct gpu_command){.op = GPU_NOP});
    /* What waits for it on the GPU goes on. */
    OK(gpu_queue_submit(alive, &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = dead, .value = 1}, 1,
                        NULL, NULL, &seq));
    OK(gpu_queue_wait(alive, seq, TEST_LIMIT_NS));
    OK(gpu_queue_destroy(dead));
    pthread_mutex_lock(&events.lock);
    ck_assert_uint_eq(events.count, 1);
    ck_assert_int_eq(events.last.kind, GPU_EVENT_QUEUE);
    ck_assert_ptr_nonnull(strstr(events.text, "does not answer"));
    pthread_mutex_unlock(&events.lock);
    close_system();
}
END_TEST

/* A dead engine is found without any work: nobody need try it first. */
START_TEST(a_dead_engine_is_found_without_work)
{
    struct gpu *gpu = open_machine("mi300x", "");
    inject("dead sdma 5\n");
    struct gpu_queue *dead = make_on(gpu, 5);
    FAILS(gpu_queue_wait(dead, 1, TEST_LIMIT_NS), EIO);
    close_system();
}
END_TEST

START_TEST(an_idle_queue_outlives_its_probe)
{
    struct gpu *gpu = open_machine("mi300x", "");
    struct gpu_queue *queue = make_on(gpu, 3);
    struct gpu_queue_state state;
    uint64_t seq;
    FAILS(gpu_queue_wait(queue, 1, UINT64_C(3) * PROBE_MS / 2 * 1000000), ETIME);
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq));
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    gpu_queue_state(queue, &state);
    ck_assert_int_eq(state.error, 0);
    close_system();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engines");
    TCase *tests = tcase_create("engines");
    tcase_add_test(tests, a_queue_is_on_the_engine_that_it_asked_for);
    tcase_add_test(tests, an_older_kernel_chooses_and_the_engine_is_known_all_the_same);
    tcase_add_test(tests, any_engine_is_a_known_one);
    tcase_add_loop_test(tests, an_engine_has_so_many_queues_and_no_more, 0, 5);
    tcase_add_test(tests, an_engine_that_never_answers_is_found_dead);
    tcase_add_test(tests, a_dead_engine_is_found_without_work);
    tcase_add_test(tests, an_idle_queue_outlives_its_probe);
    tcase_set_timeout(tests, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, tests);
    return run_gpu_suite(suite);
}
