/*
 * dmabuf.c - memory that outlives its handle: EXPORT_DMABUF, IMPORT_DMABUF, GET_DMABUF_INFO, and what of a
 * GPU's memory a fresh image of the same process finds after exec.
 *
 * Invariant: an allocation lives as long as a handle or a dma-buf descriptor refers to it, as an amdgpu_bo
 * does. A dma-buf is a descriptor of its own, as long as the memory, that begins with a note of where in
 * which pool it lies. The pool of the first export stays open over exec; whoever opens the device after that,
 * in the same process, takes the pool over, with what its dma-bufs hold, and gives all else back to the host.
 * So the memory of a process that called exec is freed, but for what was exported, as the kernel does it.
 * Descriptors that close_range() and closefrom() close are not noticed: their memory stays until the process
 * ends.
 *
 * Facts: amdgpu_amdkfd_gpuvm.c (an import is writable and executable, of its BO's domain, not counted again),
 * amdgpu_dma_buf.c (the exporting device imports the same BO) and kfd_chardev.c of Linux 6.12.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/models.h"

#define NAME "kfdsim-dmabuf"

struct sim_bo {
    struct sim_gpu *gpu;
    struct sim_heap *heap;
    uint64_t offset, bytes;
    uint32_t flags;
    unsigned refs;
    uint64_t id; /* what its descriptors are registered with */
    struct sim_bo *next;
};

struct note { /* the first bytes of a dma-buf's file */
    char magic[16];
    uint32_t gpu, vram, flags;
    int32_t pid;
    uint64_t offset, bytes, pool;
};
static const char magic[16] = NAME;

enum { ACCOUNT_BYTES = 2 << 20 }; /* what an allocation is rounded up to in "available" */

static struct {
    pthread_mutex_t lock; /* guards the list and every bo in it; taken after sim_kfd.lock */
    struct sim_bo *first;
    uint64_t ids;
} bos = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* preload.c has the real ones, with a table of descriptors. */
__attribute__((weak)) void sim_dmabuf_opened(int fd, uint64_t bo)
{
    (void)fd, (void)bo;
}

/* ---- allocations ---- */

static struct sim_bo *bo_add(const struct sim_bo *like)
{
    struct sim_bo *bo = malloc(sizeof *bo);
    if (!bo)
        return NULL;
    *bo = *like;
    pthread_mutex_lock(&bos.lock);
    bo->id = ++bos.ids;
    bo->next = bos.first;
    bos.first = bo;
    pthread_mutex_unlock(&bos.lock);
    return bo;
}

int sim_bo_create(struct sim_gpu *gpu, uint32_t flags, uint64_t bytes, struct sim_bo **out)
{
    struct sim_gpu *card = sim_gpu_card(gpu);
    bool vram = flags & KFD_MEM_VRAM && !sim_gpu_vram_is_gtt(card);
    struct sim_bo bo = {
        .gpu = card, .heap = vram ? &card->vram : &card->gtt, .bytes = bytes, .flags = flags, .refs = 1};
    int error = sim_heap_alloc(bo.heap, bytes, !vram, &bo.offset);
    if (error)
        return error;
    *out = bo_add(&bo);
    if (!*out)
        sim_heap_free(bo.heap, bo.offset, bytes);
    return *out ? 0 : -ENOMEM;
}

static void bo_hold(struct sim_bo *bo)
{
    pthread_mutex_lock(&bos.lock);
    bo->refs++;
    pthread_mutex_unlock(&bos.lock);
}

void sim_bo_drop(struct sim_bo *bo)
{
    pthread_mutex_lock(&bos.lock);
    bool last = !--bo->refs;
    for (struct sim_bo **link = &bos.first; last && *link; link = &(*link)->next)
        if (*link == bo) {
            *link = bo->next;
            break;
        }
    pthread_mutex_unlock(&bos.lock);
    if (!last)
        return;
    sim_heap_free(bo->heap, bo->offset, bo->bytes);
    free(bo);
}

void sim_bo_place(const struct sim_bo *bo, struct sim_heap **heap, uint64_t *offset)
{
    *heap = bo->heap;
    *offset = bo->offset;
}

uint64_t sim_bo_bytes(const struct sim_bo *bo)
{
    return bo->bytes;
}

struct sim_gpu *sim_bo_gpu(const struct sim_bo *bo)
{
    return bo->gpu;
}

uint64_t sim_bo_vram_used(const struct sim_gpu *gpu, bool rounded)
{
    uint64_t used = 0;
    pthread_mutex_lock(&bos.lock);
    for (const struct sim_bo *bo = bos.first; bo; bo = bo->next)
        if (bo->heap == &sim_gpu_card(gpu)->vram)
            used += rounded ? (bo->bytes + ACCOUNT_BYTES - 1) & ~(uint64_t)(ACCOUNT_BYTES - 1) : bo->bytes;
    pthread_mutex_unlock(&bos.lock);
    return used;
}

