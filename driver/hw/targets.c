/*
 * targets.c - the table behind targets.h. A new GPU is a new row; no code compares names or versions.
 *
 * ELF machine numbers: LLVM, BinaryFormat/ELF.h (EF_AMDGPU_MACH_*). Context save: Linux amdkfd/kfd_queue.c
 * and libhsakmt/src/queues.c. SDMA limits and headers: ROCr sdma_registers.h, amd_blit_sdma.cpp. Scratch:
 * ROCr registers.h and amd_aql_queue.cpp; SQ_BUF_RSRC_WORD3 values are what its settings come to.
 */
#include "hw/targets.h"

#include <string.h>

/* One packet moves at most what every family takes (22-bit counts), in whole pages so that chunks stay
 * aligned as their start is. */
#define SDMA_LIMITS .sdma_copy_bytes = 0x3ff000, .sdma_fill_bytes = 0x3ff000

/* Widths of fields of a rectangular copy (ROCr sdma_registers.h: COPY_LINEAR_RECT and its GFX12 form). */
#define SDMA_RECT       .sdma_rect_xy_bits = 14, .sdma_rect_pitch_shift = 13
#define SDMA_RECT_GFX12 .sdma_rect_xy_bits = 16, .sdma_rect_pitch_shift = 16

/* FENCE's mtype field [18:16], 3 = uncached, since SDMA 5 (ROCr BuildFenceCommand). */
#define FENCE_UNCACHED (3u << 16)

/* ACQUIRE_MEM: instruction, scalar, vector and second level caches, invalidated, and the last written back
 * (ROCr amd_gpu_agent.cpp, InvalidateCodeCaches; soc15d.h and nvd.h name the bits). RELEASE_MEM: what the
 * kernel's own fences flush (gfx_v9_0.c: TC_WB, TCL1, TC, TC_MD; gfx_v10_0.c and gfx_v11_0.c: GLM_WB,
 * GLM_INV, GL2_WB, SEQ; gfx_v12_0.c: GL2_WB, SEQ; all with the policy to bypass). */
#define PM4_ACQUIRE_GFX9  (1u << 29 | 1u << 27 | 1u << 23 | 1u << 22 | 1u << 18 | 1u << 3)
#define PM4_ACQUIRE_GFX10 (1u << 0 | 1u << 5 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 14 | 1u << 15)
#define PM4_ACQUIRE_GFX12 (1u << 0 | 1u << 7 | 1u << 8 | 1u << 14 | 1u << 15)
#define PM4_RELEASE_GFX9  (1u << 15 | 1u << 16 | 1u << 17 | 1u << 21)
#define PM4_RELEASE_GFX10 (1u << 12 | 1u << 13 | 1u << 21 | 1u << 22 | 3u << 25)
#define PM4_RELEASE_GFX12 (1u << 21 | 1u << 22 | 3u << 25)

#define GFX9_COMMON                                                                                         \
    SDMA_RECT, .has_features = true, .cwsr_vgpr_bytes = 0x80000, .cwsr_waves_per_cu = 40,                   \
               .cwsr_waves_per_engine = 512, .cwsr_stack_wave_bytes = 8, SDMA_LIMITS, .scratch_unit = 1024, \
               .scratch_units = 0x1fff, .srd_word1 = 0x80000000, .srd_word3 = 0x00ea4fac,                   \
               .pm4_acquire = PM4_ACQUIRE_GFX9, .pm4_release = PM4_RELEASE_GFX9, .pm4_rsrc3 = 0x2e2d,       \
               .pm4_trap_present = true

#define RDNA_COMMON                                                                                        \
    .lds_bytes = 0x10000, .counter_hz = 100000000, .cwsr_waves_per_cu = 32, .cwsr_stack_wave_bytes = 12,   \
    .aql_eop = true, SDMA_LIMITS, .sdma_fence_header = FENCE_UNCACHED, .sdma_gcr = true, .cu_pairs = true, \
    .srd_index_stride = true, .pm4_gcr = true, .pm4_rsrc3 = 0x2e28, .pm4_lds_unit = 512

#define GFX10_3                                                                                         \
    SDMA_RECT, RDNA_COMMON, .generic_mach = 0x53, .generic_name = "gfx10-3-generic",                    \
                            .cwsr_vgpr_bytes = 0x40000, .cwsr_stack_max = 0x7000, .scratch_unit = 1024, \
                            .scratch_units = 0x1fff, .srd_word1 = 0x80000000, .srd_word3 = 0x21814fac,  \
                            .pm4_acquire = PM4_ACQUIRE_GFX10, .pm4_release = PM4_RELEASE_GFX10,         \
                            .pm4_trap_present = true, .trap = &trap_code_gfx1030

#define GFX11                                                                                             \
    SDMA_RECT, RDNA_COMMON, .generic_mach = 0x54, .generic_name = "gfx11-generic", .scratch_unit = 256,   \
                            .scratch_units = 0x7fff, .scratch_per_engine = true, .srd_word1 = 0x40000000, \
                            .srd_word3 = 0x20814fac, .pm4_acquire = PM4_ACQUIRE_GFX10,                    \
                            .pm4_release = PM4_RELEASE_GFX10, .pm4_trap_present = true

#define GFX12                                                                                               \
    SDMA_RECT_GFX12, RDNA_COMMON,                                                                           \
        .generic_mach = 0x59, .generic_name = "gfx12-generic", .cwsr_vgpr_bytes = 0x60000,                  \
        .scratch_unit = 256, .scratch_units = 0x3ffff, .scratch_per_engine = true, .srd_word1 = 0x40000000, \
        .srd_word3 = 0x20814fac, .pm4_acquire = PM4_ACQUIRE_GFX12, .pm4_release = PM4_RELEASE_GFX12,        \
        .trap = &trap_code_gfx1200

