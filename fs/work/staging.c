/*
 * staging.c - bytes of a buffer that the CPU cannot reach, or reads too slowly, go through system memory: the
 * copy engine moves them between there and the buffer.
 *
 * Without a large BAR the CPU sees no VRAM that was not asked to be visible. With one it writes fast, but
 * each read waits for the bus: some tens of MB/s. So what is read from VRAM is staged where the driver has
 * measured that it pays, and everything is where the CPU sees nothing.
 */
#include "work/staging.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/stages.h"

enum { SMALL_READ = 1024 }; /* sooner read slowly than copied by a job */

static int copy(struct fs_buffer_op *op, uint64_t bytes, bool in)
{
    struct fs_entry *buffer = op->buffer;
    uint64_t there = gpu_buffer_va(buffer->memory) + op->offset,
             here = gpu_buffer_va(fs_stage_buffer(op->stage));
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
    int r = fs_stage_take(buffer->gpu, bytes, &op->stage);
    return r ? r : copy(op, bytes, false);
}

int fs_stage_write(struct fs_buffer_op *op)
{
    if (!op->bytes || gpu_buffer_cpu(op->buffer->memory))
        return 0;
    int r = fs_stage_take(op->buffer->gpu, op->bytes, &op->stage);
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
    gpu_buffer_cpu_wrote(fs_stage_buffer(op->stage));
    return copy(op, op->bytes, true);
}
