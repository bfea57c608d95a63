/*
 * heap.h - the memory of simulated GPUs: pools in shared memory, their budget, and the noise of fresh pages.
 */
#ifndef KFDFS_SIM_HEAP_H
#define KFDFS_SIM_HEAP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_PAGE = 4096 };

/* ---- shared memory (memfd.c) ---- */

/* A descriptor with a high number in place of that one, or that one; -1 stays -1. */
int sim_fd_high(int fd);
/* The descriptor of fresh zeroed memory, mapped at *base; or -errno. */
int sim_memfd_make(const char *name, uint64_t bytes, void **base);
/* The same for memory that an earlier image of this process has kept for us with sim_memfd_keep(); -ENOENT:
 * none. */
int sim_memfd_inherit(const char *name, uint64_t bytes, void **base);
int sim_memfd_keep(int fd, uint64_t bytes); /* over exec */
/* Every memfd that this process has open, by its name. */
void sim_memfd_each(void (*each)(int fd, const char *name, void *ctx), void *ctx);

/* ---- device memory (heap.c) ---- */

/* A pool of one GPU: one memfd, mapped whole, of which only touched pages cost memory. */
struct sim_heap {
    int fd;
    uint8_t *base;
    uint64_t bytes;       /* size of the pool */
    uint64_t used;        /* allocated; under lock */
    pthread_mutex_t lock; /* guards used and the free list */
    struct sim_extent *free_list;
    struct sim_extent *spares; /* nodes for what will be freed; under lock */
    uint64_t seed;
    bool adopted; /* from an earlier image of this process, with what was exported (dmabuf.c) */
    bool kept;    /* for the next one; under lock */
};
int sim_heap_init(struct sim_heap *heap, const char *name, uint64_t bytes, uint64_t seed); /* 0 or -errno */
/* Unmaps and closes the pool; takes NULL and a zeroed one. Nobody may use it meanwhile. */
void sim_heap_fini(struct sim_heap *heap);
/* bytes: a multiple of the page. Some pages of a fresh extent hold seeded noise (all of a small one; of a
 * large one its ends and a sample between, so that it stays cheap) unless clear. 0 or -ENOMEM. */
int sim_heap_alloc(struct sim_heap *heap, uint64_t bytes, bool clear, uint64_t *offset);
void sim_heap_free(struct sim_heap *heap, uint64_t offset,
                   uint64_t bytes); /* gives the pages back to the host */
/* What was there is lost: noise again. */
void sim_heap_soil(struct sim_heap *heap, uint64_t offset, uint64_t bytes);
/* Lets the pool outlive an exec. 0 or -errno. */
int sim_heap_keep(struct sim_heap *heap);
/* Takes a free range out of an adopted pool. 0, -EEXIST or -ENOMEM. */
int sim_heap_claim(struct sim_heap *heap, uint64_t offset, uint64_t bytes);
void sim_heap_drop_free(struct sim_heap *heap); /* gives what nobody claimed back to the host */
/* Zeroes host memory inside a heap; whole pages are punched out instead of written. Returns false if the
 * address is in no heap (nothing done). */
bool sim_heap_zero(void *host, uint64_t bytes);
/* False once the host memory that all heaps hold exceeds the budget: whoever would write must fail instead.
 */
bool sim_heap_within_budget(void);
/* Fills with the reproducible noise of that seed. */
void sim_noise(void *to, size_t bytes, uint64_t seed);
/* The first lanes of n rows of a register file, or of LDS: cheaper noise, of a key made of a seed. */
uint64_t sim_noise_key(uint64_t seed);
void sim_noise_rows(uint32_t (*rows)[64], unsigned n, unsigned lanes, uint64_t key);
/* Of those rows, one: words, each to be xored with the change; and one dword of the rows, counted from the
 * first on. */
const uint64_t *sim_noise_row(uint64_t key, unsigned row, uint64_t *change);
uint32_t sim_noise_at(uint64_t key, unsigned n);

#endif
