/*
 * fd.c - the table of descriptors that belong to the simulated machine.
 *
 * Invariant: an entry is one atomic word, so that a lookup for a foreign descriptor costs one load, and no
 * lock can be left held by a fork. A child made by vfork shares this table with its parent while it closes
 * and moves descriptors of its own: changes by any process but the owner are ignored.
 */
#include "fd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 1024, CHUNKS = 1024 }; /* 1048576, the kernel's default nr_open */

/* An entry: kind 0..3, GPU 4..11, generation of the process 12..23, file id 24..63. */
struct chunk {
    _Atomic uint64_t entry[CHUNK];
};

static struct chunk *_Atomic chunks[CHUNKS];
static _Atomic bool any;
static _Atomic uint64_t file_ids;
static _Atomic unsigned generation; /* counts forks */
static _Atomic pid_t owner;

static _Atomic uint64_t *entry_find(int fd)
{
    if (fd < 0 || fd >= CHUNK * CHUNKS)
        return NULL;
    struct chunk *chunk = atomic_load_explicit(&chunks[fd / CHUNK], memory_order_acquire);
    return chunk ? &chunk->entry[fd % CHUNK] : NULL;
}

static _Atomic uint64_t *entry_make(int fd)
{
    _Atomic uint64_t *entry = entry_find(fd);
    if (entry || fd < 0 || fd >= CHUNK * CHUNKS)
        return entry;
    struct chunk *none = NULL, *fresh = calloc(1, sizeof(*fresh));
    if (fresh && !atomic_compare_exchange_strong(&chunks[fd / CHUNK], &none, fresh))
        free(fresh);
    return entry_find(fd);
}

static bool owned(void)
{
    return atomic_load(&owner) == getpid();
}

struct fd_info fd_get(int fd)
{
    if (!atomic_load_explicit(&any, memory_order_relaxed))
        return (struct fd_info){0};
    _Atomic uint64_t *entry = entry_find(fd);
    uint64_t word = entry ? atomic_load_explicit(entry, memory_order_relaxed) : 0;
    if (!word)
        return (struct fd_info){0};
    return (struct fd_info){.kind = word & 0xf,
                            .gpu = word >> 4 & 0xff,
                            .file_id = word >> 24,
                            .inherited = (word >> 12 & 0xfff) != (atomic_load(&generation) & 0xfff)};
}

static void after_fork(void)
{
    atomic_fetch_add(&generation, 1);
    atomic_store(&owner, getpid());
}

static void entry_set(int fd, enum fd_kind kind, unsigned gpu, uint64_t id)
{
    static _Atomic bool hooked;
    pid_t nobody = 0;

    if (!atomic_exchange(&hooked, true))
        pthread_atfork(NULL, NULL, after_fork);
    atomic_compare_exchange_strong(&owner, &nobody, getpid());
    _Atomic uint64_t *entry = owned() ? entry_make(fd) : NULL;
    if (!entry)
        return;
    atomic_store(&any, true);
    atomic_store(entry, (uint64_t)kind | gpu << 4 | (atomic_load(&generation) & 0xfff) << 12 | id << 24);
}

void fd_open(int fd, enum fd_kind kind, unsigned gpu)
{
    bool device = kind == FD_KFD || kind == FD_RENDER;
    entry_set(fd, kind, gpu, device ? atomic_fetch_add(&file_ids, 1) + 1 : 0);
}

void fd_open_dmabuf(int fd, uint64_t file_id)
{
    entry_set(fd, FD_DMABUF, 0, file_id);
}

void fd_copy(int from, int to)
{
    _Atomic uint64_t *source = entry_find(from);
    uint64_t word = source ? atomic_load(source) : 0;
    _Atomic uint64_t *entry = word ? entry_make(to) : entry_find(to);
    if (entry && (word || atomic_load(entry)) && owned())
        atomic_store(entry, word);
}

void fd_forget(int fd)
{
    if (!atomic_load_explicit(&any, memory_order_relaxed))
        return;
    _Atomic uint64_t *entry = entry_find(fd);
    if (entry && atomic_load_explicit(entry, memory_order_relaxed) && owned())
        atomic_store(entry, 0);
}

void fd_forget_range(unsigned first, unsigned last)
{
    if (last >= CHUNK * CHUNKS)
        last = CHUNK * CHUNKS - 1;
    for (unsigned fd = first; fd <= last; fd++) {
        if (atomic_load(&chunks[fd / CHUNK]))
            fd_forget((int)fd);
        else
            fd |= CHUNK - 1;
    }
}

static bool chunk_has(struct chunk *chunk, uint64_t file_id)
{
    for (unsigned i = 0; chunk && i < CHUNK; i++) {
        uint64_t word = atomic_load(&chunk->entry[i]);
        unsigned kind = word & 0xf;
        if ((kind == FD_KFD || kind == FD_RENDER) && word >> 24 == file_id)
            return true;
    }
    return false;
}

bool fd_file_open(uint64_t file_id)
{
    for (unsigned i = 0; i < CHUNKS; i++)
        if (chunk_has(atomic_load(&chunks[i]), file_id))
            return true;
    return false;
}
