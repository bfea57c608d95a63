/*
 * test_sim_kfd.c - the simulated /dev/kfd with GPUs: dispatch, devices, buffers and their mappings. What can
 * be asked without a GPU is compared with the real driver by mount/kfd-parity.sh.
 */
#include "sim_kfd.h"

#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sim/kernel/kfd_state.h"

static void setup(void)
{
    machine_acquired("");
}

static void setup_plain(void)
{
    machine_start("mi300x+rx7900xtx", "");
}

static void setup_old(void)
{
    machine_acquired("kfd=1.11");
}

/* ---- dispatch ---- */

START_TEST(only_the_number_of_an_ioctl_counts)
{
    uint32_t v[16];
    memset(v, 0x55, sizeof v);
    ck_assert_int_eq(sim_kfd_ioctl(0, _IOC(_IOC_WRITE, 'Z', 1, 4), v), 0);
    ck_assert_uint_eq(v[0], 1);
    ck_assert_uint_eq(v[1], 0x55555555);
    ck_assert_int_eq(sim_kfd_ioctl(0, _IOC(_IOC_READ, 'K', 1, 64), v), 0);
    ck_assert_uint_eq(v[1], 17);
    ck_assert_uint_eq(v[15], 0);
}
END_TEST

START_TEST(a_short_structure_is_zero_extended)
{
    struct kfd_create_queue q = {.ring_bytes = 4096, .gpu_id = mi300x->gpu_id, .sdma_engine = 99};
    q.type = KFD_QUEUE_SDMA_BY_ENGINE;
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), -EINVAL); /* no engine 99 */
    /* In 88 bytes there is no engine id: engine 0 exists, and the lack of buffers is found. Both EINVAL; what
     * must not happen is a read beyond the end. */
    ck_assert_int_eq(kfd_call(KFD_NR_CREATE_QUEUE, &q, 88), -EINVAL);
}
END_TEST

START_TEST(an_unreadable_argument_is_efault)
{
    ck_assert_int_eq(sim_kfd_ioctl(0, _IOC(3u, 'K', KFD_NR_GET_VERSION, 8), NULL), -EFAULT);
    ck_assert_int_eq(sim_kfd_ioctl(0, _IOC(3u, 'K', KFD_NR_SET_EVENT, 8), (void *)8), -EFAULT);
}
END_TEST

START_TEST(an_unknown_number_is_enotty)
{
    static const unsigned unknown[] = {0, 0x27, 0x28, 0x80, 0x85, 0xff};
    uint64_t args[16] = {0};
    for (unsigned i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        ck_assert_int_eq(CALL(unknown[i], args), -ENOTTY);
}
END_TEST

/* ---- CRIU_OP ---- */

static void give_up_checkpointing(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof data);
    ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
    data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
    data[CAP_TO_INDEX(CAP_CHECKPOINT_RESTORE)].effective &= ~CAP_TO_MASK(CAP_CHECKPOINT_RESTORE);
    ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
}

static int criu(uint32_t op, struct kfd_criu *a)
{
    a->op = op;
    return kfd_call(KFD_NR_CRIU_OP, a, sizeof *a);
}

START_TEST(who_may_not_checkpoint_is_refused_before_anything_is_looked_at)
{
    struct kfd_criu a = {0};
    give_up_checkpointing();
    for (uint32_t op = 0; op <= KFD_CRIU_RESUME + 1; op++)
        ck_assert_int_eq(criu(op, &a), -EACCES);
    ck_assert_int_eq(kfd_call(KFD_NR_CRIU_OP, NULL, sizeof a), -EACCES);
}
END_TEST

START_TEST(without_a_gpu_there_is_nothing_to_checkpoint)
{
    struct kfd_criu a = {0};
    machine_start("none", "");
    if (!sim_capable(CAP_CHECKPOINT_RESTORE)) {
        printf("skipped: no CAP_CHECKPOINT_RESTORE\n");
        return;
    }
    ck_assert_int_eq(criu(KFD_CRIU_PROCESS_INFO, &a), -ENODEV); /* as amdkfd 6.1 to 7.3 without a GPU */
    ck_assert_int_eq(criu(KFD_CRIU_CHECKPOINT, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_UNPAUSE, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_RESTORE, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_RESUME + 1, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_RESUME, &a), -ESRCH);
}
END_TEST

