/*
 * kfd_abi.h - what crosses /dev/kfd, as the simulator understands it: ioctl numbers, argument layouts, flags.
 *
 * Written from the layout that a running amdkfd 1.17 was seen to use and from the tables of its dispatcher;
 * the driver has a header of its own, so that a shared mistake cannot hide. Offsets are fixed: every
 * structure's size is asserted.
 */
#ifndef KFDFS_SIM_KFD_ABI_H
#define KFDFS_SIM_KFD_ABI_H

#include <stdint.h>

enum { /* ioctl numbers: the low byte of the command word, which alone the kernel looks at */
       KFD_NR_GET_VERSION = 0x01,
       KFD_NR_CREATE_QUEUE,
       KFD_NR_DESTROY_QUEUE,
       KFD_NR_SET_MEMORY_POLICY,
       KFD_NR_GET_CLOCK_COUNTERS,
       KFD_NR_GET_APERTURES,
       KFD_NR_UPDATE_QUEUE,
       KFD_NR_CREATE_EVENT,
       KFD_NR_DESTROY_EVENT,
       KFD_NR_SET_EVENT,
       KFD_NR_RESET_EVENT,
       KFD_NR_WAIT_EVENTS,
       KFD_NR_DBG_REGISTER,
       KFD_NR_DBG_UNREGISTER,
       KFD_NR_DBG_ADDRESS_WATCH,
       KFD_NR_DBG_WAVE_CONTROL,
       KFD_NR_SET_SCRATCH_VA,
       KFD_NR_GET_TILE_CONFIG,
       KFD_NR_SET_TRAP_HANDLER,
       KFD_NR_GET_APERTURES_NEW,
       KFD_NR_ACQUIRE_VM,
       KFD_NR_ALLOC_MEMORY,
       KFD_NR_FREE_MEMORY,
       KFD_NR_MAP_MEMORY,
       KFD_NR_UNMAP_MEMORY,
       KFD_NR_SET_CU_MASK,
       KFD_NR_GET_WAVE_STATE,
       KFD_NR_GET_DMABUF_INFO,
       KFD_NR_IMPORT_DMABUF,
       KFD_NR_ALLOC_QUEUE_GWS,
       KFD_NR_SMI_EVENTS,
       KFD_NR_SVM,
       KFD_NR_SET_XNACK_MODE,
       KFD_NR_CRIU_OP,
       KFD_NR_AVAILABLE_MEMORY,
       KFD_NR_EXPORT_DMABUF,
       KFD_NR_RUNTIME_ENABLE,
       KFD_NR_DBG_TRAP,
       KFD_NR_CREATE_PROCESS,
       KFD_NR_PROFILER,
       KFD_NR_END
};
_Static_assert(KFD_NR_WAIT_EVENTS == 0x0c && KFD_NR_ACQUIRE_VM == 0x15 && KFD_NR_SVM == 0x20 &&
                   KFD_NR_DBG_TRAP == 0x26 && KFD_NR_PROFILER == 0x28,
               "ioctl numbers");

/* The command word (asm-generic/ioctl.h): number 0..7, type 8..15, size 16..29, direction 30..31. */
static inline unsigned kfd_command_nr(unsigned long command)
{
    return command & 0xff;
}

static inline unsigned kfd_command_bytes(unsigned long command)
{
    return command >> 16 & 0x3fff;
}

struct kfd_version {
    uint32_t major, minor;
};
_Static_assert(sizeof(struct kfd_version) == 8, "");

enum { KFD_QUEUE_COMPUTE, KFD_QUEUE_SDMA, KFD_QUEUE_AQL, KFD_QUEUE_SDMA_XGMI, KFD_QUEUE_SDMA_BY_ENGINE };

struct kfd_create_queue {
    uint64_t ring_va, wptr_va, rptr_va;
    uint64_t doorbell_offset; /* out */
    uint32_t ring_bytes, gpu_id, type;
    uint32_t percentage; /* 7:0; 15:8 is the XCC of a PM4 queue */
    uint32_t priority;
    uint32_t queue_id; /* out */
    uint64_t eop_va, eop_bytes;
    uint64_t cwsr_va;
    uint32_t cwsr_bytes, ctl_stack_bytes;
    uint32_t sdma_engine;    /* since 1.17 */
    uint32_t metadata_bytes; /* since 1.22: of a second ring behind the first, AQL only */
};
_Static_assert(sizeof(struct kfd_create_queue) == 96, "");

struct kfd_destroy_queue {
    uint32_t queue_id, pad;
};
_Static_assert(sizeof(struct kfd_destroy_queue) == 8, "");

