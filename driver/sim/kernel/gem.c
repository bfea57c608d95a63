/*
 * gem.c - GEM objects of a render node, as programs use them beside KFD: a dma-buf becomes a handle (PRIME),
 * is mapped by the CPU, and by the GPU into the address space that KFD has acquired with that file (GEM_VA).
 *
 * Invariant: a handle belongs to one open file of a render node and holds its memory; what it mapped goes
 * with it. When a file is closed its handles stay, for the simulator does not see the last close: they go
 * with the process. Objects are not made here (GEM_CREATE), and not replaced or cleared: that is reported.
 *
 * Facts: drm_prime.c, drm_gem.c, amdgpu_gem.c and amdgpu_vm.c of Linux 6.12; include/uapi/drm/amdgpu_drm.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "kernel.h"
#include "kfd_state.h"
#include "sim/models.h"

enum { VA_MAP = 1, VA_UNMAP, VA_CLEAR, VA_REPLACE };
enum { PAGE_DELAYED = 1, PAGE_READ = 2, PAGE_WRITE = 4, PAGE_EXECUTE = 8, PAGE_PRT = 16, PAGE_VALID = 0x3ef };
enum { RESERVED_BOTTOM = 1 << 16, GEM_VA_MINOR = 15 /* since when compute address spaces take it */ };
#define FIRST_OFFSET (1ull << 48) /* of mmap; KFD's buffers lie below */

struct mapping {
    uint64_t va, bytes;
    struct mapping *next;
};

struct gem {
    uint64_t file;
    struct sim_gpu *gpu;
    struct sim_gpu *view; /* whose address space has its mappings, or NULL */
    uint32_t handle;
    struct sim_bo *bo; /* held */
    uint64_t mmap_offset;
    struct mapping *mappings;
    struct gem *next;
};

static struct gem *gems; /* under sim_kfd.lock */
static uint64_t next_offset;

static struct gem *gem_find(uint64_t file, uint32_t handle)
{
    struct gem *g = gems;
    while (g && (g->file != file || g->handle != handle))
        g = g->next;
    return g;
}

static struct gem *gem_of_bo(uint64_t file, const struct sim_bo *bo)
{
    struct gem *g = gems;
    while (g && (g->file != file || g->bo != bo))
        g = g->next;
    return g;
}

/* ---- PRIME ---- */

/* The memory of one dma-buf has one handle in a file. Takes the caller's hold of it over. */
static int gem_make(struct sim_gpu *gpu, uint64_t file, struct sim_bo *bo, uint32_t *handle)
{
    struct gem *g = gem_of_bo(file, bo);
    if (g) {
        sim_bo_drop(bo);
        *handle = g->handle;
        return 0;
    }
    g = calloc(1, sizeof *g);
    if (!g) {
        sim_bo_drop(bo);
        return -ENOMEM;
    }
    *g = (struct gem){
        .file = file, .gpu = gpu, .handle = 1, .bo = bo, .mmap_offset = FIRST_OFFSET + next_offset};
    while (gem_find(file, g->handle))
        g->handle++;
    next_offset += sim_bo_bytes(bo);
    g->next = gems;
    gems = g;
    *handle = g->handle;
    return 0;
}

int sim_gem_import(struct sim_gpu *gpu, uint64_t file, struct drm_prime *a)
{
    int error;
    struct sim_bo *bo = sim_bo_of_fd(a->fd, &error);
    return bo ? gem_make(gpu, file, bo, &a->handle) : error;
}

int sim_gem_export(struct sim_gpu *gpu, uint64_t file, struct drm_prime *a)
{
    (void)gpu;
    if (a->flags & ~(uint32_t)(O_CLOEXEC | O_RDWR))
        return -EINVAL;
    const struct gem *g = gem_find(file, a->handle);
    return g ? sim_bo_export(g->bo, a->flags & O_CLOEXEC, &a->fd) : -ENOENT;
}

/* ---- mappings ---- */

static void mapping_drop(struct gem *g, struct mapping **link)
{
    struct mapping *m = *link;
    *link = m->next;
    sim_vm_unmap(&g->view->vm, m->va, m->bytes);
    free(m);
}

static int gem_map(struct gem *g, const struct drm_gem_va *a)
{
    struct sim_heap *heap;
    uint64_t offset;
    unsigned access = (a->flags & PAGE_READ ? SIM_VM_READ : 0) | (a->flags & PAGE_WRITE ? SIM_VM_WRITE : 0) |
                      (a->flags & PAGE_EXECUTE ? SIM_VM_EXEC : 0);
    if ((a->va | a->offset | a->bytes) % SIM_PAGE || !a->bytes || a->offset + a->bytes < a->offset ||
        a->offset + a->bytes > sim_bo_bytes(g->bo))
        return -EINVAL;
    struct mapping *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    sim_bo_place(g->bo, &heap, &offset);
    int error = sim_vm_map(&g->view->vm, a->va, a->bytes, heap->base + offset + a->offset, access);
    if (error) {
        free(m);
        return error == -EEXIST ? -EINVAL : error;
    }
    *m = (struct mapping){a->va, a->bytes, g->mappings};
    g->mappings = m;
    return 0;
}

