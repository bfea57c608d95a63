/*
 * waiters.c - who waits for a queue's timeline by its file `wait`.
 *
 * Invariant: a waiter is in its queue's list until its number is reached or can no longer be; a wait that
 * ends badly has one line in `errors`, an interrupted one that of its signal.
 */
#include "state/waiters.h"

#include <errno.h>
#include <stdlib.h>

static void complain_of_wait(struct fs_queue *queue, const struct fs_waiter *waiter, int error,
                             const char *text)
{
    struct fs_work *work = waiter->work;
    if (!error || work->told || (work->kept && !work->request && !work->cut))
        return; /* the time limit passed: it has its line */
    struct fs_text message = {0};
    fs_text_printf(&message, "the wait for command %llu of queue ", (unsigned long long)waiter->seq);
    fs_text_name(&message, queue->object.name);
    fs_text_printf(&message, " ended: %s", text);
    work->told = !work->cut; /* a wait that a signal ended has its line; the next one if it is resumed */
    if (!work->cut)
        fs_work_complain(work, work->pid, error, message.failed ? text : message.data);
    fs_text_free(&message);
}

void fs_queue_end_waiters(struct fs_queue *queue)
{
    struct gpu_queue_state state = {0};
    if (queue->queue)
        gpu_queue_state(queue->queue, &state);
    for (struct fs_waiter **link = &queue->waiters; *link;) {
        struct fs_waiter *waiter = *link;
        bool failed = queue->failed_seq && queue->failed_seq <= waiter->seq &&
                      (!queue->failed_last || waiter->seq <= queue->failed_last);
        int error = failed                               ? queue->failed_error
                    : queue->removed                     ? -ECANCELED
                    : queue->dead                        ? queue->dead
                    : state.error                        ? state.error
                    : !queue->object.world->handing_over ? 0
                    : fs_gpu_loss(queue->gpu)            ? fs_gpu_loss(queue->gpu)
                                                         : -ECANCELED;
        if (!error && queue->completed < waiter->seq) {
            link = &waiter->next;
            continue;
        }
        if (!failed && queue->completed >= waiter->seq)
            error = 0;
        *link = waiter->next;
        const char *text = failed           ? queue->failed_text
                           : queue->removed ? "the queue was destroyed"
                           : queue->object.world->handing_over
                               ? "a GPU faulted or was reset, and all queues are made anew"
                               : "the queue is dead (its info says why)";
        complain_of_wait(queue, waiter, error, text ? text : "");
        fs_work_end(waiter->work, error, text);
        free(waiter);
    }
}

int fs_queue_wait(struct fs_queue *queue, uint64_t seq, struct fs_work *work)
{
    struct fs_waiter *waiter = calloc(1, sizeof *waiter);
    if (!waiter)
        return gpu_err(-ENOMEM, "no memory for a wait");
    fs_work_begin(work);
    *waiter = (struct fs_waiter){queue->waiters, work, seq};
    queue->waiters = waiter;
    fs_queue_end_waiters(queue);
    return 0;
}
