/*
 * test_handover.c - buffers go over to a fresh image of the process by exec: bytes, addresses, and a GPU that
 * a fault has taken is there again.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "gpu_test.h"

#define MIB (UINT64_C(1) << 20)

struct carried { /* in the order of the arguments of the next image */
    unsigned generation, gpu, pool, seed;
    uint64_t va, window, bytes, used;
    unsigned n;
    struct gpu_piece pieces[8];
};

static void hand_over(const struct carried *buffers, unsigned n)
{
    int fd = memfd_create("carried", 0); /* open over exec */
    char number[16];
    snprintf(number, sizeof number, "%d", fd);
    ck_assert_int_eq(write(fd, buffers, n * sizeof *buffers), (ssize_t)(n * sizeof *buffers));
    execl("/proc/self/exe", "test_handover", number, NULL);
    ck_abort_msg("exec failed");
}

static void carry(struct gpu_buffer *buf, enum gpu_pool pool, uint64_t bytes, struct carried *out)
{
    struct gpu_piece *pieces;
    OK(gpu_buffer_export(buf, &pieces, &out->n));
    ck_assert_uint_le(out->n, 8);
    memcpy(out->pieces, pieces, out->n * sizeof *pieces);
    free(pieces);
    out->pool = pool;
    out->va = gpu_buffer_va(buf);
    out->window = gpu_buffer_window(buf);
    out->bytes = bytes;
}

