/*
 * svm.c - shared virtual memory: the program's own addresses, registered for GPUs (SVM), and whether what
 * faults is retried (SET_XNACK_MODE). Only where KFDFS_SIM_OPTS has svm: a kernel built with
 * CONFIG_HSA_AMD_SVM; others, Debian's among them, answer EPERM.
 *
 * Registered pages stay where the program has them, whatever location is preferred: a migration changes how
 * fast memory is and not what is in it. Without XNACK a GPU has a range mapped from the moment that it gets
 * access. With it the first access maps what the CPU has there, registered or not (sim_vm's retry). munmap,
 * mmap over a range and mremap take it from the GPUs first; what libc unmaps inside itself (free of a large
 * block) and mprotect go unnoticed.
 *
 * Invariant: the table changes only with svm_lock held and every VM closed, so whoever is inside a VM may
 * read it.
 *
 * Facts: kfd_svm.c, kfd_chardev.c and kfd_process.c (kfd_process_xnack_mode) of Linux 6.12.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/kernel/kernel.h"
#include "sim/kernel/kfd_state.h"
#include "sim/kernel/svm_area.h"
#include "sim/models.h"

enum { GRANULARITY = 9, GRANULARITY_MAX = 0x3f, FAULT_BYTES = 2 << 20 /* mapped at once, at most */ };

struct range {
    uint64_t start, end;
    uint32_t preferred, prefetch, flags;
    uint8_t granularity;
    uint64_t access, in_place; /* bit of each GPU */
};

static pthread_mutex_t svm_lock = PTHREAD_MUTEX_INITIALIZER;
static struct range *ranges; /* sorted, never overlapping */
static size_t n_ranges, capacity;
static bool xnack, xnack_known;
static _Atomic bool active; /* there is a range, or XNACK is on: munmap must look */

/* This thread is at work here: what libc or a sanitizer maps and unmaps for it is none of the program's. */
static _Thread_local unsigned inside;

/* ---- all VMs at once ---- */

static void machine_close(void)
{
    struct sim_machine *machine = sim_machine();
    inside++;
    pthread_mutex_lock(&svm_lock);
    for (unsigned i = 0; machine && i < machine->n_gpus; i++)
        sim_vm_close(&machine->gpu[i].vm);
}

static void machine_open(void)
{
    struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; machine && i < machine->n_gpus; i++)
        sim_vm_open(&machine->gpu[i].vm);
    pthread_mutex_unlock(&svm_lock);
    inside--;
}

static void machine_cut(uint64_t start, uint64_t end)
{
    struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; machine && i < machine->n_gpus; i++)
        sim_vm_cut(&machine->gpu[i].vm, start, end - start);
}

/* ---- the table ---- */

/* Index of the first range that ends beyond va. */
static size_t range_at(uint64_t va)
{
    size_t at = 0;
    while (at < n_ranges && ranges[at].end <= va)
        at++;
    return at;
}

static bool ranges_overlap(uint64_t start, uint64_t end)
{
    size_t at = range_at(start);
    return at < n_ranges && ranges[at].start < end;
}

static const struct range *range_find(uint64_t va)
{
    size_t at = range_at(va);
    return at < n_ranges && ranges[at].start <= va ? &ranges[at] : NULL;
}

static int range_insert(size_t at, const struct range *r)
{
    if (n_ranges == capacity) {
        size_t more = capacity ? capacity * 2 : 16;
        struct range *bigger = realloc(ranges, more * sizeof *bigger);
        if (!bigger)
            return -ENOMEM;
        ranges = bigger;
        capacity = more;
    }
    memmove(&ranges[at + 1], &ranges[at], (n_ranges - at) * sizeof *ranges);
    ranges[at] = *r;
    n_ranges++;
    atomic_store(&active, true);
    return 0;
}

static int range_split(uint64_t va)
{
    size_t at = range_at(va);
    if (at == n_ranges || ranges[at].start >= va)
        return 0;
    struct range head = ranges[at];
    head.end = va;
    int error = range_insert(at, &head);
    if (!error)
        ranges[at + 1].start = va;
    return error;
}

