/*
 * test_leak.c - every ioctl of every operation fails once, in turn: the caller gets a clean error, everything
 * that was made on the way is given back (as the simulator counts it), and the next try goes through.
 */
#include <fcntl.h>
#include <unistd.h>

#include "gpu_test.h"

/* Not those that give things back: what the kernel refuses to free is not ours to lose. */
static const char *const making[] = {"CREATE_QUEUE", "CREATE_EVENT", "ALLOC_MEMORY_OF_GPU",
                                     "MAP_MEMORY_TO_GPU"};
static const char *const opening[] = {
    "GET_PROCESS_APERTURES_NEW", "ACQUIRE_VM",     "CREATE_EVENT", "ALLOC_MEMORY_OF_GPU", "SMI_EVENTS",
    "MAP_MEMORY_TO_GPU",         "RUNTIME_ENABLE", "WAIT_EVENTS",  "SET_TRAP_HANDLER"};
static const char *const ending[] = {"DESTROY_QUEUE", "DESTROY_EVENT", "FREE_MEMORY_OF_GPU",
                                     "UNMAP_MEMORY_FROM_GPU"};
enum { RENDER_MINOR = 128, STEPS_MAX = 64, GPUS = 2 };
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void debug_path(char *path, size_t size, unsigned gpu, const char *file)
{
    snprintf(path, size, "/sys/kernel/debug/dri/%u/%s", RENDER_MINOR + gpu, file);
}

static void refuse(const char *ioctl, unsigned count, unsigned after)
{
    char path[64], line[80];
    debug_path(path, sizeof path, 0, "inject");
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int n = snprintf(line, sizeof line, "refuse %s ENOMEM %u %u", ioctl, count, after);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, line, (size_t)n), n);
    close(fd);
}

struct objects {
    unsigned buffers[GPUS], mappings[GPUS], queues[GPUS], events;
};

static struct objects count_objects(void)
{
    struct objects n = {0};
    for (unsigned i = 0; i < GPUS; i++) {
        char path[64];
        debug_path(path, sizeof path, i, "objects");
        FILE *file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "buffers %u mappings %u queues %u events %u", &n.buffers[i],
                                &n.mappings[i], &n.queues[i], &n.events),
                         4);
        fclose(file);
    }
    return n;
}

static void expect_objects(const struct objects *wanted, const char *what, const char *ioctl, unsigned step)
{
    struct objects n = count_objects();
    for (unsigned i = 0; i < GPUS; i++)
        ck_assert_msg(n.buffers[i] == wanted->buffers[i] && n.mappings[i] == wanted->mappings[i] &&
                          n.queues[i] == wanted->queues[i],
                      "%s, %s %u: GPU %u has %u buffers, %u mappings, %u queues; had %u, %u, %u", what, ioctl,
                      step, i, n.buffers[i], n.mappings[i], n.queues[i], wanted->buffers[i],
                      wanted->mappings[i], wanted->queues[i]);
    ck_assert_msg(n.events == wanted->events, "%s, %s %u: %u events, had %u", what, ioctl, step, n.events,
                  wanted->events);
}

/* The kernel frees the page of events with the process (kfd_ioctl_free_memory_of_gpu: EPERM). */
static void expect_closed(const char *what, const char *ioctl, unsigned step)
{
    struct objects wanted = {.buffers = {count_objects().buffers[0] == 1}};
    expect_objects(&wanted, what, ioctl, step);
}

/* ---- operations: make something, use it, give it back ---- */

static int queue_of_kind(struct gpu *gpu, enum gpu_queue_kind kind)
{
    struct gpu_queue *queue = NULL;
    int rc = gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = kind, .engine = -1}, &queue);
    ck_assert(!rc == !!queue);
    if (!rc)
        run(queue, &(struct gpu_command){.op = GPU_NOP});
    gpu_queue_destroy(queue);
    return rc;
}

static int sdma_queue(struct gpu *gpu)
{
    return queue_of_kind(gpu, GPU_QUEUE_SDMA);
}

static int compute_queue(struct gpu *gpu)
{
    return queue_of_kind(gpu, GPU_QUEUE_COMPUTE);
}

static int buffer_that_grows(struct gpu *gpu)
{
    struct gpu_buffer *buf = NULL;
    int rc = gpu_buffer_create(gpu, GPU_GTT, 1 << 20, &buf);
    for (uint64_t bytes = 4096; !rc && bytes <= 1 << 20; bytes *= 16) {
        uint64_t had = gpu_buffer_capacity(buf);
        rc = gpu_buffer_reserve(buf, bytes);
        if (rc)
            ck_assert_uint_eq(gpu_buffer_capacity(buf), had);
    }
    gpu_buffer_free(buf);
    return rc;
}

