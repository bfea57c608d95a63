/*
 * preload_path.c - stands between a program and libc: functions that take the name of a file, or give one.
 *
 * Names of the simulated machine are exchanged for those of the real files behind them on the way in, and
 * back on the way out. All of these do the same three things: exchange, call libc, mend the answer.
 */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fd.h"
#include "sim/kernel/sysfs.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"

/* Is the working directory inside a simulated tree? Looked up when first asked after a change; a program that
 * was started there finds itself inside, too. */
enum { CWD_UNKNOWN, CWD_OUTSIDE, CWD_INSIDE };
static _Atomic int cwd;

bool preload_cwd(char *name)
{
    if (atomic_load_explicit(&cwd, memory_order_relaxed) == CWD_OUTSIDE || !sim_machine_described() ||
        !REAL(getcwd)(name, PATH_MAX))
        return false;
    char copy[PATH_MAX];
    bool inside = sysfs_unroot(strcpy(copy, name), strlen(name)) >= 0;
    atomic_store_explicit(&cwd, inside ? CWD_INSIDE : CWD_OUTSIDE, memory_order_relaxed);
    return inside;
}

static bool directory_name(int fd, char *name)
{
    char link[32];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = REAL(readlink)(link, name, PATH_MAX - 1);
    if (length < 0)
        return false;
    name[length] = 0;
    return true;
}

static const char *path_relative(int dirfd, const char *path, char *buffer)
{
    char directory[PATH_MAX];
    int saved = errno;
    bool inside = dirfd == AT_FDCWD ? preload_cwd(directory)
                                    : fd_get(dirfd).kind == FD_DIR && directory_name(dirfd, directory);

    const char *real = inside ? sysfs_path_below(directory, path, buffer) : path;
    errno = saved;
    return real;
}

const char *preload_path(int dirfd, const char *path, char *buffer)
{
    if (!path || !path[0])
        return path;
    return path[0] == '/' ? sysfs_path(path, buffer) : path_relative(dirfd, path, buffer);
}

/* ---- stat ---- */

static mode_t mode_fixed(mode_t mode, enum sysfs_node node)
{
    if (node == SYSFS_INJECT)
        return S_IFREG | 0644;
    if (node != SYSFS_OTHER)
        return S_IFCHR | (node == SYSFS_KFD ? 0600 : 0660); /* KFD's as devtmpfs makes it */
    if (S_ISREG(mode))
        return S_IFREG | 0444;
    return S_ISDIR(mode) ? S_IFDIR | 0755 : mode;
}

void preload_stat_fix(struct stat *st)
{
    unsigned gpu = 0;
    enum sysfs_node node = sysfs_node_of(st->st_dev, st->st_ino, &gpu);

    st->st_mode = mode_fixed(st->st_mode, node);
    st->st_uid = st->st_gid = 0;
    st->st_blocks = 0;
    st->st_size = S_ISREG(st->st_mode) ? SIM_PAGE : 0;
    st->st_rdev = node == SYSFS_OTHER || node == SYSFS_INJECT ? 0 : sysfs_node_rdev(node, gpu);
}

static void statx_fix(struct statx *st)
{
    unsigned gpu = 0;
    enum sysfs_node node = sysfs_node_of(makedev(st->stx_dev_major, st->stx_dev_minor), st->stx_ino, &gpu);
    dev_t rdev = node == SYSFS_OTHER || node == SYSFS_INJECT ? 0 : sysfs_node_rdev(node, gpu);

    st->stx_mode = (uint16_t)mode_fixed(st->stx_mode, node);
    st->stx_uid = st->stx_gid = 0;
    st->stx_blocks = 0;
    st->stx_size = S_ISREG(st->stx_mode) ? SIM_PAGE : 0;
    st->stx_rdev_major = major(rdev);
    st->stx_rdev_minor = minor(rdev);
}