void sim_bo_lose_vram(struct sim_gpu *gpu)
{
    pthread_mutex_lock(&bos.lock);
    for (const struct sim_bo *bo = bos.first; bo; bo = bo->next)
        if (bo->heap == &gpu->vram)
            sim_heap_soil(bo->heap, bo->offset, bo->bytes);
    pthread_mutex_unlock(&bos.lock);
}

/* In the child of a fork: the memory is the parent's. */
void sim_bo_forget(void)
{
    pthread_mutex_init(&bos.lock, NULL);
    bos.first = NULL;
}

/* ---- descriptors ---- */

static uint64_t pool_id(const struct sim_heap *heap)
{
    struct stat st;
    return fstat(heap->fd, &st) ? 0 : st.st_ino;
}

static int note_write(int fd, const struct sim_bo *bo)
{
    struct note note = {.gpu = bo->gpu->index,
                        .vram = bo->heap == &bo->gpu->vram,
                        .flags = bo->flags,
                        .pid = getpid(),
                        .offset = bo->offset,
                        .bytes = bo->bytes,
                        .pool = pool_id(bo->heap)};
    memcpy(note.magic, magic, sizeof magic);
    if (pwrite(fd, &note, sizeof note, 0) != sizeof note || ftruncate(fd, (off_t)bo->bytes))
        return -ENOMEM;
    return 0;
}

static bool note_read(int fd, struct note *note)
{
    /* Not libc's: any descriptor may come, and a device of ours would wait for ever. */
    return syscall(SYS_pread64, fd, note, sizeof *note, 0) == sizeof *note &&
           !memcmp(note->magic, magic, sizeof magic) && note->pid == getpid();
}

static struct sim_bo *bo_of_note(const struct note *note)
{
    for (struct sim_bo *bo = bos.first; bo; bo = bo->next)
        if (bo->gpu->index == note->gpu && (bo->heap == &bo->gpu->vram) == note->vram &&
            bo->offset == note->offset && pool_id(bo->heap) == note->pool)
            return bo;
    return NULL;
}

struct sim_bo *sim_bo_of_fd(int fd, int *error)
{
    struct note note;
    struct sim_bo *bo = NULL;
    *error = fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
    if (*error == -EINVAL && note_read(fd, &note)) {
        pthread_mutex_lock(&bos.lock);
        bo = bo_of_note(&note);
        if (bo)
            bo->refs++;
        pthread_mutex_unlock(&bos.lock);
    }
    return bo;
}

static struct sim_bo *bo_of_id(uint64_t id)
{
    struct sim_bo *bo = bos.first;
    while (bo && bo->id != id)
        bo = bo->next;
    return bo;
}

void sim_dmabuf_copied(uint64_t id)
{
    pthread_mutex_lock(&bos.lock);
    struct sim_bo *bo = bo_of_id(id);
    if (bo)
        bo->refs++;
    pthread_mutex_unlock(&bos.lock);
}

void sim_dmabuf_closed(uint64_t id)
{
    pthread_mutex_lock(&bos.lock);
    struct sim_bo *bo = bo_of_id(id);
    pthread_mutex_unlock(&bos.lock);
    if (bo)
        sim_bo_drop(bo);
}

int sim_dmabuf_mmap(uint64_t id, uint64_t offset, size_t length, int *fd, off_t *fd_offset)
{
    pthread_mutex_lock(&bos.lock);
    const struct sim_bo *bo = bo_of_id(id);
    int error = bo && offset <= bo->bytes && length <= bo->bytes - offset ? 0 : -EINVAL;
    if (!error) {
        *fd = bo->heap->fd;
        *fd_offset = (off_t)(bo->offset + offset);
    }
    pthread_mutex_unlock(&bos.lock);
    return error;
}

/* ---- ioctls ---- */

int sim_bo_export(struct sim_bo *bo, bool close_on_exec, int32_t *out)
{
    int error = sim_heap_keep(bo->heap);
    int fd = error ? -1 : memfd_create(NAME, close_on_exec ? MFD_CLOEXEC : 0);
    if (!error && fd < 0)
        error = -errno;
    if (!error)
        error = note_write(fd, bo);
    if (error) {
        if (fd >= 0)
            close(fd);
        return error;
    }
    bo_hold(bo);
    sim_dmabuf_opened(fd, bo->id);
    *out = fd;
    return 0;
}

