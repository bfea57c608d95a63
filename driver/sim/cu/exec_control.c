/*
 * exec_control.c - control flow, waits, messages, clocks and hardware registers of the scalar unit.
 *
 * Invariant: a function that cannot do what the instruction says puts the wave into ISA_ILLEGAL instead of
 * guessing. Memory is in order here, so counters and hints wait for nothing. Facts: AMD's CDNA3 and RDNA3 ISA
 * manuals (SOPP, SOPK, "Hardware Registers", "Send Message"), LLVM's AMDGPUUsage for message and register
 * numbers.
 */
#include "compute.h"
#include "exec_scalar.h"
#include "op.h"
#include "sim/machine.h"

#include <time.h>

/* ---- jumps ---- */

static void jump_if(struct isa_wave *w, const struct isa_inst *inst, bool condition)
{
    if (condition)
        w->next_pc = w->pc + 4 + (uint64_t)((int64_t)inst->imm * 4);
}

static inline const struct isa_op *jump_op(struct isa_wave *w, const struct isa_op *op, bool condition)
{
    if (!condition)
        return op_next(op);
    uint64_t pc = op_pc(w->ops, op) + op->at[0];
    const struct isa_op *to = code_near(w->ops, pc);
    if (!to)
        w->pc = pc;
    return to;
}

#define JUMP(name, condition)                                                          \
    static void name(struct isa_wave *w, const struct isa_inst *inst)                  \
    {                                                                                  \
        jump_if(w, inst, condition);                                                   \
    }                                                                                  \
    static const struct isa_op *name##_op(struct isa_wave *w, const struct isa_op *op) \
    {                                                                                  \
        return jump_op(w, op, condition);                                              \
    }
JUMP(branch, true)
JUMP(cbranch_scc0, !w->scc)
JUMP(cbranch_scc1, w->scc)
JUMP(cbranch_vccz, isa_vcc(w) == 0)
JUMP(cbranch_vccnz, isa_vcc(w) != 0)
JUMP(cbranch_execz, isa_exec(w) == 0)
JUMP(cbranch_execnz, isa_exec(w) != 0)

const struct isa_op_binding isa_ops_control[] = {
    {branch, branch_op},
    {cbranch_scc0, cbranch_scc0_op},
    {cbranch_scc1, cbranch_scc1_op},
    {cbranch_vccz, cbranch_vccz_op},
    {cbranch_vccnz, cbranch_vccnz_op},
    {cbranch_execz, cbranch_execz_op},
    {cbranch_execnz, cbranch_execnz_op},
    {isa_nothing, op_plain},
    {NULL, NULL},
};

static void getpc(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write64(w, &inst->dst, w->pc + 4);
}

/* Addresses of code have 48 bits and are whole words. */
static void setpc(struct isa_wave *w, const struct isa_inst *inst)
{
    w->next_pc = isa_read64(w, &inst->src[0]) & 0xfffffffffffc;
}

static void swappc(struct isa_wave *w, const struct isa_inst *inst)
{
    uint64_t back = w->pc + inst->bytes;
    setpc(w, inst);
    isa_write64(w, &inst->dst, back);
}

static void call(struct isa_wave *w, const struct isa_inst *inst)
{
    isa_write64(w, &inst->dst, w->pc + 4);
    jump_if(w, inst, true);
}

/* ---- a loop that runs each half of EXEC by itself (gfx10, gfx11) ----
 *
 * Facts: RDNA2's manual, "Subvector Execution", and the instructions' text. It is of wave64, and defined for
 * wave32 too, where the high half is a register like others. RDNA3's manual does not have them; LLVM does. */

static void subvector_loop_begin(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *exec = &w->sgpr[ISA_EXEC];
    if (!exec[0] && !exec[1]) {
        jump_if(w, inst, true);
        return;
    }
    isa_write32(w, &inst->dst, exec[0] ? exec[1] : exec[0]);
    if (exec[0])
        exec[1] = 0;
}

