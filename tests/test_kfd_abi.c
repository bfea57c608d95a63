/*
 * test_kfd_abi.c - the wrappers and the table of ioctls: against the kernel's own header (its command words
 * are golden), against the simulated kernel driver, and as the trace shows them.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu_test.h"
#include "kfd_call.h"
#include "topology.h"
#include "run_suite.h"

static struct kfd kfd;
static char *traced;
static size_t traced_length;
static struct kfd_aperture *apertures;
static unsigned n_apertures;
static uint32_t gpu_id;

static void open_kfd(void)
{
    OK(kfd_open(&kfd));
    OK(kfd_apertures(&kfd, &apertures, &n_apertures));
    gpu_id = n_apertures ? apertures[0].gpu_id : 0;
}

static void close_kfd(void)
{
    kfd_close(&kfd);
    free(apertures);
    apertures = NULL;
}

static void acquire(void)
{
    struct topology topology;
    OK(topology_read(TOPOLOGY_ROOT, &topology));
    for (unsigned i = 0; i < topology.n_nodes; i++) {
        if (topology.nodes[i].gpu_id != gpu_id)
            continue;
        char path[64];
        snprintf(path, sizeof path, "/dev/dri/renderD%u", (unsigned)topology.nodes[i].drm_render_minor);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        OK(kfd_acquire_vm(&kfd, gpu_id, fd));
    }
    topology_free(&topology);
}

static void trace_start(void)
{
    free(traced); /* what an earlier one left */
    traced = NULL;
    kfd.trace_to = open_memstream(&traced, &traced_length);
    kfd.trace = true;
}

/* What was traced since trace_start(). */
static const char *trace_end(void)
{
    fclose(kfd.trace_to);
    kfd.trace_to = NULL;
    kfd.trace = false;
    return traced;
}

#define TRACED(text)                                                        \
    do {                                                                    \
        const char *line_ = trace_end();                                    \
        ck_assert_msg(strstr(line_, text), "'%s' lacks '%s'", line_, text); \
    } while (0)

/* ---- the table ---- */

static const struct kfd_ioctl *row_of(unsigned nr)
{
    const struct kfd_ioctl *row = kfd_ioctls;
    while (row->name && row->nr != nr)
        row++;
    return row;
}

START_TEST(the_table_is_the_kernels_header)
{
    char path[512], line[200], name[100];
    unsigned long word;
    unsigned n = 0;
    snprintf(path, sizeof path, "%s/golden/kfd-ioctls-6.12.txt", getenv("KFDFS_TESTS"));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx %99s", &word, name) != 2)
            continue;
        const struct kfd_ioctl *row = row_of(_IOC_NR(word));
        ck_assert_msg(row->name && !strncmp(row->name, name, strlen(name)), "%s: the table has %s", name,
                      row->name ? row->name : "nothing");
        ck_assert_msg(row->bytes == _IOC_SIZE(word), "%s has %u bytes, not %u", name,
                      (unsigned)_IOC_SIZE(word), row->bytes);
        n++;
    }
    fclose(file);
    ck_assert_uint_eq(n, 38);
}
END_TEST

START_TEST(command_words_are_the_kernels)
{
    static const unsigned long words[] = {
        KFD_IOC_SET_MEMORY_POLICY, KFD_IOC_GET_APERTURES_OLD, KFD_IOC_RESET_EVENT,
        KFD_IOC_SET_SCRATCH_VA,    KFD_IOC_GET_TILE_CONFIG,   KFD_IOC_GET_WAVE_STATE,
        KFD_IOC_GET_DMABUF_INFO,   KFD_IOC_ALLOC_QUEUE_GWS,   KFD_IOC_SVM,
        KFD_IOC_SET_XNACK_MODE,    KFD_IOC_CRIU_OP,           KFD_IOC_AVAILABLE_MEMORY,
        KFD_IOC_DBG_TRAP,          KFD_IOC_WAIT_EVENTS,       KFD_IOC_SMI_EVENTS,
        KFD_IOC_ALLOC_MEMORY,      KFD_IOC_PROFILER};
    static const unsigned long kernels[] = {0x40204b04, 0x81904b06, 0x40084b0b, 0xc0104b11, 0xc0284b12,
                                            0xc0184b1b, 0xc0204b1c, 0xc0104b1e, 0xc0184b20, 0xc0044b21,
                                            0xc0384b22, 0xc0104b23, 0xc0204b26, 0xc0184b0c, 0xc0084b1f,
                                            0xc0284b16, 0xc0104b28};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        ck_assert_uint_eq(words[i], kernels[i]);
}
END_TEST

