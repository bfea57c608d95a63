/*
 * window.c - where the windows of buffers lie.
 *
 * A buffer that another image of the process takes over must find its addresses free there, however the
 * kernel has shuffled program, libraries and stack. So windows are taken from a part of the address space
 * where it puts none of them by itself, nor does AddressSanitizer (LLVM compiler-rt/lib/asan/asan_mapping.h):
 * below the program at 0x55..., above ASan's shadow memory. Where that fails, the kernel chooses, and under
 * ThreadSanitizer, whose shadow leaves no such part (tsan_platform.h), always.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_THREAD__
enum { TRIES = 0 };
static const uint64_t most = 32ull << 30; /* of 1.5 TiB that eight large GPUs leave */
#else
enum { TRIES = 64 };
static const uint64_t most = 2ull << 40; /* of 63 TiB */
#endif
enum { ALIGN = 2 << 20 };
static const uint64_t first = 0x110000000000, end = 0x500000000000;
static _Atomic uint64_t taken; /* bytes from the first on; it goes round */

static struct {
    pthread_mutex_t lock;
    uint64_t *va; /* reserved for buffers that come over */
    size_t n;
} waiting = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int reserve(uint64_t va, uint64_t window)
{
    void *at = mmap((void *)(uintptr_t)va, window, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == (void *)(uintptr_t)va)
        return 0;
    if (at != MAP_FAILED)
        munmap(at, window);
    return gpu_err(-EADDRINUSE, "the addresses from 0x%" PRIx64 " on are taken", va);
}

int gpu_window_reserve(uint64_t va, uint64_t window)
{
    int rc = reserve(va, window);
    if (rc)
        return rc;
    pthread_mutex_lock(&waiting.lock);
    uint64_t *longer = realloc(waiting.va, (waiting.n + 1) * sizeof *longer);
    if (longer) {
        waiting.va = longer;
        waiting.va[waiting.n++] = va;
    }
    pthread_mutex_unlock(&waiting.lock);
    if (longer)
        return 0;
    munmap((void *)(uintptr_t)va, window);
    return gpu_err(-ENOMEM, "no memory for a list of windows");
}

bool window_claim(uint64_t va)
{
    size_t i = 0;
    pthread_mutex_lock(&waiting.lock);
    while (i < waiting.n && waiting.va[i] != va)
        i++;
    bool found = i < waiting.n;
    if (found)
        waiting.va[i] = waiting.va[--waiting.n];
    if (!waiting.n) {
        free(waiting.va);
        waiting.va = NULL;
    }
    pthread_mutex_unlock(&waiting.lock);
    return found;
}

uint64_t gpu_window_most(void)
{
    return most;
}

int window_take(uint64_t window, void **out)
{
    uint64_t step = align_up(window, ALIGN), room = end - first;
    for (int i = 0; i < TRIES && step <= room; i++) {
        uint64_t at = atomic_fetch_add(&taken, step) % room;
        if (at + step > room || reserve(first + at, window))
            continue;
        *out = (void *)(uintptr_t)(first + at);
        return 0;
    }
    return reserve_addresses(window, ALIGN, out);
}