static void subvector_loop_end(struct isa_wave *w, const struct isa_inst *inst)
{
    uint32_t *exec = &w->sgpr[ISA_EXEC], kept = isa_read32(w, &inst->dst);
    if (exec[1]) {
        exec[0] = kept;
    } else if (kept) {
        isa_write32(w, &inst->dst, exec[0]);
        exec[1] = kept;
        exec[0] = 0;
        jump_if(w, inst, true);
    }
}

/* ---- jumps for debuggers: nobody sets the flags in STATUS ---- */

enum { COND_DBG_USER = 1 << 20, COND_DBG_SYS = 1 << 21 };

static void cbranch_cdbgsys(struct isa_wave *w, const struct isa_inst *inst)
{
    jump_if(w, inst, w->status & COND_DBG_SYS);
}

static void cbranch_cdbguser(struct isa_wave *w, const struct isa_inst *inst)
{
    jump_if(w, inst, w->status & COND_DBG_USER);
}

static void cbranch_cdbgsys_or_user(struct isa_wave *w, const struct isa_inst *inst)
{
    jump_if(w, inst, w->status & (COND_DBG_SYS | COND_DBG_USER));
}

static void cbranch_cdbgsys_and_user(struct isa_wave *w, const struct isa_inst *inst)
{
    jump_if(w, inst, w->status & COND_DBG_SYS && w->status & COND_DBG_USER);
}

/* ---- the wave's state ---- */

static void icache_inv(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)inst;
    w->code_old = true;
}

void isa_nothing(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)w;
    (void)inst;
}

static void illegal(struct isa_wave *w)
{
    w->state = ISA_ILLEGAL;
}

static void endpgm(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)inst;
    w->state = ISA_ENDED;
}

static void setkill(struct isa_wave *w, const struct isa_inst *inst)
{
    if (inst->imm & 1)
        w->state = ISA_ENDED;
}

/* Waves start with all their registers here. Those that were to start with few and ask for more
 * (ENABLE_DYNAMIC_VGPR) do not exist; the others are not heard. */
static void alloc_vgpr(struct isa_wave *w, const struct isa_inst *inst)
{
    enum { RSRC2_DYNAMIC_VGPR = 6 };
    (void)inst;
    if (w->group->dispatch && w->group->dispatch->rsrc2 >> RSRC2_DYNAMIC_VGPR & 1)
        illegal(w);
}

static void sleep_a_while(struct isa_wave *w, const struct isa_inst *inst)
{
    (void)inst;
    w->yield = true;
}

static void trap(struct isa_wave *w, const struct isa_inst *inst)
{
    w->trap_id = (unsigned)inst->imm & 255;
    w->state = ISA_TRAPPED;
}

/* A halted wave waits for a debugger; here that is for ever, or until its queue is taken away. */
static void sethalt(struct isa_wave *w, const struct isa_inst *inst)
{
    if (!(inst->imm & 1))
        return;
    w->next_pc = w->pc;
    w->yield = true;
}

static void round_mode(struct isa_wave *w, const struct isa_inst *inst)
{
    w->mode = (w->mode & ~15u) | ((unsigned)inst->imm & 15);
}

static void denorm_mode(struct isa_wave *w, const struct isa_inst *inst)
{
    w->mode = (w->mode & ~0xf0u) | ((unsigned)inst->imm & 15) << 4;
}

/* ---- clocks ---- */

