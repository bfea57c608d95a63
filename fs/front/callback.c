/*
 * callback.c - what FUSE's callbacks share: who and what a request is about, and how it is answered.
 */
#include "front/callback.h"

#include <errno.h>
#include <stdlib.h>

#include "front/gate.h"

struct fs_world *fs_req_world(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static _Atomic unsigned replies_begun;

void fs_before_reply(void)
{
    atomic_fetch_add_explicit(&replies_begun, 1, memory_order_release);
}

void fs_after_replies(void)
{
    atomic_load_explicit(&replies_begun, memory_order_acquire);
}

struct fs_node *fs_req_node(fuse_req_t req, fuse_ino_t ino)
{
    fs_after_replies();
    return ino == FUSE_ROOT_ID ? fs_tree_root(fs_req_world(req))
                               : fs_number_find(&fs_req_world(req)->numbers, ino);
}

struct fs_file *fs_req_file(fuse_req_t req, const struct fuse_file_info *fi)
{
    fs_after_replies();
    return fi ? fs_number_find(&fs_req_world(req)->numbers, fi->fh) : NULL;
}

pid_t fs_req_pid(fuse_req_t req)
{
    return fuse_req_ctx(req)->pid;
}

double fs_keeps(const struct fs_node *node)
{
    return node->row->flags & FS_STATIC ? 3600 : 0;
}

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
    fs_before_reply();
    fuse_reply_err(request->handle, result < 0 ? (int)-result : 0);
    free(request);
}

static void reply_count(struct fs_request *request, ssize_t result)
{
    fs_before_reply();
    if (result < 0)
        fuse_reply_err(request->handle, (int)-result);
    else
        fuse_reply_write(request->handle, (size_t)result);
    free(request);
}

static void reply_attr(struct fs_request *request, ssize_t result)
{
    fs_before_reply();
    if (result < 0) {
        fuse_reply_err(request->handle, (int)-result);
    } else {
        struct stat st;
        double timeout = fs_keeps(request->node);
        fs_tree_stat(request->world, request->node, request->pid, &st);
        fuse_reply_attr(request->handle, &st, timeout);
    }
    free(request);
}

static void reply_data(struct fs_request *request, const void *bytes, size_t length)
{
    fs_before_reply();
    fuse_reply_buf(request->handle, bytes, length);
    free(request);
}

static struct fuse_session *_Atomic served;

void fs_serve(struct fuse_session *se)
{
    atomic_store(&served, se);
}

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

const struct fs_replies fs_replies_sync = {reply_sync, reply_data, watch, path_of};
const struct fs_replies fs_replies_error = {reply_error, reply_data, watch, path_of};
const struct fs_replies fs_replies_count = {reply_count, reply_data, watch, path_of};
const struct fs_replies fs_replies_attr = {reply_attr, reply_data, watch, path_of};

struct fs_request *fs_request_create(fuse_req_t req, fuse_ino_t ino, struct fs_file *file,
                                     const struct fs_replies *replies)
{
    struct fs_request *request = calloc(1, sizeof *request);
    if (!request) {
        fuse_reply_err(req, ENOMEM);
        return NULL;
    }
    request->world = fs_req_world(req);
    request->replies = replies;
    request->handle = req;
    request->pid = fs_req_pid(req);
    request->node = fs_req_node(req, ino);
    request->file = file;
    fs_tree_acts(request->world, request->pid);
    return request;
}

void fs_fill_open(struct fuse_file_info *fi, struct fs_file *file)
{
    fi->fh = file->number;
    fi->direct_io = 1; /* no cache between a reader and the GPU */
    fi->noflush = !file->row->class->flush;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 15)
    fi->parallel_direct_writes = 1;
#endif
}
