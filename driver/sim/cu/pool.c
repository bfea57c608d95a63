/*
 * pool.c - the host threads on which work-groups run beside the thread that dispatched them.
 *
 * Invariant: no thread exists before the first offer, none takes signals, idle ones sleep on a condition,
 * after a while in which the next job may come: it takes longer to wake a thread than a small job lasts.
 * There is one fewer than the process has CPUs, since whoever offers a job works on it too. A fork loses the
 * threads; the child starts with an empty pool.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pool.h"
#include "sim/relax.h"

enum { POOL_MAX = 64, LINGER_NS = 100000 };

static struct {
    pthread_mutex_t lock; /* guards everything here, and wanted, inside and next of every job */
    pthread_cond_t offered, left;
    _Atomic(struct sim_job *) jobs; /* those that still want threads; written under the lock */
    unsigned threads;
    bool started;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .offered = PTHREAD_COND_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

static void job_unlist(struct sim_job *job)
{
    struct sim_job *before = pool.jobs;
    if (before == job) {
        pool.jobs = job->next;
        return;
    }
    while (before && before->next != job)
        before = before->next;
    if (before)
        before->next = job->next;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Under the lock, which it leaves meanwhile. */
static struct sim_job *job_wait(void)
{
    pthread_mutex_unlock(&pool.lock);
    uint64_t until = now_ns() + LINGER_NS;
    for (unsigned round = 0; !atomic_load_explicit(&pool.jobs, memory_order_relaxed) && now_ns() < until;
         round++)
        sim_relax(round);
    pthread_mutex_lock(&pool.lock);
    while (!pool.jobs)
        pthread_cond_wait(&pool.offered, &pool.lock);
    return pool.jobs;
}

static void *pool_thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        struct sim_job *job = pool.jobs ? pool.jobs : job_wait();
        job->inside++;
        if (--job->wanted == 0)
            job_unlist(job);
        pthread_mutex_unlock(&pool.lock);
        job->work(job);
        pthread_mutex_lock(&pool.lock);
        if (--job->inside == 0)
            pthread_cond_broadcast(&pool.left);
    }
    return NULL;
}

static void pool_forget(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.offered, NULL);
    pthread_cond_init(&pool.left, NULL);
    pool.jobs = NULL;
    pool.threads = 0;
}

/* Under the lock. Fewer threads than hoped for, or none, only make jobs slower. */
static void pool_start(void)
{
    cpu_set_t cpus;
    sigset_t all, before;
    pthread_attr_t attr;
    int n = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 2;
    if (!pool.started && pthread_atfork(NULL, NULL, pool_forget))
        return;
    pool.started = true;
    if (pthread_attr_init(&attr))
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (pthread_t id; pool.threads < POOL_MAX && (int)pool.threads < n - 1; pool.threads++)
        if (pthread_create(&id, &attr, pool_thread, NULL))
            break;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

void sim_pool_offer(struct sim_job *job, unsigned threads)
{
    pthread_mutex_lock(&pool.lock);
    if (pool.threads == 0)
        pool_start();
    if (threads > 0 && pool.threads > 0) {
        job->wanted = threads;
        job->next = pool.jobs;
        pool.jobs = job;
        if (threads == 1)
            pthread_cond_signal(&pool.offered);
        else
            pthread_cond_broadcast(&pool.offered);
    }
    pthread_mutex_unlock(&pool.lock);
}

void sim_pool_withdraw(struct sim_job *job)
{
    pthread_mutex_lock(&pool.lock);
    if (job->wanted > 0)
        job_unlist(job);
    job->wanted = 0;
    while (job->inside > 0)
        pthread_cond_wait(&pool.left, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}
