/*
 * suites.h - what is run of public OpenCL suites (table.def), and what runs it.
 */
#ifndef KFDFS_SUITES_H
#define KFDFS_SUITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SUITE_ARGS = 24,
    SUITE_PIECES = 8,
    SUITE_GUARD = 4096, /* bytes behind each buffer that must stay what they were */
};

struct suite_piece {
    char type; /* c s i l f d */
    size_t count;
    bool ramp; /* a, a + b, ...: else random from a to b, which integers may be, too */
    bool on;   /* the ramp goes on from one repetition to the next */
    double a, b;
};

struct suite_arg {
    enum { SUITE_BUFFER, SUITE_VALUE, SUITE_LOCAL } kind;
    size_t bytes; /* of a buffer without its guard */
    unsigned repeat, n_pieces;
    struct suite_piece piece[SUITE_PIECES];
    uint8_t value[256]; /* of SUITE_VALUE */
};

struct suite_run {
    char kernel[64];
    uint32_t grid[3], group[3];
    double near;  /* by how much of the greater one floats may differ */
    double least; /* floats below are as good as that */
    unsigned n_args;
    struct suite_arg arg[SUITE_ARGS];
};

/* The words behind "run". False: they make no sense, which is said. */
bool suite_parse(char *line, struct suite_run *run);
/* The first contents of a buffer, the same whenever they are asked for. */
void suite_fill(const struct suite_arg *arg, unsigned which, void *to);
/* How many values of a buffer are wrong; *what says which is the first. */
unsigned suite_differing(const struct suite_run *run, const struct suite_arg *arg, const void *got,
                         const void *expected, char *what, size_t room);

#endif
