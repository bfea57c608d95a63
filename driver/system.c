/*
 * system.c - opens everything: /dev/kfd, the topology, a render node and an address space for each GPU,
 * events.
 *
 * Invariant: nothing exists before gpu_system_open().
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Longer than the kernel takes to bring back queues that it evicted (kfd_process.c: PROCESS_RESTORE_TIME_MS).
 */
enum { PROBE_MS = 5000, AWAKE_NS = 15000 };
enum { RUNTIME_ENABLE_MINOR = 13 };
enum { LOCKED_MS = 60000, LOCKED_LOOK_MS = 20 };

static void gpu_close(struct gpu *gpu)
{
    trap_close(gpu);
    hdp_close(gpu);
    if (gpu->doorbells)
        munmap(gpu->doorbells, DOORBELL_BYTES);
    if (gpu->render >= 0)
        close(gpu->render);
}

/* ---- the system ---- */

static const struct topology_node *find_node(const struct topology *topology, uint32_t gpu_id)
{
    for (unsigned i = 0; i < topology->n_nodes; i++)
        if (topology->nodes[i].gpu_id == gpu_id && topology->nodes[i].simd_count)
            return &topology->nodes[i];
    return NULL;
}

/* Those that an image before had, whatever there is now. */
static int open_known(struct gpu_system *sys, const struct gpu_options *options)
{
    sys->gpus = calloc(options->n_known, sizeof *sys->gpus);
    if (!sys->gpus)
        return gpu_err(-ENOMEM, "no memory for %u GPUs", options->n_known);
    for (; sys->n_gpus < options->n_known; sys->n_gpus++) {
        struct gpu *gpu = &sys->gpus[sys->n_gpus];
        device_init(gpu, sys, sys->n_gpus);
        const struct topology_node *node = find_node(&sys->topology, options->known[gpu->index].gpu_id);
        int rc = node ? device_open(gpu, node) : gpu_err(-ENODEV, "the kernel lists it no more");
        if (rc > 0)
            rc = gpu_err(-ENODEV, "its render node is not given to us");
        if (rc)
            device_set_absent(gpu, &options->known[gpu->index]);
        gpu->info.vram_losses = options->known[gpu->index].vram_losses;
    }
    return 0;
}

static int open_gpus(struct gpu_system *sys)
{
    const struct topology *topology = &sys->topology;
    sys->gpus = calloc(topology->n_nodes ? topology->n_nodes : 1, sizeof *sys->gpus);
    if (!sys->gpus)
        return gpu_err(-ENOMEM, "no memory for %u GPUs", topology->n_nodes);
    for (unsigned i = 0; i < topology->n_nodes; i++) {
        const struct topology_node *node = &topology->nodes[i];
        if (!node->gpu_id || !node->simd_count)
            continue;
        struct gpu *gpu = &sys->gpus[sys->n_gpus];
        device_init(gpu, sys, sys->n_gpus);
        int rc = device_open(gpu, node);
        if (rc > 0)
            continue;
        sys->n_gpus++;
        if (rc)
            return rc;
    }
    return 0;
}

static int read_apertures(struct gpu_system *sys)
{
    struct kfd_aperture *apertures;
    unsigned n;
    int rc = kfd_apertures(&sys->kfd, &apertures, &n);
    if (rc)
        return rc;
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < sys->n_gpus; k++)
            if (sys->gpus[k].info.gpu_id == apertures[i].gpu_id) {
                sys->gpus[k].lds_base = apertures[i].lds_base;
                sys->gpus[k].scratch_base = apertures[i].scratch_base;
            }
    free(apertures);
    return 0;
}

static struct gpu_system *system_create(const struct gpu_options *options)
{
    struct gpu_system *sys = calloc(1, sizeof *sys);
    if (!sys) {
        gpu_err(-ENOMEM, "no memory for the system");
        return NULL;
    }
    pthread_mutex_init(&sys->lock, NULL);
    pthread_cond_init(&sys->idle, NULL);
    sys->kfd.fd = -1;
    sys->probe_ns = (uint64_t)PROBE_MS * 1000000;
    sys->awake_ns = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? AWAKE_NS : 0; /* else it holds up whom it waits for */
    if (options) {
        if (options->probe_ms)
            sys->probe_ns = (uint64_t)options->probe_ms * 1000000;
        sys->on_event = options->on_event;
        sys->ctx = options->ctx;
        sys->queue_idle_ns = options->queue_idle_ns;
        sys->kfd.trace = options->trace;
    }
    return sys;
}

