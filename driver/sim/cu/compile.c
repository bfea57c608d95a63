/*
 * compile.c - a region as a function of LLVM's: its blocks, registers as values, how it is left, and calls of
 * what has no translation (compile.h).
 *
 * Invariant: the place of a register (an alloca, which LLVM makes values of) always has what the wave's
 * register would have; where a register is not dirty, the wave's memory has it, too. state->left is what it
 * would be had the operations been run one by one, wherever other code can see it.
 */
#include "compile_parts.h"

#include "exec_memory.h"
#include "exec_scalar.h"
#include "sim/memory/vm.h"

#include <isa/isa_table.h>

#include <stdlib.h>

/* ---- blocks ---- */

static unsigned op_index(const struct compile *c, const struct region_op *r)
{
    return (unsigned)(r - c->region->ops);
}

static bool is_once(const struct compile *c, const struct region_op *r)
{
    return !c->again[op_index(c, r)];
}

/* Its version for how things are now. */
static struct compile_block *block_at(const struct compile *c, const struct region_op *r, bool masked)
{
    unsigned version =
        (masked ? (unsigned)BLOCK_MASKED : 0) | (c->fresh && is_once(c, r) ? (unsigned)BLOCK_FRESH : 0);
    return &c->blocks[BLOCK_VERSIONS * op_index(c, r) + version];
}

enum way { SAME, NARROWER, WIDER }; /* lanes that are active there */

/* Is it known which ways lead to the version before it is written? They all are where no loop leads; in
 * loops, the only way from a like version. */
static bool ways_known(const struct compile *c, const struct region_op *to, bool masked, enum way way)
{
    return is_once(c, to) ||
           (c->n_from[op_index(c, to)] == 1 && (way == SAME || (way == NARROWER && !c->masked && !masked)));
}

/* The block to go to, where of rows that is known which all ways there say. */
static LLVMBasicBlockRef way_to(struct compile *c, const struct region_op *to, bool masked, enum way way)
{
    struct compile_block *block = block_at(c, to, masked);
    struct compile_lines lines;
    compile_lines_copy(&lines, &c->lines, way == WIDER);
    if (block->at) {
        compile_lines_keep(block->lines, &lines);
        return block->at;
    }
    if (ways_known(c, to, masked, way) && (block->lines = malloc(sizeof lines)))
        *block->lines = lines;
    block->at = compile_block_new(c);
    c->queue[c->n_queue++] = (unsigned)(block - c->blocks);
    return block->at;
}

void compile_go_head(struct compile *c)
{
    const struct region_op *head = region_at(c->region, (int32_t)c->region->head);
    c->l->BuildBr(c->b, way_to(c, head, c->region->masked, SAME));
}

/* Can only fewer lanes be active behind it? */
static bool narrows(const struct region_op *r)
{
    const struct vec_shape *shape = r->inst.pair ? NULL : isa_shape(&r->inst);
    return shape ? shape->flags & VEC_CMPX : !strncmp(r->inst.row->name, "s_and_saveexec", 14);
}

/* Where EXEC is another one: to the version for all lanes, or for some. */
static void go_forked(struct compile *c, const struct region_op *to)
{
    enum way way = narrows(c->now) ? NARROWER : WIDER;
    LLVMBasicBlockRef some = way_to(c, to, true, way);
    if (c->masked && way == NARROWER)
        c->l->BuildBr(c->b, some);
    else
        c->l->BuildCondBr(c->b, compile_all_active(c), way_to(c, to, false, way), some);
}

/* To an operation that leads, or out. */
static void go_to(struct compile *c, int32_t slot, bool forked)
{
    const struct region_op *to = region_at(c->region, slot);
    if (!to) {
        compile_leave(c, slot);
        return;
    }
    if (slot <= c->now->slot) {
        LLVMValueRef left = B(c, Sub, compile_place_get(c, c->i32, c->left), compile_int(c, c->i32, c->done));
        LLVMValueRef over = B(c, ICmp, LLVM_SLE, left, compile_int(c, c->i32, 0));
        LLVMBasicBlockRef out = compile_branch_if(c, over), here = c->l->GetInsertBlock(c->b);
        compile_block_begin(c, out);
        compile_leave(c, slot);
        compile_block_begin(c, here);
        c->l->BuildFence(c->b, LLVM_SEQUENTIAL, 1, "");
    }
    compile_place_set(c, c->left,
                      B(c, Sub, compile_place_get(c, c->i32, c->left), compile_int(c, c->i32, c->done)));
    if (forked) {
        go_forked(c, to);
        return;
    }
    c->l->BuildBr(c->b, way_to(c, to, c->masked, SAME));
}

