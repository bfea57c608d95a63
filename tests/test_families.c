/*
 * test_families.c - every simulated card does everything: memory, each command of a copy queue, kernels, and
 * timelines past 2^32. What a family does otherwise stands in the rows of both sides; here they meet.
 */
#include "gpu_test.h"
#include "aql.h"
#include "sdma.h"

static const struct card {
    const char *model, *target;
    unsigned engines; /* SDMA, all */
} cards[] = {{"mi210", "gfx90a", 5},     {"mi300x", "gfx942", 16},    {"mi355x", "gfx950", 16},
             {"rx6900xt", "gfx1030", 4}, {"rx7900xtx", "gfx1100", 2}, {"radeon8060s", "gfx1151", 1},
             {"rx9070xt", "gfx1201", 2}};
/* The threads are the same on all: the thread sanitizer sees two. */
#ifdef __SANITIZE_THREAD__
enum { FIRST = 4, LAST = 6 };
#else
enum { FIRST = 0, LAST = sizeof cards / sizeof *cards };
#endif

static struct gpu *open_card(int i)
{
    setenv("KFDFS_SIM", cards[i].model, 1);
    open_system();
    return gpu_at(sys, 0);
}

static uint64_t *words_of(struct gpu_buffer *buf)
{
    return gpu_buffer_cpu(buf);
}

START_TEST(a_card_is_what_its_row_says)
{
    const struct gpu_info *info = gpu_info(open_card(_i));
    ck_assert_str_eq(info->target, cards[_i].target);
    ck_assert_uint_eq(info->sdma_engines + info->sdma_xgmi_engines, cards[_i].engines);
    ck_assert(info->cpu_visible);
    ck_assert_uint_gt(info->vram_bytes, 0);
    close_system();
}
END_TEST

/* An APU's own share is small: newer kernels hand out the host's memory instead. */
START_TEST(memory_in_use_follows_allocation)
{
    struct gpu *gpu = open_card(_i);
    uint64_t before, after, total, bytes = 64 << 20;
    OK(gpu_memory(gpu, true, &before, &total));
    ck_assert_uint_ge(total, gpu_info(gpu)->vram_bytes);
    make_buffer(gpu, GPU_VRAM, bytes);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_ge(after, before + bytes);
    close_system();
}
END_TEST

START_TEST(an_apu_lends_the_hosts_memory)
{
    const struct gpu_info *info = gpu_info(open_card(5));
    ck_assert_uint_eq(info->vram_bytes, info->gtt_bytes);
    close_system();
}
END_TEST

/* Before 6.12 only its own share. */
START_TEST(an_apu_on_an_older_kernel_has_its_own_share)
{
    setenv("KFDFS_SIM_OPTS", "kfd=1.14", 1);
    const struct gpu_info *info = gpu_info(open_card(5));
    ck_assert_uint_eq(info->vram_bytes, 512 << 20);
    close_system();
}
END_TEST

/* More than a packet of it. */
START_TEST(one_copy_goes_to_two_places)
{
    enum { BYTES = (4 << 20) + 12345 };
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *from = make_buffer(gpu, GPU_VRAM, BYTES), *to = make_buffer(gpu, GPU_VRAM, BYTES + 8),
                      *too = make_buffer(gpu, GPU_GTT, BYTES + 8);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_command both = {.op = GPU_COPY,
                               .src = gpu_buffer_va(from),
                               .dst = gpu_buffer_va(to) + 1,
                               .dst2 = gpu_buffer_va(too) + 3,
                               .bytes = BYTES};
    fill_pattern(from, BYTES, 3);
    run(queue, &both);
    ck_assert_int_eq(memcmp(gpu_buffer_cpu(from), (uint8_t *)gpu_buffer_cpu(to) + 1, BYTES), 0);
    ck_assert_int_eq(memcmp(gpu_buffer_cpu(from), (uint8_t *)gpu_buffer_cpu(too) + 3, BYTES), 0);
    both.dst2 = both.dst + BYTES - 1;
    FAILS(gpu_queue_check(queue, &both), EINVAL);
    close_system();
}
END_TEST

START_TEST(a_fill_may_be_of_any_bytes)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint8_t *bytes = gpu_buffer_cpu(buf);
    memset(bytes, 1, 64);
    gpu_buffer_cpu_wrote(buf);
    run(queue, &(struct gpu_command){
                   .op = GPU_FILL_BYTES, .dst = gpu_buffer_va(buf) + 3, .value = 0xa5, .bytes = 7});
    ck_assert_uint_eq(bytes[2], 1);
    for (unsigned i = 3; i < 10; i++)
        ck_assert_uint_eq(bytes[i], 0xa5);
    ck_assert_uint_eq(bytes[10], 1);
    close_system();
}
END_TEST

