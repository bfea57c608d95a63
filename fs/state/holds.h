/* holds.h - who may use a buffer's memory meanwhile. Under the lock. */
#ifndef KFDFS_FS_HOLDS_H
#define KFDFS_FS_HOLDS_H

#include "state/pool.h"

/* The right to use the memory of one or two buffers as it is (shared) or to change it (exclusive). */
struct fs_hold {
    struct fs_later later;
    struct fs_hold *next;
    struct fs_entry *buffer[2]; /* the second may be NULL */
    bool exclusive[2];
    void (*go)(struct fs_hold *hold); /* without the lock, when the hold could not be had at once */
};
/* True: granted at once. False: parked, go() will be called; unless only_now. */
bool fs_hold_take(struct fs_world *world, struct fs_hold *hold, bool only_now);
void fs_hold_drop(struct fs_world *world, struct fs_hold *hold);

#endif
