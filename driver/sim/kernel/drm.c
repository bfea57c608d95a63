/*
 * drm.c - what a render node answers: the part of the DRM interface that libdrm_amdgpu and KFD clients ask.
 *
 * Facts: the kernel's drm_ioctl.c (who may call what, unknown numbers), amdgpu_kms.c (the INFO queries and
 * their errors), include/uapi/drm/{drm,amdgpu_drm}.h. Sizes differ by client: answers are cut to what the
 * caller has room for. Command submission, contexts and new GEM objects are not simulated: compute goes
 * through KFD; they fail with the kernel's errno for what it does not know, and are reported once.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

enum {
    DRM_VERSION = 0x00,
    DRM_GEM_CLOSE = 0x09,
    DRM_GET_CAP = 0x0c,
    DRM_PRIME_HANDLE_TO_FD = 0x2d,
    DRM_PRIME_FD_TO_HANDLE = 0x2e,
    DRM_AMDGPU_GEM_MMAP = 0x41, /* these two with DRM_DRIVER_FIRST in them */
    DRM_AMDGPU_GEM_VA = 0x48,
    DRM_DRIVER_FIRST = 0x40,
    DRM_DRIVER_END = 0xa0,
    DRM_AMDGPU_INFO = 0x05, /* from DRM_DRIVER_FIRST */
    DRM_AMDGPU_LAST = 0x19,
};

enum {
    INFO_ACCEL_WORKING = 0x00,
    INFO_HW_IP_INFO = 0x02,
    INFO_HW_IP_COUNT = 0x03,
    INFO_TIMESTAMP = 0x05,
    INFO_FW_VERSION = 0x0e,
    INFO_NUM_BYTES_MOVED = 0x0f,
    INFO_VRAM_USAGE = 0x10,
    INFO_GTT_USAGE = 0x11,
    INFO_GDS_CONFIG = 0x13,
    INFO_VRAM_GTT = 0x14,
    INFO_READ_MMR_REG = 0x15,
    INFO_DEV_INFO = 0x16,
    INFO_VIS_VRAM_USAGE = 0x17,
    INFO_NUM_EVICTIONS = 0x18,
    INFO_MEMORY = 0x19,
    INFO_SENSOR = 0x1d,
    INFO_NUM_VRAM_CPU_PAGE_FAULTS = 0x1e,
    INFO_VRAM_LOST_COUNTER = 0x1f,
    INFO_GPUVM_FAULT = 0x23, /* DRM 3.55 */
};

enum { GPUVM_FAULT_MINOR = 17 }; /* where drm_version() says 3.58 */
enum { IP_COMPUTE = 1, IP_DMA = 2, IP_TYPES = 9 };
enum {
    FW_GFX_ME = 4,
    FW_GFX_PFP = 5,
    FW_GFX_CE = 6,
    FW_GFX_RLC = 7,
    FW_GFX_MEC = 8,
    FW_SDMA = 11,
    FW_LAST = 0x16
};
enum { SENSOR_GFX_SCLK = 1, SENSOR_GFX_MCLK, SENSOR_GPU_TEMP, SENSOR_GPU_LOAD, SENSOR_GPU_AVG_POWER };
enum { IDS_FUSION = 1 }; /* AMDGPU_IDS_FLAGS_FUSION: an APU */
enum { REG_GB_ADDR_CONFIG = 0x263e, MMR_COUNT_MAX = 128 };

struct drm_version {
    int32_t major, minor, patch, pad;
    uint64_t name_bytes, name, date_bytes, date, text_bytes, text;
};
_Static_assert(sizeof(struct drm_version) == 64, "drm.h: drm_version");

struct drm_cap {
    uint64_t capability, value;
};

struct drm_info { /* drm_amdgpu_info: the tail depends on the query */
    uint64_t to;
    uint32_t bytes, query;
    uint32_t arg[4];
};
_Static_assert(sizeof(struct drm_info) == 32, "amdgpu_drm.h: drm_amdgpu_info");

