/*
 * code_text.c - a kernel's machine code for people: disassembled, and counted by class.
 *
 * Reads the copy in host memory, so it costs the GPU nothing. What is no instruction, as data or padding in
 * the code, is told as .long, one dword at a time.
 */
#include <string.h>

#include "code_internal.h"
#include "isa/isa_table.h"

static void each_instruction(const struct gpu_kernel *kernel,
                             void (*each)(void *ctx, uint64_t address, const struct isa_inst *inst),
                             void *ctx)
{
    const struct code_kernel *own = code_kernel_of(kernel);
    struct isa_inst pair, inst = {.pair_storage = &pair};

    for (uint32_t at = 0; kernel->code_bytes - at >= 4; at += inst.bytes) {
        isa_decode(own->isa, kernel->wave_size == 64, own->code + at, kernel->code_bytes - at, &inst);
        each(ctx, kernel->code_va + at, &inst);
    }
}

struct printer {
    void (*line)(void *ctx, uint64_t address, const char *text);
    void *ctx;
};

static void print_one(void *ctx, uint64_t address, const struct isa_inst *inst)
{
    const struct printer *printer = ctx;
    char text[512];

    isa_text(inst, address, text, sizeof text);
    printer->line(printer->ctx, address, text);
}

void gpu_kernel_disassemble(const struct gpu_kernel *kernel,
                            void (*line)(void *ctx, uint64_t address, const char *text), void *ctx)
{
    each_instruction(kernel, print_one, &(struct printer){line, ctx});
}

static bool starts(const struct isa_inst *inst, const char *prefix)
{
    return strncmp(inst->row->name, prefix, strlen(prefix)) == 0;
}

static enum gpu_inst_class class_of(const struct isa_inst *inst)
{
    if (inst->row == NULL)
        return GPU_INST_OTHER;
    switch (inst->format) {
    case ISA_SOP1:
    case ISA_SOP2:
    case ISA_SOPC:
    case ISA_SOPK:
        return starts(inst, "s_setpc") || starts(inst, "s_swappc") || starts(inst, "s_call")
                   ? GPU_INST_BRANCH
                   : GPU_INST_SCALAR;
    case ISA_SOPP:
        return starts(inst, "s_branch") || starts(inst, "s_cbranch") ? GPU_INST_BRANCH : GPU_INST_OTHER;
    case ISA_SMEM:
        return GPU_INST_SCALAR_MEMORY;
    case ISA_DS:
        return GPU_INST_LDS;
    case ISA_SCRATCH:
        return GPU_INST_SCRATCH;
    case ISA_FLAT:
    case ISA_GLOBAL:
    case ISA_MUBUF:
    case ISA_MTBUF:
    case ISA_MIMG:
        return GPU_INST_VECTOR_MEMORY;
    case ISA_VOP3P:
        return starts(inst, "v_mfma") || starts(inst, "v_smfmac") || starts(inst, "v_wmma") ||
                       starts(inst, "v_swmmac")
                   ? GPU_INST_MATRIX
                   : GPU_INST_VECTOR;
    case ISA_VOP1:
    case ISA_VOP2:
    case ISA_VOPC:
    case ISA_VOP3:
    case ISA_VOPD:
        return GPU_INST_VECTOR;
    default:
        return GPU_INST_OTHER;
    }
}

static void count_one(void *counts, uint64_t address, const struct isa_inst *inst)
{
    (void)address;
    ((unsigned *)counts)[class_of(inst)]++;
}

void gpu_kernel_count(const struct gpu_kernel *kernel, unsigned counts[GPU_INST_CLASSES])
{
    memset(counts, 0, GPU_INST_CLASSES * sizeof *counts);
    each_instruction(kernel, count_one, counts);
}
