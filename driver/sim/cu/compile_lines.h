/*
 * compile_lines.h - what is known of a row's lanes: that each has so much more than the lane before it.
 *
 * Such a row is a line: a first value and a step. Most addresses come of work-item ids, which are one, by
 * additions and shifts; where lanes are known to lie side by side, nobody need look at them. It is said of
 * active lanes, at the place of the code that is being translated, and from there on until the row is written
 * or the block ends. Two rows together can be a line of 64 bits, which holds if no lane's lower half has
 * overflowed: a condition that is left to be looked at.
 */
#ifndef KFDFS_SIM_COMPILE_LINES_H
#define KFDFS_SIM_COMPILE_LINES_H

#include "llvm.h"

struct compile;
struct isa_inst;
struct isa_operand;

struct compile_line {
    LLVMValueRef base; /* lane 0's (i32, or i64 of two rows), if it is active or not */
    uint32_t step;
    LLVMValueRef fits; /* i1: only then; NULL: always */
};

/* What an instruction makes known, to be worked out before its results are written, and told after it. */
struct compile_lines_news {
    unsigned n;
    struct compile_lines_entry {
        uint8_t kind;
        uint16_t at;        /* row, or of a carry its SGPR */
        bool all;           /* it is so of lanes that are not active, too */
        bool ids;           /* work-item ids, packed: x is the line, which is below 1024; */
        LLVMValueRef id[3]; /* these are in it */
        struct compile_line line;
        /* of a carry: where the lower sum is, and which rows the upper halves of its sources are in (-1: it
         * is a scalar) */
        uint16_t sum;
        int16_t above[2];
    } entry[3];
};

struct compile_lines {
    unsigned n;
    struct compile_lines_entry entry[48];
};

void compile_lines_find(struct compile *c, const struct isa_inst *inst, struct compile_lines_news *news);
void compile_lines_tell(struct compile *c, const struct compile_lines_news *news);
/* The row as it is by that, which takes less than to work it out lane by lane; NULL: it is no line. */
LLVMValueRef compile_lines_row(struct compile *c, const struct compile_lines_news *news, unsigned row);
/* Of a row, or of it and the one behind it; false: nothing is known. */
bool compile_line_get(struct compile *c, unsigned row, struct compile_line *to);
bool compile_line_get_wide(struct compile *c, unsigned row, struct compile_line *to);
/* A row with work-item ids, of which those that are not NULL are there. */
void compile_lines_ids(struct compile *c, unsigned row, const LLVMValueRef id[3], LLVMValueRef base);
void compile_line_tell(struct compile *c, unsigned row, LLVMValueRef base, uint32_t step);
/* They are written. */
void compile_lines_forget_row(struct compile *c, unsigned row);
void compile_lines_forget_sgpr(struct compile *c, unsigned sgpr);
/* For other blocks: what of it holds there, where more lanes may be active if it is wider; only what others
 * say, too (NULL: nothing is kept there). */
void compile_lines_copy(struct compile_lines *to, const struct compile_lines *from, bool wider);
void compile_lines_keep(struct compile_lines *lines, const struct compile_lines *others);

#endif
