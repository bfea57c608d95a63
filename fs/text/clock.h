/* clock.h - the time that everything is told in: CLOCK_MONOTONIC, as the driver tells its own. */
#ifndef KFDFS_FS_CLOCK_H
#define KFDFS_FS_CLOCK_H

#include <stdint.h>

uint64_t fs_now_ns(void);

#endif
