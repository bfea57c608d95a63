/*
 * info_files.c - README, version, gpus, and each GPU's info and status; links by PCI address and by id.
 *
 * Invariant: info is what the GPU is and never changes; status is how it is now, and never waits for it.
 */
#include "files/info_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "state/queue.h"
#include "tree/listing.h"

static struct fs_gpu *gpu_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_gpu, object);
}

void fs_readme(struct fs_object *root, struct fs_text *text)
{
    fs_text_printf(text,
                   "kfdfs %s: the GPUs of this machine as directories. A buffer is a file, a\n"
                   "command is a line written to a file, and a write to a file called run that\n"
                   "returns without error was carried out. A command file, read, tells its usage.\n"
                   "\n"
                   "  cat gpus                                        which GPUs there are\n"
                   "  truncate -s 4K gpu0/vram/a gpu0/vram/b          allocate device memory\n"
                   "  echo \"fill vram/a 42\" > gpu0/sdma/0/run         a copy engine fills it\n"
                   "  echo \"copy vram/a vram/b\" > gpu0/sdma/0/run     and copies it\n"
                   "  cp vecadd.hsaco gpu0/code/                      load a code object of yours\n"
                   "  echo \"grid=1024 group=64 vram/a vram/b\" > gpu0/kernels/vecadd/KERNEL/run\n"
                   "\n"
                   "Read a buffer with cat, od or cp; rm frees it. A kernel's file signature tells\n"
                   "which arguments it takes. When something fails, hangs, or is slow:\n"
                   "\n"
                   "  tail -n 1 errors                                why the last command failed\n"
                   "  tail -n 3 events                                what faulted, in which buffer\n"
                   "  cat gpu0/status gpu0/sdma/0/log                 lost? what ran, and how long?\n"
                   "  cat gpu0/sdma/0/ring                            which packet a queue is at\n"
                   "  echo 1 > trace/enabled                          record; work; write 0; then:\n"
                   "  cat trace/overlap                               how much copying hid. Drawn:\n"
                   "\n"
                   "trace/timeline.svg, and trace/events.json in ui.perfetto.dev. `kfdfs --report`\n"
                   "is all of it as one text. See `man 5 kfdfs`. With `set -o noclobber` write >| .%s\n",
                   KFDFS_VERSION, root->world->n_gpus ? "" : "\nThere is no GPU here now.");
}

void fs_version(struct fs_object *root, struct fs_text *text)
{
    unsigned major = 0, minor = 0;
    gpu_system_kfd_version(root->world->sys, &major, &minor);
    fs_text_printf(text, "kfdfs %s\nkfd %u.%u\nbackend %s\n", KFDFS_VERSION, major, minor,
                   root->world->options.simulated ? "simulated" : "kernel");
}

void fs_gpus(struct fs_object *root, struct fs_text *text)
{
    fs_text_printf(text, "# gpu target gpu_id node pci vram_bytes cus name\n");
    for (unsigned i = 0; i < root->world->n_gpus; i++) {
        const struct gpu_info *info = gpu_info(root->world->gpus[i].gpu);
        fs_text_printf(text, "gpu%u %s %u %u %s %llu %u %s\n", i, info->target, info->gpu_id, info->node,
                       info->pci, (unsigned long long)info->vram_bytes, info->cus, info->name);
    }
}

void fs_gpu_info(struct fs_object *gpu, struct fs_text *text)
{
    const struct gpu_info *info = gpu_info(gpu_of(gpu)->gpu);
    fs_text_printf(text, "name %s\ntarget %s\ngpu_id %u\nnode %u\npci %s\n", info->name, info->target,
                   info->gpu_id, info->node, info->pci);
    fs_text_printf(text, "vendor_id 0x%04x\ndevice_id 0x%04x\nunique_id 0x%016llx\nrender_minor %u\n",
                   info->vendor_id, info->device_id, (unsigned long long)info->unique_id, info->render_minor);
    fs_text_printf(text, "cus %u\nsimds %u\nxccs %u\nwave_size %u\nmax_waves_per_simd %u\nlds_bytes %u\n",
                   info->cus, info->simds, info->xccs, info->wave_size, info->max_waves_per_simd,
                   info->lds_bytes);
    fs_text_printf(text, "vram_bytes %llu\ngtt_bytes %llu\ncpu_visible %d\n",
                   (unsigned long long)info->vram_bytes, (unsigned long long)info->gtt_bytes,
                   info->cpu_visible);
    fs_text_printf(text,
                   "sdma_engines %u\nsdma_xgmi_engines %u\nsdma_queues_per_engine %u\ncompute_queues %u\n"
                   "max_clock_mhz %u\nfirmware %u\nsdma_firmware %u\n",
                   info->sdma_engines, info->sdma_xgmi_engines, info->sdma_queues_per_engine, info->cp_queues,
                   info->max_clock_mhz, info->firmware, info->sdma_firmware);
}

