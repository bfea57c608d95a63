/*
 * test_isa_specials.c - what no table of operands says: waits and hints, jumps through registers, moves
 * between lanes, functions of the scalar unit, and what is refused. Each case is a text, run on every target
 * that knows it, and what it makes of a wave's state.
 */
#include "isa/special.h"
#include "isa/vector.h"
#include "isa/run_truth.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_on(const struct context *c, unsigned lane)
{
    return c->exec >> lane & 1;
}

/* ---- jumps ---- */

static void sgpr64_put(struct state *s, unsigned reg, uint64_t value)
{
    s->sgpr[reg] = (uint32_t)value;
    s->sgpr[reg + 1] = (uint32_t)(value >> 32);
}

static void getpc(const struct context *c, struct state *s)
{
    sgpr64_put(s, 30, c->address + 4);
}

/* s_getpc, s_add of 16, s_addc of 0, the jump, which skips s_mov_b32 s34, 0 */
static void setpc(const struct context *c, struct state *s)
{
    uint64_t to = c->address + 4 + 16;
    sgpr64_put(s, 30, to);
    s->scc = false;
}

static void swappc(const struct context *c, struct state *s)
{
    setpc(c, s);
    sgpr64_put(s, 32, c->address + 4 + 12);
}

static void call(const struct context *c, struct state *s)
{
    sgpr64_put(s, 30, c->address + 4);
}

/* The side that fails notes its lanes in s[34:35], the other in s[36:37]; the one with more lanes comes last,
 * and its entry stays in s[0:3]. pass, fail: bytes from the first instruction to each side. */
static void forked(const struct context *c, struct state *s, uint64_t fork, uint64_t target)
{
    uint64_t chosen = c->before->sgpr[40] | (uint64_t)c->before->sgpr[41] << 32;
    uint64_t pass = chosen & c->exec, fail = ~chosen & c->exec;
    unsigned n_pass = (unsigned)__builtin_popcountll(pass), n_fail = (unsigned)__builtin_popcountll(fail);
    s->sgpr[44] = 0;
    if (n_fail)
        sgpr64_put(s, 34, fail);
    if (n_pass || !n_fail)
        sgpr64_put(s, 36, pass);
    if (!n_pass || !n_fail)
        return;
    sgpr64_put(s, 0, n_fail < n_pass ? pass : fail);
    sgpr64_put(s, 2, n_fail < n_pass ? target : fork + 4);
    sgpr64_put(s, SREG_EXEC, n_fail < n_pass ? pass : fail);
}

static void i_fork(const struct context *c, struct state *s)
{
    forked(c, s, c->address + 4, c->address + 16);
}

static void g_fork(const struct context *c, struct state *s)
{
    sgpr64_put(s, 46, c->address + 28);
    s->scc = false;
    forked(c, s, c->address + 16, c->address + 28);
}

/* Two forks one in the other, both of whose sides are the same code: it runs once for each of the four parts
 * that has lanes. Where the stack was, and which part came last, does not matter here. */
static void nested_fork(const struct context *c, struct state *s)
{
    uint64_t one = c->before->sgpr[40] | (uint64_t)c->before->sgpr[41] << 32;
    uint64_t two = c->before->sgpr[42] | (uint64_t)c->before->sgpr[43] << 32;
    uint64_t parts[4] = {one & two, one & ~two, ~one & two, ~one & ~two};
    unsigned times = c->exec == 0;
    for (unsigned i = 0; i < 4; i++)
        times += (parts[i] & c->exec) != 0;
    s->sgpr[44] = 0;
    s->sgpr[46] = times;
    s->scc = false;
    for (unsigned i = 0; i < 8; i++)
        s->sgpr[i] = c->got->sgpr[i];
    s->sgpr[45] = c->got->sgpr[45];
    sgpr64_put(s, SREG_EXEC, c->got->sgpr[SREG_EXEC] | (uint64_t)c->got->sgpr[SREG_EXEC + 1] << 32);
}

/* ---- each half of EXEC by itself ---- */

#define HALVES                                                                        \
    "s_mov_b32 s36, 0\ns_subvector_loop_begin s34, 5\ns_add_u32 s36, s36, 1\n"        \
    "v_mov_b32_e32 v20, v8\ns_mov_b64 s[40:41], s[42:43]\ns_mov_b64 s[42:43], exec\n" \
    "s_subvector_loop_end s34, -5"

