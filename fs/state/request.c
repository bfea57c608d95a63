/*
 * request.c - who waits, and what ends a wait early.
 *
 * The kernel tells of a signal once for each request, whatever the signal is. Only the caller's pending
 * signals (/proc/PID/status, proc(5)) say whether it would end the caller, and a deadly one may follow a
 * harmless one; so a thread looks at interrupted waits again and again while there are any, and sleeps
 * otherwise.
 */
#include "state/request.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text/clock.h"

static struct watcher {
    pthread_mutex_t lock; /* guards the rest; taken last, with no other lock wanted inside */
    pthread_cond_t changed;
    pthread_t thread;
    bool started, stop, look;
} watcher = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { LOOK_NS = 20 * 1000 * 1000 };

void fs_answer(struct fs_request *request, ssize_t result)
{
    request->replies->result(request, result);
}

void fs_answer_data(struct fs_request *request, const void *bytes, size_t length)
{
    request->replies->data(request, bytes, length);
}

static void complain(struct fs_request *request, int error, const char *message)
{
    char *path = request->replies->path(request);
    fs_errors_add(&request->world->errors, request->pid, error, path ? path : "-", message);
    free(path);
}

/* What an ioctl's errno means in amdkfd it does not mean to who wrote a command: `errors` has it. */
static int of_ioctl(int error)
{
    static const int kept[] = {ENOMEM, ENOSPC, ENODEV, EOPNOTSUPP, ETIME};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (error == -kept[i])
            return error;
    return gpu_err_is_ioctl() ? -EIO : error;
}

void fs_answer_error(struct fs_request *request, int error)
{
    error = of_ioctl(error);
    fs_lock(request->world);
    complain(request, error, gpu_err_text());
    fs_unlock(request->world);
    fs_answer(request, error);
}

/* ---- what ends a wait ---- */

static bool signals_end_wait(const char *status)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGKILL};
    static const char *const keys[] = {"\nSigPnd:", "\nShdPnd:"};
    unsigned long long blocked = 0, pending = 0, ignored = 0, bits;
    const char *at = strstr(status, "\nSigBlk:");
    if (at)
        sscanf(at + 8, "%llx", &blocked);
    at = strstr(status, "\nSigIgn:");
    if (at)
        sscanf(at + 8, "%llx", &ignored);
    for (int i = 0; i < 2; i++) {
        at = strstr(status, keys[i]);
        if (at && sscanf(at + 8, "%llx", &bits) == 1)
            pending |= bits;
    }
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        if ((pending & ~blocked & ~ignored) >> (ending[i] - 1) & 1)
            return true;
    return false;
}

