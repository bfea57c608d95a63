/*
 * pm4_dispatch.c - the registers of a PM4 queue, and how a dispatch follows from them.
 *
 * Nothing comes from a kernel descriptor or an AQL packet: what the client did not put into a register is not
 * there. A register that this generation has not, or whose effect is not simulated, stops the queue. Facts:
 * pm4_packets.h; fields of RSRC1 to 3 and TMPRING_SIZE: LLVM, SIDefines.h and SIProgramInfo.cpp; the unit of
 * RSRC2's LDS size as LLVM's assembler encodes it.
 */
#include "pm4.h"
#include "queue.h"
#include "sim/cu/compute.h"

#include <string.h>

enum { GROUP_ITEMS_MAX = 1024, G90A = 1, G94 = 2, G10 = 4, G11 = 8, G12 = 16 };
enum { CDNA = G90A | G94, RDNA = G10 | G11 | G12, ALL = CDNA | RDNA };

static const struct generation {
    unsigned bit;
    uint8_t rsrc3; /* its register, from PM4_COMPUTE_FIRST */
    uint16_t lds_unit, scratch_unit;
    uint8_t scratch_bits;
    bool scratch_per_engine, wave32;
} generations[ISA_GENERATIONS] = {
    [ISA_GFX90A] = {G90A, 0x2d, 512, 1024, 13, false, false},
    [ISA_GFX940] = {G94, 0x2d, 512, 1024, 13, false, false},
    [ISA_GFX950] = {G94, 0x2d, 2048, 1024, 13, false, false},
    [ISA_GFX10_3] = {G10, 0x28, 512, 1024, 13, false, true},
    [ISA_GFX11] = {G11, 0x28, 512, 256, 15, true, true},
    [ISA_GFX11_5] = {G11, 0x28, 512, 256, 15, true, true},
    [ISA_GFX12] = {G12, 0x28, 512, 256, 18, true, true},
};

static const struct generation *generation_of(const struct pm4 *s)
{
    return &generations[s->queue->gpu->model->generation];
}

/* ---- registers ---- */

static const struct { /* those that a client may set, by their first and last */
    uint8_t first, last, generations;
} registers[] = {
    {0x04, 0x09, ALL},       /* START, NUM_THREAD */
    {0x0a, 0x0b, ALL},       /* PIPELINESTAT_ENABLE, PERFCOUNT_ENABLE */
    {0x0c, 0x0d, ALL},       /* PGM */
    {0x0e, 0x0f, ALL},       /* DISPATCH_PKT_ADDR */
    {0x10, 0x11, ALL},       /* DISPATCH_SCRATCH_BASE */
    {0x12, 0x13, ALL},       /* PGM_RSRC1, 2 */
    {0x15, 0x15, ALL},       /* RESOURCE_LIMITS */
    {0x16, 0x1a, ALL},       /* STATIC_THREAD_MGMT of SE0 to 3, TMPRING_SIZE */
    {0x1b, 0x1d, ALL},       /* RESTART */
    {0x1e, 0x1e, ALL},       /* THREAD_TRACE_ENABLE */
    {0x20, 0x20, ALL},       /* DISPATCH_ID */
    {0x22, 0x22, RDNA},      /* REQ_CTRL */
    {0x23, 0x23, G12},       /* STATIC_THREAD_MGMT of SE8 */
    {0x24, 0x27, RDNA},      /* USER_ACCUM */
    {0x25, 0x28, G90A},      /* STATIC_THREAD_MGMT of SE4 to 7 */
    {0x28, 0x28, RDNA},      /* PGM_RSRC3 */
    {0x2b, 0x2e, G11 | G12}, /* STATIC_THREAD_MGMT of SE4 to 7 */
    {0x2d, 0x2d, CDNA},      /* PGM_RSRC3 */
    {0x2f, 0x2f, G11 | G12}, /* DISPATCH_INTERLEAVE */
    {0x40, 0x4f, ALL},       /* USER_DATA */
};

static bool register_known(const struct pm4 *s, uint32_t number)
{
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        if (number >= registers[i].first && number <= registers[i].last &&
            registers[i].generations & generation_of(s)->bit)
            return true;
    return false;
}

bool pm4_set_sh(struct pm4 *s)
{
    uint32_t first = PM4_SH_FIRST + PM4_BITS(s->p[1], 15, 0);
    for (uint32_t i = 0; i + 1 < s->n; i++) {
        uint32_t number = first + i - PM4_COMPUTE_FIRST;
        if (first + i < PM4_COMPUTE_FIRST || !register_known(s, number))
            return pm4_bad(s, "SET_SH_REG of register 0x%x, which is not one of %s that a client may set",
                           first + i, s->queue->gpu->model->target);
        s->reg[number] = s->p[2 + i];
    }
    return true;
}

/* Only what has no effect on what a kernel computes: which shader engines later packets are for. */
bool pm4_set_uconfig(struct pm4 *s)
{
    uint32_t first = PM4_UCONFIG_FIRST + PM4_BITS(s->p[1], 15, 0);
    return (first == PM4_GRBM_GFX_INDEX && s->n == 2) ||
           pm4_bad(s, "SET_UCONFIG_REG of register 0x%x is not implemented", first);
}

/* ---- a dispatch ---- */

