/*
 * kernel_files.c - kernels/OBJECT/KERNEL: what a kernel takes, is and did, and dispatching it.
 *
 * Invariant: all lines of a write are checked before the first dispatch of any of their queues goes.
 */
#include "files/kernel_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/command_files.h"
#include "state/loaded.h"
#include "text/command.h"
#include "tree/listing.h"
#include "work/dispatch.h"
#include "work/submit.h"

static struct fs_kernel *kernel_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_kernel, object);
}

static struct fs_gpu *gpu_of(const struct fs_kernel *kernel)
{
    return FS_CONTAINER(kernel->object.parent->parent, struct fs_gpu, object);
}

/* ---- reading ---- */

static const char *kind_name(const struct gpu_arg *arg)
{
    static const char *const kinds[] = {
        [GPU_ARG_POINTER] = "pointer", [GPU_ARG_LOCAL] = "local", [GPU_ARG_VALUE] = "value"};
    return kinds[arg->kind];
}

static const char *type_of(const struct gpu_arg *arg)
{
    static const char *const names[] = {
        [GPU_SCALAR_UNKNOWN] = "?", [GPU_SCALAR_I8] = "i8",        [GPU_SCALAR_U8] = "u8",
        [GPU_SCALAR_I16] = "i16",   [GPU_SCALAR_U16] = "u16",      [GPU_SCALAR_I32] = "i32",
        [GPU_SCALAR_U32] = "u32",   [GPU_SCALAR_I64] = "i64",      [GPU_SCALAR_U64] = "u64",
        [GPU_SCALAR_F16] = "f16",   [GPU_SCALAR_BF16] = "bf16",    [GPU_SCALAR_F32] = "f32",
        [GPU_SCALAR_F64] = "f64",   [GPU_SCALAR_STRUCT] = "struct"};
    if (arg->type_name[0])
        return arg->type_name;
    return arg->kind == GPU_ARG_VALUE ? names[arg->scalar] : "-";
}

void fs_kernel_signature(struct fs_object *object, struct fs_text *text)
{
    const struct gpu_kernel *kernel = kernel_of(object)->kernel;
    fs_text_printf(text, "# index kind size offset type name\n");
    for (unsigned i = 0; i < kernel->n_args; i++) {
        const struct gpu_arg *arg = &kernel->args[i];
        fs_text_printf(text, "%u %s %u %u ", i, kind_name(arg), arg->size, arg->offset);
        fs_text_name(text, type_of(arg));
        fs_text_add(text, " ", 1);
        fs_text_name(text, arg->name);
        fs_text_add(text, "\n", 1);
    }
}

static void add_counts(struct fs_text *text, const struct gpu_kernel *kernel)
{
    static const char *const keys[GPU_INST_CLASSES] = {[GPU_INST_SCALAR] = "scalar",
                                                       [GPU_INST_BRANCH] = "branch",
                                                       [GPU_INST_VECTOR] = "vector",
                                                       [GPU_INST_MATRIX] = "matrix",
                                                       [GPU_INST_SCALAR_MEMORY] = "scalar_memory",
                                                       [GPU_INST_VECTOR_MEMORY] = "vector_memory",
                                                       [GPU_INST_SCRATCH] = "scratch",
                                                       [GPU_INST_LDS] = "lds",
                                                       [GPU_INST_OTHER] = "other"};
    unsigned counts[GPU_INST_CLASSES], all = 0;
    gpu_kernel_count(kernel, counts);
    for (unsigned i = 0; i < GPU_INST_CLASSES; i++)
        all += counts[i];
    fs_text_printf(text, "instructions %u\n", all);
    for (unsigned i = 0; i < GPU_INST_CLASSES; i++)
        fs_text_printf(text, "%s_instructions %u\n", keys[i], counts[i]);
}

