/*
 * isa_text_swizzle.c - the offset of ds_swizzle_b32, as the macro that makes it.
 *
 * Facts: the modes are those of AMD's RDNA3 ISA manual (DS_SWIZZLE_B32), their names LLVM's
 * AMDGPUModifierSyntax.
 */
#include "isa_text.h"

enum { LANES = 32, QUAD_MODE = 0x8000, ROTATE_MODE = 0xc000, FFT_MODE = 0xe000 };

static bool is_power(unsigned value)
{
    return value && (value & (value - 1)) == 0;
}

/* The usual masks have names: a lane for its group, neighbours swapped, groups turned around. */
static bool text_mask_named(struct text *t, unsigned and, unsigned or, unsigned xor)
{
    unsigned group = LANES - and;
    if (group > 1 && is_power(group) && or < group && xor == 0)
        text_put(t, "BROADCAST,%u,%u", group, or);
    else if (and == LANES - 1 && or == 0 && is_power(xor))
        text_put(t, "SWAP,%u", xor);
    else if (and == LANES - 1 && or == 0 && xor&&is_power(xor+1))
        text_put(t, "REVERSE,%u", xor+1);
    else
        return false;
    return true;
}

/* A letter for each bit of the lane's number: constant, kept or inverted. */
static void text_mask(struct text *t, unsigned and, unsigned or, unsigned xor)
{
    text_put(t, "BITMASK_PERM,\"");
    for (unsigned bit = LANES / 2; bit; bit >>= 1) {
        bool clear = (or ^xor) & bit, set = ((and | or) ^ xor) & bit;
        text_put(t, clear == set ? clear ? "1" : "0" : set ? "p" : "i");
    }
    text_put(t, "\"");
}

void text_swizzle(struct text *t, unsigned offset)
{
    unsigned and = offset & 31, or = offset >> 5 & 31, xor = offset >> 10 & 31;
    if (offset == 0)
        return;
    if (offset >= QUAD_MODE + 0x100 && offset < ROTATE_MODE) {
        text_put(t, " offset:%u", offset);
        return;
    }
    text_put(t, " offset:swizzle(");
    if (offset >= FFT_MODE)
        text_put(t, "FFT,%u", and);
    else if (offset >= ROTATE_MODE)
        text_put(t, "ROTATE,%u,%u", xor&1, or);
    else if (offset >= QUAD_MODE)
        text_put(t, "QUAD_PERM,%u,%u,%u,%u", offset & 3, offset >> 2 & 3, offset >> 4 & 3, offset >> 6 & 3);
    else if (!text_mask_named(t, and, or, xor))
        text_mask(t, and, or, xor);
    text_put(t, ")");
}
