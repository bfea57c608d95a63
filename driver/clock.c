/*
 * clock.c - the GPU's counter as CLOCK_MONOTONIC. The counter runs at a fixed nominal frequency; an anchor
 * (the same moment on both clocks) is taken anew when it is older than a second, so that drift stays far
 * below what a duration needs. Source: Linux amdkfd GET_CLOCK_COUNTERS; its frequency is libdrm's
 * gpu_counter_freq, not the ioctl's.
 */
#include "internal.h"

#include <time.h>

enum { ANCHOR_TRIES = 3 };
#define ANCHOR_LIFE_NS UINT64_C(1000000000)

uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void clock_init(struct clock *clock, uint64_t hz)
{
    *clock = (struct clock){.hz = hz};
    pthread_mutex_init(&clock->lock, NULL);
}

uint64_t clock_convert(uint64_t ticks, uint64_t anchor_ticks, uint64_t anchor_ns, uint64_t hz)
{
    int64_t delta = (int64_t)(ticks - anchor_ticks);
    __extension__ typedef __int128 wide;
    int64_t ns = (int64_t)((wide)delta * 1000000000 / (wide)hz);
    return anchor_ns + (uint64_t)ns;
}

/* The tightest of a few readings, under the lock. */
static void sample(struct gpu *gpu, struct clock *clock)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < ANCHOR_TRIES; i++) {
        struct kfd_clock_counters counters;
        uint64_t before = clock_now();
        if (kfd_clock_counters(&gpu->sys->kfd, gpu->info.gpu_id, &counters))
            return;
        uint64_t after = clock_now();
        if (after - before >= best)
            continue;
        best = after - before;
        clock->ticks = counters.gpu;
        clock->ns = before + best / 2;
        clock->error_ns = best - best / 2;
        clock->sampled_ns = after;
    }
}

/* Under the lock. */
static void refresh(struct gpu *gpu, struct clock *clock)
{
    if (!clock->sampled_ns || clock_now() - clock->sampled_ns > ANCHOR_LIFE_NS)
        sample(gpu, clock);
}

uint64_t gpu_clock_error_ns(struct gpu *gpu)
{
    struct clock *clock = &gpu->clock;
    pthread_mutex_lock(&clock->lock);
    refresh(gpu, clock);
    /* The counter was read somewhere between two readings of ours, and is itself of one tick. */
    uint64_t ns = clock->error_ns + (1000000000 + clock->hz - 1) / clock->hz;
    pthread_mutex_unlock(&clock->lock);
    return ns;
}

uint64_t clock_ns(struct gpu *gpu, uint64_t ticks)
{
    struct clock *clock = &gpu->clock;
    pthread_mutex_lock(&clock->lock);
    refresh(gpu, clock);
    uint64_t ns = clock->sampled_ns ? clock_convert(ticks, clock->ticks, clock->ns, clock->hz) : 0;
    pthread_mutex_unlock(&clock->lock);
    return ns;
}
