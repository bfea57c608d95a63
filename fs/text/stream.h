/*
 * stream.h - values one after the other, for the next image of the daemon: written to a text, read back in
 * the same order. A stream that ends too early fails, and then gives zeroes.
 */
#ifndef KFDFS_FS_STREAM_H
#define KFDFS_FS_STREAM_H

#include <time.h>

#include "text/text.h"

struct fs_stream { /* for reading */
    const char *at, *end;
    bool failed;
};

void fs_put(struct fs_text *out, uint64_t value);
void fs_put_bytes(struct fs_text *out, const void *bytes, size_t length);
void fs_put_string(struct fs_text *out, const char *string); /* NULL is kept apart from "" */
void fs_put_time(struct fs_text *out, const struct timespec *time);
uint64_t fs_get(struct fs_stream *in);
/* The bytes stay in the stream. */
const char *fs_get_bytes(struct fs_stream *in, size_t *length);
const char *fs_get_string(struct fs_stream *in);
void fs_get_text(struct fs_stream *in, struct fs_text *out); /* adds */
struct timespec fs_get_time(struct fs_stream *in);

#endif
