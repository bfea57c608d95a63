/*
 * exec_matrix.h - the functions of what is no row of exec_vop*.def, by name.
 */
#ifndef KFDFS_SIM_EXEC_MATRIX_H
#define KFDFS_SIM_EXEC_MATRIX_H

#include "vector.h"

extern const struct isa_binding isa_exec_matrix[]; /* exec_matrix.c */
extern const struct isa_binding isa_exec_scaled[]; /* exec_scaled.c */
extern const struct isa_binding isa_exec_pseudo_scalar[];

#endif
