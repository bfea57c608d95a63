/*
 * host.c - memory of the program itself, given to GPUs at the address that it has (KFD's userptr).
 *
 * The kernel follows what becomes of the pages: it takes the queues off the GPU while they move (Linux
 * amdgpu_amdkfd_gpuvm.c, amdgpu_amdkfd_evict_userptr()), so mappings that come and go cost everybody who
 * works there. kfdfs copies by way of memory of the kernel's instead. Flags: libhsakmt fmm.c
 * (fmm_register_user_memory()).
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct gpu_host {
    struct place place; /* whole pages */
    uint64_t handle;
};

int gpu_host_map(struct gpu *gpu, void *memory, uint64_t bytes, struct gpu_host **out)
{
    uint64_t start = (uintptr_t)memory & ~(uint64_t)(PAGE_BYTES - 1);
    if (!memory || !bytes || (uintptr_t)memory + bytes < bytes)
        return gpu_err(-EINVAL, "%" PRIu64 " bytes of the program at %p", bytes, memory);
    int rc = gpu_lost(gpu);
    if (rc)
        return rc;
    struct gpu_host *host = calloc(1, sizeof *host);
    if (!host)
        return gpu_err(-ENOMEM, "no memory for a mapping");
    host->place = (struct place){.gpu = gpu,
                                 .flags = KFD_ALLOC_USERPTR | KFD_ALLOC_WRITABLE | KFD_ALLOC_EXECUTABLE |
                                          KFD_ALLOC_COHERENT,
                                 .address = (uint8_t *)(uintptr_t)start,
                                 .bytes = align_up((uintptr_t)memory + bytes, PAGE_BYTES) - start};
    rc = place_adopt(&host->place, &host->handle);
    if (rc) {
        free(host);
        return rc;
    }
    *out = host;
    return 0;
}

void gpu_host_unmap(struct gpu_host *host)
{
    if (!host)
        return;
    place_drop(&host->place, host->handle);
    free(host);
}
