/*
 * jit.c - traces of operations as machine code: which operations make one, calls of what has no
 * template, and how a trace is entered (jit.h).
 *
 * Invariant: when code outside of the trace runs, all rows are in memory and op_state.left is what it would
 * be had the operations been run one by one, but for those of the trace that come after: these are added back
 * where the trace is left. A trace has two versions, of which the first is for waves whose lanes are all
 * active; where EXEC changes it is looked at again. Memory is never writable and executable at once.
 */
#include "jit.h"
#include "exec_scalar.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OFTEN = 16, OFTEN_LLVM = 2048, TRACE_MAX = 256, TRACE_MIN = 8, MEMORY_BYTES = 1 << 16 };

/* ---- is it wanted ---- */

/* The NaN that comes out of a fused multiply-add must be that of the first operand which is one, the factors
 * first, whichever of the three forms is used. Processors do so, but it is better seen than believed. */
static bool host_fma_chooses(void)
{
#if defined(__x86_64__) && defined(VEC_WIDE)
    for (unsigned nans = 1; nans < 8; nans++) {
        float in[3], out[3];
        for (unsigned i = 0; i < 3; i++)
            in[i] = nans >> i & 1 ? f32_of(0x7fc00001 + i) : 1.5f;
        float expected = in[__builtin_ctz(nans)];
        out[0] = out[1] = out[2] = 0;
        __asm__("vfmadd132ss %2, %3, %0" : "=x"(out[0]) : "0"(in[0]), "x"(in[1]), "x"(in[2]));
        __asm__("vfmadd213ss %3, %2, %0" : "=x"(out[1]) : "0"(in[1]), "x"(in[0]), "x"(in[2]));
        __asm__("vfmadd231ss %3, %2, %0" : "=x"(out[2]) : "0"(in[2]), "x"(in[0]), "x"(in[1]));
        for (unsigned i = 0; i < 3; i++)
            if (f32_bits(out[i]) != f32_bits(expected))
                return false;
    }
    return true;
#else
    return false;
#endif
}

int jit_choice_named(const char *name, size_t length)
{
    static const char *const names[] = {"off", "on", "always", "perf", "llvm"};
    for (int i = 0; i < 5; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length))
            return i;
    return -1;
}

static int choice = JIT_ON;
static bool by_llvm;

static void choose(void)
{
    const char *options = getenv("KFDFS_SIM_OPTS"), *at = options ? strstr(options, "jit=") : NULL;
    int named = at ? jit_choice_named(at + 4, strcspn(at + 4, ",")) : -1;
    if (named >= 0)
        choice = named;
    by_llvm = choice == JIT_LLVM || vec_level() != VEC_AVX512 || !host_fma_chooses();
#if defined(__x86_64__)
    if (by_llvm && vec_level() < VEC_AVX2 && choice != JIT_ALWAYS && choice != JIT_LLVM)
        choice = JIT_OFF;
#else
    choice = JIT_OFF;
#endif
}

bool jit_on(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return choice != JIT_OFF;
}

unsigned jit_threshold(void)
{
    return choice == JIT_ALWAYS ? 1 : by_llvm ? OFTEN_LLVM : OFTEN;
}

bool jit_at_once(void)
{
    return choice == JIT_ALWAYS;
}

bool jit_by_llvm(void)
{
    return jit_on() && by_llvm;
}

bool jit_tells(void)
{
    return jit_on() && choice == JIT_PERF && !by_llvm;
}

/* ---- memory ---- */

struct jit_memory {
    struct jit_memory *next;
    uint8_t *bytes;
    size_t size, used;
};

void jit_memory_free(struct jit_memory *memory)
{
    while (memory) {
        struct jit_memory *gone = memory;
        memory = gone->next;
        munmap(gone->bytes, gone->size);
        free(gone);
    }
}

static struct jit_memory *memory_new(struct jit_memory **list)
{
    struct jit_memory *memory = calloc(1, sizeof *memory);
    void *bytes = memory
                      ? mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        free(memory);
        return NULL;
    }
    *memory = (struct jit_memory){.next = *list, .bytes = bytes, .size = MEMORY_BYTES};
    return *list = memory;
}

/* Where the code lies, or NULL. No code of the list runs meanwhile. */
static uint8_t *memory_put(struct jit_memory **list, const struct x86 *x)
{
    struct jit_memory *memory = *list;
    if (!memory || memory->size - memory->used < x->n)
        memory = memory_new(list);
    if (!memory || mprotect(memory->bytes, memory->size, PROT_READ | PROT_WRITE))
        return NULL;
    uint8_t *at = memory->bytes + memory->used;
    memcpy(at, x->bytes, x->n);
    memory->used += (x->n + 63) & ~63u;
    if (memory->used > memory->size)
        memory->used = memory->size;
    return mprotect(memory->bytes, memory->size, PROT_READ | PROT_EXEC) ? NULL : at;
}

