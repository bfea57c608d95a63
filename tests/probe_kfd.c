/*
 * probe_kfd.c - asks /dev/kfd everything that can be asked where there is no GPU, and prints a line for each
 * answer: on the real amdkfd and on the simulated one the lines must be the same.
 *
 * Invariant: nothing depends on the machine. Times are rounded, counters are only compared with 0, and the
 * lines come in the order of the questions, because state builds up (event ids).
 *
 * golden/kfd-VERSION-none.txt is what a static build of this program (gcc -static -O2 -D_GNU_SOURCE -Idriver
 * -o probe_kfd tests/probe_kfd.c -lpthread) printed as root in a virtual machine without a GPU, under
 * Debian's kernel of that version with its amdgpu module loaded; that of 7.3 opens /dev/kfd only where there
 * is a GPU, and was made to think so. mount/kfd-parity.sh runs the dynamic build on the simulator.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/kernel/kfd_abi.h"

enum { R = 2, W = 1, RW = 3 };
#define KERNEL_ADDRESS 0xffff888000000000ull
#define BAD_POINTER    8
#define NO_GPU         0xdead

static int kfd = -1;

static const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {{0, "0"},
                 {EPERM, "EPERM"},
                 {ESRCH, "ESRCH"},
                 {EINTR, "EINTR"},
                 {EIO, "EIO"},
                 {EBADF, "EBADF"},
                 {EAGAIN, "EAGAIN"},
                 {ENOMEM, "ENOMEM"},
                 {EACCES, "EACCES"},
                 {EFAULT, "EFAULT"},
                 {EBUSY, "EBUSY"},
                 {EEXIST, "EEXIST"},
                 {ENODEV, "ENODEV"},
                 {EINVAL, "EINVAL"},
                 {ENOTTY, "ENOTTY"},
                 {ENOSPC, "ENOSPC"},
                 {EALREADY, "EALREADY"},
                 {ENODATA, "ENODATA"},
                 {EOPNOTSUPP, "EOPNOTSUPP"},
                 {524, "ENOTSUPP"},
                 {ETIME, "ETIME"}};
    static char other[16];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].error == error)
            return names[i].name;
    snprintf(other, sizeof other, "errno %d", error);
    return other;
}

__attribute__((format(printf, 3, 4))) static void row(const char *what, int error, const char *format, ...)
{
    va_list args;
    printf("%s: %s · ", what, error_name(error));
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

static void plain(const char *what, int error)
{
    printf("%s: %s\n", what, error_name(error));
}

/* 0 or an errno. */
static int ask(unsigned direction, unsigned nr, void *arg, unsigned bytes)
{
    return ioctl(kfd, _IOC(direction, 'K', nr, bytes), arg) ? errno : 0;
}

#define ASK(direction, nr, arg) ask(direction, nr, &(arg), sizeof(arg))

static int map(unsigned type, uint32_t gpu_id, size_t bytes)
{
    void *p =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, kfd, (off_t)kfd_mmap_offset(type, gpu_id));
    if (p == MAP_FAILED)
        return errno;
    munmap(p, bytes);
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How long something took that should take so long; a busy machine may need a second more. */
static const char *took(double since, unsigned expected)
{
    static char text[16];
    double ms = (now() - since) * 1000;
    snprintf(text, sizeof text, "~%ums", expected);
    return ms < expected * 0.95 ? "early" : ms > expected + 1000 ? "late" : expected ? text : "at once";
}

/* ---- descriptors, versions, numbers ---- */

static void probe_descriptor(void)
{
    struct kfd_version v = {0};
    char bytes[8] = {0};
    struct pollfd p = {.fd = kfd, .events = POLLIN | POLLOUT};
    int first = kfd, second = open("/dev/kfd", O_RDONLY | O_CLOEXEC), status = 0;
    plain("second open, O_RDONLY", second < 0 ? errno : 0);
    kfd = second;
    int error = ASK(R, 1, v);
    row("GET_VERSION on an O_RDONLY descriptor", error, "%u.%u", v.major, v.minor);
    close(second);
    kfd = first;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(ASK(R, 1, v));
    waitpid(child, &status, 0);
    plain("GET_VERSION on a descriptor inherited over fork", WEXITSTATUS(status));
    plain("read", read(kfd, bytes, sizeof bytes) < 0 ? errno : 0);
    plain("write", write(kfd, bytes, sizeof bytes) < 0 ? errno : 0);
    int ready = poll(&p, 1, 0);
    row("poll", ready < 0 ? errno : 0, "%d, revents 0x%x", ready, (unsigned)p.revents);
}

static void probe_mmap(void)
{
    plain("mmap offset 0, 4096 bytes", map(KFD_MMAP_MMIO, 0, 4096));
    plain("mmap MMIO of no GPU", map(KFD_MMAP_MMIO, NO_GPU, 8192));
    plain("mmap RESERVED_MEM of no GPU", map(KFD_MMAP_RESERVED, NO_GPU, 8192));
    plain("mmap EVENTS before any event", map(KFD_MMAP_EVENTS, NO_GPU, 8192));
    plain("mmap DOORBELL of no GPU", map(KFD_MMAP_DOORBELL, NO_GPU, 8192));
    plain("mmap EVENTS before any event, 32768 bytes", map(KFD_MMAP_EVENTS, 0, 32768));
}

static void probe_version(void)
{
    uint32_t w[16];
    memset(w, 0x55, sizeof w);
    int error = ask(R, 1, w, 8);
    row("GET_VERSION", error, "%u.%u", w[0], w[1]);
    plain("GET_VERSION NULL", ask(R, 1, NULL, 8));
    plain("GET_VERSION bad pointer", ask(R, 1, (void *)BAD_POINTER, 8));
    memset(w, 0x55, sizeof w);
    error = ask(R, 1, w, 4);
    row("GET_VERSION size 4", error, "0x%x 0x%x", w[0], w[1]);
    memset(w, 0x55, sizeof w);
    error = ask(R, 1, w, 64);
    row("GET_VERSION size 64", error, "%u.%u then %u, last %u", w[0], w[1], w[2], w[15]);
    memset(w, 0x55, sizeof w);
    error = ask(0, 1, w, 0);
    row("GET_VERSION size 0, no direction", error, "0x%x", w[0]);
    error = ioctl(kfd, _IOC(2u, 'Z', 1, 8), w) ? errno : 0;
    row("GET_VERSION of another type letter", error, "%u.%u", w[0], w[1]);
    memset(w, 0x55, sizeof w);
    error = ask(W, 1, w, 8);
    row("GET_VERSION _IOW", error, "%u.%u", w[0], w[1]);
}

