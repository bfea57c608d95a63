/*
 * heap.c - a GPU's memory: one memfd per pool, mapped whole, of which only touched pages cost memory.
 *
 * Invariant: what is on the free list is a hole in the file, so a fresh extent reads as zeros until the noise
 * of real, never wiped VRAM is put on it. The list is sorted by offset and never has two neighbours that
 * touch. Every allocation lays a list node aside for its own release, so that freeing cannot fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"
#include "sim/hostile.h"
#include "sim/machine.h"

struct sim_extent {
    uint64_t offset, bytes;
    struct sim_extent *next;
};

enum {
    NOISE_WHOLE = 1 << 20, /* extents up to this hold noise everywhere */
    NOISE_HOSTILE = 16 << 20,
    NOISE_SAMPLES = 16,      /* pages of a larger one that do, its ends among them */
    PUNCH_BYTES = 1 << 16,   /* below this writing zeros is cheaper than a system call and new page faults */
    BUDGET_NS = 2 * 1000000, /* how long a sum of the pools' sizes is believed */
    MAX_HEAPS = 4 * SIM_MAX_GPUS
};

/* All pools, for those who know only a host address. Slots are claimed and given back atomically: a lock here
 * could be held by another thread when the process forks. */
static struct sim_heap *_Atomic heaps[MAX_HEAPS];
static _Atomic uint64_t budget_checked; /* monotonic ns */
static _Atomic bool budget_exceeded;

static int heap_publish(struct sim_heap *heap)
{
    for (unsigned i = 0; i < MAX_HEAPS; i++) {
        struct sim_heap *none = NULL;
        if (atomic_compare_exchange_strong(&heaps[i], &none, heap))
            return 0;
    }
    return -ENOSPC;
}

static struct sim_extent *extent_new(uint64_t offset, uint64_t bytes, struct sim_extent *next)
{
    struct sim_extent *extent = calloc(1, sizeof *extent);
    if (extent)
        *extent = (struct sim_extent){.offset = offset, .bytes = bytes, .next = next};
    return extent;
}

static void extents_drop(struct sim_extent *extent)
{
    while (extent) {
        struct sim_extent *next = extent->next;
        free(extent);
        extent = next;
    }
}

void sim_heap_fini(struct sim_heap *heap)
{
    if (!heap || !heap->base)
        return;
    for (unsigned i = 0; i < MAX_HEAPS; i++) {
        struct sim_heap *self = heap;
        atomic_compare_exchange_strong(&heaps[i], &self, NULL);
    }
    munmap(heap->base, heap->bytes);
    close(heap->fd);
    extents_drop(heap->free_list);
    extents_drop(heap->spares);
    pthread_mutex_destroy(&heap->lock);
    memset(heap, 0, sizeof *heap);
    heap->fd = -1;
}

int sim_heap_init(struct sim_heap *heap, const char *name, uint64_t bytes, uint64_t seed)
{
    void *base;
    struct sim_extent *all = extent_new(0, bytes, NULL);
    int fd = all ? sim_memfd_inherit(name, bytes, &base) : -ENOMEM;
    bool adopted = fd >= 0;
    if (fd == -ENOENT)
        fd = sim_memfd_make(name, bytes, &base);
    if (fd < 0) {
        free(all);
        return fd;
    }
    *heap = (struct sim_heap){
        .fd = fd, .base = base, .bytes = bytes, .free_list = all, .seed = seed, .adopted = adopted};
    pthread_mutex_init(&heap->lock, NULL);
    int error = heap_publish(heap);
    if (error)
        sim_heap_fini(heap);
    return error;
}

/* Takes bytes from the first extent that is large enough. */
static bool extent_take(struct sim_heap *heap, uint64_t bytes, uint64_t *offset)
{
    for (struct sim_extent **at = &heap->free_list; *at; at = &(*at)->next) {
        struct sim_extent *extent = *at;
        if (extent->bytes < bytes)
            continue;
        *offset = extent->offset;
        extent->offset += bytes;
        extent->bytes -= bytes;
        if (extent->bytes == 0) {
            *at = extent->next;
            free(extent);
        }
        return true;
    }
    return false;
}

static void extent_put(struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    struct sim_extent **at = &heap->free_list, *before = NULL;
    while (*at && (*at)->offset < offset) {
        before = *at;
        at = &before->next;
    }
    struct sim_extent *extent = heap->spares;
    heap->spares = extent->next;
    *extent = (struct sim_extent){.offset = offset, .bytes = bytes, .next = *at};
    *at = extent;
    struct sim_extent *after = extent->next;
    if (after && offset + bytes == after->offset) {
        extent->bytes += after->bytes;
        extent->next = after->next;
        free(after);
    }
    if (before && before->offset + before->bytes == offset) {
        before->bytes += extent->bytes;
        before->next = extent->next;
        free(extent);
    }
}

static void heap_soil(struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    if (bytes <= (sim_hostile() ? NOISE_HOSTILE : NOISE_WHOLE)) {
        sim_noise(heap->base + offset, bytes, heap->seed ^ offset);
        return;
    }
    uint64_t pages = bytes / SIM_PAGE;
    for (uint64_t i = 0; i < NOISE_SAMPLES; i++) {
        uint64_t at = offset + i * (pages - 1) / (NOISE_SAMPLES - 1) * SIM_PAGE;
        sim_noise(heap->base + at, SIM_PAGE, heap->seed ^ at);
    }
}