static uint64_t all_gpus(void)
{
    unsigned n = sim_machine_described()->n_gpus;
    return n < 64 ? (1ull << n) - 1 : UINT64_MAX;
}

static struct range range_default(uint64_t start, uint64_t end)
{
    return (struct range){.start = start,
                          .end = end,
                          .preferred = KFD_SVM_UNDEFINED,
                          .prefetch = KFD_SVM_UNDEFINED,
                          .flags = KFD_SVM_HOST_ACCESS | KFD_SVM_COHERENT,
                          .granularity = GRANULARITY,
                          .access = xnack ? all_gpus() : 0};
}

/* Ranges that are exactly [start, end), with new ones where there was none. */
static int range_cover(uint64_t start, uint64_t end)
{
    int error = range_split(start);
    if (!error)
        error = range_split(end);
    for (uint64_t va = start; !error && va < end;) {
        size_t at = range_at(va);
        uint64_t next = at < n_ranges && ranges[at].start < end ? ranges[at].start : end;
        if (next > va) {
            struct range r = range_default(va, next);
            error = range_insert(at, &r);
            va = next;
        } else {
            va = ranges[at].end;
        }
    }
    return error;
}

/* ---- what GPUs see ---- */

static unsigned range_access(const struct range *r, const struct svm_area *area)
{
    unsigned access = area->access;
    if (r && r->flags & KFD_SVM_GPU_RO)
        access &= ~(unsigned)SIM_VM_WRITE;
    return access | (r && r->flags & KFD_SVM_GPU_EXEC ? SIM_VM_EXEC : 0);
}

static int range_map_on(const struct range *r, struct sim_vm *vm)
{
    struct svm_area area;
    int error = 0;
    for (uint64_t va = r->start; !error && va < r->end; va = area.end) {
        if (!svm_area_find(va, &area))
            return -EFAULT;
        uint64_t end = area.end < r->end ? area.end : r->end;
        error = sim_vm_put(vm, va, end - va, (void *)(uintptr_t)va, range_access(r, &area));
    }
    return error;
}

/* Everything closed. Without XNACK the GPUs with access get it mapped; the others lose it no sooner than the
 * kernel takes it from them, which is at the next unmap. */
static int range_map(const struct range *r)
{
    struct sim_machine *machine = sim_machine();
    int error = 0;
    machine_cut(r->start, r->end);
    for (unsigned i = 0; !xnack && machine && i < machine->n_gpus; i++)
        if ((r->access | r->in_place) >> i & 1 && machine->gpu[i].kfd && machine->gpu[i].kfd->bound && !error)
            error = range_map_on(r, &machine->gpu[i].vm);
    return error;
}

