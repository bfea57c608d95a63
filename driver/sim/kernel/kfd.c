/*
 * kfd.c - the simulated /dev/kfd: dispatch of ioctls, and those that touch neither memory, events nor queues.
 *
 * Invariant: as in amdkfd, only the number of an ioctl counts; its structure is cut short or zero-extended to
 * the size that the caller put into the command word. State belongs to the process, is shared by all its
 * descriptors and lives until it ends. What is not simulated answers with an error and a report, never with
 * success.
 *
 * Facts: checks, order and errnos of amdkfd in Linux 6.12 (kfd_chardev.c) and what it was seen to answer
 * without a GPU; apertures from kfd_flat_memory.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "kernel.h"
#include "kfd_state.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

struct sim_kfd sim_kfd = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct sim_gpu_kfd *gpu_state[SIM_MAX_GPUS]; /* what gpu->kfd points to */

/* ---- the program's memory ---- */

typedef ssize_t copy_function(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long,
                              unsigned long);

/* The kernel refuses bad addresses with EFAULT. process_vm_* does the same for us; where a sandbox forbids
 * it, a bad address crashes the program, as it would in its own code. */
static int user_copy(copy_function *copy, void *ours, uint64_t theirs, size_t bytes)
{
    struct iovec local = {.iov_base = ours, .iov_len = bytes};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)theirs, .iov_len = bytes};
    if (bytes == 0)
        return 0;
    ssize_t done = copy(getpid(), &local, 1, &remote, 1, 0);
    if (done < 0 && (errno == ENOSYS || errno == EPERM)) {
        memcpy(copy == process_vm_readv ? ours : (void *)(uintptr_t)theirs,
               copy == process_vm_readv ? (void *)(uintptr_t)theirs : ours, bytes);
        return 0;
    }
    return done == (ssize_t)bytes ? 0 : -EFAULT;
}

int sim_user_read(void *to, uint64_t from, size_t bytes)
{
    return user_copy(process_vm_readv, to, from, bytes);
}

int sim_user_write(uint64_t to, const void *from, size_t bytes)
{
    return user_copy(process_vm_writev, (void *)(uintptr_t)from, to, bytes);
}

/* ---- devices ---- */

unsigned sim_kfd_minor(void)
{
    const struct sim_machine *machine = sim_machine_described();
    return machine ? machine->options.kfd_minor : 0;
}

struct sim_gpu *sim_kfd_gpu(uint32_t gpu_id)
{
    struct sim_gpu *card = sim_gpu_by_id(gpu_id);
    if (card && !card->kfd) {
        card->kfd = calloc(1, sizeof *card->kfd);
        gpu_state[card->index] = card->kfd;
    }
    struct sim_gpu *gpu = card ? sim_process_gpu(sim_current(), card->index) : NULL;
    if (gpu && !gpu->kfd)
        gpu->kfd = calloc(1, sizeof *gpu->kfd);
    return gpu && gpu->kfd && card->kfd ? gpu : NULL;
}

int sim_kfd_bound(const struct sim_gpu *gpu)
{
    return gpu->kfd->bound && !atomic_load(&sim_gpu_card(gpu)->lost) ? 0 : -ENODEV;
}

int sim_kfd_doorbells(struct sim_gpu *gpu)
{
    if (gpu->doorbells)
        return 0;
    void *base;
    int fd = sim_memfd_make("kfdsim-doorbells", KFD_DOORBELL_SLICE, &base);
    if (fd < 0)
        return -ENOMEM;
    gpu->doorbell_fd = fd;
    gpu->doorbells = base;
    return 0;
}

/* preload.c has the real one; where the parts are tested without it, no descriptor is a render node. */
__attribute__((weak)) struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id)
{
    (void)fd;
    (void)file_id;
    return NULL;
}