/* Takes GPU 0 from this process. */
static void fault(void)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    struct gpu_command bad = {.op = GPU_FILL, .dst = 0x123456789000, .bytes = 4096};
    uint64_t seq;
    OK(gpu_queue_submit(queue, &bad, 1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    FAILS(gpu_lost(gpu_at(sys, 0)), ENODEV);
}

static void check_pattern(struct gpu_buffer *buf, const struct carried *c)
{
    const uint8_t *cpu = gpu_buffer_cpu(buf);
    for (uint64_t i = 0; i < c->bytes; i++)
        if (cpu[i] != pattern(i, c->seed))
            ck_abort_msg("byte %" PRIu64 " of buffer %u is %u", i, c->seed, cpu[i]);
}

/* The GPU reads the old bytes at the old address, and the CPU sees what it writes. */
static void check_gpu(struct gpu_buffer *buf, const struct carried *c)
{
    struct gpu *gpu = gpu_at(sys, c->gpu);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_buffer *copy = make_buffer(gpu, GPU_GTT, c->bytes);
    run(queue,
        &(struct gpu_command){.op = GPU_COPY, .src = c->va, .dst = gpu_buffer_va(copy), .bytes = c->bytes});
    check_pattern(copy, c);
    run(queue, &(struct gpu_command){.op = GPU_FILL, .dst = c->va, .value = 0x5a5a5a5a, .bytes = 4});
    ck_assert_uint_eq(*(uint8_t *)gpu_buffer_cpu(buf), 0x5a);
    fill_pattern(buf, 4, c->seed);
    gpu_buffer_free(copy);
    gpu_queue_destroy(queue);
}

static int carried_fd;

/* Two generations after the first; the last one gives everything back. */
START_TEST(a_later_image)
{
    struct carried c[3];
    struct gpu_buffer *buf[3];
    ck_assert_int_eq(pread(carried_fd, c, sizeof c, 0), sizeof c);
    close(carried_fd);
    for (unsigned i = 0; i < 3; i++)
        OK(gpu_window_reserve(c[i].va, c[i].window));
    FAILS(gpu_window_reserve(c[0].va, 4096), EADDRINUSE);
    open_system();
    for (unsigned i = 0; i < 3; i++) {
        OK(gpu_buffer_import(gpu_at(sys, c[i].gpu), (enum gpu_pool)c[i].pool, c[i].va, c[i].window,
                             c[i].pieces, c[i].n, &buf[i]));
        for (unsigned k = 0; k < c[i].n; k++)
            close(c[i].pieces[k].fd);
        ck_assert_uint_ge(gpu_buffer_capacity(buf[i]), c[i].bytes);
        check_pattern(buf[i], &c[i]);
    }
    for (unsigned i = 0; i < 3; i++)
        check_gpu(buf[i], &c[i]);
    OK(gpu_buffer_reserve(buf[0], c[0].bytes + 5 * MIB)); /* grows where it is */
    uint64_t used, total;
    OK(gpu_memory(gpu_at(sys, 0), true, &used, &total));
    ck_assert_uint_ge(used, c[0].bytes + 5 * MIB);
    ck_assert_uint_le(used, c[0].used + 64 * MIB); /* nothing of an image that is gone still counts */
    if (c[0].generation == 2) {
        for (unsigned i = 0; i < 3; i++)
            gpu_buffer_free(buf[i]);
        OK(gpu_memory(gpu_at(sys, 0), true, &used, &total));
        ck_assert_uint_le(used, 2 * MIB);
        close_system();
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        carry(buf[i], (enum gpu_pool)c[i].pool, c[i].bytes, &c[i]);
        c[i].generation++;
    }
    fault();
    hand_over(c, 3);
}
END_TEST

static void first_image(void)
{
    struct carried c[3] = {{1, 0, GPU_VRAM, 1, 0, 0, 0, 0, 0, {{0}}},
                           {1, 0, GPU_GTT, 2, 0, 0, 0, 0, 0, {{0}}},
                           {1, 1, GPU_VRAM, 3, 0, 0, 0, 0, 0, {{0}}}};
    static const uint64_t sizes[] = {6 * MIB + 4096, 3 * MIB, 2 * MIB};
    open_system();
    make_buffer(gpu_at(sys, 0), GPU_VRAM, 3 * MIB); /* what is not exported goes */
    for (unsigned i = 0; i < 3; i++) {
        struct gpu_buffer *buf;
        OK(gpu_buffer_create(gpu_at(sys, c[i].gpu), (enum gpu_pool)c[i].pool, 64 * MIB, &buf));
        OK(gpu_buffer_reserve(buf, sizes[i] / 2)); /* in two pieces */
        OK(gpu_buffer_reserve(buf, sizes[i]));
        fill_pattern(buf, sizes[i], c[i].seed);
        carry(buf, (enum gpu_pool)c[i].pool, sizes[i], &c[i]);
        ck_assert_uint_eq(c[i].n, 2);
        c[i].used = sizes[i] * 2;
    }
    fault();
    hand_over(c, 3);
}

START_TEST(buffers_outlive_the_process_that_the_kernel_knew)
{
    pid_t pid = fork();
    if (!pid) {
        first_image();
        _exit(1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the last image ended with 0x%x", status);
}
END_TEST

START_TEST(an_exported_buffer_goes_on_and_frees_its_memory)
{
    uint64_t before, after, total;
    struct gpu *gpu = gpu_at(sys, 0);
    OK(gpu_memory(gpu, true, &before, &total));
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, MIB);
    struct gpu_piece *pieces;
    unsigned n;
    OK(gpu_buffer_export(buf, &pieces, &n));
    ck_assert_uint_eq(n, 1);
    fill_pattern(buf, MIB, 9);
    const uint8_t *other = mmap(NULL, MIB, PROT_READ, MAP_SHARED, pieces[0].fd, 0);
    ck_assert_ptr_ne(other, MAP_FAILED);
    ck_assert_int_eq(memcmp(other, gpu_buffer_cpu(buf), MIB), 0);
    munmap((void *)(uintptr_t)other, MIB);
    gpu_buffer_free(buf);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_eq(after, before + MIB);
    close(pieces[0].fd);
    OK(gpu_memory(gpu, true, &after, &total));
    ck_assert_uint_eq(after, before);
    free(pieces);
}
END_TEST

START_TEST(windows_lie_where_nothing_else_is_put)
{
    struct gpu_buffer *buf[100];
    for (unsigned i = 0; i < 100; i++)
        OK(gpu_buffer_create(gpu_at(sys, 0), GPU_VRAM, 64 * MIB, &buf[i]));
    for (unsigned i = 0; i < 100; i++) {
        for (unsigned k = 0; k < i; k++)
            ck_assert(gpu_buffer_va(buf[i]) >= gpu_buffer_va(buf[k]) + 64 * MIB ||
                      gpu_buffer_va(buf[k]) >= gpu_buffer_va(buf[i]) + 64 * MIB);
        ck_assert_uint_eq(gpu_buffer_va(buf[i]) % (2 * MIB), 0);
    }
    for (unsigned i = 0; i < 100; i++)
        gpu_buffer_free(buf[i]);
    struct gpu_buffer *all;
    FAILS(gpu_buffer_create(gpu_at(sys, 0), GPU_VRAM, UINT64_C(1) << 47, &all), ENOMEM);
}
END_TEST

/* In this process itself, which no parent of the same program waits for. */
static int run_later_image(void)
{
    Suite *suite = suite_create("a later image");
    TCase *tcase = tcase_create("exec");
    tcase_add_test(tcase, a_later_image);
    suite_add_tcase(suite, tcase);
    return run_suite_as(suite, CK_NOFORK);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        carried_fd = atoi(argv[1]);
        return run_later_image();
    }
    Suite *suite = suite_create("handover");
    TCase *tcase = system_case(suite, "handover");
    tcase_add_test(tcase, an_exported_buffer_goes_on_and_frees_its_memory);
    tcase_add_test(tcase, windows_lie_where_nothing_else_is_put);
    TCase *alone = tcase_create("exec");
    tcase_add_test(alone, buffers_outlive_the_process_that_the_kernel_knew);
    tcase_set_timeout(alone, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, alone);
    return run_gpu_suite(suite);
}
