/*
 * command_files.c - writing to run, submit and wait: which bytes are a batch, and what a write answers.
 *
 * Invariant: a batch is checked as a whole before any of it runs; an unfinished last line waits for more
 * bytes or the close. After a refused write the kept piece of a line is dropped, so that no half of a command
 * is run.
 */
#include "command_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_WRITE = 1024, LINE_LIMIT = 16 << 20 };

int fs_each_line(const char *text, size_t length, int (*each)(void *ctx, const char *line, size_t length),
                 void *ctx)
{
    for (size_t at = 0; at < length;) {
        const char *line = text + at;
        const char *newline = memchr(line, '\n', length - at);
        size_t n = newline ? (size_t)(newline - line) : length - at;
        at += n + 1;
        size_t blanks = 0;
        while (blanks < n && strchr(" \t\r", line[blanks]) && line[blanks])
            blanks++;
        int r = blanks < n ? each(ctx, line, n) : 0;
        if (r < 0) {
            char *sentence = strdup(gpu_err_text());
            gpu_err(r, "%s (line: %.*s)", sentence ? sentence : "", n > 400 ? 400 : (int)n, line);
            free(sentence);
        }
        if (r)
            return r;
    }
    return 0;
}

int fs_need_queue(struct fs_work *work, struct fs_queue *queue)
{
    if (queue->removed)
        return gpu_err(-ECANCELED, "queue %s was destroyed", queue->object.name);
    if (queue->dead)
        return gpu_err(queue->dead, "queue %s is dead: it lost its work when a GPU faulted; rmdir it",
                       queue->object.name);
    if (queue->queue)
        return 0;
    fs_object_ref(&queue->object);
    work->need = queue;
    return FS_AGAIN;
}

/* ---- one batch ---- */

/* Under the lock, given back while a queue is made. */
static int run_command(struct fs_file *file, const char *text, size_t length, struct fs_work *work)
{
    for (;;) {
        int r = file->row->command(file->object, text, length, work);
        if (r != FS_AGAIN)
            return r;
        struct fs_queue *need = work->need;
        work->need = NULL;
        fs_unlock(file->world);
        r = fs_queue_ensure(need);
        fs_lock(file->world);
        fs_object_unref(&need->object);
        if (r)
            return r;
    }
}

static void forget_ended(struct fs_file *file)
{
    fs_work_unref(file->ended);
    file->ended = NULL;
    fs_text_free(&file->bytes);
}

/* Runs text for a request, which is answered with result when the work is done. bytes: what was written. */
static void begin(struct fs_request *request, struct fs_file *file, struct fs_text *text,
                  struct fs_text *bytes, ssize_t result)
{
    struct fs_world *world = file->world;
    fs_lock(world);
    struct fs_work *work = fs_work_create(world);
    int r = work ? 0 : gpu_err(-ENOMEM, "no memory for a command");
    if (work) {
        work->pid = request->pid;
        work->path = fs_node_path(file->node);
        work->result = result;
        r = run_command(file, text->data, text->length, work);
    }
    if (r) {
        fs_work_unref(work);
        fs_text_free(&file->tail);
        fs_refuse(&request, r);
        fs_unlock(world);
        return;
    }
    forget_ended(file);
    fs_work_ref(work); /* by file, in case that a signal ends the wait */
    file->ended = work;
    file->bytes = *bytes;
    *bytes = (struct fs_text){0};
    work->request = request;
    request->cut = &work->cut;
    request->work = work;
    work->kept = work->pending > 1;
    if (work->kept)
        fs_keep(&work->request);
    fs_work_end(work, 0, NULL);
    fs_unlock(world);
}

