/*
 * group.c - makes the waves of a work-group as the dispatcher of a GPU does.
 *
 * Invariant: what is not set here on purpose is seeded noise, the same in every run: registers, M0, LDS.
 *
 * Facts: LLVM AMDGPUUsage, "Initial Kernel Execution State" and the tables of compute_pgm_rsrc1 to 3;
 * granules of registers: LLVM AMDGPUBaseInfo.cpp (getVGPREncodingGranule, getLdsDwGranularity); layout of
 * MODE, STATUS and HW_ID: CDNA3 and RDNA3 ISA manuals, "Wave state". Scratch: a wave's part is a multiple of
 * 1 KiB up to gfx10, of 256 bytes from gfx11 on.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "group.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

enum {
    /* Rows of vector registers that exist whatever a kernel asked for: a number in an instruction can reach
     * 256 VGPRs, behind them 256 AGPRs, and 32 more as the tail of a tuple. */
    FILE_ROWS = 256 + 256 + 32,
    FILE_SHIFTS = 4096, /* bytes: more than any of file_shift() */
    STATUS_TRAP_ENABLED = 1 << 6,
    STATUS_IN_GROUP = 1 << 11,
    STATUS_VALID = 1 << 16,
};

static uint32_t field(uint32_t word, unsigned high, unsigned low)
{
    return word >> low & ((2u << (high - low)) - 1);
}

