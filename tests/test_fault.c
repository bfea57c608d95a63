/*
 * test_fault.c - what goes wrong on the GPU: unmapped memory, kernels without end, traps; and what is left
 * afterwards.
 */
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#include <xf86drm.h>

#include "gpu_test.h"
#include "amdgpu_drm.h"
#include "internal.h"

/* An address that no GPU has: a window without memory. */
static uint64_t nowhere(struct gpu *gpu)
{
    struct gpu_buffer *buf;
    OK(gpu_buffer_create(gpu, GPU_VRAM, 1 << 20, &buf));
    return gpu_buffer_va(buf);
}

static unsigned events_told(void)
{
    pthread_mutex_lock(&events.lock);
    unsigned count = events.count;
    pthread_mutex_unlock(&events.lock);
    return count;
}

static void wait_for_event(unsigned count)
{
    while (events_told() < count)
        sched_yield();
}

static void expect_lost(struct gpu *gpu, struct gpu *other, uint64_t address)
{
    struct gpu_queue *queue = NULL;
    wait_for_event(1);
    ck_assert_int_eq(events.last.kind, GPU_EVENT_FAULT);
    ck_assert_ptr_eq(events.last.gpu, gpu);
    ck_assert_ptr_null(events.last.queue);
    ck_assert_uint_eq(events.last.address & ~UINT64_C(4095), address);
    ck_assert_ptr_nonnull(strstr(events.text, "not mapped"));
    FAILS(gpu_lost(gpu), ENODEV);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "memory fault"));
    FAILS(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = -1}, &queue),
          ENODEV);
    ck_assert_int_eq(gpu_lost(other), 0);
    queue = make_queue(other, GPU_QUEUE_SDMA, 0);
    run(queue, &(struct gpu_command){.op = GPU_NOP});
}

START_TEST(a_copy_from_nowhere_takes_the_gpu_and_only_that)
{
    struct gpu *gpu = gpu_at(sys, _i), *other = gpu_at(sys, !_i);
    uint64_t address = nowhere(gpu), seq;
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, 4096);
    struct gpu_queue *guilty = make_queue(gpu, GPU_QUEUE_SDMA, 0),
                     *innocent = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    struct gpu_queue *elsewhere = make_queue(other, GPU_QUEUE_SDMA, 0);
    run(guilty, &(struct gpu_command){.op = GPU_NOP});
    OK(gpu_queue_submit(
        guilty, &(struct gpu_command){.op = GPU_COPY, .dst = gpu_buffer_va(buf), .src = address, .bytes = 64},
        1, NULL, NULL, &seq));
    FAILS(gpu_queue_wait(guilty, seq, TEST_LIMIT_NS), EFAULT);
    OK(gpu_queue_wait(guilty, seq - 1, TEST_LIMIT_NS));
    FAILS(gpu_queue_wait(innocent, 1, TEST_LIMIT_NS), EFAULT);
    FAILS(gpu_queue_submit(innocent, &(struct gpu_command){.op = GPU_NOP}, 1, NULL, NULL, &seq), EFAULT);
    run(elsewhere, &(struct gpu_command){.op = GPU_NOP});
    expect_lost(gpu, other, address);
    gpu_queue_destroy(guilty);
    gpu_queue_destroy(innocent);
}
END_TEST

struct last {
    atomic_int error;
    char text[256];
};

static void keep(void *ctx, const struct gpu_result *result)
{
    struct last *last = ctx;
    snprintf(last->text, sizeof last->text, "%s", result->text);
    atomic_store(&last->error, result->error);
}

