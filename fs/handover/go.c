/*
 * go.c - exec, and what can be known before about whether it will do.
 *
 * After exec nobody is left to fall back on: a program that does not start takes the mount with it. So it is
 * started once beside us, and asked whether it reads what is written here.
 */
#include "handover/go.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover/left.h"
#include "state/trace.h"

enum {
    VERSION = 5,         /* of the format: goes up with any change of save.c */
    CHECK_LIMIT = 10000, /* ms */
    CHECK_LOOK = 2,      /* ms */
    CANNOT_TAKE = 3,     /* exit status */
};

/* Structs that go over as they are may have changed, too. */
uint64_t fs_handover_format(void)
{
    return (uint64_t)VERSION << 48 | (uint64_t)sizeof(struct gpu_info) << 32 |
           (uint64_t)sizeof(struct gpu_queue_options) << 16 |
           (sizeof(struct fs_trace_record) << 8 ^ sizeof(struct fs_trace_track));
}

int fs_handover_takes(const char *format)
{
    char *end;
    return strtoull(format, &end, 16) == fs_handover_format() && !*end ? 0 : CANNOT_TAKE;
}

/* ---- asking ---- */

/* Its exit status, or -1. */
static int wait_for(pid_t pid)
{
    int status;
    for (unsigned ms = 0; ms < CHECK_LIMIT; ms += CHECK_LOOK) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (ended < 0 && errno != EINTR)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = CHECK_LOOK * 1000000}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

int fs_handover_check(const char *program)
{
    char format[24], *const argv[] = {"kfdfs", "--takes", format, NULL};
    pid_t pid;
    posix_spawn_file_actions_t quiet;
    snprintf(format, sizeof format, "%" PRIx64, fs_handover_format());
    posix_spawn_file_actions_init(&quiet);
    for (int fd = 0; fd < 3; fd++)
        posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0);
    int r = posix_spawn(&pid, program, &quiet, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&quiet);
    if (r)
        return gpu_err(-r, "%s cannot be run: %s", program, strerror(r));
    switch (wait_for(pid)) {
    case 0:
        return 0;
    case -1:
        return gpu_err(-EIO, "%s does not start", program);
    default:
        return gpu_err(-EPROTO, "%s does not know how to go on from this version", program);
    }
}

/* ---- going ---- */

static int write_all(int fd, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t n = write(fd, bytes + at, length - at);
        if (n < 0 && errno != EINTR)
            return gpu_err(-errno, "what the mount shows could not be written down: %s", strerror(errno));
        at += n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

/* Stays open over exec, as the program's descriptor does. */
static int write_state(const struct fs_text *state, int program_fd)
{
    struct fs_handover_header header = {.program_fd = program_fd};
    int fd = memfd_create("kfdfs-handover", 0);
    if (fd < 0)
        return gpu_err(-errno, "no memory file: %s", strerror(errno));
    int r = write_all(fd, (const char *)&header, sizeof header);
    if (!r)
        r = write_all(fd, state->data, state->length);
    if (r)
        close(fd);
    return r ? r : fd;
}

static int run(const char *program, int fd, char **argv)
{
    char where[32];
    snprintf(where, sizeof where, "%d:%d", (int)getpid(), fd);
    unsetenv("KFDFS_SIM_REPORTS"); /* its descriptor ends here */
    if (setenv(FS_HANDOVER_WHERE, where, 1))
        return gpu_err(-ENOMEM, "no memory for the environment");
    execv(program, argv);
    int error = -errno;
    unsetenv(FS_HANDOVER_WHERE);
    return gpu_err(error, "cannot run %s: %s", program, strerror(-error));
}

int fs_handover_go(const char *program, int session_fd, const struct fs_text *state, char **argv)
{
    int program_fd = open("/proc/self/exe", O_RDONLY); /* deleted or not */
    if (program_fd < 0)
        return gpu_err(-errno, "cannot open this program: %s", strerror(errno));
    int fd = write_state(state, program_fd);
    if (fd < 0) {
        close(program_fd);
        return fd;
    }
    fcntl(session_fd, F_SETFD, 0);
    int r = run(program, fd, argv);
    fcntl(session_fd, F_SETFD, FD_CLOEXEC);
    close(fd);
    close(program_fd);
    return r;
}

int fs_handover_go_again(int fd, const char *state, char **argv)
{
    struct fs_handover_header header;
    memcpy(&header, state, sizeof header);
    if (++header.attempts >= FS_HANDOVER_ATTEMPTS || pwrite(fd, &header, sizeof header, 0) != sizeof header)
        return gpu_err(-EAGAIN, "it was tried %d times", FS_HANDOVER_ATTEMPTS);
    return run("/proc/self/exe", fd, argv);
}