static void add_used(const struct fs_gpu *gpu, bool vram, const char *key, struct fs_text *text)
{
    uint64_t used, total;
    if (!gpu_memory(gpu->gpu, vram, &used, &total))
        fs_text_printf(text, "%s %llu\n", key, (unsigned long long)used);
    else
        fs_text_printf(text, "%s -\n", key);
}

static void add_sensor(struct fs_text *text, const char *key, int64_t value)
{
    if (value < 0)
        fs_text_printf(text, "%s -\n", key);
    else
        fs_text_printf(text, "%s %lld\n", key, (long long)value);
}

static void add_sensors(const struct fs_gpu *gpu, struct fs_text *text)
{
    struct gpu_sensors sensors;
    gpu_sensors(gpu->gpu, &sensors);
    add_sensor(text, "busy_percent", sensors.busy_percent);
    add_sensor(text, "clock_mhz", sensors.clock_mhz);
    add_sensor(text, "power_mw", sensors.power_mw);
    add_sensor(text, "temp_mc", sensors.temp_mc);
    fs_text_printf(text, "clock_error_ns %llu\n", (unsigned long long)gpu_clock_error_ns(gpu->gpu));
}

void fs_gpu_status(struct fs_object *object, struct fs_text *text)
{
    const struct fs_gpu *gpu = gpu_of(object);
    bool lost = fs_gpu_lost(gpu);
    unsigned queues = 0;
    uint64_t submitted = gpu->submitted, completed = gpu->completed;
    for (const struct fs_queue *queue = gpu->queues; queue; queue = queue->next) {
        queues += queue->queue != NULL;
        submitted += queue->submitted;
        completed += queue->completed;
    }
    fs_text_printf(text, "state %s\n", lost ? "lost" : "ok");
    if (lost)
        fs_text_printf(text, "reason %s; unmount and mount again to use it\n", gpu_err_text());
    add_used(gpu, true, "vram_used_bytes", text);
    add_used(gpu, false, "gtt_used_bytes", text);
    fs_text_printf(text, "queues %u\nsubmitted %llu\ncompleted %llu\nfaults %u\nresets %u\n", queues,
                   (unsigned long long)submitted, (unsigned long long)completed, gpu->faults, gpu->resets);
    add_sensors(gpu, text);
}

/* ---- for the rows ---- */

struct fs_object *fs_find_gpu(struct fs_object *root, const char *name)
{
    struct fs_gpu *gpu = fs_gpu_find(root->world, name);
    return gpu ? &gpu->object : NULL;
}

void fs_list_gpus(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing)
{
    for (unsigned i = 0; i < root->world->n_gpus; i++) {
        struct fs_object *gpu = &root->world->gpus[i].object;
        fs_list(listing, gpu->name, fs_inode(row, gpu), row->mode);
    }
}

static void pci_name(const struct fs_gpu *gpu, char name[32])
{
    snprintf(name, 32, "%s", gpu_info(gpu->gpu)->pci);
}

static void id_name(const struct fs_gpu *gpu, char name[32])
{
    snprintf(name, 32, "%u", gpu_info(gpu->gpu)->gpu_id);
}

static void list_by(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing,
                    void (*name_of)(const struct fs_gpu *, char[32]))
{
    for (unsigned i = 0; i < root->world->n_gpus; i++) {
        char own[32];
        name_of(&root->world->gpus[i], own);
        fs_list(listing, own, fs_inode(row, &root->world->gpus[i].object), row->mode);
    }
}

struct fs_object *fs_find_by_pci(struct fs_object *root, const char *name)
{
    struct fs_gpu *gpu = fs_gpu_by_pci(root->world, name);
    return gpu ? &gpu->object : NULL;
}

void fs_list_by_pci(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing)
{
    list_by(root, row, listing, pci_name);
}

struct fs_object *fs_find_by_id(struct fs_object *root, const char *name)
{
    struct fs_gpu *gpu = fs_gpu_by_id(root->world, name);
    return gpu ? &gpu->object : NULL;
}

void fs_list_by_id(struct fs_object *root, const struct fs_row *row, struct fs_listing *listing)
{
    list_by(root, row, listing, id_name);
}

void fs_gpu_target(struct fs_object *gpu, struct fs_text *text)
{
    fs_text_printf(text, "../%s", gpu->name);
}
