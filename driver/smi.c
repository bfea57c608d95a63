/*
 * smi.c - what the kernel tells of each GPU beside the events: resets and their cause, evictions, throttling.
 *
 * A thread of its own, since WAIT_EVENTS cannot wait for a descriptor; it sleeps in poll(). All of it is help
 * that may be missing: without SMI events nothing else changes. A line may come in pieces (kernels up to 6.0
 * hand out 8 bytes a read). Sources: Linux amdkfd/kfd_smi_events.c; formats: uapi kfd_ioctl.h,
 * KFD_EVENT_FMT_*.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum smi_id {
    SMI_VMFAULT = 1,
    SMI_THERMAL_THROTTLE,
    SMI_PRE_RESET,
    SMI_POST_RESET,
    SMI_QUEUE_EVICTION = 9,
    SMI_QUEUE_RESTORE,
    SMI_UNMAP,
    SMI_PROCESS_START,
    SMI_PROCESS_END,
    SMI_IDS
};
enum { SMI_MINOR = 3, LINE = 256, TEXT = 400 };
#define SMI_THREAD_NAME "gpu-smi"

struct client {
    struct gpu *gpu;
    char line[LINE];
    size_t length;
};

struct smi {
    struct gpu_system *sys;
    pthread_t thread;
    bool runs;
    int stop; /* eventfd */
    unsigned n;
    struct client *clients;
    struct pollfd *polled; /* n of them, then stop */
};

/* ---- lines ---- */

static void report(struct gpu *gpu, enum gpu_event_kind kind, const char *text)
{
    system_report(gpu->sys, &(struct gpu_event){.kind = kind, .gpu = gpu, .text = text});
}

/* Our own faults come with an address, as events. */
static void take_fault(struct gpu *gpu, const char *rest)
{
    unsigned pid;
    char name[64] = "", text[TEXT];
    if (sscanf(rest, "%x:%63[^\n]", &pid, name) < 1 || pid == (unsigned)getpid())
        return;
    snprintf(text, sizeof text, "process %u (%s) had a memory fault on gpu%u", pid, name, gpu->index);
    report(gpu, GPU_EVENT_PROCESS, text);
}

static void take_throttle(struct gpu *gpu, const char *rest)
{
    uint64_t bits, count;
    char text[TEXT];
    if (sscanf(rest, "%" SCNx64 ":%" SCNx64, &bits, &count) != 2)
        return;
    snprintf(text, sizeof text,
             "gpu%u is too hot or draws too much and slows down (reasons 0x%" PRIx64 ", %" PRIu64
             " times so far)",
             gpu->index, bits, count);
    report(gpu, GPU_EVENT_THROTTLE, text);
}

static void take_pre_reset(struct gpu *gpu, const char *rest)
{
    unsigned number;
    char cause[128] = "", text[TEXT];
    if (sscanf(rest, "%x %127[^\n]", &number, cause) < 1)
        return;
    snprintf(text, sizeof text, "the kernel begins reset %u of gpu%u%s%s", number, gpu->index,
             *cause ? ": " : "", cause);
    atomic_fetch_add(&gpu->resets_begun, 1);
    report(gpu, GPU_EVENT_RESETTING, text);
}

/* The event thread looks whether it was told. */
static void take_post_reset(struct gpu *gpu, const char *rest)
{
    (void)rest;
    atomic_fetch_add(&gpu->resets_over, 1);
    event_wake(gpu->sys);
}

static void take_eviction(struct gpu *gpu, const char *rest)
{
    static const char *const triggers[] = {"SVM",     "user memory moved", "VRAM is short",
                                           "suspend", "CRIU checkpoint",   "CRIU restore"};
    int pid;
    unsigned trigger, gpu_id;
    char text[TEXT];
    if (sscanf(rest, "%*d -%d %x %u", &pid, &gpu_id, &trigger) != 3)
        return;
    snprintf(text, sizeof text, "the kernel took the queues of process %d off gpu%u: %s", pid, gpu->index,
             trigger < sizeof triggers / sizeof *triggers ? triggers[trigger] : "for an unknown reason");
    report(gpu, GPU_EVENT_EVICT, text);
}

static void take_restore(struct gpu *gpu, const char *rest)
{
    int pid;
    unsigned gpu_id;
    char again = 0, text[TEXT];
    if (sscanf(rest, "%*d -%d %x %c", &pid, &gpu_id, &again) < 2)
        return;
    snprintf(text, sizeof text, "the kernel %s the queues of process %d on gpu%u",
             again == 'R' ? "could not yet restore" : "restored", pid, gpu->index);
    report(gpu, GPU_EVENT_RESTORE, text);
}

static void take_unmap(struct gpu *gpu, const char *rest)
{
    int pid;
    uint64_t page, pages;
    char text[TEXT];
    if (sscanf(rest, "%*d -%d @%" SCNx64 "(%" SCNx64 ")", &pid, &page, &pages) != 3)
        return;
    snprintf(text, sizeof text,
             "the kernel unmapped %" PRIu64 " bytes at 0x%" PRIx64 " of process %d from gpu%u",
             pages * PAGE_BYTES, page * PAGE_BYTES, pid, gpu->index);
    report(gpu, GPU_EVENT_UNMAP, text);
}

