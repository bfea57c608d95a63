/*
 * journal_files.c - `errors` and `events` as files: read as they are now, so that tail -f follows them.
 */
#include "files/journal_files.h"

#include <errno.h>

#include "tree/open_files.h"

static void read_now(struct fs_request *request, struct fs_file *file, struct fs_journal *journal,
                     uint64_t offset, size_t bytes)
{
    const char *from;
    struct fs_text copy = {0};
    fs_lock(request->world);
    size_t n = fs_text_at(fs_journal_text(journal), offset, bytes, &from);
    if (n)
        fs_text_add(&copy, from, n);
    file->seen = offset + n;
    file->at_end = n < bytes;
    fs_unlock(request->world);
    if (copy.failed)
        fs_answer(request, -ENOMEM);
    else
        fs_answer_data(request, copy.data, copy.length);
    fs_text_free(&copy);
}

static void stat_now(struct fs_journal *journal, struct stat *st)
{
    st->st_size = (off_t)fs_journal_text(journal)->length;
    st->st_blocks = (st->st_size + 511) / 512;
    if (journal->changed.tv_sec)
        st->st_mtim = st->st_ctim = journal->changed;
}

static void errors_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    read_now(request, file, &file->world->errors, offset, bytes);
}

static void errors_stat(struct fs_object *object, struct stat *st)
{
    stat_now(&object->world->errors, st);
}

static void events_read(struct fs_request *request, struct fs_file *file, uint64_t offset, size_t bytes)
{
    read_now(request, file, &file->world->events, offset, bytes);
}

static void events_stat(struct fs_object *object, struct stat *st)
{
    stat_now(&object->world->events, st);
}

/* Also when it has become shorter (its older half is gone), and as long as the reader was not told of the
 * end: busybox sh polls before each byte that its `read` takes, the end included. */
static bool has_news(const struct fs_file *file, struct fs_journal *journal)
{
    return !file->at_end || fs_journal_text(journal)->length != file->seen;
}

static bool errors_ready(struct fs_file *file)
{
    return has_news(file, &file->world->errors);
}

static bool events_ready(struct fs_file *file)
{
    return has_news(file, &file->world->events);
}

const struct fs_class fs_errors_class = {.read = errors_read, .stat = errors_stat, .ready = errors_ready};
const struct fs_class fs_events_class = {.read = events_read, .stat = events_stat, .ready = events_ready};
