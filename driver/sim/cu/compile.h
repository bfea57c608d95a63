/*
 * compile.h - regions of code, compiled to the host's machine code by LLVM.
 *
 * A region is what can be reached from an operation that is come to often, within its page and up to
 * barriers, the wave's end, and whatever is not straight code. Its function stands in for that operation
 * (isa_op's run), is called like it, and comes to the same bits as the operations one by one.
 *
 * Registers are values of LLVM's while the function runs. The wave has them again where it is left, and
 * where an operation's own function is called: for what has no translation here, and for what turns out not
 * to be of the common kind. A region is for waves whose lanes are all active, or for any.
 *
 * NaNs: which one comes out of an operation, hosts decide by the order of operands, which LLVM does not keep.
 * So results that are NaNs are looked for before anything is done with them that others see; where there is
 * one, the operations since the last such place are run again, one by one, from the registers as they were.
 */
#ifndef KFDFS_SIM_COMPILE_H
#define KFDFS_SIM_COMPILE_H

#include "compile_lines.h"
#include "llvm.h"
#include "op_code.h"
#include "start.h"

/* ---- regions (region.c) ---- */

enum { REGION_OPS = 1024, REGION_ROWS = 512, REGION_SGPRS = 128, REGION_SLOTS = OP_SLOTS };

/* Registers as bits: vector registers by their row (AGPRs from 256 on), scalar ones by their number, and SCC.
 */
struct region_set {
    uint64_t rows[REGION_ROWS / 64], sgprs[REGION_SGPRS / 64];
    bool scc;
};

enum region_end { REGION_GOES_ON, REGION_JUMPS, REGION_BRANCHES, REGION_STOPS, REGION_LEAVES };

struct region_op {
    uint16_t slot, step, count; /* as struct isa_op has them */
    uint8_t end;                /* enum region_end */
    uint8_t state;              /* REGION_STOPS: enum isa_state */
    bool leads;                 /* jumps come here */
    bool forks;                 /* EXEC may be another one behind it */
    bool in_page;               /* the jump's target is */
    bool known;                 /* writes what its operands say */
    int32_t target;             /* slot of the jump's target */
    isa_op_fn *run;             /* its own function */
    struct isa_op op;           /* as it was found; inst points to: */
    struct isa_inst inst, pair;
    struct region_set reads, writes;
};

struct region {
    unsigned n; /* sorted by slot; the first that is run is at head */
    unsigned head;
    uint8_t generation, lanes;
    bool masked;     /* lanes may be inactive where it begins */
    unsigned filled; /* how many vector registers must hold something before it runs; others are written
                      * first */
    uint64_t unset[REGION_ROWS / 64]; /* those of them that are read */
    uint32_t mode;
    struct vec v; /* what MODE says */
    uint8_t lacks;
    uint16_t n_vgprs, n_agprs; /* of the wave */
    bool starts;               /* waves begin with it, in this way */
    struct start_layout layout;
    uint64_t hash;
    struct region_op *ops;
};

/* What begins at that operation; decodes what was not. NULL where that is nothing worth compiling, or there
 * is no memory. The caller frees it. Operations where a wave goes on later are made leading ones. */
struct region *region_find(struct isa_wave *w, const struct isa_op *head, bool masked);
/* The same for waves that begin there. */
struct region *region_find_start(struct isa_wave *w, const struct isa_op *head,
                                 const struct start_layout *layout);
void region_free(struct region *region);
bool region_same(const struct region *a, const struct region *b);
/* The operation at a slot, or NULL. */
const struct region_op *region_at(const struct region *r, int32_t slot);

static inline bool region_has(const uint64_t *set, unsigned n)
{
    return set[n / 64] >> n % 64 & 1;
}

/* ---- compiling (compile.c) ---- */

struct compiled { /* by whoever compiles, which is one thread at a time */
    isa_op_fn *run;
};
/* False: it cannot be. */
bool compile(const struct region *region, struct compiled *to);

/* ---- who asks for it (compiled.c) ---- */

/* Of an operation that leads: what is compiled of it, or will be if it is come to often, or its own function.
 */
isa_op_fn op_compiled;
/* What runs waves that begin at that operation, or NULL: not yet, or not at all. */
isa_op_fn *compiled_start(struct isa_wave *w, const struct isa_op *op, const struct start_layout *layout);
/* Does the operation run without registers that are left for later (isa_wave's noise)? */
bool compiled_takes_noise(const struct isa_wave *w, const struct isa_op *op);