static void take_process(struct gpu *gpu, const char *rest, const char *what)
{
    unsigned pid;
    char name[64] = "", text[TEXT];
    if (sscanf(rest, "%x %63[^\n]", &pid, name) < 1)
        return;
    snprintf(text, sizeof text, "process %u (%s) %s gpu%u", pid, name, what, gpu->index);
    report(gpu, GPU_EVENT_PROCESS, text);
}

static void take_process_start(struct gpu *gpu, const char *rest)
{
    take_process(gpu, rest, "opened");
}

static void take_process_end(struct gpu *gpu, const char *rest)
{
    take_process(gpu, rest, "let go of");
}

static void (*const takers[SMI_IDS])(struct gpu *gpu, const char *rest) = {
    [SMI_VMFAULT] = take_fault,
    [SMI_THERMAL_THROTTLE] = take_throttle,
    [SMI_PRE_RESET] = take_pre_reset,
    [SMI_POST_RESET] = take_post_reset,
    [SMI_QUEUE_EVICTION] = take_eviction,
    [SMI_QUEUE_RESTORE] = take_restore,
    [SMI_UNMAP] = take_unmap,
    [SMI_PROCESS_START] = take_process_start,
    [SMI_PROCESS_END] = take_process_end,
};

static void take_line(struct gpu *gpu, const char *line)
{
    unsigned id;
    int length = 0;
    if (sscanf(line, "%x%n", &id, &length) == 1 && id < SMI_IDS && takers[id] && line[length] == ' ')
        takers[id](gpu, line + length + 1);
}

/* ---- the thread ---- */

static void take_bytes(struct client *client, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            client->line[client->length] = 0;
            take_line(client->gpu, client->line);
            client->length = 0;
        } else if (bytes[i] &&
                   client->length + 1 < sizeof client->line) { /* some kernels end one with a NUL */
            client->line[client->length++] = bytes[i];
        }
    }
}

/* False: there will be no more. */
static bool take(struct smi *smi, unsigned i)
{
    char bytes[1024];
    ssize_t n = read(smi->polled[i].fd, bytes, sizeof bytes);
    if (n > 0)
        take_bytes(&smi->clients[i], bytes, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void *smi_main(void *arg)
{
    struct smi *smi = arg;
    for (;;) {
        if (poll(smi->polled, smi->n + 1, -1) < 0 && errno != EINTR)
            return NULL;
        if (smi->polled[smi->n].revents)
            return NULL;
        for (unsigned i = 0; i < smi->n; i++)
            if (smi->polled[i].revents && !take(smi, i)) {
                close(smi->polled[i].fd);
                smi->polled[i].fd = -1; /* poll() skips it */
            }
    }
}

/* ---- opening ---- */

static int open_client(struct gpu *gpu)
{
    uint64_t mask = 0;
    int fd;
    for (unsigned id = 1; id < SMI_IDS; id++)
        if (takers[id])
            mask |= UINT64_C(1) << (id - 1);
    if (kfd_smi_events(&gpu->sys->kfd, gpu->info.gpu_id, &fd))
        return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (write(fd, &mask, sizeof mask) == sizeof mask)
        return fd;
    close(fd);
    return -1;
}

static bool start(struct smi *smi)
{
    smi->stop = eventfd(0, EFD_CLOEXEC);
    if (smi->stop < 0)
        return false;
    smi->polled[smi->n] = (struct pollfd){.fd = smi->stop, .events = POLLIN};
    smi->runs = !thread_start(&smi->thread, SMI_THREAD_NAME, smi_main, smi);
    return smi->runs;
}

void smi_open(struct gpu_system *sys)
{
    struct smi *smi = sys->kfd.version.minor < SMI_MINOR ? NULL : calloc(1, sizeof *smi);
    if (!smi)
        return;
    sys->smi = smi;
    smi->sys = sys;
    smi->stop = -1;
    smi->clients = calloc(sys->n_gpus + 1, sizeof *smi->clients);
    smi->polled = calloc(sys->n_gpus + 1, sizeof *smi->polled);
    for (unsigned i = 0; smi->clients && smi->polled && i < sys->n_gpus; i++) {
        int fd = open_client(&sys->gpus[i]);
        if (fd < 0)
            continue;
        smi->clients[smi->n].gpu = &sys->gpus[i];
        smi->polled[smi->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    if (!smi->n || !start(smi))
        smi_close(sys);
}

void smi_close(struct gpu_system *sys)
{
    struct smi *smi = sys->smi;
    uint64_t one = 1;
    if (!smi)
        return;
    if (smi->runs && write(smi->stop, &one, sizeof one) == sizeof one)
        pthread_join(smi->thread, NULL);
    for (unsigned i = 0; i < smi->n; i++)
        if (smi->polled[i].fd >= 0)
            close(smi->polled[i].fd);
    if (smi->stop >= 0)
        close(smi->stop);
    free(smi->polled);
    free(smi->clients);
    free(smi);
    sys->smi = NULL;
}
