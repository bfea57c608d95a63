/*
 * test_compute.c - compute queues of both engines, AQL and PM4, on every GPU of the machine: what packets do
 * by themselves, waits between queues of all kinds, and that a kernel does the same whichever engine starts
 * it.
 */
#include <sched.h>

#include "gpu_test.h"

#include "internal.h"

/* Test number: GPU times two, plus the engine. */
static struct gpu *gpu_of(int i)
{
    return gpu_at(sys, (unsigned)i / 2);
}

static struct gpu_queue *queue_on(struct gpu *gpu, bool pm4, uint32_t ring_bytes)
{
    struct gpu_queue *queue;
    struct gpu_queue_options options = {
        .kind = GPU_QUEUE_COMPUTE, .engine = -1, .pm4 = pm4, .ring_bytes = ring_bytes};
    OK(gpu_queue_create(gpu, &options, &queue));
    return queue;
}

static struct gpu_queue *queue_of(int i)
{
    return queue_on(gpu_of(i), i & 1, 0);
}

static uint64_t submit(struct gpu_queue *queue, struct gpu_command command)
{
    uint64_t seq;
    OK(gpu_queue_submit(queue, &command, 1, NULL, NULL, &seq));
    return seq;
}

static void finish(struct gpu_queue *queue, uint64_t seq)
{
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
}

/* ---- commands ---- */

START_TEST(write_signal_timestamp_and_waits_do_what_they_say)
{
    struct gpu *gpu = gpu_of(_i);
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu, _i & 1 ? GPU_VRAM : GPU_GTT, 1 << 16);
    volatile uint32_t *words = gpu_buffer_cpu(buf);
    uint64_t va = gpu_buffer_va(buf), stamps[2];
    uint32_t data[5000];
    memset(gpu_buffer_cpu(buf), 0xee, 1 << 16);
    for (unsigned i = 0; i < 5000; i++)
        data[i] = i * 7;
    run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = va});
    run(queue, &(struct gpu_command){.op = GPU_WRITE, .dst = va + 16, .data = data, .bytes = sizeof data});
    run(queue, &(struct gpu_command){.op = GPU_SIGNAL, .dst = va + 40000, .value = 0x1234});
    run(queue, &(struct gpu_command){
                   .op = GPU_WAIT_MEM, .dst = va + 40000, .compare = GPU_EQ, .value = 0x1234, .mask = ~0u});
    run(queue, &(struct gpu_command){
                   .op = GPU_WAIT_MEM, .dst = va + 40000, .compare = GPU_LT, .value = 0x40, .mask = 0xff});
    run(queue, &(struct gpu_command){.op = GPU_NOP});
    run(queue, &(struct gpu_command){.op = GPU_BARRIER});
    run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = va + 8});
    memcpy(stamps, gpu_buffer_cpu(buf), sizeof stamps);
    ck_assert_uint_gt(stamps[1], stamps[0]);
    for (unsigned i = 0; i < 5000; i++)
        ck_assert_uint_eq(words[4 + i], i * 7);
    ck_assert_uint_eq(words[5004], 0xeeeeeeee);
    ck_assert_uint_eq(words[10000], 0x1234);
    ck_assert_uint_eq(words[10001], 0xeeeeeeee);
}
END_TEST

START_TEST(a_write_that_the_queue_has_no_room_for_is_refused)
{
    struct gpu_queue *queue = queue_of(_i);
    static uint32_t data[1 << 20];
    FAILS(gpu_queue_submit(
              queue, &(struct gpu_command){.op = GPU_WRITE, .dst = 4096, .data = data, .bytes = sizeof data},
              1, NULL, NULL, NULL),
          EOPNOTSUPP);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = 4}, 1, NULL, NULL, NULL),
          EINVAL);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_COPY, .bytes = 0}, 1, NULL, NULL, NULL),
          EOPNOTSUPP);
}
END_TEST