int sim_heap_alloc(struct sim_heap *heap, uint64_t bytes, bool clear, uint64_t *offset)
{
    struct sim_extent *spare = sim_heap_within_budget() ? extent_new(0, 0, NULL) : NULL;
    uint64_t at = 0;
    if (!spare)
        return -ENOMEM;
    pthread_mutex_lock(&heap->lock);
    bool found = bytes > 0 && bytes % SIM_PAGE == 0 && extent_take(heap, bytes, &at);
    if (found) {
        heap->used += bytes;
        spare->next = heap->spares;
        heap->spares = spare;
    }
    pthread_mutex_unlock(&heap->lock);
    if (!found) {
        free(spare);
        return -ENOMEM;
    }
    if (!clear)
        heap_soil(heap, at, bytes);
    *offset = at;
    return 0;
}

static void heap_punch(const struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    if (fallocate(heap->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes))
        memset(heap->base + offset, 0, bytes);
}

void sim_heap_soil(struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    heap_punch(heap, offset, bytes);
    heap_soil(heap, offset, bytes);
}

void sim_heap_free(struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    heap_punch(heap, offset, bytes);
    pthread_mutex_lock(&heap->lock);
    extent_put(heap, offset, bytes);
    heap->used -= bytes;
    pthread_mutex_unlock(&heap->lock);
}

/* ---- over exec ---- */

int sim_heap_keep(struct sim_heap *heap)
{
    pthread_mutex_lock(&heap->lock);
    int error = heap->kept ? 0 : sim_memfd_keep(heap->fd, heap->bytes);
    heap->kept = !error;
    pthread_mutex_unlock(&heap->lock);
    return error;
}

/* Cuts a range that lies in one extent out of it. tail: for what comes behind. */
static bool extent_cut(struct sim_heap *heap, uint64_t offset, uint64_t end, struct sim_extent *tail)
{
    struct sim_extent **at = &heap->free_list;
    while (*at && (*at)->offset + (*at)->bytes < end)
        at = &(*at)->next;
    struct sim_extent *extent = *at;
    if (!extent || extent->offset > offset)
        return false;
    *tail = (struct sim_extent){
        .offset = end, .bytes = extent->offset + extent->bytes - end, .next = extent->next};
    extent->bytes = offset - extent->offset;
    extent->next = tail;
    if (!tail->bytes) {
        extent->next = tail->next;
        free(tail);
    }
    if (!extent->bytes) {
        *at = extent->next;
        free(extent);
    }
    return true;
}

int sim_heap_claim(struct sim_heap *heap, uint64_t offset, uint64_t bytes)
{
    struct sim_extent *spare = extent_new(0, 0, NULL), *tail = extent_new(0, 0, NULL);
    pthread_mutex_lock(&heap->lock);
    bool cut = spare && tail && extent_cut(heap, offset, offset + bytes, tail);
    if (cut) {
        heap->used += bytes;
        spare->next = heap->spares;
        heap->spares = spare;
    }
    pthread_mutex_unlock(&heap->lock);
    if (cut)
        return 0;
    int error = spare && tail ? -EEXIST : -ENOMEM;
    free(spare);
    free(tail);
    return error;
}

void sim_heap_drop_free(struct sim_heap *heap)
{
    for (const struct sim_extent *extent = heap->free_list; extent; extent = extent->next)
        if (extent->bytes)
            heap_punch(heap, extent->offset, extent->bytes);
}

static const struct sim_heap *heap_of(const uint8_t *host, uint64_t bytes)
{
    for (unsigned i = 0; i < MAX_HEAPS; i++) {
        const struct sim_heap *heap = atomic_load_explicit(&heaps[i], memory_order_acquire);
        if (heap && host >= heap->base && (uint64_t)(host - heap->base) < heap->bytes)
            return bytes <= heap->bytes - (uint64_t)(host - heap->base) ? heap : NULL;
    }
    return NULL;
}

bool sim_heap_zero(void *host, uint64_t bytes)
{
    const struct sim_heap *heap = heap_of(host, bytes);
    if (!heap)
        return false;
    uint64_t start = (uint64_t)((uint8_t *)host - heap->base), end = start + bytes;
    uint64_t first = (start + SIM_PAGE - 1) / SIM_PAGE * SIM_PAGE, last = end / SIM_PAGE * SIM_PAGE;
    if (bytes < PUNCH_BYTES) {
        memset(host, 0, bytes);
        return true;
    }
    memset(heap->base + start, 0, first - start);
    heap_punch(heap, first, last - first);
    memset(heap->base + last, 0, end - last);
    return true;
}

static uint64_t heaps_resident(void)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < MAX_HEAPS; i++) {
        const struct sim_heap *heap = atomic_load_explicit(&heaps[i], memory_order_acquire);
        struct stat st;
        if (heap && fstat(heap->fd, &st) == 0)
            bytes += (uint64_t)st.st_blocks * 512;
    }
    return bytes;
}

bool sim_heap_within_budget(void)
{
    const struct sim_machine *machine = sim_machine();
    struct timespec ts;
    if (!machine)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    uint64_t now = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
    uint64_t checked = atomic_load_explicit(&budget_checked, memory_order_relaxed);
    if ((checked == 0 || now - checked >= BUDGET_NS) &&
        atomic_compare_exchange_strong(&budget_checked, &checked, now))
        atomic_store(&budget_exceeded, heaps_resident() > machine->options.ram_bytes);
    return !atomic_load(&budget_exceeded);
}
