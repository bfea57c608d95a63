/*
 * kfd.h - the kernel's KFD interface: our own declaration of ABI 1.17 (and what 1.19 brought that we use),
 * because distributions ship 1.11. Struct layouts, ioctl numbers and flags are those of the kernel's
 * include/uapi/linux/kfd_ioctl.h; the kernel goes by an ioctl's number alone and takes shorter structs. The
 * debugger's operations are in kfd_debug.h; kfd_ioctls.c has the table of all.
 */
#ifndef KFDFS_KFD_H
#define KFDFS_KFD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define KFD_ASSERT_SIZE(type, bytes)   _Static_assert(sizeof(struct type) == (bytes), #type)
#define KFD_ASSERT_AT(type, field, at) _Static_assert(offsetof(struct type, field) == (at), #type "." #field)

enum { KFD_ENOTSUPP = 524 }; /* the kernel's own ENOTSUPP, which libc does not name */

struct kfd_version {
    uint32_t major, minor;
};
KFD_ASSERT_SIZE(kfd_version, 8);

enum kfd_queue_type {
    KFD_QUEUE_COMPUTE = 0,
    KFD_QUEUE_SDMA = 1,
    KFD_QUEUE_AQL = 2,
    KFD_QUEUE_SDMA_XGMI = 3,
    KFD_QUEUE_SDMA_BY_ENGINE = 4, /* since 1.17 */
};

struct kfd_create_queue {
    uint64_t ring_base, write_pointer, read_pointer;
    uint64_t doorbell_offset; /* out: for mmap, and the place inside the slice */
    uint32_t ring_size, gpu_id, type, percentage, priority;
    uint32_t queue_id; /* out */
    uint64_t eop_base, eop_size;
    uint64_t ctx_base;
    uint32_t ctx_size, ctl_stack_size;
    uint32_t sdma_engine;   /* since 1.17 */
    uint32_t metadata_size; /* since 1.22: bytes of a second ring behind an AQL ring; used by GC 12.1 alone */
};
KFD_ASSERT_SIZE(kfd_create_queue, 96);
KFD_ASSERT_AT(kfd_create_queue, doorbell_offset, 24);
KFD_ASSERT_AT(kfd_create_queue, queue_id, 52);
KFD_ASSERT_AT(kfd_create_queue, ctx_base, 72);
KFD_ASSERT_AT(kfd_create_queue, ctl_stack_size, 84);
KFD_ASSERT_AT(kfd_create_queue, sdma_engine, 88);
enum { KFD_CREATE_QUEUE_OLD_SIZE = 88 };

struct kfd_destroy_queue {
    uint32_t queue_id, pad;
};
KFD_ASSERT_SIZE(kfd_destroy_queue, 8);

struct kfd_memory_policy {
    uint64_t alternate_base, alternate_size;
    uint32_t gpu_id, default_policy, alternate_policy; /* 0 coherent, 1 not */
    uint32_t process_flags;                            /* since 1.18 */
};
KFD_ASSERT_SIZE(kfd_memory_policy, 32);
KFD_ASSERT_AT(kfd_memory_policy, gpu_id, 16);

struct kfd_clock_counters {
    uint64_t gpu;    /* out: ticks of the GPU's counter */
    uint64_t cpu;    /* out: CLOCK_MONOTONIC_RAW */
    uint64_t system; /* out: CLOCK_BOOTTIME */
    uint64_t system_hz;
    uint32_t gpu_id, pad;
};
KFD_ASSERT_SIZE(kfd_clock_counters, 40);
KFD_ASSERT_AT(kfd_clock_counters, gpu_id, 32);

struct kfd_aperture {
    uint64_t lds_base, lds_limit, scratch_base, scratch_limit, gpuvm_base, gpuvm_limit;
    uint32_t gpu_id, pad;
};
KFD_ASSERT_SIZE(kfd_aperture, 56);
KFD_ASSERT_AT(kfd_aperture, scratch_base, 16);
KFD_ASSERT_AT(kfd_aperture, gpu_id, 48);

struct kfd_apertures {
    uint64_t entries;
    uint32_t n, pad;
};
KFD_ASSERT_SIZE(kfd_apertures, 16);

