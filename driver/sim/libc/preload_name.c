/*
 * preload_name.c - stands between a program and libc: functions that give names of files, and directories.
 *
 * Names of the simulated machine are exchanged for those of the real files on the way in, and back on the way
 * out. None of these calls another by its exported name (see preload_path.c).
 */
#include "preload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "sim/kernel/sysfs.h"
#include "sim/machine.h"

/* ---- functions that give a name ---- */

static void name_unroot(char *name)
{
    ptrdiff_t length = name ? sysfs_unroot(name, strlen(name)) : -1;
    if (length >= 0)
        name[length] = 0;
}

static ssize_t readlink_at(int dirfd, const char *path, char *to, size_t size)
{
    char buffer[PATH_MAX], target[PATH_MAX];
    const char *real = preload_path(dirfd, path, buffer);

    if (!sim_machine_described() || !size || size > SSIZE_MAX)
        return REAL(readlinkat)(dirfd, real, to, size);
    ssize_t length = REAL(readlinkat)(dirfd, real, target, sizeof(target));
    if (length < 0)
        return length;
    ptrdiff_t ours = sysfs_unroot(target, (size_t)length);
    if (ours >= 0)
        length = ours;
    if ((size_t)length > size)
        length = (ssize_t)size;
    memcpy(to, target, (size_t)length);
    return length;
}

PRELOAD_EXPORT ssize_t readlink(const char *restrict path, char *restrict to, size_t size)
{
    return readlink_at(AT_FDCWD, path, to, size);
}
PRELOAD_EXPORT ssize_t readlinkat(int dirfd, const char *restrict path, char *restrict to, size_t size)
{
    return readlink_at(dirfd, path, to, size);
}

/* Fortified: capacity is how much the caller's array holds. */
ssize_t __readlink_chk(const char *path, char *to, size_t size, size_t capacity);
ssize_t __readlinkat_chk(int dirfd, const char *path, char *to, size_t size, size_t capacity);
char *__realpath_chk(const char *path, char *to, size_t capacity);
char *__getcwd_chk(char *to, size_t size, size_t capacity);
PRELOAD_EXPORT ssize_t __readlink_chk(const char *path, char *to, size_t size, size_t capacity)
{
    if (size > capacity)
        abort();
    return readlink_at(AT_FDCWD, path, to, size);
}
PRELOAD_EXPORT ssize_t __readlinkat_chk(int dirfd, const char *path, char *to, size_t size, size_t capacity)
{
    if (size > capacity)
        abort();
    return readlink_at(dirfd, path, to, size);
}

static char *real_name(const char *path, char *to)
{
    char buffer[PATH_MAX];
    char *result = REAL(realpath)(preload_path(AT_FDCWD, path, buffer), to);

    name_unroot(result);
    return result;
}

PRELOAD_EXPORT char *realpath(const char *restrict path, char *restrict to)
{
    return real_name(path, to);
}
PRELOAD_EXPORT char *__realpath_chk(const char *path, char *to, size_t capacity)
{
    if (capacity < PATH_MAX)
        abort();
    return real_name(path, to);
}
PRELOAD_EXPORT char *canonicalize_file_name(const char *path)
{
    return real_name(path, NULL);
}

static char *cwd_name(char *to, size_t size)
{
    char name[PATH_MAX];

    if (!preload_cwd(name))
        return REAL(getcwd)(to, size);
    name_unroot(name);
    size_t length = strlen(name) + 1;
    if (to && size < length) {
        errno = size ? ERANGE : EINVAL;
        return NULL;
    }
    if (!to && !(to = malloc(size > length ? size : length)))
        return NULL;
    return memcpy(to, name, length);
}
PRELOAD_EXPORT char *getcwd(char *to, size_t size)
{
    return cwd_name(to, size);
}
PRELOAD_EXPORT char *__getcwd_chk(char *to, size_t size, size_t capacity)
{
    if (size > capacity)
        abort();
    return cwd_name(to, size);
}
PRELOAD_EXPORT char *get_current_dir_name(void)
{
    char name[PATH_MAX];
    return preload_cwd(name) ? cwd_name(NULL, 0) : REAL(get_current_dir_name)();
}

/* ---- directories ---- */

PRELOAD_EXPORT DIR *opendir(const char *path)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);

    if (real == path)
        return REAL(opendir)(path);
    int fd = preload_open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !dir)
        close(fd);
    return dir;
}

