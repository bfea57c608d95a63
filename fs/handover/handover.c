/*
 * handover.c - from a memory fault, or a SIGHUP, to the next image of the daemon.
 *
 * Why exec: a KFD process is an address space (Linux amdkfd/kfd_process.c, find_process_by_mm()), so a new
 * image is a new one, whose queues run; the kernel even waits for the old one's end when the device is opened
 * after exec (flush_workqueue() in kfd_create_process(), "just called exec(3)"). A second process for KFD
 * alone would do as well, but every byte and every command would have to pass between the two; a secondary
 * KFD process (CREATE_PROCESS) needs KFD 1.19. What an import loses is nothing that we use: it is writable
 * and executable, and the memory type is the BO's.
 *
 * After a reset of a GPU nothing of this process runs on any (kfd_device.c, kgd2kfd_post_reset()), and the
 * kernel gives no process the device until it is done. What the reset did to memory is the next image's to
 * find out.
 *
 * All GPUs of the mount change process. After a fault the healthy ones are given time to end their work:
 * first while everything goes on as ever, then, shorter, with new requests held back. What has not ended by
 * then is lost (ECANCELED), as the work of the GPU that faulted is (EFAULT). An upgrade takes nothing from
 * anybody: where work does not end, or somebody waits for work that nobody has given, it does not take place.
 *
 * Invariant: until exec has succeeded nothing is given up that this image needs: whatever fails before leaves
 * a mount whose lost GPU stays lost.
 */
#include "handover/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "front/gate.h"
#include "front/polls.h"
#include "handover/go.h"
#include "handover/save.h"
#include "state/events.h"
#include "state/waiters.h"

enum {
    PATIENCE_MS = 10000, /* for the work of other GPUs, while requests are taken */
    HELD_MS = 2000,      /* the same, while they are not */
    ENDING_MS = 3000,    /* for answers to all who wait, once nothing runs */
    RESET_MS = 30000,    /* for the kernel's word that a reset is over */
    STILL_MS = 200,
    LOOK_MS = 5,
    SPARE_FDS = 32, /* for what the next image opens */
    SPARE_FDS_EACH = 4,
};

static struct {
    int session_fd;
    char **argv;
    char *program;    /* where this program lies, and the next version of it */
    sigset_t signals; /* of the process, for the next image */
    pthread_t thread;
    bool runs;
    sem_t wanted;
    _Atomic bool ready; /* the semaphore is */
    _Atomic bool faulted, hung_up, stop;
} hand;

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* ---- ending the work ---- */

static bool resetting(const struct fs_world *world)
{
    bool resetting = false;
    for (unsigned i = 0; i < world->n_gpus; i++)
        resetting |= gpu_resetting(world->gpus[i].gpu);
    return resetting;
}

/* The kernel lets nobody open the device before it is over. */
static void wait_for_reset(const struct fs_world *world)
{
    for (unsigned ms = 0; ms < RESET_MS && resetting(world) && !atomic_load(&hand.stop); ms += LOOK_MS)
        pause_ms(LOOK_MS);
}

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
    int lost = fs_gpu_loss(queue->gpu);
    if (hardware && queue->made && (lost || queue->completed < queue->submitted))
        queue->dead = lost ? lost : -ECANCELED;
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

/* Each piece of a buffer needs a descriptor, in this image and at the start of the next. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The next image has no way back when it finds none left for /dev/kfd. */
static int check_descriptors(const struct fs_world *world, const struct fs_text *fds)
{
    struct rlimit limit;
    size_t pieces = fds->length / sizeof(int), needed = pieces + SPARE_FDS + world->n_gpus * SPARE_FDS_EACH;
    if (getrlimit(RLIMIT_NOFILE, &limit) || needed <= limit.rlim_cur)
        return 0;
    return gpu_err(-EMFILE, "the buffers have %zu pieces, and this process may have %llu descriptors", pieces,
                   (unsigned long long)limit.rlim_cur);
}

