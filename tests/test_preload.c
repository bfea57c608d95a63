/*
 * What a program sees of the simulated machine through libc: this one runs inside a simulation of an MI300X
 * and an RX 7900 XTX (KFDFS_SIM), linked with the interposers first.
 */
#include <amdgpu.h>
#include <amdgpu_drm.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xf86drm.h>

#include "run_suite.h"

#define TOPOLOGY "/sys/class/kfd/kfd/topology"

/* GET_VERSION, by the numbers of the kernel's interface. */
static int version(int fd)
{
    uint32_t major_minor[2] = {0};
    if (ioctl(fd, _IOR('K', 1, uint32_t[2]), major_minor))
        return -errno;
    return (int)(major_minor[0] * 1000 + major_minor[1]);
}

static void read_text(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
    size_t n = fread(to, 1, size - 1, f);
    to[n] = 0;
    fclose(f);
}

static uint64_t property(const char *path, const char *key)
{
    char text[4096], *line, *save = NULL;
    size_t length = strlen(key);

    read_text(path, text, sizeof(text));
    for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (!strncmp(line, key, length) && line[length] == ' ')
            return strtoull(line + length, NULL, 10);
    ck_abort_msg("%s has no %s", path, key);
}

static void put_node(int node, const char *rest, char *to)
{
    snprintf(to, PATH_MAX, TOPOLOGY "/nodes/%d/%s", node, rest);
}

/* ---- devices ---- */

