/*
 * events.c - what the driver reports of GPUs and queues, put into the words of the tree: which queue and
 * command, which buffer an address is in, or near to.
 *
 * Invariant: nothing is claimed that nobody knows. The hardware tells the page of a fault and not whose it
 * was: where several commands could have done it, all of them are named.
 */
#include "state/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/batch.h"
#include "state/freed.h"
#include "state/pool.h"
#include "state/waiters.h"

static const struct {
    const char *name;
    int error; /* for `errors`; 0: none of its business */
} kinds[] = {
    [GPU_EVENT_FAULT] = {"fault", -EFAULT}, [GPU_EVENT_RESET] = {"reset", -EIO},
    [GPU_EVENT_QUEUE] = {"queue", -EIO},    [GPU_EVENT_RESETTING] = {"reset", 0},
    [GPU_EVENT_EVICT] = {"evict", 0},       [GPU_EVENT_RESTORE] = {"restore", 0},
    [GPU_EVENT_THROTTLE] = {"throttle", 0}, [GPU_EVENT_UNMAP] = {"unmap", 0},
    [GPU_EVENT_PROCESS] = {"process", 0},   [GPU_EVENT_STOPPED] = {"reset", 0},
};

/* ---- lines ---- */

static const char *kind_directory(const struct fs_queue *queue)
{
    return queue->kind == GPU_QUEUE_SDMA ? "sdma" : "compute";
}

static void add_queue_name(struct fs_text *text, const struct fs_queue *queue)
{
    fs_text_printf(text, "%s/", kind_directory(queue));
    fs_text_name(text, queue->object.name);
}

void fs_events_add(struct fs_gpu *gpu, const char *kind, const struct fs_queue *queue, uint64_t seq,
                   const char *message)
{
    struct fs_journal *events = &gpu->object.world->events;
    struct fs_text *text = fs_journal_begin(events);
    fs_text_printf(text, "%s %s ", kind, gpu->object.name);
    if (queue)
        add_queue_name(text, queue);
    else
        fs_text_add(text, "-", 1);
    if (seq)
        fs_text_printf(text, " %llu ", (unsigned long long)seq);
    else
        fs_text_add(text, " - ", 3);
    fs_journal_end(events, message);
}

void fs_events_add_to_all(struct fs_world *world, const char *kind, const char *message)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        fs_events_add(&world->gpus[i], kind, NULL, 0, message);
}

/* ---- buffers near an address ---- */

struct neighbours {
    uint64_t address;
    const struct fs_entry *inside, *before, *after;
    uint64_t before_end, after_start;
};

static void look_at_buffer(struct neighbours *near, const struct fs_entry *buffer)
{
    if (!buffer->memory)
        return;
    uint64_t start = gpu_buffer_va(buffer->memory), window = gpu_buffer_window(buffer->memory);
    uint64_t end = start + buffer->size;
    if (near->address >= start && near->address - start < window) {
        near->inside = buffer;
    } else if (near->address >= end && (!near->before || end > near->before_end)) {
        near->before = buffer;
        near->before_end = end;
    } else if (near->address < start && (!near->after || start < near->after_start)) {
        near->after = buffer;
        near->after_start = start;
    }
}

static void look_below(struct neighbours *near, const struct fs_entry *dir)
{
    for (const struct fs_entry *entry = dir->children; entry; entry = entry->sibling) {
        if (entry->dir)
            look_below(near, entry);
        else
            look_at_buffer(near, entry);
    }
}

static void find_neighbours(struct neighbours *near, const struct fs_world *world)
{
    for (unsigned i = 0; i < world->n_gpus; i++) {
        look_below(near, world->gpus[i].pools[GPU_VRAM]);
        look_below(near, world->gpus[i].pools[GPU_GTT]);
    }
}

static void add_place(struct fs_text *text, struct fs_gpu *gpu, uint64_t address)
{
    struct neighbours near = {.address = address};
    find_neighbours(&near, gpu->object.world);
    if (near.inside) {
        uint64_t offset = address - gpu_buffer_va(near.inside->memory);
        fs_text_printf(text, ": offset 0x%llx of ", (unsigned long long)offset);
        fs_entry_path(text, near.inside);
        if (offset >= near.inside->size)
            fs_text_printf(text, ", which ends at 0x%llx", (unsigned long long)near.inside->size);
        else if (!gpu_reaches(gpu->gpu, near.inside->gpu->gpu))
            fs_text_printf(text, ", which %s cannot reach", gpu->object.name);
        return;
    }
    if (fs_freed_tell(gpu->object.world, address, text))
        return;
    if (near.before) {
        fs_text_printf(text, ": %llu bytes past the end of ",
                       (unsigned long long)(address - near.before_end));
        fs_entry_path(text, near.before);
    }
    if (near.after) {
        fs_text_printf(text, "%s %llu bytes before ", near.before ? "," : ":",
                       (unsigned long long)(near.after_start - address));
        fs_entry_path(text, near.after);
    }
    if (!near.before && !near.after)
        fs_text_printf(text, "; there are no buffers");
}

