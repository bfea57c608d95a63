/*
 * tree.h - nodes: what the kernel knows files as, by their numbers.
 */
#ifndef KFDFS_FS_TREE_H
#define KFDFS_FS_TREE_H

#include "tree/rows.h"

/* As the kernel knows a file: made by a lookup, gone when the kernel forgot every lookup. */
struct fs_node {
    const struct fs_row *row;
    struct fs_object *object;     /* counted */
    uint64_t number;              /* what the kernel calls it; the root has none */
    struct fs_node *next, **link; /* in its bucket, or among the fresh ones */
    uint64_t lookups;
    struct fs_file *files; /* open ones */
    struct fs_text text;   /* what the last stat or lookup told the size of */
    pid_t text_pid;
    uint64_t text_ns;
    bool text_from_stat;
    uint64_t text_hash;
    struct timespec changed; /* when the text became what its hash says */
};

char *fs_node_path(const struct fs_node *node); /* see fs_object_path() */
/* The text for who opens the file now; under the lock. */
int fs_node_take_text(struct fs_node *node, pid_t pid, struct fs_text *out);

/* A process does more than look: from now on nothing from before is shown to it. Takes no lock. */
void fs_tree_acts(struct fs_world *world, pid_t pid);

/* All of these take the lock themselves. */
struct fs_node *fs_tree_root(struct fs_world *world);
int fs_tree_lookup(struct fs_world *world, struct fs_node *parent, const char *name, pid_t pid,
                   struct fs_node **out, struct stat *st);
void fs_tree_forget(struct fs_world *world, struct fs_node *node, uint64_t lookups);
void fs_tree_stat(struct fs_world *world, struct fs_node *node, pid_t pid, struct stat *st);
int fs_tree_link(struct fs_world *world, struct fs_node *node, struct fs_text *target);
/* At the end: also what the kernel had no time to forget. */
void fs_tree_free(struct fs_world *world);

/* What the image before had: number and lookups are set in like. Under the lock. */
int fs_tree_restore_node(struct fs_world *world, const struct fs_node *like, struct fs_node **out);

#endif