static void stop_wave(struct compile *c)
{
    const struct region_op *r = c->now;
    compile_left_store(c, c->done);
    compile_store(c, compile_int(c, c->i32, r->state), c->wave, offsetof(struct isa_wave, state));
    compile_leave_for(c, compile_pc(c, r->slot + r->inst.bytes / 4));
}

/* Nobody looks at the registers of a wave that a dispatch has had. */
static void end_of_dispatched(struct compile *c)
{
    LLVMValueRef group = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, group));
    LLVMBasicBlockRef none = compile_branch_if(c, B(c, ICmp, LLVM_EQ, group, c->l->ConstNull(c->pointer)));
    LLVMValueRef dispatch = compile_load(c, c->pointer, group, offsetof(struct isa_group, dispatch));
    LLVMBasicBlockRef over = compile_block_new(c);
    c->l->BuildCondBr(c->b, B(c, ICmp, LLVM_EQ, dispatch, c->l->ConstNull(c->pointer)), none, over);
    compile_block_begin(c, over);
    stop_wave(c);
    compile_block_begin(c, none);
}

static void stop(struct compile *c)
{
    if (c->now->state == ISA_ENDED && c->start) {
        compile_start_next(c);
        return;
    }
    if (c->now->state == ISA_ENDED)
        end_of_dispatched(c);
    compile_registers_store(c, &c->dirty);
    stop_wave(c);
}

static void jump(struct compile *c)
{
    const struct region_op *r = c->now;
    if (r->in_page) {
        go_to(c, r->target, false);
        return;
    }
    compile_registers_store(c, &c->dirty);
    compile_left_store(c, c->done);
    compile_leave_for(c, B(c, Add, compile_pc(c, r->slot), compile_int(c, c->i64, (uint64_t)r->op.at[0])));
}

static void leave_by_call(struct compile *c)
{
    compile_registers_store(c, &c->dirty);
    compile_left_store(c, c->done);
    compile_leave_with(c, compile_own_call(c));
}

static void end(struct compile *c)
{
    const struct region_op *r = c->now;
    LLVMValueRef condition;
    compile_settle(c);
    switch (r->end) {
    case REGION_STOPS:
        stop(c);
        return;
    case REGION_JUMPS:
        jump(c);
        return;
    case REGION_BRANCHES:
        condition = compile_condition(c, &r->inst);
        if (!condition)
            break;
        LLVMBasicBlockRef taken = compile_branch_if(c, condition), here = c->l->GetInsertBlock(c->b);
        compile_block_begin(c, taken);
        jump(c);
        compile_block_begin(c, here);
        go_to(c, r->slot + r->step, false);
        return;
    default:
        break;
    }
    leave_by_call(c);
}

static void one(struct compile *c)
{
    const struct isa_inst *inst = &c->now->inst;
    if (inst->exec == isa_nothing) {
        if (inst->format == ISA_SOPP)
            c->l->BuildFence(c->b, LLVM_SEQUENTIAL, 1, "");
        return;
    }
    if (inst->exec == isa_cache_control) { /* caches are coherent here; what it orders is memory */
        compile_shown(c);
        c->l->BuildFence(c->b, LLVM_SEQUENTIAL, 0, "");
        return;
    }
    if (!compile_start_fetched(c) && !compile_vector(c) && !compile_scalar(c) && !compile_memory(c) &&
        !compile_lds(c))
        compile_call(c);
}

static void set_merge(struct region_set *to, const struct region_set *from)
{
    for (unsigned i = 0; i < REGION_ROWS / 64; i++)
        to->rows[i] |= from->rows[i];
    for (unsigned i = 0; i < REGION_SGPRS / 64; i++)
        to->sgprs[i] |= from->sgprs[i];
    to->scc |= from->scc;
}

/* Where other ways lead to, too, begins a block: one that falls through passes over what does nothing, which
 * may be where a loop begins. */
