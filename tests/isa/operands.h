/*
 * operands.h - numbers that instructions go wrong with, and states full of them.
 */
#ifndef KFDFS_TESTS_ISA_OPERANDS_H
#define KFDFS_TESTS_ISA_OPERANDS_H

#include "machine.h"

/* One number of that type: an edge, a small one, or noise. */
uint64_t operand_choose(enum type type);
/* What kinds of numbers these are (coverage.h). */
uint32_t operand_classes(enum type type, uint64_t value);
/* Noise everywhere; then EXEC, MODE and carries as a round has them. */
void operands_fill(struct state *s, unsigned target, bool wave32, unsigned round);
/* EXEC and MODE of that round, as classes. */
uint32_t operands_round_classes(const struct state *s, bool wave32);

#endif