START_TEST(who_waited_for_the_lost_gpu_goes_on)
{
    struct gpu *gpu = gpu_at(sys, 0), *other = gpu_at(sys, 1);
    struct gpu_queue *guilty = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_queue *waiter = make_queue(other, _i ? GPU_QUEUE_COMPUTE : GPU_QUEUE_SDMA, 0);
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, 4096);
    struct last last = {0};
    uint64_t seq;
    OK(gpu_queue_submit(waiter, &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = guilty, .value = 3}, 1,
                        &(struct gpu_job){.done = keep}, &last, &seq));
    OK(gpu_queue_submit(
        guilty,
        &(struct gpu_command){.op = GPU_COPY, .dst = gpu_buffer_va(buf), .src = nowhere(gpu), .bytes = 4}, 1,
        NULL, NULL, NULL));
    OK(gpu_queue_wait(waiter, seq, TEST_LIMIT_NS));
    ck_assert_int_eq(last.error, -EOWNERDEAD);
}
END_TEST

static bool has_faulted(int render)
{
    uint64_t fault[2] = {0};
    struct drm_amdgpu_info ask = {
        .return_pointer = (uintptr_t)fault, .return_size = sizeof fault, .query = 0x23 /* GPUVM_FAULT */};
    OK(drmCommandWrite(render, DRM_AMDGPU_INFO, &ask, sizeof ask));
    return fault[1] != 0;
}

struct double_fault {
    struct gpu_queue *queues[2];
    uint64_t address[2];
    int render[2];
};

/* On the event thread, which so sees neither fault until both are there. */
static void fault_twice(void *ctx, const struct gpu_result *result)
{
    struct double_fault *both = ctx;
    ck_assert_int_eq(result->error, 0);
    for (int i = 0; i < 2; i++)
        OK(gpu_queue_submit(both->queues[i],
                            &(struct gpu_command){.op = GPU_FILL, .dst = both->address[i], .bytes = 4}, 1,
                            NULL, NULL, NULL));
    for (int i = 0; i < 2; i++)
        while (!has_faulted(both->render[i]))
            sched_yield();
}

