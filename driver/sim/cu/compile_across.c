/*
 * compile_across.c - instructions that move values between lanes, as LLVM's: to and from scalar registers,
 * permutations, and swaps. Each comes to what its function in exec_lanes.c or exec_ds.c does.
 *
 * Lanes that are found at run time are read from a row in memory by a gather.
 */
#include "compile_across.h"
#include "exec_memory.h"
#include "vector.h"

static LLVMValueRef each32(struct compile *c, uint32_t value)
{
    return compile_each_int(c, c->i32, value);
}

/* ---- operands ---- */

static bool source_given(const struct compile *c, const struct isa_operand *o)
{
    return compile_registers_there(c, o, 1) || o->kind == ISA_CONST ||
           (o->kind == ISA_SGPR && o->reg < REGION_SGPRS);
}

static bool scalar_given(const struct isa_operand *o)
{
    return o->kind == ISA_CONST || (o->kind == ISA_SGPR && o->reg < REGION_SGPRS);
}

static LLVMValueRef scalar(struct compile *c, const struct isa_operand *o)
{
    return o->kind == ISA_CONST ? compile_int(c, c->i32, (uint32_t)o->value) : compile_sgpr(c, o->reg);
}

static bool is_vector(const struct isa_operand *o)
{
    return o->kind == ISA_VGPR || o->kind == ISA_AGPR;
}

static LLVMValueRef row_of(struct compile *c, const struct isa_operand *o)
{
    return is_vector(o) ? compile_row(c, compile_register_row(o)) : compile_each(c, scalar(c, o));
}

/* The lane's number in each lane. */
static LLVMValueRef lane_numbers(struct compile *c)
{
    LLVMValueRef all[64];
    for (unsigned i = 0; i < c->lanes; i++)
        all[i] = compile_int(c, c->i32, i);
    return c->l->ConstVector(all, c->lanes);
}

/* Of each lane the value of the one that it names. */
static LLVMValueRef gathered(struct compile *c, LLVMValueRef row, LLVMValueRef lanes)
{
    compile_store(c, row, c->places[0], 0);
    LLVMValueRef pointers = B(c, GEP2, c->i32, c->places[0], &lanes, 1);
    LLVMTypeRef types[] = {c->row, c->l->TypeOf(pointers)};
    LLVMValueRef args[] = {pointers, c->l->ConstAllOnes(c->bits), c->l->GetPoison(c->row)};
    return compile_intrinsic(c, "llvm.masked.gather", types, 2, args, 3);
}

/* Is the lane that each one names active? */
static LLVMValueRef named_active(struct compile *c, LLVMValueRef lanes)
{
    LLVMValueRef exec = compile_each(c, compile_exec(c));
    if (c->lanes == 64)
        lanes = B(c, ZExt, lanes, c->wide);
    return B(c, Trunc, B(c, LShr, exec, lanes), c->bits);
}

/* ---- one lane ---- */

/* With no lane active, lane 0. */
static bool first_lane_read(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (inst->dst.kind != ISA_SGPR || inst->dst.reg >= REGION_SGPRS || c->now->forks)
        return false;
    if (!is_vector(&inst->src[0])) {
        compile_sgpr_set(c, inst->dst.reg, scalar(c, &inst->src[0]));
        return true;
    }
    LLVMValueRef lane = compile_int(c, c->i32, 0);
    if (c->active) {
        LLVMValueRef args[] = {compile_exec(c), compile_int(c, c->i1, 0)};
        LLVMValueRef n = compile_intrinsic(c, "llvm.cttz", &c->mask_int, 1, args, 2);
        lane = B(c, And, n, compile_int(c, c->mask_int, c->lanes - 1));
    }
    compile_sgpr_set(c, inst->dst.reg, B(c, ExtractElement, row_of(c, &inst->src[0]), lane));
    return true;
}

static LLVMValueRef lane_chosen(struct compile *c, const struct isa_operand *o)
{
    return B(c, And, scalar(c, o), compile_int(c, c->i32, c->lanes - 1));
}

static bool lane_read(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (inst->dst.kind != ISA_SGPR || inst->dst.reg >= REGION_SGPRS || c->now->forks ||
        !scalar_given(&inst->src[1]))
        return false;
    LLVMValueRef lane = lane_chosen(c, &inst->src[1]);
    compile_sgpr_set(c, inst->dst.reg, B(c, ExtractElement, row_of(c, &inst->src[0]), lane));
    return true;
}

/* Whether or not lanes are active. */
static void row_set_whole(struct compile *c, const struct isa_operand *o, LLVMValueRef value)
{
    LLVMValueRef active = c->active;
    c->active = NULL;
    compile_row_set(c, compile_register_row(o), value);
    c->active = active;
}

static bool lane_write(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (!compile_registers_there(c, &inst->dst, 1) || !scalar_given(&inst->src[0]) ||
        !scalar_given(&inst->src[1]))
        return false;
    LLVMValueRef lane = lane_chosen(c, &inst->src[1]), value = scalar(c, &inst->src[0]);
    row_set_whole(c, &inst->dst, B(c, InsertElement, row_of(c, &inst->dst), value, lane));
    return true;
}

/* ---- permutations ---- */

