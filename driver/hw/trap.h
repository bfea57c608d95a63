/*
 * trap.h - the machine code of trap.s for each kind of target that runs a trap handler.
 */
#ifndef KFDFS_TRAP_H
#define KFDFS_TRAP_H

#include <stdint.h>

struct trap_code {
    const uint32_t *words;
    uint32_t bytes;
    uint32_t rewound; /* how far the first-level handler sets the PC of some exceptions back */
};

extern const struct trap_code trap_code_gfx90a, trap_code_gfx942, trap_code_gfx1030, trap_code_gfx1150,
    trap_code_gfx1200;

#endif