enum { KFD_APERTURES_OLD = 7 };
struct kfd_apertures_old { /* for up to seven GPUs */
    struct kfd_aperture entries[KFD_APERTURES_OLD];
    uint32_t n, pad;
};
KFD_ASSERT_SIZE(kfd_apertures_old, 400);

struct kfd_acquire_vm {
    uint32_t drm_fd, gpu_id;
};
KFD_ASSERT_SIZE(kfd_acquire_vm, 8);

enum kfd_alloc_flags {
    KFD_ALLOC_VRAM = 1u << 0,
    KFD_ALLOC_GTT = 1u << 1,
    KFD_ALLOC_USERPTR = 1u << 2,
    KFD_ALLOC_MMIO_REMAP = 1u << 4,
    KFD_ALLOC_UNCACHED = 1u << 25,
    KFD_ALLOC_COHERENT = 1u << 26,
    KFD_ALLOC_NO_SUBSTITUTE = 1u << 28,
    KFD_ALLOC_PUBLIC = 1u << 29, /* VRAM that the CPU can map */
    KFD_ALLOC_EXECUTABLE = 1u << 30,
};
#define KFD_ALLOC_WRITABLE (1u << 31) /* does not fit an enumerator */

struct kfd_alloc_memory {
    uint64_t va, size;
    uint64_t handle;      /* out */
    uint64_t mmap_offset; /* out: on the render node; MMIO_REMAP: on /dev/kfd; USERPTR: in, the address */
    uint32_t gpu_id, flags;
};
KFD_ASSERT_SIZE(kfd_alloc_memory, 40);
KFD_ASSERT_AT(kfd_alloc_memory, mmap_offset, 24);
KFD_ASSERT_AT(kfd_alloc_memory, flags, 36);

struct kfd_free_memory {
    uint64_t handle;
};

struct kfd_map_memory { /* also UNMAP */
    uint64_t handle, gpu_ids;
    uint32_t n;
    uint32_t n_success; /* in and out: where an interrupted call goes on */
};
KFD_ASSERT_SIZE(kfd_map_memory, 24);
KFD_ASSERT_AT(kfd_map_memory, n_success, 20);

struct kfd_available_memory { /* since 1.9 */
    uint64_t available;       /* out */
    uint32_t gpu_id, pad;
};
KFD_ASSERT_SIZE(kfd_available_memory, 16);

enum kfd_event_type { KFD_EVENT_SIGNAL = 0, KFD_EVENT_HW_EXCEPTION = 3, KFD_EVENT_MEMORY = 8 };

struct kfd_create_event {
    uint64_t page_offset; /* in: handle of our event page, with the first event */
    uint32_t trigger_data;
    uint32_t type, auto_reset, node_id;
    uint32_t event_id; /* out */
    uint32_t slot;     /* out: of 8 bytes in the page */
};
KFD_ASSERT_SIZE(kfd_create_event, 32);
KFD_ASSERT_AT(kfd_create_event, type, 12);
KFD_ASSERT_AT(kfd_create_event, event_id, 24);

struct kfd_event_id { /* DESTROY_EVENT, SET_EVENT and RESET_EVENT */
    uint32_t event_id, pad;
};
KFD_ASSERT_SIZE(kfd_event_id, 8);

struct kfd_memory_fault {
    uint32_t not_present, read_only, no_execute, imprecise;
    uint64_t va;
    uint32_t gpu_id;
    uint32_t error_type; /* 0 none, 1 ECC, 2 poison, 3 hang */
};
struct kfd_hw_exception {
    uint32_t reset_type;  /* 0 whole GPU, 1 one engine */
    uint32_t reset_cause; /* 0 hang, 1 ECC */
    uint32_t memory_lost, gpu_id;
};
struct kfd_event_data {
    union {
        struct kfd_memory_fault memory;
        struct kfd_hw_exception hw;
        uint64_t last_event_age; /* since 1.14; 0: do not look at ages */
    };
    uint64_t extension;
    uint32_t event_id, pad;
};
KFD_ASSERT_SIZE(kfd_memory_fault, 32);
KFD_ASSERT_SIZE(kfd_hw_exception, 16);
KFD_ASSERT_SIZE(kfd_event_data, 48);
KFD_ASSERT_AT(kfd_memory_fault, va, 16);
KFD_ASSERT_AT(kfd_memory_fault, gpu_id, 24);
KFD_ASSERT_AT(kfd_event_data, event_id, 40);

