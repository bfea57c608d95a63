/*
 * access.h - the table of loads, stores and atomics.
 */
#ifndef KFDFS_TESTS_ISA_ACCESS_H
#define KFDFS_TESTS_ISA_ACCESS_H

#include "lane.h"

enum access_space { SPACE_GLOBAL, SPACE_FLAT, SPACE_SCRATCH, SPACE_BUFFER, SPACE_LDS };
enum access_op { OP_LOAD, OP_STORE, OP_ATOMIC, OP_ATOMIC_RETURN };
enum access_half { HALF_NONE, HALF_LOW, HALF_HIGH };

struct access_row {
    const char *name;
    enum access_space space;
    enum access_op op;
    unsigned bytes; /* at one address */
    bool sign;
    enum access_half half;
    unsigned stride;          /* of the two offsets of an instruction with two addresses, else 0 */
    bool two, floats, halves; /* two data operands; what the values are */
    uint64_t (*atomic)(uint64_t old, uint64_t data, uint64_t data2);
};
extern const struct access_row truth_accesses[];

#endif
