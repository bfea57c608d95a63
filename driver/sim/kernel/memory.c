/*
 * memory.c - buffers: ALLOC, FREE, MAP, UNMAP and AVAILABLE_MEMORY, and where a buffer is found by mmap.
 *
 * Invariant: a buffer belongs to the GPU it was allocated for; a GPU sees it exactly while its bit in
 * `mapped` is set. A buffer with a bit set cannot be freed, and a mapping that a queue uses cannot be undone.
 *
 * Facts: kfd_chardev.c, amdgpu_amdkfd_gpuvm.c and drm_gem.c of Linux 6.12.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "kernel.h"
#include "kfd_state.h"
#include "sim/hostile.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "sim/models.h"

enum {
    VRAM_ACCOUNT = 2 << 20,      /* what an allocation is rounded up to in "available" */
    PAGE_TABLES_LEAST = 8 << 20, /* VRAM kept back for page tables */
    PAGE_TABLES_SHIFT = 14       /* or this fraction of all memory */
};
#define MMAP_FIRST 0x100000000ull /* below lie the offsets of legacy DRM maps */

static uint64_t page_align(uint64_t bytes)
{
    return (bytes + SIM_PAGE - 1) & ~(uint64_t)(SIM_PAGE - 1);
}

static uint64_t gpu_bit(const struct sim_gpu *gpu)
{
    return 1ull << gpu->index;
}

/* ---- accounting ---- */

static uint64_t gtt_free(const struct sim_gpu *gpu)
{
    struct sim_heap *gtt = &sim_gpu_card(gpu)->gtt;
    pthread_mutex_lock(&gtt->lock);
    uint64_t unused = gtt->bytes - gtt->used;
    pthread_mutex_unlock(&gtt->lock);
    return unused;
}

static uint64_t vram_usable(const struct sim_gpu *gpu)
{
    const struct sim_machine *machine = sim_machine_described();
    uint64_t all = sim_host_memory();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        all += machine->gpu[i].model->vram_bytes;
    uint64_t tables = all >> PAGE_TABLES_SHIFT;
    return sim_gpu_card(gpu)->vram.bytes - (tables > PAGE_TABLES_LEAST ? tables : PAGE_TABLES_LEAST);
}

int sim_memory_available(void *args)
{
    struct kfd_available_memory *a = args;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu || !sim_machine())
        return -EINVAL;
    if (sim_gpu_vram_is_gtt(gpu)) {
        a->available = gtt_free(gpu);
        return 0;
    }
    uint64_t usable = vram_usable(gpu), used = sim_bo_vram_used(gpu, true);
    a->available = used < usable ? (usable - used) & ~(uint64_t)(VRAM_ACCOUNT - 1) : 0;
    return 0;
}

/* ---- handles ---- */

struct sim_buffer *sim_memory_buffer(struct sim_gpu *gpu, uint32_t id)
{
    return gpu->kfd && id < gpu->kfd->n_buffers ? gpu->kfd->buffers[id] : NULL;
}

/* The lowest free id, as the kernel's idr gives. */
static int buffer_enter(struct sim_buffer *b)
{
    struct sim_gpu_kfd *kfd = b->gpu->kfd;
    uint32_t id = 0;
    while (id < kfd->n_buffers && kfd->buffers[id])
        id++;
    if (id == kfd->n_buffers) {
        uint32_t n = kfd->n_buffers ? kfd->n_buffers * 2 : 64;
        struct sim_buffer **buffers = realloc(kfd->buffers, n * sizeof(struct sim_buffer *));
        if (!buffers)
            return -ENOMEM;
        memset(buffers + kfd->n_buffers, 0, (n - kfd->n_buffers) * sizeof(struct sim_buffer *));
        kfd->buffers = buffers;
        kfd->n_buffers = n;
    }
    b->id = id;
    kfd->buffers[id] = b;
    return 0;
}

