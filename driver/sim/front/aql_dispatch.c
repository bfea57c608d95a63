/*
 * aql_dispatch.c - from a kernel dispatch packet to waves: checks, kernel descriptor, user SGPRs, scratch.
 *
 * Facts: LLVM's AMDGPUUsage, "Kernel Descriptor", "Initial Kernel Execution State" and "Kernel Prolog"; the
 * order of user SGPRs where that text and the compiler differ: SIISelLowering.cpp (allocateHSAUserSGPRs, then
 * allocatePreloadKernArgSGPRs). COMPUTE_TMPRING_SIZE: AMD's gc_9_4_3, gc_10_3_0, gc_11_0_0 and gc_12_0_0
 * register headers. Its units, and those of registers: LLVM's
 * SIProgramInfo.cpp and AMDGPUBaseInfo.cpp (getTotalNumVGPRs, getVGPRAllocGranule).
 */
#include "aql.h"
#include "queue.h"
#include "sim/cu/compute.h"
#include "sim/memory/vm.h"

#include <string.h>

enum {
    GROUP_ITEMS_MAX = 1024,
    USER_SGPRS_MAX = 32,
    PRELOAD_SKIP_BYTES = 256, /* code for processors that cannot preload comes first */
    CODE_ALIGN = 256,
    RSRC1_WGP_MODE = 1u << 29
};

static const struct generation {
    uint16_t scratch_unit;   /* bytes that a wave's scratch is counted in */
    uint8_t scratch_bits;    /* width of TMPRING_SIZE.WAVESIZE, from bit 12 on */
    bool scratch_per_engine; /* TMPRING_SIZE.WAVES counts for each shader engine */
    bool wave32;             /* has such waves; their registers are counted in twice the units below */
    uint8_t vgpr_unit;       /* of RSRC1's register count, waves of 64 */
    uint8_t vgpr_granule;    /* in which registers are handed out */
} generations[ISA_GENERATIONS] = {
    [ISA_GFX90A] = {1024, 13, false, false, 8, 8}, [ISA_GFX940] = {1024, 13, false, false, 8, 8},
    [ISA_GFX950] = {1024, 13, false, false, 8, 8}, [ISA_GFX10_3] = {1024, 13, false, true, 4, 8},
    [ISA_GFX11] = {256, 15, true, true, 4, 12},    [ISA_GFX11_5] = {256, 15, true, true, 4, 12},
    [ISA_GFX12] = {256, 18, true, true, 4, 12},
};

static const struct generation *generation_of(const struct sim_dispatch *d)
{
    return &generations[d->gpu->model->generation];
}

static uint32_t lanes_of(const struct sim_dispatch *d)
{
    return d->wave32 ? 32 : 64;
}

/* ---- checks ---- */

static bool geometry_check(struct aql *a, struct sim_dispatch *d, const struct aql_dispatch *p)
{
    unsigned dimensions = p->setup & 3;
    if (dimensions == 0)
        return aql_error(a, AQL_ERROR_DIMENSIONS, "setup 0x%x names no dimensions", p->setup);
    for (unsigned i = 0; i < 3; i++) {
        d->group[i] = p->group[i];
        d->grid[i] = p->grid[i];
        if (!p->group[i] || !p->grid[i])
            return aql_error(a, AQL_ERROR_DIMENSIONS, "grid %ux%ux%u or group %ux%ux%u has a size of 0",
                             p->grid[0], p->grid[1], p->grid[2], p->group[0], p->group[1], p->group[2]);
        if (i >= dimensions && (p->group[i] != 1 || p->grid[i] != 1))
            return aql_error(a, AQL_ERROR_DIMENSIONS, "dimension %u of a %u-dimensional dispatch is not 1", i,
                             dimensions);
    }
    uint64_t items = (uint64_t)p->group[0] * p->group[1] * p->group[2];
    if (items > GROUP_ITEMS_MAX)
        return aql_error(a, AQL_ERROR_GROUP_SIZE, "a group of %llu work-items, %u at most",
                         (unsigned long long)items, GROUP_ITEMS_MAX);
    d->lds_bytes = p->group_bytes;
    if (p->group_bytes > d->gpu->model->lds_kib * 1024)
        return aql_error(a, AQL_ERROR_GROUP_MEMORY, "%u bytes of LDS, %u at most", p->group_bytes,
                         d->gpu->model->lds_kib * 1024);
    d->private_bytes = (p->private_bytes + 3) & ~3u;
    return true;
}