static void probe_numbers(void)
{
    static const unsigned unknown[] = {0, 0x29, 0x2a, 0x30, 0x7f, 0x80, 0x81, 0xff};
    uint32_t w[16] = {0};
    char what[40];
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        snprintf(what, sizeof what, "ioctl number 0x%x", unknown[i]);
        plain(what, ask(RW, unknown[i], w, 64));
    }
    for (unsigned nr = 0x0d; nr <= 0x10; nr++) {
        snprintf(what, sizeof what, "old debugger ioctl 0x%x", nr);
        plain(what, ask(W, nr, w, nr < 0x0f ? 8 : 16));
    }
}

/* On a descriptor of its own: what is asked of it afterwards is asked of another process. */
static void probe_process(void)
{
    int first = kfd;
    kfd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
    plain("CREATE_PROCESS", ask(0, KFD_NR_CREATE_PROCESS, NULL, 0));
    plain("CREATE_PROCESS again", ask(0, KFD_NR_CREATE_PROCESS, NULL, 0));
    close(kfd);
    kfd = first;
}

/* ---- events ---- */

static struct kfd_create_event event_make(const char *what, uint32_t type, uint32_t auto_reset, uint32_t node)
{
    struct kfd_create_event e = {.type = type, .auto_reset = auto_reset, .node_id = node};
    int error = ASK(RW, 8, e);
    if (what)
        row(what, error, "id 0x%x trigger 0x%x slot %u page 0x%llx", e.event_id, e.trigger_data, e.slot,
            (unsigned long long)e.page_offset);
    return e;
}

static int event_do(unsigned nr, uint32_t id)
{
    struct kfd_event_arg e = {.event_id = id};
    return ASK(W, nr, e);
}

enum { DESTROY = 9, SET = 10, RESET = 11 };

static uint32_t manual, automatic, memory;

static void probe_event_create(void)
{
    char what[60];
    for (uint32_t type = 0; type <= 10; type++) {
        snprintf(what, sizeof what, "CREATE_EVENT type %u", type);
        struct kfd_create_event e = event_make(what, type, 0, 0);
        if (type == KFD_EVENT_SIGNAL)
            manual = e.event_id;
        if (type == KFD_EVENT_MEMORY)
            memory = e.event_id;
    }
    event_make("CREATE_EVENT type 0xffffffff", UINT32_MAX, 0, 0);
    automatic = event_make("CREATE_EVENT second SIGNAL, auto-reset", KFD_EVENT_SIGNAL, 1, 0).event_id;
    event_make("CREATE_EVENT MEMORY of no node", KFD_EVENT_MEMORY, 0, 77);
    struct kfd_create_event e = {.type = KFD_EVENT_SIGNAL, .page_offset = (uint64_t)NO_GPU << 32};
    plain("CREATE_EVENT with a page of no GPU", ASK(RW, 8, e));
}

static void probe_event_page(void)
{
    off_t offset = (off_t)kfd_mmap_offset(KFD_MMAP_EVENTS, 0);
    plain("mmap event page, 65536 bytes", map(KFD_MMAP_EVENTS, 0, 65536));
    uint64_t *page = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_SHARED, kfd, offset);
    plain("mmap event page, 32768 bytes", page == MAP_FAILED ? errno : 0);
    if (page == MAP_FAILED)
        return;
    row("slots", 0, "%llx %llx %llx last %llx", (unsigned long long)page[0], (unsigned long long)page[1],
        (unsigned long long)page[3], (unsigned long long)page[4095]);
    page[automatic] = 1;
    row("a slot that was written", 0, "%llx", (unsigned long long)page[automatic]);
    page[automatic] = UINT64_MAX;
    plain("mmap event page again", map(KFD_MMAP_EVENTS, 0, 32768));
    void *copy = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE, kfd, offset);
    plain("mmap event page MAP_PRIVATE", copy == MAP_FAILED ? errno : 0);
    event_do(SET, automatic);
    row("slots after SET_EVENT", 0, "%llx %llx", (unsigned long long)page[manual],
        (unsigned long long)page[automatic]);
    event_do(RESET, automatic);
}

static void probe_event_set(void)
{
    plain("SET_EVENT", event_do(SET, manual));
    plain("SET_EVENT again", event_do(SET, manual));
    plain("SET_EVENT never made", event_do(SET, 0x7777));
    plain("SET_EVENT 0", event_do(SET, 0));
    plain("SET_EVENT 0xffffffff", event_do(SET, UINT32_MAX));
    plain("RESET_EVENT", event_do(RESET, manual));
    plain("RESET_EVENT never made", event_do(RESET, 0x7777));
    plain("SET_EVENT of a MEMORY event", event_do(SET, memory));
    plain("RESET_EVENT of a MEMORY event", event_do(RESET, memory));
    plain("DESTROY_EVENT of a MEMORY event", event_do(DESTROY, memory));
    plain("DESTROY_EVENT again", event_do(DESTROY, memory));
    plain("DESTROY_EVENT never made", event_do(DESTROY, 0x7777));
    plain("DESTROY_EVENT of a signal", event_do(DESTROY, automatic));
    automatic = event_make("CREATE_EVENT after a destroy", KFD_EVENT_SIGNAL, 1, 0).event_id;
    memory = event_make("CREATE_EVENT MEMORY after a destroy", KFD_EVENT_MEMORY, 0, 0).event_id;
    struct kfd_create_event e = event_make(NULL, KFD_EVENT_DEBUG, 0, 0);
    plain("SET_EVENT of a DEBUG event", event_do(SET, e.event_id));
    event_do(DESTROY, e.event_id);
}

/* ---- waiting ---- */

