/*
 * kfd.c - one small wrapper per ioctl of /dev/kfd: fill, call, turn -1 into a negative errno whose sentence
 * names the ioctl, its object and the errno. With tracing on, each call is printed decoded. Meaning of calls
 * and errors: Linux amdkfd/kfd_chardev.c.
 */
#include "gpu.h"
#include "kfd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KFD_PATH "/dev/kfd"

static const char *errno_name(int code)
{
    if (code == KFD_ENOTSUPP)
        return "ENOTSUPP";
    const char *name = strerrorname_np(code);
    return name ? name : "an unknown errno";
}

/* Calls, traces, and on failure leaves "ioctl NAME (WHAT) failed: ERRNO". Interrupted, it goes on with the
 * same arguments, in which the kernel has noted how far it came (libhsakmt's hsakmt_ioctl() does the same).
 */
__attribute__((format(printf, 5, 6))) static int call(const struct kfd *kfd, unsigned long request,
                                                      const char *name, void *args, const char *format, ...)
{
    int rc;
    do
        rc = ioctl(kfd->fd, request, args) < 0 ? -errno : 0;
    while (rc == -EINTR || rc == -EAGAIN);
    if (!rc && !kfd->trace)
        return 0;
    char what[200];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (kfd->trace)
        fprintf(stderr, "kfd: %s %s = %s\n", name, what, rc ? errno_name(-rc) : "0");
    if (!rc)
        return 0;
    return gpu_err(rc == -KFD_ENOTSUPP ? -EOPNOTSUPP : rc, "ioctl %s (%s) failed: %s", name, what,
                   errno_name(-rc));
}

static int open_error(int code)
{
    if (code == ENOENT || code == ENXIO || code == ENODEV)
        return gpu_err(-ENOENT, "there is no " KFD_PATH ": no AMD GPU, or the amdgpu module is not loaded");
    if (code != EACCES && code != EPERM)
        return gpu_err(-code, "cannot open " KFD_PATH ": %s", errno_name(code));
    struct stat st;
    const struct group *group = stat(KFD_PATH, &st) == 0 ? getgrgid(st.st_gid) : NULL;
    return gpu_err(-EACCES, "no permission to open " KFD_PATH ": become a member of the group %s",
                   group ? group->gr_name : "render");
}

int kfd_open(struct kfd *kfd)
{
    kfd->fd = open(KFD_PATH, O_RDWR | O_CLOEXEC);
    if (kfd->fd < 0)
        return open_error(errno);
    int rc = call(kfd, KFD_IOC_GET_VERSION, "GET_VERSION", &kfd->version, "of " KFD_PATH);
    if (!rc && kfd->version.major != 1)
        rc = gpu_err(-EPROTO, KFD_PATH " speaks version %u.%u, this driver 1.x", kfd->version.major,
                     kfd->version.minor);
    if (rc)
        kfd_close(kfd);
    return rc;
}

void kfd_close(struct kfd *kfd)
{
    if (kfd->fd >= 0)
        close(kfd->fd);
    kfd->fd = -1;
}

int kfd_clock_counters(const struct kfd *kfd, uint32_t gpu_id, struct kfd_clock_counters *out)
{
    struct kfd_clock_counters args = {.gpu_id = gpu_id};
    int rc = call(kfd, KFD_IOC_GET_CLOCK_COUNTERS, "GET_CLOCK_COUNTERS", &args, "gpu_id %u", gpu_id);
    if (!rc)
        *out = args;
    return rc;
}

int kfd_apertures(const struct kfd *kfd, struct kfd_aperture **out, unsigned *n)
{
    /* Asked with 0 for the count first: kernels refuse a larger one than there are nodes. */
    struct kfd_apertures args = {0};
    int rc = call(kfd, KFD_IOC_GET_APERTURES, "GET_PROCESS_APERTURES_NEW", &args, "for the count");
    if (rc)
        return rc;
    struct kfd_aperture *entries = calloc(args.n ? args.n : 1, sizeof *entries);
    if (!entries)
        return gpu_err(-ENOMEM, "no memory for %u apertures", args.n);
    args.entries = (uintptr_t)entries;
    if (args.n)
        rc = call(kfd, KFD_IOC_GET_APERTURES, "GET_PROCESS_APERTURES_NEW", &args, "of %u nodes", args.n);
    if (rc) {
        free(entries);
        return rc;
    }
    *out = entries;
    *n = args.n;
    return 0;
}

