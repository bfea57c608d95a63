/*
 * kfd_state.h - what kfd.c, memory.c, event.c and queue.c share: the state of this process behind /dev/kfd.
 *
 * Lock order: sim_kfd.lock, then the lock of context.c, then sim_vm.lock or the event lock or the queue list
 * lock; nobody takes sim_kfd.lock while holding another. Engines never take it, so it may be held while one
 * is joined.
 */
#ifndef KFDFS_SIM_KFD_STATE_H
#define KFDFS_SIM_KFD_STATE_H

#include <sys/types.h>

#include "kfd_abi.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"

enum {
    KFD_ERROR_NOT_SUPPORTED = 524, /* the kernel's ENOTSUPP, which libc has no name for */
    KFD_DOORBELL_SLICE = 8192,     /* bytes of doorbells of a process on a GPU: 1024 of 8 */
    KFD_DOORBELLS = 1024,
    KFD_QUEUES = 1024,    /* of a process */
    KFD_SDMA_SLOTS = 256, /* most that a model has: engines x queues */
    KFD_KMALLOC_MAX = 4 << 20,
    KFD_PAGELESS_MINOR = 23 /* the kernel has neither an event page nor reserved memory to map (7.3) */
};

struct sim_buffer {
    struct sim_gpu *gpu; /* whose memory, and whose handle table it is in */
    uint32_t id, flags;
    uint64_t va;
    uint64_t bytes; /* of the memory; a doubly mapped AQL ring takes twice that in the address space */
    uint64_t mmap_offset;
    struct sim_bo *bo;     /* counted; NULL: not of a heap */
    struct sim_heap *heap; /* the bo's, or NULL */
    uint64_t heap_offset;
    uint8_t *host;
    uint64_t mapped;                    /* bit of each GPU that has it mapped */
    uint16_t queue_users[SIM_MAX_GPUS]; /* queue buffers that pin the mapping there */
};

/* What the kernel calls a process device: one process on one GPU; where said so, what the primary one has is
 * the GPU's. Guarded by sim_kfd.lock. */
struct sim_gpu_kfd {
    bool bound; /* a VM was acquired */
    uint64_t drm_file;
    struct sim_buffer **buffers; /* by id, NULL: free */
    uint32_t n_buffers;
    uint64_t next_mmap_offset; /* the GPU's */
    uint64_t scratch_va;
    uint32_t n_queues;
    bool gws_taken; /* one of them has global wave sync */
    uint8_t doorbell_taken[KFD_DOORBELLS];
    uint8_t sdma_taken[2][KFD_SDMA_SLOTS]; /* the GPU's; [1]: XGMI engines */
    uint64_t remap_page;                   /* the GPU's: offset in gtt, valid if has_remap_page */
    bool has_remap_page;
};

struct sim_kfd {
    pthread_mutex_t lock; /* guards everything of memory, queues and devices */
    bool runtime_enabled; /* of the primary process */
};

extern struct sim_kfd sim_kfd;

/* kfd.c: copies from and to addresses that the program gave; -EFAULT instead of a crash. */
int sim_user_read(void *to, uint64_t from, size_t bytes);
int sim_user_write(uint64_t to, const void *from, size_t bytes);
unsigned sim_kfd_minor(void);
/* The calling process's view of a GPU, with its state; NULL if there is no such. Lock held. */
struct sim_gpu *sim_kfd_gpu(uint32_t gpu_id);
/* -ENODEV before ACQUIRE_VM. Lock held. */
int sim_kfd_bound(const struct sim_gpu *gpu);
/* Makes the doorbell slice at its first use. Lock held. */
int sim_kfd_doorbells(struct sim_gpu *gpu);

/* Handlers: args is the structure of kfd_abi.h, copied in and zero-extended. 0 or a negative errno. */
int sim_memory_alloc(void *args);
int sim_memory_free(void *args);
int sim_memory_map(void *args);
int sim_memory_unmap(void *args);
int sim_memory_available(void *args);
void sim_memory_end(struct sim_gpu *gpu); /* a process ends: all of its buffers */
/* Gives a buffer like this a handle; on success takes its bo over. Lock held. */
int sim_memory_enter(const struct sim_buffer *like, uint64_t *handle);

/* Memory of a heap, counted (dmabuf.c). */
struct sim_bo;
int sim_bo_create(struct sim_gpu *gpu, uint32_t flags, uint64_t bytes, struct sim_bo **out);
void sim_bo_drop(struct sim_bo *bo);
void sim_bo_place(const struct sim_bo *bo, struct sim_heap **heap, uint64_t *offset);
uint64_t sim_bo_vram_used(const struct sim_gpu *gpu, bool rounded); /* rounded: to what the kernel accounts */
void sim_bo_forget(void);
uint64_t sim_bo_bytes(const struct sim_bo *bo);
struct sim_gpu *sim_bo_gpu(const struct sim_bo *bo);
/* What a dma-buf is, held; NULL with -EBADF or -EINVAL. */
struct sim_bo *sim_bo_of_fd(int fd, int *error);
int sim_bo_export(struct sim_bo *bo, bool close_on_exec, int32_t *fd); /* a new dma-buf */
int sim_dmabuf_export(void *args);
int sim_dmabuf_import(void *args);
int sim_dmabuf_info(void *args);

/* Lock held. */
struct sim_buffer *sim_memory_buffer(struct sim_gpu *gpu, uint32_t id);
/* The host address of a mapping that begins at va and is exactly bytes long, pinned by a queue; NULL: none.
 * Lock held. */
