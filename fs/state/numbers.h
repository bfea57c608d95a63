/*
 * numbers.h - what the kernel knows nodes, open files and listings by. Numbers stay the same when a fresh
 * image of the daemon takes the mount over; addresses would not.
 */
#ifndef KFDFS_FS_NUMBERS_H
#define KFDFS_FS_NUMBERS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct fs_numbers {
    pthread_mutex_t lock; /* guards the rest; taken last */
    void **at;            /* NULL: free */
    size_t n, hint;       /* hint: nothing is free below */
};

enum { FS_FIRST_NUMBER = 2 }; /* 0 is none, 1 FUSE's root */

/* Of *number 0: chooses one; else that one. 0 or -ENOMEM. */
int fs_number_set(struct fs_numbers *numbers, uint64_t *number, void *what);
void fs_number_drop(struct fs_numbers *numbers, uint64_t number);  /* takes 0 */
void *fs_number_find(struct fs_numbers *numbers, uint64_t number); /* NULL: none such */

#endif
