/*
 * trap_code.c - trap.s, assembled. tests/mount/trap.sh holds the words against llvm-mc's.
 */
#include "trap.h"

#include "trap_code.inc"

/* amdkfd cwsr_trap_handler_gfx9.asm, L_NOT_ALREADY_HALTED */
enum { REWOUND_GFX9 = 8 };

#define CODE(name, back)                        \
    const struct trap_code trap_code_##name = { \
        .words = trap_##name, .bytes = sizeof trap_##name, .rewound = back}
CODE(gfx90a, REWOUND_GFX9);
CODE(gfx942, REWOUND_GFX9);
CODE(gfx1030, 0);
CODE(gfx1150, 0);
CODE(gfx1200, 0);
