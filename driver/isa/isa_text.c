/*
 * isa_text.c - an instruction as LLVM prints it: registers, constants, and which printer a format has.
 *
 * For people (faults, traces) and for the test that holds the decoder against LLVM. Facts: LLVM's
 * AMDGPUOperandSyntax, AMDGPUModifierSyntax, and llvm-objdump's output.
 */
#include "isa_text.h"

#include <stdarg.h>
#include <stdio.h>

void text_put(struct text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = t->length < t->size ? t->size - t->length : 0;
    int n = vsnprintf(room ? t->to + t->length : NULL, room, format, arguments);
    va_end(arguments);
    if (n > 0)
        t->length += (size_t)n;
}

void text_comma(struct text *t)
{
    text_put(t, t->operands ? ", " : " ");
    t->operands = true;
}

/* Scalar registers with a name: low, high, pair. */
static const struct {
    uint8_t reg;
    bool gfx9_only;
    const char *low, *high, *pair;
} named_registers[] = {
    {102, true, "flat_scratch_lo", "flat_scratch_hi", "flat_scratch"},
    {104, true, "xnack_mask_lo", "xnack_mask_hi", "xnack_mask"},
    {ISA_VCC, false, "vcc_lo", "vcc_hi", "vcc"},
    {ISA_EXEC, false, "exec_lo", "exec_hi", "exec"},
};

static bool named_register(struct text *t, const struct isa_inst *inst, unsigned reg, unsigned dwords)
{
    for (size_t i = 0; i < sizeof(named_registers) / sizeof(named_registers[0]); i++) {
        if (named_registers[i].gfx9_only && inst->generation > ISA_GFX950)
            continue;
        if (reg == named_registers[i].reg && dwords <= 2) {
            text_put(t, "%s", dwords == 2 ? named_registers[i].pair : named_registers[i].low);
            return true;
        }
        if (reg == named_registers[i].reg + 1u && dwords == 1) {
            text_put(t, "%s", named_registers[i].high);
            return true;
        }
    }
    return false;
}

static void text_range(struct text *t, const char *file, unsigned reg, unsigned dwords)
{
    if (dwords <= 1)
        text_put(t, "%s%u", file, reg);
    else
        text_put(t, "%s[%u:%u]", file, reg, reg + dwords - 1);
}

static bool is_half(uint8_t type)
{
    return type == ISA_F16 || type == ISA_BF16 || type == ISA_I16 || type == ISA_U16 || type == ISA_B16;
}

void text_register(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    unsigned dwords = op->dwords ? op->dwords : 1;
    if (op->kind == ISA_NULL) {
        text_put(t, "null");
    } else if (op->kind == ISA_AGPR) {
        text_range(t, "a", op->reg, dwords);
    } else if (op->kind == ISA_VGPR) {
        text_range(t, "v", op->reg, dwords);
        if (inst->generation >= ISA_GFX11 && inst->generation != ISA_GFX12 && inst->format != ISA_VOP3P &&
            is_half(op->type))
            text_put(t, op->sel ? ".h" : ".l");
    } else if (op->reg == ISA_M0) {
        text_put(t, "m0");
    } else if (op->reg >= ISA_TTMP0 && op->reg < ISA_TTMP0 + 16) {
        text_range(t, "ttmp", op->reg - ISA_TTMP0, dwords);
    } else if (!named_register(t, inst, op->reg, dwords)) {
        text_range(t, "s", op->reg, dwords);
    }
}