static bool entry_is_node(dev_t dev, ino_t ino)
{
    unsigned gpu;
    enum sysfs_node node = sysfs_node_of(dev, ino, &gpu);
    return node == SYSFS_KFD || node == SYSFS_RENDER;
}

static unsigned char entry_type(DIR *dir, ino_t ino, unsigned char type)
{
    struct stat st;

    if (type == DT_REG && fd_get(dirfd(dir)).kind == FD_DIR && !REAL(fstat)(dirfd(dir), &st) &&
        entry_is_node(st.st_dev, ino))
        return DT_CHR;
    return type;
}

PRELOAD_EXPORT struct dirent *readdir(DIR *dir)
{
    struct dirent *entry = REAL(readdir)(dir);
    if (entry)
        entry->d_type = entry_type(dir, entry->d_ino, entry->d_type);
    return entry;
}
PRELOAD_EXPORT struct dirent64 *readdir64(DIR *dir)
{
    struct dirent64 *entry = REAL(readdir64)(dir);
    if (entry)
        entry->d_type = entry_type(dir, entry->d_ino, entry->d_type);
    return entry;
}

PRELOAD_EXPORT int scandir(const char *restrict path, struct dirent ***restrict list,
                           int (*filter)(const struct dirent *),
                           int (*compare)(const struct dirent **, const struct dirent **))
{
    char buffer[PATH_MAX];
    return REAL(scandir)(preload_path(AT_FDCWD, path, buffer), list, filter, compare);
}
PRELOAD_EXPORT int scandir64(const char *restrict path, struct dirent64 ***restrict list,
                             int (*filter)(const struct dirent64 *),
                             int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
    char buffer[PATH_MAX];
    return REAL(scandir64)(preload_path(AT_FDCWD, path, buffer), list, filter, compare);
}

static int globbed(int result, char **names)
{
    for (; !result && names && *names; names++)
        name_unroot(*names);
    return result;
}

PRELOAD_EXPORT int glob(const char *restrict pattern, int flags, int (*error)(const char *, int),
                        glob_t *restrict found)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, pattern, buffer);
    int result = REAL(glob)(real, flags, error, found);
    return real == pattern ? result
                           : globbed(result, found->gl_pathv + (flags & GLOB_DOOFFS ? found->gl_offs : 0));
}
PRELOAD_EXPORT int glob64(const char *restrict pattern, int flags, int (*error)(const char *, int),
                          glob64_t *restrict found)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, pattern, buffer);
    int result = REAL(glob64)(real, flags, error, found);
    return real == pattern ? result
                           : globbed(result, found->gl_pathv + (flags & GLOB_DOOFFS ? found->gl_offs : 0));
}

/* The walk calls back with real names; the program's function sees the exchanged ones. */
static _Thread_local __nftw_func_t walk_function;

static int walk_step(const char *path, const struct stat *st, int type, struct FTW *at)
{
    char name[PATH_MAX];
    struct stat fixed = *st;
    struct FTW where = *at;

    snprintf(name, sizeof(name), "%s", path);
    name_unroot(name);
    where.base -= (int)(strlen(path) - strlen(name));
    if (type != FTW_NS)
        preload_stat_fix(&fixed);
    return walk_function(name, &fixed, type, &where);
}

static int tree_walk(const char *path, __nftw_func_t function, int descriptors, int flags)
{
    char buffer[PATH_MAX];
    const char *real = preload_path(AT_FDCWD, path, buffer);

    if (real == path)
        return REAL(nftw)(path, function, descriptors, flags);
    __nftw_func_t outer = walk_function;
    walk_function = function;
    int result = REAL(nftw)(real, walk_step, descriptors, flags);
    walk_function = outer;
    return result;
}
PRELOAD_EXPORT int nftw(const char *path, __nftw_func_t function, int descriptors, int flags)
{
    return tree_walk(path, function, descriptors, flags);
}
PRELOAD_EXPORT int nftw64(const char *path, __nftw64_func_t function, int descriptors, int flags)
{
    /* struct stat64 is struct stat, so the two kinds of function are called alike. */
    union {
        __nftw64_func_t wide;
        __nftw_func_t plain;
    } same = {.wide = function};
    return tree_walk(path, same.plain, descriptors, flags);
}
