/*
 * dispatch.c - "grid=X group=Y [queue=NAME] [lds=BYTES] ARG..." -> a dispatch with its arguments in place.
 *
 * Invariant: a dispatch is only built if each visible argument was given once and fits its type. Hidden
 * arguments and the offsets of dynamic LDS are the driver's.
 */
#include "work/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "state/queue.h"
#include "work/places.h"

/* ---- options ---- */

struct options {
    bool has_grid, has_group, has_lds;
    uint32_t grid[3], group[3];
    uint64_t lds;
    const char *queue;
};

static int parse_sizes(const char *word, uint32_t sizes[3])
{
    const char *list = strchr(word, '=') + 1;
    char copy[128];
    if (strlen(list) >= sizeof copy)
        return gpu_err(-EINVAL, "%s: too long", word);
    strcpy(copy, list);
    uint32_t found[3] = {1, 1, 1};
    char *at = copy;
    for (int i = 0; at; i++) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        uint64_t size;
        int r = i == 3 ? -EINVAL : fs_number(at, &size);
        if (r == -EINVAL || (!r && !size))
            return gpu_err(-EINVAL, "%s: one to three sizes of at least 1, with commas between", word);
        if (r || size > UINT32_MAX)
            return gpu_err(-ERANGE, "%s: a size must fit in 32 bits", word);
        found[i] = (uint32_t)size;
        at = comma;
    }
    memcpy(sizes, found, sizeof found);
    return 0;
}

static bool starts(const char *word, const char *prefix)
{
    return !strncmp(word, prefix, strlen(prefix));
}

/* Takes one option. 1: it is none. */
static int parse_option(const char *word, struct options *options)
{
    bool again = false;
    int r = 0;
    if (starts(word, "grid=")) {
        again = options->has_grid;
        options->has_grid = true;
        r = parse_sizes(word, options->grid);
    } else if (starts(word, "group=")) {
        again = options->has_group;
        options->has_group = true;
        r = parse_sizes(word, options->group);
    } else if (starts(word, "queue=")) {
        again = options->queue != NULL;
        options->queue = word + 6;
    } else if (starts(word, "lds=")) {
        again = options->has_lds;
        options->has_lds = true;
        r = fs_number(word + 4, &options->lds);
        if (r || options->lds > UINT32_MAX)
            r = gpu_err(r == -EINVAL ? r : -ERANGE, "%s: a number of bytes that fits in 32 bits", word);
    } else {
        return 1;
    }
    return again ? gpu_err(-EINVAL, "%s: given twice", word) : r;
}

static int parse_options(char *const *words, unsigned n, struct options *options, unsigned *used)
{
    unsigned i = 0;
    for (; i < n; i++) {
        int r = parse_option(words[i], options);
        if (r < 0)
            return r;
        if (r)
            break;
    }
    *used = i;
    return 0;
}

int fs_dispatch_queue(struct fs_gpu *gpu, char *const *words, unsigned n, struct fs_queue **out)
{
    struct options options = {0};
    unsigned used;
    int r = parse_options(words, n, &options, &used);
    if (r)
        return r;
    if (!options.queue)
        return 0;
    const char *name = options.queue;
    if (starts(name, "compute/"))
        name += 8;
    struct fs_queue *queue = fs_queue_find(gpu, GPU_QUEUE_COMPUTE, name);
    if (!queue)
        return gpu_err(-ENOENT, "queue=%s: no such queue in %s/compute", name, gpu->object.name);
    *out = queue;
    return 0;
}

static int check_sizes(const struct gpu_kernel *kernel, struct options *options)
{
    if (!options->has_grid)
        return gpu_err(-EINVAL, "grid= is missing: grid=X[,Y[,Z]] counts the work-items");
    if (!options->has_group && !kernel->reqd_group[0])
        return gpu_err(-EINVAL, "group= is missing: group=X[,Y[,Z]] is the work-group's size (HIP's block)");
    if (!options->has_group)
        memcpy(options->group, kernel->reqd_group, sizeof options->group);
    uint64_t items = (uint64_t)options->group[0] * options->group[1];
    if (items > UINT32_MAX || (items *= options->group[2]) > kernel->max_group)
        return gpu_err(-ERANGE, "a work-group of %ux%ux%u work-items, the kernel takes at most %u",
                       options->group[0], options->group[1], options->group[2], kernel->max_group);
    for (int i = 0; i < 3; i++)
        if (kernel->reqd_group[0] && options->group[i] != kernel->reqd_group[i])
            return gpu_err(-EINVAL, "the kernel was compiled for work-groups of %ux%ux%u",
                           kernel->reqd_group[0], kernel->reqd_group[1], kernel->reqd_group[2]);
    return 0;
}

