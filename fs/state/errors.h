/*
 * errors.h - the file `errors`: one line for each failed command. The caller holds the world's lock.
 */
#ifndef KFDFS_FS_ERRORS_H
#define KFDFS_FS_ERRORS_H

#include <sys/types.h>

#include "state/journal.h"

#define FS_ERRORS_COLUMNS "time pid errno path message"

/* pid 0 (not a process's doing) is shown as "-". */
void fs_errors_add(struct fs_journal *errors, pid_t pid, int error, const char *path, const char *message);

#endif
