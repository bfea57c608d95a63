/*
 * image.h - an AMDGPU code object file as bytes: checked, not yet loaded.
 */
#ifndef KFDFS_IMAGE_H
#define KFDFS_IMAGE_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the code wants of a feature that the target may have on or off. ANY also where it has no such feature.
 */
enum image_feature { IMAGE_ANY, IMAGE_OFF, IMAGE_ON };

struct image_segment { /* a PT_LOAD */
    uint64_t va, file_offset, file_bytes, bytes;
    bool executable;
};

struct image { /* points into the caller's bytes, which must outlive it */
    Elf *elf;
    const uint8_t *bytes;
    size_t size;
    uint32_t mach;            /* EF_AMDGPU_MACH */
    uint32_t generic_version; /* of code for a generic target; else 0 */
    enum image_feature xnack, sramecc;
    struct image_segment *segments;
    unsigned n_segments;
    uint64_t span; /* bytes from address 0 to the end of the last segment */
    const void *metadata;
    size_t metadata_size;
};

/* Checks everything that later steps rely on. -ENOEXEC with a sentence: not an AMDGPU code object, or
 * damaged. */
int image_open(struct image *image, const void *bytes, size_t size);
void image_close(struct image *image);

/* Address of a defined dynamic symbol with at least bytes in one segment's file content. -ENOEXEC: none. */
int image_symbol(const struct image *image, const char *name, uint64_t bytes, uint64_t *va);
/* Does the symbol table (dynamic or static) have a name that starts so? */
bool image_has_symbol_prefix(const struct image *image, const char *prefix);
/* File content of [va, va + bytes), or NULL if it does not lie in one segment's file content. */
const void *image_content(const struct image *image, uint64_t va, uint64_t bytes);
/* Calls each() for every variable with a name: defined objects with a size in a segment, but not for kernel
 * descriptors. Ends with the first that returns other than 0, and returns that. */
int image_variables(const struct image *image,
                    int (*each)(void *ctx, const char *symbol, uint64_t va, uint64_t bytes), void *ctx);
/* Bytes of the function of that name at va: as its symbol says, else to the end of its segment's content. */
uint32_t image_code_bytes(const struct image *image, const char *name, uint64_t va);
/* Is va in an executable segment? */
bool image_executable(const struct image *image, uint64_t va);

/* Applies every dynamic relocation to memory, a copy of the loaded segments whose GPU address is base.
 * -ENOEXEC: an undefined symbol or a relocation we do not know (named). */
int image_relocate(const struct image *image, uint8_t *memory, uint64_t base);

#endif
