/* preload.h - running a program on software GPUs: the simulator preloaded in front of libc. */
#ifndef KFDFS_FS_PRELOAD_H
#define KFDFS_FS_PRELOAD_H

#include <stdbool.h>

/* Is this process on software GPUs already? */
bool preload_is_on(void);
/* Runs the program (searched in PATH) in place of this process. Returns only on failure, with a message on
 * stderr. */
int preload_exec(const char *models, const char *options, const char *program, char **argv);
int preload_exec_self(const char *models, const char *options, char **argv);

#endif