START_TEST(a_wait_for_memory_holds_the_queue_until_it_holds)
{
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu_of(_i), GPU_GTT, 4096);
    _Atomic uint32_t *words = gpu_buffer_cpu(buf);
    uint64_t va = gpu_buffer_va(buf);
    atomic_store(&words[0], 0);
    atomic_store(&words[1], 0);
    submit(queue,
           (struct gpu_command){.op = GPU_WAIT_MEM, .dst = va, .compare = GPU_GE, .value = 5, .mask = ~0u});
    uint64_t seq = submit(queue, (struct gpu_command){.op = GPU_SIGNAL, .dst = va + 4, .value = 1});
    FAILS(gpu_queue_wait(queue, 1, 2000000), ETIME);
    ck_assert_uint_eq(atomic_load(&words[1]), 0);
    atomic_store(&words[0], 5);
    finish(queue, seq);
    ck_assert_uint_eq(atomic_load(&words[1]), 1);
}
END_TEST

START_TEST(thousands_of_commands_go_round_a_small_ring)
{
    struct gpu_queue *queue = queue_on(gpu_of(_i), _i & 1, 4096);
    struct gpu_buffer *buf = make_buffer(gpu_of(_i), GPU_GTT, 4096);
    const volatile uint32_t *word = gpu_buffer_cpu(buf);
    struct gpu_command batch[50];
    uint64_t first = 0;
    for (unsigned round = 0; round < 40; round++) {
        uint32_t values[50];
        for (unsigned i = 0; i < 50; i++) {
            values[i] = round * 50 + i;
            batch[i] =
                i & 1 ? (struct gpu_command){.op = GPU_SIGNAL, .dst = gpu_buffer_va(buf), .value = values[i]}
                      : (struct gpu_command){
                            .op = GPU_WRITE, .dst = gpu_buffer_va(buf), .data = &values[i], .bytes = 4};
        }
        OK(gpu_queue_submit(queue, batch, 50, NULL, NULL, &first));
        ck_assert_uint_eq(first, round * 50 + 1);
    }
    finish(queue, first + 49);
    ck_assert_uint_eq(*word, 1999);
    struct gpu_queue_state state;
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.completed, 2000);
    ck_assert_int_eq(state.error, 0);
}
END_TEST

/* The GPU's clock as the CPU's: a stamp taken between two looks at the one lies between them by the other. */
START_TEST(a_timestamp_is_as_exact_as_the_driver_says)
{
    struct gpu *gpu = gpu_of(_i);
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t before = clock_now(), ticks;
        run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = gpu_buffer_va(buf)});
        uint64_t after = clock_now();
        memcpy(&ticks, gpu_buffer_cpu(buf), sizeof ticks);
        uint64_t at = clock_ns(gpu, ticks), error = gpu_clock_error_ns(gpu);
        ck_assert_uint_gt(error, 0);
        ck_assert_uint_ge(at + error, before);
        ck_assert_uint_le(at, after + error);
    }
}
END_TEST

/* A wait of the CPU ends with its deadline, at once with a queue that goes, and says which it was. */
static void *wait_for_ever(void *queue)
{
    return (void *)(intptr_t)gpu_queue_wait(queue, 1, 0);
}

START_TEST(a_wait_of_the_cpu_has_a_deadline_and_can_be_cancelled)
{
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu_of(_i), GPU_GTT, 4096);
    pthread_t thread;
    void *result;
    memset(gpu_buffer_cpu(buf), 0, 4096);
    submit(queue,
           (struct gpu_command){
               .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = ~0u});
    FAILS(gpu_queue_wait(queue, 1, 1), ETIME);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, queue), 0);
    for (unsigned waiters = 0; !waiters;
         sched_yield()) { /* it is inside, or else it would meet a freed queue */
        pthread_mutex_lock(&queue->lock);
        waiters = queue->waiters;
        pthread_mutex_unlock(&queue->lock);
    }
    gpu_queue_destroy(queue);
    pthread_join(thread, &result);
    ck_assert_int_eq((intptr_t)result, -ECANCELED);
}
END_TEST

/* ---- waits between queues ---- */

static struct gpu_queue *any_queue(struct gpu *gpu, unsigned kind)
{
    if (kind < 2)
        return queue_on(gpu, kind, 0);
    return make_queue(gpu, GPU_QUEUE_SDMA, 0);
}

