/*
 * isa_text.h - what the parts of the instruction printer share.
 */
#ifndef KFDFS_ISA_ISA_TEXT_H
#define KFDFS_ISA_ISA_TEXT_H

#include "isa_table.h"

struct text {
    char *to;
    size_t size, length; /* length: what it would be with room enough */
    bool operands;       /* one was written already */
};

void text_put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_comma(struct text *t); /* what goes between this operand and the one before */
void text_register(struct text *t, const struct isa_inst *inst, const struct isa_operand *op);
void text_operand(struct text *t, const struct isa_inst *inst, const struct isa_operand *op);
void text_number(struct text *t, uint32_t value); /* as LLVM prints a bare immediate */

void text_scalar(struct text *t, const struct isa_inst *inst);
void text_smem(struct text *t, const struct isa_inst *inst);
void text_vector(struct text *t, const struct isa_inst *inst);
void text_vopd(struct text *t, const struct isa_inst *inst);
void text_cache_gfx12(struct text *t, const struct isa_inst *inst, bool store); /* TH and SCOPE */
void text_buffer_format(struct text *t, const struct isa_inst *inst);
void text_swizzle(struct text *t, unsigned offset);
void text_memory(struct text *t, const struct isa_inst *inst);
/* The immediate of messages, hardware registers, counters and hints. False: plain number. */
bool text_hint(struct text *t, const struct isa_inst *inst);

#endif