/* A device that was opened before a fork is no node of the child's tree. */
static void fd_stat_fix(struct fd_info info, struct stat *st)
{
    enum sysfs_node node = info.kind == FD_KFD ? SYSFS_KFD : SYSFS_RENDER;

    preload_stat_fix(st);
    if (info.kind != FD_KFD && info.kind != FD_RENDER)
        return;
    st->st_mode = mode_fixed(st->st_mode, node);
    st->st_rdev = sysfs_node_rdev(node, info.gpu);
    st->st_size = 0;
}

static int stat_at(int dirfd, const char *path, struct stat *st, int flags)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(dirfd, path, buffer);
    struct fd_info info = path && !path[0] && flags & AT_EMPTY_PATH ? fd_get(dirfd) : (struct fd_info){0};
    int result = REAL(fstatat)(dirfd, real, st, flags);

    if (!result && real != path)
        preload_stat_fix(st);
    else if (!result && info.kind != FD_FOREIGN)
        fd_stat_fix(info, st);
    return result;
}

static int stat_fd(int fd, struct stat *st)
{
    struct fd_info info = fd_get(fd);
    int result = REAL(fstat)(fd, st);

    if (!result && info.kind != FD_FOREIGN)
        fd_stat_fix(info, st);
    return result;
}

/* None of these calls another by its exported name: a sanitizer's fstat may call __fxstat, and would meet
 * itself again. */
PRELOAD_EXPORT int stat(const char *path, struct stat *st)
{
    return stat_at(AT_FDCWD, path, st, 0);
}
PRELOAD_EXPORT int lstat(const char *path, struct stat *st)
{
    return stat_at(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}
PRELOAD_EXPORT int fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
    return stat_at(dirfd, path, st, flags);
}
PRELOAD_EXPORT int fstat(int fd, struct stat *st)
{
    return stat_fd(fd, st);
}

/* On 64-bit machines struct stat64 is struct stat. */
_Static_assert(sizeof(struct stat64) == sizeof(struct stat), "one struct stat");
PRELOAD_EXPORT int stat64(const char *path, struct stat64 *st)
{
    return stat_at(AT_FDCWD, path, (struct stat *)st, 0);
}
PRELOAD_EXPORT int lstat64(const char *path, struct stat64 *st)
{
    return stat_at(AT_FDCWD, path, (struct stat *)st, AT_SYMLINK_NOFOLLOW);
}
PRELOAD_EXPORT int fstatat64(int dirfd, const char *path, struct stat64 *st, int flags)
{
    return stat_at(dirfd, path, (struct stat *)st, flags);
}
PRELOAD_EXPORT int fstat64(int fd, struct stat64 *st)
{
    return stat_fd(fd, (struct stat *)st);
}

