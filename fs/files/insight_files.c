/*
 * insight_files.c - what only a software GPU can tell: the wave that stopped last, and how often each
 * instruction was executed.
 *
 * The simulator has it in files below /sys/kernel/debug, as a kernel driver might.
 */
#include "files/insight_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/command_files.h"

static void debug_path(struct fs_object *object, const char *name, char *to, size_t size)
{
    const struct fs_gpu *gpu = FS_CONTAINER(object, struct fs_gpu, object);
    snprintf(to, size, "/sys/kernel/debug/dri/%u/%s", gpu_info(gpu->gpu)->render_minor, name);
}

static void text_of(struct fs_object *gpu, const char *name, struct fs_text *text)
{
    char path[64], part[4096];
    debug_path(gpu, name, path, sizeof path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, part, sizeof part)) > 0;)
        fs_text_add(text, part, (size_t)n);
    if (fd >= 0)
        close(fd);
}

void fs_sim_wave(struct fs_object *gpu, struct fs_text *text)
{
    text_of(gpu, "wave", text);
}

void fs_sim_executed(struct fs_object *gpu, struct fs_text *text)
{
    text_of(gpu, "executed", text);
}

void fs_sim_counting(struct fs_object *gpu, struct fs_text *text)
{
    text_of(gpu, "counting", text);
}

int fs_sim_count(struct fs_object *gpu, const char *text, size_t length, struct fs_work *work)
{
    int on = -1, r = fs_switch(text, length, "counting takes 0, or 1 (which begins anew)", &on);
    char path[64], line[16];
    (void)work;
    if (r || on < 0)
        return r;
    debug_path(gpu, "inject", path, sizeof path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int n = snprintf(line, sizeof line, "count %d", on);
    if (fd < 0 || write(fd, line, (size_t)n) < 0)
        r = gpu_err(-errno, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return r;
}
