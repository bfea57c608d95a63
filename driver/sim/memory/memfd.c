/*
 * memfd.c - memory that the program can map as well: a memfd, mapped here whole.
 *
 * Its descriptor is a high one, out of the way of programs that choose low numbers themselves, as shells do.
 * What is kept over exec bears behind its end the number of its process, so that a child, which inherits the
 * descriptor as well, does not take its parent's memory for its own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heap.h"

enum { FD_LOWEST = 800, OWNER_BYTES = 4096 };

int sim_fd_high(int fd)
{
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_LOWEST);
    if (high < 0)
        return fd; /* a low limit on descriptors */
    close(fd);
    return high;
}

static int make(int fd, uint64_t bytes, void **base)
{
    void *mapped = MAP_FAILED;
    if (ftruncate(fd, (off_t)bytes) == 0)
        mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (mapped == MAP_FAILED) {
        int error = -errno;
        close(fd);
        return error;
    }
    *base = mapped;
    return fd;
}

int sim_memfd_make(const char *name, uint64_t bytes, void **base)
{
    int fd = sim_fd_high(memfd_create(name, MFD_CLOEXEC));
    return fd < 0 ? -errno : make(fd, bytes, base);
}

/* ---- over exec ---- */

int sim_memfd_keep(int fd, uint64_t bytes)
{
    pid_t pid = getpid();
    if (pwrite(fd, &pid, sizeof pid, (off_t)bytes) != sizeof pid ||
        ftruncate(fd, (off_t)(bytes + OWNER_BYTES)) || fcntl(fd, F_SETFD, 0))
        return -errno;
    return 0;
}

void sim_memfd_each(void (*each)(int fd, const char *name, void *ctx), void *ctx)
{
    static const char prefix[] = "/memfd:", suffix[] = " (deleted)";
    DIR *dir = opendir("/proc/self/fd");
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[300], link[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t n = readlink(path, link, sizeof link - 1);
        if (n < (ssize_t)(sizeof prefix + sizeof suffix) || memcmp(link, prefix, sizeof prefix - 1))
            continue;
        link[n - (ssize_t)sizeof suffix + 1] = '\0';
        each(atoi(entry->d_name), link + sizeof prefix - 1, ctx);
    }
    if (dir)
        closedir(dir);
}

struct search {
    const char *name;
    uint64_t bytes;
    int found;
};

static void look(int fd, const char *name, void *ctx)
{
    struct search *search = ctx;
    struct stat st;
    pid_t pid;
    if (!strcmp(name, search->name) && fstat(fd, &st) == 0 &&
        (uint64_t)st.st_size == search->bytes + OWNER_BYTES &&
        pread(fd, &pid, sizeof pid, (off_t)search->bytes) == sizeof pid && pid == getpid())
        search->found = fd;
}

int sim_memfd_inherit(const char *name, uint64_t bytes, void **base)
{
    struct search search = {name, bytes, -1};
    sim_memfd_each(look, &search);
    if (search.found < 0)
        return -ENOENT;
    fcntl(search.found, F_SETFD, FD_CLOEXEC);
    return make(search.found, bytes, base);
}
