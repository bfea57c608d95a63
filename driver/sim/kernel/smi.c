/*
 * smi.c - SMI_EVENTS: a descriptor on which the kernel tells of a GPU's resets, evictions, faults and
 * throttling, a line of text each, as far as a mask asks for them.
 *
 * A socket pair stands for the kernel's anonymous file: reading and polling need no help then. Like there, a
 * line that does not fit is dropped, and an empty one answers EAGAIN. Facts: kfd_smi_events.c of Linux 6.1
 * and 6.12 and KFD_EVENT_FMT_* of the uapi; who may see whose events is not simulated: this process is the
 * only one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"

enum { CLIENTS = 256, FIFO_BYTES = 8192, LINE = 160, RESET_CAUSE_MINOR = 17 };

static struct client {
    const struct sim_gpu *gpu; /* NULL: free */
    int fd;                    /* our end */
    uint64_t mask;
} clients[CLIENTS];
static pthread_mutex_t clients_lock = PTHREAD_MUTEX_INITIALIZER;

/* preload.c has the real one: whoever writes to that descriptor writes to the client. */
__attribute__((weak)) void sim_smi_made(int fd, unsigned client)
{
    (void)fd;
    (void)client;
}

/* Lock held. */
static struct client *client_free(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (!clients[i].gpu)
            return &clients[i];
    return NULL;
}

int sim_smi_open(const struct sim_gpu *gpu, uint32_t *fd)
{
    int ends[2], bytes = FIFO_BYTES;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
        return -errno;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    ends[0] = sim_fd_high(ends[0]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    pthread_mutex_lock(&clients_lock);
    struct client *client = client_free();
    if (client)
        *client = (struct client){sim_gpu_card(gpu), ends[0], 0};
    pthread_mutex_unlock(&clients_lock);
    if (!client) {
        close(ends[0]);
        close(ends[1]);
        return -ENFILE;
    }
    sim_smi_made(ends[1], (unsigned)(client - clients));
    *fd = (uint32_t)ends[1];
    return 0;
}

int sim_smi_write(unsigned client, const void *from, size_t bytes)
{
    uint64_t mask;
    if (bytes < sizeof mask || client >= CLIENTS || sim_user_read(&mask, (uintptr_t)from, sizeof mask))
        return -EFAULT;
    pthread_mutex_lock(&clients_lock);
    clients[client].mask = mask;
    pthread_mutex_unlock(&clients_lock);
    return sizeof mask;
}

/* A client is let go when its other end turns out to be closed. */
static void client_send(struct client *client, const char *line, size_t length)
{
    if (send(client->fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE) {
        close(client->fd);
        *client = (struct client){0};
    }
}

static void tell(const struct sim_gpu *gpu, unsigned event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void tell(const struct sim_gpu *gpu, unsigned event, const char *format, ...)
{
    char line[LINE];
    va_list args;
    size_t n = (size_t)snprintf(line, sizeof line, "%x ", event);
    va_start(args, format);
    n += (size_t)vsnprintf(line + n, sizeof line - n, format, args);
    va_end(args);
    pthread_mutex_lock(&clients_lock);
    for (unsigned i = 0; i < CLIENTS; i++)
        if (clients[i].gpu == sim_gpu_card(gpu) && clients[i].mask >> (event - 1) & 1)
            client_send(&clients[i], line, n);
    pthread_mutex_unlock(&clients_lock);
}

/* ---- what there is to tell ---- */

static long long boot_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

void sim_smi_fault(const struct sim_gpu *gpu)
{
    char name[32] = "?";
    FILE *file = fopen("/proc/self/comm", "re");
    if (file && fgets(name, sizeof name, file))
        name[strcspn(name, "\n")] = 0;
    if (file)
        fclose(file);
    tell(gpu, KFD_SMI_VMFAULT, "%x:%s\n", (unsigned)getpid(), name);
}

void sim_smi_reset(struct sim_gpu *gpu, bool after, const char *cause)
{
    unsigned n = after ? atomic_load(&gpu->resets) : atomic_fetch_add(&gpu->resets, 1) + 1;
    unsigned event = after ? KFD_SMI_POST_RESET : KFD_SMI_PRE_RESET;
    if (sim_kfd_minor() >= RESET_CAUSE_MINOR)
        tell(gpu, event, "%x %s\n", n, after ? "" : cause);
    else
        tell(gpu, event, "%x\n", n);
}

void sim_smi_evict(const struct sim_gpu *gpu, enum sim_evict_trigger trigger)
{
    tell(gpu, KFD_SMI_QUEUE_EVICTION, "%lld -%d %x %d\n", boot_ns(), (int)getpid(), gpu->gpu_id,
         (int)trigger);
}

void sim_smi_restore(const struct sim_gpu *gpu)
{
    if (sim_kfd_minor() >= RESET_CAUSE_MINOR)
        tell(gpu, KFD_SMI_QUEUE_RESTORE, "%lld -%d %x %c\n", boot_ns(), (int)getpid(), gpu->gpu_id, '0');
    else
        tell(gpu, KFD_SMI_QUEUE_RESTORE, "%lld -%d %x\n", boot_ns(), (int)getpid(), gpu->gpu_id);
}

/* Addresses and sizes are in pages (kfd_svm.c, svm_range_unmap_from_gpus()). */
void sim_smi_unmapped(const struct sim_gpu *gpu, uint64_t start, uint64_t end)
{
    enum { UNMAP_FROM_CPU = 2 };
    tell(gpu, KFD_SMI_UNMAP_FROM_GPU, "%lld -%d @%lx(%lx) %x %d\n", boot_ns(), (int)getpid(),
         start / SIM_PAGE, (end - start) / SIM_PAGE, gpu->gpu_id, UNMAP_FROM_CPU);
}

void sim_smi_throttle(struct sim_gpu *gpu, uint64_t why)
{
    tell(gpu, KFD_SMI_THERMAL_THROTTLE, "%llx:%llx\n", (unsigned long long)why,
         (unsigned long long)atomic_fetch_add(&gpu->throttles, 1) + 1);
}

/* ---- fork ---- */

void sim_smi_forget(void)
{
    pthread_mutex_init(&clients_lock, NULL);
    for (unsigned i = 0; i < CLIENTS; i++)
        if (clients[i].gpu)
            close(clients[i].fd);
    memset(clients, 0, sizeof clients);
}
