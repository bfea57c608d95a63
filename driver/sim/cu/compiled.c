/*
 * compiled.c - regions that are compiled, or to be: known by what they hold, for all threads, and compiled by
 * a thread of their own, while code goes on as operations.
 *
 * Invariant: an entry stays where it is until the process ends, and its region does not change; its state is
 * written last.
 */
#include "compile.h"
#include "jit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { BUCKETS = 256, ENTRIES_MAX = 1024 };
enum state { WAITING, READY, FAILED };

struct entry {
    struct region *region;
    struct entry *next, *later; /* of the bucket; of those to be compiled */
    struct compiled compiled;
    _Atomic int state; /* enum state */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;      /* guards what follows */
static pthread_mutex_t compiling = PTHREAD_MUTEX_INITIALIZER; /* of whoever is in LLVM */
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static struct entry *buckets[BUCKETS], *first, **last = &first;
static unsigned n_entries;
static bool started, broken; /* broken: LLVM is in the middle of something that nobody ends */
static _Atomic bool inside;

static void entry_compile(struct entry *e)
{
    pthread_mutex_lock(&compiling);
    atomic_store(&inside, true);
    bool done = !broken && compile(e->region, &e->compiled);
    atomic_store(&inside, false);
    pthread_mutex_unlock(&compiling);
    atomic_store_explicit(&e->state, done ? READY : FAILED, memory_order_release);
}

static void *compile_thread(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (!first)
            pthread_cond_wait(&wanted, &lock);
        struct entry *e = first;
        first = e->later;
        if (!first)
            last = &first;
        pthread_mutex_unlock(&lock);
        entry_compile(e);
    }
    return NULL;
}

/* In the child of a fork: the thread is not there, and LLVM is as it left it. */
static void in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_init(&compiling, NULL);
    pthread_cond_init(&wanted, NULL);
    started = false;
    first = NULL;
    last = &first;
    broken = broken || atomic_load(&inside);
}

static void watch(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

/* Under the lock. */
static void thread_start(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    if (started || pthread_attr_init(&attr))
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 8 << 20);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = !pthread_create(&thread, &attr, compile_thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

/* Under the lock: the entry of such a region, which becomes a new entry's. */
static struct entry *entry_of(struct region *region, bool *is_new)
{
    struct entry **bucket = &buckets[region->hash % BUCKETS], *e = *bucket;
    while (e && !region_same(e->region, region))
        e = e->next;
    *is_new = false;
    if (e || n_entries == ENTRIES_MAX || !(e = calloc(1, sizeof *e)))
        return e;
    e->region = region;
    e->next = *bucket;
    *bucket = e;
    n_entries++;
    *is_new = true;
    return e;
}

static void entry_queue(struct entry *e)
{
    pthread_mutex_lock(&lock);
    e->later = NULL;
    *last = e;
    last = &e->later;
    thread_start();
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&lock);
}

/* The region becomes the entry's, or is freed. */
static struct entry *entry_find(struct region *region)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool is_new = false;
    if (!region)
        return NULL;
    pthread_once(&once, watch);
    pthread_mutex_lock(&lock);
    struct entry *e = entry_of(region, &is_new);
    pthread_mutex_unlock(&lock);
    if (!is_new)
        region_free(region);
    else if (jit_at_once())
        entry_compile(e);
    else
        entry_queue(e);
    return e;
}

static bool lanes_all_active(const struct isa_wave *w)
{
    return (isa_exec(w) | w->ops->beyond) == ~UINT64_C(0);
}

const struct isa_op *op_compiled(struct isa_wave *w, const struct isa_op *op)
{
    struct isa_op *own = (struct isa_op *)(uintptr_t)op; /* of a page, which this thread may write */
    bool masked = !lanes_all_active(w);
    struct entry *e = op->compiled[masked];
    if (!e && op->visits < jit_threshold() && ++own->visits == jit_threshold()) {
        own->visits = 0;
        e = own->compiled[masked] = entry_find(region_find(w, op, masked));
    }
    bool ready = e && atomic_load_explicit(&e->state, memory_order_acquire) == READY;
    return (ready ? e->compiled.run : op->plain)(w, op);
}

isa_op_fn *compiled_start(struct isa_wave *w, const struct isa_op *op, const struct start_layout *layout)
{
    struct isa_op *own = (struct isa_op *)(uintptr_t)op;
    struct entry *e = op->start;
    if (e && !start_layout_same(&e->region->layout, layout))
        e = NULL;
    if (!e && ++own->starts >= jit_start_threshold()) {
        own->starts = 0;
        e = own->start = entry_find(region_find_start(w, op, layout));
    }
    bool ready = e && atomic_load_explicit(&e->state, memory_order_acquire) == READY;
    return ready && e->region->mode == w->mode ? e->compiled.run : NULL;
}

bool compiled_takes_noise(const struct isa_wave *w, const struct isa_op *op)
{
    const struct entry *e = op->run == op_compiled && lanes_all_active(w) ? op->compiled[0] : NULL;
    return e && atomic_load_explicit(&e->state, memory_order_acquire) == READY &&
           e->region->filled <= w->noise_from;
}