/* The same bytes again after a signal ended the wait: waits on for the same work. */
static bool resume(struct fs_request *request, struct fs_file *file, const struct fs_text *bytes)
{
    struct fs_world *world = file->world;
    fs_lock(world);
    struct fs_work *work = file->ended;
    bool same = work && work->cut && bytes->length == file->bytes.length &&
                !memcmp(bytes->data, file->bytes.data, bytes->length);
    if (same) {
        work->cut = false;
        if (work->pending) {
            work->request = request;
            request->cut = &work->cut;
            request->work = work;
            fs_keep(&work->request);
        } else {
            if (work->error && !work->told) /* the wait ended badly between the signal and now */
                fs_errors_add(&world->errors, request->pid, work->error, work->path ? work->path : "-",
                              work->text ? work->text : "");
            work->told = true;
            fs_finish(&request, work->error ? work->error : work->result);
        }
    }
    fs_unlock(world);
    return same;
}

/* ---- writing ---- */

/* Splits off what is to be run now from what is kept. */
static int take_lines(struct fs_file *file, const struct fs_text *bytes, struct fs_text *now)
{
    bool whole =
        !file->tail.length && bytes->length < SHORT_WRITE && !memchr(bytes->data, '\n', bytes->length);
    fs_text_add(now, file->tail.data ? file->tail.data : "", file->tail.length);
    fs_text_add(now, bytes->data, bytes->length);
    fs_text_free(&file->tail);
    const char *last = now->failed ? NULL : memrchr(now->data, '\n', now->length);
    size_t end = whole ? now->length : last ? (size_t)(last + 1 - now->data) : 0;
    if (!now->failed)
        fs_text_add(&file->tail, now->data + end, now->length - end);
    if (now->failed || file->tail.failed)
        return gpu_err(-ENOMEM, "no memory for %zu bytes of commands", bytes->length);
    if (file->tail.length > LINE_LIMIT)
        return gpu_err(-EINVAL, "a command line of more than %d bytes", LINE_LIMIT);
    now->length = end;
    now->data[end] = '\0';
    return 0;
}

static int slurp(struct fs_source *source, struct fs_text *bytes)
{
    bytes->data = malloc(source->bytes + 1);
    if (!bytes->data)
        return gpu_err(-ENOMEM, "no memory for %zu bytes of commands", source->bytes);
    bytes->capacity = source->bytes + 1;
    bytes->length = source->bytes;
    bytes->data[source->bytes] = '\0';
    int r = source->copy(source, bytes->data);
    return r ? gpu_err(r, "the command's bytes could not be read") : 0;
}

static void command_write(struct fs_request *request, struct fs_file *file, uint64_t offset,
                          struct fs_source *source)
{
    (void)offset;
    struct fs_text bytes = {0}, now = {0};
    int r = slurp(source, &bytes);
    if (!r && resume(request, file, &bytes)) {
        fs_text_free(&bytes);
        return;
    }
    if (!r) {
        fs_lock(file->world);
        r = take_lines(file, &bytes, &now);
        fs_unlock(file->world);
    }
    if (r)
        fs_answer_error(request, r);
    else if (now.length)
        begin(request, file, &now, &bytes, (ssize_t)source->bytes);
    else
        fs_answer(request, (ssize_t)source->bytes);
    fs_text_free(&now);
    fs_text_free(&bytes);
}

/* close(2): what is left is the last command. */
static void command_flush(struct fs_request *request, struct fs_file *file)
{
    struct fs_text now = {0}, none = {0};
    fs_lock(file->world);
    now = file->tail;
    file->tail = (struct fs_text){0};
    fs_unlock(file->world);
    if (now.length)
        begin(request, file, &now, &none, 0);
    else
        fs_answer(request, 0);
    fs_text_free(&now);
}

static void command_release(struct fs_file *file)
{
    fs_lock(file->world);
    forget_ended(file);
    fs_unlock(file->world);
}

static void command_resize(struct fs_request *request, struct fs_object *object, struct fs_file *file,
                           uint64_t bytes)
{
    (void)object, (void)file, (void)bytes;
    fs_answer(request, 0); /* what > does; there is nothing to truncate */
}

static void command_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    fs_text_class.read(request, file, offset, bytes);
}

const struct fs_class fs_command_class = {.read = command_read,
                                          .write = command_write,
                                          .flush = command_flush,
                                          .resize = command_resize,
                                          .release = command_release};
