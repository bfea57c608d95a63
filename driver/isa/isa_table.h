/*
 * isa_table.h - the instruction table: one row per mnemonic, and what its operand string says.
 *
 * Operands are written "results=sources", each "[class.]type[*registers]" with the types of isa.h in small
 * letters (and m: a lane mask, 1 register on wave32 and 2 on wave64). Classes: s an SGPR, v a VGPR, a an
 * AGPR, k a literal that always follows, x f32 or (op_sel_hi) f16, h 16 bits from gfx11 on. Alone: i the
 * 16-bit immediate, a the address of a FLAT, GLOBAL or SCRATCH access, r the address and resource of a buffer
 * access, none an unused field. Memory rows name what is loaded or returned before the =, data after it.
 */
#ifndef KFDFS_ISA_ISA_TABLE_H
#define KFDFS_ISA_ISA_TABLE_H

#include "isa.h"

enum {
    ISA_HAS_E64 = 1,     /* a short VOP with a VOP3 form */
    ISA_HAS_SDWA = 2,    /* gfx9, gfx10 */
    ISA_HAS_DPP9 = 4,    /* DPP on gfx9 */
    ISA_HAS_DPP = 8,     /* DPP16 and DPP8 on gfx10 and later; of a VOP3 or VOP3P row from gfx11 on */
    ISA_IS_BARE = 16,    /* printed without _e32 */
    ISA_IS_PAIR = 32,    /* DS: two 8-bit offsets */
    ISA_IS_GDS = 64,     /* DS: exists with gds only */
    ISA_IS_ATOMIC = 128, /* returns a result only if asked to (glc, sc0) */
    ISA_HAS_CLAMP = 256, /* in VOP3 form */
    ISA_HAS_OMOD = 512,
    ISA_HAS_LDS = 2048,          /* MUBUF: may load into LDS */
    ISA_HAS_BYTE_SEL = 8192,     /* op_sel names a byte, on gfx12 */
    ISA_HAS_FORMATS = 4096,      /* matrices whose element types CBSZ and BLGP name */
    ISA_HAS_TABLE = 16384,       /* VOP3: a truth table in the place of the modifiers */
    ISA_HAS_OPSEL = 1024,        /* in VOP3 form: 16-bit halves, permlane's two bits */
    ISA_PRINTS_FLOATS = 1 << 15, /* LLVM has constants of its 16-bit integers as floats */
    ISA_IS_PLAIN_WORD =
        1 << 16,             /* 16 bits that cannot leave their range: gfx11 took the clamp, gfx12 signs */
    ISA_IS_SELECT = 1 << 17, /* moves bits, but signs mean something */
    ISA_HAS_SIGNS = 1 << 18, /* room for neg and abs, though no source is a float */
    ISA_IS_STRICT = 1 << 19, /* no op_sel of operands that are not there, even on gfx11 */
    ISA_HAS_SIGNS_GFX12 = 1 << 20, /* there alone */
    ISA_HAS_THIRD = 1 << 21,       /* gfx9: modifiers and op_sel of a source more than there are */
    ISA_IS_CLASS = 1 << 22,        /* the second source is a mask of classes */
    ISA_IS_PERMLANE = 1 << 23,     /* two bits of op_sel that are FI and bound_ctrl */
    ISA_IS_MFMA = 1 << 24,         /* matrices of CDNA */
    ISA_IS_WMMA = 1 << 25,         /* of RDNA */
    ISA_IS_SPARSE = 1 << 26,       /* the third source, or the second of MFMA's, is an index */
    ISA_IS_BYTE_DOT = 1 << 27,     /* sums of bytes or nibbles: no op_sel */
    ISA_IS_FMAC16 = 1 << 28,       /* op_sel also chooses a half of the result as source */
    ISA_IS_CMPX = 1 << 29,         /* writes EXEC */
    ISA_IS_HALF_DOT = 1 << 30 /* sums of halves to a half: op_sel of the third source and the result alone */
};

enum { ISA_TYPE_MASK = 64, ISA_TYPE_IMM, ISA_TYPE_ADDRESS, ISA_TYPE_RESOURCE, ISA_TYPE_NONE };

struct isa_row {
    const char *name;
    uint8_t format; /* enum isa_format; a VOPC, VOP1 or VOP2 row with ISA_HAS_E64 stands for two */
    uint32_t flags;
    const char *operands;
    int16_t opcode[ISA_GENERATIONS]; /* -1: absent */
};

struct isa_field {
    uint8_t type; /* enum isa_type or ISA_TYPE_* */
    uint8_t dwords;
    char kind; /* s, v, a, k, x or 0 */
};
struct isa_signature {
    unsigned n_dst, n_src;
    struct isa_field dst[2], src[4];
};

extern const struct isa_row isa_rows[];
extern const unsigned isa_n_rows;

/* The row at an opcode of a format, or NULL. ISA_VOP3 takes the nine or ten bit opcode and finds derived
 * forms. */
const struct isa_row *isa_row_find(enum isa_generation generation, enum isa_format format, unsigned opcode);
const struct isa_signature *isa_row_signature(const struct isa_row *row);
/* What a generation adds to the opcode of a VOPC, VOP2 or VOP1 in its VOP3 form. */
unsigned isa_vop3_offset(enum isa_generation generation, enum isa_format format);

#endif