struct drm_device_info { /* drm_amdgpu_info_device, its newest form */
    uint32_t device_id, chip_rev, external_rev, pci_rev, family, shader_engines, arrays_per_engine;
    uint32_t counter_khz;
    uint64_t max_engine_khz, max_memory_khz;
    uint32_t cu_active, cu_ao_mask, cu_bitmap[4][4];
    uint32_t rb_mask, rbs, gfx_contexts, pcie_gen;
    uint64_t ids_flags, va_offset, va_max;
    uint32_t va_alignment, pte_fragment_bytes, gart_page_bytes, ce_ram_bytes, vram_type, vram_width;
    uint32_t vce_harvest, double_offchip_lds;
    uint64_t ngg_addresses[4];
    uint32_t ngg_sizes[4];
    uint32_t wave_size, visible_vgprs, cus_per_array, tcc_blocks, gs_vgt_depth, gs_prim_depth, gs_waves,
        pcie_lanes;
    uint32_t cu_ao_bitmap[4][4];
    uint64_t high_va_offset, high_va_max;
    uint32_t tile_steering, pad0;
    uint64_t tcc_disabled, min_engine_khz, min_memory_khz;
    uint32_t tcp_kib, sqcs_per_wgp, sqc_data_kib, sqc_instruction_kib, gl1c_bytes, gl2c_bytes;
    uint64_t mall_bytes;
    uint32_t rb_mask_high, shadow_bytes, shadow_alignment, csa_bytes, csa_alignment, userq_ips, pad1;
};
_Static_assert(sizeof(struct drm_device_info) == 448, "amdgpu_drm.h: drm_amdgpu_info_device");

/* The heaps of INFO_MEMORY, three alike. */
struct drm_heap {
    uint64_t total, usable, used, max_allocation;
};

static int user_copy(uint64_t to, const void *from, size_t bytes, size_t room)
{
    return sim_user_write(to, from, bytes < room ? bytes : room);
}

static uint64_t heap_used(struct sim_heap *heap)
{
    pthread_mutex_lock(&heap->lock);
    uint64_t used = heap->used;
    pthread_mutex_unlock(&heap->lock);
    return used;
}

/* ---- INFO ---- */

/* libdrm's matrix has four engines of four arrays; engines 4 to 7 follow in the upper arrays (amdgpu_kms.c).
 * On several XCCs it shows the first. */
static void cu_bitmap_fill(const struct sim_model *m, struct drm_device_info *info)
{
    for (unsigned array = 0; array < sim_model_arrays_per_xcc(m); array++) {
        unsigned engine = array / m->arrays_per_engine, in = array % m->arrays_per_engine;
        info->cu_bitmap[engine % 4][in + engine / 4 * 2] = m->cu_masks[array];
    }
}

static int info_device(const struct sim_gpu *gpu, const struct drm_info *ask)
{
    const struct sim_model *m = gpu->model;
    struct drm_device_info info = {
        .device_id = m->device_id,
        .chip_rev = m->chip_revision,
        .external_rev = m->external_revision,
        .pci_rev = m->revision,
        .family = m->family,
        .shader_engines = sim_model_engines_per_xcc(m),
        .arrays_per_engine = m->arrays_per_engine,
        .counter_khz = (uint32_t)(m->counter_hz / 1000),
        .max_engine_khz = m->max_clock_mhz * 1000ull,
        .max_memory_khz = m->vram_mhz * 1000ull,
        .min_engine_khz = m->min_clock_mhz * 1000ull,
        .min_memory_khz = m->vram_mhz * 1000ull,
        .cu_active = m->cus,
        .ids_flags = m->apu ? IDS_FUSION : 0,
        .pcie_gen = m->pcie_max_mbps > 32000 ? 5 : 4,
        .pcie_lanes = 16,
        /* Below 2 MiB is the kernel's; the hole of a 48-bit space is not usable (amdgpu_vm.h). */
        .va_offset = 0x200000,
        .va_max = 0x800000000000,
        .high_va_offset = 0xffff800000000000,
        .high_va_max = 0xffffffffffe00000,
        .va_alignment = SIM_PAGE,
        .pte_fragment_bytes = 0x200000,
        .gart_page_bytes = SIM_PAGE,
        .vram_type = m->vram_type,
        .vram_width = m->vram_width,
        .wave_size = m->wave_size,
        .visible_vgprs = 256,
        .cus_per_array = m->cus_per_array,
    };

    cu_bitmap_fill(m, &info);
    return user_copy(ask->to, &info, sizeof(info), ask->bytes);
}

