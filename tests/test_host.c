/*
 * test_host.c - memory of the program itself, used by GPUs at the program's own addresses.
 */
#include <unistd.h>

#include "gpu_test.h"

enum { BYTES = 300000 };

static uint8_t *some_memory(unsigned seed)
{
    uint8_t *memory = malloc(BYTES + 4096 * 2);
    for (unsigned i = 0; i < BYTES + 4096 * 2; i++)
        memory[i] = pattern(i, seed);
    return memory;
}

START_TEST(an_engine_reads_and_writes_the_programs_memory_where_it_is)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, BYTES);
    uint8_t *from = some_memory(1), *to = some_memory(2);
    struct gpu_host *source, *target;
    OK(gpu_host_map(gpu, from + 5, BYTES, &source));
    OK(gpu_host_map(gpu, to + 4099, BYTES, &target));
    run(queue, &(struct gpu_command){
                   .op = GPU_COPY, .src = (uintptr_t)from + 5, .dst = gpu_buffer_va(buf), .bytes = BYTES});
    run(queue, &(struct gpu_command){
                   .op = GPU_COPY, .src = gpu_buffer_va(buf), .dst = (uintptr_t)to + 4099, .bytes = BYTES});
    ck_assert_int_eq(memcmp(from + 5, to + 4099, BYTES), 0);
    ck_assert_uint_eq(to[4098], pattern(4098, 2));
    ck_assert_uint_eq(to[4099 + BYTES], pattern(4099 + BYTES, 2));
    gpu_host_unmap(source);
    from[5]++; /* still there, and the program's */
    OK(gpu_host_map(gpu, from + 5, BYTES, &source));
    run(queue, &(struct gpu_command){
                   .op = GPU_COPY, .src = (uintptr_t)from + 5, .dst = (uintptr_t)to + 4099, .bytes = 16});
    ck_assert_uint_eq(to[4099], from[5]);
    gpu_host_unmap(source);
    gpu_host_unmap(target);
    gpu_host_unmap(NULL);
    free(from);
    free(to);
}
END_TEST

START_TEST(what_is_not_the_programs_is_refused)
{
    struct gpu *gpu = gpu_at(sys, 0);
    struct gpu_host *host = NULL;
    void *hole = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(hole, 65536);
    FAILS(gpu_host_map(gpu, hole, 4096, &host), EFAULT);
    FAILS(gpu_host_map(gpu, NULL, 4096, &host), EINVAL);
    FAILS(gpu_host_map(gpu, &host, 0, &host), EINVAL);
    FAILS(gpu_host_map(gpu, &host, UINT64_MAX, &host), EINVAL);
    ck_assert_ptr_null(host);
}
END_TEST

START_TEST(after_it_was_taken_back_no_gpu_reaches_it)
{
    struct gpu *gpu = gpu_at(sys, 0);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint8_t *memory = some_memory(3);
    struct gpu_host *host;
    OK(gpu_host_map(gpu, memory, BYTES, &host));
    gpu_host_unmap(host);
    struct gpu_command fill = {.op = GPU_FILL, .dst = ((uintptr_t)memory + 4095) & ~4095ull, .bytes = 4096};
    uint64_t seq;
    OK(gpu_queue_submit(queue, &fill, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    FAILS(gpu_host_map(gpu, memory, BYTES, &host), ENODEV);
    free(memory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tcase = system_case(suite, "memory of the program");
    tcase_add_loop_test(tcase, an_engine_reads_and_writes_the_programs_memory_where_it_is, 0, 2);
    tcase_add_test(tcase, what_is_not_the_programs_is_refused);
    tcase_add_test(tcase, after_it_was_taken_back_no_gpu_reaches_it);
    return run_gpu_suite(suite);
}
