/*
 * stopped.c - keeps the wave that stopped last on each GPU (stopped.h).
 *
 * The text lies in shared memory that outlives an exec: a program that loses its queues to a fault may well
 * start anew, and the wave is to be read after that.
 */
#include "stopped.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instruction.h"
#include "sim/machine.h"
#include "sim/memory/heap.h"
#include "wave.h"

enum { KEPT_BYTES = 1 << 19, N_SGPRS = 106 };

struct kept { /* what lies in the shared memory */
    uint64_t length;
    char text[KEPT_BYTES - sizeof(uint64_t)];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the rest */
static struct kept *kept_of[SIM_MAX_GPUS];

/* Under the lock. NULL: there is none. */
static struct kept *kept_find(const struct sim_gpu *gpu, bool make)
{
    struct kept **at = &kept_of[gpu->index];
    char name[32];
    void *base;
    if (*at)
        return *at;
    snprintf(name, sizeof name, "kfdsim-wave-%u", gpu->index);
    int fd = sim_memfd_inherit(name, KEPT_BYTES, &base);
    if (fd == -ENOENT && make)
        fd = sim_memfd_make(name, KEPT_BYTES, &base);
    if (fd < 0)
        return NULL;
    sim_memfd_keep(fd, KEPT_BYTES); /* else it is gone after an exec */
    return *at = base;
}

/* ---- the text ---- */

static void add(struct kept *kept, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct kept *kept, const char *format, ...)
{
    size_t room = sizeof kept->text - kept->length;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(kept->text + kept->length, room, format, args);
    va_end(args);
    if (n > 0)
        kept->length += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_instruction(struct kept *kept, struct isa_wave *w)
{
    struct sim_instruction at;
    char text[256];
    sim_instruction_read(&at, w->vm, w->generation, w->lanes, w->pc, SIM_VM_EXEC);
    sim_instruction_text(&at, text, sizeof text);
    add(kept, "instruction %s\n", text);
}

static void add_rows(struct kept *kept, const struct isa_wave *w, char kind, uint32_t (*rows)[64], unsigned n)
{
    for (unsigned i = 0; rows && i < n; i++) {
        add(kept, "%c%u", kind, i);
        for (unsigned lane = 0; lane < w->lanes; lane++)
            add(kept, " %08x", rows[i][lane]);
        add(kept, "\n");
    }
}

static void add_wave(struct kept *kept, struct isa_wave *w, const char *reason)
{
    const struct isa_group *g = w->group;
    add(kept, "reason %s\n", reason);
    add(kept, "code 0x%llx\n", (unsigned long long)g->dispatch->code_va);
    add(kept, "group %u %u %u\nwave %u\nlanes %u\n", g->id[0], g->id[1], g->id[2], w->wave_in_group,
        w->lanes);
    add(kept, "pc 0x%llx\n", (unsigned long long)w->pc);
    add_instruction(kept, w);
    add(kept, "exec 0x%llx\nvcc 0x%llx\nscc %d\nm0 0x%x\n", (unsigned long long)isa_exec(w),
        (unsigned long long)isa_vcc(w), w->scc, w->sgpr[ISA_M0]);
    add(kept, "mode 0x%x\nstatus 0x%x\nlds_bytes %u\n", w->mode, isa_status(w), g->lds_bytes);
    for (unsigned i = 0; i < N_SGPRS; i++)
        add(kept, "s%u 0x%08x\n", i, w->sgpr[i]);
    add_rows(kept, w, 'v', w->vgpr, w->n_vgprs);
    add_rows(kept, w, 'a', w->agpr, w->n_agprs);
}

void sim_stopped_keep(const struct sim_gpu *gpu, struct isa_wave *w, const char *reason)
{
    pthread_mutex_lock(&lock);
    struct kept *kept = kept_find(gpu, true);
    if (kept) {
        kept->length = 0;
        add_wave(kept, w, reason);
    }
    pthread_mutex_unlock(&lock);
}

char *sim_stopped_text(struct sim_gpu *gpu, size_t *length)
{
    pthread_mutex_lock(&lock);
    const struct kept *kept = kept_find(gpu, false);
    char *text = kept && kept->length < sizeof kept->text ? malloc(kept->length + 1) : NULL;
    if (text) {
        *length = kept->length;
        memcpy(text, kept->text, kept->length);
    }
    pthread_mutex_unlock(&lock);
    return text;
}
