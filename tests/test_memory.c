/*
 * test_memory.c - buffers: windows, growth, trimming, limits; the same bytes for CPU and GPU at the same
 * address.
 */
#include <sys/mman.h>

#include "gpu_test.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

START_TEST(a_window_is_addresses_without_memory)
{
    struct gpu_buffer *buf;
    struct gpu *gpu = gpu_at(sys, _i);
    uint64_t before, after, total;
    OK(gpu_memory(gpu, true, &before, &total));
    OK(gpu_buffer_create(gpu, GPU_VRAM, 100 * GIB + 1, &buf));
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_eq(before, after);
    ck_assert_uint_eq(gpu_buffer_capacity(buf), 0);
    ck_assert_uint_eq(gpu_buffer_window(buf), 100 * GIB + 4096);
    ck_assert_uint_eq(gpu_buffer_va(buf) % (2 * MIB), 0);
    ck_assert_ptr_eq(gpu_buffer_gpu(buf), gpu);
    gpu_buffer_free(buf);
    gpu_buffer_free(NULL);
}
END_TEST

START_TEST(a_growing_buffer_stays_where_it_is)
{
    struct gpu_buffer *buf;
    enum gpu_pool pool = _i ? GPU_VRAM : GPU_GTT;
    OK(gpu_buffer_create(gpu_at(sys, 0), pool, 64 * MIB, &buf));
    OK(gpu_buffer_reserve(buf, 5000));
    ck_assert_uint_eq(gpu_buffer_capacity(buf), 8192);
    uint64_t va = gpu_buffer_va(buf);
    uint8_t *cpu = gpu_buffer_cpu(buf);
    ck_assert_uint_eq((uintptr_t)cpu, va);
    memset(cpu, 0x5a, 5000);
    for (uint64_t bytes = 8192; bytes <= 64 * MIB; bytes += bytes / 2) {
        OK(gpu_buffer_reserve(buf, bytes));
        ck_assert_uint_ge(gpu_buffer_capacity(buf), bytes);
        ck_assert_uint_eq(gpu_buffer_va(buf), va);
        cpu[bytes - 1] = 0xa5;
    }
    OK(gpu_buffer_reserve(buf, 64 * MIB));
    ck_assert_uint_eq(gpu_buffer_capacity(buf), 64 * MIB);
    for (unsigned i = 0; i < 5000; i++)
        ck_assert_uint_eq(cpu[i], 0x5a);
    FAILS(gpu_buffer_reserve(buf, 64 * MIB + 1), ERANGE);
    gpu_buffer_free(buf);
}
END_TEST

START_TEST(trimming_gives_memory_back)
{
    struct gpu_buffer *buf;
    struct gpu *gpu = gpu_at(sys, 1);
    uint64_t before, after, total;
    OK(gpu_memory(gpu, true, &before, &total));
    OK(gpu_buffer_create(gpu, GPU_VRAM, 64 * MIB, &buf));
    OK(gpu_buffer_reserve(buf, MIB));
    OK(gpu_buffer_reserve(buf, 32 * MIB));
    ((uint8_t *)gpu_buffer_cpu(buf))[17] = 17;
    gpu_buffer_trim(buf, MIB);
    ck_assert_uint_eq(gpu_buffer_capacity(buf), MIB);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_eq(after, before + MIB);
    ck_assert_uint_eq(((uint8_t *)gpu_buffer_cpu(buf))[17], 17);
    OK(gpu_buffer_reserve(buf, 2 * MIB));
    gpu_buffer_trim(buf, 0);
    ck_assert_uint_eq(gpu_buffer_capacity(buf), 0);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_eq(after, before);
    gpu_buffer_free(buf);
}
END_TEST

START_TEST(a_full_pool_is_enospc_and_leaves_the_buffer_as_it_was)
{
    struct gpu_buffer *buf, *other;
    struct gpu *gpu = gpu_at(sys, 1);
    uint64_t used, total;
    OK(gpu_memory(gpu, true, &used, &total));
    OK(gpu_buffer_create(gpu, GPU_VRAM, total, &buf));
    OK(gpu_buffer_create(gpu, GPU_VRAM, total, &other));
    OK(gpu_buffer_reserve(other, total / 2));
    OK(gpu_buffer_reserve(buf, MIB));
    fill_pattern(buf, MIB, 3);
    FAILS(gpu_buffer_reserve(buf, total / 2 + 64 * MIB), ENOSPC);
    ck_assert_uint_eq(gpu_buffer_capacity(buf), MIB);
    const uint8_t *cpu = gpu_buffer_cpu(buf);
    for (uint64_t i = 0; i < MIB; i += 97)
        ck_assert_uint_eq(cpu[i], pattern(i, 3));
    gpu_buffer_free(other);
    OK(gpu_buffer_reserve(buf, total / 2 + 64 * MIB));
    gpu_buffer_free(buf);
}
END_TEST