struct kfd_update_queue {
    uint64_t ring_va;
    uint32_t queue_id, ring_bytes, percentage, priority;
};
_Static_assert(sizeof(struct kfd_update_queue) == 24, "");

struct kfd_set_cu_mask {
    uint32_t queue_id, bits;
    uint64_t mask_ptr;
};
_Static_assert(sizeof(struct kfd_set_cu_mask) == 16, "");

struct kfd_wave_state {
    uint64_t ctl_stack_va;
    uint32_t ctl_stack_used, save_area_used, queue_id, pad;
};
_Static_assert(sizeof(struct kfd_wave_state) == 24, "");

struct kfd_alloc_gws {
    uint32_t queue_id, count, first, pad;
};
_Static_assert(sizeof(struct kfd_alloc_gws) == 16, "");

struct kfd_memory_policy {
    uint64_t alternate_base, alternate_bytes;
    uint32_t gpu_id, default_policy, alternate_policy;
    uint32_t flags; /* since 1.18: bit 0, precise MFMA of gfx950 */
};
_Static_assert(sizeof(struct kfd_memory_policy) == 32, "");

struct kfd_clock_counters {
    uint64_t gpu, cpu, system, frequency;
    uint32_t gpu_id, pad;
};
_Static_assert(sizeof(struct kfd_clock_counters) == 40, "");

struct kfd_aperture {
    uint64_t lds_base, lds_limit, scratch_base, scratch_limit, gpuvm_base, gpuvm_limit;
    uint32_t gpu_id, pad;
};
_Static_assert(sizeof(struct kfd_aperture) == 56, "");

enum { KFD_APERTURES_OLD = 7 };
struct kfd_apertures {
    struct kfd_aperture aperture[KFD_APERTURES_OLD];
    uint32_t nodes, pad;
};
_Static_assert(sizeof(struct kfd_apertures) == 400, "");

struct kfd_apertures_new {
    uint64_t ptr;
    uint32_t nodes, pad;
};
_Static_assert(sizeof(struct kfd_apertures_new) == 16, "");

enum { KFD_EVENT_SIGNAL = 0, KFD_EVENT_HW_EXCEPTION = 3, KFD_EVENT_DEBUG = 5, KFD_EVENT_MEMORY = 8 };

struct kfd_create_event {
    uint64_t page_offset; /* in: handle of a buffer for the slots; out: mmap offset of a page of the kernel */
    uint32_t trigger_data; /* out */
    uint32_t type, auto_reset, node_id;
    uint32_t event_id, slot; /* out */
};
_Static_assert(sizeof(struct kfd_create_event) == 32, "");

struct kfd_event_arg { /* DESTROY, SET and RESET */
    uint32_t event_id, pad;
};
_Static_assert(sizeof(struct kfd_event_arg) == 8, "");

enum { KFD_WAIT_COMPLETE, KFD_WAIT_TIMEOUT, KFD_WAIT_FAIL };

struct kfd_wait_events {
    uint64_t ptr;
    uint32_t count, all, timeout_ms, result;
};
_Static_assert(sizeof(struct kfd_wait_events) == 24, "");

struct kfd_memory_exception {
    uint32_t not_present, read_only, no_execute, imprecise;
    uint64_t va;
    uint32_t gpu_id, error_type;
};
_Static_assert(sizeof(struct kfd_memory_exception) == 32, "");

struct kfd_hw_exception {
    uint32_t reset_type, reset_cause, memory_lost, gpu_id;
};
_Static_assert(sizeof(struct kfd_hw_exception) == 16, "");

struct kfd_event_data {
    union {
        struct kfd_memory_exception memory;
        struct kfd_hw_exception hw;
        uint64_t last_event_age; /* in and out, since 1.14 */
    };
    uint64_t extension;
    uint32_t event_id, pad;
};
_Static_assert(sizeof(struct kfd_event_data) == 48, "");

struct kfd_scratch_va {
    uint64_t va;
    uint32_t gpu_id, pad;
};
_Static_assert(sizeof(struct kfd_scratch_va) == 16, "");

enum { KFD_TILE_MODES = 32, KFD_MACRO_TILE_MODES = 16 };
struct kfd_tile_config {
    uint64_t tile_ptr, macro_tile_ptr;
    uint32_t tiles, macro_tiles, gpu_id, gb_addr_config, banks, ranks;
};
_Static_assert(sizeof(struct kfd_tile_config) == 40, "");

struct kfd_trap_handler {
    uint64_t tba_va, tma_va;
    uint32_t gpu_id, pad;
};
_Static_assert(sizeof(struct kfd_trap_handler) == 24, "");

struct kfd_acquire_vm {
    uint32_t drm_fd, gpu_id;
};
_Static_assert(sizeof(struct kfd_acquire_vm) == 8, "");

