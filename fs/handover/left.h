/* left.h - what one image of the daemon leaves to the next. */
#ifndef KFDFS_FS_LEFT_H
#define KFDFS_FS_LEFT_H

#include <gpu.h>

#include "text/stream.h"

struct fs_handover { /* what the image before has left */
    bool taken;
    char *bytes; /* all of it */
    struct fs_stream in;
    int fd; /* of the memory file, until the world is filled */
    int session_fd;
    const char *mountpoint;
    struct gpu_info *gpus; /* that it had */
    unsigned n_gpus;
    uint64_t next_serial; /* no object of it has a higher number; so new ones get none that an old one has */
};

struct fs_handover_header { /* of the memory file */
    uint32_t attempts;      /* images that saw no way on, and asked for one more */
    uint32_t crashes;       /* images that did not get that far */
    uint32_t signal;        /* of the last of those; 0: it gave up */
    int32_t program_fd;     /* of the image that wrote the file */
};

enum { FS_HANDOVER_ATTEMPTS = 8 };

#define FS_HANDOVER_WHERE "KFDFS_HANDOVER" /* PID:DESCRIPTOR */

#endif