void sim_kfd_count(struct sim_gpu *gpu, struct sim_objects *out)
{
    *out = (struct sim_objects){.events = sim_event_count()};
    pthread_mutex_lock(&sim_kfd.lock);
    const struct sim_gpu_kfd *kfd = gpu->kfd;
    out->queues = kfd ? kfd->n_queues : 0;
    for (uint32_t i = 0; kfd && i < kfd->n_buffers; i++) {
        if (!kfd->buffers[i])
            continue;
        out->buffers++;
        out->mappings += (unsigned)__builtin_popcountll(kfd->buffers[i]->mapped);
    }
    pthread_mutex_unlock(&sim_kfd.lock);
}

/* ---- ioctls: version, clocks, apertures ---- */

static int kfd_get_version(void *args)
{
    *(struct kfd_version *)args = (struct kfd_version){1, sim_kfd_minor()};
    return 0;
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum { CLOCKS_APART_US = 200 };

static int kfd_get_clocks(void *args)
{
    struct kfd_clock_counters *a = args;
    const struct sim_gpu *gpu = sim_gpu_by_id(a->gpu_id);
    a->gpu = gpu ? sim_clock(gpu) : 0;
    sim_spite_pause(SPITE_CLOCK, 2, CLOCKS_APART_US);
    a->cpu = clock_ns(CLOCK_MONOTONIC_RAW);
    a->system = clock_ns(CLOCK_BOOTTIME);
    a->frequency = 1000000000;
    return 0;
}

/* Apertures of gfx9 and later: LDS and scratch lie in the hole between the halves of the address space, 4 GiB
 * each; the user half of the GPU's own begins above what the kernel keeps (64 KiB; four pages before 6.8). */
struct kfd_aperture sim_kfd_aperture(const struct sim_gpu *gpu)
{
    return (struct kfd_aperture){.lds_base = 1ull << 48,
                                 .lds_limit = (1ull << 48) + 0xffffffff,
                                 .scratch_base = 2ull << 48,
                                 .scratch_limit = (2ull << 48) + 0xffffffff,
                                 .gpuvm_base = sim_kfd_minor() >= 15 ? 1u << 16 : 4u << 12,
                                 .gpuvm_limit = (1ull << gpu->model->vm_bits) - 1,
                                 .gpu_id = gpu->gpu_id};
}

static int kfd_get_apertures(void *args)
{
    struct kfd_apertures *a = args;
    const struct sim_machine *machine = sim_machine_described();
    for (a->nodes = 0; a->nodes < machine->n_gpus && a->nodes < KFD_APERTURES_OLD; a->nodes++)
        a->aperture[a->nodes] = sim_kfd_aperture(&machine->gpu[a->nodes]);
    return 0;
}

static int kfd_get_apertures_new(void *args)
{
    struct kfd_apertures_new *a = args;
    struct kfd_aperture aperture[SIM_MAX_GPUS];
    const struct sim_machine *machine = sim_machine_described();
    /* GPUs follow the CPU nodes; without GPUs there is one CPU node. */
    uint32_t topology_nodes = machine->n_gpus ? machine->gpu[machine->n_gpus - 1].node + 1 : 1;
    if (a->nodes == 0) {
        a->nodes = machine->n_gpus;
        return 0;
    }
    if (a->nodes > topology_nodes && sim_kfd_minor() >= 17)
        return -EINVAL; /* newer than 6.1, which took any number that it had memory for */
    if (a->nodes > KFD_KMALLOC_MAX / sizeof aperture[0])
        return -ENOMEM;
    uint32_t n = a->nodes < machine->n_gpus ? a->nodes : machine->n_gpus;
    for (uint32_t i = 0; i < n; i++)
        aperture[i] = sim_kfd_aperture(&machine->gpu[i]);
    a->nodes = n;
    return sim_user_write(a->ptr, aperture, n * sizeof aperture[0]);
}

/* ---- ioctls: a GPU's settings ---- */

/* A render node's address space belongs to one process. */
struct claim {
    const struct sim_gpu *gpu;
    uint64_t file;
    bool taken;
};

static void claim_check(struct sim_process *process, void *ctx)
{
    struct claim *claim = ctx;
    const struct sim_gpu *view = sim_process_gpu(process, claim->gpu->index);
    claim->taken |= view != claim->gpu && view->kfd && view->kfd->bound && view->kfd->drm_file == claim->file;
}

static bool acquired_by_other(const struct sim_gpu *gpu, uint64_t file)
{
    struct claim claim = {.gpu = gpu, .file = file};
    sim_context_each(claim_check, &claim);
    return claim.taken;
}

static int kfd_acquire_vm(void *args)
{
    const struct kfd_acquire_vm *a = args;
    uint64_t file = 0;
    int fd = (int)a->drm_fd;
    if (fcntl(fd, F_GETFD) < 0)
        return -EINVAL;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id), *owner = sim_render_fd(fd, &file);
    if (!gpu)
        return -EINVAL;
    if (gpu->kfd->bound)
        return owner && gpu->kfd->drm_file == file ? 0 : -EBUSY;
    if (!owner || owner->index != gpu->index || !sim_machine() || acquired_by_other(gpu, file))
        return -EINVAL;
    gpu->kfd->bound = true;
    gpu->kfd->drm_file = file;
    return 0;
}

