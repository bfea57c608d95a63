/*
 * process.c - which other processes the kernel driver knows: each has a simulated kernel of its own, but they
 * must see of one another who has opened the device.
 *
 * Whoever does keeps a memfd with its own process id in the name, which /proc shows to those who may look.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kfd_state.h"
#include "sim/memory/heap.h"

enum { NAME = 64, LINE = 128 };
#define MARK "kfdsim-process-%d"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int mark = -1;

void sim_process_known(void)
{
    char name[NAME];
    pthread_mutex_lock(&lock);
    if (mark < 0) {
        snprintf(name, sizeof name, MARK, (int)getpid());
        mark = memfd_create(name, MFD_CLOEXEC);
        if (mark >= 0)
            mark = sim_fd_high(mark);
    }
    pthread_mutex_unlock(&lock);
}

void sim_process_forget(void)
{
    pthread_mutex_init(&lock, NULL);
    if (mark >= 0)
        syscall(SYS_close, mark); /* the parent's */
    mark = -1;
}

bool sim_process_is_known(pid_t pid)
{
    char path[NAME], want[NAME], link[NAME];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    int want_length = snprintf(want, sizeof want, "/memfd:" MARK " (deleted)", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        ssize_t length = syscall(SYS_readlinkat, dirfd(dir), e->d_name, link, sizeof link);
        found = length == want_length && !memcmp(link, want, (size_t)length);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* The kernel looks at the thread that calls, not at its process. */
bool sim_process_is_traced(pid_t pid)
{
    char path[NAME], line[LINE];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            break;
    if (file)
        fclose(file);
    return tracer && tracer == gettid();
}