static int await(struct kfd_event_data *data, uint32_t n, uint32_t all, uint32_t timeout, uint32_t *result,
                 uint32_t *left)
{
    struct kfd_wait_events w = {
        .ptr = (uintptr_t)data, .count = n, .all = all, .timeout_ms = timeout, .result = 99};
    int error = ASK(RW, 0x0c, w);
    *result = w.result;
    if (left)
        *left = w.timeout_ms;
    return error;
}

static void wait_row(const char *what, uint32_t a, uint32_t b, uint32_t all, uint32_t timeout,
                     unsigned expected)
{
    struct kfd_event_data data[2] = {{.event_id = a}, {.event_id = b}};
    uint32_t result, left;
    double since = now();
    int error = await(data, b ? 2 : a ? 1 : 0, all, timeout, &result, &left);
    row(what, error, "result %u, %s%s", result, took(since, expected),
        left == timeout ? "" : ", timeout changed");
}

static void probe_wait(void)
{
    event_do(RESET, manual);
    wait_row("WAIT not set, 0 ms", manual, 0, 0, 0, 0);
    wait_row("WAIT not set, 100 ms", manual, 0, 0, 100, 100);
    event_do(SET, manual);
    wait_row("WAIT set, 0 ms", manual, 0, 0, 0, 0);
    wait_row("WAIT set, again", manual, 0, 0, 0, 0);
    wait_row("WAIT set, for ever", manual, 0, 0, UINT32_MAX, 0);
    wait_row("WAIT set and not set, any, 100 ms", manual, automatic, 0, 100, 0);
    wait_row("WAIT set and not set, all, 100 ms", manual, automatic, 1, 100, 100);
    event_do(SET, automatic);
    wait_row("WAIT both set, all, 100 ms", manual, automatic, 1, 100, 0);
    wait_row("WAIT the auto-reset one again", automatic, 0, 0, 0, 0);
    event_do(SET, automatic);
    wait_row("WAIT auto-reset set, 0 ms", automatic, 0, 0, 0, 0);
    wait_row("WAIT auto-reset a second time", automatic, 0, 0, 0, 0);
    event_do(SET, automatic);
    wait_row("WAIT both set, any, 0 ms", manual, automatic, 0, 0, 0);
    wait_row("WAIT auto-reset after that", automatic, 0, 0, 0, 0);
    event_do(RESET, manual);
    wait_row("WAIT after RESET_EVENT", manual, 0, 0, 0, 0);
    wait_row("WAIT the same event twice", manual, manual, 0, 0, 0);
    wait_row("WAIT no events, 0 ms", 0, 0, 0, 0, 0);
    wait_row("WAIT no events, all, 100 ms", 0, 0, 1, 100, 0);
    wait_row("WAIT unknown id", 0x7777, 0, 0, 0, 0);
    wait_row("WAIT good and unknown id", manual, 0x7777, 0, 0, 0);
    wait_row("WAIT MEMORY event not set, 100 ms", memory, 0, 0, 100, 100);
}

static void probe_wait_bad(void)
{
    static const uint32_t counts[] = {1, UINT32_MAX, 100000, 74899};
    char what[60];
    uint32_t result;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        snprintf(what, sizeof what, "WAIT %u events at NULL", counts[i]);
        int error = await(NULL, counts[i], 0, 0, &result, NULL);
        row(what, error, "result %u", result);
    }
}

struct later {
    unsigned nr;
    uint32_t id;
    unsigned ms;
};

static void *later_run(void *arg)
{
    const struct later *l = arg;
    usleep(l->ms * 1000);
    event_do(l->nr, l->id);
    return NULL;
}

static void wait_later(const char *what, struct later later, uint32_t a, uint32_t b, uint32_t all,
                       uint32_t timeout)
{
    pthread_t thread;
    pthread_create(&thread, NULL, later_run, &later);
    wait_row(what, a, b, all, timeout, later.ms);
    pthread_join(thread, NULL);
}

static void probe_wait_threads(void)
{
    wait_later("WAIT set after 300 ms, 5000 ms", (struct later){SET, manual, 300}, manual, 0, 0, 5000);
    event_do(RESET, manual);
    wait_later("WAIT set after 300 ms, for ever", (struct later){SET, manual, 300}, manual, 0, 0, UINT32_MAX);
    event_do(RESET, manual);
    wait_later("WAIT set after 300 ms, 0xfffffffe ms", (struct later){SET, manual, 300}, manual, 0, 0,
               UINT32_MAX - 1);
    wait_later("WAIT all, the other set after 300 ms", (struct later){SET, automatic, 300}, manual, automatic,
               1, 5000);
    wait_row("WAIT auto-reset that woke a waiter", automatic, 0, 0, 0, 0);
    event_do(RESET, manual);
    uint32_t doomed = event_make(NULL, KFD_EVENT_SIGNAL, 0, 0).event_id;
    wait_later("WAIT destroyed after 300 ms", (struct later){DESTROY, doomed, 300}, doomed, manual, 0, 2000);
    doomed = event_make(NULL, KFD_EVENT_SIGNAL, 0, 0).event_id;
    wait_later("WAIT all, destroyed after 300 ms", (struct later){DESTROY, doomed, 300}, manual, doomed, 1,
               2000);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

static void alarm_in(unsigned ms, int flags)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    timer_t timer;
    struct itimerspec when = {.it_value = {.tv_nsec = (long)ms * 1000000}};
    sigaction(SIGALRM, &action, NULL);
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &when, NULL);
}

/* What the timeout field holds after a restarted wait is left out: see event.c of the simulator. */
static void probe_wait_signals(void)
{
    struct kfd_event_data data[2] = {{.event_id = manual}, {.event_id = automatic}};
    uint32_t result, left;
    alarm_in(100, 0);
    double since = now();
    int error = await(data, 1, 0, 2000, &result, &left);
    const char *elapsed = took(since, 100);
    row("WAIT signal after 100 ms, 2000 ms", error, "result %u, %s, left %s", result, elapsed,
        left > 500 && left < 2000 ? "less" : "wrong");
    alarm_in(100, 0);
    since = now();
    error = await(data, 1, 0, UINT32_MAX, &result, &left);
    row("WAIT signal after 100 ms, for ever", error, "result %u, %s, left %s", result, took(since, 100),
        left == UINT32_MAX ? "the same" : "changed");
    alarm_in(100, SA_RESTART);
    since = now();
    error = await(data, 1, 0, 300, &result, NULL);
    row("WAIT signal after 100 ms, SA_RESTART, 300 ms", error, "result %u, %s", result, took(since, 300));
    event_do(SET, automatic);
    alarm_in(100, 0);
    error = await(data, 2, 1, 2000, &result, NULL);
    row("WAIT all, one auto-reset set, signal after 100 ms", error, "result %u", result);
    wait_row("WAIT for the auto-reset one, given back", automatic, 0, 0, 0, 0);
    row("signals handled", 0, "%d", (int)alarms);
}

