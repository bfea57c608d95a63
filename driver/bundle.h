/*
 * bundle.h - the device images in a file: a code object by itself, offload bundles, archives, host ELF files.
 */
#ifndef KFDFS_BUNDLE_H
#define KFDFS_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bundle_image {
    const uint8_t *bytes;
    size_t size;
    char *id;       /* "gfx942:xnack-" as the bundle calls it; NULL: a code object by itself */
    unsigned group; /* images of one group are the same code for different targets */
};

struct bundle { /* points into the caller's bytes, which must outlive it, and into memory of its own */
    struct bundle_image *images;
    unsigned n_images;
    unsigned n_groups;
    void **unpacked; /* decompressed bundles */
    unsigned n_unpacked;
};

/* -ENOEXEC with a sentence: nothing that could hold device code, or damaged. */
int bundle_open(struct bundle *bundle, const void *bytes, size_t size);
void bundle_close(struct bundle *bundle);

#endif
