/*
 * handover.c - from a memory fault to the next image of the daemon.
 *
 * Why exec: a KFD process is an address space (Linux amdkfd/kfd_process.c, find_process_by_mm()), so a new
 * image is a new one, whose queues run; the kernel even waits for the old one's end when the device is opened
 * after exec (flush_workqueue() in kfd_create_process(), "just called exec(3)"). A second process for KFD
 * alone would do as well, but every byte and every command would have to pass between the two; a secondary
 * KFD process (CREATE_PROCESS) needs KFD 1.19. What an import loses is nothing that we use: it is writable
 * and executable, and the memory type is the BO's.
 *
 * All GPUs of the mount change process. So the healthy ones are given time to end their work: first while
 * everything goes on as ever, then, shorter, with new requests held back. What has not ended by then is lost
 * (ECANCELED), as the work of the GPU that faulted is (EFAULT).
 *
 * Invariant: until exec has succeeded nothing is given up that this image needs: whatever fails before leaves
 * a mount whose lost GPU stays lost.
 */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "gate.h"
#include "pool.h"
#include "queue.h"
#include "request.h"

#define WHERE "KFDFS_HANDOVER" /* PID:DESCRIPTOR */

enum {
    PATIENCE_MS = 10000, /* for the work of other GPUs, while requests are taken */
    HELD_MS = 2000,      /* the same, while they are not */
    ENDING_MS = 3000,    /* for answers to all who wait, once nothing runs */
    LOOK_MS = 5,
    ATTEMPTS = 8, /* to find all addresses free */
};

static struct {
    struct fs_world *world;
    int session_fd;
    char **argv;
    sigset_t signals; /* of the process, for the next image */
    pthread_t thread;
    bool runs, joined; /* under the world's lock */
    _Atomic bool stop;
} hand = {.joined = true};

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* ---- ending the work ---- */

static bool all_done(struct fs_world *world)
{
    bool done = true;
    fs_lock(world);
    for (unsigned i = 0; i < world->n_gpus; i++)
        for (const struct fs_queue *queue = world->gpus[i].queues; queue; queue = queue->next)
            done &= fs_gpu_lost(&world->gpus[i]) || queue->completed >= queue->submitted;
    fs_unlock(world);
    return done;
}

static void wait_for_others(struct fs_world *world, unsigned limit_ms)
{
    for (unsigned ms = 0; ms < limit_ms && !all_done(world) && !atomic_load(&hand.stop); ms += LOOK_MS)
        pause_ms(LOOK_MS);
}

/* Its hardware goes. A queue that mkdir made, and that had lost work or a lost GPU, is dead from then on. */
static void end_queue(struct fs_queue *queue)
{
    struct fs_world *world = queue->object.world;
    fs_lock(world);
    struct gpu_queue *hardware = queue->queue;
    bool gpu_lost = fs_gpu_lost(queue->gpu), work_lost = queue->completed < queue->submitted;
    if (hardware && queue->made && (gpu_lost || work_lost))
        queue->dead = gpu_lost ? -EFAULT : -ECANCELED;
    queue->queue = NULL;
    fs_unlock(world);
    gpu_queue_destroy(hardware);
    fs_lock(world);
    fs_queue_end_waiters(queue);
    fs_unlock(world);
}

static bool quiet(struct fs_world *world)
{
    fs_lock(world);
    bool quiet = !world->kept && !world->slow && !world->waiting_holds;
    fs_unlock(world);
    return quiet;
}

/* What goes on in several steps may make a queue again, for its next one: until all have ended. */
static int end_work(struct fs_world *world)
{
    fs_lock(world);
    world->handing_over = true;
    fs_unlock(world);
    for (unsigned ms = 0; ms < ENDING_MS; ms += LOOK_MS) {
        for (unsigned i = 0; i < world->n_gpus; i++)
            for (struct fs_queue *queue = world->gpus[i].queues; queue; queue = queue->next)
                end_queue(queue);
        if (quiet(world))
            return 0;
        pause_ms(LOOK_MS);
    }
    return gpu_err(-EBUSY, "somebody still waits for an answer");
}

/* ---- writing down and going ---- */

/* Each piece of a buffer needs a descriptor. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

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

/* The file begins with the number of attempts. Stays open over exec. */
static int write_state(const struct fs_text *state)
{
    uint64_t attempts = 0;
    int fd = memfd_create("kfdfs-handover", 0);
    if (fd < 0)
        return gpu_err(-errno, "no memory file: %s", strerror(errno));
    int r = write_all(fd, (const char *)&attempts, sizeof attempts);
    if (!r)
        r = write_all(fd, state->data, state->length);
    if (r)
        close(fd);
    return r ? r : fd;
}

static int go(int fd, char **argv)
{
    char where[32];
    snprintf(where, sizeof where, "%d:%d", (int)getpid(), fd);
    unsetenv("KFDFS_SIM_REPORTS"); /* its descriptor ends here */
    if (setenv(WHERE, where, 1))
        return -ENOMEM;
    execv("/proc/self/exe", argv);
    int error = -errno;
    unsetenv(WHERE);
    return gpu_err(error, "cannot run /proc/self/exe again: %s", strerror(-error));
}

