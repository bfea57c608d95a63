/*
 * sysfs_device.c - what stands in the simulated /sys about the GPUs as PCI and DRM devices, and the module.
 *
 * What libdrm, ROCr and monitors read, with the numbers of models.c: names and formats follow the kernel's
 * amdgpu_pm.c, amdgpu_vram_mgr.c, amdgpu_discovery.c and the PCI core. Files that would need hardware behind
 * them (gpu_metrics, fans, clocks that can be set) are not there, as on cards that lack them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kfd_state.h"
#include "sysfs.h"
#include "sim/cu/count.h"
#include "sim/cu/stopped.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

static void device_name(char *to, size_t size, const struct sim_gpu *gpu, const char *file)
{
    snprintf(to, size, "sys/devices/pci0000:00/0000:%02x:00.0/%s", sim_gpu_location(gpu->index) >> 8, file);
}

static void device_put(const struct sim_gpu *gpu, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void device_put(const struct sim_gpu *gpu, const char *file, const char *format, ...)
{
    char path[160], text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    device_name(path, sizeof(path), gpu, file);
    sysfs_put(path, "%s\n", text);
}

static void device_link(const struct sim_gpu *gpu, const char *file, const char *target)
{
    char path[160];
    device_name(path, sizeof(path), gpu, file);
    sysfs_link(path, target);
}

static uint32_t pci_class(const struct sim_model *m)
{
    /* processing accelerator, other display controller, VGA controller */
    return m->hive_gpus ? 0x120000 : m->apu ? 0x038000 : 0x030000;
}

/* The first 64 bytes of configuration space, as libdrm reads them. */
static void device_put_config(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    uint8_t bytes[64] = {[4] = 0x07, [6] = 0x10, [8] = (uint8_t)m->revision};
    const struct {
        unsigned at;
        uint32_t value;
    } words[] = {{0, m->vendor_id},
                 {2, m->device_id},
                 {10, pci_class(m) >> 8},
                 {0x2c, m->subsystem_vendor},
                 {0x2e, m->subsystem_device}};
    char path[160];

    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
        bytes[words[i].at] = (uint8_t)words[i].value;
        bytes[words[i].at + 1] = (uint8_t)(words[i].value >> 8);
    }
    device_name(path, sizeof(path), gpu, "config");
    sysfs_put_bytes(path, bytes, sizeof(bytes));
}

static void device_put_pci(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;

    device_put(gpu, "vendor", "0x%04x", m->vendor_id);
    device_put(gpu, "device", "0x%04x", m->device_id);
    device_put(gpu, "subsystem_vendor", "0x%04x", m->subsystem_vendor);
    device_put(gpu, "subsystem_device", "0x%04x", m->subsystem_device);
    device_put(gpu, "revision", "0x%02x", m->revision);
    device_put(gpu, "class", "0x%06x", pci_class(m));
    device_put(gpu, "uevent",
               "DRIVER=amdgpu\nPCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n"
               "PCI_SLOT_NAME=0000:%02x:00.0",
               pci_class(m), m->vendor_id, m->device_id, m->subsystem_vendor, m->subsystem_device,
               sim_gpu_location(gpu->index) >> 8);
    device_put(gpu, "numa_node", "0");
    device_put_config(gpu);
    device_link(gpu, "subsystem", "../../../bus/pci");
    device_link(gpu, "driver", "../../../bus/pci/drivers/amdgpu");
}

/* base_addr: the register segments of the block; none is simulated behind them. */
static void device_put_ip(const struct sim_gpu *gpu, unsigned hwid, const uint32_t version[3])
{
    static const char *const keys[] = {"major", "minor", "revision"};

    for (unsigned i = 0; i < 3; i++) {
        char file[64];
        snprintf(file, sizeof(file), "ip_discovery/die/0/%u/0/%s", hwid, keys[i]);
        device_put(gpu, file, "%u", version[i]);
    }
}

static void device_put_amdgpu(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    char used[] = "mem_info_vram_used", visible[] = "mem_info_vis_vram_used", gtt[] = "mem_info_gtt_used";

    device_put(gpu, "unique_id", "%016lx", m->unique_id + gpu->index);
    device_put(gpu, "mem_info_vram_total", "%lu", m->vram_bytes);
    device_put(gpu, "mem_info_vis_vram_total", "%lu", m->vram_bytes);
    device_put(gpu, "mem_info_gtt_total", "%lu", sim_gtt_bytes());
    sysfs_put_usage(gpu->index, used);
    sysfs_put_usage(gpu->index, visible);
    sysfs_put_usage(gpu->index, gtt);
    device_put(gpu, "power_dpm_force_performance_level", "auto");
    device_put(gpu, "pp_dpm_sclk", "0: %uMhz *\n1: %uMhz", m->min_clock_mhz, m->max_clock_mhz);
    device_put(gpu, "pp_dpm_mclk", "0: %uMhz *", m->vram_mhz);
    if (m->xccs > 1)
        device_put(gpu, "current_compute_partition", "SPX");
    device_put(gpu, "fw_version/mec_fw_version", "0x%08x", m->firmware);
    device_put(gpu, "fw_version/sdma_fw_version", "0x%08x", m->sdma_firmware);
    /* Hardware ids of the graphics core, the first SDMA engine and the bus interface (soc15_hw_ip.h). */
    device_put_ip(gpu, 11, m->gc_ip);
    device_put_ip(gpu, 42, m->sdma_ip);
    device_put_ip(gpu, 108, m->nbif_ip);
    device_put(gpu, "hwmon/hwmon0/name", "amdgpu");
    device_put(gpu, "hwmon/hwmon0/temp1_label", "edge");
    device_put(gpu, "hwmon/hwmon0/freq1_label", "sclk");
    sysfs_put_sensors(gpu->index);
}

