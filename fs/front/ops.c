/*
 * ops.c - the FUSE callbacks: from the kernel's requests to the tree's rows and back. The only file that
 * knows FUSE.
 *
 * Invariant: each callback answers its request, or hands it to a function that will; none waits for a GPU.
 * The low- level interface is used since only it lets requests be kept, and nodes be told apart by lookup.
 */
#define FUSE_USE_VERSION 312
#include "front/ops.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <stdio.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/buffer_files.h"
#include "files/pool_files.h"
#include "front/gate.h"
#include "front/polls.h"
#include "state/pool.h"

struct fs_session {
    struct fuse_session *se;
    bool mounted;
    const char *adopted; /* mounted here by an earlier image: FUSE does not know where */
    bool told_to_end;
};

static const double remembered = 3600; /* seconds; of what only changes by way of the kernel */

static struct fs_world *world_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

/* What a callback is asked about was told by an earlier reply, and is let go only after all replies that tell
 * of it: an order that passes through the kernel. Checkers of data races cannot see it there; these two show
 * it to them. */
static _Atomic unsigned replies_begun;

static void before_reply(void)
{
    atomic_fetch_add_explicit(&replies_begun, 1, memory_order_release);
}

static void after_replies(void)
{
    atomic_load_explicit(&replies_begun, memory_order_acquire);
}

static struct fs_node *node_of(fuse_req_t req, fuse_ino_t ino)
{
    after_replies();
    return ino == FUSE_ROOT_ID ? fs_tree_root(world_of(req)) : fs_number_find(&world_of(req)->numbers, ino);
}

static struct fs_file *file_of(fuse_req_t req, const struct fuse_file_info *fi)
{
    after_replies();
    return fi ? fs_number_find(&world_of(req)->numbers, fi->fh) : NULL;
}

static pid_t pid_of(fuse_req_t req)
{
    return fuse_req_ctx(req)->pid;
}

static double keeps(const struct fs_node *node)
{
    return node->row->flags & FS_STATIC ? remembered : 0;
}

/* ---- requests ---- */

static void on_interrupt(fuse_req_t req, void *data)
{
    (void)req;
    struct fs_request *request = data;
    request->on_interrupt(request);
}

static void watch(struct fs_request *request, void (*interrupted)(struct fs_request *))
{
    request->on_interrupt = interrupted;
    fuse_req_interrupt_func(request->handle, interrupted ? on_interrupt : NULL, request);
}

static void reply_error(struct fs_request *request, ssize_t result)
{
    before_reply();
    fuse_reply_err(request->handle, result < 0 ? (int)-result : 0);
    free(request);
}

static void reply_count(struct fs_request *request, ssize_t result)
{
    before_reply();
    if (result < 0)
        fuse_reply_err(request->handle, (int)-result);
    else
        fuse_reply_write(request->handle, (size_t)result);
    free(request);
}

static void reply_attr(struct fs_request *request, ssize_t result)
{
    before_reply();
    if (result < 0) {
        fuse_reply_err(request->handle, (int)-result);
    } else {
        struct stat st;
        double timeout = keeps(request->node);
        fs_tree_stat(request->world, request->node, request->pid, &st);
        fuse_reply_attr(request->handle, &st, timeout);
    }
    free(request);
}

static void reply_data(struct fs_request *request, const void *bytes, size_t length)
{
    before_reply();
    fuse_reply_buf(request->handle, bytes, length);
    free(request);
}

static struct fuse_session *_Atomic served; /* as long as it answers */

/* Pages that were changed meanwhile are written back first, by a request that another thread has to answer.
 */
static void drop_pages(void *ctx)
{
    struct fs_request *request = ctx;
    struct fuse_session *se = atomic_load(&served);
    if (se)
        fuse_lowlevel_notify_inval_inode(se, request->node->number, 0, 0);
    if (atomic_load(&served))
        reply_error(request, 0);
    else
        free(request);
}