static bool block_begins(const struct compile *c, const struct region_op *r)
{
    return r->leads || c->n_from[op_index(c, r)] > 1;
}

static void block_write(struct compile *c, unsigned n)
{
    const struct region_op *r = &c->region->ops[n / BLOCK_VERSIONS];
    bool masked = c->masked = n & BLOCK_MASKED;
    compile_block_begin(c, c->blocks[n].at);
    c->dirty = c->dirty_in[n / BLOCK_VERSIONS];
    c->fresh = n & BLOCK_FRESH;
    c->lines.n = 0;
    if (c->blocks[n].lines)
        c->lines = *c->blocks[n].lines;
    c->n_nans = 0;
    memset(c->private_end, 0, sizeof c->private_end);
    c->done = 0;
    c->active = masked ? compile_mask(c, ISA_EXEC) : NULL;
    if (!masked)
        for (unsigned i = 0; i < c->lanes / 32; i++)
            compile_place_set(c, c->sgprs[ISA_EXEC + i], c->l->ConstAllOnes(c->i32));
    for (;;) {
        c->now = r;
        c->done += r->count;
        if (r->end != REGION_GOES_ON) {
            end(c);
            return;
        }
        one(c);
        const struct region_op *next = region_at(c->region, r->slot + r->step);
        if (!next || block_begins(c, next) || r->forks) {
            c->after = true;
            compile_settle(c);
            c->after = false;
            go_to(c, r->slot + r->step, r->forks);
            return;
        }
        r = next;
    }
}

/* The first one of the code: where no loop leads, all ways to a block are written before it. */
static unsigned queue_take(struct compile *c)
{
    unsigned first = 0;
    for (unsigned i = 1; i < c->n_queue; i++)
        if (c->queue[i] < c->queue[first])
            first = i;
    unsigned n = c->queue[first];
    c->queue[first] = c->queue[--c->n_queue];
    return n;
}

/* ---- what is dirty where blocks begin ---- */

static bool dirty_to(struct compile *c, const struct region_op *r, const struct region_set *set)
{
    struct region_set *in = &c->dirty_in[op_index(c, r)], before = *in;
    set_merge(in, set);
    return memcmp(&before, in, sizeof before) != 0;
}

/* Where an operation may go on in the region: up to two. */
static unsigned next_ops(const struct compile *c, unsigned i, const struct region_op *to[2])
{
    const struct region_op *r = &c->region->ops[i];
    unsigned n = 0;
    if ((r->end == REGION_JUMPS || r->end == REGION_BRANCHES) && (to[n] = region_at(c->region, r->target)))
        n++;
    if ((r->end == REGION_GOES_ON || r->end == REGION_BRANCHES) &&
        (to[n] = region_at(c->region, r->slot + r->step)))
        n++;
    return n;
}

/* Ways that lead to operations; one from outside to the first. What is behind a way back may be come to
 * again. */
static void ways_find(struct compile *c)
{
    const struct region_op *to[2] = {region_at(c->region, (int32_t)c->region->head)};
    c->n_from[op_index(c, to[0])]++;
    for (unsigned i = 0; i < c->region->n; i++)
        for (unsigned n = next_ops(c, i, to); n > 0; n--) {
            unsigned at = op_index(c, to[n - 1]);
            c->n_from[at]++;
            c->again[at] |= at <= i;
        }
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < c->region->n; i++)
            for (unsigned n = c->again[i] ? next_ops(c, i, to) : 0; n > 0; n--) {
                bool *again = &c->again[op_index(c, to[n - 1])];
                more |= !*again;
                *again = true;
            }
    }
}

static void dirty_find(struct compile *c)
{
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < c->region->n; i++) {
            const struct region_op *to[2];
            struct region_set out = c->dirty_in[i];
            set_merge(&out, &c->region->ops[i].writes);
            for (unsigned n = next_ops(c, i, to); n > 0; n--)
                again |= dirty_to(c, to[n - 1], &out);
        }
    }
}

/* ---- the function ---- */

