/*
 * jit_memory.c - templates of scalar loads: what exec_smem.c does, with the address looked up in the wave's
 * TLB.
 *
 * Invariant: a translation is used only if the TLB is of the VM's generation, as isa_memory_near() has it.
 * What is not found there, and what faults, is left to the operation's function: nothing has been written
 * then.
 */
#include "jit.h"

static void immediate8(struct x86 *x, unsigned extension, bool wide, struct x86_rm rm, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    x86_op(x, 0x83, wide, extension, rm), x86_bytes(x, &byte, 1);
}

/* The address in RAX. */
static void address(struct x86 *x, const struct isa_op *op)
{
    x86_op(x, X86_MOV, true, RAX, x86_mem(JIT_WAVE, op->at[1]));
    if (op->base[2] == OP_WAVE)
        x86_op(x, X86_MOV, false, RCX, x86_mem(JIT_WAVE, op->at[2]));
    else
        x86_move(x, RCX, *(const uint32_t *)op->at[2]);
    x86_op(x, X86_ADD, true, RAX, x86_reg(RCX));
    x86_op(x, 0x81, true, 0, x86_reg(RAX)), x86_u32(x, (uint32_t)op->inst->offset);
    immediate8(x, 4, true, x86_reg(RAX), 0xfc);
}

/* The entry of the TLB that the hint names. */
static void entry(struct x86 *x, const struct isa_op *op)
{
    _Static_assert(sizeof(struct isa_tlb) == 32, "an entry is found by a shift");
    x86_move(x, RDX, (uintptr_t)op_hint(op));
    x86_op(x, X86_MOVZX8, false, RCX, x86_mem(RDX, 0));
    x86_bytes(x, "\xc1\xe1\x05", 3); /* shl ecx, 5 */
    x86_op(x, X86_ADD, true, RCX, x86_reg(JIT_WAVE));
}

void jit_translate_address(struct jit *j, const struct isa_op *op, unsigned access, struct jit_aside *aside)
{
    struct x86 *x = &j->x;
    entry(x, op);
    x86_op(x, X86_MOV, true, RDX, x86_mem(JIT_WAVE, offsetof(struct isa_wave, vm)));
    x86_op(x, X86_MOV, true, RDX, x86_mem(RDX, offsetof(struct sim_vm, generation)));
    x86_op(x, X86_CMP, true, RDX, x86_mem(JIT_WAVE, offsetof(struct isa_wave, tlb_generation)));
    jit_miss(j, aside, CC_NE);
    x86_op(x, X86_MOV, true, RSI, JIT_TLB(end));
    x86_op(x, X86_MOV, true, RDX, x86_reg(RAX));
    x86_op(x, X86_SUB, true, RDX, JIT_TLB(start));
    jit_miss(j, aside, CC_B);
    x86_op(x, X86_SUB, true, RSI, x86_reg(RAX));
    jit_miss(j, aside, CC_B);
    immediate8(x, 7, true, x86_reg(RSI), op->bytes);
    jit_miss(j, aside, CC_B);
    x86_op(x, 0xf6, false, 0, JIT_TLB(access)), x86_bytes(x, &(uint8_t){(uint8_t)access}, 1); /* test */
    jit_miss(j, aside, CC_E);
    x86_op(x, X86_ADD, true, RDX, JIT_TLB(host));
}

/* All is read before anything is written, but for what the code has read already: the base and the offset. */
static void copy(struct x86 *x, const struct isa_op *op)
{
    if (op->bytes == 64) {
        x86_vector(x, VMOVUPS_LOAD, 0, 0, x86_mem(RDX, 0), 0, X86_NO_IMM);
        x86_vector(x, VMOVUPS_STORE, 0, 0, x86_mem(JIT_WAVE, op->at[0]), 0, X86_NO_IMM);
        return;
    }
    for (unsigned done = 0, n; done < op->bytes; done += n) {
        n = op->bytes - done >= 8 ? 8 : 4;
        x86_op(x, X86_MOV, n == 8, RAX, x86_mem(RDX, done));
        x86_op(x, X86_STORE, n == 8, RAX, x86_mem(JIT_WAVE, op->at[0] + done));
    }
}

bool jit_memory_scalar(struct jit *j, const struct isa_op *op)
{
    struct x86 *x = &j->x;
    if ((op->plain ? op->plain : op->run) != isa_ops_smem[0].op || op->base[1] != OP_WAVE ||
        jit_writes_exec(op->inst))
        return false;
    struct jit_aside *aside = jit_aside_begin(j, op);
    if (!aside)
        return true;
    address(x, op);
    jit_translate_address(j, op, SIM_VM_READ, aside);
    copy(x, op);
    jit_aside_end(j, aside);
    return true;
}
