/*
 * kfd_ioctls.c - every ioctl of KFD: its number, the version that brought it, and what its arguments are. The
 * trace is written by this table; docs/kfd-ioctls.md says what becomes of each here.
 *
 * Facts: include/uapi/linux/kfd_ioctl.h of Linux 6.12 (1.17), CREATE_PROCESS of 1.19, PROFILER of 1.23.
 */
#include "kfd_call.h"

#define FIELD(s, f, way, form)                                                    \
    {                                                                             \
#f, offsetof(struct s, f), sizeof(((struct s *)0)->f), way, form, NULL, 0 \
    }
#define NAMED(s, f, way, form, words)                                              \
    {                                                                              \
#f, offsetof(struct s, f), sizeof(((struct s *)0)->f), way, form, words, 0 \
    }
#define LISTED(s, f, way, form, n)                                                                    \
    {                                                                                                 \
#f, offsetof(struct s, f), sizeof(((struct s *)0)->f), way, form, NULL, offsetof(struct s, n) \
    }
#define IN_OUT (KFD_IN | KFD_OUT)
#define END                                 \
    {                                       \
        NULL, 0, 0, 0, KFD_DECIMAL, NULL, 0 \
    }

static const struct kfd_word queue_types[] = {{KFD_QUEUE_COMPUTE, "COMPUTE"},
                                              {KFD_QUEUE_SDMA, "SDMA"},
                                              {KFD_QUEUE_AQL, "COMPUTE_AQL"},
                                              {KFD_QUEUE_SDMA_XGMI, "SDMA_XGMI"},
                                              {KFD_QUEUE_SDMA_BY_ENGINE, "SDMA_BY_ENG_ID"},
                                              {0, NULL}};
static const struct kfd_word event_types[] = {
    {0, "SIGNAL"},       {1, "NODECHANGE"}, {2, "DEVICESTATECHANGE"}, {3, "HW_EXCEPTION"},
    {4, "SYSTEM_EVENT"}, {5, "DEBUG"},      {6, "PROFILE"},           {7, "QUEUE"},
    {8, "MEMORY"},       {0, NULL}};
static const struct kfd_word alloc_flags[] = {{1u << 0, "VRAM"},
                                              {1u << 1, "GTT"},
                                              {1u << 2, "USERPTR"},
                                              {1u << 3, "DOORBELL"},
                                              {1u << 4, "MMIO_REMAP"},
                                              {1u << 23, "CONTIGUOUS"},
                                              {1u << 24, "EXT_COHERENT"},
                                              {1u << 25, "UNCACHED"},
                                              {1u << 26, "COHERENT"},
                                              {1u << 27, "AQL_QUEUE_MEM"},
                                              {1u << 28, "NO_SUBSTITUTE"},
                                              {1u << 29, "PUBLIC"},
                                              {1u << 30, "EXECUTABLE"},
                                              {1u << 31, "WRITABLE"},
                                              {0, NULL}};
static const struct kfd_word wait_results[] = {
    {KFD_WAIT_DONE, "COMPLETE"}, {KFD_WAIT_TIMEOUT, "TIMEOUT"}, {KFD_WAIT_FAIL, "FAIL"}, {0, NULL}};
static const struct kfd_word runtime_modes[] = {{1, "ENABLE"}, {2, "TTMP_SAVE"}, {0, NULL}};
static const struct kfd_word launch_modes[] = {{0, "NORMAL"}, {1, "HALT"}, {3, "DEBUG"}, {0, NULL}};
static const struct kfd_word watch_modes[] = {
    {0, "READ"}, {1, "NONREAD"}, {2, "ATOMIC"}, {3, "ALL"}, {0, NULL}};