/* ---- while a region is compiled ---- */

/* Of an operation; which of its versions it is: */
enum {
    BLOCK_MASKED = 1, /* lanes may be inactive */
    BLOCK_FRESH = 2,  /* nobody has seen anything of the wave, which began in the function */
    BLOCK_VERSIONS = 4
};
struct compile_block {
    LLVMBasicBlockRef at;
    struct compile_lines *lines; /* what is known there, or NULL: nothing */
};

/* A range of the VM: where it begins, its size, how far the host's addresses are from it, and how far from
 * its begin an access of the common size may lie. */
enum { WINDOW_START, WINDOW_SIZE, WINDOW_DISTANCE, WINDOW_LIMIT, WINDOW_PLACES };

struct compile {
    const struct llvm *l;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    LLVMValueRef function, wave, op, state, vgpr, agpr;
    LLVMTypeRef i1, i8, i16, i32, i64, f32, f64, pointer, nothing;
    LLVMTypeRef row, floats, bits, wide, doubles,
        mask_int; /* of a wave: <lanes x i32> etc.; bits: <lanes x i1> */
    const struct region *region;
    unsigned lanes;
    LLVMValueRef rows[REGION_ROWS], sgprs[REGION_SGPRS], scc, left; /* places: allocas, or NULL */
    LLVMValueRef places[6];                                         /* four rows each, for calls */
    struct region_set *dirty_in;  /* by operation: not in the wave's memory */
    unsigned *n_from;             /* by operation: ways that lead there */
    bool *again;                  /* by operation: a loop may come to it more than once */
    struct compile_block *blocks; /* BLOCK_VERSIONS by operation */
    unsigned *queue, n_queue;     /* blocks that are to be written */
    bool failed;
    /* of waves that begin here: the struct isa_start; which wave it is, and where its first work-item is;
     * where they begin; what a scalar load has brought before, by operation, or NULL */
    LLVMValueRef start, number, place[3];
    LLVMBasicBlockRef begin;
    LLVMValueRef **fetched;
    LLVMValueRef left_begin;   /* place: what was left there */
    LLVMBasicBlockRef restart; /* where the wave is made as it began; NULL: nobody has gone there yet */
    /* there, by operation: the range of the VM that it last found (places, or NULL); LDS and its size */
    LLVMValueRef (*windows)[WINDOW_PLACES], lds, lds_bytes;

    /* the wave's scratch in the host's memory, if anything uses it, and how many bytes a lane has */
    LLVMValueRef private_host, private_bytes;

    /* in the block being written */
    const struct region_op *now;
    bool masked;         /* lanes may be inactive */
    bool fresh;          /* nothing that others see has been done: the wave can begin anew */
    LLVMValueRef active; /* bits; NULL: all */
    struct region_set dirty;
    struct compile_lines lines;
    uint32_t private_end[REGION_SGPRS]; /* as a base of scratch it is known to be inside up to there */
    unsigned done;                      /* instructions of the block so far, with this one */
    /* lanes where a result is a NaN, of those that could be; row: that has it, unless it is below 0 */
    struct compile_nan {
        LLVMValueRef bits;
        int row;
    } nan[32];
    unsigned n_nans;
    /* the last place from which operations can be run again */
    const struct region_op *safe;
    unsigned safe_done;
    bool after; /* the operation now is over */
    LLVMValueRef safe_rows[REGION_ROWS], safe_sgprs[REGION_SGPRS], safe_scc;
};

#define B(c, name, ...) ((c)->l->Build##name((c)->b, __VA_ARGS__, ""))

LLVMValueRef compile_int(struct compile *c, LLVMTypeRef type, uint64_t value);
/* A row of equal values. */
LLVMValueRef compile_each(struct compile *c, LLVMValueRef value);
LLVMValueRef compile_each_int(struct compile *c, LLVMTypeRef type, uint64_t value);
LLVMValueRef compile_intrinsic(struct compile *c, const char *name, LLVMTypeRef *types, unsigned n_types,
                               LLVMValueRef *args, unsigned n);
LLVMValueRef compile_address(struct compile *c, uintptr_t at);
/* A function of the host, its arguments' types being what they are; an attribute of LLVM's without a value.
 */
LLVMValueRef compile_host_call(struct compile *c, uintptr_t function, LLVMTypeRef result, LLVMValueRef *args,
                               unsigned n);