START_TEST(fields_lie_inside_their_structure)
{
    for (const struct kfd_ioctl *row = kfd_ioctls; row->name; row++)
        for (const struct kfd_field *f = row->fields; f->name; f++) {
            ck_assert_msg(f->at + f->bytes <= row->bytes, "%s: %s ends outside", row->name, f->name);
            ck_assert_msg(f->way == KFD_IN || f->way == KFD_OUT || f->way == (KFD_IN | KFD_OUT), "%s: %s",
                          row->name, f->name);
        }
}
END_TEST

/* ---- versions ---- */

enum { OLDEST = 11, NEWEST = 23, NO_EVENT_PAGE = 23 };

static void be_version(int minor)
{
    char option[16];
    snprintf(option, sizeof option, "kfd=1.%d", minor);
    setenv("KFDFS_SIM_OPTS", option, 1);
    open_kfd();
    ck_assert_uint_eq(kfd.version.minor, minor);
}

/* The table's rows are the driver's, and so is what it says of versions; the answers are the kernel's. */
START_TEST(a_kernel_has_the_ioctls_of_its_version_and_no_others)
{
    be_version(_i);
    for (const struct kfd_ioctl *row = kfd_ioctls; row->name; row++) {
        uint8_t args[512] = {0};
        int rc = ioctl(kfd.fd, _IOC(_IOC_READ | _IOC_WRITE, 'K', row->nr, row->bytes), args);
        bool known = rc >= 0 || errno != ENOTTY;
        ck_assert_msg(known == (row->minor <= _i), "%s, since 1.%u, is %s in 1.%d", row->name, row->minor,
                      known ? "there" : "missing", _i);
    }
    close_kfd();
}
END_TEST

/* Linux: 1.14 kfd_event_data has an age, percentage bits 15:8 an XCC; 1.15 the first 64 KiB of addresses are
 * the kernel's; 1.17 SDMA queues by engine, and no more apertures than nodes; 1.23 (7.3) no event page. */
static bool has_event_age(void)
{
    struct kfd_event_data data;
    memset(&data, 0, sizeof data);
    OK(kfd_create_event(&kfd, KFD_EVENT_SIGNAL, 0, &data.event_id));
    data.last_event_age = 1000; /* not the event's: it has been set meanwhile */
    return !kfd_wait_events(&kfd, &data, 1, 0);
}

static int queue_error(uint32_t type, uint32_t percentage)
{
    struct kfd_create_queue q = {.gpu_id = gpu_id, .type = type, .percentage = percentage};
    return ioctl(kfd.fd, KFD_IOC_CREATE_QUEUE, &q) ? errno : 0;
}

static bool has_limit_of_apertures(void)
{
    static struct kfd_aperture many[64];
    struct kfd_apertures a = {.entries = (uintptr_t)many, .n = 64};
    return ioctl(kfd.fd, KFD_IOC_GET_APERTURES, &a) && errno == EINVAL;
}

START_TEST(what_an_ioctl_takes_comes_with_its_version)
{
    be_version(_i);
    if (_i >= NO_EVENT_PAGE)
        FAILS(kfd_create_event(&kfd, KFD_EVENT_SIGNAL, 0, &(uint32_t){0}), ENOMEM);
    else
        ck_assert_int_eq(has_event_age(), _i >= 14);
    ck_assert_uint_eq(apertures[0].gpuvm_base, _i >= 15 ? 1 << 16 : 4 << 12);
    ck_assert_int_eq(queue_error(KFD_QUEUE_SDMA_BY_ENGINE, 100) != KFD_ENOTSUPP, _i >= 17);
    ck_assert_int_eq(queue_error(KFD_QUEUE_SDMA_XGMI, 100), ESRCH); /* no address space yet */
    ck_assert_int_eq(queue_error(KFD_QUEUE_COMPUTE, 1 << 8 | 100) == ESRCH, _i >= 14);
    ck_assert_int_eq(has_limit_of_apertures(), _i >= 17);
    close_kfd();
}
END_TEST

static bool context_is_there(void)
{
    char path[96];
    snprintf(path, sizeof path, "/sys/class/kfd/kfd/proc/%d/context_0/pasid", (int)getpid());
    return access(path, R_OK) == 0;
}

