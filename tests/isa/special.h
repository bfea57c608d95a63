/*
 * special.h - instructions that no table of operands describes: each case is a text, and a function that
 * says what it makes of a wave's state.
 */
#ifndef KFDFS_TESTS_ISA_SPECIAL_H
#define KFDFS_TESTS_ISA_SPECIAL_H

#include "machine.h"

struct context {
    unsigned target, lanes;
    bool wave32;
    uint64_t exec, address; /* of the first instruction */
    const struct state *before, *got;
};
typedef void change_fn(const struct context *c, struct state *s);

struct special {
    const char *name, *text; /* no text: a word of zeros, which gfx11 does not know */
    change_fn *change;       /* NULL: nothing changes */
    enum isa_state ends;     /* as what the wave ends, if not at the end of the program */
    unsigned waves;          /* 1: of 32 lanes only, 2: of 64 only */
};

/* Runs each of them on every target that knows it, in waves of each width; a difference fails the test. */
void specials_try(const struct special *specials, unsigned n);
/* What KFDFS_ISA_ROUNDS says, else the usual number of states that a case is run from. */
unsigned special_rounds(unsigned usual);

#endif
