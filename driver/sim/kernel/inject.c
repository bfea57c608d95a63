/*
 * inject.c - makes a simulated GPU go wrong on request: /sys/kernel/debug/dri/N/inject.
 *
 * A write of one line is one command; it returns when the thing has happened to the GPU, which is before
 * anybody has noticed. What each of them does to a process is what amdkfd does (kfd_events.c,
 * kfd_device.c); a hung engine is one that takes no packet and gives no wave back.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/cu/count.h"
#include "sim/machine.h"
#include "sim/memory/vm.h"
#include "sim/models.h"

enum { WORDS = 6, LINE = 256, ERRNO_MAX = 530 };
#define LATER "KFDFS_SIM_REFUSE" /* IMAGES IOCTL ERRNO [COUNT [AFTER]] */

const char sim_inject_usage[] =
    "fault ADDRESS [read|write|execute]   a memory fault there\n"
    "hang QUEUE                           that queue takes no more packets\n"
    "dead sdma ENGINE                     no queue of that engine does\n"
    "evict | restore                      the kernel takes all queues off, and back\n"
    "throttle                             it is too hot\n"
    "reset [mode1|mode2 [MS]]             the kernel resets the GPU: mode1 (the default) loses its memory\n"
    "ecc | poison                         a memory error; one that was consumed\n"
    "lose                                 the GPU falls off the bus\n"
    "count 0|1                            how often each instruction is executed is counted\n"
    "refuse IOCTL ERRNO [COUNT [AFTER]]   ioctls of that name (or any) fail; SIGSEGV: kill\n"
    "refuse-later IMAGES IOCTL ERRNO [COUNT [AFTER]]   the same in so many images after each exec\n";

/* ---- ioctls that fail ---- */

static struct {
    pthread_mutex_t lock; /* guards the rest */
    unsigned nr;          /* 0: any */
    int error;
    uint64_t after, count;
} refusal = {.lock = PTHREAD_MUTEX_INITIALIZER};
static _Atomic bool refusing;

static const struct {
    const char *name;
    unsigned nr;
} ioctls[] = {
    {"any", 0},
    {"CREATE_QUEUE", KFD_NR_CREATE_QUEUE},
    {"DESTROY_QUEUE", KFD_NR_DESTROY_QUEUE},
    {"SET_MEMORY_POLICY", KFD_NR_SET_MEMORY_POLICY},
    {"GET_CLOCK_COUNTERS", KFD_NR_GET_CLOCK_COUNTERS},
    {"UPDATE_QUEUE", KFD_NR_UPDATE_QUEUE},
    {"CREATE_EVENT", KFD_NR_CREATE_EVENT},
    {"DESTROY_EVENT", KFD_NR_DESTROY_EVENT},
    {"SET_EVENT", KFD_NR_SET_EVENT},
    {"RESET_EVENT", KFD_NR_RESET_EVENT},
    {"WAIT_EVENTS", KFD_NR_WAIT_EVENTS},
    {"SET_TRAP_HANDLER", KFD_NR_SET_TRAP_HANDLER},
    {"GET_PROCESS_APERTURES_NEW", KFD_NR_GET_APERTURES_NEW},
    {"ACQUIRE_VM", KFD_NR_ACQUIRE_VM},
    {"ALLOC_MEMORY_OF_GPU", KFD_NR_ALLOC_MEMORY},
    {"FREE_MEMORY_OF_GPU", KFD_NR_FREE_MEMORY},
    {"MAP_MEMORY_TO_GPU", KFD_NR_MAP_MEMORY},
    {"UNMAP_MEMORY_FROM_GPU", KFD_NR_UNMAP_MEMORY},
    {"SET_CU_MASK", KFD_NR_SET_CU_MASK},
    {"IMPORT_DMABUF", KFD_NR_IMPORT_DMABUF},
    {"EXPORT_DMABUF", KFD_NR_EXPORT_DMABUF},
    {"AVAILABLE_MEMORY", KFD_NR_AVAILABLE_MEMORY},
    {"SMI_EVENTS", KFD_NR_SMI_EVENTS},
    {"RUNTIME_ENABLE", KFD_NR_RUNTIME_ENABLE},
};

