/*
 * lane.h - what one instruction does in one lane, as the manuals write it: the second opinion that the
 * simulator is held against.
 *
 * It shares nothing with the simulator: numbers are bits, one lane at a time, in the plainest C. Sources: the
 * pseudocode of AMD's "RDNA2", "RDNA3", "RDNA4" and "Instinct MI300" instruction set manuals, section by
 * section. Where they say nothing (which NaN comes out of arithmetic), the first operand's is assumed; that
 * is unproven.
 */
#ifndef KFDFS_TESTS_ISA_LANE_H
#define KFDFS_TESTS_ISA_LANE_H

#include <stdbool.h>
#include <stdint.h>

enum { TARGET_90A, TARGET_942, TARGET_950, TARGET_1030, TARGET_1100, TARGET_1151, TARGET_1201, TARGETS };

struct lane {
    uint64_t a, b, c; /* sources, as many bits as their types have, above them 0 */
    uint64_t d;       /* what the result's register held; then the result */
    bool carry;       /* in, and out */
    unsigned at;      /* which lane */
    unsigned target;
    bool ieee;      /* MODE */
    bool flushes16; /* denormal halves as results */
    bool drops16;   /* and as sources */
    bool saturates; /* what overflows halves and bytes: FP16_OVFL */
    unsigned round32, round16_64;
    unsigned opsel, opsel_hi, neg_lo, neg_hi; /* of VOP3P, as written */
    unsigned table;                           /* v_bitop3's */
    bool skip;                                /* the manual does not say */
    uint64_t exec;                            /* of the scalar unit's, which may write it */
    int imm;
};
typedef void lane_fn(struct lane *l);

enum type { /* of an operand */
            NO,
            B32, /* bits: no modifiers */
            B16,
            B64,
            F32, /* modifiers, and denormals as MODE says */
            F16,
            F64,
            M32, /* modifiers, but denormals stay */
            M16,
            M64,
            T32, /* of functions that never know denormals */
            MASK /* a bit of the lane mask */
};

enum row_flag {
    CARRY_IN = 1,   /* VCC, or a third source in the long form */
    CARRY_OUT = 2,  /* VCC, or a second result */
    ACCUMULATE = 4, /* reads what the result's register held */
    PACKED16 = 8,   /* two halves, or */
    PACKED32 = 16,  /* two registers */
    SATURATE_U32 = 32,
    SATURATE_I32 = 64,
    SATURATE_U16 = 128,
    SATURATE_I16 = 256, /* what clamp means: the result has more bits than these */
    SATURATES = SATURATE_U32 | SATURATE_I32 | SATURATE_U16 | SATURATE_I16,
    COMPARE_EXEC = 512, /* v_cmpx */
    WITHIN_ULP = 1024,  /* as near as the manual promises */
    MIXED = 2048,       /* op_sel_hi: a half, chosen by op_sel */
    LITERAL = 4096,     /* the last source is a literal, always */
    READS_VCC = 8192,   /* never another mask */
    TO_HIGH = 16384,    /* the result goes to the high half */
    TO_LOW = 32768,
    PRESERVES = 65536, /* 16-bit results leave the other half alone on gfx9, too */
    ROUNDS_EVEN = 131072,
    LITERAL_MIDDLE = 262144,
    DOT = 524288,    /* op_sel chooses halves inside; no neg on the whole */
    PAIRS = 1 << 20, /* in a long form: signs of both halves of the first two sources, op_sel of the others */
    BYTE_FROM = 1 << 21, /* op_sel's two bits choose a byte of the source, on gfx12; SDWA's result is whole */
    BYTE_TO = 1 << 22,   /* of the result, the other bytes of which stay */
    FLUSHES_ON_GFX12 = 1 << 23, /* floats are as T32 there (RDNA4, 7.2.4) */
    FLUSHES_ON_CDNA = 1 << 24
};

struct row {
    const char *name;
    enum type result, a, b, c;
    unsigned flags;
    lane_fn *fn;
};
extern const struct row truth_vectors[];

