/*
 * kfd.c - one small wrapper per ioctl of /dev/kfd: fill, call, turn -1 into a negative errno whose sentence
 * names the ioctl, its object and the errno. With tracing on, each call is printed decoded (kfd_trace.c).
 * Meaning of calls and errors: Linux amdkfd/kfd_chardev.c. Calls that kfdfs has no use for are in kfd_rest.c.
 */
#include "gpu.h"
#include "kfd_call.h"

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

/* Interrupted, it goes on with the same arguments, in which the kernel has noted how far it came (libhsakmt's
 * hsakmt_ioctl() does the same). A debugger that asks for an event is told EAGAIN where there is none. */
static int ask(const struct kfd *kfd, unsigned long request, void *args)
{
    bool retry = _IOC_NR(request) != _IOC_NR(KFD_IOC_DBG_TRAP);
    int rc;
    do
        rc = ioctl(kfd->fd, request, args);
    while (rc < 0 && (errno == EINTR || (errno == EAGAIN && retry)));
    return rc < 0 ? -errno : rc;
}

int kfd_call(const struct kfd *kfd, unsigned long request, void *args, const char *format, ...)
{
    char *traced = kfd->trace ? kfd_trace_in(request, args) : NULL;
    int rc = ask(kfd, request, args);
    if (kfd->trace)
        kfd_trace_out(kfd, traced, request, args, rc);
    if (rc >= 0)
        return rc;
    char what[200];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return gpu_err(rc == -KFD_ENOTSUPP ? -EOPNOTSUPP : rc, "ioctl %s (%s) failed: %s",
                   kfd_ioctl_find(request, args)->name, what, kfd_errno_name(-rc));
}

static int open_error(int code)
{
    if (code == ENOENT || code == ENXIO || code == ENODEV)
        return gpu_err(-ENOENT, "there is no " KFD_PATH ": no AMD GPU, or the amdgpu module is not loaded");
    if (code != EACCES && code != EPERM)
        return gpu_err(-code, "cannot open " KFD_PATH ": %s", kfd_errno_name(code));
    struct stat st;
    const struct group *group = stat(KFD_PATH, &st) == 0 ? getgrgid(st.st_gid) : NULL;
    return gpu_err(-EACCES, "no permission to open " KFD_PATH ": become a member of the group %s",
                   group ? group->gr_name : "render");
}

static int open_trace(struct kfd *kfd)
{
    const char *file = getenv("KFDFS_TRACE");
    kfd->trace_to = NULL;
    if (!file || !*file)
        return 0;
    kfd->trace_to = fopen(file, "ae");
    if (!kfd->trace_to)
        return gpu_err(-errno, "KFDFS_TRACE: cannot open %s: %s", file, kfd_errno_name(errno));
    setlinebuf(kfd->trace_to);
    kfd->trace = true;
    return 0;
}

int kfd_open(struct kfd *kfd)
{
    kfd->fd = -1;
    int rc = open_trace(kfd);
    if (rc)
        return rc;
    kfd->fd = open(KFD_PATH, O_RDWR | O_CLOEXEC);
    rc = kfd->fd < 0 ? open_error(errno) : kfd_call(kfd, KFD_IOC_GET_VERSION, &kfd->version, "of " KFD_PATH);
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
    if (kfd->trace_to)
        fclose(kfd->trace_to);
    kfd->trace_to = NULL;
}

int kfd_clock_counters(const struct kfd *kfd, uint32_t gpu_id, struct kfd_clock_counters *out)
{
    struct kfd_clock_counters args = {.gpu_id = gpu_id};
    int rc = kfd_call(kfd, KFD_IOC_GET_CLOCK_COUNTERS, &args, "gpu_id %u", gpu_id);
    if (!rc)
        *out = args;
    return rc;
}

int kfd_apertures(const struct kfd *kfd, struct kfd_aperture **out, unsigned *n)
{
    /* Asked with 0 for the count first: kernels refuse a larger one than there are nodes. */
    struct kfd_apertures args = {0};
    int rc = kfd_call(kfd, KFD_IOC_GET_APERTURES, &args, "for the count");
    if (rc)
        return rc;
    struct kfd_aperture *entries = calloc(args.n ? args.n : 1, sizeof *entries);
    if (!entries)
        return gpu_err(-ENOMEM, "no memory for %u apertures", args.n);
    args.entries = (uintptr_t)entries;
    if (args.n)
        rc = kfd_call(kfd, KFD_IOC_GET_APERTURES, &args, "of %u nodes", args.n);
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
    int rc = kfd_call(kfd, KFD_IOC_ACQUIRE_VM, &args, "gpu_id %u, render descriptor %d", gpu_id, drm_fd);
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
    return kfd_call(kfd, KFD_IOC_ALLOC_MEMORY, args,
                    "gpu_id %u, va 0x%" PRIx64 ", 0x%" PRIx64 " bytes, flags 0x%x", args->gpu_id, args->va,
                    args->size, args->flags);
}

int kfd_free_memory(const struct kfd *kfd, uint64_t handle)
{
    struct kfd_free_memory args = {.handle = handle};
    return kfd_call(kfd, KFD_IOC_FREE_MEMORY, &args, "handle 0x%" PRIx64, handle);
}

static int map(const struct kfd *kfd, unsigned long request, uint64_t handle, const uint32_t *gpu_ids,
               unsigned n)
{
    struct kfd_map_memory args = {.handle = handle, .gpu_ids = (uintptr_t)gpu_ids, .n = n};
    return kfd_call(kfd, request, &args, "handle 0x%" PRIx64 ", %u GPUs", handle, n);
}

int kfd_map_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n)
{
    return map(kfd, KFD_IOC_MAP_MEMORY, handle, gpu_ids, n);
}