static struct sim_buffer *buffer_by_handle(uint64_t handle)
{
    struct sim_gpu *gpu = sim_kfd_gpu((uint32_t)(handle >> 32));
    return gpu ? sim_memory_buffer(gpu, (uint32_t)handle) : NULL;
}

/* ---- ALLOC ---- */

/* One line of /proc/self/maps: does it carry [*at, end) on? */
static bool maps_line(const char *line, uint64_t *at, uint64_t end, bool write)
{
    unsigned long from, to;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s", &from, &to, access) != 3 || to <= *at)
        return true;
    if (from > *at || access[0] != 'r' || (write && access[1] != 'w'))
        return false;
    *at = to;
    return *at < end;
}

/* Whether the program may read (and write) all of these pages: the kernel pins them when it makes the buffer.
 */
static bool user_pages_ok(uint64_t start, uint64_t end, bool write)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t room = 0;
    uint64_t at = start;
    while (maps && getline(&line, &room, maps) > 0 && maps_line(line, &at, end, write))
        continue;
    free(line);
    if (maps)
        fclose(maps);
    return at >= end;
}

static int buffer_back_user(struct sim_buffer *b, uint64_t address)
{
    uint64_t start = address & ~(uint64_t)(SIM_PAGE - 1);
    if (address == 0)
        return -EINVAL;
    if (start + b->bytes < start || !user_pages_ok(start, start + b->bytes, b->flags & KFD_MEM_WRITABLE))
        return -EFAULT;
    b->host = (uint8_t *)(uintptr_t)start;
    return 0;
}

static int remap_page(struct sim_gpu *view)
{
    struct sim_gpu *gpu = sim_gpu_card(view);
    if (gpu->kfd->has_remap_page)
        return 0;
    int error = sim_machine() ? sim_heap_alloc(&gpu->gtt, SIM_PAGE, true, &gpu->kfd->remap_page) : -ENODEV;
    gpu->kfd->has_remap_page = !error;
    return error;
}

static int buffer_back_device(struct sim_buffer *b)
{
    int error;
    if (b->flags & KFD_MEM_DOORBELL) {
        error = sim_kfd_doorbells(b->gpu);
        b->host = (uint8_t *)b->gpu->doorbells;
    } else {
        error = remap_page(b->gpu);
        const struct sim_gpu *card = sim_gpu_card(b->gpu);
        b->host = card->gtt.base + card->kfd->remap_page;
    }
    return error;
}

static int buffer_back_heap(struct sim_buffer *b)
{
    struct sim_gpu *gpu = b->gpu;
    bool vram = b->flags & KFD_MEM_VRAM && !sim_gpu_vram_is_gtt(gpu);
    if (vram && sim_bo_vram_used(gpu, false) + b->bytes > vram_usable(gpu))
        return -ENOMEM;
    int error = sim_bo_create(gpu, b->flags, b->bytes, &b->bo);
    if (error)
        return error;
    sim_bo_place(b->bo, &b->heap, &b->heap_offset);
    b->host = b->heap->base + b->heap_offset;
    return 0;
}

static int buffer_back(struct sim_buffer *b, uint64_t user_address)
{
    if (b->flags & (KFD_MEM_VRAM | KFD_MEM_GTT))
        return buffer_back_heap(b);
    if (b->flags & KFD_MEM_USERPTR)
        return buffer_back_user(b, user_address);
    if (b->flags & (KFD_MEM_DOORBELL | KFD_MEM_MMIO_REMAP))
        return buffer_back_device(b);
    return -EINVAL;
}

static void buffer_drop(struct sim_buffer *b)
{
    if (b && b->bo)
        sim_bo_drop(b->bo);
    free(b);
}

static int alloc_check(const struct kfd_alloc_memory *a, const struct sim_gpu *gpu)
{
    if (a->flags & KFD_MEM_PUBLIC && a->flags & KFD_MEM_VRAM && !sim_gpu_large_bar(gpu))
        return -EINVAL;
    int error = sim_kfd_bound(gpu);
    if (error)
        return error;
    if (a->flags & KFD_MEM_DOORBELL)
        return a->bytes == KFD_DOORBELL_SLICE ? 0 : -EINVAL;
    if (a->flags & KFD_MEM_MMIO_REMAP)
        return a->bytes == SIM_PAGE ? 0 : -EINVAL;
    return 0;
}