static int kfd_set_memory_policy(void *args)
{
    const struct kfd_memory_policy *a = args;
    if (a->flags && sim_kfd_minor() >= 18)
        sim_report(NULL, "ioctl SET_MEMORY_POLICY: flags 0x%x change nothing here", a->flags);
    if (a->default_policy > 1 || a->alternate_policy > 1)
        return -EINVAL;
    const struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu)
        return -EINVAL;
    return sim_kfd_bound(gpu) ? -ESRCH : 0; /* from gfx9 on pages decide about caching, not apertures */
}

static int kfd_set_scratch_va(void *args)
{
    const struct kfd_scratch_va *a = args;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    int error = gpu ? sim_kfd_bound(gpu) : -EINVAL;
    if (!error)
        gpu->kfd->scratch_va = a->va;
    return error;
}

static int kfd_set_trap_handler(void *args)
{
    const struct kfd_trap_handler *a = args;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu)
        return -EINVAL;
    if (sim_kfd_bound(gpu))
        return -ESRCH;
    atomic_store(&gpu->tba, a->tba_va);
    atomic_store(&gpu->tma, a->tma_va);
    return 0;
}

/* Tile modes are all zero since gfx9, and so are banks and ranks. */
static int kfd_get_tile_config(void *args)
{
    struct kfd_tile_config *a = args;
    static const uint32_t zeros[KFD_TILE_MODES];
    const struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu)
        return -EINVAL;
    a->gb_addr_config = gpu->model->gb_addr_config;
    a->banks = a->ranks = 0;
    if (a->tiles > KFD_TILE_MODES)
        a->tiles = KFD_TILE_MODES;
    if (sim_user_write(a->tile_ptr, zeros, a->tiles * sizeof zeros[0])) {
        a->tiles = 0;
        return -EFAULT;
    }
    if (a->macro_tiles > KFD_MACRO_TILE_MODES)
        a->macro_tiles = KFD_MACRO_TILE_MODES;
    if (sim_user_write(a->macro_tile_ptr, zeros, a->macro_tiles * sizeof zeros[0])) {
        a->macro_tiles = 0;
        return -EFAULT;
    }
    return 0;
}

static int kfd_smi_events(void *args)
{
    struct kfd_smi_events *a = args;
    const struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    return gpu ? sim_smi_open(gpu, &a->fd) : -EINVAL;
}

static int kfd_not_permitted(void *args)
{
    (void)args;
    return -EPERM; /* removed from the kernel (old debugger) */
}

/* ---- dispatch ---- */

enum {
    IN = 1,
    OUT = 2,
    UNLOCKED = 4,
    SLEEPS = 8,       /* where a signal ends it with EINTR */
    PRIMARY = 16,     /* EOPNOTSUPP in a secondary process */
    PRIMARY_HERE = 32 /* the same here, but not on Linux */
};

enum { INTERRUPTED_ONE_IN = 5 };

struct kfd_call {
    int (*run)(void *args);
    uint16_t bytes;
    uint8_t flags;     /* whether the kernel copies in and out, by its own definition */
    uint8_t min_minor; /* interface version that brought it */
};