void fs_kernel_info(struct fs_object *object, struct fs_text *text)
{
    const struct gpu_kernel *kernel = kernel_of(object)->kernel;
    fs_text_printf(text, "symbol %s\ndemangled %s\n", kernel->symbol, kernel->demangled);
    fs_text_printf(text, "vgprs %u\nagprs %u\nsgprs %u\n", kernel->vgprs, kernel->agprs, kernel->sgprs);
    fs_text_printf(text, "lds_bytes %u\nscratch_bytes %u\nkernarg_bytes %u\n", kernel->lds_bytes,
                   kernel->scratch_bytes, kernel->kernarg_bytes);
    fs_text_printf(text, "wave_size %u\nmax_group %u\n", kernel->wave_size, kernel->max_group);
    if (kernel->reqd_group[0])
        fs_text_printf(text, "required_group %u,%u,%u\n", kernel->reqd_group[0], kernel->reqd_group[1],
                       kernel->reqd_group[2]);
    fs_text_printf(text, "dynamic_stack %d\ndescriptor 0x%llx\n", kernel->dynamic_stack,
                   (unsigned long long)kernel->descriptor_va);
    fs_text_printf(text, "code 0x%llx\ncode_bytes %u\n", (unsigned long long)kernel->code_va,
                   kernel->code_bytes);
    add_counts(text, kernel);
    if (kernel->unsupported)
        fs_text_printf(text, "unsupported %s\n", kernel->unsupported);
}

static void add_instruction(void *text, uint64_t address, const char *instruction)
{
    fs_text_printf(text, "0x%llx %s\n", (unsigned long long)address, instruction);
}

void fs_kernel_disasm(struct fs_object *object, struct fs_text *text)
{
    fs_text_printf(text, "# address instruction\n");
    gpu_kernel_disassemble(kernel_of(object)->kernel, add_instruction, text);
}

void fs_kernel_last(struct fs_object *object, struct fs_text *text)
{
    const struct fs_kernel *kernel = kernel_of(object);
    if (!kernel->last) {
        fs_text_printf(text, "status never\n");
        return;
    }
    const struct fs_log_row *row = &kernel->last->rows[kernel->last_index];
    const uint32_t *grid = kernel->last_grid, *group = kernel->last_group;
    fs_text_add(text, "queue ", 6);
    fs_text_name(text, kernel->last->queue_name);
    fs_text_printf(text, "\nseq %llu\nstatus %s\n", (unsigned long long)row->seq,
                   row->done ? fs_errno_name(row->error) : "running");
    fs_text_printf(text, "start_ns %llu\nend_ns %llu\nduration_ns %llu\n", (unsigned long long)row->start_ns,
                   (unsigned long long)row->end_ns, (unsigned long long)(row->end_ns - row->start_ns));
    fs_text_printf(text, "grid %u,%u,%u\ngroup %u,%u,%u\n", grid[0], grid[1], grid[2], group[0], group[1],
                   group[2]);
    fs_text_printf(text, "args %s\n", kernel->last_args ? kernel->last_args : "-");
}

void fs_kernel_usage(struct fs_object *object, struct fs_text *text)
{
    const struct gpu_kernel *kernel = kernel_of(object)->kernel;
    fs_text_printf(text, "grid=X[,Y[,Z]] group=X[,Y[,Z]] [queue=NAME] [lds=BYTES]");
    for (unsigned i = 0; i < kernel->n_args; i++)
        fs_text_printf(text, " %s",
                       kernel->args[i].name[0] ? kernel->args[i].name : kind_name(&kernel->args[i]));
    fs_text_printf(text, "\n"
                         "# grid counts work-items; a pointer is vram/NAME, gtt/NAME+OFFSET or 0\n"
                         "# signature tells the types; run waits for the end, submit does not\n");
}

void fs_kernel_target(struct fs_object *object, struct fs_text *text)
{
    const char *name = object->name;
    fs_text_add(text, name, strlen(name));
}

/* ---- dispatching ---- */

enum { MAX_QUEUES = 64 };

struct build { /* batches built from lines, one for each queue that they name */
    struct fs_kernel *kernel;
    struct fs_work *work;
    const char *text;
    size_t length;
    struct fs_batch *batches[MAX_QUEUES];
    unsigned n;
};