/* Each lane takes the value of the one it names, which may be active or not; zero: 0 of one that is not, else
 * the lane keeps what it has. */
static void permute(struct compile *c, LLVMValueRef row, LLVMValueRef lanes, bool any, bool zero)
{
    LLVMValueRef value = gathered(c, row, lanes), active = c->active;
    const struct isa_operand *dst = &c->now->inst.dst;
    if (active && !any) {
        LLVMValueRef valid = named_active(c, lanes);
        if (zero)
            value = B(c, Select, valid, value, each32(c, 0));
        else
            c->active = B(c, And, active, valid);
    }
    compile_row_set(c, compile_register_row(dst), value);
    c->active = active;
}

/* A lane of each row of 16, from one or from two registers with four bits for each. */
static LLVMValueRef selectors(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    bool is_row = is_vector(&inst->src[1]);
    LLVMValueRef at = B(c, And, lane_numbers(c), each32(c, 15)), seven = each32(c, 7);
    LLVMValueRef low = row_of(c, &inst->src[1]);
    if (is_row)
        return B(c, And, low, each32(c, 15));
    LLVMValueRef high = row_of(c, &inst->src[2]);
    LLVMValueRef word = B(c, Select, B(c, ICmp, LLVM_UGT, at, seven), high, low);
    LLVMValueRef bit = B(c, Shl, B(c, And, at, seven), each32(c, 2));
    return B(c, And, B(c, LShr, word, bit), each32(c, 15));
}

static bool rows_permute(struct compile *c, unsigned cross, bool scalars)
{
    const struct isa_inst *inst = &c->now->inst;
    bool given = scalars ? scalar_given(&inst->src[1]) && scalar_given(&inst->src[2])
                         : compile_registers_there(c, &inst->src[1], 1);
    if (!given || !compile_registers_there(c, &inst->dst, 1))
        return false;
    LLVMValueRef begin = B(c, And, lane_numbers(c), each32(c, ~15u));
    LLVMValueRef lanes = B(c, Xor, B(c, Or, begin, selectors(c)), each32(c, cross));
    permute(c, row_of(c, &inst->src[0]), lanes, inst->opsel & 1, inst->opsel & 2);
    return true;
}

static bool halves_permute(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (!compile_registers_there(c, &inst->dst, 1))
        return false;
    if (c->lanes == 64) {
        LLVMValueRef lanes = B(c, Xor, lane_numbers(c), each32(c, 32));
        permute(c, row_of(c, &inst->src[0]), lanes, true, false);
    }
    return true;
}

/* ---- swaps ---- */

static bool both_there(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    return compile_registers_there(c, &inst->dst, 1) && compile_registers_there(c, &inst->src[0], 1);
}

static bool swap(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (!both_there(c))
        return false;
    LLVMValueRef x = row_of(c, &inst->dst), y = row_of(c, &inst->src[0]);
    compile_row_set(c, compile_register_row(&inst->dst), y);
    compile_row_set(c, compile_register_row(&inst->src[0]), x);
    return true;
}

/* ---- the vector unit's ---- */

static bool permlane(struct compile *c, isa_exec_fn *exec)
{
    if (exec == isa_v_permlane16_b32 || exec == isa_v_permlanex16_b32)
        return rows_permute(c, exec == isa_v_permlanex16_b32 ? 16 : 0, true);
    if (exec == isa_v_permlane16_var_b32 || exec == isa_v_permlanex16_var_b32)
        return rows_permute(c, exec == isa_v_permlanex16_var_b32 ? 16 : 0, false);
    return exec == isa_v_permlane64_b32 && halves_permute(c);
}

bool compile_across(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    isa_exec_fn *exec = inst->exec;
    if (inst->sdwa || inst->dpp16 || inst->dpp8 || !source_given(c, &inst->src[0]))
        return false;
    if (exec == isa_v_readfirstlane_b32)
        return first_lane_read(c);
    if (exec == isa_v_readlane_b32)
        return lane_read(c);
    if (exec == isa_v_writelane_b32)
        return lane_write(c);
    if (exec == isa_v_swap_b32)
        return swap(c);
    return permlane(c, exec);
}

/* ---- the LDS unit's ---- */

bool compile_across_lds(struct compile *c)
{
    const struct region_op *r = c->now;
    const struct isa_inst *inst = &r->inst;
    bool any = inst->exec == isa_ds_bpermute_fi_b32;
    if ((!any && inst->exec != isa_ds_bpermute_b32) || !compile_registers_there(c, &inst->dst, 1) ||
        !compile_registers_there(c, &inst->src[0], 1) || !compile_registers_there(c, &inst->src[1], 1))
        return false;
    bool halves = c->region->generation >= ISA_GFX10_3 && c->region->generation < ISA_GFX12;
    LLVMValueRef address = B(c, Add, row_of(c, &inst->src[0]), each32(c, (uint32_t)inst->offset));
    LLVMValueRef lanes = B(c, LShr, address, each32(c, 2));
    lanes = B(c, And, lanes, each32(c, halves ? 31 : c->lanes - 1));
    if (halves)
        lanes = B(c, Or, lanes, B(c, And, lane_numbers(c), each32(c, 32)));
    permute(c, row_of(c, &inst->src[1]), lanes, any, true);
    return true;
}
