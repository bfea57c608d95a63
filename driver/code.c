/*
 * code.c - loads code objects: the images for this GPU picked, ELF and metadata checked, segments placed in
 * VRAM, kernels described.
 *
 * All segments of an image go into one buffer at their distances, since code addresses data relative to
 * itself. The kernel descriptor, not the metadata, says what the hardware will do; where both tell the same
 * thing they must agree. Facts: LLVM's AMDGPUUsage, "Kernel Descriptor" and "Target ID".
 */
#include "code.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "code_internal.h"
#include "code_target.h"
#include "descriptor.h"
#include "image.h"
#include "hw/targets.h"
#include "internal.h"
#include "mangle.h"

/* ---- kernels ---- */

static const uint64_t CAPABILITY_SRAM_EDC = 1 << 26; /* libhsakmt, hsakmttypes.h: SRAM_EDCSupport */

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

static int describe_kernel(struct gpu_code *code, struct code_part *part, unsigned index,
                           const struct image *image, enum isa_generation isa)
{
    struct metadata_kernel *meta = &part->metadata.kernels[index];
    struct code_kernel *own = &part->kernels[index];
    struct descriptor d = {0};
    uint64_t va;
    int r = image_symbol(image, meta->symbol, DESCRIPTOR_BYTES, &va);

    if (r == 0)
        r = descriptor_check(image, meta, va, &d);
    if (r < 0)
        return r;
    uint64_t entry = va + (uint64_t)d.entry;
    char *demangled = mangle_demangle(meta->name);
    if (demangled == NULL)
        return gpu_err(-ENOMEM, "no memory for the name of %s", meta->name);
    mangle_types(demangled, meta->args, meta->n_args);
    own->meta = meta;
    own->code = part->memory + entry;
    own->isa = isa;
    descriptor_shader(image_content(image, va, DESCRIPTOR_BYTES), gpu_buffer_va(part->buffer) + va,
                      &own->shader);
    own->kernel = (struct gpu_kernel){
        .symbol = meta->name,
        .demangled = demangled,
        .code = code,
        .n_args = meta->n_args,
        .args = meta->args,
        .unsupported = missing_service(image, &part->metadata, meta),
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
        .descriptor_va = gpu_buffer_va(part->buffer) + va,
        .code_va = gpu_buffer_va(part->buffer) + entry,
        .code_bytes = image_code_bytes(image, meta->name, entry),
    };
    return 0;
}

/* ---- variables ---- */

struct variables {
    struct gpu_code *code;
    struct gpu_buffer *buffer;
};

static int add_variable(void *ctx, const char *symbol, uint64_t va, uint64_t bytes)
{
    const struct variables *v = ctx;
    struct gpu_code *code = v->code;

    for (unsigned i = 0; i < code->n_globals; i++)
        if (strcmp(code->globals[i].symbol, symbol) == 0)
            return 0;
    struct gpu_global *more = realloc(code->globals, (code->n_globals + 1) * sizeof *more);
    if (more != NULL)
        code->globals = more;
    char *name = more != NULL ? strdup(symbol) : NULL;
    if (name == NULL)
        return gpu_err(-ENOMEM, "no memory for the variables of a code object");
    more[code->n_globals++] = (struct gpu_global){.symbol = name,
                                                  .va = gpu_buffer_va(v->buffer) + va,
                                                  .bytes = bytes,
                                                  .memory = v->buffer,
                                                  .offset = va};
    return 0;
}

/* ---- loading ---- */

/* Relocates in host memory and moves the result over in one pass: VRAM behind a BAR is slow to read back. */
static int fill_buffer(const struct image *image, struct code_part *part)
{
    part->memory = calloc(1, image->span);
    if (part->memory == NULL)
        return gpu_err(-ENOMEM, "no memory for a code object of %llu bytes", (unsigned long long)image->span);
    for (unsigned i = 0; i < image->n_segments; i++)
        memcpy(part->memory + image->segments[i].va, image->bytes + image->segments[i].file_offset,
               image->segments[i].file_bytes);
    int r = image_relocate(image, part->memory, gpu_buffer_va(part->buffer));
    if (r == 0 && !part->adopted)
        r = gpu_buffer_upload(part->buffer, 0, part->memory, image->span);
    return r;
}

