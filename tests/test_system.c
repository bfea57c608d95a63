/*
 * test_system.c - opening and closing, and what a GPU says about itself.
 */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "gpu_test.h"

/* Threads of the driver; the simulator has its own. */
static unsigned count_event_threads(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        if (fgets(name, sizeof name, file) && !strcmp(name, "gpu-events\n"))
            n++;
        fclose(file);
    }
    closedir(dir);
    return n;
}

START_TEST(both_gpus_are_there_in_topology_order)
{
    unsigned major, minor;
    gpu_system_kfd_version(sys, &major, &minor);
    ck_assert_uint_eq(major, 1);
    ck_assert_uint_eq(minor, 17);
    ck_assert_uint_eq(gpu_count(sys), 2);
    ck_assert_ptr_null(gpu_at(sys, 2));
    const struct gpu_info *mi = gpu_info(gpu_at(sys, 0)), *rx = gpu_info(gpu_at(sys, 1));
    ck_assert_str_eq(mi->target, "gfx942");
    ck_assert_str_eq(rx->target, "gfx1100");
    ck_assert_uint_eq(mi->cus, 304);
    ck_assert_uint_eq(mi->xccs, 8);
    ck_assert_uint_eq(mi->wave_size, 64);
    ck_assert_uint_eq(rx->cus, 96);
    ck_assert_uint_eq(rx->xccs, 1);
    ck_assert_uint_eq(rx->wave_size, 32);
    ck_assert_uint_eq(mi->lds_bytes, 65536);
    ck_assert_uint_eq(mi->sdma_engines + mi->sdma_xgmi_engines, 16);
    ck_assert(mi->cpu_visible && rx->cpu_visible);
    ck_assert_uint_lt(mi->node, rx->node);
    ck_assert_uint_ne(mi->gpu_id, rx->gpu_id);
    ck_assert_uint_eq(mi->vendor_id, 0x1002);
}
END_TEST

START_TEST(the_bus_address_is_the_one_of_sysfs)
{
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        unsigned domain, bus, device, function;
        ck_assert_int_eq(
            sscanf(gpu_info(gpu_at(sys, i))->pci, "%4x:%2x:%2x.%1x", &domain, &bus, &device, &function), 4);
        ck_assert_uint_eq(strlen(gpu_info(gpu_at(sys, i))->pci), strlen("0000:03:00.0"));
    }
}
END_TEST

START_TEST(memory_in_use_follows_allocation)
{
    struct gpu *gpu = gpu_at(sys, 0);
    for (unsigned vram = 0; vram < 2; vram++) {
        uint64_t before, after, total, bytes = 64 << 20;
        OK(gpu_memory(gpu, vram, &before, &total));
        ck_assert_uint_ge(total, before + bytes);
        struct gpu_buffer *buf = make_buffer(gpu, vram ? GPU_VRAM : GPU_GTT, bytes);
        OK(gpu_memory(gpu, vram, &after, &total));
        ck_assert_uint_ge(after, before + bytes);
        gpu_buffer_free(buf);
        OK(gpu_memory(gpu, vram, &after, &total));
        ck_assert_uint_eq(after, before);
    }
}
END_TEST

START_TEST(a_gpu_reaches_itself_and_its_neighbours)
{
    struct gpu *a = gpu_at(sys, 0), *b = gpu_at(sys, 1);
    ck_assert(gpu_reaches(a, a) && gpu_reaches(b, b));
    ck_assert(gpu_reaches(a, b) == gpu_reaches(b, a));
    ck_assert_int_eq(gpu_lost(a), 0);
}
END_TEST

START_TEST(closing_takes_everything_with_it)
{
    ck_assert_uint_eq(count_event_threads(), 0);
    open_system();
    ck_assert_uint_eq(count_event_threads(), 1);
    make_buffer(gpu_at(sys, 0), GPU_VRAM, 1 << 20);
    make_buffer(gpu_at(sys, 1), GPU_GTT, 1 << 20);
    make_queue(gpu_at(sys, 0), GPU_QUEUE_SDMA, 0);
    make_queue(gpu_at(sys, 1), GPU_QUEUE_COMPUTE, 0);
    close_system();
    gpu_system_close(NULL);
    while (count_event_threads()) /* joined, but the kernel may be a moment behind */
        ;
}
END_TEST

