/*
 * kfd_rest.c - the rest of the interface: wrappers that kfdfs itself has no use for, or only now and then, in
 * the manner of kfd.c.
 */
#include "gpu.h"
#include "kfd_call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int kfd_reset_event(const struct kfd *kfd, uint32_t event_id)
{
    struct kfd_event_id args = {.event_id = event_id};
    return kfd_call(kfd, KFD_IOC_RESET_EVENT, &args, "event %u", event_id);
}

int kfd_set_memory_policy(const struct kfd *kfd, uint32_t gpu_id, uint32_t default_policy,
                          uint32_t alternate_policy)
{
    struct kfd_memory_policy args = {
        .gpu_id = gpu_id, .default_policy = default_policy, .alternate_policy = alternate_policy};
    return kfd_call(kfd, KFD_IOC_SET_MEMORY_POLICY, &args, "gpu_id %u, policies %u and %u", gpu_id,
                    default_policy, alternate_policy);
}

int kfd_apertures_old(const struct kfd *kfd, struct kfd_apertures_old *out)
{
    memset(out, 0, sizeof *out);
    return kfd_call(kfd, KFD_IOC_GET_APERTURES_OLD, out, "for %d", KFD_APERTURES_OLD);
}

int kfd_set_scratch_va(const struct kfd *kfd, uint32_t gpu_id, uint64_t va)
{
    struct kfd_scratch_va args = {.va = va, .gpu_id = gpu_id};
    return kfd_call(kfd, KFD_IOC_SET_SCRATCH_VA, &args, "gpu_id %u, va 0x%" PRIx64, gpu_id, va);
}

int kfd_tile_config(const struct kfd *kfd, struct kfd_tile_config *args)
{
    return kfd_call(kfd, KFD_IOC_GET_TILE_CONFIG, args, "gpu_id %u", args->gpu_id);
}

int kfd_wave_state(const struct kfd *kfd, struct kfd_wave_state *args)
{
    return kfd_call(kfd, KFD_IOC_GET_WAVE_STATE, args, "queue_id %u", args->queue_id);
}

int kfd_dmabuf_info(const struct kfd *kfd, struct kfd_dmabuf_info *args)
{
    return kfd_call(kfd, KFD_IOC_GET_DMABUF_INFO, args, "descriptor %u", args->fd);
}

int kfd_alloc_gws(const struct kfd *kfd, uint32_t queue_id, uint32_t n, uint32_t *first)
{
    struct kfd_alloc_gws args = {.queue_id = queue_id, .n = n};
    int rc = kfd_call(kfd, KFD_IOC_ALLOC_QUEUE_GWS, &args, "queue_id %u, %u entries", queue_id, n);
    if (!rc)
        *first = args.first;
    return rc;
}

int kfd_available_memory(const struct kfd *kfd, uint32_t gpu_id, uint64_t *bytes)
{
    struct kfd_available_memory args = {.gpu_id = gpu_id};
    int rc = kfd_call(kfd, KFD_IOC_AVAILABLE_MEMORY, &args, "gpu_id %u", gpu_id);
    if (!rc)
        *bytes = args.available;
    return rc;
}

int kfd_svm(const struct kfd *kfd, enum kfd_svm_op op, uint64_t start, uint64_t size,
            struct kfd_svm_attribute *attributes, unsigned n)
{
    size_t bytes = sizeof(struct kfd_svm) + n * sizeof *attributes;
    if (bytes > _IOC_SIZEMASK)
        return gpu_err(-E2BIG, "%u attributes: an ioctl takes %zu", n,
                       (_IOC_SIZEMASK - sizeof(struct kfd_svm)) / sizeof *attributes);
    struct kfd_svm *args = malloc(bytes);
    if (!args)
        return gpu_err(-ENOMEM, "no memory for %u attributes", n);
    *args = (struct kfd_svm){.start = start, .size = size, .op = op, .n = n};
    memcpy(args + 1, attributes, n * sizeof *attributes);
    int rc = kfd_call(kfd, _IOC(_IOC_READ | _IOC_WRITE, 'K', _IOC_NR(KFD_IOC_SVM), bytes), args,
                      "%s, 0x%" PRIx64 " bytes at 0x%" PRIx64 ", %u attributes",
                      op == KFD_SVM_GET ? "get" : "set", size, start, n);
    if (!rc)
        memcpy(attributes, args + 1, n * sizeof *attributes);
    free(args);
    return rc;
}

int kfd_xnack(const struct kfd *kfd)
{
    struct kfd_xnack_mode args = {.enabled = -1};
    int rc = kfd_call(kfd, KFD_IOC_SET_XNACK_MODE, &args, "the mode now");
    return rc ? rc : args.enabled != 0;
}

int kfd_set_xnack(const struct kfd *kfd, bool on)
{
    struct kfd_xnack_mode args = {.enabled = on};
    return kfd_call(kfd, KFD_IOC_SET_XNACK_MODE, &args, "%s", on ? "on" : "off");
}

int kfd_criu(const struct kfd *kfd, struct kfd_criu *args)
{
    return kfd_call(kfd, KFD_IOC_CRIU_OP, args, "operation %u, process %u", args->op, args->pid);
}

int kfd_create_process(const struct kfd *kfd)
{
    return kfd_call(kfd, KFD_IOC_CREATE_PROCESS, NULL, "for descriptor %d", kfd->fd);
}

int kfd_profiler(const struct kfd *kfd, struct kfd_profiler *args)
{
    return kfd_call(kfd, KFD_IOC_PROFILER, args, "operation %u", args->op);
}

int kfd_debug(const struct kfd *kfd, struct kfd_debug *args)
{
    return kfd_call(kfd, KFD_IOC_DBG_TRAP, args, "process %u", args->pid);
}
