/*
 * memory.c - buffers: windows of GPU addresses with memory from their start.
 *
 * Invariant: an address means the same to the CPU and to every GPU, and nothing in use ever moves. What
 * belongs to the window (address, size, pool) is kept apart from what dies with the KFD process (the chunks'
 * handles).
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    LARGE_PAGE = 2 << 20, /* of the GPU's tables */
    PIECES_MAX = 16,
    GROWTH_MAX = 64 << 20, /* a growing buffer doubles, but not by more than this */
};

struct chunk { /* one kernel allocation of a window */
    uint64_t offset, bytes, handle, mmap_offset;
    int fd; /* of a stranded buffer: what it has instead of a handle */
};

struct gpu_buffer {
    struct gpu *gpu;
    enum gpu_pool pool;
    uint8_t *base; /* of the window */
    uint64_t window;
    struct gpu_buffer *next, *prev; /* under sys->lock */
    void (*owner_free)(void *owner);
    void *owner;

    pthread_mutex_t lock; /* guards the chunks; capacity is written under it */
    struct chunk *chunks;
    unsigned n_chunks;
    _Atomic uint64_t capacity;
    bool stuck;          /* the kernel keeps memory there */
    bool stranded;       /* no GPU has it: dma-bufs of an image before, mapped for the CPU where that goes */
    _Atomic bool mapped; /* the CPU has asked: its mappings are there, and come with each chunk */
};

/* ---- buffers ---- */

static bool buffer_cpu_sees(const struct gpu_buffer *buf)
{
    if (buf->stranded)
        return buf->mapped;
    return buf->pool == GPU_GTT || buf->gpu->info.cpu_visible;
}

static struct place buffer_place(const struct gpu_buffer *buf, uint64_t offset, uint64_t bytes)
{
    uint32_t flags = KFD_ALLOC_WRITABLE | KFD_ALLOC_EXECUTABLE | KFD_ALLOC_NO_SUBSTITUTE;
    flags |= buf->pool == GPU_VRAM ? KFD_ALLOC_VRAM : KFD_ALLOC_GTT | KFD_ALLOC_COHERENT;
    if (buf->pool == GPU_VRAM && buffer_cpu_sees(buf))
        flags |= KFD_ALLOC_PUBLIC;
    return (struct place){.gpu = buf->gpu,
                          .flags = flags,
                          .address = buf->base + offset,
                          .bytes = bytes,
                          .cpu = atomic_load(&buf->mapped)};
}

static void buffer_link(struct gpu_buffer *buf, struct gpu *gpu, enum gpu_pool pool, void *base,
                        uint64_t window)
{
    buf->gpu = gpu;
    buf->pool = pool;
    buf->base = base;
    buf->window = window;
    pthread_mutex_init(&buf->lock, NULL);
    struct gpu_system *sys = gpu->sys;
    pthread_mutex_lock(&sys->lock);
    buf->next = sys->buffers;
    if (buf->next)
        buf->next->prev = buf;
    sys->buffers = buf;
    pthread_mutex_unlock(&sys->lock);
}

int gpu_buffer_create(struct gpu *gpu, enum gpu_pool pool, uint64_t window, struct gpu_buffer **out)
{
    if (!window || window > (uint64_t)1 << 47)
        return gpu_err(-EINVAL, "a window of %" PRIu64 " bytes", window);
    struct gpu_buffer *buf = calloc(1, sizeof *buf);
    if (!buf)
        return gpu_err(-ENOMEM, "no memory for a buffer");
    window = align_up(window, PAGE_BYTES);
    void *base;
    int rc = window_take(window, &base);
    if (rc) {
        free(buf);
        return rc;
    }
    buffer_link(buf, gpu, pool, base, window);
    *out = buf;
    return 0;
}

/* Under the buffer's lock. */
static int buffer_append(struct gpu_buffer *buf, uint64_t bytes)
{
    struct chunk *chunks = realloc(buf->chunks, (buf->n_chunks + 1) * sizeof *chunks);
    if (!chunks)
        return gpu_err(-ENOMEM, "no memory for a buffer's chunk list");
    buf->chunks = chunks;
    uint64_t capacity = buf->capacity;
    struct place place = buffer_place(buf, capacity, bytes);
    struct chunk chunk = {.offset = capacity, .bytes = bytes};
    int rc = place_alloc(&place, &chunk.handle, &chunk.mmap_offset);
    if (rc)
        return rc;
    chunks[buf->n_chunks++] = chunk;
    buf->capacity = capacity + bytes;
    return 0;
}

