/*
 * vm.c - the address space of a process on one GPU: which host memory a GPU address means.
 *
 * Invariant: the ranges are sorted, page-aligned and never overlap, and change only under the write lock. An
 * engine keeps the read lock for as long as it uses a host pointer, so after sim_vm_unmap() nobody does. The
 * lock prefers writers, or a busy engine could keep an unmap waiting for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "vm.h"

/* What was found out in a generation can so never be taken for a fact about another VM at the same place. */
static void generation_begin(struct sim_vm *vm)
{
    static _Atomic uint64_t last;
    atomic_store(&vm->generation, atomic_fetch_add(&last, 1) + 1);
}

int sim_vm_init(struct sim_vm *vm)
{
    pthread_rwlockattr_t attr;
    int error = pthread_rwlockattr_init(&attr);
    if (error)
        return -error;
    *vm = (struct sim_vm){0};
    generation_begin(vm);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    error = pthread_rwlock_init(&vm->lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    return -error;
}

void sim_vm_fini(struct sim_vm *vm)
{
    if (!vm)
        return;
    free(vm->ranges);
    vm->ranges = NULL;
    vm->n_ranges = vm->capacity = 0;
    pthread_rwlock_destroy(&vm->lock);
}

/* Index of the first range that ends beyond va. */
static size_t range_at(const struct sim_vm *vm, uint64_t va)
{
    size_t low = 0, high = vm->n_ranges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (vm->ranges[middle].end <= va)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Makes place for one more at an index; the new element holds garbage. */
static int range_open(struct sim_vm *vm, size_t at)
{
    if (vm->n_ranges == vm->capacity) {
        size_t capacity = vm->capacity ? vm->capacity * 2 : 64;
        struct sim_range *ranges = realloc(vm->ranges, capacity * sizeof *ranges);
        if (!ranges)
            return -ENOMEM;
        vm->ranges = ranges;
        vm->capacity = capacity;
    }
    memmove(&vm->ranges[at + 1], &vm->ranges[at], (vm->n_ranges - at) * sizeof *vm->ranges);
    vm->n_ranges++;
    return 0;
}

void sim_vm_close(struct sim_vm *vm)
{
    pthread_rwlock_wrlock(&vm->lock);
}

void sim_vm_open(struct sim_vm *vm)
{
    pthread_rwlock_unlock(&vm->lock);
}

bool sim_vm_overlaps(const struct sim_vm *vm, uint64_t va, uint64_t bytes)
{
    size_t at = range_at(vm, va);
    return at < vm->n_ranges && vm->ranges[at].start < va + bytes;
}

int sim_vm_put(struct sim_vm *vm, uint64_t va, uint64_t bytes, void *host, unsigned access)
{
    if (sim_vm_overlaps(vm, va, bytes))
        return -EEXIST;
    size_t at = range_at(vm, va);
    int error = range_open(vm, at);
    if (error)
        return error;
    vm->ranges[at] = (struct sim_range){.start = va, .end = va + bytes, .host = host, .access = access};
    generation_begin(vm);
    return 0;
}

int sim_vm_map(struct sim_vm *vm, uint64_t va, uint64_t bytes, void *host, unsigned access)
{
    if (bytes == 0 || (va | bytes) % SIM_PAGE || va + bytes < va)
        return -EINVAL;
    sim_vm_close(vm);
    int error = sim_vm_put(vm, va, bytes, host, access);
    sim_vm_open(vm);
    return error;
}

/* Cuts [start, end) out of the range at an index; returns the index of the next one to look at. */
static size_t range_cut(struct sim_vm *vm, size_t at, uint64_t start, uint64_t end)
{
    struct sim_range tail = vm->ranges[at];
    if (tail.start < start && tail.end > end && range_open(vm, at + 1) == 0)
        vm->ranges[at + 1] = (struct sim_range){end, tail.end, tail.host + (end - tail.start), tail.access};
    /* Without memory for a second half that half is lost: the GPU then faults on it, nothing worse. */
    if (tail.start < start) {
        vm->ranges[at].end = start;
        return at + 1;
    }
    if (tail.end > end) {
        vm->ranges[at].host += end - tail.start;
        vm->ranges[at].start = end;
        return at + 1;
    }
    vm->n_ranges--;
    memmove(&vm->ranges[at], &vm->ranges[at + 1], (vm->n_ranges - at) * sizeof *vm->ranges);
    return at;
}

void sim_vm_cut(struct sim_vm *vm, uint64_t va, uint64_t bytes)
{
    size_t at = range_at(vm, va);
    while (at < vm->n_ranges && vm->ranges[at].start < va + bytes)
        at = range_cut(vm, at, va, va + bytes);
    generation_begin(vm);
}

void sim_vm_unmap(struct sim_vm *vm, uint64_t va, uint64_t bytes)
{
    sim_vm_close(vm);
    sim_vm_cut(vm, va, bytes);
    sim_vm_open(vm);
}

static _Thread_local unsigned entered;

void sim_vm_enter(struct sim_vm *vm)
{
    pthread_rwlock_rdlock(&vm->lock);
    entered++;
}

void sim_vm_leave(struct sim_vm *vm)
{
    entered--;
    pthread_rwlock_unlock(&vm->lock);
}

bool sim_vm_entered(void)
{
    return entered > 0;
}

const struct sim_range *sim_vm_find(struct sim_vm *vm, uint64_t va)
{
    size_t at = range_at(vm, va);
    if (at < vm->n_ranges && vm->ranges[at].start <= va)
        return &vm->ranges[at];
    return vm->retry ? vm->retry(vm, va) : NULL;
}

void *sim_vm_host(struct sim_vm *vm, uint64_t va, uint64_t bytes, unsigned access)
{
    const struct sim_range *range = sim_vm_find(vm, va);
    if (!range || bytes > range->end - va || (range->access & access) != access)
        return NULL;
    return range->host + (va - range->start);
}
