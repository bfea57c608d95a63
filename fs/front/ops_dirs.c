/*
 * ops_dirs.c - open directories: a listing each, as it was when it was read from its start.
 */
#include <errno.h>
#include <stdlib.h>

#include "files/pool_files.h"
#include "front/callback.h"
#include "tree/listing.h"

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct fs_listing *listing;
    const struct fs_node *node = fs_req_node(req, ino);
    int r = fs_tree_list(fs_req_world(req), &listing);
    if (r) {
        fuse_reply_err(req, -r);
        return;
    }
    fi->fh = listing->number;
    fi->cache_readdir = fi->keep_cache =
        node->row->dir == &fs_pool_class; /* the kernel makes all changes there */
    fs_before_reply();
    struct fs_world *world = fs_req_world(req);
    if (fuse_reply_open(req, fi))
        fs_listing_free(world, listing);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    const struct fs_node *node = fs_req_node(req, ino);
    struct fs_listing *listing = fs_number_find(&fs_req_world(req)->numbers, fi->fh);
    char *buffer = malloc(size);
    if (!buffer || (!offset && fs_tree_list_fill(fs_req_world(req), node, listing))) {
        free(buffer);
        fuse_reply_err(req, ENOMEM);
        return;
    }
    size_t used = 0;
    for (size_t i = (size_t)offset; i < listing->n; i++) {
        const struct fs_listed *listed = &listing->entries[i];
        struct stat st = {.st_ino = listed->inode, .st_mode = listed->type};
        size_t n = fuse_add_direntry(req, buffer + used, size - used, listing->names.data + listed->name, &st,
                                     (off_t)i + 1);
        if (n > size - used)
            break;
        used += n;
    }
    fs_before_reply();
    fuse_reply_buf(req, buffer, used);
    free(buffer);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    fs_after_replies();
    fs_listing_free(fs_req_world(req), fs_number_find(&fs_req_world(req)->numbers, fi->fh));
    fuse_reply_err(req, 0);
}

void fs_ops_dirs(struct fuse_lowlevel_ops *ops)
{
    ops->opendir = op_opendir;
    ops->readdir = op_readdir;
    ops->releasedir = op_releasedir;
}
