/*
 * test_upload.c - VRAM that the CPU does not see (a small BAR): written by an engine; and mappings that are
 * only made when the CPU asks.
 */
#include <stdio.h>

#include "gpu_test.h"

#define MIB (UINT64_C(1) << 20)

static void small_bar(void)
{
    setenv("KFDFS_SIM_OPTS", "bar=256M", 1);
    open_system();
}

/* What is in it, by way of system memory. */
static const uint8_t *downloaded(struct gpu_buffer *buf, uint64_t bytes, struct gpu_buffer **to)
{
    struct gpu *gpu = gpu_buffer_gpu(buf);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    *to = make_buffer(gpu, GPU_GTT, bytes);
    struct gpu_command copy = {
        .op = GPU_COPY, .src = gpu_buffer_va(buf), .dst = gpu_buffer_va(*to), .bytes = bytes};
    uint64_t seq;
    OK(gpu_queue_submit(queue, &copy, 1, NULL, NULL, &seq));
    OK(gpu_queue_wait(queue, seq, TEST_LIMIT_NS));
    gpu_queue_destroy(queue);
    return gpu_buffer_cpu(*to);
}

START_TEST(with_a_small_bar_the_cpu_sees_system_memory_only)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_buffer *vram = make_buffer(gpu, GPU_VRAM, MIB), *gtt = make_buffer(gpu, GPU_GTT, MIB);
    ck_assert(!gpu_info(gpu)->cpu_visible);
    ck_assert_ptr_null(gpu_buffer_cpu(vram));
    ck_assert_ptr_nonnull(gpu_buffer_cpu(gtt));
    ck_assert(!gpu_buffer_reads_slowly(gtt));
    ck_assert_int_eq(gpu_buffer_pool(vram), GPU_VRAM);
    ck_assert_int_eq(gpu_buffer_pool(gtt), GPU_GTT);
    gpu_buffer_free(vram);
    gpu_buffer_free(gtt);
}
END_TEST

static void uploads(struct gpu *gpu, enum gpu_pool pool)
{
    const uint64_t bytes = 3 * MIB + 12345, offset = 4097;
    struct gpu_buffer *buf = make_buffer(gpu, pool, 4 * MIB), *copy;
    uint8_t *data = malloc(bytes);
    for (uint64_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)(i * 31 + i / 251 + 1);
    OK(gpu_buffer_upload(buf, 0, data + 1, offset + 5));
    OK(gpu_buffer_upload(buf, offset, data, bytes));
    OK(gpu_buffer_upload(buf, 4 * MIB, NULL, 0));
    const uint8_t *got = downloaded(buf, offset + bytes, &copy);
    ck_assert_int_eq(memcmp(got, data + 1, offset), 0);
    ck_assert_int_eq(memcmp(got + offset, data, bytes), 0);
    FAILS(gpu_buffer_upload(buf, 4 * MIB - 1, data, 2), ERANGE);
    FAILS(gpu_buffer_upload(buf, UINT64_MAX, data, 2), ERANGE);
    free(data);
    gpu_buffer_free(copy);
    gpu_buffer_free(buf);
}

START_TEST(what_is_uploaded_is_there_with_a_small_bar)
{
    uploads(gpu_at(sys, _i / 2), _i % 2 ? GPU_VRAM : GPU_GTT);
}
END_TEST

START_TEST(what_is_uploaded_is_there_with_a_large_one)
{
    uploads(gpu_at(sys, _i / 2), _i % 2 ? GPU_VRAM : GPU_GTT);
}
END_TEST

/* Of memory that is shared with a device, as all of a buffer's are. */
static unsigned mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(maps);
    unsigned n = 0;
    char line[1024], rights[8];
    while (fgets(line, sizeof line, maps))
        n += sscanf(line, "%*x-%*x %7s", rights) == 1 && rights[3] == 's';
    fclose(maps);
    return n;
}

START_TEST(a_buffer_takes_no_mapping_before_the_cpu_asks)
{
    enum { MANY = 200 };
    struct gpu_buffer *bufs[MANY];
    unsigned before = mappings();
    for (unsigned i = 0; i < MANY; i++) {
        OK(gpu_buffer_create(gpu_at(sys, 0), i % 2 ? GPU_VRAM : GPU_GTT, 64 * MIB, &bufs[i]));
        OK(gpu_buffer_reserve(bufs[i], 4096));
    }
    ck_assert_uint_eq(mappings(), before);
    for (unsigned i = 0; i < MANY; i++)
        memset(gpu_buffer_cpu(bufs[i]), (int)i, 4096);
    for (unsigned i = 0; i < MANY; i++) /* what comes after is mapped at once */
        OK(gpu_buffer_reserve(bufs[i], 8192));
    for (unsigned i = 0; i < MANY; i++) {
        const uint8_t *cpu = gpu_buffer_cpu(bufs[i]);
        ck_assert_uint_eq(cpu[4095], i);
        ((uint8_t *)gpu_buffer_cpu(bufs[i]))[8191] = 1;
        gpu_buffer_free(bufs[i]);
    }
    ck_assert_uint_eq(mappings(), before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upload");
    TCase *small = tcase_create("small BAR"), *large = system_case(suite, "large BAR");
    tcase_add_checked_fixture(small, small_bar, close_system);
    tcase_set_timeout(small, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, small);
    tcase_add_loop_test(small, with_a_small_bar_the_cpu_sees_system_memory_only, 0, 2);
    tcase_add_loop_test(small, what_is_uploaded_is_there_with_a_small_bar, 0, 4);
    tcase_add_loop_test(large, what_is_uploaded_is_there_with_a_large_one, 0, 4);
    tcase_add_test(large, a_buffer_takes_no_mapping_before_the_cpu_asks);
    return run_gpu_suite(suite);
}
