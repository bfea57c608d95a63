/*
 * sysfs.c - keeps the simulated /sys and /dev as real files in a private directory, and knows its paths.
 *
 * Real files, because then opendir, fopen, readlink, relative opens and every other way to look at a file
 * work by themselves; only the names have to be exchanged, both ways. The directory is made at the first
 * access to one of our paths, below $XDG_RUNTIME_DIR, /dev/shm, $TMPDIR or /tmp, is named by the process id,
 * and goes when the process ends; those of processes that were killed go when the next one is made. A child
 * after fork gets its own.
 *
 * Invariant: `root` is published once its tree is whole, and never changes in a process.
 */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

#define PREFIX    "kfdsim-"
#define DEBUG_DIR "/sys/kernel/debug/dri"

static char root_path[PATH_MAX];
static size_t root_length;
static pid_t root_owner;
static _Atomic bool root_ready;
static bool root_failed;
static pthread_mutex_t root_lock = PTHREAD_MUTEX_INITIALIZER; /* guards making the tree and its late parts */
static bool caches_made[SIM_MAX_GPUS + 1];

struct node_inode { /* a regular file that stands for a device node */
    ino_t ino;
    enum sysfs_node node;
    unsigned gpu;
};
static struct node_inode node_inodes[2 * SIM_MAX_GPUS + 1];
static unsigned n_node_inodes;
static dev_t node_device;

/* ---- writing ---- */

static void root_name(char *to, const char *path)
{
    snprintf(to, PATH_MAX, "%.*s/%s", (int)root_length, root_path, path);
}

static void parents_make(char *path)
{
    for (char *slash = path + root_length + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
}

void sysfs_put_bytes(const char *path, const void *bytes, size_t size)
{
    char name[PATH_MAX], temporary[PATH_MAX + 8];
    root_name(name, path);
    /* Renamed into place: who has the old one open goes on reading it. */
    snprintf(temporary, sizeof(temporary), "%s.new", name);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    if (fd < 0) {
        parents_make(name);
        fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    }
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || rename(temporary, name))
        root_failed = true;
    if (fd >= 0)
        close(fd);
}