/* Addresses are of shared virtual memory or of buffers, not both. */
static bool alloc_is_svm(const struct kfd_alloc_memory *a)
{
    if (!sim_primary())
        return false;
    if ((a->va || !(a->flags & KFD_MEM_VRAM)) && sim_svm_overlaps(a->va, a->bytes))
        return true;
    return a->flags & KFD_MEM_USERPTR && sim_svm_overlaps(a->mmap_offset, a->bytes);
}

/* Gives it its place in the render node, and tells its handle. */
static uint64_t buffer_publish(struct sim_buffer *b)
{
    struct sim_gpu_kfd *card = sim_gpu_card(b->gpu)->kfd;
    b->mmap_offset = MMAP_FIRST + card->next_mmap_offset;
    card->next_mmap_offset += b->bytes;
    return (uint64_t)b->gpu->gpu_id << 32 | b->id;
}

int sim_memory_alloc(void *args)
{
    struct kfd_alloc_memory *a = args;
    struct sim_gpu *gpu = a->bytes ? sim_kfd_gpu(a->gpu_id) : NULL;
    if (a->bytes && a->flags & KFD_MEM_USERPTR && !sim_primary())
        return -EOPNOTSUPP;
    if (a->bytes && alloc_is_svm(a))
        return -EADDRINUSE;
    int error = gpu ? alloc_check(a, gpu) : -EINVAL;
    if (error)
        return error;
    uint64_t bytes = page_align(a->flags & KFD_MEM_AQL_QUEUE ? a->bytes / 2 : a->bytes);
    if (bytes == 0)
        return -EINVAL;
    struct sim_buffer *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    *b = (struct sim_buffer){.gpu = gpu, .flags = a->flags, .va = a->va, .bytes = bytes};
    error = buffer_back(b, a->mmap_offset);
    if (!error)
        error = buffer_enter(b);
    if (error) {
        buffer_drop(b);
        return error;
    }
    a->handle = buffer_publish(b);
    a->mmap_offset =
        a->flags & KFD_MEM_MMIO_REMAP ? kfd_mmap_offset(KFD_MMAP_MMIO, gpu->gpu_id) : b->mmap_offset;
    sim_budget_watch();
    return 0;
}

int sim_memory_enter(const struct sim_buffer *like, uint64_t *handle)
{
    struct sim_buffer *b = malloc(sizeof *b);
    if (!b)
        return -ENOMEM;
    *b = *like;
    int error = buffer_enter(b);
    if (error)
        free(b);
    else
        *handle = buffer_publish(b);
    return error;
}

int sim_memory_free(void *args)
{
    const struct kfd_free_memory *a = args;
    if (sim_current()->event_page_handle && sim_current()->event_page_handle == a->handle)
        return -EPERM;
    struct sim_buffer *b = buffer_by_handle(a->handle);
    if (!b)
        return -EINVAL;
    if (b->mapped)
        return -EBUSY;
    b->gpu->kfd->buffers[b->id] = NULL;
    buffer_drop(b);
    return 0;
}

/* ---- MAP and UNMAP ---- */

static unsigned buffer_access(const struct sim_buffer *b)
{
    return SIM_VM_READ | (b->flags & KFD_MEM_WRITABLE ? SIM_VM_WRITE : 0) |
           (b->flags & KFD_MEM_EXECUTABLE ? SIM_VM_EXEC : 0);
}

static bool buffer_twice(const struct sim_buffer *b)
{
    return b->flags & KFD_MEM_AQL_QUEUE;
}