/* Who waits and who is waited for: AQL, PM4 or SDMA, on one GPU or two. */
START_TEST(the_gpu_waits_for_any_queue_of_any_gpu)
{
    unsigned waiter = (unsigned)_i % 3, other = (unsigned)_i / 3 % 3;
    struct gpu *near = gpu_at(sys, 0), *far = gpu_at(sys, (unsigned)_i / 9 ? gpu_count(sys) - 1 : 0);
    struct gpu_queue *first = any_queue(far, other), *second = any_queue(near, waiter);
    struct gpu_buffer *buf = make_buffer(far, GPU_GTT, 4096), *out = make_buffer(near, GPU_GTT, 4096);
    _Atomic uint32_t *flag = gpu_buffer_cpu(buf), *result = gpu_buffer_cpu(out);
    atomic_store(flag, 0);
    atomic_store(result, 0);
    /* ahead of time: nothing was submitted yet */
    submit(second, (struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = first, .value = 2});
    uint64_t seq =
        submit(second, (struct gpu_command){.op = GPU_SIGNAL, .dst = gpu_buffer_va(out), .value = 7});
    submit(first,
           (struct gpu_command){
               .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = ~0u});
    submit(first, (struct gpu_command){.op = GPU_NOP});
    FAILS(gpu_queue_wait(second, 1, 1000000), ETIME);
    ck_assert_uint_eq(atomic_load(result), 0);
    atomic_store(flag, 1);
    finish(second, seq);
    ck_assert_uint_eq(atomic_load(result), 7);
}
END_TEST

struct outcome {
    pthread_mutex_t lock;
    int error;
    unsigned n;
};

static void note(void *ctx, const struct gpu_result *result)
{
    struct outcome *outcome = ctx;
    pthread_mutex_lock(&outcome->lock);
    outcome->n++;
    if (result->error)
        outcome->error = result->error;
    pthread_mutex_unlock(&outcome->lock);
}

START_TEST(a_waiter_goes_on_when_the_other_queue_goes_and_is_told)
{
    struct gpu_queue *waits = queue_of(_i), *goes = queue_on(gpu_of(_i), !(_i & 1), 0);
    struct outcome outcome = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct gpu_command c = {.op = GPU_WAIT_QUEUE, .queue = goes, .value = 5};
    uint64_t seq;
    OK(gpu_queue_submit(waits, &c, 1, &(struct gpu_job){.done = note}, &outcome, &seq));
    FAILS(gpu_queue_wait(waits, seq, 1000000), ETIME);
    gpu_queue_destroy(goes);
    OK(gpu_queue_wait(waits, seq, TEST_LIMIT_NS));
    ck_assert_int_eq(outcome.error, -EOWNERDEAD);
}
END_TEST

START_TEST(an_endless_wait_is_preempted_with_its_queue)
{
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu_of(_i), GPU_GTT, 4096);
    struct outcome outcome = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct gpu_command c = {
        .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = ~0u};
    memset(gpu_buffer_cpu(buf), 0, 4096);
    OK(gpu_queue_submit(queue, &c, 1, &(struct gpu_job){.done = note}, &outcome, NULL));
    gpu_queue_destroy(queue);
    ck_assert_int_eq(outcome.error, -ECANCELED);
    ck_assert_uint_eq(outcome.n, 1);
}
END_TEST

/* ---- kernels ---- */

enum { IN_BYTES = 64 << 10, OUT_BYTES = 256 << 10 };

static const struct work {
    const char *object, *kernel;
    uint32_t grid[3], group[3];
    enum { IN, OUT, NUMBER } args[6];
    uint64_t numbers[6];
} works[] = {
    {"vector_add", "vector_add", {1000, 1, 1}, {64, 1, 1}, {IN, IN, OUT, NUMBER}, {[3] = 1000}},
    {"workitem", "workitem", {37, 5, 3}, {8, 2, 2}, {OUT}, {0}},
    {"hidden", "hidden", {37, 5, 3}, {8, 2, 2}, {OUT}, {0}},
    {"private_sort", "private_sort", {40, 1, 1}, {32, 1, 1}, {OUT}, {0}},
    {"reduce", "reduce", {1024, 1, 1}, {256, 1, 1}, {IN, OUT, NUMBER, NUMBER}, {[2] = 1000, [3] = 1024}},
    {"histogram", "histogram", {512, 1, 1}, {128, 1, 1}, {IN, OUT, NUMBER}, {[2] = 30000}},
    {"saxpy", "saxpy", {500, 1, 1}, {100, 1, 1}, {NUMBER, NUMBER, IN, OUT}, {500, 0x40000000}},
};
enum { WORKS = sizeof works / sizeof *works };

