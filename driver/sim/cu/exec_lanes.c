/*
 * exec_lanes.c - vector instructions that are no loop over independent lanes: moves between lanes, to and
 * from scalar registers, of registers found at run time.
 *
 * Facts: "Instinct MI300" and "RDNA3" instruction set manuals, sections "VOP1 instructions" and "VOP3
 * instructions".
 */
#include "vector.h"

void isa_v_nop(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)w, (void)inst;
}

static void registers_swap(uint32_t *x, uint32_t *y, uint64_t exec)
{
    for (unsigned i = 0; i < VEC_LANES; i++) {
        if (!(exec >> i & 1))
            continue;
        uint32_t old = x[i];
        x[i] = y[i];
        y[i] = old;
    }
}

void isa_v_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    if (x && y)
        registers_swap(x, y, isa_exec(w));
}

void isa_v_swap_b16(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    unsigned xs = inst->dst.sel == 1 ? 16 : 0, ys = inst->src[0].sel == 1 ? 16 : 0;
    uint64_t exec = isa_exec(w);
    for (unsigned i = 0; x && y && i < w->lanes; i++) {
        if (!(exec >> i & 1))
            continue;
        uint32_t a = x[i] >> xs & 0xffff, b = y[i] >> ys & 0xffff;
        x[i] = (x[i] & ~(0xffffu << xs)) | b << xs;
        y[i] = (y[i] & ~(0xffffu << ys)) | a << ys;
    }
}

/* With no lane active, lane 0 (manual). */
void isa_v_readfirstlane_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES];
    uint64_t exec = isa_exec(w);
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    isa_write32(w, &inst->dst, from[exec ? (unsigned)__builtin_ctzll(exec) : 0]);
}

/* Relative moves: M0 is added to register numbers, the whole of it or a half for each (v_movrelsd_2,
 * swaprel). */
static struct isa_inst inst_relative(const struct isa_inst *inst, uint32_t src, uint32_t dst)
{
    struct isa_inst moved = *inst;
    uint64_t s = (uint64_t)inst->src[0].reg + src, d = (uint64_t)inst->dst.reg + dst;
    moved.src[0].reg = s > UINT16_MAX ? UINT16_MAX : (uint16_t)s;
    moved.dst.reg = d > UINT16_MAX ? UINT16_MAX : (uint16_t)d;
    return moved;
}

void isa_v_movreld_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, 0, w->sgpr[ISA_M0]);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrels_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0], 0);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrelsd_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0], w->sgpr[ISA_M0]);
    isa_v_mov_b32(w, &moved);
}

void isa_v_movrelsd_2_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0] & 0x3ff, w->sgpr[ISA_M0] >> 16 & 0x3ff);
    isa_v_mov_b32(w, &moved);
}

void isa_v_swaprel_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    struct isa_inst moved = inst_relative(inst, w->sgpr[ISA_M0] & 0x3ff, w->sgpr[ISA_M0] >> 16 & 0x3ff);
    isa_v_swap_b32(w, &moved);
}

/* Lane 0 and 32, 1 and 33, ... see each other's value; nothing on wave32. */
void isa_v_permlane64_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES], result[VEC_LANES];
    uint32_t *to = vec_register(w, &inst->dst, 0);
    if (w->lanes == 32 || !to)
        return;
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    for (unsigned i = 0; i < VEC_LANES; i++)
        result[i] = from[i ^ 32];
    for (unsigned i = 0; i < VEC_LANES; i++)
        to[i] = isa_exec(w) >> i & 1 ? result[i] : to[i];
}

/* Swaps the odd rows (of step lanes) of the destination with the even ones of the source. */
static void rows_swap(struct isa_wave *w, const struct isa_inst *inst, unsigned step)
{
    uint32_t *x = vec_register(w, &inst->dst, 0), *y = vec_register(w, &inst->src[0], 0);
    for (unsigned i = 0; x && y && i < w->lanes; i++) {
        if (i & step)
            continue;
        uint32_t old = y[i];
        y[i] = x[i + step];
        x[i + step] = old;
    }
}

void isa_v_permlane16_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    rows_swap(w, inst, 16);
}

void isa_v_permlane32_swap_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    rows_swap(w, inst, 32);
}

/* ---- across lanes ---- */

void isa_v_readlane_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffer[VEC_LANES];
    unsigned lane = isa_read32(w, &inst->src[1]) & (w->lanes - 1);
    isa_write32(w, &inst->dst, vec_source(w, &inst->src[0], 0, buffer)[lane]);
}

