/*
 * trap.c - the second-level trap handler of each GPU: its code in memory, and the record that it leaves.
 *
 * Invariant: there is a record for each doorbell, 16 bytes, written by a wave before it interrupts; a queue's
 * is cleared before the queue exists. Without a handler (none for the target, an older kernel, no memory)
 * exceptions of kernels are not told, and the queue hangs. Layouts: hw/trap.s; Linux amdkfd SET_TRAP_HANDLER,
 * RUNTIME_ENABLE.
 */
#include "internal.h"

#include <string.h>

enum {
    CODE_BYTES = PAGE_BYTES, /* a whole page; its start is aligned to 256 as the TBA must be */
    RECORDS = DOORBELL_BYTES / 8,
    RUNTIME_MINOR = 13, /* RUNTIME_ENABLE, without which the kernel drops what the handler says */
    CODE_SHIFT = 10,    /* of the exceptions in a record's cause, above the doorbell's number */
};
#define REWOUND ((UINT64_C(1) << 3) | (UINT64_C(1) << 5)) /* illegal instruction, aperture violation */

struct trap_record {
    uint32_t pc_low, pc_high; /* bits 15:0; the trap's number above */
    uint32_t cause;           /* the interrupt's data: doorbell and exception */
    uint32_t status;
};
_Static_assert(sizeof(struct trap_record) == 16, "hw/trap.s");

void trap_open(struct gpu *gpu)
{
    const struct trap_code *code = gpu->target ? gpu->target->trap : NULL;
    if (!code || gpu->sys->kfd.version.minor < RUNTIME_MINOR ||
        bo_create(gpu, BO_GTT, CODE_BYTES + RECORDS * sizeof(struct trap_record), false, &gpu->trap))
        return;
    memcpy(gpu->trap.cpu, code->words, code->bytes);
    memset((uint8_t *)gpu->trap.cpu + CODE_BYTES, 0, RECORDS * sizeof(struct trap_record));
    if (kfd_set_trap_handler(&gpu->sys->kfd, gpu->info.gpu_id, bo_va(&gpu->trap),
                             bo_va(&gpu->trap) + CODE_BYTES))
        bo_free(&gpu->trap);
}

void trap_close(struct gpu *gpu)
{
    if (!gpu->trap.gpu)
        return;
    kfd_set_trap_handler(&gpu->sys->kfd, gpu->info.gpu_id, 0, 0);
    bo_free(&gpu->trap);
}

static volatile struct trap_record *record_of(const struct gpu_queue *queue)
{
    uint64_t doorbell = (queue->doorbell_offset & (DOORBELL_BYTES - 1)) / 8;
    return (struct trap_record *)((uint8_t *)queue->gpu->trap.cpu + CODE_BYTES) + doorbell;
}

void trap_forget(struct gpu_queue *queue)
{
    if (queue->gpu->trap.gpu)
        record_of(queue)->cause = 0;
}

bool trap_pc(const struct gpu_queue *queue, uint64_t *pc)
{
    if (!queue->gpu->trap.gpu || !record_of(queue)->cause)
        return false;
    volatile struct trap_record *record = record_of(queue);
    uint64_t exceptions = record->cause >> CODE_SHIFT;
    *pc = record->pc_low | (uint64_t)(record->pc_high & 0xffff) << 32;
    if (exceptions & REWOUND)
        *pc += queue->gpu->target->trap->rewound;
    return true;
}
