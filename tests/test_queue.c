/*
 * test_queue.c - SDMA queues: every command, odd sizes, full rings, order, waiting across queues and GPUs.
 */
#include <sched.h>

#include "gpu_test.h"

#define MIB (UINT64_C(1) << 20)

struct tally { /* what the callbacks saw */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned submitted, done, errors;
    uint64_t last_seq, last_end;
    int last_error;
    bool out_of_order, time_went_back, done_before_submitted;
    unsigned expected; /* of one batch */
};
#define TALLY                                                                  \
    {                                                                          \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER \
    }

static void count_submitted(void *ctx)
{
    struct tally *tally = ctx;
    pthread_mutex_lock(&tally->lock);
    tally->submitted++;
    if (tally->expected && tally->done >= tally->expected)
        tally->done_before_submitted = true;
    pthread_mutex_unlock(&tally->lock);
}

static void count_done(void *ctx, const struct gpu_result *result)
{
    struct tally *tally = ctx;
    pthread_mutex_lock(&tally->lock);
    tally->done++;
    if (result->error) {
        tally->errors++;
        tally->last_error = result->error;
    } else {
        if (result->start_ns < tally->last_end || result->end_ns < result->start_ns || !result->start_ns)
            tally->time_went_back = true;
        tally->last_end = result->end_ns;
    }
    if (tally->last_seq && result->seq != tally->last_seq + 1)
        tally->out_of_order = true;
    tally->last_seq = result->seq;
    pthread_cond_broadcast(&tally->changed);
    pthread_mutex_unlock(&tally->lock);
}

static const struct gpu_job counting = {.submitted = count_submitted, .done = count_done};

START_TEST(a_new_queue_is_idle)
{
    struct gpu_queue_state state;
    struct gpu_queue *queue = make_queue(gpu_at(sys, _i), GPU_QUEUE_SDMA, 0);
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.submitted, 0);
    ck_assert_uint_eq(state.completed, 0);
    ck_assert_int_eq(state.error, 0);
    ck_assert_uint_gt(state.ring_bytes, 0);
    gpu_queue_destroy(queue);
    gpu_queue_destroy(NULL);
}
END_TEST

START_TEST(each_engine_can_be_chosen)
{
    struct gpu *gpu = gpu_at(sys, _i);
    int engines = (int)(gpu_info(gpu)->sdma_engines + gpu_info(gpu)->sdma_xgmi_engines);
    for (int engine = 0; engine < engines; engine++) {
        struct gpu_queue *queue;
        struct gpu_queue_state state;
        OK(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = engine},
                            &queue));
        gpu_queue_state(queue, &state);
        ck_assert_int_eq(state.engine, engine);
        run(queue, &(struct gpu_command){.op = GPU_NOP});
        gpu_queue_destroy(queue);
    }
}
END_TEST

START_TEST(slots_run_out_with_an_error_and_come_back)
{
    struct gpu_queue *queues[64];
    struct gpu *gpu = gpu_at(sys, 1);
    unsigned n = 0;
    int rc = 0;
    struct gpu_queue_options options = {.kind = GPU_QUEUE_SDMA, .engine = 0, .ring_bytes = 4096};
    while (n < 64 && (rc = gpu_queue_create(gpu, &options, &queues[n])) == 0)
        n++;
    ck_assert_uint_eq(n, gpu_info(gpu)->sdma_queues_per_engine);
    ck_assert(rc == -ENOMEM || rc == -ENOSPC);
    gpu_queue_destroy(queues[--n]);
    OK(gpu_queue_create(gpu, &options, &queues[n]));
}
END_TEST