static const struct kfd_call calls[KFD_NR_END] = {
    [KFD_NR_GET_VERSION] = {kfd_get_version, sizeof(struct kfd_version), OUT, 0},
    [KFD_NR_CREATE_QUEUE] = {sim_queue_create, sizeof(struct kfd_create_queue), IN | OUT | SLEEPS, 0},
    [KFD_NR_DESTROY_QUEUE] = {sim_queue_destroy, sizeof(struct kfd_destroy_queue), IN | OUT | SLEEPS, 0},
    [KFD_NR_SET_MEMORY_POLICY] = {kfd_set_memory_policy, sizeof(struct kfd_memory_policy), IN, 0},
    [KFD_NR_GET_CLOCK_COUNTERS] = {kfd_get_clocks, sizeof(struct kfd_clock_counters), IN | OUT, 0},
    [KFD_NR_GET_APERTURES] = {kfd_get_apertures, sizeof(struct kfd_apertures), OUT, 0},
    [KFD_NR_UPDATE_QUEUE] = {sim_queue_update, sizeof(struct kfd_update_queue), IN | SLEEPS, 0},
    [KFD_NR_CREATE_EVENT] = {sim_event_create, sizeof(struct kfd_create_event), IN | OUT, 0},
    [KFD_NR_DESTROY_EVENT] = {sim_event_destroy, sizeof(struct kfd_event_arg), IN | UNLOCKED, 0},
    [KFD_NR_SET_EVENT] = {sim_event_set, sizeof(struct kfd_event_arg), IN | UNLOCKED, 0},
    [KFD_NR_RESET_EVENT] = {sim_event_reset, sizeof(struct kfd_event_arg), IN | UNLOCKED, 0},
    [KFD_NR_WAIT_EVENTS] = {sim_event_wait, sizeof(struct kfd_wait_events), IN | OUT | UNLOCKED | SLEEPS, 0},
    [KFD_NR_DBG_REGISTER] = {kfd_not_permitted, 8, IN, 0},
    [KFD_NR_DBG_UNREGISTER] = {kfd_not_permitted, 8, IN, 0},
    [KFD_NR_DBG_ADDRESS_WATCH] = {kfd_not_permitted, 16, IN, 0},
    [KFD_NR_DBG_WAVE_CONTROL] = {kfd_not_permitted, 16, IN, 0},
    [KFD_NR_SET_SCRATCH_VA] = {kfd_set_scratch_va, sizeof(struct kfd_scratch_va), IN | OUT, 0},
    [KFD_NR_GET_TILE_CONFIG] = {kfd_get_tile_config, sizeof(struct kfd_tile_config), IN | OUT, 0},
    [KFD_NR_SET_TRAP_HANDLER] = {kfd_set_trap_handler, sizeof(struct kfd_trap_handler), IN, 0},
    [KFD_NR_GET_APERTURES_NEW] = {kfd_get_apertures_new, sizeof(struct kfd_apertures_new), IN | OUT, 0},
    [KFD_NR_ACQUIRE_VM] = {kfd_acquire_vm, sizeof(struct kfd_acquire_vm), IN | SLEEPS, 0},
    [KFD_NR_ALLOC_MEMORY] = {sim_memory_alloc, sizeof(struct kfd_alloc_memory), IN | OUT | SLEEPS, 0},
    [KFD_NR_FREE_MEMORY] = {sim_memory_free, sizeof(struct kfd_free_memory), IN | SLEEPS, 0},
    [KFD_NR_MAP_MEMORY] = {sim_memory_map, sizeof(struct kfd_map_memory), IN | OUT | SLEEPS, 0},
    [KFD_NR_UNMAP_MEMORY] = {sim_memory_unmap, sizeof(struct kfd_map_memory), IN | OUT | SLEEPS, 0},
    [KFD_NR_SET_CU_MASK] = {sim_queue_set_cu_mask, sizeof(struct kfd_set_cu_mask), IN, 0},
    [KFD_NR_GET_WAVE_STATE] = {sim_queue_wave_state, sizeof(struct kfd_wave_state), IN | OUT, 0},
    [KFD_NR_GET_DMABUF_INFO] = {sim_dmabuf_info, sizeof(struct kfd_dmabuf_info), IN | OUT, 0},
    [KFD_NR_IMPORT_DMABUF] = {sim_dmabuf_import, sizeof(struct kfd_import_dmabuf), IN | OUT | SLEEPS, 0},
    [KFD_NR_ALLOC_QUEUE_GWS] = {sim_queue_alloc_gws, sizeof(struct kfd_alloc_gws), IN | OUT, 0},
    [KFD_NR_SMI_EVENTS] = {kfd_smi_events, sizeof(struct kfd_smi_events), IN | OUT, 0},
    [KFD_NR_SVM] = {sim_svm, sizeof(struct kfd_svm), IN | OUT | SLEEPS | PRIMARY, 0},
    [KFD_NR_SET_XNACK_MODE] = {sim_svm_xnack, 4, IN | OUT | PRIMARY_HERE, 0},
    [KFD_NR_CRIU_OP] = {sim_criu, sizeof(struct kfd_criu), IN | OUT | PRIMARY_HERE, 0},
    [KFD_NR_AVAILABLE_MEMORY] = {sim_memory_available, sizeof(struct kfd_available_memory), IN | OUT, 0},
    [KFD_NR_EXPORT_DMABUF] = {sim_dmabuf_export, sizeof(struct kfd_export_dmabuf), IN | OUT | SLEEPS, 12},
    [KFD_NR_RUNTIME_ENABLE] = {sim_debug_runtime, sizeof(struct kfd_runtime_enable), IN | OUT | PRIMARY_HERE,
                               13},
    [KFD_NR_DBG_TRAP] = {sim_debug_trap, sizeof(struct kfd_debug), IN | OUT | PRIMARY, 13},
    [KFD_NR_CREATE_PROCESS] = {sim_context_create, 0, 0, 19},
    [KFD_NR_PROFILER] = {sim_profiler, sizeof(struct kfd_profiler), IN | OUT, 23},
};

