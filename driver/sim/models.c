/*
 * models.c - the table of simulated cards.
 *
 * Sources. MI300X: a capture of a node in CPX mode (ROCm/k8s-device-plugin, testdata/topo-mi300-cpx), of
 * which the whole card in SPX mode has eight; rocm-smi's total of 206141652992 bytes; cache sizes as rocminfo
 * prints them. RX 7900 XTX: a capture of node properties in an older tinygrad mock; 24560 MiB and cache sizes
 * as LACT and rocminfo print them. Context save sizes follow kfd_queue.c's formula, register files LLVM's
 * AMDGPUBaseInfo.cpp, GB_ADDR_CONFIG gfx_v9_4_3.c and imu_v11_0.c. Idle clocks, power and temperatures are
 * those of captures, not measured. Unique ids are made up: they are serial numbers.
 */
#include "models.h"

#include <stdio.h>
#include <string.h>

enum { DATA = 1, INSTRUCTIONS = 2, SIMD = 8 };

/* Two of the four shader engines of an XCC have one of their ten CUs off: 38 active. Which ones differs from
 * card to card. */
static const uint32_t gfx942_masks[] = {0x3ff, 0x3ff, 0x1ff, 0x3fe};
static const uint32_t gfx1100_masks[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* Sizes and sharing as kfd_crat.c derives them from the graphics configuration. A line size of 0 is one that
 * the card's discovery table does not tell. */
static const struct sim_cache gfx942_caches[] = {
    {.level = 1, .size_kib = 32, .line_bytes = 128, .type = DATA | SIMD, .sharers = 1},
    {.level = 1, .size_kib = 64, .line_bytes = 128, .type = INSTRUCTIONS | SIMD, .sharers = 2},
    {.level = 1, .size_kib = 16, .line_bytes = 64, .type = DATA | SIMD, .sharers = 2},
    {.level = 2, .size_kib = 4096, .line_bytes = 128, .type = DATA | SIMD},
    {.level = 3, .size_kib = 262144, .line_bytes = 64, .type = DATA | SIMD},
    {0},
};
static const struct sim_cache gfx1100_caches[] = {
    {.level = 1, .size_kib = 32, .type = DATA | SIMD, .sharers = 1},
    {.level = 1, .size_kib = 32, .type = INSTRUCTIONS | SIMD, .sharers = 2},
    {.level = 1, .size_kib = 16, .type = DATA | SIMD, .sharers = 2},
    {.level = 1, .size_kib = 256, .type = DATA | SIMD, .sharers = 8},
    {.level = 2, .size_kib = 6144, .type = DATA | SIMD},
    {.level = 3, .size_kib = 98304, .line_bytes = 64, .type = DATA | SIMD},
    {0},
};

const struct sim_model sim_models[] = {
    {
        .name = "mi300x",
        .target = "gfx942",
        .product = "AMD Instinct MI300X",
        .gfx_target_version = 90402,
        .generation = ISA_GFX940,
        .sdma_version = SIM_SDMA_4_4_2,
        .xccs = 8,
        .cus = 304,
        .simd_per_cu = 4,
        .max_waves_per_simd = 8,
        .wave_size = 64,
        .array_count = 32,
        .arrays_per_engine = 1,
        .cus_per_array = 10,
        .cu_masks = gfx942_masks,
        .lds_kib = 64,
        .gds_kib = 0,
        .gws = 64,
        .scratch_slots_per_cu = 32,
        .vgprs_per_simd_lane = 512,
        .packed_work_item_ids = true,
        .architected_flat_scratch = true,
        .kernarg_preload = true,
        .traps_reach_handler = true,
        .sdma_engines = 2,
        .sdma_xgmi_engines = 14,
        .sdma_queues_per_engine = 8,
        .cp_queues = 24,
        .cwsr_bytes = 0x1621000,
        .ctl_stack_bytes = 0x3000,
        .cwsr_debug_bytes = 0xbe00,
        .vram_bytes = 206141652992,
        .vram_heap = 1,
        .vram_width = 8192,
        .vram_mhz = 1300,
        .vram_type = 6,
        .vm_bits = 47,
        .vendor_id = 0x1002,
        .device_id = 0x74a1,
        .subsystem_vendor = 0x1002,
        .subsystem_device = 0x74a1,
        .revision = 0,
        .family = 141,
        .external_revision = 0x47,
        .chip_revision = 1,
        .unique_id = 0x3a00c0ffee000001,
        .firmware = 177,
        .sdma_firmware = 24,
        .capability = 2893521536,
        .debug_prop = 1511,
        .gb_addr_config = 0x2a114042,
        .gc_ip = {9, 4, 3},
        .sdma_ip = {4, 4, 2},
        .nbif_ip = {7, 9, 0},
        .max_clock_mhz = 2100,
        .min_clock_mhz = 132,
        .counter_hz = 100000000,
        .hive_gpus = 8,
        .xgmi_mbps = 64000,
        .pcie_min_mbps = 0,
        .pcie_max_mbps = 64000,
        .idle_power_mw = 134000,
        .idle_temp_mc = 43000,
        .caches = gfx942_caches,
    },
    {
        .name = "rx7900xtx",
        .target = "gfx1100",
        .product = "AMD Radeon RX 7900 XTX",
        .gfx_target_version = 110000,
        .generation = ISA_GFX11,
        .sdma_version = SIM_SDMA_6_0,
        .xccs = 1,
        .cus = 96,
        .simd_per_cu = 2,
        .max_waves_per_simd = 16,
        .wave_size = 32,
        .array_count = 12,
        .arrays_per_engine = 2,
        .cus_per_array = 8,
        .cu_masks = gfx1100_masks,
        .lds_kib = 64,
        .gds_kib = 0,
        .gws = 64,
        .scratch_slots_per_cu = 32,
        .vgprs_per_simd_lane = 1536,
        .packed_work_item_ids = true,
        .architected_flat_scratch = true,
        .kernarg_preload = false,
        .traps_reach_handler = false,
        .sdma_engines = 2,
        .sdma_xgmi_engines = 0,
        .sdma_queues_per_engine = 6,
        .cp_queues = 8,
        .cwsr_bytes = 0x2bea000,
        .ctl_stack_bytes = 0xa000,
        .cwsr_debug_bytes = 0x18000,
        .vram_bytes = 25753026560,
        .vram_heap = 1,
        .vram_width = 384,
        .vram_mhz = 1249,
        .vram_type = 9,
        .vm_bits = 47,
        .vendor_id = 0x1002,
        .device_id = 0x744c,
        .subsystem_vendor = 0x1002,
        .subsystem_device = 0x0e3b,
        .revision = 0xc8,
        .family = 145,
        .external_revision = 0x01,
        .chip_revision = 0,
        .unique_id = 0x7900c0ffee000001,
        .firmware = 2140,
        .sdma_firmware = 20,
        .capability = 671588992,
        .debug_prop = 1495,
        .gb_addr_config = 0x545,
        .gc_ip = {11, 0, 0},
        .sdma_ip = {6, 0, 0},
        .nbif_ip = {4, 3, 0},
        .max_clock_mhz = 2482,
        .min_clock_mhz = 500,
        .counter_hz = 100000000,
        .pcie_min_mbps = 312,
        .pcie_max_mbps = 32000,
        .idle_power_mw = 17000,
        .idle_temp_mc = 38000,
        .caches = gfx1100_caches,
    },
    {0},
};

const struct sim_model *sim_model_find(const char *name, size_t length)
{
    for (const struct sim_model *m = sim_models; m->name; m++)
        if (strlen(m->name) == length && !memcmp(m->name, name, length))
            return m;
    return NULL;
}

const char *sim_model_names(void)
{
    static _Thread_local char names[256];
    size_t used = 0;

    names[0] = 0;
    for (const struct sim_model *m = sim_models; m->name && used < sizeof(names); m++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? " " : "", m->name);
    return names;
}
