/*
 * submit.c - work through a queue: commands come in batches, go into the ring as it has room, complete in
 * order and are reported in order.
 *
 * Invariant: reported <= completed <= emitted <= submitted while the queue is alive. Callbacks run without
 * locks: submitted() on whichever thread put the batch's last command into the ring, done() on the event
 * thread only, and never for a batch's last command before submitted() of that batch has returned (done() may
 * free what ctx is). Commands without done() are also completed by whoever waits for them, before results of
 * theirs were taken by the event thread.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_MAX = 64 }; /* results taken per lock */

struct report {
    struct gpu_job job;
    void *ctx;
    struct gpu_result result;
};

/* ---- a batch ---- */

static size_t command_data_bytes(const struct gpu_command *command)
{
    if (command->op == GPU_WRITE || command->op == GPU_RAW)
        return align_up(command->bytes, 16);
    return command->op == GPU_DISPATCH ? align_up(command->kernel->kernarg_bytes, 16) : 0;
}

static void free_batch(struct batch *batch)
{
    for (unsigned i = 0; i < batch->n; i++)
        timeline_unref(batch->commands[i].timeline);
    free(batch);
}

/* Copies what submit may only read during the call. */
static struct batch *make_batch(const struct gpu_command *commands, unsigned n, const struct gpu_job *job,
                                void *ctx)
{
    size_t head = align_up(sizeof(struct batch) + (size_t)n * sizeof(struct command), 16), bytes = head;
    for (unsigned i = 0; i < n; i++)
        bytes += command_data_bytes(&commands[i]);
    struct batch *batch = calloc(1, bytes);
    if (!batch)
        return NULL;
    batch->n = n;
    batch->ctx = ctx;
    if (job)
        batch->job = *job;
    batch->announced = !batch->job.submitted;
    uint8_t *data = (uint8_t *)batch + head;
    for (unsigned i = 0; i < n; i++) {
        struct gpu_command *c = &batch->commands[i].c;
        *c = commands[i];
        if ((c->op == GPU_WRITE || c->op == GPU_RAW) && c->bytes)
            c->data = memcpy(data, c->data, c->bytes);
        if (c->op == GPU_DISPATCH)
            c->kernarg = c->kernel->kernarg_bytes ? memcpy(data, c->kernarg, c->kernel->kernarg_bytes) : NULL;
        if (c->op == GPU_WAIT_QUEUE)
            batch->commands[i].timeline = timeline_ref(c->queue->timeline);
        data += command_data_bytes(c);
    }
    return batch;
}

/* ---- checks that do not depend on the kind of queue ---- */

static int check_aligned(uint64_t value, uint64_t alignment, const char *what)
{
    if (value % alignment)
        return gpu_err(-EINVAL, "%s 0x%" PRIx64 " is not a multiple of %" PRIu64, what, value, alignment);
    return 0;
}

static int check_apart(uint64_t src, uint64_t dst, uint64_t bytes)
{
    if (!bytes || dst >= src + bytes || src >= dst + bytes)
        return 0;
    return gpu_err(-EINVAL, "a copy onto itself: %" PRIu64 " bytes from 0x%" PRIx64 " to 0x%" PRIx64, bytes,
                   src, dst);
}

