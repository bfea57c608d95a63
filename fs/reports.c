/*
 * reports.c - carries the software GPU's reports (an unknown instruction, packet or register) to `errors`.
 *
 * Hardware tells nobody of such things: the queue hangs. The simulator writes a line to the descriptor that
 * KFDFS_SIM_REPORTS=PID:FD names, if PID is its own process. Pipe and variable live as long as the process,
 * since its engines may report until the last moment; an empty line ends the reader.
 */
#include "reports.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    struct fs_world *world;
    FILE *from;
    int to;
    pthread_t thread;
    bool started;
} reports;

static void *carry(void *unused)
{
    char line[1024];

    (void)unused;
    while (fgets(line, sizeof line, reports.from) && line[0] != '\n') {
        char path[16] = "-";
        unsigned gpu;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "GPU %u ", &gpu) == 1)
            snprintf(path, sizeof path, "gpu%u", gpu);
        fs_lock(reports.world);
        fs_errors_add(&reports.world->errors, 0, -EIO, path, line);
        fs_unlock(reports.world);
    }
    return NULL;
}

void fs_reports_start(struct fs_world *world)
{
    char where[32];
    int ends[2];
    sigset_t all, before;

    if (pipe2(ends, O_CLOEXEC))
        return;
    fcntl(ends[1], F_SETFL, O_NONBLOCK); /* the GPU never waits for its reader */
    snprintf(where, sizeof where, "%d:%d", (int)getpid(), ends[1]);
    reports.world = world;
    reports.to = ends[1];
    reports.from = fdopen(ends[0], "r");
    sigfillset(&all); /* signals are the session's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    reports.started = reports.from && !setenv("KFDFS_SIM_REPORTS", where, 1) &&
                      !pthread_create(&reports.thread, NULL, carry, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void fs_reports_stop(void)
{
    if (!reports.started)
        return;
    while (write(reports.to, "\n", 1) < 0 && (errno == EAGAIN || errno == EINTR))
        sched_yield(); /* full: the reader is at it */
    pthread_join(reports.thread, NULL);
    reports.started = false;
}