uint8_t *sim_memory_pin(struct sim_gpu *gpu, uint64_t va, uint64_t bytes, struct sim_buffer **pinned);
void sim_memory_unpin(struct sim_gpu *gpu, struct sim_buffer *pinned); /* takes NULL */
int sim_memory_mmap_mmio(struct sim_gpu *gpu, size_t length, int *fd, off_t *fd_offset);

int sim_event_create(void *args);
int sim_event_destroy(void *args);
int sim_event_set(void *args);
int sim_event_reset(void *args);
int sim_event_wait(void *args);
int sim_event_mmap(size_t length, int *fd, off_t *fd_offset);
void sim_event_forget(void);
void sim_event_end(void); /* all of the current process */

int sim_queue_create(void *args);
int sim_queue_destroy(void *args);
int sim_queue_update(void *args);
int sim_queue_set_cu_mask(void *args);
int sim_queue_wave_state(void *args);
int sim_queue_alloc_gws(void *args);
/* Takes every queue of this process off a GPU; may be called by an engine. */
void sim_queue_evict(struct sim_gpu *gpu);
/* Makes a queue of that GPU hang. -ENOENT: no such. */
int sim_queue_hang(struct sim_gpu *gpu, uint32_t id);
void sim_queue_forget(void);
void sim_queue_end(void); /* all of the current process */
bool sim_queue_any(void); /* has this process one? Lock held. */

/* What a debugger does to queues (queue_debug.c). Lock held. */
int sim_queue_snapshot(uint64_t clear, uint64_t to, uint32_t *n, uint32_t *entry_bytes);
int sim_queue_suspend(uint64_t ids_va, uint32_t n, uint64_t clear,
                      bool suspend); /* how many were, or -errno */
void sim_queue_resume_all(void);
void sim_queue_tell_runtime(uint32_t id, uint64_t exceptions);
/* Those of the first queue that has a wanted one; 0: none has. */
uint64_t sim_queue_raised(uint64_t wanted, uint64_t clear, uint32_t *queue_id, uint32_t *gpu_id);
int sim_queue_exception_info(uint32_t id, uint64_t exception, bool clear);
uint64_t sim_queue_exceptions(bool clear); /* of all queues */

/* DBG_TRAP and RUNTIME_ENABLE (debug.c). */
int sim_debug_trap(void *args);
int sim_debug_runtime(void *args);
void sim_debug_deleted(const struct sim_gpu *gpu); /* one of its queues */
/* Engines may call these three. */
bool sim_debug_on(void);
bool sim_debug_tell(uint64_t exceptions); /* false: there is no debugger, or it did not ask for these */
bool sim_debug_fault(const struct sim_gpu *gpu, const struct kfd_memory_exception *fault); /* the same */
void sim_debug_forget(void);
struct kfd_aperture sim_kfd_aperture(const struct sim_gpu *gpu);
uint32_t sim_gpu_capability(const struct sim_gpu *gpu); /* as its node has it (sysfs_topology.c) */
/* What a fault does to the process, where no debugger takes it. */
void sim_event_memory_violation(struct sim_gpu *gpu, const struct kfd_memory_exception *fault);

/* Processes that have opened the device (process.c). */
void sim_process_known(void); /* this one has */
void sim_process_forget(void);
bool sim_process_is_known(pid_t pid);
bool sim_process_is_traced(pid_t pid); /* by the calling thread? */

/* CRIU_OP (criu.c). */
int sim_criu(void *args);
void sim_criu_forget(void);
void sim_evict_forget(void);

/* Has the calling thread that capability, or CAP_SYS_ADMIN, in the initial user namespace? */
bool sim_capable(unsigned capability);
int sim_profiler(void *args);
void sim_profiler_end(void); /* of the calling process */
void sim_profiler_forget(void);

/* Shared virtual memory (svm.c). */
uint32_t sim_svm_count(void); /* of ranges */
int sim_svm(void *args);
int sim_svm_xnack(void *args);
/* Is a part of these addresses registered there? */
bool sim_svm_overlaps(uint64_t start, uint64_t bytes);
/* The host address of what a queue keeps there; NULL: not registered so that it is always mapped. */
uint8_t *sim_svm_pin(const struct sim_gpu *gpu, uint64_t va, uint64_t bytes);
void sim_svm_forget(void);

/* GEM objects of render nodes, each file's its own (gem.c). Lock held, but for resolve and forget. */
struct drm_prime {
    uint32_t handle, flags;
    int32_t fd;
};
struct drm_gem_va {
    uint32_t handle, pad, operation, flags;
    uint64_t va, offset, bytes;
};
_Static_assert(sizeof(struct drm_prime) == 12 && sizeof(struct drm_gem_va) == 40, "drm.h, amdgpu_drm.h");
int sim_gem_import(struct sim_gpu *gpu, uint64_t file, struct drm_prime *a);
int sim_gem_export(struct sim_gpu *gpu, uint64_t file, struct drm_prime *a);
int sim_gem_va(struct sim_gpu *gpu, uint64_t file, struct drm_gem_va *a);
int sim_gem_mmap_offset(struct sim_gpu *gpu, uint64_t file, uint64_t *handle_in_offset_out);
int sim_gem_close(struct sim_gpu *gpu, uint64_t file, uint32_t handle);
int sim_gem_resolve(const struct sim_gpu *gpu, uint64_t mmap_offset, size_t length, int *fd,
                    off_t *fd_offset);
void sim_gem_forget(void);
void sim_gem_end(const struct sim_gpu *gpu); /* what was mapped for that process there */

struct sim_objects {
    unsigned buffers, mappings, queues, events; /* events: of the process, not of the GPU */
};
/* What this process has on a GPU, for tests that look for leaks. */
void sim_kfd_count(struct sim_gpu *gpu, struct sim_objects *out);
unsigned sim_event_count(void);

#endif
