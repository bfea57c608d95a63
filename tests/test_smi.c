/*
 * test_smi.c - SMI events: the descriptor as the kernel gives it, and what the driver makes of its lines.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "gpu_test.h"
#include "internal.h"

static void inject(struct gpu *gpu, const char *line)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/kernel/debug/dri/%u/inject", gpu_info(gpu)->render_minor);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, line, strlen(line)), (int)strlen(line));
    close(fd);
}

static int smi_client(struct gpu *gpu, uint64_t mask)
{
    int fd;
    OK(kfd_smi_events(&sys->kfd, gpu_info(gpu)->gpu_id, &fd));
    ck_assert_int_eq(write(fd, &mask, sizeof mask), sizeof mask);
    return fd;
}

static bool readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

static const char *line_of(int fd)
{
    static char line[256];
    ssize_t n = read(fd, line, sizeof line - 1);
    ck_assert_int_gt(n, 0);
    line[n] = 0;
    return line;
}

START_TEST(a_client_hears_what_its_mask_asks_for)
{
    struct gpu *gpu = gpu_at(sys, 0);
    int throttles = smi_client(gpu, 1u << 1), resets = smi_client(gpu, 3u << 2), none = smi_client(gpu, 0);
    char c;
    ck_assert(!readable(throttles));
    ck_assert_int_eq(read(throttles, &c, 1), -1);
    ck_assert_int_eq(errno, EAGAIN);
    inject(gpu, "throttle");
    inject(gpu, "throttle");
    ck_assert(readable(throttles));
    ck_assert_str_eq(line_of(throttles), "2 1:1\n2 1:2\n");
    inject(gpu, "reset");
    ck_assert_str_eq(line_of(resets), "3 1 preemption failed\n4 1 \n");
    ck_assert(!readable(throttles) && !readable(none));
    close(throttles);
    close(resets);
    close(none);
    inject(gpu, "throttle"); /* to nobody */
}
END_TEST

START_TEST(a_client_hears_of_its_own_gpu_only)
{
    int fd = smi_client(gpu_at(sys, 0), UINT64_MAX);
    inject(gpu_at(sys, 1), "throttle");
    ck_assert(!readable(fd));
    inject(gpu_at(sys, 0), "evict");
    inject(gpu_at(sys, 0), "evict"); /* they are off already */
    inject(gpu_at(sys, 0), "restore");
    char wanted[64];
    long long ns[2];
    int pid[2], n = 0;
    unsigned id[2];
    ck_assert_int_eq(sscanf(line_of(fd), "9 %lld -%d %x 2\na %lld -%d %x 0\n%n", &ns[0], &pid[0], &id[0],
                            &ns[1], &pid[1], &id[1], &n),
                     6);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(pid[0], getpid());
    ck_assert_uint_eq(id[1], gpu_info(gpu_at(sys, 0))->gpu_id);
    ck_assert(ns[0] <= ns[1]);
    inject(gpu_at(sys, 0), "fault 0x1000");
    snprintf(wanted, sizeof wanted, "1 %x:test_smi\n", (unsigned)getpid());
    ck_assert_str_eq(line_of(fd), wanted);
    close(fd);
}
END_TEST

START_TEST(what_the_kernel_refuses)
{
    int fd;
    uint32_t half = 0;
    FAILS(kfd_smi_events(&sys->kfd, 0xdead, &fd), EINVAL);
    fd = smi_client(gpu_at(sys, 0), 0);
    ck_assert_int_eq(write(fd, &half, sizeof half), -1);
    ck_assert_int_eq(errno, EFAULT);
    close(fd);
}
END_TEST

START_TEST(a_client_that_does_not_read_loses_lines_and_nobody_waits)
{
    struct gpu *gpu = gpu_at(sys, 0);
    int fd = smi_client(gpu, 1u << 1);
    for (int i = 0; i < 3000; i++)
        inject(gpu, "throttle");
    ck_assert(readable(fd));
    close(fd);
}
END_TEST

static void wait_for(enum gpu_event_kind kind, struct gpu *gpu, const char *text)
{
    for (;;) {
        pthread_mutex_lock(&events.lock);
        bool there = events.count && events.last.kind == kind && events.last.gpu == gpu;
        bool says = there && strstr(events.text, text);
        pthread_mutex_unlock(&events.lock);
        if (says)
            return;
        ck_assert_msg(!there, "says: %s", events.text);
        sched_yield();
    }
}

START_TEST(the_driver_reports_them)
{
    struct gpu *gpu = gpu_at(sys, _i);
    char text[64];
    inject(gpu, "evict");
    snprintf(text, sizeof text, "took the queues of process %d off gpu%d: VRAM is short", (int)getpid(), _i);
    wait_for(GPU_EVENT_EVICT, gpu, text);
    inject(gpu, "restore");
    wait_for(GPU_EVENT_RESTORE, gpu, "restored the queues of process");
    inject(gpu, "throttle");
    wait_for(GPU_EVENT_THROTTLE, gpu, "reasons 0x1, 1 times");
    ck_assert_int_eq(gpu_lost(gpu), 0);
}
END_TEST