static int gem_unmap(struct gem *g, uint64_t va)
{
    for (struct mapping **link = &g->mappings; *link; link = &(*link)->next)
        if ((*link)->va == va) {
            mapping_drop(g, link);
            return 0;
        }
    return -ENOENT;
}

static int va_check(const struct sim_gpu *gpu, const struct drm_gem_va *a)
{
    uint64_t end = a->va + a->bytes;
    if (a->va < RESERVED_BOTTOM || end < a->va || end > 1ull << gpu->model->vm_bits)
        return -EINVAL;
    if (a->flags & ~(uint32_t)PAGE_VALID && a->flags & ~(uint32_t)(PAGE_DELAYED | PAGE_PRT))
        return -EINVAL;
    return a->operation < VA_MAP || a->operation > VA_REPLACE ? -EINVAL : 0;
}

/* A file's address space belongs to the one process that has acquired it. */
struct acquired {
    const struct sim_gpu *gpu;
    uint64_t file;
    struct sim_gpu *view;
};

static void view_seek(struct sim_process *process, void *ctx)
{
    struct acquired *acquired = ctx;
    struct sim_gpu *view = sim_process_gpu(process, acquired->gpu->index);
    if (view->kfd && view->kfd->bound && view->kfd->drm_file == acquired->file)
        acquired->view = view;
}

int sim_gem_va(struct sim_gpu *gpu, uint64_t file, struct drm_gem_va *a)
{
    int error = va_check(gpu, a);
    if (error)
        return error;
    struct gem *g = a->operation == VA_CLEAR || a->flags & PAGE_PRT ? NULL : gem_find(file, a->handle);
    if (!g && a->operation != VA_CLEAR && !(a->flags & PAGE_PRT))
        return -ENOENT;
    struct acquired acquired = {.gpu = gpu, .file = file};
    sim_context_each(view_seek, &acquired);
    if (!g || a->operation > VA_UNMAP || !acquired.view || sim_kfd_minor() < GEM_VA_MINOR ||
        !sim_gpus_linked(gpu, sim_bo_gpu(g->bo))) {
        sim_report(
            gpu,
            "DRM ioctl GEM_VA, operation %u: only maps and unmaps of memory that the GPU reaches, in the "
            "address space that KFD has, are simulated",
            a->operation);
        return -EINVAL;
    }
    g->view = acquired.view;
    return a->operation == VA_MAP ? gem_map(g, a) : gem_unmap(g, a->va);
}

int sim_gem_mmap_offset(struct sim_gpu *gpu, uint64_t file, uint64_t *handle_in_offset_out)
{
    const struct gem *g = gem_find(file, (uint32_t)*handle_in_offset_out);
    (void)gpu;
    *handle_in_offset_out = g ? g->mmap_offset : 0;
    return g ? 0 : -ENOENT;
}

int sim_gem_resolve(const struct sim_gpu *gpu, uint64_t mmap_offset, size_t length, int *fd, off_t *fd_offset)
{
    int error = -EINVAL;
    pthread_mutex_lock(&sim_kfd.lock);
    for (const struct gem *g = gems; g; g = g->next) {
        struct sim_heap *heap;
        uint64_t offset;
        if (g->gpu != gpu || g->mmap_offset != mmap_offset || length > sim_bo_bytes(g->bo))
            continue;
        sim_bo_place(g->bo, &heap, &offset);
        *fd = heap->fd;
        *fd_offset = (off_t)offset;
        error = 0;
        break;
    }
    pthread_mutex_unlock(&sim_kfd.lock);
    return error;
}

int sim_gem_close(struct sim_gpu *gpu, uint64_t file, uint32_t handle)
{
    (void)gpu;
    for (struct gem **link = &gems; *link; link = &(*link)->next) {
        struct gem *g = *link;
        if (g->file != file || g->handle != handle)
            continue;
        *link = g->next;
        while (g->mappings)
            mapping_drop(g, &g->mappings);
        sim_bo_drop(g->bo);
        free(g);
        return 0;
    }
    return -EINVAL;
}

void sim_gem_end(const struct sim_gpu *gpu)
{
    for (struct gem *g = gems; g; g = g->next)
        while (g->view == gpu && g->mappings)
            mapping_drop(g, &g->mappings);
}

/* In the child of a fork: they are the parent's. */
void sim_gem_forget(void)
{
    gems = NULL;
    next_offset = 0;
}
