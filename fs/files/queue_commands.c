/*
 * queue_commands.c - what a queue's files take: commands of copy and compute queues, packets, waits.
 *
 * Invariant: a command is only built if all that it touches lies inside of the buffers that it names, aligned
 * as its unit asks. What a raw address (@) touches only the GPU checks.
 */
#include "files/queue_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/command_files.h"
#include "state/code.h"
#include "state/waiters.h"
#include "work/dispatch.h"
#include "work/paths.h"
#include "work/places.h"
#include "work/submit.h"

static struct fs_queue *queue_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_queue, object);
}

/* ---- building commands ---- */

struct build { /* a batch being built from lines */
    struct fs_queue *queue;
    struct fs_batch *batch;
    const struct fs_verb *verbs;
    const char *line;
    size_t length;
    uint64_t next_seq;        /* of the command that is built */
    struct fs_queue *awaited; /* one that must be made first; NULL: none */
};

static int add(struct build *build, const struct gpu_command *command)
{
    return fs_batch_add(build->batch, command, build->line, build->length);
}

/* Checks that bytes from there exist and are aligned, and keeps the buffer. */
static int use(struct build *build, const struct fs_arg *arg, uint64_t bytes, uint64_t align)
{
    const struct fs_place *place = &arg->place;
    int r = fs_place_has(arg->text, place, bytes);
    if (r)
        return r;
    if (place->va % align || bytes % align)
        return gpu_err(-EINVAL, "%s: the address 0x%llx and the size %llu must be multiples of %llu",
                       arg->text, (unsigned long long)place->va, (unsigned long long)bytes,
                       (unsigned long long)align);
    return fs_place_use(build->batch, place);
}

static int build_nop(void *ctx, const struct fs_arg *args)
{
    (void)args;
    return add(ctx, &(struct gpu_command){.op = GPU_NOP});
}

static int build_copy(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    const struct fs_place *src = &args[0].place, *dst = &args[1].place;
    uint64_t bytes = src->left < dst->left ? src->left : dst->left;
    if (args[2].text)
        bytes = args[2].number;
    else if (bytes == UINT64_MAX)
        return gpu_err(-EINVAL, "copy between two addresses needs BYTES");
    int r = use(build, &args[0], bytes, 1);
    if (!r)
        r = use(build, &args[1], bytes, 1);
    if (r)
        return r;
    bool same = src->buffer == dst->buffer && src->variable == dst->variable && src->va == dst->va;
    if (same || (bytes && src->va < dst->va + bytes && dst->va < src->va + bytes))
        return gpu_err(-EINVAL, "copy: source and destination overlap");
    if (!bytes)
        return build_nop(ctx, args);
    return add(build, &(struct gpu_command){.op = GPU_COPY, .src = src->va, .dst = dst->va, .bytes = bytes});
}

static int build_fill(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    uint64_t bytes = args[0].place.left & ~3ull; /* a last odd piece of less than a unit stays */
    if (args[2].text)
        bytes = args[2].number;
    else if (args[0].place.left == UINT64_MAX)
        return gpu_err(-EINVAL, "fill of an address needs BYTES");
    int r = use(build, &args[0], bytes, 4);
    if (r)
        return r;
    if (!bytes)
        return build_nop(ctx, args);
    return add(build, &(struct gpu_command){
                          .op = GPU_FILL, .dst = args[0].place.va, .value = args[1].number, .bytes = bytes});
}

static int build_write(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    const struct fs_arg *values = &args[1];
    uint64_t bytes = 4ull * values->n_words;
    int r = use(build, &args[0], bytes, 4);
    uint32_t *data = r ? NULL : fs_batch_data(build->batch, bytes);
    if (!data)
        return r ? r : -ENOMEM;
    for (unsigned i = 0; i < values->n_words; i++) {
        uint64_t value;
        if ((r = fs_value_word(values->words[i], 4, &value)))
            return r;
        data[i] = (uint32_t)value;
    }
    return add(build,
               &(struct gpu_command){.op = GPU_WRITE, .dst = args[0].place.va, .data = data, .bytes = bytes});
}

static int build_timestamp(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    int r = use(build, &args[0], 8, 8);
    return r ? r
             : add(build, &(struct gpu_command){.op = GPU_TIMESTAMP, .dst = args[0].place.va, .bytes = 8});
}

static int build_atomic(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    int r = use(build, &args[1], 8, 8);
    if (r)
        return r;
    return add(build, &(struct gpu_command){.op = GPU_ATOMIC,
                                            .atomic = (enum gpu_atomic)args[0].number,
                                            .dst = args[1].place.va,
                                            .value = args[2].number,
                                            .bytes = 8});
}

static int build_barrier(void *ctx, const struct fs_arg *args)
{
    (void)args;
    return add(ctx, &(struct gpu_command){.op = GPU_BARRIER});
}

