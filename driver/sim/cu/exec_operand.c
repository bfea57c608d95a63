/*
 * exec_operand.c - scalar operands: registers, constants, what special codes read.
 */
#include "wave.h"

static uint64_t special_value(const struct isa_wave *w, unsigned code)
{
    switch (code) {
    case 235:
        return w->shared_base;
    case 236:
        return w->shared_base | 0xffffffff;
    case 237:
        return w->private_base;
    case 238:
        return w->private_base | 0xffffffff;
    case 251:
        return isa_vcc(w) == 0;
    case 252:
        return isa_exec(w) == 0;
    case 253:
        return w->scc;
    default: /* the others never get here: wave.c refuses them */
        return 0;
    }
}

uint64_t isa_read64(const struct isa_wave *w, const struct isa_operand *op)
{
    switch (op->kind) {
    case ISA_SGPR:
        return isa_sgpr64(w, op->reg);
    case ISA_CONST:
        return op->value;
    case ISA_SPECIAL:
        return special_value(w, op->reg);
    default:
        return 0;
    }
}

uint32_t isa_read32(const struct isa_wave *w, const struct isa_operand *op)
{
    if (op->kind == ISA_SGPR)
        return w->sgpr[op->reg];
    return (uint32_t)isa_read64(w, op);
}

void isa_write32(struct isa_wave *w, const struct isa_operand *op, uint32_t value)
{
    if (op->kind == ISA_SGPR)
        w->sgpr[op->reg] = value;
}

void isa_write64(struct isa_wave *w, const struct isa_operand *op, uint64_t value)
{
    if (op->kind == ISA_SGPR)
        isa_sgpr64_set(w, op->reg, value);
}

uint64_t isa_read_mask(const struct isa_wave *w, const struct isa_operand *op)
{
    return w->lanes == 32 ? isa_read32(w, op) : isa_read64(w, op);
}

void isa_write_mask(struct isa_wave *w, const struct isa_operand *op, uint64_t value)
{
    if (w->lanes == 32)
        isa_write32(w, op, (uint32_t)value);
    else
        isa_write64(w, op, value);
}