START_TEST(a_secondary_process_lasts_until_the_last_descriptor_of_its_file_is_closed)
{
    be_version(19);
    struct kfd other;
    memset(&other, 0, sizeof other);
    OK(kfd_open(&other));
    OK(kfd_create_process(&other));
    FAILS(kfd_create_process(&other), EINVAL);
    ck_assert(context_is_there());
    uint32_t event;
    OK(kfd_create_event(&other, KFD_EVENT_SIGNAL, 0, &event));
    FAILS(kfd_set_event(&kfd, event), EINVAL);
    OK(kfd_set_event(&other, event));
    int copy = dup(other.fd), target = dup(0);
    ck_assert_int_ge(copy, 0);
    kfd_close(&other);
    ck_assert(context_is_there());
    ck_assert_int_eq(dup2(target, copy), copy); /* closes it */
    ck_assert(!context_is_there());
    close_kfd();
}
END_TEST

START_TEST(a_profiler_asks_for_counters_and_the_limiter)
{
    be_version(23);
    struct kfd_profiler a = {.op = KFD_PROFILER_VERSION};
    trace_start();
    OK(kfd_profiler(&kfd, &a));
    TRACED("kfd: PROFILER VERSION() = 0 (version=1)\n");
    ck_assert_uint_eq(a.version, 1);
    a = (struct kfd_profiler){.op = KFD_PROFILER_PTL_CONTROL, .ptl = {.gpu_id = gpu_id, .enable = 1}};
    trace_start();
    OK(kfd_profiler(&kfd, &a));
    TRACED("enable=1) = 0\n");
    a = (struct kfd_profiler){.op = KFD_PROFILER_PMC, .pmc = {.gpu_id = 0xdead, .lock = 1}};
    trace_start();
    ck_assert_int_lt(kfd_profiler(&kfd, &a), 0);
    TRACED("kfd: PROFILER PMC(gpu_id=57005, lock=1, perfcount_enable=0) = E");
    a.op = 1; /* sampling of program counters, in AMD's own packaged driver */
    FAILS(kfd_profiler(&kfd, &a), EINVAL);
    close_kfd();
}
END_TEST

/* ---- the trace ---- */

START_TEST(a_call_is_traced_with_what_went_in_and_what_came_out)
{
    uint32_t id;
    trace_start();
    OK(kfd_create_event(&kfd, KFD_EVENT_SIGNAL, 0, &id));
    TRACED("kfd: CREATE_EVENT(type=SIGNAL, auto_reset=1, node_id=0, page_offset=0x0) = 0 "
           "(page_offset=0x8000000000000000, event_id=1, trigger_data=1, slot=1)\n");
}
END_TEST

START_TEST(a_refused_call_is_traced_with_its_errno_and_without_results)
{
    uint64_t handle;
    trace_start();
    FAILS(kfd_import_dmabuf(&kfd, 0xdead, 4096, -1, &handle), EINVAL);
    TRACED("kfd: IMPORT_DMABUF(gpu_id=57005, va=0x1000, fd=4294967295) = EINVAL\n");
}
END_TEST

START_TEST(flags_lists_and_types_are_traced_by_name)
{
    struct kfd_alloc_memory args = {.va = 0x700000000000,
                                    .size = 4096,
                                    .gpu_id = gpu_id,
                                    .flags = KFD_ALLOC_GTT | KFD_ALLOC_COHERENT | 1u << 5};
    acquire();
    trace_start();
    OK(kfd_alloc_memory(&kfd, &args));
    OK(kfd_map_memory(&kfd, args.handle, &gpu_id, 1));
    const char *text = trace_end();
    char list[64];
    snprintf(list, sizeof list, "gpu_ids=[%u], n_success=0) = 0 (n_success=1)", gpu_id);
    ck_assert_ptr_nonnull(strstr(text, "flags=GTT|COHERENT|0x20, mmap_offset=0x0) = 0 (mmap_offset=0x1"));
    ck_assert_ptr_nonnull(strstr(text, list));
}
END_TEST

START_TEST(events_are_traced_by_their_ids)
{
    struct kfd_event_data data[2];
    memset(data, 0, sizeof data);
    OK(kfd_create_event(&kfd, KFD_EVENT_SIGNAL, 0, &data[0].event_id));
    OK(kfd_create_event(&kfd, KFD_EVENT_MEMORY, 0, &data[1].event_id));
    OK(kfd_set_event(&kfd, data[0].event_id));
    trace_start();
    OK(kfd_wait_events(&kfd, data, 2, 1000));
    TRACED(
        "kfd: WAIT_EVENTS(events=[1, 1073741824], n=2, all=0, timeout_ms=1000) = 0 (events=[1, 1073741824], "
        "result=COMPLETE)\n");
}
END_TEST