int gpu_queue_check(const struct gpu_queue *queue, const struct gpu_command *c)
{
    int rc = 0;
    switch (c->op) {
    case GPU_FILL:
    case GPU_WRITE:
        rc = check_aligned(c->bytes, 4, "size");
        if (!rc)
            rc = check_aligned(c->dst, 4, "address");
        break;
    case GPU_INDIRECT:
        rc = check_aligned(c->src, 32, "address");
        if (!rc)
            rc = check_aligned(c->bytes, 4, "size");
        break;
    case GPU_WAIT_MEM:
    case GPU_SIGNAL:
        rc = check_aligned(c->dst, 4, "address");
        break;
    case GPU_TIMESTAMP:
    case GPU_ATOMIC:
        rc = check_aligned(c->dst, 8, "address");
        break;
    case GPU_WAIT_QUEUE:
        if (!c->queue)
            rc = gpu_err(-EINVAL, "no queue to wait for");
        break;
    case GPU_COPY:
        rc = check_apart(c->src, c->dst, c->bytes);
        if (!rc && c->dst2)
            rc = check_apart(c->src, c->dst2, c->bytes);
        if (!rc && c->dst2)
            rc = check_apart(c->dst, c->dst2, c->bytes);
        break;
    case GPU_FILL_BYTES:
        break;
    case GPU_RAW:
        rc = check_aligned(c->bytes, 4, "size");
        if (!rc && (!c->bytes || c->bytes > queue->ring_bytes / 8))
            rc = gpu_err(-ERANGE, "%" PRIu64 " bytes of packets: 4 to %u go into this ring at once", c->bytes,
                         queue->ring_bytes / 8);
        break;
    case GPU_NOP:
    case GPU_COPY_RECT:
    case GPU_DISPATCH:
    case GPU_BARRIER:
        break;
    default:
        rc = gpu_err(-EINVAL, "unknown operation %d", (int)c->op);
    }
    return rc ? rc : queue->ops->check(queue, c);
}

/* A queue that waits for its own future never gets there. Under the lock: it takes the sequence numbers. */
static int check_own_future(const struct gpu_queue *queue, const struct batch *batch)
{
    for (unsigned i = 0; i < batch->n; i++) {
        const struct gpu_command *c = &batch->commands[i].c;
        if (c->op == GPU_WAIT_QUEUE && c->queue == queue && c->value > queue->submitted + i)
            return gpu_err(-EDEADLK, "command %" PRIu64 " would wait for its own queue to reach %" PRIu64,
                           queue->submitted + i + 1, c->value);
    }
    return 0;
}

/* ---- into the ring ---- */

const struct command *running_command(struct gpu_queue *queue)
{
    uint64_t seq = queue->ops->completed(queue) + 1;
    if (queue->error || seq > queue->emitted)
        return NULL;
    for (const struct batch *batch = queue->first; batch; batch = batch->next)
        if (seq - batch->commands[0].seq < batch->n)
            return &batch->commands[seq - batch->commands[0].seq];
    return NULL;
}

/* Under the lock. */
static bool pump(struct gpu_queue *queue)
{
    bool progress = false;
    queue->held = false;
    while (queue->emit_batch) {
        struct batch *batch = queue->emit_batch;
        struct command *command = &batch->commands[queue->emit_index];
        enum emit_result result = queue->ops->emit(queue, command);
        if (result != EMIT_DONE) {
            queue->held = result == EMIT_HELD;
            break;
        }
        progress = true;
        queue->emitted = command->seq;
        if (++queue->emit_index < batch->n)
            continue;
        batch->all_emitted = true;
        queue->emit_batch = batch->next;
        queue->emit_index = 0;
    }
    queue->ops->flush(queue);
    return progress;
}

/* Calls submitted() of the batches that are in the ring whole. Called with the lock; drops it for the calls.
 */
static bool announce(struct gpu_queue *queue)
{
    bool any = false;
    for (struct batch *batch = queue->first; queue->unannounced && batch && batch->all_emitted;) {
        if (batch->announced || batch->announcing) {
            batch = batch->next;
            continue;
        }
        batch->announcing = true;
        pthread_mutex_unlock(&queue->lock);
        batch->job.submitted(batch->ctx);
        pthread_mutex_lock(&queue->lock);
        batch->announced = true;
        queue->unannounced--;
        any = true;
        batch = queue->first; /* others may have come and gone */
    }
    return any;
}

static void append(struct gpu_queue *queue, struct batch *batch)
{
    for (unsigned i = 0; i < batch->n; i++)
        batch->commands[i].seq = ++queue->submitted;
    queue->unannounced += !batch->announced;
    if (queue->last)
        queue->last->next = batch;
    else
        queue->first = batch;
    queue->last = batch;
    if (!queue->emit_batch) {
        queue->emit_batch = batch;
        queue->emit_index = 0;
    }
    if (!queue->done_batch) {
        queue->done_batch = batch;
        queue->done_index = 0;
    }
}

