/*
 * debug.c - RUNTIME_ENABLE and DBG_TRAP: a debugger's hold on a process.
 *
 * A process has a simulated kernel of its own, so it can be debugged only by itself; of others this kernel
 * knows who has opened the device and who is traced, and refuses what the kernel refuses; to begin with one
 * is ESRCH, with a report. Launch modes and overrides other than the normal ones and address watches are
 * refused as by a GPU that cannot be debugged (ENODEV), with a report.
 *
 * Lock order: sim_kfd.lock, then sim_queues_lock, then the lock here; engines take the last two.
 *
 * Facts: kfd_chardev.c (kfd_ioctl_set_debug_trap, runtime_enable) and kfd_debug.c of Linux 6.12, and what
 * amdkfd was seen to answer without a GPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "kfd_state.h"
#include "sim/models.h"
#include "sysfs.h"

static struct {
    pthread_mutex_t lock;
    bool on;
    int fd;                        /* a copy of the debugger's */
    uint64_t wanted, process;      /* exceptions: to be told of; of the process itself */
    uint64_t device[SIM_MAX_GPUS]; /* of each GPU */
    struct kfd_memory_exception fault[SIM_MAX_GPUS];
    uint32_t flags;
} debug = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static struct kfd_runtime_info runtime; /* under sim_kfd.lock */
static bool runtime_retry;              /* it was interrupted while it waited for the debugger */
static sem_t runtime_go;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
    sem_init(&runtime_go, 0, 0);
}

/* ---- exceptions ---- */

bool sim_debug_on(void)
{
    pthread_mutex_lock(&debug.lock);
    bool on = debug.on;
    pthread_mutex_unlock(&debug.lock);
    return on;
}

static bool tell(uint64_t exceptions)
{
    if (!debug.on || !(debug.wanted & exceptions))
        return false;
    (void)!syscall(SYS_write, debug.fd, ".", 1); /* the kernel does not look at what became of it either */
    return true;
}

bool sim_debug_tell(uint64_t exceptions)
{
    pthread_mutex_lock(&debug.lock);
    bool told = tell(exceptions);
    pthread_mutex_unlock(&debug.lock);
    return told;
}

bool sim_debug_fault(const struct sim_gpu *gpu, const struct kfd_memory_exception *fault)
{
    pthread_mutex_lock(&debug.lock);
    if (debug.on) {
        if (!(debug.device[gpu->index] & KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION)))
            debug.fault[gpu->index] = *fault; /* the first one is kept */
        debug.device[gpu->index] |= KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION);
    }
    bool told = tell(KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION));
    pthread_mutex_unlock(&debug.lock);
    return told;
}

void sim_debug_deleted(const struct sim_gpu *gpu)
{
    pthread_mutex_lock(&debug.lock);
    if (debug.on)
        debug.device[gpu->index] |= KFD_EXCEPTION(KFD_EC_DEVICE);
    tell(KFD_EXCEPTION(KFD_EC_DEVICE));
    pthread_mutex_unlock(&debug.lock);
}

/* ---- RUNTIME_ENABLE ---- */

/* Until a debugger says SEND_RUNTIME_EVENT. sim_kfd.lock is held, and given up meanwhile. */
static int runtime_wait(void)
{
    if (!debug.on)
        return 0;
    if (!runtime_retry) {
        pthread_mutex_lock(&debug.lock);
        debug.process |= KFD_EXCEPTION(KFD_EC_RUNTIME);
        tell(KFD_EXCEPTION(KFD_EC_RUNTIME));
        pthread_mutex_unlock(&debug.lock);
    }
    pthread_mutex_unlock(&sim_kfd.lock);
    int error = sem_wait(&runtime_go) ? -EINTR : 0;
    pthread_mutex_lock(&sim_kfd.lock);
    runtime_retry = error != 0;
    return error;
}

static bool queues_of_any_gpu(void)
{
    const struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (machine->gpu[i].kfd && machine->gpu[i].kfd->n_queues)
            return true;
    return false;
}