static int load_part(struct gpu_code *code, struct code_part *part, struct gpu *gpu,
                     const struct image *image)
{
    int r = metadata_parse(&part->metadata, image->metadata, image->metadata_size);

    if (r < 0)
        return r;
    part->kernels = calloc(part->metadata.n_kernels + 1, sizeof *part->kernels);
    if (part->kernels == NULL)
        return gpu_err(-ENOMEM, "no memory for %u kernels", part->metadata.n_kernels);
    if (!part->adopted)
        r = gpu_buffer_create(gpu, GPU_VRAM, image->span, &part->buffer);
    if (r < 0)
        return r;
    if (!part->adopted)
        r = gpu_buffer_reserve(part->buffer, image->span);
    else if (gpu_buffer_capacity(part->buffer) < image->span)
        r = gpu_err(-EINVAL, "what is there of a code object is shorter than the code object");
    if (r == 0)
        r = fill_buffer(image, part);
    for (unsigned i = 0; r == 0 && i < part->metadata.n_kernels; i++)
        r = describe_kernel(code, part, i, image, gpu->target->isa);
    if (r == 0)
        r = image_variables(image, add_variable, &(struct variables){code, part->buffer});
    return r;
}

/* ---- which images ---- */

/* The image of the group that suits the GPU best. What is no code object suits nobody. NULL: none. */
static const struct bundle_image *best_image(const struct bundle *bundle, unsigned group,
                                             const struct code_target *target)
{
    const struct bundle_image *best = NULL;
    unsigned best_rank = 0;

    for (unsigned i = 0; i < bundle->n_images; i++) {
        struct image image;
        if (bundle->images[i].group != group ||
            image_open(&image, bundle->images[i].bytes, bundle->images[i].size) < 0)
            continue;
        unsigned rank = code_target_rank(target, &image);
        image_close(&image);
        if (rank > best_rank) {
            best_rank = rank;
            best = &bundle->images[i];
        }
    }
    return best;
}

/* The targets of all images, as the file or the bundle names them. */
static void list_targets(const struct bundle *bundle, char *text, size_t size)
{
    size_t length = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < bundle->n_images && length < size; i++) {
        struct image image;
        char name[CODE_TARGET_NAME];
        const char *id = bundle->images[i].id;
        if (image_open(&image, bundle->images[i].bytes, bundle->images[i].size) == 0) {
            code_image_name(&image, name);
            image_close(&image);
            id = name;
        }
        if (id != NULL && strstr(text, id) == NULL)
            length += (size_t)snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "", id);
    }
}

/* One code object by itself that is damaged says what is wrong with it. */
static int refuse_all(const struct bundle *bundle, const struct code_target *target)
{
    char name[CODE_TARGET_NAME], held[600];
    struct image image;

    if (bundle->n_images == 1) {
        int r = image_open(&image, bundle->images[0].bytes, bundle->images[0].size);
        if (r < 0)
            return r;
        image_close(&image);
    }
    code_target_name(target, name);
    list_targets(bundle, held, sizeof held);
    return gpu_err(-ENOEXEC, "this code object is for %s, and this GPU is %s", held, name);
}

static int load_image(struct gpu_code *code, struct gpu *gpu, const struct bundle_image *from)
{
    struct image image;
    int r = image_open(&image, from->bytes, from->size);

    if (r < 0)
        return r;
    r = load_part(code, &code->parts[code->n_parts++], gpu, &image);
    image_close(&image);
    return r;
}

/* Templates that several source files use give each of them a kernel of the same name; they are alike. */
static int collect_kernels(struct gpu_code *code)
{
    unsigned n = 0;

    for (unsigned p = 0; p < code->n_parts; p++)
        n += code->parts[p].metadata.n_kernels;
    code->kernels = calloc(n + 1, sizeof *code->kernels);
    if (code->kernels == NULL)
        return gpu_err(-ENOMEM, "no memory for %u kernels", n);
    for (unsigned p = 0; p < code->n_parts; p++) {
        unsigned earlier = code->n_kernels;
        for (unsigned i = 0; i < code->parts[p].metadata.n_kernels; i++) {
            const struct gpu_kernel *kernel = &code->parts[p].kernels[i].kernel;
            bool known = false;
            for (unsigned k = 0; k < earlier && !known; k++)
                known = strcmp(code->kernels[k]->symbol, kernel->symbol) == 0;
            if (!known)
                code->kernels[code->n_kernels++] = kernel;
        }
    }
    return 0;
}

struct adopted { /* memory of the parts; none: it is allocated */
    struct gpu_buffer *const *memory;
    unsigned n;
};

static int take_memory(struct gpu_code *code, const struct adopted *adopted, unsigned n_groups)
{
    if (adopted->n > n_groups)
        return gpu_err(-EINVAL, "memory of %u images, and the code object has %u", adopted->n, n_groups);
    for (unsigned i = 0; i < adopted->n; i++) {
        code->parts[i].buffer = adopted->memory[i];
        code->parts[i].adopted = true;
    }
    return 0;
}

