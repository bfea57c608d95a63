/*
 * files.c - THE TABLE: every file and directory of a mount. A reader starts here.
 *
 * A row's path names its place; a component in <> stands for the names that find() knows and list() tells. A
 * file has a class (how it behaves), a text file what it reads, a command file what a write does.
 */
#include "files/files.h"

#include "files/buffer_files.h"
#include "files/code_files.h"
#include "files/command_files.h"
#include "files/global_files.h"
#include "files/info_files.h"
#include "files/inject.h"
#include "files/insight_files.h"
#include "files/journal_files.h"
#include "files/kernel_files.h"
#include "files/map_files.h"
#include "files/pool_files.h"
#include "files/queue_commands.h"
#include "files/queue_dirs.h"
#include "files/queue_files.h"
#include "files/queue_settings.h"
#include "files/trace_files.h"
#include "tree/open_files.h"

enum { DIR = S_IFDIR, FILE_R = S_IFREG | 0444, FILE_RW = S_IFREG | 0644, LINK = S_IFLNK };

#define TEXT(where, reads)                                                    \
    {                                                                         \
        .path = where, .mode = FILE_R, .class = &fs_text_class, .read = reads \
    }
#define COMMAND(where, usage, does)                                                                   \
    {                                                                                                 \
        .path = where, .mode = FILE_RW, .flags = FS_FRESH, .class = &fs_command_class, .read = usage, \
        .command = does                                                                               \
    }
#define LARGE_TEXT(where, reads)                                                                 \
    {                                                                                            \
        .path = where, .mode = FILE_R, .flags = FS_LARGE, .class = &fs_text_class, .read = reads \
    }
#define FIXED_DIR(where)                               \
    {                                                  \
        .path = where, .mode = DIR, .flags = FS_STATIC \
    }

#define QUEUE_FILES(where)                                                                              \
    COMMAND(where "/run", fs_queue_usage, fs_queue_run),                                                \
        COMMAND(where "/submit", fs_queue_usage, fs_queue_submit),                                      \
        COMMAND(where "/wait", fs_wait_usage, fs_wait_command),                                         \
        TEXT(where "/submitted", fs_queue_submitted),                                                   \
        {.path = where "/completed",                                                                    \
         .mode = FILE_R,                                                                                \
         .class = &fs_completed_class,                                                                  \
         .read = fs_queue_completed},                                                                   \
        COMMAND(where "/engine", fs_engine_read, fs_engine_write),                                      \
        COMMAND(where "/priority", fs_priority_read, fs_priority_write),                                \
        COMMAND(where "/ring_bytes", fs_ring_bytes_read, fs_ring_bytes_write),                          \
        COMMAND(where "/cu_mask", fs_cu_mask_read, fs_cu_mask_write), TEXT(where "/log", fs_queue_log), \
        TEXT(where "/ring", fs_queue_ring),                                                             \
        COMMAND(where "/packets", fs_queue_packets_usage, fs_queue_packets),                            \
        TEXT(where "/info", fs_queue_info)

#define POOL(where, finds)                                                                  \
    {.path = where,                                                                         \
     .mode = DIR,                                                                           \
     .flags = FS_STATIC,                                                                    \
     .class = &fs_buffer_class,                                                             \
     .dir = &fs_pool_class,                                                                 \
     .find = finds},                                                                        \
        {.path = where "/<buffer>",                                                         \
         .mode = FILE_RW,                                                                   \
         .flags = FS_STATIC,                                                                \
         .class = &fs_buffer_class,                                                         \
         .find = fs_find_file,                                                              \
         .list = fs_list_files},                                                            \
    {                                                                                       \
        .path = where "/<dir>", .mode = DIR, .flags = FS_STATIC, .class = &fs_buffer_class, \
        .dir = &fs_pool_class, .like = where, .find = fs_find_dir, .list = fs_list_dirs     \
    }

