/*
 * scratch.c - private memory of compute queues. A queue starts with none; the command processor stops at the
 * first dispatch that needs more than there is and says so through the queue's inactive signal.
 *
 * The memory is for as many waves as can be resident at once, the same share for each XCC. With less waves
 * the GPU is slower, not wrong. Source: ROCr amd_aql_queue.cpp (InitScratchSRD, FillComputeTmpRingSize and
 * its gfx11, gfx12 kin), registers.h (COMPUTE_TMPRING_SIZE: waves [11:0], wave size from bit 12).
 */
#include "aql.h"

#include <errno.h>
#include <inttypes.h>

enum { TMPRING_WAVES_MAX = 0xfff, VRAM_SHARE = 8 /* no queue's scratch takes more than this part of VRAM */ };

static uint32_t round_down(uint32_t value, uint32_t step)
{
    return value / step * step;
}

/* Shader engines of all XCCs, libhsakmt's NumShaderBanks: waves are handed out to them evenly. */
static uint32_t count_engines(const struct gpu *gpu)
{
    const struct topology_node *node = &gpu->node;
    uint64_t arrays = node->simd_arrays_per_engine ? node->simd_arrays_per_engine : 1;
    return node->array_count > arrays ? (uint32_t)(node->array_count / arrays) : 1;
}

static uint32_t count_slots(const struct gpu *gpu, uint32_t engines)
{
    uint32_t cus = (gpu->info.cus + engines - 1) / engines * engines; /* harvested unevenly */
    return cus * (gpu->node.max_slots_scratch_cu ? (uint32_t)gpu->node.max_slots_scratch_cu : 32);
}

int scratch_plan(const struct gpu *gpu, uint32_t private_bytes, uint32_t lanes, uint32_t slots,
                 struct scratch_layout *out, uint32_t *slots_out)
{
    const struct target *target = gpu->target;
    uint32_t engines = count_engines(gpu), xccs = gpu->info.xccs;
    uint64_t wave_bytes = align_up((uint64_t)private_bytes * lanes, target->scratch_unit);
    uint64_t units = wave_bytes / target->scratch_unit;
    if (units > target->scratch_units)
        return gpu_err(-ERANGE, "%u bytes of scratch a work-item: a wave of gpu%u has at most %" PRIu64,
                       private_bytes, gpu->index, (uint64_t)target->scratch_units * target->scratch_unit);
    uint32_t most = count_slots(gpu, engines);
    slots = round_down(slots && slots < most ? slots : most, engines);
    uint32_t waves = target->scratch_per_engine ? slots / engines : slots / xccs;
    if (!waves)
        return gpu_err(-ENOMEM, "gpu%u has no memory for the scratch of one wave on each engine", gpu->index);
    out->total_bytes = wave_bytes * slots;
    out->xcc_bytes = out->total_bytes / xccs;
    out->lane64_bytes = (uint32_t)(wave_bytes / 64);
    out->tmpring_size = (waves < TMPRING_WAVES_MAX ? waves : TMPRING_WAVES_MAX) | (uint32_t)units << 12;
    *slots_out = slots;
    return 0;
}

static void tell_processor(const struct gpu *gpu, const struct bo *memory,
                           const struct scratch_layout *layout, struct aql_queue *queue)
{
    uint64_t va = bo_va(memory);
    queue->tmpring_size = layout->tmpring_size;
    queue->scratch_srd[0] = (uint32_t)va;
    queue->scratch_srd[1] = (uint32_t)(va >> 32) | gpu->target->srd_word1;
    queue->scratch_srd[2] = (uint32_t)layout->xcc_bytes;
    queue->scratch_srd[3] = gpu->target->srd_word3;
    queue->scratch_va = va;
    queue->scratch_bytes = layout->xcc_bytes;
    queue->scratch_wave64_lane_bytes = layout->lane64_bytes;
    queue->scratch_max_use_index = UINT64_MAX;
}

int scratch_provide(struct gpu *gpu, struct bo *memory, struct aql_queue *queue, uint32_t private_bytes,
                    uint32_t lanes)
{
    struct scratch_layout layout;
    uint32_t slots = 0;
    bo_free(memory); /* the processor has drained the waves that used it */
    for (;;) {
        int rc = scratch_plan(gpu, private_bytes, lanes, slots, &layout, &slots);
        if (rc)
            return rc;
        if (layout.xcc_bytes <= UINT32_MAX && layout.total_bytes <= gpu->info.vram_bytes / VRAM_SHARE) {
            rc = bo_create(gpu, BO_VRAM, layout.total_bytes, false, memory);
            if (!rc)
                break;
            if (rc != -ENOMEM)
                return rc;
        }
        slots /= 2;
        if (slots < count_engines(gpu))
            return gpu_err(-ENOMEM, "gpu%u has no memory for %u bytes of scratch a work-item", gpu->index,
                           private_bytes);
    }
    tell_processor(gpu, memory, &layout, queue);
    return 0;
}
