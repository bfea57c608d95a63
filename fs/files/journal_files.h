/* journal_files.h - `errors` and `events` as files. */
#ifndef KFDFS_FS_JOURNAL_FILES_H
#define KFDFS_FS_JOURNAL_FILES_H

#include "tree/rows.h"

extern const struct fs_class fs_errors_class, fs_events_class;

#endif
