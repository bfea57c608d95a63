/*
 * take.c - the first steps of the next image, before anything else of it exists.
 *
 * Invariant: what it was left (descriptors, and the memory file that tells of them) stays as it is until the
 * world is filled, so it can begin again as another image.
 */
#include "handover/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "handover/fall.h"
#include "handover/go.h"

enum { GPUS_MAX = 4096, RETRY_MS = 50 };

static int reserve_windows(struct fs_stream *in)
{
    int r = 0;
    for (uint64_t va; (va = fs_get(in));) {
        uint64_t window = fs_get(in);
        if (!r)
            r = gpu_window_reserve(va, window);
    }
    return r;
}

static int read_all(int fd, char **bytes, size_t *length)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size < (off_t)sizeof(struct fs_handover_header) ||
        !(*bytes = malloc((size_t)st.st_size)))
        return -EIO;
    *length = (size_t)st.st_size;
    return pread(fd, *bytes, *length, 0) == st.st_size ? 0 : -EIO;
}

static void take_gpus(struct fs_handover *handover)
{
    struct fs_stream *in = &handover->in;
    uint64_t n = fs_get(in);
    handover->gpus = n <= GPUS_MAX ? calloc(n + 1, sizeof *handover->gpus) : NULL;
    in->failed |= !handover->gpus;
    for (uint64_t i = 0; i < n && !in->failed; i++) {
        size_t length;
        const char *info = fs_get_bytes(in, &length);
        if (length == sizeof *handover->gpus)
            memcpy(&handover->gpus[handover->n_gpus++], info, length);
        else
            in->failed = true;
    }
}

int fs_handover_take(struct fs_handover *handover, char **argv)
{
    const char *where = getenv(FS_HANDOVER_WHERE);
    int pid, fd;
    size_t length;
    if (!where || sscanf(where, "%d:%d", &pid, &fd) != 2 || pid != getpid())
        return 0;
    if (read_all(fd, &handover->bytes, &length))
        return gpu_err(-EIO, "what the image before wrote down cannot be read");
    fs_handover_arm(fd, argv);
    struct fs_stream *in = &handover->in;
    *in = (struct fs_stream){.at = handover->bytes + sizeof(struct fs_handover_header),
                             .end = handover->bytes + length};
    if (fs_get(in) != fs_handover_format())
        return gpu_err(-EPROTO, "what the image before wrote down is of another version");
    if (reserve_windows(in)) /* the kernel put something of ours there: it shuffles anew at each exec */
        fs_handover_go_again(fd, handover->bytes, argv);
    prctl(PR_SET_NAME, program_invocation_short_name); /* exec of /proc/self/exe makes it "exe" */
    handover->fd = fd;
    handover->session_fd = (int)fs_get(in);
    handover->mountpoint = fs_get_string(in);
    take_gpus(handover);
    handover->next_serial = fs_get(in);
    handover->taken = true;
    return in->failed ? gpu_err(-EIO, "what the image before wrote down is damaged") : 0;
}

void fs_handover_retry(const struct fs_handover *handover, const struct fs_world *world, char **argv)
{
    bool absent = false;
    for (unsigned i = 0; i < world->n_gpus; i++)
        absent |= gpu_absent(world->gpus[i].gpu);
    if (!absent)
        return;
    nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000},
              NULL); /* the kernel may be short of memory */
    fs_handover_go_again(handover->fd, handover->bytes, argv);
}