/* Who has mapped a buffer shared sees from then on what GPUs wrote until then. */
static void reply_sync(struct fs_request *request, ssize_t result)
{
    if (result || !fs_gate_maps() || fs_slow(request->world, drop_pages, request))
        reply_error(request, result);
}

static char *path_of(const struct fs_request *request)
{
    return fs_node_path(request->node);
}

static const struct fs_replies replies_sync = {reply_sync, reply_data, watch, path_of};
static const struct fs_replies replies_error = {reply_error, reply_data, watch, path_of};
static const struct fs_replies replies_count = {reply_count, reply_data, watch, path_of};
static const struct fs_replies replies_attr = {reply_attr, reply_data, watch, path_of};

static struct fs_request *request_create(fuse_req_t req, fuse_ino_t ino, struct fs_file *file,
                                         const struct fs_replies *replies)
{
    struct fs_request *request = calloc(1, sizeof *request);
    if (!request) {
        fuse_reply_err(req, ENOMEM);
        return NULL;
    }
    request->world = world_of(req);
    request->replies = replies;
    request->handle = req;
    request->pid = pid_of(req);
    request->node = node_of(req, ino);
    request->file = file;
    fs_tree_acts(request->world, request->pid);
    return request;
}

/* ---- names ---- */

static void reply_entry(fuse_req_t req, struct fs_node *node, const struct stat *st)
{
    struct fuse_entry_param entry = {.ino = node->number,
                                     .generation = 1,
                                     .attr = *st,
                                     .attr_timeout = keeps(node),
                                     .entry_timeout = keeps(node)};
    struct fs_world *world = world_of(req);
    before_reply();
    if (fuse_reply_entry(req, &entry))
        fs_tree_forget(world, node, 1); /* the kernel never heard of it */
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fs_node *node;
    struct stat st;
    int r = strlen(name) > 255 ? -ENAMETOOLONG : 0; /* the kernel would let a FUSE name have 1024 */
    if (!r)
        r = fs_tree_lookup(world_of(req), node_of(req, parent), name, pid_of(req), &node, &st);
    if (r)
        fuse_reply_err(req, -r);
    else
        reply_entry(req, node, &st);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
    fs_tree_forget(world_of(req), node_of(req, ino), lookups);
    fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++)
        fs_tree_forget(world_of(req), node_of(req, forgets[i].ino), forgets[i].nlookup);
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
    struct fs_request *request = request_create(req, dir, NULL, &replies_error);
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
    fs_tree_acts(world_of(req), ctx->pid);
    fs_lock(world_of(req));
    int r = function(dir->object, name, &by);
    fs_unlock(world_of(req));
    return r;
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    int r = make(req, node_of(req, parent), name, mode, true);
    if (r)
        refuse_name(req, parent, r);
    else
        op_lookup(req, parent, name);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)device;
    int r = S_ISREG(mode) ? make(req, node_of(req, parent), name, mode, false)
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
    struct fs_request *request = request_create(req, parent, NULL, &replies_error);
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
    struct fs_request *request = request_create(req, parent, NULL, &replies_error);
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
    struct fs_request *request = request_create(req, parent, NULL, &replies_error);
    if (!request)
        return;
    const struct fs_node *to = node_of(req, new_parent);
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

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
    struct fs_text target = {0};
    int r = fs_tree_link(world_of(req), node_of(req, ino), &target);
    if (r)
        fuse_reply_err(req, -r);
    else
        fuse_reply_readlink(req, target.data);
    fs_text_free(&target);
}

