/*
 * gpu.c - one GPU: what it is, its render node and address space, and whether this process has it still.
 *
 * Invariant: a GPU keeps the render descriptor with which its address space was acquired for as long as it
 * lives: the kernel binds the two for the lifetime of the process. Sources: Linux amdkfd/kfd_chardev.c
 * (ACQUIRE_VM), libdrm amdgpu.h, amdgpu_drm.h.
 */
#include "internal.h"

#include <amdgpu.h>
#include <amdgpu_drm.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#define NO_NAME "AMD Radeon Graphics" /* libdrm's answer for cards that its list does not have */

enum { DEFAULT_COUNTER_HZ = 100000000 };

void device_init(struct gpu *gpu, struct gpu_system *sys, unsigned index)
{
    *gpu = (struct gpu){.sys = sys, .index = index, .render = -1};
}

static void fill_info(struct gpu *gpu)
{
    const struct topology_node *node = &gpu->node;
    struct gpu_info *info = &gpu->info;
    unsigned version =
        (unsigned)node->gfx_target_version; /* decimal: major, two digits each for the others */
    snprintf(info->target, sizeof info->target, "gfx%u%x%x", version / 10000, version / 100 % 100,
             version % 100);
    unsigned location = (unsigned)node->location_id;
    snprintf(info->pci, sizeof info->pci, "%04x:%02x:%02x.%x", (unsigned)node->domain & 0xffff,
             location >> 8 & 0xff, location >> 3 & 0x1f, location & 7);
    info->gpu_id = node->gpu_id;
    info->node = node->number;
    info->render_minor = (uint32_t)node->drm_render_minor;
    info->vendor_id = (uint32_t)node->vendor_id;
    info->device_id = (uint32_t)node->device_id;
    info->simds = (uint32_t)node->simd_count;
    info->cus = node->simd_per_cu ? (uint32_t)(node->simd_count / node->simd_per_cu) : 0;
    info->xccs = node->num_xcc ? (uint32_t)node->num_xcc : 1;
    info->wave_size = (uint32_t)node->wave_front_size;
    info->max_waves_per_simd = (uint32_t)node->max_waves_per_simd;
    info->lds_bytes = (uint32_t)node->lds_size_in_kb * 1024;
    info->sdma_engines = (uint32_t)node->num_sdma_engines;
    info->sdma_xgmi_engines = (uint32_t)node->num_sdma_xgmi_engines;
    info->sdma_queues_per_engine = (uint32_t)node->num_sdma_queues_per_engine;
    info->cp_queues = (uint32_t)node->num_cp_queues;
    info->max_clock_mhz = (uint32_t)node->max_engine_clk_fcompute;
    info->firmware = (uint32_t)node->fw_version;
    info->sdma_firmware = (uint32_t)node->sdma_fw_version;
    info->unique_id = node->unique_id;
    info->vram_bytes = node->vram_public_bytes + node->vram_private_bytes;
    info->cpu_visible = node->vram_public_bytes && !node->vram_private_bytes;
}

int drm_query(const struct gpu *gpu, uint32_t query, void *out, uint32_t bytes)
{
    struct drm_amdgpu_info request = {.return_pointer = (uintptr_t)out, .return_size = bytes, .query = query};
    return drmCommandWrite(gpu->render, DRM_AMDGPU_INFO, &request, sizeof request);
}

/* The kernel counts them for all: amdgpu_device.c, amdgpu_inc_vram_lost(). What it tells processes of KFD is
 * always that memory is lost. */
static int ask_losses(const struct gpu *gpu, uint32_t *losses)
{
    return drm_query(gpu, AMDGPU_INFO_VRAM_LOST_COUNTER, losses, sizeof *losses);
}

/* The marketing name: libdrm has the list. Its device is let go at once, since we need it for nothing else.
 */
static void read_name(struct gpu *gpu)
{
    amdgpu_device_handle device;
    uint32_t major, minor;
    drmVersionPtr version = drmGetVersion(gpu->render);
    snprintf(gpu->info.name, sizeof gpu->info.name, "%s", gpu->info.target);
    drmFreeVersion(version);
    if (!version) /* a device that is going: libdrm does not expect that */
        return;
    if (amdgpu_device_initialize(gpu->render, &major, &minor, &device))
        return;
    const char *name = amdgpu_get_marketing_name(device);
    if (name && *name && strcmp(name, NO_NAME))
        snprintf(gpu->info.name, sizeof gpu->info.name, "%s", name);
    amdgpu_device_deinitialize(device);
}

