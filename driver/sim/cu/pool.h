/*
 * pool.h - host threads that help with whatever job is offered to them.
 */
#ifndef KFDFS_SIM_POOL_H
#define KFDFS_SIM_POOL_H

/* Embedded in what the job is about; zeroed before it is offered. work runs on several threads at once. */
struct sim_job {
    void (*work)(struct sim_job *job);
    unsigned wanted, inside; /* threads that may still join; threads at work: the pool's */
    struct sim_job *next;
};

/* Lets up to that many idle threads join; returns at once. */
void sim_pool_offer(struct sim_job *job, unsigned threads);
/* No thread joins any more; returns when those inside have left. Harmless for a job never offered. */
void sim_pool_withdraw(struct sim_job *job);

#endif