/* The mount of an image before goes on without any GPU: their memory may be readable still. */
static int open_without(const struct gpu_options *options, struct gpu_system **out)
{
    struct gpu_system *sys = system_create(options);
    if (!sys)
        return -ENOMEM;
    sys->gpus = calloc(options->n_known, sizeof *sys->gpus);
    sys->links = calloc(1, sizeof *sys->links);
    if (!sys->gpus || !sys->links) {
        gpu_system_close(sys);
        return gpu_err(-ENOMEM, "no memory for %u GPUs", options->n_known);
    }
    for (; sys->n_gpus < options->n_known; sys->n_gpus++) {
        device_init(&sys->gpus[sys->n_gpus], sys, sys->n_gpus);
        device_set_absent(&sys->gpus[sys->n_gpus], &options->known[sys->n_gpus]);
    }
    *out = sys;
    return 0;
}

/* Until a reset is over the kernel refuses every new process (kfd_create_process(), kfd_is_locked()). Who
 * goes on from an image before waits for that. */
static int open_device(struct gpu_system *sys, bool patient)
{
    int rc = kfd_open(&sys->kfd);
    for (unsigned ms = 0; rc == -EINVAL && patient && ms < LOCKED_MS; ms += LOCKED_LOOK_MS) {
        nanosleep(&(struct timespec){.tv_nsec = LOCKED_LOOK_MS * 1000000}, NULL);
        rc = kfd_open(&sys->kfd);
    }
    return rc;
}

static bool all_absent(const struct gpu_system *sys)
{
    for (unsigned i = 0; i < sys->n_gpus; i++)
        if (!sys->gpus[i].absent)
            return false;
    return true;
}

int gpu_system_open(const struct gpu_options *options, struct gpu_system **out)
{
    bool known = options && options->n_known;
    if (known && options->untouched) {
        gpu_err_note("kfdfs crashed each time that it opened it");
        return open_without(options, out);
    }
    struct gpu_system *sys = system_create(options);
    if (!sys)
        return -ENOMEM;
    int rc = open_device(sys, known);
    if (!rc)
        rc = topology_read(TOPOLOGY_ROOT, &sys->topology);
    if (!rc)
        rc = known ? open_known(sys, options) : open_gpus(sys);
    if (!rc)
        rc = read_apertures(sys);
    if (!rc)
        rc = links_open(sys);
    if (!rc && !all_absent(sys))
        rc = event_open(sys);
    if (!rc && !all_absent(sys))
        rc = watch_start(sys);
    if (rc)
        goto fail;
    for (unsigned i = 0; i < sys->n_gpus; i++)
        if (!sys->gpus[i].absent && hdp_open(&sys->gpus[i]))
            sys->gpus[i].info.cpu_visible = false; /* CPU writes could not be made visible */
    sys->xnack = kfd_xnack(&sys->kfd) > 0;         /* EPERM: a kernel without shared virtual memory */
    for (unsigned i = 0; i < sys->n_gpus; i++)
        if (!sys->gpus[i].absent)
            trap_open(&sys->gpus[i]);
    /* Lets the kernel report exceptions of queues. It may be on already, or unknown: then less is reported.
     */
    if (sys->n_gpus && sys->kfd.version.minor >= RUNTIME_ENABLE_MINOR)
        kfd_runtime_enable(&sys->kfd);
    *out = sys;
    return 0;
fail:;
    char *text = err_save();
    gpu_system_close(sys);
    err_restore(text);
    return known ? open_without(options, out) : rc;
}

void gpu_system_close(struct gpu_system *sys)
{
    if (!sys)
        return;
    while (sys->queues)
        gpu_queue_destroy(sys->queues);
    watch_stop(sys);
    event_close(sys);
    buffers_close(sys);
    for (unsigned i = 0; i < sys->n_gpus; i++)
        gpu_close(&sys->gpus[i]);
    free(sys->gpus);
    free(sys->links);
    topology_free(&sys->topology);
    kfd_close(&sys->kfd);
    pthread_cond_destroy(&sys->idle);
    pthread_mutex_destroy(&sys->lock);
    free(sys);
}

void gpu_system_kfd_version(const struct gpu_system *sys, unsigned *major, unsigned *minor)
{
    *major = sys->kfd.version.major;
    *minor = sys->kfd.version.minor;
}

unsigned gpu_count(const struct gpu_system *sys)
{
    return sys->n_gpus;
}

struct gpu *gpu_at(struct gpu_system *sys, unsigned index)
{
    return index < sys->n_gpus ? &sys->gpus[index] : NULL;
}