static uint64_t visible_bytes(const struct sim_gpu *gpu)
{
    return sim_gpu_large_bar(gpu) ? gpu->vram.bytes : sim_machine_described()->options.bar_bytes;
}

static int info_memory(struct sim_gpu *gpu, const struct drm_info *ask)
{
    uint64_t vram = gpu->vram.bytes, gtt = gpu->gtt.bytes, visible = visible_bytes(gpu);
    uint64_t vram_used = heap_used(&gpu->vram), gtt_used = heap_used(&gpu->gtt);
    struct drm_heap heaps[3] = {
        {vram, vram, vram_used, vram / 4 * 3},
        {visible, visible, vram_used < visible ? vram_used : visible, visible / 4 * 3},
        {gtt, gtt, gtt_used, gtt / 4 * 3}};

    return user_copy(ask->to, heaps, sizeof(heaps), ask->bytes);
}

static int info_vram_gtt(struct sim_gpu *gpu, const struct drm_info *ask)
{
    uint64_t sizes[3] = {gpu->vram.bytes, visible_bytes(gpu), gpu->gtt.bytes};
    return user_copy(ask->to, sizes, sizeof(sizes), ask->bytes);
}

static int info_u64(const struct drm_info *ask, uint64_t value)
{
    return user_copy(ask->to, &value, sizeof(value), ask->bytes);
}

static int info_u32(const struct drm_info *ask, uint32_t value)
{
    return user_copy(ask->to, &value, sizeof(value), ask->bytes);
}

/* Only the register that libdrm asks for on every card has a source for its value. */
static int info_registers(const struct sim_gpu *gpu, const struct drm_info *ask)
{
    if (ask->arg[1] > MMR_COUNT_MAX)
        return -EINVAL;
    if (ask->arg[0] != REG_GB_ADDR_CONFIG || ask->arg[1] != 1)
        return -EFAULT; /* what the kernel says of a register that is not on its list */
    return info_u32(ask, gpu->model->gb_addr_config);
}

static int info_firmware(const struct sim_gpu *gpu, const struct drm_info *ask)
{
    uint32_t type = ask->arg[0], version_feature[2] = {0};

    if (type == 0 || type > FW_LAST)
        return -EINVAL;
    if (type == FW_GFX_MEC)
        version_feature[0] = gpu->model->firmware;
    else if (type == FW_SDMA)
        version_feature[0] = gpu->model->sdma_firmware;
    return user_copy(ask->to, version_feature, sizeof(version_feature), ask->bytes);
}

/* No rings can be had here: submission is not simulated. */
static int info_ip(const struct sim_gpu *gpu, const struct drm_info *ask)
{
    const struct sim_model *m = gpu->model;
    struct {
        uint32_t major, minor;
        uint64_t capabilities;
        uint32_t start_alignment, size_alignment, rings, discovery;
    } ip = {0};

    if (ask->arg[0] >= IP_TYPES || ask->arg[1] >= 1)
        return -EINVAL;
    if (ask->arg[0] == IP_COMPUTE || ask->arg[0] == IP_DMA) {
        const uint32_t *version = ask->arg[0] == IP_COMPUTE ? m->gc_ip : m->sdma_ip;
        ip.major = version[0];
        ip.minor = version[1];
        ip.discovery = version[0] << 16 | version[1] << 8 | version[2];
        ip.start_alignment = ask->arg[0] == IP_COMPUTE ? 32 : 256;
        ip.size_alignment = 4;
    }
    return user_copy(ask->to, &ip, sizeof(ip), ask->bytes);
}

static int info_sensor(const struct sim_gpu *gpu, const struct drm_info *ask)
{
    const struct sim_model *m = gpu->model;

    switch (ask->arg[0]) {
    case SENSOR_GFX_SCLK:
        return info_u32(ask, m->min_clock_mhz);
    case SENSOR_GFX_MCLK:
        return info_u32(ask, m->vram_mhz);
    case SENSOR_GPU_TEMP:
        return info_u32(ask, m->idle_temp_mc);
    case SENSOR_GPU_AVG_POWER:
        return info_u32(ask, m->idle_power_mw / 1000);
    default:
        return -EINVAL; /* as for a sensor that the card does not have */
    }
}

