/*
 * queue_files.c - what a queue's files read: its timeline, log, state and ring.
 */
#include "files/queue_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/batch.h"
#include "state/queue.h"
#include "text/clock.h"
#include "tree/open_files.h"

static struct fs_queue *queue_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_queue, object);
}

void fs_queue_submitted(struct fs_object *queue, struct fs_text *text)
{
    fs_text_printf(text, "%llu\n", (unsigned long long)queue_of(queue)->submitted);
}

void fs_queue_completed(struct fs_object *queue, struct fs_text *text)
{
    fs_text_printf(text, "%llu\n", (unsigned long long)queue_of(queue)->completed);
}

/* Read again from its start it tells anew, so that who polls need not open it again. */
static void completed_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    fs_lock(file->world);
    if (!offset && file->was_read) {
        file->text.length = 0;
        fs_queue_completed(file->object, &file->text);
    }
    file->was_read = true;
    /* who reads the whole from its start need not ask for more; who reads by bytes wants to be told of the
     * end */
    file->at_end = offset + bytes > file->text.length || (!offset && bytes == file->text.length);
    if (file->text.data)
        file->seen = strtoull(file->text.data, NULL, 10);
    fs_unlock(file->world);
    fs_text_class.read(request, file, offset, bytes);
}

static bool completed_ready(struct fs_file *file)
{
    const struct fs_queue *queue = queue_of(file->object);
    return !file->at_end || queue->completed != file->seen || queue->removed;
}

const struct fs_class fs_completed_class = {.read = completed_read, .ready = completed_ready};

static const char *status_name(const struct fs_queue *queue, const struct fs_log_row *row)
{
    if (row->done)
        return fs_errno_name(row->error);
    return row->seq == queue->completed + 1 ? "running" : "queued";
}

static void add_number(struct fs_text *text, uint64_t number)
{
    if (number)
        fs_text_printf(text, "%llu ", (unsigned long long)number);
    else
        fs_text_add(text, "- ", 2);
}

void fs_queue_log(struct fs_object *object, struct fs_text *text)
{
    const struct fs_queue *queue = queue_of(object);
    uint64_t first = queue->submitted > FS_LOG_ROWS ? queue->submitted - FS_LOG_ROWS + 1 : 1;
    fs_text_printf(text, "# seq start_ns end_ns bytes status command\n");
    for (uint64_t seq = first; seq <= queue->submitted; seq++) {
        const struct fs_batch *batch = queue->log[seq % FS_LOG_ROWS].batch;
        if (!batch)
            continue;
        const struct fs_log_row *row = &batch->rows[queue->log[seq % FS_LOG_ROWS].index];
        fs_text_printf(text, "%llu ", (unsigned long long)seq);
        add_number(text, row->start_ns);
        add_number(text, row->end_ns);
        add_number(text, row->bytes);
        fs_text_printf(text, "%s %.*s\n", status_name(queue, row), (int)row->length, row->text);
    }
}

void fs_queue_info(struct fs_object *object, struct fs_text *text)
{
    const struct fs_queue *queue = queue_of(object);
    struct gpu_queue_state state = {.engine = queue->settings.engine};
    if (queue->queue)
        gpu_queue_state(queue->queue, &state);
    if (queue->dead)
        state.error = queue->dead;
    const char *name = state.error && !queue->queue          ? "dead"
                       : !queue->queue                       ? "unused"
                       : state.error                         ? "dead"
                       : queue->completed < queue->submitted ? "busy"
                                                             : "idle";
    fs_text_printf(text, "state %s\nerror %s\ntype %s\n", name,
                   state.error ? fs_errno_name(state.error) : "-",
                   queue->kind == GPU_QUEUE_SDMA ? "sdma" : "compute");
    if (queue->kind == GPU_QUEUE_COMPUTE)
        fs_text_printf(text, "engine %s\n", queue->settings.pm4 ? "pm4" : "aql");
    else if (state.engine >= 0)
        fs_text_printf(text, "engine %d\n", state.engine);
    else
        fs_text_printf(text, "engine any\n");
    const struct gpu_queue_options *settings = &queue->settings;
    if (queue->queue)
        fs_text_printf(text,
                       "queue_id %u\ndoorbell 0x%llx\nring_bytes %u\nread_pointer %llu\nwrite_pointer %llu\n",
                       state.queue_id, (unsigned long long)state.doorbell, state.ring_bytes,
                       (unsigned long long)state.read_pointer, (unsigned long long)state.write_pointer);
    else
        fs_text_printf(text, "queue_id -\ndoorbell -\nring_bytes %u\nread_pointer -\nwrite_pointer -\n",
                       settings->ring_bytes ? settings->ring_bytes : gpu_queue_ring_bytes(settings->kind));
}

/* ---- the ring ---- */

struct ring_text {
    struct fs_text *text;
    bool reader; /* where the read pointer is has been said */
};

static void add_packet(void *ctx, const struct gpu_packet *packet)
{
    struct ring_text *ring = ctx;
    bool here = packet->next && !ring->reader;
    ring->reader |= packet->next;
    if (packet->inner) {
        fs_text_printf(ring->text, "- +0x%04x %u %s\n", packet->offset, packet->dwords, packet->text);
        return;
    }
    fs_text_printf(ring->text, "%s 0x%05x %u %s\n",
                   here           ? "read"
                   : packet->done ? "done"
                                  : "-",
                   packet->offset, packet->dwords, packet->text);
}

static void add_oldest(const struct fs_queue *queue, struct fs_text *text)
{
    uint64_t seq = queue->completed + 1, slot = seq % FS_LOG_ROWS;
    const struct fs_batch *batch = seq <= queue->submitted ? queue->log[slot].batch : NULL;
    const struct fs_log_row *row = batch ? &batch->rows[queue->log[slot].index] : NULL;
    if (row && row->seq == seq)
        fs_text_printf(text, "# oldest unfinished: command %llu, for %llu ns: %.*s\n",
                       (unsigned long long)seq, (unsigned long long)(fs_now_ns() - batch->submitted_ns),
                       (int)row->length, row->text);
}

void fs_queue_ring(struct fs_object *object, struct fs_text *text)
{
    const struct fs_queue *queue = queue_of(object);
    struct ring_text ring = {.text = text};
    fs_text_printf(text, "# pointer offset dwords packet\n");
    if (!queue->queue)
        return;
    add_oldest(queue, text);
    if (gpu_queue_ring(queue->queue, add_packet, &ring))
        text->failed = true;
    fs_text_printf(text, "%s - - -\n", ring.reader ? "write" : "read,write");
}
