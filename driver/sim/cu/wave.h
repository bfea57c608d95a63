/*
 * wave.h - waves: their registers and state, and how a decoded instruction is executed.
 *
 * exec_*.c have one function per mnemonic, bound by name. Registers are stored lane by lane, 64 lanes apart,
 * so that a function works on a whole wave with the host's vectors.
 */
#ifndef KFDFS_SIM_WAVE_H
#define KFDFS_SIM_WAVE_H

#include <isa/isa.h>

#include <stdatomic.h>
#include "compute.h"
#include "sim/memory/vm.h"

struct isa_binding { /* exec_*.c export NULL-terminated arrays of these; names as in the table */
    const char *name;
    isa_exec_fn *exec;
};
extern const struct isa_binding
    isa_exec_scalar[]; /* exec_scalar.c: SOP*, SMEM, branches, messages, hardware registers */
extern const struct isa_binding isa_exec_vector[]; /* exec_vector.c and friends: VOP* */
extern const struct isa_binding
    isa_exec_memory[]; /* exec_memory.c: DS, FLAT, GLOBAL, SCRATCH, MUBUF, cache control */

/* ---- waves ---- */

enum isa_state {
    ISA_RUNNING,
    ISA_BARRIER, /* waits for its group (s_barrier) */
    ISA_ENDED,   /* s_endpgm */
    ISA_FAULTED, /* memory: fault_va, fault_access, fault_not_present */
    ISA_ILLEGAL, /* unknown or unimplemented instruction at pc */
    ISA_TRAPPED, /* s_trap with the id in trap_id */
    ISA_HALTED,  /* for good: by a trap handler */
};

struct sim_dispatch;
struct sim_vm;

enum { ISA_BARRIER_GROUP, ISA_BARRIER_TRAP, ISA_BARRIERS }; /* gfx12 */

struct isa_group { /* a running work-group */
    struct sim_dispatch *dispatch;
    uint32_t id[3];
    uint64_t index; /* in the grid, counted in the order of starting */
    uint8_t *lds;
    uint32_t lds_bytes; /* allocated; accesses past it read 0 and are dropped */
    unsigned xcc;
    unsigned n_waves;
    struct isa_wave **waves;
    unsigned barrier_signals[ISA_BARRIERS]; /* waves that have come to it */
};

enum { ISA_TLB = 16 };

struct isa_wave {
    enum isa_generation generation;
    unsigned lanes; /* 32 or 64 */
    uint64_t pc;    /* of the instruction being executed; functions that branch set next_pc */
    uint64_t next_pc;
    bool scc;
    uint32_t (*vgpr)[64];
    uint32_t (*agpr)[64]; /* also inside the unified file; NULL where there are none */
    unsigned n_vgprs, n_agprs;
    uint32_t mode; /* MODE register: round 3:0, denorm 7:4, dx10_clamp 8, ieee 9, ... */
    uint32_t status, trapsts;
    unsigned wave_in_group, slot; /* slot: which scratch area */
    struct isa_group *group;
    struct sim_vm *vm;
    uint64_t scratch_va;    /* this wave's scratch, lane 0 dword 0 (architected flat scratch base) */
    uint32_t scratch_bytes; /* per lane */
    uint64_t shared_base, private_base; /* apertures of generic addresses */
    enum isa_state state;
    uint64_t fault_va;
    unsigned fault_access;
    bool fault_not_present;
    unsigned trap_id;
    bool privileged, halted;   /* in a trap handler; to be halted when it returns */
    unsigned barrier_complete; /* a bit each: complete, and not yet waited for */
    bool gws_waits;            /* at ds_gws_sema_p or ds_gws_barrier (exec_gws.c) */
    uint32_t gws_since;
    bool yield;            /* set by s_sleep and the like: run another wave first */
    bool code_old;         /* set by s_icache_inv: what was decoded is to be compared with memory again */
    uint64_t instructions; /* executed */
    uint64_t noise;        /* what vector registers from noise_from on hold, but not yet have; 0: they have */
    unsigned noise_from;
    struct op_state *ops; /* of the host thread that runs it, meanwhile (op.h) */
    /* By encoding: VCC 106, TTMP 108, M0 124 (on every generation), EXEC 126; and two for a pair that begins
     * at the last. */
    uint32_t sgpr[130];
    /* Ranges of a VM seen lately; valid while tlb_generation equals the generation of the wave's. */
    uint64_t tlb_generation;
    unsigned tlb_next; /* to be replaced */
    struct isa_tlb {
        uint64_t start, end;
        uint8_t *host;
        unsigned access;
    } tlb[ISA_TLB];
};