static void probe_wait_age(void)
{
    uint32_t id = event_make(NULL, KFD_EVENT_SIGNAL, 0, 0).event_id, result;
    char what[60];
    for (int i = 0; i < 3; i++)
        event_do(SET, id);
    for (int set = 0; set <= 1; set++) {
        event_do(set ? SET : RESET, id);
        for (uint64_t age = 0; age <= 5; age++) {
            struct kfd_event_data data = {.event_id = id, .last_event_age = age};
            int error = await(&data, 1, 0, 0, &result, NULL);
            snprintf(what, sizeof what, "WAIT %s, age %llu", set ? "set" : "not set",
                     (unsigned long long)age);
            row(what, error, "result %u age %llu", result, (unsigned long long)data.last_event_age);
        }
    }
    event_do(DESTROY, id);
}

/* ---- limits ---- */

/* In a process of its own, because of the state. */
static void probe_limit(const char *what, uint32_t type, size_t map_bytes, unsigned most)
{
    fflush(stdout);
    pid_t child = fork();
    if (child) {
        waitpid(child, NULL, 0);
        return;
    }
    kfd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
    struct kfd_create_event e = {.type = type};
    uint32_t first = 0, last = 0;
    unsigned made = 0;
    int error = 0;
    while (made < most && !(error = ASK(RW, 8, e))) {
        first = made ? first : e.event_id;
        last = e.event_id;
        if (made++ == 0 && map_bytes)
            mmap(NULL, map_bytes, PROT_READ, MAP_SHARED, kfd, (off_t)e.page_offset);
        e = (struct kfd_create_event){.type = type};
    }
    row(what, error, "%u made, 0x%x to 0x%x", made, first, last);
    fflush(stdout);
    _exit(0);
}

static void probe_limits(void)
{
    probe_limit("SIGNAL events, page not mapped", KFD_EVENT_SIGNAL, 0, 9999);
    probe_limit("SIGNAL events, page mapped", KFD_EVENT_SIGNAL, 32768, 9999);
    probe_limit("SIGNAL events, 2048 bytes mapped", KFD_EVENT_SIGNAL, 2048, 9999);
    probe_limit("MEMORY events", KFD_EVENT_MEMORY, 0, 2000);
}

/* ---- devices ---- */

static void probe_apertures(void)
{
    struct kfd_apertures old;
    struct kfd_aperture out[16];
    memset(&old, 0x55, sizeof old);
    memset(out, 0x55, sizeof out);
    int error = ASK(R, 6, old);
    row("GET_PROCESS_APERTURES", error, "%u, first 0x%x", old.nodes, old.aperture[0].gpu_id);
    struct kfd_apertures_new a = {.nodes = 0};
    error = ASK(RW, 0x14, a);
    row("GET_PROCESS_APERTURES_NEW 0", error, "%u", a.nodes);
    a = (struct kfd_apertures_new){.ptr = (uintptr_t)out, .nodes = 16};
    error = ASK(RW, 0x14, a);
    row("GET_PROCESS_APERTURES_NEW 16", error, "%u, first 0x%x", a.nodes, out[0].gpu_id);
    a = (struct kfd_apertures_new){.ptr = (uintptr_t)out, .nodes = 1};
    error = ASK(RW, 0x14, a);
    row("GET_PROCESS_APERTURES_NEW 1", error, "%u", a.nodes);
    a = (struct kfd_apertures_new){.ptr = BAD_POINTER, .nodes = 16};
    error = ASK(RW, 0x14, a);
    row("GET_PROCESS_APERTURES_NEW 16, bad pointer", error, "%u", a.nodes);
    a = (struct kfd_apertures_new){.ptr = BAD_POINTER, .nodes = 1};
    error = ASK(RW, 0x14, a);
    row("GET_PROCESS_APERTURES_NEW 1, bad pointer", error, "%u", a.nodes);
}

static void probe_gpu(uint32_t id)
{
    printf("gpu id 0x%x\n", id);
    struct kfd_clock_counters c = {.gpu_id = id, .gpu = 77};
    int error = ASK(RW, 5, c);
    row("GET_CLOCK_COUNTERS", error, "gpu %llu cpu %d system %d frequency %llu", (unsigned long long)c.gpu,
        c.cpu > 0, c.system > 0, (unsigned long long)c.frequency);
    struct kfd_acquire_vm vm = {.drm_fd = UINT32_MAX, .gpu_id = id};
    plain("ACQUIRE_VM, descriptor -1", ASK(W, 0x15, vm));
    vm.drm_fd = 0;
    plain("ACQUIRE_VM, descriptor 0", ASK(W, 0x15, vm));
    struct kfd_available_memory m = {.gpu_id = id, .available = 5};
    error = ASK(RW, 0x23, m);
    row("AVAILABLE_MEMORY", error, "%llu", (unsigned long long)m.available);
    struct kfd_memory_policy p = {.gpu_id = id};
    plain("SET_MEMORY_POLICY", ASK(W, 4, p));
    p.default_policy = 7;
    plain("SET_MEMORY_POLICY default 7", ASK(W, 4, p));
    struct kfd_trap_handler t = {.gpu_id = id};
    plain("SET_TRAP_HANDLER", ASK(W, 0x13, t));
    struct kfd_scratch_va s = {.gpu_id = id};
    plain("SET_SCRATCH_BACKING_VA", ASK(RW, 0x11, s));
    struct kfd_tile_config tile = {.gpu_id = id};
    plain("GET_TILE_CONFIG", ASK(RW, 0x12, tile));
    struct kfd_smi_events smi = {.gpu_id = id, .fd = 77};
    error = ASK(RW, 0x1f, smi);
    row("SMI_EVENTS", error, "%u", smi.fd);
    struct kfd_import_dmabuf import = {.gpu_id = id, .fd = UINT32_MAX};
    plain("IMPORT_DMABUF, descriptor -1", ASK(RW, 0x1d, import));
}

