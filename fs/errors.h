/*
 * errors.h - the file `errors`: one line for each failed command. The caller holds the world's lock.
 */
#ifndef KFDFS_FS_ERRORS_H
#define KFDFS_FS_ERRORS_H

#include <sys/types.h>
#include <time.h>

#include "text.h"

struct fs_errors {
    struct fs_text text;
    size_t limit;            /* bytes; 0: 16 MiB */
    struct timespec changed; /* when the last line came; 0: never */
};

/* The text as it reads now (with its header line). */
const struct fs_text *fs_errors_text(struct fs_errors *errors);
/* Adds "time pid errno path message". pid 0 (not a process's doing) is shown as "-". */
void fs_errors_add(struct fs_errors *errors, pid_t pid, int error, const char *path, const char *message);
void fs_errors_free(struct fs_errors *errors);

#endif