void compile_call_is(struct compile *c, LLVMValueRef call, const char *fact);
/* The operation now, as the thread has it; bytes from a pointer on. */
LLVMValueRef compile_op_pointer(struct compile *c);
LLVMValueRef compile_at(struct compile *c, LLVMValueRef pointer, int64_t bytes);
LLVMValueRef compile_load(struct compile *c, LLVMTypeRef type, LLVMValueRef pointer, int64_t bytes);
void compile_store(struct compile *c, LLVMValueRef value, LLVMValueRef pointer, int64_t bytes);
LLVMBasicBlockRef compile_block_new(struct compile *c);
void compile_block_begin(struct compile *c, LLVMBasicBlockRef block);

/* Registers. A row is written where lanes are active. */
unsigned compile_register_row(const struct isa_operand *o);
bool compile_registers_there(const struct compile *c, const struct isa_operand *o, unsigned n);
LLVMValueRef compile_row(struct compile *c, unsigned row);
void compile_row_set(struct compile *c, unsigned row, LLVMValueRef value);
LLVMValueRef compile_sgpr(struct compile *c, unsigned n);
void compile_sgpr_set(struct compile *c, unsigned n, LLVMValueRef value);
LLVMValueRef compile_sgpr64(struct compile *c, unsigned n);
void compile_sgpr64_set(struct compile *c, unsigned n, LLVMValueRef value);
LLVMValueRef compile_scc(struct compile *c); /* i1 */
void compile_scc_set(struct compile *c, LLVMValueRef value);
/* A lane mask of SGPRs as bits, and back; setting: only active lanes' bits stay. */
LLVMValueRef compile_mask(struct compile *c, unsigned sgpr);
void compile_mask_set(struct compile *c, unsigned sgpr, LLVMValueRef bits);
/* EXEC as an integer of lanes' bits; bits as one. */
LLVMValueRef compile_exec(struct compile *c);
LLVMValueRef compile_mask_int(struct compile *c, LLVMValueRef bits);
LLVMValueRef compile_mask_bits(struct compile *c, LLVMValueRef integer);
/* Is one of the bits set? */
LLVMValueRef compile_any(struct compile *c, LLVMValueRef bits);

/* These results of floats may be NaNs, of which there is a choice. Returns which are. */
LLVMValueRef compile_may_be_nan(struct compile *c, LLVMValueRef floats);
/* They are in that row now; that row is written; another result is a NaN, and will be looked at, where that
 * row holds one. */
void compile_nan_is_row(struct compile *c, LLVMValueRef bits, unsigned row);
void compile_nan_forget_row(struct compile *c, unsigned row);
void compile_nan_drop_row(struct compile *c, unsigned row);
/* Results so far are as they are to be, or the code goes back. */
void compile_settle(struct compile *c);
/* The same, before something that others see: whatever was run so far stays so. */
void compile_shown(struct compile *c);
/* The operation's own function is called; the code goes on behind it if it comes to the next operation. */
void compile_call(struct compile *c);
/* The block for where things are not of the common kind, before anything has been written or read: there the
 * operation's own function is called, and what comes then is left to others; or the wave begins anew
 * elsewhere. It is for the code that is written up to compile_aside_end(). */
LLVMBasicBlockRef compile_aside(struct compile *c);
void compile_aside_end(struct compile *c, LLVMBasicBlockRef aside);

/* False: there is no translation; nothing has been written. */
bool compile_vector(struct compile *c);
bool compile_scalar(struct compile *c);
bool compile_memory(struct compile *c);
bool compile_private(struct compile *c);
/* Where a region is entered: i1: scratch is not as its code needs it; NULL: no code does. */
LLVMValueRef compile_private_enter(struct compile *c);
bool compile_lds(struct compile *c);
bool compile_has_window(const struct region_op *r); /* does it access memory by the VM? */
/* A scalar load: is it one? What it brings, up to 16 dwords, or off to the block; to its registers. */
bool compile_fetches(const struct region_op *r);
void compile_fetch(struct compile *c, LLVMBasicBlockRef aside, LLVMValueRef values[16]);
void compile_fetched(struct compile *c, LLVMValueRef *values);
/* The condition (i1) of a branch, or NULL: unknown. */
LLVMValueRef compile_condition(struct compile *c, const struct isa_inst *inst);

#endif
