/* fall.h - what happens if an image does not come to serve. */
#ifndef KFDFS_FS_FALL_H
#define KFDFS_FS_FALL_H

#include "handover/left.h"

/* From now on a crash leads back to the image before. */
void fs_handover_arm(int fd, char **argv);
/* As if it had crashed; signal 0: it gave up. Returns if there is nothing to go back to. Safe in signal
 * handlers. */
void fs_handover_fall_back(int signal);
void fs_handover_keep_open(int fd); /* until this image serves */
/* This image serves: closes what was left. */
void fs_handover_settle(const struct fs_handover *handover);
/* Images crashed so often that this one better leaves the GPUs alone. */
bool fs_handover_hopeless(const struct fs_handover *handover);
/* What happened on the way; nothing, if all went well. */
void fs_handover_tell_fall(const struct fs_handover *handover, struct fs_text *text);

#endif