static bool geometry(struct pm4 *s, struct sim_dispatch *d)
{
    uint32_t initiator = s->p[4];
    uint64_t items = 1;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t full = PM4_BITS(s->reg[PM4_NUM_THREAD_X + i], 15, 0);
        uint32_t rest = PM4_BITS(s->reg[PM4_NUM_THREAD_X + i], 31, 16);
        uint32_t size = s->p[1 + i];
        if (s->reg[PM4_RESTART_X + i] || (s->reg[PM4_START_X + i] && !(initiator & PM4_INITIATOR_START_AT_0)))
            return pm4_bad(s, "a dispatch that starts elsewhere than at group 0 is not implemented");
        if (!full || rest > full)
            return pm4_bad(s, "a dispatch with NUM_THREAD 0x%08x", s->reg[PM4_NUM_THREAD_X + i]);
        items *= full;
        d->group[i] = full;
        d->grid[i] = initiator & PM4_INITIATOR_THREADS || !size ? size : size * full;
        if (!(initiator & PM4_INITIATOR_THREADS) && size && initiator & PM4_INITIATOR_PARTIAL && rest)
            d->grid[i] -= full - rest;
    }
    return items <= GROUP_ITEMS_MAX || pm4_bad(s, "a dispatch of groups of %llu work-items, %u at most",
                                               (unsigned long long)items, GROUP_ITEMS_MAX);
}

static bool shader(struct pm4 *s, struct sim_dispatch *d)
{
    const struct generation *g = generation_of(s);
    d->code_va = (s->reg[PM4_PGM_LO] | (uint64_t)PM4_BITS(s->reg[PM4_PGM_HI], 7, 0) << 32) << 8;
    d->rsrc1 = s->reg[PM4_PGM_RSRC1];
    d->rsrc2 = s->reg[PM4_PGM_RSRC2];
    d->rsrc3 = s->reg[g->rsrc3];
    d->wave32 = s->p[4] & PM4_INITIATOR_WAVE32;
    d->lds_bytes = PM4_BITS(d->rsrc2, 23, 15) * g->lds_unit;
    d->n_user_sgprs = PM4_BITS(d->rsrc2, 5, 1);
    memcpy(d->user_sgpr, &s->reg[PM4_USER_DATA_0], PM4_USER_DATA * sizeof d->user_sgpr[0]);
    if (d->wave32 && !g->wave32)
        return pm4_bad(s, "a dispatch of waves of 32: %s has none", s->queue->gpu->model->target);
    if (d->lds_bytes > s->queue->gpu->model->lds_kib * 1024)
        return pm4_bad(s, "a dispatch with %u bytes of LDS: a compute unit has %u", d->lds_bytes,
                       s->queue->gpu->model->lds_kib * 1024);
    return d->n_user_sgprs <= PM4_USER_DATA ||
           pm4_bad(s, "a dispatch with %u user SGPRs: there are registers for %u", d->n_user_sgprs,
                   PM4_USER_DATA);
}

static bool scratch(struct pm4 *s, struct sim_dispatch *d)
{
    const struct generation *g = generation_of(s);
    const struct sim_model *model = s->queue->gpu->model;
    uint32_t size = s->reg[PM4_TMPRING_SIZE];
    if (!(d->rsrc2 & 1))
        return true;
    d->scratch_waves = PM4_BITS(size, 11, 0) * (g->scratch_per_engine ? sim_model_engines_per_xcc(model) : 1);
    d->private_bytes = (size >> 12 & ((1u << g->scratch_bits) - 1)) * g->scratch_unit / (d->wave32 ? 32 : 64);
    d->scratch_va = (s->reg[PM4_SCRATCH_BASE_LO] | (uint64_t)s->reg[PM4_SCRATCH_BASE_HI] << 32) << 8;
    return (d->scratch_waves && d->private_bytes) ||
           pm4_bad(s, "a dispatch with scratch, and none in TMPRING_SIZE 0x%08x", size);
}

/* As on an AQL queue: what no trap handler takes up hangs the queue, and only the report tells. */
static bool outcome_take(struct pm4 *s, const struct sim_dispatch *d, const struct sim_outcome *o)
{
    switch (o->end) {
    case SIM_END_OK:
        return true;
    case SIM_END_PREEMPTED:
        s->queue->cut = true;
        return false;
    case SIM_END_FAULT:
        pm4_bad(s, "memory fault at 0x%llx by the instruction at 0x%llx", (unsigned long long)o->va,
                (unsigned long long)o->pc);
        sim_engine_fault(s->queue, o->va, o->access, o->not_present);
        return false;
    case SIM_END_ILLEGAL:
        return pm4_bad(s, "illegal instruction, kernel at 0x%llx: %s", (unsigned long long)d->code_va,
                       o->text);
    case SIM_END_TRAP:
        break;
    }
    return pm4_bad(s, "trap at 0x%llx, and no trap handler: %s", (unsigned long long)o->pc, o->text);
}

bool pm4_dispatch(struct pm4 *s)
{
    struct sim_queue *q = s->queue;
    struct sim_outcome outcome = {0};
    struct sim_dispatch d = {.gpu = q->gpu,
                             .owner = &sim_engine_owner,
                             .queue = q,
                             .first_xcc = s->xcc,
                             .n_xccs = 1,
                             .seed = sim_gpu_card(q->gpu)->vram.seed + s->where * 0x9e3779b97f4a7c15u};
    if (!(s->p[4] & PM4_INITIATOR_ENABLE))
        return pm4_bad(s, "a dispatch whose initiator 0x%x does not enable the shader", s->p[4]);
    if (q->type == SIM_QUEUE_AQL && q->gpu->model->xccs > 1)
        return pm4_bad(s, "DISPATCH_DIRECT in a buffer that every XCC runs is not implemented");
    if (!geometry(s, &d) || !shader(s, &d) || !scratch(s, &d))
        return false;
    if (!d.grid[0] || !d.grid[1] || !d.grid[2])
        return true;
    sim_engine_calls.compute(&d, &outcome);
    return outcome_take(s, &d, &outcome);
}
