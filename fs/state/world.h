/*
 * world.h - everything that a mount shows: its lock, its objects, its GPUs, and work put off until unlocked.
 *
 * One lock guards all of it (names, lists, sizes, logs, reference counts). It is never held over a copy of a
 * buffer's bytes, an allocation of device memory, the making of a queue, or a reply to the kernel.
 */
#ifndef KFDFS_FS_WORLD_H
#define KFDFS_FS_WORLD_H

#include <gpu.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "state/errors.h"
#include "state/numbers.h"
#include "text/text.h"
#include "state/trace.h"

struct fs_world;
struct fs_freed;
struct fs_hold;
struct fs_listing;
struct fs_node;
struct fs_request;
struct fs_row;
struct fs_stage;

/* Put off until the lock is free: replies, freeing of device memory, what waited for a hold. */
struct fs_later {
    struct fs_later *next;
    void (*run)(struct fs_later *later); /* called without the lock; owns later */
};

struct fs_object { /* what a directory or file stands for; counted under the lock */
    struct fs_world *world;
    struct fs_object *parent; /* counted */
    char *name;               /* the changing part of its path: "gpu0", "0", "vector_add" */
    unsigned refs;
    unsigned users; /* batches of queued commands that name it */
    bool in_pool; /* an entry of a pool: its path has as many parts as it has parents that are entries too */
    uint64_t serial;                           /* never used again: inode numbers are made of it */
    struct timespec made, changed;             /* changed: what its text files tell; for their time stamps */
    void (*destroy)(struct fs_object *object); /* frees the whole struct, but name; may be NULL */
};

struct fs_options {
    char *mountpoint;    /* absolute */
    bool shared;         /* others may enter: group modes */
    gid_t gid;           /* of all virtual files */
    uint64_t timeout_ns; /* of waits; 0: none */
    uint64_t idle_ns;    /* after which a queue gives its hardware queue back */
    bool simulated;
    bool trace;                   /* print each ioctl */
    const struct gpu_info *known; /* GPUs of an image before */
    unsigned n_known;
    bool untouched; /* without opening any of them */
};

struct fs_creation { /* who makes a thing, and with which mode */
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

enum { FS_NODE_BUCKETS = 1024, FS_ACTORS = 64 };

struct fs_world {
    pthread_mutex_t lock; /* guards everything here and every object */
    struct fs_later *later, **later_end;
    void (*unlocking)(
        struct fs_world *world); /* looks at what has changed before it is given back; may be NULL */
    struct fs_options options;
    const struct fs_row *rows; /* the table of files; the root's is the first */
    struct gpu_system *sys;
    struct fs_object root;
    struct fs_gpu *gpus;
    unsigned n_gpus;
    struct fs_journal errors, events;
    struct fs_trace trace;
    uint64_t next_serial;
    struct fs_node *nodes[FS_NODE_BUCKETS], *fresh_nodes, *root_node;
    struct fs_numbers numbers; /* of nodes, open files and listings */
    struct fs_listing *listings;
    struct fs_poll *polls;
    atomic_uint polls_woken; /* being told, without the lock */
    struct fs_freed *freed;  /* freed.c */
    struct fs_hold *waiting_holds;
    struct fs_request *kept;
    unsigned slow; /* threads of fs_slow() */
    pthread_cond_t slow_ended;
    _Atomic uint64_t acted_ns[FS_ACTORS]; /* when they last did something, by process ID; tree.c */
    pid_t caller;                         /* who wrote the command that is being read */
    bool closing;
    bool handing_over;      /* to the next image: nobody's wait is to last */
    struct fs_object stale; /* stands for what an earlier image had and this one has not */
};

struct fs_gpu {
    struct fs_object object;
    struct gpu *gpu;
    unsigned index;
    struct fs_entry *pools[2]; /* by enum gpu_pool: the root directory of each */
    struct fs_queue *queues, *own_queue;
    struct fs_process *processes; /* known ones: map_files.c */
    struct fs_code_file *code;
    struct gpu_buffer *zeroes; /* a page of them, for what a fill cannot reach */
    struct fs_stage *stages;   /* system memory for what the CPU cannot reach: staging.c */
    unsigned faults, resets;
    bool unsettled;                /* what a reset has left in its VRAM has not been looked at */
    char *fault_text;              /* of the last fault; NULL: none */
    uint64_t submitted, completed; /* by queues that are gone */
};

void fs_lock(struct fs_world *world);
/* Unlocks, then runs what was put off. */
void fs_unlock(struct fs_world *world);
void fs_put_off(struct fs_world *world, struct fs_later *later, void (*run)(struct fs_later *));
/* Frees device memory once unlocked. */
void fs_free_memory(struct fs_world *world, struct gpu_buffer *memory);
/* Runs it on a thread of its own: for driver calls that may take long. Not under the lock. */
int fs_slow(struct fs_world *world, void (*run)(void *ctx), void *ctx);

void fs_object_init(struct fs_object *object, struct fs_world *world, struct fs_object *parent, char *name);
void fs_object_ref(struct fs_object *object);
void fs_object_unref(struct fs_object *object); /* takes NULL */

/* By "gpu0", by "0000:03:00.0", by "12345". NULL: no such. */
struct fs_gpu *fs_gpu_find(struct fs_world *world, const char *name);
struct fs_gpu *fs_gpu_by_pci(struct fs_world *world, const char *pci);
struct fs_gpu *fs_gpu_by_id(struct fs_world *world, const char *id);
/* 0, or -ENODEV with the reason. */
int fs_gpu_lost(const struct fs_gpu *gpu);
/* 0, or what became of the work that it had. */
int fs_gpu_loss(const struct fs_gpu *gpu);

#define FS_CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