/* ---- who did it ---- */

static const struct fs_queue *find_queue(const struct fs_gpu *gpu, const struct gpu_queue *hardware)
{
    const struct fs_queue *queue = gpu->queues;
    while (queue && queue->queue != hardware)
        queue = queue->next;
    return queue;
}

static void add_command(struct fs_text *text, const struct fs_queue *queue, uint64_t seq)
{
    const struct fs_batch *batch = queue->log[seq % FS_LOG_ROWS].batch;
    const struct fs_log_row *row = batch ? &batch->rows[queue->log[seq % FS_LOG_ROWS].index] : NULL;
    /* a kernel's own files do not name it in the line */
    if (row && row->seq == seq && batch->work->path && strstr(batch->work->path, "/kernels/"))
        fs_text_printf(text, "%.*s (written to %s)", (int)row->length, row->text, batch->work->path);
    else if (row && row->seq == seq)
        fs_text_printf(text, "%.*s", (int)row->length, row->text);
    else
        fs_text_printf(text, "command %llu", (unsigned long long)seq);
}

/* More than one suspect: all of them are in the message. */
static void add_suspects(struct fs_text *text, const struct fs_gpu *gpu, const struct gpu_event *event)
{
    if (event->n_suspects == 1) {
        const struct fs_queue *queue = find_queue(gpu, event->suspects[0].queue);
        fs_text_printf(text, "; command: ");
        if (queue)
            add_command(text, queue, event->suspects[0].seq);
        else
            fs_text_printf(text, "of a queue that is being removed");
        return;
    }
    for (unsigned i = 0; i < event->n_suspects; i++) {
        const struct fs_queue *queue = find_queue(gpu, event->suspects[i].queue);
        fs_text_printf(text, i ? ", " : "; these ran: ");
        if (!queue) {
            fs_text_printf(text, "one of a queue that is being removed");
            continue;
        }
        add_queue_name(text, queue);
        fs_text_printf(text, " %llu (", (unsigned long long)event->suspects[i].seq);
        add_command(text, queue, event->suspects[i].seq);
        fs_text_add(text, ")", 1);
    }
}

/* ---- events of the driver ---- */

static void count(struct fs_gpu *gpu, const struct gpu_event *event, const char *message)
{
    gpu->faults += event->kind == GPU_EVENT_FAULT;
    gpu->resets += event->kind == GPU_EVENT_RESET;
    gpu->unsettled |= event->kind == GPU_EVENT_RESET;
    if (event->kind != GPU_EVENT_FAULT)
        return;
    free(gpu->fault_text);
    gpu->fault_text = strdup(message);
}

void fs_events_take(struct fs_gpu *gpu, const struct gpu_event *event)
{
    struct fs_text message = {0};
    const struct fs_queue *queue = NULL;
    fs_text_printf(&message, "%s", event->text);
    if (event->kind == GPU_EVENT_FAULT && event->has_address)
        add_place(&message, gpu, event->address);
    add_suspects(&message, gpu, event);
    if (event->queue || event->n_suspects == 1)
        queue = find_queue(gpu, event->queue ? event->queue : event->suspects[0].queue);
    const char *text = message.failed ? event->text : message.data;
    count(gpu, event, text);
    fs_events_add(gpu, kinds[event->kind].name, queue, event->n_suspects == 1 ? event->suspects[0].seq : 0,
                  text);
    if (kinds[event->kind].error)
        fs_errors_add(&gpu->object.world->errors, 0, kinds[event->kind].error, gpu->object.name, text);
    fs_text_free(&message);
}

/* ---- hangs ---- */

static bool waits_for(const struct fs_queue *queue, const struct fs_work *work)
{
    for (const struct fs_batch *batch = queue->running; batch; batch = batch->next)
        if (batch->work == work)
            return true;
    for (const struct fs_waiter *waiter = queue->waiters; waiter; waiter = waiter->next)
        if (waiter->work == work)
            return true;
    return false;
}

static void tell_hang(struct fs_queue *queue)
{
    struct fs_text message = {0};
    uint64_t seq = queue->completed + 1;
    if (seq > queue->submitted || seq == queue->hang_told)
        return;
    queue->hang_told = seq;
    fs_text_printf(&message, "does not end in the time that waits have here (%g s); command: ",
                   (double)queue->object.world->options.timeout_ns / 1e9);
    add_command(&message, queue, seq);
    fs_events_add(queue->gpu, "hang", queue, seq, message.failed ? "does not end in time" : message.data);
    fs_text_free(&message);
}

void fs_events_hang(struct fs_world *world, const struct fs_work *work)
{
    for (unsigned i = 0; i < world->n_gpus; i++)
        for (struct fs_queue *queue = world->gpus[i].queues; queue; queue = queue->next)
            if (waits_for(queue, work))
                tell_hang(queue);
}

const char *fs_events_reason(const struct fs_gpu *gpu, int error, const char *text)
{
    return error == -EFAULT && gpu->fault_text ? gpu->fault_text : text;
}