START_TEST(a_checkpoint_counts_what_the_process_has_and_stops_its_queues)
{
    struct kfd_criu a = {0};
    if (!sim_capable(CAP_CHECKPOINT_RESTORE)) {
        printf("skipped: no CAP_CHECKPOINT_RESTORE\n");
        return;
    }
    ck_assert_int_eq(criu(KFD_CRIU_UNPAUSE, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_PROCESS_INFO, &a), 0);
    ck_assert_uint_eq(a.pid, (uint32_t)getpid());
    ck_assert_uint_eq(a.n_devices, 2);
    ck_assert_uint_eq(a.n_bos + a.n_objects, 0);
    uint64_t bare = a.private_bytes;
    ck_assert_int_eq(criu(KFD_CRIU_UNPAUSE, &a), 0);
    buffer_at(mi300x, 0x100000, PAGE, GTT);
    buffer_at(rx7900, 0x8000, PAGE, GTT); /* below the GPU's own addresses: the kernel's */
    struct kfd_create_event e = {.type = KFD_EVENT_SIGNAL};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    ck_assert_int_eq(criu(KFD_CRIU_PROCESS_INFO, &a), 0);
    ck_assert_uint_eq(a.n_bos, 1);
    ck_assert_uint_eq(a.n_objects, 1);
    ck_assert_uint_eq(a.private_bytes, bare + 272 + 64);
    ck_assert(atomic_load(&mi300x->suspended) && atomic_load(&rx7900->suspended));
    ck_assert_int_eq(criu(KFD_CRIU_UNPAUSE, &a), 0);
    ck_assert(!atomic_load(&mi300x->suspended) && !atomic_load(&rx7900->suspended));
}
END_TEST

START_TEST(a_checkpoint_that_was_not_prepared_is_refused_and_one_that_was_says_what_is_missing)
{
    uint64_t room[64] = {0};
    char text[200];
    struct kfd_criu a = {.devices = (uintptr_t)room, .bos = (uintptr_t)room, .private_data = (uintptr_t)room};
    if (!sim_capable(CAP_CHECKPOINT_RESTORE)) {
        printf("skipped: no CAP_CHECKPOINT_RESTORE\n");
        return;
    }
    ck_assert_int_eq(criu(KFD_CRIU_CHECKPOINT, &a), -EINVAL);
    ck_assert_int_eq(criu(KFD_CRIU_RESUME, &a), -ESRCH);
    ck_assert_int_eq(criu(KFD_CRIU_PROCESS_INFO, &a), 0);
    ck_assert_int_eq(criu(KFD_CRIU_RESUME, &a), -EINVAL); /* nothing was restored */
    a.n_bos++;
    ck_assert_int_eq(criu(KFD_CRIU_CHECKPOINT, &a), -EINVAL);
    a.n_bos--;
    ck_assert_int_eq(criu(KFD_CRIU_CHECKPOINT, &a), -EOPNOTSUPP);
    sim_last_report(text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "CRIU_OP CHECKPOINT"));
    ck_assert_int_eq(criu(KFD_CRIU_RESTORE, &a), -EINVAL); /* of no version */
    room[0] = 1;
    ck_assert_int_eq(criu(KFD_CRIU_RESTORE, &a), -EOPNOTSUPP);
}
END_TEST

START_TEST(exported_memory_outlives_its_handle_and_is_imported_anywhere)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 1 << 20, 4 * PAGE, VRAM, &a), 0);
    struct kfd_available_memory before = {.gpu_id = mi300x->gpu_id}, after = before;
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, before), 0);
    struct kfd_export_dmabuf x = {.handle = a.handle + 1, .flags = O_CLOEXEC}, again;
    ck_assert_int_eq(CALL(KFD_NR_EXPORT_DMABUF, x), -EINVAL);
    x.handle = a.handle;
    ck_assert_int_eq(CALL(KFD_NR_EXPORT_DMABUF, x), 0);
    ck_assert_int_eq(fcntl((int)x.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(lseek((int)x.fd, 0, SEEK_END), 4 * PAGE);
    struct kfd_dmabuf_info info = {.fd = x.fd, .metadata_bytes = 9};
    ck_assert_int_eq(CALL(KFD_NR_GET_DMABUF_INFO, info), 0);
    ck_assert_uint_eq(info.bytes, 4 * PAGE);
    ck_assert_uint_eq(info.gpu_id, mi300x->gpu_id);
    ck_assert_uint_eq(info.flags & 3, 1);
    struct kfd_free_memory f = {.handle = a.handle};
    ck_assert_int_eq(CALL(KFD_NR_FREE_MEMORY, f), 0);
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, after), 0);
    ck_assert_uint_eq(before.available, after.available);
    struct kfd_import_dmabuf import = {.gpu_id = mi300x->gpu_id, .va = 5 << 20, .fd = x.fd}, bad = import;
    bad.fd = 0; /* not a dma-buf */
    ck_assert_int_eq(CALL(KFD_NR_IMPORT_DMABUF, bad), -EINVAL);
    bad.fd = 12345;
    ck_assert_int_eq(CALL(KFD_NR_IMPORT_DMABUF, bad), -EBADF);
    bad = import;
    bad.gpu_id = 1;
    ck_assert_int_eq(CALL(KFD_NR_IMPORT_DMABUF, bad), -EINVAL);
    ck_assert_int_eq(CALL(KFD_NR_IMPORT_DMABUF, import), 0);
    again = (struct kfd_export_dmabuf){.handle = import.handle};
    ck_assert_int_eq(CALL(KFD_NR_EXPORT_DMABUF, again), 0);
    ck_assert_int_eq(fcntl((int)again.fd, F_GETFD), 0);
    f.handle = import.handle;
    ck_assert_int_eq(CALL(KFD_NR_FREE_MEMORY, f), 0);
    info.fd = again.fd;
    ck_assert_int_eq(CALL(KFD_NR_GET_DMABUF_INFO, info), 0);
    close((int)x.fd);
    close((int)again.fd);
}
END_TEST