enum kfd_wait_result { KFD_WAIT_DONE = 0, KFD_WAIT_TIMEOUT = 1, KFD_WAIT_FAIL = 2 };

struct kfd_wait_events {
    uint64_t events;
    uint32_t n, all, timeout_ms;
    uint32_t result; /* out */
};
KFD_ASSERT_SIZE(kfd_wait_events, 24);
KFD_ASSERT_AT(kfd_wait_events, result, 20);

struct kfd_trap_handler {
    uint64_t tba, tma; /* of the second level */
    uint32_t gpu_id, pad;
};
KFD_ASSERT_SIZE(kfd_trap_handler, 24);

struct kfd_scratch_va {
    uint64_t va;
    uint32_t gpu_id, pad;
};
KFD_ASSERT_SIZE(kfd_scratch_va, 16);

struct kfd_tile_config {
    uint64_t tiles, macro_tiles;     /* addresses of arrays of dwords */
    uint32_t n_tiles, n_macro_tiles; /* in: room; out: how many there are */
    uint32_t gpu_id;
    uint32_t gb_addr_config, banks, ranks; /* out */
};
KFD_ASSERT_SIZE(kfd_tile_config, 40);
KFD_ASSERT_AT(kfd_tile_config, gpu_id, 24);

struct kfd_smi_events { /* since 1.3 */
    uint32_t gpu_id;
    int32_t fd; /* out */
};
KFD_ASSERT_SIZE(kfd_smi_events, 8);

struct kfd_dmabuf_info {
    uint64_t size;          /* out */
    uint64_t metadata;      /* address */
    uint32_t metadata_size; /* in: room; out: how much there is */
    uint32_t gpu_id, flags; /* out */
    uint32_t fd;
};
KFD_ASSERT_SIZE(kfd_dmabuf_info, 32);
KFD_ASSERT_AT(kfd_dmabuf_info, fd, 28);

struct kfd_import_dmabuf {
    uint64_t va;
    uint64_t handle; /* out */
    uint32_t gpu_id, fd;
};
KFD_ASSERT_SIZE(kfd_import_dmabuf, 24);
KFD_ASSERT_AT(kfd_import_dmabuf, fd, 20);

struct kfd_export_dmabuf { /* since 1.12 */
    uint64_t handle;
    uint32_t flags; /* O_CLOEXEC or 0 */
    uint32_t fd;    /* out */
};
KFD_ASSERT_SIZE(kfd_export_dmabuf, 16);
enum { KFD_EXPORT_DMABUF_MINOR = 12 };

struct kfd_update_queue { /* ring_base 0 or percentage 0: it stands still */
    uint64_t ring_base;
    uint32_t queue_id, ring_size, percentage, priority;
};
KFD_ASSERT_SIZE(kfd_update_queue, 24);
KFD_ASSERT_AT(kfd_update_queue, percentage, 16);

struct kfd_set_cu_mask {
    uint32_t queue_id, bits;
    uint64_t mask; /* address of the bits, in dwords */
};
KFD_ASSERT_SIZE(kfd_set_cu_mask, 16);

struct kfd_wave_state {
    uint64_t control_stack;                       /* address for a copy */
    uint32_t control_stack_used, wave_state_used; /* out, bytes */
    uint32_t queue_id, pad;
};
KFD_ASSERT_SIZE(kfd_wave_state, 24);
KFD_ASSERT_AT(kfd_wave_state, queue_id, 16);

struct kfd_alloc_gws {
    uint32_t queue_id, n;
    uint32_t first; /* out */
    uint32_t pad;
};
KFD_ASSERT_SIZE(kfd_alloc_gws, 16);

struct kfd_runtime_enable { /* since 1.13 */
    uint64_t r_debug;
    uint32_t mode; /* 1: enable */
    uint32_t capabilities;
};
KFD_ASSERT_SIZE(kfd_runtime_enable, 16);