static int batch_for(struct build *build, struct fs_queue *queue, struct fs_batch **out)
{
    for (unsigned i = 0; i < build->n; i++) {
        if (build->batches[i]->queue == queue) {
            *out = build->batches[i];
            return 0;
        }
    }
    int r = fs_check_queue(queue);
    if (r)
        return r;
    if (build->n == MAX_QUEUES)
        return gpu_err(-EINVAL, "one write names more than %d queues", MAX_QUEUES);
    struct fs_batch *batch = fs_batch_create(queue, build->work, build->text, build->length);
    if (!batch)
        return -ENOMEM;
    build->batches[build->n++] = batch;
    *out = batch;
    return 0;
}

static int add_line(void *ctx, const char *line, size_t length)
{
    struct build *build = ctx;
    struct fs_words words;
    int r = fs_words_split(line, length, &words);
    if (r)
        return r;
    struct fs_gpu *gpu = gpu_of(build->kernel);
    struct fs_queue *queue = fs_queue_find(gpu, GPU_QUEUE_COMPUTE, "0");
    struct fs_batch *batch = NULL;
    r = fs_dispatch_queue(gpu, words.word, words.n, &queue);
    if (!r)
        r = batch_for(build, queue, &batch);
    if (!r)
        r = fs_dispatch_add(batch, build->kernel, words.word, words.n, batch->text + (line - build->text),
                            length);
    fs_words_free(&words);
    return r;
}

static int dispatch(struct fs_object *object, const char *text, size_t length, struct fs_work *work)
{
    struct build build = {.kernel = kernel_of(object), .work = work, .text = text, .length = length};
    int r = fs_gpu_lost(gpu_of(build.kernel));
    if (!r)
        r = fs_each_line(text, length, add_line, &build);
    for (unsigned i = 0; !r && i < build.n; i++)
        r = fs_need_queue(work, build.batches[i]->queue);
    for (unsigned i = 0; i < build.n; i++) {
        if (!r && build.batches[i]->n)
            r = fs_batch_submit(build.batches[i]);
        fs_batch_unref(build.batches[i]);
    }
    return r;
}

int fs_kernel_run(struct fs_object *kernel, const char *text, size_t length, struct fs_work *work)
{
    work->until_done = true;
    return dispatch(kernel, text, length, work);
}

int fs_kernel_submit(struct fs_object *kernel, const char *text, size_t length, struct fs_work *work)
{
    return dispatch(kernel, text, length, work);
}

/* ---- for the rows ---- */

static struct fs_loaded *loaded_of(struct fs_object *object)
{
    return FS_CONTAINER(object, struct fs_loaded, object);
}

struct fs_object *fs_find_kernel(struct fs_object *loaded, const char *name)
{
    struct fs_kernel *kernel = fs_kernel_find(loaded_of(loaded), name);
    return kernel && !strcmp(kernel->object.name, name) ? &kernel->object : NULL;
}

void fs_list_kernels(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing)
{
    const struct fs_loaded *code = loaded_of(loaded);
    for (unsigned i = 0; i < code->n_kernels; i++)
        fs_list(listing, code->kernels[i]->object.name, fs_inode(row, &code->kernels[i]->object), row->mode);
}

struct fs_object *fs_find_short(struct fs_object *loaded, const char *name)
{
    struct fs_kernel *kernel = fs_kernel_find(loaded_of(loaded), name);
    return kernel && strcmp(kernel->object.name, name) ? &kernel->object : NULL;
}

void fs_list_short(struct fs_object *loaded, const struct fs_row *row, struct fs_listing *listing)
{
    const struct fs_loaded *code = loaded_of(loaded);
    for (unsigned i = 0; i < code->n_kernels; i++)
        if (code->kernels[i]->short_name)
            fs_list(listing, code->kernels[i]->short_name, fs_inode(row, &code->kernels[i]->object),
                    row->mode);
}