/* What programs call that were built before glibc 2.33. */
int __xstat(int version, const char *path, struct stat *st);
int __lxstat(int version, const char *path, struct stat *st);
int __fxstat(int version, int fd, struct stat *st);
int __fxstatat(int version, int dirfd, const char *path, struct stat *st, int flags);
int __xstat64(int version, const char *path, struct stat64 *st);
int __lxstat64(int version, const char *path, struct stat64 *st);
int __fxstat64(int version, int fd, struct stat64 *st);
int __fxstatat64(int version, int dirfd, const char *path, struct stat64 *st, int flags);
PRELOAD_EXPORT int __xstat(int version, const char *path, struct stat *st)
{
    (void)version;
    return stat_at(AT_FDCWD, path, st, 0);
}
PRELOAD_EXPORT int __lxstat(int version, const char *path, struct stat *st)
{
    (void)version;
    return stat_at(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}
PRELOAD_EXPORT int __fxstat(int version, int fd, struct stat *st)
{
    (void)version;
    return stat_fd(fd, st);
}
PRELOAD_EXPORT int __fxstatat(int version, int dirfd, const char *path, struct stat *st, int flags)
{
    (void)version;
    return stat_at(dirfd, path, st, flags);
}
PRELOAD_EXPORT int __xstat64(int version, const char *path, struct stat64 *st)
{
    (void)version;
    return stat_at(AT_FDCWD, path, (struct stat *)st, 0);
}
PRELOAD_EXPORT int __lxstat64(int version, const char *path, struct stat64 *st)
{
    (void)version;
    return stat_at(AT_FDCWD, path, (struct stat *)st, AT_SYMLINK_NOFOLLOW);
}
PRELOAD_EXPORT int __fxstat64(int version, int fd, struct stat64 *st)
{
    (void)version;
    return stat_fd(fd, (struct stat *)st);
}
PRELOAD_EXPORT int __fxstatat64(int version, int dirfd, const char *path, struct stat64 *st, int flags)
{
    (void)version;
    return stat_at(dirfd, path, (struct stat *)st, flags);
}

PRELOAD_EXPORT int statx(int dirfd, const char *restrict path, int flags, unsigned mask,
                         struct statx *restrict st)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(dirfd, path, buffer);
    struct fd_info info = !*real && flags & AT_EMPTY_PATH ? fd_get(dirfd) : (struct fd_info){0};
    int result = REAL(statx)(dirfd, real, flags, mask, st);

    if (!result && (real != path || info.kind != FD_FOREIGN))
        statx_fix(st);
    return result;
}

/* ---- functions that only take a name ---- */

PRELOAD_EXPORT int access(const char *path, int mode)
{
    char buffer[PATH_MAX];
    return REAL(access)(preload_path(AT_FDCWD, path, buffer), mode);
}
PRELOAD_EXPORT int faccessat(int dirfd, const char *path, int mode, int flags)
{
    char buffer[PATH_MAX];
    return REAL(faccessat)(dirfd, preload_path(dirfd, path, buffer), mode, flags);
}
PRELOAD_EXPORT int euidaccess(const char *path, int mode)
{
    char buffer[PATH_MAX];
    return REAL(euidaccess)(preload_path(AT_FDCWD, path, buffer), mode);
}
PRELOAD_EXPORT int eaccess(const char *path, int mode)
{
    char buffer[PATH_MAX];
    return REAL(eaccess)(preload_path(AT_FDCWD, path, buffer), mode);
}
PRELOAD_EXPORT int statfs(const char *path, struct statfs *st)
{
    char buffer[PATH_MAX];
    return REAL(statfs)(preload_path(AT_FDCWD, path, buffer), st);
}
PRELOAD_EXPORT int statfs64(const char *path, struct statfs64 *st)
{
    char buffer[PATH_MAX];
    return REAL(statfs64)(preload_path(AT_FDCWD, path, buffer), st);
}
PRELOAD_EXPORT ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
    char buffer[PATH_MAX];
    return REAL(getxattr)(preload_path(AT_FDCWD, path, buffer), name, value, size);
}
PRELOAD_EXPORT ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
    char buffer[PATH_MAX];
    return REAL(lgetxattr)(preload_path(AT_FDCWD, path, buffer), name, value, size);
}
PRELOAD_EXPORT ssize_t listxattr(const char *path, char *list, size_t size)
{
    char buffer[PATH_MAX];
    return REAL(listxattr)(preload_path(AT_FDCWD, path, buffer), list, size);
}
PRELOAD_EXPORT ssize_t llistxattr(const char *path, char *list, size_t size)
{
    char buffer[PATH_MAX];
    return REAL(llistxattr)(preload_path(AT_FDCWD, path, buffer), list, size);
}

PRELOAD_EXPORT int chdir(const char *path)
{
    char buffer[PATH_MAX];
    int result = REAL(chdir)(preload_path(AT_FDCWD, path, buffer));
    atomic_store(&cwd, CWD_UNKNOWN);
    return result;
}
PRELOAD_EXPORT int fchdir(int fd)
{
    int result = REAL(fchdir)(fd);
    atomic_store(&cwd, CWD_UNKNOWN);
    return result;
}