static void places_make(struct compile *c)
{
    struct region_set touched = {0};
    for (unsigned i = 0; i < c->region->n; i++) {
        set_merge(&touched, &c->region->ops[i].reads);
        set_merge(&touched, &c->region->ops[i].writes);
    }
    for (unsigned i = 0; i < REGION_ROWS; i++)
        c->rows[i] = region_has(touched.rows, i) ? B(c, Alloca, c->row) : NULL;
    for (unsigned i = 0; i < REGION_SGPRS; i++)
        c->sgprs[i] = region_has(touched.sgprs, i) ? B(c, Alloca, c->i32) : NULL;
    for (unsigned i = 0; i < 6; i++) {
        c->places[i] = B(c, Alloca, c->l->ArrayType2(c->i32, (uint64_t)4 * VEC_LANES));
        c->l->SetAlignment(c->places[i], 64);
    }
    c->scc = B(c, Alloca, c->i1);
    c->left = B(c, Alloca, c->i32);
    if (c->region->starts)
        compile_start_places(c);
}

/* Another MODE, or lanes that are not active: the operation alone. */
static void enter(struct compile *c)
{
    const struct region_op *head = region_at(c->region, (int32_t)c->region->head);
    c->now = head;
    LLVMValueRef mode = compile_load(c, c->i32, c->state, offsetof(struct op_state, mode));
    LLVMValueRef other = B(c, ICmp, LLVM_NE, mode, compile_int(c, c->i32, c->region->mode));
    if (!c->region->masked) {
        LLVMValueRef exec = compile_load(c, c->mask_int, c->wave, compile_sgpr_home(ISA_EXEC));
        other = B(c, Or, other, B(c, ICmp, LLVM_NE, exec, c->l->ConstAllOnes(c->mask_int)));
    }
    LLVMValueRef no_scratch = compile_private_enter(c);
    if (no_scratch)
        other = B(c, Or, other, no_scratch);
    LLVMBasicBlockRef alone = compile_branch_if(c, other), here = c->l->GetInsertBlock(c->b);
    compile_block_begin(c, alone);
    compile_noise_fill(c);
    compile_leave_with(c, compile_own_call(c));
    compile_block_begin(c, here);
    LLVMValueRef left = compile_load(c, c->i32, c->state, offsetof(struct op_state, left));
    compile_place_set(c, c->left, B(c, Add, left, compile_int(c, c->i32, head->count)));
    compile_registers_load(c, NULL);
    compile_go_head(c);
}

static void attribute(struct compile *c, const char *name, const char *value)
{
    LLVMAttributeRef a =
        c->l->CreateStringAttribute(c->context, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
    c->l->AddAttributeAtIndex(c->function, UINT32_MAX, a);
}

struct host {
    char *cpu, *features, *triple;
    LLVMTargetMachineRef machine;
};

static void function_make(struct compile *c, const struct host *host)
{
    LLVMTypeRef types[] = {c->pointer, c->pointer};
    c->function = c->l->AddFunction(c->module, "region", c->l->FunctionType(c->pointer, types, 2, 0));
    attribute(c, "target-cpu", host->cpu);
    attribute(c, "target-features", host->features);
    attribute(c, "denormal-fp-math", "ieee,ieee");
    unsigned nounwind = c->l->GetEnumAttributeKindForName("nounwind", 8);
    c->l->AddAttributeAtIndex(c->function, UINT32_MAX, c->l->CreateEnumAttribute(c->context, nounwind, 0));
    c->wave = c->l->GetParam(c->function, 0);
    c->op = c->l->GetParam(c->function, 1);
    compile_block_begin(c, compile_block_new(c));
    places_make(c);
    c->state = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, ops));
    c->vgpr = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, vgpr));
    c->agpr = compile_load(c, c->pointer, c->wave, offsetof(struct isa_wave, agpr));
    if (c->region->starts)
        compile_start_enter(c);
    else
        enter(c);
    while (c->n_queue > 0 && !c->failed)
        block_write(c, queue_take(c));
}

