/*
 * buffer_op.c - runs the steps of a change or use of a buffer, under a hold, from one wait to the next.
 *
 * Invariant: the size grows as the last step, so whatever fails before leaves the buffer as it was.
 */
#include "work/buffer_op.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/queue.h"
#include "work/stages.h"

/* ---- running steps ---- */

static void op_run(struct fs_buffer_op *op);

static void op_free(struct fs_buffer_op *op)
{
    free(op->data);
    free(op);
}

static void op_finish(struct fs_buffer_op *op, int error)
{
    struct fs_world *world = op->world;
    fs_lock(world);
    op->buffer->changing = false;
    if (op->fresh)
        fs_free_memory(world, op->fresh);
    if (op->stage)
        fs_stage_give(op->buffer->gpu, op->stage);
    fs_hold_drop(world, &op->hold);
    if (error)
        fs_refuse(&op->request, error);
    else
        fs_finish(&op->request, op->result);
    fs_unlock(world);
    op_free(op);
}

static void op_run(struct fs_buffer_op *op)
{
    int r = 0;
    while (!r && op->steps[op->step])
        r = op->steps[op->step++](op);
    if (r <= 0)
        op_finish(op, r);
}

static void op_granted(struct fs_hold *hold)
{
    op_run(FS_CONTAINER(hold, struct fs_buffer_op, hold));
}

/* The bytes that the kernel brought can only be had during its call: before a wait they are copied. */
static int op_detach(struct fs_buffer_op *op)
{
    if (!op->source)
        return 0;
    op->data = malloc(op->source->bytes ? op->source->bytes : 1);
    if (!op->data)
        return gpu_err(-ENOMEM, "no memory for %zu bytes", op->source->bytes);
    int r = op->source->copy(op->source, op->data);
    op->source = NULL;
    return r ? gpu_err(r, "the bytes could not be read") : 0;
}

static void op_keep(struct fs_buffer_op *op)
{
    if (op->request && !op->kept)
        fs_keep(&op->request);
    op->kept = true;
}

static void set_hold(struct fs_buffer_op *op)
{
    op->exclusive = op->exclusive || op->end > op->buffer->size;
    op->hold.buffer[0] = op->buffer;
    op->hold.exclusive[0] = op->exclusive;
    op->hold.buffer[1] = op->from != op->buffer ? op->from : NULL;
    op->hold.go = op_granted;
}

struct fs_buffer_op *fs_buffer_op_create(struct fs_request *request, struct fs_entry *buffer,
                                         const fs_buffer_step *steps)
{
    struct fs_buffer_op *op = calloc(1, sizeof *op);
    if (!op) {
        gpu_err(-ENOMEM, "no memory for a request");
        fs_answer_error(request, -ENOMEM);
        return NULL;
    }
    op->world = request->world;
    op->request = request;
    op->buffer = buffer;
    op->steps = steps;
    return op;
}

void fs_buffer_op_start(struct fs_buffer_op *op)
{
    struct fs_world *world = op->world;
    fs_lock(world);
    set_hold(op);
    bool granted = fs_hold_take(world, &op->hold, true);
    fs_unlock(world);
    if (granted) {
        op_run(op);
        return;
    }
    int r = op_detach(op);
    fs_lock(world);
    if (r) {
        fs_refuse(&op->request, r);
        fs_unlock(world);
        op_free(op);
        return;
    }
    op_keep(op);
    granted = fs_hold_take(world, &op->hold, false);
    fs_unlock(world);
    if (granted)
        op_run(op);
}

int fs_buffer_usable(struct fs_buffer_op *op)
{
    int r = fs_gpu_lost(op->buffer->gpu);
    if (!r && op->from)
        r = fs_gpu_lost(op->from->gpu);
    if (r || op->exclusive || op->end <= op->buffer->size)
        return r;
    /* It was cut while this waited for a shared hold: now it takes an exclusive one. */
    struct fs_world *world = op->world;
    op->step = 0;
    fs_lock(world);
    fs_hold_drop(world, &op->hold);
    set_hold(op);
    bool granted = fs_hold_take(world, &op->hold, false);
    fs_unlock(world);
    if (granted)
        op_run(op);
    return 1;
}

static void job_done(struct fs_work *work)
{
    struct fs_buffer_op *op = work->ctx;
    if (work->error) {
        gpu_err(work->error, "%s", work->text ? work->text : "a copy by the GPU failed");
        op_finish(op, work->error);
    } else {
        op_run(op);
    }
}

int fs_buffer_job(struct fs_buffer_op *op, struct fs_gpu *gpu, const struct fs_own_command *commands,
                  unsigned n)
{
    struct fs_world *world = op->world;
    int r = fs_queue_ensure(gpu->own_queue);
    if (!r)
        r = op_detach(op);
    if (r)
        return r;
    fs_lock(world);
    op_keep(op);
    r = fs_own_job(gpu, commands, n, job_done, op);
    fs_unlock(world);
    return r ? r : 1;
}

void fs_buffer_name(const struct fs_entry *buffer, uint64_t offset, char *text, size_t size)
{
    struct fs_text path = {0};
    fs_lock(buffer->object.world);
    fs_entry_path(&path, buffer);
    fs_unlock(buffer->object.world);
    int n = snprintf(text, size, "%s", path.data ? path.data : "?");
    fs_text_free(&path);
    if (offset && n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, "+0x%llx", (unsigned long long)offset);
}
