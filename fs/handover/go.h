/* go.h - from one image to the next. */
#ifndef KFDFS_FS_GO_H
#define KFDFS_FS_GO_H

#include "text/text.h"

/* What is written down is read only by a program that names the same format. */
uint64_t fs_handover_format(void);
/* kfdfs --takes FORMAT: the exit status says whether this program could go on from there. */
int fs_handover_takes(const char *format);
/* Whether that program starts at all, and knows our format. */
int fs_handover_check(const char *program);
/* Becomes the program, with that state. Returns only if that fails. */
int fs_handover_go(const char *program, int session_fd, const struct fs_text *state, char **argv);
/* The same with the state of an image before, once more. Returns if that fails, or was tried too often. */
int fs_handover_go_again(int fd, const char *state, char **argv);

#endif
