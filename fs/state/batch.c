/*
 * batch.c - commands on their way through a queue, and who waits for them.
 *
 * Invariant: a batch is in its queue's running list, and its buffers and code are counted as used, from its
 * submission until the driver has told the end of its last command. The driver's callbacks take the lock; the
 * one that it may make from inside of a submission (which holds it) is told apart by submitting_now.
 */
#include "state/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/events.h"
#include "state/loaded.h"

static _Thread_local struct fs_batch *submitting_now;

/* ---- work: what somebody waits for ---- */

struct fs_work *fs_work_create(struct fs_world *world)
{
    struct fs_work *work = calloc(1, sizeof *work);
    if (work) {
        work->world = world;
        work->refs = work->pending = 1;
    }
    return work;
}

void fs_work_ref(struct fs_work *work)
{
    work->refs++;
}

void fs_work_unref(struct fs_work *work)
{
    if (!work || --work->refs)
        return;
    free(work->text);
    free(work->path);
    free(work->line);
    free(work);
}

void fs_work_complain(const struct fs_work *work, pid_t pid, int error, const char *sentence)
{
    struct fs_text message = {0};
    fs_text_printf(&message, "%s", sentence);
    if (work->line)
        fs_text_printf(&message, " (line: %s)", work->line);
    fs_errors_add(&work->world->errors, pid, error, work->path ? work->path : "-",
                  message.failed ? sentence : message.data);
    fs_text_free(&message);
}

void fs_work_begin(struct fs_work *work)
{
    work->pending++;
    work->refs++;
}

static void tell_finished(struct fs_later *later)
{
    struct fs_work *work = FS_CONTAINER(later, struct fs_work, later);
    struct fs_world *world = work->world;
    work->finished(work);
    fs_lock(world);
    fs_work_unref(work);
    fs_unlock(world);
}

void fs_work_end(struct fs_work *work, int error, const char *text)
{
    if (error && !work->error) {
        work->error = error;
        work->text = text ? strdup(text) : NULL;
    }
    if (!--work->pending) {
        fs_finish(&work->request, work->error ? work->error : work->result);
        if (work->finished) { /* hands its reference on */
            fs_put_off(work->world, &work->later, tell_finished);
            return;
        }
    }
    fs_work_unref(work);
}

/* ---- building ---- */

