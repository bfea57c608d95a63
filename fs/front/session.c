/*
 * session.c - the FUSE session of a world: mounted, or taken over; served; unmounted.
 */
#include "front/session.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/callback.h"
#include "front/gate.h"

struct fs_session {
    struct fuse_session *se;
    bool mounted;
    const char *adopted; /* mounted here by an earlier image: FUSE does not know where */
    bool told_to_end;
};

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
    (void)userdata;
    conn->want &= ~(unsigned)FUSE_CAP_ATOMIC_O_TRUNC; /* truncation comes by itself: it may have to be kept */
    conn->want |= conn->capable & (FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
    conn->max_write = 1 << 20;
    conn->max_readahead = 0;
}

static struct fuse_session *session_new(struct fuse_args *args, struct fs_world *world)
{
    struct fuse_lowlevel_ops ops = {.init = op_init};
    fs_ops_names(&ops);
    fs_ops_attributes(&ops);
    fs_ops_files(&ops);
    fs_ops_dirs(&ops);
    return fuse_session_new(args, &ops, sizeof ops, world); /* copies them */
}

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
        session->se = session_new(&args, world);
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
    fs_serve(session->se);
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
    fs_serve(NULL);
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