int kfd_acquire_vm(const struct kfd *kfd, uint32_t gpu_id, int drm_fd)
{
    struct kfd_acquire_vm args = {.drm_fd = (uint32_t)drm_fd, .gpu_id = gpu_id};
    int rc =
        call(kfd, KFD_IOC_ACQUIRE_VM, "ACQUIRE_VM", &args, "gpu_id %u, render descriptor %d", gpu_id, drm_fd);
    if (rc == -EBUSY)
        return gpu_err(
            rc,
            "ioctl ACQUIRE_VM (gpu_id %u) failed: EBUSY: the kernel keeps one GPU address space for a "
            "process's lifetime, and this process has had another",
            gpu_id);
    return rc;
}

int kfd_alloc_memory(const struct kfd *kfd, struct kfd_alloc_memory *args)
{
    return call(kfd, KFD_IOC_ALLOC_MEMORY, "ALLOC_MEMORY_OF_GPU", args,
                "gpu_id %u, va 0x%" PRIx64 ", 0x%" PRIx64 " bytes, flags 0x%x", args->gpu_id, args->va,
                args->size, args->flags);
}

int kfd_free_memory(const struct kfd *kfd, uint64_t handle)
{
    struct kfd_free_memory args = {.handle = handle};
    return call(kfd, KFD_IOC_FREE_MEMORY, "FREE_MEMORY_OF_GPU", &args, "handle 0x%" PRIx64, handle);
}

static int map(const struct kfd *kfd, unsigned long request, const char *name, uint64_t handle,
               const uint32_t *gpu_ids, unsigned n)
{
    struct kfd_map_memory args = {.handle = handle, .gpu_ids = (uintptr_t)gpu_ids, .n = n};
    return call(kfd, request, name, &args, "handle 0x%" PRIx64 ", %u GPUs", handle, n);
}

int kfd_map_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n)
{
    return map(kfd, KFD_IOC_MAP_MEMORY, "MAP_MEMORY_TO_GPU", handle, gpu_ids, n);
}

int kfd_unmap_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n)
{
    return map(kfd, KFD_IOC_UNMAP_MEMORY, "UNMAP_MEMORY_FROM_GPU", handle, gpu_ids, n);
}

int kfd_export_dmabuf(const struct kfd *kfd, uint64_t handle, int *fd)
{
    struct kfd_export_dmabuf args = {.handle = handle};
    int rc = call(kfd, KFD_IOC_EXPORT_DMABUF, "EXPORT_DMABUF", &args, "handle 0x%" PRIx64, handle);
    if (!rc)
        *fd = (int)args.fd;
    return rc;
}

int kfd_import_dmabuf(const struct kfd *kfd, uint32_t gpu_id, uint64_t va, int fd, uint64_t *handle)
{
    struct kfd_import_dmabuf args = {.va = va, .gpu_id = gpu_id, .fd = (uint32_t)fd};
    int rc = call(kfd, KFD_IOC_IMPORT_DMABUF, "IMPORT_DMABUF", &args,
                  "gpu_id %u, va 0x%" PRIx64 ", descriptor %d", gpu_id, va, fd);
    if (!rc)
        *handle = args.handle;
    return rc;
}

int kfd_create_queue(const struct kfd *kfd, struct kfd_create_queue *args)
{
    bool old = kfd->version.minor < 17;
    return call(kfd, old ? KFD_IOC_CREATE_QUEUE_OLD : KFD_IOC_CREATE_QUEUE, "CREATE_QUEUE", args,
                "gpu_id %u, type %u, engine %u, ring 0x%" PRIx64 " of %u bytes, eop %" PRIu64
                ", context %u, control stack %u",
                args->gpu_id, args->type, args->sdma_engine, args->ring_base, args->ring_size, args->eop_size,
                args->ctx_size, args->ctl_stack_size);
}

