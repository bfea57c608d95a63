/*
 * command_files.h - what the command functions of all rows share.
 */
#ifndef KFDFS_FS_COMMAND_FILES_H
#define KFDFS_FS_COMMAND_FILES_H

#include "tree/rows.h"
#include "state/queue.h"
#include "state/work.h"

extern const struct fs_class fs_command_class;

/* Calls each() for every line that is not blank, without the blanks around it. Stops at the first error,
 * whose sentence then quotes the line. */
int fs_each_line(const char *text, size_t length, int (*each)(void *ctx, const char *line, size_t length),
                 void *ctx);

/* Lines that are 0 or 1: the last one's goes to *on. usage: what another line is told. */
int fs_switch(const char *text, size_t length, const char *usage, int *on);

enum { FS_QUOTED = 400 }; /* bytes of a line that its error quotes */

enum { FS_AGAIN = 1 }; /* of a command function: work->need must be made first, then all again */
/* 0 if commands may be given to that queue, whether or not it has its hardware queue. */
int fs_check_queue(const struct fs_queue *queue);
/* 0 if that queue has its hardware queue; else FS_AGAIN with work->need set, or an error. */
int fs_need_queue(struct fs_work *work, struct fs_queue *queue);

#endif
