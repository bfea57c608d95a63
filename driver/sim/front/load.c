/*
 * load.c - meters of the engines' work, by GPU: one for compute, one for copying.
 *
 * Invariant: a meter's total grows exactly while at least one engine of its kind has work. The percentage is
 * of the time since a sample at least a fifth of a second old, as power management firmware averages too.
 */
#include "load.h"

#include "engine.h"
#include "queue.h"
#include "sim/machine.h"

#define SAMPLE_NS UINT64_C(200000000)

struct meter {
    unsigned inside;
    uint64_t since_ns, total_ns;
};

static struct gpu_load {
    struct meter compute, sdma;
    uint64_t sample_ns, sample_total_ns, older_ns, older_total_ns;
} loads[SIM_MAX_GPUS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards loads */

static struct meter *meter_of(const struct sim_gpu *gpu, enum sim_queue_type type)
{
    struct gpu_load *load = &loads[gpu->index];
    return type == SIM_QUEUE_SDMA ? &load->sdma : &load->compute;
}

void sim_load_begin(struct sim_gpu *gpu, enum sim_queue_type type)
{
    pthread_mutex_lock(&lock);
    struct meter *meter = meter_of(gpu, type);
    if (!meter->inside++)
        meter->since_ns = sim_engine_now();
    pthread_mutex_unlock(&lock);
}

void sim_load_end(struct sim_gpu *gpu, enum sim_queue_type type)
{
    pthread_mutex_lock(&lock);
    struct meter *meter = meter_of(gpu, type);
    if (!--meter->inside)
        meter->total_ns += sim_engine_now() - meter->since_ns;
    pthread_mutex_unlock(&lock);
}

static uint64_t total(const struct meter *meter, uint64_t now)
{
    return meter->total_ns + (meter->inside ? now - meter->since_ns : 0);
}

struct sim_load sim_load_now(struct sim_gpu *gpu)
{
    struct gpu_load *load = &loads[gpu->index];
    pthread_mutex_lock(&lock);
    uint64_t now = sim_engine_now(), busy = total(&load->compute, now);
    if (!load->sample_ns || now - load->sample_ns > SAMPLE_NS) {
        load->older_ns = load->sample_ns ? load->sample_ns : now - SAMPLE_NS;
        load->older_total_ns = load->sample_total_ns;
        load->sample_ns = now;
        load->sample_total_ns = busy;
    }
    uint64_t percent = 100 * (busy - load->older_total_ns) / (now - load->older_ns);
    struct sim_load out = {percent < 100 ? (unsigned)percent : 100, total(&load->sdma, now) / 1000};
    pthread_mutex_unlock(&lock);
    return out;
}