uint64_t isa_clock_shader(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t isa_clock_real(const struct isa_wave *w)
{
    if (w->group && w->group->dispatch && w->group->dispatch->gpu)
        return sim_clock(w->group->dispatch->gpu);
    return isa_clock_shader() / 10; /* 100 MHz */
}

/* ---- messages ---- */

enum {
    MSG_INTERRUPT = 1,
    MSG_DEALLOC_VGPRS = 3,
    MSG_GET_DOORBELL = 10, /* up to gfx10: the answer comes into EXEC */
    MSG_RTN_GET_DOORBELL = 128,
    MSG_RTN_GET_TMA = 130,
    MSG_RTN_GET_REALTIME = 131,
    MSG_RTN_GET_TBA = 133,
};

static uint32_t doorbell_of(const struct isa_wave *w)
{
    const struct sim_dispatch *dispatch = w->group ? w->group->dispatch : NULL;
    return dispatch && dispatch->owner ? dispatch->owner->doorbell(dispatch->queue) : 0;
}

/* An interrupt carries M0[23:0], which the kernel takes for an event id (kfd_int_process_v9.c, sq_int_data).
 */
static void sendmsg(struct isa_wave *w, const struct isa_inst *inst)
{
    unsigned id = (unsigned)inst->imm & (inst->generation >= ISA_GFX11 ? 255 : 15);
    if (id == MSG_INTERRUPT)
        sim_trap_interrupt(w, w->sgpr[ISA_M0]);
    else if (id == MSG_GET_DOORBELL && inst->generation < ISA_GFX11)
        w->sgpr[ISA_EXEC] = doorbell_of(w);
    else if (id != MSG_DEALLOC_VGPRS || inst->generation < ISA_GFX11)
        illegal(w);
}

/* In a trap handler the halt waits until it returns. */
static void sendmsghalt(struct isa_wave *w, const struct isa_inst *inst)
{
    sendmsg(w, inst);
    if (w->privileged)
        w->halted = true;
    else if (w->state == ISA_RUNNING)
        w->state = ISA_HALTED;
}

/* Back from a trap handler. */
static void rfe(struct isa_wave *w, const struct isa_inst *inst)
{
    if (w->privileged)
        sim_trap_return(w, isa_read64(w, &inst->src[0]));
    else
        illegal(w);
}

static bool message_answer(const struct isa_wave *w, unsigned id, uint64_t *answer)
{
    switch (id) {
    case MSG_RTN_GET_DOORBELL:
        *answer = doorbell_of(w);
        return true;
    case MSG_RTN_GET_TMA:
    case MSG_RTN_GET_TBA:
        *answer = 0; /* no trap handler is installed */
        return true;
    case MSG_RTN_GET_REALTIME:
        *answer = isa_clock_real(w);
        return true;
    default:
        return false;
    }
}

static void sendmsg_rtn_b32(struct isa_wave *w, const struct isa_inst *inst)
{
    uint64_t answer;
    if (message_answer(w, (unsigned)inst->imm, &answer))
        isa_write32(w, &inst->dst, (uint32_t)answer);
    else
        illegal(w);
}

static void sendmsg_rtn_b64(struct isa_wave *w, const struct isa_inst *inst)
{
    uint64_t answer;
    if (message_answer(w, (unsigned)inst->imm, &answer))
        isa_write64(w, &inst->dst, answer);
    else
        illegal(w);
}

/* ---- hardware registers ---- */

enum {
    HWREG_MODE = 1,
    HWREG_STATUS = 2,
    HWREG_TRAPSTS = 3,
    HWREG_HW_ID = 4, /* gfx9 */
    HWREG_SH_MEM_BASES = 15,
    HWREG_XCC_ID = 20,      /* gfx940 */
    HWREG_FLAT_SCR_LO = 20, /* gfx10, gfx11 */
    HWREG_FLAT_SCR_HI = 21,
    HWREG_HW_ID1 = 23,
    HWREG_HW_ID2 = 24,
    HWREG_SHADER_CYCLES = 29,    /* gfx11: 20 bits; gfx12: the low half */
    HWREG_SHADER_CYCLES_HI = 30, /* gfx12 */
};

/* STATUS of the ISA manuals: SCC (up to gfx11; on gfx12 another register has it), EXECZ and VCCZ, and what
 * RDNA4's has besides: PRIV, TRAP_BARRIER_COMPLETE and WAVE64. */
uint32_t isa_status(const struct isa_wave *w)
{
    enum { SCC = 0, PRIV = 5, EXECZ = 9, VCCZ = 10, TRAP_BARRIER_COMPLETE = 15, WAVE64 = 29 };
    uint32_t status = w->status | (uint32_t)(isa_exec(w) == 0) << EXECZ | (uint32_t)(isa_vcc(w) == 0) << VCCZ;
    if (w->generation < ISA_GFX12)
        return status | (uint32_t)w->scc << SCC;
    return status | (uint32_t)w->privileged << PRIV | (uint32_t)(w->lanes == 64) << WAVE64 |
           (w->barrier_complete >> ISA_BARRIER_TRAP & 1) << TRAP_BARRIER_COMPLETE;
}

static bool hwreg_read_gfx9(const struct isa_wave *w, unsigned id, uint32_t *value)
{
    if (id == HWREG_HW_ID)
        *value = isa_hw_id(w);
    else if (id == HWREG_XCC_ID && w->generation >= ISA_GFX940)
        *value = w->group ? w->group->xcc : 0;
    else
        return false;
    return true;
}

static bool hwreg_read_gfx11(const struct isa_wave *w, unsigned id, uint32_t *value)
{
    if (id == HWREG_FLAT_SCR_LO)
        *value = (uint32_t)w->scratch_va;
    else if (id == HWREG_FLAT_SCR_HI)
        *value = (uint32_t)(w->scratch_va >> 32);
    else if (id == HWREG_HW_ID1)
        *value = isa_hw_id(w);
    else if (id == HWREG_SHADER_CYCLES)
        *value = (uint32_t)isa_clock_shader() & (w->generation < ISA_GFX12 ? 0xfffff : UINT32_MAX);
    else if (id == HWREG_SHADER_CYCLES_HI && w->generation >= ISA_GFX12)
        *value = (uint32_t)(isa_clock_shader() >> 32);
    else
        return false;
    return true;
}

static bool hwreg_read(const struct isa_wave *w, unsigned id, uint32_t *value)
{
    if (sim_trap_getreg(w, id, value))
        return true;
    if (id == HWREG_MODE)
        *value = w->mode;
    else if (id == HWREG_STATUS)
        *value = isa_status(w);
    else if (id == HWREG_TRAPSTS)
        *value = w->trapsts;
    else if (id == HWREG_SH_MEM_BASES)
        *value = (uint32_t)(w->private_base >> 48) | (uint32_t)(w->shared_base >> 48) << 16;
    else
        return w->generation <= ISA_GFX950 ? hwreg_read_gfx9(w, id, value) : hwreg_read_gfx11(w, id, value);
    return true;
}

struct hwreg_field {
    unsigned id, offset;
    uint32_t mask;
};

static struct hwreg_field hwreg_field(const struct isa_inst *inst)
{
    unsigned v = (unsigned)inst->imm & 0xffff, size = (v >> 11) + 1;
    return (struct hwreg_field){v & 63, v >> 6 & 31, size == 32 ? UINT32_MAX : (1u << size) - 1};
}

static void getreg(struct isa_wave *w, const struct isa_inst *inst)
{
    struct hwreg_field field = hwreg_field(inst);
    uint32_t value;
    if (hwreg_read(w, field.id, &value))
        isa_write32(w, &inst->dst, value >> field.offset & field.mask);
    else
        illegal(w);
}

/* Where scratch is not architected, a program says itself where its scratch lies. */
static void flat_scratch_set(struct isa_wave *w, bool high, uint32_t mask, uint32_t value)
{
    unsigned shift = high ? 32 : 0;
    w->scratch_va = (w->scratch_va & ~((uint64_t)mask << shift)) | (uint64_t)(value & mask) << shift;
}

/* A wave without privilege may write MODE and TRAPSTS. */
static void setreg(struct isa_wave *w, const struct isa_inst *inst)
{
    struct hwreg_field field = hwreg_field(inst);
    uint32_t value = isa_read32(w, &inst->src[0]) << field.offset, mask = field.mask << field.offset;
    uint32_t *target = field.id == HWREG_MODE ? &w->mode : field.id == HWREG_TRAPSTS ? &w->trapsts : NULL;
    if (target)
        *target = (*target & ~mask) | (value & mask);
    else if (w->generation == ISA_GFX10_3 && (field.id == HWREG_FLAT_SCR_LO || field.id == HWREG_FLAT_SCR_HI))
        flat_scratch_set(w, field.id == HWREG_FLAT_SCR_HI, mask, value);
    else if (!sim_trap_setreg(w, field.id, value, mask))
        illegal(w);
}

const struct isa_binding isa_exec_control[] = {
    {"s_branch", branch},
    {"s_cbranch_scc0", cbranch_scc0},
    {"s_cbranch_scc1", cbranch_scc1},
    {"s_cbranch_vccz", cbranch_vccz},
    {"s_cbranch_vccnz", cbranch_vccnz},
    {"s_cbranch_execz", cbranch_execz},
    {"s_cbranch_execnz", cbranch_execnz},
    {"s_cbranch_i_fork", isa_cbranch_i_fork},
    {"s_cbranch_g_fork", isa_cbranch_g_fork},
    {"s_cbranch_join", isa_cbranch_join},
    {"s_cbranch_cdbgsys", cbranch_cdbgsys},
    {"s_cbranch_cdbguser", cbranch_cdbguser},
    {"s_cbranch_cdbgsys_or_user", cbranch_cdbgsys_or_user},
    {"s_cbranch_cdbgsys_and_user", cbranch_cdbgsys_and_user},
    {"s_subvector_loop_begin", subvector_loop_begin},
    {"s_subvector_loop_end", subvector_loop_end},
    {"s_getpc_b64", getpc},
    {"s_setpc_b64", setpc},
    {"s_swappc_b64", swappc},
    {"s_call_b64", call},
    {"s_endpgm", endpgm},
    {"s_setkill", setkill},
    {"s_alloc_vgpr", alloc_vgpr},
    {"s_sleep", sleep_a_while},
    {"s_sleep_var", sleep_a_while},
    {"s_rfe_b64", rfe},
    {"s_trap", trap},
    {"s_sethalt", sethalt},
    {"s_round_mode", round_mode},
    {"s_denorm_mode", denorm_mode},
    {"s_sendmsg", sendmsg},
    {"s_sendmsghalt", sendmsghalt},
    {"s_sendmsg_rtn_b32", sendmsg_rtn_b32},
    {"s_sendmsg_rtn_b64", sendmsg_rtn_b64},
    {"s_getreg_b32", getreg},
    {"s_setreg_b32", setreg},
    {"s_setreg_imm32_b32", setreg},
    {"s_nop", isa_nothing},
    {"s_wakeup", isa_nothing},
    {"s_setprio", isa_nothing},
    {"s_icache_inv", icache_inv},
    {"s_incperflevel", isa_nothing},
    {"s_decperflevel", isa_nothing},
    {"s_ttracedata", isa_nothing},
    {"s_ttracedata_imm", isa_nothing},
    {"s_version", isa_nothing},
    {"s_clause", isa_nothing},
    {"s_delay_alu", isa_nothing},
    {"s_set_inst_prefetch_distance", isa_nothing},
    {"s_wait_idle", isa_nothing},
    {"s_waitcnt", isa_nothing},
    {"s_waitcnt_depctr", isa_nothing},
    {"s_waitcnt_vscnt", isa_nothing},
    {"s_waitcnt_vmcnt", isa_nothing},
    {"s_waitcnt_expcnt", isa_nothing},
    {"s_waitcnt_lgkmcnt", isa_nothing},
    {"s_wait_alu", isa_nothing},
    {"s_wait_event", isa_nothing},
    {"s_inst_prefetch", isa_nothing},
    {"s_wait_loadcnt", isa_nothing},
    {"s_wait_storecnt", isa_nothing},
    {"s_wait_samplecnt", isa_nothing},
    {"s_wait_bvhcnt", isa_nothing},
    {"s_wait_expcnt", isa_nothing},
    {"s_wait_dscnt", isa_nothing},
    {"s_wait_kmcnt", isa_nothing},
    {"s_wait_loadcnt_dscnt", isa_nothing},
    {"s_wait_storecnt_dscnt", isa_nothing},
    {NULL, NULL},
};