START_TEST(an_older_interface_has_fewer_ioctls)
{
    struct kfd_version v;
    struct kfd_export_dmabuf x = {0};
    struct kfd_runtime_enable r = {.mode = 1};
    uint8_t trap[32] = {0};
    ck_assert_int_eq(CALL(KFD_NR_GET_VERSION, v), 0);
    ck_assert_uint_eq(v.minor, 11);
    ck_assert_int_eq(CALL(KFD_NR_EXPORT_DMABUF, x), -ENOTTY);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), -ENOTTY);
    ck_assert_int_eq(CALL(KFD_NR_DBG_TRAP, trap), -ENOTTY);
}
END_TEST

START_TEST(runtime_enable_works_once_until_disabled)
{
    struct kfd_runtime_enable r = {.mode = 1};
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), 0);
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), -EBUSY);
    r.mode = 0;
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), 0);
    r.mode = 3;
    ck_assert_int_eq(CALL(KFD_NR_RUNTIME_ENABLE, r), 0);
}
END_TEST

/* ---- devices ---- */

START_TEST(a_gpu_is_unusable_before_its_vm_is_acquired)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 1 << 20, PAGE, VRAM, &a), -ENODEV);
    struct kfd_memory_policy p = {.gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_SET_MEMORY_POLICY, p), -ESRCH);
    struct kfd_trap_handler t = {.gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_SET_TRAP_HANDLER, t), -ESRCH);
    struct kfd_scratch_va s = {.gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_SET_SCRATCH_VA, s), -ENODEV);
    struct kfd_create_queue q = {.ring_va = 1 << 20, .ring_bytes = PAGE, .gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_QUEUE, q), -ESRCH);
    ck_assert_int_eq(map_to(mi300x, (uint64_t)mi300x->gpu_id << 32), -ENODEV);
    struct kfd_create_event e = {.page_offset = (uint64_t)mi300x->gpu_id << 32};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), -ENODEV);
}
END_TEST

START_TEST(a_vm_is_acquired_with_one_file_for_good)
{
    int fd = render_open(mi300x), other = render_open(mi300x), foreign = render_open(rx7900);
    struct kfd_acquire_vm a = {.drm_fd = UINT32_MAX, .gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EINVAL);
    a.drm_fd = 0; /* open, but no render node */
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EINVAL);
    a.drm_fd = (uint32_t)foreign;
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EINVAL);
    a.drm_fd = (uint32_t)fd;
    a.gpu_id++;
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EINVAL);
    a.gpu_id--;
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), 0);
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), 0);
    a.drm_fd = (uint32_t)other;
    ck_assert_int_eq(CALL(KFD_NR_ACQUIRE_VM, a), -EBUSY);
}
END_TEST

START_TEST(apertures_are_listed_for_every_gpu)
{
    struct kfd_aperture a[3];
    struct kfd_apertures_new n = {.nodes = 0};
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES_NEW, n), 0);
    ck_assert_uint_eq(n.nodes, 2);
    memset(a, 0x55, sizeof a);
    n.ptr = (uintptr_t)a;
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES_NEW, n), 0);
    ck_assert_uint_eq(a[0].gpu_id, mi300x->gpu_id);
    ck_assert_uint_eq(a[1].gpu_id, rx7900->gpu_id);
    ck_assert_uint_eq(a[1].lds_base, 1ull << 48);
    ck_assert_uint_eq(a[1].lds_limit, (1ull << 48) + UINT32_MAX);
    ck_assert_uint_eq(a[1].scratch_base, 2ull << 48);
    ck_assert_uint_eq(a[1].gpuvm_base, 1 << 16);
    ck_assert_uint_eq(a[1].gpuvm_limit, (1ull << 47) - 1);
    ck_assert_uint_eq(a[2].gpu_id, 0x55555555);
    n.nodes = 1;
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES_NEW, n), 0);
    ck_assert_uint_eq(n.nodes, 1);
    n.nodes = 64; /* more than the topology has nodes */
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES_NEW, n), -EINVAL);
    n.nodes = 2;
    n.ptr = 8;
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES_NEW, n), -EFAULT);
    struct kfd_apertures old;
    ck_assert_int_eq(CALL(KFD_NR_GET_APERTURES, old), 0);
    ck_assert_uint_eq(old.nodes, 2);
    ck_assert_uint_eq(old.aperture[1].gpu_id, rx7900->gpu_id);
    ck_assert_uint_eq(old.aperture[2].gpu_id, 0);
}
END_TEST

START_TEST(the_gpu_counter_counts)
{
    struct kfd_clock_counters a = {.gpu_id = mi300x->gpu_id}, b = a;
    ck_assert_int_eq(CALL(KFD_NR_GET_CLOCK_COUNTERS, a), 0);
    do
        ck_assert_int_eq(CALL(KFD_NR_GET_CLOCK_COUNTERS, b), 0);
    while (b.cpu - a.cpu < 1000000);
    double hz = (double)(b.gpu - a.gpu) / ((double)(b.cpu - a.cpu) / 1e9);
    ck_assert_double_gt(hz, 0.9 * (double)sim_clock_hz(mi300x));
    ck_assert_double_lt(hz, 1.1 * (double)sim_clock_hz(mi300x));
}
END_TEST

