/* open_files.h - files that somebody has open. */
#ifndef KFDFS_FS_OPEN_FILES_H
#define KFDFS_FS_OPEN_FILES_H

#include "tree/tree.h"

struct fs_file {
    struct fs_world *world;
    struct fs_node *node;
    const struct fs_row *row;
    struct fs_object *object; /* counted */
    uint64_t number;
    struct fs_file *next; /* open files of the node */
    pid_t pid;
    int flags;
    struct fs_text text; /* a text file's content for this open file */
    uint64_t seen;       /* files that can be polled: how far they were read */
    bool was_read;
    bool at_end; /* the last read met the end: until then poll(2) says that there is something to read */
    struct fs_text tail;        /* command files: a last line without its newline yet */
    struct fs_written *written; /* command files: what a signal may have ended the wait for, newest first */
};

/* These take the lock themselves. */
int fs_tree_open(struct fs_world *world, struct fs_node *node, pid_t pid, int flags, struct fs_file **out);
void fs_tree_release(struct fs_file *file);
void fs_open_files_free(struct fs_world *world); /* at the end: what the kernel had no time to close */
/* What the image before had: number, text and tail are set in like. Its class is asked to open it. Under the
 * lock. */
int fs_tree_restore_file(struct fs_world *world, const struct fs_file *like);

extern const struct fs_class fs_text_class;

#endif