START_TEST(two_gpus_that_fault_at_once_are_both_reported)
{
    struct double_fault both;
    struct gpu_queue *first = make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    for (int i = 0; i < 2; i++) {
        char path[64];
        struct gpu *gpu = gpu_at(sys, (unsigned)i);
        snprintf(path, sizeof path, "/dev/dri/renderD%u", gpu_info(gpu)->render_minor);
        both.queues[i] = make_queue(gpu, GPU_QUEUE_SDMA, 0);
        both.address[i] = nowhere(gpu);
        both.render[i] = open(path, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(both.render[i], 0);
    }
    OK(gpu_queue_submit(first, &(struct gpu_command){.op = GPU_NOP}, 1,
                        &(struct gpu_job){.done = fault_twice}, &both, NULL));
    for (int i = 0; i < 2; i++)
        FAILS(gpu_queue_wait(both.queues[i], 1, TEST_LIMIT_NS), EFAULT);
    wait_for_event(2);
    for (int i = 0; i < 2; i++) {
        char address[32];
        snprintf(address, sizeof address, "write to 0x%" PRIx64 ",", both.address[i]);
        FAILS(gpu_lost(gpu_at(sys, (unsigned)i)), ENODEV);
        ck_assert_msg(strstr(gpu_err_text(), address), "gpu%d: %s lacks %s", i, gpu_err_text(), address);
        close(both.render[i]);
    }
    ck_assert_uint_eq(events.count, 2);
}
END_TEST

/* The second GPU faults, and the kernel has told so, while the driver tells of the first one's: it finds the
 * fault by asking, and its event comes afterwards. */
static struct {
    struct gpu_queue *queue;
    uint64_t address;
    uint32_t event_id; /* of the same kind as the driver's; later in the kernel's list, so set after it */
    bool done;
} while_telling;

static void fault_while_telling(void *ctx, const struct gpu_event *event)
{
    struct kfd_event_data told = {.event_id = while_telling.event_id};
    record_event(ctx, event);
    if (while_telling.done || event->kind != GPU_EVENT_FAULT)
        return;
    while_telling.done = true;
    OK(gpu_queue_submit(while_telling.queue,
                        &(struct gpu_command){.op = GPU_FILL, .dst = while_telling.address, .bytes = 4}, 1,
                        NULL, NULL, NULL));
    while (told.memory.gpu_id != gpu_info(gpu_at(sys, 1))->gpu_id)
        OK(kfd_wait_events(&sys->kfd, &told, 1, GPU_TEST_LIMIT_S * 1000));
}

START_TEST(a_fault_that_was_found_by_asking_is_told_once)
{
    struct gpu_options options = {.on_event = fault_while_telling, .ctx = &events};
    OK(gpu_system_open(&options, &sys));
    struct gpu *first = gpu_at(sys, 0), *second = gpu_at(sys, 1);
    struct gpu_queue *queue = make_queue(first, GPU_QUEUE_SDMA, 0);
    while_telling.queue = make_queue(second, GPU_QUEUE_SDMA, 0);
    while_telling.address = nowhere(second);
    OK(kfd_create_event(&sys->kfd, KFD_EVENT_MEMORY, 0, &while_telling.event_id));
    OK(gpu_queue_submit(queue, &(struct gpu_command){.op = GPU_FILL, .dst = nowhere(first), .bytes = 4}, 1,
                        NULL, NULL, NULL));
    wait_for_event(2);
    while (atomic_load(&second->fault_found) && events_told() == 2) /* until its event has come, too */
        sched_yield();
    ck_assert_uint_eq(events_told(), 2);
    FAILS(gpu_lost(second), ENODEV);
    close_system();
}
END_TEST

START_TEST(only_who_may_have_done_it_is_suspected)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "trouble", "endless", &code);
    if (!kernel)
        return;
    struct gpu_buffer *flag = make_buffer(gpu, GPU_GTT, 4096), *buf = make_buffer(gpu, GPU_VRAM, 4096);
    struct gpu_queue *busy = make_queue(gpu, GPU_QUEUE_COMPUTE, 0),
                     *idle = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    struct gpu_queue *held = make_queue(gpu, GPU_QUEUE_SDMA, 0), *guilty = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    memset(gpu_buffer_cpu(flag), 0, 4096);
    run(idle, &(struct gpu_command){.op = GPU_NOP});
    dispatch(busy, kernel, 64, 64, (const uint64_t[]){gpu_buffer_va(flag)});
    OK(gpu_queue_submit(held,
                        &(struct gpu_command){.op = GPU_WAIT_MEM,
                                              .dst = gpu_buffer_va(flag),
                                              .compare = GPU_EQ,
                                              .value = 1,
                                              .mask = UINT32_MAX},
                        1, NULL, NULL, NULL));
    OK(gpu_queue_submit(guilty,
                        &(struct gpu_command){
                            .op = GPU_COPY, .dst = gpu_buffer_va(buf), .src = nowhere(gpu) + 100, .bytes = 8},
                        1, NULL, NULL, NULL));
    wait_for_event(1);
    ck_assert_uint_eq(events.last.n_suspects, 1);
    ck_assert_ptr_eq(events.last.suspects[0].queue, guilty);
    ck_assert_uint_eq(events.last.suspects[0].seq, 1);
    ck_assert_int_eq(events.last.access, GPU_ACCESS_READ);
    ck_assert(events.last.has_address && events.last.not_mapped);
}
END_TEST

START_TEST(a_kernel_that_reads_nowhere_takes_the_gpu)
{
    struct gpu *gpu = gpu_at(sys, _i), *other = gpu_at(sys, !_i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "trouble", "read_at", &code);
    if (!kernel)
        return;
    struct gpu_buffer *buf = make_buffer(gpu, GPU_VRAM, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    uint64_t address = nowhere(gpu);
    uint64_t seq = dispatch(queue, kernel, 1, 1, (const uint64_t[]){address + 64, gpu_buffer_va(buf)});
    FAILS(gpu_queue_wait(queue, seq, TEST_LIMIT_NS), EFAULT);
    expect_lost(gpu, other, address);
}
END_TEST

START_TEST(a_kernel_without_end_ends_with_its_queue)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "trouble", "endless", &code);
    if (!kernel)
        return;
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    memset(gpu_buffer_cpu(buf), 0, 4096);
    uint64_t seq = dispatch(queue, kernel, 256, 64, (const uint64_t[]){gpu_buffer_va(buf)});
    FAILS(gpu_queue_wait(queue, seq, 30000000), ETIME);
    gpu_queue_destroy(queue);
    ck_assert_int_eq(gpu_lost(gpu), 0);
    /* the flag lets another run end */
    *(uint32_t *)gpu_buffer_cpu(buf) = 1;
    queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    OK(gpu_queue_wait(queue, dispatch(queue, kernel, 256, 64, (const uint64_t[]){gpu_buffer_va(buf)}),
                      TEST_LIMIT_NS));
}
END_TEST