static int runtime_on(const struct kfd_runtime_enable *a)
{
    if (runtime_retry)
        return runtime_wait();
    if (runtime.state)
        return -EBUSY;
    if (queues_of_any_gpu())
        return -EEXIST;
    runtime = (struct kfd_runtime_info){a->r_debug, 1, (a->mode & KFD_RUNTIME_TTMP_SAVE) != 0};
    sim_kfd.runtime_enabled = true;
    return runtime_wait();
}

static int runtime_off(void)
{
    runtime.state = 0;
    runtime.r_debug = 0;
    sim_kfd.runtime_enabled = false;
    int error = runtime_wait();
    if (!error)
        runtime.ttmp_setup = 0;
    return error;
}

int sim_debug_runtime(void *args)
{
    const struct kfd_runtime_enable *a = args;
    pthread_once(&once, init);
    return a->mode & KFD_RUNTIME_ENABLE ? runtime_on(a) : runtime_off();
}

/* ---- DBG_TRAP ---- */

static void exceptions_clear(void)
{
    sim_queue_exceptions(true);
    memset(debug.device, 0, sizeof debug.device);
    debug.process = 0;
}

static void hold_end(void)
{
    sim_queue_resume_all();
    pthread_mutex_lock(&debug.lock);
    syscall(SYS_close, debug.fd);
    debug.fd = -1;
    debug.on = false;
    debug.flags = 0;
    pthread_mutex_unlock(&debug.lock);
}

static int op_enable(struct kfd_debug *a)
{
    if (debug.on)
        return -EALREADY;
    uint32_t bytes = a->enable.info_bytes < sizeof runtime ? a->enable.info_bytes : (uint32_t)sizeof runtime;
    int fd = fcntl(a->enable.fd, F_DUPFD_CLOEXEC, 0), error = 0;
    if (fd < 0)
        return -EBADF;
    pthread_mutex_lock(&debug.lock);
    debug.fd = fd;
    debug.on = true;
    pthread_mutex_unlock(&debug.lock);
    if (sim_user_write(a->enable.info_va, &runtime, bytes)) {
        hold_end();
        error = -EFAULT;
    }
    a->enable.info_bytes = sizeof runtime;
    if (!error)
        debug.wanted = a->enable.exceptions;
    return error;
}

static int op_disable(struct kfd_debug *a)
{
    (void)a;
    hold_end();
    exceptions_clear();
    return 0;
}

static int op_send(struct kfd_debug *a)
{
    uint64_t left = a->event.exceptions;
    if (left & KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION)) {
        struct sim_gpu *gpu = sim_gpu_by_id(a->event.gpu_id);
        if (!gpu)
            return -ENODEV;
        sim_event_memory_violation(gpu, &debug.fault[gpu->index]);
    }
    if (left & KFD_EXCEPTION(KFD_EC_RUNTIME))
        sem_post(&runtime_go);
    left &= ~(KFD_EXCEPTION(KFD_EC_MEMORY_VIOLATION) | KFD_EXCEPTION(KFD_EC_RUNTIME));
    if (left)
        sim_queue_tell_runtime(a->event.queue_id, left);
    return 0;
}

static int op_set_exceptions(struct kfd_debug *a)
{
    uint64_t raised = sim_queue_exceptions(false);
    pthread_mutex_lock(&debug.lock);
    raised |= debug.process;
    for (unsigned i = 0; i < SIM_MAX_GPUS; i++)
        raised |= debug.device[i];
    debug.wanted = a->event.exceptions;
    tell(raised);
    pthread_mutex_unlock(&debug.lock);
    return 0;
}

static int not_on_this_gpu(const char *what)
{
    if (!sim_machine_described()->n_gpus)
        return 0;
    sim_report(NULL, "ioctl DBG_TRAP: %s is not simulated", what);
    return -ENODEV;
}

