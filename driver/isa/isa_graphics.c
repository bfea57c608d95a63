/*
 * isa_graphics.c - formats that only graphics uses, by their fixed bits: they are not decoded, but named.
 *
 * Facts: LLVM's encodings of MIMG, VIMAGE, VSAMPLE, EXP, VINTRP, VINTERP and LDSDIR. Of CDNA,
 * gfx90a has MIMG, as LLVM has it.
 */
#include "isa.h"

static const struct graphics_format {
    enum isa_generation first, last;
    uint32_t mask, bits;
    const char *name;
} formats[] = {
    {ISA_GFX90A, ISA_GFX90A, 0xfc000000, 0xf0000000, "image (MIMG)"},
    {ISA_GFX10_3, ISA_GFX11_5, 0xfc000000, 0xf0000000, "image (MIMG)"},
    {ISA_GFX12, ISA_GFX12, 0xfc000000, 0xd0000000, "image (VIMAGE)"},
    {ISA_GFX12, ISA_GFX12, 0xfc000000, 0xe4000000, "image sample (VSAMPLE)"},
    {ISA_GFX10_3, ISA_GFX12, 0xfc000000, 0xf8000000, "export (EXP)"},
    {ISA_GFX10_3, ISA_GFX10_3, 0xfc000000, 0xc8000000, "interpolation (VINTRP)"},
    {ISA_GFX11, ISA_GFX12, 0xff000000, 0xcd000000, "interpolation (VINTERP)"},
    {ISA_GFX11, ISA_GFX12, 0xff000000, 0xce000000, "parameter load (LDSDIR)"},
};

const char *isa_graphics(enum isa_generation generation, uint32_t word)
{
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++)
        if (generation >= formats[i].first && generation <= formats[i].last &&
            (word & formats[i].mask) == formats[i].bits)
            return formats[i].name;
    return NULL;
}