static void probe_dmabuf(void)
{
    struct kfd_dmabuf_info d = {.fd = UINT32_MAX};
    plain("GET_DMABUF_INFO, descriptor -1", ASK(RW, 0x1c, d));
    d.fd = 0;
    plain("GET_DMABUF_INFO, descriptor 0", ASK(RW, 0x1c, d));
}

/* ---- memory ---- */

static void alloc_row(const char *what, struct kfd_alloc_memory a)
{
    int error = ASK(RW, 0x16, a);
    row(what, error, "handle %llx", (unsigned long long)a.handle);
}

static void probe_alloc(void)
{
    uint32_t vram = KFD_MEM_VRAM | KFD_MEM_WRITABLE, gtt = KFD_MEM_GTT | KFD_MEM_WRITABLE;
    struct kfd_alloc_memory a = {.va = 1 << 30, .bytes = 2 << 20, .gpu_id = NO_GPU, .flags = vram};
    alloc_row("ALLOC VRAM of no GPU", a);
    a.gpu_id = 0;
    alloc_row("ALLOC VRAM of GPU 0", a);
    a.gpu_id = NO_GPU;
    a.flags = gtt;
    alloc_row("ALLOC GTT of no GPU", a);
    a.bytes = 0;
    alloc_row("ALLOC 0 bytes", a);
    a.bytes = 123;
    alloc_row("ALLOC 123 bytes", a);
    a.va = 0x1001;
    alloc_row("ALLOC at 0x1001", a);
    a = (struct kfd_alloc_memory){.va = 1 << 30, .bytes = 4096, .gpu_id = NO_GPU};
    alloc_row("ALLOC without flags", a);
    a.flags = KFD_MEM_USERPTR;
    alloc_row("ALLOC USERPTR of nothing", a);
    a.mmap_offset = 0x1234567;
    alloc_row("ALLOC USERPTR not aligned", a);
    a.flags = KFD_MEM_DOORBELL;
    alloc_row("ALLOC DOORBELL", a);
    a.flags = KFD_MEM_MMIO_REMAP;
    alloc_row("ALLOC MMIO_REMAP", a);
}

static void map_rows(const char *what, struct kfd_map_memory a)
{
    static const char *const names[] = {"MAP", "UNMAP"};
    char text[80];
    for (unsigned i = 0; i < 2; i++) {
        struct kfd_map_memory b = a;
        int error = ask(RW, 0x18 + i, &b, sizeof b);
        snprintf(text, sizeof text, "%s %s", names[i], what);
        row(text, error, "n_success %u", b.n_success);
    }
}

static void probe_handles(void)
{
    static const uint64_t handles[] = {0, 1, 0xdead00000000, 0xdead00000001, UINT64_MAX};
    uint32_t id = NO_GPU;
    char what[60];
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        struct kfd_free_memory f = {handles[i]};
        struct kfd_export_dmabuf x = {.handle = handles[i], .fd = 77};
        snprintf(what, sizeof what, "FREE handle %llx", (unsigned long long)handles[i]);
        plain(what, ASK(W, 0x17, f));
        snprintf(what, sizeof what, "handle %llx", (unsigned long long)handles[i]);
        map_rows(what, (struct kfd_map_memory){handles[i], (uintptr_t)&id, 1, 0});
        int error = ASK(RW, 0x24, x);
        snprintf(what, sizeof what, "EXPORT_DMABUF handle %llx", (unsigned long long)handles[i]);
        row(what, error, "%u", x.fd);
    }
    map_rows("no devices", (struct kfd_map_memory){0, (uintptr_t)&id, 0, 0});
    map_rows("n_success 2 of 1", (struct kfd_map_memory){0, (uintptr_t)&id, 1, 2});
    map_rows("n_success 1 of 1", (struct kfd_map_memory){0, (uintptr_t)&id, 1, 1});
    map_rows("list NULL", (struct kfd_map_memory){0, 0, 1, 0});
    map_rows("list at a bad pointer", (struct kfd_map_memory){0, BAD_POINTER, 1, 0});
    map_rows("0x40000000 devices", (struct kfd_map_memory){0, (uintptr_t)&id, 0x40000000, 0});
}

/* ---- queues ---- */

static struct kfd_create_queue queue_good(void)
{
    return (struct kfd_create_queue){.ring_va = 0x10000000,
                                     .wptr_va = 0x20000038,
                                     .rptr_va = 0x20000080,
                                     .ring_bytes = 4096,
                                     .gpu_id = NO_GPU,
                                     .type = KFD_QUEUE_AQL,
                                     .percentage = 100,
                                     .priority = 7,
                                     .queue_id = 77};
}

static void queue_row(const char *what, struct kfd_create_queue q, unsigned bytes)
{
    int error = ask(RW, 2, &q, bytes);
    row(what, error, "queue_id %u ring_bytes %u", q.queue_id, q.ring_bytes);
}

#define QUEUE(what, field, value)                     \
    do {                                              \
        struct kfd_create_queue q = queue_good();     \
        q.field = value;                              \
        queue_row("CREATE_QUEUE " what, q, sizeof q); \
    } while (0)

