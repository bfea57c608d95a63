/*
 * preload.c - stands between a program and libc: descriptors of the simulated devices.
 *
 * A device node is a real, empty file in the simulated tree, and a descriptor of it a real descriptor that
 * fd.c knows; so it can be duplicated, passed, polled and inherited like any. Only what the file itself would
 * answer wrongly is answered here: ioctl, mmap, read and write. Everything else goes on to libc untouched, at
 * the cost of one table lookup. preload_path.c has the functions that take names.
 */
#include "preload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "sim/front/queue.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sysfs.h"
#include "sim/hostile.h"
#include "sim/machine.h"

int preload_result(int value)
{
    if (value >= 0)
        return value;
    errno = -value;
    return -1;
}

struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id)
{
    struct fd_info info = fd_get(fd);
    struct sim_machine *m = info.kind == FD_RENDER ? sim_machine() : NULL;

    if (!m)
        return NULL;
    if (file_id)
        *file_id = info.file_id;
    return &m->gpu[info.gpu];
}

void sim_smi_made(int fd, unsigned client)
{
    fd_open(fd, FD_SMI, client);
}

static bool is_device(struct fd_info info)
{
    return info.kind == FD_KFD || info.kind == FD_RENDER;
}

/* ---- open ---- */

/* sysfs refuses to open for writing what has no store function; root too. */
static int file_open(const char *real, int flags, const struct stat *st)
{
    if (S_ISREG(st->st_mode) && (flags & O_ACCMODE) != O_RDONLY)
        return -EACCES;
    int fd = REAL(open)(real, flags & ~(O_CREAT | O_TRUNC));
    if (fd < 0)
        return -errno;
    fd_open(fd, S_ISDIR(st->st_mode) ? FD_DIR : FD_FILE, 0);
    return fd;
}

static int device_open(const char *real, int flags, enum sysfs_node node, unsigned gpu)
{
    static const enum fd_kind kinds[] = {
        [SYSFS_KFD] = FD_KFD, [SYSFS_RENDER] = FD_RENDER, [SYSFS_INJECT] = FD_INJECT};
    if (!sim_machine())
        return -ENODEV;
    int error = node == SYSFS_KFD      ? sim_kfd_open(flags)
                : node == SYSFS_RENDER ? sim_drm_open(&sim_machine()->gpu[gpu])
                                       : 0;
    if (error)
        return error;
    int fd = REAL(open)(real, flags & ~(O_CREAT | O_TRUNC));
    if (fd < 0)
        return -errno;
    fd_open(fd, kinds[node], gpu);
    return fd;
}

int preload_open(const char *real, int flags)
{
    struct stat st;
    unsigned gpu = 0;

    if (REAL(stat)(real, &st))
        return REAL(open)(real, flags & ~O_CREAT); /* for its errno, or a link not to be followed */
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return preload_result(-EEXIST);
    enum sysfs_node node = sysfs_node_of(st.st_dev, st.st_ino, &gpu);
    bool use = node != SYSFS_OTHER && !(flags & (O_PATH | O_DIRECTORY));
    return preload_result(use ? device_open(real, flags, node, gpu) : file_open(real, flags, &st));
}

/* /proc/self/fd/N of a device opens the device again. */
static const char *reopen_path(const char *path, char *buffer)
{
    int fd, length = 0;

    if (strncmp(path, "/proc/self/fd/", 14) && strncmp(path, "/dev/fd/", 8))
        return path;
    if ((sscanf(path, "/proc/self/fd/%d%n", &fd, &length) != 1 &&
         sscanf(path, "/dev/fd/%d%n", &fd, &length) != 1) ||
        path[length])
        return path;
    struct fd_info info = fd_get(fd);
    char name[32];
    if (!is_device(info))
        return path;
    snprintf(name, sizeof(name), info.kind == FD_KFD ? "/dev/kfd" : "/dev/dri/renderD%u", 128 + info.gpu);
    return strcmp(sysfs_path(name, buffer), name) ? buffer : path;
}

static int open_at(int dirfd, const char *path, int flags, mode_t mode)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(dirfd, path, buffer);

    if (real == path && path && path[0] == '/')
        real = reopen_path(path, buffer);
    return real != path ? preload_open(real, flags) : REAL(openat)(dirfd, path, flags, mode);
}

