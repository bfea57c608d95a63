/* session.h - the FUSE session of a world. */
#ifndef KFDFS_FS_SESSION_H
#define KFDFS_FS_SESSION_H

#include "state/world.h"

struct fs_session;

void fs_session_help(void);    /* FUSE's options, to stdout */
void fs_session_version(void); /* of libfuse, to stdout */

/* options: what -o takes, for FUSE. 0, or negative with a message on stderr. */
int fs_session_open(struct fs_world *world, const char *options, bool debug, struct fs_session **out);
int fs_session_mount(struct fs_session *session, const char *mountpoint);
/* Takes over a mount that an earlier image of this process made; mountpoint must live as long. */
int fs_session_adopt(struct fs_session *session, int fd, const char *mountpoint);
int fs_session_fd(struct fs_session *session);
int fs_session_loop(struct fs_session *session); /* until unmounted or told to end by a signal */
void fs_session_unmount(struct fs_session *session);
void fs_session_close(struct fs_session *session); /* takes NULL */

#endif