START_TEST(growth_takes_what_is_left_when_doubling_does_not_fit)
{
    struct gpu_buffer *buf, *other;
    struct gpu *gpu = gpu_at(sys, 1);
    uint64_t used, total;
    OK(gpu_memory(gpu, true, &used, &total));
    OK(gpu_buffer_create(gpu, GPU_VRAM, 256 * MIB, &buf));
    OK(gpu_buffer_reserve(buf, 40 * MIB));
    OK(gpu_buffer_create(gpu, GPU_VRAM, total, &other));
    /* leaves less than 40 MiB: find by halving, since the kernel keeps some for itself */
    for (uint64_t step = total; step >= MIB; step /= 2)
        while (gpu_buffer_capacity(other) + step <= total &&
               gpu_buffer_reserve(other, gpu_buffer_capacity(other) + step) == 0)
            ;
    gpu_buffer_trim(other, gpu_buffer_capacity(other) - 1);
    while (gpu_buffer_reserve(buf, gpu_buffer_capacity(buf) + 4096) == 0 &&
           gpu_buffer_capacity(buf) < 200 * MIB)
        ;
    ck_assert_uint_lt(gpu_buffer_capacity(buf), 200 * MIB);
    ck_assert_uint_ge(gpu_buffer_capacity(buf), 40 * MIB);
    gpu_buffer_free(other);
    gpu_buffer_free(buf);
}
END_TEST

START_TEST(odd_windows_are_refused)
{
    struct gpu_buffer *buf = NULL;
    FAILS(gpu_buffer_create(gpu_at(sys, 0), GPU_VRAM, 0, &buf), EINVAL);
    FAILS(gpu_buffer_create(gpu_at(sys, 0), GPU_VRAM, UINT64_MAX, &buf), EINVAL);
    ck_assert_ptr_null(buf);
}
END_TEST

START_TEST(what_the_cpu_wrote_the_gpu_reads)
{
    struct gpu *gpu = gpu_at(sys, _i % 2);
    enum gpu_pool from = _i & 2 ? GPU_VRAM : GPU_GTT, to = _i & 4 ? GPU_VRAM : GPU_GTT;
    struct gpu_buffer *a = make_buffer(gpu, from, MIB), *b = make_buffer(gpu, to, MIB);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    fill_pattern(a, MIB, 9);
    memset(gpu_buffer_cpu(b), 0, MIB);
    gpu_buffer_cpu_wrote(b);
    run(queue, &(struct gpu_command){
                   .op = GPU_COPY, .dst = gpu_buffer_va(b), .src = gpu_buffer_va(a), .bytes = MIB});
    ck_assert_int_eq(memcmp(gpu_buffer_cpu(a), gpu_buffer_cpu(b), MIB), 0);
    gpu_queue_destroy(queue);
    gpu_buffer_free(a);
    gpu_buffer_free(b);
}
END_TEST

static void *churn(void *arg)
{
    struct gpu *gpu = arg;
    for (int i = 0; i < 30; i++) {
        struct gpu_buffer *buf = make_buffer(gpu, i & 1 ? GPU_VRAM : GPU_GTT, 64 << 10);
        *(uint8_t *)gpu_buffer_cpu(buf) = 1;
        gpu_buffer_trim(buf, 0);
        gpu_buffer_free(buf);
    }
    return NULL;
}

START_TEST(threads_may_allocate_at_once)
{
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, gpu_at(sys, i % 2)), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = system_case(suite, "buffers");
    tcase_add_loop_test(tcase, a_window_is_addresses_without_memory, 0, 2);
    tcase_add_loop_test(tcase, a_growing_buffer_stays_where_it_is, 0, 2);
    tcase_add_test(tcase, trimming_gives_memory_back);
    tcase_add_test(tcase, a_full_pool_is_enospc_and_leaves_the_buffer_as_it_was);
    tcase_add_test(tcase, growth_takes_what_is_left_when_doubling_does_not_fit);
    tcase_add_test(tcase, odd_windows_are_refused);
    tcase_add_loop_test(tcase, what_the_cpu_wrote_the_gpu_reads, 0, 8);
    tcase_add_test(tcase, threads_may_allocate_at_once);
    return run_gpu_suite(suite);
}