START_TEST(copies_of_any_size_and_alignment_are_exact)
{
    static const uint64_t sizes[] = {
        1, 2, 3, 4, 5, 63, 64, 65, 4095, 4096, 4097, 0x3fefff, 0x3ff000, 0x3ff001, 2 * 0x3ff000 + 7};
    static const unsigned shifts[] = {0, 1, 3, 4, 31, 4095};
    struct gpu *gpu = gpu_at(sys, _i);
    uint64_t room = 12 * MIB;
    struct gpu_buffer *a = make_buffer(gpu, GPU_VRAM, room), *b = make_buffer(gpu, GPU_GTT, room);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    const uint8_t *from = gpu_buffer_cpu(a), *to = gpu_buffer_cpu(b);
    fill_pattern(a, room, 1);
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (unsigned k = 0; k < 6; k++) {
            uint64_t src = shifts[k], dst = shifts[5 - k] + 64, bytes = sizes[s];
            memset(gpu_buffer_cpu(b), 0xcc, bytes + dst + 64);
            run(queue, &(struct gpu_command){.op = GPU_COPY,
                                             .dst = gpu_buffer_va(b) + dst,
                                             .src = gpu_buffer_va(a) + src,
                                             .bytes = bytes});
            ck_assert_msg(!memcmp(to + dst, from + src, bytes), "%" PRIu64 " bytes, %u", bytes, k);
            ck_assert_uint_eq(to[dst - 1], 0xcc);
            ck_assert_uint_eq(to[dst + bytes], 0xcc);
        }
}
END_TEST

START_TEST(a_copy_of_nothing_is_done)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, _i), GPU_QUEUE_SDMA, 0);
    run(queue, &(struct gpu_command){.op = GPU_COPY, .dst = 4096, .src = 8192, .bytes = 0});
}
END_TEST

START_TEST(fill_write_signal_timestamp_and_atomics_do_what_they_say)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 8 * MIB);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 4096);
    uint32_t *words = gpu_buffer_cpu(buf), data[3000];
    uint64_t va = gpu_buffer_va(buf);
    memset(words, 0, 8 * MIB);
    run(queue, &(struct gpu_command){.op = GPU_FILL, .dst = va + 4, .value = 0x12345678, .bytes = 5 * MIB});
    ck_assert_uint_eq(words[0], 0);
    ck_assert_uint_eq(words[1], 0x12345678);
    ck_assert_int_eq(memcmp(words + 1, words + 2, 5 * MIB - 4), 0); /* so all are alike */
    ck_assert_uint_eq(words[5 * MIB / 4 + 1], 0);
    for (unsigned i = 0; i < 3000; i++)
        data[i] = i * 7;
    run(queue, &(struct gpu_command){.op = GPU_WRITE, .dst = va + 8, .data = data, .bytes = sizeof data});
    ck_assert_int_eq(memcmp(words + 2, data, sizeof data), 0);
    run(queue, &(struct gpu_command){.op = GPU_SIGNAL, .dst = va, .value = 77});
    ck_assert_uint_eq(words[0], 77);
    uint64_t stamp[2];
    for (unsigned i = 0; i < 2; i++) {
        run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = va + 64});
        memcpy(&stamp[i], words + 16, 8);
    }
    ck_assert_uint_gt(stamp[0], 0);
    ck_assert_uint_gt(stamp[1], stamp[0]);
}
END_TEST

START_TEST(atomics_are_of_64_bits)
{
    static const struct {
        enum gpu_atomic op;
        uint64_t before, value, after;
    } rows[] = {{GPU_ADD, 0xffffffff, 1, UINT64_C(1) << 32},
                {GPU_SUB, UINT64_C(1) << 32, 1, 0xffffffff},
                {GPU_AND, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00},
                {GPU_OR, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0},
                {GPU_XOR, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0},
                {GPU_MIN, 0x8000000000000000, 5, 5},
                {GPU_MAX, 0x8000000000000000, 5, 0x8000000000000000},
                {GPU_SWAP, 1, 0x123456789abcdef0, 0x123456789abcdef0}};
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint64_t *word = gpu_buffer_cpu(buf);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        *word = rows[i].before;
        run(queue,
            &(struct gpu_command){
                .op = GPU_ATOMIC, .dst = gpu_buffer_va(buf), .value = rows[i].value, .atomic = rows[i].op});
        ck_assert_msg(*word == rows[i].after, "atomic %u: 0x%" PRIx64, i, *word);
    }
}
END_TEST

