/*
 * work.c - work ends when its last part does, with the first error of any.
 */
#include "state/work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/events.h"

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

/* The wait ends, the work goes on. */
static void cut_short(struct fs_request *request, int error, const char *sentence)
{
    struct fs_work *work = request->waits_for;
    fs_work_complain(work, request->pid, error, sentence);
    if (error == -EINTR)
        work->cut = true;
    if (error == -ETIME)
        fs_events_hang(work->world, work);
}

void fs_work_answers(struct fs_work *work, struct fs_request *request)
{
    work->request = request;
    request->waits_for = work;
    request->cut_short = cut_short;
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
