/*
 * models.h - the cards that the software GPU knows: one row each, numbers as real cards publish them.
 *
 * Code asks a row for a property and never compares names or targets. Where a property is the same on every
 * card known so far it is a column all the same, so that a new card is one new row.
 */
#ifndef KFDFS_SIM_MODELS_H
#define KFDFS_SIM_MODELS_H

#include <isa/isa.h>

#include "sim/machine.h"

/* A kind of cache. A node lists one of level 1 for each block of `sharers` neighbouring CUs of an array that
 * has an active CU; of the levels above one that all CUs share. */
struct sim_cache {
    uint32_t level, size_kib, line_bytes,
        type;         /* type: 1 data, 2 instructions, 8 SIMD, as the topology has it */
    uint32_t sharers; /* CUs of one array that share it; 0: all CUs of the node */
};

enum { SIM_HEAP_PUBLIC = 1, SIM_HEAP_PRIVATE }; /* all of VRAM visible to the CPU, or not (kfd_crat.h) */

struct sim_model {
    const char *name;    /* "mi300x", as in KFDFS_SIM */
    const char *target;  /* "gfx942" */
    const char *product; /* marketing name, as libdrm's amdgpu.ids has it */
    uint32_t gfx_target_version;
    enum isa_generation generation;
    enum sim_sdma_version sdma_version;

    /* compute */
    uint32_t xccs;
    uint32_t cus; /* active ones of the node, all XCCs */
    uint32_t simd_per_cu, max_waves_per_simd, wave_size;
    uint32_t array_count; /* of the node: shader arrays times XCCs */
    uint32_t arrays_per_engine, cus_per_array;
    const uint32_t *cu_masks; /* active CUs of each array of an XCC; all XCCs alike */
    uint32_t lds_kib;         /* of a CU, as lds_size_in_kb */
    uint32_t gds_kib, gws, scratch_slots_per_cu;
    uint32_t vgprs_per_simd_lane;  /* the register file of a SIMD, for each lane of a wave of wave_size */
    bool packed_work_item_ids;     /* v0 has all three ids, 10 bits each */
    bool architected_flat_scratch; /* the wave starts with its scratch base set, no SGPRs for it */
    bool kernarg_preload;          /* kernarg dwords may come in SGPRs */
    bool workgroup_ids_in_ttmp;    /* TTMP9 and TTMP7 instead of SGPRs */
    bool gws_is_formality;         /* queues ask for global wave sync, and do without (pqm_set_gws) */
    bool xnack;               /* a process may have what faults retried (KFD_SUPPORT_XNACK_PER_PROCESS) */
    bool traps_reach_handler; /* a user trap handler runs for ordinary queues */

    /* queues */
    uint32_t sdma_engines, sdma_xgmi_engines, sdma_queues_per_engine, cp_queues;
    uint32_t cwsr_bytes, ctl_stack_bytes; /* of one XCC: what a queue's ctx_size and ctl_stack_size must be */
    uint32_t cwsr_debug_bytes;            /* of one XCC, behind them */

    /* memory */
    bool apu; /* VRAM is a part of the host's memory, and newer kernels leave it alone */
    uint64_t vram_bytes;
    uint32_t vram_heap; /* heap_type: SIM_HEAP_* */
    uint32_t vram_width, vram_mhz;
    uint32_t vram_type; /* as AMDGPU_INFO_DEV_INFO tells it: 6 HBM, 9 GDDR6 */
    uint32_t vm_bits;   /* GPU addresses of the user half */

    /* identity */
    uint32_t vendor_id, device_id, subsystem_vendor, subsystem_device, revision;
    uint32_t family, external_revision, chip_revision;
    uint64_t unique_id; /* of the first; the next ones count up from it */
    uint32_t firmware, sdma_firmware;
    uint32_t capability, capability2, debug_prop; /* as of a kernel with the SVM API */
    uint32_t gb_addr_config;                      /* the register that every libdrm client reads */
    uint32_t gc_ip[3], sdma_ip[3], nbif_ip[3];    /* IP discovery: major, minor, revision */

    /* clocks, links, sensors */
    uint32_t max_clock_mhz, min_clock_mhz;
    uint64_t counter_hz; /* of timestamps and s_memrealtime */
    uint32_t hive_gpus;  /* how many of this model XGMI joins at most; 0: it has none */
    uint32_t xgmi_mbps;  /* from one to another, all links between the two */
    uint32_t pcie_min_mbps, pcie_max_mbps;
    uint32_t idle_power_mw, idle_temp_mc;

    const struct sim_cache *caches; /* ends with level 0 */
};

extern const struct sim_model sim_models[]; /* ends with a row without a name */

const struct sim_model *sim_model_find(const char *name, size_t length); /* NULL: no such */
const char *sim_model_names(void); /* "mi300x rx7900xtx", for messages */

uint64_t sim_gtt_bytes(void); /* size of a GPU's GTT pool on this host (machine.c) */

static inline uint32_t sim_model_cus_per_xcc(const struct sim_model *m)
{
    return m->cus / m->xccs;
}
static inline uint32_t sim_model_arrays_per_xcc(const struct sim_model *m)
{
    return m->array_count / m->xccs;
}
static inline uint32_t sim_model_engines_per_xcc(const struct sim_model *m) /* shader engines */
{
    return sim_model_arrays_per_xcc(m) / m->arrays_per_engine;
}

#endif
