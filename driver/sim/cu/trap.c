/*
 * trap.c - what happens to a wave that trapped: the way through the kernel's first-level trap handler into
 * the program's, back again, and the interrupt that it may raise on the way.
 *
 * The first level is not run as code, its effect is: it saves a status register, fetches the second level's
 * addresses, and on gfx9 halts a wave with an illegal instruction or an aperture violation and sets its PC
 * back. Facts: amdkfd cwsr_trap_handler_gfx{9,10,12}.asm; hardware registers and their fields from LLVM's
 * SIDefines.h; from the interrupt on kfd_int_process_v9.c and kfd_debug.c (kfd_set_dbg_ev_from_interrupt,
 * kfd_dbg_send_exception_to_runtime).
 */
#include <string.h>

#include "compute.h"
#include "exec_scalar.h"
#include "sim/models.h"

enum {
    TRAPSTS_MEM_VIOL = 1 << 8,
    TRAPSTS_ILLEGAL = 1 << 11,
    FLAG_PRIV_MEM_VIOL = 1 << 4, /* gfx12: EXCP_FLAG_PRIV */
    FLAG_PRIV_ILLEGAL = 1 << 6,
    STATE_PRIV_BARRIER = 2, /* gfx12: BARRIER_COMPLETE */
    STATE_PRIV_SCC = 9,
    STATE_PRIV_HALT = 14,
    STATUS_HALT = 13,
    GFX9_REWIND = 8,
    TRAP_ID_MAX_GFX12 = 15,
};

/* An address that is in neither half of the address space, and in no aperture. */
static bool outside_apertures(uint64_t va)
{
    uint64_t high = va >> 47;
    return high != 0 && high != UINT64_MAX >> 47;
}

/* The exception's bit in TRAPSTS or EXCP_FLAG_PRIV; 0: not one that traps. */
static uint32_t exception_of(const struct isa_wave *w)
{
    bool gfx12 = w->generation >= ISA_GFX12;
    if (w->state == ISA_ILLEGAL)
        return gfx12 ? FLAG_PRIV_ILLEGAL : TRAPSTS_ILLEGAL;
    if (w->state == ISA_FAULTED && outside_apertures(w->fault_va))
        return gfx12 ? FLAG_PRIV_MEM_VIOL : TRAPSTS_MEM_VIOL;
    return 0;
}

static void save_status(struct isa_wave *w, bool halt)
{
    if (w->generation >= ISA_GFX12)
        w->sgpr[ISA_TTMP0 + 12] = (uint32_t)w->scc << STATE_PRIV_SCC | (uint32_t)halt << STATE_PRIV_HALT;
    else
        w->sgpr[ISA_TTMP0 + 12] = isa_status(w) | (uint32_t)halt << STATUS_HALT;
}

bool sim_trap_enter(struct isa_wave *w)
{
    const struct sim_dispatch *dispatch = w->group->dispatch;
    uint32_t exception = exception_of(w), id = w->state == ISA_TRAPPED ? w->trap_id : 0;
    uint64_t tba = atomic_load(&dispatch->gpu->tba), tma = atomic_load(&dispatch->gpu->tma), pc = w->pc;
    if (!tba || w->privileged || !dispatch->gpu->model->traps_reach_handler || (!exception && !id))
        return false;
    bool gfx9 = w->generation < ISA_GFX10_3, gfx12 = w->generation >= ISA_GFX12;
    if (gfx9 && exception)
        pc -= GFX9_REWIND;
    if (gfx12 && id > TRAP_ID_MAX_GFX12)
        id = TRAP_ID_MAX_GFX12;
    w->trapsts |= exception;
    save_status(w, gfx9 && exception);
    w->sgpr[ISA_TTMP0] = (uint32_t)pc;
    w->sgpr[ISA_TTMP0 + 1] = (uint32_t)(pc >> 32 & 0xffff) | id << (gfx12 ? 28 : 16);
    isa_sgpr64_set(w, ISA_TTMP0 + 14, tma);
    w->pc = tba;
    w->privileged = true;
    w->state = ISA_RUNNING;
    return true;
}

void sim_trap_return(struct isa_wave *w, uint64_t pc)
{
    w->next_pc = pc;
    w->privileged = false;
    if (w->halted)
        w->state = ISA_HALTED;
}

bool sim_trap_setreg(struct isa_wave *w, unsigned id, uint32_t value, uint32_t mask)
{
    enum { HWREG_STATUS = 2, HWREG_STATE_PRIV = 4, HWREG_IB_STS = 7 };
    bool gfx12 = w->generation >= ISA_GFX12;
    if (!w->privileged)
        return false;
    if (!gfx12 && id == HWREG_IB_STS)
        return true; /* nothing is replayed here */
    if (id != (gfx12 ? HWREG_STATE_PRIV : HWREG_STATUS))
        return false;
    if (mask >> (gfx12 ? STATE_PRIV_SCC : 0) & 1)
        w->scc = value >> (gfx12 ? STATE_PRIV_SCC : 0) & 1;
    if (gfx12 && mask >> STATE_PRIV_BARRIER & 1)
        w->barrier_complete = (w->barrier_complete & ~(1u << ISA_BARRIER_GROUP)) |
                              (value >> STATE_PRIV_BARRIER & 1) << ISA_BARRIER_GROUP;
    if (mask >> (gfx12 ? STATE_PRIV_HALT : STATUS_HALT) & 1)
        w->halted = value >> (gfx12 ? STATE_PRIV_HALT : STATUS_HALT) & 1;
    return true;
}

bool sim_trap_getreg(const struct isa_wave *w, unsigned id, uint32_t *value)
{
    enum { HWREG_STATE_PRIV = 4, HWREG_IB_STS = 7, HWREG_FLAG_PRIV = 17, HWREG_FLAG_USER, HWREG_TRAP_CTRL };
    if (!w->privileged)
        return false;
    *value = 0; /* no math exception is ever raised, nor enabled */
    if (w->generation < ISA_GFX12)
        return id == HWREG_IB_STS;
    if (id == HWREG_STATE_PRIV)
        *value = (uint32_t)w->scc << STATE_PRIV_SCC | (w->barrier_complete >> ISA_BARRIER_GROUP & 1)
                                                          << STATE_PRIV_BARRIER;
    else if (id == HWREG_FLAG_PRIV)
        *value = w->trapsts;
    else
        return id == HWREG_FLAG_USER || id == HWREG_TRAP_CTRL;
    return true;
}

void sim_trap_interrupt(const struct isa_wave *w, uint32_t data)
{
    const struct sim_dispatch *dispatch = w->group ? w->group->dispatch : NULL;
    if (dispatch && dispatch->owner)
        dispatch->owner->interrupt(dispatch->queue, data, w->privileged);
}