static void halves(const struct context *c, struct state *s)
{
    uint32_t low = c->before->sgpr[SREG_EXEC], high = c->before->sgpr[SREG_EXEC + 1];
    s->sgpr[36] = (low != 0) + (high != 0);
    if (s->sgpr[36]) {
        s->scc = false;
        s->sgpr[34] = high ? low : 0;
        sgpr64_put(s, 40, c->before->sgpr[42] | (uint64_t)c->before->sgpr[43] << 32);
        sgpr64_put(s, 42, high ? (uint64_t)high << 32 : low);
    }
    if (s->sgpr[36] == 2)
        sgpr64_put(s, 40, low);
    for (unsigned lane = 0; lane < c->lanes; lane++)
        if (is_on(c, lane))
            s->vgpr[20][lane] = c->before->vgpr[8][lane];
}

static void went_on(const struct context *c, struct state *s)
{
    (void)c;
    s->sgpr[34] = 1;
}

/* ---- lanes ---- */

static unsigned first_lane(const struct context *c)
{
    return c->exec ? (unsigned)__builtin_ctzll(c->exec) : 0;
}

static void readfirstlane(const struct context *c, struct state *s)
{
    s->sgpr[30] = c->before->vgpr[REG_A][first_lane(c)];
}

static void readlane_sgpr(const struct context *c, struct state *s)
{
    s->sgpr[30] = c->before->vgpr[REG_A][c->before->sgpr[22] % c->lanes];
}

static void readlane_last(const struct context *c, struct state *s)
{
    s->sgpr[30] = c->before->vgpr[REG_A][c->lanes - 1];
}

static void writelane(const struct context *c, struct state *s)
{
    s->vgpr[REG_D][c->before->sgpr[22] % c->lanes] = c->before->sgpr[20];
}

static void writelane_last(const struct context *c, struct state *s)
{
    s->vgpr[REG_D][c->lanes - 1] = 17;
}

/* Selectors in s20 and s22, four bits a lane of a row; over: from the other row of the pair. */
static void permlane(const struct context *c, struct state *s, bool over)
{
    uint64_t selectors = c->before->sgpr[20] | (uint64_t)c->before->sgpr[22] << 32;
    for (unsigned i = 0; i < c->lanes; i++) {
        unsigned row = (i / 16) ^ over, from = row * 16 + (unsigned)(selectors >> i % 16 * 4 & 15);
        if (is_on(c, i) && is_on(c, from))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_A][from];
    }
}

static void permlane16(const struct context *c, struct state *s)
{
    permlane(c, s, false);
}

static void permlanex16(const struct context *c, struct state *s)
{
    permlane(c, s, true);
}

static void permlanex16_fetch(const struct context *c, struct state *s)
{
    struct context all = *c;
    all.exec = machine_lanes(c->wave32);
    permlane(&all, s, true);
    for (unsigned i = 0; i < c->lanes; i++)
        if (!is_on(c, i))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_D][i];
}

static void permlane_var(const struct context *c, struct state *s, bool over)
{
    for (unsigned i = 0; i < c->lanes; i++) {
        unsigned from = ((i / 16) ^ over) * 16 + c->before->vgpr[REG_B][i] % 16;
        if (is_on(c, i) && is_on(c, from))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_A][from];
    }
}

static void permlane16_var(const struct context *c, struct state *s)
{
    permlane_var(c, s, false);
}

static void permlanex16_var(const struct context *c, struct state *s)
{
    permlane_var(c, s, true);
}

static void permlane64(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = c->before->vgpr[REG_A][i ^ 32];
}

static void swap(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i)) {
            s->vgpr[REG_D][i] = c->before->vgpr[REG_A][i];
            s->vgpr[REG_A][i] = c->before->vgpr[REG_D][i];
        }
}

/* On gfx10 and gfx11 a wave of 64 is permuted as two of 32 (Mesa's ACO, emit_bpermute; the manuals say 64).
 */
static unsigned permuted(const struct context *c, unsigned lane, uint32_t address)
{
    unsigned lanes = c->target >= TARGET_1030 && c->target < TARGET_1201 ? 32 : c->lanes;
    return lane / lanes * lanes + (address + 8) / 4 % lanes;
}