/* ---- arguments ---- */

static void describe(const struct gpu_arg *arg, unsigned index, char *text, size_t size)
{
    if (arg->name[0])
        snprintf(text, size, "argument %u (%s %s)", index, arg->type_name, arg->name);
    else
        snprintf(text, size, "argument %u (%s)", index, arg->type_name[0] ? arg->type_name : "no name");
}

static int store_pointer(struct fs_batch *batch, const char *word, const char *what, void *to)
{
    struct fs_place place;
    if (!strcmp(word, "0")) /* the null pointer */
        return 0;
    if (word[0] != '@' && !strchr(word, '/'))
        return gpu_err(-EINVAL, "%s takes a place like vram/NAME or @ADDRESS, not %s", what, word);
    int r = fs_place_find(batch->queue->gpu, word, &place);
    if (!r)
        r = fs_place_has(word, &place, 1);
    if (!r)
        r = fs_place_use(batch, &place);
    if (!r)
        memcpy(to, &place.va, sizeof place.va);
    return r;
}

static int store_local(const char *word, const char *what, void *to)
{
    uint64_t bytes;
    int r = fs_number(word, &bytes);
    if (r || bytes > UINT32_MAX)
        return gpu_err(r == -EINVAL ? r : -ERANGE, "%s is local memory: it takes a number of bytes, not %s",
                       what, word);
    uint32_t narrow = (uint32_t)bytes;
    memcpy(to, &narrow, sizeof narrow);
    return 0;
}

static int store_arg(struct fs_batch *batch, const struct gpu_arg *arg, unsigned index, char *word,
                     uint8_t *kernarg)
{
    char what[300];
    struct fs_value value;
    describe(arg, index, what, sizeof what);
    if (arg->kind == GPU_ARG_POINTER)
        return store_pointer(batch, word, what, kernarg + arg->offset);
    if (arg->kind == GPU_ARG_LOCAL)
        return store_local(word, what, kernarg + arg->offset);
    int r = fs_value_parse(word, &value);
    return r ? r : fs_value_store(&value, arg->scalar, arg->size, what, kernarg + arg->offset);
}

/* The argument that "name=value" names; n_args if none. *value: behind the "=". */
static unsigned named_arg(const struct gpu_kernel *kernel, char *word, char **value)
{
    char *equals = strchr(word, '=');
    for (unsigned i = 0; equals && i < kernel->n_args; i++) {
        const char *name = kernel->args[i].name;
        if (name[0] && strlen(name) == (size_t)(equals - word) && starts(word, name)) {
            *value = equals + 1;
            return i;
        }
    }
    return kernel->n_args;
}

/* A name before an equals sign that is no argument's: 0, or why not. */
static int check_name(const struct gpu_kernel *kernel, const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    if (!length || word[length] != '=')
        return 0;
    bool has_names = false;
    for (unsigned i = 0; i < kernel->n_args; i++)
        has_names |= kernel->args[i].name[0] != '\0';
    return gpu_err(-EINVAL, "%.*s= is neither an option (grid= group= queue= lds=, which come first) nor %s",
                   (int)length, word,
                   has_names ? "an argument (see signature)"
                             : "an argument: this code object has no names of them");
}