/* Whether or not the lane is active. */
void isa_v_writelane_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *to = vec_register(w, &inst->dst, 0);
    if (to)
        to[isa_read32(w, &inst->src[1]) & (w->lanes - 1)] = isa_read32(w, &inst->src[0]);
}

/* Each lane takes that lane of its row of 16, or (cross) of the row next to it. op_sel bit 0 fetches from
 * inactive lanes too, bit 1 makes them read 0, else the destination stays. */
static void lanes_permute(struct isa_wave *w, const struct isa_inst *inst, const uint8_t *sel, unsigned cross)
{
    uint32_t buffer[VEC_LANES], result[VEC_LANES];
    uint32_t *to = vec_register(w, &inst->dst, 0);
    const uint32_t *from = vec_source(w, &inst->src[0], 0, buffer);
    uint64_t exec = isa_exec(w), write = exec;
    for (unsigned i = 0; i < w->lanes; i++) {
        unsigned source = ((i & ~15u) | (sel[i] & 15)) ^ cross;
        bool valid = inst->opsel & 1 || exec >> source & 1;
        result[i] = valid ? from[source] : 0;
        if (!valid && !(inst->opsel & 2))
            write &= ~(UINT64_C(1) << i);
    }
    for (unsigned i = 0; to && i < w->lanes; i++)
        to[i] = write >> i & 1 ? result[i] : to[i];
}

static void lanes_permute_scalar(struct isa_wave *w, const struct isa_inst *inst, unsigned cross)
{
    uint64_t sel = isa_read32(w, &inst->src[1]) | (uint64_t)isa_read32(w, &inst->src[2]) << 32;
    uint8_t lanes[VEC_LANES];
    for (unsigned i = 0; i < VEC_LANES; i++)
        lanes[i] = sel >> 4 * (i & 15) & 15;
    lanes_permute(w, inst, lanes, cross);
}

static void lanes_permute_vector(struct isa_wave *w, const struct isa_inst *inst, unsigned cross)
{
    uint32_t buffer[VEC_LANES];
    const uint32_t *sel = vec_source(w, &inst->src[1], 0, buffer);
    uint8_t lanes[VEC_LANES];
    for (unsigned i = 0; i < VEC_LANES; i++)
        lanes[i] = sel[i] & 15;
    lanes_permute(w, inst, lanes, cross);
}

void isa_v_permlane16_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_permute_scalar(w, inst, 0);
}

void isa_v_permlanex16_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_permute_scalar(w, inst, 16);
}

void isa_v_permlane16_var_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_permute_vector(w, inst, 0);
}

void isa_v_permlanex16_var_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    lanes_permute_vector(w, inst, 16);
}

/* ---- what has more than 64 bits ---- */

static uint64_t pair_lane(const struct isa_wave *w, const struct isa_operand *op, unsigned lane)
{
    const uint32_t *low = vec_register((struct isa_wave *)w, op, 0),
                   *high = vec_register((struct isa_wave *)w, op, 1);
    if (op->kind != ISA_VGPR)
        return isa_read64(w, op);
    return (low ? low[lane] : 0) | (uint64_t)(high ? high[lane] : 0) << 32;
}

/* Bytes of b that are 0 are masked out. */
static uint32_t bytes_apart(uint32_t a, uint32_t b)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 32; i += 8) {
        uint32_t x = a >> i & 0xff, y = b >> i & 0xff;
        if (y)
            sum += x > y ? x - y : y - x;
    }
    return sum;
}

/* Four sums, of four bytes each, that start a byte later each time; clamp saturates as in v_msad_u8. */
void isa_v_mqsad_u32_u8(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t buffers[5][VEC_LANES], *to[4];
    const uint32_t *b = vec_source(w, &inst->src[1], 0, buffers[4]), *c[4];
    for (unsigned i = 0; i < 4; i++) {
        c[i] = vec_source(w, &inst->src[2], i, buffers[i]);
        to[i] = vec_register(w, &inst->dst, i);
    }
    for (unsigned lane = 0; lane < w->lanes; lane++) {
        uint64_t a = pair_lane(w, &inst->src[0], lane), sums[4];
        uint32_t reference = b[lane];
        if (!(isa_exec(w) >> lane & 1))
            continue;
        for (unsigned i = 0; i < 4; i++)
            sums[i] = (uint64_t)bytes_apart((uint32_t)(a >> 8 * i), reference) + c[i][lane];
        for (unsigned i = 0; i < 4; i++)
            if (to[i])
                to[i][lane] = inst->clamp && sums[i] > UINT32_MAX ? UINT32_MAX : (uint32_t)sums[i];
    }
}
