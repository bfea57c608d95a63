/*
 * compile_lanes.h - what compiled code calls for memory whose lanes do not lie side by side.
 */
#ifndef KFDFS_SIM_COMPILE_LANES_H
#define KFDFS_SIM_COMPILE_LANES_H

#include "op.h"

/* Of the active lanes in exec, whose offsets from a GPU address (of LDS: from its beginning) are in at, the
 * operation's bytes each, rows of dwords to or from there. False: they do not all lie in one range of the VM
 * that allows it, or inside the LDS; nothing has been done. */
bool compile_lanes_read(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint64_t exec,
                        uint32_t lds, const uint32_t *at, uint32_t (*to)[VEC_LANES]);
bool compile_lanes_write(struct isa_wave *w, const struct isa_op *op, uint64_t base, uint64_t exec,
                         uint32_t lds, const uint32_t *at, uint32_t (*from)[VEC_LANES]);

#endif
