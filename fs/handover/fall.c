/*
 * fall.c - what happens if the next image crashes, gives up or stands still before it serves: the
 * program of the image before begins again where that image ended, with one exec more.
 *
 * Invariant: until fs_handover_settle() every descriptor that the image before left is open, and the memory
 * file says what it said, so whoever begins again finds everything. Afterwards there is nothing to go back
 * to: requests have been answered.
 *
 * Why no second process that waits with the descriptors: it would have another PID, which whoever started
 * the daemon does not know, and all of this is one more exec. What it cannot do is to outlive SIGKILL.
 * Everything in the handler is safe there (signal-safety(7)): it looks at what was prepared, and calls exec.
 */
#include "handover/fall.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LIMIT_S = 300, HOPELESS = 2, CRASHES_MAX = 3, STACK_BYTES = 64 << 10 };
/* SIGBUS has a handler of its own, in main.c, which comes here, too. */
static const int ends[] = {SIGSEGV, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGALRM};
enum { N_ENDS = sizeof ends / sizeof *ends };

static struct {
    volatile sig_atomic_t armed;
    int fd; /* of the memory file */
    char **argv;
    sigset_t mask;
    struct sigaction before[N_ENDS];
    void *stack;
} fall;

static struct { /* what is closed in the end */
    int *fds;
    size_t n, capacity;
} kept;

void fs_handover_fall_back(int signal)
{
    struct fs_handover_header header;
    if (!fall.armed || pread(fall.fd, &header, sizeof header, 0) != sizeof header ||
        header.crashes >= CRASHES_MAX)
        return;
    header.crashes++;
    header.signal = (uint32_t)signal;
    if (pwrite(fall.fd, &header, sizeof header, 0) != sizeof header)
        return;
    sigprocmask(SIG_SETMASK, &fall.mask, NULL); /* of one thread: exec ends the others */
    syscall(SYS_execveat, header.program_fd, "", fall.argv, environ, AT_EMPTY_PATH);
}

static void crash(int number)
{
    fs_handover_fall_back(number);
    signal(number, SIG_DFL); /* as ever, then */
    raise(number);
}

void fs_handover_arm(int fd, char **argv)
{
    struct sigaction action = {.sa_handler = crash, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_size = STACK_BYTES};
    stack.ss_sp = fall.stack = malloc(STACK_BYTES); /* a crash may be one of the stack's */
    fall.fd = fd;
    fall.argv = argv;
    pthread_sigmask(SIG_SETMASK, NULL, &fall.mask);
    if (!fall.stack || sigaltstack(&stack, NULL))
        action.sa_flags &= ~SA_ONSTACK;
    sigfillset(&action.sa_mask);
    sigdelset(&fall.mask, SIGBUS);
    for (unsigned i = 0; i < N_ENDS; i++) {
        sigdelset(&fall.mask, ends[i]);
        sigaction(ends[i], &action, &fall.before[i]);
    }
    fall.armed = true;
    alarm(LIMIT_S);
}

void fs_handover_keep_open(int fd)
{
    if (kept.n == kept.capacity) {
        size_t capacity = kept.capacity * 2 + 64;
        int *longer = realloc(kept.fds, capacity * sizeof *longer);
        if (!longer)
            return; /* stays open, then */
        kept.fds = longer;
        kept.capacity = capacity;
    }
    kept.fds[kept.n++] = fd;
}

static void disarm(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    fall.armed = false;
    alarm(0);
    for (unsigned i = 0; i < N_ENDS; i++)
        sigaction(ends[i], &fall.before[i], NULL);
    sigaltstack(&none, NULL);
    free(fall.stack);
    fall.stack = NULL;
}

void fs_handover_settle(const struct fs_handover *handover)
{
    struct fs_handover_header header;
    if (!handover->taken)
        return;
    disarm();
    if (pread(handover->fd, &header, sizeof header, 0) == sizeof header)
        close(header.program_fd);
    close(handover->fd);
    fcntl(handover->session_fd, F_SETFD, FD_CLOEXEC);
    unsetenv(FS_HANDOVER_WHERE);
    for (size_t i = 0; i < kept.n; i++)
        close(kept.fds[i]);
    free(kept.fds);
    kept.fds = NULL;
    kept.n = kept.capacity = 0;
}

bool fs_handover_hopeless(const struct fs_handover *handover)
{
    struct fs_handover_header header;
    memcpy(&header, handover->bytes, sizeof header);
    return header.crashes >= HOPELESS;
}

void fs_handover_tell_fall(const struct fs_handover *handover, struct fs_text *text)
{
    struct fs_handover_header header;
    memcpy(&header, handover->bytes, sizeof header);
    if (header.crashes)
        fs_text_printf(text, "the next image failed %u %s before it was there (%s): the one before goes on",
                       header.crashes, header.crashes == 1 ? "time" : "times",
                       header.signal ? strsignal((int)header.signal) : "it gave up");
}