/* A whole group must fit into the registers of the SIMDs that it may be spread over. */
static bool registers_check(struct aql *a, const struct sim_dispatch *d)
{
    const struct sim_model *m = d->gpu->model;
    const struct generation *g = generation_of(d);
    uint32_t twice = d->wave32 ? 2 : 1, granule = g->vgpr_granule * twice;
    uint32_t vgprs = ((d->rsrc1 & 0x3f) + 1) * g->vgpr_unit * twice;
    uint32_t file = m->vgprs_per_simd_lane * m->wave_size / lanes_of(d),
             taken = (vgprs + granule - 1) / granule * granule;
    bool two_cus = g->wave32 && d->rsrc1 & RSRC1_WGP_MODE;
    uint32_t room = file / taken * m->simd_per_cu * (two_cus ? 2 : 1);
    uint32_t items = d->group[0] * d->group[1] * d->group[2], waves = (items + lanes_of(d) - 1) / lanes_of(d);
    return waves <= room ||
           aql_error(a, AQL_ERROR_REGISTERS,
                     "a group of %u waves with %u VGPRs each does not fit, %u waves do", waves, vgprs, room);
}

static bool descriptor_read(struct aql *a, struct sim_dispatch *d, const struct aql_dispatch *p,
                            struct aql_descriptor *kd)
{
    if (!p->kernel_object || p->kernel_object % sizeof *kd)
        return aql_error(a, AQL_ERROR_CODE, "kernel object 0x%llx is null or misaligned",
                         (unsigned long long)p->kernel_object);
    if (!sim_engine_read(a->queue, p->kernel_object, kd, sizeof *kd))
        return false;
    d->code_va = p->kernel_object + (uint64_t)kd->entry;
    d->rsrc1 = kd->rsrc1;
    d->rsrc2 = kd->rsrc2;
    d->rsrc3 = kd->rsrc3;
    d->properties = kd->properties;
    d->wave32 = kd->properties & AQL_WAVE32;
    if (!kd->entry || d->code_va % CODE_ALIGN)
        return aql_error(a, AQL_ERROR_CODE, "code of kernel object 0x%llx at 0x%llx is not %u-byte aligned",
                         (unsigned long long)p->kernel_object, (unsigned long long)d->code_va, CODE_ALIGN);
    if (d->wave32 && !generation_of(d)->wave32)
        return aql_error(a, AQL_ERROR_CODE, "kernel object 0x%llx wants waves of 32, %s has none",
                         (unsigned long long)p->kernel_object, d->gpu->model->target);
    return true;
}

/* ---- scratch ---- */

static bool scratch_fits(const struct aql *a, struct sim_dispatch *d)
{
    const struct generation *g = generation_of(d);
    uint64_t wave = (uint64_t)d->private_bytes * lanes_of(d);
    uint32_t waves = a->scratch.tmpring_size & 0xfff;
    uint64_t have =
        (uint64_t)(a->scratch.tmpring_size >> 12 & ((1u << g->scratch_bits) - 1)) * g->scratch_unit;
    wave = (wave + g->scratch_unit - 1) / g->scratch_unit * g->scratch_unit;
    if (g->scratch_per_engine)
        waves *= sim_model_engines_per_xcc(d->gpu->model);
    d->scratch_va = a->scratch.backing;
    d->scratch_waves = waves;
    return waves && a->scratch.backing && have >= wave;
}

/* What is missing the client is asked for, for as long as it takes. */
static bool scratch_find(struct aql *a, struct sim_dispatch *d)
{
    while (d->private_bytes && !scratch_fits(a, d)) {
        unsigned code = AQL_ERROR_SCRATCH | (d->wave32 ? AQL_ERROR_SCRATCH_WAVE32 : 0);
        if (!aql_complain(a, code)) {
            sim_engine_halt(a->queue);
            return aql_report(a,
                              "%u bytes of scratch a work-item are missing, and nobody can be asked for them",
                              d->private_bytes);
        }
        if (!aql_complaint_wait(a))
            return false;
        aql_scratch_read(a);
    }
    return true;
}

/* ---- user SGPRs ---- */

static void sgpr32(struct sim_dispatch *d, uint32_t value)
{
    if (d->n_user_sgprs < USER_SGPRS_MAX)
        d->user_sgpr[d->n_user_sgprs++] = value;
}

static void sgpr64(struct sim_dispatch *d, bool enabled, uint64_t value)
{
    if (!enabled)
        return;
    sgpr32(d, (uint32_t)value);
    sgpr32(d, (uint32_t)(value >> 32));
}

