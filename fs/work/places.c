/*
 * places.c - a place that a command names: where it is, how much is there, and that it stays.
 */
#include "work/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/loaded.h"
#include "state/pool.h"
#include "work/paths.h"

static int place_in_variable(const struct fs_gpu *gpu, const char *word, struct fs_global *global,
                             uint64_t offset, struct fs_place *out)
{
    const struct gpu_global *variable = global->variable;
    struct gpu *owner = gpu_buffer_gpu(variable->memory);
    if (offset > variable->bytes)
        return gpu_err(-ERANGE, "%s: the variable has %llu bytes, the offset is %llu", word,
                       (unsigned long long)variable->bytes, (unsigned long long)offset);
    if (!gpu_reaches(gpu->gpu, owner))
        return gpu_err(-EOPNOTSUPP, "%s: %s has no link to its GPU", word, gpu->object.name);
    *out =
        (struct fs_place){.variable = global, .va = variable->va + offset, .left = variable->bytes - offset};
    return 0;
}

static int find_in_buffer(struct fs_gpu *gpu, const char *word, const char *name, uint64_t offset,
                          struct fs_place *out)
{
    struct fs_entry *buffer = fs_find_buffer(gpu, name);
    struct fs_global *variable = buffer ? NULL : fs_find_variable(gpu, name);
    if (variable)
        return place_in_variable(gpu, word, variable, offset, out);
    if (!buffer)
        return gpu_err(-ENOENT, "%s: no such buffer (looked in %s and in the root%s)", word, gpu->object.name,
                       strchr(name, '/') ? "" : "; buffers are called vram/NAME or gtt/NAME");
    if (buffer->changing)
        return gpu_err(-EBUSY, "%s is being moved or cut", word);
    if (offset > buffer->size)
        return gpu_err(-ERANGE, "%s: the buffer has %llu bytes, the offset is %llu", word,
                       (unsigned long long)buffer->size, (unsigned long long)offset);
    if (!gpu_reaches(gpu->gpu, buffer->gpu->gpu))
        return gpu_err(-EOPNOTSUPP, "%s: %s has no link to %s", word, gpu->object.name,
                       buffer->gpu->object.name);
    *out = (struct fs_place){.buffer = buffer,
                             .va = (buffer->memory ? gpu_buffer_va(buffer->memory) : 0) + offset,
                             .left = buffer->size - offset};
    return 0;
}

int fs_place_find(void *ctx, const char *word, struct fs_place *out)
{
    bool absolute;
    uint64_t offset;
    char *name = strdup(word); /* sentences quote the word as it was typed */
    if (!name)
        return gpu_err(-ENOMEM, "no memory for a command");
    int r = fs_place_split(name, &absolute, &offset);
    if (!r && absolute)
        *out = (struct fs_place){.va = offset, .left = UINT64_MAX};
    else if (!r)
        r = find_in_buffer(ctx, word, name, offset, out);
    free(name);
    return r;
}

int fs_place_has(const char *word, const struct fs_place *place, uint64_t bytes)
{
    if (place->left >= bytes)
        return 0;
    if (place->variable)
        return gpu_err(-ERANGE, "%s: %llu bytes are wanted, only %llu are left in the variable", word,
                       (unsigned long long)bytes, (unsigned long long)place->left);
    if (!place->buffer->size)
        return gpu_err(-ERANGE, "%s is empty: it has no memory yet (truncate -s SIZE gives it some)", word);
    if (!place->left)
        return gpu_err(-ERANGE, "%s is the end of its buffer of %llu bytes: nothing is there", word,
                       (unsigned long long)place->buffer->size);
    return gpu_err(-ERANGE, "%s: %llu bytes are wanted, only %llu are left in the buffer", word,
                   (unsigned long long)bytes, (unsigned long long)place->left);
}

int fs_place_use(struct fs_batch *batch, const struct fs_place *place)
{
    if (place->variable)
        return fs_batch_use_code(batch, place->variable->object.parent);
    return place->buffer ? fs_batch_use_buffer(batch, place->buffer) : 0;
}