static void probe_queue_create(void)
{
    queue_row("CREATE_QUEUE good", queue_good(), sizeof(struct kfd_create_queue));
    QUEUE("GPU 0", gpu_id, 0);
    QUEUE("PM4", type, KFD_QUEUE_COMPUTE);
    QUEUE("SDMA", type, KFD_QUEUE_SDMA);
    QUEUE("SDMA XGMI", type, KFD_QUEUE_SDMA_XGMI);
    QUEUE("SDMA by engine", type, KFD_QUEUE_SDMA_BY_ENGINE);
    QUEUE("type 9", type, 9);
    QUEUE("percentage 101", percentage, 101);
    QUEUE("percentage 0x164", percentage, 0x164);
    QUEUE("priority 16", priority, 16);
    QUEUE("ring of 3000", ring_bytes, 3000);
    QUEUE("ring of 0", ring_bytes, 0);
    QUEUE("ring of 512", ring_bytes, 512);
    QUEUE("ring at a kernel address", ring_va, KERNEL_ADDRESS);
    QUEUE("rptr at a kernel address", rptr_va, KERNEL_ADDRESS);
    QUEUE("wptr at a kernel address", wptr_va, KERNEL_ADDRESS);
    QUEUE("EOP at a kernel address", eop_va, KERNEL_ADDRESS);
    QUEUE("CWSR at a kernel address", cwsr_va, KERNEL_ADDRESS);
    QUEUE("wptr NULL", wptr_va, 0);
    struct kfd_create_queue q = queue_good();
    q.type = 9;
    q.wptr_va = KERNEL_ADDRESS;
    queue_row("CREATE_QUEUE type 9 and a bad wptr", q, sizeof q);
    q.ring_bytes = 3000;
    queue_row("CREATE_QUEUE and a bad ring size", q, sizeof q);
    queue_row("CREATE_QUEUE of 88 bytes", queue_good(), 88);
}

static void probe_queue_ids(void)
{
    static const uint32_t ids[] = {0, 1, 5, 1024, UINT32_MAX};
    uint32_t mask[64] = {0};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct kfd_destroy_queue d = {.queue_id = ids[i]};
        struct kfd_update_queue u = {.queue_id = ids[i], .ring_va = 1 << 30, .ring_bytes = 4096};
        struct kfd_wave_state w = {.queue_id = ids[i]};
        struct kfd_set_cu_mask m = {ids[i], 32, (uintptr_t)mask};
        struct kfd_alloc_gws g = {.queue_id = ids[i]};
        printf("queue id 0x%x\n", ids[i]);
        plain("DESTROY_QUEUE", ASK(RW, 3, d));
        plain("UPDATE_QUEUE", ASK(W, 7, u));
        plain("GET_QUEUE_WAVE_STATE", ASK(RW, 0x1b, w));
        plain("SET_CU_MASK", ASK(W, 0x1a, m));
        plain("ALLOC_QUEUE_GWS", ASK(RW, 0x1e, g));
    }
}

static void probe_queue_args(void)
{
    uint32_t mask[64] = {0};
    struct kfd_set_cu_mask m = {0, 33, (uintptr_t)mask};
    plain("SET_CU_MASK 33 bits", ASK(W, 0x1a, m));
    m.bits = 0;
    plain("SET_CU_MASK 0 bits", ASK(W, 0x1a, m));
    m = (struct kfd_set_cu_mask){0, 32, BAD_POINTER};
    plain("SET_CU_MASK bad pointer", ASK(W, 0x1a, m));
    m = (struct kfd_set_cu_mask){0, 2048, (uintptr_t)mask};
    plain("SET_CU_MASK 2048 bits", ASK(W, 0x1a, m));
    struct kfd_update_queue u = {.ring_va = 1 << 30, .ring_bytes = 4096, .percentage = 101};
    plain("UPDATE_QUEUE percentage 101", ASK(W, 7, u));
    u.percentage = 100;
    u.priority = 16;
    plain("UPDATE_QUEUE priority 16", ASK(W, 7, u));
    u.priority = 0;
    u.ring_bytes = 3000;
    plain("UPDATE_QUEUE ring of 3000", ASK(W, 7, u));
    u.ring_bytes = 4096;
    u.ring_va = KERNEL_ADDRESS;
    plain("UPDATE_QUEUE ring at a kernel address", ASK(W, 7, u));
}

/* ---- the rest ---- */

static void probe_svm(void)
{
    struct {
        struct kfd_svm svm;
        uint32_t attribute[8];
    } a = {.svm = {.start = 0x10000000, .bytes = 4096, .op = 1, .n_attributes = 4}, .attribute = {5, 1}};
    int error = ASK(RW, 0x20, a);
    row("SVM 4 attributes", error, "%u %u", a.attribute[0], a.attribute[1]);
    plain("SVM 4 attributes, place for 1", ask(RW, 0x20, &a, 32));
    a.svm.n_attributes = 0;
    plain("SVM no attributes", ask(RW, 0x20, &a, 24));
    plain("SVM cut short", ask(RW, 0x20, &a, 16));
    for (int32_t mode = -1; mode <= 1; mode++) {
        int32_t xnack = mode;
        int error = ASK(RW, 0x21, xnack);
        row("SET_XNACK_MODE", error, "%d to %d", mode, xnack);
    }
}

static void probe_runtime(void)
{
    static const uint32_t modes[] = {0, 1, 1, 0, 0, 3, 0, 1, 0, 2, 0xf0};
    uint64_t r_debug = 0;
    char what[40];
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct kfd_runtime_enable r = {(uintptr_t)&r_debug, modes[i], 0x55};
        int error = ASK(RW, 0x25, r);
        snprintf(what, sizeof what, "RUNTIME_ENABLE mode 0x%x", modes[i]);
        row(what, error, "capabilities 0x%x", r.capabilities);
    }
}

static void probe_profiler(void)
{
    char what[40];
    for (unsigned op = 0; op <= 5; op++) {
        uint32_t w[4] = {op, 0, 1, 0};
        snprintf(what, sizeof what, "PROFILER %u without a capability", op);
        int error = ASK(RW, KFD_NR_PROFILER, w);
        row(what, error, "%u", w[1]);
    }
}

/* Without the capabilities that they want, so that the answers do not depend on who runs this. */
static void probe_incapable(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3], left[_LINUX_CAPABILITY_U32S_3];
    char what[40];
    if (syscall(SYS_capget, &header, had))
        return;
    memcpy(left, had, sizeof left);
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        left[i].effective = 0;
    syscall(SYS_capset, &header, left);
    for (uint32_t op = 0; op <= KFD_CRIU_RESUME + 1; op++) {
        struct kfd_criu a = {.op = op};
        snprintf(what, sizeof what, "CRIU_OP %u without a capability", op);
        plain(what, ASK(RW, KFD_NR_CRIU_OP, a));
    }
    plain("CRIU_OP without a capability, bad pointer", ask(RW, KFD_NR_CRIU_OP, (void *)BAD_POINTER, 56));
    probe_profiler();
    syscall(SYS_capset, &header, had);
}

