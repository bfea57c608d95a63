/*
 * op.h - operations: instructions made ready to run, and what a host thread has at hand to run them.
 *
 * An operation is an instruction of one code page (op_code.c), decoded once, with its operands found: offsets
 * from a few bases, which isa_run() sets for the wave it runs. A page has one place for an operation per
 * dword of code, so a jump is an addition. Running one returns the next, or NULL after having set the wave's
 * pc: when the wave is to stop, or goes on in another page.
 */
#ifndef KFDFS_SIM_OP_H
#define KFDFS_SIM_OP_H

#include "vector.h"

enum { OP_PAGE = 4096, OP_SLOTS = OP_PAGE / 4 };

struct isa_op;
typedef const struct isa_op *isa_op_fn(struct isa_wave *w, const struct isa_op *op);

enum op_base { OP_ABSOLUTE, OP_VGPR, OP_AGPR, OP_PREPARED, OP_WAVE, OP_BASES };

struct isa_op {
    isa_op_fn *run;
    const struct isa_inst *inst;
    uint8_t step;    /* dwords to the next operation */
    uint8_t count;   /* of instructions: this one, and those behind it that do nothing */
    uint8_t care;    /* enum op_lack: where one of these is the case, its row's loop alone is not enough */
    uint8_t prepare; /* enum op_prepare: what has to happen to sources first */
    uint8_t base[4]; /* enum op_base of dst and sources */
    bool wide;       /* the result has two rows */
    bool leads;      /* jumps go here: counted, and compiled when it is worth it (compile.h) */
    uint16_t visits;
    uintptr_t at[4]; /* bytes from the base; of a mask as result the number of its SGPR */
    union {
        const struct isa_op *pair; /* the halves of a VOPD, in the order they run in */
        struct {
            uint8_t carry_in, carry_out; /* SGPRs, or OP_NO_SGPR */
        };
        struct {           /* of memory instructions */
            uint16_t unit; /* bytes that an offset counts in */
            uint8_t saddr, bytes, sign;
            uint8_t hint;   /* in the wave's TLB: what it hit last time */
            uint8_t atomic; /* enum isa_atomic */
            bool returns;   /* what was there */
        };
    };
    isa_op_fn *plain;  /* of one that leads: what runs it alone */
    void *compiled[2]; /* what it is compiled to, for waves of which all lanes are active, and for others; */
    void *start;       /* and for waves that begin here */
    uint16_t starts;
};

/* Bits 0 to 2: source n is a scalar, or has modifiers; bits 4 to 6: it has two rows. */
enum { OP_NO_SGPR = 255 };

enum op_prepare { OP_PREPARE = 7, OP_PREPARE_FLUSH = 8, OP_PREPARE_WIDE = 16 };

enum op_lack {
    OP_ODD32 = 1,     /* MODE rounds or flushes floats in an unusual way */
    OP_ODD64 = 2,     /* doubles and halves */
    OP_SOURCES = 128, /* always the case: sources are to be prepared */
};

/* Of one host thread. Rows are scratch space for one instruction. */
struct op_state {
    uintptr_t base[OP_BASES];
    uint64_t beyond;           /* bits of a lane mask that stand for no lane */
    uint32_t mode;             /* of the wave when v and lacks were made of it, */
    uint8_t lanes, generation; /* and these; lanes is 0 before */
    uint8_t lacks;             /* enum op_lack */
    uint8_t uncounted;         /* instructions of the last operation that were not executed */
    int32_t left;              /* instructions until the wave is to stop */
    struct vec v;
    struct isa_start *start;  /* of the waves that begin (start.h) */
    const struct isa_op *ops; /* of the page being run */
    uint64_t page_va;
    _Alignas(64) uint32_t result[2][VEC_LANES];
    _Alignas(64) uint32_t carry_in[VEC_LANES], carry_out[VEC_LANES];
    _Alignas(64) uint32_t prepared[3][2][VEC_LANES];
};

/* From here on the operation is one that jumps go to. In op_code.c. */
void op_leads(const struct isa_op *op);