START_TEST(closing_with_work_under_way_ends)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "trouble", "endless", &code);
    if (!kernel)
        return;
    struct gpu_buffer *buf = make_buffer(gpu, GPU_GTT, 4096);
    memset(gpu_buffer_cpu(buf), 0, 4096);
    dispatch(make_queue(gpu, GPU_QUEUE_COMPUTE, 0), kernel, 64, 64, (const uint64_t[]){gpu_buffer_va(buf)});
}
END_TEST

START_TEST(bad_dispatches_are_refused)
{
    struct gpu *gpu = gpu_at(sys, _i);
    struct gpu_code *code;
    const struct gpu_kernel *kernel = load_kernel(gpu, "trouble", "nothing", &code);
    if (!kernel)
        return;
    uint8_t kernarg[4096] = {0};
    struct gpu_queue *queue = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
    struct gpu_command good = {.op = GPU_DISPATCH,
                               .kernel = kernel,
                               .grid = {64, 1, 1},
                               .group = {64, 1, 1},
                               .kernarg = kernarg},
                       c;
    c = good, c.grid[1] = 0;
    FAILS(gpu_queue_submit(queue, &c, 1, NULL, NULL, NULL), EINVAL);
    c = good, c.group[2] = 0;
    FAILS(gpu_queue_submit(queue, &c, 1, NULL, NULL, NULL), EINVAL);
    c = good, c.group[0] = kernel->max_group, c.group[1] = 2;
    FAILS(gpu_queue_submit(queue, &c, 1, NULL, NULL, NULL), EINVAL);
    c = good, c.group[0] = 1 << 17;
    FAILS(gpu_queue_submit(queue, &c, 1, NULL, NULL, NULL), EINVAL);
    c = good, c.lds_bytes = 65537;
    FAILS(gpu_queue_submit(queue, &c, 1, NULL, NULL, NULL), EINVAL);
    struct gpu_queue *sdma = make_queue(gpu, GPU_QUEUE_SDMA, 0);
    FAILS(gpu_queue_submit(sdma, &good, 1, NULL, NULL, NULL), EOPNOTSUPP);
    run(queue, &good);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = system_case(suite, "faults");
    tcase_add_loop_test(tcase, a_copy_from_nowhere_takes_the_gpu_and_only_that, 0, 2);
    tcase_add_loop_test(tcase, who_waited_for_the_lost_gpu_goes_on, 0, 2);
    tcase_add_test(tcase, two_gpus_that_fault_at_once_are_both_reported);
    tcase_add_loop_test(tcase, only_who_may_have_done_it_is_suspected, 0, 2);
    tcase_add_loop_test(tcase, a_kernel_that_reads_nowhere_takes_the_gpu, 0, 2);
    tcase_add_loop_test(tcase, a_kernel_without_end_ends_with_its_queue, 0, 2);
    tcase_add_loop_test(tcase, closing_with_work_under_way_ends, 0, 2);
    tcase_add_loop_test(tcase, bad_dispatches_are_refused, 0, 2);
    TCase *telling = tcase_create("while telling");
    tcase_set_timeout(telling, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, telling);
    tcase_add_test(telling, a_fault_that_was_found_by_asking_is_told_once);
    return run_gpu_suite(suite);
}