static int store_args(struct fs_batch *batch, const struct gpu_kernel *kernel, char *const *words, unsigned n,
                      bool *given, uint8_t *kernarg)
{
    unsigned position = 0;
    for (unsigned i = 0; i < n; i++) {
        char *value = words[i];
        unsigned index = named_arg(kernel, words[i], &value);
        if (index == kernel->n_args) {
            int r = check_name(kernel, words[i]);
            if (r)
                return r;
            index = position++;
        }
        if (index >= kernel->n_args)
            return gpu_err(-EINVAL, "%s: surplus, the kernel takes %u arguments (see signature)", words[i],
                           kernel->n_args);
        if (given[index])
            return gpu_err(-EINVAL, "%s: argument %u is given twice", words[i], index);
        given[index] = true;
        int r = store_arg(batch, &kernel->args[index], index, value, kernarg);
        if (r)
            return r;
    }
    for (unsigned i = 0; i < kernel->n_args; i++) {
        char what[300];
        describe(&kernel->args[i], i, what, sizeof what);
        if (!given[i])
            return gpu_err(-EINVAL, "%s is missing: the kernel takes %u (see signature)", what,
                           kernel->n_args);
    }
    return 0;
}

static uint64_t align_up(uint64_t bytes, uint64_t to)
{
    return (bytes + to - 1) & ~(to - 1);
}

/* What a work-group takes: the kernel's own, lds=, and each local argument on a boundary of 16. */
static int check_lds(const struct fs_gpu *gpu, const struct gpu_kernel *kernel, uint64_t dynamic,
                     const uint8_t *kernarg)
{
    uint64_t bytes = kernel->lds_bytes + dynamic, there = gpu_info(gpu->gpu)->lds_bytes;
    for (unsigned i = 0; i < kernel->n_args; i++) {
        uint32_t local;
        if (kernel->args[i].kind != GPU_ARG_LOCAL)
            continue;
        memcpy(&local, kernarg + kernel->args[i].offset, sizeof local);
        bytes = align_up(bytes, 16) + local;
    }
    if (bytes > there)
        return gpu_err(-ERANGE, "a work-group would take %llu bytes of LDS, %s has %llu",
                       (unsigned long long)bytes, gpu->object.name, (unsigned long long)there);
    return 0;
}

/* ---- all of it ---- */

/* What `last` will show once the batch is submitted. */
static int remember(struct fs_kernel *kernel, struct fs_batch *batch, const struct options *options,
                    char *const *words, unsigned n)
{
    struct fs_last *last = calloc(1, sizeof *last);
    if (!last)
        return gpu_err(-ENOMEM, "no memory for a dispatch");
    struct fs_text args = {0};
    for (unsigned i = 0; i < n; i++) {
        fs_text_add(&args, i ? " " : "", i != 0);
        fs_text_name(&args, words[i]);
    }
    *last =
        (struct fs_last){.next = batch->lasts, .kernel = kernel, .index = batch->n - 1, .args = args.data};
    memcpy(last->grid, options->grid, sizeof last->grid);
    memcpy(last->group, options->group, sizeof last->group);
    batch->lasts = last;
    return 0;
}

int fs_dispatch_add(struct fs_batch *batch, struct fs_kernel *kernel, char *const *words, unsigned n,
                    const char *line, size_t length)
{
    const struct gpu_kernel *code = kernel->kernel;
    struct options options = {0};
    unsigned used;
    if (code->unsupported)
        return gpu_err(-EOPNOTSUPP, "%s: %s", kernel->object.name, code->unsupported);
    int r = parse_options(words, n, &options, &used);
    if (!r)
        r = check_sizes(code, &options);
    if (r)
        return r;
    uint8_t *kernarg = fs_batch_data(batch, code->kernarg_bytes);
    bool *given = fs_batch_data(batch, code->n_args);
    r = kernarg && given ? store_args(batch, code, words + used, n - used, given, kernarg) : -ENOMEM;
    if (!r)
        r = check_lds(batch->queue->gpu, code, options.lds, kernarg);
    struct gpu_command command = {
        .op = GPU_DISPATCH, .kernel = code, .lds_bytes = (uint32_t)options.lds, .kernarg = kernarg};
    memcpy(command.grid, options.grid, sizeof command.grid);
    memcpy(command.group, options.group, sizeof command.group);
    if (!r)
        r = fs_batch_use_code(batch, kernel->object.parent);
    if (!r)
        r = fs_batch_add(batch, &command, line, length);
    if (r)
        return r;
    batch->rows[batch->n - 1].kernel = kernel;
    return remember(kernel, batch, &options, words + used, n - used);
}
