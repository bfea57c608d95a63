/*
 * errors.c - what went wrong, one line for a human each.
 */
#include "state/errors.h"

#include <string.h>

void fs_errors_add(struct fs_journal *errors, pid_t pid, int error, const char *path, const char *message)
{
    struct fs_text *text = fs_journal_begin(errors);
    if (pid)
        fs_text_printf(text, "%d ", (int)pid);
    else
        fs_text_add(text, "- ", 2);
    fs_text_printf(text, "%s ", fs_errno_name(error));
    fs_text_name(text, path);
    fs_text_add(text, " ", 1);
    fs_journal_end(errors, *message ? message : strerror(error < 0 ? -error : error));
}
