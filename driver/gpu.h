/*
 * gpu.h - the driver's one public header: GPUs of /dev/kfd, their memory, queues and code.
 *
 * Errors: every function that can fail returns 0 (or a count) or a negative errno and leaves its
 * out-parameters untouched on failure. Whoever detected the fault has left one sentence for a human in
 * gpu_err_text(), which is per thread and valid until the thread's next failing call.
 * Units: bytes, nanoseconds of CLOCK_MONOTONIC, GPU virtual addresses as uint64_t.
 * Threads: every function may be called from any thread, unless its comment says otherwise.
 * Ownership: handles are freed by the x_free, x_close or x_destroy of their noun, which takes NULL.
 * No thread, descriptor or mapping exists before gpu_system_open().
 */
#ifndef KFDFS_GPU_H
#define KFDFS_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gpu_system; /* the opened /dev/kfd and everything under it */
struct gpu;        /* one GPU node; lives as long as its system */
struct gpu_buffer; /* a window of GPU addresses, backed by memory from its start */
struct gpu_queue;  /* a hardware queue with its timeline */
struct gpu_code;   /* a code object, loaded on one GPU */

/* ---- errors ---- */

/* Leaves the sentence for gpu_err_text() and gives code: return gpu_err(-ERANGE, "...", ...);
 * A macro, so that compilers see that what follows a failure is a failure. */
#define gpu_err(code, ...)                                       \
    __extension__({                                              \
        const int gpu_err_code __attribute__((unused)) = (code); \
        gpu_err_note(__VA_ARGS__);                               \
        gpu_err_code;                                            \
    })
void gpu_err_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *gpu_err_text(void);
/* That sentence tells of an ioctl that failed, by its name and errno. */
bool gpu_err_is_ioctl(void); /* never NULL */

/* ---- system ---- */

enum gpu_event_kind {
    GPU_EVENT_FAULT,     /* memory fault: every queue of this process on that GPU is gone */
    GPU_EVENT_RESET,     /* hardware exception: hang, reset or memory error */
    GPU_EVENT_RESETTING, /* a reset begins, and why */
    GPU_EVENT_STOPPED,   /* every queue of this process there is gone, since another GPU was reset */
    GPU_EVENT_EVICT,     /* the kernel took a process's queues off the GPU for a while ... */
    GPU_EVENT_RESTORE,   /* ... and put them back */
    GPU_EVENT_THROTTLE,
    GPU_EVENT_UNMAP,
    GPU_EVENT_PROCESS, /* another process, or ours, opened or closed the GPU, or faulted there */
    GPU_EVENT_QUEUE,   /* one queue died (illegal packet, bad dispatch, illegal instruction, ...) */
};

enum gpu_access { GPU_ACCESS_UNKNOWN, GPU_ACCESS_READ, GPU_ACCESS_WRITE, GPU_ACCESS_EXECUTE };

/* A command that was at work when the GPU faulted. The hardware does not tell whose access it was: suspects
 * are the commands that touch the address, or else the kernels that ran. */
struct gpu_suspect {
    struct gpu_queue *queue; /* to be compared only: it may be on its way out */
    uint64_t seq;
};
enum { GPU_SUSPECTS = 8 };

struct gpu_event {
    enum gpu_event_kind kind;
    struct gpu *gpu;
    struct gpu_queue *queue; /* GPU_EVENT_QUEUE, else NULL */
    /* GPU_EVENT_FAULT: */
    bool has_address;
    uint64_t address; /* of a page of 4 KiB: nothing tells the byte */
    enum gpu_access access;
    bool not_mapped; /* else: mapped, but not for that access */
    struct gpu_suspect suspects[GPU_SUSPECTS];
    unsigned n_suspects;
    const char *text; /* the whole thing in one sentence, without a newline; only valid in the call */
};

struct gpu_options {
    /* Called on a thread of the driver's, one at a time for each kind, with no driver lock held; must not
     * block. May be NULL. */
    void (*on_event)(void *ctx, const struct gpu_event *event);
    void *ctx;
    bool trace;        /* print each ioctl, decoded, to stderr */
    uint32_t probe_ms; /* how long an SDMA engine may take for its first answer; 0: the default */
    /* A queue that did nothing for so long gives its hardware queue back, and gets one again with its next
     * command: slots are few, and one that is taken keeps the GPU from its deepest sleep. 0: never. */
    uint64_t queue_idle_ns;
    /* What an image of this process before had (gpu_info() of each). These are there, in that order, and no
     * others; one that the kernel does not give any more is lost from the start, and all are if /dev/kfd
     * cannot be used. */
    const struct gpu_info *known;
    unsigned n_known;
    bool untouched; /* none of the known ones is opened: all are lost */
};

