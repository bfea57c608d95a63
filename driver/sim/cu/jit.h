/*
 * jit.h - whether code becomes machine code of the host, and when: "jit=" in KFDFS_SIM_OPTS. How it does is
 * told in compile.h.
 */
#ifndef KFDFS_SIM_JIT_H
#define KFDFS_SIM_JIT_H

#include "op.h"

#include <stdbool.h>

/* Has this host what it takes, and is it wanted? */
bool jit_on(void);
/* How often an operation is jumped to before it is compiled, or waves begin at it; 1 with "jit=always", of
 * which whoever asks knows (jit_at_once). */
unsigned jit_threshold(void);
unsigned jit_start_threshold(void);
bool jit_at_once(void);
/* Is code to be made quickly, whatever it takes to run? */
bool jit_quick(void);
/* Is perf(1) told what machine code does ("jit=perf")? */
bool jit_tells(void);
/* For tests, before any code has run: instead of what the options say. */
void jit_choose(enum jit_choice choice);

#endif