START_TEST(thousands_of_commands_go_round_a_small_ring_in_order)
{
    enum { ROUNDS = 40, BATCH = 100 };
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, MIB);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 4096);
    struct tally tally = TALLY;
    struct gpu_command batch[BATCH];
    uint64_t first, expected = 1, va = gpu_buffer_va(buf), *words = gpu_buffer_cpu(buf);
    memset(words, 0, MIB);
    for (unsigned round = 0; round < ROUNDS; round++) {
        /* a chain: each command needs what the one before it did */
        for (unsigned i = 0; i < BATCH; i++)
            batch[i] =
                (struct gpu_command){.op = GPU_COPY, .dst = va + 8 * (i + 1), .src = va + 8 * i, .bytes = 8};
        batch[BATCH - 1] = (struct gpu_command){.op = GPU_ATOMIC, .dst = va, .value = 1, .atomic = GPU_ADD};
        OK(gpu_queue_submit(queue, batch, BATCH, &counting, &tally, &first));
        ck_assert_uint_eq(first, expected);
        expected += BATCH;
    }
    OK(gpu_queue_wait(queue, ROUNDS * BATCH, TEST_LIMIT_NS));
    ck_assert_uint_eq(words[0], ROUNDS);
    ck_assert_uint_eq(words[BATCH - 1], ROUNDS - 1);
    ck_assert_uint_eq(tally.done, ROUNDS * BATCH);
    ck_assert_uint_eq(tally.submitted, ROUNDS);
    ck_assert_uint_eq(tally.errors, 0);
    ck_assert(!tally.out_of_order);
    ck_assert(!tally.time_went_back);
    struct gpu_queue_state state;
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.submitted, ROUNDS * BATCH);
    ck_assert_uint_eq(state.completed, ROUNDS * BATCH);
    ck_assert_uint_gt(state.write_pointer, 40 * 4096);
}
END_TEST

START_TEST(a_batch_larger_than_the_ring_is_taken_whole_and_at_once)
{
    enum { N = 3000 };
    struct gpu_queue *queue = make_queue(gpu_at(sys, _i), GPU_QUEUE_SDMA, 4096);
    struct gpu_command *batch = calloc(N, sizeof *batch);
    struct tally tally = TALLY;
    uint64_t first;
    tally.expected = N;
    OK(gpu_queue_submit(queue, batch, N, &counting, &tally, &first));
    OK(gpu_queue_wait(queue, N, TEST_LIMIT_NS));
    ck_assert_uint_eq(tally.done, N);
    ck_assert_uint_eq(tally.submitted, 1);
    ck_assert(!tally.done_before_submitted);
    free(batch);
}
END_TEST

START_TEST(a_command_larger_than_the_ring_goes_in_parts)
{
    struct gpu *gpu = gpu_at(sys, _i);
    uint64_t bytes = 64 * MIB;
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, MIB);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 4096);
    uint32_t *data = malloc(bytes / 64), *words = gpu_buffer_cpu(buf);
    for (unsigned i = 0; i < bytes / 256; i++)
        data[i] = i ^ 0x5555;
    run(queue,
        &(struct gpu_command){.op = GPU_WRITE, .dst = gpu_buffer_va(buf), .data = data, .bytes = bytes / 64});
    ck_assert_int_eq(memcmp(words, data, bytes / 64), 0);
    free(data);
}
END_TEST

START_TEST(bad_commands_refuse_the_whole_batch)
{
    static const struct gpu_command bad[] = {
        {.op = GPU_FILL, .dst = 4096, .bytes = 6},
        {.op = GPU_FILL, .dst = 4098, .bytes = 8},
        {.op = GPU_WRITE, .dst = 4096, .bytes = 3, .data = "abc"},
        {.op = GPU_TIMESTAMP, .dst = 4100},
        {.op = GPU_ATOMIC, .dst = 4100},
        {.op = GPU_WAIT_MEM, .dst = 4097},
        {.op = GPU_SIGNAL, .dst = 4097},
        {.op = GPU_COPY, .dst = 4096, .src = 4100, .bytes = 8},
        {.op = GPU_WAIT_QUEUE},
        {.op = (enum gpu_op)99},
    };
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    uint64_t first = 42;
    struct gpu_queue_state state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct gpu_command batch[2] = {{.op = GPU_NOP}, bad[i]};
        FAILS(gpu_queue_submit(queue, batch, 2, NULL, NULL, &first), EINVAL);
    }
    FAILS(gpu_queue_submit(queue, bad, 0, NULL, NULL, &first), EINVAL);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_BARRIER}, 1, NULL, NULL, &first),
          EOPNOTSUPP);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = queue, .value = 1}, 1,
                           NULL, NULL, &first),
          EDEADLK);
    ck_assert_uint_eq(first, 42);
    gpu_queue_state(queue, &state);
    ck_assert_uint_eq(state.submitted, 0);
}
END_TEST

