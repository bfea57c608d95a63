/*
 * sim.h - the software GPU: what its parts know of each other.
 *
 * One process has one simulated machine (options in KFDFS_SIM and KFDFS_SIM_OPTS). Nothing exists before the
 * first access: no thread, descriptor or mapping is made in a constructor.
 *
 * Who calls whom, top down:  preload -> {sysfs, kfd, drm} -> {memory, event, queue} -> {engine: sdma, aql,
 * pm4}
 *                            -> compute -> isa -> vm -> heap
 */
#ifndef KFDFS_SIM_H
#define KFDFS_SIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wave.h"

/* ---- options and models (models.c) ---- */

enum { SIM_MAX_GPUS = 64, SIM_PAGE = 4096 };

enum sim_sdma_version {
    SIM_SDMA_4_4_0,
    SIM_SDMA_4_4_2,
    SIM_SDMA_4_4_5,
    SIM_SDMA_5_2,
    SIM_SDMA_6_0,
    SIM_SDMA_7_0
};

struct sim_model; /* one row per card: numbers as real cards publish them; models.h has the fields */

struct sim_options {    /* from KFDFS_SIM_OPTS, "kfd=1.11,ram=4G,seed=7,serial" */
    unsigned kfd_minor; /* 17 by default */
    uint64_t bar_bytes; /* of VRAM that the CPU sees; 0: all of it */
    uint64_t ram_bytes; /* budget of host memory; half of MemAvailable by default */
    uint64_t seed;      /* of all noise; 1 by default */
    bool serial;        /* work-groups on one thread, one after the other */
};

/* ---- shared memory (memfd.c) ---- */

/* A descriptor with a high number in place of that one, or that one; -1 stays -1. */
int sim_fd_high(int fd);
/* The descriptor of fresh zeroed memory, mapped at *base; or -errno. */
int sim_memfd_make(const char *name, uint64_t bytes, void **base);
/* The same for memory that an earlier image of this process has kept for us with sim_memfd_keep(); -ENOENT:
 * none. */
int sim_memfd_inherit(const char *name, uint64_t bytes, void **base);
int sim_memfd_keep(int fd, uint64_t bytes); /* over exec */
/* Every memfd that this process has open, by its name. */
void sim_memfd_each(void (*each)(int fd, const char *name, void *ctx), void *ctx);

/* ---- device memory (heap.c) ---- */

/* A pool of one GPU: one memfd, mapped whole, of which only touched pages cost memory. */
struct sim_heap {
    int fd;
    uint8_t *base;
    uint64_t bytes;       /* size of the pool */
    uint64_t used;        /* allocated; under lock */
    pthread_mutex_t lock; /* guards used and the free list */
    struct sim_extent *free_list;
    struct sim_extent *spares; /* nodes for what will be freed; under lock */
    uint64_t seed;
    bool adopted; /* from an earlier image of this process, with what was exported (dmabuf.c) */
    bool kept;    /* for the next one; under lock */
};
int sim_heap_init(struct sim_heap *heap, const char *name, uint64_t bytes, uint64_t seed); /* 0 or -errno */
/* Unmaps and closes the pool; takes NULL and a zeroed one. Nobody may use it meanwhile. */
void sim_heap_fini(struct sim_heap *heap);
/* bytes: a multiple of the page. Some pages of a fresh extent hold seeded noise (all of a small one; of a
 * large one its ends and a sample between, so that it stays cheap) unless clear. 0 or -ENOMEM. */
int sim_heap_alloc(struct sim_heap *heap, uint64_t bytes, bool clear, uint64_t *offset);
void sim_heap_free(struct sim_heap *heap, uint64_t offset,
                   uint64_t bytes); /* gives the pages back to the host */
/* Lets the pool outlive an exec. 0 or -errno. */
int sim_heap_keep(struct sim_heap *heap);
/* Takes a free range out of an adopted pool. 0, -EEXIST or -ENOMEM. */
int sim_heap_claim(struct sim_heap *heap, uint64_t offset, uint64_t bytes);
void sim_heap_drop_free(struct sim_heap *heap); /* gives what nobody claimed back to the host */
/* Zeroes host memory inside a heap; whole pages are punched out instead of written. Returns false if the
 * address is in no heap (nothing done). */
bool sim_heap_zero(void *host, uint64_t bytes);
/* False once the host memory that all heaps hold exceeds the budget: whoever would write must fail instead.
 */
bool sim_heap_within_budget(void);
/* To be called after allocations: starts to watch the budget where more is promised than it allows
 * (budget.c). */