/* Opens /dev/kfd, reads the topology, acquires a VM on every GPU and starts the event thread.
 * -ENOENT: no /dev/kfd. -EACCES: no permission (the text says which group). */
int gpu_system_open(const struct gpu_options *options, struct gpu_system **out);
/* Destroys every queue, buffer and code object left. */
void gpu_system_close(struct gpu_system *sys);
void gpu_system_kfd_version(const struct gpu_system *sys, unsigned *major, unsigned *minor);

unsigned gpu_count(const struct gpu_system *sys);
struct gpu *gpu_at(struct gpu_system *sys, unsigned index); /* index < gpu_count, topology order */

struct gpu_info {
    char name[96];   /* marketing name where libdrm knows one, else the target */
    char target[16]; /* "gfx942" */
    char pci[16];    /* "0000:03:00.0" */
    uint32_t gpu_id, node, render_minor, vendor_id, device_id;
    uint32_t cus, simds, xccs, wave_size, max_waves_per_simd, lds_bytes;
    uint32_t sdma_engines, sdma_xgmi_engines, sdma_queues_per_engine, cp_queues;
    uint32_t max_clock_mhz, firmware, sdma_firmware;
    uint64_t unique_id, vram_bytes, gtt_bytes;
    uint32_t vram_losses; /* how often a reset had taken what its VRAM held, as far as it was dealt with */
    bool cpu_visible;     /* all of VRAM can be mapped by the CPU (large BAR) */
};
const struct gpu_info *gpu_info(const struct gpu *gpu);

/* Bytes of the pool in use and in all, by this and every process, as the kernel counts them. */
int gpu_memory(struct gpu *gpu, bool vram, uint64_t *used, uint64_t *total);

/* How far a time that the GPU gave (in gpu_result) may be off CLOCK_MONOTONIC, beside drift within a second.
 */
uint64_t gpu_clock_error_ns(struct gpu *gpu);

/* 0, or -ENODEV with the reason once a fault or reset has taken the GPU from this process. */
int gpu_lost(const struct gpu *gpu);
/* It was not reset itself: another was, which stops the queues of every process on all GPUs. */
bool gpu_stopped(const struct gpu *gpu);
/* Between the kernel's word that a reset begins and that it is over, as far as it gives any. */
bool gpu_resetting(const struct gpu *gpu);
/* 0, or -EIO if a reset has taken what was in its VRAM since this process opened it, or, of known ones, since
 * an image before did; or if that cannot be known now. */
int gpu_vram_intact(const struct gpu *gpu);
/* What was lost has been dealt with. */
void gpu_vram_settle(struct gpu *gpu);
/* It was never had: known, but not given. */
bool gpu_absent(const struct gpu *gpu);
/* Nothing may use it from now on; no queue of it exists. reason: for gpu_lost(). */
void gpu_give_up(struct gpu *gpu, const char *reason);

/* Can queues of one GPU use the memory of the other? (a GPU always reaches itself) */
bool gpu_reaches(const struct gpu *from, const struct gpu *to);

struct gpu_link {                /* a way from one node to another, as the kernel publishes it */
    struct gpu *from, *to;       /* NULL: a CPU, namely */
    unsigned from_cpu, to_cpu;   /* that one, counted from 0 */
    const char *kind;            /* "pcie", "xgmi", "hypertransport", "qpi", "other" */
    unsigned weight, hops;       /* weight: the kernel's distance, 15 for one hop of XGMI, 20 for PCIe */
    uint64_t min_mbps, max_mbps; /* megabytes a second; 0: the kernel does not know */
    uint32_t sdma_engines;       /* bit of each engine of the GPU that the kernel recommends; 0: none */
};
/* All of them, ordered by the node that they start from; valid as long as the system. */
unsigned gpu_links(const struct gpu_system *sys, const struct gpu_link **out);
const struct gpu_link *gpu_link_between(const struct gpu *from, const struct gpu *to); /* NULL: none */

/* ---- what the kernel tells in text ---- */

struct gpu_sensors { /* now; -1: this card or kernel does not tell */
    int64_t busy_percent, clock_mhz, power_mw, temp_mc;
};
void gpu_sensors(const struct gpu *gpu, struct gpu_sensors *out);