static uint64_t largest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A GPU has met an address that it does not have (sim_vm's retry). */
static const struct sim_range *svm_retry(struct sim_vm *vm, uint64_t va)
{
    static _Thread_local struct {
        const struct sim_vm *vm;
        uint64_t generation;
        struct sim_range range;
    } last;
    uint64_t generation = atomic_load(&vm->generation), page = va & ~(uint64_t)(SIM_PAGE - 1);
    if (last.vm == vm && last.generation == generation && va >= last.range.start && va < last.range.end)
        return &last.range;
    const struct sim_gpu *gpu = (const struct sim_gpu *)((const char *)vm - offsetof(struct sim_gpu, vm));
    const struct range *r = range_find(page);
    struct svm_area area;
    if ((r && !((r->access | r->in_place) >> gpu->index & 1)) || !svm_area_find(page, &area) || area.device)
        return NULL;
    uint64_t start = largest(area.start, r ? r->start : page & ~(uint64_t)(FAULT_BYTES - 1));
    uint64_t end = least(area.end, r ? r->end : (page | (FAULT_BYTES - 1)) + 1);
    if (!r && (sim_vm_overlaps(vm, start, end - start) || ranges_overlap(start, end)))
        start = page, end = page + SIM_PAGE; /* as the kernel does next to a buffer */
    last.vm = vm;
    last.generation = generation;
    last.range = (struct sim_range){start, end, (uint8_t *)(uintptr_t)start, range_access(r, &area)};
    return &last.range;
}

/* ---- SVM ---- */

/* -1: no such GPU. */
static int gpu_index(uint32_t gpu_id)
{
    const struct sim_gpu *gpu = sim_gpu_by_id(gpu_id);
    return gpu ? (int)gpu->index : -1;
}

static int check_attribute(const struct kfd_svm_attribute *a)
{
    switch (a->type) {
    case KFD_SVM_PREFERRED:
        return a->value == 0 || a->value == KFD_SVM_UNDEFINED || gpu_index(a->value) >= 0 ? 0 : -EINVAL;
    case KFD_SVM_PREFETCH:
        return a->value == 0 || gpu_index(a->value) >= 0 ? 0 : -EINVAL;
    case KFD_SVM_ACCESS:
    case KFD_SVM_IN_PLACE:
    case KFD_SVM_NO_ACCESS:
        return gpu_index(a->value) >= 0 ? 0 : -EINVAL;
    case KFD_SVM_SET_FLAGS:
    case KFD_SVM_CLEAR_FLAGS:
    case KFD_SVM_GRANULARITY:
        return 0;
    default:
        return -EINVAL;
    }
}

/* Everything closed. Buffers that are mapped to GPUs there are in the way; what svm.c itself mapped is not.
 */
static bool buffers_overlap(uint64_t start, uint64_t end)
{
    const struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++) {
        const struct sim_vm *vm = &machine->gpu[i].vm;
        for (size_t k = 0; k < vm->n_ranges; k++) {
            const struct sim_range *m = &vm->ranges[k];
            if (m->start < end && start < m->end && !range_find(m->start))
                return true;
        }
    }
    return false;
}

static int check_addresses(uint64_t start, uint64_t bytes)
{
    struct svm_area area;
    uint64_t end = start + bytes;
    if (end < start)
        return -EOVERFLOW;
    for (uint64_t va = start; va < end; va = area.end)
        if (!svm_area_find(va, &area) || area.device)
            return -EFAULT;
    return buffers_overlap(start, end) ? -EADDRINUSE : 0;
}

static bool anything_bound(void)
{
    const struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (machine->gpu[i].kfd && machine->gpu[i].kfd->bound)
            return true;
    return false;
}

static void apply(struct range *r, const struct kfd_svm_attribute *a)
{
    uint64_t gpu =
        a->type >= KFD_SVM_ACCESS && a->type <= KFD_SVM_NO_ACCESS ? 1ull << gpu_index(a->value) : 0;
    r->access &= ~gpu;
    r->in_place &= ~gpu;
    if (a->type == KFD_SVM_ACCESS)
        r->access |= gpu;
    else if (a->type == KFD_SVM_IN_PLACE)
        r->in_place |= gpu;
    else if (a->type == KFD_SVM_PREFERRED)
        r->preferred = a->value;
    else if (a->type == KFD_SVM_PREFETCH)
        r->prefetch = a->value;
    else if (a->type == KFD_SVM_SET_FLAGS)
        r->flags |= a->value;
    else if (a->type == KFD_SVM_CLEAR_FLAGS)
        r->flags &= ~a->value;
    else if (a->type == KFD_SVM_GRANULARITY)
        r->granularity = (uint8_t)least(a->value, GRANULARITY_MAX);
}

static int svm_set(const struct kfd_svm *svm, const struct kfd_svm_attribute *list)
{
    uint64_t end = svm->start + svm->bytes;
    for (uint32_t i = 0; i < svm->n_attributes; i++)
        if (check_attribute(&list[i]))
            return -EINVAL;
    if (!anything_bound())
        return -EINVAL;
    machine_close();
    int error = check_addresses(svm->start, svm->bytes);
    if (!error)
        error = range_cover(svm->start, end);
    for (size_t at = range_at(svm->start); !error && at < n_ranges && ranges[at].start < end; at++) {
        for (uint32_t i = 0; i < svm->n_attributes; i++)
            apply(&ranges[at], &list[i]);
        error = range_map(&ranges[at]);
    }
    machine_open();
    return error;
}

