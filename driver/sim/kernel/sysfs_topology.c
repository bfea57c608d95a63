/*
 * sysfs_topology.c - what stands in the simulated /sys about KFD: the topology of nodes and caches.
 *
 * Every number comes from the GPU's row of models.c, from its place in the machine, or from the host. Keys
 * and their order and the lists of caches follow the kernel's kfd_topology.c and
 * kfd_crat.c (6.12), and a real kernel's tree without a GPU.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sysfs.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/models.h"

enum { SIBLING_BYTES = 4 }; /* bytes of sibling_map for each shader array */

static const uint32_t first_simd_id = 0x80001000; /* kfd_crat.c */
static const uint32_t cap_svm = 1u << 27;

/* ---- caches ---- */

static uint32_t simd_id_base(const struct sim_gpu *gpu)
{
    const struct sim_machine *m = sim_machine_described();
    uint32_t base = first_simd_id;

    for (unsigned i = 0; i < gpu->index; i++)
        base += m->gpu[i].model->array_count * m->gpu[i].model->cus_per_array;
    return base;
}

static void cache_put(const struct sim_gpu *gpu, unsigned index, const struct sim_cache *cache,
                      uint32_t processor, const uint32_t *siblings, unsigned n_siblings)
{
    char path[128];
    struct sysfs_text t = {0};

    sysfs_add(&t, "processor_id_low %u\nlevel %u\nsize %u\ncache_line_size %u\ncache_lines_per_tag 0\n",
              processor, cache->level, cache->size_kib, cache->line_bytes);
    sysfs_add(&t, "association 0\nlatency 0\ntype %u\nsibling_map ", cache->type);
    for (unsigned i = 0; i < n_siblings; i++)
        for (unsigned bit = 0; bit < 8 * SIBLING_BYTES; bit++)
            sysfs_add(&t, "%u,", siblings[i] >> bit & 1);
    t.at[t.used - 1] = '\n';
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/caches/%u/properties", gpu->node, index);
    sysfs_put_text(path, &t);
}

/* A cache of each block of neighbouring CUs that has an active one. Returns how many. */
static unsigned caches_put_private(const struct sim_gpu *gpu, unsigned index, const struct sim_cache *cache,
                                   bool put)
{
    const struct sim_model *m = gpu->model;
    uint32_t processor = simd_id_base(gpu);
    unsigned made = 0, arrays = sim_model_arrays_per_xcc(m);

    for (unsigned array = 0; array < m->array_count; array++)
        for (unsigned cu = 0; cu < m->cus_per_array; cu += cache->sharers) {
            uint32_t active = m->cu_masks[array % arrays] >> cu & ((1u << cache->sharers) - 1);
            unsigned first = active ? (unsigned)__builtin_ctz(active) : 0;
            uint32_t siblings = active >> first;
            if (active && put)
                cache_put(gpu, index + made, cache, processor + first, &siblings, 1);
            made += active != 0;
            processor += m->cus_per_array - cu < cache->sharers ? m->cus_per_array - cu : cache->sharers;
        }
    return made;
}

static void cache_put_shared(const struct sim_gpu *gpu, unsigned index, const struct sim_cache *cache)
{
    const struct sim_model *m = gpu->model;
    uint32_t siblings[64];
    unsigned arrays = sim_model_arrays_per_xcc(m), n = 0;

    for (; n < m->array_count && n < 64; n++)
        siblings[n] = m->cu_masks[n % arrays];
    cache_put(gpu, index, cache, simd_id_base(gpu) + (uint32_t)__builtin_ctz(siblings[0]), siblings, n);
}

static unsigned caches_walk(const struct sim_gpu *gpu, bool put)
{
    unsigned n = 0;

    for (const struct sim_cache *cache = gpu->model->caches; cache->level; cache++)
        if (cache->sharers) {
            n += caches_put_private(gpu, n, cache, put);
        } else {
            if (put)
                cache_put_shared(gpu, n, cache);
            n++;
        }
    return n;
}

void sysfs_put_caches(unsigned node)
{
    if (node)
        caches_walk(&sim_machine_described()->gpu[node - 1], true);
}

/* ---- nodes ---- */

