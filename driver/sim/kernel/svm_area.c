/*
 * svm_area.c - see svm_area.h.
 */
#include "sim/kernel/svm_area.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/memory/vm.h"

static bool area_parse(const char *line, struct svm_area *out)
{
    unsigned long from, to;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s", &from, &to, access) != 3)
        return false;
    out->start = from;
    out->end = to;
    out->access = (access[0] == 'r' ? SIM_VM_READ : 0) | (access[1] == 'w' ? SIM_VM_WRITE : 0);
    out->device = strstr(line, "/memfd:kfdsim-") != NULL; /* the kernel would have VM_PFNMAP there */
    return true;
}

bool svm_area_find(uint64_t va, struct svm_area *out)
{
    char text[8192];
    size_t used = 0;
    bool found = false;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
    long got;
    while (fd >= 0 && !found && (got = syscall(SYS_read, fd, text + used, sizeof text - 1 - used)) > 0) {
        used += (size_t)got;
        text[used] = 0;
        char *line = text, *end;
        for (; !found && (end = strchr(line, '\n')); line = end + 1) {
            *end = 0;
            found = area_parse(line, out) && va >= out->start && va < out->end;
        }
        used = (size_t)(text + used - line);
        memmove(text, line, used);
    }
    if (fd >= 0)
        syscall(SYS_close, fd);
    return found;
}