/* The kernel binds a process's GPU address space to the first render file for the process's life. */
START_TEST(a_second_open_in_one_process_says_why_not)
{
    struct gpu_system *again = NULL;
    FAILS(gpu_system_open(NULL, &again), EBUSY);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "ACQUIRE_VM"));
    ck_assert_ptr_null(again);
}
END_TEST

START_TEST(unknown_engines_and_rings_are_refused)
{
    struct gpu_queue *queue = NULL;
    struct gpu *gpu = gpu_at(sys, 1);
    FAILS(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = 2}, &queue),
          EINVAL);
    FAILS(gpu_queue_create(
              gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = -1, .ring_bytes = 5000},
              &queue),
          EINVAL);
    FAILS(gpu_queue_create(
              gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = -1, .ring_bytes = 2 << 20},
              &queue),
          EINVAL);
    FAILS(gpu_queue_create(
              gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = -1, .priority = 2}, &queue),
          EINVAL);
    ck_assert_ptr_null(queue);
}
END_TEST

START_TEST(no_machine_is_enoent_with_advice)
{
    setenv("KFDFS_SIM", "", 1);
    if (access("/dev/kfd", F_OK) == 0)
        return;
    struct gpu_system *none = NULL;
    FAILS(gpu_system_open(NULL, &none), ENOENT);
    ck_assert_ptr_nonnull(strstr(gpu_err_text(), "/dev/kfd"));
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_machine_without_gpus_opens)
{
    setenv("KFDFS_SIM", "none", 1);
    open_system();
    ck_assert_uint_eq(gpu_count(sys), 0);
    close_system();
}
END_TEST

START_TEST(an_older_kernel_is_coped_with)
{
    static const char *const options[] = {"kfd=1.11", "kfd=1.12", "kfd=1.14", "kfd=1.16"};
    setenv("KFDFS_SIM_OPTS", options[_i], 1);
    open_system();
    for (unsigned i = 0; i < gpu_count(sys); i++) {
        struct gpu *gpu = gpu_at(sys, i);
        struct gpu_queue *sdma, *compute = make_queue(gpu, GPU_QUEUE_COMPUTE, 0);
        struct gpu_queue_state state;
        OK(gpu_queue_create(gpu, &(struct gpu_queue_options){.kind = GPU_QUEUE_SDMA, .engine = 1}, &sdma));
        gpu_queue_state(sdma, &state);
        ck_assert_int_eq(state.engine, 0); /* the kernel chose it */
        run(sdma, &(struct gpu_command){.op = GPU_NOP});
        run(compute, &(struct gpu_command){.op = GPU_NOP});
    }
    close_system();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system");
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, closing_takes_everything_with_it);
    tcase_add_test(alone, no_machine_is_enoent_with_advice);
    tcase_add_test(alone, a_machine_without_gpus_opens);
    tcase_add_loop_test(alone, an_older_kernel_is_coped_with, 0, 4);
    tcase_set_timeout(alone, GPU_TEST_LIMIT_S);
    suite_add_tcase(suite, alone);
    TCase *opened = system_case(suite, "opened");
    tcase_add_test(opened, both_gpus_are_there_in_topology_order);
    tcase_add_test(opened, the_bus_address_is_the_one_of_sysfs);
    tcase_add_test(opened, memory_in_use_follows_allocation);
    tcase_add_test(opened, a_gpu_reaches_itself_and_its_neighbours);
    tcase_add_test(opened, a_second_open_in_one_process_says_why_not);
    tcase_add_test(opened, unknown_engines_and_rings_are_refused);
    return run_gpu_suite(suite);
}
