/*
 * sysfs_process.c - /sys/class/kfd/kfd/proc: what each process has of each GPU; and the sensors of a GPU.
 *
 * The simulated machine has one process, the one that it lives in. Names and formats: pasid, vram_ID and
 * sdma_ID (bytes, microseconds), queues/N/{gpuid,size,type}, stats_ID/{evicted_ms,cu_occupancy},
 * counters_ID/{faults,page_in,page_out} (Linux amdkfd/kfd_process.c); gpu_busy_percent, hwmon freq1_input in
 * hertz, power1_average in microwatts, temp1_input in thousandths of a degree (amdgpu_pm.c). The values
 * follow the engines' load from idle up; what a watt is here is made up.
 */
#include <stdio.h>
#include <unistd.h>

#include "context.h"
#include "sysfs.h"
#include "sim/front/load.h"
#include "sim/machine.h"
#include "sim/models.h"

enum { CU_POWER_MW = 1900, LOAD_TEMP_MC = 350 }; /* a busy unit; a percent of load */

enum { FIRST_PASID = 32769 /* as the first process after a start gets */, CONTEXT = 24 };

#define PROCESS "sys/devices/virtual/kfd/kfd/proc/%d/"

static void put_gpu(struct sim_gpu *gpu)
{
    struct sim_load load = sim_load_now(gpu);
    char path[160];
    uint64_t used = 0;
    if (sim_machine_complete()) {
        pthread_mutex_lock(&gpu->vram.lock);
        used = gpu->vram.used;
        pthread_mutex_unlock(&gpu->vram.lock);
    }
    const struct {
        const char *kind, *rest; /* the GPU's id between them */
        uint64_t value;
    } files[] = {{"vram_", "", used},
                 {"sdma_", "", load.sdma_us},
                 {"stats_", "/evicted_ms", 0},
                 {"stats_", "/cu_occupancy", (uint64_t)gpu->model->cus * load.percent / 100},
                 {"counters_", "/faults", 0},
                 {"counters_", "/page_in", 0},
                 {"counters_", "/page_out", 0}};
    for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) {
        snprintf(path, sizeof(path), PROCESS "%s%u%s", (int)getpid(), files[i].kind, gpu->gpu_id,
                 files[i].rest);
        sysfs_put(path, "%lu\n", files[i].value);
    }
}

void sysfs_put_process(void)
{
    struct sim_machine *m = sim_machine_described();
    char path[160];

    snprintf(path, sizeof(path), PROCESS "pasid", (int)getpid());
    sysfs_put(path, "%u\n", FIRST_PASID);
    snprintf(path, sizeof(path), PROCESS "queues", (int)getpid());
    sysfs_directory(path);
    for (unsigned i = 0; i < m->n_gpus; i++)
        put_gpu(&m->gpu[i]);
}

/* Where a secondary process's things are, below those of the primary one; of that: "". */
static const char *context_of(const struct sim_gpu *gpu, char buffer[static CONTEXT])
{
    buffer[0] = 0;
    if (gpu->process)
        snprintf(buffer, CONTEXT, "context_%u/", gpu->process->id);
    return buffer;
}

void sysfs_put_context(unsigned id)
{
    char path[160];

    if (!sysfs_is_there())
        return;
    snprintf(path, sizeof(path), PROCESS "context_%u/pasid", (int)getpid(), id);
    sysfs_put(path, "%u\n", FIRST_PASID + 1 + id);
    snprintf(path, sizeof(path), PROCESS "context_%u/queues", (int)getpid(), id);
    sysfs_directory(path);
}

void sysfs_drop_context(unsigned id)
{
    char path[160];

    snprintf(path, sizeof(path), PROCESS "context_%u", (int)getpid(), id);
    if (sysfs_is_there())
        sysfs_drop(path);
}

void sysfs_put_queue(const struct sim_gpu *gpu, uint32_t id, uint64_t bytes, uint32_t type)
{
    const struct {
        const char *name;
        uint64_t value;
    } files[] = {{"gpuid", gpu->gpu_id}, {"size", bytes}, {"type", type}};
    char path[160], context[CONTEXT];

    for (unsigned i = 0; sysfs_is_there() && i < sizeof(files) / sizeof(*files); i++) {
        snprintf(path, sizeof(path), PROCESS "%squeues/%u/%s", (int)getpid(), context_of(gpu, context), id,
                 files[i].name);
        sysfs_put(path, "%lu\n", files[i].value);
    }
}

void sysfs_drop_queue(const struct sim_gpu *gpu, uint32_t id)
{
    char path[160], context[CONTEXT];

    snprintf(path, sizeof(path), PROCESS "%squeues/%u", (int)getpid(), context_of(gpu, context), id);
    if (sysfs_is_there())
        sysfs_drop(path);
}

/* ---- sensors ---- */

static void put_sensor(const struct sim_gpu *gpu, const char *file, uint64_t value)
{
    char path[160];

    snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:%02x:00.0/%s",
             sim_gpu_location(gpu->index) >> 8, file);
    sysfs_put(path, "%lu\n", value);
}

void sysfs_put_sensors(unsigned index)
{
    struct sim_gpu *gpu = &sim_machine_described()->gpu[index];
    const struct sim_model *m = gpu->model;
    uint64_t percent = sim_load_now(gpu).percent;

    put_sensor(gpu, "gpu_busy_percent", percent);
    put_sensor(gpu, "hwmon/hwmon0/freq1_input",
               (m->min_clock_mhz + (m->max_clock_mhz - m->min_clock_mhz) * percent / 100) * 1000000);
    put_sensor(gpu, "hwmon/hwmon0/power1_average",
               (m->idle_power_mw + (uint64_t)m->cus * CU_POWER_MW * percent / 100) * 1000);
    put_sensor(gpu, "hwmon/hwmon0/temp1_input", m->idle_temp_mc + LOAD_TEMP_MC * percent);
}