struct fs_batch *fs_batch_create(struct fs_queue *queue, struct fs_work *work, const char *text,
                                 size_t length)
{
    struct fs_batch *batch = calloc(1, sizeof *batch);
    char *copy = malloc(length + 1);
    char *name = strdup(queue->object.name);
    if (!batch || !copy || !name) {
        free(batch);
        free(copy);
        free(name);
        gpu_err(-ENOMEM, "no memory for a batch of commands");
        return NULL;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    *batch = (struct fs_batch){.queue = queue, .work = work, .refs = 1, .text = copy, .queue_name = name};
    fs_object_ref(&queue->object);
    fs_work_ref(work);
    return batch;
}

/* Room for one more in an array that doubles. */
static int more(void *array, unsigned n, unsigned *capacity, size_t size)
{
    void **at = array;
    if (n < *capacity)
        return 0;
    unsigned wanted = *capacity * 2 + 8;
    void *longer = realloc(*at, wanted * size);
    if (!longer)
        return gpu_err(-ENOMEM, "no memory for %u commands", wanted);
    *at = longer;
    *capacity = wanted;
    return 0;
}

/* A queue that has not been made yet, or is to be waited for, is made once all lines are known to be good. */
static int check_command(const struct fs_queue *queue, const struct gpu_command *command)
{
    if (command->op == GPU_WAIT_QUEUE && !command->queue)
        return 0;
    return queue->queue ? gpu_queue_check(queue->queue, command)
                        : gpu_command_check(queue->gpu->gpu, &queue->settings, command);
}

int fs_batch_add(struct fs_batch *batch, const struct gpu_command *command, const char *line, size_t length)
{
    unsigned capacity = batch->capacity;
    int r = check_command(batch->queue, command);
    if (!r)
        r = more(&batch->commands, batch->n, &capacity, sizeof *batch->commands);
    if (!r)
        r = more(&batch->rows, batch->n, &batch->capacity, sizeof *batch->rows);
    if (r)
        return r;
    batch->commands[batch->n] = *command;
    batch->rows[batch->n++] = (struct fs_log_row){.bytes = command->bytes,
                                                  .op = (uint8_t)command->op,
                                                  .compare = (uint8_t)command->compare,
                                                  .peer = command->dst,
                                                  .value = command->value,
                                                  .mask = command->mask,
                                                  .text = line,
                                                  .length = (unsigned)length};
    return 0;
}

static int use_object(struct fs_batch *batch, struct fs_object *object)
{
    int r = more(&batch->objects, batch->n_objects, &batch->objects_capacity, sizeof(struct fs_object *));
    if (!r)
        batch->objects[batch->n_objects++] = object;
    return r;
}

static bool used_already(const struct fs_batch *batch, const struct fs_object *object)
{
    for (unsigned i = 0; i < batch->n_objects; i++)
        if (batch->objects[i] == object)
            return true;
    return false;
}

int fs_batch_use_buffer(struct fs_batch *batch, struct fs_entry *buffer)
{
    if (used_already(batch, &buffer->object))
        return 0;
    if (buffer->memory && gpu_buffer_stranded(buffer->memory))
        return gpu_err(-ENODEV, "%s: no GPU can use it: %s did not come back from a fault whole",
                       buffer->object.name, buffer->gpu->object.name);
    int r = use_object(batch, &buffer->object);
    if (!r) {
        fs_entry_keep(buffer);
        buffer->users++;
    }
    return r;
}

int fs_batch_use_code(struct fs_batch *batch, struct fs_object *loaded)
{
    if (used_already(batch, loaded))
        return 0;
    int r = use_object(batch, loaded);
    if (!r) {
        fs_object_ref(loaded);
        FS_CONTAINER(loaded, struct fs_loaded, object)->users++;
    }
    return r;
}

void *fs_batch_data(struct fs_batch *batch, size_t bytes)
{
    if (more(&batch->data, batch->n_data, &batch->data_capacity, sizeof(void *)))
        return NULL;
    void *data = calloc(1, bytes ? bytes : 1);
    if (!data) {
        gpu_err(-ENOMEM, "no memory for %zu bytes of arguments", bytes);
        return NULL;
    }
    return batch->data[batch->n_data++] = data;
}

/* ---- letting go ---- */

static void release_objects(struct fs_batch *batch)
{
    for (unsigned i = 0; i < batch->n_objects; i++) {
        struct fs_object *object = batch->objects[i];
        if (object->in_pool) {
            struct fs_entry *buffer = FS_CONTAINER(object, struct fs_entry, object);
            buffer->users--;
            fs_entry_unkeep(buffer);
        } else {
            FS_CONTAINER(object, struct fs_loaded, object)->users--;
            fs_object_unref(object);
        }
    }
    batch->n_objects = 0;
}

static void release_commands(struct fs_batch *batch)
{
    for (unsigned i = 0; i < batch->n_data; i++)
        free(batch->data[i]);
    for (struct fs_last *last; (last = batch->lasts);) {
        batch->lasts = last->next;
        free(last->args);
        free(last);
    }
    free(batch->data);
    free(batch->commands);
    batch->data = NULL;
    batch->commands = NULL;
    batch->n_data = 0;
}

static void release_queue(struct fs_batch *batch)
{
    if (batch->queue)
        fs_object_unref(&batch->queue->object);
    batch->queue = NULL;
}

void fs_batch_unref(struct fs_batch *batch)
{
    if (!batch || --batch->refs)
        return;
    release_objects(batch);
    release_commands(batch);
    release_queue(batch);
    fs_work_unref(batch->work);
    free(batch->objects);
    free(batch->rows);
    free(batch->text);
    free(batch->queue_name);
    free(batch);
}

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
    release_objects(batch);
    if (batch->work->until_done || !batch->in_ring)
        fs_work_end(batch->work, batch->error, NULL);
    batch->in_ring = true;
    for (struct fs_sync *sync; (sync = batch->syncs);) {
        batch->syncs = sync->next;
        fs_work_end(sync->work, 0, NULL);
        free(sync);
    }
    fs_queue_end_waiters(queue);
    release_queue(batch);
    fs_batch_unref(batch);
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
    fs_trace_command(&world->trace, batch, row);
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
    fs_dispatches_submitted(batch);
    batch->next = queue->running;
    batch->link = &queue->running;
    if (batch->next)
        batch->next->link = &batch->next;
    queue->running = batch;
    fs_work_begin(batch->work);
    if (batch->in_ring && !batch->work->until_done)
        fs_work_end(batch->work, 0, NULL);
    release_commands(batch);
    return 0;
}

/* ---- waiting for a buffer, and kfdfs's own jobs ---- */

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
                if (used_already(batch, &buffer->object))
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
