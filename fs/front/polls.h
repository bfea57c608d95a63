/*
 * polls.h - who sleeps in poll(2) or select(2) on a file, and their waking. Under the world's lock.
 */
#ifndef KFDFS_FS_POLL_H
#define KFDFS_FS_POLL_H

#include "tree/open_files.h"

struct fs_poll_handle { /* by ops_files.c */
    void *handle;
    void (*notify)(void *handle);  /* not under the lock */
    void (*destroy)(void *handle); /* after which there is none */
};

/* Is there anything to read that this open file has not read? Files of which nobody can say so always have.
 */
bool fs_poll_ready(struct fs_file *file);
/* Takes the handle: notifies once the file is ready, which is looked at whenever the lock is given back.
 * -ENOMEM: not taken. */
int fs_poll_add(struct fs_file *file, const struct fs_poll_handle *handle);
/* Not under the lock: tells all that there may be something, so that they ask again. */
void fs_poll_wake_all(struct fs_world *world);
void fs_poll_forget(struct fs_file *file); /* before it is released */
/* Not under the lock: forgets all, and returns once nobody is being woken. The connection to the kernel may
 * then be closed. */
void fs_poll_stop(struct fs_world *world);

#endif