enum {
    KFD_MEM_VRAM = 1u << 0,
    KFD_MEM_GTT = 1u << 1,
    KFD_MEM_USERPTR = 1u << 2,
    KFD_MEM_DOORBELL = 1u << 3,
    KFD_MEM_MMIO_REMAP = 1u << 4,
    KFD_MEM_AQL_QUEUE = 1u << 27,
    KFD_MEM_PUBLIC = 1u << 29,
    KFD_MEM_EXECUTABLE = 1u << 30
};
#define KFD_MEM_WRITABLE (1u << 31)

struct kfd_alloc_memory {
    uint64_t va, bytes;
    uint64_t handle;      /* out */
    uint64_t mmap_offset; /* in: a USERPTR's address; out */
    uint32_t gpu_id, flags;
};
_Static_assert(sizeof(struct kfd_alloc_memory) == 40, "");

struct kfd_free_memory {
    uint64_t handle;
};
_Static_assert(sizeof(struct kfd_free_memory) == 8, "");

struct kfd_map_memory { /* MAP and UNMAP */
    uint64_t handle, gpu_ids_ptr;
    uint32_t n_gpus;
    uint32_t n_success; /* in and out: where to go on */
};
_Static_assert(sizeof(struct kfd_map_memory) == 24, "");

struct kfd_dmabuf_info {
    uint64_t bytes, metadata_ptr;
    uint32_t metadata_bytes, gpu_id, flags, fd;
};
_Static_assert(sizeof(struct kfd_dmabuf_info) == 32, "");

struct kfd_import_dmabuf {
    uint64_t va, handle;
    uint32_t gpu_id, fd;
};
_Static_assert(sizeof(struct kfd_import_dmabuf) == 24, "");

struct kfd_export_dmabuf {
    uint64_t handle;
    uint32_t flags, fd;
};
_Static_assert(sizeof(struct kfd_export_dmabuf) == 16, "");

enum { /* by their number, from 1; a mask has bit number - 1 */
       KFD_SMI_VMFAULT = 1,
       KFD_SMI_THERMAL_THROTTLE,
       KFD_SMI_PRE_RESET,
       KFD_SMI_POST_RESET,
       KFD_SMI_QUEUE_EVICTION = 9,
       KFD_SMI_QUEUE_RESTORE,
       KFD_SMI_UNMAP_FROM_GPU
};
struct kfd_smi_events {
    uint32_t gpu_id, fd;
};
_Static_assert(sizeof(struct kfd_smi_events) == 8, "");

struct kfd_svm {
    uint64_t start, bytes;
    uint32_t op, n_attributes;
    /* n_attributes of 8 bytes follow */
};
_Static_assert(sizeof(struct kfd_svm) == 24, "");

enum { KFD_SVM_SET, KFD_SVM_GET };
enum {
    KFD_SVM_PREFERRED,
    KFD_SVM_PREFETCH,
    KFD_SVM_ACCESS,
    KFD_SVM_IN_PLACE,
    KFD_SVM_NO_ACCESS,
    KFD_SVM_SET_FLAGS,
    KFD_SVM_CLEAR_FLAGS,
    KFD_SVM_GRANULARITY
};
enum {
    KFD_SVM_HOST_ACCESS = 1,
    KFD_SVM_COHERENT = 2,
    KFD_SVM_GPU_RO = 8,
    KFD_SVM_GPU_EXEC = 16,
    KFD_SVM_ALWAYS_MAPPED = 64
};
#define KFD_SVM_UNDEFINED UINT32_MAX
struct kfd_svm_attribute {
    uint32_t type, value;
};
_Static_assert(sizeof(struct kfd_svm_attribute) == 8, "");

enum { KFD_CRIU_PROCESS_INFO, KFD_CRIU_CHECKPOINT, KFD_CRIU_UNPAUSE, KFD_CRIU_RESTORE, KFD_CRIU_RESUME };
struct kfd_criu {
    uint64_t devices, bos, private_data, private_bytes;
    uint32_t n_devices, n_bos, n_objects, pid, op, pad;
};
_Static_assert(sizeof(struct kfd_criu) == 56, "");

struct kfd_available_memory {
    uint64_t available;
    uint32_t gpu_id, pad;
};
_Static_assert(sizeof(struct kfd_available_memory) == 16, "");

enum { KFD_RUNTIME_ENABLE = 1, KFD_RUNTIME_TTMP_SAVE = 2 };
struct kfd_runtime_enable {
    uint64_t r_debug;
    uint32_t mode, capabilities;
};
_Static_assert(sizeof(struct kfd_runtime_enable) == 16, "");

