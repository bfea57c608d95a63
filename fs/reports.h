/*
 * reports.h - what the software GPU says about itself, as lines in `errors`.
 */
#ifndef KFDFS_REPORTS_H
#define KFDFS_REPORTS_H

#include "state/world.h"

/* Start after the world is open, stop before it is closed. Without reports all else works as well.
 */
void fs_reports_start(struct fs_world *world);
/* Takes in what has been said so far. Not under the lock. */
void fs_reports_drain(void);
void fs_reports_stop(void);

#endif
