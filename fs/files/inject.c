/*
 * inject.c - `sim/inject`: makes a software GPU go wrong on purpose.
 *
 * Names become what a kernel driver knows (a queue's id, an address); the line then goes to the file that the
 * simulator has for that GPU below /sys/kernel/debug. All lines of a batch are checked before the first one
 * goes.
 */
#include "files/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/command_files.h"
#include "files/queue_commands.h"
#include "work/places.h"

struct injection {
    struct fs_gpu *gpu;
    struct fs_work *work;
    struct fs_text lines; /* as the simulator wants them, each with its newline */
};

static int add(struct injection *injection, const char *verb, const struct fs_arg *args, unsigned n)
{
    struct fs_text *lines = &injection->lines;
    fs_text_printf(lines, "%s", verb);
    for (unsigned i = 0; i < n && args[i].text; i++)
        fs_text_printf(lines, " %s", args[i].text);
    fs_text_add(lines, "\n", 1);
    return lines->failed ? gpu_err(-ENOMEM, "no memory for a command") : 0;
}

static int build_fault(void *ctx, const struct fs_arg *args)
{
    struct injection *injection = ctx;
    const char *access = args[1].text ? args[1].text : "read";
    if (strcmp(access, "read") && strcmp(access, "write") && strcmp(access, "execute"))
        return gpu_err(-EINVAL, "%s: an access is read, write or execute", access);
    fs_text_printf(&injection->lines, "fault 0x%llx %s\n", (unsigned long long)args[0].place.va, access);
    return 0;
}

static int build_hang(void *ctx, const struct fs_arg *args)
{
    struct injection *injection = ctx;
    struct gpu_queue_state state;
    struct fs_queue *queue = args[0].queue;
    if (queue->gpu != injection->gpu)
        return gpu_err(-EINVAL, "%s is a queue of %s", args[0].text, queue->gpu->object.name);
    int r = fs_need_queue(injection->work, queue);
    if (r)
        return r;
    gpu_queue_state(queue->queue, &state);
    fs_text_printf(&injection->lines, "hang %u\n", state.queue_id);
    return 0;
}

static int build_dead(void *ctx, const struct fs_arg *args)
{
    return add(ctx, "dead", args, 2);
}

static int build_refuse(void *ctx, const struct fs_arg *args)
{
    return add(ctx, "refuse", args, 4);
}

static int build_refuse_later(void *ctx, const struct fs_arg *args)
{
    return add(ctx, "refuse-later", args, 5);
}

static int build_reset(void *ctx, const struct fs_arg *args)
{
    if (args[0].text && strcmp(args[0].text, "mode1") && strcmp(args[0].text, "mode2"))
        return gpu_err(-EINVAL, "%s: a reset is mode1 or mode2", args[0].text);
    return add(ctx, "reset", args, 2);
}

#define PLAIN(name)                                               \
    static int build_##name(void *ctx, const struct fs_arg *args) \
    {                                                             \
        (void)args;                                               \
        return add(ctx, #name, NULL, 0);                          \
    }
PLAIN(evict)
PLAIN(restore)
PLAIN(throttle)
PLAIN(ecc)
PLAIN(poison)
PLAIN(lose)

static const struct fs_verb verbs[] = {
    {"fault", "ADDRESS [read|write|execute]", {FS_ARG_PLACE, FS_ARG_WORD}, 1, build_fault},
    {"hang", "QUEUE", {FS_ARG_QUEUE}, 1, build_hang},
    {"dead", "sdma ENGINE", {FS_ARG_WORD, FS_ARG_NUMBER}, 2, build_dead},
    {"evict", "", {FS_ARG_NONE}, 0, build_evict},
    {"restore", "", {FS_ARG_NONE}, 0, build_restore},
    {"throttle", "", {FS_ARG_NONE}, 0, build_throttle},
    {"reset", "[mode1|mode2 [MS]]", {FS_ARG_WORD, FS_ARG_NUMBER}, 0, build_reset},
    {"ecc", "", {FS_ARG_NONE}, 0, build_ecc},
    {"poison", "", {FS_ARG_NONE}, 0, build_poison},
    {"lose", "", {FS_ARG_NONE}, 0, build_lose},
    {"refuse",
     "IOCTL ERRNO [COUNT [AFTER]]",
     {FS_ARG_WORD, FS_ARG_WORD, FS_ARG_NUMBER, FS_ARG_NUMBER},
     2,
     build_refuse},
    {"refuse-later",
     "IMAGES IOCTL ERRNO [COUNT [AFTER]]",
     {FS_ARG_NUMBER, FS_ARG_WORD, FS_ARG_WORD, FS_ARG_NUMBER, FS_ARG_NUMBER},
     3,
     build_refuse_later},
    {0},
};

static int check_line(void *ctx, const char *line, size_t length)
{
    struct injection *injection = ctx;
    const struct fs_names names = {injection->gpu, fs_place_find, fs_queue_named};
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (!r)
        r = fs_verb_run(verbs, &words, &names, injection);
    fs_words_free(&words);
    return r;
}

static int send_lines(const struct injection *injection)
{
    char path[64];
    int r = 0;
    snprintf(path, sizeof path, "/sys/kernel/debug/dri/%u/inject",
             gpu_info(injection->gpu->gpu)->render_minor);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return gpu_err(-errno, "%s: %s", path, strerror(errno));
    for (const char *line = injection->lines.data; !r && line && *line;) {
        size_t length = strcspn(line, "\n");
        if (write(fd, line, length) < 0)
            r = gpu_err(-errno, "the software GPU does not take \"%.*s\": %s", (int)length, line,
                        strerror(errno));
        line += length + 1;
    }
    close(fd);
    return r;
}

int fs_inject(struct fs_object *object, const char *text, size_t length, struct fs_work *work)
{
    struct injection injection = {.gpu = FS_CONTAINER(object, struct fs_gpu, object), .work = work};
    int r = fs_each_line(text, length, check_line, &injection);
    if (!r && injection.lines.failed)
        r = gpu_err(-ENOMEM, "no memory for a command");
    if (!r)
        r = send_lines(&injection);
    fs_text_free(&injection.lines);
    return r;
}

void fs_inject_usage(struct fs_object *gpu, struct fs_text *text)
{
    (void)gpu;
    fs_verb_usage(verbs, text);
}

struct fs_object *fs_find_sim(struct fs_object *gpu, const char *name)
{
    (void)name;
    return gpu->world->options.simulated ? gpu : NULL;
}
