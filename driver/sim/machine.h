/*
 * machine.h - the one simulated machine of this process: its options, its GPUs, its clock, and its reports.
 *
 * Options come from KFDFS_SIM and KFDFS_SIM_OPTS. Nothing exists before the first access: no thread,
 * descriptor or mapping is made in a constructor.
 *
 * Who calls whom, top down:  libc -> kernel -> front -> cu -> memory
 */
#ifndef KFDFS_SIM_MACHINE_H
#define KFDFS_SIM_MACHINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/gws.h"
#include "sim/memory/heap.h"
#include "sim/memory/vm.h"

/* ---- options and models (models.c) ---- */

enum { SIM_MAX_GPUS = 64 };

enum sim_sdma_version {
    SIM_SDMA_4_4_0,
    SIM_SDMA_4_4_2,
    SIM_SDMA_4_4_5,
    SIM_SDMA_5_2,
    SIM_SDMA_6_0,
    SIM_SDMA_7_0
};

struct sim_model; /* one row per card: numbers as real cards publish them; models.h has the fields */

struct sim_options {    /* from KFDFS_SIM_OPTS, "kfd=1.11,ram=4G,seed=7,serial,svm,hostile" */
    unsigned kfd_minor; /* 17 by default, at most 23 */
    uint64_t bar_bytes; /* of VRAM that the CPU sees; 0: all of it */
    uint64_t ram_bytes; /* budget of host memory; half of MemAvailable by default */
    uint64_t seed;      /* of all noise; 1 by default */
    bool serial;        /* work-groups on one thread, one after the other */
    bool hostile;       /* hostile.h */
    bool svm;           /* the kernel was built with shared virtual memory */
};

/* ---- the machine (machine.c) ---- */

struct sim_process;

/* As one process sees it. What belongs to the card itself is where sim_gpu_card() says. */
struct sim_gpu {
    const struct sim_model *model;
    struct sim_process *process; /* a secondary one (kernel/context.h), or NULL */
    struct sim_gpu *card;        /* NULL: itself */
    unsigned index;
    uint32_t node, gpu_id, render_minor;
    unsigned hive, hive_rank;  /* index of its hive's first GPU, and its place there */
    struct sim_heap vram, gtt; /* gtt: system memory handed to this GPU */
    struct sim_vm vm;
    _Atomic bool
        evicted; /* a memory fault took the queues of this process; queues made later start evicted */
    _Atomic bool suspended;     /* the kernel has taken all queues off, for a while */
    _Atomic bool lost;          /* off the bus */
    _Atomic uint64_t dead_sdma; /* bit of each SDMA engine that does nothing */
    _Atomic uint64_t tba, tma;  /* of the program's trap handler; 0: none */
    struct sim_gws gws;
    _Atomic unsigned resets, throttles; /* as SMI events count them */
    _Atomic unsigned losses;            /* of its VRAM, to resets */
    uint64_t fault_va; /* of the last memory fault, with its status register; under the event lock */
    uint32_t fault_status;
    int doorbell_fd;         /* memfd of the process's doorbell slice, 8192 bytes */
    uint64_t *doorbells;     /* the simulator's own view of it */
    struct sim_gpu_kfd *kfd; /* kfd.c's own state (VM acquired, buffers, ...) */
};

/* Its memory, resets and broken parts are of all processes. */
static inline struct sim_gpu *sim_gpu_card(const struct sim_gpu *gpu)
{
    return gpu->card ? gpu->card : (struct sim_gpu *)gpu;
}

struct sim_machine {
    struct sim_options options;
    unsigned n_gpus;
    struct sim_gpu gpu[SIM_MAX_GPUS];
};

/* NULL when KFDFS_SIM is unset or wrong (told once on stderr). "none" is a machine with 0 GPUs. */
struct sim_machine *sim_machine(void);
/* The same, but the GPUs' memory may not exist yet: enough for paths, ids and properties. */
struct sim_machine *sim_machine_described(void);
/* Has it all been made? */
bool sim_machine_complete(void);
struct sim_gpu *sim_gpu_by_id(uint32_t gpu_id); /* NULL: no such */
struct sim_gpu *sim_gpu_by_minor(uint32_t render_minor);
uint64_t sim_clock(const struct sim_gpu *gpu);    /* the GPU's counter now */
uint64_t sim_clock_hz(const struct sim_gpu *gpu); /* 100 MHz (gfx90a 25 MHz) */
/* One line about a thing that the simulated hardware met and a person must know (an unknown instruction,
 * packet or register): to stderr, prefixed "kfdsim: ", and kept for sim_last_report(). */
void sim_report(const struct sim_gpu *gpu, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_last_report(char *to, size_t size); /* the last such line, without prefix; "" if none */
uint64_t sim_host_memory(void);              /* bytes of this host's memory */

#endif
