/*
 * ops_files.c - open files: read, written, copied, waited for in poll(2).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "files/buffer_copy.h"
#include "files/buffer_files.h"
#include "front/callback.h"
#include "front/polls.h"

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct fs_file *file;
    int r = fs_tree_open(fs_req_world(req), fs_req_node(req, ino), fs_req_pid(req), fi->flags, &file);
    if (r) {
        fuse_reply_err(req, -r);
        return;
    }
    fs_fill_open(fi, file);
    fs_before_reply();
    if (fuse_reply_open(req, fi))
        fs_tree_release(file);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct fs_file *file = fs_req_file(req, fi);
    struct fs_request *request = fs_request_create(req, ino, file, &fs_replies_error);
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
    struct fs_file *file = fs_req_file(req, fi);
    struct fs_request *request = fs_request_create(req, ino, file, &fs_replies_count);
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
    struct fs_file *file = fs_req_file(req, fi);
    struct fs_request *request = fs_request_create(req, ino, file, &fs_replies_error);
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
    struct fs_file *file = fs_req_file(req, fi);
    fs_lock(fs_req_world(req));
    fs_poll_forget(file);
    fs_unlock(fs_req_world(req));
    fs_tree_release(file);
    fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)datasync;
    struct fs_file *file = fs_req_file(req, fi);
    struct fs_request *request = fs_request_create(req, ino, file, &fs_replies_sync);
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
    struct fs_file *in = fs_req_file(req, fi), *out = fs_req_file(req, out_fi);
    struct fs_request *request = fs_request_create(req, out_ino, out, &fs_replies_count);
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
    struct fs_request *request = fs_request_create(req, ino, fs_req_file(req, fi), &fs_replies_error);
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
    struct fs_file *file = fs_req_file(req, fi);
    const struct fs_class *class = file->row->class;
    unsigned events =
        class && class->ready ? POLLIN | POLLRDNORM | POLLPRI : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    struct fs_poll_handle handle = {wanted, poll_notify, poll_destroy};
    fs_lock(fs_req_world(req));
    bool ready = fs_poll_ready(file);
    bool kept = wanted && !ready && !fs_poll_add(file, &handle);
    fs_unlock(fs_req_world(req));
    if (wanted && !kept)
        fuse_pollhandle_destroy(wanted);
    fuse_reply_poll(req, ready ? events : 0);
}

void fs_ops_files(struct fuse_lowlevel_ops *ops)
{
    ops->open = op_open;
    ops->read = op_read;
    ops->write_buf = op_write_buf;
    ops->flush = op_flush;
    ops->release = op_release;
    ops->fsync = op_fsync;
    ops->copy_file_range = op_copy_file_range;
    ops->fallocate = op_fallocate;
    ops->poll = op_poll;
}