/* Under the buffer's lock. */
static void buffer_cut(struct gpu_buffer *buf, uint64_t bytes)
{
    while (buf->n_chunks && buf->chunks[buf->n_chunks - 1].offset >= bytes) {
        struct chunk *chunk = &buf->chunks[--buf->n_chunks];
        struct place place = buffer_place(buf, chunk->offset, chunk->bytes);
        buf->capacity = chunk->offset;
        if (buf->stranded) {
            place_hide(&place);
            close(chunk->fd);
            continue;
        }
        buf->stuck |= !place_free(&place, chunk->handle);
    }
}

/* In one piece, or in up to PIECES_MAX where free memory is scattered; all or nothing. Under the buffer's
 * lock. */
static int buffer_extend(struct gpu_buffer *buf, uint64_t bytes)
{
    uint64_t before = buf->capacity, end = before + bytes, piece = bytes;
    while (buf->capacity < end) {
        uint64_t left = end - buf->capacity;
        int rc = buffer_append(buf, left < piece ? left : piece);
        if (!rc)
            continue;
        if (rc != -ENOMEM || piece / 2 < bytes / PIECES_MAX || piece <= LARGE_PAGE) {
            char *text = err_save();
            buffer_cut(buf, before);
            err_restore(text);
            return rc;
        }
        piece = align_up(piece / 2, PAGE_BYTES);
    }
    return 0;
}

/* What a growing buffer takes at best: as much as it has, within reason. */
static uint64_t growth(uint64_t capacity, uint64_t needed, uint64_t window)
{
    uint64_t wanted = capacity < GROWTH_MAX ? capacity : GROWTH_MAX;
    if (wanted < needed)
        wanted = needed;
    return capacity + wanted > window ? window - capacity : wanted;
}

int gpu_buffer_reserve(struct gpu_buffer *buf, uint64_t bytes)
{
    if (bytes > buf->window)
        return gpu_err(-ERANGE, "%" PRIu64 " bytes do not fit the buffer's window of %" PRIu64, bytes,
                       buf->window);
    int rc = 0;
    pthread_mutex_lock(&buf->lock);
    uint64_t capacity = buf->capacity;
    if (bytes > capacity) {
        uint64_t needed = align_up(bytes, PAGE_BYTES) - capacity;
        uint64_t wanted = growth(capacity, needed, buf->window);
        rc = buf->stranded ? gpu_lost(buf->gpu) : wanted > needed ? buffer_append(buf, wanted) : -ENOMEM;
        if (rc == -ENOMEM)
            rc = buffer_extend(buf, needed);
        if (rc == -ENOMEM)
            rc = gpu_err(-ENOSPC, "gpu%u has no %" PRIu64 " bytes of %s left", buf->gpu->index, needed,
                         buf->pool == GPU_VRAM ? "VRAM" : "GTT memory");
    }
    pthread_mutex_unlock(&buf->lock);
    return rc;
}

void gpu_buffer_trim(struct gpu_buffer *buf, uint64_t bytes)
{
    pthread_mutex_lock(&buf->lock);
    buffer_cut(buf, bytes);
    pthread_mutex_unlock(&buf->lock);
}

void gpu_buffer_free(struct gpu_buffer *buf)
{
    if (!buf)
        return;
    struct gpu_system *sys = buf->gpu->sys;
    pthread_mutex_lock(&sys->lock);
    if (buf->next)
        buf->next->prev = buf->prev;
    if (buf->prev)
        buf->prev->next = buf->next;
    else
        sys->buffers = buf->next;
    pthread_mutex_unlock(&sys->lock);
    gpu_buffer_trim(buf, 0);
    if (!buf->stuck)
        munmap(buf->base, buf->window);
    pthread_mutex_destroy(&buf->lock);
    free(buf->chunks);
    free(buf);
}

/* ---- over to another image ---- */

