/*
 * queue_settings.c - the files engine, priority, ring_bytes and cu_mask of a queue: how its hardware queue is
 * to be made.
 *
 * Invariant: what stands in the settings is what the driver would take, and does not change once the queue
 * was used. The driver says what is wrong; here are only the words.
 */
#include "files/queue_settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "files/command_files.h"
#include "text/command.h"

static struct fs_queue *queue_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_queue, object);
}

/* ---- writing ---- */

struct change {
    struct fs_queue *queue;
    struct gpu_queue_options options;
    int (*read)(struct change *change, const char *word);
    const char *usage;
};

static int change_line(void *ctx, const char *line, size_t length)
{
    struct change *change = ctx;
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (r)
        return r;
    r = words.n == 1 ? change->read(change, words.word[0])
                     : gpu_err(-EINVAL, "one word is wanted: %s", change->usage);
    fs_words_free(&words);
    return r;
}

static int write_setting(struct fs_object *object, const char *text, size_t length, struct change change)
{
    struct fs_queue *queue = queue_of(object);
    change.queue = queue;
    change.options = queue->settings;
    if (queue->removed)
        return gpu_err(-ECANCELED, "queue %s was destroyed", queue->object.name);
    if (queue->used)
        return gpu_err(-EBUSY, "queue %s has been used: settings come before; rmdir makes it new",
                       queue->object.name);
    int r = fs_each_line(text, length, change_line, &change);
    if (!r)
        r = gpu_queue_options_check(queue->gpu->gpu, &change.options);
    if (!r)
        queue->settings = change.options;
    return r;
}

static int read_engine(struct change *change, const char *word)
{
    struct gpu_queue_options *options = &change->options;
    uint64_t number;
    if (options->kind == GPU_QUEUE_COMPUTE) {
        options->pm4 = !strcmp(word, "pm4");
        return options->pm4 || !strcmp(word, "aql")
                   ? 0
                   : gpu_err(-EINVAL, "%s: the engine of a compute queue is aql or pm4", word);
    }
    if (!change->queue->made)
        return gpu_err(-EPERM, "sdma/%s is that engine's: make a queue of your own to choose",
                       change->queue->object.name);
    if (!strcmp(word, "any")) {
        options->engine = -1;
        return 0;
    }
    int r = fs_number(word, &number);
    if (r)
        return gpu_err(r, "%s: the engine of an sdma queue is its number, or any", word);
    options->engine = number > INT32_MAX ? INT32_MAX : (int)number; /* the driver says how many there are */
    return 0;
}

static const char *const priorities[] = {"low", "normal", "high"}; /* -1 to 1 */

static int read_priority(struct change *change, const char *word)
{
    for (int i = 0; i < 3; i++)
        if (!strcmp(word, priorities[i])) {
            change->options.priority = i - 1;
            return 0;
        }
    return gpu_err(-EINVAL, "%s: a priority is low, normal or high", word);
}

static int read_ring(struct change *change, const char *word)
{
    uint64_t bytes;
    int r = fs_number(word, &bytes);
    if (r || !bytes)
        return gpu_err(r ? r : -EINVAL, "%s: a number of bytes is wanted", word);
    change->options.ring_bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
    return 0;
}

/* Hexadecimal digits, as many as there are compute units for. */
static int read_mask(struct change *change, const char *word)
{
    struct gpu_queue_options *options = &change->options;
    memset(options->cu_mask, 0, sizeof options->cu_mask);
    options->cu_dwords = 0;
    if (!strcmp(word, "all"))
        return 0;
    const char *digits = !strncasecmp(word, "0x", 2) ? word + 2 : NULL;
    size_t n = digits ? strlen(digits) : 0;
    if (!n || strspn(digits, "0123456789abcdefABCDEF") != n)
        return gpu_err(-EINVAL, "%s: a CU mask is 0x and hexadecimal digits, or all", word);
    if (n > GPU_CU_DWORDS * 8)
        return gpu_err(-ERANGE, "a CU mask of %zu digits: at most %d", n, GPU_CU_DWORDS * 8);
    for (size_t i = 0; i < n; i++) {
        char digit = digits[n - 1 - i];
        uint32_t value = (uint32_t)(isdigit((unsigned char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        options->cu_mask[i / 8] |= value << i % 8 * 4;
    }
    options->cu_dwords = (unsigned)(n + 7) / 8;
    return 0;
}

#define SETTING(name, reads, words)                                                                \
    int name(struct fs_object *queue, const char *text, size_t length, struct fs_work *work)       \
    {                                                                                              \
        (void)work;                                                                                \
        return write_setting(queue, text, length, (struct change){.read = reads, .usage = words}); \
    }
SETTING(fs_engine_write, read_engine, "aql or pm4, or the number of a copy engine")
SETTING(fs_priority_write, read_priority, "low, normal or high")
SETTING(fs_ring_bytes_write, read_ring, "a number of bytes")
SETTING(fs_cu_mask_write, read_mask, "0x and hexadecimal digits, or all")

/* ---- reading ---- */

void fs_engine_read(struct fs_object *object, struct fs_text *text)
{
    const struct fs_queue *queue = queue_of(object);
    if (queue->kind == GPU_QUEUE_COMPUTE)
        fs_text_printf(text, "%s\n", queue->settings.pm4 ? "pm4" : "aql");
    else if (queue->settings.engine < 0)
        fs_text_printf(text, "any\n");
    else
        fs_text_printf(text, "%d\n", queue->settings.engine);
}

void fs_priority_read(struct fs_object *queue, struct fs_text *text)
{
    fs_text_printf(text, "%s\n", priorities[queue_of(queue)->settings.priority + 1]);
}

void fs_ring_bytes_read(struct fs_object *queue, struct fs_text *text)
{
    const struct gpu_queue_options *settings = &queue_of(queue)->settings;
    fs_text_printf(text, "%u\n",
                   settings->ring_bytes ? settings->ring_bytes : gpu_queue_ring_bytes(settings->kind));
}

void fs_cu_mask_read(struct fs_object *queue, struct fs_text *text)
{
    const struct gpu_queue_options *settings = &queue_of(queue)->settings;
    if (!settings->cu_dwords)
        fs_text_printf(text, "%s", queue_of(queue)->kind == GPU_QUEUE_COMPUTE ? "all" : "-");
    else
        fs_text_printf(text, "0x");
    for (unsigned i = settings->cu_dwords; i-- > 0;)
        fs_text_printf(text, "%08x", settings->cu_mask[i]);
    fs_text_printf(text, "\n");
}
