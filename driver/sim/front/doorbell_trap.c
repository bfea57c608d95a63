/*
 * doorbell_trap.c - catching the first write to a range of shared memory, by userfaultfd.
 *
 * Write protection of shared memory needs Linux 5.19; faults of user code alone need no privilege
 * (UFFD_USER_MODE_ONLY). Containers often forbid the system call altogether. System calls are made directly:
 * this code runs beneath the program's own ioctl(), which the simulator interposes.
 *
 * Facts: userfaultfd(2), ioctl_userfaultfd(2), Documentation/admin-guide/mm/userfaultfd.rst.
 */
#include "doorbell_trap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/memory/heap.h"

/* Linux 5.18 and 5.19; absent from older headers. */
#ifndef UFFD_FEATURE_EXACT_ADDRESS
#define UFFD_FEATURE_EXACT_ADDRESS (1 << 11)
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static int control(int trap, unsigned long request, void *arg)
{
    return syscall(SYS_ioctl, trap, request, arg) < 0 ? -errno : 0;
}

void trap_fd_close(int fd)
{
    if (fd >= 0)
        syscall(SYS_close, fd);
}

int trap_open(void)
{
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = {.api = UFFD_API,
                             .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_EXACT_ADDRESS |
                                         UFFD_FEATURE_WP_HUGETLBFS_SHMEM};
    if (fd >= 0 && control(fd, UFFDIO_API, &api)) {
        trap_fd_close(fd);
        return -1;
    }
    return sim_fd_high(fd);
}

int trap_register(int trap, uintptr_t start, size_t bytes)
{
    struct uffdio_register range = {.range = {.start = start, .len = bytes}, .mode = UFFDIO_REGISTER_MODE_WP};
    return control(trap, UFFDIO_REGISTER, &range);
}

static int protect(int trap, uintptr_t start, size_t bytes, uint64_t mode)
{
    struct uffdio_writeprotect range = {.range = {.start = start, .len = bytes}, .mode = mode};
    int err;
    do
        err = control(trap, UFFDIO_WRITEPROTECT, &range);
    while (err == -EAGAIN); /* the address space is being changed */
    return err;
}

int trap_arm(int trap, uintptr_t start, size_t bytes)
{
    return protect(trap, start, bytes, UFFDIO_WRITEPROTECT_MODE_WP);
}

void trap_lift(int trap, uintptr_t start, size_t bytes)
{
    struct uffdio_range range = {.start = start, .len = bytes};
    if (protect(trap, start, bytes, 0)) /* gone meanwhile; whoever still waits must find out by himself */
        control(trap, UFFDIO_WAKE, &range);
}

bool trap_next(int trap, uintptr_t *address)
{
    struct uffd_msg msg;
    while (trap >= 0 && syscall(SYS_read, trap, &msg, sizeof msg) == (ssize_t)sizeof msg)
        if (msg.event == UFFD_EVENT_PAGEFAULT) {
            *address = (uintptr_t)msg.arg.pagefault.address;
            return true;
        }
    return false;
}