struct summary { /* of all ranges in the one that was asked about */
    uint32_t preferred, prefetch, flags_and, flags_or;
    uint8_t granularity;
    uint64_t access, in_place;
};

static uint32_t location_of_all(uint32_t so_far, uint32_t this, bool first)
{
    return first || so_far == this ? this : KFD_SVM_UNDEFINED;
}

static struct summary summarise(uint64_t start, uint64_t end)
{
    size_t at = range_at(start);
    struct range one = range_default(start, end);
    const struct range *r = at < n_ranges && ranges[at].start < end ? &ranges[at] : &one;
    struct summary s = {
        .flags_and = UINT32_MAX, .granularity = UINT8_MAX, .access = UINT64_MAX, .in_place = UINT64_MAX};
    bool first = true;
    do {
        s.preferred = location_of_all(s.preferred, r->preferred, first);
        s.prefetch = location_of_all(s.prefetch, r->prefetch, first);
        s.flags_and &= r->flags;
        s.flags_or |= r->flags;
        s.access &= r->access;
        s.in_place &= r->in_place;
        if (r->granularity < s.granularity)
            s.granularity = r->granularity;
        first = false;
    } while (r != &one && ++r < ranges + n_ranges && r->start < end);
    return s;
}

static int answer(struct kfd_svm_attribute *a, const struct summary *s)
{
    int gpu;
    switch (a->type) {
    case KFD_SVM_PREFERRED:
        a->value = s->preferred;
        return 0;
    case KFD_SVM_PREFETCH:
        a->value = s->prefetch;
        return 0;
    case KFD_SVM_SET_FLAGS:
        a->value = s->flags_and;
        return 0;
    case KFD_SVM_CLEAR_FLAGS:
        a->value = ~s->flags_or;
        return 0;
    case KFD_SVM_GRANULARITY:
        a->value = s->granularity;
        return 0;
    default: /* ACCESS */
        gpu = gpu_index(a->value);
        if (gpu < 0)
            return -EINVAL;
        a->type = s->access >> gpu & 1     ? KFD_SVM_ACCESS
                  : s->in_place >> gpu & 1 ? KFD_SVM_IN_PLACE
                                           : KFD_SVM_NO_ACCESS;
        return 0;
    }
}

static int svm_get(const struct kfd_svm *svm, struct kfd_svm_attribute *list)
{
    machine_close();
    int error = check_addresses(svm->start, svm->bytes);
    struct summary s = summarise(svm->start, svm->start + svm->bytes);
    machine_open();
    for (uint32_t i = 0; !error && i < svm->n_attributes; i++)
        if (list[i].type > KFD_SVM_GRANULARITY || list[i].type == KFD_SVM_IN_PLACE ||
            list[i].type == KFD_SVM_NO_ACCESS)
            return -EINVAL;
    for (uint32_t i = 0; !error && i < svm->n_attributes; i++)
        error = answer(&list[i], &s);
    return error;
}

static bool xnack_possible(bool per_process)
{
    const struct sim_machine *machine = sim_machine_described();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        if (!per_process || !machine->gpu[i].model->xnack) /* the default is amdgpu.noretry's: off */
            return false;
    return true;
}

static void xnack_find(void)
{
    if (!xnack_known)
        xnack = xnack_possible(false);
    xnack_known = true;
}

int sim_svm(void *args)
{
    struct kfd_svm *svm = args;
    struct kfd_svm_attribute *list = (struct kfd_svm_attribute *)(svm + 1);
    if (!sim_machine_described()->options.svm)
        return -EPERM;
    xnack_find();
    if (svm->start % SIM_PAGE || svm->bytes % SIM_PAGE || !svm->start || !svm->bytes || svm->op > KFD_SVM_GET)
        return -EINVAL;
    return svm->op == KFD_SVM_SET ? svm_set(svm, list) : svm_get(svm, list);
}

/* ---- SET_XNACK_MODE ---- */