static const struct target targets[] = {
    {.name = "gfx90a",
     .isa = ISA_GFX90A,
     .gfx_version = 90010,
     .elf_mach = 0x3f,
     GFX9_COMMON,
     .trap = &trap_code_gfx90a,
     .lds_bytes = 0x10000,
     .pm4_lds_unit = 512,
     .counter_hz = 25000000,
     .aql_eop = true},
    /* libhsakmt gives AQL queues of this one no EOP buffer */
    {.name = "gfx942",
     .isa = ISA_GFX940,
     .gfx_version = 90402,
     .elf_mach = 0x4c,
     .generic_mach = 0x5f,
     .generic_name = "gfx9-4-generic",
     GFX9_COMMON,
     .trap = &trap_code_gfx942,
     .lds_bytes = 0x10000,
     .pm4_lds_unit = 512,
     .counter_hz = 100000000},
    {.name = "gfx950",
     .isa = ISA_GFX950,
     .gfx_version = 90500,
     .elf_mach = 0x4f,
     .generic_mach = 0x5f,
     .generic_name = "gfx9-4-generic",
     GFX9_COMMON,
     .trap = &trap_code_gfx942,
     .lds_bytes = 0x28000,
     .pm4_lds_unit = 2048, /* as LLVM's assembler encodes it */
     .counter_hz = 100000000,
     .aql_eop = true},
    {.name = "gfx1030", .isa = ISA_GFX10_3, .gfx_version = 100300, .elf_mach = 0x36, GFX10_3},
    {.name = "gfx1031", .isa = ISA_GFX10_3, .gfx_version = 100301, .elf_mach = 0x37, GFX10_3},
    {.name = "gfx1032", .isa = ISA_GFX10_3, .gfx_version = 100302, .elf_mach = 0x38, GFX10_3},
    {.name = "gfx1033", .isa = ISA_GFX10_3, .gfx_version = 100303, .elf_mach = 0x39, GFX10_3},
    {.name = "gfx1034", .isa = ISA_GFX10_3, .gfx_version = 100304, .elf_mach = 0x3e, GFX10_3},
    {.name = "gfx1035", .isa = ISA_GFX10_3, .gfx_version = 100305, .elf_mach = 0x3d, GFX10_3},
    {.name = "gfx1036", .isa = ISA_GFX10_3, .gfx_version = 100306, .elf_mach = 0x45, GFX10_3},
    {.name = "gfx1100",
     .isa = ISA_GFX11,
     .gfx_version = 110000,
     .elf_mach = 0x41,
     GFX11,
     .cwsr_vgpr_bytes = 0x60000,
     .pm4_priv = true},
    {.name = "gfx1101",
     .isa = ISA_GFX11,
     .gfx_version = 110001,
     .elf_mach = 0x46,
     GFX11,
     .cwsr_vgpr_bytes = 0x60000,
     .pm4_priv = true},
    {.name = "gfx1102",
     .isa = ISA_GFX11,
     .gfx_version = 110002,
     .elf_mach = 0x47,
     GFX11,
     .cwsr_vgpr_bytes = 0x40000,
     .pm4_priv = true},
    {.name = "gfx1103",
     .isa = ISA_GFX11,
     .gfx_version = 110003,
     .elf_mach = 0x44,
     GFX11,
     .cwsr_vgpr_bytes = 0x40000,
     .pm4_priv = true},
    {.name = "gfx1150",
     .isa = ISA_GFX11_5,
     .gfx_version = 110500,
     .elf_mach = 0x43,
     GFX11,
     .trap = &trap_code_gfx1150,
     .cwsr_vgpr_bytes = 0x40000},
    /* 0x60000 on the newest kernels only; older ones take more than they ask for */
    {.name = "gfx1151",
     .isa = ISA_GFX11_5,
     .gfx_version = 110501,
     .elf_mach = 0x4a,
     GFX11,
     .trap = &trap_code_gfx1150,
     .cwsr_vgpr_bytes = 0x60000},
    {.name = "gfx1152",
     .isa = ISA_GFX11_5,
     .gfx_version = 110502,
     .elf_mach = 0x55,
     GFX11,
     .trap = &trap_code_gfx1150,
     .cwsr_vgpr_bytes = 0x40000},
    {.name = "gfx1153",
     .isa = ISA_GFX11_5,
     .gfx_version = 110503,
     .elf_mach = 0x58,
     GFX11,
     .trap = &trap_code_gfx1150,
     .cwsr_vgpr_bytes = 0x40000},
    {.name = "gfx1200", .isa = ISA_GFX12, .gfx_version = 120000, .elf_mach = 0x48, GFX12},
    {.name = "gfx1201", .isa = ISA_GFX12, .gfx_version = 120001, .elf_mach = 0x4e, GFX12},
};

const struct target *target_by_gfx_version(uint32_t gfx_version)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (targets[i].gfx_version == gfx_version)
            return &targets[i];
    return NULL;
}

const struct target *target_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (!strcmp(targets[i].name, name))
            return &targets[i];
    return NULL;
}

const struct target *target_by_mach(uint32_t mach)
{
    for (size_t i = 0; mach != 0 && i < sizeof targets / sizeof *targets; i++)
        if (targets[i].elf_mach == mach || targets[i].generic_mach == mach)
            return &targets[i];
    return NULL;
}