/* ---- the debugger's calls, on other processes and on this one ---- */

static int debug_of(pid_t pid, uint32_t op)
{
    struct kfd_debug a = {.pid = (uint32_t)pid, .op = op};
    a.enable.fd = -1;
    return ASK(RW, KFD_NR_DBG_TRAP, a);
}

static void probe_debug_of(const char *who, pid_t pid)
{
    static const struct {
        uint32_t op;
        const char *name;
    } ops[] = {
        {KFD_DEBUG_DISABLE, "disable"}, {KFD_DEBUG_QUERY_EVENT, "query"}, {KFD_DEBUG_SUSPEND, "suspend"}};
    char what[80];
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        snprintf(what, sizeof what, "DBG_TRAP %s of %s", ops[i].name, who);
        plain(what, debug_of(pid, ops[i].op));
    }
}

/* A child that waits until its end of the pipe is closed; with or without a descriptor of its own. */
static pid_t child_start(bool opens, bool traced, int ends[2])
{
    int ready[2];
    char c;
    if (pipe(ends) || pipe(ready))
        return -1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        if (opens && open("/dev/kfd", O_RDWR | O_CLOEXEC) < 0)
            _exit(1);
        if (traced)
            ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)!write(ready[1], "", 1);
        (void)!read(ends[0], &c, 1);
        _exit(0);
    }
    (void)!read(ready[0], &c, 1);
    close(ready[0]);
    close(ready[1]);
    close(ends[0]);
    return child;
}

static void probe_debug_child(const char *who, bool opens, bool traced)
{
    int ends[2];
    char what[80];
    pid_t child = child_start(opens, traced, ends);
    if (child < 0)
        return;
    if (!traced) {
        snprintf(what, sizeof what, "DBG_TRAP enable of %s", who);
        plain(what, debug_of(child, KFD_DEBUG_ENABLE));
    }
    probe_debug_of(who, child);
    close(ends[1]);
    waitpid(child, NULL, 0);
}

static void *other_thread(void *arg)
{
    *(pid_t *)arg = gettid();
    return arg;
}

static void probe_debug_others(void)
{
    pid_t gone = 0;
    pthread_t thread;
    probe_debug_child("a child without KFD", false, false);
    probe_debug_child("a child with KFD", true, false);
    probe_debug_child("a traced child without KFD", false, true);
    probe_debug_child("a traced child with KFD", true, true);
    plain("DBG_TRAP disable of a kernel thread", debug_of(2, KFD_DEBUG_DISABLE));
    plain("DBG_TRAP disable of process 0", debug_of(0, KFD_DEBUG_DISABLE));
    if (!pthread_create(&thread, NULL, other_thread, &gone) && !pthread_join(thread, NULL))
        plain("DBG_TRAP disable of a thread that ended", debug_of(gone, KFD_DEBUG_DISABLE));
}

/* ---- on this process itself ---- */

static int debug_op(uint32_t op, struct kfd_debug *a)
{
    a->pid = (uint32_t)getpid();
    a->op = op;
    return ASK(RW, KFD_NR_DBG_TRAP, *a);
}

static void probe_debug_ops(const char *when)
{
    for (uint32_t op = 1; op < 20; op++) {
        struct kfd_debug a = {0};
        char what[64];
        if (op == KFD_DEBUG_DISABLE)
            continue;
        snprintf(what, sizeof what, "DBG_TRAP %s, operation %u", when, op);
        plain(what, debug_op(op, &a));
    }
}

static void probe_debug_snapshots(void)
{
    struct kfd_debug a = {.snapshot = {.to_va = (uintptr_t)&a, .n = 4, .entry_bytes = 500}};
    int error = debug_op(KFD_DEBUG_QUEUE_SNAPSHOT, &a);
    row("DBG_TRAP queue snapshot", error, "%u entries of %u", a.snapshot.n, a.snapshot.entry_bytes);
    a.snapshot.entry_bytes = 0;
    plain("DBG_TRAP queue snapshot, entry size 0", debug_op(KFD_DEBUG_QUEUE_SNAPSHOT, &a));
    a = (struct kfd_debug){.snapshot = {.to_va = (uintptr_t)&a, .n = 4, .entry_bytes = 500}};
    error = debug_op(KFD_DEBUG_DEVICE_SNAPSHOT, &a);
    row("DBG_TRAP device snapshot", error, "%u entries of %u", a.snapshot.n, a.snapshot.entry_bytes);
    a = (struct kfd_debug){.snapshot = {.n = 4, .entry_bytes = 64}};
    plain("DBG_TRAP device snapshot to NULL", debug_op(KFD_DEBUG_DEVICE_SNAPSHOT, &a));
}

static void probe_debug_queries(void)
{
    uint8_t info[64];
    static const uint32_t codes[] = {0, 1, 7, 16, 31, 32, 33, 37, 48, 49, 50, 64};
    for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct kfd_debug a = {.exception = {.info_va = (uintptr_t)info, .info_bytes = 64, .code = codes[i]}};
        char what[64];
        snprintf(what, sizeof what, "DBG_TRAP exception %u", codes[i]);
        plain(what, debug_op(KFD_DEBUG_QUERY_EXCEPTION, &a));
    }
    struct kfd_debug a = {.event = {.exceptions = KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION), .gpu_id = NO_GPU}};
    plain("DBG_TRAP send a memory violation of no GPU", debug_op(KFD_DEBUG_SEND_EVENT, &a));
    a = (struct kfd_debug){.event = {.exceptions = 1, .queue_id = 7}};
    plain("DBG_TRAP send an exception of no queue", debug_op(KFD_DEBUG_SEND_EVENT, &a));
}