static int op_override(struct kfd_debug *a)
{
    a->launch_override.supported = UINT32_MAX; /* of no GPU */
    return not_on_this_gpu("an override of what waves start with");
}

static int op_launch_mode(struct kfd_debug *a)
{
    enum { NORMAL = 0, HALT = 1, DEBUG = 3 };
    uint8_t mode = (uint8_t)a->launch_mode.mode;
    if (mode != NORMAL && mode != HALT && mode != DEBUG)
        return -EINVAL;
    return mode == NORMAL ? 0 : not_on_this_gpu("a start of waves that is not the normal one");
}

static int op_suspend(struct kfd_debug *a)
{
    return sim_queue_suspend(a->suspend.queues_va, a->suspend.n, a->suspend.exceptions, true);
}

static int op_resume(struct kfd_debug *a)
{
    if (!a->resume.queues_va) {
        sim_queue_resume_all();
        return 0;
    }
    return sim_queue_suspend(a->resume.queues_va, a->resume.n, 0, false);
}

static int op_watch(struct kfd_debug *a)
{
    uint32_t gpu_id = a->op == KFD_DEBUG_SET_WATCH ? a->watch.gpu_id : a->unwatch.gpu_id;
    if (!sim_gpu_by_id(gpu_id))
        return -ENODEV;
    return a->op == KFD_DEBUG_SET_WATCH ? not_on_this_gpu("an address watch") : -EINVAL; /* there is none */
}

/* Precise memory and ALU operations are the simulator's only ones; who may ask for them, the capability says
 * (linux/kfd_sysfs.h: since Linux 6.11, whose KFD is the first to know GC 12, that has precise ALU
 * operations).
 */
static int op_flags(struct kfd_debug *a)
{
    enum { CAP_PRECISE_MEMORY = 1u << 18, CAP_PRECISE_ALU = 1u << 30, LDS_MINOR = 21 };
    enum { SINGLE_MEMORY = 1, SINGLE_ALU = 2, LDS_RANGE = 4 };
    const struct sim_machine *machine = sim_machine_described();
    uint32_t before = debug.flags, wanted = a->flags.flags;
    a->flags.flags = before;
    for (unsigned i = 0; i < machine->n_gpus; i++) {
        uint32_t capability = sim_gpu_capability(&machine->gpu[i]);
        if (wanted & SINGLE_MEMORY && !(capability & CAP_PRECISE_MEMORY))
            return -EACCES;
        if (wanted & SINGLE_ALU && !(capability & CAP_PRECISE_ALU))
            return -EACCES;
        if (wanted & LDS_RANGE && sim_kfd_minor() >= LDS_MINOR)
            return -EACCES; /* GC 12.1 has it */
    }
    debug.flags = wanted;
    return 0;
}

static int op_query_event(struct kfd_debug *a)
{
    const struct sim_machine *machine = sim_machine_described();
    uint64_t clear = a->event.exceptions, raised;
    a->event.queue_id = a->event.gpu_id = 0;
    raised = sim_queue_raised(debug.wanted, clear, &a->event.queue_id, &a->event.gpu_id);
    pthread_mutex_lock(&debug.lock);
    for (unsigned i = 0; i < machine->n_gpus && !raised; i++)
        if (debug.device[i] & debug.wanted) {
            raised = debug.device[i];
            a->event.gpu_id = machine->gpu[i].gpu_id;
            debug.device[i] &= ~clear;
        }
    if (!raised && debug.process & debug.wanted) {
        raised = debug.process;
        debug.process &= ~clear;
    }
    pthread_mutex_unlock(&debug.lock);
    a->event.exceptions = raised;
    return raised ? 0 : -EAGAIN;
}