START_TEST(device_nodes_are_character_devices)
{
    struct stat st, at;
    ck_assert_int_eq(stat("/dev/kfd", &st), 0);
    ck_assert_uint_eq(st.st_mode, 020600);
    ck_assert_uint_eq(st.st_rdev, makedev(242, 0));
    for (unsigned i = 0; i < 2; i++) {
        char name[32];
        snprintf(name, sizeof(name), "/dev/dri/renderD%u", 128 + i);
        int fd = open(name, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(fstat(fd, &st), 0);
        ck_assert(S_ISCHR(st.st_mode));
        ck_assert_uint_eq(st.st_rdev, makedev(226, 128 + i));
        ck_assert_int_eq(lstat(name, &at), 0);
        ck_assert_uint_eq(at.st_rdev, st.st_rdev);
        ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    }
    ck_assert_int_eq(access("/dev/kfd", R_OK | W_OK), 0);
    ck_assert_int_eq(open("/dev/dri/renderD130", O_RDWR), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(open("/dev/dri/card128", O_RDWR), -1);
}
END_TEST

START_TEST(kfd_answers_on_any_duplicate)
{
    int fd = open("/dev/kfd", O_RDWR | O_CLOEXEC), copies[5];
    ck_assert_int_eq(version(fd), 1017);
    copies[0] = dup(fd);
    copies[1] = dup2(fd, 300);
    copies[2] = dup3(fd, 301, O_CLOEXEC);
    copies[3] = fcntl(fd, F_DUPFD, 310);
    copies[4] = fcntl(fd, F_DUPFD_CLOEXEC, 320);
    close(fd);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_int_eq(version(copies[i]), 1017);
        close(copies[i]);
        ck_assert_int_eq(version(copies[i]), -EBADF);
    }
}
END_TEST

START_TEST(a_number_that_is_used_again_is_no_device)
{
    int kfd = open("/dev/kfd", O_RDWR), file = open("/dev/zero", O_RDWR);
    ck_assert_int_eq(dup2(file, kfd), kfd);
    ck_assert_int_eq(version(kfd), -ENOTTY);
    close(kfd);
    kfd = open("/dev/kfd", O_RDONLY);
    ck_assert_int_eq(version(kfd), 1017);
    ck_assert_int_eq(close_range((unsigned)kfd, (unsigned)kfd, 0), 0);
    ck_assert_int_eq(dup2(file, kfd), kfd);
    ck_assert_int_eq(version(kfd), -ENOTTY);
    FILE *stream = fopen("/dev/kfd", "r+");
    ck_assert_ptr_nonnull(stream);
    int fd = fileno(stream);
    ck_assert_int_eq(version(fd), 1017);
    fclose(stream);
    int ends[2]; /* takes the lowest free numbers, and is not interposed */
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(ends[0] == fd || ends[1] == fd);
    ck_assert_int_eq(version(fd), -ENOTTY);
}
END_TEST

START_TEST(kfd_can_be_polled_but_neither_read_nor_written)
{
    char bytes[8];
    struct pollfd p = {.fd = open("/dev/kfd", O_RDWR), .events = POLLIN | POLLOUT};
    ck_assert_int_eq(read(p.fd, bytes, 8), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(write(p.fd, bytes, 8), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(poll(&p, 1, 0), 1);
    ck_assert_int_eq(p.revents, POLLIN | POLLOUT);
    ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ, MAP_SHARED, p.fd, 0), MAP_FAILED);
    ck_assert_int_eq(errno, ENODEV);
    close(p.fd);
}
END_TEST

START_TEST(kernels_generic_ioctls_are_not_the_drivers)
{
    int fd = open("/dev/kfd", O_RDWR);
    ck_assert_int_eq(ioctl(fd, FIOCLEX), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(ioctl(fd, _IO('K', 0x7f)), -1);
    ck_assert_int_eq(errno, ENOTTY);
    close(fd);
}
END_TEST

START_TEST(a_child_finds_the_parents_kfd_dead_and_its_own_alive)
{
    int kfd = open("/dev/kfd", O_RDWR), copy = dup(kfd), status;
    pid_t child = fork();
    if (child == 0) {
        struct stat st;
        bool good = version(kfd) == -EBADF && version(copy) == -EBADF;
        good = good && !fstat(kfd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(242, 0);
        int own = open("/dev/kfd", O_RDWR), again = dup(kfd);
        good = good && version(own) == 1017 && version(again) == -EBADF;
        good = good && property(TOPOLOGY "/nodes/1/properties", "num_xcc") == 8;
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_int_eq(version(kfd), 1017);
}
END_TEST

START_TEST(a_vfork_child_closes_only_its_own)
{
    int kfd = open("/dev/kfd", O_RDWR), status;
    pid_t child = vfork();
    if (child == 0) {
        close(kfd);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(version(kfd), 1017);
    ck_assert_int_eq(access("/sys/class/kfd/kfd/topology/generation_id", R_OK), 0);
}
END_TEST

/* ---- sysfs ---- */

START_TEST(topology_has_a_cpu_and_two_gpus)
{
    char path[PATH_MAX], text[64];

    read_text(TOPOLOGY "/generation_id", text, sizeof(text));
    ck_assert_str_eq(text, "3\n");
    ck_assert_uint_gt(property(TOPOLOGY "/nodes/0/properties", "cpu_cores_count"), 0);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/0/properties", "simd_count"), 0);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/1/properties", "simd_count"), 1216);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/1/properties", "gfx_target_version"), 90402);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/2/properties", "gfx_target_version"), 110000);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/2/properties", "cwsr_size"), 0x2bea000);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/1/mem_banks/0/properties", "size_in_bytes"), 206141652992);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/1/io_links/0/properties", "node_to"), 0);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/0/io_links/1/properties", "node_to"), 2);
    ck_assert_uint_eq(property(TOPOLOGY "/nodes/2/p2p_links/0/properties", "node_to"), 1);
    for (int node = 0; node < 3; node++) {
        put_node(node, "gpu_id", path);
        read_text(path, text, sizeof(text));
        ck_assert((strtoul(text, NULL, 10) != 0) == (node != 0));
    }
}
END_TEST

