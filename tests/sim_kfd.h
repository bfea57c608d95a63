/*
 * sim_kfd.h - what the tests of the simulated kernel driver share: a machine, its GPUs acquired, and ioctls
 * without a descriptor.
 */
#ifndef KFDFS_TESTS_SIM_KFD_H
#define KFDFS_TESTS_SIM_KFD_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/kernel/kfd_abi.h"
#include "sim/models.h"
#include "sim/kernel/kernel.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"
#include "run_suite.h"

enum { PAGE = SIM_PAGE };

static struct sim_machine *machine;
static struct sim_gpu *mi300x, *rx7900;

/* Instead of preload.c's: which descriptors are render nodes. */
static struct {
    int fd;
    unsigned gpu;
} render[8];
static unsigned n_render;

struct sim_gpu *sim_render_fd(int fd, uint64_t *file_id)
{
    for (unsigned i = 0; i < n_render; i++)
        if (render[i].fd == fd) {
            *file_id = 1000 + i;
            return &machine->gpu[render[i].gpu];
        }
    return NULL;
}

static inline int render_open(const struct sim_gpu *gpu)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    render[n_render].fd = fd;
    render[n_render++].gpu = gpu->index;
    return fd;
}

static uint64_t kfd_file; /* which open file of the device is asked */

static inline int kfd_call(unsigned nr, void *args, size_t bytes)
{
    return sim_kfd_ioctl(kfd_file, _IOC(_IOC_READ | _IOC_WRITE, 'K', nr, bytes), args);
}

#define CALL(nr, args) kfd_call(nr, &(args), sizeof(args))

static inline void machine_start(const char *models, const char *options)
{
    setenv("KFDFS_SIM", models, 1);
    setenv("KFDFS_SIM_OPTS", options, 1);
    machine = sim_machine();
    ck_assert_ptr_nonnull(machine);
    ck_assert_int_eq(sim_kfd_open(O_RDWR), 0);
    mi300x = machine->n_gpus > 0 ? &machine->gpu[0] : NULL;
    rx7900 = machine->n_gpus > 1 ? &machine->gpu[machine->n_gpus - 1] : NULL;
}

static inline int acquire(struct sim_gpu *gpu)
{
    struct kfd_acquire_vm a = {.drm_fd = (uint32_t)render_open(gpu), .gpu_id = gpu->gpu_id};
    return CALL(KFD_NR_ACQUIRE_VM, a);
}

/* MI300X and RX 7900 XTX, both acquired. */
static inline void machine_acquired(const char *options)
{
    machine_start("mi300x+rx7900xtx", options);
    ck_assert_int_eq(acquire(mi300x), 0);
    ck_assert_int_eq(acquire(rx7900), 0);
}

enum { VRAM = KFD_MEM_VRAM, GTT = KFD_MEM_GTT };

static inline int alloc_at(const struct sim_gpu *gpu, uint64_t va, uint64_t bytes, uint32_t flags,
                           struct kfd_alloc_memory *out)
{
    *out = (struct kfd_alloc_memory){
        .va = va, .bytes = bytes, .gpu_id = gpu->gpu_id, .flags = flags | KFD_MEM_WRITABLE};
    return CALL(KFD_NR_ALLOC_MEMORY, *out);
}

static inline int map_n(unsigned nr, uint64_t handle, const uint32_t *ids, uint32_t n, uint32_t *done)
{
    struct kfd_map_memory m = {
        .handle = handle, .gpu_ids_ptr = (uintptr_t)ids, .n_gpus = n, .n_success = done ? *done : 0};
    int error = CALL(nr, m);
    if (done)
        *done = m.n_success;
    return error;
}

static inline int map_to(const struct sim_gpu *gpu, uint64_t handle)
{
    return map_n(KFD_NR_MAP_MEMORY, handle, &gpu->gpu_id, 1, NULL);
}

static inline int unmap_from(const struct sim_gpu *gpu, uint64_t handle)
{
    return map_n(KFD_NR_UNMAP_MEMORY, handle, &gpu->gpu_id, 1, NULL);
}

static inline int free_handle(uint64_t handle)
{
    struct kfd_free_memory f = {handle};
    return CALL(KFD_NR_FREE_MEMORY, f);
}

/* Allocated and mapped to its GPU; returns the handle. */
static inline uint64_t buffer_at(const struct sim_gpu *gpu, uint64_t va, uint64_t bytes, uint32_t flags)
{
    struct kfd_alloc_memory a;
    ck_assert_int_eq(alloc_at(gpu, va, bytes, flags, &a), 0);
    ck_assert_int_eq(map_to(gpu, a.handle), 0);
    return a.handle;
}

static inline uint8_t *gpu_sees(struct sim_gpu *gpu, uint64_t va, uint64_t bytes, unsigned access)
{
    sim_vm_enter(&gpu->vm);
    uint8_t *host = sim_vm_host(&gpu->vm, va, bytes, access);
    sim_vm_leave(&gpu->vm);
    return host;
}

#endif
