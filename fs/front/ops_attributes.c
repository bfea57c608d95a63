/*
 * ops_attributes.c - what files are: their attributes, plain and extended, targets of links, room on the
 * GPUs.
 */
#include <errno.h>
#include <sys/statvfs.h>
#include <time.h>

#include "files/buffer_files.h"
#include "front/callback.h"
#include "state/pool.h"

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)fi;
    struct fs_node *node = fs_req_node(req, ino);
    struct stat st;
    double timeout = fs_keeps(node);
    fs_tree_stat(fs_req_world(req), node, fs_req_pid(req), &st);
    fuse_reply_attr(req, &st, timeout);
}

static int wanted_changes(int to_set)
{
    static const int pairs[][2] = {
        {FUSE_SET_ATTR_MODE, FS_SET_MODE},       {FUSE_SET_ATTR_UID, FS_SET_UID},
        {FUSE_SET_ATTR_GID, FS_SET_GID},         {FUSE_SET_ATTR_ATIME, FS_SET_ATIME},
        {FUSE_SET_ATTR_ATIME_NOW, FS_SET_ATIME}, {FUSE_SET_ATTR_MTIME, FS_SET_MTIME},
        {FUSE_SET_ATTR_MTIME_NOW, FS_SET_MTIME}};
    int what = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (to_set & pairs[i][0])
            what |= pairs[i][1];
    return what;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set, struct fuse_file_info *fi)
{
    struct fs_request *request = fs_request_create(req, ino, fs_req_file(req, fi), &fs_replies_attr);
    if (!request)
        return;
    const struct fs_class *class = request->node->row->class;
    int what = wanted_changes(to_set);
    if (to_set & FUSE_SET_ATTR_ATIME_NOW)
        clock_gettime(CLOCK_REALTIME, &st->st_atim);
    if (to_set & FUSE_SET_ATTR_MTIME_NOW)
        clock_gettime(CLOCK_REALTIME, &st->st_mtim);
    if ((what && !(to_set & FUSE_SET_ATTR_SIZE) && (!class || !class->change)) ||
        ((to_set & FUSE_SET_ATTR_SIZE) && (!class || !class->resize))) {
        fs_answer(request, -EPERM);
        return;
    }
    if (what && class->change) {
        fs_lock(request->world);
        class->change(request->node->object, st, what);
        fs_unlock(request->world);
    }
    if (to_set & FUSE_SET_ATTR_SIZE)
        class->resize(request, request->node->object, request->file, (uint64_t)st->st_size);
    else
        fs_answer(request, 0);
}

static const struct fs_entry *buffer_of(const struct fs_node *node)
{
    if (node->row->class != &fs_buffer_class)
        return NULL;
    return FS_CONTAINER(node->object, struct fs_entry, object);
}

static void reply_attribute(fuse_req_t req, const struct fs_text *value, size_t size)
{
    if (value->failed)
        fuse_reply_err(req, ENOMEM);
    else if (!size)
        fuse_reply_xattr(req, value->length);
    else if (size < value->length)
        fuse_reply_err(req, ERANGE);
    else
        fuse_reply_buf(req, value->data, value->length);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    const struct fs_entry *buffer = buffer_of(fs_req_node(req, ino));
    struct fs_text value = {0};
    fs_lock(fs_req_world(req));
    bool known = buffer && fs_buffer_attribute(buffer, name, &value);
    fs_unlock(fs_req_world(req));
    if (known)
        reply_attribute(req, &value, size);
    else
        fuse_reply_err(req, ENODATA);
    fs_text_free(&value);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    const struct fs_entry *buffer = buffer_of(fs_req_node(req, ino));
    struct fs_text list = {0};
    fs_lock(fs_req_world(req));
    if (buffer)
        fs_buffer_attributes(buffer, &list);
    fs_unlock(fs_req_world(req));
    reply_attribute(req, &list, size);
    fs_text_free(&list);
}

/* Not ENOSYS: that would turn attributes off for the whole mount. */
static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
                        int flags)
{
    (void)ino, (void)name, (void)value, (void)size, (void)flags;
    fuse_reply_err(req, EOPNOTSUPP);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    (void)ino, (void)name;
    fuse_reply_err(req, EOPNOTSUPP);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
    struct fs_world *world = fs_req_world(req);
    const struct fs_entry *entry = buffer_of(fs_req_node(req, ino));
    uint64_t used = 0, total = 0;
    for (unsigned i = 0; i < world->n_gpus; i++) {
        uint64_t own_used, own_total;
        if (entry && entry->gpu != &world->gpus[i])
            continue;
        if (!gpu_memory(world->gpus[i].gpu, !entry || entry->pool == GPU_VRAM, &own_used, &own_total)) {
            used += own_used;
            total += own_total;
        }
    }
    struct statvfs st = {.f_bsize = 4096,
                         .f_frsize = 4096,
                         .f_blocks = total / 4096,
                         .f_bfree = (total - used) / 4096,
                         .f_bavail = (total - used) / 4096,
                         .f_namemax = 255};
    fuse_reply_statfs(req, &st);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
    struct fs_text target = {0};
    int r = fs_tree_link(fs_req_world(req), fs_req_node(req, ino), &target);
    if (r)
        fuse_reply_err(req, -r);
    else
        fuse_reply_readlink(req, target.data);
    fs_text_free(&target);
}

void fs_ops_attributes(struct fuse_lowlevel_ops *ops)
{
    ops->getattr = op_getattr;
    ops->setattr = op_setattr;
    ops->getxattr = op_getxattr;
    ops->listxattr = op_listxattr;
    ops->setxattr = op_setxattr;
    ops->removexattr = op_removexattr;
    ops->statfs = op_statfs;
    ops->readlink = op_readlink;
}
