/*
 * compile_across.h - moves between lanes (compile_across.c), and atomics of LDS (compile_lds.c).
 */
#ifndef KFDFS_SIM_COMPILE_ACROSS_H
#define KFDFS_SIM_COMPILE_ACROSS_H

#include "compile.h"

/* False: there is no translation; nothing has been written. */
bool compile_across(struct compile *c);     /* of the vector unit */
bool compile_across_lds(struct compile *c); /* of the LDS unit */

#endif
