/*
 * isa_text_scalar.c - text of the scalar formats and of their coded immediates.
 *
 * Facts: the names and bit fields of counters, messages and hardware registers as LLVM's AMDGPUOperandSyntax
 * lists them.
 */
#include "isa_text.h"

#include <stdio.h>
#include <string.h>

static bool named(const struct isa_inst *inst, const char *name)
{
    return strcmp(inst->row->name, name) == 0;
}

/* ---- counters ---- */

static void text_waitcnt(struct text *t, const struct isa_inst *inst)
{
    unsigned v = (unsigned)inst->imm, vm, exp, lgkm, vm_max = 63, lgkm_max = 63;
    if (inst->generation >= ISA_GFX11) {
        exp = v & 7;
        lgkm = v >> 4 & 63;
        vm = v >> 10 & 63;
    } else {
        vm = (v & 15) | (v >> 14 & 3) << 4;
        exp = v >> 4 & 7;
        lgkm_max = inst->generation == ISA_GFX10_3 ? 63 : 15;
        lgkm = v >> 8 & lgkm_max;
    }
    bool all = vm == vm_max && exp == 7 && lgkm == lgkm_max;
    if (all || vm != vm_max)
        text_put(t, " vmcnt(%u)", vm);
    if (all || exp != 7)
        text_put(t, " expcnt(%u)", exp);
    if (all || lgkm != lgkm_max)
        text_put(t, " lgkmcnt(%u)", lgkm);
}

static void text_delay(struct text *t, const struct isa_inst *inst)
{
    static const char *const ids[] = {"NO_DEP",        "VALU_DEP_1",    "VALU_DEP_2",
                                      "VALU_DEP_3",    "VALU_DEP_4",    "TRANS32_DEP_1",
                                      "TRANS32_DEP_2", "TRANS32_DEP_3", "FMA_ACCUM_CYCLE_1",
                                      "SALU_CYCLE_1",  "SALU_CYCLE_2",  "SALU_CYCLE_3"};
    static const char *const skips[] = {"SAME", "NEXT", "SKIP_1", "SKIP_2", "SKIP_3", "SKIP_4"};
    unsigned v = (unsigned)inst->imm, first = v & 15, skip = v >> 4 & 7, second = v >> 7 & 15;
    const char *bar = " ";
    if (!first && !skip && !second) {
        text_put(t, " 0");
        return;
    }
    if (first) {
        text_put(t, "%sinstid0(%s)", bar, first < 12 ? ids[first] : "/* invalid instid value */");
        bar = " | ";
    }
    if (skip) {
        text_put(t, "%sinstskip(%s)", bar, skip < 6 ? skips[skip] : "/* invalid instskip value */");
        bar = " | ";
    }
    if (second)
        text_put(t, "%sinstid1(%s)", bar, second < 12 ? ids[second] : "/* invalid instid value */");
}

static void text_depctr(struct text *t, const struct isa_inst *inst)
{
    static const struct {
        const char *name;
        uint8_t shift, width;
    } fields[] = {{"hold_cnt", 7, 1}, {"sa_sdst", 0, 1}, {"va_vdst", 12, 4}, {"va_sdst", 9, 3},
                  {"va_ssrc", 8, 1},  {"va_vcc", 1, 1},  {"vm_vsrc", 2, 3}};
    unsigned v = (unsigned)inst->imm & 0xffff, known = 0;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        known |= ((1u << fields[i].width) - 1) << fields[i].shift;
    if (v & ~known) {
        text_put(t, " 0x%x", v);
        return;
    }
    bool all = (v & known) == known;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        unsigned max = (1u << fields[i].width) - 1, value = v >> fields[i].shift & max;
        if (all || value != max)
            text_put(t, " depctr_%s(%u)", fields[i].name, value);
    }
}

/* ---- hardware registers and messages ---- */

struct name_of {
    uint8_t id, from, to; /* generations */
    const char *name;
};

static const char *name_find(const struct name_of *names, size_t n, unsigned id, unsigned generation)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].id == id && generation >= names[i].from && generation <= names[i].to)
            return names[i].name;
    return NULL;
}