int gpu_system_can_export(const struct gpu_system *sys)
{
    if (sys->kfd.version.minor >= KFD_EXPORT_DMABUF_MINOR ||
        sys->kfd.fd < 0) /* all that there is then is exported already */
        return 0;
    return gpu_err(-EOPNOTSUPP, "KFD %u.%u cannot export memory (1.%d and later can)", sys->kfd.version.major,
                   sys->kfd.version.minor, KFD_EXPORT_DMABUF_MINOR);
}

static int chunk_export(const struct gpu_buffer *buf, const struct chunk *chunk, int *fd)
{
    if (!buf->stranded)
        return kfd_export_dmabuf(&buf->gpu->sys->kfd, chunk->handle, fd);
    int copy = dup(chunk->fd);
    if (copy < 0)
        return gpu_err(-errno, "no descriptor for a dma-buf: %s", strerror(errno));
    *fd = copy;
    return 0;
}

int gpu_buffer_export(struct gpu_buffer *buf, struct gpu_piece **pieces, unsigned *n)
{
    int rc = gpu_system_can_export(buf->gpu->sys);
    if (rc)
        return rc;
    unsigned done = 0;
    pthread_mutex_lock(&buf->lock);
    struct gpu_piece *list = calloc(buf->n_chunks + 1, sizeof *list);
    rc = list ? 0 : gpu_err(-ENOMEM, "no memory for the pieces of a buffer");
    for (; !rc && done < buf->n_chunks; done++) {
        list[done].bytes = buf->chunks[done].bytes;
        rc = chunk_export(buf, &buf->chunks[done], &list[done].fd);
        if (rc)
            break;
    }
    pthread_mutex_unlock(&buf->lock);
    if (!rc) {
        *pieces = list;
        *n = done;
        return 0;
    }
    while (done)
        close(list[--done].fd);
    free(list);
    return rc;
}

static int buffer_take(struct gpu_buffer *buf, const struct gpu_piece *piece)
{
    struct chunk *chunk = &buf->chunks[buf->n_chunks];
    *chunk = (struct chunk){.offset = buf->capacity, .bytes = piece->bytes};
    struct place place = buffer_place(buf, chunk->offset, chunk->bytes);
    if (chunk->bytes > buf->window - chunk->offset)
        return gpu_err(-ERANGE, "a piece passes the end of its window");
    int rc = place_import(&place, piece->fd, &chunk->handle);
    if (rc)
        return rc;
    buf->n_chunks++;
    buf->capacity += chunk->bytes;
    return 0;
}

/* A window without memory, and room for so many chunks: at va, if that was reserved, or elsewhere. */
static int buffer_settle(struct gpu *gpu, enum gpu_pool pool, uint64_t va, uint64_t window, unsigned n,
                         struct gpu_buffer **out)
{
    struct gpu_buffer *buf = calloc(1, sizeof *buf);
    struct chunk *chunks = calloc(n + 1, sizeof *chunks);
    void *base = (void *)(uintptr_t)va;
    int rc = buf && chunks ? 0 : gpu_err(-ENOMEM, "no memory for a buffer");
    if (!rc)
        rc = window_claim(va) ? 0 : window_take(window, &base);
    if (rc) {
        free(buf);
        free(chunks);
        return rc;
    }
    buf->chunks = chunks;
    buffer_link(buf, gpu, pool, base, window);
    *out = buf;
    return 0;
}

int gpu_buffer_strand(struct gpu *gpu, enum gpu_pool pool, uint64_t va, uint64_t window,
                      const struct gpu_piece *pieces, unsigned n, struct gpu_buffer **out)
{
    struct gpu_buffer *buf;
    int rc = buffer_settle(gpu, pool, va, window, n, &buf);
    if (rc)
        return rc;
    char *text = err_save();
    buf->stranded = true;
    buf->mapped = true;
    for (unsigned i = 0; i < n; i++) {
        struct chunk chunk = {.offset = buf->capacity, .bytes = pieces[i].bytes, .fd = pieces[i].fd};
        struct place place = buffer_place(buf, chunk.offset, chunk.bytes);
        if (place_show(&place, chunk.fd, 0))
            buf->mapped = false;
        buf->chunks[buf->n_chunks++] = chunk;
        buf->capacity += chunk.bytes;
    }
    err_restore(text);
    *out = buf;
    return 0;
}

bool gpu_buffer_stranded(const struct gpu_buffer *buf)
{
    return buf->stranded;
}