static int load(struct gpu_code *code, struct gpu *gpu, const struct bundle *bundle,
                const struct adopted *adopted)
{
    const struct code_target target = {.target = gpu->target,
                                       .xnack = gpu->sys->xnack,
                                       .sramecc = gpu->node.capability & CAPABILITY_SRAM_EDC};
    int r = 0;

    if (target.target == NULL)
        return gpu_err(-EOPNOTSUPP, "kfdfs does not know how to run code on %s", gpu->info.target);
    code->parts = calloc(bundle->n_groups + 1, sizeof *code->parts);
    if (code->parts == NULL)
        return gpu_err(-ENOMEM, "no memory for %u code objects", bundle->n_groups);
    r = take_memory(code, adopted, bundle->n_groups);
    for (unsigned group = 0; r == 0 && group < bundle->n_groups; group++) {
        const struct bundle_image *image = best_image(bundle, group, &target);
        r = image != NULL ? load_image(code, gpu, image) : 0;
    }
    if (r == 0 && code->n_parts == 0)
        r = refuse_all(bundle, &target);
    return r < 0 ? r : collect_kernels(code);
}

static void unload_owner(void *code)
{
    gpu_code_unload(code);
}

/* Failed: what was adopted is its owner's still. */
static void give_back(struct gpu_code *code, const struct adopted *adopted)
{
    for (unsigned i = 0; code != NULL && code->parts != NULL && i < adopted->n; i++)
        if (code->parts[i].adopted)
            code->parts[i].buffer = NULL;
}

static int load_all(struct gpu *gpu, const void *bytes, size_t size, const struct adopted *adopted,
                    struct gpu_code **out)
{
    struct gpu_code *code;
    struct bundle bundle;
    int r = bundle_open(&bundle, bytes, size);

    if (r < 0)
        return r;
    code = calloc(1, sizeof *code);
    r = code != NULL ? load(code, gpu, &bundle, adopted) : gpu_err(-ENOMEM, "no memory for a code object");
    bundle_close(&bundle);
    if (r == 0 && adopted->n > 0 && adopted->n != code->n_parts)
        r = gpu_err(-EINVAL, "memory of %u images, and %u suit the GPU", adopted->n, code->n_parts);
    if (r < 0) {
        give_back(code, adopted);
        gpu_code_unload(code);
        return r;
    }
    for (unsigned p = 0; p < code->n_parts; p++)
        buffer_set_owner(code->parts[p].buffer, unload_owner, code);
    *out = code;
    return 0;
}

int gpu_code_load(struct gpu *gpu, const void *bytes, size_t size, struct gpu_code **out)
{
    return load_all(gpu, bytes, size, &(struct adopted){NULL, 0}, out);
}

int gpu_code_adopt(struct gpu *gpu, const void *bytes, size_t size, struct gpu_buffer *const *memory,
                   unsigned n, struct gpu_code **out)
{
    return load_all(gpu, bytes, size, &(struct adopted){memory, n}, out);
}

struct gpu_buffer *gpu_code_memory(const struct gpu_code *code, unsigned index)
{
    return index < code->n_parts ? code->parts[index].buffer : NULL;
}

static void free_part(struct code_part *part)
{
    for (unsigned i = 0; part->kernels != NULL && i < part->metadata.n_kernels; i++)
        free((char *)part->kernels[i].kernel.demangled);
    free(part->kernels);
    free(part->memory);
    gpu_buffer_free(part->buffer);
    metadata_free(&part->metadata);
}

void gpu_code_unload(struct gpu_code *code)
{
    if (code == NULL)
        return;
    for (unsigned p = 0; p < code->n_parts; p++)
        free_part(&code->parts[p]);
    for (unsigned i = 0; i < code->n_globals; i++)
        free((char *)code->globals[i].symbol);
    free(code->globals);
    free(code->parts);
    free(code->kernels);
    free(code);
}

unsigned gpu_code_kernels(const struct gpu_code *code)
{
    return code->n_kernels;
}

const struct gpu_kernel *gpu_code_kernel(const struct gpu_code *code, unsigned index)
{
    return code->kernels[index];
}

unsigned gpu_code_globals(const struct gpu_code *code)
{
    return code->n_globals;
}

const struct gpu_global *gpu_code_global(const struct gpu_code *code, unsigned index)
{
    return &code->globals[index];
}
