/*
 * preload.h - what the interposers share: libc's own functions, and the two exchanges of names.
 */
#ifndef KFDFS_SIM_PRELOAD_H
#define KFDFS_SIM_PRELOAD_H

/* Or the headers would give the plain functions the names of the 64-bit ones. To be included first. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#define PRELOAD_EXPORT __attribute__((visibility("default")))

/* The next definition of an interposed function. Found at the first call, which may be before any
 * constructor. */
#define REAL(function)                                                      \
    __extension__({                                                         \
        static void *_Atomic slot;                                          \
        union {                                                             \
            void *at;                                                       \
            __typeof__(&(function)) call;                                   \
        } next = {.at = atomic_load_explicit(&slot, memory_order_relaxed)}; \
        if (!next.at) {                                                     \
            next.at = dlsym(RTLD_NEXT, #function);                          \
            atomic_store_explicit(&slot, next.at, memory_order_relaxed);    \
        }                                                                   \
        next.call;                                                          \
    })

/* The real name behind a path as given to an *at function; path itself if it is none of ours. */
const char *preload_path(int dirfd, const char *path, char *buffer);
/* Is the working directory inside a simulated tree? Then its real name is in name (of PATH_MAX bytes). */
bool preload_cwd(char *name);
/* Opens a file of the tree by its real name, as the kernel would the simulated one, and registers it. */
int preload_open(const char *real, int flags);
/* 0 or more: value; else errno and -1. */
int preload_result(int value);
/* Makes what stat says of a file of the tree what it would say of the simulated one. */
void preload_stat_fix(struct stat *st);

#endif
