/*
 * random_kernel.h - kernels that a seed makes up, whose waves keep out of each other's way.
 *
 * A work-item writes only its own places of the output and of LDS, whatever lanes are active: those of its
 * number in the grid, or in its group, in several planes of elements of 4, 8 and 16 bytes. It reads them,
 * too, and the input, anywhere. In the end it stores what its registers hold.
 */
#ifndef KFDFS_TESTS_ISA_RANDOM_KERNEL_H
#define KFDFS_TESTS_ISA_RANDOM_KERNEL_H

#include "encode.h"

enum {
    KERNEL_ITEMS = 448,       /* of a grid, with those that are not there in the last groups */
    KERNEL_GROUP_ITEMS = 256, /* of a group */
    KERNEL_OUT_BYTES = 48 << 10,
    KERNEL_IN_BYTES = 32 << 10,
    KERNEL_IN_ROOM = 8 << 10, /* addresses of the input may be so much further, and still be there */
    KERNEL_TABLE_BYTES = 4096,
    KERNEL_LDS_BYTES = 7424,
    KERNEL_VGPRS = 48,
    KERNEL_PROBES = 4,
};

/* User SGPRs. Behind them are the place of the group, in three of them, and what belongs to its first wave.
 */
enum {
    KERNEL_TABLE = 0,     /* and the next: address of read-only memory */
    KERNEL_IN = 2,        /* the same of the input */
    KERNEL_OUT = 4,       /* and the output */
    KERNEL_IN_SHIFT = 6,  /* what is added to some addresses of the input */
    KERNEL_LDS_SHIFT = 7, /* of LDS */
    KERNEL_OUT_SHIFT = 8, /* of the output */
    KERNEL_ANY = 9,       /* a small number */
    KERNEL_GROUP = 10,    /* work-items of a whole group, of its rows, and of its planes */
    KERNEL_ROW = 11,
    KERNEL_PLANE = 12,
    KERNEL_GROUPS_X = 13, /* groups of a row, and of a plane of the grid */
    KERNEL_GROUPS_XY = 14,
    KERNEL_MORE = 15, /* any number */
    KERNEL_USER_SGPRS = 16
};

struct random_kernel {
    struct encoded code;
    unsigned dims;
    bool packed;                   /* work-item ids are all in v0 */
    bool alone;                    /* groups are to be of one wave */
    uint32_t probe[KERNEL_PROBES]; /* offsets in the input that a lane 0 may begin at, 0: none */
    uint32_t reach[KERNEL_PROBES]; /* bytes that its wave reads from there on */
};

void random_kernel_make(struct random_kernel *k, enum isa_generation generation, bool wave64, uint64_t seed);

#endif