START_TEST(a_gpus_settings_are_checked)
{
    struct kfd_memory_policy p = {.gpu_id = mi300x->gpu_id, .alternate_policy = 1};
    ck_assert_int_eq(CALL(KFD_NR_SET_MEMORY_POLICY, p), 0);
    p.alternate_policy = 2;
    ck_assert_int_eq(CALL(KFD_NR_SET_MEMORY_POLICY, p), -EINVAL);
    struct kfd_trap_handler t = {.gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_SET_TRAP_HANDLER, t), 0);
    struct kfd_scratch_va s = {.gpu_id = mi300x->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_SET_SCRATCH_VA, s), 0);
    s.gpu_id++;
    ck_assert_int_eq(CALL(KFD_NR_SET_SCRATCH_VA, s), -EINVAL);
}
END_TEST

START_TEST(tile_modes_are_cut_to_what_there_is)
{
    uint32_t tile[64], macro[64];
    memset(tile, 0x55, sizeof tile);
    struct kfd_tile_config c = {(uintptr_t)tile,          (uintptr_t)macro, 64, 64,
                                .gpu_id = mi300x->gpu_id, .banks = 5};
    ck_assert_int_eq(CALL(KFD_NR_GET_TILE_CONFIG, c), 0);
    ck_assert_uint_eq(c.tiles, 32);
    ck_assert_uint_eq(c.macro_tiles, 16);
    ck_assert_uint_eq(tile[31], 0);
    ck_assert_uint_eq(tile[32], 0x55555555);
    ck_assert_uint_eq(c.gb_addr_config, 0x2a114042);
    c.macro_tile_ptr = 8;
    ck_assert_int_eq(CALL(KFD_NR_GET_TILE_CONFIG, c), -EFAULT);
    ck_assert_uint_eq(c.macro_tiles, 0);
    c.tile_ptr = 8;
    ck_assert_int_eq(CALL(KFD_NR_GET_TILE_CONFIG, c), -EFAULT);
    ck_assert_uint_eq(c.tiles, 0);
    c.gpu_id = rx7900->gpu_id;
    c.tile_ptr = (uintptr_t)tile, c.macro_tile_ptr = (uintptr_t)macro;
    ck_assert_int_eq(CALL(KFD_NR_GET_TILE_CONFIG, c), 0);
    ck_assert_uint_eq(c.gb_addr_config, 0x545);
}
END_TEST

/* ---- buffers ---- */

START_TEST(handles_are_the_lowest_free_ones_of_their_gpu)
{
    struct kfd_alloc_memory a, b, c;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, VRAM, &a), 0);
    ck_assert_int_eq(alloc_at(mi300x, 0x200000, PAGE, GTT, &b), 0);
    ck_assert_int_eq(alloc_at(rx7900, 0x200000, PAGE, GTT, &c), 0);
    ck_assert_uint_eq(a.handle, (uint64_t)mi300x->gpu_id << 32);
    ck_assert_uint_eq(b.handle, a.handle + 1);
    ck_assert_uint_eq(c.handle, (uint64_t)rx7900->gpu_id << 32);
    ck_assert_int_eq(free_handle(a.handle), 0);
    ck_assert_int_eq(free_handle(a.handle), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x300000, PAGE, VRAM, &a), 0);
    ck_assert_uint_eq(a.handle, (uint64_t)mi300x->gpu_id << 32);
}
END_TEST

START_TEST(arguments_of_alloc_are_checked)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 0, VRAM, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, 0, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, KFD_MEM_DOORBELL, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 2 * PAGE, KFD_MEM_MMIO_REMAP, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 1, VRAM | KFD_MEM_AQL_QUEUE, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, KFD_MEM_USERPTR, &a), -EINVAL); /* of nothing */
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 1ull << 40, VRAM, &a), -ENOMEM);
    ck_assert_uint_eq(a.handle, 0);
    struct sim_gpu nobody = {.gpu_id = 1};
    ck_assert_int_eq(alloc_at(&nobody, 0x100000, PAGE, VRAM, &a), -EINVAL);
}
END_TEST

START_TEST(system_memory_is_zeroed_and_video_memory_is_not)
{
    static const uint8_t zeros[PAGE];
    buffer_at(mi300x, 0x100000, PAGE, VRAM);
    buffer_at(mi300x, 0x200000, PAGE, GTT);
    ck_assert_mem_ne(gpu_sees(mi300x, 0x100000, PAGE, SIM_VM_READ), zeros, PAGE);
    ck_assert_mem_eq(gpu_sees(mi300x, 0x200000, PAGE, SIM_VM_READ), zeros, PAGE);
}
END_TEST

