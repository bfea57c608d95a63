/*
 * ops_names.c - names are looked up, forgotten, made, removed and renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "front/callback.h"

static struct fuse_entry_param entry_of(const struct fs_node *node, const struct stat *st)
{
    return (struct fuse_entry_param){.ino = node->number,
                                     .generation = 1,
                                     .attr = *st,
                                     .attr_timeout = fs_keeps(node),
                                     .entry_timeout = fs_keeps(node)};
}

static void reply_entry(fuse_req_t req, struct fs_node *node, const struct stat *st)
{
    struct fuse_entry_param entry = entry_of(node, st);
    struct fs_world *world = fs_req_world(req);
    fs_before_reply();
    if (fuse_reply_entry(req, &entry))
        fs_tree_forget(world, node, 1); /* the kernel never heard of it */
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fs_node *node;
    struct stat st;
    int r = strlen(name) > 255 ? -ENAMETOOLONG : 0; /* the kernel would let a FUSE name have 1024 */
    if (!r)
        r = fs_tree_lookup(fs_req_world(req), fs_req_node(req, parent), name, fs_req_pid(req), &node, &st);
    if (r)
        fuse_reply_err(req, -r);
    else
        reply_entry(req, node, &st);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
    fs_tree_forget(fs_req_world(req), fs_req_node(req, ino), lookups);
    fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++)
        fs_tree_forget(fs_req_world(req), fs_req_node(req, forgets[i].ino), forgets[i].nlookup);
    fuse_reply_none(req);
}

/* What has a sentence is worth a line in `errors`; a name that is not there, or there already, is not. */
static void forget_sentence(void)
{
    gpu_err_note("%s", "");
}

static void answer_name(struct fs_request *request, int r)
{
    if (r && *gpu_err_text())
        fs_answer_error(request, r);
    else
        fs_answer(request, r);
}

static void refuse_name(fuse_req_t req, fuse_ino_t dir, int r)
{
    struct fs_request *request = fs_request_create(req, dir, NULL, &fs_replies_error);
    if (request)
        answer_name(request, r);
}

static int make(fuse_req_t req, const struct fs_node *dir, const char *name, mode_t mode, bool is_dir)
{
    const struct fs_dir_class *class = dir->row->dir;
    const struct fuse_ctx *ctx = fuse_req_ctx(req);
    struct fs_creation by = {mode & ~ctx->umask, ctx->uid, ctx->gid};
    int (*function)(struct fs_object *, const char *, const struct fs_creation *) = !class   ? NULL
                                                                                    : is_dir ? class->mkdir
                                                                                             : class->create;
    forget_sentence();
    if (!function)
        return gpu_err(-EPERM, "%s: %s cannot be made in this directory", name,
                       is_dir ? "a directory" : "a file");
    if (strlen(name) > 255)
        return -ENAMETOOLONG;
    fs_tree_acts(fs_req_world(req), ctx->pid);
    fs_lock(fs_req_world(req));
    int r = function(dir->object, name, &by);
    fs_unlock(fs_req_world(req));
    return r;
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    int r = make(req, fs_req_node(req, parent), name, mode, true);
    if (r)
        refuse_name(req, parent, r);
    else
        op_lookup(req, parent, name);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)device;
    int r = S_ISREG(mode) ? make(req, fs_req_node(req, parent), name, mode, false)
                          : gpu_err(-EPERM, "%s: no devices, pipes or sockets can be made here", name);
    if (r)
        refuse_name(req, parent, r);
    else
        op_lookup(req, parent, name);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
    (void)ino;
    refuse_name(req, parent, gpu_err(-EPERM, "%s: no links can be made here", name));
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    (void)target;
    refuse_name(req, parent, gpu_err(-EPERM, "%s: no links can be made here", name));
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fs_request *request = fs_request_create(req, parent, NULL, &fs_replies_error);
    if (!request)
        return;
    const struct fs_dir_class *class = request->node->row->dir;
    forget_sentence();
    int r;
    if (class && class->unlink) {
        fs_lock(request->world);
        r = class->unlink(request->node->object, name);
        fs_unlock(request->world);
    } else {
        r = gpu_err(-EPERM, "%s cannot be removed", name);
    }
    answer_name(request, r);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fs_request *request = fs_request_create(req, parent, NULL, &fs_replies_error);
    if (!request)
        return;
    const struct fs_dir_class *class = request->node->row->dir;
    forget_sentence();
    if (class && class->remove) {
        class->remove(request, request->node->object, name);
        return;
    }
    int r;
    if (class && class->rmdir) {
        fs_lock(request->world);
        r = class->rmdir(request->node->object, name);
        fs_unlock(request->world);
    } else {
        r = gpu_err(-EPERM, "%s cannot be removed", name);
    }
    answer_name(request, r);
}

static int exchange_names(const struct fs_request *request, const struct fs_dir_class *class,
                          const char *name, const struct fs_node *to, const char *new_name)
{
    fs_lock(request->world);
    int r = class->exchange(request->node->object, name, to->object, new_name);
    fs_unlock(request->world);
    return r;
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                      const char *new_name, unsigned flags)
{
    struct fs_request *request = fs_request_create(req, parent, NULL, &fs_replies_error);
    if (!request)
        return;
    const struct fs_node *to = fs_req_node(req, new_parent);
    const struct fs_dir_class *class = request->node->row->dir;
    forget_sentence();
    bool exchange = flags == RENAME_EXCHANGE && class && class->exchange;
    if (flags & ~(unsigned)RENAME_NOREPLACE && !exchange)
        fs_answer(request, -EINVAL);
    else if (strlen(new_name) > 255)
        fs_answer(request, -ENAMETOOLONG);
    else if (class != to->row->dir)
        fs_answer(request, -EXDEV);
    else if (!class || !class->rename)
        answer_name(request, gpu_err(-EPERM, "%s cannot be renamed", name));
    else if (exchange)
        fs_answer(request, exchange_names(request, class, name, to, new_name));
    else
        class->rename(request, request->node->object, name, to->object, new_name, !flags);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *fi)
{
    struct fs_world *world = fs_req_world(req);
    struct fs_node *node;
    struct fs_file *file;
    struct stat st;
    int r = make(req, fs_req_node(req, parent), name, mode, false);
    if (!r || (r == -EEXIST && !(fi->flags & O_EXCL)))
        r = fs_tree_lookup(world, fs_req_node(req, parent), name, fs_req_pid(req), &node, &st);
    if (r) {
        refuse_name(req, parent, r);
        return;
    }
    r = fs_tree_open(world, node, fs_req_pid(req), fi->flags, &file);
    if (r) {
        fs_tree_forget(world, node, 1);
        fuse_reply_err(req, -r);
        return;
    }
    fs_fill_open(fi, file);
    struct fuse_entry_param entry = entry_of(node, &st);
    fs_before_reply();
    if (fuse_reply_create(req, &entry, fi)) {
        fs_tree_release(file);
        fs_tree_forget(world, node, 1);
    }
}

void fs_ops_names(struct fuse_lowlevel_ops *ops)
{
    ops->lookup = op_lookup;
    ops->forget = op_forget;
    ops->forget_multi = op_forget_multi;
    ops->mkdir = op_mkdir;
    ops->mknod = op_mknod;
    ops->link = op_link;
    ops->symlink = op_symlink;
    ops->create = op_create;
    ops->unlink = op_unlink;
    ops->rmdir = op_rmdir;
    ops->rename = op_rename;
}