struct gpu_process { /* what a process has of a GPU; -1: this kernel does not tell */
    unsigned pid;
    uint64_t vram_bytes;
    int64_t sdma_us, evicted_ms, busy_cus;
};
/* All processes that have /dev/kfd open, of this and of every user. */
void gpu_processes(void (*each)(void *ctx, unsigned pid), void *ctx);
/* False: it is gone, or has nothing of that GPU. */
bool gpu_process(const struct gpu *gpu, unsigned pid, struct gpu_process *out);

struct gpu_process_queue {
    unsigned id;
    const char *type; /* "compute", "sdma", "sdma-xgmi", "hiq", "other" */
    uint64_t ring_bytes;
};
void gpu_process_queues(const struct gpu *gpu, unsigned pid,
                        void (*each)(void *ctx, const struct gpu_process_queue *queue), void *ctx);

/* ---- memory ---- */

enum gpu_pool { GPU_VRAM, GPU_GTT };

/* Reserves window bytes (rounded up to pages) of addresses, the same for CPU and GPU; no memory yet. */
int gpu_buffer_create(struct gpu *gpu, enum gpu_pool pool, uint64_t window, struct gpu_buffer **out);
/* Makes at least bytes from the window's start usable by the CPU and by every GPU that reaches the owner.
 * Never moves anything. Fresh memory has undefined content. -ENOSPC: the pool is full (nothing changed).
 * -ERANGE: past the window. */
int gpu_buffer_reserve(struct gpu_buffer *buf, uint64_t bytes);
/* Gives memory wholly past bytes back. The caller knows that no queued work uses it. */
void gpu_buffer_trim(struct gpu_buffer *buf, uint64_t bytes);
void gpu_buffer_free(struct gpu_buffer *buf);

uint64_t gpu_buffer_va(const struct gpu_buffer *buf);
uint64_t gpu_buffer_window(const struct gpu_buffer *buf);
/* Windows up to this size are no burden, however many there are: what is larger, others may need. */
uint64_t gpu_window_most(void);
uint64_t gpu_buffer_capacity(const struct gpu_buffer *buf); /* usable bytes now */
struct gpu *gpu_buffer_gpu(const struct gpu_buffer *buf);
enum gpu_pool gpu_buffer_pool(const struct gpu_buffer *buf);
/* CPU address of the start, usable up to the capacity; mapped by the first call. NULL where the CPU cannot
 * see it, or the process has no mapping left. Only for memcpy, read and write: on hardware these addresses
 * have no pages behind them. */
void *gpu_buffer_cpu(struct gpu_buffer *buf);
/* Does the CPU read it slower than a copy into system memory and a read there would take? Measured once on
 * each GPU: reads of VRAM over PCIe are not cached and wait for the bus each. */
bool gpu_buffer_reads_slowly(const struct gpu_buffer *buf);
/* Writes bytes at an offset below the capacity, by the CPU or, where it sees nothing, by a copy engine, and
 * waits until they are there. Not to be called from a callback. */
int gpu_buffer_upload(struct gpu_buffer *buf, uint64_t offset, const void *bytes, uint64_t n);
/* Zeroes all that those buffers of one GPU have, by a copy engine, and waits for it. Not to be called from a
 * callback, nor with a lock that on_event() takes. */
int gpu_buffers_clear(struct gpu *gpu, struct gpu_buffer *const *buffers, unsigned n);
/* To be called after CPU writes, before the GPU may read them (HDP flush where the pool needs it). */
void gpu_buffer_cpu_wrote(struct gpu_buffer *buf);

/* Lets that GPU, and those that reach it, use memory of the program (whole pages of it) under the address
 * that it has. It stays the program's, and must stay mapped until it is taken back, before the system is
 * closed. -EFAULT: it is not mapped. -EINVAL: a GPU has some of it already. */
struct gpu_host;
int gpu_host_map(struct gpu *gpu, void *memory, uint64_t bytes, struct gpu_host **out);
/* The caller knows that no queued work uses it. */
void gpu_host_unmap(struct gpu_host *host);

/*
 * Memory that goes over to another image of this process, which is a new process for the kernel: each piece
 * of a buffer as a dma-buf, the addresses by number. For exec: the descriptors stay open over it.
 * -EOPNOTSUPP: the kernel is too old (before KFD 1.12). The work on the buffer has ended, or is lost.
 */