/* The last one of this address space; zeroes before the first. */
static int info_vm_fault(struct sim_gpu *gpu, const struct drm_info *ask)
{
    struct {
        uint64_t address;
        uint32_t status, hub;
    } fault = {0};
    sim_event_last_fault(gpu, &fault.address, &fault.status);
    return user_copy(ask->to, &fault, sizeof fault, ask->bytes);
}

static int drm_info(struct sim_gpu *gpu, const struct drm_info *ask)
{
    if (!ask->to || !ask->bytes)
        return -EINVAL;
    switch (ask->query) {
    case INFO_ACCEL_WORKING:
        return info_u32(ask, 1);
    case INFO_HW_IP_INFO:
        return info_ip(gpu, ask);
    case INFO_HW_IP_COUNT:
        return ask->arg[0] >= IP_TYPES ? -EINVAL
                                       : info_u32(ask, ask->arg[0] == IP_COMPUTE || ask->arg[0] == IP_DMA);
    case INFO_TIMESTAMP:
        return info_u64(ask, sim_clock(gpu));
    case INFO_FW_VERSION:
        return info_firmware(gpu, ask);
    case INFO_VRAM_USAGE:
    case INFO_VIS_VRAM_USAGE:
        return info_u64(ask, heap_used(&gpu->vram));
    case INFO_GTT_USAGE:
        return info_u64(ask, heap_used(&gpu->gtt));
    case INFO_NUM_BYTES_MOVED:
    case INFO_NUM_EVICTIONS:
    case INFO_NUM_VRAM_CPU_PAGE_FAULTS:
        return info_u64(ask, 0); /* nothing is ever moved out of simulated VRAM */
    case INFO_VRAM_LOST_COUNTER:
        return info_u32(ask, atomic_load(&gpu->losses));
    case INFO_GDS_CONFIG:
        return user_copy(ask->to, (uint32_t[8]){0}, 32, ask->bytes);
    case INFO_VRAM_GTT:
        return info_vram_gtt(gpu, ask);
    case INFO_READ_MMR_REG:
        return info_registers(gpu, ask);
    case INFO_DEV_INFO:
        return info_device(gpu, ask);
    case INFO_MEMORY:
        return info_memory(gpu, ask);
    case INFO_SENSOR:
        return info_sensor(gpu, ask);
    case INFO_GPUVM_FAULT:
        return sim_kfd_minor() < GPUVM_FAULT_MINOR ? -EINVAL : info_vm_fault(gpu, ask);
    default:
        return -EINVAL;
    }
}

/* ---- DRM core ---- */

static int version_string(uint64_t to, uint64_t *bytes, const char *text)
{
    size_t length = strlen(text);
    int error = to ? sim_user_write(to, text, length < *bytes ? length : *bytes) : 0;

    *bytes = length;
    return error;
}

static int drm_version(struct drm_version *v)
{
    v->major = 3;
    /* Of Linux 6.12 and 6.1. From 59 on it would promise cleared VRAM. */
    v->minor = sim_machine_described()->options.kfd_minor >= 17 ? 58 : 49;
    v->patch = 0;
    int error = version_string(v->name, &v->name_bytes, "amdgpu");
    if (!error)
        error = version_string(v->date, &v->date_bytes, "20150101");
    return error ? error : version_string(v->text, &v->text_bytes, "AMD GPU");
}

