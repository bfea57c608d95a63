/*
 * test_scratch.c - private memory of compute queues: its sizes, and kernels that need it.
 *
 * Expected sizes: by hand from ROCr amd_aql_queue.cpp (FillComputeTmpRingSize, its gfx11 and gfx12 kin).
 */
#include "gpu_test.h"

#include "aql.h"

static void fake(struct gpu *gpu, const char *target, uint32_t cus, uint32_t xccs, uint32_t arrays,
                 uint32_t arrays_per_engine)
{
    *gpu = (struct gpu){.target = target_by_name(target),
                        .info = {.cus = cus, .xccs = xccs},
                        .node = {.array_count = arrays,
                                 .simd_arrays_per_engine = arrays_per_engine,
                                 .max_slots_scratch_cu = 32}};
    ck_assert_ptr_nonnull(gpu->target);
}

START_TEST(every_xcc_gets_the_same_share)
{
    struct gpu gpu;
    struct scratch_layout layout;
    uint32_t slots;
    fake(&gpu, "gfx942", 304, 8, 32, 1);
    OK(scratch_plan(&gpu, 100, 64, 0, &layout, &slots));
    ck_assert_uint_eq(slots, 320 * 32);                        /* 304 CUs, rounded up to 32 engines */
    ck_assert_uint_eq(layout.total_bytes, 7168ull * 320 * 32); /* 6400 bytes a wave, in units of 1024 */
    ck_assert_uint_eq(layout.xcc_bytes, layout.total_bytes / 8);
    ck_assert_uint_eq(layout.tmpring_size, 1280 | 7 << 12);
    ck_assert_uint_eq(layout.lane64_bytes, 112);
}
END_TEST

START_TEST(from_gfx11_on_waves_count_per_engine_in_smaller_units)
{
    struct gpu gpu;
    struct scratch_layout layout;
    uint32_t slots;
    fake(&gpu, "gfx1100", 96, 1, 12, 2);
    OK(scratch_plan(&gpu, 100, 32, 0, &layout, &slots));
    ck_assert_uint_eq(slots, 96 * 32);
    ck_assert_uint_eq(layout.total_bytes, 3328ull * 96 * 32); /* 3200 bytes a wave, in units of 256 */
    ck_assert_uint_eq(layout.tmpring_size, 512 | 13 << 12);
    ck_assert_uint_eq(layout.lane64_bytes, 52);
}
END_TEST

START_TEST(fewer_waves_stay_a_multiple_of_the_engines)
{
    struct gpu gpu;
    struct scratch_layout layout;
    uint32_t slots;
    fake(&gpu, "gfx942", 304, 8, 32, 1);
    OK(scratch_plan(&gpu, 1024, 64, 1000, &layout, &slots));
    ck_assert_uint_eq(slots, 992);
    FAILS(scratch_plan(&gpu, 1024, 64, 31, &layout, &slots), ENOMEM);
}
END_TEST

START_TEST(more_than_a_wave_can_have_is_refused)
{
    struct gpu gpu;
    struct scratch_layout layout;
    uint32_t slots;
    fake(&gpu, "gfx1030", 80, 1, 8, 2);
    OK(scratch_plan(&gpu, 0x1fff * 16, 64, 0, &layout, &slots));
    FAILS(scratch_plan(&gpu, 0x1fff * 16 + 1, 64, 0, &layout, &slots), ERANGE);
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Each work-item sorts 128 numbers in private memory. */
static void sort(struct gpu *gpu, struct gpu_queue *queue, const struct gpu_kernel *kernel, uint32_t items)
{
    enum { N = 128 };
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, items * N * 4);
    uint32_t *data = gpu_buffer_cpu(buf), *expected = malloc(items * N * 4);
    for (uint32_t i = 0; i < items * N; i++)
        expected[i] = data[i] = (i * 2654435761u) ^ (i >> 3);
    gpu_buffer_cpu_wrote(buf);
    for (uint32_t i = 0; i < items; i++)
        qsort(expected + i * N, N, 4, compare);
    OK(gpu_queue_wait(queue, dispatch(queue, kernel, items, 64, (const uint64_t[]){gpu_buffer_va(buf)}),
                      TEST_LIMIT_NS));
    ck_assert_int_eq(memcmp(data, expected, items * N * 4), 0);
    free(expected);
    gpu_buffer_free(buf);
}