int gpu_queue_submit(struct gpu_queue *queue, const struct gpu_command *commands, unsigned n,
                     const struct gpu_job *job, void *ctx, uint64_t *first)
{
    if (!n)
        return gpu_err(-EINVAL, "an empty batch");
    for (unsigned i = 0; i < n; i++) {
        int rc = gpu_queue_check(queue, &commands[i]);
        if (rc)
            return rc;
    }
    struct batch *batch = make_batch(commands, n, job, ctx);
    if (!batch)
        return gpu_err(-ENOMEM, "no memory for %u commands", n);
    pthread_mutex_lock(&queue->lock);
    int rc = queue->error ? gpu_err(queue->error, "%s", queue->text) : check_own_future(queue, batch);
    if (!rc)
        rc = queue_awake(queue);
    if (rc) {
        pthread_mutex_unlock(&queue->lock);
        free_batch(batch);
        return rc;
    }
    if (first)
        *first = queue->submitted + 1;
    append(queue, batch);
    pump(queue);
    queue->waiters++; /* keeps destroy away while submitted() runs */
    bool wake = (announce(queue) && queue->report_blocked) || queue->held;
    queue->waiters--;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    if (wake)
        event_wake(queue->gpu->sys);
    return 0;
}

/* ---- out of it ---- */

static void describe(struct gpu_queue *queue, const struct command *command, bool done,
                     struct gpu_result *result)
{
    *result = (struct gpu_result){.seq = command->seq, .text = ""};
    if (!done) {
        result->error = queue->error;
        result->text = queue->text;
        return;
    }
    uint64_t now = clock_now();
    queue->ops->times(queue, command, &result->start_ns, &result->end_ns);
    /* Two anchors of the clock may differ by a little, and a packet may have left no time; the commands of a
     * queue still follow each other. */
    if (result->end_ns > now)
        result->end_ns = now;
    if (result->start_ns > now)
        result->start_ns = now;
    if (result->start_ns < queue->last_end_ns)
        result->start_ns = queue->last_end_ns;
    if (result->end_ns < result->start_ns)
        result->end_ns = result->start_ns;
    queue->last_end_ns = result->end_ns;
    uint64_t released = command->timeline ? atomic_load(&command->timeline->released) : 0;
    if (released && released - 1 < command->c.value) {
        result->error = -EOWNERDEAD;
        result->text = "the queue that it waited for is gone";
    }
}

/* Under the lock. Takes the next commands that are done, or whatever is left of a dead queue. quiet: up to
 * the first whose done() is to be called. */
static unsigned collect(struct gpu_queue *queue, struct report *reports, bool quiet)
{
    uint64_t done = queue->ops->completed(queue);
    if (done > queue->emitted)
        done = queue->emitted;
    unsigned n = 0;
    queue->report_blocked = false;
    while (n < REPORT_MAX && queue->done_batch) {
        struct batch *batch = queue->done_batch;
        struct command *command = &batch->commands[queue->done_index];
        bool is_done = command->seq <= done;
        if ((!is_done && !queue->error) || (quiet && batch->job.done))
            break;
        if (queue->done_index + 1 == batch->n && batch->all_emitted && !batch->announced) {
            queue->report_blocked = true;
            break;
        }
        reports[n].job = batch->job;
        reports[n].ctx = batch->ctx;
        describe(queue, command, is_done, &reports[n].result);
        n++;
        if (is_done) {
            queue->completed = command->seq;
            queue->tail = command->ring_free;
            queue->kernarg_tail = command->kernarg_free;
        }
        if (++queue->done_index == batch->n) {
            queue->done_batch = batch->next;
            queue->done_index = 0;
        }
    }
    return n;
}

/* Under the lock: the results up to there have been reported. */
static void retire(struct gpu_queue *queue, uint64_t seq)
{
    queue->reported = seq;
    while (queue->first && queue->first->commands[queue->first->n - 1].seq <= seq) {
        struct batch *batch = queue->first;
        queue->first = batch->next;
        if (!queue->first)
            queue->last = NULL;
        free_batch(batch);
    }
    queue->idle_since_ns = clock_now();
    pthread_cond_broadcast(&queue->changed);
}

