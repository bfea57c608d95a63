/*
 * isa_graphics.c - formats that only graphics uses, by their fixed bits: they are not decoded, but named.
 *
 * Facts: LLVM's encodings of MIMG, VIMAGE, VSAMPLE, EXP, VINTRP, VINTERP and LDSDIR. CDNA has
 * none of gfx9's (of gfx90a's LLVM reads MIMG alone), but a program of its family may.
 */
#include "isa.h"

static const struct graphics_format {
    enum isa_generation first, last;
    uint32_t mask, bits;
    const char *name;
} formats[] = {
    {ISA_GFX90A, ISA_GFX950, 0xfc000000, 0xf0000000, "image (MIMG)"},
    {ISA_GFX90A, ISA_GFX950, 0xfc000000, 0xc4000000, "export (EXP)"},
    {ISA_GFX90A, ISA_GFX950, 0xfc000000, 0xd4000000, "interpolation (VINTRP)"},
    {ISA_GFX10_3, ISA_GFX11_5, 0xfc000000, 0xf0000000, "image (MIMG)"},
    {ISA_GFX12, ISA_GFX12, 0xfc000000, 0xd0000000, "image (VIMAGE)"},
    {ISA_GFX12, ISA_GFX12, 0xfc000000, 0xe4000000, "image sample (VSAMPLE)"},
    {ISA_GFX10_3, ISA_GFX12, 0xfc000000, 0xf8000000, "export (EXP)"},
    {ISA_GFX10_3, ISA_GFX10_3, 0xfc000000, 0xc8000000, "interpolation (VINTRP)"},
    {ISA_GFX10_3, ISA_GFX10_3, 0xfffe0000, 0xd6000000, "interpolation (VINTRP)"}, /* as VOP3 */
    {ISA_GFX10_3, ISA_GFX10_3, 0xffff0000, 0xd6020000, "interpolation (VINTRP)"},
    {ISA_GFX10_3, ISA_GFX10_3, 0xfffe0000, 0xd7420000, "interpolation (VINTRP)"},
    {ISA_GFX10_3, ISA_GFX10_3, 0xffff0000, 0xd75a0000, "interpolation (VINTRP)"},
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