/* Both resets are over before the event thread looks: the first one's event is overwritten. */
static void reset_both(void *ctx, const struct gpu_result *result)
{
    (void)ctx, (void)result;
    inject(gpu_at(sys, 0), "reset");
    inject(gpu_at(sys, 1), "reset");
}

START_TEST(two_gpus_that_are_reset_at_once_are_both_lost)
{
    struct gpu_queue *queue = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, &(struct gpu_job){.done = reset_both},
                        NULL, NULL));
    for (unsigned i = 0; i < 2; i++) {
        while (!gpu_lost(gpu_at(sys, i)))
            sched_yield();
        ck_assert_ptr_nonnull(strstr(gpu_err_text(), "the kernel reset"));
    }
}
END_TEST

/* The other GPU was not reset, but nothing of this process runs on it any more. */
START_TEST(a_reset_stops_the_queues_of_every_gpu_and_one_loses_its_memory)
{
    struct gpu *gpu = gpu_at(sys, 0), *other = gpu_at(sys, 1);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_SDMA, 0),
                     *innocent = make_queue(other, GPU_QUEUE_SDMA, 0);
    struct gpu_buffer *buf = make_buffer(other, GPU_GTT, 4096);
    memset(gpu_buffer_cpu(buf), 0, 4096);
    struct gpu_command endless = {
        .op = GPU_WAIT_MEM, .dst = gpu_buffer_va(buf), .compare = GPU_EQ, .value = 1, .mask = UINT32_MAX};
    run(queue, &(struct gpu_command){.op = GPU_NOP});
    OK(gpu_queue_submit(innocent, &endless, 1, NULL, NULL, NULL));
    OK(gpu_vram_intact(gpu));
    inject(gpu, _i ? "reset mode2" : "reset");
    FAILS(gpu_queue_wait(innocent, 1, TEST_LIMIT_NS), ECANCELED);
    while (!gpu_lost(gpu) || !gpu_lost(other) || gpu_resetting(gpu))
        sched_yield();
    ck_assert(gpu_stopped(other) && !gpu_stopped(gpu));
    ck_assert_int_eq(gpu_vram_intact(gpu), _i ? 0 : -EIO);
    OK(gpu_vram_intact(other));
    FAILS(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, NULL), EIO);
    gpu_vram_settle(gpu);
    OK(gpu_vram_intact(gpu));
}
END_TEST

START_TEST(cleared_buffers_are_zero_to_their_ends)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_buffer *bufs[] = {make_buffer(gpu, GPU_VRAM, 4096), make_buffer(gpu, GPU_VRAM, 5 << 20),
                                 make_buffer(gpu, GPU_GTT, 8192)};
    for (unsigned i = 0; i < 3; i++)
        memset(gpu_buffer_cpu(bufs[i]), 0xa5, gpu_buffer_capacity(bufs[i]));
    OK(gpu_buffers_clear(gpu, bufs, 2));
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *bytes = gpu_buffer_cpu(bufs[i]);
        ck_assert(!bytes[0] && !memcmp(bytes, bytes + 1, gpu_buffer_capacity(bufs[i]) - 1));
    }
    ck_assert_int_eq(*(uint8_t *)gpu_buffer_cpu(bufs[2]), 0xa5);
    OK(gpu_buffers_clear(gpu, NULL, 0));
}
END_TEST

/* The wait for a fault fails where a queue's event is destroyed meanwhile, and the fault would be gone. */
START_TEST(a_fault_is_not_lost_among_queues_that_go)
{
    struct gpu *gpu = gpu_at(sys, 0), *other = gpu_at(sys, 1);
    for (int i = 0; i < 50; i++)
        gpu_queue_destroy(make_queue(other, GPU_QUEUE_SDMA, 4096));
    struct gpu_queue *queue = make_queue(other, GPU_QUEUE_SDMA, 4096);
    inject(gpu, "fault 0x1000");
    gpu_queue_destroy(queue);
    while (!gpu_lost(gpu))
        sched_yield();
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "0x1000"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("smi");
    TCase *tcase = system_case(suite, "smi events");
    tcase_add_test(tcase, a_client_hears_what_its_mask_asks_for);
    tcase_add_test(tcase, a_client_hears_of_its_own_gpu_only);
    tcase_add_test(tcase, what_the_kernel_refuses);
    tcase_add_test(tcase, a_client_that_does_not_read_loses_lines_and_nobody_waits);
    tcase_add_loop_test(tcase, the_driver_reports_them, 0, 2);
    tcase_add_test(tcase, two_gpus_that_are_reset_at_once_are_both_lost);
    tcase_add_loop_test(tcase, a_reset_stops_the_queues_of_every_gpu_and_one_loses_its_memory, 0, 2);
    tcase_add_loop_test(tcase, cleared_buffers_are_zero_to_their_ends, 0, 2);
    tcase_add_test(tcase, a_fault_is_not_lost_among_queues_that_go);
    return run_gpu_suite(suite);
}