/* Shared virtual memory, since 1.5: ranges of the process's own addresses. */
enum kfd_svm_op { KFD_SVM_SET = 0, KFD_SVM_GET = 1 };
enum kfd_svm_type {
    KFD_SVM_PREFERRED_LOCATION = 0, /* a gpu_id, KFD_SVM_SYSTEM or KFD_SVM_UNDEFINED */
    KFD_SVM_PREFETCH_LOCATION,
    KFD_SVM_ACCESS, /* these three: the gpu_id that has it */
    KFD_SVM_ACCESS_IN_PLACE,
    KFD_SVM_NO_ACCESS,
    KFD_SVM_SET_FLAGS,
    KFD_SVM_CLEAR_FLAGS,
    KFD_SVM_GRANULARITY, /* binary logarithm of pages that migrate together */
};
enum { KFD_SVM_SYSTEM = 0 };
#define KFD_SVM_UNDEFINED UINT32_MAX
enum kfd_svm_flags {
    KFD_SVM_HOST_ACCESS = 1 << 0,
    KFD_SVM_COHERENT = 1 << 1,
    KFD_SVM_HIVE_LOCAL = 1 << 2,
    KFD_SVM_GPU_READ_ONLY = 1 << 3,
    KFD_SVM_GPU_EXECUTE = 1 << 4,
    KFD_SVM_GPU_READ_MOSTLY = 1 << 5,
    KFD_SVM_GPU_ALWAYS_MAPPED = 1 << 6,
    KFD_SVM_EXTENDED_COHERENT = 1 << 7,
};
struct kfd_svm_attribute {
    uint32_t type, value;
};
struct kfd_svm { /* the attributes follow, and the command word's size has them in it */
    uint64_t start, size;
    uint32_t op, n;
};
KFD_ASSERT_SIZE(kfd_svm, 24);
KFD_ASSERT_SIZE(kfd_svm_attribute, 8);

struct kfd_xnack_mode { /* since 1.5 */
    int32_t enabled;    /* negative: ask; out: how it is */
};
KFD_ASSERT_SIZE(kfd_xnack_mode, 4);

/* Checkpoints, since 1.7. */
enum kfd_criu_op {
    KFD_CRIU_PROCESS_INFO = 0, /* stops the process's queues until UNPAUSE */
    KFD_CRIU_CHECKPOINT,
    KFD_CRIU_UNPAUSE,
    KFD_CRIU_RESTORE,
    KFD_CRIU_RESUME,
};
struct kfd_criu {
    uint64_t devices, bos, private_data, private_size;
    uint32_t n_devices, n_bos, n_objects, pid, op, pad;
};
KFD_ASSERT_SIZE(kfd_criu, 56);
KFD_ASSERT_AT(kfd_criu, op, 48);

/* Performance counters and the limiter of peak throughput (PTL), since 1.23. AMD's own packaged driver had
 * this ioctl as 0x86 before. */
enum kfd_profiler_op {
    KFD_PROFILER_PMC =
        0, /* takes or gives back a GPU's counters: EPERM without CAP_PERFMON, EALREADY, EBUSY */
    KFD_PROFILER_VERSION = 2,
    KFD_PROFILER_PTL_CONTROL = 3, /* EOPNOTSUPP to switch off what is not there: GC 9.4.4 alone has it */
};
struct kfd_profiler {
    uint32_t op;
    union {
        struct {
            uint32_t gpu_id, lock, perfcount_enable; /* counting on all queues of the GPU */
        } pmc;
        struct {
            uint32_t gpu_id, enable;
        } ptl;
        uint32_t version; /* out; 1 */
    };
};
KFD_ASSERT_SIZE(kfd_profiler, 16);
KFD_ASSERT_AT(kfd_profiler, pmc.perfcount_enable, 12);

