/*
 * internal.h - what the parts of the driver know of each other.
 *
 * Layers, top down:  system -> watch -> {fault, smi} -> queue -> {sdma, aql, pm4, scratch} -> submit ->
 * kernel_queue -> {timeline, event, memory, clock} -> gpu -> {kfd, topology}. tests/circles.sh looks after
 * it. Lock order: gpu_system.lock, then gpu_queue.lock, then gpu_buffer.lock. No lock is held over a
 * callback.
 */
#ifndef KFDFS_INTERNAL_H
#define KFDFS_INTERNAL_H

#include "gpu.h"
#include "kfd.h"
#include "topology.h"
#include "hw/targets.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum {
    PAGE_BYTES = 4096,
    DOORBELL_BYTES = 8192, /* a process's slice on one GPU: 1024 doorbells (Linux amdkfd/kfd_doorbell.c) */
};

static inline uint64_t align_up(uint64_t value, uint64_t alignment) /* a power of two */
{
    return (value + alignment - 1) & ~(alignment - 1);
}

/* ---- errors (err.c) ---- */

/* Around cleaning up: the sentence of the first error stays. */
char *err_save(void);
void err_restore(char *saved); /* frees it */

/* ---- kernel allocations (bo.c, memory.c) ---- */

/* bytes of addresses that start at a multiple of the alignment; munmap() gives them back. */
int reserve_addresses(uint64_t bytes, uint64_t alignment, void **out);

/* Addresses for a buffer's window (window.c). */
int window_take(uint64_t window, void **out);
bool window_claim(uint64_t va); /* was it reserved for a buffer that comes over? Then it is the caller's */

struct place { /* where one goes, and for whom */
    struct gpu *gpu;
    uint32_t flags;
    uint8_t *address;
    uint64_t bytes;
    bool cpu;  /* map it for the CPU */
    bool all;  /* for every GPU, else for those that reach the owner */
    bool only; /* for the owner alone */
};

/* mmap_offset: of the render node, for place_show() where place->cpu is not wanted yet. May be NULL. */
int place_alloc(const struct place *place, uint64_t *handle, uint64_t *mmap_offset);
int place_show(const struct place *place, int fd, uint64_t offset); /* to the CPU */
void place_hide(const struct place *place);                         /* from it; the addresses stay reserved */
/* Memory that the program has there already. */
int place_adopt(const struct place *place, uint64_t *handle);
/* Takes it from the GPUs, and leaves the CPU's mapping alone. */
bool place_drop(const struct place *place, uint64_t handle);
/* The addresses stay reserved. False: the kernel keeps the memory, so nobody else must ever get them. */
bool place_free(const struct place *place, uint64_t handle);
int place_import(const struct place *place, int fd, uint64_t *handle); /* exported memory of that size */

enum bo_kind {
    BO_VRAM, /* only the GPU touches it */
    BO_GTT,  /* shared with the CPU, uncached for the GPU */
};

/* One kernel allocation with its own addresses: the kernel wants each buffer of a queue to be one. */
struct bo {
    struct gpu *gpu; /* NULL: nothing here */
    uint64_t handle, bytes;
    void *cpu;   /* GTT: usable; VRAM: only the address, nothing is mapped there */
    bool shared; /* mapped to every GPU, else to its own */
};

int bo_create(struct gpu *gpu, enum bo_kind kind, uint64_t bytes, bool shared, struct bo *out);
void bo_free(struct bo *bo); /* and clears it */
static inline uint64_t bo_va(const struct bo *bo)
{
    return (uint64_t)(uintptr_t)bo->cpu;
}
/* Who is to be freed at gpu_system_close() and frees the buffer himself (a code object). */
void buffer_set_owner(struct gpu_buffer *buf, void (*owner_free)(void *owner), void *owner);
void buffers_close(struct gpu_system *sys);
/* Is that memory of a buffer, and may the CPU read it (at the same address)? */
bool buffer_cpu_sees_at(struct gpu_system *sys, uint64_t va, uint64_t bytes);
int hdp_open(struct gpu *gpu);
void hdp_close(struct gpu *gpu);

/* ---- clock (clock.c) ---- */

struct clock {
    pthread_mutex_t lock; /* guards the anchor */
    uint64_t hz;
    uint64_t ticks, ns;  /* the same moment on both clocks */
    uint64_t sampled_ns; /* when the anchor was taken */
    uint64_t error_ns;   /* how far its two halves may be apart */
};