enum scalar_form { SOP1, SOP2, SOPC, SOPK, BRANCH };
enum scalar_flag {
    READS_RESULT = 1,
    WRITES_SCC = 2,
    WRITES_EXEC = 4,
    WAVE_BITS = 8, /* of EXEC: only in waves of that many lanes */
    SCALAR_LITERAL = 16,
    SCALAR_LITERAL_MIDDLE = 32,
    NO_RESULT = 64,
    UNSIGNED_IMM = 128
};
struct scalar_row {
    const char *name;
    enum scalar_form form;
    enum type result, a, b;
    unsigned flags;
    lane_fn *fn; /* SCC is the lane's carry */
};
extern const struct scalar_row truth_scalars[];

/* ---- numbers, as bits (number.c) ---- */

enum { EVEN, UP, DOWN, ZERO }; /* rounding, as MODE has it */

/* Of the host's floats, rounded as told. A NaN: the first one's, quieted. */
uint32_t n_add32(uint32_t a, uint32_t b, unsigned round);
uint32_t n_mul32(uint32_t a, uint32_t b, unsigned round);
uint32_t n_fma32(uint32_t a, uint32_t b, uint32_t c, unsigned round);
uint64_t n_add64(uint64_t a, uint64_t b, unsigned round);
uint64_t n_mul64(uint64_t a, uint64_t b, unsigned round);
uint64_t n_fma64(uint64_t a, uint64_t b, uint64_t c, unsigned round);
uint32_t n_add16(uint32_t a, uint32_t b, unsigned round);
uint32_t n_mul16(uint32_t a, uint32_t b, unsigned round);
uint32_t n_fma16(uint32_t a, uint32_t b, uint32_t c, unsigned round);
uint64_t n_sub16(uint32_t a, uint32_t b, unsigned round, bool reversed);
uint64_t n_sub32(uint32_t a, uint32_t b, unsigned round, bool reversed);
uint64_t n_narrow(unsigned bits, double f, unsigned round);
uint64_t n_integral(unsigned bits, uint64_t a, double (*how)(double));
static inline uint32_t n_neg32(uint32_t a)
{
    return a ^ 0x80000000;
}

bool n_nan32(uint32_t a), n_nan64(uint64_t a), n_nan16(uint32_t a);
bool n_signals32(uint32_t a), n_signals64(uint64_t a), n_signals16(uint32_t a);
double n_double32(uint32_t a), n_double64(uint64_t a), n_double16(uint32_t a);
float n_float(uint32_t a);
uint32_t n_bits32(float f);
uint64_t n_bits64(double f);
/* A double to a narrower number; a NaN is not for these. */
uint32_t n_to32(double f, unsigned round);
uint32_t n_to16(double f, unsigned round);
uint32_t n_16_to_32(uint32_t half);
uint32_t n_32_to_16(uint32_t single, unsigned round);
uint32_t n_32_to_bf16(uint32_t single);
uint64_t n_32_to_64(uint32_t single);
uint32_t n_half_to_zero(const struct lane *l, uint32_t single);
uint32_t n_64_to_32(uint64_t f, unsigned round);

/* Whole numbers out of floats: towards zero, the nearest that there is, NaN 0. */
int64_t n_whole(double f, double least, double most);

/* As the manuals' V_MIN and V_MAX of a target, least: V_MIN. 16, 32 or 64 bits. */
uint64_t n_least(const struct lane *l, unsigned bits, uint64_t a, uint64_t b, bool least);
/* V_MINIMUM and V_MAXIMUM: a NaN always comes out. */
uint64_t n_extreme(unsigned bits, uint64_t a, uint64_t b, bool least);
uint64_t n_quiet(unsigned bits, uint64_t a);
/* The class of a number: the bit of V_CMP_CLASS. */
unsigned n_class(unsigned bits, uint64_t a);
double n_double(unsigned bits, uint64_t a);
bool n_nan(unsigned bits, uint64_t a);

#endif
