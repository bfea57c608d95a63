/*
 * bo.c - one kernel allocation: reserved addresses, memory at them, mapped to GPUs and CPU. The driver's own
 * buffers are one each, because the kernel wants each buffer of a queue to start an allocation and to fill
 * it. Flags and order of calls: Linux amdkfd/kfd_chardev.c, libhsakmt/src/fmm.c.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

/* ---- one kernel allocation ---- */

static unsigned list_users(const struct place *place, uint32_t *gpu_ids)
{
    struct gpu_system *sys = place->gpu->sys;
    unsigned n = 0;
    for (unsigned i = 0; i < sys->n_gpus; i++) {
        struct gpu *user = &sys->gpus[i];
        bool wanted = user == place->gpu || (!place->only && (place->all || gpu_reaches(user, place->gpu)));
        wanted &= !user->absent;
        if (wanted)
            gpu_ids[n++] = user->info.gpu_id;
    }
    return n;
}

/* In silence: a failed mapping may have reached only some GPUs, so one by one. */
bool place_drop(const struct place *place, uint64_t handle)
{
    const struct kfd *kfd = &place->gpu->sys->kfd;
    uint32_t gpu_ids[place->gpu->sys->n_gpus];
    unsigned n = list_users(place, gpu_ids);
    char *text = err_save();
    for (unsigned i = 0; i < n; i++)
        kfd_unmap_memory(kfd, handle, &gpu_ids[i], 1);
    bool gone = kfd_free_memory(kfd, handle) == 0;
    err_restore(text);
    return gone;
}

int place_show(const struct place *place, int fd, uint64_t offset)
{
    if (mmap(place->address, place->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
             (off_t)offset) == MAP_FAILED)
        return gpu_err(-errno, "cannot map %" PRIu64 " bytes of gpu%u for the CPU: %s", place->bytes,
                       place->gpu->index, strerror(errno));
    return 0;
}

/* Addresses without memory again, still reserved. */
void place_hide(const struct place *place)
{
    mmap(place->address, place->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
         0);
}

/* For GPUs and CPU; frees the handle on failure. */
static int place_map(const struct place *place, uint64_t handle, int fd, uint64_t offset)
{
    uint32_t gpu_ids[place->gpu->sys->n_gpus];
    int rc = kfd_map_memory(&place->gpu->sys->kfd, handle, gpu_ids, list_users(place, gpu_ids));
    if (!rc && place->cpu)
        rc = place_show(place, fd, offset);
    if (rc)
        place_drop(place, handle);
    return rc;
}

int place_alloc(const struct place *place, uint64_t *handle, uint64_t *mmap_offset)
{
    const struct kfd *kfd = &place->gpu->sys->kfd;
    struct kfd_alloc_memory args = {.va = (uintptr_t)place->address,
                                    .size = place->bytes,
                                    .gpu_id = place->gpu->info.gpu_id,
                                    .flags = place->flags};
    int rc = kfd_alloc_memory(kfd, &args);
    if (rc)
        return rc;
    rc = place_map(place, args.handle, place->gpu->render, args.mmap_offset);
    if (rc)
        return rc;
    *handle = args.handle;
    if (mmap_offset)
        *mmap_offset = args.mmap_offset;
    return 0;
}

int place_adopt(const struct place *place, uint64_t *handle)
{
    const struct kfd *kfd = &place->gpu->sys->kfd;
    struct kfd_alloc_memory args = {.va = (uintptr_t)place->address,
                                    .size = place->bytes,
                                    .mmap_offset = (uintptr_t)place->address,
                                    .gpu_id = place->gpu->info.gpu_id,
                                    .flags = place->flags};
    int rc = kfd_alloc_memory(kfd, &args);
    if (!rc)
        rc = place_map(place, args.handle, -1, 0);
    if (!rc)
        *handle = args.handle;
    return rc;
}

/* The CPU maps the dma-buf itself: a GEM handle of our render node would count as a mapping of the address
 * space that KFD has taken over, and closing it would undo KFD's own (amdgpu_gem_object_close()). */
int place_import(const struct place *place, int fd, uint64_t *handle)
{
    uint64_t imported;
    int rc = kfd_import_dmabuf(&place->gpu->sys->kfd, place->gpu->info.gpu_id, (uintptr_t)place->address, fd,
                               &imported);
    if (!rc)
        rc = place_map(place, imported, fd, 0);
    if (!rc)
        *handle = imported;
    return rc;
}

bool place_free(const struct place *place, uint64_t handle)
{
    place_hide(place); /* first: no CPU mapping of memory that is gone */
    return place_drop(place, handle);
}

int reserve_addresses(uint64_t bytes, uint64_t alignment, void **out)
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

/* ---- the driver's own buffers ---- */

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
    rc = place_alloc(&place, &bo.handle, NULL);
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
    if (place_free(&place, bo->handle))
        munmap(bo->cpu, bo->bytes);
    *bo = (struct bo){0};
}

/* ---- HDP ---- */

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