/* The mode, if the call has one. */
#define MODE(flags)                            \
    __extension__({                            \
        mode_t mode = 0;                       \
        if ((flags) & (O_CREAT | O_TMPFILE)) { \
            va_list args;                      \
            va_start(args, flags);             \
            mode = va_arg(args, mode_t);       \
            va_end(args);                      \
        }                                      \
        mode;                                  \
    })

PRELOAD_EXPORT int open(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags, MODE(flags));
}
PRELOAD_EXPORT int open64(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, MODE(flags));
}
PRELOAD_EXPORT int openat(int dirfd, const char *path, int flags, ...)
{
    return open_at(dirfd, path, flags, MODE(flags));
}
PRELOAD_EXPORT int openat64(int dirfd, const char *path, int flags, ...)
{
    return open_at(dirfd, path, flags | O_LARGEFILE, MODE(flags));
}
PRELOAD_EXPORT int creat(const char *path, mode_t mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
PRELOAD_EXPORT int creat64(const char *path, mode_t mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, mode);
}

/* What fortified programs call. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
PRELOAD_EXPORT int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}
PRELOAD_EXPORT int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, 0);
}
PRELOAD_EXPORT int __openat_2(int dirfd, const char *path, int flags)
{
    return open_at(dirfd, path, flags, 0);
}
PRELOAD_EXPORT int __openat64_2(int dirfd, const char *path, int flags)
{
    return open_at(dirfd, path, flags | O_LARGEFILE, 0);
}

/* ---- close and duplicates ---- */

void sim_dmabuf_opened(int fd, uint64_t bo)
{
    fd_open_dmabuf(fd, bo);
}

static void closed(struct fd_info info)
{
    if (info.kind == FD_DMABUF && !info.inherited)
        sim_dmabuf_closed(info.file_id);
    if (info.kind == FD_KFD && !info.inherited)
        sim_kfd_closed(fd_file_open);
}

PRELOAD_EXPORT int close(int fd)
{
    struct fd_info info = fd_get(fd);
    fd_forget(fd);
    int result = REAL(close)(fd);
    closed(info);
    return result;
}

PRELOAD_EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    if (!((unsigned)flags & CLOSE_RANGE_CLOEXEC) && first <= last)
        fd_forget_range(first, last);
    int result = REAL(close_range)(first, last, flags);
    sim_kfd_closed(fd_file_open);
    return result;
}

PRELOAD_EXPORT void closefrom(int first)
{
    fd_forget_range(first < 0 ? 0 : (unsigned)first, ~0u);
    REAL(closefrom)(first);
    sim_kfd_closed(fd_file_open);
}

static void copied(int from, int to)
{
    struct fd_info info = fd_get(from), before = fd_get(to);
    if (info.kind == FD_DMABUF && !info.inherited)
        sim_dmabuf_copied(info.file_id);
    fd_copy(from, to);
    closed(before);
}

PRELOAD_EXPORT int dup(int fd)
{
    int copy = REAL(dup)(fd);
    if (copy >= 0)
        copied(fd, copy);
    return copy;
}

PRELOAD_EXPORT int dup2(int fd, int to)
{
    int copy = REAL(dup2)(fd, to);
    if (copy >= 0 && fd != to)
        copied(fd, copy);
    return copy;
}

PRELOAD_EXPORT int dup3(int fd, int to, int flags)
{
    int copy = REAL(dup3)(fd, to, flags);
    if (copy >= 0)
        copied(fd, copy);
    return copy;
}

static int fcntl_done(int fd, int command, int result)
{
    if (result >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC))
        copied(fd, result);
    return result;
}

/* The argument is an int, a long or a pointer; as a register they are the same. */
#define ARGUMENT(last)                         \
    __extension__({                            \
        va_list args;                          \
        va_start(args, last);                  \
        void *argument = va_arg(args, void *); \
        va_end(args);                          \
        argument;                              \
    })

PRELOAD_EXPORT int fcntl(int fd, int command, ...)
{
    return fcntl_done(fd, command, REAL(fcntl)(fd, command, ARGUMENT(command)));
}
PRELOAD_EXPORT int fcntl64(int fd, int command, ...)
{
    return fcntl_done(fd, command, REAL(fcntl64)(fd, command, ARGUMENT(command)));
}