static uint64_t start_work(struct gpu_queue *queue, const struct gpu_kernel *kernel, const struct work *work,
                           uint64_t in, uint64_t out)
{
    uint8_t kernarg[4096] = {0};
    for (unsigned i = 0; i < kernel->n_args; i++) {
        uint64_t value = work->args[i] == IN ? in : work->args[i] == OUT ? out : work->numbers[i];
        memcpy(kernarg + kernel->args[i].offset, &value, kernel->args[i].size);
    }
    struct gpu_command c = {.op = GPU_DISPATCH, .kernel = kernel, .kernarg = kernarg};
    memcpy(c.grid, work->grid, sizeof c.grid);
    memcpy(c.group, work->group, sizeof c.group);
    return submit(queue, c);
}

/* The same kernel by both engines, from the same memory, must leave the same memory. */
static void compare(struct gpu *gpu, const struct work *work, const char *level)
{
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel_at(gpu, work->object, work->kernel, level, &code);
    if (!kernel)
        return;
    struct gpu_buffer *in = make_buffer(gpu, GPU_VRAM, IN_BYTES);
    struct gpu_buffer *out[2];
    struct gpu_queue *queue[2];
    fill_pattern(in, IN_BYTES, 3);
    for (unsigned engine = 0; engine < 2; engine++) {
        out[engine] = make_buffer(gpu, GPU_GTT, OUT_BYTES);
        fill_pattern(out[engine], OUT_BYTES, 4);
        queue[engine] = queue_on(gpu, engine, 0);
        finish(queue[engine],
               start_work(queue[engine], kernel, work, gpu_buffer_va(in), gpu_buffer_va(out[engine])));
    }
    const uint8_t *a = gpu_buffer_cpu(out[0]), *b = gpu_buffer_cpu(out[1]);
    ck_assert_msg(memcmp(a, b, OUT_BYTES) == 0, "%s %s differs between AQL and PM4 on %s", work->kernel,
                  level, gpu_info(gpu)->target);
    bool changed = false;
    for (uint32_t i = 0; i < OUT_BYTES && !changed; i++)
        changed = a[i] != pattern(i, 4);
    ck_assert_msg(changed, "%s did nothing", work->kernel);
    gpu_queue_destroy(queue[0]);
    gpu_queue_destroy(queue[1]);
    gpu_code_unload(code);
}

/* Unoptimised code, and what looks at hidden arguments, is compiled for the first two only. */
START_TEST(a_kernel_does_the_same_by_either_engine)
{
    struct gpu *gpu = gpu_at(sys, (unsigned)_i);
    for (unsigned i = 0; i < WORKS; i++) {
        if (_i < 2)
            compare(gpu, &works[i], "O0");
        if (_i < 2 || strcmp(works[i].object, "hidden"))
            compare(gpu, &works[i], "O3");
    }
}
END_TEST

START_TEST(scratch_grows_between_dispatches_of_one_batch)
{
    struct gpu *gpu = gpu_of(_i);
    struct gpu_code *small_code, *large_code;
    const struct gpu_kernel *small = load_kernel_at(gpu, "vector_add", "vector_add", "O0", &small_code);
    const struct gpu_kernel *large = load_kernel_at(gpu, "private_sort", "private_sort", "O0", &large_code);
    if (!small || !large)
        return;
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *in = make_buffer(gpu, GPU_VRAM, IN_BYTES), *out = make_buffer(gpu, GPU_GTT, OUT_BYTES);
    uint32_t *words = gpu_buffer_cpu(out);
    memset(gpu_buffer_cpu(in), 0, IN_BYTES);
    memset(words, 0xff, OUT_BYTES);
    for (unsigned i = 0; i < 128; i++)
        words[i] = 1000 - i;
    uint64_t va = gpu_buffer_va(out);
    start_work(queue, small, &works[0], gpu_buffer_va(in), va + 65536);
    start_work(queue, large, &(struct work){.grid = {1, 1, 1}, .group = {1, 1, 1}, .args = {OUT}}, 0, va);
    finish(queue, start_work(queue, small, &works[0], gpu_buffer_va(in), va + 131072));
    for (unsigned i = 0; i < 128; i++)
        ck_assert_uint_eq(words[i], 1000 - 127 + i);
    for (unsigned i = 0; i < 1000; i++) {
        ck_assert_uint_eq(words[65536 / 4 + i], 0);
        ck_assert_uint_eq(words[131072 / 4 + i], 0);
    }
}
END_TEST

