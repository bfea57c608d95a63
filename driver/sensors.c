/*
 * sensors.c - what only the kernel's text files tell: load, clock, power and heat of a GPU, and which
 * processes have it open.
 *
 * Nothing here waits for the GPU: the kernel answers from what its firmware last told. What a card or a
 * kernel does not have is not there. Sources: Linux amdgpu/pm/amdgpu_pm.c (gpu_busy_percent; hwmon:
 * freq1_input in hertz, power1_average or power1_input in microwatts, temp1_input, else temp2_input, in
 * thousandths of a degree), amdkfd/kfd_process.c (proc/PID: vram_ID, sdma_ID in microseconds,
 * stats_ID/evicted_ms, stats_ID/cu_occupancy, queues/N/{gpuid,size,type}).
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSES "/sys/class/kfd/kfd/proc"

/* The number in a file; -1: there is none. */
static int64_t read_number(const char *path)
{
    int64_t number = -1;
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    if (fscanf(file, "%" SCNd64, &number) != 1)
        number = -1;
    fclose(file);
    return number;
}

/* ---- sensors ---- */

/* The first of two files that is there, below a directory. */
static int64_t read_sensor(const char *dir, const char *file, const char *other)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    int64_t value = read_number(path);
    if (value >= 0)
        return value;
    snprintf(path, sizeof path, "%s/%s", dir, other);
    return read_number(path);
}

/* hwmon's number differs from boot to boot: a device has one directory there. */
static bool find_hwmon(const char *device, char *out, size_t size)
{
    char path[128];
    bool found = false;
    snprintf(path, sizeof path, "%s/hwmon", device);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "hwmon", 5))
            continue;
        snprintf(out, size, "%s/%s", path, entry->d_name);
        found = true;
    }
    if (dir)
        closedir(dir);
    return found;
}

static int64_t divided(int64_t value, int64_t by)
{
    return value < 0 ? value : value / by;
}

void gpu_sensors(const struct gpu *gpu, struct gpu_sensors *out)
{
    char device[64], hwmon[400];
    *out = (struct gpu_sensors){-1, -1, -1, -1};
    snprintf(device, sizeof device, "/sys/class/drm/renderD%u/device", gpu->info.render_minor);
    out->busy_percent = read_sensor(device, "gpu_busy_percent", "gpu_busy_percent");
    if (!find_hwmon(device, hwmon, sizeof hwmon))
        return;
    out->clock_mhz = divided(read_sensor(hwmon, "freq1_input", "freq1_input"), 1000000);
    out->power_mw = divided(read_sensor(hwmon, "power1_average", "power1_input"), 1000);
    out->temp_mc = read_sensor(hwmon, "temp1_input", "temp2_input");
}

/* ---- processes ---- */

static int64_t process_number(unsigned pid, const char *kind, uint32_t gpu_id, const char *rest)
{
    char path[160];
    snprintf(path, sizeof path, PROCESSES "/%u/%s%u%s", pid, kind, gpu_id, rest);
    return read_number(path);
}

bool gpu_process(const struct gpu *gpu, unsigned pid, struct gpu_process *out)
{
    uint32_t id = gpu->info.gpu_id;
    int64_t vram = process_number(pid, "vram_", id, "");
    if (vram < 0)
        return false;
    *out = (struct gpu_process){.pid = pid,
                                .vram_bytes = (uint64_t)vram,
                                .sdma_us = process_number(pid, "sdma_", id, ""),
                                .evicted_ms = process_number(pid, "stats_", id, "/evicted_ms"),
                                .busy_cus = process_number(pid, "stats_", id, "/cu_occupancy")};
    return true;
}

/* Calls each() with every entry of a directory whose name is a number. */
static void each_number(const char *path, void (*each)(void *ctx, unsigned number), void *ctx)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        unsigned long number = strtoul(entry->d_name, &end, 10);
        if (end != entry->d_name && !*end)
            each(ctx, (unsigned)number);
    }
    if (dir)
        closedir(dir);
}

void gpu_processes(void (*each)(void *ctx, unsigned pid), void *ctx)
{
    each_number(PROCESSES, each, ctx);
}

struct listing {
    uint32_t gpu_id;
    unsigned pid;
    void (*each)(void *ctx, const struct gpu_process_queue *queue);
    void *ctx;
};

static void list_queue(void *ctx, unsigned id)
{
    static const char *const types[] = {"compute", "sdma", "hiq", "sdma-xgmi", "sdma"}; /* kfd_priv.h */
    const struct listing *listing = ctx;
    char dir[96];
    snprintf(dir, sizeof dir, PROCESSES "/%u/queues/%u", listing->pid, id);
    if (read_sensor(dir, "gpuid", "gpuid") != listing->gpu_id)
        return;
    int64_t type = read_sensor(dir, "type", "type"), bytes = read_sensor(dir, "size", "size");
    struct gpu_process_queue queue = {
        .id = id,
        .ring_bytes = bytes < 0 ? 0 : (uint64_t)bytes,
        .type = type >= 0 && (size_t)type < sizeof types / sizeof *types ? types[type] : "other"};
    listing->each(listing->ctx, &queue);
}

void gpu_process_queues(const struct gpu *gpu, unsigned pid,
                        void (*each)(void *ctx, const struct gpu_process_queue *queue), void *ctx)
{
    struct listing listing = {gpu->info.gpu_id, pid, each, ctx};
    char path[96];
    snprintf(path, sizeof path, PROCESSES "/%u/queues", pid);
    each_number(path, list_queue, &listing);
}