void sim_budget_watch(void);
/* Fills with the reproducible noise of that seed. */
void sim_noise(void *to, size_t bytes, uint64_t seed);
/* The first lanes of n rows of a register file, or of LDS: cheaper noise. */
void sim_noise_rows(uint32_t (*rows)[64], unsigned n, unsigned lanes, uint64_t seed);

/* ---- GPU address space (vm.c) ---- */

enum { SIM_VM_READ = 1, SIM_VM_WRITE = 2, SIM_VM_EXEC = 4 };

struct sim_range {
    uint64_t start, end; /* GPU addresses, pages */
    uint8_t *host;       /* of start */
    unsigned access;     /* SIM_VM_* */
};

struct sim_vm {               /* of one process on one GPU */
    pthread_rwlock_t lock;    /* engines hold it for reading while they use host pointers; prefers writers */
    struct sim_range *ranges; /* sorted, never overlapping */
    size_t n_ranges, capacity;
    _Atomic uint64_t generation; /* changes with every map and unmap */
};
int sim_vm_init(struct sim_vm *vm);
void sim_vm_fini(struct sim_vm *vm);
int sim_vm_map(struct sim_vm *vm, uint64_t va, uint64_t bytes, void *host,
               unsigned access);                                   /* -EEXIST, -ENOMEM */
void sim_vm_unmap(struct sim_vm *vm, uint64_t va, uint64_t bytes); /* waits for engines that are inside */
void sim_vm_enter(struct sim_vm *vm);
void sim_vm_leave(struct sim_vm *vm);
/* Inside enter/leave: the range that holds va, or NULL. */
const struct sim_range *sim_vm_find(struct sim_vm *vm, uint64_t va);
/* Inside enter/leave: host address of bytes at va if they lie in one range that allows the access, else NULL.
 */
void *sim_vm_host(struct sim_vm *vm, uint64_t va, uint64_t bytes, unsigned access);

/* ---- the machine (machine.c) ---- */

struct sim_gpu {
    const struct sim_model *model;
    unsigned index;
    uint32_t node, gpu_id, render_minor;
    unsigned hive, hive_rank;  /* index of its hive's first GPU, and its place there */
    struct sim_heap vram, gtt; /* gtt: system memory handed to this GPU */
    struct sim_vm vm;
    _Atomic bool
        evicted; /* a memory fault took the queues of this process; queues made later start evicted */
    _Atomic bool suspended;             /* the kernel has taken all queues off, for a while */
    _Atomic bool lost;                  /* off the bus */
    _Atomic uint64_t dead_sdma;         /* bit of each SDMA engine that does nothing */
    _Atomic uint64_t tba, tma;          /* of the program's trap handler; 0: none */
    _Atomic unsigned resets, throttles; /* as SMI events count them */
    uint64_t fault_va; /* of the last memory fault, with its status register; under the event lock */
    uint32_t fault_status;
    int doorbell_fd;         /* memfd of the process's doorbell slice, 8192 bytes */
    uint64_t *doorbells;     /* the simulator's own view of it */
    struct sim_gpu_kfd *kfd; /* kfd.c's own state (VM acquired, buffers, ...) */
};

struct sim_machine {
    struct sim_options options;
    unsigned n_gpus;
    struct sim_gpu gpu[SIM_MAX_GPUS];
};

/* NULL when KFDFS_SIM is unset or wrong (told once on stderr). "none" is a machine with 0 GPUs. */
struct sim_machine *sim_machine(void);
/* The same, but the GPUs' memory may not exist yet: enough for paths, ids and properties. */
struct sim_machine *sim_machine_described(void);
/* Has it all been made? */
bool sim_machine_complete(void);
struct sim_gpu *sim_gpu_by_id(uint32_t gpu_id); /* NULL: no such */
struct sim_gpu *sim_gpu_by_minor(uint32_t render_minor);
uint64_t sim_clock(const struct sim_gpu *gpu);    /* the GPU's counter now */
uint64_t sim_clock_hz(const struct sim_gpu *gpu); /* 100 MHz (gfx90a 25 MHz) */
/* One line about a thing that the simulated hardware met and a person must know (an unknown instruction,
 * packet or register): to stderr, prefixed "kfdsim: ", and kept for sim_last_report(). */