/* ---- ioctl, mmap, read, write ---- */

/* These the kernel answers itself, before it asks the driver. */
static bool ioctl_is_generic(unsigned long request)
{
    return request == FIOCLEX || request == FIONCLEX || request == FIONBIO || request == FIOASYNC;
}

PRELOAD_EXPORT int ioctl(int fd, unsigned long request, ...)
{
    struct fd_info info = fd_get(fd);
    void *argument = ARGUMENT(request);

    if (!is_device(info) || ioctl_is_generic(request))
        return REAL(ioctl)(fd, request, argument);
    if (info.kind == FD_KFD)
        return preload_result(info.inherited ? -EBADF : sim_kfd_ioctl(info.file_id, request, argument));
    uint64_t file = 0;
    struct sim_gpu *gpu = sim_render_fd(fd, &file);
    return preload_result(gpu ? sim_drm_ioctl(gpu, file, request, argument) : -ENODEV);
}

/* What a GPU can reach of what lay there goes from it first. */
static void *map_over(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    bool shared = flags & MAP_FIXED && sim_svm_unmap_begin(address, length);
    void *mapped = REAL(mmap)(address, length, protection, flags, fd, offset);

    if (shared)
        sim_svm_unmap_end();
    return mapped;
}

static void *device_mmap(struct fd_info info, void *address, size_t length, int protection, int flags, int fd,
                         off_t offset)
{
    int real_fd = -1, error = 0;
    off_t real_offset = 0;
    struct sim_gpu *gpu = sim_render_fd(fd, NULL);

    if (info.kind == FD_DMABUF)
        error = info.inherited
                    ? -EINVAL
                    : sim_dmabuf_mmap(info.file_id, (uint64_t)offset, length, &real_fd, &real_offset);
    else if (info.kind == FD_KFD)
        error = info.inherited ? -EINVAL
                               : sim_kfd_mmap(info.file_id, (uint64_t)offset, length, &real_fd, &real_offset);
    else
        error = gpu ? sim_drm_mmap(gpu, (uint64_t)offset, length, &real_fd, &real_offset) : -ENODEV;
    /* TTM refuses what could be copied on write; KFD's own pages may be mapped privately. */
    if (!error && info.kind != FD_KFD && (flags & MAP_TYPE) == MAP_PRIVATE)
        error = -EINVAL;
    if (error) {
        errno = -error;
        return MAP_FAILED;
    }
    void *mapped = map_over(address, length, protection, flags, real_fd, real_offset);
    if (mapped != MAP_FAILED && info.kind == FD_KFD)
        sim_mapped(real_fd, real_offset, mapped, length);
    return mapped;
}

static void *map(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    struct fd_info info = flags & MAP_ANONYMOUS ? (struct fd_info){0} : fd_get(fd);
    if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) && address && sim_spiteful(SPITE_HINT, 2))
        address = NULL; /* a hint binds nobody */
    if (is_device(info) || info.kind == FD_DMABUF)
        return device_mmap(info, address, length, protection, flags, fd, offset);
    return map_over(address, length, protection, flags, fd, offset);
}

PRELOAD_EXPORT void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return map(address, length, protection, flags, fd, offset);
}
PRELOAD_EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
    return map(address, length, protection, flags, fd, offset);
}

/* What a GPU can reach as well goes from it first. */
PRELOAD_EXPORT int munmap(void *address, size_t length)
{
    bool shared = sim_svm_unmap_begin(address, length);
    int result = REAL(munmap)(address, length);
    if (shared)
        sim_svm_unmap_end();
    return result;
}

PRELOAD_EXPORT void *mremap(void *address, size_t length, size_t new_length, int flags, ...)
{
    void *target = ARGUMENT(flags);
    bool shared = sim_svm_unmap_begin(address, length);
    void *mapped = flags & MREMAP_FIXED ? REAL(mremap)(address, length, new_length, flags, target)
                                        : REAL(mremap)(address, length, new_length, flags);

    if (shared)
        sim_svm_unmap_end();
    return mapped;
}