static unsigned cpu_max_mhz(void)
{
    unsigned khz = 0;
    FILE *f = fopen("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "re");

    if (f && fscanf(f, "%u", &khz) != 1)
        khz = 0;
    if (f)
        fclose(f);
    return khz / 1000;
}

static void node_put_bank(unsigned node, unsigned heap, uint64_t bytes, unsigned width, unsigned mhz)
{
    char path[128];
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/mem_banks/0/properties", node);
    sysfs_put(path, "heap_type %u\nsize_in_bytes %lu\nflags 0\nwidth %u\nmem_clk_max %u\n", heap, bytes,
              width, mhz);
}

static void node_put_common(unsigned node, uint32_t gpu_id, const char *name,
                            const struct sysfs_text *properties)
{
    static const char *const lists[] = {"caches", "io_links", "mem_banks", "p2p_links", "perf"};
    char path[128];

    for (unsigned i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/%s", node, lists[i]);
        sysfs_directory(path);
    }
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/gpu_id", node);
    sysfs_put(path, "%u\n", gpu_id);
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/name", node);
    sysfs_put(path, "%s\n", name);
    snprintf(path, sizeof(path), KFD_DIR "/topology/nodes/%u/properties", node);
    sysfs_put_text(path, properties);
}

static void node_put_cpu(void)
{
    static const char *const zeros[] = {
        "max_waves_per_simd",
        "lds_size_in_kb",
        "gds_size_in_kb",
        "num_gws",
        "wave_front_size",
        "array_count",
        "simd_arrays_per_engine",
        "cu_per_simd_array",
        "simd_per_cu",
        "max_slots_scratch_cu",
        "gfx_target_version",
        "vendor_id",
        "device_id",
        "location_id",
        "domain",
        "drm_render_minor",
        "hive_id",
        "num_sdma_engines",
        "num_sdma_xgmi_engines",
        "num_sdma_queues_per_engine",
        "num_cp_queues",
    };
    struct sysfs_text t = {0};

    sysfs_add(&t, "cpu_cores_count %ld\nsimd_count 0\nmem_banks_count 1\ncaches_count 0\n",
              sysconf(_SC_NPROCESSORS_ONLN));
    sysfs_add(&t, "io_links_count %u\np2p_links_count 0\ncpu_core_id_base 0\nsimd_id_base 0\n",
              sysfs_count_cpu_links());
    for (unsigned i = 0; i < sizeof(zeros) / sizeof(*zeros); i++)
        sysfs_add(&t, "%s 0\n", zeros[i]);
    if (sysfs_kfd_since(17))
        sysfs_add(&t, "cwsr_size 0\nctl_stack_size 0\n");
    sysfs_add(&t, "max_engine_clk_ccompute %u\n", cpu_max_mhz());
    node_put_common(0, 0, "", &t);
    node_put_bank(0, 0, sim_host_memory(), 0, 0);
}

uint32_t sim_gpu_capability(const struct sim_gpu *gpu)
{
    return sim_machine_described()->options.svm ? gpu->model->capability : gpu->model->capability & ~cap_svm;
}

static void gpu_properties(const struct sim_gpu *gpu, struct sysfs_text *t)
{
    const struct sim_model *m = gpu->model;
    struct sysfs_links links = sysfs_count_links(gpu);

    if (sim_hostile()) /* newer kernels have lines that nobody here has heard of */
        sysfs_add(t, "not_yet_invented 18446744073709551615\n");
    sysfs_add(t, "cpu_cores_count 0\nsimd_count %u\nmem_banks_count 1\ncaches_count %u\nio_links_count %u\n",
              m->cus * m->simd_per_cu, caches_walk(gpu, false), links.direct);
    sysfs_add(t, "p2p_links_count %u\ncpu_core_id_base 0\nsimd_id_base %u\nmax_waves_per_simd %u\n",
              links.indirect, simd_id_base(gpu), m->max_waves_per_simd);
    sysfs_add(t, "lds_size_in_kb %u\ngds_size_in_kb %u\nnum_gws %u\nwave_front_size %u\narray_count %u\n",
              m->lds_kib, m->gds_kib, m->gws, m->wave_size, m->array_count);
    sysfs_add(t, "simd_arrays_per_engine %u\ncu_per_simd_array %u\nsimd_per_cu %u\nmax_slots_scratch_cu %u\n",
              m->arrays_per_engine, m->cus_per_array, m->simd_per_cu, m->scratch_slots_per_cu);
    sysfs_add(t, "gfx_target_version %u\nvendor_id %u\ndevice_id %u\nlocation_id %u\ndomain 0\n",
              m->gfx_target_version, m->vendor_id, m->device_id, sim_gpu_location(gpu->index));
    sysfs_add(t, "drm_render_minor %u\nhive_id %lu\nnum_sdma_engines %u\nnum_sdma_xgmi_engines %u\n",
              gpu->render_minor, sysfs_hive_id(gpu), m->sdma_engines, m->sdma_xgmi_engines);
    sysfs_add(t, "num_sdma_queues_per_engine %u\nnum_cp_queues %u\n", m->sdma_queues_per_engine,
              m->cp_queues);
    if (sysfs_kfd_since(17))
        sysfs_add(t, "cwsr_size %u\nctl_stack_size %u\n", m->cwsr_bytes, m->ctl_stack_bytes);
    sysfs_add(t, "max_engine_clk_fcompute %u\nlocal_mem_size 0\nfw_version %u\n", m->max_clock_mhz,
              m->firmware);
    sysfs_add(t, "capability %u\n", sim_gpu_capability(gpu));
    if (sysfs_kfd_since(17))
        sysfs_add(t, "capability2 %u\n", m->capability2);
    if (sysfs_kfd_since(13)) /* came with the debugger ioctl */
        sysfs_add(t, "debug_prop %u\n", m->debug_prop);
    sysfs_add(t, "sdma_fw_version %u\nunique_id %lu\nnum_xcc %u\n", m->sdma_firmware,
              m->unique_id + gpu->index, m->xccs);
    sysfs_add(t, "max_engine_clk_ccompute %u\n", cpu_max_mhz());
}

static void node_put_gpu(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    struct sysfs_text t = {0};

    gpu_properties(gpu, &t);
    node_put_common(gpu->node, gpu->gpu_id, "ip discovery", &t);
    node_put_bank(gpu->node, sim_gpu_large_bar(gpu) ? m->vram_heap : SIM_HEAP_PRIVATE,
                  sim_gpu_vram_bytes(gpu), m->vram_width, m->vram_mhz);
    sysfs_put_links(gpu);
}

/* What every device directory has, and no KFD client needs. */
static void kfd_put_power(void)
{
    static const char *const files[][2] = {
        {"async", "disabled"},
        {"autosuspend_delay_ms", ""},
        {"control", "auto"},
        {"runtime_active_kids", "0"},
        {"runtime_active_time", "0"},
        {"runtime_enabled", "disabled"},
        {"runtime_status", "unsupported"},
        {"runtime_suspended_time", "0"},
        {"runtime_usage", "0"},
    };
    for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char path[128];
        snprintf(path, sizeof(path), KFD_DIR "/power/%s", files[i][0]);
        sysfs_put(path, "%s\n", files[i][1]);
    }
}