static int ioctl_by_name(const char *name, unsigned *nr)
{
    for (unsigned i = 0; i < sizeof ioctls / sizeof *ioctls; i++)
        if (!strcmp(ioctls[i].name, name)) {
            *nr = ioctls[i].nr;
            return 0;
        }
    return -ENOENT;
}

/* Negative: a signal that the process gets, in the middle of it. */
static int errno_by_name(const char *name)
{
    for (int i = 1; i < NSIG && !strncmp(name, "SIG", 3); i++)
        if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), name + 3))
            return -i;
    for (int i = 1; i < ERRNO_MAX; i++) {
        const char *known = strerrorname_np(i);
        if (known && !strcmp(known, name))
            return i;
    }
    return 0;
}

int sim_inject_refuses(unsigned nr)
{
    int error = 0;
    if (!atomic_load_explicit(&refusing, memory_order_relaxed))
        return 0;
    pthread_mutex_lock(&refusal.lock);
    if (refusal.count && (!refusal.nr || refusal.nr == nr)) {
        if (refusal.after) {
            refusal.after--;
        } else {
            error = -refusal.error;
            if (!--refusal.count)
                atomic_store(&refusing, false);
        }
    }
    pthread_mutex_unlock(&refusal.lock);
    if (error > 0)
        raise(error);
    return error > 0 ? -EINTR : error;
}

/* ---- commands ---- */

static int number(const char *word, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = word ? strtoull(word, &end, 0) : 0;
    return !word || errno || end == word || *end ? -EINVAL : 0;
}

static int inject_fault(struct sim_gpu *gpu, char *const *word)
{
    uint64_t va;
    unsigned access = SIM_VM_READ;
    if (number(word[1], &va))
        return -EINVAL;
    if (word[2] && !strcmp(word[2], "write"))
        access = SIM_VM_WRITE;
    else if (word[2] && !strcmp(word[2], "execute"))
        access = SIM_VM_EXEC;
    else if (word[2] && strcmp(word[2], "read"))
        return -EINVAL;
    sim_event_memory_fault(gpu, va, access, true);
    return 0;
}

static int inject_hang(struct sim_gpu *gpu, char *const *word)
{
    uint64_t id;
    return number(word[1], &id) ? -EINVAL : sim_queue_hang(gpu, (uint32_t)id);
}

static int inject_dead(struct sim_gpu *gpu, char *const *word)
{
    uint64_t engine;
    if (!word[1] || strcmp(word[1], "sdma") || number(word[2], &engine))
        return -EINVAL;
    if (engine >= gpu->model->sdma_engines + gpu->model->sdma_xgmi_engines)
        return -ENOENT;
    atomic_fetch_or(&gpu->dead_sdma, 1ull << engine);
    return 0;
}

static int inject_evict(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    sim_evict_crowd(gpu, true);
    return 0;
}

static int inject_restore(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    sim_evict_crowd(gpu, false);
    return 0;
}

static int inject_throttle(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    sim_smi_throttle(gpu, 1);
    return 0;
}

static int inject_reset(struct sim_gpu *gpu, char *const *word)
{
    struct sim_reset how = {.cause = KFD_HW_HANG};
    uint64_t ms = 0;
    if (word[1] && strcmp(word[1], "mode1") && strcmp(word[1], "mode2"))
        return -EINVAL;
    if (word[1] && word[2] && number(word[2], &ms))
        return -EINVAL;
    how.keeps_memory = word[1] && !strcmp(word[1], "mode2");
    how.ms = (unsigned)ms;
    sim_reset(gpu, &how);
    return 0;
}

static int inject_ecc(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    sim_reset(gpu, &(struct sim_reset){.cause = KFD_HW_ECC});
    return 0;
}