struct kfd_runtime_info {
    uint64_t r_debug;
    uint32_t state, ttmp_setup;
};
_Static_assert(sizeof(struct kfd_runtime_info) == 16, "");

enum { /* exceptions by their number; a mask has bit number - 1 */
       KFD_EC_QUEUE_NEW = 31,
       KFD_EC_DEVICE = 32, /* a queue of it was deleted */
       KFD_EC_MEMORY_VIOLATION,
       KFD_EC_DEVICE_LAST = 36,
       KFD_EC_RUNTIME = 48
};
#define KFD_EXCEPTION(number) (1ull << ((number)-1))

enum {
    KFD_DEBUG_ENABLE,
    KFD_DEBUG_DISABLE,
    KFD_DEBUG_SEND_EVENT,
    KFD_DEBUG_SET_EXCEPTIONS,
    KFD_DEBUG_SET_OVERRIDE,
    KFD_DEBUG_SET_LAUNCH_MODE,
    KFD_DEBUG_SUSPEND,
    KFD_DEBUG_RESUME,
    KFD_DEBUG_SET_WATCH,
    KFD_DEBUG_CLEAR_WATCH,
    KFD_DEBUG_SET_FLAGS,
    KFD_DEBUG_QUERY_EVENT,
    KFD_DEBUG_QUERY_EXCEPTION,
    KFD_DEBUG_QUEUE_SNAPSHOT,
    KFD_DEBUG_DEVICE_SNAPSHOT,
    KFD_DEBUG_OPS
};

struct kfd_debug {
    uint32_t pid, op;
    union {
        struct {
            uint64_t exceptions, info_va;
            uint32_t info_bytes;
            int32_t fd;
        } enable;
        struct { /* SEND_EVENT, SET_EXCEPTIONS, QUERY_EVENT */
            uint64_t exceptions;
            uint32_t gpu_id, queue_id;
        } event;
        struct {
            uint32_t mode, enable, supported, pad;
        } launch_override;
        struct {
            uint32_t mode, pad;
        } launch_mode;
        struct {
            uint64_t exceptions, queues_va;
            uint32_t n, grace;
        } suspend;
        struct {
            uint64_t queues_va;
            uint32_t n, pad;
        } resume;
        struct {
            uint64_t va;
            uint32_t mode, mask, gpu_id, id;
        } watch;
        struct {
            uint32_t gpu_id, id;
        } unwatch;
        struct {
            uint32_t flags, pad;
        } flags;
        struct {
            uint64_t info_va;
            uint32_t info_bytes, source, code, clear;
        } exception;
        struct {
            uint64_t exceptions, to_va;
            uint32_t n, entry_bytes;
        } snapshot;
    };
};
_Static_assert(sizeof(struct kfd_debug) == 32, "");

struct kfd_queue_snapshot {
    uint64_t exceptions, ring_va, wptr_va, rptr_va, cwsr_va;
    uint32_t queue_id, gpu_id, ring_bytes, type, cwsr_bytes, pad;
};
_Static_assert(sizeof(struct kfd_queue_snapshot) == 64, "");

struct kfd_device_snapshot {
    uint64_t exceptions, lds_base, lds_limit, scratch_base, scratch_limit, gpuvm_base, gpuvm_limit;
    uint32_t gpu_id, location, vendor, device, revision, subsystem_vendor, subsystem_device, firmware;
    uint32_t gfx_target_version, simds, waves_per_simd, arrays, arrays_per_engine, xccs, capability,
        debug_prop;
    uint32_t capability2, pad; /* since 1.21 */
};
_Static_assert(sizeof(struct kfd_device_snapshot) == 128, "");
enum { KFD_DEVICE_SNAPSHOT_OLD = 120 };

enum { KFD_PROFILER_COUNTERS = 0, KFD_PROFILER_VERSION = 2, KFD_PROFILER_LIMITER = 3 };
struct kfd_profiler { /* since 1.23 */
    uint32_t op;
    uint32_t gpu_id; /* out, of VERSION: the version */
    uint32_t value;  /* counters: 1 lock, 0 unlock; limiter: 0 off */
    uint32_t perfcount;
};
_Static_assert(sizeof(struct kfd_profiler) == 16, "");

/* Offsets of mmap: type 63:62, gpu id 61:46, offset below. */
enum { KFD_MMAP_MMIO, KFD_MMAP_RESERVED, KFD_MMAP_EVENTS, KFD_MMAP_DOORBELL };

static inline uint64_t kfd_mmap_offset(unsigned type, uint32_t gpu_id)
{
    return (uint64_t)type << 62 | (uint64_t)(gpu_id & 0xffff) << 46;
}

#endif
