/*
 * isa_format.h - the formats of typed buffers: what lies in an element, by the code that a generation has for
 * it.
 *
 * Facts: LLVM 22's disassembler, shown every value on every generation; the tables "Buffer and Image Data
 * Formats" of AMD's RDNA2, RDNA3 and RDNA4 manuals. A layout's name has the highest component first: X is the
 * lowest bits (Mesa, ac_formats.c: R10G10B10A2 is 2_10_10_10, R11G11B10 is 10_11_11).
 */
#ifndef KFDFS_ISA_ISA_FORMAT_H
#define KFDFS_ISA_ISA_FORMAT_H

#include "isa.h"

enum isa_number { /* of a component */
                  ISA_NUMBER_UNORM,
                  ISA_NUMBER_SNORM,
                  ISA_NUMBER_USCALED,
                  ISA_NUMBER_SSCALED,
                  ISA_NUMBER_UINT,
                  ISA_NUMBER_SINT,
                  ISA_NUMBER_FLOAT,
                  ISA_NUMBERS
};

struct isa_buffer_format {
    uint8_t components; /* 0: the format INVALID, of a buffer that is not there */
    uint8_t bits[4];    /* of X, Y, Z and W: together 8, 16, 32, 64, 96 or 128 */
    uint8_t number;     /* enum isa_number */
};

/* False: the generation has no such format. */
bool isa_buffer_format(enum isa_generation generation, unsigned code, struct isa_buffer_format *format);

#endif