/* Where that exception is kept; copies what there is to say of it. */
static int exception_of(struct kfd_debug *a, uint64_t **status, uint32_t *bytes)
{
    const void *info = NULL;
    if (a->exception.code < KFD_EC_RUNTIME) {
        const struct sim_gpu *gpu = sim_gpu_by_id(a->exception.source);
        if (!gpu)
            return -EINVAL;
        *status = &debug.device[gpu->index];
        if (a->exception.code == KFD_EC_MEMORY_VIOLATION) {
            info = &debug.fault[gpu->index];
            *bytes = sizeof debug.fault[0];
        }
    } else {
        *status = &debug.process;
        if (a->exception.code == KFD_EC_RUNTIME) {
            info = &runtime;
            *bytes = sizeof runtime;
        }
    }
    if (!(**status & KFD_EXCEPTION(a->exception.code)))
        return -ENODATA;
    uint32_t room = a->exception.info_bytes < *bytes ? a->exception.info_bytes : *bytes;
    return info ? sim_user_write(a->exception.info_va, info, room) : 0;
}

static bool is_exception(uint32_t code)
{
    return (code >= KFD_EC_DEVICE && code <= KFD_EC_DEVICE_LAST) || code == KFD_EC_RUNTIME ||
           code == KFD_EC_RUNTIME + 1;
}

static bool is_queue_exception(uint32_t code)
{
    return (code >= 1 && code <= 6) || (code >= 16 && code <= 23) || code == 30 || code == KFD_EC_QUEUE_NEW;
}

static int op_query_exception(struct kfd_debug *a)
{
    uint64_t *status = NULL, exception = a->exception.code ? KFD_EXCEPTION(a->exception.code) : 0;
    uint32_t bytes = 0;
    int error = -EINVAL;
    if (!a->exception.info_va)
        return -EINVAL;
    if (is_queue_exception(a->exception.code)) {
        error = sim_queue_exception_info(a->exception.source, exception, a->exception.clear != 0);
    } else if (is_exception(a->exception.code)) {
        pthread_mutex_lock(&debug.lock);
        error = exception_of(a, &status, &bytes);
        if (!error && a->exception.clear)
            *status &= ~exception;
        pthread_mutex_unlock(&debug.lock);
    }
    if (!error)
        a->exception.info_bytes = bytes;
    return error;
}

static int op_queue_snapshot(struct kfd_debug *a)
{
    return sim_queue_snapshot(a->snapshot.exceptions, a->snapshot.to_va, &a->snapshot.n,
                              &a->snapshot.entry_bytes);
}

enum { CAPABILITY2_MINOR = 21 };

static struct kfd_device_snapshot device_snapshot(const struct sim_gpu *gpu)
{
    const struct sim_model *m = gpu->model;
    struct kfd_aperture aperture = sim_kfd_aperture(gpu);
    return (struct kfd_device_snapshot){
        .exceptions = debug.device[gpu->index],
        .lds_base = aperture.lds_base,
        .lds_limit = aperture.lds_limit,
        .scratch_base = aperture.scratch_base,
        .scratch_limit = aperture.scratch_limit,
        .gpuvm_base = aperture.gpuvm_base,
        .gpuvm_limit = aperture.gpuvm_limit,
        .gpu_id = gpu->gpu_id,
        .location = sim_gpu_location(gpu->index),
        .vendor = m->vendor_id,
        .device = m->device_id,
        .revision = m->revision,
        .subsystem_vendor = m->subsystem_vendor,
        .subsystem_device = m->subsystem_device,
        .firmware = m->firmware,
        .gfx_target_version = m->gfx_target_version,
        .simds = m->cus * m->simd_per_cu,
        .waves_per_simd = m->max_waves_per_simd,
        .arrays = m->array_count,
        .arrays_per_engine = m->arrays_per_engine,
        .xccs = m->xccs,
        .capability = sim_gpu_capability(gpu),
        .debug_prop = m->debug_prop,
        .capability2 = m->capability2,
    };
}

