/*
 * errors.c - what went wrong, one line for a human each.
 *
 * Invariant: the text only grows at its end, until it passes the limit: then the older half goes and the
 * first line says so. It never holds more than the limit and one line.
 */
#include "errors.h"

#include <string.h>
#include <time.h>

static const char header[] = "# time pid errno path message\n";
static const char header_after_drop[] =
    "# time pid errno path message (older lines went when this file was full)\n";
enum { DEFAULT_LIMIT = 16 << 20, LINE_LIMIT = 4096 };

const struct fs_text *fs_errors_text(struct fs_errors *errors)
{
    if (!errors->text.length)
        fs_text_add(&errors->text, header, sizeof header - 1);
    return &errors->text;
}

static void drop_older_half(struct fs_errors *errors)
{
    size_t limit = errors->limit ? errors->limit : DEFAULT_LIMIT;
    if (errors->text.length <= limit)
        return;
    const char *cut = memchr(errors->text.data + errors->text.length / 2, '\n',
                             errors->text.length - errors->text.length / 2);
    struct fs_text kept = {0};
    fs_text_add(&kept, header_after_drop, sizeof header_after_drop - 1);
    size_t from = (size_t)(cut + 1 - errors->text.data);
    fs_text_add(&kept, errors->text.data + from, errors->text.length - from);
    if (kept.failed) { /* no memory for the new half: all of it goes instead */
        fs_text_free(&kept);
        fs_text_free(&errors->text);
        return;
    }
    fs_text_free(&errors->text);
    errors->text = kept;
}

/* The message ends the line: it may hold blanks, but no newline, and what is quoted in it is cut. */
static void add_message(struct fs_text *text, const char *message)
{
    size_t length = strlen(message);
    for (size_t i = 0; i < length && i < LINE_LIMIT; i++) {
        if (message[i] == '\n')
            fs_text_add(text, "\\012", 4);
        else
            fs_text_add(text, &message[i], 1);
    }
    fs_text_printf(text, "%s\n", length > LINE_LIMIT ? " ..." : "");
}

void fs_errors_add(struct fs_errors *errors, pid_t pid, int error, const char *path, const char *message)
{
    fs_errors_text(errors);
    struct timespec now;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    errors->changed = now;
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    struct fs_text *text = &errors->text;
    text->failed = false; /* an earlier shortage of memory lost its line, not all later ones */
    fs_text_printf(text, "%s.%03ldZ ", stamp, now.tv_nsec / 1000000);
    if (pid)
        fs_text_printf(text, "%d ", (int)pid);
    else
        fs_text_add(text, "- ", 2);
    fs_text_printf(text, "%s ", fs_errno_name(error));
    fs_text_name(text, path);
    fs_text_add(text, " ", 1);
    add_message(text, *message ? message : strerror(error < 0 ? -error : error));
    drop_older_half(errors);
}

void fs_errors_free(struct fs_errors *errors)
{
    fs_text_free(&errors->text);
}