START_TEST(operations_of_one_ioctl_are_traced_by_their_own_names)
{
    struct kfd_debug debug = {.pid = 1, .op = KFD_DEBUG_SUSPEND_QUEUES};
    uint32_t queues[10] = {3, 4};
    debug.suspend.queues = (uintptr_t)queues;
    debug.suspend.n = 10;
    trace_start();
    ck_assert_int_lt(kfd_debug(&kfd, &debug), 0);
    struct kfd_svm_attribute attribute = {KFD_SVM_SET_FLAGS, KFD_SVM_COHERENT};
    ck_assert_int_lt(kfd_svm(&kfd, KFD_SVM_SET, 1, 4096, &attribute, 1), 0);
    const char *text = trace_end();
    ck_assert_ptr_nonnull(strstr(
        text,
        "DBG_TRAP SUSPEND_QUEUES(pid=1, exceptions=0x0, queues=[3, 4, 0, 0, 0, 0, 0, 0, ...], grace=0) = E"));
    ck_assert_ptr_nonnull(
        strstr(text, "SVM SET_ATTR(start=0x1, size=0x1000, attributes=[SET_FLAGS=0x2]) = E"));
}
END_TEST

START_TEST(the_trace_goes_to_the_file_that_the_environment_names)
{
    char path[] = "/tmp/kfdfs-trace-XXXXXX", text[256] = {0};
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    setenv("KFDFS_TRACE", path, 1);
    struct kfd other = {.fd = -1};
    OK(kfd_open(&other));
    kfd_close(&other);
    ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
    ck_assert_str_eq(text, "kfd: GET_VERSION() = 0 (major=1, minor=17)\n");
    setenv("KFDFS_TRACE", "/proc/nowhere/file", 1);
    FAILS(kfd_open(&other), ENOENT);
    unsetenv("KFDFS_TRACE");
    close(fd);
    unlink(path);
}
END_TEST

/* ---- wrappers that kfdfs does not use ---- */

START_TEST(a_reset_event_is_waited_for_again)
{
    struct kfd_event_data data;
    memset(&data, 0, sizeof data);
    OK(kfd_create_event(&kfd, KFD_EVENT_SIGNAL, 0, &data.event_id));
    OK(kfd_set_event(&kfd, data.event_id));
    OK(kfd_reset_event(&kfd, data.event_id));
    ck_assert_int_eq(kfd_wait_events(&kfd, &data, 1, 0), -ETIME);
    FAILS(kfd_reset_event(&kfd, 99), EINVAL);
    OK(kfd_create_event(&kfd, KFD_EVENT_MEMORY, 0, &data.event_id));
    FAILS(kfd_reset_event(&kfd, data.event_id), EINVAL);
}
END_TEST

START_TEST(tile_configuration_is_as_long_as_gfx9_and_later_have_it)
{
    uint32_t tiles[40], macro[40];
    struct kfd_tile_config args = {
        .tiles = (uintptr_t)tiles, .macro_tiles = (uintptr_t)macro, .n_tiles = 40, .n_macro_tiles = 40};
    args.gpu_id = gpu_id;
    memset(tiles, 0x55, sizeof tiles);
    OK(kfd_tile_config(&kfd, &args));
    ck_assert_uint_eq(args.n_tiles, 32);
    ck_assert_uint_eq(args.n_macro_tiles, 16);
    ck_assert_uint_ne(args.gb_addr_config, 0);
    ck_assert_uint_eq(tiles[31], 0);
    ck_assert_uint_eq(tiles[32], 0x55555555);
    args.gpu_id = 0xdead;
    FAILS(kfd_tile_config(&kfd, &args), EINVAL);
}
END_TEST

START_TEST(old_apertures_are_the_new_ones)
{
    struct kfd_apertures_old old;
    OK(kfd_apertures_old(&kfd, &old));
    ck_assert_uint_eq(old.n, n_apertures);
    ck_assert_mem_eq(old.entries, apertures, n_apertures * sizeof *apertures);
}
END_TEST

START_TEST(available_memory_shrinks_by_what_is_allocated)
{
    struct kfd_alloc_memory args = {.va = 0x700000000000,
                                    .size = 64 << 20,
                                    .gpu_id = gpu_id,
                                    .flags = KFD_ALLOC_VRAM | KFD_ALLOC_WRITABLE};
    uint64_t before, after;
    acquire();
    OK(kfd_available_memory(&kfd, gpu_id, &before));
    OK(kfd_alloc_memory(&kfd, &args));
    OK(kfd_available_memory(&kfd, gpu_id, &after));
    ck_assert_uint_eq(before - after, 64 << 20);
    FAILS(kfd_available_memory(&kfd, 0xdead, &before), EINVAL);
}
END_TEST