static void add_ends(sigset_t *set)
{
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

/* Returns only on failure. */
static int go_on_as_next(struct fs_world *world, const char *program)
{
    struct fs_text state = {0}, fds = {0};
    raise_descriptor_limit();
    fs_poll_wake_all(world); /* they ask again, and then it is the next image that knows them */
    fs_lock(world);
    int r = fs_handover_save(world, hand.session_fd, &state, &fds);
    if (!r)
        r = check_descriptors(world, &fds);
    fs_unlock(world);
    if (!r && !atomic_load(&hand.stop)) {
        sigset_t before, held = hand.signals;
        add_ends(&held); /* until the next image has its handlers */
        pthread_sigmask(SIG_SETMASK, &held, &before);
        r = fs_handover_go(program, hand.session_fd, &state, hand.argv);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    for (size_t at = 0; at < fds.length; at += sizeof(int)) {
        int fd;
        memcpy(&fd, fds.data + at, sizeof fd);
        close(fd);
    }
    fs_text_free(&state);
    fs_text_free(&fds);
    return r;
}

/* ---- after a fault ---- */

static void tell_of_failure(struct fs_world *world)
{
    struct fs_text text = {0};
    fs_text_printf(&text, "no recovery: %s; unmount and mount again to use this GPU", gpu_err_text());
    fs_lock(world);
    for (unsigned i = 0; i < world->n_gpus; i++)
        if (fs_gpu_lost(&world->gpus[i]))
            fs_events_add(&world->gpus[i], "recovery", NULL, 0, text.failed ? "no recovery" : text.data);
    fs_unlock(world);
    fs_text_free(&text);
}

/* Returns only on failure. */
static void recover(struct fs_world *world)
{
    int r = gpu_system_can_export(world->sys);
    if (!r)
        r = fs_handover_check("/proc/self/exe");
    if (!r) {
        wait_for_others(world, PATIENCE_MS);
        wait_for_reset(world);
        fs_gate_shut();
        wait_for_others(world, HELD_MS);
        r = end_work(world);
    }
    if (!r)
        go_on_as_next(world, "/proc/self/exe");
    tell_of_failure(world);
}

/* ---- an upgrade ---- */

/* Names one who is at it. */
static int check_idle(struct fs_world *world)
{
    int r = 0;
    fs_lock(world);
    for (unsigned i = 0; !r && i < world->n_gpus; i++)
        for (const struct fs_queue *queue = world->gpus[i].queues; !r && queue; queue = queue->next)
            if (!fs_gpu_lost(&world->gpus[i]) && queue->completed < queue->submitted)
                r = gpu_err(-EBUSY, "%s/%s/%s is at command %llu of %llu", world->gpus[i].object.name,
                            queue->kind == GPU_QUEUE_SDMA ? "sdma" : "compute", queue->object.name,
                            (unsigned long long)queue->completed + 1, (unsigned long long)queue->submitted);
    fs_unlock(world);
    return r || quiet(world) ? r : gpu_err(-EBUSY, "somebody waits for work that is not there yet");
}

/* Who still waits a while after the last work was done waits for what nobody has given. */
static void wait_until_idle(struct fs_world *world, unsigned limit_ms)
{
    unsigned done_ms = 0;
    for (unsigned ms = 0; ms < limit_ms && done_ms < STILL_MS && !atomic_load(&hand.stop); ms += LOOK_MS) {
        bool done = all_done(world);
        if (done && quiet(world))
            return;
        done_ms = done ? done_ms + LOOK_MS : 0;
        pause_ms(LOOK_MS);
    }
}

static int drain(struct fs_world *world)
{
    wait_until_idle(world, PATIENCE_MS);
    fs_gate_shut();
    wait_until_idle(world, HELD_MS);
    int r = check_idle(world);
    return r ? r : end_work(world);
}

static void upgrade(struct fs_world *world)
{
    struct fs_text text = {0};
    int r = hand.program ? gpu_system_can_export(world->sys) : gpu_err(-ENOENT, "where is this program?");
    fs_lock(world); /* what requests have put into the environment goes with it */
    fs_unlock(world);
    if (!r)
        r = fs_handover_check(hand.program);
    if (!r)
        r = drain(world);
    if (!r)
        go_on_as_next(world, hand.program);
    fs_text_printf(&text, "no upgrade: %s; everything is as it was", gpu_err_text());
    fs_lock(world);
    fs_events_add_to_all(world, "upgrade", text.failed ? "no upgrade" : text.data);
    fs_unlock(world);
    fs_text_free(&text);
}

/* ---- the thread ---- */

/* A handover that has failed leaves everything in use again. */
static void *main_thread(void *arg)
{
    struct fs_world *world = arg;
    for (; !atomic_load(&hand.stop); sem_wait(&hand.wanted)) {
        bool faulted = atomic_exchange(&hand.faulted, false), hup = atomic_exchange(&hand.hung_up, false);
        if (faulted)
            recover(world);
        else if (hup)
            upgrade(world);
        else
            continue;
        fs_lock(world);
        world->handing_over = false;
        fs_unlock(world);
        fs_gate_open();
    }
    return NULL;
}

void fs_handover_want(struct fs_gpu *gpu)
{
    atomic_store(&hand.faulted, true);
    if (!atomic_load(&hand.ready))
        return; /* the thread sees it when it begins */
    if (all_done(gpu->object.world) && !resetting(gpu->object.world))
        fs_gate_close();
    sem_post(&hand.wanted);
}

static void hang_up(int number)
{
    (void)number;
    int error = errno;
    atomic_store(&hand.hung_up, true);
    sem_post(&hand.wanted);
    errno = error;
}

/* A hangup of the terminal that the daemon is in the foreground of ends it, as ever. */
static void take_signal(void)
{
    int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    struct sigaction action = {.sa_handler = hang_up, .sa_flags = SA_RESTART};
    if (terminal < 0)
        sigaction(SIGHUP, &action, NULL);
    else
        close(terminal);
}

/* Where what is installed now lies: the running one may be deleted. */
static char *own_path(void)
{
    static const char deleted[] = " (deleted)";
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return NULL;
    size_t length = (size_t)n, tail = sizeof deleted - 1;
    if (length > tail && !memcmp(path + length - tail, deleted, tail))
        length -= tail;
    return strndup(path, length);
}

int fs_handover_prepare(struct fs_world *world, int session_fd, char **argv)
{
    sigset_t all, ends;
    hand.session_fd = session_fd;
    hand.argv = argv;
    hand.program = own_path();
    sem_init(&hand.wanted, 0, 0);
    atomic_store(&hand.ready, true);
    take_signal();
    sigemptyset(&ends);
    add_ends(&ends);
    pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
    sigfillset(&all); /* signals are the session's */
    pthread_sigmask(SIG_SETMASK, &all, &hand.signals);
    int r = pthread_create(&hand.thread, NULL, main_thread, world);
    pthread_sigmask(SIG_SETMASK, &hand.signals, NULL);
    hand.runs = !r;
    return r ? gpu_err(-r, "cannot start a thread: %s", strerror(r)) : 0;
}

void fs_handover_stop(void)
{
    atomic_store(&hand.stop, true);
    if (hand.runs) {
        sem_post(&hand.wanted);
        pthread_join(hand.thread, NULL);
    }
    hand.runs = false;
    free(hand.program);
    hand.program = NULL;
}
