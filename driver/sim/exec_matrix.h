/*
 * exec_matrix.h - the functions of matrix instructions, by name.
 */
#ifndef KFDFS_SIM_EXEC_MATRIX_H
#define KFDFS_SIM_EXEC_MATRIX_H

#include "vector.h"

extern const struct isa_binding isa_exec_matrix[];

#endif
