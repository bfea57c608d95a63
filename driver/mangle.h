/*
 * mangle.h - types of kernel arguments from the words for them.
 */
#ifndef KFDFS_MANGLE_H
#define KFDFS_MANGLE_H

#include "gpu.h"

/* The demangled form of an Itanium C++ symbol, or a copy of what is none. malloc'ed; NULL without memory. */
char *mangle_demangle(const char *symbol);

/* Type of a value of size bytes by its name in OpenCL C or C++ ("uint", "unsigned int"); a name that is empty
 * or a typedef's gives GPU_SCALAR_UNKNOWN for sizes that a number can have, else GPU_SCALAR_STRUCT. */
enum gpu_scalar mangle_scalar(const char *type_name, uint32_t size);

/* Fills in types that args do not have yet from the parameter list of a demangled signature. */
void mangle_types(const char *demangled, struct gpu_arg *args, unsigned n_args);

#endif
