/*
 * kfd_debug.h - the debugger's side of KFD (DBG_TRAP, since 1.13): one ioctl with many operations on another
 * process, or on one's own. The process must be traced (ptrace) by who asks, except for DISABLE; what touches
 * hardware must come after that process's RUNTIME_ENABLE.
 */
#ifndef KFDFS_KFD_DEBUG_H
#define KFDFS_KFD_DEBUG_H

#include "kfd.h"

enum kfd_debug_op {
    KFD_DEBUG_ENABLE = 0,
    KFD_DEBUG_DISABLE,
    KFD_DEBUG_SEND_RUNTIME_EVENT,
    KFD_DEBUG_SET_EXCEPTIONS,
    KFD_DEBUG_SET_LAUNCH_OVERRIDE,
    KFD_DEBUG_SET_LAUNCH_MODE,
    KFD_DEBUG_SUSPEND_QUEUES,
    KFD_DEBUG_RESUME_QUEUES,
    KFD_DEBUG_SET_ADDRESS_WATCH,
    KFD_DEBUG_CLEAR_ADDRESS_WATCH,
    KFD_DEBUG_SET_FLAGS,
    KFD_DEBUG_QUERY_EVENT,
    KFD_DEBUG_QUERY_EXCEPTION,
    KFD_DEBUG_QUEUE_SNAPSHOT,
    KFD_DEBUG_DEVICE_SNAPSHOT,
    KFD_DEBUG_OPS
};

/* Exceptions are bit code - 1 of a mask: queues' 1 to 31, devices' 32 to 36, the process's 48 and 49. */
enum { KFD_EXCEPTION_QUEUE_NEW = 31, KFD_EXCEPTION_MEMORY_VIOLATION = 33, KFD_EXCEPTION_RUNTIME = 48 };

struct kfd_debug {
    uint32_t pid, op;
    union {
        struct { /* ENABLE */
            uint64_t exceptions, runtime_info;
            uint32_t runtime_info_size; /* in and out */
            int32_t fd;                 /* gets a byte for each exception */
        } enable;
        struct { /* SEND_RUNTIME_EVENT, SET_EXCEPTIONS (the mask alone), QUERY_EVENT */
            uint64_t exceptions;
            uint32_t gpu_id, queue_id;
        } event;
        struct { /* SET_LAUNCH_OVERRIDE: in what is wanted, out what was and what can be */
            uint32_t mode, enable, supported, pad;
        } launch_override;
        struct { /* SET_LAUNCH_MODE: 0 normal, 1 halted, 3 single step */
            uint32_t mode, pad;
        } launch_mode;
        struct { /* SUSPEND_QUEUES */
            uint64_t exceptions, queues;
            uint32_t n, grace;
        } suspend;
        struct { /* RESUME_QUEUES */
            uint64_t queues;
            uint32_t n, pad;
        } resume;
        struct { /* SET_ADDRESS_WATCH */
            uint64_t address;
            uint32_t mode, mask, gpu_id;
            uint32_t id; /* out */
        } watch;
        struct { /* CLEAR_ADDRESS_WATCH */
            uint32_t gpu_id, id;
        } unwatch;
        struct { /* SET_FLAGS: in the new, out the old ones */
            uint32_t flags, pad;
        } flags;
        struct { /* QUERY_EXCEPTION */
            uint64_t info;
            uint32_t info_size, source, code, clear;
        } exception;
        struct { /* QUEUE_SNAPSHOT and DEVICE_SNAPSHOT */
            uint64_t exceptions, entries;
            uint32_t n, entry_size;
        } snapshot;
    };
};
KFD_ASSERT_SIZE(kfd_debug, 32);
KFD_ASSERT_AT(kfd_debug, suspend, 8);

struct kfd_runtime_info {
    uint64_t r_debug;
    uint32_t state, ttmp_setup; /* state: 0 off, 1 on */
};
KFD_ASSERT_SIZE(kfd_runtime_info, 16);

struct kfd_queue_snapshot {
    uint64_t exceptions, ring_base, write_pointer, read_pointer, ctx_base;
    uint32_t queue_id, gpu_id, ring_size, type, ctx_size, pad;
};
KFD_ASSERT_SIZE(kfd_queue_snapshot, 64);
KFD_ASSERT_AT(kfd_queue_snapshot, ctx_size, 56);

struct kfd_device_snapshot {
    uint64_t exceptions, lds_base, lds_limit, scratch_base, scratch_limit, gpuvm_base, gpuvm_limit;
    uint32_t gpu_id, location_id, vendor_id, device_id, revision_id, subsystem_vendor, subsystem_device,
        fw_version, gfx_version, simd_count, max_waves_per_simd, array_count, arrays_per_engine, n_xccs,
        capability, debug_prop;
    uint32_t capability2, pad; /* since 1.21: entries of 128 bytes, not 120 */
};
KFD_ASSERT_SIZE(kfd_device_snapshot, 128);

#define KFD_IOC_DBG_TRAP _IOWR('K', 0x26, struct kfd_debug)
_Static_assert(KFD_IOC_DBG_TRAP == 0xc0204b26, "ioctl numbers");

/* The operation in args; 0 or a negative errno. SUSPEND and RESUME: how many queues; a queue's id in the list
 * gets bit 31 if there is no such, bit 30 if it could not be done. QUERY_EVENT: -EAGAIN where there is none.
 */
int kfd_debug(const struct kfd *kfd, struct kfd_debug *args);

#endif
