/*
 * memory.c - GPU memory: windows of addresses with memory from their start, and the driver's own buffers.
 *
 * Invariant: an address means the same to the CPU and to every GPU. A window is reserved with PROT_NONE
 * first; the kernel's allocations are made at addresses inside it and the render node is mapped over them.
 * What belongs to the window (address, size, pool) is kept apart from what dies with the KFD process (the
 * chunks' handles). Flags and order of calls: Linux amdkfd/kfd_chardev.c, libhsakmt/src/fmm.c.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    WINDOW_ALIGN = 2 << 20, /* one large page of the GPU's tables */
    PIECES_MAX = 16,
    GROWTH_MAX = 64 << 20, /* a growing buffer doubles, but not by more than this */
};

struct chunk { /* one kernel allocation of a window */
    uint64_t offset, bytes, handle;
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
};

/* ---- one kernel allocation -------------------------------------------------------------------------- */

struct place { /* where one goes, and for whom */
    struct gpu *gpu;
    uint32_t flags;
    uint8_t *address;
    uint64_t bytes;
    bool cpu;  /* map it for the CPU */
    bool all;  /* for every GPU, else for those that reach the owner */
    bool only; /* for the owner alone */
};

static unsigned list_users(const struct place *place, uint32_t *gpu_ids)
{
    struct gpu_system *sys = place->gpu->sys;
    unsigned n = 0;
    for (unsigned i = 0; i < sys->n_gpus; i++) {
        struct gpu *user = &sys->gpus[i];
        bool wanted = user == place->gpu || (!place->only && (place->all || gpu_reaches(user, place->gpu)));
        if (wanted)
            gpu_ids[n++] = user->info.gpu_id;
    }
    return n;
}

/* Unmaps and frees, in silence: a failed mapping may have reached only some GPUs, so one by one. */
static void place_drop(const struct place *place, uint64_t handle)
{
    const struct kfd *kfd = &place->gpu->sys->kfd;
    uint32_t gpu_ids[place->gpu->sys->n_gpus];
    unsigned n = list_users(place, gpu_ids);
    char *text = err_save();
    for (unsigned i = 0; i < n; i++)
        kfd_unmap_memory(kfd, handle, &gpu_ids[i], 1);
    kfd_free_memory(kfd, handle);
    err_restore(text);
}

/* Addresses without memory again, still reserved. */
static void place_reserve(const struct place *place)
{
    mmap(place->address, place->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
         0);
}

static int place_alloc(const struct place *place, uint64_t *handle)
{
    const struct kfd *kfd = &place->gpu->sys->kfd;
    struct kfd_alloc_memory args = {.va = (uintptr_t)place->address,
                                    .size = place->bytes,
                                    .gpu_id = place->gpu->info.gpu_id,
                                    .flags = place->flags};
    int rc = kfd_alloc_memory(kfd, &args);
    if (rc)
        return rc;
    uint32_t gpu_ids[place->gpu->sys->n_gpus];
    rc = kfd_map_memory(kfd, args.handle, gpu_ids, list_users(place, gpu_ids));
    if (rc)
        goto fail;
    if (place->cpu && mmap(place->address, place->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                           place->gpu->render, (off_t)args.mmap_offset) == MAP_FAILED) {
        rc = gpu_err(-errno, "cannot map %" PRIu64 " bytes of gpu%u for the CPU: %s", place->bytes,
                     place->gpu->index, strerror(errno));
        goto fail;
    }
    *handle = args.handle;
    return 0;
fail:
    place_drop(place, args.handle);
    return rc;
}

static void place_free(const struct place *place, uint64_t handle)
{
    place_reserve(place); /* first: no CPU mapping of memory that is gone */
    place_drop(place, handle);
}

