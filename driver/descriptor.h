/* descriptor.h - the kernel descriptor of a code object, 64 bytes. */
#ifndef KFDFS_DESCRIPTOR_H
#define KFDFS_DESCRIPTOR_H

#include "code.h"
#include "metadata.h"

struct image;

enum { DESCRIPTOR_BYTES = 64 };

struct descriptor { /* what the driver looks at */
    uint32_t group_bytes, private_bytes, kernarg_bytes;
    int64_t entry;
    bool wave32, dynamic_stack;
};

/* Of the kernel with that metadata, at va in the image. 0 or -ENOEXEC. */
int descriptor_check(const struct image *image, const struct metadata_kernel *meta, uint64_t va,
                     struct descriptor *out);
/* The rest of it, which an AQL processor reads by itself. va: where it lies. */
void descriptor_shader(const uint8_t *bytes, uint64_t va, struct code_shader *out);

#endif