START_TEST(the_gpu_waits_for_memory)
{
    static const struct {
        enum gpu_compare compare;
        uint32_t before, after;
    } rows[] = {{GPU_EQ, 6, 7}, {GPU_NE, 7, 8}, {GPU_LT, 7, 6},
                {GPU_LE, 8, 7}, {GPU_GT, 7, 8}, {GPU_GE, 6, 7}};
    struct gpu *gpu = gpu_at(sys, _i % 2);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    _Atomic uint32_t *word = gpu_buffer_cpu(buf);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t seq;
        struct gpu_command wait = {.op = GPU_WAIT_MEM,
                                   .dst = gpu_buffer_va(buf),
                                   .compare = rows[i].compare,
                                   .value = 7,
                                   .mask = 0xff};
        atomic_store(word, rows[i].before | 0x700);
        OK(gpu_queue_submit(queue, &wait, 1, NULL, NULL, &seq));
        FAILS(gpu_queue_wait(queue, seq, 20000000), ETIME);
        atomic_store(word, rows[i].after | 0x300);
        OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    }
}
END_TEST

/* Kinds of the waiting and of the awaited queue, on different GPUs or the same one. */
START_TEST(a_queue_waits_for_another_on_the_gpu)
{
    enum gpu_queue_kind kinds[2] = {_i & 1 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA,
                                    _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA};
    struct gpu *a = gpu_at(sys, 0), *b = gpu_at(sys, _i & 4 ? 1 : 0);
    struct gpu_queue *waiter = make_queue(a, kinds[0], 0), *awaited = make_queue(b, kinds[1], 0);
    struct gpu_buffer *buf = make_buffer(b, GPU_GTT, 4096);
    _Atomic uint32_t *word = gpu_buffer_cpu(buf);
    for (unsigned round = 0; round < 5; round++) {
        uint64_t seq, last;
        atomic_store(word, 0);
        /* the future first: the awaited command is not submitted yet */
        struct gpu_command wait = {.op = GPU_WAIT_QUEUE, .queue = awaited, .value = 3 * round + 3};
        OK(gpu_queue_submit(waiter, &wait, 1, NULL, NULL, &seq));
        struct gpu_command work[3] = {{.op = GPU_NOP},
                                      {.op = GPU_WAIT_MEM,
                                       .dst = gpu_buffer_va(buf),
                                       .compare = GPU_EQ,
                                       .value = 1,
                                       .mask = UINT32_MAX},
                                      {.op = GPU_NOP}};
        OK(gpu_queue_submit(awaited, work, 3, NULL, NULL, &last));
        FAILS(gpu_queue_wait(waiter, seq, 10000000), ETIME);
        atomic_store(word, 1);
        OK(gpu_queue_wait(waiter, seq, TEST_LIMIT_NS));
        OK(gpu_queue_wait(awaited, last + 2, TEST_LIMIT_NS));
        run(waiter, &wait); /* what is past is no wait */
    }
}
END_TEST

START_TEST(bytes_go_from_gpu_to_gpu)
{
    struct gpu *a = gpu_at(sys, _i & 1), *b = gpu_at(sys, !(_i & 1));
    if (!gpu_reaches(a, b))
        return;
    struct gpu_buffer *from = make_buffer(a, GPU_VRAM, 2 * MIB), *to = make_buffer(b, GPU_VRAM, 2 * MIB);
    struct gpu_queue *queue = make_queue(_i & 2 ? a : b, GPU_QUEUE_SDMA, 0);
    fill_pattern(from, 2 * MIB, 5);
    run(queue, &(struct gpu_command){
                   .op = GPU_COPY, .dst = gpu_buffer_va(to), .src = gpu_buffer_va(from), .bytes = 2 * MIB});
    ck_assert_int_eq(memcmp(gpu_buffer_cpu(from), gpu_buffer_cpu(to), 2 * MIB), 0);
}
END_TEST

