/*
 * journal.c - the text of `errors` and of `events`.
 *
 * Invariant: the text only grows at its end, until it passes the limit: then the older half goes and the
 * first line says so. It never holds more than the limit and one line.
 */
#include "state/journal.h"

#include <string.h>

enum { DEFAULT_LIMIT = 16 << 20, MESSAGE_LIMIT = 4096 };

static void add_header(const struct fs_journal *journal, struct fs_text *text, bool dropped)
{
    fs_text_printf(text, "# %s%s\n", journal->columns,
                   dropped ? " (older lines went when this file was full)" : "");
}

const struct fs_text *fs_journal_text(struct fs_journal *journal)
{
    if (!journal->text.length)
        add_header(journal, &journal->text, false);
    return &journal->text;
}

static void drop_older_half(struct fs_journal *journal)
{
    size_t limit = journal->limit ? journal->limit : DEFAULT_LIMIT;
    if (journal->text.length <= limit)
        return;
    const char *cut = memchr(journal->text.data + journal->text.length / 2, '\n',
                             journal->text.length - journal->text.length / 2);
    struct fs_text kept = {0};
    add_header(journal, &kept, true);
    size_t from = (size_t)(cut + 1 - journal->text.data);
    fs_text_add(&kept, journal->text.data + from, journal->text.length - from);
    if (kept.failed) { /* no memory for the new half: all of it goes instead */
        fs_text_free(&kept);
        fs_text_free(&journal->text);
        return;
    }
    fs_text_free(&journal->text);
    journal->text = kept;
}

struct fs_text *fs_journal_begin(struct fs_journal *journal)
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    fs_journal_text(journal);
    clock_gettime(CLOCK_REALTIME, &now);
    journal->changed = now;
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    journal->text.failed = false; /* an earlier shortage of memory lost its line, not all later ones */
    fs_text_printf(&journal->text, "%s.%03ldZ ", stamp, now.tv_nsec / 1000000);
    return &journal->text;
}

/* The message ends the line: it may hold blanks, but no newline, and what is quoted in it is cut. */
void fs_journal_end(struct fs_journal *journal, const char *message)
{
    struct fs_text *text = &journal->text;
    size_t length = strlen(message);
    for (size_t i = 0; i < length && i < MESSAGE_LIMIT; i++) {
        if (message[i] == '\n')
            fs_text_add(text, "\\012", 4);
        else
            fs_text_add(text, &message[i], 1);
    }
    fs_text_printf(text, "%s\n", length > MESSAGE_LIMIT ? " ..." : "");
    drop_older_half(journal);
}

void fs_journal_free(struct fs_journal *journal)
{
    fs_text_free(&journal->text);
}