/* Behind commands of different lengths, since it must end on a certain multiple, and round the ring. */
START_TEST(packets_in_memory_run_from_wherever_the_ring_is)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *code = make_buffer(gpu, GPU_GTT, 4096), *to = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue_options options = {.kind = GPU_QUEUE_SDMA, .engine = 0, .ring_bytes = 4096};
    struct gpu_queue *queue;
    OK(gpu_queue_create(gpu, &options, &queue));
    struct gpu_command indirect = {.op = GPU_INDIRECT, .src = gpu_buffer_va(code)};
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t *end = sdma_write(gpu_buffer_cpu(code), gpu_buffer_va(to) + i * 4, &i, 1);
        indirect.bytes = (uint64_t)(end - (uint32_t *)gpu_buffer_cpu(code)) * 4;
        gpu_buffer_cpu_wrote(code);
        run(queue, &(struct gpu_command){.op = GPU_SIGNAL, .dst = gpu_buffer_va(to) + 2048, .value = i});
        for (uint32_t k = 0; k < i % 5; k++)
            run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = gpu_buffer_va(to) + 3072});
        run(queue, &indirect);
        ck_assert_uint_eq(((uint32_t *)gpu_buffer_cpu(to))[i], i);
    }
    indirect.src += 4;
    FAILS(gpu_queue_check(queue, &indirect), EINVAL);
    close_system();
}
END_TEST

static void run_raw(struct gpu_queue *queue, const uint32_t *packets, const uint32_t *end)
{
    run(queue, &(struct gpu_command){
                   .op = GPU_RAW, .data = packets, .bytes = (uint64_t)(end - packets) * sizeof *packets});
}

START_TEST(packets_run_on_a_condition_alone)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint32_t packets[64], *words = gpu_buffer_cpu(buf);
    uint64_t va = gpu_buffer_va(buf);
    words[0] = 1;
    words[1] = words[2] = words[3] = 0;
    gpu_buffer_cpu_wrote(buf);
    uint32_t *p = sdma_cond(packets, va, 1, SDMA_WRITE_DWORDS + 1);
    p = sdma_write(p, va + 4, &(uint32_t){11}, 1);
    p = sdma_cond(p, va, 2, SDMA_WRITE_DWORDS + 1);
    p = sdma_write(p, va + 8, &(uint32_t){22}, 1);
    p = sdma_hdp_flush(p);
    run_raw(queue, packets, sdma_write(p, va + 12, &(uint32_t){33}, 1));
    ck_assert_uint_eq(words[1], 11);
    ck_assert_uint_eq(words[2], 0);
    ck_assert_uint_eq(words[3], 33);
    close_system();
}
END_TEST

START_TEST(copies_and_fills_arrive)
{
    enum { BYTES = 1 << 19, ODD = 123457 };
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *from = make_buffer(gpu, GPU_VRAM, BYTES), *to = make_buffer(gpu, GPU_GTT, BYTES);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    fill_pattern(from, BYTES, 7);
    run(queue,
        &(struct gpu_command){.op = GPU_FILL, .dst = gpu_buffer_va(to), .value = 0xa5a55a5a, .bytes = BYTES});
    run(queue,
        &(struct gpu_command){
            .op = GPU_COPY, .dst = gpu_buffer_va(to) + 5, .src = gpu_buffer_va(from) + 3, .bytes = ODD});
    const uint8_t *is = gpu_buffer_cpu(to);
    ck_assert_uint_eq(is[4], 0x5a);
    unsigned wrong = 0;
    for (unsigned i = 0; i < ODD; i++)
        wrong += is[5 + i] != pattern(i + 3, 7);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(is[BYTES - 1], 0xa5);
    close_system();
}
END_TEST

/* Wider, taller and of an odder size than one packet takes. */
START_TEST(rectangles_move_their_rows_and_nothing_else)
{
    static const struct {
        uint64_t bytes, rows, src_pitch, dst_pitch;
    } shapes[] = {{64, 5, 256, 512}, {20001, 3, 20004, 20008}, {4, 17000, 8, 12}, {7, 9, 12, 8}};
    enum { BYTES = 1 << 18 };
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *from = make_buffer(gpu, GPU_VRAM, BYTES), *to = make_buffer(gpu, GPU_GTT, BYTES);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 4096);
    fill_pattern(from, BYTES, 3);
    for (unsigned k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        const struct gpu_command c = {.op = GPU_COPY_RECT,
                                      .dst = gpu_buffer_va(to) + 16,
                                      .src = gpu_buffer_va(from) + 4,
                                      .bytes = shapes[k].bytes,
                                      .rows = shapes[k].rows,
                                      .src_pitch = shapes[k].src_pitch,
                                      .dst_pitch = shapes[k].dst_pitch};
        unsigned wrong = 0;
        const uint8_t *is = gpu_buffer_cpu(to);
        memset(gpu_buffer_cpu(to), 0xee, BYTES);
        run(queue, &c);
        for (uint64_t i = 0; i < BYTES; i++) {
            uint64_t row = i < 16 ? c.rows : (i - 16) / c.dst_pitch, x = (i - 16) % c.dst_pitch;
            bool inside = row < c.rows && x < c.bytes;
            wrong += is[i] != (inside ? pattern(4 + row * c.src_pitch + x, 3) : 0xee);
        }
        ck_assert_msg(!wrong, "shape %u: %u bytes are wrong", k, wrong);
    }
    close_system();
}
END_TEST

