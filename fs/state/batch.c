/*
 * batch.c - batches of commands as objects: built, used by logs, let go.
 *
 * Invariant: what its commands touch is counted as used by a batch until the batch lets go of it.
 */
#include "state/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/pool.h"
#include "state/queue.h"
#include "state/work.h"

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
    if (r)
        return r;
    batch->objects[batch->n_objects++] = object;
    object->users++;
    return 0;
}

bool fs_batch_uses(const struct fs_batch *batch, const struct fs_object *object)
{
    for (unsigned i = 0; i < batch->n_objects; i++)
        if (batch->objects[i] == object)
            return true;
    return false;
}

int fs_batch_use_buffer(struct fs_batch *batch, struct fs_entry *buffer)
{
    if (fs_batch_uses(batch, &buffer->object))
        return 0;
    if (buffer->memory && gpu_buffer_stranded(buffer->memory))
        return gpu_err(-ENODEV, "%s: no GPU can use it: %s did not come back from a fault whole",
                       buffer->object.name, buffer->gpu->object.name);
    int r = use_object(batch, &buffer->object);
    if (!r)
        fs_entry_keep(buffer);
    return r;
}

int fs_batch_use_code(struct fs_batch *batch, struct fs_object *loaded)
{
    if (fs_batch_uses(batch, loaded))
        return 0;
    int r = use_object(batch, loaded);
    if (!r)
        fs_object_ref(loaded);
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

void fs_batch_release_objects(struct fs_batch *batch)
{
    for (unsigned i = 0; i < batch->n_objects; i++) {
        struct fs_object *object = batch->objects[i];
        object->users--;
        if (object->in_pool)
            fs_entry_unkeep(FS_CONTAINER(object, struct fs_entry, object));
        else
            fs_object_unref(object);
    }
    batch->n_objects = 0;
}

void fs_batch_release_commands(struct fs_batch *batch)
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

void fs_batch_release_queue(struct fs_batch *batch)
{
    if (batch->queue)
        fs_object_unref(&batch->queue->object);
    batch->queue = NULL;
}

void fs_batch_unref(struct fs_batch *batch)
{
    if (!batch || --batch->refs)
        return;
    fs_batch_release_objects(batch);
    fs_batch_release_commands(batch);
    fs_batch_release_queue(batch);
    fs_work_unref(batch->work);
    free(batch->objects);
    free(batch->rows);
    free(batch->text);
    free(batch->queue_name);
    free(batch);
}