/* ---- calls ---- */

static void exec_load(struct jit *j)
{
    for (unsigned p = 0; p < j->parts && j->masked; p++)
        x86_k(&j->x, KMOVW_LOAD, JIT_EXEC + p, 0,
              x86_mem(JIT_WAVE, offsetof(struct isa_wave, sgpr[ISA_EXEC]) + (size_t)p * 2));
}

void jit_exec_changed(struct jit *j)
{
    if (j->parts > 2) /* whose mask registers these are now */
        jit_mask_forget(j);
    j->masked = j->exec_new = true;
    exec_load(j);
}

static bool in_bindings(const struct isa_op_binding *b, isa_exec_fn *exec)
{
    while (b->exec && b->exec != exec)
        b++;
    return b->exec;
}

/* Does it come back to the next operation, whatever happens, with MODE as it was? */
static bool returns(const struct isa_op *op, isa_op_fn *run)
{
    return run != op_general &&
           (op->inst->pair || isa_shape(op->inst) || in_bindings(isa_ops_scalar, op->inst->exec) ||
            op->inst->exec == isa_nothing);
}

static bool may_write_exec(const struct isa_op *op, isa_op_fn *run)
{
    const struct isa_inst *inst = op->inst;
    const struct vec_shape *shape = inst->pair ? NULL : isa_shape(inst);
    if (shape)
        return shape->flags & VEC_CMPX || inst->sdst.kind == ISA_SGPR || inst->dst.kind == ISA_SGPR;
    if (run != op_general)
        return jit_writes_exec(inst);
    return inst->format != ISA_DS && inst->format != ISA_FLAT && inst->format != ISA_GLOBAL &&
           inst->format != ISA_SCRATCH && inst->format != ISA_MUBUF;
}

static void call(struct jit *j, const struct isa_op *op)
{
    struct x86 *x = &j->x;
    isa_op_fn *run = op->plain ? op->plain : op->run;
    jit_mask_forget(j);
    jit_slots_store(j, j->slots);
    jit_slots_forget(j);
    x86_bytes(x, "\xc5\xf8\x77", 3); /* vzeroupper */
    x86_op(x, X86_MOV, true, RDI, x86_reg(JIT_WAVE));
    x86_move(x, RSI, (uintptr_t)op);
    x86_move(x, RAX, (uintptr_t)run);
    x86_op(x, 0xff, false, 2, x86_reg(RAX));
    if (!returns(op, run)) {
        x86_move(x, RCX, (uintptr_t)op_next(op));
        x86_op(x, X86_CMP, true, RAX, x86_reg(RCX));
        jit_exit_add(j, CC_NE, NULL);
    }
    if (run == op_general) {
        x86_op(x, 0x81, false, 7, JIT_STATE_OF(mode)), x86_u32(x, j->w->ops->mode);
        jit_exit_add(j, CC_NE, NULL);
    }
    if (may_write_exec(op, run))
        jit_exec_changed(j);
    else
        exec_load(j);
}

struct jit_aside *jit_aside_begin(struct jit *j, const struct isa_op *op)
{
    if (j->n_asides == JIT_ASIDES) {
        j->x.full = true;
        return NULL;
    }
    struct jit_aside *aside = &j->asides[j->n_asides++];
    aside->op = op;
    aside->n = 0;
    memcpy(aside->before, j->slots, sizeof aside->before);
    return aside;
}

/* Rows that made way are in memory, and so are those of results that were not held. */
void jit_aside_ready(struct jit *j, struct jit_aside *aside)
{
    for (unsigned i = 0; i < j->n_slots; i++)
        if (j->slots[i].row != aside->before[i].row)
            aside->before[i] = (struct jit_slot){.row = -1};
}

void jit_miss(struct jit *j, struct jit_aside *aside, int condition)
{
    if (aside->n == JIT_MISSES)
        j->x.full = true;
    else
        aside->miss[aside->n++] = x86_jump(&j->x, condition);
}

void jit_aside_end(struct jit *j, struct jit_aside *aside)
{
    aside->back = j->x.n;
    aside->done = j->done;
    aside->masked = j->masked;
    memcpy(aside->after, j->slots, sizeof aside->after);
}

static void aside_write(struct jit *j, const struct jit_aside *aside)
{
    for (unsigned i = 0; i < aside->n; i++)
        x86_land(&j->x, aside->miss[i], j->x.n);
    j->done = aside->done;
    j->masked = aside->masked;
    memcpy(j->slots, aside->before, sizeof j->slots);
    jit_map_mark(j, aside->op);
    call(j, aside->op);
    jit_slots_load(j, aside->after);
    x86_jump_to(&j->x, X86_ALWAYS, aside->back);
}

