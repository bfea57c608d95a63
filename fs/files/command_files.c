/*
 * command_files.c - writing to run, submit and wait: which bytes are a batch, and what a write answers.
 *
 * Invariant: a batch is checked as a whole before any of it runs; an unfinished last line waits for more
 * bytes or the close. After a refused write the kept piece of a line is dropped, so that no half of a command
 * is run.
 */
#include "files/command_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree/open_files.h"

enum { SHORT_WRITE = 1024, LINE_LIMIT = 16 << 20 };

static _Thread_local bool quoted; /* the sentence of the error has its line */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

int fs_each_line(const char *text, size_t length, int (*each)(void *ctx, const char *line, size_t length),
                 void *ctx)
{
    for (size_t at = 0; at < length;) {
        const char *line = text + at;
        const char *newline = memchr(line, '\n', length - at);
        size_t n = newline ? (size_t)(newline - line) : length - at;
        at += n + 1;
        for (; n && is_blank(*line); line++)
            n--;
        while (n && is_blank(line[n - 1]))
            n--;
        int r = n ? each(ctx, line, n) : 0;
        if (r < 0)
            gpu_err_note("%s (line: %.*s)", gpu_err_text(), n > FS_QUOTED ? FS_QUOTED : (int)n, line);
        quoted |= r < 0;
        if (r)
            return r;
    }
    return 0;
}

struct on_off {
    const char *usage;
    int *on;
};

static int read_switch(void *ctx, const char *line, size_t length)
{
    const struct on_off *is = ctx;
    if (length != 1 || (*line != '0' && *line != '1'))
        return gpu_err(-EINVAL, "%s", is->usage);
    *is->on = *line - '0';
    return 0;
}

int fs_switch(const char *text, size_t length, const char *usage, int *on)
{
    return fs_each_line(text, length, read_switch, &(struct on_off){usage, on});
}

int fs_check_queue(const struct fs_queue *queue)
{
    if (queue->removed)
        return gpu_err(-ECANCELED, "queue %s was destroyed", queue->object.name);
    if (queue->dead)
        return gpu_err(queue->dead, "queue %s is dead: it lost its work when a GPU faulted; rmdir it",
                       queue->object.name);
    return 0;
}

int fs_need_queue(struct fs_work *work, struct fs_queue *queue)
{
    int r = fs_check_queue(queue);
    if (r || queue->queue)
        return r;
    fs_object_ref(&queue->object);
    work->need = queue;
    return FS_AGAIN;
}

/* ---- one batch ---- */

/* Under the lock, given back while a queue is made. */
static int run_command(struct fs_file *file, const char *text, size_t length, struct fs_work *work)
{
    for (;;) {
        file->world->caller = work->pid;
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

/* A write, in case that a signal ends its wait and it comes again. */
struct fs_written {
    struct fs_written *next;
    struct fs_text bytes;
    struct fs_work *work; /* counted */
};

enum { WRITES_KEPT = 16 };

static void forget(struct fs_written **link)
{
    struct fs_written *written = *link;
    *link = written->next;
    fs_work_unref(written->work);
    fs_text_free(&written->bytes);
    free(written);
}

/* Those that nobody will write again, and the oldest if they are many. */
static void forget_ended(struct fs_file *file)
{
    struct fs_written **link = &file->written;
    for (unsigned n = 0; *link;) {
        const struct fs_work *work = (*link)->work;
        if (n == WRITES_KEPT || (!work->cut && !work->pending))
            forget(link);
        else
            link = &(*link)->next, n++;
    }
}

static void remember(struct fs_file *file, struct fs_work *work, struct fs_text *bytes)
{
    struct fs_written *written = malloc(sizeof *written);
    if (!written) /* then it cannot be told from a new one */
        return;
    *written = (struct fs_written){.next = file->written, .bytes = *bytes, .work = work};
    *bytes = (struct fs_text){0};
    file->written = written;
    fs_work_ref(work);
}

static int copy_line(void *ctx, const char *line, size_t length)
{
    *(char **)ctx = strndup(line, length > FS_QUOTED ? FS_QUOTED : length);
    return 1;
}

static char *first_line(const struct fs_text *text)
{
    char *line = NULL;
    fs_each_line(text->data, text->length, copy_line, &line);
    return line;
}

/* Runs text for a request, which is answered with result when the work is done. bytes: what was written. */
static void begin(struct fs_request *request, struct fs_file *file, struct fs_text *text,
                  struct fs_text *bytes, ssize_t result)
{
    struct fs_world *world = file->world;
    fs_lock(world);
    struct fs_work *work = fs_work_create(world);
    quoted = false;
    int r = work ? 0 : gpu_err(-ENOMEM, "no memory for a command");
    if (work) {
        work->pid = request->pid;
        work->path = fs_node_path(file->node);
        work->result = result;
        work->line = first_line(text);
        r = run_command(file, text->data, text->length, work);
    }
    if (r && !quoted && work && work->line)
        gpu_err_note("%s (line: %s)", gpu_err_text(), work->line);
    if (r) {
        fs_work_unref(work);
        fs_text_free(&file->tail);
        fs_refuse(&request, r);
        fs_unlock(world);
        return;
    }
    forget_ended(file);
    remember(file, work, bytes);
    fs_work_answers(work, request);
    work->kept = work->pending > 1;
    if (work->kept)
        fs_keep(&work->request);
    fs_work_end(work, 0, NULL);
    fs_unlock(world);
}

static struct fs_work *find_cut(const struct fs_file *file, const struct fs_text *bytes)
{
    for (const struct fs_written *written = file->written; written; written = written->next)
        if (written->work->cut && written->bytes.length == bytes->length &&
            !memcmp(written->bytes.data, bytes->data, bytes->length))
            return written->work;
    return NULL;
}

/* The same bytes again after a signal ended the wait: waits on for the same work. */
static bool resume(struct fs_request *request, struct fs_file *file, const struct fs_text *bytes)
{
    struct fs_world *world = file->world;
    fs_lock(world);
    struct fs_work *work = find_cut(file, bytes);
    if (work) {
        work->cut = false;
        if (work->pending) {
            fs_work_answers(work, request);
            fs_keep(&work->request);
        } else {
            if (work->error && !work->told) /* the wait ended badly between the signal and now */
                fs_work_complain(work, request->pid, work->error, work->text ? work->text : "");
            work->told = true;
            fs_finish(&request, work->error ? work->error : work->result);
        }
    }
    fs_unlock(world);
    return work;
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
    while (file->written)
        forget(&file->written);
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
