/*
 * code.c - loads code objects: ELF and metadata checked, segments placed in VRAM, kernels described.
 *
 * All segments go into one buffer at their distances, since code addresses data relative to itself. The
 * kernel descriptor, not the metadata, says what the hardware will do; where both tell the same thing they
 * must agree. Facts: LLVM's AMDGPUUsage, "Kernel Descriptor" and "Target ID".
 */
#include "code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code_internal.h"
#include "image.h"
#include "hw/targets.h"
#include "internal.h"
#include "mangle.h"

/* ---- is it for this GPU? ---- */

static const char *wanted_target(const struct metadata *metadata)
{
    const char *dashes = metadata->target != NULL ? strstr(metadata->target, "--") : NULL;
    return dashes != NULL ? dashes + 2 : metadata->target != NULL ? metadata->target : "another target";
}

static int check_target(const struct gpu *gpu, const struct image *image, const struct metadata *metadata)
{
    const char *name = gpu_info(gpu)->target;
    const struct target *target = target_by_name(name);
    uint32_t mach = image->flags & IMAGE_MACH_MASK;

    if (target == NULL)
        return gpu_err(-EOPNOTSUPP, "kfdfs does not know how to run code on %s", name);
    if (mach != target->elf_mach && (mach != target->generic_mach || target->generic_mach == 0))
        return gpu_err(-ENOEXEC, "this code object is for %s (machine 0x%x), and this GPU is %s",
                       wanted_target(metadata), mach, name);
    if ((image->flags & IMAGE_XNACK_MASK) == IMAGE_XNACK_ON)
        return gpu_err(-ENOEXEC, "this code object is for %s, and xnack is off in this process",
                       wanted_target(metadata));
    if (target->sramecc && (image->flags & IMAGE_SRAMECC_MASK) == IMAGE_SRAMECC_OFF)
        return gpu_err(-ENOEXEC, "this code object is for %s, and sramecc is on on this GPU",
                       wanted_target(metadata));
    return 0;
}

/* ---- kernels ---- */

/* The parts of a kernel descriptor (64 bytes) that the driver looks at. */
struct descriptor {
    uint32_t group_bytes, private_bytes, kernarg_bytes;
    int64_t entry;
    bool wave32, dynamic_stack;
};

enum { DESCRIPTOR_BYTES = 64, CODE_ALIGN = 256, PROPERTY_WAVE32 = 1 << 10, PROPERTY_DYNAMIC_STACK = 1 << 11 };

static struct descriptor read_descriptor(const uint8_t *bytes)
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