uint64_t clock_now(void); /* CLOCK_MONOTONIC */
void clock_init(struct clock *clock, uint64_t hz);
uint64_t clock_ns(struct gpu *gpu, uint64_t ticks); /* as CLOCK_MONOTONIC */
/* The arithmetic of clock_ns: the time of ticks, from the anchor. */
uint64_t clock_convert(uint64_t ticks, uint64_t anchor_ticks, uint64_t anchor_ns, uint64_t hz);

/* ---- system (system.c) ---- */

struct gpu {
    struct gpu_system *sys;
    unsigned index;
    struct gpu_info info;
    const struct target *target; /* NULL: not in our table, so no queues */
    struct topology_node node;   /* links are the system's */
    bool vram_is_gtt;            /* an APU whose memory bank is the host's: more than its own share of VRAM */
    int render;                  /* the descriptor that ACQUIRE_VM has */
    uint64_t lds_base, scratch_base;
    struct bo hdp, trap;
    _Atomic unsigned reads;      /* enum gpu_reads of upload.c */
    _Atomic uint32_t *hdp_flush; /* NULL: the CPU must not write to VRAM */
    _Atomic(void *) doorbells;   /* mapped with the first queue, under sys->lock */
    struct clock clock;
    _Atomic unsigned resets_begun, resets_over; /* SMI events tell so */
    _Atomic bool stopped;                       /* lost because of another GPU's reset */
    unsigned resets_told;                       /* the event thread's */
    unsigned resets_missed; /* told before their event came, if it comes at all; the event thread's */
    unsigned resets_early;  /* told, and perhaps no reset but poison: SMI events will tell; the same */
    bool absent;            /* an image before had it, and the kernel does not give it to us */
    _Atomic uint64_t
        fault_found;  /* its page | 1: of a fault told before its event came; the event thread's */
    _Atomic int lost; /* 0, or -ENODEV, after lost_text was written */
    char lost_text[400];
};

struct gpu_system {
    struct kfd kfd;
    bool xnack; /* GPUs retry what faulted: the kernel's choice for this process */
    void (*on_event)(void *ctx, const struct gpu_event *event);
    void *ctx;
    uint64_t probe_ns;      /* how long an engine may take for its first answer */
    uint64_t queue_idle_ns; /* 0: queues never sleep */
    uint64_t awake_ns;      /* how long who waits for a command looks himself before he sleeps */
    struct topology topology;
    unsigned n_gpus;
    struct gpu *gpus;
    unsigned n_links;
    struct gpu_link *links; /* between GPUs of ours and CPUs, by node */

    struct bo event_page; /* of 8-byte slots; a slot's index is its event's id */
    uint32_t wake_event, memory_event, hw_event;
    pthread_t event_thread;
    bool event_thread_runs;
    _Atomic bool stop; /* the event thread ends */
    struct smi *smi;   /* NULL: the kernel tells nothing there */

    pthread_mutex_t lock; /* guards the lists, the cursor and the doorbell mappings */
    pthread_cond_t idle;  /* the cursor moved */
    struct gpu_queue *queues;
    struct gpu_queue *cursor; /* the one that the event thread is in, or NULL */
    uint32_t *spare_events;   /* of queues that are gone */
    unsigned n_spare_events, spare_capacity;
    struct gpu_buffer *buffers;
};

/* ---- one GPU (gpu.c) ---- */

void device_init(struct gpu *gpu, struct gpu_system *sys, unsigned index);
/* Its render node and its address space. 0, a negative errno, or 1 for a GPU that is not given to us. */
int device_open(struct gpu *gpu, const struct topology_node *node);
/* It was known, and is not given to us; reason: the text of the last error. */
void device_set_absent(struct gpu *gpu, const struct gpu_info *info);
/* Asks the DRM driver through our own descriptor. 0 or a negative errno, without a sentence. */
int drm_query(const struct gpu *gpu, uint32_t query, void *out, uint32_t bytes);

/* ---- links (links.c) ---- */

int links_open(struct gpu_system *sys); /* sys has its topology and its GPUs */

/* ---- events (event.c) ---- */

enum {
    EVENT_PAGE_BYTES = 32768, /* 4096 slots */
    /* How long the event thread sleeps at most: */
    IDLE_LIMIT_MS = 1000,
    BUSY_LIMIT_MS = 100, /* with work under way: how late a lost interrupt is noticed */
    HELD_LIMIT_MS = 1,   /* with a command that only looking can release */
};