START_TEST(a_size_is_rounded_up_to_pages)
{
    buffer_at(mi300x, 0x100000, 123, VRAM);
    ck_assert_ptr_nonnull(gpu_sees(mi300x, 0x100fff, 1, SIM_VM_READ));
    ck_assert_ptr_null(gpu_sees(mi300x, 0x101000, 1, SIM_VM_READ));
}
END_TEST

START_TEST(flags_become_access_rights)
{
    struct kfd_alloc_memory a = {
        .va = 0x100000, .bytes = PAGE, .gpu_id = mi300x->gpu_id, .flags = VRAM | KFD_MEM_EXECUTABLE};
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    ck_assert_ptr_nonnull(gpu_sees(mi300x, 0x100000, 4, SIM_VM_READ | SIM_VM_EXEC));
    ck_assert_ptr_null(gpu_sees(mi300x, 0x100000, 4, SIM_VM_WRITE));
    buffer_at(mi300x, 0x200000, PAGE, VRAM);
    ck_assert_ptr_null(gpu_sees(mi300x, 0x200000, 4, SIM_VM_EXEC));
}
END_TEST

START_TEST(available_memory_shrinks_by_two_mebibytes_at_least)
{
    struct kfd_available_memory before = {.gpu_id = rx7900->gpu_id}, after = before;
    struct kfd_alloc_memory a;
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, before), 0);
    ck_assert_uint_gt(before.available, rx7900->model->vram_bytes / 100 * 99);
    ck_assert_uint_lt(before.available, rx7900->model->vram_bytes);
    ck_assert_int_eq(alloc_at(rx7900, 0x100000, PAGE, VRAM, &a), 0);
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, after), 0);
    ck_assert_uint_eq(after.available, before.available - (2 << 20));
    ck_assert_int_eq(free_handle(a.handle), 0);
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, after), 0);
    ck_assert_uint_eq(after.available, before.available);
    after.gpu_id++;
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, after), -EINVAL);
}
END_TEST

START_TEST(full_video_memory_refuses_and_freeing_helps)
{
    struct kfd_alloc_memory a, b;
    struct kfd_available_memory m = {.gpu_id = rx7900->gpu_id};
    ck_assert_int_eq(CALL(KFD_NR_AVAILABLE_MEMORY, m), 0);
    ck_assert_int_eq(alloc_at(rx7900, 1ull << 40, m.available, VRAM, &a), 0);
    ck_assert_int_eq(alloc_at(rx7900, 1ull << 41, 4 << 20, VRAM, &b), -ENOMEM);
    ck_assert_int_eq(free_handle(a.handle), 0);
    ck_assert_int_eq(alloc_at(rx7900, 1ull << 41, 4 << 20, VRAM, &b), 0);
}
END_TEST

START_TEST(a_user_pointer_is_the_programs_own_memory)
{
    uint8_t *own = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kfd_alloc_memory a = {.va = 0x100000,
                                 .bytes = 2 * PAGE,
                                 .mmap_offset = (uintptr_t)own + PAGE,
                                 .gpu_id = mi300x->gpu_id,
                                 .flags = KFD_MEM_USERPTR | KFD_MEM_WRITABLE};
    struct kfd_alloc_memory b = a;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    ck_assert_ptr_eq(gpu_sees(mi300x, 0x100000, 2 * PAGE, SIM_VM_WRITE), own + PAGE);
    mprotect(own + 2 * PAGE, PAGE, PROT_READ);
    a = b;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EFAULT); /* not writable throughout */
    a.flags = KFD_MEM_USERPTR;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), 0);
    munmap(own + 2 * PAGE, PAGE);
    a = b;
    a.flags = KFD_MEM_USERPTR;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EFAULT); /* a hole */
    a = b;
    a.mmap_offset = 0x1000;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EFAULT);
    a.mmap_offset = UINT64_MAX - PAGE;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), -EFAULT);
}
END_TEST

/* ---- mappings ---- */

START_TEST(a_gpu_sees_a_buffer_from_map_to_unmap)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, GTT, &a), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ));
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0); /* again: nothing to do */
    ck_assert_ptr_nonnull(gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ));
    ck_assert_ptr_null(gpu_sees(rx7900, 0x100000, 1, SIM_VM_READ));
    ck_assert_int_eq(free_handle(a.handle), -EBUSY);
    ck_assert_int_eq(unmap_from(mi300x, a.handle), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ));
    ck_assert_int_eq(unmap_from(mi300x, a.handle), -EINVAL);
    ck_assert_int_eq(free_handle(a.handle), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), -ENOMEM); /* the handle is gone */
    ck_assert_int_eq(unmap_from(mi300x, a.handle), -ENOMEM);
}
END_TEST