/* With the runtime enabled. The order matters: enabled under a debugger it would wait for it. */
static void probe_debug_hardware(void)
{
    uint32_t ids[2] = {0, 7};
    struct kfd_debug a = {.launch_mode = {.mode = 2}};
    plain("DBG_TRAP launch mode 2", debug_op(KFD_DEBUG_SET_LAUNCH_MODE, &a));
    a = (struct kfd_debug){.launch_mode = {.mode = 1}};
    plain("DBG_TRAP launch mode 1", debug_op(KFD_DEBUG_SET_LAUNCH_MODE, &a));
    a = (struct kfd_debug){.launch_override = {.supported = 1}};
    int error = debug_op(KFD_DEBUG_SET_OVERRIDE, &a);
    row("DBG_TRAP launch override", error, "supported 0x%x", a.launch_override.supported);
    a = (struct kfd_debug){.suspend = {.queues_va = (uintptr_t)ids, .n = 2}};
    error = debug_op(KFD_DEBUG_SUSPEND, &a);
    row("DBG_TRAP suspend no such queues", error, "0x%x 0x%x", ids[0], ids[1]);
    ids[0] = 0, ids[1] = 7;
    a = (struct kfd_debug){.resume = {.queues_va = (uintptr_t)ids, .n = 2}};
    error = debug_op(KFD_DEBUG_RESUME, &a);
    row("DBG_TRAP resume no such queues", error, "0x%x 0x%x", ids[0], ids[1]);
    a = (struct kfd_debug){.suspend = {.n = 2}};
    plain("DBG_TRAP suspend without a list", debug_op(KFD_DEBUG_SUSPEND, &a));
    a = (struct kfd_debug){.suspend = {.queues_va = (uintptr_t)ids, .n = 1025}};
    plain("DBG_TRAP suspend 1025 queues", debug_op(KFD_DEBUG_SUSPEND, &a));
    a = (struct kfd_debug){.watch = {.gpu_id = NO_GPU}};
    plain("DBG_TRAP watch on no GPU", debug_op(KFD_DEBUG_SET_WATCH, &a));
    a = (struct kfd_debug){.unwatch = {.gpu_id = NO_GPU}};
    plain("DBG_TRAP end a watch on no GPU", debug_op(KFD_DEBUG_CLEAR_WATCH, &a));
    a = (struct kfd_debug){.flags = {.flags = 3}};
    error = debug_op(KFD_DEBUG_SET_FLAGS, &a);
    row("DBG_TRAP flags 3", error, "before 0x%x", a.flags.flags);
    a = (struct kfd_debug){.flags = {.flags = 0}};
    error = debug_op(KFD_DEBUG_SET_FLAGS, &a);
    row("DBG_TRAP flags 0", error, "before 0x%x", a.flags.flags);
}

static int debug_enable(int fd, uint64_t info_va, uint32_t *info_bytes)
{
    struct kfd_debug a = {.enable = {.info_va = info_va, .info_bytes = *info_bytes, .fd = fd}};
    a.enable.exceptions = ~0ull;
    int error = debug_op(KFD_DEBUG_ENABLE, &a);
    *info_bytes = a.enable.info_bytes;
    return error;
}

static void probe_debug(void)
{
    struct kfd_runtime_info info = {0};
    struct kfd_runtime_enable on = {.r_debug = 0x1234, .mode = 3}, off = {0};
    struct kfd_debug a = {.pid = 99999, .op = KFD_DEBUG_ENABLE};
    uint32_t bytes = 100;
    int ends[2];
    plain("DBG_TRAP of no process", ASK(RW, KFD_NR_DBG_TRAP, a));
    probe_debug_ops("before it is enabled");
    plain("DBG_TRAP enable, descriptor 9999", debug_enable(9999, (uintptr_t)&info, &bytes));
    if (pipe(ends))
        return;
    plain("DBG_TRAP enable, information to a bad pointer", debug_enable(ends[1], BAD_POINTER, &bytes));
    int error = debug_enable(ends[1], (uintptr_t)&info, &bytes);
    row("DBG_TRAP enable", error, "%u bytes, state %u, ttmps %u", bytes, info.state, info.ttmp_setup);
    if (error)
        return; /* a kernel without it */
    plain("DBG_TRAP enable again", debug_enable(ends[1], (uintptr_t)&info, &bytes));
    probe_debug_ops("enabled");
    probe_debug_snapshots();
    probe_debug_queries();
    a = (struct kfd_debug){0};
    plain("DBG_TRAP disable", debug_op(KFD_DEBUG_DISABLE, &a));
    plain("DBG_TRAP disable again", debug_op(KFD_DEBUG_DISABLE, &a));
    plain("RUNTIME_ENABLE before a debugger", ASK(RW, KFD_NR_RUNTIME_ENABLE, on));
    bytes = 100;
    error = debug_enable(ends[1], (uintptr_t)&info, &bytes);
    row("DBG_TRAP enable with the runtime on", error, "%u bytes, state %u, ttmps %u, r_debug 0x%x", bytes,
        info.state, info.ttmp_setup, (unsigned)info.r_debug);
    probe_debug_hardware();
    plain("DBG_TRAP disable with the runtime on", debug_op(KFD_DEBUG_DISABLE, &a));
    plain("RUNTIME_ENABLE off", ASK(RW, KFD_NR_RUNTIME_ENABLE, off));
    close(ends[0]);
    close(ends[1]);
}

static void probe_sharing(void)
{
    uint32_t id = event_make(NULL, KFD_EVENT_SIGNAL, 0, 0).event_id;
    int first = kfd;
    kfd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
    plain("SET_EVENT through another descriptor", event_do(SET, id));
    close(first);
    plain("SET_EVENT after the first is closed", event_do(SET, id));
    close(kfd);
    kfd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
    plain("SET_EVENT after all are closed and one opened", event_do(SET, id));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    kfd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
    plain("open", kfd < 0 ? errno : 0);
    if (kfd < 0)
        return 1;
    probe_descriptor();
    probe_mmap();
    probe_version();
    probe_numbers();
    probe_process();
    probe_event_create();
    probe_event_page();
    probe_event_set();
    probe_wait();
    probe_wait_bad();
    probe_wait_threads();
    probe_wait_signals();
    probe_wait_age();
    probe_limits();
    probe_apertures();
    probe_gpu(0);
    probe_gpu(NO_GPU);
    probe_gpu(UINT32_MAX);
    probe_dmabuf();
    probe_alloc();
    probe_handles();
    probe_queue_create();
    probe_queue_ids();
    probe_queue_args();
    probe_svm();
    probe_runtime();
    probe_incapable();
    probe_debug_others();
    probe_debug();
    probe_sharing();
    return 0;
}