/* Kernel arguments that arrive in registers; the code that would load them is skipped. */
static bool kernarg_preload(struct aql *a, struct sim_dispatch *d, const struct aql_dispatch *p,
                            const struct aql_descriptor *kd)
{
    unsigned length = kd->preload & 0x7f, offset = kd->preload >> 7;
    uint32_t argument[USER_SGPRS_MAX];
    if (!length || !d->gpu->model->kernarg_preload)
        return true;
    if (length > USER_SGPRS_MAX - d->n_user_sgprs)
        length = USER_SGPRS_MAX - d->n_user_sgprs;
    if (!sim_engine_read(a->queue, p->kernarg + offset * 4, argument, length * 4))
        return false;
    for (unsigned i = 0; i < length; i++)
        sgpr32(d, argument[i]);
    d->code_va += PRELOAD_SKIP_BYTES;
    return true;
}

/* Where waves come in two sizes the processor says in the scratch resource how many lanes lie side by side:
 * ROCr leaves INDEX_STRIDE to it (FillBufRsrcWord3_Gfx10). */
static uint32_t resource_word3(const struct sim_dispatch *d, uint32_t word)
{
    return generation_of(d)->wave32 ? (word & ~(3u << 21)) | (d->wave32 ? 2u : 3u) << 21 : word;
}

static bool sgprs_fill(struct aql *a, struct sim_dispatch *d, const struct aql_dispatch *p,
                       const struct aql_descriptor *kd)
{
    const uint32_t *resource = a->scratch.resource;
    unsigned wanted = d->properties, room = d->rsrc2 >> 1 & 0x1f;
    sgpr64(d, wanted & AQL_SGPR_PRIVATE_BUFFER, resource[0] | (uint64_t)resource[1] << 32);
    sgpr64(d, wanted & AQL_SGPR_PRIVATE_BUFFER, resource[2] | (uint64_t)resource_word3(d, resource[3]) << 32);
    sgpr64(d, wanted & AQL_SGPR_DISPATCH_PTR, d->packet_va);
    sgpr64(d, wanted & AQL_SGPR_QUEUE_PTR, a->shared_va);
    sgpr64(d, wanted & AQL_SGPR_KERNARG_PTR, p->kernarg);
    sgpr64(d, wanted & AQL_SGPR_DISPATCH_ID, a->index);
    sgpr64(d, wanted & AQL_SGPR_FLAT_SCRATCH, d->scratch_va);
    if (wanted & AQL_SGPR_PRIVATE_SIZE)
        sgpr32(d, d->private_bytes);
    if (!kernarg_preload(a, d, p, kd))
        return false;
    if (d->n_user_sgprs > room)
        d->n_user_sgprs = room; /* hardware loads no more than RSRC2 says */
    return true;
}

/* ---- running ---- */

/* What became of it. An illegal instruction raises no event: without a second-level trap handler the wave
 * halts, and the queue with it. Only the report tells. */
static bool outcome_take(struct aql *a, const struct sim_dispatch *d, const struct sim_outcome *o)
{
    switch (o->end) {
    case SIM_END_OK:
        return true;
    case SIM_END_PREEMPTED:
        a->queue->cut = true;
        return false;
    case SIM_END_FAULT:
        aql_report(a, "memory fault at 0x%llx (%s, %s) by the instruction at 0x%llx",
                   (unsigned long long)o->va,
                   o->access & SIM_VM_WRITE  ? "write"
                   : o->access & SIM_VM_EXEC ? "fetch"
                                             : "read",
                   o->not_present ? "nothing is mapped there" : "not permitted", (unsigned long long)o->pc);
        sim_engine_fault(a->queue, o->va, o->access, o->not_present);
        return false;
    case SIM_END_ILLEGAL:
        aql_report(a, "illegal instruction, kernel at 0x%llx: %s", (unsigned long long)d->code_va, o->text);
        break;
    case SIM_END_TRAP:
        aql_report(a, "trap at 0x%llx, and no trap handler: %s", (unsigned long long)o->pc, o->text);
        break;
    }
    sim_engine_halt(a->queue);
    return false;
}

bool aql_dispatch_run(struct aql *a, const struct aql_dispatch *packet)
{
    struct sim_queue *q = a->queue;
    struct aql_descriptor kd;
    struct sim_outcome outcome = {0};
    struct sim_dispatch d = {.gpu = q->gpu,
                             .owner = &sim_engine_owner,
                             .queue = q,
                             .seed = sim_gpu_card(q->gpu)->vram.seed + a->index * 0x9e3779b97f4a7c15u};
    d.packet_va = q->ring_va + a->index % (q->ring_bytes / AQL_PACKET_BYTES) * AQL_PACKET_BYTES;
    if (!geometry_check(a, &d, packet) || !descriptor_read(a, &d, packet, &kd) || !registers_check(a, &d) ||
        !scratch_find(a, &d) || !sgprs_fill(a, &d, packet, &kd))
        return false;
    sim_engine_calls.compute(&d, &outcome);
    return outcome_take(a, &d, &outcome);
}