/* The process that consumed bad data gets a signal beside its events. */
static int inject_poison(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    sim_event_poison(gpu);
    kill(getpid(), SIGBUS);
    return 0;
}

static int inject_lose(struct sim_gpu *gpu, char *const *word)
{
    (void)word;
    atomic_store(&gpu->lost, true);
    sim_reset(gpu, &(struct sim_reset){.cause = KFD_HW_HANG});
    return 0;
}

static int inject_count(struct sim_gpu *gpu, char *const *word)
{
    if (!word[1] || (strcmp(word[1], "0") && strcmp(word[1], "1")))
        return -EINVAL;
    sim_count_switch(gpu, *word[1] == '1');
    return 0;
}

static int refuse(char *const *word)
{
    unsigned nr;
    uint64_t count = 1, after = 0;
    int error;
    if (!word[1] || !word[2])
        return -EINVAL;
    if (ioctl_by_name(word[1], &nr) || !(error = errno_by_name(word[2])))
        return -ENOENT;
    if ((word[3] && number(word[3], &count)) || (word[3] && word[4] && number(word[4], &after)))
        return -EINVAL;
    pthread_mutex_lock(&refusal.lock);
    refusal.nr = nr;
    refusal.error = error;
    refusal.count = count;
    refusal.after = after;
    atomic_store(&refusing, count != 0);
    pthread_mutex_unlock(&refusal.lock);
    return 0;
}

static int inject_refuse(struct sim_gpu *gpu, char *const *word)
{
    (void)gpu;
    return refuse(word);
}

/* What an image of the process that does not exist yet is to meet goes there by the environment. */
static int tell_later(uint64_t images, char *const *word)
{
    char line[LINE];
    snprintf(line, sizeof line, "%llu %s %s %s %s", (unsigned long long)images, word[1], word[2],
             word[3] ? word[3] : "", word[3] && word[4] ? word[4] : "");
    return images ? setenv(LATER, line, 1) : unsetenv(LATER);
}

static int inject_refuse_later(struct sim_gpu *gpu, char *const *word)
{
    uint64_t images;
    (void)gpu;
    if (number(word[1], &images) || !word[2] || !word[3])
        return -EINVAL;
    return tell_later(images, word + 1) ? -ENOMEM : 0;
}

void sim_inject_start(void)
{
    char line[LINE], *save = NULL, *word[WORDS + 1] = {0};
    const char *later = getenv(LATER);
    uint64_t images;
    unsigned n = 0;
    if (!later)
        return;
    snprintf(line, sizeof line, "%s", later);
    for (char *at = strtok_r(line, " ", &save); at && n < WORDS; at = strtok_r(NULL, " ", &save))
        word[n++] = at;
    if (number(word[0], &images) || !images || refuse(word))
        unsetenv(LATER);
    else
        tell_later(images - 1, word);
}

static const struct {
    const char *name;
    int (*run)(struct sim_gpu *gpu, char *const *word);
} commands[] = {
    {"fault", inject_fault},
    {"hang", inject_hang},
    {"dead", inject_dead},
    {"evict", inject_evict},
    {"restore", inject_restore},
    {"throttle", inject_throttle},
    {"reset", inject_reset},
    {"ecc", inject_ecc},
    {"poison", inject_poison},
    {"lose", inject_lose},
    {"count", inject_count},
    {"refuse", inject_refuse},
    {"refuse-later", inject_refuse_later},
};

int sim_inject(struct sim_gpu *gpu, const char *bytes, size_t length)
{
    char line[LINE], *save = NULL;
    char *word[WORDS + 1] = {0};
    if (length >= sizeof line)
        return -EINVAL;
    memcpy(line, bytes, length);
    line[length] = 0;
    unsigned n = 0;
    for (char *at = strtok_r(line, " \t\n", &save); at; at = strtok_r(NULL, " \t\n", &save)) {
        if (n == WORDS)
            return -EINVAL;
        word[n++] = at;
    }
    for (unsigned i = 0; n && i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, word[0]))
            return commands[i].run(gpu, word);
    return -EINVAL;
}
