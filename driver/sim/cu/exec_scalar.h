/*
 * exec_scalar.h - what the scalar parts of the interpreter share.
 */
#ifndef KFDFS_SIM_EXEC_SCALAR_H
#define KFDFS_SIM_EXEC_SCALAR_H

#include "wave.h"

extern const struct isa_binding
    isa_exec_control[]; /* exec_control.c: SOPP, jumps, messages, hardware registers */
extern const struct isa_binding isa_exec_barrier[];      /* exec_barrier.c */
extern const struct isa_binding isa_exec_gws[];          /* exec_gws.c */
extern const struct isa_binding isa_exec_index[];        /* exec_index.c: s_set_gpr_idx_on and off */
extern const struct isa_binding isa_exec_relative[];     /* exec_relative.c */
extern const struct isa_binding isa_exec_smem[];         /* exec_smem.c */
extern const struct isa_binding isa_exec_scalar_store[]; /* exec_scalar_store.c */
extern const struct isa_binding isa_exec_scalar_float[]; /* exec_scalar_float.c */

isa_exec_fn isa_nothing; /* hints, and waits for what is never late here */

isa_exec_fn isa_cbranch_i_fork, isa_cbranch_g_fork, isa_cbranch_join; /* exec_fork.c */

/* The GPU's steady clock and the shader clock, as a wave sees them. In exec_control.c. */
uint64_t isa_clock_real(const struct isa_wave *w);
uint64_t isa_clock_shader(void);

#endif