static bool caller_is_ending(pid_t pid)
{
    char path[40], status[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = pid ? fopen(path, "re") : NULL;
    if (!file) /* gone, or in a PID namespace that we do not see: then every interrupt counts */
        return true;
    size_t length = fread(status, 1, sizeof status - 1, file);
    fclose(file);
    status[length] = '\0';
    return signals_end_wait(status);
}

static void end_wait(struct fs_request *request, int error, const char *message)
{
    if (request->cut_short)
        request->cut_short(request, error, message);
    else
        complain(request, error, message);
    fs_finish(request->owner, error);
}

/* Ends what must end. Returns when to look again, 0: never. */
static uint64_t look_at_waits(struct fs_world *world)
{
    uint64_t now = fs_now_ns(), next = 0;
    fs_lock(world);
    for (struct fs_request *request = world->kept, *following; request; request = following) {
        following = request->next;
        uint64_t when = request->deadline_ns;
        if (atomic_load(&request->interrupted)) {
            if (caller_is_ending(request->pid)) {
                end_wait(request, -EINTR, "a signal ended the wait; the work goes on");
                continue;
            }
            when = when && when < now + LOOK_NS ? when : now + LOOK_NS;
        }
        if (request->deadline_ns && request->deadline_ns <= now) {
            end_wait(request, -ETIME, "the time limit of this mount (-o timeout) passed; the work goes on");
            continue;
        }
        if (when && (!next || when < next))
            next = when;
    }
    fs_unlock(world);
    return next;
}

static void *watch_waits(void *arg)
{
    struct fs_world *world = arg;
    pthread_mutex_lock(&watcher.lock);
    while (!watcher.stop) {
        watcher.look = false;
        pthread_mutex_unlock(&watcher.lock);
        uint64_t next = look_at_waits(world);
        pthread_mutex_lock(&watcher.lock);
        struct timespec until = {.tv_sec = (time_t)(next / 1000000000u),
                                 .tv_nsec = (long)(next % 1000000000u)};
        while (!watcher.stop && !watcher.look) {
            if (!next)
                pthread_cond_wait(&watcher.changed, &watcher.lock);
            else if (pthread_cond_timedwait(&watcher.changed, &watcher.lock, &until) == ETIMEDOUT)
                break;
        }
    }
    pthread_mutex_unlock(&watcher.lock);
    return NULL;
}

static void wake_watcher(struct fs_world *world)
{
    pthread_mutex_lock(&watcher.lock);
    if (!watcher.started && !watcher.stop) {
        pthread_condattr_t attr;
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&watcher.changed, &attr);
        pthread_condattr_destroy(&attr);
        watcher.started = !pthread_create(&watcher.thread, NULL, watch_waits, world);
    }
    watcher.look = true;
    if (watcher.started)
        pthread_cond_signal(&watcher.changed);
    pthread_mutex_unlock(&watcher.lock);
}

void fs_requests_stop(struct fs_world *world)
{
    (void)world;
    pthread_mutex_lock(&watcher.lock);
    watcher.stop = true;
    bool started = watcher.started;
    if (started)
        pthread_cond_signal(&watcher.changed);
    pthread_mutex_unlock(&watcher.lock);
    if (started)
        pthread_join(watcher.thread, NULL);
}

/* Called by the FUSE library, with its lock of that request held: only a note is taken. */
static void on_interrupt(struct fs_request *request)
{
    atomic_store(&request->interrupted, true);
    wake_watcher(request->world);
}

/* ---- keeping ---- */

void fs_keep(struct fs_request **owner)
{
    struct fs_request *request = *owner;
    struct fs_world *world = request->world;
    request->kept = true;
    request->owner = owner;
    request->next = world->kept;
    request->link = &world->kept;
    if (world->kept)
        world->kept->link = &request->next;
    world->kept = request;
    if (world->options.timeout_ns) {
        request->deadline_ns = fs_now_ns() + world->options.timeout_ns;
        wake_watcher(world);
    }
    request->replies->watch(request, on_interrupt);
}

static void answer_later(struct fs_later *later)
{
    struct fs_request *request = FS_CONTAINER(later, struct fs_request, later);
    if (request->kept) /* waits for an on_interrupt() that is under way */
        request->replies->watch(request, NULL);
    void *data = request->data;
    if (data)
        fs_answer_data(request, data, (size_t)request->result);
    else
        fs_answer(request, request->result);
    free(data);
}

void fs_finish(struct fs_request **owner, ssize_t result)
{
    struct fs_request *request = *owner;
    if (!request)
        return;
    *owner = NULL;
    if (request->kept) {
        *request->link = request->next;
        if (request->next)
            request->next->link = request->link;
    }
    request->result = result;
    fs_put_off(request->world, &request->later, answer_later);
}

void fs_refuse(struct fs_request **owner, int error)
{
    error = of_ioctl(error);
    if (*owner)
        complain(*owner, error, gpu_err_text());
    fs_finish(owner, error);
}

void fs_finish_data(struct fs_request **owner, const void *bytes, size_t length)
{
    void *data = *owner ? malloc(length ? length : 1) : NULL;
    if (data && length)
        memcpy(data, bytes, length);
    if (data)
        (*owner)->data = data;
    fs_finish(owner, data ? (ssize_t)length : -ENOMEM);
}