static int check_descriptor(const struct image *image, const struct metadata_kernel *meta, uint64_t va,
                            struct descriptor *out)
{
    struct descriptor d = read_descriptor(image_content(image, va, DESCRIPTOR_BYTES));
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

/* Without optimisation clang declares every hidden argument there is, used or not. Then only the symbols
 * tell. */
static const char *missing_service(const struct image *image, const struct metadata *metadata,
                                   const struct metadata_kernel *meta)
{
    unsigned kinds = 0;
    const unsigned all = 1u << HIDDEN_DEFAULT_QUEUE | 1u << HIDDEN_COMPLETION | 1u << HIDDEN_MULTIGRID;

    for (unsigned i = 0; i < meta->n_hidden; i++)
        kinds |= 1u << meta->hidden[i].kind;
    if (meta->unsupported != NULL)
        return meta->unsupported;
    if (kinds & 1u << HIDDEN_PRINTF && metadata->printf)
        return "it uses device printf";
    bool declared_only = (kinds & all) == all;
    if (kinds & 1u << HIDDEN_HOSTCALL &&
        (!declared_only || image_has_symbol_prefix(image, "__ockl_hostcall")))
        return "it calls the host (device printf, assert or malloc)";
    if (kinds & 1u << HIDDEN_HEAP && (!declared_only || image_has_symbol_prefix(image, "__ockl_dm_")))
        return "it uses device malloc";
    if (kinds & 1u << HIDDEN_MULTIGRID && !declared_only)
        return "it synchronises several grids";
    if (kinds & (1u << HIDDEN_DEFAULT_QUEUE | 1u << HIDDEN_COMPLETION) && !declared_only)
        return "it enqueues kernels from the device";
    return NULL;
}

static int describe_kernel(struct gpu_code *code, unsigned index, const struct image *image, uint64_t base)
{
    struct metadata_kernel *meta = &code->metadata.kernels[index];
    struct code_kernel *own = &code->kernels[index];
    struct descriptor d = {0};
    uint64_t va;
    int r = image_symbol(image, meta->symbol, DESCRIPTOR_BYTES, &va);

    if (r == 0)
        r = check_descriptor(image, meta, va, &d);
    if (r < 0)
        return r;
    char *demangled = mangle_demangle(meta->name);
    if (demangled == NULL)
        return gpu_err(-ENOMEM, "no memory for the name of %s", meta->name);
    mangle_types(demangled, meta->args, meta->n_args);
    own->meta = meta;
    own->kernel = (struct gpu_kernel){
        .symbol = meta->name,
        .demangled = demangled,
        .code = code,
        .n_args = meta->n_args,
        .args = meta->args,
        .unsupported = missing_service(image, &code->metadata, meta),
        .vgprs = meta->vgprs,
        .agprs = meta->agprs,
        .sgprs = meta->sgprs,
        .lds_bytes = d.group_bytes,
        .scratch_bytes = d.private_bytes,
        .kernarg_bytes = meta->kernarg_bytes,
        .wave_size = d.wave32 ? 32 : 64,
        .max_group = meta->max_group,
        .reqd_group = {meta->reqd_group[0], meta->reqd_group[1], meta->reqd_group[2]},
        .dynamic_stack = d.dynamic_stack,
        .descriptor_va = base + va,
    };
    return 0;
}

/* ---- loading ---- */

/* Relocates in host memory and moves the result over in one pass: VRAM behind a BAR is slow to read back. */
static int fill_buffer(const struct image *image, struct gpu_buffer *buffer)
{
    void *to = gpu_buffer_cpu(buffer);
    uint8_t *memory = calloc(1, image->span);
    int r = 0;

    if (memory == NULL)
        r = gpu_err(-ENOMEM, "no memory for a code object of %llu bytes", (unsigned long long)image->span);
    else if (to == NULL)
        r = gpu_err(-EOPNOTSUPP,
                    "the CPU of this machine does not see VRAM, and code is written there by the CPU");
    for (unsigned i = 0; r == 0 && i < image->n_segments; i++)
        memcpy(memory + image->segments[i].va, image->bytes + image->segments[i].file_offset,
               image->segments[i].file_bytes);
    if (r == 0)
        r = image_relocate(image, memory, gpu_buffer_va(buffer));
    if (r == 0) {
        memcpy(to, memory, image->span);
        gpu_buffer_cpu_wrote(buffer);
    }
    free(memory);
    return r;
}

static int load(struct gpu_code *code, struct gpu *gpu, const struct image *image)
{
    int r = metadata_parse(&code->metadata, image->metadata, image->metadata_size);

    if (r == 0)
        r = check_target(gpu, image, &code->metadata);
    if (r < 0)
        return r;
    code->kernels = calloc(code->metadata.n_kernels + 1, sizeof *code->kernels);
    if (code->kernels == NULL)
        return gpu_err(-ENOMEM, "no memory for %u kernels", code->metadata.n_kernels);
    r = gpu_buffer_create(gpu, GPU_VRAM, image->span, &code->buffer);
    if (r < 0)
        return r;
    r = gpu_buffer_reserve(code->buffer, image->span);
    if (r == 0)
        r = fill_buffer(image, code->buffer);
    for (unsigned i = 0; r == 0 && i < code->metadata.n_kernels; i++)
        r = describe_kernel(code, i, image, gpu_buffer_va(code->buffer));
    return r;
}

static void unload_owner(void *code)
{
    gpu_code_unload(code);
}

int gpu_code_load(struct gpu *gpu, const void *bytes, size_t size, struct gpu_code **out)
{
    struct gpu_code *code;
    struct image image;
    int r = image_open(&image, bytes, size);

    if (r < 0)
        return r;
    code = calloc(1, sizeof *code);
    r = code != NULL ? load(code, gpu, &image) : gpu_err(-ENOMEM, "no memory for a code object");
    image_close(&image);
    if (r < 0) {
        gpu_code_unload(code);
        return r;
    }
    buffer_set_owner(code->buffer, unload_owner, code);
    *out = code;
    return 0;
}

void gpu_code_unload(struct gpu_code *code)
{
    if (code == NULL)
        return;
    for (unsigned i = 0; code->kernels != NULL && i < code->metadata.n_kernels; i++)
        free((char *)code->kernels[i].kernel.demangled);
    free(code->kernels);
    gpu_buffer_free(code->buffer);
    metadata_free(&code->metadata);
    free(code);
}

unsigned gpu_code_kernels(const struct gpu_code *code)
{
    return code->metadata.n_kernels;
}

const struct gpu_kernel *gpu_code_kernel(const struct gpu_code *code, unsigned index)
{
    return &code->kernels[index].kernel;
}