START_TEST(scratch_that_cannot_be_had_kills_the_queue_with_a_reason)
{
    struct gpu *gpu = gpu_of(_i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "private_sort", "private_sort", &code);
    if (!kernel)
        return;
    struct gpu_queue *queue = queue_of(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 64 << 10), *hog;
    uint64_t used, total;
    OK(gpu_memory(gpu, true, &used, &total));
    OK(gpu_buffer_create(gpu, GPU_VRAM, total, &hog));
    for (uint64_t step = total; step >= 4096; step /= 2)
        while (gpu_buffer_capacity(hog) + step <= total &&
               gpu_buffer_reserve(hog, gpu_buffer_capacity(hog) + step) == 0)
            ;
    uint64_t seq = dispatch(queue, kernel, 64, 64, (const uint64_t[]){gpu_buffer_va(buf)});
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), ENOMEM);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "scratch"));
    ck_assert_int_eq(gpu_lost(gpu), 0);
}
END_TEST

START_TEST(pm4_queues_keep_their_timeline_beyond_32_bits)
{
    struct gpu_queue *queue = queue_of(_i), *other = queue_on(gpu_of(_i), !(_i & 1), 0);
    queue_start_at(queue, 0xfffffffe);
    uint64_t seq =
        submit(other, (struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = queue, .value = 0x100000001});
    for (unsigned i = 0; i < 2; i++)
        run(queue, &(struct gpu_command){.op = GPU_NOP});
    FAILS(gpu_queue_wait(other, seq, 1000000), ETIME);
    run(queue, &(struct gpu_command){.op = GPU_NOP});
    finish(other, seq);
}
END_TEST

static int count_gpus(void)
{
    const char *models = getenv("KFDFS_SIM");
    int n = 1;
    for (; models && *models; models++)
        n += *models == '+';
    return n;
}

int main(void)
{
    Suite *suite = suite_create("compute");
    TCase *tcase = system_case(suite, "queues");
    int gpus = count_gpus();
    tcase_add_loop_test(tcase, write_signal_timestamp_and_waits_do_what_they_say, 0, 2 * gpus);
    tcase_add_loop_test(tcase, a_write_that_the_queue_has_no_room_for_is_refused, 0, 2);
    tcase_add_loop_test(tcase, a_wait_for_memory_holds_the_queue_until_it_holds, 0, 2 * gpus);
    tcase_add_loop_test(tcase, a_timestamp_is_as_exact_as_the_driver_says, 0, 2 * gpus);
    tcase_add_loop_test(tcase, a_wait_of_the_cpu_has_a_deadline_and_can_be_cancelled, 0, 4);
    tcase_add_loop_test(tcase, thousands_of_commands_go_round_a_small_ring, 0, 4);
    tcase_add_loop_test(tcase, the_gpu_waits_for_any_queue_of_any_gpu, 0, 18);
    tcase_add_loop_test(tcase, a_waiter_goes_on_when_the_other_queue_goes_and_is_told, 0, 2 * gpus);
    tcase_add_loop_test(tcase, an_endless_wait_is_preempted_with_its_queue, 0, 4);
    tcase_add_loop_test(tcase, a_kernel_does_the_same_by_either_engine, 0, gpus);
    tcase_add_loop_test(tcase, scratch_grows_between_dispatches_of_one_batch, 0, 4);
    tcase_add_loop_test(tcase, scratch_that_cannot_be_had_kills_the_queue_with_a_reason, 3, 4);
    tcase_add_loop_test(tcase, pm4_queues_keep_their_timeline_beyond_32_bits, 0, 4);
    return run_gpu_suite(suite);
}