/* KFD has no read at all; a render node's waits for an event, and none ever comes. */
static ssize_t device_read(struct fd_info info, int fd)
{
    int flags = info.kind == FD_RENDER ? REAL(fcntl)(fd, F_GETFL) : O_NONBLOCK;

    if (info.kind == FD_KFD)
        return preload_result(-EINVAL);
    if (flags & O_NONBLOCK)
        return preload_result(-EAGAIN);
    return poll(NULL, 0, -1);
}

PRELOAD_EXPORT ssize_t read(int fd, void *to, size_t size)
{
    struct fd_info info = fd_get(fd);
    return is_device(info) ? device_read(info, fd) : REAL(read)(fd, to, size);
}
PRELOAD_EXPORT ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
    struct fd_info info = fd_get(fd);
    return is_device(info) ? device_read(info, fd) : REAL(pread)(fd, to, size, offset);
}
PRELOAD_EXPORT ssize_t pread64(int fd, void *to, size_t size, off64_t offset)
{
    struct fd_info info = fd_get(fd);
    return is_device(info) ? device_read(info, fd) : REAL(pread64)(fd, to, size, offset);
}
static ssize_t inject_write(struct fd_info info, const void *from, size_t size)
{
    struct sim_machine *m = sim_machine();
    int error = m && !info.inherited ? sim_inject(&m->gpu[info.gpu], from, size) : -EBADF;
    return error ? preload_result(error) : (ssize_t)size;
}

PRELOAD_EXPORT ssize_t write(int fd, const void *from, size_t size)
{
    struct fd_info info = fd_get(fd);
    if (info.kind == FD_INJECT)
        return inject_write(info, from, size);
    if (info.kind == FD_SMI)
        return preload_result(info.inherited ? -EBADF : sim_smi_write(info.gpu, from, size));
    return is_device(info) ? preload_result(-EINVAL) : REAL(write)(fd, from, size);
}
PRELOAD_EXPORT ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
    return is_device(fd_get(fd)) ? preload_result(-EINVAL) : REAL(pwrite)(fd, from, size, offset);
}
PRELOAD_EXPORT ssize_t pwrite64(int fd, const void *from, size_t size, off64_t offset)
{
    return is_device(fd_get(fd)) ? preload_result(-EINVAL) : REAL(pwrite64)(fd, from, size, offset);
}

/* ---- streams ---- */

static int stream_flags(const char *mode)
{
    int flags = mode[0] == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (mode[0] == 'w' ? O_TRUNC : O_APPEND);

    for (const char *m = mode + 1; *m && *m != ','; m++)
        if (*m == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (*m == 'e')
            flags |= O_CLOEXEC;
        else if (*m == 'x')
            flags |= O_EXCL;
    return flags;
}

static FILE *stream_open(const char *real, const char *mode)
{
    int fd = preload_open(real, stream_flags(mode));
    FILE *stream = fd < 0 ? NULL : fdopen(fd, mode);

    if (fd >= 0 && !stream) {
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return stream;
}

PRELOAD_EXPORT FILE *fopen(const char *path, const char *mode)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);
    return real == path ? REAL(fopen)(path, mode) : stream_open(real, mode);
}
PRELOAD_EXPORT FILE *fopen64(const char *path, const char *mode)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);
    return real == path ? REAL(fopen64)(path, mode) : stream_open(real, mode);
}

static FILE *stream_reopened(FILE *stream, bool ours)
{
    if (stream && ours)
        fd_open(fileno(stream), FD_FILE, 0);
    return stream;
}

PRELOAD_EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);
    fd_forget(fileno(stream));
    return stream_reopened(REAL(freopen)(real, mode, stream), real != path);
}
PRELOAD_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);
    fd_forget(fileno(stream));
    return stream_reopened(REAL(freopen64)(real, mode, stream), real != path);
}

/* libc closes these inside itself. */
PRELOAD_EXPORT int fclose(FILE *stream)
{
    fd_forget(fileno(stream));
    return REAL(fclose)(stream);
}
PRELOAD_EXPORT int closedir(DIR *dir)
{
    fd_forget(dirfd(dir));
    return REAL(closedir)(dir);
}

/* Shells end like this, past every destructor. */
PRELOAD_EXPORT void _exit(int status)
{
    sysfs_remove();
    REAL(_exit)(status);
    __builtin_unreachable();
}
PRELOAD_EXPORT void _Exit(int status)
{
    sysfs_remove();
    REAL(_Exit)(status);
    __builtin_unreachable();
}
