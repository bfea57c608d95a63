/*
 * pm4_command.c - the commands of a compute queue that are packets and no kernel: write, timestamp, signal,
 * atomic and waits. An AQL queue sends them as an indirect buffer, a PM4 queue among its own.
 *
 * Where every XCC runs the buffer, one does the work: PRED_EXEC confines it to the first. The packet around
 * the buffer is over when all are, so a wait of one holds up the queue.
 */
#include "pm4.h"

#include <string.h>

static bool is_packet(const struct gpu_command *c)
{
    return c->op == GPU_WRITE || c->op == GPU_TIMESTAMP || c->op == GPU_SIGNAL || c->op == GPU_WAIT_MEM ||
           c->op == GPU_WAIT_QUEUE || c->op == GPU_ATOMIC || c->op == GPU_RAW;
}

unsigned pm4_command_dwords(const struct gpu_command *c)
{
    uint64_t packets = c->op == GPU_WRITE ? (c->bytes / 4 + PM4_WRITE_DATA_MAX - 1) / PM4_WRITE_DATA_MAX : 1;
    return is_packet(c) ? (unsigned)(packets * (PM4_PREDICATE_DWORDS + PM4_WAIT64_DWORDS) +
                                     (c->op == GPU_WRITE || c->op == GPU_RAW ? c->bytes / 4 : 0))
                        : 0;
}

static uint32_t *put_write(uint32_t *p, const struct gpu_command *c, bool several)
{
    for (uint64_t done = 0; done < c->bytes;) {
        uint64_t left = (c->bytes - done) / 4;
        unsigned n = left < PM4_WRITE_DATA_MAX ? (unsigned)left : PM4_WRITE_DATA_MAX;
        if (several)
            p = pm4_predicate(p, 1, PM4_WRITE_DWORDS + n);
        p = pm4_write(p, c->dst + done, (const uint8_t *)c->data + done, n);
        done += n * 4;
    }
    return p;
}

/* One packet. */
static uint32_t *put_packet(uint32_t *p, const struct gpu *gpu, const struct command *command)
{
    const struct gpu_command *c = &command->c;
    if (c->op == GPU_WAIT_MEM)
        return pm4_wait(p, c->dst, c->compare, (uint32_t)c->value, (uint32_t)c->mask);
    if (c->op == GPU_WAIT_QUEUE) /* it counts down: not more than value left */
        return pm4_wait64(p, timeline_va(command->timeline), GPU_LE, timeline_value(c->value));
    if (c->op == GPU_ATOMIC)
        return pm4_atomic(p, c->dst, c->atomic, c->value);
    struct pm4_release release = {.data = c->op == GPU_TIMESTAMP ? PM4_DATA_CLOCK : PM4_DATA_32,
                                  .dst = c->dst,
                                  .value = (uint32_t)c->value,
                                  .flush = c->op == GPU_SIGNAL};
    return pm4_release(p, gpu->target, &release);
}

uint32_t *pm4_put_command(uint32_t *p, const struct gpu *gpu, const struct command *command, bool several)
{
    const struct gpu_command *c = &command->c;
    if (c->op == GPU_RAW) /* as every XCC's: who writes packets writes the predicate, too */
        return (uint32_t *)memcpy(p, c->data, c->bytes) + c->bytes / 4;
    if (!is_packet(c) || c->op == GPU_WRITE)
        return c->op == GPU_WRITE ? put_write(p, c, several) : p;
    uint32_t *body = several ? p + PM4_PREDICATE_DWORDS : p, *end = put_packet(body, gpu, command);
    if (several)
        pm4_predicate(p, 1, (unsigned)(end - body));
    return end;
}
