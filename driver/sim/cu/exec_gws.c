/*
 * exec_gws.c - ds_gws_*: barriers and semaphores for all waves of a GPU, up to gfx11.
 *
 * Invariant: a wave that waits stays at its instruction, and knows what it waits for; a counter above 0 means
 * that nobody waits for the semaphore. Without the kernel's leave (ALLOC_QUEUE_GWS) hardware halts the wave
 * for good; here it is stopped by name.
 *
 * Facts: AMD's RDNA3 ISA manual, 13.4 (GWS, and what EXEC is to it), and the instructions' text in CDNA3's
 * and RDNA2's; which bits of M0 count: LLVM, AMDGPUDAGToDAGISel::SelectDS_GWS. The kernel gives all 64 or
 * none, so the base is 0 and nothing is cut off. Unproven: that EXEC is the same to it before gfx11, and what
 * init does to waves that wait.
 */
#include "exec_scalar.h"
#include "sim/machine.h"
#include "vector.h"

#include <sched.h>

enum { COUNTER = 0xfff };

static struct sim_gws *gws_of(struct isa_wave *w)
{
    struct sim_gpu *gpu = w->group && w->group->dispatch ? w->group->dispatch->gpu : NULL;
    if (gpu && atomic_load(&gpu->gws.given))
        return &gpu->gws;
    w->state = ISA_ILLEGAL;
    return NULL;
}

static struct sim_gws_resource *enter(struct sim_gws *gws, const struct isa_wave *w,
                                      const struct isa_inst *inst)
{
    while (atomic_exchange_explicit(&gws->busy, true, memory_order_acquire))
        sched_yield();
    return &gws->resource[((w->sgpr[ISA_M0] >> 16) + ((unsigned)inst->offset & 63)) % SIM_GWS];
}

static void leave(struct sim_gws *gws)
{
    atomic_store_explicit(&gws->busy, false, memory_order_release);
}

/* Of the first active lane; without any, of the first. */
static uint32_t value_of(const struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES];
    uint64_t exec = isa_exec(w);
    return vec_source(w, &inst->src[0], 0, buffer)[exec ? __builtin_ctzll(exec) : 0];
}

static void stay(struct isa_wave *w, bool waits)
{
    w->gws_waits = waits;
    if (waits) {
        w->next_pc = w->pc;
        w->yield = true;
    }
}

/* Those who came first go first. */
static void release(struct sim_gws_resource *r, uint32_t n)
{
    uint32_t waiting = r->queued - r->released, go = n < waiting ? n : waiting;
    r->released += go;
    r->counter = (r->counter + n - go) & COUNTER;
}

static void gws_init(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws)
        return;
    struct sim_gws_resource *r = enter(gws, w, inst);
    r->counter = 0;
    release(r, value_of(w, inst) & COUNTER);
    leave(gws);
}

static void gws_sema_v(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws || !isa_exec(w))
        return;
    release(enter(gws, w, inst), 1);
    leave(gws);
}

static void gws_sema_br(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws)
        return;
    release(enter(gws, w, inst), value_of(w, inst));
    leave(gws);
}

static void gws_sema_release_all(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws || !isa_exec(w))
        return;
    struct sim_gws_resource *r = enter(gws, w, inst);
    r->counter = 0;
    r->released = r->queued;
    leave(gws);
}

static void gws_sema_p(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws || (!isa_exec(w) && !w->gws_waits))
        return;
    struct sim_gws_resource *r = enter(gws, w, inst);
    if (w->gws_waits) {
        stay(w, (int32_t)(r->released - w->gws_since) <= 0);
    } else if (r->counter > 0) {
        r->counter--;
    } else {
        w->gws_since = r->queued++;
        stay(w, true);
    }
    leave(gws);
}

/* The counter is how many are still to come, without the last one, who sets it for the next time. */
static void gws_barrier(struct isa_wave *w, const struct isa_inst *inst)
{
    struct sim_gws *gws = gws_of(w);
    if (!gws)
        return;
    struct sim_gws_resource *r = enter(gws, w, inst);
    if (w->gws_waits) {
        stay(w, r->phase == w->gws_since);
    } else if (r->counter > 0) {
        r->counter--;
        w->gws_since = r->phase;
        stay(w, true);
    } else {
        r->phase++;
        r->counter = value_of(w, inst) & COUNTER;
    }
    leave(gws);
}

const struct isa_binding isa_exec_gws[] = {
    {"ds_gws_init", gws_init},
    {"ds_gws_sema_v", gws_sema_v},
    {"ds_gws_sema_br", gws_sema_br},
    {"ds_gws_sema_release_all", gws_sema_release_all},
    {"ds_gws_sema_p", gws_sema_p},
    {"ds_gws_barrier", gws_barrier},
    {NULL, NULL},
};
