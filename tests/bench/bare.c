/*
 * bare.c - the yardstick: a libfuse daemon with one file of memory, `data`, one that swallows, `null`, and a
 * directory, `many`, of ten thousand empty ones.
 *
 * usage: bare MOUNTPOINT BYTES. Same library, options and request sizes as kfdfs, and nothing behind them.
 */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { NODE_DATA = 2, NODE_NULL = 3, NODE_MANY = 4, NODE_FIRST = 100, MANY = 10000 };
static char *memory;
static size_t bytes;

static struct stat attributes(fuse_ino_t ino)
{
    struct stat st = {.st_ino = ino, .st_mode = S_IFREG | 0666, .st_nlink = 1};

    if (ino == FUSE_ROOT_ID || ino == NODE_MANY)
        st.st_mode = S_IFDIR | 0755;
    if (ino == NODE_DATA)
        st.st_size = (off_t)bytes, st.st_blocks = (blkcnt_t)(bytes / 512);
    return st;
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param e = {0};

    if (parent == NODE_MANY)
        e.ino = NODE_FIRST + strtoul(name + 1, NULL, 10);
    else if (strcmp(name, "data") == 0)
        e.ino = NODE_DATA;
    else if (strcmp(name, "null") == 0)
        e.ino = NODE_NULL;
    else if (strcmp(name, "many") == 0)
        e.ino = NODE_MANY;
    if (e.ino == 0) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    e.attr = attributes(e.ino);
    fuse_reply_entry(req, &e);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct stat st = attributes(ino);

    (void)fi;
    fuse_reply_attr(req, &st, 0);
}

static void do_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
                       struct fuse_file_info *fi)
{
    (void)attr, (void)to_set;
    do_getattr(req, ino, fi);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    fi->direct_io = 1;
    fuse_reply_open(req, fi);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    size_t at = (size_t)off < bytes ? (size_t)off : bytes;

    (void)fi;
    if (ino != NODE_DATA)
        size = 0;
    if (size > bytes - at)
        size = bytes - at;
    struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);
    buf.buf[0].mem = memory + at;
    fuse_reply_data(req, &buf, 0);
}

static void do_write(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in, off_t off,
                     struct fuse_file_info *fi)
{
    size_t size = fuse_buf_size(in);

    (void)fi;
    if (ino != NODE_DATA) {
        fuse_reply_write(req, size);
        return;
    }
    if ((size_t)off > bytes || size > bytes - (size_t)off) {
        fuse_reply_err(req, ENOSPC);
        return;
    }
    struct fuse_bufvec to = FUSE_BUFVEC_INIT(size);
    to.buf[0].mem = memory + off;
    ssize_t done = fuse_buf_copy(&to, in, 0);
    if (done < 0)
        fuse_reply_err(req, (int)-done);
    else
        fuse_reply_write(req, (size_t)done);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    char *entries = malloc(size), name[16];
    size_t used = 0;

    (void)fi;
    for (unsigned i = (unsigned)off; entries != NULL && ino == NODE_MANY && i < MANY; i++) {
        struct stat st = {.st_ino = NODE_FIRST + i, .st_mode = S_IFREG};
        snprintf(name, sizeof name, "f%05u", i);
        size_t n = fuse_add_direntry(req, entries + used, size - used, name, &st, (off_t)i + 1);
        if (n > size - used)
            break;
        used += n;
    }
    fuse_reply_buf(req, entries, used);
    free(entries);
}

static void do_init(void *data, struct fuse_conn_info *conn)
{
    (void)data;
    conn->max_write = 1 << 20;
    conn->want |= conn->capable & (FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static const struct fuse_lowlevel_ops ops = {
    .init = do_init,
    .lookup = do_lookup,
    .getattr = do_getattr,
    .setattr = do_setattr,
    .open = do_open,
    .readdir = do_readdir,
    .read = do_read,
    .write_buf = do_write,
};

int main(int argc, char **argv)
{
    char *fuse_argv[] = {argv[0], NULL};
    struct fuse_args args = FUSE_ARGS_INIT(1, fuse_argv);
    struct fuse_loop_config *config = fuse_loop_cfg_create();

    bytes = argc == 3 ? strtoull(argv[2], NULL, 0) : 0;
    if (bytes == 0)
        return 2;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct fuse_session *session = fuse_session_new(&args, &ops, sizeof ops, NULL);
    if (memory == MAP_FAILED || session == NULL || fuse_set_signal_handlers(session) != 0 ||
        fuse_session_mount(session, argv[1]) != 0 || fuse_daemonize(0) != 0)
        return 1;
    int r = fuse_session_loop_mt(session, config);
    fuse_session_unmount(session);
    fuse_remove_signal_handlers(session);
    fuse_session_destroy(session);
    fuse_loop_cfg_destroy(config);
    return r != 0;
}
