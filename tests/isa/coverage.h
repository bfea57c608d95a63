/*
 * coverage.h - which instruction was executed and compared on which target, with what kinds of operands.
 *
 * It is recorded while tests run, and written to the file that KFDFS_ISA_COVERAGE names:
 * tests/long/isa_coverage.c makes docs/isa-coverage.md of that.
 */
#ifndef KFDFS_TESTS_ISA_COVERAGE_H
#define KFDFS_TESTS_ISA_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

enum coverage_class {
    COVER_COMPARED = 1u << 0,
    COVER_NAN = 1u << 1,
    COVER_SIGNALS = 1u << 2, /* a signalling NaN */
    COVER_INFINITE = 1u << 3,
    COVER_DENORMAL = 1u << 4,
    COVER_ZERO = 1u << 5,    /* of both signs */
    COVER_EXTREME = 1u << 6, /* all ones, least and greatest signed numbers */
    COVER_CARRY = 1u << 7,
    COVER_EXEC_NONE = 1u << 8,
    COVER_EXEC_SOME = 1u << 9, /* with the last lane on or off */
    COVER_MODIFIER = 1u << 10, /* neg, abs */
    COVER_CLAMP = 1u << 11,
    COVER_OMOD = 1u << 12,
    COVER_HALVES = 1u << 13, /* op_sel */
    COVER_CONSTANT = 1u << 14,
    COVER_SCALAR = 1u << 15,
    COVER_FLUSH = 1u << 16, /* MODE: denormals flushed */
    COVER_ROUND = 1u << 17, /* MODE: not to nearest even */
    COVER_E32 = 1u << 18,
    COVER_E64 = 1u << 19,
    COVER_SDWA = 1u << 20,
    COVER_DPP = 1u << 21,
    COVER_DPP8 = 1u << 22,
    COVER_PLAIN = 1u << 23, /* no encoding but one */
    COVER_WAVE32 = 1u << 24,
    COVER_WAVE64 = 1u << 25,
    COVER_MISALIGNED = 1u << 26, /* addresses */
    COVER_OFFSET = 1u << 27,
    COVER_OUTSIDE = 1u << 28, /* beyond what is there */
};
/* A letter or word for each. */
extern const char *const coverage_names[29];

void coverage_add(const char *name, unsigned target, uint32_t classes);
uint32_t coverage_of(const char *name, unsigned target);
/* Appends to the file that the environment names, if any. */
void coverage_save(void);
bool coverage_load(const char *path);

#endif