int event_open(struct gpu_system *sys); /* page and events; sys has a GPU */
void event_close(struct gpu_system *sys);
int event_create(struct gpu_system *sys, uint32_t *event_id); /* for a queue */
void event_release(struct gpu_system *sys, uint32_t event_id);
uint64_t event_slot(struct gpu_system *sys, uint32_t event_id);
void event_wake(struct gpu_system *sys); /* the event thread looks at everything again */

/* ---- the event thread (watch.c) ---- */

int watch_start(struct gpu_system *sys); /* the events are there */
void watch_stop(struct gpu_system *sys);

/* ---- SMI events (smi.c): best effort ---- */

void smi_open(struct gpu_system *sys);
void smi_close(struct gpu_system *sys);

/* ---- timeline (timeline.c) ---- */

/*
 * What other queues wait for: a signal in GTT whose value counts down from INT64_MAX with each command, so
 * that SDMA (FENCE of a value) and the command processor (which can only decrement) both can advance it. It
 * outlives its queue while somebody waits.
 */
struct timeline {
    atomic_uint refs;
    struct bo bo;              /* mapped to every GPU */
    _Atomic uint64_t seen;     /* the highest sequence number that anybody read */
    _Atomic uint64_t released; /* 0, or 1 + how far it came before its queue died */
};

int timeline_create(struct gpu *gpu, struct timeline **out);
struct timeline *timeline_ref(struct timeline *timeline);
void timeline_unref(struct timeline *timeline);
uint64_t timeline_read(struct timeline *timeline); /* any thread */
void timeline_set(struct timeline *timeline, uint64_t seq);
/* The queue is gone: whoever waits goes on. completed: how far it really came. */
void timeline_release(struct timeline *timeline, uint64_t completed);
static inline uint64_t timeline_value(uint64_t seq)
{
    return (uint64_t)INT64_MAX - seq;
}
static inline uint64_t timeline_va(const struct timeline *timeline) /* of its 64-bit value */
{
    return bo_va(&timeline->bo) + 8;
}
/* May 32 bits of it be compared? Only in the lower three quarters of each 2^32: a waiter that looks late must
 * still find the counter in the same 2^32. */
static inline bool timeline_comparable32(uint64_t seq)
{
    return (uint32_t)seq < 0xc0000000u && (uint32_t)seq != 0;
}

/* ---- queues (queue.c, submit.c) ---- */

struct command {
    struct gpu_command c; /* data and kernarg point into the batch */
    uint64_t seq;
    uint64_t ring_free; /* once it is done, the ring is free up to here */
    uint64_t kernarg_free;
    uint64_t emitted_bytes;    /* of a copy, fill or write that needs several packets */
    bool begun;                /* its first packet is in the ring */
    struct timeline *timeline; /* GPU_WAIT_QUEUE */
};

struct batch { /* what one gpu_queue_submit() brought */
    struct batch *next;
    struct gpu_job job;
    void *ctx;
    bool announcing;  /* submitted() runs */
    bool all_emitted; /* under the queue's lock */
    bool announced;   /* submitted() was called, or need not be; under the queue's lock */
    unsigned n;
    struct command commands[];
};

enum emit_result { EMIT_DONE, EMIT_NO_ROOM, EMIT_HELD }; /* held: waits on the CPU, for a queue or memory */

struct queue_ops { /* what differs between SDMA and compute; all called with the queue's lock */
    int (*check)(const struct gpu_queue *queue, const struct gpu_command *command);
    int (*open)(struct gpu_queue *queue, struct kfd_create_queue *args); /* its buffers */
    void (*close)(struct gpu_queue *queue); /* what open made beside the bo's of the queue */
    void (*reset)(struct gpu_queue *queue); /* ring and pointers as for a queue that did nothing yet */
    enum emit_result (*emit)(struct gpu_queue *queue, struct command *command);
    void (*flush)(struct gpu_queue *queue);         /* rings the doorbell for what was emitted */
    uint64_t (*completed)(struct gpu_queue *queue); /* highest sequence number whose command is done */
    void (*times)(struct gpu_queue *queue, const struct command *command, uint64_t *start, uint64_t *end);
    int (*poll)(struct gpu_queue *queue, char *text, size_t size); /* 0, or the error that killed it */
    void (*probe)(
        struct gpu_queue *queue); /* without the lock, once it exists: asks whether it works; or NULL */
};
extern const struct queue_ops sdma_ops, aql_ops, pm4_ops;

enum { QUEUE_TEXT = 256 };

struct gpu_queue {
    struct gpu *gpu;
    const struct queue_ops *ops;
    struct gpu_queue_options options;
    int engine;
    struct gpu_queue *next, *prev; /* under sys->lock */

