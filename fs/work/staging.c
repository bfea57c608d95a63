/*
 * staging.c - bytes of a buffer that the CPU cannot reach, or reads too slowly, go through system memory: the
 * copy engine moves them between there and the buffer.
 *
 * Without a large BAR the CPU sees no VRAM that was not asked to be visible. With one it writes fast, but
 * each read waits for the bus: some tens of MB/s. So what is read from VRAM is staged where the driver has
 * measured that it pays, and everything is where the CPU sees nothing.
 */
#include "work/buffer_op.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STAGE_BYTES = 1 << 20, /* the kernel's largest request */
    STAGES_KEPT = 4,       /* of each GPU, for the next who needs one */
    SMALL_READ = 1024,     /* sooner read slowly than copied by a job */
};

struct fs_stage {
    struct fs_stage *next;
    struct gpu_buffer *memory;
    uint64_t bytes;
};

void fs_stage_give(struct fs_gpu *gpu, struct fs_stage *stage)
{
    unsigned n = 0;
    for (const struct fs_stage *kept = gpu->stages; kept; kept = kept->next)
        n++;
    if (n < STAGES_KEPT && stage->bytes == STAGE_BYTES) {
        stage->next = gpu->stages;
        gpu->stages = stage;
        return;
    }
    fs_free_memory(gpu->object.world, stage->memory);
    free(stage);
}

void fs_stages_free(struct fs_gpu *gpu)
{
    while (gpu->stages) {
        struct fs_stage *stage = gpu->stages;
        gpu->stages = stage->next;
        fs_free_memory(gpu->object.world, stage->memory);
        free(stage);
    }
}

static struct fs_stage *stage_kept(struct fs_gpu *gpu, uint64_t bytes)
{
    fs_lock(gpu->object.world);
    struct fs_stage *stage = bytes <= STAGE_BYTES ? gpu->stages : NULL;
    if (stage)
        gpu->stages = stage->next;
    fs_unlock(gpu->object.world);
    return stage;
}

static int stage_take(struct fs_gpu *gpu, uint64_t bytes, struct fs_stage **out)
{
    struct fs_stage *stage = stage_kept(gpu, bytes);
    if (stage) {
        *out = stage;
        return 0;
    }
    stage = calloc(1, sizeof *stage);
    if (!stage)
        return gpu_err(-ENOMEM, "no memory to stage %llu bytes", (unsigned long long)bytes);
    stage->bytes = bytes > STAGE_BYTES ? bytes : STAGE_BYTES;
    int r = gpu_buffer_create(gpu->gpu, GPU_GTT, stage->bytes, &stage->memory);
    if (!r)
        r = gpu_buffer_reserve(stage->memory, stage->bytes);
    if (!r && !gpu_buffer_cpu(stage->memory))
        r = gpu_err(-ENOMEM, "system memory of %s cannot be mapped", gpu->object.name);
    if (r) {
        gpu_buffer_free(stage->memory);
        free(stage);
        return r;
    }
    *out = stage;
    return 0;
}

void *fs_stage_memory(const struct fs_stage *stage)
{
    return gpu_buffer_cpu(stage->memory);
}

static int copy(struct fs_buffer_op *op, uint64_t bytes, bool in)
{
    struct fs_entry *buffer = op->buffer;
    uint64_t there = gpu_buffer_va(buffer->memory) + op->offset, here = gpu_buffer_va(op->stage->memory);
    struct fs_own_command command = {
        .command = {.op = GPU_COPY, .src = in ? here : there, .dst = in ? there : here, .bytes = bytes},
        .buffers = {buffer}};
    char name[180], stage[180];
    fs_buffer_name(buffer, op->offset, name, sizeof name);
    snprintf(stage, sizeof stage, "@0x%llx", (unsigned long long)here);
    snprintf(command.text, sizeof command.text, "copy %s %s %llu", in ? stage : name, in ? name : stage,
             (unsigned long long)bytes);
    return fs_buffer_job(op, buffer->gpu, &command, 1);
}

int fs_stage_read(struct fs_buffer_op *op)
{
    const struct fs_entry *buffer = op->buffer;
    uint64_t left = op->offset < buffer->size ? buffer->size - op->offset : 0;
    uint64_t bytes = left < op->bytes ? left : op->bytes;
    if (!bytes ||
        (gpu_buffer_cpu(buffer->memory) && (bytes <= SMALL_READ || !gpu_buffer_reads_slowly(buffer->memory) ||
                                            fs_gpu_lost(buffer->gpu)))) /* slowly, but nobody else can */
        return 0;
    int r = stage_take(buffer->gpu, bytes, &op->stage);
    return r ? r : copy(op, bytes, false);
}

int fs_stage_write(struct fs_buffer_op *op)
{
    if (!op->bytes || gpu_buffer_cpu(op->buffer->memory))
        return 0;
    int r = stage_take(op->buffer->gpu, op->bytes, &op->stage);
    if (r)
        return r;
    void *to = fs_stage_memory(op->stage);
    if (op->source) {
        r = op->source->copy(op->source, to);
        op->source = NULL;
    } else {
        memcpy(to, op->data, op->bytes);
    }
    if (r)
        return gpu_err(r, "the bytes could not be read");
    gpu_buffer_cpu_wrote(op->stage->memory);
    return copy(op, op->bytes, true);
}