int sim_dmabuf_export(void *args)
{
    struct kfd_export_dmabuf *a = args;
    struct sim_gpu *gpu = sim_kfd_gpu((uint32_t)(a->handle >> 32));
    const struct sim_buffer *b = gpu ? sim_memory_buffer(gpu, (uint32_t)a->handle) : NULL;
    if (!b)
        return -EINVAL;
    if (!b->bo)
        return -EPERM; /* memory of the program */
    int32_t fd;
    int error = sim_bo_export(b->bo, a->flags & O_CLOEXEC, &fd);
    if (!error)
        a->fd = (uint32_t)fd;
    return error;
}

int sim_dmabuf_import(void *args)
{
    struct kfd_import_dmabuf *a = args;
    int error;
    /* Before 6.5 the descriptor was looked at first. */
    if (sim_kfd_minor() < 14 && fcntl((int)a->fd, F_GETFD) < 0)
        return -EBADF;
    struct sim_gpu *gpu = sim_kfd_gpu(a->gpu_id);
    if (!gpu || !sim_machine())
        return -EINVAL;
    if ((error = sim_kfd_bound(gpu)))
        return error;
    struct sim_bo *bo = sim_bo_of_fd((int)a->fd, &error);
    if (!bo)
        return error;
    bool vram = bo->heap == &bo->gpu->vram;
    struct sim_buffer like = {.gpu = gpu,
                              .flags =
                                  (vram ? KFD_MEM_VRAM : KFD_MEM_GTT) | KFD_MEM_WRITABLE | KFD_MEM_EXECUTABLE,
                              .va = a->va,
                              .bytes = bo->bytes,
                              .bo = bo,
                              .heap = bo->heap,
                              .heap_offset = bo->offset,
                              .host = bo->heap->base + bo->offset};
    error = vram && !sim_gpus_linked(gpu, bo->gpu) ? -EINVAL : sim_memory_enter(&like, &a->handle);
    if (error)
        sim_bo_drop(bo);
    return error;
}

int sim_dmabuf_info(void *args)
{
    struct kfd_dmabuf_info *a = args;
    int error;
    struct sim_bo *bo = sim_machine_described()->n_gpus ? sim_bo_of_fd((int)a->fd, &error) : NULL;
    if (!bo)
        return sim_machine_described()->n_gpus ? error : -EINVAL;
    a->bytes = bo->bytes;
    a->gpu_id = bo->gpu->gpu_id;
    a->metadata_bytes = 0;
    a->flags = bo->heap == &bo->gpu->vram ? KFD_MEM_VRAM : KFD_MEM_GTT;
    if (!(bo->flags & KFD_MEM_VRAM) || bo->flags & KFD_MEM_PUBLIC)
        a->flags |= KFD_MEM_PUBLIC;
    sim_bo_drop(bo);
    return 0;
}

/* ---- after exec ---- */

static void look_for_note(int fd, const char *name, void *found)
{
    struct note note;
    if (!strcmp(name, NAME) && note_read(fd, &note))
        *(bool *)found = true;
}

bool sim_bo_inherited(void)
{
    bool found = false;
    sim_memfd_each(look_for_note, &found);
    return found;
}

struct adoption {
    struct sim_gpu *gpu;
    int error;
};

static void adopt_one(int fd, const char *name, void *ctx)
{
    struct adoption *adoption = ctx;
    struct sim_gpu *gpu = adoption->gpu;
    struct note note;
    if (strcmp(name, NAME) || !note_read(fd, &note) || note.gpu != gpu->index || adoption->error)
        return;
    struct sim_bo like = {.gpu = gpu,
                          .heap = note.vram ? &gpu->vram : &gpu->gtt,
                          .offset = note.offset,
                          .bytes = note.bytes,
                          .flags = note.flags,
                          .refs = 1};
    if (pool_id(like.heap) != note.pool)
        return;
    pthread_mutex_lock(&bos.lock);
    struct sim_bo *bo = bo_of_note(&note);
    if (bo)
        bo->refs++;
    pthread_mutex_unlock(&bos.lock);
    if (!bo)
        adoption->error = sim_heap_claim(like.heap, like.offset, like.bytes);
    if (!bo && !adoption->error && !(bo = bo_add(&like)))
        adoption->error = -ENOMEM;
    if (!adoption->error) /* the process may exec again before anything is exported again */
        adoption->error = sim_heap_keep(like.heap);
    if (bo)
        sim_dmabuf_opened(fd, bo->id);
}

int sim_bo_adopt(struct sim_gpu *gpu)
{
    struct adoption adoption = {.gpu = gpu};
    if (!gpu->vram.adopted && !gpu->gtt.adopted)
        return 0;
    sim_memfd_each(adopt_one, &adoption);
    sim_heap_drop_free(&gpu->vram);
    sim_heap_drop_free(&gpu->gtt);
    return adoption.error;
}