/* bytes of addresses that start at a multiple of the alignment. */
static int reserve_addresses(uint64_t bytes, uint64_t alignment, void **out)
{
    uint64_t slack = alignment - PAGE_BYTES;
    if (bytes + slack < bytes)
        return gpu_err(-ENOMEM, "no room for %" PRIu64 " bytes of addresses", bytes);
    uint8_t *base = mmap(NULL, bytes + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return gpu_err(-ENOMEM, "no room for %" PRIu64 " bytes of addresses: %s", bytes, strerror(errno));
    uint64_t before = align_up((uintptr_t)base, alignment) - (uintptr_t)base;
    if (before)
        munmap(base, before);
    if (slack > before)
        munmap(base + before + bytes, slack - before);
    *out = base + before;
    return 0;
}

/* ---- the driver's own buffers ------------------------------------------------------------------------- */

static struct place bo_place(const struct bo *bo, uint32_t flags, bool cpu)
{
    return (struct place){.gpu = bo->gpu,
                          .flags = flags,
                          .address = bo->cpu,
                          .bytes = bo->bytes,
                          .cpu = cpu,
                          .all = bo->shared,
                          .only = !bo->shared};
}

static int bo_alloc(struct gpu *gpu, uint32_t flags, uint64_t bytes, bool cpu, bool shared, struct bo *out)
{
    struct bo bo = {.gpu = gpu, .bytes = align_up(bytes, PAGE_BYTES), .shared = shared};
    int rc = reserve_addresses(bo.bytes, PAGE_BYTES, &bo.cpu);
    if (rc)
        return rc;
    struct place place = bo_place(&bo, flags, cpu);
    rc = place_alloc(&place, &bo.handle);
    if (rc) {
        munmap(bo.cpu, bo.bytes);
        return rc;
    }
    *out = bo;
    return 0;
}

int bo_create(struct gpu *gpu, enum bo_kind kind, uint64_t bytes, bool shared, struct bo *out)
{
    uint32_t flags = KFD_ALLOC_WRITABLE | KFD_ALLOC_EXECUTABLE | KFD_ALLOC_NO_SUBSTITUTE;
    flags |= kind == BO_VRAM ? KFD_ALLOC_VRAM : KFD_ALLOC_GTT | KFD_ALLOC_COHERENT | KFD_ALLOC_UNCACHED;
    return bo_alloc(gpu, flags, bytes, kind == BO_GTT, shared, out);
}

void bo_free(struct bo *bo)
{
    if (!bo || !bo->gpu)
        return;
    struct place place = bo_place(bo, 0, false);
    place_free(&place, bo->handle);
    munmap(bo->cpu, bo->bytes);
    *bo = (struct bo){0};
}

/* ---- HDP ------------------------------------------------------------------------------------------------
 */

/*
 * CPU writes to VRAM sit in the host data path until it is told to flush: by a write to the first register of
 * a page that the kernel remaps for user space (amdgpu's rmmio_remap, AMDGPU_HDP_FLUSH at offset 0).
 */
int hdp_open(struct gpu *gpu)
{
    struct kfd *kfd = &gpu->sys->kfd;
    struct kfd_alloc_memory args = {.size = PAGE_BYTES,
                                    .gpu_id = gpu->info.gpu_id,
                                    .flags = KFD_ALLOC_MMIO_REMAP | KFD_ALLOC_WRITABLE | KFD_ALLOC_COHERENT};
    void *address;
    int rc = reserve_addresses(PAGE_BYTES, PAGE_BYTES, &address);
    if (rc)
        return rc;
    args.va = (uintptr_t)address;
    rc = kfd_alloc_memory(kfd, &args);
    if (rc)
        goto fail;
    if (mmap(address, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, kfd->fd,
             (off_t)args.mmap_offset) == MAP_FAILED) {
        rc = gpu_err(-errno, "cannot map the HDP flush register of gpu%u: %s", gpu->index, strerror(errno));
        kfd_free_memory(kfd, args.handle);
        goto fail;
    }
    gpu->hdp = (struct bo){.gpu = gpu, .handle = args.handle, .bytes = PAGE_BYTES, .cpu = address};
    gpu->hdp_flush = address;
    return 0;
fail:
    munmap(address, PAGE_BYTES);
    return rc;
}

void hdp_close(struct gpu *gpu)
{
    if (!gpu->hdp.gpu)
        return;
    munmap(gpu->hdp.cpu, gpu->hdp.bytes);
    kfd_free_memory(&gpu->sys->kfd, gpu->hdp.handle);
    gpu->hdp = (struct bo){0};
    gpu->hdp_flush = NULL;
}

/* ---- buffers ----------------------------------------------------------------------------------------------
 */

static bool buffer_cpu_sees(const struct gpu_buffer *buf)
{
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
                          .cpu = buffer_cpu_sees(buf)};
}

int gpu_buffer_create(struct gpu *gpu, enum gpu_pool pool, uint64_t window, struct gpu_buffer **out)
{
    if (!window || window > (uint64_t)1 << 47)
        return gpu_err(-EINVAL, "a window of %" PRIu64 " bytes", window);
    struct gpu_buffer *buf = calloc(1, sizeof *buf);
    if (!buf)
        return gpu_err(-ENOMEM, "no memory for a buffer");
    buf->gpu = gpu;
    buf->pool = pool;
    buf->window = align_up(window, PAGE_BYTES);
    void *base;
    int rc = reserve_addresses(buf->window, WINDOW_ALIGN, &base);
    if (rc) {
        free(buf);
        return rc;
    }
    buf->base = base;
    pthread_mutex_init(&buf->lock, NULL);
    struct gpu_system *sys = gpu->sys;
    pthread_mutex_lock(&sys->lock);
    buf->next = sys->buffers;
    if (buf->next)
        buf->next->prev = buf;
    sys->buffers = buf;
    pthread_mutex_unlock(&sys->lock);
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
    int rc = place_alloc(&place, &chunk.handle);
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
        place_free(&place, chunk->handle);
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
        if (rc != -ENOMEM || piece / 2 < bytes / PIECES_MAX || piece <= WINDOW_ALIGN) {
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
        rc = wanted > needed ? buffer_append(buf, wanted) : -ENOMEM;
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
    munmap(buf->base, buf->window);
    pthread_mutex_destroy(&buf->lock);
    free(buf->chunks);
    free(buf);
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

void *gpu_buffer_cpu(const struct gpu_buffer *buf)
{
    return buffer_cpu_sees(buf) ? buf->base : NULL;
}

bool buffer_cpu_sees_at(struct gpu_system *sys, uint64_t va, uint64_t bytes)
{
    bool sees = false;
    pthread_mutex_lock(&sys->lock);
    for (const struct gpu_buffer *buf = sys->buffers; buf && !sees; buf = buf->next) {
        uint64_t offset = va - gpu_buffer_va(buf);
        sees = va >= gpu_buffer_va(buf) && offset + bytes <= buf->capacity && buffer_cpu_sees(buf);
    }
    pthread_mutex_unlock(&sys->lock);
    return sees;
}

void gpu_buffer_cpu_wrote(struct gpu_buffer *buf)
{
    atomic_thread_fence(memory_order_seq_cst); /* drains the CPU's write-combining buffers */
    if (buf->pool != GPU_VRAM || !buf->gpu->hdp_flush)
        return;
    *buf->gpu->hdp_flush = 1;
    (void)*buf->gpu->hdp_flush; /* a read cannot pass the posted write */
}
