/* listing.h - what is in a directory. */
#ifndef KFDFS_FS_LISTING_H
#define KFDFS_FS_LISTING_H

#include "tree/tree.h"

struct fs_listing {       /* readdir's snapshot */
    struct fs_text names; /* name, NUL, name, NUL ... */
    struct fs_listed {
        size_t name; /* offset in names */
        uint64_t inode;
        mode_t type;
    } * entries;
    size_t n, capacity;
    struct fs_listing *next, **link; /* among the world's open ones */
    uint64_t number;
};
/* Adds a name. */
void fs_list(struct fs_listing *listing, const char *name, uint64_t inode, mode_t type);

/* These take the lock themselves. An empty listing, and what is in it as it is now: a reader may have no need
 * of that. */
int fs_tree_list(struct fs_world *world, struct fs_listing **out);
int fs_tree_list_fill(struct fs_world *world, const struct fs_node *node, struct fs_listing *listing);
void fs_listing_free(struct fs_world *world, struct fs_listing *listing);
void fs_listings_free(struct fs_world *world); /* all, at the end */
/* What the image before had, on the heap; takes it. Under the lock. */
int fs_tree_restore_listing(struct fs_world *world, struct fs_listing *listing);

#endif