const struct fs_row fs_rows[] = {
    FIXED_DIR(""),
    TEXT("README", fs_readme),
    TEXT("version", fs_version),
    TEXT("gpus", fs_gpus),
    TEXT("peers", fs_peers),
    TEXT("topology.svg", fs_topology_picture),
    {.path = "errors", .mode = FILE_R, .class = &fs_errors_class},
    {.path = "events", .mode = FILE_R, .class = &fs_events_class},
    FIXED_DIR("by-pci"),
    {.path = "by-pci/<pci>",
     .mode = LINK,
     .read = fs_gpu_target,
     .find = fs_find_by_pci,
     .list = fs_list_by_pci},
    FIXED_DIR("by-id"),
    {.path = "by-id/<id>", .mode = LINK, .read = fs_gpu_target, .find = fs_find_by_id, .list = fs_list_by_id},

    FIXED_DIR("trace"),
    COMMAND("trace/enabled", fs_trace_enabled, fs_trace_enable),
    COMMAND("trace/marker", fs_trace_marker_usage, fs_trace_marker),
    LARGE_TEXT("trace/events.json", fs_trace_json),
    LARGE_TEXT("trace/timeline.svg", fs_trace_timeline),
    LARGE_TEXT("trace/overlap", fs_trace_overlap),

    {.path = "<gpu>", .mode = DIR, .flags = FS_STATIC, .find = fs_find_gpu, .list = fs_list_gpus},
    TEXT("<gpu>/info", fs_gpu_info),
    TEXT("<gpu>/status", fs_gpu_status),
    TEXT("<gpu>/maps", fs_gpu_maps),
    FIXED_DIR("<gpu>/processes"),
    {.path = "<gpu>/processes/<pid>", .mode = DIR, .find = fs_find_process, .list = fs_list_processes},
    TEXT("<gpu>/processes/<pid>/command", fs_process_command),
    TEXT("<gpu>/processes/<pid>/vram_bytes", fs_process_vram),
    TEXT("<gpu>/processes/<pid>/sdma_ns", fs_process_sdma),
    TEXT("<gpu>/processes/<pid>/evicted_ns", fs_process_evicted),
    TEXT("<gpu>/processes/<pid>/busy_cus", fs_process_cus),
    TEXT("<gpu>/processes/<pid>/queues", fs_process_queues),
    {.path = "<gpu>/sim", .mode = DIR, .flags = FS_STATIC, .find = fs_find_sim},
    COMMAND("<gpu>/sim/inject", fs_inject_usage, fs_inject),
    LARGE_TEXT("<gpu>/sim/wave", fs_sim_wave),
    COMMAND("<gpu>/sim/counting", fs_sim_counting, fs_sim_count),
    LARGE_TEXT("<gpu>/sim/executed", fs_sim_executed),
    POOL("<gpu>/vram", fs_find_vram),
    POOL("<gpu>/gtt", fs_find_gtt),

    {.path = "<gpu>/code", .mode = DIR, .flags = FS_STATIC, .dir = &fs_code_class},
    {.path = "<gpu>/code/<file>",
     .mode = FILE_RW,
     .class = &fs_code_file_class,
     .find = fs_find_code,
     .list = fs_list_code},
    FIXED_DIR("<gpu>/kernels"),
    {.path = "<gpu>/kernels/<object>", .mode = DIR, .find = fs_find_object, .list = fs_list_objects},
    {.path = "<gpu>/kernels/<object>/.globals", .mode = DIR, .find = fs_find_globals},
    {.path = "<gpu>/kernels/<object>/.globals/<global>",
     .mode = FILE_RW,
     .class = &fs_global_class,
     .find = fs_find_global,
     .list = fs_list_globals},
    {.path = "<gpu>/kernels/<object>/<kernel>", .mode = DIR, .find = fs_find_kernel, .list = fs_list_kernels},
    {.path = "<gpu>/kernels/<object>/<function>",
     .mode = LINK,
     .read = fs_kernel_target,
     .find = fs_find_short,
     .list = fs_list_short},
    TEXT("<gpu>/kernels/<object>/<kernel>/signature", fs_kernel_signature),
    TEXT("<gpu>/kernels/<object>/<kernel>/info", fs_kernel_info),
    TEXT("<gpu>/kernels/<object>/<kernel>/disasm", fs_kernel_disasm),
    COMMAND("<gpu>/kernels/<object>/<kernel>/run", fs_kernel_usage, fs_kernel_run),
    COMMAND("<gpu>/kernels/<object>/<kernel>/submit", fs_kernel_usage, fs_kernel_submit),
    TEXT("<gpu>/kernels/<object>/<kernel>/last", fs_kernel_last),

    {.path = "<gpu>/compute", .mode = DIR, .flags = FS_STATIC, .dir = &fs_compute_class},
    {.path = "<gpu>/compute/<queue>",
     .mode = DIR,
     .dir = &fs_queue_class,
     .find = fs_find_compute,
     .list = fs_list_compute},
    QUEUE_FILES("<gpu>/compute/<queue>"),

    {.path = "<gpu>/sdma", .mode = DIR, .flags = FS_STATIC, .dir = &fs_sdma_class},
    {.path = "<gpu>/sdma/<queue>",
     .mode = DIR,
     .dir = &fs_queue_class,
     .find = fs_find_sdma,
     .list = fs_list_sdma},
    QUEUE_FILES("<gpu>/sdma/<queue>"),
    {.path = "<gpu>/sdma/kfdfs", .mode = DIR, .find = fs_find_own},
    TEXT("<gpu>/sdma/kfdfs/submitted", fs_queue_submitted),
    {.path = "<gpu>/sdma/kfdfs/completed",
     .mode = FILE_R,
     .class = &fs_completed_class,
     .read = fs_queue_completed},
    TEXT("<gpu>/sdma/kfdfs/log", fs_queue_log),
    TEXT("<gpu>/sdma/kfdfs/ring", fs_queue_ring),
    TEXT("<gpu>/sdma/kfdfs/info", fs_queue_info),
    {0},
};