static void ask_drm(struct gpu *gpu)
{
    struct drm_amdgpu_info_device info = {0};
    uint64_t used, vram;
    read_name(gpu);
    clock_init(&gpu->clock, gpu->target ? gpu->target->counter_hz : DEFAULT_COUNTER_HZ);
    if (!drm_query(gpu, AMDGPU_INFO_DEV_INFO, &info, sizeof info) && info.gpu_counter_freq)
        gpu->clock.hz = (uint64_t)info.gpu_counter_freq * 1000;
    gpu_memory(gpu, false, &used, &gpu->info.gtt_bytes);
    ask_losses(gpu, &gpu->info.vram_losses);
    gpu->vram_is_gtt = !gpu_memory(gpu, true, &used, &vram) && vram < gpu->info.vram_bytes;
}

/* 0, a negative errno, or 1 for a GPU whose render node is not given to us. */
static int open_render(struct gpu *gpu, uint64_t minor)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/dri/renderD%" PRIu64, minor);
    gpu->render = open(path, O_RDWR | O_CLOEXEC);
    if (gpu->render >= 0)
        return 0;
    if (errno == ENOENT || errno == ENXIO || errno == EPERM)
        return 1;
    return gpu_err(-errno, "cannot open %s: %s%s", path, strerror(errno),
                   errno == EACCES ? " (become a member of the group render)" : "");
}

int device_open(struct gpu *gpu, const struct topology_node *node)
{
    int rc = open_render(gpu, node->drm_render_minor);
    if (rc)
        return rc;
    gpu->node = *node;
    gpu->target = target_by_gfx_version((uint32_t)node->gfx_target_version);
    fill_info(gpu);
    ask_drm(gpu);
    return kfd_acquire_vm(&gpu->sys->kfd, node->gpu_id, gpu->render);
}

void device_set_absent(struct gpu *gpu, const struct gpu_info *info)
{
    char reason[sizeof gpu->lost_text];
    snprintf(reason, sizeof reason, "gpu%u did not come back: %s", gpu->index, gpu_err_text());
    if (gpu->render >= 0)
        close(gpu->render);
    gpu->render = -1;
    gpu->info = *info;
    gpu->node.number = info->node;
    clock_init(&gpu->clock, DEFAULT_COUNTER_HZ);
    gpu->absent = true;
    gpu_give_up(gpu, reason);
}

const struct gpu_info *gpu_info(const struct gpu *gpu)
{
    return &gpu->info;
}

int gpu_memory(struct gpu *gpu, bool vram, uint64_t *used, uint64_t *total)
{
    struct drm_amdgpu_memory_info info = {0};
    int rc = drm_query(gpu, AMDGPU_INFO_MEMORY, &info, sizeof info);
    if (rc)
        return gpu_err(rc, "DRM query AMDGPU_INFO_MEMORY of gpu%u failed: %s", gpu->index, strerror(-rc));
    if (gpu->vram_is_gtt)
        vram = false;
    *used = vram ? info.vram.heap_usage : info.gtt.heap_usage;
    *total = vram ? info.vram.total_heap_size : info.gtt.total_heap_size;
    return 0;
}

bool gpu_stopped(const struct gpu *gpu)
{
    return atomic_load(&gpu->stopped);
}

bool gpu_resetting(const struct gpu *gpu)
{
    return atomic_load(&gpu->resets_begun) > atomic_load(&gpu->resets_over);
}

int gpu_vram_intact(const struct gpu *gpu)
{
    uint32_t losses;
    if (gpu->vram_is_gtt)
        return 0;
    if (gpu_resetting(gpu) || ask_losses(gpu, &losses))
        return gpu_err(-EIO, "nobody knows what a reset has left in the memory of gpu%u", gpu->index);
    return losses == gpu->info.vram_losses
               ? 0
               : gpu_err(-EIO, "a reset of gpu%u has taken what was in its memory", gpu->index);
}

void gpu_vram_settle(struct gpu *gpu)
{
    ask_losses(gpu, &gpu->info.vram_losses);
}

bool gpu_absent(const struct gpu *gpu)
{
    return gpu->absent;
}

void gpu_give_up(struct gpu *gpu, const char *reason)
{
    if (atomic_load(&gpu->lost))
        return;
    snprintf(gpu->lost_text, sizeof gpu->lost_text, "%s", reason);
    atomic_store(&gpu->lost, -ENODEV);
}

int gpu_lost(const struct gpu *gpu)
{
    int lost = atomic_load(&gpu->lost);
    return lost ? gpu_err(lost, "%s", gpu->lost_text) : 0;
}