static const struct kfd_field version[] = {FIELD(kfd_version, major, KFD_OUT, KFD_DECIMAL),
                                           FIELD(kfd_version, minor, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field create_queue[] = {FIELD(kfd_create_queue, gpu_id, KFD_IN, KFD_DECIMAL),
                                                NAMED(kfd_create_queue, type, KFD_IN, KFD_WORD, queue_types),
                                                FIELD(kfd_create_queue, ring_base, KFD_IN, KFD_HEX),
                                                FIELD(kfd_create_queue, ring_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, write_pointer, KFD_IN, KFD_HEX),
                                                FIELD(kfd_create_queue, read_pointer, KFD_IN, KFD_HEX),
                                                FIELD(kfd_create_queue, percentage, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, priority, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, eop_base, KFD_IN, KFD_HEX),
                                                FIELD(kfd_create_queue, eop_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, ctx_base, KFD_IN, KFD_HEX),
                                                FIELD(kfd_create_queue, ctx_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, ctl_stack_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, sdma_engine, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, metadata_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, queue_id, KFD_OUT, KFD_DECIMAL),
                                                FIELD(kfd_create_queue, doorbell_offset, KFD_OUT, KFD_HEX),
                                                END};
static const struct kfd_field destroy_queue[] = {FIELD(kfd_destroy_queue, queue_id, KFD_IN, KFD_DECIMAL),
                                                 END};
static const struct kfd_field memory_policy[] = {
    FIELD(kfd_memory_policy, gpu_id, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_memory_policy, default_policy, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_memory_policy, alternate_policy, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_memory_policy, alternate_base, KFD_IN, KFD_HEX),
    FIELD(kfd_memory_policy, alternate_size, KFD_IN, KFD_HEX),
    FIELD(kfd_memory_policy, process_flags, KFD_IN, KFD_HEX),
    END};
static const struct kfd_field clock_counters[] = {FIELD(kfd_clock_counters, gpu_id, KFD_IN, KFD_DECIMAL),
                                                  FIELD(kfd_clock_counters, gpu, KFD_OUT, KFD_DECIMAL),
                                                  FIELD(kfd_clock_counters, cpu, KFD_OUT, KFD_DECIMAL),
                                                  FIELD(kfd_clock_counters, system, KFD_OUT, KFD_DECIMAL),
                                                  FIELD(kfd_clock_counters, system_hz, KFD_OUT, KFD_DECIMAL),
                                                  END};
static const struct kfd_field apertures_old[] = {FIELD(kfd_apertures_old, n, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field update_queue[] = {FIELD(kfd_update_queue, queue_id, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_update_queue, ring_base, KFD_IN, KFD_HEX),
                                                FIELD(kfd_update_queue, ring_size, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_update_queue, percentage, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_update_queue, priority, KFD_IN, KFD_DECIMAL),
                                                END};
static const struct kfd_field create_event[] = {NAMED(kfd_create_event, type, KFD_IN, KFD_WORD, event_types),
                                                FIELD(kfd_create_event, auto_reset, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_event, node_id, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_create_event, page_offset, IN_OUT, KFD_HEX),
                                                FIELD(kfd_create_event, event_id, KFD_OUT, KFD_DECIMAL),
                                                FIELD(kfd_create_event, trigger_data, KFD_OUT, KFD_DECIMAL),
                                                FIELD(kfd_create_event, slot, KFD_OUT, KFD_DECIMAL),
                                                END};
static const struct kfd_field event_id[] = {FIELD(kfd_event_id, event_id, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field wait_events[] = {
    LISTED(kfd_wait_events, events, IN_OUT, KFD_EVENTS, n),
    FIELD(kfd_wait_events, n, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_wait_events, all, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_wait_events, timeout_ms, KFD_IN, KFD_DECIMAL),
    NAMED(kfd_wait_events, result, KFD_OUT, KFD_WORD, wait_results),
    END};
static const struct kfd_field scratch_va[] = {FIELD(kfd_scratch_va, gpu_id, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_scratch_va, va, KFD_IN, KFD_HEX), END};
static const struct kfd_field tile_config[] = {FIELD(kfd_tile_config, gpu_id, KFD_IN, KFD_DECIMAL),
                                               FIELD(kfd_tile_config, n_tiles, IN_OUT, KFD_DECIMAL),
                                               FIELD(kfd_tile_config, n_macro_tiles, IN_OUT, KFD_DECIMAL),
                                               FIELD(kfd_tile_config, gb_addr_config, KFD_OUT, KFD_HEX),
                                               FIELD(kfd_tile_config, banks, KFD_OUT, KFD_DECIMAL),
                                               FIELD(kfd_tile_config, ranks, KFD_OUT, KFD_DECIMAL),
                                               END};
static const struct kfd_field trap_handler[] = {FIELD(kfd_trap_handler, gpu_id, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_trap_handler, tba, KFD_IN, KFD_HEX),
                                                FIELD(kfd_trap_handler, tma, KFD_IN, KFD_HEX), END};
static const struct kfd_field apertures[] = {FIELD(kfd_apertures, entries, KFD_IN, KFD_HEX),
                                             FIELD(kfd_apertures, n, IN_OUT, KFD_DECIMAL), END};
static const struct kfd_field acquire_vm[] = {FIELD(kfd_acquire_vm, gpu_id, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_acquire_vm, drm_fd, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field alloc_memory[] = {FIELD(kfd_alloc_memory, gpu_id, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_alloc_memory, va, KFD_IN, KFD_HEX),
                                                FIELD(kfd_alloc_memory, size, KFD_IN, KFD_HEX),
                                                NAMED(kfd_alloc_memory, flags, KFD_IN, KFD_BITS, alloc_flags),
                                                FIELD(kfd_alloc_memory, mmap_offset, IN_OUT, KFD_HEX),
                                                FIELD(kfd_alloc_memory, handle, KFD_OUT, KFD_HEX),
                                                END};
static const struct kfd_field free_memory[] = {FIELD(kfd_free_memory, handle, KFD_IN, KFD_HEX), END};
static const struct kfd_field map_memory[] = {FIELD(kfd_map_memory, handle, KFD_IN, KFD_HEX),
                                              LISTED(kfd_map_memory, gpu_ids, KFD_IN, KFD_LIST, n),
                                              FIELD(kfd_map_memory, n_success, IN_OUT, KFD_DECIMAL), END};
static const struct kfd_field set_cu_mask[] = {FIELD(kfd_set_cu_mask, queue_id, KFD_IN, KFD_DECIMAL),
                                               FIELD(kfd_set_cu_mask, bits, KFD_IN, KFD_DECIMAL),
                                               FIELD(kfd_set_cu_mask, mask, KFD_IN, KFD_HEX), END};
static const struct kfd_field wave_state[] = {FIELD(kfd_wave_state, queue_id, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_wave_state, control_stack, KFD_IN, KFD_HEX),
                                              FIELD(kfd_wave_state, control_stack_used, KFD_OUT, KFD_DECIMAL),
                                              FIELD(kfd_wave_state, wave_state_used, KFD_OUT, KFD_DECIMAL),
                                              END};
static const struct kfd_field dmabuf_info[] = {FIELD(kfd_dmabuf_info, fd, KFD_IN, KFD_DECIMAL),
                                               FIELD(kfd_dmabuf_info, metadata_size, IN_OUT, KFD_DECIMAL),
                                               FIELD(kfd_dmabuf_info, size, KFD_OUT, KFD_HEX),
                                               FIELD(kfd_dmabuf_info, gpu_id, KFD_OUT, KFD_DECIMAL),
                                               NAMED(kfd_dmabuf_info, flags, KFD_OUT, KFD_BITS, alloc_flags),
                                               END};
static const struct kfd_field import_dmabuf[] = {FIELD(kfd_import_dmabuf, gpu_id, KFD_IN, KFD_DECIMAL),
                                                 FIELD(kfd_import_dmabuf, va, KFD_IN, KFD_HEX),
                                                 FIELD(kfd_import_dmabuf, fd, KFD_IN, KFD_DECIMAL),
                                                 FIELD(kfd_import_dmabuf, handle, KFD_OUT, KFD_HEX), END};
static const struct kfd_field alloc_gws[] = {FIELD(kfd_alloc_gws, queue_id, KFD_IN, KFD_DECIMAL),
                                             FIELD(kfd_alloc_gws, n, KFD_IN, KFD_DECIMAL),
                                             FIELD(kfd_alloc_gws, first, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field smi_events[] = {FIELD(kfd_smi_events, gpu_id, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_smi_events, fd, KFD_OUT, KFD_SIGNED), END};
/* The attributes follow the structure: a list without an address. */
static const struct kfd_field svm[] = {
    FIELD(kfd_svm, start, KFD_IN, KFD_HEX),
    FIELD(kfd_svm, size, KFD_IN, KFD_HEX),
    {"attributes", sizeof(struct kfd_svm), 0, IN_OUT, KFD_PAIRS, NULL, offsetof(struct kfd_svm, n)},
    END};
static const struct kfd_field xnack_mode[] = {FIELD(kfd_xnack_mode, enabled, IN_OUT, KFD_SIGNED), END};
static const struct kfd_field criu[] = {
    FIELD(kfd_criu, pid, IN_OUT, KFD_DECIMAL),          FIELD(kfd_criu, n_devices, IN_OUT, KFD_DECIMAL),
    FIELD(kfd_criu, n_bos, IN_OUT, KFD_DECIMAL),        FIELD(kfd_criu, n_objects, IN_OUT, KFD_DECIMAL),
    FIELD(kfd_criu, private_size, IN_OUT, KFD_DECIMAL), END};
static const struct kfd_field available_memory[] = {
    FIELD(kfd_available_memory, gpu_id, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_available_memory, available, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field export_dmabuf[] = {FIELD(kfd_export_dmabuf, handle, KFD_IN, KFD_HEX),
                                                 FIELD(kfd_export_dmabuf, flags, KFD_IN, KFD_HEX),
                                                 FIELD(kfd_export_dmabuf, fd, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field runtime_enable[] = {
    NAMED(kfd_runtime_enable, mode, KFD_IN, KFD_BITS, runtime_modes),
    FIELD(kfd_runtime_enable, r_debug, KFD_IN, KFD_HEX),
    FIELD(kfd_runtime_enable, capabilities, KFD_OUT, KFD_HEX), END};

/* DBG_TRAP's, in the order of kfd_debug.h's operations. */
#define PID FIELD(kfd_debug, pid, KFD_IN, KFD_DECIMAL)
static const struct kfd_field debug_enable[] = {
    PID, FIELD(kfd_debug, enable.exceptions, KFD_IN, KFD_HEX),
    FIELD(kfd_debug, enable.fd, KFD_IN, KFD_SIGNED),
    FIELD(kfd_debug, enable.runtime_info_size, IN_OUT, KFD_DECIMAL), END};
static const struct kfd_field debug_disable[] = {PID, END};
static const struct kfd_field debug_send[] = {PID, FIELD(kfd_debug, event.exceptions, KFD_IN, KFD_HEX),
                                              FIELD(kfd_debug, event.gpu_id, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_debug, event.queue_id, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field debug_exceptions[] = {PID, FIELD(kfd_debug, event.exceptions, KFD_IN, KFD_HEX),
                                                    END};
static const struct kfd_field debug_override[] = {
    PID, FIELD(kfd_debug, launch_override.mode, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_debug, launch_override.enable, IN_OUT, KFD_HEX),
    FIELD(kfd_debug, launch_override.supported, IN_OUT, KFD_HEX), END};
static const struct kfd_field debug_mode[] = {
    PID, NAMED(kfd_debug, launch_mode.mode, KFD_IN, KFD_WORD, launch_modes), END};
static const struct kfd_field debug_suspend[] = {
    PID, FIELD(kfd_debug, suspend.exceptions, KFD_IN, KFD_HEX),
    LISTED(kfd_debug, suspend.queues, IN_OUT, KFD_LIST, suspend.n),
    FIELD(kfd_debug, suspend.grace, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field debug_resume[] = {
    PID, LISTED(kfd_debug, resume.queues, IN_OUT, KFD_LIST, resume.n), END};
static const struct kfd_field debug_watch[] = {PID,
                                               FIELD(kfd_debug, watch.gpu_id, KFD_IN, KFD_DECIMAL),
                                               FIELD(kfd_debug, watch.address, KFD_IN, KFD_HEX),
                                               FIELD(kfd_debug, watch.mask, KFD_IN, KFD_HEX),
                                               NAMED(kfd_debug, watch.mode, KFD_IN, KFD_WORD, watch_modes),
                                               FIELD(kfd_debug, watch.id, KFD_OUT, KFD_DECIMAL),
                                               END};
static const struct kfd_field debug_unwatch[] = {PID, FIELD(kfd_debug, unwatch.gpu_id, KFD_IN, KFD_DECIMAL),
                                                 FIELD(kfd_debug, unwatch.id, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field debug_flags[] = {PID, FIELD(kfd_debug, flags.flags, IN_OUT, KFD_HEX), END};
static const struct kfd_field debug_query[] = {PID, FIELD(kfd_debug, event.exceptions, IN_OUT, KFD_HEX),
                                               FIELD(kfd_debug, event.gpu_id, KFD_OUT, KFD_DECIMAL),
                                               FIELD(kfd_debug, event.queue_id, KFD_OUT, KFD_DECIMAL), END};
static const struct kfd_field debug_info[] = {PID,
                                              FIELD(kfd_debug, exception.source, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_debug, exception.code, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_debug, exception.clear, KFD_IN, KFD_DECIMAL),
                                              FIELD(kfd_debug, exception.info_size, IN_OUT, KFD_DECIMAL),
                                              END};
static const struct kfd_field debug_snapshot[] = {PID, FIELD(kfd_debug, snapshot.exceptions, KFD_IN, KFD_HEX),
                                                  FIELD(kfd_debug, snapshot.n, IN_OUT, KFD_DECIMAL),
                                                  FIELD(kfd_debug, snapshot.entry_size, IN_OUT, KFD_DECIMAL),
                                                  END};

static const struct kfd_field profiler_pmc[] = {
    FIELD(kfd_profiler, pmc.gpu_id, KFD_IN, KFD_DECIMAL), FIELD(kfd_profiler, pmc.lock, KFD_IN, KFD_DECIMAL),
    FIELD(kfd_profiler, pmc.perfcount_enable, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field profiler_ptl[] = {FIELD(kfd_profiler, ptl.gpu_id, KFD_IN, KFD_DECIMAL),
                                                FIELD(kfd_profiler, ptl.enable, KFD_IN, KFD_DECIMAL), END};
static const struct kfd_field profiler_version[] = {FIELD(kfd_profiler, version, KFD_OUT, KFD_DECIMAL), END};

static const struct kfd_field nothing[] = {END};

#define PLAIN(name, nr, minor, s, fields)                               \
    {                                                                   \
        name, nr, minor, false, sizeof(struct s), KFD_ONE_OP, 0, fields \
    }
#define SVM_ROW(name, op)                                                \
    {                                                                    \
        "SVM " name, 0x20, 5, false, sizeof(struct kfd_svm), 16, op, svm \
    }
#define CRIU_ROW(name, op)                                                     \
    {                                                                          \
        "CRIU_OP " name, 0x22, 7, false, sizeof(struct kfd_criu), 48, op, criu \
    }
#define DEBUG_ROW(name, op, list)                                                \
    {                                                                            \
        "DBG_TRAP " name, 0x26, 13, false, sizeof(struct kfd_debug), 4, op, list \
    }
#define PROFILER_ROW(name, op, list)                                                \
    {                                                                               \
        "PROFILER " name, 0x28, 23, false, sizeof(struct kfd_profiler), 0, op, list \
    }
#define REFUSED(name, nr, bytes)                         \
    {                                                    \
        name, nr, 0, true, bytes, KFD_ONE_OP, 0, nothing \
    }

const struct kfd_ioctl kfd_ioctls[] = {
    PLAIN("GET_VERSION", 0x01, 0, kfd_version, version),
    PLAIN("CREATE_QUEUE", 0x02, 0, kfd_create_queue, create_queue),
    PLAIN("DESTROY_QUEUE", 0x03, 0, kfd_destroy_queue, destroy_queue),
    PLAIN("SET_MEMORY_POLICY", 0x04, 0, kfd_memory_policy, memory_policy),
    PLAIN("GET_CLOCK_COUNTERS", 0x05, 0, kfd_clock_counters, clock_counters),
    PLAIN("GET_PROCESS_APERTURES", 0x06, 0, kfd_apertures_old, apertures_old),
    PLAIN("UPDATE_QUEUE", 0x07, 0, kfd_update_queue, update_queue),
    PLAIN("CREATE_EVENT", 0x08, 0, kfd_create_event, create_event),
    PLAIN("DESTROY_EVENT", 0x09, 0, kfd_event_id, event_id),
    PLAIN("SET_EVENT", 0x0a, 0, kfd_event_id, event_id),
    PLAIN("RESET_EVENT", 0x0b, 0, kfd_event_id, event_id),
    PLAIN("WAIT_EVENTS", 0x0c, 0, kfd_wait_events, wait_events),
    REFUSED("DBG_REGISTER_DEPRECATED", 0x0d, 8),
    REFUSED("DBG_UNREGISTER_DEPRECATED", 0x0e, 8),
    REFUSED("DBG_ADDRESS_WATCH_DEPRECATED", 0x0f, 16),
    REFUSED("DBG_WAVE_CONTROL_DEPRECATED", 0x10, 16),
    PLAIN("SET_SCRATCH_BACKING_VA", 0x11, 0, kfd_scratch_va, scratch_va),
    PLAIN("GET_TILE_CONFIG", 0x12, 0, kfd_tile_config, tile_config),
    PLAIN("SET_TRAP_HANDLER", 0x13, 0, kfd_trap_handler, trap_handler),
    PLAIN("GET_PROCESS_APERTURES_NEW", 0x14, 0, kfd_apertures, apertures),
    PLAIN("ACQUIRE_VM", 0x15, 0, kfd_acquire_vm, acquire_vm),
    PLAIN("ALLOC_MEMORY_OF_GPU", 0x16, 0, kfd_alloc_memory, alloc_memory),
    PLAIN("FREE_MEMORY_OF_GPU", 0x17, 0, kfd_free_memory, free_memory),
    PLAIN("MAP_MEMORY_TO_GPU", 0x18, 0, kfd_map_memory, map_memory),
    PLAIN("UNMAP_MEMORY_FROM_GPU", 0x19, 0, kfd_map_memory, map_memory),
    PLAIN("SET_CU_MASK", 0x1a, 0, kfd_set_cu_mask, set_cu_mask),
    PLAIN("GET_QUEUE_WAVE_STATE", 0x1b, 0, kfd_wave_state, wave_state),
    PLAIN("GET_DMABUF_INFO", 0x1c, 0, kfd_dmabuf_info, dmabuf_info),
    PLAIN("IMPORT_DMABUF", 0x1d, 0, kfd_import_dmabuf, import_dmabuf),
    PLAIN("ALLOC_QUEUE_GWS", 0x1e, 0, kfd_alloc_gws, alloc_gws),
    PLAIN("SMI_EVENTS", 0x1f, 3, kfd_smi_events, smi_events),
    SVM_ROW("SET_ATTR", KFD_SVM_SET),
    SVM_ROW("GET_ATTR", KFD_SVM_GET),
    PLAIN("SET_XNACK_MODE", 0x21, 5, kfd_xnack_mode, xnack_mode),
    CRIU_ROW("PROCESS_INFO", KFD_CRIU_PROCESS_INFO),
    CRIU_ROW("CHECKPOINT", KFD_CRIU_CHECKPOINT),
    CRIU_ROW("UNPAUSE", KFD_CRIU_UNPAUSE),
    CRIU_ROW("RESTORE", KFD_CRIU_RESTORE),
    CRIU_ROW("RESUME", KFD_CRIU_RESUME),
    PLAIN("AVAILABLE_MEMORY", 0x23, 9, kfd_available_memory, available_memory),
    PLAIN("EXPORT_DMABUF", 0x24, 12, kfd_export_dmabuf, export_dmabuf),
    PLAIN("RUNTIME_ENABLE", 0x25, 13, kfd_runtime_enable, runtime_enable),
    DEBUG_ROW("ENABLE", KFD_DEBUG_ENABLE, debug_enable),
    DEBUG_ROW("DISABLE", KFD_DEBUG_DISABLE, debug_disable),
    DEBUG_ROW("SEND_RUNTIME_EVENT", KFD_DEBUG_SEND_RUNTIME_EVENT, debug_send),
    DEBUG_ROW("SET_EXCEPTIONS_ENABLED", KFD_DEBUG_SET_EXCEPTIONS, debug_exceptions),
    DEBUG_ROW("SET_WAVE_LAUNCH_OVERRIDE", KFD_DEBUG_SET_LAUNCH_OVERRIDE, debug_override),
    DEBUG_ROW("SET_WAVE_LAUNCH_MODE", KFD_DEBUG_SET_LAUNCH_MODE, debug_mode),
    DEBUG_ROW("SUSPEND_QUEUES", KFD_DEBUG_SUSPEND_QUEUES, debug_suspend),
    DEBUG_ROW("RESUME_QUEUES", KFD_DEBUG_RESUME_QUEUES, debug_resume),
    DEBUG_ROW("SET_NODE_ADDRESS_WATCH", KFD_DEBUG_SET_ADDRESS_WATCH, debug_watch),
    DEBUG_ROW("CLEAR_NODE_ADDRESS_WATCH", KFD_DEBUG_CLEAR_ADDRESS_WATCH, debug_unwatch),
    DEBUG_ROW("SET_FLAGS", KFD_DEBUG_SET_FLAGS, debug_flags),
    DEBUG_ROW("QUERY_DEBUG_EVENT", KFD_DEBUG_QUERY_EVENT, debug_query),
    DEBUG_ROW("QUERY_EXCEPTION_INFO", KFD_DEBUG_QUERY_EXCEPTION, debug_info),
    DEBUG_ROW("GET_QUEUE_SNAPSHOT", KFD_DEBUG_QUEUE_SNAPSHOT, debug_snapshot),
    DEBUG_ROW("GET_DEVICE_SNAPSHOT", KFD_DEBUG_DEVICE_SNAPSHOT, debug_snapshot),
    {"CREATE_PROCESS", 0x27, 19, false, 0, KFD_ONE_OP, 0, nothing},
    PROFILER_ROW("PMC", KFD_PROFILER_PMC, profiler_pmc),
    PROFILER_ROW("VERSION", KFD_PROFILER_VERSION, profiler_version),
    PROFILER_ROW("PTL_CONTROL", KFD_PROFILER_PTL_CONTROL, profiler_ptl),
    {NULL, 0, 0, false, 0, KFD_ONE_OP, 0, nothing}};

static const struct kfd_ioctl unknown = {"of an unknown number", 0, 0, false, 0, KFD_ONE_OP, 0, nothing};

const struct kfd_ioctl *kfd_ioctl_find(unsigned long request, const void *args)
{
    for (const struct kfd_ioctl *row = kfd_ioctls; row->name; row++) {
        if (row->nr != _IOC_NR(request))
            continue;
        if (row->op_at == KFD_ONE_OP || *(const uint32_t *)((const char *)args + row->op_at) == row->op)
            return row;
    }
    return &unknown;
}
