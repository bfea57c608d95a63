/*
 * corpus.h - the kernels of corpus.cl as C: their names, and what they must compute.
 */
#ifndef KFDFS_CORPUS_H
#define KFDFS_CORPUS_H

#include <stdbool.h>
#include <stdint.h>

enum { CORPUS_ITEMS = 256, CORPUS_GROUP = 64, CORPUS_WORDS = 4 * CORPUS_ITEMS };

struct corpus_kernel {
    const char *name;
    bool near; /* floats: within 2^-17 of the CPU's, relatively; else equal to the bit */
    void (*item)(const uint32_t *in, uint32_t *out, uint32_t n);
};

unsigned corpus_kernels(const struct corpus_kernel **out);
void corpus_reference(const struct corpus_kernel *kernel, const uint32_t *in, uint32_t *out);

#endif