START_TEST(a_list_of_gpus_is_resumed_where_it_stopped)
{
    struct kfd_alloc_memory a;
    uint32_t ids[3] = {mi300x->gpu_id, 1, rx7900->gpu_id}, done = 0;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, GTT, &a), 0);
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 3, &done), -EINVAL);
    ck_assert_uint_eq(done, 1);
    ck_assert_ptr_nonnull(gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ));
    ck_assert_ptr_null(gpu_sees(rx7900, 0x100000, 1, SIM_VM_READ));
    ids[1] = rx7900->gpu_id;
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 3, &done), 0);
    ck_assert_uint_eq(done, 3);
    ck_assert_ptr_eq(gpu_sees(rx7900, 0x100000, 1, SIM_VM_READ), gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ));
    done = 0;
    ck_assert_int_eq(map_n(KFD_NR_UNMAP_MEMORY, a.handle, ids, 2, &done), 0);
    done = 4;
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 3, &done), -EINVAL);
    done = 0;
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 0, &done), -EINVAL);
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, (void *)8, 1, &done), -EFAULT);
    ck_assert_int_eq(map_n(KFD_NR_MAP_MEMORY, a.handle, ids, 1 << 30, &done), -ENOMEM);
}
END_TEST

START_TEST(addresses_that_cannot_be_mapped_are_refused_by_map)
{
    static const uint64_t bad[] = {0, 0x100800, 1ull << 47, (1ull << 47) - PAGE, UINT64_MAX - PAGE + 1};
    struct kfd_alloc_memory a;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(alloc_at(mi300x, bad[i], 2 * PAGE, GTT, &a), 0);
        ck_assert_int_eq(map_to(mi300x, a.handle), -EINVAL);
        ck_assert_int_eq(free_handle(a.handle), 0);
    }
    buffer_at(mi300x, 0x100000, 4 * PAGE, GTT);
    ck_assert_int_eq(alloc_at(mi300x, 0x103000, PAGE, VRAM, &a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), -EINVAL); /* over another */
    ck_assert_int_eq(map_to(rx7900, a.handle), 0);       /* there the place is free */
}
END_TEST

/* As if the card's VRAM did not lie on the bus as a whole. */
static void small_bar(struct sim_gpu *gpu)
{
    static struct sim_model model[SIM_MAX_GPUS];
    model[gpu->index] = *gpu->model;
    model[gpu->index].vram_heap = 2;
    gpu->model = &model[gpu->index];
}

START_TEST(video_memory_is_mapped_to_linked_gpus_only)
{
    struct kfd_alloc_memory vram, gtt, doorbell;
    ck_assert_int_eq(alloc_at(rx7900, 0x100000, PAGE, VRAM, &vram), 0);
    ck_assert_int_eq(alloc_at(rx7900, 0x200000, PAGE, GTT, &gtt), 0);
    ck_assert_int_eq(alloc_at(rx7900, 0x300000, 2 * PAGE, KFD_MEM_DOORBELL, &doorbell), 0);
    ck_assert_int_eq(map_to(mi300x, vram.handle), 0);
    ck_assert_int_eq(map_to(mi300x, doorbell.handle), 0);
    ck_assert_ptr_eq(gpu_sees(mi300x, 0x300000, 8, SIM_VM_WRITE), rx7900->doorbells);
    ck_assert_int_eq(unmap_from(mi300x, vram.handle), 0);
    ck_assert_int_eq(unmap_from(mi300x, doorbell.handle), 0);
    small_bar(rx7900);
    ck_assert_int_eq(map_to(mi300x, vram.handle), -EINVAL);
    ck_assert_int_eq(map_to(mi300x, doorbell.handle), -EINVAL);
    ck_assert_int_eq(map_to(mi300x, gtt.handle), 0);
    ck_assert_int_eq(map_to(rx7900, vram.handle), 0);
}
END_TEST

START_TEST(gpus_of_one_hive_need_no_large_bar)
{
    struct kfd_alloc_memory a;
    struct sim_gpu *peer;
    machine_start("mi300x:2", "");
    peer = &machine->gpu[1];
    ck_assert_int_eq(acquire(mi300x), 0);
    ck_assert_int_eq(acquire(peer), 0);
    small_bar(mi300x);
    peer->model = mi300x->model;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, PAGE, VRAM, &a), 0);
    ck_assert_int_eq(map_to(peer, a.handle), 0);
}
END_TEST

START_TEST(public_video_memory_needs_a_large_bar)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(rx7900, 0x100000, PAGE, VRAM | KFD_MEM_PUBLIC, &a), 0);
    small_bar(rx7900);
    ck_assert_int_eq(alloc_at(rx7900, 0x100000, PAGE, VRAM | KFD_MEM_PUBLIC, &a), -EINVAL);
    ck_assert_int_eq(alloc_at(rx7900, 0x100000, PAGE, VRAM, &a), 0);
}
END_TEST

START_TEST(an_aql_ring_is_mapped_twice)
{
    uint64_t handle = buffer_at(mi300x, 0x100000, 4 * PAGE, VRAM | KFD_MEM_AQL_QUEUE);
    uint8_t *first = gpu_sees(mi300x, 0x100000, 2 * PAGE, SIM_VM_WRITE);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_eq(gpu_sees(mi300x, 0x102000, 2 * PAGE, SIM_VM_WRITE), first);
    ck_assert_int_eq(unmap_from(mi300x, handle), 0);
    ck_assert_ptr_null(gpu_sees(mi300x, 0x102000, 1, SIM_VM_READ));
    struct kfd_alloc_memory a;
    buffer_at(mi300x, 0x202000, PAGE, GTT); /* in the way of the second half */
    ck_assert_int_eq(alloc_at(mi300x, 0x200000, 4 * PAGE, VRAM | KFD_MEM_AQL_QUEUE, &a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), -EINVAL);
    ck_assert_ptr_null(gpu_sees(mi300x, 0x200000, 1, SIM_VM_READ));
}
END_TEST