static uint32_t round_up(uint32_t value, uint32_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static bool unified_file(enum isa_generation generation)
{
    return generation < ISA_GFX10_3;
}

/* ---- shape ---- */

static void shape_registers(struct sim_shape *s, const struct sim_dispatch *d, enum isa_generation generation)
{
    unsigned granule = unified_file(generation) || d->wave32 ? 8 : 4;
    unsigned total = (field(d->rsrc1, 5, 0) + 1) * granule;
    s->n_vgprs = total > 256 && !unified_file(generation) ? 256 : total;
    if (unified_file(generation)) {
        unsigned first = (field(d->rsrc3, 5, 0) + 1) * 4; /* accum_offset */
        s->n_vgprs = total < first ? total : first;
        s->n_agprs = total - s->n_vgprs;
    }
}

/* What the registers, the places for waves and the LDS of the compute units allow. */
static uint64_t shape_resident(const struct sim_shape *s, const struct sim_dispatch *d)
{
    const struct sim_model *model = d->gpu->model;
    unsigned cus = sim_model_cus_per_xcc(model) * s->xccs;
    unsigned waves = model->vgprs_per_simd_lane * model->wave_size / ((s->n_vgprs + s->n_agprs) * s->lanes);
    if (waves > model->max_waves_per_simd)
        waves = model->max_waves_per_simd;
    unsigned groups = waves * model->simd_per_cu / s->max_waves;
    if (s->lds_bytes && groups > model->lds_kib * 1024 / s->lds_bytes)
        groups = model->lds_kib * 1024 / s->lds_bytes;
    return (uint64_t)cus * (groups ? groups : 1);
}

static uint32_t shape_mode(const struct sim_dispatch *d, enum isa_generation generation)
{
    uint32_t mode = field(d->rsrc1, 19, 12); /* rounding and denormals, in this order */
    mode |= field(d->rsrc2, 30, 24) << 12;   /* exceptions */
    mode |= field(d->rsrc1, 26, 26) << 23;   /* fp16_ovfl */
    if (generation < ISA_GFX12)
        mode |= field(d->rsrc1, 21, 21) << 8 | field(d->rsrc1, 23, 23) << 9; /* dx10_clamp, ieee */
    return mode;
}

static void shape_wave(struct sim_shape *s, const struct sim_dispatch *d)
{
    enum isa_generation generation = d->gpu->model->generation;
    s->wave = (struct isa_wave){
        .generation = generation,
        .lanes = s->lanes,
        .pc = d->code_va,
        .next_pc = d->code_va,
        .n_vgprs = s->n_vgprs,
        .n_agprs = s->n_agprs,
        .mode = shape_mode(d, generation),
        .status = STATUS_VALID | STATUS_TRAP_ENABLED | (s->max_waves > 1 ? STATUS_IN_GROUP : 0),
        .vm = &d->gpu->vm,
        .scratch_bytes = s->slot_bytes / s->lanes,
        .shared_base = 1ull << 48, /* as the topology tells the apertures */
        .private_base = 2ull << 48,
    };
}

int sim_shape_init(struct sim_shape *shape, const struct sim_dispatch *d, char *why, size_t size)
{
    const struct sim_model *model = d->gpu->model;
    uint64_t items = (uint64_t)d->group[0] * d->group[1] * d->group[2];
    struct sim_shape s = {.n_groups = 1, .lanes = d->wave32 ? 32 : 64};
    if (!d->group[0] || !d->group[1] || !d->group[2] || items > SIM_GROUP_ITEMS) {
        snprintf(why, size, "a work-group of %ux%ux%u work-items: 1 to %d are possible", d->group[0],
                 d->group[1], d->group[2], SIM_GROUP_ITEMS);
        return -EINVAL;
    }
    s.lds_bytes = round_up(d->lds_bytes, model->generation == ISA_GFX950 ? 1280 : 512);
    if (d->lds_bytes > model->lds_kib * 1024) {
        snprintf(why, size, "a work-group with %u bytes of LDS: a compute unit has %u", d->lds_bytes,
                 model->lds_kib * 1024);
        return -EINVAL;
    }
    for (unsigned i = 0; i < 3; i++) {
        s.groups[i] = ((uint64_t)d->grid[i] + d->group[i] - 1) / d->group[i];
        if (__builtin_mul_overflow(s.n_groups, s.groups[i], &s.n_groups))
            s.n_groups = UINT64_MAX;
    }
    s.max_waves = (unsigned)((items + s.lanes - 1) / s.lanes);
    s.slot_bytes = round_up(d->private_bytes * s.lanes, model->generation >= ISA_GFX11 ? 256 : 1024);
    if (s.slot_bytes > 0 && s.max_waves > d->scratch_waves) {
        snprintf(why, size, "a work-group of %u waves with scratch: the queue has room for %u", s.max_waves,
                 d->scratch_waves);
        return -EINVAL;
    }
    shape_registers(&s, d, model->generation);
    s.xccs = d->n_xccs ? d->n_xccs : model->xccs;
    s.resident = shape_resident(&s, d);
    shape_wave(&s, d);
    start_layout_of(&s.layout, d);
    *shape = s;
    return 0;
}

/* Where a work-group lies, and its work-items in each direction. */
static void group_place(const struct sim_shape *shape, const struct sim_dispatch *d, uint64_t index,
                        uint32_t id[3], uint32_t size[3])
{
    for (unsigned i = 0; i < 3; i++) {
        uint64_t rest =
            index < shape->groups[i] ? 0 : index / shape->groups[i]; /* divisions take their time */
        id[i] = (uint32_t)(index - rest * shape->groups[i]);
        index = rest;
        uint64_t left = d->grid[i] - (uint64_t)id[i] * d->group[i];
        size[i] = left < d->group[i] ? (uint32_t)left : d->group[i];
    }
}

unsigned sim_group_waves(const struct sim_shape *shape, const struct sim_dispatch *dispatch, uint64_t index)
{
    uint32_t id[3], size[3];
    group_place(shape, dispatch, index, id, size);
    return (size[0] * size[1] * size[2] + shape->lanes - 1) / shape->lanes;
}

/* ---- storage ---- */

/* Where in its memory a wave's file begins. The host's nearest cache has few places for lines that lie a
 * multiple of its size apart, as the first registers of a group's waves would. */
static size_t file_shift(unsigned number)
{
    return (number & 1) * 2048 + (number >> 1 & 1) * 128 + (number >> 2 & 3) * 512;
}

void sim_group_free(struct sim_group *group)
{
    if (!group)
        return;
    for (unsigned i = 0; i < group->allocated; i++)
        free((char *)group->storage[i].vgpr - file_shift(i));
    free(group->storage);
    free(group->isa.lds);
    free(group);
}

/* Untouched registers cost no memory: the host gives pages as they are written. */
static int group_reserve(struct sim_group *group, unsigned waves, uint32_t lds_bytes)
{
    if (!group->storage)
        group->storage = calloc(SIM_GROUP_WAVES, sizeof *group->storage);
    if (!group->storage)
        return -ENOMEM;
    for (; group->allocated < waves; group->allocated++) {
        struct isa_wave *wave = &group->storage[group->allocated];
        char *file = aligned_alloc(64, FILE_ROWS * sizeof *wave->vgpr + FILE_SHIFTS);
        if (!file)
            return -ENOMEM;
        wave->vgpr = (uint32_t(*)[64])(void *)(file + file_shift(group->allocated));
    }
    if (group->lds_capacity < lds_bytes) {
        free(group->isa.lds);
        group->lds_capacity = 0;
        group->isa.lds = aligned_alloc(64, lds_bytes);
        if (!group->isa.lds)
            return -ENOMEM;
        group->lds_capacity = lds_bytes;
    }
    return 0;
}

/* ---- initial state of a wave ---- */

/* Where the group is in the grid. Returns the register behind those that tell it. */
static unsigned group_ids(uint32_t *sgpr, const struct isa_group *group, const struct sim_dispatch *d)
{
    unsigned at = field(d->rsrc2, 5, 1);
    if (d->gpu->model->workgroup_ids_in_ttmp) {
        sgpr[ISA_TTMP0 + 7] = group->id[1] | group->id[2] << 16;
        sgpr[ISA_TTMP0 + 9] = group->id[0];
        return at;
    }
    for (unsigned i = 0; i < 3; i++)
        if (d->rsrc2 >> (7 + i) & 1)
            sgpr[at++] = group->id[i];
    return at;
}

static void wave_sgprs(struct isa_wave *w, const struct sim_shape *shape, const struct sim_dispatch *d)
{
    const struct sim_model *model = d->gpu->model;
    const struct isa_group *group = w->group;
    memcpy(w->sgpr, d->user_sgpr, (d->n_user_sgprs < 32 ? d->n_user_sgprs : 32) * sizeof w->sgpr[0]);
    unsigned at = group_ids(w->sgpr, group, d);
    if (model->workgroup_ids_in_ttmp)
        w->sgpr[ISA_TTMP0 + 8] = w->wave_in_group << 25;
    else if (d->rsrc2 >> 10 & 1) /* work-group info */
        w->sgpr[at++] = (w->wave_in_group == 0 ? 1u << 31 : 0) | group->n_waves;
    if (!model->architected_flat_scratch && (d->rsrc2 & 1))
        w->sgpr[at++] = w->slot * shape->slot_bytes; /* the wave's offset in scratch */
    if (model->architected_flat_scratch && model->generation < ISA_GFX10_3)
        isa_sgpr64_set(w, ISA_FLAT_SCRATCH, w->scratch_va);
}

/* From a lane to the end of the row: begin, and each lane a step more. */
static void row_fill(uint32_t row[64], unsigned lane, unsigned lanes, uint32_t begin, uint32_t step)
{
    if (lane == 0 && lanes == 32) /* mostly: the compiler makes vectors of it */
        for (unsigned i = 0; i < 32; i++)
            row[i] = begin + i * step;
    else if (lane == 0)
        for (unsigned i = 0; i < 64; i++)
            row[i] = begin + i * step;
    else
        for (unsigned i = lane; i < lanes; i++)
            row[i] = begin + (i - lane) * step;
}

/* Work-items are numbered x first, then y, then z; a wave has as many in a row as it has lanes. */
static void wave_vgprs(struct isa_wave *w, const struct sim_dispatch *d, const uint32_t size[3])
{
    unsigned dimensions = field(d->rsrc2, 12, 11);
    bool packed = d->gpu->model->packed_work_item_ids, has_y = dimensions >= 1, has_z = dimensions >= 2;
    uint32_t item = w->wave_in_group * w->lanes, x = item, y = 0, z = 0;
    if (item >= size[0]) { /* divisions take their time */
        x = item % size[0];
        y = item / size[0];
    }
    if (y >= size[1]) {
        z = y / size[1];
        y = y % size[1];
    }
    for (unsigned lane = 0; lane < w->lanes; lane += size[0] - x, x = 0) { /* a row of the group at a time */
        uint32_t others = packed ? (has_y ? y << 10 : 0) | (has_z ? z << 20 : 0) : 0;
        row_fill(w->vgpr[0], lane, w->lanes, x | others, 1);
        if (has_y && !packed)
            row_fill(w->vgpr[1], lane, w->lanes, y, 0);
        if (has_z && !packed)
            row_fill(w->vgpr[2], lane, w->lanes, z, 0);
        if (++y == size[1]) {
            y = 0;
            z++;
        }
    }
}

static uint64_t wave_seed(const struct sim_dispatch *d, uint64_t index, unsigned number)
{
    return d->seed + (index * SIM_GROUP_WAVES + number) * 2;
}

/* Of vector registers' noise, of scalar ones'. */
static uint64_t vector_key(uint64_t key)
{
    return (key << 32 | key >> 32) | 1;
}

/* Of vector registers it is only said what they hold (isa_noise_fill()): most are written first. */
static void wave_noise(struct isa_wave *w, const struct sim_shape *shape, uint64_t seed)
{
    uint64_t key = sim_noise_key(seed);
    sim_noise_rows((uint32_t(*)[64])w->sgpr, sizeof w->sgpr / 256, 64, key);
    memset(&w->sgpr[ISA_TTMP0], 0, 16 * sizeof w->sgpr[0]); /* a user's wave reads trap registers as 0 */
    w->sgpr[ISA_EXEC] = w->sgpr[ISA_EXEC + 1] = 0;
    w->noise = vector_key(key);
    w->noise_from = start_rows(&shape->layout);
}

void isa_noise_fill(struct isa_wave *w)
{
    unsigned rows = w->n_vgprs + w->n_agprs;
    if (w->noise && rows > w->noise_from)
        sim_noise_rows(w->vgpr + w->noise_from, rows - w->noise_from, w->lanes, w->noise);
    w->noise = 0;
}

/* All but registers. The TLB of the wave before stays: it is right, or told by the VM's generation that it is
 * not. */
static void wave_head(struct sim_group *group, struct isa_wave *w, const struct sim_shape *shape)
{
    uint32_t(*vgpr)[64] = w->vgpr;
    memcpy(w, &shape->wave, offsetof(struct isa_wave, sgpr));
    w->vgpr = vgpr;
    if (unified_file(w->generation))
        w->agpr = vgpr + shape->n_vgprs;
    w->group = &group->isa;
    if (group->isa.n_waves == 1)
        w->status &= ~(uint32_t)STATUS_IN_GROUP;
}

static void wave_start(struct sim_group *group, struct isa_wave *w, const struct sim_shape *shape,
                       struct sim_dispatch *d, unsigned number)
{
    const uint32_t *size = group->size;
    uint32_t items = size[0] * size[1] * size[2] - number * shape->lanes;
    wave_head(group, w, shape);
    w->wave_in_group = number;
    if (shape->slot_bytes) {
        w->slot = group->slots[number];
        w->scratch_va = d->scratch_va + (uint64_t)w->slot * shape->slot_bytes;
    }
    wave_noise(w, shape, wave_seed(d, group->isa.index, number));
    wave_sgprs(w, shape, d);
    wave_vgprs(w, d, size);
    uint64_t exec = items >= 64 ? ~0ull : (1ull << items) - 1;
    isa_sgpr64_set(w, ISA_EXEC, shape->lanes == 32 ? exec & 0xffffffff : exec);
}

void sim_group_end_waves(struct sim_group *group, unsigned end)
{
    static struct isa_wave ended = {.state = ISA_ENDED};
    for (; group->begun < end; group->begun++)
        if (group->made > 0)
            group->waves[group->begun] = &ended;
}

void sim_group_make_wave(struct sim_group *group, const struct sim_shape *shape, struct sim_dispatch *d,
                         unsigned number)
{
    static struct isa_wave coming = {.state = ISA_RUNNING};
    struct isa_wave *w = &group->storage[group->made];
    if (group->made++ == 0) {
        for (unsigned i = 0; i < group->isa.n_waves; i++)
            group->waves[i] = &coming;
        memset(group->spins, 0, group->isa.n_waves * sizeof group->spins[0]);
        group->begun = 0;
    }
    sim_group_end_waves(group, number);
    group->waves[group->begun++] = w;
    wave_start(group, w, shape, d, number);
}

void sim_group_begin_wave(struct sim_group *group, const struct sim_shape *shape, struct sim_dispatch *d)
{
    sim_group_make_wave(group, shape, d, group->begun);
}

int sim_group_start(struct sim_group *group, const struct sim_shape *shape, struct sim_dispatch *dispatch,
                    uint64_t index)
{
    uint32_t *size = group->size;
    struct isa_group *isa = &group->isa;
    group_place(shape, dispatch, index, isa->id, size);
    /* Before anything can fail: they tell which scratch slots it holds. */
    isa->xcc = dispatch->first_xcc + (shape->xccs > 1 ? (unsigned)(index % shape->xccs) : 0);
    isa->n_waves = (size[0] * size[1] * size[2] + shape->lanes - 1) / shape->lanes;
    group->begun = group->made = 0;
    int error = group_reserve(group, shape->max_waves, shape->lds_bytes);
    if (error)
        return error;
    isa->dispatch = dispatch;
    isa->index = index;
    isa->lds_bytes = shape->lds_bytes;
    isa->waves = group->waves;
    memset(isa->barrier_signals, 0, sizeof isa->barrier_signals);
    group->instructions = 0;
    if (shape->lds_bytes)
        sim_noise_rows((uint32_t(*)[64])(void *)isa->lds, isa->lds_bytes / 256, 64,
                       sim_noise_key(dispatch->seed ^ ~index));
    return 0;
}

/* ---- waves that begin in compiled code ---- */

/* As wave_sgprs() and wave_vgprs() set them. */
void start_layout_of(struct start_layout *layout, const struct sim_dispatch *d)
{
    const struct sim_model *model = d->gpu->model;
    unsigned at = field(d->rsrc2, 5, 1), n = d->n_user_sgprs < 32 ? d->n_user_sgprs : 32;
    *layout = (struct start_layout){.info_at = START_NONE,
                                    .wave_at = START_NONE,
                                    .dimensions = (uint8_t)field(d->rsrc2, 12, 11),
                                    .packed = model->packed_work_item_ids};
    layout->known[0] = (1ull << n) - 1;
    layout->known[1] = 0xffffull << (ISA_TTMP0 - 64);
    if (model->architected_flat_scratch && model->generation < ISA_GFX10_3)
        layout->known[1] |= 3ull << (ISA_FLAT_SCRATCH - 64);
    if (model->workgroup_ids_in_ttmp) {
        layout->wave_at = ISA_TTMP0 + 8;
        return;
    }
    unsigned ids = (unsigned)__builtin_popcount(field(d->rsrc2, 9, 7));
    layout->known[0] |= ((1ull << ids) - 1) << at;
    if (d->rsrc2 >> 10 & 1) {
        layout->info_at = (uint8_t)(at + ids);
        layout->known[0] &= ~(1ull << layout->info_at);
    }
}

void start_prepare(struct isa_start *start, const struct sim_shape *shape, struct sim_dispatch *d)
{
    start->shape = shape;
    start->dispatch = d;
    start->next = start->last = 0;
    memset(start->sgpr, 0, sizeof start->sgpr);
    memcpy(start->sgpr, d->user_sgpr, (d->n_user_sgprs < 32 ? d->n_user_sgprs : 32) * sizeof start->sgpr[0]);
}

/* Are the work-items of a wave side by side in the group, and there as many as it has lanes? */
static bool group_regular(const struct sim_group *group, const struct sim_shape *shape)
{
    return group->size[0] % shape->lanes == 0 || (group->size[1] == 1 && group->size[2] == 1);
}

bool start_group_take(struct isa_start *start, struct sim_group *group)
{
    uint32_t lanes = start->shape->lanes, item = group->begun * lanes;
    if (!group_regular(group, start->shape) || start->shape->slot_bytes)
        return false;
    start->number = group->begun;
    start->end = group->size[0] * group->size[1] * group->size[2] / lanes;
    start->group = group;
    start->made = false;
    start->n_waves = group->isa.n_waves;
    memset(start->place, 0, sizeof start->place);
    if (item > 0) { /* divisions take their time */
        start->place[0] = item % group->size[0];
        start->place[1] = item / group->size[0] % group->size[1];
        start->place[2] = item / group->size[0] / group->size[1];
    }
    memcpy(start->size, group->size, sizeof start->size);
    group_ids(start->sgpr, &group->isa, start->dispatch);
    return start->number < start->end;
}

struct isa_wave *start_take(struct isa_start *start, struct sim_group *group)
{
    if (!start_group_take(start, group))
        return NULL;
    struct isa_wave *w = &group->storage[group->made];
    wave_head(group, w, start->shape);
    return w;
}

void start_make(struct isa_start *start)
{
    if (start->made)
        return;
    struct sim_group *group = start->group;
    struct isa_wave *w = &group->storage[group->made];
    struct op_state *state = w->ops;
    start->made = true;
    sim_group_make_wave(group, start->shape, start->dispatch, start->number);
    w->ops = state;
}

static uint64_t start_key(const struct isa_start *start, uint32_t number)
{
    return sim_noise_key(wave_seed(start->dispatch, start->group->isa.index, number));
}

uint32_t start_noise(const struct isa_start *start, uint32_t number, uint32_t sgpr)
{
    return sim_noise_at(start_key(start, number), sgpr);
}

const uint64_t *start_noise_row(const struct isa_start *start, uint32_t number, uint32_t row)
{
    uint64_t change;
    return sim_noise_row(vector_key(start_key(start, number)), row - start_rows(&start->shape->layout),
                         &change);
}

uint64_t start_noise_change(const struct isa_start *start, uint32_t number, uint32_t row)
{
    uint64_t change;
    sim_noise_row(vector_key(start_key(start, number)), row - start_rows(&start->shape->layout), &change);
    return change;
}

/* ---- where a wave is ---- */

/* A plausible place: groups go round the compute units of their XCC, waves round the SIMDs. */
uint32_t isa_hw_id(const struct isa_wave *w)
{
    uint32_t simd = w->wave_in_group % 4, slot = w->wave_in_group / 4;
    if (!w->group || !w->group->dispatch)
        return 0;
    const struct sim_model *m = w->group->dispatch->gpu->model;
    uint32_t cu = (uint32_t)(w->group->index / m->xccs % sim_model_cus_per_xcc(m));
    uint32_t engine = cu % sim_model_engines_per_xcc(m) & 7, unit = cu / sim_model_engines_per_xcc(m) % 16;
    if (m->generation < ISA_GFX10_3)
        return slot | simd << 4 | unit << 8 | engine << 13; /* HW_ID */
    return slot | simd << 8 | unit << 10 | engine << 18;    /* HW_ID1 */
}
