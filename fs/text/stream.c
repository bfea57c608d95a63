/*
 * stream.c - see stream.h. Only an image of the same program reads it: numbers are the machine's own.
 */
#include "text/stream.h"

#include <string.h>

void fs_put(struct fs_text *out, uint64_t value)
{
    fs_text_add(out, (const char *)&value, sizeof value);
}

void fs_put_bytes(struct fs_text *out, const void *bytes, size_t length)
{
    fs_put(out, length);
    fs_text_add(out, length ? bytes : "", length);
}

void fs_put_string(struct fs_text *out, const char *string)
{
    fs_put(out, string != NULL);
    if (string)
        fs_put_bytes(out, string, strlen(string) + 1);
}

void fs_put_time(struct fs_text *out, const struct timespec *time)
{
    fs_put(out, (uint64_t)time->tv_sec);
    fs_put(out, (uint64_t)time->tv_nsec);
}

static const char *take(struct fs_stream *in, size_t length)
{
    if (in->failed || (size_t)(in->end - in->at) < length) {
        in->failed = true;
        return NULL;
    }
    const char *from = in->at;
    in->at += length;
    return from;
}

uint64_t fs_get(struct fs_stream *in)
{
    uint64_t value = 0;
    const char *from = take(in, sizeof value);
    if (from)
        memcpy(&value, from, sizeof value);
    return value;
}

const char *fs_get_bytes(struct fs_stream *in, size_t *length)
{
    *length = fs_get(in);
    const char *from = take(in, *length);
    if (!from)
        *length = 0;
    return from ? from : "";
}

const char *fs_get_string(struct fs_stream *in)
{
    size_t length;
    if (!fs_get(in))
        return NULL;
    const char *from = fs_get_bytes(in, &length);
    if (!length || from[length - 1])
        in->failed = true;
    return in->failed ? NULL : from;
}

void fs_get_text(struct fs_stream *in, struct fs_text *out)
{
    size_t length;
    const char *from = fs_get_bytes(in, &length);
    fs_text_add(out, from, length);
}

struct timespec fs_get_time(struct fs_stream *in)
{
    struct timespec time;
    time.tv_sec = (time_t)fs_get(in);
    time.tv_nsec = (long)fs_get(in);
    return time;
}