#define KFD_IOC_GET_VERSION        _IOR('K', 0x01, struct kfd_version)
#define KFD_IOC_CREATE_QUEUE       _IOWR('K', 0x02, struct kfd_create_queue)
#define KFD_IOC_CREATE_QUEUE_OLD   _IOC(_IOC_READ | _IOC_WRITE, 'K', 0x02, KFD_CREATE_QUEUE_OLD_SIZE)
#define KFD_IOC_DESTROY_QUEUE      _IOWR('K', 0x03, struct kfd_destroy_queue)
#define KFD_IOC_SET_MEMORY_POLICY  _IOW('K', 0x04, struct kfd_memory_policy)
#define KFD_IOC_GET_CLOCK_COUNTERS _IOWR('K', 0x05, struct kfd_clock_counters)
#define KFD_IOC_GET_APERTURES_OLD  _IOR('K', 0x06, struct kfd_apertures_old)
#define KFD_IOC_UPDATE_QUEUE       _IOW('K', 0x07, struct kfd_update_queue)
#define KFD_IOC_CREATE_EVENT       _IOWR('K', 0x08, struct kfd_create_event)
#define KFD_IOC_DESTROY_EVENT      _IOW('K', 0x09, struct kfd_event_id)
#define KFD_IOC_SET_EVENT          _IOW('K', 0x0a, struct kfd_event_id)
#define KFD_IOC_RESET_EVENT        _IOW('K', 0x0b, struct kfd_event_id)
#define KFD_IOC_WAIT_EVENTS        _IOWR('K', 0x0c, struct kfd_wait_events)
#define KFD_IOC_SET_SCRATCH_VA     _IOWR('K', 0x11, struct kfd_scratch_va)
#define KFD_IOC_GET_TILE_CONFIG    _IOWR('K', 0x12, struct kfd_tile_config)
#define KFD_IOC_SET_TRAP_HANDLER   _IOW('K', 0x13, struct kfd_trap_handler)
#define KFD_IOC_GET_APERTURES      _IOWR('K', 0x14, struct kfd_apertures)
#define KFD_IOC_ACQUIRE_VM         _IOW('K', 0x15, struct kfd_acquire_vm)
#define KFD_IOC_ALLOC_MEMORY       _IOWR('K', 0x16, struct kfd_alloc_memory)
#define KFD_IOC_FREE_MEMORY        _IOW('K', 0x17, struct kfd_free_memory)
#define KFD_IOC_MAP_MEMORY         _IOWR('K', 0x18, struct kfd_map_memory)
#define KFD_IOC_UNMAP_MEMORY       _IOWR('K', 0x19, struct kfd_map_memory)
#define KFD_IOC_SET_CU_MASK        _IOW('K', 0x1a, struct kfd_set_cu_mask)
#define KFD_IOC_GET_WAVE_STATE     _IOWR('K', 0x1b, struct kfd_wave_state)
#define KFD_IOC_GET_DMABUF_INFO    _IOWR('K', 0x1c, struct kfd_dmabuf_info)
#define KFD_IOC_IMPORT_DMABUF      _IOWR('K', 0x1d, struct kfd_import_dmabuf)
#define KFD_IOC_ALLOC_QUEUE_GWS    _IOWR('K', 0x1e, struct kfd_alloc_gws)
#define KFD_IOC_SMI_EVENTS         _IOWR('K', 0x1f, struct kfd_smi_events)
#define KFD_IOC_SVM                _IOWR('K', 0x20, struct kfd_svm)
#define KFD_IOC_SET_XNACK_MODE     _IOWR('K', 0x21, struct kfd_xnack_mode)
#define KFD_IOC_CRIU_OP            _IOWR('K', 0x22, struct kfd_criu)
#define KFD_IOC_AVAILABLE_MEMORY   _IOWR('K', 0x23, struct kfd_available_memory)
#define KFD_IOC_EXPORT_DMABUF      _IOWR('K', 0x24, struct kfd_export_dmabuf)
#define KFD_IOC_RUNTIME_ENABLE     _IOWR('K', 0x25, struct kfd_runtime_enable)
#define KFD_IOC_CREATE_PROCESS     _IO('K', 0x27) /* since 1.19 */
#define KFD_IOC_PROFILER           _IOWR('K', 0x28, struct kfd_profiler)
_Static_assert(KFD_IOC_GET_VERSION == 0x80084b01 && KFD_IOC_CREATE_QUEUE == 0xc0604b02, "ioctl numbers");
_Static_assert(KFD_IOC_CREATE_QUEUE_OLD == 0xc0584b02 && KFD_IOC_FREE_MEMORY == 0x40084b17, "ioctl numbers");

/* Context save area: one header per XCC (struct kfd_context_save_area_header). */
struct kfd_save_header {
    uint32_t control_stack_offset, control_stack_size, wave_state_offset, wave_state_size; /* the GPU's */
    uint32_t debug_offset, debug_size;
    uint64_t error_address; /* where the kernel puts the mask of the queue's exceptions */
    uint32_t error_event_id, reserved;
};
KFD_ASSERT_SIZE(kfd_save_header, 40);
KFD_ASSERT_AT(kfd_save_header, error_address, 24);

/* ---- wrappers: 0 or a negative errno with its sentence ---- */