static int op_device_snapshot(struct kfd_debug *a)
{
    const struct sim_machine *machine = sim_machine_described();
    uint32_t room = a->snapshot.n, stride = a->snapshot.entry_bytes,
             bytes = sim_kfd_minor() >= CAPABILITY2_MINOR ? sizeof(struct kfd_device_snapshot)
                                                          : KFD_DEVICE_SNAPSHOT_OLD;
    if (!a->snapshot.to_va)
        return -EINVAL;
    if (stride < bytes)
        bytes = stride;
    a->snapshot.n = machine->n_gpus;
    a->snapshot.entry_bytes = bytes;
    for (uint32_t i = 0; i < machine->n_gpus && i < room; i++) {
        pthread_mutex_lock(&debug.lock);
        struct kfd_device_snapshot s = device_snapshot(&machine->gpu[i]);
        debug.device[i] &= ~a->snapshot.exceptions;
        pthread_mutex_unlock(&debug.lock);
        if (sim_user_write(a->snapshot.to_va + (uint64_t)i * stride, &s, bytes))
            return -EFAULT;
    }
    return 0;
}

static const struct {
    int (*run)(struct kfd_debug *a);
    bool hardware; /* the process must have said RUNTIME_ENABLE */
} ops[KFD_DEBUG_OPS] = {
    [KFD_DEBUG_ENABLE] = {op_enable, false},
    [KFD_DEBUG_DISABLE] = {op_disable, false},
    [KFD_DEBUG_SEND_EVENT] = {op_send, false},
    [KFD_DEBUG_SET_EXCEPTIONS] = {op_set_exceptions, false},
    [KFD_DEBUG_SET_OVERRIDE] = {op_override, true},
    [KFD_DEBUG_SET_LAUNCH_MODE] = {op_launch_mode, true},
    [KFD_DEBUG_SUSPEND] = {op_suspend, true},
    [KFD_DEBUG_RESUME] = {op_resume, true},
    [KFD_DEBUG_SET_WATCH] = {op_watch, true},
    [KFD_DEBUG_CLEAR_WATCH] = {op_watch, true},
    [KFD_DEBUG_SET_FLAGS] = {op_flags, true},
    [KFD_DEBUG_QUERY_EVENT] = {op_query_event, false},
    [KFD_DEBUG_QUERY_EXCEPTION] = {op_query_exception, false},
    [KFD_DEBUG_QUEUE_SNAPSHOT] = {op_queue_snapshot, false},
    [KFD_DEBUG_DEVICE_SNAPSHOT] = {op_device_snapshot, false},
};

/* A thread of this process stands for it. */
static bool is_own(pid_t pid)
{
    return pid > 0 && (pid == getpid() || !syscall(SYS_tgkill, getpid(), pid, 0));
}

static int other_trap(const struct kfd_debug *a)
{
    pid_t pid = (pid_t)a->pid;
    bool known = pid > 0 && sim_process_is_known(pid), traced = pid > 0 && sim_process_is_traced(pid);
    if (known && !traced)
        return -EPERM;
    if (traced && a->op == KFD_DEBUG_ENABLE) {
        sim_report(NULL, "ioctl DBG_TRAP of process %u: only of one's own is it simulated", a->pid);
        return -ESRCH;
    }
    return known ? -EINVAL : -ESRCH;
}

int sim_debug_trap(void *args)
{
    struct kfd_debug *a = args;
    pthread_once(&once, init);
    if (!is_own((pid_t)a->pid))
        return other_trap(a);
    if (a->op != KFD_DEBUG_ENABLE && !debug.on)
        return -EINVAL;
    if (a->op >= KFD_DEBUG_OPS)
        return -EINVAL;
    if (ops[a->op].hardware && !runtime.state)
        return -EPERM;
    return ops[a->op].run(a);
}

/* In the child of a fork. */
void sim_debug_forget(void)
{
    pthread_mutex_init(&debug.lock, NULL);
    debug.on = false;
    debug.fd = -1;
    debug.wanted = debug.process = 0;
    memset(debug.device, 0, sizeof debug.device);
    runtime = (struct kfd_runtime_info){0};
    runtime_retry = false;
}
