/*
 * descriptor.c - kernel descriptors: what the hardware will do, checked against the metadata.
 *
 * Facts: LLVM's AMDGPUUsage, "Kernel Descriptor".
 */
#include "descriptor.h"

#include <errno.h>
#include <string.h>

#include "code_internal.h"
#include "image.h"

enum { CODE_ALIGN = 256, PROPERTY_WAVE32 = 1 << 10, PROPERTY_DYNAMIC_STACK = 1 << 11 };

static struct descriptor read_all(const uint8_t *bytes)
{
    struct descriptor d;
    uint16_t properties;

    memcpy(&d.group_bytes, bytes, 4);
    memcpy(&d.private_bytes, bytes + 4, 4);
    memcpy(&d.kernarg_bytes, bytes + 8, 4);
    memcpy(&d.entry, bytes + 16, 8);
    memcpy(&properties, bytes + 56, 2);
    d.wave32 = properties & PROPERTY_WAVE32;
    d.dynamic_stack = properties & PROPERTY_DYNAMIC_STACK;
    return d;
}

void descriptor_shader(const uint8_t *bytes, uint64_t va, struct code_shader *out)
{
    uint16_t preload;
    int64_t entry;

    memcpy(&entry, bytes + 16, 8);
    memcpy(&out->rsrc[2], bytes + 44, 4);
    memcpy(&out->rsrc[0], bytes + 48, 4);
    memcpy(&out->rsrc[1], bytes + 52, 4);
    memcpy(&out->properties, bytes + 56, 2);
    memcpy(&preload, bytes + 58, 2);
    out->entry_va = va + (uint64_t)entry;
    out->preload_dwords = preload & 0x7f;
    out->preload_offset = preload >> 7;
}

const struct code_shader *code_shader(const struct gpu_kernel *kernel)
{
    return &code_kernel_of(kernel)->shader;
}

int descriptor_check(const struct image *image, const struct metadata_kernel *meta, uint64_t va,
                     struct descriptor *out)
{
    struct descriptor d = read_all(image_content(image, va, DESCRIPTOR_BYTES));
    uint64_t entry = va + (uint64_t)d.entry;

    if (va % DESCRIPTOR_BYTES != 0)
        return gpu_err(-ENOEXEC, "damaged code object: descriptor of %s at 0x%llx is not aligned", meta->name,
                       (unsigned long long)va);
    if (!image_executable(image, entry) || entry % CODE_ALIGN != 0)
        return gpu_err(-ENOEXEC, "damaged code object: %s begins at 0x%llx, where no code is", meta->name,
                       (unsigned long long)entry);
    /* Version 3 descriptors may leave the kernarg size 0 */
    if (d.group_bytes != meta->lds_bytes || d.private_bytes != meta->scratch_bytes ||
        (d.kernarg_bytes != 0 && d.kernarg_bytes != meta->kernarg_bytes) ||
        d.wave32 != (meta->wave_size == 32))
        return gpu_err(-ENOEXEC, "damaged code object: descriptor and metadata of %s disagree", meta->name);
    *out = d;
    return 0;
}