struct kfd { /* the open device */
    int fd;
    struct kfd_version version;
    bool trace;     /* each call is printed decoded, to stderr */
    FILE *trace_to; /* or there: the file that KFDFS_TRACE names */
};

int kfd_open(struct kfd *kfd); /* and asks for the version */
void kfd_close(struct kfd *kfd);
int kfd_clock_counters(const struct kfd *kfd, uint32_t gpu_id, struct kfd_clock_counters *out);
int kfd_apertures(const struct kfd *kfd, struct kfd_aperture **out, unsigned *n); /* free() the array */
int kfd_acquire_vm(const struct kfd *kfd, uint32_t gpu_id, int drm_fd);
int kfd_alloc_memory(const struct kfd *kfd, struct kfd_alloc_memory *args);
int kfd_free_memory(const struct kfd *kfd, uint64_t handle);
int kfd_map_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n);
int kfd_unmap_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n);
int kfd_export_dmabuf(const struct kfd *kfd, uint64_t handle, int *fd); /* it outlives an exec */
int kfd_import_dmabuf(const struct kfd *kfd, uint32_t gpu_id, uint64_t va, int fd, uint64_t *handle);
int kfd_create_queue(const struct kfd *kfd, struct kfd_create_queue *args);
int kfd_destroy_queue(const struct kfd *kfd, uint32_t queue_id);
int kfd_update_queue(const struct kfd *kfd, const struct kfd_update_queue *args);
int kfd_set_cu_mask(const struct kfd *kfd, uint32_t queue_id, const uint32_t *mask, unsigned dwords);
/* page: handle of the event page for the first event, else 0 */
int kfd_create_event(const struct kfd *kfd, enum kfd_event_type type, uint64_t page, uint32_t *event_id);
int kfd_destroy_event(const struct kfd *kfd, uint32_t event_id);
int kfd_set_event(const struct kfd *kfd, uint32_t event_id);
/* Waits for any of them. 0, -ETIME, -EINTR, or -EIO -EINVAL where one is gone. */
int kfd_wait_events(const struct kfd *kfd, struct kfd_event_data *events, unsigned n, uint32_t timeout_ms);
int kfd_set_trap_handler(const struct kfd *kfd, uint32_t gpu_id, uint64_t tba, uint64_t tma);
int kfd_smi_events(const struct kfd *kfd, uint32_t gpu_id, int *fd);
int kfd_runtime_enable(const struct kfd *kfd); /* exceptions of queues are reported from then on */

/* Not used by kfdfs itself, but a part of the interface (kfd_rest.c). */
int kfd_reset_event(const struct kfd *kfd, uint32_t event_id);
int kfd_set_memory_policy(const struct kfd *kfd, uint32_t gpu_id, uint32_t default_policy,
                          uint32_t alternate_policy);
int kfd_apertures_old(const struct kfd *kfd, struct kfd_apertures_old *out);
int kfd_set_scratch_va(const struct kfd *kfd, uint32_t gpu_id, uint64_t va);
int kfd_tile_config(const struct kfd *kfd, struct kfd_tile_config *args);
int kfd_wave_state(const struct kfd *kfd, struct kfd_wave_state *args); /* of a queue that stands still */
int kfd_dmabuf_info(const struct kfd *kfd, struct kfd_dmabuf_info *args);
int kfd_alloc_gws(const struct kfd *kfd, uint32_t queue_id, uint32_t n, uint32_t *first);
int kfd_available_memory(const struct kfd *kfd, uint32_t gpu_id, uint64_t *bytes);
/* Page-aligned; n attributes, which GET fills in. */
int kfd_svm(const struct kfd *kfd, enum kfd_svm_op op, uint64_t start, uint64_t size,
            struct kfd_svm_attribute *attributes, unsigned n);
/* 1 on, 0 off; -EPERM where the kernel has no shared virtual memory: it is off then. */
int kfd_xnack(const struct kfd *kfd);
int kfd_set_xnack(const struct kfd *kfd, bool on); /* -EBUSY while the process has a queue */
int kfd_criu(const struct kfd *kfd, struct kfd_criu *args);
int kfd_profiler(const struct kfd *kfd, struct kfd_profiler *args);
int kfd_create_process(
    const struct kfd *kfd); /* what this descriptor does from now on is another process's */

#endif