/* The one look at a size: SVM's attributes must fit into what the caller says it passes. */
static bool svm_attributes_fit(const struct kfd_svm *svm, size_t bytes)
{
    return bytes >= sizeof *svm && svm->n_attributes <= (bytes - sizeof *svm) / 8;
}

static int call_run(const struct kfd_call *call, unsigned nr, void *args)
{
    if (call->flags & PRIMARY_HERE && !sim_primary())
        sim_report(NULL, "ioctl 0x%02x is not simulated in a secondary process", nr);
    if (call->flags & (PRIMARY | PRIMARY_HERE) && !sim_primary())
        return -EOPNOTSUPP;
    if (call->flags & UNLOCKED)
        return call->run(args);
    pthread_mutex_lock(&sim_kfd.lock);
    int result = call->run(args);
    pthread_mutex_unlock(&sim_kfd.lock);
    return result;
}

int sim_kfd_open(int flags)
{
    (void)flags; /* even O_RDONLY is enough for every ioctl */
    if (!sim_machine_described())
        return -ENODEV;
    if (sim_reset_under_way())
        return -EINVAL;
    sim_process_known();
    return 0;
}

static int ioctl_run(unsigned long request, void *arg)
{
    _Alignas(16) uint8_t small[512] = {0};
    unsigned nr = kfd_command_nr(request);
    const struct kfd_call *call = nr < KFD_NR_END ? &calls[nr] : NULL;
    if (!sim_machine_described())
        return -ENODEV;
    if (!call || !call->run || sim_kfd_minor() < call->min_minor)
        return -ENOTTY;
    if (nr == KFD_NR_CRIU_OP && !sim_capable(CAP_CHECKPOINT_RESTORE))
        return -EACCES;
    size_t user = kfd_command_bytes(request), bytes = user > call->bytes ? user : call->bytes;
    void *args = bytes <= sizeof small ? small : calloc(1, bytes);
    if (!args)
        return -ENOMEM;
    int result = call->flags & IN ? sim_user_read(args, (uintptr_t)arg, user) : 0;
    if (!result && call->flags & SLEEPS && sim_spiteful(SPITE_IOCTL, INTERRUPTED_ONE_IN))
        result = sim_spite(SPITE_IOCTL) & 1 ? -EINTR : -EAGAIN;
    if (!result)
        result = sim_inject_refuses(nr);
    if (result)
        goto end;
    if (nr == KFD_NR_SVM && !svm_attributes_fit(args, user)) {
        result = -EINVAL;
        goto end;
    }
    result = call_run(call, nr, args);
    if (call->flags & OUT && sim_user_write((uintptr_t)arg, args, user))
        result = -EFAULT;
end:
    if (args != small)
        free(args);
    return result;
}