START_TEST(an_exported_buffer_tells_what_it_is)
{
    struct kfd_alloc_memory args = {
        .va = 0x700000000000, .size = 8192, .gpu_id = gpu_id, .flags = KFD_ALLOC_VRAM | KFD_ALLOC_WRITABLE};
    int fd;
    acquire();
    OK(kfd_alloc_memory(&kfd, &args));
    OK(kfd_export_dmabuf(&kfd, args.handle, &fd));
    struct kfd_dmabuf_info info = {.fd = (uint32_t)fd};
    OK(kfd_dmabuf_info(&kfd, &info));
    ck_assert_uint_eq(info.size, 8192);
    ck_assert_uint_eq(info.gpu_id, gpu_id);
    ck_assert_uint_eq(info.flags & KFD_ALLOC_VRAM, KFD_ALLOC_VRAM);
    close(fd);
}
END_TEST

START_TEST(settings_of_a_gpu_want_its_address_space)
{
    FAILS(kfd_set_memory_policy(&kfd, gpu_id, 0, 0), ESRCH);
    FAILS(kfd_set_scratch_va(&kfd, gpu_id, 4096), ENODEV);
    acquire();
    OK(kfd_set_memory_policy(&kfd, gpu_id, 0, 1));
    FAILS(kfd_set_memory_policy(&kfd, gpu_id, 0, 2), EINVAL);
    OK(kfd_set_scratch_va(&kfd, gpu_id, 4096));
}
END_TEST

START_TEST(what_this_kernel_lacks_is_refused_as_it_does)
{
    FAILS(kfd_create_process(&kfd), ENOTTY);
    FAILS(kfd_xnack(&kfd), EPERM); /* no shared virtual memory, as Debian's */
    FAILS(kfd_set_xnack(&kfd, false), EPERM);
    struct kfd_svm_attribute attribute = {KFD_SVM_GRANULARITY, 9};
    FAILS(kfd_svm(&kfd, KFD_SVM_GET, 4096, 4096, &attribute, 1), EPERM);
    FAILS(kfd_svm(&kfd, KFD_SVM_GET, 4096, 4096, &attribute, 3000), E2BIG);
    uint32_t first;
    FAILS(kfd_alloc_gws(&kfd, 9, 1, &first), EINVAL);
    struct kfd_wave_state state = {.queue_id = 9};
    FAILS(kfd_wave_state(&kfd, &state), EFAULT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kfd_abi");
    TCase *table = tcase_create("table");
    tcase_add_test(table, the_table_is_the_kernels_header);
    tcase_add_test(table, command_words_are_the_kernels);
    tcase_add_test(table, fields_lie_inside_their_structure);
    suite_add_tcase(suite, table);
    TCase *versions = tcase_create("versions");
    tcase_add_loop_test(versions, a_kernel_has_the_ioctls_of_its_version_and_no_others, OLDEST, NEWEST + 1);
    tcase_add_loop_test(versions, what_an_ioctl_takes_comes_with_its_version, OLDEST, NEWEST + 1);
    tcase_add_test(versions, a_secondary_process_lasts_until_the_last_descriptor_of_its_file_is_closed);
    tcase_add_test(versions, a_profiler_asks_for_counters_and_the_limiter);
    suite_add_tcase(suite, versions);
    TCase *calls = tcase_create("calls");
    tcase_add_checked_fixture(calls, open_kfd, close_kfd);
    tcase_add_test(calls, a_call_is_traced_with_what_went_in_and_what_came_out);
    tcase_add_test(calls, a_refused_call_is_traced_with_its_errno_and_without_results);
    tcase_add_test(calls, flags_lists_and_types_are_traced_by_name);
    tcase_add_test(calls, events_are_traced_by_their_ids);
    tcase_add_test(calls, operations_of_one_ioctl_are_traced_by_their_own_names);
    tcase_add_test(calls, the_trace_goes_to_the_file_that_the_environment_names);
    tcase_add_test(calls, a_reset_event_is_waited_for_again);
    tcase_add_test(calls, tile_configuration_is_as_long_as_gfx9_and_later_have_it);
    tcase_add_test(calls, old_apertures_are_the_new_ones);
    tcase_add_test(calls, available_memory_shrinks_by_what_is_allocated);
    tcase_add_test(calls, an_exported_buffer_tells_what_it_is);
    tcase_add_test(calls, settings_of_a_gpu_want_its_address_space);
    tcase_add_test(calls, what_this_kernel_lacks_is_refused_as_it_does);
    suite_add_tcase(suite, calls);
    return run_gpu_suite(suite);
}