START_TEST(rectangles_that_no_packet_can_describe_are_refused)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_command c = {.op = GPU_COPY_RECT,
                            .dst = 4096,
                            .src = 8192,
                            .bytes = 8,
                            .rows = 2,
                            .src_pitch = 16,
                            .dst_pitch = 16};
    OK(gpu_queue_check(queue, &c));
    c.src_pitch = 18;
    FAILS(gpu_queue_check(queue, &c), EINVAL);
    c.src_pitch = 4;
    FAILS(gpu_queue_check(queue, &c), EINVAL);
    c.src_pitch = UINT64_C(1) << 32;
    FAILS(gpu_queue_check(queue, &c), ERANGE);
    close_system();
}
END_TEST

START_TEST(single_packets_do_what_they_say)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint64_t *is = words_of(buf), va = gpu_buffer_va(buf);
    static const uint32_t data[] = {1, 2, 3};
    memset(is, 0, 4096);
    is[8] = 40;
    run(queue, &(struct gpu_command){.op = GPU_WRITE, .dst = va, .data = data, .bytes = sizeof data});
    run(queue, &(struct gpu_command){.op = GPU_ATOMIC, .dst = va + 64, .atomic = GPU_ADD, .value = 2});
    run(queue, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = va + 128});
    run(queue, &(struct gpu_command){.op = GPU_SIGNAL, .dst = va + 256, .value = 0xcafe});
    run(queue, &(struct gpu_command){
                   .op = GPU_WAIT_MEM, .dst = va + 256, .compare = GPU_EQ, .value = 0xfe, .mask = 0xff});
    ck_assert_uint_eq(is[0], UINT64_C(2) << 32 | 1);
    ck_assert_uint_eq(is[1], 3);
    ck_assert_uint_eq(is[8], 42);
    ck_assert_uint_ne(is[16], 0);
    ck_assert_uint_eq(is[32], 0xcafe);
    close_system();
}
END_TEST

/* Both counters wrap: the timeline's low word, and the ring many times over. */
START_TEST(timelines_survive_two_to_the_thirty_two_and_the_rings_end)
{
    enum { COMMANDS = 2000 };
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 4096);
    const uint64_t start = (UINT64_C(1) << 32) - COMMANDS / 2;
    uint64_t seq = 0;
    memset(gpu_buffer_cpu(buf), 0, 4096);
    queue_start_at(queue, start);
    for (unsigned i = 0; i < COMMANDS; i++)
        OK(gpu_queue_submit(
            queue,
            &(struct gpu_command){.op = GPU_ATOMIC, .dst = gpu_buffer_va(buf), .atomic = GPU_ADD, .value = 1},
            1, NULL, NULL, &seq));
    ck_assert_uint_eq(seq, start + COMMANDS);
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    ck_assert_uint_eq(*words_of(buf), COMMANDS);
    ck_assert_uint_eq(timeline_read(queue->timeline), seq);
    close_system();
}
END_TEST

START_TEST(every_engine_works)
{
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    for (unsigned engine = 0; engine < cards[_i].engines; engine++) {
        struct gpu_queue *queue;
        struct gpu_queue_state state;
        OK(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = (int)engine},
                            &queue));
        gpu_queue_state(queue, &state);
        ck_assert_int_eq(state.engine, (int)engine);
        run(queue, &(struct gpu_command){
                       .op = GPU_SIGNAL, .dst = gpu_buffer_va(buf) + 4 * engine, .value = engine + 1});
        ck_assert_uint_eq(((uint32_t *)gpu_buffer_cpu(buf))[engine], engine + 1);
    }
    close_system();
}
END_TEST

/* What the driver computes for kernels that do not publish it is what the newer ones publish. */
START_TEST(computed_context_sizes_are_those_that_are_published)
{
    struct gpu *gpu = open_card(_i);
    struct topology_node node = gpu->node;
    struct cwsr_sizes published, computed;
    cwsr_sizes(&node, gpu->target, &published);
    ck_assert_uint_eq(published.ctx_bytes, node.cwsr_size);
    node.cwsr_size = node.ctl_stack_size = 0;
    cwsr_sizes(&node, gpu->target, &computed);
    ck_assert_uint_eq(computed.ctx_bytes, published.ctx_bytes);
    ck_assert_uint_eq(computed.stack_bytes, published.stack_bytes);
    ck_assert_uint_eq(computed.total_bytes, published.total_bytes);
    close_system();
}
END_TEST