static void bpermute(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++) {
        unsigned from = permuted(c, i, c->before->vgpr[REG_A][i]);
        if (is_on(c, i))
            s->vgpr[REG_D][i] = is_on(c, from) ? c->before->vgpr[REG_B][from] : 0;
    }
}

static void permute(const struct context *c, struct state *s)
{
    uint32_t sent[64] = {0};
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            sent[permuted(c, i, c->before->vgpr[REG_A][i])] = c->before->vgpr[REG_B][i];
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = sent[i];
}

/* offset 0x041f: and 31, or 0, xor 1 within 32 lanes */
static void swizzle_xor(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i))
            s->vgpr[REG_D][i] = is_on(c, i ^ 1) ? c->before->vgpr[REG_A][i ^ 1] : 0;
}

/* ---- functions of the scalar unit (RDNA4): s20 is a number between 1 and 16 ---- */

#define FUNCTION(name, expression)                             \
    static void name(const struct context *c, struct state *s) \
    {                                                          \
        double x = n_double32(c->before->sgpr[26]);            \
        s->sgpr[30] = n_to32(expression, EVEN);                \
    }
FUNCTION(s_exp, exp2(x))
FUNCTION(s_log, log2(x))
FUNCTION(s_rcp, 1 / x)
FUNCTION(s_rsq, 1 / sqrt(x))
FUNCTION(s_sqrt, sqrt(x))

/* ---- MODE ---- */

static void getreg(const struct context *c, struct state *s)
{
    s->sgpr[30] = c->before->mode & 0xff;
}

static void setreg(const struct context *c, struct state *s)
{
    s->mode = (c->before->mode & ~15u) | (c->before->sgpr[22] & 15);
}

static void setreg_imm(const struct context *c, struct state *s)
{
    s->mode = (c->before->mode & ~0xf0u) | 0x50;
}

static void round_mode(const struct context *c, struct state *s)
{
    s->mode = (c->before->mode & ~15u) | 5;
}

/* ---- lanes that swap ---- */

static void permlane16_swap(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < 64; i++)
        if (i % 32 < 16) {
            s->vgpr[REG_A][i] = c->before->vgpr[REG_D][i + 16];
            s->vgpr[REG_D][i + 16] = c->before->vgpr[REG_A][i];
        }
}

static void permlane32_swap(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < 32; i++) {
        s->vgpr[REG_A][i] = c->before->vgpr[REG_D][i + 32];
        s->vgpr[REG_D][i + 32] = c->before->vgpr[REG_A][i];
    }
}

static void swap_halves(const struct context *c, struct state *s)
{
    for (unsigned i = 0; i < c->lanes; i++)
        if (is_on(c, i)) {
            uint32_t d = c->before->vgpr[REG_D][i], a = c->before->vgpr[REG_A][i];
            s->vgpr[REG_D][i] = (d & 0xffff0000) | a >> 16;
            s->vgpr[REG_A][i] = (a & 0xffff) | d << 16;
        }
}

/* A group of one wave has no barrier. */
static void is_first(const struct context *c, struct state *s)
{
    (void)c;
    s->scc = false;
}

static void no_barrier(const struct context *c, struct state *s)
{
    (void)c;
    s->sgpr[30] = 0;
}

/* The clock's: whatever it is. */
static void any_time(const struct context *c, struct state *s)
{
    memcpy(&s->sgpr[30], &c->got->sgpr[30], 8);
}

/* ---- four sums at once ---- */

static void sums(const struct context *c, struct state *s, bool scalar, bool clamp)
{
    for (unsigned lane = 0; lane < c->lanes; lane++)
        for (unsigned n = 0; is_on(c, lane) && n < 4; n++) {
            uint64_t sum = c->before->vgpr[REG_C + n][lane];
            for (unsigned byte = n; byte < n + 4; byte++) {
                uint32_t word =
                    scalar ? c->before->sgpr[20 + byte / 4] : c->before->vgpr[REG_A + byte / 4][lane];
                int x = word >> byte % 4 * 8 & 255;
                int y = c->before->vgpr[REG_B][lane] >> (byte - n) * 8 & 255;
                sum += y ? (unsigned)abs(x - y) : 0;
            }
            s->vgpr[REG_D + n][lane] = clamp && sum >> 32 ? UINT32_MAX : (uint32_t)sum;
        }
}

static void four_sums(const struct context *c, struct state *s)
{
    sums(c, s, false, false);
}

