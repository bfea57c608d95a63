/*
 * isa.h - instructions of the compute units: bytes to a struct isa_inst, and that to text.
 *
 * A table (isa_*.def) has one row per mnemonic with an opcode for each generation. This room knows how
 * instructions are encoded and printed, not what they do: the driver shows them to people, the software GPU
 * executes them.
 */
#ifndef KFDFS_ISA_H
#define KFDFS_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum isa_generation {
    ISA_GFX90A,
    ISA_GFX940,
    ISA_GFX950,
    ISA_GFX10_3,
    ISA_GFX11,
    ISA_GFX11_5,
    ISA_GFX12,
    ISA_GENERATIONS
};

/* ---- decoded instructions ---- */

enum isa_format {
    ISA_SOP2,
    ISA_SOP1,
    ISA_SOPK,
    ISA_SOPC,
    ISA_SOPP,
    ISA_SMEM,
    ISA_VOP1,
    ISA_VOP2,
    ISA_VOPC,
    ISA_VOP3,
    ISA_VOP3P,
    ISA_VOPD,
    ISA_VINTRP,
    ISA_DS,
    ISA_MUBUF,
    ISA_MTBUF,
    ISA_MIMG,
    ISA_FLAT,
    ISA_GLOBAL,
    ISA_SCRATCH,
    ISA_EXP,
    ISA_LDSDIR,
    ISA_FORMATS
};

enum isa_type { /* of an operand; decides how an inline constant or literal becomes bits */
                ISA_B16,
                ISA_B32,
                ISA_B64,
                ISA_B96,
                ISA_B128,
                ISA_B256,
                ISA_B512,
                ISA_F16,
                ISA_F32,
                ISA_F64,
                ISA_BF16,
                ISA_I16,
                ISA_U16,
                ISA_I32,
                ISA_U32,
                ISA_I64,
                ISA_U64,
                ISA_V2F16,
                ISA_V2BF16,
                ISA_V2I16,
                ISA_V2F32,
                ISA_V2B32
};

enum isa_operand_kind {
    ISA_NONE,
    ISA_SGPR,    /* reg: 0..105, VCC 106, TTMP 108.., M0 = ISA_M0, EXEC 126: an index into wave->sgpr */
    ISA_VGPR,    /* reg: index into wave->vgpr */
    ISA_AGPR,    /* reg: index into wave->agpr */
    ISA_CONST,   /* value: inline constant or literal, already expanded to the operand's type */
    ISA_NULL,    /* reads 0, writes go nowhere */
    ISA_SPECIAL, /* reg: the encoding, 235..239 apertures, 251 VCCZ, 252 EXECZ, 253 SCC, 254 LDS direct */
};
enum { ISA_FLAT_SCRATCH = 102 /* gfx9 */, ISA_VCC = 106, ISA_TTMP0 = 108, ISA_M0 = 124, ISA_EXEC = 126 };

struct isa_operand {
    uint8_t kind;        /* enum isa_operand_kind */
    uint8_t type;        /* enum isa_type */
    uint8_t dwords;      /* registers it takes; 0 counts as 1 */
    bool neg, abs, sext; /* source modifiers (SDWA has sext) */
    uint8_t sel;         /* SDWA: 0..3 byte, 4..5 word, 6 dword; 16-bit VOP on gfx11: 0 low, 1 high half (see
                            inst.opsel) */
    uint16_t reg;
    uint16_t code;  /* the source field as encoded (for text) */
    uint64_t value; /* ISA_CONST */
};

struct isa_wave;
struct isa_inst;
typedef void isa_exec_fn(struct isa_wave *wave, const struct isa_inst *inst);

struct isa_row; /* a row of the table, see isa_table.h */

struct isa_inst {
    isa_exec_fn *exec;         /* for whoever executes; the decoder leaves NULL */
    const struct isa_row *row; /* NULL: illegal */
    uint32_t word[4];          /* as fetched */
    uint8_t bytes;             /* 4, 8, 12 or 16 */
    uint8_t format;            /* enum isa_format of this encoding (a VOP1 in VOP3 form: ISA_VOP3) */
    uint8_t generation;
    uint8_t n_src;
    uint16_t vgprs_needed,
        agprs_needed;        /* one more than the highest one named; a wave with fewer stops at it */
    struct isa_operand dst;  /* VDST, SDST; stores: NONE; VOPC: the SGPR pair (VCC in the short form) */
    struct isa_operand sdst; /* second result: carry out, div_scale's flag; else NONE */
    struct isa_operand src[4];
    /* VALU modifiers */
    uint8_t opsel, opsel_hi, neg_lo, neg_hi; /* bit n: source n; opsel bit 3: destination */
    uint8_t omod;                            /* 0, 1: *2, 2: *4, 3: /2 */
    bool clamp;
    bool dpp16, dpp8, sdwa; /* apply to src[0] */
    uint16_t dpp_ctrl;
    uint8_t row_mask, bank_mask;
    bool bound_ctrl, fetch_inactive;
    uint32_t dpp8_select;                  /* 8 times 3 bits */
    uint8_t sdwa_dst_sel, sdwa_dst_unused; /* unused: 0 pad, 1 sign extend, 2 preserve */
    uint8_t cbsz, abid, blgp;              /* matrix instructions of CDNA */
    bool scaled;                           /* and these: scales of A and B, chosen by opsel and opsel_hi */
    struct isa_operand scale[2];
    /* immediates and memory: operands below are in src[] in this order:
     * SMEM: sbase, soffset (or NONE), stores: data. DS: addr, data0, data1. FLAT/GLOBAL/SCRATCH: vaddr (or
     * NONE), saddr (or NONE), data. MUBUF: vaddr (or NONE), srsrc, soffset, data. Loads and returns: dst. */
    int32_t imm;        /* SIMM16 sign-extended, branch offsets in dwords; SOPK too; SOPP hints raw */
    uint32_t literal;   /* the 32-bit literal, if there was one (also v_fmamk/v_fmaak's K, as CONST source) */
    int32_t offset;     /* memory offset in bytes; DS: offset0 | offset1 << 8 for two-address forms */
    bool glc, slc, dlc; /* gfx940: sc0 = glc, nt = slc, sc1 = scc */
    bool scc, lds, offen, idxen, gds, acc_data;
    bool tfe;                      /* buffers: an error word follows the data (decoded, never executed) */
    uint8_t scope, th;             /* gfx12 */
    bool scale_offset, nv;         /* gfx12: encoded, but no GPU of that generation has them */
    const struct isa_inst *pair;   /* VOPD: the Y half */
    struct isa_inst *pair_storage; /* decode cache's */
};

/* What kind of instruction of graphics alone a first word that does not decode is, or NULL. */
const char *isa_graphics(enum isa_generation generation, uint32_t word);

/* Decodes the instruction at bytes (at least 4, up to 16 readable: avail). 0, or -EILSEQ with inst->bytes set
 * to 4 and inst->row NULL. pair_storage must point to a second struct for generations that have VOPD. */
int isa_decode(enum isa_generation generation, bool wave64, const void *bytes, size_t avail,
               struct isa_inst *inst);
/* The instruction as LLVM prints it. Returns the length, as snprintf does. */
int isa_text(const struct isa_inst *inst, uint64_t pc, char *to, size_t size);

#endif