/* Interface 1.11: no engine by number, no sizes published, ioctls missing. */
START_TEST(the_oldest_kernel_will_do)
{
    enum { BYTES = 100000 };
    setenv("KFDFS_SIM_OPTS", "kfd=1.11", 1);
    struct gpu *gpu = open_card(_i);
    struct gpu_buffer *from = make_buffer(gpu, GPU_VRAM, BYTES), *to = make_buffer(gpu, GPU_GTT, BYTES);
    ck_assert_uint_eq(gpu->node.cwsr_size, 0);
    fill_pattern(from, BYTES, 9);
    for (int engine = (int)cards[_i].engines - 1; engine >= 0; engine--) {
        struct gpu_queue *queue;
        memset(gpu_buffer_cpu(to), 0, BYTES);
        OK(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = engine},
                            &queue));
        run(queue, &(struct gpu_command){
                       .op = GPU_COPY, .dst = gpu_buffer_va(to), .src = gpu_buffer_va(from), .bytes = BYTES});
        ck_assert_int_eq(memcmp(gpu_buffer_cpu(to), gpu_buffer_cpu(from), BYTES), 0);
    }
    run(make_queue(gpu, GPU_QUEUE_COMPUTE, 0), &(struct gpu_command){.op = GPU_NOP});
    close_system();
}
END_TEST

START_TEST(a_kernel_runs)
{
    enum { N = 5000 };
    struct gpu *gpu = open_card(_i);
    struct gpu_code *code;
    const struct gpu_kernel *add = load_kernel(gpu, "vector_add", "vector_add", &code);
    if (!add)
        return;
    struct gpu_buffer *a = make_buffer(gpu, GPU_VRAM, N * 4), *b = make_buffer(gpu, GPU_GTT, N * 4),
                      *sum = make_buffer(gpu, GPU_VRAM, N * 4);
    float *x = gpu_buffer_cpu(a), *y = gpu_buffer_cpu(b), *z = gpu_buffer_cpu(sum);
    for (unsigned i = 0; i < N; i++)
        x[i] = (float)i, y[i] = (float)(3 * i), z[i] = -1;
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    uint64_t seq = dispatch(queue, add, (N + 255) / 256 * 256, 256,
                            (uint64_t[]){gpu_buffer_va(a), gpu_buffer_va(b), gpu_buffer_va(sum), N});
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    for (unsigned i = 0; i < N; i++)
        ck_assert_msg(z[i] == (float)(4 * i), "%u: %f", i, (double)z[i]);
    close_system();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("families");
    TCase *tests = tcase_create("families");
    tcase_add_loop_test(tests, a_card_is_what_its_row_says, FIRST, LAST);
    tcase_add_loop_test(tests, memory_in_use_follows_allocation, FIRST, LAST);
    tcase_add_test(tests, an_apu_lends_the_hosts_memory);
    tcase_add_test(tests, an_apu_on_an_older_kernel_has_its_own_share);
    tcase_add_loop_test(tests, copies_and_fills_arrive, FIRST, LAST);
    tcase_add_loop_test(tests, one_copy_goes_to_two_places, FIRST, LAST);
    tcase_add_loop_test(tests, a_fill_may_be_of_any_bytes, FIRST, LAST);
    tcase_add_loop_test(tests, packets_in_memory_run_from_wherever_the_ring_is, FIRST, LAST);
    tcase_add_loop_test(tests, packets_run_on_a_condition_alone, FIRST, LAST);
    tcase_add_loop_test(tests, rectangles_move_their_rows_and_nothing_else, FIRST, LAST);
    tcase_add_loop_test(tests, rectangles_that_no_packet_can_describe_are_refused, FIRST, LAST);
    tcase_add_loop_test(tests, single_packets_do_what_they_say, FIRST, LAST);
    tcase_add_loop_test(tests, timelines_survive_two_to_the_thirty_two_and_the_rings_end, FIRST, LAST);
    tcase_add_loop_test(tests, every_engine_works, FIRST, LAST);
    tcase_add_loop_test(tests, computed_context_sizes_are_those_that_are_published, FIRST, LAST);
    tcase_add_loop_test(tests, the_oldest_kernel_will_do, FIRST, LAST);
    tcase_add_loop_test(tests, a_kernel_runs, FIRST, LAST);
    tcase_set_timeout(tests, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, tests);
    return run_gpu_suite(suite);
}
