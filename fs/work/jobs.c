/*
 * jobs.c - jobs of kfdfs itself, on the queue that it has of each GPU; waiting for a buffer.
 */
#include "work/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/pool.h"
#include "state/queue.h"
#include "work/submit.h"

static int add_sync(struct fs_batch *batch, struct fs_work *work)
{
    struct fs_sync *sync = calloc(1, sizeof *sync);
    if (!sync)
        return gpu_err(-ENOMEM, "no memory for a wait");
    *sync = (struct fs_sync){batch->syncs, work};
    batch->syncs = sync;
    fs_work_begin(work);
    return 0;
}

int fs_buffer_wait(struct fs_entry *buffer, struct fs_work *work)
{
    struct fs_world *world = work->world;
    int r = 0;
    for (unsigned i = 0; i < world->n_gpus; i++)
        for (struct fs_queue *queue = world->gpus[i].queues; queue; queue = queue->next)
            for (struct fs_batch *batch = queue->running; batch && !r; batch = batch->next)
                if (fs_batch_uses(batch, &buffer->object))
                    r = add_sync(batch, work);
    return r;
}

static int add_own(struct fs_batch *batch, const struct fs_own_command *own, size_t *at)
{
    size_t length = strlen(own->text);
    int r = fs_batch_add(batch, &own->command, batch->text + *at, length);
    *at += length + 1;
    for (int i = 0; !r && i < 2; i++)
        if (own->buffers[i])
            r = fs_batch_use_buffer(batch, own->buffers[i]);
    return r;
}

int fs_own_job(struct fs_gpu *gpu, const struct fs_own_command *commands, unsigned n,
               void (*finished)(struct fs_work *work), void *ctx)
{
    struct fs_work *work = fs_work_create(gpu->object.world);
    if (!work)
        return gpu_err(-ENOMEM, "no memory for a job");
    work->until_done = true;
    struct fs_text lines = {0};
    for (unsigned i = 0; i < n; i++)
        fs_text_printf(&lines, "%s\n", commands[i].text);
    struct fs_batch *batch =
        lines.failed ? NULL : fs_batch_create(gpu->own_queue, work, lines.data, lines.length);
    int r = batch ? 0 : -ENOMEM;
    size_t at = 0;
    for (unsigned i = 0; !r && i < n; i++)
        r = add_own(batch, &commands[i], &at);
    if (!r)
        r = fs_batch_submit(batch);
    if (!r) {
        work->finished = finished;
        work->ctx = ctx;
        fs_work_end(work, 0, NULL);
    } else {
        fs_work_unref(work);
    }
    fs_batch_unref(batch);
    fs_text_free(&lines);
    return r;
}
