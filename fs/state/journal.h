/*
 * journal.h - a text that only grows, a line at a time: `errors` and `events`. The caller holds the world's
 * lock.
 */
#ifndef KFDFS_FS_JOURNAL_H
#define KFDFS_FS_JOURNAL_H

#include <time.h>

#include "text/text.h"

struct fs_journal {
    const char *columns; /* "time pid errno path message" */
    struct fs_text text;
    size_t limit;            /* bytes; 0: 16 MiB */
    struct timespec changed; /* when the last line came; 0: never */
};

/* The text as it reads now (with its header line). */
const struct fs_text *fs_journal_text(struct fs_journal *journal);
/* A line: its time; whatever the caller puts after it into the text that it gets, blanks between; its
 * message. */
struct fs_text *fs_journal_begin(struct fs_journal *journal);
void fs_journal_end(struct fs_journal *journal, const char *message);
void fs_journal_free(struct fs_journal *journal);

#endif
