/*
 * context.c - secondary KFD processes: CREATE_PROCESS gives an open file of the device one of its own, which
 * ends when the file is closed.
 *
 * Invariant: a secondary process lives while its file has a descriptor or an ioctl of it is under way. The
 * memory of one that ended is used again for the next, never freed: engines and watchers may know its views
 * of GPUs by address. On Linux a mapping of doorbells keeps the file open, too; that is not simulated:
 * closing ends it.
 *
 * Facts: kfd_ioctl_create_process(), kfd_release(), kfd_process_notifier_release_internal() and who asks for
 * KFD_CONTEXT_ID_PRIMARY, of the patches that became 1.19 ("amdkfd: introduce new ioctl
 * AMDKFD_IOC_CREATE_PROCESS" and those before it), and what amdkfd of Linux 7.3 was seen to answer without a
 * GPU.
 */
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "sim/models.h"
#include "sysfs.h"

static struct sim_process primary = {.events = SIM_EVENTS_NONE};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the lists, users and closed */
static struct sim_process *secondaries, *unused;
static _Thread_local struct sim_process *current;
static _Thread_local uint64_t calling_file;

struct sim_process *sim_current(void)
{
    return current ? current : &primary;
}

bool sim_primary(void)
{
    return sim_current() == &primary;
}

struct sim_process *sim_process_of(const struct sim_gpu *gpu)
{
    return gpu && gpu->process ? gpu->process : &primary;
}

struct sim_gpu *sim_process_gpu(const struct sim_process *process, unsigned index)
{
    return process->gpu ? &process->gpu[index] : &sim_machine_described()->gpu[index];
}

void sim_context_each(void (*call)(struct sim_process *process, void *ctx), void *ctx)
{
    call(&primary, ctx);
    pthread_mutex_lock(&lock);
    for (struct sim_process *p = secondaries; p; p = p->next)
        call(p, ctx);
    pthread_mutex_unlock(&lock);
}

/* ---- the beginning ---- */

static int view_make(struct sim_process *p, struct sim_gpu *view, struct sim_gpu *card)
{
    *view = (struct sim_gpu){.model = card->model,
                             .process = p,
                             .card = card,
                             .index = card->index,
                             .node = card->node,
                             .gpu_id = card->gpu_id,
                             .render_minor = card->render_minor,
                             .hive = card->hive,
                             .hive_rank = card->hive_rank,
                             .doorbell_fd = -1};
    return sim_vm_init(&view->vm);
}

static struct sim_process *process_make(void)
{
    struct sim_machine *machine = sim_machine_described();
    struct sim_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->gpu = calloc(machine->n_gpus ? machine->n_gpus : 1, sizeof *p->gpu);
    int error = p->gpu ? 0 : -ENOMEM;
    for (unsigned i = 0; i < machine->n_gpus && !error; i++)
        error = view_make(p, &p->gpu[i], &machine->gpu[i]);
    if (!error)
        return p;
    free(p->gpu);
    free(p);
    return NULL;
}

/* Lock held. */
static unsigned id_free(void)
{
    unsigned id = 0;
    for (struct sim_process *p = secondaries; p; p = p->next)
        if (p->id == id) {
            id++;
            p = secondaries;
        }
    return id;
}

static struct sim_process *process_reuse(void)
{
    pthread_mutex_lock(&lock);
    struct sim_process *p = unused;
    if (p)
        unused = p->next;
    pthread_mutex_unlock(&lock);
    return p ? p : process_make();
}

int sim_context_create(void *args)
{
    (void)args;
    if (!sim_primary() || !calling_file)
        return -EINVAL;
    struct sim_process *p = process_reuse();
    if (!p)
        return -ENOMEM;
    p->events = (struct sim_events)SIM_EVENTS_NONE;
    p->file = calling_file;
    p->closed = false;
    pthread_mutex_lock(&lock);
    p->id = id_free();
    p->next = secondaries;
    secondaries = p;
    pthread_mutex_unlock(&lock);
    sysfs_put_context(p->id);
    return 0;
}

/* ---- the end ---- */

static void view_end(struct sim_gpu *view)
{
    sim_gem_end(view);
    sim_memory_end(view);
    free(view->kfd);
    view->kfd = NULL;
    atomic_store(&view->evicted, false);
    atomic_store(&view->tba, 0);
    atomic_store(&view->tma, 0);
}

static void process_end(struct sim_process *p)
{
    struct sim_process *before = current;
    pthread_mutex_lock(&sim_kfd.lock);
    current = p;
    sim_queue_end();
    sim_profiler_end();
    for (unsigned i = 0; i < sim_machine_described()->n_gpus; i++)
        view_end(&p->gpu[i]);
    sim_event_end();
    sysfs_drop_context(p->id);
    current = before;
    pthread_mutex_unlock(&sim_kfd.lock);
    pthread_mutex_lock(&lock);
    p->next = unused;
    unused = p;
    pthread_mutex_unlock(&lock);
}

/* Takes one that is over out of the list. */
static struct sim_process *take_ended(bool (*is_open)(uint64_t file))
{
    struct sim_process *ended = NULL;
    pthread_mutex_lock(&lock);
    for (struct sim_process **link = &secondaries; *link && !ended; link = &(*link)->next) {
        struct sim_process *p = *link;
        p->closed = p->closed || (is_open && !is_open(p->file));
        if (!p->closed || p->users)
            continue;
        ended = p;
        *link = p->next;
        break;
    }
    pthread_mutex_unlock(&lock);
    return ended;
}

void sim_kfd_closed(bool (*is_open)(uint64_t file))
{
    for (struct sim_process *p; (p = take_ended(is_open));)
        process_end(p);
}

/* ---- calls ---- */

void sim_context_enter(uint64_t file)
{
    calling_file = file;
    pthread_mutex_lock(&lock);
    for (struct sim_process *p = secondaries; p && !current; p = p->next)
        if (p->file == file && !p->closed)
            current = p;
    if (current)
        current->users++;
    pthread_mutex_unlock(&lock);
}

void sim_context_leave(void)
{
    struct sim_process *p = current;
    current = NULL;
    if (!p)
        return;
    pthread_mutex_lock(&lock);
    bool over = !--p->users && p->closed;
    pthread_mutex_unlock(&lock);
    if (over)
        sim_kfd_closed(NULL);
}

/* ---- fork ---- */

/* The child has none of them; what they held is the parent's, and left alone. */
void sim_context_forget(void)
{
    pthread_mutex_init(&lock, NULL);
    secondaries = unused = NULL;
    current = NULL;
    memset(primary.queues, 0, sizeof primary.queues);
    primary.event_page_handle = 0;
}
