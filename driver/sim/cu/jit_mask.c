/*
 * jit_mask.c - lane masks that vector instructions make in SGPRs, VCC above all, as mask registers.
 *
 * One of them is held for instructions that take it in (v_cndmask, sums with a carry). It is stored when
 * something else than a vector instruction comes, or code may leave the trace: of a row of sums each with its
 * carry in VCC, only the last carry is. Waves of 64 lanes have mask registers for that only while EXEC needs
 * none.
 */
#include "jit_vector.h"

enum { FREE = 1, SECOND = 2, OF_32_LANES = 6 };

static bool holds(const struct jit *j)
{
    return j->parts == 2 || !j->masked;
}

static unsigned held(const struct jit *j, unsigned part)
{
    return (j->parts == 2 ? OF_32_LANES : JIT_EXEC) + part;
}

/* Mask registers of all parts, from first on, as SGPRs. */
static void registers_store(struct jit *j, unsigned first, unsigned sgpr)
{
    x86_k(&j->x, KUNPCKWD, FREE, first + 1, x86_reg(first));
    if (j->parts == 2) {
        x86_k(&j->x, KMOVD_STORE, FREE, 0, jit_sgpr(sgpr));
        return;
    }
    x86_k(&j->x, KUNPCKWD, SECOND, first + 3, x86_reg(first + 2));
    x86_k(&j->x, KUNPCKDQ, FREE, SECOND, x86_reg(FREE));
    x86_k(&j->x, KMOVQ_STORE, FREE, 0, jit_sgpr(sgpr));
}

void jit_mask_flush(struct jit *j)
{
    if (j->mask.sgpr >= 0 && j->mask.dirty)
        registers_store(j, held(j, 0), (unsigned)j->mask.sgpr);
    j->mask.dirty = false;
}

void jit_mask_forget(struct jit *j)
{
    jit_mask_flush(j);
    j->mask.sgpr = -1;
}

bool jit_mask_touches(const struct jit *j, const struct isa_operand *o)
{
    int n = (int)j->parts / 2, dwords = o->dwords ? o->dwords : 1;
    return o->kind == ISA_SGPR && j->mask.sgpr >= 0 && (int)o->reg < j->mask.sgpr + n &&
           (int)o->reg + dwords > j->mask.sgpr;
}

unsigned jit_mask_get(struct jit *j, unsigned sgpr, unsigned part, unsigned free)
{
    if (j->mask.sgpr == (int)sgpr)
        return held(j, part);
    x86_k(&j->x, KMOVW_LOAD, free, 0, jit_sgpr_part(sgpr, part));
    return free;
}

void jit_mask_begin(struct jit *j, unsigned sgpr)
{
    if (j->mask.sgpr != (int)sgpr)
        jit_mask_flush(j);
}

unsigned jit_mask_place(const struct jit *j, unsigned part)
{
    return holds(j) ? held(j, part) : FREE;
}

/* Made in its place it was made under EXEC. Where it cannot be held it is gathered in RDX: the SGPRs that it
 * goes to may still be read. */
void jit_mask_put(struct jit *j, unsigned part, unsigned k)
{
    const uint8_t shift[] = {0x48, 0xc1, 0xe0, (uint8_t)(16 * part)}; /* shl rax, 16 * part */
    unsigned to = jit_mask_place(j, part);
    if (holds(j) && to == k)
        return;
    if (j->masked)
        x86_k(&j->x, KANDW, to, k, x86_reg(jit_mask(j, part)));
    else if (to != k)
        x86_k(&j->x, KMOVW_LOAD, to, 0, x86_reg(k));
    if (holds(j))
        return;
    x86_k(&j->x, KMOVW_TO_R32, part ? RAX : RDX, 0, x86_reg(to));
    if (!part)
        return;
    x86_bytes(&j->x, shift, sizeof shift);
    x86_op(&j->x, X86_OR, true, RDX, x86_reg(RAX));
}

void jit_mask_end(struct jit *j, unsigned sgpr)
{
    if (holds(j)) {
        j->mask.sgpr = (int)sgpr;
        j->mask.dirty = true;
    } else {
        x86_op(&j->x, X86_STORE, true, RDX, jit_sgpr(sgpr));
    }
    if (sgpr + 1 < ISA_EXEC)
        return;
    jit_mask_forget(j);
    jit_exec_changed(j);
}

void jit_exec_made(struct jit *j)
{
    j->masked = j->exec_new = true;
    registers_store(j, JIT_EXEC, ISA_EXEC);
}

void jit_exec_copy(struct jit *j, unsigned sgpr)
{
    registers_store(j, JIT_EXEC, sgpr);
}