static int build_wait(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    struct fs_queue *other = args[0].queue;
    if (other == build->queue && args[1].number >= build->next_seq)
        return gpu_err(-EDEADLK, "wait %s %llu is command %llu of that queue itself: it would wait for ever",
                       args[0].text, (unsigned long long)args[1].number, (unsigned long long)build->next_seq);
    int r = fs_check_queue(other);
    if (r)
        return r;
    if (!other->queue && other != build->queue)
        build->awaited = other;
    r = add(build,
            &(struct gpu_command){.op = GPU_WAIT_QUEUE, .queue = other->queue, .value = args[1].number});
    if (!r)
        build->batch->rows[build->batch->n - 1].peer = other->object.serial;
    return r;
}

static int build_wait_mem(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    int r = use(build, &args[0], 4, 4);
    if (r)
        return r;
    return add(build, &(struct gpu_command){.op = GPU_WAIT_MEM,
                                            .dst = args[0].place.va,
                                            .compare = (enum gpu_compare)args[1].number,
                                            .value = args[2].number,
                                            .mask = args[3].text ? args[3].number : UINT32_MAX});
}

static int build_signal(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    int r = use(build, &args[0], 4, 4);
    return r ? r
             : add(build,
                   &(struct gpu_command){
                       .op = GPU_SIGNAL, .dst = args[0].place.va, .value = args[1].number, .bytes = 4});
}

static int build_dispatch(void *ctx, const struct fs_arg *args)
{
    struct build *build = ctx;
    char name[600];
    const char *slash = strchr(args[0].text, '/');
    snprintf(name, sizeof name, "%.*s", slash ? (int)(slash - args[0].text) : 0, args[0].text);
    struct fs_loaded *loaded = slash ? fs_loaded_find(build->queue->gpu, name) : NULL;
    struct fs_kernel *kernel = loaded ? fs_kernel_find(loaded, slash + 1) : NULL;
    if (!kernel)
        return gpu_err(-ENOENT, "%s: no such kernel (one is named OBJECT/KERNEL, as under kernels/)",
                       args[0].text);
    struct fs_queue *named = build->queue;
    int r = fs_dispatch_queue(build->queue->gpu, args[1].words, args[1].n_words, &named);
    if (!r && named != build->queue)
        r = gpu_err(-EINVAL, "queue=%s: this line goes to queue %s, whose file it was written to",
                    named->object.name, build->queue->object.name);
    if (r)
        return r;
    return fs_dispatch_add(build->batch, kernel, args[1].words, args[1].n_words, build->line, build->length);
}

#define COMMON_VERBS                                                                              \
    {"atomic", "OP DST VALUE", {FS_ARG_ATOMIC, FS_ARG_PLACE, FS_ARG_U64}, 3, build_atomic},       \
        {"write", "DST VALUE32...", {FS_ARG_PLACE, FS_ARG_U32S}, 2, build_write},                 \
        {"timestamp", "DST", {FS_ARG_PLACE}, 1, build_timestamp}, {"nop", "", {0}, 0, build_nop}, \
        {"wait", "QUEUE N", {FS_ARG_QUEUE, FS_ARG_NUMBER}, 2, build_wait},                        \
        {"wait-mem",                                                                              \
         "ADDR CMP VALUE [MASK]",                                                                 \
         {FS_ARG_PLACE, FS_ARG_COMPARE, FS_ARG_U32, FS_ARG_U32},                                  \
         3,                                                                                       \
         build_wait_mem},                                                                         \
    {                                                                                             \
        "signal", "ADDR VALUE", {FS_ARG_PLACE, FS_ARG_U32}, 2, build_signal                       \
    }

static const struct fs_verb sdma_verbs[] = {
    {"copy", "SRC DST [BYTES]", {FS_ARG_PLACE, FS_ARG_PLACE, FS_ARG_NUMBER}, 2, build_copy},
    {"fill", "DST VALUE32 [BYTES]", {FS_ARG_PLACE, FS_ARG_U32, FS_ARG_NUMBER}, 2, build_fill},
    COMMON_VERBS,
    {0},
};

static const struct fs_verb compute_verbs[] = {
    {"dispatch",
     "OBJECT/KERNEL grid=X[,Y[,Z]] group=X[,Y[,Z]] [lds=BYTES] ARG...",
     {FS_ARG_WORD, FS_ARG_WORDS},
     2,
     build_dispatch},
    {"barrier", "", {0}, 0, build_barrier},
    COMMON_VERBS,
    {0},
};

static int add_line(void *ctx, const char *line, size_t length)
{
    struct build *build = ctx;
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (r)
        return r;
    build->line = line; /* inside of the batch's text */
    build->length = length;
    build->next_seq = build->queue->submitted + build->batch->n + 1;
    const struct fs_names names = {build->queue->gpu, fs_place_find, fs_queue_named};
    r = fs_verb_run(build->verbs, &words, &names, build);
    fs_words_free(&words);
    return r;
}