/* Instructions after which the wave is seldom where it would be. */
static bool ends_trace(const struct isa_op *op)
{
    unsigned format = op->inst->format;
    isa_op_fn *run = op->plain ? op->plain : op->run;
    return run == op_general && (format == ISA_SOPP || format == ISA_SOP1 || format == ISA_SOPK);
}

/* ---- a trace ---- */

static uint64_t jump_target(const struct jit *j, const struct isa_op *op)
{
    return op_pc(j->w->ops, op) + op->at[0];
}

static void end_at(struct jit *j, const struct isa_op *to)
{
    op_leads(to);
    jit_exit_add(j, X86_ALWAYS, to);
}

/* By a template, or a call. */
static void one(struct jit *j, const struct isa_op *op)
{
    if (op->inst->exec == isa_nothing || jit_vector(j, op))
        return;
    jit_mask_flush(j);
    if (jit_scalar(j, op) || jit_single(j, op)) {
        if (jit_mask_touches(j, &op->inst->dst))
            jit_mask_forget(j);
        return;
    }
    jit_mask_forget(j);
    if (!jit_memory_scalar(j, op) && !jit_memory_lanes(j, op))
        call(j, op);
}

/* The operation after a jump, or NULL at the end. */
static const struct isa_op *jump(struct jit *j, const struct isa_op *op, int condition)
{
    const struct isa_op *to = code_near(j->w->ops, jump_target(j, op));
    if (condition == JIT_NEVER)
        return op_next(op);
    if (condition == X86_ALWAYS && to > op)
        return to;
    if (to) {
        op_leads(to);
        jit_exit_add(j, condition, to);
    } else {
        jit_exit_away(j, condition, jump_target(j, op));
    }
    return condition == X86_ALWAYS ? NULL : op_next(op);
}

/* The operation after this one, or NULL at the end. */
static const struct isa_op *step(struct jit *j, const struct isa_op *op)
{
    j->clock++;
    j->done += op->count;
    int condition = JIT_NO_JUMP;
    if (op->inst->format == ISA_SOPP) {
        jit_mask_flush(j);
        condition = jit_condition(j, op);
    }
    if (condition != JIT_NO_JUMP)
        return jump(j, op, condition);
    enum isa_state state = jit_state_after(op->inst);
    if (state != ISA_RUNNING) {
        jit_stop(j, op, state);
        return NULL;
    }
    if (ends_trace(op)) {
        call(j, op);
        jit_exit_add(j, X86_ALWAYS, NULL);
        return NULL;
    }
    one(j, op);
    return op_next(op);
}

/* Is it worth a version of what follows for when EXEC is all ones? Two, coming from different places. */
static bool splits_at(const struct jit *j, const struct isa_op *op)
{
    unsigned n = 0;
    for (unsigned i = j->first_split; i < j->n_splits; i++)
        n += j->splits[i].op == op;
    return n < 2 && j->n_splits < JIT_SPLITS && j->x.n < X86_BYTES / 4 && j->n_exits < JIT_EXITS / 4 &&
           j->n_asides < JIT_ASIDES / 4;
}

static void split(struct jit *j, const struct isa_op *op, unsigned n)
{
    if (!splits_at(j, op))
        return;
    struct jit_split *s = &j->splits[j->n_splits++];
    x86_op(&j->x, 0x83, j->w->lanes == 64, 7, jit_sgpr(ISA_EXEC)), x86_bytes(&j->x, "\xff", 1);
    *s = (struct jit_split){x86_jump(&j->x, CC_E), op, n, j->done, j->mask, {{0}}};
    memcpy(s->slots, j->slots, sizeof s->slots);
}

/* From an operation on, before which there are n. */
static void go_along(struct jit *j, const struct isa_op *op, unsigned n, unsigned max)
{
    for (; op && (n == 0 || op != j->head); n++) {
        if (n >= max || !op_ready(j->w, op)) {
            end_at(j, op);
            return;
        }
        j->exec_new = false;
        jit_map_mark(j, op);
        op = step(j, op);
        if (j->exec_new && op)
            split(j, op, n + 1);
    }
    if (op)
        end_at(j, op);
}

static void splits_write(struct jit *j, unsigned max)
{
    for (unsigned i = j->first_split; i < j->n_splits; i++) {
        const struct jit_split *s = &j->splits[i];
        x86_land(&j->x, s->jump, j->x.n);
        j->masked = false;
        j->done = s->done;
        j->mask = s->mask;
        memcpy(j->slots, s->slots, sizeof j->slots);
        go_along(j, s->op, s->n, max);
    }
    j->first_split = j->n_splits;
}

