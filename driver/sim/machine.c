/*
 * machine.c - the one simulated machine of this process: which GPUs it has, and when it comes into being.
 *
 * Invariant: nothing exists before the first access. Asking what the machine is (sim_machine_described) costs
 * a parse and no descriptor; the GPUs' memory is made when somebody is about to use it (sim_machine). After a
 * fork the child starts over from the options, as a process that never opened the device.
 *
 * GPU ids are hashed from PCI location, ids and memory size as kfd_topology.c does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "models.h"
#include "sim/cu/op.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sysfs.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

enum {
    FIRST_RENDER_MINOR = 128,
    KFD_MINOR_OLDEST = 11,
    KFD_MINOR_DEFAULT = 17,
    KFD_MINOR_NEWEST = 23,
    APU_GTT_MINOR = 17
};

enum stage { UNKNOWN, ABSENT, DESCRIBED, COMPLETE };

static _Atomic int stage;
static struct sim_machine machine;
/* Guards the making of the machine and, across a fork, everything that the child takes apart. */
static pthread_mutex_t machine_lock = PTHREAD_MUTEX_INITIALIZER;

static char report_text[512];
static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER; /* guards report_text */

/* ---- options ---- */

static bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool complain(const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    dprintf(STDERR_FILENO, "kfdsim: %s; no GPU is simulated\n", text);
    return false;
}

/* "4G" as bytes. */
static bool parse_size(const char *text, uint64_t *bytes)
{
    static const char suffixes[] = "KMGT";
    char *end;

    errno = 0;
    uint64_t value = strtoull(text, &end, 0);
    if (errno || end == text || *text == '-')
        return false;
    if (*end) {
        const char *suffix = strchr(suffixes, *end);
        if (!suffix || end[1])
            return false;
        unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);
        if (value > UINT64_MAX >> shift)
            return false;
        value <<= shift;
    }
    *bytes = value;
    return true;
}

static uint64_t memory_available(void)
{
    uint64_t kib = 0;
    char line[128];
    FILE *f = fopen("/proc/meminfo", "re");

    while (f && !kib && fgets(line, sizeof(line), f))
        if (sscanf(line, "MemAvailable: %lu kB", &kib) != 1)
            kib = 0;
    if (f)
        fclose(f);
    return kib ? kib << 10 : sim_host_memory() / 2;
}