void sysfs_put(const char *path, const char *format, ...)
{
    char text[SIM_PAGE]; /* what a sysfs file can hold */
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sysfs_put_bytes(path, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

void sysfs_link(const char *path, const char *target)
{
    char name[PATH_MAX];
    root_name(name, path);
    parents_make(name);
    if (symlink(target, name))
        root_failed = true;
}

void sysfs_directory(const char *path)
{
    char name[PATH_MAX];
    root_name(name, path);
    parents_make(name);
    if (mkdir(name, 0755) && errno != EEXIST)
        root_failed = true;
}

/* ---- making and removing the directory ---- */

static void remove_below(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            remove_below(fd, e->d_name);
        else if (e->d_type != DT_DIR)
            unlinkat(fd, e->d_name, 0);
    if (dir)
        closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* A killed process may stay as a zombie for ever where nobody is init (in a container). */
static bool process_is_gone(pid_t pid)
{
    char name[32], line[64], state = 0;
    if (kill(pid, 0))
        return errno == ESRCH;
    snprintf(name, sizeof(name), "/proc/%ld/stat", (long)pid);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    line[n] = 0;
    const char *after = strrchr(line, ')'); /* the name, which may hold anything, is cut to 15 bytes */
    return after && sscanf(after, ") %c", &state) == 1 && state == 'Z';
}

bool sysfs_is_there(void)
{
    return atomic_load_explicit(&root_ready, memory_order_acquire);
}

void sysfs_drop(const char *path)
{
    char name[PATH_MAX];
    root_name(name, path);
    remove_below(AT_FDCWD, name);
}

/* Trees whose process is gone, and one that this process left before an exec. */
static void remove_stale(const char *base)
{
    DIR *dir = opendir(base);

    for (struct dirent *e; dir && (e = readdir(dir));) {
        struct stat st;
        long pid;
        int length = 0;
        if (sscanf(e->d_name, PREFIX "%ld%n", &pid, &length) != 1 || e->d_name[length])
            continue;
        bool gone = pid == getpid() || process_is_gone((pid_t)pid);
        if (gone && !fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) && st.st_uid == geteuid())
            remove_below(dirfd(dir), e->d_name);
    }
    if (dir)
        closedir(dir);
}

static bool root_make_in(const char *base)
{
    struct stat st;

    if (!base || base[0] != '/' || stat(base, &st) || !S_ISDIR(st.st_mode))
        return false;
    remove_stale(base);
    int length = snprintf(root_path, sizeof(root_path), "%s/" PREFIX "%ld", base, (long)getpid());
    if (length < 0 || (size_t)length > sizeof(root_path) / 2 || mkdir(root_path, 0700))
        return false;
    root_length = (size_t)length;
    return true;
}

static void node_put(const char *path, enum sysfs_node node, unsigned gpu, const char *text)
{
    struct stat st;
    char name[PATH_MAX];

    sysfs_put_bytes(path, text, strlen(text));
    root_name(name, path);
    if (chmod(name, 0666) || stat(name, &st)) {
        root_failed = true;
        return;
    }
    node_device = st.st_dev;
    node_inodes[n_node_inodes++] = (struct node_inode){.ino = st.st_ino, .node = node, .gpu = gpu};
}

static void root_make(void)
{
    const char *bases[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"), "/tmp"};
    const struct sim_machine *m = sim_machine_described();
    bool made = false;

    for (unsigned i = 0; i < sizeof(bases) / sizeof(*bases) && !made; i++)
        made = root_make_in(bases[i]);
    root_failed = !made;
    if (made) {
        root_owner = getpid();
        sysfs_put_topology();
        sysfs_put_devices();
        sysfs_put_module();
        sysfs_put_process();
        node_put("dev/kfd", SYSFS_KFD, 0, "");
        for (unsigned i = 0; i < m->n_gpus; i++) {
            char name[64];
            snprintf(name, sizeof(name), "dev/dri/renderD%u", m->gpu[i].render_minor);
            node_put(name, SYSFS_RENDER, i, "");
            snprintf(name, sizeof(name), DEBUG_DIR "/%u/inject", m->gpu[i].render_minor);
            node_put(name + 1, SYSFS_INJECT, i, sim_inject_usage);
        }
    }
    if (root_failed)
        sim_report(NULL, "cannot make the simulated /sys in XDG_RUNTIME_DIR, /dev/shm, TMPDIR or /tmp");
}

static bool root_need(void)
{
    if (!atomic_load_explicit(&root_ready, memory_order_acquire)) {
        pthread_mutex_lock(&root_lock);
        if (!root_length && !root_failed)
            root_make();
        if (!root_failed)
            atomic_store_explicit(&root_ready, true, memory_order_release);
        pthread_mutex_unlock(&root_lock);
    }
    return atomic_load_explicit(&root_ready, memory_order_acquire);
}

__attribute__((destructor)) void sysfs_remove(void)
{
    if (root_length && root_owner == getpid())
        remove_below(AT_FDCWD, root_path);
}

void sysfs_after_fork(void)
{
    pthread_mutex_init(&root_lock, NULL);
    atomic_store(&root_ready, false);
    root_length = 0;
    root_failed = false;
    n_node_inodes = 0;
    memset(caches_made, 0, sizeof(caches_made));
}

/* ---- paths ---- */

unsigned sysfs_kfd_major(void)
{
    /* Dynamic; these are what Debian's 6.12 and 6.1 happened to give in the same virtual machine. */
    const struct sim_machine *m = sim_machine_described();
    return m && m->options.kfd_minor < 17 ? 243 : 242;
}

/* Copies an absolute path without "//" and "/./", so that prefixes can be compared. */
static bool path_clean(const char *path, char *to)
{
    size_t n = 0;

    while (*path) {
        if (path[0] == '/' && path[1] == '/')
            path++;
        else if (path[0] == '/' && path[1] == '.' && (path[2] == '/' || !path[2]))
            path += 2;
        else if (n + 1 >= PATH_MAX)
            return false;
        else
            to[n++] = *path++;
    }
    to[n] = 0;
    return true;
}

/* Is it the prefix itself or below it? */
static bool path_under(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    return !strncmp(path, prefix, length) && (path[length] == '/' || !path[length]);
}

static bool path_is_gpu_device(const char *path)
{
    const struct sim_machine *m = sim_machine_described();
    unsigned domain, bus, slot, function;

    if (sscanf(path, "/sys/devices/pci0000:00/%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function) != 4)
        return false;
    for (unsigned i = 0; m && i < m->n_gpus; i++)
        if (domain == 0 && (bus << 8 | slot << 3 | function) == sim_gpu_location(i))
            return true;
    return false;
}

static bool path_is_ours(const char *path)
{
    static const char *const prefixes[] = {
        "/dev/kfd",       "/dev/dri",           "/sys/class/kfd", "/sys/devices/virtual/kfd",
        "/sys/class/drm", "/sys/module/amdgpu", "/proc/modules",  DEBUG_DIR,
    };
    unsigned major;

    for (unsigned i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (path_under(path, prefixes[i]))
            return true;
    if (sscanf(path, "/sys/dev/char/%u:", &major) == 1)
        return major == 226 || major == sysfs_kfd_major();
    return path_is_gpu_device(path);
}

/* Late parts of the tree: caches, of which there may be thousands, and files whose text changes. */
static void path_prepare(const char *path)
{
    const struct sim_machine *m = sim_machine_described();
    const char *nodes = strstr(path, "/topology/nodes/"), *name = strrchr(path, '/');
    unsigned node;

    if (nodes && sscanf(nodes + 16, "%u", &node) == 1 && node <= m->n_gpus && strstr(nodes, "/caches") &&
        !caches_made[node]) {
        caches_made[node] = true;
        sysfs_put_caches(node);
    }
    if (path_under(path, DEBUG_DIR) && name && sscanf(path, DEBUG_DIR "/%u/", &node) == 1 &&
        sim_gpu_by_minor(node))
        sysfs_put_debug(sim_gpu_by_minor(node)->index, name + 1);
    if (strstr(path, "/kfd/kfd/proc"))
        sysfs_put_process();
    bool usage = name && !strncmp(name, "/mem_info_", 10) && strstr(name, "_used");
    bool sensors = strstr(path, "/hwmon/") || strstr(path, "/gpu_busy_percent");
    if (usage || sensors)
        for (unsigned i = 0; i < m->n_gpus; i++) {
            char minor[32], bus[32];
            snprintf(minor, sizeof(minor), "renderD%u/device/", m->gpu[i].render_minor);
            snprintf(bus, sizeof(bus), "/0000:%02x:00.0/", sim_gpu_location(i) >> 8);
            if (!strstr(path, minor) && !strstr(path, bus))
                continue;
            if (usage)
                sysfs_put_usage(i, name + 1);
            else
                sysfs_put_sensors(i);
        }
}

static const char *path_real(const char *clean, char *buffer)
{
    int saved = errno;

    pthread_mutex_lock(&root_lock);
    path_prepare(clean);
    pthread_mutex_unlock(&root_lock);
    int length = snprintf(buffer, PATH_MAX, "%s%s", root_path, clean);
    errno = saved;
    return length < PATH_MAX ? buffer : NULL;
}

const char *sysfs_path(const char *path, char *buffer)
{
    char clean[PATH_MAX];
    int saved = errno;

    /* Quick refusal: most paths of most programs. */
    if (!path || path[0] != '/' ||
        !(path[1] == 's' || path[1] == 'd' || path[1] == 'p' || path[1] == '/' || path[1] == '.'))
        return path;
    if (!path_clean(path, clean) ||
        !(path_under(clean, "/sys") || path_under(clean, "/dev") || !strcmp(clean, "/proc/modules")) ||
        !sim_machine_described() || !path_is_ours(clean) || !root_need()) {
        errno = saved;
        return path;
    }
    const char *real = path_real(clean, buffer);
    errno = saved;
    return real ? real : path;
}

const char *sysfs_path_below(const char *directory, const char *path, char *buffer)
{
    char whole[PATH_MAX], clean[PATH_MAX];
    size_t length = strlen(directory);

    if (length >= sizeof(whole))
        return path;
    memcpy(whole, directory, length + 1);
    ptrdiff_t rest = sysfs_unroot(whole, length);
    if (rest < 0)
        return path;
    int more = snprintf(whole + rest, sizeof(whole) - (size_t)rest, "/%s", path);
    if (more >= (int)(sizeof(whole) - (size_t)rest) || !path_clean(whole, clean) || !root_need())
        return path;
    const char *real = path_real(clean, buffer);
    return real ? real : path;
}

/* Length of the leading part that is the place of a tree, of this process or of one it comes from; 0: none.
 */
static size_t rooted(const char *path, size_t length)
{
    size_t prefix = strlen("/" PREFIX);

    for (size_t at = 0; at + prefix < length; at++) {
        if (memcmp(path + at, "/" PREFIX, prefix))
            continue;
        size_t end = at + prefix;
        while (end < length && path[end] >= '0' && path[end] <= '9')
            end++;
        if (end > at + prefix && (end == length || path[end] == '/'))
            return end;
    }
    return 0;
}

ptrdiff_t sysfs_unroot(char *path, size_t length)
{
    size_t root = length && path[0] == '/' ? rooted(path, length) : 0;
    size_t rest = length - root;

    if (!root || !sim_machine_described())
        return -1;
    if (rest == 0)
        path[rest++] = '/';
    else
        memmove(path, path + root, rest);
    return (ptrdiff_t)rest;
}

enum sysfs_node sysfs_node_of(dev_t dev, ino_t ino, unsigned *gpu)
{
    if (!atomic_load_explicit(&root_ready, memory_order_acquire) || dev != node_device)
        return SYSFS_OTHER;
    for (unsigned i = 0; i < n_node_inodes; i++)
        if (node_inodes[i].ino == ino) {
            *gpu = node_inodes[i].gpu;
            return node_inodes[i].node;
        }
    return SYSFS_OTHER;
}

dev_t sysfs_node_rdev(enum sysfs_node node, unsigned gpu)
{
    return node == SYSFS_KFD ? makedev(sysfs_kfd_major(), 0) : makedev(226, 128 + gpu);
}
