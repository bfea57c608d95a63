/*
 * atomics.h - codes of 64-bit atomics that give back what was there, as the second-level cache has them: for
 * the copy engines' packets and those of the command processor alike.
 *
 * Source: TC_OP (Linux, vega10_enum.h) and GL2_OP (navi10_enum.h, soc21_enum.h). Those that give nothing back
 * are not used: some gfx9 parts are said to lose them where memory is not cached.
 */
#ifndef KFDFS_HW_ATOMICS_H
#define KFDFS_HW_ATOMICS_H

#include "../gpu.h"

static inline uint32_t atomic_code(enum gpu_atomic op)
{
    static const uint8_t codes[] = {[GPU_SWAP] = 0x27, [GPU_ADD] = 0x2f, [GPU_SUB] = 0x30, [GPU_MIN] = 0x32,
                                    [GPU_MAX] = 0x34,  [GPU_AND] = 0x35, [GPU_OR] = 0x36,  [GPU_XOR] = 0x37};
    return codes[op];
}

#endif