struct gpu_piece {
    uint64_t bytes;
    int fd; /* the caller's to close */
};
int gpu_system_can_export(const struct gpu_system *sys);
/* *pieces: an array, the caller's to free. */
int gpu_buffer_export(struct gpu_buffer *buf, struct gpu_piece **pieces, unsigned *n);
/* To be called before anything can take those addresses. -EADDRINUSE: something has. */
int gpu_window_reserve(uint64_t va, uint64_t window);
/* Makes a buffer of what was exported: where it was, or elsewhere if that was not reserved. The descriptors
 * stay open. */
int gpu_buffer_import(struct gpu *gpu, enum gpu_pool pool, uint64_t va, uint64_t window,
                      const struct gpu_piece *pieces, unsigned n, struct gpu_buffer **out);
/* The same where that fails: no GPU can use it, and the CPU only as far as the kernel lets it map a dma-buf.
 * But it can be exported, for another attempt. Takes the descriptors, except on failure (no memory). */
int gpu_buffer_strand(struct gpu *gpu, enum gpu_pool pool, uint64_t va, uint64_t window,
                      const struct gpu_piece *pieces, unsigned n, struct gpu_buffer **out);
bool gpu_buffer_stranded(const struct gpu_buffer *buf);

/* ---- code objects ---- */

enum gpu_scalar { /* what a value argument is, from the metadata, else from the mangled name */
                  GPU_SCALAR_UNKNOWN,
                  GPU_SCALAR_I8,
                  GPU_SCALAR_U8,
                  GPU_SCALAR_I16,
                  GPU_SCALAR_U16,
                  GPU_SCALAR_I32,
                  GPU_SCALAR_U32,
                  GPU_SCALAR_I64,
                  GPU_SCALAR_U64,
                  GPU_SCALAR_F16,
                  GPU_SCALAR_BF16,
                  GPU_SCALAR_F32,
                  GPU_SCALAR_F64,
                  GPU_SCALAR_STRUCT, /* any other size or type: raw bytes */
};

enum gpu_arg_kind {
    GPU_ARG_POINTER, /* a global address, 8 bytes */
    GPU_ARG_LOCAL,   /* dynamic LDS: the value is a byte count, the kernel gets an LDS offset (4 bytes) */
    GPU_ARG_VALUE,   /* by value, see scalar */
};

struct gpu_arg { /* a visible argument; hidden ones are the driver's */
    enum gpu_arg_kind kind;
    enum gpu_scalar scalar;
    uint32_t offset, size; /* bytes in the kernarg segment */
    const char *type_name; /* from the metadata ("float*"), or "" */
    const char *name;      /* from the metadata, or "" */
};

struct gpu_kernel {        /* read only; lives as long as its code object */
    const char *symbol;    /* "vector_add", "_Z5saxpyPKfPffi" */
    const char *demangled; /* "saxpy(float const*, float*, float, int)", or the symbol */
    struct gpu_code *code;
    unsigned n_args;
    const struct gpu_arg *args;
    const char *unsupported; /* why it cannot be dispatched (hidden arguments we do not have), or NULL */
    uint32_t vgprs, agprs, sgprs, lds_bytes, scratch_bytes, kernarg_bytes, wave_size, max_group;
    uint32_t reqd_group[3]; /* 0: none required */
    bool dynamic_stack;
    uint64_t descriptor_va; /* of the loaded kernel descriptor ("NAME.kd") */
    uint64_t code_va;       /* its first instruction */
    uint32_t code_bytes;
};

/* Checks, loads and relocates an AMDGPU ELF code object; bytes are only read during the call.
 * -ENOEXEC: not a code object, damaged, or for another target. -ENOSPC: no memory. */
int gpu_code_load(struct gpu *gpu, const void *bytes, size_t size, struct gpu_code **out);
/* The memory that its images lie in, to be exported, by number. NULL: there are no more. */
struct gpu_buffer *gpu_code_memory(const struct gpu_code *code, unsigned index);
/* Loads what another image of this process had loaded, around memory that was imported where it was: its
 * bytes, and so the values of its variables, stay. Takes the memory, except on failure. */
int gpu_code_adopt(struct gpu *gpu, const void *bytes, size_t size, struct gpu_buffer *const *memory,
                   unsigned n, struct gpu_code **out);
/* The caller knows that no queued work uses it. */
void gpu_code_unload(struct gpu_code *code);
unsigned gpu_code_kernels(const struct gpu_code *code);
const struct gpu_kernel *gpu_code_kernel(const struct gpu_code *code, unsigned index);