static inline uint64_t isa_sgpr64(const struct isa_wave *w, unsigned reg)
{
    return w->sgpr[reg] | (uint64_t)w->sgpr[reg + 1] << 32;
}
static inline void isa_sgpr64_set(struct isa_wave *w, unsigned reg, uint64_t value)
{
    w->sgpr[reg] = (uint32_t)value;
    w->sgpr[reg + 1] = (uint32_t)(value >> 32);
}
/* Active lanes; on wave32 the high half is 0. */
static inline uint64_t isa_exec(const struct isa_wave *w)
{
    return w->lanes == 32 ? w->sgpr[ISA_EXEC] : isa_sgpr64(w, ISA_EXEC);
}
static inline uint64_t isa_vcc(const struct isa_wave *w)
{
    return w->lanes == 32 ? w->sgpr[ISA_VCC] : isa_sgpr64(w, ISA_VCC);
}

/* Scalar operand as 32 or 64 bits (SGPR, constant, special, null); in exec_operand.c. */
uint32_t isa_read32(const struct isa_wave *w, const struct isa_operand *op);
uint64_t isa_read64(const struct isa_wave *w, const struct isa_operand *op);
void isa_write32(struct isa_wave *w, const struct isa_operand *op, uint32_t value);
void isa_write64(struct isa_wave *w, const struct isa_operand *op, uint64_t value);
/* A lane mask operand: 64 bits on wave64, 32 on wave32. */
uint64_t isa_read_mask(const struct isa_wave *w, const struct isa_operand *op);
void isa_write_mask(struct isa_wave *w, const struct isa_operand *op, uint64_t value);

/* Host address of bytes at GPU address va for that access (SIM_VM_*), or NULL after having put the wave into
 * ISA_FAULTED. The caller is inside sim_vm_enter(). In exec_memory.c. */
void *isa_memory(struct isa_wave *w, uint64_t va, unsigned bytes, unsigned access);

/* Traps (trap.c). Sends a wave that has stopped for an exception or s_trap into the program's trap handler;
 * false: there is none, or it is in it. */
bool sim_trap_enter(struct isa_wave *w);
void sim_trap_return(struct isa_wave *w, uint64_t pc); /* s_rfe_b64 */
/* Hardware registers that only a trap handler may touch; false: not one of these, or not allowed. */
bool sim_trap_setreg(struct isa_wave *w, unsigned id, uint32_t value, uint32_t mask);
bool sim_trap_getreg(const struct isa_wave *w, unsigned id, uint32_t *value);
void sim_trap_interrupt(const struct isa_wave *w, uint32_t data); /* MSG_INTERRUPT with that in M0 */
uint32_t isa_status(const struct isa_wave *w);                    /* the STATUS register; in exec_control.c */
uint32_t isa_hw_id(const struct isa_wave *w);                     /* HW_ID or HW_ID1; in group.c */

/* Vector registers that were left for later get what they hold. In group.c. */
void isa_noise_fill(struct isa_wave *w);

/* Fills exec of a decoded instruction (and of its pair) by name; it stays NULL where there is no function. In
 * wave.c. */
void isa_bind(struct isa_inst *inst);

/* Runs until the state changes, yield is set, or budget instructions are done. The caller is inside
 * sim_vm_enter(). Decoded instructions are kept in the cache (one per host thread). In wave.c. */
struct isa_cache;
struct isa_cache *isa_cache_new(void);
void isa_cache_free(struct isa_cache *cache);
/* Code that has changed since the last call may run as it was; after this one it is seen. In op_code.c. */
void isa_cache_renew(struct isa_cache *cache);
enum isa_state isa_run(struct isa_wave *w, struct isa_cache *cache, unsigned budget);

#endif