/* drm_getcap: of what a device without a display answers. */
static int drm_get_cap(struct drm_cap *cap)
{
    enum { TIMESTAMP_MONOTONIC = 6, PRIME = 5, SYNCOBJ = 0x13, SYNCOBJ_TIMELINE = 0x14 };

    switch (cap->capability) {
    case TIMESTAMP_MONOTONIC:
        cap->value = 1;
        return 0;
    case PRIME:
        cap->value = 3; /* import and export */
        return 0;
    case SYNCOBJ:
    case SYNCOBJ_TIMELINE:
        cap->value = 0;
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

/* What drm_ioctl.c says of core ioctls on a render node that this one does not carry out. */
static int drm_core_other(unsigned nr)
{
    static const uint8_t not_for_render_nodes[] = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0d, 0x10, 0x11, 0x1e, 0x1f, 0x0a, 0x0b,
    };
    for (unsigned i = 0; i < sizeof(not_for_render_nodes); i++)
        if (nr == not_for_render_nodes[i])
            return -EACCES;
    return nr >= DRM_DRIVER_END ? -EACCES : -EINVAL;
}

static int drm_unsimulated(const struct sim_gpu *gpu, unsigned nr)
{
    static _Atomic uint32_t told;
    unsigned call = nr - DRM_DRIVER_FIRST;

    if (call <= DRM_AMDGPU_LAST && !(atomic_fetch_or(&told, 1u << call) >> call & 1))
        sim_report(gpu, "DRM ioctl 0x%02x (amdgpu 0x%02x) is not simulated", nr, call);
    return -EINVAL;
}

static int drm_gem(struct sim_gpu *gpu, uint64_t file, unsigned nr, uint64_t *copy)
{
    pthread_mutex_lock(&sim_kfd.lock);
    int error = nr == DRM_GEM_CLOSE            ? sim_gem_close(gpu, file, (uint32_t)copy[0])
                : nr == DRM_PRIME_FD_TO_HANDLE ? sim_gem_import(gpu, file, (void *)copy)
                : nr == DRM_PRIME_HANDLE_TO_FD ? sim_gem_export(gpu, file, (void *)copy)
                : nr == DRM_AMDGPU_GEM_MMAP    ? sim_gem_mmap_offset(gpu, file, copy)
                                               : sim_gem_va(gpu, file, (void *)copy);
    pthread_mutex_unlock(&sim_kfd.lock);
    return error;
}

static bool is_gem(unsigned nr)
{
    return nr == DRM_GEM_CLOSE || nr == DRM_PRIME_FD_TO_HANDLE || nr == DRM_PRIME_HANDLE_TO_FD ||
           nr == DRM_AMDGPU_GEM_MMAP || nr == DRM_AMDGPU_GEM_VA;
}

/* drm_minor_acquire(), drm_dev_is_unplugged() */
int sim_drm_open(const struct sim_gpu *gpu)
{
    return atomic_load(&gpu->lost) ? -ENODEV : 0;
}

int sim_drm_ioctl(struct sim_gpu *gpu, uint64_t file, unsigned long request, void *arg)
{
    if (atomic_load(&gpu->lost))
        return -ENODEV; /* drm_dev_is_unplugged() */
    unsigned nr = _IOC_NR(request);
    size_t user = _IOC_SIZE(request);
    uint64_t copy[32] = {0}; /* zero-extended, as the kernel does */
    int result;

    if (nr != DRM_VERSION && nr != DRM_GET_CAP && nr != DRM_DRIVER_FIRST + DRM_AMDGPU_INFO && !is_gem(nr))
        return nr >= DRM_DRIVER_FIRST && nr < DRM_DRIVER_END ? drm_unsimulated(gpu, nr) : drm_core_other(nr);
    if (user > sizeof(copy))
        user = sizeof(copy);
    if (sim_user_read(copy, (uintptr_t)arg, user))
        return -EFAULT;
    if (nr == DRM_DRIVER_FIRST + DRM_AMDGPU_INFO)
        return drm_info(gpu, (void *)copy);
    if (is_gem(nr))
        result = drm_gem(gpu, file, nr, copy);
    else
        result = nr == DRM_VERSION ? drm_version((void *)copy) : drm_get_cap((void *)copy);
    return sim_user_write((uintptr_t)arg, copy, user) ? -EFAULT : result;
}

int sim_drm_mmap(struct sim_gpu *gpu, uint64_t offset, size_t length, int *fd, off_t *fd_offset)
{
    int error = sim_memory_resolve(gpu, offset, length, fd, fd_offset);
    return error == -EINVAL ? sim_gem_resolve(gpu, offset, length, fd, fd_offset) : error;
}
