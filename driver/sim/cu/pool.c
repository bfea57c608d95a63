/*
 * pool.c - the host threads on which work-groups run beside the thread that dispatched them.
 *
 * Invariant: no thread exists before the first offer, none takes signals, idle ones sleep on a condition.
 * There is one fewer than the process has CPUs, since whoever offers a job works on it too. A fork loses the
 * threads; the child starts with an empty pool.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>

#include "pool.h"

enum { POOL_MAX = 64 };

static struct {
    pthread_mutex_t lock; /* guards everything here, and wanted, inside and next of every job */
    pthread_cond_t offered, left;
    struct sim_job *jobs; /* those that still want threads */
    unsigned threads;
    bool started;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .offered = PTHREAD_COND_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

static void job_unlist(struct sim_job *job)
{
    for (struct sim_job **at = &pool.jobs; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            return;
        }
}

static void *pool_thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        struct sim_job *job = pool.jobs;
        if (!job) {
            pthread_cond_wait(&pool.offered, &pool.lock);
            continue;
        }
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