static bool report(struct gpu_queue *queue)
{
    struct report reports[REPORT_MAX];
    pthread_mutex_lock(&queue->lock);
    unsigned n = collect(queue, reports, false);
    queue->reporting = n > 0;
    pthread_mutex_unlock(&queue->lock);
    for (unsigned i = 0; i < n; i++)
        if (reports[i].job.done)
            reports[i].job.done(reports[i].ctx, &reports[i].result);
    if (!n)
        return false;
    pthread_mutex_lock(&queue->lock);
    retire(queue, reports[n - 1].result.seq);
    queue->reporting = false;
    pthread_mutex_unlock(&queue->lock);
    return true;
}

void queue_report_quiet(struct gpu_queue *queue)
{
    struct report reports[REPORT_MAX];
    unsigned n = queue->reporting || queue->error ? 0 : collect(queue, reports, true);
    if (n)
        retire(queue, reports[n - 1].result.seq);
}

/* Under the lock: the first error wins. */
static void set_error(struct gpu_queue *queue, int error, const char *text)
{
    if (queue->error)
        return;
    snprintf(queue->text, sizeof queue->text, "%s", text);
    queue->error = error;
    queue->emit_batch = NULL;
    queue->held = false;
}

void queue_fail(struct gpu_queue *queue, int error, const char *text)
{
    pthread_mutex_lock(&queue->lock);
    set_error(queue, error, text);
    pthread_mutex_unlock(&queue->lock);
}

/* Asks the queue itself; an error found now is an event. */
static void look_for_error(struct gpu_queue *queue)
{
    char text[QUEUE_TEXT];
    int error = 0;
    pthread_mutex_lock(&queue->lock);
    if (!queue->error)
        error = queue->ops->poll(queue, text, sizeof text);
    uint64_t at = error ? queue->ops->completed(queue) + 1 : 0; /* what it was at */
    if (error)
        set_error(queue, error, text);
    if (at > queue->emitted)
        at = 0;
    pthread_mutex_unlock(&queue->lock);
    if (error)
        system_report(queue->gpu->sys, &(struct gpu_event){.kind = GPU_EVENT_QUEUE,
                                                           .gpu = queue->gpu,
                                                           .queue = queue,
                                                           .suspects = {{queue, at}},
                                                           .n_suspects = at != 0,
                                                           .text = queue->text});
}

bool queue_service(struct gpu_queue *queue)
{
    look_for_error(queue);
    pthread_mutex_lock(&queue->lock);
    bool progress = !queue->error && queue->emit_batch && pump(queue);
    progress |= announce(queue);
    bool release = queue->error && !queue->timeline->released;
    pthread_mutex_unlock(&queue->lock);
    progress |= report(queue);
    pthread_mutex_lock(&queue->lock);
    if (release && !queue->done_batch) {
        timeline_release(queue->timeline, queue->completed);
        pthread_cond_broadcast(&queue->changed); /* waiters for what was never submitted */
        progress = true;
    }
    queue_sleep(queue);
    pthread_mutex_unlock(&queue->lock);
    return progress;
}

/* Until it may sleep. Under the lock. */
static unsigned idle_patience_ms(const struct gpu_queue *queue)
{
    uint64_t limit = queue->gpu->sys->queue_idle_ns, idle = clock_now() - queue->idle_since_ns;
    if (!limit || !queue->exists || queue->error)
        return IDLE_LIMIT_MS;
    uint64_t left_ms = idle < limit ? (limit - idle) / 1000000 + 1 : 1;
    return left_ms < IDLE_LIMIT_MS ? (unsigned)left_ms : IDLE_LIMIT_MS;
}

unsigned queue_patience_ms(struct gpu_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    unsigned ms = queue->held                                                    ? HELD_LIMIT_MS
                  : queue->reported != queue->submitted || queue->probe_until_ns ? BUSY_LIMIT_MS
                                                                                 : idle_patience_ms(queue);
    pthread_mutex_unlock(&queue->lock);
    return ms;
}

void queue_start_at(struct gpu_queue *queue, uint64_t seq)
{
    pthread_mutex_lock(&queue->lock);
    queue->submitted = queue->emitted = queue->completed = queue->reported = seq;
    timeline_set(queue->timeline, seq);
    pthread_mutex_unlock(&queue->lock);
}