static const char *special_name(unsigned code)
{
    static const struct {
        uint8_t code;
        const char *name;
    } names[] = {{230, "src_flat_scratch_base_lo"},
                 {231, "src_flat_scratch_base_hi"},
                 {235, "src_shared_base"},
                 {236, "src_shared_limit"},
                 {237, "src_private_base"},
                 {238, "src_private_limit"},
                 {239, "src_pops_exiting_wave_id"},
                 {251, "src_vccz"},
                 {252, "src_execz"},
                 {253, "src_scc"},
                 {254, "src_lds_direct"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    return "?";
}

static const uint16_t half_floats[] = {0x3800, 0xb800, 0x3c00, 0xbc00, 0x4000,
                                       0xc000, 0x4400, 0xc400, 0x3118};

/* The inline constant with those bits as an operand of that many bits (16, 32, 64), or 0. */
static unsigned inline_code(uint64_t value, unsigned width)
{
    static const uint64_t floats[3][9] = {
        {0x3800, 0xb800, 0x3c00, 0xbc00, 0x4000, 0xc000, 0x4400, 0xc400, 0x3118},
        {0x3f000000, 0xbf000000, 0x3f800000, 0xbf800000, 0x40000000, 0xc0000000, 0x40800000, 0xc0800000,
         0x3e22f983},
        {0x3fe0000000000000, 0xbfe0000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x4000000000000000,
         0xc000000000000000, 0x4010000000000000, 0xc010000000000000, 0x3fc45f306dc9c882}};
    unsigned shift = 64 - width;
    int64_t number = (int64_t)(value << shift) >> shift;
    if (number >= -16 && number <= 64)
        return number >= 0 ? 128 + (unsigned)number : (unsigned)(192 - number);
    for (unsigned i = 0; i < 9; i++)
        if (floats[width / 32][i] == value << shift >> shift)
            return 240 + i;
    return 0;
}

static void text_inline(struct text *t, unsigned code, bool wide)
{
    static const char *const floats[] = {"0.5", "-0.5", "1.0", "-1.0", "2.0", "-2.0", "4.0", "-4.0"};
    if (code <= 208)
        text_put(t, "%d", code <= 192 ? (int)code - 128 : 192 - (int)code);
    else if (code < 248)
        text_put(t, "%s", floats[code - 240]);
    else
        text_put(t, wide ? "0.15915494309189532" : "0.15915494");
}

/* A literal that an inline constant could have said is marked, so that the text assembles to the same bytes.
 */
static void text_literal(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    bool half = is_half(op->type), wide = op->dwords == 2;
    bool integer = half && op->type != ISA_F16 && op->type != ISA_BF16;
    unsigned code = inline_code(op->value, half && !integer ? 16 : wide ? 64 : 32);
    bool k = false;
    const struct isa_signature *s = isa_row_signature(inst->row);
    for (unsigned i = 0; i < s->n_src; i++)
        k |= s->src[i].kind == 'k' && op == &inst->src[i];
    if (op->type == ISA_F64 && code)
        text_inline(t, code, true);
    else if (op->type == ISA_F64)
        text_put(t, "0x%x", (unsigned)(op->value >> 32));
    else if (code && !k && !(half && inst->format == ISA_SOPC && code >= 240))
        text_put(t, "lit(0x%x)", (unsigned)op->value);
    else
        text_put(t, "0x%x",
                 (unsigned)op->value & (half && !k && inst->format != ISA_SOP1 ? 0xffffu : 0xffffffffu));
}

void text_number(struct text *t, uint32_t value)
{
    unsigned code = inline_code(value, 32);
    if (code)
        text_inline(t, code, false);
    else
        text_put(t, "0x%x", value);
}

void text_operand(struct text *t, const struct isa_inst *inst, const struct isa_operand *op)
{
    if (op->kind == ISA_CONST && op->code == 255)
        text_literal(t, inst, op);
    else if (op->kind == ISA_CONST && op->code >= 240 && is_half(op->type) && op->type != ISA_F16 &&
             op->type != ISA_BF16 && !(inst->row->flags & ISA_PRINTS_FLOATS))
        text_put(t, "0x%x", half_floats[op->code - 240]); /* an odd choice for an integer */
    else if (op->kind == ISA_CONST)
        text_inline(t, op->code, op->dwords == 2 && op->type != ISA_V2F32);
    else if (op->kind == ISA_SPECIAL)
        text_put(t, "%s", special_name(op->reg));
    else
        text_register(t, inst, op);
}

int isa_text(const struct isa_inst *inst, uint64_t pc, char *to, size_t size)
{
    (void)pc;
    struct text t = {.to = to, .size = size};
    if (size)
        to[0] = 0;
    if (!inst->row) {
        text_put(&t, ".long 0x%08x", inst->word[0]);
        return (int)t.length;
    }
    switch (inst->format) {
    case ISA_SOP1:
    case ISA_SOP2:
    case ISA_SOPC:
    case ISA_SOPK:
    case ISA_SOPP:
        text_scalar(&t, inst);
        break;
    case ISA_SMEM:
        text_smem(&t, inst);
        break;
    case ISA_VOPD:
        text_vopd(&t, inst);
        break;
    case ISA_VOP1:
    case ISA_VOP2:
    case ISA_VOPC:
    case ISA_VOP3:
    case ISA_VOP3P:
        text_vector(&t, inst);
        break;
    default:
        text_memory(&t, inst);
    }
    return (int)t.length;
}