static void device_put_drm(const struct sim_gpu *gpu)
{
    unsigned minor = gpu->render_minor, bus = sim_gpu_location(gpu->index) >> 8;
    char file[96], target[128];

    snprintf(file, sizeof(file), "drm/renderD%u/dev", minor);
    device_put(gpu, file, "226:%u", minor);
    snprintf(file, sizeof(file), "drm/renderD%u/uevent", minor);
    device_put(gpu, file, "MAJOR=226\nMINOR=%u\nDEVNAME=dri/renderD%u\nDEVTYPE=drm_minor", minor, minor);
    snprintf(file, sizeof(file), "drm/renderD%u/device", minor);
    snprintf(target, sizeof(target), "../../../0000:%02x:00.0", bus);
    device_link(gpu, file, target);
    snprintf(file, sizeof(file), "drm/renderD%u/subsystem", minor);
    device_link(gpu, file, "../../../../../class/drm");
    snprintf(target, sizeof(target), "../../devices/pci0000:00/0000:%02x:00.0/drm/renderD%u", bus, minor);
    snprintf(file, sizeof(file), "sys/class/drm/renderD%u", minor);
    sysfs_link(file, target);
    snprintf(file, sizeof(file), "sys/dev/char/226:%u", minor);
    sysfs_link(file, target);
}

void sysfs_put_usage(unsigned index, const char *name)
{
    struct sim_gpu *gpu = &sim_machine_described()->gpu[index];
    struct sim_heap *heap = strstr(name, "gtt") ? &gpu->gtt : &gpu->vram;
    uint64_t used = 0;

    if (sim_machine_complete()) { /* no memory yet: none used */
        pthread_mutex_lock(&heap->lock);
        used = heap->used;
        pthread_mutex_unlock(&heap->lock);
    }
    device_put(gpu, name, "%lu", used);
}

/* ---- the module ---- */

void sysfs_put_module(void)
{
    static const char *const parameters[][2] = {
        {"cwsr_enable", "1"},  {"emu_mode", "0"}, {"ppfeaturemask", "0xfff7bfff"},
        {"sched_policy", "0"}, {"noretry", "-1"}, {"mes", "0"},
    };
    char modules[SIM_PAGE * 8];
    size_t used = 0;
    FILE *f = NULL;

    sysfs_put("sys/module/amdgpu/initstate", "live\n");
    sysfs_put("sys/module/amdgpu/coresize", "%u\n", 12640256);
    sysfs_put("sys/module/amdgpu/refcnt", "%u\n", 0);
    sysfs_directory("sys/module/amdgpu/holders");
    for (unsigned i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
        char path[96];
        snprintf(path, sizeof(path), "sys/module/amdgpu/parameters/%s", parameters[i][0]);
        sysfs_put(path, "%s\n", parameters[i][1]);
    }
    /* lsmod reads this; the host's own modules stay in the list. */
    used = (size_t)snprintf(modules, sizeof(modules), "amdgpu 12640256 0 - Live 0x0000000000000000\n");
    f = fopen("/proc/self/../modules", "re"); /* the host's own, by a name that is not exchanged */
    if (f)
        used += fread(modules + used, 1, sizeof(modules) - used, f);
    if (f)
        fclose(f);
    sysfs_put_bytes("proc/modules", modules, used);
}

void sysfs_put_devices(void)
{
    const struct sim_machine *m = sim_machine_described();

    sysfs_put("sys/class/drm/version", "drm 1.1.0 20060810\n");
    sysfs_directory("sys/bus/pci/drivers/amdgpu");
    for (unsigned i = 0; i < m->n_gpus; i++) {
        device_put_pci(&m->gpu[i]);
        device_put_amdgpu(&m->gpu[i]);
        device_put_drm(&m->gpu[i]);
    }
}

/* ---- files of ours, which no kernel has ---- */

static void put_objects(struct sim_gpu *gpu, const char *path)
{
    struct sim_objects n;
    sim_kfd_count(gpu, &n);
    sysfs_put(path, "buffers %u\nmappings %u\nqueues %u\nevents %u\n", n.buffers, n.mappings, n.queues,
              n.events);
}

static void put_made(struct sim_gpu *gpu, const char *path, char *(*make)(struct sim_gpu *, size_t *))
{
    size_t length = 0;
    char *text = make(gpu, &length);
    sysfs_put_bytes(path, text ? text : "", length);
    free(text);
}

void sysfs_put_debug(unsigned gpu, const char *name)
{
    char path[96];
    struct sim_gpu *owner = &sim_machine_described()->gpu[gpu];
    snprintf(path, sizeof(path), "sys/kernel/debug/dri/%u/%s", owner->render_minor, name);
    if (!strcmp(name, "objects"))
        put_objects(owner, path);
    else if (!strcmp(name, "wave")) /* the one that stopped last */
        put_made(owner, path, sim_stopped_text);
    else if (!strcmp(name, "counting"))
        sysfs_put(path, "%d\n", sim_count_is_on(&owner->vm));
    else if (!strcmp(name, "executed")) /* how often which instruction was */
        put_made(owner, path, sim_count_text);
}
