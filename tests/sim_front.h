/*
 * sim_front.h - a hand-made simulated GPU with one queue, for the tests of the front end: no kernel driver,
 * no preload. What engines tell the kernel driver is recorded.
 */
#ifndef KFDFS_TESTS_SIM_FRONT_H
#define KFDFS_TESTS_SIM_FRONT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "sim/kernel/kernel.h"
#include "sim/front/engine.h"
#include "sim/models.h"
#include "sim/relax.h"

enum {
    FRONT_VRAM = 64 << 20,
    FRONT_RING = 4096,
    /* layout of the heap; GPU addresses are FRONT_VA + offset. The first 32 MiB are mapped, all access. */
    FRONT_MAPPED = 32 << 20,
    FRONT_RING_AT = 0,           /* the ring */
    FRONT_POINTERS_AT = 1 << 16, /* rptr at +128, wptr at +56, as in an AQL queue's structure */
    FRONT_DATA_AT = 1 << 20,
};
#define FRONT_VA 0x7f0000000000ull

/* A program under ThreadSanitizer would sleep for a second at the end of every test. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}

struct front {
    struct sim_gpu gpu;
    struct sim_queue queue;
    uint64_t wptr;         /* of the test's own packet writer, bytes */
    uint64_t *client_page; /* the doorbells as a client maps them, or NULL */
};

struct front_calls {
    _Atomic unsigned interrupts, faults, exceptions;
    _Atomic uint32_t event_id;
    _Atomic uint64_t va;
    _Atomic unsigned access;
    _Atomic bool not_present;
};
static struct front_calls front_calls;

static inline void front_interrupt(struct sim_gpu *gpu, uint32_t event_id)
{
    (void)gpu;
    front_calls.event_id = event_id;
    front_calls.interrupts++;
}

static inline void front_fault(struct sim_gpu *gpu, uint64_t va, unsigned access, bool not_present)
{
    front_calls.va = va;
    front_calls.access = access;
    front_calls.not_present = not_present;
    atomic_store(&gpu->evicted, true);
    front_calls.faults++;
}

static inline void front_exception(struct sim_gpu *gpu, unsigned reset_type, unsigned cause, bool memory_lost)
{
    (void)gpu;
    (void)reset_type;
    (void)cause;
    (void)memory_lost;
    front_calls.exceptions++;
}

static inline void *front_host(struct front *f, uint64_t offset)
{
    return f->gpu.vram.base + offset;
}

static inline uint64_t front_va(uint64_t offset)
{
    return FRONT_VA + offset;
}

/* A sleep that only bounds how long a failing test takes, or gives something the chance to go wrong. */
static inline void front_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* Waits (10 s at most) until the expression holds. */
#define front_until(expression)                                            \
    do {                                                                   \
        uint64_t front_end = sim_engine_now() + 10000000000ull;            \
        unsigned front_round = 0;                                          \
        while (!(expression) && sim_engine_now() < front_end)              \
            sim_relax(front_round++);                                      \
        ck_assert_msg((expression), "waited in vain for %s", #expression); \
    } while (0)

static inline void front_gpu(struct front *f, const char *model)
{
    memset(f, 0, sizeof *f);
    memset(&front_calls, 0, sizeof front_calls);
    sim_engine_calls.interrupt = front_interrupt;
    sim_engine_calls.memory_fault = front_fault;
    sim_engine_calls.hw_exception = front_exception;
    f->gpu.model = sim_model_find(model, strlen(model));
    ck_assert_ptr_nonnull(f->gpu.model);
    ck_assert_int_eq(sim_heap_init(&f->gpu.vram, "front", FRONT_VRAM, 1), 0);
    uint64_t offset;
    ck_assert_int_eq(sim_heap_alloc(&f->gpu.vram, FRONT_VRAM, true, &offset), 0);
    ck_assert_uint_eq(offset, 0);
    ck_assert_int_eq(sim_vm_init(&f->gpu.vm), 0);
    ck_assert_int_eq(sim_vm_map(&f->gpu.vm, FRONT_VA, FRONT_MAPPED, f->gpu.vram.base,
                                SIM_VM_READ | SIM_VM_WRITE | SIM_VM_EXEC),
                     0);
    f->gpu.doorbell_fd = memfd_create("front-doorbells", MFD_CLOEXEC);
    ck_assert_int_eq(ftruncate(f->gpu.doorbell_fd, 8192), 0);
    f->gpu.doorbells = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f->gpu.doorbell_fd, 0);
    ck_assert(f->gpu.doorbells != MAP_FAILED);
}

static inline void front_queue(struct front *f, struct sim_queue *q, enum sim_queue_type type, unsigned id,
                               unsigned doorbell)
{
    uint64_t pointers = FRONT_POINTERS_AT + id * 4096u, ring = FRONT_RING_AT + id * FRONT_RING;
    *q = (struct sim_queue){.gpu = &f->gpu,
                            .type = type,
                            .id = id,
                            .ring = front_host(f, ring),
                            .ring_va = front_va(ring),
                            .ring_bytes = FRONT_RING,
                            .rptr = front_host(f, pointers + 128),
                            .wptr = front_host(f, pointers + 56),
                            .rptr_va = front_va(pointers + 128),
                            .wptr_va = front_va(pointers + 56),
                            .doorbell = (_Atomic uint64_t *)f->gpu.doorbells + doorbell,
                            .doorbell_index = doorbell};
}

/* Maps the doorbells once more, as the client would through /dev/kfd. */
static inline uint64_t *front_client(struct front *f)
{
    uint64_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f->gpu.doorbell_fd, 0);
    ck_assert(page != MAP_FAILED);
    sim_mapped(f->gpu.doorbell_fd, 0, page, 8192);
    return page;
}

/* ---- SDMA: the test's own packet writer ---- */

static inline void front_put(struct front *f, const uint32_t *dwords, size_t n)
{
    for (size_t i = 0; i < n; i++, f->wptr += 4)
        ((uint32_t *)f->queue.ring)[f->wptr % FRONT_RING / 4] = dwords[i];
}
#define front_packet(f, ...) \
    front_put(f, (uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define LO(va) ((uint32_t)(va))
#define HI(va) ((uint32_t)((uint64_t)(va) >> 32))

static inline void front_ring(struct front *f)
{
    atomic_store(f->queue.wptr, f->wptr);
    atomic_store(f->queue.doorbell, f->wptr);
}

static inline void front_done(struct front *f)
{
    front_ring(f);
    front_until(atomic_load(f->queue.rptr) == f->wptr);
}

#endif