/* Makes it the state of that wave. In wave.c. */
void op_state_take(struct isa_wave *w, struct op_state *s);

static inline const struct isa_op *op_next(const struct isa_op *op)
{
    return op + op->step;
}

static inline void *op_operand(const struct op_state *s, const struct isa_op *op, unsigned n)
{
    return (void *)(s->base[op->base[n]] + op->at[n]);
}

static inline uint64_t op_pc(const struct op_state *s, const struct isa_op *op)
{
    return s->page_va + (uint64_t)(op - s->ops) * 4;
}

/* Is the address in the page that the state is at, and where code can be? Then its operation, else NULL. */
static inline const struct isa_op *code_near(const struct op_state *s, uint64_t pc)
{
    uint64_t at = pc - s->page_va;
    return at < OP_PAGE && !(at & 3) ? s->ops + at / 4 : NULL;
}

/* Runs inst->exec; plain: which changes neither state nor pc nor MODE. In wave.c. */
isa_op_fn op_general, op_plain;

/* Operations of scalar instructions, by their functions; lists end with NULL. */
struct isa_op_binding {
    isa_exec_fn *exec;
    isa_op_fn *op;
};
extern const struct isa_op_binding isa_ops_scalar[], isa_ops_control[], isa_ops_smem[];

static inline uint32_t op_scalar32(const struct op_state *s, const struct isa_op *op, unsigned n)
{
    return *(const uint32_t *)op_operand(s, op, n);
}

static inline uint64_t op_scalar64(const struct op_state *s, const struct isa_op *op, unsigned n)
{
    uint64_t value;
    memcpy(&value, op_operand(s, op, n), sizeof value);
    return value;
}

static inline void op_scalar32_set(const struct op_state *s, const struct isa_op *op, uint32_t value)
{
    *(uint32_t *)op_operand(s, op, 0) = value;
}

static inline void op_scalar64_set(const struct op_state *s, const struct isa_op *op, uint64_t value)
{
    memcpy(op_operand(s, op, 0), &value, sizeof value);
}

/* Operations of memory instructions (op_memory.c). */
static inline uint8_t *op_hint(const struct isa_op *op)
{
    return &((struct isa_op *)(uintptr_t)op)->hint; /* the one thing of it that changes as it runs */
}

enum op_memory_kind {
    OP_LOAD,
    OP_STORE,
    OP_LDS_LOAD,
    OP_LDS_STORE,
    OP_LDS_LOAD2,
    OP_LDS_STORE2,
    OP_ATOMIC,
    OP_LDS_ATOMIC,
    OP_MEMORY_KINDS
};
enum op_memory_size { OP_ANY, OP_DWORD, OP_PAIR, OP_FOUR, OP_MEMORY_SIZES };
isa_op_fn *op_memory(enum op_memory_kind kind, unsigned bytes);

/* ---- levels of the host's vectors ---- */

enum vec_level { VEC_SSE2, VEC_AVX2, VEC_AVX512, VEC_LEVELS };

struct vec_code { /* of a row at one level */
    vec_lanes_fn *lanes;
    isa_op_fn *op;
};
const struct vec_code *vec_code(const struct vec_shape *shape);
const struct vec_code *vec_code_at(const struct vec_shape *shape, enum vec_level level);

/* The level in use: the best one this host has, unless "simd=" in KFDFS_SIM_OPTS names a lesser one. */
enum vec_level vec_level(void);
/* The level of that name, or -1 where there is none or this host lacks it. */
int vec_level_named(const char *name, size_t length);
const char *vec_level_name(enum vec_level level); /* "": not built */

/* ---- machine code (jit.c) ---- */

/* on: for what is run often; perf: perf(1) is told of it, too; starts, which has no name: where waves begin
 * at once, by a code generator that is quick */
enum jit_choice { JIT_OFF, JIT_ON, JIT_ALWAYS, JIT_PERF, JIT_STARTS };
/* The choice of that name ("jit=" in KFDFS_SIM_OPTS), or -1. */
int jit_choice_named(const char *name, size_t length);

#endif
