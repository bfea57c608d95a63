/* swallow.h - all that happens to a code object file before a GPU sees it. */
#ifndef KFDFS_TEST_SWALLOW_H
#define KFDFS_TEST_SWALLOW_H

#include <stdint.h>
#include <stdlib.h>

#include "bundle.h"
#include "image.h"
#include "metadata.h"

static inline int swallow_image(const void *bytes, size_t size)
{
    struct image image;
    struct metadata metadata;
    int r = image_open(&image, bytes, size);

    if (r < 0)
        return r;
    r = metadata_parse(&metadata, image.metadata, image.metadata_size);
    if (r == 0) {
        uint8_t *memory = image.span < 1 << 20 ? calloc(1, image.span) : NULL;
        uint64_t va;
        for (unsigned i = 0; i < metadata.n_kernels && r == 0; i++)
            r = image_symbol(&image, metadata.kernels[i].symbol, 64, &va);
        if (memory != NULL && r == 0)
            r = image_relocate(&image, memory, 0x100000);
        free(memory);
        metadata_free(&metadata);
    }
    image_close(&image);
    return r;
}

static inline int swallow(const void *bytes, size_t size)
{
    struct bundle bundle;
    int r = bundle_open(&bundle, bytes, size);

    if (r < 0)
        return r;
    for (unsigned i = 0; i < bundle.n_images && r == 0; i++)
        r = swallow_image(bundle.images[i].bytes, bundle.images[i].size);
    bundle_close(&bundle);
    return r;
}

#endif