int kfd_destroy_queue(const struct kfd *kfd, uint32_t queue_id)
{
    struct kfd_destroy_queue args = {.queue_id = queue_id};
    return call(kfd, KFD_IOC_DESTROY_QUEUE, "DESTROY_QUEUE", &args, "queue_id %u", queue_id);
}

int kfd_update_queue(const struct kfd *kfd, const struct kfd_update_queue *args)
{
    struct kfd_update_queue copy = *args;
    return call(kfd, KFD_IOC_UPDATE_QUEUE, "UPDATE_QUEUE", &copy,
                "queue_id %u, ring 0x%" PRIx64 " of %u bytes, %u %%, priority %u", args->queue_id,
                args->ring_base, args->ring_size, args->percentage, args->priority);
}

int kfd_set_cu_mask(const struct kfd *kfd, uint32_t queue_id, const uint32_t *mask, unsigned dwords)
{
    struct kfd_set_cu_mask args = {.queue_id = queue_id, .bits = dwords * 32, .mask = (uintptr_t)mask};
    return call(kfd, KFD_IOC_SET_CU_MASK, "SET_CU_MASK", &args, "queue_id %u, %u bits", queue_id, args.bits);
}

int kfd_create_event(const struct kfd *kfd, enum kfd_event_type type, uint64_t page, uint32_t *event_id)
{
    struct kfd_create_event args = {.page_offset = page, .type = type, .auto_reset = 1};
    int rc = call(kfd, KFD_IOC_CREATE_EVENT, "CREATE_EVENT", &args, "type %d, page 0x%" PRIx64, type, page);
    if (!rc)
        *event_id = args.event_id;
    return rc;
}

int kfd_destroy_event(const struct kfd *kfd, uint32_t event_id)
{
    struct kfd_event_id args = {.event_id = event_id};
    return call(kfd, KFD_IOC_DESTROY_EVENT, "DESTROY_EVENT", &args, "event %u", event_id);
}

int kfd_set_event(const struct kfd *kfd, uint32_t event_id)
{
    struct kfd_event_id args = {.event_id = event_id};
    return call(kfd, KFD_IOC_SET_EVENT, "SET_EVENT", &args, "event %u", event_id);
}

int kfd_wait_events(const struct kfd *kfd, struct kfd_event_data *events, unsigned n, uint32_t timeout_ms)
{
    struct kfd_wait_events args = {.events = (uintptr_t)events, .n = n, .timeout_ms = timeout_ms};
    int rc = call(kfd, KFD_IOC_WAIT_EVENTS, "WAIT_EVENTS", &args, "%u events, %u ms", n, timeout_ms);
    if (rc)
        return rc;
    if (args.result == KFD_WAIT_TIMEOUT)
        return -ETIME;
    return args.result == KFD_WAIT_DONE ? 0 : gpu_err(-EIO, "ioctl WAIT_EVENTS gave result %u", args.result);
}

int kfd_set_trap_handler(const struct kfd *kfd, uint32_t gpu_id, uint64_t tba, uint64_t tma)
{
    struct kfd_trap_handler args = {.tba = tba, .tma = tma, .gpu_id = gpu_id};
    return call(kfd, KFD_IOC_SET_TRAP_HANDLER, "SET_TRAP_HANDLER", &args,
                "gpu_id %u, code 0x%" PRIx64 ", data 0x%" PRIx64, gpu_id, tba, tma);
}

int kfd_smi_events(const struct kfd *kfd, uint32_t gpu_id, int *fd)
{
    struct kfd_smi_events args = {.gpu_id = gpu_id};
    int rc = call(kfd, KFD_IOC_SMI_EVENTS, "SMI_EVENTS", &args, "gpu_id %u", gpu_id);
    if (!rc)
        *fd = args.fd;
    return rc;
}

int kfd_runtime_enable(const struct kfd *kfd)
{
    struct kfd_runtime_enable args = {.mode = 1};
    return call(kfd, KFD_IOC_RUNTIME_ENABLE, "RUNTIME_ENABLE", &args, "mode 1");
}