/* Returns how many instructions it has. */
static unsigned trace(struct jit *j, bool masked, const struct jit_loop *loop, unsigned max)
{
    j->masked = masked;
    j->mask = (struct jit_held){.sgpr = -1};
    j->done = 0;
    jit_slots_forget(j);
    if (loop)
        memcpy(j->slots, loop->slots, sizeof j->slots);
    else
        exec_load(j);
    go_along(j, j->head, 0, max);
    unsigned total = j->done;
    splits_write(j, max);
    return total;
}

static void enter(struct jit *j)
{
    struct x86 *x = &j->x;
    static const uint8_t push[] = {0x53, 0x41, 0x55, 0x41, 0x56}; /* push rbx, r13, r14 */
    x86_bytes(x, push, sizeof push);
    x86_op(x, X86_MOV, true, JIT_WAVE, x86_reg(RDI));
    x86_op(x, X86_MOV, true, JIT_STATE, x86_mem(JIT_WAVE, offsetof(struct isa_wave, ops)));
    x86_op(x, X86_MOV, true, JIT_ROWS, x86_mem(JIT_WAVE, offsetof(struct isa_wave, vgpr)));
    jit_left_add(j, j->head->count);
    j->body = x->n;
}

/* Another MODE: the operation alone. */
static void enter_otherwise(struct jit *j, unsigned jump)
{
    struct x86 *x = &j->x;
    x86_land(x, jump, x->n);
    jit_left_add(j, 0u - j->head->count);
    x86_op(x, X86_MOV, true, RDI, x86_reg(JIT_WAVE));
    x86_move(x, RSI, (uintptr_t)j->head);
    x86_move(x, RAX, (uintptr_t)j->head->plain);
    x86_op(x, 0xff, false, 2, x86_reg(RAX));
    jit_leave(j);
}

/* If the trace comes back to its head: once more, beginning with its rows as they are then. */
static void loop_make(struct jit *j, bool masked, unsigned total, unsigned max)
{
    struct jit_loop *loop = &j->loops[masked];
    unsigned i = 0;
    while (i < j->n_exits && (j->exits[i].to != j->head || j->exits[i].masked != masked))
        i++;
    if (i == j->n_exits)
        return;
    memcpy(loop->slots, j->exits[i].slots, sizeof loop->slots);
    loop->made = true;
    loop->entry = j->x.n;
    jit_left_add(j, 0u - total);
    trace(j, masked, loop, max);
}

static bool translate(struct jit *j, unsigned max)
{
    struct x86 *x = &j->x;
    x->n = x->n_constants = x->n_patches = 0;
    x->full = false;
    j->n_marks = 0;
    jit_map_mark(j, NULL);
    j->n_exits = j->n_asides = j->n_splits = j->first_split = 0;
    j->loops[0].made = j->loops[1].made = false;
    enter(j);
    x86_op(x, 0x81, false, 7, JIT_STATE_OF(mode)), x86_u32(x, j->w->ops->mode);
    unsigned otherwise = x86_jump(x, CC_NE);
    jit_left_add(j, 1); /* a place for the number */
    unsigned taken = x->n - 4;
    x86_op(x, 0x83, j->w->lanes == 64, 7, jit_sgpr(ISA_EXEC)), x86_bytes(x, "\xff", 1);
    unsigned some = x86_jump(x, CC_NE);
    unsigned total = trace(j, false, NULL, max);
    x86_land(x, some, x->n);
    trace(j, true, NULL, max);
    x86_put32(x, taken, 0u - total);
    for (unsigned masked = 0; masked < 2; masked++)
        loop_make(j, masked, total, max);
    for (unsigned i = 0; i < j->n_asides; i++)
        aside_write(j, &j->asides[i]);
    jit_map_mark(j, NULL);
    jit_exits_write(j, total);
    enter_otherwise(j, otherwise);
    x86_finish(x);
    return !x->full;
}

isa_op_fn *jit_translate(struct isa_wave *w, struct isa_op *head, struct jit_memory **memory, void **body)
{
    struct jit *j = malloc(sizeof *j);
    uint8_t *at = NULL;
    if (!j)
        return NULL;
    j->w = w;
    j->head = head;
    j->parts = w->lanes / 16;
    j->n_slots = (32 - JIT_FREE) / j->parts;
    j->clock = 1;
    for (unsigned max = TRACE_MAX; !at && max >= TRACE_MIN; max /= 2)
        if (translate(j, max) && !(at = memory_put(memory, &j->x)))
            break;
    *body = at ? at + j->body : NULL;
    if (at && jit_tells())
        jit_map_write(j, at);
    free(j);
    isa_op_fn *run = NULL;
    memcpy(&run, &at, sizeof run);
    return run;
}