static const struct name_of hardware_registers[] = {
    {1, ISA_GFX90A, ISA_GFX11_5, "HW_REG_MODE"},
    {2, ISA_GFX90A, ISA_GFX11_5, "HW_REG_STATUS"},
    {3, ISA_GFX90A, ISA_GFX11_5, "HW_REG_TRAPSTS"},
    {4, ISA_GFX90A, ISA_GFX950, "HW_REG_HW_ID"},
    {5, ISA_GFX90A, ISA_GFX11_5, "HW_REG_GPR_ALLOC"},
    {6, ISA_GFX90A, ISA_GFX11_5, "HW_REG_LDS_ALLOC"},
    {7, ISA_GFX90A, ISA_GFX12, "HW_REG_IB_STS"},
    {15, ISA_GFX90A, ISA_GFX11_5, "HW_REG_SH_MEM_BASES"},
    {16, ISA_GFX90A, ISA_GFX10_3, "HW_REG_TBA_LO"},
    {17, ISA_GFX90A, ISA_GFX10_3, "HW_REG_TBA_HI"},
    {18, ISA_GFX90A, ISA_GFX10_3, "HW_REG_TMA_LO"},
    {19, ISA_GFX90A, ISA_GFX10_3, "HW_REG_TMA_HI"},
    {20, ISA_GFX940, ISA_GFX950, "HW_REG_XCC_ID"},
    {21, ISA_GFX940, ISA_GFX950, "HW_REG_SQ_PERF_SNAPSHOT_DATA"},
    {22, ISA_GFX940, ISA_GFX950, "HW_REG_SQ_PERF_SNAPSHOT_DATA1"},
    {23, ISA_GFX940, ISA_GFX950, "HW_REG_SQ_PERF_SNAPSHOT_PC_LO"},
    {24, ISA_GFX940, ISA_GFX950, "HW_REG_SQ_PERF_SNAPSHOT_PC_HI"},
    {18, ISA_GFX11, ISA_GFX11_5, "HW_REG_PERF_SNAPSHOT_PC_LO"},
    {19, ISA_GFX11, ISA_GFX11_5, "HW_REG_PERF_SNAPSHOT_PC_HI"},
    {20, ISA_GFX10_3, ISA_GFX11_5, "HW_REG_FLAT_SCR_LO"},
    {21, ISA_GFX10_3, ISA_GFX11_5, "HW_REG_FLAT_SCR_HI"},
    {23, ISA_GFX10_3, ISA_GFX11_5, "HW_REG_HW_ID1"},
    {24, ISA_GFX10_3, ISA_GFX11_5, "HW_REG_HW_ID2"},
    {25, ISA_GFX10_3, ISA_GFX10_3, "HW_REG_POPS_PACKER"},
    {27, ISA_GFX11, ISA_GFX11_5, "HW_REG_PERF_SNAPSHOT_DATA"},
    {29, ISA_GFX10_3, ISA_GFX11_5, "HW_REG_SHADER_CYCLES"},
    {1, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_MODE"},
    {2, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_STATUS"},
    {4, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_STATE_PRIV"},
    {5, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_GPR_ALLOC"},
    {6, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_LDS_ALLOC"},
    {10, ISA_GFX12, ISA_GFX12, "HW_REG_PERF_SNAPSHOT_DATA"},
    {11, ISA_GFX12, ISA_GFX12, "HW_REG_PERF_SNAPSHOT_PC_LO"},
    {12, ISA_GFX12, ISA_GFX12, "HW_REG_PERF_SNAPSHOT_PC_HI"},
    {15, ISA_GFX12, ISA_GFX12, "HW_REG_PERF_SNAPSHOT_DATA1"},
    {16, ISA_GFX12, ISA_GFX12, "HW_REG_PERF_SNAPSHOT_DATA2"},
    {17, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_EXCP_FLAG_PRIV"},
    {18, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_EXCP_FLAG_USER"},
    {19, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_TRAP_CTRL"},
    {20, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_SCRATCH_BASE_LO"},
    {21, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_SCRATCH_BASE_HI"},
    {23, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_HW_ID1"},
    {24, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_HW_ID2"},
    {26, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_SCHED_MODE"},
    {29, ISA_GFX12, ISA_GFX12, "HW_REG_SHADER_CYCLES_LO"},
    {30, ISA_GFX12, ISA_GFX12, "HW_REG_SHADER_CYCLES_HI"},
    {31, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_DVGPR_ALLOC_LO"},
    {32, ISA_GFX12, ISA_GFX12, "HW_REG_WAVE_DVGPR_ALLOC_HI"},
};

static void text_hwreg(struct text *t, const struct isa_inst *inst)
{
    unsigned v = (unsigned)inst->imm & 0xffff, id = v & 63, offset = v >> 6 & 31, size = (v >> 11 & 31) + 1;
    const char *name = name_find(
        hardware_registers, sizeof(hardware_registers) / sizeof(hardware_registers[0]), id, inst->generation);
    text_put(t, "hwreg(");
    if (name)
        text_put(t, "%s", name);
    else
        text_put(t, "%u", id);
    if (offset != 0 || size != 32)
        text_put(t, ", %u, %u", offset, size);
    text_put(t, ")");
}

static const struct name_of messages[] = {
    {1, ISA_GFX90A, ISA_GFX12, "MSG_INTERRUPT"},
    {2, ISA_GFX11, ISA_GFX12, "MSG_HS_TESSFACTOR"},
    {3, ISA_GFX11, ISA_GFX12, "MSG_DEALLOC_VGPRS"},
    {4, ISA_GFX90A, ISA_GFX10_3, "MSG_SAVEWAVE"},
    {5, ISA_GFX90A, ISA_GFX11_5, "MSG_STALL_WAVE_GEN"},
    {6, ISA_GFX90A, ISA_GFX11_5, "MSG_HALT_WAVES"},
    {7, ISA_GFX90A, ISA_GFX10_3, "MSG_ORDERED_PS_DONE"},
    {8, ISA_GFX90A, ISA_GFX10_3, "MSG_EARLY_PRIM_DEALLOC"},
    {9, ISA_GFX90A, ISA_GFX12, "MSG_GS_ALLOC_REQ"},
    {10, ISA_GFX90A, ISA_GFX10_3, "MSG_GET_DOORBELL"},
    {11, ISA_GFX10_3, ISA_GFX10_3, "MSG_GET_DDID"},
    {128, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_DOORBELL"},
    {129, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_DDID"},
    {130, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_TMA"},
    {131, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_REALTIME"},
    {132, ISA_GFX11, ISA_GFX12, "MSG_RTN_SAVE_WAVE"},
    {133, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_TBA"},
    {134, ISA_GFX11, ISA_GFX12, "MSG_RTN_GET_TBA_TO_PC"},
    {135, ISA_GFX12, ISA_GFX12, "MSG_RTN_GET_SE_AID_ID"},
};

/* Messages with an operation and a stream (before gfx11); false where the numbers make none. */
static bool text_message_operation(struct text *t, unsigned v)
{
    static const char *const gs[] = {"GS_OP_NOP", "GS_OP_CUT", "GS_OP_EMIT", "GS_OP_EMIT_CUT"};
    static const char *const system[] = {"SYSMSG_OP_ECC_ERR_INTERRUPT", "SYSMSG_OP_REG_RD", "",
                                         "SYSMSG_OP_TTRACE_PC"};
    unsigned id = v & 15, op = v >> 4 & 7, stream = v >> 8 & 3;
    if (id == 15 && (op == 1 || op == 2 || op == 4) && stream == 0)
        text_put(t, "sendmsg(MSG_SYSMSG, %s)", system[op - 1]);
    else if (id == 3 && op == 0 && stream == 0)
        text_put(t, "sendmsg(MSG_GS_DONE, GS_OP_NOP)");
    else if ((id == 2 || id == 3) && op >= 1 && op <= 3)
        text_put(t, "sendmsg(%s, %s, %u)", id == 2 ? "MSG_GS" : "MSG_GS_DONE", gs[op], stream);
    else
        return false;
    return true;
}

static void text_message(struct text *t, const struct isa_inst *inst)
{
    bool gfx11 = inst->generation >= ISA_GFX11;
    unsigned v = (unsigned)inst->imm & 0xffff, id = v & (gfx11 ? 255 : 15);
    unsigned op = gfx11 ? 0 : v >> 4 & 7, stream = gfx11 ? 0 : v >> 8 & 3;
    const char *name = name_find(messages, sizeof(messages) / sizeof(messages[0]), id, inst->generation);
    if (!gfx11 && text_message_operation(t, v))
        return;
    if (name && op == 0 && stream == 0)
        text_put(t, "sendmsg(%s)", name);
    else if ((id | op << 4 | stream << 8) != v)
        text_put(t, "%u", v);
    else
        text_put(t, "sendmsg(%u, %u, %u)", id, op, stream);
}

bool text_hint(struct text *t, const struct isa_inst *inst)
{
    if (named(inst, "s_waitcnt"))
        text_waitcnt(t, inst);
    else if (named(inst, "s_delay_alu"))
        text_delay(t, inst);
    else if (named(inst, "s_waitcnt_depctr") || named(inst, "s_wait_alu"))
        text_depctr(t, inst);
    else if (strncmp(inst->row->name, "s_sendmsg", 9) == 0 && inst->format == ISA_SOPP) {
        text_put(t, " ");
        text_message(t, inst);
    } else
        return false;
    return true;
}

/* ---- formats ---- */

/* SOPP: hints that LLVM prints without a number, in hexadecimal, or not when zero. */
static bool prints_nothing(const struct isa_inst *inst)
{
    static const char *const bare[] = {
        "s_barrier",    "s_barrier_leave",  "s_wakeup",   "s_icache_inv",
        "s_ttracedata", "s_endpgm_saved",   "s_code_end", "s_endpgm_ordered_ps_done",
        "s_wait_idle",  "s_set_gpr_idx_off"};
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
        if (named(inst, bare[i]))
            return true;
    return named(inst, "s_endpgm") && inst->imm == 0;
}

static bool prints_hex(const struct isa_inst *inst)
{
    static const char *const hex[] = {"s_clause",         "s_set_inst_prefetch_distance",
                                      "s_round_mode",     "s_wait_event",
                                      "s_ttracedata_imm", "s_inst_prefetch"};
    if (strncmp(inst->row->name, "s_wait_", 7) == 0 && strstr(inst->row->name, "cnt"))
        return true; /* gfx12's counters */
    for (size_t i = 0; i < sizeof(hex) / sizeof(hex[0]); i++)
        if (named(inst, hex[i]))
            return true;
    return false;
}

static void text_gpr_index(struct text *t, unsigned mode)
{
    static const char *const names[] = {"SRC0", "SRC1", "SRC2", "DST"};
    const char *comma = "";
    if (mode & ~15u) {
        text_put(t, "0x%x", mode);
        return;
    }
    text_put(t, "gpr_idx(");
    for (unsigned i = 0; i < 4; i++)
        if (mode >> i & 1) {
            text_put(t, "%s%s", comma, names[i]);
            comma = ",";
        }
    text_put(t, ")");
}

static void text_sopp(struct text *t, const struct isa_inst *inst)
{
    if (prints_nothing(inst) || text_hint(t, inst))
        return;
    text_comma(t);
    if (named(inst, "s_set_gpr_idx_mode"))
        text_gpr_index(t, (unsigned)inst->imm);
    else if (strncmp(inst->row->name, "s_branch", 8) == 0 || strncmp(inst->row->name, "s_cbranch", 9) == 0 ||
             named(inst, "s_endpgm"))
        text_put(t, "%u", (unsigned)inst->imm & 0xffff);
    else if (prints_hex(inst))
        text_put(t, "0x%x", (unsigned)inst->imm & 0xffff);
    else
        text_number(t, (unsigned)inst->imm & 0xffff);
}

/* Which version of the instruction set a program needs, and for which waves (LLVM, UCVersion). */
static void text_version(struct text *t, unsigned v)
{
    static const struct {
        uint8_t id;
        const char *name;
    } versions[] = {{0, "7"}, {4, "10"}, {6, "11"}, {9, "12"}};
    static const char *const bits[] = {"W64_BIT", "W32_BIT", "MDP_BIT"}; /* from bit 13 on */
    unsigned n = (v >> 13 & 1) + (v >> 14 & 1) + (v >> 15 & 1);
    if (v >> 8 & 31) {
        text_put(t, "0x%x", v);
        return;
    }
    for (unsigned i = 1; i < n; i++)
        text_put(t, "(");
    const char *name = NULL;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].id == (v & 255))
            name = versions[i].name;
    if (name)
        text_put(t, "UC_VERSION_GFX%s", name);
    else
        text_put(t, "%u", v & 255);
    for (unsigned i = 0, done = 0; i < 3; i++)
        if (v >> (13 + i) & 1)
            text_put(t, ++done < n ? "|UC_VERSION_%s)" : "|UC_VERSION_%s", bits[i]);
}

static void text_sopk_immediate(struct text *t, const struct isa_inst *inst)
{
    const char *name = inst->row->name;
    if (strncmp(name, "s_getreg", 8) == 0 || strncmp(name, "s_setreg", 8) == 0)
        text_hwreg(t, inst);
    else if (named(inst, "s_version"))
        text_version(t, (unsigned)inst->imm & 0xffff);
    else if (strcmp(name, "s_call_b64") == 0 || strncmp(name, "s_subvector", 11) == 0 ||
             strcmp(name, "s_cbranch_i_fork") == 0)
        text_put(t, "%u", (unsigned)inst->imm & 0xffff);
    else
        text_put(t, "0x%x", (unsigned)inst->imm & 0xffff);
}

static void text_sopk(struct text *t, const struct isa_inst *inst)
{
    bool set = strncmp(inst->row->name, "s_setreg", 8) == 0;
    if (named(inst, "s_wait_alu")) {
        text_hint(t, inst);
        return;
    }
    if (inst->dst.kind || (inst->src[0].kind && !set)) {
        text_comma(t);
        text_operand(t, inst, inst->dst.kind ? &inst->dst : &inst->src[0]);
    }
    text_comma(t);
    text_sopk_immediate(t, inst);
    if (set) {
        text_comma(t);
        if (inst->src[0].kind == ISA_CONST)
            text_number(t, (uint32_t)inst->src[0].value);
        else
            text_operand(t, inst, &inst->src[0]);
    }
}

void text_scalar(struct text *t, const struct isa_inst *inst)
{
    text_put(t, "%s", inst->row->name);
    if (inst->format == ISA_SOPP) {
        text_sopp(t, inst);
        return;
    }
    if (inst->format == ISA_SOPK) {
        text_sopk(t, inst);
        return;
    }
    if (inst->dst.kind) {
        text_comma(t);
        text_operand(t, inst, &inst->dst);
    }
    for (unsigned i = 0; i < inst->n_src; i++) {
        text_comma(t);
        text_operand(t, inst, &inst->src[i]);
    }
    if (strncmp(inst->row->name, "s_sendmsg_rtn", 13) == 0) {
        text_comma(t);
        text_message(t, inst);
    } else if (named(inst, "s_set_gpr_idx_on")) {
        text_comma(t);
        text_gpr_index(t, (unsigned)inst->imm);
    }
}

static void text_smem_offset(struct text *t, const struct isa_inst *inst)
{
    const struct isa_operand *soffset = &inst->src[1];
    bool gfx9 = inst->generation <= ISA_GFX950 || inst->generation == ISA_GFX12,
         has_imm = inst->generation > ISA_GFX950 || (inst->word[0] >> 17 & 1);
    text_comma(t);
    const char *sign = inst->offset < 0 ? "-" : "";
    unsigned size = (unsigned)(inst->offset < 0 ? -inst->offset : inst->offset);
    if (soffset->kind) {
        text_operand(t, inst, soffset);
        if (has_imm && (inst->offset || gfx9))
            text_put(t, " offset:%s0x%x", sign, size);
    } else if (gfx9 || inst->offset) {
        text_put(t, "%s0x%x", sign, size);
    } else {
        text_put(t, "null");
    }
}

static void text_prefetch(struct text *t, const struct isa_inst *inst)
{
    if (inst->src[0].kind) {
        text_comma(t);
        text_operand(t, inst, &inst->src[0]);
    }
    text_comma(t);
    text_put(t, inst->offset < 0 ? "-0x%x, " : "0x%x, ",
             (unsigned)(inst->offset < 0 ? -inst->offset : inst->offset));
    if (inst->src[1].kind)
        text_operand(t, inst, &inst->src[1]);
    else
        text_put(t, "null");
    text_put(t, ", %d", inst->imm);
}

void text_smem(struct text *t, const struct isa_inst *inst)
{
    text_put(t, "%s", inst->row->name);
    if (strstr(inst->row->name, "prefetch")) {
        text_prefetch(t, inst);
        return;
    }
    const struct isa_operand *data = inst->src[2].kind ? &inst->src[2] : &inst->dst;
    if (strncmp(inst->row->name, "s_atc_probe", 11) == 0) {
        text_comma(t);
        text_number(t, inst->word[0] >> 6 & 127);
    } else if (data->kind) {
        text_comma(t);
        text_operand(t, inst, data);
    }
    if (inst->src[0].kind) {
        text_comma(t);
        text_operand(t, inst, &inst->src[0]);
        text_smem_offset(t, inst);
    }
    if (!data->kind)
        return;
    if (inst->generation == ISA_GFX12) {
        text_cache_gfx12(t, inst, false);
        return;
    }
    if (inst->glc && data->kind)
        text_put(t, " glc");
    if (inst->dlc)
        text_put(t, " dlc");
}