START_TEST(kernels_with_private_arrays_get_their_scratch)
{
    struct gpu *gpu = gpu_at(sys, _i & 1);
    struct gpu_code *code;
    const struct gpu_kernel *kernel =
        load_kernel_at(gpu, "private_sort", "private_sort", _i & 2 ? "O0" : "O3", &code);
    if (!kernel)
        return;
    ck_assert_uint_ge(kernel->scratch_bytes, 512);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    uint64_t before, after, total;
    OK(gpu_memory(gpu, true, &before, &total));
    for (unsigned i = 0; i < 3; i++)
        sort(gpu, queue, kernel, 128);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_gt(after, before);
    const struct aql_queue *shared = queue->pointers.cpu;
    ck_assert_uint_eq(shared->scratch_va % PAGE_BYTES, 0);
    ck_assert_uint_ge(after - before, shared->scratch_bytes * gpu->info.xccs);
    ck_assert_uint_eq(shared->scratch_srd[0], (uint32_t)shared->scratch_va);
    ck_assert_uint_eq(shared->scratch_srd[1] & 0xffff, shared->scratch_va >> 32);
    ck_assert_uint_eq(shared->scratch_srd[2], shared->scratch_bytes);
    gpu_queue_destroy(queue);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_le(after, before);
}
END_TEST

START_TEST(scratch_grows_when_a_later_kernel_needs_more)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_code *small_code, *large_code;
    const struct gpu_kernel *small = load_kernel_at(gpu, "vector_add", "vector_add", "O0", &small_code);
    const struct gpu_kernel *large = load_kernel_at(gpu, "private_sort", "private_sort", "O0", &large_code);
    if (!small || !large || !small->scratch_bytes)
        return;
    ck_assert_uint_lt(small->scratch_bytes, large->scratch_bytes);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 3 << 12);
    float *data = gpu_buffer_cpu(buf);
    uint64_t va = gpu_buffer_va(buf);
    for (int i = 0; i < 1024; i++)
        data[i] = (float)i, data[1024 + i] = 1;
    for (unsigned round = 0; round < 2; round++) {
        memset(data + 2048, 0, 4096);
        OK(gpu_queue_wait(
            queue, dispatch(queue, small, 1024, 64, (const uint64_t[]){va, va + 4096, va + 8192, 1024}),
            TEST_LIMIT_NS));
        for (int i = 0; i < 1024; i++)
            ck_assert_float_eq(data[2048 + i], (float)(i + 1));
        sort(gpu, queue, large, 64);
    }
}
END_TEST

START_TEST(scratch_without_memory_kills_the_queue_with_a_reason)
{
    struct gpu *gpu = gpu_at(sys, 1);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "private_sort", "private_sort", &code);
    if (!kernel)
        return;
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
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
    struct gpu_queue_state state;
    gpu_queue_state(queue, &state);
    ck_assert_int_eq(state.error, -ENOMEM);
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, NULL), ENOMEM);
    pthread_mutex_lock(&events.lock);
    ck_assert_uint_eq(events.count, 1);
    ck_assert_int_eq(events.last.kind, GPU_EVENT_QUEUE);
    ck_assert_ptr_eq(events.last.queue, queue);
    pthread_mutex_unlock(&events.lock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scratch");
    TCase *plan = tcase_create("plan");
    tcase_add_test(plan, every_xcc_gets_the_same_share);
    tcase_add_test(plan, from_gfx11_on_waves_count_per_engine_in_smaller_units);
    tcase_add_test(plan, fewer_waves_stay_a_multiple_of_the_engines);
    tcase_add_test(plan, more_than_a_wave_can_have_is_refused);
    suite_add_tcase(suite, plan);
    TCase *tcase = system_case(suite, "kernels");
    tcase_add_loop_test(tcase, kernels_with_private_arrays_get_their_scratch, 0, 4);
    tcase_add_loop_test(tcase, scratch_grows_when_a_later_kernel_needs_more, 0, 2);
    tcase_add_test(tcase, scratch_without_memory_kills_the_queue_with_a_reason);
    return run_gpu_suite(suite);
}
