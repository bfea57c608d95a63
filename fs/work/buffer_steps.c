/*
 * buffer_steps.c - steps that change a buffer: getting memory, moving to a larger window, zeroing what
 * becomes visible.
 *
 * Invariant: bytes below the size were written or zeroed.
 */
#include "work/buffer_steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint64_t smallest_window = 64ull << 20;
static const uint64_t streaming_window = 1ull << 30; /* of a buffer whose final size nobody told */
enum { READ_AHEAD_ROOM = 32 << 20, ZERO_PAGE = 4096 };

/* ---- room ---- */

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Reserves what is asked for, and more where more will follow and there is room. */
static int reserve(const struct fs_buffer_op *op, struct gpu_buffer *memory, uint64_t bytes)
{
    if (op->streaming && bytes > gpu_buffer_capacity(memory)) {
        uint64_t ahead = bytes / 2 < READ_AHEAD_ROOM ? bytes / 2 : READ_AHEAD_ROOM;
        if (bytes + ahead <= gpu_buffer_window(memory) && !gpu_buffer_reserve(memory, bytes + ahead))
            return 0;
    }
    return gpu_buffer_reserve(memory, bytes);
}

static int new_memory(const struct fs_buffer_op *op, uint64_t window, struct gpu_buffer **out)
{
    struct gpu_buffer *memory = NULL;
    int r = gpu_buffer_create(op->buffer->gpu->gpu, op->buffer->pool, window, &memory);
    if (!r)
        r = reserve(op, memory, op->room);
    if (r)
        gpu_buffer_free(memory);
    else
        *out = memory;
    return r;
}

static void set_memory(struct fs_buffer_op *op, struct gpu_buffer *memory)
{
    fs_lock(op->world);
    fs_entry_set_memory(op->buffer, memory);
    atomic_store(&op->buffer->pages, FS_PAGES_UNKNOWN);
    op->buffer->changing = false;
    fs_unlock(op->world);
}

static uint64_t pool_bytes(const struct fs_entry *buffer)
{
    const struct gpu_info *info = gpu_info(buffer->gpu->gpu);
    return buffer->pool == GPU_VRAM ? info->vram_bytes : info->gtt_bytes;
}

/* As large as wanted; where addresses are scarce (eight times 192 GiB must find room in what a sanitizer
 * leaves of 47 bits) no larger than the pool, or smaller still. */
static int windowed_memory(const struct fs_buffer_op *op, uint64_t wanted, struct gpu_buffer **out)
{
    uint64_t most = pool_bytes(op->buffer), modest = wanted < most ? wanted : most;
    const uint64_t sizes[] = {wanted <= gpu_window_most() ? wanted : modest, modest,
                              larger(smallest_window, op->room), op->room};
    int r = -ENOMEM;
    for (size_t i = 0; r == -ENOMEM && i < sizeof sizes / sizeof sizes[0]; i++)
        r = new_memory(op, sizes[i], out);
    return r;
}

static int first_memory(struct fs_buffer_op *op)
{
    struct gpu_buffer *memory = NULL;
    uint64_t window = larger(op->streaming ? streaming_window : smallest_window, 4 * op->room);
    int r = windowed_memory(op, window, &memory);
    if (!r)
        set_memory(op, memory);
    return r;
}

static int begin_move(struct fs_buffer_op *op)
{
    struct fs_entry *buffer = op->buffer;
    fs_lock(op->world);
    bool used = buffer->object.users;
    buffer->changing = !used;
    fs_unlock(op->world);
    char name[256];
    fs_buffer_name(buffer, 0, name, sizeof name);
    if (used)
        return gpu_err(-EBUSY,
                       "%s has to move to grow past its window of %llu bytes, but queued work uses it", name,
                       (unsigned long long)gpu_buffer_window(buffer->memory));
    int r = windowed_memory(op, larger(2 * gpu_buffer_window(buffer->memory), op->room), &op->fresh);
    if (r || !buffer->size)
        return r;
    struct fs_own_command copy = {.command = {.op = GPU_COPY,
                                              .src = gpu_buffer_va(buffer->memory),
                                              .dst = gpu_buffer_va(op->fresh),
                                              .bytes = buffer->size}};
    snprintf(copy.text, sizeof copy.text, "copy %s @0x%llx %llu", name, (unsigned long long)copy.command.dst,
             (unsigned long long)copy.command.bytes);
    op->step--; /* comes back here when the bytes are there */
    return fs_buffer_job(op, buffer->gpu, &copy, 1);
}

