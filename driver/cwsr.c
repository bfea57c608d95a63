/*
 * cwsr.c - the area into which the hardware saves a compute queue's waves when it preempts them. The kernel
 * refuses a queue whose area is smaller than it computes itself; newer kernels publish the two sizes, for
 * older ones they are computed here as in Linux amdkfd/kfd_queue.c and libhsakmt/src/queues.c.
 */
#include "aql.h"

enum {
    SGPR_BYTES = 0x4000, /* per CU */
    REGISTER_BYTES = 0x1000,
    LDS_BYTES = 0x10000, /* at least; libhsakmt takes the node's */
    DEBUG_WAVE_BYTES = 32,
    HEADER_BYTES = sizeof(struct kfd_save_header),
};

static uint32_t count_waves(const struct topology_node *node, const struct target *target, uint32_t cus,
                            uint32_t xccs)
{
    uint32_t waves = cus * target->cwsr_waves_per_cu;
    if (!target->cwsr_waves_per_engine || !node->simd_arrays_per_engine)
        return waves;
    /* sysfs counts the arrays of all XCCs */
    uint64_t engines = node->array_count / xccs / node->simd_arrays_per_engine;
    uint64_t limit = engines * target->cwsr_waves_per_engine;
    return limit < waves ? (uint32_t)limit : waves;
}

void cwsr_sizes(const struct topology_node *node, const struct target *target, struct cwsr_sizes *out)
{
    uint32_t xccs = node->num_xcc ? (uint32_t)node->num_xcc : 1;
    uint32_t cus = node->simd_per_cu ? (uint32_t)(node->simd_count / node->simd_per_cu / xccs) : 0;
    uint32_t waves = count_waves(node, target, cus, xccs);
    uint32_t lds = target->lds_bytes > LDS_BYTES ? target->lds_bytes : LDS_BYTES;
    uint64_t per_cu = target->cwsr_vgpr_bytes + SGPR_BYTES + lds + REGISTER_BYTES;
    uint64_t groups = align_up(cus * per_cu, PAGE_BYTES);
    uint64_t stack = align_up(HEADER_BYTES + (uint64_t)waves * target->cwsr_stack_wave_bytes + 8, PAGE_BYTES);
    if (target->cwsr_stack_max && stack > target->cwsr_stack_max)
        stack = target->cwsr_stack_max;
    out->stack_bytes = (uint32_t)(node->ctl_stack_size ? node->ctl_stack_size : stack);
    out->ctx_bytes = (uint32_t)(node->cwsr_size ? node->cwsr_size : stack + groups);
    out->debug_bytes = (uint32_t)align_up((uint64_t)waves * DEBUG_WAVE_BYTES, 64);
    out->total_bytes = align_up(((uint64_t)out->ctx_bytes + out->debug_bytes) * xccs, PAGE_BYTES);
}

void cwsr_fill_headers(void *area, const struct cwsr_sizes *sizes, unsigned xccs, uint64_t error_va,
                       uint32_t error_event_id)
{
    for (unsigned i = 0; i < xccs; i++) {
        struct kfd_save_header *header = (void *)((uint8_t *)area + (uint64_t)i * sizes->ctx_bytes);
        *header = (struct kfd_save_header){
            .debug_offset = (xccs - i) * sizes->ctx_bytes,
            .debug_size = sizes->debug_bytes * xccs,
            .error_address = error_va,
            .error_event_id = error_event_id,
        };
    }
}