START_TEST(destroying_cancels_what_is_left)
{
    struct gpu *gpu = gpu_at(sys, _i & 1);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 4096);
    struct tally tally = TALLY;
    struct gpu_command work[500] = {{.op = GPU_NOP}};
    memset(gpu_buffer_cpu(buf), 0, 4096);
    work[3] = (struct gpu_command){
        .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = UINT32_MAX};
    OK(gpu_queue_submit(queue, work, 500, &counting, &tally, NULL));
    OK(gpu_queue_wait(queue, 3, TEST_LIMIT_NS));
    gpu_queue_destroy(queue);
    ck_assert_uint_eq(tally.done, 500);
    ck_assert_uint_eq(tally.errors, 497);
    ck_assert_int_eq(tally.last_error, -ECANCELED);
    ck_assert(!tally.out_of_order);
}
END_TEST

struct waiting {
    struct gpu_queue *queue;
    uint64_t seq;
    int rc;
    atomic_bool started;
};

static void *wait_for(void *arg)
{
    struct waiting *waiting = arg;
    atomic_store(&waiting->started, true);
    waiting->rc = gpu_queue_wait(waiting->queue, waiting->seq, 0);
    return NULL;
}

START_TEST(who_waits_is_told_that_the_queue_goes)
{
    struct gpu *gpu = gpu_at(sys, 0);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct waiting waiting = {.queue = make_queue(gpu, GPU_QUEUE_SDMA, 0), .seq = 1};
    pthread_t thread;
    memset(gpu_buffer_cpu(buf), 0, 4096);
    OK(gpu_queue_submit(
        waiting.queue,
        &(struct gpu_command){
            .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = 1},
        1, NULL, NULL, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for, &waiting), 0);
    while (!atomic_load(&waiting.started))
        sched_yield();
    FAILS(gpu_queue_wait(waiting.queue, 1, 10000000), ETIME); /* time for the thread to get there */
    gpu_queue_destroy(waiting.queue);
    pthread_join(thread, NULL);
    ck_assert_int_eq(waiting.rc, -ECANCELED);
}
END_TEST

START_TEST(waiters_go_on_when_the_awaited_queue_goes)
{
    struct gpu_queue *waiter =
        make_queue(gpu_at(sys, _i & 1), _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    struct gpu_queue *awaited = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    struct tally tally = TALLY;
    struct gpu_command work[2] = {{.op = GPU_WAIT_QUEUE, .queue = awaited, .value = 5}, {.op = GPU_NOP}};
    run(awaited, &(struct gpu_command){.op = GPU_NOP});
    OK(gpu_queue_submit(waiter, work, 2, &counting, &tally, NULL));
    FAILS(gpu_queue_wait(waiter, 1, 10000000), ETIME);
    gpu_queue_destroy(awaited);
    OK(gpu_queue_wait(waiter, 2, TEST_LIMIT_NS));
    ck_assert_uint_eq(tally.errors, 1);
    ck_assert_int_eq(tally.last_error, -EOWNERDEAD);
    run(waiter, &(struct gpu_command){.op = GPU_NOP});
}
END_TEST

static void *submit_many(void *arg)
{
    struct gpu_queue *queue = arg;
    for (int i = 0; i < 200; i++)
        OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, NULL));
    return NULL;
}

/* ---- the event thread held up in a done() ---- */

struct held {
    struct tally tally; /* done: the event thread is inside */
    bool release;
};

static void hold_done(void *ctx, const struct gpu_result *result)
{
    struct held *held = ctx;
    count_done(&held->tally, result);
    pthread_mutex_lock(&held->tally.lock);
    while (!held->release)
        pthread_cond_wait(&held->tally.changed, &held->tally.lock);
    pthread_mutex_unlock(&held->tally.lock);
}

static void hold(struct gpu_queue *queue, struct held *held)
{
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, &(struct gpu_job){.done = hold_done},
                        held, NULL));
    pthread_mutex_lock(&held->tally.lock);
    while (!held->tally.done)
        pthread_cond_wait(&held->tally.changed, &held->tally.lock);
    pthread_mutex_unlock(&held->tally.lock);
}

static void let_go(struct held *held)
{
    pthread_mutex_lock(&held->tally.lock);
    held->release = true;
    pthread_cond_broadcast(&held->tally.changed);
    pthread_mutex_unlock(&held->tally.lock);
}

START_TEST(who_waits_sees_himself_what_the_gpu_has_done)
{
    struct held held = {.tally = TALLY};
    struct gpu_queue *other = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), _i ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    uint64_t seq;
    hold(other, &held);
    for (int i = 0; i < 100; i++) {
        OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq));
        int rc;
        while ((rc = gpu_queue_wait(queue, seq, 1000000)) == -ETIME)
            ;
        ck_assert_int_eq(rc, 0);
    }
    let_go(&held);
    gpu_queue_destroy(queue);
    gpu_queue_destroy(other);
}
END_TEST