static int run_lines(struct fs_object *object, const char *text, size_t length, struct fs_work *work,
                     int (*each)(void *ctx, const char *line, size_t length))
{
    struct fs_queue *queue = queue_of(object);
    int r = fs_gpu_lost(queue->gpu);
    if (!r)
        r = fs_check_queue(queue);
    if (r)
        return r;
    struct build build = {.queue = queue,
                          .verbs = queue->kind == GPU_QUEUE_SDMA ? sdma_verbs : compute_verbs,
                          .batch = fs_batch_create(queue, work, text, length)};
    r = build.batch ? fs_each_line(build.batch->text, length, each, &build) : -ENOMEM;
    if (!r && build.batch->n)
        r = build.awaited ? fs_need_queue(work, build.awaited) : fs_need_queue(work, queue);
    if (!r && build.batch->n)
        r = fs_batch_submit(build.batch);
    fs_batch_unref(build.batch);
    return r;
}

static int run_batch(struct fs_object *object, const char *text, size_t length, struct fs_work *work)
{
    return run_lines(object, text, length, work, add_line);
}

/* ---- packets: lines of dwords, each a command of the queue ---- */

static int add_packets(void *ctx, const char *line, size_t length)
{
    struct build *build = ctx;
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (r)
        return r;
    uint32_t *data = fs_batch_data(build->batch, 4ull * words.n);
    r = data ? 0 : -ENOMEM;
    for (unsigned i = 0; !r && i < words.n; i++) {
        uint64_t value;
        r = fs_value_word(words.word[i], 4, &value);
        data[i] = r ? 0 : (uint32_t)value;
    }
    build->line = line;
    build->length = length;
    if (!r)
        r = add(build, &(struct gpu_command){.op = GPU_RAW, .data = data, .bytes = 4ull * words.n});
    fs_words_free(&words);
    return r;
}

int fs_queue_packets(struct fs_object *object, const char *text, size_t length, struct fs_work *work)
{
    return run_lines(object, text, length, work, add_packets);
}

void fs_queue_packets_usage(struct fs_object *queue, struct fs_text *text)
{
    (void)queue;
    fs_text_printf(text, "DWORD32...\n"
                         "# one line is one command: these dwords go to the GPU, which alone checks them\n");
}

int fs_queue_named(void *gpu, const char *word, struct fs_queue **out)
{
    return fs_find_queue(gpu, word, out);
}

int fs_queue_run(struct fs_object *queue, const char *text, size_t length, struct fs_work *work)
{
    work->until_done = true;
    return run_batch(queue, text, length, work);
}

int fs_queue_submit(struct fs_object *queue, const char *text, size_t length, struct fs_work *work)
{
    return run_batch(queue, text, length, work);
}

/* ---- wait ---- */

struct target {
    bool given;
    uint64_t seq;
};

static int largest_number(void *ctx, const char *line, size_t length)
{
    struct target *target = ctx;
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (r)
        return r;
    uint64_t seq = 0;
    r = words.n == 1 ? fs_number(words.word[0], &seq) : -EINVAL;
    if (r == -ERANGE)
        gpu_err(r, "%s does not fit in 64 bits", words.word[0]);
    else if (r)
        gpu_err(r, "wait takes one number, or an empty line for all");
    target->given = true;
    if (seq > target->seq)
        target->seq = seq;
    fs_words_free(&words);
    return r;
}

int fs_wait_command(struct fs_object *object, const char *text, size_t length, struct fs_work *work)
{
    struct fs_queue *queue = queue_of(object);
    struct target target = {0};
    int r = fs_each_line(text, length, largest_number, &target);
    if (r)
        return r;
    if (queue->removed)
        return gpu_err(-ECANCELED, "queue %s was destroyed", queue->object.name);
    work->until_done = true;
    return fs_queue_wait(queue, target.given ? target.seq : queue->submitted, work);
}

/* ---- usage ---- */

void fs_queue_usage(struct fs_object *queue, struct fs_text *text)
{
    bool copies = queue_of(queue)->kind == GPU_QUEUE_SDMA;
    fs_verb_usage(copies ? sdma_verbs : compute_verbs, text);
    fs_text_printf(text, "# SRC DST ADDR: vram/NAME gtt/NAME gpu1/vram/NAME vram/NAME+OFFSET @ADDRESS\n"
                         "# QUEUE: sdma/0 compute/NAME gpu1/sdma/0   CMP: eq ne lt le gt ge (unsigned)\n"
                         "# OP: add sub and or xor min max swap (of 8 bytes)\n");
    fs_text_printf(text, "# run returns when all is done, submit when all is queued\n");
}

void fs_wait_usage(struct fs_object *queue, struct fs_text *text)
{
    (void)queue;
    fs_text_printf(text, "N\n"
                         "# returns when N commands are completed; an empty line: all that were submitted\n");
}