int kfd_unmap_memory(const struct kfd *kfd, uint64_t handle, const uint32_t *gpu_ids, unsigned n)
{
    return map(kfd, KFD_IOC_UNMAP_MEMORY, handle, gpu_ids, n);
}

int kfd_export_dmabuf(const struct kfd *kfd, uint64_t handle, int *fd)
{
    struct kfd_export_dmabuf args = {.handle = handle};
    int rc = kfd_call(kfd, KFD_IOC_EXPORT_DMABUF, &args, "handle 0x%" PRIx64, handle);
    if (!rc)
        *fd = (int)args.fd;
    return rc;
}

int kfd_import_dmabuf(const struct kfd *kfd, uint32_t gpu_id, uint64_t va, int fd, uint64_t *handle)
{
    struct kfd_import_dmabuf args = {.va = va, .gpu_id = gpu_id, .fd = (uint32_t)fd};
    int rc = kfd_call(kfd, KFD_IOC_IMPORT_DMABUF, &args, "gpu_id %u, va 0x%" PRIx64 ", descriptor %d", gpu_id,
                      va, fd);
    if (!rc)
        *handle = args.handle;
    return rc;
}

int kfd_create_queue(const struct kfd *kfd, struct kfd_create_queue *args)
{
    bool old = kfd->version.minor < 17;
    return kfd_call(kfd, old ? KFD_IOC_CREATE_QUEUE_OLD : KFD_IOC_CREATE_QUEUE, args,
                    "gpu_id %u, type %u, engine %u, ring 0x%" PRIx64 " of %u bytes, eop %" PRIu64
                    ", context %u, control stack %u",
                    args->gpu_id, args->type, args->sdma_engine, args->ring_base, args->ring_size,
                    args->eop_size, args->ctx_size, args->ctl_stack_size);
}

int kfd_destroy_queue(const struct kfd *kfd, uint32_t queue_id)
{
    struct kfd_destroy_queue args = {.queue_id = queue_id};
    return kfd_call(kfd, KFD_IOC_DESTROY_QUEUE, &args, "queue_id %u", queue_id);
}

int kfd_update_queue(const struct kfd *kfd, const struct kfd_update_queue *args)
{
    struct kfd_update_queue copy = *args;
    return kfd_call(kfd, KFD_IOC_UPDATE_QUEUE, &copy,
                    "queue_id %u, ring 0x%" PRIx64 " of %u bytes, %u %%, priority %u", args->queue_id,
                    args->ring_base, args->ring_size, args->percentage, args->priority);
}

int kfd_set_cu_mask(const struct kfd *kfd, uint32_t queue_id, const uint32_t *mask, unsigned dwords)
{
    struct kfd_set_cu_mask args = {.queue_id = queue_id, .bits = dwords * 32, .mask = (uintptr_t)mask};
    return kfd_call(kfd, KFD_IOC_SET_CU_MASK, &args, "queue_id %u, %u bits", queue_id, args.bits);
}

int kfd_create_event(const struct kfd *kfd, enum kfd_event_type type, uint64_t page, uint32_t *event_id)
{
    struct kfd_create_event args = {.page_offset = page, .type = type, .auto_reset = 1};
    int rc = kfd_call(kfd, KFD_IOC_CREATE_EVENT, &args, "type %d, page 0x%" PRIx64, type, page);
    if (!rc)
        *event_id = args.event_id;
    return rc;
}

int kfd_destroy_event(const struct kfd *kfd, uint32_t event_id)
{
    struct kfd_event_id args = {.event_id = event_id};
    return kfd_call(kfd, KFD_IOC_DESTROY_EVENT, &args, "event %u", event_id);
}

int kfd_set_event(const struct kfd *kfd, uint32_t event_id)
{
    struct kfd_event_id args = {.event_id = event_id};
    return kfd_call(kfd, KFD_IOC_SET_EVENT, &args, "event %u", event_id);
}

int kfd_wait_events(const struct kfd *kfd, struct kfd_event_data *events, unsigned n, uint32_t timeout_ms)
{
    struct kfd_wait_events args = {.events = (uintptr_t)events, .n = n, .timeout_ms = timeout_ms};
    int rc = kfd_call(kfd, KFD_IOC_WAIT_EVENTS, &args, "%u events, %u ms", n, timeout_ms);
    if (rc)
        return rc;
    if (args.result == KFD_WAIT_TIMEOUT)
        return -ETIME;
    return args.result == KFD_WAIT_DONE ? 0 : gpu_err(-EIO, "ioctl WAIT_EVENTS gave result %u", args.result);
}

int kfd_set_trap_handler(const struct kfd *kfd, uint32_t gpu_id, uint64_t tba, uint64_t tma)
{
    struct kfd_trap_handler args = {.tba = tba, .tma = tma, .gpu_id = gpu_id};
    return kfd_call(kfd, KFD_IOC_SET_TRAP_HANDLER, &args, "gpu_id %u, code 0x%" PRIx64 ", data 0x%" PRIx64,
                    gpu_id, tba, tma);
}

int kfd_smi_events(const struct kfd *kfd, uint32_t gpu_id, int *fd)
{
    struct kfd_smi_events args = {.gpu_id = gpu_id};
    int rc = kfd_call(kfd, KFD_IOC_SMI_EVENTS, &args, "gpu_id %u", gpu_id);
    if (!rc)
        *fd = args.fd;
    return rc;
}

int kfd_runtime_enable(const struct kfd *kfd)
{
    struct kfd_runtime_enable args = {.mode = 1};
    return kfd_call(kfd, KFD_IOC_RUNTIME_ENABLE, &args, "mode 1");
}
