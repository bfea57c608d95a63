/*
 * jit.h - operations that are run often, translated to the host's machine code.
 *
 * A trace is the straight run of operations from one that is jumped to, past jumps that are not taken, until
 * code goes elsewhere. Its machine code stands in for the first operation (isa_op's run), is called like it,
 * and comes to the same bits as the operations one by one. What has no template (jit_vector.c, jit_scalar.c)
 * is called as it is. MODE is as it was when the trace was translated, else the operation itself is run.
 */
#ifndef KFDFS_SIM_JIT_H
#define KFDFS_SIM_JIT_H

#include "jit_x86.h"
#include "op_code.h"

/* Has this host what it takes, and is it wanted ("jit=off" in KFDFS_SIM_OPTS)? */
bool jit_on(void);
/* Is it LLVM that translates (compile.h)? */
bool jit_by_llvm(void);
/* How often an operation is jumped to before it is translated; 1 with "jit=always", of which whoever asks
 * knows (jit_at_once). */
unsigned jit_threshold(void);
bool jit_at_once(void);
/* Is perf(1) told what machine code does (jit_map.c)? */
bool jit_tells(void);

/* Machine code, executable and not writable, or NULL. body: where other traces jump to. */
struct jit_memory;
isa_op_fn *jit_translate(struct isa_wave *w, struct isa_op *head, struct jit_memory **memory, void **body);
void jit_memory_free(struct jit_memory *memory);

/* ---- while a trace is translated ---- */

/* Registers of the machine code: RBX the wave, R13 its vector registers, R14 the op_state; k4 to k7 EXEC
 * where it is not known to be all ones; those that it leaves free the lane mask that is held; k1 to k3 and
 * zmm0 to zmm5 free within an operation; the others hold rows. */
enum { JIT_WAVE = RBX, JIT_ROWS = R13, JIT_STATE = R14, JIT_EXEC = 4, JIT_FREE = 6 };
enum {
    JIT_SLOTS_MAX = 13,
    JIT_EXITS = 512,
    JIT_ASIDES = 192,
    JIT_MISSES = 40,
    JIT_SPLITS = 24,
    JIT_MARKS = 4096
};

struct jit_slot { /* a row in JIT_FREE + index * parts and following */
    int row;      /* -1: none */
    bool dirty;
    unsigned used;
};

struct jit_exit {
    unsigned jump;           /* to be landed on its code */
    unsigned rest;           /* instructions of the trace that are not run */
    const struct isa_op *to; /* NULL: in RAX, and no row is held; or */
    bool away;               /* another page: */
    uint64_t pc;
    bool masked;
    struct jit_slot slots[JIT_SLOTS_MAX];
};

/* Where code has found that it cannot do without an operation's function, which comes back to the next one or
 * stops the wave. Written behind the trace. */
struct jit_aside {
    const struct isa_op *op;
    unsigned n, miss[JIT_MISSES]; /* jumps to it */
    unsigned back;
    unsigned done;
    bool masked;
    struct jit_slot before[JIT_SLOTS_MAX], after[JIT_SLOTS_MAX];
};

struct jit_loop { /* the trace again, for those who come round */
    bool made;
    unsigned entry;
    struct jit_slot slots[JIT_SLOTS_MAX]; /* as they are at the entry */
};

struct jit_held { /* what SGPRs is in mask registers (jit_mask.c) */
    int sgpr;     /* -1: none */
    bool dirty;
};

/* Where EXEC, which had changed, turns out to be all ones: the rest of the trace once more, for that case. */
struct jit_split {
    unsigned jump;
    const struct isa_op *op;
    unsigned n, done; /* operations and instructions before it */
    struct jit_held mask;
    struct jit_slot slots[JIT_SLOTS_MAX];
};

struct jit_mark { /* where an operation's code begins; NULL: where a trace is entered or left */
    unsigned at;
    const struct isa_op *op;
};

struct jit {
    struct x86 x;
    struct isa_wave *w;
    const struct isa_op *head;
    unsigned parts, n_slots; /* vectors in a row; rows that are held */
    struct jit_slot slots[JIT_SLOTS_MAX];
    struct jit_held mask;
    unsigned clock;           /* goes on with every operation */
    bool masked;              /* EXEC is not known to be all ones */
    unsigned done;            /* instructions so far */
    unsigned body, full;      /* entries */
    struct jit_loop loops[2]; /* by masked */
    unsigned n_exits;
    struct jit_exit exits[JIT_EXITS];
    unsigned n_asides;
    struct jit_aside asides[JIT_ASIDES];
    bool exec_new;                  /* the last operation has changed EXEC */
    unsigned n_splits, first_split; /* of this version of the trace */
    struct jit_split splits[JIT_SPLITS];
    unsigned n_marks;
    struct jit_mark marks[JIT_MARKS];
};