static unsigned count_entries(const char *path)
{
    unsigned n = 0;
    DIR *dir = opendir(path);
    ck_assert_msg(dir != NULL, "%s", path);
    for (struct dirent *e; (e = readdir(dir));)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

START_TEST(counts_in_the_properties_are_numbers_of_directories)
{
    static const char *const lists[][2] = {{"mem_banks", "mem_banks_count"},
                                           {"caches", "caches_count"},
                                           {"io_links", "io_links_count"},
                                           {"p2p_links", "p2p_links_count"}};
    static const unsigned caches[] = {0, 626, 206}; /* 206: as an RX 7900 XTX has them */
    char list[PATH_MAX], properties[PATH_MAX];

    for (int node = 0; node < 3; node++)
        for (unsigned i = 0; i < 4; i++) {
            put_node(node, lists[i][0], list);
            put_node(node, "properties", properties);
            ck_assert_uint_eq(property(properties, lists[i][1]), count_entries(list));
            if (i == 1)
                ck_assert_uint_eq(count_entries(list), caches[node]);
        }
}
END_TEST

START_TEST(every_way_to_look_at_a_file_works)
{
    char text[64], name[PATH_MAX];
    struct stat st;
    struct statx stx;
    struct dirent **list;
    glob_t found;

    ck_assert_int_eq(readlink("/sys/class/kfd/kfd", name, sizeof(name)), 29);
    ck_assert_int_eq(memcmp(name, "../../devices/virtual/kfd/kfd", 29), 0);
    ck_assert_int_eq(lstat("/sys/class/kfd/kfd", &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert_int_eq(stat(TOPOLOGY "/generation_id", &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFREG | 0444);
    ck_assert_int_eq(st.st_size, 4096);
    ck_assert_int_eq(statx(AT_FDCWD, "/dev/dri/renderD129", 0, STATX_BASIC_STATS, &stx), 0);
    ck_assert_uint_eq(stx.stx_rdev_minor, 129);
    ck_assert_str_eq(realpath("/sys/class/kfd/kfd/topology/../dev", name),
                     "/sys/devices/virtual/kfd/kfd/dev");
    ck_assert_int_eq(scandir(TOPOLOGY "/nodes", &list, NULL, alphasort), 5);
    ck_assert_str_eq(list[4]->d_name, "2");
    for (unsigned i = 0; i < 5; i++)
        free(list[i]);
    free(list);
    ck_assert_int_eq(glob("/dev/dri/renderD*", 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 2);
    ck_assert_str_eq(found.gl_pathv[0], "/dev/dri/renderD128");
    globfree(&found);
    int fd = open("//sys/./class//kfd/kfd/topology/generation_id", O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof(text)), 2);
    close(fd);
    ck_assert_int_eq(open(TOPOLOGY "/generation_id", O_RDWR), -1);
    ck_assert_int_eq(errno, EACCES);
    ck_assert_int_eq(access(TOPOLOGY "/nodes/3", F_OK), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(files_open_relative_to_a_directory)
{
    char text[16];
    int dir = open("/sys/class/kfd", O_RDONLY | O_DIRECTORY);
    int topology = openat(dir, "kfd/topology", O_RDONLY | O_DIRECTORY);
    int cache = openat(topology, "nodes/2/caches/205/properties", O_RDONLY);
    ck_assert_int_ge(cache, 0);
    ck_assert_int_eq(faccessat(topology, "nodes/2", F_OK, 0), 0);
    ck_assert_int_eq(pread(cache, text, 13, 0), 13);
    ck_assert_int_eq(memcmp(text, "processor_id_", 13), 0);
    int dri = open("/dev/dri", O_RDONLY | O_DIRECTORY);
    int render = openat(dri, "renderD128", O_RDWR);
    struct stat st;
    ck_assert_int_eq(fstat(render, &st), 0);
    ck_assert_uint_eq(st.st_rdev, makedev(226, 128));
    ck_assert_int_eq(fstatat(dri, "renderD129", &st, 0), 0);
    ck_assert_uint_eq(st.st_rdev, makedev(226, 129));
}
END_TEST

START_TEST(the_working_directory_may_be_inside)
{
    char name[PATH_MAX];
    ck_assert_ptr_nonnull(getcwd(name, sizeof(name)));
    ck_assert_int_eq(chdir(TOPOLOGY "/nodes"), 0);
    ck_assert_str_eq(getcwd(name, sizeof(name)), "/sys/devices/virtual/kfd/kfd/topology/nodes");
    ck_assert_uint_eq(property("1/caches/625/properties", "size"), 262144);
    ck_assert_str_eq(realpath("2", name), "/sys/devices/virtual/kfd/kfd/topology/nodes/2");
    ck_assert_ptr_null(getcwd(name, 5));
    ck_assert_int_eq(errno, ERANGE);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_str_eq(getcwd(name, sizeof(name)), "/");
}
END_TEST

static unsigned walked, walked_devices;
static int walk(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)type;
    ck_assert_msg(!strncmp(path, "/dev/dri", 8), "%s", path);
    ck_assert(at->base <= 9);
    walked++;
    walked_devices += S_ISCHR(st->st_mode);
    return 0;
}

START_TEST(a_tree_walk_sees_simulated_names)
{
    ck_assert_int_eq(nftw("/dev/dri", walk, 4, FTW_PHYS), 0);
    ck_assert_uint_eq(walked, 3);
    ck_assert_uint_eq(walked_devices, 2);
    DIR *dir = opendir("/dev/dri");
    unsigned devices = 0;
    for (struct dirent *e; (e = readdir(dir));)
        devices += e->d_type == DT_CHR;
    ck_assert_uint_eq(devices, 2);
    closedir(dir);
}
END_TEST

START_TEST(a_descriptor_knows_its_simulated_name)
{
    char link[64], name[64];
    int fd = open("/dev/dri/renderD129", O_RDWR);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof(name));
    ck_assert_int_eq(n, 19);
    ck_assert_int_eq(memcmp(name, "/dev/dri/renderD129", 19), 0);
    ck_assert_int_eq(readlink(link, name, 4), 4);
    int again = open(link, O_RDWR);
    struct stat st;
    ck_assert_int_eq(fstat(again, &st), 0);
    ck_assert_uint_eq(st.st_rdev, makedev(226, 129));
}
END_TEST

START_TEST(foreign_files_are_untouched)
{
    char name[] = "/tmp/test_preload.XXXXXX", link[64], real[PATH_MAX];
    struct stat st;
    int fd = mkstemp(name);
    ck_assert_int_eq(write(fd, "12345", 5), 5);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(st.st_size, 5);
    ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
    ck_assert_uint_eq(st.st_uid, geteuid());
    void *at = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert_int_eq(memcmp(at, "12345", 5), 0);
    munmap(at, 5);
    ck_assert_str_eq(realpath(name, real), name);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ck_assert_int_eq(readlink(link, real, sizeof(real)), (ssize_t)strlen(name));
    ck_assert_int_eq(ioctl(fd, _IO('K', 1)), -1);
    ck_assert_int_eq(errno, ENOTTY);
    unlink(name);
    close(fd);
    ck_assert_int_eq(stat("/dev/null", &st), 0);
    ck_assert_uint_eq(st.st_rdev, makedev(1, 3));
    ck_assert_int_eq(access("/sys/devices/system/cpu", F_OK), 0);
    int (*volatile untyped)(const char *, int, ...) = open;
    ck_assert_int_eq(untyped(NULL, O_RDONLY), -1);
    ck_assert_int_eq(errno, EFAULT);
}
END_TEST

START_TEST(the_module_is_loaded)
{
    char text[16384];
    read_text("/proc/modules", text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "amdgpu "));
    read_text("/sys/module/amdgpu/initstate", text, sizeof(text));
    ck_assert_str_eq(text, "live\n");
}
END_TEST

/* ---- libdrm ---- */

/* What the installed table of names says; older ones do not know every card. */
static bool marketing_name(uint32_t device, uint32_t revision, char *name, size_t size)
{
    FILE *f = fopen("/usr/share/libdrm/amdgpu.ids", "r");
    char line[256];
    unsigned d, r;
    int at;
    bool found = false;

    while (f && !found && fgets(line, sizeof(line), f))
        if (sscanf(line, "%x, %x, %n", &d, &r, &at) == 2 && d == device && r == revision) {
            line[strcspn(line, "\n")] = 0;
            snprintf(name, size, "%s", line + at);
            found = true;
        }
    if (f)
        fclose(f);
    return found;
}

static const struct card {
    uint32_t device, revision, family, cus, vram_type, width;
    uint64_t vram;
} cards[] = {
    {0x74a1, 0x00, 141, 304, 6, 8192, 206141652992},
    {0x744c, 0xc8, 145, 96, 9, 384, 25753026560},
};

static amdgpu_device_handle device_open(unsigned i, int *fd)
{
    char name[32];
    uint32_t major, minor;
    amdgpu_device_handle device;

    snprintf(name, sizeof(name), "/dev/dri/renderD%u", 128 + i);
    *fd = open(name, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(amdgpu_device_initialize(*fd, &major, &minor, &device), 0);
    ck_assert_uint_eq(major, 3);
    return device;
}

START_TEST(libdrm_initialises_both_cards)
{
    const struct card *card = &cards[_i];
    struct amdgpu_gpu_info info;
    struct amdgpu_heap_info heap;
    char name[128];
    uint32_t version_, feature, sensor;
    uint64_t lost;
    int fd;
    amdgpu_device_handle device = device_open((unsigned)_i, &fd);

    ck_assert_int_eq(amdgpu_query_gpu_info(device, &info), 0);
    ck_assert_uint_eq(info.asic_id, card->device);
    ck_assert_uint_eq(info.pci_rev_id, card->revision);
    ck_assert_uint_eq(info.family_id, card->family);
    ck_assert_uint_eq(info.cu_active_number, card->cus);
    ck_assert_uint_eq(info.vram_type, card->vram_type);
    ck_assert_uint_eq(info.vram_bit_width, card->width);
    ck_assert_uint_eq(info.gpu_counter_freq, 100000);
    ck_assert_uint_ne(info.gb_addr_cfg, 0);
    ck_assert_int_eq(amdgpu_query_heap_info(device, AMDGPU_GEM_DOMAIN_VRAM, 0, &heap), 0);
    ck_assert_uint_eq(heap.heap_size, card->vram);
    ck_assert_int_eq(amdgpu_query_firmware_version(device, AMDGPU_INFO_FW_GFX_MEC, 0, 0, &version_, &feature),
                     0);
    ck_assert_uint_gt(version_, 0);
    ck_assert_int_eq(amdgpu_query_sensor_info(device, AMDGPU_INFO_SENSOR_GPU_TEMP, 4, &sensor), 0);
    ck_assert_uint_gt(sensor, 1000);
    ck_assert_int_eq(amdgpu_query_info(device, AMDGPU_INFO_TIMESTAMP, 8, &lost), 0);
    ck_assert_int_eq(amdgpu_query_info(device, 0x7f, 8, &lost), -EINVAL);
    const char *told = amdgpu_get_marketing_name(device);
    if (marketing_name(card->device, card->revision, name, sizeof(name)))
        ck_assert_str_eq(told, name);
    amdgpu_device_deinitialize(device);
    close(fd);
}
END_TEST

START_TEST(libdrm_finds_the_pci_device_of_a_descriptor)
{
    int fd = open("/dev/dri/renderD129", O_RDWR | O_CLOEXEC);
    drmDevicePtr device = NULL, all[8];
    drmVersionPtr v = drmGetVersion(fd);

    ck_assert_str_eq(v->name, "amdgpu");
    drmFreeVersion(v);
    ck_assert_int_eq(drmGetNodeTypeFromFd(fd), DRM_NODE_RENDER);
    ck_assert_int_eq(drmGetDevice2(fd, DRM_DEVICE_GET_PCI_REVISION, &device), 0);
    ck_assert_int_eq(device->bustype, DRM_BUS_PCI);
    ck_assert_uint_eq(device->businfo.pci->bus, 7);
    ck_assert_uint_eq(device->deviceinfo.pci->device_id, 0x744c);
    ck_assert_uint_eq(device->deviceinfo.pci->revision_id, 0xc8);
    ck_assert_str_eq(device->nodes[DRM_NODE_RENDER], "/dev/dri/renderD129");
    drmFreeDevice(&device);
    int n = drmGetDevices2(0, all, 8);
    ck_assert_int_eq(n, 2);
    drmFreeDevices(all, n);
    close(fd);
}
END_TEST

START_TEST(drm_refuses_as_the_kernel_does)
{
    int fd = open("/dev/dri/renderD128", O_RDWR);
    uint32_t bytes[64] = {0};
    uint64_t cap;

    ck_assert_int_eq(ioctl(fd, DRM_IOCTL_GET_MAGIC, bytes), -1);
    ck_assert_int_eq(errno, EACCES);
    ck_assert_int_eq(ioctl(fd, _IOWR('d', 0x9f, bytes), bytes), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(ioctl(fd, DRM_IOCTL_VERSION, NULL), -1);
    ck_assert_int_eq(errno, EFAULT);
    ck_assert_int_eq(drmGetCap(fd, DRM_CAP_DUMB_BUFFER, &cap), -1);
    ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0x100000000), MAP_FAILED);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    ck_assert_int_eq(read(fd, bytes, 4), -1);
    ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

/* ---- after all ---- */

static const char *tree_of(pid_t pid, char *name)
{
    static const char *const bases[] = {"/dev/shm", "/tmp"};
    struct stat st;
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *temporary = getenv("TMPDIR");
    const char *all[] = {runtime, bases[0], temporary, bases[1]};

    for (unsigned i = 0; i < 4; i++) {
        if (!all[i])
            continue;
        snprintf(name, PATH_MAX, "%s/kfdsim-%d", all[i], (int)pid);
        if (!stat(name, &st))
            return name;
    }
    return NULL;
}

START_TEST(the_tree_goes_with_its_process)
{
    char name[PATH_MAX];
    int status, ready[2];
    char byte;

    ck_assert_int_eq(pipe(ready), 0);
    for (int how = 0; how < 3; how++) {
        pid_t child = fork();
        if (child == 0) {
            access("/dev/kfd", F_OK);
            bool made = tree_of(getpid(), name) != NULL;
            if (how == 2 && write(ready[1], "x", 1) == 1)
                pause();
            how ? _exit(!made) : exit(!made);
        }
        if (how == 2) {
            ck_assert_int_eq(read(ready[0], &byte, 1), 1);
            kill(child, SIGKILL);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(how == 2 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
        /* A killed one leaves its tree; the next process that makes one clears it away. */
        if (how == 2) {
            ck_assert_ptr_nonnull(tree_of(child, name));
            ck_assert_int_eq(access("/dev/kfd", F_OK), 0);
        }
        ck_assert_ptr_null(tree_of(child, name));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("preload");
    TCase *devices = tcase_create("devices"), *sysfs = tcase_create("sysfs");
    suite_add_tcase(suite, devices);
    suite_add_tcase(suite, sysfs);
    tcase_add_test(devices, device_nodes_are_character_devices);
    tcase_add_test(devices, kfd_answers_on_any_duplicate);
    tcase_add_test(devices, a_number_that_is_used_again_is_no_device);
    tcase_add_test(devices, kfd_can_be_polled_but_neither_read_nor_written);
    tcase_add_test(devices, kernels_generic_ioctls_are_not_the_drivers);
    tcase_add_test(devices, a_child_finds_the_parents_kfd_dead_and_its_own_alive);
    tcase_add_test(devices, a_vfork_child_closes_only_its_own);
    tcase_add_test(sysfs, topology_has_a_cpu_and_two_gpus);
    tcase_add_test(sysfs, counts_in_the_properties_are_numbers_of_directories);
    tcase_add_test(sysfs, every_way_to_look_at_a_file_works);
    tcase_add_test(sysfs, files_open_relative_to_a_directory);
    tcase_add_test(sysfs, the_working_directory_may_be_inside);
    tcase_add_test(sysfs, a_tree_walk_sees_simulated_names);
    tcase_add_test(sysfs, a_descriptor_knows_its_simulated_name);
    tcase_add_test(sysfs, foreign_files_are_untouched);
    tcase_add_test(sysfs, the_module_is_loaded);
    tcase_add_test(devices, libdrm_finds_the_pci_device_of_a_descriptor);
    tcase_add_test(devices, drm_refuses_as_the_kernel_does);
    tcase_add_test(sysfs, the_tree_goes_with_its_process);
    TCase *both = tcase_create("libdrm");
    suite_add_tcase(suite, both);
    tcase_add_loop_test(both, libdrm_initialises_both_cards, 0, 2);
    return run_suite(suite);
}