static void types_make(struct compile *c)
{
    const struct llvm *l = c->l;
    c->i1 = l->IntTypeInContext(c->context, 1);
    c->i8 = l->IntTypeInContext(c->context, 8);
    c->i16 = l->IntTypeInContext(c->context, 16);
    c->i32 = l->IntTypeInContext(c->context, 32);
    c->i64 = l->IntTypeInContext(c->context, 64);
    c->f32 = l->FloatTypeInContext(c->context);
    c->f64 = l->DoubleTypeInContext(c->context);
    c->pointer = l->PointerTypeInContext(c->context, 0);
    c->nothing = l->VoidTypeInContext(c->context);
    c->row = compile_vector_of(c, c->i32);
    c->floats = compile_vector_of(c, c->f32);
    c->bits = compile_vector_of(c, c->i1);
    c->wide = compile_vector_of(c, c->i64);
    c->doubles = compile_vector_of(c, c->f64);
    c->mask_int = c->lanes == 64 ? c->i64 : c->i32;
}

/* Of the host, without vectors wider than operations use. */
static char *features_of(const struct llvm *l)
{
    static const char less[] = ",-avx512f";
    char *all = l->GetHostCPUFeatures(), *some = NULL;
    if (vec_level() == VEC_AVX512 || !all)
        return all;
    some = malloc(strlen(all) + sizeof less);
    if (some)
        strcat(strcpy(some, all), less);
    l->DisposeMessage(all);
    return some;
}

static const struct host *host_of(const struct llvm *l)
{
    static struct host host;
    LLVMTargetRef target;
    char *why = NULL;
    if (host.machine)
        return &host;
    host.triple = l->GetDefaultTargetTriple();
    host.cpu = l->GetHostCPUName();
    host.features = features_of(l);
    if (host.features && !l->GetTargetFromTriple(host.triple, &target, &why))
        host.machine = l->CreateTargetMachine(target, host.triple, host.cpu, host.features, 2, 0, 0);
    return host.machine ? &host : NULL;
}

static bool optimise(struct compile *c, const struct host *host)
{
    LLVMTargetDataRef layout = c->l->CreateTargetDataLayout(host->machine);
    c->l->SetTarget(c->module, host->triple);
    c->l->SetModuleDataLayout(c->module, layout);
    c->l->DisposeTargetData(layout);
    LLVMPassBuilderOptionsRef options = c->l->CreatePassBuilderOptions();
    LLVMErrorRef error =
        c->l->RunPasses(c->module,
                        "function(mem2reg,instcombine<no-verify-fixpoint>,simplifycfg,early-cse,"
                        "gvn,loop-mssa(licm),instcombine<no-verify-fixpoint>,simplifycfg,adce)",
                        host->machine, options);
    c->l->DisposePassBuilderOptions(options);
    if (error)
        c->l->DisposeErrorMessage(c->l->GetErrorMessage(error));
    return !error;
}

static bool compile_in(struct compile *c, struct compiled *to)
{
    const struct host *host = host_of(c->l);
    if (!host)
        return false;
    c->module = c->l->ModuleCreateWithNameInContext("region", c->context);
    c->b = c->l->CreateBuilderInContext(c->context);
    types_make(c);
    ways_find(c);
    dirty_find(c);
    function_make(c, host);
    c->l->DisposeBuilder(c->b);
    bool done = !c->failed && optimise(c, host) && compile_to_code(c, to);
    if (c->module)
        c->l->DisposeModule(c->module);
    return done;
}

bool compile(const struct region *region, struct compiled *to)
{
    struct compile *c = calloc(1, sizeof *c);
    bool done = false;
    if (!c)
        return false;
    c->l = llvm_open();
    c->region = region;
    c->lanes = region->lanes;
    c->dirty_in = calloc(region->n, sizeof *c->dirty_in);
    c->n_from = calloc(region->n, sizeof *c->n_from);
    c->again = calloc(region->n, sizeof *c->again);
    c->blocks = calloc(BLOCK_VERSIONS * (size_t)region->n, sizeof *c->blocks);
    c->queue = calloc(BLOCK_VERSIONS * (size_t)region->n, sizeof *c->queue);
    if (c->l && c->dirty_in && c->n_from && c->again && c->blocks && c->queue) {
        llvm_enter();
        c->context = c->l->ContextCreate();
        done = compile_in(c, to);
        c->l->ContextDispose(c->context);
        llvm_leave();
    }
    compile_start_free(c);
    for (unsigned i = 0; c->blocks && i < BLOCK_VERSIONS * region->n; i++)
        free(c->blocks[i].lines);
    free(c->n_from);
    free(c->again);
    free(c->dirty_in);
    free(c->blocks);
    free(c->queue);
    free(c);
    return done;
}