/* ---- mmap ---- */

START_TEST(the_render_node_maps_what_the_gpu_sees)
{
    struct kfd_alloc_memory a;
    int fd = -1;
    off_t offset = -1;
    ck_assert_int_eq(alloc_at(mi300x, 0x100000, 4 * PAGE, VRAM, &a), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, 4 * PAGE, &fd, &offset), 0);
    uint8_t *cpu = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    ck_assert_ptr_ne(cpu, MAP_FAILED);
    cpu[3 * PAGE + 5] = 0x5a;
    ck_assert_int_eq(*gpu_sees(mi300x, 0x103005, 1, SIM_VM_READ), 0x5a);
    munmap(cpu, 4 * PAGE);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, 5 * PAGE, &fd, &offset), -EINVAL);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset + PAGE, PAGE, &fd, &offset), -EINVAL);
    ck_assert_int_eq(sim_memory_resolve(rx7900, a.mmap_offset, PAGE, &fd, &offset), -EINVAL);
}
END_TEST

START_TEST(user_memory_and_doorbells_are_not_mapped_there)
{
    struct kfd_alloc_memory a = {.va = 0x100000,
                                 .bytes = PAGE,
                                 .mmap_offset = (uintptr_t)&a & ~(uintptr_t)(PAGE - 1),
                                 .gpu_id = mi300x->gpu_id,
                                 .flags = KFD_MEM_USERPTR};
    int fd;
    off_t offset;
    ck_assert_int_eq(CALL(KFD_NR_ALLOC_MEMORY, a), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, PAGE, &fd, &offset), -EPERM);
    ck_assert_int_eq(alloc_at(mi300x, 0x200000, 2 * PAGE, KFD_MEM_DOORBELL, &a), 0);
    ck_assert_int_eq(sim_memory_resolve(mi300x, a.mmap_offset, PAGE, &fd, &offset), -EINVAL);
}
END_TEST

START_TEST(doorbells_and_the_remap_page_are_mapped_through_kfd)
{
    struct kfd_alloc_memory a;
    int fd = -1;
    off_t offset = -1;
    uint64_t doorbells = kfd_mmap_offset(KFD_MMAP_DOORBELL, mi300x->gpu_id);
    ck_assert_int_eq(sim_kfd_mmap(0, doorbells, PAGE, &fd, &offset), -EINVAL);
    ck_assert_int_eq(sim_kfd_mmap(0, doorbells, 2 * PAGE, &fd, &offset), 0);
    ck_assert_int_eq(fd, mi300x->doorbell_fd);
    ck_assert_int_eq(sim_kfd_mmap(0, doorbells + 0x38, 2 * PAGE - 0x100, &fd, &offset), 0);
    ck_assert_int_eq(alloc_at(mi300x, 0x200000, PAGE, KFD_MEM_MMIO_REMAP, &a), 0);
    ck_assert_uint_eq(a.mmap_offset, kfd_mmap_offset(KFD_MMAP_MMIO, mi300x->gpu_id));
    ck_assert_int_eq(sim_kfd_mmap(0, a.mmap_offset, 2 * PAGE, &fd, &offset), -EINVAL);
    ck_assert_int_eq(sim_kfd_mmap(0, a.mmap_offset, PAGE, &fd, &offset), 0);
    ck_assert_int_eq(map_to(mi300x, a.handle), 0);
    ck_assert_ptr_eq(gpu_sees(mi300x, 0x200000, 4, SIM_VM_WRITE), mi300x->gtt.base + offset);
    ck_assert_int_eq(sim_kfd_mmap(0, kfd_mmap_offset(KFD_MMAP_RESERVED, mi300x->gpu_id), PAGE, &fd, &offset),
                     -EINVAL);
    ck_assert_int_eq(sim_kfd_mmap(0, kfd_mmap_offset(KFD_MMAP_DOORBELL, 1), 2 * PAGE, &fd, &offset), -ENODEV);
}
END_TEST

/* ---- fork ---- */

