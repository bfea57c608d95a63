/*
 * reports.c - carries the software GPU's reports (an unknown instruction, packet or register) to
 * `errors`.
 *
 * Hardware tells nobody of such things: the queue hangs. The simulator writes a line to the descriptor that
 * KFDFS_SIM_REPORTS=PID:FD names, if PID is its own process. Pipe and variable live as long as the process,
 * since its engines may report until the last moment; an empty line ends the reader.
 */
#include "reports.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    struct fs_world *world;
    pthread_mutex_t lock; /* guards line and length; taken before the world's */
    char line[1024];
    size_t length;
    int from, to;
    pthread_t thread;
    _Atomic bool started;
    bool stopping; /* the last line is the thread's to see; under lock */
} reports = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void add_line(const char *line)
{
    char path[16] = "-";
    unsigned gpu;
    if (sscanf(line, "GPU %u ", &gpu) == 1)
        snprintf(path, sizeof path, "gpu%u", gpu);
    fs_lock(reports.world);
    fs_errors_add(&reports.world->errors, 0, -EIO, path, line);
    fs_unlock(reports.world);
}

/* False after an empty line. */
static bool take_byte(char byte)
{
    bool ends = byte == '\n', empty = ends && !reports.length;
    if (!ends && reports.length < sizeof reports.line - 1)
        reports.line[reports.length++] = byte;
    if (ends && !empty) {
        reports.line[reports.length] = '\0';
        reports.length = 0;
        add_line(reports.line);
    }
    return !empty;
}

/* What is in the pipe now. False at the end, which only the thread meets. */
static bool drain(bool thread)
{
    char bytes[1024];
    bool more = true;
    ssize_t n;
    pthread_mutex_lock(&reports.lock);
    while (more && (thread || !reports.stopping) && (n = read(reports.from, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n && more; i++)
            more = take_byte(bytes[i]);
    pthread_mutex_unlock(&reports.lock);
    return more;
}

static void *carry(void *unused)
{
    struct pollfd ready = {.fd = reports.from, .events = POLLIN};
    (void)unused;
    do
        poll(&ready, 1, -1);
    while (drain(true));
    return NULL;
}

void fs_reports_drain(void)
{
    if (reports.started)
        drain(false);
}

void fs_reports_start(struct fs_world *world)
{
    char where[32];
    int ends[2];
    sigset_t all, before;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) /* the GPU never waits for its reader */
        return;
    snprintf(where, sizeof where, "%d:%d", (int)getpid(), ends[1]);
    reports.world = world;
    reports.to = ends[1];
    reports.from = ends[0];
    sigfillset(&all); /* signals are the session's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    reports.started =
        !setenv("KFDFS_SIM_REPORTS", where, 1) && !pthread_create(&reports.thread, NULL, carry, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void fs_reports_stop(void)
{
    if (!reports.started)
        return;
    pthread_mutex_lock(&reports.lock);
    reports.stopping = true;
    pthread_mutex_unlock(&reports.lock);
    while (write(reports.to, "\n", 1) < 0 && (errno == EAGAIN || errno == EINTR))
        sched_yield(); /* full: the reader is at it */
    pthread_join(reports.thread, NULL);
    reports.started = false;
}