uint64_t sim_host_memory(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t sim_gtt_bytes(void)
{
    return (sim_host_memory() / 2) & ~(uint64_t)(SIM_PAGE - 1); /* TTM's default limit */
}

static bool parse_option(struct sim_options *options, const char *word)
{
    unsigned minor;
    int length = 0;

    if (!strcmp(word, "serial"))
        options->serial = true;
    else if (!strcmp(word, "svm"))
        options->svm = true;
    else if (!strcmp(word, "hostile"))
        options->hostile = true;
    else if (!strncmp(word, "bar=", 4))
        return parse_size(word + 4, &options->bar_bytes) ||
               complain("KFDFS_SIM_OPTS: '%s' is not a size such as bar=256M", word);
    else if (!strncmp(word, "ram=", 4))
        return parse_size(word + 4, &options->ram_bytes) ||
               complain("KFDFS_SIM_OPTS: '%s' is not a size such as ram=4G", word);
    else if (!strncmp(word, "simd=", 5)) /* op.h */
        return vec_level_named(word + 5, strlen(word + 5)) >= 0 ||
               complain("KFDFS_SIM_OPTS: '%s': simd=sse2, avx2 or avx512, where this CPU has it", word);
    else if (!strncmp(word, "jit=", 4))
        return jit_choice_named(word + 4, strlen(word + 4)) >= 0 ||
               complain("KFDFS_SIM_OPTS: '%s': jit=on, off, always or perf", word);
    else if (!strncmp(word, "seed=", 5))
        return parse_size(word + 5, &options->seed) ||
               complain("KFDFS_SIM_OPTS: '%s' is not a number such as seed=7", word);
    else if (sscanf(word, "kfd=1.%2u%n", &minor, &length) == 1 && !word[length] &&
             minor >= KFD_MINOR_OLDEST && minor <= KFD_MINOR_NEWEST)
        options->kfd_minor = minor;
    else if (!strncmp(word, "kfd=", 4))
        return complain("KFDFS_SIM_OPTS: '%s': known are kfd=1.%d to kfd=1.%d", word, KFD_MINOR_OLDEST,
                        KFD_MINOR_NEWEST);
    else
        return complain(
            "KFDFS_SIM_OPTS: unknown '%s'; known are bar= hostile jit= kfd= ram= seed= simd= serial svm",
            word);
    return true;
}

static bool parse_options(struct sim_options *options, const char *text)
{
    char word[64];

    *options = (struct sim_options){.kfd_minor = KFD_MINOR_DEFAULT, .seed = 1};
    for (; text && *text; text += *text == ',') {
        size_t length = strcspn(text, ",");
        if (length >= sizeof(word))
            return complain("KFDFS_SIM_OPTS: '%s' is too long", text);
        memcpy(word, text, length);
        word[length] = 0;
        if (length && !parse_option(options, word))
            return false;
        text += length;
    }
    if (options->hostile)
        sim_hostile_begin(options->seed);
    if (!options->ram_bytes)
        options->ram_bytes = memory_available() / 2;
    return true;
}

/* ---- GPUs ---- */

/* The kernel's multiplicative hash to 16 bits (include/linux/hash.h). */
static uint32_t hash16(uint32_t value)
{
    return (value * 0x61C88647u) >> 16;
}

static uint32_t gpu_id_make(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    uint32_t location = sim_gpu_location(gpu->index);
    uint32_t id = hash16(location & 0xff) ^ hash16(m->subsystem_vendor | m->subsystem_device << 16) ^
                  hash16(0) ^ hash16(m->device_id) ^ hash16(location >> 8) ^ hash16((uint32_t)m->vram_bytes) ^
                  hash16((uint32_t)(m->vram_bytes >> 32)) ^ hash16(m->xccs << 16);
    for (unsigned i = 0; i < gpu->index; i++)
        if (machine.gpu[i].gpu_id == id || !id) {
            id = (id + 1) & 0xffff;
            i = (unsigned)-1;
        }
    return id ? id : 1;
}

/* GPUs of one model fill one hive after the other. */
static void hive_join(struct sim_gpu *gpu)
{
    unsigned alike = 0;

    gpu->hive = gpu->index;
    for (unsigned i = 0; i < gpu->index; i++)
        alike += machine.gpu[i].model == gpu->model;
    gpu->hive_rank = gpu->model->hive_gpus ? alike % gpu->model->hive_gpus : 0;
    for (unsigned i = gpu->index; gpu->hive_rank && i-- > 0;)
        if (machine.gpu[i].model == gpu->model) {
            gpu->hive = machine.gpu[i].hive;
            return;
        }
}

static bool add_gpus(const struct sim_model *model, unsigned long count)
{
    if (count < 1 || count > SIM_MAX_GPUS - machine.n_gpus)
        return complain("KFDFS_SIM: 1 to %d GPUs can be simulated", SIM_MAX_GPUS);
    while (count--) {
        unsigned i = machine.n_gpus;
        struct sim_gpu *gpu = &machine.gpu[i];
        gpu->model = model;
        gpu->index = i;
        gpu->node = i + 1;
        gpu->render_minor = FIRST_RENDER_MINOR + i;
        gpu->doorbell_fd = -1;
        gpu->gpu_id = gpu_id_make(gpu);
        hive_join(gpu);
        machine.n_gpus++;
    }
    return true;
}

/* "mi300x:2+rx7900xtx" or "none". */
static bool parse_models(const char *text)
{
    if (!strcmp(text, "none"))
        return true;
    while (*text) {
        size_t word = strcspn(text, "+,"), name = strcspn(text, ":+,");
        unsigned long count = 1;
        const struct sim_model *model = sim_model_find(text, name);
        if (!model)
            return complain("KFDFS_SIM: '%.*s' is not simulated yet; known are %s none", (int)name, text,
                            sim_model_names());
        if (name < word) {
            char *end;
            count = strtoul(text + name + 1, &end, 10);
            if (end != text + word)
                return complain("KFDFS_SIM: '%.*s' is not MODEL:COUNT", (int)word, text);
        }
        if (!add_gpus(model, count))
            return false;
        text += word;
        if (*text && !*++text)
            return complain("KFDFS_SIM: a model is missing at the end");
    }
    return true;
}

bool sim_gpu_vram_is_gtt(const struct sim_gpu *gpu)
{
    return gpu->model->apu && machine.options.kfd_minor >= APU_GTT_MINOR &&
           gpu->model->vram_bytes < sim_gtt_bytes();
}

uint64_t sim_gpu_vram_bytes(const struct sim_gpu *gpu)
{
    return sim_gpu_vram_is_gtt(gpu) ? sim_gtt_bytes() : gpu->model->vram_bytes;
}

bool sim_gpu_large_bar(const struct sim_gpu *gpu)
{
    uint64_t bar = sim_machine_described()->options.bar_bytes;
    return gpu->model->vram_heap == SIM_HEAP_PUBLIC && (!bar || bar >= gpu->model->vram_bytes);
}

bool sim_gpus_in_hive(const struct sim_gpu *a, const struct sim_gpu *b)
{
    return a->hive == b->hive;
}

bool sim_gpus_linked(const struct sim_gpu *from, const struct sim_gpu *owner)
{
    return sim_gpus_in_hive(from, owner) || sim_gpu_large_bar(owner);
}

/* ---- memory ---- */

static int gpu_memory_make(struct sim_gpu *gpu)
{
    char name[32];
    uint64_t seed = machine.options.seed * 1000 + gpu->index;

    snprintf(name, sizeof(name), "kfdsim-vram%u", gpu->index);
    int error = sim_heap_init(&gpu->vram, name, gpu->model->vram_bytes, seed);
    if (error)
        return error;
    snprintf(name, sizeof(name), "kfdsim-gtt%u", gpu->index);
    error = sim_heap_init(&gpu->gtt, name, sim_gtt_bytes(), ~seed);
    if (error)
        goto fail;
    error = sim_vm_init(&gpu->vm);
    if (!error)
        error = sim_bo_adopt(gpu);
    if (error)
        goto fail;
    return 0;
fail:
    sim_heap_fini(&gpu->gtt);
    sim_heap_fini(&gpu->vram);
    return error;
}

static bool memory_make(void)
{
    for (unsigned i = 0; i < machine.n_gpus; i++) {
        int error = gpu_memory_make(&machine.gpu[i]);
        if (error)
            return complain("%s: no memory for GPU %u: %s", machine.gpu[i].model->name, i, strerror(-error));
    }
    return true;
}

/* ---- fork ---- */

/* The child gets consistent free lists, whoever was at work in the parent. */
static void fork_prepare(void)
{
    pthread_mutex_lock(&machine_lock);
    pthread_mutex_lock(&report_lock);
    if (atomic_load(&stage) == COMPLETE)
        for (unsigned i = 0; i < machine.n_gpus; i++) {
            pthread_mutex_lock(&machine.gpu[i].vram.lock);
            pthread_mutex_lock(&machine.gpu[i].gtt.lock);
        }
}

static void fork_done(void)
{
    if (atomic_load(&stage) == COMPLETE)
        for (unsigned i = machine.n_gpus; i-- > 0;) {
            pthread_mutex_unlock(&machine.gpu[i].gtt.lock);
            pthread_mutex_unlock(&machine.gpu[i].vram.lock);
        }
    pthread_mutex_unlock(&report_lock);
    pthread_mutex_unlock(&machine_lock);
}

static void fork_child(void)
{
    fork_done();
    sysfs_after_fork();
    if (atomic_load(&stage) != COMPLETE)
        return;
    sim_after_fork();
    for (unsigned i = 0; i < machine.n_gpus; i++) {
        struct sim_gpu *gpu = &machine.gpu[i];
        sim_heap_fini(&gpu->vram);
        sim_heap_fini(&gpu->gtt);
        /* An engine may have held the lock; its memory is left alone. */
        memset(&gpu->vm, 0, sizeof(gpu->vm));
        atomic_store(&gpu->evicted, false);
    }
    atomic_store(&stage, DESCRIBED);
}

/* ---- the machine ---- */

/* Called with the lock held. */
static void describe(void)
{
    const char *models = getenv("KFDFS_SIM");
    static bool atfork_done;

    if (!models || !*models || !parse_options(&machine.options, getenv("KFDFS_SIM_OPTS")) ||
        !parse_models(models)) {
        atomic_store(&stage, ABSENT);
        return;
    }
    if (!atfork_done)
        atfork_done = !pthread_atfork(fork_prepare, fork_done, fork_child);
    sim_reset_start(&machine);
    sim_inject_start();
    atomic_store(&stage, DESCRIBED);
}

static struct sim_machine *machine_at(enum stage wanted)
{
    int now = atomic_load_explicit(&stage, memory_order_acquire);

    if (now != ABSENT && now < (int)wanted) {
        pthread_mutex_lock(&machine_lock);
        if (atomic_load(&stage) == UNKNOWN)
            describe();
        /* A dma-buf can be mapped without any device being opened. */
        if (atomic_load(&stage) == DESCRIBED && (wanted == COMPLETE || sim_bo_inherited()))
            atomic_store(&stage, memory_make() ? COMPLETE : ABSENT);
        now = atomic_load(&stage);
        pthread_mutex_unlock(&machine_lock);
    }
    return now == ABSENT ? NULL : &machine;
}

struct sim_machine *sim_machine(void)
{
    return machine_at(COMPLETE);
}

struct sim_machine *sim_machine_described(void)
{
    return machine_at(DESCRIBED);
}

bool sim_machine_complete(void)
{
    return atomic_load_explicit(&stage, memory_order_acquire) == COMPLETE;
}

struct sim_gpu *sim_gpu_by_id(uint32_t gpu_id)
{
    struct sim_machine *m = sim_machine_described();

    for (unsigned i = 0; m && i < m->n_gpus; i++)
        if (m->gpu[i].gpu_id == gpu_id)
            return &m->gpu[i];
    return NULL;
}

struct sim_gpu *sim_gpu_by_minor(uint32_t render_minor)
{
    struct sim_machine *m = sim_machine_described();
    uint32_t index = render_minor - FIRST_RENDER_MINOR;

    return m && index < m->n_gpus ? &m->gpu[index] : NULL;
}

uint64_t sim_clock_hz(const struct sim_gpu *gpu)
{
    return gpu->model->counter_hz;
}

uint64_t sim_clock(const struct sim_gpu *gpu)
{
    struct timespec now;
    uint64_t hz = gpu->model->counter_hz;

    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * hz + (uint64_t)now.tv_nsec * hz / 1000000000;
}

/* KFDFS_SIM_REPORTS=PID:FD is how a program asks for reports; its children inherit the variable, not the
 * wish. */
static void report_to_program(const char *text)
{
    const char *where = getenv("KFDFS_SIM_REPORTS");
    int pid, fd;

    if (where && sscanf(where, "%d:%d", &pid, &fd) == 2 && pid == getpid())
        dprintf(fd, "%s\n", text);
}

void sim_report(const struct sim_gpu *gpu, const char *format, ...)
{
    char text[sizeof(report_text)];
    int at = gpu ? snprintf(text, sizeof(text), "GPU %u (%s): ", gpu->index, gpu->model->name) : 0;
    va_list args;

    va_start(args, format);
    vsnprintf(text + at, sizeof(text) - (size_t)at, format, args);
    va_end(args);
    dprintf(STDERR_FILENO, "kfdsim: %s\n", text);
    report_to_program(text);
    pthread_mutex_lock(&report_lock);
    memcpy(report_text, text, sizeof(text));
    pthread_mutex_unlock(&report_lock);
}

void sim_last_report(char *to, size_t size)
{
    pthread_mutex_lock(&report_lock);
    snprintf(to, size, "%s", report_text);
    pthread_mutex_unlock(&report_lock);
}