START_TEST(a_child_starts_with_nothing_and_leaves_the_parent_alone)
{
    int status;
    uint64_t handle = buffer_at(mi300x, 0x100000, PAGE, GTT);
    struct kfd_create_event e = {.type = KFD_EVENT_SIGNAL};
    ck_assert_int_eq(CALL(KFD_NR_CREATE_EVENT, e), 0);
    memset(gpu_sees(mi300x, 0x100000, PAGE, SIM_VM_WRITE), 0x77, PAGE);
    pid_t child = fork();
    if (child == 0) {
        struct kfd_event_arg set = {.event_id = e.event_id};
        struct kfd_alloc_memory a;
        bool good = CALL(KFD_NR_SET_EVENT, set) == -EINVAL && free_handle(handle) == -EINVAL &&
                    alloc_at(mi300x, 0x100000, PAGE, GTT, &a) == -ENODEV && acquire(mi300x) == 0 &&
                    alloc_at(mi300x, 0x100000, PAGE, GTT, &a) == 0 && map_to(mi300x, a.handle) == 0;
        if (good)
            memset(gpu_sees(mi300x, 0x100000, PAGE, SIM_VM_WRITE), 0x11, PAGE);
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(*gpu_sees(mi300x, 0x100000, 1, SIM_VM_READ), 0x77);
    ck_assert_int_eq(unmap_from(mi300x, handle), 0);
    ck_assert_int_eq(free_handle(handle), 0);
}
END_TEST

static void *churn(void *arg)
{
    uint64_t va = *(uint64_t *)arg;
    for (unsigned i = 0; i < 100; i++) {
        uint64_t handle = buffer_at(mi300x, va, PAGE, GTT);
        gpu_sees(mi300x, va, PAGE, SIM_VM_WRITE)[i] = 1;
        ck_assert_int_eq(unmap_from(mi300x, handle), 0);
        ck_assert_int_eq(free_handle(handle), 0);
    }
    return NULL;
}

START_TEST(threads_may_allocate_and_map_at_once)
{
    pthread_t thread[3];
    uint64_t va[3] = {0x100000, 0x200000, 0x300000};
    for (unsigned i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, churn, &va[i]);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    ck_assert_uint_eq(mi300x->gtt.used, 0);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name, SFun fixture)
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, fixture, NULL);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("sim_kfd");
    TCase *plain = add_case(suite, "before ACQUIRE_VM", setup_plain);
    tcase_add_test(plain, a_gpu_is_unusable_before_its_vm_is_acquired);
    tcase_add_test(plain, a_vm_is_acquired_with_one_file_for_good);
    TCase *old = add_case(suite, "1.11", setup_old);
    tcase_add_test(old, an_older_interface_has_fewer_ioctls);
    TCase *linked = tcase_create("links");
    suite_add_tcase(suite, linked);
    tcase_add_test(linked, gpus_of_one_hive_need_no_large_bar);
    tcase_add_test(linked, without_a_gpu_there_is_nothing_to_checkpoint);
    TCase *tc = add_case(suite, "kfd", setup);
    tcase_add_test(tc, only_the_number_of_an_ioctl_counts);
    tcase_add_test(tc, a_short_structure_is_zero_extended);
    tcase_add_test(tc, an_unreadable_argument_is_efault);
    tcase_add_test(tc, an_unknown_number_is_enotty);
    tcase_add_test(tc, who_may_not_checkpoint_is_refused_before_anything_is_looked_at);
    tcase_add_test(tc, a_checkpoint_counts_what_the_process_has_and_stops_its_queues);
    tcase_add_test(tc, a_checkpoint_that_was_not_prepared_is_refused_and_one_that_was_says_what_is_missing);
    tcase_add_test(tc, exported_memory_outlives_its_handle_and_is_imported_anywhere);
    tcase_add_test(tc, runtime_enable_works_once_until_disabled);
    tcase_add_test(tc, apertures_are_listed_for_every_gpu);
    tcase_add_test(tc, the_gpu_counter_counts);
    tcase_add_test(tc, a_gpus_settings_are_checked);
    tcase_add_test(tc, tile_modes_are_cut_to_what_there_is);
    tcase_add_test(tc, handles_are_the_lowest_free_ones_of_their_gpu);
    tcase_add_test(tc, arguments_of_alloc_are_checked);
    tcase_add_test(tc, system_memory_is_zeroed_and_video_memory_is_not);
    tcase_add_test(tc, a_size_is_rounded_up_to_pages);
    tcase_add_test(tc, flags_become_access_rights);
    tcase_add_test(tc, available_memory_shrinks_by_two_mebibytes_at_least);
    tcase_add_test(tc, full_video_memory_refuses_and_freeing_helps);
    tcase_add_test(tc, a_user_pointer_is_the_programs_own_memory);
    tcase_add_test(tc, a_gpu_sees_a_buffer_from_map_to_unmap);
    tcase_add_test(tc, a_list_of_gpus_is_resumed_where_it_stopped);
    tcase_add_test(tc, addresses_that_cannot_be_mapped_are_refused_by_map);
    tcase_add_test(tc, video_memory_is_mapped_to_linked_gpus_only);
    tcase_add_test(tc, public_video_memory_needs_a_large_bar);
    tcase_add_test(tc, an_aql_ring_is_mapped_twice);
    tcase_add_test(tc, the_render_node_maps_what_the_gpu_sees);
    tcase_add_test(tc, user_memory_and_doorbells_are_not_mapped_there);
    tcase_add_test(tc, doorbells_and_the_remap_page_are_mapped_through_kfd);
    tcase_add_test(tc, a_child_starts_with_nothing_and_leaves_the_parent_alone);
    tcase_add_test(tc, threads_may_allocate_and_map_at_once);
    return run_suite(suite);
}
