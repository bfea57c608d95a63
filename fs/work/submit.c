/*
 * submit.c - commands on their way through a queue: given to the driver, and what it answers.
 *
 * Invariant: a batch is in its queue's running list, and its buffers and code are counted as used, from its
 * submission until the driver has told the end of its last command. The driver's callbacks take the lock; the
 * one that it may make from inside of a submission (which holds it) is told apart by submitting_now.
 */
#include "work/submit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/events.h"
#include "state/loaded.h"
#include "state/waiters.h"
#include "text/clock.h"

static _Thread_local struct fs_batch *submitting_now;

/* ---- the driver's answers ---- */

/* A job of kfdfs itself has no path: who asked for it complains. */
static void complain_about(const struct fs_batch *batch, const struct fs_log_row *row, const char *text)
{
    struct fs_text message = {0};
    fs_text_printf(&message, "%s (command %llu: %.*s)", text, (unsigned long long)row->seq, (int)row->length,
                   row->text);
    fs_errors_add(&batch->work->world->errors, batch->work->pid, row->error, batch->work->path,
                  message.failed ? text : message.data);
    fs_text_free(&message);
}

static void note_failure(struct fs_batch *batch, const struct fs_log_row *row, const char *text)
{
    struct fs_queue *queue = batch->queue;
    if (!queue->failed_seq || queue->failed_last) {
        free(queue->failed_text);
        queue->failed_last = 0;
        queue->failed_seq = row->seq;
        queue->failed_error = row->error;
        queue->failed_text = strdup(text);
    }
    if (batch->error)
        return;
    batch->error = row->error;
    if (batch->work->path) {
        complain_about(batch, row, text);
        batch->work->told = true;
    }
    if (batch->work->until_done && !batch->work->error) {
        batch->work->error = row->error;
        batch->work->text = strdup(text);
    }
}

static void batch_end(struct fs_batch *batch)
{
    struct fs_queue *queue = batch->queue;
    *batch->link = batch->next;
    if (batch->next)
        batch->next->link = batch->link;
    fs_batch_release_objects(batch);
    if (batch->work->until_done || !batch->in_ring)
        fs_work_end(batch->work, batch->error, NULL);
    batch->in_ring = true;
    for (struct fs_sync *sync; (sync = batch->syncs);) {
        batch->syncs = sync->next;
        fs_work_end(sync->work, 0, NULL);
        free(sync);
    }
    fs_queue_end_waiters(queue);
    fs_batch_release_queue(batch);
    fs_batch_unref(batch);
}

static void trace(const struct fs_batch *batch, const struct fs_log_row *row)
{
    struct fs_queue *queue = batch->queue;
    const struct fs_trace_queue in = {.serial = queue->object.serial,
                                      .gpu = queue->gpu->index,
                                      .kind = queue->kind,
                                      .name = queue->object.name,
                                      .track = &queue->track};
    const struct fs_trace_command command = {.submit_ns = batch->submitted_ns,
                                             .start_ns = row->start_ns,
                                             .end_ns = row->end_ns,
                                             .bytes = row->bytes,
                                             .seq = row->seq,
                                             .error = row->error,
                                             .op = row->op,
                                             .sync = {row->peer, row->value, row->mask, row->compare},
                                             .kernel = row->kernel ? row->kernel->object.name : "",
                                             .text = row->text,
                                             .length = row->length};
    fs_trace_command(&queue->object.world->trace, &in, &command);
}

static void on_done(void *ctx, const struct gpu_result *result)
{
    struct fs_batch *batch = ctx;
    struct fs_world *world = batch->work->world;
    fs_lock(world);
    struct fs_log_row *row = &batch->rows[batch->n_done++];
    row->start_ns = result->start_ns;
    row->end_ns = result->end_ns;
    row->error = result->error;
    row->done = true;
    if (batch->queue->removed)
        batch->queue->gpu->completed += row->seq - batch->queue->completed;
    batch->queue->completed = row->seq;
    clock_gettime(CLOCK_REALTIME, &batch->queue->object.changed);
    if (row->error)
        note_failure(batch, row,
                     fs_events_reason(batch->queue->gpu, row->error, result->text ? result->text : ""));
    if (world->trace.enabled)
        trace(batch, row);
    if (batch->n_done == batch->n)
        batch_end(batch);
    else if (batch->queue->waiters)
        fs_queue_end_waiters(batch->queue);
    fs_unlock(world);
}

static void on_submitted(void *ctx)
{
    struct fs_batch *batch = ctx;
    if (submitting_now == batch) { /* on the way down from fs_batch_submit(), under the lock */
        batch->in_ring = true;
        return;
    }
    struct fs_world *world = batch->work->world;
    fs_lock(world);
    batch->in_ring = true;
    if (!batch->work->until_done)
        fs_work_end(batch->work, 0, NULL);
    fs_unlock(world);
}

/* ---- submission ---- */

static void log_rows(struct fs_queue *queue, struct fs_batch *batch, uint64_t first)
{
    for (unsigned i = 0; i < batch->n; i++) {
        batch->rows[i].seq = first + i;
        unsigned slot = (first + i) % FS_LOG_ROWS;
        fs_batch_unref(queue->log[slot].batch);
        queue->log[slot].batch = batch;
        queue->log[slot].index = i;
        batch->refs++;
    }
    queue->submitted = first + batch->n - 1;
    clock_gettime(CLOCK_REALTIME, &queue->object.changed);
}

int fs_batch_submit(struct fs_batch *batch)
{
    static const struct gpu_job job = {.submitted = on_submitted, .done = on_done};
    struct fs_queue *queue = batch->queue;
    if (queue->removed || !queue->queue)
        return gpu_err(-ECANCELED, "this queue was destroyed; open the new one");
    uint64_t first;
    batch->submitted_ns = fs_now_ns();
    submitting_now = batch;
    int r = gpu_queue_submit(queue->queue, batch->commands, batch->n, &job, batch, &first);
    submitting_now = NULL;
    if (r)
        return r;
    batch->refs++; /* the driver's, until the last command is done */
    log_rows(queue, batch, first);
    fs_kernels_remember(batch);
    batch->next = queue->running;
    batch->link = &queue->running;
    if (batch->next)
        batch->next->link = &batch->next;
    queue->running = batch;
    fs_work_begin(batch->work);
    if (batch->in_ring && !batch->work->until_done)
        fs_work_end(batch->work, 0, NULL);
    fs_batch_release_commands(batch);
    return 0;
}