/* ---- attributes ---- */

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)fi;
    struct fs_node *node = node_of(req, ino);
    struct stat st;
    double timeout = keeps(node);
    fs_tree_stat(world_of(req), node, pid_of(req), &st);
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
    struct fs_request *request = request_create(req, ino, file_of(req, fi), &replies_attr);
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
    const struct fs_entry *buffer = buffer_of(node_of(req, ino));
    struct fs_text value = {0};
    fs_lock(world_of(req));
    bool known = buffer && fs_buffer_attribute(buffer, name, &value);
    fs_unlock(world_of(req));
    if (known)
        reply_attribute(req, &value, size);
    else
        fuse_reply_err(req, ENODATA);
    fs_text_free(&value);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    static const char names[] = "user.gpu_va\0user.gpu_window", losses[] = "user.gpu_losses";
    const struct fs_entry *buffer = buffer_of(node_of(req, ino));
    struct fs_text list = {0};
    fs_lock(world_of(req));
    if (buffer && buffer->memory) {
        fs_text_add(&list, names, sizeof names);
        fs_text_add(&list, losses, buffer->losses ? sizeof losses : 0);
    }
    fs_unlock(world_of(req));
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
    struct fs_world *world = world_of(req);
    const struct fs_entry *entry = buffer_of(node_of(req, ino));
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

/* ---- files ---- */

static void fill_open(struct fuse_file_info *fi, struct fs_file *file)
{
    fi->fh = file->number;
    fi->direct_io = 1; /* no cache between a reader and the GPU */
    fi->noflush = !file->row->class->flush;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 15)
    fi->parallel_direct_writes = 1;
#endif
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct fs_file *file;
    int r = fs_tree_open(world_of(req), node_of(req, ino), pid_of(req), fi->flags, &file);
    if (r) {
        fuse_reply_err(req, -r);
        return;
    }
    fill_open(fi, file);
    before_reply();
    if (fuse_reply_open(req, fi))
        fs_tree_release(file);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *fi)
{
    struct fs_world *world = world_of(req);
    struct fs_node *node;
    struct fs_file *file;
    struct stat st;
    int r = make(req, node_of(req, parent), name, mode, false);
    if (!r || (r == -EEXIST && !(fi->flags & O_EXCL)))
        r = fs_tree_lookup(world, node_of(req, parent), name, pid_of(req), &node, &st);
    if (r) {
        refuse_name(req, parent, r);
        return;
    }
    r = fs_tree_open(world, node, pid_of(req), fi->flags, &file);
    if (r) {
        fs_tree_forget(world, node, 1);
        fuse_reply_err(req, -r);
        return;
    }
    fill_open(fi, file);
    struct fuse_entry_param entry = {.ino = node->number,
                                     .generation = 1,
                                     .attr = st,
                                     .attr_timeout = keeps(node),
                                     .entry_timeout = keeps(node)};
    before_reply();
    if (fuse_reply_create(req, &entry, fi)) {
        fs_tree_release(file);
        fs_tree_forget(world, node, 1);
    }
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct fs_file *file = file_of(req, fi);
    struct fs_request *request = request_create(req, ino, file, &replies_error);
    if (request)
        file->row->class->read(request, file, (uint64_t)offset, size);
}

static int copy_source(struct fs_source *source, void *to)
{
    struct fuse_bufvec memory = FUSE_BUFVEC_INIT(source->bytes);
    memory.buf[0].mem = to;
    ssize_t n = fuse_buf_copy(&memory, source->handle, 0);
    return n < 0 ? (int)n : (size_t)n == source->bytes ? 0 : -EIO;
}

static void op_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *bufv, off_t offset,
                         struct fuse_file_info *fi)
{
    struct fs_file *file = file_of(req, fi);
    struct fs_request *request = request_create(req, ino, file, &replies_count);
    if (!request)
        return;
    struct fs_source source = {.bytes = fuse_buf_size(bufv), .copy = copy_source, .handle = bufv};
    if (file->row->class->write)
        file->row->class->write(request, file, (uint64_t)offset, &source);
    else
        fs_answer(request, -EPERM);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct fs_file *file = file_of(req, fi);
    struct fs_request *request = request_create(req, ino, file, &replies_error);
    if (!request)
        return;
    if (file->row->class->flush)
        file->row->class->flush(request, file);
    else
        fs_answer(request, 0);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    struct fs_file *file = file_of(req, fi);
    fs_lock(world_of(req));
    fs_poll_forget(file);
    fs_unlock(world_of(req));
    fs_tree_release(file);
    fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)datasync;
    struct fs_file *file = file_of(req, fi);
    struct fs_request *request = request_create(req, ino, file, &replies_sync);
    if (!request)
        return;
    if (file->row->class->sync)
        file->row->class->sync(request, file);
    else
        fs_answer(request, 0);
}

