/*
 * test_svm.c - the driver on a kernel with shared virtual memory: kernels and copies on the program's own
 * memory, registered or, with XNACK, as it is.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu_test.h"
#include "internal.h"

enum { N = 4096, BYTES = N * 4 };

static void open_with_xnack(void)
{
    struct kfd kfd = {.fd = -1};
    OK(kfd_open(&kfd));
    OK(kfd_set_xnack(&kfd, true)); /* of the process, not of the descriptor */
    ck_assert_int_eq(kfd_xnack(&kfd), 1);
    kfd_close(&kfd);
    open_system();
}

static uint32_t *pages_with(uint32_t start)
{
    uint32_t *words = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(words, MAP_FAILED);
    for (unsigned i = 0; i < N; i++)
        words[i] = start + i;
    return words;
}

static void give(struct gpu *gpu, void *words)
{
    struct kfd_svm_attribute access = {KFD_SVM_ACCESS, gpu_info(gpu)->gpu_id};
    OK(kfd_svm(&sys->kfd, KFD_SVM_SET, (uintptr_t)words, BYTES, &access, 1));
}

/* c = a + b by a kernel: floats. */
static void add(struct gpu *gpu, const float *a, const float *b, float *c)
{
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "vector_add", "vector_add", &code);
    if (!kernel)
        return;
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    uint64_t values[4] = {(uintptr_t)a, (uintptr_t)b, (uintptr_t)c, N};
    OK(gpu_queue_wait(queue, dispatch(queue, kernel, N, 64, values), TEST_LIMIT_NS));
    for (unsigned i = 0; i < N; i++)
        ck_assert_float_eq(c[i], a[i] + b[i]);
    gpu_queue_destroy(queue);
    gpu_code_unload(code);
}

static float *floats(float *to)
{
    ck_assert_ptr_nonnull(to);
    for (unsigned i = 0; i < N; i++)
        to[i] = (float)(i % 1000);
    return to;
}

START_TEST(a_copy_reads_and_writes_registered_memory)
{
    struct gpu *gpu = gpu_at(sys, 0);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    uint32_t *from = pages_with(7), *to = pages_with(0);
    give(gpu, from);
    give(gpu, to);
    run(queue,
        &(struct gpu_command){.op = GPU_COPY, .src = (uintptr_t)from, .dst = (uintptr_t)to, .bytes = BYTES});
    ck_assert_mem_eq(from, to, BYTES);
    gpu_queue_destroy(queue);
}
END_TEST

START_TEST(a_copy_of_what_is_not_registered_faults)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    uint32_t *from = pages_with(7);
    uint64_t seq;
    struct gpu_command copy = {
        .op = GPU_COPY, .src = (uintptr_t)from, .dst = (uintptr_t)from + BYTES / 2, .bytes = 64};
    OK(gpu_queue_submit(queue, &copy, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    gpu_queue_destroy(queue);
}
END_TEST

START_TEST(registered_memory_that_is_unmapped_is_told_in_pages_by_the_kernel_and_in_bytes_by_the_driver)
{
    struct gpu *gpu = gpu_at(sys, 0);
    uint64_t mask = 1u << 10;
    char line[128], wanted[128];
    long long ns;
    int fd, at = 0;
    uint32_t *words = pages_with(7);
    OK(kfd_smi_events(&sys->kfd, gpu_info(gpu)->gpu_id, &fd));
    ck_assert_int_eq(write(fd, &mask, sizeof mask), sizeof mask);
    give(gpu, words);
    munmap(words, BYTES);
    ssize_t n = read(fd, line, sizeof line - 1);
    ck_assert_int_gt(n, 0);
    line[n] = 0;
    ck_assert_int_eq(sscanf(line, "b %lld %n", &ns, &at), 1);
    snprintf(wanted, sizeof wanted, "-%d @%lx(%x) %x 2\n", (int)getpid(), (uintptr_t)words >> 12, BYTES >> 12,
             gpu_info(gpu)->gpu_id);
    ck_assert_str_eq(line + at, wanted);
    close(fd);
    snprintf(wanted, sizeof wanted, "unmapped %d bytes at 0x%lx of process %d from gpu0", BYTES,
             (uintptr_t)words, (int)getpid());
    for (bool told = false; !told; sched_yield()) {
        pthread_mutex_lock(&events.lock);
        told = events.count != 0;
        if (told)
            ck_assert_msg(strstr(events.text, wanted), "%s lacks %s", events.text, wanted);
        pthread_mutex_unlock(&events.lock);
    }
}
END_TEST

START_TEST(with_xnack_a_kernel_works_on_any_memory_of_the_program)
{
    static float a[N];
    float *b = malloc(BYTES), *c = malloc(BYTES);
    ck_assert(sys->xnack);
    add(gpu_at(sys, 0), floats(a), floats(b), floats(c));
    free(b);
    free(c);
}
END_TEST

START_TEST(with_xnack_memory_that_is_unmapped_faults_again)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    uint32_t *from = pages_with(7), *to = pages_with(0);
    struct gpu_command copy = {.op = GPU_COPY, .src = (uintptr_t)from, .dst = (uintptr_t)to, .bytes = BYTES};
    uint64_t seq;
    run(queue, &copy);
    ck_assert_mem_eq(from, to, BYTES);
    munmap(from, BYTES);
    OK(gpu_queue_submit(queue, &copy, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    gpu_queue_destroy(queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svm");
    TCase *registered = system_case(suite, "registered");
    tcase_add_test(registered, a_copy_reads_and_writes_registered_memory);
    tcase_add_test(registered, a_copy_of_what_is_not_registered_faults);
    tcase_add_test(
        registered,
        registered_memory_that_is_unmapped_is_told_in_pages_by_the_kernel_and_in_bytes_by_the_driver);
    TCase *xnack = tcase_create("xnack");
    tcase_add_checked_fixture(xnack, open_with_xnack, close_system);
    tcase_set_timeout(xnack, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, xnack);
    tcase_add_test(xnack, with_xnack_a_kernel_works_on_any_memory_of_the_program);
    tcase_add_test(xnack, with_xnack_memory_that_is_unmapped_faults_again);
    return run_gpu_suite(suite);
}
