/*
 * count.c - counts executions of instructions (count.h).
 *
 * A page of code has a page of counters, found by hashing its address and never taken away, so that host
 * threads count without a lock. An operation may stand for several instructions: those behind its first are
 * told when the text is made.
 */
#include "count.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instruction.h"
#include "op.h"
#include "sim/machine.h"
#include "sim/models.h"

enum { BUCKETS = 1024, SLOTS = 1024, PAGE = 4096 };

struct counters { /* of a page of code */
    struct counters *next;
    const struct sim_vm *vm;
    uint64_t va;
    unsigned lanes; /* of the waves that run it */
    _Atomic uint64_t runs[SLOTS], active[SLOTS];
    uint8_t instructions[SLOTS]; /* that the operation there stands for */
};

_Atomic unsigned sim_counting_gpus;
static _Atomic bool counting[SIM_MAX_GPUS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards adding to buckets */
static _Atomic(struct counters *) buckets[BUCKETS];

static _Atomic(struct counters *) *bucket_of(uint64_t va)
{
    return &buckets[va / PAGE % BUCKETS];
}

static struct counters *find(const struct sim_vm *vm, uint64_t va, unsigned lanes)
{
    struct counters *c = atomic_load_explicit(bucket_of(va), memory_order_acquire);
    while (c && (c->vm != vm || c->va != va || c->lanes != lanes))
        c = c->next;
    return c;
}

static struct counters *find_or_make(const struct sim_vm *vm, uint64_t va, unsigned lanes)
{
    struct counters *c = find(vm, va, lanes);
    if (c)
        return c;
    pthread_mutex_lock(&lock);
    c = find(vm, va, lanes);
    if (!c && (c = calloc(1, sizeof *c))) {
        c->vm = vm;
        c->va = va;
        c->lanes = lanes;
        c->next = atomic_load(bucket_of(va));
        atomic_store_explicit(bucket_of(va), c, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return c;
}

void sim_count(const struct isa_wave *w, const struct isa_op *op)
{
    const struct op_state *s = w->ops;
    struct counters *c = find_or_make(w->vm, s->page_va, w->lanes);
    if (!c)
        return;
    size_t slot = (size_t)(op - s->ops);
    atomic_fetch_add_explicit(&c->runs[slot], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->active[slot], (uint64_t)__builtin_popcountll(isa_exec(w)),
                              memory_order_relaxed);
    __atomic_store_n(&c->instructions[slot], op->count, __ATOMIC_RELAXED);
}

/* ---- on and off ---- */

static void clear(const struct sim_vm *vm)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct counters *c = atomic_load_explicit(&buckets[i], memory_order_acquire); c; c = c->next)
            for (unsigned slot = 0; c->vm == vm && slot < SLOTS; slot++) {
                atomic_store_explicit(&c->runs[slot], 0, memory_order_relaxed);
                atomic_store_explicit(&c->active[slot], 0, memory_order_relaxed);
            }
}

void sim_count_switch(struct sim_gpu *gpu, bool on)
{
    if (on)
        clear(&gpu->vm);
    if (atomic_exchange(&counting[gpu->index], on) != on)
        atomic_fetch_add(&sim_counting_gpus, on ? 1u : ~0u);
}

bool sim_count_is_on(const struct sim_vm *vm)
{
    const struct sim_machine *machine = sim_machine();
    for (unsigned i = 0; machine && i < machine->n_gpus; i++)
        if (&machine->gpu[i].vm == vm)
            return atomic_load_explicit(&counting[i], memory_order_relaxed);
    return false;
}

/* ---- text ---- */

struct text {
    char *at;
    size_t length, room;
    bool failed;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...)
{
    va_list args;
    if (t->room - t->length < 512) {
        size_t room = t->room * 2 + 4096;
        char *at = realloc(t->at, room);
        t->failed |= !at;
        if (!at)
            return;
        t->at = at;
        t->room = room;
    }
    va_start(args, format);
    int n = vsnprintf(t->at + t->length, 512, format, args);
    va_end(args);
    t->length += n < 512 ? (size_t)n : 511;
}

static int by_address(const void *a, const void *b)
{
    const struct counters *const *x = a, *const *y = b;
    return (*x)->va < (*y)->va ? -1 : (*x)->va > (*y)->va;
}

static void add_slot(struct text *t, struct sim_gpu *gpu, struct counters *c, unsigned slot)
{
    uint64_t runs = atomic_load_explicit(&c->runs[slot], memory_order_relaxed), va = c->va + slot * 4;
    uint64_t active = atomic_load_explicit(&c->active[slot], memory_order_relaxed);
    unsigned n = __atomic_load_n(&c->instructions[slot], __ATOMIC_RELAXED);
    for (unsigned i = 0; runs && i < n; i++) {
        struct sim_instruction now;
        char text[256];
        sim_instruction_read(&now, &gpu->vm, gpu->model->generation, c->lanes, va, SIM_VM_READ);
        unsigned bytes = sim_instruction_text(&now, text, sizeof text);
        add(t, "0x%llx %llu %.1f %s\n", (unsigned long long)va, (unsigned long long)runs,
            100.0 * (double)active / ((double)runs * c->lanes), text);
        va += bytes;
    }
}

char *sim_count_text(struct sim_gpu *gpu, size_t *length)
{
    struct text t = {0};
    struct counters **pages = NULL;
    size_t n = 0;
    add(&t, "# address executed lanes_percent instruction\n");
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct counters *c = atomic_load(&buckets[i]); c; c = c->next) {
            struct counters **more =
                c->vm == &gpu->vm ? realloc(pages, (n + 1) * sizeof(struct counters *)) : NULL;
            if (!more)
                continue;
            pages = more;
            pages[n++] = c;
        }
    pthread_mutex_unlock(&lock);
    if (n)
        qsort(pages, n, sizeof(struct counters *), by_address);
    sim_vm_enter(&gpu->vm);
    for (size_t i = 0; i < n; i++)
        for (unsigned slot = 0; slot < SLOTS; slot++)
            add_slot(&t, gpu, pages[i], slot);
    sim_vm_leave(&gpu->vm);
    free(pages);
    if (t.failed) {
        free(t.at);
        return NULL;
    }
    *length = t.length;
    return t.at;
}