struct gpu_global { /* a variable of loaded code in device memory */
    const char *symbol;
    uint64_t va, bytes;
    struct gpu_buffer *memory; /* of the code that it is in, at offset; only to be read and written */
    uint64_t offset;
};
unsigned gpu_code_globals(const struct gpu_code *code);
const struct gpu_global *gpu_code_global(const struct gpu_code *code, unsigned index);

/* Calls line() for each instruction: its GPU address and text, as LLVM prints it. Only valid in the call. */
void gpu_kernel_disassemble(const struct gpu_kernel *kernel,
                            void (*line)(void *ctx, uint64_t address, const char *text), void *ctx);

enum gpu_inst_class { /* of instructions, by the unit that executes them */
                      GPU_INST_SCALAR,
                      GPU_INST_BRANCH,
                      GPU_INST_VECTOR,
                      GPU_INST_MATRIX,
                      GPU_INST_SCALAR_MEMORY,
                      GPU_INST_VECTOR_MEMORY,
                      GPU_INST_SCRATCH,
                      GPU_INST_LDS,
                      GPU_INST_OTHER, /* waits, barriers, messages, what is no instruction */
                      GPU_INST_CLASSES
};
/* How many of each the kernel's code has. */
void gpu_kernel_count(const struct gpu_kernel *kernel, unsigned counts[GPU_INST_CLASSES]);

/* ---- queues and work ---- */

enum { GPU_CU_DWORDS = 32 }; /* the kernel takes 1024 bits */

enum gpu_queue_kind { GPU_QUEUE_SDMA, GPU_QUEUE_COMPUTE };

struct gpu_queue_options {
    enum gpu_queue_kind kind;
    int engine;          /* SDMA: the engine's number, -1 for any; compute: -1 */
    bool pm4;            /* compute: speaks PM4 instead of AQL, on one XCC */
    int priority;        /* -1 low, 0 normal, 1 high */
    uint32_t ring_bytes; /* 0: the default; else a power of two, 4 KiB to 1 MiB */
    /* Compute: the compute units that may work for it, bit 0 of the first dword for the first (of each XCC);
     * cu_dwords 0: all. From gfx10 on they come in pairs. */
    unsigned cu_dwords;
    uint32_t cu_mask[GPU_CU_DWORDS];
    uint64_t done; /* its numbers go on from here: commands that a queue before it had */
};

/* What gpu_queue_create() would say to them by themselves: 0, -EINVAL, -ERANGE or -EOPNOTSUPP. */
int gpu_queue_options_check(const struct gpu *gpu, const struct gpu_queue_options *options);
uint32_t gpu_queue_ring_bytes(enum gpu_queue_kind kind); /* the default */

/* -ENOSPC/-ENOMEM: no free hardware queue or memory. -ENODEV: the GPU is lost. */
int gpu_queue_create(struct gpu *gpu, const struct gpu_queue_options *options, struct gpu_queue **out);
/* Unfinished work is preempted; its done() is called with -ECANCELED (or with the error that killed the
 * queue) before this returns. Not to be called from a callback. 0, or -EIO: it is gone, but what ran could
 * not be preempted, and the kernel resets the GPU. */
int gpu_queue_destroy(struct gpu_queue *queue);

enum gpu_op {
    GPU_NOP,
    GPU_COPY,       /* dst src bytes, any size; dst2: there, too, if it is not 0; SDMA only */
    GPU_COPY_RECT,  /* dst src bytes rows dst_pitch src_pitch: rows of bytes each; SDMA only */
    GPU_FILL,       /* dst value(32) bytes (multiple of 4) */
    GPU_WRITE,      /* dst data bytes (multiple of 4): the dwords, copied by submit */
    GPU_TIMESTAMP,  /* dst: the GPU clock, 8 bytes */
    GPU_ATOMIC,     /* dst value atomic: 64 bits */
    GPU_WAIT_MEM,   /* dst compare value(32) mask(32) */
    GPU_WAIT_QUEUE, /* queue value: the GPU waits until completed(queue) >= value */
    GPU_SIGNAL,     /* dst value(32): written after everything before it */
    GPU_DISPATCH,   /* compute queues only */
    GPU_BARRIER,    /* compute queues only */
    GPU_RAW,        /* data bytes: packets as they are (PM4 on compute queues), copied by submit */
    GPU_FILL_BYTES, /* dst value(8) bytes: like GPU_FILL, but of any size and anywhere; SDMA only */
    GPU_INDIRECT,   /* src bytes: packets that lie in memory, from a multiple of 32 on; SDMA only */
};
enum gpu_atomic { GPU_ADD, GPU_SUB, GPU_AND, GPU_OR, GPU_XOR, GPU_MIN, GPU_MAX, GPU_SWAP };
enum gpu_compare { GPU_EQ, GPU_NE, GPU_LT, GPU_LE, GPU_GT, GPU_GE }; /* memory & mask ? value, unsigned */

