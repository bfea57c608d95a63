/*
 * exec_vector.c - the names of the vector ALU instructions and their functions, out of the exec_vop*.def
 * rows.
 *
 * The halves of a VOPD have no functions of their own: each does what the instruction of that name without
 * dual does (wave.c sees to it that both read before either writes).
 */
#include "vector.h"

const struct isa_binding isa_exec_vector[] = {
#define ROW(name, ...)  {#name, isa_##name},
#define ALIAS(name, of) {#name, isa_##of},
#define OWN(name)       {#name, isa_##name},
#include "exec_vop.def"
    {NULL, NULL}};