START_TEST(no_wait_ends_before_those_called_for_earlier_commands_have_returned)
{
    struct held held = {.tally = TALLY};
    struct tally tally = TALLY;
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    struct gpu_buffer *buffer = make_buffer(gpu_at(sys, 0), GPU_GTT, 4096);
    volatile uint32_t *word = gpu_buffer_cpu(buffer);
    uint64_t seq;
    *word = 0;
    hold(queue, &held);
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq));
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, &counting, &tally, NULL));
    OK(gpu_queue_submit(queue,
                        &(struct gpu_command){.op = GPU_SIGNAL, .dst = gpu_buffer_va(buffer), .value = 1}, 1,
                        NULL, NULL, NULL));
    while (!*word) /* all before it is done */
        sched_yield();
    for (uint64_t i = 0; i < 3; i++)
        ck_assert_int_eq(gpu_queue_wait(queue, seq + i, 1000000), -ETIME);
    let_go(&held);
    OK(gpu_queue_wait(queue, seq + 2, 0));
    ck_assert_uint_eq(tally.done, 1);
    gpu_queue_destroy(queue);
    gpu_buffer_free(buffer);
}
END_TEST

START_TEST(threads_may_submit_to_one_queue_at_once)
{
    pthread_t threads[4];
    struct gpu_queue *queue =
        make_queue(gpu_at(sys, _i & 1), _i & 2 ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 4096);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_many, queue), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    OK(gpu_queue_wait(queue, 800, TEST_LIMIT_NS));
}
END_TEST

START_TEST(a_compute_queue_refuses_what_it_cannot_do)
{
    static const enum gpu_op ops[] = {GPU_COPY, GPU_FILL};
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_COMPUTE, 0);
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++)
        FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = ops[i], .dst = 4096}, 1, NULL, NULL, NULL),
              EOPNOTSUPP);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_DISPATCH}, 1, NULL, NULL, NULL), EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = system_case(suite, "queues");
    tcase_add_loop_test(tcase, a_new_queue_is_idle, 0, 2);
    tcase_add_loop_test(tcase, each_engine_can_be_chosen, 0, 2);
    tcase_add_test(tcase, slots_run_out_with_an_error_and_come_back);
    tcase_add_loop_test(tcase, copies_of_any_size_and_alignment_are_exact, 0, 2);
    tcase_add_loop_test(tcase, a_copy_of_nothing_is_done, 0, 2);
    tcase_add_loop_test(tcase, fill_write_signal_timestamp_and_atomics_do_what_they_say, 0, 2);
    tcase_add_loop_test(tcase, atomics_are_of_64_bits, 0, 2);
    tcase_add_loop_test(tcase, thousands_of_commands_go_round_a_small_ring_in_order, 0, 2);
    tcase_add_loop_test(tcase, a_batch_larger_than_the_ring_is_taken_whole_and_at_once, 0, 2);
    tcase_add_loop_test(tcase, a_command_larger_than_the_ring_goes_in_parts, 0, 2);
    tcase_add_test(tcase, bad_commands_refuse_the_whole_batch);
    tcase_add_loop_test(tcase, the_gpu_waits_for_memory, 0, 4);
    tcase_add_loop_test(tcase, a_queue_waits_for_another_on_the_gpu, 0, 8);
    tcase_add_loop_test(tcase, bytes_go_from_gpu_to_gpu, 0, 4);
    tcase_add_loop_test(tcase, destroying_cancels_what_is_left, 0, 4);
    tcase_add_test(tcase, who_waits_is_told_that_the_queue_goes);
    tcase_add_loop_test(tcase, who_waits_sees_himself_what_the_gpu_has_done, 0, 2);
    tcase_add_test(tcase, no_wait_ends_before_those_called_for_earlier_commands_have_returned);
    tcase_add_loop_test(tcase, waiters_go_on_when_the_awaited_queue_goes, 0, 4);
    tcase_add_loop_test(tcase, threads_may_submit_to_one_queue_at_once, 0, 4);
    tcase_add_test(tcase, a_compute_queue_refuses_what_it_cannot_do);
    return run_gpu_suite(suite);
}