static void four_sums_clamped(const struct context *c, struct state *s)
{
    sums(c, s, false, true);
}

static void four_sums_scalar(const struct context *c, struct state *s)
{
    sums(c, s, true, false);
}

#define FORKED "s_mov_b64 s[34:35], exec\ns_branch 1\ns_mov_b64 s[36:37], exec\ns_cbranch_join s44"

static const struct special specials[] = {
    {"s_nop", "s_nop 3", NULL, 0, 0},
    {"s_clause", "s_clause 0x2\ns_nop 0\ns_nop 0\ns_nop 0", NULL, 0, 0},
    {"s_delay_alu", "s_delay_alu instid0(VALU_DEP_1)", NULL, 0, 0},
    {"s_inst_prefetch", "s_inst_prefetch 0x3", NULL, 0, 0},
    {"s_set_inst_prefetch_distance", "s_set_inst_prefetch_distance 0x3", NULL, 0, 0},
    {"s_sleep", "s_sleep 1", NULL, 0, 0},
    {"s_setprio", "s_setprio 2", NULL, 0, 0},
    {"s_waitcnt", "s_waitcnt 0", NULL, 0, 0},
    {"s_waitcnt_vscnt", "s_waitcnt_vscnt null, 0x0", NULL, 0, 0},
    {"s_waitcnt_vmcnt", "s_waitcnt_vmcnt null, 0x0", NULL, 0, 0},
    {"s_waitcnt_expcnt", "s_waitcnt_expcnt null, 0x0", NULL, 0, 0},
    {"s_waitcnt_lgkmcnt", "s_waitcnt_lgkmcnt null, 0x0", NULL, 0, 0},
    {"s_waitcnt_depctr", "s_waitcnt_depctr 0xfffe", NULL, 0, 0},
    {"s_wait_alu", "s_wait_alu 0xfffe", NULL, 0, 0},
    {"s_wait_idle", "s_wait_idle", NULL, 0, 0},
    {"s_wait_event", "s_wait_event 0x1", NULL, 0, 0},
    {"s_wait_loadcnt", "s_wait_loadcnt 0x0", NULL, 0, 0},
    {"s_wait_storecnt", "s_wait_storecnt 0x0", NULL, 0, 0},
    {"s_wait_samplecnt", "s_wait_samplecnt 0x0", NULL, 0, 0},
    {"s_wait_bvhcnt", "s_wait_bvhcnt 0x0", NULL, 0, 0},
    {"s_wait_expcnt", "s_wait_expcnt 0x0", NULL, 0, 0},
    {"s_wait_dscnt", "s_wait_dscnt 0x0", NULL, 0, 0},
    {"s_wait_kmcnt", "s_wait_kmcnt 0x0", NULL, 0, 0},
    {"s_wait_loadcnt_dscnt", "s_wait_loadcnt_dscnt 0x0", NULL, 0, 0},
    {"s_wait_storecnt_dscnt", "s_wait_storecnt_dscnt 0x0", NULL, 0, 0},
    {"s_sendmsg", "s_sendmsg sendmsg(MSG_DEALLOC_VGPRS)", NULL, 0, 0},
    {"s_sendmsg", "s_sendmsg sendmsg(MSG_INTERRUPT)", NULL, 0, 0},
    {"s_sendmsg_rtn_b32", "s_sendmsg_rtn_b32 s30, sendmsg(MSG_RTN_GET_REALTIME)", any_time, 0, 0},
    {"s_sendmsg_rtn_b64", "s_sendmsg_rtn_b64 s[30:31], sendmsg(MSG_RTN_GET_REALTIME)", any_time, 0, 0},
    {"v_nop", "v_nop", NULL, 0, 0},
    {"ds_nop", "ds_nop", NULL, 0, 0},
    {"buffer_gl0_inv", "buffer_gl0_inv", NULL, 0, 0},
    {"buffer_gl1_inv", "buffer_gl1_inv", NULL, 0, 0},
    {"buffer_inv", "buffer_inv sc1", NULL, 0, 0},
    {"buffer_invl2", "buffer_invl2", NULL, 0, 0},
    {"buffer_wbl2", "buffer_wbl2", NULL, 0, 0},
    {"buffer_wbl2", "buffer_wbl2 sc1", NULL, 0, 0},
    {"buffer_wbinvl1_vol", "buffer_wbinvl1_vol", NULL, 0, 0},
    {"buffer_wbinvl1", "buffer_wbinvl1", NULL, 0, 0},
    {"global_inv", "global_inv scope:SCOPE_DEV", NULL, 0, 0},
    {"global_wb", "global_wb scope:SCOPE_DEV", NULL, 0, 0},
    {"global_wbinv", "global_wbinv scope:SCOPE_DEV", NULL, 0, 0},
    {"s_dcache_inv", "s_dcache_inv", NULL, 0, 0},
    {"s_gl1_inv", "s_gl1_inv", NULL, 0, 0},
    {"s_endpgm", "s_endpgm", NULL, 0, 0},
    {"s_barrier", "s_barrier", NULL, ISA_BARRIER, 0},
    {"s_barrier_signal", "s_barrier_signal -1\ns_barrier_wait 0xffff", NULL, 0, 0},
    {"s_barrier_wait", "s_barrier_signal -1\ns_barrier_wait 0xffff", NULL, 0, 0},
    {"s_setkill", "s_setkill 0\ns_mov_b32 s34, 1\ns_setkill 1\ns_mov_b32 s34, 2", went_on, 0, 0},
    {"s_sendmsghalt", "s_mov_b32 s34, 1\ns_sendmsghalt sendmsg(MSG_INTERRUPT)\ns_mov_b32 s34, 2", went_on,
     ISA_HALTED, 0},
    {"s_trap", "s_trap 3", NULL, ISA_TRAPPED, 0},
    {"s_sethalt", "s_sethalt 0", NULL, 0, 0},
    {"s_code_end", "s_code_end", NULL, ISA_ILLEGAL, 0},
    {"v_illegal", NULL, NULL, ISA_ILLEGAL, 0},
    {"image_store", "image_store v4, v[0:3], s[8:15] dmask:0x1 unorm glc", NULL, ISA_ILLEGAL, 0},
    {"image_store", "image_store v[0:3], v[4:5], s[0:7] dmask:0xf dim:SQ_RSRC_IMG_2D unorm", NULL,
     ISA_ILLEGAL, 0},
    {"image_store", "image_store v[0:3], [v4, v5], s[0:7] dmask:0xf dim:SQ_RSRC_IMG_2D", NULL, ISA_ILLEGAL,
     0},
    {"image_sample", "image_sample v[0:3], v[4:5], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D", NULL,
     ISA_ILLEGAL, 0},
    {"image_sample", "image_sample v[0:3], [v4, v5], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D", NULL,
     ISA_ILLEGAL, 0},
    {"image_sample_lz", "image_sample_lz v[0:3], v[4:5], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D", NULL,
     ISA_ILLEGAL, 0},
    {"image_sample_lz", "image_sample_lz v[0:3], [v4, v5], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D",
     NULL, ISA_ILLEGAL, 0},
    {"image_sample", "image_sample v[0:3], v[4:5], s[0:7], s[8:11] dmask:0xf", NULL, ISA_ILLEGAL, 0},
    {"image_sample_lz", "image_sample_lz v[0:3], v[4:5], s[0:7], s[8:11] dmask:0xf", NULL, ISA_ILLEGAL, 0},

    {"s_getpc_b64", "s_getpc_b64 s[30:31]", getpc, 0, 0},
    {"s_setpc_b64",
     "s_getpc_b64 s[30:31]\ns_add_u32 s30, s30, 16\ns_addc_u32 s31, s31, 0\ns_setpc_b64 s[30:31]\ns_mov_b32 "
     "s34, 0",
     setpc, 0, 0},
    {"s_subvector_loop_begin", HALVES, halves, 0, 0},
    {"s_subvector_loop_end", HALVES, halves, 0, 0},
    {"s_cbranch_cdbgsys", "s_cbranch_cdbgsys 1\ns_mov_b32 s34, 1", went_on, 0, 0},
    {"s_cbranch_cdbguser", "s_cbranch_cdbguser 1\ns_mov_b32 s34, 1", went_on, 0, 0},
    {"s_cbranch_cdbgsys_or_user", "s_cbranch_cdbgsys_or_user 1\ns_mov_b32 s34, 1", went_on, 0, 0},
    {"s_cbranch_cdbgsys_and_user", "s_cbranch_cdbgsys_and_user 1\ns_mov_b32 s34, 1", went_on, 0, 0},
    {"s_cbranch_i_fork", "s_mov_b32 s44, 0\ns_cbranch_i_fork s[40:41], 2\n" FORKED, i_fork, 0, 0},
    {"s_cbranch_g_fork",
     "s_mov_b32 s44, 0\ns_getpc_b64 s[46:47]\ns_add_u32 s46, s46, 20\ns_addc_u32 s47, s47, 0\n"
     "s_cbranch_g_fork s[40:41], s[46:47]\n" FORKED,
     g_fork, 0, 0},
    {"s_cbranch_join",
     "s_mov_b32 s44, 0\ns_mov_b32 s46, 0\ns_cbranch_i_fork s[40:41], 0\ns_getreg_b32 s45, hwreg(HW_REG_MODE, "
     "29, 3)\n"
     "s_cbranch_i_fork s[42:43], 0\ns_add_u32 s46, s46, 1\ns_cbranch_join s45\ns_cbranch_join s44",
     nested_fork, 0, 0},
    {"s_swappc_b64",
     "s_getpc_b64 s[30:31]\ns_add_u32 s30, s30, 16\ns_addc_u32 s31, s31, 0\ns_swappc_b64 s[32:33], "
     "s[30:31]\ns_mov_b32 s34, 0",
     swappc, 0, 0},
    {"s_call_b64", "s_call_b64 s[30:31], 1\ns_mov_b32 s34, 0", call, 0, 0},

    {"v_readfirstlane_b32", "v_readfirstlane_b32 s30, v8", readfirstlane, 0, 0},
    {"v_readlane_b32", "v_readlane_b32 s30, v8, s22", readlane_sgpr, 0, 0},
    {"v_readlane_b32", "v_readlane_b32 s30, v8, 63", readlane_last, 0, 2},
    {"v_readlane_b32", "v_readlane_b32 s30, v8, 31", readlane_last, 0, 1},
    {"v_writelane_b32", "v_writelane_b32 v20, s20, s22", writelane, 0, 0},
    {"v_writelane_b32", "v_writelane_b32 v20, 17, 63", writelane_last, 0, 2},
    {"v_writelane_b32", "v_writelane_b32 v20, 17, 31", writelane_last, 0, 1},
    {"v_permlane16_b32", "v_permlane16_b32 v20, v8, s20, s22", permlane16, 0, 0},
    {"v_permlanex16_b32", "v_permlanex16_b32 v20, v8, s20, s22", permlanex16, 0, 0},
    {"v_permlanex16_b32", "v_permlanex16_b32 v20, v8, s20, s22 op_sel:[1,0]", permlanex16_fetch, 0, 0},
    {"v_permlane16_var_b32", "v_permlane16_var_b32 v20, v8, v12", permlane16_var, 0, 0},
    {"v_permlanex16_var_b32", "v_permlanex16_var_b32 v20, v8, v12", permlanex16_var, 0, 0},
    {"v_permlane64_b32", "v_permlane64_b32 v20, v8", permlane64, 0, 2},
    {"v_permlane64_b32", "v_permlane64_b32 v20, v8", NULL, 0, 1},
    {"v_swap_b32", "v_swap_b32 v20, v8", swap, 0, 0},
    {"ds_bpermute_b32", "ds_bpermute_b32 v20, v8, v12 offset:8", bpermute, 0, 0},
    {"ds_permute_b32", "ds_permute_b32 v20, v8, v12 offset:8", permute, 0, 0},
    {"ds_swizzle_b32", "ds_swizzle_b32 v20, v8 offset:0x041f", swizzle_xor, 0, 0},

    {"v_mqsad_u32_u8", "v_mqsad_u32_u8 v[20:23], v[8:9], v12, v[16:19]", four_sums, 0, 0},
    {"v_mqsad_u32_u8", "v_mqsad_u32_u8 v[20:23], s[20:21], v12, v[16:19]", four_sums_scalar, 0, 0},
    {"v_mqsad_u32_u8", "v_mqsad_u32_u8 v[20:23], v[8:9], v12, v[16:19] clamp", four_sums_clamped, 0, 0},
    {"v_clrexcp", "v_clrexcp", NULL, 0, 0},
    {"s_dcache_discard", "s_dcache_discard s[28:29], 0x0", NULL, 0, 0},

    {"s_icache_inv", "s_icache_inv", NULL, 0, 0},
    {"s_wakeup", "s_wakeup", NULL, 0, 0},
    {"s_incperflevel", "s_incperflevel 1", NULL, 0, 0},
    {"s_decperflevel", "s_decperflevel 1", NULL, 0, 0},
    {"s_ttracedata", "s_ttracedata", NULL, 0, 0},
    {"s_ttracedata_imm", "s_ttracedata_imm 1", NULL, 0, 0},
    {"s_version", "s_version 1", NULL, 0, 0},
    {"s_alloc_vgpr", "s_alloc_vgpr s20", NULL, 0, 0},
    {"s_sleep_var", "s_sleep_var s20", NULL, 0, 0},
    {"s_dcache_wb", "s_dcache_wb", NULL, 0, 0},
    {"s_dcache_inv_vol", "s_dcache_inv_vol", NULL, 0, 0},
    {"s_dcache_wb_vol", "s_dcache_wb_vol", NULL, 0, 0},
    {"v_pipeflush", "v_pipeflush", NULL, 0, 0},
    {"s_prefetch_data", "s_prefetch_data s[28:29], 0x0, null, 0", NULL, 0, 0},
    {"s_prefetch_inst", "s_prefetch_inst s[28:29], 0x0, null, 0", NULL, 0, 0},
    {"s_prefetch_inst_pc_rel", "s_prefetch_inst_pc_rel 0x0, null, 0", NULL, 0, 0},
    {"s_prefetch_data_pc_rel", "s_prefetch_data_pc_rel 0x0, null, 0", NULL, 0, 0},
    {"s_buffer_prefetch_data", "s_buffer_prefetch_data s[8:11], 0x0, null, 0", NULL, 0, 0},
    {"s_getreg_b32", "s_getreg_b32 s30, hwreg(HW_REG_MODE, 0, 8)", getreg, 0, 0},
    {"s_getreg_b32", "s_getreg_b32 s30, hwreg(HW_REG_WAVE_MODE, 0, 8)", getreg, 0, 0},
    {"s_setreg_b32", "s_setreg_b32 hwreg(HW_REG_MODE, 0, 4), s22", setreg, 0, 0},
    {"s_setreg_b32", "s_setreg_b32 hwreg(HW_REG_WAVE_MODE, 0, 4), s22", setreg, 0, 0},
    {"s_setreg_imm32_b32", "s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 4), 0x5", setreg_imm, 0, 0},
    {"s_setreg_imm32_b32", "s_setreg_imm32_b32 hwreg(HW_REG_WAVE_MODE, 4, 4), 0x5", setreg_imm, 0, 0},
    {"s_round_mode", "s_round_mode 0x5", round_mode, 0, 0},
    {"s_denorm_mode", "s_denorm_mode 0x5", setreg_imm, 0, 0},
    {"v_permlane16_swap_b32", "v_permlane16_swap_b32_e32 v20, v8", permlane16_swap, 0, 0},
    {"v_permlane32_swap_b32", "v_permlane32_swap_b32_e32 v20, v8", permlane32_swap, 0, 0},
    {"v_swap_b16", "v_swap_b16 v20.l, v8.h", swap_halves, 0, 0},
    {"s_barrier_signal_isfirst", "s_barrier_signal_isfirst -1\ns_barrier_wait 0xffff", is_first, 0, 0},
    {"s_get_barrier_state", "s_get_barrier_state s30, -1", no_barrier, 0, 0},
    {"s_memtime", "s_memtime s[30:31]", any_time, 0, 0},
    {"s_memrealtime", "s_memrealtime s[30:31]", any_time, 0, 0},

    {"v_s_exp_f32", "v_s_exp_f32 s30, s26", s_exp, 0, 0},
    {"v_s_log_f32", "v_s_log_f32 s30, s26", s_log, 0, 0},
    {"v_s_rcp_f32", "v_s_rcp_f32 s30, s26", s_rcp, 0, 0},
    {"v_s_rsq_f32", "v_s_rsq_f32 s30, s26", s_rsq, 0, 0},
    {"v_s_sqrt_f32", "v_s_sqrt_f32 s30, s26", s_sqrt, 0, 0},
};

START_TEST(what_no_table_says_is_done_as_the_manual_has_it)
{
    specials_try(specials, sizeof specials / sizeof *specials);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_no_table_says_is_done_as_the_manual_has_it, NULL};
    return run_truth("isa_specials", 600, tests);
}