/* Slots' rows to memory, if they have changed; none held; slots that were forgotten, as they were; those of
 * one place made those of another. */
void jit_slots_store(struct jit *j, struct jit_slot *slots);
void jit_slots_forget(struct jit *j);
void jit_slots_load(struct jit *j, const struct jit_slot *slots);
void jit_slots_change(struct jit *j, const struct jit_slot *from, const struct jit_slot *to);

#define JIT_STATE_OF(member) x86_mem(JIT_STATE, offsetof(struct op_state, member))
void jit_left_add(struct jit *j, uint32_t n);
/* With the next operation in RAX. */
void jit_leave(struct jit *j);
/* On a condition: to an operation of the page, or NULL: to the one in RAX, with no row held; to where it is
 * none of the page. */
void jit_exit_add(struct jit *j, int condition, const struct isa_op *to);
void jit_exit_away(struct jit *j, int condition, uint64_t pc);
/* Stops the wave behind the operation. */
void jit_stop(struct jit *j, const struct isa_op *op, enum isa_state state);
/* The code of all; total: instructions of the trace. */
void jit_exits_write(struct jit *j, unsigned total);

/* The first vector of a row's slot: as it is, or about to be overwritten where EXEC is. */
unsigned jit_row(struct jit *j, unsigned row);
unsigned jit_row_result(struct jit *j, unsigned row);
/* What is held of it is in memory then, too. */
void jit_row_store(struct jit *j, unsigned row);
/* EXEC may have changed. */
void jit_exec_changed(struct jit *j);

/* For perf: from here on it is that operation's code; all of it, at its place. */
void jit_map_mark(struct jit *j, const struct isa_op *op);
void jit_map_write(const struct jit *j, const uint8_t *at);

/* What is held is in SGPRs then; and is no longer held. */
void jit_mask_flush(struct jit *j);
void jit_mask_forget(struct jit *j);
/* Is it one of these SGPRs? */
bool jit_mask_touches(const struct jit *j, const struct isa_operand *o);

/* The mask under which a result's part is written. */
static inline unsigned jit_mask(const struct jit *j, unsigned part)
{
    return j->masked ? JIT_EXEC + part : 0;
}

static inline struct x86_rm jit_sgpr(unsigned n)
{
    return x86_mem(JIT_WAVE, offsetof(struct isa_wave, sgpr) + n * sizeof(uint32_t));
}

/* False: there is no template for it; nothing has been written. */
bool jit_vector(struct jit *j, const struct isa_op *op);
bool jit_scalar(struct jit *j, const struct isa_op *op);
bool jit_single(struct jit *j, const struct isa_op *op);
bool jit_memory_scalar(struct jit *j, const struct isa_op *op); /* jit_memory.c */
bool jit_memory_lanes(struct jit *j, const struct isa_op *op);  /* jit_lanes.c */
/* The host's address of the bytes at the address in RAX, for SIM_VM_READ or WRITE, in RDX; in RSI, how many
 * bytes its range has from there on; in RCX, the entry of the wave's TLB, beside the wave. */
void jit_translate_address(struct jit *j, const struct isa_op *op, unsigned access, struct jit_aside *aside);
#define JIT_TLB(member) x86_mem(RCX, offsetof(struct isa_wave, tlb) + offsetof(struct isa_tlb, member))
/* For an operation that writes neither EXEC nor MODE: rows are as they are at the beginning when its function
 * is called, and as they are at the end afterwards. All rows are taken before anything is missed, which
 * jit_aside_ready() says. NULL: no more room. */
struct jit_aside *jit_aside_begin(struct jit *j, const struct isa_op *op);
void jit_aside_ready(struct jit *j, struct jit_aside *aside);
void jit_miss(struct jit *j, struct jit_aside *aside, int condition);
void jit_aside_end(struct jit *j, struct jit_aside *aside);
/* Does an instruction of the scalar unit write EXEC, as far as its name and operands tell? */
bool jit_writes_exec(const struct isa_inst *inst);
/* The condition of a jump, after the flags have been set for it; or what is known of it. */
enum { JIT_NO_JUMP = -2, JIT_NEVER = -3 };
int jit_condition(struct jit *j, const struct isa_op *op);
/* What an instruction that does nothing else makes the wave's state; ISA_RUNNING: it is none. */
enum isa_state jit_state_after(const struct isa_inst *inst);

#endif