/* System memory is everybody's; a doorbell or register page of another GPU is reached over the bus only. */
static bool buffer_reachable(const struct sim_buffer *b, const struct sim_gpu *gpu)
{
    if (b->gpu == gpu)
        return true;
    if (b->heap == &sim_gpu_card(b->gpu)->vram)
        return sim_gpus_linked(gpu, b->gpu);
    return b->heap || b->flags & KFD_MEM_USERPTR || sim_gpu_large_bar(b->gpu);
}

static int buffer_map(struct sim_buffer *b, struct sim_gpu *gpu)
{
    uint64_t end = b->va + b->bytes * (1 + buffer_twice(b));
    if (b->mapped & gpu_bit(gpu))
        return 0;
    if (b->va == 0 || !buffer_reachable(b, gpu) || end < b->va || end > 1ull << gpu->model->vm_bits)
        return -EINVAL;
    int error = sim_vm_map(&gpu->vm, b->va, b->bytes, b->host, buffer_access(b));
    if (!error && buffer_twice(b)) {
        error = sim_vm_map(&gpu->vm, b->va + b->bytes, b->bytes, b->host, buffer_access(b));
        if (error)
            sim_vm_unmap(&gpu->vm, b->va, b->bytes);
    }
    if (!error)
        b->mapped |= gpu_bit(gpu);
    return error == -EEXIST ? -EINVAL : error;
}

static int buffer_unmap(struct sim_buffer *b, struct sim_gpu *gpu)
{
    if (!(b->mapped & gpu_bit(gpu)))
        return -EINVAL;
    if (b->queue_users[gpu->index])
        return -EBUSY;
    sim_vm_unmap(&gpu->vm, b->va, b->bytes * (1 + buffer_twice(b)));
    b->mapped &= ~gpu_bit(gpu);
    return 0;
}

static int map_one(struct sim_buffer *b, uint32_t gpu_id, bool map)
{
    struct sim_gpu *gpu = sim_kfd_gpu(gpu_id);
    int error = !gpu ? -EINVAL : map ? sim_kfd_bound(gpu) : 0;
    if (error)
        return error;
    return map ? buffer_map(b, gpu) : buffer_unmap(b, gpu);
}

static int map_listed(struct kfd_map_memory *a, const uint32_t *gpu_ids, bool map)
{
    struct sim_gpu *owner = sim_kfd_gpu((uint32_t)(a->handle >> 32));
    int error = !owner ? -EINVAL : map ? sim_kfd_bound(owner) : 0;
    if (error)
        return error;
    struct sim_buffer *b = sim_memory_buffer(owner, (uint32_t)a->handle);
    if (!b)
        return -ENOMEM;
    for (uint32_t i = a->n_success; i < a->n_gpus; i++) {
        if (i && sim_spiteful(SPITE_IOCTL, 3))
            return -EINTR; /* the program is to go on from n_success */
        error = map_one(b, gpu_ids[i], map);
        if (error)
            return error;
        a->n_success = i + 1;
    }
    return 0;
}

static int map_or_unmap(struct kfd_map_memory *a, bool map)
{
    if (a->n_gpus == 0 || a->n_success > a->n_gpus)
        return -EINVAL;
    if (a->n_gpus > KFD_KMALLOC_MAX / sizeof(uint32_t))
        return -ENOMEM;
    uint32_t *gpu_ids = calloc(a->n_gpus, sizeof *gpu_ids);
    if (!gpu_ids)
        return -ENOMEM;
    int error = sim_user_read(gpu_ids, a->gpu_ids_ptr, a->n_gpus * sizeof *gpu_ids);
    if (!error)
        error = map_listed(a, gpu_ids, map);
    free(gpu_ids);
    return error;
}

int sim_memory_map(void *args)
{
    return map_or_unmap(args, true);
}

int sim_memory_unmap(void *args)
{
    return map_or_unmap(args, false);
}

/* ---- queues' buffers ---- */

