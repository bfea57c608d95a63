/* options.h - the command line. */
#ifndef KFDFS_FS_OPTIONS_H
#define KFDFS_FS_OPTIONS_H

#include "text/text.h"

struct options {
    char *sim;                  /* models, or NULL */
    struct fs_text sim_options; /* for KFDFS_SIM_OPTS */
    struct fs_text fuse;        /* what -o has for FUSE */
    bool foreground, debug, help, version, report, is_private, allow_other;
    uint64_t timeout_ns, idle_ns;
    const char *mountpoint;
    char **program; /* after --, or NULL */
};

/* 0, or -EINVAL with a message on stderr. */
int options_parse(int argc, char **argv, struct options *out);
void options_free(struct options *options);

#endif
