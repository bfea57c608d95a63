/* files.h - the table of all files and directories. */
#ifndef KFDFS_FS_FILES_H
#define KFDFS_FS_FILES_H

#include "tree/rows.h"

extern const struct fs_row fs_rows[]; /* ended by a row without a path; the root's is the first */

#endif