int fs_buffer_room(struct fs_buffer_op *op)
{
    struct gpu_buffer *memory = op->buffer->memory;
    int r = 0;
    if (op->room > pool_bytes(op->buffer))
        return gpu_err(-ENOSPC, "%llu bytes are more than the %s of %s has in all",
                       (unsigned long long)op->room, op->buffer->pool == GPU_VRAM ? "VRAM" : "GTT memory",
                       op->buffer->gpu->object.name);
    if (!op->fresh && op->room) {
        if (!memory)
            return first_memory(op);
        if (op->room <= gpu_buffer_window(memory))
            return op->room > gpu_buffer_capacity(memory) ? reserve(op, memory, op->room) : 0;
        r = begin_move(op);
    }
    if (!r && op->fresh) {
        set_memory(op, op->fresh);
        op->fresh = NULL;
    }
    return r;
}

/* ---- zeroing ---- */

/* A page of zeroes, for pieces of less than a fill's unit. */
static int need_zeroes(struct fs_gpu *gpu)
{
    struct fs_world *world = gpu->object.world;
    fs_lock(world);
    bool there = gpu->zeroes;
    fs_unlock(world);
    if (there)
        return 0;
    struct gpu_buffer *memory = NULL;
    int r = gpu_buffer_create(gpu->gpu, GPU_GTT, ZERO_PAGE, &memory);
    if (!r)
        r = gpu_buffer_reserve(memory, ZERO_PAGE);
    if (!r && !gpu_buffer_cpu(memory))
        r = gpu_err(-EOPNOTSUPP, "the CPU cannot reach system memory of %s", gpu->object.name);
    if (r) {
        gpu_buffer_free(memory);
        return r;
    }
    memset(gpu_buffer_cpu(memory), 0, ZERO_PAGE);
    gpu_buffer_cpu_wrote(memory);
    fs_lock(world);
    if (gpu->zeroes)
        fs_free_memory(world, memory);
    else
        gpu->zeroes = memory;
    fs_unlock(world);
    return 0;
}

static void zero_command(struct fs_buffer_op *op, uint64_t from, uint64_t bytes, bool fill,
                         struct fs_own_command *out)
{
    struct fs_entry *buffer = op->buffer;
    char name[256];
    fs_buffer_name(buffer, from, name, sizeof name);
    out->buffers[0] = buffer;
    out->command = (struct gpu_command){
        .op = fill ? GPU_FILL : GPU_COPY, .dst = gpu_buffer_va(buffer->memory) + from, .bytes = bytes};
    if (!fill)
        out->command.src = gpu_buffer_va(buffer->gpu->zeroes);
    snprintf(out->text, sizeof out->text, "fill %s 0 %llu", name, (unsigned long long)bytes);
}

static int zero(struct fs_buffer_op *op, uint64_t from, uint64_t to)
{
    if (from >= to)
        return 0;
    struct fs_own_command commands[3] = {0};
    unsigned n = 0;
    uint64_t head = (4 - from % 4) % 4 < to - from ? (4 - from % 4) % 4 : to - from;
    uint64_t tail = (to - from - head) % 4, body = to - from - head - tail;
    int r = head || tail ? need_zeroes(op->buffer->gpu) : 0;
    if (r)
        return r;
    if (head)
        zero_command(op, from, head, false, &commands[n++]);
    if (body)
        zero_command(op, from + head, body, true, &commands[n++]);
    if (tail)
        zero_command(op, to - tail, tail, false, &commands[n++]);
    return fs_buffer_job(op, op->buffer->gpu, commands, n);
}

int fs_buffer_zero_gap(struct fs_buffer_op *op)
{
    return zero(op, op->buffer->size, op->offset);
}

int fs_buffer_zero_new(struct fs_buffer_op *op)
{
    return op->keep_size ? 0 : zero(op, op->buffer->size, op->end);
}

int fs_buffer_zero(struct fs_buffer_op *op)
{
    uint64_t end = op->offset + op->bytes;
    return zero(op, op->offset, end < op->buffer->size ? end : op->buffer->size);
}

int fs_buffer_end(struct fs_buffer_op *op)
{
    fs_lock(op->world);
    if (op->end > op->buffer->size && !op->keep_size)
        op->buffer->size = op->end;
    clock_gettime(CLOCK_REALTIME, &op->buffer->mtime);
    op->buffer->ctime = op->buffer->mtime;
    fs_unlock(op->world);
    return 0;
}
