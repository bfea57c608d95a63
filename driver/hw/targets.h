/*
 * targets.h - what the driver must know of a GPU by its target: one row each, asked by property, never by
 * name.
 */
#ifndef KFDFS_TARGETS_H
#define KFDFS_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "trap.h"

#include "isa/isa.h"

struct target {
    const char *name;     /* "gfx942" */
    uint32_t gfx_version; /* as sysfs has it: major * 10000 + minor * 100 + stepping */
    uint32_t elf_mach;    /* EF_AMDGPU_MACH of its own code objects */
    enum isa_generation isa;
    uint32_t generic_mach; /* of the generic target whose code it also runs; 0: none */
    const char *generic_name;
    bool has_features;  /* code is made for sramecc and xnack on or off; which they are, the kernel tells */
    uint32_t lds_bytes; /* of a work-group, at most */
    uint32_t counter_hz;

    /* Context save area (sizes of the fallback where the kernel does not publish them). */
    uint32_t cwsr_vgpr_bytes;       /* per CU */
    uint32_t cwsr_waves_per_cu;     /* at most */
    uint32_t cwsr_waves_per_engine; /* at most; 0: no such limit */
    uint32_t cwsr_stack_wave_bytes;
    uint32_t cwsr_stack_max; /* 0: no limit */
    bool aql_eop;            /* AQL queues get an EOP buffer */
    bool cu_pairs;           /* CU masks turn compute units on and off by twos (WGPs) */

    /* SDMA */
    uint32_t sdma_copy_bytes, sdma_fill_bytes; /* per packet, at most what we use */
    uint32_t sdma_fence_header;                /* bits that FENCE wants beside its opcode */
    uint32_t sdma_rect_xy_bits;                /* of a rectangle's width and height */
    uint32_t sdma_rect_pitch_shift;            /* where its pitch begins, up to bit 31 */
    bool sdma_gcr;                             /* caches are the packet stream's to flush (GCR_REQ) */

    /* Scratch of compute queues */
    uint32_t scratch_unit;   /* granule of TMPRING_SIZE.WAVESIZE, bytes */
    uint32_t scratch_units;  /* largest value of that field */
    bool scratch_per_engine; /* TMPRING_SIZE.WAVES counts per shader engine, not per XCC */
    uint32_t srd_word1, srd_word3;
    bool srd_index_stride; /* lanes of a wave also go into word 3, where the processor does not put them */

    const struct trap_code *trap; /* NULL: its waves run no second-level trap handler */

    /* PM4 */
    bool pm4_gcr;          /* ACQUIRE_MEM has a seventh dword, of GCR's bits */
    uint32_t pm4_acquire;  /* bits that invalidate every cache */
    uint32_t pm4_release;  /* bits of RELEASE_MEM that write all back */
    uint32_t pm4_rsrc3;    /* register COMPUTE_PGM_RSRC3 */
    uint32_t pm4_lds_unit; /* bytes that RSRC2's LDS size counts in */
    bool pm4_trap_present; /* RSRC2 has the bit that lets waves trap */
    bool pm4_priv;         /* waves must not trap: their context cannot be saved when started by PM4 */
};

const struct target *target_by_gfx_version(uint32_t gfx_version); /* NULL: unknown */
/* The row of that ELF machine, or one of those that a generic one stands for; NULL: not in the table. */
const struct target *target_by_mach(uint32_t mach);
const struct target *target_by_name(const char *name); /* "gfx942"; NULL: unknown */

#endif