/* Lengths are compared in whole pages, and less than one matches all, as in kfd_queue_buffer_get(). */
static bool buffer_is(const struct sim_buffer *b, const struct sim_gpu *gpu, uint64_t va, uint64_t bytes)
{
    return b && b->mapped & gpu_bit(gpu) && (bytes < SIM_PAGE || b->bytes / SIM_PAGE == bytes / SIM_PAGE) &&
           (b->va == va || (buffer_twice(b) && b->va + b->bytes == va));
}

uint8_t *sim_memory_pin(struct sim_gpu *gpu, uint64_t va, uint64_t bytes, struct sim_buffer **pinned)
{
    const struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++) {
        const struct sim_gpu_kfd *kfd = sim_process_gpu(sim_current(), i)->kfd;
        for (uint32_t id = 0; kfd && id < kfd->n_buffers; id++) {
            if (!buffer_is(kfd->buffers[id], gpu, va, bytes))
                continue;
            *pinned = kfd->buffers[id];
            (*pinned)->queue_users[gpu->index]++;
            return (*pinned)->host;
        }
    }
    return NULL;
}

void sim_memory_unpin(struct sim_gpu *gpu, struct sim_buffer *pinned)
{
    if (pinned)
        pinned->queue_users[gpu->index]--;
}

/* ---- mmap ---- */

int sim_memory_mmap_mmio(struct sim_gpu *gpu, size_t length, int *fd, off_t *fd_offset)
{
    if (length != SIM_PAGE)
        return -EINVAL;
    int error = remap_page(gpu);
    if (!error) {
        *fd = sim_gpu_card(gpu)->gtt.fd;
        *fd_offset = (off_t)sim_gpu_card(gpu)->kfd->remap_page;
    }
    return error;
}

static int buffer_mmap(const struct sim_buffer *b, size_t length, int *fd, off_t *fd_offset)
{
    if (page_align(length) > b->bytes)
        return -EINVAL;
    if (b->flags & KFD_MEM_USERPTR && !b->heap)
        return -EPERM;
    if (!b->heap) {
        sim_report(b->gpu, "mmap of a doorbell or MMIO buffer through the render node is not simulated");
        return -EINVAL;
    }
    *fd = b->heap->fd;
    *fd_offset = (off_t)b->heap_offset;
    return 0;
}

struct sought {
    const struct sim_gpu *gpu;
    uint64_t mmap_offset;
    const struct sim_buffer *found;
};

static void buffer_seek(struct sim_process *process, void *ctx)
{
    struct sought *sought = ctx;
    const struct sim_gpu_kfd *kfd = sim_process_gpu(process, sought->gpu->index)->kfd;
    for (uint32_t id = 0; kfd && id < kfd->n_buffers && !sought->found; id++) {
        const struct sim_buffer *b = kfd->buffers[id];
        if (b && b->mmap_offset == sought->mmap_offset)
            sought->found = b;
    }
}

int sim_memory_resolve(struct sim_gpu *gpu, uint64_t mmap_offset, size_t length, int *fd, off_t *fd_offset)
{
    struct sought sought = {.gpu = gpu, .mmap_offset = mmap_offset};
    pthread_mutex_lock(&sim_kfd.lock);
    sim_context_each(buffer_seek, &sought);
    int error = sought.found ? buffer_mmap(sought.found, length, fd, fd_offset) : -EINVAL;
    pthread_mutex_unlock(&sim_kfd.lock);
    return error;
}

/* ---- the end of a process ---- */

void sim_memory_end(struct sim_gpu *gpu)
{
    const struct sim_process *process = sim_process_of(gpu);
    for (uint32_t id = 0; gpu->kfd && id < gpu->kfd->n_buffers; id++) {
        struct sim_buffer *b = gpu->kfd->buffers[id];
        for (unsigned i = 0; b && i < sim_machine_described()->n_gpus; i++)
            if (b->mapped >> i & 1)
                buffer_unmap(b, sim_process_gpu(process, i));
        buffer_drop(b);
    }
    if (gpu->kfd)
        free(gpu->kfd->buffers);
}
