/* trace_keep.h - the record of trace/ over to the next image. */
#ifndef KFDFS_FS_TRACE_KEEP_H
#define KFDFS_FS_TRACE_KEEP_H

#include "state/trace.h"
#include "text/stream.h"

void fs_trace_save(const struct fs_trace *trace, struct fs_text *out);
int fs_trace_restore(struct fs_trace *trace,
                     struct fs_stream *in); /* of an empty one; -ENOMEM: it stays so */

#endif