void sim_report(const struct sim_gpu *gpu, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_last_report(char *to, size_t size); /* the last such line, without prefix; "" if none */
uint64_t sim_host_memory(void);              /* bytes of this host's memory */

/* ---- the kernel driver (kfd.c memory.c queue.c event.c drm.c) ---- */

/* Entry points of preload.c. All return 0 or a negative errno (524 is ENOTSUPP). */
int sim_kfd_open(int flags); /* called at each open of /dev/kfd in this process */
int sim_kfd_ioctl(unsigned long request, void *arg);
/* Resolves an mmap of /dev/kfd: which descriptor and offset to map instead. */
int sim_kfd_mmap(uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* ACQUIRE_VM's drm_fd and others go through this: which GPU a descriptor is the render node of, or NULL. In
 * preload.c. */
struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id);
int sim_drm_ioctl(struct sim_gpu *gpu, unsigned long request, void *arg);
int sim_drm_mmap(struct sim_gpu *gpu, uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* Which part of which memfd a render node's mmap offset of a buffer means (memory.c). 0 or -errno. */
int sim_memory_resolve(struct sim_gpu *gpu, uint64_t mmap_offset, size_t length, int *fd, off_t *fd_offset);
/* Does KFD take system memory for VRAM? From 6.12 on it does on an APU whose own share is the smaller one
 * (amdgpu's apu_prefer_gtt). */
bool sim_gpu_vram_is_gtt(const struct sim_gpu *gpu);
uint64_t sim_gpu_vram_bytes(const struct sim_gpu *gpu); /* what its memory bank says */
/* Descriptors of dma-bufs, each known by a number (dmabuf.c); the first is in preload.c. */
void sim_dmabuf_opened(int fd, uint64_t bo);
void sim_dmabuf_copied(uint64_t bo);
void sim_dmabuf_closed(uint64_t bo);
int sim_dmabuf_mmap(uint64_t bo, uint64_t offset, size_t length, int *fd, off_t *fd_offset);
/* Finds the exported memory in pools that were adopted. 0 or -errno. */
int sim_bo_adopt(struct sim_gpu *gpu);
/* Does all of its VRAM lie on the bus? */
bool sim_gpu_large_bar(const struct sim_gpu *gpu);
/* Of one hive of XGMI? A GPU always is with itself. */
bool sim_gpus_in_hive(const struct sim_gpu *a, const struct sim_gpu *b);
/* May one GPU reach another's VRAM directly? The topology lists such links, and MAP_MEMORY allows no others
 * (machine.c). */
bool sim_gpus_linked(const struct sim_gpu *from, const struct sim_gpu *owner);
/* After a successful mmap made through sim_kfd_mmap: lets doorbells watch that address range. */
void sim_mapped(int fd, off_t fd_offset, void *address, size_t length);
/* In the child of a fork: forget everything but the options; the child's descriptors are dead (EBADF). */
void sim_after_fork(void);

/* Interrupt from an engine with the event id of a TRAP or signal: looks at the event page as the kernel does.
 */
void sim_event_interrupt(uint32_t event_id);
/* Faults: evicts every queue of the process on that GPU, sets the MEMORY events. access: what was tried. */
void sim_event_memory_fault(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present);
/* What the DRM driver keeps of the last one: zeroes if there was none. */
void sim_event_last_fault(struct sim_gpu *gpu, uint64_t *va, uint32_t *status);
/* Sets the HW_EXCEPTION events. cause: 0 hang, 1 ECC; memory_lost as the kernel says it. */
void sim_event_hw_exception(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost);

/* As kfd_signal_reset_event(): the whole GPU is reset, which costs the process its queues there. */
enum { KFD_HW_HANG, KFD_HW_ECC };
void sim_event_reset_gpu(struct sim_gpu *gpu, unsigned cause);
/* As kfd_signal_poison_consumed_event(), but for the signal. */
void sim_event_poison(struct sim_gpu *gpu);

/* SMI events (smi.c): what a GPU's clients are told. */
void sim_smi_fault(const struct sim_gpu *gpu);
void sim_smi_reset(struct sim_gpu *gpu, bool after, const char *cause);
void sim_smi_evict(const struct sim_gpu *gpu);
void sim_smi_restore(const struct sim_gpu *gpu);
void sim_smi_throttle(struct sim_gpu *gpu, uint64_t why);
/* A new descriptor for the program. 0 or -errno. */
int sim_smi_open(const struct sim_gpu *gpu, uint32_t *fd);
/* A write to such a descriptor: bytes taken, or -errno. */
int sim_smi_write(unsigned client, const void *from, size_t bytes);
void sim_smi_made(int fd, unsigned client); /* preload.c */
void sim_smi_forget(void);

/* What a program writes to a GPU's inject file (inject.c). 0 or -errno. */
int sim_inject(struct sim_gpu *gpu, const char *bytes, size_t length);
extern const char sim_inject_usage[];
int sim_inject_refuses(unsigned nr); /* 0, or the -errno that this ioctl is to fail with */

/* A wave of the queue with that doorbell tells of exceptions (bit code - 1). False: nobody asked to be told.
 */
bool sim_queue_exception(struct sim_gpu *gpu, unsigned doorbell, uint32_t exceptions);

/* ---- queues and engines (engine.c doorbell.c sdma.c aql.c pm4.c) ---- */

enum sim_queue_type { SIM_QUEUE_PM4, SIM_QUEUE_SDMA, SIM_QUEUE_AQL };

struct sim_queue { /* made by queue.c after the kernel's checks; the buffers stay mapped while it lives */
    struct sim_gpu *gpu;
    enum sim_queue_type type;
    uint32_t id;
    unsigned engine; /* SDMA engine */
    uint8_t *ring;   /* host addresses of pinned memory */
    uint64_t ring_va;
    uint32_t ring_bytes;
    _Atomic uint64_t *rptr, *wptr;
    uint64_t rptr_va, wptr_va;
    _Atomic uint64_t *doorbell; /* in the GPU's doorbell slice */
    unsigned doorbell_index;
    unsigned priority;
    unsigned xcc;  /* PM4: the one that it runs on */
    uint8_t *cwsr; /* context save area, or NULL */
    uint64_t cwsr_va;
    /* engine.c's */
    pthread_t thread;
    uint64_t mapped_wptr; /* write pointer found in memory at the start; later ones come with the doorbell */
    _Atomic bool stop;    /* preempt: leave the engine loop and every wave soon */
    _Atomic bool hung;    /* takes no packet and gives no wave back; only a reset ends that */
    _Atomic bool halted;  /* died of an illegal packet or instruction; holds its slot until destroyed */
    void *engine_state;
};

/* Starts the engine thread of a new queue. 0 or -errno. */
int sim_engine_start(struct sim_queue *queue);
/* Preempts what runs, joins the thread. */
void sim_engine_stop(struct sim_queue *queue);
/* Blocks until the doorbell differs from seen, or the queue stops or is evicted (then false).
 * Idle costs nothing measurable; a busy queue is polled. */
bool sim_doorbell_wait(struct sim_queue *queue, uint64_t seen);
void sim_doorbell_kick(struct sim_queue *queue); /* wakes the waiter to look at stop and evicted */

void sim_sdma_run(struct sim_queue *queue); /* engine loops; return when the queue stops or halts */
void sim_aql_run(struct sim_queue *queue);
void sim_pm4_run(struct sim_queue *queue);

/* May the engine go on? False once the queue is stopped, halted, or its GPU evicted. */
static inline bool sim_queue_alive(const struct sim_queue *q)
{
    return !atomic_load_explicit(&q->stop, memory_order_acquire) &&
           !atomic_load_explicit(&q->halted, memory_order_relaxed) &&
           !atomic_load_explicit(&q->gpu->evicted, memory_order_acquire);
}

/* ---- compute (compute.c) ---- */

/* What the command processor derived from packet, descriptor and queue. */
struct sim_dispatch {
    struct sim_gpu *gpu;
    struct sim_queue *queue;    /* for preemption; may be NULL in tests */
    uint32_t grid[3], group[3]; /* work-items */
    uint64_t code_va;           /* first instruction (after kernarg preload's skip) */
    uint32_t rsrc1, rsrc2, rsrc3;
    uint16_t properties; /* kernel_code_properties of the descriptor */
    bool wave32;
    uint32_t lds_bytes;     /* of a work-group */
    uint32_t private_bytes; /* of a work-item */
    uint32_t user_sgpr[32]; /* already filled in their order */
    unsigned n_user_sgprs;  /* valid ones; the rest up to RSRC2.user_sgpr hold noise */
    uint64_t scratch_va;    /* backing for all waves; waves beyond scratch_waves wait */
    uint32_t scratch_waves; /* per XCC */
    uint64_t packet_va;
    unsigned first_xcc, n_xccs; /* which XCCs share the work-groups; n_xccs 0: all of the GPU */
    uint64_t seed;
};

enum sim_end { SIM_END_OK, SIM_END_FAULT, SIM_END_ILLEGAL, SIM_END_TRAP, SIM_END_PREEMPTED };
struct sim_outcome {
    enum sim_end end;
    uint64_t pc, va;  /* where; for a fault: which address */
    unsigned access;  /* SIM_VM_* that was tried */
    bool not_present; /* no mapping, or a mapping that forbids the access */
    char text[160];   /* illegal: the instruction's bytes and address */
};

/* Runs all work-groups, on several host threads, over all XCCs; returns when they ended or one failed. The
 * caller is outside sim_vm_enter(). */
void sim_compute_run(struct sim_dispatch *dispatch, struct sim_outcome *outcome);

#endif