static bool is_buffer(const struct fs_file *file)
{
    return file->row->class == &fs_buffer_class;
}

static void op_copy_file_range(fuse_req_t req, fuse_ino_t ino, off_t offset, struct fuse_file_info *fi,
                               fuse_ino_t out_ino, off_t out_offset, struct fuse_file_info *out_fi,
                               size_t length, int flags)
{
    (void)ino;
    struct fs_file *in = file_of(req, fi), *out = file_of(req, out_fi);
    struct fs_request *request = request_create(req, out_ino, out, &replies_count);
    if (!request)
        return;
    if (flags || !is_buffer(in) || !is_buffer(out))
        fs_answer(request, -EOPNOTSUPP);
    else
        fs_buffer_copy(request, in, (uint64_t)offset, out, (uint64_t)out_offset, length);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
                         struct fuse_file_info *fi)
{
    struct fs_request *request = request_create(req, ino, file_of(req, fi), &replies_error);
    if (!request)
        return;
    if (is_buffer(request->file))
        fs_buffer_allocate(request, request->file, mode, (uint64_t)offset, (uint64_t)length);
    else
        fs_answer(request, -EOPNOTSUPP);
}

static void poll_notify(void *handle)
{
    fuse_lowlevel_notify_poll(handle);
}

static void poll_destroy(void *handle)
{
    fuse_pollhandle_destroy(handle);
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *wanted)
{
    (void)ino;
    struct fs_file *file = file_of(req, fi);
    const struct fs_class *class = file->row->class;
    unsigned events =
        class && class->ready ? POLLIN | POLLRDNORM | POLLPRI : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    struct fs_poll_handle handle = {wanted, poll_notify, poll_destroy};
    fs_lock(world_of(req));
    bool ready = fs_poll_ready(file);
    bool kept = wanted && !ready && !fs_poll_add(file, &handle);
    fs_unlock(world_of(req));
    if (wanted && !kept)
        fuse_pollhandle_destroy(wanted);
    fuse_reply_poll(req, ready ? events : 0);
}

/* ---- directories ---- */

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct fs_listing *listing;
    const struct fs_node *node = node_of(req, ino);
    int r = fs_tree_list(world_of(req), &listing);
    if (r) {
        fuse_reply_err(req, -r);
        return;
    }
    fi->fh = listing->number;
    fi->cache_readdir = fi->keep_cache =
        node->row->dir == &fs_pool_class; /* the kernel makes all changes there */
    before_reply();
    struct fs_world *world = world_of(req);
    if (fuse_reply_open(req, fi))
        fs_listing_free(world, listing);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    const struct fs_node *node = node_of(req, ino);
    struct fs_listing *listing = fs_number_find(&world_of(req)->numbers, fi->fh);
    char *buffer = malloc(size);
    if (!buffer || (!offset && fs_tree_list_fill(world_of(req), node, listing))) {
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
    before_reply();
    fuse_reply_buf(req, buffer, used);
    free(buffer);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    after_replies();
    fs_listing_free(world_of(req), fs_number_find(&world_of(req)->numbers, fi->fh));
    fuse_reply_err(req, 0);
}

/* ---- the session ---- */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
    (void)userdata;
    conn->want &= ~(unsigned)FUSE_CAP_ATOMIC_O_TRUNC; /* truncation comes by itself: it may have to be kept */
    conn->want |= conn->capable & (FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
    conn->max_write = 1 << 20;
    conn->max_readahead = 0;
}