int sim_kfd_ioctl(uint64_t file, unsigned long request, void *arg)
{
    sim_context_enter(file);
    int result = ioctl_run(request, arg);
    sim_context_leave();
    return result;
}

/* ---- mmap ---- */

static int mmap_doorbells(struct sim_gpu *gpu, size_t length, int *fd, off_t *fd_offset)
{
    if (length != KFD_DOORBELL_SLICE)
        return -EINVAL;
    int error = sim_kfd_doorbells(gpu);
    if (!error) {
        *fd = gpu->doorbell_fd;
        *fd_offset = 0;
    }
    return error;
}

static int mmap_run(uint64_t offset, size_t length, int *fd, off_t *fd_offset)
{
    unsigned type = (unsigned)(offset >> 62);
    size_t whole = (length + SIM_PAGE - 1) & ~(size_t)(SIM_PAGE - 1);
    int error = -EINVAL;
    pthread_mutex_lock(&sim_kfd.lock);
    struct sim_gpu *gpu = sim_kfd_gpu(offset >> 46 & 0xffff);
    if ((type == KFD_MMAP_EVENTS || type == KFD_MMAP_RESERVED) && sim_kfd_minor() >= KFD_PAGELESS_MINOR)
        error = -EINVAL;
    else if (type == KFD_MMAP_EVENTS)
        error = sim_event_mmap(whole, fd, fd_offset);
    else if (!gpu)
        error = -ENODEV;
    else if (type == KFD_MMAP_DOORBELL)
        error = mmap_doorbells(gpu, whole, fd, fd_offset);
    else if (type == KFD_MMAP_MMIO)
        error = sim_memory_mmap_mmio(gpu, whole, fd, fd_offset);
    else
        sim_report(gpu, "mmap of /dev/kfd: reserved memory (type 1) is not simulated");
    pthread_mutex_unlock(&sim_kfd.lock);
    return error;
}

int sim_kfd_mmap(uint64_t file, uint64_t offset, size_t length, int *fd, off_t *fd_offset)
{
    sim_context_enter(file);
    int error = mmap_run(offset, length, fd, fd_offset);
    sim_context_leave();
    return error;
}

/* ---- fork ---- */

/* Other threads do not exist in the child, but their locks and half-done changes do: all is forgotten, and
 * the memory it took left alone. */
void sim_after_fork(void)
{
    struct sim_machine *machine = sim_machine_described();
    pthread_mutex_init(&sim_kfd.lock, NULL);
    sim_kfd.runtime_enabled = false;
    sim_context_forget();
    sim_event_forget();
    sim_smi_forget();
    sim_queue_forget();
    sim_svm_forget();
    sim_gem_forget();
    sim_debug_forget();
    sim_process_forget();
    sim_criu_forget();
    sim_profiler_forget();
    sim_evict_forget();
    sim_bo_forget();
    for (unsigned i = 0; machine && i < machine->n_gpus; i++) {
        struct sim_gpu *gpu = &machine->gpu[i];
        gpu->kfd = gpu_state[i] = NULL;
        if (gpu->doorbells) {
            munmap(gpu->doorbells, KFD_DOORBELL_SLICE);
            close(gpu->doorbell_fd);
        }
        gpu->doorbells = NULL;
        gpu->doorbell_fd = -1;
        atomic_store(&gpu->evicted, false);
        atomic_store(&gpu->tba, 0);
        atomic_store(&gpu->suspended, false);
        atomic_store(&gpu->lost, false);
        atomic_store(&gpu->dead_sdma, 0);
    }
}