/* What a reset has left in a GPU's memory nobody knows. */
static int check_resets(const struct fs_world *world)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (world->gpus[i].resets)
            return gpu_err(-EIO, "%s was reset, and its memory may be lost", world->gpus[i].object.name);
    return 0;
}

static int go_on_as_next(struct fs_world *world)
{
    struct fs_text state = {0}, fds = {0};
    raise_descriptor_limit();
    fs_lock(world);
    int r = check_resets(world);
    if (!r)
        r = fs_handover_save(world, hand.session_fd, &state, &fds);
    fs_unlock(world);
    int fd = r ? r : write_state(&state);
    if (fd >= 0 && !atomic_load(&hand.stop)) {
        fcntl(hand.session_fd, F_SETFD, 0);
        sigset_t before;
        pthread_sigmask(SIG_SETMASK, &hand.signals, &before);
        r = go(fd, hand.argv);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        fcntl(hand.session_fd, F_SETFD, FD_CLOEXEC);
        close(fd);
    } else if (fd < 0) {
        r = fd;
    }
    for (size_t at = 0; at < fds.length; at += sizeof(int)) {
        memcpy(&fd, fds.data + at, sizeof fd);
        close(fd);
    }
    fs_text_free(&state);
    fs_text_free(&fds);
    return r;
}

/* ---- the thread ---- */

static void tell_of_failure(struct fs_world *world)
{
    char text[600];
    snprintf(text, sizeof text, "no recovery: %s; unmount and mount again to use this GPU", gpu_err_text());
    fs_lock(world);
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (fs_gpu_lost(&world->gpus[i]))
            fs_events_add(&world->gpus[i], "recovery", NULL, 0, text);
    world->handing_over = false;
    hand.runs = false;
    fs_unlock(world);
}

static void *hand_over(void *arg)
{
    struct fs_world *world = arg;
    wait_for_others(world, PATIENCE_MS);
    fs_gate_shut();
    wait_for_others(world, HELD_MS);
    int r = end_work(world);
    if (!r)
        go_on_as_next(world);
    tell_of_failure(world);
    fs_gate_open();
    return NULL;
}

void fs_handover_want(struct fs_gpu *gpu)
{
    struct fs_world *world = gpu->object.world;
    int r = gpu_system_can_export(world->sys);
    fs_lock(world);
    if (r) {
        char text[600];
        snprintf(text, sizeof text, "no recovery: %s; unmount and mount again to use this GPU",
                 gpu_err_text());
        fs_events_add(gpu, "recovery", NULL, 0, text);
    } else if (hand.world && !hand.runs && !atomic_load(&hand.stop)) {
        if (!hand.joined)
            pthread_join(hand.thread, NULL);
        hand.runs = !pthread_create(&hand.thread, NULL, hand_over, world);
        hand.joined = !hand.runs;
    }
    fs_unlock(world);
}

void fs_handover_prepare(struct fs_world *world, int session_fd, char **argv)
{
    fs_lock(world);
    hand.session_fd = session_fd;
    hand.argv = argv;
    pthread_sigmask(SIG_SETMASK, NULL, &hand.signals);
    hand.world = world;
    fs_unlock(world);
}

void fs_handover_stop(void)
{
    atomic_store(&hand.stop, true);
    if (!hand.joined)
        pthread_join(hand.thread, NULL);
    hand.joined = true;
}

/* ---- the next image ---- */

static int reserve_windows(struct fs_stream *in)
{
    int r = 0;
    for (uint64_t va; (va = fs_get(in));) {
        uint64_t window = fs_get(in);
        if (!r)
            r = gpu_window_reserve(va, window);
    }
    return r;
}

/* The kernel has put something of ours where a buffer was: it shuffles anew at each exec. */
static void try_again(int fd, const char *bytes, char **argv)
{
    uint64_t attempts;
    memcpy(&attempts, bytes, sizeof attempts);
    if (++attempts < ATTEMPTS && pwrite(fd, &attempts, sizeof attempts, 0) == sizeof attempts)
        go(fd, argv);
}

static int read_all(int fd, char **bytes, size_t *length)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size < (off_t)sizeof(uint64_t) || !(*bytes = malloc((size_t)st.st_size)))
        return -EIO;
    *length = (size_t)st.st_size;
    return pread(fd, *bytes, *length, 0) == st.st_size ? 0 : -EIO;
}

int fs_handover_take(struct fs_handover *handover, char **argv)
{
    const char *where = getenv(WHERE);
    int pid, fd;
    size_t length;
    if (!where || sscanf(where, "%d:%d", &pid, &fd) != 2 || pid != getpid())
        return 0;
    if (read_all(fd, &handover->bytes, &length))
        return gpu_err(-EIO, "what the image before wrote down cannot be read");
    handover->in =
        (struct fs_stream){.at = handover->bytes + sizeof(uint64_t), .end = handover->bytes + length};
    if (reserve_windows(&handover->in))
        try_again(fd, handover->bytes, argv);
    close(fd);
    unsetenv(WHERE);
    handover->session_fd = (int)fs_get(&handover->in);
    handover->mountpoint = fs_get_string(&handover->in);
    handover->taken = true;
    fcntl(handover->session_fd, F_SETFD, FD_CLOEXEC);
    return handover->in.failed ? gpu_err(-EIO, "what the image before wrote down is damaged") : 0;
}
