/*
 * buffer_copy.c - what the GPU does with buffers for the kernel: copy_file_range(2) and fallocate(2).
 */
#include "files/buffer_copy.h"

#include <errno.h>
#include <linux/falloc.h>
#include <stdio.h>

#include "tree/open_files.h"
#include "work/buffer_steps.h"

static struct fs_entry *entry_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_entry, object);
}

static struct fs_gpu *copying_gpu(const struct fs_buffer_op *op)
{
    struct fs_gpu *from = op->from->gpu, *to = op->buffer->gpu;
    if (gpu_reaches(from->gpu, to->gpu)) /* pushing is faster than pulling over PCIe */
        return from;
    return gpu_reaches(to->gpu, from->gpu) ? to : NULL;
}

/* How much there is to copy is only known under the hold. */
static int step_clip(struct fs_buffer_op *op)
{
    uint64_t left = op->from_offset < op->from->size ? op->from->size - op->from_offset : 0;
    if (op->bytes > left)
        op->bytes = left;
    op->result = (ssize_t)op->bytes;
    if (!op->bytes)
        op->keep_size = true;
    op->end = op->room = op->bytes ? op->offset + op->bytes : 0;
    return copying_gpu(op) ? 0
                           : gpu_err(-EOPNOTSUPP, "%s and %s have no link", op->from->gpu->object.name,
                                     op->buffer->gpu->object.name);
}

static int step_gap(struct fs_buffer_op *op)
{
    return op->bytes ? fs_buffer_zero_gap(op) : 0;
}

static int step_copy(struct fs_buffer_op *op)
{
    if (!op->bytes)
        return 0;
    struct fs_own_command copy = {
        .command = {.op = GPU_COPY,
                    .src = gpu_buffer_va(op->from->memory) + op->from_offset,
                    .dst = gpu_buffer_va(op->buffer->memory) + op->offset,
                    .bytes = op->bytes},
        .buffers = {op->from, op->buffer},
    };
    char from[180], to[180];
    fs_buffer_name(op->from, op->from_offset, from, sizeof from);
    fs_buffer_name(op->buffer, op->offset, to, sizeof to);
    snprintf(copy.text, sizeof copy.text, "copy %s %s %llu", from, to, (unsigned long long)op->bytes);
    return fs_buffer_job(op, copying_gpu(op), &copy, 1);
}

void fs_buffer_copy(struct fs_request *request, struct fs_file *in, uint64_t in_offset, struct fs_file *out,
                    uint64_t out_offset, uint64_t bytes)
{
    static const fs_buffer_step steps[] = {fs_buffer_usable, step_clip, fs_buffer_room, step_gap, step_copy,
                                           fs_buffer_end,    NULL};
    struct fs_buffer_op *op = fs_buffer_op_create(request, entry_of(out->object), steps);
    if (!op)
        return;
    op->from = entry_of(in->object);
    op->from_offset = in_offset;
    op->offset = out_offset;
    op->bytes = bytes;
    op->end = out_offset + bytes;
    fs_buffer_op_start(op);
}

void fs_buffer_allocate(struct fs_request *request, struct fs_file *file, int mode, uint64_t offset,
                        uint64_t bytes)
{
    static const fs_buffer_step grow[] = {fs_buffer_usable, fs_buffer_room, fs_buffer_zero_new, fs_buffer_end,
                                          NULL};
    static const fs_buffer_step punch[] = {fs_buffer_usable, fs_buffer_zero, fs_buffer_end, NULL};
    static const fs_buffer_step zero_range[] = {fs_buffer_usable, fs_buffer_room, fs_buffer_zero_new,
                                                fs_buffer_end,    fs_buffer_zero, NULL};
    int kind = mode & ~FALLOC_FL_KEEP_SIZE;
    const fs_buffer_step *steps = !kind                          ? grow
                                  : kind == FALLOC_FL_PUNCH_HOLE ? punch
                                  : kind == FALLOC_FL_ZERO_RANGE ? zero_range
                                                                 : NULL;
    if (!steps) {
        fs_answer(request, -EOPNOTSUPP);
        return;
    }
    struct fs_buffer_op *op = fs_buffer_op_create(request, entry_of(file->object), steps);
    if (!op)
        return;
    op->offset = offset;
    op->bytes = bytes;
    op->keep_size = mode & FALLOC_FL_KEEP_SIZE;
    if (steps != punch) {
        op->end = op->room = offset + bytes;
        op->exclusive = true;
    }
    fs_buffer_op_start(op);
}
