/*
 * jit_lanes.h - what templates of vector loads and stores share: jit_lanes.c, and jit_blocks.c for lanes that
 * are not side by side all.
 *
 * Registers: R8 the first active lane's offset, R9 its number (where EXEC is not known to be all ones), R10
 * what offsets count from, R11 the bytes from lane 0 to it, were they side by side; RAX its address, RDX that
 * in the host, RSI the bytes from there to the end of the range; of LDS: RDX its begin, RSI the highest
 * offset.
 */
#ifndef KFDFS_SIM_JIT_LANES_H
#define KFDFS_SIM_JIT_LANES_H

#include "jit_vector.h"

enum { JIT_PARTS_MAX = 4, JIT_EQUAL_NOT = 4, JIT_ABOVE = 6 }; /* of VPCMPUD */

struct jit_lanes {
    struct jit *j;
    const struct isa_op *op;
    struct jit_aside *aside;
    unsigned at, above; /* the first vectors of offsets, and of the upper halves of addresses */
    unsigned bytes;     /* of a lane */
    bool write, lds;
    unsigned offset;  /* of LDS */
    unsigned data[2]; /* first vectors of rows */
};

/* Offsets of lanes side by side, of dwords and of pairs; which dwords of two rows are behind each other as
 * pairs. */
extern const uint32_t jit_places[2][64], jit_together[2][16];

/* The address is in the registers above; all lanes are active or masked as j says. Moves, or misses. */
void jit_by_blocks(struct jit_lanes *l);

static inline void jit_operate(struct jit *j, unsigned opcode, unsigned to, unsigned from)
{
    x86_op(&j->x, opcode, true, to, x86_reg(from));
}

static inline void jit_immediate(struct jit *j, unsigned extension, unsigned reg, uint32_t value)
{
    x86_op(&j->x, 0x81, true, extension, x86_reg(reg)), x86_u32(&j->x, value);
}

static inline void jit_shift_left(struct jit *j, unsigned reg, unsigned by)
{
    uint8_t count = (uint8_t)by;
    x86_op(&j->x, 0xc1, true, 4, x86_reg(reg)), x86_bytes(&j->x, &count, 1);
}

#endif