static const struct fuse_lowlevel_ops operations = {
    .init = op_init,
    .lookup = op_lookup,
    .forget = op_forget,
    .forget_multi = op_forget_multi,
    .getattr = op_getattr,
    .setattr = op_setattr,
    .readlink = op_readlink,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .unlink = op_unlink,
    .rmdir = op_rmdir,
    .symlink = op_symlink,
    .rename = op_rename,
    .link = op_link,
    .open = op_open,
    .create = op_create,
    .read = op_read,
    .write_buf = op_write_buf,
    .flush = op_flush,
    .release = op_release,
    .fsync = op_fsync,
    .opendir = op_opendir,
    .readdir = op_readdir,
    .releasedir = op_releasedir,
    .statfs = op_statfs,
    .setxattr = op_setxattr,
    .getxattr = op_getxattr,
    .listxattr = op_listxattr,
    .removexattr = op_removexattr,
    .fallocate = op_fallocate,
    .copy_file_range = op_copy_file_range,
    .poll = op_poll,
};

void fs_session_help(void)
{
    fuse_lowlevel_help();
}

void fs_session_version(void)
{
    printf("libfuse %s\n", fuse_pkgversion());
}

int fs_session_open(struct fs_world *world, const char *options, bool debug, struct fs_session **out)
{
    struct fs_session *session = calloc(1, sizeof *session);
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    int r = !session || fuse_opt_add_arg(&args, "kfdfs") ||
            fuse_opt_add_arg(&args, "-osubtype=kfdfs,fsname=kfdfs");
    if (!r && *options)
        r = fuse_opt_add_arg(&args, "-o") || fuse_opt_add_arg(&args, options);
    if (!r && debug)
        r = fuse_opt_add_arg(&args, "-odebug");
    if (!r)
        session->se = fuse_session_new(&args, &operations, sizeof operations, world);
    fuse_opt_free_args(&args);
    if (!session || !session->se) {
        free(session);
        return -EINVAL;
    }
    *out = session;
    return 0;
}

static const struct fuse_custom_io io = {.read = fs_gate_read,
                                         .writev = fs_gate_write,
                                         .splice_receive = fs_gate_splice_from,
                                         .splice_send = fs_gate_splice_to};

/* From the mount's descriptor on. */
static int begin(struct fs_session *session, int fd)
{
    if (fuse_session_custom_io(session->se, &io, fd) || fuse_set_signal_handlers(session->se))
        return -EIO;
    atomic_store(&served, session->se);
    session->mounted = true;
    return 0;
}

int fs_session_mount(struct fs_session *session, const char *mountpoint)
{
    if (fuse_session_mount(session->se, mountpoint))
        return -EIO;
    int r = begin(session, fuse_session_fd(session->se));
    if (r)
        fuse_session_unmount(session->se);
    return r;
}

int fs_session_adopt(struct fs_session *session, int fd, const char *mountpoint)
{
    session->adopted = mountpoint;
    return begin(session, fd);
}

int fs_session_fd(struct fs_session *session)
{
    return fuse_session_fd(session->se);
}

int fs_session_loop(struct fs_session *session)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    if (!config)
        return -ENOMEM;
    int r = fuse_session_loop_mt(session->se, config);
    fuse_loop_cfg_destroy(config);
    session->told_to_end = r > 0;
    return r < 0 ? r : 0; /* above: the signal that ended it */
}

/* What fuse_session_unmount() does for a mount that it made. */
static void unmount_adopted(const char *mountpoint)
{
    char *argv[] = {"fusermount3", "-u", "-q", "-z", "--", (char *)(uintptr_t)mountpoint, NULL};
    pid_t pid;
    if (umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) &&
        !posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
        waitpid(pid, NULL, 0);
}

void fs_session_unmount(struct fs_session *session)
{
    if (!session->mounted)
        return;
    fuse_remove_signal_handlers(session->se);
    atomic_store(&served, NULL);
    if (session->adopted && session->told_to_end)
        unmount_adopted(session->adopted);
    fuse_session_unmount(session->se);
    session->mounted = false;
}

void fs_session_close(struct fs_session *session)
{
    if (!session)
        return;
    fs_session_unmount(session);
    fuse_session_destroy(session->se);
    free(session);
}
