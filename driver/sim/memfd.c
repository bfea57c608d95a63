/*
 * memfd.c - memory that the program can map as well: a memfd, mapped here whole.
 *
 * Its descriptor is a high one, out of the way of programs that choose low numbers themselves, as shells do.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim.h"

enum { FD_LOWEST = 800 };

int sim_fd_high(int fd)
{
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_LOWEST);
    if (high < 0)
        return fd; /* a low limit on descriptors */
    close(fd);
    return high;
}

int sim_memfd_make(const char *name, uint64_t bytes, void **base)
{
    int fd = sim_fd_high(memfd_create(name, MFD_CLOEXEC));
    if (fd < 0)
        return -errno;
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