int gpu_buffer_import(struct gpu *gpu, enum gpu_pool pool, uint64_t va, uint64_t window,
                      const struct gpu_piece *pieces, unsigned n, struct gpu_buffer **out)
{
    struct gpu_buffer *buf;
    int rc = buffer_settle(gpu, pool, va, window, n, &buf);
    if (rc)
        return rc;
    buf->mapped = buffer_cpu_sees(buf); /* now: later the descriptors are closed */
    for (unsigned i = 0; !rc && i < n; i++)
        rc = buffer_take(buf, &pieces[i]);
    if (!rc) {
        *out = buf;
        return 0;
    }
    char *text = err_save();
    bool there = gpu_buffer_va(buf) == va && !buf->stuck;
    gpu_buffer_free(buf);
    if (there) /* for another attempt */
        gpu_window_reserve(va, window);
    err_restore(text);
    return rc;
}

void buffer_set_owner(struct gpu_buffer *buf, void (*owner_free)(void *owner), void *owner)
{
    buf->owner_free = owner_free;
    buf->owner = owner;
}

void buffers_close(struct gpu_system *sys)
{
    for (struct gpu_buffer *buf; (buf = sys->buffers);)
        if (buf->owner_free)
            buf->owner_free(buf->owner);
        else
            gpu_buffer_free(buf);
}

uint64_t gpu_buffer_va(const struct gpu_buffer *buf)
{
    return (uint64_t)(uintptr_t)buf->base;
}

uint64_t gpu_buffer_window(const struct gpu_buffer *buf)
{
    return buf->window;
}

uint64_t gpu_buffer_capacity(const struct gpu_buffer *buf)
{
    return buf->capacity;
}

struct gpu *gpu_buffer_gpu(const struct gpu_buffer *buf)
{
    return buf->gpu;
}

enum gpu_pool gpu_buffer_pool(const struct gpu_buffer *buf)
{
    return buf->pool;
}

/* Mappings are made when they are wanted: a process has some 65,000 of them, and what only GPUs use needs
 * none. All or none. Under the buffer's lock. */
static bool buffer_map(struct gpu_buffer *buf)
{
    for (unsigned i = 0; i < buf->n_chunks; i++) {
        struct place place = buffer_place(buf, buf->chunks[i].offset, buf->chunks[i].bytes);
        if (!place_show(&place, buf->gpu->render, buf->chunks[i].mmap_offset))
            continue;
        while (i--) {
            place = buffer_place(buf, buf->chunks[i].offset, buf->chunks[i].bytes);
            place_hide(&place);
        }
        return false;
    }
    atomic_store(&buf->mapped, true);
    return true;
}

void *gpu_buffer_cpu(struct gpu_buffer *buf)
{
    if (!buffer_cpu_sees(buf))
        return NULL;
    if (atomic_load(&buf->mapped))
        return buf->base;
    pthread_mutex_lock(&buf->lock);
    bool mapped = buf->mapped || buffer_map(buf);
    pthread_mutex_unlock(&buf->lock);
    return mapped ? buf->base : NULL;
}

bool buffer_cpu_sees_at(struct gpu_system *sys, uint64_t va, uint64_t bytes)
{
    bool sees = false;
    pthread_mutex_lock(&sys->lock);
    for (struct gpu_buffer *buf = sys->buffers; buf && !sees; buf = buf->next) {
        uint64_t offset = va - gpu_buffer_va(buf);
        sees = va >= gpu_buffer_va(buf) && offset + bytes <= buf->capacity && gpu_buffer_cpu(buf);
    }
    pthread_mutex_unlock(&sys->lock);
    return sees;
}

void gpu_buffer_cpu_wrote(struct gpu_buffer *buf)
{
    atomic_thread_fence(memory_order_seq_cst); /* drains the CPU's write-combining buffers */
    if (buf->pool != GPU_VRAM || !buf->gpu->hdp_flush)
        return;
    /* Plain stores and loads, from any thread: a locked access to a register would lock the whole bus. */
    atomic_store_explicit(buf->gpu->hdp_flush, 1, memory_order_relaxed);
    (void)atomic_load_explicit(buf->gpu->hdp_flush,
                               memory_order_relaxed); /* it cannot pass the posted write */
}