/* The letters of an ACPI table's header as the kernel prints them: one number, lowest byte first. */
static uint64_t letters(const char *text)
{
    uint64_t value = 0;

    for (unsigned i = 0; text[i]; i++)
        value |= (uint64_t)(uint8_t)text[i] << 8 * i;
    return value;
}

void sysfs_put_topology(void)
{
    const struct sim_machine *m = sim_machine_described();
    unsigned major = sysfs_kfd_major();
    char path[64];

    sysfs_link("sys/class/kfd/kfd", "../../devices/virtual/kfd/kfd");
    sysfs_put(KFD_DIR "/dev", "%u:0\n", major);
    sysfs_put(KFD_DIR "/uevent", "MAJOR=%u\nMINOR=0\nDEVNAME=kfd\n", major);
    sysfs_link(KFD_DIR "/subsystem", "../../../../class/kfd");
    sysfs_directory(KFD_DIR "/proc");
    kfd_put_power();
    snprintf(path, sizeof(path), "sys/dev/char/%u:0", major);
    sysfs_link(path, "../../devices/virtual/kfd/kfd");
    /* One generation for the CPU's node and one for each GPU that was added. */
    sysfs_put(KFD_DIR "/topology/generation_id", "%u\n", 1 + m->n_gpus);
    sysfs_put(KFD_DIR "/topology/system_properties", "platform_oem %lu\nplatform_id %lu\nplatform_rev 1\n",
              letters("KFDFS "), letters("SOFTGPU "));
    node_put_cpu();
    for (unsigned i = 0; i < m->n_gpus; i++)
        node_put_gpu(&m->gpu[i]);
}