    uint32_t id, event_id;
    bool exists;                  /* for the kernel; under the lock once it is in the list */
    struct kfd_create_queue args; /* what it was made from */
    struct bo ring, pointers, eop, cwsr, control;
    uint64_t doorbell_offset;
    _Atomic uint64_t *doorbell, *read_pointer, *write_pointer;
    uint32_t ring_bytes;
    struct timeline *timeline;

    pthread_mutex_t lock;       /* guards all below */
    pthread_cond_t changed;     /* reported, error or waiters changed */
    struct batch *first, *last; /* not yet reported */
    unsigned unannounced;       /* of them: no one need look for those otherwise */
    struct batch *emit_batch;   /* the next command for the ring */
    unsigned emit_index;
    struct batch *done_batch; /* the next command to complete */
    unsigned done_index;
    uint64_t submitted, emitted, completed, reported; /* sequence numbers */
    uint64_t head, tail; /* of the ring, in bytes (SDMA) or packets (AQL), never wrapping */
    uint64_t flushed;    /* head at the last doorbell */
    uint64_t last_end_ns;
    uint64_t idle_since_ns;  /* since when nothing is left to do */
    bool held;               /* the next command waits for another queue */
    bool reporting;          /* results were taken whose done() has not returned */
    bool report_blocked;     /* a result waits until submitted() has returned */
    unsigned waiters;        /* threads inside of submit and wait */
    unsigned dozes, in_vain; /* waits to come that sleep at once; how many after the next one in vain */
    int error;
    char text[QUEUE_TEXT];

    /* SDMA */
    uint64_t interrupted;    /* head after the last interrupt packet */
    unsigned slots;          /* of timestamps: commands that may be in flight */
    uint64_t probe_until_ns; /* when its engine must have answered; 0: it has */
    /* compute */
    struct compute *compute;
    uint64_t kernarg_head, kernarg_tail; /* of its argument ring, in bytes, never wrapping */
};

/* The event thread's (or, in destroy, the caller's) visit: completes, reports and emits. True if anything
 * happened. */
bool queue_service(struct gpu_queue *queue);
unsigned queue_patience_ms(struct gpu_queue *queue); /* how long it may go without a visit */
/* Under the lock, from any thread: completes and reports commands as long as nobody is called for it. */
void queue_report_quiet(struct gpu_queue *queue);
/* The command that the GPU is at, under the queue's lock; NULL: none. */
const struct command *running_command(struct gpu_queue *queue);
void queue_fail(struct gpu_queue *queue, int error, const char *text);
void system_report(struct gpu_system *sys, const struct gpu_event *event);

/* ---- the kernel's queue (kernel_queue.c) ---- */

int kernel_queue_create(struct gpu_queue *queue,
                        struct kfd_create_queue *args); /* as open() has filled them */
/* Of what kfd_destroy_queue() returned: is it? */
bool kernel_queue_is_gone(int rc);
/* Under the lock. Gives the hardware queue back if it has been idle for long. True: it did. */
bool queue_sleep(struct gpu_queue *queue);
int queue_awake(struct gpu_queue *queue); /* under the lock: makes it again if need be */
const char *queue_name(const struct gpu_queue *queue, char *buffer, size_t size);

/* ---- trap handlers (trap.c) ---- */

void trap_open(struct gpu *gpu); /* best effort */
void trap_close(struct gpu *gpu);
void trap_forget(struct gpu_queue *queue); /* what an earlier queue with its doorbell left */
/* Where a wave of that queue was when it trapped. False: nobody told. */
bool trap_pc(const struct gpu_queue *queue, uint64_t *pc);

/* ---- threads (thread.c) ---- */

/* One of the driver's own: signals are the program's. 0 or a negative errno, without a sentence. */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);

/* ---- faults (fault.c): what the kernel told of a GPU; on the event thread ---- */

void fault_memory(struct gpu_system *sys, const struct kfd_memory_fault *fault);
void fault_hardware(struct gpu_system *sys, const struct kfd_hw_exception *exception);
/* Faults and resets whose event was overwritten by another GPU's, or lost with a wait that failed. */
void fault_missed(struct gpu_system *sys);
void fault_missed_resets(struct gpu_system *sys);
/* The GPU is lost to this process: its queues fail with error, and event (whose gpu, kind and text are set)
 * is reported. */
void gpu_lose(struct gpu_event *event, int error);

/* As if the queue had already done so many commands. Only on a queue without any. */
void queue_start_at(struct gpu_queue *queue, uint64_t seq);

#endif