static int xnack_set(bool on)
{
    struct sim_machine *machine = sim_machine();
    int error = 0;
    machine_close();
    xnack = on;
    atomic_store(&active, on || n_ranges);
    for (unsigned i = 0; machine && i < machine->n_gpus; i++)
        machine->gpu[i].vm.retry = on ? svm_retry : NULL;
    for (size_t at = 0; at < n_ranges && !error; at++)
        error = range_map(&ranges[at]);
    machine_open();
    return error;
}

int sim_svm_xnack(void *args)
{
    int32_t *mode = args;
    if (!sim_machine_described()->options.svm)
        return -EPERM;
    xnack_find();
    if (*mode < 0) {
        *mode = xnack;
        return 0;
    }
    if (sim_queue_any())
        return -EBUSY;
    if (xnack == *mode)
        return 0;
    if (*mode && !xnack_possible(true))
        return -EPERM;
    return xnack_set(*mode != 0);
}

/* ---- what others ask ---- */

bool sim_svm_overlaps(uint64_t start, uint64_t bytes)
{
    pthread_mutex_lock(&svm_lock);
    bool found = ranges_overlap(start, start + bytes);
    pthread_mutex_unlock(&svm_lock);
    return found;
}

uint32_t sim_svm_count(void)
{
    pthread_mutex_lock(&svm_lock);
    uint32_t n = (uint32_t)n_ranges;
    pthread_mutex_unlock(&svm_lock);
    return n;
}

uint8_t *sim_svm_pin(const struct sim_gpu *gpu, uint64_t va, uint64_t bytes)
{
    uint64_t at = va, end = va + bytes;
    pthread_mutex_lock(&svm_lock);
    for (const struct range *r; at < end && (r = range_find(at)); at = r->end)
        if (!((r->access | r->in_place) >> gpu->index & 1) || !(r->flags & KFD_SVM_ALWAYS_MAPPED))
            break;
    pthread_mutex_unlock(&svm_lock);
    return at >= end ? (uint8_t *)(uintptr_t)va : NULL;
}

/* ---- the program unmaps ---- */

/* Without memory to tell what is left apart, that is dropped as well. */
static void ranges_drop(uint64_t start, uint64_t end)
{
    (void)(range_split(start) || range_split(end));
    size_t from = range_at(start), to = from;
    if (from == n_ranges)
        return;
    while (to < n_ranges && ranges[to].start < end)
        to++;
    memmove(&ranges[from], &ranges[to], (n_ranges - to) * sizeof *ranges);
    n_ranges -= to - from;
}

/* With XNACK a GPU may never have had them, which is not known here: nothing is told then. */
static void tell_unmapped(const struct range *r, uint64_t start, uint64_t end)
{
    const struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; !xnack && i < machine->n_gpus; i++)
        if ((r->access | r->in_place) >> i & 1)
            sim_smi_unmapped(&machine->gpu[i], start, end);
}

bool sim_svm_unmap_begin(const void *address, size_t bytes)
{
    uint64_t start = (uintptr_t)address & ~(uint64_t)(SIM_PAGE - 1);
    uint64_t end = ((uintptr_t)address + bytes + SIM_PAGE - 1) & ~(uint64_t)(SIM_PAGE - 1);
    if (inside || !atomic_load(&active) || sim_vm_entered()) /* an engine unmaps memory of its own only */
        return false;
    machine_close();
    if (!xnack && !ranges_overlap(start, end)) {
        machine_open();
        return false;
    }
    for (size_t at = range_at(start); at < n_ranges && ranges[at].start < end; at++) {
        uint64_t from = largest(ranges[at].start, start), to = least(ranges[at].end, end);
        machine_cut(from, to);
        tell_unmapped(&ranges[at], from, to);
    }
    ranges_drop(start, end);
    struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; i < machine->n_gpus; i++)
        atomic_fetch_add(&machine->gpu[i].vm.generation, 1); /* what was retried is looked up again */
    return true;
}

void sim_svm_unmap_end(void)
{
    machine_open();
}

/* In the child of a fork. */
void sim_svm_forget(void)
{
    pthread_mutex_init(&svm_lock, NULL);
    n_ranges = 0;
    xnack = xnack_known = false;
    atomic_store(&active, false);
}
