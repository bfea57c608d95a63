/*
 * context.h - KFD processes: the primary one, which all open files of /dev/kfd share, and secondary ones,
 * each of one open file (CREATE_PROCESS).
 *
 * Each has address spaces, buffers, queues and events of its own: a struct sim_gpu is a GPU as one process
 * sees it.
 */
#ifndef KFDFS_SIM_CONTEXT_H
#define KFDFS_SIM_CONTEXT_H

#include "event.h"

struct queue;

struct sim_process {
    uint64_t file;       /* 0: the primary process */
    unsigned id;         /* of a secondary one, as sysfs names it */
    struct sim_gpu *gpu; /* of a secondary one, by index */
    struct sim_events events;
    uint64_t event_page_handle;
    struct queue *queues[KFD_QUEUES]; /* by id */
    unsigned users;                   /* ioctls under way */
    bool closed;                      /* ends with the last of them */
    struct sim_process *next;
};

/* Whose ioctl this thread runs; the primary one in all other threads. */
struct sim_process *sim_current(void);
bool sim_primary(void);                                        /* is it that? */
struct sim_process *sim_process_of(const struct sim_gpu *gpu); /* takes NULL: the primary one */
/* The view of a GPU that a process has. */
struct sim_gpu *sim_process_gpu(const struct sim_process *process, unsigned index);
/* Around an ioctl or mmap of an open file of the device. */
void sim_context_enter(uint64_t file);
void sim_context_leave(void);
int sim_context_create(void *args); /* CREATE_PROCESS */
/* All processes that there are, the primary one first. The call must not take sim_kfd.lock. */
void sim_context_each(void (*call)(struct sim_process *process, void *ctx), void *ctx);
void sim_context_forget(void);

#endif
