/*
 * gate.c - the only reader of the FUSE descriptor.
 *
 * Invariant: once the gate is shut, no thread is inside of a read of the descriptor or works on a request, so
 * what the kernel sends from then on waits there, for whoever reads next. A thread that is in a read when the
 * gate is shut is got out by a signal, again and again until it is seen to wait. While the first request is
 * read again nobody else reads: the answer to another one could go where that one's has to, to nobody.
 *
 * On the way it says for libraries before libfuse 3.17 what they cannot: that buffers may be mapped shared
 * (FUSE_DIRECT_IO_ALLOW_MMAP, Linux include/uapi/linux/fuse.h), where the kernel offers it.
 */
#include "front/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum state { WORKS, READS, WAITS };

struct reader {
    struct reader *next;
    pthread_t thread;
    _Atomic int state;
};

static struct {
    pthread_mutex_t lock; /* guards the list */
    pthread_cond_t opened;
    struct reader *readers;
    _Atomic bool shut;
    struct fs_text first; /* FUSE_INIT */
    _Atomic bool have_first, replay, swallow, answered;
    _Atomic bool begins; /* the first request is read again, and nobody else reads before it is answered */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static _Thread_local struct reader *self;

static int out_of_reads(void)
{
    return SIGRTMAX - 1;
}

static void nothing(int number)
{
    (void)number;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;

/* The library ends threads that it has too many of, and all of them in the end. */
static void delist(void *ended)
{
    pthread_mutex_lock(&gate.lock);
    struct reader **link = &gate.readers;
    while (*link != ended)
        link = &(*link)->next;
    *link = (*link)->next;
    pthread_mutex_unlock(&gate.lock);
    free(ended);
}

static void make_key(void)
{
    pthread_key_create(&at_exit, delist);
}

static bool enlist(void)
{
    struct reader *reader = self ? NULL : calloc(1, sizeof *reader);
    if (!reader)
        return self;
    pthread_once(&once, make_key);
    if (pthread_setspecific(at_exit, reader)) {
        free(reader);
        return false;
    }
    reader->thread = pthread_self();
    pthread_mutex_lock(&gate.lock);
    reader->next = gate.readers;
    gate.readers = reader;
    pthread_mutex_unlock(&gate.lock);
    self = reader;
    return true;
}

static bool closed(void)
{
    return atomic_load(&gate.shut) || atomic_load(&gate.begins);
}

static void wait_outside(void)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    atomic_store(&self->state, WAITS);
    pthread_mutex_lock(&gate.lock);
    while (closed())
        pthread_cond_wait(&gate.opened, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    pthread_setcancelstate(before, NULL);
}

/* Before a read: returns when the gate is open. */
static bool enter(void)
{
    if (!enlist())
        return false;
    for (;;) {
        atomic_store(&self->state, READS);
        if (!closed())
            return true;
        wait_outside();
    }
}

ssize_t fs_gate_read(int fd, void *to, size_t size, void *unused)
{
    (void)unused;
    bool first = atomic_exchange(&gate.replay, false);
    if (first ? !enlist() : !enter())
        return -ENOMEM;
    ssize_t n;
    if (first) {
        n = (ssize_t)(gate.first.length < size ? gate.first.length : size);
        memcpy(to, gate.first.data, (size_t)n);
        atomic_store(&gate.swallow, true);
    } else {
        n = read(fd, to, size);
    }
    int error = errno;
    atomic_store(&self->state, WORKS);
    if (n > 0 && !atomic_exchange(&gate.have_first, true))
        fs_text_add(&gate.first, to, (size_t)n);
    errno = error;
    return n;
}

ssize_t fs_gate_splice_from(int fd, off_t *offset, int to, off_t *to_offset, size_t size, unsigned flags,
                            void *unused)
{
    (void)unused;
    if (!enter())
        return -ENOMEM;
    ssize_t n = splice(fd, offset, to, to_offset, size, flags);
    int error = errno;
    atomic_store(&self->state, WORKS);
    errno = error;
    return n;
}

/* ---- shared mappings ---- */

static const uint32_t allow_mmap = 1u << (36 - 32); /* FUSE_DIRECT_IO_ALLOW_MMAP, in flags2 */

bool fs_gate_maps(void)
{
    struct {
        struct fuse_in_header header;
        struct fuse_init_in init;
    } first = {0};
    memcpy(&first, gate.first.data, gate.first.length < sizeof first ? gate.first.length : sizeof first);
    return first.header.opcode == FUSE_INIT && first.init.flags & FUSE_INIT_EXT &&
           first.init.flags2 & allow_mmap;
}

/* The answer to FUSE_INIT: a header and what was agreed on. */
static ssize_t answer_first(int fd, struct iovec *parts, int n)
{
    struct {
        struct fuse_out_header header;
        struct fuse_init_out init;
    } answer;
    size_t length = 0;
    for (int i = 0; i < n; i++) {
        if (parts[i].iov_len > sizeof answer - length)
            return writev(fd, parts, n);
        memcpy((char *)&answer + length, parts[i].iov_base, parts[i].iov_len);
        length += parts[i].iov_len;
    }
    if (length != sizeof answer || answer.header.error)
        return writev(fd, parts, n);
    answer.init.flags |= FUSE_INIT_EXT;
    answer.init.flags2 |= allow_mmap;
    return write(fd, &answer, sizeof answer);
}

ssize_t fs_gate_write(int fd, struct iovec *parts, int n, void *unused)
{
    (void)unused;
    if (!atomic_exchange(&gate.answered, true) && !atomic_load(&gate.swallow) && fs_gate_maps())
        return answer_first(fd, parts, n);
    if (!atomic_exchange(&gate.swallow, false))
        return writev(fd, parts, n);
    ssize_t bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += (ssize_t)parts[i].iov_len;
    pthread_mutex_lock(&gate.lock);
    atomic_store(&gate.begins, false);
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
    return bytes;
}

ssize_t fs_gate_splice_to(int from, off_t *from_offset, int fd, off_t *offset, size_t size, unsigned flags,
                          void *unused)
{
    (void)unused;
    return splice(from, from_offset, fd, offset, size, flags);
}

/* ---- shutting ---- */

/* Are all of them outside? Those in a read are called back. */
static bool all_wait(void)
{
    bool all = true;
    pthread_mutex_lock(&gate.lock);
    for (struct reader *reader = gate.readers; reader; reader = reader->next) {
        int state = atomic_load(&reader->state);
        all &= state == WAITS;
        if (state == READS)
            pthread_kill(reader->thread, out_of_reads());
    }
    pthread_mutex_unlock(&gate.lock);
    return all;
}

void fs_gate_close(void)
{
    atomic_store(&gate.shut, true);
}

void fs_gate_shut(void)
{
    struct sigaction action = {.sa_handler = nothing}; /* no SA_RESTART: the read ends */
    sigaction(out_of_reads(), &action, NULL);
    fs_gate_close();
    while (!all_wait())
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void fs_gate_open(void)
{
    pthread_mutex_lock(&gate.lock);
    atomic_store(&gate.shut, false);
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
}

/* ---- the first request ---- */

const struct fs_text *fs_gate_first(void)
{
    return &gate.first;
}

int fs_gate_replay(const char *bytes, size_t length)
{
    fs_text_add(&gate.first, bytes, length);
    atomic_store(&gate.have_first, true);
    atomic_store(&gate.replay, true);
    atomic_store(&gate.begins, true);
    return gate.first.failed ? -ENOMEM : 0;
}