struct gpu_command {
    enum gpu_op op;
    uint64_t dst, src, bytes, value, mask;
    uint64_t dst2;                       /* GPU_COPY */
    const void *data;                    /* GPU_WRITE; only read during submit */
    uint64_t rows, dst_pitch, src_pitch; /* GPU_COPY_RECT: pitches are the bytes from row to row */
    enum gpu_atomic atomic;
    enum gpu_compare compare;
    struct gpu_queue *queue; /* GPU_WAIT_QUEUE */
    /* GPU_DISPATCH */
    const struct gpu_kernel *kernel;
    uint32_t grid[3];   /* work-items, each at least 1 */
    uint32_t group[3];  /* work-items of a work-group, each at least 1 */
    uint32_t lds_bytes; /* dynamic LDS beside the kernel's own */
    const void
        *kernarg; /* kernel->kernarg_bytes with the visible arguments filled in; only read during submit */
};

struct gpu_result {
    uint64_t seq;              /* which command */
    int error;                 /* 0 or a negative errno */
    const char *text;          /* error's sentence, "" if none; only valid in the call */
    uint64_t start_ns, end_ns; /* by the GPU's clock, as CLOCK_MONOTONIC; 0 if it never ran */
};

struct gpu_job { /* both may be NULL; called without driver locks; must not block */
    /* All of the batch is in the ring. May be called before submit returns, on the same thread. */
    void (*submitted)(void *ctx);
    /* Once for each command, in order, on the event thread (or on the one that destroys the queue). */
    void (*done)(void *ctx, const struct gpu_result *result);
};

/* Queues n commands, which get the sequence numbers *first .. *first + n - 1 (counted from 1 on each queue).
 * Never waits: what the ring has no room for follows by itself. The whole batch is checked first; a refused
 * batch (-EINVAL -ERANGE -EOPNOTSUPP, -ENODEV or the queue's own error if it is dead) queues nothing. */
int gpu_queue_submit(struct gpu_queue *queue, const struct gpu_command *commands, unsigned n,
                     const struct gpu_job *job, void *ctx, uint64_t *first);

/* What submit would say to that command by itself: 0 or its error. Tells which of a refused batch it was. */
int gpu_queue_check(const struct gpu_queue *queue, const struct gpu_command *command);
/* The same of a queue that is still to be made with these options. */
int gpu_command_check(struct gpu *gpu, const struct gpu_queue_options *options,
                      const struct gpu_command *command);

struct gpu_queue_state {
    uint64_t submitted, completed; /* sequence numbers */
    bool asleep;                   /* it has given its hardware queue back; what follows was the last one's */
    int error;                     /* why it is dead, or 0 */
    uint32_t queue_id, ring_bytes;
    int engine;        /* SDMA engine, as far as it is known, or -1 */
    uint64_t doorbell; /* offset as the kernel told it */
    uint64_t read_pointer, write_pointer;
};
void gpu_queue_state(struct gpu_queue *queue, struct gpu_queue_state *out);

struct gpu_packet {  /* as it stands in the ring */
    uint32_t offset; /* bytes from the ring's start, or its buffer's */
    unsigned dwords;
    bool inner;       /* in the indirect buffer that the packet before names, which is not done */
    bool done;        /* the GPU's read pointer is past it ... */
    bool next;        /* ... or at it */
    const char *text; /* what it says; only valid in the call */
};
/* The packets up to the write pointer, oldest first. each() is called with the queue locked. */
int gpu_queue_ring(struct gpu_queue *queue, void (*each)(void *ctx, const struct gpu_packet *packet),
                   void *ctx);

/* Waits on the CPU until completed >= seq. 0, the queue's error, or -ETIME after limit_ns (0: for ever). */
int gpu_queue_wait(struct gpu_queue *queue, uint64_t seq, uint64_t limit_ns);

#endif