static int vram_buffer(struct gpu *gpu)
{
    struct gpu_buffer *buf = NULL;
    int rc = gpu_buffer_create(gpu, GPU_VRAM, 1 << 20, &buf);
    if (!rc)
        rc = gpu_buffer_reserve(buf, 5000);
    gpu_buffer_free(buf);
    return rc;
}

static int code(struct gpu *gpu)
{
    char path[512];
    const char *kernels = getenv("KFDFS_KERNELS");
    static uint8_t bytes[1 << 20];
    struct gpu_code *code = NULL;
    snprintf(path, sizeof path, "%s/private_sort.%s.O3.hsaco", kernels ? kernels : ".",
             gpu_info(gpu)->target);
    FILE *file = fopen(path, "rb");
    if (!file) {
        atomic_store(kernels_missed, true);
        return 0;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    int rc = gpu_code_load(gpu, bytes, size, &code);
    ck_assert(!rc == !!code);
    gpu_code_unload(code);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct gpu *gpu);
} operations[] = {{"an SDMA queue", sdma_queue},
                  {"a compute queue", compute_queue},
                  {"a buffer that grows", buffer_that_grows},
                  {"a VRAM buffer", vram_buffer},
                  {"code", code}};

START_TEST(what_fails_on_the_way_gives_all_back)
{
    unsigned which = (unsigned)_i % COUNT(operations);
    struct gpu *gpu = gpu_at(sys, (unsigned)_i / COUNT(operations));
    OK(operations[which].run(gpu)); /* what is made once stays */
    struct objects before = count_objects();
    for (unsigned k = 0; k < COUNT(making); k++) {
        int rc = -1;
        unsigned step = 0;
        for (; rc && step < STEPS_MAX; step++) {
            refuse(making[k], 1, step);
            rc = operations[which].run(gpu);
            refuse(making[k], 0, 0);
            ck_assert_msg(!rc || *gpu_err_text(), "%s, %s %u: no sentence", operations[which].name, making[k],
                          step);
            ck_assert_msg(!rc || rc == -ENOMEM || rc == -ENOSPC, "%s, %s %u: %d", operations[which].name,
                          making[k], step, rc);
            expect_objects(&before, operations[which].name, making[k], step);
        }
        ck_assert_msg(!rc, "%s never gets through", operations[which].name);
    }
    OK(operations[which].run(gpu));
    ck_assert_int_eq(gpu_lost(gpu), 0);
}
END_TEST

START_TEST(what_cannot_be_given_back_ends_nothing)
{
    unsigned which = (unsigned)_i % COUNT(operations);
    struct gpu *gpu = gpu_at(sys, (unsigned)_i / COUNT(operations));
    for (unsigned k = 0; k < COUNT(ending); k++)
        for (unsigned step = 0; step < 4; step++) {
            refuse(ending[k], 1, step);
            OK(operations[which].run(gpu));
            refuse(ending[k], 0, 0);
        }
    OK(operations[which].run(gpu));
}
END_TEST

/* The GPU address space is bound to the first render descriptor for good, so each try is a process of its
 * own. */
START_TEST(opening_that_fails_leaves_nothing)
{
    const char *ioctl = opening[_i % (int)COUNT(opening)];
    unsigned step = (unsigned)_i / COUNT(opening);
    struct gpu_system *opened = NULL;
    refuse(ioctl, 1, step);
    int rc = gpu_system_open(NULL, &opened);
    ck_assert(!rc == !!opened);
    ck_assert_msg(!rc || *gpu_err_text(), "%s %u: no sentence", ioctl, step);
    gpu_system_close(opened);
    expect_closed("opening", ioctl, step);
}
END_TEST

START_TEST(closing_gives_all_back)
{
    open_system();
    make_queue(gpu_at(sys, 0), GPU_QUEUE_COMPUTE, 0);
    make_queue(gpu_at(sys, 1), GPU_QUEUE_SDMA, 0);
    make_buffer(gpu_at(sys, 0), GPU_VRAM, 5000);
    make_buffer(gpu_at(sys, 1), GPU_GTT, 5000);
    close_system();
    expect_closed("closing", "none", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leak");
    TCase *tcase = system_case(suite, "operations");
    tcase_add_loop_test(tcase, what_fails_on_the_way_gives_all_back, 0, 2 * (int)COUNT(operations));
    tcase_add_loop_test(tcase, what_cannot_be_given_back_ends_nothing, 0, 2 * (int)COUNT(operations));
    tcase = tcase_create("opening");
    tcase_set_timeout(tcase, GPU_TEST_LIMIT_S);
    tcase_add_loop_test(tcase, opening_that_fails_leaves_nothing, 0, 5 * (int)COUNT(opening));
    tcase_add_test(tcase, closing_gives_all_back);
    suite_add_tcase(suite, tcase);
    return run_gpu_suite(suite);
}
